/* A parameter whose name is none. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_mul(x, nn_parameter("a b", nn_ones(), self->width));
}
