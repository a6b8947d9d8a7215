/* A layer that is there for training only. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, self->width);
	if (nn_training())
		h = nn_mul(h, 2);
	h = nn_relu(h);
	h = nn_linear(h, 1);
	return h;
}
