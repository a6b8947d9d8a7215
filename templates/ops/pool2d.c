/* Ops: max_pool2d, max_pool2d_back, max_pool2d_pick, avg_pool2d, avg_pool2d_back
** Pooling of images, as torch.nn.MaxPool2d and AvgPool2d compute it; the rules are those of pool.c. */
#ifdef OP_RULES

static bool pool2d_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	return pool_case(variant, 2, &in[0], &y, attr);
}

static bool pool2d_back_test(int variant, struct shape *in, struct attr *attr)
{
	return pool_case(variant, 2, &in[0], &in[1], attr);
}

static bool pool2d_pick_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	bool ok = pool_case(variant, 2, &in[0], &y, attr);
	in[1] = ok ? in[0] : in[1];
	return ok;
}

static bool avg_pool2d_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	return avg_pool_case(variant, 2, &in[0], &y, attr);
}

static bool avg_pool2d_back_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape x;
	bool ok = avg_pool_case(variant, 2, &x, &in[0], attr);
	if (ok)
		attr[POOL_SIZES] = (struct attr){.i = {x.dim[2], x.dim[3]}, .count = 2};
	return ok;
}

/* Windows side by side, none of which reaches into the padding or over the edge. */
static const char *max_pool2d_kernel(const struct node *n)
{
	const struct shape *x = &n->in[0]->shape;
	bool disjoint = true, back = n->in_count > 1;
	for (int i = 0; i < 2; i++) {
		int64_t kernel = n->attr[POOL_KERNEL].i[i], stride = n->attr[CONV_STRIDE].i[i], size = x->dim[x->rank - 2 + i], places = pool_places(n, size, i);
		disjoint = disjoint && stride == kernel && n->attr[CONV_PADDING].i[i] == 0 && n->attr[CONV_DILATION].i[i] == 1 && places * kernel <= size;
	}
	return disjoint ? (back ? "max_pool2d_back_disjoint" : "max_pool2d_disjoint") : n->op->name;
}

static const struct op op_max_pool2d = {
	.name = "max_pool2d", .class = OP_KERNEL, .inputs = 1, .kernel = max_pool2d_kernel, .sizes = "P:height Q:width", .attrs = {POOL_ATTRS}, .header = "window.h", .shape = pool_shape, .grad = max_pool_grad, .test_inputs = pool2d_test,
	.synopsis = "the largest value of each window", .doc = "dy to the first of the largest: max_pool2d_back", .flop_count = pool_flops, .low = -2, .high = 2,
};
static const struct op op_max_pool2d_back = {
	.name = "max_pool2d_back", .class = OP_KERNEL, .inputs = 2, .kernel = max_pool2d_kernel, .sizes = "P:height Q:width", .attrs = {POOL_ATTRS}, .header = "window.h", .shape = pool_pair_shape, .grad = max_pool_back_grad,
	.test_inputs = pool2d_back_test, .synopsis = "the gradient of max_pool2d of x", .doc = "of dy: what stands at the largest, max_pool2d_pick", .flop_count = pool_flops,
	.low = -2, .high = 2,
};
static const struct op op_max_pool2d_pick = {
	.name = "max_pool2d_pick", .class = OP_KERNEL, .inputs = 2, .sizes = "P:height Q:width", .attrs = {POOL_ATTRS}, .header = "window.h", .shape = pool_pair_shape, .grad = max_pool_pick_grad,
	.test_inputs = pool2d_pick_test, .synopsis = "of each window of x the largest value's place, and there the value of v", .doc = "of v: max_pool2d_back", .flop_count = pool_flops,
	.low = -2, .high = 2,
};
static const struct op op_avg_pool2d = {
	.name = "avg_pool2d", .class = OP_KERNEL, .inputs = 1, .sizes = "P:height Q:width", .attrs = {AVG_ATTRS}, .header = "window.h", .shape = pool_shape, .grad = avg_pool_grad, .kernel = avg_pool_kernel, .test_inputs = avg_pool2d_test,
	.synopsis = "the mean of each window, padding counted as zeros; `border`: over what is there and so far around it", .doc = "avg_pool2d_back(dy)", .flop_count = pool_flops, .low = -2, .high = 2,
};
static const struct op op_avg_pool2d_back = {
	.name = "avg_pool2d_back", .class = OP_KERNEL, .inputs = 1, .sizes = "P:height Q:width", .attrs = {AVG_ATTRS, "sizes:ints"}, .header = "window.h", .shape = avg_back_shape, .grad = avg_pool_back_grad,
	.kernel = avg_pool_kernel,
	.test_inputs = avg_pool2d_back_test, .synopsis = "the gradient of avg_pool2d", .doc = "avg_pool2d of it", .flop_count = pool_flops, .low = -2, .high = 2,
};

/* The largest value of each window of kernel x kernel (torch.nn.MaxPool2d). x: [...,H,W]. Further: .stride (the kernel), .padding, .dilation, .ceil_mode (the last window may
** stand over the end); .kernels, .strides, ... for numbers by axis. */
NN_API nn_tensor nn_max_pool2d_of(nn_tensor x, int kernel, nn_pool options)
{
	return pooled(&op_max_pool2d, x, kernel, options, 2);
}

/* The mean of each window of kernel x kernel (torch.nn.AvgPool2d); padding counts as zeros. x: [...,H,W]. Further: .stride (the kernel), .padding, .ceil_mode,
** .count_exclude_pad (torch's count_include_pad=False: padding does not count), .divisor_override. */
NN_API nn_tensor nn_avg_pool2d_of(nn_tensor x, int kernel, nn_pool options)
{
	return pooled(&op_avg_pool2d, x, kernel, options, 2);
}
#endif

#ifdef OP_C
#include "real.h"
#include "window.h"

void max_pool2d(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][H][W], real y[B][P][Q])
{	/* @body max_pool2d */
	for (int r = 0; r < B; r++)
		for (int p = 0; p < P; p++) {
			const int top = p * STRIDE_0 - PADDING_0, rows = end_(top, DILATION_0, H, KERNEL_0);
			for (int q = 0; q < Q; q++)
				y[r][p][q] = splat_(-R_INF);
			for (int j = first_(top, DILATION_0); j < rows; j++)
				for (int k = 0; k < KERNEL_1; k++) {
					const int at = k * DILATION_1 - PADDING_1, end = end_(at, STRIDE_1, W, Q);
					for (int q = first_(at, STRIDE_1); q < end; q++)
						y[r][p][q] = max_(x[r][top + j * DILATION_0][q * STRIDE_1 + at], y[r][p][q]);
				}
		}
}	/* @end */

/* What is left of dy after a place equal to the largest has taken it: nothing. */
void max_pool2d_back(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][H][W], const real y[B][P][Q], real d[B][H][W])
{	/* @body max_pool2d_back */
	for (int r = 0; r < B; r++) {
		for (int m = 0; m < H; m++)
			for (int l = 0; l < W; l++)
				d[r][m][l] = splat_(0);
		for (int p = 0; p < P; p++) {
			const int top = p * STRIDE_0 - PADDING_0, rows = end_(top, DILATION_0, H, KERNEL_0);
			for (int q = 0; q < Q; q++) {
				const int at = q * STRIDE_1 - PADDING_1, first = first_(at, DILATION_1), end = end_(at, DILATION_1, W, KERNEL_1);
				real best = splat_(-R_INF), left = y[r][p][q];
				for (int j = first_(top, DILATION_0); j < rows; j++)
					for (int k = first; k < end; k++)
						best = max_(x[r][top + j * DILATION_0][at + k * DILATION_1], best);
				for (int j = first_(top, DILATION_0); j < rows; j++)
					for (int k = first; k < end; k++) {
						const real part = sel_(eq_(x[r][top + j * DILATION_0][at + k * DILATION_1], best), left, splat_(0));
						d[r][top + j * DILATION_0][at + k * DILATION_1] += part;
						left -= part;
					}
			}
		}
	}
}	/* @end */

/* Windows that stand side by side and inside: every place belongs to one. */
void max_pool2d_disjoint(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, const real x[B][H][W], real y[B][P][Q])
{	/* @body max_pool2d_disjoint */
	for (int r = 0; r < B; r++)
		for (int p = 0; p < P; p++)
			IN_VECTORS
			for (int q = 0; q < Q; q++) {
				real best = splat_(-R_INF);
				for (int j = 0; j < KERNEL_0; j++)
					for (int k = 0; k < KERNEL_1; k++)
						best = max_(x[r][p * KERNEL_0 + j][q * KERNEL_1 + k], best);
				y[r][p][q] = best;
			}
}	/* @end */

void max_pool2d_back_disjoint(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, const real x[B][H][W], const real y[B][P][Q], real d[B][H][W])
{	/* @body max_pool2d_back_disjoint */
	for (int r = 0; r < B; r++) {
		for (int m = 0; m < H; m++)
			for (int l = m < P * KERNEL_0 ? Q * KERNEL_1 : 0; l < W; l++)
				d[r][m][l] = splat_(0);
		for (int p = 0; p < P; p++)
			IN_VECTORS
			for (int q = 0; q < Q; q++) {
				real best = splat_(-R_INF), left = y[r][p][q];
				for (int j = 0; j < KERNEL_0; j++)
					for (int k = 0; k < KERNEL_1; k++)
						best = max_(x[r][p * KERNEL_0 + j][q * KERNEL_1 + k], best);
				for (int j = 0; j < KERNEL_0; j++)
					for (int k = 0; k < KERNEL_1; k++) {
						const real part = sel_(eq_(x[r][p * KERNEL_0 + j][q * KERNEL_1 + k], best), left, splat_(0));
						d[r][p * KERNEL_0 + j][q * KERNEL_1 + k] = part;
						left -= part;
					}
			}
	}
}	/* @end */

void max_pool2d_pick(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][H][W], const real v[B][H][W], real y[B][P][Q])
{	/* @body max_pool2d_pick */
	for (int r = 0; r < B; r++)
		for (int p = 0; p < P; p++) {
			const int top = p * STRIDE_0 - PADDING_0, rows = end_(top, DILATION_0, H, KERNEL_0);
			for (int q = 0; q < Q; q++) {
				const int at = q * STRIDE_1 - PADDING_1, first = first_(at, DILATION_1), end = end_(at, DILATION_1, W, KERNEL_1);
				real best = splat_(-R_INF), there = splat_(0);
				for (int j = first_(top, DILATION_0); j < rows; j++)
					for (int k = first; k < end; k++) {
						const int m = top + j * DILATION_0, l = at + k * DILATION_1;
						there = sel_(gt_(x[r][m][l], best), v[r][m][l], there);
						best = max_(x[r][m][l], best);
					}
				y[r][p][q] = there;
			}
		}
}	/* @end */

void avg_pool2d(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][H][W], real y[B][P][Q])
{	/* @body avg_pool2d */
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
				y[r][p][q] /= R(KERNEL_0 * KERNEL_1);
		}
}	/* @end */

void avg_pool2d_back(int B, int H, int W, int P, int Q, int KERNEL_0, int KERNEL_1, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real y[B][P][Q], real d[B][H][W])
{	/* @body avg_pool2d_back */
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
						d[r][top + j * DILATION_0][q * STRIDE_1 + at] += y[r][p][q] / R(KERNEL_0 * KERNEL_1);
				}
		}
	}
}	/* @end */

/* Means of windows that stand over the edge of what counts. */
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
