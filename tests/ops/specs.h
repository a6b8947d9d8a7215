/* specs.h: which graphs the tests of ops build: every op of the registry, in several shapes, with the batch axis in every place that its
** shape rule allows, once and twice differentiated. */
#ifndef SPECS_H
#define SPECS_H

#include "op.h"

struct spec {
	const struct op *op;
	int in_count;
	struct shape in[INPUT_MAX];
	struct attr attr[ATTR_MAX];
	int batch;
	bool second;                            /* the loss is made of gradients */
};
struct specs { VEC(struct spec) list; };
/* All of them, in the order of the registry. */
void specs_collect(struct arena *a, struct specs *out);
/* Keeps two of each op and order: the first, and one with a batch of several samples. */
void specs_thin(struct specs *s);
/* Keeps the ops whose names start so. */
void specs_named(struct specs *s, const char *start);
void spec_name(const struct spec *s, struct text *out);

/* The graph of a spec. Operands with a batch axis are inputs, the others parameters. The loss is the sum of the result times fixed
** random weights (a target); with `second` that of all first gradients times weights. Predictions: the result, and d loss / d input. */
struct graph *spec_graph(struct arena *a, const struct spec *s, const char *graph_name);
#endif
