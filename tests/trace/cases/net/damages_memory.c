/* The module writes into all of the trace's memory that it finds. */
#include <string.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	char *p = (char *)x - ((uintptr_t)x & 4095);
	memset(p, 255, 8192);
	return nn_linear(x, self->width);
}
