/* plot_meta.c: `mosaic metaplot`: a criterion against the number of parameters, one line a model key, on one data set. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_WIDTH = 430, FRAME_HEIGHT = 280, LEFT = 70, BOTTOM = 66, TOP = 40, KEY_LINE = 14, MODELS_MAX = 1000, FEW = 10 };

struct meta {
	const char *key;
	int criterion, data;
	struct series *series; char **names; int count;        /* of the models that have a value */
	int runs, missing;
	char *lost;                                            /* what is said of runs without results */
	struct axis x, y;
	enum { SPREAD_AUTO, SPREAD_BARS, SPREAD_BANDS, SPREAD_POINTS } spread;   /* auto: points where they are few */
};

static bool spread_option(const struct args *args, struct meta *m)
{
	static const char *const names[] = {"auto", "bars", "bands", "points"};
	const char *s = option(args, "spread");
	for (int i = 0; i < 4; i++)
		if (!s || !strcmp(s, names[i])) {
			m->spread = i;
			return true;
		}
	complain("--spread: '%s' is none of auto, bars, bands, points", s);
	return false;
}

static int find_data(const struct samples *s, const char *key, const char *database)
{
	int found = interned_find(&s->data, key);
	if (found >= 0)
		return found;
	complain("%s: no finished run has the data set key '%s'", database, key);
	const char *near = nearest(key, (const char *const *)s->data.at, s->data.count);
	if (near)
		hint("did you mean '%s'?", near);
	else if (s->data.count)
		hint("'%s' is one of %d keys; `mosaic status %s` shows the runs", s->data.at[0], s->data.count, database);
	return -1;
}

static void gather(const struct samples *s, enum log_mode mode, struct meta *m)
{
	struct spread x = {0}, y = {0};
	m->series = need(calloc((size_t)s->model.count + 2, sizeof *m->series));
	m->names = need(calloc((size_t)s->model.count + 2, sizeof *m->names));
	bool few = true;
	for (int from = 0, to; from < s->count; from = to) {
		const struct sample *first = &s->at[from];
		for (to = from + 1; to < s->count && s->at[to].data == first->data && s->at[to].model == first->model; to++)
			;
		if (first->data != m->data)
			continue;
		if (first->model < 0) {
			m->missing += to - from;
			continue;
		}
		struct series *at = &m->series[m->count];
		series_make(first, to - from, m->criterion, at);
		m->runs += at->runs - at->missing;
		m->missing += at->missing;
		if (!at->count) {
			series_free(at);
			continue;
		}
		few = few && at->most <= FEW;
		m->names[m->count++] = copy(s->model.at[first->model]);
	}
	if (m->spread == SPREAD_AUTO)
		m->spread = few ? SPREAD_POINTS : SPREAD_BARS;
	for (int i = 0; i < m->count; i++)
		series_spread(&m->series[i], m->spread == SPREAD_POINTS, &x, &y);
	m->x = axis_of(&x, mode == LOG_YES ? LOG_AUTO : mode, 0.05);
	m->y = axis_of(&y, mode, 0.06);
}

static bool can_draw(const struct meta *m, const char *database)
{
	if (!m->count) {
		complain("%s: no run on '%s' has a %s and a number of parameters", database, m->key, criteria[m->criterion].name);
		hint("%d %s without: NULL stands for what is not defined, such as NaN", m->missing, m->missing == 1 ? "run is" : "runs are");
		return false;
	}
	if (m->count > MODELS_MAX) {
		complain("%s: %d model keys are too many for one picture, which takes %d", database, m->count, MODELS_MAX);
		return false;
	}
	return true;
}

static bool write_spread(struct plot *p, const struct meta *m, int i)
{
	const struct series *s = &m->series[i];
	series_mean(p, i, s, &m->x, &m->y);
	return m->spread == SPREAD_POINTS ? series_points(p, i, s, &m->x, &m->y, s->most)
		: m->spread == SPREAD_BANDS ? series_band(p, i, s, &m->x, &m->y) : series_bars(p, i, s, &m->x, &m->y);
}

static void draw_spread(struct plot *p, const struct meta *m, int i, const char *before)
{
	const char *colour = plot_colours[i % PLOT_COLOURS];
	if (m->spread == SPREAD_POINTS)
		plot_printf(p, "%s$points%d with points pt 6 ps %s*P lw 0.6 lc rgb '%s' notitle", before, i, m->runs > 300 ? "0.25" : "0.45", colour);
	else if (m->spread == SPREAD_BANDS)
		plot_printf(p, "%s$band%d with filledcurves fc rgb '%s' fs transparent solid 0.2 noborder notitle", before, i, colour);
	else
		plot_printf(p, "%s$bars%d with yerrorbars pt -1 lw %s lc rgb '%s' notitle", before, i, m->count > 6 ? "0.4" : "0.8", colour);
}

static void draw_lines(struct plot *p, const struct meta *m, double room)
{
	const char *before = "plot ";
	bool *spread = need(calloc((size_t)m->count, sizeof *spread));
	for (int i = 0; i < m->count; i++)
		spread[i] = write_spread(p, m, i);
	for (int i = 0; i < m->count; i++)
		if (spread[i]) {
			draw_spread(p, m, i, before);
			before = ", ";
		}
	for (int i = 0; i < m->count; i++) {
		plot_printf(p, "%s$mean%d with linespoints pt %d ps 0.6*P lw 1.2 lc rgb '%s' dt %s title ", before, i, plot_shapes[i % PLOT_COLOURS],
			plot_colours[i % PLOT_COLOURS], plot_dashes[i / PLOT_COLOURS % PLOT_DASHES]);
		plot_text(p, m->names[i], room, 9);
		before = ", ";
	}
	plot_printf(p, "\n");
	free(spread);
}

static void draw_picture(struct plot *p, const struct meta *m, double width, double height, double room)
{
	const char *name = criteria[m->criterion].name;
	double frame = height - BOTTOM - TOP;
	char *left_out = m->missing ? format("; %d without a value or a key left out", m->missing) : copy("");
	char *note = format("%d %s%s%s. Lines: means; %s", m->runs, m->runs == 1 ? "run" : "runs", left_out, m->lost,
		m->spread == SPREAD_POINTS ? "circles: the runs" : m->spread == SPREAD_BANDS ? "bands: one standard deviation, within the values"
		: "bars: one standard deviation, within the values");
	plot_page(p);
	plot_box(p, LEFT, BOTTOM, FRAME_WIDTH, frame);
	/* Above the frame, or if it is too long for that, in the middle of the page. */
	double middle = text_width(m->key, 12) < 2 * LEFT + FRAME_WIDTH - 20 ? LEFT + FRAME_WIDTH / 2.0 : width / 2;
	plot_label(p, middle, height - TOP / 2.0, "center", 12, "#000000", m->key, width - 20);
	plot_label(p, LEFT + FRAME_WIDTH / 2.0, BOTTOM - 28, "center", 10, "#000000", "nb_params", 0);
	plot_label(p, 14, BOTTOM + frame / 2, "center rotate", 10, "#000000", name, 0);
	plot_label(p, 14, 14, "left", 7.5, "#666666", note, width - 28);
	plot_printf(p, "set tics font ',9'\nset key at screen %.5f,%.5f left top Left reverse samplen 2 spacing %.3g font ',9'\n", (LEFT + FRAME_WIDTH + 8) / width,
		(BOTTOM + frame) / height, KEY_LINE / 12.0);
	axis_write(p, "x", &m->x, 7, true);
	axis_write(p, "y", &m->y, 7, false);
	draw_lines(p, m, room);
	free(left_out);
	free(note);
}

static enum exit_code draw(const struct args *args, const struct meta *m)
{
	names_shorten(m->names, m->count, 260, 9);
	double longest = 40, height = fmax(FRAME_HEIGHT, KEY_LINE * (m->count + 1)) + BOTTOM + TOP;
	for (int i = 0; i < m->count; i++)
		longest = fmax(longest, text_width(m->names[i], 9));
	double room = fmin(longest + 1, 260), width = LEFT + FRAME_WIDTH + room + 60;
	struct plot *p = plot_open(args->at[1], option(args, "script"), width, height);
	if (!p)
		return EXIT_USAGE;
	draw_picture(p, m, width, height, room);
	char *what = format("%s of %d %s, %d model %s%s", criteria[m->criterion].name, m->runs, m->runs == 1 ? "run" : "runs", m->count,
		m->count == 1 ? "key" : "keys", m->lost);
	enum exit_code code = plot_close(p, what, true);
	free(what);
	return code;
}

enum exit_code cmd_metaplot(const struct args *args)
{
	struct meta m = {.key = args->at[2]};
	struct samples s = {0};
	const struct criterion *c;
	enum log_mode mode;
	if (!log_option(args, &mode) || !spread_option(args, &m) || !(c = criterion_find(args->at[3])))
		return EXIT_USAGE;
	m.criterion = (int)(c - criteria);
	struct db *db = db_open(args->at[0], DB_READ);
	bool ok = db && samples_read(db, args, &s) && (m.data = find_data(&s, m.key, args->at[0])) >= 0;
	db_close(db);
	if (ok) {
		m.lost = lost_text(&s.lost, m.key, NULL);
		gather(&s, mode, &m);
	}
	enum exit_code code = ok && can_draw(&m, args->at[0]) ? draw(args, &m) : EXIT_USAGE;
	for (int i = 0; i < m.count; i++) {
		series_free(&m.series[i]);
		free(m.names[i]);
	}
	free(m.lost);
	free(m.series);
	free(m.names);
	samples_free(&s);
	return code;
}
