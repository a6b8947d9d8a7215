/* builtin.c: what [PROCESS] names: the built-in losses, and the accuracy that fits each. In the tracing child, as user code would be. */
#include "op.h"

#include <stdlib.h>
#include <string.h>
#include <mosaic.h>

const char *const builtin_losses[] = {"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "NLLLoss", "KLDivLoss",
	"PoissonNLLLoss", "GaussianNLLLoss", "HingeEmbeddingLoss", "CosineEmbeddingLoss", "MarginRankingLoss", NULL};

/* A number of [PROCESS] that a loss takes, or its default; the config has checked the number already. */
static double loss_number(const struct module *process, const char *name, double fallback)
{
	const char *text = param_get(process, name);
	return text && *text ? strtod(text, NULL) : fallback;
}

static bool loss_flag(const struct module *process, const char *name, bool fallback)
{
	const char *text = param_get(process, name);
	return text && *text ? strchr("tTyY1", *text) != NULL : fallback;
}

/* [0.2, 1, 3] as a tensor: element i is chosen by its place. NULL: the key is not there. */
static nn_tensor loss_numbers(const struct module *process, const char *name)
{
	enum { MOST = 64 };
	const char *text = param_get(process, name);
	double value[MOST];
	int count = 0;
	for (const char *c = text && *text ? text + (*text == '[') : "]"; *c && *c != ']'; c += strspn(c, ", ")) {
		if (count == MOST)
			trace_fail("%s has more than %d numbers\nwrite a loss of your own: class_loss_function", name, MOST);
		char *end;
		value[count++] = strtod(c, &end);
		if (end == c)
			break;
		c = end;
	}
	if (count < 2)
		return count ? nn_constant(value[0]) : NULL;
	nn_tensor place = nn_arange(0, count), numbers = nn_constant(value[count - 1]);
	for (int i = count - 2; i >= 0; i--)
		numbers = nn_where(nn_eq(place, i), value[i], numbers);
	return numbers;
}

static nn_loss loss_options(const struct module *process, const char *name)
{
	const char *reduction = param_get(process, "reduction");
	bool batchmean = reduction && strcmp(reduction, "batchmean") == 0;
	if (batchmean && strcmp(name, "KLDivLoss") != 0)
		trace_fail("reduction = batchmean is for KLDivLoss, and loss_function is %s\ngive mean or sum", name);
	return (nn_loss){.reduction = reduction && strcmp(reduction, "sum") == 0 ? NN_SUM : NN_MEAN};
}

/* Losses of two predictions: a model that returns two tensors. */
int builtin_predictions(const char *name)
{
	return strcmp(name, "GaussianNLLLoss") == 0 || strcmp(name, "CosineEmbeddingLoss") == 0 || strcmp(name, "MarginRankingLoss") == 0 ? 2 : 1;
}

static nn_tensor class_loss(const struct module *process, const char *name, nn_tensor x, nn_tensor target)
{
	nn_tensor weight = loss_numbers(process, "weight");
	nn_loss options = loss_options(process, name);
	int ignored = (int)loss_number(process, "ignore_index", NN_NO_INDEX);
	if (weight && weight->shape.rank == 0)
		weight = nn_reshape_of(weight, 1, (int64_t[]){1});
	if (strcmp(name, "NLLLoss") == 0)
		return nn_nll_loss_with_of(x, target, weight, ignored, options);
	return nn_cross_entropy_loss_with_of(x, target, weight, ignored, loss_number(process, "label_smoothing", 0), options);
}

static nn_tensor pair_loss(const struct module *process, const char *name, nn_tensor first, nn_tensor second, nn_tensor target)
{
	nn_loss options = loss_options(process, name);
	if (strcmp(name, "GaussianNLLLoss") == 0)
		return nn_gaussian_nll_loss_of(first, target, second, loss_flag(process, "full", false), options);
	double margin = loss_number(process, "margin", 0);
	return strcmp(name, "CosineEmbeddingLoss") == 0 ? nn_cosine_embedding_loss_of(first, second, target, margin, options)
		: nn_margin_ranking_loss_of(first, second, target, margin, options);
}

nn_tensor trace_builtin_loss(const struct module *process, const char *name, const nn_tensor *predictions, nn_tensor target)
{
	nn_tensor prediction = predictions[0];
	nn_loss options = loss_options(process, name);
	if (builtin_predictions(name) == 2)
		return pair_loss(process, name, prediction, predictions[1], target);
	if (strcmp(name, "CrossEntropyLoss") == 0 || strcmp(name, "NLLLoss") == 0)
		return class_loss(process, name, prediction, target);
	if (strcmp(name, "MSELoss") == 0)
		return nn_mse_loss_of(prediction, target, options);
	if (strcmp(name, "L1Loss") == 0)
		return nn_l1_loss_of(prediction, target, options);
	if (strcmp(name, "SmoothL1Loss") == 0)
		return nn_smooth_l1_loss_of(prediction, target, loss_number(process, "beta", 1), options);
	if (strcmp(name, "HuberLoss") == 0)
		return nn_huber_loss_of(prediction, target, loss_number(process, "delta", 1), options);
	if (strcmp(name, "BCELoss") == 0)
		return nn_bce_loss_of(prediction, target, options);
	if (strcmp(name, "KLDivLoss") == 0) {
		const char *reduction = param_get(process, "reduction");
		return nn_kl_div_loss_of(prediction, target, loss_flag(process, "log_target", false), reduction && strcmp(reduction, "batchmean") == 0, options);
	}
	if (strcmp(name, "PoissonNLLLoss") == 0)
		return nn_poisson_nll_loss_of(prediction, target, loss_flag(process, "log_input", true), loss_flag(process, "full", false), options);
	if (strcmp(name, "HingeEmbeddingLoss") == 0)
		return nn_hinge_embedding_loss_of(prediction, target, loss_number(process, "margin", 1), options);
	if (strcmp(name, "BCEWithLogitsLoss") == 0) {
		nn_tensor weight = loss_numbers(process, "pos_weight");
		return weight ? nn_bce_with_logits_loss_with_of(prediction, target, weight, options) : nn_bce_with_logits_loss_of(prediction, target, options);
	}
	trace_fail("no loss named %s", name);
}

/* Which accuracy fits a loss: classes by argmax, probabilities by 0.5, else the original's sign. */
static const char *accuracy_for(const char *loss)
{
	if (!loss)
		return "sign";
	if (strcmp(loss, "CrossEntropyLoss") == 0 || strcmp(loss, "NLLLoss") == 0)
		return "argmax";
	return strcmp(loss, "BCELoss") == 0 ? "threshold" : "sign";
}

/* As torch counts: the first of the largest values is the class, of a target with a value a class, too. */
static struct node *accuracy_argmax(struct node *p, struct node *t, const char *ignored)
{
	int last = p->shape.rank - 1;
	if (t->shape.rank == p->shape.rank && t->shape.dim[last] == 1)
		t = nn_sum_axis(t, -1, false);
	bool labels = t->shape.rank < p->shape.rank;
	struct node *counts = ignored && *ignored && labels ? nn_ne(t, strtod(ignored, NULL)) : NULL;
	struct node *right = nn_eq(nn_argmax(p, -1, false), labels ? t : nn_argmax(t, -1, false));
	if (counts)
		return nn_mul(nn_div(nn_sum(nn_mul(right, counts)), nn_maximum(nn_sum(counts), 1)), nn_samples());
	return nn_mul(nn_sum(right), 1.0 * (double)trace_graph()->batch / (double)shape_count(&right->shape));
}

/* Labels of the shape of p without its last axis, with or without an axis of 1 in its place, or a value a class. */
static bool has_classes(const struct shape *p, const struct shape *t)
{
	struct shape labels = *p;
	labels.rank--;
	if (p->rank < 2 || p->batch == p->rank - 1)
		return false;
	if (t->rank == p->rank - 1)
		return shape_equal(t, &labels);
	labels = *p;
	labels.dim[labels.rank - 1] = 1;
	return shape_equal(t, p) || shape_equal(t, &labels);
}

__attribute__((noreturn)) static void unfit(const char *kind, const struct shape *p, const struct shape *t)
{
	bool classes = strcmp(kind, "argmax") == 0;
	struct text a = {0}, b = {0};
	shape_text(p, &a);
	shape_text(t, &b);
	trace_fail("accuracy = %s does not fit: the prediction has shape %s and the target %s; %s\naccuracy = none, or a metric of your own", kind, a.at, b.at,
		classes ? "it compares the largest of several values a sample with a label" : "they must be equal");
}

/* The share of right values of each sample, summed over the samples of the batch; NULL: none is wanted, or auto finds none that fits. */
nn_tensor trace_accuracy(const char *kind, const char *loss, const char *ignored, nn_tensor prediction, nn_tensor target)
{
	bool chosen = kind && *kind && strcmp(kind, "auto") != 0;
	struct node *p = prediction, *t = target;
	if (!chosen)
		kind = accuracy_for(loss);
	if (strcmp(kind, "none") == 0)
		return NULL;
	bool classes = strcmp(kind, "argmax") == 0, fits = classes ? has_classes(&p->shape, &t->shape) : shape_equal(&p->shape, &t->shape);
	if (!fits && chosen)
		unfit(kind, &p->shape, &t->shape);
	if (!fits)
		return NULL;
	if (classes)
		return accuracy_argmax(p, t, ignored);
	double level = strncmp(kind, "threshold", 9) == 0 ? (kind[9] ? strtod(kind + 9, NULL) : 0.5) : 0;
	struct node *right = nn_eq(nn_gt(p, level), nn_gt(t, level));
	return nn_mul(nn_sum(right), (double)trace_graph()->batch / (double)shape_count(&p->shape));
}
