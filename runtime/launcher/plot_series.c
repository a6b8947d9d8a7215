/* plot_series.c: the runs of one model on one data set, gathered by their number of parameters: means, bars, points and violins
** as data blocks. It draws nothing: plot_meta.c and plot_perf.c do. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

struct pair_xy { double x, y; };

static int by_x_then_y(const void *a, const void *b)
{
	const struct pair_xy *p = a, *q = b;
	return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

void series_of(const double *x, const double *y, int count, struct series *out)
{
	struct pair_xy *pairs = need(calloc((size_t)count + 1, sizeof *pairs));
	int n = 0;
	*out = (struct series){.runs = count};
	for (int i = 0; i < count; i++)
		if (isfinite(x[i]) && isfinite(y[i]))
			pairs[n++] = (struct pair_xy){x[i], y[i]};
	out->missing = out->runs - n;
	qsort(pairs, (size_t)n, sizeof *pairs, by_x_then_y);
	out->values = need(calloc((size_t)n + 1, sizeof *out->values));
	out->cells = need(calloc((size_t)n + 1, sizeof *out->cells));
	for (int i = 0; i < n; i++) {
		if (!i || pairs[i].x != pairs[i - 1].x)
			out->cells[out->count++] = (struct cell){.x = pairs[i].x, .v = out->values + i};
		out->cells[out->count - 1].n++;
		out->values[i] = pairs[i].y;
	}
	for (int i = 0; i < out->count; i++) {
		struct cell *c = &out->cells[i];
		c->m = moments_of(c->v, c->n);
		out->most = c->n > out->most ? c->n : out->most;
	}
	free(pairs);
}

void series_make(const struct sample *at, int count, int criterion, struct series *out)
{
	double *x = need(malloc(((size_t)count + 1) * sizeof *x)), *y = need(malloc(((size_t)count + 1) * sizeof *y));
	for (int i = 0; i < count; i++) {
		x[i] = at[i].values[CRITERION_NB_PARAMS];
		y[i] = at[i].values[criterion];
	}
	series_of(x, y, count, out);
	free(x);
	free(y);
}

void series_free(struct series *s)
{
	free(s->cells);
	free(s->values);
}

static double bar_low(const struct moments *m)
{
	return fmax(m->mean - m->sd, m->low);
}

static double bar_high(const struct moments *m)
{
	return fmin(m->mean + m->sd, m->high);
}

void series_spread(const struct series *s, bool values, struct spread *x, struct spread *y)
{
	for (int i = 0; i < s->count; i++) {
		const struct cell *c = &s->cells[i];
		spread_add(x, c->x);
		spread_add(y, c->m.mean);
		spread_add(y, bar_low(&c->m));
		spread_add(y, bar_high(&c->m));
		for (int k = 0; values && k < c->n; k++)
			spread_add(y, c->v[k]);
	}
}

bool series_mean(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y)
{
	int n = 0;
	plot_printf(p, "$mean%d << E\n", id);
	for (int i = 0; i < s->count; i++)
		if (axis_has(x, s->cells[i].x) && axis_has(y, s->cells[i].m.mean) && ++n)
			plot_printf(p, "%.9g %.9g\n", s->cells[i].x, s->cells[i].m.mean);
	plot_printf(p, "E\n");
	return n;
}

bool series_bars(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y)
{
	int n = 0;
	plot_printf(p, "$bars%d << E\n", id);
	for (int i = 0; i < s->count; i++) {
		const struct cell *c = &s->cells[i];
		if (c->n > 1 && axis_has(x, c->x) && axis_has(y, c->m.mean) && ++n)
			plot_printf(p, "%.9g %.9g %.9g %.9g\n", c->x, c->m.mean, fmax(bar_low(&c->m), y->low), bar_high(&c->m));
	}
	plot_printf(p, "E\n");
	return n;
}

bool series_band(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y)
{
	int n = 0;
	plot_printf(p, "$band%d << E\n", id);
	for (int i = 0; i < s->count; i++) {
		const struct cell *c = &s->cells[i];
		if (axis_has(x, c->x) && axis_has(y, c->m.mean) && ++n)
			plot_printf(p, "%.9g %.9g %.9g\n", c->x, fmax(bar_low(&c->m), y->low), bar_high(&c->m));
	}
	plot_printf(p, "E\n");
	return n > 1;
}

bool series_points(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y, int most)
{
	int n = 0;
	plot_printf(p, "$points%d << E\n", id);
	for (int i = 0; i < s->count; i++)
		for (int k = 0; s->cells[i].n <= most && k < s->cells[i].n; k++)
			if (axis_has(x, s->cells[i].x) && axis_has(y, s->cells[i].v[k]) && ++n)
				plot_printf(p, "%.9g %.9g\n", s->cells[i].x, s->cells[i].v[k]);
	plot_printf(p, "E\n");
	return n;
}

/* Half the width of a violin as a part of the axis: neighbours should not touch, but all must be seen. */
static double half_width(const struct series *s, const struct axis *x)
{
	double gap = 0.2;
	for (int i = 1; i < s->count; i++)
		gap = fmin(gap, axis_to(x, s->cells[i].x) - axis_to(x, s->cells[i - 1].x));
	return fmax(0.4 * gap, 0.012);
}

bool series_violins(struct plot *p, int id, const struct series *s, const struct axis *x, const struct axis *y, const struct criterion *c, int least)
{
	double half = half_width(s, x);
	int n = 0;
	plot_printf(p, "$violins%d << E\n", id);
	for (int i = 0; i < s->count; i++)
		if (s->cells[i].n >= least && axis_has(x, s->cells[i].x))
			n += violin_outline(p, s->cells[i].v, s->cells[i].n, x, axis_to(x, s->cells[i].x), half, y, c->high);
	plot_printf(p, "E\n$quartiles%d << E\n", id);
	for (int i = 0; i < s->count; i++) {
		const struct cell *k = &s->cells[i];
		double q[3] = {quantile(k->v, k->n, 0.25), quantile(k->v, k->n, 0.5), quantile(k->v, k->n, 0.75)};
		if (k->n >= least && axis_has(x, k->x) && axis_has(y, q[0]) && axis_has(y, q[2]))
			plot_printf(p, "%.9g %.9g %.9g %.9g\n", k->x, q[1], q[0], q[2]);
	}
	plot_printf(p, "E\n");
	return n;
}
