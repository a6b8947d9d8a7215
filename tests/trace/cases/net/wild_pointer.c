/* A pointer to nowhere is read. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	const int *nowhere = (const int *)0x12345678;
	return nn_linear(x, *nowhere + self->width);
}
