#!/usr/bin/env python3
"""What each optimizer takes where a config says nothing, against torch.optim's defaults; and that each key that it reads arrives in its trainer, lists included.

usage: run_defaults.py MOSAICC SOURCE_DIR WORK_DIR"""
import json
import os
import re
import subprocess
import sys

from trainings import configure, mosaicc, source, work

ADAM = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
# inspect.signature(torch.optim.X) of PyTorch 2.5 and later; Lion: its paper; Levenberg-Marquardt: doc/config.md.
DEFAULTS = {
    "SGD": {"lr": 1e-3, "weight_decay": 0}, "Adam": {"lr": 1e-3, **ADAM, "weight_decay": 0}, "AdamW": {"lr": 1e-3, **ADAM, "weight_decay": 1e-2},
    "RMSprop": {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0}, "Adagrad": {"lr": 1e-2, "lr_decay": 0, "weight_decay": 0, "initial_accumulator_value": 0, "eps": 1e-10},
    "Adadelta": {"lr": 1, "rho": 0.9, "eps": 1e-6, "weight_decay": 0}, "NAdam": {"lr": 2e-3, **ADAM, "weight_decay": 0, "momentum_decay": 4e-3}, "RAdam": {"lr": 1e-3, **ADAM, "weight_decay": 0},
    "Adamax": {"lr": 2e-3, **ADAM, "weight_decay": 0}, "Lion": {"lr": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0},
    "LBFGS": {"lr": 1, "max_iter": 20, "max_eval": 0, "tolerance_grad": 1e-7, "tolerance_change": 1e-9},          # max_eval 0: 5/4 of max_iter
    "LevenbergMarquardt": {"damping": 1e-3, "damping_up": 10, "damping_down": 0.1, "damping_max": 1e10}}
# Two values that are no defaults.
VALUES = {"betas": ("[0.8, 0.95]", "[0.7, 0.9]"), "nesterov": ("True", "False"), "amsgrad": ("True", "False"), "maximize": ("True", "False"), "centered": ("True", "False"), "line_search_fn": ("strong_wolfe", "none"), "max_iter": ("7", "9"),
          "max_eval": ("8", "11"), "history_size": ("3", "4"), "damping_up": ("3", "4"), "damping_max": ("100", "1000")}
# What the program is made with, not what it is told.
BUILT_IN = {"history_size", "line_search_fn", "amsgrad", "maximize"}
wrong = []


def programs(name, process):
    """Of each pipeline the optimizer's numbers and their defaults, and what its run is told."""
    folder = os.path.join(work, "defaults_" + name)
    configure(folder, process=process)
    done = subprocess.run([mosaicc, "--quiet", "--no-build", "--no-root", "config.ini"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{process}\n{done.stdout}{done.stderr}")
    with open(os.path.join(folder, "generated/config/sweep.json")) as f:
        sweep = json.load(f)
    for p in sweep["pipelines"]:
        with open(os.path.join(folder, sweep["programs"][p["program"]]["source"])) as f:
            text = f.read()
        names = re.search(r"hyper_names\[\] = {(.*)};", text).group(1).replace('"', "").split(", ")
        values = re.search(r"hyper_defaults\[\] = {(.*)};", text).group(1).split(", ")
        yield re.search(r'\.optimizer = {\.name = "(\w+)"', text).group(1), dict(zip(names, map(float, values))), p


def told(pipeline):
    return dict(pipeline["settings"] if isinstance(pipeline["settings"], dict) else map(tuple, pipeline["settings"]))


def number(text):
    return {"true": 1.0, "false": 0.0}.get(text.lower()) if text.lower() in ("true", "false") else float(text)


def keys(optimizer, key):
    values = VALUES.get(key, ("0.25", "0.5"))
    momentum = "momentum = 0.9\n" if key in ("nesterov", "dampening") else ""      # which they are about
    other = "max_iter = 5\n" if key == "max_eval" else ""
    count = 0
    for (_, hyper, p), value in zip(programs(f"{optimizer}_{key}", f"optimizer = {optimizer}\n{momentum}{other}{key} = {', '.join(values)}"), values):
        count += 1
        if key in BUILT_IN or value == "False":
            continue
        wanted = dict(zip(("beta1", "beta2"), value.strip("[]").split(", "))) if key == "betas" else {key: value}
        for name, v in wanted.items():
            if name not in hyper or name not in told(p) or number(told(p)[name]) != number(v):
                wrong.append(f"{optimizer}: {key} = {value} is told as {told(p)} to {hyper}")
    if count != 2:
        wrong.append(f"{optimizer}: {key} with two values makes {count} pipelines")


with open(os.path.join(source, "doc/config.md")) as f:
    doc = f.read()
names = re.search(r"\| `optimizer` \| ([^|]*) \|", doc).group(1).split(", ")
if sorted(names) != sorted(DEFAULTS):
    wrong.append(f"optimizers: {names}")
for name, hyper, _ in programs("all", "optimizer = " + ", ".join(DEFAULTS)):
    if hyper != DEFAULTS[name]:
        wrong.append(f"{name}: {hyper}, torch {DEFAULTS[name]}")
table = doc.split("Parameters of the optimisers")[1].split("Parameters of the schedulers")[0]
rows = re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|", table, re.M)
for key, readers in rows:
    for optimizer in readers.split(", "):
        keys(optimizer, key)
print("\n".join(wrong + [f"{len(DEFAULTS)} optimizers, {sum(len(r.split(', ')) for _, r in rows)} keys, {len(wrong)} wrong"]))
sys.exit(1 if wrong or len(rows) < 20 else 0)
