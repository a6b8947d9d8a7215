#!/usr/bin/env python3
"""Trainings with what [PROCESS] puts around the optimizer, against PyTorch's (golden.json); each interrupted and resumed, and in lanes, with the
same bits. So are those that draw random numbers, which PyTorch draws otherwise.

usage: run_trainings.py MOSAICC SOURCE_DIR WORK_DIR [NAME...]"""
import json
import os
import subprocess
import sys

from trainings import build, check_bits, compare, here, model_of, numbers, train, work, write_weights


def one(name, wanted):
    folder = os.path.join(work, name)
    trainer = build(folder, process=wanted["config"], precision=wanted["precision"], batch_size=wanted["batch_size"], model=wanted["model"], shuffle=False,
                    runs=1, epochs=wanted["epochs"])
    write_weights(os.path.join(folder, "initial.safetensors"), wanted["initial"])
    train(trainer, os.path.join(folder, "out"), "--weights", os.path.join(folder, "initial.safetensors"))
    return compare(name, wanted, os.path.join(folder, "out")) + predictions(name, trainer, folder) + check_bits(name, wanted, folder)


def predictions(name, trainer, folder):
    """The checkpoint predicts what the model that was written does: with the mean of the weights where one is kept."""
    with open(os.path.join(folder, "x.csv"), "w") as f:
        f.write("0.125,0.875\n0.5,0.25\n")
    got = [subprocess.run([trainer, "predict", os.path.join(folder, "x.csv"), "--weights", os.path.join(folder, "out", file)], capture_output=True, text=True)
           for file in ("checkpoint_1.safetensors", [m for m in os.listdir(os.path.join(folder, "out")) if m.startswith("model_")][0])]
    same = got[0].stdout == got[1].stdout and got[0].returncode == got[1].returncode == 0 and len(got[0].stdout.split()) >= 2
    return [] if same else [f"{name}: predictions differ: {got}"]


def drawn():
    """Dropout of each kind, noise and running means."""
    folder = os.path.join(work, "drawn")
    wrong = check_bits("drawn", {"config": "optimizer = Adam\nlr = 1e-2", "precision": "float32", "batch_size": 8, "model": "drawn"}, folder)
    means = numbers(model_of(os.path.join(folder, "whole"))["normed.running_mean"])
    return wrong + ([] if len(means) == 6 and all(means) else [f"drawn: running means {means}"])


with open(os.path.join(here, "golden.json")) as f:
    golden = json.load(f)
names = sys.argv[4:] or list(golden)
wrong = [line for name in names for line in one(name, golden[name])] + (drawn() if not sys.argv[4:] else [])
print("\n".join(wrong + [f"{len(names)} trainings, {len(wrong)} differences"]))
sys.exit(1 if wrong or not names else 0)
