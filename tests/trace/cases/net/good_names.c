/* Variables that are words of C's headers, or of inputs. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	nn_tensor y0 = nn_linear(x, self->width);
	nn_tensor y = nn_relu(y0);
	nn_tensor x1 = nn_relu(y);
	x = nn_relu(x1);
	x = nn_relu(x);
	return nn_relu(x);
}
