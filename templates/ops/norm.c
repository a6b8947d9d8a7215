/* Ops: batch_norm, layer_norm, group_norm, instance_norm, rms_norm, weight_norm
** Normalisation, made of other ops: (x - mean) / sqrt(var + eps), then a weight and a bias a feature. Formulas, defaults and names of
** torch.nn.BatchNorm1d to 3d, LayerNorm, GroupNorm, InstanceNorm, RMSNorm. */
#ifdef OP_RULES

struct centred { nn_tensor mean, centred, variance; };   /* variance: biased, as torch uses it here; axes kept as size 1 */

static struct centred centred(nn_tensor x, int count, const int *axes)
{
	struct centred c = {.mean = nn_mean_axes(x, count, axes, true)};
	c.centred = nn_sub(x, c.mean);
	c.variance = nn_mean_axes(nn_square(c.centred), count, axes, true);
	return c;
}

/* [C] as [1,C,1,...], to be multiplied with [B,C,...]. */
static nn_tensor along_channels(nn_tensor v, const struct node *x)
{
	struct shape s = {.rank = x->shape.rank, .batch = -1};
	for (int i = 0; i < s.rank; i++)
		s.dim[i] = i == 1 ? x->shape.dim[1] : 1;
	return nn_reshape_of(v, s.rank, s.dim);
}

static nn_tensor scaled(nn_tensor y, const struct node *x)
{
	struct shape channels = SHAPE(x->shape.dim[1]);
	nn_tensor weight = trace_param("weight", channels, "ones"), bias = trace_param("bias", channels, "zeros");
	return nn_add(nn_mul(y, along_channels(weight, x)), along_channels(bias, x));
}

static struct node *channels_arg(const char *name, nn_tensor x, int min_rank, double eps)
{
	struct node *in = trace_arg(x, "x", min_rank, RANK_MAX);
	if (in->shape.batch != 0) {
		struct text is = {0};
		shape_text(&in->shape, &is);
		trace_fail("%s: x has shape %s; the samples must stand in the first axis, the channels in the second", name, is.at);
	}
	if (!(eps >= 0) || eps > 1)
		trace_fail("%s: eps is %g; it is a small number that keeps the root from 0, 1e-5 for example", name, eps);
	return in;
}

/* All axes but the channels'. */
static int other_axes(const struct node *x, int *axes)
{
	int count = 0;
	for (int i = 0; i < x->shape.rank; i++)
		if (i != 1)
			axes[count++] = i;
	return count;
}

/* running = (1 - momentum) running + momentum now; the variance unbiased, as torch keeps it. */
static void keep_running(const struct node *x, const struct centred *c, nn_tensor mean, nn_tensor variance, double momentum)
{
	double places = 1;
	for (int i = 2; i < x->shape.rank; i++)
		places *= (double)x->shape.dim[i];
	nn_tensor values = nn_mul(places, nn_samples());
	nn_tensor unbiased = nn_mul(nn_reshape_of(c->variance, 1, &x->shape.dim[1]), nn_div(values, nn_maximum(nn_sub(values, 1), 1)));
	trace_update(mean, nn_add(nn_mul(1 - momentum, mean), nn_mul(momentum, nn_reshape_of(c->mean, 1, &x->shape.dim[1]))));
	trace_update(variance, nn_add(nn_mul(1 - momentum, variance), nn_mul(momentum, unbiased)));
}

/* Over the batch and the places of each channel; without training with the running mean and variance. x: [B,C] or [B,C,...]. */
NN_API nn_tensor nn_batch_norm_with(nn_tensor x, double eps, double momentum, bool affine)
{
	struct node *in = channels_arg("nn_batch_norm", x, 2, eps);
	if (!(momentum >= 0 && momentum <= 1))
		trace_fail("nn_batch_norm: momentum is %g; it is the share of the new mean, 0 to 1", momentum);
	struct shape channels = SHAPE(in->shape.dim[1]);
	nn_tensor mean = trace_buffer("running_mean", channels, "zeros"), variance = trace_buffer("running_var", channels, "ones"), y;
	if (trace_training()) {
		int axes[RANK_MAX], count = other_axes(in, axes);
		struct centred c = centred(in, count, axes);
		keep_running(in, &c, mean, variance, momentum);
		y = nn_mul(c.centred, nn_rsqrt(nn_add(c.variance, eps)));
	} else {
		y = nn_mul(nn_sub(in, along_channels(mean, in)), nn_rsqrt(nn_add(along_channels(variance, in), eps)));
	}
	return affine ? scaled(y, in) : y;
}

/* The same with eps 1e-5, momentum 0.1, a weight and a bias. */
NN_API nn_tensor nn_batch_norm(nn_tensor x)
{
	return nn_batch_norm_with(x, 1e-5, 0.1, true);
}

/* Over the last `axes` axes of each sample, with a weight and a bias for each place in them; eps 1e-5. */
NN_API nn_tensor nn_layer_norm(nn_tensor x, int axes)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int which[RANK_MAX], first = in->shape.rank - axes;
	if (axes < 1 || first < 0 || first <= in->shape.batch)
		trace_fail("nn_layer_norm: %d axes of %d; the batch cannot be one of them", axes, in->shape.rank);
	for (int i = 0; i < axes; i++)
		which[i] = first + i;
	struct shape s = shape_of(axes, in->shape.dim + first);
	nn_tensor weight = trace_param("weight", s, "ones"), bias = trace_param("bias", s, "zeros");
	struct centred c = centred(in, axes, which);
	return nn_add(nn_mul(nn_mul(c.centred, nn_rsqrt(nn_add(c.variance, 1e-5))), weight), bias);
}

/* x: [B,C,...]; the C / groups channels of a group share mean and variance. */
static nn_tensor grouped(struct node *x, int groups, double eps)
{
	int64_t in_group = x->shape.dim[1] / groups;
	for (int i = 2; i < x->shape.rank; i++)
		in_group *= x->shape.dim[i];
	nn_tensor g = nn_reshape_of(x, 2, (int64_t[]){groups, in_group});
	struct centred c = centred(g, 1, (int[]){2});
	return nn_reshape_of(nn_mul(c.centred, nn_rsqrt(nn_add(c.variance, eps))), x->shape.rank - 1, x->shape.dim + 1);
}

/* Over groups of channels of each sample, with a weight and a bias a channel; eps 1e-5. x: [B,C,...]. */
NN_API nn_tensor nn_group_norm(nn_tensor x, int groups)
{
	struct node *in = channels_arg("nn_group_norm", x, 2, 1e-5);
	if (groups < 1 || in->shape.dim[1] % groups)
		trace_fail("nn_group_norm: %lld channels cannot be split into %d groups of the same size", (long long)in->shape.dim[1], groups);
	return scaled(grouped(in, groups, 1e-5), in);
}

/* Over the places of each channel of each sample, without weights; eps 1e-5. x: [B,C,...]. */
NN_API nn_tensor nn_instance_norm(nn_tensor x)
{
	struct node *in = channels_arg("nn_instance_norm", x, 3, 1e-5);
	return grouped(in, (int)in->shape.dim[1], 1e-5);
}

/* x / sqrt(mean(x^2) + eps) over the last axis, with a weight for each place; eps: the smallest step of the precision. */
NN_API nn_tensor nn_rms_norm(nn_tensor x)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int last = in->shape.rank - 1;
	if (last == in->shape.batch)
		trace_fail("nn_rms_norm: x has only the batch axis; reshape it to [B,1] first");
	nn_tensor weight = trace_param("weight", SHAPE(in->shape.dim[last]), "ones");
	double eps = trace_graph()->float64 ? 0x1p-52 : 0x1p-23;
	return nn_mul(nn_mul(in, nn_rsqrt(nn_add(nn_mean_axis(nn_square(in), last, true), eps))), weight);
}

/* g v / |v|: a weight as a length g [O] and a direction v [O,...], each row of its own. Use it with nn_linear_with. */
NN_API nn_tensor nn_weight_norm(nn_tensor v, nn_tensor g)
{
	struct node *in = trace_arg(v, "v", 2, RANK_MAX), *length = trace_arg(g, "g", 1, 1);
	int axes[RANK_MAX];
	if (length->shape.dim[0] != in->shape.dim[0])
		trace_fail("nn_weight_norm: v has %lld rows, g %lld lengths", (long long)in->shape.dim[0], (long long)length->shape.dim[0]);
	struct shape s = {.rank = in->shape.rank, .batch = -1};
	for (int i = 0; i < s.rank; i++) {
		axes[i] = i + 1;
		s.dim[i] = i ? 1 : in->shape.dim[0];
	}
	nn_tensor norm = nn_sqrt(nn_sum_axes(nn_square(in), s.rank - 1, axes, true));
	return nn_mul(in, nn_div(nn_reshape_of(length, s.rank, s.dim), norm));
}
#endif
