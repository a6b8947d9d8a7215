/* columns.h: a convolution as a matrix product. Columns [C*Y*X][rows*Q] hold, for each weight of a kernel, what it meets at each place of
** `rows` rows of the result from `top` on; zero where that is padding. With w as [O][C*Y*X] the result is w columns, the weight's gradient
** dy columns', and the input's gradient is what w' dy puts into the columns, added where it came from. Freestanding. */
#ifndef COLUMNS_H
#define COLUMNS_H
#include "window.h"

/* Rows of the result at a time: the columns of these stay in the second cache. */
__attribute__((always_inline, unused)) static inline int column_rows_(int weights, int width, int height)
{
	enum { CACHED = 1 << 16 };
	const int rows = CACHED / (weights * width);
	return rows < 1 ? 1 : rows < height ? rows : height;
}

__attribute__((always_inline, unused)) static inline void columns_(int C, int H, int W, int Y, int X, int Q, int stride_0, int stride_1, int padding_0, int padding_1, int dilation_0,
	int dilation_1, int top, int rows, const real x[C][H][W], real *to)
{
	for (int c = 0; c < C; c++)
		for (int j = 0; j < Y; j++)
			for (int k = 0; k < X; k++) {
				const int at = k * dilation_1 - padding_1, first = first_(at, stride_1), end = end_(at, stride_1, W, Q);
				for (int p = top; p < top + rows; p++, to += Q) {
					const int m = p * stride_0 + j * dilation_0 - padding_0;
					const int begin = m < 0 || m >= H || first > end ? Q : first;
					for (int q = 0; q < begin; q++)
						to[q] = splat_(0);
					for (int q = begin; q < end; q++)
						to[q] = x[c][m][q * stride_1 + at];
					for (int q = begin < end ? end : begin; q < Q; q++)
						to[q] = splat_(0);
				}
			}
}

__attribute__((always_inline, unused)) static inline void add_columns_(int C, int H, int W, int Y, int X, int Q, int stride_0, int stride_1, int padding_0, int padding_1, int dilation_0,
	int dilation_1, int top, int rows, const real *from, real x[C][H][W])
{
	for (int c = 0; c < C; c++)
		for (int j = 0; j < Y; j++)
			for (int k = 0; k < X; k++) {
				const int at = k * dilation_1 - padding_1, first = first_(at, stride_1), end = end_(at, stride_1, W, Q);
				for (int p = top; p < top + rows; p++, from += Q) {
					const int m = p * stride_0 + j * dilation_0 - padding_0;
					if (m < 0 || m >= H)
						continue;
					for (int q = first; q < end; q++)
						x[c][m][q * stride_1 + at] += from[q];
				}
			}
}
#endif
