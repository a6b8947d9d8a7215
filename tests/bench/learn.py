"""learn.py BUILD [CONFIG...]: trains configs of share/ whole and prints what they reach beside what they should, the seconds of one run, and what
PyTorch needs for as many steps of the same network (one thread, eager, data in memory; PEER_PYTHON, default python3). Exit status 1: a run reached less
than it should. Times are not judged."""
import json, os, shutil, sqlite3, statistics, subprocess, sys, tempfile

from steps import BUILD, SOURCE, chosen, torch_step

# config: column, what each run is to reach, pipelines that it is taken from, facts of PyTorch's network, steps of a run
CASES = {
    "digits_cnn": ("test_acc", 98, "cnn_small", {"network": "digits_cnn", "inputs": 64, "outputs": 10, "labels": True, "batch": 32, "optimizer": "AdamW"}, 20 * 39),
    "breast_cancer": ("test_acc", 96, "mlp_brick(2,8", {"network": "dense", "hidden": "[8, 8]", "activation": "tanh", "inputs": 30, "outputs": 1, "labels": False, "batch": 16,
                      "optimizer": "Adam"}, 60 * 24),
    "challenge_regression": ("test_loss", 1e-3, "sin2", {"network": "dense", "hidden": "[32, 32]", "activation": "tanh", "inputs": 2, "outputs": 1, "labels": False, "batch": 20,
                             "optimizer": "Adam"}, 300 * 40),
    "gpt": ("test_loss", 1.3, "gpt", {"network": "gpt", "inputs": 32, "outputs": 71, "labels": True, "batch": 32, "optimizer": "AdamW"}, 8 * 159),
}


def train(name):
    """What the runs reached, and the seconds of one run."""
    subprocess.run([os.path.join(BUILD, "mosaic"), "run", f"share/{name}.ini", f"{name}.db"], check=True, stdout=subprocess.DEVNULL)
    column, _, which, _, _ = CASES[name]
    with sqlite3.connect(f"{name}.db") as db:
        rows = [(value, seconds) for value, seconds, pipeline in db.execute(f'SELECT {column}, "duration(s)", pipeline FROM run_results JOIN runs USING (run_id)') if which in pipeline]
    return [r[0] for r in rows], statistics.median(r[1] for r in rows)


def main():
    cases = chosen(sys.argv[2:], CASES, "config")
    work = tempfile.mkdtemp(prefix="bench")
    shutil.copytree(os.path.join(SOURCE, "../../share"), os.path.join(work, "share"))
    os.chdir(work)
    result, why, missed = {}, None, []
    print(f"{'config':22} {'worst run':>10} {'median':>10}  {'wanted':16} {'s a run':>9} {'PyTorch s':>10} {'ratio':>7}")
    for name in cases:
        column, wanted, _, facts, steps = CASES[name]
        values, seconds = train(name)
        ms, version = torch_step(facts)
        why = version if ms is None else None
        theirs = ms * steps / 1e3 if ms else float("nan")
        worst = min(values) if column.endswith("acc") else max(values)
        good = worst >= wanted if column.endswith("acc") else worst < wanted
        missed += [] if good else [name]
        goal = ("at least " if column.endswith("acc") else "under ") + f"{wanted:g}"
        result[name] = {"worst": worst, "wanted": wanted, "reached": good, "median": statistics.median(values), "seconds": seconds, "peer_seconds": theirs if ms else None}
        print(f"{name:22} {worst:10.4g} {statistics.median(values):10.4g}  {goal:16} {seconds:9.3f} {theirs:10.3f} {theirs / seconds:7.1f}", flush=True)
    if why:
        print(f"no PyTorch: {why}")
    if missed:
        print(f"less than wanted: {', '.join(missed)}")
    with open("learn.json", "w") as f:
        json.dump(result, f, indent=1)
    print(os.path.join(work, "learn.json"))
    return bool(missed)


sys.exit(main())
