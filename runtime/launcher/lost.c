/* lost.c: runs that have no results: failed, stopped by a search, unfinished. It reads only the original's tables. */
#include "lost.h"

#include <stdlib.h>
#include <string.h>

static enum lost_kind kind_of(const char *status)
{
	return !strcmp(status, "error") ? LOST_FAILED : !strcmp(status, "stopped") ? LOST_STOPPED : LOST_UNFINISHED;
}

/* A run that is trained further keeps its results, and is shown; a replaced one has left them to another. */
bool lost_read(struct db *db, const struct selection *chosen, struct lost *out)
{
	struct rows *r = db_query(db, "SELECT run_id, coalesce(status, '') FROM runs WHERE coalesce(status, '') NOT IN ('done', 'replaced')"
		" AND run_id NOT IN (SELECT run_id FROM run_results WHERE run_id IS NOT NULL) ORDER BY run_id", "");
	int at = 0;
	*out = (struct lost){0};
	if (!r)
		return false;
	while (row_next(r)) {
		struct lost_run one = {row_int(r, 0), kind_of(row_text(r, 1)), -1, -1};
		while (chosen && at < chosen->count && chosen->ids[at] < one.id)
			at++;
		if ((out->count && out->at[out->count - 1].id == one.id) || (chosen && (at == chosen->count || chosen->ids[at] != one.id)))
			continue;
		out->at = grow(out->at, &out->cap, out->count, sizeof one);
		out->at[out->count++] = one;
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

struct lost_run *lost_find(const struct lost *l, int64_t id)
{
	int low = 0, high = l->count;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (l->at[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < l->count && l->at[low].id == id ? &l->at[low] : NULL;
}

static bool has_key(const struct lost *l, int key, const char *wanted)
{
	return !wanted || (key >= 0 && !strcmp(l->keys.at[key], wanted));
}

static void count_kinds(const struct lost *l, const char *data, const char *model, int n[LOST_KINDS])
{
	for (int i = 0; i < l->count; i++)
		if (has_key(l, l->at[i].data, data) && has_key(l, l->at[i].model, model))
			n[l->at[i].kind]++;
}

char *lost_list(const struct lost *l, const char *data, const char *model)
{
	static const char *const names[LOST_KINDS] = {"failed", "stopped early", "unfinished"};
	int n[LOST_KINDS] = {0};
	struct text out = {0};
	count_kinds(l, data, model, n);
	for (int i = 0; i < LOST_KINDS; i++)
		if (n[i])
			text_printf(&out, "%s%d %s", out.len ? ", " : "", n[i], names[i]);
	char *s = copy(out.len ? out.at : "");
	text_free(&out);
	return s;
}

char *lost_text(const struct lost *l, const char *data, const char *model)
{
	char *list = lost_list(l, data, model), *s = *list ? format("; not shown: %s", list) : copy("");
	free(list);
	return s;
}

json_t *lost_json(const struct lost *l, const char *data)
{
	int n[LOST_KINDS] = {0};
	count_kinds(l, data, NULL, n);
	return json_pack("{si si si}", "failed", n[LOST_FAILED], "stopped", n[LOST_STOPPED], "unfinished", n[LOST_UNFINISHED]);
}

void lost_free(struct lost *l)
{
	interned_free(&l->keys);
	free(l->at);
	*l = (struct lost){0};
}
