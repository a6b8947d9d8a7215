"""scale.py MOSAIC SCALE_TRAINER [RUNS [SEEDS [EPOCHS]]] [--in FOLDER]: makes the database of a large sweep with the launcher itself (default: 100,000 runs
of 10,000 pipelines, 100 epochs) and prints what the commands cost on it: seconds on the clock, and seconds of processor, which other
programs on the machine change less. It judges nothing. With --in the database stays in FOLDER and is used again."""
import argparse
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

from make_sweep import make

COMMANDS = {
    "status": ["status", "database.db"],
    "status --json": ["status", "database.db", "--json"],
    "compare": ["compare", "database.db", "test_loss", "--by", "mlp_key"],
    "compare --within": ["compare", "database.db", "test_loss", "--by", "mlp_key", "--within", "dataset_key"],
    "compare, all with one of 50 values": ["compare", "database.db", "test_loss", "--by", "lr", "--against", "1e-2"],
    "metaplot, PNG": ["metaplot", "database.db", "out.png", "dataset_OR", "test_loss"],
    "metaplot, PDF": ["metaplot", "database.db", "out.pdf", "dataset_OR", "test_loss"],
    "export, CSV": ["export", "database.db"],
    "export, JSON": ["export", "database.db", "--json"],
    "best": ["best", "database.db"],
    "show": ["show", "database.db", "{last}"],
    "history": ["history", "database.db", "{last}"],
    "export of 10 runs": ["export", "database.db", "--id", "1-10"],
    "export by value": ["export", "database.db", "--param-name-value", "mlp_fan_length", "2", "--param-name-value-low-threshold", "test_loss", "0.01"],
    "export by request": ["export", "database.db", "--request", "SELECT run_id FROM params WHERE param_name = 'mlp_key' AND param_value = 'mlp_fan'"],
    "tag half of the runs": ["tag", "database.db", "1-{half}", "+half"],
    "untag them": ["tag", "database.db", "1-{half}", "-half"],
    "launch, nothing to do": ["launch", "gen/sweep.json"],
}


def cost(at, argv):
    """(clock, processor) of a command; its output goes to a file."""
    with open(at / "printed", "wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(argv, cwd=at, stdout=out, stderr=subprocess.PIPE)
        message = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{argv}: exit {process.returncode}\n{message.decode(errors='replace')}")
    return clock, usage.ru_utime + usage.ru_stime


def line(name, values):
    print(f"{name:36} {values[0]:8.2f} s {values[1]:8.2f} s", flush=True)


def sizes(path, runs):
    print(f"\n{path.name}: {path.stat().st_size / 1e6:.1f} MB, {path.stat().st_size / runs:.0f} bytes a run; of which")
    with contextlib.closing(sqlite3.connect(path)) as db, contextlib.suppress(sqlite3.OperationalError):
        for name, size in db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING sum(pgsize) > 20000 ORDER BY 2 DESC"):
            print(f"    {name:28} {size / runs:8.0f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mosaic")
    parser.add_argument("trainer")
    parser.add_argument("numbers", nargs="*", type=int, default=[])
    parser.add_argument("--in", dest="folder")
    args = parser.parse_args()
    runs, seeds, epochs = [*args.numbers, *[100000, 10, 100][len(args.numbers):]]
    mosaic, at = os.path.abspath(args.mosaic), pathlib.Path(args.folder or tempfile.mkdtemp(prefix="scale_"))
    at.mkdir(parents=True, exist_ok=True)
    print(f"{runs} runs, {seeds} a pipeline, {epochs} epochs; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    print(f"{'':36} {'clock':>10} {'processor':>10}")
    if not (at / "database.db").exists():
        make(at, args.trainer, runs, seeds, epochs)
        line("launch, all runs, trainers included", cost(at, [mosaic, "launch", "gen/sweep.json"]))
    for name, argv in COMMANDS.items():
        argv = [mosaic] + [a.format(last=runs - 1, half=runs // 2) for a in argv]
        line(name, min(cost(at, argv) for _ in range(1 if "tag" in name else 3)))
    sizes(at / "database.db", runs)
    print(f"load {os.getloadavg()[0]:.1f} after")
    if not args.folder:
        shutil.rmtree(at)


if __name__ == "__main__":
    main()
