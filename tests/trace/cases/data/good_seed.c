/* prepare sees the seed. */
#include <mosaic.h>

struct data {
	int batch_size MOSAIC_DEFAULT(4);
};

void data_prepare(const struct data *self, mosaic_data *data, const mosaic_run_info *run)
{
	(void)self;
	if (mosaic_run_seed(run) != 1)
		mosaic_fail("the seed is not the config's");
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		mosaic_input(data, split, "x", 8, 2);
		mosaic_target(data, split, "y", 8, 1);
	}
}
