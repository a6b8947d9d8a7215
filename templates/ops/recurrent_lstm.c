/* Ops: lstm, lstm_back, lstm_gates_back
** i f g o of p + w h before; c = f c before + i g; h = o tanh(c) over the steps of a sequence, as torch.nn.LSTM computes it; see recurrent.c. */
#ifdef OP_RULES

static bool lstm_shape(const struct node *n, struct shape *out, struct text *why)
{
	return recurrent_shape(n, 4, 6, 0, 2, false, out, why);
}

static bool lstm_back_shape(const struct node *n, struct shape *out, struct text *why)
{
	return recurrent_shape(n, 6, 6, 0, 1, true, out, why);
}

static const char *lstm_kernel(const struct node *n)
{
	return recurrent_units(n) ? "lstm_direct" : recurrent_large(n) ? "lstm_gemm" : "lstm";
}

static const char *lstm_back_kernel(const struct node *n)
{
	return recurrent_large(n) ? "lstm_back_gemm" : "lstm_back";
}

/* s [B,T,6H], w, c0 and the gradient of h [B,T,H] to that of the gates [B,T,4H]. */
static bool lstm_gates_back_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *dh = &n->in[3]->shape;
	if (!recurrent_shape(n, 6, 4, 0, 1, false, out, why))
		return false;
	if (dh->rank != 3 || dh->batch != out->batch || dh->dim[0] != out->dim[0] || dh->dim[1] != out->dim[1] || dh->dim[2] * 4 != out->dim[2])
		return recurrent_wrong(n, "the gradient does not fit", why);
	return true;
}

static const char *lstm_gates_back_kernel(const struct node *n)
{
	return recurrent_units(n) ? "lstm_gates_back_direct" : "lstm_gates_back";
}

static void lstm_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *w = n->in[1];
	int64_t h = w->shape.dim[1];
	struct node *dh = recurrent_only_h(dy, h, 6);
	if (dh && recurrent_constant(n->in[3]) && (recurrent_units(n) || !recurrent_large(n))) {
		dx[0] = g_op(g, "lstm_gates_back", 4, (struct node *[]){n, w, n->in[3], dh}, NULL, n->at);
		dx[1] = recurrent_weight(g, dx[0], n->in[2], recurrent_part(g, n, 2, 5 * h, 6 * h));
		dx[2] = recurrent_back(g, recurrent_step(g, dx[0], 0, h, 0, 4), w);
		return;
	}
	struct node *d = g_op(g, "lstm_back", 4, (struct node *[]){n, w, n->in[3], dy}, NULL, n->at);
	dx[0] = recurrent_part(g, d, 2, 0, 4 * h);
	dx[1] = recurrent_weight(g, dx[0], n->in[2], recurrent_part(g, n, 2, 5 * h, 6 * h));
	dx[2] = recurrent_back(g, recurrent_step(g, d, 0, h, 0, 4), w);
	dx[3] = g_op(g, "mul", 2, (struct node *[]){recurrent_step(g, d, 0, h, 4, 1), recurrent_step(g, n, 0, h, 1, 1)}, NULL, n->at);
}

/* The step of lstm_step_back_ (recurrent.h) as nodes: d[0..5] of one step from s[0..5], ds[0..5], c before, and what comes from behind. */
static void lstm_step_nodes(struct graph *g, struct node *const *s, struct node *const *ds, struct node *before, struct node *dc, struct node *dh, struct node **d, struct place at)
{
	struct binding all[] = {{"i", s[0]}, {"f", s[1]}, {"g", s[2]}, {"o", s[3]}, {"c", s[4]}, {"di", ds[0]}, {"df", ds[1]}, {"dg", ds[2]}, {"d_o", ds[3]}, {"before", before},
		{"dh", dh}, {"dc", dc}};
	d[5] = dh;
	d[4] = graph_expr(g, "dc + dh * o * (1 - tanh(c) * tanh(c))", all, 12, at);
	all[11].node = d[4];
	d[0] = graph_expr(g, "(di + dc * g) * (i * (1 - i))", all, 12, at);
	d[1] = graph_expr(g, "(df + dc * before) * (f * (1 - f))", all, 12, at);
	d[2] = graph_expr(g, "(dg + dc * i) * (1 - g * g)", all, 12, at);
	d[3] = graph_expr(g, "(d_o + dh * tanh(c)) * (o * (1 - o))", all, 12, at);
}

static void lstm_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *v[4], *sum = NULL, *d[6] = {NULL}, *behind_f = NULL;
	int64_t h = n->in[1]->shape.dim[1];
	recurrent_views(g, n, v);
	for (int64_t t = n->shape.dim[1] - 1; t >= 0; t--) {
		struct node *s[6], *ds[6], *before = t ? recurrent_step(g, v[0], t - 1, h, 4, 1) : v[2];
		for (int k = 0; k < 6; k++) {
			s[k] = recurrent_step(g, v[0], t, h, k, 1);
			ds[k] = recurrent_step(g, v[3], t, h, k, 1);
		}
		struct node *dh = ds[5], *dc = ds[4];
		if (behind_f) {
			struct node *kept = g_op(g, "mul", 2, (struct node *[]){d[4], behind_f}, NULL, n->at);
			dh = g_op(g, "add", 2, (struct node *[]){dh, recurrent_back(g, recurrent_join(g, d, 4), v[1])}, NULL, n->at);
			dc = g_op(g, "add", 2, (struct node *[]){dc, kept}, NULL, n->at);
		}
		lstm_step_nodes(g, s, ds, before, dc, dh, d, n->at);
		behind_f = s[1];
		for (int k = 0; k < 6; k++)
			sum = recurrent_weighed(g, sum, d[k], dy, t, h, k);
	}
	g_gradients(g, sum, v, 4, dx);
}

/* The gates of lstm_back, with 0 in place of the gradients that are not there. */
static void lstm_gates_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *v[4];
	int64_t h = n->in[1]->shape.dim[1];
	struct attr last[ATTR_MAX] = {{.i = {2}, .count = 1}, {.i = {5 * h}, .count = 1}, {.i = {6 * h}, .count = 1}, {.i = {1}, .count = 1}};
	recurrent_views(g, n, v);
	struct node *ds = g_op(g, "unslice", 1, &v[3], last, n->at);
	struct node *d = recurrent_part(g, g_op(g, "lstm_back", 4, (struct node *[]){v[0], v[1], v[2], ds}, NULL, n->at), 2, 0, 4 * h);
	g_gradients(g, g_op(g, "mul", 2, (struct node *[]){d, dy}, NULL, n->at), v, 4, dx);
}

static bool lstm_test(int variant, struct shape *in, struct attr *attr)
{
	(void)attr;
	return recurrent_test(&recurrent_kinds[1], variant, false, 0, 2, in);
}

static bool lstm_back_test(int variant, struct shape *in, struct attr *attr)
{
	(void)attr;
	return recurrent_test(&recurrent_kinds[1], variant, true, 0, 1, in);
}

static bool lstm_gates_back_test(int variant, struct shape *in, struct attr *attr)
{
	bool is = lstm_back_test(variant, in, attr);
	if (is)
		in[3].dim[2] /= 6;
	return is;
}

static const struct op op_lstm = {
	.name = "lstm", .class = OP_KERNEL, .inputs = 4, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .shape = lstm_shape, .grad = lstm_grad, .kernel = lstm_kernel,
	.synopsis = "i f g o c h over the steps of p [B,T,4H], from h0 and c0 on: gates of p + w h before, c = f c before + i g, h = o tanh(c)",
	.doc = "dp, dc, dh = lstm_back(s, w, c0, ds); dw = dp' h before; dh0 = dp w and dc0 = dc f at the first step",
	.test_inputs = lstm_test, .flop_count = recurrent_flops, .low = -1, .high = 1,
};
static const struct op op_lstm_back = {
	.name = "lstm_back", .class = OP_KERNEL, .inputs = 4, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .shape = lstm_back_shape, .grad = lstm_back_grad,
	.kernel = lstm_back_kernel, .synopsis = "the gradient of lstm by p, c and h, from the last step to the first", .doc = "derived from the steps, written out",
	.test_inputs = lstm_back_test, .flop_count = recurrent_flops, .low = -1, .high = 1,
};
static const struct op op_lstm_gates_back = {
	.name = "lstm_gates_back", .class = OP_KERNEL, .inputs = 4, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .shape = lstm_gates_back_shape, .grad = lstm_gates_back_grad,
	.kernel = lstm_gates_back_kernel, .synopsis = "the gradient of lstm by p from that of h alone", .doc = "lstm_back, differentiated",
	.test_inputs = lstm_gates_back_test, .flop_count = recurrent_flops, .low = -1, .high = 1,
};
#endif

#ifdef OP_C
#include "recurrent.h"

void lstm(int B, int T, int G, int H, int S, const real p[B][T][G], const real w[G][H], const real h0[B][H], const real c0[B][H], real s[B][T][S])
{	/* @body lstm */
	for (int r = 0; r < B; r++)
		for (int t = 0; t < T; t++) {
			const real *before = t ? &s[r][t - 1][5 * H] : h0[r];
			for (int g = 0; g < G; g++) {
				real sum = p[r][t][g];
				for (int j = 0; j < H; j++)
					sum = fma_(before[j], w[g][j], sum);
				s[r][t][g] = sum;
			}
			lstm_step_(H, t ? &s[r][t - 1][4 * H] : c0[r], s[r][t]);
		}
}	/* @end */

void lstm_back(int B, int T, int G, int H, int S, const real s[B][T][S], const real w[G][H], const real c0[B][H], const real ds[B][T][S], real d[B][T][S])
{	/* @body lstm_back */
	for (int r = 0; r < B; r++)
		for (int t = T - 1; t >= 0; t--) {
			for (int k = G; k < S; k++)
				d[r][t][k] = ds[r][t][k];
			if (t < T - 1) {
				step_back_(G, H, d[r][t + 1], w, &d[r][t][5 * H]);
				for (int j = 0; j < H; j++)
					d[r][t][4 * H + j] = fma_(d[r][t + 1][4 * H + j], s[r][t + 1][H + j], d[r][t][4 * H + j]);
			}
			lstm_step_back_(H, s[r][t], t ? &s[r][t - 1][4 * H] : c0[r], ds[r][t], d[r][t]);
		}
}	/* @end */

void lstm_gates_back(int B, int T, int G, int H, int S, const real s[B][T][S], const real w[G][H], const real c0[B][H], const real dh[B][T][H], real d[B][T][G])
{	/* @body lstm_gates_back */
	for (int r = 0; r < B; r++) {
		real down[H], sum[H];
		for (int j = 0; j < H; j++)
			down[j] = splat_(0);
		for (int t = T - 1; t >= 0; t--) {
			for (int j = 0; j < H; j++)
				sum[j] = dh[r][t][j];
			if (t < T - 1)
				step_back_(G, H, d[r][t + 1], w, sum);
			lstm_gates_back_(H, s[r][t], t ? &s[r][t - 1][4 * H] : c0[r], sum, down, d[r][t]);
		}
	}
}	/* @end */

#if LANES == 1
#include "gemm.h"

void lstm_gemm(int B, int T, int G, int H, int S, const real p[B][T][G], const real w[G][H], const real h0[B][H], const real c0[B][H], real s[B][T][S])
{	/* @body lstm_gemm */
	for (int t = 0; t < T; t++) {
		for (int r = 0; r < B; r++)
			for (int g = 0; g < G; g++)
				s[r][t][g] = p[r][t][g];
		gemm_rows_nt(B, G, H, t ? &s[0][t - 1][5 * H] : h0[0], t ? T * S : H, &w[0][0], 1, s[0][t], T * S);
		for (int r = 0; r < B; r++)
			lstm_step_(H, t ? &s[r][t - 1][4 * H] : c0[r], s[r][t]);
	}
}	/* @end */

void lstm_back_gemm(int B, int T, int G, int H, int S, const real s[B][T][S], const real w[G][H], const real c0[B][H], const real ds[B][T][S], real d[B][T][S])
{	/* @body lstm_back_gemm */
	for (int t = T - 1; t >= 0; t--) {
		for (int r = 0; r < B; r++)
			for (int k = G; k < S; k++)
				d[r][t][k] = ds[r][t][k];
		if (t < T - 1) {
			gemm_rows_nn(B, H, G, d[0][t + 1], T * S, &w[0][0], 1, &d[0][t][5 * H], T * S);
			for (int r = 0; r < B; r++)
				for (int j = 0; j < H; j++)
					d[r][t][4 * H + j] = fma_(d[r][t + 1][4 * H + j], s[r][t + 1][H + j], d[r][t][4 * H + j]);
		}
		for (int r = 0; r < B; r++)
			lstm_step_back_(H, s[r][t], t ? &s[r][t - 1][4 * H] : c0[r], ds[r][t], d[r][t]);
	}
}	/* @end */

void lstm_direct(int B, int T, int G, int H, int S, const real p[B][T][G], const real w[G][H], const real h0[B][H], const real c0[B][H], real s[B][T][S])
{	/* @body lstm_direct */
	real turned[G * H] __attribute__((aligned(64))), state[2][SAMPLES_AT_ONCE][H] __attribute__((aligned(64)));
	panels_(4, H, w[0], turned);
	for (int r = 0; r < B; r += SAMPLES_AT_ONCE) {
		const int rows = B - r < SAMPLES_AT_ONCE ? B - r : SAMPLES_AT_ONCE;
		first_states_(rows, H, h0[r], state[0]);
		first_states_(0, H, NULL, state[1]);
		for (int t = 0; t < T; t++)
			for (int u = 0; u < H; u += PART)
				for (int i = 0; i < rows; i += SAMPLES_TOGETHER)
					lstm_units_(rows - i, H, turned + u * G, state[t % 2][i], &p[r + i][t][u], T * G,
						t ? &s[r + i][t - 1][4 * H + u] : &c0[r + i][u], t ? T * S : H, &s[r + i][t][u], T * S, &state[1 - t % 2][i][u]);
	}
}	/* @end */

void lstm_gates_back_direct(int B, int T, int G, int H, int S, const real s[B][T][S], const real w[G][H], const real c0[B][H], const real dh[B][T][H], real d[B][T][G])
{	/* @body lstm_gates_back_direct */
	real back[2][SAMPLES_AT_ONCE][G] __attribute__((aligned(64))), down[SAMPLES_AT_ONCE][H] __attribute__((aligned(64)));
	for (int r = 0; r < B; r += SAMPLES_AT_ONCE) {
		const int rows = B - r < SAMPLES_AT_ONCE ? B - r : SAMPLES_AT_ONCE;
		first_states_(0, G, NULL, back[0]);
		first_states_(0, G, NULL, back[1]);
		first_states_(0, H, NULL, down);
		for (int t = T - 1; t >= 0; t--)
			for (int u = 0; u < H; u += units_back_(H))
				for (int i = 0; i < rows; i += 2 * SAMPLES_TOGETHER)
					lstm_units_back_(rows - i, H, t < T - 1 ? G : 0, &w[0][u], back[t % 2][i], &dh[r + i][t][u], T * H, &s[r + i][t][u], T * S,
						t ? &s[r + i][t - 1][4 * H + u] : &c0[r + i][u], t ? T * S : H, &down[i][u], &d[r + i][t][u], T * G, &back[1 - t % 2][i][u]);
	}
}	/* @end */
#endif
#endif
