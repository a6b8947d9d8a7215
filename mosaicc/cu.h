/* cu.h: the parts of the CUDA backends. A layer in one direction is written as C first (emit_c.c); its statements are read back (cu_statement.c),
** which loops may run at once follows from the places that they write to (cu_parallel.c), and these become kernels (cu_kernel.c). */
#ifndef MOSAICC_CU_H
#define MOSAICC_CU_H

#include "backend.h"

enum statement_kind { STATEMENT_PLAIN, STATEMENT_FOR, STATEMENT_IF, STATEMENT_BLOCK };
struct words_of { const char *at; int length; };
/* A statement as a part of the text that it was read from. FOR: `variable` is NULL where it is no `for (int v = low; v < bound; v++)`. */
struct statement {
	enum statement_kind kind;
	const char *from, *end;              /* end: behind its last character */
	struct words_of variable, low, bound;
	VEC(struct statement *) inside;      /* of FOR and IF the body, of BLOCK all of them */
};
struct statements { VEC(struct statement *) list; };
/* cu_statement.c */
void statements_read(struct arena *a, const char *text, struct statements *out);
const char *next_word(const char *from, const char *end, struct words_of *word);   /* an identifier and what comes behind it; NULL: there is none */
bool word_is(struct words_of w, const char *name);
bool same_words(struct words_of a, struct words_of b);
bool mentions(const char *from, const char *end, struct words_of name);
/* Names that a plain statement declares; 0: it declares nothing. */
enum { DECLARED_MAX = 16 };
int declared(const struct statement *s, struct words_of out[DECLARED_MAX]);

/* cu_parallel.c: loops one in the other, and the statements in the innermost. */
enum { NEST_MAX = 12 };
struct array_name { const char *name; int dims; bool written; };
struct nest {
	struct statement *loop[NEST_MAX]; int count;
	bool parallel[NEST_MAX];             /* its turns may run at once, in any order */
	struct statement *const *body; int body_count;
};
void nest_find(struct statement *outermost, const struct array_name *arrays, int array_count, struct nest *out);
/* The part of the statements behind `from` that can run before the rest, as a nest of its own; returns how many. */
int nest_part(const struct nest *all, int from, const struct array_name *arrays, int array_count, struct nest *out);

/* Does a thread of `a`, and then the same of `b`, see in what either writes only what it wrote itself? Their grids are equal. */
bool nests_touch_alike(const struct nest *a, const struct nest *b, const struct array_name *arrays, int array_count);

/* cu_kernel.c */
void emit_cu_function(const struct plan *p, const struct function *f, struct text *out);
/* emit_cu.c */
void emit_cu_trainer(struct emission *e, struct text *out);
void emit_cu_runs_trainer(struct emission *e, struct text *out);
#endif
