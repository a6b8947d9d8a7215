/* points.c: the same samples from memory, from a mapped file or from a stream, which tells every sample that it is asked for. */
#include <mosaic.h>
#include <stdlib.h>

enum source { memory, mapped, stream };

/* A file of little-endian doubles: samples of 3 inputs and 2 targets; the last `test` samples test. */
struct points {
	const char *path;                   /* inputs of all samples; targets behind, in path.targets */
	enum source source MOSAIC_DEFAULT(memory);
	int train, test;
	int batch_size;
	bool shuffle MOSAIC_DEFAULT(false), drop_last MOSAIC_DEFAULT(false);
	bool tell MOSAIC_DEFAULT(false);    /* stream: print the samples that are read */
	struct reader { const double *values; int64_t first; int size; bool tell; } readers[4] MOSAIC_DERIVED;
};

static void read_points(void *context, int64_t first, int64_t count, void *out)
{
	const struct reader *r = context;
	double *to = out;
	for (int64_t i = 0; i < count; i++) {
		if (r->tell)
			fprintf(stderr, "sample %lld\n", (long long)(first + i));
		for (int k = 0; k < r->size; k++)
			*to++ = r->values[(r->first + first + i) * r->size + k];
	}
}

static void add(struct points *self, mosaic_data *data, int split, int role, const char *path, const double *values)
{
	int64_t first = split == MOSAIC_TRAIN ? 0 : self->train, count = split == MOSAIC_TRAIN ? self->train : self->test, size = role == MOSAIC_INPUT ? 3 : 2;
	const char *name = role == MOSAIC_INPUT ? "x" : "y";
	if (self->source == mapped) {
		mosaic_map(data, split, role, MOSAIC_FLOAT64, name, path, first * size * 8, count, 1, &size);
	} else if (self->source == stream) {
		struct reader *r = &self->readers[split * 2 + role];
		*r = (struct reader){values, first, (int)size, self->tell && role == MOSAIC_INPUT && split == MOSAIC_TRAIN};
		mosaic_stream(data, split, role, MOSAIC_FLOAT64, name, count, 1, &size, read_points, r);
	} else {
		double *to = mosaic_add(data, split, role, MOSAIC_FLOAT64, name, count, 1, &size)->at;
		for (int64_t i = 0; i < count * size; i++)
			to[i] = values[first * size + i];
	}
}

void points_prepare(struct points *self, mosaic_data *data)
{
	char targets[512];
	snprintf(targets, sizeof targets, "%s.targets", self->path);
	for (int role = MOSAIC_INPUT; role <= MOSAIC_TARGET; role++) {
		const char *path = role == MOSAIC_INPUT ? self->path : targets;
		size_t size;
		double *values = mosaic_read_file(path, &size);
		if (size < (size_t)(self->train + self->test) * (role == MOSAIC_INPUT ? 24 : 16))
			mosaic_fail("%s: too short", path);
		add(self, data, MOSAIC_TRAIN, role, path, values);
		add(self, data, MOSAIC_TEST, role, path, values);
		if (self->source == memory)
			free(values);                   /* a stream reads it until the process ends */
	}
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, self->shuffle, self->drop_last);
	mosaic_loader(data, MOSAIC_TEST, self->batch_size, false, self->drop_last);
}

void points_info(const struct points *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", self->batch_size);
}

/* 3 inputs, `width` hidden neurons, 2 outputs. */
struct small {
	int width MOSAIC_DEFAULT(4);
};

nn_tensor small_forward(const struct small *self, nn_tensor x)
{
	nn_tensor h = nn_tanh(nn_linear(x, self->width));
	nn_tensor out = nn_linear(h, 2);
	return out;
}
