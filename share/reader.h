/* reader.h: what the readers of arrays share (npy.c, idx.c, raw.c, hdf5.c): values of any type of a file become samples of the train part, which a
** module such as `split` deals on. Nothing here knows a format. */
#ifndef READER_H
#define READER_H

#include <math.h>
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>

/* What the numbers of targets are. number: floats; label: one class 0, 1, ... a sample, for CrossEntropyLoss. */
enum reader_target { number, label };

/* Values in a file or in memory: axis 0 are the samples. */
struct values {
	const char *path, *name;            /* for messages; name: of the array in the file, or "" */
	char kind;                          /* 'f', 'i', 'u' */
	int bytes;                          /* of one value */
	bool swapped;                       /* not in the order of this machine */
	int rank;
	int64_t shape[9];
	int64_t offset;                     /* of the first byte in the file, or -1: it is in memory */
	void *memory;                       /* malloc'ed, or NULL */
};

static inline const char *values_name(const struct values *v, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s", v->path, *v->name ? ": " : "", v->name);
	return out;
}

/* Numbers of one sample, and of all with `whole`; stops when they cannot be counted. */
static inline int64_t values_count(const struct values *v, bool whole)
{
	int64_t n = 1;
	char name[600];
	for (int i = whole ? 0 : 1; i < v->rank; i++)
		if (v->shape[i] < 0 || __builtin_mul_overflow(n, v->shape[i], &n) || n > INT64_MAX / 16)
			mosaic_fail("%s: axis %d has the size %lld, which is not possible; the file is damaged", values_name(v, name, sizeof name), i, (long long)v->shape[i]);
	return n;
}

/* The type that samples have in memory, or -1 when the values must be converted first. */
static inline int values_type(const struct values *v)
{
	if (v->swapped && v->bytes > 1)
		return -1;
	if (v->kind == 'f')
		return v->bytes == 4 ? MOSAIC_FLOAT32 : v->bytes == 8 ? MOSAIC_FLOAT64 : -1;
	if (v->kind == 'i' && v->bytes >= 4)
		return v->bytes == 4 ? MOSAIC_INT32 : MOSAIC_INT64;
	return v->kind == 'u' && v->bytes == 1 ? MOSAIC_UINT8 : -1;
}

/* Value i of raw memory, as a number. */
static inline double values_number(const struct values *v, const void *raw, int64_t i)
{
	unsigned char b[8];
	const unsigned char *from = (const unsigned char *)raw + i * v->bytes;
	for (int k = 0; k < v->bytes; k++)
		b[k] = from[v->swapped ? v->bytes - 1 - k : k];
	float f;
	double d;
	uint64_t u = 0;
	for (int k = v->bytes - 1; k >= 0; k--)
		u = u << 8 | b[k];
	if (v->kind == 'u')
		return (double)u;
	if (v->kind == 'i')
		return (double)((int64_t)(u << (64 - 8 * v->bytes)) >> (64 - 8 * v->bytes));
	if (v->bytes == 2) {                /* half precision: 5 bits of exponent, 10 of mantissa */
		int exponent = (int)(u >> 10 & 31);
		double m = (double)(u & 1023), value = exponent == 31 ? (m > 0 ? NAN : INFINITY) : exponent ? ldexp(1 + m / 1024, exponent - 15) : ldexp(m, -24);
		return u >> 15 ? -value : value;
	}
	if (v->bytes == 4)
		return memcpy(&f, b, 4), (double)f;
	return memcpy(&d, b, 8), d;
}

/* No NaN and no infinity goes into a training. */
static inline void values_check(const struct values *v, const struct mosaic_array *a, const void *at, int64_t first, int64_t samples)
{
	int64_t n = values_count(v, false);
	char name[600];
	for (int64_t i = 0; v->kind == 'f' && i < samples * n; i++) {
		double x = a->type == MOSAIC_FLOAT32 ? (double)((const float *)at)[i] : ((const double *)at)[i];
		if (isfinite(x))
			continue;
		if (v->offset >= 0)
			mosaic_fail("%s: sample %lld, number %lld (byte %lld) is %g; correct the file", values_name(v, name, sizeof name), (long long)(first + i / n), (long long)(i % n),
				(long long)(v->offset + (first * n + i) * v->bytes), x);
		mosaic_fail("%s: sample %lld, number %lld is %g; correct the file", values_name(v, name, sizeof name), (long long)(first + i / n), (long long)(i % n), x);
	}
}

static inline void values_samples(const struct values *v)
{
	char name[600];
	if (v->rank < 1 || v->rank > 9)
		mosaic_fail("%s: has %d axes; an array of samples has 1 to 9, axis 0 are the samples", values_name(v, name, sizeof name), v->rank);
	if (values_count(v, true) == 0)
		mosaic_fail("%s: is empty: axis 0 has %lld samples of %lld numbers", values_name(v, name, sizeof name), (long long)v->shape[0], (long long)values_count(v, false));
}

/* Axes of a sample: one number is [1] as a value, and nothing as a label. Axes of size 1 behind the first number are left out of one number. */
static inline int values_shape(const struct values *v, int64_t shape[8])
{
	shape[0] = 1;
	if (values_count(v, false) == 1)
		return 1;
	memcpy(shape, v->shape + 1, (size_t)(v->rank - 1) * sizeof *shape);
	return v->rank - 1;
}

/* Classes 0, 1, ... Returns how many there are. */
static inline int values_add_labels(mosaic_data *data, const struct values *v, const void *raw)
{
	int32_t *out = mosaic_labels(data, MOSAIC_TRAIN, "label", v->shape[0]);
	int most = 0;
	char name[600];
	if (values_count(v, false) != 1)
		mosaic_fail("%s: a sample has %lld numbers; a label is one", values_name(v, name, sizeof name), (long long)values_count(v, false));
	for (int64_t i = 0; i < v->shape[0]; i++) {
		double x = values_number(v, raw, i);
		if (!(x >= 0 && x <= 1 << 20 && x == floor(x)))
			mosaic_fail("%s: sample %lld is %g; labels are 0, 1, ...", values_name(v, name, sizeof name), (long long)i, x);
		out[i] = (int32_t)x;
		most = out[i] > most ? out[i] : most;
	}
	return most + 1;
}

/* Adds the values to the train part: mapped where the file holds them as memory does. Returns numbers a sample, of labels the classes. */
static inline int values_add(mosaic_data *data, enum mosaic_role role, enum reader_target kind, struct values *v)
{
	int64_t shape[8], samples = (values_samples(v), v->shape[0]), count = values_count(v, true);
	int rank = values_shape(v, shape), type = values_type(v), classes = 0;
	const char *name = role == MOSAIC_INPUT ? "x" : "y";
	struct mosaic_array *a = NULL;
	char *raw = v->memory, *file = NULL;
	if (!raw && (type < 0 || v->offset % v->bytes || (role == MOSAIC_TARGET && kind == label))) {
		size_t size;
		file = mosaic_read_file(v->path, &size);
		if (v->offset > (int64_t)size || count * v->bytes > (int64_t)size - v->offset)
			mosaic_fail("%s: has %zu bytes; %lld are needed", v->path, size, (long long)(v->offset + count * v->bytes));
		raw = file + v->offset;
	}
	if (role == MOSAIC_TARGET && kind == label) {
		classes = values_add_labels(data, v, raw);
	} else if (!raw) {
		a = mosaic_map(data, MOSAIC_TRAIN, role, (enum mosaic_type)type, name, v->path, v->offset, samples, rank, shape);
	} else if (type >= 0) {
		a = mosaic_add(data, MOSAIC_TRAIN, role, (enum mosaic_type)type, name, samples, rank, shape);
		memcpy(a->at, raw, (size_t)count * (size_t)v->bytes);
	} else {
		a = mosaic_add(data, MOSAIC_TRAIN, role, MOSAIC_FLOAT64, name, samples, rank, shape);
		for (int64_t i = 0; i < count; i++)
			((double *)a->at)[i] = values_number(v, raw, i);
	}
	if (a)
		values_check(v, a, a->at, 0, samples);
	free(file);
	free(v->memory);
	v->memory = NULL;
	return classes ? classes : (int)(count / samples);
}

static inline void values_same(const struct values *x, const struct values *y)
{
	char a[600], b[600];
	if (x->shape[0] != y->shape[0])
		mosaic_fail("%s has %lld samples, %s has %lld; each input needs its target", values_name(x, a, sizeof a), (long long)x->shape[0], values_name(y, b, sizeof b), (long long)y->shape[0]);
}

/* What modules behind it ask for by name: images also tell their size. */
static inline void reader_tell(mosaic_info *info, int batch_size, int input_size, int output_size, int rank, const int64_t *image)
{
	mosaic_info_int(info, "batch_size", batch_size);
	mosaic_info_int(info, "input_size", input_size);
	mosaic_info_int(info, "output_size", output_size);
	if (rank != 2 && rank != 3)
		return;
	mosaic_info_int(info, "channels", rank == 3 ? image[0] : 1);
	mosaic_info_int(info, "height", image[rank - 2]);
	mosaic_info_int(info, "width", image[rank - 1]);
}

static inline void reader_check(const char *class, const char *path, const char *field, int batch_size)
{
	if (!*path)
		mosaic_fail("%s: %s is empty; give the file", class, field);
	if (batch_size < 1)
		mosaic_fail("%s: batch_size must be at least 1, not %d", class, batch_size);
}

/* Samples of both arrays into the train part, and what info() tells. */
#define READER_ADD(self, data, inputs, targets, kind) \
	do { \
		(self)->rank = values_shape(inputs, (self)->shape); \
		values_same(inputs, targets); \
		(self)->input_size = values_add(data, MOSAIC_INPUT, number, inputs); \
		(self)->output_size = values_add(data, MOSAIC_TARGET, kind, targets); \
		mosaic_loader(data, MOSAIC_TRAIN, (self)->batch_size, (self)->shuffle, (self)->drop_last); \
	} while (0)
#endif
