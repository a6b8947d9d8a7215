/* search.h: what a launch decides while it runs: which pipelines go on to more epochs (halving.c), which get more seeds (auto.c).
** search.c trains what is missing for the next decision and writes each decision to the database; search_load.c reads what is there.
** Decisions follow from measures alone, so they are the same whatever the machine did in between; one that was written stands. */
#ifndef MOSAIC_SEARCH_H
#define MOSAIC_SEARCH_H

#include "launcher.h"

enum { LOOKS_MAX = 100, RUNGS_MAX = 32 };
/* ON: to the next step; OUT: it lost; END: it is at its end; FAILED: none of its runs is left. */
enum outcome { OUTCOME_ON, OUTCOME_OUT, OUTCOME_END, OUTCOME_FAILED };
extern const char *const outcome_names[];                  /* in the database */

struct candidate {                                         /* a pipeline */
	int pipeline, group;                                   /* group: of auto.c; -1: it is compared with nobody */
	int step;                                              /* rung or look that it is at, from 0 */
	bool over, lost;                                       /* over: nothing more is trained for it; lost: for it was OUT */
	int *runs, count, cap;                                 /* in plan.runs, by seed */
};
struct track {                                             /* of a run, parallel to plan.runs */
	double *values;                                        /* the criterion at each rung, or at the end; NaN: none */
	int reached;                                           /* epochs that it was trained for */
	bool begun, failed;                                    /* failed: for good */
	bool held, lacks;                                      /* held: not in this launch; lacks: the criterion is no column of it */
	bool stopped;                                          /* early: its last value stays */
};
struct choice { int candidate, step, place, among, failed; double value; enum outcome outcome; char *reason; };
struct decision { struct choice *at; int count, cap; char *title; };
struct addition { int candidate; struct run run; struct track track; };

enum move { MOVE_WAIT, MOVE_DECIDE, MOVE_END };            /* END: nothing is left that this launch could do */
struct search {
	char id[33], *settings;                                /* id: of all that the decisions depend on; settings: as JSON */
	const char *criterion;
	bool larger;                                           /* is better */
	struct candidate *candidates; int count;
	struct track *tracks; int track_count, track_cap;
	int steps, values;                                     /* values: of each run */
	int goals[RUNGS_MAX];                                  /* epochs at each rung; 0: a pipeline's own */
	int sizes[LOOKS_MAX];                                  /* seeds at each look; 0: a pipeline's own */
	struct names groups;                                   /* of auto.c */
	struct decision pending;
	struct addition *additions; int addition_count, addition_cap;
	int stopped_before;
	bool deciding, over, broken, changed;
	enum move (*next)(struct launcher *l);                 /* trains what is missing, or fills `pending` */
};

/* ---- search.c ---------------------------------------------------------------------------------- */
bool search_asked(const struct sweep *s);
/* Fills the plan instead of plan_make. `only`: runs of before that may be trained, NULL: all. False after a message. */
bool search_begin(struct launcher *l, const struct plan *only);
void search_note(struct launcher *l, int run);             /* it has ended, its measure is there */
bool search_due(const struct launcher *l);                 /* search_step has something to do */
void search_step(struct launcher *l);
bool search_write(struct launcher *l);                     /* within the outbox's transaction */
void search_written(struct launcher *l);                   /* it was committed */
void search_leave(struct launcher *l);                     /* what waits for a decision is interrupted */
bool search_wants(const struct launcher *l, int run);
void search_free(struct search *s);

/* for halving.c and auto.c */
int goal_of(const struct launcher *l, const struct candidate *c);      /* epochs to be reached at its step */
int size_of(const struct launcher *l, const struct candidate *c, int step);   /* seeds */
bool idle(const struct launcher *l);                       /* nothing is trained, nothing waits for a slot */
bool complete(const struct launcher *l, const struct candidate *c);    /* all its runs have ended this step */
/* Puts runs that have not reached their goal into groups, before what waits if `first`. False: there are none that could be trained. */
bool train_missing(struct launcher *l, bool first);
/* Waits until all that are left have ended their step: then DECIDE. */
enum move wait_for_all(struct launcher *l);
int step_of(const struct search *s);                       /* where those are that are left */
struct standing { int candidate, failed, runs; double value; };        /* value: mean of the runs that have a number */
struct standing standing_of(const struct launcher *l, int candidate, int step);
void standings_sort(struct standing *s, int n, bool larger);           /* the best first: failures last, ties by place in the sweep */
void choice_add(struct search *s, const struct standing *of, int step, int place, int among, enum outcome outcome, char *reason);

/* ---- search_load.c ------------------------------------------------------------------------------ */
bool load_candidates(struct launcher *l, const struct plan *only);     /* false after a message */
bool load_more(struct launcher *l, int candidate, int size);           /* up to so many seeds, into `additions`; within a transaction */
void take_additions(struct launcher *l);
void drop_additions(struct search *s);
void measure_values(const struct launcher *l, const struct run *r, struct track *t);

/* ---- search_show.c ------------------------------------------------------------------------------ */
/* What was decided about a run, in order: objects with search, step, outcome, reason, ... `version`: of the database's tables. */
struct json_t *search_decisions(struct db *db, int64_t id, int64_t version);

/* ---- halving.c ---------------------------------------------------------------------------------- */
bool halving_begin(struct launcher *l);
int halving_rungs(int min_epochs, int eta, int epochs, int goals[RUNGS_MAX]);
int halving_keep(int n, int eta);

/* ---- auto.c, auto_test.c ------------------------------------------------------------------------ */
bool auto_begin(struct launcher *l);
void look_sizes(const struct repetition *r, int sizes[LOOKS_MAX]);
/* Of a group and a seed: the mean of the runs that have a number, and how many have none. */
struct cell { double value; int failed; };
struct told { bool out; int by; double p; };               /* out: worse than `by`; else like `by` (-1: like nobody) */
/* at[g * seeds + k]. active[g]: is still compared. out: how many pairs were told apart at earlier looks. *level: what p must not exceed. */
void auto_decide(const struct cell *at, int groups, int seeds, const bool *active, int out, const struct repetition *r, int look, bool larger,
	struct told *told, double *level);

#endif
