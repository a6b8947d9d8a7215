#include <mosaic.h>
struct mlp {
	int width;
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	double *h = nn_linear(x, self->width);
	return nn_constant(*h);
}
