/* Ops: softmax, log_softmax, causal_softmax, one_hot
** Over the last axis; the largest value is taken off first, so that exp cannot overflow. */
#ifdef OP_RULES

/* dx = r (dy - sum(dy r)) */
static void softmax_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct attr last[ATTR_MAX] = {{.i = {n->shape.rank - 1}, .count = 1}, {.i = {1}, .count = 1}};
	struct node *weighted = g_op(g, "mul", 2, (struct node *[]){dy, n}, NULL, n->at);
	struct node *sum = g_op(g, "sum", 1, &weighted, last, n->at);
	struct node *centred = g_op(g, "sub", 2, (struct node *[]){dy, sum}, NULL, n->at);
	dx[0] = g_op(g, "mul", 2, (struct node *[]){n, centred}, NULL, n->at);
}

/* dx = dy - exp(r) sum(dy) */
static void log_softmax_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct attr last[ATTR_MAX] = {{.i = {n->shape.rank - 1}, .count = 1}, {.i = {1}, .count = 1}};
	struct node *sum = g_op(g, "sum", 1, &dy, last, n->at);
	struct node *p = g_op(g, "exp", 1, &n, NULL, n->at);
	struct node *part = g_op(g, "mul", 2, (struct node *[]){p, sum}, NULL, n->at);
	dx[0] = g_op(g, "sub", 2, (struct node *[]){dy, part}, NULL, n->at);
}

static const char *softmax_kernel(const struct node *n)
{
	bool one = n->shape.rank == 1 || shape_count(&n->shape) == n->shape.dim[n->shape.rank - 1];
	return n->op->name[0] == 's' ? (one ? "softmax_1" : "softmax") : one ? "log_softmax_1" : "log_softmax";
}

static const struct op op_softmax = {
	.name = "softmax", .class = OP_KERNEL, .inputs = 1, .header = "rows.h", .sig = "x[B,C] -> y[B,C]", .synopsis = "y = exp(x) / sum(exp(x)) over the last axis", .doc = "y (dy - sum(dy y))",
	.grad = softmax_grad, .kernel = softmax_kernel, .low = -2, .high = 2, .flops = 5,
};
static const struct op op_log_softmax = {
	.name = "log_softmax", .class = OP_KERNEL, .inputs = 1, .header = "rows.h", .sig = "x[B,C] -> y[B,C]", .synopsis = "y = x - log(sum(exp(x))) over the last axis", .doc = "dy - exp(y) sum(dy)",
	.grad = log_softmax_grad, .kernel = softmax_kernel, .low = -2, .high = 2, .flops = 5,
};

static const struct op op_causal_softmax = {
	.name = "causal_softmax", .class = OP_KERNEL, .inputs = 1, .header = "rows.h", .sig = "x[B,T,S] -> y[B,T,S]", .synopsis = "softmax of row t over the columns 0 .. t, zeros behind", .doc = "y (dy - sum(dy y))",
	.grad = softmax_grad, .low = -2, .high = 2, .flops = 3,
};

/* attr classes. A label outside 0 .. classes-1 gives a row of zeros. */
static bool one_hot_shape(const struct node *n, struct shape *out, struct text *why)
{
	struct shape r = n->in[0]->shape;
	if (r.rank < 1 || r.rank >= RANK_MAX || r.batch > 0) {
		text_add(why, r.batch > 0 ? "the samples must stand in the first axis" : r.rank ? "too many axes" : "one number has no axis of labels");
		return false;
	}
	r.dim[r.rank++] = n->attr[0].i[0];
	*out = r;
	return true;
}

static const char *one_hot_kernel(const struct node *n)
{
	return shape_count(&n->in[0]->shape) == 1 ? "one_hot_1" : "one_hot";
}

static bool one_hot_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = variant == 0 ? SHAPE(5) : SHAPE(2, 3);
	attr[0] = (struct attr){.i = {4}, .count = 1};
	return true;
}

static const struct op op_one_hot = {
	.name = "one_hot", .class = OP_KERNEL, .inputs = 1, .synopsis = "1 at the place of the label, else 0; a label outside 0 .. classes - 1: all 0", .attrs = {"classes:int"},
	.shape = one_hot_shape, .kernel = one_hot_kernel, .test_inputs = one_hot_test, .low = 0, .high = 3,
};

static struct node *softmax_axis(const struct op *op, struct node *x, int axis)
{
	int last = x->shape.rank - 1;
	axis = axis < 0 ? axis + x->shape.rank : axis;
	if (axis < 0 || axis > last || axis == x->shape.batch)
		trace_fail("nn_%s: axis %d of %d axes; it cannot be the batch", op->name, axis, x->shape.rank);
	if (axis == last)
		return trace_op(op, 1, &x, NULL);
	nn_tensor y = nn_transpose(x, axis, last);
	return nn_transpose(trace_op(op, 1, &y, NULL), axis, last);
}

/* exp(x) / sum(exp(x)) over an axis; -1 is the last. */
NN_API nn_tensor nn_softmax(nn_tensor x, int axis)
{
	return softmax_axis(&op_softmax, trace_arg(x, "x", 1, RANK_MAX), axis);
}

/* log of softmax, without its rounding. */
NN_API nn_tensor nn_log_softmax(nn_tensor x, int axis)
{
	return softmax_axis(&op_log_softmax, trace_arg(x, "x", 1, RANK_MAX), axis);
}

/* Labels 0 .. classes-1 (numbers that hold integers) as rows of one 1 and zeros: [B] to [B,classes]. */
NN_API nn_tensor nn_one_hot(nn_tensor labels, int classes)
{
	struct node *in = trace_arg(labels, "labels", 1, RANK_MAX - 1);
	if (classes < 1)
		trace_fail("nn_one_hot: %d classes", classes);
	struct attr a[ATTR_MAX] = {{.i = {classes}, .count = 1}};
	return trace_op(&op_one_hot, 1, &in, a);
}
#endif

#ifdef OP_C
#include "rows.h"

void softmax(int B, int C, const real x[B][C], real y[B][C])
{	/* @body softmax */
	for (int r = 0; r < B; r++) {
		exp_row_(C, x[r], top_row_(C, x[r]), 1, y[r]);
		scale_row_(C, y[r], 1 / sum_row_(C, y[r]), y[r]);
	}
}	/* @end */

void softmax_1(int C, const real x[C], real y[C])
{	/* @body softmax_1 */
	exp_row_(C, x, top_row_(C, x), 1, y);
	scale_row_(C, y, 1 / sum_row_(C, y), y);
}	/* @end */

void causal_softmax(int B, int T, int S, const real x[B][T][S], real y[B][T][S])
{	/* @body causal_softmax */
	for (int r = 0; r < B; r++)
		for (int p = 0; p < T; p++) {
			const int end = p + 1 < S ? p + 1 : S;
			exp_row_(end, x[r][p], top_row_(end, x[r][p]), 1, y[r][p]);
			scale_row_(end, y[r][p], 1 / sum_row_(end, y[r][p]), y[r][p]);
			for (int c = end; c < S; c++)
				y[r][p][c] = splat_(0);
		}
}	/* @end */

void log_softmax(int B, int C, const real x[B][C], real y[B][C])
{	/* @body log_softmax */
	for (int r = 0; r < B; r++) {
		const real top = top_row_(C, x[r]);
		exp_row_(C, x[r], top, 1, y[r]);
		const real shift = top + log_(sum_row_(C, y[r]));
		for (int c = 0; c < C; c++)
			y[r][c] = x[r][c] - shift;
	}
}	/* @end */

void log_softmax_1(int C, const real x[C], real y[C])
{	/* @body log_softmax_1 */
	const real top = top_row_(C, x);
	exp_row_(C, x, top, 1, y);
	const real shift = top + log_(sum_row_(C, y));
	for (int c = 0; c < C; c++)
		y[c] = x[c] - shift;
}	/* @end */

void one_hot(int B, int C, const real t[B], real y[B][C])
{	/* @body one_hot */
	for (int r = 0; r < B; r++)
		for (int c = 0; c < C; c++)
			y[r][c] = bool_(eq_(t[r], splat_((scalar)c)));
}	/* @end */

void one_hot_1(int C, const real t[1], real y[C])
{	/* @body one_hot_1 */
	for (int c = 0; c < C; c++)
		y[c] = bool_(eq_(t[0], splat_((scalar)c)));
}	/* @end */
#endif
