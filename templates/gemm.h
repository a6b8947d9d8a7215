/* gemm.h: matrix products, y(i,j) = first(j) + sum over k of a(i,k) b(k,j), or without `first` from 0 on. n and t tell whether a and b are stored
** as they are or transposed: a[m][k] ([k][m]), b[k][n] ([n][k]), y[m][n]. Each sum is fused and runs in the order of k: how the work is cut changes
** no bit. In one lane the trainer's library multiplies (runtime/gemm/gemm.c), forward() alone (MOSAIC_FORWARD_ONLY) and a trainer compiled with
** MOSAIC_PLAIN_GEMM have plain loops; in lanes a tile of 4 x 4 reals stays in registers; on a GPU a kernel is launched (mosaic_cuda_gemm.h). */
#ifndef GEMM_H
#define GEMM_H
#include <stdbool.h>

/* Of arrays of two axes, of which m, n, k are there: rows are apart as declared. */
#define GEMM_ROW_(a) ((int)(sizeof (a)[0] / sizeof (a)[0][0]))
#define gemm_nn(m, n, k, a, b, first, y) gemm_any_(m, n, k, (a)[0], GEMM_ROW_(a), 1, (b)[0], GEMM_ROW_(b), 1, first, 0, (y)[0], GEMM_ROW_(y), 1)
#define gemm_tn(m, n, k, a, b, first, y) gemm_any_(m, n, k, (a)[0], 1, GEMM_ROW_(a), (b)[0], GEMM_ROW_(b), 1, first, 0, (y)[0], GEMM_ROW_(y), 1)
#define gemm_nt(m, n, k, a, b, first, y) gemm_any_(m, n, k, (a)[0], GEMM_ROW_(a), 1, (b)[0], 1, GEMM_ROW_(b), first, 0, (y)[0], GEMM_ROW_(y), 1)
#define gemm_tt(m, n, k, a, b, first, y) gemm_any_(m, n, k, (a)[0], 1, GEMM_ROW_(a), (b)[0], 1, GEMM_ROW_(b), first, 0, (y)[0], GEMM_ROW_(y), 1)
/* The same product as gemm_tn with the rows of the result as the vector: y' = b' a. */
#define gemm_tn_across(m, n, k, a, b, y) gemm_any_(n, m, k, (b)[0], 1, GEMM_ROW_(b), (a)[0], GEMM_ROW_(a), 1, NULL, 0, (y)[0], 1, GEMM_ROW_(y))
/* Of one row: y(j) = first(j) + sum over k of a(k) b(k,j). */
#define gemm_row_n(n, k, a, b, first, y) gemm_any_(1, n, k, a, 0, 1, (b)[0], GEMM_ROW_(b), 1, first, 0, y, n, 1)
#define gemm_row_t(n, k, a, b, first, y) gemm_any_(1, n, k, a, 0, 1, (b)[0], 1, GEMM_ROW_(b), first, 0, y, n, 1)

/* Of `count` pairs of matrices, one behind the other. */
#ifdef __cplusplus
#define GEMM_PART_(a) ((ptrdiff_t)(sizeof (a)[0] / sizeof (a)[0][0][0]))
#define GEMM_BATCH_(count, m, n, k, a, a_i, a_k, b, b_k, b_j, y) gemm_each_(count, m, n, k, (a)[0][0], a_i, a_k, GEMM_PART_(a), (b)[0][0], b_k, b_j, GEMM_PART_(b), (y)[0][0], \
	GEMM_ROW_((y)[0]), GEMM_PART_(y))
#define gemm_batch_nn(count, m, n, k, a, b, y) GEMM_BATCH_(count, m, n, k, a, GEMM_ROW_((a)[0]), 1, b, GEMM_ROW_((b)[0]), 1, y)
#define gemm_batch_tn(count, m, n, k, a, b, y) GEMM_BATCH_(count, m, n, k, a, 1, GEMM_ROW_((a)[0]), b, GEMM_ROW_((b)[0]), 1, y)
#define gemm_batch_nt(count, m, n, k, a, b, y) GEMM_BATCH_(count, m, n, k, a, GEMM_ROW_((a)[0]), 1, b, 1, GEMM_ROW_((b)[0]), y)
#define gemm_batch_tt(count, m, n, k, a, b, y) GEMM_BATCH_(count, m, n, k, a, 1, GEMM_ROW_((a)[0]), b, 1, GEMM_ROW_((b)[0]), y)
#else
#define GEMM_BATCH_(gemm, count, m, n, k, a, b, y) do { for (int p_ = 0; p_ < (count); p_++) gemm(m, n, k, (a)[p_], (b)[p_], NULL, (y)[p_]); } while (0)
#define gemm_batch_nn(count, m, n, k, a, b, y) GEMM_BATCH_(gemm_nn, count, m, n, k, a, b, y)
#define gemm_batch_tn(count, m, n, k, a, b, y) GEMM_BATCH_(gemm_tn, count, m, n, k, a, b, y)
#define gemm_batch_nt(count, m, n, k, a, b, y) GEMM_BATCH_(gemm_nt, count, m, n, k, a, b, y)
#define gemm_batch_tt(count, m, n, k, a, b, y) GEMM_BATCH_(gemm_tt, count, m, n, k, a, b, y)
#endif

#if LANES == 1
#ifdef __cplusplus
#include "mosaic_cuda_gemm.h"
#elif defined MOSAIC_FORWARD_ONLY || defined MOSAIC_PLAIN_GEMM
static inline void gemm_any_(int m, int n, int k, const scalar *a, ptrdiff_t a_i, ptrdiff_t a_k, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, const scalar *from, ptrdiff_t from_i,
	scalar *y, ptrdiff_t y_i, ptrdiff_t y_j)
{
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++) {
			scalar s = from ? from[i * from_i + (from_i ? j * y_j : j)] : 0;
			for (int q = 0; q < k; q++)
				s = fma_(a[i * a_i + q * a_k], b[q * b_k + j * b_j], s);
			y[i * y_i + j * y_j] = s;
		}
}
#else
/* By the fastest kernel that this machine has; without fused multiply-add, for a target that has none, the same on all machines. */
#ifdef REAL64
#define GEMM_FN_ mosaic_dgemm
#define GEMM_UNFUSED_ mosaic_dgemm_unfused
#else
#define GEMM_FN_ mosaic_sgemm
#define GEMM_UNFUSED_ mosaic_sgemm_unfused
#endif
#if HAVE_FMA
#define gemm_any_ GEMM_FN_
#else
#define gemm_any_ GEMM_UNFUSED_
#endif
void gemm_any_(int m, int n, int k, const scalar *a, ptrdiff_t a_i, ptrdiff_t a_k, const scalar *b, ptrdiff_t b_k, ptrdiff_t b_j, const scalar *from, ptrdiff_t from_i, scalar *y,
	ptrdiff_t y_i, ptrdiff_t y_j);
#endif

/* Of parts of larger matrices: at and bt tell which are transposed, lda, ldb and ldy are what their rows have in memory. add: y += a b. */
#define gemm_(at, bt, m, n, k, a, lda, b, ldb, add, y, ldy) \
	gemm_any_(m, n, k, a, (at) ? 1 : (lda), (at) ? (lda) : 1, b, (bt) ? 1 : (ldb), (bt) ? (ldb) : 1, (add) ? (y) : NULL, ldy, y, ldy, 1)
#define gemm_rows_nn(m, n, k, a, lda, b, add, y, ldy) gemm_(0, 0, m, n, k, a, lda, b, n, add, y, ldy)
#define gemm_rows_nt(m, n, k, a, lda, b, add, y, ldy) gemm_(0, 1, m, n, k, a, lda, b, k, add, y, ldy)
#define gemm_rows_tn(m, n, k, a, lda, b, ldb, add, y, ldy) gemm_(1, 0, m, n, k, a, lda, b, ldb, add, y, ldy)

#else
#define TILE_FN __attribute__((noinline, unused)) static
#define TILE(ROWS, COLUMNS) \
TILE_FN void tile_##ROWS##_##COLUMNS##_(int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, ptrdiff_t b_j, const real *first, real *y, \
	ptrdiff_t y_i, ptrdiff_t y_j) \
{ \
	real s[ROWS][COLUMNS]; \
	_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) \
		_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
			s[i][j] = splat_(0); \
	if (first) \
		_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) \
			_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
				s[i][j] = first[j]; \
	for (int k = 0; k < K; k++, a += a_k, b += b_k) { \
		real row[COLUMNS]; \
		_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
			row[j] = b[j * b_j]; \
		_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) { \
			const real x = a[i * a_i]; \
			_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
				s[i][j] = fma_(x, row[j], s[i][j]); \
		} \
	} \
	_Pragma("GCC unroll 4") for (int i = 0; i < ROWS; i++) \
		_Pragma("GCC unroll 4") for (int j = 0; j < COLUMNS; j++) \
			y[i * y_i + j * y_j] = s[i][j]; \
}
TILE(4, 4)
TILE(4, 1)
TILE(1, 4)
TILE(1, 1)
#undef TILE

TILE_FN void gemm_any_(int M, int N, int K, const real *a, ptrdiff_t a_i, ptrdiff_t a_k, const real *b, ptrdiff_t b_k, ptrdiff_t b_j, const real *first, ptrdiff_t first_i, real *y,
	ptrdiff_t y_i, ptrdiff_t y_j)
{
	(void)first_i;                              /* one row for all */
	const int rows = M & ~3, columns = N & ~3;
	for (int j = 0; j < N; j += j < columns ? 4 : 1) {
		const real *from = b + j * b_j, *start = first ? first + j : NULL;
		real *to = y + j * y_j;
		for (int i = 0; i < rows; i += 4)
			(j < columns ? tile_4_4_ : tile_4_1_)(K, a + i * a_i, a_i, a_k, from, b_k, b_j, start, to + i * y_i, y_i, y_j);
		for (int i = rows; i < M; i++)
			(j < columns ? tile_1_4_ : tile_1_1_)(K, a + i * a_i, a_i, a_k, from, b_k, b_j, start, to + i * y_i, y_i, y_j);
	}
}
#undef TILE_FN
#endif
#endif
