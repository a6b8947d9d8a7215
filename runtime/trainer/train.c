/* train.c: trains runs: prepares up to `lanes` of them, puts those that can share steps into one group, and goes through
** the epochs. What a run gives never depends on its lane or on the runs beside it: lanes only share the instructions. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

struct group {
	const struct mosaic_program *p;
	struct trainer_report *report;
	struct trainer_run **runs;                       /* one a lane; unused lanes repeat the first */
	bool *active;                                    /* still to be told of: not done, not failed */
	int count;
	struct trainer_loader loader[MOSAIC_SPLITS];
	struct trainer_feed feed[MOSAIC_SPLITS];         /* instead, where the program runs on a device */
	bool mirrored;                                   /* the program's memory on the host is that of the device */
	double *hyper, *sums[MOSAIC_SPLITS];             /* [][lanes] */
	int64_t epoch, step;
	uint64_t *keys, *epoch_keys;                     /* [lanes]: of the random numbers of a step, and of an epoch */
	double interval, last_checkpoint, last_look;
	int64_t look_every, countdown;                   /* steps between looks at the clock */
};

static bool is_finite(double x)
{
	return x - x == 0;
}

static bool any_active(const struct group *g)
{
	for (int i = 0; i < g->count; i++)
		if (g->active[i])
			return true;
	return false;
}

/* "; train input 'x' of sample 17 is nan", or nothing when the data is clean. */
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
				if (is_finite(v))
					continue;
				snprintf(out, size, "; %s %s '%s': sample %lld holds %g", mosaic_split_name((enum mosaic_split)s),
					a->role == MOSAIC_TARGET ? "target" : "input", a->name, (long long)(k / values), v);
				return;
			}
		}
}

static void lane_ends(struct group *g, int lane)
{
	g->active[lane] = false;
	trainer_report_end(g->report, g->runs[lane]);
}

static void lane_diverged(struct group *g, int lane, const char *column, double value)
{
	struct trainer_run *run = g->runs[lane];
	char blame[400], why[WHY_SIZE];

	blame_data(run, blame, sizeof blame);
	trainer_run_fail(run, g->epoch + 1, "%s is %s in epoch %lld%s%s", column, value == value ? "infinite" : "not a number (NaN)", (long long)g->epoch + 1,
		blame, *blame ? "" : "; a smaller learning rate may help");
	if (run->history_rows && !trainer_history_write(g->p, run, why, sizeof why))
		trainer_run_note(run, "warning: %s", why);
	lane_ends(g, lane);
}

/* What is wrong with the device is wrong for all that are left. */
static bool device_failed(struct group *g)
{
	const char *why = g->p->device->failure();

	for (int s = 0; s < MOSAIC_SPLITS && !*why; s++)
		why = g->feed[s].failure;
	for (int i = 0; i < g->count; i++)
		if (g->active[i]) {
			trainer_run_fail(g->runs[i], g->epoch + 1, "%s", *why ? why : "GPU: it failed");
			lane_ends(g, i);
		}
	return false;
}

/* The program's memory as it is now. */
static bool mirror(struct group *g)
{
	if (!g->p->device || g->mirrored)
		return true;
	g->mirrored = trainer_device_get(g->p);
	return g->mirrored || device_failed(g);
}

/* A run's own place, for its checkpoint. */
static void lane_place(struct group *g, int lane)
{
	struct trainer_run *run = g->runs[lane];

	run->epoch = g->epoch;
	run->step = g->step;
	for (int c = 0; c < g->p->column_count; c++)
		run->sums[c] = g->sums[MOSAIC_TRAIN][c * g->p->lanes + lane];
}

static void checkpoint_lanes(struct group *g)
{
	char why[WHY_SIZE];

	if (!mirror(g))
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

static int64_t batches_of(const struct group *g, enum mosaic_split split)
{
	return g->p->device ? g->feed[split].batches : g->loader[split].batches;
}

static int64_t samples_of(const struct group *g, enum mosaic_split split)
{
	return g->p->device ? g->feed[split].samples : g->loader[split].samples;
}

/* Looks at the clock, rarely: after so many steps that some milliseconds have passed. False: leave the epoch. */
static bool look_up(struct group *g)
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
			lane_ends(g, i);
		else if (g->active[i] && !is_finite(loss))
			lane_diverged(g, i, "train_loss", loss);
	}
	if (!any_active(g) || trainer_stop)
		return false;
	if (g->interval > 0 && now - g->last_checkpoint >= g->interval) {
		checkpoint_lanes(g);
		g->last_checkpoint = trainer_seconds();
	}
	trainer_report_tick(g->report, now, (double)g->step / (double)batches_of(g, MOSAIC_TRAIN));
	return true;
}

/* Each step has keys of its own: a hash of (seed, purpose, epoch) plus the step, mixed (the finaliser of splitmix64: Steele, Lea, Flood,
** "Fast splittable pseudorandom number generators", 2014). */
static void draw_keys(struct group *g, const uint64_t *epoch_keys, int64_t step)
{
	for (int l = 0; l < g->p->lanes; l++) {
		uint64_t k = epoch_keys[l] + (uint64_t)step * 0x9E3779B97F4A7C15u;
		k = (k ^ k >> 30) * 0xBF58476D1CE4E5B9u;
		k = (k ^ k >> 27) * 0x94D049BB133111EBu;
		g->keys[l] = k ^ k >> 31;
	}
}

static void epoch_keys(const struct group *g, uint64_t *keys)
{
	for (int l = 0; l < g->p->lanes; l++) {
		mosaic_random r = trainer_random(g->runs[l < g->count ? l : 0]->seed, "step", (uint64_t)g->epoch, 0);
		keys[l] = mosaic_random_bits(&r);
	}
}

/* Rates of this step; true if those of the next one differ. */
static bool set_rates(struct group *g, int64_t step)
{
	bool changes = false;
	for (int l = 0; l < g->p->lanes; l++) {
		struct trainer_run *run = g->runs[l < g->count ? l : 0];
		trainer_schedule_apply(g->p, run, g->epoch, step, batches_of(g, MOSAIC_TRAIN), g->hyper + l);
		changes = changes || trainer_schedule_steps(run);
	}
	return changes;
}

static bool train_epoch(struct group *g)
{
	struct trainer_loader *l = &g->loader[MOSAIC_TRAIN];
	struct mosaic_step s = {.hyper = g->hyper, .sums = g->sums[MOSAIC_TRAIN], .keys = g->keys};
	int inputs = 0;

	while (inputs < g->p->io_count && !g->p->ios[inputs].target)
		inputs++;
	s.inputs = l->at;
	s.targets = l->at + inputs;
	s.batches = l->batches;
	trainer_loader_epoch(l, g->epoch);
	epoch_keys(g, g->epoch_keys);
	bool rates_change = set_rates(g, g->step);
	for (int64_t b = g->step; b < l->batches; b++) {
		s.n = trainer_loader_batch(l, b);
		if (g->p->draws)
			draw_keys(g, g->epoch_keys, b);
		if (rates_change)
			set_rates(g, b);
		s.batch = b;
		g->p->train(&s);
		if (__builtin_expect(trainer_stop || --g->countdown <= 0, 0)) {
			g->step = b + 1;
			if (!look_up(g))
				return false;
		}
	}
	g->step = l->batches;
	return true;
}

/* ---- on a device ------------------------------------------------------------------------------ */

/* Steps g->step .. + count - 1, in whose middle nobody looks. */
static bool device_steps(struct group *g, int64_t count)
{
	struct mosaic_device_steps s = {.first = g->step, .count = count, .hyper = g->hyper, .keys = g->p->draws ? g->epoch_keys : NULL};
	size_t row = (size_t)g->p->optimizer.hyper_count * (size_t)g->p->lanes;
	double *rates = NULL;

	s.rates_change = set_rates(g, g->step);
	if (s.rates_change) {
		s.hyper = rates = trainer_alloc(row * (size_t)count, sizeof *rates);
		for (int64_t i = 0; i < count; i++) {
			set_rates(g, g->step + i);
			memcpy(rates + (size_t)i * row, g->hyper, row * sizeof *rates);
		}
	}
	bool ok = trainer_feed_steps(&g->feed[MOSAIC_TRAIN], s, true);
	free(rates);
	g->mirrored = false;
	return ok;
}

static bool train_epoch_on_device(struct group *g)
{
	int64_t batches = batches_of(g, MOSAIC_TRAIN);
	const struct mosaic_device *d = g->p->device;
	enum { RATES_MAX = 4096 };                       /* steps whose rates are sent at once */

	epoch_keys(g, g->epoch_keys);
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
			if ((trainer_stop || g->countdown <= 0) && !look_up(g))
				return false;
		}
	}
	return true;
}

static bool evaluate_on_device(struct group *g, enum mosaic_split split)
{
	struct mosaic_device_steps s = {.count = g->feed[split].batches, .hyper = g->hyper};

	memset(g->sums[split], 0, (size_t)g->p->column_count * (size_t)g->p->lanes * sizeof(double));
	if (!g->p->device->put_sums(g->sums[split]) || !trainer_feed_epoch(&g->feed[split], g->epoch) || !trainer_feed_steps(&g->feed[split], s, false) ||
		!g->p->device->get_sums(g->sums[split]))
		return device_failed(g);
	return !trainer_stop;
}

/* False when asked to stop; the epoch is then evaluated again after the resumption. */
static bool evaluate(struct group *g, enum mosaic_split split)
{
	struct trainer_loader *l = &g->loader[split];
	struct mosaic_step s = {.hyper = g->hyper, .sums = g->sums[split]};
	int inputs = 0;

	while (inputs < g->p->io_count && !g->p->ios[inputs].target)
		inputs++;
	s.inputs = l->at;
	s.targets = l->at + inputs;
	memset(s.sums, 0, (size_t)g->p->column_count * (size_t)g->p->lanes * sizeof *s.sums);
	trainer_loader_epoch(l, g->epoch);
	for (int64_t b = 0; b < l->batches; b++) {
		s.n = trainer_loader_batch(l, b);
		g->p->evaluate(&s);
		if (__builtin_expect(trainer_stop, 0))
			return false;
	}
	return true;
}

/* One row of the history: means over batches; accuracy in percent over samples. */
static void lane_row(const struct group *g, int lane, double *row)
{
	int columns = g->p->column_count;

	for (int s = 0; s < MOSAIC_SPLITS; s++) {
		if (s == MOSAIC_VALIDATION && !g->runs[0]->validation)
			continue;
		for (int c = 0; c < columns; c++) {
			double sum = g->sums[s][c * g->p->lanes + lane];
			int at = s == MOSAIC_VALIDATION ? 2 * columns + c : 2 * c + (s == MOSAIC_TEST);
			row[at] = strcmp(g->p->columns[c], "acc") == 0 ? 100 * sum / (double)samples_of(g, (enum mosaic_split)s) : sum / (double)batches_of(g, (enum mosaic_split)s);
		}
	}
}

static void lane_done(struct group *g, int lane)
{
	struct trainer_run *run = g->runs[lane];
	char why[WHY_SIZE];

	if (!mirror(g))
		return;
	/* The checkpoint last: where it is, the other files are. */
	if (trainer_models_write(g->p, run, lane, why, sizeof why) && trainer_history_write(g->p, run, why, sizeof why) &&
		trainer_checkpoint_save(g->p, run, lane, why, sizeof why))
		run->status = RUN_DONE;
	else
		trainer_run_fail(run, run->epoch, "%s", why);
	lane_ends(g, lane);
}

static void close_lane(struct group *g, int lane)
{
	static const char *const losses[] = {"train_loss", "test_loss", "validation_loss"};
	struct trainer_run *run = g->runs[lane];
	int columns = trainer_history_columns(g->p, run->validation);
	double row[columns];

	if (run->status == RUN_FAILED) {
		lane_ends(g, lane);
		return;
	}
	lane_row(g, lane, row);
	for (int i = 0; i < (run->validation ? 3 : 2); i++) {
		double loss = row[i < 2 ? i : 2 * g->p->column_count];
		if (!is_finite(loss)) {
			lane_diverged(g, lane, losses[i], loss);
			return;
		}
	}
	trainer_history_add(run, row, columns);
	run->epoch = g->epoch + 1;
	run->step = 0;
	memset(run->sums, 0, (size_t)g->p->column_count * sizeof *run->sums);
	trainer_report_epoch(g->report, run, run->epoch, row);
	if (run->early && !mirror(g))
		return;
	trainer_early_keep(g->p, run, lane);
	if (trainer_early_over(g->p, run) || run->epoch >= run->epochs)
		lane_done(g, lane);
}

/* With averaged weights in place of the trained ones, where there are any. */
static bool evaluate_all_on_device(struct group *g)
{
	bool averaged = trainer_averaged(g->p) != NULL;

	if (averaged && !mirror(g))
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

static bool evaluate_all(struct group *g)
{
	if (g->p->device)
		return evaluate_all_on_device(g);
	trainer_average_swap(g->p);
	bool ok = evaluate(g, MOSAIC_TEST) && (!g->runs[0]->validation || evaluate(g, MOSAIC_VALIDATION));
	trainer_average_swap(g->p);
	return ok;
}

static bool one_epoch(struct group *g)
{
	if (!(g->p->device ? train_epoch_on_device(g) : train_epoch(g)) || !evaluate_all(g))
		return false;
	for (int i = 0; i < g->count; i++)
		if (g->active[i])
			close_lane(g, i);
	g->epoch++;
	g->step = 0;
	memset(g->sums[MOSAIC_TRAIN], 0, (size_t)g->p->column_count * (size_t)g->p->lanes * sizeof(double));
	return !trainer_stop;
}

static void interrupt_lanes(struct group *g)
{
	char why[WHY_SIZE];

	if (any_active(g) && !mirror(g))
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
		lane_ends(g, i);
	}
}

/* First values, or those of a checkpoint or of given weights. */
static void lane_load(struct group *g, int lane)
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

static void group_open(struct group *g)
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
		lane_load(g, i);
	g->last_checkpoint = g->last_look = trainer_seconds();
	g->look_every = g->countdown = 1;
	for (int i = 0; i < g->count; i++) {
		double s = g->runs[i]->checkpoint;
		if (s > 0 && (g->interval == 0 || s < g->interval))
			g->interval = s;
	}
}

/* Memory and samples to the device. */
static void device_open(struct group *g)
{
	bool ok = trainer_device_put(g->p);

	g->mirrored = true;
	for (int s = 0; s < MOSAIC_SPLITS && ok; s++)
		if (s != MOSAIC_VALIDATION || g->runs[0]->validation)
			ok = trainer_feed_open(&g->feed[s], g->p, g->runs, (enum mosaic_split)s);
	if (!ok)
		device_failed(g);
}

static void group_close(struct group *g)
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

static void train_group(const struct mosaic_program *p, struct trainer_run **runs, int count, struct trainer_report *report)
{
	struct group g = {.p = p, .report = report, .count = count};
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
			lane_ends(&g, i);
		else if (trainer_early_over(p, runs[i]) || runs[i]->epoch >= runs[i]->epochs)
			lane_done(&g, i);
	}
	if (p->device && any_active(&g))
		device_open(&g);
	while (any_active(&g) && !trainer_stop) {
		if (!one_epoch(&g))
			break;
		if (--g.countdown <= 0 && !look_up(&g))
			break;
	}
	interrupt_lanes(&g);
	trainer_guard_doing(NULL, NULL, -1, -1);
	group_close(&g);
}

/* ---- which runs can share steps -------------------------------------------------------------------------------- */
static bool same_split(const mosaic_data *a, const mosaic_data *b, enum mosaic_split s)
{
	struct mosaic_batching x = a->split[s].batching, y = b->split[s].batching;

	return mosaic_samples(a, s) == mosaic_samples(b, s) && x.batch_size == y.batch_size && x.drop_last == y.drop_last && x.shuffle == y.shuffle;
}

static bool can_share(const struct trainer_run *a, const struct trainer_run *b)
{
	return a->epoch == b->epoch && a->step == b->step && same_split(a->data, b->data, MOSAIC_TRAIN) && same_split(a->data, b->data, MOSAIC_TEST) &&
		a->validation == b->validation && (!a->validation || same_split(a->data, b->data, MOSAIC_VALIDATION));
}

/* Runs that prepared the same data keep one copy of it. */
static void share_data(struct trainer_run **runs, int index)
{
	struct trainer_run *run = runs[index];

	for (int i = 0; i < index; i++) {
		if (run->streams || runs[i]->status == RUN_FAILED || runs[i]->data_shared || !runs[i]->data || strcmp(runs[i]->data_hash, run->data_hash) != 0)
			continue;
		mosaic_data_free(run->data);
		run->data = runs[i]->data;
		run->data_shared = true;
		return;
	}
}

static void prepare_run(const struct mosaic_program *p, struct trainer_run **runs, int index, struct trainer_report *report)
{
	struct trainer_run *run = runs[index];

	char why[WHY_SIZE];

	if (trainer_prepare(p, run, report) && !trainer_early_columns(p, run, why, sizeof why))
		trainer_run_fail(run, 0, "%s", why);
	if (run->status == RUN_FAILED || !trainer_checkpoint_open(p, run)) {
		trainer_report_end(report, run);
		return;
	}
	share_data(runs, index);
}

/* Not begun when the process was asked to stop: what is on the disk is still true. */
static void never_begun(struct trainer_run *run, struct trainer_report *report)
{
	run->status = RUN_INTERRUPTED;
	trainer_report_end(report, run);
}

static void train_chunk(const struct mosaic_program *p, struct trainer_run **runs, int count, struct trainer_report *report)
{
	for (int i = 0; i < count && !trainer_stop; i++)
		prepare_run(p, runs, i, report);
	trainer_signals_leave_at_once(NULL, -1);
	struct trainer_run **group = trainer_alloc((size_t)count, sizeof *group);
	for (int i = 0; i < count; i++) {
		int n = 0;
		if (runs[i]->status != RUN_WAITING)
			continue;
		if (trainer_stop) {
			never_begun(runs[i], report);
			continue;
		}
		for (int k = i; k < count; k++)
			if (runs[k]->status == RUN_WAITING && can_share(runs[i], runs[k]))
				group[n++] = runs[k];
		train_group(p, group, n, report);
	}
	free(group);
}

/* While data is prepared nothing is lost by ending at once; these are the lines that say so. */
static void leave_at_once_from(struct trainer_run **runs, int count, const struct trainer_report *report)
{
	char text[4096] = "";
	size_t n = 0;

	for (int i = 0; i < count && n < sizeof text - 64; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "interrupted\t%lld\t0\n", (long long)runs[i]->id);
	if (report->out)
		fflush(report->out);
	trainer_signals_leave_at_once(report->out ? text : "", report->out ? fileno(report->out) : -1);
}

static int train_all(const struct mosaic_program *p, struct trainer_run **runs, int count, struct trainer_report *report)
{
	int failed = 0, interrupted = 0;

	for (int first = 0; first < count; first += p->lanes) {
		int n = count - first < p->lanes ? count - first : p->lanes;
		if (!trainer_stop)
			leave_at_once_from(runs + first, count - first, report);
		train_chunk(p, runs + first, n, report);
		for (int i = first; i < first + n; i++) {
			failed += runs[i]->status == RUN_FAILED;
			interrupted += runs[i]->status == RUN_INTERRUPTED;
		}
		for (int i = first + n; i-- > first; runs[i] = NULL)
			trainer_run_free(runs[i]);
	}
	trainer_report_flush(report);
	if (interrupted)
		return EXIT_INTERRUPTED;
	return failed || report->lost ? EXIT_FAILED : 0;
}

int trainer_train(const struct mosaic_program *p, struct trainer_run **runs, int count, struct trainer_report *report)
{
	struct mosaic_program own;
	char why[WHY_SIZE];

	if (trainer_device_open(p, count, &own, why, sizeof why)) {
		int code = train_all(&own, runs, count, report);
		trainer_device_close(&own);
		return code;
	}
	for (int i = 0; i < count; i++) {              /* each of them: the launcher knows runs */
		trainer_run_fail(runs[i], 0, "%s", why);
		trainer_report_end(report, runs[i]);
	}
	trainer_report_flush(report);
	return EXIT_FAILED;
}
