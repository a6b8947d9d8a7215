/* c_loop.c: loops of C: elementwise nodes, reductions and moves, fused where they share a space. */
#include "emit_c.h"

#include <string.h>

/* ---- loops ---------------------------------------------------------------------------------- */

static bool loops_over(const struct emit *e, const struct shape *s, int axis)
{
	return s->dim[axis] > 1 || (axis == s->batch && e->p->graph->batch > 1);
}

static const char *bound(struct emit *e, const struct node *n, int axis)
{
	if (axis != n->shape.batch)
		return PLAN(e->p, n)->size[axis];
	int64_t times = n->shape.dim[axis] / e->p->graph->batch;
	if (e->p->graph->batch == 1)
		return arena_printf(e->p->arena, "%lld", (long long)times);
	return times == 1 ? "n" : arena_printf(e->p->arena, "n * %lld", (long long)times);
}

static void name_indexes(struct emit *e, const struct shape *s)
{
	static const char *const others[] = {"i", "j", "k", "l", "m", "q", "i2", "j2"};
	int next = 0;
	for (int i = 0; i < s->rank; i++)
		e->index[i] = !loops_over(e, s, i) ? "0" : i == s->batch ? "r" : others[next++];
}

static void axes_in_order(struct emit *e)
{
	for (int i = 0; i < RANK_MAX; i++)
		e->order[i] = i;
}

/* The innermost axis that loops. */
static int last_loop(const struct emit *e, const struct shape *s)
{
	int last = -1;
	for (int i = 0; i < s->rank; i++)
		last = loops_over(e, s, e->order[i]) ? e->order[i] : last;
	return last;
}

/* The innermost loop, along a row of an image: compilers see no loop there that is worth vectors. Not where it adds up one number: in vectors that
** would be another order. */
static bool short_row(const struct emit *e, const struct shape *s, int axis)
{
	enum { FROM = 4, TO = 64 };
	return !e->chained && s->rank > 2 && axis != s->batch && axis == last_loop(e, s) && s->dim[axis] >= FROM && s->dim[axis] <= TO;
}

/* Opens the loops from..to-1 over a value's shape; braces only where the body needs them. Returns how many. */
static int open_loops(struct emit *e, const struct node *n, int from, int to, bool braces)
{
	int opened = 0;
	for (int i = from; i < to; i++) {
		int axis = e->order[i];
		if (!loops_over(e, &n->shape, axis))
			continue;
		bool brace = braces;
		for (int k = i + 1; k < to; k++)
			brace = brace && !loops_over(e, &n->shape, e->order[k]);
		if (opened > 0 && short_row(e, &n->shape, axis))
			line(e, "IN_VECTORS");
		line(e, "for (int %s = 0; %s < %s; %s++)%s", e->index[axis], e->index[axis], bound(e, n, axis), e->index[axis], brace ? " {" : "");
		e->depth++;
		opened++;
	}
	return opened;
}

static void close_loops(struct emit *e, int opened, bool braces)
{
	for (int i = opened; i > 0; i--) {
		e->depth--;
		if (i == opened && braces)
			line(e, "}");
	}
}

/* ---- reductions ----------------------------------------------------------------------------- */

static void reduced_axes(const struct node *n, bool reduced[RANK_MAX])
{
	for (int i = 0; i < RANK_MAX; i++)
		reduced[i] = false;
	for (int i = 0; i < n->attr[0].count; i++)
		reduced[n->attr[0].i[i]] = true;
}

/* How many of the outer loops are over axes that stay; -1 when a reduced axis runs outside of one that stays. */
static int kept_axes(const struct emit *e, const struct node *n)
{
	const struct shape *s = &n->in[0]->shape;
	bool reduced[RANK_MAX];
	reduced_axes(n, reduced);
	int kept = 0;
	for (int i = 0; i < s->rank; i++)
		if (!reduced[e->order[i]] && loops_over(e, s, e->order[i]))
			kept = i + 1;
	for (int i = 0; i < kept; i++)
		if (reduced[e->order[i]] && loops_over(e, s, e->order[i]))
			return -1;
	return kept;
}

enum { PARTS_MAX = 4096 };              /* they stand on the stack */

/* Sums over samples and places, a channel each: channels go outside, so that each is one sum and stays in the cache. Not where the innermost
** axis stays, which vectors run along, and not where two sums of the loop disagree. */
static void order_axes(struct emit *e, const struct kernel *k)
{
	bool reduced[RANK_MAX], others[RANK_MAX];
	const struct node *first = NULL;
	axes_in_order(e);
	for (int i = 0; i < k->nodes.count; i++) {
		const struct node *n = k->nodes.at[i];
		if (n->op->class != OP_REDUCE)
			continue;
		reduced_axes(n, others);
		if (first && memcmp(reduced, others, sizeof reduced) != 0)
			return;
		memcpy(reduced, others, sizeof reduced);
		first = n;
	}
	if (!first || kept_axes(e, first) >= 0 || !reduced[last_loop(e, &k->space)] || k->space.dim[last_loop(e, &k->space)] > PARTS_MAX)
		return;
	int at = 0;
	for (int stays = 1; stays >= 0; stays--)
		for (int i = 0; i < k->space.rank; i++)
			if (reduced[i] != stays)
				e->order[at++] = i;
}

/* A channel's sum has a part for each place of the innermost axis, added in their order at the end: vectors run along it. */
static bool in_parts(const struct emit *e)
{
	for (int i = 0; i < RANK_MAX; i++)
		if (e->order[i] != i)
			return true;
	return false;
}

/* The element of the result that a place of the loop adds to. */
static const char *reduced_element(struct emit *e, const struct node *n)
{
	const char *index[RANK_MAX];
	bool keep = n->attr[1].i[0];
	int at = 0;
	for (int i = 0; i < n->in[0]->shape.rank; i++) {
		bool reduced = false;
		for (int k = 0; k < n->attr[0].count; k++)
			reduced = reduced || n->attr[0].i[k] == i;
		if (!reduced || keep)
			index[at++] = reduced ? "0" : e->index[i];
	}
	return element(e, n, index);
}

static const char *start_value(const struct node *n)
{
	return n->op->value[0] == 'm' ? "splat_(-R_INF)" : strchr(n->op->value, '*') ? "splat_(1)" : "splat_(0)";
}

static const char *sum_name(struct emit *e, const struct node *n)
{
	const struct node_plan *np = PLAN(e->p, n);
	return np->home == HOME_NONE ? np->c_name : arena_printf(e->p->arena, "%s_sum", np->c_name);
}

/* Before the loop over axis `depth`: sums that start there. Arrays that are added to in another order are cleared first of all. */
static void start_sums(struct emit *e, const struct kernel *k, int depth)
{
	int last = last_loop(e, &k->space);
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (n->op->class != OP_REDUCE || kept_axes(e, n) != depth)
			continue;
		if (!in_parts(e)) {
			line(e, "real %s = %s;", sum_name(e, n), start_value(n));
			continue;
		}
		line(e, "real %ss[%s];", sum_name(e, n), bound(e, n->in[0], last));
		line(e, "for (int %s = 0; %s < %s; %s++)", e->index[last], e->index[last], bound(e, n->in[0], last), e->index[last]);
		e->depth++;
		line(e, "%ss[%s] = %s;", sum_name(e, n), e->index[last], start_value(n));
		e->depth--;
	}
}

static void clear_sums(struct emit *e, const struct kernel *k)
{
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (n->op->class != OP_REDUCE || kept_axes(e, n) >= 0)
			continue;
		name_indexes(e, &n->shape);
		int opened = open_loops(e, n, 0, n->shape.rank, false);
		line(e, "%s = %s;", element(e, n, e->index), start_value(n));
		close_loops(e, opened, false);
	}
}

static const char *added(struct emit *e, const struct node *n, const char *sum, const char *x)
{
	if (n->op->value[0] == 'm')
		return arena_printf(e->p->arena, "%s = max_(%s, %s);", sum, sum, x);
	return arena_printf(e->p->arena, "%s %c= %s;", sum, strchr(n->op->value, '*') ? '*' : '+', x);
}

static void add_parts(struct emit *e, const struct node *n)
{
	int last = last_loop(e, &n->in[0]->shape);
	const char *sum = sum_name(e, n), *k = e->index[last];
	line(e, "real %s = %s;", sum, start_value(n));
	line(e, "for (int %s = 0; %s < %s; %s++)", k, k, bound(e, n->in[0], last), k);
	e->depth++;
	line(e, "%s", added(e, n, sum, arena_printf(e->p->arena, "%ss[%s]", sum, k)));
	e->depth--;
}

static void store_sums(struct emit *e, const struct kernel *k, int depth)
{
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (n->op->class != OP_REDUCE || kept_axes(e, n) != depth)
			continue;
		if (in_parts(e))
			add_parts(e, n);
		if (PLAN(e->p, n)->home != HOME_NONE)
			line(e, "%s = %s;", reduced_element(e, n), sum_name(e, n));
	}
}

/* Whether the innermost loop adds to one number from place to place. */
static bool chained(const struct emit *e, const struct kernel *k)
{
	bool reduced[RANK_MAX];
	const int last = last_loop(e, &k->space);
	for (int i = 0; !in_parts(e) && i < k->nodes.count; i++) {
		if (k->nodes.at[i]->op->class != OP_REDUCE)
			continue;
		reduced_axes(k->nodes.at[i], reduced);
		if (last >= 0 && reduced[last])
			return true;
	}
	return false;
}

static void add_to_sum(struct emit *e, struct node *n)
{
	const char *x = as_vector(e, value_of(e, n->in[0], &n->in[0]->shape));
	const char *sum = kept_axes(e, n) >= 0 ? sum_name(e, n) : reduced_element(e, n);
	if (in_parts(e))
		sum = arena_printf(e->p->arena, "%ss[%s]", sum, e->index[last_loop(e, &n->in[0]->shape)]);
	line(e, "%s", added(e, n, sum, x));
}

/* ---- kernels -------------------------------------------------------------------------------- */

static int statements(const struct emit *e, const struct kernel *k)
{
	int count = 0;
	for (int i = 0; i < k->nodes.count; i++)
		count += !written_in_place(e, k->nodes.at[i]);
	return count;
}

/* A value and its slope share most of their work, if compilers see that what is stored between them is not what they are made of. */
static void hold_argument(struct emit *e, const struct kernel *k)
{
	for (int i = 0; i < k->nodes.count && !e->held; i++) {
		const struct node *n = k->nodes.at[i], *of = n->ahead;
		if (!of || (PLAN(e->p, of)->function == PLAN(e->p, n)->function && PLAN(e->p, of)->kernel == e->kernel))
			continue;
		line(e, "const real %s = %s;", PLAN(e->p, n)->argument, element_in(e, of, &k->space));
		e->held = n;
	}
}

static void loop_statements(struct emit *e, const struct kernel *k)
{
	hold_argument(e, k);
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (written_in_place(e, n))
			continue;
		if (n->op->class == OP_REDUCE)
			add_to_sum(e, n);
		else
			line(e, PLAN(e->p, n)->home == HOME_NONE ? "const real %s = %s;" : "%s = %s;", element_in(e, n, &k->space),
				as_vector(e, compute(e, n, &k->space)));
	}
}

static bool sums_at(const struct emit *e, const struct kernel *k, int depth)
{
	for (int i = 0; i < k->nodes.count; i++)
		if (k->nodes.at[i]->op->class == OP_REDUCE && kept_axes(e, k->nodes.at[i]) == depth)
			return true;
	return false;
}

/* A node with the shape of the loop, for its sizes. */
static const struct node *loop_shape(const struct kernel *k)
{
	return k->nodes.at[0]->op->class == OP_REDUCE ? k->nodes.at[0]->in[0] : k->nodes.at[0];
}

void emit_loop(struct emit *e, const struct kernel *k)
{
	const struct node *shape = loop_shape(k);
	order_axes(e, k);
	clear_sums(e, k);
	name_indexes(e, &k->space);
	int opened[RANK_MAX + 1], from = 0, segments = 0;
	bool block[RANK_MAX + 1];
	e->chained = chained(e, k);
	start_sums(e, k, 0);
	for (int depth = 1; depth <= k->space.rank; depth++) {
		bool split = depth < k->space.rank && sums_at(e, k, depth);
		if (!split && depth < k->space.rank)
			continue;
		block[segments] = split || statements(e, k) > 1;
		opened[segments] = open_loops(e, shape, from, depth, block[segments]);
		segments++;
		if (split)
			start_sums(e, k, depth);
		from = depth;
	}
	loop_statements(e, k);
	if (k->space.rank && sums_at(e, k, k->space.rank))
		die("a reduction over no axis of %%%d", k->nodes.at[0]->id);
	for (int s = segments - 1, depth = from; s >= 0; s--) {
		close_loops(e, opened[s], block[s]);
		for (depth = s ? depth - 1 : 0; s && !sums_at(e, k, depth); depth--)
			;
		store_sums(e, k, depth);
	}
	e->chained = false;
	e->held = NULL;
}

/* A move: gathered by the place of the result, or scattered from the place of each input. */
void emit_layout(struct emit *e, const struct kernel *k)
{
	struct node *n = k->nodes.at[0];
	axes_in_order(e);
	char text[RANK_MAX][64];
	const char *index[RANK_MAX];
	for (int i = 0; i < RANK_MAX; i++)
		index[i] = text[i];
	if (n->op->fill_zero) {
		name_indexes(e, &n->shape);
		int opened = open_loops(e, n, 0, n->shape.rank, false);
		line(e, "%s = splat_(0);", element(e, n, e->index));
		close_loops(e, opened, false);
	}
	for (int input = 0; input < (n->op->gather ? 1 : n->in_count); input++) {
		struct node *in = n->in[input], *over = n->op->gather ? n : in;
		name_indexes(e, &over->shape);
		int opened = open_loops(e, over, 0, over->shape.rank, false);
		if (n->op->gather) {
			n->op->gather(n, e->index, text);
			struct expr x = PLAN(e->p, in)->inlined || in->kind == NODE_CONST ? value_of(e, in, &in->shape) : (struct expr){element(e, in, index), BIND_ATOM, false};
			line(e, "%s = %s;", element(e, n, e->index), as_vector(e, x));
		} else {
			n->op->scatter(n, input, e->index, text);
			line(e, "%s = %s;", element(e, n, index), element(e, in, e->index));
		}
		close_loops(e, opened, false);
	}
}
