/* reference_recurrent.c: rnn, lstm and gru a sample, a step and a unit at a time; their gradients one number of the result at a time, by
** following it through the steps behind it. See reference.h. */
#include "reference_call.h"

#include <math.h>
#include <string.h>

static number sigmoid(number x)
{
	return 1 / (1 + expl(-x));
}

/* Kind k of unit j of sample b at step t, of K kinds. */
static number *unit(const struct value *v, int64_t kinds, int64_t b, int64_t t, int64_t k, int64_t j)
{
	int64_t steps = v->shape.dim[1], width = v->shape.dim[2];
	return &v->at[(b * steps + t) * width + k * (width / kinds) + j];
}

/* w[k H + j] . h */
static number product(const struct value *w, int64_t k, int64_t j, const number *h)
{
	int64_t count = w->shape.dim[1];
	number sum = 0;
	for (int64_t i = 0; i < count; i++)
		sum += w->at[(k * count + j) * count + i] * h[i];
	return sum;
}

static void rnn(struct call *c)
{
	const struct value *p = c->in[0], *w = c->in[1], *h0 = c->in[2];
	int64_t count = w->shape.dim[1];
	for (int64_t b = 0; b < p->shape.dim[0]; b++)
		for (int64_t t = 0; t < p->shape.dim[1]; t++)
			for (int64_t j = 0; j < count; j++) {
				number x = *unit(p, 1, b, t, 0, j) + product(w, 0, j, t ? unit(c->out, 1, b, t - 1, 0, 0) : h0->at + b * count);
				*unit(c->out, 1, b, t, 0, j) = c->node->attr[0].i[0] ? fmaxl(x, 0) : tanhl(x);
			}
}

static void lstm(struct call *c)
{
	const struct value *p = c->in[0], *w = c->in[1];
	int64_t count = w->shape.dim[1];
	for (int64_t b = 0; b < p->shape.dim[0]; b++)
		for (int64_t t = 0; t < p->shape.dim[1]; t++)
			for (int64_t j = 0; j < count; j++) {
				const number *h = t ? unit(c->out, 6, b, t - 1, 5, 0) : c->in[2]->at + b * count, *before = t ? unit(c->out, 6, b, t - 1, 4, 0) : c->in[3]->at + b * count;
				number gate[4];
				for (int k = 0; k < 4; k++) {
					number x = *unit(p, 4, b, t, k, j) + product(w, k, j, h);
					*unit(c->out, 6, b, t, k, j) = gate[k] = k == 2 ? tanhl(x) : sigmoid(x);
				}
				number now = gate[1] * before[j] + gate[0] * gate[2];
				*unit(c->out, 6, b, t, 4, j) = now;
				*unit(c->out, 6, b, t, 5, j) = gate[3] * tanhl(now);
			}
}

static void gru(struct call *c)
{
	const struct value *p = c->in[0], *w = c->in[1], *bias = c->in[2];
	int64_t count = w->shape.dim[1];
	for (int64_t b = 0; b < p->shape.dim[0]; b++)
		for (int64_t t = 0; t < p->shape.dim[1]; t++)
			for (int64_t j = 0; j < count; j++) {
				const number *h = t ? unit(c->out, 5, b, t - 1, 4, 0) : c->in[3]->at + b * count;
				number sum[3];
				for (int k = 0; k < 3; k++)
					sum[k] = product(w, k, j, h) + bias->at[k * count + j];
				number r = sigmoid(*unit(p, 3, b, t, 0, j) + sum[0]), z = sigmoid(*unit(p, 3, b, t, 1, j) + sum[1]), n = tanhl(*unit(p, 3, b, t, 2, j) + r * sum[2]);
				const number kept[] = {r, z, sum[2], n, (1 - z) * n + z * h[j]};
				for (int k = 0; k < 5; k++)
					*unit(c->out, 5, b, t, k, j) = kept[k];
			}
}

/* lstm of what the input gives. */
static void lstm_layer(struct call *c)
{
	const struct value *x = c->in[0], *w = c->in[1], *b = c->in[2];
	int64_t rows = x->shape.dim[0] * x->shape.dim[1], in = x->shape.dim[2], gates = w->shape.dim[0];
	struct value p = {.shape = x->shape, .at = arena_alloc(c->arena, (size_t)(rows * gates) * sizeof *p.at)};
	struct call steps = *c;
	p.shape.dim[2] = gates;
	for (int64_t e = 0; e < rows * gates; e++) {
		p.at[e] = b->at[e % gates];
		for (int64_t i = 0; i < in; i++)
			p.at[e] += x->at[e / gates * in + i] * w->at[e % gates * in + i];
	}
	steps.in[0] = &p;
	for (int k = 1; k < 4; k++)
		steps.in[k] = c->in[k + 2];
	lstm(&steps);
}

static void recurrent_weights(struct call *c)
{
	const struct value *d = c->in[0], *x = c->in[1], *h0 = c->in[2], *s = c->in[3];
	int64_t steps = d->shape.dim[1], gates = d->shape.dim[2], in = x->shape.dim[2], h = h0->shape.dim[1], kept = s->shape.dim[2], width = in + h + 1;
	for (int64_t e = 0; e < gates * width; e++) {
		int64_t k = e % width, j = k - in;
		number sum = 0;
		for (int64_t row = 0; row < d->shape.dim[0] * steps; row++) {
			number with = k < in ? x->at[row * in + k] : j == h ? 1 : row % steps ? s->at[row * kept - h + j] : h0->at[row / steps * h + j];
			sum += d->at[row * gates + e / width] * with;
		}
		c->out->at[e] = sum;
	}
}

/* ---- gradients ------------------------------------------------------------------------------ */

/* What comes back to unit i of the state before step t: the first `kinds` numbers of d at t, of `all`, through w. */
static number back(const struct call *c, int64_t kinds, int64_t all, int64_t b, int64_t t, int64_t i)
{
	const struct value *w = c->in[1];
	int64_t count = w->shape.dim[1];
	number sum = 0;
	for (int64_t k = 0; k < kinds; k++)
		for (int64_t j = 0; j < count; j++)
			sum += *unit(c->out, all, b, t, k, j) * w->at[(k * count + j) * count + i];
	return sum;
}

static void rnn_back(struct call *c)
{
	const struct value *s = c->in[0];
	int64_t steps = s->shape.dim[1];
	for (int64_t b = 0; b < s->shape.dim[0]; b++)
		for (int64_t t = steps - 1; t >= 0; t--)
			for (int64_t j = 0; j < s->shape.dim[2]; j++) {
				number h = *unit(s, 1, b, t, 0, j), dh = *unit(c->in[2], 1, b, t, 0, j) + (t + 1 < steps ? back(c, 1, 1, b, t + 1, j) : 0);
				*unit(c->out, 1, b, t, 0, j) = c->node->attr[0].i[0] ? (h > 0 ? dh : 0) : dh * (1 - h * h);
			}
}

static void lstm_back(struct call *c)
{
	const struct value *s = c->in[0], *ds = c->in[3];
	int64_t steps = s->shape.dim[1], count = c->in[1]->shape.dim[1];
	for (int64_t b = 0; b < s->shape.dim[0]; b++)
		for (int64_t t = steps - 1; t >= 0; t--)
			for (int64_t j = 0; j < count; j++) {
				number v[6], d[6];
				for (int k = 0; k < 6; k++) {
					v[k] = *unit(s, 6, b, t, k, j);
					d[k] = *unit(ds, 6, b, t, k, j);
				}
				if (t + 1 < steps) {
					d[5] += back(c, 4, 6, b, t + 1, j);
					d[4] += *unit(c->out, 6, b, t + 1, 4, j) * *unit(s, 6, b, t + 1, 1, j);
				}
				number before = t ? *unit(s, 6, b, t - 1, 4, j) : c->in[2]->at[b * count + j], bent = tanhl(v[4]);
				d[3] += d[5] * bent;
				d[4] += d[5] * v[3] * (1 - bent * bent);
				d[0] += d[4] * v[2];
				d[1] += d[4] * before;
				d[2] += d[4] * v[0];
				for (int k = 0; k < 6; k++)
					*unit(c->out, 6, b, t, k, j) = d[k] * (k == 2 ? 1 - v[k] * v[k] : k < 4 ? v[k] * (1 - v[k]) : 1);
			}
}

/* The gates of lstm_back, which gets zeros for all that is not h. */
static void lstm_gates_back(struct call *c)
{
	struct value ds = *c->in[0], all = ds, *gates = c->out;
	struct call whole = *c;
	int64_t h = c->in[1]->shape.dim[1], rows = shape_count(&ds.shape) / (6 * h);
	ds.at = arena_alloc(c->arena, (size_t)shape_count(&ds.shape) * sizeof *ds.at);
	all.at = arena_alloc(c->arena, (size_t)shape_count(&ds.shape) * sizeof *ds.at);
	for (int64_t e = 0; e < rows * 6 * h; e++)
		ds.at[e] = e % (6 * h) < 5 * h ? 0 : c->in[3]->at[e / (6 * h) * h + e % h];
	whole.in[3] = &ds;
	whole.out = &all;
	lstm_back(&whole);
	for (int64_t e = 0; e < rows * 4 * h; e++)
		gates->at[e] = all.at[e / (4 * h) * 6 * h + e % (4 * h)];
}

static void gru_back(struct call *c)
{
	const struct value *s = c->in[0], *ds = c->in[3];
	int64_t steps = s->shape.dim[1], count = c->in[1]->shape.dim[1];
	for (int64_t b = 0; b < s->shape.dim[0]; b++)
		for (int64_t t = steps - 1; t >= 0; t--)
			for (int64_t j = 0; j < count; j++) {
				number r = *unit(s, 5, b, t, 0, j), z = *unit(s, 5, b, t, 1, j), q = *unit(s, 5, b, t, 2, j), n = *unit(s, 5, b, t, 3, j), d[5];
				for (int k = 0; k < 5; k++)
					d[k] = *unit(ds, 5, b, t, k, j);
				if (t + 1 < steps)
					d[4] += back(c, 3, 5, b, t + 1, j) + *unit(c->out, 5, b, t + 1, 4, j) * *unit(s, 5, b, t + 1, 1, j);
				number before = t ? *unit(s, 5, b, t - 1, 4, j) : c->in[2]->at[b * count + j], dn = (d[3] + d[4] * (1 - z)) * (1 - n * n);
				const number given[] = {(d[0] + dn * q) * r * (1 - r), (d[1] + d[4] * (before - n)) * z * (1 - z), d[2] + dn * r, dn, d[4]};
				for (int k = 0; k < 5; k++)
					*unit(c->out, 5, b, t, k, j) = given[k];
			}
}

const struct reference_kind reference_recurrent[] = {{"rnn", rnn}, {"lstm", lstm}, {"gru", gru}, {"lstm_layer", lstm_layer}, {"recurrent_weights", recurrent_weights}, {"rnn_back", rnn_back}, {"lstm_back", lstm_back}, {"lstm_gates_back", lstm_gates_back}, {"gru_back", gru_back},
	{NULL, NULL}};
