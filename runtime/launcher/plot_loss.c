/* plot_loss.c: `mosaic plotloss`: the loss curves, a figure a run, plot_size x plot_size figures a page, and a page that explains
** them. A run is read, drawn and forgotten: thousands of them take no memory. */
#include "plot_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_WIDTH = LOSS_WIDTH, PAGE_HEIGHT = LOSS_HEIGHT, SIZE_MAX_PLOTS = 10, BINS = 400, CURVES = LOSS_CURVES };

const char *const loss_names[LOSS_CURVES] = {"train_loss", "test_loss"};
const char *const loss_styles[LOSS_CURVES] = {"lc rgb '#0072b2' lw 1.3 dt solid", "lc rgb '#d55e00' lw 1.3 dt (11,8)"};
const char *const loss_points[LOSS_CURVES] = {"pt 7 ps 0.5*P", "pt 4 ps 0.7*P"};

struct point { double x, y; };
struct curve { struct point *at; int count, drawn, broken; };  /* drawn: finite ones; broken: first epoch that is not, or 0 */
struct figure {
	int64_t id;
	char *status, *data, *model;
	double nb_params, overfit, trainability, slope;
	int epochs;
	struct curve curves[CURVES];
	struct axis x, y;
};

/* ---- reading ------------------------------------------------------------------------------------------ */

static int words(const char *list)
{
	int n = 0;
	for (const char *s = list + strspn(list, ", "); *s; s += strspn(s, ", ")) {
		s += strcspn(s, ", ");
		n++;
	}
	return n ? n : 1;
}

void loss_split(const char *line, const char *scheme, char **data, char **model)
{
	const char *cut = line, *bar;
	for (int modules = words(scheme); modules && (bar = strstr(cut == line ? cut : cut + 3, " | ")); modules--)
		cut = bar;
	*data = cut == line ? copy("") : need(strndup(line, (size_t)(cut - line)));
	*model = copy(cut == line ? line : cut + 3);
}

static bool read_run(struct db *db, int64_t id, struct figure *f)
{
	struct rows *r = db_query(db, "SELECT r.status, r.pipeline, e.nb_params, e.overfit, e.trainability, e.slope,"
		" (SELECT param_value FROM params WHERE run_id = r.run_id AND param_name = 'data_scheme')"
		" FROM runs r LEFT JOIN run_results e ON e.run_id = r.run_id WHERE r.run_id = ?", "i", id);
	*f = (struct figure){.id = id, .nb_params = NAN, .overfit = NAN, .trainability = NAN, .slope = NAN};
	if (!r)
		return false;
	if (row_next(r)) {
		f->status = copy(row_text(r, 0));
		f->nb_params = row_real(r, 2);
		f->overfit = row_real(r, 3);
		f->trainability = row_real(r, 4);
		f->slope = row_real(r, 5);
		loss_split(row_text(r, 1), row_text(r, 6), &f->data, &f->model);
	} else
		loss_split("", "", &f->data, &f->model);
	row_end(r);
	return db_trouble(db) == DB_OK;
}

static void add_point(struct curve *c, double x, double y)
{
	c->at[c->count++] = (struct point){x, y};
}

/* Long curves are thinned to the lowest and the highest value of each bin: no spike is lost. */
static void thin(const float *v, int n, struct curve *c)
{
	int bins = n > 4 * BINS ? BINS : n;
	c->at = need(calloc((size_t)bins * 2, sizeof *c->at));
	for (int b = 0; b < bins; b++) {
		int from = (int)((int64_t)n * b / bins), to = (int)((int64_t)n * (b + 1) / bins), low = -1, high = -1;
		for (int i = from; i < to; i++)
			if (isfinite(v[i])) {
				low = low < 0 || v[i] < v[low] ? i : low;
				high = high < 0 || v[i] > v[high] ? i : high;
			} else if (!c->broken)
				c->broken = i + 1;
		int first = low < high ? low : high, second = low < high ? high : low;
		add_point(c, from + 1, NAN);
		if (low < 0)
			continue;
		c->at[c->count - 1] = (struct point){first + 1, v[first]};
		if (second != first)
			add_point(c, second + 1, v[second]);
	}
}

static bool read_curve(struct db *db, struct figure *f, int which)
{
	struct rows *r = db_query(db, "SELECT data FROM history WHERE run_id = ? AND name = ?", "it", f->id, loss_names[which]);
	size_t size;
	if (!r)
		return false;
	if (row_next(r)) {
		const void *at = row_blob(r, 0, &size);
		int n = size / 4 > EPOCHS_MAX ? EPOCHS_MAX : (int)(size / 4);
		float *v = need(malloc((size_t)n * 4 + 4));
		if (n)
			memcpy(v, at, (size_t)n * 4);
		thin(v, n, &f->curves[which]);
		f->epochs = n > f->epochs ? n : f->epochs;
		free(v);
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

static void set_axes(struct figure *f, enum log_mode mode)
{
	struct spread s = {0};
	for (int c = 0; c < CURVES; c++)
		for (int i = 0; i < f->curves[c].count; i++)
			spread_add(&s, f->curves[c].at[i].y);
	f->y = axis_of(&s, mode, 0.06);
	f->x = f->epochs > 1 ? (struct axis){1 - 0.02 * (f->epochs - 1), f->epochs + 0.02 * (f->epochs - 1), false} : (struct axis){0, 2, false};
	for (int c = 0; c < CURVES; c++)
		for (int i = 0; i < f->curves[c].count; i++)
			f->curves[c].drawn += axis_has(&f->y, f->curves[c].at[i].y);
}

static void figure_free(struct figure *f)
{
	free(f->status);
	free(f->data);
	free(f->model);
	for (int c = 0; c < CURVES; c++)
		free(f->curves[c].at);
}

/* ---- drawing ----------------------------------------------------------------------------------------- */

static void write_curve(struct plot *p, const struct figure *f, int which)
{
	const struct curve *c = &f->curves[which];
	plot_printf(p, "$%s << E\n", loss_names[which]);
	for (int i = 0; i < c->count; i++)
		if (axis_has(&f->y, c->at[i].y))
			plot_printf(p, "%.9g %.9g\n", c->at[i].x, c->at[i].y);
		else
			plot_printf(p, "\n");                          /* a gap */
	plot_printf(p, "E\n");
}

static void draw_curves(struct plot *p, const struct figure *f)
{
	const char *before = "plot ";
	for (int c = 0; c < CURVES; c++)
		if (f->curves[c].drawn)
			write_curve(p, f, c);
	for (int c = 0; c < CURVES; c++) {
		if (!f->curves[c].drawn)
			continue;
		/* A line needs two neighbours: few epochs get points, too. */
		bool few = f->curves[c].drawn <= 20;
		plot_printf(p, "%s$%s with %s %s %s", before, loss_names[c], few ? "linespoints" : "lines", loss_styles[c], few ? loss_points[c] : "");
		before = ", ";
	}
	plot_printf(p, "\n");
}

/* Where text covers the least of the curves: at the right or left; at the top, the bottom or in the middle. All from 0 to 1. */
struct place { bool right; double bottom; };
static struct place free_place(const struct figure *f, double width, double height)
{
	const struct place places[] = {{true, 1 - height}, {false, 1 - height}, {false, 0}, {true, 0}, {true, 0.5 - height / 2}, {false, 0.5 - height / 2}};
	int hits[6] = {0}, best = 0;
	for (int c = 0; c < CURVES; c++)
		for (int i = 0; i < f->curves[c].count; i++) {
			if (!axis_has(&f->y, f->curves[c].at[i].y))
				continue;
			double x = axis_to(&f->x, f->curves[c].at[i].x), y = axis_to(&f->y, f->curves[c].at[i].y);
			for (int k = 0; k < 6; k++)
				hits[k] += (places[k].right ? x > 1 - width : x < width) && y > places[k].bottom && y < places[k].bottom + height;
		}
	for (int k = 1; k < 6; k++)
		if (hits[k] < hits[best])
			best = k;
	return places[best];
}

static void note_number(char *out, size_t room, const char *name, const char *fmt, double v)
{
	char number[32] = "unknown";
	if (isfinite(v))
		snprintf(number, sizeof number, fmt, v);
	snprintf(out, room, "%s %s", name, number);
}

/* What is said inside of a figure; how many lines. */
static int notes_of(const struct figure *f, char notes[4][64])
{
	int n = 0, broken = 0;
	for (int c = 0; c < CURVES; c++)
		if (f->curves[c].broken && (!broken || f->curves[c].broken < broken))
			broken = f->curves[c].broken;
	if (!f->epochs)
		snprintf(notes[n++], 64, "no curves (%.40s)", f->status ? f->status : "no such run");
	else if (f->status && strcmp(f->status, "done"))
		snprintf(notes[n++], 64, "%.40s", f->status);
	else {
		note_number(notes[n++], 64, "overfit", "%.2f", f->overfit);
		note_number(notes[n++], 64, "trainability", f->trainability != 0 && fabs(f->trainability) < 0.005 ? "%.1E" : "%.2f", f->trainability);
		note_number(notes[n++], 64, "slope", "%.2E", f->slope);
	}
	if (broken)
		snprintf(notes[n++], 64, "not finite at epoch %d", broken);
	return n;
}

static void draw_notes(struct plot *p, const struct loss_grid *g, const struct figure *f, double x, double y, double width, double height)
{
	char notes[4][64];
	int n = notes_of(f, notes);
	double longest = 0, line = g->small * 1.4, gap = g->small * 0.7;
	for (int i = 0; i < n; i++)
		longest = fmax(longest, text_width(notes[i], g->small));
	struct place at = free_place(f, (longest + 2 * gap) / width, (n * line + 2 * gap) / height);
	for (int i = 0; i < n; i++)
		plot_label(p, at.right ? x + width - gap : x + gap, y + height * at.bottom + gap + (n - i - 0.5) * line,
			at.right ? "right front" : "left front", g->small, "#666666", notes[i], 0);
}

void loss_title(struct plot *p, const struct loss_grid *g, const char *first, const char *second, const char *number, double left, double bottom)
{
	double middle = left + g->cell_width / 2, room = g->cell_width - g->title;
	char *whole = format("%s%s", second, number);
	plot_label(p, middle, bottom + g->title * 2.2, "center", g->title, "#000000", first, room);
	if (text_width(whole, g->title) <= room)
		plot_label(p, middle, bottom + g->title * 0.85, "center", g->title, "#000000", whole, room);
	else {
		double cut = left + g->cell_width - g->title / 2 - text_width(number, g->title);
		plot_label(p, cut, bottom + g->title * 0.85, "right", g->title, "#000000", second, cut - left - g->title / 2);
		plot_label(p, cut, bottom + g->title * 0.85, "left", g->title, "#000000", number, 0);
	}
	free(whole);
}

/* "id:data set", then "model:number of parameters". */
static void draw_title(struct plot *p, const struct loss_grid *g, const struct figure *f, double left, double bottom)
{
	char number[32] = ":?", *first = format("%lld:%s", (long long)f->id, f->data);
	if (isfinite(f->nb_params))
		snprintf(number, sizeof number, ":%.0f", f->nb_params);
	loss_title(p, g, first, f->model, number, left, bottom);
	free(first);
}

static void draw_figure(struct plot *p, const struct loss_grid *g, const struct figure *f, double left, double bottom)
{
	double x = left + g->small * 5, y = bottom + g->small * 2.2;
	double width = g->cell_width - g->small * 6, height = g->cell_height - g->small * 3.2 - g->title * 3.1;
	plot_box(p, x, y, width, height);
	draw_title(p, g, f, left, y + height);
	draw_notes(p, g, f, x, y, width, height);
	if (!f->curves[0].drawn && !f->curves[1].drawn) {
		plot_printf(p, "unset xtics\nunset ytics\nplot [0:1] [0:1] NaN\n");
		return;
	}
	plot_printf(p, "set tics font ',%.3g'\n", g->small);
	axis_write(p, "x", &f->x, (int)fmin(6, width / (g->small * 5)), true);
	axis_write(p, "y", &f->y, (int)fmin(6, height / (g->small * 2)), false);
	draw_curves(p, f);
}

static void draw_legend(struct plot *p, const char *database, int runs, bool bands)
{
	static const char *const texts[] = {
		"Titles: the run's id:data set, then model:number of parameters.",
		"Horizontally: epochs. Vertically: the loss, on a logarithmic axis where it spans two decades or more.",
		"Every figure has axes of its own.",
		"",
		"overfit: |test − train| at the last epoch, divided by the range of both curves",
		"trainability: mean of the test loss over all epochs",
		"slope: mean change of the train loss per epoch over the last tenth of the epochs",
		"not finite at epoch N: the first value that is infinite or no number",
		"",
		"Curves have gaps where values are not finite, or not positive on a logarithmic axis.",
	};
	static const char *const band_texts[] = {
		"Titles: the data set, then model:number of parameters, and how many runs.",
		"Horizontally: epochs. Vertically: the loss, on a logarithmic axis where it spans two decades or more.",
		"Every figure has axes of its own.",
		"",
		"Lines: medians over the runs at this epoch.",
		"Bands: from the first to the third quartile; of fewer than 5 runs from the lowest to the highest.",
		"Runs that ended before an epoch, or are not finite there, do not count in it.",
	};
	const char *const *lines = bands ? band_texts : texts;
	size_t count = bands ? sizeof band_texts / sizeof band_texts[0] : sizeof texts / sizeof texts[0];
	double y = PAGE_HEIGHT - 90;
	plot_page(p);
	plot_box(p, 0, 0, PAGE_WIDTH, PAGE_HEIGHT);
	plot_label(p, 60, y, "left", 16, "#000000", "Legend", 0);
	char *what = format("%s: %d %s", database, runs, runs == 1 ? "run" : "runs");
	plot_label(p, 60, y -= 26, "left", 11, "#666666", what, PAGE_WIDTH - 120);
	free(what);
	for (int c = 0; c < CURVES; c++) {
		y -= 30;
		plot_line(p, 60, y, 120, loss_styles[c]);
		plot_label(p, 135, y, "left", 11, "#000000", c ? "test_loss (dashed)" : "train_loss (solid)", 0);
	}
	y -= 20;
	for (size_t i = 0; i < count; i++)
		plot_label(p, 60, y -= 18, "left", 10, "#444444", lines[i], 0);
	plot_printf(p, "unset border\nunset tics\nplot [0:1] [0:1] NaN\n");
}

static bool draw_runs(struct plot *p, struct db *db, const struct loss_grid *g, const struct selection *runs, enum log_mode mode)
{
	bool curves = db_number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'history'", 0);
	bool ok = true;
	for (int i = 0; ok && i < runs->count; i++) {
		int place = i % (g->size * g->size), row = place / g->size, column = place % g->size;
		struct figure f;
		if (!place)
			plot_page(p);
		ok = read_run(db, runs->ids[i], &f);
		for (int c = 0; ok && curves && c < CURVES; c++)
			ok = read_curve(db, &f, c);
		set_axes(&f, mode);
		if (ok)
			draw_figure(p, g, &f, 18 + column * g->cell_width, PAGE_HEIGHT - 18 - (row + 1) * g->cell_height);
		figure_free(&f);
	}
	if (!ok)
		db_complain(db);
	return ok;
}

/* No selector: all runs. */
static bool choose(struct db *db, const char *database, const struct args *args, struct selection *out)
{
	*out = (struct selection){0};
	if (select_given(args))
		return select_runs(database, args, out);
	struct rows *r = db_query(db, "SELECT run_id FROM runs ORDER BY run_id", "");
	while (r && row_next(r)) {
		out->ids = grow(out->ids, &out->cap, out->count, sizeof *out->ids);
		out->ids[out->count++] = row_int(r, 0);
	}
	if (r)
		row_end(r);
	if (!r || db_trouble(db) != DB_OK)
		db_complain(db);
	else if (!out->count) {
		complain("%s: there is no run to draw", database);
		hint("`mosaic status %s` shows the runs", database);
	} else
		return true;
	return false;
}

static enum exit_code draw(struct db *db, const struct args *args, const struct loss_grid *g, const struct selection *runs, enum log_mode mode)
{
	struct plot *p = plot_open(args->at[1], option(args, "script"), PAGE_WIDTH, PAGE_HEIGHT);
	if (!p)
		return EXIT_USAGE;
	bool bands = option(args, "bands");
	int figures = runs->count;
	bool ok = bands ? bands_draw(p, db, g, runs, mode, &figures) : draw_runs(p, db, g, runs, mode);
	draw_legend(p, args->at[0], runs->count, bands);
	char *of = bands ? format(" of %d %s", figures, figures == 1 ? "pipeline" : "pipelines") : copy("");
	char *what = format("%d %s%s on %d pages", runs->count, runs->count == 1 ? "run" : "runs", of, plot_pages(p));
	free(of);
	enum exit_code code = plot_close(p, what, ok);
	free(what);
	return code;
}

enum exit_code cmd_plotloss(const struct args *args)
{
	int64_t size = 2;
	enum log_mode mode;
	if (!option_int(args, "plot-size", 1, SIZE_MAX_PLOTS, &size) || !log_option(args, &mode))
		return EXIT_USAGE;
	struct loss_grid g = {.size = (int)size, .cell_width = (PAGE_WIDTH - 36.0) / (double)size, .cell_height = (PAGE_HEIGHT - 36.0) / (double)size};
	g.title = fmax(4, fmin(11, g.cell_width / 24));
	g.small = g.title * 0.82;
	struct db *db = db_open(args->at[0], DB_READ);
	struct selection runs = {0};
	enum exit_code code = db && choose(db, args->at[0], args, &runs) ? draw(db, args, &g, &runs, mode) : EXIT_USAGE;
	select_free(&runs);
	db_close(db);
	return code;
}
