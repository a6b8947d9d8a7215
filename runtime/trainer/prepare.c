/* prepare.c: runs the data classes of one run, and checks that their data is what the program was built for. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A field of this name of another data class, when nobody else knows it. */
static const char *value_elsewhere(const struct mosaic_program *p, const struct trainer_run *run, const char *field)
{
	char name[512];

	for (int c = 0; c < p->data_class_count; c++) {
		snprintf(name, sizeof name, "%s.%s", p->data_classes[c].section, field);
		const char *value = trainer_pairs_get(&run->set, name);
		value = value ? value : trainer_setting_default(p, name);
		if (value)
			return value;
	}
	return NULL;
}

/* As mosaicc binds: set for this run, or by the config's section; an info() value of an earlier class; another data class's
** value; the default. */
static const char *field_value(const struct mosaic_program *p, const struct trainer_run *run, const struct mosaic_data_class *c, const struct mosaic_field *f)
{
	char name[512];

	snprintf(name, sizeof name, "%s.%s", c->section, f->name);
	const char *value = trainer_pairs_get(&run->set, name);
	value = value ? value : trainer_setting_default(p, name);
	value = value ? value : trainer_info_get(&run->info.infos, f->name);
	value = value ? value : value_elsewhere(p, run, f->name);
	return value ? value : f->fallback;
}

bool trainer_bind(const struct mosaic_program *p, struct trainer_run *run, int index, char *why, size_t size)
{
	const struct mosaic_data_class *c = &p->data_classes[index];
	void *self = run->selves[index] = trainer_pool_alloc(&run->pool, 1, c->size);

	for (int i = 0; i < c->field_count; i++) {
		const struct mosaic_field *f = &c->fields[i];
		if (f->kind == MOSAIC_FIELD_DERIVED)
			continue;
		const char *value = field_value(p, run, c, f);
		if (!value) {
			snprintf(why, size, "%s.%s has no value; give one with --%s.%s", c->section, f->name, c->section, f->name);
			return false;
		}
		if (!trainer_field_set(&run->pool, c->section, f, self, value, why, size))
			return false;
		char name[512];
		snprintf(name, sizeof name, "%s.%s", c->section, f->name);
		trainer_pairs_set(&run->pool, &run->facts, name, trainer_field_text(&run->pool, f, self));
	}
	return true;
}

/* What predict needs to know of the arrays that the first transform got; and the samples themselves for whoever asked for them. */
static void remember_inputs(struct trainer_run *run)
{
	const struct mosaic_split_store *s = &run->data->split[MOSAIC_TRAIN];

	run->inputs.count = 0;
	for (int i = 0, k = 0; i < s->count; i++) {
		const struct mosaic_array *a = &s->at[i]->array;
		char text[256], index[16];
		if (a->role != MOSAIC_INPUT)
			continue;
		int n = snprintf(text, sizeof text, "%s", mosaic_type_name(a->type));
		for (int d = 0; d < a->rank; d++)
			n += snprintf(text + n, sizeof text - (size_t)n, " %lld", (long long)a->shape[d]);
		snprintf(index, sizeof index, "%d", k++);
		trainer_pairs_set(&run->pool, &run->inputs, index, text);
	}
	if (run->samples)
		trainer_samples_write(run->data, run->samples);
}

struct preparing { const struct mosaic_program *p; struct trainer_run *run; struct trainer_report *report; int log_fd; };

static void doing(const struct preparing *c, const char *method, const char *class)
{
	char what[300], report[64];

	snprintf(what, sizeof what, "%s of class %.200s of run %lld", method, class, (long long)c->run->id);
	snprintf(report, sizeof report, "failed\t%lld\t0\t", (long long)c->run->id);
	trainer_guard_doing(what, c->report->out ? report : NULL, c->log_fd, c->report->out ? fileno(c->report->out) : -1);
}

/* The pairs that this run sets for a section, as mosaic_module_get looks them up. */
static const char *const *changed_pairs(struct trainer_run *run, const char *section)
{
	const char **pairs = trainer_pool_alloc(&run->pool, (size_t)run->set.count * 2 + 1, sizeof *pairs);
	size_t length = strlen(section);
	int n = 0;

	for (int i = 0; i < run->set.count; i++)
		if (strncmp(run->set.at[i].name, section, length) == 0 && run->set.at[i].name[length] == '.') {
			pairs[n++] = run->set.at[i].name + length + 1;
			pairs[n++] = run->set.at[i].value;
		}
	return pairs;
}

/* User code; leaves by mosaic_fail when something is wrong. */
static void run_classes(void *context)
{
	struct preparing *x = context;
	struct trainer_run *run = x->run;
	char why[WHY_SIZE];

	for (int i = 0; i < x->p->data_class_count; i++) {
		const struct mosaic_data_class *c = &x->p->data_classes[i];
		struct mosaic_module_info module = {c->pairs, changed_pairs(run, c->section)};
		if (!trainer_bind(x->p, run, i, why, sizeof why))
			mosaic_fail("%s", why);
		mosaic_data_owner(run->data, c->section);
		doing(x, "init", c->class);
		if (c->init)
			c->init(run->selves[i]);
		doing(x, "prepare", c->class);
		if (c->prepare)
			c->prepare(run->selves[i], run->data, &run->info, &module);
		if (c->transform && !run->inputs.count)
			remember_inputs(run);
		doing(x, "transform", c->class);
		if (c->transform)
			c->transform(run->selves[i], run->data, &run->info, &module);
		doing(x, "info", c->class);
		if (c->info)
			c->info(run->selves[i], &run->info.infos);
		if (!mosaic_data_check(run->data, why, sizeof why))
			mosaic_fail("class %s: %s", c->class, why);
	}
	mosaic_data_done(run->data);
	if (!run->inputs.count)
		remember_inputs(run);
}

/* ---- is it what the program was built for? ------------------------------------------------------------------ */
static int count_role(const struct mosaic_program *p, const struct mosaic_split_store *s, bool target, int *expected)
{
	int got = 0;

	*expected = 0;
	for (int k = 0; k < p->io_count; k++)
		*expected += p->ios[k].target == target;
	for (int i = 0; i < s->count; i++)
		got += (s->at[i]->array.role == MOSAIC_TARGET) == target;
	return got;
}

static bool array_check(const struct mosaic_program *p, const struct mosaic_array *a, const struct mosaic_io *io, const char *split, char *why, size_t size)
{
	char got[128], expected[128];
	int64_t wrong;

	mosaic_shape_text(a->rank, a->shape, got, sizeof got);
	mosaic_shape_text(io->rank, io->shape, expected, sizeof expected);
	if (strcmp(got, expected) != 0) {
		snprintf(why, size, "%s %s '%s': a sample has the shape %s, the program was built for %s; run mosaicc again if that is meant", split,
			io->target ? "target" : "input", a->name, got, expected);
		return false;
	}
	if (a->at && !trainer_exact(a, a->at, a->samples * mosaic_array_values(a), (size_t)p->real_bytes, &wrong)) {
		snprintf(why, size, "%s %s '%s': the value of sample %lld is beyond 2^%d and would lose digits%s", split, io->target ? "target" : "input", a->name,
			(long long)(wrong / mosaic_array_values(a)), p->real_bytes == 8 ? 53 : 24, p->real_bytes == 8 ? "" : "; use precision = float64");
		return false;
	}
	if (a->at && io->labels && !trainer_are_labels(a, a->at, a->samples * mosaic_array_values(a), io->labels, &wrong)) {
		snprintf(why, size, "%s %s '%s': sample %lld holds %.9g, which is no label: the program was built for the labels 0 to %lld%s", split, io->target ? "target" : "input",
			a->name, (long long)(wrong / mosaic_array_values(a)), mosaic_value(a, wrong), (long long)io->labels - 1, io->target ? trainer_label_hint(mosaic_value(a, wrong)) : "");
		return false;
	}
	return true;
}

bool trainer_inputs_check(const struct mosaic_program *p, const mosaic_data *data, enum mosaic_split split, bool targets, char *why, size_t size)
{
	const struct mosaic_split_store *s = &data->split[split];
	const char *name = mosaic_split_name(split);

	for (int target = 0; target <= targets; target++) {
		int expected, got = count_role(p, s, target, &expected), k = 0;
		if (got != expected) {
			snprintf(why, size, "%s part: %d %s, the program was built for %d; run mosaicc again if that is meant", name, got,
				target ? got == 1 ? "target" : "targets" : got == 1 ? "input" : "inputs", expected);
			return false;
		}
		for (int i = 0; i < s->count; i++) {
			if ((s->at[i]->array.role == MOSAIC_TARGET) != target)
				continue;
			while (p->ios[k].target != target)
				k++;
			if (!array_check(p, &s->at[i]->array, &p->ios[k++], name, why, size))
				return false;
		}
	}
	return true;
}

static bool split_check(const struct mosaic_program *p, const mosaic_data *data, enum mosaic_split split, char *why, size_t size)
{
	struct mosaic_batching b = data->split[split].batching;
	const char *name = mosaic_split_name(split);
	int64_t samples = mosaic_samples(data, split);

	if (samples == 0) {
		snprintf(why, size, "%s part: no samples; prepare must add some with mosaic_add, mosaic_map or mosaic_stream", name);
		return false;
	}
	if (!trainer_inputs_check(p, data, split, true, why, size))
		return false;
	if (trainer_loader_batches(samples, b) == 0) {
		snprintf(why, size, "%s part: %lld samples give no batch of %d, and drop_last is set", name, (long long)samples, b.batch_size);
		return false;
	}
	if (b.batch_size > p->batch) {
		snprintf(why, size, "%s part: batch size %d, the program was built for at most %d; run mosaicc again if that is meant", name, b.batch_size, p->batch);
		return false;
	}
	return true;
}

static bool data_fits(const struct mosaic_program *p, struct trainer_run *run, char *why, size_t size)
{
	run->validation = mosaic_samples(run->data, MOSAIC_VALIDATION) > 0;
	return split_check(p, run->data, MOSAIC_TRAIN, why, size) && split_check(p, run->data, MOSAIC_TEST, why, size) &&
		(!run->validation || split_check(p, run->data, MOSAIC_VALIDATION, why, size));
}

bool trainer_prepare(const struct mosaic_program *p, struct trainer_run *run, struct trainer_report *report)
{
	struct preparing x = {p, run, report, run->log ? trainer_log_open(run->log) : -1};
	char *message, why[WHY_SIZE];

	run->started = trainer_seconds();
	if (run->log && x.log_fd < 0) {
		int error = errno;
		const char *log = run->log;
		run->log = NULL;
		trainer_run_fail(run, 0, "cannot write the log %s: %s", log, strerror(error));
		return false;
	}
	if (!trainer_settings_apply(p, run, why, sizeof why)) {
		trainer_run_fail(run, 0, "%s", why);
	} else {
		run->data = mosaic_data_new();
		/* Standard output may carry the reports: what user code prints goes to the log, else to stderr. */
		struct trainer_output before = trainer_output_to(x.log_fd >= 0 ? x.log_fd : STDERR_FILENO);
		if (!trainer_guarded(run_classes, &x, &message))
			trainer_run_fail(run, 0, "%s", message);
		trainer_output_restore(before);
		trainer_guard_doing(NULL, NULL, -1, -1);
		free(message);
		if (run->status != RUN_FAILED && !data_fits(p, run, why, sizeof why))
			trainer_run_fail(run, 0, "%s", why);
		mosaic_data_hash(run->data, run->data_hash, &run->streams);
	}
	if (x.log_fd >= 0)
		close(x.log_fd);
	return run->status != RUN_FAILED;
}
