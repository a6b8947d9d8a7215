/* Activations with numbers of their own that are no row of elementwise.def, made of rows. */
#ifdef OP_RULES
#include <math.h>

/* log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold (torch.nn.Softplus, whose threshold is 20). nn_softplus needs none. */
NN_API nn_tensor nn_softplus_with(nn_tensor x, double beta, double threshold)
{
	struct node *in = trace_arg(x, "x", 0, RANK_MAX);
	if (!(beta > 0) || isinf(beta) || isnan(threshold))
		trace_fail("nn_softplus_with: beta is %g, threshold %g; beta is a number above 0", beta, threshold);
	nn_tensor steep = nn_mul(in, beta);
	return nn_where(nn_gt(steep, threshold), in, nn_mul(nn_softplus(steep), 1 / beta));
}
#endif
