/* Ops: self_attention, self_attention_back
** softmax(scale q k') v of every head, q, k and v side by side in one row a place, as one linear layer makes them: no part of them is moved,
** and of the scores only those of one head and some places are in memory (attention.h). */
#ifdef OP_RULES

/* x is [B,T,3E]; the gradient of the result [B,T,E]. */
static bool self_attention_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape;
	int64_t heads = n->attr[0].i[0];
	if (x->rank != 3 || x->batch > 0 || heads < 1 || x->dim[2] % (3 * heads)) {
		text_add(why, "queries, keys and values of ");
		text_printf(why, "%lld heads side by side do not fit ", (long long)heads);
		shape_text(x, why);
		return false;
	}
	struct shape y = *x;
	y.dim[2] /= 3;
	if (n->in_count > 1 && !shape_equal(&n->in[1]->shape, &y)) {
		text_add(why, "the gradient does not fit");
		return false;
	}
	*out = n->in_count > 1 ? *x : y;
	return true;
}

static double self_attention_flops(const struct node *n)
{
	const struct shape *x = &n->in[0]->shape;
	double scores = (double)(x->dim[0] * x->dim[1] * x->dim[1]), products = n->in_count > 1 ? 5 : 2;
	return scores * (2 * products * (double)(x->dim[2] / 3) + 20.0 * (double)n->attr[0].i[0]);
}

static const char *self_attention_kernel(const struct node *n)
{
	const struct shape *x = &n->in[0]->shape;
	bool large = x->dim[0] * x->dim[1] * x->dim[1] * x->dim[2] / 3 >= LARGE_PRODUCTS;
	return n->in_count > 1 ? (large ? "self_attention_back_gemm" : "self_attention_back") : large ? "self_attention_gemm" : "self_attention";
}

static void self_attention_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = g_op(g, "self_attention_back", 2, (struct node *[]){n->in[0], dy}, n->attr, n->at);
}

/* q, k or v of x as [B,heads,T,D]. */
static struct node *self_attention_part(struct graph *g, struct node *x, int which, int64_t heads)
{
	int64_t width = x->shape.dim[2] / 3;
	struct attr part[ATTR_MAX] = {{.i = {2}, .count = 1}, {.i = {which * width}, .count = 1}, {.i = {(which + 1) * width}, .count = 1}, {.i = {1}, .count = 1}};
	struct attr order[ATTR_MAX] = {{.i = {0, 2, 1, 3}, .count = 4}};
	struct shape s = {.rank = 4, .batch = x->shape.batch, .dim = {x->shape.dim[0], x->shape.dim[1], heads, width / heads}};
	struct node *split = reshape_like(g, g_op(g, "slice", 1, &x, part, x->at), &s);
	return g_op(g, "transpose", 1, &split, order, x->at);
}

/* The forward of other ops, to be differentiated twice; bias: added to the scores, or NULL. */
static struct node *self_attention_nodes(struct graph *g, struct node *x, struct node *bias, const struct node *n)
{
	int64_t heads = n->attr[0].i[0];
	struct node *q = self_attention_part(g, x, 0, heads), *k = self_attention_part(g, x, 1, heads), *v = self_attention_part(g, x, 2, heads);
	struct attr transposed[ATTR_MAX] = {{.i = {0}, .count = 1}, {.i = {1}, .count = 1}}, order[ATTR_MAX] = {{.i = {0, 2, 1, 3}, .count = 4}};
	struct node *scale = graph_const(g, n->attr[2].f);
	struct node *score = g_op(g, "matmul", 2, (struct node *[]){q, k}, transposed, n->at);
	score = g_op(g, "mul", 2, (struct node *[]){score, scale}, NULL, n->at);
	if (bias)
		score = g_op(g, "add", 2, (struct node *[]){score, bias}, NULL, n->at);
	struct node *p = g_op(g, n->attr[1].i[0] ? "causal_softmax" : "softmax", 1, &score, NULL, n->at);
	struct node *seen = g_op(g, "matmul", 2, (struct node *[]){p, v}, NULL, n->at);
	struct shape y = x->shape;
	y.dim[2] /= 3;
	return reshape_like(g, g_op(g, "transpose", 1, &seen, order, n->at), &y);
}

static void self_attention_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *x = reshape_like(g, n->in[0], &n->in[0]->shape), *ds = reshape_like(g, n->in[1], &n->in[1]->shape), *back;
	struct node *weighed = g_op(g, "mul", 2, (struct node *[]){self_attention_nodes(g, x, NULL, n), ds}, NULL, n->at);
	g_gradients(g, weighed, &x, 1, &back);
	struct node *twice = g_op(g, "mul", 2, (struct node *[]){back, dy}, NULL, n->at);
	g_gradients(g, twice, (struct node *[]){x, ds}, 2, dx);
}

static bool self_attention_back_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 2)
		return false;
	in[0] = variant == 0 ? SHAPE(2, 3, 12) : variant == 1 ? SHAPE(2, 4, 6) : SHAPE(3, 1, 6);
	in[1] = variant == 0 ? SHAPE(2, 3, 4) : variant == 1 ? SHAPE(2, 4, 2) : SHAPE(3, 1, 2);
	attr[0] = (struct attr){.i = {variant == 0 ? 2 : 1}, .count = 1};
	attr[1] = (struct attr){.i = {variant == 1}, .count = 1};
	attr[2] = (struct attr){.f = 0.7, .count = 1};
	return true;
}

static bool self_attention_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape both[2];
	bool is = self_attention_back_test(variant, both, attr);
	if (is)
		in[0] = both[0];
	return is;
}

static const struct op op_self_attention = {
	.name = "self_attention", .class = OP_KERNEL, .inputs = 1, .attrs = {"heads:int", "causal:bool", "scale:float"}, .sizes = "T:places W:parts E:width", .header = "attention.h",
	.synopsis = "softmax(scale q k') v of every head; x [B,T,3E] holds q, k and v; `causal`: place t sees those up to t", .doc = "self_attention_back(x, dy)",
	.shape = self_attention_shape, .grad = self_attention_grad, .kernel = self_attention_kernel, .flop_count = self_attention_flops, .test_inputs = self_attention_test, .low = -1, .high = 1,
};
static const struct op op_self_attention_back = {
	.name = "self_attention_back", .class = OP_KERNEL, .inputs = 2, .attrs = {"heads:int", "causal:bool", "scale:float"}, .sizes = "T:places W:parts E:width", .header = "attention.h",
	.synopsis = "the gradient of self_attention by x", .doc = "derived from softmax and matmul", .shape = self_attention_shape, .grad = self_attention_back_grad,
	.kernel = self_attention_kernel, .flop_count = self_attention_flops, .test_inputs = self_attention_back_test, .low = -1, .high = 1,
};
#endif

#ifdef OP_C
#include "real.h"
#if LANES == 1
#include "gemm.h"
#endif
#include "attention.h"

void self_attention(int B, int T, int W, int E, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], real y[B][T][E])
{	/* @body self_attention */
	real p[T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &y[r][0][k * (E / HEADS)], p);
}	/* @end */

void self_attention_back(int B, int T, int W, int E, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real dy[B][T][E], real d[B][T][W])
{	/* @body self_attention_back */
	real p[T], g[T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_back_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &dy[r][0][k * (E / HEADS)], &d[r][0][k * (E / HEADS)], p, g);
}	/* @end */

#if LANES == 1
void self_attention_gemm(int B, int T, int W, int E, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], real y[B][T][E])
{	/* @body self_attention_gemm */
	real p[PLACES][T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_gemm_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &y[r][0][k * (E / HEADS)], p);
}	/* @end */

void self_attention_back_gemm(int B, int T, int W, int E, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real dy[B][T][E], real d[B][T][W])
{	/* @body self_attention_back_gemm */
	real p[PLACES][T], g[PLACES][T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_back_gemm_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &dy[r][0][k * (E / HEADS)], &d[r][0][k * (E / HEADS)], p, g);
}	/* @end */
#endif
#endif

#ifdef OP_CUDA
/* Every head of every sample at a time (mosaic_cuda_attention.h). */
void self_attention_gemm(int B, int T, int W, int E, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], real y[B][T][E])
{	/* @body self_attention_gemm */
	gemm_attention(B, T, W, E, HEADS, CAUSAL, SCALE, x, y);
}	/* @end */

void self_attention_back_gemm(int B, int T, int W, int E, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real dy[B][T][E], real d[B][T][W])
{	/* @body self_attention_back_gemm */
	gemm_attention_back(B, T, W, E, HEADS, CAUSAL, SCALE, x, dy, d);
}	/* @end */
#endif
