/* text.c: a text file, character by character: pieces of it, and the same pieces one character further on, to be predicted.
**
**   [constitution]
**   type = dataset
**   class = text
**   path_to_class = share/text.c
**   key = constitution
**   path = share/data/constitution.txt
**
** Characters are the bytes of the file, numbered in their order from 0 on: those that occur, and no others. */
#include <mosaic.h>
#include <stdlib.h>
#include <string.h>

/* Pieces of a text, and each of their characters' next one. */
struct text {
	const char *path;                   /* the file; its end tests */
	int steps MOSAIC_DEFAULT(32);       /* characters of a piece */
	int stride MOSAIC_DEFAULT(0);       /* from the start of a piece to the start of the next one of the train part; 0: a quarter of steps, so that pieces overlap */
	double train_prop MOSAIC_DEFAULT(0.9); /* share of the text to train on */
	int batch_size MOSAIC_DEFAULT(32);  /* pieces a step */
	int characters MOSAIC_DERIVED;      /* different ones in the file */
};

void text_init(struct text *self)
{
	if (self->steps < 1 || self->steps > 1 << 20 || self->stride < 0 || self->batch_size < 1)
		mosaic_fail("text: steps (%d) and batch_size (%d) must be at least 1, stride (%d) at least 0", self->steps, self->batch_size, self->stride);
	if (!(self->train_prop > 0 && self->train_prop < 1))
		mosaic_fail("text: train_prop is %g; it is a share between 0 and 1", self->train_prop);
}

/* The number of each byte, or -1. Returns how many there are. */
static int number_bytes(const unsigned char *bytes, size_t size, int number[256])
{
	bool occurs[256] = {false};
	int count = 0;
	for (size_t i = 0; i < size; i++)
		occurs[bytes[i]] = true;
	for (int b = 0; b < 256; b++)
		number[b] = occurs[b] ? count++ : -1;
	return count;
}

/* Pieces of bytes [0, size), `stride` apart. */
static void add_pieces(const struct text *self, mosaic_data *data, enum mosaic_split split, const unsigned char *bytes, int64_t size, int stride, const int *number)
{
	int64_t steps = self->steps, count = (size - steps - 1) / stride + 1;
	if (size < steps + 1)
		mosaic_fail("%s: the %s part has %lld characters; a piece and its next character take %lld", self->path, split == MOSAIC_TRAIN ? "train" : "test", (long long)size,
			(long long)steps + 1);
	int32_t *x = mosaic_add(data, split, MOSAIC_INPUT, MOSAIC_INT32, "text", count, 1, &steps)->at;
	int32_t *next = mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_INT32, "next", count, 1, &steps)->at;
	for (int64_t i = 0; i < count; i++)
		for (int64_t t = 0; t < steps; t++) {
			x[i * steps + t] = number[bytes[i * stride + t]];
			next[i * steps + t] = number[bytes[i * stride + t + 1]];
		}
	mosaic_loader(data, split, self->batch_size, split == MOSAIC_TRAIN, split == MOSAIC_TRAIN);
}

void text_prepare(struct text *self, mosaic_data *data)
{
	size_t size;
	int number[256], stride = self->stride ? self->stride : (self->steps + 3) / 4;
	unsigned char *bytes = mosaic_read_file(self->path, &size);
	int64_t train = (int64_t)((double)size * self->train_prop);
	self->characters = number_bytes(bytes, size, number);
	add_pieces(self, data, MOSAIC_TRAIN, bytes, train, stride, number);
	add_pieces(self, data, MOSAIC_TEST, bytes + train, (int64_t)size - train, self->steps, number);
	free(bytes);
}

void text_info(const struct text *self, mosaic_info *info)
{
	mosaic_info_int(info, "steps", self->steps);
	mosaic_info_int(info, "characters", self->characters);
}
