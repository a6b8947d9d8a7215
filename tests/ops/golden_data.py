"""The data of golden/golden.c in plain Python: its first samples, so that run_trainings.py needs no PyTorch."""
import struct


def rounded(x):
    """As a float of C."""
    return struct.unpack("f", struct.pack("f", x))[0]


def formula(i, j, salt):
    return rounded(((i * 7919 + j * 104729 + salt * 1299709) % 1000) / 1000)


def sample(name, i):
    """Inputs and targets of sample i."""
    if name == "tutorial":
        x = [float(formula(i, j, 1) > 0.5) for j in range(2)]
        return x, [min(sum(x), 1.0)]
    if name == "flowers":
        x = [formula(i, j, 2) for j in range(4)]
        return x, [float(int(min((x[0] + x[1] * x[2]) * 2, 2.99)))]
    if name == "pictures":
        return [formula(i, j, 3) for j in range(36)], [float(i * 7 % 3)]
    if name == "words":
        w = [float(int(formula(i, j, 6) * 6.99)) for j in range(6)]
        return w[:5], w[1:]
    y = [formula(i, j, 5) for j in range(2)]
    return [rounded(formula(i, j, 4) - 0.5) for j in range(20)], [float(v > 0.5) for v in y] if name == "bits" else y


def first_batch(name):
    """All inputs of a batch, then all its targets, one after the other."""
    samples = [sample(name, i) for i in range(1 if name == "tutorial" else 16)]
    return [v for x, _ in samples for v in x] + [v for _, y in samples for v in y]
