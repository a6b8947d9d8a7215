/* An index out of bounds. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	int widths[3] = {1, 2, 3};
	return nn_linear(x, widths[self->width]);
}
