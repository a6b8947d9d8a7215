/* A parameter that the layer has not. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, self->width);
	nn_initialize(h, "weigth", nn_zeros());
	return h;
}
