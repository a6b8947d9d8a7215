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

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
EPOCHS = 50
S = torch.optim.lr_scheduler


def formula(first, count, columns, salt):
    """As in golden.c."""
    return torch.tensor([[((i * 7919 + j * 104729 + salt * 1299709) % 1000) / 1000 for j in range(columns)] for i in range(first, first + count)],
                        dtype=torch.float32).double()


def tutorial(first, count):
    x = (formula(first, count, 2, 1) > 0.5).double()
    return x, torch.clamp(x.sum(1, keepdim=True), max=1)


def flowers(first, count):
    x = formula(first, count, 4, 2)
    return x, torch.floor(torch.clamp((x[:, 0] + x[:, 1] * x[:, 2]) * 2, max=2.99)).long()


def pictures(first, count):
    return formula(first, count, 36, 3).reshape(-1, 1, 6, 6), torch.tensor([i * 7 % 3 for i in range(first, first + count)])


def series(first, count, bits=False):
    x = formula(first, count, 20, 4).float() - torch.tensor(0.5, dtype=torch.float32)
    y = formula(first, count, 2, 5)
    return x.double().reshape(-1, 5, 4), (y > 0.5).double() if bits else y


def linear(p, name, x):
    return F.linear(x, p[name + ".weight"], p[name + ".bias"])


def brick(p, x, training):
    for name in ("h1", "h2", "h3", "h4", "out"):
        x = torch.sigmoid(linear(p, name, x))
    return x


def chooser(p, x, training):
    return linear(p, "out", F.relu(linear(p, "h1", x)))


def batch_norm(p, name, x, training):
    return F.batch_norm(x, p[name + ".running_mean"], p[name + ".running_var"], p[name + ".weight"], p[name + ".bias"], training)


def seer(p, x, training):
    x = F.max_pool2d(F.relu(batch_norm(p, "n1", F.conv2d(x, p["c1.weight"], padding=1), training)), 2)
    x = F.relu(batch_norm(p, "n2", F.conv2d(x, p["c2.weight"]), training))
    return linear(p, "out", x.flatten(1))


def reader(p, x, training):
    n = F.layer_norm(x, (4,), p["n1.weight"], p["n1.bias"])
    layer = torch.nn.MultiheadAttention(4, 2, batch_first=True)
    names = {"in_proj_weight": "in_proj_weight", "in_proj_bias": "in_proj_bias", "out_proj.weight": "out_proj_weight", "out_proj.bias": "out_proj_bias"}
    mask = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
    a = torch.func.functional_call(layer, {k: p["a." + v] for k, v in names.items()}, (n, n, n), {"need_weights": False, "attn_mask": mask})[0]
    h = x + a
    f = linear(p, "f2", F.gelu(linear(p, "f1", F.layer_norm(h, (4,), p["n2.weight"], p["n2.bias"]))))
    return linear(p, "out", (h + f).mean(1))


def stack(p, x, training):
    return linear(p, "out", torch.tanh(linear(p, "h2", torch.tanh(linear(p, "h1", x.flatten(1))))))


def listener(p, x, training):
    x = F.silu(F.group_norm(F.conv1d(x.transpose(1, 2), p["c1.weight"], p["c1.bias"], padding=1), 2, p["n1.weight"], p["n1.bias"]))
    return linear(p, "out", F.mish(F.conv1d(F.avg_pool1d(x, 2), p["c2.weight"], p["c2.bias"])).flatten(1))


def ladder(p, x, training):
    h = linear(p, "h1", x.flatten(1))
    h = h + linear(p, "h2", F.elu(F.layer_norm(h, (6,), p["n1.weight"], p["n1.bias"])))
    return linear(p, "out", F.softplus(F.rms_norm(h, (6,), p["n2.weight"])))


def layers(**sizes):
    return {f"{name}.{part}": shape for name, (rows, *rest) in sizes.items() for part, shape in (("weight", (rows, *rest)), ("bias", (rows,)))}


def norms(**sizes):
    return {f"{name}.{part}": (size,) for name, size in sizes.items() for part in ("weight", "bias")}


def running(**sizes):
    return norms(**sizes) | {f"{name}.{part}": (size,) for name, size in sizes.items() for part in ("running_mean", "running_var")}


CHOOSER = layers(h1=(8, 4), out=(3, 8))
STACK = layers(h1=(10, 20), h2=(8, 10), out=(2, 8))
ATTENTION = {"a.in_proj_weight": (12, 4), "a.in_proj_bias": (12,), "a.out_proj_weight": (4, 4), "a.out_proj_bias": (4,)}
READER = norms(n1=4, n2=4) | ATTENTION | layers(f1=(8, 4), f2=(4, 8), out=(2, 4))
LADDER = layers(h1=(6, 20), h2=(6, 6), out=(2, 6)) | norms(n1=6) | {"n2.weight": (6,)}
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
}


def epoch_loss(network, p, data, batch, loss, optimizer, clip):
    x, y = data
    losses = []
    for first in range(0, x.shape[0], batch):
        value = loss(network(p, x[first:first + batch], optimizer is not None), y[first:first + batch])
        losses.append(value.item())
        if optimizer:
            optimizer.zero_grad()
            value.backward()
            if clip:
                clip([v for v in p.values() if v.requires_grad])
            optimizer.step()
    return sum(losses) / len(losses)


def train(network, shapes, data, counts, batch, process, loss, make, clip=None, schedule=None):
    p = {name: torch.tensor(golden_weights.initial(name, shape, k)).reshape(shape).requires_grad_(".running" not in name) for k, (name, shape) in enumerate(shapes.items())}
    optimizer = make([v for v in p.values() if v.requires_grad])
    scheduler = schedule(optimizer) if schedule else None
    one = {"network": network.__name__, "data": getattr(data, "__name__", "series").replace("<lambda>", "bits"), "process": process, "history": []}
    train_data, test_data = data(0, counts[0]), data(*counts)
    for _ in range(EPOCHS):
        train_loss = epoch_loss(network, p, train_data, batch, loss, optimizer, clip)
        with torch.no_grad():
            one["history"].append([float(f"{v:.10g}") for v in (train_loss, epoch_loss(network, p, test_data, batch, loss, None, None))])
        if scheduler:
            scheduler.step()
    one["tensors"] = {k: [list(v.shape), float(f"{golden_weights.digest(v.detach().flatten().tolist()):.11g}")] for k, v in p.items()}
    return one


folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
out = {name: train(*what) for name, what in TRAININGS.items()}
with open(os.path.join(folder, "trainings.json"), "w") as f:
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in out.items())
    f.write(f'{{"torch": "{torch.__version__.split("+")[0]}", "epochs": {EPOCHS}, "trainings": {{\n{lines}\n}}}}\n')
for name, one in out.items():
    print(name, one["history"][0], one["history"][-1])
