"""torch_step.py FACTS: milliseconds a training step of one case of steps.py in PyTorch, data in memory. FACTS (JSON) are those of the case and
"threads" (1), "device" ("cpu"), "precision" ("float32"; with "cuda" also "tf32" and "bf16"), "compile" (false: eager; on a GPU with its graphs), "serve" (false: measures for three seconds and ends; true: measures for as many seconds as each line of
its input says). Before that it tries loops, foreach and fused optimizers, and images with channels last, and takes what was fastest."""
import contextlib, copy, json, resource, sys, time

import torch
from torch import nn

FACTS = json.loads(sys.argv[1])
GPU, PRECISION = FACTS.get("device") == "cuda", FACTS.get("precision", "float32")


class Residual(nn.Module):
    def __init__(self, inside, filters, stride):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(inside, filters, 3, padding=1, stride=stride, bias=False), nn.BatchNorm2d(filters), nn.ReLU(True))
        self.second = nn.Sequential(nn.Conv2d(filters, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters))
        self.shortcut = nn.Identity() if stride == 1 else nn.Sequential(nn.Conv2d(inside, filters, 1, stride=stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        return torch.relu(self.second(self.first(x)) + self.shortcut(x))


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.inner = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), nn.Dropout(dropout))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        seen = self.first(x)
        mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        x = x + self.dropout(self.attention(seen, seen, seen, attn_mask=mask, need_weights=False, is_causal=True)[0])
        return x + self.inner(self.second(x))


class Gpt(nn.Module):
    """The network of share/gpt.c; if nothing is said as share/gpt.ini has it."""

    def __init__(self, characters, steps, width=64, heads=4, blocks=2, dropout=0.1):
        super().__init__()
        self.letters, self.places = nn.Embedding(characters, width), nn.Parameter(0.02 * torch.randn(steps, width))
        self.blocks, self.last, self.scores = nn.Sequential(*[Block(width, heads, dropout) for _ in range(blocks)]), nn.LayerNorm(width), nn.Linear(width, characters)

    def forward(self, x):
        return self.scores(self.last(self.blocks(self.letters(x) + self.places))).flatten(0, 1)


class Reader(nn.Module):
    """A recurrent layer over parts of the input, and a dense one behind its last step."""

    def __init__(self, steps, numbers, hidden, outputs):
        super().__init__()
        self.parts = nn.Unflatten(1, (steps, numbers))
        self.layer = {"lstm": nn.LSTM, "gru": nn.GRU}[FACTS["cell"]](numbers, hidden, batch_first=True)
        self.last = nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.last(self.layer(self.parts(x))[0][:, -1])


def network():
    inputs, outputs, kind = FACTS["inputs"], FACTS["outputs"], FACTS["network"]
    if kind == "mlp_brick":
        layers, width = [], inputs
        for _ in range(FACTS["length"]):
            layers += [nn.Linear(width, FACTS["width"]), nn.Sigmoid()]
            width = FACTS["width"]
        return nn.Sequential(*layers, nn.Linear(width, outputs), nn.Sigmoid())
    if kind == "dense":
        act = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}[FACTS["activation"]]
        layers, width = [], inputs
        for hidden in json.loads(FACTS["hidden"]):
            layers += [nn.Linear(width, hidden), act()]
            width = hidden
        return nn.Sequential(*layers, nn.Linear(width, outputs))
    if kind == "gpt":
        return Gpt(outputs, inputs, **{k: FACTS[k] for k in ("width", "heads", "blocks", "dropout") if k in FACTS})
    if kind == "reader":
        return Reader(FACTS["steps"], inputs // FACTS["steps"], FACTS["hidden"], outputs)
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


def optimizer_of(net, kind, way):
    more = {"foreach": True, **({} if kind == "SGD" else {"capturable": True})} if way == "graph" else {way: True} if way else {}
    return {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW, "SGD": torch.optim.SGD}[kind](net.parameters(), lr=1e-3, **more)


def samples():
    batch, inputs, outputs, labels = FACTS["batch"], FACTS["inputs"], FACTS["outputs"], FACTS["labels"]
    if FACTS["network"] == "gpt":
        return torch.randint(outputs, (batch, inputs)), torch.randint(outputs, (batch * inputs,))
    return torch.randn(batch, inputs), torch.randint(outputs, (batch,)) if labels else torch.randn(batch, outputs)


def step_of(net, way, compiled):
    """A step; compiled: the pass forward with the loss, and what autograd makes of it; the optimizer is one call in any case."""
    loss_of, optimizer, (x, y) = nn.CrossEntropyLoss() if FACTS["labels"] else nn.MSELoss(), optimizer_of(net, FACTS["optimizer"], way), samples()

    def loss():
        with torch.autocast("cuda", torch.bfloat16, enabled=PRECISION == "bf16") if GPU else contextlib.nullcontext():
            return loss_of(net(x), y)

    if compiled:
        loss = torch.compile(loss, **({"mode": "reduce-overhead"} if GPU else {}))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        optimizer.step()

    return whole_graph(loss, optimizer) if way == "graph" else step


def whole_graph(loss, optimizer):
    """A step with its optimizer captured once and replayed."""
    def step():
        optimizer.zero_grad(set_to_none=False)
        loss().backward()
        optimizer.step()

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def measure(step, seconds):
    """Milliseconds a step by the clock and on the CPU; on a GPU to the end of the last one."""
    steps, some, start, cpu = 0, 1, time.perf_counter(), time.process_time()
    while (now := time.perf_counter()) - start < seconds or steps < 2:
        for _ in range(some):
            step()
        if GPU:
            torch.cuda.synchronize()
        steps += some
        some = min(100, 2 * some) if time.perf_counter() - now < 0.02 else some
    return (time.perf_counter() - start) / steps * 1e3, (time.process_time() - cpu) / steps * 1e3


def fastest():
    """The fastest of the ways; one that this version does not have does not count."""
    net, best = network(), None
    nets = [net] + ([copy.deepcopy(net).to(memory_format=torch.channels_last)] if any(isinstance(m, nn.Conv2d) for m in net.modules()) else [])
    for net in nets:
        for way in (["graph", "fused"] if FACTS.get("compile") else ["fused", "foreach"]) if GPU else (None, "foreach", "fused"):
            try:
                step = step_of(copy.deepcopy(net), way, FACTS.get("compile", False) and way == "fused")
                for _ in range(3):
                    step()
                ms = measure(step, 0.3)[0 if GPU else 1]
            except (RuntimeError, TypeError, ValueError) as why:
                if FACTS.get("compile") and way == "fused" and best is None:
                    raise
                sys.stderr.write(f"{way}: {why}\n")
                continue
            if best is None or ms < best[0]:
                best = (ms, step)
    return best[1]


def main():
    torch.set_num_threads(FACTS.get("threads", 1))
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    if GPU:
        torch.set_default_device("cuda")
        torch.set_float32_matmul_precision("highest" if PRECISION == "float32" else "high")
        torch.backends.cudnn.allow_tf32 = PRECISION != "float32"
    step = fastest()
    if not FACTS.get("serve"):
        print(json.dumps({"ms": measure(step, 3)[0], "version": torch.__version__}))
        return
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        ms, cpu_ms = measure(step, float(line))
        print(json.dumps({"ms": ms, "cpu_ms": cpu_ms, "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}), flush=True)


main()
