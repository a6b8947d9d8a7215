/* Optimizers: LBFGS, LevenbergMarquardt
** They look at a batch more than once, so their body takes the whole step; what they do is runtime/trainer/lbfgs.c and levenberg.c, in one lane. */
#ifdef OP_RULES
static const struct optimizer optimizer_lbfgs = {
	.name = "LBFGS", .body = "lbfgs", .solver = true, .history = 100,
	.hyper = {{"lr", 1}, {"max_iter", 20}, {"max_eval", 0}, {"tolerance_grad", 1e-7}, {"tolerance_change", 1e-9}},
	.scalars = {{"iterations", 0}, {"step_length", 0}, {"scale", 1}, {"pairs", 0}},
	.about = "LBFGS: steps along minus the gradient times an inverse Hessian, which the last changes of weights and gradients stand for",
};
static const struct optimizer optimizer_lbfgs_wolfe = {
	.name = "LBFGS", .body = "lbfgs_wolfe", .when = "line_search_fn", .solver = true, .history = 100,
	.hyper = {{"lr", 1}, {"max_iter", 20}, {"max_eval", 0}, {"tolerance_grad", 1e-7}, {"tolerance_change", 1e-9}},
	.scalars = {{"iterations", 0}, {"step_length", 0}, {"scale", 1}, {"pairs", 0}},
	.about = "LBFGS, with a search along each direction for a step that fulfils the strong Wolfe conditions",
};
static const struct optimizer optimizer_levenberg_marquardt = {
	.name = "LevenbergMarquardt", .body = "levenberg_marquardt", .solver = true,
	.hyper = {{"damping", 1e-3}, {"damping_up", 10}, {"damping_down", 0.1}, {"damping_max", 1e10}},
	.scalars = {{"damping_now", 0}},
	.about = "Levenberg-Marquardt: w -= (J'J + damping I)^-1 J'r for the differences r of a sum of squares; what does not lower it is undone",
};
#endif

#ifdef OP_C
#include "optimizer_test.h"
#include <trainer.h>

enum { HISTORY = 3, PREDICTED = 2, BATCH = 2 };
static struct { struct params params, grads; } memory;
static struct {
	double direction[TRAINED], last_grads[TRAINED], changes[HISTORY][TRAINED], steps[HISTORY][TRAINED], ro[HISTORY];
	double weights[TRAINED], now[TRAINED], trial[TRAINED], low[TRAINED], high[TRAINED];
} pairs;
static struct {
	double normal[TRAINED][TRAINED], factor[TRAINED][TRAINED], gradient[TRAINED], delta[TRAINED], row[TRAINED], weights[TRAINED];
	real predictions[BATCH][PREDICTED], seed[PREDICTED];
} normal;

void lbfgs(const struct mosaic_step *step)
{	/* @body lbfgs */
	static const struct mosaic_lbfgs solver = {.parameters = TRAINED, .history = HISTORY, .grads = &memory.grads, .direction = pairs.direction,
		.last_grads = pairs.last_grads, .changes = pairs.changes[0], .steps = pairs.steps[0], .ro = pairs.ro,
		.weights = pairs.weights, .now = pairs.now, .trial = pairs.trial};
	mosaic_lbfgs(&mosaic_program, &solver, step);
}	/* @end */

void lbfgs_wolfe(const struct mosaic_step *step)
{	/* @body lbfgs_wolfe */
	static const struct mosaic_lbfgs solver = {.parameters = TRAINED, .history = HISTORY, .grads = &memory.grads, .direction = pairs.direction,
		.last_grads = pairs.last_grads, .changes = pairs.changes[0], .steps = pairs.steps[0], .ro = pairs.ro,
		.weights = pairs.weights, .now = pairs.now, .trial = pairs.trial, .strong_wolfe = true, .low = pairs.low, .high = pairs.high};
	mosaic_lbfgs(&mosaic_program, &solver, step);
}	/* @end */

void levenberg_marquardt(const struct mosaic_step *step)
{	/* @body levenberg_marquardt */
	static const struct mosaic_levenberg solver = {.parameters = TRAINED, .grads = &memory.grads, .normal = normal.normal[0], .factor = normal.factor[0],
		.gradient = normal.gradient, .delta = normal.delta, .row = normal.row, .weights = normal.weights, .predictions = normal.predictions,
		.seed = normal.seed};
	mosaic_levenberg_marquardt(&mosaic_program, &solver, step);
}	/* @end */
#endif
