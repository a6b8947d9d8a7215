/* Numbers beside tensors, each with its place. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_add(nn_mul(x, 2), 1.5);
	return nn_sub(self->width, h);
}
