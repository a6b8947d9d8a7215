#!/usr/bin/env python3
"""Prints the optimum of networks.c's `fit` for `decay` with noise 0.1, by SciPy; it stands in run_levenberg.py.

usage: golden_fit.py"""
import math

from scipy.optimize import least_squares

x = [i * 0.1 for i in range(30)]
y = [2.5 * math.exp(-1.3 * v) + 0.5 + 0.1 * ((i * 7919 % 31) / 15 - 1) for i, v in enumerate(x)]
best = least_squares(lambda p: [p[0] * math.exp(-p[1] * v) + p[2] - t for v, t in zip(x, y)], [1, 0.5, 0], method="lm", ftol=1e-15, xtol=1e-15, gtol=1e-15)
print(", ".join(repr(float(v)) for v in best.x))
