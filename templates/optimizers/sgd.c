/* Optimizers: SGD, with and without momentum
** torch.optim.SGD: d = g + weight_decay w; with momentum b = momentum b + (1 - dampening) d, the first b being d, and the step is along b,
** or along d + momentum b (nesterov). */
#ifdef OP_RULES
static const struct optimizer optimizer_sgd = {
	.name = "SGD", .body = "sgd", .hyper = {{"lr", 1e-3}, {"weight_decay", 0}},
	.about = "SGD: w -= lr g",
};
static const struct optimizer optimizer_sgd_momentum = {
	.name = "SGD", .body = "sgd_momentum", .when = "momentum",
	.hyper = {{"lr", 1e-3}, {"weight_decay", 0}, {"momentum", 0}, {"dampening", 0}, {"nesterov", 0}},
	.per_param = {"momentum_buffer"}, .scalars = {{"steps", 0}},
	.about = "SGD with momentum: b = momentum b + (1 - dampening) g, w -= lr b (nesterov: lr (g + momentum b))",
};
#endif

#ifdef OP_C
#include "optimizer_test.h"

void sgd(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body sgd */
	enum { LR, DECAY };                              /* rows of hyper */
	(void)state, (void)scalars;
	const wide minus_lr = -spread(hyper + LR * LANES), decay = spread(hyper + DECAY * LANES);
	wide *w = (wide *)params;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++)
		w[i] = fma_w(minus_lr, fma_w(decay, w[i], dw[i]), w[i]);
}	/* @end */

void sgd_momentum(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body sgd_momentum */
	enum { LR, DECAY, MOMENTUM, DAMPENING, NESTEROV };   /* rows of hyper */
	double gain[LANES], along_b[LANES], along_g[LANES];
	for (int l = 0; l < LANES; l++) {
		double momentum = hyper[MOMENTUM * LANES + l];
		gain[l] = scalars[l] == 0 ? 1 : 1 - hyper[DAMPENING * LANES + l];   /* the first buffer is the gradient itself */
		along_b[l] = hyper[NESTEROV * LANES + l] != 0 ? momentum : 1;
		along_g[l] = hyper[NESTEROV * LANES + l] != 0 ? 1 : 0;
		scalars[l] += 1;
	}
	const wide minus_lr = -spread(hyper + LR * LANES), decay = spread(hyper + DECAY * LANES), momentum = spread(hyper + MOMENTUM * LANES);
	const wide gained = spread(gain), with_b = spread(along_b), with_g = spread(along_g);
	wide *w = (wide *)params, *b = (wide *)&state->momentum_buffer;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		b[i] = fma_w(momentum, b[i], gained * g);
		w[i] = fma_w(minus_lr, fma_w(with_g, g, with_b * b[i]), w[i]);
	}
}	/* @end */
#endif
