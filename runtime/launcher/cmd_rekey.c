/* cmd_rekey.c: `mosaic rekey`: other names for what was trained, without training it again. The runs whose pipeline, on one line, is
** that of an entry of pipelines.json get the keys of that entry. Nothing else of a run changes: its identity has no keys in it. */
#include "launcher.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct keyed { char *line; json_t *modules; };
struct keys { struct keyed *at; int count, cap; json_t *root; };

static int by_line(const void *a, const void *b)
{
	return strcmp(((const struct keyed *)a)->line, ((const struct keyed *)b)->line);
}

/* Have both modules' entries the same text under `name`, all along the pipeline? */
static bool agree(json_t *a, json_t *b, const char *name)
{
	size_t i;
	json_t *one;
	if (json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach(a, i, one) {
		const char *x = json_string_value(json_object_get(one, name)), *y = json_string_value(json_object_get(json_array_get(b, i), name));
		if (strcmp(x ? x : "", y ? y : ""))
			return false;
	}
	return true;
}

/* A pipeline stands there once a run: one of them is enough. */
static void drop_repeated(struct keys *k)
{
	int n = 0;
	for (int i = 0; i < k->count; i++) {
		const struct keyed *last = n ? &k->at[n - 1] : NULL;
		if (last && !strcmp(last->line, k->at[i].line) && agree(last->modules, k->at[i].modules, "key") && agree(last->modules, k->at[i].modules, "name"))
			free(k->at[i].line);
		else
			k->at[n++] = k->at[i];
	}
	k->count = n;
}

static bool read_keys(const char *path, struct keys *out)
{
	json_t *one;
	size_t i;
	*out = (struct keys){.root = pipelines_read(path)};
	json_array_foreach(out->root, i, one) {
		out->at = grow(out->at, &out->cap, out->count, sizeof *out->at);
		char *line = pipeline_line(one);
		out->at[out->count++] = (struct keyed){pipeline_numbers(line), one};
		free(line);
	}
	if (out->count)
		qsort(out->at, (size_t)out->count, sizeof *out->at, by_line);
	drop_repeated(out);
	return out->root;
}

static void free_keys(struct keys *k)
{
	for (int i = 0; i < k->count; i++)
		free(k->at[i].line);
	free(k->at);
	json_decref(k->root);
}

/* The entry for a run. Several entries of one line with other keys: the one whose sections are the run's. NULL: *clear says whether
** that is because there is none. */
static json_t *find_entry(const struct keys *k, const char *line, const char *stored, bool *clear)
{
	const struct keyed key = {.line = (char *)(uintptr_t)line};
	const struct keyed *at = k->count ? bsearch(&key, k->at, (size_t)k->count, sizeof key, by_line) : NULL, *end = k->at + k->count;
	*clear = true;
	if (!at)
		return NULL;
	while (at > k->at && !strcmp(at[-1].line, line))
		at--;
	bool same = true;
	for (const struct keyed *i = at; i < end && !strcmp(i->line, line); i++)
		same = same && agree(i->modules, at->modules, "key");
	if (same)
		return at->modules;
	json_t *own = json_loads(stored, 0, NULL), *found = NULL;
	for (const struct keyed *i = at; i < end && !strcmp(i->line, line); i++)
		if (json_is_array(own) && agree(i->modules, own, "name") && !found)
			found = i->modules;
	json_decref(own);
	*clear = found;
	return found;
}

/* -1 trouble, 0 it had these keys already, 1 changed. */
static int set_keys(struct db *db, int64_t id, json_t *modules)
{
	size_t i;
	json_t *one;
	int changed = 0;
	json_array_foreach(modules, i, one) {
		const char *type = json_string_value(json_object_get(one, "type")), *key = json_string_value(json_object_get(one, "key"));
		if (!key)
			continue;
		char *name = format("%s_key", type);
		struct rows *r = db_query(db, "SELECT 1 FROM params WHERE run_id = ? AND param_name = ? AND param_value = ?", "itt", id, name, key);
		bool there = r && row_next(r);
		if (r)
			row_end(r);
		bool ok = r && (there || (db_run(db, "DELETE FROM params WHERE run_id = ? AND param_name = ?", "it", id, name)
			&& db_run(db, "INSERT INTO params(run_id, param_name, param_value) VALUES(?, ?, ?)", "itt", id, name, key)));
		free(name);
		if (!ok)
			return -1;
		changed |= !there;
	}
	return changed;
}

struct one_run { int64_t id; char *line, *stored; };

static struct one_run *read_runs(struct db *db, int *count)
{
	struct one_run *out = NULL;
	int cap = 0;
	*count = 0;
	struct rows *r = db_query(db, "SELECT r.run_id, coalesce(r.pipeline, ''), coalesce((SELECT param_value FROM params p WHERE p.run_id = r.run_id"
		" AND p.param_name = 'pipeline'), '') FROM runs r ORDER BY r.run_id", "");
	while (r && row_next(r)) {
		out = grow(out, &cap, *count, sizeof *out);
		out[(*count)++] = (struct one_run){row_int(r, 0), copy(row_text(r, 1)), copy(row_text(r, 2))};
	}
	if (r)
		row_end(r);
	return out;
}

static bool rekey(struct db *db, const char *path, const struct keys *k)
{
	int count = 0, matched = 0, changed = 0;
	bool ok = db_begin(db), clear = true;
	struct one_run *runs = ok ? read_runs(db, &count) : NULL;
	ok = ok && db_trouble(db) == DB_OK;
	for (int i = 0; ok && i < count; i++) {
		char *line = pipeline_numbers(runs[i].line);
		json_t *modules = find_entry(k, line, runs[i].stored, &clear);
		free(line);
		if (!clear) {
			complain("%s: run %lld (%s) could be one of several entries with other keys", path, (long long)runs[i].id, runs[i].line);
			hint("leave all but one of them in the file; nothing was changed");
			break;
		}
		int what = modules ? set_keys(db, runs[i].id, modules) : 0;
		matched += modules != NULL;
		changed += what > 0;
		ok = what >= 0;
	}
	ok = ok && clear && db_commit(db);
	if (!ok) {
		if (clear)
			db_complain(db);
		db_rollback(db);
	} else
		printf("%s: %d of %d runs have a pipeline of %s; %d got other keys\n", db_path(db), matched, count, path, changed);
	for (int i = 0; i < count; i++) {
		free(runs[i].line);
		free(runs[i].stored);
	}
	free(runs);
	return ok;
}

enum exit_code cmd_rekey(const struct args *args)
{
	struct keys k;
	bool ok = read_keys(args->at[0], &k);
	struct db *db = ok ? db_open(args->at[1], DB_WRITE) : NULL;
	ok = db && rekey(db, args->at[0], &k);
	db_close(db);
	free_keys(&k);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
