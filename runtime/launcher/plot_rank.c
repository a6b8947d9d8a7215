/* plot_rank.c: ranks within blocks, and what they say. doc/plots.md gives the formulas; the tests compare with SciPy. */
#include "plot_rank.h"

#include "launcher.h"
#include "stats.h"

#include <math.h>
#include <stdlib.h>

struct ranked { double v; int at; };

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return (x->v > y->v) - (x->v < y->v);
}

double friedman(const double *values, int blocks, int k, bool larger, double *ranks)
{
	struct ranked *row = need(malloc(((size_t)k + 1) * sizeof *row));
	double ties = 0, squares = 0, n = blocks;
	for (int j = 0; j < k; j++)
		ranks[j] = 0;
	for (int b = 0; b < blocks; b++) {
		for (int j = 0; j < k; j++)
			row[j] = (struct ranked){(larger ? -1 : 1) * values[(size_t)b * (size_t)k + (size_t)j], j};
		qsort(row, (size_t)k, sizeof *row, by_value);
		for (int i = 0, end; i < k; i = end) {
			for (end = i + 1; end < k && row[end].v == row[i].v; end++)
				;
			double t = end - i;
			ties += t * t * t - t;
			for (int j = i; j < end; j++)
				ranks[row[j].at] += (i + 1 + end) / 2.0;
		}
	}
	for (int j = 0; j < k; j++) {
		squares += ranks[j] * ranks[j];
		ranks[j] /= n;
	}
	free(row);
	double correction = 1 - ties / (n * k * ((double)k * k - 1));
	return correction > 1e-12 ? (12 / (n * k * (k + 1)) * squares - 3 * n * (k + 1)) / correction : NAN;
}

/* The regularised incomplete gamma function: its series below a + 1, its continued fraction above (Lentz). */
double chi_square_tail(double x, int freedom)
{
	double a = freedom / 2.0, y = x / 2, front;
	if (!(y > 0))
		return isnan(y) ? NAN : 1;
	front = exp(a * log(y) - y - lgamma(a));
	if (y < a + 1) {
		double sum = 1 / a, term = sum;
		for (int i = 1; i < 10000 && term > sum * 1e-17; i++)
			sum += term *= y / (a + i);
		return 1 - front * sum;
	}
	double b = y + 1 - a, c = 1e300, d = 1 / b, h = d;
	for (int i = 1; i < 10000; i++) {
		double an = -i * (i - a), step;
		b += 2;
		d = 1 / (an * d + b);
		c = b + an / c;
		h *= step = c * d;
		if (fabs(step - 1) < 1e-16)
			break;
	}
	return front * h;
}

/* k ∫ φ(z) (Φ(z) - Φ(z - q))^(k - 1) dz, by Simpson's rule. */
double range_cdf(double q, int k)
{
	enum { STEPS = 2000 };
	double low = -9, high = 9, step = (high - low) / STEPS, sum = 0;
	if (!(q > 0))
		return 0;
	for (int i = 0; i <= STEPS; i++) {
		double z = low + i * step, f = exp(-z * z / 2) * pow(normal_cdf(z) - normal_cdf(z - q), k - 1);
		sum += f * (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2);
	}
	return k * sum * step / 3 / sqrt(2 * M_PI);
}

double range_quantile(double p, int k)
{
	double low = 0, high = 30;
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;
		if (range_cdf(middle, k) < p)
			low = middle;
		else
			high = middle;
	}
	return high;
}

double critical_difference(int blocks, int k)
{
	return range_quantile(0.95, k) / sqrt(2) * sqrt(k * (k + 1.0) / (6.0 * blocks));
}
