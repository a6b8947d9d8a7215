/* Ops: lstm, lstm_layer, lstm_back, lstm_gates_back
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

/* ---- the layer with the product of its input: x [B,T,I], w [4H,I] and b [4H] beside those of lstm ---- */

static bool lstm_layer_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape, *w = &n->in[1]->shape, *b = &n->in[2]->shape, *u = &n->in[3]->shape;
	int64_t h = u->rank == 2 ? u->dim[1] : 0;
	if (x->rank != 3 || x->batch > 0)
		return recurrent_wrong(n, "a sequence is [samples,steps,numbers]", why);
	if (h < 1 || u->batch >= 0 || u->dim[0] != 4 * h)
		return recurrent_wrong(n, "the weight of the states does not fit", why);
	if (w->rank != 2 || w->batch >= 0 || w->dim[0] != 4 * h || w->dim[1] != x->dim[2] || b->rank != 1 || b->batch >= 0 || b->dim[0] != 4 * h)
		return recurrent_wrong(n, "the weight of the input or the bias does not fit", why);
	if (!recurrent_state(&n->in[4]->shape, x, h) || !recurrent_state(&n->in[5]->shape, x, h))
		return recurrent_wrong(n, "the first state does not fit", why);
	*out = *x;
	out->dim[2] = 6 * h;
	return true;
}

static const char *lstm_layer_kernel(const struct node *n)
{
	return recurrent_joined(&n->in[0]->shape, &n->in[1]->shape, &n->in[3]->shape) ? "lstm_layer_direct" : "lstm_layer";
}

static void lstm_layer_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *x = n->in[0], *w = n->in[1], *u = n->in[3], *h0 = n->in[4], *c0 = n->in[5];
	int64_t in = x->shape.dim[2], h = u->shape.dim[1];
	struct node *dh = recurrent_constant(c0) ? recurrent_only_h(dy, h, 6) : NULL, *d = g_op(g, dh ? "lstm_gates_back" : "lstm_back", 4, (struct node *[]){n, u, c0, dh ? dh : dy}, NULL, n->at);
	struct node *gates = recurrent_part(g, d, 2, 0, 4 * h), *all = g_op(g, "recurrent_weights", 4, (struct node *[]){gates, x, h0, n}, NULL, n->at);
	dx[0] = recurrent_back(g, gates, w);
	dx[1] = recurrent_part(g, all, 1, 0, in);
	dx[2] = reshape_like(g, recurrent_part(g, all, 1, in + h, in + h + 1), &n->in[2]->shape);
	dx[3] = recurrent_part(g, all, 1, in, in + h);
	dx[4] = recurrent_back(g, recurrent_step(g, d, 0, h, 0, 4), u);
	dx[5] = dh ? NULL : g_op(g, "mul", 2, (struct node *[]){recurrent_step(g, d, 0, h, 4, 1), recurrent_step(g, n, 0, h, 1, 1)}, NULL, n->at);
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

static bool lstm_layer_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape plain[4];
	(void)attr;
	if (!recurrent_test(&recurrent_kinds[1], variant, false, 0, 2, plain))
		return false;
	const int64_t gates = plain[1].dim[0], numbers = variant + 1;
	in[0] = SHAPE(plain[0].dim[0], plain[0].dim[1], numbers);
	in[1] = SHAPE(gates, numbers);
	in[2] = SHAPE(gates);
	memcpy(in + 3, plain + 1, 3 * sizeof *in);
	return true;
}

static double lstm_layer_flops(const struct node *n)
{
	const struct shape *x = &n->in[0]->shape, *u = &n->in[3]->shape;
	return (double)(x->dim[0] * x->dim[1]) * (2.0 * (double)(shape_count(&n->in[1]->shape) + shape_count(u)) + 30.0 * (double)u->dim[1]);
}

static const struct op op_lstm_layer = {
	.name = "lstm_layer", .class = OP_KERNEL, .inputs = 6, .sizes = RECURRENT_LETTERS, .header = "recurrent.h", .shape = lstm_layer_shape, .grad = lstm_layer_grad,
	.kernel = lstm_layer_kernel, .synopsis = "lstm of p = x w' + b [B,T,4H], with the weight u of the states: the same sums in one go, where a layer is large",
	.doc = "dp by lstm_gates_back or lstm_back; dx = dp w; dw, du, db = recurrent_weights(dp, x, h0, s); dh0 and dc0 as in lstm",
	.test_inputs = lstm_layer_test, .flop_count = lstm_layer_flops, .low = -1, .high = 1,
};
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

void lstm_layer(int B, int T, int I, int G, int H, int S, const real x[B][T][I], const real w[G][I], const real b[G], const real u[G][H], const real h0[B][H],
	const real c0[B][H], real s[B][T][S])
{	/* @body lstm_layer */
	for (int r = 0; r < B; r++)
		for (int t = 0; t < T; t++) {
			const real *before = t ? &s[r][t - 1][5 * H] : h0[r];
			for (int g = 0; g < G; g++) {
				real sum = b[g];
				for (int i = 0; i < I; i++)
					sum = fma_(x[r][t][i], w[g][i], sum);
				for (int j = 0; j < H; j++)
					sum = fma_(before[j], u[g][j], sum);
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
	real panels[G * H] __attribute__((aligned(64))), state[2][SAMPLES_AT_ONCE][H] __attribute__((aligned(64))), c[SAMPLES_AT_ONCE][H] __attribute__((aligned(64)));
	panels_(4, H, H, w[0], H, 0, panels);
	for (int r = 0; r < B; r += SAMPLES_AT_ONCE) {
		const int rows = B - r < SAMPLES_AT_ONCE ? B - r : SAMPLES_AT_ONCE;
		first_inputs_(rows, 0, H, h0[r], state);
		first_states_(rows, H, c0[r], c);
		for (int t = 0; t < T; t++)
			for (int u = 0; u < H; u += PART)
				for (int i = 0; i < rows; i += SAMPLES_TOGETHER)
					lstm_units_(rows - i, H, H, panels + u * G, state[t % 2][i], &p[r + i][t][u], T * G, &c[i][u], &s[r + i][t][u], T * S, &state[1 - t % 2][i][u]);
	}
}	/* @end */

/* Where products are launched. */
void lstm_layer_gemm(int B, int T, int I, int G, int H, int S, const real x[B][T][I], const real w[G][I], const real b[G], const real u[G][H], const real h0[B][H],
	const real c0[B][H], real s[B][T][S])
{	/* @body lstm_layer_gemm */
	for (int r = 0; r < B; r++)
		for (int t = 0; t < T; t++)
			for (int g = 0; g < G; g++)
				s[r][t][g] = b[g];
	gemm_rows_nt(B * T, G, I, x[0][0], I, &w[0][0], 1, s[0][0], S);
	for (int t = 0; t < T; t++) {
		gemm_rows_nt(B, G, H, t ? &s[0][t - 1][5 * H] : h0[0], t ? T * S : H, &u[0][0], 1, s[0][t], T * S);
		for (int r = 0; r < B; r++)
			lstm_step_(H, t ? &s[r][t - 1][4 * H] : c0[r], s[r][t]);
	}
}	/* @end */

void lstm_layer_direct(int B, int T, int I, int G, int H, int S, const real x[B][T][I], const real w[G][I], const real b[G], const real u[G][H], const real h0[B][H],
	const real c0[B][H], real s[B][T][S])
{	/* @body lstm_layer_direct */
	real panels[G * (I + H)] __attribute__((aligned(64))), in[2][SAMPLES_AT_ONCE][I + H] __attribute__((aligned(64))), c[SAMPLES_AT_ONCE][H] __attribute__((aligned(64)));
	panels_(4, H, I, w[0], I + H, 0, panels);
	panels_(4, H, H, u[0], I + H, I, panels);
	for (int r = 0; r < B; r += SAMPLES_AT_ONCE) {
		const int rows = B - r < SAMPLES_AT_ONCE ? B - r : SAMPLES_AT_ONCE;
		first_inputs_(rows, I, H, h0[r], in);
		first_states_(rows, H, c0[r], c);
		for (int t = 0; t < T; t++) {
			for (int i = 0; i < rows; i++)
				for (int k = 0; k < I; k++)
					in[t % 2][i][k] = x[r + i][t][k];
			for (int j = 0; j < H; j += PART)
				for (int i = 0; i < rows; i += SAMPLES_TOGETHER)
					lstm_units_(rows - i, H, I + H, panels + j * 4 * (I + H), in[t % 2][i], b + j, 0, &c[i][j], &s[r + i][t][j], T * S, &in[1 - t % 2][i][I + j]);
		}
	}
}	/* @end */

void lstm_gates_back_direct(int B, int T, int G, int H, int S, const real s[B][T][S], const real w[G][H], const real c0[B][H], const real dh[B][T][H], real d[B][T][G])
{	/* @body lstm_gates_back_direct */
	real back[2][SAMPLES_AT_ONCE][G] __attribute__((aligned(64))), down[SAMPLES_AT_ONCE][H] __attribute__((aligned(64)));
	real panels[G * H] __attribute__((aligned(64)));
	panels_back_(G, H, w[0], panels);
	for (int r = 0; r < B; r += SAMPLES_AT_ONCE) {
		const int rows = B - r < SAMPLES_AT_ONCE ? B - r : SAMPLES_AT_ONCE;
		first_states_(0, G, NULL, back[0]);
		first_states_(0, G, NULL, back[1]);
		first_states_(0, H, NULL, down);
		for (int t = T - 1; t >= 0; t--)
			for (int u = 0; u < H; u += units_back_(H))
				for (int i = 0; i < rows; i += 2 * SAMPLES_TOGETHER)
					lstm_units_back_(rows - i, H, t < T - 1 ? G : 0, panels + u * G, back[t % 2][i], &dh[r + i][t][u], T * H, &s[r + i][t][u], T * S,
						t ? &s[r + i][t - 1][4 * H + u] : &c0[r + i][u], t ? T * S : H, &down[i][u], &d[r + i][t][u], T * G, &back[1 - t % 2][i][u]);
	}
}	/* @end */
#endif
#endif
