/* params.c: the parameters of runs. Since version 3 the database keeps every (name, value) once and for each run the numbers of
** its pairs; `params` is a view of both. To read all runs through the view would look every text up again: here the pairs are
** read first. Older databases have a table `params`, which is read as it is. */
#include "params.h"

#include <stdlib.h>
#include <string.h>


bool params_compact(struct db *db)
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
		: db_query(db, "SELECT run_id, coalesce(param_name, ''), param_value FROM params ORDER BY run_id", "");
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
