/* choose.c: plans of runs that somebody named, where plan.c looks for what is missing. They must be in the database, and their
** pipelines in the sweep, unchanged: only then their checkpoints go on to the same bits. */
#include "launcher.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : x->place - y->place;
}

void names_add(struct names *n, const char *name, int place)
{
	n->at = grow(n->at, &n->cap, n->count, sizeof *n->at);
	n->at[n->count++] = (struct named){name, place};
}

void names_sort(struct names *n)
{
	if (n->count)
		qsort(n->at, (size_t)n->count, sizeof *n->at, by_name);
}

int names_find(const struct names *n, const char *name)
{
	int low = 0, high = n->count;
	while (low < high) {                                   /* the first that is not before it */
		int middle = low + (high - low) / 2;
		if (strcmp(n->at[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n->count && !strcmp(n->at[low].name, name) ? n->at[low].place : -1;
}

void names_free(struct names *n)
{
	free(n->at);
	*n = (struct names){0};
}

struct names sweep_identities(const struct sweep *s)
{
	struct names out = {0};
	for (int i = 0; i < s->pipeline_count; i++)
		names_add(&out, s->pipelines[i].identity, i);
	names_sort(&out);
	return out;
}

/* What the database says of a run. */
struct stored {
	char identity[33], line[200];
	uint64_t seed;
	int again, checkpoint, epochs, wanted;                 /* epochs: of its result, -1: none; wanted: were to be reached, 0: unknown */
	bool begun, done;
	int pipeline;                                          /* of the sweep, -1: none */
};

/* 1 found, 0 not there, -1 trouble. */
static int read_stored(struct db *db, int64_t id, const struct names *pipelines, struct stored *out)
{
	struct rows *r = db_query(db, "SELECT coalesce(d.identity, ''), coalesce(d.pipeline_identity, ''), d.seed, d.again, d.checkpoint_epoch,"
		" r.run_id IS NOT NULL, r.status = 'done', coalesce(x.epochs, o.epochs, -1), coalesce(r.pipeline, ''),"
		" (SELECT CAST(param_value AS INTEGER) FROM params WHERE run_id = w.id AND param_name = 'epochs') FROM (SELECT ? AS id) w"
		" LEFT JOIN run_details d ON d.run_id = w.id LEFT JOIN runs r ON r.run_id = w.id LEFT JOIN run_results x ON x.run_id = w.id"
		" LEFT JOIN replaced_results o ON o.run_id = w.id"
		" WHERE d.run_id IS NOT NULL OR r.run_id IS NOT NULL", "i", id);
	if (!r)
		return -1;
	int found = row_next(r);
	if (found) {
		*out = (struct stored){.seed = (uint64_t)row_int(r, 2), .again = (int)row_int(r, 3), .checkpoint = (int)row_int(r, 4), .begun = row_int(r, 5),
			.done = row_int(r, 6), .epochs = (int)row_int(r, 7), .pipeline = names_find(pipelines, row_text(r, 1))};
		int64_t wanted = row_int(r, 9);
		out->wanted = wanted > 0 && wanted <= EPOCHS_MAX ? (int)wanted : 0;
		snprintf(out->identity, sizeof out->identity, "%s", row_text(r, 0));
		snprintf(out->line, sizeof out->line, "%s", row_text(r, 8));
	}
	row_end(r);
	return db_trouble(db) == DB_OK ? found : -1;
}

static bool refuse(int64_t id, const char *why, const char *what_to_do)
{
	complain("run %lld %s", (long long)id, why);
	hint("%s; nothing was changed", what_to_do);
	return false;
}

static bool may_go_on(const struct sweep *s, int64_t id, const struct stored *k)
{
	if (!*k->identity)
		return refuse(id, "has no checkpoint that could be continued: it was not trained by this program", "leave it out");
	if (k->pipeline < 0) {
		char *why = format("(%s) is of no pipeline of %s: its model, its data or its parameters have changed since", *k->line ? k->line : "not started", s->config);
		refuse(id, why, "leave it out, or restore the configuration and modules that it was trained with");
		free(why);
		return false;
	}
	if (s->pipelines[k->pipeline].error)
		return refuse(id, s->pipelines[k->pipeline].error, "mosaicc says why");
	return true;
}

static int64_t target(const struct sweep *s, const struct stored *k, struct goal goal)
{
	int64_t base = k->done && k->epochs > 0 ? k->epochs : k->wanted ? k->wanted : s->pipelines[k->pipeline].epochs;
	return goal.until ? goal.until : base + goal.more;
}

static void warn_anew(const struct sweep *s, int64_t id, const struct stored *k)
{
	char *path = format("%s/checkpoint_%lld.safetensors", s->run_files_path, (long long)id);
	if (k->checkpoint > 0 && access(path, R_OK) < 0)
		fprintf(stderr, "mosaic: warning: %s is not there: run %lld is trained from its beginning, to the same result\n", path, (long long)id);
	free(path);
}

static bool add_run(struct db *db, const struct sweep *s, int64_t id, const struct stored *k, struct goal goal, struct plan *plan)
{
	int64_t epochs = target(s, k, goal);
	if (epochs > EPOCHS_MAX)
		return refuse(id, "would have too many epochs", "ask for fewer");
	if (k->begun && k->epochs >= epochs && (k->done || !goal.until)) {
		plan->done++;
		return true;
	}
	struct run r = {.id = id, .pipeline = k->pipeline, .epochs = (int)epochs, .again = k->again, .seed = k->seed, .resume = k->begun};
	memcpy(r.identity, k->identity, sizeof r.identity);
	r.measure.checkpoint = k->checkpoint;
	warn_anew(s, id, k);
	plan->runs = grow(plan->runs, &plan->cap, plan->count, sizeof *plan->runs);
	plan->runs[plan->count++] = r;
	if (!k->begun || record_continue(db, id, r.epochs))
		return true;
	db_complain(db);
	return false;
}

bool plan_chosen(struct db *db, const struct sweep *s, const int64_t *ids, int count, struct goal goal, struct plan *out)
{
	struct names pipelines = sweep_identities(s);
	struct stored k = {0};
	bool ok = db_begin(db);
	if (!ok)
		db_complain(db);
	for (int i = 0; ok && i < count; i++) {
		int found = read_stored(db, ids[i], &pipelines, &k);
		if (found < 0)
			db_complain(db);
		else if (!found)
			refuse(ids[i], "is not in the database", "see `mosaic status`");
		ok = found > 0 && may_go_on(s, ids[i], &k) && add_run(db, s, ids[i], &k, goal, out);
	}
	if (ok && !db_commit(db)) {
		db_complain(db);
		ok = false;
	}
	if (!ok)
		db_rollback(db);
	names_free(&pipelines);
	return ok;
}
