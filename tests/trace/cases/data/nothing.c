/* Nothing at all. */
#include <mosaic.h>

struct data {
	int batch_size MOSAIC_DEFAULT(4);
};

void data_prepare(const struct data *self, mosaic_data *data)
{
	(void)self;
	(void)data;
}
