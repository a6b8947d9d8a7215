#!/usr/bin/env python3
"""Whole trainings against PyTorch's from the same initial weights: losses of every epoch and the weights at the end.

usage: run_trainings.py MOSAICC SOURCE_DIR WORK_DIR"""
import csv
import json
import os
import shutil
import struct
import subprocess
import sys

mosaicc, source, work = (os.path.abspath(a) for a in sys.argv[1:4])
golden = os.path.join(source, "tests", "ops", "golden")
FORMATS = {"F64": ("d", 8), "F32": ("f", 4)}
PROCESS = {
    "tutorial": ("tutorial", "brick", "MSELoss", "optimizer = Adam\nlr = 1e-2"),
    "adamw": ("flowers", "chooser", "CrossEntropyLoss", "optimizer = AdamW\nlr = 1e-2\nweight_decay = 0.05\nbetas = [0.8, 0.99]"),
    "nesterov": ("flowers", "chooser", "CrossEntropyLoss", "optimizer = SGD\nlr = 5e-2\nmomentum = 0.9\nnesterov = True"),
    "sgd": ("flowers", "chooser", "CrossEntropyLoss", "optimizer = SGD\nlr = 5e-2\nmomentum = 0.8\ndampening = 0.2\nweight_decay = 0.01"),
}


def config(name, precision):
    data, network, loss, optimizer = PROCESS[name]
    return f"""[PROCESS]
epochs = 50
{optimizer}
loss_function = {loss}
precision = {precision}
data_scheme = data
pipeline_scheme = net

[MONITOR]
multiplicity = 1

[{data}]
type = data
class = {data}
path_to_class = golden.c
key = {data}

[{network}]
type = net
class = {network}
path_to_class = golden.c
key = {network}
"""


def write_weights(path, tensors):
    head, body = {}, b""
    for name, t in tensors.items():
        values = struct.pack(f"<{len(t['values'])}d", *t["values"])
        head[name] = {"dtype": "F64", "shape": t["shape"], "data_offsets": [len(body), len(body) + len(values)]}
        body += values
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + body)


def read_weights(path):
    with open(path, "rb") as f:
        raw = f.read()
    size = struct.unpack("<Q", raw[:8])[0]
    out = {}
    for name, t in json.loads(raw[8:8 + size]).items():
        if name != "__metadata__":
            letter, width = FORMATS[t["dtype"]]
            first, last = t["data_offsets"]
            out[name] = {"shape": t["shape"], "values": struct.unpack(f"<{(last - first) // width}{letter}", raw[8 + size + first:8 + size + last])}
    return out


def differs(got, want, tolerance):
    return not abs(got - want) <= tolerance * (1 + abs(want))


def compare(name, wanted, folder, tolerance):
    with open(os.path.join(folder, "history_1.csv"), newline="") as f:
        rows = list(csv.DictReader(f))
    wrong = [] if len(rows) == len(wanted["history"]) else [f"{len(rows)} epochs, {len(wanted['history'])} wanted"]
    for i, (row, want) in enumerate(zip(rows, wanted["history"])):
        for key, value in zip(("train_loss", "test_loss"), want):
            if differs(float(row[key]), value, max(tolerance, 1e-8)):       # the history has nine digits
                wrong.append(f"epoch {i + 1}: {key} {row[key]}, torch {value:.9g}")
    models = [f for f in os.listdir(folder) if f.startswith("model_")]
    got = read_weights(os.path.join(folder, models[0])) if len(models) == 1 else {}
    for key, t in wanted["final"].items():
        if key not in got or got[key]["shape"] != t["shape"]:
            wrong.append(f"{key}: not in {models}")
            continue
        wrong += [f"{key}[{i}]: {a:.12g}, torch {b:.12g}" for i, (a, b) in enumerate(zip(got[key]["values"], t["values"])) if differs(a, b, tolerance)]
    for line in wrong[:8]:
        print(f"{name}: {line}")
    return not wrong


def train(name, precision, wanted):
    folder = os.path.join(work, f"{name}_{precision}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    shutil.copy(os.path.join(golden, "golden.c"), folder)
    with open(os.path.join(folder, "config.ini"), "w") as f:
        f.write(config(name, precision))
    write_weights(os.path.join(folder, "initial.safetensors"), wanted["initial"])
    subprocess.run([mosaicc, "--quiet", "config.ini"], cwd=folder, check=True)
    made = os.path.join(folder, "generated", "config")
    trainers = [os.path.join(made, d, "trainer") for d in os.listdir(made) if os.path.exists(os.path.join(made, d, "trainer"))]
    subprocess.run([trainers[0], "--weights", "initial.safetensors", "--out", "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return compare(f"{name}_{precision}", wanted, folder, 1e-10 if precision == "float64" else 2e-5)


with open(os.path.join(golden, "trainings.json")) as f:
    trainings = json.load(f)
good = [train(*key.rsplit("_", 1), wanted) for key, wanted in trainings.items()]
print(f"{len(good)} trainings, {good.count(False)} failures")
sys.exit(0 if all(good) and good else 1)
