/* builtin.c: what [PROCESS] names: the built-in losses, and the accuracy that fits each. In the tracing child, as user code would be. */
#include "op.h"

#include <stdlib.h>
#include <string.h>
#include <mosaic.h>

const char *const builtin_losses[] = {"MSELoss", "L1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", NULL};

/* A number of [PROCESS] that a loss takes, or its default; the config has checked the number already. */
static double loss_number(const struct module *process, const char *name, double fallback)
{
	const char *text = param_get(process, name);
	return text && *text ? strtod(text, NULL) : fallback;
}

nn_tensor trace_builtin_loss(const struct module *process, const char *name, nn_tensor prediction, nn_tensor target)
{
	if (strcmp(name, "MSELoss") == 0)
		return nn_mse_loss(prediction, target);
	if (strcmp(name, "L1Loss") == 0)
		return nn_l1_loss(prediction, target);
	if (strcmp(name, "HuberLoss") == 0)
		return nn_huber_loss(prediction, target, loss_number(process, "delta", 1));
	if (strcmp(name, "BCELoss") == 0)
		return nn_bce_loss(prediction, target);
	if (strcmp(name, "BCEWithLogitsLoss") == 0)
		return nn_bce_with_logits_loss(prediction, target);
	if (strcmp(name, "CrossEntropyLoss") == 0)
		return nn_cross_entropy_loss(prediction, target);
	trace_fail("no loss named %s", name);
}

/* Which accuracy fits a loss: classes by argmax, probabilities by 0.5, else the original's sign. */
static const char *accuracy_for(const char *loss)
{
	if (!loss)
		return "sign";
	if (strcmp(loss, "CrossEntropyLoss") == 0)
		return "argmax";
	return strcmp(loss, "BCELoss") == 0 ? "threshold" : "sign";
}

/* The share of right values of each sample, summed over the samples of the batch; NULL when nothing can be counted. */
nn_tensor trace_accuracy(const char *kind, const char *loss, nn_tensor prediction, nn_tensor target)
{
	if (!kind || !*kind || strcmp(kind, "auto") == 0)
		kind = accuracy_for(loss);
	struct node *p = prediction, *t = target;
	int last = p->shape.rank - 1;
	if (strcmp(kind, "argmax") == 0 && last >= 1) {
		/* Right when the label's logit is the largest: no index is needed. */
		if (t->shape.rank == p->shape.rank && t->shape.dim[last] == 1)
			t = nn_sum_axis(t, -1, false);
		struct node *hot = t->shape.rank == p->shape.rank ? t : nn_one_hot(t, (int)p->shape.dim[last]);
		struct node *top = nn_max_axis(p, -1, true), *is_top = nn_ge(p, top), *hit = nn_mul(is_top, nn_ge(hot, nn_max_axis(hot, -1, true)));
		struct node *right = nn_max_axis(hit, -1, false);
		return nn_mul(nn_sum(right), 1.0 * (double)trace_graph()->batch / (double)shape_count(&right->shape));
	}
	if (!shape_equal(&p->shape, &t->shape) || strcmp(kind, "none") == 0)
		return NULL;
	double level = strncmp(kind, "threshold", 9) == 0 ? (kind[9] ? strtod(kind + 9, NULL) : 0.5) : 0;
	struct node *right = nn_eq(nn_gt(p, level), nn_gt(t, level));
	return nn_mul(nn_sum(right), (double)trace_graph()->batch / (double)shape_count(&p->shape));
}
