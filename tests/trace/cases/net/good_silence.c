/* Output of a module that works is not shown. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	printf("width %d\n", self->width);
	return nn_linear(x, self->width);
}
