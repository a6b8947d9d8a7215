/* Optimizers: NAdam, RAdam, Adamax
** torch.optim.NAdam: Adam with Nesterov's momentum, whose share grows as momentum_decay says. RAdam: Adam whose adaptive part waits until its
** variance is known (rho_t > 5). Adamax: Adam with the largest instead of the mean square. */
#ifdef OP_RULES
static const struct optimizer optimizer_nadam = {
	.name = "NAdam", .body = "nadam", .hyper = {{"lr", 2e-3}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 0}, {"momentum_decay", 4e-3}},
	.per_param = {"exp_avg", "exp_avg_sq"}, .scalars = {{"beta2_power", 1}, {"mu_power", 1}, {"mu_product", 1}},
	.about = "NAdam: Adam whose mean of the gradient looks a step ahead",
};
static const struct optimizer optimizer_radam = {
	.name = "RAdam", .body = "radam", .hyper = {{"lr", 1e-3}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 0}},
	.per_param = {"exp_avg", "exp_avg_sq"}, .scalars = {{"beta1_power", 1}, {"beta2_power", 1}, {"steps", 0}},
	.about = "RAdam: Adam that takes plain steps until the variance of its adaptive ones is small",
};
static const struct optimizer optimizer_adamax = {
	.name = "Adamax", .body = "adamax", .hyper = {{"lr", 2e-3}, {"beta1", 0.9}, {"beta2", 0.999}, {"eps", 1e-8}, {"weight_decay", 0}},
	.per_param = {"exp_avg", "exp_inf"}, .scalars = {{"beta1_power", 1}},
	.about = "Adamax: Adam with the largest gradient so far, decayed, in place of the root of the mean square",
};
#endif

#ifdef OP_C
#include "optimizer_test.h"

void nadam(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body nadam */
	enum { LR, BETA1, BETA2, EPS, DECAY, PSI };      /* rows of hyper */
	double root[LANES], now[LANES], next[LANES];
	for (int l = 0; l < LANES; l++) {
		double *power = scalars + l, beta1 = hyper[BETA1 * LANES + l], x = hyper[PSI * LANES + l] * -0.040821994520255166, q = 1;
		for (int k = 20; k > 0; k--)                 /* 0.96^psi = exp(psi log 0.96) */
			q = 1 + x * q / k;
		power[0] *= hyper[BETA2 * LANES + l];
		power[LANES] *= q;                           /* 0.96^(psi t) */
		const double mu = beta1 * (1 - 0.5 * power[LANES]), mu_next = beta1 * (1 - 0.5 * power[LANES] * q);
		power[2 * LANES] *= mu;
		now[l] = hyper[LR * LANES + l] * (1 - mu) / (1 - power[2 * LANES]);
		next[l] = hyper[LR * LANES + l] * mu_next / (1 - power[2 * LANES] * mu_next);
		root[l] = 1 / __builtin_sqrt(1 - power[0]);
	}
	const wide by_gradient = -spread(now), by_mean = -spread(next), unbias = spread(root), eps = spread(hyper + EPS * LANES), decay = spread(hyper + DECAY * LANES);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *v = (wide *)&state->exp_avg_sq;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		v[i] = fma_w(beta2, v[i], (one - beta2) * g * g);
		w[i] = fma_w(fma_w(by_gradient, g, by_mean * m[i]), rcp_w(fma_w(sqrt_w(v[i]), unbias, eps)), w[i]);
	}
}	/* @end */

void radam(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body radam */
	enum { LR, BETA1, BETA2, EPS, DECAY };           /* rows of hyper */
	double plain[LANES], adaptive[LANES];
	for (int l = 0; l < LANES; l++) {
		double *power = scalars + l, beta2 = hyper[BETA2 * LANES + l];
		power[0] *= hyper[BETA1 * LANES + l];
		power[LANES] *= beta2;
		power[2 * LANES] += 1;
		const double most = 2 / (1 - beta2) - 1, rho = most - 2 * power[2 * LANES] * power[LANES] / (1 - power[LANES]), step = hyper[LR * LANES + l] / (1 - power[0]);
		plain[l] = rho > 5 ? 0 : step;
		adaptive[l] = rho > 5 ? step * __builtin_sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)) * __builtin_sqrt(1 - power[LANES]) : 0;
	}
	const wide minus_plain = -spread(plain), minus_adaptive = -spread(adaptive), eps = spread(hyper + EPS * LANES), decay = spread(hyper + DECAY * LANES);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *v = (wide *)&state->exp_avg_sq;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		v[i] = fma_w(beta2, v[i], (one - beta2) * g * g);
		w[i] = fma_w(m[i], fma_w(minus_adaptive, rcp_w(sqrt_w(v[i]) + eps), minus_plain), w[i]);
	}
}	/* @end */

void adamax(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)
{	/* @body adamax */
	enum { LR, BETA1, BETA2, EPS, DECAY };           /* rows of hyper */
	double step[LANES];
	for (int l = 0; l < LANES; l++) {
		scalars[l] *= hyper[BETA1 * LANES + l];
		step[l] = hyper[LR * LANES + l] / (1 - scalars[l]);
	}
	const wide minus_step = -spread(step), eps = spread(hyper + EPS * LANES), decay = spread(hyper + DECAY * LANES);
	const wide beta1 = spread(hyper + BETA1 * LANES), beta2 = spread(hyper + BETA2 * LANES), one = splat_w(1);
	wide *w = (wide *)params, *m = (wide *)&state->exp_avg, *u = (wide *)&state->exp_inf;
	const wide *dw = (const wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++) {
		const wide g = fma_w(decay, w[i], dw[i]);
		m[i] = fma_w(beta1, m[i], (one - beta1) * g);
		u[i] = max_w(beta2 * u[i], abs_w(g) + eps);
		w[i] = fma_w(minus_step * m[i], rcp_w(max_w(u[i], splat_w(R(1e-37)))), w[i]);
	}
}	/* @end */
#endif
