/* Ops: rnn, rnn_back
** h = tanh(p + w h before) over the steps of a sequence, or relu, as torch.nn.RNN computes it; see recurrent.c. */
#ifdef OP_RULES

static bool rnn_relu(const struct node *n)
{
	return n->attr[0].count && n->attr[0].i[0];
}

static bool rnn_shape(const struct node *n, struct shape *out, struct text *why)
{
	return recurrent_shape(n, 1, 1, 0, 1, false, out, why);
}

static bool rnn_back_shape(const struct node *n, struct shape *out, struct text *why)
{
	return recurrent_shape(n, 1, 1, 0, 0, true, out, why);
}

static const char *rnn_kernel(const struct node *n)
{
	bool large = recurrent_large(n);
	return rnn_relu(n) ? (large ? "rnn_relu_gemm" : "rnn_relu") : large ? "rnn_gemm" : "rnn";
}

static const char *rnn_back_kernel(const struct node *n)
{
	bool large = recurrent_large(n);
	return rnn_relu(n) ? (large ? "rnn_relu_back_gemm" : "rnn_relu_back") : large ? "rnn_back_gemm" : "rnn_back";
}

static void rnn_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *w = n->in[1];
	dx[0] = g_op(g, "rnn_back", 3, (struct node *[]){n, w, dy}, n->attr, n->at);
	dx[1] = recurrent_weight(g, dx[0], n->in[2], n);
	dx[2] = recurrent_back(g, recurrent_step(g, dx[0], 0, w->shape.dim[1], 0, 1), w);
}

/* d = (ds + d behind w) slope(s) */
static void rnn_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *v[3], *sum = NULL, *behind = NULL;
	int64_t h = n->in[1]->shape.dim[1];
	recurrent_views(g, n, v);
	for (int64_t t = n->shape.dim[1] - 1; t >= 0; t--) {
		struct node *dh = recurrent_step(g, v[2], t, h, 0, 1), *s = recurrent_step(g, v[0], t, h, 0, 1);
		if (behind)
			dh = g_op(g, "add", 2, (struct node *[]){dh, recurrent_back(g, behind, v[1])}, NULL, n->at);
		const struct binding names[] = {{"s", s}, {"dh", dh}};
		behind = graph_expr(g, rnn_relu(n) ? "dh * gt(s, 0)" : "dh * (1 - s * s)", names, 2, n->at);
		sum = recurrent_weighed(g, sum, behind, dy, t, h, 0);
	}
	g_gradients(g, sum, v, 3, dx);
}

static bool rnn_test(int variant, struct shape *in, struct attr *attr)
{
	attr[0] = (struct attr){.i = {variant % 2}, .count = 1};
	return recurrent_test(&recurrent_kinds[0], variant, false, 0, 1, in);
}

static bool rnn_back_test(int variant, struct shape *in, struct attr *attr)
{
	attr[0] = (struct attr){.i = {variant % 2}, .count = 1};
	return recurrent_test(&recurrent_kinds[0], variant, true, 0, 0, in);
}

static const struct op op_rnn = {
	.name = "rnn", .class = OP_KERNEL, .inputs = 3, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .attrs = {"relu:bool"}, .shape = rnn_shape, .grad = rnn_grad, .kernel = rnn_kernel,
	.synopsis = "h = tanh(p + w h before) over the steps of p [B,T,H], from h0 on; `relu`: in place of tanh", .doc = "dp = rnn_back(h, w, dh); dw = dp' h before; dh0 = dp w at the first step",
	.test_inputs = rnn_test, .flop_count = recurrent_flops, .low = -1, .high = 1,
};
static const struct op op_rnn_back = {
	.name = "rnn_back", .class = OP_KERNEL, .inputs = 3, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .attrs = {"relu:bool"}, .shape = rnn_back_shape, .grad = rnn_back_grad,
	.kernel = rnn_back_kernel, .synopsis = "the gradient of rnn by p, from the last step to the first", .doc = "derived from the steps, written out",
	.test_inputs = rnn_back_test, .flop_count = recurrent_flops, .low = -1, .high = 1,
};
#endif

#ifdef OP_C
#include "recurrent.h"

void rnn(int B, int T, int H, const real p[B][T][H], const real w[H][H], const real h0[B][H], real s[B][T][H])
{	/* @body rnn */
	for (int r = 0; r < B; r++)
		for (int t = 0; t < T; t++) {
			const real *before = t ? s[r][t - 1] : h0[r];
			for (int k = 0; k < H; k++) {
				real sum = p[r][t][k];
				for (int j = 0; j < H; j++)
					sum = fma_(before[j], w[k][j], sum);
				s[r][t][k] = sum;
			}
			for (int k = 0; k < H; k++)
				s[r][t][k] = tanh_(s[r][t][k]);
		}
}	/* @end */

void rnn_relu(int B, int T, int H, const real p[B][T][H], const real w[H][H], const real h0[B][H], real s[B][T][H])
{	/* @body rnn_relu */
	for (int r = 0; r < B; r++)
		for (int t = 0; t < T; t++) {
			const real *before = t ? s[r][t - 1] : h0[r];
			for (int k = 0; k < H; k++) {
				real sum = p[r][t][k];
				for (int j = 0; j < H; j++)
					sum = fma_(before[j], w[k][j], sum);
				s[r][t][k] = max_(sum, splat_(0));
			}
		}
}	/* @end */

void rnn_back(int B, int T, int H, const real s[B][T][H], const real w[H][H], const real ds[B][T][H], real d[B][T][H])
{	/* @body rnn_back */
	for (int r = 0; r < B; r++)
		for (int t = T - 1; t >= 0; t--) {
			for (int k = 0; k < H; k++)
				d[r][t][k] = ds[r][t][k];
			if (t < T - 1)
				step_back_(H, H, d[r][t + 1], w, d[r][t]);
			for (int k = 0; k < H; k++)
				d[r][t][k] *= fma_(-s[r][t][k], s[r][t][k], splat_(1));
		}
}	/* @end */

void rnn_relu_back(int B, int T, int H, const real s[B][T][H], const real w[H][H], const real ds[B][T][H], real d[B][T][H])
{	/* @body rnn_relu_back */
	for (int r = 0; r < B; r++)
		for (int t = T - 1; t >= 0; t--) {
			for (int k = 0; k < H; k++)
				d[r][t][k] = ds[r][t][k];
			if (t < T - 1)
				step_back_(H, H, d[r][t + 1], w, d[r][t]);
			for (int k = 0; k < H; k++)
				d[r][t][k] = sel_(gt_(s[r][t][k], splat_(0)), d[r][t][k], splat_(0));
		}
}	/* @end */

#if LANES == 1
#include "gemm.h"

void rnn_gemm(int B, int T, int H, const real p[B][T][H], const real w[H][H], const real h0[B][H], real s[B][T][H])
{	/* @body rnn_gemm */
	for (int t = 0; t < T; t++) {
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				s[r][t][k] = p[r][t][k];
		gemm_rows_nt(B, H, H, t ? s[0][t - 1] : h0[0], t ? T * H : H, &w[0][0], 1, s[0][t], T * H);
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				s[r][t][k] = tanh_(s[r][t][k]);
	}
}	/* @end */

void rnn_relu_gemm(int B, int T, int H, const real p[B][T][H], const real w[H][H], const real h0[B][H], real s[B][T][H])
{	/* @body rnn_relu_gemm */
	for (int t = 0; t < T; t++) {
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				s[r][t][k] = p[r][t][k];
		gemm_rows_nt(B, H, H, t ? s[0][t - 1] : h0[0], t ? T * H : H, &w[0][0], 1, s[0][t], T * H);
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				s[r][t][k] = max_(s[r][t][k], splat_(0));
	}
}	/* @end */

void rnn_back_gemm(int B, int T, int H, const real s[B][T][H], const real w[H][H], const real ds[B][T][H], real d[B][T][H])
{	/* @body rnn_back_gemm */
	for (int t = T - 1; t >= 0; t--) {
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				d[r][t][k] = ds[r][t][k];
		if (t < T - 1)
			gemm_rows_nn(B, H, H, d[0][t + 1], T * H, &w[0][0], 1, d[0][t], T * H);
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				d[r][t][k] *= fma_(-s[r][t][k], s[r][t][k], splat_(1));
	}
}	/* @end */

void rnn_relu_back_gemm(int B, int T, int H, const real s[B][T][H], const real w[H][H], const real ds[B][T][H], real d[B][T][H])
{	/* @body rnn_relu_back_gemm */
	for (int t = T - 1; t >= 0; t--) {
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				d[r][t][k] = ds[r][t][k];
		if (t < T - 1)
			gemm_rows_nn(B, H, H, d[0][t + 1], T * H, &w[0][0], 1, d[0][t], T * H);
		for (int r = 0; r < B; r++)
			for (int k = 0; k < H; k++)
				d[r][t][k] = sel_(gt_(s[r][t][k], splat_(0)), d[r][t][k], splat_(0));
	}
}	/* @end */
#endif
#endif
