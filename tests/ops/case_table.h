/* case_table.h: what the generated C of a case shows to the program that runs it. */
#ifndef CASE_TABLE_H
#define CASE_TABLE_H

#include <stddef.h>

struct mosaic_step;
/* Memory of the case, in reals; NULL: the value is not kept. */
struct case_place { const char *name; void *at; size_t count; };
struct case_entry {
	const char *name;
	int batch, ios, params, outputs, inputs;     /* ios: inputs first, then targets */
	const size_t *io_counts;
	const struct case_place *param, *grad, *output;
	void (*run)(const struct mosaic_step *step);
};
extern const struct case_entry *const case_files[];    /* each ends with a NULL name; the list with NULL */
#endif
