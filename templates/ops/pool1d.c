/* Ops: max_pool1d, max_pool1d_back, max_pool1d_pick, avg_pool1d, avg_pool1d_back
** Pooling of sequences, as torch.nn.MaxPool1d and AvgPool1d compute it; the rules are those of pool.c. */
#ifdef OP_RULES

static bool pool1d_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	return pool_case(variant, 1, &in[0], &y, attr);
}

static bool pool1d_back_test(int variant, struct shape *in, struct attr *attr)
{
	return pool_case(variant, 1, &in[0], &in[1], attr);
}

static bool pool1d_pick_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	bool ok = pool_case(variant, 1, &in[0], &y, attr);
	in[1] = ok ? in[0] : in[1];
	return ok;
}

static bool avg_pool1d_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	return avg_pool_case(variant, 1, &in[0], &y, attr);
}

static bool avg_pool1d_back_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape x;
	bool ok = avg_pool_case(variant, 1, &x, &in[0], attr);
	if (ok)
		attr[POOL_SIZES] = (struct attr){.i = {x.dim[2]}, .count = 1};
	return ok;
}

static const struct op op_max_pool1d = {
	.name = "max_pool1d", .class = OP_KERNEL, .inputs = 1, .sizes = "Q:width", .attrs = {POOL_ATTRS}, .header = "window.h", .shape = pool_shape, .grad = max_pool_grad, .test_inputs = pool1d_test,
	.synopsis = "the largest value of each window", .doc = "dy to the first of the largest: max_pool1d_back", .flop_count = pool_flops, .low = -2, .high = 2,
};
static const struct op op_max_pool1d_back = {
	.name = "max_pool1d_back", .class = OP_KERNEL, .inputs = 2, .sizes = "Q:width", .attrs = {POOL_ATTRS}, .header = "window.h", .shape = pool_pair_shape, .grad = max_pool_back_grad,
	.test_inputs = pool1d_back_test, .synopsis = "the gradient of max_pool1d of x", .doc = "of dy: what stands at the largest, max_pool1d_pick", .flop_count = pool_flops,
	.low = -2, .high = 2,
};
static const struct op op_max_pool1d_pick = {
	.name = "max_pool1d_pick", .class = OP_KERNEL, .inputs = 2, .sizes = "Q:width", .attrs = {POOL_ATTRS}, .header = "window.h", .shape = pool_pair_shape, .grad = max_pool_pick_grad,
	.test_inputs = pool1d_pick_test, .synopsis = "of each window of x the largest value's place, and there the value of v", .doc = "of v: max_pool1d_back", .flop_count = pool_flops,
	.low = -2, .high = 2,
};
static const struct op op_avg_pool1d = {
	.name = "avg_pool1d", .class = OP_KERNEL, .inputs = 1, .sizes = "Q:width", .attrs = {AVG_ATTRS}, .header = "window.h", .shape = pool_shape, .grad = avg_pool_grad, .kernel = avg_pool_kernel, .test_inputs = avg_pool1d_test,
	.synopsis = "the mean of each window, padding counted as zeros; `border`: over what is there and so far around it", .doc = "avg_pool1d_back(dy)", .flop_count = pool_flops, .low = -2, .high = 2,
};
static const struct op op_avg_pool1d_back = {
	.name = "avg_pool1d_back", .class = OP_KERNEL, .inputs = 1, .sizes = "Q:width", .attrs = {AVG_ATTRS, "sizes:ints"}, .header = "window.h", .shape = avg_back_shape, .grad = avg_pool_back_grad,
	.kernel = avg_pool_kernel,
	.test_inputs = avg_pool1d_back_test, .synopsis = "the gradient of avg_pool1d", .doc = "avg_pool1d of it", .flop_count = pool_flops, .low = -2, .high = 2,
};

/* The largest value of each window of the last axis (torch.nn.MaxPool1d). x: [...,W]. Further: .stride (the kernel), .padding, .dilation,
** .ceil_mode. */
NN_API nn_tensor nn_max_pool1d_of(nn_tensor x, int kernel, nn_pool options)
{
	return pooled(&op_max_pool1d, x, kernel, options, 1);
}

/* The mean of each window of the last axis (torch.nn.AvgPool1d); padding counts as zeros. x: [...,W]. Further: .stride (the kernel), .padding,
** .ceil_mode, .count_exclude_pad, .divisor_override. */
NN_API nn_tensor nn_avg_pool1d_of(nn_tensor x, int kernel, nn_pool options)
{
	return pooled(&op_avg_pool1d, x, kernel, options, 1);
}
#endif

#ifdef OP_C
#include "real.h"
#include "window.h"

void max_pool1d(int B, int W, int Q, int KERNEL_0, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][W], real y[B][Q])
{	/* @body max_pool1d */
	for (int r = 0; r < B; r++) {
		for (int q = 0; q < Q; q++)
			y[r][q] = splat_(-R_INF);
		for (int k = 0; k < KERNEL_0; k++) {
			const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
			for (int q = first_(at, STRIDE_0); q < end; q++)
				y[r][q] = max_(x[r][q * STRIDE_0 + at], y[r][q]);
		}
	}
}	/* @end */

/* What is left of dy after a place equal to the largest has taken it: nothing. */
void max_pool1d_back(int B, int W, int Q, int KERNEL_0, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][W], const real y[B][Q], real d[B][W])
{	/* @body max_pool1d_back */
	for (int r = 0; r < B; r++) {
		for (int l = 0; l < W; l++)
			d[r][l] = splat_(0);
		for (int q = 0; q < Q; q++) {
			const int at = q * STRIDE_0 - PADDING_0, first = first_(at, DILATION_0), end = end_(at, DILATION_0, W, KERNEL_0);
			real best = splat_(-R_INF), left = y[r][q];
			for (int k = first; k < end; k++)
				best = max_(x[r][at + k * DILATION_0], best);
			for (int k = first; k < end; k++) {
				const real part = sel_(eq_(x[r][at + k * DILATION_0], best), left, splat_(0));
				d[r][at + k * DILATION_0] += part;
				left -= part;
			}
		}
	}
}	/* @end */

void max_pool1d_pick(int B, int W, int Q, int KERNEL_0, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][W], const real v[B][W], real y[B][Q])
{	/* @body max_pool1d_pick */
	for (int r = 0; r < B; r++)
		for (int q = 0; q < Q; q++) {
			const int at = q * STRIDE_0 - PADDING_0, end = end_(at, DILATION_0, W, KERNEL_0);
			real best = splat_(-R_INF), there = splat_(0);
			for (int k = first_(at, DILATION_0); k < end; k++) {
				const int l = at + k * DILATION_0;
				there = sel_(gt_(x[r][l], best), v[r][l], there);
				best = max_(x[r][l], best);
			}
			y[r][q] = there;
		}
}	/* @end */

void avg_pool1d(int B, int W, int Q, int KERNEL_0, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][W], real y[B][Q])
{	/* @body avg_pool1d */
	for (int r = 0; r < B; r++) {
		for (int q = 0; q < Q; q++)
			y[r][q] = splat_(0);
		for (int k = 0; k < KERNEL_0; k++) {
			const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
			for (int q = first_(at, STRIDE_0); q < end; q++)
				y[r][q] += x[r][q * STRIDE_0 + at];
		}
		for (int q = 0; q < Q; q++)
			y[r][q] /= R(KERNEL_0);
	}
}	/* @end */

void avg_pool1d_back(int B, int W, int Q, int KERNEL_0, int STRIDE_0, int PADDING_0, int DILATION_0, const real y[B][Q], real d[B][W])
{	/* @body avg_pool1d_back */
	for (int r = 0; r < B; r++) {
		for (int l = 0; l < W; l++)
			d[r][l] = splat_(0);
		for (int k = 0; k < KERNEL_0; k++) {
			const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
			for (int q = first_(at, STRIDE_0); q < end; q++)
				d[r][q * STRIDE_0 + at] += y[r][q] / R(KERNEL_0);
		}
	}
}	/* @end */

/* Means of windows that stand over the edge of what counts. */
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
#endif
