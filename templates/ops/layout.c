/* Ops: reshape, expand, transpose, slice, pad, concat
** Shapes without arithmetic. reshape costs nothing (the same memory); the others move elements, and each is the gradient of another:
** slice and pad, transpose and transpose, expand and sum, concat and slices. */
#ifdef OP_RULES

/* Two views of the same memory have the samples in the same places when as much stands before the batch axis; an axis of one sample may go. */
static bool reshape_keeps_batch(const struct shape *s, const struct shape *r)
{
	int64_t before_s = s->batch >= 0, before_r = r->batch >= 0;
	for (int i = 0; i < s->batch; i++)
		before_s *= s->dim[i];
	for (int i = 0; i < r->batch; i++)
		before_r *= r->dim[i];
	return before_s == before_r || ((s->batch < 0 || s->dim[s->batch] == 1) && (r->batch < 0 || r->dim[r->batch] == 1));
}

/* attr shape, batch: the axis of the result that scales with the samples, or -1. */
static bool reshape_shape(const struct node *n, struct shape *out, struct text *why)
{
	struct shape r = {.rank = n->attr[0].count, .batch = (int)n->attr[1].i[0]};
	const struct shape *s = &n->in[0]->shape;
	for (int i = 0; i < r.rank; i++)
		r.dim[i] = n->attr[0].i[i];
	if (shape_count(&r) != shape_count(s)) {
		text_printf(why, "%lld elements, ", (long long)shape_count(s));
		shape_text(s, why);
		text_add(why, ", cannot be viewed as ");
		shape_text(&r, why);
		text_add(why, "\ngive sizes with the same product; one may be -1: what is left");
		return false;
	}
	if (r.batch >= -1 && r.batch < r.rank && !reshape_keeps_batch(s, &r)) {
		shape_text(s, why);
		text_add(why, " cannot be viewed as ");
		shape_text(&r, why);
		text_add(why, ": the samples would stand elsewhere; transpose them to the first axis before");
		return false;
	}
	*out = r;
	return true;
}

static struct node *reshape_like(struct graph *g, struct node *x, const struct shape *s)
{
	struct attr a[ATTR_MAX] = {{.count = s->rank}, {.i = {s->batch}, .count = 1}};
	for (int i = 0; i < s->rank; i++)
		a[0].i[i] = s->dim[i];
	return g_op(g, "reshape", 1, &x, a, x->at);
}

static void reshape_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = reshape_like(g, dy, &n->in[0]->shape);
}

static bool reshape_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = SHAPE(2, 6);
	attr[0] = variant ? (struct attr){.i = {12}, .count = 1} : (struct attr){.i = {3, 2, 2}, .count = 3};
	attr[1] = (struct attr){.i = {-1}, .count = 1};
	return true;
}

static const struct op op_reshape = {
	.name = "reshape", .class = OP_VIEW, .inputs = 1, .synopsis = "the same elements in another shape; `batch`: the axis of the samples, or -1", .doc = "dy in the shape of x", .attrs = {"shape:ints", "batch:int"},
	.shape = reshape_shape, .grad = reshape_grad, .test_inputs = reshape_test, .low = -1, .high = 1,
};

/* attr shape, batch: as reshape; axes of 1 stretch, axes are added in front. */
static bool expand_shape(const struct node *n, struct shape *out, struct text *why)
{
	struct shape r = {.rank = n->attr[0].count, .batch = (int)n->attr[1].i[0]}, both;
	for (int i = 0; i < r.rank; i++)
		r.dim[i] = n->attr[0].i[i];
	struct shape in = n->in[0]->shape, target = r;
	if (!shape_broadcast(&in, &target, &both) || !shape_equal(&both, &r)) {
		shape_text(&in, why);
		text_add(why, " does not expand to ");
		shape_text(&r, why);
		return false;
	}
	*out = r;
	return true;
}

static void expand_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = g_sum_to(g, dy, &n->in[0]->shape);
}

static void expand_gather(const struct node *n, const char *const *out_index, char (*in_index)[64])
{
	const struct shape *s = &n->in[0]->shape;
	int extra = n->shape.rank - s->rank;
	for (int i = 0; i < s->rank; i++)
		snprintf(in_index[i], 64, "%s", s->dim[i] == 1 ? "0" : out_index[i + extra]);
}

static bool expand_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = variant ? SHAPE(4) : SHAPE(3, 1);
	attr[0] = (struct attr){.i = {3, 4}, .count = 2};
	attr[1] = (struct attr){.i = {-1}, .count = 1};
	return true;
}

static const struct op op_expand = {
	.name = "expand", .class = OP_LAYOUT, .inputs = 1, .synopsis = "axes of 1 stretched to `shape`, axes added in front", .doc = "dy summed over what was stretched", .attrs = {"shape:ints", "batch:int"},
	.shape = expand_shape, .grad = expand_grad, .gather = expand_gather, .test_inputs = expand_test, .low = -1, .high = 1,
};

/* attr order: axis i of the result is axis order[i] of x. */
static bool transpose_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *s = &n->in[0]->shape;
	struct shape r = {.rank = s->rank, .batch = -1};
	bool used[RANK_MAX] = {false};
	for (int i = 0; i < s->rank; i++) {
		int64_t from = n->attr[0].i[i];
		if (n->attr[0].count != s->rank || from < 0 || from >= s->rank || used[from]) {
			text_printf(why, "the order must name each of the %d axes once", s->rank);
			return false;
		}
		used[from] = true;
		r.dim[i] = s->dim[from];
		if (from == s->batch)
			r.batch = i;
	}
	*out = r;
	return true;
}

static void transpose_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct attr back[ATTR_MAX] = {{.count = n->attr[0].count}};
	for (int i = 0; i < n->attr[0].count; i++)
		back[0].i[n->attr[0].i[i]] = i;
	dx[0] = g_op(g, "transpose", 1, &dy, back, n->at);
}

static void transpose_gather(const struct node *n, const char *const *out_index, char (*in_index)[64])
{
	for (int i = 0; i < n->shape.rank; i++)
		snprintf(in_index[n->attr[0].i[i]], 64, "%s", out_index[i]);
}

static bool transpose_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = variant ? SHAPE(2, 3, 4) : SHAPE(3, 4);
	attr[0] = variant ? (struct attr){.i = {2, 0, 1}, .count = 3} : (struct attr){.i = {1, 0}, .count = 2};
	return true;
}

static const struct op op_transpose = {
	.name = "transpose", .class = OP_LAYOUT, .inputs = 1, .synopsis = "axes in another order: axis i is axis `order[i]` of x", .doc = "dy with its axes put back", .attrs = {"order:ints"},
	.shape = transpose_shape, .grad = transpose_grad, .gather = transpose_gather, .test_inputs = transpose_test, .low = -1, .high = 1,
};

/* attr axis, start, stop, step: elements start, start + step, ... < stop of one axis. */
static bool slice_shape(const struct node *n, struct shape *out, struct text *why)
{
	int64_t axis = n->attr[0].i[0], start = n->attr[1].i[0], stop = n->attr[2].i[0], step = n->attr[3].i[0];
	struct shape r = n->in[0]->shape;
	if (axis < 0 || axis >= r.rank || axis == r.batch) {
		text_printf(why, axis == r.batch ? "axis %lld is the batch, which cannot be sliced" : "there is no axis %lld", (long long)axis);
		return false;
	}
	if (start < 0 || step < 1 || stop <= start || stop > r.dim[axis]) {
		text_printf(why, "slice %lld:%lld:%lld of an axis of %lld", (long long)start, (long long)stop, (long long)step, (long long)r.dim[axis]);
		return false;
	}
	r.dim[axis] = (stop - start + step - 1) / step;
	*out = r;
	return true;
}

static void slice_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct attr a[ATTR_MAX] = {n->attr[0], n->attr[1], {.i = {n->in[0]->shape.dim[n->attr[0].i[0]]}, .count = 1}, n->attr[3]};
	dx[0] = g_op(g, "unslice", 1, &dy, a, n->at);
}

static void slice_gather(const struct node *n, const char *const *out_index, char (*in_index)[64])
{
	int64_t axis = n->attr[0].i[0], start = n->attr[1].i[0], step = n->attr[3].i[0];
	for (int i = 0; i < n->shape.rank; i++) {
		if (i != axis || (start == 0 && step == 1))
			snprintf(in_index[i], 64, "%s", out_index[i]);
		else if (strcmp(out_index[i], "0") == 0)
			snprintf(in_index[i], 64, "%lld", (long long)start);
		else if (step == 1)
			snprintf(in_index[i], 64, "%s + %lld", out_index[i], (long long)start);
		else
			snprintf(in_index[i], 64, "%lld + %s * %lld", (long long)start, out_index[i], (long long)step);
	}
}

static bool slice_test(int variant, struct shape *in, struct attr *attr)
{
	static const int64_t t[][4] = {{1, 1, 3, 1}, {0, 0, 3, 2}, {1, 0, 5, 1}};
	if (variant > 2)
		return false;
	in[0] = SHAPE(3, 5);
	for (int i = 0; i < 4; i++)
		attr[i] = (struct attr){.i = {t[variant][i]}, .count = 1};
	return true;
}

static const struct op op_slice = {
	.name = "slice", .class = OP_LAYOUT, .inputs = 1, .synopsis = "elements start, start + step, ... below stop of an axis", .doc = "dy in zeros: unslice", .attrs = {"axis:int", "start:int", "stop:int", "step:int"},
	.shape = slice_shape, .grad = slice_grad, .gather = slice_gather, .test_inputs = slice_test, .low = -1, .high = 1,
};

/* The reverse of slice: x in a tensor of zeros. attr axis, start, size of the axis, step. */
static bool unslice_shape(const struct node *n, struct shape *out, struct text *why)
{
	int64_t axis = n->attr[0].i[0], start = n->attr[1].i[0], size = n->attr[2].i[0], step = n->attr[3].i[0];
	struct shape r = n->in[0]->shape;
	if (axis < 0 || axis >= r.rank || axis == r.batch || start < 0 || step < 1 || start + (r.dim[axis] - 1) * step >= size) {
		text_printf(why, "axis %lld cannot be placed at %lld in %lld", (long long)axis, (long long)start, (long long)size);
		return false;
	}
	r.dim[axis] = size;
	*out = r;
	return true;
}

static void unslice_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	int64_t axis = n->attr[0].i[0], size = n->in[0]->shape.dim[axis];
	struct attr a[ATTR_MAX] = {n->attr[0], n->attr[1], {.i = {n->attr[1].i[0] + (size - 1) * n->attr[3].i[0] + 1}, .count = 1}, n->attr[3]};
	dx[0] = g_op(g, "slice", 1, &dy, a, n->at);
}

static void unslice_scatter(const struct node *n, int k, const char *const *in_index, char (*out_index)[64])
{
	(void)k;
	slice_gather(n, in_index, out_index);
}

static bool unslice_test(int variant, struct shape *in, struct attr *attr)
{
	static const int64_t t[][4] = {{1, 1, 4, 1}, {0, 0, 6, 2}};
	if (variant > 1)
		return false;
	in[0] = SHAPE(3, 2);
	for (int i = 0; i < 4; i++)
		attr[i] = (struct attr){.i = {t[variant][i]}, .count = 1};
	return true;
}

static const struct op op_unslice = {
	.name = "unslice", .class = OP_LAYOUT, .inputs = 1, .synopsis = "the elements of an axis at start, start + step, ... of a longer one of zeros", .doc = "that part of dy: slice", .attrs = {"axis:int", "start:int", "size:int", "step:int"},
	.shape = unslice_shape, .grad = unslice_grad, .scatter = unslice_scatter, .fill_zero = true, .test_inputs = unslice_test, .low = -1, .high = 1,
};

/* attr axis. */
static bool concat_shape(const struct node *n, struct shape *out, struct text *why)
{
	int64_t axis = n->attr[0].i[0];
	struct shape r = n->in[0]->shape;
	if (axis < 0 || axis >= r.rank || axis == r.batch) {
		text_printf(why, axis == r.batch ? "axis %lld is the batch: samples cannot be joined" : "there is no axis %lld", (long long)axis);
		return false;
	}
	for (int k = 1; k < n->in_count; k++) {
		struct shape s = n->in[k]->shape, same = r;
		if (s.rank == r.rank)
			same.dim[axis] = s.dim[axis];
		if (!shape_equal(&s, &same)) {
			text_add(why, "shapes ");
			shape_text(&n->in[0]->shape, why);
			text_add(why, " and ");
			shape_text(&s, why);
			text_printf(why, " differ beside axis %lld\nno other axis may differ; nn_slice makes one shorter, nn_pad longer", (long long)axis);
			return false;
		}
		r.dim[axis] += s.dim[axis];
	}
	*out = r;
	return true;
}

static int64_t concat_start(const struct node *n, int k)
{
	int64_t start = 0;
	for (int i = 0; i < k; i++)
		start += n->in[i]->shape.dim[n->attr[0].i[0]];
	return start;
}

static void concat_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	for (int k = 0; k < n->in_count; k++) {
		int64_t start = concat_start(n, k), size = n->in[k]->shape.dim[n->attr[0].i[0]];
		struct attr a[ATTR_MAX] = {n->attr[0], {.i = {start}, .count = 1}, {.i = {start + size}, .count = 1}, {.i = {1}, .count = 1}};
		dx[k] = g_op(g, "slice", 1, &dy, a, n->at);
	}
}

static void concat_scatter(const struct node *n, int k, const char *const *in_index, char (*out_index)[64])
{
	int64_t start = concat_start(n, k);
	for (int i = 0; i < n->shape.rank; i++)
		if (i == n->attr[0].i[0] && start)
			snprintf(out_index[i], 64, strcmp(in_index[i], "0") == 0 ? "%.0s%lld" : "%s + %lld", in_index[i], (long long)start);
		else
			snprintf(out_index[i], 64, "%s", in_index[i]);
}

static bool concat_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = SHAPE(2, 3);
	in[1] = variant ? SHAPE(2, 2) : SHAPE(4, 3);
	attr[0] = (struct attr){.i = {variant}, .count = 1};
	return true;
}

static const struct op op_concat = {
	.name = "concat", .class = OP_LAYOUT, .inputs = -1, .synopsis = "tensors joined along an axis", .doc = "the parts of dy", .attrs = {"axis:int"},
	.shape = concat_shape, .grad = concat_grad, .scatter = concat_scatter, .test_inputs = concat_test, .low = -1, .high = 1,
};

/* ---- what users call ---- */

static int64_t layout_axis(const char *function, const struct node *x, int axis)
{
	int real_axis = axis < 0 ? axis + x->shape.rank : axis;
	if (real_axis < 0 || real_axis >= x->shape.rank)
		trace_fail("%s: axis %d, but x has %d axes", function, axis, x->shape.rank);
	return real_axis;
}

/* x in a shape that names its batch axis, too. */
static struct node *layout_reshape(struct node *x, const struct shape *s)
{
	struct attr a[ATTR_MAX] = {{.count = s->rank}, {.i = {s->batch}, .count = 1}};
	for (int i = 0; i < s->rank; i++)
		a[0].i[i] = s->dim[i];
	return trace_op(&op_reshape, 1, &x, a);
}

/* The same samples in another shape, called as nn_reshape(x, 3, 2); the sizes are those of one sample, one may be -1: what is left. */
NN_API nn_tensor nn_reshape_of(nn_tensor x, int rank, const int64_t *shape)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	if (rank >= RANK_MAX)
		trace_fail("nn_reshape: %d axes, at most %d", rank, RANK_MAX - 1);
	bool batch = in->shape.batch == 0;
	int64_t rows = batch ? in->shape.dim[0] : 1, left = shape_count(&in->shape) / rows;
	struct attr a[ATTR_MAX] = {{.count = rank + batch}, {.i = {batch ? 0 : -1}, .count = 1}};
	a[0].i[0] = rows;
	int64_t known = 1, unknown = -1;
	for (int i = 0; i < rank; i++) {
		a[0].i[i + batch] = shape[i];
		if (shape[i] == -1 && unknown < 0)
			unknown = i + batch;
		else if (shape[i] < 1)
			trace_fail("nn_reshape: size %lld for axis %d", (long long)shape[i], i);
		else
			known *= shape[i];
	}
	if (unknown >= 0)
		a[0].i[unknown] = left / known ? left / known : 1;
	return trace_op(&op_reshape, 1, &in, a);
}

/* All values of a sample in one axis: [B,...] to [B,N]. */
NN_API nn_tensor nn_flatten(nn_tensor x)
{
	return nn_reshape_of(x, 1, (int64_t[]){-1});
}

/* Swaps two axes. */
NN_API nn_tensor nn_transpose(nn_tensor x, int axis_a, int axis_b)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int64_t p = layout_axis("nn_transpose", in, axis_a), q = layout_axis("nn_transpose", in, axis_b);
	struct attr a[ATTR_MAX] = {{.count = in->shape.rank}};
	for (int i = 0; i < in->shape.rank; i++)
		a[0].i[i] = i == p ? q : i == q ? p : i;
	return trace_op(&op_transpose, 1, &in, a);
}

static struct node *sliced(const char *name, nn_tensor x, int axis, int start, int stop, int step)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int64_t which = layout_axis(name, in, axis), size = in->shape.dim[which], first = start < 0 ? start + size : start, end = stop <= 0 ? stop + size : stop;
	struct attr a[ATTR_MAX] = {{.i = {which}, .count = 1}, {.i = {first}, .count = 1}, {.i = {end}, .count = 1}, {.i = {step}, .count = 1}};
	struct text is = {0};
	shape_text(&in->shape, &is);
	if (which == in->shape.batch)
		trace_fail("%s: axis %d of x %s is the batch: all of its samples are computed\nslice another axis, or leave samples out in the data module", name, axis, is.at);
	if (step < 1)
		trace_fail("%s: a step of %d; it is at least 1\nnn_flip turns an axis round", name, step);
	if (first < 0 || end > size)
		trace_fail("%s: elements %d to %d of axis %d of x %s, which has %lld\nthe first is 0, and stop is one behind the last", name, start, stop, axis, is.at, (long long)size);
	if (first >= end)
		trace_fail("%s: no element from %d to %d of axis %d of x %s; a tensor has at least 1\nleave an empty part out", name, start, stop, axis, is.at);
	text_free(&is);
	return trace_op(&op_slice, 1, &in, a);
}

/* Elements start .. stop - 1 of an axis; stop < 0 or start < 0 count from the end, stop 0 means up to the end. */
NN_API nn_tensor nn_slice(nn_tensor x, int axis, int start, int stop)
{
	return sliced("nn_slice", x, axis, start, stop, 1);
}

/* Every `step`th of them: x[:, start:stop:step]. */
NN_API nn_tensor nn_slice_step(nn_tensor x, int axis, int start, int stop, int step)
{
	return sliced("nn_slice_step", x, axis, start, stop, step);
}

/* Joins two tensors along an axis. */
NN_API nn_tensor nn_concat(nn_tensor x, nn_tensor y, int axis)
{
	struct node *in[] = {trace_arg(x, "x", 1, RANK_MAX), trace_arg(y, "y", 1, RANK_MAX)};
	struct attr a[ATTR_MAX] = {{.i = {layout_axis("nn_concat", in[0], axis)}, .count = 1}};
	return trace_op(&op_concat, 2, in, a);
}

/* Joins `count` tensors (at most 8) along an axis. */
NN_API nn_tensor nn_concat_of(int count, const nn_tensor *x, int axis)
{
	if (count < 1 || count > INPUT_MAX)
		trace_fail("nn_concat_of: %d tensors, 1 to %d are possible", count, INPUT_MAX);
	struct node *in[INPUT_MAX];
	for (int k = 0; k < count; k++)
		in[k] = trace_arg(x[k], "x", 1, RANK_MAX);
	struct attr a[ATTR_MAX] = {{.i = {layout_axis("nn_concat_of", in[0], axis)}, .count = 1}};
	return trace_op(&op_concat, count, in, a);
}
#endif
