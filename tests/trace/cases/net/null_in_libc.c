/* NULL reaches a function of libc. */
#include <string.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	const char *name = self->width > 100 ? "x" : NULL;
	return nn_linear(x, (int)strlen(name));
}
