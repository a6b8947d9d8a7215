/* A recursion without end. */
#include <mosaic.h>

static int depth(int n)
{
	return n + depth(n + 1) % 2;
}

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_linear(x, depth(self->width));
}
