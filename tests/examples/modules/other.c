/* other.c: a class of a name that parts.c has, too, with other data. */
#include <mosaic.h>

double pixel(int i, int k)
{
	return (i * 3 + k * 2) % 7;
}

struct images {
	int classes MOSAIC_DEFAULT(3);
};

void images_prepare(const struct images *self, mosaic_data *data)
{
	for (int s = MOSAIC_TRAIN; s <= MOSAIC_TEST; s++) {
		float *x = mosaic_input(data, s, "image", 12, 2, 3);
		int32_t *label = mosaic_labels(data, s, "label", 12);
		for (int i = 0; i < 12 * 6; i++)
			x[i] = (float)pixel(i / 6, i % 6);
		for (int i = 0; i < 12; i++)
			label[i] = i % self->classes;
	}
}

void images_info(const struct images *self, mosaic_info *info)
{
	mosaic_info_int(info, "output_size", self->classes);
}

/* Turns the pixels around. */
struct negative {
	double white MOSAIC_DEFAULT(5);
};

void negative_transform(const struct negative *self, mosaic_data *data)
{
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++) {
		struct mosaic_array *x = mosaic_get(data, s, 0);
		for (int64_t i = 0; x && i < x->samples * 6; i++)
			mosaic_set_value(x, i, self->white - mosaic_value(x, i));
	}
}
