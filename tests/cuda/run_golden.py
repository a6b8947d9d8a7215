#!/usr/bin/env python3
"""trainer.cu of golden/gpu.ini as it is made today, to the byte, with and without nvcc. UPDATE=1 rewrites golden/*.cu."""
import os
import shutil
import sys

from emulated import call, fresh, mosaicc, source, tests

golden = os.path.join(tests, "cuda", "golden")
folder = fresh("golden")
shutil.copytree(os.path.join(source, "share"), os.path.join(folder, "share"))
shutil.copy(os.path.join(golden, "gpu.ini"), folder)
call(mosaicc, "--quiet", "--no-build", "gpu.ini", cwd=folder, env={**os.environ, "NVCC": "/nowhere/nvcc"})
good, made = True, os.path.join(folder, "generated", "gpu")
names = sorted(n for n in os.listdir(made) if os.path.exists(os.path.join(made, n, "trainer.cu")))
for name in names:
    text, path = open(os.path.join(made, name, "trainer.cu"), "rb").read(), os.path.join(golden, name + ".cu")
    if os.environ.get("UPDATE") == "1":
        open(path, "wb").write(text)
    if not os.path.exists(path) or open(path, "rb").read() != text:
        print(f"{path} is not what mosaicc makes; UPDATE=1 rewrites it")
        good = False
    if folder.encode() in text:
        print(f"{path} holds an absolute path")
        good = False
print(names)
sys.exit(0 if good and len(names) == 2 else 1)
