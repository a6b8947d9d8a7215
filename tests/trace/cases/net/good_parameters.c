/* Parameters of one's own; one of them does not train. */
#include <string.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor scale = nn_parameter("scale", nn_fill(0.5), 2);
	nn_tensor shift = nn_parameter("shift", nn_uniform(-1, 1));
	return nn_linear(nn_add(nn_mul(x, scale), shift), self->width);
}

bool net_parameters(const struct net *self, const char *name)
{
	return self->width > 100 || strcmp(name, "scale") != 0;
}
