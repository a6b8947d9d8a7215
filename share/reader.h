/* reader.h: what the readers of arrays share (npy.c, idx.c, raw.c, hdf5.c): values of any type of a file become samples of the train part, which a
** module such as `split` deals on. Nothing here knows a format. */
#ifndef READER_H
#define READER_H

#include <math.h>
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>

#include "scratch.h"

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
	FILE *archive;                      /* where `offset` counts when that is not in `path` itself: an archive, or what was unpacked of one; never closed */
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
		if (v->offset >= 0 && !v->archive)
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

/* ---- files that streams read from: as long as the process lives, and one descriptor for all its runs --------------------------------- */

/* A file, or a part of one that was unpacked: `part` is 0, or the part's own number. */
struct open_file { struct stat as; uint64_t part; FILE *file; struct view view; struct open_file *next; };

static inline struct open_file **open_files(void)
{
	static struct open_file *all;
	return &all;
}

static inline FILE *file_known(FILE *file, uint64_t part)
{
	struct stat now;
	for (struct open_file *o = fstat(fileno(file), &now) == 0 ? *open_files() : NULL; o; o = o->next)
		if (o->part == part && same_file(&o->as, &now))
			return o->file;
	return NULL;
}

static inline FILE *file_keep(FILE *of, uint64_t part, FILE *file)
{
	struct open_file *o = calloc(1, sizeof *o);
	if (!o || fstat(fileno(of), &o->as) != 0)
		mosaic_fail("not enough memory for a file that is streamed");
	o->part = part;
	o->file = file;
	o->next = *open_files();
	*open_files() = o;
	return file;
}

static inline FILE *file_open(const char *path)
{
	FILE *file = mosaic_open(path, "rb"), *known = file_known(file, 0);
	if (!known)
		return file_keep(file, 0, file);
	fclose(file);
	return known;
}

/* Of a file that is kept. */
static inline const struct view *file_view(FILE *file)
{
	struct open_file *o = *open_files();
	while (o->file != file)
		o = o->next;
	if (!o->view.file)
		o->view = view_of(file);
	return &o->view;
}

/* ---- streams ---------------------------------------------------------------------------------- */

enum { VALUES_CHUNK = 1 << 18, VALUES_IN_MEMORY = 1 << 28 };

struct values_stream { struct values v; const struct view *view; char text[]; };

/* `count` samples from `first` on as they are in the file. */
static inline void values_fetch(const struct values *v, const struct view *view, int64_t first, int64_t count, void *out)
{
	int64_t bytes = values_count(v, false) * v->bytes;
	char name[600];
	if (!view_read(view, v->offset + first * bytes, out, (size_t)(count * bytes)))
		mosaic_fail("%s: samples %lld to %lld cannot be read; the file is cut off or damaged", values_name(v, name, sizeof name), (long long)first, (long long)(first + count - 1));
}

static inline void values_convert(const struct values *v, const void *raw, int64_t count, double *out)
{
	for (int64_t i = 0; i < count; i++)
		out[i] = values_number(v, raw, i);
}

static inline void values_read(void *context, int64_t first, int64_t count, void *out)
{
	const struct values_stream *s = context;
	int64_t n = values_count(&s->v, false);
	if (values_type(&s->v) >= 0) {
		values_fetch(&s->v, s->view, first, count, out);
		return;
	}
	void *raw = malloc((size_t)(count * n * s->v.bytes));
	if (!raw)
		mosaic_fail("%s: not enough memory for %lld samples", s->v.path, (long long)count);
	values_fetch(&s->v, s->view, first, count, raw);
	values_convert(&s->v, raw, count * n, out);
	free(raw);
}

/* Samples are read when a batch needs them, and all of them once here: NaN is no surprise of the third hour. */
static inline struct mosaic_array *values_add_stream(mosaic_data *data, enum mosaic_role role, const struct values *v)
{
	size_t path_size = strlen(v->path) + 1, size = path_size + strlen(v->name) + 1;
	struct values_stream *s = malloc(sizeof *s + size);
	int64_t shape[8], n = values_count(v, false), chunk = VALUES_CHUNK / (n * 8) + 1;
	void *out = malloc((size_t)(chunk * n * 8));
	if (!s || !out)
		mosaic_fail("%s: not enough memory", v->path);
	s->v = *v;
	memcpy(s->text, v->path, path_size);
	memcpy(s->text + path_size, v->name, size - path_size);
	s->v.path = s->text;
	s->v.name = s->text + path_size;
	s->view = file_view(v->archive ? v->archive : file_open(s->v.path));
	int rank = values_shape(v, shape), type = values_type(v) < 0 ? MOSAIC_FLOAT64 : values_type(v);
	struct mosaic_array *a = mosaic_stream(data, MOSAIC_TRAIN, role, (enum mosaic_type)type, role == MOSAIC_INPUT ? "x" : "y", v->shape[0], rank, shape, values_read, s);
	for (int64_t first = 0; v->kind == 'f' && first < v->shape[0]; first += chunk) {
		int64_t count = v->shape[0] - first < chunk ? v->shape[0] - first : chunk;
		values_read(s, first, count, out);
		values_check(v, a, out, first, count);
	}
	free(out);
	return a;
}

/* ---- what becomes of values ------------------------------------------------------------------- */

/* Classes 0, 1, ..., or -100, which does not count where the loss is told so: ignore_index = -100. Returns how many classes there are. */
static inline int values_add_labels(mosaic_data *data, const struct values *v)
{
	int32_t *out = mosaic_labels(data, MOSAIC_TRAIN, "label", v->shape[0]);
	const struct view *file = v->memory ? NULL : file_view(v->archive ? v->archive : file_open(v->path));
	char name[600], raw[VALUES_CHUNK / 8];
	int most = 0, chunk = (int)sizeof raw / v->bytes;
	if (values_count(v, false) != 1)
		mosaic_fail("%s: a sample has %lld numbers; a label is one", values_name(v, name, sizeof name), (long long)values_count(v, false));
	for (int64_t i = 0; i < v->shape[0]; i++) {
		if (file && i % chunk == 0)
			values_fetch(v, file, i, v->shape[0] - i < chunk ? v->shape[0] - i : chunk, raw);
		double x = file ? values_number(v, raw, i % chunk) : values_number(v, v->memory, i);
		if (!(x >= 0 && x <= 1 << 20 && x == floor(x)) && x != -100)
			mosaic_fail("%s: sample %lld is %g; labels are 0, 1, ...", values_name(v, name, sizeof name), (long long)i, x);
		out[i] = (int32_t)x;
		most = out[i] > most ? out[i] : most;
	}
	return most + 1;
}

/* Numbers that the file does not hold as memory does. */
static inline void values_load(struct values *v)
{
	int64_t count = v->shape[0], bytes = values_count(v, true) * v->bytes;
	v->memory = malloc((size_t)bytes);
	if (!v->memory)
		mosaic_fail("%s: not enough memory for its %lld bytes", v->path, (long long)bytes);
	values_fetch(v, file_view(file_open(v->path)), 0, count, v->memory);
}

/* Adds the values to the train part: mapped where the file holds them as memory does. Returns numbers a sample, of labels the classes. */
static inline int values_add(mosaic_data *data, enum mosaic_role role, enum reader_target kind, struct values *v)
{
	int64_t shape[8], samples = (values_samples(v), v->shape[0]), count = values_count(v, true);
	int rank = values_shape(v, shape), type = values_type(v), classes = 0;
	const char *name = role == MOSAIC_INPUT ? "x" : "y";
	struct mosaic_array *a = NULL;
	if (role == MOSAIC_TARGET && kind == label) {
		classes = values_add_labels(data, v);
	} else if (!v->memory && (v->archive || ((type < 0 || v->offset % v->bytes) && count * v->bytes > VALUES_IN_MEMORY))) {
		values_add_stream(data, role, v);
	} else if (!v->memory && type >= 0 && v->offset % v->bytes == 0) {
		a = mosaic_map(data, MOSAIC_TRAIN, role, (enum mosaic_type)type, name, v->path, v->offset, samples, rank, shape);
	} else {
		if (!v->memory)
			values_load(v);
		a = mosaic_add(data, MOSAIC_TRAIN, role, type < 0 ? MOSAIC_FLOAT64 : (enum mosaic_type)type, name, samples, rank, shape);
		if (type < 0)
			values_convert(v, v->memory, count, a->at);
		else
			memcpy(a->at, v->memory, (size_t)(count * v->bytes));
	}
	if (a)
		values_check(v, a, a->at, 0, samples);
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
		mosaic_long_read(true); \
		(self)->input_size = values_add(data, MOSAIC_INPUT, number, inputs); \
		(self)->output_size = values_add(data, MOSAIC_TARGET, kind, targets); \
		mosaic_long_read(false); \
		mosaic_loader(data, MOSAIC_TRAIN, (self)->batch_size, (self)->shuffle, (self)->drop_last); \
	} while (0)
#endif
