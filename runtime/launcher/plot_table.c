/* plot_table.c: reads finished runs and their parameters, from the original's tables alone. One pass over `params`, for 100,000
** runs as for 10. What a parameter is called follows from the classes of the modules: mlp_brick_width is the width of an mlp. */
#include "params.h"
#include "plot_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct class { const char *name, *type; size_t length; };
struct classes { struct class *at; int count, cap; };

static bool read_runs(struct db *db, const struct selection *chosen, struct table *t)
{
	struct rows *r = db_query(db, "SELECT e.run_id, e.train_loss, e.test_loss, e.train_acc, e.test_acc, e.nb_params, e.\"duration(s)\", e.epochs,"
		" e.overfit, e.trainability, e.slope, coalesce(r.pipeline, '') FROM run_results e LEFT JOIN runs r ON r.run_id = e.run_id"
		" ORDER BY e.run_id", "");
	int at = 0;
	if (!r)
		return false;
	while (row_next(r)) {
		struct table_run run = {.id = row_int(r, 0), .seed = -1};
		while (chosen && at < chosen->count && chosen->ids[at] < run.id)
			at++;
		/* A database of the original may hold a run twice: the first counts. */
		if ((t->count && t->runs[t->count - 1].id == run.id) || (chosen && (at == chosen->count || chosen->ids[at] != run.id)))
			continue;
		for (int i = 0; i < CRITERIA; i++)
			run.values[i] = row_real(r, i + 1);
		run.line = intern(&t->lines, row_text(r, CRITERIA + 1));
		t->runs = grow(t->runs, &t->cap, t->count, sizeof run);
		t->runs[t->count++] = run;
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

/* Not what a run was given, but what became of it or what somebody said of it; and what names files, not models. */
static bool is_report(const char *name)
{
	static const char *const names[] = {"pipeline", "traceback", "status", "note", "tag", "run_files_path", "data_scheme", "pipeline_scheme",
		"path_to_class_loss_function"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static void add_pair(struct table *t, struct table_run *run, const char *name, const char *value)
{
	struct table_pair pair = {intern(&t->names, name), intern(&t->texts, value)};
	if (!strcmp(name, "seed"))
		run->seed = pair.text;
	t->pairs = grow(t->pairs, &t->pair_cap, t->pair_count, sizeof pair);
	t->pairs[t->pair_count++] = pair;
	run->count++;
}

static bool read_params(struct db *db, struct table *t)
{
	struct param_scan scan;
	int at = 0;
	bool ok = params_open(db, &scan);
	while (ok && params_next(&scan)) {
		while (at < t->count && t->runs[at].id < scan.run)
			at++;
		if (at == t->count || t->runs[at].id != scan.run || is_report(scan.name))
			continue;
		if (!t->runs[at].count)
			t->runs[at].first = t->pair_count;
		add_pair(t, &t->runs[at], scan.name, scan.value);
	}
	if (ok)
		params_close(&scan);
	return ok && db_trouble(db) == DB_OK;
}

/* ---- names ---------------------------------------------------------------------------------------------- */

/* A module shows as <class>_class = <class>, its type as <class>_type. */
static void find_classes(const struct table *t, struct classes *out)
{
	char *seen = need(calloc((size_t)t->names.count + 1, 1));
	for (int i = 0; i < t->pair_count; i++) {
		const char *name = t->names.at[t->pairs[i].name], *value = t->texts.at[t->pairs[i].text];
		size_t n = strlen(name), v = strlen(value);
		if (seen[t->pairs[i].name] || !v || n != v + 6 || strncmp(name, value, v) || strcmp(name + v, "_class"))
			continue;
		seen[t->pairs[i].name] = 1;
		out->at = grow(out->at, &out->cap, out->count, sizeof *out->at);
		out->at[out->count++] = (struct class){value, value, v};   /* the type is looked for below */
	}
	free(seen);
}

static void find_types(const struct table *t, struct classes *c)
{
	for (int k = 0; k < c->count; k++) {
		char *name = format("%s_type", c->at[k].name);
		int wanted = interned_find(&t->names, name);
		free(name);
		for (int i = 0; wanted >= 0 && i < t->pair_count; i++)
			if (t->pairs[i].name == wanted) {
				c->at[k].type = t->texts.at[t->pairs[i].text];
				break;
			}
	}
}

/* The class that a parameter belongs to: the longest name that fits. */
static const struct class *class_of(const struct classes *c, const char *name)
{
	const struct class *best = NULL;
	for (int i = 0; i < c->count; i++)
		if (!strncmp(name, c->at[i].name, c->at[i].length) && name[c->at[i].length] == '_' && (!best || c->at[i].length > best->length))
			best = &c->at[i];
	return best;
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), e = strlen(end);
	return n > e && !strcmp(s + n - e, end);
}

/* Modules that compete for a type are told apart by their class: mlp = mlp_brick; their parameters of one name are one parameter. */
static char *label_of(const struct table *t, const struct classes *classes, const char *name)
{
	const struct class *c = class_of(classes, name);
	if (!strcmp(name, "seed"))
		return NULL;
	/* Swept settings stand there more than once: lr, process_lr, and in process_key. */
	if (!strcmp(name, "process_key") || (!strncmp(name, "process_", 8) && interned_find(&t->names, name + 8) >= 0))
		return NULL;
	if (!c) {
		for (int i = 0; i < classes->count; i++)           /* keys repeat what other parameters say */
			if (ends_in(name, "_key") && !strncmp(name, classes->at[i].type, strlen(name) - 4) && strlen(classes->at[i].type) == strlen(name) - 4)
				return NULL;
		return copy(name);
	}
	const char *rest = name + c->length + 1;
	if (!strcmp(rest, "class"))
		return copy(c->type);
	return !strcmp(rest, "name") || !strcmp(rest, "type") || !strcmp(rest, "path_to_class") || !strcmp(rest, "key") ? NULL : format("%s.%s", c->type, rest);
}

/* "mlp.width" is "width" where no other label ends so. */
static char *short_label(const struct interned *labels, int which)
{
	const char *dot = strchr(labels->at[which], '.');
	for (int i = 0; dot && i < labels->count; i++) {
		const char *other = strchr(labels->at[i], '.');
		if (i != which && !strcmp(other ? other + 1 : labels->at[i], dot + 1))
			return copy(labels->at[which]);
	}
	return copy(dot ? dot + 1 : labels->at[which]);
}

/* The type whose section or parameter it is. */
static char *owner_of(const struct classes *c, const char *label)
{
	for (int i = 0; i < c->count; i++) {
		size_t n = strlen(c->at[i].type);
		if (!strncmp(label, c->at[i].type, n) && (!label[n] || label[n] == '.'))
			return copy(c->at[i].type);
	}
	return copy("");
}

static void name_parameters(struct table *t)
{
	struct classes classes = {0};
	struct interned whole = {0};
	find_classes(t, &classes);
	find_types(t, &classes);
	t->shown = need(malloc(((size_t)t->names.count + 1) * sizeof *t->shown));
	t->module = need(malloc(((size_t)t->names.count + 1) * sizeof *t->module));
	for (int i = 0; i < t->names.count; i++) {
		char *label = label_of(t, &classes, t->names.at[i]);
		const struct class *c = class_of(&classes, t->names.at[i]);
		t->shown[i] = label ? intern(&whole, label) : -1;
		t->module[i] = c ? intern(&t->classes, c->name) : -1;
		free(label);
	}
	t->owners = need(calloc((size_t)whole.count + 1, sizeof *t->owners));
	for (int i = 0; i < whole.count; i++) {
		char *label = short_label(&whole, i);
		t->owners[i] = owner_of(&classes, whole.at[i]);
		intern(&t->labels, label);                         /* as many as `whole` has, in its order: short ones differ, too */
		free(label);
	}
	interned_free(&whole);
	free(classes.at);
}

bool table_read(struct db *db, const struct args *args, struct table *out)
{
	struct selection chosen = {0};
	bool some = select_given(args);
	*out = (struct table){0};
	if (some && !select_runs(db_path(db), args, &chosen))
		return false;
	bool read = read_runs(db, some ? &chosen : NULL, out) && lost_read(db, some ? &chosen : NULL, &out->lost) && read_params(db, out);
	select_free(&chosen);
	if (!read)
		db_complain(db);
	else if (!out->count) {
		complain(some ? "%s: none of the chosen runs has finished: there is nothing to draw" : "%s: no run has finished: there is nothing to draw",
			db_path(db));
		hint("`mosaic status %s` shows the runs", db_path(db));
	} else {
		name_parameters(out);
		return true;
	}
	table_free(out);
	return false;
}

void table_free(struct table *t)
{
	for (int i = 0; t->owners && i < t->labels.count; i++)
		free(t->owners[i]);
	free(t->owners);
	interned_free(&t->names);
	interned_free(&t->texts);
	interned_free(&t->lines);
	interned_free(&t->labels);
	interned_free(&t->classes);
	lost_free(&t->lost);
	free(t->module);
	free(t->runs);
	free(t->pairs);
	free(t->shown);
	*t = (struct table){0};
}

/* Of "mlp_brick_width" the "width". */
static const char *field_of(const struct table *t, int name)
{
	return t->names.at[name] + strlen(t->classes.at[t->module[name]]) + 1;
}

static bool stands_in(const struct table *t, int name, const char *const *excludes, int count)
{
	static const char *const never[] = {"type", "class", "path_to_class", "key", "name"};
	const char *field = field_of(t, name);
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (!strcmp(field, never[i]))
			return false;
	for (int i = 0; i < count; i++)
		if (!strcmp(field, excludes[i]) || !strcmp(t->names.at[name], excludes[i]))
			return false;
	return true;
}

static void add_module(const struct table *t, const struct table_run *r, int class, const char *const *excludes, int count, struct text *out)
{
	int n = 0;
	text_printf(out, "%s%s(", out->len ? " | " : "", t->classes.at[class]);
	for (int i = r->first; i < r->first + r->count; i++)
		if (t->module[t->pairs[i].name] == class && stands_in(t, t->pairs[i].name, excludes, count))
			text_printf(out, "%s%s", n++ ? "," : "", t->texts.at[t->pairs[i].text]);
	text_add(out, ")");
}

char *table_line(const struct table *t, int run, const char *const *excludes, int count)
{
	const struct table_run *r = &t->runs[run];
	struct text out = {0};
	for (int i = r->first; i < r->first + r->count; i++) {
		int class = t->module[t->pairs[i].name];
		bool before = class < 0;
		for (int k = r->first; k < i && !before; k++)
			before = t->module[t->pairs[k].name] == class;
		if (!before)
			add_module(t, r, class, excludes, count, &out);
	}
	char *line = copy(out.len ? out.at : t->lines.at[r->line]);
	text_free(&out);
	return line;
}
