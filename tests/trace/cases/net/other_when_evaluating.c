/* A parameter that is made without training only. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	if (!nn_training())
		x = nn_linear(x, 4);
	return nn_linear(x, self->width);
}
