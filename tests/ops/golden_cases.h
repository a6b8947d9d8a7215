/* golden_cases.h: cases whose numbers come from PyTorch: golden/functions.json, made by golden_torch.py. */
#ifndef GOLDEN_CASES_H
#define GOLDEN_CASES_H

#include "op.h"

#include <jansson.h>

/* The graph of one case: input x, target t or weights w; predictions y and d_x, the loss. As user code would build it. */
struct graph *golden_graph(struct arena *a, const json_t *c, const char *graph_name);
void golden_name(const json_t *c, struct text *out);
/* Values of a leaf or an output for `n` samples, or of more samples that begin with these; NULL: there is no such tensor. */
const json_t *golden_values(const json_t *c, int n, const char *name);
/* Whether every function that users call has a case, or a reason to have none. False after messages. */
bool golden_is_complete(struct arena *a, const json_t *functions);
#endif
