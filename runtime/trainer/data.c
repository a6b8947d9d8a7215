/* data.c: struct mosaic_data: the arrays of the train, test and validation parts. It checks everything that user code
** gives. It knows nothing of lanes, batches in order or programs: see loader.c. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "data_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

size_t mosaic_type_size(enum mosaic_type type)
{
	static const size_t sizes[] = {4, 8, 4, 8, 1};

	return sizes[type];
}

static const char *const type_names[] = {"float32", "float64", "int32", "int64", "uint8"};

const char *mosaic_type_name(enum mosaic_type type)
{
	return type_names[type];
}

bool mosaic_type_named(const char *name, enum mosaic_type *type)
{
	for (int i = 0; i < 5; i++)
		if (strcmp(name, type_names[i]) == 0) {
			*type = (enum mosaic_type)i;
			return true;
		}
	return false;
}

const char *mosaic_split_name(enum mosaic_split split)
{
	static const char *const names[] = {"train", "test", "validation"};

	return names[split];
}

void mosaic_shape_text(int rank, const int64_t *shape, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "[");

	for (int i = 0; i < rank && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%lld", i ? "," : "", (long long)shape[i]);
	if (n < size)
		snprintf(out + n, size - n, "]");
}

int64_t mosaic_array_values(const struct mosaic_array *a)
{
	int64_t n = 1;

	for (int i = 0; i < a->rank; i++)
		n *= a->shape[i];
	return n;
}

mosaic_data *mosaic_data_new(void)
{
	mosaic_data *data = trainer_alloc(1, sizeof *data);

	for (int s = 0; s < MOSAIC_SPLITS; s++)
		data->split[s].batching.batch_size = 1;
	return data;
}

void mosaic_store_free(struct mosaic_array_store *s)
{
	if (s->map)
		munmap(s->map, s->map_length);
	for (int i = 0; i < s->change_count; i++) {
		free(s->changes[i].purpose);
		free(s->changes[i].context);
	}
	free(s->changes);
	if (s->make) {
		mosaic_store_free(s->make->of);
		free(s->make->context);
		free(s->make);
	}
	free(s->rows);
	free(s->memory);
	free(s->name);
	free(s);
}

static void old_free(mosaic_data *data)
{
	for (int i = 0; i < data->old_count; i++)
		mosaic_store_free(data->old[i]);
	data->old_count = 0;
}

void mosaic_data_free(mosaic_data *data)
{
	if (!data)
		return;
	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		for (int i = 0; i < data->split[s].count; i++)
			mosaic_store_free(data->split[s].at[i]);
		free(data->split[s].at);
	}
	for (int i = 0; i < data->kept_count; i++) {
		struct mosaic_kept *k = &data->kept[i];
		free(k->owner);
		free(k->name);
		free(k->text);
		free(k->values);
	}
	free(data->kept);
	old_free(data);
	for (int i = 0; i < data->base_count; i++)
		mosaic_store_free(data->bases[i]);
	free(data->bases);
	free(data->old);
	free(data->owner);
	free(data->columns);
	free(data);
}

void mosaic_data_done(mosaic_data *data)
{
	old_free(data);
}

void mosaic_data_owner(mosaic_data *data, const char *section)
{
	old_free(data);
	free(data->owner);
	data->owner = trainer_strdup(section);
}

static void split_checked(const char *function, const mosaic_data *data, enum mosaic_split split)
{
	if (!data)
		mosaic_fail("%s: data is NULL", function);
	if ((unsigned)split >= MOSAIC_SPLITS)
		mosaic_fail("%s: there is no part %d; use MOSAIC_TRAIN, MOSAIC_TEST or MOSAIC_VALIDATION", function, (int)split);
}

/* Bytes of `samples` samples; fails with a message when the description makes no sense. */
static size_t described(const char *function, const struct mosaic_array *a, const char *name)
{
	size_t bytes;
	char shape[128];

	if (!name || !*name)
		mosaic_fail("%s: an array needs a name", function);
	if ((unsigned)a->role > MOSAIC_TARGET)
		mosaic_fail("%s: '%s': the role %d is neither MOSAIC_INPUT nor MOSAIC_TARGET", function, name, (int)a->role);
	if ((unsigned)a->type > MOSAIC_UINT8)
		mosaic_fail("%s: '%s': there is no type %d", function, name, (int)a->type);
	if (a->samples < 0)
		mosaic_fail("%s: '%s': %lld samples", function, name, (long long)a->samples);
	if (a->rank < 0 || a->rank > 8)
		mosaic_fail("%s: '%s': %d axes; a sample has 0 to 8", function, name, a->rank);
	mosaic_shape_text(a->rank, a->shape, shape, sizeof shape);
	bytes = mosaic_type_size(a->type);
	for (int i = 0; i < a->rank; i++)
		if (a->shape[i] < 1 || !trainer_multiply(&bytes, a->shape[i]))
			mosaic_fail("%s: '%s': the shape %s of a sample is not possible", function, name, shape);
	if (!trainer_multiply(&bytes, a->samples) || bytes > PTRDIFF_MAX)
		mosaic_fail("%s: '%s': %lld samples of %s %s are too large", function, name, (long long)a->samples,
			mosaic_type_name(a->type), shape);
	return bytes;
}

/* Appends an array without memory. *bytes: what its samples take. */
struct mosaic_array_store *mosaic_store_new(const char *function, mosaic_data *data, enum mosaic_split split,
	const struct mosaic_array *as, const int64_t *shape, size_t *bytes)
{
	struct mosaic_array a = *as;

	split_checked(function, data, split);
	if (a.rank > 0 && a.rank <= 8 && shape)
		memcpy(a.shape, shape, (size_t)a.rank * sizeof *shape);
	*bytes = described(function, &a, a.name);
	struct mosaic_split_store *s = &data->split[split];
	if (s->count && s->at[0]->array.samples != a.samples)
		mosaic_fail("%s: '%s' has %lld samples, '%s' has %lld: arrays of the %s part have the same count of samples",
			function, a.name, (long long)a.samples, s->at[0]->array.name, (long long)s->at[0]->array.samples,
			mosaic_split_name(split));
	struct mosaic_array_store *store = trainer_alloc(1, sizeof *store);
	store->array = a;
	store->array.name = store->name = trainer_strdup(a.name);
	return store;
}

struct mosaic_array *mosaic_store_push(mosaic_data *data, enum mosaic_split split, struct mosaic_array_store *store)
{
	struct mosaic_split_store *s = &data->split[split];

	s->at = trainer_grow(s->at, &s->cap, s->count, sizeof *s->at);
	s->at[s->count++] = store;
	return &store->array;
}

struct mosaic_array *mosaic_add(mosaic_data *data, enum mosaic_split split, enum mosaic_role role, enum mosaic_type type,
	const char *name, int64_t samples, int rank, const int64_t *shape)
{
	struct mosaic_array as = {.name = name, .role = role, .type = type, .samples = samples, .rank = rank};
	size_t bytes;
	struct mosaic_array_store *store = mosaic_store_new("mosaic_add", data, split, &as, shape, &bytes);

	store->memory = calloc(bytes ? bytes : 1, 1);
	if (!store->memory) {
		mosaic_store_free(store);
		mosaic_fail("mosaic_add: '%s': not enough memory for %zu bytes; use mosaic_map or mosaic_stream", name, bytes);
	}
	store->array.at = store->memory;
	store->bytes = bytes;
	return mosaic_store_push(data, split, store);
}

struct mosaic_array *mosaic_stream(mosaic_data *data, enum mosaic_split split, enum mosaic_role role, enum mosaic_type type,
	const char *name, int64_t samples, int rank, const int64_t *shape, mosaic_reader *read, void *context)
{
	struct mosaic_array as = {.name = name, .role = role, .type = type, .samples = samples, .rank = rank};
	size_t bytes;

	if (!read)
		mosaic_fail("mosaic_stream: '%s': the function that reads is NULL", name ? name : "");
	struct mosaic_array_store *store = mosaic_store_new("mosaic_stream", data, split, &as, shape, &bytes);
	store->read = read;
	store->context = context;
	return mosaic_store_push(data, split, store);
}

struct mosaic_array *mosaic_map(mosaic_data *data, enum mosaic_split split, enum mosaic_role role, enum mosaic_type type,
	const char *name, const char *path, int64_t offset, int64_t samples, int rank, const int64_t *shape)
{
	struct mosaic_array as = {.name = name, .role = role, .type = type, .samples = samples, .rank = rank};
	size_t bytes;
	struct mosaic_array_store *store = mosaic_store_new("mosaic_map", data, split, &as, shape, &bytes);

	if (offset < 0 || (uint64_t)offset % mosaic_type_size(type) != 0) {
		mosaic_store_free(store);
		mosaic_fail("mosaic_map: '%s': the offset %lld is not a multiple of the %zu bytes of %s", name, (long long)offset,
			mosaic_type_size(type), mosaic_type_name(type));
	}
	mosaic_store_push(data, split, store);                           /* owned by data before trainer_map_file may leave */
	store->array.at = trainer_map_file(path, offset, bytes, &store->map, &store->map_length);
	store->bytes = bytes;
	store->in_file = true;
	return &store->array;
}

struct mosaic_array *mosaic_get(mosaic_data *data, enum mosaic_split split, int index)
{
	split_checked("mosaic_get", data, split);
	if (index < 0 || index >= data->split[split].count)
		return NULL;
	return &data->split[split].at[index]->array;
}

int64_t mosaic_samples(const mosaic_data *data, enum mosaic_split split)
{
	split_checked("mosaic_samples", data, split);
	return data->split[split].count ? data->split[split].at[0]->array.samples : 0;
}

enum { BATCH_MAX = 1 << 24 };              /* mosaicc reads no larger one back, see trace_data.c */

void mosaic_loader(mosaic_data *data, enum mosaic_split split, int batch_size, bool shuffle, bool drop_last)
{
	split_checked("mosaic_loader", data, split);
	if (batch_size < 1)
		mosaic_fail("mosaic_loader: the batch size of the %s part is %d; it is at least 1", mosaic_split_name(split), batch_size);
	if (batch_size > BATCH_MAX)
		mosaic_fail("mosaic_loader: the batch size of the %s part is %d; it is at most %d", mosaic_split_name(split), batch_size, BATCH_MAX);
	data->split[split].batching = (struct mosaic_batching){batch_size, shuffle, drop_last};
}

void mosaic_loader_get(const mosaic_data *data, enum mosaic_split split, int *batch_size, bool *shuffle, bool *drop_last)
{
	split_checked("mosaic_loader_get", data, split);
	*batch_size = data->split[split].batching.batch_size;
	*shuffle = data->split[split].batching.shuffle;
	*drop_last = data->split[split].batching.drop_last;
}

static void value_checked(const char *function, const struct mosaic_array *a, int64_t index)
{
	if (!a)
		mosaic_fail("%s: the array is NULL", function);
	if (!a->at)
		mosaic_fail("%s: '%s' is a stream; its values are not in memory", function, a->name);
	if (index < 0 || index / mosaic_array_values(a) >= a->samples)
		mosaic_fail("%s: '%s' has %lld values, index %lld was asked for", function, a->name,
			(long long)(a->samples * mosaic_array_values(a)), (long long)index);
}

double mosaic_value(const struct mosaic_array *a, int64_t index)
{
	value_checked("mosaic_value", a, index);
	switch (a->type) {
	case MOSAIC_FLOAT32: return ((const float *)a->at)[index];
	case MOSAIC_FLOAT64: return ((const double *)a->at)[index];
	case MOSAIC_INT32: return ((const int32_t *)a->at)[index];
	case MOSAIC_INT64: return (double)((const int64_t *)a->at)[index];
	case MOSAIC_UINT8: return ((const uint8_t *)a->at)[index];
	}
	return 0;
}

/* An integer type takes integers in its range only. */
static void integer_checked(const struct mosaic_array *a, double value, double low, double high)
{
	if (!(value >= low && value < high) || value != (double)(int64_t)value)
		mosaic_fail("mosaic_set_value: '%s' is %s and cannot hold %.17g", a->name, mosaic_type_name(a->type), value);
}

void mosaic_set_value(struct mosaic_array *a, int64_t index, double value)
{
	value_checked("mosaic_set_value", a, index);
	switch (a->type) {
	case MOSAIC_FLOAT32: ((float *)a->at)[index] = (float)value; break;
	case MOSAIC_FLOAT64: ((double *)a->at)[index] = value; break;
	case MOSAIC_INT32:
		integer_checked(a, value, -0x1p31, 0x1p31);
		((int32_t *)a->at)[index] = (int32_t)value;
		break;
	case MOSAIC_INT64:
		integer_checked(a, value, -0x1p63, 0x1p63);
		((int64_t *)a->at)[index] = (int64_t)value;
		break;
	case MOSAIC_UINT8:
		integer_checked(a, value, 0, 256);
		((uint8_t *)a->at)[index] = (uint8_t)value;
		break;
	}
}

/* Modules may shrink or reshape what the module before them made; memory must still hold it. */
static bool array_check(const struct mosaic_array_store *s, const char *split, char *why, size_t size)
{
	const struct mosaic_array *a = &s->array;
	char shape[128];
	size_t bytes = (unsigned)a->type <= MOSAIC_UINT8 ? mosaic_type_size(a->type) : 0;
	bool possible = bytes && a->rank >= 0 && a->rank <= 8 && a->samples >= 0;

	for (int i = 0; possible && i < a->rank; i++)
		possible = a->shape[i] > 0 && trainer_multiply(&bytes, a->shape[i]);
	if (!possible || !trainer_multiply(&bytes, a->samples)) {
		snprintf(why, size, "%s array '%s': its description was changed into one that is not possible", split, s->name);
		return false;
	}
	mosaic_shape_text(a->rank, a->shape, shape, sizeof shape);
	if (!a->at && !s->read) {
		snprintf(why, size, "%s array '%s': its memory was set to NULL", split, s->name);
		return false;
	}
	bool ours = a->at == s->memory || s->map;
	if (a->at && ours && bytes > s->bytes) {
		snprintf(why, size, "%s array '%s': %lld samples of %s %s need %zu bytes, it was made with %zu", split, s->name,
			(long long)a->samples, mosaic_type_name(a->type), shape, bytes, s->bytes);
		return false;
	}
	return true;
}

bool mosaic_data_check(const mosaic_data *data, char *why, size_t size)
{
	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		const struct mosaic_split_store *p = &data->split[s];
		const char *split = mosaic_split_name((enum mosaic_split)s);
		for (int i = 0; i < p->count; i++) {
			if (!array_check(p->at[i], split, why, size))
				return false;
			if (p->at[i]->array.samples == p->at[0]->array.samples)
				continue;
			snprintf(why, size, "%s array '%s' has %lld samples, '%s' has %lld: they must be the same", split, p->at[i]->name,
				(long long)p->at[i]->array.samples, p->at[0]->name, (long long)p->at[0]->array.samples);
			return false;
		}
	}
	return true;
}

static void hash_array(XXH3_state_t *state, const struct mosaic_array_store *s, bool *streams)
{
	const struct mosaic_array *a = &s->array;
	int64_t head[4] = {(int64_t)a->role, (int64_t)a->type, a->samples, a->rank};

	XXH3_128bits_update(state, s->name, strlen(s->name) + 1);
	XXH3_128bits_update(state, head, sizeof head);
	XXH3_128bits_update(state, a->shape, (size_t)a->rank * sizeof *a->shape);
	if (s->make)
		XXH3_128bits_update(state, s->make->context, s->make->bytes);
	for (int i = 0; i < s->change_count; i++) {
		XXH3_128bits_update(state, s->changes[i].purpose, strlen(s->changes[i].purpose) + 1);
		XXH3_128bits_update(state, s->changes[i].context, s->changes[i].bytes);
	}
	if (!a->at)
		*streams = true;
	else
		XXH3_128bits_update(state, a->at, (size_t)a->samples * (size_t)mosaic_array_values(a) * mosaic_type_size(a->type));
}

static void hash_kept(XXH3_state_t *state, const mosaic_data *data)
{
	if (data->columns)
		XXH3_128bits_update(state, data->columns, strlen(data->columns) + 1);
	for (int i = 0; i < data->kept_count; i++) {
		const struct mosaic_kept *k = &data->kept[i];
		XXH3_128bits_update(state, k->owner, strlen(k->owner) + 1);
		XXH3_128bits_update(state, k->name, strlen(k->name) + 1);
		if (k->text)
			XXH3_128bits_update(state, k->text, strlen(k->text) + 1);
		else
			XXH3_128bits_update(state, k->values, (size_t)k->count * sizeof *k->values);
	}
}

void mosaic_data_hash(const mosaic_data *data, char out[33], bool *streams)
{
	XXH3_state_t *state = XXH3_createState();

	*streams = false;
	out[0] = '\0';
	if (!state)
		return;
	XXH3_128bits_reset(state);
	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		const struct mosaic_split_store *p = &data->split[s];
		int32_t head[4] = {p->count, p->batching.batch_size, p->batching.shuffle, p->batching.drop_last};
		XXH3_128bits_update(state, head, sizeof head);
		for (int i = 0; i < p->count; i++)
			hash_array(state, p->at[i], streams);
	}
	hash_kept(state, data);
	XXH128_hash_t h = XXH3_128bits_digest(state);
	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
	XXH3_freeState(state);
}
