/* Output without end. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	for (long i = 0; self->width == 3; i++)
		puts("again");
	return nn_linear(x, self->width);
}
