/* plot_pareto.c: `mosaic pareto`: a criterion against the number of parameters and against seconds, with the pipelines that no
** smaller or faster one beats. A page a data set: criteria on different data are not compared. Of a pipeline its runs' medians count. */
#include "plot.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_WIDTH = 842, PAGE_HEIGHT = 595, PANELS = 2, PANEL_WIDTH = 330, PANEL_HEIGHT = 270, LEFT = 66, APART = 396, BOTTOM = 250, ROWS = 13, PAGES_MAX = 200, DOTS_MAX = 4000 };

struct candidate { int line, model, runs; double cost[PANELS], y; };  /* medians of a pipeline's runs */
struct front { int *at, count; };
struct panel { struct axis x, y; struct front front; };
struct page {
	const char *data;
	struct candidate *all; int count;
	const struct sample *runs; int run_count, without;
	struct panel panels[PANELS];
};
struct pareto {
	const struct criterion *criterion;
	int place;
	enum log_mode mode;
	struct samples s;
	bool larger, numbers;                                  /* numbers: as JSON, too */
	json_t *json;
};

static const int costs[PANELS] = {CRITERION_NB_PARAMS, CRITERION_DURATION};

static int by_line(const void *a, const void *b)
{
	const struct sample *x = *(const struct sample *const *)a, *y = *(const struct sample *const *)b;
	return x->line != y->line ? x->line - y->line : (x->id > y->id) - (x->id < y->id);
}

static double median_of_runs(const struct sample *const *at, int n, int criterion)
{
	double *v = need(malloc(((size_t)n + 1) * sizeof *v)), m;
	int k = 0;
	for (int i = 0; i < n; i++)
		if (isfinite(at[i]->values[criterion]))
			v[k++] = at[i]->values[criterion];
	sort_reals(v, k);
	m = quantile(v, k, 0.5);
	free(v);
	return m;
}

/* The runs whose criterion is known, gathered by pipeline. */
static void gather(const struct pareto *p, struct page *page)
{
	const struct sample **sorted = need(malloc(((size_t)page->run_count + 1) * sizeof *sorted));
	int n = 0;
	for (int i = 0; i < page->run_count; i++)
		if (isfinite(page->runs[i].values[p->place]))
			sorted[n++] = &page->runs[i];
	page->without = page->run_count - n;
	qsort(sorted, (size_t)n, sizeof *sorted, by_line);
	page->all = need(calloc((size_t)n + 1, sizeof *page->all));
	for (int from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && sorted[to]->line == sorted[from]->line; to++)
			;
		struct candidate *c = &page->all[page->count++];
		*c = (struct candidate){.line = sorted[from]->line, .model = sorted[from]->model, .runs = to - from, .y = median_of_runs(sorted + from, to - from, p->place)};
		for (int k = 0; k < PANELS; k++)
			c->cost[k] = median_of_runs(sorted + from, to - from, costs[k]);
	}
	free(sorted);
}

static void find_front(const struct pareto *p, struct page *page, int k)
{
	struct panel *panel = &page->panels[k];
	double *x = need(malloc(((size_t)page->count + 1) * sizeof *x)), *y = need(malloc(((size_t)page->count + 1) * sizeof *y));
	struct spread xs = {0}, ys = {0};
	for (int i = 0; i < page->count; i++) {
		x[i] = page->all[i].cost[k];
		y[i] = page->all[i].y;
	}
	for (int i = 0; i < page->run_count; i++)
		if (isfinite(page->runs[i].values[costs[k]]) && isfinite(page->runs[i].values[p->place])) {
			spread_add(&xs, page->runs[i].values[costs[k]]);
			spread_add(&ys, page->runs[i].values[p->place]);
		}
	panel->x = axis_of(&xs, p->mode == LOG_YES ? LOG_AUTO : p->mode, 0.06);
	panel->y = axis_of(&ys, p->mode, 0.07);
	panel->front.at = need(malloc(((size_t)page->count + 1) * sizeof(int)));
	panel->front.count = pareto_front(x, y, page->count, p->larger, panel->front.at);
	free(x);
	free(y);
}

/* ---- drawing ---- */

static const char *colour_of(int model)
{
	return plot_colours[model < 0 ? PLOT_COLOURS - 1 : model % PLOT_COLOURS];
}

/* The model keys in their colours, as many as there is room for. */
static void draw_keys(struct plot *plot, const struct pareto *p, const struct page *page)
{
	char **names = need(calloc((size_t)p->s.model.count + 2, sizeof *names));
	int *models = need(calloc((size_t)p->s.model.count + 2, sizeof *models)), n = 0;
	double x = LEFT, y = BOTTOM + PANEL_HEIGHT + 16, end = LEFT + APART + PANEL_WIDTH;
	for (int i = 0; i < page->run_count; i++)              /* the runs of one model stand together */
		if (!n || page->runs[i].model != models[n - 1]) {
			models[n] = page->runs[i].model;
			names[n] = copy(models[n] < 0 ? "?" : p->s.model.at[models[n]]);
			n++;
		}
	names_shorten(names, n, 160, 8.5);
	for (int i = 0; i < n; i++) {
		char *name = format("● %s", names[i]);
		double width = fmin(text_width(name, 8.5), 200);
		bool room = x + width <= end - 20;
		if (x >= 0)
			plot_label(plot, x, y, "left", 8.5, room ? colour_of(models[i]) : "#666666", room ? name : "…", 201);
		x = room ? x + width + 16 : -INFINITY;             /* the others are not shown */
		free(name);
		free(names[i]);
	}
	free(names);
	free(models);
}

static void write_data(struct plot *plot, const struct pareto *p, const struct page *page, int k)
{
	const struct panel *panel = &page->panels[k];
	plot_printf(plot, "$runs << E\n");
	for (int i = 0; i < page->run_count; i += 1 + page->run_count / DOTS_MAX) {
		const struct sample *s = &page->runs[i];
		if (axis_has(&panel->x, s->values[costs[k]]) && axis_has(&panel->y, s->values[p->place]))
			plot_printf(plot, "%.9g %.9g\n", s->values[costs[k]], s->values[p->place]);
	}
	plot_printf(plot, "-1 -1\nE\n$medians << E\n");          /* beyond the axes: a block may not be empty */
	for (int i = 0; i < page->count; i++) {
		const struct candidate *c = &page->all[i];
		if (axis_has(&panel->x, c->cost[k]) && axis_has(&panel->y, c->y))
			plot_printf(plot, "%.9g %.9g %ld\n", c->cost[k], c->y, strtol(colour_of(c->model) + 1, NULL, 16));
	}
	plot_printf(plot, "-1 -1 0\nE\n$front << E\n");
	for (int i = 0; i < panel->front.count; i++) {
		const struct candidate *c = &page->all[panel->front.at[i]];
		if (!axis_has(&panel->x, c->cost[k]) || !axis_has(&panel->y, c->y))
			continue;
		double before = i ? page->all[panel->front.at[i - 1]].y : p->larger ? panel->y.low : panel->y.high;
		plot_printf(plot, "%.9g %.9g\n%.9g %.9g\n", c->cost[k], before, c->cost[k], c->y);
		if (i == panel->front.count - 1)
			plot_printf(plot, "%.9g %.9g\n", panel->x.high, c->y);
	}
	plot_printf(plot, "E\n");
}

static void draw_panel(struct plot *plot, const struct pareto *p, const struct page *page, int k)
{
	const struct panel *panel = &page->panels[k];
	double left = LEFT + k * APART;
	int drawn = 0;
	write_data(plot, p, page, k);
	plot_box(plot, left, BOTTOM, PANEL_WIDTH, PANEL_HEIGHT);
	plot_label(plot, left + PANEL_WIDTH / 2.0, BOTTOM - 26, "center", 10, "#000000", criteria[costs[k]].name, 0);
	plot_label(plot, left - 52, BOTTOM + PANEL_HEIGHT / 2.0, "center rotate", 10, "#000000", p->criterion->name, 0);
	/* The numbers stand where no other pipeline can be. */
	for (int i = 0; i < panel->front.count; i++) {
		const struct candidate *c = &page->all[panel->front.at[i]];
		char number[16];
		if (!axis_has(&panel->x, c->cost[k]) || !axis_has(&panel->y, c->y))
			continue;
		snprintf(number, sizeof number, "%d", i + 1);
		plot_label(plot, left + PANEL_WIDTH * axis_to(&panel->x, c->cost[k]) - 5, BOTTOM + PANEL_HEIGHT * axis_to(&panel->y, c->y) + (p->larger ? 6 : -6),
			"right front", 8, "#000000", number, 0);
		drawn++;
	}
	plot_printf(plot, "set tics font ',9'\n");
	axis_write(plot, "x", &panel->x, 6, costs[k] == CRITERION_NB_PARAMS);
	axis_write(plot, "y", &panel->y, 7, false);
	plot_printf(plot, "plot $runs with points pt 7 ps 0.2*P lc rgb '#c4c4c4', %s$medians using 1:2:3 with points pt 7 ps %s*P lc rgb variable\n",
		drawn ? "$front with lines lw 1.2 lc rgb '#222222', " : "", page->count > 200 ? "0.35" : "0.6");
}

static void list_front(struct plot *plot, const struct pareto *p, const struct page *page, int k)
{
	const struct front *f = &page->panels[k].front;
	double left = LEFT + k * APART - 40, y = BOTTOM - 48;
	int shown = f->count < ROWS ? f->count : ROWS;
	char *names[ROWS];
	for (int i = 0; i < shown; i++)
		names[i] = copy(p->s.lines.at[page->all[f->at[i]].line]);
	names_shorten(names, shown, 240, 8);
	for (int i = 0; i < shown; i++) {
		const struct candidate *c = &page->all[f->at[i]];
		char number[16], values[64];
		bool last = i == ROWS - 1 && f->count > ROWS;
		snprintf(number, sizeof number, "%d", i + 1);
		if (last)
			snprintf(values, sizeof values, "and %d more", f->count - i);
		else
			snprintf(values, sizeof values, costs[k] == CRITERION_NB_PARAMS ? "%.0f" : "%.3g s", c->cost[k]);
		y -= 13;
		plot_label(plot, left + (last ? 370 : 320), y, "right", 8, "#000000", values, 0);
		if (!last) {
			snprintf(values, sizeof values, "%.3g", c->y);
			plot_label(plot, left + 370, y, "right", 8, "#000000", values, 0);
		}
		if (last)
			break;
		plot_label(plot, left + 14, y, "right", 8, "#000000", number, 0);
		plot_label(plot, left + 20, y, "left", 8, colour_of(c->model), names[i], 240);
	}
	for (int i = 0; i < shown; i++)
		free(names[i]);
}

static void draw_notes(struct plot *plot, const struct pareto *p, const struct page *page)
{
	int runs = page->run_count - page->without;
	char *without = page->without ? format("; %d without a %s left out", page->without, p->criterion->name) : copy("");
	char *dots = page->run_count >= DOTS_MAX ? format("one run of %d", 1 + page->run_count / DOTS_MAX) : copy("runs");
	char *lost = lost_text(&p->s.lost, strcmp(page->data, "?") ? page->data : NULL, NULL);
	char *first = format("%d %s of %d %s%s%s. Grey: %s. Coloured: medians of a pipeline's runs, a colour a model key.", runs, runs == 1 ? "run" : "runs",
		page->count, page->count == 1 ? "pipeline" : "pipelines", without, lost, dots);
	char *second = format("Numbered: what no smaller (left) or faster (right) pipeline matches. %s is better.", p->larger ? "Higher" : "Lower");
	plot_label(plot, 26, 24, "left", 7.5, "#666666", first, PAGE_WIDTH - 40);
	plot_label(plot, 26, 12, "left", 7.5, "#666666", second, PAGE_WIDTH - 40);
	free(dots);
	free(without);
	free(lost);
	free(first);
	free(second);
}

static void draw_page(struct plot *plot, const struct pareto *p, const struct page *page)
{
	plot_page(plot);
	for (int k = 0; k < PANELS; k++)
		draw_panel(plot, p, page, k);
	plot_box(plot, 0, 0, PAGE_WIDTH, PAGE_HEIGHT);
	plot_label(plot, PAGE_WIDTH / 2.0, PAGE_HEIGHT - 26, "center", 13, "#000000", page->data, PAGE_WIDTH - 80);
	draw_keys(plot, p, page);
	for (int k = 0; k < PANELS; k++)
		list_front(plot, p, page, k);
	draw_notes(plot, p, page);
	plot_nothing(plot);
}

static void add_json(struct pareto *p, const struct page *page)
{
	static const char *const names[PANELS] = {"against_nb_params", "against_duration"};
	json_t *out = json_pack("{so si si so}", "data", json_text(page->data), "pipelines", page->count, "runs", page->run_count - page->without,
		"not_shown", lost_json(&p->s.lost, page->data));
	for (int k = 0; k < PANELS; k++) {
		json_t *front = json_array();
		for (int i = 0; i < page->panels[k].front.count; i++) {
			const struct candidate *c = &page->all[page->panels[k].front.at[i]];
			json_array_append_new(front, json_pack("{so si so so so}", "pipeline", json_text(p->s.lines.at[c->line]), "runs", c->runs, "nb_params",
				json_measure(c->cost[0]), "duration(s)", json_measure(c->cost[1]), p->criterion->name, json_measure(c->y)));
		}
		json_object_set_new(out, names[k], front);
	}
	json_array_append_new(p->json, out);
}

/* The runs of one data set stand together. */
static int same_data(const struct samples *s, int from)
{
	int to = from + 1;
	while (to < s->count && s->at[to].data == s->at[from].data)
		to++;
	return to;
}

static void do_page(struct plot *plot, struct pareto *p, int from, int to)
{
	int data = p->s.at[from].data;
	struct page page = {.data = data < 0 ? "?" : p->s.data.at[data], .runs = &p->s.at[from], .run_count = to - from};
	gather(p, &page);
	for (int k = 0; k < PANELS; k++)
		find_front(p, &page, k);
	draw_page(plot, p, &page);
	add_json(p, &page);
	for (int k = 0; k < PANELS; k++)
		free(page.panels[k].front.at);
	free(page.all);
}

static bool can_draw(const struct pareto *p, const char *database)
{
	int pages = 0, with = 0;
	for (int i = 0; i < p->s.count; i = same_data(&p->s, i))
		pages++;
	for (int i = 0; i < p->s.count; i++)
		with += isfinite(p->s.at[i].values[p->place]);
	if (!with) {
		complain("%s: no run has a %s", database, p->criterion->name);
		hint("NULL stands for what is not defined, such as NaN");
	} else if (pages > PAGES_MAX) {
		complain("%s: %d data sets are too many for one picture, which takes %d", database, pages, PAGES_MAX);
		hint("choose runs with --id or --request");
	} else
		return true;
	return false;
}

static enum exit_code draw_all(struct pareto *p, const struct args *args)
{
	int runs = 0;
	struct plot *plot = plot_open(args->at[1], option(args, "script"), PAGE_WIDTH, PAGE_HEIGHT);
	if (!plot)
		return EXIT_USAGE;
	plot_quiet(plot, p->numbers);
	p->json = json_array();
	for (int from = 0, to; from < p->s.count; from = to) {
		to = same_data(&p->s, from);
		do_page(plot, p, from, to);
	}
	for (int i = 0; i < p->s.count; i++)
		runs += isfinite(p->s.at[i].values[p->place]);
	char *lost = lost_text(&p->s.lost, NULL, NULL);
	char *what = format("%s of %d %s on %d %s%s", p->criterion->name, runs, runs == 1 ? "run" : "runs", plot_pages(plot), plot_pages(plot) == 1 ? "page" : "pages",
		lost);
	enum exit_code code = plot_close(plot, what, true);
	free(lost);
	if (code == EXIT_DONE && p->numbers) {
		json_dumpf(p->json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
		putchar('\n');
	}
	json_decref(p->json);
	free(what);
	return code;
}

static bool has_direction(const struct criterion *c)
{
	if (c->better && c - criteria != CRITERION_NB_PARAMS && c - criteria != CRITERION_DURATION)
		return true;
	complain("a front of %s would say nothing", c->name);
	hint("give a loss, an accuracy, overfit or trainability");
	return false;
}

enum exit_code cmd_pareto(const struct args *args)
{
	struct pareto p = {.numbers = option(args, "json")};
	if (!log_option(args, &p.mode) || !(p.criterion = criterion_find(args->at[2])) || !has_direction(p.criterion))
		return EXIT_USAGE;
	p.place = (int)(p.criterion - criteria);
	p.larger = p.criterion->better > 0;
	struct db *db = db_open(args->at[0], DB_READ);
	bool ok = db && samples_read(db, args, &p.s);
	db_close(db);
	enum exit_code code = ok && can_draw(&p, args->at[0]) ? draw_all(&p, args) : EXIT_USAGE;
	samples_free(&p.s);
	return code;
}
