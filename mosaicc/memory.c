/* memory.c: whether a trainer's memory fits in a program. All of it is static, and static programs reach 2 GiB. Needs traced graphs and
** lanes; looks at sizes only, so that even networks far too large are refused at once. */
#include "build.h"

static const double ROOM = 2147483648.0 - (64 << 20);     /* the rest is code, libraries, buffers */

static double count_of(const struct shape *s)             /* as a double: products of sizes may exceed 64 bits */
{
	double count = 1;
	for (int i = 0; i < s->rank; i++)
		count *= (double)s->dim[i];
	return count;
}

/* Every value of a graph, as if none shared its memory. */
static double all_values(const struct graph *g)
{
	double count = 0;
	for (int i = 0; i < g->nodes.count; i++)
		count += g->nodes.at[i]->kind == NODE_OP ? count_of(&g->nodes.at[i]->shape) : 0;
	return count;
}

double planned_values(const struct plan *p)
{
	double count = 0;
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (PLAN(p, n)->home == HOME_ACT && PLAN(p, n)->root == n && !PLAN(p, n)->shared)
			count += count_of(&n->shape);
	}
	int64_t shared;
	for (int place = 1; (shared = plan_place_size(p, place)) > 0; place++)
		count += (double)shared;
	return count;
}

/* Weights, their gradients and what the optimizer keeps of each. */
static double weights(const struct program *pr)
{
	int copies = 2;
	for (int i = 0; i < STATE_MAX && pr->optimizer->per_param[i]; i++)
		copies++;
	double n = (double)pr->nb_params, doubles = !pr->optimizer->solver ? 0 : pr->optimizer->history ? 2.0 * pr->optimizer->history + 7 : 2 * n + 4;
	return n * (copies + 2 * doubles);         /* a double as two floats */
}

/* Bytes of `struct training`; exact where it is near the limit, an upper bound where it is far below. */
static double training_bytes(struct build *b, struct program *pr)
{
	enum { BACKWARD = 4 };                 /* the way back has at most about three values for each of the way there */
	struct arena a = {0};
	struct emission e;
	emission_begin(b, &a, pr, &e);
	double bytes = (e.train->float64 ? 8.0 : 4.0) * pr->lanes, fixed = weights(pr);
	double values = BACKWARD * all_values(e.train) + all_values(e.eval);
	if ((fixed + values) * bytes > ROOM && fixed * bytes <= ROOM) {
		program_plan(b, &a, pr, NULL, &e);
		values = planned_values(&e.plan) + (e.eval_differs ? planned_values(&e.eval_plan) : 0);
	}
	arena_free(&a);
	return (fixed + values) * bytes;
}

double training_run_bytes(struct build *b, struct program *pr)
{
	struct arena a = {0};
	struct emission e;
	program_plan(b, &a, pr, NULL, &e);
	double values = weights(pr) + planned_values(&e.plan) + (e.eval_differs ? planned_values(&e.eval_plan) : 0);
	double bytes = values * (e.train->float64 ? 8 : 4);
	arena_free(&a);
	return bytes;
}

bool program_fits(struct build *b, struct program *pr)
{
	if (*pr->backend->self)                   /* a device says when it is opened */
		return true;
	double bytes = training_bytes(b, pr);
	if (bytes <= ROOM)
		return true;
	const struct pipeline *p = pr->first;
	struct place at = {b->options.config, 0, 0};
	for (int i = 0; i < p->modules.count; i++)
		if (p->modules.at[i].path && !p->modules.at[i].data)
			at = p->modules.at[i].at;
	double gib = bytes / (1 << 30);
	err(at, "%s: training takes %.*f GB of memory; a trainer holds 2 GB", p->line, gib < 100, gib);
	hint("fewer parameters (%lld here), or a smaller batch_size, make it fit", (long long)pr->nb_params);
	return false;
}
