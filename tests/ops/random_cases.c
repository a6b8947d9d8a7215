/* random_cases.c: the expected numbers of random graphs, part of make_cases.c. All outputs are the reference's, gradients by the graph before it was simplified. What a graph
** has of jumps and kinks is found by moving all leaves a little: a number that jumps then is not compared. Some gradients are compared with finite
** differences here. */
#include "make_cases.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* Ops before gradients bring theirs. */
void random_count_ops(struct made *m)
{
	for (int k = 0; m->random && k < op_count; k++)
		for (int i = 0; i < m->graph->nodes.count; i++)
			m->random->used[k] += m->graph->nodes.at[i]->op == op_registry[k];
}

enum { MOVES = 2, SLOPES = 3 };

static void move_leaves(struct made *m, struct random *random, number by)
{
	for (int i = 0; i < m->meaning->nodes.count; i++) {
		const struct node *n = m->meaning->nodes.at[i];
		struct shape s = reference_shape(m->meaning, n, m->n);
		for (int64_t e = 0; m->leaf[i] && n->kind != NODE_OP && e < shape_count(&s); e++)
			m->leaf[i][e] += by * (number)random_between(random, -1, 1);
	}
}

/* Where `o` jumps, or leaves the range of doubles (the reference reaches further): NaN. */
static void drop_jumps(const struct output *o, const struct reference *moved, number *at, int64_t count)
{
	for (int k = 0; k < MOVES; k++) {
		const number *other = moved[k].of[o->node->id].at;
		for (int64_t e = 0; e < count; e++)
			if (!(fabsl(at[e] - other[e]) <= 1e-7L * (1 + fabsl(at[e]))) || fabsl(at[e]) > 1e300L)
				at[e] = NAN;
	}
}

/* Of each gradient a few numbers against the slope of the loss. */
static void check_slopes(struct made *m, const struct output *o, const number *at, int64_t count, struct random *random)
{
	const struct node *leaf = case_leaf(m->meaning, o->name + 2 * (strncmp(o->name, "d_", 2) == 0));
	for (int i = 0; i < SLOPES; i++) {
		int64_t e = (int64_t)random_between(random, 0, (double)count);
		number *x = &m->leaf[leaf->id][e], slope = case_slope(m, x, 1e-5L);
		bool smooth = fabsl(slope - case_slope(m, x, 3e-6L)) <= 1e-8L * (1 + fabsl(slope));
		if (smooth && !isnan(at[e]) && !(fabsl(at[e] - slope) <= 1e-7L * (1 + fabsl(slope))))
			die("%s: gradient of %s[%lld] is %.12Lg, the loss rises by %.12Lg", m->name.at, leaf->name, (long long)e, at[e], slope);
		m->random->slopes += smooth;
	}
}

void random_write_expected(struct made *m, FILE *f, struct random *random)
{
	struct reference r, moved[MOVES];
	static const number moves[MOVES + 1] = {1e-10L, -2e-10L, 1e-10L};
	for (int k = 0; k < MOVES; k++) {
		struct random same = *random;
		move_leaves(m, &same, moves[k]);
		reference_open(&moved[k], m->meaning, m->n, m->leaf);
		for (int i = 0; i < m->meaning->outputs.count; i++)
			reference_value(&moved[k], m->meaning->outputs.at[i].node);
	}
	struct random same = *random;
	move_leaves(m, &same, moves[MOVES]);
	reference_open(&r, m->meaning, m->n, m->leaf);
	for (int i = 0; i < m->meaning->outputs.count; i++) {
		const struct output *o = &m->meaning->outputs.at[i];
		const struct value *v = reference_value(&r, o->node);
		int64_t count = shape_count(&v->shape);
		number *at = arena_alloc(&m->arena, (size_t)count * sizeof *at);
		memcpy(at, v->at, (size_t)count * sizeof *at);
		drop_jumps(o, moved, at, count);
		if (strncmp(o->name, "d_", 2) == 0 || strcmp(o->role, "grad") == 0)
			check_slopes(m, o, at, count, random);
		for (int64_t e = 0; e < count; e++)
			m->random->unknown += isnan(at[e]) != 0;
		m->random->numbers += count;
		case_write_values(f, m->meaning, o->node, m->n, at);
	}
	reference_close(&r);
	for (int k = 0; k < MOVES; k++)
		reference_close(&moved[k]);
}

bool random_is_rich(const struct random_all *r, int count)
{
	bool rich = true;
	int least = INT_MAX;
	for (int k = 0; k < op_count && count >= 1000; k++) {
		least = r->used[k] < least ? r->used[k] : least;
		if (r->used[k] < count / 500) {
			fprintf(stderr, "%d random graphs, and op %s stands in them %d times\n", count, op_registry[k]->name, r->used[k]);
			rich = false;
		}
	}
	if (r->unknown * 100 > r->numbers)
		fprintf(stderr, "%lld of %lld numbers are unknown\n", (long long)r->unknown, (long long)r->numbers);
	printf("%lld numbers, %lld of them where something jumps; %lld slopes%s\n", (long long)r->numbers, (long long)r->unknown, (long long)r->slopes,
		count >= 1000 ? "; every op" : "");
	return rich && r->unknown * 100 <= r->numbers;
}

