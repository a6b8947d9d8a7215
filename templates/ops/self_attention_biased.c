/* Ops: self_attention_biased, self_attention_biased_back
** self_attention with a bias of the scores: masks (-1e30 where a place is not seen), padding, distances. As there, scores of some places alone are in memory
** (attention.h). */
#ifdef OP_RULES

/* x is [B,T,3E]; the bias [H,Q,T] for all samples or [B,H,Q,T], H the heads or 1, Q the places or 1; the gradient of the result [B,T,E]. */
static bool self_attention_biased_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape, *m = &n->in[1]->shape;
	struct node plain = {.in = {n->in[0], n->in[n->in_count - 1]}, .in_count = n->in_count - 1, .attr = {n->attr[0], n->attr[1], n->attr[2]}};
	if (!self_attention_shape(&plain, out, why))
		return false;
	const int64_t *last = m->dim + m->rank - 3;
	bool each = m->rank == 4 && m->dim[0] == x->dim[0] && m->batch == x->batch;
	if ((each || (m->rank == 3 && m->batch < 0)) && (last[0] == 1 || last[0] == n->attr[0].i[0]) && (last[1] == 1 || last[1] == x->dim[1]) && last[2] == x->dim[1])
		return true;
	text_add(why, "a bias of shape ");
	shape_text(m, why);
	text_add(why, " does not fit scores of ");
	shape_text(x, why);
	return false;
}

static double self_attention_biased_flops(const struct node *n)
{
	const struct shape *x = &n->in[0]->shape;
	double scores = (double)(x->dim[0] * x->dim[1] * x->dim[1]), products = n->in_count > 2 ? 5 : 2;
	return scores * (2 * products * (double)(x->dim[2] / 3) + 22.0 * (double)n->attr[0].i[0]);
}

static const char *self_attention_biased_kernel(const struct node *n)
{
	static const char *const names[] = {"self_attention_biased_all", "self_attention_biased", "self_attention_biased_back_all", "self_attention_biased_back",
		"self_attention_biased_all_gemm", "self_attention_biased_gemm", "self_attention_biased_back_all_gemm", "self_attention_biased_back_gemm"};
	const struct shape *x = &n->in[0]->shape;
	bool large = x->dim[0] * x->dim[1] * x->dim[1] * x->dim[2] / 3 >= LARGE_PRODUCTS;
	return names[(n->in[1]->shape.rank == 4) + 2 * (n->in_count > 2) + 4 * large];
}

static struct node *self_attention_biased_nodes(struct graph *g, struct node *x, struct node *bias, struct node *dy, const struct node *n)
{
	return g_op(g, "mul", 2, (struct node *[]){self_attention_nodes(g, x, bias, n), dy}, NULL, n->at);
}

/* That of the bias is taken of other ops: masks have none. */
static void self_attention_biased_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *bias = reshape_like(g, n->in[1], &n->in[1]->shape);
	dx[0] = g_op(g, "self_attention_biased_back", 3, (struct node *[]){n->in[0], n->in[1], dy}, n->attr, n->at);
	g_gradients(g, self_attention_biased_nodes(g, n->in[0], bias, dy, n), &bias, 1, &dx[1]);
}

static void self_attention_biased_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *in[3], *back;
	for (int k = 0; k < 3; k++)
		in[k] = reshape_like(g, n->in[k], &n->in[k]->shape);
	g_gradients(g, self_attention_biased_nodes(g, in[0], in[1], in[2], n), in, 1, &back);
	struct node *twice = g_op(g, "mul", 2, (struct node *[]){back, dy}, NULL, n->at);
	g_gradients(g, twice, in, 3, dx);
}

static bool self_attention_biased_back_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 3)
		return false;
	in[0] = variant == 1 ? SHAPE(2, 4, 6) : SHAPE(2, 3, 12);
	in[1] = variant == 0 ? SHAPE(2, 1, 1, 3) : variant == 1 ? SHAPE(1, 4, 4) : variant == 2 ? SHAPE(2, 2, 3, 3) : SHAPE(2, 1, 3);
	in[2] = variant == 1 ? SHAPE(2, 4, 2) : SHAPE(2, 3, 4);
	attr[0] = (struct attr){.i = {variant == 1 ? 1 : 2}, .count = 1};
	attr[1] = (struct attr){.i = {variant == 1}, .count = 1};
	attr[2] = (struct attr){.f = 0.7, .count = 1};
	return true;
}

static bool self_attention_biased_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape all[3];
	bool is = self_attention_biased_back_test(variant, all, attr);
	for (int k = 0; k < 2 && is; k++)
		in[k] = all[k];
	return is;
}

static const struct op op_self_attention_biased = {
	.name = "self_attention_biased", .class = OP_KERNEL, .inputs = 2, .attrs = {"heads:int", "causal:bool", "scale:float"}, .sizes = "T:places W:parts E:width H:mask_heads Q:mask_places",
	.header = "attention.h", .synopsis = "self_attention with a bias [B,H,Q,T] or [H,Q,T] added to its scores; H and Q may be 1", .doc = "self_attention_biased_back(x, bias, dy)",
	.shape = self_attention_biased_shape, .grad = self_attention_biased_grad, .kernel = self_attention_biased_kernel, .flop_count = self_attention_biased_flops,
	.test_inputs = self_attention_biased_test, .low = -1, .high = 1,
};
static const struct op op_self_attention_biased_back = {
	.name = "self_attention_biased_back", .class = OP_KERNEL, .inputs = 3, .attrs = {"heads:int", "causal:bool", "scale:float"}, .sizes = "T:places W:parts E:width H:mask_heads Q:mask_places",
	.header = "attention.h", .synopsis = "the gradient of self_attention_biased by x", .doc = "derived from softmax and matmul",
	.shape = self_attention_biased_shape, .grad = self_attention_biased_back_grad, .kernel = self_attention_biased_kernel, .flop_count = self_attention_biased_flops,
	.test_inputs = self_attention_biased_back_test, .low = -1, .high = 1,
};
#endif

#ifdef OP_C
#include "real.h"
#if LANES == 1
#include "gemm.h"
#endif
#include "attention.h"

void self_attention_biased(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[B][H][Q][T], real y[B][T][E])
{	/* @body self_attention_biased */
	real p[T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_biased_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &y[r][0][k * (E / HEADS)], p, m[r][k % H][0], Q / T * T);
}	/* @end */

void self_attention_biased_all(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[H][Q][T], real y[B][T][E])
{	/* @body self_attention_biased_all */
	real p[T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_biased_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &y[r][0][k * (E / HEADS)], p, m[k % H][0], Q / T * T);
}	/* @end */

void self_attention_biased_back(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[B][H][Q][T], const real dy[B][T][E], real d[B][T][W])
{	/* @body self_attention_biased_back */
	real p[T], g[T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_back_biased_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &dy[r][0][k * (E / HEADS)], &d[r][0][k * (E / HEADS)], p, g, m[r][k % H][0], Q / T * T);
}	/* @end */

void self_attention_biased_back_all(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[H][Q][T], const real dy[B][T][E], real d[B][T][W])
{	/* @body self_attention_biased_back_all */
	real p[T], g[T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_back_biased_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &dy[r][0][k * (E / HEADS)], &d[r][0][k * (E / HEADS)], p, g, m[k % H][0], Q / T * T);
}	/* @end */

#if LANES == 1
void self_attention_biased_gemm(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[B][H][Q][T], real y[B][T][E])
{	/* @body self_attention_biased_gemm */
	real p[PLACES][T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_biased_gemm_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &y[r][0][k * (E / HEADS)], p, m[r][k % H][0], Q / T * T);
}	/* @end */

void self_attention_biased_all_gemm(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[H][Q][T], real y[B][T][E])
{	/* @body self_attention_biased_all_gemm */
	real p[PLACES][T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_biased_gemm_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &y[r][0][k * (E / HEADS)], p, m[k % H][0], Q / T * T);
}	/* @end */

void self_attention_biased_back_gemm(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[B][H][Q][T], const real dy[B][T][E], real d[B][T][W])
{	/* @body self_attention_biased_back_gemm */
	real p[PLACES][T], g[PLACES][T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_back_biased_gemm_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &dy[r][0][k * (E / HEADS)], &d[r][0][k * (E / HEADS)], p, g, m[r][k % H][0], Q / T * T);
}	/* @end */

void self_attention_biased_back_all_gemm(int B, int T, int W, int E, int H, int Q, int HEADS, int CAUSAL, scalar SCALE, const real x[B][T][W], const real m[H][Q][T], const real dy[B][T][E], real d[B][T][W])
{	/* @body self_attention_biased_back_all_gemm */
	real p[PLACES][T], g[PLACES][T];
	for (int r = 0; r < B; r++)
		for (int k = 0; k < HEADS; k++)
			attention_head_back_biased_gemm_(T, W, E, E / HEADS, CAUSAL, SCALE, &x[r][0][k * (E / HEADS)], &dy[r][0][k * (E / HEADS)], &d[r][0][k * (E / HEADS)], p, g, m[k % H][0], Q / T * T);
}	/* @end */
#endif
#endif
