/* trace_data.c: runs the data classes of a pipeline once, in a child, to learn what a sample looks like, how many there are, and what
** info() tells later modules. */
#include "trace.h"

#include "trainer/data_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- in the child --------------------------------------------------------------------------- */

static void check_split(const struct mosaic_data *d, enum mosaic_split split)
{
	const struct mosaic_split_store *train = &d->split[MOSAIC_TRAIN], *other = &d->split[split];
	const char *name = mosaic_split_name(split);
	char a[128], b[128];
	if (other->count != train->count)
		trace_fail("%s has %d arrays, train has %d\nthe parts hold the same arrays, of different samples", name, other->count, train->count);
	for (int i = 0; i < train->count; i++) {
		const struct mosaic_array *x = &train->at[i]->array, *y = &other->at[i]->array;
		mosaic_shape_text(x->rank, x->shape, a, sizeof a);
		mosaic_shape_text(y->rank, y->shape, b, sizeof b);
		if (x->role != y->role || strcmp(x->name, y->name) != 0 || strcmp(a, b) != 0)
			trace_fail("array %d is %s '%s' %s in train, but %s '%s' %s in %s\nthe parts hold the same arrays, of different samples", i + 1,
				x->role == MOSAIC_TARGET ? "target" : "input", x->name, a, y->role == MOSAIC_TARGET ? "target" : "input", y->name, b, name);
	}
}

static void check_batches(const struct mosaic_data *d, enum mosaic_split split)
{
	const struct mosaic_split_store *s = &d->split[split];
	int64_t samples = mosaic_samples(d, split);
	if (samples < 1)
		trace_fail("%s has no samples", mosaic_split_name(split));
	if (s->batching.drop_last && samples < s->batching.batch_size)
		trace_fail("%s has %lld samples and batches of %d: drop_last leaves nothing\ntake a smaller batch_size", mosaic_split_name(split),
			(long long)samples, s->batching.batch_size);
}

static void check_data(const struct mosaic_data *d)
{
	char why[512];
	int inputs = 0;
	if (!mosaic_data_check(d, why, sizeof why))
		trace_fail("%s", why);
	for (int i = 0; i < d->split[MOSAIC_TRAIN].count; i++)
		inputs += d->split[MOSAIC_TRAIN].at[i]->array.role == MOSAIC_INPUT;
	if (!inputs)
		trace_fail("the data has no input for training\nadd one: mosaic_input(data, MOSAIC_TRAIN, \"x\", samples, sizes)");
	if (!d->split[MOSAIC_TEST].count)
		trace_fail("the data has no test part\nadd one: mosaic_input(data, MOSAIC_TEST, \"x\", samples, sizes)");
	check_split(d, MOSAIC_TEST);
	check_batches(d, MOSAIC_TRAIN);
	check_batches(d, MOSAIC_TEST);
	if (d->split[MOSAIC_VALIDATION].count)
		check_split(d, MOSAIC_VALIDATION);
}

static void tell_data(struct text *out, const struct mosaic_data *d, const struct mosaic_files *files)
{
	const struct mosaic_split_store *train = &d->split[MOSAIC_TRAIN];
	for (int i = 0; i < train->count; i++) {
		const struct mosaic_array *x = &train->at[i]->array;
		char number[9][24];
		const char *fields[3 + 8] = {x->name, x->role == MOSAIC_TARGET ? "target" : "input", number[0]};
		snprintf(number[0], sizeof number[0], "%d", x->rank);
		for (int k = 0; k < x->rank; k++) {
			snprintf(number[k + 1], sizeof number[0], "%lld", (long long)x->shape[k]);
			fields[3 + k] = number[k + 1];
		}
		result_line(out, "array", 3 + x->rank, fields);
	}
	text_printf(out, "samples\t%lld\t%lld\t%lld\n", (long long)mosaic_samples(d, MOSAIC_TRAIN), (long long)mosaic_samples(d, MOSAIC_TEST),
		(long long)mosaic_samples(d, MOSAIC_VALIDATION));
	const struct mosaic_batching *b = &train->batching;
	text_printf(out, "loader\t%d\t%d\t%d\t%d\n", b->batch_size, d->split[MOSAIC_TEST].batching.batch_size, b->shuffle, b->drop_last);
	for (int i = 0; i < files->count; i++)
		result_line(out, "file", 2, (const char *const[]){files->at[i].path, files->at[i].hash});
}

static void run_module(struct child *c, int index, struct mosaic_data *d)
{
	const struct instance *i = &c->at[index];
	shim_data *method;
	child_bind(c, index);
	mosaic_data_owner(d, i->module->section);
	child_init(c, index);
	if ((method = child_method(c, index, METHOD_PREPARE)))
		method(i->self, d, c->run, i->info);
	if ((method = child_method(c, index, METHOD_TRANSFORM)))
		method(i->self, d, c->run, i->info);
	child_info(c, index);
	result_infos(c->result, &c->infos, 0);
	text_printf(c->result, "made\t%d\n", index);
	/* A mistake in the data is shown at the method that made it. */
	c->report->method = i->class->methods[METHOD_PREPARE].present ? METHOD_PREPARE : METHOD_TRANSFORM;
}

static void data_work(void *context, struct watch_report *report, struct text *result)
{
	const struct child_job *job = context;
	const struct pipeline *p = job->request->pipeline;
	struct arena arena = {0};
	struct mosaic_files files = {0};
	struct child *c = arena_alloc(&arena, sizeof *c);
	child_begin(c, job, report, result, &arena);
	mosaic_files_record(&files);
	mosaic_cache_set((struct mosaic_cache_settings){job->request->sweep->cache_database_path, job->request->sweep->cache_size, watch_wait});
	struct mosaic_data *d = mosaic_data_new();
	for (int i = 0; i < p->modules.count; i++)
		if (p->modules.at[i].data && job->request->sources[i])
			child_load(c, i);
	for (int i = 0; i < p->modules.count; i++)
		if (p->modules.at[i].data && job->request->sources[i])
			run_module(c, i, d);
	check_data(d);
	tell_data(result, d, &files);
}

/* ---- in the parent -------------------------------------------------------------------------- */

static bool read_array(struct arena *a, int count, const char *const *f, struct data_shape *out)
{
	struct data_array x = {.name = f[1]};
	int64_t rank;
	if (count < 4 || !result_int(f[3], 0, 8, &rank) || count != 4 + (int)rank || out->arrays.count >= 64)
		return false;
	x.target = strcmp(f[2], "target") == 0;
	x.rank = (int)rank;
	for (int k = 0; k < x.rank; k++)
		if (!result_int(f[4 + k], 1, INT64_MAX / 4, &x.shape[k]))
			return false;
	VEC_PUSH(a, &out->arrays, x);
	return true;
}

static bool read_loader(const char *const *f, struct data_shape *out)
{
	int64_t train, test, shuffle, drop;
	if (!result_int(f[1], 1, 1 << 24, &train) || !result_int(f[2], 1, 1 << 24, &test)
		|| !result_int(f[3], 0, 1, &shuffle) || !result_int(f[4], 0, 1, &drop))
		return false;
	out->train_batch = (int)train;
	out->test_batch = (int)test;
	out->shuffle = shuffle;
	out->drop_last = drop;
	return true;
}

static bool read_line(struct arena *a, int count, const char *const *f, struct data_shape *out)
{
	const int64_t most = INT64_MAX / 4;
	if (strcmp(f[0], "array") == 0)
		return read_array(a, count, f, out);
	if (strcmp(f[0], "samples") == 0 && count == 4)
		return result_int(f[1], 1, most, &out->train_samples) && result_int(f[2], 1, most, &out->test_samples)
			&& result_int(f[3], 0, most, &out->validation_samples);
	if (strcmp(f[0], "loader") == 0 && count == 5)
		return read_loader(f, out);
	if (strcmp(f[0], "file") == 0 && count == 3) {
		VEC_PUSH(a, &out->files, arena_printf(a, "%s %s", f[1], f[2]));
		return true;
	}
	return result_info(a, count, f, &out->infos);
}

/* Reads the result and binds each module with the infos that it saw. */
static bool read_data(struct arena *a, const struct trace_request *r, const struct watched *w, struct data_shape *out)
{
	struct result_reader reader = {.at = w->result, .arena = a};
	const char *f[RESULT_FIELDS];
	int count, next = 0;
	bool ok = true, sane = true;
	*out = (struct data_shape){0};
	while (next < r->pipeline->modules.count && !r->pipeline->modules.at[next].data)
		next++;
	if (next < r->pipeline->modules.count)
		ok = request_bind(a, r, next, &out->infos);
	while (ok && sane && (count = result_read(&reader, f))) {
		if (strcmp(f[0], "made") != 0) {
			sane = read_line(a, count, f, out);
			continue;
		}
		VEC_PUSH(a, &out->info_ends, out->infos.values.count);
		for (next++; next < r->pipeline->modules.count && !r->pipeline->modules.at[next].data; next++)
			;
		if (next < r->pipeline->modules.count)
			ok = request_bind(a, r, next, &out->infos);
	}
	bool whole = w->report.ending == ENDING_BIND || (out->arrays.count && out->train_batch && out->train_samples);
	if (ok && (!sane || reader.failed || !whole || w->report.ending == ENDING_BIND)) {
		explain_damage(r, true);
		ok = false;
	}
	return ok;
}

bool trace_data(struct arena *a, struct trace_request *r, struct data_shape *out)
{
	struct tracer *t = r->tracer ? r->tracer : tracer_open();
	struct tracer_messages messages;
	struct child_job job = {r, t, NULL};
	struct watched w;
	tracer_collect(&messages);
	bool ok = request_check(t, r, true) && trace_run(t, a, r, true, data_work, &job, &w) && read_data(a, r, &w, out);
	tracer_collected(t, &messages, r->pipeline);
	if (!r->tracer)
		tracer_close(t);
	return ok;
}

/* ---- the key of the cache ------------------------------------------------------------------- */

static void add_pair(struct text *key, const char *name, const char *value)
{
	text_printf(key, "%zu:%s=%zu:%s\n", strlen(name), name, strlen(value), value);
}

/* A field may also take its value from another module of the pipeline. */
static void add_fields(struct text *key, const struct class *c, const struct trace_request *r)
{
	for (int k = 0; c && k < c->fields.count; k++)
		for (int i = 0; i < r->pipeline->modules.count; i++) {
			const char *value = param_get(&r->pipeline->modules.at[i], c->fields.at[k].name);
			if (value) {
				text_printf(key, "%d:", i);
				add_pair(key, c->fields.at[k].name, value);
			}
		}
}

struct hash128 trace_data_key(const struct trace_request *r)
{
	struct text key = {0};
	char hex[33];
	text_printf(&key, "seed %llu\n", (unsigned long long)r->sweep->seed);
	for (int i = 0; i < r->pipeline->modules.count; i++) {
		const struct class *c;
		struct module *m = &r->pipeline->modules.at[i];
		if (!m->data || i >= r->source_count || !r->sources[i])
			continue;
		request_module(r, i, &m, &c);
		hash_hex(r->sources[i]->hash, hex);
		text_printf(&key, "module %s %s\n", m->section, hex);
		for (int k = 0; k < m->params.count; k++)
			add_pair(&key, m->params.at[k].name, m->params.at[k].value);
		add_fields(&key, c, r);
	}
	struct hash128 h = hash_bytes(key.at, key.len);
	text_free(&key);
	return h;
}
