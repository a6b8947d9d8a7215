/* Ops: the rules that max_pool1d, max_pool2d, avg_pool1d and avg_pool2d share
** Pooling as torch.nn.MaxPool1d to AvgPool2d compute it; and pooling of all places. The largest value of a window is the first one: a tie gives its
** whole gradient to that. */
#ifdef OP_RULES
#include <string.h>

#define POOL_ATTRS "stride:ints", "padding:ints", "dilation:ints", "kernel:ints", "ceil:bool?"
/* border: how many places around the image count in a mean; absent: every mean is divided by the size of the kernel. */
#define AVG_ATTRS POOL_ATTRS, "border:ints?"
enum { POOL_KERNEL = 3, POOL_CEIL, POOL_BORDER, POOL_SIZES };

/* How many axes are pooled: "avg_pool2d_back" has 2. */
static int pool_axes(const struct node *n)
{
	return n->op->name[8] - '0';
}

static bool pool_attrs(const struct node *n, int axes, struct text *why)
{
	for (int i = CONV_STRIDE; i <= POOL_KERNEL; i++)
		if (n->attr[i].count != axes) {
			text_printf(why, "%d numbers where %d are needed, one an axis", n->attr[i].count, axes);
			return false;
		}
	for (int i = 0; i < axes; i++) {
		int64_t kernel = n->attr[POOL_KERNEL].i[i], stride = n->attr[CONV_STRIDE].i[i], padding = n->attr[CONV_PADDING].i[i], dilation = n->attr[CONV_DILATION].i[i];
		const struct { const char *name; int64_t value, least; } all[] = {{"kernel", kernel, 1}, {"stride", stride, 1}, {"padding", padding, 0}, {"dilation", dilation, 1}};
		for (int k = 0; k < 4; k++)
			if (all[k].value < all[k].least || all[k].value > 1 << 20) {
				text_printf(why, "%s is %lld", all[k].name, (long long)all[k].value);
				return false;
			}
		if (padding > kernel / 2) {
			text_printf(why, "a padding of %lld; half of the kernel of %lld is the most", (long long)padding, (long long)kernel);
			return false;
		}
	}
	return true;
}

/* How many windows `size` places have; 0: the kernel does not fit. With ceil the last one may stand over the end, if it starts before it. */
static int64_t pool_places(const struct node *n, int64_t size, int axis)
{
	int64_t kernel = n->attr[POOL_KERNEL].i[axis], stride = n->attr[CONV_STRIDE].i[axis], padding = n->attr[CONV_PADDING].i[axis];
	int64_t reach = size + 2 * padding - n->attr[CONV_DILATION].i[axis] * (kernel - 1) - 1 + stride - 1;
	if (!n->attr[POOL_CEIL].i[0])
		return conv_places(size, kernel, n, axis);
	int64_t places = reach < 0 ? 0 : reach / stride + 1;
	return places - ((places - 1) * stride >= size + padding);
}

static bool pool_border(const struct node *n, int axes, struct text *why)
{
	const struct attr *border = &n->attr[POOL_BORDER];
	for (int i = 0; i < border->count; i++)
		if (border->count != axes || border->i[i] < 0 || border->i[i] > n->attr[CONV_PADDING].i[i]) {
			text_printf(why, "a border of %lld places counts; 0 to the padding of %lld, one number an axis", (long long)border->i[i], (long long)n->attr[CONV_PADDING].i[i]);
			return false;
		}
	return true;
}

static bool pool_input(const struct node *n, int axes, struct text *why)
{
	const struct shape *x = &n->in[0]->shape;
	if (x->rank >= axes && x->batch <= 0 && (x->batch < 0 || x->rank > axes))
		return pool_attrs(n, axes, why) && pool_border(n, axes, why);
	shape_text(x, why);
	text_add(why, axes == 2 ? " has no rows and columns of each sample to pool" : " has no places of each sample to pool");
	return false;
}

/* x [...,H,W] or [...,W] -> y [...,P,Q] or [...,Q]. */
static bool pool_shape(const struct node *n, struct shape *out, struct text *why)
{
	int axes = pool_axes(n);
	if (!pool_input(n, axes, why))
		return false;
	*out = n->in[0]->shape;
	for (int i = 0; i < axes; i++) {
		int64_t *size = &out->dim[out->rank - axes + i], places = pool_places(n, *size, i);
		if (places < 1) {
			text_printf(why, "a kernel of %lld does not fit into a size of %lld with padding %lld\ntake a smaller kernel, or .ceil_mode", (long long)n->attr[POOL_KERNEL].i[i], (long long)*size,
				(long long)n->attr[CONV_PADDING].i[i]);
			return false;
		}
		*size = places;
	}
	return true;
}

/* x [...,H,W], and dy of the result's shape -> [...,H,W]; pick: x, and v of x's shape -> the result's shape. */
static bool pool_pair_shape(const struct node *n, struct shape *out, struct text *why)
{
	struct shape y;
	bool pick = strstr(n->op->name, "_pick") != NULL;
	if (!pool_shape(n, &y, why))
		return false;
	if (!shape_equal(&n->in[1]->shape, pick ? &n->in[0]->shape : &y)) {
		shape_text(&n->in[1]->shape, why);
		text_add(why, " does not belong to a pooling of ");
		shape_text(&n->in[0]->shape, why);
		return false;
	}
	*out = pick ? y : n->in[0]->shape;
	return true;
}

/* dy [...,P,Q] and attr sizes: H, W -> [...,H,W]. */
static bool avg_back_shape(const struct node *n, struct shape *out, struct text *why)
{
	int axes = pool_axes(n);
	if (!pool_input(n, axes, why))
		return false;
	*out = n->in[0]->shape;
	for (int i = 0; i < axes; i++) {
		int64_t *size = &out->dim[out->rank - axes + i], places = *size;
		*size = n->attr[POOL_SIZES].i[i];
		if (n->attr[POOL_SIZES].count != axes || *size < 1 || pool_places(n, *size, i) != places) {
			text_printf(why, "a result of size %lld does not belong to %lld places", (long long)*size, (long long)places);
			return false;
		}
	}
	return true;
}

/* `op` of the same family and attributes: "_back", "_pick" or "" behind the name. */
static struct node *pool_part(struct graph *g, struct node *n, const char *part, int count, struct node *const *in, const struct shape *like)
{
	char name[32];
	struct attr attrs[ATTR_MAX];
	int axes = pool_axes(n);
	snprintf(name, sizeof name, "%.*s%s", 10, n->op->name, part);       /* "max_pool2d" */
	memcpy(attrs, n->attr, sizeof attrs);
	attrs[POOL_SIZES] = (struct attr){.count = like ? axes : 0};
	for (int i = 0; like && i < axes; i++)
		attrs[POOL_SIZES].i[i] = like->dim[like->rank - axes + i];
	return g_op(g, name, count, in, attrs, n->at);
}

static void max_pool_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = pool_part(g, n, "_back", 2, (struct node *[]){n->in[0], dy}, NULL);
}

static void max_pool_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[1] = pool_part(g, n, "_pick", 2, (struct node *[]){n->in[0], dy}, NULL);
}

static void max_pool_pick_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[1] = pool_part(g, n, "_back", 2, (struct node *[]){n->in[0], dy}, NULL);
}

static void avg_pool_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = pool_part(g, n, "_back", 1, &dy, &n->in[0]->shape);
}

static void avg_pool_back_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = pool_part(g, n, "", 1, &dy, NULL);
}

static const char *avg_pool_kernel(const struct node *n)
{
	static const char *const kernels[2][2][2] = {{{"avg_pool1d", "avg_pool1d_back"}, {"avg_pool1d_border", "avg_pool1d_back_border"}},
		{{"avg_pool2d", "avg_pool2d_back"}, {"avg_pool2d_border", "avg_pool2d_back_border"}}};
	return kernels[pool_axes(n) - 1][n->attr[POOL_BORDER].count > 0][strstr(n->op->name, "_back") != NULL];
}

static double pool_flops(const struct node *n)
{
	double window = 1;
	for (int i = 0; i < n->attr[POOL_KERNEL].count; i++)
		window *= (double)n->attr[POOL_KERNEL].i[i];
	return window * (double)(shape_count(&n->shape) < shape_count(&n->in[0]->shape) ? shape_count(&n->shape) : shape_count(&n->in[0]->shape));
}

/* Test shapes of an op of the family with `axes` axes: x, the result's shape and the attributes. */
static bool pool_case(int variant, int axes, struct shape *x, struct shape *y, struct attr *attr)
{
	static const struct { int64_t x[4], kernel[2], stride[2], padding[2], dilation[2]; int ceil; } t[] = {
		{{2, 3, 4, 4}, {2, 2}, {2, 2}, {0, 0}, {1, 1}, 0}, {{2, 1, 5, 3}, {3, 2}, {2, 1}, {1, 1}, {1, 1}, 0}, {{2, 2, 3, 7}, {1, 3}, {1, 2}, {0, 0}, {1, 2}, 0},
		{{2, 1, 1, 1}, {1, 1}, {1, 1}, {0, 0}, {1, 1}, 0}, {{2, 1, 6, 5}, {3, 2}, {2, 2}, {1, 0}, {1, 1}, 1}, {{1, 2, 1, 4}, {2, 3}, {2, 3}, {0, 1}, {1, 1}, 1}};
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	struct node n = {0};
	*x = *y = axes == 2 ? shape_of(4, t[variant].x) : SHAPE(t[variant].x[0], t[variant].x[1], t[variant].x[3]);
	for (int i = 0; i < axes; i++) {
		int from = i + 2 - axes;
		n.attr[CONV_STRIDE].i[i] = t[variant].stride[from];
		n.attr[CONV_PADDING].i[i] = t[variant].padding[from];
		n.attr[CONV_DILATION].i[i] = t[variant].dilation[from];
		n.attr[POOL_KERNEL].i[i] = t[variant].kernel[from];
	}
	n.attr[POOL_CEIL] = (struct attr){.i = {t[variant].ceil}, .count = t[variant].ceil};
	for (int i = 0; i < POOL_CEIL; i++)
		n.attr[i].count = axes;
	memcpy(attr, n.attr, sizeof n.attr);
	for (int i = 0; i < axes; i++)
		y->dim[2 + i] = pool_places(&n, x->dim[2 + i], i);
	return true;
}

/* The same of a mean: each case with all windows of one size, then with the padding counted, then without. */
static bool avg_pool_case(int variant, int axes, struct shape *x, struct shape *y, struct attr *attr)
{
	bool ok = pool_case(variant / 3, axes, x, y, attr);
	for (int i = 0; ok && i < axes; i++)
		attr[POOL_BORDER].i[i] = variant % 3 == 1 ? attr[CONV_PADDING].i[i] : 0;
	attr[POOL_BORDER].count = ok && variant % 3 ? axes : 0;
	return ok;
}

/* ---- what users give ---- */

/* Whether a window of an axis stands over what a mean of the whole kernel may count: the end, or padding that does not count. */
static bool pool_overhangs(const struct node *n, int64_t size, int axis, int64_t border)
{
	int64_t last = (pool_places(n, size, axis) - 1) * n->attr[CONV_STRIDE].i[axis] - n->attr[CONV_PADDING].i[axis];
	return n->attr[CONV_PADDING].i[axis] > border || last + n->attr[POOL_KERNEL].i[axis] > size + border;
}

/* What a mean divides by, where that is not the size of the kernel for all windows. */
static void avg_pool_choice(const char *name, const struct node *in, nn_pool o, int axes, struct attr *attrs)
{
	struct node n = {0};
	bool uneven = false;
	if (o.divisor_override < 0)
		trace_fail("%s: divisor_override is %d; sums are divided by a number of at least 1", name, o.divisor_override);
	memcpy(n.attr, attrs, sizeof n.attr);
	struct attr border = {.count = axes};
	for (int i = 0; i < axes; i++) {
		border.i[i] = o.count_exclude_pad ? 0 : attrs[CONV_PADDING].i[i];
		uneven = uneven || pool_overhangs(&n, in->shape.dim[in->shape.rank - axes + i], i, border.i[i]);
	}
	if (uneven && !o.divisor_override)
		attrs[POOL_BORDER] = border;
}

/* The user's numbers as attributes; the stride of a pooling is its kernel when nothing else is said. */
static struct node *pooled(const struct op *op, nn_tensor x, int kernel, nn_pool o, int axes)
{
	struct node *in = trace_arg(x, "x", axes, RANK_MAX);
	char name[24];
	struct text why = {0};
	snprintf(name, sizeof name, "nn_%s", op->name);
	bool mean = op->name[0] == 'a', dilated = o.dilation > 1 || o.dilations[0] > 1 || o.dilations[1] > 1;
	if (dilated && mean)
		trace_fail("%s: there is no dilation in a mean; nn_max_pool has it", name);
	if (!mean && (o.count_exclude_pad || o.divisor_override))
		trace_fail("%s: count_exclude_pad and divisor_override are for means; padding is never the largest", name);
	nn_conv same = {.stride = o.stride, .padding = o.padding, .dilation = o.dilation};
	memcpy(same.kernels, o.kernels, sizeof same.kernels);
	memcpy(same.strides, o.strides, sizeof same.strides);
	memcpy(same.paddings, o.paddings, sizeof same.paddings);
	memcpy(same.dilations, o.dilations, sizeof same.dilations);
	struct conv_choice c = conv_choice(name, kernel, same, axes);
	c.attrs[CONV_GROUPS] = (struct attr){.count = 0};
	c.attrs[POOL_KERNEL] = (struct attr){.count = axes};
	c.attrs[POOL_CEIL] = (struct attr){.i = {o.ceil_mode}, .count = o.ceil_mode};
	double places = 1;
	for (int i = 0; i < axes; i++) {
		c.attrs[POOL_KERNEL].i[i] = c.kernel[i];
		if (!o.stride && !o.strides[i])
			c.attrs[CONV_STRIDE].i[i] = c.kernel[i];
		places *= (double)c.kernel[i];
	}
	struct node probe = {.op = op, .in = {in}, .in_count = 1};
	memcpy(probe.attr, c.attrs, sizeof probe.attr);
	if (mean && pool_input(&probe, axes, &why))
		avg_pool_choice(name, in, o, axes, c.attrs);
	struct node *y = trace_op(op, 1, &in, c.attrs);
	return o.divisor_override ? nn_mul(y, places / o.divisor_override) : y;
}

static struct node *pool_places_arg(const char *name, nn_tensor x, int *axes, int *count)
{
	struct node *in = trace_arg(x, "x", 3, RANK_MAX);
	if (in->shape.batch != 0) {
		struct text is = {0};
		shape_text(&in->shape, &is);
		trace_fail("%s: x has shape %s; the samples must stand in the first axis, the channels in the second", name, is.at);
	}
	*count = in->shape.rank - 2;
	for (int i = 0; i < *count; i++)
		axes[i] = i + 2;
	return in;
}

/* The mean over all places of each channel: [B,C,...] to [B,C]. */
NN_API nn_tensor nn_global_avg_pool(nn_tensor x)
{
	int axes[RANK_MAX], count;
	struct node *in = pool_places_arg("nn_global_avg_pool", x, axes, &count);
	return nn_mean_axes(in, count, axes, false);
}

/* The largest value of all places of each channel: [B,C,...] to [B,C]; ties share the gradient. */
NN_API nn_tensor nn_global_max_pool(nn_tensor x)
{
	int axes[RANK_MAX], count;
	struct node *in = pool_places_arg("nn_global_max_pool", x, axes, &count);
	struct attr a[ATTR_MAX] = {{.count = count}, {.count = 1}};
	for (int i = 0; i < count; i++)
		a[0].i[i] = axes[i];
	return trace_op(op_find("amax"), 1, &in, a);
}
#endif
