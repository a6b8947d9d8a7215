/* abort(). */
#include <stdlib.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	if (self->width == 3)
		abort();
	return nn_linear(x, self->width);
}
