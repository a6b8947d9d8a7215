/* info.c: values that modules hand to later ones, and what prepare sees of its run. */
#include "data_internal.h"

#include <stdlib.h>
#include <string.h>

const char *trainer_info_get(const struct mosaic_info *info, const char *name)
{
	for (int i = 0; i < info->count; i++)
		if (strcmp(info->at[i].name, name) == 0)
			return info->at[i].value;
	return NULL;
}

void trainer_info_free(struct mosaic_info *info)
{
	for (int i = 0; i < info->count; i++) {
		free(info->at[i].name);
		free(info->at[i].value);
	}
	free(info->at);
	*info = (struct mosaic_info){0};
}

static void put(mosaic_info *info, const char *name, const char *value, enum mosaic_info_kind kind)
{
	if (!info)
		mosaic_fail("mosaic_info: info is NULL");
	if (!name || !*name)
		mosaic_fail("mosaic_info: a value needs a name");
	if (!value)
		mosaic_fail("mosaic_info: the value of '%s' is NULL", name);
	for (int i = 0; i < info->count; i++)
		if (strcmp(info->at[i].name, name) == 0) {
			char *copy = trainer_strdup(value);
			free(info->at[i].value);
			info->at[i].value = copy;
			info->at[i].kind = kind;
			return;
		}
	info->at = trainer_grow(info->at, &info->cap, info->count, sizeof *info->at);
	info->at[info->count++] = (struct mosaic_info_value){trainer_strdup(name), trainer_strdup(value), kind};
}

void mosaic_info_int(mosaic_info *info, const char *name, int64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%lld", (long long)value);
	put(info, name, text, MOSAIC_INFO_INT);
}

void mosaic_info_float(mosaic_info *info, const char *name, double value)
{
	char text[40];

	/* The shortest form that reads back as the same number. */
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	put(info, name, text, MOSAIC_INFO_FLOAT);
}

void mosaic_info_string(mosaic_info *info, const char *name, const char *value)
{
	put(info, name, value, MOSAIC_INFO_STRING);
}

void mosaic_info_bool(mosaic_info *info, const char *name, bool value)
{
	put(info, name, value ? "true" : "false", MOSAIC_INFO_BOOL);
}

/* forward runs once, when the program is made, for all its runs. */
static void at_run_time(const mosaic_run_info *run, const char *what)
{
	if (run->compile_time)
		mosaic_fail("%s is not known here: forward runs once, when the program is made; prepare sees it", what);
}

int64_t mosaic_run_id(const mosaic_run_info *run)
{
	at_run_time(run, "the id of the run");
	return run->id;
}

uint64_t mosaic_run_seed(const mosaic_run_info *run)
{
	at_run_time(run, "the seed");
	return run->seed;
}

const char *mosaic_run_device(const mosaic_run_info *run)
{
	return run->device ? run->device : "cpu";
}

const char *mosaic_run_get(const mosaic_run_info *run, const char *name)
{
	return name ? trainer_info_get(&run->infos, name) : NULL;
}

static const char *pair_get(const char *const *pairs, const char *name)
{
	for (; pairs && pairs[0]; pairs += 2)
		if (strcmp(pairs[0], name) == 0)
			return pairs[1];
	return NULL;
}

const char *mosaic_module_get(const mosaic_module_info *module, const char *name)
{
	if (!module || !name)
		return NULL;
	const char *value = pair_get(module->changed, name);
	return value ? value : pair_get(module->pairs, name);
}
