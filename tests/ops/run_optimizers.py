#!/usr/bin/env python3
"""Optimizers: in double and float against PyTorch's, in float the same bits whatever the lanes, the compiler and the level.

usage: run_optimizers.py INCLUDE_DIR SOURCE_DIR WORK_DIR"""
import os
import re
import shutil
import subprocess
import sys

include, source, work = (os.path.abspath(a) for a in sys.argv[1:4])
FLAGS = ["-std=gnu11", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Werror", "-I" + include,
         "-I" + os.path.join(source, "templates"), "-I" + os.path.join(source, "templates", "optimizers")]
compilers = [c for c in ("clang", "gcc") if shutil.which(c)]


def build(compiler, *flags):
    name = os.path.join(work, "optimizers_" + "_".join((compiler,) + flags).replace("-", "").replace("=", ""))
    subprocess.run([compiler, *FLAGS, *flags, "-o", name, os.path.join(source, "tests", "ops", "optimizers.c"), "-lm"], check=True)
    return name


def bits(program):
    subprocess.run([program, program + ".bits"], check=True)
    with open(program + ".bits", "rb") as f:
        return f.read()


OF_THEIR_OWN = {"LBFGS", "LevenbergMarquardt"}      # they see losses, too: tests/optimizers


def without_golden():
    """Optimizers that no line of golden/optimizers.h is about."""
    folder = os.path.join(source, "templates", "optimizers")
    names = {n for f in os.listdir(folder) if f.endswith(".c") for n in re.findall(r'\.name = "(\w+)"', open(os.path.join(folder, f)).read())}
    with open(os.path.join(source, "tests", "ops", "golden", "optimizers.h")) as f:
        return names - OF_THEIR_OWN - set(re.findall(r'{"(\w+)', f.read()))


os.makedirs(work, exist_ok=True)
if without_golden():
    sys.exit(f"no numbers from PyTorch for {sorted(without_golden())}: golden_optimizers.py makes them")
for compiler in compilers:
    subprocess.run([build(compiler, "-O2", "-DREAL64", "-DLANES=1")], check=True)
    subprocess.run([build(compiler, "-O1", "-DREAL64", "-DLANES=4")], check=True)
first = build(compilers[0], "-O2", "-DLANES=1")
subprocess.run([first], check=True)
wanted = bits(first)
differ = [(c, level, lanes) for c in compilers for level, lanes in (("-O0", 1), ("-O2", 4), ("-O3", 8), ("-O1", 16))
          if bits(build(c, level, f"-DLANES={lanes}")) != wanted]
print(f"{len(wanted)} bytes; other bits: {differ or 'none'}")
sys.exit(1 if differ or len(wanted) < 10000 else 0)
