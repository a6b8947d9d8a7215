"""gpu.py prepare BUILD FOLDER [emulated]: trainers of the GPU rows of the benchmark into FOLDER, which can be carried to a machine that has a GPU and no compiler.
gpu.py run FOLDER [ROW...]: measures them beside PyTorch and JAX, as far as they are there, and says which goals are met; FOLDER/bench.txt and bench.json.
Every row has its own time and stands alone: what fails or takes too long is told, and the next row follows.
PEER_PYTHON: the python of PyTorch and JAX (default: python3). ROUNDS (2), SECONDS (1.5): how often and how long each is measured, everybody once a round.
PEER_SECONDS (150): until then peers must have compiled. PEER_SCRIPT, TINY_RUNS: for trying this program out where there is no GPU."""
import json, os, select, shutil, signal, statistics, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = os.environ.get("PEER_PYTHON", "python3")
ROUNDS, SECONDS = int(os.environ.get("ROUNDS", 2)), float(os.environ.get("SECONDS", 1.5))
READY = float(os.environ.get("PEER_SECONDS", 150))       # until a peer must have compiled
ORIGINAL = 46.7                                          # seconds a run of the tutorial, 400 epochs, in the original

# Facts as in steps.py: inputs, outputs, labels, batch, batches an epoch, optimizer, network, its keys; then lines of [PROCESS] and how many runs.
ROWS = {
    "mlp": ((784, 10, True, 128, 200, "Adam", "dense", {"hidden": "[512, 512]", "activation": "relu"}), {}, 1),
    "mlp_cublas": ((784, 10, True, 128, 200, "Adam", "dense", {"hidden": "[512, 512]", "activation": "relu"}), {"gpu_products": "cublas"}, 1),
    "mlp_tf32": ((784, 10, True, 128, 200, "Adam", "dense", {"hidden": "[512, 512]", "activation": "relu"}), {"precision": "tf32"}, 1),
    "small_step": ((64, 10, True, 32, 2000, "Adam", "dense", {"hidden": "[64]", "activation": "relu"}), {}, 1),
    "tiny": ((2, 1, False, 1, 160, "Adam", "mlp_brick", {"length": 4, "width": 3}), {}, int(os.environ.get("TINY_RUNS", 16384))),
    "lenet5_64": ((784, 10, True, 64, 100, "Adam", "lenet5", {"height": 28, "width": 28}), {}, 1),
    "lenet5_4096": ((784, 10, True, 4096, 4, "Adam", "lenet5", {"height": 28, "width": 28}), {}, 1),
    "wide_bf16": ((4096, 4096, False, 4096, 2, "SGD", "dense", {"hidden": "[4096, 4096, 4096]", "activation": "relu"}), {"precision": "bf16"}, 1),
    "gpt_bf16": ((1024, 50304, True, 8, 2, "AdamW", "gpt", {"width": 768, "heads": 12, "blocks": 12, "dropout": 0.0}), {"precision": "bf16"}, 1),
}
ABOUT = {
    "mlp": "784-512-512-10, batch 128, Adam", "mlp_cublas": "the same, cuBLAS", "mlp_tf32": "the same, tf32", "small_step": "64-64-10, batch 32: time of a step",
    "tiny": "2-3-3-3-3-1, batch 1, 16,384 runs at once", "lenet5_64": "LeNet-5, batch 64", "lenet5_4096": "LeNet-5, batch 4096",
    "wide_bf16": "4096 x 4 layers, batch 4096, bf16", "gpt_bf16": "12 layers, 768 wide, context 1024, batch 8, bf16",
}
WIDE_FLOP = 11 * 2 * 4096.0 ** 3                         # four forward, four of weights, three of inputs


def peers_of(row):
    facts, process, runs = ROWS[row]
    inputs, outputs, labels, batch, batches, optimizer, network, keys = facts
    said = {"inputs": inputs, "outputs": outputs, "labels": labels, "batch": batch, "optimizer": optimizer, "network": network, **keys, "serve": True, "threads": 4,
            "device": "cuda", "precision": process.get("precision", "float32")}
    if runs > 1:
        return {"JAX vmap": ("jax_step.py", {**said, "runs": runs})}
    if row == "small_step":
        return {"eager": ("torch_step.py", said)}
    return {"eager": ("torch_step.py", said), "compile": ("torch_step.py", {**said, "compile": True})}


# ---- prepare -------------------------------------------------------------------------------------

def prepare_row(row, build, folder, emulated):
    import steps
    facts, process, runs = ROWS[row]
    inputs, outputs, labels, batch, batches, optimizer, network, keys = facts
    work = os.path.join(folder, row)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    for name in ("cases.c", "../../share/cnn.c", "../../share/gpt.c", "../../share/mlp.c"):
        shutil.copy(os.path.join(HERE, name), work)
    path = steps.PATHS.get(network, "cases.c")
    keys = {**keys, "output_size": outputs} if path == "cnn.c" else {**keys, "input_size": inputs, "output_size": outputs} if path == "mlp.c" else keys
    data = "letters" if network == "gpt" else "noise"
    said = {"steps": inputs, "characters": outputs} if data == "letters" else {"inputs": inputs, "outputs": outputs, "labels": labels}
    text = steps.CONFIG.format(loss="CrossEntropyLoss" if labels else "MSELoss", optimizer=optimizer, batch=batch, batches=batches, data=data, network=network, path=path,
                               facts=steps.lines(said), keys=steps.lines(keys), runs=runs)
    text = text.replace("[MONITOR]\n", steps.lines(process) + "\n[MONITOR]\nneed_gpu = True\ngpu_available = cuda:0\ntarget_gpu = sm_90\n")
    with open(os.path.join(work, "row.ini"), "w") as f:
        f.write(text)
    call = [os.path.join(build, "mosaicc"), "--quiet", *(["--no-build"] if emulated else []), "-o", "generated/made", "row.ini"]
    done = subprocess.run(call, cwd=work, capture_output=True, text=True)
    if done.returncode:
        return "; ".join((done.stdout + done.stderr).strip().splitlines()[:3]) or f"mosaicc: exit code {done.returncode}"
    program = json.load(open(os.path.join(work, "generated", "made", "sweep.json")))["programs"][0]
    if emulated:
        emulated(os.path.join(work, os.path.dirname(program["trainer"])))
    shutil.copy(os.path.join(work, program["trainer"]), os.path.join(work, "trainer"))
    if shutil.which("strip"):
        subprocess.run(["strip", os.path.join(work, "trainer")])
    return None


def prepare(build, folder, emulated=None, rows=None):
    """Returns what could not be made, and why."""
    os.makedirs(folder, exist_ok=True)
    wrong = {}
    for row in rows or ROWS:
        try:
            why = prepare_row(row, build, folder, emulated)
        except (Exception, SystemExit) as e:             # one row must not take the others along
            why = f"{type(e).__name__}: {e}"
        if why:
            wrong[row] = why
        print(f"{row}: {why or 'made'}", flush=True)
    for name in ("gpu.py", "steps.py", "torch_step.py", "peers/jax_step.py"):
        shutil.copy(os.path.join(HERE, name), folder)
    with open(os.path.join(folder, "prepared.json"), "w") as f:
        json.dump(wrong, f, indent=1)
    return wrong


# ---- measuring -----------------------------------------------------------------------------------

class Missing(Exception):
    pass


class Peer:
    """A process that measures for as long as each line of its input says."""

    def __init__(self, folder, name, script, facts):
        self.name, self.ready, self.text, self.log = name, None, b"", os.path.join(folder, f"peer_{name.replace(' ', '_')}_{facts['network']}_{facts['batch']}.log")
        script = os.environ.get("PEER_SCRIPT") or os.path.join(HERE, script)
        self.errors = open(self.log, "w")
        self.process = subprocess.Popen([PEER, script, json.dumps(facts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
                                        env={**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"})
        self.started = time.time()

    def line(self, seconds):
        end = time.time() + seconds
        while b"\n" not in self.text:
            left = end - time.time()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise Missing(f"{self.name} said nothing for {seconds:.0f} s")
            got = os.read(self.process.stdout.fileno(), 1 << 16)
            if not got:
                self.errors.flush()
                said = open(self.log).read().strip().splitlines()
                raise Missing(f"{self.name}: {said[-1] if said else 'it ended by itself'}")
            self.text += got
        line, _, self.text = self.text.partition(b"\n")
        return json.loads(line)

    def wait(self):
        if self.ready is None:
            self.ready = self.line(max(1, READY - (time.time() - self.started)))
        return self.ready

    def measure(self):
        self.wait()
        self.process.stdin.write(f"{SECONDS}\n".encode())
        self.process.stdin.flush()
        return self.line(SECONDS * 4 + 30)["ms"]

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


def start_peers(folder, rows):
    found = {}
    for row in rows:
        for name, (script, facts) in peers_of(row).items():
            try:
                found[row, name] = Peer(folder, name, script, facts)
            except OSError as why:
                print(f"{row}: {name}: {why}")
    return found


def in_time(command, seconds, **more):
    """What a command prints; after so many seconds it is ended, with all that it started."""
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, **{"stdin": subprocess.DEVNULL, **more})
    try:
        out, err = p.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Missing(f"it took more than {seconds:.0f} s") from None
    finally:
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
    if p.returncode:
        raise Missing(((err or out).strip().splitlines() or [f"exit code {p.returncode}"])[-1][:400])
    return out


def own(folder, row):
    """Milliseconds a step of all runs of a trainer, measured in a process of its own."""
    return json.loads(in_time([sys.executable, os.path.abspath(__file__), "own", folder, row], SECONDS * 4 + 45).splitlines()[-1])["ms"]


def measure_own(folder, row):
    sys.path.insert(0, folder)
    import steps
    facts, _, runs = ROWS[row]
    steps.CASES[row] = facts
    os.chdir(os.path.join(folder, row))
    print(json.dumps({"ms": steps.ours(row, "./trainer", runs, SECONDS, row)[0]}))


def whole_sweep(folder):
    """Seconds of 16,384 tutorial runs of 400 epochs, files and all."""
    work, runs = os.path.join(folder, "tiny"), ROWS["tiny"][2]
    job = "".join(f"run {i}\nset seed {i}\nset epochs 400\nset lr {10 ** (-1 - i % 4 / 2):g}\ndir files\nend\n" for i in range(1, runs + 1))
    start = time.time()
    with open(os.path.join(work, "job"), "w+") as f:
        f.write(job)
        f.seek(0)
        text = in_time(["./trainer", "--job", "-"], 100, cwd=work, stdin=f)
    seconds = time.time() - start
    shutil.rmtree(os.path.join(work, "files"), ignore_errors=True)
    finished = sum(line.startswith("done\t") for line in text.splitlines())
    if finished != runs:
        raise Missing(f"{finished} of {runs} runs are done")
    return seconds


CEILINGS = """
import json, torch
def rate(n, dtype, tf32=False):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    a, b = torch.randn(n, n, device="cuda").to(dtype), torch.randn(n, n, device="cuda").to(dtype)
    for _ in range(3): a @ b
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    start.record()
    for _ in range(10): a @ b
    end.record(); torch.cuda.synchronize()
    return 2e-9 * n ** 3 * 10 / start.elapsed_time(end)
x = torch.empty(1 << 30, device="cuda", dtype=torch.uint8); y = torch.empty_like(x); y.copy_(x)
start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
start.record(); [y.copy_(x) for _ in range(10)]; end.record(); torch.cuda.synchronize()
print(json.dumps({"GPU": torch.cuda.get_device_name(), "PyTorch": torch.__version__, "bf16 TFLOP/s": rate(4096, torch.bfloat16), "tf32 TFLOP/s": rate(4096, torch.float32, True),
    "float32 TFLOP/s": rate(4096, torch.float32), "copy TB/s": 20 * 2 ** 30 / start.elapsed_time(end) * 1e-9}))
"""


def ceilings():
    try:
        return json.loads(in_time([PEER, "-c", CEILINGS], 90))
    except (OSError, ValueError, Missing) as why:
        return {"not measured": str(why)}


# ---- goals ---------------------------------------------------------------------------------------

def goals_of(row, ms, found, machine):
    """(what, its number, whether it is met; None: it cannot be told)."""
    def times(name, least):
        return (f"at least {least:g} x {name}", found[name] / ms, found[name] / ms >= least) if found.get(name) else (f"at least {least:g} x {name}", None, None)

    if row.startswith("mlp"):
        return [times("eager", 3), times("compile", 1.3)]
    if row.startswith("lenet5"):
        return [times("eager", 3)]
    if row == "small_step":
        return [("a step under 10 us", ms * 1e3, ms < 0.01)]
    if row == "wide_bf16":
        best, rate = machine.get("bf16 TFLOP/s"), WIDE_FLOP / ms * 1e-9
        return [("at least 80 % of the measured bf16 rate", rate / best, rate >= 0.8 * best) if best else ("at least 80 % of the measured bf16 rate", None, None)]
    if row == "gpt_bf16":
        return [("within 10 % of compile", found["compile"] / ms, ms <= 1.1 * found["compile"]) if found.get("compile") else ("within 10 % of compile", None, None), times("compile", 1 / 1.5)]
    return [times("JAX vmap", 10)]


def told(result):
    lines = [f"machine: {json.dumps(result['machine'])}", f"{'row':12} {'ours, ms':>12} {'peers, ms':50} goals"]
    for row, r in result["rows"].items():
        beside = ", ".join(f"{n} {v:.4g}" for n, v in r["peers"].items() if v) or "-"
        goals = "; ".join(f"{what}: " + ("not measured" if good is None else f"{value:.3g}, {'met' if good else 'MISSED'}") for what, value, good in r["goals"])
        lines.append(f"{row:12} {r['ms']:12.5g} {beside:50} {goals}" if r["ms"] else f"{row:12} {'-':>12} {beside:50} {r['why']}")
        lines += [f"{'':12} {why}" for why in r["missing"]]
    return "\n".join(lines) + "\n"


def run_row(folder, row, peers, machine):
    mine, theirs, r = [], {}, {"about": ABOUT[row], "ms": None, "why": None, "peers": {}, "missing": [], "goals": []}
    for _ in range(ROUNDS):
        if r["why"] is None:
            try:
                mine.append(own(folder, row))
            except (Missing, ValueError, OSError) as why:
                r["why"] = str(why)[:400]
        for name, peer in peers.items():
            try:
                theirs.setdefault(name, []).append(peer.measure())
            except (Missing, ValueError, OSError) as why:
                r["missing"].append(str(why)[:300])
    for name, peer in peers.items():
        peer.stop()
    r["missing"] = sorted(set(r["missing"]))
    r["peers"] = {name: statistics.median(v) for name, v in theirs.items() if v}
    if mine:
        r["ms"] = statistics.median(mine)
        r["goals"] = goals_of(row, r["ms"], r["peers"], machine)
    if row == "tiny" and mine:
        try:
            seconds = whole_sweep(folder)
            ratio = ORIGINAL / (seconds / ROWS["tiny"][2])
            r["goals"].append((f"16,384 runs, 400 epochs in {seconds:.1f} s: at least 100,000 x the original", ratio, ratio >= 1e5))
        except (Missing, OSError) as why:
            r["missing"].append(f"400 epochs of all: {str(why)[:300]}")
    return r


def run(folder, rows=None, peers=None, until=None):
    """peers: those that start_peers() has started. until: time at which no new row begins."""
    wrong = json.load(open(os.path.join(folder, "prepared.json")))
    wrong.update({row: "there is no trainer" for row in ROWS if row not in wrong and not os.path.exists(os.path.join(folder, row, "trainer"))})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))    # children are ended on the way out
    rows = [r for r in rows or ROWS if r not in wrong]
    peers = peers if peers is not None else start_peers(folder, rows)
    result = {"date": time.strftime("%Y-%m-%d"), "rounds": ROUNDS, "seconds": SECONDS, "machine": ceilings(), "rows": {}}
    for peer in peers.values():                          # nobody compiles while somebody is measured
        try:
            peer.wait()
        except (Missing, ValueError):
            pass
    for row, why in wrong.items():
        result["rows"][row] = {"about": ABOUT[row], "ms": None, "why": "not made: " + why, "peers": {}, "missing": [], "goals": []}
    for row in rows:
        mine = {name: p for (of, name), p in peers.items() if of == row}
        if until and time.time() > until:
            result["rows"][row] = {"about": ABOUT[row], "ms": None, "why": "no time was left", "peers": {}, "missing": [], "goals": []}
            for p in mine.values():
                p.stop()
        else:
            result["rows"][row] = run_row(folder, row, mine, result["machine"])
        text = told(result)
        with open(os.path.join(folder, "bench.txt"), "w") as f:
            f.write(text)
        with open(os.path.join(folder, "bench.json"), "w") as f:
            json.dump(result, f, indent=1)
        print(text.splitlines()[-1 - len(result["rows"][row]["missing"])], flush=True)
    return result


def main():
    if len(sys.argv) >= 4 and sys.argv[1] == "prepare":
        prepare(os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3]), rows=sys.argv[4:])
    elif len(sys.argv) >= 3 and sys.argv[1] == "run":
        print(told(run(os.path.abspath(sys.argv[2]), sys.argv[3:])))
    elif len(sys.argv) == 4 and sys.argv[1] == "own":
        measure_own(os.path.abspath(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
