/* Ops: normalize, normalize_back
** (x - mean) / sqrt(variance + eps) of every row, the heart of layer, group and instance normalisation (norm.c), in passes over a row that stays in the
** first cache. The way back works out mean and deviation again: two passes there cost less than an array of them. */
#ifdef OP_RULES

static const char *normalize_kernel(const struct node *n)
{
	bool one = n->shape.rank == 1 || shape_count(&n->shape) == n->shape.dim[n->shape.rank - 1];
	return n->in_count > 1 ? (one ? "normalize_back_1" : "normalize_back") : one ? "normalize_1" : "normalize";
}

static void normalize_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = g_op(g, "normalize_back", 2, (struct node *[]){n->in[0], dy}, n->attr, n->at);
}

static struct node *normalize_mean(struct graph *g, struct node *x)
{
	int last = x->shape.rank - 1;
	struct attr axis[ATTR_MAX] = {{.i = {last}, .count = 1}, {.i = {1}, .count = 1}};
	struct node *sum = g_op(g, "sum", 1, &x, axis, x->at), *share = graph_const(g, 1 / (double)x->shape.dim[last]);
	return g_op(g, "mul", 2, (struct node *[]){sum, share}, NULL, x->at);
}

/* dx = (dy - mean(dy) - y mean(dy y)) / s with y = (x - mean(x)) / s and s = sqrt(variance + eps), of other ops, to be differentiated again. */
static struct node *normalize_back_nodes(struct graph *g, struct node *x, struct node *dy, const struct node *n)
{
	struct binding all[] = {{"x", x}, {"dy", dy}, {"m", normalize_mean(g, x)}, {"c", NULL}, {"s", NULL}, {"y", NULL}, {"eps", graph_const(g, n->attr[0].f)}};
	enum { COUNT = sizeof all / sizeof *all };
	for (int k = 3; k < 6; k++)
		all[k].node = x;
	all[3].node = graph_expr(g, "x - m", all, COUNT, n->at);
	all[4].node = normalize_mean(g, graph_expr(g, "c * c", all, COUNT, n->at));
	all[4].node = graph_expr(g, "sqrt(s + eps)", all, COUNT, n->at);
	all[5].node = graph_expr(g, "c / s", all, COUNT, n->at);
	all[2].node = normalize_mean(g, dy);
	all[3].node = normalize_mean(g, graph_expr(g, "dy * y", all, COUNT, n->at));
	return graph_expr(g, "(dy - m - y * c) / s", all, COUNT, n->at);
}

static void normalize_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *views[2];
	for (int k = 0; k < 2; k++)
		views[k] = reshape_like(g, n->in[k], &n->in[k]->shape);
	struct node *weighed = g_op(g, "mul", 2, (struct node *[]){normalize_back_nodes(g, views[0], views[1], n), dy}, NULL, n->at);
	g_gradients(g, weighed, views, 2, dx);
}

static bool normalize_back_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 3)
		return false;
	in[0] = in[1] = variant == 0 ? SHAPE(3) : variant == 1 ? SHAPE(2, 2, 4) : variant == 2 ? SHAPE(4, 5) : SHAPE(2, 37);
	attr[0] = (struct attr){.f = 1e-2, .count = 1};
	return true;
}

static bool normalize_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape both[2];
	bool is = normalize_back_test(variant, both, attr);
	if (is)
		in[0] = both[0];
	return is;
}

static const struct op op_normalize = {
	.name = "normalize", .class = OP_KERNEL, .inputs = 1, .attrs = {"eps:float"}, .header = "rows.h", .synopsis = "(x - mean) / sqrt(variance + eps) over the last axis",
	.doc = "normalize_back(x, dy)", .sig = "x[B,C] -> y[B,C]", .grad = normalize_grad, .kernel = normalize_kernel, .test_inputs = normalize_test, .low = -2, .high = 2, .flops = 6,
};
static const struct op op_normalize_back = {
	.name = "normalize_back", .class = OP_KERNEL, .inputs = 2, .attrs = {"eps:float"}, .header = "rows.h", .synopsis = "the gradient of normalize by x",
	.doc = "derived from means and a root", .sig = "x[B,C] dy[B,C] -> d[B,C]", .grad = normalize_back_grad, .kernel = normalize_kernel, .test_inputs = normalize_back_test, .low = -2, .high = 2, .flops = 10,
};
#endif

#ifdef OP_C
#include "rows.h"

void normalize(int B, int C, scalar EPS, const real x[B][C], real y[B][C])
{	/* @body normalize */
	for (int r = 0; r < B; r++) {
		const real m = mean_row_(C, x[r]), scale = 1 / sqrt_(variance_row_(C, x[r], m) + EPS);
		for (int c = 0; c < C; c++)
			y[r][c] = (x[r][c] - m) * scale;
	}
}	/* @end */

void normalize_1(int C, scalar EPS, const real x[C], real y[C])
{	/* @body normalize_1 */
	const real m = mean_row_(C, x), scale = 1 / sqrt_(variance_row_(C, x, m) + EPS);
	for (int c = 0; c < C; c++)
		y[c] = (x[c] - m) * scale;
}	/* @end */

void normalize_back(int B, int C, scalar EPS, const real x[B][C], const real dy[B][C], real d[B][C])
{	/* @body normalize_back */
	for (int r = 0; r < B; r++) {
		const real m = mean_row_(C, x[r]), scale = 1 / sqrt_(variance_row_(C, x[r], m) + EPS);
		const real shift = mean_row_(C, dy[r]), share = dot_row_(C, dy[r], splat_(0), x[r], m) * (R(1) / C) * (scale * scale);
		for (int c = 0; c < C; c++)
			d[r][c] = (dy[r][c] - shift - (x[r][c] - m) * share) * scale;
	}
}	/* @end */

void normalize_back_1(int C, scalar EPS, const real x[C], const real dy[C], real d[C])
{	/* @body normalize_back_1 */
	const real m = mean_row_(C, x), scale = 1 / sqrt_(variance_row_(C, x, m) + EPS);
	const real shift = mean_row_(C, dy), share = dot_row_(C, dy, splat_(0), x, m) * (R(1) / C) * (scale * scale);
	for (int c = 0; c < C; c++)
		d[c] = (dy[c] - shift - (x[c] - m) * share) * scale;
}	/* @end */
#endif
