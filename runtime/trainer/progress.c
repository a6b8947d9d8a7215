/* progress.c: the progress bar of a trainer that was started by hand on a terminal. */
#include "driver.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int terminal_width(void)
{
	struct winsize w;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col : 80;
}

static void duration_text(double seconds, char *out, size_t size)
{
	long s = seconds < 1e8 ? (long)(seconds + 0.5) : 0;

	if (s >= 3600)
		snprintf(out, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(out, size, "%ld:%02ld", s / 60, s % 60);
}

void trainer_progress_clear(struct trainer_report *r)
{
	if (r->bar && r->drawn > 0)
		fprintf(stderr, "\r%*s\r", terminal_width() - 1, "");
}

void trainer_progress_draw(struct trainer_report *r, double now, double part)
{
	enum { BAR = 24 };
	const struct trainer_run *run = r->run;
	char bar[BAR + 1], left[32] = "", losses[80] = "", line[400];
	double done = (double)run->epoch + part, all = (double)run->epochs, here = done - (double)r->first_epoch;
	int filled = all > 0 ? (int)(done / all * BAR) : BAR, columns = trainer_history_columns(r->program, run->validation);

	r->drawn = now;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < filled ? '=' : i == filled ? '>' : ' ';
	bar[BAR] = '\0';
	if (here > 0)
		duration_text((now - run->started) / here * (all - done), left, sizeof left);
	if (run->history_rows) {
		const double *row = run->history + (run->history_rows - 1) * columns;
		snprintf(losses, sizeof losses, "  train_loss %.3g  test_loss %.3g", row[0], row[1]);
	}
	int n = snprintf(line, sizeof line, "epoch %lld/%lld [%s] %3.0f%%%s  %s left", (long long)run->epoch, (long long)run->epochs, bar,
		all > 0 ? 100 * done / all : 100, losses, *left ? left : "?");
	int width = terminal_width() - 1;
	if (n > width)
		n = width;
	fprintf(stderr, "\r%s%.*s%s%*s", r->color ? "\x1b[36m" : "", n, line, r->color ? "\x1b[0m" : "", width - n, "");
	fflush(stderr);
}
