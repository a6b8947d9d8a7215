/* run_cases.cu: runs the generated CUDA of ops on a GPU, or on the emulator, and compares with what the reference computed and with other builds by bits.
**   run_cases EXPECTED TOLERANCE [BITS]
** The format of EXPECTED and of BITS is that of tests/ops/run_cases.c, for one lane. Work memory is poisoned with NaN first. */
#include <cuda_runtime.h>
#include "real.h"
#include "mosaic_cuda.h"
#include "case_table_cuda.h"
#include "../ops/run_cases.h"

static char *memory_;                            /* of the case */

static void must(bool good)
{
	if (good)
		return;
	fprintf(stderr, "%s\n", failure_());
	exit(1);
}

static void fill(void *to, const double *x, size_t count, bool poison)
{
	real *values = (real *)malloc((count + 1) * sizeof *values);
	for (size_t e = 0; e < count; e++)
		values[e] = poison ? (real)NAN : (real)x[e];
	must(put_(to, values, count * sizeof *values));
	free(values);
}

static void step(struct run *r, int n, bool poison, double *sum)
{
	const struct case_entry *c = r->c;
	struct untyped io[TENSORS_MAX];
	for (int i = 0; i < c->ios; i++) {
		void *at = alloc_(c->io_counts[i] * sizeof(real));
		must(at != NULL);
		fill(at, r->io[i], c->io_counts[i], poison);
		io[i].at = at;
	}
	for (int i = 0; i < c->params; i++)
		fill(memory_ + c->param[i].at, r->param[i], c->param[i].count, poison);
	double *sums = (double *)alloc_(TENSORS_MAX * sizeof(double));
	struct untyped *there = (struct untyped *)alloc_(sizeof io);
	must(sums && there && put_(there, io, sizeof io));
	c->run(memory_, n, io, io + c->inputs, sums, there);
	must(get_(sum, sums, sizeof *sum));
	for (int i = 0; i < c->ios; i++)
		release_((void *)io[i].at);
	release_(sums);
	release_(there);
}

static void check(struct run *r, double sum)
{
	int wrong = 0;
	if (r->bits)
		fwrite(&sum, sizeof sum, 1, r->bits);
	for (int i = 0; i < r->c->outputs; i++) {
		const struct case_place *p = &r->c->output[i];
		double largest = largest_of(r->output[i], p->count);
		if (p->at == NOWHERE && strcmp(p->name, "loss") == 0)
			wrong += compare(r, "loss", 0, sum, r->output[i][0], largest);
		if (p->at == NOWHERE)
			continue;
		real *values = (real *)malloc((p->count + 1) * sizeof *values);
		must(get_(values, memory_ + p->at, p->count * sizeof *values));
		for (size_t e = 0; e < p->count; e++) {
			wrong += wrong < 5 ? compare(r, p->name, e, (double)values[e], r->output[i][e], largest) : 0;
			if (r->bits && !isnan(r->output[i][e]))
				fwrite(&values[e], sizeof *values, 1, r->bits);
		}
		free(values);
	}
	r->failures += wrong > 0;
}

static void run_batch(struct run *r)
{
	double sum;
	step(r, r->c->batch, true, &sum);
	step(r, r->n, false, &sum);
	check(r, sum);
}

static void run_case(struct run *r)
{
	memory_ = (char *)alloc_(r->c->memory);
	must(memory_ != NULL);
	run_batches(r, run_batch);
	release_(memory_);
}

int main(int argc, char **argv)
{
	must(take_device_());
	stream_ = NULL;                              /* the files of cases have no other one in common */
	return run_cases(argc, argv, run_case);
}
