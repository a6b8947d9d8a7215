/* rules.h: the rules of [SEARCH] (where, zip, match) and sampling: what condition.c, evaluate.c, rules.c, expand.c, sample.c and
** match.c share. */
#ifndef MOSAICC_RULES_H
#define MOSAICC_RULES_H

#include "config.h"

/* ---- condition.c: the text of a condition as a tree ---- */
/* A parameter by name: width, mlp.width. `process`: a key of [PROCESS], known once rules.c has looked. */
struct ref { const char *qualifier, *name; struct place at; bool process; };
enum expr_kind {
	EXPR_NUMBER, EXPR_TEXT, EXPR_REF, EXPR_NB_PARAMS, EXPR_BYTES,
	EXPR_NEGATE, EXPR_ADD, EXPR_SUBTRACT, EXPR_MULTIPLY, EXPR_DIVIDE, EXPR_MODULO,
	EXPR_EQUAL, EXPR_UNEQUAL, EXPR_LESS, EXPR_LESS_EQUAL, EXPR_GREATER, EXPR_GREATER_EQUAL,
	EXPR_BETWEEN, EXPR_AMONG, EXPR_AND, EXPR_OR, EXPR_NOT
};
struct expr {
	enum expr_kind kind;
	struct place at;                                        /* of an operator: its own, not its left side's */
	double number;
	const char *text;                                       /* TEXT; of a REF its value in the pipeline that is looked at */
	struct ref ref;
	struct expr *a, *b, *c;                                 /* BETWEEN: a in b..c */
	VEC(struct expr *) items;                               /* AMONG */
};
struct condition {
	struct expr *root;
	const char *text;                                       /* as written, on one line */
	struct place at;
	VEC(struct expr *) refs;
	bool measured;                                          /* it asks for nb_params or bytes */
};
struct conditions { struct condition *at; int count, cap; };
struct refs { struct ref *at; int count, cap; };
struct zip { struct refs names; struct place at; };
struct zips { struct zip *at; int count, cap; };
struct match { bool on, bytes; double target; struct refs by; struct place at; const char *text; };
bool conditions_read(struct arena *a, const struct ini_pair *pair, struct conditions *out);
bool zips_read(struct arena *a, const struct ini_pair *pair, struct zips *out);
bool match_read(struct arena *a, const struct ini_pair *pair, struct match *out);
const char *ref_text(struct arena *a, const struct ref *r);

/* ---- rules.c: names of rules are names of parameters ---- */
struct rules {
	struct conditions where;
	struct zips zips;
	struct match match;
	int64_t all, kept;                                      /* pipelines before and after the conditions on parameters; all -1: not counted */
	int64_t drawn;                                          /* by random or sobol, to find them */
	int64_t opened, refused;                                /* pipelines whose modules were opened; of them without the measures that where wants */
	struct words known[2];                                  /* names for rules.c; [1]: and texts */
	struct sampler *sampler;                                /* that can draw more, or NULL */
};
bool rules_read(struct expansion *x);
bool ref_fits(const struct ref *r, const struct module *m);  /* but for the name: its qualifier is the section, type or class */
bool ref_of_candidate(const struct ref *r, const struct candidate *c, int *pair);

/* ---- evaluate.c ---- */
enum verdict { HOLDS, FAILS, BROKEN };                      /* BROKEN: an error was printed */
/* `open`: a parameter whose value is still to be chosen. What asks for it, for measures that are not known yet (-1), or for a name
** that the pipeline does not have, holds. */
struct measures { double nb_params, bytes; };
enum verdict condition_of(struct condition *c, const struct sweep *sweep, const struct pipeline *p, const struct param *open, struct measures m);
bool condition_asks(const struct condition *c, enum expr_kind kind);
/* All of them; in *failed the first that fails. */
enum verdict conditions_of(struct rules *r, const struct sweep *sweep, const struct pipeline *p, const struct param *open, struct measures m,
	const struct condition **failed);

/* ---- sobol.c ---- */
enum { SOBOL_DIMENSIONS = 128 };
uint32_t sobol_point(uint32_t index, int dimension);        /* a fraction of 2^32, as published by Joe and Kuo */

/* ---- grid.c: every combination ---- */
enum { TRIES_A_RUN = 10 };                                  /* combinations that are looked at, for each run that is possible */
bool grid(struct expansion *x);
int64_t run_limit(const struct sweep *s);
int repetitions(const struct sweep *s);                     /* of a pipeline, at most */

/* ---- expand.c: what both make pipelines with ---- */
/* A parameter that `match` chooses: among the values of its section, or among the integers from 1 on. */
struct choice {
	int module, param;
	const struct candidate *candidate;                      /* NULL: no section writes the parameter */
	const struct values *values;
	bool integers;                                          /* from 1 on, not `values` */
	double reached;                                         /* the measure with the value that was chosen; -1: none yet */
};
void pipeline_choose(struct arena *a, struct pipeline *p, struct value value);
bool err_nothing_left(const struct sweep *s, bool measured); /* false; measured: the conditions on nb_params and bytes are among the reasons */

/* ---- sample.c: [SEARCH] method = random or sobol ---- */
bool sample(struct expansion *x);
struct place budget_at(const struct sweep *s);
bool sample_more(struct sampler *s);                        /* one pipeline more; false: none left, or an error was printed */
#endif
