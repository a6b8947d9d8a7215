#!/usr/bin/env python3
"""With nvcc and without a GPU: trainers are generated, compiled for sm_80 with PTX beside it, and linked; started where there is no GPU, they say so. Without
nvcc mosaicc says what is missing; the text is the same."""
import os
import shutil
import subprocess
import sys

from emulated import call, fresh, mosaicc, nvcc, source

HEAD = "[PROCESS]\nloss_function = BCELoss\nprecision = float32, bf16\nlr = 1e-2\nepochs = 3\ndata_scheme = dataset\npipeline_scheme = mlp\n[MONITOR]\nneed_gpu = True\ngpu_available = cuda:0\n" \
    "[data]\ntype = dataset\nclass = csv\npath_to_class = share/csv.c\nkey = data\npath = share/data/breast_cancer.csv\ntarget = class\nscaling = standard\n" \
    "batch_size = 4\n[net]\ntype = mlp\nclass = mlp_brick\npath_to_class = share/mlp.c\nkey = net\nlength = 1\nwidth = 2, 60\n"


def without(folder):
    """An nvcc that is not there."""
    done = subprocess.run([mosaicc, "--quiet", "gpu.ini"], capture_output=True, text=True, cwd=folder, env={**os.environ, "NVCC": "/nowhere/nvcc"})
    good = done.returncode == 1 and "gpu.ini:9:12: error: need_gpu is True, but there is no nvcc, which compiles trainers for GPUs\n" in done.stderr + done.stdout
    if not good:
        print(done.returncode, done.stdout, done.stderr)
    call(mosaicc, "--quiet", "--no-build", "gpu.ini", cwd=folder, env={**os.environ, "NVCC": "/nowhere/nvcc"})
    return good


def main():
    folder = fresh("nvcc")
    shutil.copytree(os.path.join(source, "share"), os.path.join(folder, "share"))
    with open(os.path.join(folder, "gpu.ini"), "w") as f:
        f.write(HEAD)
    good = without(folder)
    print("no nvcc is an error, and no error for --no-build:", good)
    compiler = nvcc()
    texts = {}
    for name in sorted(os.listdir(os.path.join(folder, "generated", "gpu"))):
        path = os.path.join(folder, "generated", "gpu", name, "trainer.cu")
        if os.path.exists(path):
            texts[path] = open(path).read()
    call(mosaicc, "--quiet", "gpu.ini", cwd=folder, env={**os.environ, "NVCC": compiler})
    for path, text in texts.items():
        good = good and open(path).read() == text
        trainer = os.path.join(os.path.dirname(path), "trainer")
        done = subprocess.run([trainer, "--epochs", "1", "--out", folder], capture_output=True, text=True, cwd=folder)
        print(os.path.relpath(trainer, folder), "exit code", done.returncode, done.stdout.splitlines()[-1:])
        if not os.path.exists("/dev/nvidiactl"):
            good = good and done.returncode == 1 and "GPU: none can be used: " in done.stdout
        else:
            good = good and done.returncode == 0
        good = good and "sm_80" in call("cuobjdump", "--list-elf", trainer) if shutil.which("cuobjdump") else good
    return 0 if good and len(texts) == 4 else 1


sys.exit(main())
