/* Optimizers: RMSprop, plain and with momentum or centred
** torch.optim.RMSprop: v = alpha v + (1 - alpha) g^2 and the step g / (sqrt(v) + eps); centred, the square of the gradient's running mean is
** taken from v; with momentum the steps are kept: b = momentum b + step. */
#ifdef OP_RULES
#define RMSPROP_HYPER {"lr", 1e-2}, {"alpha", 0.99}, {"eps", 1e-8}, {"weight_decay", 0}, {"momentum", 0}, {"centered", 0}
static const struct optimizer optimizer_rmsprop = {
	.name = "RMSprop", .body = "rmsprop", .hyper = {{"lr", 1e-2}, {"alpha", 0.99}, {"eps", 1e-8}, {"weight_decay", 0}},
	.per_param = {"square_avg"}, .about = "RMSprop: w -= lr g / (sqrt(v) + eps), v the running mean of the gradient's square",
};
static const struct optimizer optimizer_rmsprop_momentum = {
	.name = "RMSprop", .body = "rmsprop_full", .when = "momentum", .hyper = {RMSPROP_HYPER},
	.per_param = {"square_avg", "momentum_buffer", "grad_avg"},
	.about = "RMSprop with momentum: b = momentum b + g / (sqrt(v) + eps), w -= lr b",
};
static const struct optimizer optimizer_rmsprop_centered = {
	.name = "RMSprop", .body = "rmsprop_full", .when = "centered", .hyper = {RMSPROP_HYPER},
	.per_param = {"square_avg", "momentum_buffer", "grad_avg"},
	.about = "RMSprop, centred: w -= lr g / (sqrt(v - m^2) + eps), m and v the running means of the gradient and its square",
};
#endif

#ifdef OP_C
#include "optimizer_test.h"

void rmsprop(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body rmsprop */
	enum { LR, ALPHA, EPS, DECAY };                  /* rows of hyper */
	(void)scalars;
	const wide minus_lr = -spread(hyper + LR * LANES), alpha = spread(hyper + ALPHA * LANES), eps = spread(hyper + EPS * LANES);
	const wide decay = spread(hyper + DECAY * LANES), one = splat_w(1);
	wide *w = (wide *)params, *v = (wide *)&state->square_avg;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		v[i] = fma_w(alpha, v[i], (one - alpha) * g * g);
		w[i] = fma_w(minus_lr * g, rcp_w(sqrt_w(v[i]) + eps), w[i]);
	}
}	/* @end */

void rmsprop_full(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body rmsprop_full */
	enum { LR, ALPHA, EPS, DECAY, MOMENTUM, CENTERED };   /* rows of hyper */
	(void)scalars;
	const wide minus_lr = -spread(hyper + LR * LANES), alpha = spread(hyper + ALPHA * LANES), eps = spread(hyper + EPS * LANES);
	const wide decay = spread(hyper + DECAY * LANES), momentum = spread(hyper + MOMENTUM * LANES), centered = spread(hyper + CENTERED * LANES), one = splat_w(1);
	wide *w = (wide *)params, *v = (wide *)&state->square_avg, *b = (wide *)&state->momentum_buffer, *m = (wide *)&state->grad_avg;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		v[i] = fma_w(alpha, v[i], (one - alpha) * g * g);
		m[i] = fma_w(alpha, m[i], (one - alpha) * g);
		b[i] = fma_w(momentum, b[i], g * rcp_w(sqrt_w(max_w(v[i] - centered * m[i] * m[i], splat_w(0))) + eps));
		w[i] = fma_w(minus_lr, b[i], w[i]);
	}
}	/* @end */
#endif
