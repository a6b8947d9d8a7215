/* compare.h: what the files of `mosaic compare` share: the runs as read, the comparison as computed. */
#ifndef MOSAIC_COMPARE_H
#define MOSAIC_COMPARE_H

#include "criterion.h"
#include "interned.h"
#include "launcher.h"
#include "stats.h"

/* ---- compare_load.c: runs and their parameters ------------------------------------------------- */
struct value_pair { int name, value; };
enum fate { FATE_USED, FATE_NO_VALUE, FATE_FAILED, FATE_UNFINISHED };
struct observation {                                       /* a run */
	int64_t id;
	double x;
	enum fate fate;
	int by, within;                                        /* numbers of texts; -1: it has no such parameter */
	int seed;                                              /* number of a text; -1: unknown */
	uint64_t others;                                       /* hash of all that is not the compared module's, seed included */
	int own, own_count;                                    /* its parameters of the compared module, in data.own */
	int epochs;
};
struct data {
	struct interned names, values;
	struct observation *runs; int count, cap;
	struct value_pair *own; int own_count, own_cap;
	int lacking;                                           /* runs without the parameter to compare by */
	int lacking_within;
	bool has_within;
};
/* The criterion of this name: a column of run_results, or a column of the history, of which the last epoch counts. *out: room for the
** latter. NULL after a message. */
const struct criterion *criterion_or_curve(struct db *db, const char *name, struct criterion *out);
/* false after a message. `within` may be NULL. */
bool data_load(struct db *db, const struct criterion *c, const char *by, const char *within, struct data *out);
void data_free(struct data *d);
uint64_t mix_pair(int name, int value);

/* ---- compare_test.c: groups, pairs, tests ------------------------------------------------------ */
struct group_of {
	const char *name;
	struct observation **runs; int count;                  /* all of it, by id */
	double *x; struct observation **used; int n;           /* those with a value */
	int configs;                                           /* distinct configurations among the used, seeds aside */
	int fates[4];
	struct summary summary;
};
enum verdict { VERDICT_BETTER, VERDICT_WORSE, VERDICT_UNCLEAR, VERDICT_NO_DATA };
struct comparison {
	const struct group_of *a, *b;
	bool paired;
	int n, seeds;                                          /* pairs, and distinct seeds among them */
	int left_a, left_b;                                    /* runs without a partner */
	double difference, low, high;                          /* of the means, a - b, with its interval */
	struct rank_test test;
	double hedges, p_holm;
	enum verdict verdict;
	double wanted;                                         /* pairs, or runs of each, that would tell; INFINITY: none */
	int reach;                                             /* the fewest at which any outcome could tell */
	bool unreachable;                                      /* no outcome could tell at this n */
};
struct block {                                             /* the runs of one value of --within */
	const char *name;                                      /* NULL without --within */
	struct group_of *groups; int count;
	struct comparison *comparisons; int comparison_count;
};
struct comparing {
	const struct criterion *criterion;
	const char *by, *within, *against, *database;
	bool unpaired;
	int64_t seed;
	int resamples;
	double level;                                          /* after Holm a p of at most this is a difference */
	struct block *blocks; int count;
	int tests;                                             /* in all blocks together */
	int lacking, lacking_within;
	bool mixed_epochs;
};
bool compare_all(const struct data *d, struct comparing *c);   /* false after a message */
void comparing_free(struct comparing *c);

/* ---- compare_verdict.c: sentences --------------------------------------------------------------- */
void verdict_text(const struct comparing *c, const struct comparison *k, struct text *out);
void missing_text(const struct comparing *c, const struct group_of *g, struct text *out);  /* "" when nothing is missing */
void notes_text(const struct comparing *c, struct text *out);  /* a line each */

/* ---- compare_print.c ---------------------------------------------------------------------------- */
void print_comparing(const struct comparing *c);
void print_comparing_json(const struct comparing *c);
void print_comparing_csv(const struct comparing *c);
const char *verdict_name(const struct comparing *c, const struct comparison *k);

/* ---- compare_latex.c ---------------------------------------------------------------------------- */
void print_comparing_latex(const struct comparing *c);

#endif
