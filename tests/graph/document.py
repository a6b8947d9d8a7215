#!/usr/bin/env python3
"""The graphs of doc/graph.md are read, and give what the page says.

usage: document.py GRAPH_TOOL GRAPH_MD RUN_CASES WORK_DIR"""
import os
import re
import shutil
import subprocess
import sys

tool, page, run_cases, work = (os.path.abspath(a) for a in sys.argv[1:5])
shutil.rmtree(work, ignore_errors=True)
os.makedirs(os.path.join(work, "cases"))
with open(page) as f:
    blocks = re.findall(r"```graph\n(.*?)```", f.read(), re.S)
for i, block in enumerate(blocks):
    path = os.path.join(work, "cases", f"block_{i}.graph")
    with open(path, "w") as f:
        f.write(block)
    if "# expect\n" not in block:
        done = subprocess.run([tool, path], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"block {i + 1}: {done.stdout}")
        os.remove(path)
if len(blocks) < 2:
    sys.exit("the page has no graphs")
sys.exit(subprocess.run([sys.executable, run_cases, tool, os.path.join(work, "cases"), os.path.join(work, "work")]).returncode)
