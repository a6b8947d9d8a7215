/* The arrays of a part have other counts of samples. */
#include <mosaic.h>

struct data {
	int batch_size MOSAIC_DEFAULT(4);
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	(void)self;
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		mosaic_input(data, split, "x", 8, 2);
		mosaic_target(data, split, "y", 9, 1);
	}
}
