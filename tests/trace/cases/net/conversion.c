/* A number that no integer holds. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	double huge = 1e300 * self->width;
	return nn_linear(x, (int)huge);
}
