/* epoch_device.c: the steps of one epoch of a group on a device: as many at once as nobody wants to look in between. */
#include "group.h"

#include <stdlib.h>
#include <string.h>

/* What is wrong with the device is wrong for all that are left. */
static bool device_failed(struct trainer_group *g)
{
	const char *why = g->p->device->failure();

	for (int s = 0; s < MOSAIC_SPLITS && !*why; s++)
		why = g->feed[s].failure;
	for (int i = 0; i < g->count; i++)
		if (g->active[i]) {
			trainer_run_fail(g->runs[i], g->epoch + 1, "%s", *why ? why : "GPU: it failed");
			trainer_lane_ends(g, i);
		}
	return false;
}

bool trainer_group_mirror(struct trainer_group *g)
{
	if (!g->p->device || g->mirrored)
		return true;
	g->mirrored = trainer_device_get(g->p);
	return g->mirrored || device_failed(g);
}

void trainer_group_to_device(struct trainer_group *g)
{
	bool ok = trainer_device_put(g->p);

	g->mirrored = true;
	for (int s = 0; s < MOSAIC_SPLITS && ok; s++)
		if (s != MOSAIC_VALIDATION || g->runs[0]->validation)
			ok = trainer_feed_open(&g->feed[s], g->p, g->runs, (enum mosaic_split)s);
	if (!ok)
		device_failed(g);
}

/* Steps g->step .. + count - 1, in whose middle nobody looks. */
static bool device_steps(struct trainer_group *g, int64_t count)
{
	struct mosaic_device_steps s = {.first = g->step, .count = count, .hyper = g->hyper, .keys = g->p->draws ? g->epoch_keys : NULL};
	size_t row = (size_t)g->p->optimizer.hyper_count * (size_t)g->p->lanes;
	double *rates = NULL;

	s.rates_change = trainer_epoch_rates(g, g->step);
	if (s.rates_change) {
		s.hyper = rates = trainer_alloc(row * (size_t)count, sizeof *rates);
		for (int64_t i = 0; i < count; i++) {
			trainer_epoch_rates(g, g->step + i);
			memcpy(rates + (size_t)i * row, g->hyper, row * sizeof *rates);
		}
	}
	bool ok = trainer_feed_steps(&g->feed[MOSAIC_TRAIN], s, true);
	free(rates);
	g->mirrored = false;
	return ok;
}

bool trainer_epoch_train_on_device(struct trainer_group *g)
{
	int64_t batches = trainer_group_batches(g, MOSAIC_TRAIN);
	const struct mosaic_device *d = g->p->device;
	enum { RATES_MAX = 4096 };                       /* steps whose rates are sent at once */

	trainer_epoch_keys(g);
	if (!d->put_sums(g->sums[MOSAIC_TRAIN]) || !trainer_feed_epoch(&g->feed[MOSAIC_TRAIN], g->epoch))
		return device_failed(g);
	while (g->step < batches) {
		int64_t count = g->countdown < 1 ? 1 : g->countdown, left = batches - g->step;
		count = count < left ? count : left;
		count = count < RATES_MAX ? count : RATES_MAX;
		if (!device_steps(g, count))
			return device_failed(g);
		g->step += count;
		g->countdown -= count;
		if (trainer_stop || g->countdown <= 0 || g->step == batches) {
			if (!d->get_sums(g->sums[MOSAIC_TRAIN]))
				return device_failed(g);
			if ((trainer_stop || g->countdown <= 0) && !trainer_group_look(g))
				return false;
		}
	}
	return true;
}

static bool evaluate_on_device(struct trainer_group *g, enum mosaic_split split)
{
	struct mosaic_device_steps s = {.count = g->feed[split].batches, .hyper = g->hyper};

	trainer_group_clear(g, split);
	if (!g->p->device->put_sums(g->sums[split]) || !trainer_feed_epoch(&g->feed[split], g->epoch) || !trainer_feed_steps(&g->feed[split], s, false) ||
		!g->p->device->get_sums(g->sums[split]))
		return device_failed(g);
	return !trainer_stop;
}

/* With averaged weights in place of the trained ones, where there are any. */
bool trainer_epoch_evaluate_on_device(struct trainer_group *g)
{
	bool averaged = trainer_averaged(g->p) != NULL;

	if (averaged && !trainer_group_mirror(g))
		return false;
	trainer_average_swap(g->p);
	if (averaged && !trainer_device_put(g->p))
		return device_failed(g);
	bool ok = evaluate_on_device(g, MOSAIC_TEST) && (!g->runs[0]->validation || evaluate_on_device(g, MOSAIC_VALIDATION));
	trainer_average_swap(g->p);
	if (averaged && !trainer_device_put(g->p))
		return device_failed(g);
	return ok;
}
