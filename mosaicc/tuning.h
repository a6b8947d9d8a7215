/* tuning.h: how a program trains where a choice changes speed and no bit: how many runs in lanes, and who multiplies. By size, unless a file
** of `mosaicc --tune` says what was measured ([MONITOR] tune). */
#ifndef MOSAICC_TUNING_H
#define MOSAICC_TUNING_H

#include "build.h"

struct variant { int lanes; bool library; };               /* library: large products and convolutions by the library's kernels, one lane */
extern const int tuning_lanes[4];                          /* 1, 4, 8, 16 */
struct tuned { const char *hash, *program, *measured; struct variant variant; };
struct tuning { VEC(struct tuned) all; double slower; };    /* slower: what trainings took here, by what cost cards expected of them; 0: not measured */
bool tuning_read(struct arena *a, const char *path, struct tuning *out);          /* false after a message */
const struct tuned *tuning_find(const struct tuning *t, const char *hash);       /* NULL: it was not measured */
const char *variant_text(struct arena *a, struct variant v);                      /* "8 lanes", "1 lane, products by the library" */

bool tune(struct build *b);                                /* tune.c: --tune, after build_check(): measures, writes the file; false after a message */
#endif
