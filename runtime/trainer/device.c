/* device.c: programs whose memory lies on a device (mosaic_device.h): their mirrors on the host, and what the device reads: the samples of a split, their
** order in an epoch, rates and keys of steps. Samples are copied once, each distinct part of data once for all lanes that see it; what is read from disk or changes
** at each load, or has no room there, is copied batch by batch, through the loader of every trainer (loader.c), while the batch before it is trained on. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

/* ---- the program ----------------------------------------------------------------------------- */

static size_t memory_reals(const struct mosaic_program *p, int arrays)
{
	return p->params_reals * (size_t)p->lanes * (size_t)arrays;
}

bool trainer_device_open(const struct mosaic_program *p, int runs, struct mosaic_program *own, char *why, size_t size)
{
	const struct mosaic_device *d = p->device;
	const struct mosaic_optimizer *o = &p->optimizer;
	int room;

	*own = *p;
	if (!d)
		return true;
	room = d->open(0, p->params_reals, o->per_param, o->scalars, p->column_count, o->hyper_count);
	own->lanes = runs < room ? runs : room;
	own->lanes = own->lanes < 1 ? 1 : own->lanes;
	if (room < 1 || d->open(own->lanes, p->params_reals, o->per_param, o->scalars, p->column_count, o->hyper_count) != own->lanes) {
		snprintf(why, size, "%s", d->failure());
		return false;
	}
	own->params = trainer_alloc(memory_reals(own, 1) + 64, (size_t)p->real_bytes);
	own->state = trainer_alloc(memory_reals(own, o->per_param) + 64, (size_t)p->real_bytes);
	own->state_scalars = trainer_alloc((size_t)o->scalars * (size_t)own->lanes + 1, sizeof(double));
	return true;
}

void trainer_device_close(struct mosaic_program *own)
{
	if (!own->device || !own->params)
		return;
	own->device->close();
	free(own->params);
	free(own->state);
	free(own->state_scalars);
	own->params = NULL;
}

bool trainer_device_put(const struct mosaic_program *p)
{
	return p->device->put_memory(p->params, p->state, p->state_scalars);
}

bool trainer_device_get(const struct mosaic_program *p)
{
	return p->device->get_memory(p->params, p->state, p->state_scalars);
}

/* ---- samples ---------------------------------------------------------------------------------- */

/* Which of the distinct parts of data each lane sees; the runs that have them, in `owner`. */
static int find_sets(struct trainer_feed *f, int32_t *set, int *owner)
{
	int sets = 0;

	for (int lane = 0; lane < f->p->lanes; lane++) {
		const mosaic_data *data = f->runs[lane]->data;
		int at = lane && f->runs[lane - 1]->data == data ? set[lane - 1] : 0;
		while (at < sets && f->runs[owner[at]]->data != data)
			at++;
		if (at == sets)
			owner[sets++] = lane;
		set[lane] = at;
	}
	return sets;
}

static bool can_lie_there(const struct trainer_feed *f, const int *owner, int sets)
{
	for (int s = 0; s < sets; s++)
		for (int k = 0; k < f->p->io_count; k++) {
			const struct mosaic_array_store *a = trainer_array_for(f->p, f->runs[owner[s]]->data, f->split, k);
			if (!a->array.at || a->change_count)
				return false;
		}
	return true;
}

static size_t values_of(const struct trainer_feed *f, int io)
{
	return (size_t)mosaic_array_values(&trainer_array_for(f->p, f->runs[0]->data, f->split, io)->array);
}

/* Every set of one io, as reals. False: no room, or a failure. */
static bool put_io(struct trainer_feed *f, int io, const int *owner, int sets)
{
	size_t scalar = (size_t)f->p->real_bytes, count = values_of(f, io), bytes;
	bool ok = trainer_multiply(&count, f->total);

	bytes = count * scalar;
	size_t all = bytes;
	if (!ok || !trainer_multiply(&all, sets) || !(f->data[io] = f->p->device->alloc(all)))
		return false;
	char *reals = trainer_alloc(count, scalar);
	for (int s = 0; ok && s < sets; s++) {
		const struct mosaic_array *a = &trainer_array_for(f->p, f->runs[owner[s]]->data, f->split, io)->array;
		trainer_convert(a, a->at, count, scalar, reals);
		ok = f->p->device->put((char *)f->data[io] + (size_t)s * bytes, reals, bytes);
	}
	free(reals);
	return ok;
}

static void release_data(struct trainer_feed *f)
{
	for (int k = 0; k < f->p->io_count; k++) {
		f->p->device->release(f->data[k]);
		f->data[k] = NULL;
	}
}

static size_t batch_bytes(const struct trainer_feed *f, int io)
{
	return values_of(f, io) * (size_t)f->batch * (size_t)f->p->lanes * (size_t)f->p->real_bytes;
}

/* A loader a lane, and room for some batches of each; every lane sees a set of its own. */
static bool open_batches(struct trainer_feed *f, int32_t *set)
{
	f->one = *f->p;
	f->one.lanes = 1;
	f->loaders = trainer_alloc((size_t)f->p->lanes, sizeof *f->loaders);
	for (int lane = 0; lane < f->p->lanes; lane++) {
		trainer_loader_open(&f->loaders[lane], &f->one, &f->runs[lane], f->split);
		set[lane] = lane;
	}
	for (int k = 0; k < f->p->io_count; k++)
		if (!(f->data[k] = f->p->device->alloc(MOSAIC_DEVICE_SLOTS * batch_bytes(f, k))))
			return false;
	for (int slot = 0; slot < MOSAIC_DEVICE_SLOTS; slot++)     /* it is zeroed before the first batch comes */
		if (!f->p->device->leave(slot))
			return false;
	return true;
}

static void feed_fails(struct trainer_feed *f, const char *what)
{
	snprintf(f->failure, sizeof f->failure, "GPU: %s", what);
}

bool trainer_feed_open(struct trainer_feed *f, const struct mosaic_program *p, struct trainer_run *const *runs, enum mosaic_split split)
{
	const mosaic_data *data = runs[0]->data;
	struct mosaic_batching b = data->split[split].batching;
	size_t lanes = (size_t)p->lanes;
	bool ok = true;

	*f = (struct trainer_feed){.p = p, .runs = runs, .split = split, .batch = b.batch_size, .shuffle = b.shuffle, .total = mosaic_samples(data, split)};
	f->batches = trainer_loader_batches(f->total, b);
	f->samples = b.drop_last ? f->batches * b.batch_size : f->total;
	int32_t *set = trainer_alloc(lanes, sizeof *set);
	int *owner = trainer_alloc(lanes, sizeof *owner), sets = find_sets(f, set, owner);
	f->resident = f->total < INT32_MAX && can_lie_there(f, owner, sets);
	for (int k = 0; f->resident && k < p->io_count; k++)
		f->resident = put_io(f, k, owner, sets);
	if (f->resident && f->shuffle)
		f->resident = (f->order = p->device->alloc((size_t)f->total * lanes * sizeof *f->order)) != NULL;
	if (!f->resident) {
		release_data(f);
		ok = open_batches(f, set);
	}
	ok = ok && (f->set = p->device->alloc(lanes * sizeof *f->set)) && p->device->put(f->set, set, lanes * sizeof *set);
	if (!ok && !*p->device->failure())
		feed_fails(f, "there is no room for a batch of each run");
	free(set);
	free(owner);
	return ok;
}

void trainer_feed_close(struct trainer_feed *f)
{
	if (!f->p)
		return;
	release_data(f);
	f->p->device->release(f->order);
	f->p->device->release(f->set);
	for (int lane = 0; f->loaders && lane < f->p->lanes; lane++)
		trainer_loader_close(&f->loaders[lane]);
	free(f->loaders);
	*f = (struct trainer_feed){.p = NULL};
}

/* ---- an epoch --------------------------------------------------------------------------------- */

bool trainer_feed_epoch(struct trainer_feed *f, int64_t epoch)
{
	char purpose[32];
	bool ok = true;

	for (int lane = 0; f->loaders && lane < f->p->lanes; lane++)
		trainer_loader_epoch(&f->loaders[lane], epoch);
	if (!f->order)
		return true;
	uint64_t *keys = trainer_alloc(2 * (size_t)f->p->lanes, sizeof *keys);
	snprintf(purpose, sizeof purpose, "shuffle %s", mosaic_split_name(f->split));
	for (int lane = 0; lane < f->p->lanes; lane++) {
		mosaic_random r = trainer_random(f->runs[lane]->seed, purpose, (uint64_t)epoch, 0);
		keys[2 * lane] = r.key[0];
		keys[2 * lane + 1] = r.key[1];
	}
	ok = f->p->device->shuffle(f->order, f->total, keys);
	free(keys);
	return ok;
}

/* Batch b of every lane on its way to the device; where it will lie there. */
static bool send_batch(struct trainer_feed *f, int64_t b, const void **data)
{
	const struct mosaic_device *d = f->p->device;
	int slot = (int)(b % MOSAIC_DEVICE_SLOTS);
	size_t scalar = (size_t)f->p->real_bytes, all = 0, at = 0;

	for (int k = 0; k < f->p->io_count; k++)
		all += batch_bytes(f, k);
	char *stage = d->stage(slot, all);
	for (int lane = 0; stage && lane < f->p->lanes; lane++) {
		struct trainer_loader *l = &f->loaders[lane];
		size_t n = (size_t)trainer_loader_batch(l, b), io = 0;
		for (int k = 0; k < f->p->io_count; io += batch_bytes(f, k++)) {
			size_t bytes = values_of(f, k) * scalar;
			memcpy(stage + io + (size_t)lane * (size_t)f->batch * bytes, l->at[k], n * bytes);
		}
	}
	for (int k = 0; stage && k < f->p->io_count; at += batch_bytes(f, k++)) {
		data[k] = (char *)f->data[k] + (size_t)slot * batch_bytes(f, k);
		if (!d->send(slot, (char *)f->data[k] + (size_t)slot * batch_bytes(f, k), at, batch_bytes(f, k)))
			return false;
	}
	return stage && d->arrive(slot);
}

static bool take_steps(struct trainer_feed *f, const struct mosaic_device_steps *s, bool training)
{
	return training ? f->p->device->train(s) : f->p->device->evaluate(s);
}

bool trainer_feed_steps(struct trainer_feed *f, struct mosaic_device_steps s, bool training)
{
	s.batch = f->batch;
	s.samples = f->samples;
	s.batches = f->batches;
	s.lanes = f->p->lanes;
	s.set = f->set;
	s.order = f->order;
	for (int k = 0; k < f->p->io_count; k++)
		s.data[k] = f->data[k];
	if (f->resident) {
		s.rows = f->total;
		return take_steps(f, &s, training);
	}
	s.rows = f->batch;
	for (int64_t end = s.first + s.count; s.first < end; s.first++) {
		s.count = 1;
		s.row = s.first * f->batch;
		if (!send_batch(f, s.first, s.data) || !take_steps(f, &s, training) || !f->p->device->leave((int)(s.first % MOSAIC_DEVICE_SLOTS)))
			return false;
		s.hyper += s.rates_change ? (size_t)f->p->optimizer.hyper_count * (size_t)f->p->lanes : 0;
	}
	return true;
}
