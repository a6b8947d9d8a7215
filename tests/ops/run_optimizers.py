#!/usr/bin/env python3
"""Optimizers: in double against plain formulas, in float the same bits whatever the lanes, the compiler and the level.

usage: run_optimizers.py INCLUDE_DIR SOURCE_DIR WORK_DIR"""
import os
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


os.makedirs(work, exist_ok=True)
for compiler in compilers:
    subprocess.run([build(compiler, "-O2", "-DREAL64", "-DLANES=1")], check=True)
    subprocess.run([build(compiler, "-O1", "-DREAL64", "-DLANES=4")], check=True)
wanted = bits(build(compilers[0], "-O2", "-DLANES=1"))
differ = [(c, level, lanes) for c in compilers for level, lanes in (("-O0", 1), ("-O2", 4), ("-O3", 8), ("-O1", 16))
          if bits(build(c, level, f"-DLANES={lanes}")) != wanted]
print(f"{len(wanted)} bytes; other bits: {differ or 'none'}")
sys.exit(1 if differ or len(wanted) < 10000 else 0)
