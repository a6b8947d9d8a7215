/* cmd_export.c: `mosaic export` and `mosaic best`: runs as tables, for other programs and for a quick answer. Runs and their
** parameters are read side by side in order of run_id, so that a large database costs no memory. */
#include "launcher.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const results[] = {"train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit", "trainability",
	"slope"};
enum { RESULTS = sizeof results / sizeof results[0] };

/* As RFC 4180 has it. */
static void put_cell(const char *s)
{
	if (!strpbrk(s, ",\"\n\r")) {
		fputs(s, stdout);
		return;
	}
	putchar('"');
	for (; *s; s++)
		if (*s == '"')
			fputs("\"\"", stdout);
		else
			putchar(*s);
	putchar('"');
}

struct table_of { struct db *db; const struct selection *chosen; char **names, **kept; int count, cap; };   /* kept: the values of one run */

static bool read_names(struct table_of *t)
{
	struct rows *r = db_query(t->db, "SELECT DISTINCT param_name FROM params WHERE param_name IS NOT NULL"
		" AND param_name NOT IN ('status', 'pipeline', 'traceback') ORDER BY 1", "");
	while (r && row_next(r)) {
		t->names = grow(t->names, &t->cap, t->count, sizeof *t->names);
		t->names[t->count++] = copy(row_text(r, 0));
	}
	if (r)
		row_end(r);
	t->kept = need(calloc((size_t)t->count + 1, sizeof *t->kept));
	return r && db_trouble(t->db) == DB_OK;
}

static int name_order(const void *name, const void *at)
{
	return strcmp(name, *(char *const *)at);
}

/* Takes the parameters of run `id` from `params`, which stands before or at its first one; *more: has it a row? */
static void take_params(struct table_of *t, struct rows *params, bool *more, int64_t id)
{
	for (int i = 0; i < t->count; i++) {
		free(t->kept[i]);
		t->kept[i] = NULL;
	}
	while (*more && row_int(params, 0) < id)
		*more = row_next(params);
	for (; *more && row_int(params, 0) == id; *more = row_next(params)) {
		char **at = t->count ? bsearch(row_text(params, 1), t->names, (size_t)t->count, sizeof *t->names, name_order) : NULL;
		if (!at)
			continue;
		char *old = t->kept[at - t->names];
		bool tag = old && !strcmp(*at, "tag");         /* the one name that a run may have several times */
		t->kept[at - t->names] = tag ? format("%s %s", old, row_text(params, 2)) : copy(row_text(params, 2));
		free(old);
	}
}

/* As few digits as give the same double again. */
static void put_number(double v)
{
	char s[40];
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(s, sizeof s, "%.*g", digits, v);
		if (strtod(s, NULL) == v)
			break;
	}
	fputs(s, stdout);
}

static void put_csv(const struct table_of *t, struct rows *r)
{
	printf("%lld,", (long long)row_int(r, 0));
	put_cell(row_text(r, 1));
	putchar(',');
	put_cell(row_text(r, 2));
	for (int i = 0; i < RESULTS; i++) {
		putchar(',');
		if (row_is_int(r, 3 + i))
			printf("%lld", (long long)row_int(r, 3 + i));
		else if (!isnan(row_real(r, 3 + i)))
			put_number(row_real(r, 3 + i));
	}
	for (int i = 0; i < t->count; i++) {
		putchar(',');
		put_cell(t->kept[i] ? t->kept[i] : "");
	}
	putchar('\n');
}

static void put_json(const struct table_of *t, struct rows *r, bool first)
{
	json_t *params = json_object(), *run = json_pack("{sI so so}", "run_id", (json_int_t)row_int(r, 0), "status", json_text(row_text(r, 1)), "pipeline",
		json_text(row_text(r, 2)));
	for (int i = 0; i < RESULTS; i++)
		json_object_set_new(run, results[i], row_is_int(r, 3 + i) ? json_integer(row_int(r, 3 + i)) : json_measure(row_real(r, 3 + i)));
	const char *tags = NULL;
	for (int i = 0; i < t->count; i++)
		if (t->kept[i] && !strcmp(t->names[i], "tag"))
			tags = t->kept[i];
		else if (t->kept[i]) {
			json_t *name = json_text(t->names[i]);
			json_object_set_new(params, json_string_value(name), json_text(t->kept[i]));
			json_decref(name);
		}
	json_object_set_new(run, "tags", json_words(tags));
	json_object_set_new(run, "params", params);
	char *text = need(json_dumps(run, JSON_COMPACT | JSON_REAL_PRECISION(17)));
	printf("%s\n%s", first ? "" : ",", text);
	free(text);
	json_decref(run);
}

static void put_head(const struct table_of *t)
{
	fputs("run_id,status,pipeline", stdout);
	for (int i = 0; i < RESULTS; i++)
		printf(",%s", results[i]);
	for (int i = 0; i < t->count; i++) {
		bool twice = false;                            /* `epochs` is a result and a parameter */
		for (int k = 0; k < RESULTS; k++)
			twice = twice || !strcmp(t->names[i], results[k]);
		fputs(twice ? ",param_" : ",", stdout);
		put_cell(t->names[i]);
	}
	putchar('\n');
}

static bool is_chosen(const struct selection *s, int64_t id, int *at)
{
	while (s && *at < s->count && s->ids[*at] < id)
		(*at)++;
	return !s || (*at < s->count && s->ids[*at] == id);
}

static bool put_runs(struct table_of *t, bool json)
{
	struct rows *r = db_query(t->db, "SELECT r.run_id, coalesce(r.status, ''), coalesce(r.pipeline, ''), x.train_loss, x.test_loss, x.train_acc, x.test_acc,"
		" x.nb_params, x.\"duration(s)\", x.epochs, x.overfit, x.trainability, x.slope FROM runs r LEFT JOIN run_results x ON x.run_id = r.run_id"
		" ORDER BY r.run_id", "");
	struct rows *params = db_query(t->db, "SELECT run_id, coalesce(param_name, ''), param_value FROM params ORDER BY run_id", "");
	if (!r || !params)
		return false;
	bool more = row_next(params), first = true;
	int at = 0;
	if (json)
		putchar('[');
	else
		put_head(t);
	while (row_next(r)) {
		if (!is_chosen(t->chosen, row_int(r, 0), &at))
			continue;
		take_params(t, params, &more, row_int(r, 0));
		if (json)
			put_json(t, r, first);
		else
			put_csv(t, r);
		first = false;
	}
	if (json)
		puts("\n]");
	bool ok = db_trouble(t->db) == DB_OK;
	row_end(r);
	row_end(params);
	return ok;
}

enum exit_code cmd_export(const struct args *args)
{
	char *database = args->count ? copy(args->at[0]) : last_database();
	struct selection chosen = {0};
	bool some = select_given(args), ok = database && (!some || select_runs(database, args, &chosen));
	struct table_of t = {.db = ok ? db_open(database, DB_READ) : NULL, .chosen = some ? &chosen : NULL};
	ok = t.db && read_names(&t) && put_runs(&t, option(args, "json"));
	if (t.db && !ok)
		db_complain(t.db);
	for (int i = 0; i < t.count; i++) {
		free(t.names[i]);
		free(t.kept[i]);
	}
	free(t.names);
	free(t.kept);
	db_close(t.db);
	select_free(&chosen);
	free(database);
	return ok ? EXIT_DONE : EXIT_USAGE;
}

/* ---- mosaic best ---- */

/* A column's name cannot be bound: one query each. Accuracies from the highest. */
#define BEST(column, order) "SELECT r.run_id, x." column ", coalesce(r.pipeline, '') FROM run_results x JOIN runs r ON r.run_id = x.run_id" \
	" WHERE r.status = 'done' AND x." column " IS NOT NULL ORDER BY x." column " " order ", r.run_id LIMIT ?"
static const char *const best[RESULTS] = {BEST("train_loss", "ASC"), BEST("test_loss", "ASC"), BEST("train_acc", "DESC"), BEST("test_acc", "DESC"),
	BEST("nb_params", "ASC"), BEST("\"duration(s)\"", "ASC"), BEST("epochs", "ASC"), BEST("overfit", "ASC"), BEST("trainability", "ASC"),
	BEST("slope", "ASC")};

static int criterion(const char *name)
{
	for (int i = 0; i < RESULTS; i++)
		if (!strcmp(results[i], name))
			return i;
	complain("there is no criterion '%s'", name);
	const char *near = nearest(name, results, RESULTS);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("train_loss, test_loss, train_acc, test_acc, nb_params, duration(s), epochs, overfit, trainability or slope");
	return -1;
}

static bool among(const struct selection *s, int64_t id)
{
	int low = 0, high = s ? s->count : 0;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (s->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return !s || (low < s->count && s->ids[low] == id);
}

static int list_best(struct db *db, const struct selection *chosen, int by, int64_t most, json_t *list, struct text *out)
{
	struct rows *r = db_query(db, best[by], "i", chosen ? -1 : most);
	int n = 0;
	while (r && n < most && row_next(r)) {
		int64_t id = row_int(r, 0);
		if (!among(chosen, id))
			continue;
		char *tags = run_tags(db, id);
		n++;
		text_printf(out, "\t[%lld] %s=%.4g\t%s%s%s\n", (long long)id, results[by], row_real(r, 1), row_text(r, 2), tags ? "\t" : "", tags ? tags : "");
		json_array_append_new(list, json_pack("{sI so so so}", "run_id", (json_int_t)id, results[by], json_measure(row_real(r, 1)), "pipeline",
			json_text(row_text(r, 2)), "tags", json_words(tags)));
		free(tags);
	}
	bool ok = r && db_trouble(db) == DB_OK;
	if (r)
		row_end(r);
	if (!ok)
		db_complain(db);
	else if (!n) {
		complain("%s: no run that is done has %s", db_path(db), results[by]);
		hint("`mosaic status %s` shows the runs", db_path(db));
	}
	return ok ? n : 0;
}

enum exit_code cmd_best(const struct args *args)
{
	int64_t most = 10;
	int by = criterion(option(args, "by") ? option(args, "by") : "test_loss");
	if (by < 0 || !option_int(args, "number", 1, 1000000000, &most))
		return EXIT_USAGE;
	char *database = args->count ? copy(args->at[0]) : last_database();
	struct selection chosen = {0};
	bool some = select_given(args), ok = database && (!some || select_runs(database, args, &chosen));
	struct db *db = ok ? db_open(database, DB_READ) : NULL;
	json_t *list = json_array();
	struct text all = {0}, visible = {0};
	int n = db ? list_best(db, some ? &chosen : NULL, by, most, list, &all) : 0;
	if (n && option(args, "json")) {
		char *text = need(json_dumps(list, JSON_INDENT(1) | JSON_REAL_PRECISION(17)));
		puts(text);
		free(text);
	} else if (n) {
		add_visible(&visible, all.at);
		fputs(visible.at, stdout);
	}
	text_free(&all);
	text_free(&visible);
	json_decref(list);
	db_close(db);
	select_free(&chosen);
	free(database);
	return n ? EXIT_DONE : EXIT_USAGE;
}
