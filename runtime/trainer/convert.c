/* convert.c: values of any type as floats or doubles, `stride` scalars apart (one lane of interleaved samples). The switch stands
** outside of the loops: rows of small networks are two or three numbers. */
#include "driver.h"

#include <string.h>

/* Row i of `rows` rows is the one at `from` + order[i] * values, or + i * values without an order. */
#define GATHER(from_type, to_type) \
	do { \
		to_type *t = to; \
		for (size_t i = 0; i < rows; i++) { \
			const from_type *f = (const from_type *)from + (order ? (size_t)order[i] : i) * values; \
			for (size_t v = 0; v < values; v++, t += stride) \
				*t = (to_type)f[v]; \
		} \
	} while (0)

void trainer_gather(const struct mosaic_array *a, const void *from, const int64_t *order, size_t rows, size_t values, size_t scalar, void *to, size_t stride)
{
	switch ((int)a->type * 2 + (scalar == 8)) {
	case MOSAIC_FLOAT32 * 2: GATHER(float, float); break;
	case MOSAIC_FLOAT32 * 2 + 1: GATHER(float, double); break;
	case MOSAIC_FLOAT64 * 2: GATHER(double, float); break;
	case MOSAIC_FLOAT64 * 2 + 1: GATHER(double, double); break;
	case MOSAIC_INT32 * 2: GATHER(int32_t, float); break;
	case MOSAIC_INT32 * 2 + 1: GATHER(int32_t, double); break;
	case MOSAIC_INT64 * 2: GATHER(int64_t, float); break;
	case MOSAIC_INT64 * 2 + 1: GATHER(int64_t, double); break;
	case MOSAIC_UINT8 * 2: GATHER(uint8_t, float); break;
	case MOSAIC_UINT8 * 2 + 1: GATHER(uint8_t, double); break;
	}
}

void trainer_convert(const struct mosaic_array *a, const void *from, size_t count, size_t scalar, void *to)
{
	if ((a->type == MOSAIC_FLOAT32 && scalar == 4) || (a->type == MOSAIC_FLOAT64 && scalar == 8))
		memcpy(to, from, count * scalar);
	else
		trainer_gather(a, from, NULL, 1, count, scalar, to, 1);
}

#define FIND_NO_LABEL(from_type) \
	do { \
		const from_type *f = values; \
		for (*at = 0; *at < count; ++*at) \
			if (!((double)f[*at] >= 0 && (double)f[*at] < (double)labels && (double)(int64_t)f[*at] == (double)f[*at])) \
				return false; \
	} while (0)

/* Whether all values are labels, 0 .. labels - 1; else *at is the index of the first that is not. */
bool trainer_are_labels(const struct mosaic_array *a, const void *values, int64_t count, int64_t labels, int64_t *at)
{
	switch (a->type) {
	case MOSAIC_FLOAT32: FIND_NO_LABEL(float); break;
	case MOSAIC_FLOAT64: FIND_NO_LABEL(double); break;
	case MOSAIC_INT32: FIND_NO_LABEL(int32_t); break;
	case MOSAIC_INT64: FIND_NO_LABEL(int64_t); break;
	case MOSAIC_UINT8: FIND_NO_LABEL(uint8_t); break;
	}
	return true;
}

/* Behind the message about a value that is no label: torch leaves this one out unless it is told otherwise. */
const char *trainer_label_hint(double value)
{
	return value == -100 ? "; if samples with this label are not to count, write ignore_index = -100" : "";
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
