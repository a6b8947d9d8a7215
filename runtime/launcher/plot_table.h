/* plot_table.h: finished runs with their results and their parameters, for the plots that ask what a parameter does. */
#ifndef MOSAIC_PLOT_TABLE_H
#define MOSAIC_PLOT_TABLE_H

#include "criterion.h"
#include "interned.h"
#include "launcher.h"
#include "lost.h"

/* ---- plot_table.c: what is read -------------------------------------------------------------------- */
struct table_pair { int name, text; };                     /* numbers of texts */
struct table_run { int64_t id; double values[CRITERIA]; int line, seed, first, count; };  /* seed: number of a text, -1 unknown */
struct table {
	struct table_run *runs; int count, cap;                /* by id */
	struct table_pair *pairs; int pair_count, pair_cap;    /* those of runs[i] stand from runs[i].first on */
	struct interned names, texts, lines;                   /* parameters, their values, pipelines on one line */
	int *shown;                                            /* of each name: what it is called in a picture, as a number of `labels`; -1: no parameter */
	struct interned labels;
	struct interned classes;                               /* of the modules */
	int *module;                                           /* of each name: its class as a number of `classes`, or -1 */
	char **owners;                                         /* of each label: the type of its module, or "" */
	struct lost lost;                                      /* runs without results; their keys are not read */
};
/* Finished runs: those that a selector names, or all. False after a message. */
bool table_read(struct db *db, const struct args *args, struct table *out);
void table_free(struct table *t);
/* A run's pipeline on one line, without the parameters of these names: "dataset_OR(1,200) | mlp_brick(4)". To be freed. */
char *table_line(const struct table *t, int run, const char *const *excludes, int count);

/* ---- plot_column.c: a parameter over all runs --------------------------------------------------------- */
/* A level is a value, or a range of values where there are many. */
struct level { char *text; double number; int runs; };     /* number: NaN where the column is not numeric */
struct column {
	char *name, *owner;                                    /* owner: the type of its module, or "" */
	bool numeric;                                          /* every value is a finite number */
	struct level *levels; int count;                       /* ascending: numbers by size, texts by their letters */
	int *of;                                               /* the level of each run, -1: it has none */
	double *numbers;                                       /* of each run, NaN where it has none; NULL if not numeric */
	int lacking;
};
/* A parameter by its full name (mlp_brick_width), as it is shown (width), or a criterion. False after a message that begins with `option`. */
bool column_named(const struct table *t, const char *option, const char *wanted, struct column *out);
bool column_result(const struct table *t, int criterion, struct column *out);  /* a criterion, also where a parameter has its name; always true */
/* Numeric columns with more than `most` values get `most` ranges that hold about as many runs each. */
void column_cut(struct column *c, int most);
void column_shorten(struct column *c, double room, double size);   /* names_shorten of its levels */
void column_free(struct column *c);
struct columns_of { struct column *at; int count; };
/* Every parameter that differs between runs, but the seed, in the order in which a run has them. */
void columns_varying(const struct table *t, struct columns_of *out);
/* Those of a list "a,b,c". */
bool columns_listed(const struct table *t, const char *option, const char *list, struct columns_of *out);
void columns_of_free(struct columns_of *c);
/* Numbers runs by their levels in all columns but `without` (-1: in all): group[i] from 0 on. How many groups. */
int columns_group(const struct columns_of *c, int runs, int without, int *group);

#endif
