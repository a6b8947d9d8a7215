/* run.c: a run as the driver sees it: settings, place in the training, history, failure. */
#include "driver.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double trainer_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct trainer_run *trainer_run_new(const struct mosaic_program *p)
{
	struct trainer_run *run = trainer_alloc(1, sizeof *run);

	run->id = 1;
	run->dir = ".";
	run->hyper = trainer_alloc((size_t)p->optimizer.hyper_count, sizeof *run->hyper);
	run->sums = trainer_alloc((size_t)p->column_count, sizeof *run->sums);
	run->selves = trainer_alloc((size_t)p->data_class_count, sizeof *run->selves);
	return run;
}

void trainer_run_free(struct trainer_run *run)
{
	if (!run)
		return;
	if (!run->data_shared)
		mosaic_data_free(run->data);
	trainer_info_free(&run->info.infos);
	st_close(run->checkpoint_file);
	trainer_early_free(run->early);
	free(run->hyper);
	free(run->sums);
	free(run->selves);
	free(run->history);
	free(run->failure);
	free(run->set.at);
	free(run->facts.at);
	free(run->inputs.at);
	trainer_pool_free(&run->pool);
	free(run);
}

void trainer_run_note(const struct trainer_run *run, const char *format, ...)
{
	char text[4096 + 64];
	va_list ap;
	int n = snprintf(text, sizeof text, "run %lld: ", (long long)run->id);

	va_start(ap, format);
	int more = vsnprintf(text + n, sizeof text - (size_t)n - 1, format, ap);
	va_end(ap);
	n = more < (int)sizeof text - n - 1 ? n + more : (int)sizeof text - 2;
	text[n++] = '\n';
	int fd = run->log ? trainer_log_open(run->log) : -1;
	if (write(fd < 0 ? STDERR_FILENO : fd, text, (size_t)n) < 0)
		n = 0;                         /* there is no other place to say it */
	if (fd >= 0)
		close(fd);
}

void trainer_run_fail(struct trainer_run *run, int64_t epoch, const char *format, ...)
{
	char message[4096];
	va_list ap;

	if (run->status == RUN_FAILED)
		return;
	va_start(ap, format);
	vsnprintf(message, sizeof message, format, ap);
	va_end(ap);
	run->status = RUN_FAILED;
	run->failed_epoch = epoch;
	run->failure = trainer_strdup(message);
	if (run->log)
		trainer_run_note(run, "error: %s", message);
}

void trainer_history_add(struct trainer_run *run, const double *row, int columns)
{
	if (run->history_rows == run->history_cap) {
		run->history_cap = run->history_cap ? run->history_cap * 2 : 64;
		size_t bytes = sizeof *row;
		if (!trainer_multiply(&bytes, columns) || !trainer_multiply(&bytes, run->history_cap) || !(run->history = realloc(run->history, bytes))) {
			fputs("error: not enough memory for the history\n", stderr);
			exit(EXIT_FAILED);
		}
	}
	memcpy(run->history + run->history_rows++ * columns, row, (size_t)columns * sizeof *row);
}

char *trainer_run_path(const struct trainer_run *run, const char *stem, const char *suffix)
{
	char *path;

	if (asprintf(&path, "%s/%s_%lld.%s", run->dir, stem, (long long)run->id, suffix) < 0)
		return trainer_alloc(1, 1);
	return path;
}

void trainer_pairs_set(struct trainer_pool *pool, struct trainer_pairs *pairs, const char *name, const char *value)
{
	for (int i = 0; i < pairs->count; i++)
		if (strcmp(pairs->at[i].name, name) == 0) {
			pairs->at[i].value = trainer_pool_strdup(pool, value);
			return;
		}
	pairs->at = trainer_grow(pairs->at, &pairs->cap, pairs->count, sizeof *pairs->at);
	const char *own = trainer_pool_strdup(pool, name);
	pairs->at[pairs->count++] = (struct trainer_pair){own, trainer_pool_strdup(pool, value)};
}

const char *trainer_pairs_get(const struct trainer_pairs *pairs, const char *name)
{
	for (int i = 0; i < pairs->count; i++)
		if (strcmp(pairs->at[i].name, name) == 0)
			return pairs->at[i].value;
	return NULL;
}
