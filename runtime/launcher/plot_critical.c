/* plot_critical.c: `mosaic critical`: mean ranks of models over blocks of data sets and seeds, and which of them Nemenyi's test cannot
** tell apart (Demšar 2006). plot_rank.c computes. */
#include "plot.h"
#include "plot_rank.h"
#include "plot_table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MODELS_MAX = 40, WIDTH = 680, SIDE = 170, ROW = 16, BAR = 9, TOP = 84, BOTTOM = 75, RANK = 24 };        /* RANK: room of a mean rank */

struct ranked { int level; double rank; };
struct bar { int from, to; };                              /* of the ranked models */
struct ranking {
	const struct criterion *criterion;
	int place;
	struct table t;
	struct column by;
	struct columns_of within;
	double *values; int blocks, left_out;                  /* [blocks][k]; left_out: blocks that lack a model */
	struct ranked *models; int k;
	double statistic, p, difference;
	struct bar bars[MODELS_MAX]; int bar_count;
};

/* ---- blocks ---- */

struct cell_value { int block, model; double v; };

static int by_cell(const void *a, const void *b)
{
	const struct cell_value *x = a, *y = b;
	if (x->block != y->block)
		return x->block - y->block;
	return x->model != y->model ? x->model - y->model : (x->v > y->v) - (x->v < y->v);
}

/* Without --within a block is all that the compared parameter has no part in, seeds included. */
static bool choose_blocks(struct ranking *r, const char *list)
{
	struct columns_of all;
	int n = 0;
	if (list)
		return columns_listed(&r->t, "--within", list, &r->within);
	bool section = *r->by.owner && (!strcmp(r->by.name, r->by.owner) || !strcmp(r->by.name + strlen(r->by.name) - 4, "_key"));
	columns_varying(&r->t, &all);
	r->within.at = need(calloc((size_t)all.count + 2, sizeof *r->within.at));
	for (int i = 0; i < all.count; i++)
		if (!strcmp(all.at[i].name, r->by.name) || (section && !strcmp(all.at[i].owner, r->by.owner)))
			column_free(&all.at[i]);
		else
			r->within.at[n++] = all.at[i];
	free(all.at);
	if (interned_find(&r->t.names, "seed") >= 0 && column_named(&r->t, "", "seed", &r->within.at[n]))
		n++;
	r->within.count = n;
	return true;
}

/* One block's row: medians over its runs. False: some model has none. */
static bool fill_row(const struct cell_value *at, int n, int k, double *row)
{
	int have = 0;
	for (int from = 0, to; from < n; from = to) {
		for (to = from; to < n && at[to].model == at[from].model; to++)
			;
		int count = to - from;
		row[at[from].model] = at[from + (count - 1) / 2].v / 2 + at[from + count / 2].v / 2;
		have++;
	}
	return have == k;
}

static void make_blocks(struct ranking *r)
{
	struct cell_value *values = need(malloc(((size_t)r->t.count + 1) * sizeof *values));
	int *group = need(malloc(((size_t)r->t.count + 1) * sizeof *group)), n = 0;
	int groups = columns_group(&r->within, r->t.count, -1, group);
	r->k = r->by.count;
	r->values = need(malloc(((size_t)groups * (size_t)r->k + 1) * sizeof *r->values));
	for (int i = 0; i < r->t.count; i++) {
		double v = r->t.runs[i].values[r->place];
		if (r->by.of[i] >= 0 && isfinite(v))
			values[n++] = (struct cell_value){group[i], r->by.of[i], v};
	}
	qsort(values, (size_t)n, sizeof *values, by_cell);
	for (int from = 0, to; from < n; from = to) {
		for (to = from; to < n && values[to].block == values[from].block; to++)
			;
		bool whole = fill_row(values + from, to - from, r->k, r->values + (size_t)r->blocks * (size_t)r->k);
		r->blocks += whole;
		r->left_out += !whole;
	}
	free(values);
	free(group);
}

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank) : x->level - y->level;
}

/* The longest stretches of models that are closer than the critical difference. */
static void find_bars(struct ranking *r)
{
	int reached = 0;
	for (int i = 0; i < r->k; i++) {
		int last = i;
		while (last + 1 < r->k && r->models[last + 1].rank - r->models[i].rank < r->difference)
			last++;
		if (last > i && last > reached)
			r->bars[r->bar_count++] = (struct bar){i, last};
		reached = last > reached ? last : reached;
	}
}

static void rank_models(struct ranking *r)
{
	double *ranks = need(calloc((size_t)r->k + 1, sizeof *ranks));
	r->models = need(calloc((size_t)r->k + 1, sizeof *r->models));
	r->statistic = friedman(r->values, r->blocks, r->k, r->criterion->better > 0, ranks);
	r->p = isnan(r->statistic) ? 1 : chi_square_tail(r->statistic, r->k - 1);
	r->difference = critical_difference(r->blocks, r->k);
	for (int j = 0; j < r->k; j++)
		r->models[j] = (struct ranked){j, ranks[j]};
	qsort(r->models, (size_t)r->k, sizeof *r->models, by_rank);
	find_bars(r);
	free(ranks);
}

/* ---- the picture: rank 1 is on the left ---- */

struct canvas { struct plot *p; const struct ranking *r; double height, axis; };

static double x_of(const struct ranking *r, double rank)
{
	return SIDE + (WIDTH - 2.0 * SIDE) * (rank - 1) / (r->k - 1);
}

static void stroke(const struct canvas *c, double x, double y, double to_x, double to_y, const char *style)
{
	plot_printf(c->p, "set arrow from screen %.5f,%.5f to screen %.5f,%.5f nohead %s\n", plot_x(c->p, x), plot_y(c->p, y), plot_x(c->p, to_x),
		plot_y(c->p, to_y), style);
}

static void draw_axis(const struct canvas *c)
{
	static const char thin[] = "lw 0.8 lc rgb '#222222'";
	int step = (c->r->k + 19) / 20;
	stroke(c, x_of(c->r, 1), c->axis, x_of(c->r, c->r->k), c->axis, thin);
	for (int i = 1; i <= c->r->k; i += step) {
		char number[16];
		snprintf(number, sizeof number, "%d", i);
		stroke(c, x_of(c->r, i), c->axis, x_of(c->r, i), c->axis + 4, thin);
		plot_label(c->p, x_of(c->r, i), c->axis + 11, "center", 8.5, "#000000", number, 0);
	}
	double whole = x_of(c->r, 1 + c->r->difference) - x_of(c->r, 1), width = fmin(whole, WIDTH - 1.3 * SIDE), y = c->axis + 26;
	char *text = format("critical difference %.3g", c->r->difference);
	stroke(c, x_of(c->r, 1), y, x_of(c->r, 1) + width, y, "lw 1.6 lc rgb '#0072b2'");
	stroke(c, x_of(c->r, 1), y - 3, x_of(c->r, 1), y + 3, "lw 1 lc rgb '#0072b2'");
	if (width == whole)                                    /* else it goes on */
		stroke(c, x_of(c->r, 1) + width, y - 3, x_of(c->r, 1) + width, y + 3, "lw 1 lc rgb '#0072b2'");
	plot_label(c->p, x_of(c->r, 1), y + 10, "left", 8, "#0072b2", text, 0);
	free(text);
}

static void draw_models(const struct canvas *c, double first)
{
	int half = (c->r->k + 1) / 2;
	for (int i = 0; i < c->r->k; i++) {
		bool left = i < half;
		double x = x_of(c->r, c->r->models[i].rank), y = first - (left ? i : c->r->k - 1 - i) * ROW, end = left ? SIDE - RANK : WIDTH - SIDE + RANK;
		char rank[16];
		snprintf(rank, sizeof rank, "%.2f", c->r->models[i].rank);
		stroke(c, x, c->axis, x, y, "lw 0.8 lc rgb '#666666'");
		stroke(c, x, y, end, y, "lw 0.8 lc rgb '#666666'");
		plot_label(c->p, left ? end + 3 : end - 3, y + 5, left ? "left" : "right", 6.5, "#666666", rank, 0);
		plot_label(c->p, left ? end - 4 : end + 4, y, left ? "right" : "left", 9, "#000000", c->r->by.levels[c->r->models[i].level].text, SIDE - RANK - 12);
	}
}

static void draw_bars(const struct canvas *c)
{
	for (int i = 0; i < c->r->bar_count; i++) {
		const struct bar *b = &c->r->bars[i];
		double y = c->axis - 8 - i * BAR;
		stroke(c, x_of(c->r, c->r->models[b->from].rank) - 3, y, x_of(c->r, c->r->models[b->to].rank) + 3, y, "front lw 3.5 lc rgb '#d55e00'");
	}
}

static void draw_notes(const struct canvas *c)
{
	const struct ranking *r = c->r;
	struct text what = {0};
	for (int i = 0; i < r->within.count && i < 8; i++)
		text_printf(&what, "%s%s", i ? ", " : "", r->within.at[i].name);
	char *left = r->left_out ? format("; %d that lack a model left out", r->left_out) : copy("");
	char *lost = lost_text(&r->t.lost, NULL, NULL);
	char *first = format("%d %s (%s)%s%s", r->blocks, r->blocks == 1 ? "block" : "blocks", what.len ? what.at : "all runs", left, lost);
	char *second = format("Friedman: χ² = %.4g, p = %.3g%s: %s", r->statistic, r->p, r->blocks < 10 ? " (roughly: few blocks)" : "",
		r->p < 0.05 ? "they differ" : "nothing says that they differ");
	plot_label(c->p, 14, 53, "left", 7.5, "#666666", first, WIDTH - 28);
	plot_label(c->p, 14, 40, "left", 7.5, "#666666", second, WIDTH - 28);
	plot_label(c->p, 14, 27, "left", 7.5, "#666666", "Ranks within a block, 1 is the best; their means. Bars join models that Nemenyi's test cannot tell apart at 0.05.", 0);
	plot_label(c->p, 14, 14, "left", 7.5, "#666666", "Seeds on the same data are no independent data sets: such blocks speak of this data only.", 0);
	text_free(&what);
	free(left);
	free(lost);
	free(first);
	free(second);
}

static void draw(struct plot *p, const struct ranking *r, const char *database, double height)
{
	struct canvas c = {p, r, height, height - TOP};
	char *title = format("%s: %s by %s", database, r->criterion->name, r->by.name);
	plot_page(p);
	plot_box(p, 0, 0, WIDTH, height);
	plot_label(p, WIDTH / 2.0, height - 18, "center", 12, "#000000", title, WIDTH - 30);
	draw_axis(&c);
	draw_models(&c, c.axis - 18 - r->bar_count * BAR);
	draw_bars(&c);
	draw_notes(&c);
	plot_nothing(p);
	free(title);
}

static void print_json(const struct ranking *r)
{
	json_t *models = json_array(), *bars = json_array();
	for (int i = 0; i < r->k; i++)
		json_array_append_new(models, json_pack("{so sf}", "name", json_text(r->by.levels[r->models[i].level].text), "rank", r->models[i].rank));
	for (int i = 0; i < r->bar_count; i++) {
		json_t *bar = json_array();
		for (int k = r->bars[i].from; k <= r->bars[i].to; k++)
			json_array_append_new(bar, json_text(r->by.levels[r->models[k].level].text));
		json_array_append_new(bars, bar);
	}
	json_t *all = json_pack("{ss so si si so so sf sf so so}", "criterion", r->criterion->name, "by", json_text(r->by.name), "blocks", r->blocks, "left_out", r->left_out,
		"not_shown", lost_json(&r->t.lost, NULL), "friedman", json_measure(r->statistic), "p", r->p,
		"critical_difference", r->difference, "models", models, "cannot_be_told_apart", bars);
	json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(all);
}

static bool can_rank(const struct ranking *r, const char *database)
{
	if (r->by.count < 2) {
		complain("%s: %s has one value only: there is nothing to rank", database, r->by.name);
		hint("--by takes a parameter that differs between the runs: `mosaic show RUN_ID` lists them");
	} else if (r->by.count > MODELS_MAX) {
		complain("%s: %s has %d values; the diagram takes %d", database, r->by.name, r->by.count, MODELS_MAX);
		hint("choose runs with --id or --request");
	} else
		return true;
	return false;
}

static enum exit_code draw_all(struct ranking *r, const struct args *args)
{
	if (r->blocks < 2) {
		complain("%s: %d %s all values of %s: ranks need two", args->at[0], r->blocks, r->blocks == 1 ? "block has" : "blocks have", r->by.name);
		hint("--within NAMES says what makes a block: dataset_key, seed");
		return EXIT_USAGE;
	}
	rank_models(r);
	column_shorten(&r->by, SIDE - RANK - 12, 9);
	double height = TOP + BOTTOM + 22 + r->bar_count * BAR + (r->k + 1) / 2 * ROW;
	struct plot *p = plot_open(args->at[1], option(args, "script"), WIDTH, height);
	if (!p)
		return EXIT_USAGE;
	plot_quiet(p, option(args, "json"));
	draw(p, r, name_of_file(args->at[0]), height);
	char *lost = lost_text(&r->t.lost, NULL, NULL);
	char *what = format("%s by %s, %d values in %d blocks%s", r->criterion->name, r->by.name, r->k, r->blocks, lost);
	enum exit_code code = plot_close(p, what, true);
	free(lost);
	free(what);
	if (code == EXIT_DONE && option(args, "json"))
		print_json(r);
	return code;
}

enum exit_code cmd_critical(const struct args *args)
{
	struct ranking r = {0};
	const char *by = option(args, "by");
	if (!(r.criterion = criterion_find(args->at[2])))
		return EXIT_USAGE;
	if (!by) {
		complain("which models?");
		hint("--by mlp_key compares the keys of the models, --by width the values of a parameter");
		return EXIT_USAGE;
	}
	r.place = (int)(r.criterion - criteria);
	struct db *db = db_open(args->at[0], DB_READ);
	bool ok = db && table_read(db, args, &r.t) && column_named(&r.t, "--by", by, &r.by);
	db_close(db);
	ok = ok && can_rank(&r, args->at[0]) && choose_blocks(&r, option(args, "within"));
	if (ok)
		make_blocks(&r);
	enum exit_code code = ok ? draw_all(&r, args) : EXIT_USAGE;
	column_free(&r.by);
	columns_of_free(&r.within);
	table_free(&r.t);
	free(r.values);
	free(r.models);
	return code;
}
