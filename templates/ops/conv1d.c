/* Ops: conv1d, conv1d_input, conv1d_weight
** Convolution of sequences, as torch.nn.Conv1d computes it; the rules are those of conv.c. */
#ifdef OP_RULES

static const char *conv1d_kernel(const struct node *n)
{
	static const char *const kernels[][4] = {{"conv1d", "conv1d_groups", "conv1d_direct", "conv1d_groups_direct"},
		{"conv1d_input", "conv1d_input_groups", "conv1d_input_direct", "conv1d_input_groups_direct"},
		{"conv1d_weight", "conv1d_weight_groups", "conv1d_weight_direct", "conv1d_weight_groups_direct"}};
	const char *part = n->op->name + strlen("conv1d");
	return kernels[strcmp(part, "_input") == 0 ? 1 : strcmp(part, "_weight") == 0 ? 2 : 0][(conv_is_large(n) && conv_fits(n)) * 2 + (n->attr[CONV_GROUPS].i[0] > 1)];
}

static bool conv1d_case(int variant, struct shape *x, struct shape *w, struct shape *y, struct attr *attr)
{
	static const struct { int64_t x[3], w[3], stride[1], padding[1], dilation[1], groups; } t[] = {
		{{2, 2, 6}, {3, 2, 3}, {1}, {1}, {1}, 1}, {{2, 1, 7}, {2, 1, 2}, {2}, {0}, {3}, 1}, {{2, 4, 5}, {2, 2, 2}, {1}, {0}, {1}, 2}, {{2, 3, 4}, {3, 1, 3}, {3}, {2}, {1}, 3},
		{{2, 3, 1}, {4, 3, 1}, {1}, {0}, {1}, 1}};
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	conv_case(1, t[variant].x, t[variant].w, t[variant].stride, t[variant].padding, t[variant].dilation, t[variant].groups, x, w, y, attr);
	return true;
}

static bool conv1d_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	bool ok = conv1d_case(variant, &in[0], &in[1], &y, attr);
	if (ok)
		in[2] = SHAPE(in[1].dim[0]);
	return ok;
}

static bool conv1d_input_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape x;
	bool ok = conv1d_case(variant, &x, &in[1], &in[0], attr);
	if (ok)
		conv_case_sizes(&x, attr);
	return ok;
}

static bool conv1d_weight_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape w;
	bool ok = conv1d_case(variant, &in[0], &w, &in[1], attr);
	if (ok)
		conv_case_sizes(&w, attr);
	return ok;
}

static const struct op op_conv1d = {
	.name = "conv1d", .class = OP_KERNEL, .inputs = 3, .sizes = CONV_LETTERS, .attrs = {CONV_ATTRS}, .header = "columns.h", .shape = conv_shape, .grad = conv_grad, .kernel = conv1d_kernel,
	.synopsis = "y = x * w + b, a sum over channels and places of the kernel", .doc = "dx = conv1d_input(dy, w), dw = conv1d_weight(x, dy), db = dy summed",
	.test_inputs = conv1d_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv1d_input = {
	.name = "conv1d_input", .class = OP_KERNEL, .inputs = 2, .sizes = CONV_LETTERS, .attrs = {CONV_ATTRS, "sizes:ints"}, .header = "columns.h", .shape = conv_input_shape, .grad = conv_input_grad,
	.kernel = conv1d_kernel, .synopsis = "the gradient of conv1d by its input; by itself a transposed convolution", .doc = "conv1d of the gradient; conv1d_weight of it and dy",
	.test_inputs = conv1d_input_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv1d_weight = {
	.name = "conv1d_weight", .class = OP_KERNEL, .inputs = 2, .sizes = CONV_LETTERS, .attrs = {CONV_ATTRS, "sizes:ints"}, .header = "columns.h", .shape = conv_weight_shape, .grad = conv_weight_grad,
	.kernel = conv1d_kernel, .synopsis = "the gradient of conv1d by its weight", .doc = "conv1d_input of dy and the gradient; conv1d of x and it",
	.test_inputs = conv1d_weight_test, .flop_count = conv_flops, .low = -1, .high = 1,
};

/* ---- what users call ---- */

/* Convolution of sequences with kernels of kernel and weights of its own. x: [B,C,W]. Further: .stride, .padding, .dilation, .groups, .no_bias, .same, .padding_mode. */
NN_API nn_tensor nn_conv1d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	return conv_layer(&op_conv1d, "nn_conv1d", x, out_channels, kernel, options, 1);
}

/* The same with a weight [out_channels,C/groups,X] and a bias [out_channels] that are given, or NULL for none. */
NN_API nn_tensor nn_conv1d_with_of(nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options)
{
	return conv_given(&op_conv1d, "nn_conv1d_with", x, weight, bias, options, 1);
}

/* Transposed convolution, as torch.nn.ConvTranspose1d: each place of x adds a kernel to the result. .output_padding: places more on one side. */
NN_API nn_tensor nn_conv_transpose1d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	return conv_transpose_layer(&op_conv1d_input, "nn_conv_transpose1d", x, out_channels, kernel, options, 1);
}

/* The same with a weight [C,out_channels/groups,...] and a bias [out_channels] that are given, or NULL for none. */
NN_API nn_tensor nn_conv_transpose1d_with_of(nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options)
{
	return conv_transpose_given(&op_conv1d_input, "nn_conv_transpose1d_with", x, weight, bias, options, 1);
}
#endif

#ifdef OP_C
#include "real.h"
#include "columns.h"

void conv1d(int B, int C, int W, int O, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][C][W], const real w[O][C][X],
	const real b[O], real y[B][O][Q])
{	/* @body conv1d */
	for (int r = 0; r < B; r++)
		for (int o = 0; o < O; o++) {
			real sum[Q];
			for (int q = 0; q < Q; q++)
				sum[q] = b[o];
			for (int c = 0; c < C; c++)
				for (int k = 0; k < X; k++) {
					const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
					for (int q = first_(at, STRIDE_0); q < end; q++)
						sum[q] = fma_(x[r][c][q * STRIDE_0 + at], w[o][c][k], sum[q]);
				}
			for (int q = 0; q < Q; q++)
				y[r][o][q] = sum[q];
		}
}	/* @end */

void conv1d_input(int B, int C, int W, int O, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, const real y[B][O][Q], const real w[O][C][X],
	real x[B][C][W])
{	/* @body conv1d_input */
	for (int r = 0; r < B; r++)
		for (int c = 0; c < C; c++) {
			real sum[W];
			for (int l = 0; l < W; l++)
				sum[l] = splat_(0);
			for (int o = 0; o < O; o++)
				for (int k = 0; k < X; k++) {
					const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
					for (int q = first_(at, STRIDE_0); q < end; q++)
						sum[q * STRIDE_0 + at] = fma_(y[r][o][q], w[o][c][k], sum[q * STRIDE_0 + at]);
				}
			for (int l = 0; l < W; l++)
				x[r][c][l] = sum[l];
		}
}	/* @end */

void conv1d_weight(int B, int C, int W, int O, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][C][W], const real y[B][O][Q],
	real w[O][C][X])
{	/* @body conv1d_weight */
	for (int o = 0; o < O; o++)
		for (int c = 0; c < C; c++)
			for (int k = 0; k < X; k++) {
				const int at = k * DILATION_0 - PADDING_0, begin = first_(at, STRIDE_0), end = end_(at, STRIDE_0, W, Q);
				real part[16] = {splat_(0)};
				for (int r = 0; r < B; r++) {
					int q = begin;
					for (; Q >= 16 && q + 16 <= end; q += 16)
						for (int s = 0; s < 16; s++)
							part[s] = fma_(x[r][c][(q + s) * STRIDE_0 + at], y[r][o][q + s], part[s]);
					for (int s = 0; q + s < end; s++)
						part[s] = fma_(x[r][c][(q + s) * STRIDE_0 + at], y[r][o][q + s], part[s]);
				}
				real sum = part[0];
				for (int s = 1; s < 16; s++)
					sum += part[s];
				w[o][c][k] = sum;
			}
}	/* @end */

void conv1d_groups(int B, int C, int W, int O, int I, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, int GROUPS, const real x[B][C][W], const real w[O][I][X],
	const real b[O], real y[B][O][Q])
{	/* @body conv1d_groups */
	for (int r = 0; r < B; r++)
		for (int o = 0; o < O; o++) {
			const int first = o / (O / GROUPS) * I;      /* channel of this group */
			real sum[Q];
			for (int q = 0; q < Q; q++)
				sum[q] = b[o];
			for (int i = 0; i < I; i++)
				for (int k = 0; k < X; k++) {
					const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
					for (int q = first_(at, STRIDE_0); q < end; q++)
						sum[q] = fma_(x[r][first + i][q * STRIDE_0 + at], w[o][i][k], sum[q]);
				}
			for (int q = 0; q < Q; q++)
				y[r][o][q] = sum[q];
		}
}	/* @end */

void conv1d_input_groups(int B, int C, int W, int O, int I, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, int GROUPS, const real y[B][O][Q], const real w[O][I][X],
	real x[B][C][W])
{	/* @body conv1d_input_groups */
	for (int r = 0; r < B; r++)
		for (int c = 0; c < C; c++) {
			const int first = c / I * (O / GROUPS);      /* result of this group */
			real sum[W];
			for (int l = 0; l < W; l++)
				sum[l] = splat_(0);
			for (int o = first; o < first + O / GROUPS; o++)
				for (int k = 0; k < X; k++) {
					const int at = k * DILATION_0 - PADDING_0, end = end_(at, STRIDE_0, W, Q);
					for (int q = first_(at, STRIDE_0); q < end; q++)
						sum[q * STRIDE_0 + at] = fma_(y[r][o][q], w[o][c % I][k], sum[q * STRIDE_0 + at]);
				}
			for (int l = 0; l < W; l++)
				x[r][c][l] = sum[l];
		}
}	/* @end */

void conv1d_weight_groups(int B, int C, int W, int O, int I, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, int GROUPS, const real x[B][C][W], const real y[B][O][Q],
	real w[O][I][X])
{	/* @body conv1d_weight_groups */
	for (int o = 0; o < O; o++)
		for (int i = 0; i < I; i++)
			for (int k = 0; k < X; k++) {
				const int c = o / (O / GROUPS) * I + i, at = k * DILATION_0 - PADDING_0, begin = first_(at, STRIDE_0), end = end_(at, STRIDE_0, W, Q);
				real part[16] = {splat_(0)};
				for (int r = 0; r < B; r++) {
					int q = begin;
					for (; Q >= 16 && q + 16 <= end; q += 16)
						for (int s = 0; s < 16; s++)
							part[s] = fma_(x[r][c][(q + s) * STRIDE_0 + at], y[r][o][q + s], part[s]);
					for (int s = 0; q + s < end; s++)
						part[s] = fma_(x[r][c][(q + s) * STRIDE_0 + at], y[r][o][q + s], part[s]);
				}
				real sum = part[0];
				for (int s = 1; s < 16; s++)
					sum += part[s];
				w[o][i][k] = sum;
			}
}	/* @end */

/* ---- from their definition, many results in registers at a time: direct.h ---- */

#if LANES == 1
#include "direct.h"

void conv1d_direct(int B, int C, int W, int O, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][C][W], const real w[O][C][X],
	const real b[O], real y[B][O][Q])
{	/* @body conv1d_direct */
	const struct direct s = direct_sequences_(1, C, W, O, X, Q, STRIDE_0, PADDING_0, DILATION_0);
	direct_forward_(s, B, &x[0][0][0], &w[0][0][0], b, &y[0][0][0]);
}	/* @end */

void conv1d_input_direct(int B, int C, int W, int O, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, const real y[B][O][Q], const real w[O][C][X],
	real x[B][C][W])
{	/* @body conv1d_input_direct */
	const struct direct s = direct_sequences_(1, C, W, O, X, Q, STRIDE_0, PADDING_0, DILATION_0);
	direct_back_(s, B, &y[0][0][0], &w[0][0][0], &x[0][0][0]);
}	/* @end */

void conv1d_weight_direct(int B, int C, int W, int O, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, const real x[B][C][W], const real y[B][O][Q],
	real w[O][C][X])
{	/* @body conv1d_weight_direct */
	const struct direct s = direct_sequences_(1, C, W, O, X, Q, STRIDE_0, PADDING_0, DILATION_0);
	direct_weight_(s, B, &x[0][0][0], &y[0][0][0], &w[0][0][0]);
}	/* @end */

void conv1d_groups_direct(int B, int C, int W, int O, int I, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, int GROUPS, const real x[B][C][W], const real w[O][I][X],
	const real b[O], real y[B][O][Q])
{	/* @body conv1d_groups_direct */
	const struct direct s = direct_sequences_(GROUPS, I, W, O / GROUPS, X, Q, STRIDE_0, PADDING_0, DILATION_0);
	direct_forward_(s, B, &x[0][0][0], &w[0][0][0], b, &y[0][0][0]);
}	/* @end */

void conv1d_input_groups_direct(int B, int C, int W, int O, int I, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, int GROUPS, const real y[B][O][Q], const real w[O][I][X],
	real x[B][C][W])
{	/* @body conv1d_input_groups_direct */
	const struct direct s = direct_sequences_(GROUPS, I, W, O / GROUPS, X, Q, STRIDE_0, PADDING_0, DILATION_0);
	direct_back_(s, B, &y[0][0][0], &w[0][0][0], &x[0][0][0]);
}	/* @end */

void conv1d_weight_groups_direct(int B, int C, int W, int O, int I, int X, int Q, int STRIDE_0, int PADDING_0, int DILATION_0, int GROUPS, const real x[B][C][W], const real y[B][O][Q],
	real w[O][I][X])
{	/* @body conv1d_weight_groups_direct */
	const struct direct s = direct_sequences_(GROUPS, I, W, O / GROUPS, X, Q, STRIDE_0, PADDING_0, DILATION_0);
	direct_weight_(s, B, &x[0][0][0], &y[0][0][0], &w[0][0][0]);
}	/* @end */
#endif
#endif
