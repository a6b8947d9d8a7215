/* Losses: torch.nn's, written with other ops. No op of its own, so that gradients, lanes and devices come for free. Their reduction is "mean" if nothing else
** is said. Predictions and targets have one shape, class labels excepted. */
#ifdef OP_RULES

static struct node *loss_node(const char *op, int count, struct node *const *in)
{
	return trace_op(op_find(op), count, in, NULL);
}

static struct node *loss_two(const char *op, struct node *a, struct node *b)
{
	return loss_node(op, 2, (struct node *[]){a, b});
}

static void loss_same_shape(const char *name, const struct node *prediction, const struct node *target)
{
	if (shape_equal(&prediction->shape, &target->shape))
		return;
	struct text t = {0};
	shape_text(&prediction->shape, &t);
	text_add(&t, " and the target ");
	shape_text(&target->shape, &t);
	trace_fail("%s: the prediction has shape %s; they must be equal\ngive the last layer as many outputs as the target has numbers, or reshape one of them", name, t.at);
}

/* Labels without the axis of the classes. */
static void loss_label_shape(const char *name, const struct node *x, const struct node *t)
{
	struct text is = {0};
	struct shape labels = x->shape;
	labels.rank--;
	if (shape_equal(&labels, &t->shape))
		return;
	shape_text(&x->shape, &is);
	text_add(&is, " and the target ");
	shape_text(&t->shape, &is);
	text_add(&is, "; labels of it are ");
	shape_text(&labels, &is);
	trace_fail("%s: the prediction has shape %s\nthe last axis of the prediction are the classes, and there is a label for each row of them", name, is.at);
}

/* One loss a value, as it was asked for: all values, their sum, or their mean. */
static nn_tensor loss_reduced(const char *name, nn_tensor value, const nn_loss *o)
{
	if (o->weight) {
		struct node *w = trace_arg(o->weight, "weight", 0, RANK_MAX);
		struct shape both;
		if (!shape_broadcast(&value->shape, &w->shape, &both) || !shape_equal(&both, &value->shape)) {
			struct text t = {0};
			shape_text(&w->shape, &t);
			text_add(&t, " for values of shape ");
			shape_text(&value->shape, &t);
			trace_fail("%s: weight has shape %s; it broadcasts to them, or has the same shape", name, t.at);
		}
		value = nn_mul(value, w);
	}
	if ((int)o->reduction < NN_MEAN || (int)o->reduction > NN_NONE)
		trace_fail("%s: reduction is %d; it is NN_MEAN, NN_SUM or NN_NONE", name, (int)o->reduction);
	return o->reduction == NN_NONE ? value : o->reduction == NN_SUM ? nn_sum(value) : nn_mean(value);
}

/* Mean of (prediction - target)^2 (torch.nn.MSELoss). */
NN_API nn_tensor nn_mse_loss_of(nn_tensor prediction, nn_tensor target, nn_loss options)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("MSELoss", p, t);
	struct node *difference = loss_two("sub", p, t);
	return loss_reduced("MSELoss", loss_node("square", 1, &difference), &options);
}

/* Mean of |prediction - target| (torch.nn.L1Loss). */
NN_API nn_tensor nn_l1_loss_of(nn_tensor prediction, nn_tensor target, nn_loss options)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("L1Loss", p, t);
	struct node *difference = loss_two("sub", p, t);
	return loss_reduced("L1Loss", loss_node("abs", 1, &difference), &options);
}

/* Mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2) (torch.nn.HuberLoss). */
NN_API nn_tensor nn_huber_loss_of(nn_tensor prediction, nn_tensor target, double delta, nn_loss options)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("HuberLoss", p, t);
	if (!(delta > 0))
		trace_fail("HuberLoss: delta is %g, it must be above 0", delta);
	struct node *d = loss_two("sub", p, t), *size = loss_node("abs", 1, &d);
	struct node *near_ = loss_two("mul", trace_const(0.5), loss_node("square", 1, &d));
	struct node *far_ = loss_two("mul", trace_const(delta), loss_two("sub", size, trace_const(0.5 * delta)));
	struct node *is_near = loss_two("le", size, trace_const(delta));
	return loss_reduced("HuberLoss", loss_node("where", 3, (struct node *[]){is_near, near_, far_}), &options);
}

/* Mean of -(t log p + (1 - t) log(1 - p)), each log at least -100 (torch.nn.BCELoss); p in 0 .. 1. */
NN_API nn_tensor nn_bce_loss_of(nn_tensor prediction, nn_tensor target, nn_loss options)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("BCELoss", p, t);
	return loss_reduced("BCELoss", loss_two("bce", p, t), &options);
}

/* Mean of softplus(x) - x t: BCELoss of sigmoid(x), without its rounding (torch.nn.BCEWithLogitsLoss). */
NN_API nn_tensor nn_bce_with_logits_loss_of(nn_tensor logits, nn_tensor target, nn_loss options)
{
	struct node *x = trace_arg(logits, "logits", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("BCEWithLogitsLoss", x, t);
	return loss_reduced("BCEWithLogitsLoss", loss_two("sub", loss_node("softplus", 1, &x), loss_two("mul", x, t)), &options);
}

/* The same with a weight for targets of 1, one number or one for each column: ones that are rare may count more. */
NN_API nn_tensor nn_bce_with_logits_loss_with_of(nn_tensor logits, nn_tensor target, nn_tensor pos_weight, nn_loss options)
{
	struct node *x = trace_arg(logits, "logits", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX), *w = trace_arg(pos_weight, "pos_weight", 0, 1);
	loss_same_shape("BCEWithLogitsLoss", x, t);
	if (shape_count(&w->shape) > 1 && (!x->shape.rank || w->shape.dim[0] != x->shape.dim[x->shape.rank - 1]))
		trace_fail("BCEWithLogitsLoss: pos_weight has %lld numbers, the prediction %lld columns", (long long)w->shape.dim[0],
			(long long)(x->shape.rank ? x->shape.dim[x->shape.rank - 1] : 1));
	nn_tensor scale = nn_add(nn_mul(nn_sub(w, 1), t), 1);
	return loss_reduced("BCEWithLogitsLoss", nn_add(nn_mul(nn_sub(1, t), x), nn_mul(scale, nn_softplus(nn_neg(x)))), &options);
}

static double loss_eps(const char *name, const nn_loss *o, double fallback)
{
	if (!(o->eps >= 0))
		trace_fail("%s: eps is %g; it cannot be negative", name, o->eps);
	return o->eps > 0 ? o->eps : fallback;
}

/* The classes of x [B,...,C] stand in the last axis, or in the second as torch has them, [B,C,...]: the labels' shape tells. */
static struct node *classes_last(struct node *x, struct node **t)
{
	struct shape last = x->shape, second = x->shape;
	last.rank = second.rank = x->shape.rank - 1;
	for (int i = 1; i < second.rank; i++)
		second.dim[i] = x->shape.dim[i + 1];
	if (x->shape.rank < 3 || shape_equal(&last, &(*t)->shape) || !shape_equal(&second, &(*t)->shape))
		return x;
	struct attr order[ATTR_MAX] = {{.count = x->shape.rank}};
	for (int i = 1; i < x->shape.rank; i++)
		order[0].i[i] = i + 1 < x->shape.rank ? i + 1 : 1;
	return trace_op(op_find("transpose"), 1, &x, order);
}

/* Weights of classes may be an argument or an option. */
static nn_tensor class_weight(const char *name, nn_tensor weight, const nn_loss *o)
{
	if (weight && o->weight)
		trace_fail("%s: the weights of the classes are given twice", name);
	return weight ? weight : o->weight;
}

/* Labels [B,1] as [B], where the classes are more than one. */
static struct node *loss_labels(struct node *x, struct node *t)
{
	int last = x->shape.rank - 1;
	return t->shape.rank == x->shape.rank && t->shape.dim[last] == 1 && x->shape.dim[last] > 1 ? nn_sum_axis(t, -1, false) : t;
}

/* Rows of one 1, and rows of zeros for labels that do not count. */
static nn_tensor counted_labels(const char *name, struct node *x, struct node *t, int ignore_index)
{
	int classes = (int)x->shape.dim[x->shape.rank - 1];
	bool outside = ignore_index < 0 || ignore_index >= classes, ignores = ignore_index != NN_NO_INDEX;
	nn_tensor ignored = ignores ? nn_ne(t, ignore_index) : NULL;
	loss_label_shape(name, x, t);
	nn_tensor hot = nn_one_hot(ignores && outside ? nn_where(ignored, t, -1) : t, classes);
	if (!ignores || outside)
		return hot;
	struct shape s = t->shape;
	s.dim[s.rank++] = 1;
	return nn_mul(hot, layout_reshape(ignored, &s));
}

static void loss_weight(const char *name, const struct node *x, const struct node *weight)
{
	if (weight && (weight->shape.rank != 1 || weight->shape.dim[0] != x->shape.dim[x->shape.rank - 1]))
		trace_fail("%s: weight has %lld numbers, the prediction %lld classes\ngive a weight for each class", name, (long long)shape_count(&weight->shape), (long long)x->shape.dim[x->shape.rank - 1]);
}

/* -sum(share log p), divided by the weight of what counts: that of all rows, or of the labels there. */
static nn_tensor class_loss(const char *name, nn_tensor log_p, nn_tensor share, nn_tensor counted, const nn_loss *o)
{
	nn_tensor row = nn_neg(nn_sum_axis(nn_mul(share, log_p), -1, false));
	if (o->reduction != NN_MEAN)
		return loss_reduced(name, row, &(nn_loss){.reduction = o->reduction});
	return counted ? nn_div(nn_sum(row), nn_sum(counted)) : nn_mean(row);
}

/* Mean over samples of -log p[label] (torch.nn.NLLLoss). log_p: [B,C], from nn_log_softmax; target: labels [B] or [B,1];
** also [B,...,C] or [B,C,...] and labels [B,...]. .weight: one for each class. */
NN_API nn_tensor nn_nll_loss_of(nn_tensor log_p, nn_tensor target, nn_loss options)
{
	return nn_nll_loss_with_of(log_p, target, options.weight, NN_NO_INDEX, (nn_loss){.reduction = options.reduction});
}

/* The same with a weight [C] for each class, or NULL, and a label that does not count, or NN_NO_INDEX; the mean is over the weights. */
NN_API nn_tensor nn_nll_loss_with_of(nn_tensor log_p, nn_tensor target, nn_tensor weight, int ignore_index, nn_loss options)
{
	struct node *t = trace_arg(target, "target", 1, RANK_MAX), *x = classes_last(trace_arg(log_p, "log_p", 2, RANK_MAX), &t);
	weight = class_weight("NLLLoss", weight, &options);
	t = loss_labels(x, t);
	loss_weight("NLLLoss", x, weight);
	nn_tensor hot = counted_labels("NLLLoss", x, t, ignore_index), share = weight ? nn_mul(hot, weight) : hot;
	return class_loss("NLLLoss", x, share, weight || ignore_index != NN_NO_INDEX ? share : NULL, &options);
}

/* Mean over samples of -log softmax(logits)[label] (torch.nn.CrossEntropyLoss). logits: [B,C]; target: labels [B] or [B,1], or probabilities [B,C];
** also [B,...,C] or [B,C,...] and labels [B,...]: where both fit, the classes are in the last axis. .weight: one for each class. */
NN_API nn_tensor nn_cross_entropy_loss_of(nn_tensor logits, nn_tensor target, nn_loss options)
{
	return nn_cross_entropy_loss_with_of(logits, target, options.weight, NN_NO_INDEX, 0, (nn_loss){.reduction = options.reduction});
}

/* The same with a weight [C] for each class, or NULL, a label that does not count, or NN_NO_INDEX, and label_smoothing: that share of each label goes
** to all classes alike. */
NN_API nn_tensor nn_cross_entropy_loss_with_of(nn_tensor logits, nn_tensor target, nn_tensor weight, int ignore_index, double label_smoothing, nn_loss options)
{
	struct node *t = trace_arg(target, "target", 1, RANK_MAX), *x = classes_last(trace_arg(logits, "logits", 2, RANK_MAX), &t);
	t = loss_labels(x, t);
	weight = class_weight("CrossEntropyLoss", weight, &options);
	bool ignores = ignore_index != NN_NO_INDEX, shares = t->shape.rank == x->shape.rank;
	if (!(label_smoothing >= 0 && label_smoothing <= 1))
		trace_fail("CrossEntropyLoss: label_smoothing is %g; it is a share, 0 to 1", label_smoothing);
	if (shares && ignores)
		trace_fail("CrossEntropyLoss: ignore_index is for labels; the target holds probabilities");
	loss_weight("CrossEntropyLoss", x, weight);
	nn_tensor hot = shares ? t : counted_labels("CrossEntropyLoss", x, t, ignore_index), share = hot;
	loss_same_shape("CrossEntropyLoss", x, hot);
	double each = label_smoothing / (double)x->shape.dim[x->shape.rank - 1];
	if (label_smoothing > 0)
		share = nn_add(nn_mul(hot, 1 - label_smoothing), ignores ? nn_mul(each, nn_sum_axis(hot, -1, true)) : nn_constant(each));
	if (weight)
		share = nn_mul(share, weight);
	return class_loss("CrossEntropyLoss", nn_log_softmax(x, -1), share, shares || (!weight && !ignores) ? NULL : weight ? nn_mul(hot, weight) : hot, &options);
}

/* Mean of d^2 / 2 beta where |d| < beta, else |d| - beta / 2 (torch.nn.SmoothL1Loss); beta 0: |d|. */
NN_API nn_tensor nn_smooth_l1_loss_of(nn_tensor prediction, nn_tensor target, double beta, nn_loss options)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("SmoothL1Loss", p, t);
	if (!(beta >= 0))
		trace_fail("SmoothL1Loss: beta is %g, it must be at least 0", beta);
	if (beta == 0)
		return nn_l1_loss_of(p, t, options);
	nn_tensor d = nn_sub(p, t), size = nn_abs(d);
	return loss_reduced("SmoothL1Loss", nn_where(nn_lt(size, beta), nn_mul(0.5 / beta, nn_square(d)), nn_sub(size, 0.5 * beta)), &options);
}

/* Sum of t (log t - x) over the number of values (torch.nn.KLDivLoss): x holds logarithms, and t too with log_target. Where t is 0 it adds 0.
** batchmean: over the number of samples, which is the divergence. */
NN_API nn_tensor nn_kl_div_loss_of(nn_tensor log_p, nn_tensor target, bool log_target, bool batchmean, nn_loss options)
{
	struct node *x = trace_arg(log_p, "log_p", 1, RANK_MAX), *t = trace_arg(target, "target", 1, RANK_MAX);
	loss_same_shape("KLDivLoss", x, t);
	nn_tensor some = nn_where(nn_gt(t, 0), t, 1), value = log_target ? nn_mul(nn_exp(t), nn_sub(t, x)) : nn_sub(nn_mul(t, nn_log(some)), nn_mul(t, x));
	double rows = (double)shape_count(&x->shape) / (double)x->shape.dim[0];
	if (batchmean && options.reduction != NN_MEAN)
		trace_fail("KLDivLoss: batchmean is a reduction of its own; the options ask for another");
	value = loss_reduced("KLDivLoss", value, &options);
	return batchmean ? nn_mul(value, rows) : value;
}

/* Mean of exp(x) - t x, or with log_input false of x - t log(x + 1e-8) (torch.nn.PoissonNLLLoss); full: plus Stirling's t log t - t + log(2 pi t) / 2 where t > 1. */
NN_API nn_tensor nn_poisson_nll_loss_of(nn_tensor prediction, nn_tensor target, bool log_input, bool full, nn_loss options)
{
	struct node *x = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("PoissonNLLLoss", x, t);
	nn_tensor value = log_input ? nn_sub(nn_exp(x), nn_mul(t, x)) : nn_sub(x, nn_mul(t, nn_log(nn_add(x, loss_eps("PoissonNLLLoss", &options, 1e-8)))));
	if (full) {
		nn_tensor many = nn_where(nn_gt(t, 1), t, 1);
		nn_tensor stirling = nn_add(nn_sub(nn_mul(many, nn_log(many)), many), nn_mul(0.5, nn_log(nn_mul(6.283185307179586477, many))));
		value = nn_add(value, nn_where(nn_gt(t, 1), stirling, 0));
	}
	return loss_reduced("PoissonNLLLoss", value, &options);
}

/* Mean of (log v + (x - t)^2 / v) / 2, v at least 1e-6 (torch.nn.GaussianNLLLoss); full: plus log(2 pi) / 2. variance: of the prediction's
** shape, or one that broadcasts to it. Further: .eps in place of 1e-6. */
NN_API nn_tensor nn_gaussian_nll_loss_of(nn_tensor prediction, nn_tensor target, nn_tensor variance, bool full, nn_loss options)
{
	struct node *x = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX), *v = trace_arg(variance, "variance", 0, RANK_MAX);
	loss_same_shape("GaussianNLLLoss", x, t);
	struct shape both;
	if (!shape_broadcast(&t->shape, &v->shape, &both) || !shape_equal(&both, &t->shape))
		loss_same_shape("GaussianNLLLoss, the variance as the prediction", v, t);
	nn_tensor some = nn_maximum(v, loss_eps("GaussianNLLLoss", &options, 1e-6));
	nn_tensor value = nn_mul(0.5, nn_add(nn_log(some), nn_div(nn_square(nn_sub(x, t)), some)));
	if (options.reduction == NN_MEAN && !options.weight && full)
		return nn_add(nn_mean(value), 0.91893853320467274178);
	return loss_reduced("GaussianNLLLoss", full ? nn_add(value, 0.91893853320467274178) : value, &options);
}

/* Mean of x where the target is 1, of max(0, margin - x) where it is -1 (torch.nn.HingeEmbeddingLoss). */
NN_API nn_tensor nn_hinge_embedding_loss_of(nn_tensor prediction, nn_tensor target, double margin, nn_loss options)
{
	struct node *x = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("HingeEmbeddingLoss", x, t);
	return loss_reduced("HingeEmbeddingLoss", nn_add(nn_where(nn_eq(t, 1), 0, nn_relu(nn_sub(margin, x))), nn_where(nn_eq(t, -1), 0, x)), &options);
}

/* Cosine of the angle between rows: x . y / sqrt((|x|^2 + 1e-12) (|y|^2 + 1e-12)) over the last axis. */
static nn_tensor cosine(nn_tensor x, nn_tensor y)
{
	nn_tensor xx = nn_add(nn_sum_axis(nn_square(x), -1, false), 1e-12), yy = nn_add(nn_sum_axis(nn_square(y), -1, false), 1e-12);
	return nn_mul(nn_sum_axis(nn_mul(x, y), -1, false), nn_rsqrt(nn_mul(xx, yy)));
}

/* A target [B,1] as [B], to be compared with one number a row. */
static struct node *loss_of_rows(const char *name, struct node *x, struct node *t)
{
	if (t->shape.rank == x->shape.rank && t->shape.dim[t->shape.rank - 1] == 1 && t->shape.rank > 1)
		t = nn_sum_axis(t, -1, false);
	struct shape rows = x->shape;
	rows.rank--;
	if (!shape_equal(&rows, &t->shape)) {
		struct text text = {0};
		shape_text(&t->shape, &text);
		trace_fail("%s: the target has shape %s; it needs one number a row of the predictions", name, text.at);
	}
	return t;
}

/* Mean over rows of 1 - cos(x, y) where the target is 1, of max(0, cos(x, y) - margin) where it is -1 (torch.nn.CosineEmbeddingLoss). x, y: [B,N]; target: [B]. */
NN_API nn_tensor nn_cosine_embedding_loss_of(nn_tensor x, nn_tensor y, nn_tensor target, double margin, nn_loss options)
{
	struct node *a = trace_arg(x, "x", 2, RANK_MAX), *b = trace_arg(y, "y", 2, RANK_MAX);
	loss_same_shape("CosineEmbeddingLoss, the second", a, b);
	struct node *t = loss_of_rows("CosineEmbeddingLoss", a, trace_arg(target, "target", 1, RANK_MAX));
	nn_tensor cos = cosine(a, b);
	return loss_reduced("CosineEmbeddingLoss", nn_add(nn_where(nn_eq(t, 1), nn_sub(1, cos), 0), nn_where(nn_eq(t, -1), nn_relu(nn_sub(cos, margin)), 0)), &options);
}

/* Mean of max(0, margin - t (x - y)) (torch.nn.MarginRankingLoss); t is 1 where x is to be the larger, else -1. */
NN_API nn_tensor nn_margin_ranking_loss_of(nn_tensor x, nn_tensor y, nn_tensor target, double margin, nn_loss options)
{
	struct node *a = trace_arg(x, "x", 0, RANK_MAX), *b = trace_arg(y, "y", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("MarginRankingLoss, the second", a, b);
	loss_same_shape("MarginRankingLoss", a, t);
	return loss_reduced("MarginRankingLoss", nn_relu(nn_sub(margin, nn_mul(t, nn_sub(a, b)))), &options);
}
#endif
