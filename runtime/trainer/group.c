/* group.c: takes a group through its epochs, and looks up from the steps now and then: for the clock, for signals, for losses that are
** no numbers any more. */
#include "group.h"

#include <stdlib.h>
#include <string.h>

bool trainer_group_active(const struct trainer_group *g)
{
	for (int i = 0; i < g->count; i++)
		if (g->active[i])
			return true;
	return false;
}

int64_t trainer_group_batches(const struct trainer_group *g, enum mosaic_split split)
{
	return g->p->device ? g->feed[split].batches : g->loader[split].batches;
}

int64_t trainer_group_samples(const struct trainer_group *g, enum mosaic_split split)
{
	return g->p->device ? g->feed[split].samples : g->loader[split].samples;
}

void trainer_group_clear(struct trainer_group *g, enum mosaic_split split)
{
	memset(g->sums[split], 0, (size_t)g->p->column_count * (size_t)g->p->lanes * sizeof *g->sums[split]);
}

bool trainer_group_look(struct trainer_group *g)
{
	double now = trainer_seconds(), passed = now - g->last_look;

	g->last_look = now;
	if (passed < 0.005 && g->look_every < 1 << 24)
		g->look_every *= 2;
	else if (passed > 0.05 && g->look_every > 1)
		g->look_every /= 2;
	g->countdown = g->look_every;
	for (int i = 0; i < g->count; i++) {
		double loss = g->sums[MOSAIC_TRAIN][i];
		if (g->active[i] && g->runs[i]->status == RUN_FAILED)
			trainer_lane_ends(g, i);
		else if (g->active[i] && !trainer_finite(loss))
			trainer_lane_diverged(g, i, "train_loss", loss);
	}
	if (!trainer_group_active(g) || trainer_stop)
		return false;
	if (g->interval > 0 && now - g->last_checkpoint >= g->interval) {
		trainer_lanes_checkpoint(g);
		g->last_checkpoint = trainer_seconds();
	}
	trainer_report_tick(g->report, now, (double)g->step / (double)trainer_group_batches(g, MOSAIC_TRAIN));
	return true;
}

static bool one_epoch(struct trainer_group *g)
{
	if (!trainer_epoch_train(g) || !trainer_epoch_evaluate(g))
		return false;
	for (int i = 0; i < g->count; i++)
		if (g->active[i])
			trainer_lane_epoch(g, i);
	g->epoch++;
	g->step = 0;
	trainer_group_clear(g, MOSAIC_TRAIN);
	return !trainer_stop;
}

static void group_open(struct trainer_group *g)
{
	size_t lanes = (size_t)g->p->lanes;

	g->keys = trainer_alloc(lanes, sizeof *g->keys);
	g->epoch_keys = trainer_alloc(lanes, sizeof *g->epoch_keys);
	g->hyper = trainer_alloc((size_t)g->p->optimizer.hyper_count * lanes, sizeof *g->hyper);
	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		g->sums[s] = trainer_alloc((size_t)g->p->column_count * lanes, sizeof(double));
		if (!g->p->device && (s != MOSAIC_VALIDATION || g->runs[0]->validation))
			trainer_loader_open(&g->loader[s], g->p, g->runs, (enum mosaic_split)s);
	}
	g->epoch = g->runs[0]->epoch;
	g->step = g->runs[0]->step;
	for (int i = 0; i < g->p->lanes; i++)
		trainer_lane_load(g, i);
	g->last_checkpoint = g->last_look = trainer_seconds();
	g->look_every = g->countdown = 1;
	for (int i = 0; i < g->count; i++) {
		double s = g->runs[i]->checkpoint;
		if (s > 0 && (g->interval == 0 || s < g->interval))
			g->interval = s;
	}
}

static void group_close(struct trainer_group *g)
{
	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		trainer_loader_close(&g->loader[s]);
		trainer_feed_close(&g->feed[s]);
		free(g->sums[s]);
	}
	free(g->hyper);
	free(g->keys);
	free(g->epoch_keys);
	free(g->runs);
	free(g->active);
}

void trainer_group_train(const struct mosaic_program *p, struct trainer_run **runs, int count, struct trainer_report *report)
{
	struct trainer_group g = {.p = p, .report = report, .count = count};
	char what[100];

	g.runs = trainer_alloc((size_t)p->lanes, sizeof *g.runs);
	g.active = trainer_alloc((size_t)p->lanes, sizeof *g.active);
	for (int i = 0; i < p->lanes; i++)
		g.runs[i] = runs[i < count ? i : 0];
	group_open(&g);
	snprintf(what, sizeof what, "training of run %lld%s", (long long)runs[0]->id, count > 1 ? " and the runs beside it" : "");
	trainer_guard_doing(what, NULL, -1, -1);
	for (int i = 0; i < count; i++) {
		g.active[i] = true;
		trainer_report_start(report, runs[i]);
		if (runs[i]->status == RUN_FAILED)
			trainer_lane_ends(&g, i);
		else if (trainer_early_over(p, runs[i]) || runs[i]->epoch >= runs[i]->epochs)
			trainer_lane_done(&g, i);
	}
	if (p->device && trainer_group_active(&g))
		trainer_group_to_device(&g);
	while (trainer_group_active(&g) && !trainer_stop) {
		if (!one_epoch(&g))
			break;
		if (--g.countdown <= 0 && !trainer_group_look(&g))
			break;
	}
	trainer_lanes_interrupt(&g);
	trainer_guard_doing(NULL, NULL, -1, -1);
	group_close(&g);
}
