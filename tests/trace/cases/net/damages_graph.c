/* The module writes into a tensor. */
#include <string.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	memset(x, 255, 64);
	return nn_linear(x, self->width);
}
