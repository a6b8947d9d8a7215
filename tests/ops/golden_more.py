"""More cases of golden_torch.py: what came last, so that the numbers drawn for all others stay."""
import torch
import torch.nn.functional as F


def whole_cases(coarse):
    """Over all axes, the samples' too: no zero, one, two in a product; ties."""
    x = coarse((2, 3, 2), 0.5, 2)
    one, two = x.clone(), x.clone()
    one[0, 1, 0] = two[0, 1, 0] = two[0, 2, 1] = 0
    for at in (x, one, two):
        yield "prod", [], lambda x, t: torch.prod(x), at, None
    for at in (coarse((2, 3, 2), -2, 2), torch.round(coarse((2, 3, 2), -2, 2))):
        yield "argmax_all", [], lambda x, t: torch.argmax(x).double() + 0 * x.sum(), at, None
        yield "argmin_all", [], lambda x, t: torch.argmin(x).double() + 0 * x.sum(), at, None
        yield "logsumexp_all", [], lambda x, t: torch.logsumexp(x, (0, 1, 2)), at, None


def einsum_cases(coarse):
    """"...", axes of 1, letters twice, one operand.."""
    x, square = coarse((2, 3, 4), -1, 1), coarse((2, 4), -1, 1)
    table, cube = torch.arange(1, 13).double().reshape(3, 4) / 8, torch.arange(1, 37).double().reshape(4, 3, 3) / 8
    others = [torch.sin, torch.sin, lambda x: table, lambda x: table, lambda x: cube, lambda x: table[1:2], lambda x: table[1:2]]
    for i, equation in enumerate(["...ij,...kj->...ik", "bij,...->bij", "...ij,ij->...", "b...,kj->b...k", "bij,jii->bi", "...ij,ij->...j", "...j,...j->..."]):
        yield "einsum_more", [i], lambda x, t, i=i, equation=equation: torch.einsum(equation, x, others[i](x)), x, None
    for i, equation in enumerate(["bii->bi", "...ii->...", "bij->bji", "bij->"]):
        yield "einsum_one", [i], lambda x, t, equation=equation: torch.einsum(equation, x.reshape(-1, 2, 2)), square, None


def layer_cases(coarse):
    """Transposed convolutions whose kernels have gaps; what normalisations and layers may be told."""
    line, picture, volume = coarse((2, 2, 5), -2, 2), coarse((2, 2, 3, 2), -2, 2), coarse((2, 2, 2, 2, 2), -2, 2)
    for name, f, x, args, out, kernel in (("conv_transpose1d", F.conv_transpose1d, line, [1, 0, 2, 1, 0], 4, 3), ("conv_transpose1d", F.conv_transpose1d, line, [2, 2, 3, 2, 1], 4, 3),
                                          ("conv_transpose2d", F.conv_transpose2d, picture, [2, 1, 2, 1, 1], 2, 2), ("conv_transpose2d", F.conv_transpose2d, picture, [3, 1, 3, 2, 2], 2, 2),
                                          ("conv_transpose3d", F.conv_transpose3d, volume, [1, 1, 2, 1], 2, 2)):
        stride, padding, dilation, groups, more = (args + [0])[:5]
        p = {"weight": coarse((2, out // groups) + (kernel,) * (x.dim() - 2), -1, 1), "bias": coarse((out,), -1, 1)}
        yield name, args, lambda x, t, p, f=f, a=(stride, padding, more, groups, dilation): f(x, p["weight"], p["bias"], *a), x, None, p
    x = torch.cat([coarse((2, 7), -4, 4), torch.tensor([[0.0], [1.0]]).double()], 1)
    for beta, threshold in ((1.0, 20.0), (2.0, 3.0), (0.5, 1.0)):
        yield "softplus_with", [beta, threshold], lambda x, t, b=beta, h=threshold: F.softplus(x, b, h), x, None
    yield "bilinear_no_bias", [], lambda x, t, p: F.bilinear(x[:, :2], x[:, 2:], p["weight"]), coarse((2, 5), -1, 1), None, {"weight": coarse((3, 2, 3), -1, 1)}
    for momentum, affine, at in ((0.1, 0, picture), (0.4, 1, line)):
        p = {"weight": coarse((2,), -1, 1), "bias": coarse((2,), -1, 1)} if affine else {}
        p |= {"running_mean": coarse((2,), -1, 1), "running_var": coarse((2,), 0.5, 2)}
        yield "instance_norm_running", [momentum, affine], lambda x, t, p, m=momentum: F.instance_norm(
            x, p["running_mean"], p["running_var"], p.get("weight"), p.get("bias"), True, m, 1e-5), at, None, p
    p = {"weight": coarse((2,), -1, 1), "bias": coarse((2,), -1, 1), "running_mean": coarse((2,), -1, 1), "running_var": coarse((2,), 0.5, 2)}
    yield "instance_norm_eval", [], lambda x, t, p: F.instance_norm(x, p["running_mean"], p["running_var"], p["weight"], p["bias"], False, 0.1, 1e-5), picture, None, p
    for dim in (1, -1):
        p = {"v": coarse((2, 4), -1, 1) + 1 / 64, "g": coarse((4,), 0.5, 1.5)}
        yield "weight_norm_axis", [dim], lambda x, t, p: F.linear(x, torch._weight_norm(p["v"], p["g"][None], 1)), coarse((2, 4), -1, 1), None, p


def projected_cases(coarse):
    """args: layers, bidirectional, first and last states, 0, no bias; 3 units, proj_size 2."""
    def compute(args, layer, x, p):
        layers, both, states = args[:3]
        runs = layers * (1 + both)
        first = (torch.sin(x[:, :runs]).transpose(0, 1).contiguous(), torch.zeros(runs, x.shape[0], 3).double()) if states else None
        y, last = torch.func.functional_call(layer, p, (x, first) if states else (x,))
        return torch.cat([y.flatten(1)] + [s.transpose(0, 1).flatten(1) for s in last], 1) if states else y

    for args in ([1, 0, 0, 0, 0], [1, 1, 1, 0, 0], [2, 0, 1, 0, 1]):
        layer = torch.nn.LSTM(2, 3, args[0], bias=not args[4], batch_first=True, bidirectional=bool(args[1]), proj_size=2).double()
        p = {k: coarse(tuple(v.shape), -1, 1) for k, v in layer.named_parameters()}
        yield "lstm_projected", args, lambda x, t, p, args=args, layer=layer: compute(args, layer, x, p), coarse((2, 3, 2), -1, 1), None, p


def further_cases(coarse):
    yield from whole_cases(coarse)
    yield from einsum_cases(coarse)
    yield from layer_cases(coarse)
    yield from projected_cases(coarse)
