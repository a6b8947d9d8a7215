#include <mosaic.h>
struct other {
	int n;
};
struct mlp {
	int width;
};
nn_tensor mlp_forward(const struct other *self, nn_tensor x)
{
	return nn_linear(x, self->n);
}
