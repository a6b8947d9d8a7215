/* optimizer.c: the optimizer that [PROCESS] asks for, from the registry that the files of templates/optimizers/ make: its numbers, and what
** stands behind its own: clipping, the average of the weights, several batches a step. */
#include "emit.h"

#include <stdlib.h>
#include <string.h>

/* ---- what it has ---------------------------------------------------------------------------- */

int optimizer_hypers(const struct optimizer *o)
{
	int n = 0;
	while (n < HYPER_MAX && o->hyper[n].name)
		n++;
	return n;
}

int optimizer_row(const struct optimizer *o, const char *name)
{
	int row = 0;
	while (row < HYPER_MAX && o->hyper[row].name && strcmp(o->hyper[row].name, name) != 0)
		row++;
	return row;
}

int optimizer_states(const struct optimizer *o)
{
	int n = 0;
	while (n < STATE_MAX && o->per_param[n])
		n++;
	return n;
}

int optimizer_scalars(const struct optimizer *o)
{
	int n = 0;
	while (n < SCALARS_MAX && o->scalars[n].name)
		n++;
	return n;
}

/* Room for everything at once is a matter of the constants in op.h, not of anybody's config. */
static int place_in(int used, int most)
{
	if (used >= most)
		die("an optimizer has more than %d numbers or tensors of state", most);
	return used;
}

static void add_hyper(struct optimizer *o, const char *name, const char *value)
{
	o->hyper[place_in(optimizer_hypers(o), HYPER_MAX)] = (struct named_number){name, strtod(value, NULL)};
}

static void add_state(struct optimizer *o, const char *per_param)
{
	o->per_param[place_in(optimizer_states(o), STATE_MAX)] = per_param;
}

static void add_scalar(struct optimizer *o, const char *name)
{
	o->scalars[place_in(optimizer_scalars(o), SCALARS_MAX)] = (struct named_number){name, 0};
}

/* ---- which one ------------------------------------------------------------------------------ */

static const char *const clips[] = {"clip_grad_value", "clip_grad_norm"};

static const struct optimizer *chosen_optimizer(const struct module *process)
{
	const char *name = param_get(process, "optimizer");
	const struct optimizer *found = NULL;
	for (int i = 0; optimizer_registry[i]; i++) {
		const struct optimizer *o = optimizer_registry[i];
		if (strcmp(o->name, name ? name : "Adam") != 0)
			continue;
		const char *when = o->when ? param_get(process, o->when) : NULL;
		if (!o->when || (when && *when && (strtod(when, NULL) != 0 || strchr("tTyY", *when) || strcmp(when, "strong_wolfe") == 0)))
			found = o;
	}
	return found;
}

/* A key of [PROCESS] that has a value, or NULL. */
static const char *given(const struct module *process, const char *name)
{
	const char *text = param_get(process, name);
	return text && *text ? text : NULL;
}

const struct optimizer *optimizer_of(struct arena *a, const struct module *process)
{
	const struct optimizer *found = chosen_optimizer(process);
	if (!found)
		return NULL;
	struct optimizer with = *found;
	const char *history = given(process, "history_size"), *decay = given(process, "ema_decay"), *batches = given(process, "accumulate");
	for (int i = 0; i < 2 && !with.solver; i++)
		if (given(process, clips[i]))
			add_hyper(&with, clips[i], given(process, clips[i]));
	if (with.history && history)
		with.history = (int)strtol(history, NULL, 10);
	if (decay) {
		add_hyper(&with, "ema_decay", decay);
		add_state(&with, "ema");
		add_scalar(&with, "ema_steps");
	}
	if (batches && !with.solver && strtol(batches, NULL, 10) > 1) {    /* compiled in, since runs in lanes step together */
		with.accumulate = (int)strtol(batches, NULL, 10);
		add_state(&with, "accumulated");
	}
	bool same = with.history == found->history && !with.accumulate && optimizer_hypers(&with) == optimizer_hypers(found);
	struct optimizer *copy = same ? NULL : arena_alloc(a, sizeof *copy);
	if (!copy)
		return found;
	*copy = with;
	return copy;
}

/* ---- what a program does with it ------------------------------------------------------------ */

int optimizer_average(const struct optimizer *o, int *scalar)
{
	for (int i = 0; i < SCALARS_MAX && o->scalars[i].name; i++)
		if (strcmp(o->scalars[i].name, "ema_steps") == 0)
			*scalar = i;
	for (int i = 0; i < HYPER_MAX && o->hyper[i].name; i++)
		if (strcmp(o->hyper[i].name, "ema_decay") == 0)
			return i;
	return -1;
}

int optimizer_clip(const struct optimizer *o, int *row)
{
	int mask = 0;
	for (int k = 0; k < HYPER_MAX && o->hyper[k].name; k++)
		for (int i = 0; i < 2; i++)
			if (strcmp(o->hyper[k].name, clips[i]) == 0) {
				row[i] = k;
				mask |= 1 << i;
			}
	return mask;
}

void optimizer_hash(const struct optimizer *o, struct text *out)
{
	int row[2], scalar;
	text_printf(out, "optimizer %s\n", o->body);
	if (optimizer_clip(o, row))
		text_printf(out, "clip %d\n", optimizer_clip(o, row));
	if (optimizer_average(o, &scalar) >= 0)
		text_add(out, "average\n");
	if (o->accumulate)
		text_printf(out, "accumulate %d\n", o->accumulate);
	if (o->history)
		text_printf(out, "history %d\n", o->history);
}

/* A number of [PROCESS] for a hyperparameter: betas holds two, nesterov is a yes or no. */
double optimizer_setting(const struct optimizer *o, const struct module *process, const char *name)
{
	double fallback = 0, a, b;
	for (int i = 0; i < HYPER_MAX && o->hyper[i].name; i++)
		if (strcmp(o->hyper[i].name, name) == 0)
			fallback = o->hyper[i].value;
	if (strncmp(name, "beta", 4) == 0) {
		const char *betas = param_get(process, "betas");
		if (!betas || sscanf(betas, " [ %lf , %lf", &a, &b) != 2)
			return fallback;
		return name[4] == '1' ? a : b;
	}
	const char *text = param_get(process, name);
	if (!text || !*text)
		return fallback;
	if (strchr("tTyY", *text))
		return 1;
	return strtod(text, NULL);
}
