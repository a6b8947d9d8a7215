/* Ops: sum, amax, prod, samples
** Reductions over axes, in the written order: the last axis runs fastest. mean is a sum times the reciprocal of the count, where the
** count of a reduction over the batch is that of the samples really there: op samples. */
#ifdef OP_RULES

/* attr axes: which; keepdim: stay as size 1. */
static bool reduce_shape(const struct node *n, struct shape *out, struct text *why)
{
	const struct shape *s = &n->in[0]->shape;
	bool gone[RANK_MAX] = {false}, keep = n->attr[1].i[0];
	for (int i = 0; i < n->attr[0].count; i++) {
		int64_t axis = n->attr[0].i[i];
		if (axis < 0 || axis >= s->rank || gone[axis]) {
			text_printf(why, "axis %lld of %d axes", (long long)axis, s->rank);
			return false;
		}
		gone[axis] = true;
	}
	struct shape r = {.batch = -1};
	for (int i = 0; i < s->rank; i++) {
		if (gone[i] && !keep)
			continue;
		if (!gone[i] && i == s->batch)
			r.batch = r.rank;
		r.dim[r.rank++] = gone[i] ? 1 : s->dim[i];
	}
	*out = r;
	return true;
}

/* `y`, whose axes were reduced away without keepdim, with these axes as size 1 again. */
static struct node *reduce_keep(struct graph *g, struct node *n, struct node *y)
{
	if (n->attr[1].i[0])
		return y;
	struct shape s = n->in[0]->shape;
	for (int i = 0; i < n->attr[0].count; i++) {
		int64_t axis = n->attr[0].i[i];
		s.dim[axis] = 1;
		if (axis == s.batch)
			s.batch = -1;
	}
	struct attr a[ATTR_MAX] = {{.count = s.rank}, {.i = {s.batch}, .count = 1}};
	for (int i = 0; i < s.rank; i++)
		a[0].i[i] = s.dim[i];
	return g_op(g, "reshape", 1, &y, a, n->at);
}

static struct node *expand_to(struct graph *g, struct node *x, const struct shape *s)
{
	if (shape_equal(&x->shape, s))
		return x;
	struct attr a[ATTR_MAX] = {{.count = s->rank}, {.i = {s->batch}, .count = 1}};
	for (int i = 0; i < s->rank; i++)
		a[0].i[i] = s->dim[i];
	return g_op(g, "expand", 1, &x, a, x->at);
}

static void sum_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	dx[0] = expand_to(g, reduce_keep(g, n, dy), &n->in[0]->shape);
}

/* Ties share the gradient, as torch.amax does. */
static void amax_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct node *top = reduce_keep(g, n, n), *d = reduce_keep(g, n, dy);
	struct node *is_top = g_op(g, "eq", 2, (struct node *[]){n->in[0], top}, NULL, n->at);
	struct attr keep[ATTR_MAX] = {n->attr[0], {.i = {1}, .count = 1}};
	struct node *ties = g_op(g, "sum", 1, &is_top, keep, n->at);
	struct node *share = g_op(g, "div", 2, (struct node *[]){d, ties}, NULL, n->at);
	dx[0] = g_op(g, "mul", 2, (struct node *[]){is_top, share}, NULL, n->at);
}

/* The product of the others: x' is x with 1 for its zeros. Without a zero it is prod(x') / x; beside one zero that of all others is
** prod(x') and theirs is 0; beside more, all are. */
static void prod_grad(struct graph *g, struct node *n, struct node *dy, struct node **dx)
{
	struct attr keep[ATTR_MAX] = {n->attr[0], {.i = {1}, .count = 1}};
	struct binding b[] = {{"x", n->in[0]}, {"zero", NULL}, {"some", NULL}, {"all", NULL}, {"zeros", NULL}, {"dy", reduce_keep(g, n, dy)}};
	b[1].node = graph_expr(g, "eq(x, 0)", b, 1, n->at);
	b[2].node = graph_expr(g, "x + zero", b, 2, n->at);
	b[3].node = g_op(g, "prod", 1, &b[2].node, keep, n->at);
	b[4].node = g_op(g, "sum", 1, &b[1].node, keep, n->at);
	dx[0] = graph_expr(g, "eq(zero, zeros) * (all * dy / some)", b, 6, n->at);
}

static bool reduce_test(int variant, struct shape *in, struct attr *attr)
{
	static const struct { int rank; int64_t dim[3]; int count; int64_t axes[3]; int keep; } t[] = {
		{1, {5}, 1, {0}, 0}, {2, {3, 4}, 1, {0}, 0}, {2, {3, 4}, 1, {1}, 1}, {2, {3, 4}, 2, {0, 1}, 0}, {3, {2, 3, 4}, 1, {1}, 0}, {3, {2, 3, 4}, 2, {0, 2}, 1},
		{3, {2, 3, 37}, 2, {1, 2}, 0}};
	if (variant >= (int)(sizeof t / sizeof *t))
		return false;
	in[0] = shape_of(t[variant].rank, t[variant].dim);
	attr[0].count = t[variant].count;
	for (int i = 0; i < t[variant].count; i++)
		attr[0].i[i] = t[variant].axes[i];
	attr[1] = (struct attr){.i = {t[variant].keep}, .count = 1};
	return true;
}

static const struct op op_sum = {
	.name = "sum", .class = OP_REDUCE, .inputs = 1, .synopsis = "sum over axes", .doc = "dy stretched over the axes", .attrs = {"axes:ints", "keepdim:bool"},
	.shape = reduce_shape, .grad = sum_grad, .test_inputs = reduce_test, .low = -2, .high = 2, .value = "a + b", .flops = 1,
};
static const struct op op_amax = {
	.name = "amax", .class = OP_REDUCE, .inputs = 1, .synopsis = "largest value over axes", .doc = "dy to the largest; ties share it", .attrs = {"axes:ints", "keepdim:bool"},
	.shape = reduce_shape, .grad = amax_grad, .test_inputs = reduce_test, .low = -2, .high = 2, .value = "max_(a, b)", .flops = 1,
};
static const struct op op_prod = {
	.name = "prod", .class = OP_REDUCE, .inputs = 1, .synopsis = "product over axes", .doc = "dy times the product of the others", .attrs = {"axes:ints", "keepdim:bool"},
	.shape = reduce_shape, .grad = prod_grad, .test_inputs = reduce_test, .low = 0.5, .high = 2, .value = "a * b", .flops = 1,
};

static bool scalar_shape(const struct node *n, struct shape *out, struct text *why)
{
	(void)n, (void)why;
	*out = (struct shape){.batch = -1};
	return true;
}

static const struct op op_samples = {
	.name = "samples", .class = OP_ELEMENTWISE, .inputs = 0, .synopsis = "how many samples this batch holds", .shape = scalar_shape, .value = "splat_((scalar)n)",
};

/* The axes of a reduction as the user gives them: none means all; negative ones count from the end. */
static struct node *reduce_axes(const struct op *op, struct node *x, int count, const int *axes, bool keepdim)
{
	struct attr a[ATTR_MAX] = {{.count = count ? count : x->shape.rank}, {.i = {keepdim}, .count = 1}};
	if (count > RANK_MAX)
		trace_fail("nn_%s: %d axes, a tensor has at most %d", op->name, count, RANK_MAX);
	for (int i = 0; i < a[0].count; i++) {
		int axis = count ? axes[i] : i;
		a[0].i[i] = axis < 0 ? axis + x->shape.rank : axis;
		if (a[0].i[i] < 0 || a[0].i[i] >= x->shape.rank)
			trace_fail("nn_%s: axis %d, but x has %d axes", op->name, axis, x->shape.rank);
	}
	return a[0].count ? trace_op(op, 1, &x, a) : x;
}

static struct node *mean_of(struct node *x, struct node *sum)
{
	bool over_batch = x->shape.batch >= 0 && sum->shape.batch < 0;
	int64_t count = shape_count(&x->shape) / shape_count(&sum->shape) / (over_batch ? trace_graph()->batch : 1);
	struct node *scale = trace_const(1.0 / (double)count);
	struct node *mean = trace_op(op_find("mul"), 2, (struct node *[]){sum, scale}, NULL);
	if (!over_batch)
		return mean;
	struct node *samples = trace_op(&op_samples, 0, NULL, NULL);
	return trace_op(op_find("div"), 2, (struct node *[]){mean, samples}, NULL);
}

/* Sum over all axes: one number. */
NN_API nn_tensor nn_sum(nn_tensor x)
{
	return reduce_axes(&op_sum, trace_arg(x, "x", 0, RANK_MAX), 0, NULL, false);
}

/* Sum over one axis; an axis < 0 counts from the end. keepdim: the axis stays as size 1. */
NN_API nn_tensor nn_sum_axis(nn_tensor x, int axis, bool keepdim)
{
	return reduce_axes(&op_sum, trace_arg(x, "x", 1, RANK_MAX), 1, &axis, keepdim);
}

/* Sum over `count` axes. */
NN_API nn_tensor nn_sum_axes(nn_tensor x, int count, const int *axes, bool keepdim)
{
	return reduce_axes(&op_sum, trace_arg(x, "x", 1, RANK_MAX), count, axes, keepdim);
}

/* Mean over all axes: one number. */
NN_API nn_tensor nn_mean(nn_tensor x)
{
	struct node *in = trace_arg(x, "x", 0, RANK_MAX);
	return mean_of(in, reduce_axes(&op_sum, in, 0, NULL, false));
}

/* Mean over one axis. */
NN_API nn_tensor nn_mean_axis(nn_tensor x, int axis, bool keepdim)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	return mean_of(in, reduce_axes(&op_sum, in, 1, &axis, keepdim));
}

/* Mean over `count` axes. */
NN_API nn_tensor nn_mean_axes(nn_tensor x, int count, const int *axes, bool keepdim)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	return mean_of(in, reduce_axes(&op_sum, in, count, axes, keepdim));
}

/* How many samples the batch holds, a tensor of rank 0: the last one may be smaller. */
NN_API nn_tensor nn_samples(void)
{
	return trace_op(&op_samples, 0, NULL, NULL);
}

/* Largest value over all axes: one number. */
NN_API nn_tensor nn_max(nn_tensor x)
{
	return reduce_axes(&op_amax, trace_arg(x, "x", 0, RANK_MAX), 0, NULL, false);
}

/* Largest value over one axis (torch.amax). */
NN_API nn_tensor nn_max_axis(nn_tensor x, int axis, bool keepdim)
{
	return reduce_axes(&op_amax, trace_arg(x, "x", 1, RANK_MAX), 1, &axis, keepdim);
}

/* Largest value over `count` axes. */
NN_API nn_tensor nn_max_axes(nn_tensor x, int count, const int *axes, bool keepdim)
{
	return reduce_axes(&op_amax, trace_arg(x, "x", 1, RANK_MAX), count, axes, keepdim);
}

/* Smallest value over all axes: one number. */
NN_API nn_tensor nn_min(nn_tensor x)
{
	struct node *minus = trace_op(op_find("neg"), 1, (struct node *[]){trace_arg(x, "x", 0, RANK_MAX)}, NULL);
	return trace_op(op_find("neg"), 1, (struct node *[]){reduce_axes(&op_amax, minus, 0, NULL, false)}, NULL);
}

/* Smallest value over one axis (torch.amin). */
NN_API nn_tensor nn_min_axis(nn_tensor x, int axis, bool keepdim)
{
	struct node *minus = trace_op(op_find("neg"), 1, (struct node *[]){trace_arg(x, "x", 1, RANK_MAX)}, NULL);
	return trace_op(op_find("neg"), 1, (struct node *[]){reduce_axes(&op_amax, minus, 1, &axis, keepdim)}, NULL);
}

/* Smallest value over `count` axes. */
NN_API nn_tensor nn_min_axes(nn_tensor x, int count, const int *axes, bool keepdim)
{
	struct node *minus = trace_op(op_find("neg"), 1, (struct node *[]){trace_arg(x, "x", 1, RANK_MAX)}, NULL);
	return trace_op(op_find("neg"), 1, (struct node *[]){reduce_axes(&op_amax, minus, count, axes, keepdim)}, NULL);
}
#endif
