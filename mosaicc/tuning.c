/* tuning.c: reads what `mosaicc --tune` wrote. It may be edited by hand, and be of another machine: the results are the same. */
#include "tuning.h"

#include <stdlib.h>
#include <string.h>

const int tuning_lanes[4] = {1, 4, 8, 16};

const char *variant_text(struct arena *a, struct variant v)
{
	return v.library ? "1 lane, products by the library" : arena_printf(a, "%d lane%s", v.lanes, v.lanes == 1 ? "" : "s");
}

const struct tuned *tuning_find(const struct tuning *t, const char *hash)
{
	for (int i = 0; i < t->all.count; i++)
		if (strcmp(t->all.at[i].hash, hash) == 0)
			return &t->all.at[i];
	return NULL;
}

static bool read_lanes(const struct ini_pair *pair, struct variant *v)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(pair->value, (const char *[]){"1", "4", "8", "16"}[i]) == 0) {
			v->lanes = tuning_lanes[i];
			return true;
		}
	err(pair->value_at, "lanes are 1, 4, 8 or 16");
	return false;
}

static bool read_products(const struct ini_pair *pair, struct variant *v)
{
	v->library = strcmp(pair->value, "library") == 0;
	if (v->library || strcmp(pair->value, "loops") == 0)
		return true;
	err(pair->value_at, "products are made by library or loops");
	return false;
}

static bool read_pair(const struct ini_pair *pair, struct tuned *out)
{
	static const char *const keys[] = {"program", "lanes", "products", "measured"};
	if (strcmp(pair->key, "lanes") == 0)
		return read_lanes(pair, &out->variant);
	if (strcmp(pair->key, "products") == 0)
		return read_products(pair, &out->variant);
	if (strcmp(pair->key, "program") == 0)
		out->program = pair->value;
	else if (strcmp(pair->key, "measured") == 0)
		out->measured = pair->value;
	else {
		const char *near = nearest_name(pair->key, keys, 4);
		err(pair->key_at, "'%s' is not known here", pair->key);
		near ? hint("did you mean %s?", near) : hint("program, lanes, products and measured are; mosaicc --tune writes the file anew");
		return false;
	}
	return true;
}

static bool read_tuned(const struct ini_section *s, struct tuned *out)
{
	bool ok = true;
	*out = (struct tuned){.hash = s->name, .variant = {.lanes = 0}};
	if (strlen(s->name) != 32 || strspn(s->name, "0123456789abcdef") != 32) {
		err(s->at, "[%s] is not the hash of a program", s->name);
		hint("a trainer's first lines show it; mosaicc --tune writes the file anew");
		return false;
	}
	for (int i = 0; i < s->pairs.count; i++)
		ok &= read_pair(&s->pairs.at[i], out);
	if (!ok)
		return false;
	if (!out->variant.lanes || (out->variant.library && out->variant.lanes > 1)) {
		err(s->at, out->variant.lanes ? "the library multiplies for one lane" : "[%s] does not say how many lanes", s->name);
		return false;
	}
	return true;
}

/* [machine]: slower = 1.2 */
static bool read_machine(const struct ini_section *s, struct tuning *out)
{
	for (int i = 0; i < s->pairs.count; i++) {
		const struct ini_pair *pair = &s->pairs.at[i];
		char *end;
		out->slower = strtod(pair->value, &end);
		if (strcmp(pair->key, "slower") != 0) {
			err(pair->key_at, "'%s' is not known here", pair->key);
			hint("slower is: what trainings took on this machine, by what was expected");
			return false;
		}
		if (*end || end == pair->value || !(out->slower >= 1e-3 && out->slower <= 1e3)) {
			err(pair->value_at, "slower is a number from 0.001 to 1000");
			return false;
		}
	}
	return true;
}

bool tuning_read(struct arena *a, const char *path, struct tuning *out)
{
	struct ini ini;
	bool ok = ini_read(a, path, &ini);
	for (int i = 0; ok && i < ini.sections.count; i++) {
		struct tuned one;
		if (strcmp(ini.sections.at[i].name, "machine") == 0) {
			ok = read_machine(&ini.sections.at[i], out);
			continue;
		}
		ok = read_tuned(&ini.sections.at[i], &one);
		if (ok)
			VEC_PUSH(a, &out->all, one);
	}
	return ok;
}
