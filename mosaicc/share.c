/* share.c: which arrays of a trainer share memory, those that are never needed at the same time. Needs: plan_memory. Breaks: nothing.
** Functions run in the order of the plan, so that an array lives from the first that names it to the last. Small arrays stay apart: what a debugger
** shows of them is then there until the step ends. What a graph gives is read behind the last function, and stays, too. */
#include "plan.h"

#include <limits.h>
#include <stdlib.h>

/* From here on an array shares, in reals. */
enum { SHARE_FROM = 16 * 1024 };

/* When an array is needed; size in reals; work: of struct work, not of struct acts. */
struct life { const struct node *root; int first, last; int64_t size; bool work; };
/* A place in memory, of the size of its first array, and all that takes turns there. */
struct place_of { int64_t size; bool work; VEC(const struct life *) turns; };

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

/* By node->id. */
static void find_life(const struct plan *p, struct life *of)
{
	for (int i = 0; i < p->functions.count; i++)
		for (int k = 0; k < p->functions.at[i].args.count; k++) {
			const struct node *root = PLAN(p, p->functions.at[i].args.at[k])->root;
			struct life *l = &of[root->id];
			if (!l->root)
				*l = (struct life){root, i, i, shape_count(&root->shape), PLAN(p, root)->phase != PHASE_FORWARD};
			l->last = i;
		}
}

/* Functions between the end of one and the begin of the other; -1: they are needed at the same time. */
static int distance(const struct life *a, const struct life *b)
{
	return a->last < b->first ? b->first - a->last : b->last < a->first ? a->first - b->last : -1;
}

/* How near in time the nearest of a place is; -1: it is taken. */
static int nearest(const struct place_of *place, const struct life *l)
{
	int near = INT_MAX;
	for (int i = 0; i < place->turns.count; i++) {
		const int d = distance(place->turns.at[i], l);
		if (d < 0)
			return -1;
		near = d < near ? d : near;
	}
	return near;
}

/* Of the smallest places the one whose numbers are in the cache still. -1: none is free. */
static int find_place(const struct place_of *places, int count, const struct life *l)
{
	int best = -1, best_near = 0;
	for (int i = 0; i < count; i++) {
		const int near = places[i].work == l->work ? nearest(&places[i], l) : -1;
		if (near >= 0 && (best < 0 || places[i].size < places[best].size || (places[i].size == places[best].size && near < best_near))) {
			best = i;
			best_near = near;
		}
	}
	return best;
}

/* Large ones first, which find room among each other before small ones that live long sit there; else in the order in which they are made. */
static int larger_first(const void *x, const void *y)
{
	const struct life *a = *(const struct life *const *)x, *b = *(const struct life *const *)y;
	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return a->first != b->first ? (a->first > b->first) - (a->first < b->first) : (a->root->id > b->root->id) - (a->root->id < b->root->id);
}

void plan_share(struct plan *p)
{
	const int count = p->graph->nodes.count;
	struct life *of = arena_alloc(p->arena, (size_t)count * sizeof *of);
	const struct life **all = arena_alloc(p->arena, (size_t)count * sizeof(const struct life *));
	VEC(struct place_of) places = {0};
	int lives = 0;
	find_life(p, of);
	for (int i = 0; i < count; i++)
		if (of[i].root && may_share(p, of[i].root))
			all[lives++] = &of[i];
	qsort(all, (size_t)lives, sizeof(const struct life *), larger_first);
	for (int i = 0; i < lives; i++) {
		int at = find_place(places.at, places.count, all[i]);
		if (at < 0) {
			at = places.count;
			VEC_PUSH(p->arena, &places, ((struct place_of){.size = all[i]->size, .work = all[i]->work}));
		}
		VEC_PUSH(p->arena, &places.at[at].turns, all[i]);
		PLAN(p, all[i]->root)->shared = at + 1;
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
