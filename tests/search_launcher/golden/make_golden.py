"""make_golden.py: writes bounds.txt beside it: group-sequential bounds by another road than stats_bounds.c takes: probabilities of the joint
normal distribution of all looks, with SciPy's quadrature where there are two looks, and Gauss and Legendre's for more. Needs SciPy; the
tests only read bounds.txt.  python3 make_golden.py"""
from math import sqrt
from pathlib import Path

import numpy as np
import scipy
from scipy import integrate, optimize, stats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)


def spent(alpha, t):
    """Lan and DeMets 1983, O'Brien and Fleming's kind, half of alpha on each side."""
    return 4 * stats.norm.sf(stats.norm.isf(alpha / 4) / sqrt(t))


def bounds(t, alpha):
    z = [stats.norm.isf(spent(alpha, t[0]) / 2)]
    inside, density = None, None
    for k in range(1, len(t)):
        end = min(z[-1], 9) * sqrt(t[k - 1])
        at, weights = end * NODES, end * WEIGHTS
        if density is None:
            now = stats.norm.pdf(at, scale=sqrt(t[0]))
        else:
            now = (density * stats.norm.pdf(at[:, None] - inside[None, :], scale=sqrt(t[k - 1] - t[k - 2]))).sum(axis=1)
        inside, density = at, now * weights
        s = sqrt(t[k] - t[k - 1])
        wanted = (spent(alpha, t[k]) - spent(alpha, t[k - 1])) / 2
        b = optimize.brentq(lambda b: np.log((density * stats.norm.sf((b - inside) / s)).sum()) - np.log(wanted), 0.1, 12, xtol=1e-13)
        z.append(b / sqrt(t[k]))
    return z


def crossing_of_two(t, z):
    """How often the second bound is crossed and the first is not, without the recursion."""
    rho = sqrt(t[0] / t[1])
    inner = lambda x: stats.norm.pdf(x) * (stats.norm.sf((z[1] - rho * x) / sqrt(1 - rho ** 2)) + stats.norm.cdf((-z[1] - rho * x) / sqrt(1 - rho ** 2)))
    return integrate.quad(inner, -z[0], z[0], epsabs=1e-13)[0]


lines = [f"# SciPy {scipy.__version__}, NumPy {np.__version__}; written by make_golden.py", "# alpha, looks, their shares, their bounds"]
for alpha in (0.05, 0.01, 0.05 / 276, 1e-6):
    for t in ([1], [0.5, 1], [1 / 3, 2 / 3, 1], [0.2, 0.6, 1], [0.25, 0.5, 0.75, 1], [0.2, 0.4, 0.6, 0.8, 1], [0.4, 0.47, 0.9, 1], [i / 10 for i in range(1, 11)]):
        if alpha < 1e-5 and t[0] < 0.2:
            continue
        z = bounds(t, alpha)
        if len(t) == 2:
            assert abs(crossing_of_two(t, z) / (alpha - spent(alpha, t[0])) - 1) < 1e-6
        lines.append(" ".join([repr(alpha), str(len(t)), *map(repr, t), *("%.10g" % v for v in z)]))
(Path(__file__).parent / "bounds.txt").write_text("\n".join(lines) + "\n")
