"""What the tests of CUDA programs share: folders, compilers, and trainers whose device is emulated."""
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

mosaicc, ops_cases, build, source, work = (os.path.abspath(a) for a in sys.argv[1:6])
include = os.path.join(build, "include")
tests = os.path.join(source, "tests")
emulator = ["-I" + os.path.join(tests, "cuda", "emulator"), "-I" + os.path.join(tests, "cuda"), "-I" + include]
SKIPPED = 77
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused", "-Wno-maybe-uninitialized"]


def cxx():
    for name in ("g++", "clang++"):
        if shutil.which(name):
            return name
    print("skipped: no g++ and no clang++, which the emulator needs")
    sys.exit(SKIPPED)


def nvcc():
    for path in (os.environ.get("NVCC"), shutil.which("nvcc"), "/usr/local/cuda/bin/nvcc"):
        if path and os.path.exists(path):
            return path
    print("skipped: no nvcc")
    sys.exit(SKIPPED)


def call(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n" + "\n".join((done.stdout + done.stderr).splitlines()[:40]))
    return done.stdout


def all_of(jobs):
    """Runs functions without arguments beside each other."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [job.result() for job in [pool.submit(job) for job in jobs]]


def fresh(name):
    folder = os.path.join(work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def trainer(program, *flags):
    """Builds the trainer of a program's folder with an emulated device; sanitizers stop it at every access out of bounds."""
    objects = [os.path.join(program, "device.o"), os.path.join(program, "trainer.o")]
    common = ["-O1", "-g", "-march=native", "-ffp-contract=off", *WARNINGS, *flags]
    text = os.path.join(program, "trainer.cu")
    root = os.path.dirname(os.path.dirname(os.path.dirname(program)))
    jobs = [lambda: call(cxx(), "-x", "c++", "-std=c++17", *common, *emulator, "-c", text, "-o", objects[0]),
            lambda: call("gcc", "-x", "c", "-std=gnu11", *common, "-I" + include, "-c", text, "-o", objects[1])]
    classes = os.path.join(os.path.dirname(program), "classes")
    for name in sorted(os.listdir(classes)):
        if name.endswith(".c"):
            objects.append(os.path.join(classes, name[:-2] + ".o"))
            jobs.append(lambda name=name, o=objects[-1]: call("gcc", "-std=gnu11", "-O1", "-ffunction-sections", "-I" + include, "-idirafter", root, "-c", os.path.join(classes, name), "-o", o, cwd=root))
    all_of(jobs)
    out = os.path.join(program, "trainer")
    call(cxx(), *flags, "-Wl,--gc-sections", "-o", out, *objects, os.path.join(build, "libmosaic_trainer.a"), "-lm", "-lpthread")
    return out
