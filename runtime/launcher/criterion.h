/* criterion.h: the numbers of run_results by which runs are compared and drawn. */
#ifndef MOSAIC_CRITERION_H
#define MOSAIC_CRITERION_H

/* In the order of the table's columns. */
enum { CRITERIA = 10, CRITERION_NB_PARAMS = 4, CRITERION_DURATION = 5 };
/* better: -1 smaller, 1 larger, 0 neither; high: what it cannot exceed. */
struct criterion { const char *name, *column; int better; double high; };
extern const struct criterion criteria[CRITERIA];
const struct criterion *criterion_find(const char *name);  /* NULL after a message */
int criterion_place(const char *name);                     /* -1 without a message */

#endif
