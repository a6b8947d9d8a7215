/* Optimizers: Adam, AdamW
** torch.optim.Adam and AdamW: running means of the gradient and its square, both corrected for their start. The corrections depend on
** the step only and are worked out once a lane, in double. With amsgrad, the largest mean of squares so far takes its place. */
#ifdef OP_RULES
static const struct optimizer optimizer_adam = {
	.name = "Adam", .body = "adam", .hyper = {{"lr", 1e-3}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 0}},
	.per_param = {"exp_avg", "exp_avg_sq"}, .scalars = {{"beta1_power", 1}, {"beta2_power", 1}},
	.about = "Adam: w -= lr m' / (sqrt(v') + eps), m' and v' the means of the gradient and its square without their start's bias",
};
static const struct optimizer optimizer_adamw = {
	.name = "AdamW", .body = "adamw", .hyper = {{"lr", 1e-3}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 1e-2}},
	.per_param = {"exp_avg", "exp_avg_sq"}, .scalars = {{"beta1_power", 1}, {"beta2_power", 1}},
	.about = "AdamW: Adam whose weight decay acts on the weights, not on the gradient",
};
static const struct optimizer optimizer_adam_amsgrad = {
	.name = "Adam", .body = "adam_amsgrad", .when = "amsgrad", .hyper = {{"lr", 1e-3}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 0}},
	.per_param = {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}, .scalars = {{"beta1_power", 1}, {"beta2_power", 1}},
	.about = "Adam with amsgrad: v' is the largest mean of squares so far",
};
static const struct optimizer optimizer_adamw_amsgrad = {
	.name = "AdamW", .body = "adamw_amsgrad", .when = "amsgrad", .hyper = {{"lr", 1e-3}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 1e-2}},
	.per_param = {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}, .scalars = {{"beta1_power", 1}, {"beta2_power", 1}},
	.about = "AdamW with amsgrad: v' is the largest mean of squares so far",
};
#endif

#ifdef OP_C
#include "optimizer_test.h"

void adam(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body adam */
	enum { LR, BETA1, BETA2, EPS, DECAY };           /* rows of hyper */
	double step[LANES], root[LANES];
	for (int l = 0; l < LANES; l++) {
		double *power = scalars + l;                 /* beta1^t, beta2^t */
		power[0] *= hyper[BETA1 * LANES + l];
		power[LANES] *= hyper[BETA2 * LANES + l];
		step[l] = hyper[LR * LANES + l] / (1 - power[0]);
		root[l] = 1 / __builtin_sqrt(1 - power[LANES]);
	}
	const wide minus_step = -spread(step), unbias = spread(root), eps = spread(hyper + EPS * LANES), decay = spread(hyper + DECAY * LANES);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *v = (wide *)&state->exp_avg_sq;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		v[i] = fma_w(beta2, v[i], (one - beta2) * g * g);
		w[i] = fma_w(minus_step * m[i], rcp_w(fma_w(sqrt_w(v[i]), unbias, eps)), w[i]);
	}
}	/* @end */

void adamw(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body adamw */
	enum { LR, BETA1, BETA2, EPS, DECAY };           /* rows of hyper */
	double step[LANES], root[LANES], keep[LANES];
	for (int l = 0; l < LANES; l++) {
		double *power = scalars + l;                 /* beta1^t, beta2^t */
		power[0] *= hyper[BETA1 * LANES + l];
		power[LANES] *= hyper[BETA2 * LANES + l];
		step[l] = hyper[LR * LANES + l] / (1 - power[0]);
		root[l] = 1 / __builtin_sqrt(1 - power[LANES]);
		keep[l] = 1 - hyper[LR * LANES + l] * hyper[DECAY * LANES + l];
	}
	const wide minus_step = -spread(step), unbias = spread(root), eps = spread(hyper + EPS * LANES), kept = spread(keep);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *v = (wide *)&state->exp_avg_sq;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = dw[i];
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		v[i] = fma_w(beta2, v[i], (one - beta2) * g * g);
		w[i] = fma_w(minus_step * m[i], rcp_w(fma_w(sqrt_w(v[i]), unbias, eps)), w[i] * kept);
	}
}	/* @end */

void adam_amsgrad(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body adam_amsgrad */
	enum { LR, BETA1, BETA2, EPS, DECAY };           /* rows of hyper */
	double step[LANES], root[LANES];
	for (int l = 0; l < LANES; l++) {
		double *power = scalars + l;                 /* beta1^t, beta2^t */
		power[0] *= hyper[BETA1 * LANES + l];
		power[LANES] *= hyper[BETA2 * LANES + l];
		step[l] = hyper[LR * LANES + l] / (1 - power[0]);
		root[l] = 1 / __builtin_sqrt(1 - power[LANES]);
	}
	const wide minus_step = -spread(step), unbias = spread(root), eps = spread(hyper + EPS * LANES), decay = spread(hyper + DECAY * LANES);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *v = (wide *)&state->exp_avg_sq, *most = (wide *)&state->max_exp_avg_sq;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		v[i] = fma_w(beta2, v[i], (one - beta2) * g * g);
		most[i] = max_w(most[i], v[i]);
		w[i] = fma_w(minus_step * m[i], rcp_w(fma_w(sqrt_w(most[i]), unbias, eps)), w[i]);
	}
}	/* @end */

void adamw_amsgrad(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body adamw_amsgrad */
	enum { LR, BETA1, BETA2, EPS, DECAY };           /* rows of hyper */
	double step[LANES], root[LANES], keep[LANES];
	for (int l = 0; l < LANES; l++) {
		double *power = scalars + l;                 /* beta1^t, beta2^t */
		power[0] *= hyper[BETA1 * LANES + l];
		power[LANES] *= hyper[BETA2 * LANES + l];
		step[l] = hyper[LR * LANES + l] / (1 - power[0]);
		root[l] = 1 / __builtin_sqrt(1 - power[LANES]);
		keep[l] = 1 - hyper[LR * LANES + l] * hyper[DECAY * LANES + l];
	}
	const wide minus_step = -spread(step), unbias = spread(root), eps = spread(hyper + EPS * LANES), kept = spread(keep);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *v = (wide *)&state->exp_avg_sq, *most = (wide *)&state->max_exp_avg_sq;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = dw[i];
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		v[i] = fma_w(beta2, v[i], (one - beta2) * g * g);
		most[i] = max_w(most[i], v[i]);
		w[i] = fma_w(minus_step * m[i], rcp_w(fma_w(sqrt_w(most[i]), unbias, eps)), w[i] * kept);
	}
}	/* @end */
#endif
