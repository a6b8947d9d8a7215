/* A shift by too much. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_linear(x, 1 << (self->width * 20));
}
