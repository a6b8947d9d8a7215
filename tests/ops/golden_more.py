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


def further_cases(coarse):
    yield from whole_cases(coarse)
    yield from einsum_cases(coarse)
