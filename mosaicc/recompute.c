/* recompute.c: cheap values of the way back that several loops use: each works them out itself, so that they need no array. Needs: a simplified
** graph. Breaks: equal nodes are there more than once. */
#include "op.h"

#include <string.h>

/* One addition or multiplication of a large value and what is small beside it: reading it back costs more. */
static bool is_cheap(const struct node *n)
{
	enum { LARGE = 4096, SMALL = 16 };
	static const char *const ops[] = {"add", "sub", "mul", "neg"};
	bool found = false;
	int large = 0;
	if (n->kind != NODE_OP || !n->backward || n->name || shape_count(&n->shape) < LARGE)
		return false;
	for (int i = 0; i < 4; i++)
		found = found || strcmp(n->op->name, ops[i]) == 0;
	for (int k = 0; k < n->in_count; k++) {
		bool same = shape_equal(&n->in[k]->shape, &n->shape);
		large += same;
		found = found && (same || SMALL * shape_count(&n->in[k]->shape) <= shape_count(&n->shape));
	}
	return found && large == 1;
}

/* All users are loops, and there are several; mark counts users. */
static bool is_shared(const struct graph *g, const struct node *n)
{
	int users = 0;
	for (int i = 0; i < g->nodes.count; i++)
		for (int k = 0; k < g->nodes.at[i]->in_count; k++)
			if (g->nodes.at[i]->in[k] == n) {
				users++;
				if (g->nodes.at[i]->op->class != OP_ELEMENTWISE && g->nodes.at[i]->op->class != OP_REDUCE)
					return false;
			}
	for (int i = 0; i < g->outputs.count; i++)
		if (g->outputs.at[i].node == n)
			return false;
	return users > 1;
}

/* A copy of n for every user of its own, directly before it. */
static void give_each(struct graph *g, struct node *n)
{
	struct node **old = arena_alloc(g->arena, (size_t)g->nodes.count * sizeof *old);
	int count = g->nodes.count;
	memcpy(old, g->nodes.at, (size_t)count * sizeof *old);
	g->nodes.count = 0;
	for (int i = 0; i < count; i++) {
		struct node *copy = NULL;
		for (int k = 0; k < old[i]->in_count; k++) {
			if (old[i]->in[k] != n)
				continue;
			if (!copy) {
				copy = arena_alloc(g->arena, sizeof *copy);
				*copy = *n;
				copy->label = old[i]->label;
				VEC_PUSH(g->arena, &g->nodes, copy);
			}
			old[i]->in[k] = copy;
		}
		if (old[i] != n)
			VEC_PUSH(g->arena, &g->nodes, old[i]);
	}
}

void recompute(struct graph *g)
{
	for (int i = g->nodes.count - 1; i >= 0; i--)
		if (is_cheap(g->nodes.at[i]) && is_shared(g, g->nodes.at[i]))
			give_each(g, g->nodes.at[i]);
}
