/* Around the optimizer: the mean gradient of several batches (accumulate), and the running mean of the weights (ema_decay,
** torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn). */
#ifdef OP_C
#include "optimizer_test.h"

/* Adds a batch's gradients to those of its group. True with their mean when the group is complete: at the end of an epoch with fewer batches. */
bool accumulate(struct params *grads, struct params *sum, int64_t batch, int64_t batches)
{	/* @body accumulate */
	const int64_t k = batch % ACCUMULATE;            /* how many the group has */
	wide *g = (wide *)grads, *s = (wide *)sum;
	const wide before = splat_w(k > 0 ? R(1) : R(0));
	for (int i = 0; i < TRAINED_WIDES; i++)
		s[i] = fma_w(before, s[i], g[i]);
	if (k + 1 < ACCUMULATE && batch + 1 < batches)
		return false;
	const wide share = splat_w((scalar)1 / (scalar)(k + 1));
	for (int i = 0; i < TRAINED_WIDES; i++)
		g[i] = s[i] * share;
	return true;
}	/* @end */

/* e += (1 - decay) (w - e); the first mean is the weights themselves. */
void average(const struct params *params, struct params *ema, double *steps, const double *decay)
{	/* @body average */
	double share[LANES];
	for (int l = 0; l < LANES; l++) {
		share[l] = steps[l] == 0 ? 1 : 1 - decay[l];
		steps[l] += 1;
	}
	const wide gain = spread(share);
	const wide *w = (const wide *)params;
	wide *e = (wide *)ema;
	for (int i = 0; i < TRAINED_WIDES; i++)
		e[i] = fma_w(gain, w[i] - e[i], e[i]);
}	/* @end */
#endif
