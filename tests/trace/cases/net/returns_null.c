/* NULL is returned. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	(void)x;
	return self->width == 3 ? NULL : x;
}
