/* settings.c: which names may be set for a run, and numbers from text. */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool trainer_number(const char *text, double *out)
{
	char *end;

	/* strtod would take hexadecimal, "infinity" and leading blanks. */
	if (!*text || strspn(text, "0123456789+-.eE") != strlen(text))
		return false;
	*out = strtod(text, &end);
	return !*end && *out - *out == 0;
}

bool trainer_integer(const char *text, int64_t low, int64_t high, int64_t *out)
{
	char *end;

	if (!*text || strspn(text, "0123456789+-") != strlen(text))
		return false;
	errno = 0;
	long long v = strtoll(text, &end, 10);
	if (*end || errno || v < low || v > high)
		return false;
	*out = v;
	return true;
}

bool trainer_unsigned(const char *text, uint64_t *out)
{
	char *end;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return !*end && !errno;
}

const char *trainer_setting_default(const struct mosaic_program *p, const char *name)
{
	for (const char *const *s = p->settings; s && s[0]; s += 2)
		if (strcmp(s[0], name) == 0)
			return s[1];
	return NULL;
}

static int hyper_index(const struct mosaic_program *p, const char *name)
{
	for (int i = 0; i < p->optimizer.hyper_count; i++)
		if (strcmp(p->optimizer.hyper_names[i], name) == 0)
			return i;
	return -1;
}

/* Whether `name` is SECTION.FIELD of this class; when only SECTION is right, `why` says what its fields are like. */
static bool field_known(const struct mosaic_data_class *c, const char *name, char *why, size_t size)
{
	size_t n = strlen(c->section);
	const char *names[256];
	int count = 0;

	if (strncmp(name, c->section, n) != 0 || name[n] != '.')
		return false;
	for (int i = 0; i < c->field_count; i++) {
		const struct mosaic_field *f = &c->fields[i];
		bool derived = f->kind == MOSAIC_FIELD_DERIVED;
		if (strcmp(f->name, name + n + 1) == 0) {
			if (derived)
				snprintf(why, size, "%s is computed by the module and cannot be set", name);
			return !derived;
		}
		if (!derived && count < 256)
			names[count++] = f->name;
	}
	const char *near = count ? trainer_nearest(name + n + 1, names, count) : NULL;
	snprintf(why, size, "there is no setting '%s'; %s%s%s%s%s", name, near ? "did you mean '" : "--help lists them", near ? c->section : "", near ? "." : "",
		near ? near : "", near ? "'?" : "");
	return false;
}

bool trainer_setting_known(const struct mosaic_program *p, const char *name, char *why, size_t size)
{
	const char *names[256];
	int count = 0;

	if (trainer_setting_default(p, name) || hyper_index(p, name) >= 0 || strcmp(name, "epochs") == 0 || strcmp(name, "seed") == 0 || trainer_schedule_key(name) ||
		trainer_early_key(name))
		return true;
	*why = '\0';
	for (int c = 0; c < p->data_class_count; c++)
		if (field_known(&p->data_classes[c], name, why, size))
			return true;
	if (*why)
		return false;
	for (const char *const *s = p->settings; s && s[0] && count < 100; s += 2)
		if (!strchr(s[0], '.'))
			names[count++] = s[0];
	for (int i = 0; i < p->optimizer.hyper_count && count < 200; i++)
		names[count++] = p->optimizer.hyper_names[i];
	names[count++] = "epochs";
	names[count++] = "seed";
	const char *near = trainer_nearest(name, names, count);
	snprintf(why, size, "there is no setting '%s'; %s%s%s", name, near ? "did you mean '" : "--help lists them", near ? near : "", near ? "'?" : "");
	return false;
}

static const char *effective(const struct mosaic_program *p, const struct trainer_run *run, const char *name)
{
	const char *value = trainer_pairs_get(&run->set, name);

	return value ? value : trainer_setting_default(p, name);
}

/* mosaicc checks what a configuration says; this is for what is typed. Beyond these the network would silently unlearn. */
static bool possible(const char *name, double value, char *why, size_t size)
{
	static const char *const from_0[] = {"lr", "eps", "weight_decay", "momentum"}, *const below_1[] = {"beta1", "beta2"};
	for (size_t i = 0; i < sizeof from_0 / sizeof *from_0; i++)
		if (strcmp(name, from_0[i]) == 0 && value < 0) {
			snprintf(why, size, "%s: %g is out of range; it is at least 0", name, value);
			return false;
		}
	for (size_t i = 0; i < sizeof below_1 / sizeof *below_1; i++)
		if (strcmp(name, below_1[i]) == 0 && (value < 0 || value >= 1)) {
			snprintf(why, size, "%s: %g is out of range; it is at least 0 and below 1", name, value);
			return false;
		}
	return true;
}

static bool apply_numbers(const struct mosaic_program *p, struct trainer_run *run, char *why, size_t size)
{
	const struct mosaic_optimizer *o = &p->optimizer;

	for (int i = 0; i < o->hyper_count; i++) {
		const char *text = effective(p, run, o->hyper_names[i]);
		char exact[40];
		run->hyper[i] = o->hyper_defaults[i];
		if (text && !trainer_number(text, &run->hyper[i])) {
			snprintf(why, size, "%s: '%s' is not a number", o->hyper_names[i], text);
			return false;
		}
		if (text && !possible(o->hyper_names[i], run->hyper[i], why, size))
			return false;
		/* A program may ask for the run's seed like for any number (dropout); as a double it is exact up to 2^53. */
		if (strcmp(o->hyper_names[i], "seed") == 0)
			run->hyper[i] = (double)run->seed;
		snprintf(exact, sizeof exact, "%.17g", run->hyper[i]);
		trainer_pairs_set(&run->pool, &run->facts, o->hyper_names[i], exact);
	}
	return true;
}

/* "cuda:3": the first that this process may see, as the launcher says it. */
static const char *device_name(void)
{
	static char name[32];
	const char *visible = getenv("CUDA_VISIBLE_DEVICES");
	int length = visible ? (int)strcspn(visible, ", ") : 0;

	snprintf(name, sizeof name, "cuda:%.*s", length ? length : 1, length ? visible : "0");
	return name;
}

bool trainer_settings_apply(const struct mosaic_program *p, struct trainer_run *run, char *why, size_t size)
{
	const char *seed = effective(p, run, "seed"), *epochs = effective(p, run, "epochs");

	for (int i = 0; i < run->set.count; i++)
		if (!trainer_setting_known(p, run->set.at[i].name, why, size))
			return false;
	run->seed = 1;
	if (seed && !trainer_unsigned(seed, &run->seed)) {
		snprintf(why, size, "seed: '%s' is not an integer from 0 to 18446744073709551615", seed);
		return false;
	}
	run->epochs = 1;
	if (epochs && !trainer_integer(epochs, 0, 1000000000, &run->epochs)) {
		snprintf(why, size, "epochs: '%s' is not an integer from 0 to 1000000000", epochs);
		return false;
	}
	run->info.id = run->id;
	run->info.seed = run->seed;
	run->info.device = p->device ? device_name() : "cpu";
	return apply_numbers(p, run, why, size) && trainer_schedule_read(p, run, effective, why, size) &&
		trainer_early_read(p, run, effective, why, size);
}
