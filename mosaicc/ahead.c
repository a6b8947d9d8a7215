/* ahead.c: slopes that are worked out on the way there. The derivative of gelu or silu takes as much time as the function, and shares most of its work with it, so
** the loop that makes the value makes the slope beside it: it takes the memory of the argument, which then nobody needs again. Needs: a simplified graph.
** Breaks: nothing; fuse.c sees the mark. */
#include "op.h"

#include <string.h>

static bool is_dear(const struct node *n)
{
	static const char *const ops[] = {"erf", "exp", "tanh", "sigmoid", "softplus"};
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (strcmp(n->op->name, ops[i]) == 0)
			return true;
	return false;
}

/* What a slope is made of: nodes of the way back, all of its shape, and one value of the way there. mark is 1 for its nodes. */
struct slope { struct node *of; bool dear, fits; };

static void look(struct slope *s, struct node *n, const struct node *top)
{
	if (n->kind == NODE_CONST || n->mark)
		return;
	if (n->kind != NODE_OP || !shape_equal(&n->shape, &top->shape)) {
		s->fits = false;
	} else if (!n->backward) {
		s->fits = s->fits && (!s->of || s->of == n);
		s->of = n;
	} else {
		n->mark = 1;
		s->fits = s->fits && n->op->class == OP_ELEMENTWISE;
		s->dear = s->dear || is_dear(n);
		for (int k = 0; k < n->in_count && s->fits; k++)
			look(s, n->in[k], top);
	}
}

/* Nothing else on the way back reads what the slope is made of. */
static bool is_alone(const struct graph *g, const struct slope *s, const struct node *top)
{
	for (int i = 0; i < g->nodes.count; i++)
		for (int k = 0; k < g->nodes.at[i]->in_count; k++) {
			const struct node *n = g->nodes.at[i], *in = n->in[k];
			if (!n->mark && ((in == s->of && n->backward) || (in->mark && in != top)))
				return false;
		}
	for (int i = 0; i < g->outputs.count; i++)
		if (g->outputs.at[i].node->mark || g->outputs.at[i].node == s->of)
			return false;
	return true;
}

/* dy times a slope. */
static struct node *slope_of(struct node *n, int64_t from)
{
	if (n->kind != NODE_OP || !n->backward || strcmp(n->op->name, "mul") != 0 || shape_count(&n->shape) < from || !shape_equal(&n->in[1]->shape, &n->shape))
		return NULL;
	return n->in[1];
}

void work_ahead(struct graph *g, int64_t from)
{
	for (int i = 0; i < g->nodes.count; i++) {
		struct node *top = slope_of(g->nodes.at[i], from);
		struct slope s = {.fits = true};
		if (!top || top->ahead || !top->backward)
			continue;
		for (int k = 0; k < g->nodes.count; k++)
			g->nodes.at[k]->mark = 0;
		look(&s, top, top);
		if (!s.fits || !s.dear || !s.of || s.of->op->class == OP_VIEW || !is_alone(g, &s, top))
			continue;
		top->ahead = s.of;
	}
}
