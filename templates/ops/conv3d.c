/* Ops: conv3d, conv3d_input, conv3d_weight
** Convolution of volumes, as torch.nn.Conv3d computes it; the rules are those of conv.c. */
#ifdef OP_RULES

static const char *conv3d_kernel(const struct node *n)
{
	static const char *const kernels[][4] = {{"conv3d", "conv3d_groups", "conv3d_direct", "conv3d_groups_direct"},
		{"conv3d_input", "conv3d_input_groups", "conv3d_input_direct", "conv3d_input_groups_direct"},
		{"conv3d_weight", "conv3d_weight_groups", "conv3d_weight_direct", "conv3d_weight_groups_direct"}};
	const char *part = n->op->name + strlen("conv3d");
	return kernels[strcmp(part, "_input") == 0 ? 1 : strcmp(part, "_weight") == 0 ? 2 : 0][(conv_is_large(n) && conv_fits(n)) * 2 + (n->attr[CONV_GROUPS].i[0] > 1)];
}

static bool conv3d_case(int variant, struct shape *x, struct shape *w, struct shape *y, struct attr *attr)
{
	static const struct { int64_t x[5], w[5], stride[3], padding[3], dilation[3], groups; } t[] = {
		{{2, 2, 3, 2, 3}, {2, 2, 2, 2, 2}, {1, 1, 1}, {0, 0, 1}, {1, 1, 1}, 1}, {{2, 2, 3, 3, 1}, {2, 1, 2, 3, 1}, {2, 1, 1}, {1, 1, 0}, {2, 1, 1}, 2}};
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	conv_case(3, t[variant].x, t[variant].w, t[variant].stride, t[variant].padding, t[variant].dilation, t[variant].groups, x, w, y, attr);
	return true;
}

static bool conv3d_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	bool ok = conv3d_case(variant, &in[0], &in[1], &y, attr);
	if (ok)
		in[2] = SHAPE(in[1].dim[0]);
	return ok;
}

static bool conv3d_input_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape x;
	bool ok = conv3d_case(variant, &x, &in[1], &in[0], attr);
	if (ok)
		conv_case_sizes(&x, attr);
	return ok;
}

static bool conv3d_weight_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape w;
	bool ok = conv3d_case(variant, &in[0], &w, &in[1], attr);
	if (ok)
		conv_case_sizes(&w, attr);
	return ok;
}

static const struct op op_conv3d = {
	.name = "conv3d", .class = OP_KERNEL, .inputs = 3, .sizes = CONV_LETTERS_3, .attrs = {CONV_ATTRS}, .header = "columns.h", .shape = conv_shape, .grad = conv_grad, .kernel = conv3d_kernel,
	.synopsis = "y = x * w + b, a sum over channels and places of the kernel", .doc = "dx = conv3d_input(dy, w), dw = conv3d_weight(x, dy), db = dy summed",
	.test_inputs = conv3d_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv3d_input = {
	.name = "conv3d_input", .class = OP_KERNEL, .inputs = 2, .sizes = CONV_LETTERS_3, .attrs = {CONV_ATTRS, "sizes:ints"}, .header = "columns.h", .shape = conv_input_shape, .grad = conv_input_grad,
	.kernel = conv3d_kernel, .synopsis = "the gradient of conv3d by its input; by itself a transposed convolution", .doc = "conv3d of the gradient; conv3d_weight of it and dy",
	.test_inputs = conv3d_input_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv3d_weight = {
	.name = "conv3d_weight", .class = OP_KERNEL, .inputs = 2, .sizes = CONV_LETTERS_3, .attrs = {CONV_ATTRS, "sizes:ints"}, .header = "columns.h", .shape = conv_weight_shape, .grad = conv_weight_grad,
	.kernel = conv3d_kernel, .synopsis = "the gradient of conv3d by its weight", .doc = "conv3d_input of dy and the gradient; conv3d of x and it",
	.test_inputs = conv3d_weight_test, .flop_count = conv_flops, .low = -1, .high = 1,
};

/* ---- what users call ---- */

/* Convolution of volumes with kernels of kernel x kernel x kernel and weights of its own. x: [B,C,D,H,W]. Further: .stride, .padding, .dilation, .groups, .no_bias;
** .kernels, .strides, .paddings, .dilations for numbers by axis. */
NN_API nn_tensor nn_conv3d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	return conv_layer(&op_conv3d, "nn_conv3d", x, out_channels, kernel, options, 3);
}

/* The same with a weight [out_channels,C/groups,Z,Y,X] and a bias [out_channels] that are given, or NULL for none. */
NN_API nn_tensor nn_conv3d_with_of(nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options)
{
	return conv_given(&op_conv3d, "nn_conv3d_with", x, weight, bias, options, 3);
}

/* Transposed convolution, as torch.nn.ConvTranspose3d: each place of x adds a kernel to the result. .output_padding: places more on one side. */
NN_API nn_tensor nn_conv_transpose3d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	return conv_transpose_layer(&op_conv3d_input, "nn_conv_transpose3d", x, out_channels, kernel, options, 3);
}

/* The same with a weight [C,out_channels/groups,...] and a bias [out_channels] that are given, or NULL for none. */
NN_API nn_tensor nn_conv_transpose3d_with_of(nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options)
{
	return conv_transpose_given(&op_conv3d_input, "nn_conv_transpose3d_with", x, weight, bias, options, 3);
}
#endif

#ifdef OP_C
#include "real.h"
#include "columns.h"

void conv3d(int B, int C, int D, int H, int W, int O, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2,
	const real x[B][C][D][H][W], const real w[O][C][Z][Y][X], const real b[O], real y[B][O][S][P][Q])
{	/* @body conv3d */
	for (int r = 0; r < B; r++)
		for (int o = 0; o < O; o++)
			for (int s = 0; s < S; s++)
				for (int p = 0; p < P; p++) {
					real sum[Q];
					for (int q = 0; q < Q; q++)
						sum[q] = b[o];
					for (int c = 0; c < C; c++)
						for (int place = 0; place < Z * Y; place++) {
							const int d = s * STRIDE_0 + place / Y * DILATION_0 - PADDING_0, m = p * STRIDE_1 + place % Y * DILATION_1 - PADDING_1;
							if (d < 0 || d >= D || m < 0 || m >= H)
								continue;
							for (int k = 0; k < X; k++) {
								const int at = k * DILATION_2 - PADDING_2, end = end_(at, STRIDE_2, W, Q);
								for (int q = first_(at, STRIDE_2); q < end; q++)
									sum[q] = fma_(x[r][c][d][m][q * STRIDE_2 + at], w[o][c][place / Y][place % Y][k], sum[q]);
							}
						}
					for (int q = 0; q < Q; q++)
						y[r][o][s][p][q] = sum[q];
				}
}	/* @end */

void conv3d_input(int B, int C, int D, int H, int W, int O, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2,
	const real y[B][O][S][P][Q], const real w[O][C][Z][Y][X], real x[B][C][D][H][W])
{	/* @body conv3d_input */
	for (int r = 0; r < B; r++)
		for (int c = 0; c < C; c++)
			for (int d = 0; d < D; d++)
				for (int m = 0; m < H; m++) {
					real sum[W];
					for (int l = 0; l < W; l++)
						sum[l] = splat_(0);
					for (int o = 0; o < O; o++)
						for (int place = 0; place < Z * Y; place++) {
							const int back = d + PADDING_0 - place / Y * DILATION_0, up = m + PADDING_1 - place % Y * DILATION_1, s = back / STRIDE_0, p = up / STRIDE_1;
							if (back < 0 || back % STRIDE_0 || s >= S || up < 0 || up % STRIDE_1 || p >= P)
								continue;
							for (int k = 0; k < X; k++) {
								const int at = k * DILATION_2 - PADDING_2, end = end_(at, STRIDE_2, W, Q);
								for (int q = first_(at, STRIDE_2); q < end; q++)
									sum[q * STRIDE_2 + at] = fma_(y[r][o][s][p][q], w[o][c][place / Y][place % Y][k], sum[q * STRIDE_2 + at]);
							}
						}
					for (int l = 0; l < W; l++)
						x[r][c][d][m][l] = sum[l];
				}
}	/* @end */

void conv3d_weight(int B, int C, int D, int H, int W, int O, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2,
	const real x[B][C][D][H][W], const real y[B][O][S][P][Q], real w[O][C][Z][Y][X])
{	/* @body conv3d_weight */
	for (int o = 0; o < O; o++)
		for (int c = 0; c < C; c++)
			for (int place = 0; place < Z * Y; place++)
				for (int k = 0; k < X; k++) {
					const int at = k * DILATION_2 - PADDING_2, end = end_(at, STRIDE_2, W, Q);
					real sum = splat_(0);
					for (int r = 0; r < B; r++)
						for (int s = 0; s < S; s++)
							for (int p = 0; p < P; p++) {
								const int d = s * STRIDE_0 + place / Y * DILATION_0 - PADDING_0, m = p * STRIDE_1 + place % Y * DILATION_1 - PADDING_1;
								if (d < 0 || d >= D || m < 0 || m >= H)
									continue;
								for (int q = first_(at, STRIDE_2); q < end; q++)
									sum = fma_(x[r][c][d][m][q * STRIDE_2 + at], y[r][o][s][p][q], sum);
							}
					w[o][c][place / Y][place % Y][k] = sum;
				}
}	/* @end */

void conv3d_groups(int B, int C, int D, int H, int W, int O, int I, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2, int GROUPS,
	const real x[B][C][D][H][W], const real w[O][I][Z][Y][X], const real b[O], real y[B][O][S][P][Q])
{	/* @body conv3d_groups */
	for (int r = 0; r < B; r++)
		for (int o = 0; o < O; o++)
			for (int s = 0; s < S; s++)
				for (int p = 0; p < P; p++) {
					const int first = o / (O / GROUPS) * I;      /* channel of this group */
					real sum[Q];
					for (int q = 0; q < Q; q++)
						sum[q] = b[o];
					for (int i = 0; i < I; i++)
						for (int place = 0; place < Z * Y; place++) {
							const int d = s * STRIDE_0 + place / Y * DILATION_0 - PADDING_0, m = p * STRIDE_1 + place % Y * DILATION_1 - PADDING_1;
							if (d < 0 || d >= D || m < 0 || m >= H)
								continue;
							for (int k = 0; k < X; k++) {
								const int at = k * DILATION_2 - PADDING_2, end = end_(at, STRIDE_2, W, Q);
								for (int q = first_(at, STRIDE_2); q < end; q++)
									sum[q] = fma_(x[r][first + i][d][m][q * STRIDE_2 + at], w[o][i][place / Y][place % Y][k], sum[q]);
							}
						}
					for (int q = 0; q < Q; q++)
						y[r][o][s][p][q] = sum[q];
				}
}	/* @end */

void conv3d_input_groups(int B, int C, int D, int H, int W, int O, int I, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2, int GROUPS,
	const real y[B][O][S][P][Q], const real w[O][I][Z][Y][X], real x[B][C][D][H][W])
{	/* @body conv3d_input_groups */
	for (int r = 0; r < B; r++)
		for (int c = 0; c < C; c++)
			for (int d = 0; d < D; d++)
				for (int m = 0; m < H; m++) {
					const int first = c / I * (O / GROUPS);      /* result of this group */
					real sum[W];
					for (int l = 0; l < W; l++)
						sum[l] = splat_(0);
					for (int o = first; o < first + O / GROUPS; o++)
						for (int place = 0; place < Z * Y; place++) {
							const int back = d + PADDING_0 - place / Y * DILATION_0, up = m + PADDING_1 - place % Y * DILATION_1, s = back / STRIDE_0, p = up / STRIDE_1;
							if (back < 0 || back % STRIDE_0 || s >= S || up < 0 || up % STRIDE_1 || p >= P)
								continue;
							for (int k = 0; k < X; k++) {
								const int at = k * DILATION_2 - PADDING_2, end = end_(at, STRIDE_2, W, Q);
								for (int q = first_(at, STRIDE_2); q < end; q++)
									sum[q * STRIDE_2 + at] = fma_(y[r][o][s][p][q], w[o][c % I][place / Y][place % Y][k], sum[q * STRIDE_2 + at]);
							}
						}
					for (int l = 0; l < W; l++)
						x[r][c][d][m][l] = sum[l];
				}
}	/* @end */

void conv3d_weight_groups(int B, int C, int D, int H, int W, int O, int I, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2, int GROUPS,
	const real x[B][C][D][H][W], const real y[B][O][S][P][Q], real w[O][I][Z][Y][X])
{	/* @body conv3d_weight_groups */
	for (int o = 0; o < O; o++)
		for (int i = 0; i < I; i++)
			for (int place = 0; place < Z * Y; place++)
				for (int k = 0; k < X; k++) {
					const int c = o / (O / GROUPS) * I + i, at = k * DILATION_2 - PADDING_2, end = end_(at, STRIDE_2, W, Q);
					real sum = splat_(0);
					for (int r = 0; r < B; r++)
						for (int s = 0; s < S; s++)
							for (int p = 0; p < P; p++) {
								const int d = s * STRIDE_0 + place / Y * DILATION_0 - PADDING_0, m = p * STRIDE_1 + place % Y * DILATION_1 - PADDING_1;
								if (d < 0 || d >= D || m < 0 || m >= H)
									continue;
								for (int q = first_(at, STRIDE_2); q < end; q++)
									sum = fma_(x[r][c][d][m][q * STRIDE_2 + at], y[r][o][s][p][q], sum);
							}
					w[o][i][place / Y][place % Y][k] = sum;
				}
}	/* @end */

/* ---- from their definition, many results in registers at a time: direct.h ---- */

#if LANES == 1
#include "direct.h"

void conv3d_direct(int B, int C, int D, int H, int W, int O, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2,
	const real x[B][C][D][H][W], const real w[O][C][Z][Y][X], const real b[O], real y[B][O][S][P][Q])
{	/* @body conv3d_direct */
	const struct direct s = direct_volumes_(1, C, D, H, W, O, Z, Y, X, S, P, Q, STRIDE_0, STRIDE_1, STRIDE_2, PADDING_0, PADDING_1, PADDING_2,
		DILATION_0, DILATION_1, DILATION_2);
	direct_forward_(s, B, &x[0][0][0][0][0], &w[0][0][0][0][0], b, &y[0][0][0][0][0]);
}	/* @end */

void conv3d_input_direct(int B, int C, int D, int H, int W, int O, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2,
	const real y[B][O][S][P][Q], const real w[O][C][Z][Y][X], real x[B][C][D][H][W])
{	/* @body conv3d_input_direct */
	const struct direct s = direct_volumes_(1, C, D, H, W, O, Z, Y, X, S, P, Q, STRIDE_0, STRIDE_1, STRIDE_2, PADDING_0, PADDING_1, PADDING_2,
		DILATION_0, DILATION_1, DILATION_2);
	direct_back_(s, B, &y[0][0][0][0][0], &w[0][0][0][0][0], &x[0][0][0][0][0]);
}	/* @end */

void conv3d_weight_direct(int B, int C, int D, int H, int W, int O, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2,
	const real x[B][C][D][H][W], const real y[B][O][S][P][Q], real w[O][C][Z][Y][X])
{	/* @body conv3d_weight_direct */
	const struct direct s = direct_volumes_(1, C, D, H, W, O, Z, Y, X, S, P, Q, STRIDE_0, STRIDE_1, STRIDE_2, PADDING_0, PADDING_1, PADDING_2,
		DILATION_0, DILATION_1, DILATION_2);
	direct_weight_(s, B, &x[0][0][0][0][0], &y[0][0][0][0][0], &w[0][0][0][0][0]);
}	/* @end */

void conv3d_groups_direct(int B, int C, int D, int H, int W, int O, int I, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2, int GROUPS,
	const real x[B][C][D][H][W], const real w[O][I][Z][Y][X], const real b[O], real y[B][O][S][P][Q])
{	/* @body conv3d_groups_direct */
	const struct direct s = direct_volumes_(GROUPS, I, D, H, W, O / GROUPS, Z, Y, X, S, P, Q, STRIDE_0, STRIDE_1, STRIDE_2, PADDING_0, PADDING_1, PADDING_2,
		DILATION_0, DILATION_1, DILATION_2);
	direct_forward_(s, B, &x[0][0][0][0][0], &w[0][0][0][0][0], b, &y[0][0][0][0][0]);
}	/* @end */

void conv3d_input_groups_direct(int B, int C, int D, int H, int W, int O, int I, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2, int GROUPS,
	const real y[B][O][S][P][Q], const real w[O][I][Z][Y][X], real x[B][C][D][H][W])
{	/* @body conv3d_input_groups_direct */
	const struct direct s = direct_volumes_(GROUPS, I, D, H, W, O / GROUPS, Z, Y, X, S, P, Q, STRIDE_0, STRIDE_1, STRIDE_2, PADDING_0, PADDING_1, PADDING_2,
		DILATION_0, DILATION_1, DILATION_2);
	direct_back_(s, B, &y[0][0][0][0][0], &w[0][0][0][0][0], &x[0][0][0][0][0]);
}	/* @end */

void conv3d_weight_groups_direct(int B, int C, int D, int H, int W, int O, int I, int Z, int Y, int X, int S, int P, int Q, int STRIDE_0, int STRIDE_1, int STRIDE_2, int PADDING_0, int PADDING_1, int PADDING_2, int DILATION_0, int DILATION_1, int DILATION_2, int GROUPS,
	const real x[B][C][D][H][W], const real y[B][O][S][P][Q], real w[O][I][Z][Y][X])
{	/* @body conv3d_weight_groups_direct */
	const struct direct s = direct_volumes_(GROUPS, I, D, H, W, O / GROUPS, Z, Y, X, S, P, Q, STRIDE_0, STRIDE_1, STRIDE_2, PADDING_0, PADDING_1, PADDING_2,
		DILATION_0, DILATION_1, DILATION_2);
	direct_weight_(s, B, &x[0][0][0][0][0], &y[0][0][0][0][0], &w[0][0][0][0][0]);
}	/* @end */
#endif
#endif
