/* lbfgs.c: torch.optim.LBFGS: several iterations a step, all on its batch, with a fixed step length or a search for one that fulfils the strong
** Wolfe conditions (Nocedal and Wright, Numerical Optimization, algorithms 3.5, 3.6 and 7.4). */
#include "solver.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

enum { LR, MAX_ITER, MAX_EVAL, TOLERANCE_GRAD, TOLERANCE_CHANGE };   /* rows of hyper */
enum { ITERATIONS, LENGTH, SCALE, PAIRS };                           /* rows of the scalars */

struct lbfgs {
	const struct mosaic_program *p;
	const struct mosaic_lbfgs *s;
	const struct mosaic_step *step;
	int n, evaluations;
};
/* A place along the direction: loss, gradient, slope. */
struct point { double t, loss, slope; double *grads; };

/* Loss and gradients of the batch with these weights. */
static double look(struct lbfgs *x, const double *weights, double *grads)
{
	double sums[x->p->column_count];
	struct mosaic_step step = *x->step;

	memset(sums, 0, sizeof sums);
	step.sums = sums;
	solver_put(x->p, x->p->params, x->n, weights);
	x->p->gradient(&step, x->s->grads);
	solver_get(x->p, x->s->grads, x->n, grads);
	x->evaluations++;
	return sums[0];
}

static void look_at(struct lbfgs *x, double t, struct point *to)
{
	const double *from = x->s->weights, *d = x->s->direction;

	for (int i = 0; i < x->n; i++)
		x->s->trial[i] = from[i] + t * d[i];
	to->t = t;
	to->loss = look(x, x->s->trial, to->grads);
	to->slope = solver_dot(to->grads, d, x->n);
}

static void copy_point(const struct lbfgs *x, struct point *to, const struct point *from)
{
	double *grads = to->grads;

	memcpy(grads, from->grads, (size_t)x->n * sizeof *grads);
	*to = *from;
	to->grads = grads;
}

/* Where the cubic through both points, with their slopes, is lowest; between low and high. */
static double lowest(const struct point *a, const struct point *b, double low, double high)
{
	const struct point *left = a->t <= b->t ? a : b, *right = a->t <= b->t ? b : a;
	double d1 = a->slope + b->slope - 3 * (a->loss - b->loss) / (a->t - b->t), square = d1 * d1 - a->slope * b->slope;

	if (!(square >= 0))
		return (low + high) / 2;
	double d2 = square > 0 ? trainer_sqrt(square) : 0;
	double t = right->t - (right->t - left->t) * ((right->slope + d2 - d1) / (right->slope - left->slope + 2 * d2));
	return !(t >= low) ? low : t > high ? high : t;
}

/* A t between the two that is not too near to either end twice in a row. */
static double choose(const struct point *a, const struct point *b, bool *slow)
{
	double low = a->t < b->t ? a->t : b->t, high = a->t < b->t ? b->t : a->t, t = lowest(a, b, low, high), margin = 0.1 * (high - low);

	if ((high - t < t - low ? high - t : t - low) >= margin) {
		*slow = false;
		return t;
	}
	if (!*slow && t < high && t > low) {
		*slow = true;
		return t;
	}
	*slow = false;
	return high - t < t - low ? high - margin : low + margin;
}

enum { LOOKS = 25 };
static const double ENOUGH = 1e-4, FLAT = 0.9;

static bool is_flat(const struct point *at, double slope)
{
	return (at->slope < 0 ? -at->slope : at->slope) <= -FLAT * slope;
}

/* Widens until a minimum lies between bracket[0] and bracket[1]; true: bracket[0] is good as it is. */
static bool find_bracket(struct lbfgs *x, const struct point *start, double t, struct point *now, struct point bracket[2], int *looks)
{
	copy_point(x, &bracket[0], start);
	look_at(x, t, now);
	for (*looks = 0; *looks < LOOKS; ++*looks) {
		if (now->loss > start->loss + ENOUGH * t * start->slope || (*looks > 1 && now->loss >= bracket[0].loss))
			break;
		if (is_flat(now, start->slope)) {
			copy_point(x, &bracket[0], now);
			return true;
		}
		if (now->slope >= 0)
			break;
		double next = lowest(&bracket[0], now, t + 0.01 * (t - bracket[0].t), t * 10);
		copy_point(x, &bracket[0], now);
		t = next;
		look_at(x, t, now);
	}
	if (*looks == LOOKS)
		copy_point(x, &bracket[0], start);
	copy_point(x, &bracket[1], now);
	return false;
}

/* The point of a step; its evaluations are counted. `now` and `bracket` bring memory for gradients. */
static const struct point *search(struct lbfgs *x, const struct point *start, double t, struct point *now, struct point bracket[2])
{
	double width = solver_largest(x->s->direction, x->n);
	int looks;
	bool slow = false;

	if (find_bracket(x, start, t, now, bracket, &looks))
		return &bracket[0];
	int low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
	for (; looks < LOOKS; looks++) {
		double gap = bracket[1].t - bracket[0].t;
		if ((gap < 0 ? -gap : gap) * width < x->step->hyper[TOLERANCE_CHANGE])
			break;
		look_at(x, choose(&bracket[0], &bracket[1], &slow), now);
		if (now->loss > start->loss + ENOUGH * now->t * start->slope || now->loss >= bracket[low].loss) {
			copy_point(x, &bracket[1 - low], now);
			low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
			continue;
		}
		bool done = is_flat(now, start->slope);
		if (!done && now->slope * (bracket[1 - low].t - bracket[low].t) >= 0)
			copy_point(x, &bracket[1 - low], &bracket[low]);
		copy_point(x, &bracket[low], now);
		if (done)
			break;
	}
	return &bracket[low];
}

/* Adds the last step and what it changed in the gradient; the oldest pair leaves when the history is full. */
static void remember(struct lbfgs *x, double *scalars)
{
	const struct mosaic_lbfgs *s = x->s;
	int count = (int)scalars[PAIRS], n = x->n;
	double *y = s->changes + (size_t)(count < s->history ? count : 0) * (size_t)n, *trial = s->trial;

	for (int i = 0; i < n; i++) {
		trial[i] = s->now[i] - s->last_grads[i];
		s->direction[i] *= scalars[LENGTH];
	}
	double along = solver_dot(trial, s->direction, n);
	if (!(along > 1e-10))
		return;
	if (count == s->history) {
		size_t kept = (size_t)(--count);
		memmove(s->changes, s->changes + n, kept * (size_t)n * sizeof *y);
		memmove(s->steps, s->steps + n, kept * (size_t)n * sizeof *y);
		memmove(s->ro, s->ro + 1, kept * sizeof *y);
	}
	memcpy(s->changes + (size_t)count * (size_t)n, trial, (size_t)n * sizeof *y);
	memcpy(s->steps + (size_t)count * (size_t)n, s->direction, (size_t)n * sizeof *y);
	s->ro[count] = 1 / along;
	scalars[SCALE] = along / solver_dot(trial, trial, n);
	scalars[PAIRS] = count + 1;
}

/* The direction: minus the gradient times the inverse Hessian that the pairs stand for (two loops). */
static void turn(struct lbfgs *x, const double *scalars)
{
	const struct mosaic_lbfgs *s = x->s;
	int count = (int)scalars[PAIRS], n = x->n;
	double share[s->history], *d = s->direction;

	for (int i = 0; i < n; i++)
		d[i] = -s->now[i];
	for (int k = count - 1; k >= 0; k--) {
		share[k] = solver_dot(s->steps + (size_t)k * (size_t)n, d, n) * s->ro[k];
		for (int i = 0; i < n; i++)
			d[i] -= share[k] * s->changes[(size_t)k * (size_t)n + (size_t)i];
	}
	for (int i = 0; i < n; i++)
		d[i] *= scalars[SCALE];
	for (int k = 0; k < count; k++) {
		double by = share[k] - solver_dot(s->changes + (size_t)k * (size_t)n, d, n) * s->ro[k];
		for (int i = 0; i < n; i++)
			d[i] += by * s->steps[(size_t)k * (size_t)n + (size_t)i];
	}
}

static double first_length(const struct lbfgs *x, double lr)
{
	double sum = 0;

	for (int i = 0; i < x->n; i++)
		sum += x->s->now[i] < 0 ? -x->s->now[i] : x->s->now[i];
	return (1 < 1 / sum ? 1 : 1 / sum) * lr;
}

/* Along the direction; the loss there. Weights and gradients become those of the new place. `last`: nobody asks for them any more. */
static double go(struct lbfgs *x, double loss, double slope, double *length, bool last)
{
	const struct mosaic_lbfgs *s = x->s;
	struct point now = {.grads = s->now}, bracket[2] = {{.grads = s->low}, {.grads = s->high}}, start = {0, loss, slope, s->last_grads};

	if (s->strong_wolfe) {
		const struct point *best = search(x, &start, *length, &now, bracket);
		*length = best->t;
		loss = best->loss;
		memcpy(s->now, best->grads, (size_t)x->n * sizeof *s->now);
	}
	for (int i = 0; i < x->n; i++)
		s->weights[i] += *length * s->direction[i];
	if (!s->strong_wolfe && !last)
		loss = look(x, s->weights, s->now);
	return loss;
}

void mosaic_lbfgs(const struct mosaic_program *p, const struct mosaic_lbfgs *s, const struct mosaic_step *step)
{
	struct lbfgs x = {p, s, step, s->parameters, 0};
	const double *hyper = step->hyper;
	double *scalars = p->state_scalars;
	int most = (int)hyper[MAX_ITER], evaluations = hyper[MAX_EVAL] > 0 ? (int)hyper[MAX_EVAL] : most * 5 / 4;

	solver_get(p, p->params, x.n, s->weights);
	double sums[p->column_count], before, loss;
	struct mosaic_step first = *step;
	memset(sums, 0, sizeof sums);
	first.sums = sums;
	p->gradient(&first, s->grads);
	solver_get(p, s->grads, x.n, s->now);
	x.evaluations = 1;
	for (int c = 0; c < p->column_count; c++)
		step->sums[c] += sums[c];
	loss = sums[0];
	for (int k = 1; k <= most && !(k == 1 && solver_largest(s->now, x.n) <= hyper[TOLERANCE_GRAD]); k++) {
		bool fresh = scalars[ITERATIONS] == 0;
		scalars[ITERATIONS] += 1;
		if (!fresh)
			remember(&x, scalars);
		turn(&x, scalars);
		memcpy(s->last_grads, s->now, (size_t)x.n * sizeof *s->now);
		before = loss;
		scalars[LENGTH] = fresh ? first_length(&x, hyper[LR]) : hyper[LR];
		double slope = solver_dot(s->now, s->direction, x.n), change;
		if (slope > -hyper[TOLERANCE_CHANGE])
			break;
		loss = go(&x, loss, slope, &scalars[LENGTH], k == most);
		if (k == most || x.evaluations >= evaluations || solver_largest(s->now, x.n) <= hyper[TOLERANCE_GRAD])
			break;
		change = loss - before;
		if (scalars[LENGTH] * solver_largest(s->direction, x.n) <= hyper[TOLERANCE_CHANGE] || (change < 0 ? -change : change) < hyper[TOLERANCE_CHANGE])
			break;
	}
	solver_put(p, p->params, x.n, s->weights);
}
