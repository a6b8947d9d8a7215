/* A parameter that nothing gives. */
#include <mosaic.h>

struct data {
	int batch_size;
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	(void)self;
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		mosaic_input(data, split, "x", 8, 2);
		mosaic_target(data, split, "y", 8, 1);
	}
}
