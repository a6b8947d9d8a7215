/* Op: recurrent_weights
** The gradients of both weights and of the bias of a recurrent layer from those of its sums, in one product over all steps of all samples; see recurrent.c. */
#ifdef OP_RULES

static bool recurrent_same_steps(const struct shape *a, const struct shape *d)
{
	return a->rank == 3 && a->batch <= 0 && a->batch == d->batch && a->dim[0] == d->dim[0] && a->dim[1] == d->dim[1];
}

/* d [B,T,G], x [B,T,I], h0 [B,H] and s [B,T,S], of which the last H numbers are h. */
static bool recurrent_weights_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *d = &n->in[0]->shape, *x = &n->in[1]->shape, *h0 = &n->in[2]->shape, *s = &n->in[3]->shape;
	if (!recurrent_same_steps(d, d) || !recurrent_same_steps(x, d) || !recurrent_same_steps(s, d))
		return recurrent_wrong(n, "sequences of the same samples and steps are [samples,steps,numbers]", why);
	if (h0->rank != 2 || !recurrent_state(h0, d, h0->dim[1]) || h0->dim[1] > s->dim[2])
		return recurrent_wrong(n, "the first state does not fit", why);
	*out = SHAPE(d->dim[2], x->dim[2] + h0->dim[1] + 1);
	return true;
}

static double recurrent_weights_flops(const struct node *n)
{
	const struct shape *x = &n->in[1]->shape;
	return 2.0 * (double)(x->dim[0] * x->dim[1]) * (double)shape_count(&n->shape);
}

static const char *recurrent_weights_kernel(const struct node *n)
{
	return recurrent_weights_flops(n) / 2 >= LARGE_PRODUCTS ? "recurrent_weights_direct" : "recurrent_weights";
}

/* By products of their own, differentiated. */
static void recurrent_weights_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *v[4];
	struct attr transposed[ATTR_MAX] = {{.i = {1}, .count = 1}, {.i = {0}, .count = 1}};
	recurrent_views(g, n, v);
	int64_t h = v[2]->shape.dim[1], kept = v[3]->shape.dim[2];
	struct shape column = {.rank = 2, .batch = -1, .dim = {n->shape.dim[0], 1}}, bias = {.rank = 1, .batch = -1, .dim = {n->shape.dim[0]}};
	struct node *parts[] = {g_op(g, "matmul", 2, (struct node *[]){linear_rows(g, v[0]), linear_rows(g, v[1])}, transposed, n->at),
		recurrent_weight(g, v[0], v[2], recurrent_part(g, v[3], 2, kept - h, kept)), reshape_like(g, g_sum_to(g, v[0], &bias), &column)};
	struct node *all = recurrent_join(g, parts, 3);
	g_gradients(g, g_op(g, "mul", 2, (struct node *[]){all, dy}, NULL, n->at), v, 4, dx);
}

static bool recurrent_weights_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape lstm[4];
	(void)attr;
	if (!recurrent_test(&recurrent_kinds[1], variant, false, 0, 2, lstm))
		return false;
	in[0] = lstm[0];
	in[1] = SHAPE(lstm[0].dim[0], lstm[0].dim[1], variant + 1);
	in[2] = lstm[2];
	in[3] = SHAPE(lstm[0].dim[0], lstm[0].dim[1], lstm[2].dim[1] * 6);
	return true;
}

static const struct op op_recurrent_weights = {
	.name = "recurrent_weights", .class = OP_KERNEL, .inputs = 4, .sizes = RECURRENT_LETTERS " N:weights", .header = "recurrent.h", .shape = recurrent_weights_shape,
	.grad = recurrent_weights_grad, .kernel = recurrent_weights_kernel,
	.synopsis = "d' x, d' h before and the sums of d side by side, d [B,T,G] the gradients of a recurrent layer's sums, h the last of what its steps keep", .doc = "the same in parts, differentiated",
	.test_inputs = recurrent_weights_test, .flop_count = recurrent_weights_flops, .low = -1, .high = 1,
};
#endif

#ifdef OP_C
#include "recurrent.h"

void recurrent_weights(int B, int T, int I, int G, int H, int S, int N, const real d[B][T][G], const real x[B][T][I], const real h0[B][H], const real s[B][T][S], real y[G][N])
{	/* @body recurrent_weights */
	for (int g = 0; g < G; g++)
		for (int i = 0; i < I; i++) {
			real sum = splat_(0);
			for (int r = 0; r < B; r++)
				for (int t = 0; t < T; t++)
					sum = fma_(d[r][t][g], x[r][t][i], sum);
			y[g][i] = sum;
		}
	for (int g = 0; g < G; g++)
		for (int j = 0; j < H; j++) {
			real sum = splat_(0);
			for (int r = 0; r < B; r++)
				for (int t = 0; t < T; t++) {
					const real *before = t ? &s[r][t - 1][S - H] : h0[r];
					sum = fma_(d[r][t][g], before[j], sum);
				}
			y[g][I + j] = sum;
		}
	for (int g = 0; g < G; g++) {
		real sum = splat_(0);
		for (int r = 0; r < B; r++)
			for (int t = 0; t < T; t++)
				sum += d[r][t][g];
		y[g][I + H] = sum;
	}
}	/* @end */

#if LANES == 1
#include "gemm.h"

/* Where products are launched, and arrays of one's own cost more than sums of a sample at a time. */
void recurrent_weights_gemm(int B, int T, int I, int G, int H, int S, int N, const real d[B][T][G], const real x[B][T][I], const real h0[B][H], const real s[B][T][S], real y[G][N])
{	/* @body recurrent_weights_gemm */
	gemm_rows_tn(G, I, B * T, d[0][0], G, x[0][0], I, 0, y[0], N);
	for (int p = 0; p < B; p++) {
		gemm_rows_tn(G, H, 1, d[p][0], G, h0[p], H, p > 0, &y[0][I], N);
		gemm_rows_tn(G, H, T - 1, d[p][0] + G, G, &s[p][0][S - H], S, 1, &y[0][I], N);
	}
	for (int g = 0; g < G; g++) {
		real sum = splat_(0);
		for (int r = 0; r < B; r++)
			for (int t = 0; t < T; t++)
				sum += d[r][t][g];
		y[g][I + H] = sum;
	}
}	/* @end */

void recurrent_weights_direct(int B, int T, int I, int G, int H, int S, int N, const real d[B][T][G], const real x[B][T][I], const real h0[B][H], const real s[B][T][S], real y[G][N])
{	/* @body recurrent_weights_direct */
	real beside[ROWS_AT_ONCE][N], turned[N][G] __attribute__((aligned(64)));
	for (int row = 0; row < B * T; row += ROWS_AT_ONCE) {
		const int rows = B * T - row < ROWS_AT_ONCE ? B * T - row : ROWS_AT_ONCE;
		for (int i = 0; i < rows; i++) {
			const int r = (row + i) / T, t = (row + i) % T;
			weights_row_(I, H, x[r][t], t ? &s[r][t - 1][S - H] : h0[r], beside[i]);
		}
		gemm_rows_tn(N, G, rows, beside[0], N, d[row / T][row % T], G, row > 0, turned[0], G);
	}
	turn_(N, G, turned[0], y[0]);
}	/* @end */
#endif
#endif
