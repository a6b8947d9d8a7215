/* Op: channel_statistics
** Mean and variance of the channels of images, for batch normalisation (norm.c): a channel's places in all samples are read a second time while
** they are in the second cache. */
#ifdef OP_RULES

static bool channel_statistics_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape;
	*out = SHAPE(2, x->dim[1]);
	if (x->rank != 4 || x->batch > 0)
		text_add(why, "images [B,C,H,W] are needed");
	return x->rank == 4 && x->batch <= 0;
}

/* Row k of v [2,C] as [1,C,1,1]. */
static struct node *statistic(struct graph *g, struct node *v, int k)
{
	struct attr slice[ATTR_MAX] = {{.i = {0}, .count = 1}, {.i = {k}, .count = 1}, {.i = {k + 1}, .count = 1}, {.i = {1}, .count = 1}};
	struct attr shape[ATTR_MAX] = {{.i = {1, v->shape.dim[1], 1, 1}, .count = 4}, {.i = {-1}, .count = 1}};
	struct node *row = g_op(g, "slice", 1, &v, slice, v->at);
	return g_op(g, "reshape", 1, &row, shape, v->at);
}

/* dx = (dmean + 2 dvariance (x - mean)) / how many values a channel has, those of the samples that are there. */
static void channel_statistics_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *x = n->in[0], *count = graph_const(g, (double)(x->shape.dim[2] * x->shape.dim[3]) * (x->shape.batch < 0 ? (double)x->shape.dim[0] : 1));
	if (x->shape.batch == 0)
		count = g_op(g, "mul", 2, (struct node *[]){count, g_op(g, "samples", 0, NULL, NULL, n->at)}, NULL, n->at);
	const struct binding all[] = {{"x", x}, {"mean", statistic(g, n, 0)}, {"dm", statistic(g, dy, 0)}, {"dv", statistic(g, dy, 1)}, {"count", count}};
	dx[0] = graph_expr(g, "dm / count + (x - mean) * (2 * dv / count)", all, 5, n->at);
}

static bool channel_statistics_test(int variant, struct shape *in, struct attr *attr)
{
	static const int64_t sizes[][4] = {{2, 3, 2, 3}, {3, 2, 4, 5}, {2, 1, 1, 4}};
	(void)attr;
	if (variant < 3)
		in[0] = shape_of(4, sizes[variant]);
	return variant < 3;
}

static const struct op op_channel_statistics = {
	.name = "channel_statistics", .class = OP_KERNEL, .inputs = 1, .sizes = "P:height Q:width", .header = "rows.h", .shape = channel_statistics_shape, .grad = channel_statistics_grad,
	.test_inputs = channel_statistics_test, .synopsis = "mean and biased variance of each channel, a row each: [2,C]", .doc = "dx = (dmean + 2 dvariance (x - mean)) / count",
	.low = -2, .high = 2, .flops = 4,
};
#endif

#ifdef OP_C
#include "rows.h"

void channel_statistics(int B, int C, int P, int Q, const real x[B][C][P][Q], real y[2][C])
{	/* @body channel_statistics */
	for (int c = 0; c < C; c++) {
		real m = splat_(0), v = splat_(0);
		for (int r = 0; r < B; r++)
			m += sum_row_(P * Q, x[r][c][0]);
		m *= R(1) / (B * P * Q);
		for (int r = 0; r < B; r++)
			v += dot_row_(P * Q, x[r][c][0], m, x[r][c][0], m);
		y[0][c] = m;
		y[1][c] = v * (R(1) / (B * P * Q));
	}
}	/* @end */
#endif
