/* loader.c: hands the batches of a split to the program: reals in lanes, scalar[n][sample][lanes], in each lane's order.
**
** A split whose interleaved form is small is packed whole: once when it is not shuffled, then a step is a pointer; at
** the start of each epoch when it is. With one lane, the right type and no shuffling the user's array is used as it is.
** Everything else, and streams, is packed batch by batch. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

enum { PACK_LIMIT = 64 << 20, ALIGNMENT = 128 };

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
static const struct mosaic_array_store *array_for(const struct mosaic_program *p, const mosaic_data *data, enum mosaic_split split, int io)
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

static void io_open(struct trainer_loader *l, const struct mosaic_program *p, int k)
{
	struct trainer_loader_io *io = &l->io[k];
	size_t whole;
	bool stream = false;

	for (int lane = 0; lane < l->lanes; lane++) {
		io->array[lane] = array_for(p, l->runs[lane]->data, l->split, k);
		stream = stream || !io->array[lane]->array.at;
	}
	const struct mosaic_array *a = &io->array[0]->array;
	io->labels = p->ios[k].labels;
	io->values = (size_t)mosaic_array_values(a);
	io->sample_bytes = io->values * (size_t)l->lanes * l->scalar;
	if (usable_as_it_is(l, a)) {
		io->base = a->at;
		return;
	}
	whole = io->sample_bytes;
	if (!stream && trainer_multiply(&whole, l->samples) && whole <= PACK_LIMIT) {
		io->base = io->buffer = aligned(whole);
		return;
	}
	whole = io->sample_bytes;
	io->buffer = aligned(trainer_multiply(&whole, l->batch) ? whole : SIZE_MAX);
	if (stream)
		io->raw = trainer_alloc((size_t)l->batch, io->values * 8);
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
	for (int k = 0; k < l->io_count; k++)
		io_open(l, p, k);
	for (int lane = 0; l->shuffle && lane < l->lanes; lane++)
		l->order[lane] = lane && l->runs[lane] == l->runs[0] ? l->order[0] : trainer_alloc((size_t)samples, sizeof(int64_t));
}

void trainer_loader_close(struct trainer_loader *l)
{
	for (int k = 0; k < l->io_count; k++) {
		free(l->io[k].buffer);
		free(l->io[k].raw);
	}
	for (int lane = 0; lane < l->lanes; lane++)
		if (lane == 0 || l->order[lane] != l->order[0])
			free(l->order[lane]);
	free(l->io);
	free(l->at);
	*l = (struct trainer_loader){0};
}

/* ---- streams: user code in the middle of training ------------------------------------------------- */
struct reading { const struct mosaic_array_store *store; const int64_t *order; int64_t first, count; char *raw; size_t bytes, scalar; int64_t labels; };

static void read_stream(void *context)
{
	const struct reading *r = context;
	const struct mosaic_array *a = &r->store->array;
	int64_t wrong, values = mosaic_array_values(a);

	if (!r->order)
		r->store->read(r->store->context, r->first, r->count, r->raw);
	for (int64_t i = 0; r->order && i < r->count; i++)
		r->store->read(r->store->context, r->order[r->first + i], 1, r->raw + (size_t)i * r->bytes);
	if (!trainer_exact(a, r->raw, r->count * values, r->scalar, &wrong))
		mosaic_fail("array '%s': a value of sample %lld is beyond 2^%d and would lose digits", a->name,
			(long long)(r->order ? r->order[r->first + wrong / values] : r->first + wrong / values), r->scalar == 8 ? 53 : 24);
	if (r->labels && !trainer_are_labels(a, r->raw, r->count * values, r->labels, &wrong))
		mosaic_fail("array '%s': sample %lld holds no label: the program was built for the labels 0 to %lld", a->name,
			(long long)(r->order ? r->order[r->first + wrong / values] : r->first + wrong / values), (long long)r->labels - 1);
}

static void stream_lane(struct trainer_loader *l, struct trainer_loader_io *io, int lane, int64_t first, int64_t count)
{
	struct trainer_run *run = l->runs[lane];
	const struct mosaic_array *a = &io->array[lane]->array;
	struct reading r = {io->array[lane], l->order[lane], first, count, io->raw, io->values * mosaic_type_size(a->type), l->scalar, io->labels};
	char *message, what[300];

	if (run->status == RUN_FAILED)
		return;
	snprintf(what, sizeof what, "the stream '%.100s' of run %lld", a->name, (long long)run->id);
	trainer_guard_within(what);
	if (!trainer_guarded(read_stream, &r, &message))
		trainer_run_fail(run, run->epoch + 1, "%s", message);
	trainer_guard_within(NULL);
	free(message);
	trainer_gather(a, io->raw, NULL, (size_t)count, io->values, l->scalar, io->buffer + (size_t)lane * l->scalar, (size_t)l->lanes);
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

void trainer_loader_fill(struct trainer_loader *l, int k, int64_t first, int64_t count)
{
	struct trainer_loader_io *io = &l->io[k];

	for (int lane = 0; lane < l->lanes; lane++)
		if (io->array[lane]->array.at)
			pack_lane(l, io, lane, first, count, io->buffer);
		else
			stream_lane(l, io, lane, first, count);
}

void trainer_loader_epoch(struct trainer_loader *l, int64_t epoch)
{
	char purpose[32];

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
