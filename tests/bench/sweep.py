"""sweep.py: what a whole sweep costs beside the training: mosaicc, the builds, the launcher; cold, warm and with nothing to do."""
import os, resource, shutil, statistics, subprocess, time

import steps

SHAPES = """[PROCESS]
loss_function = MSELoss
optimizer = Adam
lr = 1e-3
epochs = 1
accuracy = none
data_scheme = data
pipeline_scheme = net
[MONITOR]
nb_processus = {cores}
multiplicity = 8
[noise]
type = data
class = noise
path_to_class = cases.c
key = noise
batch_size = 1
batches = 200
inputs = 2
outputs = 1
labels = False
[net]
type = net
class = mlp_brick
path_to_class = mlp.c
key = net
input_size = 2
output_size = 1
length = {{1-{lengths}}}
width = {{1-{widths}}}
"""


def run(*argv, **more):
    return subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, **more)


def timed(*argv, **more):
    start = time.perf_counter()
    run(*argv, **more)
    return time.perf_counter() - start


def cpu(*argv, **more):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(*argv, **more)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def summary(values, unit):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "unit": unit}


def tutorial(build, rounds):
    """The 24 runs of share/config.ini, everything removed before; then into a database of their own; then once more, when all is done."""
    mosaic, times = os.path.join(build, "mosaic"), {"front": [], "cold": [], "cold CPU": [], "warm": [], "done": []}
    for i in range(rounds):
        shutil.rmtree("generated", ignore_errors=True)
        times["front"].append(timed(os.path.join(build, "mosaicc"), "--no-build", "--quiet", "share/config.ini"))
        shutil.rmtree("generated", ignore_errors=True)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        times["cold"].append(timed(mosaic, "run", "share/config.ini", f"cold{i}.db"))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times["cold CPU"].append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        times["warm"].append(timed(mosaic, "launch", "generated/config/sweep.json", "--database", f"warm{i}.db"))
        times["done"].append(timed(mosaic, "launch", "generated/config/sweep.json", "--database", f"warm{i}.db"))
    return times


def build_cost(rounds):
    costs, programs = [], [f for f in os.listdir("generated/config") if os.path.exists(f"generated/config/{f}/trainer")]
    for _ in range(rounds):
        for folder in programs:
            for name in ("trainer", "trainer.o"):
                with_path = f"generated/config/{folder}/{name}"
                if os.path.exists(with_path):
                    os.remove(with_path)
        costs.append(cpu("ninja", "-f", "generated/config/build.ninja", "-j1", "--quiet", "all") / len(programs))
    return costs


def overhead(build, rounds):
    """Milliseconds a run of one epoch of the tutorial takes in a warm sweep, less those that training takes: nothing, here."""
    text = open("share/config.ini").read()
    with open("short.ini", "w") as f:
        f.write("\n".join("epochs = 1" if line.startswith("epochs") else "multiplicity = 100" if line.startswith("multiplicity") else line for line in text.splitlines()) + "\n")
    run(os.path.join(build, "mosaicc"), "--quiet", "short.ini")
    return [timed(os.path.join(build, "mosaic"), "launch", "generated/short/sweep.json", "--database", f"short{i}.db") / 600 * 1e3 for i in range(rounds)]


def shapes(build, count):
    """count different networks x 8 seeds, from nothing to the database, once."""
    lengths = next(n for n in range(int(count ** 0.5), 0, -1) if count % n == 0)
    with open("shapes.ini", "w") as f:
        f.write(SHAPES.format(cores=len(os.sched_getaffinity(0)), lengths=lengths, widths=count // lengths))
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run(os.path.join(build, "mosaic"), "run", "shapes.ini", "shapes.db")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, used = time.perf_counter() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {f"{count} shapes x 8 seeds, cold": summary([wall], "s"), f"{count} shapes x 8 seeds, cold, a program": summary([used / count], "core-s")}


def measure(build, rounds, count):
    times = tutorial(build, rounds)
    rows = {"tutorial, mosaicc alone": summary(times["front"], "s"), "tutorial, cold: mosaicc, 6 builds, 24 runs, database": summary(times["cold"], "s"),
            "tutorial, cold, on both CPUs together": summary(times["cold CPU"], "core-s"), "tutorial, warm: 24 runs, database": summary(times["warm"], "s"),
            "tutorial, done: nothing to train": summary(times["done"], "s"), "build of one trainer": summary(build_cost(rounds), "core-s"),
            "a run of one epoch in a warm sweep of 600": summary(overhead(build, rounds), "ms")}
    return {**rows, **(shapes(build, count) if count else {})}


def run_in(work, build, rounds, count):
    os.makedirs(work)
    here = os.getcwd()
    shutil.copytree(os.path.join(steps.SOURCE, "../../share"), os.path.join(work, "share"))
    for name in ("cases.c", "mlp.c"):
        shutil.copy(name, work)
    os.chdir(work)
    try:
        return measure(build, rounds, count)
    finally:
        os.chdir(here)
