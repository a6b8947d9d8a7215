#!/usr/bin/env python3
"""What a machine with a GPU is given (on-gpu.sh), tried out in the emulator and with peers that only say a number: each part is made, run and told, one that fails or is missing
hides no other."""
import json
import os
import shutil
import subprocess
import sys

from emulated import build, cxx, fresh, tests

cxx()
work = fresh("on_gpu")
folder, script = os.path.join(work, "all"), os.path.join(tests, "cuda", "on-gpu.sh")
peer = os.path.join(work, "peer.py")
with open(peer, "w") as f:
    f.write('import json, sys\nprint(json.dumps({"version": "none"}), flush=True)\nfor line in sys.stdin:\n    print(json.dumps({"ms": 1.0}), flush=True)\n')
parts = ["device", "model_thread", "model_layers", "memcheck", "bench"]
environment = {**os.environ, "PEER_SCRIPT": peer, "ROUNDS": "1", "SECONDS": "0.2", "TINY_RUNS": "16", "ASAN_OPTIONS": "detect_leaks=0", "PATH": "/usr/bin:/bin"}
made = subprocess.run(["sh", script, "prepare", build, folder, "--emulated", *parts], capture_output=True, text=True, env={**environment, "PATH": os.environ["PATH"]})
if made.returncode:
    sys.exit(made.stdout + made.stderr)
shutil.rmtree(os.path.join(folder, "model_layers"))                       # a part that cannot run
done = subprocess.run(["sh", os.path.join(folder, "on-gpu.sh")], capture_output=True, text=True, env=environment)
report = {p["part"]: p for p in json.load(open(os.path.join(folder, "report.json")))}
rows = json.load(open(os.path.join(folder, "bench", "bench.json")))["rows"]
wanted = {"device": "passed", "model_thread": "passed", "model_layers": "FAILED", "memcheck": "not told", "bench": "FAILED"}
good = done.returncode == 1 and {name: p["verdict"] for name, p in report.items()} == wanted
good = good and rows["tiny"]["ms"] > 0 and rows["tiny"]["peers"] == {"JAX vmap": 1.0} and rows["wide_bf16"]["why"] == "not made: there is no trainer"
good = good and len(rows["tiny"]["goals"]) == 2 and "losses are the CPU's: yes" in report["model_thread"]["text"]
if not good:
    print(done.returncode, done.stdout, done.stderr, rows)
print(done.stdout[:400])
sys.exit(0 if good else 1)
