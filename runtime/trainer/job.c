/* job.c: the blocks of lines by which the launcher says what to train (doc/design.md, "A job"). */
#include "driver.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>


enum { RUNS_MAX = 1 << 20, LINE_BYTES_MAX = 1 << 26 };

struct reader { const struct mosaic_program *p; const char *name; long line; struct trainer_job *job; struct trainer_run *run; };

__attribute__((format(printf, 2, 3))) static bool wrong(const struct reader *r, const char *format, ...)
{
	va_list ap;
	char message[512];

	va_start(ap, format);
	vsnprintf(message, sizeof message, format, ap);
	va_end(ap);
	for (char *c = message; *c; c++)           /* a file that is no job must not drive the terminal */
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 127)
			*c = '?';
	fprintf(stderr, "%s:%ld: error: %s\n", r->name, r->line, message);
	return false;
}

static bool begin(struct reader *r, const char *value)
{
	int64_t id;

	if (r->run)
		return wrong(r, "'run' before the 'end' of run %lld", (long long)r->run->id);
	if (!trainer_integer(value, 0, INT64_MAX, &id))
		return wrong(r, "'%s' is not the id of a run", value);
	for (int i = 0; i < r->job->count; i++)
		if (r->job->runs[i]->id == id)
			return wrong(r, "run %lld stands twice in the job", (long long)id);
	if (r->job->count == RUNS_MAX)
		return wrong(r, "more than %d runs in a job", RUNS_MAX);
	r->run = trainer_run_new(r->p);
	r->run->id = id;
	r->run->checkpoint = 60;
	r->job->runs = trainer_grow(r->job->runs, &r->job->cap, r->job->count, sizeof *r->job->runs);
	r->job->runs[r->job->count++] = r->run;
	return true;
}

/* A setting that is not known fails its run later, with a message there: the other runs of the job are not to blame. */
static bool set(struct reader *r, char *value)
{
	char *blank = strchr(value, ' ');

	if (!blank || blank == value)
		return wrong(r, "'set' needs a name and a value");
	*blank = '\0';
	trainer_pairs_set(&r->run->pool, &r->run->set, value, blank + 1);
	return true;
}

static bool take_line(struct reader *r, char *line)
{
	char *value = strchr(line, ' ');
	struct trainer_run *run = r->run;
	double seconds;

	if (value)
		*value++ = '\0';
	else
		value = line + strlen(line);
	if (strcmp(line, "run") == 0)
		return begin(r, value);
	if (!run)
		return wrong(r, "'%s' outside of a block; a block starts with 'run ID'", line);
	if (strcmp(line, "end") == 0) {
		r->run = NULL;
		return true;
	}
	if (strcmp(line, "set") == 0)
		return set(r, value);
	if (strcmp(line, "resume") == 0)
		return run->resume = true;
	if (!*value)
		return wrong(r, "'%s' is not known, or lacks its value", line);
	if (strcmp(line, "dir") == 0)
		run->dir = trainer_pool_strdup(&run->pool, value);
	else if (strcmp(line, "log") == 0)
		run->log = trainer_pool_strdup(&run->pool, value);
	else if (strcmp(line, "weights") == 0)
		run->weights = trainer_pool_strdup(&run->pool, value);
	else if (strcmp(line, "checkpoint") != 0)
		return wrong(r, "'%s' is not known; run, set, dir, log, weights, checkpoint, resume, end are", line);
	else if (!trainer_number(value, &seconds) || seconds < 0)
		return wrong(r, "checkpoint: '%s' is not a number of seconds", value);
	else
		run->checkpoint = seconds;
	return true;
}

static bool keep_comment(struct reader *r, const char *line, size_t n)
{
	enum { COMMENTS_MAX = 1 << 28 };
	struct trainer_job *job = r->job;

	if (job->comment_bytes + n + 2 > COMMENTS_MAX)
		return wrong(r, "more than %d bytes of comments", COMMENTS_MAX);
	if (job->comment_bytes + n + 2 > job->comment_cap) {
		size_t cap = 2 * (job->comment_bytes + n + 2);
		char *more = trainer_alloc(cap, 1);
		if (job->comment_bytes)
			memcpy(more, job->comments, job->comment_bytes);
		free(job->comments);
		job->comments = more;
		job->comment_cap = cap;
	}
	memcpy(job->comments + job->comment_bytes, line, n);
	job->comment_bytes += n;
	job->comments[job->comment_bytes++] = '\n';
	return true;
}

/* The next line without its end, at most LINE_BYTES_MAX long; false at the end of the file, or after a message: `*ok` tells. */
static bool next_line(struct reader *r, FILE *in, char **line, size_t *cap, bool *ok)
{
	size_t n = 0;
	int c;

	r->line++;
	while ((c = getc(in)) != EOF && c != '\n') {
		if (!c)
			return *ok = wrong(r, "a zero byte");
		if (n == LINE_BYTES_MAX)
			return *ok = wrong(r, "a line of more than %d bytes", LINE_BYTES_MAX);
		if (n + 1 >= *cap) {
			*cap = *cap ? 2 * *cap : 4096;
			if (!(*line = realloc(*line, *cap)))
				return *ok = wrong(r, "no memory for a line of this length");
		}
		(*line)[n++] = (char)c;
	}
	if (c == EOF && !n)
		r->line--;
	if (*line)
		(*line)[n] = '\0';
	return c != EOF || n;
}

bool trainer_job_read(const struct mosaic_program *p, FILE *in, const char *name, struct trainer_job *job)
{
	struct reader r = {p, name, 0, job, NULL};
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;

	while (ok && next_line(&r, in, &line, &cap, &ok))
		if (line && *line == '#')
			ok = keep_comment(&r, line, strlen(line));
		else if (line && *line)
			ok = take_line(&r, line);
	free(line);
	if (ok && ferror(in))
		ok = wrong(&r, "cannot read: %s", strerror(errno));
	if (ok && r.run)
		ok = wrong(&r, "the block of run %lld has no 'end'", (long long)r.run->id);
	if (ok && !job->count)
		ok = wrong(&r, "no run in the job");
	return ok;
}

void trainer_job_free(struct trainer_job *job)
{
	for (int i = 0; i < job->count; i++)
		trainer_run_free(job->runs[i]);
	free(job->runs);
	free(job->comments);
	*job = (struct trainer_job){0};
}
