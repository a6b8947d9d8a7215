/* attention.h: attention of one head. Queries, keys and values stand side by side in rows of W numbers, E after E; a head has D of each. Scores of some
** places at a time are in memory, never those of all, and the way back computes them again: less traffic than to keep them. Freestanding. */
#ifndef ATTENTION_H
#define ATTENTION_H

#include "rows.h"

/* Places of queries at a time, with large products. */
enum { PLACES = 64 };

/* Rows of scores, made from `first` on, become weights: softmax of scale times the columns that a place sees, 0 in the others. bias, if there is one, is
** added to the scaled scores: that of place t begins at bias + t * step. */
REAL_FN void attention_weights_(int rows, int first, int columns, int causal, scalar scale, int S, const real *bias, int step, real *p)
{
	for (int i = 0; i < rows; i++, p += S) {
		for (int c = 0; bias && c < columns; c++)
			p[c] = p[c] * scale + bias[(first + i) * step + c];
		const int seen = causal ? first + i + 1 : columns, whole = (seen + PARTS - 1) / PARTS * PARTS;
		exp_row_(whole < columns ? whole : columns, p, top_row_(seen, p), bias ? 1 : scale, p);
		for (int c = seen; c < columns; c++)
			p[c] = splat_(0);
		scale_row_(columns, p, 1 / sum_row_(columns, p), p);
	}
}

/* g, the gradients of the weights p, become those of the scores. */
REAL_FN void attention_weights_back_(int rows, int columns, scalar scale, int S, const real *p, real *g)
{
	for (int i = 0; i < rows; i++, p += S, g += S) {
		const real mean = dot_row_(columns, p, splat_(0), g, splat_(0));
		for (int c = 0; c < columns; c++)
			g[c] = p[c] * (g[c] - mean) * scale;
	}
}

/* q: the queries of a head at the first place, y: its part of the result, rows of E. p: memory for a row of scores. */
REAL_FN void attention_head_biased_(int T, int W, int E, int D, int causal, scalar scale, const real *q, real *y, real *p, const real *bias, int step)
{
	for (int t = 0; t < T; t++) {
		const int columns = causal ? t + 1 : T;
		for (int c = 0; c < columns; c++) {
			const real *at = q + t * W, *k = q + c * W + E;
			p[c] = at[0] * k[0];
			for (int d = 1; d < D; d++)
				p[c] = fma_(at[d], k[d], p[c]);
		}
		attention_weights_(1, t, columns, causal, scale, T, bias, step, p);
		for (int d = 0; d < D; d++)
			y[t * E + d] = splat_(0);
		for (int c = 0; c < columns; c++)
			for (int d = 0; d < D; d++)
				y[t * E + d] = fma_(p[c], q[c * W + 2 * E + d], y[t * E + d]);
	}
}

/* dq: the gradient of the queries, keys and values, in rows like theirs, from dy, in rows like the result's. p and g: memory for a row each. */
REAL_FN void attention_head_back_biased_(int T, int W, int E, int D, int causal, scalar scale, const real *q, const real *dy, real *dq, real *p, real *g, const real *bias, int step)
{
	for (int t = 0; t < T; t++)
		for (int d = 0; d < D; d++)
			dq[t * W + d] = dq[t * W + E + d] = dq[t * W + 2 * E + d] = splat_(0);
	for (int t = 0; t < T; t++) {
		const int columns = causal ? t + 1 : T;
		const real *at = q + t * W, *dt = dy + t * E;
		for (int c = 0; c < columns; c++) {
			const real *k = q + c * W + E, *v = k + E;
			p[c] = at[0] * k[0];
			g[c] = dt[0] * v[0];
			for (int d = 1; d < D; d++) {
				p[c] = fma_(at[d], k[d], p[c]);
				g[c] = fma_(dt[d], v[d], g[c]);
			}
		}
		attention_weights_(1, t, columns, causal, scale, T, bias, step, p);
		attention_weights_back_(1, columns, scale, T, p, g);
		for (int c = 0; c < columns; c++) {
			real *dk = dq + c * W + E, *dv = dk + E;
			for (int d = 0; d < D; d++) {
				dq[t * W + d] = fma_(g[c], q[c * W + E + d], dq[t * W + d]);
				dk[d] = fma_(g[c], at[d], dk[d]);
				dv[d] = fma_(p[c], dt[d], dv[d]);
			}
		}
	}
}

/* Without a bias. */
REAL_FN void attention_head_(int T, int W, int E, int D, int causal, scalar scale, const real *q, real *y, real *p)
{
	attention_head_biased_(T, W, E, D, causal, scale, q, y, p, (const real *)0, 0);
}

REAL_FN void attention_head_back_(int T, int W, int E, int D, int causal, scalar scale, const real *q, const real *dy, real *dq, real *p, real *g)
{
	attention_head_back_biased_(T, W, E, D, causal, scale, q, dy, dq, p, g, (const real *)0, 0);
}

#if defined gemm_ && !defined __cplusplus
/* The same with large products: PLACES rows of scores at a time, up to the last column that one of them sees. */
REAL_FN void attention_head_biased_gemm_(int T, int W, int E, int D, int causal, scalar scale, const real *q, real *y, real p[PLACES][T], const real *bias, int step)
{
	const real *k = q + E, *v = k + E;
	for (int t = 0; t < T; t += PLACES) {
		const int rows = T - t < PLACES ? T - t : PLACES, columns = causal ? t + rows : T;
		gemm_(0, 1, rows, columns, D, q + t * W, W, k, W, 0, p[0], T);
		attention_weights_(rows, t, columns, causal, scale, T, bias, step, p[0]);
		gemm_(0, 0, rows, D, columns, p[0], T, v, W, 0, y + t * E, E);
	}
}

/* From the last places on: they see all columns. */
REAL_FN void attention_head_back_biased_gemm_(int T, int W, int E, int D, int causal, scalar scale, const real *q, const real *dy, real *dq, real p[PLACES][T], real g[PLACES][T], const real *bias, int step)
{
	const real *k = q + E, *v = k + E;
	real *dk = dq + E, *dv = dk + E;
	for (int last = (T - 1) / PLACES * PLACES, t = last; t >= 0; t -= PLACES) {
		const int rows = T - t < PLACES ? T - t : PLACES, columns = causal ? t + rows : T, add = t < last;
		gemm_(0, 1, rows, columns, D, q + t * W, W, k, W, 0, p[0], T);
		attention_weights_(rows, t, columns, causal, scale, T, bias, step, p[0]);
		gemm_(0, 1, rows, columns, D, dy + t * E, E, v, W, 0, g[0], T);
		gemm_(1, 0, columns, D, rows, p[0], T, dy + t * E, E, add, dv, W);
		attention_weights_back_(rows, columns, scale, T, p[0], g[0]);
		gemm_(0, 0, rows, D, columns, g[0], T, k, W, 0, dq + t * W, W);
		gemm_(1, 0, columns, D, rows, g[0], T, q + t * W, W, add, dk, W);
	}
}

REAL_FN void attention_head_gemm_(int T, int W, int E, int D, int causal, scalar scale, const real *q, real *y, real p[PLACES][T])
{
	attention_head_biased_gemm_(T, W, E, D, causal, scale, q, y, p, NULL, 0);
}

REAL_FN void attention_head_back_gemm_(int T, int W, int E, int D, int causal, scalar scale, const real *q, const real *dy, real *dq, real p[PLACES][T], real g[PLACES][T])
{
	attention_head_back_biased_gemm_(T, W, E, D, causal, scale, q, dy, dq, p, g, NULL, 0);
}
#endif
#if defined __cplusplus && defined MOSAIC_CUDA_GEMM_H
#include "mosaic_cuda_attention.h"
#endif
#endif
