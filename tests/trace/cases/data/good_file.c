/* A file that counts in the identity; infos of every kind; rank 0; a transform. */
#include <mosaic.h>

struct data {
	int batch_size MOSAIC_DEFAULT(4);
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	(void)self;
	fclose(mosaic_open("cases/data/numbers.csv", "r"));
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		mosaic_input(data, split, "x", 8, 2);
		mosaic_labels(data, split, "label", 8);
		mosaic_loader(data, split, self->batch_size, split == MOSAIC_TRAIN, false);
	}
}

void data_transform(const struct data *self, mosaic_data *data)
{
	int64_t count;
	(void)self;
	if (!mosaic_get(data, MOSAIC_TRAIN, 0) || mosaic_kept(data, "mean", &count))
		mosaic_fail("transform runs after prepare");
}

void data_info(const struct data *self, mosaic_info *info)
{
	mosaic_info_int(info, "classes", 3);
	mosaic_info_float(info, "mean", 0.5);
	mosaic_info_string(info, "names", "one\ttwo\nthree\\");
	mosaic_info_bool(info, "balanced", self->batch_size == 4);
}
