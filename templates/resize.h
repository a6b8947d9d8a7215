/* resize.h: where the places of a larger or smaller image fall in the image. Freestanding. */
#ifndef RESIZE_H
#define RESIZE_H

#include "real.h"

/* Place p of `count` in an axis of `size`: with `align` the ends meet the ends, else each place is the middle of a part. */
REAL_FN scalar position_(int p, int size, int count, int align)
{
	if (align)
		return count > 1 ? (scalar)(size - 1) / (scalar)(count - 1) * (scalar)p : 0;
	const scalar at = (scalar)size / (scalar)count * ((scalar)p + R(0.5)) - R(0.5);
	return at < 0 ? 0 : at;
}
#endif
