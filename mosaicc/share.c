/* share.c: which arrays of a trainer share memory, those that are never needed at the same time. Needs: plan_memory. Breaks: nothing.
** Functions run in the order of the plan, so that an array lives from the first that names it to the last. Small arrays stay apart: what a debugger
** shows of them is then there until the step ends. What a graph gives is read behind the last function, and stays, too. */
#include "plan.h"

/* From here on an array shares, in reals. */
enum { SHARE_FROM = 16 * 1024 };

/* A place in memory: free behind function `last`. Of struct work, or of struct acts. */
struct place_of { int64_t size; int last; bool work; };
struct life { const struct node *root; int first, last; };

static bool is_given(const struct plan *p, const struct node *root)
{
	for (int i = 0; i < p->graph->outputs.count; i++)
		if (PLAN(p, p->graph->outputs.at[i].node)->root == root)
			return true;
	return false;
}

static bool may_share(const struct plan *p, const struct node *root)
{
	return PLAN(p, root)->home == HOME_ACT && shape_count(&root->shape) >= (p->tight ? 1 : SHARE_FROM) && !is_given(p, root);
}

/* When each array is needed, in the order in which they are made; by node->id. */
static void find_life(const struct plan *p, struct life *of)
{
	for (int i = 0; i < p->functions.count; i++)
		for (int k = 0; k < p->functions.at[i].args.count; k++) {
			const struct node *root = PLAN(p, p->functions.at[i].args.at[k])->root;
			struct life *l = &of[root->id];
			if (!l->root)
				*l = (struct life){root, i, i};
			l->last = i;
		}
}

/* The place that was free last, of those that fit best: what is in the cache is written again. -1: none is free. */
static int find_place(const struct place_of *places, int count, const struct life *l, int64_t size, bool work)
{
	int best = -1;
	for (int i = 0; i < count; i++) {
		const struct place_of *s = &places[i], *b = best < 0 ? NULL : &places[best];
		if (s->last >= l->first || s->work != work)
			continue;
		int64_t off = s->size > size ? s->size - size : size - s->size, best_off = !b ? 0 : b->size > size ? b->size - size : size - b->size;
		if (!b || off < best_off || (off == best_off && s->last > b->last))
			best = i;
	}
	return best;
}

void plan_share(struct plan *p)
{
	const int count = p->graph->nodes.count;
	struct life *of = arena_alloc(p->arena, (size_t)count * sizeof *of);
	VEC(struct place_of) places = {0};
	find_life(p, of);
	for (int f = 0; f < p->functions.count; f++)
		for (int k = 0; k < p->functions.at[f].args.count; k++) {
			const struct node *root = PLAN(p, p->functions.at[f].args.at[k])->root;
			const struct life *l = &of[root->id];
			if (l->first != f || PLAN(p, root)->shared || !may_share(p, root))
				continue;
			int64_t size = shape_count(&root->shape);
			bool work = PLAN(p, root)->phase != PHASE_FORWARD;
			int at = find_place(places.at, places.count, l, size, work);
			if (at < 0) {
				at = places.count;
				VEC_PUSH(p->arena, &places, ((struct place_of){.work = work}));
			}
			places.at[at].size = size > places.at[at].size ? size : places.at[at].size;
			places.at[at].last = l->last;
			PLAN(p, root)->shared = at + 1;
		}
}

int64_t plan_place_size(const struct plan *p, int shared)
{
	int64_t size = 0;
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (PLAN(p, n)->shared == shared && shape_count(&n->shape) > size)
			size = shape_count(&n->shape);
	}
	return size;
}
