/* emit_c.h: the parts of the C backend. */
#ifndef MOSAICC_EMIT_C_H
#define MOSAICC_EMIT_C_H

#include "plan.h"

/* Where the text goes: function f, its kernel, how far lines are indented, the indexes of the loops around, their axes from
** the outermost on, and whether the innermost one adds to one number from place to place. */
/* held: a slope whose argument a variable of the loop holds. */
struct emit { const struct plan *p; const struct function *f; struct text *out; int kernel; int depth; const char *index[RANK_MAX]; int order[RANK_MAX]; bool chained; const struct node *held; };

/* c_expr.c */
void line(struct emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *element(struct emit *e, const struct node *n, const char *const *index);
const char *element_in(struct emit *e, const struct node *n, const struct shape *space);
/* Text, and how tightly it binds; number: a constant, which a vector may need to be splat from. */
enum { BIND_SUM = 1, BIND_PRODUCT, BIND_ATOM };
struct expr { const char *text; int bind; bool number; };
struct expr value_of(struct emit *e, const struct node *n, const struct shape *space);
struct expr compute(struct emit *e, const struct node *n, const struct shape *space);
const char *as_vector(struct emit *e, struct expr x);
bool written_in_place(const struct emit *e, const struct node *n);

/* emit_c.c */
void emit_c_function(const struct plan *p, const struct function *f, struct text *out);
void emit_c_head(const struct plan *p, const struct function *f, const char *type, struct text *out);
void emit_c_kernels(const struct plan *p, const struct function *f, struct text *out);

/* c_loop.c */
void emit_loop(struct emit *e, const struct kernel *k);
void emit_layout(struct emit *e, const struct kernel *k);
#endif
