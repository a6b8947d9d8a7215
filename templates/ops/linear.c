/* Op: linear
** y = x w' + b: a dense layer; every row of x is one sample. Formula and initial values of torch.nn.Linear: weight and bias
** uniform in +-1/sqrt(in_features). */
#ifdef OP_RULES
#include <math.h>

/* A program with a layer of more weights than this has one lane: its products use the whole machine by themselves. */
enum { LARGE_FROM = 128 * 128 };
/* Sequences are large by the products of all samples at a time. */
enum { LARGE_PRODUCTS = 32768 };
/* Below GEMM_FROM multiplications plain loops are shorter. */
enum { GEMM_FROM = 64 };

static double linear_flops(const struct node *n)
{
	return 2.0 * (double)shape_count(&n->shape) * (double)n->in[1]->shape.dim[1];
}

static bool linear_one(const struct node *n)
{
	const struct shape *s = &n->in[0]->shape;
	return s->rank == 1 || (s->rank == 2 && s->dim[0] == 1);
}

static bool linear_large(const struct node *n)
{
	return shape_count(&n->in[1]->shape) > LARGE_FROM;
}

static const char *linear_kernel(const struct node *n)
{
	if (linear_one(n))
		return linear_large(n) ? "linear_1_gemm" : "linear_1";
	return linear_flops(n) / 2 < GEMM_FROM ? "linear" : "linear_gemm";
}

/* Rows of any rank as a matrix, so that a weight's gradient sums over all leading axes. */
static struct node *linear_rows(struct graph *g, struct node *x)
{
	int last = x->shape.rank - 1;
	if (last == 1)
		return x;
	struct attr a[ATTR_MAX] = {{.count = 2}, {.count = 1}};
	a[0].i[1] = x->shape.dim[last];
	a[0].i[0] = last ? shape_count(&x->shape) / x->shape.dim[last] : 1;
	a[1].i[0] = x->shape.batch < 0 ? -1 : x->shape.batch == last;
	return g_op(g, "reshape", 1, &x, a, x->at);
}

static void linear_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct attr first[ATTR_MAX] = {{.i = {1}, .count = 1}, {.i = {0}, .count = 1}};
	dx[1] = g_op(g, "matmul", 2, (struct node *[]){linear_rows(g, dy), linear_rows(g, n->in[0])}, first, n->at);
	if (n->in_count > 2)
		dx[2] = g_sum_to(g, dy, &n->in[2]->shape);
	bool row = dy->shape.rank == 1;
	struct node *back = g_op(g, "matmul", 2, (struct node *[]){row ? linear_rows(g, dy) : dy, n->in[1]}, NULL, n->at);
	dx[0] = row ? reshape_like(g, back, &n->in[0]->shape) : back;
}

/* No, one and two leading axes; then sizes that tiles have remainders of, in rows, columns and depth. */
static bool linear_test(int variant, struct shape *in, struct attr *attr)
{
	static const struct { int rank; int64_t x[3], out; } t[] = {{1, {3}, 5}, {2, {4, 3}, 5}, {3, {6, 2, 3}, 5}, {3, {2, 4, 3}, 5}, {2, {21, 5}, 33}, {2, {3, 9}, 20}, {2, {5, 131}, 4}};
	(void)attr;
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	in[0] = shape_of(t[variant].rank, t[variant].x);
	in[1] = shape_of(2, (int64_t[]){t[variant].out, t[variant].x[t[variant].rank - 1]});
	in[2] = shape_of(1, &t[variant].out);
	return true;
}

static const struct op op_linear = {
	.name = "linear",
	.class = OP_KERNEL,
	.inputs = 3,
	.sig = "x[B,I] w[O,I] b[O] -> y[B,O]",
	.synopsis = "y = x w' + b", .doc = "dx = dy w, dw = dy' x, db = dy summed over the rows",
	.grad = linear_grad,
	.kernel = linear_kernel,
	.large = linear_large,
	.flop_count = linear_flops,
	.test_inputs = linear_test,
	.low = -1, .high = 1,
};

/* x w': a row of x alone is a matrix of one row on the way. */
static struct node *linear_product(struct node *x, struct node *w)
{
	struct attr turned[ATTR_MAX] = {{.count = 1}, {.i = {1}, .count = 1}}, matrix[ATTR_MAX] = {{.i = {1, x->shape.dim[0]}, .count = 2}, {.i = {-1}, .count = 1}};
	struct attr row[ATTR_MAX] = {{.i = {w->shape.dim[0]}, .count = 1}, {.i = {-1}, .count = 1}};
	if (x->shape.rank > 1)
		return trace_op(op_find("matmul"), 2, (struct node *[]){x, w}, turned);
	struct node *rows = trace_op(op_find("reshape"), 1, &x, matrix), *y = trace_op(op_find("matmul"), 2, (struct node *[]){rows, w}, turned);
	return trace_op(op_find("reshape"), 1, &y, row);
}

/* Dense layer of out_features neurons with a weight and a bias of its own. x: [B,...,in_features]. */
NN_API nn_tensor nn_linear(nn_tensor x, int out_features)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	if (out_features < 1)
		trace_fail("nn_linear: out_features is %d, it must be at least 1", out_features);
	int64_t in_features = in->shape.dim[in->shape.rank - 1];
	if (in->shape.batch == in->shape.rank - 1)
		trace_fail("nn_linear: x has only the batch axis; reshape it to [B,1] first");
	double bound = 1 / sqrt((double)in_features);
	struct node *w = trace_param("weight", SHAPE(out_features, in_features), "uniform(%.17g,%.17g)", -bound, bound);
	struct node *b = trace_param("bias", SHAPE(out_features), "uniform(%.17g,%.17g)", -bound, bound);
	return trace_op(&op_linear, 3, (struct node *[]){in, w, b}, NULL);
}

/* The same without a bias (torch's bias=False). */
NN_API nn_tensor nn_linear_no_bias(nn_tensor x, int out_features)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	if (out_features < 1)
		trace_fail("nn_linear_no_bias: out_features is %d, it must be at least 1", out_features);
	int64_t in_features = in->shape.dim[in->shape.rank - 1];
	if (in->shape.batch == in->shape.rank - 1)
		trace_fail("nn_linear_no_bias: x has only the batch axis; reshape it to [B,1] first");
	double bound = 1 / sqrt((double)in_features);
	return linear_product(in, trace_param("weight", SHAPE(out_features, in_features), "uniform(%.17g,%.17g)", -bound, bound));
}

/* y = x w' + b with a weight [out_features,in_features] and a bias [out_features] that are given, so that layers can share them; a bias of NULL: none. */
NN_API nn_tensor nn_linear_with(nn_tensor x, nn_tensor weight, nn_tensor bias)
{
	struct node *in[] = {trace_arg(x, "x", 1, RANK_MAX), trace_arg(weight, "weight", 2, 2), bias ? trace_arg(bias, "bias", 1, 1) : NULL};
	if (!bias)
		return linear_product(in[0], in[1]);
	return trace_op(&op_linear, 3, in, NULL);
}
#endif

#ifdef OP_C
#include "real.h"
#include "gemm.h"

void linear(int B, int I, int O, const real x[B][I], const real w[O][I], const real b[O], real y[B][O])
{	/* @body linear */
	for (int r = 0; r < B; r++)
		for (int o = 0; o < O; o++) {
			real s = b[o];
			for (int i = 0; i < I; i++)
				s = fma_(x[r][i], w[o][i], s);
			y[r][o] = s;
		}
}	/* @end */

void linear_gemm(int B, int I, int O, const real x[B][I], const real w[O][I], const real b[O], real y[B][O])
{	/* @body linear_gemm */
	gemm_nt(B, O, I, x, w, b, y);
}	/* @end */

void linear_1(int I, int O, const real x[I], const real w[O][I], const real b[O], real y[O])
{	/* @body linear_1 */
	for (int o = 0; o < O; o++) {
		real s = b[o];
		for (int i = 0; i < I; i++)
			s = fma_(x[i], w[o][i], s);
		y[o] = s;
	}
}	/* @end */

void linear_1_gemm(int I, int O, const real x[I], const real w[O][I], const real b[O], real y[O])
{	/* @body linear_1_gemm */
	gemm_row_t(O, I, x, w, b, y);
}	/* @end */
#endif
