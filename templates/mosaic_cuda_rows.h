/* mosaic_cuda_rows.h: the functions of rows.h for sixteen threads that share a row: thread k has the numbers k, k + 16, ... and so part k of a sum, and the parts are
** joined by the same tree: the same bits. All sixteen call them, and get the same answer. Rows of fewer numbers than parts are added by each thread for itself. */
#ifndef MOSAIC_CUDA_ROWS_H
#define MOSAIC_CUDA_ROWS_H

static __device__ __forceinline__ int row_() { return thread_() / PARTS; }
static __device__ __forceinline__ int row_part_() { return thread_() % PARTS; }
static __device__ __forceinline__ unsigned row_threads_() { return 0xffffu << (threadIdx.x & 16); }
/* What the sixteen have written is there for all of them. */
static __device__ __forceinline__ void row_wait_() { __syncwarp(row_threads_()); }

/* Nobody goes on to write before all have read. */
static __device__ __forceinline__ real row_read_(real s)
{
	row_wait_();
	return s;
}

static __device__ __forceinline__ real row_joined_(real s)
{
	for (int half = PARTS / 2; half; half /= 2)
		s += __shfl_xor_sync(row_threads_(), s, half, PARTS);
	return s;
}

static __device__ __forceinline__ real sum_row_shared_(int C, const real *x)
{
	if (C < PARTS)
		return row_read_(sum_row_(C, x));
	real sum = R(0);
	for (int i = row_part_(); i < C; i += PARTS)
		sum += x[i];
	return row_joined_(sum);
}

static __device__ __forceinline__ real dot_row_shared_(int C, const real *a, real from, const real *b, real and_from)
{
	if (C < PARTS)
		return row_read_(dot_row_(C, a, from, b, and_from));
	real sum = R(0);
	for (int i = row_part_(); i < C; i += PARTS)
		sum = fma_(a[i] - from, b[i] - and_from, sum);
	return row_joined_(sum);
}

static __device__ __forceinline__ real mean_row_shared_(int C, const real *x) { return sum_row_shared_(C, x) * (R(1) / C); }
static __device__ __forceinline__ real variance_row_shared_(int C, const real *x, real mean) { return dot_row_shared_(C, x, mean, x, mean) * (R(1) / C); }

static __device__ __forceinline__ real top_row_shared_(int C, const real *x)
{
	real top = x[0];
	for (int i = row_part_(); i < C; i += PARTS)
		top = max_(top, x[i]);
	for (int half = PARTS / 2; half; half /= 2)
		top = max_(top, __shfl_xor_sync(row_threads_(), top, half, PARTS));
	return top;
}

static __device__ __forceinline__ void exp_row_shared_(int C, const real *x, real top, scalar scale, real *y)
{
	for (int i = row_part_(); i < C; i += PARTS)
		y[i] = exp_((x[i] - top) * scale);
}

static __device__ __forceinline__ real exp_sum_row_shared_(int C, const real *x, real top)
{
	if (C < PARTS)
		return row_read_(exp_sum_row_(C, x, top));
	real sum = R(0);
	for (int i = row_part_(); i < C; i += PARTS)
		sum += exp_(x[i] - top);
	return row_joined_(sum);
}

static __device__ __forceinline__ void scale_row_shared_(int C, const real *x, real factor, real *y)
{
	for (int i = row_part_(); i < C; i += PARTS)
		y[i] = x[i] * factor;
}
#endif
