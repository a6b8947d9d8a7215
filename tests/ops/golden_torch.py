#!/usr/bin/env python3
"""Makes golden/functions.json with PyTorch: values and gradients of functions and losses. The tests need only what it wrote.

usage: golden_torch.py [FOLDER]        (torch 2.4 or later, CPU; its version is written into what it makes)"""
import itertools
import json
import math
import os
import sys

import torch
import torch.nn.functional as F

from golden_ops import op_cases
from golden_more import further_cases
from golden_options import option_cases

torch.set_num_threads(1)
folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
generator = torch.Generator().manual_seed(20)


def random(shape, low, high):
    """Numbers that float32 holds too, of a few digits."""
    return torch.round((torch.rand(shape, generator=generator) * (high - low) + low).to(torch.float64) * 64) / 64


def coarse(shape, low, high):
    """Numbers of a few digits, so that the goldens stay small."""
    return torch.round((torch.rand(shape, generator=generator) * (high - low) + low).to(torch.float64) * 16) / 16


def grid(low, high, special):
    """Two samples: evenly spread numbers and those where something happens."""
    values = sorted(set(special) | {round((low + (high - low) * i / 16) * 64) / 64 for i in range(17)})
    values += values[-1:] * (len(values) % 2)
    return torch.tensor(values, dtype=torch.float32).to(torch.float64).reshape(2, -1)


def plain(t):
    return {"shape": list(t.shape), "values": [float(v) for v in t.flatten()]}


def short(t, exact):
    """The same with 12 digits where they are results, whole numbers without a point."""
    values = [float(v) if exact else float(f"{float(v):.12g}") for v in t.flatten()]
    return {"shape": list(t.shape), "values": [int(v) if v == int(v) and (v or math.copysign(1, v) > 0) else v for v in values]}


def batches(n):
    while n > 0:
        yield n
        n //= 2


# ---- functions: name, arguments, how torch computes it, input, target -------------------------------

def function_cases():
    wide = grid(-4, 4, [0.0, -0.0, 2 ** -13, -2 ** -13, 1.0, -1.0])
    positive = grid(0.0625, 4, [1.0])
    inside = grid(-0.9, 0.9, [0.0])
    table = random((4, 2, 3), -2, 2)
    one = [
        ("relu", [], F.relu, wide), ("leaky_relu", [0.01], lambda x: F.leaky_relu(x, 0.01), wide), ("elu", [1.0], lambda x: F.elu(x, 1.0), wide),
        ("elu", [0.7], lambda x: F.elu(x, 0.7), wide), ("gelu", [], F.gelu, wide), ("silu", [], F.silu, wide),
        ("softplus", [], F.softplus, wide), ("sigmoid", [], torch.sigmoid, wide), ("tanh", [], torch.tanh, wide), ("erf", [], torch.erf, wide),
        ("abs", [], torch.abs, wide), ("sign", [], torch.sign, wide), ("square", [], torch.square, wide), ("exp", [], torch.exp, wide),
        ("expm1", [], torch.expm1, wide), ("sin", [], torch.sin, wide), ("cos", [], torch.cos, wide), ("neg", [], torch.neg, wide),
        ("tan", [], torch.tan, inside), ("asin", [], torch.asin, inside), ("acos", [], torch.acos, inside), ("atan", [], torch.atan, wide),
        ("sinh", [], torch.sinh, wide), ("cosh", [], torch.cosh, wide), ("exp2", [], torch.exp2, wide), ("log2", [], torch.log2, positive),
        ("log10", [], torch.log10, positive), ("floor", [], torch.floor, wide), ("ceil", [], torch.ceil, wide), ("round", [], torch.round, wide),
        ("cumsum", [], lambda x: torch.cumsum(x, 2), table),
        ("sqrt", [], torch.sqrt, positive), ("rsqrt", [], torch.rsqrt, positive), ("log", [], torch.log, positive),
        ("log1p", [], torch.log1p, inside), ("reciprocal", [], torch.reciprocal, positive),
        ("clamp", [-1.0, 1.0], lambda x: torch.clamp(x, -1.0, 1.0), wide), ("pow", [2.0], lambda x: torch.pow(x, 2.0), wide),
        ("pow", [3.0], lambda x: torch.pow(x, 3.0), wide), ("pow", [0.0], lambda x: torch.pow(x, 0.0), wide),
        ("pow", [0.5], lambda x: torch.pow(x, 0.5), positive), ("maximum", [1.0], lambda x: torch.maximum(x, torch.tensor(1.0, dtype=x.dtype)), wide),
        ("minimum", [-1.0], lambda x: torch.minimum(x, torch.tensor(-1.0, dtype=x.dtype)), wide),
        ("softmax", [-1], lambda x: F.softmax(x, -1), table), ("softmax", [1], lambda x: F.softmax(x, 1), table),
        ("log_softmax", [-1], lambda x: F.log_softmax(x, -1), table), ("sum_axis", [1], lambda x: torch.sum(x, 1), table),
        ("mean_axis", [2], lambda x: torch.mean(x, 2), table), ("mean", [], torch.mean, table), ("sum", [], torch.sum, table),
        ("max_axis", [2], lambda x: torch.amax(x, 2), torch.round(table)), ("min_axis", [1], lambda x: torch.amin(x, 1), torch.round(table)),
        ("mean_axis", [0], lambda x: torch.mean(x, 0), table), ("max_axis", [0], lambda x: torch.amax(x, 0), torch.round(table)),
        ("transpose", [1, 2], lambda x: torch.transpose(x, 1, 2), table), ("slice", [2, 1, 3], lambda x: x[:, :, 1:3], table),
        ("flatten", [], lambda x: torch.flatten(x, 1), table)]
    for name, args, compute, x in one:
        yield name, args, lambda x, t, compute=compute: compute(x), x, None
    p, t = random((8, 3), -2, 2), random((8, 3), -2, 2)
    t[0, 0], t[0, 1], t[0, 2] = p[0, 0], p[0, 1] - 1.0, p[0, 2] + 0.5          # equal, and where Huber's pieces meet
    yield "mse_loss", [], F.mse_loss, p, t
    yield "l1_loss", [], F.l1_loss, p, t
    yield "huber_loss", [1.0], F.huber_loss, p, t
    yield "huber_loss", [0.5], lambda p, t: F.huber_loss(p, t, delta=0.5), p, t
    q, u = random((8, 3), 0.01, 0.99), torch.round(random((8, 3), 0, 1))
    q[0, 0], u[0, 0], q[0, 1], u[0, 1], q[0, 2], u[0, 2] = 0.0, 0.0, 1.0, 1.0, 0.0, 1.0
    q[1, 0], u[1, 0], q[1, 1], u[1, 1] = 1.0, 0.0, 0.3125, 0.25
    yield "bce_loss", [], F.binary_cross_entropy, q, u
    logits = random((8, 3), -3, 3)
    logits[0, 0], logits[0, 1], logits[1, 0] = 80.0, -80.0, 0.0
    yield "bce_with_logits_loss", [], F.binary_cross_entropy_with_logits, logits, u
    labels = torch.tensor([0.0, 2, 1, 1, 3, 0, 2, 3], dtype=torch.float64)
    scores, shares = random((8, 4), -3, 3), F.softmax(random((8, 4), -1, 1), 1).to(torch.float32).to(torch.float64)
    yield "cross_entropy_loss", [], lambda p, t: F.cross_entropy(p, t.long()), scores, labels
    yield "cross_entropy_loss", [], lambda p, t: F.cross_entropy(p, t[:, 0].long()), scores, labels[:, None]
    yield "cross_entropy_loss", [], F.cross_entropy, scores, shares
    places = random((8, 3, 4), -3, 3)                                          # torch has the classes in axis 1, we in the last
    yield "cross_entropy_loss", [], lambda p, t: F.cross_entropy(p.transpose(1, 2), t.long()), places, torch.floor(random((8, 3), 0, 3.999))


def more_cases():
    """Those that came later: numbers drawn for the ones above stay."""
    wide = torch.tensor([0.0, 2 ** -10, -2 ** -10, 1.0, -1.0, 3.0, -3.0, 0.5, -0.5, 4.0, -4.0, 2.5, -0.25, -2.25], dtype=torch.float64).float().double().reshape(2, -1)
    tie = torch.round(random((4, 2, 5, 4), -2, 2))
    line = torch.round(random((4, 2, 7), -2, 2))
    yield from ((name, args, lambda x, t, compute=compute: compute(x), x, None) for name, args, compute, x in [
        ("logsigmoid", [], F.logsigmoid, wide), ("softsign", [], F.softsign, wide), ("tanhshrink", [], F.tanhshrink, wide), ("mish", [], F.mish, wide),
        ("selu", [], F.selu, wide), ("hardsigmoid", [], F.hardsigmoid, wide), ("hardswish", [], F.hardswish, wide),
        ("gelu_tanh", [], lambda x: F.gelu(x, approximate="tanh"), wide), ("celu", [2.0], lambda x: F.celu(x, 2.0), wide),
        ("hardtanh", [-1.0, 1.0], F.hardtanh, wide), ("hardtanh", [0.0, 3.0], lambda x: F.hardtanh(x, 0.0, 3.0), wide),
        ("hardshrink", [0.5], F.hardshrink, wide), ("softshrink", [0.5], F.softshrink, wide), ("threshold", [0.5, -2.0], lambda x: F.threshold(x, 0.5, -2.0), wide),
        ("lerp", [0.3], lambda x: torch.lerp(x, x * x, 0.3), wide), ("lerp", [0.7], lambda x: torch.lerp(x, x * x, 0.7), wide),
        ("logaddexp", [], lambda x: torch.logaddexp(x, x * x), wide), ("hypot", [2.0], lambda x: torch.hypot(x, torch.tensor(2.0, dtype=x.dtype)), wide),
        ("max_pool1d", [3, 2, 1, 1], lambda x: F.max_pool1d(x, 3, 2, 1, 1), line), ("max_pool1d", [2, 0, 0, 2], lambda x: F.max_pool1d(x, 2, 2, 0, 2), line),
        ("avg_pool1d", [3, 2, 1], lambda x: F.avg_pool1d(x, 3, 2, 1), line),
        ("max_pool2d", [2, 0, 0, 1], lambda x: F.max_pool2d(x, 2), tie), ("max_pool2d", [3, 1, 1, 1], lambda x: F.max_pool2d(x, 3, 1, 1), tie),
        ("max_pool2d", [2, 1, 1, 2], lambda x: F.max_pool2d(x, 2, 1, 1, 2), tie),
        ("avg_pool2d", [2, 3, 2, 1, 1, 1], lambda x: F.avg_pool2d(x, (2, 3), (2, 1), (1, 1)), tie),
        ("adaptive_avg_pool2d", [2, 3], lambda x: F.adaptive_avg_pool2d(x, (2, 3)), tie), ("adaptive_avg_pool2d", [5, 2], lambda x: F.adaptive_avg_pool2d(x, (5, 2)), tie),
        ("global_avg_pool", [], lambda x: x.mean((2, 3)), tie)])


def loss_cases():
    p, t = coarse((4, 3), -2, 2), coarse((4, 3), -2, 2)
    t[0, 0], t[0, 1] = p[0, 0], p[0, 1] - 1.0
    yield "smooth_l1_loss", [1.0], F.smooth_l1_loss, p, t
    yield "smooth_l1_loss", [0.3], lambda p, t: F.smooth_l1_loss(p, t, beta=0.3), p, t
    ones = (t > 0).double()
    yield "bce_with_logits_loss_with", [], lambda p, t: F.binary_cross_entropy_with_logits(p, t, pos_weight=torch.tensor([1.0, 2, 3]).double()), p, ones
    scores, labels = coarse((8, 4), -3, 3), torch.tensor([0.0, 2, 1, 1, 3, 0, 2, 3], dtype=torch.float64)
    some = torch.tensor([0.0, -100, 1, -100, 3, 0, 2, 3], dtype=torch.float64)
    weight, none = torch.arange(1, 5).double(), -2147483647
    yield "nll_loss", [0, none], lambda p, t: F.nll_loss(F.log_softmax(p, -1), t.long()), scores, labels
    yield "nll_loss", [4, 0], lambda p, t: F.nll_loss(F.log_softmax(p, -1), t.long(), weight, ignore_index=0), torch.flip(scores, [0]), torch.flip(labels, [0])
    yield "nll_loss", [0, -100], lambda p, t: F.nll_loss(F.log_softmax(p, -1), t.long()), scores, some
    for w in (0, 4):
        for ignored, ts in ((none, labels), (0, torch.flip(labels, [0])), (-100, some)):
            for smooth in (0.0, 0.1):
                yield "cross_entropy_loss_with", [w, ignored, smooth], lambda p, t, w=w, ignored=ignored, smooth=smooth: F.cross_entropy(
                    p, t.long(), weight if w else None, ignore_index=ignored, label_smoothing=smooth), scores, ts
    shares = F.softmax(coarse((8, 4), -1, 1), 1).to(torch.float32).to(torch.float64)
    yield "cross_entropy_loss_with", [4, none, 0.1], lambda p, t: F.cross_entropy(p, t, weight, label_smoothing=0.1), scores, shares
    shares = shares[:4].clone()
    shares[0, 0] = 0
    yield "kl_div_loss", [0, 0], lambda p, t: F.kl_div(F.log_softmax(p, -1), t, reduction="mean"), scores[:4], shares
    yield "kl_div_loss", [1, 1], lambda p, t: F.kl_div(F.log_softmax(p, -1), t, reduction="batchmean", log_target=True), scores[:4], coarse((4, 4), -3, 0)
    counts = torch.tensor([[0.0, 1, 2], [5, 0, 3], [1, 1, 7], [2, 4, 0]], dtype=torch.float64)
    yield "poisson_nll_loss", [1, 0], F.poisson_nll_loss, p, counts
    yield "poisson_nll_loss", [0, 1], lambda p, t: F.poisson_nll_loss(p, t, log_input=False, full=True), p.abs() + 0.5, counts
    both = torch.cat([p, coarse((4, 3), 0.25, 2)], 1)
    yield "gaussian_nll_loss", [0], lambda p, t: F.gaussian_nll_loss(p[:, :3], t, p[:, 3:]), both, t
    yield "gaussian_nll_loss", [1], lambda p, t: F.gaussian_nll_loss(p[:, :3], t, p[:, 3:], full=True), both, t
    signs = torch.tensor([1.0, -1, -1, 1], dtype=torch.float64)
    yield "hinge_embedding_loss", [1.0], F.hinge_embedding_loss, p, torch.sign(t - 0.1)
    yield "cosine_embedding_loss", [0.1], lambda p, t: F.cosine_embedding_loss(p[:, :3], p[:, 3:], t, margin=0.1), torch.cat([p, -p + 0.5], 1), signs
    yield "margin_ranking_loss", [0.5], lambda p, t: F.margin_ranking_loss(p[:, :1], p[:, 1:], t, margin=0.5), p[:, :2].clone(), signs[:, None]


def layer_cases():
    """With parameters: their names, values, and gradients."""
    line, picture, volume = coarse((2, 2, 6), -2, 2), coarse((2, 2, 4, 3), -2, 2), coarse((2, 2, 3, 2, 3), -2, 2)

    def layer(name, args, f, x, out, kernel, *rest):
        stride, padding, dilation, groups = args[:4]
        axes = x.dim() - 2
        first, second = (x.shape[1], out // groups) if "transpose" in name else (out, x.shape[1] // groups)
        p = {"weight": coarse((first, second) + (kernel,) * axes, -1, 1), "bias": coarse((out,), -1, 1)}
        return name, args, lambda x, t, p: f(x, p["weight"], p["bias"], stride, padding, *rest, **{"dilation": dilation, "groups": groups}), x, None, p

    yield layer("conv1d", [2, 1, 1, 1], F.conv1d, line, 4, 3)
    yield layer("conv1d", [1, 1, 2, 2], F.conv1d, line, 4, 3)
    yield layer("conv2d", [1, 1, 1, 1], F.conv2d, picture, 4, 2)
    yield layer("conv2d", [2, 1, 1, 2], F.conv2d, picture, 4, 2)
    yield layer("conv3d", [1, 1, 1, 1], F.conv3d, volume, 2, 2)
    yield layer("conv3d", [2, 0, 1, 2], F.conv3d, volume, 2, 2)
    yield layer("conv_transpose1d", [2, 1, 1, 2, 1], F.conv_transpose1d, line, 4, 3, 1)
    yield layer("conv_transpose2d", [2, 0, 1, 1, 0], F.conv_transpose2d, picture, 2, 2, 0)
    yield layer("conv_transpose3d", [1, 0, 1, 2], F.conv_transpose3d, volume, 2, 2, 0)


def shape_cases():
    x = coarse((2, 3, 4), -2, 2)
    x[0, 0] = 0                                                                # zeros in products, a length of 0, ties
    whole = torch.round(x)
    even = torch.tensor([0, 2])

    def indices(t):
        return t.abs().floor().long().clamp(0, 1)

    picked = x.clone()
    picked[:, 1:3] = coarse((2, 2, 4), 0, 1.9)
    weight = {"weight": coarse((4, 3), -1, 1)}
    yield "embedding", [], lambda x, t, p: F.embedding(x.detach().floor().long(), p["weight"]) + 0 * x[..., None], coarse((2, 5), 0, 3.9), None, weight
    plain_cases = [
        ("gather", [1], lambda x: torch.gather(x[:, 0:2], 1, indices(x[:, 1:3])), picked), ("gather", [2], lambda x: torch.gather(x[:, 0:2], 2, indices(x[:, 1:3])), picked),
        ("index_select", [2], lambda x: torch.index_select(x, 2, even), x), ("index_select", [1], lambda x: torch.index_select(x, 1, even), x),
        ("argmax", [2, 0], lambda x: torch.argmax(x, 2).double() + 0 * x.sum(), whole), ("argmax", [1, 1], lambda x: torch.argmax(x, 1, True).double() + 0 * x.sum(), x),
        ("argmin", [1, 0], lambda x: torch.argmin(x, 1).double() + 0 * x.sum(), whole), ("logsumexp", [2, 0], lambda x: torch.logsumexp(x, 2), x),
        ("logsumexp", [1, 1], lambda x: torch.logsumexp(x, 1, True), x), ("flip", [1], lambda x: torch.flip(x, [1]), x), ("flip", [-1], lambda x: torch.flip(x, [2]), x),
        ("roll", [1, 1], lambda x: torch.roll(x, 1, 1), x), ("roll", [2, -5], lambda x: torch.roll(x, -5, 2), x),
        ("pad", [0.0, 1, 2, 0, 1], lambda x: F.pad(x, (1, 2, 0, 1)), x), ("pad", [-1.5, 0, 2, 2, 0], lambda x: F.pad(x, (0, 2, 2, 0), value=-1.5), x),
        ("reflection_pad", [1, 3, 2, 0], lambda x: F.pad(x[:, None], (1, 3, 2, 0), mode="reflect")[:, 0], x),
        ("replication_pad", [2, 0, 1, 3], lambda x: F.pad(x[:, None], (2, 0, 1, 3), mode="replicate")[:, 0], x),
        ("stack", [1], lambda x: torch.stack([x, x * x], 1), x), ("stack", [-1], lambda x: torch.stack([x, x * x], -1), x),
        ("split", [2, 2], lambda x: x[..., :2] - x[..., 2:], x), ("squeeze", [2], lambda x: 2 * x, x), ("permute", [], lambda x: x.permute(0, 2, 1), x),
        ("expand", [], lambda x: x[:, None].expand(-1, 2, -1, -1), x), ("prod_axis", [1, 0], lambda x: torch.prod(x, 1), x), ("prod_axis", [2, 1], lambda x: torch.prod(x, 2, True), x),
        ("var_axis", [2, 1, 0], lambda x: torch.var(x, 2), x), ("var_axis", [1, 0, 1], lambda x: torch.var(x, 1, correction=0, keepdim=True), x),
        ("std", [1], lambda x: torch.std(x), x), ("norm_axis", [2.0, 2, 0], lambda x: torch.linalg.vector_norm(x, 2, 2), x),
        ("norm_axis", [1.0, 1, 1], lambda x: torch.linalg.vector_norm(x, 1, 1, True), x), ("norm_axis", [3.0, 2, 0], lambda x: torch.linalg.vector_norm(x, 3, 2), x[:, 1:].contiguous())]
    for name, args, compute, at in plain_cases:
        yield name, args, lambda x, t, compute=compute: compute(x), at, None


def attention_cases():
    x, picture = coarse((2, 3, 4), -1, 1), coarse((2, 2, 2, 3), -1, 1)
    count = torch.arange(5).double()

    def heads(x, p, causal, other):
        layer = torch.nn.MultiheadAttention(4, 2, batch_first=True).double()
        call = {"in_proj_weight": p["in_proj_weight"], "in_proj_bias": p["in_proj_bias"], "out_proj.weight": p["out_proj_weight"], "out_proj.bias": p["out_proj_bias"]}
        mask = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1) if causal else None
        return torch.func.functional_call(layer, call, (x, torch.sin(x) if other else x, x), {"need_weights": False, "attn_mask": mask})[0]

    def rotary(x):
        angle = torch.arange(3).double()[:, None] * 10000 ** (-torch.arange(2).double() / 2)
        a, b = x[..., :2], x[..., 2:]
        return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin()], -1)

    def sinusoids():
        angle = torch.arange(3).double()[:, None] * 10000 ** (-torch.arange(2).double() / 2)
        return torch.stack([angle.sin(), angle.cos()], -1).reshape(3, 4)

    seen = torch.tensor([False, True, True])[None, None].expand(2, 3, 3)
    for name, args, compute, at in [
            ("upsample_nearest", [3], lambda x: F.interpolate(x, scale_factor=3), picture), ("upsample_nearest", [2], lambda x: F.interpolate(x, scale_factor=2), x),
            ("upsample_bilinear", [2, 0], lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), picture),
            ("upsample_bilinear", [3, 1], lambda x: F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=True), picture),
            ("matmul", [], lambda x: torch.matmul(x[:, None], torch.sin(x)[:, None].expand(-1, 2, -1, -1).transpose(2, 3)), x),
            ("matmul_vector", [], lambda x: torch.matmul(x, count[1:]), x), ("einsum_batch", [], lambda x: torch.einsum("bij,bkj->bik", x, torch.sin(x)), x),
            ("einsum_sum", [], lambda x: torch.einsum("bij,bij->b", x, torch.sin(x)), x),
            ("einsum_outer", [], lambda x: torch.einsum("bij,bkl->bkj", x, torch.sin(x)), x),
            ("attention", [0, 0], lambda x: F.scaled_dot_product_attention(x, torch.sin(x), x * x), x),
            ("attention", [0, 1], lambda x: F.scaled_dot_product_attention(x, torch.sin(x), x * x, is_causal=True), x),
            ("attention", [1, 0], lambda x: F.scaled_dot_product_attention(x, torch.sin(x), x * x, attn_mask=seen[:x.shape[0]]), x),
            ("sinusoidal_positions", [], lambda x: x * sinusoids(), x), ("rotary_positions", [], rotary, x)]:
        yield name, args, lambda x, t, compute=compute: compute(x), at, None
    p = {"weight": coarse((3, 2, 3), -1, 1), "bias": coarse((3,), -1, 1)}
    yield "bilinear", [], lambda x, t, p: F.bilinear(x[:, :2], x[:, 2:], p["weight"], p["bias"]), coarse((2, 5), -1, 1), None, p
    for causal, other in ((0, 0), (1, 0), (0, 1)):
        p = {"in_proj_weight": coarse((12, 4), -1, 1), "in_proj_bias": coarse((12,), -1, 1), "out_proj_weight": coarse((4, 4), -1, 1), "out_proj_bias": coarse((4,), -1, 1)}
        yield "multi_head_attention", [causal, other], lambda x, t, p, causal=causal, other=other: heads(x, p, causal, other), x, None, p


def recurrent_cases():
    """args: layers, bidirectional, first and last states, relu, no bias."""
    classes = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}

    def compute(name, args, layer, x, p):
        layers, both, states = args[:3]
        runs = layers * (1 + both)
        first = torch.sin(x[:, :runs]).transpose(0, 1).contiguous() if states else None
        if name == "lstm" and states:
            first = first, (x[:, :runs] ** 2).transpose(0, 1).contiguous()
        y, last = torch.func.functional_call(layer, p, (x, first) if states else (x,))
        last = last if name == "lstm" else (last,)
        return torch.cat([y.flatten(1)] + [s.transpose(0, 1).flatten(1) for s in last], 1) if states else y

    for name, args in (("rnn", [1, 0, 1, 0, 0]), ("rnn", [1, 1, 0, 1, 1]), ("lstm", [1, 1, 1, 0, 0]), ("lstm", [2, 0, 0, 0, 1]), ("gru", [2, 0, 1, 0, 0]), ("gru", [1, 1, 0, 0, 1])):
        more = {"nonlinearity": "relu" if args[3] else "tanh"} if name == "rnn" else {}
        layer = classes[name](2, 2, args[0], bias=not args[4], batch_first=True, bidirectional=bool(args[1]), **more).double()
        p = {k: coarse(tuple(v.shape), -1, 1) for k, v in layer.named_parameters()}
        yield name, args, lambda x, t, p, name=name, args=args, layer=layer: compute(name, args, layer, x, p), coarse((2, 3, 2), -1, 1), None, p


def all_cases():
    for c in function_cases():
        yield c, random
    for c in itertools.chain(more_cases(), loss_cases(), layer_cases(), shape_cases(), attention_cases(), recurrent_cases(), op_cases(coarse), option_cases(coarse), further_cases(coarse)):
        yield c, coarse


def one_try(name, args, compute, x, t, params, weights, n):
    """Values and gradients for the first n samples."""
    xn, tn = x[:n].clone().requires_grad_(True), t[:n] if t is not None else None
    pn = {k: v.clone().requires_grad_(not is_kept(k)) for k, v in params.items()}
    y = compute(xn, tn, pn) if params else compute(xn, tn)
    whole = (name in ("mean_axis", "max_axis") and args == [0]) or name == "mean_axes"
    w = weights[:n] if y.dim() and y.shape[0] == n and not whole else weights
    (y if t is not None else (y * w).sum()).backward()
    dx = xn.grad
    if name == "bce_loss":                      # at 0 and 1 torch divides by 1e-12 as a float, we by 1e-12
        dx = torch.where(dx.abs() > 1e6, dx * torch.tensor(1e-12, dtype=torch.float32).double() / 1e-12, dx)
    if name == "hardsigmoid":                   # torch's sixth is a float's
        dx = dx / torch.tensor(1 / 6, dtype=torch.float32).double() / 6
    one = {"x": short(x[:n], True), "y": short(y.detach(), False), "dx": short(dx, False)}
    one["t" if t is not None else "w"] = short(tn if t is not None else w, True)
    for k, v in pn.items():
        one[k] = short(params[k], True)
        if is_kept(k):
            one["u_" + k] = short(v.detach(), False)
        else:
            one["d_" + k] = short(v.grad, False)
    return one


def is_kept(name):
    """Buffers: what a step writes, without a gradient."""
    return name.startswith("running") or name == "num_batches_tracked"


def begins(whole, part):
    """True if `part` is the beginning of `whole`: then it need not be written."""
    return all(abs(a - b) <= 1e-13 * abs(b) for a, b in zip(whole["values"], part["values"]))


def write_functions():
    out = []
    for (name, args, compute, x, t, *more), draw in all_cases():
        params = more[0] if more else {}
        with torch.no_grad():
            copies = {k: v.clone() for k, v in params.items()}
            weights = draw((compute(x, t, copies) if more else compute(x, t)).shape, -1, 1)
        tries = [{"n": n} | one_try(name, args, compute, x, t, params, weights, n) for n in batches(x.shape[0])]
        for one in tries[1:]:
            for k in [k for k in one if k != "n" and begins(tries[0][k], one[k])]:
                del one[k]
        out.append({"function": name, "args": args, "batch": x.shape[0], "tries": tries})
    with open(os.path.join(folder, "functions.json"), "w") as f:
        lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in out)
        f.write(f'{{"torch": "{torch.__version__.split("+")[0]}", "functions": [\n{lines}\n]}}\n')
    print(f"{len(out)} functions")


os.makedirs(folder, exist_ok=True)
write_functions()
