"""Weights that trainings start from, by a formula: golden_trainings.py and run_trainings.py make the same numbers, so that none are kept."""


def mixed(e, k):
    """-1 to 1 in steps of 1 / 1024."""
    h = (e * 2654435761 + k * 40503 * 65537 + 12345) & 0xffffffff
    h = (h ^ h >> 15) * 0x846ca68b & 0xffffffff
    return ((h ^ h >> 16) % 2049 - 1024) / 1024


def length(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def initial(name, shape, k):
    """The numbers of tensor number k."""
    numbers = [mixed(e, k) for e in range(length(shape))]
    if name.endswith("running_mean") or name.endswith("running_var"):
        return [1.0 if name.endswith("var") else 0.0] * len(numbers)
    if len(shape) == 1:
        return [u / 8 + (1 if name.endswith("weight") else 0) for u in numbers]
    bits = next(b for b in range(1, 9) if 4 ** b >= length(shape[1:]))
    return [u / 2 ** (bits - 1) for u in numbers]


def digest(values):
    """One number that depends on all."""
    return sum(v * mixed(e, 99) for e, v in enumerate(values))
