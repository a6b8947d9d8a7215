/* make_cases.h: what the files of make_cases share: one case on its way to C text and expected numbers. */
#ifndef MAKE_CASES_H
#define MAKE_CASES_H

#include "random_graph.h"
#include "reference.h"
#include "specs.h"

#include "program.h"

#include <jansson.h>

/* What all random graphs together hold. */
struct random_all { struct specs specs; int *used; int64_t numbers, unknown, slopes; };

struct made {
	struct arena arena;
	const struct spec *spec;                /* one of these, or the seed of a random graph */
	const json_t *golden;
	struct random_all *random;              /* of all random graphs, or NULL */
	unsigned seed;
	int batch;
	const struct program *program;          /* its backend */
	struct text name;
	struct graph *graph;                    /* what is emitted */
	struct graph *meaning;                  /* the same before the loss was differentiated, for the reference */
	struct emission emission;
	number **leaf;                          /* by meaning->nodes, for n samples */
	int n;
};

/* ---- case_text.c ---- */
struct case_file { struct text out, list; bool cuda; };   /* the C text of one file, and the table at its end */
bool case_is_cuda(const struct program *program);
void case_file_open(struct case_file *c, const struct program *program, int file);
void case_write(struct made *m, int id, bool apart, struct case_file *file);
void case_file_close(struct case_file *c, const char *folder, const char *stem, int file);
void case_list_write(const char *folder, int files, bool cuda);

/* ---- case_values.c ---- */
void case_write_expected(struct made *m, FILE *f, int seed);   /* of m->n samples */
struct random { uint64_t state; };
double random_between(struct random *r, double low, double high);
/* (f(x + h) - f(x - h)) / 2h of the loss. */
number case_slope(struct made *m, number *x, number h);
const struct node *case_leaf(const struct graph *g, const char *name);
/* Values for n samples where the whole batch has its memory; elsewhere NaN: nobody may read that, nobody needs to write it. */
void case_write_values(FILE *f, const struct graph *g, const struct node *n, int samples, const number *values);

/* ---- random_cases.c ---- */
void random_count_ops(struct made *m);
/* Outputs of a random graph, for leaves that are drawn already. */
void random_write_expected(struct made *m, FILE *f, struct random *random);
/* Random graphs, where they are many, hold every op; few of their numbers are unknown. False after a message. */
bool random_is_rich(const struct random_all *all, int count);
#endif
