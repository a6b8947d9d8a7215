/* A call to where no function is. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	int (*function)(int) = (int (*)(int))0x1230;
	return nn_linear(x, function(self->width));
}
