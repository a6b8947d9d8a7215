/* plot_bands.c: `mosaic plotloss --bands`: a figure a pipeline, with the median of its runs and a band around it at every epoch. */
#include "plot_loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 400 };                                     /* epochs that are drawn of a long curve */

struct member { int64_t id; int line; double nb_params; char *scheme; bool failed; };
struct members { struct member *at; int count, cap; };
struct band { double x, low, middle, high; };
struct bundle { struct band *at[LOSS_CURVES]; int count[LOSS_CURVES], epochs, runs, failed; double nb_params; };
/* Values of one curve at the drawn epochs, run by run: NaN where a run has none. */
struct table_of { double *v; int places, runs; };

static bool read_members(struct db *db, const struct selection *runs, struct interned *lines, struct members *out)
{
	for (int i = 0; i < runs->count; i++) {
		struct rows *r = db_query(db, "SELECT coalesce(r.pipeline, ''), e.nb_params,"
			" (SELECT param_value FROM params WHERE run_id = r.run_id AND param_name = 'data_scheme'), coalesce(r.status, '')"
			" FROM runs r LEFT JOIN run_results e ON e.run_id = r.run_id WHERE r.run_id = ?", "i", runs->ids[i]);
		if (r && row_next(r)) {
			out->at = grow(out->at, &out->cap, out->count, sizeof *out->at);
			out->at[out->count++] = (struct member){runs->ids[i], intern(lines, row_text(r, 0)), row_real(r, 1), copy(row_text(r, 2)), !strcmp(row_text(r, 3), "error")};
		}
		if (r)
			row_end(r);
		if (!r || db_trouble(db) != DB_OK)
			return false;
	}
	return true;
}

static int by_line(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	return x->line != y->line ? x->line - y->line : (x->id > y->id) - (x->id < y->id);
}

static int epochs_of(struct db *db, int64_t id)
{
	struct rows *r = db_query(db, "SELECT max(length(data)) / 4 FROM history WHERE run_id = ? AND name IN ('train_loss', 'test_loss')", "i", id);
	int64_t n = r && row_next(r) ? row_int(r, 0) : 0;
	if (r)
		row_end(r);
	return n < 0 ? 0 : n > EPOCHS_MAX ? EPOCHS_MAX : (int)n;
}

/* The epoch, from 1, at one of the places. */
static int epoch_at(const struct bundle *b, int place, int places)
{
	return places < 2 ? b->epochs : 1 + (int)((int64_t)(b->epochs - 1) * place / (places - 1));
}

static bool read_curve(struct db *db, int64_t id, const char *name, const struct bundle *b, struct table_of *t, int run)
{
	struct rows *r = db_query(db, "SELECT data FROM history WHERE run_id = ? AND name = ?", "it", id, name);
	size_t size;
	for (int i = 0; i < t->places; i++)
		t->v[(size_t)i * (size_t)t->runs + (size_t)run] = NAN;
	if (!r)
		return false;
	if (row_next(r)) {
		const char *at = row_blob(r, 0, &size);
		for (int i = 0; i < t->places; i++) {
			size_t epoch = (size_t)epoch_at(b, i, t->places);
			float v;
			if (epoch * 4 > size)
				break;
			memcpy(&v, at + (epoch - 1) * 4, 4);
			t->v[(size_t)i * (size_t)t->runs + (size_t)run] = (double)v;
		}
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

static bool read_bundle(struct db *db, const struct member *at, int n, struct bundle *b)
{
	*b = (struct bundle){.runs = n, .nb_params = NAN};
	for (int i = 0; i < n; i++) {
		b->failed += at[i].failed;
		b->nb_params = isfinite(b->nb_params) ? b->nb_params : at[i].nb_params;
		int epochs = epochs_of(db, at[i].id);
		b->epochs = epochs > b->epochs ? epochs : b->epochs;
	}
	struct table_of t = {.places = b->epochs < PLACES ? b->epochs : PLACES, .runs = n};
	t.v = need(malloc(((size_t)t.places * (size_t)n + 1) * sizeof *t.v));
	bool ok = db_trouble(db) == DB_OK;
	for (int c = 0; ok && c < LOSS_CURVES; c++) {
		for (int i = 0; ok && i < n; i++)
			ok = read_curve(db, at[i].id, loss_names[c], b, &t, i);
		b->at[c] = need(calloc((size_t)t.places + 1, sizeof *b->at[c]));
		for (int i = 0; i < t.places; i++) {
			double q[3];
			band_of(t.v + (size_t)i * (size_t)n, n, q);
			b->at[c][b->count[c]++] = (struct band){epoch_at(b, i, t.places), q[0], q[1], q[2]};
		}
	}
	free(t.v);
	return ok;
}

static void bundle_free(struct bundle *b)
{
	for (int c = 0; c < LOSS_CURVES; c++)
		free(b->at[c]);
}

/* ---- drawing ---- */

static struct axis y_axis(const struct bundle *b, enum log_mode mode)
{
	struct spread s = {0};
	for (int c = 0; c < LOSS_CURVES; c++)
		for (int i = 0; i < b->count[c]; i++) {
			spread_add(&s, b->at[c][i].low);
			spread_add(&s, b->at[c][i].high);
		}
	return axis_of(&s, mode, 0.06);
}

static int write_curve(struct plot *p, const struct bundle *b, const struct axis *y, int c)
{
	int drawn = 0;
	plot_printf(p, "$%s << E\n", loss_names[c]);
	for (int i = 0; i < b->count[c]; i++) {
		const struct band *k = &b->at[c][i];
		if (axis_has(y, k->middle) && axis_has(y, k->high) && ++drawn)
			plot_printf(p, "%.9g %.9g %.9g %.9g\n", k->x, k->middle, fmax(k->low, y->low), k->high);
		else
			plot_printf(p, "\n");
	}
	plot_printf(p, "E\n");
	return drawn;
}

static void draw_curves(struct plot *p, const struct bundle *b, const struct axis *y)
{
	const char *before = "plot ";
	int drawn[LOSS_CURVES];
	for (int c = 0; c < LOSS_CURVES; c++)
		drawn[c] = write_curve(p, b, y, c);
	for (int c = 0; c < LOSS_CURVES; c++)
		if (drawn[c] > 1 && b->runs > 1) {
			plot_printf(p, "%s$%s using 1:3:4 with filledcurves fc rgb '%s' fs transparent solid 0.22 noborder", before, loss_names[c], plot_colours[c]);
			before = ", ";
		}
	for (int c = 0; c < LOSS_CURVES; c++)
		if (drawn[c]) {
			plot_printf(p, "%s$%s using 1:2 with %s %s %s", before, loss_names[c], drawn[c] <= 20 ? "linespoints" : "lines", loss_styles[c],
				drawn[c] <= 20 ? loss_points[c] : "");
			before = ", ";
		}
	plot_printf(p, before[0] == ',' ? "\n" : "plot [0:1] [0:1] NaN\n");
}

static void draw_bundle(struct plot *p, const struct loss_grid *g, const struct bundle *b, const struct member *at, const char *line, enum log_mode mode,
	double left, double bottom)
{
	double x = left + g->small * 5, y = bottom + g->small * 2.2;
	double width = g->cell_width - g->small * 6, height = g->cell_height - g->small * 3.2 - g->title * 3.1;
	struct axis ay = y_axis(b, mode);
	struct axis ax = b->epochs > 1 ? (struct axis){1 - 0.02 * (b->epochs - 1), b->epochs + 0.02 * (b->epochs - 1), false} : (struct axis){0, 2, false};
	char *data, *model, *size = isfinite(b->nb_params) ? format("%.0f", b->nb_params) : copy("?");
	char *failed = b->failed ? format(", %d failed", b->failed) : copy("");
	char *number = format(":%s, %d %s%s", size, b->runs, b->runs == 1 ? "run" : "runs", failed);
	loss_split(line, at->scheme, &data, &model);
	plot_box(p, x, y, width, height);
	loss_title(p, g, data, model, number, left, y + height);
	if (!b->epochs) {
		plot_label(p, x + width / 2, y + height / 2, "center", g->small, "#666666", "no curves", 0);
		plot_printf(p, "unset xtics\nunset ytics\nplot [0:1] [0:1] NaN\n");
	} else {
		plot_printf(p, "set tics font ',%.3g'\n", g->small);
		axis_write(p, "x", &ax, (int)fmin(6, width / (g->small * 5)), true);
		axis_write(p, "y", &ay, (int)fmin(6, height / (g->small * 2)), false);
		draw_curves(p, b, &ay);
	}
	free(size);
	free(failed);
	free(data);
	free(model);
	free(number);
}

bool bands_draw(struct plot *p, struct db *db, const struct loss_grid *g, const struct selection *runs, enum log_mode mode, int *figures)
{
	bool curves = db_number(db, "SELECT count(*) FROM sqlite_master WHERE name = 'history'", 0);
	struct interned lines = {0};
	struct members m = {0};
	bool ok = read_members(db, runs, &lines, &m);
	if (m.count)
		qsort(m.at, (size_t)m.count, sizeof *m.at, by_line);
	*figures = 0;
	for (int from = 0, to; ok && from < m.count; from = to) {
		int place = *figures % (g->size * g->size), row = place / g->size, column = place % g->size;
		struct bundle b = {.runs = 0};
		for (to = from + 1; to < m.count && m.at[to].line == m.at[from].line; to++)
			;
		if (!place)
			plot_page(p);
		b.runs = to - from;
		ok = !curves || read_bundle(db, m.at + from, to - from, &b);
		if (ok)
			draw_bundle(p, g, &b, &m.at[from], lines.at[m.at[from].line], mode, 18 + column * g->cell_width, LOSS_HEIGHT - 18 - (row + 1) * g->cell_height);
		bundle_free(&b);
		++*figures;
	}
	for (int i = 0; i < m.count; i++)
		free(m.at[i].scheme);
	free(m.at);
	interned_free(&lines);
	if (!ok)
		db_complain(db);
	return ok;
}
