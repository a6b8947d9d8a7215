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


def option_cases(coarse):
    for name, args, compute, x in pool_cases(coarse):
        yield name, args, lambda x, t, compute=compute: compute(x), x, None
    for cases in (embedding_cases,):
        yield from cases(coarse)
