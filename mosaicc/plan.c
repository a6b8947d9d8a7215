/* plan.c: where each value lives. Needs: fuse. Breaks: nothing.
** A value gets memory when it outlives its loop; the rest are variables. A body whose result only feeds one elementwise node
** of the same function writes into that node's array, so that activations work in place. */
#include "backend.h"

#include <string.h>

/* Arrays of a function up to this size stand on its stack, in reals of 16 lanes of double. */
enum { LOCAL_LIMIT = 64 * 1024 / 128 };

int plan_axes(const struct plan *p, const struct shape *s, int out[RANK_MAX])
{
	int n = 0;
	for (int i = 0; i < s->rank; i++)
		if (!(i == s->batch && p->graph->batch == 1 && s->dim[i] == 1))
			out[n++] = i;
	return n;
}

bool plan_same_array(const struct plan *p, const struct node *a, const struct node *b)
{
	int xa[RANK_MAX], xb[RANK_MAX], na = plan_axes(p, &a->shape, xa), nb = plan_axes(p, &b->shape, xb);
	bool same = na == nb;
	for (int i = 0; same && i < na; i++)
		same = a->shape.dim[xa[i]] == b->shape.dim[xb[i]] && (xa[i] == a->shape.batch) == (xb[i] == b->shape.batch);
	return same;
}

/* ---- homes ---------------------------------------------------------------------------------- */

static bool used_outside_loop(const struct plan *p, const struct node *n)
{
	const struct graph *g = p->graph;
	for (int i = 0; i < g->outputs.count; i++)
		if (g->outputs.at[i].node == n)
			return true;
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *user = g->nodes.at[i];
		for (int k = 0; k < user->in_count; k++) {
			if (user->in[k] != n || plan_is_cheap(p, user))
				continue;
			if (user->op->class == OP_VIEW || PLAN(p, user)->function != PLAN(p, n)->function || PLAN(p, user)->kernel != PLAN(p, n)->kernel)
				return true;
		}
	}
	return false;
}

static bool used_outside_function(const struct plan *p, const struct node *n)
{
	const struct graph *g = p->graph;
	for (int i = 0; i < g->outputs.count; i++)
		if (g->outputs.at[i].node == n)
			return true;
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *user = g->nodes.at[i];
		for (int k = 0; k < user->in_count; k++)
			if (user->in[k] == n && (user->op->class == OP_VIEW ? used_outside_function(p, user) : PLAN(p, user)->function != PLAN(p, n)->function))
				return true;
	}
	return false;
}

static void give_home(struct plan *p, struct node *n)
{
	struct node_plan *np = PLAN(p, n);
	np->root = n;
	if (n->kind == NODE_INPUT || n->kind == NODE_TARGET || n->kind == NODE_PARAM) {
		np->home = n->kind == NODE_INPUT ? HOME_INPUT : n->kind == NODE_TARGET ? HOME_TARGET : HOME_PARAM;
	} else if (plan_is_cheap(p, n)) {
		np->inlined = true;
	} else if (n->op->class == OP_VIEW) {
		np->root = PLAN(p, n->in[0])->root;
	} else if (p->apart) {
		np->home = HOME_ACT;
	} else if (n->op->class != OP_ELEMENTWISE || used_outside_loop(p, n)) {
		bool scalar = shape_count(&n->shape) == 1 && n->op->class == OP_REDUCE;
		bool outside = used_outside_function(p, n);
		if (!outside && scalar)
			np->home = HOME_NONE;
		else
			np->home = outside || (p->backend && p->backend->apart) || shape_count(&n->shape) > LOCAL_LIMIT ? HOME_ACT : HOME_LOCAL;
	}
}

/* h = linear(x); y = sigmoid(h): linear writes into y, which the loop then overwrites element by element. */
static void work_in_place(struct plan *p, struct node *n)
{
	struct node_plan *np = PLAN(p, n);
	if (n->kind != NODE_OP || n->op->class != OP_ELEMENTWISE || np->home == HOME_NONE)
		return;
	for (int k = 0; k < n->in_count; k++) {
		struct node *in = n->in[k];
		struct node_plan *ip = PLAN(p, in);
		bool body = in->kind == NODE_OP && in->op->class == OP_KERNEL && ip->root == in;
		if (body && ip->uses == 1 && ip->function == np->function && shape_equal(&in->shape, &n->shape)) {
			ip->root = n;
			ip->home = HOME_NONE;
			return;
		}
	}
}

/* The gradient of a parameter lives in struct params of the gradients; where that memory is taken or shaped otherwise, emit copies. */
static void home_gradients(struct plan *p)
{
	struct graph *g = p->graph;
	for (int i = 0; i < g->outputs.count; i++) {
		struct output *o = &g->outputs.at[i];
		if (strcmp(o->role, "grad") != 0 || o->node->kind != NODE_OP)
			continue;
		struct node *root = PLAN(p, o->node)->root, *param = NULL;
		struct node_plan *rp = PLAN(p, root);
		for (int k = 0; k < g->nodes.count; k++)
			if (g->nodes.at[k]->kind == NODE_PARAM && strcmp(g->nodes.at[k]->name, o->name) == 0)
				param = g->nodes.at[k];
		bool backward = rp->phase == PHASE_BACKWARD;   /* what the loss needs is worked out by evaluate() too, which has no gradients */
		if (param && backward && (rp->home == HOME_ACT || rp->home == HOME_LOCAL) && plan_same_array(p, root, param)) {
			const char *name = arena_printf(p->arena, "d_%s", PLAN(p, param)->c_name), *old = rp->c_name;
			for (int k = 0; k < g->nodes.count; k++)     /* a part of the gradient may have had the name */
				if (p->of[k].c_name && strcmp(p->of[k].c_name, name) == 0)
					p->of[k].c_name = old;
			rp->home = HOME_GRAD;
			rp->c_name = name;
			root->adjoint_of = param;
		}
	}
}

/* Memory that holds an output under another node's made-up name is called after the output: "loss", not "square_loss". */
static void name_outputs(struct plan *p)
{
	struct graph *g = p->graph;
	for (int i = 0; i < g->outputs.count; i++) {
		struct node *n = g->outputs.at[i].node, *root = PLAN(p, n)->root;
		if (root && root != n && root->kind == NODE_OP && !root->name && strcmp(g->outputs.at[i].role, "grad") != 0 && PLAN(p, root)->home == HOME_ACT) {
			PLAN(p, root)->c_name = PLAN(p, n)->c_name;
			root->name = PLAN(p, n)->c_name;
		}
	}
}

static void add_arg(struct plan *p, struct function *f, struct node *n)
{
	struct node_plan *np = PLAN(p, n);
	struct node *root = np->root;
	if (!root || PLAN(p, root)->home == HOME_NONE || PLAN(p, root)->home == HOME_LOCAL)
		return;
	struct node *arg = plan_same_array(p, n, root) ? root : n;
	for (int i = 0; i < f->args.count; i++)
		if (f->args.at[i] == arg)
			return;
	VEC_PUSH(p->arena, &f->args, arg);
}

static void add_inputs(struct plan *p, struct function *f, struct node *n)
{
	for (int k = 0; k < n->in_count; k++) {
		if (PLAN(p, n->in[k])->inlined)
			add_inputs(p, f, n->in[k]);
		else
			add_arg(p, f, n->in[k]);
	}
}

void plan_memory(struct plan *p)
{
	struct graph *g = p->graph;
	for (int i = 0; i < g->nodes.count; i++)
		give_home(p, g->nodes.at[i]);
	for (int i = 0; i < g->nodes.count && !p->apart; i++)
		work_in_place(p, g->nodes.at[i]);
	for (int i = 0; i < g->nodes.count; i++)    /* views of what now works in place */
		if (p->of[i].root)
			p->of[i].root = PLAN(p, p->of[i].root)->root;
	if (!p->apart)
		home_gradients(p);
	name_outputs(p);
	for (int i = 0; i < p->functions.count; i++) {
		struct function *f = &p->functions.at[i];
		for (int k = 0; k < f->nodes.count; k++)
			add_inputs(p, f, f->nodes.at[k]);
		for (int k = 0; k < f->nodes.count; k++)
			if (PLAN(p, f->nodes.at[k])->root == f->nodes.at[k])
				add_arg(p, f, f->nodes.at[k]);
	}
}
