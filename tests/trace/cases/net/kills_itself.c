/* SIGKILL to itself. */
#include <signal.h>
#include <unistd.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = nn_relu(x);
	kill(getpid(), SIGKILL);
	return nn_linear(h, self->width);
}
