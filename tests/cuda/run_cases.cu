/* run_cases.cu: runs the generated CUDA of ops on a GPU, or on the emulator, and compares with what the reference computed and with other builds by bits.
**   run_cases EXPECTED TOLERANCE [BITS]
** The format of EXPECTED and of BITS is that of tests/ops/run_cases.c, for one lane. Work memory is poisoned with NaN first. */
#include <cuda_runtime.h>
#include "real.h"
#include "mosaic_cuda.h"
#include "case_table_cuda.h"

#include <math.h>

enum { TENSORS_MAX = 64 };
struct run { const struct case_entry *c; FILE *expected, *bits; double tolerance; int n, failures; double *io[TENSORS_MAX], *param[TENSORS_MAX], *output[TENSORS_MAX]; char *memory; };

static double *read_doubles(FILE *f, size_t count)
{
	double *x = (double *)malloc((count + 1) * sizeof *x);
	if (!x || fread(x, sizeof *x, count, f) != count) {
		fprintf(stderr, "expected.bin ends too early\n");
		exit(1);
	}
	return x;
}

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
		fill(r->memory + c->param[i].at, r->param[i], c->param[i].count, poison);
	double *sums = (double *)alloc_(TENSORS_MAX * sizeof(double));
	struct untyped *there = (struct untyped *)alloc_(sizeof io);
	must(sums && there && put_(there, io, sizeof io));
	c->run(r->memory, n, io, io + c->inputs, sums, there);
	must(get_(sum, sums, sizeof *sum));
	for (int i = 0; i < c->ios; i++)
		release_((void *)io[i].at);
	release_(sums);
	release_(there);
}

/* Relative to the largest number of the tensor: what cancels out is not expected to have its own digits. */
static int compare(struct run *r, const char *name, size_t e, double got, double want, double largest)
{
	if (isnan(want) || fabs(got - want) <= r->tolerance * fmax(largest, 1e-3))
		return 0;
	fprintf(stderr, "%s, %d samples: %s[%zu] is %.12g, should be %.12g\n", r->c->name, r->n, name, e, got, want);
	return 1;
}

static void check(struct run *r, double sum)
{
	int wrong = 0;
	if (r->bits)
		fwrite(&sum, sizeof sum, 1, r->bits);
	for (int i = 0; i < r->c->outputs; i++) {
		const struct case_place *p = &r->c->output[i];
		double largest = 0;
		for (size_t e = 0; e < p->count; e++)
			largest = isnan(r->output[i][e]) ? largest : fmax(largest, fabs(r->output[i][e]));
		if (p->at == NOWHERE && strcmp(p->name, "loss") == 0)
			wrong += compare(r, "loss", 0, sum, r->output[i][0], largest);
		if (p->at == NOWHERE)
			continue;
		real *values = (real *)malloc((p->count + 1) * sizeof *values);
		must(get_(values, r->memory + p->at, p->count * sizeof *values));
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
	const struct case_entry *c = r->c;
	double sum;
	for (int i = 0; i < c->ios; i++)
		r->io[i] = read_doubles(r->expected, c->io_counts[i]);
	for (int i = 0; i < c->params; i++)
		r->param[i] = read_doubles(r->expected, c->param[i].count);
	for (int i = 0; i < c->outputs; i++)
		r->output[i] = read_doubles(r->expected, c->output[i].count);
	step(r, c->batch, true, &sum);
	step(r, r->n, false, &sum);
	check(r, sum);
	for (int i = 0; i < c->ios; i++)
		free(r->io[i]);
	for (int i = 0; i < c->params; i++)
		free(r->param[i]);
	for (int i = 0; i < c->outputs; i++)
		free(r->output[i]);
}

int main(int argc, char **argv)
{
	struct run r = {};
	int cases = 0;
	r.tolerance = argc > 2 ? atof(argv[2]) : 0;
	if (argc < 3 || !(r.expected = fopen(argv[1], "rb")) || (argc > 3 && !(r.bits = fopen(argv[3], "wb")))) {
		fprintf(stderr, "usage: run_cases EXPECTED TOLERANCE [BITS]\n");
		return 2;
	}
	must(take_device_());
	stream_ = NULL;                              /* the files of cases have no other one in common */
	for (const struct case_entry *const *file = case_files; *file; file++)
		for (r.c = *file; r.c->name; r.c++, cases++) {
			r.memory = (char *)alloc_(r.c->memory);
			must(r.memory != NULL);
			for (r.n = r.c->batch; r.n > 0; r.n = r.n > 1 ? r.n / 2 : 0)
				run_batch(&r);
			release_(r.memory);
		}
	if (fgetc(r.expected) != EOF || (r.bits && fclose(r.bits) != 0)) {
		fprintf(stderr, "the files do not fit the cases\n");
		return 1;
	}
	printf("%d cases, %d failures\n", cases, r.failures);
	return r.failures != 0;
}
