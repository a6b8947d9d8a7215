/* gemm.h: matrix products of large layers, y = a b + add y, row by row in memory: n and t tell whether a and b are stored as they are
** or transposed. a is [m][k] ([k][m] transposed), b is [k][n] ([n][k]), y is [m][n]; add is 0 or 1. gemm_rows: the rows of a and y stand
** further apart, by lda and ldy numbers.
** A trainer calls OpenBLAS through the runtime; forward() alone (MOSAIC_FORWARD_ONLY) has plain loops, with other roundings;
** so has a trainer that is compiled with MOSAIC_PLAIN_GEMM, to compare. */
#ifndef GEMM_H
#define GEMM_H
#if LANES != 1
#error "this program has large layers, which go to BLAS: it trains one run a process (LANES 1)"
#endif

#if defined MOSAIC_FORWARD_ONLY || defined MOSAIC_PLAIN_GEMM
static inline void gemm_(int at, int bt, int m, int n, int k, const scalar *a, const scalar *b, int add, scalar *y)
{
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++) {
			scalar s = add ? y[i * n + j] : 0;
			for (int q = 0; q < k; q++)
				s += a[at ? q * m + i : i * k + q] * b[bt ? j * k + q : q * n + j];
			y[i * n + j] = s;
		}
}

__attribute__((unused)) static inline void gemm_rows_(int bt, int m, int n, int k, const scalar *a, int lda, const scalar *b, int add, scalar *y, int ldy)
{
	for (int i = 0; i < m; i++)
		gemm_(0, bt, 1, n, k, a + (ptrdiff_t)i * lda, b, add, y + (ptrdiff_t)i * ldy);
}
#elif defined REAL64
void mosaic_dgemm(int at, int bt, int m, int n, int k, const double *a, const double *b, int add, double *y);
void mosaic_dgemm_rows(int bt, int m, int n, int k, const double *a, int lda, const double *b, int add, double *y, int ldy);
#define gemm_ mosaic_dgemm
#define gemm_rows_ mosaic_dgemm_rows
#else
void mosaic_sgemm(int at, int bt, int m, int n, int k, const float *a, const float *b, int add, float *y);
void mosaic_sgemm_rows(int bt, int m, int n, int k, const float *a, int lda, const float *b, int add, float *y, int ldy);
#define gemm_ mosaic_sgemm
#define gemm_rows_ mosaic_sgemm_rows
#endif

#define gemm_nn(m, n, k, a, b, add, y) gemm_(0, 0, m, n, k, a, b, add, y)
#define gemm_tn(m, n, k, a, b, add, y) gemm_(1, 0, m, n, k, a, b, add, y)
#define gemm_nt(m, n, k, a, b, add, y) gemm_(0, 1, m, n, k, a, b, add, y)
#define gemm_tt(m, n, k, a, b, add, y) gemm_(1, 1, m, n, k, a, b, add, y)
#define gemm_rows_nn(m, n, k, a, lda, b, add, y, ldy) gemm_rows_(0, m, n, k, a, lda, b, add, y, ldy)
#define gemm_rows_nt(m, n, k, a, lda, b, add, y, ldy) gemm_rows_(1, m, n, k, a, lda, b, add, y, ldy)
#endif
