/* A list without a count. */
#include <mosaic.h>

struct net {
};

nn_tensors net_forward(const struct net *self, nn_tensor x)
{
	nn_tensors none = {0};
	(void)self, (void)x;
	return none;
}
