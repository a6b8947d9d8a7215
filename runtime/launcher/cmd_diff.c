/* cmd_diff.c: `mosaic diff A B`: two runs side by side: what they were given, where they were trained, what came out, where their curves
** part, and the texts of their programs, as the database keeps them. */
#include "shown.h"
#include "textdiff.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CONTEXT = 3, CELL = 28 };
struct pair_of_runs { struct shown a, b; int64_t context; char *program_a, *program_b; };

/* Not what a run was given, but what became of it. */
static bool is_report(const char *name)
{
	static const char *const reports[] = {"status", "pipeline", "traceback", "note", "started", "finished", "checkpoint_epoch", "identity"};
	for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
		if (!strcmp(reports[i], name))
			return true;
	return false;
}

/* {"width": [a, b]}: what is not the same in both, in the order of the first; null: not there. `all`: what is the same, too. */
static json_t *differences(json_t *a, json_t *b, bool all)
{
	json_t *out = json_object(), *v;
	const char *name;
	json_object_foreach(a, name, v) {
		json_t *other = json_object_get(b, name);
		if (!is_report(name) && (all || !other || !json_equal(v, other)))
			json_object_set_new(out, name, json_pack("[OO]", v, other ? other : json_null()));
	}
	json_object_foreach(b, name, v)
		if (!is_report(name) && !json_object_get(a, name))
			json_object_set_new(out, name, json_pack("[nO]", v));
	return out;
}

/* Where and by what they were trained; the seed stands among the parameters. */
static json_t *origins(const struct pair_of_runs *p)
{
	json_t *out = differences(p->a.details, p->b.details, false);
	json_object_del(out, "seed");
	return out;
}

/* ---- curves ---- */

/* Bits count: NaN equals itself. */
static int first_difference(const struct run_curve *a, const struct run_curve *b)
{
	for (int e = 0; e < a->epochs && e < b->epochs; e++)
		if (memcmp(&a->values[e], &b->values[e], sizeof a->values[e]))
			return e + 1;
	return 0;
}

static json_t *curve_differences(const struct pair_of_runs *p)
{
	json_t *out = json_object();
	for (int i = 0; i < p->a.curve_count; i++) {
		const struct run_curve *a = &p->a.curves[i], *b = shown_curve(&p->b, a->name);
		if (!b || !a->epochs)
			continue;
		int first = first_difference(a, b);
		json_t *name = json_text(a->name), *one = json_pack("{s[ii]}", "epochs", a->epochs, b->epochs);
		json_object_set_new(one, "first_difference", first ? json_integer(first) : json_null());
		if (first)
			json_object_set_new(one, "values", json_pack("[oo]", json_measure((double)a->values[first - 1]), json_measure((double)b->values[first - 1])));
		json_object_set_new(out, json_string_value(name), one);
		json_decref(name);
	}
	return out;
}

/* test_loss of both; without it whatever loss both have. */
static void add_chart(const struct pair_of_runs *p, struct text *out)
{
	static const char *const wanted[] = {"test_loss", "validation_loss", "train_loss"};
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		const struct run_curve *a = shown_curve(&p->a, wanted[i]), *b = shown_curve(&p->b, wanted[i]);
		if (!a || !b)
			continue;
		struct run_curve x = *a, y = *b;
		x.name = format("%s of %lld", wanted[i], (long long)p->a.id);
		y.name = format("%s of %lld", wanted[i], (long long)p->b.id);
		chart_add(out, &x, &y);
		free(x.name);
		free(y.name);
		return;
	}
}

static void add_curves(const struct pair_of_runs *p, struct text *out)
{
	json_t *curves = curve_differences(p), *one;
	const char *name;
	if (json_object_size(curves))
		text_add(out, "Curves\n");
	json_object_foreach(curves, name, one) {
		json_t *epochs = json_object_get(one, "epochs"), *values = json_object_get(one, "values");
		int a = (int)json_integer_value(json_array_get(epochs, 0)), b = (int)json_integer_value(json_array_get(epochs, 1));
		int first = (int)json_integer_value(json_object_get(one, "first_difference"));
		text_printf(out, "\t%-24s ", name);
		if (first) {
			json_t *x = json_array_get(values, 0), *y = json_array_get(values, 1);
			text_printf(out, "they part at epoch %d: %.9g, %.9g\n", first, json_is_null(x) ? NAN : json_number_value(x), json_is_null(y) ? NAN : json_number_value(y));
		} else if (a == b)
			text_printf(out, "the same bits in all %d epochs\n", a);
		else
			text_printf(out, "the same bits in the first %d epochs; they have %d and %d\n", a < b ? a : b, a, b);
	}
	if (json_object_size(curves))
		add_chart(p, out);
	json_decref(curves);
}

/* ---- for people ---- */

static void add_cell(struct text *out, json_t *v, int width)
{
	char cell[64];
	if (json_is_string(v)) {                               /* long values are cut: --json has them whole */
		const char *s = json_string_value(v);
		size_t n = strlen(s) > 60 ? 57 : strlen(s);
		while (n && n < strlen(s) && ((unsigned char)s[n] & 0xc0) == 0x80)
			n--;
		snprintf(cell, sizeof cell, "%.*s%s", (int)n, s, n < strlen(s) ? "..." : "");
	} else if (json_is_integer(v))
		snprintf(cell, sizeof cell, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		snprintf(cell, sizeof cell, "%.6g", json_number_value(v));
	else
		snprintf(cell, sizeof cell, "-");
	for (char *c = cell; *c; c++)
		if (*c == '\n' || *c == '\t')
			*c = ' ';
	text_printf(out, " %-*s", width, cell);
}

static void add_table(struct text *out, const char *title, json_t *table, const char *same)
{
	const char *name;
	json_t *v;
	if (!json_object_size(table) && !same)
		return;
	text_printf(out, "%s%s%s\n", title, json_object_size(table) ? "" : ": ", json_object_size(table) ? "" : same);
	json_object_foreach(table, name, v) {
		text_printf(out, "\t%-24s", name);
		add_cell(out, json_array_get(v, 0), CELL);
		add_cell(out, json_array_get(v, 1), 0);
		while (out->at[out->len - 1] == ' ')
			out->at[--out->len] = '\0';
		text_add(out, "\n");
	}
}

static void add_program(const struct pair_of_runs *p, struct text *out)
{
	const char *a = p->program_a, *b = p->program_b;
	if (!a || !b)
		text_add(out, "Program: the database does not have both texts\n");
	else if (!strcmp(a, b))
		text_add(out, "Program: the same text\n");
	else {
		json_t *x = json_object_get(p->a.details, "program"), *y = json_object_get(p->b.details, "program");
		char *name_a = format("run %lld: %s", (long long)p->a.id, x ? json_string_value(x) : "?");
		char *name_b = format("run %lld: %s", (long long)p->b.id, y ? json_string_value(y) : "?");
		text_add(out, "Program\n");
		diff_add(out, name_a, a, name_b, b, (int)p->context);
		free(name_a);
		free(name_b);
	}
}

static void print_colored(const char *text)
{
	bool program = false;
	for (const char *at = text; *at;) {
		size_t n = strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n');
		program = program || !strncmp(at, "Program\n", 8);
		const char *color = !program ? NULL : *at == '-' ? "\033[31m" : *at == '+' ? "\033[32m" : *at == '@' ? "\033[36m" : NULL;
		size_t line = n - (n && at[n - 1] == '\n');
		printf("%s%.*s%s%s", color ? color : "", (int)line, at, color ? "\033[0m" : "", line < n ? "\n" : "");
		at += n;
	}
}

static void print_text(const struct pair_of_runs *p)
{
	struct text all = {0}, visible = {0};
	const struct shown *runs[] = {&p->a, &p->b};
	for (int i = 0; i < 2; i++)
		text_printf(&all, "[%lld] %s\t%s\n", (long long)runs[i]->id, runs[i]->status, runs[i]->line);
	json_t *params = differences(p->a.params, p->b.params, false), *origin = origins(p);
	json_t *results = differences(p->a.results, p->b.results, true);
	add_table(&all, "Configuration", params, "the same");
	add_table(&all, "Origin", origin, NULL);
	add_table(&all, "Results", results, NULL);
	add_curves(p, &all);
	add_program(p, &all);
	add_visible(&visible, all.at);
	if (terminal_colors(stdout))
		print_colored(visible.at);
	else
		fputs(visible.at, stdout);
	text_free(&all);
	text_free(&visible);
	json_decref(params);
	json_decref(origin);
	json_decref(results);
}

/* ---- for programs ---- */

static json_t *run_json(const struct shown *s)
{
	return json_pack("{sI ss so so}", "run_id", (json_int_t)s->id, "status", s->status, "pipeline", json_text(s->line), "tags", json_words(s->tags));
}

static void print_json(const struct pair_of_runs *p)
{
	struct text diff = {0};
	bool both = p->program_a && p->program_b;
	if (both)
		diff_add(&diff, "a", p->program_a, "b", p->program_b, (int)p->context);
	json_t *all = json_pack("{s[oo] so so so so}", "runs", run_json(&p->a), run_json(&p->b), "configuration", differences(p->a.params, p->b.params, false),
		"origin", origins(p), "results", differences(p->a.results, p->b.results, true), "curves", curve_differences(p));
	json_object_set_new(all, "program", both ? json_pack("{sb so}", "same", !diff.at, "diff", json_text(diff.at ? diff.at : "")) : json_null());
	char *text = need(json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(12)));
	puts(text);
	free(text);
	json_decref(all);
	text_free(&diff);
}

enum exit_code cmd_diff(const struct args *args)
{
	int64_t ids[2];
	struct pair_of_runs p = {.context = CONTEXT};
	if (!option_int(args, "context", 0, 1000000, &p.context))
		return EXIT_USAGE;
	for (int i = 0; i < 2; i++) {
		const char *text = args->at[args->count - 2 + i];
		if (!parse_int(text, 1, INT64_MAX, &ids[i])) {
			complain("'%.80s' is no run id", text);
			hint("usage: mosaic diff [DATABASE] A B; `mosaic status` shows the runs");
			return EXIT_USAGE;
		}
	}
	char *database = args->count > 2 ? copy(args->at[0]) : last_database();
	struct db *db = database ? db_open(database, DB_READ) : NULL;
	bool ok = db && shown_read(db, ids[0], &p.a) && shown_read(db, ids[1], &p.b);
	if (ok) {
		p.program_a = shown_kept(&p.a, SHOWN_PROGRAM);
		p.program_b = shown_kept(&p.b, SHOWN_PROGRAM);
		(option(args, "json") ? print_json : print_text)(&p);
	}
	free(p.program_a);
	free(p.program_b);
	shown_free(&p.a);
	shown_free(&p.b);
	db_close(db);
	free(database);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
