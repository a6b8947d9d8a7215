/* diff.c: reverse-mode differentiation. Needs: a verified graph with one output "loss" (or none). Breaks: node ids.
** Gradients are built of ordinary nodes, so that a gradient can be differentiated again: nn_grad nodes are replaced in
** order, inner ones first, then the loss is differentiated by all trained parameters. */
#include "op.h"

#include <stdlib.h>
#include <string.h>

/* The adjoint of each node by its position in `nodes`; nodes made meanwhile lie behind them and are not differentiated. */
struct tape { struct graph *g; struct node **nodes; struct node **adjoint; bool *wanted; int count; };

/* Marks what depends on one of the nodes whose gradient is wanted. */
static void mark_wanted(struct tape *t, struct node *const *by, int count)
{
	for (int i = 0; i < t->count; i++)
		t->nodes[i]->mark = i;
	for (int i = 0; i < count; i++)
		t->wanted[by[i]->mark] = true;
	for (int i = 0; i < t->count; i++)
		for (int k = 0; k < t->nodes[i]->in_count; k++)
			t->wanted[i] = t->wanted[i] || t->wanted[t->nodes[i]->in[k]->mark];
}

static void accumulate(struct tape *t, struct node *to, struct node *part)
{
	int i = to->mark;
	struct node *before = t->adjoint[i];
	t->adjoint[i] = before ? g_op(t->g, "add", 2, (struct node *[]){before, part}, NULL, to->at) : part;
}

/* dy times the row's derivative, summed over what was broadcast. */
static void elementwise_gradient(struct graph *g, struct node *n, struct node *dy, const bool *want, struct node **dx)
{
	struct binding names[4] = {{"r", n}};
	static const char *const abc[] = {"a", "b", "c"};
	for (int k = 0; k < n->in_count; k++)
		names[k + 1] = (struct binding){abc[k], n->in[k]};
	for (int k = 0; k < n->in_count; k++) {
		const char *text = n->op->derivative[k];
		if (!text || !want[k])
			continue;
		struct node *d;
		if (strcmp(text, "1") == 0) {
			d = dy;
		} else if (strcmp(text, "-1") == 0) {
			d = g_op(g, "neg", 1, &dy, NULL, n->at);
		} else {
			struct node *slope = graph_expr(g, text, names, n->in_count + 1, n->at);
			d = g_op(g, "mul", 2, (struct node *[]){dy, slope}, NULL, n->at);
		}
		dx[k] = g_sum_to(g, d, &n->in[k]->shape);
	}
}

/* Nodes that a gradient made belong to the layer that is differentiated. */
static void adopt(struct graph *g, int first, const struct node *n)
{
	for (int i = first; i < g->nodes.count; i++) {
		struct node *made = g->nodes.at[i];
		made->backward = true;
		if (!made->label)
			made->label = n->label;
		if (!made->module)
			made->module = n->module;
		if (!made->at.file)
			made->at = n->at;
	}
}

static void step_back(struct tape *t, struct node *n, struct node *dy)
{
	struct node *dx[INPUT_MAX] = {NULL};
	bool want[INPUT_MAX];
	for (int k = 0; k < n->in_count; k++)
		want[k] = t->wanted[n->in[k]->mark];
	int first = t->g->nodes.count;
	if (n->op->grad)
		n->op->grad(t->g, n, dy, dx);
	else if (n->op->class == OP_ELEMENTWISE)
		elementwise_gradient(t->g, n, dy, want, dx);
	for (int k = 0; k < n->in_count; k++)
		if (dx[k] && want[k])
			accumulate(t, n->in[k], dx[k]);
	adopt(t->g, first, n);
}

static struct node *filled(struct graph *g, const struct shape *s, double value, struct place at)
{
	struct node *one = graph_const(g, value);
	if (s->rank == 0)
		return one;
	struct attr a[ATTR_MAX] = {{.count = s->rank}, {.i = {s->batch}, .count = 1}};
	memcpy(a[0].i, s->dim, sizeof s->dim);
	return g_op(g, "expand", 1, &one, a, at);
}

/* Of factor * y. */
static void gradients(struct graph *g, struct node *y, double factor, struct node *const *by, int count, struct node **out)
{
	struct tape t = {.g = g, .count = g->nodes.count};
	t.nodes = arena_alloc(g->arena, (size_t)t.count * sizeof *t.nodes);
	memcpy(t.nodes, g->nodes.at, (size_t)t.count * sizeof *t.nodes);
	t.adjoint = arena_alloc(g->arena, (size_t)t.count * sizeof *t.adjoint);
	t.wanted = arena_alloc(g->arena, (size_t)t.count * sizeof *t.wanted);
	mark_wanted(&t, by, count);
	int first = g->nodes.count;
	t.adjoint[y->mark] = filled(g, &y->shape, factor, y->at);
	adopt(g, first, y);
	for (int i = t.count - 1; i >= 0; i--) {
		struct node *n = t.nodes[i], *dy = t.adjoint[i];
		if (dy && !dy->adjoint_of && dy->kind == NODE_OP && dy->backward)
			dy->adjoint_of = n;
		if (dy && n->kind == NODE_OP && t.wanted[i])
			step_back(&t, n, dy);
	}
	first = g->nodes.count;
	for (int i = 0; i < count; i++) {
		out[i] = t.adjoint[by[i]->mark];
		if (!out[i])
			out[i] = filled(g, &by[i]->shape, 0, by[i]->at);
	}
	adopt(g, first, y);
}

/* Also called by gradients of ops, in the midst of another call: marks are places in g->nodes, which only grows at its end. */
void g_gradients(struct graph *g, struct node *y, struct node *const *by, int count, struct node **out)
{
	gradients(g, y, 1, by, count, out);
}

/* Copies the list into itself, each nn_grad replaced by what computes it. */
static void expand_grads(struct graph *g)
{
	int count = g->nodes.count;
	struct node **old = arena_alloc(g->arena, (size_t)count * sizeof *old), **now = arena_alloc(g->arena, (size_t)count * sizeof *now);
	memcpy(old, g->nodes.at, (size_t)count * sizeof *old);
	graph_number(g);
	int *place = arena_alloc(g->arena, (size_t)count * sizeof *place);
	for (int i = 0; i < count; i++)
		place[i] = old[i]->id;
	g->nodes.count = 0;
	for (int i = 0; i < count; i++) {
		struct node *n = old[i];
		for (int k = 0; k < n->in_count; k++)
			n->in[k] = now[n->in[k]->id];
		if (n->kind == NODE_OP && n->op->class == OP_GRAD) {
			g_gradients(g, n->in[0], &n->in[1], 1, &now[i]);
			for (int k = 0; k < count; k++)     /* ids are positions in `old` while this lasts */
				old[k]->id = place[k];
		} else {
			VEC_PUSH(g->arena, &g->nodes, n);
			now[i] = n;
		}
	}
	for (int i = 0; i < g->outputs.count; i++)
		g->outputs.at[i].node = now[g->outputs.at[i].node->id];
	graph_number(g);
}

static bool has_grads(const struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_OP && g->nodes.at[i]->op->class == OP_GRAD)
			return true;
	return false;
}

void differentiate(struct graph *g)
{
	if (has_grads(g))
		expand_grads(g);
	struct node *loss = graph_find_output(g, "loss");
	if (!loss || strcmp(g->name, "train") != 0)
		return;
	int count = 0;
	struct node **by = arena_alloc(g->arena, (size_t)g->nodes.count * sizeof *by), **d = arena_alloc(g->arena, (size_t)g->nodes.count * sizeof *d);
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_PARAM && g->nodes.at[i]->trains)
			by[count++] = g->nodes.at[i];
	gradients(g, loss, g->maximize ? -1 : 1, by, count, d);
	for (int i = 0; i < count; i++) {
		if (d[i]->kind == NODE_OP && d[i]->backward)
			d[i]->adjoint_of = by[i];
		graph_output(g, "grad", by[i]->name, d[i]);
	}
	graph_sweep_dead(g);
}
