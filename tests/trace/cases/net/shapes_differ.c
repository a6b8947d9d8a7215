/* Shapes that do not fit. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, self->width);
	nn_tensor g = nn_linear(x, self->width + 1);
	return nn_add(h, g);
}
