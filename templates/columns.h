/* columns.h: a convolution as a matrix product. Columns [C*Y*X][rows*Q] hold, for each weight of a kernel, what it meets at each place of
** `rows` rows of the result from `top` on. With w as [O][C*Y*X] the result is w columns, the weight's gradient dy columns', and the input's
** gradient is what w' dy puts into the columns, added where it came from. All of it works on an image whose padding is in memory, so
** that every row is copied in one length. Freestanding. */
#ifndef COLUMNS_H
#define COLUMNS_H
#include "window.h"
#if LANES == 1
#include "direct.h"
#endif

#ifndef __cplusplus                             /* CUDA programs have convolutions of their own */

/* Rows of the result at a time: the columns of these stay in the second cache. */
__attribute__((always_inline, unused)) static inline int column_rows_(int weights, int width, int height)
{
	enum { CACHED = 1 << 16 };
	const int rows = CACHED / (weights * width);
	return rows < 1 ? 1 : rows < height ? rows : height;
}

/* x with rows and columns of zeros around it. */
__attribute__((always_inline, unused)) static inline void pad_(int C, int H, int W, int padding_0, int padding_1, const real x[C][H][W],
	real to[C][H + 2 * padding_0][W + 2 * padding_1])
{
	for (int c = 0; c < C; c++)
		for (int m = 0; m < H + 2 * padding_0; m++) {
			real *row = to[c][m];
			const int outside = m < padding_0 || m >= H + padding_0;
			for (int l = 0; l < (outside ? W + 2 * padding_1 : padding_1); l++)
				row[l] = splat_(0);
			if (outside)
				continue;
			for (int l = 0; l < W; l++)
				row[padding_1 + l] = x[c][m - padding_0][l];
			for (int l = 0; l < padding_1; l++)
				row[padding_1 + W + l] = splat_(0);
		}
}

/* The inside of a padded image. */
__attribute__((always_inline, unused)) static inline void crop_(int C, int H, int W, int padding_0, int padding_1, real from[C][H + 2 * padding_0][W + 2 * padding_1], real x[C][H][W])
{
	for (int c = 0; c < C; c++)
		for (int m = 0; m < H; m++)
			for (int l = 0; l < W; l++)
				x[c][m][l] = from[c][m + padding_0][l + padding_1];
}

/* x is padded: [C][H][W] with its zeros. */
__attribute__((always_inline, unused)) static inline void columns_(int C, int H, int W, int Y, int X, int Q, int stride_0, int stride_1, int dilation_0, int dilation_1, int top, int rows,
	real x[C][H][W], real *to)
{
	for (int c = 0; c < C; c++)
		for (int j = 0; j < Y; j++)
			for (int k = 0; k < X; k++)
				for (int p = top; p < top + rows; p++, to += Q) {
					const real *from = &x[c][p * stride_0 + j * dilation_0][k * dilation_1];
					for (int q = 0; q < Q; q++)
						to[q] = from[q * stride_1];
				}
}

__attribute__((always_inline, unused)) static inline void add_columns_(int C, int H, int W, int Y, int X, int Q, int stride_0, int stride_1, int dilation_0, int dilation_1, int top, int rows,
	const real *from, real x[C][H][W])
{
	for (int c = 0; c < C; c++)
		for (int j = 0; j < Y; j++)
			for (int k = 0; k < X; k++)
				for (int p = top; p < top + rows; p++, from += Q) {
					real *to = &x[c][p * stride_0 + j * dilation_0][k * dilation_1];
					for (int q = 0; q < Q; q++)
						to[q * stride_1] += from[q];
				}
}
#endif
#endif
