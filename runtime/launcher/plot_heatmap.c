/* plot_heatmap.c: `mosaic heatmap`: the median of a criterion for every pair of values of two parameters, as colours. */
#include "plot.h"
#include "plot_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* RANGES: into which numbers with more values are cut; TEXT_MAX: cells that still have room for their number. */
enum { RANGES = 24, LEVELS_MAX = 200, TEXT_MAX = 14, AREA = 380, RIGHT = 90, TOP = 46, BOTTOM_TEXT = 46, SCALE_WIDTH = 14, STEPS = 64, TURNED = 140 };

struct heat {
	const struct criterion *criterion;
	int place;
	struct table t;
	struct column x, y;
	double *median; int *runs;                             /* [y][x]; NaN: no run with a value */
	struct axis colours;
	int used, without, lacking;
	struct text others;                                    /* parameters that differ within cells */
};
struct value_in { int cell; double v; };

static int by_cell(const void *a, const void *b)
{
	const struct value_in *p = a, *q = b;
	return p->cell != q->cell ? p->cell - q->cell : (p->v > q->v) - (p->v < q->v);
}

static void fill_cells(struct heat *h, enum log_mode mode)
{
	struct value_in *values = need(malloc(((size_t)h->t.count + 1) * sizeof *values));
	int cells = h->x.count * h->y.count;
	struct spread s = {0};
	h->median = need(malloc(((size_t)cells + 1) * sizeof *h->median));
	h->runs = need(calloc((size_t)cells + 1, sizeof *h->runs));
	for (int i = 0; i < cells; i++)
		h->median[i] = NAN;
	for (int i = 0; i < h->t.count; i++) {
		double v = h->t.runs[i].values[h->place];
		if (h->x.of[i] < 0 || h->y.of[i] < 0)
			h->lacking++;
		else if (!isfinite(v))
			h->without++;
		else
			values[h->used++] = (struct value_in){h->y.of[i] * h->x.count + h->x.of[i], v};
	}
	qsort(values, (size_t)h->used, sizeof *values, by_cell);
	for (int from = 0, to; from < h->used; from = to) {
		for (to = from; to < h->used && values[to].cell == values[from].cell; to++)
			;
		/* The order statistics stand in a row: quantile() wants no structures around them. */
		int n = to - from, low = from + (n - 1) / 2, high = from + n / 2;
		h->median[values[from].cell] = values[low].v / 2 + values[high].v / 2;
		h->runs[values[from].cell] = n;
		spread_add(&s, h->median[values[from].cell]);
	}
	h->colours = axis_of(&s, mode, 0);
	free(values);
}

/* What else differs between the runs: a cell mixes it. */
static void find_others(struct heat *h)
{
	struct columns_of all;
	int n = 0;
	columns_varying(&h->t, &all);
	for (int k = 0; k < all.count; k++) {
		const struct column *c = &all.at[k];
		bool mixed = false;
		int *first = need(malloc(((size_t)(h->x.count * h->y.count) + 1) * sizeof *first));
		for (int i = 0; i < h->x.count * h->y.count; i++)
			first[i] = -2;
		for (int i = 0; i < h->t.count; i++) {
			if (h->x.of[i] < 0 || h->y.of[i] < 0)
				continue;
			int *at = &first[h->y.of[i] * h->x.count + h->x.of[i]];
			mixed = mixed || (*at != -2 && *at != c->of[i]);
			*at = c->of[i];
		}
		free(first);
		/* A parameter that was cut into ranges differs within them, and is not another one. */
		bool own = !strcmp(c->name, h->x.name) || !strcmp(c->name, h->y.name);
		if (mixed && !own && n++ < 6)
			text_printf(&h->others, "%s%s", n > 1 ? ", " : "", c->name);
		else if (mixed && !own && n == 7)
			text_add(&h->others, ", ...");
	}
	columns_of_free(&all);
}

/* ---- drawing ---- */

struct area { double left, bottom, width, height; };

/* 0 dark, 1 light; the better the lighter. */
static int colour_of(const struct heat *h, double v)
{
	double u = axis_to(&h->colours, v);
	return plot_sequential(h->criterion->better < 0 ? 1 - u : u);
}

static double luminance(int colour)
{
	return (0.299 * (colour >> 16 & 255) + 0.587 * (colour >> 8 & 255) + 0.114 * (colour & 255)) / 255;
}

static void write_cells(struct plot *p, const struct heat *h)
{
	plot_printf(p, "$cells << E\n");
	for (int i = 0; i < h->x.count * h->y.count; i++) {
		int x = i % h->x.count, y = i / h->x.count;
		bool has = axis_has(&h->colours, h->median[i]);
		plot_printf(p, "%d %d %d %d %d %d %d\n", x, y, x, x + 1, y, y + 1, has ? colour_of(h, h->median[i]) : 0xeeeeee);
	}
	plot_printf(p, "E\n$scale << E\n");
	for (int i = 0; i < STEPS; i++) {
		double u = (i + 0.5) / STEPS;                          /* each over the ones below: no seams */
		plot_printf(p, "0 %.5f 0 1 %.5f 1 %d\n", u, i / (double)STEPS, plot_sequential(h->criterion->better < 0 ? 1 - u : u));
	}
	plot_printf(p, "E\n");
}

static void draw_numbers(struct plot *p, const struct heat *h, const struct area *a)
{
	double width = a->width / h->x.count, height = a->height / h->y.count, size = fmax(4.5, fmin(8, width / 5));
	if (h->x.count > TEXT_MAX || h->y.count > 2 * TEXT_MAX)
		return;
	for (int i = 0; i < h->x.count * h->y.count; i++) {
		char number[32], runs[32];
		double x = a->left + (i % h->x.count + 0.5) * width, y = a->bottom + (i / h->x.count + 0.5) * height;
		if (!axis_has(&h->colours, h->median[i]))
			continue;
		const char *ink = luminance(colour_of(h, h->median[i])) > 0.55 ? "#000000" : "#ffffff";
		bool two = height > 26;
		snprintf(number, sizeof number, "%.2g", h->median[i]);
		snprintf(runs, sizeof runs, "n = %d", h->runs[i]);
		plot_label(p, x, y + (two ? size * 0.6 : 0), "center front", size, ink, number, 0);
		if (two)
			plot_label(p, x, y - size * 0.7, "center front", size * 0.8, ink, runs, 0);
	}
}

/* Texts of ticks would be formats to gnuplot: the levels are labels. */
static void draw_levels(struct plot *p, const struct heat *h, const struct area *a)
{
	double width = a->width / h->x.count, height = a->height / h->y.count, longest = 0;
	for (int i = 0; i < h->x.count; i++)
		longest = fmax(longest, text_width(h->x.levels[i].text, 8.5));
	bool turned = longest > width - 4;
	int step = turned ? (int)ceil(10 / width) : 1;
	for (int i = 0; i < h->x.count; i += step)
		plot_label(p, a->left + (i + 0.5) * width, a->bottom - (turned ? 6 : 10), turned ? "right rotate by 60" : "center", 8.5, "#000000",
			h->x.levels[i].text, turned ? TURNED : 0);
	step = (int)ceil(10 / height);
	for (int i = 0; i < h->y.count; i += step)
		plot_label(p, a->left - 6, a->bottom + (i + 0.5) * height, "right", 8.5, "#000000", h->y.levels[i].text, a->left - 38);
}

static void draw_scale(struct plot *p, const struct heat *h, const struct area *a)
{
	struct area s = {a->left + a->width + 16, a->bottom, SCALE_WIDTH, a->height};
	struct ticks t;
	plot_box(p, s.left, s.bottom, s.width, s.height);
	axis_ticks(&h->colours, 7, false, &t);
	for (int i = 0; i < t.count; i++)
		if (*t.at[i].label)
			plot_label(p, s.left + s.width + 4, s.bottom + s.height * axis_to(&h->colours, t.at[i].at), "left", 8, "#000000", t.at[i].label, 0);
	plot_label(p, s.left + s.width / 2, s.bottom + s.height + 10, "center", 8.5, "#000000", h->criterion->name, 0);
	plot_printf(p, "unset xtics\nunset ytics\nplot [0:1] [0:1] $scale using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable\n");
}

static void draw_notes(struct plot *p, const struct heat *h, double page)
{
	char *without = h->without ? format("; %d without a value", h->without) : copy("");
	char *lacking = h->lacking ? format("; %d that lack %s or %s", h->lacking, h->x.name, h->y.name) : copy("");
	char *others = h->others.len ? format(", over seeds and %s", h->others.at) : copy(""), *lost = lost_text(&h->t.lost, NULL, NULL);
	char *first = format("%d %s%s%s%s", h->used, h->used == 1 ? "run" : "runs", without, lacking, lost);
	char *second = format("Medians%s. Light: %s. Grey: no run.", others, h->criterion->better ? "good" : "high");
	plot_label(p, 14, 24, "left", 7.5, "#666666", first, page - 24);
	plot_label(p, 14, 12, "left", 7.5, "#666666", second, page - 24);
	free(without);
	free(lacking);
	free(others);
	free(lost);
	free(first);
	free(second);
}

static void draw(struct plot *p, const struct heat *h, const char *title, const struct area *a, double page, double top)
{
	plot_page(p);
	write_cells(p, h);
	draw_scale(p, h, a);
	plot_box(p, a->left, a->bottom, a->width, a->height);
	plot_label(p, page / 2, top - 20, "center", 12, "#000000", title, page - 30);
	draw_levels(p, h, a);
	draw_numbers(p, h, a);
	plot_label(p, a->left + a->width / 2, BOTTOM_TEXT - 2, "center", 10, "#000000", h->x.name, page - 30);
	plot_label(p, 12, a->bottom + a->height / 2, "center rotate", 10, "#000000", h->y.name, top - 40);
	draw_notes(p, h, page);
	plot_printf(p, "unset xtics\nunset ytics\nplot [0:%d] [0:%d] $cells using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable\n",
		h->x.count, h->y.count);
}

/* Room for the levels' texts, and cells that are not too flat. */
static void lay_out(const struct heat *h, struct area *a, double *page, double *top, double *below)
{
	double left = 0, width, longest = 0;
	for (int i = 0; i < h->y.count; i++)
		left = fmax(left, text_width(h->y.levels[i].text, 8.5));
	for (int i = 0; i < h->x.count; i++)
		longest = fmax(longest, text_width(h->x.levels[i].text, 8.5));
	a->width = AREA;
	width = a->width / h->x.count;
	*below = longest > width - 4 ? fmin(longest, TURNED) * 0.87 + 20 : 22;   /* turned by 60 degrees */
	a->left = fmin(left, 170) + 44;
	a->height = fmin(fmax(h->y.count * 34.0, 120), 420);
	a->bottom = BOTTOM_TEXT + *below;
	*page = a->left + a->width + RIGHT;
	*top = a->bottom + a->height + TOP;
}

static bool can_draw(const struct heat *h, const char *database)
{
	if (h->x.count > LEVELS_MAX || h->y.count > LEVELS_MAX) {
		const struct column *c = h->x.count > LEVELS_MAX ? &h->x : &h->y;
		complain("%s has %d values; a heat map takes %d", c->name, c->count, LEVELS_MAX);
		hint("choose runs with --id or --request");
	} else if (!h->used) {
		complain("%s: no run has %s, %s and a %s", database, h->x.name, h->y.name, h->criterion->name);
		hint("`mosaic show RUN_ID` lists what a run has");
	} else
		return true;
	return false;
}

static enum exit_code draw_all(struct heat *h, const struct args *args)
{
	struct area a;
	double page, top, below;
	column_shorten(&h->x, TURNED, 8.5);
	column_shorten(&h->y, 165, 8.5);
	lay_out(h, &a, &page, &top, &below);
	struct plot *p = plot_open(args->at[1], option(args, "script"), page, top);
	if (!p)
		return EXIT_USAGE;
	draw(p, h, name_of_file(args->at[0]), &a, page, top);
	char *lost = lost_text(&h->t.lost, NULL, NULL);
	char *what = format("%s of %d %s, %d x %d values%s", h->criterion->name, h->used, h->used == 1 ? "run" : "runs", h->x.count, h->y.count, lost);
	enum exit_code code = plot_close(p, what, true);
	free(lost);
	free(what);
	return code;
}

static bool both_given(const struct args *args)
{
	if (option(args, "x") && option(args, "y"))
		return true;
	complain("which two parameters?");
	hint("--x width --y length names them; `mosaic parallel` shows which ones differ between the runs");
	return false;
}

enum exit_code cmd_heatmap(const struct args *args)
{
	struct heat h = {0};
	enum log_mode mode;
	if (!log_option(args, &mode) || !(h.criterion = criterion_find(args->at[2])) || !both_given(args))
		return EXIT_USAGE;
	h.place = (int)(h.criterion - criteria);
	struct db *db = db_open(args->at[0], DB_READ);
	bool ok = db && table_read(db, args, &h.t) && column_named(&h.t, "--x", option(args, "x"), &h.x) && column_named(&h.t, "--y", option(args, "y"), &h.y);
	db_close(db);
	if (ok) {
		column_cut(&h.x, RANGES);
		column_cut(&h.y, RANGES);
	}
	if (ok && (h.x.count <= LEVELS_MAX && h.y.count <= LEVELS_MAX)) {
		fill_cells(&h, mode);
		find_others(&h);
	}
	enum exit_code code = ok && can_draw(&h, args->at[0]) ? draw_all(&h, args) : EXIT_USAGE;
	column_free(&h.x);
	column_free(&h.y);
	table_free(&h.t);
	text_free(&h.others);
	free(h.median);
	free(h.runs);
	return code;
}
