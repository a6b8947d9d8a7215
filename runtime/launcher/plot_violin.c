/* plot_violin.c: kernel densities as outlines. plot_series.c and plot_by_config.c say where they stand. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

enum { OUTLINE = 48 };                                     /* points of a side */

struct shape { double low, high, d[OUTLINE], most; };      /* low, high: in the axis' scale */

static double scaled(const struct axis *a, double v)
{
	return a->log ? log10(v) : v;
}

static double unscaled(const struct axis *a, double v)
{
	return a->log ? pow(10, v) : v;
}

/* False: all values are the same, or fewer than two can be drawn. */
static bool shape_of(const double *sorted, int count, const struct axis *y, double limit, struct shape *out)
{
	double *v = need(malloc(((size_t)count + 1) * sizeof *v));
	int n = 0;
	for (int i = 0; i < count; i++)
		if (axis_has(y, sorted[i]))
			v[n++] = scaled(y, sorted[i]);
	double width = n > 1 ? bandwidth(v, n) : 0;
	if (width > 0) {
		/* The tails go on for two widths of the kernel, where there can be values. */
		out->low = fmax(v[0] - 2 * width, scaled(y, y->low));
		out->high = fmin(v[n - 1] + 2 * width, scaled(y, y->high));
		if (!y->log && v[0] >= 0)
			out->low = fmax(out->low, 0);
		if (!y->log)
			out->high = fmin(out->high, limit);
		density(v, n, width, out->low, out->high, out->d, OUTLINE);
		out->most = 0;
		for (int i = 0; i < OUTLINE; i++)
			out->most = fmax(out->most, out->d[i]);
	}
	free(v);
	return width > 0;
}

/* Up its right side, down its left one. */
bool violin_outline(struct plot *p, const double *sorted, int n, const struct axis *x, double at, double half, const struct axis *y, double limit)
{
	struct shape s;
	if (!shape_of(sorted, n, y, limit, &s))
		return false;
	double step = (s.high - s.low) / (OUTLINE - 1);
	for (int i = 0; i < OUTLINE; i++)
		plot_printf(p, "%.9g %.9g\n", axis_from(x, at + half * s.d[i] / s.most), unscaled(y, s.low + i * step));
	for (int i = OUTLINE; i--;)
		plot_printf(p, "%.9g %.9g\n", axis_from(x, at - half * s.d[i] / s.most), unscaled(y, s.low + i * step));
	plot_printf(p, "\n");
	return true;
}

double violin_peak(const double *sorted, int n, const struct axis *y, double limit)
{
	struct shape s;
	return shape_of(sorted, n, y, limit, &s) ? s.most : 0;
}
