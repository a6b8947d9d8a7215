/* A null pointer is read. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	const struct net *other = self->width > 100 ? self : NULL;
	return nn_linear(x, other->width);
}
