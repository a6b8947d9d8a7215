/* forward takes two tensors, the data has one. */
#include <mosaic.h>

struct net {
};

nn_tensor net_forward(const struct net *self, nn_tensor x, nn_tensor y)
{
	(void)self;
	return nn_add(x, y);
}
