/* More tensors than any network has. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	while (self->width == 3)
		x = nn_relu(x);
	return x;
}
