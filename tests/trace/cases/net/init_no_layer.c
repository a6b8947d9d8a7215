/* Initial values for what is no layer. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_relu(nn_linear(x, self->width));
	nn_initialize(h, "weight", nn_orthogonal(1));
	return h;
}
