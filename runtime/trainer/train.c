/* train.c: trains a job's runs: prepares up to `lanes` of them at a time, puts those that can share steps into one group (group.c), and
** adds up what became of them. */
#include "group.h"

#include <stdlib.h>
#include <string.h>

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
		trainer_group_train(p, group, n, report);
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
