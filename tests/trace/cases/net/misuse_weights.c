#include <mosaic.h>

struct net { int width MOSAIC_DEFAULT(3); };

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	(void)self;
	return nn_cross_entropy_loss_with(x, nn_sum_axis(x, 1, false), nn_arange(1, 5), NN_NO_INDEX, 0);
}
