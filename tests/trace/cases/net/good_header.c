/* A helper in a header of the user's. */
#include <mosaic.h>

#include "helper.h"

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return helper(x, self->width);
}
