"""steps.py BUILD [CASE...]: milliseconds a training step, our trainers beside PyTorch on one thread, alternating, in one table. PyTorch is
taken from PEER_PYTHON (default: python3); without it our column stands alone. Prints; judges nothing. steps.json holds the same."""
import json, os, shutil, statistics, subprocess, sys, tempfile, time

SOURCE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(sys.argv[1])
PEER = os.environ.get("PEER_PYTHON", "python3")
ROUNDS = int(os.environ.get("ROUNDS", 5))

# inputs, outputs, labels, batch, batches an epoch, optimizer, lr, network: class and its keys
CASES = {
    "tiny": (2, 1, False, 1, 4000, "Adam", "dense", {"hidden": "[3, 3, 3, 3]", "activation": "sigmoid"}),
    "small": (4, 4, False, 64, 150, "SGD", "dense", {"hidden": "[32, 16]", "activation": "tanh"}),
    "mlp": (784, 10, True, 128, 40, "Adam", "dense", {"hidden": "[512, 512]", "activation": "relu"}),
    "wide": (1024, 1024, False, 256, 2, "SGD", "dense", {"hidden": "[4096, 4096]", "activation": "relu"}),
    "lenet5": (784, 10, True, 64, 20, "Adam", "lenet5", {"height": 28, "width": 28}),
    "lenet_wide": (784, 10, True, 64, 10, "Adam", "lenet_wide", {}),
    "resnet8": (3072, 10, True, 32, 4, "SGD", "resnet", {"height": 32, "width": 32, "channels": 3}),
}
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
multiplicity = 1
[noise]
type = data
class = noise
path_to_class = cases.c
key = noise
batch_size = {batch}
batches = {batches}
inputs = {inputs}
outputs = {outputs}
labels = {labels}
[net]
type = net
class = {network}
path_to_class = {path}
key = net
{keys}
"""


def build(case):
    inputs, outputs, labels, batch, batches, optimizer, network, keys = CASES[case]
    path = "cases.c" if network in ("dense", "lenet_wide") else "cnn.c"
    keys = dict(keys) if path == "cases.c" else {**keys, "output_size": outputs}
    text = CONFIG.format(loss="CrossEntropyLoss" if labels else "MSELoss", optimizer=optimizer, batch=batch, batches=batches, inputs=inputs, outputs=outputs, labels=labels,
                         network=network, path=path, keys="\n".join(f"{k} = {v}" for k, v in keys.items()))
    with open(f"{case}.ini", "w") as f:
        f.write(text)
    subprocess.run([os.path.join(BUILD, "mosaicc"), "--quiet", "-o", f"out_{case}", f"{case}.ini"], check=True)
    program = json.load(open(f"out_{case}/sweep.json"))["programs"][0]
    return program["trainer"]


def ours(case, trainer):
    """Lines of epochs come in bundles when epochs are short: the time from the first to the last of three seconds, the start left out."""
    seen = []
    with subprocess.Popen([os.path.abspath(trainer), "--out", f"files_{case}", "--epochs", "1000000"], stdout=subprocess.PIPE, text=True) as p:
        start = time.perf_counter()
        for line in p.stdout:
            if line.startswith("epoch"):
                now, epoch = time.perf_counter(), int(line.split()[2])
                if not seen or now - start < 0.3:
                    seen = [(now, epoch)]
                elif epoch > seen[0][1] + 3 and now - start > 3:
                    seen.append((now, epoch))
                    break
        p.kill()
    shutil.rmtree(f"files_{case}", ignore_errors=True)
    return (seen[1][0] - seen[0][0]) / (seen[1][1] - seen[0][1]) * 1e3 / CASES[case][4]


def peer(case):
    inputs, outputs, labels, batch, batches, optimizer, network, keys = CASES[case]
    facts = {"inputs": inputs, "outputs": outputs, "labels": labels, "batch": batch, "optimizer": optimizer, "network": network, **keys}
    env = {**os.environ, "OPENBLAS_CORETYPE": os.environ.get("OPENBLAS_CORETYPE", "SKYLAKEX"), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    run = subprocess.run([PEER, os.path.join(SOURCE, "torch_step.py"), json.dumps(facts)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    if run.returncode:
        return None, run.stderr.strip().splitlines()[-1:]
    facts = json.loads(run.stdout)
    return facts["ms"], facts["version"]


def main():
    cases = sys.argv[2:] or list(CASES)
    unknown = [c for c in cases if c not in CASES]
    if unknown:
        sys.exit(f"steps.py: no case {unknown[0]}; there are {', '.join(CASES)}")
    work = tempfile.mkdtemp(prefix="bench")
    for name in ("cases.c", "../../share/cnn.c"):
        shutil.copy(os.path.join(SOURCE, name), work)
    os.chdir(work)
    result, why = {}, None
    print(f"{'case':12} {'mosaicc':>12} {'PyTorch':>12} {'ratio':>8}   ms a step, one thread, medians of {ROUNDS}")
    for case in cases:
        trainer, mine, theirs = build(case), [], []
        for _ in range(ROUNDS):
            mine.append(ours(case, trainer))
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


main()
