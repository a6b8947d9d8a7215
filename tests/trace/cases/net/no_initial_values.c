/* A parameter whose initial values were never set. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_init init = {""};
	return nn_mul(x, nn_parameter("scale", init, self->width));
}
