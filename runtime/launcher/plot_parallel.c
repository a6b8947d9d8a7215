/* plot_parallel.c: `mosaic parallel`: an axis a parameter, a line a run, coloured by the criterion, whose axis is the last one.
** Values of few levels stand at equal distances, and the runs of one level are spread a little: else all lines would meet there. */
#include "plot.h"
#include "plot_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AXES_MAX = 12, LEVELS_MAX = 12, LINES_MAX = 2000, HEIGHT = 400, TOP = 66, BOTTOM = 50, LEFT = 110, RIGHT = 60, APART = 110,
	LEAST_WIDTH = 620 };

struct parallel {
	const struct criterion *criterion;
	int place;                                             /* of the criterion */
	struct table t;
	struct columns_of axes;
	struct axis *scales, last;                             /* of the axes that have no levels, and of the criterion */
	int *order, count, without, drawn;                     /* runs with a value, the worst first */
	double *jitter;                                        /* of each run, -1..1: its rank among all */
};

static bool has_levels(const struct column *c)
{
	return c->count <= LEVELS_MAX || !c->numeric;
}

/* Where a level stands, from 0 to 1. */
static double level_at(const struct column *c, int level)
{
	return c->count > 1 ? 0.04 + 0.92 * level / (c->count - 1) : 0.5;
}

static double place_of(const struct parallel *p, int axis, int run)
{
	const struct column *c = &p->axes.at[axis];
	if (c->of[run] < 0)
		return -0.09;
	if (!has_levels(c))
		return axis_to(&p->scales[axis], c->numbers[run]);
	double spread = c->count > 1 ? fmin(0.03, 0.3 * 0.92 / (c->count - 1)) : 0.03;
	return level_at(c, c->of[run]) + spread * p->jitter[run];
}

static double value(const struct parallel *p, int run)
{
	return p->t.runs[run].values[p->place];
}

static int by_value(const void *a, const void *b, void *context)
{
	const struct parallel *p = context;
	int x = *(const int *)a, y = *(const int *)b;
	double u = value(p, x), v = value(p, y);
	int order = (u < v) - (u > v);
	if (p->criterion->better > 0)
		order = -order;
	return order ? order : x - y;
}

static void arrange(struct parallel *p, enum log_mode mode)
{
	struct spread s = {0};
	p->order = need(malloc(((size_t)p->t.count + 1) * sizeof *p->order));
	p->jitter = need(calloc((size_t)p->t.count + 1, sizeof *p->jitter));
	p->scales = need(calloc((size_t)p->axes.count + 1, sizeof *p->scales));
	for (int i = 0; i < p->t.count; i++)
		spread_add(&s, value(p, i));
	p->last = axis_of(&s, mode, 0.02);
	for (int i = 0; i < p->t.count; i++)
		if (axis_has(&p->last, value(p, i)))
			p->order[p->count++] = i;
	p->without = p->t.count - p->count;
	qsort_r(p->order, (size_t)p->count, sizeof *p->order, by_value, p);
	for (int i = 0; i < p->count; i++) {
		double u = p->count > 1 ? 2.0 * i / (p->count - 1) - 1 : 0;
		p->jitter[p->order[i]] = p->criterion->better > 0 ? u : -u;   /* the order of the last axis */
	}
	for (int k = 0; k < p->axes.count; k++) {
		struct spread range = {0};
		for (int i = 0; i < p->axes.at[k].count && p->axes.at[k].numeric; i++)
			spread_add(&range, p->axes.at[k].levels[i].number);
		p->scales[k] = axis_of(&range, LOG_AUTO, 0.02);
	}
}

/* Of more lines than can be told apart the best thousand, and of the others as many at even distances. */
static bool is_drawn(const struct parallel *p, int i)
{
	int best = p->count - LINES_MAX / 2;
	if (p->count <= LINES_MAX || i >= best)
		return true;
	return (int64_t)i * (LINES_MAX / 2) / best != (int64_t)(i + 1) * (LINES_MAX / 2) / best;
}

static void write_lines(struct plot *plot, struct parallel *p)
{
	plot_printf(plot, "$lines << E\n");
	for (int i = 0; i < p->count; i++) {
		if (!is_drawn(p, i))
			continue;
		int run = p->order[i];
		double last = axis_to(&p->last, value(p, run));
		int colour = plot_diverging(p->criterion->better > 0 ? 1 - last : last);
		p->drawn++;
		for (int k = 0; k < p->axes.count; k++)
			plot_printf(plot, "%d %.5f %d\n", k, place_of(p, k, run), colour);
		plot_printf(plot, "%d %.5f %d\n\n", p->axes.count, last, colour);
	}
	plot_printf(plot, "E\n");
}

/* ---- drawing: everything is in points, so that axes and texts meet ---- */

struct frame { double left, bottom, width, height, apart; };

static void mark(struct plot *plot, double x, double y, bool right, const char *s, double room)
{
	plot_printf(plot, "set arrow from screen %.5f,%.5f rto screen %.5f,0 nohead front lw 0.8 lc rgb '#222222'\n", plot_x(plot, x), plot_y(plot, y),
		plot_x(plot, right ? 3 : -3));
	plot_label(plot, x + (right ? 5 : -5), y, right ? "left front" : "right front boxed", 8, "#000000", s, room);
}

static void axis_line(struct plot *plot, const struct frame *f, double x)
{
	plot_printf(plot, "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead front lw 0.8 lc rgb '#222222'\n", plot_x(plot, x),
		plot_y(plot, f->bottom), plot_x(plot, x), plot_y(plot, f->bottom + f->height));
}

static void ticks_of(struct plot *plot, const struct frame *f, const struct axis *a, double x, bool right, double room)
{
	struct ticks t;
	axis_ticks(a, 6, false, &t);
	for (int i = 0; i < t.count; i++)
		if (*t.at[i].label)
			mark(plot, x, f->bottom + f->height * axis_to(a, t.at[i].at), right, t.at[i].label, room);
}

static double axis_room(const struct frame *f, int k)
{
	return k ? f->apart * 0.62 : f->left - 14;
}

static void draw_axis(struct plot *plot, const struct parallel *p, const struct frame *f, int k)
{
	const struct column *c = &p->axes.at[k];
	double x = f->left + k * f->apart, room = axis_room(f, k);
	int step = (c->count + 23) / 24;
	axis_line(plot, f, x);
	plot_label(plot, x, f->bottom + f->height + 14, "center", 9, "#000000", c->name, f->apart - 6);
	for (int i = 0; has_levels(c) && i < c->count; i += step)
		mark(plot, x, f->bottom + f->height * level_at(c, i), false, c->levels[i].text, room);
	if (!has_levels(c))
		ticks_of(plot, f, &p->scales[k], x, false, room);
	if (c->lacking)
		plot_label(plot, x, f->bottom - 0.09 * f->height - 8, "center front boxed", 7.5, "#666666", "has none", 0);
}

static void draw_notes(struct plot *plot, const struct parallel *p, double width)
{
	const char *name = p->criterion->name;
	char *shown = p->drawn < p->count ? format(", of which %d are drawn: the best %d, and others at even ranks", p->drawn, LINES_MAX / 2) : copy("");
	char *without = p->without ? format("; %d without a value that can be drawn left out", p->without) : copy("");
	char *lost = lost_text(&p->t.lost, NULL, NULL);
	char *first = format("%d %s%s%s%s", p->count, p->count == 1 ? "run" : "runs", shown, without, lost);
	char *second = format("Blue: %s %s, vermilion: %s. Runs with one value are spread a little, in the order of their %s.", p->criterion->better ? "good" : "low",
		name, p->criterion->better ? "bad" : "high", name);
	plot_label(plot, 14, 24, "left", 7.5, "#666666", first, width - 28);
	plot_label(plot, 14, 12, "left", 7.5, "#666666", second, width - 28);
	free(shown);
	free(without);
	free(lost);
	free(first);
	free(second);
}

static void draw(struct plot *plot, struct parallel *p, const char *database, double width)
{
	double low = 0, apart = (width - LEFT - RIGHT) / p->axes.count;
	for (int k = 0; k < p->axes.count; k++)
		low = p->axes.at[k].lacking ? 0.11 : low;
	struct frame f = {LEFT, 0, width - LEFT - RIGHT, (HEIGHT - TOP - BOTTOM) / (1 + low), apart};
	f.bottom = BOTTOM + low * f.height;
	for (int k = 0; k < p->axes.count; k++)
		column_shorten(&p->axes.at[k], axis_room(&f, k), 8);
	plot_page(plot);
	write_lines(plot, p);
	plot_box(plot, f.left, f.bottom - low * f.height, f.width, (1 + low) * f.height);
	plot_printf(plot, "set style textbox opaque noborder margins 0.2,0.2 fillcolor rgb '#ffffff'\n");
	plot_label(plot, width / 2, HEIGHT - 20, "center", 12, "#000000", database, width - 40);
	for (int k = 0; k < p->axes.count; k++)
		draw_axis(plot, p, &f, k);
	double last = f.left + f.width;
	axis_line(plot, &f, last);
	plot_label(plot, last, f.bottom + f.height + 14, "center", 9, "#000000", p->criterion->name, apart - 6);
	ticks_of(plot, &f, &p->last, last, true, RIGHT - 8);
	draw_notes(plot, p, width);
	plot_printf(plot, "unset border\nunset xtics\nunset ytics\nplot [0:%d] [%.3g:1] $lines using 1:2:3 with lines lw %s lc rgb variable\n", p->axes.count,
		-low, p->drawn <= 60 ? "1.3" : p->drawn <= 400 ? "0.7" : "0.4");
}

static bool choose_axes(struct parallel *p, const struct args *args)
{
	const char *list = option(args, "by");
	if (list && !columns_listed(&p->t, "--by", list, &p->axes))
		return false;
	if (!list)
		columns_varying(&p->t, &p->axes);
	if (!p->axes.count) {
		complain("%s: no parameter differs between the runs", args->at[0]);
		hint("--by NAME,NAME names those to draw, also those that are the same everywhere");
		return false;
	}
	if (p->axes.count <= AXES_MAX)
		return true;
	struct text names = {0};
	for (int i = 0; i < p->axes.count && i < 40; i++)
		text_printf(&names, "%s%s", i ? "," : "", p->axes.at[i].name);
	complain("%s: %d parameters are too many for one picture, which takes %d", args->at[0], p->axes.count, AXES_MAX);
	hint("name those to draw with --by, of %s", names.at);
	text_free(&names);
	return false;
}

static enum exit_code draw_all(struct parallel *p, const struct args *args)
{
	double width = fmax(LEFT + RIGHT + (double)APART * p->axes.count, LEAST_WIDTH);
	if (!p->count) {
		complain("%s: no run has a %s", args->at[0], p->criterion->name);
		hint("NULL stands for what is not defined, such as NaN");
		return EXIT_USAGE;
	}
	struct plot *plot = plot_open(args->at[1], option(args, "script"), width, HEIGHT);
	if (!plot)
		return EXIT_USAGE;
	draw(plot, p, name_of_file(args->at[0]), width);
	char *lost = lost_text(&p->t.lost, NULL, NULL);
	char *what = format("%d %s, %d %s and %s%s", p->count, p->count == 1 ? "run" : "runs", p->axes.count, p->axes.count == 1 ? "parameter" : "parameters",
		p->criterion->name, lost);
	enum exit_code code = plot_close(plot, what, true);
	free(lost);
	free(what);
	return code;
}

enum exit_code cmd_parallel(const struct args *args)
{
	struct parallel p = {0};
	enum log_mode mode;
	if (!log_option(args, &mode) || !(p.criterion = criterion_find(args->at[2])))
		return EXIT_USAGE;
	p.place = (int)(p.criterion - criteria);
	struct db *db = db_open(args->at[0], DB_READ);
	bool ok = db && table_read(db, args, &p.t);
	db_close(db);
	ok = ok && choose_axes(&p, args);
	if (ok)
		arrange(&p, mode);
	enum exit_code code = ok ? draw_all(&p, args) : EXIT_USAGE;
	columns_of_free(&p.axes);
	table_free(&p.t);
	free(p.order);
	free(p.jitter);
	free(p.scales);
	return code;
}
