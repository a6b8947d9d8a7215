/* Ops: upsample_bilinear2d, upsample_bilinear2d_back
** Larger images, as torch.nn.Upsample makes them: by copies, or between the four nearest places. */
#ifdef OP_RULES

/* x [...,H,W] and attr sizes: P, Q -> [...,P,Q]; back: dy [...,P,Q] and sizes H, W. attr align: the corners meet. */
static bool upsample_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape;
	if (x->rank < 2 || x->batch > 0 || (x->batch == 0 && x->rank < 3) || n->attr[0].count != 2) {
		shape_text(x, why);
		text_add(why, " has no rows and columns of each sample to resize");
		return false;
	}
	*out = *x;
	out->dim[x->rank - 2] = n->attr[0].i[0];
	out->dim[x->rank - 1] = n->attr[0].i[1];
	return true;
}

static struct node *upsample_part(struct graph *g, struct node *n, const char *op, struct node *x)
{
	const struct shape *s = &n->in[0]->shape;
	struct attr attrs[ATTR_MAX] = {{.i = {s->dim[s->rank - 2], s->dim[s->rank - 1]}, .count = 2}, n->attr[1]};
	return g_op(g, op, 1, &x, attrs, n->at);
}

static void upsample_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = upsample_part(g, n, "upsample_bilinear2d_back", dy);
}

static void upsample_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = upsample_part(g, n, "upsample_bilinear2d", dy);
}

static bool upsample_case(int variant, struct shape *in, struct attr *attr, bool back)
{
	static const int64_t t[][4] = {{2, 3, 4, 6}, {1, 3, 2, 7}};
	if (variant > 1)
		return false;
	const int64_t *from = t[variant] + 2 * back, *to = t[variant] + 2 * !back;
	in[0] = SHAPE(2, 3 - variant, from[0], from[1]);
	attr[0] = (struct attr){.i = {to[0], to[1]}, .count = 2};
	attr[1] = (struct attr){.i = {variant}, .count = 1};
	return true;
}

static bool upsample_test(int variant, struct shape *in, struct attr *attr)
{
	return upsample_case(variant, in, attr, false);
}

static bool upsample_back_test(int variant, struct shape *in, struct attr *attr)
{
	return upsample_case(variant, in, attr, true);
}

static const struct op op_upsample_bilinear2d = {
	.name = "upsample_bilinear2d", .class = OP_KERNEL, .inputs = 1, .sizes = "P:height Q:width", .attrs = {"sizes:ints", "align:int"}, .header = "resize.h", .shape = upsample_shape,
	.grad = upsample_grad, .test_inputs = upsample_test, .synopsis = "each place between the four nearest of x", .doc = "upsample_bilinear2d_back(dy)", .flops = 8, .low = -2, .high = 2,
};
static const struct op op_upsample_bilinear2d_back = {
	.name = "upsample_bilinear2d_back", .class = OP_KERNEL, .inputs = 1, .sizes = "P:height Q:width", .attrs = {"sizes:ints", "align:int"}, .header = "resize.h", .shape = upsample_shape,
	.grad = upsample_back_grad, .test_inputs = upsample_back_test, .synopsis = "the gradient of upsample_bilinear2d; `sizes`: of the image", .doc = "upsample_bilinear2d of it", .flops = 8,
	.low = -2, .high = 2,
};

static struct node *upsample_arg(const char *name, nn_tensor x, int scale, int rank)
{
	struct node *in = trace_arg(x, "x", 3, rank);
	if (scale < 1 || scale > 1 << 10)
		trace_fail("%s: a scale of %d; it is at least 1", name, scale);
	if (in->shape.batch != 0) {
		struct text is = {0};
		shape_text(&in->shape, &is);
		trace_fail("%s: x has shape %s; the samples must stand in the first axis, the channels in the second", name, is.at);
	}
	return in;
}

/* Every place `scale` times along each axis behind the channels (torch.nn.Upsample, nearest). x: [B,C,W], [B,C,H,W] or [B,C,D,H,W]. */
NN_API nn_tensor nn_upsample_nearest(nn_tensor x, int scale)
{
	struct node *in = upsample_arg("nn_upsample_nearest", x, scale, 5);
	struct shape apart = {.rank = 2, .batch = 0, .dim = {in->shape.dim[0], in->shape.dim[1]}}, wide = apart, whole = in->shape;
	for (int i = 2; i < in->shape.rank; i++) {
		apart.dim[apart.rank++] = wide.dim[wide.rank++] = in->shape.dim[i];
		apart.dim[apart.rank++] = 1;
		wide.dim[wide.rank++] = scale;
		whole.dim[i] *= scale;
	}
	struct attr a[ATTR_MAX] = {{.count = wide.rank}, {.count = 1}};
	for (int i = 0; i < wide.rank; i++)
		a[0].i[i] = wide.dim[i];
	struct node *y = layout_reshape(in, &apart);
	return layout_reshape(trace_op(&op_expand, 1, &y, a), &whole);
}

/* Images `scale` times as high and wide, between the four nearest places (torch.nn.Upsample, bilinear). x: [B,C,H,W]. align_corners: corners stay corners. */
NN_API nn_tensor nn_upsample_bilinear(nn_tensor x, int scale, bool align_corners)
{
	struct node *in = upsample_arg("nn_upsample_bilinear", x, scale, 4);
	if (in->shape.rank != 4)
		trace_fail("nn_upsample_bilinear: x has %d axes, 4 are needed: [B,C,H,W]", in->shape.rank);
	struct attr a[ATTR_MAX] = {{.i = {in->shape.dim[2] * scale, in->shape.dim[3] * scale}, .count = 2}, {.i = {align_corners}, .count = 1}};
	return trace_op(&op_upsample_bilinear2d, 1, &in, a);
}

/* Images of rows x columns places, between the four nearest (torch's interpolate with size, bilinear). x: [B,C,H,W]. */
NN_API nn_tensor nn_upsample_bilinear_to(nn_tensor x, int rows, int columns, bool align_corners)
{
	struct node *in = upsample_arg("nn_upsample_bilinear_to", x, 1, 4);
	if (in->shape.rank != 4 || rows < 1 || columns < 1)
		trace_fail("nn_upsample_bilinear_to: x has %d axes, 4 are needed: [B,C,H,W]; to %d rows and %d columns, at least 1 of each", in->shape.rank, rows, columns);
	struct attr a[ATTR_MAX] = {{.i = {rows, columns}, .count = 2}, {.i = {align_corners}, .count = 1}};
	return trace_op(&op_upsample_bilinear2d, 1, &in, a);
}

/* Sequences `scale` times as long, between the two nearest places (torch.nn.Upsample, linear). x: [B,C,W]. */
NN_API nn_tensor nn_upsample_linear(nn_tensor x, int scale, bool align_corners)
{
	struct node *in = upsample_arg("nn_upsample_linear", x, scale, 3);
	struct attr a[ATTR_MAX] = {{.i = {1, in->shape.dim[2] * scale}, .count = 2}, {.i = {align_corners}, .count = 1}};
	struct node *line = nn_unsqueeze(in, 2);
	return nn_squeeze(trace_op(&op_upsample_bilinear2d, 1, &line, a), 2);
}

/* `count` places of an axis in place of all, each the nearest before it: floor(i size / count). */
static nn_tensor nearest_of(struct node *x, int axis, int count)
{
	int64_t size = x->shape.dim[axis];
	nn_tensor place = nn_floor(nn_div(nn_add(nn_mul(nn_arange(0, count), (double)size), 0.5), count));
	return size == count ? x : nn_index_select(x, axis, place);
}

/* Images of rows x columns places, each a copy of one (torch's interpolate with size, nearest); fewer rows and columns leave out some. x: [B,C,H,W]. */
NN_API nn_tensor nn_upsample_nearest_to(nn_tensor x, int rows, int columns)
{
	struct node *in = upsample_arg("nn_upsample_nearest_to", x, 1, 4);
	if (in->shape.rank != 4 || rows < 1 || columns < 1)
		trace_fail("nn_upsample_nearest_to: x has %d axes, 4 are needed: [B,C,H,W]; to %d rows and %d columns, at least 1 of each", in->shape.rank, rows, columns);
	return nearest_of(nearest_of(in, 2, rows), 3, columns);
}
#endif

#ifdef OP_C
#include "real.h"
#include "resize.h"

void upsample_bilinear2d(int B, int H, int W, int P, int Q, int ALIGN, const real x[B][H][W], real y[B][P][Q])
{	/* @body upsample_bilinear2d */
	for (int r = 0; r < B; r++)
		for (int p = 0; p < P; p++)
			for (int q = 0; q < Q; q++) {
				const scalar v = position_(p, H, P, ALIGN), u = position_(q, W, Q, ALIGN);
				const int m = (int)v, l = (int)u, down = m < H - 1 ? m + 1 : m, right = l < W - 1 ? l + 1 : l;
				const scalar f = v - (scalar)m, g = u - (scalar)l;
				y[r][p][q] = (1 - f) * ((1 - g) * x[r][m][l] + g * x[r][m][right]) + f * ((1 - g) * x[r][down][l] + g * x[r][down][right]);
			}
}	/* @end */

void upsample_bilinear2d_back(int B, int H, int W, int P, int Q, int ALIGN, const real y[B][P][Q], real x[B][H][W])
{	/* @body upsample_bilinear2d_back */
	for (int r = 0; r < B; r++) {
		for (int m = 0; m < H; m++)
			for (int l = 0; l < W; l++)
				x[r][m][l] = splat_(0);
		for (int p = 0; p < P; p++)
			for (int q = 0; q < Q; q++) {
				const scalar v = position_(p, H, P, ALIGN), u = position_(q, W, Q, ALIGN);
				const int m = (int)v, l = (int)u, down = m < H - 1 ? m + 1 : m, right = l < W - 1 ? l + 1 : l;
				const scalar f = v - (scalar)m, g = u - (scalar)l;
				x[r][m][l] += (1 - f) * (1 - g) * y[r][p][q];
				x[r][m][right] += (1 - f) * g * y[r][p][q];
				x[r][down][l] += f * (1 - g) * y[r][p][q];
				x[r][down][right] += f * g * y[r][p][q];
			}
	}
}	/* @end */
#endif
