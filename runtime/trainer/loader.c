/* loader.c: hands the batches of a split to the program: reals in lanes, scalar[n][sample][lanes], in each lane's order.
**
** A split whose interleaved form is small is packed whole: once when it is not shuffled, then a step is a pointer; at
** the start of each epoch when it is. With one lane, the right type and no shuffling the user's array is used as it is.
** Everything else is packed batch by batch; streams, and what changes each time it is loaded, through pieces.c, streams and large
** files by a thread that reads ahead (ahead.c). */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

enum { PACK_LIMIT = 64 << 20, ALIGNMENT = 128, AHEAD = 4 };

static void *aligned(size_t bytes)
{
	void *p;

	if (bytes > PTRDIFF_MAX || posix_memalign(&p, ALIGNMENT, bytes + ALIGNMENT) != 0) {
		fprintf(stderr, "error: not enough memory for %zu bytes of batches\n", bytes);
		exit(EXIT_FAILED);
	}
	memset(p, 0, bytes);
	return p;
}

int64_t trainer_loader_batches(int64_t samples, struct mosaic_batching b)
{
	return b.drop_last ? samples / b.batch_size : (samples + b.batch_size - 1) / b.batch_size;
}

/* The arrays of a split in the order of the program's inputs and targets; prepare.c has checked that they fit. */
const struct mosaic_array_store *trainer_array_for(const struct mosaic_program *p, const mosaic_data *data, enum mosaic_split split, int io)
{
	int skip = 0;

	for (int k = 0; k < io; k++)
		skip += p->ios[k].target == p->ios[io].target;
	for (int i = 0; i < data->split[split].count; i++) {
		const struct mosaic_array_store *s = data->split[split].at[i];
		if ((s->array.role == MOSAIC_TARGET) == p->ios[io].target && skip-- == 0)
			return s;
	}
	return NULL;
}

static bool usable_as_it_is(const struct trainer_loader *l, const struct mosaic_array *a)
{
	return l->lanes == 1 && !l->shuffle && a->at && a->type == (l->scalar == 8 ? MOSAIC_FLOAT64 : MOSAIC_FLOAT32);
}

/* Small enough to be packed whole, once or at the start of each epoch. */
static bool packs_whole(const struct trainer_loader *l, const struct trainer_loader_io *io)
{
	size_t whole = io->sample_bytes;

	return !io->in_pieces && trainer_multiply(&whole, l->samples) && whole <= PACK_LIMIT;
}

static void io_find(struct trainer_loader *l, const struct mosaic_program *p, int k)
{
	struct trainer_loader_io *io = &l->io[k];
	bool waits = false;

	for (int lane = 0; lane < l->lanes; lane++) {
		const struct mosaic_array_store *s = io->array[lane] = trainer_array_for(p, l->runs[lane]->data, l->split, k);
		io->in_pieces = io->in_pieces || !s->array.at || s->change_count;
		waits = waits || !s->array.at || s->in_file;
	}
	io->labels = p->ios[k].labels;
	io->values = (size_t)mosaic_array_values(&io->array[0]->array);
	io->sample_bytes = io->values * (size_t)l->lanes * l->scalar;
	if (waits && !packs_whole(l, io))
		l->slots = AHEAD;
}

static void io_open(struct trainer_loader *l, int k)
{
	struct trainer_loader_io *io = &l->io[k];
	const struct mosaic_array *a = &io->array[0]->array;

	if (!io->in_pieces && usable_as_it_is(l, a)) {
		io->base = a->at;
		return;
	}
	if (packs_whole(l, io)) {
		io->base = io->buffer = aligned(io->sample_bytes * (size_t)l->samples);
		return;
	}
	/* A slot for each batch that may wait; each begins aligned. */
	io->slot_bytes = io->sample_bytes;
	if (!trainer_multiply(&io->slot_bytes, l->batch) || io->slot_bytes > PTRDIFF_MAX / 16)
		io->slot_bytes = PTRDIFF_MAX / 16;
	io->slot_bytes = (io->slot_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	io->buffer = aligned(io->slot_bytes * (size_t)l->slots);
	if (!io->in_pieces)
		return;
	io->raw = trainer_alloc((size_t)l->batch, io->values * 8);
	io->changed = trainer_alloc(io->values, sizeof *io->changed);
}

void trainer_loader_open(struct trainer_loader *l, const struct mosaic_program *p, struct trainer_run *const *runs, enum mosaic_split split)
{
	const mosaic_data *data = runs[0]->data;
	struct mosaic_batching b = data->split[split].batching;
	int64_t samples = mosaic_samples(data, split);

	*l = (struct trainer_loader){.lanes = p->lanes, .scalar = (size_t)p->real_bytes, .batch = b.batch_size, .shuffle = b.shuffle,
		.io_count = p->io_count, .split = split, .runs = runs};
	l->batches = trainer_loader_batches(samples, b);
	l->samples = b.drop_last ? l->batches * b.batch_size : samples;
	l->io = trainer_alloc((size_t)l->io_count, sizeof *l->io);
	l->at = trainer_alloc((size_t)l->io_count, sizeof *l->at);
	l->slots = 1;
	for (int k = 0; k < l->io_count; k++)
		io_find(l, p, k);
	for (int k = 0; k < l->io_count; k++)
		io_open(l, k);
	for (int lane = 0; l->shuffle && lane < l->lanes; lane++)
		l->order[lane] = lane && l->runs[lane] == l->runs[0] ? l->order[0] : trainer_alloc((size_t)samples, sizeof(int64_t));
	l->ahead = l->slots > 1 ? trainer_ahead_open(l) : NULL;
}

void trainer_loader_close(struct trainer_loader *l)
{
	trainer_ahead_close(l->ahead);
	for (int k = 0; k < l->io_count; k++) {
		free(l->io[k].buffer);
		free(l->io[k].raw);
		free(l->io[k].changed);
	}
	for (int lane = 0; lane < l->lanes; lane++)
		free(l->failure[lane]);
	for (int lane = 0; lane < l->lanes; lane++)
		if (lane == 0 || l->order[lane] != l->order[0])
			free(l->order[lane]);
	free(l->io);
	free(l->at);
	*l = (struct trainer_loader){0};
}

/* Samples first ... first + count - 1 of the epoch's order into the buffer, one lane. */
static void pack_lane(struct trainer_loader *l, struct trainer_loader_io *io, int lane, int64_t first, int64_t count, char *to)
{
	const struct mosaic_array *a = &io->array[lane]->array;
	const int64_t *order = l->order[lane];
	const char *from = a->at;

	if (!order)
		from += (size_t)first * io->values * mosaic_type_size(a->type);
	trainer_gather(a, from, order ? order + first : NULL, (size_t)count, io->values, l->scalar, to + (size_t)lane * l->scalar, (size_t)l->lanes);
}

void trainer_loader_pack(struct trainer_loader *l, int k, int64_t first, int64_t count, char *to)
{
	struct trainer_loader_io *io = &l->io[k];

	for (int lane = 0; lane < l->lanes; lane++)
		if (io->in_pieces)
			trainer_pieces_fill(l, io, lane, first, count, to);
		else
			pack_lane(l, io, lane, first, count, to);
}

void trainer_loader_failures(struct trainer_loader *l)
{
	for (int lane = 0; lane < l->lanes; lane++) {
		const char *message = __atomic_load_n(&l->failure[lane], __ATOMIC_ACQUIRE);
		if (message)
			trainer_run_fail(l->runs[lane], l->epoch + 1, "%s", message);
	}
}

void trainer_loader_fill(struct trainer_loader *l, int k, int64_t first, int64_t count)
{
	trainer_loader_pack(l, k, first, count, l->io[k].buffer);
	trainer_loader_failures(l);
}

void trainer_loader_epoch(struct trainer_loader *l, int64_t epoch)
{
	char purpose[32];

	trainer_ahead_stop(l->ahead);
	l->epoch = epoch;
	snprintf(purpose, sizeof purpose, "shuffle %s", mosaic_split_name(l->split));
	for (int lane = 0; l->shuffle && lane < l->lanes; lane++) {
		mosaic_random r = trainer_random(l->runs[lane]->seed, purpose, (uint64_t)epoch, 0);
		if (lane == 0 || l->order[lane] != l->order[0])
			mosaic_random_permutation(&r, mosaic_samples(l->runs[lane]->data, l->split), l->order[lane]);
	}
	if (l->packed_once && !l->shuffle)
		return;
	for (int k = 0; k < l->io_count; k++)
		if (l->io[k].buffer && l->io[k].base)
			trainer_loader_fill(l, k, 0, l->samples);
	l->packed_once = true;
}
