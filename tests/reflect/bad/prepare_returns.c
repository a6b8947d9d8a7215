#include <mosaic.h>
struct mlp {
	int width;
};
int mlp_prepare(const struct mlp *self, mosaic_data *data)
{
	(void)self, (void)data;
	return 0;
}
