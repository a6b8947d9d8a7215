#include <mosaic.h>
struct mlp {
	int width;
};
void mlp_prepare(const struct mlp *self, const mosaic_data *data)
{
	(void)self, (void)data;
}
