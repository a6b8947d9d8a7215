/* rows.h: sums and extremes over the C numbers of a row. From sixteen numbers on a sum has sixteen parts: number i belongs to part i % 16; then part
** k + 8 is added to part k, and of these eight k + 4 to k, k + 2, k + 1. Fewer numbers are added one after the other. That order is the same for every
** lane count and machine. In one lane the numbers of a row are the vectors, in more lanes every number is one. Freestanding. */
#ifndef ROWS_H
#define ROWS_H

#include "real.h"

enum { PARTS = 16 };

/* What is worked on at once: PART numbers of a row. */
#if LANES == 1 && !defined __cplusplus
enum { PART = WIDE_LANES };
typedef wide part;
typedef scalar part_anywhere __attribute__((vector_size(WIDE_BYTES), aligned(SCALAR_BYTES), may_alias));
#define splat_p splat_w
#define fma_p fma_w
#define max_p max_w
#define exp_p exp_w
REAL_FN part part_of_(real x) { return splat_w(x); }
#else
enum { PART = 1 };
typedef real part, part_anywhere;
#define splat_p splat_
#define fma_p fma_
#define max_p max_
#define exp_p exp_
REAL_FN part part_of_(real x) { return x; }
#endif
enum { WORKERS = PARTS / PART };

REAL_FN part part_at_(const real *x) { return *(const part_anywhere *)x; }
REAL_FN void part_put_(real *y, part x) { *(part_anywhere *)y = x; }

/* The last numbers of a row, fewer than PART. */
REAL_FN part part_rest_(int count, const real *x, real other)
{
	real all[PART];
	for (int k = 0; k < PART; k++)
		all[k] = k < count ? x[k] : other;
	return part_at_(all);
}

/* The sum of sixteen parts and of what stands behind the last whole sixteen numbers. */
REAL_FN real parts_sum_(const part *sums)
{
	real s[PARTS];
	for (int k = 0; k < WORKERS; k++)
		part_put_(s + k * PART, sums[k]);
	for (int half = PARTS / 2; half; half /= 2)
		for (int k = 0; k < half; k++)
			s[k] += s[k + half];
	return s[0];
}

REAL_FN void parts_zero_(part *sums)
{
	for (int k = 0; k < WORKERS; k++)
		sums[k] = splat_p(R(0));
}

REAL_FN real sum_row_(int C, const real *x)
{
	part sums[WORKERS];
	parts_zero_(sums);
	int i = 0;
	if (C < PARTS) {
		real sum = x[0];
		for (i = 1; i < C; i++)
			sum += x[i];
		return sum;
	}
	for (; i + PARTS <= C; i += PARTS)
		for (int k = 0; k < WORKERS; k++)
			sums[k] += part_at_(x + i + k * PART);
	for (int k = 0; i < C; i += PART, k++)
		sums[k] += C - i < PART ? part_rest_(C - i, x + i, splat_(0)) : part_at_(x + i);
	return parts_sum_(sums);
}

/* The sum of (a - from) (b - and_from). */
REAL_FN real dot_row_(int C, const real *a, real from, const real *b, real and_from)
{
	const part less = part_of_(from), and_less = part_of_(and_from);
	part sums[WORKERS];
	parts_zero_(sums);
	int i = 0;
	if (C < PARTS) {
		real sum = (a[0] - from) * (b[0] - and_from);
		for (i = 1; i < C; i++)
			sum = fma_(a[i] - from, b[i] - and_from, sum);
		return sum;
	}
	for (; i + PARTS <= C; i += PARTS)
		for (int k = 0; k < WORKERS; k++)
			sums[k] = fma_p(part_at_(a + i + k * PART) - less, part_at_(b + i + k * PART) - and_less, sums[k]);
	for (int k = 0; i < C; i += PART, k++) {
		const int last = C - i < PART;
		const part x = last ? part_rest_(C - i, a + i, from) : part_at_(a + i), y = last ? part_rest_(C - i, b + i, and_from) : part_at_(b + i);
		sums[k] = fma_p(x - less, y - and_less, sums[k]);
	}
	return parts_sum_(sums);
}

REAL_FN real mean_row_(int C, const real *x) { return sum_row_(C, x) * (R(1) / C); }
/* Biased: divided by C. */
REAL_FN real variance_row_(int C, const real *x, real mean) { return dot_row_(C, x, mean, x, mean) * (R(1) / C); }

REAL_FN real top_row_(int C, const real *x)
{
	real top = x[0];
	if (C < PART || PART == 1) {
		for (int i = 1; i < C; i++)
			top = max_(top, x[i]);
		return top;
	}
	part tops = part_at_(x);
	int i = PART;
	for (; i + PART <= C; i += PART)
		tops = max_p(tops, part_at_(x + i));
	if (i < C)
		tops = max_p(tops, part_rest_(C - i, x + i, top));
	real all[PART];
	part_put_(all, tops);
	for (int half = PART / 2; half; half /= 2)
		for (int k = 0; k < half; k++)
			all[k] = max_(all[k], all[k + half]);
	return all[0];
}

/* y = exp((x - top) scale); y may be x. */
REAL_FN void exp_row_(int C, const real *x, real top, scalar scale, real *y)
{
	const part less = part_of_(top);
	int i = 0;
	for (; i + PART <= C; i += PART)
		part_put_(y + i, exp_p((part_at_(x + i) - less) * scale));
	if (i == C)
		return;
	real all[PART];
	part_put_(all, exp_p((part_rest_(C - i, x + i, top) - less) * scale));
	for (int k = 0; i + k < C; k++)
		y[i + k] = all[k];
}

/* The sum of exp(x - top). */
REAL_FN real exp_sum_row_(int C, const real *x, real top)
{
	if (C < PARTS) {
		real all[PARTS];
		exp_row_(C, x, top, 1, all);
		return sum_row_(C, all);
	}
	const part less = part_of_(top);
	part sums[WORKERS];
	parts_zero_(sums);
	int i = 0;
	for (; i + PARTS <= C; i += PARTS)
		for (int k = 0; k < WORKERS; k++)
			sums[k] += exp_p(part_at_(x + i + k * PART) - less);
	for (int k = 0; i < C; i += PART, k++)
		sums[k] += exp_p((C - i < PART ? part_rest_(C - i, x + i, splat_(-R_INF)) : part_at_(x + i)) - less);
	return parts_sum_(sums);
}

/* y = x times factor; y may be x. */
REAL_FN void scale_row_(int C, const real *x, real factor, real *y)
{
	for (int i = 0; i < C; i++)
		y[i] = x[i] * factor;
}
#if defined __cplusplus && defined MOSAIC_CUDA_H && !defined MOSAIC_RUNS
#include "mosaic_cuda_rows.h"
#endif
#endif
