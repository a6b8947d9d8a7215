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


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.inner = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(0.1))
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        seen = self.first(x)
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        x = x + self.dropout(self.attention(seen, seen, seen, attn_mask=mask, need_weights=False, is_causal=True)[0])
        return x + self.inner(self.second(x))


class Gpt(nn.Module):
    """The network of share/gpt.c, as share/gpt.ini has it."""

    def __init__(self, characters, steps, width=64, heads=4, blocks=2):
        super().__init__()
        self.letters, self.places = nn.Embedding(characters, width), nn.Parameter(0.02 * torch.randn(steps, width))
        self.blocks, self.last, self.scores = nn.Sequential(*[Block(width, heads) for _ in range(blocks)]), nn.LayerNorm(width), nn.Linear(width, characters)

    def forward(self, x):
        return self.scores(self.last(self.blocks(self.letters(x) + self.places))).flatten(0, 1)


def network():
    inputs, outputs, kind = FACTS["inputs"], FACTS["outputs"], FACTS["network"]
    if kind == "dense":
        act = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[FACTS["activation"]]
        layers, width = [], inputs
        for hidden in json.loads(FACTS["hidden"]):
            layers += [nn.Linear(width, hidden), act()]
            width = hidden
        return nn.Sequential(*layers, nn.Linear(width, outputs))
    if kind == "gpt":
        return Gpt(outputs, inputs)
    if kind == "digits_cnn":
        return nn.Sequential(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1, stride=2), nn.BatchNorm2d(32),
                             nn.ReLU(), nn.Flatten(), nn.Dropout(0.2), nn.Linear(512, outputs))
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
    optimizer = {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW, "SGD": torch.optim.SGD}[FACTS["optimizer"]](net.parameters(), lr=1e-3, foreach=True)
    loss = nn.CrossEntropyLoss() if FACTS["labels"] else nn.MSELoss()
    words = FACTS["network"] == "gpt"
    x = torch.randint(FACTS["outputs"], (batch, FACTS["inputs"])) if words else torch.randn(batch, FACTS["inputs"])
    y = torch.randint(FACTS["outputs"], (batch * FACTS["inputs"],)) if words else torch.randint(FACTS["outputs"], (batch,)) if FACTS["labels"] else torch.randn(batch, FACTS["outputs"])

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
