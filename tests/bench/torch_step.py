"""torch_step.py FACTS: milliseconds a training step of one case of steps.py in PyTorch, eager, one thread, data preloaded, foreach optimizers."""
import json, statistics, sys, time

import torch
from torch import nn

FACTS = json.loads(sys.argv[1])


class Residual(nn.Module):
    def __init__(self, inside, filters, stride):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(inside, filters, 3, padding=1, stride=stride, bias=False), nn.BatchNorm2d(filters), nn.ReLU(True))
        self.second = nn.Sequential(nn.Conv2d(filters, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters))
        self.shortcut = nn.Identity() if stride == 1 else nn.Sequential(nn.Conv2d(inside, filters, 1, stride=stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + self.shortcut(x))


def network():
    inputs, outputs, kind = FACTS["inputs"], FACTS["outputs"], FACTS["network"]
    if kind == "dense":
        act = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[FACTS["activation"]]
        layers, width = [], inputs
        for hidden in json.loads(FACTS["hidden"]):
            layers += [nn.Linear(width, hidden), act()]
            width = hidden
        return nn.Sequential(*layers, nn.Linear(width, outputs))
    if kind == "lenet5":
        return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                             nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, outputs))
    if kind == "lenet_wide":
        return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                             nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, outputs))
    return nn.Sequential(nn.Unflatten(1, (3, 32, 32)), nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(True), Residual(16, 16, 1), Residual(16, 32, 2),
                         Residual(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, outputs))


def main():
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    net, batch = network(), FACTS["batch"]
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, foreach=True) if FACTS["optimizer"] == "Adam" else torch.optim.SGD(net.parameters(), lr=1e-3, foreach=True)
    loss = nn.CrossEntropyLoss() if FACTS["labels"] else nn.MSELoss()
    x = torch.randn(batch, FACTS["inputs"])
    y = torch.randint(FACTS["outputs"], (batch,)) if FACTS["labels"] else torch.randn(batch, FACTS["outputs"])

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(net(x), y).backward()
        optimizer.step()

    times, start = [], time.perf_counter()
    for _ in range(5):
        step()
    while len(times) < 200 and (time.perf_counter() - start < 3 or len(times) < 5):
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    print(json.dumps({"ms": statistics.median(times) * 1e3, "version": torch.__version__}))


main()
