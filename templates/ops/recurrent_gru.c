/* Ops: gru, gru_back
** r z of p + w h before + b; n = tanh(p + r q), q = w h before + b; h = n + z (h before - n) over the steps of a sequence, as torch.nn.GRU
** computes it; see recurrent.c. */
#ifdef OP_RULES

static bool gru_shape(const struct node *n, struct shape *out, struct text *why)
{
	return recurrent_shape(n, 3, 5, 1, 1, false, out, why);
}

static bool gru_back_shape(const struct node *n, struct shape *out, struct text *why)
{
	return recurrent_shape(n, 5, 5, 0, 1, true, out, why);
}

static const char *gru_kernel(const struct node *n)
{
	return recurrent_units(n) ? "gru_direct" : recurrent_large(n) ? "gru_gemm" : "gru";
}

static const char *gru_back_kernel(const struct node *n)
{
	return recurrent_large(n) ? "gru_back_gemm" : "gru_back";
}

/* d holds the gradients of the sums r z q, of n's sum, and of h. */
static void gru_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *w = n->in[1], *h0 = n->in[3];
	int64_t h = w->shape.dim[1];
	struct node *d = g_op(g, "gru_back", 4, (struct node *[]){n, w, h0, dy}, NULL, n->at);
	struct node *sums = recurrent_part(g, d, 2, 0, 3 * h);
	dx[0] = recurrent_join(g, (struct node *[]){recurrent_part(g, d, 2, 0, 2 * h), recurrent_part(g, d, 2, 3 * h, 4 * h)}, 2);
	dx[1] = recurrent_weight(g, sums, h0, recurrent_part(g, n, 2, 4 * h, 5 * h));
	dx[2] = g_sum_to(g, sums, &n->in[2]->shape);
	struct node *kept = g_op(g, "mul", 2, (struct node *[]){recurrent_step(g, d, 0, h, 4, 1), recurrent_step(g, n, 0, h, 1, 1)}, NULL, n->at);
	dx[3] = g_op(g, "add", 2, (struct node *[]){recurrent_back(g, recurrent_step(g, d, 0, h, 0, 3), w), kept}, NULL, n->at);
}

/* The step of gru_step_back_ (recurrent.h) as nodes: d[0..4] of one step from s[0..4], ds[0..4], h before, and dh. */
static void gru_step_nodes(struct graph *g, struct node *const *s, struct node *const *ds, struct node *before, struct node *dh, struct node **d, struct place at)
{
	struct binding all[] = {{"r", s[0]}, {"z", s[1]}, {"q", s[2]}, {"n", s[3]}, {"dr", ds[0]}, {"dz", ds[1]}, {"dq", ds[2]}, {"dn", ds[3]}, {"before", before}, {"dh", dh}};
	enum { COUNT = sizeof all / sizeof *all };
	d[4] = dh;
	d[3] = graph_expr(g, "(dn + dh * (1 - z)) * (1 - n * n)", all, COUNT, at);
	all[7].node = d[3];
	d[0] = graph_expr(g, "(dr + dn * q) * (r * (1 - r))", all, COUNT, at);
	d[1] = graph_expr(g, "(dz + dh * (before - n)) * (z * (1 - z))", all, COUNT, at);
	d[2] = graph_expr(g, "dq + dn * r", all, COUNT, at);
}

static void gru_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *v[4], *sum = NULL, *d[5] = {NULL}, *behind_z = NULL;
	int64_t h = n->in[1]->shape.dim[1];
	recurrent_views(g, n, v);
	for (int64_t t = n->shape.dim[1] - 1; t >= 0; t--) {
		struct node *s[5], *ds[5], *before = t ? recurrent_step(g, v[0], t - 1, h, 4, 1) : v[2];
		for (int k = 0; k < 5; k++) {
			s[k] = recurrent_step(g, v[0], t, h, k, 1);
			ds[k] = recurrent_step(g, v[3], t, h, k, 1);
		}
		struct node *dh = ds[4];
		if (behind_z) {
			struct node *kept = g_op(g, "mul", 2, (struct node *[]){d[4], behind_z}, NULL, n->at);
			dh = g_op(g, "add", 2, (struct node *[]){dh, kept}, NULL, n->at);
			dh = g_op(g, "add", 2, (struct node *[]){dh, recurrent_back(g, recurrent_join(g, d, 3), v[1])}, NULL, n->at);
		}
		gru_step_nodes(g, s, ds, before, dh, d, n->at);
		behind_z = s[1];
		for (int k = 0; k < 5; k++)
			sum = recurrent_weighed(g, sum, d[k], dy, t, h, k);
	}
	g_gradients(g, sum, v, 4, dx);
}

static bool gru_test(int variant, struct shape *in, struct attr *attr)
{
	(void)attr;
	return recurrent_test(&recurrent_kinds[2], variant, false, 1, 1, in);
}

static bool gru_back_test(int variant, struct shape *in, struct attr *attr)
{
	(void)attr;
	return recurrent_test(&recurrent_kinds[2], variant, true, 0, 1, in);
}

static const struct op op_gru = {
	.name = "gru", .class = OP_KERNEL, .inputs = 4, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .shape = gru_shape, .grad = gru_grad, .kernel = gru_kernel,
	.synopsis = "r z q n h over the steps of p [B,T,3H], from h0 on: r, z of p + w h before + b, n = tanh(p + r q), h = n + z (h before - n)",
	.doc = "dr dz dq dn dh = gru_back(s, w, h0, ds); dw = dr dz dq' h before, db their sum; dh0 = dr dz dq w + dh z at the first step",
	.test_inputs = gru_test, .flop_count = recurrent_flops, .low = -1, .high = 1,
};
static const struct op op_gru_back = {
	.name = "gru_back", .class = OP_KERNEL, .inputs = 4, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .shape = gru_back_shape, .grad = gru_back_grad,
	.kernel = gru_back_kernel, .synopsis = "the gradient of gru by the sums r z q, by n's sum and by h, from the last step to the first", .doc = "derived from the steps, written out",
	.test_inputs = gru_back_test, .flop_count = recurrent_flops, .low = -1, .high = 1,
};
#endif

#ifdef OP_C
#include "recurrent.h"

void gru(int B, int T, int G, int H, int S, const real p[B][T][G], const real w[G][H], const real b[G], const real h0[B][H], real s[B][T][S])
{	/* @body gru */
	for (int r = 0; r < B; r++)
		for (int t = 0; t < T; t++) {
			const real *before = t ? &s[r][t - 1][4 * H] : h0[r];
			for (int g = 0; g < G; g++) {
				real sum = b[g];
				for (int j = 0; j < H; j++)
					sum = fma_(before[j], w[g][j], sum);
				s[r][t][g] = sum;
			}
			gru_step_(H, p[r][t], before, s[r][t]);
		}
}	/* @end */

void gru_back(int B, int T, int G, int H, int S, const real s[B][T][S], const real w[G][H], const real h0[B][H], const real ds[B][T][S], real d[B][T][S])
{	/* @body gru_back */
	for (int r = 0; r < B; r++)
		for (int t = T - 1; t >= 0; t--) {
			for (int j = 0; j < H; j++)
				d[r][t][4 * H + j] = ds[r][t][4 * H + j];
			if (t < T - 1) {
				for (int j = 0; j < H; j++)
					d[r][t][4 * H + j] = fma_(d[r][t + 1][4 * H + j], s[r][t + 1][H + j], d[r][t][4 * H + j]);
				step_back_(G, H, d[r][t + 1], w, &d[r][t][4 * H]);
			}
			gru_step_back_(H, s[r][t], t ? &s[r][t - 1][4 * H] : h0[r], ds[r][t], d[r][t]);
		}
}	/* @end */

#if LANES == 1
#include "gemm.h"

void gru_direct(int B, int T, int G, int H, int S, const real p[B][T][G], const real w[G][H], const real b[G], const real h0[B][H], real s[B][T][S])
{	/* @body gru_direct */
	real turned[G * H] __attribute__((aligned(64))), state[2][SAMPLES_AT_ONCE][H] __attribute__((aligned(64)));
	panels_(3, H, H, w[0], H, 0, turned);
	for (int r = 0; r < B; r += SAMPLES_AT_ONCE) {
		const int rows = B - r < SAMPLES_AT_ONCE ? B - r : SAMPLES_AT_ONCE;
		first_states_(rows, H, h0[r], state[0]);
		first_states_(0, H, NULL, state[1]);
		for (int t = 0; t < T; t++)
			for (int u = 0; u < H; u += PART)
				for (int i = 0; i < rows; i += SAMPLES_TOGETHER)
					gru_units_(rows - i, H, turned + u * G, state[t % 2][i], &p[r + i][t][u], T * G, &b[u], &s[r + i][t][u], T * S, &state[t % 2][i][u], &state[1 - t % 2][i][u]);
	}
}	/* @end */

void gru_gemm(int B, int T, int G, int H, int S, const real p[B][T][G], const real w[G][H], const real b[G], const real h0[B][H], real s[B][T][S])
{	/* @body gru_gemm */
	for (int t = 0; t < T; t++) {
		for (int r = 0; r < B; r++)
			for (int g = 0; g < G; g++)
				s[r][t][g] = b[g];
		gemm_rows_nt(B, G, H, t ? &s[0][t - 1][4 * H] : h0[0], t ? T * S : H, &w[0][0], 1, s[0][t], T * S);
		for (int r = 0; r < B; r++)
			gru_step_(H, p[r][t], t ? &s[r][t - 1][4 * H] : h0[r], s[r][t]);
	}
}	/* @end */

void gru_back_gemm(int B, int T, int G, int H, int S, const real s[B][T][S], const real w[G][H], const real h0[B][H], const real ds[B][T][S], real d[B][T][S])
{	/* @body gru_back_gemm */
	for (int t = T - 1; t >= 0; t--) {
		for (int r = 0; r < B; r++)
			for (int j = 0; j < H; j++)
				d[r][t][4 * H + j] = ds[r][t][4 * H + j];
		if (t < T - 1) {
			for (int r = 0; r < B; r++)
				for (int j = 0; j < H; j++)
					d[r][t][4 * H + j] = fma_(d[r][t + 1][4 * H + j], s[r][t + 1][H + j], d[r][t][4 * H + j]);
			gemm_rows_nn(B, H, G, d[0][t + 1], T * S, &w[0][0], 1, &d[0][t][4 * H], T * S);
		}
		for (int r = 0; r < B; r++)
			gru_step_back_(H, s[r][t], t ? &s[r][t - 1][4 * H] : h0[r], ds[r][t], d[r][t]);
	}
}	/* @end */
#endif
#endif
