/* Bodies: avg_pool1d_border, avg_pool1d_back_border, avg_pool2d_border, avg_pool2d_back_border
** Means of windows that stand over the edge of what counts; their rules are those of pool.c. */
#ifdef OP_C
#include "real.h"
#include "window.h"

void avg_pool1d_border(int B, int W, int Q, int KERNEL_0, int STRIDE_0, int PADDING_0, int DILATION_0, int BORDER_0, const real x[B][W], real y[B][Q])
{	/* @body avg_pool1d_border */
	for (int r = 0; r < B; r++) {
		for (int q = 0; q < Q; q++)
			y[r][q] = splat_(0);
		for (int k = 0; k < KERNEL_0; k++) {
			const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
			for (int q = first_(at, STRIDE_0); q < end; q++)
				y[r][q] += x[r][q * STRIDE_0 + at];
		}
		for (int q = 0; q < Q; q++)
			y[r][q] /= R(part_(q * STRIDE_0 - PADDING_0, KERNEL_0, W, BORDER_0));
	}
}	/* @end */

void avg_pool1d_back_border(int B, int W, int Q, int KERNEL_0, int STRIDE_0, int PADDING_0, int DILATION_0, int BORDER_0, const real y[B][Q], real d[B][W])
{	/* @body avg_pool1d_back_border */
	for (int r = 0; r < B; r++) {
		for (int l = 0; l < W; l++)
			d[r][l] = splat_(0);
		for (int k = 0; k < KERNEL_0; k++) {
			const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
			for (int q = first_(at, STRIDE_0); q < end; q++)
				d[r][q * STRIDE_0 + at] += y[r][q] / R(part_(q * STRIDE_0 - PADDING_0, KERNEL_0, W, BORDER_0));
		}
	}
}	/* @end */

void avg_pool2d_border(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	int BORDER_0, int BORDER_1, const real x[B][H][W], real y[B][P][Q])
{	/* @body avg_pool2d_border */
	for (int r = 0; r < B; r++)
		for (int p = 0; p < P; p++) {
			const int top = p * STRIDE_0 - PADDING_0, rows = end_(top, DILATION_0, H, KERNEL_0);
			for (int q = 0; q < Q; q++)
				y[r][p][q] = splat_(0);
			for (int j = first_(top, DILATION_0); j < rows; j++)
				for (int k = 0; k < KERNEL_1; k++) {
					const int at = k * DILATION_1 - PADDING_1, end = end_(at, STRIDE_1, W, Q);
					for (int q = first_(at, STRIDE_1); q < end; q++)
						y[r][p][q] += x[r][top + j * DILATION_0][q * STRIDE_1 + at];
				}
			for (int q = 0; q < Q; q++)
				y[r][p][q] /= R(part_(top, KERNEL_0, H, BORDER_0) * part_(q * STRIDE_1 - PADDING_1, KERNEL_1, W, BORDER_1));
		}
}	/* @end */

void avg_pool2d_back_border(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	int BORDER_0, int BORDER_1, const real y[B][P][Q], real d[B][H][W])
{	/* @body avg_pool2d_back_border */
	for (int r = 0; r < B; r++) {
		for (int m = 0; m < H; m++)
			for (int l = 0; l < W; l++)
				d[r][m][l] = splat_(0);
		for (int p = 0; p < P; p++) {
			const int top = p * STRIDE_0 - PADDING_0, rows = end_(top, DILATION_0, H, KERNEL_0);
			for (int j = first_(top, DILATION_0); j < rows; j++)
				for (int k = 0; k < KERNEL_1; k++) {
					const int at = k * DILATION_1 - PADDING_1, end = end_(at, STRIDE_1, W, Q);
					for (int q = first_(at, STRIDE_1); q < end; q++)
						d[r][top + j * DILATION_0][q * STRIDE_1 + at] += y[r][p][q] / R(part_(top, KERNEL_0, H, BORDER_0) * part_(q * STRIDE_1 - PADDING_1, KERNEL_1, W, BORDER_1));
				}
		}
	}
}	/* @end */
#endif
