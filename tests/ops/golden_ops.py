"""Cases of golden_torch.py: functions of two or three tensors, products with weights, normalisations, dropout with the masks that our random
numbers give, and the rest of what a forward can call."""
import torch
import torch.nn.functional as F


def mixed(h):
    """The hash of templates/real_random.h for a key of 0."""
    h = (h ^ h >> 16) * 0x7feb352d & 0xffffffff
    h = (h ^ h >> 15) * 0x846ca68b & 0xffffffff
    return h ^ h >> 16


def drawn(shape):
    """What a program draws first: numbers from 0 to 1."""
    count = torch.Size(shape).numel()
    return torch.tensor([(mixed(mixed(e)) >> 8) / 16777216 for e in range(count)], dtype=torch.float64).reshape(shape)


def dropped(x, shape, p):
    return x * (drawn(shape) >= p) / (1 - p)


def pair_cases(coarse):
    """The second operand is made of the first and stretched along axis 1, the third along axis 2."""
    x, positive = coarse((2, 3, 2), -2, 2) + 1 / 64, coarse((2, 3, 2), 0.5, 2)
    same = torch.where(torch.arange(12).reshape(2, 3, 2) % 3 == 0, torch.zeros((), dtype=torch.float64), x)

    def second(x):
        return torch.sin(x)[:, 0:1]

    def third(x):
        return torch.cos(x)[:, :, 0:1]

    for name in ("add", "sub", "mul", "maximum", "minimum", "logaddexp", "hypot"):
        yield name + "_pair", [], lambda x, t, f=getattr(torch, name): f(x, second(x)), x, None
    for name in ("div", "pow"):
        yield name + "_pair", [], lambda x, t, f=getattr(torch, name): f(x, second(x)), positive, None
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        yield name + "_pair", [], lambda x, t, f=getattr(torch, name): f(x, second(x)).double() * x, same, None
    yield "where_pair", [], lambda x, t: torch.where(x > second(x), third(x), x * x), x, None
    yield "lerp_pair", [], lambda x, t: torch.lerp(x, second(x).expand_as(x), third(x).expand_as(x)), x, None
    yield "clamp_pair", [], lambda x, t: torch.clamp(x, second(x) - 0.5, third(x) + 0.5), x, None
    yield "leaky_relu_pair", [], lambda x, t: torch.where(x > 0, x, second(x) * x), x, None
    yield "bce_pair", [], lambda x, t: -(second(x) * F.logsigmoid(x) + (1 - second(x)) * F.logsigmoid(-x)), x, None


def weight_cases(coarse):
    x, image = coarse((2, 3, 4), -2, 2), coarse((2, 4, 3, 1), -2, 2)

    def named(*shapes):
        return {("weight", "bias")[i]: coarse(shape, -1, 1) for i, shape in enumerate(shapes)}

    yield "linear", [2], lambda x, t, p: F.linear(x, p["weight"], p["bias"]), x, None, named((2, 4), (2,))
    yield "linear_with", [2], lambda x, t, p: F.linear(x, p["weight"], p["bias"]), x, None, named((2, 4), (2,))
    yield "conv1d_with", [], lambda x, t, p: F.conv1d(x, p["weight"], p["bias"], stride=2, padding=1), x, None, named((2, 3, 2), (2,))
    yield "conv2d_with", [], lambda x, t, p: F.conv2d(x, p["weight"], p["bias"], padding=1), image, None, named((2, 4, 2, 2), (2,))
    yield "conv3d_with", [], lambda x, t, p: F.conv3d(x[:, None], p["weight"], p["bias"]), image, None, named((2, 1, 2, 2, 1), (2,))
    yield "embedding_with", [], lambda x, t, p: F.embedding(x.detach().abs().floor().long(), p["weight"]) + 0 * x[..., None], coarse((2, 3), 0, 3.9), None, named((4, 2))
    for eps, momentum in ((1e-5, 0.1), (1e-3, 0.5)):
        p = named((4,), (4,)) | {"running_mean": coarse((4,), -1, 1), "running_var": coarse((4,), 0.5, 2)}
        yield "batch_norm", [eps, momentum, 1], lambda x, t, p, eps=eps, momentum=momentum: F.batch_norm(
            x, p["running_mean"], p["running_var"], p["weight"], p["bias"], True, momentum, eps), image, None, p
    p = {"running_mean": coarse((4,), -1, 1), "running_var": coarse((4,), 0.5, 2)}
    yield "batch_norm", [1e-5, 0.1, 0], lambda x, t, p: F.batch_norm(x, p["running_mean"], p["running_var"], None, None, True, 0.1, 1e-5), image, None, p
    p = named((4,), (4,)) | p
    yield "batch_norm_eval", [], lambda x, t, p: F.batch_norm(x, p["running_mean"], p["running_var"], p["weight"], p["bias"], False, 0.1, 1e-5), image, None, p
    yield "layer_norm", [1], lambda x, t, p: F.layer_norm(x, (4,), p["weight"], p["bias"]), x, None, named((4,), (4,))
    yield "layer_norm", [2], lambda x, t, p: F.layer_norm(x, (3, 4), p["weight"], p["bias"]), x, None, named((3, 4), (3, 4))
    for groups in (1, 2):
        yield "group_norm", [groups], lambda x, t, p, groups=groups: F.group_norm(x, groups, p["weight"], p["bias"]), image, None, named((4,), (4,))
    yield "instance_norm", [], lambda x, t: F.instance_norm(x), image, None
    yield "rms_norm", [], lambda x, t, p: F.rms_norm(x, (4,), p["weight"]), x, None, named((4,))
    p = {"v": coarse((2, 4), -1, 1) + 1 / 64, "g": coarse((2,), 0.5, 1.5), "bias": coarse((2,), -1, 1)}
    yield "weight_norm", [], lambda x, t, p: F.linear(x, torch._weight_norm(p["v"], p["g"][:, None], 0), p["bias"]), x, None, p


def other_cases(coarse):
    x, image = coarse((2, 3, 2), -2, 2) + 1 / 64, coarse((2, 3, 2, 2), -2, 2)
    whole = coarse((2, 3), 0, 3.9)
    for name, args, compute, at in [
            ("concat", [1], lambda x: torch.cat([x, x * x], 1), x), ("concat_of", [2], lambda x: torch.cat([x, torch.sin(x), x * x], 2), x),
            ("reshape", [], lambda x: x.reshape(-1, 2, 3), x), ("sum_axes", [1], lambda x: x.sum((1, 2), True), x), ("mean_axes", [0], lambda x: x.mean((0, 2)), x),
            ("max", [], lambda x: x.amax(), x), ("min", [], lambda x: x.amin(), x), ("var", [1], lambda x: x.var(), x), ("var", [0], lambda x: x.var(correction=0), x),
            ("std_axis", [1, 1, 0], lambda x: x.std(1), x), ("norm", [2.0], lambda x: torch.linalg.vector_norm(x, 2), x), ("norm", [3.0], lambda x: torch.linalg.vector_norm(x, 3), x),
            ("global_max_pool", [], lambda x: x.amax((2, 3)), torch.round(image)), ("one_hot", [4], lambda x: F.one_hot(x.long(), 4).double() + 0 * x[..., None], whole),
            ("arange", [], lambda x: x * torch.arange(3, 5), x), ("last_step", [], lambda x: x[:, -1], x), ("samples", [], lambda x: x * x.shape[0], x),
            ("dropout", [0.3], lambda x: dropped(x, x.shape, 0.3), x), ("dropout", [1.0], lambda x: 0 * x, x), ("dropout2d", [0.5], lambda x: dropped(x, (*x.shape[:2], 1, 1), 0.5), image)]:
        yield name, args, lambda x, t, compute=compute: compute(x), at, None


def op_cases(coarse):
    yield from pair_cases(coarse)
    yield from weight_cases(coarse)
    yield from other_cases(coarse)
