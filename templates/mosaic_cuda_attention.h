/* mosaic_cuda_attention.h: attention of all heads and samples at a time on a GPU: what attention_head_gemm_ of attention.h does for one, in the same order. Scores of
** PLACES places of every head are in memory, never those of all; the way back makes them again. */
#ifndef MOSAIC_CUDA_ATTENTION_H
#define MOSAIC_CUDA_ATTENTION_H

/* Row i of every `rows` rows is the scores of place first + i; sixteen threads a row. */
__global__ void attention_weights_all_(int all, int rows, int first, int columns, int causal, scalar scale, int S, real *p)
{
	if (row_() >= all)
		return;
	const int i = row_() % rows, seen = causal ? first + i + 1 : columns, whole = (seen + PARTS - 1) / PARTS * PARTS;
	p += (ptrdiff_t)(row_() / rows) * PLACES * S + (ptrdiff_t)i * S;
	const real top = top_row_shared_(seen, p);
	row_wait_();
	exp_row_shared_(whole < columns ? whole : columns, p, top, scale, p);
	row_wait_();
	for (int c = seen + row_part_(); c < columns; c += PARTS)
		p[c] = splat_(0);
	row_wait_();
	const real sum = sum_row_shared_(columns, p);
	row_wait_();
	scale_row_shared_(columns, p, 1 / sum, p);
}

__global__ void attention_weights_back_all_(int all, int rows, int columns, scalar scale, int S, const real *p, real *g)
{
	if (row_() >= all)
		return;
	const ptrdiff_t at = (ptrdiff_t)(row_() / rows) * PLACES * S + (ptrdiff_t)(row_() % rows) * S;
	const real mean = dot_row_shared_(columns, p + at, splat_(0), g + at, splat_(0));
	row_wait_();
	for (int c = row_part_(); c < columns; c += PARTS)
		g[at + c] = p[at + c] * (g[at + c] - mean) * scale;
}

/* A product for every head of every sample. x: parts of rows of `row` numbers, a sample T of them, D a head; scores: PLACES rows of T a head. */
struct heads_ { int B, heads, T, D; };
static struct gemm_ gemm_heads_(const struct heads_ &h, int m, int n, int k)
{
	struct gemm_ g = {};
	g.m = m;
	g.n = n;
	g.k = k;
	g.count = h.B * h.heads;
	g.inner = h.heads;
	return g;
}
#define ATTENTION_A_(g, of, turned, stride, sample, head) ((g).a = (of), (g).a_i = (turned) ? 1 : (stride), (g).a_k = (turned) ? (stride) : 1, (g).a_p = (sample), (g).a_q = (head))
#define ATTENTION_B_(g, of, turned, stride, sample, head) ((g).b = (of), (g).b_k = (turned) ? 1 : (stride), (g).b_j = (turned) ? (stride) : 1, (g).b_p = (sample), (g).b_q = (head))
#define ATTENTION_Y_(g, of, stride, sample, head) ((g).y = (of), (g).y_i = (stride), (g).y_j = 1, (g).y_p = (sample), (g).y_q = (head))

static __attribute__((unused)) void gemm_attention_(int B, int T, int W, int E, int heads, int causal, scalar scale, const real *x, real *y)
{
	const struct heads_ h = {B, heads, T, E / heads};
	const ptrdiff_t row = (ptrdiff_t)PLACES * T, all = row * heads, xs = (ptrdiff_t)T * W, ys = (ptrdiff_t)T * E;
	real *p = (real *)scratch_((size_t)(all * B) * sizeof(real));
	for (int t = 0; p && t < T; t += PLACES) {
		const int rows = T - t < PLACES ? T - t : PLACES, columns = causal ? t + rows : T;
		struct gemm_ scores = gemm_heads_(h, rows, columns, h.D), result = gemm_heads_(h, rows, h.D, columns);
		ATTENTION_A_(scores, x + (ptrdiff_t)t * W, 0, W, xs, h.D);
		ATTENTION_B_(scores, x + E, 1, W, xs, h.D);
		ATTENTION_Y_(scores, p, T, all, row);
		gemm_take_any_(scores);
		LAUNCH_ROWS(attention_weights_all_, B * heads * rows, B * heads * rows, rows, t, columns, causal, scale, T, p);
		ATTENTION_A_(result, p, 0, T, all, row);
		ATTENTION_B_(result, x + 2 * E, 0, W, xs, h.D);
		ATTENTION_Y_(result, y + (ptrdiff_t)t * E, E, ys, h.D);
		gemm_take_any_(result);
	}
}

static __attribute__((unused)) void gemm_attention_back_(int B, int T, int W, int E, int heads, int causal, scalar scale, const real *x, const real *dy, real *d)
{
	const struct heads_ h = {B, heads, T, E / heads};
	const ptrdiff_t row = (ptrdiff_t)PLACES * T, all = row * heads, xs = (ptrdiff_t)T * W, ys = (ptrdiff_t)T * E;
	real *p = (real *)scratch_((size_t)(2 * all * B) * sizeof(real)), *g = p + all * B;
	for (int last = (T - 1) / PLACES * PLACES, t = last; p && t >= 0; t -= PLACES) {
		const int rows = T - t < PLACES ? T - t : PLACES, columns = causal ? t + rows : T;
		struct gemm_ product = gemm_heads_(h, rows, columns, h.D);
		ATTENTION_A_(product, x + (ptrdiff_t)t * W, 0, W, xs, h.D);
		ATTENTION_B_(product, x + E, 1, W, xs, h.D);
		ATTENTION_Y_(product, p, T, all, row);
		gemm_take_any_(product);
		LAUNCH_ROWS(attention_weights_all_, B * heads * rows, B * heads * rows, rows, t, columns, causal, scale, T, p);
		ATTENTION_A_(product, dy + (ptrdiff_t)t * E, 0, E, ys, h.D);
		ATTENTION_B_(product, x + 2 * E, 1, W, xs, h.D);
		ATTENTION_Y_(product, g, T, all, row);
		gemm_take_any_(product);
		for (int which = 0; which < 2; which++) {           /* of the values, then of the keys */
			product = gemm_heads_(h, columns, h.D, rows);
			ATTENTION_A_(product, which ? g : p, 1, T, all, row);
			if (which)
				ATTENTION_B_(product, x + (ptrdiff_t)t * W, 0, W, xs, h.D);
			else
				ATTENTION_B_(product, dy + (ptrdiff_t)t * E, 0, E, ys, h.D);
			ATTENTION_Y_(product, d + (which ? E : 2 * E), W, xs, h.D);
			if (t < last) {
				product.from = product.y;
				product.from_i = W;
				product.from_j = 1;
			}
			if (which == 1) {
				struct gemm_ queries = gemm_heads_(h, rows, h.D, columns);
				LAUNCH_ROWS(attention_weights_back_all_, B * heads * rows, B * heads * rows, rows, columns, scale, T, (const real *)p, g);
				ATTENTION_A_(queries, g, 0, T, all, row);
				ATTENTION_B_(queries, x + E, 0, W, xs, h.D);
				ATTENTION_Y_(queries, d + (ptrdiff_t)t * W, W, xs, h.D);
				gemm_take_any_(queries);
			}
			gemm_take_any_(product);
		}
	}
}
#define gemm_attention(n, T, W, E, heads, causal, scale, x, y) gemm_attention_(n, T, W, E, heads, causal, scale, (x)[0][0], (y)[0][0])
#define gemm_attention_back(n, T, W, E, heads, causal, scale, x, dy, d) gemm_attention_back_(n, T, W, E, heads, causal, scale, (x)[0][0], (dy)[0][0], (d)[0][0])
#endif
