/* compare_load.c: reads the runs with their criterion and parameters, and finds for each what it can be paired by: the seed,
** the settings of training, and the other modules with their parameters. One pass over the table, for 100,000 runs as for 10. */
#include "compare.h"
#include "params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_PAIRS_MAX = 1024, CLASSES_MAX = 64, CURVES_MAX = 200 };

static uint64_t mix64(uint64_t x)
{
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
	return x ^ (x >> 32);
}

uint64_t mix_pair(int name, int value)
{
	return mix64(((uint64_t)(uint32_t)name << 32 | (uint32_t)value) + 0x9e3779b97f4a7c15);
}

/* What one run has in the table of parameters, while its rows are read. */
struct row_set {
	struct value_pair pairs[RUN_PAIRS_MAX]; int count;
	struct { const char *name, *type; size_t length; } classes[CLASSES_MAX]; int class_count;
};

static bool ends_in(const char *s, size_t n, const char *end)
{
	size_t e = strlen(end);
	return n > e && !strcmp(s + n - e, end);
}

/* A module shows as <class>_class = <class>; its type as <class>_type. */
static void find_classes(const struct data *d, struct row_set *set)
{
	set->class_count = 0;
	for (int i = 0; i < set->count && set->class_count < CLASSES_MAX; i++) {
		const char *name = d->names.at[set->pairs[i].name], *value = d->values.at[set->pairs[i].value];
		size_t n = strlen(name), v = strlen(value);
		if (n == v + 6 && ends_in(name, n, "_class") && !strncmp(name, value, v)) {
			set->classes[set->class_count].name = value;
			set->classes[set->class_count].length = v;
			set->classes[set->class_count++].type = "";
		}
	}
	for (int c = 0; c < set->class_count; c++)
		for (int i = 0; i < set->count; i++) {
			const char *name = d->names.at[set->pairs[i].name];
			if (!strncmp(name, set->classes[c].name, set->classes[c].length) && !strcmp(name + set->classes[c].length, "_type"))
				set->classes[c].type = d->values.at[set->pairs[i].value];
		}
}

/* The class that a parameter belongs to (the longest name that fits), or -1. *rest: its name without the class. */
static int class_of(const struct row_set *set, const char *name, const char **rest)
{
	int best = -1;
	for (int c = 0; c < set->class_count; c++) {
		size_t n = set->classes[c].length;
		if (!strncmp(name, set->classes[c].name, n) && name[n] == '_' && (best < 0 || n > set->classes[best].length))
			best = c;
	}
	*rest = best < 0 ? name : name + set->classes[best].length + 1;
	return best;
}

/* The type of which `name` is the key (mlp of mlp_key): its class, or -1. */
static int keyed_class(const struct row_set *set, const char *name)
{
	size_t n = strlen(name);
	if (!ends_in(name, n, "_key"))
		return -1;
	for (int c = 0; c < set->class_count; c++)
		if (strlen(set->classes[c].type) == n - 4 && !strncmp(set->classes[c].type, name, n - 4))
			return c;
	return -1;
}

/* Where the run has `wanted`: by its full name, else as a parameter of a class (width: mlp_funnel_width). -1: nowhere. */
static int find_pair(const struct data *d, const struct row_set *set, const char *wanted)
{
	const char *rest;
	int found = -1;
	for (int i = 0; wanted && i < set->count; i++) {
		const char *name = d->names.at[set->pairs[i].name];
		if (!strcmp(name, wanted))
			return i;
		if (found < 0 && class_of(set, name, &rest) >= 0 && !strcmp(rest, wanted))
			found = i;
	}
	return found;
}

static bool is_bookkeeping(const char *name)
{
	static const char *const names[] = {"run_files_path", "data_scheme", "pipeline_scheme", "path_to_class_loss_function", "note", "tag"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* Files the parameter at `i` under what pairs the run, or under its module's own. compared: the class that --by names, or -1. */
static void file_pair(struct data *d, const struct row_set *set, int i, int compared, bool by_key, struct observation *o)
{
	const char *name = d->names.at[set->pairs[i].name], *rest;
	int class = class_of(set, name, &rest);
	if (!strcmp(name, "seed")) {
		o->seed = set->pairs[i].value;
		o->others += mix_pair(set->pairs[i].name, set->pairs[i].value);
		return;
	}
	if (!strcmp(name, "epochs"))
		o->epochs = set->pairs[i].value;
	if (is_bookkeeping(name) || keyed_class(set, name) >= 0 || (class >= 0 && !strcmp(rest, "path_to_class")))
		return;
	if (class >= 0 && class == compared && !strcmp(rest, "name"))
		return;                                            /* sections may differ by what is compared only */
	if (class < 0 || class != compared || !by_key) {
		o->others += mix_pair(set->pairs[i].name, set->pairs[i].value);
		return;
	}
	if (!strcmp(rest, "class") || !strcmp(rest, "type"))
		return;
	d->own = grow(d->own, &d->own_cap, d->own_count, sizeof *d->own);
	d->own[d->own_count++] = (struct value_pair){intern(&d->names, rest), set->pairs[i].value};
	o->own_count++;
}

/* All rows of a run are in `set`. */
static void finish_run(struct data *d, struct row_set *set, const char *by, const char *within, struct observation *o)
{
	const char *rest;
	find_classes(d, set);
	int at = find_pair(d, set, by), at_within = find_pair(d, set, within);
	o->by = at < 0 ? -1 : set->pairs[at].value;
	o->within = at_within < 0 ? -1 : set->pairs[at_within].value;
	o->own = d->own_count;
	if (at < 0)
		return;
	const char *name = d->names.at[set->pairs[at].name];
	int keyed = keyed_class(set, name), compared = keyed >= 0 ? keyed : class_of(set, name, &rest);
	for (int i = 0; i < set->count; i++)
		if (i != at)
			file_pair(d, set, i, compared, keyed >= 0, o);
}

/* ---- the criterion ------------------------------------------------------------------------------------- */
static bool has_history(struct db *db)
{
	return db_number(db, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'history'", 0);
}

static void no_criterion(struct db *db, const char *name)
{
	const char *names[CRITERIA + CURVES_MAX];
	char *curves[CURVES_MAX];
	struct text all = {0};
	int n = 0, count = 0;
	struct rows *r = has_history(db) ? db_query(db, "SELECT DISTINCT name FROM history WHERE name IS NOT NULL", "") : NULL;
	while (r && count < CURVES_MAX && row_next(r))
		if (criterion_place(row_text(r, 0)) < 0)
			curves[count++] = copy(row_text(r, 0));
	if (r)
		row_end(r);
	for (int i = 0; i < CRITERIA; i++)
		names[n++] = criteria[i].name;
	for (int i = 0; i < count; i++)
		names[n++] = curves[i];
	for (int i = 0; i < n; i++)
		text_printf(&all, "%s%s", i ? ", " : "", names[i]);
	const char *near = nearest(name, names, n);
	complain("there is no criterion '%s'", name);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("criteria: %s", all.at);
	text_free(&all);
	for (int i = 0; i < count; i++)
		free(curves[i]);
}

const struct criterion *criterion_or_curve(struct db *db, const char *name, struct criterion *out)
{
	int place = criterion_place(name);
	if (place >= 0)
		return &criteria[place];
	struct rows *r = has_history(db) ? db_query(db, "SELECT 1 FROM history WHERE name = ? LIMIT 1", "t", name) : NULL;
	bool there = r && row_next(r);
	if (r)
		row_end(r);
	*out = (struct criterion){name, name, !strcmp(name, "validation_loss") ? -1 : !strcmp(name, "validation_acc") ? 1 : 0, INFINITY};
	if (there)
		return out;
	no_criterion(db, name);
	return NULL;
}

/* The texts of SQL are constants: a prepared statement is known by its address. What was replaced is no run of its own any more. */
#define RUNS_SQL(column) "SELECT r.run_id, coalesce(r.status, ''), x.\"" column "\" FROM runs r" \
	" LEFT JOIN run_results x ON x.run_id = r.run_id WHERE r.status IS NOT 'replaced' ORDER BY r.run_id"
#define CURVE_SQL "SELECT r.run_id, coalesce(r.status, ''), substr(h.data, -4) FROM runs r" \
	" LEFT JOIN history h ON h.run_id = r.run_id AND h.name = ? WHERE r.status IS NOT 'replaced' ORDER BY r.run_id"

static const char *runs_sql(const struct criterion *c)
{
	static const char *const queries[CRITERIA] = {RUNS_SQL("train_loss"), RUNS_SQL("test_loss"), RUNS_SQL("train_acc"), RUNS_SQL("test_acc"),
		RUNS_SQL("nb_params"), RUNS_SQL("duration(s)"), RUNS_SQL("epochs"), RUNS_SQL("overfit"), RUNS_SQL("trainability"), RUNS_SQL("slope")};
	int place = criterion_place(c->column);
	return place < 0 ? NULL : queries[place];
}

/* The last epoch of a curve: a little-endian float32. */
static double last_value(struct rows *r, int column)
{
	size_t size;
	const unsigned char *at = row_blob(r, column, &size);
	float x = NAN;
	if (at && size == sizeof x) {
		uint32_t bits = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
		memcpy(&x, &bits, sizeof x);
	}
	return x;
}

static bool load_runs(struct db *db, const struct criterion *c, struct data *d)
{
	const char *sql = runs_sql(c);
	struct rows *r = sql ? db_query(db, sql, "") : db_query(db, CURVE_SQL, "t", c->column);
	if (!r)
		return false;
	while (row_next(r)) {
		int64_t id = row_int(r, 0);
		const char *status = row_text(r, 1);
		double x = sql ? row_real(r, 2) : last_value(r, 2);
		if (d->count && d->runs[d->count - 1].id == id)
			continue;                                      /* a database of the original may hold duplicates */
		enum fate fate = !strcmp(status, "error") ? FATE_FAILED : strcmp(status, "done") ? FATE_UNFINISHED : isfinite(x) ? FATE_USED : FATE_NO_VALUE;
		d->runs = grow(d->runs, &d->cap, d->count, sizeof *d->runs);
		d->runs[d->count++] = (struct observation){.id = id, .x = x, .fate = fate, .by = -1, .within = -1, .seed = -1, .epochs = -1};
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

/* The numbers of the texts of a pair that many runs share are looked up once. */
static struct value_pair pair_of(struct data *d, const struct param_scan *s, struct value_pair *known)
{
	if (s->pair < 0)
		return (struct value_pair){intern(&d->names, s->name), intern(&d->values, s->value)};
	if (known[s->pair].name < 0)
		known[s->pair] = (struct value_pair){intern(&d->names, s->name), intern(&d->values, s->value)};
	return known[s->pair];
}

static bool load_params(struct db *db, const char *by, const char *within, struct data *d)
{
	struct param_scan s;
	if (!params_open(db, &s))
		return false;
	struct row_set *set = need(calloc(1, sizeof *set));
	struct value_pair *known = need(malloc(((size_t)s.pair_count + 1) * sizeof *known));
	int at = 0;
	memset(known, -1, ((size_t)s.pair_count + 1) * sizeof *known);
	while (params_next(&s)) {
		for (; at < d->count && s.run > d->runs[at].id; at++) {
			finish_run(d, set, by, within, &d->runs[at]);
			set->count = 0;
		}
		if (at < d->count && d->runs[at].id == s.run && set->count < RUN_PAIRS_MAX)
			set->pairs[set->count++] = pair_of(d, &s, known);
	}
	for (; at < d->count; at++) {
		finish_run(d, set, by, within, &d->runs[at]);
		set->count = 0;
	}
	params_close(&s);
	free(known);
	free(set);
	return db_trouble(db) == DB_OK;
}

static void explain_by(const struct data *d, const char *option, const char *wanted)
{
	const char **names = need(malloc(((size_t)d->names.count + 1) * sizeof *names));
	struct text keys = {0};
	for (int i = 0; i < d->names.count; i++) {
		names[i] = d->names.at[i];
		if (ends_in(names[i], strlen(names[i]), "_key"))
			text_printf(&keys, "%s%s", keys.len ? ", " : "", names[i]);
	}
	const char *near = nearest(wanted, names, d->names.count);
	complain("--%s %s: no run has this parameter", option, wanted);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("give a key (%s), a parameter (mlp_funnel_width, or width), or a setting (lr)", keys.at ? keys.at : "mlp_key");
	text_free(&keys);
	free(names);
}

bool data_load(struct db *db, const struct criterion *c, const char *by, const char *within, struct data *out)
{
	*out = (struct data){.has_within = within};
	if (!load_runs(db, c, out) || !load_params(db, by, within, out)) {
		db_complain(db);
		return false;
	}
	int with = 0, both = 0, inside = 0;
	for (int i = 0; i < out->count; i++) {
		const struct observation *o = &out->runs[i];
		with += o->by >= 0;
		inside += o->within >= 0;
		both += o->by >= 0 && (!within || o->within >= 0);
	}
	out->lacking = out->count - with;
	out->lacking_within = with - both;
	if (!out->count) {
		complain("%s: there are no runs in it", db_path(db));
		return false;
	}
	if (!with || (within && !inside)) {
		explain_by(out, with ? "within" : "by", with ? within : by);
		return false;
	}
	if (!both)
		complain("no run has both %s and %s", by, within);
	return both;
}

void data_free(struct data *d)
{
	interned_free(&d->names);
	interned_free(&d->values);
	free(d->runs);
	free(d->own);
	*d = (struct data){0};
}
