/* Statistics: products, variances, deviations and lengths, made of other ops. Formulas and defaults of torch.prod, var, std and linalg.vector_norm. */
#ifdef OP_RULES

/* How many values a reduction of x to y adds up, the samples that are there counted. */
static nn_tensor values_of(const struct node *x, const struct node *y)
{
	bool over_batch = x->shape.batch >= 0 && y->shape.batch < 0;
	double count = (double)shape_count(&x->shape) / (double)shape_count(&y->shape);
	return over_batch ? nn_mul(count / trace_graph()->batch, nn_samples()) : nn_constant(count);
}

static nn_tensor variance(nn_tensor x, int count, const int *axes, int correction, bool keepdim)
{
	nn_tensor centred = nn_sub(x, nn_mean_axes(x, count, axes, true)), sum = nn_sum_axes(nn_square(centred), count, axes, keepdim);
	return nn_div(sum, nn_sub(values_of(x, sum), correction));
}

static int all_axes(const struct node *x, int *axes)
{
	for (int i = 0; i < x->shape.rank; i++)
		axes[i] = i;
	return x->shape.rank;
}

/* sum((x - mean)^2) / (N - correction) over an axis; torch's correction is 1. */
NN_API nn_tensor nn_var_axis(nn_tensor x, int axis, int correction, bool keepdim)
{
	return variance(trace_arg(x, "x", 1, RANK_MAX), 1, &axis, correction, keepdim);
}

/* The same over all axes: one number. */
NN_API nn_tensor nn_var(nn_tensor x, int correction)
{
	int axes[RANK_MAX];
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	return variance(in, all_axes(in, axes), axes, correction, false);
}

/* The same over `count` axes. */
NN_API nn_tensor nn_var_axes(nn_tensor x, int count, const int *axes, int correction, bool keepdim)
{
	return variance(trace_arg(x, "x", 1, RANK_MAX), count, axes, correction, keepdim);
}

/* The root of nn_var_axis. */
NN_API nn_tensor nn_std_axis(nn_tensor x, int axis, int correction, bool keepdim)
{
	return nn_sqrt(variance(trace_arg(x, "x", 1, RANK_MAX), 1, &axis, correction, keepdim));
}

/* The root of nn_var_axes. */
NN_API nn_tensor nn_std_axes(nn_tensor x, int count, const int *axes, int correction, bool keepdim)
{
	return nn_sqrt(variance(trace_arg(x, "x", 1, RANK_MAX), count, axes, correction, keepdim));
}

/* The root of nn_var. */
NN_API nn_tensor nn_std(nn_tensor x, int correction)
{
	int axes[RANK_MAX];
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	return nn_sqrt(variance(in, all_axes(in, axes), axes, correction, false));
}

/* (sum |x|^p)^(1/p). The gradient of a length of 0 is 0: the root sees 1 there. */
static nn_tensor length(nn_tensor x, double p, int count, const int *axes, bool keepdim)
{
	if (isnan(p))
		trace_fail("nn_norm: p is no number; 2 is the usual length, INFINITY the largest, -INFINITY the smallest, 0 counts what is not 0");
	if (p > 1e30)
		return reduce_axes(&op_amax, nn_abs(x), count, axes, keepdim);
	if (p < -1e30)
		return nn_neg(reduce_axes(&op_amax, nn_neg(nn_abs(x)), count, axes, keepdim));
	if (p == 0)
		return nn_sum_axes(nn_ne(x, 0), count, axes, keepdim);
	if (p < 0)
		return nn_pow(nn_sum_axes(nn_pow(nn_abs(x), p), count, axes, keepdim), 1 / p);
	if (p == 1)
		return nn_sum_axes(nn_abs(x), count, axes, keepdim);
	nn_tensor sum = nn_sum_axes(p == 2 ? nn_square(x) : nn_pow(nn_abs(x), p), count, axes, keepdim), there = nn_gt(sum, 0), some = nn_where(there, sum, 1);
	return nn_where(there, p == 2 ? nn_sqrt(some) : nn_pow(some, 1 / p), 0);
}

/* (sum |x|^p)^(1/p) over an axis; p 2 is the usual length, 1 the sum, INFINITY the largest, -INFINITY the smallest, 0 how many
** are not 0 (torch.linalg.vector_norm). */
NN_API nn_tensor nn_norm_axis(nn_tensor x, double p, int axis, bool keepdim)
{
	return length(trace_arg(x, "x", 1, RANK_MAX), p, 1, &axis, keepdim);
}

/* The same over `count` axes. */
NN_API nn_tensor nn_norm_axes(nn_tensor x, double p, int count, const int *axes, bool keepdim)
{
	return length(trace_arg(x, "x", 1, RANK_MAX), p, count, axes, keepdim);
}

/* The same over all axes: one number. */
NN_API nn_tensor nn_norm(nn_tensor x, double p)
{
	int axes[RANK_MAX];
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	return length(in, p, all_axes(in, axes), axes, false);
}

/* Product over an axis (torch.prod): first half times second half, until one is left, so that zeros need no case of their own. */
NN_API nn_tensor nn_prod_axis(nn_tensor x, int axis, bool keepdim)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int64_t at = layout_axis("nn_prod_axis", in, axis);
	if (at == in->shape.batch)
		trace_fail("nn_prod_axis: axis %d is the batch; products are of the values of one sample", axis);
	while (in->shape.dim[at] > 1) {
		int64_t size = in->shape.dim[at], half = size / 2;
		nn_tensor y = nn_mul(part_of(in, at, 0, half), part_of(in, at, half, 2 * half));
		in = joined(at, y, size % 2 ? part_of(in, at, size - 1, size) : NULL, NULL);
	}
	return keepdim ? in : nn_squeeze(in, (int)at);
}

/* Product of all: one number. */
NN_API nn_tensor nn_prod(nn_tensor x)
{
	return reduce_axes(&op_prod, trace_arg(x, "x", 0, RANK_MAX), 0, NULL, false);
}

/* nn_cumsum over any axis but the batch (torch.cumsum with dim). */
NN_API nn_tensor nn_cumsum_axis(nn_tensor x, int axis)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int last = in->shape.rank - 1, which = axis < 0 ? axis + in->shape.rank : axis;
	if (which < 0 || which > last || which == in->shape.batch)
		trace_fail("nn_cumsum_axis: axis %d of %d axes; it cannot be the batch", axis, in->shape.rank);
	return which == last ? nn_cumsum(in) : nn_transpose(nn_cumsum(nn_transpose(in, which, last)), which, last);
}
#endif
