#!/usr/bin/env python3
"""write_text.py TEXT TRAINER FOLDER START [LENGTH]: continues START as the text in the file TEXT would, with what a trainer of
share/gpt.ini learnt; FOLDER holds the checkpoint of run 1. Each next character is drawn from what `TRAINER predict` gives; the same every time."""
import math
import os
import random
import subprocess
import sys
import tempfile

if len(sys.argv) not in (5, 6):
    sys.exit(__doc__)
text, trainer, folder, start = sys.argv[1:5]
length = int(sys.argv[5]) if len(sys.argv) > 5 else 200
with open(text, "rb") as f:
    letters = sorted(set(f.read()))                    # as text.c numbers them
number = {c: i for i, c in enumerate(letters)}
written = [number[c] for c in start.encode() if c in number]
draw = random.Random(1)
info = subprocess.run([trainer, "--info"], capture_output=True, text=True, check=True).stdout
steps = next(int(line.split("=")[1]) for line in info.splitlines() if line.replace("*", " ").split()[:2] == ["steps", "="])


def scores(piece):
    """What follows each character of a piece: `predict` reads one row of numbers and gives all scores in one row."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", delete=False) as f:
        f.write(",".join(f"c{i}" for i in range(len(piece))) + "\n" + ",".join(map(str, piece)) + "\n")
    try:
        done = subprocess.run([trainer, "predict", f.name, "--out", folder], capture_output=True, text=True)
    finally:
        os.unlink(f.name)
    if done.returncode:
        sys.exit(done.stderr.strip())
    return [float(v) for v in done.stdout.splitlines()[-1].split(",")]


for _ in range(length):
    piece = written[-steps:]
    last = len(piece) - 1
    row = scores(piece + [0] * (steps - len(piece)))   # what stands behind is not seen: the attention is causal
    here = row[last * len(letters):(last + 1) * len(letters)]
    top = max(here)
    written.append(draw.choices(range(len(letters)), [math.exp((v - top) / 0.7) for v in here])[0])
print(bytes(letters[i] for i in written).decode(errors="replace"))
