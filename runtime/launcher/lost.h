/* lost.h: runs that have no results, so that a picture of results can say what it does not show. */
#ifndef MOSAIC_LOST_H
#define MOSAIC_LOST_H

#include "interned.h"
#include "launcher.h"

#include <jansson.h>

enum lost_kind { LOST_FAILED, LOST_STOPPED, LOST_UNFINISHED, LOST_KINDS };
struct lost_run { int64_t id; enum lost_kind kind; int data, model; };   /* numbers of keys, -1 unknown */
struct lost { struct lost_run *at; int count, cap; struct interned keys; };  /* by id */
/* Of the chosen runs, or of all (NULL). False: the database says why. */
bool lost_read(struct db *db, const struct selection *chosen, struct lost *out);
struct lost_run *lost_find(const struct lost *l, int64_t id);    /* NULL: it has results, or is not there */
/* "2 failed, 1 unfinished": of one pair of keys, NULL for any; "" when there are none. To be freed. */
char *lost_list(const struct lost *l, const char *data, const char *model);
/* "; not shown: 2 failed, 1 unfinished", or "" */
char *lost_text(const struct lost *l, const char *data, const char *model);
json_t *lost_json(const struct lost *l, const char *data);  /* {"failed": 2, "stopped": 0, "unfinished": 1} */
void lost_free(struct lost *l);

#endif
