/* reference_call.h: what the parts of the reference share: one op at work, and tables of what computes which. */
#ifndef REFERENCE_CALL_H
#define REFERENCE_CALL_H

#include "reference.h"

struct call { const struct node *node; const struct value *in[INPUT_MAX]; struct value *out; int n; struct arena *arena; };
struct reference_kind { const char *name; void (*f)(struct call *c); };
extern const struct reference_kind reference_window[];      /* ends with a NULL name */
extern const struct reference_kind reference_index[];
extern const struct reference_kind reference_recurrent[];
extern const struct reference_kind reference_rows[];
extern const struct reference_kind reference_channels[];
#endif
