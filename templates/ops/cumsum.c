/* Op: cumsum
** Running sums over the last axis: y[c] = x[0] + ... + x[c]. */
#ifdef OP_RULES

/* dx[c] = dy[c] + ... + dy[C - 1]: the whole sum, less the running sum of what stands before. */
static void cumsum_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct attr last[ATTR_MAX] = {{.i = {n->shape.rank - 1}, .count = 1}, {.i = {1}, .count = 1}};
	struct node *whole = g_op(g, "sum", 1, &dy, last, n->at);
	struct node *running = g_op(g, "cumsum", 1, &dy, NULL, n->at);
	struct node *before = g_op(g, "sub", 2, (struct node *[]){running, dy}, NULL, n->at);
	dx[0] = g_op(g, "sub", 2, (struct node *[]){whole, before}, NULL, n->at);
}

static const struct op op_cumsum = {
	.name = "cumsum",
	.class = OP_KERNEL,
	.inputs = 1,
	.sig = "x[B,C] -> y[B,C]",
	.synopsis = "y = running sums of x over the last axis",
	.doc = "sum(dy) - cumsum(dy) + dy",
	.grad = cumsum_grad,
	.low = -2, .high = 2,
	.flops = 1,
};

/* Running sums over the last axis: x[0], x[0] + x[1], ... (torch.cumsum). */
NN_API nn_tensor nn_cumsum(nn_tensor x)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	return trace_op(&op_cumsum, 1, &in, NULL);
}
#endif

#ifdef OP_C
#include "real.h"

void cumsum(int B, int C, const real x[B][C], real y[B][C])
{	/* @body cumsum */
	for (int r = 0; r < B; r++) {
		real sum = splat_(0);
		for (int c = 0; c < C; c++) {
			sum += x[r][c];
			y[r][c] = sum;
		}
	}
}	/* @end */
#endif
