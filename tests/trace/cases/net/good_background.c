/* A process that stays behind is ended. */
#include <stdlib.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	if (system("sleep 1000.25 &") != 0)
		mosaic_fail("no shell");
	return nn_linear(x, self->width);
}
