#!/usr/bin/env python3
"""Makes golden/trainings.json with PyTorch: losses of every epoch of whole trainings in double, and a number for each tensor at the end. Networks and
data are those of golden/golden.c, weights start as golden_weights.py says. The tests need only what this wrote.

usage: golden_trainings.py [FOLDER]        (torch 2.4 or later, CPU)"""
import json
import os
import sys

import torch
import torch.nn.functional as F

import golden_weights
from golden_models import *

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
EPOCHS = 50
S = torch.optim.lr_scheduler


O = torch.optim
# No Adam where a gradient is 0 but for roundings (a bias before a normalisation, that of the keys): it makes whole steps of them.
# name: network, its tensors, data, its train and test samples, batch, [PROCESS], loss, optimizer, and what else a step or an epoch does
TRAININGS = {
    "tutorial": (brick, layers(h1=(3, 2), h2=(3, 3), h3=(3, 3), h4=(3, 3), out=(1, 3)), tutorial, (18, 6), 1, "loss_function = MSELoss\noptimizer = Adam\nlr = 1e-2",
                 F.mse_loss, lambda p: O.Adam(p, lr=1e-2)),
    "adamw": (chooser, CHOOSER, flowers, (40, 12), 16, "loss_function = CrossEntropyLoss\noptimizer = AdamW\nlr = 1e-2\nweight_decay = 0.05\nbetas = [0.8, 0.99]",
              F.cross_entropy, lambda p: O.AdamW(p, lr=1e-2, weight_decay=0.05, betas=(0.8, 0.99))),
    "nesterov": (chooser, CHOOSER, flowers, (40, 12), 16, "loss_function = CrossEntropyLoss\noptimizer = SGD\nlr = 5e-2\nmomentum = 0.9\nnesterov = True",
                 F.cross_entropy, lambda p: O.SGD(p, lr=5e-2, momentum=0.9, nesterov=True)),
    "sgd": (chooser, CHOOSER, flowers, (40, 12), 16, "loss_function = CrossEntropyLoss\nlabel_smoothing = 0.1\noptimizer = SGD\nlr = 5e-2\nmomentum = 0.8\ndampening = 0.2\nweight_decay = 0.01",
            lambda y, t: F.cross_entropy(y, t, label_smoothing=0.1), lambda p: O.SGD(p, lr=5e-2, momentum=0.8, dampening=0.2, weight_decay=0.01)),
    "cnn": (seer, {"c1.weight": (4, 1, 3, 3), "c2.weight": (6, 4, 2, 2)} | layers(out=(3, 24)) | running(n1=4, n2=6), pictures, (32, 8), 16,
            "loss_function = CrossEntropyLoss\noptimizer = Adam\nlr = 1e-3", F.cross_entropy, lambda p: O.Adam(p, lr=1e-3)),
    "transformer": (reader, READER, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = SGD\nlr = 5e-2\nmomentum = 0.9\nclip_grad_norm = 0.2", F.mse_loss,
                    lambda p: O.SGD(p, lr=5e-2, momentum=0.9), lambda p: torch.nn.utils.clip_grad_norm_(p, 0.2)),
    "cosine": (stack, STACK, series, (32, 8), 16, "loss_function = HuberLoss\ndelta = 0.3\noptimizer = RMSprop\nlr = 1e-3\nmomentum = 0.5\nscheduler = CosineAnnealingLR\nT_max = 30",
               lambda y, t: F.huber_loss(y, t, delta=0.3), lambda p: O.RMSprop(p, lr=1e-3, momentum=0.5), None, lambda o: S.CosineAnnealingLR(o, T_max=30)),
    "bits": (stack, STACK, lambda a, b: series(a, b, True), (32, 8), 16, "loss_function = BCEWithLogitsLoss\noptimizer = SGD\nlr = 0.1\nmomentum = 0.9\nclip_grad_value = 0.05\n"
             "scheduler = StepLR\nstep_size = 20", F.binary_cross_entropy_with_logits, lambda p: O.SGD(p, lr=0.1, momentum=0.9),
             lambda p: torch.nn.utils.clip_grad_value_(p, 0.05), lambda o: S.StepLR(o, step_size=20)),
    "steps": (listener, layers(c1=(6, 4, 3), c2=(4, 6, 2), out=(2, 4)) | norms(n1=6), series, (32, 8), 16, "loss_function = SmoothL1Loss\nbeta = 0.5\noptimizer = NAdam\nlr = 2e-3",
              lambda y, t: F.smooth_l1_loss(y, t, beta=0.5), lambda p: O.NAdam(p, lr=2e-3)),
    "ladder": (ladder, LADDER, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = RAdam\nlr = 5e-3\nscheduler = ExponentialLR\ngamma = 0.97", F.mse_loss,
               lambda p: O.RAdam(p, lr=5e-3), None, lambda o: S.ExponentialLR(o, gamma=0.97)),
    "adagrad": (ladder, LADDER, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = Adagrad\nlr = 2e-2\nweight_decay = 0.01", F.mse_loss,
                lambda p: O.Adagrad(p, lr=2e-2, weight_decay=0.01)),
    "lstm": (keeper, KEEPER, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = Adam\nlr = 5e-3\nscheduler = MultiStepLR\nmilestones = [10, 30]\ngamma = 0.5", F.mse_loss,
             lambda p: O.Adam(p, lr=5e-3), None, lambda o: S.MultiStepLR(o, [10, 30], gamma=0.5)),
    "gru": (gatherer, GATHERER, series, (32, 8), 16, "loss_function = L1Loss\nreduction = sum\noptimizer = Adamax\nlr = 5e-3\nscheduler = LinearLR\nstart_factor = 0.1\ntotal_iters = 12",
            lambda y, t: F.l1_loss(y, t, reduction="sum"), lambda p: O.Adamax(p, lr=5e-3), None, lambda o: S.LinearLR(o, start_factor=0.1, total_iters=12)),
    "rnn": (scanner, SCANNER, pictures, (32, 8), 16, "loss_function = CrossEntropyLoss\nweight = [1, 2, 0.5]\noptimizer = Adadelta\nlr = 0.5\nscheduler = PolynomialLR\ntotal_iters = 60\npower = 2",
            lambda y, t: F.cross_entropy(y, t, torch.tensor([1, 2, 0.5])), lambda p: O.Adadelta(p, lr=0.5), None, lambda o: S.PolynomialLR(o, total_iters=60, power=2)),
    "unet": (painter, PAINTER, pictures, (32, 8), 16, "loss_function = CrossEntropyLoss\noptimizer = SGD\nlr = 5e-2\nmomentum = 0.9\nscheduler = CosineAnnealingWarmRestarts\nT_0 = 20",
             F.cross_entropy, lambda p: O.SGD(p, lr=5e-2, momentum=0.9), None, lambda o: S.CosineAnnealingWarmRestarts(o, T_0=20)),
    "norms": (sculptor, SCULPTOR, pictures, (32, 8), 16, "loss_function = CrossEntropyLoss\noptimizer = SGD\nlr = 2e-2\nmomentum = 0.9\nscheduler = OneCycleLR",
              F.cross_entropy, lambda p: O.SGD(p, lr=2e-2, momentum=0.9), None, lambda o: S.OneCycleLR(o, max_lr=2e-2, total_steps=2 * EPOCHS)),
    "encoder": (watcher, WATCHER, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = SGD\nlr = 5e-2\nmomentum = 0.5\nscheduler = ReduceLROnPlateau\npatience = 1\nthreshold = 0.05\nfactor = 0.5",
                F.mse_loss, lambda p: O.SGD(p, lr=5e-2, momentum=0.5), None, lambda o: S.ReduceLROnPlateau(o, patience=1, threshold=0.05, factor=0.5)),
    "gpt": (speaker, SPEAKER, words, (32, 8), 16, "loss_function = CrossEntropyLoss\noptimizer = AdamW\nlr = 5e-3\nwarmup_epochs = 5", lambda y, t: F.cross_entropy(y.transpose(1, 2), t),
            lambda p: O.AdamW(p, lr=5e-3), None, lambda o: S.LambdaLR(o, lambda step: min((step + 1) / 10, 1))),
    "volume": (prober, PROBER, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = Lion\nlr = 1e-3\nbetas = [0.9, 0.99]\nweight_decay = 0.01", F.mse_loss, lambda p: Lion(p, 1e-3, (0.9, 0.99), 0.01)),
    "centred": (stack, STACK, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = RMSprop\nlr = 1e-3\ncentered = True\nweight_decay = 0.01", F.mse_loss,
                lambda p: O.RMSprop(p, lr=1e-3, centered=True, weight_decay=0.01)),
    "lbfgs": (stack, STACK, series, (32, 8), 16, "loss_function = MSELoss\noptimizer = LBFGS\nlr = 0.1\nmax_iter = 2\nhistory_size = 4", F.mse_loss,
              lambda p: O.LBFGS(p, lr=0.1, max_iter=2, history_size=4)),
}


EACH_BATCH = (S.OneCycleLR, S.LambdaLR)


class Lion(O.Optimizer):
    """As in its paper."""
    def __init__(self, params, lr, betas, weight_decay):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m, (a, b) = self.state[p].setdefault("m", torch.zeros_like(p)), group["betas"]
                p -= group["lr"] * (torch.sign(a * m + (1 - a) * p.grad) + group["weight_decay"] * p)
                m.mul_(b).add_(p.grad, alpha=1 - b)


def epoch_loss(network, p, data, batch, loss, optimizer, clip, scheduler=None):
    x, y = data
    losses = []
    for first in range(0, x.shape[0], batch):
        def closure():
            optimizer.zero_grad()
            value = loss(network(p, x[first:first + batch], True), y[first:first + batch])
            value.backward()
            return value

        value = loss(network(p, x[first:first + batch], optimizer is not None), y[first:first + batch])
        losses.append(value.item())
        if isinstance(optimizer, O.LBFGS):
            optimizer.step(closure)
        elif optimizer:
            optimizer.zero_grad()
            value.backward()
            if clip:
                clip([v for v in p.values() if v.requires_grad])
            optimizer.step()
        if isinstance(scheduler, EACH_BATCH) and scheduler.last_epoch < 2 * EPOCHS - 1:
            scheduler.step()
    return sum(losses) / len(losses)


def first_batch(network, shapes, data, loss):
    """Loss and gradients of the first batch, from the first weights."""
    p = {name: torch.tensor(golden_weights.initial(name, shape, k)).reshape(shape).requires_grad_(".running" not in name) for k, (name, shape) in enumerate(shapes.items())}
    value = loss(network(p, data[0], True), data[1])
    value.backward()
    return {"loss": float(f"{value.item():.13g}"), "gradients": {k: [float(f"{g:.12g}") for g in v.grad.flatten().tolist()] for k, v in p.items() if v.requires_grad}}


def train(network, shapes, data, counts, batch, process, loss, make, clip=None, schedule=None):
    p = {name: torch.tensor(golden_weights.initial(name, shape, k)).reshape(shape).requires_grad_(".running" not in name) for k, (name, shape) in enumerate(shapes.items())}
    optimizer = make([v for v in p.values() if v.requires_grad])
    scheduler = schedule(optimizer) if schedule else None
    one = {"network": network.__name__, "data": getattr(data, "__name__", "series").replace("<lambda>", "bits"), "process": process, "history": []}
    train_data, test_data = data(0, counts[0]), data(*counts)
    for _ in range(EPOCHS):
        train_loss = epoch_loss(network, p, train_data, batch, loss, optimizer, clip, scheduler)
        with torch.no_grad():
            one["history"].append([float(f"{v:.10g}") for v in (train_loss, epoch_loss(network, p, test_data, batch, loss, None, None))])
        if isinstance(scheduler, S.ReduceLROnPlateau):
            scheduler.step(train_loss)
        elif scheduler and not isinstance(scheduler, EACH_BATCH):
            scheduler.step()
    if isinstance(optimizer, O.LBFGS):          # its steps make differences of differences: roundings of float32 become steps of their own
        one["precisions"] = ["float64"]
    one["first"] = first_batch(network, shapes, (train_data[0][:batch], train_data[1][:batch]), loss)
    one["tensors"] = {k: [list(v.shape), float(f"{golden_weights.digest(v.detach().flatten().tolist()):.11g}")] for k, v in p.items()}
    return one


folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
out = {name: train(*what) for name, what in TRAININGS.items()}
with open(os.path.join(folder, "trainings.json"), "w") as f:
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in out.items())
    f.write(f'{{"torch": "{torch.__version__.split("+")[0]}", "epochs": {EPOCHS}, "trainings": {{\n{lines}\n}}}}\n')
for name, one in out.items():
    print(name, one["history"][0], one["history"][-1])
