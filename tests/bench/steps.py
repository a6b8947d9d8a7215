"""steps.py BUILD [CASE...]: milliseconds a training step, our trainers beside PyTorch on one thread, alternating, in one table. PyTorch is
taken from PEER_PYTHON (default: python3); without it our column stands alone. Prints; judges nothing. steps.json holds the same."""
import json, os, shutil, statistics, subprocess, sys, tempfile, time

SOURCE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")
PEER = os.environ.get("PEER_PYTHON", "python3")
ROUNDS = int(os.environ.get("ROUNDS", 5))

# inputs, outputs, labels, batch, batches an epoch, optimizer, lr, network: class and its keys
CASES = {
    "tiny": (2, 1, False, 1, 4000, "Adam", "mlp_brick", {"length": 4, "width": 3}),
    "tiny_sgd": (2, 1, False, 1, 4000, "SGD", "mlp_brick", {"length": 4, "width": 3}),
    "small": (4, 4, False, 64, 156, "SGD", "dense", {"hidden": "[32, 16]", "activation": "tanh"}),
    "small_full": (4, 4, False, 10000, 1, "SGD", "dense", {"hidden": "[32, 16]", "activation": "tanh"}),
    "mlp": (784, 10, True, 128, 40, "Adam", "dense", {"hidden": "[512, 512]", "activation": "relu"}),
    "wide": (1024, 1024, False, 256, 2, "SGD", "dense", {"hidden": "[4096, 4096]", "activation": "relu"}),
    "lenet5": (784, 10, True, 64, 20, "Adam", "lenet5", {"height": 28, "width": 28}),
    "lenet_wide": (784, 10, True, 64, 10, "Adam", "lenet_wide", {}),
    "resnet8": (3072, 10, True, 32, 4, "SGD", "resnet", {"height": 32, "width": 32, "channels": 3}),
    "lstm": (2048, 10, True, 32, 20, "Adam", "reader", {"cell": "lstm", "steps": 64, "hidden": 128}),
    "gru": (2048, 10, True, 32, 20, "Adam", "reader", {"cell": "gru", "steps": 64, "hidden": 128}),
    "gpt": (64, 256, True, 16, 4, "AdamW", "gpt", {"width": 128, "heads": 4, "blocks": 4, "dropout": 0.0}),
}
# networks of share/; the others stand in cases.c
PATHS = {"lenet5": "cnn.c", "resnet": "cnn.c", "gpt": "gpt.c", "mlp_brick": "mlp.c"}
CONFIG = """[PROCESS]
loss_function = {loss}
optimizer = {optimizer}
lr = 1e-3
epochs = 1000000
accuracy = none
data_scheme = data
pipeline_scheme = net
[MONITOR]
nb_processus = 1
multiplicity = {runs}
[noise]
type = data
class = {data}
path_to_class = cases.c
key = noise
batch_size = {batch}
batches = {batches}
{facts}
[net]
type = net
class = {network}
path_to_class = {path}
key = net
{keys}
"""


def lines(keys):
    return "\n".join(f"{k} = {v}" for k, v in keys.items())


def build(case, runs=1):
    """A trainer for so many runs at once, and what sweep.json says of it."""
    inputs, outputs, labels, batch, batches, optimizer, network, keys = CASES[case]
    path = PATHS.get(network, "cases.c")
    keys = {**keys, "output_size": outputs} if path == "cnn.c" else {**keys, "input_size": inputs, "output_size": outputs} if path == "mlp.c" else keys
    data = "letters" if network == "gpt" else "noise"
    facts = {"steps": inputs, "characters": outputs} if data == "letters" else {"inputs": inputs, "outputs": outputs, "labels": labels}
    text = CONFIG.format(loss="CrossEntropyLoss" if labels else "MSELoss", optimizer=optimizer, batch=batch, batches=batches, data=data, network=network, path=path,
                         facts=lines(facts), keys=lines(keys), runs=runs)
    name = f"{case}_{runs}"
    with open(f"{name}.ini", "w") as f:
        f.write(text)
    subprocess.run([os.path.join(BUILD, "mosaicc"), "--quiet", "-o", f"out_{name}", f"{name}.ini"], check=True)
    return json.load(open(f"out_{name}/sweep.json"))["programs"][0]


def job(runs, folder):
    return "".join(f"run {i}\nset seed {i}\nset epochs 1000000000\ndir {folder}\nend\n" for i in range(1, runs + 1)).encode()


def on_cpu(pid):
    """Seconds of all its threads."""
    found = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            found += int(f.read().split()[0])
    return found * 1e-9


def peak_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(line.split()[1] for line in f if line.startswith("VmHWM")))


def ours(case, trainer, runs=1, seconds=3.0, name=None, threads=1):
    """Milliseconds a step of all runs together, by the clock and on the CPU, and the most memory held. A trainer writes its lines in bundles; the last line of
    a bundle is of its moment. The time is that from a bundle after a tenth of the seconds to the first one behind them: the start is left out."""
    seen, text, start, folder = [], b"", time.perf_counter(), f"files_{name or case}"
    with subprocess.Popen([os.path.abspath(trainer), "--job", "-", *(["--threads", str(threads)] if threads > 1 else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(job(runs, folder))
        p.stdin.close()
        while len(seen) < 2:
            got = os.read(p.stdout.fileno(), 1 << 16)
            if not got:
                sys.exit(f"{trainer} ended by itself: {text.decode()[-500:]}")
            text = text[text.rfind(b"\nepoch\t1\t"):] + got if b"\nepoch\t1\t" in text else text + got
            last = text[:text.rfind(b"\n") + 1].rpartition(b"\nepoch\t1\t")[2].split(b"\t")[0]
            now = time.perf_counter()
            if b"\nepoch\t1\t" not in text or not last.isdigit():
                continue
            here = (now, on_cpu(p.pid), int(last))
            if not seen and now - start > seconds / 10:
                seen.append(here)
            elif seen and here[2] > seen[0][2] + 2 and now - start > seconds:
                seen.append(here)
        peak = peak_kib(p.pid)
        p.kill()
    shutil.rmtree(folder, ignore_errors=True)
    steps = (seen[1][2] - seen[0][2]) * CASES[case][4]
    return (seen[1][0] - seen[0][0]) / steps * 1e3, (seen[1][1] - seen[0][1]) / steps * 1e3, peak


def torch_step(facts):
    """Milliseconds a step of PyTorch on one thread, and its version; None, and why not."""
    env = {**os.environ, "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE", "SKYLAKEX"), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    run = subprocess.run([PEER, os.path.join(SOURCE, "torch_step.py"), json.dumps(facts)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    if run.returncode:
        return None, (run.stderr.strip().splitlines() or [f"{PEER} says nothing"])[-1]
    said = json.loads(run.stdout)
    return said["ms"], said["version"]


def peer(case):
    inputs, outputs, labels, batch, batches, optimizer, network, keys = CASES[case]
    return torch_step({"inputs": inputs, "outputs": outputs, "labels": labels, "batch": batch, "optimizer": optimizer, "network": network, **keys})


def chosen(cases, known, kind):
    """The names on the command line, or all."""
    unknown = [c for c in cases if c not in known]
    if unknown:
        sys.exit(f"{os.path.basename(sys.argv[0])}: no {kind} {unknown[0]}; there are {', '.join(known)}")
    return cases or list(known)


def copy_modules():
    for name in ("cases.c", "../../share/cnn.c", "../../share/gpt.c", "../../share/mlp.c"):
        shutil.copy(os.path.join(SOURCE, name), ".")


def main():
    cases = chosen(sys.argv[2:], CASES, "case")
    work = tempfile.mkdtemp(prefix="bench")
    os.chdir(work)
    copy_modules()
    result, why = {}, None
    print(f"{'case':12} {'mosaicc':>12} {'PyTorch':>12} {'ratio':>8}   ms a step, one thread, medians of {ROUNDS}")
    for case in cases:
        trainer, mine, theirs = build(case)["trainer"], [], []
        for _ in range(ROUNDS):
            mine.append(ours(case, trainer)[0])
            if why is None or theirs:
                ms, why_or_version = peer(case)
                if ms is None:
                    why = why_or_version
                else:
                    theirs.append(ms)
                    version = why_or_version
        m, t = statistics.median(mine), statistics.median(theirs) if theirs else None
        result[case] = {"ms": m, "peer_ms": t}
        print(f"{case:12} {m:12.5f} {t or float('nan'):12.5f} {t / m if t else float('nan'):8.2f}", flush=True)
    print(f"PyTorch {version}" if why is None else f"no PyTorch: {why}")
    with open("steps.json", "w") as f:
        json.dump(result, f, indent=1)
    print(os.path.join(work, "steps.json"))


if __name__ == "__main__":
    main()
