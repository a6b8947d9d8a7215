/* case_table_cuda.h: what the generated CUDA of a case shows to the program that runs it: places in its struct training, on the device. */
#ifndef CASE_TABLE_CUDA_H
#define CASE_TABLE_CUDA_H

#include <stddef.h>

struct untyped;
#define NOWHERE ((size_t)-1)                     /* the value is not kept */
struct case_place { const char *name; size_t at, count; };
struct case_entry {
	const char *name;
	int batch, ios, params, outputs, inputs;     /* ios: inputs first, then targets */
	size_t memory;
	const size_t *io_counts;
	const struct case_place *param, *output;
	/* there: inputs and targets as an array on the device. */
	void (*run)(void *memory, int n, const struct untyped *inputs, const struct untyped *targets, double *sums, const struct untyped *there);
};
extern const struct case_entry *const case_files[];    /* each ends with a NULL name; the list with NULL */
#endif
