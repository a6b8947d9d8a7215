#include <mosaic.h>

struct net { int width MOSAIC_DEFAULT(3); };

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	(void)self;
	return nn_gather(x, 1, nn_arange(0, 2));
}
