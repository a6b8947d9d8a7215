/* gemm_kinds.h: matrix products, y(i,j) = from(i,j) + sum over k of a(i,k) b(k,j), for the trainers' large and small layers; templates/gemm.h is how they
** write them. Sizes are of a[m][k], b[k][n] and y[m][n]; a_i and a_k tell how many reals rows and columns are apart, so that a transposed
** matrix is the same call. from: where the sums start, its rows from_i apart; 0: one row for all; y itself: the product is added; NULL: from 0 on.
** y may not overlap a or b. Sums run in the order of k. Large products are shared among the process's threads (mosaic_threads.h). */
#ifndef GEMM_KINDS_H
#define GEMM_KINDS_H
#include <stddef.h>

typedef void gemm_float(int m, int n, int k, const float *a, ptrdiff_t a_i, ptrdiff_t a_k, const float *b, ptrdiff_t b_k, ptrdiff_t b_j, const float *from, ptrdiff_t from_i,
	float *y, ptrdiff_t y_i, ptrdiff_t y_j);
typedef void gemm_double(int m, int n, int k, const double *a, ptrdiff_t a_i, ptrdiff_t a_k, const double *b, ptrdiff_t b_k, ptrdiff_t b_j, const double *from, ptrdiff_t from_i,
	double *y, ptrdiff_t y_i, ptrdiff_t y_j);

gemm_float mosaic_sgemm;                        /* the fastest here; the others are what it chooses from */
gemm_double mosaic_dgemm;
gemm_float mosaic_sgemm_avx512, mosaic_sgemm_avx2, mosaic_sgemm_unfused;
gemm_double mosaic_dgemm_avx512, mosaic_dgemm_avx2, mosaic_dgemm_unfused;
#endif
