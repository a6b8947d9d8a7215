"""Cases of golden_torch.py: what functions may be told beside what they need. They come last, so that the numbers drawn for the others stay."""
import torch
import torch.nn.functional as F


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


def option_cases(coarse):
    for name, args, compute, x in pool_cases(coarse):
        yield name, args, lambda x, t, compute=compute: compute(x), x, None
    yield from embedding_cases(coarse)
    for name, args, compute, x in loss_cases(coarse):
        yield name, args, lambda x, t, compute=compute: compute(x), x, None
    yield from norm_cases(coarse)
