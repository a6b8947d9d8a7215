/* plot_data.c: the results of finished runs with the keys of their modules, as the plots of criteria need them. It reads only the
** original's tables. */
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct criterion criteria[CRITERIA] = {
	{"train_loss", INFINITY}, {"test_loss", INFINITY}, {"train_acc", 100}, {"test_acc", 100}, {"overfit", INFINITY}, {"trainability", INFINITY},
	{"slope", INFINITY}, {"duration(s)", INFINITY}, {"epochs", INFINITY}, {"nb_params", INFINITY},
};

int plot_criterion(const char *name)
{
	const char *names[CRITERIA];
	for (int i = 0; i < CRITERIA; i++) {
		names[i] = criteria[i].name;
		if (!strcmp(name, names[i]) || (!strcmp(name, "duration") && !strcmp(names[i], "duration(s)")))
			return i;
	}
	const char *near = nearest(name, names, CRITERIA);
	complain("there is no criterion '%s'", name);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("the criteria are train_loss, test_loss, train_acc, test_acc, overfit, trainability, slope, duration(s), epochs and nb_params");
	return -1;
}

static bool read_results(struct db *db, struct samples *out)
{
	struct rows *r = db_query(db, "SELECT run_id, train_loss, test_loss, train_acc, test_acc, overfit, trainability, slope, \"duration(s)\", epochs,"
		" nb_params FROM run_results ORDER BY run_id", "");
	if (!r)
		return false;
	while (row_next(r)) {
		struct sample s = {.id = row_int(r, 0), .data = -1, .model = -1};
		for (int i = 0; i < CRITERIA; i++)
			s.values[i] = row_real(r, i + 1);
		/* A database of the original may hold a run twice: the first counts. */
		if (out->count && out->at[out->count - 1].id == s.id)
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

static int intern(char ***names, int *count, int *cap, const char *name)
{
	/* The same key comes many times in a row. */
	for (int i = *count; i--;)
		if (!strcmp((*names)[i], name))
			return i;
	*names = grow(*names, cap, *count, sizeof **names);
	(*names)[*count] = copy(name);
	return (*count)++;
}

static void join_key(char ***names, int *count, int *cap, int *at, const char *key)
{
	char *whole = *at < 0 ? copy(key) : format("%s | %s", (*names)[*at], key);
	*at = intern(names, count, cap, whole);
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
			join_key(&s->data, &s->data_count, &s->data_cap, &at->data, row_text(r, 1));
		else if (at)
			join_key(&s->model, &s->model_count, &s->model_cap, &at->model, row_text(r, 1));
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

/* Every scheme that some run has: one database may hold several sweeps. */
static bool read_schemes(struct db *db, struct samples *s, const char *scheme_name, bool data)
{
	char **schemes = NULL;
	int count = 0, cap = 0;
	struct rows *r = db_query(db, "SELECT DISTINCT param_value FROM params WHERE param_name = ?", "t", scheme_name);
	if (!r)
		return false;
	while (row_next(r))
		intern(&schemes, &count, &cap, row_text(r, 0));
	row_end(r);
	bool ok = db_trouble(db) == DB_OK;
	for (int i = 0; i < count; i++) {
		char *types = copy(schemes[i]), *save = NULL;
		for (char *type = strtok_r(types, ", \t", &save); ok && type; type = strtok_r(NULL, ", \t", &save))
			ok = read_keys(db, s, type, scheme_name, schemes[i], data);
		free(types);
	}
	for (int i = 0; i < count; i++)
		free(schemes[i]);
	free(schemes);
	return ok;
}

bool samples_read(struct db *db, struct samples *out)
{
	*out = (struct samples){0};
	if (!read_results(db, out) || !read_schemes(db, out, "data_scheme", true) || !read_schemes(db, out, "pipeline_scheme", false)) {
		db_complain(db);
		samples_free(out);
		return false;
	}
	if (out->count)
		return true;
	complain("%s: no run has finished: there is nothing to draw", db_path(db));
	hint("`mosaic status %s` shows the runs", db_path(db));
	return false;
}

void samples_free(struct samples *s)
{
	for (int i = 0; i < s->data_count; i++)
		free(s->data[i]);
	for (int i = 0; i < s->model_count; i++)
		free(s->model[i]);
	free(s->data);
	free(s->model);
	free(s->at);
	*s = (struct samples){0};
}
