#!/usr/bin/env python3
"""Random graphs: emitted C in double against the reference, forward and backward; then the same bits from four lanes as from one, and with
every value in memory of its own as with the memory plan.

MOSAIC_RANDOM_GRAPHS says how many (2000), MOSAIC_RANDOM_SEED from which seed on (1): another seed is another set of graphs.

usage: run_random.py MAKE_CASES INCLUDE_DIR SOURCE_DIR WORK_DIR"""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

make_cases, include, source, work = (os.path.abspath(a) for a in sys.argv[1:5])
COUNT, SEED = os.environ.get("MOSAIC_RANDOM_GRAPHS", "2000"), os.environ.get("MOSAIC_RANDOM_SEED", "1")
FILES = max(4, int(COUNT) // 125)
library = os.path.join(os.path.dirname(include), "libmosaic_trainer.a")        # the matrix products
FLAGS = ["-std=gnu11", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-DREAL64", "-I" + include, "-I" + source]
# Functions of real.h stay functions: the same operations, compiled three times as fast.
FAST = ["-O0", "-w", "-Dalways_inline=noinline"]
PROGRAMS = {"planned": ("cases", "-DLANES=1"), "lanes": ("cases", "-DLANES=4"), "apart": ("apart", "-DLANES=1")}
TOLERANCE = "1e-8"


def compile_one(path, out, *flags):
    done = subprocess.run(["clang", *FLAGS, *flags, "-c", path, "-o", out], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def build(pool, name):
    stem, lanes = PROGRAMS[name]
    parts = [(os.path.join(work, f"{stem}_{i}.c"), FAST) for i in range(FILES)]
    parts += [(os.path.join(work, "files.c"), FAST), (os.path.join(source, "run_cases.c"), ["-O2"])]
    objects = [os.path.join(work, f"{name}_{i}.o") for i in range(len(parts))]
    return objects, [pool.submit(compile_one, path, out, lanes, *flags) for (path, flags), out in zip(parts, objects)]


def finish(name, objects, jobs):
    for job in jobs:
        if job.result():
            sys.exit("\n".join(job.result().splitlines()[:40]))
    program = os.path.join(work, name)
    subprocess.run(["clang", "-o", program, *objects, library, "-lm"], check=True)
    for path in objects:
        os.remove(path)
    done = subprocess.run([program, os.path.join(work, "expected.bin"), TOLERANCE, program + ".bits"], capture_output=True, text=True)
    print(f"{name}: {done.stdout}", end="")
    sys.stderr.write("".join(line + "\n" for line in done.stderr.splitlines()[:40]))
    with open(program + ".bits", "rb") as f:
        return done.returncode == 0, f.read()


def main():
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    subprocess.run([make_cases, "random", work, str(FILES), COUNT, SEED], check=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        builds = {name: build(pool, name) for name in PROGRAMS}
        results = {name: finish(name, *b) for name, b in builds.items()}
    good = all(ok for ok, _ in results.values())
    wanted = results["planned"][1]
    for name, (_, bits) in results.items():
        if bits != wanted:
            at = next((i for i, (a, b) in enumerate(zip(wanted, bits)) if a != b), min(len(wanted), len(bits)))
            print(f"{name} differs from planned at byte {at} of {len(wanted)}", file=sys.stderr)
            good = False
    if good:
        shutil.rmtree(work)
    return 0 if good and wanted else 1


sys.exit(main())
