/* A loop, helpers, a value that goes to no variable. */
#include <mosaic.h>

static nn_tensor layer(nn_tensor x, int width)
{
	nn_tensor a = nn_linear(x, width);
	return nn_relu(a);
}

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor h = x;
	for (int i = 0; i < 2; i++)
		h = layer(h, self->width);
	return nn_sigmoid(nn_linear(h, 1));
}
