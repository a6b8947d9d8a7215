/* Optimizers: Adagrad, Adadelta
** torch.optim.Adagrad: s adds up the squares of the gradient, the step is lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps).
** torch.optim.Adadelta: s is their running mean, and the step is scaled by the running mean of the steps so far. */
#ifdef OP_RULES
static const struct optimizer optimizer_adagrad = {
	.name = "Adagrad", .body = "adagrad", .hyper = {{"lr", 1e-2}, {"lr_decay", 0}, {"eps", 1e-10}, {"weight_decay", 0}, {"initial_accumulator_value", 0}},
	.per_param = {"sum"}, .scalars = {{"steps", 0}}, .about = "Adagrad: w -= lr g / (sqrt(s) + eps), s the sum of the gradient's squares so far",
};
static const struct optimizer optimizer_adadelta = {
	.name = "Adadelta", .body = "adadelta", .hyper = {{"lr", 1}, {"rho", 0.9}, {"eps", 1e-6}, {"weight_decay", 0}},
	.per_param = {"square_avg", "acc_delta"}, .about = "Adadelta: w -= lr d, d = g sqrt((mean of d^2) + eps) / sqrt((mean of g^2) + eps)",
};
#endif

#ifdef OP_C
#include "optimizer_test.h"

void adagrad(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body adagrad */
	enum { LR, LR_DECAY, EPS, DECAY, INITIAL };      /* rows of hyper */
	double step[LANES], initial[LANES];
	for (int l = 0; l < LANES; l++) {
		step[l] = hyper[LR * LANES + l] / (1 + scalars[l] * hyper[LR_DECAY * LANES + l]);
		initial[l] = scalars[l] == 0 ? hyper[INITIAL * LANES + l] : 0;
		scalars[l] += 1;
	}
	const wide minus_step = -spread(step), eps = spread(hyper + EPS * LANES), decay = spread(hyper + DECAY * LANES), first = spread(initial);
	wide *w = (wide *)params, *s = (wide *)&state->sum;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		s[i] = fma_w(g, g, s[i] + first);
		w[i] = fma_w(minus_step * g, rcp_w(sqrt_w(s[i]) + eps), w[i]);
	}
}	/* @end */

void adadelta(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body adadelta */
	enum { LR, RHO, EPS, DECAY };                    /* rows of hyper */
	(void)scalars;
	const wide minus_lr = -spread(hyper + LR * LANES), rho = spread(hyper + RHO * LANES), eps = spread(hyper + EPS * LANES);
	const wide decay = spread(hyper + DECAY * LANES), one = splat_w(1);
	wide *w = (wide *)params, *s = (wide *)&state->square_avg, *u = (wide *)&state->acc_delta;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		s[i] = fma_w(rho, s[i], (one - rho) * g * g);
		const wide d = sqrt_w(u[i] + eps) * rcp_w(sqrt_w(s[i] + eps)) * g;
		u[i] = fma_w(rho, u[i], (one - rho) * d * d);
		w[i] = fma_w(minus_lr, d, w[i]);
	}
}	/* @end */
#endif
