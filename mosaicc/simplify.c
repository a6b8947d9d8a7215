/* simplify.c: folds constants, removes what does nothing, merges equal nodes. Needs: a verified graph. Breaks: node ids.
** No rule changes a rounding of what is not constant: x * 1, -(-x) are exact, x + 0 but for the sign of a zero; sums are never reordered. Products of constants with
** one value are the exception that gradients need: (x * c1) * c2 becomes x * (c1 * c2). */
#include "op.h"

#include <math.h>
#include <string.h>

struct rewrite { struct graph *g; struct node **table; int size; };

static bool is_op(const struct node *n, const char *name)
{
	return n->kind == NODE_OP && strcmp(n->op->name, name) == 0;
}

static bool is_value(const struct node *n, double value)
{
	while (is_op(n, "expand") || is_op(n, "reshape"))
		n = n->in[0];
	return n->kind == NODE_CONST && n->value == value;
}

static struct node *add_like(struct rewrite *w, const struct node *like, const char *op, int count, struct node *const *in, const struct attr *attrs)
{
	struct node *n = g_op(w->g, op, count, in, attrs, like->at);
	n->label = like->label;
	n->module = like->module;
	n->backward = like->backward;
	return n;
}

/* `n` in the shape of the result it replaces: an operand that was broadcast must still be. */
static struct node *as_shape(struct rewrite *w, const struct node *like, struct node *n)
{
	if (shape_equal(&n->shape, &like->shape))
		return n;
	struct attr a[ATTR_MAX] = {{.count = like->shape.rank}, {.i = {like->shape.batch}, .count = 1}};
	memcpy(a[0].i, like->shape.dim, sizeof like->shape.dim);
	return add_like(w, like, "expand", 1, &n, a);
}

static struct node *constant(struct rewrite *w, const struct node *like, double value)
{
	struct node *c = graph_const(w->g, value);
	c->backward = like->backward;
	return as_shape(w, like, c);
}

/* ---- constants ------------------------------------------------------------------------------ */

static bool fold_value(const char *op, const double *v, double *r)
{
	if (strcmp(op, "add") == 0)
		*r = v[0] + v[1];
	else if (strcmp(op, "sub") == 0)
		*r = v[0] - v[1];
	else if (strcmp(op, "mul") == 0)
		*r = v[0] * v[1];
	else if (strcmp(op, "div") == 0)
		*r = v[0] / v[1];
	else if (strcmp(op, "neg") == 0)
		*r = -v[0];
	else
		return false;
	return isfinite(*r);
}

static struct node *fold_constants(struct rewrite *w, struct node *n)
{
	double v[3], r;
	if (n->op->class != OP_ELEMENTWISE || n->in_count < 1)
		return NULL;
	for (int k = 0; k < n->in_count; k++) {
		if (n->in[k]->kind != NODE_CONST)
			return NULL;
		v[k] = n->in[k]->value;
	}
	return fold_value(n->op->name, v, &r) ? constant(w, n, r) : NULL;
}

/* ---- arithmetic that does nothing ----------------------------------------------------------- */

/* mul(mul(x, c1), c2): one product. */
static struct node *merge_scales(struct rewrite *w, struct node *n)
{
	for (int k = 0; k < 2; k++) {
		struct node *c = n->in[k], *m = n->in[1 - k];
		if (c->kind != NODE_CONST || !is_op(m, "mul"))
			continue;
		for (int j = 0; j < 2; j++)
			if (m->in[j]->kind == NODE_CONST) {
				struct node *scale = graph_const(w->g, c->value * m->in[j]->value);
				scale->backward = true;
				return add_like(w, n, "mul", 2, (struct node *[]){m->in[1 - j], scale}, NULL);
			}
	}
	return NULL;
}

static struct node *simplify_mul(struct rewrite *w, struct node *n)
{
	for (int k = 0; k < 2; k++) {
		if (is_value(n->in[k], 1))
			return as_shape(w, n, n->in[1 - k]);
		if (is_value(n->in[k], 0) && n->backward)    /* a zero gradient stays zero whatever it meets */
			return constant(w, n, 0);
		if (is_value(n->in[k], -1))
			return as_shape(w, n, add_like(w, n, "neg", 1, &n->in[1 - k], NULL));
		if (is_op(n->in[k], "neg") && n->in[1 - k]->kind == NODE_CONST) {
			struct node *c = graph_const(w->g, -n->in[1 - k]->value);
			return add_like(w, n, "mul", 2, (struct node *[]){n->in[k]->in[0], c}, NULL);
		}
	}
	return merge_scales(w, n);
}

static struct node *simplify_arithmetic(struct rewrite *w, struct node *n)
{
	if (is_op(n, "mul"))
		return simplify_mul(w, n);
	if (is_op(n, "add"))
		for (int k = 0; k < 2; k++)
			if (is_value(n->in[k], 0))
				return as_shape(w, n, n->in[1 - k]);
	if (is_op(n, "add") && is_op(n->in[1], "neg"))
		return add_like(w, n, "sub", 2, (struct node *[]){n->in[0], n->in[1]->in[0]}, NULL);
	if (is_op(n, "sub") && is_value(n->in[1], 0))
		return as_shape(w, n, n->in[0]);
	if (is_op(n, "sub") && is_op(n->in[1], "neg"))
		return add_like(w, n, "add", 2, (struct node *[]){n->in[0], n->in[1]->in[0]}, NULL);
	if (is_op(n, "div") && is_value(n->in[1], 1))
		return as_shape(w, n, n->in[0]);
	if (is_op(n, "neg") && is_op(n->in[0], "neg"))
		return n->in[0]->in[0];
	if (is_op(n, "samples") && w->g->batch == 1)
		return constant(w, n, 1);
	return NULL;
}

/* One number that follows from constants and the count of samples: it has no memory that could be seen in another shape. */
static bool is_given(const struct node *n)
{
	if (n->kind != NODE_OP || n->shape.rank || n->op->class != OP_ELEMENTWISE)
		return n->kind == NODE_CONST;
	for (int k = 0; k < n->in_count; k++)
		if (!is_given(n->in[k]))
			return false;
	return true;
}

/* ---- shapes --------------------------------------------------------------------------------- */

static struct node *simplify_shapes(struct rewrite *w, struct node *n)
{
	if (is_op(n, "reshape") || is_op(n, "expand"))
		if (shape_equal(&n->shape, &n->in[0]->shape))
			return n->in[0];
	if (is_op(n, "reshape") && is_given(n->in[0]))
		return as_shape(w, n, n->in[0]);
	if (is_op(n, "reshape") && is_op(n->in[0], "reshape"))
		return add_like(w, n, "reshape", 1, &n->in[0]->in[0], n->attr);
	if (is_op(n, "expand") && is_op(n->in[0], "expand"))
		return add_like(w, n, "expand", 1, &n->in[0]->in[0], n->attr);
	if (is_op(n, "expand") && is_op(n->in[0], "reshape") && n->in[0]->in[0]->shape.rank == 0)
		return add_like(w, n, "expand", 1, &n->in[0]->in[0], n->attr);
	if (is_op(n, "reshape") && is_op(n->in[0], "expand") && shape_count(&n->in[0]->in[0]->shape) == 1 && n->in[0]->in[0]->shape.batch < 0) {
		struct node *one = n->in[0]->in[0];
		if (one->shape.rank) {
			struct attr none[ATTR_MAX] = {{.count = 0}, {.i = {-1}, .count = 1}};
			one = add_like(w, n, "reshape", 1, &one, none);
		}
		return as_shape(w, n, one);
	}
	if (n->op->class == OP_REDUCE && shape_count(&n->shape) == shape_count(&n->in[0]->shape)) {   /* over axes of 1 only */
		struct attr a[ATTR_MAX] = {{.count = n->shape.rank}, {.i = {n->shape.batch}, .count = 1}};
		memcpy(a[0].i, n->shape.dim, sizeof n->shape.dim);
		return add_like(w, n, "reshape", 1, &n->in[0], a);
	}
	return NULL;
}

/* An elementwise op broadcasts by itself: an expanded operand is read unexpanded when the shape of the result stays. */
static struct node *drop_expands(struct rewrite *w, struct node *n)
{
	if (n->op->class != OP_ELEMENTWISE)
		return NULL;
	for (int k = 0; k < n->in_count; k++) {
		if (!is_op(n->in[k], "expand"))
			continue;
		struct node probe = *n;
		struct shape s;
		struct text why = {0};
		probe.in[k] = n->in[k]->in[0];
		bool same = shape_infer(&probe, &s, &why) && shape_equal(&s, &n->shape);
		text_free(&why);
		if (same)
			return add_like(w, n, n->op->name, n->in_count, probe.in, n->attr);
		if (n->in_count == 1)                        /* a function of a stretched value: stretch its result */
			return as_shape(w, n, add_like(w, n, n->op->name, 1, &n->in[k]->in[0], n->attr));
	}
	return NULL;
}

/* ---- rows of one 1: of many classes, none is written down ------------------------------------ */

enum { MANY_CLASSES = 32 };

static bool is_last_sum(const struct node *n)
{
	return is_op(n, "sum") && n->attr[0].count == 1 && n->attr[0].i[0] == n->in[0]->shape.rank - 1;
}

/* label == class: what one_hot_compared() made. */
static bool is_hot(const struct node *n)
{
	return is_op(n, "eq") && is_op(n->in[0], "reshape") && is_op(n->in[1], "arange") && n->in[1]->attr[2].i[0] == 0 && n->in[1]->shape.rank == 1
		&& n->in[0]->shape.rank == n->shape.rank && n->in[0]->shape.dim[n->shape.rank - 1] == 1 && n->in[1]->shape.dim[0] == n->shape.dim[n->shape.rank - 1];
}

static struct node *with_shape(struct rewrite *w, const struct node *like, struct node *n, const struct shape *s)
{
	struct attr a[ATTR_MAX] = {{.count = s->rank}, {.i = {s->batch}, .count = 1}};
	memcpy(a[0].i, s->dim, sizeof s->dim);
	return add_like(w, like, "reshape", 1, &n, a);
}

/* one_hot(t) that an elementwise op reads: t == 0, 1, ..., which its loop compares by itself. */
static struct node *one_hot_compared(struct rewrite *w, struct node *n)
{
	for (int k = 0; n->op->class == OP_ELEMENTWISE && k < n->in_count; k++) {
		struct node *hot = n->in[k], *in[INPUT_MAX];
		if (!is_op(hot, "one_hot") || hot->attr[0].i[0] < MANY_CLASSES || !shape_equal(&hot->shape, &n->shape))
			continue;
		struct shape one = hot->shape;
		one.dim[one.rank - 1] = 1;
		struct attr classes[ATTR_MAX] = {{.i = {hot->attr[0].i[0]}, .count = 1}, {.i = {-1}, .count = 1}, {.count = 1}};
		memcpy(in, n->in, sizeof in);
		in[k] = add_like(w, hot, "eq", 2, (struct node *[]){with_shape(w, hot, hot->in[0], &one), add_like(w, hot, "arange", 0, NULL, classes)}, NULL);
		return add_like(w, n, n->op->name, n->in_count, in, n->attr);
	}
	return NULL;
}

/* sum(hot y): the element of y that the label chooses. sum(hot s) of one number s: s, and 0 where the label is none of the classes. */
static struct node *sum_of_hot(struct rewrite *w, struct node *n)
{
	if (!is_last_sum(n) || !is_op(n->in[0], "mul"))
		return NULL;
	for (int k = 0; k < 2; k++) {
		struct node *hot = n->in[0]->in[k], *y = n->in[0]->in[1 - k];
		if (!is_hot(hot) || !shape_equal(&hot->shape, &n->in[0]->shape))
			continue;
		struct node *t = hot->in[0], *chosen;
		while (is_op(y, "expand") && shape_count(&y->in[0]->shape) == 1)
			y = y->in[0];
		if (shape_equal(&y->shape, &hot->shape)) {
			chosen = add_like(w, n, "gather", 2, (struct node *[]){y, t}, NULL);
		} else if (shape_count(&y->shape) == 1 && y->shape.batch < 0) {
			struct node *last = graph_const(w->g, (double)(hot->shape.dim[hot->shape.rank - 1] - 1)), *first = graph_const(w->g, 0);
			struct node *whole = add_like(w, n, "eq", 2, (struct node *[]){t, add_like(w, n, "floor", 1, &t, NULL)}, NULL);
			struct node *from = add_like(w, n, "ge", 2, (struct node *[]){t, first}, NULL), *to = add_like(w, n, "le", 2, (struct node *[]){t, last}, NULL);
			chosen = add_like(w, n, "mul", 2, (struct node *[]){whole, add_like(w, n, "mul", 2, (struct node *[]){from, to}, NULL)}, NULL);
			chosen = add_like(w, n, "mul", 2, (struct node *[]){y, chosen}, NULL);
		} else {
			continue;
		}
		return shape_equal(&chosen->shape, &n->shape) ? chosen : with_shape(w, n, chosen, &n->shape);
	}
	return NULL;
}

/* ---- the pass ------------------------------------------------------------------------------- */

static uint64_t node_hash(const struct node *n)
{
	uint64_t h = 1469598103934665603u;
	h = (h ^ (uint64_t)(uintptr_t)n->op) * 1099511628211u;
	for (int k = 0; k < n->in_count; k++)
		h = (h ^ (uint64_t)(uintptr_t)n->in[k]) * 1099511628211u;
	uint64_t bits;
	memcpy(&bits, &n->value, sizeof bits);
	h = (h ^ bits) * 1099511628211u;
	return h ^ h >> 29;
}

static bool node_same(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind || a->op != b->op || a->in_count != b->in_count || !shape_equal(&a->shape, &b->shape))
		return false;
	if (a->kind == NODE_CONST)
		return memcmp(&a->value, &b->value, sizeof a->value) == 0;
	if (a->kind != NODE_OP)
		return false;
	return memcmp(a->in, b->in, sizeof a->in) == 0 && memcmp(a->attr, b->attr, sizeof a->attr) == 0;
}

/* An equal node that stands before, or `n` itself, entered. */
static struct node *merge_equal(struct rewrite *w, struct node *n)
{
	if (n->kind != NODE_OP && n->kind != NODE_CONST)
		return n;
	int i = (int)(node_hash(n) % (uint64_t)w->size);
	for (; w->table[i]; i = (i + 1) % w->size)
		if (node_same(w->table[i], n))
			return w->table[i];
	w->table[i] = n;
	return n;
}

static struct node *simplify_one(struct rewrite *w, struct node *n)
{
	if (n->kind != NODE_OP)
		return NULL;
	struct node *r = fold_constants(w, n);
	if (!r)
		r = simplify_arithmetic(w, n);
	if (!r)
		r = simplify_shapes(w, n);
	if (!r)
		r = one_hot_compared(w, n);
	if (!r)
		r = sum_of_hot(w, n);
	return r ? r : drop_expands(w, n);
}

/* One walk over the list; rules append to a new list, so that inputs always stand before. True if something changed. */
static bool walk(struct graph *g)
{
	int count = g->nodes.count;
	struct node **old = arena_alloc(g->arena, (size_t)count * sizeof *old), **now = arena_alloc(g->arena, (size_t)count * sizeof *now);
	memcpy(old, g->nodes.at, (size_t)count * sizeof *old);
	for (int i = 0; i < count; i++)
		old[i]->mark = i;
	struct rewrite w = {.g = g, .size = count * 8 + 64};
	w.table = arena_alloc(g->arena, (size_t)w.size * sizeof *w.table);
	g->nodes.count = 0;
	bool changed = false;
	for (int i = 0; i < count; i++) {
		struct node *n = old[i];
		for (int k = 0; k < n->in_count; k++)
			n->in[k] = now[n->in[k]->mark];
		struct node *r = simplify_one(&w, n);
		if (!r) {
			r = merge_equal(&w, n);
			if (r == n)
				VEC_PUSH(g->arena, &g->nodes, n);
		}
		changed = changed || r != n;
		if (r != n && !r->name && r->kind == NODE_OP)
			r->name = n->name;
		if (r != n && !r->adjoint_of && r->kind == NODE_OP && n->adjoint_of && r->backward)
			r->adjoint_of = n->adjoint_of;
		now[i] = r;
	}
	for (int i = 0; i < g->outputs.count; i++)
		g->outputs.at[i].node = now[g->outputs.at[i].node->mark];
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->adjoint_of && g->nodes.at[i]->adjoint_of->mark >= 0 && g->nodes.at[i]->adjoint_of->mark < count && old[g->nodes.at[i]->adjoint_of->mark] == g->nodes.at[i]->adjoint_of)
			g->nodes.at[i]->adjoint_of = now[g->nodes.at[i]->adjoint_of->mark];
	graph_sweep_dead(g);
	return changed;
}

void simplify(struct graph *g)
{
	graph_sweep_dead(g);
	for (int round = 0; round < 50 && g->nodes.count && walk(g); round++)
		;
}
