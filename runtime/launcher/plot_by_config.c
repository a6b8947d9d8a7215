/* plot_by_config.c: `mosaic perfanalysis_by_config`: the plots that an INI file describes, a page for each abscissa and ordinate.
** Runs are chosen by their parameters and gathered by what is left of their pipelines; plot_group.c draws. */
#include "plot.h"
#include "plot_group.h"
#include "plot_ini.h"
#include "plot_table.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { GROUPS_MAX = 500, PAGES_MAX = 1000 };

struct analysis { const char *ini, *database, *out; struct plot_ini sections; struct table t; int drawn; char *lost; };

/* ---- which runs ---- */

/* The original asks with LIKE '%name': a name stands for all that end with it. Here the end begins with a word: 3 is not 13. */
static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);
	if (!e || n < e || strcasecmp(s + n - e, end))
		return false;
	return n == e || (!isalnum((unsigned char)s[n - e - 1]) && !isdigit((unsigned char)*end));
}

static bool same_value(const char *value, const char *wanted)
{
	char *end, *end_wanted;
	double a = strtod(value, &end), b = strtod(wanted, &end_wanted);
	if (*wanted && !*end_wanted)
		return *value && !*end && a == b;
	return ends_with(value, wanted);
}

static bool has_value(const struct table *t, int run, const char *key, const struct words *values)
{
	const struct table_run *r = &t->runs[run];
	for (int i = r->first; i < r->first + r->count; i++) {
		const char *name = t->names.at[t->pairs[i].name];
		int label = t->shown[t->pairs[i].name];
		if (!ends_with(name, key) && (label < 0 || strcmp(t->labels.at[label], key)))
			continue;
		for (int k = 0; k < values->count; k++)
			if (same_value(t->texts.at[t->pairs[i].text], values->at[k]))
				return true;
	}
	return false;
}

static bool is_included(const struct table *t, int run, const struct plot_section *s)
{
	for (int i = 0; i < s->include_keys.count; i++)
		if (!has_value(t, run, s->include_keys.at[i], &s->include_values.at[i]))
			return false;
	return true;
}

/* ---- a plot ---- */

/* The column that a name of the file means; the original takes the end of a parameter's name for it, too. */
static bool axis_column(const struct analysis *a, const struct plot_section *s, const char *name, struct column *out)
{
	const struct table *t = &a->t;
	char *place = format("%s:%d: [%s]", a->ini, s->line, s->name);
	const char *found = name;
	if (interned_find(&t->names, name) < 0 && interned_find(&t->labels, name) < 0 && criterion_place(name) < 0)
		for (int i = 0; i < t->names.count; i++)
			if (ends_with(t->names.at[i], name)) {
				found = t->names.at[i];
				break;
			}
	/* Results come first: `epochs` is a parameter, too. */
	bool ok = criterion_place(name) >= 0 ? column_result(t, criterion_place(name), out) : column_named(t, place, found, out);
	free(place);
	return ok;
}

static int count_groups(const int *group, int n)
{
	int most = -1;
	for (int i = 0; i < n; i++)
		most = group[i] > most ? group[i] : most;
	return most + 1;
}

/* Gathers the chosen runs by pipeline: names[g] is what group[run] is called, -1: not chosen. */
static int gather(const struct analysis *a, const struct plot_section *s, int *group, struct interned *names)
{
	int chosen = 0;
	for (int i = 0; i < a->t.count; i++) {
		group[i] = -1;
		if (!is_included(&a->t, i, s))
			continue;
		char *line = table_line(&a->t, i, (const char *const *)s->excludes.at, s->excludes.count);
		group[i] = intern(names, line);
		free(line);
		chosen++;
	}
	return chosen;
}

static bool draw_pair(struct analysis *a, struct plot *p, const struct plot_section *s, const int *group, const struct interned *names, enum log_mode mode, int xi, int yi)
{
	struct grouped g = {.title = s->name, .x_name = s->abscissae.at[xi], .y_name = s->ordinates.at[yi], .names = names, .count = count_groups(group, a->t.count),
		.type = s->type, .scale = s->scale, .band = s->band, .limit = INFINITY, .lost = a->lost};
	int y = criterion_place(g.y_name);
	struct column cx = {0}, cy = {0};
	bool ok = axis_column(a, s, g.x_name, &cx) && axis_column(a, s, g.y_name, &cy);
	if (ok && !cy.numeric) {
		complain("%s:%d: [%s]: %s is not a number", a->ini, s->line, s->name, g.y_name);
		hint("ordinates are criteria, such as test_loss, or parameters that are numbers");
		ok = false;
	}
	if (ok) {
		if (y >= 0)
			g.limit = criteria[y].high;
		grouped_fill(&g, &cx, cy.numbers, group, a->t.count);
		if (g.used)
			grouped_draw(p, &g, mode);
		else
			fprintf(stderr, "mosaic: warning: %s:%d: [%s]: no run has both %s and %s\n", a->ini, s->line, s->name, g.x_name, g.y_name);
		a->drawn += g.used > 0;
		grouped_free(&g);
	}
	column_free(&cx);
	column_free(&cy);
	return ok;
}

static bool draw_section(struct analysis *a, struct plot *p, const struct plot_section *s, enum log_mode mode)
{
	int *group = need(malloc(((size_t)a->t.count + 1) * sizeof *group));
	struct interned names = {0};
	bool ok = true;
	if (!gather(a, s, group, &names))
		fprintf(stderr, "mosaic: warning: %s:%d: [%s]: no run is like that\n", a->ini, s->line, s->name);
	else if (names.count > GROUPS_MAX) {
		complain("%s:%d: [%s]: %d pipelines are too many for one picture, which takes %d", a->ini, s->line, s->name, names.count, GROUPS_MAX);
		hint("name in `excludes` the parameters that shall not keep runs apart, or fewer runs in `include_values`");
		ok = false;
	} else
		for (int i = 0; ok && i < s->abscissae.count; i++)
			for (int k = 0; ok && k < s->ordinates.count; k++)
				ok = draw_pair(a, p, s, group, &names, mode, i, k);
	interned_free(&names);
	free(group);
	return ok;
}

static enum exit_code draw_all(struct analysis *a, const struct args *args, enum log_mode mode)
{
	int pages = 0;
	for (int i = 0; i < a->sections.count; i++)
		pages += a->sections.at[i].abscissae.count * a->sections.at[i].ordinates.count;
	if (pages > PAGES_MAX) {
		complain("%s: %d plots are too many for one picture, which takes %d", a->ini, pages, PAGES_MAX);
		return EXIT_USAGE;
	}
	struct plot *p = plot_open(a->out, option(args, "script"), GROUPED_WIDTH, GROUPED_HEIGHT);
	if (!p)
		return EXIT_USAGE;
	bool ok = true;
	for (int i = 0; ok && i < a->sections.count; i++)
		ok = draw_section(a, p, &a->sections.at[i], mode);
	if (ok && !a->drawn) {
		complain("%s: no plot of it has a run in %s", a->ini, a->database);
		hint("`mosaic show RUN_ID` lists the parameters of a run: include_keys are ends of their names");
		ok = false;
	}
	char *what = format("%d %s", a->drawn, a->drawn == 1 ? "plot" : "plots");
	enum exit_code code = plot_close(p, what, ok);
	free(what);
	return code;
}

/* The original's order is CONFIG DATABASE [PICTURE]; the other plots begin with the database. "plot_config.ini" draws plot_config.pdf. */
static char *arrange(const struct args *args, struct analysis *a)
{
	bool ours = args->count == 3 && db_is_database(args->at[0]) && !db_is_database(args->at[1]);
	a->database = args->at[ours ? 0 : 1];
	a->ini = args->at[ours ? 2 : 0];
	if (args->count == 3)
		return copy(args->at[ours ? 1 : 2]);
	const char *slash = strrchr(a->ini, '/'), *base = slash ? slash + 1 : a->ini, *dot = strrchr(base, '.');
	return format("%.*s.pdf", dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
}

enum exit_code cmd_perfanalysis_by_config(const struct args *args)
{
	struct analysis a = {0};
	enum log_mode mode;
	if (!log_option(args, &mode))
		return EXIT_USAGE;
	char *out = arrange(args, &a);
	a.out = out;
	enum exit_code code = EXIT_USAGE;
	if (plot_ini_read(a.ini, &a.sections)) {
		struct db *db = db_open(a.database, DB_READ);
		bool ok = db && table_read(db, args, &a.t);
		db_close(db);
		a.lost = lost_list(&a.t.lost, NULL, NULL);
		code = ok ? draw_all(&a, args, mode) : EXIT_USAGE;
		free(a.lost);
		table_free(&a.t);
		plot_ini_free(&a.sections);
	}
	free(out);
	return code;
}
