/* A loop without end. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	volatile int i = 0;
	while (self->width == 3)
		i++;
	return nn_linear(x, self->width);
}
