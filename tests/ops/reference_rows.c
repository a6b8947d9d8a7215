/* reference_rows.c: normalisation of rows and attention, a number of the result at a time; their gradients by the sums of derivatives that textbooks
** give. See reference.h. */
#include "reference_call.h"

#include <math.h>
#include <string.h>

static number mean(const number *x, int64_t count)
{
	number sum = 0;
	for (int64_t i = 0; i < count; i++)
		sum += x[i];
	return sum / (number)count;
}

static number deviation(const number *x, int64_t count, number eps)
{
	number middle = mean(x, count), sum = 0;
	for (int64_t i = 0; i < count; i++)
		sum += (x[i] - middle) * (x[i] - middle);
	return sqrtl(sum / (number)count + eps);
}

static void normalize(struct call *c)
{
	int64_t size = c->out->shape.dim[c->out->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		const number *row = c->in[0]->at + e / size * size;
		c->out->at[e] = (c->in[0]->at[e] - mean(row, size)) / deviation(row, size, c->node->attr[0].f);
	}
}

/* dx[j] = sum of dy[i] ((i == j) - 1 / C - y[i] y[j] / C) / s. */
static void normalize_back(struct call *c)
{
	int64_t size = c->out->shape.dim[c->out->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		int64_t start = e / size * size;
		const number *row = c->in[0]->at + start;
		number middle = mean(row, size), s = deviation(row, size, c->node->attr[0].f), sum = 0;
		for (int64_t i = 0; i < size; i++)
			sum += c->in[1]->at[start + i] * ((start + i == e) - (1 + (row[i] - middle) / s * ((row[e - start] - middle) / s)) / (number)size);
		c->out->at[e] = sum / s;
	}
}

static number root_mean(const number *x, int64_t count, number eps)
{
	number sum = 0;
	for (int64_t i = 0; i < count; i++)
		sum += x[i] * x[i];
	return sqrtl(sum / (number)count + eps);
}

static void rms_normalize(struct call *c)
{
	int64_t size = c->out->shape.dim[c->out->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = c->in[0]->at[e] / root_mean(c->in[0]->at + e / size * size, size, c->node->attr[0].f);
}

/* dx[j] = sum of dy[i] ((i == j) - y[i] y[j] / C) / s. */
static void rms_normalize_back(struct call *c)
{
	int64_t size = c->out->shape.dim[c->out->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		int64_t start = e / size * size;
		const number *row = c->in[0]->at + start;
		number s = root_mean(row, size, c->node->attr[0].f), sum = 0;
		for (int64_t i = 0; i < size; i++)
			sum += c->in[1]->at[start + i] * ((start + i == e) - row[i] / s * (row[e - start] / s) / (number)size);
		c->out->at[e] = sum / s;
	}
}

/* Queries (0), keys (1) or values (2): number d of head h at place t of sample b. */
struct heads { int64_t places, width, heads, each; bool causal; number scale; };

static struct heads heads_of(const struct call *c)
{
	const struct shape *x = &c->in[0]->shape;
	int64_t heads = c->node->attr[0].i[0];
	return (struct heads){x->dim[1], x->dim[2] / 3, heads, x->dim[2] / 3 / heads, c->node->attr[1].i[0], c->node->attr[2].f};
}

static int64_t place(const struct heads *a, int64_t b, int64_t t, int64_t which, int64_t h, int64_t d)
{
	return (b * a->places + t) * 3 * a->width + which * a->width + h * a->each + d;
}

/* What is added to the score of t and s. */
static number bias_of(const struct call *c, const struct heads *a, int64_t b, int64_t h, int64_t t, int64_t s)
{
	if (!strstr(c->node->op->name, "biased"))
		return 0;
	const struct shape *m = &c->in[1]->shape;
	const int64_t *last = m->dim + m->rank - 3;
	return c->in[1]->at[(((m->rank == 4 ? b : 0) * last[0] + h % last[0]) * last[1] + t % last[1]) * a->places + s];
}

/* How much place t of a head takes from place s. */
static number weight(const struct call *c, const struct heads *a, int64_t b, int64_t h, int64_t t, int64_t s)
{
	number sum = 0, own = 0;
	for (int64_t k = 0; k < (a->causal ? t + 1 : a->places); k++) {
		number score = 0;
		for (int64_t d = 0; d < a->each; d++)
			score += c->in[0]->at[place(a, b, t, 0, h, d)] * c->in[0]->at[place(a, b, k, 1, h, d)];
		score = expl(a->scale * score + bias_of(c, a, b, h, t, k));
		sum += score;
		own = k == s ? score : own;
	}
	return own / sum;
}

static void self_attention(struct call *c)
{
	struct heads a = heads_of(c);
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		int64_t d = e % a.each, h = e / a.each % a.heads, t = e / a.width % a.places, b = e / a.width / a.places;
		c->out->at[e] = 0;
		for (int64_t s = 0; s < a.places; s++)
			c->out->at[e] += weight(c, &a, b, h, t, s) * c->in[0]->at[place(&a, b, s, 2, h, d)];
	}
}

/* The gradient of the score of t and s: p (g - sum of p g), g the gradient of the weight. */
static number score_back(const struct call *c, const struct heads *a, int64_t b, int64_t h, int64_t t, int64_t s)
{
	number mean_g = 0, own = 0;
	for (int64_t k = 0; k < a->places; k++) {
		number g = 0;
		for (int64_t d = 0; d < a->each; d++)
			g += c->in[c->node->in_count - 1]->at[(b * a->places + t) * a->width + h * a->each + d] * c->in[0]->at[place(a, b, k, 2, h, d)];
		mean_g += weight(c, a, b, h, t, k) * g;
		own = k == s ? g : own;
	}
	return weight(c, a, b, h, t, s) * (own - mean_g) * a->scale;
}

static void self_attention_back(struct call *c)
{
	struct heads a = heads_of(c);
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++) {
		int64_t d = e % a.each, h = e / a.each % a.heads, which = e / a.width % 3, t = e / a.width / 3 % a.places, b = e / a.width / 3 / a.places;
		number sum = 0;
		for (int64_t s = 0; s < a.places; s++)
			sum += which == 0 ? score_back(c, &a, b, h, t, s) * c->in[0]->at[place(&a, b, s, 1, h, d)]
				: which == 1 ? score_back(c, &a, b, h, s, t) * c->in[0]->at[place(&a, b, s, 0, h, d)]
				: weight(c, &a, b, h, s, t) * c->in[c->node->in_count - 1]->at[(b * a.places + s) * a.width + h * a.each + d];
		c->out->at[e] = sum;
	}
}

const struct reference_kind reference_rows[] = {
	{"normalize", normalize}, {"normalize_back", normalize_back}, {"rms_normalize", rms_normalize}, {"rms_normalize_back", rms_normalize_back}, {"self_attention", self_attention}, {"self_attention_back", self_attention_back},
	{"self_attention_biased", self_attention}, {"self_attention_biased_back", self_attention_back}, {NULL, NULL}};
