/* data.c: the data that the networks of the cases get: two inputs of a sample, one target. */
#include <mosaic.h>

struct data {
	int batch_size;
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		mosaic_input(data, split, "x", 8, 2);
		mosaic_target(data, split, "y", 8, 1);
		mosaic_loader(data, split, self->batch_size, true, false);
	}
}

void data_info(const struct data *self, mosaic_info *info)
{
	(void)self;
	mosaic_info_int(info, "input_size", 2);
	mosaic_info_int(info, "output_size", 1);
}
