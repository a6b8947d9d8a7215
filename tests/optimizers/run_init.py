#!/usr/bin/env python3
"""Initial values: deviations, bounds and right angles as torch.nn.init has them, and the same for the same seed.

usage: run_init.py MOSAICC SOURCE_DIR WORK_DIR"""
import math
import os
import sys

from trainings import build, model_of, numbers, train, work

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
