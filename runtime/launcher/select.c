/* select.c: the runs that a command's options name (SELECT_OPTIONS in launcher.h). One place for all commands. It only reads, with a
** connection of its own; what the user typed is compared or run as a query that can do nothing but read. */
#include "launcher.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const selectors[] = {"id", "request", "param-name-value", "param-name-value-low-threshold", "param-name-value-high-threshold",
	"failed", "interrupted", "stopped", "tag"};
enum { SELECTORS = sizeof selectors / sizeof selectors[0], IDS_MAX = 10000000 };
enum { BY_ID, BY_REQUEST, BY_VALUE, BY_LOW, BY_HIGH, BY_FAILED, BY_INTERRUPTED, BY_STOPPED, BY_TAG };
static const char *const results[] = {"train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit", "trainability",
	"slope"};
enum { RESULTS = sizeof results / sizeof results[0], NAMES_MAX = 1000 };

static void add_id(struct selection *s, int64_t id)
{
	s->ids = grow(s->ids, &s->cap, s->count, sizeof *s->ids);
	s->ids[s->count++] = id;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void sort(struct selection *s)
{
	int n = 0;
	if (s->count)
		qsort(s->ids, (size_t)s->count, sizeof *s->ids, by_number);
	for (int i = 0; i < s->count; i++)
		if (!n || s->ids[i] != s->ids[n - 1])
			s->ids[n++] = s->ids[i];
	s->count = n;
}

static bool has(const struct selection *s, int64_t id)
{
	return s->count && bsearch(&id, s->ids, (size_t)s->count, sizeof id, by_number);
}

/* What is in both; both are sorted. */
static void intersect(struct selection *s, const struct selection *with)
{
	int n = 0;
	for (int i = 0; i < s->count; i++)
		if (has(with, s->ids[i]))
			s->ids[n++] = s->ids[i];
	s->count = n;
}

static bool read_ids(struct db *db, struct rows *r, struct selection *out)
{
	if (!r)
		return false;
	while (row_next(r))
		add_id(out, row_int(r, 0));
	row_end(r);
	return db_trouble(db) == DB_OK;
}

/* ---- --id ---- */

/* of: the option that it is the value of, or nothing. */
static bool bad_list(const char *of, const char *list)
{
	complain("%s'%.80s' is no list of runs", of, list);
	hint("write numbers and ranges such as 1-3,7, or all");
	return false;
}

static bool in_list(struct db *db, const char *of, const char *list, struct selection *out)
{
	struct selection known = {0};
	char *text = copy(list), *next = text, *part;
	int64_t low, high;
	bool ok = read_ids(db, db_query(db, "SELECT run_id FROM runs ORDER BY run_id", ""), &known);
	if (!ok)
		db_complain(db);
	sort(&known);
	if (!strcmp(list, "all")) {
		*out = known;
		free(text);
		return ok;
	}
	while (ok && next && (part = strsep(&next, ","))) {
		part += strspn(part, " ");
		char *dash = strchr(part, '-'), *end = part + strlen(part);
		while (end > part && end[-1] == ' ')
			*--end = '\0';
		if (dash)
			*dash = '\0';
		if (!parse_int(part, 1, INT64_MAX, &low) || (dash && !parse_int(dash + 1, low, INT64_MAX, &high))) {
			ok = bad_list(of, list);
			break;
		}
		/* Only runs that exist: the range may be as wide as it likes. */
		if (!dash && !has(&known, low)) {
			complain("%sthere is no run %lld", of, (long long)low);
			hint("`mosaic status` shows the runs");
			ok = false;
		}
		for (int i = 0; ok && i < known.count; i++)
			if (known.ids[i] >= low && known.ids[i] <= (dash ? high : low))
				add_id(out, known.ids[i]);
	}
	select_free(&known);
	free(text);
	return ok;
}

/* ---- --request ---- */

static bool in_request(struct db *db, const char *sql, struct selection *out)
{
	struct rows *r = db_request(db, sql);
	if (!r) {
		complain("--request: %s", db_message(db));
		hint("write one SELECT whose first column is run_id, such as \"SELECT run_id FROM run_results WHERE test_loss < 0.1\"");
		return false;
	}
	bool ints = true;
	while (ints && out->count < IDS_MAX && row_next(r))
		if ((ints = row_is_int(r, 0)))
			add_id(out, row_int(r, 0));
	bool ok = ints && db_trouble(db) == DB_OK;
	if (!ints) {
		complain("--request: its first column is no run id");
		hint("write \"SELECT run_id FROM ...\"");
	} else if (!ok)
		complain("--request: %s", db_message(db));
	db_forget(r);
	struct selection known = {0};
	ok = ok && read_ids(db, db_query(db, "SELECT run_id FROM runs", ""), &known);
	sort(out);
	sort(&known);
	intersect(out, &known);
	select_free(&known);
	return ok;
}

/* ---- --param-name-value ---- */

static bool number(const char *s, double *out)
{
	char *end;
	*out = strtod(s, &end);
	return end != s && !*end && !isnan(*out);
}

/* sign: 0 equal, -1 at most, 1 at least. NaN never is. */
static bool compare(double a, double b, int sign)
{
	return sign < 0 ? a <= b : sign > 0 ? a >= b : a == b;
}

static bool fits(const char *value, const char *wanted, int sign)
{
	double a, b;
	if (!sign && !strcmp(value, wanted))
		return true;
	if (!number(value, &a) || !number(wanted, &b))
		return false;
	return compare(a, b, sign);
}

static bool unknown_name(struct db *db, const char *name)
{
	const char *names[NAMES_MAX];
	char *kept[NAMES_MAX];
	int n = 0, owned = 0;
	for (int i = 0; i < RESULTS; i++)
		names[n++] = results[i];
	struct rows *r = db_query(db, "SELECT DISTINCT param_name FROM params", "");
	while (r && n < NAMES_MAX && row_next(r))
		names[n++] = kept[owned++] = copy(row_text(r, 0));
	if (r)
		row_end(r);
	complain("no run has a parameter or result '%s'", name);
	const char *near = nearest(name, names, n);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("`mosaic show RUN_ID` lists those of a run");
	while (owned)
		free(kept[--owned]);
	return false;
}

/* One statement a result: a column's name cannot be bound. */
static const char *result_query(const char *name)
{
	static const char *const queries[] = {"SELECT run_id, train_loss FROM run_results", "SELECT run_id, test_loss FROM run_results",
		"SELECT run_id, train_acc FROM run_results", "SELECT run_id, test_acc FROM run_results", "SELECT run_id, nb_params FROM run_results",
		"SELECT run_id, \"duration(s)\" FROM run_results", "SELECT run_id, epochs FROM run_results", "SELECT run_id, overfit FROM run_results",
		"SELECT run_id, trainability FROM run_results", "SELECT run_id, slope FROM run_results"};
	for (int i = 0; i < RESULTS; i++)
		if (!strcmp(results[i], name))
			return queries[i];
	return NULL;
}

static bool with_param(struct db *db, const char *name, const char *value, int sign, struct selection *out)
{
	double n = NAN;
	bool any = false;
	if (!number(value, &n) && sign) {
		complain("'%s' is no number: a threshold is one", value);
		return false;
	}
	const char *result = result_query(name);
	struct rows *r = db_query(db, "SELECT p.run_id, p.param_value FROM params p CROSS JOIN runs r ON r.run_id = p.run_id WHERE p.param_name = ?", "t", name);
	while (r && row_next(r)) {
		any = true;
		if (fits(row_text(r, 1), value, sign))
			add_id(out, row_int(r, 0));
	}
	if (r)
		row_end(r);
	/* `epochs` is both: then what was asked for counts. */
	if (r && !any && result && (r = db_query(db, result, ""))) {
		while (row_next(r))
			if (compare(row_real(r, 1), n, sign))
				add_id(out, row_int(r, 0));
		row_end(r);
	}
	if (!r || db_trouble(db) != DB_OK) {
		db_complain(db);
		return false;
	}
	return any || result || unknown_name(db, name);
}

/* ---- all of them ---- */

static bool by_status(struct db *db, const char *status, struct selection *out)
{
	/* What no launcher has is cut off, whatever its row says. A command that starts runs is the launcher, and has none yet. */
	pid_t owner = lock_owner(db_path(db), NULL);
	bool cut = !strcmp(status, "interrupted") && (!owner || owner == getpid());
	if (read_ids(db, db_query(db, "SELECT run_id FROM runs WHERE status = ? OR (status = 'running' AND ?)", "ti", status, (int64_t)cut), out))
		return true;
	db_complain(db);
	return false;
}

static bool unknown_tag(struct db *db, const char *tag)
{
	char *kept[NAMES_MAX];
	const char *names[NAMES_MAX];
	int n = 0;
	struct rows *r = db_query(db, "SELECT DISTINCT param_value FROM params WHERE param_name = 'tag'", "");
	while (r && n < NAMES_MAX && row_next(r)) {
		kept[n] = copy(row_text(r, 0));
		names[n] = kept[n];
		n++;
	}
	if (r)
		row_end(r);
	complain("no run has the tag '%s'", tag);
	const char *near = nearest(tag, names, n);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("`mosaic tag %s` lists the tags", db_path(db));
	while (n)
		free(kept[--n]);
	return false;
}

static bool with_tag(struct db *db, const char *tag, struct selection *out)
{
	tag += *tag == '+';                                    /* as `mosaic tag` writes it */
	if (!read_ids(db, db_query(db, "SELECT p.run_id FROM params p CROSS JOIN runs r ON r.run_id = p.run_id WHERE p.param_name = 'tag' AND p.param_value = ?",
		"t", tag), out)) {
		db_complain(db);
		return false;
	}
	return out->count || unknown_tag(db, tag);
}

static bool apply(struct db *db, const struct args *args, int selector, struct selection *out)
{
	const char *name = selectors[selector], *value = option(args, name), *second = option_second(args, name);
	switch (selector) {
	case BY_ID:
		return in_list(db, "--id: ", value, out);
	case BY_REQUEST:
		return in_request(db, value, out);
	case BY_VALUE:
	case BY_LOW:
	case BY_HIGH:
		return with_param(db, value, second, selector == BY_VALUE ? 0 : selector == BY_LOW ? -1 : 1, out);
	case BY_TAG:
		return with_tag(db, value, out);
	default:
		return by_status(db, selector == BY_FAILED ? "error" : selector == BY_STOPPED ? "stopped" : "interrupted", out);
	}
}

bool select_given(const struct args *args)
{
	for (int i = 0; i < SELECTORS; i++)
		if (option(args, selectors[i]))
			return true;
	return false;
}

/* `list`: of numbers, or NULL. */
static bool select_in(struct db *db, const struct args *args, const char *list, struct selection *out)
{
	bool first = !list, ok = !list || in_list(db, "", list, out);
	sort(out);
	for (int i = 0; ok && i < SELECTORS; i++) {
		struct selection one = {0};
		if (!option(args, selectors[i]))
			continue;
		ok = apply(db, args, i, &one);
		sort(&one);
		if (first) {
			*out = one;
			first = false;
			continue;
		}
		intersect(out, &one);
		select_free(&one);
	}
	return ok;
}

static bool which_runs(const struct args *args)
{
	complain("which runs?");
	hint("--id 1-3,7 or --id all names them; `mosaic %s --help` lists the other ways", args->command->name);
	return false;
}

static bool select_from(const char *database, const struct args *args, const char *list, struct selection *out)
{
	struct db *db = db_open(database, DB_READ);
	bool ok = db && select_in(db, args, list, out);
	db_close(db);
	if (ok && !out->count) {
		complain("%s: no run is like that", database);
		hint("`mosaic status %s` shows the runs", database);
		ok = false;
	}
	if (!ok)
		select_free(out);
	return ok;
}

bool select_runs(const char *database, const struct args *args, struct selection *out)
{
	*out = (struct selection){0};
	return select_given(args) ? select_from(database, args, NULL, out) : which_runs(args);
}

bool is_run_list(const char *word)
{
	return !strcmp(word, "all") || (*word >= '0' && *word <= '9' && !word[strspn(word, "0123456789,-")]);
}

bool select_words(const char *database, const struct args *args, const char *const *words, int count, struct selection *out)
{
	struct text list = {0};
	*out = (struct selection){0};
	for (int i = 0; i < count; i++)
		text_printf(&list, "%s%s", i ? "," : "", words[i]);
	bool ok = count || select_given(args) ? select_from(database, args, list.at, out) : which_runs(args);
	text_free(&list);
	return ok;
}

void select_free(struct selection *s)
{
	free(s->ids);
	*s = (struct selection){0};
}
