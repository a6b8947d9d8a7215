/* progress.c: one line at the bottom of a terminal: how many runs, how much of the work, how long it may still take.
** On a pipe there is none of it. */
#include "launcher.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const double redraw_seconds = 0.25;

void duration_text(double seconds, char out[32])
{
	long s = seconds > 0 && seconds < 1e9 ? lround(seconds) : 0;
	if (seconds < 10)
		snprintf(out, 32, "%.2f s", seconds);
	else if (s < 60)
		snprintf(out, 32, "%ld s", s);
	else if (s < 3600)
		snprintf(out, 32, "%ld min %02ld s", s / 60, s % 60);
	else
		snprintf(out, 32, "%ld h %02ld min", s / 3600, s / 60 % 60);
}

/* Seconds of one core that a run costs as far as mosaicc knows; else every epoch counts alike. */
static double epoch_weight(const struct launcher *l, const struct run *r)
{
	const struct pipeline *p = &l->sweep.pipelines[r->pipeline];
	return p->program < 0 ? 0 : p->seconds_per_epoch > 0 ? p->seconds_per_epoch : 1e-3;
}

static double work_done(const struct launcher *l)
{
	double sum = 0;
	for (int i = 0; i < l->plan.count; i++) {
		const struct run *r = &l->plan.runs[i];
		int asked = run_until(r);
		bool ended = r->state != RUN_WAITING && r->state != RUN_RUNNING;
		sum += epoch_weight(l, r) * (ended || r->measure.epochs > asked ? asked : r->measure.epochs);
	}
	return sum;
}

void progress_plan(struct launcher *l)
{
	l->progress.work = 0;
	for (int i = 0; i < l->plan.count; i++)
		l->progress.work += epoch_weight(l, &l->plan.runs[i]) * run_until(&l->plan.runs[i]);
}

void progress_begin(struct launcher *l)
{
	struct progress *p = &l->progress;
	p->started = now();
	p->on = terminal_cursor(stdout) && terminal_cursor(stderr);
	progress_plan(l);
}

void progress_clear(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	p->shown = false;
}

void progress_draw(struct launcher *l)
{
	struct progress *p = &l->progress;
	double t = now();
	if (!p->on || (p->shown && t - p->drawn < redraw_seconds))
		return;
	bool color = terminal_colors(stderr);
	double done = p->work > 0 ? work_done(l) / p->work : 0;
	struct winsize size = {.ws_col = 80};
	char left[32] = "", line[256];
	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	if (done > 0.001)
		duration_text((t - p->started) * (1 - done) / done, left);
	int n = snprintf(line, sizeof line, "[%d/%d] %.0f %%  %d running  %d failed%s%s", l->done + l->failed + l->stopped, l->total, 100 * done,
		l->running, l->failed, *left ? "  left: " : "", left);
	if (size.ws_col > 1 && n >= size.ws_col)
		line[size.ws_col - 1] = '\0';
	fprintf(stderr, "\r\033[K%s%s%s", color ? (l->failed ? "\033[31m" : "\033[32m") : "", line, color ? "\033[0m" : "");
	fflush(stderr);
	p->shown = true;
	p->drawn = t;
}
