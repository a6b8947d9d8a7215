#include <mosaic.h>
struct mlp {
	int width;
	int *a, b[2];
	void *c;
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
