/* Ops: flip
** More functions of shapes, most of them made of the ops of layout.c: order, padding, stacks and parts. */
#ifdef OP_RULES

/* attr axis: taken from the end to the start. */
static bool flip_shape(const struct node *n, struct shape *out, struct text *why)
{
	int64_t axis = n->attr[0].i[0];
	*out = n->in[0]->shape;
	if (axis >= 0 && axis < out->rank && axis != out->batch)
		return true;
	text_printf(why, axis == out->batch ? "axis %lld is the batch: samples cannot be turned round" : "there is no axis %lld", (long long)axis);
	return false;
}

static void flip_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = g_op(g, "flip", 1, &dy, n->attr, n->at);
}

static void flip_gather(const struct node *n, const char *const *out_index, char (*in_index)[64])
{
	for (int i = 0; i < n->shape.rank; i++)
		if (i == n->attr[0].i[0] && n->shape.dim[i] > 1)
			snprintf(in_index[i], 64, "%lld - %s", (long long)n->shape.dim[i] - 1, out_index[i]);
		else
			snprintf(in_index[i], 64, "%s", out_index[i]);
}

static bool flip_test(int variant, struct shape *in, struct attr *attr)
{
	if (variant > 1)
		return false;
	in[0] = variant ? SHAPE(4, 1, 3) : SHAPE(3, 5);
	attr[0] = (struct attr){.i = {1}, .count = 1};
	return true;
}

static const struct op op_flip = {
	.name = "flip", .class = OP_LAYOUT, .inputs = 1, .synopsis = "an axis from its end to its start", .doc = "dy turned round, too", .attrs = {"axis:int"},
	.shape = flip_shape, .grad = flip_grad, .gather = flip_gather, .test_inputs = flip_test, .low = -1, .high = 1,
};

/* An axis from its end to its start (torch.flip). */
NN_API nn_tensor nn_flip(nn_tensor x, int axis)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	struct attr a[ATTR_MAX] = {{.i = {layout_axis("nn_flip", in, axis)}, .count = 1}};
	return trace_op(&op_flip, 1, &in, a);
}

/* Elements start .. stop - 1 of an axis, both counted from its start. */
static nn_tensor part_of(struct node *x, int64_t axis, int64_t start, int64_t stop)
{
	struct attr a[ATTR_MAX] = {{.i = {axis}, .count = 1}, {.i = {start}, .count = 1}, {.i = {stop}, .count = 1}, {.i = {1}, .count = 1}};
	return start == 0 && stop == x->shape.dim[axis] ? x : trace_op(&op_slice, 1, &x, a);
}

static nn_tensor joined(int64_t axis, nn_tensor a, nn_tensor b, nn_tensor c)
{
	struct node *all[] = {a, b, c}, *in[3];
	int count = 0;
	for (int i = 0; i < 3; i++)
		if (all[i])
			in[count++] = all[i];
	struct attr attr[ATTR_MAX] = {{.i = {axis}, .count = 1}};
	return count == 1 ? in[0] : trace_op(&op_concat, count, in, attr);
}

/* Elements moved by `shift` places along an axis; those that leave at one end come in at the other (torch.roll). */
NN_API nn_tensor nn_roll(nn_tensor x, int axis, int shift)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int64_t which = layout_axis("nn_roll", in, axis), size = in->shape.dim[which], cut = ((-(int64_t)shift) % size + size) % size;
	if (which == in->shape.batch)
		trace_fail("nn_roll: axis %d is the batch: samples cannot be moved", axis);
	return cut ? joined(which, part_of(in, which, cut, size), part_of(in, which, 0, cut), NULL) : in;
}

/* x with axis `axis` stretched from 1 to `size`. */
static nn_tensor stretched_axis(struct node *x, int64_t axis, int64_t size)
{
	struct attr a[ATTR_MAX] = {{.count = x->shape.rank}, {.i = {x->shape.batch}, .count = 1}};
	for (int i = 0; i < x->shape.rank; i++)
		a[0].i[i] = i == axis ? size : x->shape.dim[i];
	return size == x->shape.dim[axis] ? x : trace_op(&op_expand, 1, &x, a);
}

enum pad_kind { PAD_VALUE, PAD_REFLECT, PAD_REPLICATE, PAD_CIRCULAR };

/* What stands before (first) or behind an axis. */
static nn_tensor pad_part(struct node *x, int64_t axis, int64_t count, bool first, enum pad_kind kind, double value)
{
	int64_t size = x->shape.dim[axis], edge = first ? 0 : size - 1;
	if (!count)
		return NULL;
	if (kind == PAD_REFLECT)
		return nn_flip(part_of(x, axis, first ? 1 : size - 1 - count, first ? 1 + count : size - 1), (int)axis);
	if (kind == PAD_CIRCULAR)
		return part_of(x, axis, first ? size - count : 0, first ? size : count);
	if (kind == PAD_REPLICATE)
		return stretched_axis(part_of(x, axis, edge, edge + 1), axis, count);
	struct node *number = trace_const(value);
	struct attr a[ATTR_MAX] = {{.count = x->shape.rank}, {.i = {x->shape.batch}, .count = 1}};
	for (int i = 0; i < x->shape.rank; i++)
		a[0].i[i] = i == axis ? count : x->shape.dim[i];
	return trace_op(&op_expand, 1, &number, a);
}

static nn_tensor padded(const char *name, nn_tensor x, enum pad_kind kind, double value, int count, const int64_t *pads)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	if (count < 2 || count % 2 || count / 2 > in->shape.rank - (in->shape.batch == 0))
		trace_fail("%s: %d numbers for %d axes; two an axis are needed, of the last axis first, and none for the batch", name, count, in->shape.rank);
	for (int i = 0; i < count / 2; i++) {
		int64_t axis = in->shape.rank - 1 - i, size = in->shape.dim[axis], before = pads[2 * i], behind = pads[2 * i + 1];
		int64_t most = kind == PAD_REFLECT ? size - 1 : kind == PAD_CIRCULAR ? size : 1 << 20, larger = before > behind ? before : behind;
		if (before < 0 || behind < 0 || larger > most)
			trace_fail("%s: %lld and %lld at an axis of %lld; 0 to %lld are possible%s", name, (long long)before, (long long)behind, (long long)size, (long long)most,
				before < 0 || behind < 0 ? "\nnn_slice takes places away" : "");
		if (kind == PAD_VALUE && value == 0 && larger) {
			struct attr a[ATTR_MAX] = {{.i = {axis}, .count = 1}, {.i = {before}, .count = 1}, {.i = {before + size + behind}, .count = 1}, {.i = {1}, .count = 1}};
			in = trace_op(&op_unslice, 1, &in, a);
		} else {
			in = joined(axis, pad_part(in, axis, before, true, kind, value), in, pad_part(in, axis, behind, false, kind, value));
		}
	}
	return in;
}

/* A border of `value`, called as nn_pad(x, 0, left, right, top, bottom): two numbers an axis, of the last axis first (torch.nn.functional.pad). */
NN_API nn_tensor nn_pad_of(nn_tensor x, double value, int count, const int64_t *pads)
{
	return padded("nn_pad", x, PAD_VALUE, value, count, pads);
}

/* A border that mirrors what is inside, the edge not repeated: nn_reflection_pad(x, left, right, top, bottom). */
NN_API nn_tensor nn_reflection_pad_of(nn_tensor x, int count, const int64_t *pads)
{
	return padded("nn_reflection_pad", x, PAD_REFLECT, 0, count, pads);
}

/* A border that repeats the edge: nn_replication_pad(x, left, right, top, bottom). */
NN_API nn_tensor nn_replication_pad_of(nn_tensor x, int count, const int64_t *pads)
{
	return padded("nn_replication_pad", x, PAD_REPLICATE, 0, count, pads);
}

/* A border that goes on at the other end: nn_circular_pad(x, left, right, top, bottom). */
NN_API nn_tensor nn_circular_pad_of(nn_tensor x, int count, const int64_t *pads)
{
	return padded("nn_circular_pad", x, PAD_CIRCULAR, 0, count, pads);
}

/* A new axis of size 1 before `axis`; -1: behind the last (torch.unsqueeze). */
NN_API nn_tensor nn_unsqueeze(nn_tensor x, int axis)
{
	struct node *in = trace_arg(x, "x", 0, RANK_MAX - 1);
	int at = axis < 0 ? axis + in->shape.rank + 1 : axis;
	if (at < 0 || at > in->shape.rank || (at == 0 && in->shape.batch == 0))
		trace_fail("nn_unsqueeze: axis %d, but x has %d axes%s", axis, in->shape.rank, in->shape.batch == 0 ? ", and the samples stand in the first" : "");
	struct shape s = {.rank = in->shape.rank + 1, .batch = in->shape.batch + (in->shape.batch >= at)};
	for (int i = 0; i < s.rank; i++)
		s.dim[i] = i == at ? 1 : in->shape.dim[i - (i > at)];
	return layout_reshape(in, &s);
}

/* Without the axis, whose size is 1 (torch.squeeze). */
NN_API nn_tensor nn_squeeze(nn_tensor x, int axis)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int64_t at = layout_axis("nn_squeeze", in, axis);
	if (in->shape.dim[at] != 1 || at == in->shape.batch)
		trace_fail("nn_squeeze: axis %d %s", axis, at == in->shape.batch ? "is the batch, which stays" : "has more than one element\nnn_slice takes one of them, nn_reshape joins axes");
	struct shape s = {.rank = in->shape.rank - 1, .batch = in->shape.batch - (in->shape.batch > at)};
	for (int i = 0; i < s.rank; i++)
		s.dim[i] = in->shape.dim[i + (i >= at)];
	return layout_reshape(in, &s);
}

/* Tensors of one shape along a new axis (torch.stack): at most 8. */
NN_API nn_tensor nn_stack_of(int count, const nn_tensor *x, int axis)
{
	nn_tensor in[INPUT_MAX];
	if (count < 1 || count > INPUT_MAX)
		trace_fail("nn_stack_of: %d tensors, 1 to %d are possible", count, INPUT_MAX);
	for (int k = 0; k < count; k++)
		in[k] = nn_unsqueeze(trace_arg(x[k], "x", 0, RANK_MAX - 1), axis);
	return nn_concat_of(count, in, axis < 0 ? axis + in[0]->shape.rank : axis);
}

/* Two tensors of one shape along a new axis. */
NN_API nn_tensor nn_stack(nn_tensor x, nn_tensor y, int axis)
{
	return nn_stack_of(2, (nn_tensor[]){trace_arg(x, "x", 0, RANK_MAX - 1), trace_arg(y, "y", 0, RANK_MAX - 1)}, axis);
}

/* Parts of `size` elements of an axis, the last one smaller where it does not divide (torch.split): at most 8. */
NN_API nn_tensors nn_split(nn_tensor x, int axis, int size)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int64_t at = layout_axis("nn_split", in, axis), whole = in->shape.dim[at];
	if (size < 1 || (whole + size - 1) / size > NN_TENSORS_MAX || at == in->shape.batch)
		trace_fail("nn_split: parts of %d of axis %d of size %lld%s; 1 to %d parts are possible\nnn_slice takes any part", size, axis, (long long)whole, at == in->shape.batch ? ", the batch" : "",
			NN_TENSORS_MAX);
	nn_tensors parts = {0};
	for (int64_t start = 0; start < whole; start += size)
		parts.at[parts.count++] = part_of(in, at, start, start + size < whole ? start + size : whole);
	return parts;
}

/* Parts of `count` sizes that together are the axis (torch.split with a list): at most 8. */
NN_API nn_tensors nn_split_of(nn_tensor x, int axis, int count, const int *sizes)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int64_t at = layout_axis("nn_split_of", in, axis), whole = in->shape.dim[at], sum = 0;
	nn_tensors parts = {0};
	if (count < 1 || count > NN_TENSORS_MAX || at == in->shape.batch)
		trace_fail("nn_split_of: %d parts of axis %d of size %lld%s; 1 to %d parts are possible", count, axis, (long long)whole, at == in->shape.batch ? ", the batch" : "", NN_TENSORS_MAX);
	for (int i = 0; i < count; i++) {
		if (sizes[i] < 1)
			trace_fail("nn_split_of: part %d of %d has size %d, of an axis of %lld; a tensor has at least 1 element\nleave the part out", i, count, sizes[i], (long long)whole);
		sum += sizes[i];
	}
	if (sum != whole)
		trace_fail("nn_split_of: the %d parts have %lld elements together, axis %d has %lld; they must be as many", count, (long long)sum, axis, (long long)whole);
	int64_t start = 0;
	for (int i = 0; i < count; i++) {
		parts.at[parts.count++] = part_of(in, at, start, start + sizes[i]);
		start += sizes[i];
	}
	return parts;
}

/* Axes in another order, called as nn_permute(x, 0, 2, 1): axis i of the result is axis order[i] of x (torch.permute). */
NN_API nn_tensor nn_permute_of(nn_tensor x, int count, const int64_t *order)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	struct attr a[ATTR_MAX] = {{.count = count}};
	if (count != in->shape.rank)
		trace_fail("nn_permute: %d numbers for %d axes\ngive each axis once, the batch 0 among them", count, in->shape.rank);
	for (int i = 0; i < count; i++)
		a[0].i[i] = order[i] < 0 ? order[i] + count : order[i];
	return trace_op(&op_transpose, 1, &in, a);
}

/* Axes of 1 stretched, called as nn_expand(x, 3, 4): the sizes of one sample, -1 for one that stays; more sizes than axes add axes in front (torch.expand). */
NN_API nn_tensor nn_expand_of(nn_tensor x, int count, const int64_t *sizes)
{
	struct node *in = trace_arg(x, "x", 0, RANK_MAX);
	bool batch = in->shape.batch == 0;
	int rank = count + batch, extra = rank - in->shape.rank;
	if (rank > RANK_MAX || extra < 0 || (batch && extra))
		trace_fail("nn_expand: %d sizes for %d axes%s", count, in->shape.rank, batch ? "; that of the batch is not among them" : "");
	struct attr a[ATTR_MAX] = {{.count = rank}, {.i = {in->shape.batch < 0 ? -1 : in->shape.batch + extra}, .count = 1}};
	for (int i = 0; i < rank; i++)
		a[0].i[i] = batch && i == 0 ? in->shape.dim[0] : sizes[i - batch] == -1 && i >= extra ? in->shape.dim[i - extra] : sizes[i - batch];
	return trace_op(&op_expand, 1, &in, a);
}
#endif
