/* NULL is given to an op. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor missing = NULL;
	return nn_linear(nn_add(x, missing), self->width);
}
