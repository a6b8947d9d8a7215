/* An assertion that fails. */
#include <assert.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	assert(self->width > 3);
	return nn_linear(x, self->width);
}
