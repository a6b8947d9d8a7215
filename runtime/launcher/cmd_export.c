/* cmd_export.c: `mosaic export`: runs for other programs: a table (CSV, JSON), their curves, or TensorBoard's files. Runs and their
** parameters are read side by side in order of run_id, so that a large database costs no memory. */
#include "out.h"
#include "params.h"
#include "tensorboard.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const results[] = {"train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit", "trainability",
	"slope"};
enum { RESULTS = sizeof results / sizeof results[0], AT_EARLY = 3 + RESULTS + 1 };   /* AT_EARLY: column of the query */

struct table_of {
	struct db *db;
	const struct selection *chosen;
	bool json, history, early;                              /* early: runs that stopped early, or whose best epoch is kept */
	const char *board;                                     /* folder of TensorBoard's files, or NULL */
	char **names; int count, cap;                          /* of parameters, sorted */
	const char **kept; char **owned;                       /* the values of one run; owned: those that stand nowhere else */
	struct param_scan scan; bool more;                     /* more: the scan stands at a row that is not taken yet */
	int *column_of;                                        /* by pairs of the scan: which name; -1: not looked up */
	char **columns; int column_count, column_cap;          /* of histories */
	int written;                                           /* runs so far */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_name(struct table_of *t, const char *name)
{
	t->names = grow(t->names, &t->cap, t->count, sizeof *t->names);
	t->names[t->count++] = copy(name);
}

static void sort_names(struct table_of *t)
{
	int n = 0;
	if (t->count)
		qsort(t->names, (size_t)t->count, sizeof *t->names, by_name);
	for (int i = 0; i < t->count; i++)
		if (n && !strcmp(t->names[i], t->names[n - 1]))
			free(t->names[i]);
		else
			t->names[n++] = t->names[i];
	t->count = n;
}

/* Where the database keeps pairs, the names of all runs are there before the first is read. */
static bool read_names(struct table_of *t)
{
	if (!params_open(t->db, &t->scan))
		return false;
	for (int64_t i = 0; i < t->scan.pair_count; i++)
		if (t->scan.pairs[i].name && (!i || !t->scan.pairs[i - 1].name || strcmp(t->scan.pairs[i].name, t->scan.pairs[i - 1].name)))
			add_name(t, t->scan.pairs[i].name);
	struct rows *r = t->scan.pairs ? NULL : db_query(t->db, "SELECT DISTINCT param_name FROM params WHERE param_name IS NOT NULL"
		" AND param_name NOT IN ('status', 'pipeline', 'traceback')", "");
	while (r && row_next(r))
		add_name(t, row_text(r, 0));
	bool ok = t->scan.pairs || (r && db_trouble(t->db) == DB_OK);
	if (r)
		row_end(r);
	sort_names(t);
	t->kept = need(calloc((size_t)t->count + 1, sizeof *t->kept));
	t->owned = need(calloc((size_t)t->count + 1, sizeof *t->owned));
	t->column_of = need(malloc(((size_t)t->scan.pair_count + 1) * sizeof *t->column_of));
	memset(t->column_of, -1, ((size_t)t->scan.pair_count + 1) * sizeof *t->column_of);
	return ok;
}

/* In the order in which they were first written: that of the trainers' reports. */
static bool read_columns(struct table_of *t)
{
	bool ours = db_number(t->db, "PRAGMA user_version", 0) > 0;
	struct rows *r = ours ? db_query(t->db, "SELECT name FROM history GROUP BY name ORDER BY min(rowid)", "") : NULL;
	while (r && row_next(r)) {
		t->columns = grow(t->columns, &t->column_cap, t->column_count, sizeof *t->columns);
		t->columns[t->column_count++] = copy(row_text(r, 0));
	}
	if (r)
		row_end(r);
	return !ours || (r && db_trouble(t->db) == DB_OK);
}

static int name_order(const void *name, const void *at)
{
	return strcmp(name, *(char *const *)at);
}

static int column_of(struct table_of *t, const char *name, int64_t pair)
{
	if (pair >= 0 && t->column_of[pair] >= 0)
		return t->column_of[pair];
	char **at = t->count ? bsearch(name, t->names, (size_t)t->count, sizeof *t->names, name_order) : NULL;
	if (at && pair >= 0)
		t->column_of[pair] = (int)(at - t->names);
	return at ? (int)(at - t->names) : -1;
}

/* The texts of pairs stay where they are; others are gone with the next row. */
static void keep(struct table_of *t, int at)
{
	bool again = t->kept[at] && !strcmp(t->names[at], "tag");  /* the one name that a run may have several times */
	char *text = again ? format("%s %s", t->kept[at], t->scan.value) : t->scan.pair < 0 ? copy(t->scan.value) : NULL;
	free(t->owned[at]);
	t->owned[at] = text;
	t->kept[at] = text ? text : t->scan.value;
}

/* Takes the parameters of run `id` from the scan, which stands before or at its first one. */
static void take_params(struct table_of *t, int64_t id)
{
	for (int i = 0; i < t->count; i++) {
		free(t->owned[i]);
		t->owned[i] = NULL;
		t->kept[i] = NULL;
	}
	while (t->more && t->scan.run < id)
		t->more = params_next(&t->scan);
	for (; t->more && t->scan.run == id; t->more = params_next(&t->scan)) {
		int at = column_of(t, t->scan.name, t->scan.pair);
		if (at >= 0)
			keep(t, at);
	}
}

static void put_number(double v)
{
	char s[32];
	number_text(v, s);
	fputs(s, stdout);
}

static void put_csv(const struct table_of *t, struct rows *r)
{
	printf("%lld,", (long long)row_int(r, 0));
	out_csv(stdout, row_text(r, 1));
	putchar(',');
	out_csv(stdout, row_text(r, 2));
	for (int i = 0; i < RESULTS; i++) {
		putchar(',');
		if (row_is_int(r, 3 + i))
			printf("%lld", (long long)row_int(r, 3 + i));
		else if (!isnan(row_real(r, 3 + i)))
			put_number(row_real(r, 3 + i));
	}
	if (t->early) {
		putchar(',');
		out_csv(stdout, row_text(r, AT_EARLY));
		if (row_is_int(r, AT_EARLY + 1))
			printf(",%lld", (long long)row_int(r, AT_EARLY + 1));
		else
			putchar(',');
	}
	for (int i = 0; i < t->count; i++) {
		putchar(',');
		out_csv(stdout, t->kept[i] ? t->kept[i] : "");
	}
	putchar('\n');
}

/* Curves of a run; none in a database of the original. */
static struct run_curve *read_curves(const struct table_of *t, int64_t id, int *count)
{
	struct run_curve *curves = need(calloc(COLUMNS_MAX, sizeof *curves));
	int n = t->column_count ? curves_read(t->db, id, curves, COLUMNS_MAX) : 0;
	*count = n > 0 ? n : 0;
	return curves;
}

static const struct run_curve *find_curve(const struct run_curve *curves, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(curves[i].name, name))
			return &curves[i];
	return NULL;
}

/* A line an epoch. */
static void put_curves(const struct table_of *t, int64_t id)
{
	int n, epochs = 0;
	struct run_curve *curves = read_curves(t, id, &n);
	const struct run_curve **in_order = need(calloc((size_t)t->column_count + 1, sizeof *in_order));
	for (int i = 0; i < n; i++)
		epochs = curves[i].epochs > epochs ? curves[i].epochs : epochs;
	for (int c = 0; c < t->column_count; c++)
		in_order[c] = find_curve(curves, n, t->columns[c]);
	for (int e = 0; e < epochs; e++) {
		printf("%lld,%d", (long long)id, e + 1);
		for (int c = 0; c < t->column_count; c++)
			if (in_order[c] && e < in_order[c]->epochs)
				printf(",%.9g", (double)in_order[c]->values[e]);
			else
				putchar(',');
		putchar('\n');
	}
	free(in_order);
	curves_free(curves, n);
}

static json_t *curves_json(const struct table_of *t, int64_t id)
{
	int n;
	struct run_curve *curves = read_curves(t, id, &n);
	json_t *out = json_object();
	for (int i = 0; i < n; i++) {
		json_t *values = json_array(), *name = json_text(curves[i].name);
		for (int e = 0; e < curves[i].epochs; e++)
			json_array_append_new(values, json_measure((double)curves[i].values[e]));
		json_object_set_new(out, json_string_value(name), values);
		json_decref(name);
	}
	curves_free(curves, n);
	return out;
}

static void put_name(const char *name)
{
	out_json(stdout, name);
	putchar(':');
}

/* "keep slow" as ["keep","slow"] */
static void put_tags(const char *words)
{
	json_t *list = json_words(words);
	char *text = need(json_dumps(list, JSON_COMPACT));
	printf(",\"tags\":%s", text);
	free(text);
	json_decref(list);
}

static void put_params(const struct table_of *t)
{
	const char *tags = NULL, *comma = "";
	fputs(",\"params\":{", stdout);
	for (int i = 0; i < t->count; i++) {
		if (!t->kept[i])
			continue;
		if (!strcmp(t->names[i], "tag")) {
			tags = t->kept[i];
			continue;
		}
		fputs(comma, stdout);
		put_name(t->names[i]);
		out_json(stdout, t->kept[i]);
		comma = ",";
	}
	putchar('}');
	if (tags)
		put_tags(tags);
	else
		fputs(",\"tags\":[]", stdout);
}

static void put_json(const struct table_of *t, struct rows *r, bool first)
{
	printf("%s\n{\"run_id\":%lld,\"status\":", first ? "" : ",", (long long)row_int(r, 0));
	out_json(stdout, row_text(r, 1));
	fputs(",\"pipeline\":", stdout);
	out_json(stdout, row_text(r, 2));
	for (int i = 0; i < RESULTS; i++) {
		putchar(',');
		put_name(results[i]);
		if (row_is_int(r, 3 + i))
			printf("%lld", (long long)row_int(r, 3 + i));
		else
			out_json_real(stdout, row_real(r, 3 + i));
	}
	if (t->early && *row_text(r, AT_EARLY)) {
		fputs(",\"stopped_early\":", stdout);
		out_json(stdout, row_text(r, AT_EARLY));
	}
	if (t->early && row_is_int(r, AT_EARLY + 1))
		printf(",\"best_epoch\":%lld", (long long)row_int(r, AT_EARLY + 1));
	put_params(t);
	if (!strcmp(row_text(r, 1), "error")) {
		fputs(",\"error\":", stdout);
		out_json(stdout, row_text(r, 3 + RESULTS));
	}
	if (t->history) {
		json_t *curves = curves_json(t, row_int(r, 0));
		char *text = need(json_dumps(curves, JSON_COMPACT | JSON_REAL_PRECISION(17)));
		printf(",\"history\":%s", text);
		free(text);
		json_decref(curves);
	}
	putchar('}');
}

static void put_head(const struct table_of *t)
{
	fputs("run_id,status,pipeline", stdout);
	for (int i = 0; i < RESULTS; i++)
		printf(",%s", results[i]);
	if (t->early)
		fputs(",stopped_early,best_epoch", stdout);
	for (int i = 0; i < t->count; i++) {
		bool twice = false;                            /* `epochs` is a result and a parameter */
		for (int k = 0; k < RESULTS; k++)
			twice = twice || !strcmp(t->names[i], results[k]);
		fputs(twice ? ",param_" : ",", stdout);
		out_csv(stdout, t->names[i]);
	}
	putchar('\n');
}

static bool is_chosen(const struct selection *s, int64_t id, int *at)
{
	while (s && *at < s->count && s->ids[*at] < id)
		(*at)++;
	return !s || (*at < s->count && s->ids[*at] == id);
}

static void put_history_head(const struct table_of *t)
{
	fputs("run_id,epoch", stdout);
	for (int i = 0; i < t->column_count; i++) {
		putchar(',');
		out_csv(stdout, t->columns[i]);
	}
	putchar('\n');
}

/* When it was started; in a database of the original nobody knows. */
static double start_of(const struct table_of *t, int64_t id)
{
	struct rows *r = t->column_count ? db_query(t->db, "SELECT coalesce(started, '') FROM run_details WHERE run_id = ?", "i", id) : NULL;
	double out = r && row_next(r) ? board_time(row_text(r, 0)) : 0;
	if (r)
		row_end(r);
	return out;
}

static bool put_board(const struct table_of *t, struct rows *r)
{
	static const char *const beside[] = {"nb_params", "duration(s)", "overfit", "trainability", "slope"};   /* the others are curves */
	struct board_value values[RESULTS];
	struct pair *params = need(calloc((size_t)t->count + 1, sizeof *params));
	struct board_run run = {.id = row_int(r, 0), .status = row_text(r, 1), .started = start_of(t, row_int(r, 0)), .params = params, .results = values};
	for (int i = 0; i < t->count; i++)
		if (t->kept[i] && strcmp(t->names[i], "note"))
			params[run.param_count++] = (struct pair){t->names[i], t->kept[i]};
	for (int i = 0; i < RESULTS; i++) {
		double v = row_real(r, 3 + i);
		if (!strcmp(results[i], "duration(s)") && !isnan(v))
			run.seconds = v;
		for (size_t k = 0; k < sizeof beside / sizeof beside[0]; k++)
			if (!isnan(v) && !strcmp(beside[k], results[i]))
				values[run.result_count++] = (struct board_value){results[i], v};
	}
	int n;
	struct run_curve *curves = read_curves(t, run.id, &n);
	run.curves = curves;
	run.curve_count = n;
	bool ok = board_write(t->board, &run);
	curves_free(curves, n);
	free(params);
	return ok;
}

static bool put_run(struct table_of *t, struct rows *r)
{
	if (t->board)
		return put_board(t, r);
	if (t->json)
		put_json(t, r, !t->written);
	else if (t->history)
		put_curves(t, row_int(r, 0));
	else
		put_csv(t, r);
	return true;
}

static void put_begin(const struct table_of *t)
{
	if (t->board)
		return;
	if (t->json)
		putchar('[');
	else if (t->history)
		put_history_head(t);
	else
		put_head(t);
}

static void put_end(const struct table_of *t)
{
	if (t->board)
		printf("%s: %d runs; `tensorboard --logdir %s` shows them\n", t->board, t->written, t->board);
	else if (t->json)
		puts("\n]");
}

/* False after a message. */
static bool put_runs(struct table_of *t)
{
#define RUNS "SELECT r.run_id, coalesce(r.status, ''), coalesce(r.pipeline, ''), x.train_loss, x.test_loss, x.train_acc, x.test_acc," \
		" x.nb_params, x.\"duration(s)\", x.epochs, x.overfit, x.trainability, x.slope, coalesce(r.return_status, '')"
#define OF_RUNS " FROM runs r LEFT JOIN run_results x ON x.run_id = r.run_id"
	struct rows *r = db_query(t->db, t->early ?
		RUNS ", coalesce(d.stop_reason, ''), d.best_epoch" OF_RUNS " LEFT JOIN run_details d ON d.run_id = r.run_id ORDER BY r.run_id" :
		RUNS OF_RUNS " ORDER BY r.run_id", "");
	bool ok = r;
	int at = 0;
	t->more = ok && params_next(&t->scan);
	if (ok)
		put_begin(t);
	while (ok && row_next(r)) {
		if (!is_chosen(t->chosen, row_int(r, 0), &at))
			continue;
		take_params(t, row_int(r, 0));
		if (!put_run(t, r)) {
			row_end(r);
			return false;
		}
		t->written++;
	}
	ok = ok && db_trouble(t->db) == DB_OK;
	if (ok)
		put_end(t);
	else
		db_complain(t->db);
	if (r)
		row_end(r);
	return ok;
}

static void free_table(struct table_of *t)
{
	for (int i = 0; i < t->count; i++) {
		free(t->names[i]);
		free(t->owned ? t->owned[i] : NULL);
	}
	params_close(&t->scan);
	for (int i = 0; i < t->column_count; i++)
		free(t->columns[i]);
	free(t->names);
	free(t->kept);
	free(t->owned);
	free(t->column_of);
	free(t->columns);
}

static bool right_options(const struct args *args)
{
	if (!option(args, "tensorboard") || (!option(args, "json") && !option(args, "history")))
		return true;
	complain("--tensorboard writes files, and excludes --json and --history");
	return false;
}

enum exit_code cmd_export(const struct args *args)
{
	if (!right_options(args))
		return EXIT_USAGE;
	char *database = args->count ? copy(args->at[0]) : last_database();
	struct selection chosen = {0};
	bool some = select_given(args), ok = database && (!some || select_runs(database, args, &chosen));
	struct table_of t = {.db = ok ? db_open(database, DB_READ) : NULL, .chosen = some ? &chosen : NULL, .json = option(args, "json"),
		.history = option(args, "history"), .board = option(args, "tensorboard")};
	ok = t.db;
	if (ok && (!read_names(&t) || !read_columns(&t))) {
		db_complain(t.db);
		ok = false;
	}
	t.early = ok && has_early(t.db) && db_number(t.db, "SELECT count(*) FROM run_details WHERE stop_reason IS NOT NULL OR best_epoch IS NOT NULL", 0) > 0;
	ok = ok && put_runs(&t);
	free_table(&t);
	db_close(t.db);
	select_free(&chosen);
	free(database);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
