/* A bias has no fan. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, self->width);
	nn_initialize(h, "bias", nn_xavier_uniform(1));
	return h;
}
