/* All files closed: the result arrives all the same. */
#include <unistd.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	for (int i = 0; i < 1024; i++)
		close(i);
	return nn_linear(x, self->width);
}
