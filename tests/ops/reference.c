/* reference.c: the plain meaning of every kind of op, element by element. An op that is no elementwise row has its few lines here: a
** second, independent statement of what it computes. */
#include "reference_call.h"

#include <math.h>
#include <string.h>

enum { INDEX_MAX = RANK_MAX };

struct shape reference_shape(const struct graph *g, const struct node *node, int n)
{
	struct shape s = node->shape;
	if (s.batch >= 0)
		s.dim[s.batch] = s.dim[s.batch] / g->batch * n;
	return s;
}

void reference_open(struct reference *r, const struct graph *g, int n, number **leaf)
{
	*r = (struct reference){.graph = g, .n = n, .leaf = leaf};
	r->of = arena_alloc(&r->arena, (size_t)(g->nodes.count + 1) * sizeof *r->of);
}

void reference_close(struct reference *r)
{
	arena_free(&r->arena);
}

/* ---- places -------------------------------------------------------------------------------- */

static void unflatten(const struct shape *s, int64_t flat, int64_t *index)
{
	for (int i = s->rank - 1; i >= 0; i--) {
		index[i] = flat % s->dim[i];
		flat /= s->dim[i];
	}
}

static int64_t flatten(const struct shape *s, const int64_t *index)
{
	int64_t flat = 0;
	for (int i = 0; i < s->rank; i++)
		flat = flat * s->dim[i] + index[i];
	return flat;
}

/* Element of `s` that stands at `index` of a larger shape of `rank` axes, by broadcasting. */
static int64_t stretched(const struct shape *s, int rank, const int64_t *index)
{
	int64_t own[INDEX_MAX];
	for (int i = 0; i < s->rank; i++)
		own[i] = s->dim[i] == 1 ? 0 : index[rank - s->rank + i];
	return flatten(s, own);
}

/* ---- ops ------------------------------------------------------------------------------------ */

/* The hash of real_random.h for a key of 0. */
static uint32_t mixed(uint32_t h)
{
	h = (h ^ h >> 16) * 0x7feb352du;
	h = (h ^ h >> 15) * 0x846ca68bu;
	return h ^ h >> 16;
}

static void random_numbers(struct call *c)
{
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = (number)(mixed(mixed((uint32_t)(c->node->attr[2].i[0] + e))) >> 8) / 16777216;
}

static void elementwise(struct call *c)
{
	int64_t count = shape_count(&c->out->shape), index[INDEX_MAX];
	number *operand[3] = {NULL};
	if (strcmp(c->node->op->name, "samples") == 0) {
		c->out->at[0] = c->n;
		return;
	}
	if (strcmp(c->node->op->name, "random") == 0) {
		random_numbers(c);
		return;
	}
	if (strcmp(c->node->op->name, "arange") == 0) {
		for (int64_t e = 0; e < count; e++)
			c->out->at[e] = (number)(c->node->attr[2].i[0] + e);
		return;
	}
	for (int k = 0; k < c->node->in_count; k++) {
		operand[k] = arena_alloc(c->arena, (size_t)count * sizeof **operand);
		for (int64_t e = 0; e < count; e++) {
			unflatten(&c->out->shape, e, index);
			operand[k][e] = c->in[k]->at[stretched(&c->in[k]->shape, c->out->shape.rank, index)];
		}
	}
	const struct value_text *text = value_text_parse(c->arena, c->node->op->value);
	value_text_apply(text, count, (const number *const *)operand, c->out->at);
}

static void reduce(struct call *c)
{
	const struct shape *s = &c->in[0]->shape;
	bool largest = strcmp(c->node->op->name, "amax") == 0, product = strcmp(c->node->op->name, "prod") == 0, gone[RANK_MAX] = {false}, keep = c->node->attr[1].i[0];
	for (int i = 0; i < c->node->attr[0].count; i++)
		gone[c->node->attr[0].i[i]] = true;
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = largest ? -HUGE_VALL : product;
	for (int64_t e = 0; e < shape_count(s); e++) {
		int64_t index[INDEX_MAX], to[INDEX_MAX];
		int rank = 0;
		unflatten(s, e, index);
		for (int i = 0; i < s->rank; i++)
			if (!gone[i] || keep)
				to[rank++] = gone[i] ? 0 : index[i];
		number *place = &c->out->at[flatten(&c->out->shape, to)], x = c->in[0]->at[e];
		*place = largest ? fmaxl(*place, x) : product ? *place * x : *place + x;
	}
}

static void reshape(struct call *c)
{
	if (shape_count(&c->out->shape) != shape_count(&c->in[0]->shape))
		die("a reshape that loses the batch: %lld elements become %lld when the batch is not full", (long long)shape_count(&c->in[0]->shape),
			(long long)shape_count(&c->out->shape));
	memcpy(c->out->at, c->in[0]->at, (size_t)shape_count(&c->out->shape) * sizeof *c->out->at);
}

static void stretch(struct call *c)
{
	int64_t index[INDEX_MAX];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		unflatten(&c->out->shape, e, index);
		c->out->at[e] = c->in[0]->at[stretched(&c->in[0]->shape, c->out->shape.rank, index)];
	}
}

static void transpose(struct call *c)
{
	int64_t index[INDEX_MAX], from[INDEX_MAX];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		unflatten(&c->out->shape, e, index);
		for (int i = 0; i < c->out->shape.rank; i++)
			from[c->node->attr[0].i[i]] = index[i];
		c->out->at[e] = c->in[0]->at[flatten(&c->in[0]->shape, from)];
	}
}

/* slice and unslice name the places start, start + step, ... of one axis of the larger tensor. */
static void slice(struct call *c)
{
	bool back = strcmp(c->node->op->name, "unslice") == 0;
	int64_t axis = c->node->attr[0].i[0], start = c->node->attr[1].i[0], step = c->node->attr[3].i[0], index[INDEX_MAX];
	const struct value *part = back ? c->in[0] : c->out, *whole = back ? c->out : c->in[0];
	for (int64_t e = 0; back && e < shape_count(&whole->shape); e++)
		whole->at[e] = 0;
	for (int64_t e = 0; e < shape_count(&part->shape); e++) {
		unflatten(&part->shape, e, index);
		index[axis] = start + index[axis] * step;
		number *place = &whole->at[flatten(&whole->shape, index)];
		if (back)
			*place = part->at[e];
		else
			part->at[e] = *place;
	}
}

static void flip(struct call *c)
{
	int64_t axis = c->node->attr[0].i[0], index[INDEX_MAX];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		unflatten(&c->out->shape, e, index);
		index[axis] = c->out->shape.dim[axis] - 1 - index[axis];
		c->out->at[flatten(&c->out->shape, index)] = c->in[0]->at[e];
	}
}

static void concat(struct call *c)
{
	int64_t axis = c->node->attr[0].i[0], start = 0, index[INDEX_MAX];
	for (int k = 0; k < c->node->in_count; k++) {
		for (int64_t e = 0; e < shape_count(&c->in[k]->shape); e++) {
			unflatten(&c->in[k]->shape, e, index);
			index[axis] += start;
			c->out->at[flatten(&c->out->shape, index)] = c->in[k]->at[e];
		}
		start += c->in[k]->shape.dim[axis];
	}
}

static void linear(struct call *c)
{
	const struct value *x = c->in[0], *w = c->in[1], *b = c->in[2];
	int64_t in = w->shape.dim[1], out = w->shape.dim[0], rows = shape_count(&x->shape) / in;
	for (int64_t r = 0; r < rows; r++)
		for (int64_t o = 0; o < out; o++) {
			number s = b->at[o];
			for (int64_t i = 0; i < in; i++)
				s += x->at[r * in + i] * w->at[o * in + i];
			c->out->at[r * out + o] = s;
		}
}

static void matmul(struct call *c)
{
	const struct value *a = c->in[0], *b = c->in[1];
	bool at = c->node->attr[0].count && c->node->attr[0].i[0], bt = c->node->attr[1].count && c->node->attr[1].i[0];
	int ra = a->shape.rank, rb = b->shape.rank, ry = c->out->shape.rank;
	int64_t rows = c->out->shape.dim[ry - 2], columns = c->out->shape.dim[ry - 1], inner = a->shape.dim[at ? ra - 2 : ra - 1];
	int64_t products = shape_count(&c->out->shape) / (rows * columns);
	if ((bt ? b->shape.dim[rb - 1] : b->shape.dim[rb - 2]) != inner)
		die("a product whose inner sizes differ when the batch is not full");
	for (int64_t p = 0; p < products; p++)
		for (int64_t i = 0; i < rows; i++)
			for (int64_t j = 0; j < columns; j++) {
				const number *pa = a->at + p * rows * inner, *pb = b->at + (rb > 2 ? p * inner * columns : 0);
				number s = 0;
				for (int64_t k = 0; k < inner; k++)
					s += (at ? pa[k * rows + i] : pa[i * inner + k]) * (bt ? pb[j * inner + k] : pb[k * columns + j]);
				c->out->at[(p * rows + i) * columns + j] = s;
			}
}

static void softmax(struct call *c)
{
	bool logs = strcmp(c->node->op->name, "log_softmax") == 0;
	int64_t size = c->out->shape.dim[c->out->shape.rank - 1];
	for (int64_t r = 0; r < shape_count(&c->out->shape) / size; r++) {
		const number *x = c->in[0]->at + r * size;
		number sum = 0;
		for (int64_t i = 0; i < size; i++)
			sum += expl(x[i]);
		for (int64_t i = 0; i < size; i++)
			c->out->at[r * size + i] = logs ? x[i] - logl(sum) : expl(x[i]) / sum;
	}
}

static void one_hot(struct call *c)
{
	int64_t classes = c->node->attr[0].i[0];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = c->in[0]->at[e / classes] == (number)(e % classes);
}

static void cumsum(struct call *c)
{
	int64_t size = c->out->shape.dim[c->out->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = c->in[0]->at[e] + (e % size ? c->out->at[e - 1] : 0);
}

static const struct reference_kind kinds[] = {
	{"sum", reduce}, {"amax", reduce}, {"prod", reduce}, {"reshape", reshape}, {"expand", stretch}, {"transpose", transpose}, {"slice", slice}, {"unslice", slice},
	{"concat", concat}, {"flip", flip}, {"linear", linear}, {"matmul", matmul}, {"softmax", softmax}, {"log_softmax", softmax}, {"one_hot", one_hot},
	{"cumsum", cumsum}, {NULL, NULL}};
static const struct reference_kind *const tables[] = {kinds, reference_window, reference_index, reference_recurrent, reference_rows, reference_channels};

/* ---- nodes ---------------------------------------------------------------------------------- */

static void compute(struct reference *r, const struct node *node, struct value *v)
{
	struct call c = {.node = node, .out = v, .n = r->n, .arena = &r->arena};
	for (int k = 0; k < node->in_count; k++)
		c.in[k] = reference_value(r, node->in[k]);
	if (node->op->class == OP_ELEMENTWISE) {
		elementwise(&c);
		return;
	}
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct reference_kind *kind = tables[t]; kind->name; kind++)
			if (strcmp(kind->name, node->op->name) == 0) {
				kind->f(&c);
				return;
			}
	die("tests/ops/reference.c does not know what %s computes: add its few lines", node->op->name);
}

const struct value *reference_value(struct reference *r, const struct node *node)
{
	struct value *v = &r->of[node->id];
	if (v->at)
		return v;
	v->shape = reference_shape(r->graph, node, r->n);
	if (node->kind != NODE_OP && node->kind != NODE_CONST) {
		v->at = r->leaf[node->id];
		return v;
	}
	number *at = arena_alloc(&r->arena, (size_t)shape_count(&v->shape) * sizeof *at);
	struct value made = {v->shape, at};
	if (node->kind == NODE_CONST)
		at[0] = node->value;
	else
		compute(r, node, &made);
	v->at = at;
	return v;
}
