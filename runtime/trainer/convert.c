/* convert.c: values of any type as floats or doubles, `stride` scalars apart (one lane of interleaved samples). */
#include "driver.h"

#include <string.h>

#define COPY(from_type, to_type) \
	do { \
		const from_type *f = from; \
		to_type *t = to; \
		for (size_t i = 0; i < count; i++) \
			t[i * stride] = (to_type)f[i]; \
	} while (0)

void trainer_convert(const struct mosaic_array *a, const void *from, size_t count, size_t scalar, void *to, size_t stride)
{
	if (stride == 1 && ((a->type == MOSAIC_FLOAT32 && scalar == 4) || (a->type == MOSAIC_FLOAT64 && scalar == 8))) {
		memcpy(to, from, count * scalar);
		return;
	}
	switch ((int)a->type * 2 + (scalar == 8)) {
	case MOSAIC_FLOAT32 * 2: COPY(float, float); break;
	case MOSAIC_FLOAT32 * 2 + 1: COPY(float, double); break;
	case MOSAIC_FLOAT64 * 2: COPY(double, float); break;
	case MOSAIC_FLOAT64 * 2 + 1: COPY(double, double); break;
	case MOSAIC_INT32 * 2: COPY(int32_t, float); break;
	case MOSAIC_INT32 * 2 + 1: COPY(int32_t, double); break;
	case MOSAIC_INT64 * 2: COPY(int64_t, float); break;
	case MOSAIC_INT64 * 2 + 1: COPY(int64_t, double); break;
	case MOSAIC_UINT8 * 2: COPY(uint8_t, float); break;
	case MOSAIC_UINT8 * 2 + 1: COPY(uint8_t, double); break;
	}
}

/* Whether all integers are exact as scalars; else *at is the index of the first that is not. */
bool trainer_exact(const struct mosaic_array *a, const void *values, int64_t count, size_t scalar, int64_t *at)
{
	int64_t limit = (int64_t)1 << (scalar == 8 ? 53 : 24);
	const int32_t *narrow = values;
	const int64_t *wide = values;

	if (a->type != MOSAIC_INT64 && (a->type != MOSAIC_INT32 || scalar == 8))
		return true;
	for (*at = 0; *at < count; ++*at) {
		int64_t v = a->type == MOSAIC_INT32 ? narrow[*at] : wide[*at];
		if (v > limit || v < -limit)
			return false;
	}
	return true;
}
