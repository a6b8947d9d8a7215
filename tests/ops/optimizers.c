/* optimizers.c: the bodies of templates/optimizers/ as trainers run them, 100 steps, against torch.optim (golden/optimizers.h).
**   optimizers            compares, in double to 1e-12, in float to 1e-5
**   optimizers BITS       in float: writes the bits of 16 runs with settings of their own, to be equal for all LANES */
#define OP_C
#include "optimizers/adagrad.c"
#include "optimizers/adam.c"
#include "optimizers/clip.c"
#include "optimizers/lion.c"
#include "optimizers/nadam.c"
#include "optimizers/rmsprop.c"
#include "optimizers/sgd.c"

#include "golden/optimizers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 100, ALL_LANES = 16 };
typedef void optimizer(struct params *, const struct params *, struct optimizer_state *, double *, const double *);

/* ---- cases ---------------------------------------------------------------------------------- */

static void sgd_norm(struct params *params, const struct params *g, struct optimizer_state *state, double *scalars, const double *hyper)
{
	clip_grad_norm((struct params *)g, hyper + 2 * LANES);
	sgd(params, g, state, scalars, hyper);
}

static void sgd_value(struct params *params, const struct params *g, struct optimizer_state *state, double *scalars, const double *hyper)
{
	clip_grad_value((struct params *)g, hyper + 2 * LANES);
	sgd(params, g, state, scalars, hyper);
}

/* Names are those of golden/optimizers.h. rows: of hyper, in the order of the optimizer's file; start: of the scalars. */
static const struct test {
	const char *name;
	optimizer *run;
	double rows[6], start[3];
} tests[] = {
	{"SGD", sgd, {0.05, 0.1}, {0}},
	{"momentum", sgd_momentum, {0.02, 0, 0.9, 0.3, 0}, {0}},
	{"nesterov", sgd_momentum, {0.02, 0.1, 0.9, 0, 1}, {0}},
	{"Adam", adam, {0.03, 0.8, 0.99, 1e-6, 0.1}, {1, 1}},
	{"AdamW", adamw, {0.01, 0.9, 0.999, 1e-8, 0.01}, {1, 1}},
	{"Adam, amsgrad", adam_amsgrad, {0.03, 0.8, 0.9, 1e-8, 0.1}, {1, 1}},
	{"AdamW, amsgrad", adamw_amsgrad, {0.01, 0.9, 0.95, 1e-8, 0.01}, {1, 1}},
	{"RMSprop", rmsprop, {0.01, 0.99, 1e-8, 0.05}, {0}},
	{"RMSprop, momentum", rmsprop_full, {0.01, 0.9, 1e-8, 0, 0.8, 0}, {0}},
	{"RMSprop, centred", rmsprop_full, {0.01, 0.99, 1e-4, 0, 0, 1}, {0}},
	{"RMSprop, centred with momentum", rmsprop_full, {0.01, 0.99, 1e-4, 0.1, 0.5, 1}, {0}},
	{"Adagrad", adagrad, {0.05, 0, 1e-10, 0, 0}, {0}},
	{"Adagrad, decay", adagrad, {0.05, 0.1, 1e-10, 0.02, 0.3}, {0}},
	{"Adadelta", adadelta, {1, 0.9, 1e-6, 0}, {0}},
	{"Adadelta, decay", adadelta, {0.5, 0.8, 1e-3, 0.1}, {0}},
	{"NAdam", nadam, {0.01, 0.9, 0.999, 1e-8, 0, 4e-3}, {1, 1, 1}},
	{"NAdam, decay", nadam, {0.01, 0.8, 0.99, 1e-8, 0.1, 0.1}, {1, 1, 1}},
	{"RAdam", radam, {0.01, 0.9, 0.999, 1e-8, 0}, {1, 1, 0}},
	{"RAdam, decay", radam, {0.01, 0.8, 0.9, 1e-8, 0.1}, {1, 1, 0}},
	{"Adamax", adamax, {0.01, 0.9, 0.999, 1e-8, 0}, {1}},
	{"Adamax, decay", adamax, {0.01, 0.8, 0.99, 1e-8, 0.02}, {1}},
	{"SGD, clipped by norm", sgd_norm, {0.05, 0, 1.5}, {0}},
	{"SGD, clipped by value", sgd_value, {0.05, 0, 0.25}, {0}},
	{"Lion", lion, {1e-3, 0.9, 0.99, 0.1}, {0}}};

/* Lane l has rates of its own. */
static void hyper_of(const struct test *t, int first_lane, double *hyper)
{
	for (int row = 0; row < 6; row++)
		for (int l = 0; l < LANES; l++)
			hyper[row * LANES + l] = t->rows[row] * (row == 0 ? 1 - 0.03 * (first_lane + l) : 1);
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
static double scalars[3 * LANES], hyper[6 * LANES];

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
		for (int s = 0; s < 3; s++)
			scalars[s * LANES + l] = t->start[s];
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
	const double tolerance = sizeof(scalar) == sizeof(double) ? 1e-12 : 1e-5;
	int failures = 0, shown = 0;
	size_t k = 0;
	while (k < sizeof golden / sizeof *golden && strcmp(golden[k].name, t->name) != 0)
		k++;
	if (k == sizeof golden / sizeof *golden) {
		printf("%s: not in golden/optimizers.h\n", t->name);
		return 1;
	}
	start(t, 0);
	for (int step = 1; step <= STEPS; step++) {
		train(t, 0, step - 1);
		if (step != golden_steps[shown])
			continue;
		for (int i = 0; i < PARAMS && failures < 3; i++)
			if (!(fabs((double)*at(&params, i, 0) - golden[k].w[shown][i]) <= tolerance * (1 + fabs(golden[k].w[shown][i])))) {
				printf("%s: parameter %d after step %d is %.17g, should be %.17g\n", t->name, i, step, (double)*at(&params, i, 0), golden[k].w[shown][i]);
				failures++;
			}
		shown++;
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
				scalar all[] = {*at(&params, i, l), *at(&state.exp_avg, i, l), *at(&state.exp_avg_sq, i, l), *at(&state.momentum_buffer, i, l), *at(&state.square_avg, i, l)};
				fwrite(all, sizeof *all, 5, f);
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
