/* The calls of a statement are a layer; those with parameters of their own are numbered, also in a loop and where no variable holds the value. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor n = nn_layer_norm(x, 1);
	nn_tensor h = nn_tanh(nn_linear(nn_relu(n), self->width));
	nn_tensor u = nn_sigmoid(nn_linear(nn_tanh(nn_linear(h, 2)), self->width));
	for (int i = 0; i < 2; i++)
		u = nn_add(u, nn_relu(nn_linear(u, self->width)));
	for (int i = 0; i < 2; i++)
		h = nn_rms_norm(h);
	return nn_tanh(nn_layer_norm(nn_mul(u, h), 1));
}
