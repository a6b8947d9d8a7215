/* check_gradient.c: a whole trainer against finite differences: linked with a generated trainer.c of float64 in place of the runtime's main().
**   check_gradient [LABELS]      targets without axes are labels below LABELS
** For a full and for partial batches: the gradients that it trains with are the slopes of the loss that it reports, and what lies behind the
** last sample is never read. */
#include <trainer.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 12345;

static double uniform(double low, double high)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

struct check { const struct mosaic_program *p; double *io[16], *grads; double *hyper; int labels, n, failures; };

static size_t sample_size(const struct mosaic_io *io)
{
	size_t count = 1;
	for (int i = 0; i < io->rank; i++)
		count *= (size_t)io->shape[i];
	return count;
}

static void fill(struct check *c, int poison)
{
	for (int i = 0; i < c->p->io_count; i++) {
		const struct mosaic_io *io = &c->p->ios[i];
		size_t size = sample_size(io);
		for (size_t e = 0; e < size * (size_t)c->p->batch; e++)
			if (poison || e >= size * (size_t)c->n)
				c->io[i][e] = NAN;
			else
				c->io[i][e] = io->target && io->rank == 0 && c->labels ? floor(uniform(0, c->labels)) : uniform(-1, 1);
	}
}

static double loss(struct check *c)
{
	double sums[64] = {0};
	static const uint64_t keys[MOSAIC_LANES_MAX] = {0x123456789abcdef};
	struct mosaic_step step = {.n = c->n, .inputs = (const void *const *)c->io, .targets = (const void *const *)c->io, .hyper = c->hyper, .sums = sums, .keys = keys};
	while (step.targets < (const void *const *)c->io + c->p->io_count && !c->p->ios[step.targets - (const void *const *)c->io].target)
		step.targets++;
	c->p->gradient(&step, c->grads);
	return sums[0];
}

static void check_tensor(struct check *c, const struct mosaic_tensor *t)
{
	double *w = (double *)c->p->params + t->offset, *gradient = malloc(t->count * sizeof *gradient);
	loss(c);
	memcpy(gradient, c->grads + t->offset, t->count * sizeof *gradient);
	size_t stride = t->count > 200 ? t->count / 50 : 1;       /* of large layers some of each */
	for (size_t e = 0; e < t->count && t->trains && c->failures < 10; e += stride) {
		double at = w[e], slope = 0, wrong = 1;
		for (double h = 1e-5; h > 1e-7 && wrong > 2e-6; h /= 8) {  /* a kink is left behind by a smaller step */
			w[e] = at + h;
			double up = loss(c);
			w[e] = at - h;
			slope = (up - loss(c)) / (2 * h);
			w[e] = at;
			wrong = fabs(slope - gradient[e]) / (1 + fabs(slope));
		}
		if (!(wrong <= 2e-6)) {
			fprintf(stderr, "%s, %d samples: gradient of %s[%zu] is %.12g, the loss rises by %.12g\n", c->p->name, c->n, t->name, e, gradient[e], slope);
			c->failures++;
		}
	}
	free(gradient);
}

int main(int argc, char **argv)
{
	struct check c = {.p = &mosaic_program, .labels = argc > 1 ? atoi(argv[1]) : 0};
	if (c.p->lanes != 1 || c.p->real_bytes != 8 || c.p->io_count > 16) {
		fprintf(stderr, "%s: not a program of one lane and doubles\n", c.p->name);
		return 1;
	}
	for (int i = 0; i < c.p->io_count; i++)
		c.io[i] = aligned_alloc(64, (sample_size(&c.p->ios[i]) * (size_t)c.p->batch * sizeof(double) + 63) / 64 * 64);
	c.grads = aligned_alloc(64, (c.p->params_reals * sizeof(double) + 63) / 64 * 64);
	c.hyper = calloc((size_t)c.p->optimizer.hyper_count + 1, sizeof *c.hyper);
	for (size_t i = 0; i < c.p->params_reals; i++)
		((double *)c.p->params)[i] = uniform(-0.7, 0.7);
	for (c.n = c.p->batch; c.n > 0; c.n = c.n > 1 ? c.n / 2 : 0) {
		int n = c.n;
		c.n = c.p->batch;
		fill(&c, 1);
		loss(&c);                       /* all memory holds NaN now */
		c.n = n;
		fill(&c, 0);
		for (int i = 0; i < c.p->tensor_count; i++)
			check_tensor(&c, &c.p->tensors[i]);
	}
	return c.failures != 0;
}
