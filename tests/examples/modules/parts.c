/* parts.c: data in several steps from one file: samples with labels, and a transform that has no prepare. */
#include <mosaic.h>

/* 12 images of 2 x 3 with a label each. */
struct images {
	int first_label MOSAIC_DEFAULT(0);
	int classes MOSAIC_DEFAULT(3);
	bool bytes MOSAIC_DEFAULT(false), stream MOSAIC_DEFAULT(false);
	int batch_size MOSAIC_DEFAULT(4);
};

/* Not static, and in other.c, too: files do not get into each other's way. */
double pixel(int i, int k)
{
	return (i * 7 + k * (i % 3 + 1)) % 5;
}

/* A name that the runtime has, too. */
void csv_free(void *nothing)
{
	(void)nothing;
}

static void read_label(void *context, int64_t first, int64_t count, void *out)
{
	const struct images *self = context;
	for (int64_t i = 0; i < count; i++)
		((int32_t *)out)[i] = self->first_label + (int32_t)((first + i) % self->classes);
}

void images_prepare(struct images *self, mosaic_data *data)
{
	int64_t shape[] = {2, 3};
	csv_free(NULL);
	for (int s = MOSAIC_TRAIN; s <= MOSAIC_TEST; s++) {
		struct mosaic_array *x = mosaic_add(data, s, MOSAIC_INPUT, self->bytes ? MOSAIC_UINT8 : MOSAIC_FLOAT32, "image", 12, 2, shape);
		for (int i = 0; i < 12 * 6; i++)
			mosaic_set_value(x, i, pixel(i / 6, i % 6));
		if (self->stream)
			mosaic_stream(data, s, MOSAIC_TARGET, MOSAIC_INT32, "label", 12, 0, NULL, read_label, self);
		else
			read_label(self, 0, 12, mosaic_labels(data, s, "label", 12));
		mosaic_loader(data, s, self->batch_size, s == MOSAIC_TRAIN, false);
	}
}

void images_info(const struct images *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", self->batch_size);
	mosaic_info_int(info, "output_size", self->classes);
}

/* Multiplies the pixels; applied by predict, too. */
struct brightness {
	double by;
};

void brightness_transform(const struct brightness *self, mosaic_data *data)
{
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++) {
		struct mosaic_array *x = mosaic_get(data, s, 0);
		for (int64_t i = 0; x && i < x->samples * 6; i++)
			mosaic_set_value(x, i, mosaic_value(x, i) * self->by);
	}
}

/* A row of pixels at a time, then all of them. */
struct rows {
	int output_size;
	int width MOSAIC_DEFAULT(5);
};

nn_tensor rows_forward(const struct rows *self, nn_tensor image)
{
	nn_tensor row = nn_tanh(nn_linear(image, self->width));
	return nn_linear(nn_flatten(row), self->output_size);
}
