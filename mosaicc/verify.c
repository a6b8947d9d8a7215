/* verify.c: what must hold after every pass. A broken graph stops where it is born, with the pass that made it. */
#include "op.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(struct text *why, const char *pass, const struct node *n, const char *what)
{
	text_printf(why, "after %s: node %%%d (%s): %s", pass, n->id, n->op ? n->op->name : "leaf", what);
	return false;
}

static bool verify_inputs(const struct node *n, int position, const char *pass, struct text *why)
{
	if (n->kind != NODE_OP)
		return n->in_count == 0 && !n->op ? true : wrong(why, pass, n, "a leaf with inputs or an op");
	if (!n->op)
		return wrong(why, pass, n, "no op");
	if (n->in_count < 0 || n->in_count > INPUT_MAX || (n->op->inputs >= 0 && n->in_count != n->op->inputs))
		return wrong(why, pass, n, "wrong number of inputs");
	for (int k = 0; k < n->in_count; k++)
		if (!n->in[k] || n->in[k]->mark < 0 || n->in[k]->mark >= position)
			return wrong(why, pass, n, "an input that does not stand before it in the graph");
	return true;
}

static bool verify_shape(const struct node *n, const struct graph *g, const char *pass, struct text *why)
{
	if (n->shape.rank < 0 || n->shape.rank > RANK_MAX || n->shape.batch < -1 || n->shape.batch >= n->shape.rank)
		return wrong(why, pass, n, "a shape out of range");
	for (int i = 0; i < n->shape.rank; i++)
		if (n->shape.dim[i] < 1)
			return wrong(why, pass, n, "a size below 1");
	if (n->shape.batch >= 0 && n->shape.dim[n->shape.batch] % g->batch != 0)
		return wrong(why, pass, n, "a batch axis that is no multiple of the batch");
	if (n->kind != NODE_OP)
		return true;
	struct shape s;
	struct text reason = {0};
	bool ok = shape_infer(n, &s, &reason) && shape_equal(&s, &n->shape);
	if (!ok)
		wrong(why, pass, n, reason.at ? reason.at : "the shape is not the one that the op gives");
	text_free(&reason);
	return ok;
}

static bool verify_leaf(const struct node *n, const char *pass, struct text *why)
{
	if (n->kind == NODE_CONST && (n->shape.rank != 0 || isnan(n->value)))
		return wrong(why, pass, n, "a constant that is no number");
	if ((n->kind == NODE_PARAM || n->kind == NODE_INPUT || n->kind == NODE_TARGET) && !n->name)
		return wrong(why, pass, n, "no name");
	if (n->kind == NODE_PARAM && n->shape.batch >= 0)
		return wrong(why, pass, n, "a parameter that scales with the batch");
	if (n->kind == NODE_PARAM && !n->init)
		return wrong(why, pass, n, "a parameter without initial values");
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);
	return order ? order : (*x)->id - (*y)->id;
}

/* Gradients find their parameter by its name. `params`: in the order of the names. */
static bool verify_gradient(const struct output *o, struct node *const *params, int count, const char *pass, struct text *why)
{
	struct node key = {.name = o->name ? o->name : ""};
	const struct node *found = NULL;
	for (int low = 0, high = count; low < high && !found;) {
		int middle = (low + high) / 2, order = strcmp(key.name, params[middle]->name);
		found = order == 0 ? params[middle] : NULL;
		*(order < 0 ? &high : &low) = order < 0 ? middle : middle + 1;
	}
	if (!found)
		text_printf(why, "after %s: %s of %s, which is no parameter", pass, *o->role == 'g' ? "a gradient" : "an update", key.name);
	else if (!shape_equal(&found->shape, &o->node->shape))
		text_printf(why, "after %s: the %s of %s has another shape than %s", pass, *o->role == 'g' ? "gradient" : "update", key.name, key.name);
	else if (*o->role == 'u' && found->trains)
		text_printf(why, "after %s: an update of %s, which the optimizer trains", pass, key.name);
	return found && !(*o->role == 'u' && found->trains) && shape_equal(&found->shape, &o->node->shape);
}

static bool verify_params(const struct graph *g, const char *pass, struct text *why)
{
	struct node **params = malloc((size_t)(g->nodes.count + 1) * sizeof *params);
	bool ok = true;
	int count = 0;
	if (!params)
		die("out of memory");
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_PARAM)
			params[count++] = g->nodes.at[i];
	qsort(params, (size_t)count, sizeof *params, by_name);
	for (int i = 1; i < count && ok; i++)
		if (strcmp(params[i - 1]->name, params[i]->name) == 0) {
			text_printf(why, "after %s: node %%%d (leaf): its name is that of node %%%d", pass, params[i]->id, params[i - 1]->id);
			ok = false;
		}
	for (int i = 0; i < g->outputs.count && ok; i++)
		if (strcmp(g->outputs.at[i].role, "grad") == 0 || strcmp(g->outputs.at[i].role, "update") == 0)
			ok = verify_gradient(&g->outputs.at[i], params, count, pass, why);
	free(params);
	return ok;
}

static bool verify_outputs(const struct graph *g, const char *pass, struct text *why)
{
	static const char *const roles[] = {"prediction", "loss", "accuracy", "metric", "grad", "update"};
	for (int i = 0; i < g->outputs.count; i++) {
		const struct output *o = &g->outputs.at[i];
		bool known = false;
		for (size_t k = 0; k < sizeof roles / sizeof *roles; k++)
			known = known || strcmp(o->role, roles[k]) == 0;
		if (!o->node || !known || o->node->mark < 0 || o->node->mark >= g->nodes.count) {
			text_printf(why, "after %s: output %d (%s) is not of the graph or has an unknown role", pass, i, o->role);
			return false;
		}
		bool scalar = strcmp(o->role, "loss") == 0 || strcmp(o->role, "metric") == 0 || strcmp(o->role, "accuracy") == 0;
		if (scalar && o->node->shape.rank != 0)
			return wrong(why, pass, o->node, "a loss or metric that is not one number");
	}
	return true;
}

/* Uses node->mark: the position of each node in the list, to see that inputs stand before their users. */
bool graph_verify(const struct graph *g, const char *after_pass, struct text *why)
{
	for (int i = 0; i < g->outputs.count; i++)
		if (g->outputs.at[i].node)
			g->outputs.at[i].node->mark = -1;
	for (int i = 0; i < g->nodes.count; i++)
		for (int k = 0; k < g->nodes.at[i]->in_count && k < INPUT_MAX; k++)
			if (g->nodes.at[i]->in[k])
				g->nodes.at[i]->in[k]->mark = -1;
	for (int i = 0; i < g->nodes.count; i++) {
		struct node *n = g->nodes.at[i];
		n->id = i;
		if (!verify_inputs(n, i, after_pass, why) || !verify_shape(n, g, after_pass, why) || !verify_leaf(n, after_pass, why))
			return false;
		n->mark = i;
	}
	return verify_outputs(g, after_pass, why) && verify_params(g, after_pass, why);
}
