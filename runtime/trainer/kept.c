/* kept.c: what data classes fit on the train part and keep for predict. */
#include "data_internal.h"

#include <stdlib.h>
#include <string.h>

static struct mosaic_kept *find(const mosaic_data *data, const char *owner, const char *name)
{
	for (int i = 0; i < data->kept_count; i++)
		if (strcmp(data->kept[i].name, name) == 0 && (!owner || strcmp(data->kept[i].owner, owner) == 0))
			return &data->kept[i];
	return NULL;
}

void trainer_kept_add(mosaic_data *data, const char *owner, const char *name, int64_t count, const double *values, const char *text)
{
	struct mosaic_kept *k = find(data, owner, name);

	if (!k) {
		data->kept = trainer_grow(data->kept, &data->kept_cap, data->kept_count, sizeof *data->kept);
		k = &data->kept[data->kept_count++];
		*k = (struct mosaic_kept){.owner = trainer_strdup(owner), .name = trainer_strdup(name)};
	}
	double *copy = values ? trainer_alloc((size_t)count, sizeof *copy) : NULL;
	if (copy)
		memcpy(copy, values, (size_t)count * sizeof *copy);
	free(k->values);
	free(k->text);
	k->values = copy;
	k->count = count;
	k->text = text ? trainer_strdup(text) : NULL;
}

static void name_checked(const char *function, const mosaic_data *data, const char *name)
{
	if (!data)
		mosaic_fail("%s: data is NULL", function);
	if (!name || !*name || strlen(name) > 200)
		mosaic_fail("%s: a kept value needs a name of 1 to 200 characters", function);
}

void mosaic_keep(mosaic_data *data, const char *name, int64_t count, const double *values)
{
	name_checked("mosaic_keep", data, name);
	if (count < 0 || (count && !values) || count > (int64_t)1 << 32)
		mosaic_fail("mosaic_keep: '%s': %lld values cannot be kept", name, (long long)count);
	trainer_kept_add(data, data->owner ? data->owner : "", name, count, count ? values : &(double){0}, NULL);
}

void mosaic_keep_text(mosaic_data *data, const char *name, const char *text)
{
	name_checked("mosaic_keep_text", data, name);
	if (!text)
		mosaic_fail("mosaic_keep_text: '%s': the text is NULL", name);
	trainer_kept_add(data, data->owner ? data->owner : "", name, 0, NULL, text);
}

/* The class's own value first, then what another class kept under that name. */
static const struct mosaic_kept *lookup(const mosaic_data *data, const char *name)
{
	const struct mosaic_kept *k = data->owner ? find(data, data->owner, name) : NULL;

	return k ? k : find(data, NULL, name);
}

const double *mosaic_kept(const mosaic_data *data, const char *name, int64_t *count)
{
	name_checked("mosaic_kept", data, name);
	const struct mosaic_kept *k = lookup(data, name);
	if (count)
		*count = k && k->values ? k->count : 0;
	return k ? k->values : NULL;
}

const char *mosaic_kept_text(const mosaic_data *data, const char *name)
{
	name_checked("mosaic_kept_text", data, name);
	const struct mosaic_kept *k = lookup(data, name);
	return k ? k->text : NULL;
}

void mosaic_columns(mosaic_data *data, const char *names)
{
	if (!data || !names)
		mosaic_fail("mosaic_columns: NULL");
	free(data->columns);
	data->columns = trainer_strdup(names);
}
