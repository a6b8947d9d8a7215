#!/usr/bin/env python3
"""Every op as kernels and as a function of one thread: in the emulator against the reference, in an order of threads of its own; and by bits against the C
program, whose sums the kernels keep."""
import os
import subprocess
import sys

from emulated import all_of, build, call, cxx, emulator, fresh, include, ops_cases, tests, WARNINGS

FILES = 16                                     # the longest does not keep others waiting


def make(kind, *backend):
    folder = fresh(kind + "".join(backend).replace("-", "_"))
    call(ops_cases, kind, folder, str(FILES), *(["12", "1"] if kind == "random" else []), *backend)
    return folder


def cuda(folder, *flags):
    sources = [os.path.join(folder, f"cases_{i}.cu") for i in range(FILES)] + [os.path.join(folder, "files.cu"), os.path.join(tests, "cuda", "run_cases.cu")]
    objects = [os.path.join(folder, f"{i}.o") for i in range(len(sources))]
    all_of([lambda s=s, o=o: call(cxx(), "-x", "c++", "-std=c++17", "-O0", "-march=native", "-ffp-contract=off", *WARNINGS, *flags, *emulator, "-c", s, "-o", o)
            for s, o in zip(sources, objects)])
    call(cxx(), *flags, "-o", os.path.join(folder, "run"), *objects)
    return os.path.join(folder, "run")


def plain(folder):
    sources = [os.path.join(folder, f"cases_{i}.c") for i in range(FILES)] + [os.path.join(folder, "files.c"), os.path.join(tests, "ops", "run_cases.c")]
    objects = [os.path.join(folder, f"{i}.o") for i in range(len(sources))]
    all_of([lambda s=s, o=o: call("gcc", "-std=gnu11", "-O0", "-march=native", "-ffp-contract=off", "-DLANES=1", "-DALL_LANES=1", "-I" + include, "-I" + os.path.join(tests, "ops"),
                                  "-c", s, "-o", o) for s, o in zip(sources, objects)])
    call("gcc", "-o", os.path.join(folder, "run"), *objects, os.path.join(build, "libmosaic_trainer.a"), "-lm")
    return os.path.join(folder, "run")


def run(program, tolerance, order):
    folder = os.path.dirname(program)
    bits = os.path.join(folder, f"bits_{order}")
    done = subprocess.run([program, os.path.join(folder, "expected.bin"), tolerance, bits], capture_output=True, text=True,
                          env={**os.environ, "MOSAIC_EMULATOR_ORDER": str(order)})
    print(os.path.basename(folder) + ": " + done.stdout, end="")
    sys.stderr.write("".join(line + "\n" for line in done.stderr.splitlines()[:20]))
    with open(bits, "rb") as f:
        return done.returncode == 0, f.read()


def main():
    good = True
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
    for kind, tolerance, builds in (("few", "2e-4", (("--cuda", (1, 7919), []),)), ("random", "inf", (("--cuda", (1, 7919), sanitize), ("--cuda-runs", (1,), sanitize)))):
        expected = run(plain(make(kind)), tolerance, 1)
        good = good and expected[0]
        for backend, orders, flags in builds:
            program = cuda(make(kind, backend), *flags)
            for order in orders:
                fine, bits = run(program, tolerance, order)
                if not fine or bits != expected[1]:
                    at = next((i for i, (a, b) in enumerate(zip(bits, expected[1])) if a != b), -1)
                    print(f"{kind} {backend} in order {order}: {'bits differ at ' + str(at) + ' of ' + str(len(bits)) if fine else 'failed'}", file=sys.stderr)
                    good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
