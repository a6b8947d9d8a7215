#!/usr/bin/env python3
"""Networks of networks/ through the whole of mosaicc: each trainer's gradients against finite differences of its own loss.

usage: run_networks.py MOSAICC BUILD_DIR SOURCE_DIR WORK_DIR"""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

mosaicc, build, source, work = (os.path.abspath(a) for a in sys.argv[1:5])
include, library = os.path.join(build, "include"), os.path.join(build, "libmosaic_trainer.a")
FLAGS = ["-std=gnu11", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Werror", "-I" + include]
CONFIGS = [("numbers", "0"), ("labels", "3"), ("weighted", "3"), ("pairs", "0")]
compilers = [c for c in ("clang", "gcc") if shutil.which(c)]


def call(*command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=source)
    if done.returncode:
        return "\n".join((done.stdout + done.stderr).splitlines()[:12]) or f"{command[0]}: exit {done.returncode}"
    return ""


def check(folder, number, program, labels):
    compiler = compilers[number % len(compilers)]
    path = os.path.join(folder, program)
    classes = os.path.join(folder, "classes")
    objects = [os.path.join(classes, f) for f in sorted(os.listdir(classes)) if f.endswith(".o")]
    return (call(compiler, *FLAGS, "-O0", "-DLANES=1", "-c", os.path.join(path, "trainer.c"), "-o", os.path.join(path, "trainer.o"))
            or call("clang", "-Wl,--gc-sections", "-o", os.path.join(path, "check"), os.path.join(path, "trainer.o"), os.path.join(folder, "check.o"), *objects,
                    library, "-lm", "-lpthread")
            or call(os.path.join(path, "check"), labels))


def main():
    failures = count = 0
    for config, labels in CONFIGS:
        folder = os.path.join(work, config)
        shutil.rmtree(folder, ignore_errors=True)
        why = call(mosaicc, "--no-build", "--quiet", "-o", folder, f"tests/ops/networks/{config}.ini")
        if why:
            sys.exit(why)
        for name in os.listdir(os.path.join(folder, "classes")):
            if name.endswith(".c"):
                why = call("clang", "-O0", "-std=gnu11", "-ffunction-sections", "-idirafter", ".", "-I" + include, "-c", os.path.join(folder, "classes", name), "-o",
                           os.path.join(folder, "classes", name[:-1] + "o"))
                if why:
                    sys.exit(why)
        why = call("clang", "-O1", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I" + include, "-c", "tests/ops/check_gradient.c", "-o",
                   os.path.join(folder, "check.o"))
        if why:
            sys.exit(why)
        programs = sorted(p for p in os.listdir(folder) if os.path.exists(os.path.join(folder, p, "trainer.c")))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for program, why in zip(programs, pool.map(lambda p: check(folder, p[0], p[1], labels), enumerate(programs))):
                count += 1
                if why:
                    failures += 1
                    print(f"---- {config}/{program}\n{why}")
    print(f"{count} programs, {failures} failures")
    return failures != 0 or count == 0


sys.exit(main())
