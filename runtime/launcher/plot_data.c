/* plot_data.c: the results of finished runs with the keys of their modules, as the plots of criteria need them. It reads only the
** original's tables. */
#include "params.h"
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
	struct rows *r = db_query(db, "SELECT e.run_id, e.train_loss, e.test_loss, e.train_acc, e.test_acc, e.nb_params, e.\"duration(s)\", e.epochs,"
		" e.overfit, e.trainability, e.slope, coalesce(r.pipeline, '') FROM run_results e LEFT JOIN runs r ON r.run_id = e.run_id"
		" ORDER BY e.run_id", "");
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
		s.line = intern(&out->lines, row_text(r, CRITERIA + 1));
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

enum { RUN_KEYS_MAX = 256 };

/* The keys and schemes of the run that is being read, as numbers of texts. */
struct run_keys {
	struct interned texts;
	struct { int name, value; } at[RUN_KEYS_MAX];
	int count, data_scheme, pipeline_scheme;
};

static void add_key(struct run_keys *k, const char *name, const char *value)
{
	size_t n = strlen(name);
	if (!strcmp(name, "data_scheme"))
		k->data_scheme = intern(&k->texts, value);
	else if (!strcmp(name, "pipeline_scheme"))
		k->pipeline_scheme = intern(&k->texts, value);
	else if (n > 4 && !strcmp(name + n - 4, "_key") && k->count < RUN_KEYS_MAX) {
		k->at[k->count].name = intern(&k->texts, name);
		k->at[k->count++].value = intern(&k->texts, value);
	}
}

/* "a, b": the values of a_key and b_key. -1: it has none. */
static int join_keys(const struct run_keys *k, int scheme, struct interned *names)
{
	int out = -1;
	const char *list = scheme < 0 ? "" : k->texts.at[scheme];
	for (const char *s = list + strspn(list, ", \t"); *s; s += strspn(s, ", \t")) {
		size_t n = strcspn(s, ", \t");
		for (int i = 0; i < k->count; i++) {
			const char *name = k->texts.at[k->at[i].name];
			if (strlen(name) != n + 4 || strncmp(name, s, n))
				continue;
			const char *value = k->texts.at[k->at[i].value];
			char *whole = out < 0 ? NULL : format("%s | %s", names->at[out], value);
			out = intern(names, whole ? whole : value);
			free(whole);
			break;
		}
		s += n;
	}
	return out;
}

static void end_run(struct samples *s, struct run_keys *k, int64_t id)
{
	struct sample *at = sample_of(s, id);
	if (at) {
		at->data = join_keys(k, k->data_scheme, &s->data);
		at->model = join_keys(k, k->pipeline_scheme, &s->model);
	}
	struct lost_run *lost = at ? NULL : lost_find(&s->lost, id);
	if (lost) {
		lost->data = join_keys(k, k->data_scheme, &s->lost.keys);
		lost->model = join_keys(k, k->pipeline_scheme, &s->lost.keys);
	}
	k->count = 0;
	k->data_scheme = k->pipeline_scheme = -1;
}

static bool read_keys(struct db *db, struct samples *s)
{
	struct param_scan scan;
	struct run_keys *k = need(calloc(1, sizeof *k));
	int64_t last = INT64_MIN;
	bool ok = params_open(db, &scan);
	k->data_scheme = k->pipeline_scheme = -1;
	while (ok && params_next(&scan)) {
		if (scan.run != last)
			end_run(s, k, last);
		last = scan.run;
		add_key(k, scan.name, scan.value);
	}
	end_run(s, k, last);
	if (ok)
		params_close(&scan);
	interned_free(&k->texts);
	free(k);
	return ok && db_trouble(db) == DB_OK;
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
	if (read_results(db, chosen, out) && lost_read(db, chosen, &out->lost) && read_keys(db, out))
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
	interned_free(&s->lines);
	lost_free(&s->lost);
	free(s->at);
	*s = (struct samples){0};
}
