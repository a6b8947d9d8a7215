"""make_golden.py: writes stats.txt beside it: what SciPy says of samples that it draws. Needs SciPy; the tests only read stats.txt.
Run it again after a change of the cases:  python3 make_golden.py"""
import math
from pathlib import Path

import numpy as np
import scipy
from scipy import special, stats

MASK = (1 << 64) - 1
random = np.random.default_rng(7)
lines = [f"# SciPy {scipy.__version__}, NumPy {np.__version__}; written by make_golden.py"]


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


class Draws(np.random.Generator):
    """Gives SciPy's bootstrap the draws of stats.c, so that the intervals can be compared to the last digits."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(0))
        self.key, self.counter = mix(seed), 0

    def integers(self, low, high=None, size=None, **_):
        n, count = (low, int(np.prod(size))) if high is None else (high, int(np.prod(size)))
        out = [(mix((self.key + (self.counter + i + 1) * 0x9E3779B97F4A7C15) & MASK) * n) >> 64 for i in range(count)]
        self.counter += count
        return np.array(out).reshape(size)


def numbers(values):
    return " ".join(repr(float(v)) for v in values)


def sample(name, values):
    lines.append(f"sample {name} {len(values)} {numbers(values)}")
    return name, np.asarray(values, float)


def add(kind, names, *values):
    lines.append(" ".join([kind, *names, numbers(values)]))


def summary(s):
    name, x = s
    add("summary", [name], np.mean(x), np.std(x, ddof=1), np.median(x))


def signed(s):
    """The exact p by SciPy's own counting, or over all signs where values tie; the normal one beyond 50."""
    name, d = s
    size = np.abs(d[d != 0])
    plain = len(size) == len(d) and len(np.unique(size)) == len(d)
    method = "asymptotic" if len(size) > 50 else "exact" if plain else stats.PermutationMethod(n_resamples=np.inf)
    p = stats.wilcoxon(d, zero_method="pratt", correction=True, method=method).pvalue
    ranks = stats.rankdata(np.abs(d))
    plus, minus = ranks[d > 0].sum(), ranks[d < 0].sum()
    sums = [d[i] + d[k] for i in range(len(d)) for k in range(i + 1, len(d))]
    add("signed", [name], plus, p, (plus - minus) / (plus + minus), np.mean([(v > 0) + (v == 0) / 2 for v in sums]))


def ranksum(s, t):
    (a, x), (b, y) = s, t
    plain = len(np.unique(np.concatenate([x, y]))) == len(x) + len(y)
    method = "asymptotic" if len(x) + len(y) > 60 else "exact" if plain else stats.PermutationMethod(n_resamples=np.inf)
    result = stats.mannwhitneyu(x, y, method=method)
    delta = np.mean([(v > w) * 1.0 - (v < w) for v in x for w in y])
    add("ranksum", [a, b], result.statistic, result.pvalue, delta)
    v = len(x) + len(y) - 2
    pooled = math.sqrt(((len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)) / v)
    add("hedges", [a, b], math.exp(special.gammaln(v / 2) - special.gammaln((v - 1) / 2)) / math.sqrt(v / 2) * (x.mean() - y.mean()) / pooled)


def bootstrap(resamples, seed, s, t=None):
    data = (s[1],) if t is None else (s[1], t[1])
    scale = max(np.abs(x).max() for x in data)

    def statistic(x, y=None, axis=-1):
        """Rounded, so that a resample of all the values ties with the sample."""
        difference = np.mean(x, axis=axis) - (0 if y is None else np.mean(y, axis=axis))
        return np.round(difference / scale, 13) * scale
    data = tuple(np.sort(x) for x in data)
    ci = stats.bootstrap(data, statistic, vectorized=True, n_resamples=resamples, method="BCa", rng=Draws(seed)).confidence_interval
    add("bootstrap", [s[0], t[0] if t else "-"], resamples, seed, ci.low, ci.high)


def welch(s, t=None):
    name, x = s
    if t is None:
        ci = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    else:
        ci = stats.ttest_ind(x, t[1], equal_var=False).confidence_interval(0.95)
    add("welch", [name, t[0] if t else "-"], ci.low, ci.high)


def holm(p):
    order, adjusted, largest = np.argsort(p), [0] * len(p), 0
    for rank, at in enumerate(order):
        largest = max(largest, min(1, (len(p) - rank) * p[at]))
        adjusted[at] = largest
    lines.append(f"holm {len(p)} {numbers(p)} {numbers(adjusted)}")


def main():
    for z in (-37, -8, -3.3, -1.96, -0.5, -1e-9, 0, 0.1, 2.5, 6, 8):
        add("cdf", [], z, special.ndtr(z))
    for p in (1e-300, 1e-17, 1e-5, 0.001, 0.025, 0.3, 0.4999, 0.5, 0.8, 0.975, 0.999999):
        add("quantile", [], p, special.ndtri(p))
    small = [sample(f"normal{n}", random.normal(0.3, 1, n)) for n in (2, 3, 4, 5, 8, 12, 20, 31, 50)]
    loss = [sample(f"loss{n}", 1e-11 * random.lognormal(1, 1, n)) for n in (4, 7, 8, 16, 24)]
    tied = [sample(f"tied{n}", random.integers(-3, 4, n) / 2) for n in (4, 6, 9, 12)]
    large = [sample(f"large{n}", random.normal(0.2, 1, n)) for n in (51, 70, 120)]
    rough = [sample(f"rough{n}", random.integers(-4, 6, n)) for n in (80, 150)]
    huge = [sample(f"huge{n}", random.normal(1, 3, n).round(3)) for n in (600, 1100)]
    for s in small + loss + tied + large + rough:
        summary(s)
    for s in small + tied + large + rough:
        signed(s)
    pairs = [(x, y) for x in small[:7] for y in small[:7] if x is not y]
    pairs += [(x, y) for x in loss for y in loss if x is not y] + [(tied[0], tied[1]), (tied[1], tied[2]), (tied[2], tied[1]), (tied[1], tied[3])]
    pairs += [(large[0], large[1]), (large[2], small[3]), (rough[0], rough[1]), (rough[1], tied[3])]
    for x, y in pairs:
        ranksum(x, y)
    for s in small[1:] + loss + tied + large:
        bootstrap(999, 1, s)
    bootstrap(9999, 42, loss[2])
    bootstrap(2000, 3, loss[0], loss[3])
    bootstrap(1999, 1, small[4], small[6])
    bootstrap(999, 5, tied[2], small[3])
    welch(huge[1])
    welch(huge[0], huge[1])
    welch(huge[1], large[2])
    holm([0.01, 0.04, 0.03, 0.005])
    holm([0.5, 0.5, 0.9])
    holm(list(random.uniform(0, 0.2, 15)))
    Path(__file__).with_name("stats.txt").write_text("\n".join(lines) + "\n")


main()
