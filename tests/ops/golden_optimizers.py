#!/usr/bin/env python3
"""Makes golden/optimizers.h with PyTorch: parameters after 1, 2, 10 and 100 steps of torch.optim in double, for gradients that depend on the
step alone (gradient_of in optimizers.c). Lion, which torch lacks, is written as in its paper. The test needs only what this wrote.

usage: golden_optimizers.py"""
import math
import os

import torch

PARAMS, STEPS, SHOWN = 37, 100, (1, 2, 10, 100)
TORCH = [
    ("SGD", "SGD", dict(lr=0.05, weight_decay=0.1)),
    ("momentum", "SGD", dict(lr=0.02, momentum=0.9, dampening=0.3)),
    ("nesterov", "SGD", dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.1)),
    ("Adam", "Adam", dict(lr=0.03, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1)),
    ("AdamW", "AdamW", dict(lr=0.01, weight_decay=0.01)),
    ("Adam, amsgrad", "Adam", dict(lr=0.03, betas=(0.8, 0.9), weight_decay=0.1, amsgrad=True)),
    ("AdamW, amsgrad", "AdamW", dict(lr=0.01, betas=(0.9, 0.95), amsgrad=True)),
    ("RMSprop", "RMSprop", dict(lr=0.01, weight_decay=0.05)),
    ("RMSprop, momentum", "RMSprop", dict(lr=0.01, alpha=0.9, momentum=0.8)),
    ("RMSprop, centred", "RMSprop", dict(lr=0.01, eps=1e-4, centered=True)),
    ("RMSprop, centred with momentum", "RMSprop", dict(lr=0.01, eps=1e-4, centered=True, momentum=0.5, weight_decay=0.1)),
    ("Adagrad", "Adagrad", dict(lr=0.05)),
    ("Adagrad, decay", "Adagrad", dict(lr=0.05, lr_decay=0.1, weight_decay=0.02, initial_accumulator_value=0.3)),
    ("Adadelta", "Adadelta", dict(lr=1.0)),
    ("Adadelta, decay", "Adadelta", dict(lr=0.5, rho=0.8, eps=1e-3, weight_decay=0.1)),
    ("NAdam", "NAdam", dict(lr=0.01)),
    ("NAdam, decay", "NAdam", dict(lr=0.01, betas=(0.8, 0.99), momentum_decay=0.1, weight_decay=0.1)),
    ("RAdam", "RAdam", dict(lr=0.01)),
    ("RAdam, decay", "RAdam", dict(lr=0.01, betas=(0.8, 0.9), weight_decay=0.1)),
    ("Adamax", "Adamax", dict(lr=0.01)),
    ("Adamax, decay", "Adamax", dict(lr=0.01, betas=(0.8, 0.99), weight_decay=0.02)),
]


def gradient_of(i, step):
    return 0.0 if i == 5 else math.sin(0.7 * i + 0.11 * step) * (1 if i % 3 else 1e-3)


def start_of(i):
    return float(torch.tensor(math.cos(1.3 * i), dtype=torch.float32))


CLIPS = {"SGD, clipped by norm": lambda w: torch.nn.utils.clip_grad_norm_([w], 1.5), "SGD, clipped by value": lambda w: torch.nn.utils.clip_grad_value_([w], 0.25)}


def by_torch(name, settings, clip=lambda w: None):
    w = torch.tensor([start_of(i) for i in range(PARAMS)], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], foreach=False, **settings)
    shown = []
    for step in range(STEPS):
        w.grad = torch.tensor([gradient_of(i, step) for i in range(PARAMS)], dtype=torch.float64)
        clip(w)
        optimizer.step()
        if step + 1 in SHOWN:
            shown.append(w.detach().tolist())
    return shown


def lion(lr, beta1, beta2, weight_decay):
    w, m, shown = [start_of(i) for i in range(PARAMS)], [0.0] * PARAMS, []
    for step in range(STEPS):
        for i in range(PARAMS):
            g = gradient_of(i, step)
            c = beta1 * m[i] + (1 - beta1) * g
            w[i] -= lr * ((c > 0) - (c < 0) + weight_decay * w[i])
            m[i] = beta2 * m[i] + (1 - beta2) * g
        if step + 1 in SHOWN:
            shown.append(list(w))
    return shown


def nadam(lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, momentum_decay=4e-3):
    """As torch.optim.NAdam, which keeps the product of its momenta in float32; here it is in double."""
    w, m, v, product, shown = [start_of(i) for i in range(PARAMS)], [0.0] * PARAMS, [0.0] * PARAMS, 1.0, []
    for step in range(1, STEPS + 1):
        mu, following = (betas[0] * (1 - 0.5 * 0.96 ** (s * momentum_decay)) for s in (step, step + 1))
        product *= mu
        for i in range(PARAMS):
            g = gradient_of(i, step - 1) + weight_decay * w[i]
            m[i] += (1 - betas[0]) * (g - m[i])
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            down = math.sqrt(v[i] / (1 - betas[1] ** step)) + eps
            w[i] -= lr * (1 - mu) / (1 - product) * g / down + lr * following / (1 - product * following) * m[i] / down
        if step in SHOWN:
            shown.append(list(w))
    return shown


def checked_nadam(settings):
    ours, torchs = nadam(**settings), by_torch("NAdam", settings)
    assert all(abs(a - b) < 1e-6 for x, y in zip(ours, torchs) for a, b in zip(x, y))
    return ours


cases = [(name, checked_nadam(settings) if optimizer == "NAdam" else by_torch(optimizer, settings)) for name, optimizer, settings in TORCH]
cases += [(name, by_torch("SGD", dict(lr=0.05), clip)) for name, clip in CLIPS.items()]
cases.append(("Lion", lion(1e-3, 0.9, 0.99, 0.1)))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "optimizers.h"), "w") as f:
    f.write(f"/* Made by golden_optimizers.py with PyTorch {torch.__version__.split('+')[0]}. */\n")
    f.write(f"static const int golden_steps[] = {{{', '.join(map(str, SHOWN))}}};\n")
    f.write(f"static const struct {{ const char *name; double w[{len(SHOWN)}][{PARAMS}]; }} golden[] = {{\n")
    for name, shown in cases:
        f.write(f'\t{{"{name}", {{\n' + ",\n".join("\t\t{" + ", ".join(f"{x:.15g}" for x in w) + "}" for w in shown) + "}},\n")
    f.write("};\n")
print(f"{len(cases)} optimizers")
