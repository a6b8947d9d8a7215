/* gemm.h: matrix products of large layers, y = a b + add y, row by row in memory: n and t tell whether a and b are stored as they are
** or transposed. a is [m][k] ([k][m] transposed), b is [k][n] ([n][k]), y is [m][n]; add is 0 or 1. gemm_() takes parts of larger
** matrices: lda, ldb and ldy are what their rows have in memory.
** A trainer calls OpenBLAS through the runtime; forward() alone (MOSAIC_FORWARD_ONLY) has plain loops, with other roundings;
** so has a trainer that is compiled with MOSAIC_PLAIN_GEMM, to compare. */
#ifndef GEMM_H
#define GEMM_H
#if LANES != 1
#error "this program has large layers, which go to BLAS: it trains one run a process (LANES 1)"
#endif

#if defined MOSAIC_FORWARD_ONLY || defined MOSAIC_PLAIN_GEMM
static inline void gemm_(int at, int bt, int m, int n, int k, const scalar *a, int lda, const scalar *b, int ldb, int add, scalar *y, int ldy)
{
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++) {
			scalar s = add ? y[i * ldy + j] : 0;
			for (int q = 0; q < k; q++)
				s += a[at ? q * lda + i : i * lda + q] * b[bt ? j * ldb + q : q * ldb + j];
			y[i * ldy + j] = s;
		}
}
#elif defined REAL64
void mosaic_dgemm(int at, int bt, int m, int n, int k, const double *a, int lda, const double *b, int ldb, int add, double *y, int ldy);
#define gemm_ mosaic_dgemm
#else
void mosaic_sgemm(int at, int bt, int m, int n, int k, const float *a, int lda, const float *b, int ldb, int add, float *y, int ldy);
#define gemm_ mosaic_sgemm
#endif

/* Of arrays of two axes, of which m, n, k are there: rows are apart as declared. */
#define gemm_arrays(at, bt, m, n, k, a, b, add, y) gemm_(at, bt, m, n, k, (a)[0], (int)((a)[1] - (a)[0]), (b)[0], (int)((b)[1] - (b)[0]), add, (y)[0], (int)((y)[1] - (y)[0]))
#define gemm_nn(m, n, k, a, b, add, y) gemm_(0, 0, m, n, k, a, k, b, n, add, y, n)
#define gemm_tn(m, n, k, a, b, add, y) gemm_(1, 0, m, n, k, a, m, b, n, add, y, n)
#define gemm_nt(m, n, k, a, b, add, y) gemm_(0, 1, m, n, k, a, k, b, k, add, y, n)
#define gemm_tt(m, n, k, a, b, add, y) gemm_(1, 1, m, n, k, a, m, b, k, add, y, n)
#define gemm_rows_nn(m, n, k, a, lda, b, add, y, ldy) gemm_(0, 0, m, n, k, a, lda, b, n, add, y, ldy)
#define gemm_rows_nt(m, n, k, a, lda, b, add, y, ldy) gemm_(0, 1, m, n, k, a, lda, b, k, add, y, ldy)
#endif
