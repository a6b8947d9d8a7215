/* out.h: numbers and texts as CSV and JSON have them, for tables of 100,000 runs: no tree is built. */
#ifndef MOSAIC_OUT_H
#define MOSAIC_OUT_H

#include <stdio.h>

/* The decimal of fewest digits that reads as the same double; in the style of %g. `v` is finite. */
void number_text(double v, char out[32]);
void out_csv(FILE *f, const char *s);                      /* as RFC 4180 has it */
void out_json(FILE *f, const char *s);                     /* in quotes; bytes that are no UTF-8 become '?' */
void out_json_real(FILE *f, double v);                     /* null when it is not finite */

#endif
