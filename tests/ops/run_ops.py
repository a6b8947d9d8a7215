#!/usr/bin/env python3
"""Every op through the emitter: compiled in double and run against the reference, then in float, where all lane counts and compilers
must give the same bits.

usage: run_ops.py MAKE_CASES INCLUDE_DIR SOURCE_DIR WORK_DIR"""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

make_cases, include, source, work = (os.path.abspath(a) for a in sys.argv[1:5])
library = os.path.join(os.path.dirname(include), "libmosaic_trainer.a")        # the matrix products
FLAGS = ["-std=gnu11", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Werror", "-I" + include, "-I" + source]
FILES = 16                                     # the longest does not keep others waiting
RANDOM_GRAPHS = 60
TOLERANCE = {"all": "1e-6", "few": "1e-6", "golden": "1e-10"}


def cases(kind):
    folder = os.path.join(work, kind)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    more = {"golden": [os.path.join(source, "golden", "functions.json")], "random": [str(RANDOM_GRAPHS), "1"]}
    subprocess.run([make_cases, kind, folder, str(FILES), *more.get(kind, [])], check=True)
    return folder


def build(pool, folder, compiler, *flags):
    """One object a file, then a program; its name, once the objects are there."""
    name = os.path.join(folder, "_".join((compiler,) + flags).replace("-", "").replace("=", ""))
    sources = [os.path.join(folder, f"cases_{i}.c") for i in range(FILES)] + [os.path.join(folder, "files.c"), os.path.join(source, "run_cases.c")]
    objects = [f"{name}_{i}.o" for i in range(len(sources))]
    jobs = [pool.submit(subprocess.run, [compiler, *FLAGS, *flags, "-c", s, "-o", o], capture_output=True, text=True)
            for s, o in zip(sources, objects)]
    return name, compiler, objects, jobs


def warnings(path, compiler):
    done = subprocess.run([compiler, *FLAGS, "-fsyntax-only", "-DLANES=4", path], capture_output=True, text=True)
    sys.stderr.write("".join(line + "\n" for line in done.stderr.splitlines()[:20]))
    return done.returncode == 0


def finish(built):
    name, compiler, objects, jobs = built
    for job in jobs:
        done = job.result()
        if done.returncode:
            sys.exit("\n".join(done.stderr.splitlines()[:40]))
    subprocess.run([compiler, "-o", name, *objects, library, "-lm"], check=True)
    return name


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    sys.stdout.write(os.path.basename(program) + ": " + done.stdout)
    lines = done.stderr.splitlines()
    sys.stderr.write("".join(line + "\n" for line in lines[:40]))
    return done.returncode == 0


def same_bits(programs, expected, tolerance):
    good = True
    first = None
    for program in programs:
        good = run(program, expected, tolerance, program + ".bits") and good
        with open(program + ".bits", "rb") as f:
            bits = f.read()
        if first is None:
            first = bits
        elif bits != first:
            at = next((i for i, (a, b) in enumerate(zip(first, bits)) if a != b), min(len(first), len(bits)))
            print(f"{os.path.basename(program)} differs from {os.path.basename(programs[0])} at byte {at} of {len(first)}", file=sys.stderr)
            good = False
    return good and len(first) > 0


def main():
    compilers = [c for c in ("clang", "gcc") if shutil.which(c)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        everything, few, golden, random = cases("all"), cases("few"), cases("golden"), cases("random")
        first = compilers[0]
        double = [build(pool, folder, first, "-O0", "-DREAL64") for folder in (everything, golden)]
        double += [build(pool, few, c, "-O0", "-DREAL64") for c in compilers[1:]]
        chaos = [build(pool, random, first, "-O0", f"-DLANES={n}") for n in (1, 4, 16)]
        warned = [pool.submit(warnings, os.path.join(everything, f"cases_{i}.c"), c) for i in range(FILES) for c in compilers]
        kinds = [("clang", "-O1", 1), ("clang", "-O0", 4), ("clang", "-O1", 16), ("gcc", "-O1", 8)]
        lanes = [build(pool, few, c, level, f"-DLANES={n}") for c, level, n in kinds if c in compilers]
        singles = build(pool, golden, first, "-O0", "-DLANES=1")
        good = True
        for built in double:
            program = finish(built)
            good = run(program, os.path.join(os.path.dirname(program), "expected.bin"), TOLERANCE[os.path.basename(os.path.dirname(program))]) and good
        good = run(finish(singles), os.path.join(golden, "expected.bin"), "1e-5") and good
        good = all([job.result() for job in warned]) and good
        good = same_bits([finish(b) for b in lanes], os.path.join(few, "expected.bin"), "2e-4") and good
        good = same_bits([finish(b) for b in chaos], os.path.join(random, "expected.bin"), "inf") and good
    return 0 if good else 1


sys.exit(main())
