"""stats_golden.py: the numbers that test_stats.c expects, from Python's statistics module and the formulas of the textbooks."""
import math
import statistics

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


if __name__ == "__main__":
    main()
