/* params.c: the parameters of runs. Since version 3 the database keeps every (name, value) once and for each run the numbers of
** its pairs; `params` is a view of both. To read all runs through the view would look every text up again: here the pairs are
** read first. Older databases have a table `params`, which is read as it is. */
#include "params.h"

#include <stdlib.h>
#include <string.h>


static bool params_compact(struct db *db)
{
	return db_number(db, "SELECT count(*) FROM sqlite_master WHERE (type = 'table' AND name IN ('param_pairs', 'run_params'))"
		" OR (type = 'view' AND name = 'params')", 0) == 3;
}

static bool is_long(const char *name)
{
	return !strcmp(name, "pipeline") || !strcmp(name, "traceback") || !strcmp(name, "status");
}

static bool read_pairs(struct db *db, struct param_scan *s)
{
	s->pair_count = 1 + db_number(db, "SELECT coalesce(max(pair_id), 0) FROM param_pairs", 0);
	struct rows *r = db_query(db, "SELECT pair_id, coalesce(param_name, ''), param_value FROM param_pairs"
		" WHERE pair_id > 0 AND coalesce(param_name, '') NOT IN ('pipeline', 'traceback', 'status')", "");
	if (!r)
		return false;
	s->pairs = need(calloc((size_t)s->pair_count, sizeof *s->pairs));
	while (row_next(r)) {
		int64_t at = row_int(r, 0);
		if (at < s->pair_count) {
			s->pairs[at].name = copy(row_text(r, 1));
			s->pairs[at].value = copy(row_text(r, 2));
		}
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

bool params_open(struct db *db, struct param_scan *out)
{
	*out = (struct param_scan){.db = db, .pair = -1};
	bool by_pairs = params_compact(db) && db_number(db, "SELECT coalesce(max(pair_id), 0) < 200000000 AND coalesce(min(pair_id), 0) >= 0 FROM param_pairs", 0);
	if (by_pairs && !read_pairs(db, out)) {
		params_close(out);
		return false;
	}
	out->rows = by_pairs ? db_query(db, "SELECT run_id, pair_id FROM run_params ORDER BY run_id, place", "")
		: params_compact(db) ? db_query(db, "SELECT run_id, coalesce(param_name, ''), param_value FROM params ORDER BY run_id", "")
		: db_query(db, "SELECT run_id, coalesce(param_name, ''), param_value FROM params ORDER BY run_id, rowid", "");
	if (out->rows)
		return true;
	params_close(out);
	return false;
}

bool params_next(struct param_scan *s)
{
	while (row_next(s->rows)) {
		s->run = row_int(s->rows, 0);
		if (!s->pairs) {
			s->name = row_text(s->rows, 1);
			s->value = row_text(s->rows, 2);
			if (!is_long(s->name))
				return true;
			continue;
		}
		s->pair = row_int(s->rows, 1);
		if (s->pair < 0 || s->pair >= s->pair_count || !s->pairs[s->pair].name)
			continue;
		s->name = s->pairs[s->pair].name;
		s->value = s->pairs[s->pair].value;
		return true;
	}
	return false;
}

void params_close(struct param_scan *s)
{
	if (s->rows)
		row_end(s->rows);
	for (int64_t i = 0; s->pairs && i < s->pair_count; i++) {
		free(s->pairs[i].name);
		free(s->pairs[i].value);
	}
	free(s->pairs);
	*s = (struct param_scan){0};
}

/* ---- writing ------------------------------------------------------------------------------------------- */

/* The first number that a query gives, 0: none; -1 on trouble. */
static int64_t number_of(struct db *db, struct rows *r)
{
	if (!r)
		return -1;
	int64_t n = row_next(r) ? row_int(r, 0) : db_trouble(db) == DB_OK ? 0 : -1;
	row_end(r);
	return n;
}

static int64_t new_pair(struct db *db, const char *name, const char *value)
{
	if (!db_run(db, "INSERT INTO param_pairs(param_name, param_value) VALUES(?, ?)", "tt", name, value))
		return -1;
	return number_of(db, db_query(db, "SELECT max(pair_id) FROM param_pairs", ""));
}

/* Long values are not looked for: no index has them (schema.c). */
static int64_t make_pair(struct db *db, const char *name, const char *value)
{
	int64_t pair = number_of(db, db_query(db, "SELECT pair_id FROM param_pairs WHERE param_name = ? AND param_value = ? AND length(param_value) <= 200",
		"tt", name, value));
	return pair ? pair : new_pair(db, name, value);
}

static bool add_pair(struct db *db, int64_t run, int64_t place, int64_t pair)
{
	return pair > 0 && db_run(db, "INSERT INTO run_params(run_id, place, pair_id) VALUES(?, ?, ?)", "iii", run, place, pair);
}

bool params_add(struct db *db, int64_t run, int64_t place, const char *name, const char *value)
{
	return add_pair(db, run, place, make_pair(db, name, value));
}

bool params_add_long(struct db *db, int64_t run, int64_t place, const char *name, const char *value, int64_t *pair)
{
	/* It may be gone, or have become another, when a transaction was rolled back or somebody else wrote. */
	int64_t there = *pair ? number_of(db, db_query(db, "SELECT 1 FROM param_pairs WHERE pair_id = ? AND param_name = ? AND param_value = ?", "itt", *pair,
		name, value)) : 0;
	if (!there)
		*pair = make_pair(db, name, value);
	return there >= 0 && add_pair(db, run, place, *pair);
}

/* The places of `name` in a run: a run has some dozen parameters, a name may have a hundred thousand values. */
#define NAMED " WHERE run_id = ?1 AND EXISTS (SELECT 1 FROM param_pairs p WHERE p.pair_id = run_params.pair_id AND p.param_name = ?2)"

bool params_set(struct db *db, int64_t run, const char *name, const char *value)
{
	if (!value)
		return db_run(db, "DELETE FROM run_params" NAMED, "it", run, name);
	struct rows *r = db_query(db, "SELECT max(place), max(CASE WHEN EXISTS (SELECT 1 FROM param_pairs p WHERE p.pair_id = run_params.pair_id"
		" AND p.param_name = ?2) THEN 1 ELSE 0 END) FROM run_params WHERE run_id = ?1", "it", run, name);
	if (!r || !row_next(r)) {
		if (r)
			row_end(r);
		return false;
	}
	int64_t last = row_int(r, 0);
	bool there = row_int(r, 1);
	row_end(r);
	if (!there)
		return params_add(db, run, last + 1, name, value);
	int64_t pair = make_pair(db, name, value);
	return pair > 0 && db_run(db, "UPDATE run_params SET pair_id = ?3" NAMED, "iti", run, name, pair);
}

bool params_clear(struct db *db, int64_t run)
{
	return db_run(db, "DELETE FROM run_params WHERE run_id = ?", "i", run);
}
