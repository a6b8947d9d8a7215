/* A crash in prepare. */
#include <mosaic.h>

struct data {
	int batch_size MOSAIC_DEFAULT(4);
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	(void)self;
	float *x = mosaic_input(data, MOSAIC_TRAIN, "x", 8, 2);
	x[1L << 40] = 1;
}
