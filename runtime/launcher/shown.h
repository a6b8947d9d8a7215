/* shown.h: one run, with everything that the database knows of it (shown.c). */
#ifndef MOSAIC_SHOWN_H
#define MOSAIC_SHOWN_H

#include "launcher.h"

enum { SHOWN_MEASURES = 10 };
extern const char *const shown_measures[SHOWN_MEASURES];   /* columns of run_results */

struct shown {
	struct db *db;
	char *tags;                                            /* NULL: none */
	int64_t replaced_by;                                   /* 0: nobody */
	char *stop_reason, *best_column;                       /* NULL: it did not stop early; no best epoch is kept */
	int64_t best_epoch;
	int64_t id;
	char *status, *line;
	int64_t version;                                       /* of our tables; 0: a database of the original */
	struct json_t *params, *details, *results;
	struct run_curve *curves; int curve_count;
};

/* False after a message. shown_free in any case; `s` starts as zeros. */
bool shown_read(struct db *db, int64_t id, struct shown *s);
void shown_free(struct shown *s);
bool shown_no_run(const char *database, int64_t id);       /* the message for a number that no run has; false */
const char *shown_param(const struct shown *s, const char *name);
const struct run_curve *shown_curve(const struct shown *s, const char *name);  /* NULL: it has none of this name */
/* A text that the database keeps once for many runs (configuration, program): a query of one value with the run's number. NULL: none. */
char *shown_kept(const struct shown *s, const char *query);
#define SHOWN_CONFIG "SELECT l.config_text FROM run_details d JOIN launches l ON l.launch_id = d.launch_id WHERE d.run_id = ?"
#define SHOWN_PROGRAM "SELECT p.source FROM run_details d JOIN programs p ON p.hash = d.program_hash WHERE d.run_id = ?"

#endif
