/* _exit(), of which only the last call is known. */
#include <unistd.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_relu(x);
	_exit(0);
	return nn_linear(h, self->width);
}
