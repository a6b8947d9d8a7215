/* A learning rate below nothing. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}

nn_group net_parameters(const struct net *self, const char *name)
{
	(void)self, (void)name;
	return (nn_group){.lr = -1};
}
