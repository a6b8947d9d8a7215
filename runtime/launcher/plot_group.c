/* plot_group.c: draws groups of runs against an abscissa: lines with bars or bands, points, violins, boxes. */
#include "plot_group.h"

#include <math.h>
#include <stdlib.h>

enum { LEFT = 70, BOTTOM = 92, FRAME_WIDTH = 500, TOP = 46, KEY_LINE = 12, LEAST = 5, LEVELS_MAX = 60 };

void grouped_fill(struct grouped *g, const struct column *x, const double *y, const int *group, int runs)
{
	double *xs = need(malloc(((size_t)runs + 1) * sizeof *xs)), *ys = need(malloc(((size_t)runs + 1) * sizeof *ys));
	int *start = need(calloc((size_t)g->count + 2, sizeof *start)), chosen = 0;
	g->x = x;
	/* Violins and boxes stand side by side at every value: they want places of equal width. */
	g->places = !x->numeric || ((g->type == PLOT_VIOLIN || g->type == PLOT_BOX) && x->count <= LEVELS_MAX);
	g->series = need(calloc((size_t)g->count + 1, sizeof *g->series));
	for (int i = 0; i < runs; i++)
		if (group[i] >= 0)
			start[group[i] + 1]++;
	for (int k = 0; k < g->count; k++)
		start[k + 1] += start[k];
	int *next = need(malloc(((size_t)g->count + 1) * sizeof *next));
	for (int k = 0; k < g->count; k++)
		next[k] = start[k];
	for (int i = 0; i < runs; i++) {
		if (group[i] < 0)
			continue;
		int at = next[group[i]]++;
		xs[at] = x->of[i] < 0 ? NAN : g->places ? x->of[i] : x->numbers[i];
		ys[at] = y[i];
		chosen++;
	}
	for (int k = 0; k < g->count; k++) {
		series_of(xs + start[k], ys + start[k], start[k + 1] - start[k], &g->series[k]);
		g->missing += g->series[k].missing;
		g->shown += g->series[k].count > 0;
	}
	g->used = chosen - g->missing;
	free(xs);
	free(ys);
	free(start);
	free(next);
}

void grouped_free(struct grouped *g)
{
	for (int k = 0; k < g->count; k++)
		series_free(&g->series[k]);
	free(g->series);
}

/* ---- violins and boxes: side by side ---- */

static double slot(const struct grouped *g, const struct axis *x)
{
	double gap = 1;
	for (int k = 0; k < g->count; k++)
		for (int i = 1; i < g->series[k].count; i++)
			gap = fmin(gap, axis_to(x, g->series[k].cells[i].x) - axis_to(x, g->series[k].cells[i - 1].x));
	return 0.8 * (g->places ? 1 / (x->high - x->low) : gap) / (g->shown > 0 ? g->shown : 1);
}

/* Where the cells of the `place`-th shown group stand: 0..1 on x. */
static double stand(const struct grouped *g, const struct axis *x, double at, int place, double width)
{
	return axis_to(x, at) + (place - (g->shown - 1) / 2.0) * width;
}

/* How wide a violin is, of the widest one. */
static double factor(const struct grouped *g, const struct cell *c, const struct axis *y, double largest, int most)
{
	if (g->scale == SCALE_WIDTH)
		return 1;
	return g->scale == SCALE_COUNT ? (double)c->n / most : violin_peak(c->v, c->n, y, g->limit) / largest;
}

static void write_violins(struct plot *p, const struct grouped *g, const struct axis *x, const struct axis *y)
{
	double width = slot(g, x), largest = 0;
	int most = 0, place = 0;
	for (int k = 0; k < g->count; k++)
		for (int i = 0; i < g->series[k].count; i++) {
			const struct cell *c = &g->series[k].cells[i];
			most = c->n > most ? c->n : most;
			largest = fmax(largest, c->n >= LEAST ? violin_peak(c->v, c->n, y, g->limit) : 0);
		}
	for (int k = 0; k < g->count; k++) {
		plot_printf(p, "$violins%d << E\n", k);
		for (int i = 0; i < g->series[k].count; i++) {
			const struct cell *c = &g->series[k].cells[i];
			if (c->n >= LEAST)
				violin_outline(p, c->v, c->n, x, stand(g, x, c->x, place, width), 0.47 * width * factor(g, c, y, largest, most), y, g->limit);
		}
		plot_printf(p, "%.9g %.9g\nE\n", x->low, y->low);   /* a block may not be empty; one point has no area */
		place += g->series[k].count > 0;
	}
}

/* x, first quartile, lowest and highest within 1.5 interquartile ranges, third quartile, median, width of a box. */
static void write_boxes(struct plot *p, const struct grouped *g, const struct axis *x, const struct axis *y, double share)
{
	double width = slot(g, x);
	int place = 0;
	for (int k = 0; k < g->count; k++) {
		plot_printf(p, "$boxes%d << E\n", k);
		for (int i = 0; i < g->series[k].count; i++) {
			const struct cell *c = &g->series[k].cells[i];
			struct box b = box_of(c->v, c->n);
			double at = stand(g, x, c->x, place, width);
			if (c->n >= LEAST && axis_has(y, b.low) && axis_has(y, b.high))
				plot_printf(p, "%.9g %.9g %.9g %.9g %.9g %.9g %.9g\n", axis_from(x, at), b.first, b.low, b.high, b.third, b.median,
					axis_from(x, at + share * width / 2) - axis_from(x, at - share * width / 2));
		}
		plot_printf(p, "%.9g %.9g %.9g %.9g %.9g %.9g 0\nE\n", x->low - 1, y->low, y->low, y->low, y->low, y->low);
		place += g->series[k].count > 0;
	}
}

/* Runs of cells with too few for a shape, and outliers of boxes. */
static void write_singles(struct plot *p, const struct grouped *g, const struct axis *x, const struct axis *y)
{
	double width = slot(g, x);
	int place = 0;
	for (int k = 0; k < g->count; k++) {
		plot_printf(p, "$singles%d << E\n", k);
		for (int i = 0; i < g->series[k].count; i++) {
			const struct cell *c = &g->series[k].cells[i];
			struct box b = box_of(c->v, c->n);
			double at = axis_from(x, stand(g, x, c->x, place, width));
			for (int j = 0; j < c->n; j++)
				if (axis_has(y, c->v[j]) && (c->n < LEAST || (g->type == PLOT_BOX && (c->v[j] < b.low || c->v[j] > b.high))))
					plot_printf(p, "%.9g %.9g\n", at, c->v[j]);
		}
		plot_printf(p, "%.9g %.9g\nE\n", x->low - 1, y->low);
		place += g->series[k].count > 0;
	}
}

static const char *colour_of(int k)
{
	return plot_colours[k % PLOT_COLOURS];
}

static void draw_shapes(struct plot *p, const struct grouped *g, const struct axis *x, const struct axis *y)
{
	const char *before = "plot ";
	bool violins = g->type == PLOT_VIOLIN;
	if (violins)
		write_violins(p, g, x, y);
	write_boxes(p, g, x, y, violins ? 0.12 : 0.7);
	write_singles(p, g, x, y);
	for (int k = 0; k < g->count; k++) {
		if (violins)
			plot_printf(p, "%s$violins%d with filledcurves closed fc rgb '%s' fs transparent solid 0.4 noborder", before, k, colour_of(k));
		before = violins ? ", " : before;
		plot_printf(p, "%s$boxes%d using 1:2:3:4:5:7 with candlesticks lw 0.7 lc rgb '%s' fs solid %s border lc rgb '%s'", before, k,
			violins ? "#333333" : colour_of(k), violins ? "0.9" : "0.25", violins ? "#333333" : colour_of(k));
		before = ", ";
		plot_printf(p, ", $boxes%d using 1:6:6:6:6:7 with candlesticks lw %s lc rgb '%s'", k, violins ? "1.5" : "2", violins ? "#ffffff" : "#000000");
		plot_printf(p, ", $singles%d with points pt 6 ps 0.5*P lw 0.8 lc rgb '%s'", k, colour_of(k));
	}
	plot_printf(p, "\n");
}

/* ---- lines and points ---- */

static void draw_lines(struct plot *p, const struct grouped *g, const struct axis *x, const struct axis *y)
{
	const char *before = "plot ";
	for (int k = 0; k < g->count; k++) {
		if (!g->series[k].count)
			continue;
		series_mean(p, k, &g->series[k], x, y);
		if (g->band)
			series_band(p, k, &g->series[k], x, y);
		else
			series_bars(p, k, &g->series[k], x, y);
	}
	for (int pass = 0; pass < 2; pass++)                   /* lines over bands */
		for (int k = 0; k < g->count; k++) {
			const struct series *s = &g->series[k];
			if (!s->count)
				continue;
			if (!pass && g->band && s->count > 1)
				plot_printf(p, "%s$band%d with filledcurves fc rgb '%s' fs transparent solid 0.2 noborder", before, k, colour_of(k));
			else if (!pass && !g->band && s->most > 1)
				plot_printf(p, "%s$bars%d with yerrorbars pt -1 lw 0.7 lc rgb '%s'", before, k, colour_of(k));
			else if (pass)
				plot_printf(p, "%s$mean%d with %s pt %d ps 0.6*P lw 1.2 lc rgb '%s' dt %s", before, k, g->type == PLOT_POINT ? "points" : "linespoints",
					plot_shapes[k % PLOT_COLOURS], colour_of(k), plot_dashes[k / PLOT_COLOURS % PLOT_DASHES]);
			else
				continue;
			before = ", ";
		}
	plot_printf(p, "\n");
}

/* ---- the page ---- */

static void draw_key(struct plot *p, const struct grouped *g)
{
	double x = LEFT + FRAME_WIDTH + 14, y = GROUPED_HEIGHT - TOP - 6, room = GROUPED_WIDTH - x - 34;
	int most = (GROUPED_HEIGHT - TOP - BOTTOM) / KEY_LINE, drawn = 0;
	bool shapes = g->type == PLOT_VIOLIN || g->type == PLOT_BOX;
	char **names = need(calloc((size_t)g->count + 1, sizeof *names));
	for (int k = 0; k < g->count; k++)
		names[k] = copy(g->names->at[k]);
	names_shorten(names, g->count, room, 8);
	for (int k = 0; k < g->count; k++) {
		if (!g->series[k].count)
			continue;
		if (++drawn == most && g->shown > most) {
			char *more = format("and %d more", g->shown - most + 1);
			plot_label(p, x + 24, y, "left", 8, "#666666", more, 0);
			free(more);
			break;
		}
		plot_printf(p, "set arrow from screen %.5f,%.5f rto screen %.5f,0 nohead lw %s lc rgb '%s' dt %s\n", plot_x(p, x), plot_y(p, y), plot_x(p, 18),
			shapes ? "6" : "1.4", colour_of(k), shapes ? "solid" : plot_dashes[k / PLOT_COLOURS % PLOT_DASHES]);
		plot_label(p, x + 24, y, "left", 8, "#000000", names[k], room);
		y -= KEY_LINE;
	}
	for (int k = 0; k < g->count; k++)
		free(names[k]);
	free(names);
}

/* Names of levels are labels: as texts of ticks gnuplot would take them for formats. */
/* True: the names are long, and turned. */
static bool draw_places(struct plot *p, const struct grouped *g, const struct axis *x)
{
	double each = FRAME_WIDTH / (x->high - x->low), longest = 0;
	for (int i = 0; i < g->x->count; i++)
		longest = fmax(longest, text_width(g->x->levels[i].text, 8.5));
	bool turned = longest > each - 4;
	int step = (int)ceil((turned ? 10 : 1) / each);
	for (int i = 0; i < g->x->count; i += step < 1 ? 1 : step)
		plot_label(p, LEFT + FRAME_WIDTH * axis_to(x, i), BOTTOM - (turned ? 5 : 9), turned ? "right rotate by 40" : "center", 8.5, "#000000",
			g->x->levels[i].text, turned ? 66 : 0);
	plot_printf(p, "unset xtics\nset xrange [%.9g:%.9g]\n", x->low, x->high);
	return turned;
}

static const char *explain(const struct grouped *g)
{
	switch (g->type) {
	case PLOT_LINE:
	case PLOT_POINT:
		return g->band ? "means, bands: one standard deviation, within the values" : "means, bars: one standard deviation, within the values";
	case PLOT_VIOLIN:
		return g->scale == SCALE_AREA ? "violins of equal area, quartiles and median within; fewer than 5 runs are circles"
			: g->scale == SCALE_COUNT ? "violins as wide as they have runs, quartiles and median within; fewer than 5 runs are circles"
			: "violins of equal width, quartiles and median within; fewer than 5 runs are circles";
	default:
		return "boxes: quartiles and median, whiskers to the last value within 1.5 of their distance; fewer than 5 runs are circles";
	}
}

static bool whole_numbers(const struct column *x)
{
	for (int i = 0; i < x->count; i++)
		if (x->levels[i].number != floor(x->levels[i].number))
			return false;
	return true;
}

static void axes_of(const struct grouped *g, enum log_mode mode, struct axis *x, struct axis *y)
{
	struct spread xs = {0}, ys = {0};
	bool shapes = g->type == PLOT_VIOLIN || g->type == PLOT_BOX;
	for (int k = 0; k < g->count; k++)
		series_spread(&g->series[k], shapes, &xs, &ys);
	*x = g->places ? (struct axis){-0.6, g->x->count - 0.4, false} : axis_of(&xs, mode == LOG_YES ? LOG_AUTO : mode, shapes ? 0.12 : 0.05);
	*y = axis_of(&ys, mode, g->type == PLOT_VIOLIN ? 0.15 : 0.06);
}

void grouped_draw(struct plot *p, struct grouped *g, enum log_mode mode)
{
	struct axis x, y;
	double frame = GROUPED_HEIGHT - TOP - BOTTOM;
	char *without = g->missing ? format("; %d without a value left out", g->missing) : copy("");
	char *note = format("%d %s%s%s%s. Shown: %s", g->used, g->used == 1 ? "run" : "runs", without, *g->lost ? "; in no plot: " : "", g->lost, explain(g));
	axes_of(g, mode, &x, &y);
	plot_page(p);
	plot_box(p, LEFT, BOTTOM, FRAME_WIDTH, frame);
	plot_label(p, LEFT + FRAME_WIDTH / 2.0, GROUPED_HEIGHT - TOP / 2.0, "center", 12, "#000000", g->title, 2 * LEFT + FRAME_WIDTH - 20);
	plot_label(p, 14, BOTTOM + frame / 2, "center rotate", 10, "#000000", g->y_name, frame);
	plot_label(p, 14, 12, "left", 7.5, "#666666", note, GROUPED_WIDTH - 28);
	draw_key(p, g);
	plot_printf(p, "set tics font ',9'\n");
	bool turned = g->places && draw_places(p, g, &x);
	if (!g->places)
		axis_write(p, "x", &x, 7, whole_numbers(g->x));
	plot_label(p, LEFT + FRAME_WIDTH / 2.0, turned ? 26 : BOTTOM - 28, "center", 10, "#000000", g->x_name, FRAME_WIDTH);
	axis_write(p, "y", &y, 8, false);
	if (g->type == PLOT_VIOLIN || g->type == PLOT_BOX)
		draw_shapes(p, g, &x, &y);
	else
		draw_lines(p, g, &x, &y);
	free(without);
	free(note);
}
