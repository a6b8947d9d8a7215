/* Optimizers: Lion
** Chen et al., "Symbolic discovery of optimization algorithms", 2023, algorithm 2: steps of one size along the sign of a mean, weight decay
** beside it. */
#ifdef OP_RULES
static const struct optimizer optimizer_lion = {
	.name = "Lion", .body = "lion", .hyper = {{"lr", 1e-4}, {"beta1", 0.9}, {"beta2", 0.99}, {"weight_decay", 0}},
	.per_param = {"exp_avg"}, .about = "Lion: w -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay w), m the running mean of the gradient",
};
#endif

#ifdef OP_C
#include "optimizer_test.h"

void lion(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body lion */
	enum { LR, BETA1, BETA2, DECAY };                /* rows of hyper */
	(void)scalars;
	const wide minus_lr = -spread(hyper + LR * LANES), decay = spread(hyper + DECAY * LANES), beta1 = spread(hyper + BETA1 * LANES);
	const wide beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = dw[i], along = sign_w(fma_w(beta1, m[i], (one - beta1) * g));
		w[i] = fma_w(minus_lr, fma_w(decay, w[i], along), w[i]);
		m[i] = fma_w(beta2, m[i], (one - beta2) * g);
	}
}	/* @end */
#endif
