/* params.h: the parameters of all runs in one pass, from a database of any version. */
#ifndef MOSAIC_PARAMS_H
#define MOSAIC_PARAMS_H

#include "launcher.h"

/* name and value of a pair that many runs share; what its reader has made of it stands beside it, under the same number. */
struct param_text { char *name, *value; };                 /* name is NULL where there is no pair of this number */
struct param_scan {
	struct db *db;
	struct rows *rows;
	struct param_text *pairs; int64_t pair_count;          /* NULL where the database keeps no pairs: the texts come with each row */
	int64_t run;                                           /* of the row that was read last */
	int64_t pair;                                          /* its number in `pairs`, -1 without */
	const char *name, *value;                              /* valid until the next call */
};
/* By run, then in the order in which they were written. Without what a reader of all runs does not want: status, pipeline and traceback. False: db_complain says why. */
bool params_open(struct db *db, struct param_scan *out);
bool params_next(struct param_scan *s);                    /* false at the end, or on trouble: db_trouble */
void params_close(struct param_scan *s);

/* Of a database that may be written, whose version is the present one. Through the view they would cost four times as much. */
bool params_add(struct db *db, int64_t run, int64_t place, const char *name, const char *value);  /* `place` is free */
/* The same for a long value. *pair: the pair that may hold it, of an earlier call; the one that does, afterwards. */
bool params_add_long(struct db *db, int64_t run, int64_t place, const char *name, const char *value, int64_t *pair);
bool params_set(struct db *db, int64_t run, const char *name, const char *value);  /* NULL: takes it away */
bool params_clear(struct db *db, int64_t run);

#endif
