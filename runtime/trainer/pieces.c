/* pieces.c: samples that are loaded piece by piece: those of streams, and those that change each time that they are loaded. They may be
** loaded by the thread that reads ahead: nothing here touches a run but to read its seed. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

struct piece {
	struct trainer_loader *l;
	struct trainer_loader_io *io;
	const struct mosaic_array_store *store;
	const int64_t *order;                      /* NULL: none */
	int64_t first, count;
	uint64_t seed;
	char *to;
};

static int64_t number_of(const struct piece *p, int64_t i)
{
	return p->order ? p->order[p->first + i] : p->first + i;
}

/* Samples as they are stored into io->raw, one behind the other. */
static void read_raw(const struct piece *p)
{
	const struct mosaic_array *a = &p->store->array;
	size_t bytes = p->io->values * mosaic_type_size(a->type);
	char *raw = p->io->raw;

	if (!a->at && !p->order) {
		p->store->read(p->store->context, p->first, p->count, raw);
		return;
	}
	for (int64_t i = 0; i < p->count; i++)
		if (a->at)
			memcpy(raw + (size_t)i * bytes, (const char *)a->at + (size_t)number_of(p, i) * bytes, bytes);
		else
			p->store->read(p->store->context, number_of(p, i), 1, raw + (size_t)i * bytes);
}

static void check_raw(const struct piece *p)
{
	const struct mosaic_array *a = &p->store->array;
	int64_t wrong, values = (int64_t)p->io->values;

	if (!trainer_exact(a, p->io->raw, p->count * values, p->l->scalar, &wrong))
		mosaic_fail("array '%s': a value of sample %lld is beyond 2^%d and would lose digits", a->name, (long long)number_of(p, wrong / values),
			p->l->scalar == 8 ? 53 : 24);
	if (p->io->labels && !trainer_are_labels(a, p->io->raw, p->count * values, p->io->labels, &wrong)) {
		double value;
		trainer_convert(a, (const char *)p->io->raw + (size_t)wrong * mosaic_type_size(a->type), 1, 8, &value);
		mosaic_fail("array '%s': sample %lld holds no label: the program was built for the labels 0 to %lld%s", a->name, (long long)number_of(p, wrong / values),
			(long long)p->io->labels - 1, a->role == MOSAIC_TARGET ? trainer_label_hint(value) : "");
	}
}

/* One sample after the other, as numbers. The same whatever batch it is in and whoever loads it. */
static void change_all(const struct piece *p)
{
	const struct mosaic_array *a = &p->store->array;
	struct mosaic_array number = *a;
	size_t bytes = p->io->values * mosaic_type_size(a->type), step = (size_t)p->l->lanes * p->l->scalar * p->io->values;

	number.type = MOSAIC_FLOAT64;
	for (int64_t i = 0; i < p->count; i++) {
		trainer_convert(a, p->io->raw + (size_t)i * bytes, p->io->values, 8, p->io->changed);
		for (int c = 0; c < p->store->change_count; c++) {
			const struct mosaic_load_change *change = &p->store->changes[c];
			mosaic_random random = trainer_random(p->seed, change->purpose, (uint64_t)p->l->epoch, (uint64_t)number_of(p, i));
			change->change(change->context, a, p->io->changed, &random);
		}
		trainer_gather(&number, p->io->changed, NULL, 1, p->io->values, p->l->scalar, p->to + (size_t)i * step, (size_t)p->l->lanes);
	}
}

static void load(void *context)
{
	const struct piece *p = context;
	const struct mosaic_array *a = &p->store->array;

	read_raw(p);
	check_raw(p);
	if (p->store->change_count)
		change_all(p);
	else
		trainer_gather(a, p->io->raw, NULL, (size_t)p->count, p->io->values, p->l->scalar, p->to, (size_t)p->l->lanes);
}

void trainer_pieces_fill(struct trainer_loader *l, struct trainer_loader_io *io, int lane, int64_t first, int64_t count, char *to)
{
	const struct trainer_run *run = l->runs[lane];
	struct piece p = {l, io, io->array[lane], l->order[lane], first, count, run->seed, to + (size_t)lane * l->scalar};
	char *message, what[300];

	if (l->failure[lane])
		return;
	snprintf(what, sizeof what, "the %s '%.100s' of run %lld", p.store->array.at ? "changes of" : "stream", p.store->array.name, (long long)run->id);
	trainer_guard_within(what);
	if (trainer_guarded(load, &p, &message))
		free(message);
	else
		__atomic_store_n(&l->failure[lane], message, __ATOMIC_RELEASE);
	trainer_guard_within(NULL);
}
