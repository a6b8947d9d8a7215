/* report.c: the lines that tell the launcher, or whoever reads a pipe, how the runs go (doc/design.md, "A job"). */
#include "driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void escape(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '\\': fputs("\\\\", out); break;
		case '\n': fputs("\\n", out); break;
		case '\t': fputs("\\t", out); break;
		case '\r': break;
		default: putc(*text, out);
		}
}

/* When nobody reads any more, training on would lose work: stop, with checkpoints. */
void trainer_report_flush(struct trainer_report *r)
{
	if (!r->out || r->lost)
		return;
	if (fflush(r->out) == 0 && !ferror(r->out))
		return;
	r->lost = true;
	trainer_stop = 1;
	fprintf(stderr, "error: cannot write reports: %s; stopping\n", strerror(errno));
}

static void report_columns(struct trainer_report *r, bool validation)
{
	int columns = trainer_history_columns(r->program, validation);

	if (!r->out || r->columns == columns)
		return;
	r->columns = columns;
	fputs("columns", r->out);
	for (int c = 0; c < columns; c++) {
		char *name = trainer_history_column(r->program, c);
		fprintf(r->out, "\t%s", name);
		free(name);
	}
	putc('\n', r->out);
}

/* Epochs before a resumed run's place are told again: the reader may have lost them. */
void trainer_report_start(struct trainer_report *r, struct trainer_run *run)
{
	int columns = trainer_history_columns(r->program, run->validation);

	r->run = run;
	r->first_epoch = run->epoch;
	if (!r->out)
		return;
	report_columns(r, run->validation);
	fprintf(r->out, "start\t%lld\t%lld\t%s\n", (long long)run->id, (long long)trainer_parameter_count(r->program), run->data_hash);
	for (int64_t e = 0; e < run->history_rows; e++)
		trainer_report_epoch(r, run, e + 1, run->history + e * columns);
	trainer_report_flush(r);
}

static char *put_integer(char *to, int64_t value)
{
	char digits[24];
	int n = 0;
	uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	if (value < 0)
		*to++ = '-';
	while (n)
		*to++ = digits[--n];
	return to;
}

void trainer_report_epoch(struct trainer_report *r, const struct trainer_run *run, int64_t epoch, const double *row)
{
	int columns = trainer_history_columns(r->program, run->validation);
	char line[64], number[33], *to = line;

	if (!r->out)
		return;
	memcpy(to, "epoch\t", 6);
	to = put_integer(to + 6, run->id);
	*to++ = '\t';
	to = put_integer(to, epoch);
	fwrite_unlocked(line, 1, (size_t)(to - line), r->out);
	for (int c = 0; c < columns; c++) {
		int n = trainer_number_text(row[c], number + 1) + 1;
		number[0] = '\t';
		fwrite_unlocked(number, 1, (size_t)n, r->out);
	}
	putc_unlocked('\n', r->out);
}

void trainer_report_checkpoint(struct trainer_report *r, const struct trainer_run *run)
{
	if (!r->out)
		return;
	fprintf(r->out, "checkpoint\t%lld\t%lld\n", (long long)run->id, (long long)run->epoch);
	trainer_report_flush(r);
}

/* Why the run ended before its epochs, and its best epoch. */
static void end_details(struct trainer_report *r, const struct trainer_run *run)
{
	struct trainer_best best;
	char rule[512], reason[512];

	if (trainer_early_stopped(run)) {
		trainer_early_rule(run, rule, sizeof rule);
		trainer_early_reason(run, reason, sizeof reason);
		fprintf(r->out, "stopped\t%lld\t%lld\t", (long long)run->id, (long long)run->epoch);
		escape(r->out, rule);
		putc('\t', r->out);
		escape(r->out, reason);
		putc('\n', r->out);
	}
	if (trainer_early_kept(run, &best))
		fprintf(r->out, "best\t%lld\t%lld\t%s\t%.9g\n", (long long)run->id, (long long)best.epoch, best.column, best.value);
}

static void end_line(struct trainer_report *r, const struct trainer_run *run, double seconds)
{
	switch (run->status) {
	case RUN_DONE:
		end_details(r, run);
		fprintf(r->out, "done\t%lld\t%lld\t%.6f\n", (long long)run->id, (long long)run->epoch, seconds);
		break;
	case RUN_FAILED:
		fprintf(r->out, "failed\t%lld\t%lld\t", (long long)run->id, (long long)run->failed_epoch);
		escape(r->out, run->failure);
		putc('\n', r->out);
		break;
	case RUN_INTERRUPTED:
		fprintf(r->out, "interrupted\t%lld\t%lld\n", (long long)run->id, (long long)run->epoch);
		break;
	case RUN_WAITING:
		break;
	}
	trainer_report_flush(r);
}

/* For people: one line at the end, with the files. */
static void end_summary(struct trainer_report *r, const struct trainer_run *run, double seconds)
{
	int columns = trainer_history_columns(r->program, run->validation);
	struct trainer_best best;
	char reason[512];

	if (run->status == RUN_DONE) {
		fprintf(stderr, "%lld epochs in %.2f s:", (long long)run->epoch, seconds);
		for (int c = 0; run->history_rows && c < columns; c++) {
			char *name = trainer_history_column(r->program, c);
			fprintf(stderr, " %s %.4g", name, run->history[(run->history_rows - 1) * columns + c]);
			free(name);
		}
		if (trainer_early_stopped(run)) {
			trainer_early_reason(run, reason, sizeof reason);
			fprintf(stderr, "\nstopped early: %s", reason);
		}
		if (trainer_early_kept(run, &best))
			fprintf(stderr, "\nbest: epoch %lld, %s %.6g; its parameters are kept, predict uses them", (long long)best.epoch, best.column, best.value);
		fprintf(stderr, "\nwritten: %s/checkpoint_%lld.safetensors, model_*_%lld.safetensors, history_%lld.csv\n", run->dir, (long long)run->id,
			(long long)run->id, (long long)run->id);
	} else if (run->status == RUN_INTERRUPTED) {
		fprintf(stderr, "interrupted in epoch %lld; --resume goes on from %s/checkpoint_%lld.safetensors\n", (long long)run->epoch + 1, run->dir,
			(long long)run->id);
	}
}

void trainer_report_end(struct trainer_report *r, struct trainer_run *run)
{
	double seconds = run->seconds_before + trainer_seconds() - run->started;

	trainer_progress_clear(r);
	if (run->by_hand && run->status == RUN_FAILED)
		fprintf(stderr, "error: %s%s\n", run->failed_epoch ? "training failed: " : "", run->failure);
	if (r->bar)
		end_summary(r, run, seconds);
	if (r->out)
		end_line(r, run, seconds);
}

void trainer_report_tick(struct trainer_report *r, double now, double part)
{
	if (r->bar && now - r->drawn > 0.1)
		trainer_progress_draw(r, now, part);
	if (now - r->flushed > 0.1) {
		r->flushed = now;
		trainer_report_flush(r);
	}
}
