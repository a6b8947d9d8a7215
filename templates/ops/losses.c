/* Losses: torch.nn's, with reduction "mean", written with other ops. No op of its own, so that gradients, lanes and devices come for free.
** Predictions and targets have one shape, class labels excepted. */
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
	trace_fail("%s: the prediction has shape %s; they must be equal", name, t.at);
}

/* Mean of (prediction - target)^2 (torch.nn.MSELoss). */
NN_API nn_tensor nn_mse_loss(nn_tensor prediction, nn_tensor target)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("MSELoss", p, t);
	struct node *difference = loss_two("sub", p, t);
	return nn_mean(loss_node("square", 1, &difference));
}

/* Mean of |prediction - target| (torch.nn.L1Loss). */
NN_API nn_tensor nn_l1_loss(nn_tensor prediction, nn_tensor target)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("L1Loss", p, t);
	struct node *difference = loss_two("sub", p, t);
	return nn_mean(loss_node("abs", 1, &difference));
}

/* Mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2) (torch.nn.HuberLoss). */
NN_API nn_tensor nn_huber_loss(nn_tensor prediction, nn_tensor target, double delta)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("HuberLoss", p, t);
	if (!(delta > 0))
		trace_fail("HuberLoss: delta is %g, it must be above 0", delta);
	struct node *d = loss_two("sub", p, t), *size = loss_node("abs", 1, &d);
	struct node *near_ = loss_two("mul", trace_const(0.5), loss_node("square", 1, &d));
	struct node *far_ = loss_two("mul", trace_const(delta), loss_two("sub", size, trace_const(0.5 * delta)));
	struct node *is_near = loss_two("le", size, trace_const(delta));
	return nn_mean(loss_node("where", 3, (struct node *[]){is_near, near_, far_}));
}

/* Mean of -(t log p + (1 - t) log(1 - p)), each log at least -100 (torch.nn.BCELoss); p in 0 .. 1. */
NN_API nn_tensor nn_bce_loss(nn_tensor prediction, nn_tensor target)
{
	struct node *p = trace_arg(prediction, "prediction", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("BCELoss", p, t);
	return nn_mean(loss_two("bce", p, t));
}

/* Mean of softplus(x) - x t: BCELoss of sigmoid(x), without its rounding (torch.nn.BCEWithLogitsLoss). */
NN_API nn_tensor nn_bce_with_logits_loss(nn_tensor logits, nn_tensor target)
{
	struct node *x = trace_arg(logits, "logits", 0, RANK_MAX), *t = trace_arg(target, "target", 0, RANK_MAX);
	loss_same_shape("BCEWithLogitsLoss", x, t);
	return nn_mean(loss_two("sub", loss_node("softplus", 1, &x), loss_two("mul", x, t)));
}

/* Mean over samples of -log softmax(logits)[label] (torch.nn.CrossEntropyLoss). logits: [B,C]; target: labels [B] or [B,1], or probabilities [B,C]. */
NN_API nn_tensor nn_cross_entropy_loss(nn_tensor logits, nn_tensor target)
{
	struct node *x = trace_arg(logits, "logits", 2, RANK_MAX), *t = trace_arg(target, "target", 1, RANK_MAX);
	int last = x->shape.rank - 1;
	int64_t classes = x->shape.dim[last];
	if (t->shape.rank == x->shape.rank && t->shape.dim[last] == 1 && classes > 1) {
		struct node *column = t;
		t = nn_sum_axis(column, -1, false);
	}
	struct node *p = t->shape.rank == x->shape.rank ? t : nn_one_hot(t, (int)classes);
	loss_same_shape("CrossEntropyLoss", x, p);
	struct node *log_p = loss_node("log_softmax", 1, &x), *hit = loss_two("mul", p, log_p);
	struct node *sum = nn_sum_axis(hit, -1, false), *loss = loss_node("neg", 1, &sum);
	return nn_mean(loss);
}
#endif
