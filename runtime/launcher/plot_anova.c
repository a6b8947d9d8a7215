/* plot_anova.c: one-way analysis of variance. plot_importance.c asks it one grouping after the other; doc/plots.md explains it. */
#include "plot_anova.h"

#include "launcher.h"

#include <math.h>
#include <stdlib.h>

double share_between(const double *y, const int *group, int n, int groups)
{
	long double mean = 0, total = 0, within = 0;
	long double *sums = need(calloc((size_t)groups + 1, sizeof *sums));
	int *counts = need(calloc((size_t)groups + 1, sizeof *counts)), used = 0;
	for (int i = 0; i < n; i++) {
		mean += y[i] / n;
		sums[group[i]] += y[i];
		used += !counts[group[i]]++;
	}
	double largest = 0;
	for (int i = 0; i < n; i++) {
		long double d = y[i] - mean, inside = y[i] - sums[group[i]] / counts[group[i]];
		total += d * d;
		within += inside * inside;
		largest = fmax(largest, fabs(y[i]));
	}
	free(sums);
	free(counts);
	/* Values that are equal but for rounding have no variance. */
	if (n <= used || !(total > n * 1e-28 * largest * largest))
		return NAN;
	return (double)(1 - within / (n - used) / (total / (n - 1)));
}
