/* explain.c: `mosaic launch --explain`: which runs of a sweep would be trained, and why; what plan.c decides, told and not done. It reads a
** database that may not be there, and writes nothing. */
#include "launcher.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fate { FATE_DONE, FATE_FURTHER, FATE_RESUMED, FATE_FAILED, FATE_NEW, FATE_COUNT };
struct told { int runs, fate[FATE_COUNT]; char *why; };    /* why: of the first run that is not done */
struct seen { char identity[33]; int64_t id; int epochs, checkpoint; char *status, *message, *stop_rule; bool found; };
struct explaining {
	struct db *db;                                         /* NULL: there is none */
	const struct sweep *sweep;
	struct seen *seen; int count, cap;
	struct names identities;                               /* places: in `seen` */
	struct told *told;                                     /* by pipeline */
	bool ours;                                             /* the database has details of runs */
};

/* By which rule runs stopped early; older databases have no such column, and no such runs. */
static bool read_stops(struct explaining *e)
{
	bool any = has_early(e->db);
	struct rows *r = any ? db_query(e->db, "SELECT identity, stop_rule FROM run_details WHERE stop_rule IS NOT NULL AND length(identity) = 32", "") : NULL;
	while (r && row_next(r)) {
		int at = names_find(&e->identities, row_text(r, 0));
		if (at >= 0 && !e->seen[at].stop_rule)
			e->seen[at].stop_rule = copy(row_text(r, 1));
	}
	if (r)
		row_end(r);
	return !any || r;
}

static bool read_seen(struct explaining *e)
{
	bool replaced = db_number(e->db, "SELECT count(*) FROM sqlite_master WHERE name = 'replaced_results'", 0) > 0;
	struct rows *r = db_query(e->db, replaced ?
		"SELECT d.run_id, d.identity, coalesce(x.epochs, o.epochs, -1), d.checkpoint_epoch, coalesce(r.status, ''), coalesce(r.return_status, '')"
		" FROM run_details d LEFT JOIN runs r ON r.run_id = d.run_id LEFT JOIN run_results x ON x.run_id = d.run_id"
		" LEFT JOIN replaced_results o ON o.run_id = d.run_id WHERE length(d.identity) = 32" :
		"SELECT d.run_id, d.identity, coalesce(x.epochs, -1), d.checkpoint_epoch, coalesce(r.status, ''), coalesce(r.return_status, '')"
		" FROM run_details d LEFT JOIN runs r ON r.run_id = d.run_id LEFT JOIN run_results x ON x.run_id = d.run_id WHERE length(d.identity) = 32", "");
	while (r && row_next(r)) {
		e->seen = grow(e->seen, &e->cap, e->count, sizeof *e->seen);
		struct seen *s = &e->seen[e->count++];
		*s = (struct seen){.id = row_int(r, 0), .epochs = (int)row_int(r, 2), .checkpoint = (int)row_int(r, 3), .status = copy(row_text(r, 4))};
		s->message = strcmp(s->status, "error") ? NULL : copy(row_text(r, 5));
		snprintf(s->identity, sizeof s->identity, "%s", row_text(r, 1));
	}
	if (r)
		row_end(r);
	for (int i = 0; i < e->count; i++)
		names_add(&e->identities, e->seen[i].identity, i);
	names_sort(&e->identities);
	return r && read_stops(e) && db_trouble(e->db) == DB_OK;
}

static char *first_line(const char *s)
{
	struct text t = {0}, out = {0};
	text_addn(&t, s, strcspn(s, "\n"));
	if (t.at)
		add_visible(&out, t.at);
	text_free(&t);
	return out.at ? out.at : copy("");
}

/* Of [PROCESS]: what run `id` had and this pipeline has otherwise. */
static bool add_settings(struct explaining *e, int64_t id, const struct pipeline *p, struct text *out)
{
	bool any = false;
	struct rows *r = db_query(e->db, "SELECT param_name, param_value FROM params WHERE run_id = ?", "i", id);
	while (r && row_next(r))
		for (int i = 0; i < e->sweep->process_count; i++) {
			const struct pair *pair = &e->sweep->process[i];
			const char *value = pipeline_process(p, pair);
			if (strcmp(pair->name, row_text(r, 0)) || !strcmp(value, row_text(r, 1)) || !strcmp(pair->name, "epochs") || !strcmp(pair->name, "seed"))
				continue;
			text_printf(out, "%s%s was %s, is %s", any ? ", " : "", pair->name, row_text(r, 1), value);
			any = true;
		}
	if (r)
		row_end(r);
	return any;
}

/* Why the database has no run of this pipeline: it may have one of the same line. */
static char *why_new(struct explaining *e, const struct pipeline *p)
{
	if (!e->db)
		return copy("there is no database yet");
	struct rows *r = db_query(e->db, e->ours ? "SELECT r.run_id, coalesce(d.program_hash, '') FROM runs r LEFT JOIN run_details d ON d.run_id = r.run_id"
		" WHERE r.pipeline = ? ORDER BY r.run_id DESC LIMIT 1" : "SELECT run_id, '' FROM runs WHERE pipeline = ? ORDER BY run_id DESC LIMIT 1", "t", p->line);
	if (!r)
		return copy("");
	int64_t id = row_next(r) ? row_int(r, 0) : 0;
	char *program = copy(id ? row_text(r, 1) : "");
	row_end(r);
	struct text t = {0};
	if (!id)
		text_add(&t, "the database has no run of this pipeline");
	else {
		text_printf(&t, "run %lld is of this pipeline as it was: ", (long long)id);
		if (!*program)
			text_add(&t, "of another Mosaic");
		else if (p->program >= 0 && strcmp(program, e->sweep->programs[p->program].hash))
			text_add(&t, "its program is another one now (network, module or kernels)");
		else if (!add_settings(e, id, p, &t))
			text_add(&t, "its data or settings are others now");
	}
	free(program);
	return t.at;
}

static void tell(struct explaining *e, int pipeline, uint64_t seed)
{
	const struct pipeline *p = &e->sweep->pipelines[pipeline];
	struct told *t = &e->told[pipeline];
	char identity[33], *why = NULL;
	run_identity(p->identity, seed, identity);
	int at = e->db && e->ours ? names_find(&e->identities, identity) : -1;
	struct seen *s = at < 0 ? NULL : &e->seen[at];
	enum fate fate = FATE_NEW;
	if (s && s->found)                                     /* twice in the sweep */
		return;
	if (s)
		s->found = true;
	t->runs++;
	if (p->error)
		fate = FATE_FAILED;
	else if (s && *s->status && epochs_reached(p, s->epochs, s->stop_rule) >= p->epochs)
		fate = FATE_DONE;
	else if (s && *s->status)
		fate = !strcmp(s->status, "error") ? FATE_FAILED : s->epochs >= 0 ? FATE_FURTHER : FATE_RESUMED;
	t->fate[fate]++;
	if (t->why || fate == FATE_DONE)
		return;
	if (fate == FATE_FURTHER && s->stop_rule)
		why = format("run %lld stopped early after epoch %d by another rule: %s", (long long)s->id, s->epochs, s->stop_rule);
	else if (fate == FATE_FURTHER)
		why = format("run %lld has %d epochs, %d are wanted", (long long)s->id, s->epochs, p->epochs);
	else if (fate == FATE_RESUMED)
		why = s->checkpoint ? format("run %lld was stopped or cut off; its checkpoint is of epoch %d", (long long)s->id, s->checkpoint)
			: format("run %lld was stopped or cut off before its first checkpoint", (long long)s->id);
	else if (fate == FATE_FAILED) {
		char *line = p->error ? copy(p->error) : first_line(s->message ? s->message : "");
		why = p->error ? format("%s", line) : format("run %lld failed: %s", (long long)s->id, line);
		free(line);
	} else if (!s)
		why = t->runs > 1 ? copy("more seeds than the database has") : why_new(e, p);
	else
		why = format("run %lld was not begun", (long long)s->id);
	t->why = why;
}

/* Rounds of --again that are not at their end. */
static bool tell_again(struct explaining *e)
{
	struct names pipelines = sweep_identities(e->sweep);
	struct rows *r = db_query(e->db, "SELECT pipeline_identity, seed FROM run_details WHERE again > 0 AND length(pipeline_identity) = 32", "");
	while (r && row_next(r)) {
		int at = names_find(&pipelines, row_text(r, 0));
		if (at >= 0)
			tell(e, at, (uint64_t)row_int(r, 1));
	}
	if (r)
		row_end(r);
	names_free(&pipelines);
	return r && db_trouble(e->db) == DB_OK;
}

/* "2 of 4 runs done, 1 to go on, 1 to begin" */
static void add_counts(const struct told *t, struct text *out)
{
	static const char *const words[FATE_COUNT] = {NULL, "to train further", "to go on with", "to try again", "to begin"};
	text_printf(out, "%d of %d run%s done", t->fate[FATE_DONE], t->runs, t->runs == 1 ? "" : "s");
	for (int i = 1; i < FATE_COUNT; i++)
		if (t->fate[i])
			text_printf(out, ", %d %s", t->fate[i], words[i]);
}

static json_t *told_json(const struct sweep *s, const struct told *all)
{
	json_t *list = json_array();
	for (int i = 0; i < s->pipeline_count; i++) {
		const struct told *t = &all[i];
		struct text words = {0};
		add_counts(t, &words);
		json_t *one = json_pack("{so si si si si si si so so}", "line", json_text(s->pipelines[i].line), "runs", t->runs, "done", t->fate[FATE_DONE],
			"further", t->fate[FATE_FURTHER], "resumed", t->fate[FATE_RESUMED], "failed", t->fate[FATE_FAILED], "new", t->fate[FATE_NEW],
			"words", json_text(words.at), "why", t->why ? json_text(t->why) : json_null());
		json_array_append_new(list, one);
		text_free(&words);
	}
	return list;
}

static void print_json(const struct explaining *e, const char *database)
{
	json_t *all = json_pack("{so sb so}", "database", json_text(database), "exists", e->db != NULL, "pipelines", told_json(e->sweep, e->told));
	char *text = need(json_dumps(all, JSON_INDENT(1)));
	puts(text);
	free(text);
	json_decref(all);
}

static void print_words(const struct explaining *e, const char *database)
{
	int runs = 0, done = 0, whole = 0;
	for (int i = 0; i < e->sweep->pipeline_count; i++) {
		const struct told *t = &e->told[i];
		struct text words = {0}, shown = {0};
		runs += t->runs;
		done += t->fate[FATE_DONE];
		whole += t->fate[FATE_DONE] == t->runs;
		if (t->fate[FATE_DONE] < t->runs) {
			text_printf(&words, "%s: ", e->sweep->pipelines[i].line);
			add_counts(t, &words);
			text_printf(&words, "%s%s\n", t->why ? ": " : "", t->why ? t->why : "");
			add_visible(&shown, words.at);
			fputs(shown.at, stdout);
		}
		text_free(&words);
		text_free(&shown);
	}
	if (whole)
		printf("%d pipeline%s: all runs done\n", whole, whole == 1 ? "" : "s");
	printf("%s: %d of %d runs done, %d to train\n", database, done, runs, runs - done);
}

static bool explain(struct explaining *e, const char *database, bool json)
{
	const struct sweep *s = e->sweep;
	if (e->db) {
		e->ours = db_number(e->db, "SELECT count(*) FROM sqlite_master WHERE name = 'run_details'", 0) > 0;
		if (e->ours && !read_seen(e))
			return false;
	}
	for (int i = 0; i < s->pipeline_count; i++)
		for (int k = 0; k < s->pipelines[i].multiplicity; k++)
			tell(e, i, s->pipelines[i].seed + (uint64_t)k);
	if (e->ours && !tell_again(e))
		return false;
	(json ? print_json : print_words)(e, database);
	return true;
}

enum exit_code launch_explain(const char *sweep_path, const char *database, bool json)
{
	struct sweep sweep;
	if (!sweep_read(sweep_path, &sweep))
		return EXIT_USAGE;
	struct explaining e = {.sweep = &sweep, .told = need(calloc((size_t)sweep.pipeline_count + 1, sizeof *e.told))};
	if (!database)
		database = sweep.database;
	bool exists = access(database, F_OK) == 0;
	e.db = exists ? db_open(database, DB_READ) : NULL;
	bool ok = (!exists || e.db) && explain(&e, database, json);
	if (e.db && !ok)
		db_complain(e.db);
	db_close(e.db);
	for (int i = 0; i < e.count; i++) {
		free(e.seen[i].status);
		free(e.seen[i].message);
		free(e.seen[i].stop_rule);
	}
	for (int i = 0; i < sweep.pipeline_count; i++)
		free(e.told[i].why);
	free(e.told);
	free(e.seen);
	names_free(&e.identities);
	sweep_free(&sweep);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
