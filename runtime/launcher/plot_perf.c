/* plot_perf.c: `mosaic perfanalysis`: a page for each pair of data and model keys, with every criterion against the number of
** parameters: the mean as a curve, and how the runs are spread as violins, or as points where they are few. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>

enum { PAGE_WIDTH = 842, PAGE_HEIGHT = 595, GRID = 3, LEAST = 5, PAGES_MAX = 1000, MARGIN = 24, HEAD = 34 };

static const double cell_width = (PAGE_WIDTH - 2 * MARGIN) / (double)GRID, cell_height = (PAGE_HEIGHT - 2 * MARGIN - HEAD) / (double)GRID;

static void draw_series(struct plot *p, const struct series *s, const struct axis *x, const struct axis *y, const struct criterion *c)
{
	const char *before = "plot ";
	bool violins = series_violins(p, 0, s, x, y, c, LEAST), points = series_points(p, 0, s, x, y, LEAST - 1), mean = series_mean(p, 0, s, x, y);
	if (violins) {
		plot_printf(p, "%s$violins0 with filledcurves closed fc rgb '#56b4e9' fs transparent solid 0.45 noborder", before);
		plot_printf(p, ", $quartiles0 with yerrorbars pt 7 ps 0.25*P lw 0.8 lc rgb '#555555'");
		before = ", ";
	}
	if (points) {
		plot_printf(p, "%s$points0 with points pt 6 ps 0.4*P lw 0.6 lc rgb '#56b4e9'", before);
		before = ", ";
	}
	if (mean)
		plot_printf(p, "%s$mean0 with linespoints pt 5 ps 0.45*P lw 1.2 lc rgb '#d55e00'", before);
	plot_printf(p, violins || points || mean ? "\n" : "plot [0:1] [0:1] NaN\n");
}

static void draw_figure(struct plot *p, const struct series *s, const struct criterion *c, enum log_mode mode, double left, double bottom)
{
	double x = left + 44, y = bottom + 34, width = cell_width - 56, height = cell_height - 56;
	struct spread xs = {0}, ys = {0};
	plot_box(p, x, y, width, height);
	plot_label(p, x + width / 2, y + height + 10, "center", 10, "#000000", c->name, 0);
	if (s->missing && s->count) {
		char *note = format("%d without", s->missing);
		plot_label(p, x + width, y + height + 9, "right", 7.5, "#666666", note, 0);
		free(note);
	}
	if (!s->count) {
		plot_label(p, x + width / 2, y + height / 2, "center", 9, "#666666", "no run has a value", 0);
		plot_printf(p, "unset xtics\nunset ytics\nplot [0:1] [0:1] NaN\n");
		return;
	}
	series_spread(s, true, &xs, &ys);
	struct axis ax = axis_of(&xs, mode == LOG_YES ? LOG_AUTO : mode, 0.12), ay = axis_of(&ys, mode, s->most < LEAST ? 0.1 : 0.2);
	plot_label(p, x + width / 2, y - 22, "center", 8, "#444444", "nb_params", 0);
	plot_printf(p, "set tics font ',8'\n");
	axis_write(p, "x", &ax, 5, true);
	axis_write(p, "y", &ay, 5, false);
	draw_series(p, s, &ax, &ay, c);
}

static void draw_pipeline(struct plot *p, const struct samples *s, const struct sample *first, int runs, enum log_mode mode)
{
	char *title = format("%s | %s", first->data < 0 ? "?" : s->data.at[first->data], first->model < 0 ? "?" : s->model.at[first->model]);
	char *lost = lost_text(&s->lost, first->data < 0 ? NULL : s->data.at[first->data], first->model < 0 ? NULL : s->model.at[first->model]);
	char *count = format("%d %s%s", runs, runs == 1 ? "run" : "runs", lost);
	plot_page(p);
	for (int i = 0, place = 0; i < CRITERIA; i++) {
		struct series one;
		if (i == CRITERION_NB_PARAMS)
			continue;                                      /* the axis */
		series_make(first, runs, i, &one);
		plot_printf(p, "# %s\n", criteria[i].name);
		draw_figure(p, &one, &criteria[i], mode, MARGIN + place % GRID * cell_width, PAGE_HEIGHT - MARGIN - HEAD - (place / GRID + 1) * cell_height);
		series_free(&one);
		place++;
	}
	plot_box(p, 0, 0, PAGE_WIDTH, PAGE_HEIGHT);
	plot_label(p, PAGE_WIDTH / 2.0, PAGE_HEIGHT - MARGIN - 4, "center", 13, "#000000", title, PAGE_WIDTH - 200);
	plot_label(p, PAGE_WIDTH - MARGIN - 12, PAGE_HEIGHT - MARGIN - 4, "right", 9, "#666666", count, 0);
	plot_label(p, MARGIN + 20, 16, "left", 7.5, "#666666",
		"Line: mean. Violins: density of the runs, with median and quartiles; fewer than 5 runs are circles. Logarithmic axes where values span two decades.", 0);
	plot_printf(p, "unset border\nunset xtics\nunset ytics\nplot [0:1] [0:1] NaN\n");
	free(title);
	free(count);
	free(lost);
}

static int same_keys(const struct samples *s, int from)
{
	int to = from + 1;
	while (to < s->count && s->at[to].data == s->at[from].data && s->at[to].model == s->at[from].model)
		to++;
	return to;
}

static bool can_draw(const struct samples *s, const char *database)
{
	int pages = 0;
	for (int i = 0; i < s->count; i = same_keys(s, i))
		pages++;
	if (pages <= PAGES_MAX)
		return true;
	complain("%s: %d pairs of data and model keys are too many for one picture, which takes %d", database, pages, PAGES_MAX);
	hint("choose runs with --id or --request, or join keys with `mosaic rekey`");
	return false;
}

static enum exit_code draw(const struct args *args, const struct samples *s, enum log_mode mode)
{
	struct plot *p = plot_open(args->at[1], option(args, "script"), PAGE_WIDTH, PAGE_HEIGHT);
	if (!p)
		return EXIT_USAGE;
	for (int from = 0, to; from < s->count; from = to) {
		to = same_keys(s, from);
		draw_pipeline(p, s, &s->at[from], to - from, mode);
	}
	char *lost = lost_text(&s->lost, NULL, NULL);
	char *what = format("%d %s on %d %s%s", s->count, s->count == 1 ? "run" : "runs", plot_pages(p), plot_pages(p) == 1 ? "page" : "pages", lost);
	enum exit_code code = plot_close(p, what, true);
	free(lost);
	free(what);
	return code;
}

enum exit_code cmd_perfanalysis(const struct args *args)
{
	struct samples s = {0};
	enum log_mode mode;
	if (!log_option(args, &mode))
		return EXIT_USAGE;
	struct db *db = db_open(args->at[0], DB_READ);
	enum exit_code code = db && samples_read(db, args, &s) && can_draw(&s, args->at[0]) ? draw(args, &s, mode) : EXIT_USAGE;
	db_close(db);
	samples_free(&s);
	return code;
}
