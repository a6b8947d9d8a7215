/* graph.c: building and walking the graph. Nodes stand in topological order in graph->nodes; passes append or rebuild that list. */
#include "op.h"

#include <string.h>

struct graph *graph_new(struct arena *a, const char *name)
{
	struct graph *g = arena_alloc(a, sizeof *g);
	g->arena = a;
	g->name = name;
	g->batch = 1;
	return g;
}

static struct node *push(struct graph *g, struct node *n)
{
	n->id = g->nodes.count;
	VEC_PUSH(g->arena, &g->nodes, n);
	return n;
}

bool attr_absent(const struct node *n, int i)
{
	const char *name = n->op->attrs[i];
	return name[strlen(name) - 1] == '?' && n->attr[i].count == 0;
}

struct node *graph_add(struct graph *g, const struct op *op, int in_count, struct node *const *in, const struct attr *attrs, struct place at)
{
	struct node *n = arena_alloc(g->arena, sizeof *n);
	n->kind = NODE_OP;
	n->op = op;
	n->in_count = in_count;
	for (int i = 0; i < in_count; i++)
		n->in[i] = in[i];
	for (int i = 0; i < ATTR_MAX && op->attrs[i] && attrs; i++)
		n->attr[i] = attrs[i];
	n->at = at;
	struct text why = {0};
	if (!shape_infer(n, &n->shape, &why))
		die("%s: %s", op->name, why.at ? why.at : "no shape");
	text_free(&why);
	return push(g, n);
}

struct node *graph_leaf(struct graph *g, enum node_kind kind, const char *name, struct shape shape)
{
	struct node *n = arena_alloc(g->arena, sizeof *n);
	n->kind = kind;
	n->name = name;
	n->shape = shape;
	n->trains = kind == NODE_PARAM;
	return push(g, n);
}

struct node *graph_const(struct graph *g, double value)
{
	struct node *n = graph_leaf(g, NODE_CONST, NULL, (struct shape){.batch = -1});
	n->value = value;
	return n;
}

void graph_output(struct graph *g, const char *role, const char *name, struct node *n)
{
	VEC_PUSH(g->arena, &g->outputs, ((struct output){.role = role, .name = name, .node = n}));
}

bool graph_is_buffer(const struct graph *g, const struct node *param)
{
	for (int i = 0; i < g->outputs.count; i++)
		if (strcmp(g->outputs.at[i].role, "update") == 0 && strcmp(g->outputs.at[i].name, param->name) == 0)
			return true;
	return false;
}

int64_t graph_parameters(const struct graph *g)
{
	int64_t count = 0;
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		count += n->kind == NODE_PARAM && !graph_is_buffer(g, n) ? shape_count(&n->shape) : 0;
	}
	return count;
}

struct node *graph_find_output(const struct graph *g, const char *role)
{
	for (int i = 0; i < g->outputs.count; i++)
		if (strcmp(g->outputs.at[i].role, role) == 0)
			return g->outputs.at[i].node;
	return NULL;
}

void graph_number(struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++)
		g->nodes.at[i]->id = i;
}

/* Parameters, inputs and targets stay even when unused: they are part of what the user sees. */
void graph_sweep_dead(struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++)
		g->nodes.at[i]->mark = g->nodes.at[i]->kind == NODE_INPUT || g->nodes.at[i]->kind == NODE_TARGET || g->nodes.at[i]->kind == NODE_PARAM;
	for (int i = 0; i < g->outputs.count; i++)
		g->outputs.at[i].node->mark = 1;
	for (int i = g->nodes.count - 1; i >= 0; i--) {
		struct node *n = g->nodes.at[i];
		for (int k = 0; n->mark && k < n->in_count; k++)
			n->in[k]->mark = 1;
	}
	int kept = 0;
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->mark)
			g->nodes.at[kept++] = g->nodes.at[i];
	g->nodes.count = kept;
	graph_number(g);
}

/* How many nodes (and outputs) use each node, into node->mark. */
void graph_count_uses(struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++)
		g->nodes.at[i]->mark = 0;
	for (int i = 0; i < g->nodes.count; i++)
		for (int k = 0; k < g->nodes.at[i]->in_count; k++)
			g->nodes.at[i]->in[k]->mark++;
	for (int i = 0; i < g->outputs.count; i++)
		g->outputs.at[i].node->mark++;
}

const struct op *op_find(const char *name)
{
	for (int i = 0; op_registry[i]; i++)
		if (strcmp(op_registry[i]->name, name) == 0)
			return op_registry[i];
	return NULL;
}

const struct op_body *op_body_find(const char *name, bool cuda)
{
	for (const struct op_body *b = op_bodies; b->name; b++)
		if (b->cuda == cuda && strcmp(b->name, name) == 0)
			return b;
	return NULL;
}

struct node *g_op(struct graph *g, const char *op, int count, struct node *const *in, const struct attr *attrs, struct place at)
{
	const struct op *found = op_find(op);
	if (!found)
		die("no op named %s", op);
	return graph_add(g, found, count, in, attrs, at);
}

/* Undoes broadcasting: sums the axes that were added or stretched, back to shape `s`. */
struct node *g_sum_to(struct graph *g, struct node *n, const struct shape *s)
{
	if (shape_equal(&n->shape, s))
		return n;
	struct attr a[ATTR_MAX] = {0};
	int extra = n->shape.rank - s->rank;
	for (int i = 0; i < n->shape.rank; i++)
		if (i < extra || s->dim[i - extra] != n->shape.dim[i])
			a[0].i[a[0].count++] = i;
	a[1].i[0] = 0;
	a[1].count = 1;
	if (a[0].count) {
		n = g_op(g, "sum", 1, &n, a, n->at);
	}
	if (shape_equal(&n->shape, s))
		return n;
	struct attr r[ATTR_MAX] = {0};
	r[0].count = s->rank;
	memcpy(r[0].i, s->dim, sizeof s->dim);
	r[1].i[0] = s->batch;
	r[1].count = 1;
	return g_op(g, "reshape", 1, &n, r, n->at);
}
