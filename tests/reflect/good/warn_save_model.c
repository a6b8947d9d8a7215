#include <mosaic.h>
struct mlp { int width; };
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
void mlp_save_model(const struct mlp *self, const char *path) { (void)self, (void)path; }
