/* model_probe.c: loss and gradients of one batch, of a trainer of one lane that is linked with this in place of the runtime's main().
**   model_probe                    the names of its tensors, a line each
**   model_probe WEIGHTS BATCH      files of doubles: the tensors in that order; the inputs, then the targets, of a whole batch
** Writes a line for the loss and one for each tensor that trains. */
#include <trainer.h>

#include <stdio.h>
#include <stdlib.h>

static const struct mosaic_program *const p = &mosaic_program;

static void put(void *base, size_t i, double value)
{
	if (p->real_bytes == 8)
		((double *)base)[i] = value;
	else
		((float *)base)[i] = (float)value;
}

static double get(const void *base, size_t i)
{
	return p->real_bytes == 8 ? ((const double *)base)[i] : (double)((const float *)base)[i];
}

static void *reals(size_t count)
{
	void *at = aligned_alloc(64, (count * sizeof(double) + 63) / 64 * 64);
	if (!at)
		abort();
	for (size_t i = 0; i < count; i++)
		put(at, i, 0);
	return at;
}

static void take(FILE *f, void *base, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double value;
		if (fread(&value, sizeof value, 1, f) != 1) {
			fprintf(stderr, "too few numbers\n");
			exit(1);
		}
		put(base, first + i, value);
	}
}

int main(int argc, char **argv)
{
	FILE *weights = argc > 2 ? fopen(argv[1], "rb") : NULL, *batch = argc > 2 ? fopen(argv[2], "rb") : NULL;
	void *io[16], *grads = reals(p->params_reals);
	double sums[64] = {0}, *hyper = calloc((size_t)p->optimizer.hyper_count + 1, sizeof *hyper);
	int inputs = 0;
	for (int k = 0; argc == 1 && k < p->tensor_count; k++)
		printf("%s\n", p->tensors[k].name);
	if (argc == 1)
		return 0;
	if (!weights || !batch || p->lanes != 1 || p->io_count > 16) {
		fprintf(stderr, "usage: model_probe [WEIGHTS BATCH], of a program of one lane\n");
		return 2;
	}
	for (int k = 0; k < p->tensor_count; k++)
		take(weights, p->params, p->tensors[k].offset, p->tensors[k].count);
	for (int i = 0; i < p->io_count; i++) {
		size_t size = (size_t)p->batch;
		for (int d = 0; d < p->ios[i].rank; d++)
			size *= (size_t)p->ios[i].shape[d];
		take(batch, io[i] = reals(size), 0, size);
		inputs += !p->ios[i].target;
	}
	const uint64_t keys[MOSAIC_LANES_MAX] = {0};
	struct mosaic_step step = {.n = p->batch, .inputs = (const void *const *)io, .targets = (const void *const *)io + inputs, .hyper = hyper, .sums = sums, .keys = keys};
	p->gradient(&step, grads);
	printf("loss %.17g\n", sums[0]);
	for (int k = 0; k < p->tensor_count; k++) {
		const struct mosaic_tensor *t = &p->tensors[k];
		printf("%s%s", t->name, t->trains ? "" : " kept");
		for (size_t i = 0; i < t->count && t->trains; i++)
			printf(" %.17g", get(grads, t->offset + i));
		printf("\n");
	}
	return 0;
}
