"""Cases of golden_torch.py: what functions may be told beside what they need. They come last, so that the numbers drawn for the others stay."""
import torch
import torch.nn.functional as F

from golden_ops import dropped


def pool_cases(coarse):
    """args: kernel, stride, padding, ceil_mode, then dilation, or count_exclude_pad and divisor_override."""
    line, image = torch.round(coarse((2, 1, 8), -2, 2)), torch.round(coarse((2, 1, 6, 5), -2, 2))
    for kernel, stride, padding, dilation in ((2, 3, 0, 1), (3, 2, 1, 1), (2, 2, 1, 2), (3, 4, 1, 1)):
        yield "max_pool1d_ceil", [kernel, stride, padding, 1, dilation], lambda x, k=kernel, s=stride, p=padding, d=dilation: F.max_pool1d(x, k, s, p, d, True), line
        yield "max_pool2d_ceil", [kernel, stride, padding, 1, dilation], lambda x, k=kernel, s=stride, p=padding, d=dilation: F.max_pool2d(x, k, s, p, d, True), image
    for ceil in (0, 1):
        for exclude in (0, 1):
            for kernel, stride, padding in ((3, 2, 1), (2, 3, 0)):
                yield ("avg_pool1d_more", [kernel, stride, padding, ceil, exclude],
                       lambda x, k=kernel, s=stride, p=padding, c=ceil, e=exclude: F.avg_pool1d(x, k, s, p, bool(c), not e), line)
                yield ("avg_pool2d_more", [kernel, stride, padding, ceil, exclude, 0],
                       lambda x, k=kernel, s=stride, p=padding, c=ceil, e=exclude: F.avg_pool2d(x, k, s, p, bool(c), not e), image)
        yield "avg_pool2d_more", [3, 2, 1, ceil, 1, 5], lambda x, c=ceil: F.avg_pool2d(x, 3, 2, 1, bool(c), False, 5), image


def embedding_cases(coarse):
    index = torch.tensor([[0.0, 1, 3, 2, 1], [1, 3, 0, 0, 2]]).double()
    for name, width in (("embedding_padding", 3), ("embedding_with_padding", 2)):
        for row in (0, -3):
            p = {"weight": coarse((4, width), -1, 1)}
            yield name, [row], lambda x, t, p, row=row: F.embedding(x.detach().long(), p["weight"], padding_idx=row) + 0 * x[..., None], index, None, p


def reduced(value, weight, reduction):
    return [torch.mean, torch.sum, lambda v: v][reduction](value if weight is None else value * weight)


def loss_cases(coarse):
    """args: reduction (mean, sum, none), how many weights or 0. Targets are made of x, too."""
    x, three, four = coarse((2, 3), -2, 2) + 1 / 64, torch.arange(1, 4).double(), torch.arange(1, 5).double()
    pos, none = torch.arange(2, 5).double(), {"reduction": "none"}
    values = {"mse_loss": lambda x: F.mse_loss(x, x.cos(), **none), "l1_loss": lambda x: F.l1_loss(x, x.cos(), **none),
              "huber_loss": lambda x: F.huber_loss(x, x.cos(), delta=0.7, **none), "smooth_l1_loss": lambda x: F.smooth_l1_loss(x, x.cos(), beta=0.7, **none),
              "bce_loss": lambda x: -(x.cos() ** 2 * F.logsigmoid(x) + (1 - x.cos() ** 2) * F.logsigmoid(-x)),
              "bce_with_logits_loss": lambda x: F.binary_cross_entropy_with_logits(x, x.cos() ** 2, **none),
              "bce_with_logits_loss_with": lambda x: F.binary_cross_entropy_with_logits(x, x.cos() ** 2, pos_weight=pos, **none),
              "kl_div_loss": lambda x: F.kl_div(F.log_softmax(x, -1), x.sigmoid(), **none),
              "poisson_nll_loss": lambda x: F.poisson_nll_loss(x * x, x.cos() ** 2, log_input=False, full=True, eps=0.25, **none),
              "hinge_embedding_loss": lambda x: F.hinge_embedding_loss(x, x.sign(), margin=0.5, **none),
              "margin_ranking_loss": lambda x: F.margin_ranking_loss(x, x.cos(), x.sign(), margin=0.25, **none)}
    for name, f in values.items():
        for reduction, weights in ((0, 3), (1, 0), (2, 3)):
            yield f"{name}_more", [reduction, weights], lambda x, f=f, r=reduction, w=weights: reduced(f(x), three if w else None, r), x
    for full in (0, 1):
        for reduction, weights in ((0, 3), (1, 0), (2, 3)):
            yield "gaussian_nll_loss_more", [reduction, weights, full], lambda x, r=reduction, w=weights, full=full: reduced(
                F.gaussian_nll_loss(x, x.cos(), (x[:, :1] ** 2).expand_as(x), full=bool(full), eps=0.25, **none), three if w else None, r), x
    for reduction in (1, 2):
        yield "cosine_embedding_loss_more", [reduction, 0], lambda x, r=reduction: reduced(F.cosine_embedding_loss(x, x.cos(), x[:, 0].sign(), margin=0.25, **none), None, r), x
    labels = torch.cat([coarse((4, 4), -2, 2), torch.tensor([[3.0], [0], [1], [2]]).double()], 1)
    for reduction, how in enumerate(("mean", "sum", "none")):
        for weights in (0, 4):
            w = four if weights else None
            yield "cross_entropy_loss_more", [reduction, weights], lambda x, w=w, how=how: F.cross_entropy(x[:, :4], x[:, 4].long(), w, reduction=how), labels
            yield "nll_loss_more", [reduction, weights], lambda x, w=w, how=how: F.nll_loss(x[:, :4], x[:, 4].long(), w, reduction=how), labels
            yield "cross_entropy_loss_with_more", [reduction, weights], lambda x, w=w, how=how: F.cross_entropy(
                x[:, :4], x[:, 4].long(), w, ignore_index=1, label_smoothing=0.2, reduction=how), labels
            yield "nll_loss_with_more", [reduction, weights], lambda x, w=w, how=how: F.nll_loss(x[:, :4], x[:, 4].long(), w, ignore_index=1, reduction=how), labels
    places = torch.cat([coarse((2, 3, 2), -2, 2), torch.tensor([[[2.0, 0]], [[1, 1]]]).double()], 1)
    for reduction, weights in ((0, 0), (0, 3), (2, 0)):
        yield "cross_entropy_places", [reduction, weights], lambda x, r=reduction, w=weights: F.cross_entropy(
            x[:, :3], x[:, 3].long(), three if w else None, reduction=("mean", "sum", "none")[r]), places


def norm_cases(coarse):
    image, rows = coarse((2, 4, 3, 1), -2, 2), coarse((2, 3, 4), -2, 2)

    def named(shape, bias=True):
        return {"weight": coarse(shape, -1, 1)} | ({"bias": coarse(shape, -1, 1)} if bias else {})

    def batch_norm(x, p, eps, momentum, running):
        return F.batch_norm(x, p["running_mean"] if running else None, p["running_var"] if running else None, p.get("weight"), p.get("bias"), True, momentum, eps)

    kept = {"running_mean": coarse((4,), -1, 1), "running_var": coarse((4,), 0.5, 2)}
    yield "batch_norm_more", [1e-3, 0.25, 0, 0, 1, 0], lambda x, t, p: batch_norm(x, p, 1e-3, 0.25, True), image, None, named((4,), False) | kept
    yield "batch_norm_more", [0, 0, 0, 1, 0, 1], lambda x, t: F.batch_norm(x, None, None, training=True), image, None
    yield "batch_norm_more", [0, 0, 0, 0, 0, 1], lambda x, t, p: batch_norm(x, p, 1e-5, 0.1, False), image, None, named((4,))
    def cumulative(x, t, p):
        p["num_batches_tracked"] += 1
        return batch_norm(x, p, 1e-5, 1 / p["num_batches_tracked"].item(), True)

    yield "batch_norm_more", [0, 0, 1, 0, 0, 0], cumulative, image, None, named((4,)) | kept | {"num_batches_tracked": torch.tensor(3.0).double()}
    for axes, eps, bare, no_bias in ((1, 0.125, 0, 0), (2, 0, 1, 0), (2, 1e-3, 0, 1)):
        p = {} if bare else named(rows.shape[3 - axes:], not no_bias)
        yield ("layer_norm_more", [axes, eps, bare, no_bias],
               lambda x, t, p={}, a=axes, e=eps: F.layer_norm(x, x.shape[3 - a:], p.get("weight"), p.get("bias"), e or 1e-5), rows, None, *([p] if p else []))
        p = {} if bare else named((4,), not no_bias)
        yield ("group_norm_more", [axes, eps, bare, no_bias],
               lambda x, t, p={}, g=axes, e=eps: F.group_norm(x, g, p.get("weight"), p.get("bias"), e or 1e-5), image, None, *([p] if p else []))
        p = {} if bare else named(rows.shape[3 - axes:], False)
        yield ("rms_norm_more", [axes, eps, bare],
               lambda x, t, p={}, a=axes, e=eps: F.rms_norm(x, x.shape[3 - a:], p.get("weight"), e or None), rows, None, *([p] if p else []))
    yield "instance_norm_more", [0.125, 1], lambda x, t, p: F.instance_norm(x, weight=p["weight"], bias=p["bias"], eps=0.125), image, None, named((4,))
    yield "instance_norm_more", [1e-3, 0], lambda x, t: F.instance_norm(x, eps=1e-3), image, None
    p = {"v": coarse((2, 4), -1, 1) + 1 / 64, "g": coarse((), 0.5, 1.5)}
    yield "weight_norm_whole", [], lambda x, t, p: F.linear(x, p["v"] * p["g"] / p["v"].norm()), rows, None, p
    yield "linear_no_bias", [], lambda x, t, p: F.linear(x, p["weight"]), rows, None, {"weight": coarse((2, 4), -1, 1)}


def layer_cases(coarse):
    """args: same, padding, padding_mode (zeros, reflect, replicate, circular), dilation, no_bias."""
    line, image, rows = coarse((2, 2, 5), -2, 2), coarse((2, 2, 4, 3), -2, 2), coarse((2, 3, 4), -2, 2)
    modes = "zeros reflect replicate circular".split()
    for name, layer, kernel, x in (("conv1d", torch.nn.Conv1d, 3, line), ("conv2d", torch.nn.Conv2d, 2, image), ("conv3d", torch.nn.Conv3d, 2, image)):
        channels = 1 if name == "conv3d" else 2
        for same, padding, mode, dilation, no_bias in ((1, 0, 0, 1, 0), (1, 0, 0, 2, 1), (0, 1, 1, 1, 0), (0, 1, 2, 1, 1), (0, 1, 3, 1, 0), (1, 0, 3, 1, 0)):
            if name == "conv3d" and mode == 1:
                continue                        # torch has no reflection of volumes of batches in double
            f = layer(channels, 2, kernel, padding="same" if same else padding, dilation=dilation, bias=not no_bias, padding_mode=modes[mode]).double()
            p = {k: coarse(tuple(v.shape), -1, 1) for k, v in f.named_parameters()}
            yield (f"{name}_more", [same, padding, mode, dilation, no_bias],
                   lambda x, t, p, f=f, v=name == "conv3d": torch.func.functional_call(f, p, (x[:, None] if v else x,)), x, None, p)

    def named(weight, bias=None):
        return {"weight": coarse(weight, -1, 1)} | ({"bias": coarse(bias, -1, 1)} if bias else {})

    yield "conv2d_with_more", [], lambda x, t, p: F.conv2d(x, p["weight"], padding="same"), image, None, named((2, 2, 2, 3))
    yield "conv_transpose1d_with", [], lambda x, t, p: F.conv_transpose1d(x, p["weight"], p["bias"], 2, 0, 1), line, None, named((2, 3, 2), (3,))
    yield ("conv_transpose2d_with", [], lambda x, t, p: F.conv_transpose2d(x, p["weight"], p["bias"], (2, 3), 0, (1, 2), 2), image, None, named((2, 1, 2, 2), (2,)))
    yield "conv_transpose3d_with", [], lambda x, t, p: F.conv_transpose3d(x[:, None], p["weight"]), image, None, named((1, 2, 2, 1, 2))

    padding = lambda x: x.sum(2) > 0.5
    for cross, causal, no_bias, padded in ((0, 0, 1, 0), (0, 1, 0, 1), (1, 0, 0, 0), (1, 0, 1, 1)):
        f = torch.nn.MultiheadAttention(4, 2, bias=not no_bias, kdim=8 if cross else None, vdim=4 if cross else None, batch_first=True).double()
        order = [k for k, _ in f.named_parameters()]
        names = [k for k in ("q_proj_weight", "k_proj_weight", "v_proj_weight", "in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias") if k in order]
        p = {k.replace(".", "_"): coarse(tuple(dict(f.named_parameters())[k].shape), -1, 1) for k in names}
        yield ("multi_head_attention_more", [cross, causal, no_bias, padded], lambda x, t, p, f=f, names=names, cross=cross, causal=causal, padded=padded: torch.func.functional_call(
            f, {k: p[k.replace(".", "_")] for k in names}, (x, torch.cat([x, x.sin()], 2) if cross else x, x.cos() if cross else x),
            {"need_weights": False, "attn_mask": torch.triu(torch.ones(3, 3, dtype=torch.bool), 1) if causal else None, "key_padding_mask": padding(x) if padded else None})[0],
            ATTENDED, None, p)


# One key of the first sample and two of the second are padding, never the first.
ATTENDED = torch.tensor([[[0.5, -1, 0.25, -1.5], [1, -0.5, 0.5, 0.75], [-1, 0.5, -0.25, 0]], [[-0.75, 0.5, 0, -1], [1.5, -0.5, 0.25, 0], [0, 1, 0.5, -0.25]]]).double()


def rest_cases(coarse):
    x, image, line = coarse((2, 3, 4), -2, 2) + 1 / 64, coarse((2, 2, 3, 5), -2, 2), coarse((2, 2, 5), -2, 2)
    inf = float("inf")
    yield "circular_pad", [1, 2, 3, 0], lambda x: F.pad(x[:, None], (1, 2, 3, 0), mode="circular")[:, 0], x
    yield "split_of", [], lambda x: (x[..., :1] + x[..., 3:]) * x[..., 1:3], x
    yield "slice_step", [2, 1, 0, 2], lambda x: x[:, :, 1::2], x
    yield "slice_step", [2, 0, -1, 3], lambda x: x[:, :, 0:-1:3], x
    for axis in (1, -1):
        yield "cumsum_axis", [axis], lambda x, a=axis: torch.cumsum(x, a), x
    yield "max_axes", [1], lambda x: x.amax((1, 2), True), x
    yield "min_axes", [0], lambda x: x.amin((0, 2)), x
    for correction, keep in ((1, 0), (0, 1)):
        yield "var_axes", [correction, keep], lambda x, c=correction, k=keep: x.var((1, 2), correction=c, keepdim=bool(k)), x
        yield "std_axes", [correction, keep], lambda x, c=correction, k=keep: x.std((1, 2), correction=c, keepdim=bool(k)), x
    for code, p in ((2, 2), (99, inf), (-99, -inf), (0, 0), (-2, -2)):
        yield "norm_axes", [code, 1], lambda x, p=p: torch.linalg.vector_norm(x, p, (1, 2), True) + (0 * x.sum() if p == 0 else 0), x
    for rows, columns, align in ((4, 7, 0), (2, 9, 1), (3, 2, 0)):
        yield "upsample_bilinear_to", [rows, columns, align], lambda x, s=(rows, columns), a=align: F.interpolate(x, s, mode="bilinear", align_corners=bool(a)), image
        yield "upsample_nearest_to", [rows, columns], lambda x, s=(rows, columns): F.interpolate(x, s, mode="nearest"), image
    for scale, align in ((2, 0), (3, 1)):
        yield "upsample_linear", [scale, align], lambda x, s=scale, a=align: F.interpolate(x, scale_factor=s, mode="linear", align_corners=bool(a)), line
    for causal, scale in ((0, 0.25), (1, 0)):
        def attention(x, causal=causal, scale=scale):
            mask = torch.arange(3).double().expand(3, 3)
            mask = mask.masked_fill(torch.triu(torch.ones(3, 3, dtype=torch.bool), 1), -inf) if causal else mask
            return F.scaled_dot_product_attention(x, x.sin(), x * x, attn_mask=mask, scale=scale or None)
        yield "attention_more", [causal, scale], attention, x
    yield "attention_dropout", [0.25], lambda x: dropped(F.softmax(x @ x.sin().transpose(1, 2) / 2, -1), (x.shape[0], 3, 3), 0.25) @ (x * x), x


def option_cases(coarse):
    for name, args, compute, x in pool_cases(coarse):
        yield name, args, lambda x, t, compute=compute: compute(x), x, None
    yield from embedding_cases(coarse)
    for name, args, compute, x in loss_cases(coarse):
        yield name, args, lambda x, t, compute=compute: compute(x), x, None
    yield from norm_cases(coarse)
    yield from layer_cases(coarse)
    for name, args, compute, x in rest_cases(coarse):
        yield name, args, lambda x, t, compute=compute: compute(x), x, None
