/* Gradient clipping, before the optimizer: torch.nn.utils.clip_grad_norm_ and clip_grad_value_. */
#ifdef OP_C
#include "optimizer_test.h"

/* The gradients of each run as one vector, shortened where its length is above `most`. Sixteen sums, added in their order: the same for all LANES. */
void clip_grad_norm(struct params *grads, const double *most)
{	/* @body clip_grad_norm */
	union { real all; scalar lane[LANES]; } limit;
	for (int l = 0; l < LANES; l++)
		limit.lane[l] = (scalar)most[l];
	real *g = (real *)grads, part[16] = {splat_(0)};
	int i = 0;
	for (; i + 16 <= TRAINED; i += 16)
		for (int s = 0; s < 16; s++)
			part[s] = fma_(g[i + s], g[i + s], part[s]);
	for (int s = 0; i + s < TRAINED; s++)
		part[s] = fma_(g[i + s], g[i + s], part[s]);
	real sum = part[0];
	for (int s = 1; s < 16; s++)
		sum += part[s];
	const real scale = min_(limit.all * rcp_(sqrt_(sum) + R(1e-6)), splat_(1));
	for (i = 0; i < TRAINED; i++)
		g[i] *= scale;
}	/* @end */

/* Each gradient within -most .. most. */
void clip_grad_value(struct params *grads, const double *most)
{	/* @body clip_grad_value */
	const wide limit = spread(most);
	wide *g = (wide *)grads;
	for (int i = 0; i < TRAINED_WIDES; i++)
		g[i] = min_w(max_w(g[i], -limit), limit);
}	/* @end */
#endif
