"""make_sobol.py > sobol.txt: points of SciPy's Sobol sequence, not scrambled, as fractions of 2^32: a line a dimension, with the points below.
Needs SciPy; the test only reads what it wrote."""
from scipy.stats import qmc

POINTS = (1, 2, 3, 4, 5, 6, 7, 8, 100, 1023)

points = qmc.Sobol(128, scramble=False, bits=32).random(1024)
for dimension in range(128):
    print(*(int(points[i, dimension] * 2**32) for i in POINTS))
