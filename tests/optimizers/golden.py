#!/usr/bin/env python3
"""Makes golden.json with PyTorch: trainings of networks.c with what [PROCESS] puts around the optimizer, and with LBFGS. The test needs only
what this wrote.

usage: golden.py"""
import json
import os

import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

EPOCHS = 20
generator = torch.Generator().manual_seed(11)


def points():
    x = torch.tensor([[((i * 7919 + j * 104729 + 1299709) % 1000) / 1000 for j in range(2)] for i in range(52)], dtype=torch.float32).to(torch.float64)
    y = (x[:, :1] ** 2 - x[:, 1:] * 0.5).to(torch.float32).to(torch.float64)
    return x, y


def network(dtype):
    generator.manual_seed(11)
    net = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1)).to(dtype)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(((torch.rand(p.shape, generator=generator, dtype=torch.float64) - 0.5) * 1.2).to(torch.float32).to(dtype))
    return net


class LevenbergMarquardt:
    """The method as Marquardt, 1963, and Nocedal and Wright, 10.3, have it, with the rule of doc/config.md for the damping. The Jacobian is autograd's."""

    def __init__(self, net, damping=1e-3, up=10.0, down=0.1, most=1e10):
        self.net, self.damping, self.up, self.down, self.most = net, damping, up, down, most

    def residuals(self, w, x, y):
        names, parts = [n for n, _ in self.net.named_parameters()], torch.split(w, [p.numel() for p in self.net.parameters()])
        shaped = {n: part.reshape(p.shape) for n, part, p in zip(names, parts, self.net.parameters())}
        return (torch.func.functional_call(self.net, shaped, (x,)).double() - y.double()).flatten()

    def step(self, x, y):
        w = torch.nn.utils.parameters_to_vector(self.net.parameters()).detach()
        r, jacobian = self.residuals(w, x, y), torch.autograd.functional.jacobian(lambda w: self.residuals(w, x, y), w).double()
        while True:
            matrix = jacobian.T @ jacobian + self.damping * torch.eye(len(w), dtype=torch.float64)
            factor, failed = torch.linalg.cholesky_ex(matrix)
            better = False
            if not failed:
                moved = (w.double() - torch.cholesky_solve((jacobian.T @ r)[:, None], factor)[:, 0]).to(w.dtype)
                better = bool(self.residuals(moved, x, y).square().sum() < r.square().sum())
            self.damping = max(self.damping * (self.down if better else self.up), 1e-20)
            if better:
                torch.nn.utils.vector_to_parameters(moved, self.net.parameters())
                return
            if self.damping > self.most:
                self.damping = self.most
                return


NAMES = {"0.weight": "h1.weight", "0.bias": "h1.bias", "2.weight": "out.weight", "2.bias": "out.bias"}


def weights(net):
    return {NAMES[n.replace("module.", "")]: {"shape": list(p.shape), "values": p.detach().double().flatten().tolist()} for n, p in net.named_parameters()}


def case(config, optimizer, batch=8, accumulate=1, ema=None, model="net", dtype=torch.float64, epochs=EPOCHS, tolerance=1e-10, relative=None):
    x, y = (t.to(dtype) for t in points())
    net = network(dtype)
    optimizer = optimizer(net)
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(ema)) if ema is not None else None
    out = {"config": config, "batch_size": batch, "model": model, "precision": "float64" if dtype == torch.float64 else "float32", "tolerance": tolerance,
           "epochs": epochs, "initial": weights(net), "history": []}
    if relative:
        out["relative"] = relative            # of the losses, which may be small
    for _ in range(epochs):
        losses, group = [], []
        batches = [(x[i:min(i + batch, 40)], y[i:min(i + batch, 40)]) for i in range(0, 40, batch)]
        for k, (bx, by) in enumerate(batches):
            def closure():
                optimizer.zero_grad()
                loss = F.mse_loss(net(bx), by)
                loss.backward()
                return loss

            group.append((bx, by))
            losses.append(F.mse_loss(net(bx), by).item())
            if len(group) < accumulate and k + 1 < len(batches):
                continue
            if isinstance(optimizer, LevenbergMarquardt):
                optimizer.step(bx, by)
            elif isinstance(optimizer, torch.optim.LBFGS):
                optimizer.step(closure)
            else:
                optimizer.zero_grad()
                for gx, gy in group:
                    (F.mse_loss(net(gx), gy) / len(group)).backward()
                optimizer.step()
            group = []
            if averaged:
                averaged.update_parameters(net)
        with torch.no_grad():
            test = [F.mse_loss((averaged or net)(x[i:i + batch]), y[i:i + batch]).item() for i in range(40, 52, batch)]
        out["history"].append([sum(losses) / len(losses), sum(test) / len(test)])
    out["final"] = weights(averaged or net)
    return out


cases = {
    "accumulate": case("optimizer = Adam\nlr = 1e-2\naccumulate = 3", lambda n: torch.optim.Adam(n.parameters(), lr=1e-2), accumulate=3),
    "accumulate_float32": case("optimizer = SGD\nlr = 1e-1\naccumulate = 2", lambda n: torch.optim.SGD(n.parameters(), lr=1e-1), accumulate=2,
                               dtype=torch.float32, tolerance=2e-6),
    "ema": case("optimizer = AdamW\nlr = 1e-2\nema_decay = 0.95", lambda n: torch.optim.AdamW(n.parameters(), lr=1e-2), ema=0.95),
    "ema_accumulate": case("optimizer = SGD\nlr = 1e-1\nmomentum = 0.9\nema_decay = 0.9\naccumulate = 2",
                           lambda n: torch.optim.SGD(n.parameters(), lr=1e-1, momentum=0.9), accumulate=2, ema=0.9),
}

cases["amsgrad"] = case("optimizer = Adam\nlr = 5e-2\nbetas = [0.8, 0.9]\namsgrad = True\nweight_decay = 1e-2",
                        lambda n: torch.optim.Adam(n.parameters(), lr=5e-2, betas=(0.8, 0.9), amsgrad=True, weight_decay=1e-2))
cases["maximize_adamw"] = case("optimizer = AdamW\nlr = 1e-2\namsgrad = True\nmaximize = True\naccumulate = 2",
                               lambda n: torch.optim.AdamW(n.parameters(), lr=1e-2, amsgrad=True, maximize=True), accumulate=2)
cases["maximize_sgd"] = case("optimizer = SGD\nlr = 1e-3\nmomentum = 0.9\nnesterov = True\nweight_decay = 0.1\nmaximize = True",
                             lambda n: torch.optim.SGD(n.parameters(), lr=1e-3, momentum=0.9, nesterov=True, weight_decay=0.1, maximize=True))


def groups(net, lr, decay):
    out = []
    for name, p in net.named_parameters():
        name = NAMES[name]
        out.append({"params": [p], "lr": lr * (0.25 if name.startswith("out") else 1),
                    "weight_decay": 0 if "bias" in name else 0.3 if name == "h1.weight" else decay})
    return out


cases["groups_sgd"] = case("optimizer = SGD\nlr = 5e-2\nmomentum = 0.9\nweight_decay = 0.1", lambda n: torch.optim.SGD(groups(n, 5e-2, 0.1), momentum=0.9), model="grouped")
cases["groups_adamw"] = case("optimizer = AdamW\nlr = 2e-2\nweight_decay = 0.2\naccumulate = 2", lambda n: torch.optim.AdamW(groups(n, 2e-2, 0.2)), accumulate=2, model="grouped")
cases["groups_radam"] = case("optimizer = RAdam\nlr = 2e-2\nema_decay = 0.9", lambda n: torch.optim.RAdam(groups(n, 2e-2, 0)), ema=0.9, model="grouped")
for search in (None, "strong_wolfe"):
    keys = "optimizer = LBFGS" + ("\nline_search_fn = strong_wolfe" if search else "\nlr = 0.5")
    for batch in (40, 20):
        cases[f"lbfgs_{search or 'plain'}_{batch}"] = case(
            f"{keys}\nhistory_size = 5\nmax_iter = 6", lambda n: torch.optim.LBFGS(n.parameters(), lr=1 if search else 0.5, history_size=5, max_iter=6, line_search_fn=search),
            batch=batch, epochs=6 if batch == 40 else 3, tolerance=1e-8)
cases["lbfgs_float32"] = case("optimizer = LBFGS\nline_search_fn = strong_wolfe", lambda n: torch.optim.LBFGS(n.parameters(), line_search_fn="strong_wolfe"), batch=40,
                              epochs=1, dtype=torch.float32, tolerance=1e-3)
for precision, dtype, tolerance in (("", torch.float64, 1e-7), ("_float32", torch.float32, 1e-3)):
    short = dict(dtype=dtype, tolerance=tolerance, relative=2 * tolerance)
    cases["lbfgs_steps" + precision] = case("optimizer = LBFGS\nlr = 0.05\nmax_iter = 1\nhistory_size = 8",
                                          lambda n: torch.optim.LBFGS(n.parameters(), lr=0.05, max_iter=1, history_size=8), batch=40,
                                          epochs=60 if precision else 100, **short)      # what it makes of the last digits of a float grows from there on
    keys = "optimizer = LevenbergMarquardt"
    cases["levenberg" + precision] = case(keys, LevenbergMarquardt, batch=40, epochs=100, **short)
    cases["levenberg_slow" + precision] = case(keys + "\ndamping = 10\ndamping_up = 3\ndamping_down = 0.5", lambda n: LevenbergMarquardt(n, 10, 3, 0.5), batch=20, epochs=50, **short)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as f:
    f.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in cases.items()) + "\n}\n")
print(f"{len(cases)} trainings, PyTorch {torch.__version__}")
