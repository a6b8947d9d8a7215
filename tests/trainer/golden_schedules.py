#!/usr/bin/env python3
"""Makes golden_schedules.h with PyTorch: the learning rate (and momentum) of each step of torch.optim.lr_scheduler, two batches an epoch.
The test needs only what this wrote.

usage: golden_schedules.py"""
import os
import warnings

import torch

warnings.simplefilter("ignore")
EPOCHS, STEPS = 24, 2
LOSSES = [1.0, 0.9, 0.95, 0.94, 0.93, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.7, 0.7, 0.7, 0.7, 0.69, 0.6, 0.61, 0.62, 0.63, 0.64, 0.65, 0.66, 0.67]
CASES = [
    ("ConstantLR", dict(), {}),
    ("ConstantLR", dict(factor=0.25, total_iters=9), {}),
    ("StepLR", dict(step_size=7), {}),
    ("StepLR", dict(step_size=5, gamma=0.5), {}),
    ("MultiStepLR", dict(milestones=[3, 4, 11], gamma=0.3), {}),
    ("ExponentialLR", dict(gamma=0.9), {}),
    ("LinearLR", dict(), {}),
    ("LinearLR", dict(start_factor=0.1, end_factor=0.7, total_iters=9), {}),
    ("PolynomialLR", dict(total_iters=10, power=2.0), {}),
    ("PolynomialLR", dict(total_iters=20, power=0.7), {}),
    ("CosineAnnealingLR", dict(T_max=24), {}),
    ("CosineAnnealingLR", dict(T_max=10, eta_min=0.001), {}),
    ("CosineAnnealingWarmRestarts", dict(T_0=5), {}),
    ("CosineAnnealingWarmRestarts", dict(T_0=3, T_mult=2, eta_min=0.002), {}),
    ("OneCycleLR", dict(), {"T_max": 24}),
    ("OneCycleLR", dict(pct_start=0.1, div_factor=10.0, final_div_factor=100.0, base_momentum=0.8, max_momentum=0.9), {"T_max": 24}),
    ("OneCycleLR", dict(cycle_momentum=False), {"T_max": 24}),
    ("OneCycleLR", dict(anneal_strategy="linear"), {"T_max": 24}),
    ("OneCycleLR", dict(three_phase=True), {"T_max": 24}),
    ("OneCycleLR", dict(three_phase=True, anneal_strategy="linear", pct_start=0.2, base_momentum=0.8, max_momentum=0.9), {"T_max": 24}),
    ("OneCycleLR", dict(three_phase=True, pct_start=0.7), {"T_max": 24}),
    ("ReduceLROnPlateau", dict(patience=2), {}),
    ("ReduceLROnPlateau", dict(patience=1, factor=0.5, cooldown=2, threshold=0.05, min_lr=0.002), {}),
    ("ReduceLROnPlateau", dict(patience=1, threshold=0.05, threshold_mode="abs", factor=0.7), {}),
    ("ReduceLROnPlateau", dict(patience=3, mode="max", factor=0.5), {}),
    ("ReduceLROnPlateau", dict(patience=2, mode="max", threshold=0.1, threshold_mode="abs"), {}),
]


def rates(name, settings):
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.05, betas=(0.9, 0.999))
    more = dict(max_lr=0.05, total_steps=EPOCHS * STEPS) if name == "OneCycleLR" else {}
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings, **more)
    out = []
    for epoch in range(EPOCHS):
        for step in range(STEPS):
            out.append((optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["betas"][0]))
            if name == "OneCycleLR" and epoch * STEPS + step + 1 < EPOCHS * STEPS:
                scheduler.step()
        if name == "ReduceLROnPlateau":
            scheduler.step(LOSSES[epoch])
        elif name != "OneCycleLR":
            scheduler.step()
    return out


def text(value):
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden_schedules.h"), "w") as f:
    f.write(f"/* Made by golden_schedules.py with PyTorch {torch.__version__.split('+')[0]}. */\nenum {{ EPOCHS = {EPOCHS}, STEPS = {STEPS} }};\n")
    f.write(f"static const double losses[EPOCHS] = {{{', '.join(map(str, LOSSES))}}};\n")
    f.write("static const struct { const char *settings[20]; double lr[EPOCHS * STEPS], momentum[EPOCHS * STEPS]; } golden[] = {\n")
    for name, settings, more in CASES:
        pairs = ", ".join(f'"{k}", "{text(v)}"' for k, v in {"scheduler": name, **settings, **more}.items())
        values = rates(name, settings)
        f.write(f"\t{{{{{pairs}}},\n\t\t{{{', '.join(f'{v[0]:.17g}' for v in values)}}},\n\t\t{{{', '.join(f'{v[1]:.17g}' for v in values)}}}}},\n")
    f.write("};\n")
print(f"{len(CASES)} schedules")
