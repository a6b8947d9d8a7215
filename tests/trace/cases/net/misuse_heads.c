#include <mosaic.h>

struct net { int width MOSAIC_DEFAULT(3); };

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	(void)self;
	return nn_multi_head_attention(nn_reshape(x, 1, 2), nn_reshape(x, 1, 2), nn_reshape(x, 1, 2), 3, NULL, true);
}
