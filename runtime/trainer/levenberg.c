/* levenberg.c: Levenberg and Marquardt's method for sums of squares: solves (J'J + damping I) delta = -J'r in double, where r are the differences
** of predictions and targets and J their derivatives. A step that does not lower the sum is undone and tried again with more damping
** (Marquardt, J. Soc. Indust. Appl. Math. 11, 1963; Nocedal and Wright, Numerical Optimization, section 10.3). */
#include "solver.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

enum { START, UP, DOWN, MOST };            /* rows of hyper */

struct levenberg {
	const struct mosaic_program *p;
	const struct mosaic_levenberg *s;
	const struct mosaic_step *step;
	int n, outputs;                        /* parameters; numbers that are predicted for a sample */
};

static int64_t values_of(const struct mosaic_io *io)
{
	int64_t n = 1;

	for (int d = 0; d < io->rank; d++)
		n *= io->shape[d];
	return n;
}

static double scalar_at(const struct mosaic_program *p, const void *base, int64_t i)
{
	return p->real_bytes == 8 ? ((const double *)base)[i] : (double)((const float *)base)[i];
}

/* Half of the work of a step: predictions of the batch; returns the sum of squared differences. */
static double squares(const struct levenberg *x)
{
	void *outputs[1] = {x->s->predictions};
	double sum = 0;

	x->p->predict(x->step->n, x->step->inputs, outputs);
	for (int64_t i = 0; i < (int64_t)x->step->n * x->outputs; i++) {
		double r = scalar_at(x->p, x->s->predictions, i) - scalar_at(x->p, x->step->targets[0], i);
		sum += r * r;
	}
	return sum;
}

/* Row of J for one number of one sample: the program's gradient is that of the sum of predictions times targets, so a target of 1 in one place chooses. */
static void derivatives(const struct levenberg *x, int sample, int output)
{
	const struct mosaic_program *p = x->p;
	double sums[p->column_count];
	const void *inputs[p->io_count], *targets[1] = {x->s->seed};
	struct mosaic_step one = *x->step;

	for (int k = 0; k < p->io_count && !p->ios[k].target; k++)
		inputs[k] = (const char *)x->step->inputs[k] + (size_t)sample * (size_t)values_of(&p->ios[k]) * (size_t)p->real_bytes;
	memset(sums, 0, sizeof sums);
	memset(x->s->seed, 0, (size_t)x->outputs * (size_t)p->real_bytes);
	solver_put(p, (char *)x->s->seed + (size_t)output * (size_t)p->real_bytes, 1, &(double){1});
	one.n = 1;
	one.inputs = inputs;
	one.targets = targets;
	one.sums = sums;
	p->gradient(&one, x->s->grads);
	solver_get(p, x->s->grads, x->n, x->s->row);
}

/* J'J, its lower half, and J'r. The predictions of the batch are there. */
static void normal_equations(const struct levenberg *x)
{
	int n = x->n;
	double *row = x->s->row, *normal = x->s->normal, *gradient = x->s->gradient;

	memset(normal, 0, (size_t)n * (size_t)n * sizeof *normal);
	memset(gradient, 0, (size_t)n * sizeof *gradient);
	for (int sample = 0; sample < x->step->n; sample++)
		for (int output = 0; output < x->outputs; output++) {
			int64_t at = (int64_t)sample * x->outputs + output;
			double r = scalar_at(x->p, x->s->predictions, at) - scalar_at(x->p, x->step->targets[0], at);
			derivatives(x, sample, output);
			for (int i = 0; i < n; i++) {
				double *line = normal + (size_t)i * (size_t)n;
				gradient[i] += r * row[i];
				for (int j = 0; j <= i; j++)
					line[j] += row[i] * row[j];
			}
		}
}

/* Cholesky: factor = L with L L' = J'J + damping I. False: not positive in double. */
static bool factorise(const struct levenberg *x, double damping)
{
	int n = x->n;

	for (int i = 0; i < n; i++) {
		double *a = x->s->factor + (size_t)i * (size_t)n;
		for (int j = 0; j < i; j++) {
			const double *b = x->s->factor + (size_t)j * (size_t)n;
			a[j] = (x->s->normal[(size_t)i * (size_t)n + (size_t)j] - solver_dot(a, b, j)) / b[j];
		}
		double left = x->s->normal[(size_t)i * (size_t)n + (size_t)i] + damping - solver_dot(a, a, i);
		if (!(left > 1e-300) || left - left != 0)
			return false;
		a[i] = trainer_sqrt(left);
	}
	return true;
}

/* delta = -(L L')^-1 J'r */
static void solve(const struct levenberg *x)
{
	int n = x->n;
	double *delta = x->s->delta;
	const double *factor = x->s->factor;

	for (int i = 0; i < n; i++)
		delta[i] = (-x->s->gradient[i] - solver_dot(factor + (size_t)i * (size_t)n, delta, i)) / factor[(size_t)i * (size_t)n + (size_t)i];
	for (int i = n - 1; i >= 0; i--) {
		delta[i] /= factor[(size_t)i * (size_t)n + (size_t)i];
		for (int j = 0; j < i; j++)
			delta[j] -= factor[(size_t)i * (size_t)n + (size_t)j] * delta[i];
	}
}

/* Weights and delta; false when they lower nothing. The weights stay where they were then. */
static bool try_step(const struct levenberg *x, double damping, double before)
{
	double *row = x->s->row;

	if (!factorise(x, damping))
		return false;
	solve(x);
	for (int i = 0; i < x->n; i++)
		row[i] = x->s->weights[i] + x->s->delta[i];
	solver_put(x->p, x->p->params, x->n, row);
	if (squares(x) < before)
		return true;
	solver_put(x->p, x->p->params, x->n, x->s->weights);
	return false;
}

void mosaic_levenberg_marquardt(const struct mosaic_program *p, const struct mosaic_levenberg *s, const struct mosaic_step *step)
{
	struct levenberg x = {p, s, step, s->parameters, (int)values_of(&p->predictions[0])};
	const double *hyper = step->hyper;
	double *damping = p->state_scalars, before;

	if (*damping == 0)
		*damping = hyper[START];
	p->evaluate(step);                     /* the columns of the history, before the step as ever */
	before = squares(&x);
	if (before - before != 0)
		return;
	normal_equations(&x);
	solver_get(p, p->params, x.n, s->weights);
	for (;;) {
		bool better = try_step(&x, *damping, before);
		*damping *= better ? hyper[DOWN] : hyper[UP];
		if (*damping < 1e-20)
			*damping = 1e-20;
		if (better)
			return;
		if (*damping > hyper[MOST]) {          /* at a minimum of this batch, as far as numbers go */
			*damping = hyper[MOST];
			return;
		}
	}
}
