#!/usr/bin/env python3
"""Whole models against PyTorch's from the same initial weights: loss and gradients of the first batch, then a training of 100 steps and more: losses of
every epoch and the weights at the end.

usage: run_trainings.py MOSAICC SOURCE_DIR BUILD_DIR WORK_DIR [NAME...]"""
import csv
import json
import os
import shutil
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import golden_data
import golden_weights

mosaicc, source, build, work = (os.path.abspath(a) for a in sys.argv[1:5])
here = os.path.join(source, "tests", "ops")
golden = os.path.join(here, "golden")
FORMATS = {"F64": ("d", 8), "F32": ("f", 4)}
LOSS, WEIGHTS = {"float64": 1e-8, "float32": 1e-3}, {"float64": 1e-8, "float32": 1e-2}    # the history has nine digits
GRADIENTS = {"float64": 1e-10, "float32": 1e-5}                                            # of the largest of a tensor


def config(wanted, epochs, precision):
    data, network = wanted["data"], wanted["network"]
    bits = data == "bits"
    data = "series" if bits else data
    return f"""[PROCESS]
epochs = {epochs}
{wanted["process"]}
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
{"bits = True" if bits else ""}

[{network}]
type = net
class = {network}
path_to_class = golden.c
key = {network}
"""


def write_weights(path, tensors):
    head, body = {}, b""
    for k, (name, (shape, _)) in enumerate(tensors.items()):
        numbers = golden_weights.initial(name, shape, k)
        values = struct.pack(f"<{len(numbers)}d", *numbers)
        head[name] = {"dtype": "F64", "shape": shape, "data_offsets": [len(body), len(body) + len(values)]}
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


def compare(name, wanted, folder, precision):
    with open(os.path.join(folder, "history_1.csv"), newline="") as f:
        rows = list(csv.DictReader(f))
    wrong = [] if len(rows) == len(wanted["history"]) else [f"{len(rows)} epochs, {len(wanted['history'])} wanted"]
    for i, (row, want) in enumerate(zip(rows, wanted["history"])):
        for key, value in zip(("train_loss", "test_loss"), want):
            if not abs(float(row[key]) - value) <= LOSS[precision] * max(abs(v) for v in want):
                wrong.append(f"epoch {i + 1}: {key} {row[key]}, torch {value:.9g}")
    models = [f for f in os.listdir(folder) if f.startswith("model_")]
    got = read_weights(os.path.join(folder, models[0])) if len(models) == 1 else {}
    for key, (shape, digest) in wanted["tensors"].items():
        if key not in got or got[key]["shape"] != shape:
            wrong.append(f"{key}: not in {models}: {list(got)}")
        elif differs(golden_weights.digest(got[key]["values"]), digest, WEIGHTS[precision]):
            wrong.append(f"{key}: {golden_weights.digest(got[key]['values']):.12g}, torch {digest:.12g}")
    return [f"{name}: {line}" for line in wrong[:8]]


def doubles(path, values):
    with open(path, "wb") as f:
        f.write(struct.pack(f"<{len(values)}d", *values))
    return path


def gradients(name, folder, trainer, wanted, precision):
    """The trainer's own object file with another main()."""
    programs = os.path.dirname(trainer)
    classes = os.path.join(programs, "..", "classes")
    probe = os.path.join(folder, "probe")
    linked = subprocess.run(["clang", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wl,--gc-sections", "-I" + os.path.join(build, "include"), "-o", probe, os.path.join(here, "model_probe.c"),
                             os.path.join(programs, "trainer.o"), *(os.path.join(classes, f) for f in sorted(os.listdir(classes)) if f.endswith(".o")),
                             os.path.join(build, "libmosaic_trainer.a"), "-lm", "-lpthread"], capture_output=True, text=True)
    if linked.returncode:
        return [f"{name}: {linked.stderr[-2000:]}"]
    order = subprocess.run([probe], capture_output=True, text=True).stdout.split()
    values = {t: golden_weights.initial(t, shape, k) for k, (t, (shape, _)) in enumerate(wanted["tensors"].items())}
    weights = doubles(os.path.join(folder, "weights"), [v for t in order for v in values[t]])
    batch = doubles(os.path.join(folder, "batch"), golden_data.first_batch(wanted["data"]))
    ran = subprocess.run([probe, weights, batch], capture_output=True, text=True)
    if ran.returncode:
        return [f"{name}: {ran.stderr}"]
    got = {line.split()[0]: line.split()[1:] for line in ran.stdout.splitlines()}
    wrong, most = [], max(abs(v) for g in wanted["first"]["gradients"].values() for v in g)
    for key, want in [("loss", [wanted["first"]["loss"]]), *wanted["first"]["gradients"].items()]:
        largest = max(map(abs, want))
        scale = largest if largest > 1e-6 * most else most              # a sum that is 0 but for roundings
        worst = max((abs(float(g) - w) for g, w in zip(got.get(key, []), want)), default=float("inf"))
        if len(got.get(key, [])) != len(want) or not worst <= GRADIENTS[precision] * scale:
            wrong.append(f"{name}: first batch: {key} differs by {worst:.3g}, its largest is {largest:.3g}")
    return wrong


def train(name, precision, wanted, epochs):
    folder = os.path.join(work, f"{name}_{precision}")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    shutil.copy(os.path.join(golden, "golden.c"), folder)
    with open(os.path.join(folder, "config.ini"), "w") as f:
        f.write(config(wanted, epochs, precision))
    write_weights(os.path.join(folder, "initial.safetensors"), wanted["tensors"])
    made = subprocess.run([mosaicc, "--quiet", "config.ini"], cwd=folder, capture_output=True, text=True)
    if made.returncode:
        return [f"{name}: {made.stdout}{made.stderr}"]
    programs = os.path.join(folder, "generated", "config")
    trainers = [os.path.join(programs, d, "trainer") for d in os.listdir(programs) if os.path.exists(os.path.join(programs, d, "trainer"))]
    ran = subprocess.run([trainers[0], "--weights", "initial.safetensors", "--out", "."], cwd=folder, capture_output=True, text=True)
    if ran.returncode:
        return [f"{name}: {ran.stdout}{ran.stderr}"]
    return gradients(f"{name}_{precision}", folder, trainers[0], wanted, precision) + compare(f"{name}_{precision}", wanted, folder, precision)


def main():
    with open(os.path.join(golden, "trainings.json")) as f:
        all_of_them = json.load(f)
    jobs = [(name, precision, wanted, all_of_them["epochs"]) for name, wanted in all_of_them["trainings"].items()
            for precision in wanted.get("precisions", LOSS) if name in sys.argv[5:] or len(sys.argv) == 5]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = list(pool.map(lambda job: train(*job), jobs))
    for lines in wrong:
        print("".join(line + "\n" for line in lines), end="")
    failures = sum(bool(lines) for lines in wrong)
    print(f"{len(jobs)} trainings, {failures} failures")
    return failures != 0 or not jobs or (len(sys.argv) == 5 and len(jobs) < 40)


sys.exit(main())
