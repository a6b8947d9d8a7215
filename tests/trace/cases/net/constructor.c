/* A crash when the module is loaded. */
#include <stdlib.h>
#include <mosaic.h>

__attribute__((constructor)) static void at_start(void)
{
	abort();
}

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
