/* info without a name. */
#include <mosaic.h>

struct data {
	int batch_size MOSAIC_DEFAULT(4);
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	(void)self;
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		mosaic_input(data, split, "x", 8, 2);
		mosaic_target(data, split, "y", 8, 1);
	}
}

void data_info(const struct data *self, mosaic_info *info)
{
	mosaic_info_int(info, "", self->batch_size);
}
