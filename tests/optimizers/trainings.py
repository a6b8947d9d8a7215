"""trainings.py: builds and runs trainers of networks.c, reads what they leave; for the tests of this folder, which are called with
MOSAICC SOURCE_DIR WORK_DIR."""
import csv
import json
import os
import shutil
import signal
import struct
import subprocess
import sys

mosaicc, source, work = (os.path.abspath(a) for a in sys.argv[1:4])
here = os.path.join(source, "tests", "optimizers")
FORMATS = {"F64": ("d", 8), "F32": ("f", 4)}
CONFIG = """[PROCESS]
epochs = {epochs}
{process}
precision = {precision}
data_scheme = data
pipeline_scheme = net

[MONITOR]
multiplicity = {runs}

[data]
type = data
class = {data}
path_to_class = networks.c
key = data
batch_size = {batch_size}
{more}

[{model}]
type = net
class = {model}
path_to_class = networks.c
key = {model}
"""


def configure(folder, **values):
    values = {"data": "points", "more": f"shuffle = {values.get('shuffle', False)}", "runs": 1, "precision": "float64", "process": "", "model": "net", "epochs": 5,
              "batch_size": 8, **values}
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    shutil.copy(os.path.join(here, "networks.c"), folder)
    with open(os.path.join(folder, "config.ini"), "w") as f:
        f.write(CONFIG.format(**values))


def build(folder, **values):
    """The path of the trainer."""
    configure(folder, **values)
    subprocess.run([mosaicc, "--quiet", "config.ini"], cwd=folder, check=True)
    made = os.path.join(folder, "generated", "config")
    return [os.path.join(made, d, "trainer") for d in os.listdir(made) if os.path.exists(os.path.join(made, d, "trainer"))][0]


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


def tensors(path):
    with open(path, "rb") as f:
        raw = f.read()
    size = struct.unpack("<Q", raw[:8])[0]
    return {name: (t["dtype"], t["shape"], raw[8 + size + t["data_offsets"][0]:8 + size + t["data_offsets"][1]])
            for name, t in json.loads(raw[8:8 + size]).items() if name != "__metadata__"}


def numbers(tensor):
    letter, width = FORMATS[tensor[0]]
    return struct.unpack(f"<{len(tensor[2]) // width}{letter}", tensor[2])


def model_of(folder, run=1):
    return tensors([os.path.join(folder, f) for f in os.listdir(folder) if f.startswith("model_") and f.endswith(f"_{run}.safetensors")][0])


def differs(got, want, tolerance):
    return not abs(got - want) <= tolerance * (1 + abs(want))


def compare(name, wanted, folder):
    """What differs from PyTorch."""
    with open(os.path.join(folder, "history_1.csv"), newline="") as f:
        rows = list(csv.DictReader(f))
    wrong = [] if len(rows) == len(wanted["history"]) else [f"{len(rows)} epochs, {len(wanted['history'])} wanted"]
    for i, (row, want) in enumerate(zip(rows, wanted["history"])):
        for key, value in zip(("train_loss", "test_loss"), want):
            near = abs(float(row[key]) - value) <= wanted["relative"] * abs(value) if "relative" in wanted else not differs(float(row[key]), value, max(wanted["tolerance"], 1e-8))
            if not near:                                                              # the history has nine digits
                wrong.append(f"epoch {i + 1}: {key} {row[key]}, torch {value:.9g}")
    got = model_of(folder)
    for key, t in wanted["final"].items():
        wrong += [f"{key}[{i}]: {a:.12g}, torch {b:.12g}" for i, (a, b) in enumerate(zip(numbers(got[key]), t["values"])) if differs(a, b, wanted["tolerance"])]
    return [f"{name}: {line}" for line in wrong[:8]]


def everything(folder, run=1):
    """All bits that a run gave."""
    with open(os.path.join(folder, f"history_{run}.csv"), "rb") as f:
        return f.read(), model_of(folder, run), tensors(os.path.join(folder, f"checkpoint_{run}.safetensors"))


def train(trainer, folder, *options):
    subprocess.run([trainer, "--out", folder, *map(str, options)], check=True, stdout=subprocess.DEVNULL)


def interrupted(trainer, folder, options, times):
    """Stopped so many times at the first moment that it can be, and resumed."""
    for k in range(times):
        p = subprocess.Popen([trainer, "--out", folder, *options, *(["--resume"] if k else [])], stdout=subprocess.PIPE, text=True)
        for line in p.stdout:
            if line.startswith("epoch\t1\t" if k == 0 else "start"):
                p.send_signal(signal.SIGTERM)
                break
        p.stdout.read()
        if p.wait() not in (0, 75):
            sys.exit(f"{trainer}: exit {p.returncode}")
    train(trainer, folder, *options, "--resume")


def check_bits(name, wanted, folder):
    """Resumed, beside others in lanes, alone: the same bits."""
    values = dict(process=wanted["config"], precision=wanted["precision"], batch_size=wanted["batch_size"], model=wanted["model"], shuffle=True, epochs=60)
    alone, many = build(os.path.join(folder, "alone"), runs=1, **values), build(os.path.join(folder, "many"), runs=4, **values)
    wrong = []
    train(alone, os.path.join(folder, "whole"))
    interrupted(alone, os.path.join(folder, "pieces"), [], 3)
    whole = everything(os.path.join(folder, "whole"))
    if everything(os.path.join(folder, "pieces")) != whole:
        wrong.append(f"{name}: other bits when resumed")
    job = "".join(f"run {k}\nset seed {k}\ndir {folder}/lanes\ncheckpoint 0\nend\n" for k in (3, 2, 1))
    subprocess.run([many, "--job", "-"], input=job, text=True, check=True, stdout=subprocess.DEVNULL)
    if everything(os.path.join(folder, "lanes")) != whole:
        wrong.append(f"{name}: other bits beside other runs")
    return wrong
