/* reference.h: what a graph means, worked out slowly and plainly in long double: the other side of every comparison in these tests.
** It shares no code with the compiler's emitter nor with real.h; only the graph itself and its shape rules. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "op.h"

typedef long double number;

/* The value of a node for `n` samples: its shape with the batch axis as long as these samples need. */
struct value { struct shape shape; number *at; };
struct reference {
	const struct graph *graph;
	int n;                                  /* samples in this batch */
	number **leaf;                          /* values of inputs, targets and parameters by node->id, for n samples */
	struct value *of;                       /* by node->id; at == NULL: not worked out yet */
	struct arena arena;
};

struct shape reference_shape(const struct graph *g, const struct node *node, int n);
void reference_open(struct reference *r, const struct graph *g, int n, number **leaf);
const struct value *reference_value(struct reference *r, const struct node *node);
void reference_close(struct reference *r);

/* value_text.c: the text of an elementwise op ("a * sigmoid_(a)") applied to arrays, with the C library's functions. */
struct value_text;
const struct value_text *value_text_parse(struct arena *a, const char *text);
void value_text_apply(const struct value_text *v, int64_t count, const number *const operand[3], number *out);
#endif
