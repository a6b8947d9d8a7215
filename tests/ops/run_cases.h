/* run_cases.h: what run_cases.c and tests/cuda/run_cases.cu share, as C and C++: the expected numbers of a batch, comparing with them, and the loop over
** all cases. Include the table of cases first. */
#ifndef RUN_CASES_H
#define RUN_CASES_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENSORS_MAX = 64 };
struct run { const struct case_entry *c; FILE *expected, *bits; double tolerance; int n, failures; double *io[TENSORS_MAX], *param[TENSORS_MAX], *output[TENSORS_MAX]; };

static double *read_doubles(FILE *f, size_t count)
{
	double *x = (double *)malloc((count + 1) * sizeof *x);
	if (!x || fread(x, sizeof *x, count, f) != count) {
		fprintf(stderr, "expected.bin ends too early\n");
		exit(1);
	}
	return x;
}

/* Relative to the largest number of the tensor: what cancels out is not expected to have its own digits. */
static int compare(struct run *r, const char *name, size_t e, double got, double want, double largest)
{
	if (isnan(want) || fabs(got - want) <= r->tolerance * fmax(largest, 1e-3))
		return 0;
	fprintf(stderr, "%s, %d samples: %s[%zu] is %.12g, should be %.12g\n", r->c->name, r->n, name, e, got, want);
	return 1;
}

static double largest_of(const double *x, size_t count)
{
	double largest = 0;
	for (size_t e = 0; e < count; e++)
		largest = isnan(x[e]) ? largest : fmax(largest, fabs(x[e]));
	return largest;
}

/* One case with batches of all its samples, of half of them, ... of one. */
static void run_batches(struct run *r, void (*run_batch)(struct run *r))
{
	const struct case_entry *c = r->c;
	for (r->n = c->batch; r->n > 0; r->n = r->n > 1 ? r->n / 2 : 0) {
		for (int i = 0; i < c->ios; i++)
			r->io[i] = read_doubles(r->expected, c->io_counts[i]);
		for (int i = 0; i < c->params; i++)
			r->param[i] = read_doubles(r->expected, c->param[i].count);
		for (int i = 0; i < c->outputs; i++)
			r->output[i] = read_doubles(r->expected, c->output[i].count);
		run_batch(r);
		for (int i = 0; i < c->ios; i++)
			free(r->io[i]);
		for (int i = 0; i < c->params; i++)
			free(r->param[i]);
		for (int i = 0; i < c->outputs; i++)
			free(r->output[i]);
	}
}

/* The exit code of a program whose cases run_case() runs. */
static int run_cases(int argc, char **argv, void (*run_case)(struct run *r))
{
	struct run r;
	int cases = 0;
	memset(&r, 0, sizeof r);
	r.tolerance = argc > 2 ? atof(argv[2]) : 0;
	if (argc < 3 || !(r.expected = fopen(argv[1], "rb")) || (argc > 3 && !(r.bits = fopen(argv[3], "wb")))) {
		fprintf(stderr, "usage: run_cases EXPECTED TOLERANCE [BITS]\n");
		return 2;
	}
	for (const struct case_entry *const *file = case_files; *file; file++)
		for (r.c = *file; r.c->name; r.c++, cases++)
			run_case(&r);
	if (fgetc(r.expected) != EOF || (r.bits && fclose(r.bits) != 0)) {
		fprintf(stderr, "the files do not fit the cases\n");
		return 1;
	}
	printf("%d cases, %d failures\n", cases, r.failures);
	return r.failures != 0;
}
#endif
