/* SIGTERM to itself. */
#include <signal.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	raise(SIGTERM);
	return nn_linear(x, self->width);
}
