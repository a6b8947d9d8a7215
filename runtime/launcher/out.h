/* out.h: numbers and texts on standard output as CSV and JSON have them, for tables of 100,000 runs: no tree is built. */
#ifndef MOSAIC_OUT_H
#define MOSAIC_OUT_H

#include <stddef.h>

/* The decimal of fewest digits that reads as the same double; in the style of %g. `v` is finite. */
void number_text(double v, char out[32]);
void out_csv(const char *s);                               /* as RFC 4180 has it */
void out_json(const char *s);                              /* in quotes; bytes that are no UTF-8 become '?' */
void out_json_real(double v);                              /* null when it is not finite */

#endif
