/* changed.c: which runs would come out otherwise today: their pipeline still stands in the configuration, section by section and value
** by value, but its identity is another one, because a module, the data or a setting was changed. They are trained again as new runs
** under the same seeds. A run that is replaced keeps its number, curves and files, and its results in a table beside. */
#include "launcher.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct old_run {
	int64_t id;
	uint64_t seed;
	int again, epochs, pipeline;                           /* epochs: to be reached by the new one */
	bool program;                                          /* the program is another one, not only data or settings */
};
struct old_runs { struct old_run *at; int count, cap; };

/* What makes a pipeline the same to its author: all but the names for plots and the places of files. */
static char *text_of(const char *modules)
{
	json_t *root = json_loads(modules, 0, NULL), *one;
	size_t i;
	json_array_foreach(root, i, one) {
		json_object_del(one, "key");
		json_object_del(one, "path_to_class");
	}
	char *out = root ? json_dumps(root, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
	json_decref(root);
	return out ? out : copy("");
}

struct texts { char **at; struct names names; };

static struct texts sweep_texts(const struct sweep *s)
{
	struct texts t = {.at = need(calloc((size_t)s->pipeline_count + 1, sizeof *t.at))};
	for (int i = 0; i < s->pipeline_count; i++)
		names_add(&t.names, t.at[i] = text_of(s->pipelines[i].modules), i);
	names_sort(&t.names);
	return t;
}

static void texts_free(struct texts *t, int count)
{
	for (int i = 0; i < count; i++)
		free(t->at[i]);
	free(t->at);
	names_free(&t->names);
}

static bool is_chosen(const struct selection *chosen, int64_t id)
{
	int low = 0, high = chosen ? chosen->count : 0;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (chosen->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return !chosen || (low < chosen->count && chosen->ids[low] == id);
}

/* The row of a run that is chosen and is of no pipeline of the sweep as it stands. */
static void look_at(struct rows *r, const struct sweep *s, const struct texts *texts, int until, struct old_runs *out)
{
	char *text = text_of(row_text(r, 5));
	int at = *text ? names_find(&texts->names, text) : -1;
	free(text);
	if (at < 0 || s->pipelines[at].program < 0)
		return;
	const struct pipeline *p = &s->pipelines[at];
	int64_t had = row_int(r, 4);
	int epochs = had > p->epochs && had <= EPOCHS_MAX ? (int)had : p->epochs;
	out->at = grow(out->at, &out->cap, out->count, sizeof *out->at);
	out->at[out->count++] = (struct old_run){.id = row_int(r, 0), .seed = (uint64_t)row_int(r, 2), .again = (int)row_int(r, 3),
		.epochs = until ? until : epochs, .pipeline = at, .program = strcmp(row_text(r, 6), s->programs[p->program].hash)};
}

static bool read_old(struct db *db, const struct sweep *s, const struct selection *chosen, int until, struct old_runs *out)
{
	struct names known = sweep_identities(s);
	struct texts texts = sweep_texts(s);
	struct rows *r = db_query(db, "SELECT d.run_id, coalesce(d.pipeline_identity, ''), d.seed, d.again, coalesce(x.epochs,"
		" (SELECT CAST(param_value AS INTEGER) FROM params p WHERE p.run_id = d.run_id AND p.param_name = 'epochs'), 0),"
		" coalesce((SELECT param_value FROM params p WHERE p.run_id = d.run_id AND p.param_name = 'pipeline'), ''), coalesce(d.program_hash, '')"
		" FROM run_details d JOIN runs r ON r.run_id = d.run_id LEFT JOIN run_results x ON x.run_id = d.run_id"
		" WHERE r.status NOT IN ('replaced', 'stopped') AND length(d.identity) = 32 ORDER BY d.run_id", "");
	while (r && row_next(r))
		if (is_chosen(chosen, row_int(r, 0)) && names_find(&known, row_text(r, 1)) < 0)
			look_at(r, s, &texts, until, out);
	if (r)
		row_end(r);
	texts_free(&texts, s->pipeline_count);
	names_free(&known);
	return r && db_trouble(db) == DB_OK;
}

/* ---- the runs that take their places ---- */

struct new_run { int64_t id; int epochs, checkpoint; bool begun, done; };

/* The run of this identity, if the database has it: id 0 if not. False: trouble. */
static bool find_new(struct db *db, const struct pipeline *p, const char *identity, struct new_run *out)
{
	*out = (struct new_run){0};
	struct rows *r = db_query(db, "SELECT d.run_id, coalesce(x.epochs, o.epochs, -1), d.checkpoint_epoch, r.run_id IS NOT NULL, r.status = 'done',"
		" d.stop_rule FROM run_details d LEFT JOIN runs r ON r.run_id = d.run_id LEFT JOIN run_results x ON x.run_id = d.run_id"
		" LEFT JOIN replaced_results o ON o.run_id = d.run_id WHERE d.identity = ?", "t", identity);
	if (!r)
		return false;
	if (row_next(r))
		*out = (struct new_run){row_int(r, 0), epochs_reached(p, (int)row_int(r, 1), row_text(r, 5)), (int)row_int(r, 2), row_int(r, 3), row_int(r, 4)};
	row_end(r);
	return db_trouble(db) == DB_OK;
}

static struct run *planned(struct plan *plan, int64_t id)
{
	for (int i = plan->count - 1; i >= 0; i--)
		if (plan->runs[i].id == id)
			return &plan->runs[i];
	return NULL;
}

static bool add_new(struct db *db, const struct sweep *s, const struct old_run *old, struct new_run *n, const char *identity, int64_t *next, struct plan *plan)
{
	struct run r = {.id = n->id ? n->id : (*next)++, .pipeline = old->pipeline, .epochs = old->epochs, .again = old->again, .seed = old->seed,
		.resume = n->begun};
	memcpy(r.identity, identity, sizeof r.identity);
	r.measure.checkpoint = n->checkpoint;
	bool ok = n->id ? !n->begun || record_continue(db, r.id, r.epochs) : record_reserve(db, &r, s->pipelines[r.pipeline].identity);
	n->id = r.id;
	plan->runs = grow(plan->runs, &plan->cap, plan->count, sizeof *plan->runs);
	plan->runs[plan->count++] = r;
	return ok;
}

/* Several versions of one run may be there: one new run replaces them all. */
static bool replace(struct db *db, const struct sweep *s, const struct old_run *old, int64_t *next, struct plan *plan)
{
	char identity[33];
	struct new_run n;
	run_identity(s->pipelines[old->pipeline].identity, old->seed, identity);
	if (!find_new(db, &s->pipelines[old->pipeline], identity, &n))
		return false;
	struct run *same = n.id ? planned(plan, n.id) : NULL;
	if (same && same->epochs < old->epochs)
		same->epochs = old->epochs;
	if (n.begun && n.epochs >= old->epochs) {
		plan->done++;
		return (n.done || record_heal(db, n.id)) && record_replaced_by(db, old->id, n.id) && record_retire(db, n.id);
	}
	return (same || add_new(db, s, old, &n, identity, next, plan)) && record_replaced_by(db, old->id, n.id);
}

static void tell(struct db *db, const struct old_runs *old)
{
	int programs = 0;
	for (int i = 0; i < old->count; i++)
		programs += old->at[i].program;
	if (old->count)
		printf("%s: changed since they were trained: %d run%s (%d by their program, %d by data or settings alone)\n", db_path(db), old->count, old->count == 1 ? "" : "s", programs,
			old->count - programs);
	else
		printf("%s: nothing has changed since it was trained\n", db_path(db));
}

bool plan_changed(struct db *db, const struct sweep *s, const struct selection *chosen, int until, struct plan *out)
{
	struct old_runs old = {0};
	bool ok = db_begin(db) && read_old(db, s, chosen, until, &old);
	int64_t next = ok ? record_next_id(db) : 0, first = next;
	ok = ok && next > 0;
	for (int i = 0; ok && i < old.count; i++)
		ok = replace(db, s, &old.at[i], &next, out);
	ok = ok && (next == first || record_set_next_id(db, next)) && db_commit(db);
	if (ok)
		tell(db, &old);
	else {
		db_complain(db);
		db_rollback(db);
	}
	free(old.at);
	return ok;
}
