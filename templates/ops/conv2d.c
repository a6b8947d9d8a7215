/* Ops: conv2d, conv2d_input, conv2d_weight
** Convolution of images, as torch.nn.Conv2d computes it (no flip of the kernel), and what its gradients are made of. The three are one
** family: a sum over (y, x, w) that share sizes, each solved for one of them, so that each is made of the others' gradients. */
#ifdef OP_RULES
#include <math.h>
#include <string.h>

#define CONV2D_ATTRS "stride:ints", "padding:ints", "dilation:ints", "groups:int"
#define CONV2D_SIZES "O:channels C:in I:group Y:kernel X:kernel P:height Q:width"
enum { CONV_STRIDE, CONV_PADDING, CONV_DILATION, CONV_GROUPS, CONV_SIZES };

/* Places of the result along an axis; 0 or less: the kernel is larger than the padded input. */
static int64_t conv_places(int64_t size, int64_t kernel, const struct node *n, int axis)
{
	int64_t reach = size + 2 * n->attr[CONV_PADDING].i[axis] - n->attr[CONV_DILATION].i[axis] * (kernel - 1) - 1;
	return reach < 0 ? 0 : reach / n->attr[CONV_STRIDE].i[axis] + 1;
}

static bool conv_attrs(const struct node *n, int axes, struct text *why)
{
	for (int i = 0; i < axes; i++) {
		const int64_t values[] = {n->attr[CONV_STRIDE].i[i], n->attr[CONV_DILATION].i[i], n->attr[CONV_PADDING].i[i] + 1, n->attr[CONV_GROUPS].i[0]};
		for (int k = 0; k < 4; k++)
			if (values[k] < 1 || values[k] > 1 << 20) {
				static const char *const names[] = {"stride", "dilation", "padding", "groups"};
				text_printf(why, "%s is %lld", names[k], (long long)(values[k] - (k == 2)));
				return false;
			}
	}
	return true;
}

static bool conv_batch(const struct node *n, int inputs, struct text *why)
{
	for (int k = 0; k < inputs; k++)
		if (n->in[k]->shape.batch > 0) {
			text_add(why, "the samples must stand in the first axis");
			return false;
		}
	return true;
}

/* x [B,C,H,W], w [O,C/groups,Y,X], b [O]. */
static bool conv2d_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape, *w = &n->in[1]->shape, *b = &n->in[2]->shape;
	int64_t groups = n->attr[CONV_GROUPS].i[0];
	if (x->rank != 4 || w->rank != 4 || b->rank != 1 || w->batch >= 0 || b->batch >= 0 || b->dim[0] != w->dim[0]) {
		text_add(why, "x [B,C,H,W], weight [O,C/groups,Y,X] and bias [O] are needed");
		return false;
	}
	if (!conv_attrs(n, 2, why) || !conv_batch(n, 1, why))
		return false;
	if (w->dim[1] * groups != x->dim[1] || w->dim[0] % groups) {
		text_printf(why, "%lld channels in %lld groups meet a weight for %lld a group and %lld results", (long long)x->dim[1], (long long)groups, (long long)w->dim[1],
			(long long)w->dim[0]);
		return false;
	}
	*out = (struct shape){.rank = 4, .batch = x->batch, .dim = {x->dim[0], w->dim[0]}};
	for (int i = 0; i < 2; i++) {
		out->dim[2 + i] = conv_places(x->dim[2 + i], w->dim[2 + i], n, i);
		if (out->dim[2 + i] < 1) {
			text_printf(why, "a kernel of %lld does not fit into %s of %lld with padding %lld", (long long)w->dim[2 + i], i ? "a width" : "a height", (long long)x->dim[2 + i],
				(long long)n->attr[CONV_PADDING].i[i]);
			return false;
		}
	}
	return true;
}

/* dy [B,O,P,Q], w [O,I,Y,X], attr sizes: H, W of the result [B,I*groups,H,W]. */
static bool conv2d_input_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *dy = &n->in[0]->shape, *w = &n->in[1]->shape;
	if (dy->rank != 4 || w->rank != 4 || w->batch >= 0 || dy->dim[1] != w->dim[0] || n->attr[CONV_SIZES].count != 2) {
		text_add(why, "dy [B,O,P,Q] and weight [O,I,Y,X] are needed");
		return false;
	}
	if (!conv_attrs(n, 2, why) || !conv_batch(n, 1, why))
		return false;
	*out = (struct shape){.rank = 4, .batch = dy->batch, .dim = {dy->dim[0], w->dim[1] * n->attr[CONV_GROUPS].i[0], n->attr[CONV_SIZES].i[0], n->attr[CONV_SIZES].i[1]}};
	for (int i = 0; i < 2; i++)
		if (out->dim[2 + i] < 1 || conv_places(out->dim[2 + i], w->dim[2 + i], n, i) != dy->dim[2 + i]) {
			text_printf(why, "a result of size %lld does not belong to %lld places", (long long)out->dim[2 + i], (long long)dy->dim[2 + i]);
			return false;
		}
	return true;
}

/* x [B,C,H,W], dy [B,O,P,Q], attr sizes: Y, X of the result [O,C/groups,Y,X]. */
static bool conv2d_weight_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape, *dy = &n->in[1]->shape;
	int64_t groups = n->attr[CONV_GROUPS].i[0];
	if (x->rank != 4 || dy->rank != 4 || x->dim[0] != dy->dim[0] || x->batch != dy->batch || n->attr[CONV_SIZES].count != 2) {
		text_add(why, "x [B,C,H,W] and dy [B,O,P,Q] of the same samples are needed");
		return false;
	}
	if (!conv_attrs(n, 2, why) || !conv_batch(n, 2, why) || x->dim[1] % groups || dy->dim[1] % groups) {
		text_add(why, why->at ? "" : "the channels cannot be split into the groups");
		return false;
	}
	*out = (struct shape){.rank = 4, .batch = -1, .dim = {dy->dim[1], x->dim[1] / groups, n->attr[CONV_SIZES].i[0], n->attr[CONV_SIZES].i[1]}};
	for (int i = 0; i < 2; i++)
		if (out->dim[2 + i] < 1 || conv_places(x->dim[2 + i], out->dim[2 + i], n, i) != dy->dim[2 + i]) {
			text_printf(why, "a kernel of size %lld does not belong to %lld places", (long long)out->dim[2 + i], (long long)dy->dim[2 + i]);
			return false;
		}
	return true;
}

/* `op` of the family with the attributes of n and the last two sizes of `like`. */
static struct node *conv_part(struct graph *g, struct node *n, const char *op, struct node *a, struct node *b, const struct shape *like)
{
	struct attr attrs[ATTR_MAX];
	memcpy(attrs, n->attr, sizeof attrs);
	int axes = like->rank - 2;
	attrs[CONV_SIZES] = (struct attr){.count = axes};
	for (int i = 0; i < axes; i++)
		attrs[CONV_SIZES].i[i] = like->dim[2 + i];
	return g_op(g, op, 2, (struct node *[]){a, b}, attrs, n->at);
}

/* The same convolution without a bias. */
static struct node *conv_plain(struct graph *g, struct node *n, const char *op, struct node *x, struct node *w)
{
	struct attr attrs[ATTR_MAX], shape[ATTR_MAX] = {{.i = {w->shape.dim[0]}, .count = 1}, {.i = {-1}, .count = 1}};
	memcpy(attrs, n->attr, sizeof attrs);
	attrs[CONV_SIZES] = (struct attr){.count = 0};
	struct node *zero = graph_const(g, 0), *none = g_op(g, "expand", 1, &zero, shape, n->at);
	return g_op(g, op, 3, (struct node *[]){x, w, none}, attrs, n->at);
}

static struct node *conv_bias_grad(struct graph *g, struct node *dy)
{
	struct attr axes[ATTR_MAX] = {{.i = {0, 2, 3, 4}, .count = dy->shape.rank - 1}, {.i = {0}, .count = 1}};
	return g_op(g, "sum", 1, &dy, axes, dy->at);
}

static void conv2d_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = conv_part(g, n, "conv2d_input", dy, n->in[1], &n->in[0]->shape);
	dx[1] = conv_part(g, n, "conv2d_weight", n->in[0], dy, &n->in[1]->shape);
	dx[2] = conv_bias_grad(g, dy);
}

static void conv2d_input_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = conv_plain(g, n, "conv2d", dy, n->in[1]);
	dx[1] = conv_part(g, n, "conv2d_weight", dy, n->in[0], &n->in[1]->shape);
}

static void conv2d_weight_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = conv_part(g, n, "conv2d_input", n->in[1], dy, &n->in[0]->shape);
	dx[1] = conv_plain(g, n, "conv2d", n->in[0], dy);
}

static const char *conv2d_kernel(const struct node *n)
{
	bool groups = n->attr[CONV_GROUPS].i[0] > 1;
	const char *name = n->op->name;
	return strcmp(name, "conv2d") == 0 ? (groups ? "conv2d_groups" : "conv2d") : strcmp(name, "conv2d_input") == 0 ? (groups ? "conv2d_input_groups" : "conv2d_input")
		: groups ? "conv2d_weight_groups" : "conv2d_weight";
}

/* Multiplications and additions: one of each a place of the result, channel of a group and place of the kernel. */
static double conv_flops(const struct node *n)
{
	bool forward = n->in_count == 3, weight = strstr(n->op->name, "_weight") != NULL;
	const struct shape *y = forward ? &n->shape : weight ? &n->in[1]->shape : &n->in[0]->shape, *w = forward ? &n->in[1]->shape : weight ? &n->shape : &n->in[1]->shape;
	return 2.0 * (double)shape_count(y) * (double)shape_count(w) / (double)w->dim[0];
}

static bool conv2d_case(int variant, struct shape *x, struct shape *w, struct shape *y, struct attr *attr)
{
	static const struct { int64_t x[4], w[4], stride[2], padding[2], dilation[2], groups; } t[] = {
		{{2, 2, 5, 4}, {3, 2, 3, 3}, {1, 1}, {1, 1}, {1, 1}, 1}, {{2, 2, 4, 5}, {3, 2, 2, 3}, {1, 2}, {0, 1}, {1, 1}, 1}, {{2, 1, 6, 7}, {2, 1, 3, 2}, {2, 1}, {2, 0}, {2, 3}, 1},
		{{2, 4, 3, 3}, {2, 2, 2, 2}, {1, 1}, {0, 0}, {1, 1}, 2}, {{2, 3, 4, 1}, {3, 1, 3, 1}, {1, 1}, {1, 0}, {1, 1}, 3}, {{2, 3, 2, 3}, {4, 3, 1, 1}, {1, 1}, {0, 0}, {1, 1}, 1},
		{{2, 2, 4, 6}, {4, 1, 2, 3}, {3, 2}, {1, 3}, {1, 2}, 2}};
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	struct node n = {0};
	*x = shape_of(4, t[variant].x);
	*w = shape_of(4, t[variant].w);
	for (int i = 0; i < 2; i++) {
		n.attr[CONV_STRIDE].i[i] = t[variant].stride[i];
		n.attr[CONV_PADDING].i[i] = t[variant].padding[i];
		n.attr[CONV_DILATION].i[i] = t[variant].dilation[i];
	}
	n.attr[CONV_GROUPS].i[0] = t[variant].groups;
	for (int i = 0; i < 4; i++) {
		attr[i] = n.attr[i];
		attr[i].count = i == CONV_GROUPS ? 1 : 2;
	}
	*y = SHAPE(x->dim[0], w->dim[0], conv_places(x->dim[2], w->dim[2], &n, 0), conv_places(x->dim[3], w->dim[3], &n, 1));
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
		attr[CONV_SIZES] = (struct attr){.i = {x.dim[2], x.dim[3]}, .count = 2};
	return ok;
}

static bool conv2d_weight_test(int variant, struct shape *in, struct attr *attr)
{
	struct shape w;
	bool ok = conv2d_case(variant, &in[0], &w, &in[1], attr);
	if (ok)
		attr[CONV_SIZES] = (struct attr){.i = {w.dim[2], w.dim[3]}, .count = 2};
	return ok;
}

static const struct op op_conv2d = {
	.name = "conv2d", .class = OP_KERNEL, .inputs = 3, .attrs = {CONV2D_ATTRS}, .sizes = CONV2D_SIZES, .header = "window.h", .shape = conv2d_shape, .grad = conv2d_grad, .kernel = conv2d_kernel,
	.synopsis = "y = x * w + b, a sum over channels and places of the kernel", .doc = "dx = conv2d_input(dy, w), dw = conv2d_weight(x, dy), db = dy summed",
	.test_inputs = conv2d_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv2d_input = {
	.name = "conv2d_input", .class = OP_KERNEL, .inputs = 2, .attrs = {CONV2D_ATTRS, "sizes:ints"}, .sizes = CONV2D_SIZES, .header = "window.h", .shape = conv2d_input_shape, .grad = conv2d_input_grad,
	.kernel = conv2d_kernel, .synopsis = "the gradient of conv2d by its input; by itself a transposed convolution", .doc = "conv2d of the gradient; conv2d_weight of it and dy",
	.test_inputs = conv2d_input_test, .flop_count = conv_flops, .low = -1, .high = 1,
};
static const struct op op_conv2d_weight = {
	.name = "conv2d_weight", .class = OP_KERNEL, .inputs = 2, .attrs = {CONV2D_ATTRS, "sizes:ints"}, .sizes = CONV2D_SIZES, .header = "window.h", .shape = conv2d_weight_shape, .grad = conv2d_weight_grad,
	.kernel = conv2d_kernel, .synopsis = "the gradient of conv2d by its weight", .doc = "conv2d_input of dy and the gradient; conv2d of x and it",
	.test_inputs = conv2d_weight_test, .flop_count = conv_flops, .low = -1, .high = 1,
};

/* ---- what users call ---- */

struct conv_choice { int64_t kernel[3]; struct attr attrs[ATTR_MAX]; };

/* The user's numbers, 0 for a default, as attributes of `axes` axes. */
static struct conv_choice conv_choice(const char *name, int kernel, nn_conv o, int axes)
{
	struct conv_choice c = {.attrs = {{.count = axes}, {.count = axes}, {.count = axes}, {.i = {o.groups ? o.groups : 1}, .count = 1}}};
	for (int i = 0; i < axes; i++) {
		c.kernel[i] = o.kernels[i] ? o.kernels[i] : kernel;
		c.attrs[CONV_STRIDE].i[i] = o.strides[i] ? o.strides[i] : o.stride ? o.stride : 1;
		c.attrs[CONV_PADDING].i[i] = o.paddings[i] ? o.paddings[i] : o.padding;
		c.attrs[CONV_DILATION].i[i] = o.dilations[i] ? o.dilations[i] : o.dilation ? o.dilation : 1;
		if (c.kernel[i] < 1 || c.kernel[i] > 1 << 15)
			trace_fail("%s: a kernel of %lld", name, (long long)c.kernel[i]);
	}
	return c;
}

/* The bias of a layer, or zeros that are no parameter. */
static struct node *conv_bias(int channels, double bound, bool none)
{
	if (!none)
		return trace_param("bias", SHAPE(channels), "uniform(%.17g,%.17g)", -bound, bound);
	struct attr shape[ATTR_MAX] = {{.i = {channels}, .count = 1}, {.i = {-1}, .count = 1}};
	struct node *zero = trace_const(0);
	return trace_op(op_find("expand"), 1, &zero, shape);
}

/* Convolution of images with kernels of kernel x kernel and weights of its own. x: [B,C,H,W]. Further: .stride, .padding, .dilation, .groups, .no_bias;
** .kernels, .strides, .paddings, .dilations for numbers by axis. */
NN_API nn_tensor nn_conv2d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	struct node *in = trace_arg(x, "x", 4, 4);
	struct conv_choice c = conv_choice("nn_conv2d", kernel, options, 2);
	int64_t groups = c.attrs[CONV_GROUPS].i[0], channels = in->shape.dim[1];
	if (out_channels < 1 || groups < 1 || channels % groups || out_channels % groups)
		trace_fail("nn_conv2d: %lld channels in and %d out cannot be split into %lld groups", (long long)channels, out_channels, (long long)groups);
	double bound = 1 / sqrt((double)(channels / groups * c.kernel[0] * c.kernel[1]));
	struct node *w = trace_param("weight", SHAPE(out_channels, channels / groups, c.kernel[0], c.kernel[1]), "uniform(%.17g,%.17g)", -bound, bound);
	return trace_op(&op_conv2d, 3, (struct node *[]){in, w, conv_bias(out_channels, bound, options.no_bias)}, c.attrs);
}

/* The same with a weight [out_channels,C/groups,Y,X] and a bias [out_channels] that are given. */
NN_API nn_tensor nn_conv2d_with_of(nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options)
{
	struct node *in[] = {trace_arg(x, "x", 4, 4), trace_arg(weight, "weight", 4, 4), trace_arg(bias, "bias", 1, 1)};
	return trace_op(&op_conv2d, 3, in, conv_choice("nn_conv2d_with", 1, options, 2).attrs);
}

/* Transposed convolution, as torch.nn.ConvTranspose2d: each place of x adds a kernel to the result. .output_padding: rows and columns more on one side. */
NN_API nn_tensor nn_conv_transpose2d_of(nn_tensor x, int out_channels, int kernel, nn_conv options)
{
	struct node *in = trace_arg(x, "x", 4, 4);
	struct conv_choice c = conv_choice("nn_conv_transpose2d", kernel, options, 2);
	int64_t groups = c.attrs[CONV_GROUPS].i[0], channels = in->shape.dim[1];
	if (out_channels < 1 || groups < 1 || channels % groups || out_channels % groups)
		trace_fail("nn_conv_transpose2d: %lld channels in and %d out cannot be split into %lld groups", (long long)channels, out_channels, (long long)groups);
	c.attrs[CONV_SIZES] = (struct attr){.count = 2};
	for (int i = 0; i < 2; i++)
		c.attrs[CONV_SIZES].i[i] = (in->shape.dim[2 + i] - 1) * c.attrs[CONV_STRIDE].i[i] - 2 * c.attrs[CONV_PADDING].i[i] + c.attrs[CONV_DILATION].i[i] * (c.kernel[i] - 1)
			+ options.output_padding + 1;
	double bound = 1 / sqrt((double)(out_channels / groups * c.kernel[0] * c.kernel[1]));
	struct node *w = trace_param("weight", SHAPE(channels, out_channels / groups, c.kernel[0], c.kernel[1]), "uniform(%.17g,%.17g)", -bound, bound);
	struct node *y = trace_op(&op_conv2d_input, 2, (struct node *[]){in, w}, c.attrs);
	if (options.no_bias)
		return y;
	struct node *b = trace_param("bias", SHAPE(out_channels), "uniform(%.17g,%.17g)", -bound, bound);
	return nn_add(y, nn_reshape_of(b, 4, (int64_t[]){1, out_channels, 1, 1}));
}
#endif

#ifdef OP_C
#include "real.h"
#include "window.h"

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
#endif
