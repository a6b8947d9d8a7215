/* epoch.c: the steps of one epoch of a group on the CPU: batches, keys of random numbers and learning rates for each. A step of a small
** network takes some 300 ns: what is called in between is inline or rare. */
#include "group.h"

#include <mosaic_random.h>

void trainer_epoch_keys(struct trainer_group *g)
{
	for (int l = 0; l < g->p->lanes; l++) {
		mosaic_random r = trainer_random(g->runs[l < g->count ? l : 0]->seed, "step", (uint64_t)g->epoch, 0);
		g->epoch_keys[l] = mosaic_random_bits(&r);
	}
}

static void step_keys(struct trainer_group *g, int64_t step)
{
	for (int l = 0; l < g->p->lanes; l++)
		g->keys[l] = step_key_of_(g->epoch_keys[l], step);
}

bool trainer_epoch_rates(struct trainer_group *g, int64_t step)
{
	bool changes = false;
	for (int l = 0; l < g->p->lanes; l++) {
		struct trainer_run *run = g->runs[l < g->count ? l : 0];
		trainer_schedule_apply(g->p, run, g->epoch, step, trainer_group_batches(g, MOSAIC_TRAIN), g->hyper + l);
		changes = changes || trainer_schedule_steps(run);
	}
	return changes;
}

/* What train() and evaluate() take, but for the batch. Inputs come before targets. */
static struct mosaic_step step_of(struct trainer_group *g, enum mosaic_split split)
{
	const void **at = g->loader[split].at;
	int inputs = 0;

	while (inputs < g->p->io_count && !g->p->ios[inputs].target)
		inputs++;
	return (struct mosaic_step){.inputs = at, .targets = at + inputs, .hyper = g->hyper, .sums = g->sums[split]};
}

bool trainer_epoch_train(struct trainer_group *g)
{
	if (g->p->device)
		return trainer_epoch_train_on_device(g);

	struct trainer_loader *l = &g->loader[MOSAIC_TRAIN];
	struct mosaic_step s = step_of(g, MOSAIC_TRAIN);
	s.keys = g->keys;
	s.batches = l->batches;
	trainer_loader_epoch(l, g->epoch);
	trainer_epoch_keys(g);
	bool rates_change = trainer_epoch_rates(g, g->step);
	for (int64_t b = g->step; b < l->batches; b++) {
		s.n = trainer_loader_batch(l, b);
		if (g->p->draws)
			step_keys(g, b);
		if (rates_change)
			trainer_epoch_rates(g, b);
		s.batch = b;
		g->p->train(&s);
		if (__builtin_expect(trainer_stop || --g->countdown <= 0, 0)) {
			g->step = b + 1;
			if (!trainer_group_look(g))
				return false;
		}
	}
	g->step = l->batches;
	return true;
}

/* False when asked to stop; the epoch is then evaluated again after the resumption. */
static bool evaluate(struct trainer_group *g, enum mosaic_split split)
{
	struct trainer_loader *l = &g->loader[split];
	struct mosaic_step s = step_of(g, split);

	trainer_group_clear(g, split);
	trainer_loader_epoch(l, g->epoch);
	for (int64_t b = 0; b < l->batches; b++) {
		s.n = trainer_loader_batch(l, b);
		g->p->evaluate(&s);
		if (__builtin_expect(trainer_stop, 0))
			return false;
	}
	return true;
}

bool trainer_epoch_evaluate(struct trainer_group *g)
{
	if (g->p->device)
		return trainer_epoch_evaluate_on_device(g);
	trainer_average_swap(g->p);
	bool ok = evaluate(g, MOSAIC_TEST) && (!g->runs[0]->validation || evaluate(g, MOSAIC_VALIDATION));
	trainer_average_swap(g->p);
	return ok;
}
