/* A function without a gain of its own. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, self->width);
	nn_initialize(h, "weight", nn_kaiming_normal(nn_gain("gelu"), NN_FAN_IN));
	return h;
}
