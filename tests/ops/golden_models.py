"""Data and networks of golden_trainings.py: those of golden/golden.c, with PyTorch."""
import torch
import torch.nn.functional as F


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


def words(first, count):
    """Five words of seven, and for each the one that comes next."""
    w = torch.floor(formula(first, count, 6, 6) * 6.99)
    return w[:, :5], w[:, 1:].long()


def functional(layer, p, name, x):
    """A layer of torch with the tensors whose names start with `name`."""
    return torch.func.functional_call(layer, {k: p[f"{name}.{k}"] for k, _ in layer.named_parameters()}, x)


def keeper(p, x, training):
    y, (h, c) = functional(torch.nn.LSTM(4, 5, batch_first=True), p, "l", (x,))
    return linear(p, "out", torch.cat([y[:, -1], c[0]], 1))


def gatherer(p, x, training):
    y, h = functional(torch.nn.GRU(4, 3, 2, batch_first=True, bidirectional=True), p, "g", (x,))
    return linear(p, "out", h.transpose(0, 1).flatten(1))


def scanner(p, x, training):
    y, h = functional(torch.nn.RNN(6, 7, batch_first=True), p, "r", (x[:, 0],))
    return linear(p, "out", y[:, -1])


def painter(p, x, training):
    c1 = F.relu(F.conv2d(x, p["c1.weight"], p["c1.bias"], padding=1))
    c2 = F.relu(F.conv2d(F.max_pool2d(c1, 2), p["c2.weight"], p["c2.bias"], padding=1))
    up = F.conv_transpose2d(c2, p["up.weight"], p["up.bias"], stride=2)
    c3 = F.conv2d(torch.cat([c1, up], 1), p["c3.weight"], p["c3.bias"], padding=1)
    return c3.mean((2, 3))


def sculptor(p, x, training):
    n1 = F.instance_norm(F.conv2d(x, p["c1.weight"], p["c1.bias"], padding=1), weight=p["n1.weight"], bias=p["n1.bias"])
    c2 = F.conv2d(F.leaky_relu(n1, 0.1), p["c2.weight"], p["c2.bias"], padding=2, dilation=2, groups=4)
    n2 = F.group_norm(c2, 2, p["n2.weight"], p["n2.bias"], 1e-3)
    return linear(p, "out", F.avg_pool2d(F.hardswish(n2), 4, 3, 1, True, False).flatten(1))


def watcher(p, x, training):
    """Two blocks of attention that sees all places."""
    place = torch.arange(5)[:, None] * 10000 ** (-torch.arange(2) / 2)
    h = x + torch.stack([place.sin(), place.cos()], -1).reshape(5, 4)
    for i in "12":
        layer = torch.nn.MultiheadAttention(4, 2, batch_first=True)
        names = {"in_proj_weight": "in_proj_weight", "in_proj_bias": "in_proj_bias", "out_proj.weight": "out_proj_weight", "out_proj.bias": "out_proj_bias"}
        a = torch.func.functional_call(layer, {k: p[f"a{i}.{v}"] for k, v in names.items()}, (h, h, h), {"need_weights": False})[0]
        h = F.layer_norm(h + a, (4,), p[f"n{i}.weight"], p[f"n{i}.bias"])
        h = h + linear(p, f"d{i}", F.gelu(linear(p, f"u{i}", h), approximate="tanh"))
    return linear(p, "out", h.flatten(1))


def speaker(p, x, training):
    """A language model: embedding, causal attention without biases over turned queries and keys, gated layers, normalised by lengths."""
    def turned(t):
        angle = torch.arange(5)[:, None] * torch.ones(1)
        a, b = t[..., :1], t[..., 1:]
        return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)

    h = F.embedding(x.long(), p["e.weight"])
    n = F.rms_norm(h, (4,), p["n1.weight"], 1e-5)
    q, k, v = (F.linear(n, p[f"{i}.weight"]).reshape(-1, 5, 2, 2).transpose(1, 2) for i in "qkv")
    a = F.scaled_dot_product_attention(turned(q), turned(k), v, is_causal=True).transpose(1, 2).reshape(-1, 5, 4)
    h = h + F.linear(a, p["o.weight"])
    n = F.rms_norm(h, (4,), p["n2.weight"], 1e-5)
    h = h + F.linear(F.silu(F.linear(n, p["gate.weight"])) * F.linear(n, p["up.weight"]), p["down.weight"])
    return linear(p, "out", h)


def prober(p, x, training):
    """Convolutions of a volume, and pooled."""
    c1 = torch.tanh(F.conv3d(x.reshape(-1, 1, 5, 2, 2), p["c1.weight"], p["c1.bias"], padding=(1, 0, 0)))
    n = F.batch_norm(c1, p["n1.running_mean"], p["n1.running_var"], p["n1.weight"], p["n1.bias"], training, 0.3)
    c2 = F.conv1d(n.flatten(2), p["c2.weight"], p["c2.bias"])
    return linear(p, "out", c2.amax(2))


def sized(**shapes):
    return {f"{name}.weight": shape for name, shape in shapes.items()}


def attention(name):
    return {f"{name}.in_proj_weight": (12, 4), f"{name}.in_proj_bias": (12,), f"{name}.out_proj_weight": (4, 4), f"{name}.out_proj_bias": (4,)}


def recurrent(name, layer):
    return {f"{name}.{k}": tuple(v.shape) for k, v in layer.named_parameters()}


KEEPER = recurrent("l", torch.nn.LSTM(4, 5)) | layers(out=(2, 10))
GATHERER = recurrent("g", torch.nn.GRU(4, 3, 2, bidirectional=True)) | layers(out=(2, 12))
SCANNER = recurrent("r", torch.nn.RNN(6, 7)) | layers(out=(3, 7))
PAINTER = layers(c1=(4, 1, 3, 3), c2=(6, 4, 3, 3), c3=(3, 8, 3, 3)) | {"up.weight": (6, 4, 2, 2), "up.bias": (4,)}
SCULPTOR = layers(c1=(4, 1, 3, 3), c2=(8, 1, 3, 3), out=(3, 72)) | norms(n1=4, n2=8)
WATCHER = attention("a1") | attention("a2") | norms(n1=4, n2=4) | layers(u1=(6, 4), d1=(4, 6), u2=(6, 4), d2=(4, 6), out=(2, 20))
SPEAKER = sized(e=(7, 4), n1=(4,), q=(4, 4), k=(4, 4), v=(4, 4), o=(4, 4), n2=(4,), gate=(6, 4), up=(6, 4), down=(4, 6)) | layers(out=(7, 4))
PROBER = layers(c1=(3, 1, 3, 2, 2), c2=(4, 3, 2), out=(2, 4)) | norms(n1=3) | running(n1=3)
