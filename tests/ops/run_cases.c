/* run_cases.c: runs the generated cases and compares them with what the reference computed.
**   run_cases EXPECTED TOLERANCE         values, gradients and gradients of gradients; the work memory is poisoned with NaN first
**   run_cases EXPECTED TOLERANCE BITS    also 16 lanes with numbers of their own; writes the bits of each, to be equal for all LANES */
#include "case_table.h"
#include "real.h"
#include "run_cases.h"
#include "trainer.h"

#ifndef ALL_LANES
#define ALL_LANES 16
#endif

/* Lane l sees the values of the tensor in turned order, so that lanes differ and stay in range. */
static double turned(const double *x, size_t count, size_t e, int lane)
{
	if (isnan(x[e]))
		return x[e];
	for (size_t k = 0; k < count; k++) {
		double v = x[(e + (size_t)lane * 7 + k) % count];
		if (!isnan(v))
			return v;
	}
	return x[e];
}

static void fill(scalar *to, const double *x, size_t count, int first_lane, int poison)
{
	for (size_t e = 0; e < count; e++)
		for (int l = 0; l < LANES; l++)
			to[e * LANES + l] = poison ? R_NAN : (scalar)turned(x, count, e, first_lane + l);
}

static void step(struct run *r, int first_lane, int n, int poison, double *sums)
{
	const struct case_entry *c = r->c;
	void *io[TENSORS_MAX];
	for (int i = 0; i < c->ios; i++) {
		io[i] = aligned_alloc(64, (c->io_counts[i] * sizeof(real) + 63) / 64 * 64);
		fill(io[i], r->io[i], c->io_counts[i], first_lane, poison);
	}
	for (int i = 0; i < c->params; i++)
		fill(c->param[i].at, r->param[i], c->param[i].count, first_lane, poison);
	static const uint64_t keys[LANES];     /* all 0: every lane draws what the reference draws */
	c->run(&(struct mosaic_step){.keys = keys, .n = n, .inputs = (const void *const *)io, .targets = (const void *const *)io + c->inputs, .sums = sums});
	for (int i = 0; i < c->ios; i++)
		free(io[i]);
}

static void check(struct run *r, const double *sums)
{
	int wrong = 0;
	for (int i = 0; i < r->c->outputs; i++) {
		const struct case_place *p = &r->c->output[i];
		double largest = largest_of(r->output[i], p->count);
		if (!p->at && strcmp(p->name, "loss") == 0)
			wrong += compare(r, "loss", 0, sums[0], r->output[i][0], largest);
		for (size_t e = 0; p->at && e < p->count && wrong < 5; e++)
			wrong += compare(r, p->name, e, (double)((scalar *)p->at)[e * LANES], r->output[i][e], largest);
	}
	r->failures += wrong > 0;
}

static void write_bits(struct run *r, int lane, const double *sums)
{
	fwrite(&sums[lane], sizeof *sums, 1, r->bits);
	for (int i = 0; i < r->c->outputs; i++) {
		const struct case_place *p = &r->c->output[i];
		for (size_t e = 0; p->at && e < p->count; e++)
			if (!isnan(r->output[i][e]))
				fwrite(&((scalar *)p->at)[e * LANES + (size_t)lane], sizeof(scalar), 1, r->bits);
	}
}

static void run_batch(struct run *r)
{
	for (int lane = 0; lane < (r->bits ? ALL_LANES : 1); lane += LANES) {
		double sums[TENSORS_MAX * LANES];
		memset(sums, 0, sizeof sums);
		step(r, lane, r->c->batch, 1, sums);
		memset(sums, 0, sizeof sums);
		step(r, lane, r->n, 0, sums);
		if (lane == 0)
			check(r, sums);
		for (int l = 0; r->bits && l < LANES; l++)
			write_bits(r, l, sums);
	}
}

static void run_case(struct run *r)
{
	run_batches(r, run_batch);
}

int main(int argc, char **argv)
{
	return run_cases(argc, argv, run_case);
}
