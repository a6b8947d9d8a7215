/* textdiff.h: what differs between two texts, line by line (textdiff.c). */
#ifndef MOSAIC_TEXTDIFF_H
#define MOSAIC_TEXTDIFF_H

#include "launcher.h"

/* Appends the unified form, `context` lines around each change; nothing when the texts are the same. */
void diff_add(struct text *out, const char *name_a, const char *a, const char *name_b, const char *b, int context);

#endif
