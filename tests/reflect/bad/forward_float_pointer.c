#include <mosaic.h>
struct mlp {
	int width;
};
nn_tensor mlp_forward(const struct mlp *self, const float *x)
{
	return nn_constant(self->width + x[0]);
}
