/* early.c: when a run has trained enough (early_stopping), and the parameters of its best epoch (keep_best). Both look at one column of
** the history. Whether to stop follows from the history alone, so that a resumed run, or one that is given more patience, needs no state;
** the parameters that are kept are in the checkpoint. Nothing here changes a number of the training. */
#include "driver.h"

#include <stdlib.h>
#include <string.h>

/* A column and which of its values are better. */
struct watched { const char *text, *name; bool larger; int at; };

struct trainer_early {
	struct watched stop, keep;             /* name NULL: not asked for */
	const char *patience_text, *delta_text;
	int64_t patience;
	double min_delta;
	/* What the first `seen` rows of the history say. */
	int64_t seen, best_epoch, stopped_epoch;
	double best;
	/* The kept parameters: [params_reals], of one lane. kept_epoch 0: none yet. */
	void *kept;
	int64_t kept_epoch;
	double kept_value;
};

static const char *const keys[] = {"early_stopping", "early_stopping_patience", "min_delta", "keep_best"};

bool trainer_early_key(const char *name)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(name, keys[i]) == 0)
			return true;
	return false;
}

void trainer_early_free(struct trainer_early *e)
{
	if (e)
		free(e->kept);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

/* "test_loss", "max test_f1", "min test_loss": accuracies are better when larger, all else when smaller. */
static bool read_watched(struct trainer_run *run, const char *key, const char *text, struct watched *out, char *why, size_t size)
{
	const char *name = text;
	bool max = strncmp(text, "max ", 4) == 0, min = strncmp(text, "min ", 4) == 0;

	if (max || min)
		name += 4 + strspn(text + 4, " ");
	size_t n = strlen(name);
	if (!n || strchr(name, ' ')) {
		snprintf(why, size, "%s: '%s' is no column of the history, such as test_loss or max test_acc", key, text);
		return false;
	}
	bool accuracy = n > 4 && strcmp(name + n - 4, "_acc") == 0;
	*out = (struct watched){trainer_pool_strdup(&run->pool, text), trainer_pool_strdup(&run->pool, name), max || (accuracy && !min), -1};
	return true;
}

/* "none" and nothing at all are the same: so that a command line can turn off what the configuration asks for. */
static bool asked(const char *text)
{
	return text && *text && strcmp(text, "none") != 0;
}

bool trainer_early_read(const struct mosaic_program *p, struct trainer_run *run, trainer_setting_of *get, char *why, size_t size)
{
	const char *stop = get(p, run, "early_stopping"), *keep = get(p, run, "keep_best");
	const char *patience = get(p, run, "early_stopping_patience"), *delta = get(p, run, "min_delta");

	if (!asked(stop) && !asked(keep))
		return true;
	struct trainer_early *e = trainer_pool_alloc(&run->pool, 1, sizeof *e);
	*e = (struct trainer_early){.patience_text = trainer_pool_strdup(&run->pool, patience ? patience : "10"),
		.delta_text = trainer_pool_strdup(&run->pool, delta ? delta : "0")};
	if (asked(stop) && !read_watched(run, "early_stopping", stop, &e->stop, why, size))
		return false;
	if (asked(keep) && !read_watched(run, "keep_best", keep, &e->keep, why, size))
		return false;
	if (!trainer_integer(e->patience_text, 0, 1000000000, &e->patience)) {
		snprintf(why, size, "early_stopping_patience: '%s' is not an integer from 0 to 1000000000", e->patience_text);
		return false;
	}
	if (!trainer_number(e->delta_text, &e->min_delta) || e->min_delta < 0) {
		snprintf(why, size, "min_delta: '%s' is not a number of at least 0", e->delta_text);
		return false;
	}
	run->early = e;
	return true;
}

static bool find_column(const struct mosaic_program *p, const struct trainer_run *run, const char *key, struct watched *w, char *why, size_t size)
{
	int columns = trainer_history_columns(p, run->validation);
	char *names[columns];

	if (!w->name)
		return true;
	for (int c = 0; c < columns; c++) {
		names[c] = trainer_history_column(p, c);
		if (strcmp(names[c], w->name) == 0)
			w->at = c;
	}
	if (w->at < 0) {
		const char *near = trainer_nearest(w->name, (const char *const *)names, columns);
		size_t n = (size_t)snprintf(why, size, "%s: there is no column '%s'%s%s%s; there are", key, w->name, near ? "; did you mean '" : "", near ? near : "",
			near ? "'?" : "");
		for (int c = 0; c < columns && n < size; c++)
			n += (size_t)snprintf(why + n, size - n, "%s %s", c ? "," : "", names[c]);
		if (n < size && strncmp(w->name, "validation_", 11) == 0 && !run->validation)
			snprintf(why + n, size - n, " (the data has no validation part)");
	}
	for (int c = 0; c < columns; c++)
		free(names[c]);
	return w->at >= 0;
}

bool trainer_early_columns(const struct mosaic_program *p, struct trainer_run *run, char *why, size_t size)
{
	struct trainer_early *e = run->early;

	return !e || (find_column(p, run, "early_stopping", &e->stop, why, size) && find_column(p, run, "keep_best", &e->keep, why, size));
}

/* ---- stopping --------------------------------------------------------------------------------------- */

static double value_of(const struct mosaic_program *p, const struct trainer_run *run, const struct watched *w, int64_t row)
{
	return run->history[row * trainer_history_columns(p, run->validation) + w->at];
}

/* NaN is better than nothing, and nothing is worse than it. */
static bool better(const struct watched *w, double value, double than, double by)
{
	return w->larger ? value > than + by : value < than - by;
}

/* As Keras and Lightning count: an epoch is better when it is so by more than min_delta; after `patience` epochs in a row that are not, and
** one at least, it is enough. */
bool trainer_early_over(const struct mosaic_program *p, struct trainer_run *run)
{
	struct trainer_early *e = run->early;

	if (!e || !e->stop.name || run->step)
		return false;
	for (; e->seen < run->history_rows && !e->stopped_epoch; e->seen++) {
		double value = value_of(p, run, &e->stop, e->seen);
		if (value == value && (!e->best_epoch || better(&e->stop, value, e->best, e->min_delta))) {
			e->best = value;
			e->best_epoch = e->seen + 1;
		} else if (e->seen + 1 - e->best_epoch >= e->patience) {
			e->stopped_epoch = e->seen + 1;
		}
	}
	return e->stopped_epoch > 0;
}

bool trainer_early_stopped(const struct trainer_run *run)
{
	return run->early && run->early->stopped_epoch > 0 && run->early->stopped_epoch <= run->epoch;
}

/* The launcher writes the same from the settings of a pipeline, to see whether what stopped a run still holds. */
void trainer_early_rule(const struct trainer_run *run, char *out, size_t size)
{
	const struct trainer_early *e = run->early;

	snprintf(out, size, "early_stopping=%s early_stopping_patience=%s min_delta=%s", e->stop.text, e->patience_text, e->delta_text);
}

void trainer_early_reason(const struct trainer_run *run, char *out, size_t size)
{
	const struct trainer_early *e = run->early;
	int64_t waited = e->stopped_epoch - e->best_epoch;
	char by[64] = "";

	if (e->min_delta > 0)
		snprintf(by, sizeof by, " by more than %g", e->min_delta);
	if (e->best_epoch)
		snprintf(out, size, "%s has not got better than %.6g of epoch %lld%s for %lld epoch%s", e->stop.name, e->best, (long long)e->best_epoch, by,
			(long long)waited, waited == 1 ? "" : "s");
	else
		snprintf(out, size, "%s was not a number for %lld epoch%s", e->stop.name, (long long)waited, waited == 1 ? "" : "s");
}

/* ---- the best epoch ----------------------------------------------------------------------------------- */

static void copy_lane(const struct mosaic_program *p, void *to, int lane)
{
	for (size_t i = 0; i < p->params_reals; i++) {
		size_t at = i * (size_t)p->lanes + (size_t)lane;
		if (p->real_bytes == 8)
			((double *)to)[i] = ((const double *)p->params)[at];
		else
			((float *)to)[i] = ((const float *)p->params)[at];
	}
}

/* The first of equal ones stays. */
void trainer_early_keep(const struct mosaic_program *p, struct trainer_run *run, int lane)
{
	struct trainer_early *e = run->early;

	if (!e || !e->keep.name || !run->history_rows)
		return;
	double value = value_of(p, run, &e->keep, run->history_rows - 1);
	if (value != value || (e->kept_epoch && !better(&e->keep, value, e->kept_value, 0)))
		return;
	if (!e->kept)
		e->kept = trainer_alloc(p->params_reals, (size_t)p->real_bytes);
	trainer_average_swap(p);               /* those that were evaluated */
	copy_lane(p, e->kept, lane);
	trainer_average_swap(p);
	e->kept_epoch = run->history_rows;
	e->kept_value = value;
}

bool trainer_early_kept(const struct trainer_run *run, struct trainer_best *out)
{
	const struct trainer_early *e = run->early;

	if (!e || !e->kept_epoch)
		return false;
	*out = (struct trainer_best){e->keep.text, e->keep.name, e->kept_epoch, e->kept_value, e->kept};
	return true;
}

/* What a checkpoint kept, when it was kept by the same column; the caller fills the memory. NULL: another column, or none is wanted. */
void *trainer_early_restore(const struct mosaic_program *p, struct trainer_run *run, const char *by, int64_t epoch)
{
	struct trainer_early *e = run->early;

	if (!e || !e->keep.name || strcmp(by, e->keep.text) != 0 || epoch < 1 || epoch > run->history_rows)
		return NULL;
	if (!e->kept)
		e->kept = trainer_alloc(p->params_reals, (size_t)p->real_bytes);
	e->kept_epoch = epoch;
	e->kept_value = value_of(p, run, &e->keep, epoch - 1);
	return e->kept;
}
