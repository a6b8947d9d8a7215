/* interned.h: every distinct text once; a text is its number from then on. */
#ifndef MOSAIC_INTERNED_H
#define MOSAIC_INTERNED_H

struct interned { char **at; int count, cap; int *slots; int slot_count; };
int intern(struct interned *t, const char *s);             /* its number, new or not */
int interned_find(const struct interned *t, const char *s);  /* -1: it is not there */
void interned_free(struct interned *t);

#endif
