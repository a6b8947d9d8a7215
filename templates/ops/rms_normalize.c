/* Ops: rms_normalize, rms_normalize_back
** x / sqrt(mean(x^2) + eps) of every row, the heart of nn_rms_norm (norm.c), in passes over a row that stays in the first cache, as normalize's are. */
#ifdef OP_RULES

static const char *rms_kernel(const struct node *n)
{
	bool one = n->shape.rank == 1 || shape_count(&n->shape) == n->shape.dim[n->shape.rank - 1];
	return n->in_count > 1 ? (one ? "rms_normalize_back_1" : "rms_normalize_back") : one ? "rms_normalize_1" : "rms_normalize";
}

static void rms_normalize_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = g_op(g, "rms_normalize_back", 2, (struct node *[]){n->in[0], dy}, n->attr, n->at);
}

/* dx = (dy - y mean(dy y)) / s with y = x / s and s = sqrt(mean(x^2) + eps), of other ops, to be differentiated again. */
static struct node *rms_back_nodes(struct graph *g, struct node *x, struct node *dy, const struct node *n)
{
	struct binding all[] = {{"x", x}, {"dy", dy}, {"s", x}, {"y", x}, {"m", x}, {"eps", graph_const(g, n->attr[0].f)}};
	enum { COUNT = sizeof all / sizeof *all };
	all[2].node = normalize_mean(g, graph_expr(g, "x * x", all, COUNT, n->at));
	all[2].node = graph_expr(g, "sqrt(s + eps)", all, COUNT, n->at);
	all[3].node = graph_expr(g, "x / s", all, COUNT, n->at);
	all[4].node = normalize_mean(g, graph_expr(g, "dy * y", all, COUNT, n->at));
	return graph_expr(g, "(dy - y * m) / s", all, COUNT, n->at);
}

static void rms_normalize_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *views[2];
	for (int k = 0; k < 2; k++)
		views[k] = reshape_like(g, n->in[k], &n->in[k]->shape);
	struct node *weighed = g_op(g, "mul", 2, (struct node *[]){rms_back_nodes(g, views[0], views[1], n), dy}, NULL, n->at);
	g_gradients(g, weighed, views, 2, dx);
}

static const struct op op_rms_normalize = {
	.name = "rms_normalize", .class = OP_KERNEL, .inputs = 1, .attrs = {"eps:float"}, .header = "rows.h", .synopsis = "x / sqrt(mean(x^2) + eps) over the last axis",
	.doc = "rms_normalize_back(x, dy)", .sig = "x[B,C] -> y[B,C]", .grad = rms_normalize_grad, .kernel = rms_kernel, .test_inputs = normalize_test, .low = -2, .high = 2, .flops = 4,
};
static const struct op op_rms_normalize_back = {
	.name = "rms_normalize_back", .class = OP_KERNEL, .inputs = 2, .attrs = {"eps:float"}, .header = "rows.h", .synopsis = "the gradient of rms_normalize by x",
	.doc = "derived from a mean and a root", .sig = "x[B,C] dy[B,C] -> d[B,C]", .grad = rms_normalize_back_grad, .kernel = rms_kernel, .test_inputs = normalize_back_test, .low = -2, .high = 2,
	.flops = 7,
};
#endif

#ifdef OP_C
#include "rows.h"

void rms_normalize(int B, int C, scalar EPS, const real x[B][C], real y[B][C])
{	/* @body rms_normalize */
	for (int r = 0; r < B; r++) {
		const real scale = 1 / sqrt_(variance_row_(C, x[r], splat_(0)) + EPS);
		for (int c = 0; c < C; c++)
			y[r][c] = x[r][c] * scale;
	}
}	/* @end */

void rms_normalize_1(int C, scalar EPS, const real x[C], real y[C])
{	/* @body rms_normalize_1 */
	const real scale = 1 / sqrt_(variance_row_(C, x, splat_(0)) + EPS);
	for (int c = 0; c < C; c++)
		y[c] = x[c] * scale;
}	/* @end */

void rms_normalize_back(int B, int C, scalar EPS, const real x[B][C], const real dy[B][C], real d[B][C])
{	/* @body rms_normalize_back */
	for (int r = 0; r < B; r++) {
		const real scale = 1 / sqrt_(variance_row_(C, x[r], splat_(0)) + EPS);
		const real share = dot_row_(C, dy[r], splat_(0), x[r], splat_(0)) * (R(1) / C) * (scale * scale);
		for (int c = 0; c < C; c++)
			d[r][c] = (dy[r][c] - x[r][c] * share) * scale;
	}
}	/* @end */

void rms_normalize_back_1(int C, scalar EPS, const real x[C], const real dy[C], real d[C])
{	/* @body rms_normalize_back_1 */
	const real scale = 1 / sqrt_(variance_row_(C, x, splat_(0)) + EPS);
	const real share = dot_row_(C, dy, splat_(0), x, splat_(0)) * (R(1) / C) * (scale * scale);
	for (int c = 0; c < C; c++)
		d[c] = (dy[c] - x[c] * share) * scale;
}	/* @end */
#endif
