"""stats_golden.py: the numbers that test_stats.c expects, from Python's statistics module, the formulas of the textbooks, and SciPy
(1.11 or later; the tests do not need it)."""
import statistics

import scipy.stats

VALUES = [0.31, 0.27, 0.45, 0.29, 0.33, 1.2, 0.35, 0.28]


def main():
    v, n = sorted(VALUES), len(VALUES)
    sd = statistics.stdev(v)
    low, middle, high = statistics.quantiles(v, n=4, method="inclusive")
    h = 0.9 * min(sd, (high - low) / 1.34) * n ** -0.2
    kernel = statistics.NormalDist(0, h)
    print(f"mean {statistics.mean(v):.15g}\nsd {sd:.15g}\nquartiles {low:.15g} {middle:.15g} {high:.15g}\nbandwidth {h:.15g}")
    for i in range(5):
        at = 0.2 + 0.3 * i
        print(f"density {at:.15g}: {sum(kernel.pdf(at - x) for x in v) / n:.15g}")
    print("the same by SciPy:", *(f"{d:.15g}" for d in scipy.stats.gaussian_kde(v, bw_method=h / sd)([0.2, 0.5, 0.8, 1.1, 1.4])))
    rank()
    shares()


# Accuracies of four models on six data sets; one tie.
BLOCKS = [[0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967], [0.628, 0.661, 0.654, 0.657],
          [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.936, 0.940]]


def rank():
    test = scipy.stats.friedmanchisquare(*zip(*BLOCKS))
    ranks = [scipy.stats.rankdata(row) for row in BLOCKS]
    print("mean ranks", *(f"{sum(r[j] for r in ranks) / len(ranks):.15g}" for j in range(4)))
    print(f"friedman {test.statistic:.15g} p {test.pvalue:.15g}")
    for x, k in ((0.1, 1), (3.84, 1), (2.5, 3), (30, 3), (100, 5), (0.001, 9), (20, 39)):
        print(f"chi2 tail {x} {k}: {scipy.stats.chi2.sf(x, k):.15g}")
    infinite = float("inf")
    for k in (2, 3, 5, 10, 20, 40):
        print(f"range {k}: quantile {scipy.stats.studentized_range.ppf(0.95, k, infinite):.9g} cdf(3) {scipy.stats.studentized_range.cdf(3, k, infinite):.12g}")


def share(y, group):
    """1 - (SSW / (n - k)) / (SST / (n - 1)), which is the adjusted R squared of the group means."""
    groups = {g: [v for v, h in zip(y, group) if h == g] for g in group}
    within = sum((v - statistics.fmean(m)) ** 2 for m in groups.values() for v in m)
    total = sum((v - statistics.fmean(y)) ** 2 for v in y)
    return 1 - within / (len(y) - len(groups)) / (total / (len(y) - 1))


def shares():
    """Two parameters a and b crossed, two seeds: y as in test_stats.c."""
    y = [1.0, 1.2, 2.1, 1.9, 3.2, 2.8, 1.1, 0.9, 4.0, 4.2, 2.2, 1.8]
    a = [i // 4 for i in range(12)]
    b = [i // 2 % 2 for i in range(12)]
    cells = [10 * p + q for p, q in zip(a, b)]
    for name, group in (("a", a), ("b", b), ("both", cells)):
        print(f"share {name} {share(y, group):.15g}")
    f = scipy.stats.f_oneway(*([v for v, g in zip(y, a) if g == k] for k in range(3)))
    print(f"share a from SciPy's F: {1 - 11 / (9 + 2 * f.statistic):.15g}")


if __name__ == "__main__":
    main()
