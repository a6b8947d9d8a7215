/* reference_window.c: the plain meaning of convolutions and pooling, element by element. Part of reference.c. */
#include "reference_call.h"

#include <math.h>
#include <string.h>

/* Where places of the result and of the kernel meet the input, the last axes being rows and columns; a sequence has one row. */
struct window { int64_t h, w, p, q, kernel[2], stride[2], padding[2], dilation[2]; };

static struct window window_of(const struct call *c, const struct shape *x, const struct shape *y)
{
	int axes = c->node->attr[3].count;
	struct window s = {.h = 1, .p = 1, .w = x->dim[x->rank - 1], .q = y->dim[y->rank - 1], .kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}};
	if (axes == 2) {
		s.h = x->dim[x->rank - 2];
		s.p = y->dim[y->rank - 2];
	}
	for (int i = 0; i < axes; i++) {
		s.stride[i + 2 - axes] = c->node->attr[0].i[i];
		s.padding[i + 2 - axes] = c->node->attr[1].i[i];
		s.dilation[i + 2 - axes] = c->node->attr[2].i[i];
		s.kernel[i + 2 - axes] = c->node->attr[3].i[i];
	}
	return s;
}

/* Element of the input that place k of the kernel sees from result e; -1: padding. */
static int64_t seen(const struct window *s, int64_t e, int64_t k)
{
	int64_t q = e % s->q, p = e / s->q % s->p, plane = e / s->q / s->p;
	int64_t m = p * s->stride[0] + k / s->kernel[1] * s->dilation[0] - s->padding[0], l = q * s->stride[1] + k % s->kernel[1] * s->dilation[1] - s->padding[1];
	return m < 0 || m >= s->h || l < 0 || l >= s->w ? -1 : (plane * s->h + m) * s->w + l;
}

static void max_pool(struct call *c)
{
	bool back = strstr(c->node->op->name, "_back") != NULL, pick = strstr(c->node->op->name, "_pick") != NULL;
	const struct value *x = c->in[0], *y = back ? c->in[1] : c->out;
	struct window s = window_of(c, &x->shape, &y->shape);
	for (int64_t e = 0; back && e < shape_count(&c->out->shape); e++)
		c->out->at[e] = 0;
	for (int64_t e = 0; e < shape_count(&y->shape); e++) {
		int64_t best = -1;
		for (int64_t k = 0; k < s.kernel[0] * s.kernel[1]; k++) {
			int64_t at = seen(&s, e, k);
			if (at >= 0 && (best < 0 || x->at[at] > x->at[best]))
				best = at;
		}
		if (back)
			c->out->at[best] += y->at[e];
		else
			c->out->at[e] = pick ? c->in[1]->at[best] : x->at[best];
	}
}

/* Places of the window of result e that a mean counts, one by one. */
static int64_t counted(const struct call *c, const struct window *s, int64_t e)
{
	const struct attr *border = &c->node->attr[5];
	int64_t count = 0, around[2] = {0, 0};
	for (int i = 0; i < border->count; i++)
		around[i + 2 - border->count] = border->i[i];
	for (int64_t k = 0; k < s->kernel[0] * s->kernel[1]; k++) {
		int64_t m = e / s->q % s->p * s->stride[0] + k / s->kernel[1] - s->padding[0], l = e % s->q * s->stride[1] + k % s->kernel[1] - s->padding[1];
		count += !border->count || (m >= -around[0] && m < s->h + around[0] && l >= -around[1] && l < s->w + around[1]);
	}
	return count;
}

static void avg_pool(struct call *c)
{
	bool back = strstr(c->node->op->name, "_back") != NULL;
	const struct value *x = back ? c->out : c->in[0], *y = back ? c->in[0] : c->out;
	struct window s = window_of(c, &x->shape, &y->shape);
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = 0;
	for (int64_t e = 0; e < shape_count(&y->shape); e++)
		for (int64_t k = 0; k < s.kernel[0] * s.kernel[1]; k++) {
			int64_t at = seen(&s, e, k);
			if (at >= 0)
				c->out->at[back ? at : e] += c->in[0]->at[back ? e : at] / (number)counted(c, &s, e);
		}
}

/* Each element of the image belongs to every part that its place touches. */
static void adaptive(struct call *c)
{
	bool back = strstr(c->node->op->name, "_back") != NULL;
	const struct value *x = back ? c->out : c->in[0], *y = back ? c->in[0] : c->out;
	int64_t h = x->shape.dim[x->shape.rank - 2], w = x->shape.dim[x->shape.rank - 1], p = y->shape.dim[y->shape.rank - 2], q = y->shape.dim[y->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = 0;
	for (int64_t e = 0; e < shape_count(&y->shape); e++) {
		int64_t i = e / q % p, j = e % q, plane = e / q / p, count = 0;
		for (int pass = 0; pass < 2; pass++)
			for (int64_t m = 0; m < h; m++)
				for (int64_t l = 0; l < w; l++) {
					bool inside = m * p < (i + 1) * h && (m + 1) * p > i * h && l * q < (j + 1) * w && (l + 1) * q > j * w;
					int64_t at = (plane * h + m) * w + l;
					if (inside && pass)
						c->out->at[back ? at : e] += c->in[0]->at[back ? e : at] / (number)count;
					else if (inside)
						count++;
				}
	}
}

/* Convolution: the sum over all (y, x, w) that belong together. Each of the three ops of the family adds to its own result. The axes of
** places are counted from the last: a sequence has one, a volume three. */
struct triple { int64_t y[5], x[5], w[5]; };

static bool conv_triple(const struct call *c, const struct shape *y, const struct shape *w, const struct shape *x, int64_t e, int64_t k, struct triple *t)
{
	int axes = c->node->attr[0].count;
	for (int i = axes + 1; i >= 0; i--) {
		t->y[i] = e % y->dim[i];
		e /= y->dim[i];
	}
	for (int i = axes + 1; i >= 1; i--) {
		t->w[i] = k % w->dim[i];
		k /= w->dim[i];
	}
	t->w[0] = t->y[1];
	t->x[0] = t->y[0];
	t->x[1] = t->y[1] / (y->dim[1] / c->node->attr[3].i[0]) * w->dim[1] + t->w[1];
	for (int i = 0; i < axes; i++) {
		t->x[i + 2] = t->y[i + 2] * c->node->attr[0].i[i] + t->w[i + 2] * c->node->attr[2].i[i] - c->node->attr[1].i[i];
		if (t->x[i + 2] < 0 || t->x[i + 2] >= x->dim[i + 2])
			return false;
	}
	return true;
}

static number *conv_at(const struct value *v, const int64_t *index)
{
	int64_t flat = 0;
	for (int i = 0; i < v->shape.rank; i++)
		flat = flat * v->shape.dim[i] + index[i];
	return &v->at[flat];
}

static void conv(struct call *c)
{
	bool weight = strstr(c->node->op->name, "_weight") != NULL, input = strstr(c->node->op->name, "_input") != NULL;
	const struct value *x = input ? c->out : c->in[0], *w = weight ? c->out : c->in[1], *y = weight ? c->in[1] : input ? c->in[0] : c->out;
	int64_t of_place = shape_count(&y->shape) / y->shape.dim[0] / y->shape.dim[1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = !weight && !input ? c->in[2]->at[e / of_place % y->shape.dim[1]] : 0;
	for (int64_t e = 0; e < shape_count(&y->shape); e++)
		for (int64_t k = 0; k < shape_count(&w->shape) / w->shape.dim[0]; k++) {
			struct triple t;
			if (!conv_triple(c, &y->shape, &w->shape, &x->shape, e, k, &t))
				continue;
			number *xv = conv_at(x, t.x), *wv = conv_at(w, t.w), *yv = conv_at(y, t.y);
			*(weight ? wv : input ? xv : yv) += (weight ? 1 : *wv) * (input ? 1 : *xv) * (weight || input ? *yv : 1);
		}
}

/* Share of place e of the larger image that place at of the axis has: 1 at its own position, falling to 0 at its neighbours'. */
static number tent(int64_t e, int64_t size, int64_t count, bool align, int64_t at)
{
	number place = align ? (count > 1 ? (number)e * (number)(size - 1) / (number)(count - 1) : 0) : ((number)e + 0.5L) * (number)size / (number)count - 0.5L;
	place = place < 0 ? 0 : place > (number)(size - 1) ? (number)(size - 1) : place;
	number distance = fabsl(place - (number)at);
	return distance < 1 ? 1 - distance : 0;
}

static void upsample(struct call *c)
{
	bool back = strstr(c->node->op->name, "_back") != NULL, align = c->node->attr[1].i[0];
	const struct value *x = back ? c->out : c->in[0], *y = back ? c->in[0] : c->out;
	int64_t h = x->shape.dim[x->shape.rank - 2], w = x->shape.dim[x->shape.rank - 1], p = y->shape.dim[y->shape.rank - 2], q = y->shape.dim[y->shape.rank - 1];
	for (int64_t e = 0; e < shape_count(&c->out->shape); e++)
		c->out->at[e] = 0;
	for (int64_t e = 0; e < shape_count(&y->shape); e++)
		for (int64_t k = 0; k < h * w; k++) {
			int64_t at = e / q / p * h * w + k;
			number share = tent(e / q % p, h, p, align, k / w) * tent(e % q, w, q, align, k % w);
			c->out->at[back ? at : e] += share * c->in[0]->at[back ? e : at];
		}
}

const struct reference_kind reference_window[] = {
	{"upsample_bilinear2d", upsample}, {"upsample_bilinear2d_back", upsample},
	{"conv1d", conv}, {"conv1d_input", conv}, {"conv1d_weight", conv}, {"conv2d", conv}, {"conv2d_input", conv}, {"conv2d_weight", conv},
	{"conv3d", conv}, {"conv3d_input", conv}, {"conv3d_weight", conv},
	{"max_pool1d", max_pool}, {"max_pool1d_back", max_pool}, {"max_pool1d_pick", max_pool}, {"avg_pool1d", avg_pool}, {"avg_pool1d_back", avg_pool},
	{"max_pool2d", max_pool}, {"max_pool2d_back", max_pool}, {"max_pool2d_pick", max_pool}, {"avg_pool2d", avg_pool}, {"avg_pool2d_back", avg_pool},
	{"adaptive_avg_pool2d", adaptive}, {"adaptive_avg_pool2d_back", adaptive}, {NULL, NULL}};
