/* reference_index.c: the plain meaning of ops that choose by an index, and of what looks at the last axis. Part of reference.c. */
#include "reference_call.h"

#include <math.h>
#include <string.h>

/* -1: no index of `size` elements. */
static int64_t index_of(number x, int64_t size)
{
	return x >= 0 && x < (number)size && x == floorl(x) ? (int64_t)x : -1;
}

static void embedding(struct call *c)
{
	bool back = strstr(c->node->op->name, "_back") != NULL;
	const struct value *w = back ? c->out : c->in[1], *y = back ? c->in[1] : c->out, *t = c->in[0];
	int64_t rows = w->shape.dim[0], width = w->shape.dim[1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = 0;
	for (int64_t e = 0; e < shape_count(&y->shape); e++) {
		int64_t row = index_of(t->at[e / width], rows);
		if (row >= 0 && back)
			w->at[row * width + e % width] += y->at[e];
		else if (row >= 0)
			y->at[e] = w->at[row * width + e % width];
	}
}

static void gather(struct call *c)
{
	bool back = strstr(c->node->op->name, "_back") != NULL;
	const struct value *x = back ? c->out : c->in[0], *t = back ? c->in[0] : c->in[1], *y = back ? c->in[1] : c->out;
	int64_t size = x->shape.dim[x->shape.rank - 1], chosen = t->shape.dim[t->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = 0;
	for (int64_t e = 0; e < shape_count(&t->shape); e++) {
		int64_t at = index_of(t->at[e], size);
		if (at >= 0 && back)
			x->at[e / chosen * size + at] += y->at[e];
		else if (at >= 0)
			y->at[e] = x->at[e / chosen * size + at];
	}
}

static void argmax(struct call *c)
{
	int64_t size = c->in[0]->shape.dim[c->in[0]->shape.rank - 1];
	for (int64_t r = 0; r < shape_count(&c->out->shape); r++) {
		int64_t best = 0;
		for (int64_t i = 0; i < size; i++)
			if (c->in[0]->at[r * size + i] > c->in[0]->at[r * size + best])
				best = i;
		c->out->at[r] = (number)best;
	}
}

static void logsumexp(struct call *c)
{
	int64_t size = c->in[0]->shape.dim[c->in[0]->shape.rank - 1];
	for (int64_t r = 0; r < shape_count(&c->out->shape); r++) {
		number sum = 0;
		for (int64_t i = 0; i < size; i++)
			sum += expl(c->in[0]->at[r * size + i]);
		c->out->at[r] = logl(sum);
	}
}

static void causal_softmax(struct call *c)
{
	const struct shape *s = &c->out->shape;
	int64_t columns = s->dim[s->rank - 1], rows = s->dim[s->rank - 2];
	for (int64_t e = 0; e < shape_count(s); e++) {
		int64_t row = e / columns % rows, start = e / columns * columns;
		number sum = 0;
		for (int64_t i = 0; i < columns && i <= row; i++)
			sum += expl(c->in[0]->at[start + i]);
		c->out->at[e] = e % columns <= row ? expl(c->in[0]->at[e]) / sum : 0;
	}
}

const struct reference_kind reference_index[] = {
	{"causal_softmax", causal_softmax},
	{"embedding", embedding}, {"embedding_back", embedding}, {"gather", gather}, {"gather_back", gather}, {"argmax", argmax}, {"logsumexp", logsumexp}, {NULL, NULL}};
