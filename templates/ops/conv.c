/* Ops: the rules that conv1d, conv2d and conv3d share
** Convolution as torch.nn.Conv1d to Conv3d compute it (no flip of the kernel), and what its gradients are made of. The three ops of a file are one
** family: a sum over (y, x, w) that share sizes, each solved for one of them, so that each is made of the others' gradients. */
#ifdef OP_RULES
#include <math.h>
#include <string.h>

#define CONV_ATTRS "stride:ints", "padding:ints", "dilation:ints", "groups:int"
/* What the sizes of a body are called, of one to three axes. */
#define CONV_LETTERS "O:channels C:in I:group X:kernel Q:width"
#define CONV_LETTERS_2 "O:channels C:in I:group Y:kernel X:kernel P:height Q:width"
#define CONV_LETTERS_3 "O:channels C:in I:group Z:kernel Y:kernel X:kernel S:depth P:height Q:width"
enum { CONV_STRIDE, CONV_PADDING, CONV_DILATION, CONV_GROUPS, CONV_SIZES };

/* Places of the result along an axis; 0 or less: the kernel is larger than the padded input. */
static int64_t conv_places(int64_t size, int64_t kernel, const struct node *n, int axis)
{
	int64_t reach = size + 2 * n->attr[CONV_PADDING].i[axis] - n->attr[CONV_DILATION].i[axis] * (kernel - 1) - 1;
	return reach < 0 ? 0 : reach / n->attr[CONV_STRIDE].i[axis] + 1;
}

static bool conv_attrs(const struct node *n, int axes, struct text *why)
{
	for (int i = CONV_STRIDE; i <= CONV_DILATION; i++)
		if (n->attr[i].count != axes) {
			text_printf(why, "%d numbers where %d are needed, one an axis", n->attr[i].count, axes);
			return false;
		}
	for (int i = 0; i < axes; i++) {
		const int64_t values[] = {n->attr[CONV_STRIDE].i[i], n->attr[CONV_DILATION].i[i], n->attr[CONV_PADDING].i[i] + 1, n->attr[CONV_GROUPS].i[0]};
		for (int k = 0; k < 4; k++)
			if (values[k] < 1 || values[k] > 1 << 20) {
				static const char *const names[] = {"stride", "dilation", "padding", "groups"};
				text_printf(why, "%s is %lld; it is %s", names[k], (long long)(values[k] - (k == 2)), k == 2 ? "not negative" : "at least 1");
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

/* How many axes the kernels of this op have: "conv2d_input" has 2. */
static int conv_axes(const struct node *n)
{
	return n->op->name[4] - '0';
}

static const char *const conv_letters[][3] = {{"", "", ""}, {"W", "X", "Q"}, {"H,W", "Y,X", "P,Q"}, {"D,H,W", "Z,Y,X", "S,P,Q"}};

/* x [B,C,H,W], w [O,C/groups,Y,X], b [O]; one axis less or more for sequences and volumes. */
static bool conv_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape, *w = &n->in[1]->shape, *b = &n->in[2]->shape;
	int64_t groups = n->attr[CONV_GROUPS].i[0];
	int axes = conv_axes(n);
	if (x->rank != axes + 2 || w->rank != axes + 2 || b->rank != 1 || w->batch >= 0 || b->batch >= 0 || b->dim[0] != w->dim[0]) {
		text_printf(why, "x [B,C,%s], weight [O,C/groups,%s] and bias [O] are needed", conv_letters[axes][0], conv_letters[axes][1]);
		return false;
	}
	if (!conv_attrs(n, axes, why) || !conv_batch(n, 1, why))
		return false;
	if (w->dim[1] * groups != x->dim[1] || w->dim[0] % groups) {
		text_printf(why, "%lld channels in %lld groups meet a weight for %lld a group and %lld results", (long long)x->dim[1], (long long)groups, (long long)w->dim[1],
			(long long)w->dim[0]);
		return false;
	}
	*out = (struct shape){.rank = axes + 2, .batch = x->batch, .dim = {x->dim[0], w->dim[0]}};
	for (int i = 0; i < axes; i++) {
		out->dim[2 + i] = conv_places(x->dim[2 + i], w->dim[2 + i], n, i);
		if (out->dim[2 + i] < 1) {
			text_printf(why, "a kernel of %lld does not fit into %s of %lld with padding %lld\ntake a smaller kernel, or more .padding", (long long)w->dim[2 + i],
				i == axes - 1 ? "a width" : i == axes - 2 ? "a height" : "a depth", (long long)x->dim[2 + i], (long long)n->attr[CONV_PADDING].i[i]);
			return false;
		}
	}
	return true;
}

/* dy [B,O,P,Q], w [O,I,Y,X], attr sizes: H, W of the result [B,I*groups,H,W]. */
static bool conv_input_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *dy = &n->in[0]->shape, *w = &n->in[1]->shape;
	int axes = conv_axes(n);
	if (dy->rank != axes + 2 || w->rank != axes + 2 || w->batch >= 0 || dy->dim[1] != w->dim[0] || n->attr[CONV_SIZES].count != axes) {
		text_printf(why, "dy [B,O,%s] and weight [O,I,%s] are needed", conv_letters[axes][2], conv_letters[axes][1]);
		return false;
	}
	if (!conv_attrs(n, axes, why) || !conv_batch(n, 1, why))
		return false;
	if (w->dim[0] % n->attr[CONV_GROUPS].i[0]) {
		text_printf(why, "%lld channels cannot be split into %lld groups", (long long)w->dim[0], (long long)n->attr[CONV_GROUPS].i[0]);
		return false;
	}
	*out = (struct shape){.rank = axes + 2, .batch = dy->batch, .dim = {dy->dim[0], w->dim[1] * n->attr[CONV_GROUPS].i[0]}};
	for (int i = 0; i < axes; i++) {
		out->dim[2 + i] = n->attr[CONV_SIZES].i[i];
		if (out->dim[2 + i] < 1 || conv_places(out->dim[2 + i], w->dim[2 + i], n, i) != dy->dim[2 + i]) {
			text_printf(why, "a result of size %lld does not belong to %lld places", (long long)out->dim[2 + i], (long long)dy->dim[2 + i]);
			return false;
		}
	}
	return true;
}

/* x [B,C,H,W], dy [B,O,P,Q], attr sizes: Y, X of the result [O,C/groups,Y,X]. */
static bool conv_weight_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *x = &n->in[0]->shape, *dy = &n->in[1]->shape;
	int64_t groups = n->attr[CONV_GROUPS].i[0];
	int axes = conv_axes(n);
	if (x->rank != axes + 2 || dy->rank != axes + 2 || x->dim[0] != dy->dim[0] || x->batch != dy->batch || n->attr[CONV_SIZES].count != axes) {
		text_printf(why, "x [B,C,%s] and dy [B,O,%s] of the same samples are needed", conv_letters[axes][0], conv_letters[axes][2]);
		return false;
	}
	if (!conv_attrs(n, axes, why) || !conv_batch(n, 2, why) || x->dim[1] % groups || dy->dim[1] % groups) {
		text_add(why, why->at ? "" : "the channels cannot be split into the groups");
		return false;
	}
	*out = (struct shape){.rank = axes + 2, .batch = -1, .dim = {dy->dim[1], x->dim[1] / groups}};
	for (int i = 0; i < axes; i++) {
		out->dim[2 + i] = n->attr[CONV_SIZES].i[i];
		if (out->dim[2 + i] < 1 || conv_places(x->dim[2 + i], out->dim[2 + i], n, i) != dy->dim[2 + i]) {
			text_printf(why, "a kernel of size %lld does not belong to %lld places", (long long)out->dim[2 + i], (long long)dy->dim[2 + i]);
			return false;
		}
	}
	return true;
}

/* `part` ("_input", "_weight") of the family with the attributes of n and the last sizes of `like`. */
static struct node *conv_part(struct graph *g, struct node *n, const char *part, struct node *a, struct node *b, const struct shape *like)
{
	struct attr attrs[ATTR_MAX];
	char op[24];
	memcpy(attrs, n->attr, sizeof attrs);
	int axes = like->rank - 2;
	attrs[CONV_SIZES] = (struct attr){.count = axes};
	for (int i = 0; i < axes; i++)
		attrs[CONV_SIZES].i[i] = like->dim[2 + i];
	snprintf(op, sizeof op, "conv%dd%s", axes, part);
	return g_op(g, op, 2, (struct node *[]){a, b}, attrs, n->at);
}

/* The same convolution without a bias. */
static struct node *conv_plain(struct graph *g, struct node *n, struct node *x, struct node *w)
{
	struct attr attrs[ATTR_MAX], shape[ATTR_MAX] = {{.i = {w->shape.dim[0]}, .count = 1}, {.i = {-1}, .count = 1}};
	char op[24];
	memcpy(attrs, n->attr, sizeof attrs);
	attrs[CONV_SIZES] = (struct attr){.count = 0};
	snprintf(op, sizeof op, "conv%dd", conv_axes(n));
	struct node *zero = graph_const(g, 0), *none = g_op(g, "expand", 1, &zero, shape, n->at);
	return g_op(g, op, 3, (struct node *[]){x, w, none}, attrs, n->at);
}

static struct node *conv_bias_grad(struct graph *g, struct node *dy)
{
	struct attr axes[ATTR_MAX] = {{.i = {0, 2, 3, 4}, .count = dy->shape.rank - 1}, {.i = {0}, .count = 1}};
	return g_op(g, "sum", 1, &dy, axes, dy->at);
}

static void conv_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = conv_part(g, n, "_input", dy, n->in[1], &n->in[0]->shape);
	dx[1] = conv_part(g, n, "_weight", n->in[0], dy, &n->in[1]->shape);
	dx[2] = conv_bias_grad(g, dy);
}

static void conv_input_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = conv_plain(g, n, dy, n->in[1]);
	dx[1] = conv_part(g, n, "_weight", dy, n->in[0], &n->in[1]->shape);
}

static void conv_weight_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = conv_part(g, n, "_input", n->in[1], dy, &n->in[0]->shape);
	dx[1] = conv_plain(g, n, n->in[0], dy);
}

/* Multiplications and additions: one of each a place of the result, channel of a group and place of the kernel. */
static double conv_flops(const struct node *n)
{
	bool forward = n->in_count == 3, weight = strstr(n->op->name, "_weight") != NULL;
	const struct shape *y = forward ? &n->shape : weight ? &n->in[1]->shape : &n->in[0]->shape, *w = forward ? &n->in[1]->shape : weight ? &n->shape : &n->in[1]->shape;
	return 2.0 * (double)shape_count(y) * (double)shape_count(w) / (double)w->dim[0];
}

/* Multiplications a sample from which one run at a time is faster than several in lanes; and how many numbers direct.h may have of an image, of the results
** and of the weight's gradient on the stack at the least: what a row needs. */
enum { CONV_LARGE_FROM = 16384, CONV_DIRECT = 1 << 18, CONV_CHANNELS = 8, CONV_VECTOR = 16 };

struct conv_shapes { const struct shape *x, *w, *y; };

static struct conv_shapes conv_shapes(const struct node *n)
{
	const struct shape *a = &n->in[0]->shape, *b = &n->in[1]->shape;
	if (n->in_count == 3)
		return (struct conv_shapes){a, b, &n->shape};
	return strstr(n->op->name, "_weight") ? (struct conv_shapes){a, &n->shape, b} : (struct conv_shapes){&n->shape, b, a};
}

static bool conv_is_large(const struct node *n)
{
	return conv_flops(n) / 2 >= (double)CONV_LARGE_FROM * (double)n->in[0]->shape.dim[0];
}

/* Whether what direct.h has of one row of the result, or of the gradient, fits the stack. */
static bool conv_fits(const struct node *n)
{
	struct conv_shapes s = conv_shapes(n);
	const int axes = conv_axes(n), last = axes - 1;
	const int64_t *stride = n->attr[CONV_STRIDE].i, *padding = n->attr[CONV_PADDING].i, *dilation = n->attr[CONV_DILATION].i;
	double slices = axes == 3 ? (double)s.w->dim[2] : 1, rows = axes == 1 ? 1 : (double)(s.w->dim[axes] - 1) * (double)dilation[last - 1], down = axes == 1 ? 1 : (double)stride[last - 1];
	double reach = (double)(s.w->dim[axes + 1] - 1) * (double)dilation[last], along = (double)stride[last], width = (double)(s.x->dim[axes + 1] + 2 * padding[last]) + along + reach;
	double image = (double)s.w->dim[1] * slices * (rows + 2 * down) * width, back = (double)s.w->dim[0] / (double)n->attr[CONV_GROUPS].i[0] * slices * (rows / down + 2) * width / along;
	return fmax(image, back) <= CONV_DIRECT && CONV_CHANNELS * down * width <= CONV_DIRECT && CONV_VECTOR * (double)shape_count(s.w) / (double)s.w->dim[0] <= CONV_DIRECT;
}

/* An op's attributes and shapes from a row of a table of tests: sizes of x, of the weight, then stride, padding, dilation and groups. */
static void conv_case(int axes, const int64_t *xs, const int64_t *ws, const int64_t *stride, const int64_t *padding, const int64_t *dilation, int64_t groups, struct shape *x,
	struct shape *w, struct shape *y, struct attr *attr)
{
	struct node n = {0};
	*x = shape_of(axes + 2, xs);
	*w = shape_of(axes + 2, ws);
	*y = *x;
	y->dim[1] = w->dim[0];
	for (int i = 0; i < axes; i++) {
		n.attr[CONV_STRIDE].i[i] = stride[i];
		n.attr[CONV_PADDING].i[i] = padding[i];
		n.attr[CONV_DILATION].i[i] = dilation[i];
	}
	n.attr[CONV_GROUPS].i[0] = groups;
	for (int i = 0; i < 4; i++) {
		attr[i] = n.attr[i];
		attr[i].count = i == CONV_GROUPS ? 1 : axes;
	}
	for (int i = 0; i < axes; i++)
		y->dim[2 + i] = conv_places(x->dim[2 + i], w->dim[2 + i], &n, i);
}

static void conv_case_sizes(const struct shape *like, struct attr *attr)
{
	attr[CONV_SIZES] = (struct attr){.count = like->rank - 2};
	for (int i = 0; i < like->rank - 2; i++)
		attr[CONV_SIZES].i[i] = like->dim[2 + i];
}

/* ---- layers ---- */

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

/* Padding that zeros around x do not give: of a mode of its own, and one place more at the end where "same" is uneven. The rest stays with the op. */
static struct node *conv_padded(const char *name, struct node *x, const int64_t *kernel, struct conv_choice *c, const nn_conv *o, int axes)
{
	int64_t pads[6] = {0}, uneven[6] = {0};
	bool any = false, more = false;
	if ((int)o->padding_mode < NN_ZEROS || (int)o->padding_mode > NN_CIRCULAR)
		trace_fail("%s: padding_mode is %d; it is NN_ZEROS, NN_REFLECT, NN_REPLICATE or NN_CIRCULAR", name, (int)o->padding_mode);
	for (int i = 0; i < axes; i++) {
		int64_t *padding = &c->attrs[CONV_PADDING].i[i], whole = c->attrs[CONV_DILATION].i[i] * (kernel[i] - 1), *at = pads + 2 * (axes - 1 - i);
		if (o->same && (*padding || c->attrs[CONV_STRIDE].i[i] != 1))
			trace_fail("%s: .same chooses the padding of a stride of 1; here padding is %lld and stride %lld\ngive one of them", name, (long long)*padding,
				(long long)c->attrs[CONV_STRIDE].i[i]);
		if (o->same)
			*padding = whole / 2;
		at[0] = at[1] = *padding;
		uneven[2 * (axes - 1 - i) + 1] = o->same ? whole % 2 : 0;
		at[1] += uneven[2 * (axes - 1 - i) + 1];
		any = any || at[1];
		more = more || (o->same && whole % 2);
	}
	if (o->padding_mode == NN_ZEROS)
		return more ? nn_pad_of(x, 0, 2 * axes, uneven) : x;
	for (int i = 0; i < axes; i++)
		c->attrs[CONV_PADDING].i[i] = 0;
	if (!any)
		return x;
	return o->padding_mode == NN_REFLECT ? nn_reflection_pad_of(x, 2 * axes, pads) : o->padding_mode == NN_REPLICATE ? nn_replication_pad_of(x, 2 * axes, pads)
		: nn_circular_pad_of(x, 2 * axes, pads);
}

static void conv_without(const char *name, const nn_conv *o)
{
	if (o->output_padding || o->output_paddings[0] || o->output_paddings[1] || o->output_paddings[2])
		trace_fail("%s: output_padding is for transposed convolutions", name);
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

/* With a weight and a bias that are given; no bias: NULL. */
static struct node *conv_given(const struct op *op, const char *name, nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options, int axes)
{
	struct node *in[] = {trace_arg(x, "x", axes + 2, axes + 2), trace_arg(weight, "weight", axes + 2, axes + 2), bias ? trace_arg(bias, "bias", 1, 1) : NULL};
	struct conv_choice c = conv_choice(name, 1, options, axes);
	conv_without(name, &options);
	in[0] = conv_padded(name, in[0], in[1]->shape.dim + 2, &c, &options, axes);
	if (!bias)
		in[2] = conv_bias((int)in[1]->shape.dim[0], 0, true);
	return trace_op(op, 3, in, c.attrs);
}

/* Convolution layer of `axes` axes with a weight and a bias of its own. */
static struct node *conv_layer(const struct op *op, const char *name, nn_tensor x, int out_channels, int kernel, nn_conv options, int axes)
{
	struct node *in = trace_arg(x, "x", axes + 2, axes + 2);
	struct conv_choice c = conv_choice(name, kernel, options, axes);
	int64_t groups = c.attrs[CONV_GROUPS].i[0], channels = in->shape.dim[1];
	if (out_channels < 1 || groups < 1 || channels % groups || out_channels % groups)
		trace_fail("%s: %lld channels in and %d out cannot be split into %lld groups\ngive a number of groups that divides both", name, (long long)channels, out_channels, (long long)groups);
	struct shape weight = {.rank = axes + 2, .batch = -1, .dim = {out_channels, channels / groups}};
	for (int i = 0; i < axes; i++)
		weight.dim[2 + i] = c.kernel[i];
	double bound = 1 / sqrt((double)(shape_count(&weight) / out_channels));
	conv_without(name, &options);
	in = conv_padded(name, in, c.kernel, &c, &options, axes);
	struct node *w = trace_param("weight", weight, "uniform(%.17g,%.17g)", -bound, bound);
	return trace_op(op, 3, (struct node *[]){in, w, conv_bias(out_channels, bound, options.no_bias)}, c.attrs);
}

/* The sizes of a transposed convolution's result. */
static void conv_transpose_sizes(const char *name, const struct node *in, const int64_t *kernel, struct conv_choice *c, const nn_conv *o, int axes)
{
	if (o->same || o->padding_mode != NN_ZEROS)
		trace_fail("%s: .same and .padding_mode are for convolutions that are not transposed", name);
	c->attrs[CONV_SIZES] = (struct attr){.count = axes};
	for (int i = 0; i < axes; i++) {
		int64_t stride = c->attrs[CONV_STRIDE].i[i], dilation = c->attrs[CONV_DILATION].i[i], more = o->output_paddings[i] ? o->output_paddings[i] : o->output_padding;
		if (more < 0 || more >= stride)
			trace_fail("%s: output_padding is %lld; it is smaller than the stride of %lld\nnn_pad adds places behind the result", name, (long long)more, (long long)stride);
		c->attrs[CONV_SIZES].i[i] = (in->shape.dim[2 + i] - 1) * stride - 2 * c->attrs[CONV_PADDING].i[i] + dilation * (kernel[i] - 1) + more + 1;
	}
}

/* One number a channel added to [B,C,...]. */
static struct node *conv_add_bias(struct node *y, struct node *b)
{
	struct shape s = {.rank = y->shape.rank, .batch = -1, .dim = {1, b->shape.dim[0]}};
	for (int i = 2; i < s.rank; i++)
		s.dim[i] = 1;
	return nn_add(y, nn_reshape_of(b, s.rank, s.dim));
}

/* Transposed: the op of the input's gradient as a layer. */
static struct node *conv_transpose_layer(const struct op *op, const char *name, nn_tensor x, int out_channels, int kernel, nn_conv options, int axes)
{
	struct node *in = trace_arg(x, "x", axes + 2, axes + 2);
	struct conv_choice c = conv_choice(name, kernel, options, axes);
	int64_t groups = c.attrs[CONV_GROUPS].i[0], channels = in->shape.dim[1];
	if (out_channels < 1 || groups < 1 || channels % groups || out_channels % groups)
		trace_fail("%s: %lld channels in and %d out cannot be split into %lld groups\ngive a number of groups that divides both", name, (long long)channels, out_channels, (long long)groups);
	struct shape weight = {.rank = axes + 2, .batch = -1, .dim = {channels, out_channels / groups}};
	for (int i = 0; i < axes; i++)
		weight.dim[2 + i] = c.kernel[i];
	conv_transpose_sizes(name, in, c.kernel, &c, &options, axes);
	double bound = 1 / sqrt((double)(shape_count(&weight) / channels));
	struct node *w = trace_param("weight", weight, "uniform(%.17g,%.17g)", -bound, bound);
	struct node *y = trace_op(op, 2, (struct node *[]){in, w}, c.attrs);
	return options.no_bias ? y : conv_add_bias(y, trace_param("bias", SHAPE(out_channels), "uniform(%.17g,%.17g)", -bound, bound));
}

static struct node *conv_transpose_given(const struct op *op, const char *name, nn_tensor x, nn_tensor weight, nn_tensor bias, nn_conv options, int axes)
{
	struct node *in[] = {trace_arg(x, "x", axes + 2, axes + 2), trace_arg(weight, "weight", axes + 2, axes + 2)};
	struct conv_choice c = conv_choice(name, 1, options, axes);
	conv_transpose_sizes(name, in[0], in[1]->shape.dim + 2, &c, &options, axes);
	struct node *y = trace_op(op, 2, in, c.attrs), *b = bias ? trace_arg(bias, "bias", 1, 1) : NULL;
	if (b && b->shape.dim[0] != y->shape.dim[1])
		trace_fail("%s: bias has %lld numbers, the result %lld channels", name, (long long)b->shape.dim[0], (long long)y->shape.dim[1]);
	return b ? conv_add_bias(y, b) : y;
}
#endif
