/* lane.c: one run of a group: its first values, its row of the history after each epoch, its checkpoints, and how it ends. */
#include "group.h"

#include <string.h>

/* "; train input 'x': sample 17 holds nan", or nothing when the data is clean. */
static void blame_data(const struct trainer_run *run, char *out, size_t size)
{
	*out = '\0';
	for (int s = 0; s < MOSAIC_SPLITS; s++)
		for (int i = 0; i < run->data->split[s].count; i++) {
			const struct mosaic_array *a = &run->data->split[s].at[i]->array;
			if (!a->at || (a->type != MOSAIC_FLOAT32 && a->type != MOSAIC_FLOAT64))
				continue;
			int64_t values = mosaic_array_values(a);
			for (int64_t k = 0; k < a->samples * values; k++) {
				double v = mosaic_value(a, k);
				if (trainer_finite(v))
					continue;
				snprintf(out, size, "; %s %s '%s': sample %lld holds %g", mosaic_split_name((enum mosaic_split)s),
					a->role == MOSAIC_TARGET ? "target" : "input", a->name, (long long)(k / values), v);
				return;
			}
		}
}

void trainer_lane_ends(struct trainer_group *g, int lane)
{
	g->active[lane] = false;
	trainer_report_end(g->report, g->runs[lane]);
}

void trainer_lane_diverged(struct trainer_group *g, int lane, const char *column, double value)
{
	struct trainer_run *run = g->runs[lane];
	char blame[400], why[WHY_SIZE];

	blame_data(run, blame, sizeof blame);
	trainer_run_fail(run, g->epoch + 1, "%s is %s in epoch %lld%s%s", column, value == value ? "infinite" : "not a number (NaN)", (long long)g->epoch + 1,
		blame, *blame ? "" : "; a smaller learning rate may help");
	if (run->history_rows && !trainer_history_write(g->p, run, why, sizeof why))
		trainer_run_note(run, "warning: %s", why);
	trainer_lane_ends(g, lane);
}

void trainer_lane_load(struct trainer_group *g, int lane)
{
	struct trainer_run *run = g->runs[lane];
	char why[WHY_SIZE];
	bool ok = true;

	trainer_lane_init(g->p, lane, run->seed);
	if (run->checkpoint_file) {
		ok = trainer_checkpoint_load(g->p, run, lane, why, sizeof why);
	} else if (run->weights) {
		struct st_file *f = st_open(run->weights, why, sizeof why);
		ok = f && trainer_weights_load(g->p, f, lane, why, sizeof why);
		st_close(f);
	}
	if (!ok)
		trainer_run_fail(run, 0, "%s", why);
	for (int h = 0; h < g->p->optimizer.hyper_count; h++)
		g->hyper[h * g->p->lanes + lane] = run->hyper[h];
	for (int c = 0; c < g->p->column_count; c++)
		g->sums[MOSAIC_TRAIN][c * g->p->lanes + lane] = run->sums[c];
}

/* A run's own place, for its checkpoint. */
static void lane_place(struct trainer_group *g, int lane)
{
	struct trainer_run *run = g->runs[lane];

	run->epoch = g->epoch;
	run->step = g->step;
	for (int c = 0; c < g->p->column_count; c++)
		run->sums[c] = g->sums[MOSAIC_TRAIN][c * g->p->lanes + lane];
}

void trainer_lanes_checkpoint(struct trainer_group *g)
{
	char why[WHY_SIZE];

	if (!trainer_group_mirror(g))
		return;
	for (int i = 0; i < g->count; i++) {
		if (!g->active[i])
			continue;
		lane_place(g, i);
		if (trainer_checkpoint_save(g->p, g->runs[i], i, why, sizeof why))
			trainer_report_checkpoint(g->report, g->runs[i]);
		else                           /* the older one is still there, and room may come back */
			trainer_run_note(g->runs[i], "warning: %s", why);
	}
}

void trainer_lanes_interrupt(struct trainer_group *g)
{
	char why[WHY_SIZE];

	if (trainer_group_active(g) && !trainer_group_mirror(g))
		return;
	for (int i = 0; i < g->count; i++) {
		if (!g->active[i])
			continue;
		lane_place(g, i);
		if (g->runs[i]->status != RUN_FAILED) {
			if (trainer_checkpoint_save(g->p, g->runs[i], i, why, sizeof why))
				g->runs[i]->status = RUN_INTERRUPTED;
			else
				trainer_run_fail(g->runs[i], g->epoch + 1, "%s", why);
		}
		trainer_lane_ends(g, i);
	}
}

/* One row of the history: means over batches; accuracy in percent over samples. */
static void lane_row(const struct trainer_group *g, int lane, double *row)
{
	int columns = g->p->column_count;

	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		if (s == MOSAIC_VALIDATION && !g->runs[0]->validation)
			continue;
		for (int c = 0; c < columns; c++) {
			double sum = g->sums[s][c * g->p->lanes + lane];
			int at = s == MOSAIC_VALIDATION ? 2 * columns + c : 2 * c + (s == MOSAIC_TEST);
			row[at] = strcmp(g->p->columns[c], "acc") == 0 ? 100 * sum / (double)trainer_group_samples(g, (enum mosaic_split)s) : sum / (double)trainer_group_batches(g, (enum mosaic_split)s);
		}
	}
}

void trainer_lane_done(struct trainer_group *g, int lane)
{
	struct trainer_run *run = g->runs[lane];
	char why[WHY_SIZE];

	if (!trainer_group_mirror(g))
		return;
	/* The checkpoint last: where it is, the other files are. */
	if (trainer_models_write(g->p, run, lane, why, sizeof why) && trainer_history_write(g->p, run, why, sizeof why) &&
		trainer_checkpoint_save(g->p, run, lane, why, sizeof why))
		run->status = RUN_DONE;
	else
		trainer_run_fail(run, run->epoch, "%s", why);
	trainer_lane_ends(g, lane);
}

void trainer_lane_epoch(struct trainer_group *g, int lane)
{
	static const char *const losses[] = {"train_loss", "test_loss", "validation_loss"};
	struct trainer_run *run = g->runs[lane];
	int columns = trainer_history_columns(g->p, run->validation);
	double row[columns];

	if (run->status == RUN_FAILED) {
		trainer_lane_ends(g, lane);
		return;
	}
	lane_row(g, lane, row);
	for (int i = 0; i < (run->validation ? 3 : 2); i++) {
		double loss = row[i < 2 ? i : 2 * g->p->column_count];
		if (!trainer_finite(loss)) {
			trainer_lane_diverged(g, lane, losses[i], loss);
			return;
		}
	}
	trainer_history_add(run, row, columns);
	run->epoch = g->epoch + 1;
	run->step = 0;
	memset(run->sums, 0, (size_t)g->p->column_count * sizeof *run->sums);
	trainer_report_epoch(g->report, run, run->epoch, row);
	if (run->early && !trainer_group_mirror(g))
		return;
	trainer_early_keep(g->p, run, lane);
	if (trainer_early_over(g->p, run) || run->epoch >= run->epochs)
		trainer_lane_done(g, lane);
}
