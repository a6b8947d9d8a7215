/* plot_data.c: the results of finished runs with the keys of their modules, as the plots of criteria need them. It reads only the
** original's tables. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* With a selector only the runs that it names; both lists are by id. */
static bool wanted(const struct selection *chosen, int *at, int64_t id)
{
	while (*at < chosen->count && chosen->ids[*at] < id)
		++*at;
	return *at < chosen->count && chosen->ids[*at] == id;
}

static bool read_results(struct db *db, const struct selection *chosen, struct samples *out)
{
	struct rows *r = db_query(db, "SELECT run_id, train_loss, test_loss, train_acc, test_acc, nb_params, \"duration(s)\", epochs, overfit,"
		" trainability, slope FROM run_results ORDER BY run_id", "");
	int at = 0;
	if (!r)
		return false;
	while (row_next(r)) {
		struct sample s = {.id = row_int(r, 0), .data = -1, .model = -1};
		for (int i = 0; i < CRITERIA; i++)
			s.values[i] = row_real(r, i + 1);
		/* A database of the original may hold a run twice: the first counts. */
		if ((out->count && out->at[out->count - 1].id == s.id) || (chosen && !wanted(chosen, &at, s.id)))
			continue;
		out->at = grow(out->at, &out->cap, out->count, sizeof s);
		out->at[out->count++] = s;
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

static struct sample *sample_of(struct samples *s, int64_t id)
{
	int low = 0, high = s->count;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (s->at[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->count && s->at[low].id == id ? &s->at[low] : NULL;
}

static void join_key(struct interned *names, int *at, const char *key)
{
	char *whole = *at < 0 ? NULL : format("%s | %s", names->at[*at], key);
	*at = intern(names, whole ? whole : key);
	free(whole);
}

/* The keys of the modules of type `type`, of the runs whose scheme is `scheme`. */
static bool read_keys(struct db *db, struct samples *s, const char *type, const char *scheme_name, const char *scheme, bool data)
{
	char *name = format("%s_key", type);
	struct rows *r = db_query(db, "SELECT k.run_id, k.param_value FROM params k JOIN params s ON s.run_id = k.run_id AND s.param_name = ?2"
		" AND s.param_value = ?3 WHERE k.param_name = ?1", "ttt", name, scheme_name, scheme);
	free(name);
	if (!r)
		return false;
	while (row_next(r)) {
		struct sample *at = sample_of(s, row_int(r, 0));
		if (at && data)
			join_key(&s->data, &at->data, row_text(r, 1));
		else if (at)
			join_key(&s->model, &at->model, row_text(r, 1));
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

/* Every scheme that some run has: one database may hold several sweeps. */
static bool read_schemes(struct db *db, struct samples *s, const char *scheme_name, bool data)
{
	struct interned schemes = {0};
	struct rows *r = db_query(db, "SELECT DISTINCT param_value FROM params WHERE param_name = ?", "t", scheme_name);
	if (!r)
		return false;
	while (row_next(r))
		intern(&schemes, row_text(r, 0));
	row_end(r);
	bool ok = db_trouble(db) == DB_OK;
	for (int i = 0; i < schemes.count; i++) {
		char *types = copy(schemes.at[i]), *save = NULL;
		for (char *type = strtok_r(types, ", \t", &save); ok && type; type = strtok_r(NULL, ", \t", &save))
			ok = read_keys(db, s, type, scheme_name, schemes.at[i], data);
		free(types);
	}
	interned_free(&schemes);
	return ok;
}

/* The runs of one pair of keys stand together, then by id. */
static int by_keys(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	if (x->data != y->data)
		return x->data - y->data;
	return x->model != y->model ? x->model - y->model : (x->id > y->id) - (x->id < y->id);
}

static bool read_all(struct db *db, const struct selection *chosen, struct samples *out)
{
	if (read_results(db, chosen, out) && read_schemes(db, out, "data_scheme", true) && read_schemes(db, out, "pipeline_scheme", false))
		return true;
	db_complain(db);
	return false;
}

bool samples_read(struct db *db, const struct args *args, struct samples *out)
{
	struct selection chosen = {0};
	bool some = select_given(args), ok = !some || select_runs(db_path(db), args, &chosen);
	*out = (struct samples){0};
	ok = ok && read_all(db, some ? &chosen : NULL, out);
	if (ok && !out->count) {
		complain(some ? "%s: none of the chosen runs has finished: there is nothing to draw" : "%s: no run has finished: there is nothing to draw",
			db_path(db));
		hint("`mosaic status %s` shows the runs", db_path(db));
		ok = false;
	}
	select_free(&chosen);
	if (!ok)
		samples_free(out);
	else
		qsort(out->at, (size_t)out->count, sizeof *out->at, by_keys);
	return ok;
}

void samples_free(struct samples *s)
{
	interned_free(&s->data);
	interned_free(&s->model);
	free(s->at);
	*s = (struct samples){0};
}
