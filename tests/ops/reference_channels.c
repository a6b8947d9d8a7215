/* reference_channels.c: mean and variance of the channels of images. See reference.h. */
#include "reference_call.h"

struct channel { int64_t samples, channels, places, c; number count, mean, variance; };

static number at(const struct channel *h, const number *x, int64_t i)
{
	return x[(i / h->places * h->channels + h->c) * h->places + i % h->places];
}

/* Channel c of x; its numbers are at(h, x, 0 to count - 1). */
static struct channel channel_of(const struct value *x, int64_t c)
{
	struct channel h = {x->shape.dim[0], x->shape.dim[1], x->shape.dim[2] * x->shape.dim[3], c, 0, 0, 0};
	h.count = (number)(h.samples * h.places);
	for (int64_t i = 0; i < h.samples * h.places; i++)
		h.mean += at(&h, x->at, i) / h.count;
	for (int64_t i = 0; i < h.samples * h.places; i++)
		h.variance += (at(&h, x->at, i) - h.mean) * (at(&h, x->at, i) - h.mean) / h.count;
	return h;
}

static void channel_statistics(struct call *c)
{
	for (int64_t k = 0; k < c->out->shape.dim[1]; k++) {
		struct channel h = channel_of(c->in[0], k);
		c->out->at[k] = h.mean;
		c->out->at[c->out->shape.dim[1] + k] = h.variance;
	}
}

const struct reference_kind reference_channels[] = {
	{"channel_statistics", channel_statistics}, {NULL, NULL}};
