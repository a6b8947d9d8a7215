/* No test part. */
#include <mosaic.h>

struct data {
	int batch_size MOSAIC_DEFAULT(4);
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	(void)self;
	mosaic_input(data, MOSAIC_TRAIN, "x", 8, 2);
}
