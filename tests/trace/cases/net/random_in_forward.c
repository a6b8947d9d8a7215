/* forward draws a random number. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "noise");
	return nn_mul(nn_linear(x, self->width), mosaic_random_normal(&random));
}
