#include <mosaic.h>
#define LAYER(x, n) nn_linear(x, self->n)
struct mlp {
	int width;
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return LAYER(x, widht);
}
