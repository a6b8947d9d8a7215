"""bench.py BUILD: the tutorial's numbers on this machine. Medians of several runs, the cases alternating."""
import json, os, resource, shutil, statistics, subprocess, sys, tempfile, time

BUILD = os.path.abspath(sys.argv[1])
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROUNDS = 5
STEPS, TESTS = 160, 40          # samples of an epoch of the tutorial: trained on, evaluated
SHAPE = "mlp_brick_4_3"


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


PEAK_C = """
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct rusage r;
	pid_t pid = argc > 1 ? fork() : -1;
	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout))
			execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, NULL, 0, &r) < 0)
		return 1;
	printf("%ld\\n", r.ru_maxrss);
	return 0;
}
"""


def peak_kib(*argv):
    """Resident memory of one process at its peak; started by a small program, because a child's peak counts from its fork on."""
    with open("peak.c", "w") as f:
        f.write(PEAK_C)
    run(variables()["cc"], "-static", "-o", "peak", "peak.c")
    return int(subprocess.run(["./peak", *argv], check=True, capture_output=True, text=True).stdout)


def sweep(work):
    cold, warm, null = [], [], []
    mosaic = os.path.join(BUILD, "mosaic")
    for i in range(ROUNDS):
        shutil.rmtree("generated", ignore_errors=True)
        cold.append(timed(mosaic, "run", "share/config.ini", f"cold{i}.db"))
        warm.append(timed(mosaic, "launch", "generated/config/sweep.json", "--database", f"warm{i}.db"))
        null.append(timed(mosaic, "launch", "generated/config/sweep.json", "--database", f"warm{i}.db"))
    return cold, warm, null


def variables():
    """What machine.ninja says: compiler, flags, library."""
    found = {}
    for line in open("generated/config/machine.ninja"):
        if " = " in line:
            name, value = line.rstrip("\n").split(" = ", 1)
            found[name] = value
    return found


def build_lanes(lanes):
    v = variables()
    folder = f"generated/config/{SHAPE}"
    flags = ["-std=gnu11", "-O2", "-g", *v["target"].split(), "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", *v["include_flags"].split(), f"-DLANES={lanes}"]
    run(v["cc"], *flags, "-c", f"{folder}/trainer.c", "-o", f"trainer{lanes}.o")
    run(v["cc"], *v["link_flags"].split(), "-o", f"trainer{lanes}", f"trainer{lanes}.o", "generated/config/classes/dataset_OR.o", v["library"], "-lm")


def job(runs, epochs):
    return "".join(f"run {i}\nset seed {i}\nset epochs {epochs}\ndir out\nend\n" for i in range(1, runs + 1)).encode()


def train_seconds(lanes, runs, epochs):
    start = time.perf_counter()
    run(f"./trainer{lanes}", "--job", "-", input=job(runs, epochs))
    return time.perf_counter() - start


def steps():
    """ns a step: the difference of a long and a short run, so that starting and data do not count."""
    short, long_ = 200, 2200
    cases = [(1, 1), (4, 1), (4, 4), (16, 1), (16, 16)]
    times = {c: [] for c in cases}
    for lanes in sorted({c[0] for c in cases}):
        build_lanes(lanes)
    for _ in range(ROUNDS):
        for c in cases:
            seconds = train_seconds(*c, long_) - train_seconds(*c, short)
            times[c].append(seconds * 1e9 / ((long_ - short) * STEPS))
    return times


def build_cost():
    costs = []
    for _ in range(ROUNDS):
        for folder in os.listdir("generated/config"):
            for name in ("trainer", "trainer.o"):
                path = f"generated/config/{folder}/{name}"
                if os.path.exists(path):
                    os.remove(path)
        costs.append(cpu("ninja", "-f", "generated/config/build.ninja", "-j1", "--quiet", "all") / 6)
    return costs


def compile_only():
    times = []
    for _ in range(ROUNDS):
        shutil.rmtree("generated", ignore_errors=True)
        times.append(timed(os.path.join(BUILD, "mosaicc"), "--no-build", "--quiet", "share/config.ini"))
    return times


def main():
    work = tempfile.mkdtemp(prefix="bench")
    shutil.copytree(os.path.join(SOURCE, "share"), os.path.join(work, "share"))
    os.chdir(work)
    front = compile_only()
    cold, warm, null = sweep(work)
    cost, step = build_cost(), steps()
    trainer = f"generated/config/{SHAPE}/trainer"
    rows = [("mosaicc alone, cold", front, "s"), ("sweep cold: mosaicc, build, 24 runs, database", cold, "s"), ("sweep warm: 24 runs, database", warm, "s"),
            ("sweep done: nothing to train", null, "s"), ("build of one trainer, one core", cost, "s CPU")]
    for (lanes, runs), values in step.items():
        rows.append((f"step, {lanes} lanes, {runs} run{'s' if runs > 1 else ''}: a step and run", [v / runs for v in values], "ns"))
    result = {name: {"median": statistics.median(v), "min": min(v), "max": max(v), "unit": unit} for name, v, unit in rows}
    for name, r in result.items():
        print(f"{name:52} {r['median']:10.3f} {r['unit']:6} ({r['min']:.3f} .. {r['max']:.3f})")
    single = {"binary size": (os.path.getsize(trainer) / 2**20, "MiB"), "peak memory of a trainer": (peak_kib(trainer, "--epochs", "10", "--out", "out") / 1024, "MiB")}
    for name, (value, unit) in single.items():
        result[name] = {"median": value, "unit": unit}
        print(f"{name:52} {value:10.3f} {unit}")
    print(f"A step is one sample of {SHAPE}, Adam, with its share of the evaluation of {TESTS} samples an epoch; {os.cpu_count()} cores, medians of {ROUNDS}.")
    json.dump(result, open("bench.json", "w"), indent=1)
    print(os.path.join(work, "bench.json"))


main()
