/* Ops: batch_norm, layer_norm, group_norm, instance_norm, rms_norm, weight_norm
** Normalisation, made of other ops: (x - mean) / sqrt(var + eps), then a weight and a bias a feature. Formulas, defaults and names of
** torch.nn.BatchNorm1d to 3d, LayerNorm, GroupNorm, InstanceNorm, RMSNorm. */
#ifdef OP_RULES
#include <string.h>

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

static nn_tensor scaled(nn_tensor y, const struct node *x, const nn_norms *o)
{
	struct shape channels = SHAPE(x->shape.dim[1]);
	if (o->no_affine)
		return y;
	nn_tensor weight = trace_param("weight", channels, "ones"), bias = o->no_bias ? NULL : trace_param("bias", channels, "zeros");
	y = nn_mul(y, along_channels(weight, x));
	return bias ? nn_add(y, along_channels(bias, x)) : y;
}

static double norm_eps(const char *name, double eps, double fallback)
{
	if (!(eps >= 0) || eps > 1)
		trace_fail("%s: eps is %g; it is a small number that keeps the root from 0, 1e-5 for example", name, eps);
	return eps > 0 ? eps : fallback;
}

/* Options that this normalisation has no use for. */
static void norm_has(const char *name, const nn_norms *o, bool running)
{
	if (o->running && strcmp(name, "nn_instance_norm") != 0)
		trace_fail("%s: .running is for nn_instance_norm%s", name, running ? "; this one keeps means and variances without it" : "");
	if (!running && (o->momentum != 0 || o->cumulative || o->no_running))
		trace_fail("%s: momentum, cumulative and no_running are for nn_batch_norm: nothing is kept between steps here", name);
	if (o->axes && strcmp(name, "nn_rms_norm") != 0)
		trace_fail("%s: .axes is for nn_rms_norm", name);
	if (o->affine && strcmp(name, "nn_instance_norm") != 0)
		trace_fail("%s: it has a weight and a bias without .affine; .no_affine = true takes them away", name);
}

static struct node *channels_arg(const char *name, nn_tensor x, int min_rank)
{
	struct node *in = trace_arg(x, "x", min_rank, RANK_MAX);
	if (in->shape.batch != 0) {
		struct text is = {0};
		shape_text(&in->shape, &is);
		trace_fail("%s: x has shape %s; the samples must stand in the first axis, the channels in the second", name, is.at);
	}
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

/* How the running numbers follow: by a share, or each step by the same share of all steps so far (torch's momentum=None). */
struct running { nn_tensor mean, variance, steps; double momentum; };

static struct running running_buffers(struct shape channels, const nn_norms *o)
{
	struct running r = {.momentum = o->momentum};
	r.mean = trace_buffer("running_mean", channels, "zeros");
	r.variance = trace_buffer("running_var", channels, "ones");
	r.steps = o->cumulative ? trace_buffer("num_batches_tracked", (struct shape){.batch = -1}, "zeros") : NULL;
	return r;
}

static void follow(nn_tensor old, nn_tensor now, double momentum, nn_tensor share)
{
	nn_tensor stays = share ? nn_mul(nn_sub(1, share), old) : nn_mul(1 - momentum, old);
	trace_update(old, nn_add(stays, share ? nn_mul(share, now) : nn_mul(momentum, now)));
}

/* running = (1 - momentum) running + momentum now; the variance unbiased, as torch keeps it. */
static void keep_running(const struct node *x, const struct centred *c, const struct running *r)
{
	nn_tensor steps = r->steps ? nn_add(r->steps, 1) : NULL, share = steps ? nn_reciprocal(steps) : NULL;
	double places = 1;
	for (int i = 2; i < x->shape.rank; i++)
		places *= (double)x->shape.dim[i];
	nn_tensor values = nn_mul(places, nn_samples());
	nn_tensor unbiased = nn_mul(nn_reshape_of(c->variance, 1, &x->shape.dim[1]), nn_div(values, nn_maximum(nn_sub(values, 1), 1)));
	follow(r->mean, nn_reshape_of(c->mean, 1, &x->shape.dim[1]), r->momentum, share);
	follow(r->variance, unbiased, r->momentum, share);
	if (steps)
		trace_update(r->steps, steps);
}

/* (x - mean) / sqrt(variance + eps) weight + bias, in one pass. */
static nn_tensor standardized(struct node *x, nn_tensor mean, nn_tensor variance, double eps, const nn_norms *o)
{
	struct shape channels = SHAPE(x->shape.dim[1]);
	nn_tensor weight = o->no_affine ? NULL : trace_param("weight", channels, "ones"), bias = o->no_affine || o->no_bias ? NULL : trace_param("bias", channels, "zeros");
	nn_tensor factor = nn_rsqrt(nn_add(variance, eps));
	nn_tensor y = nn_standardize(x, mean, weight ? nn_mul(factor, along_channels(weight, x)) : factor);
	return bias ? nn_add(y, along_channels(bias, x)) : y;
}

/* Mean and variance of the batch: images, sequences and volumes by an op of their own. */
static struct centred channel_moments(struct node *x)
{
	int axes[RANK_MAX], count = other_axes(x, axes);
	if (x->shape.rank == 2)
		return centred(x, count, axes);
	int64_t places = shape_count(&x->shape) / x->shape.dim[0] / x->shape.dim[1];
	struct node *images = x->shape.rank == 4 ? x : nn_reshape_of(x, 3, (int64_t[]){x->shape.dim[1], 1, places});
	nn_tensor both = trace_op(op_find("channel_statistics"), 1, &images, NULL);
	return (struct centred){.mean = along_channels(nn_slice(both, 0, 0, 1), x), .variance = along_channels(nn_slice(both, 0, 1, 2), x)};
}

static nn_tensor batch_norm(const char *name, struct node *in, double eps, const nn_norms *o)
{
	struct running r = {0};
	if (!(o->momentum >= 0 && o->momentum <= 1))
		trace_fail("%s: momentum is %g; it is the share of the new mean, 0 to 1", name, o->momentum);
	if (!o->no_running)
		r = running_buffers(SHAPE(in->shape.dim[1]), o);
	if (r.mean && !trace_training())
		return standardized(in, along_channels(r.mean, in), along_channels(r.variance, in), eps, o);
	struct centred c = channel_moments(in);
	if (r.mean)
		keep_running(in, &c, &r);
	return standardized(in, c.mean, c.variance, eps, o);
}

/* Over the batch and the places of each channel; without training with the running mean and variance. x: [B,C] or [B,C,...]. */
NN_API nn_tensor nn_batch_norm_with(nn_tensor x, double eps, double momentum, bool affine)
{
	struct node *in = channels_arg("nn_batch_norm_with", x, 2);
	norm_eps("nn_batch_norm_with", eps, 0);
	return batch_norm("nn_batch_norm_with", in, eps, &(nn_norms){.momentum = momentum, .no_affine = !affine});
}

/* The same with eps 1e-5, momentum 0.1, a weight and a bias (torch.nn.BatchNorm1d to 3d). Further: .eps, .momentum, .cumulative (torch's momentum=None), .no_affine, .no_bias,
** .no_running (torch's track_running_stats=False: the batch's own mean, without training, too). */
NN_API nn_tensor nn_batch_norm_of(nn_tensor x, nn_norms options)
{
	struct node *in = channels_arg("nn_batch_norm", x, 2);
	norm_has("nn_batch_norm", &options, true);
	if (options.momentum == 0)
		options.momentum = 0.1;
	return batch_norm("nn_batch_norm", in, norm_eps("nn_batch_norm", options.eps, 1e-5), &options);
}

/* Over the last axis. The op wants the samples in the first. */
static nn_tensor normalized(nn_tensor x, double eps)
{
	if (x->shape.batch > 0) {
		struct centred c = centred(x, 1, (int[]){x->shape.rank - 1});
		return nn_mul(c.centred, nn_rsqrt(nn_add(c.variance, eps)));
	}
	return trace_op(op_find("normalize"), 1, &x, (struct attr[ATTR_MAX]){{.f = eps, .count = 1}});
}

/* The last `axes` axes, none of them the batch. */
static struct shape last_axes(const char *name, const struct node *x, int axes, int *which)
{
	int first = x->shape.rank - axes;
	struct text is = {0};
	shape_text(&x->shape, &is);
	if (axes < 1 || first < 0 || first <= x->shape.batch)
		trace_fail("%s: the last %d axes of x %s; at least one, and the batch cannot be one of them", name, axes, is.at);
	text_free(&is);
	for (int i = 0; i < axes; i++)
		which[i] = first + i;
	return shape_of(axes, x->shape.dim + first);
}

/* Over the last `axes` axes of each sample, with a weight and a bias for each place in them; eps 1e-5 (torch.nn.LayerNorm). Further: .eps, .no_affine, .no_bias. */
NN_API nn_tensor nn_layer_norm_of(nn_tensor x, int axes, nn_norms options)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int which[RANK_MAX];
	struct shape s = last_axes("nn_layer_norm", in, axes, which);
	norm_has("nn_layer_norm", &options, false);
	nn_tensor weight = options.no_affine ? NULL : trace_param("weight", s, "ones"), bias = !weight || options.no_bias ? NULL : trace_param("bias", s, "zeros");
	struct shape row = in->shape;
	row.rank -= axes - 1;
	row.dim[row.rank - 1] = shape_count(&s);
	nn_tensor y = layout_reshape(normalized(layout_reshape(in, &row), norm_eps("nn_layer_norm", options.eps, 1e-5)), &in->shape);
	y = weight ? nn_mul(y, weight) : y;
	return bias ? nn_add(y, bias) : y;
}

/* x: [B,C,...]; the C / groups channels of a group share mean and variance. */
static nn_tensor grouped(struct node *x, int groups, double eps)
{
	int64_t in_group = x->shape.dim[1] / groups;
	for (int i = 2; i < x->shape.rank; i++)
		in_group *= x->shape.dim[i];
	nn_tensor g = nn_reshape_of(x, 2, (int64_t[]){groups, in_group});
	return nn_reshape_of(normalized(g, eps), x->shape.rank - 1, x->shape.dim + 1);
}

/* Over groups of channels of each sample, with a weight and a bias a channel; eps 1e-5 (torch.nn.GroupNorm). x: [B,C,...]. Further: .eps, .no_affine, .no_bias. */
NN_API nn_tensor nn_group_norm_of(nn_tensor x, int groups, nn_norms options)
{
	struct node *in = channels_arg("nn_group_norm", x, 2);
	norm_has("nn_group_norm", &options, false);
	if (groups < 1 || in->shape.dim[1] % groups)
		trace_fail("nn_group_norm: %lld channels cannot be split into %d groups of the same size\ngive a number of groups that divides %lld", (long long)in->shape.dim[1], groups, (long long)in->shape.dim[1]);
	return scaled(grouped(in, groups, norm_eps("nn_group_norm", options.eps, 1e-5)), in, &options);
}

/* The mean over the samples of their own means and unbiased variances, as torch follows them. */
static void keep_instances(const struct running *r, struct node *x)
{
	int axes[RANK_MAX], count = 0;
	double places = (double)shape_count(&x->shape) / (double)(x->shape.dim[0] * x->shape.dim[1]);
	for (int i = 2; i < x->shape.rank; i++)
		axes[count++] = i;
	struct centred c = centred(x, count, axes);
	nn_tensor mean = nn_mean_axis(c.mean, 0, false), variance = nn_mul(nn_mean_axis(c.variance, 0, false), places / (places > 1 ? places - 1 : 1));
	follow(r->mean, nn_reshape_of(mean, 1, &x->shape.dim[1]), r->momentum, NULL);
	follow(r->variance, nn_reshape_of(variance, 1, &x->shape.dim[1]), r->momentum, NULL);
}

/* Over the places of each channel of each sample, without weights; eps 1e-5 (torch.nn.InstanceNorm1d to 3d). x: [B,C,...]. Further: .eps, .affine (a weight and a bias a channel),
** .running (torch's track_running_stats: without training by means and variances that are kept), .momentum (0.1) of these. */
NN_API nn_tensor nn_instance_norm_of(nn_tensor x, nn_norms options)
{
	struct node *in = channels_arg("nn_instance_norm", x, 3);
	norm_has("nn_instance_norm", &options, options.running && !options.cumulative && !options.no_running);
	double eps = norm_eps("nn_instance_norm", options.eps, 1e-5);
	options.no_affine = !options.affine;
	options.momentum = options.momentum == 0 ? 0.1 : options.momentum;
	if (!(options.momentum > 0 && options.momentum <= 1))
		trace_fail("nn_instance_norm: momentum is %g; it is the share of the new mean, 0 to 1", options.momentum);
	if (options.running) {
		struct running r = running_buffers(SHAPE(in->shape.dim[1]), &options);
		if (!trace_training())
			return standardized(in, along_channels(r.mean, in), along_channels(r.variance, in), eps, &options);
		keep_instances(&r, in);
	}
	return scaled(grouped(in, (int)in->shape.dim[1], eps), in, &options);
}

/* x / sqrt(mean(x^2) + eps) over the last axis, with a weight for each place; eps: the smallest step of the precision (torch.nn.RMSNorm). Further: .eps, .no_affine, .axes (how
** many of the last axes). */
NN_API nn_tensor nn_rms_norm_of(nn_tensor x, nn_norms options)
{
	struct node *in = trace_arg(x, "x", 1, RANK_MAX);
	int which[RANK_MAX], axes = options.axes ? options.axes : 1;
	struct shape s = last_axes("nn_rms_norm", in, axes, which);
	norm_has("nn_rms_norm", &options, false);
	nn_tensor weight = options.no_affine ? NULL : trace_param("weight", s, "ones");
	double eps = norm_eps("nn_rms_norm", options.eps, trace_graph()->float64 ? 0x1p-52 : 0x1p-23);
	nn_tensor y;
	if (in->shape.batch > 0) {                 /* the op wants the samples in the first axis */
		y = nn_mul(in, nn_rsqrt(nn_add(nn_mean_axes(nn_square(in), axes, which, true), eps)));
	} else {
		struct shape row = in->shape;
		row.rank -= axes - 1;
		row.dim[row.rank - 1] = shape_count(&s);
		struct node *rows = layout_reshape(in, &row);
		y = layout_reshape(trace_op(op_find("rms_normalize"), 1, &rows, (struct attr[ATTR_MAX]){{.f = eps, .count = 1}}), &in->shape);
	}
	return weight ? nn_mul(y, weight) : y;
}

/* v, each place of `axis` with the length that g has for it. */
static nn_tensor with_lengths(struct node *v, struct node *g, int axis)
{
	int axes[RANK_MAX], count = 0;
	struct shape s = {.rank = v->shape.rank, .batch = -1};
	for (int i = 0; i < s.rank; i++) {
		s.dim[i] = i == axis ? v->shape.dim[i] : 1;
		if (i != axis)
			axes[count++] = i;
	}
	nn_tensor norm = nn_sqrt(nn_sum_axes(nn_square(v), count, axes, true));
	return nn_mul(v, nn_div(nn_reshape_of(g, s.rank, s.dim), norm));
}

/* g v / |v|: a weight as a length g [O] and a direction v [O,...], each row of its own (torch.nn.utils.parametrizations.weight_norm, dim 0); a g of one number: the length of
** all of v (dim None). Use it with nn_linear_with. */
NN_API nn_tensor nn_weight_norm(nn_tensor v, nn_tensor g)
{
	struct node *in = trace_arg(v, "v", 2, RANK_MAX), *length = trace_arg(g, "g", 0, 1);
	if (length->shape.rank == 0)
		return nn_mul(in, nn_div(length, nn_sqrt(nn_sum(nn_square(in)))));
	if (length->shape.dim[0] != in->shape.dim[0])
		trace_fail("nn_weight_norm: v has %lld rows, g %lld lengths; each row has a length of its own", (long long)in->shape.dim[0], (long long)length->shape.dim[0]);
	return with_lengths(in, length, 0);
}

/* The same with a length for each place of axis `dim`, which counts from the end where it is negative (torch's dim). */
NN_API nn_tensor nn_weight_norm_axis(nn_tensor v, nn_tensor g, int dim)
{
	struct node *in = trace_arg(v, "v", 2, RANK_MAX), *length = trace_arg(g, "g", 1, 1);
	int64_t axis = layout_axis("nn_weight_norm_axis", in, dim);
	if (length->shape.dim[0] != in->shape.dim[axis])
		trace_fail("nn_weight_norm_axis: axis %d of v is %lld, g has %lld lengths; each place has a length of its own", dim, (long long)in->shape.dim[axis], (long long)length->shape.dim[0]);
	return with_lengths(in, length, (int)axis);
}
#endif
