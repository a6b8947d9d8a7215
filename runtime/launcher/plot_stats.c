/* plot_stats.c: means, quantiles, kernel densities: what is drawn beside the values themselves. No statistic that decides. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

struct moments moments_of(const double *v, int n)
{
	struct moments m = {.n = n, .low = n ? v[0] : NAN, .high = n ? v[0] : NAN, .mean = NAN};
	double sum = 0, squares = 0;
	for (int i = 0; i < n; i++) {
		sum += v[i];
		m.low = fmin(m.low, v[i]);
		m.high = fmax(m.high, v[i]);
	}
	if (n)
		m.mean = sum / n;
	for (int i = 0; i < n; i++)
		squares += (v[i] - m.mean) * (v[i] - m.mean);
	m.sd = n > 1 ? sqrt(squares / (n - 1)) : 0;
	return m;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void sort_reals(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, compare);
}

double quantile(const double *sorted, int n, double q)
{
	double at = q * (n - 1);
	int low = (int)floor(at);
	if (n < 1)
		return NAN;
	if (low >= n - 1)
		return sorted[n - 1];
	return sorted[low] + (at - low) * (sorted[low + 1] - sorted[low]);
}

struct box box_of(const double *sorted, int n)
{
	struct box b = {NAN, quantile(sorted, n, 0.25), quantile(sorted, n, 0.5), quantile(sorted, n, 0.75), NAN};
	double reach = 1.5 * (b.third - b.first);
	for (int i = 0; i < n; i++) {
		if (isnan(b.low) && sorted[i] >= b.first - reach)
			b.low = sorted[i];
		if (sorted[i] <= b.third + reach)
			b.high = sorted[i];
	}
	return b;
}

enum { FEW = 5 };                                          /* so many runs have quartiles */

void band_of(double *v, int n, double out[3])
{
	int k = 0;
	for (int i = 0; i < n; i++)
		if (isfinite(v[i]))
			v[k++] = v[i];
	sort_reals(v, k);
	out[0] = k < FEW ? quantile(v, k, 0) : quantile(v, k, 0.25);
	out[1] = quantile(v, k, 0.5);
	out[2] = k < FEW ? quantile(v, k, 1) : quantile(v, k, 0.75);
}

/* Silverman's rule of thumb: 0.9 min(sd, IQR / 1.34) n^(-1/5); the quartiles keep one outlier from flattening all. */
double bandwidth(const double *sorted, int n)
{
	double sd = moments_of(sorted, n).sd, iqr = (quantile(sorted, n, 0.75) - quantile(sorted, n, 0.25)) / 1.34;
	if (n < 2 || !(sd > 0))
		return 0;
	return 0.9 * (iqr > 0 ? fmin(sd, iqr) : sd) * pow(n, -0.2);
}

void density(const double *sorted, int n, double width, double from, double to, double *out, int points)
{
	const double unit = 1 / (n * width * sqrt(2 * M_PI));
	for (int i = 0; i < points; i++) {
		double at = from + (to - from) * i / (points - 1), sum = 0;
		for (int k = 0; k < n; k++) {
			double z = (at - sorted[k]) / width;
			sum += exp(-0.5 * z * z);
		}
		out[i] = sum * unit;
	}
}

struct place_xy { double x, y; int at; };

static int by_place(const void *a, const void *b)
{
	const struct place_xy *p = a, *q = b;
	if (p->x != q->x)
		return (p->x > q->x) - (p->x < q->x);
	return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : p->at - q->at;
}

int pareto_front(const double *x, const double *y, int n, bool larger, int *out)
{
	struct place_xy *sorted = need(malloc(((size_t)n + 1) * sizeof *sorted));
	int count = 0, m = 0;
	for (int i = 0; i < n; i++)
		if (isfinite(x[i]) && isfinite(y[i]))
			sorted[m++] = (struct place_xy){x[i], larger ? -y[i] : y[i], i};
	qsort(sorted, (size_t)m, sizeof *sorted, by_place);
	double best = INFINITY;
	for (int i = 0; i < m; i++)
		if (sorted[i].y < best) {
			best = sorted[i].y;
			out[count++] = sorted[i].at;
		}
	free(sorted);
	return count;
}
