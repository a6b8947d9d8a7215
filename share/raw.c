/* raw.c: samples from files that hold nothing but numbers, one behind the other, as memory holds them. They are mapped, not read: files may be larger
** than memory. */
#include <mosaic.h>

#include "reader.h"

enum raw_type { float32, float64, int32, int64, uint8 };

/* Samples from two files of plain numbers. */
struct raw {
	const char *inputs, *targets;       /* the files */
	enum raw_type input_type MOSAIC_DEFAULT(float32), target_type MOSAIC_DEFAULT(float32); /* of one number, in the byte order of this machine */
	mosaic_ints input_shape, target_shape MOSAIC_DEFAULT([]); /* of one sample: [3, 32, 32]; [] is one number */
	int64_t input_offset MOSAIC_DEFAULT(0), target_offset MOSAIC_DEFAULT(0); /* bytes before the first number */
	enum reader_target target_kind MOSAIC_DEFAULT(number); /* label: classes 0, 1, ... for CrossEntropyLoss */
	int batch_size MOSAIC_DEFAULT(32);  /* samples a step */
	bool shuffle MOSAIC_DEFAULT(true);  /* a new order of the train part each epoch */
	bool drop_last MOSAIC_DEFAULT(false); /* leave out a last batch that is not full */
	int input_size MOSAIC_DERIVED, output_size MOSAIC_DERIVED, rank MOSAIC_DERIVED;
	int64_t shape[8] MOSAIC_DERIVED;    /* of an input */
};

/* How many samples there are follows from the size of the file. */
static struct values raw_values(const char *path, enum raw_type type, mosaic_ints shape, int64_t offset)
{
	static const char kinds[] = {'f', 'f', 'i', 'i', 'u'};
	static const int bytes[] = {4, 8, 4, 8, 1};
	struct values v = {.path = path, .name = "", .kind = kinds[type], .bytes = bytes[type], .rank = shape.count + 1, .offset = offset};
	FILE *f = mosaic_open(path, "rb");
	fseeko(f, 0, SEEK_END);
	int64_t size = ftello(f);
	fclose(f);
	if (shape.count > 8)
		mosaic_fail("raw: a sample has at most 8 axes, not %d", shape.count);
	for (int i = 0; i < shape.count; i++)
		if ((v.shape[i + 1] = shape.at[i]) < 1)
			mosaic_fail("raw: sizes of a sample are at least 1, not %lld", (long long)shape.at[i]);
	if (offset < 0 || offset > size)
		mosaic_fail("%s: has %lld bytes; the numbers cannot begin at byte %lld", path, (long long)size, (long long)offset);
	int64_t sample = values_count(&v, false) * v.bytes;
	v.shape[0] = (size - offset) / sample;
	if (size == offset)
		mosaic_fail("%s: %s", path, size ? "there are no numbers behind the offset" : "the file is empty");
	if ((size - offset) % sample)
		mosaic_fail("%s: its %lld bytes are %lld samples of %lld bytes and %lld bytes more; is it cut off, or are type and shape right?", path, (long long)(size - offset),
			(long long)v.shape[0], (long long)sample, (long long)((size - offset) % sample));
	return v;
}

void raw_init(struct raw *self)
{
	reader_check("raw", self->inputs, "inputs", self->batch_size);
	reader_check("raw", self->targets, "targets", self->batch_size);
}

void raw_prepare(struct raw *self, mosaic_data *data)
{
	struct values x = raw_values(self->inputs, self->input_type, self->input_shape, self->input_offset);
	struct values y = raw_values(self->targets, self->target_type, self->target_shape, self->target_offset);
	READER_ADD(self, data, &x, &y, self->target_kind);
}

void raw_info(const struct raw *self, mosaic_info *info)
{
	reader_tell(info, self->batch_size, self->input_size, self->output_size, self->rank, self->shape);
}
