/* index.h: numbers that choose elements: an index is a real that holds an integer, and each lane has its own. Freestanding. */
#ifndef INDEX_H
#define INDEX_H

#include "real.h"

/* What lane `lane` of *x holds. */
REAL_FN scalar lane_(const real *x, int lane) { return ((const scalar *)x)[lane]; }
REAL_FN void set_lane_(real *x, int lane, scalar value) { ((scalar *)x)[lane] = value; }

/* The same as an index; -1 when it is not one of 0 .. size - 1. */
REAL_FN int index_(const real *x, int lane, int size)
{
	const scalar v = lane_(x, lane);
	return v >= 0 && v < (scalar)size && (scalar)(int)v == v ? (int)v : -1;
}
#endif
