/* Ops: conv2d, conv2d_input, conv2d_weight
** Convolution of images, as torch.nn.Conv2d computes it; the rules are those of conv.c. */
#ifdef OP_RULES

/* Columns of one row of the result, as columns.h has them, on the stack. */
enum { CONV_COLUMNS = 1 << 18 };

static const char *conv2d_kernel(const struct node *n)
{
	static const char *const kernels[][5] = {{"conv2d", "conv2d_groups", "conv2d_gemm", "conv2d_direct", "conv2d_groups_direct"},
		{"conv2d_input", "conv2d_input_groups", "conv2d_input_gemm", "conv2d_input_direct", "conv2d_input_groups_direct"},
		{"conv2d_weight", "conv2d_weight_groups", "conv2d_weight_gemm", "conv2d_weight_direct", "conv2d_weight_groups_direct"}};
	enum { LOOPS, GROUPS, PRODUCT, DIRECT, GROUPS_DIRECT };
	const char *part = n->op->name + strlen("conv2d"), *const *of = kernels[strcmp(part, "_input") == 0 ? 1 : strcmp(part, "_weight") == 0 ? 2 : 0];
	const int64_t *stride = n->attr[CONV_STRIDE].i, *padding = n->attr[CONV_PADDING].i;
	struct conv_shapes s = conv_shapes(n);
	bool large = conv_is_large(n), direct = large && conv_fits(n);
	if (n->attr[CONV_GROUPS].i[0] > 1)
		return of[direct ? GROUPS_DIRECT : GROUPS];
	if (direct || !large)
		return of[direct ? DIRECT : LOOPS];
	int64_t padded = s.x->dim[1] * (s.x->dim[2] + 2 * padding[0] + stride[0]) * (s.x->dim[3] + 2 * padding[1] + stride[1]);
	return of[padded <= CONV_COLUMNS && shape_count(s.w) / s.w->dim[0] * s.y->dim[3] <= CONV_COLUMNS ? PRODUCT : LOOPS];
}

static bool conv2d_case(int variant, struct shape *x, struct shape *w, struct shape *y, struct attr *attr)
{
	static const struct { int64_t x[4], w[4], stride[2], padding[2], dilation[2], groups; } t[] = {
		{{2, 2, 5, 4}, {3, 2, 3, 3}, {1, 1}, {1, 1}, {1, 1}, 1}, {{2, 2, 4, 5}, {3, 2, 2, 3}, {1, 2}, {0, 1}, {1, 1}, 1}, {{2, 1, 6, 7}, {2, 1, 3, 2}, {2, 1}, {2, 0}, {2, 3}, 1},
		{{2, 4, 3, 3}, {2, 2, 2, 2}, {1, 1}, {0, 0}, {1, 1}, 2}, {{2, 3, 4, 1}, {3, 1, 3, 1}, {1, 1}, {1, 0}, {1, 1}, 3}, {{2, 3, 2, 3}, {4, 3, 1, 1}, {1, 1}, {0, 0}, {1, 1}, 1},
		{{2, 2, 4, 6}, {4, 1, 2, 3}, {3, 2}, {1, 3}, {1, 2}, 2}};
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	conv_case(2, t[variant].x, t[variant].w, t[variant].stride, t[variant].padding, t[variant].dilation, t[variant].groups, x, w, y, attr);
	return true;
}

static bool conv2d_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape y;
	bool ok = conv2d_case(variant, &in[0], &in[1], &y, attr);
	if (ok)
		in[2] = SHAPE(in[1].dim[0]);
	return ok;
}

static bool conv2d_input_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape x;
	bool ok = conv2d_case(variant, &x, &in[1], &in[0], attr);
	if (ok)
		conv_case_sizes(&x, attr);
	return ok;
}

static bool conv2d_weight_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape w;
	bool ok = conv2d_case(variant, &in[0], &w, &in[1], attr);
	if (ok)
		conv_case_sizes(&w, attr);
	return ok;
}

static const struct op op_conv2d = {
	.name = "conv2d", .class = OP_KERNEL, .inputs = 3, .sizes = CONV_LETTERS_2, .attrs = {CONV_ATTRS}, .header = "columns.h", .shape = conv_shape, .grad = conv_grad, .kernel = conv2d_kernel,
	.synopsis = "y = x * w + b, a sum over channels and places of the kernel", .doc = "dx = conv2d_input(dy, w), dw = conv2d_weight(x, dy), db = dy summed",
	.test_inputs = conv2d_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv2d_input = {
	.name = "conv2d_input", .class = OP_KERNEL, .inputs = 2, .sizes = CONV_LETTERS_2, .attrs = {CONV_ATTRS, "sizes:ints"}, .header = "columns.h", .shape = conv_input_shape, .grad = conv_input_grad,
	.kernel = conv2d_kernel, .synopsis = "the gradient of conv2d by its input; by itself a transposed convolution", .doc = "conv2d of the gradient; conv2d_weight of it and dy",
	.test_inputs = conv2d_input_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv2d_weight = {
	.name = "conv2d_weight", .class = OP_KERNEL, .inputs = 2, .sizes = CONV_LETTERS_2, .attrs = {CONV_ATTRS, "sizes:ints"}, .header = "columns.h", .shape = conv_weight_shape, .grad = conv_weight_grad,
	.kernel = conv2d_kernel, .synopsis = "the gradient of conv2d by its weight", .doc = "conv2d_input of dy and the gradient; conv2d of x and it",
	.test_inputs = conv2d_weight_test, .flop_count = conv_flops, .low = -1, .high = 1,
};

/* ---- what users call ---- */

/* Convolution of images with kernels of kernel x kernel and weights of its own. x: [B,C,H,W]. Further: .stride, .padding, .dilation, .groups, .no_bias;
** .kernels, .strides, .paddings, .dilations for numbers by axis. */
NN_API nn_tensor nn_conv2d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	return conv_layer(&op_conv2d, "nn_conv2d", x, out_channels, kernel, options, 2);
}

/* The same with a weight [out_channels,C/groups,Y,X] and a bias [out_channels] that are given, or NULL for none. */
NN_API nn_tensor nn_conv2d_with_of(nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options)
{
	return conv_given(&op_conv2d, "nn_conv2d_with", x, weight, bias, options, 2);
}

/* Transposed convolution, as torch.nn.ConvTranspose2d: each place of x adds a kernel to the result. .output_padding: places more on one side. */
NN_API nn_tensor nn_conv_transpose2d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	return conv_transpose_layer(&op_conv2d_input, "nn_conv_transpose2d", x, out_channels, kernel, options, 2);
}

/* The same with a weight [C,out_channels/groups,...] and a bias [out_channels] that are given, or NULL for none. */
NN_API nn_tensor nn_conv_transpose2d_with_of(nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options)
{
	return conv_transpose_given(&op_conv2d_input, "nn_conv_transpose2d_with", x, weight, bias, options, 2);
}
#endif

#ifdef OP_C
#include "real.h"
#include "columns.h"

/* A row of results at a time, summed in the order of channels, rows and columns of the kernel. */
void conv2d(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][C][H][W], const real w[O][C][Y][X], const real b[O], real y[B][O][P][Q])
{	/* @body conv2d */
	for (int r = 0; r < B; r++)
		for (int o = 0; o < O; o++)
			for (int p = 0; p < P; p++) {
				real sum[Q];
				for (int q = 0; q < Q; q++)
					sum[q] = b[o];
				for (int c = 0; c < C; c++)
					for (int j = 0; j < Y; j++) {
						const int m = p * STRIDE_0 + j * DILATION_0 - PADDING_0;
						if (m < 0 || m >= H)
							continue;
						for (int k = 0; k < X; k++) {
							const int at = k * DILATION_1 - PADDING_1, end = end_(at, STRIDE_1, W, Q);
							for (int q = first_(at, STRIDE_1); q < end; q++)
								sum[q] = fma_(x[r][c][m][q * STRIDE_1 + at], w[o][c][j][k], sum[q]);
						}
					}
				for (int q = 0; q < Q; q++)
					y[r][o][p][q] = sum[q];
			}
}	/* @end */

void conv2d_groups(int B, int C, int H, int W, int O, int I, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	int GROUPS, const real x[B][C][H][W], const real w[O][I][Y][X], const real b[O], real y[B][O][P][Q])
{	/* @body conv2d_groups */
	for (int r = 0; r < B; r++)
		for (int o = 0; o < O; o++)
			for (int p = 0; p < P; p++) {
				const int first = o / (O / GROUPS) * I;      /* channel of this group */
				real sum[Q];
				for (int q = 0; q < Q; q++)
					sum[q] = b[o];
				for (int i = 0; i < I; i++)
					for (int j = 0; j < Y; j++) {
						const int m = p * STRIDE_0 + j * DILATION_0 - PADDING_0;
						if (m < 0 || m >= H)
							continue;
						for (int k = 0; k < X; k++) {
							const int at = k * DILATION_1 - PADDING_1, end = end_(at, STRIDE_1, W, Q);
							for (int q = first_(at, STRIDE_1); q < end; q++)
								sum[q] = fma_(x[r][first + i][m][q * STRIDE_1 + at], w[o][i][j][k], sum[q]);
						}
					}
				for (int q = 0; q < Q; q++)
					y[r][o][p][q] = sum[q];
			}
}	/* @end */

/* A row of the input's gradient at a time: what each result took from it comes back. */
void conv2d_input(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real y[B][O][P][Q], const real w[O][C][Y][X], real x[B][C][H][W])
{	/* @body conv2d_input */
	for (int r = 0; r < B; r++)
		for (int c = 0; c < C; c++)
			for (int m = 0; m < H; m++) {
				real sum[W];
				for (int l = 0; l < W; l++)
					sum[l] = splat_(0);
				for (int o = 0; o < O; o++)
					for (int j = 0; j < Y; j++) {
						const int from = m + PADDING_0 - j * DILATION_0, p = from / STRIDE_0;
						if (from < 0 || from % STRIDE_0 || p >= P)
							continue;
						for (int k = 0; k < X; k++) {
							const int at = k * DILATION_1 - PADDING_1, end = end_(at, STRIDE_1, W, Q);
							for (int q = first_(at, STRIDE_1); q < end; q++)
								sum[q * STRIDE_1 + at] = fma_(y[r][o][p][q], w[o][c][j][k], sum[q * STRIDE_1 + at]);
						}
					}
				for (int l = 0; l < W; l++)
					x[r][c][m][l] = sum[l];
			}
}	/* @end */

void conv2d_input_groups(int B, int C, int H, int W, int O, int I, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0,
	int DILATION_1, int GROUPS, const real y[B][O][P][Q], const real w[O][I][Y][X], real x[B][C][H][W])
{	/* @body conv2d_input_groups */
	for (int r = 0; r < B; r++)
		for (int c = 0; c < C; c++)
			for (int m = 0; m < H; m++) {
				const int first = c / I * (O / GROUPS);      /* result of this group */
				real sum[W];
				for (int l = 0; l < W; l++)
					sum[l] = splat_(0);
				for (int o = first; o < first + O / GROUPS; o++)
					for (int j = 0; j < Y; j++) {
						const int from = m + PADDING_0 - j * DILATION_0, p = from / STRIDE_0;
						if (from < 0 || from % STRIDE_0 || p >= P)
							continue;
						for (int k = 0; k < X; k++) {
							const int at = k * DILATION_1 - PADDING_1, end = end_(at, STRIDE_1, W, Q);
							for (int q = first_(at, STRIDE_1); q < end; q++)
								sum[q * STRIDE_1 + at] = fma_(y[r][o][p][q], w[o][c % I][j][k], sum[q * STRIDE_1 + at]);
						}
					}
				for (int l = 0; l < W; l++)
					x[r][c][m][l] = sum[l];
			}
}	/* @end */

/* Sixteen sums a place of the kernel, so that a row is read in steps of sixteen; they are added in their order at the end. */
void conv2d_weight(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][C][H][W], const real y[B][O][P][Q], real w[O][C][Y][X])
{	/* @body conv2d_weight */
	for (int o = 0; o < O; o++)
		for (int c = 0; c < C; c++)
			for (int j = 0; j < Y; j++)
				for (int k = 0; k < X; k++) {
					const int at = k * DILATION_1 - PADDING_1, begin = first_(at, STRIDE_1), end = end_(at, STRIDE_1, W, Q);
					real part[16] = {splat_(0)};
					for (int r = 0; r < B; r++)
						for (int p = 0; p < P; p++) {
							const int m = p * STRIDE_0 + j * DILATION_0 - PADDING_0;
							if (m < 0 || m >= H)
								continue;
							int q = begin;
							for (; Q >= 16 && q + 16 <= end; q += 16)
								for (int s = 0; s < 16; s++)
									part[s] = fma_(x[r][c][m][(q + s) * STRIDE_1 + at], y[r][o][p][q + s], part[s]);
							for (int s = 0; q + s < end; s++)
								part[s] = fma_(x[r][c][m][(q + s) * STRIDE_1 + at], y[r][o][p][q + s], part[s]);
						}
					real sum = part[0];
					for (int s = 1; s < 16; s++)
						sum += part[s];
					w[o][c][j][k] = sum;
				}
}	/* @end */

void conv2d_weight_groups(int B, int C, int H, int W, int O, int I, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0,
	int DILATION_1, int GROUPS, const real x[B][C][H][W], const real y[B][O][P][Q], real w[O][I][Y][X])
{	/* @body conv2d_weight_groups */
	for (int o = 0; o < O; o++)
		for (int i = 0; i < I; i++)
			for (int j = 0; j < Y; j++)
				for (int k = 0; k < X; k++) {
					const int c = o / (O / GROUPS) * I + i, at = k * DILATION_1 - PADDING_1, begin = first_(at, STRIDE_1), end = end_(at, STRIDE_1, W, Q);
					real part[16] = {splat_(0)};
					for (int r = 0; r < B; r++)
						for (int p = 0; p < P; p++) {
							const int m = p * STRIDE_0 + j * DILATION_0 - PADDING_0;
							if (m < 0 || m >= H)
								continue;
							int q = begin;
							for (; Q >= 16 && q + 16 <= end; q += 16)
								for (int s = 0; s < 16; s++)
									part[s] = fma_(x[r][c][m][(q + s) * STRIDE_1 + at], y[r][o][p][q + s], part[s]);
							for (int s = 0; q + s < end; s++)
								part[s] = fma_(x[r][c][m][(q + s) * STRIDE_1 + at], y[r][o][p][q + s], part[s]);
						}
					real sum = part[0];
					for (int s = 1; s < 16; s++)
						sum += part[s];
					w[o][i][j][k] = sum;
				}
}	/* @end */

/* ---- as products of matrices: the columns of some rows of the result at a time ---- */

#if LANES == 1
#include "direct.h"
#include "gemm.h"

void conv2d_gemm(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][C][H][W], const real w[O][C][Y][X], const real b[O], real y[B][O][P][Q])
{	/* @body conv2d_gemm */
	const int block = column_rows_(C * Y * X, Q, P);
	real padded[C][H + 2 * PADDING_0][W + 2 * PADDING_1], columns[C * Y * X * block * Q];
	for (int r = 0; r < B; r++) {
		for (int o = 0; o < O; o++)
			for (int p = 0; p < P; p++)
				for (int q = 0; q < Q; q++)
					y[r][o][p][q] = b[o];
		pad_(C, H, W, PADDING_0, PADDING_1, x[r], padded);
		for (int top = 0; top < P; top += block) {
			const int rows = P - top < block ? P - top : block;
			columns_(C, H + 2 * PADDING_0, W + 2 * PADDING_1, Y, X, Q, STRIDE_0, STRIDE_1, DILATION_0, DILATION_1, top, rows, padded, columns);
			gemm_(0, 0, O, rows * Q, C * Y * X, &w[0][0][0][0], C * Y * X, columns, rows * Q, 1, &y[r][0][top][0], P * Q);
		}
	}
}	/* @end */

void conv2d_input_gemm(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real y[B][O][P][Q], const real w[O][C][Y][X], real x[B][C][H][W])
{	/* @body conv2d_input_gemm */
	const int block = column_rows_(C * Y * X, Q, P);
	real padded[C][H + 2 * PADDING_0][W + 2 * PADDING_1], columns[C * Y * X * block * Q];
	for (int r = 0; r < B; r++) {
		for (int c = 0; c < C; c++)
			for (int m = 0; m < H + 2 * PADDING_0; m++)
				for (int l = 0; l < W + 2 * PADDING_1; l++)
					padded[c][m][l] = splat_(0);
		for (int top = 0; top < P; top += block) {
			const int rows = P - top < block ? P - top : block;
			gemm_(1, 0, C * Y * X, rows * Q, O, &w[0][0][0][0], C * Y * X, &y[r][0][top][0], P * Q, 0, columns, rows * Q);
			add_columns_(C, H + 2 * PADDING_0, W + 2 * PADDING_1, Y, X, Q, STRIDE_0, STRIDE_1, DILATION_0, DILATION_1, top, rows, columns, padded);
		}
		crop_(C, H, W, PADDING_0, PADDING_1, padded, x[r]);
	}
}	/* @end */

void conv2d_weight_gemm(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][C][H][W], const real y[B][O][P][Q], real w[O][C][Y][X])
{	/* @body conv2d_weight_gemm */
	const int block = column_rows_(C * Y * X, Q, P);
	real padded[C][H + 2 * PADDING_0][W + 2 * PADDING_1], columns[C * Y * X * block * Q];
	for (int r = 0; r < B; r++) {
		pad_(C, H, W, PADDING_0, PADDING_1, x[r], padded);
		for (int top = 0; top < P; top += block) {
			const int rows = P - top < block ? P - top : block;
			columns_(C, H + 2 * PADDING_0, W + 2 * PADDING_1, Y, X, Q, STRIDE_0, STRIDE_1, DILATION_0, DILATION_1, top, rows, padded, columns);
			gemm_(0, 1, O, C * Y * X, rows * Q, &y[r][0][top][0], P * Q, columns, rows * Q, r > 0 || top > 0, &w[0][0][0][0], C * Y * X);
		}
	}
}	/* @end */

/* ---- from their definition, many results in registers at a time: direct.h ---- */

void conv2d_direct(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][C][H][W], const real w[O][C][Y][X], const real b[O], real y[B][O][P][Q])
{	/* @body conv2d_direct */
	const struct direct s = direct_images_(1, C, H, W, O, Y, X, P, Q, STRIDE_0, STRIDE_1, PADDING_0, PADDING_1, DILATION_0, DILATION_1);
	direct_forward_(s, B, &x[0][0][0][0], &w[0][0][0][0], b, &y[0][0][0][0]);
}	/* @end */

void conv2d_input_direct(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real y[B][O][P][Q], const real w[O][C][Y][X], real x[B][C][H][W])
{	/* @body conv2d_input_direct */
	const struct direct s = direct_images_(1, C, H, W, O, Y, X, P, Q, STRIDE_0, STRIDE_1, PADDING_0, PADDING_1, DILATION_0, DILATION_1);
	direct_back_(s, B, &y[0][0][0][0], &w[0][0][0][0], &x[0][0][0][0]);
}	/* @end */

void conv2d_weight_direct(int B, int C, int H, int W, int O, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0, int DILATION_1,
	const real x[B][C][H][W], const real y[B][O][P][Q], real w[O][C][Y][X])
{	/* @body conv2d_weight_direct */
	const struct direct s = direct_images_(1, C, H, W, O, Y, X, P, Q, STRIDE_0, STRIDE_1, PADDING_0, PADDING_1, DILATION_0, DILATION_1);
	direct_weight_(s, B, &x[0][0][0][0], &y[0][0][0][0], &w[0][0][0][0]);
}	/* @end */

void conv2d_groups_direct(int B, int C, int H, int W, int O, int I, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0,
	int DILATION_1, int GROUPS, const real x[B][C][H][W], const real w[O][I][Y][X], const real b[O], real y[B][O][P][Q])
{	/* @body conv2d_groups_direct */
	const struct direct s = direct_images_(GROUPS, I, H, W, O / GROUPS, Y, X, P, Q, STRIDE_0, STRIDE_1, PADDING_0, PADDING_1, DILATION_0, DILATION_1);
	direct_forward_(s, B, &x[0][0][0][0], &w[0][0][0][0], b, &y[0][0][0][0]);
}	/* @end */

void conv2d_input_groups_direct(int B, int C, int H, int W, int O, int I, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0,
	int DILATION_1, int GROUPS, const real y[B][O][P][Q], const real w[O][I][Y][X], real x[B][C][H][W])
{	/* @body conv2d_input_groups_direct */
	const struct direct s = direct_images_(GROUPS, I, H, W, O / GROUPS, Y, X, P, Q, STRIDE_0, STRIDE_1, PADDING_0, PADDING_1, DILATION_0, DILATION_1);
	direct_back_(s, B, &y[0][0][0][0], &w[0][0][0][0], &x[0][0][0][0]);
}	/* @end */

void conv2d_weight_groups_direct(int B, int C, int H, int W, int O, int I, int Y, int X, int P, int Q, int STRIDE_0, int STRIDE_1, int PADDING_0, int PADDING_1, int DILATION_0,
	int DILATION_1, int GROUPS, const real x[B][C][H][W], const real y[B][O][P][Q], real w[O][I][Y][X])
{	/* @body conv2d_weight_groups_direct */
	const struct direct s = direct_images_(GROUPS, I, H, W, O / GROUPS, Y, X, P, Q, STRIDE_0, STRIDE_1, PADDING_0, PADDING_1, DILATION_0, DILATION_1);
	direct_weight_(s, B, &x[0][0][0][0], &y[0][0][0][0], &w[0][0][0][0]);
}	/* @end */
#endif
#endif
