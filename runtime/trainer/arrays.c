/* arrays.c: what data modules do with arrays that another module made: read any of them, give them new memory, deal their samples
** to the parts, change samples each time they are loaded. The arrays themselves are in data.c. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

static struct mosaic_array_store *store_of(const char *function, const mosaic_data *data, const struct mosaic_array *a, enum mosaic_split *split)
{
	for (int s = 0; data && s < MOSAIC_SPLITS; s++)
		for (int i = 0; i < data->split[s].count; i++)
			if (&data->split[s].at[i]->array == a) {
				*split = (enum mosaic_split)s;
				return data->split[s].at[i];
			}
	mosaic_fail("%s: this array is none of the data; take one from mosaic_get", function);
}

static size_t sample_bytes(const struct mosaic_array *a)
{
	return (size_t)mosaic_array_values(a) * mosaic_type_size(a->type);
}

/* Wider types fill `out` to the end; narrower ones are widened from a copy. */
static void read_numbers(const struct mosaic_array_store *s, int64_t first, int64_t count, double *out)
{
	const struct mosaic_array *a = &s->array;
	size_t values = (size_t)mosaic_array_values(a) * (size_t)count;

	if (a->at) {
		trainer_convert(a, (const char *)a->at + (size_t)first * sample_bytes(a), values, 8, out);
		return;
	}
	if (a->type == MOSAIC_FLOAT64) {
		s->read(s->context, first, count, out);
		return;
	}
	void *raw = trainer_alloc(values + 1, 8);
	s->read(s->context, first, count, raw);
	trainer_convert(a, raw, values, 8, out);
	free(raw);
}

void mosaic_read(const mosaic_data *data, const struct mosaic_array *a, int64_t first, int64_t count, double *out)
{
	enum mosaic_split split;
	const struct mosaic_array_store *s = store_of("mosaic_read", data, a, &split);

	if (first < 0 || count < 0 || count > a->samples - first)
		mosaic_fail("mosaic_read: '%s' has %lld samples; %lld from %lld on were asked for", a->name, (long long)a->samples, (long long)count, (long long)first);
	read_numbers(s, first, count, out);
}

static struct mosaic_array_store **list_add(struct mosaic_array_store **list, int *count, int *cap, struct mosaic_array_store *s)
{
	list = trainer_grow(list, cap, *count, sizeof *list);
	list[(*count)++] = s;
	return list;
}

static void remake_checked(const struct mosaic_array_store *s)
{
	if (s->change_count)
		mosaic_fail("'%s' changes each time that it is loaded; its shape and type cannot change behind that: put the module before the one that does it", s->name);
}

/* The old memory goes into a store of its own, which leaves with the method. */
struct mosaic_array mosaic_remake(mosaic_data *data, struct mosaic_array *a, enum mosaic_type type, int64_t samples, int rank, const int64_t *shape)
{
	enum mosaic_split split;
	struct mosaic_array_store *s = store_of("mosaic_remake", data, a, &split);
	struct mosaic_array before = *a, as = {.name = a->name, .role = a->role, .type = type, .samples = samples, .rank = rank};
	struct mosaic_data empty = {.kept = NULL};     /* the others of its part may have another count of samples until they are remade */
	size_t bytes;

	remake_checked(s);
	struct mosaic_array_store *fresh = mosaic_store_new("mosaic_remake", &empty, split, &as, shape, &bytes);
	fresh->memory = calloc(bytes ? bytes : 1, 1);
	if (!fresh->memory) {
		mosaic_store_free(fresh);
		mosaic_fail("mosaic_remake: '%s': not enough memory for %zu bytes", a->name, bytes);
	}
	struct mosaic_array_store *old = trainer_alloc(1, sizeof *old);
	*old = (struct mosaic_array_store){.name = fresh->name, .memory = s->memory, .map = s->map, .map_length = s->map_length, .rows = s->rows, .make = s->make};
	s->memory = fresh->memory;
	s->map = NULL;
	s->map_length = 0;
	s->rows = NULL;
	s->make = NULL;
	s->read = NULL;
	s->in_file = false;
	s->bytes = bytes;
	s->array = fresh->array;
	s->array.at = s->memory;
	s->array.name = s->name;
	free(fresh);
	data->old = list_add(data->old, &data->old_count, &data->old_cap, old);
	return before;
}

/* ---- parts ----------------------------------------------------------------------------------- */

/* A stream of some of the samples of another one, or of a file. */
static void read_chosen(void *context, int64_t first, int64_t count, void *out)
{
	const struct mosaic_array_store *s = context, *from = s->from;
	size_t bytes = sample_bytes(&s->array);

	for (int64_t i = 0; i < count; ) {
		int64_t row = s->rows[first + i], run = 1;
		while (i + run < count && s->rows[first + i + run] == row + run)
			run++;
		char *to = (char *)out + (size_t)i * bytes;
		if (from->array.at)
			memcpy(to, (const char *)from->array.at + (size_t)row * bytes, (size_t)run * bytes);
		else
			from->read(from->context, row, run, to);
		i += run;
	}
}

static bool consecutive(const int64_t *rows, int64_t count)
{
	for (int64_t i = 1; i < count; i++)
		if (rows[i] != rows[0] + i)
			return false;
	return true;
}

/* Files that are larger stay where they are, and are read sample by sample: none of their parts is copied, however small it is. */
#define COPY_LIMIT ((size_t)256 << 20)

/* true: points into `from`. */
static bool choose(struct mosaic_array_store *to, const struct mosaic_array_store *from, const int64_t *rows, size_t bytes)
{
	int64_t count = to->array.samples;
	size_t one = sample_bytes(&to->array);
	bool small = from->memory || (size_t)from->array.samples <= COPY_LIMIT / (one ? one : 1);

	if (from->array.at && (!count || consecutive(rows, count))) {
		to->array.at = (char *)from->array.at + (count ? (size_t)rows[0] * one : 0);
		to->in_file = from->in_file;
		to->bytes = bytes;
		return true;
	}
	to->rows = trainer_alloc((size_t)count + 1, sizeof *rows);
	memcpy(to->rows, rows, (size_t)count * sizeof *rows);
	to->from = from;
	if (from->array.at && small && (to->memory = malloc(bytes ? bytes : 1))) {
		read_chosen(to, 0, count, to->memory);
		to->array.at = to->memory;
		to->bytes = bytes;
		to->from = NULL;
		return false;
	}
	to->read = read_chosen;
	to->context = to;
	return true;
}

static void divide_checked(const mosaic_data *data, const int64_t *const rows[MOSAIC_SPLITS], const int64_t count[MOSAIC_SPLITS])
{
	int64_t samples = mosaic_samples(data, MOSAIC_TRAIN);

	for (int i = 0; i < data->split[MOSAIC_TRAIN].count; i++)
		if (data->split[MOSAIC_TRAIN].at[i]->change_count)
			mosaic_fail("'%s' changes each time that it is loaded: samples are dealt to train and test before that", data->split[MOSAIC_TRAIN].at[i]->name);
	for (int s = MOSAIC_TEST; s < MOSAIC_SPLITS; s++)
		if (count[s] && data->split[s].count)
			mosaic_fail("mosaic_divide: there is a %s part already", mosaic_split_name((enum mosaic_split)s));
	for (int s = 0; s < MOSAIC_SPLITS; s++)
		for (int64_t i = 0; i < count[s]; i++)
			if (rows[s][i] < 0 || rows[s][i] >= samples)
				mosaic_fail("mosaic_divide: there is no sample %lld; there are %lld", (long long)rows[s][i], (long long)samples);
}

void mosaic_divide(mosaic_data *data, const int64_t *const rows[MOSAIC_SPLITS], const int64_t count[MOSAIC_SPLITS])
{
	divide_checked(data, rows, count);
	struct mosaic_split_store all = data->split[MOSAIC_TRAIN];

	data->split[MOSAIC_TRAIN] = (struct mosaic_split_store){.batching = all.batching};
	for (int i = 0; i < all.count; i++) {
		bool used = false;
		for (int s = 0; s < MOSAIC_SPLITS; s++) {
			struct mosaic_array as = all.at[i]->array;
			size_t bytes;
			if (s != MOSAIC_TRAIN && !count[s])
				continue;
			as.samples = count[s];
			as.at = NULL;
			struct mosaic_array_store *part = mosaic_store_new("mosaic_divide", data, (enum mosaic_split)s, &as, NULL, &bytes);
			used |= choose(part, all.at[i], rows[s], bytes);
			mosaic_store_push(data, (enum mosaic_split)s, part);
		}
		if (used)
			data->bases = list_add(data->bases, &data->base_count, &data->base_cap, all.at[i]);
		else
			data->old = list_add(data->old, &data->old_count, &data->old_cap, all.at[i]);
	}
	free(all.at);
	for (int s = MOSAIC_TEST; s < MOSAIC_SPLITS; s++)
		if (count[s])
			data->split[s].batching = (struct mosaic_batching){all.batching.batch_size, false, false};
}

/* ---- another shape at each load ----------------------------------------------------------------- */

static void read_made(void *context, int64_t first, int64_t count, void *out)
{
	const struct mosaic_array_store *s = context;
	const struct mosaic_load_make *m = s->make;
	size_t before = (size_t)mosaic_array_values(&m->of->array), after = (size_t)mosaic_array_values(&s->array);
	double few[512], *numbers = before * (size_t)count <= sizeof few / sizeof *few ? few : trainer_alloc(before * (size_t)count, sizeof *numbers);

	read_numbers(m->of, first, count, numbers);
	memset(out, 0, after * (size_t)count * sizeof(double));
	for (size_t i = 0; i < (size_t)count; i++)
		m->make(m->context, &m->of->array, numbers + i * before, (double *)out + i * after);
	if (numbers != few)
		free(numbers);
}

void mosaic_remake_each(mosaic_data *data, struct mosaic_array *a, int rank, const int64_t *shape, mosaic_make *make, const void *context, size_t bytes)
{
	enum mosaic_split split;
	struct mosaic_array_store *s = store_of("mosaic_remake_each", data, a, &split), *of;
	struct mosaic_array as = {.name = a->name, .role = a->role, .type = MOSAIC_FLOAT64, .samples = a->samples, .rank = rank};
	struct mosaic_data empty = {.kept = NULL};
	size_t unused;

	remake_checked(s);
	if (!make || (bytes && !context))
		mosaic_fail("mosaic_remake_each: '%s': NULL", a->name);
	struct mosaic_array_store *fresh = mosaic_store_new("mosaic_remake_each", &empty, split, &as, shape, &unused), was = *s;
	*s = *fresh;                               /* users hold pointers to s: it becomes the new one, and what it was goes into the other */
	of = fresh;
	*of = was;
	if (of->context == s)
		of->context = of;
	s->make = trainer_alloc(1, sizeof *s->make);
	*s->make = (struct mosaic_load_make){of, make, trainer_alloc(bytes + 1, 1), bytes};
	if (bytes)
		memcpy(s->make->context, context, bytes);
	s->read = read_made;
	s->context = s;
}

/* ---- changes --------------------------------------------------------------------------------- */

void mosaic_each_load(mosaic_data *data, enum mosaic_split split, struct mosaic_array *a, const char *purpose, mosaic_change *change, const void *context, size_t bytes)
{
	enum mosaic_split found;
	struct mosaic_array_store *s = store_of("mosaic_each_load", data, a, &found);
	struct mosaic_load_change c = {.change = change, .bytes = bytes};

	if (found != split)
		mosaic_fail("mosaic_each_load: '%s' belongs to the %s part", a->name, mosaic_split_name(found));
	if (!change || !purpose || (bytes && !context))
		mosaic_fail("mosaic_each_load: '%s': NULL", a->name);
	/* Two modules of one class draw different numbers: the section tells them apart. */
	size_t length = strlen(purpose) + strlen(data->owner ? data->owner : "") + 2;
	c.purpose = trainer_alloc(length, 1);
	snprintf(c.purpose, length, "%s %s", data->owner ? data->owner : "", purpose);
	c.context = trainer_alloc(bytes + 1, 1);
	if (bytes)
		memcpy(c.context, context, bytes);
	s->changes = trainer_grow(s->changes, &s->change_cap, s->change_count, sizeof *s->changes);
	s->changes[s->change_count++] = c;
}

bool mosaic_in_file(const mosaic_data *data, const struct mosaic_array *a)
{
	enum mosaic_split found;

	return store_of("mosaic_in_file", data, a, &found)->in_file;
}

bool mosaic_changing(const mosaic_data *data, const struct mosaic_array *a)
{
	enum mosaic_split found;

	return store_of("mosaic_changing", data, a, &found)->change_count > 0;
}
