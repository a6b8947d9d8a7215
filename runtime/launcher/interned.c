/* interned.c: every distinct text once, found by a hash. */
#include "interned.h"

#include "launcher.h"

#include <stdlib.h>
#include <string.h>

static uint64_t text_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h ^ h >> 29;
}

static void rehash(struct interned *t)
{
	int size = t->slot_count ? 2 * t->slot_count : 256;
	free(t->slots);
	t->slots = need(malloc((size_t)size * sizeof *t->slots));
	t->slot_count = size;
	memset(t->slots, -1, (size_t)size * sizeof *t->slots);
	for (int i = 0; i < t->count; i++) {
		uint64_t h = text_hash(t->at[i]);
		while (t->slots[h & (uint64_t)(size - 1)] >= 0)
			h++;
		t->slots[h & (uint64_t)(size - 1)] = i;
	}
}

int intern(struct interned *t, const char *s)
{
	if (2 * t->count >= t->slot_count)
		rehash(t);
	uint64_t h = text_hash(s), mask = (uint64_t)t->slot_count - 1;
	for (; t->slots[h & mask] >= 0; h++)
		if (!strcmp(t->at[t->slots[h & mask]], s))
			return t->slots[h & mask];
	t->at = grow(t->at, &t->cap, t->count, sizeof *t->at);
	t->at[t->count] = need(copy(s));
	t->slots[h & mask] = t->count;
	return t->count++;
}

int interned_find(const struct interned *t, const char *s)
{
	if (!t->slot_count)
		return -1;
	uint64_t h = text_hash(s), mask = (uint64_t)t->slot_count - 1;
	for (; t->slots[h & mask] >= 0; h++)
		if (!strcmp(t->at[t->slots[h & mask]], s))
			return t->slots[h & mask];
	return -1;
}

void interned_free(struct interned *t)
{
	for (int i = 0; i < t->count; i++)
		free(t->at[i]);
	free(t->at);
	free(t->slots);
	*t = (struct interned){0};
}
