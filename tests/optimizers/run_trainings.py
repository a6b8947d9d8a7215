#!/usr/bin/env python3
"""Trainings with what [PROCESS] puts around the optimizer, against PyTorch's (golden.json); each interrupted and resumed, and in lanes, with the
same bits.

usage: run_trainings.py MOSAICC SOURCE_DIR WORK_DIR [NAME...]"""
import json
import os
import sys

from trainings import build, check_bits, compare, here, train, work, write_weights


def one(name, wanted):
    folder = os.path.join(work, name)
    trainer = build(folder, process=wanted["config"], precision=wanted["precision"], batch_size=wanted["batch_size"], model=wanted["model"], shuffle=False,
                    runs=1, epochs=wanted["epochs"])
    write_weights(os.path.join(folder, "initial.safetensors"), wanted["initial"])
    train(trainer, os.path.join(folder, "out"), "--weights", os.path.join(folder, "initial.safetensors"))
    return compare(name, wanted, os.path.join(folder, "out")) + check_bits(name, wanted, folder)


with open(os.path.join(here, "golden.json")) as f:
    golden = json.load(f)
names = sys.argv[4:] or list(golden)
wrong = [line for name in names for line in one(name, golden[name])]
print("\n".join(wrong + [f"{len(names)} trainings, {len(wrong)} differences"]))
sys.exit(1 if wrong or not names else 0)
