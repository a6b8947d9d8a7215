/* optimizers.c: the bodies of templates/optimizers/ as trainers run them, 100 steps, against torch.optim's documented formulas written plainly.
**   optimizers            in double: compares
**   optimizers BITS       in float: writes the bits of 16 runs with settings of their own, to be equal for all LANES */
#define OP_C
#include "optimizers/adam.c"
#include "optimizers/sgd.c"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 100, ALL_LANES = 16 };
typedef void optimizer(struct params *, const struct params *, struct optimizer_state *, double *, const double *);

/* ---- the formulas --------------------------------------------------------------------------- */

struct plain { double w[PARAMS], m[PARAMS], v[PARAMS]; int t; };
struct settings { double lr, decay, momentum, dampening, nesterov, beta1, beta2, eps; };

static void plain_sgd(struct plain *p, const double *gradient, const struct settings *s)
{
	p->t++;
	for (int i = 0; i < PARAMS; i++) {
		double g = gradient[i] + s->decay * p->w[i];
		if (s->momentum != 0) {
			p->m[i] = p->t > 1 ? s->momentum * p->m[i] + (1 - s->dampening) * g : g;
			g = s->nesterov != 0 ? g + s->momentum * p->m[i] : p->m[i];
		}
		p->w[i] -= s->lr * g;
	}
}

static void plain_adam(struct plain *p, const double *gradient, const struct settings *s, int decoupled)
{
	p->t++;
	for (int i = 0; i < PARAMS; i++) {
		double g = gradient[i];
		if (decoupled)
			p->w[i] -= s->lr * s->decay * p->w[i];
		else
			g += s->decay * p->w[i];
		p->m[i] = s->beta1 * p->m[i] + (1 - s->beta1) * g;
		p->v[i] = s->beta2 * p->v[i] + (1 - s->beta2) * g * g;
		double mean = p->m[i] / (1 - pow(s->beta1, p->t)), square = p->v[i] / (1 - pow(s->beta2, p->t));
		p->w[i] -= s->lr * mean / (sqrt(square) + s->eps);
	}
}

static void step_sgd(struct plain *p, const double *g, const struct settings *s) { plain_sgd(p, g, s); }
static void step_adam(struct plain *p, const double *g, const struct settings *s) { plain_adam(p, g, s, 0); }
static void step_adamw(struct plain *p, const double *g, const struct settings *s) { plain_adam(p, g, s, 1); }

/* ---- cases ---------------------------------------------------------------------------------- */

/* Rows of `hyper` in the order of the optimizer's file. */
enum form { SGD_ROWS, MOMENTUM_ROWS, ADAM_ROWS };
static const struct test {
	const char *name;
	optimizer *run;
	void (*plain)(struct plain *, const double *, const struct settings *);
	enum form form;
	struct settings s;
	double start[2];                            /* of the scalars */
} tests[] = {
	{"SGD", sgd, step_sgd, SGD_ROWS, {.lr = 0.05}, {0}},
	{"SGD, weight decay", sgd, step_sgd, SGD_ROWS, {.lr = 0.05, .decay = 0.1}, {0}},
	{"momentum", sgd_momentum, step_sgd, MOMENTUM_ROWS, {.lr = 0.02, .momentum = 0.9}, {0}},
	{"momentum, dampening", sgd_momentum, step_sgd, MOMENTUM_ROWS, {.lr = 0.02, .momentum = 0.9, .dampening = 0.3}, {0}},
	{"momentum, weight decay", sgd_momentum, step_sgd, MOMENTUM_ROWS, {.lr = 0.02, .momentum = 0.8, .decay = 0.05}, {0}},
	{"nesterov", sgd_momentum, step_sgd, MOMENTUM_ROWS, {.lr = 0.02, .momentum = 0.9, .nesterov = 1}, {0}},
	{"nesterov, weight decay", sgd_momentum, step_sgd, MOMENTUM_ROWS, {.lr = 0.02, .momentum = 0.9, .nesterov = 1, .decay = 0.1}, {0}},
	{"Adam", adam, step_adam, ADAM_ROWS, {.lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}, {1, 1}},
	{"Adam, weight decay", adam, step_adam, ADAM_ROWS, {.lr = 0.03, .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-6, .decay = 0.1}, {1, 1}},
	{"AdamW", adamw, step_adamw, ADAM_ROWS, {.lr = 0.01, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .decay = 0.01}, {1, 1}},
	{"AdamW, large decay", adamw, step_adamw, ADAM_ROWS, {.lr = 0.03, .beta1 = 0.5, .beta2 = 0.9, .eps = 1e-3, .decay = 2}, {1, 1}}};

/* Lane l has rates of its own. */
static void hyper_of(const struct test *t, int first_lane, double *hyper)
{
	for (int l = 0; l < LANES; l++) {
		struct settings s = t->s;
		double factor = 1 - 0.03 * (first_lane + l);
		s.lr *= factor;
		s.decay *= factor;
		double sgd_rows[] = {s.lr, s.decay, s.momentum, s.dampening, s.nesterov}, adam_rows[] = {s.lr, s.beta1, s.beta2, s.eps, s.decay};
		for (int row = 0; row < 5; row++)
			hyper[row * LANES + l] = t->form == ADAM_ROWS ? adam_rows[row] : sgd_rows[row];
	}
}

/* Gradients that come and go, large and small, 0 for one parameter. They do not depend on the weights, so that roundings do not grow. */
static double gradient_of(int i, int step, int lane)
{
	return i == 5 ? 0 : sin(0.7 * i + 0.11 * step + 0.5 * lane) * (i % 3 ? 1 : 1e-3);
}

static double start_of(int i, int lane)
{
	return (float)cos(1.3 * i + lane);
}

static struct params params, grads;
static struct optimizer_state state;
static double scalars[2 * LANES], hyper[5 * LANES];

static scalar *at(struct params *p, int i, int lane)
{
	return (scalar *)p + i * LANES + lane;
}

static void start(const struct test *t, int first_lane)
{
	memset(&params, 0, sizeof params);
	memset(&grads, 0, sizeof grads);
	memset(&state, 0, sizeof state);
	for (int l = 0; l < LANES; l++) {
		for (int i = 0; i < PARAMS; i++)
			*at(&params, i, l) = (scalar)start_of(i, first_lane + l);
		scalars[l] = t->start[0];
		scalars[LANES + l] = t->start[1];
	}
	hyper_of(t, first_lane, hyper);
}

static void train(const struct test *t, int first_lane, int step)
{
	for (int l = 0; l < LANES; l++)
		for (int i = 0; i < PARAMS; i++)
			*at(&grads, i, l) = (scalar)gradient_of(i, step, first_lane + l);
	t->run(&params, &grads, &state, scalars, hyper);
}

static int compare(const struct test *t)
{
	struct plain p = {.t = 0};
	int failures = 0;
	start(t, 0);
	for (int i = 0; i < PARAMS; i++)
		p.w[i] = start_of(i, 0);
	for (int step = 0; step < STEPS; step++) {
		double g[PARAMS];
		for (int i = 0; i < PARAMS; i++)
			g[i] = gradient_of(i, step, 0);
		t->plain(&p, g, &t->s);
		train(t, 0, step);
		for (int i = 0; i < PARAMS && failures < 3; i++)
			if (!(fabs((double)*at(&params, i, 0) - p.w[i]) <= 1e-12 * (1 + fabs(p.w[i])))) {
				printf("%s: parameter %d after step %d is %.17g, should be %.17g\n", t->name, i, step + 1, (double)*at(&params, i, 0), p.w[i]);
				failures++;
			}
	}
	return failures;
}

static void write_bits(const struct test *t, FILE *f)
{
	for (int lane = 0; lane < ALL_LANES; lane += LANES) {
		start(t, lane);
		for (int step = 0; step < STEPS; step++)
			train(t, lane, step);
		for (int l = 0; l < LANES; l++)
			for (int i = 0; i < PARAMS; i++) {
				scalar all[] = {*at(&params, i, l), *at(&state.exp_avg, i, l), *at(&state.exp_avg_sq, i, l), *at(&state.momentum_buffer, i, l)};
				fwrite(all, sizeof *all, 4, f);
			}
	}
}

int main(int argc, char **argv)
{
	int failures = 0;
	FILE *f = argc > 1 ? fopen(argv[1], "wb") : NULL;
	if (argc > 1 && !f)
		return 1;
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		if (f)
			write_bits(&tests[i], f);
		else
			failures += compare(&tests[i]);
	return failures != 0 || (f && fclose(f) != 0);
}
