/* plot_importance.c: `mosaic importance`: how much of the variance of a criterion over the runs goes with each parameter, alone
** and together with others, and how much is left between seeds. The shares are plot_anova.c's. */
#include "plot.h"
#include "plot_anova.h"
#include "plot_table.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* RANGES: into which numbers with more values are cut. */
enum { RANGES = 8, SHOWN_MAX = 30, BAR = 20, WIDTH = 560, LEFT = 150, RIGHT = 120, TOP = 50, BOTTOM = 84 };

struct importance {                                        /* NaN: cannot be known from these runs */
	const char *name;
	int levels;
	double alone, together;                                /* together: with all interactions; never less than alone */
};
struct weighing {
	const struct criterion *criterion;
	int place;
	bool logs;
	struct table t;
	struct columns_of columns;
	double *y; int *run, n, without;                       /* run: of each value */
	double seeds;                                          /* share between runs that differ in nothing else; NaN: there are none */
	bool crossed;                                          /* every combination of levels was run */
	int pipelines;
	struct importance *of;                                 /* the most important first */
};

static void take_values(struct weighing *w, enum log_mode mode)
{
	struct spread s = {0};
	w->y = need(malloc(((size_t)w->t.count + 1) * sizeof *w->y));
	w->run = need(malloc(((size_t)w->t.count + 1) * sizeof *w->run));
	for (int i = 0; i < w->t.count; i++)
		spread_add(&s, w->t.runs[i].values[w->place]);
	w->logs = axis_of(&s, mode, 0).log;
	for (int i = 0; i < w->t.count; i++) {
		double v = w->t.runs[i].values[w->place];
		if (!isfinite(v) || (w->logs && v <= 0))
			continue;
		w->run[w->n] = i;
		w->y[w->n++] = w->logs ? log10(v) : v;
	}
	w->without = w->t.count - w->n;
}

/* Numbers the groups of the runs that have a value. */
static int gather(const struct weighing *w, const int *of_runs, int *group)
{
	int *number = need(malloc(((size_t)w->t.count + 1) * sizeof *number)), n = 0;
	memset(number, -1, ((size_t)w->t.count + 1) * sizeof *number);
	for (int i = 0; i < w->n; i++) {
		int g = of_runs[w->run[i]];
		if (number[g] < 0)
			number[g] = n++;
		group[i] = number[g];
	}
	free(number);
	return n;
}

/* without: -1 none, else this column. */
static double share_of_others(const struct weighing *w, int without, int *groups)
{
	int *all = need(malloc(((size_t)w->t.count + 1) * sizeof *all)), *group = need(malloc(((size_t)w->n + 1) * sizeof *group));
	columns_group(&w->columns, w->t.count, without, all);
	*groups = gather(w, all, group);
	double share = share_between(w->y, group, w->n, *groups);
	free(all);
	free(group);
	return share;
}

static double share_alone(const struct weighing *w, int column)
{
	struct columns_of one = {&w->columns.at[column], 1};
	int *all = need(malloc(((size_t)w->t.count + 1) * sizeof *all)), *group = need(malloc(((size_t)w->n + 1) * sizeof *group));
	columns_group(&one, w->t.count, -1, all);
	double share = share_between(w->y, group, w->n, gather(w, all, group));
	free(all);
	free(group);
	return share;
}

static int by_importance(const void *a, const void *b)
{
	const struct importance *x = a, *y = b;
	double u = isnan(x->alone) ? -1 : x->alone, v = isnan(y->alone) ? -1 : y->alone;
	if (u != v)
		return (u < v) - (u > v);
	return strcmp(x->name, y->name);
}

static double unit(double share)
{
	return isnan(share) ? NAN : fmin(fmax(share, 0), 1);
}

static void weigh(struct weighing *w)
{
	int groups;
	double combinations = 1, all = share_of_others(w, -1, &w->pipelines);
	w->of = need(calloc((size_t)w->columns.count + 1, sizeof *w->of));
	w->seeds = isnan(all) ? NAN : unit(1 - all);
	for (int k = 0; k < w->columns.count; k++) {
		const struct column *c = &w->columns.at[k];
		struct importance *p = &w->of[k];
		combinations *= c->count + (c->lacking > 0);
		double rest = w->columns.count > 1 ? share_of_others(w, k, &groups) : 0;
		*p = (struct importance){.name = c->name, .levels = c->count, .alone = unit(share_alone(w, k))};
		/* Without repeated runs there is nothing to tell the last interaction from chance. */
		p->together = isnan(all) || isnan(rest) ? p->alone : fmax(unit(all - rest), p->alone);
	}
	w->crossed = combinations == w->pipelines;
	qsort(w->of, (size_t)w->columns.count, sizeof *w->of, by_importance);
}

/* ---- the picture ---- */

static void percent(char out[16], double share)
{
	if (isnan(share))
		snprintf(out, 16, "?");
	else
		snprintf(out, 16, share >= 0.0005 && share < 0.01 ? "%.1f %%" : "%.0f %%", 100 * share);
}

static void draw_bar(struct plot *p, const struct weighing *w, int place, int bars)
{
	const struct importance *i = place < w->columns.count ? &w->of[place] : NULL;
	double y = BOTTOM + (bars - place - 0.5) * BAR;
	char alone[16], together[16], *text;
	if (!i) {
		percent(alone, w->seeds);
		text = isnan(w->seeds) ? copy("? (no pipeline was run twice)") : copy(alone);
		plot_label(p, LEFT - 6, y, "right", 9, "#666666", "between seeds", 0);
	} else {
		percent(alone, i->alone);
		percent(together, i->together);
		text = i->together > i->alone + 0.005 ? format("%s, %s together", alone, together) : copy(alone);
		plot_label(p, LEFT - 6, y, "right", 9, "#000000", i->name, LEFT - 16);
	}
	double longest = i ? i->together : w->seeds, at = LEFT + (WIDTH - LEFT - RIGHT) * (isnan(longest) ? 0 : longest) + 5;
	plot_label(p, at, y, "left front", 8, "#444444", text, 0);
	free(text);
}

static void write_bars(struct plot *p, const struct weighing *w, int bars)
{
	plot_printf(p, "$bars << E\n");
	for (int k = 0; k < bars; k++) {
		bool seeds = k == bars - 1;
		double y = bars - k - 0.5, alone = seeds ? w->seeds : w->of[k].alone, together = seeds ? NAN : w->of[k].together;
		if (together > alone)
			plot_printf(p, "%.6g %.3f %.6g %.6g %.3f %.3f %d\n", together, y, alone, together, y - 0.32, y + 0.32, 0xa6cfe6);
		if (alone > 0)
			plot_printf(p, "%.6g %.3f 0 %.6g %.3f %.3f %d\n", alone, y, alone, y - 0.32, y + 0.32, seeds ? 0x999999 : 0x0072b2);
	}
	plot_printf(p, "-1 0.5 -1 -1 0.4 0.6 0\nE\n");           /* there may be no bar */
}

static void draw_notes(struct plot *p, const struct weighing *w, int left_out)
{
	char *without = w->without ? format("; %d without a value%s left out", w->without, w->logs ? " above 0" : "") : copy("");
	char *more = left_out ? format("; %d less important parameters are not shown", left_out) : copy("");
	char *lost = lost_text(&w->t.lost, NULL, NULL);
	char *first = format("%d runs of %d pipelines%s%s%s. Share of the variance of %s%s%s", w->n, w->pipelines, without, lost, more, w->logs ? "log₁₀(" : "",
		w->criterion->name, w->logs ? ")" : "");
	plot_label(p, 14, 40, "left", 7.5, "#666666", first, WIDTH - 28);
	plot_label(p, 14, 27, "left", 7.5, "#666666", "Dark: the parameter alone. Light: what it does only together with others. Grey: runs that differ in their seed only.", 0);
	if (!w->crossed)
		plot_label(p, 14, 14, "left", 7.5, "#b03000", "Not every combination was run: parameters that change together share what they explain, and shares may overlap.", 0);
	free(without);
	free(lost);
	free(more);
	free(first);
}

static void draw(struct plot *p, const struct weighing *w, const char *database, int bars, double height)
{
	plot_page(p);
	write_bars(p, w, bars);
	plot_box(p, LEFT, BOTTOM, WIDTH - LEFT - RIGHT, bars * BAR);
	char *title = format("%s: what %s depends on", database, w->criterion->name);
	plot_label(p, WIDTH / 2.0, height - 22, "center", 12, "#000000", title, WIDTH - 30);
	free(title);
	for (int k = 0; k < bars; k++)
		draw_bar(p, w, k < bars - 1 ? k : w->columns.count, bars);
	draw_notes(p, w, w->columns.count - (bars - 1));
	/* gnuplot takes the texts of ticks for formats, in which %% is a percent sign. */
	static const char ticks[] = "'0 %%' 0, '25 %%' 0.25, '50 %%' 0.5, '75 %%' 0.75, '100 %%' 1";
	plot_printf(p, "set tics font ',8'\nset xtics nomirror (%s)\nunset ytics\n"
		"set grid xtics lw 0.4 lc rgb '#dddddd'\nplot [0:1] [0:%d] $bars using 1:2:3:4:5:6:7 with boxxyerror fs solid noborder lc rgb variable\n", ticks, bars);
}

static json_t *number_or_null(double v)
{
	return isnan(v) ? json_null() : json_real(v);
}

static void print_json(const struct weighing *w)
{
	json_t *parameters = json_array();
	for (int k = 0; k < w->columns.count; k++)
		json_array_append_new(parameters, json_pack("{so si so so}", "name", json_text(w->of[k].name), "levels", w->of[k].levels, "alone",
			number_or_null(w->of[k].alone), "together", number_or_null(w->of[k].together)));
	json_t *all = json_pack("{ss sb si si so si so sb so}", "criterion", w->criterion->name, "logarithm", (int)w->logs, "runs", w->n, "without", w->without,
		"not_shown", lost_json(&w->t.lost, NULL), "pipelines", w->pipelines, "between_seeds", number_or_null(w->seeds),
		"every_combination", (int)w->crossed, "parameters", parameters);
	json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(all);
}

static enum exit_code draw_all(struct weighing *w, const struct args *args)
{
	int bars = (w->columns.count > SHOWN_MAX ? SHOWN_MAX : w->columns.count) + 1;
	double height = TOP + BOTTOM + bars * BAR;
	struct plot *p = plot_open(args->at[1], option(args, "script"), WIDTH, height);
	if (!p)
		return EXIT_USAGE;
	plot_quiet(p, option(args, "json"));
	draw(p, w, name_of_file(args->at[0]), bars, height);
	char *lost = lost_text(&w->t.lost, NULL, NULL);
	char *what = format("%d %s, %s of %d %s%s", w->columns.count, w->columns.count == 1 ? "parameter" : "parameters", w->criterion->name, w->n,
		w->n == 1 ? "run" : "runs", lost);
	enum exit_code code = plot_close(p, what, true);
	free(lost);
	free(what);
	if (code == EXIT_DONE && option(args, "json"))
		print_json(w);
	return code;
}

static bool can_weigh(const struct weighing *w, const char *database)
{
	if (w->n < 3) {
		complain("%s: %d %s with a %s %s too few to share out a variance", database, w->n, w->n == 1 ? "run" : "runs", w->criterion->name, w->n == 1 ? "is" : "are");
		hint("it takes 3, and a parameter that differs between them: `width = {2-6}` in the configuration; `mosaic status %s` shows the runs", database);
	} else if (!w->columns.count) {
		complain("%s: no parameter differs between the runs", database);
		hint("give a parameter several values in the configuration, `width = {2-6}`, and run it");
	} else
		return true;
	return false;
}

enum exit_code cmd_importance(const struct args *args)
{
	struct weighing w = {0};
	enum log_mode mode;
	const char *list = option(args, "by");
	if (!log_option(args, &mode) || !(w.criterion = criterion_find(args->at[2])))
		return EXIT_USAGE;
	w.place = (int)(w.criterion - criteria);
	struct db *db = db_open(args->at[0], DB_READ);
	bool ok = db && table_read(db, args, &w.t) && (!list || columns_listed(&w.t, "--by", list, &w.columns));
	db_close(db);
	if (ok && !list)
		columns_varying(&w.t, &w.columns);
	for (int k = 0; k < w.columns.count; k++)
		column_cut(&w.columns.at[k], RANGES);
	if (ok)
		take_values(&w, mode);
	enum exit_code code = EXIT_USAGE;
	if (ok && can_weigh(&w, args->at[0])) {
		weigh(&w);
		code = draw_all(&w, args);
	}
	columns_of_free(&w.columns);
	table_free(&w.t);
	free(w.of);
	free(w.y);
	free(w.run);
	return code;
}
