/* cmd_best.c: `mosaic best`: the runs that are done, ordered by a column of run_results. */
#include "launcher.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const results[] = {"train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit", "trainability",
	"slope"};
enum { RESULTS = sizeof results / sizeof results[0] };

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
