#!/usr/bin/env python3
"""Initial values: those that each layer of torch.nn begins with; deviations, bounds and right angles as torch.nn.init has them, and the same for the same seed.

usage: run_init.py MOSAICC SOURCE_DIR WORK_DIR"""
import math
import os
import re
import subprocess
import sys

from trainings import build, configure, model_of, mosaicc, numbers, train, work

wrong = []


def check(what, good):
    if not good:
        wrong.append(what)


def moments(values):
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))


def near(name, values, mean, deviation, bound=None):
    """Within five standard errors; uniform values come near their bound and never beyond."""
    m, d = moments(values)
    n = len(values)
    check(f"{name}: mean {m}, deviation {d}, wanted {mean}, {deviation}", abs(m - mean) < 5 * deviation / math.sqrt(n) and abs(d - deviation) < 5 * deviation / math.sqrt(2 * n))
    largest = max(abs(v - mean) for v in values)
    if bound:
        check(f"{name}: largest {largest}, bound {bound}", bound * (1 - 20 / n) < largest <= bound * (1 + 1e-6))
    else:
        check(f"{name}: largest {largest} of normal numbers of deviation {deviation}", largest > 2 * deviation)


def uniform(name, values, deviation):
    near(name, values, 0, deviation, math.sqrt(3) * deviation)


def orthogonal(name, values, rows, gain):
    columns = len(values) // rows
    matrix = [values[i * columns:(i + 1) * columns] for i in range(rows)]
    vectors = matrix if rows <= columns else [list(v) for v in zip(*matrix)]
    worst = max(abs(sum(a * b for a, b in zip(u, v)) - (gain * gain if i == j else 0)) for i, u in enumerate(vectors) for j, v in enumerate(vectors))
    check(f"{name}: products of its vectors are off by {worst}", worst < 1e-12)
    near(name, values, 0, gain / math.sqrt(max(rows, columns)))


def look(tensors):
    t = {name: numbers(value) for name, value in tensors.items()}
    uniform("plain.weight", t["plain.weight"], 1 / math.sqrt(2) / math.sqrt(3))
    uniform("xavier_uniform.weight", t["xavier_uniform.weight"], 5 / 3 * math.sqrt(2 / 160))
    check("fill", set(t["xavier_uniform.bias"]) == {0.25} and set(t["xavier_normal.bias"]) == {0.0} and set(t["kaiming_uniform.bias"]) == {1.0})
    near("xavier_normal.weight", t["xavier_normal.weight"], 0, math.sqrt(2 / 140))
    uniform("kaiming_uniform.weight", t["kaiming_uniform.weight"], math.sqrt(2 / 80))
    near("kaiming_normal.weight", t["kaiming_normal.weight"], 0, math.sqrt(2 / (1 + 0.0001) / 144))
    near("kaiming_normal.bias", t["kaiming_normal.bias"], -1, 0.5)
    orthogonal("wide.weight", t["wide.weight"], 30, 2)
    orthogonal("tall.weight", t["tall.weight"], 144, 0.5)
    uniform("conv.weight", t["conv.weight"], math.sqrt(2 / (4 * 9 + 8 * 9)))
    orthogonal("conv_orthogonal.weight", t["conv_orthogonal.weight"], 12, 1)
    uniform("own", t["own"], 2 / math.sqrt(70))


def both(layer, fan):
    """torch's kaiming_uniform_ with a = sqrt(5), and the same bound for the bias."""
    return {f"{layer}.weight": 1 / math.sqrt(fan), f"{layer}.bias": 1 / math.sqrt(fan)}


def affine(*layers):
    return {f"{layer}.{name}": value for layer in layers for name, value in (("weight", "ones"), ("bias", "zeros"))}


def recurrent(layer, hidden, *runs):
    return {f"{layer}.{name}_{run}": 1 / math.sqrt(hidden) for run in runs for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}


# A number: uniform between it and its negative.
DEFAULTS = {**both("dense", 2), "bare.weight": 1 / math.sqrt(24), **both("pair", 16), **both("line", 3 * 3), **both("up", 6 * 2), **both("image", 5 * 4), **both("large", 3 * 9),
            **both("volume", 2 * 8), **both("room", 2 * 8), **affine("normed", "layered", "grouped", "bound"), "normed.running_mean": "zeros", "normed.running_var": "ones", "rooted.weight": "ones",
            "self_seen.in_proj_weight": math.sqrt(6 / (6 + 18)), "self_seen.in_proj_bias": "zeros", "self_seen.out_proj_weight": 1 / math.sqrt(6), "self_seen.out_proj_bias": "zeros",
            "seen.q_proj_weight": math.sqrt(6 / 12), "seen.k_proj_weight": math.sqrt(6 / 18), "seen.v_proj_weight": math.sqrt(6 / 12), "seen.in_proj_bias": "zeros",
            "seen.out_proj_weight": 1 / math.sqrt(6), "seen.out_proj_bias": "zeros", **recurrent("recurrent", 5, "l0"), **recurrent("memory", 4, "l0", "l0_reverse", "l1", "l1_reverse"),
            **recurrent("gated", 7, "l0"), "word.weight": "normal(0,1)", "padded.weight": "padded(1,2)"}


def defaults():
    """What the graph says of each parameter; how numbers are drawn for it, the other network shows."""
    folder = os.path.join(work, "defaults")
    configure(folder, model="defaults")
    subprocess.run([mosaicc, "--quiet", "--no-build", "config.ini"], cwd=folder, check=True)
    made = os.path.join(folder, "generated", "config")
    path = [os.path.join(made, d, "graph.txt") for d in os.listdir(made) if os.path.exists(os.path.join(made, d, "graph.txt"))][0]
    with open(path) as f:
        found = dict(re.findall(r"^%\d+ = param .* name=(\S+) init=(\S+)", f.read().split("graph eval")[0], re.M))
    found = {k: v for k, v in found.items() if not k.startswith("linear")}
    check(f"parameters {sorted(set(found) ^ set(DEFAULTS))} are in one of both lists", set(found) == set(DEFAULTS))
    for name in set(found) & set(DEFAULTS):
        bound = re.fullmatch(r"uniform\(-(\S+),(\S+)\)", found[name])
        same = found[name] == DEFAULTS[name] if isinstance(DEFAULTS[name], str) else bound and bound.group(1) == bound.group(2) and abs(float(bound.group(1)) - DEFAULTS[name]) < 1e-15
        check(f"{name} begins with {found[name]}, torch with {DEFAULTS[name]}", same)


defaults()
folder = os.path.join(work, "init")
trainer = build(folder, process="", precision="float64", batch_size=8, model="kinds", shuffle=False, runs=1, epochs=1)
models = []
for k, seed in enumerate((1, 1, 2)):
    train(trainer, os.path.join(folder, f"out{k}"), "--epochs", 0, "--seed", seed)
    models.append(model_of(os.path.join(folder, f"out{k}")))
look(models[0])
look(models[2])
check("the same seed gives other values", models[0] == models[1])
check("another seed gives the same values", all(models[0][k] != models[2][k] for k in models[0] if len(set(numbers(models[0][k]))) > 1))
print("\n".join(wrong + [f"{len(models[0])} tensors, {len(wrong)} wrong"]))
sys.exit(1 if wrong else 0)
