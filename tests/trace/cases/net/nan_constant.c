/* A constant that is no number. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_mul(x, (self->width - 3) / 0.0);
}
