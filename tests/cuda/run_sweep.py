#!/usr/bin/env python3
"""A sweep on emulated GPUs through the launcher: trainers see the GPU of their slot, a program of small runs takes them all at once, a GPU that cannot be used is told
once, before anything starts."""
import os
import shutil
import sqlite3
import subprocess
import sys

from emulated import build, call, fresh, mosaicc, source, trainer

INI = "[PROCESS]\nloss_function = BCELoss\nlr = 1e-2\nepochs = 2\ndata_scheme = dataset\npipeline_scheme = mlp\nrun_files_path = files\n[MONITOR]\nneed_gpu = True\n" \
    "gpu_available = cuda:0, cuda:3\nnb_processus = 2\nmultiplicity = 70\ndatabase = gpu.db\n[data]\ntype = dataset\nclass = csv\npath_to_class = share/csv.c\n" \
    "key = data\npath = share/data/breast_cancer.csv\ntarget = class\nscaling = standard\nbatch_size = 50\ntrain_prop = 0.2\n" \
    "[net]\ntype = mlp\nclass = mlp_brick\npath_to_class = share/mlp.c\nkey = net\nlength = 1\nwidth = 2\n"


def main():
    folder = fresh("sweep")
    shutil.copytree(os.path.join(source, "share"), os.path.join(folder, "share"))
    with open(os.path.join(folder, "gpu.ini"), "w") as f:
        f.write(INI)
    call(mosaicc, "--quiet", "--no-build", "gpu.ini", cwd=folder)
    trainer(os.path.join(folder, "generated", "gpu", "mlp_brick_1_2"))
    launch = [os.path.join(build, "mosaic"), "launch", "generated/gpu/sweep.json"]
    none = subprocess.run(launch, capture_output=True, text=True, cwd=folder, env={**os.environ, "MOSAIC_EMULATOR_DEVICES": "0"})
    said = "cuda:0 cannot be used: GPU: none can be used: no CUDA-capable device is detected; CUDA_VISIBLE_DEVICES may hide it"
    good = none.returncode != 0 and said in none.stderr
    print("a GPU that cannot be used is told before the sweep:", good)
    if not good:
        print(none.returncode, none.stdout, none.stderr)
    seen = os.path.join(folder, "seen")
    done = subprocess.run(launch, capture_output=True, text=True, cwd=folder, env={**os.environ, "MOSAIC_EMULATOR_SEEN": seen})
    db = sqlite3.connect(os.path.join(folder, "gpu.db"))
    runs = db.execute("select count(*) from runs").fetchone()[0]
    lines = sorted(set(open(seen).read().split()))
    trainings = open(seen).read().split()
    print(f"{runs} runs, exit code {done.returncode}; GPUs seen: {lines}, {len(trainings)} times")
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-2000:])
    # Each GPU answers once and then trains 35 of the 70 runs in one process.
    return 0 if good and done.returncode == 0 and runs == 70 and lines == ["0", "3"] and len(trainings) == 4 else 1


sys.exit(main())
