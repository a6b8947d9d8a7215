/* forward asks for the seed. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x, const mosaic_run_info *run)
{
	return nn_linear(x, self->width + (int)mosaic_run_seed(run));
}
