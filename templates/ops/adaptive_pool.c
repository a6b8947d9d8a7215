/* Ops: adaptive_avg_pool2d, adaptive_avg_pool2d_back
** Means over windows that cut an image into as many parts as are wanted, as torch.nn.AdaptiveAvgPool2d does: part i of P of a size H goes from
** floor(i H / P) to ceil((i + 1) H / P), so that neighbours may share a row. */
#ifdef OP_RULES

/* x [...,H,W] and attr sizes: P, Q -> [...,P,Q]; back: dy [...,P,Q] and sizes H, W. */
static bool adaptive_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape;
	if (x->rank < 2 || x->batch > 0 || (x->batch == 0 && x->rank < 3) || n->attr[0].count != 2) {
		shape_text(x, why);
		text_add(why, " has no rows and columns of each sample to pool");
		return false;
	}
	*out = *x;
	out->dim[x->rank - 2] = n->attr[0].i[0];
	out->dim[x->rank - 1] = n->attr[0].i[1];
	return true;
}

static struct node *adaptive_part(struct graph *g, struct node *n, const char *op, struct node *x)
{
	const struct shape *s = &n->in[0]->shape;
	struct attr sizes[ATTR_MAX] = {{.i = {s->dim[s->rank - 2], s->dim[s->rank - 1]}, .count = 2}};
	return g_op(g, op, 1, &x, sizes, n->at);
}

static void adaptive_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = adaptive_part(g, n, "adaptive_avg_pool2d_back", dy);
}

static void adaptive_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = adaptive_part(g, n, "adaptive_avg_pool2d", dy);
}

static bool adaptive_case(int variant, struct shape *in, struct attr *attr, bool back)
{
	static const int64_t t[][4] = {{5, 7, 2, 3}, {4, 1, 3, 1}};
	if (variant > 1)
		return false;
	const int64_t *from = t[variant] + 2 * back, *to = t[variant] + 2 * !back;
	in[0] = SHAPE(2, variant + 1, from[0], from[1]);
	attr[0] = (struct attr){.i = {to[0], to[1]}, .count = 2};
	return true;
}

static bool adaptive_test(int variant, struct shape *in, struct attr *attr)
{
	return adaptive_case(variant, in, attr, false);
}

static bool adaptive_back_test(int variant, struct shape *in, struct attr *attr)
{
	return adaptive_case(variant, in, attr, true);
}

static const struct op op_adaptive_avg_pool2d = {
	.name = "adaptive_avg_pool2d", .class = OP_KERNEL, .inputs = 1, .sizes = "P:height Q:width", .attrs = {"sizes:ints"}, .shape = adaptive_shape, .grad = adaptive_grad, .test_inputs = adaptive_test,
	.synopsis = "means over the `sizes` parts of an image", .doc = "adaptive_avg_pool2d_back(dy)", .flops = 4, .low = -2, .high = 2,
};
static const struct op op_adaptive_avg_pool2d_back = {
	.name = "adaptive_avg_pool2d_back", .class = OP_KERNEL, .inputs = 1, .sizes = "P:height Q:width", .attrs = {"sizes:ints"}, .shape = adaptive_shape, .grad = adaptive_back_grad,
	.test_inputs = adaptive_back_test, .synopsis = "the gradient of adaptive_avg_pool2d; `sizes`: of the image", .doc = "adaptive_avg_pool2d of it", .flops = 2, .low = -2, .high = 2,
};

/* An image cut into rows x columns parts, the mean of each (torch.nn.AdaptiveAvgPool2d). x: [...,H,W] to [...,rows,columns]. */
NN_API nn_tensor nn_adaptive_avg_pool2d(nn_tensor x, int rows, int columns)
{
	struct node *in = trace_arg(x, "x", 2, RANK_MAX);
	if (rows < 1 || columns < 1)
		trace_fail("nn_adaptive_avg_pool2d: %d rows and %d columns; at least 1 of each", rows, columns);
	int64_t height = in->shape.dim[in->shape.rank - 2], width = in->shape.dim[in->shape.rank - 1];
	if (height % rows == 0 && width % columns == 0 && height < 1 << 15 && width < 1 << 15)
		return nn_avg_pool2d(x, 1, .kernels = {(int)(height / rows), (int)(width / columns)});
	struct attr sizes[ATTR_MAX] = {{.i = {rows, columns}, .count = 2}};
	return trace_op(&op_adaptive_avg_pool2d, 1, &in, sizes);
}
#endif

#ifdef OP_C
#include "real.h"

void adaptive_avg_pool2d(int B, int H, int W, int P, int Q, const real x[B][H][W], real y[B][P][Q])
{	/* @body adaptive_avg_pool2d */
	for (int r = 0; r < B; r++)
		for (int p = 0; p < P; p++)
			for (int q = 0; q < Q; q++) {
				const int top = p * H / P, left = q * W / Q, bottom = ((p + 1) * H + P - 1) / P, right = ((q + 1) * W + Q - 1) / Q;
				real sum = splat_(0);
				for (int m = top; m < bottom; m++)
					for (int l = left; l < right; l++)
						sum += x[r][m][l];
				y[r][p][q] = sum / R((bottom - top) * (right - left));
			}
}	/* @end */

void adaptive_avg_pool2d_back(int B, int H, int W, int P, int Q, const real y[B][P][Q], real d[B][H][W])
{	/* @body adaptive_avg_pool2d_back */
	for (int r = 0; r < B; r++) {
		for (int m = 0; m < H; m++)
			for (int l = 0; l < W; l++)
				d[r][m][l] = splat_(0);
		for (int p = 0; p < P; p++)
			for (int q = 0; q < Q; q++) {
				const int top = p * H / P, left = q * W / Q, bottom = ((p + 1) * H + P - 1) / P, right = ((q + 1) * W + Q - 1) / Q;
				const real share = y[r][p][q] / R((bottom - top) * (right - left));
				for (int m = top; m < bottom; m++)
					for (int l = left; l < right; l++)
						d[r][m][l] += share;
			}
	}
}	/* @end */
#endif
