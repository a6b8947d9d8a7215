#include <mosaic.h>
struct mlp {
	int width;
};
void mlp_transform(const struct mlp *self, const mosaic_run_info *run, mosaic_data *data)
{
	(void)self, (void)run, (void)data;
}
