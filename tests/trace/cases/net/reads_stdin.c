/* Standard input is at its end. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	if (getchar() == EOF)
		mosaic_fail("no width on standard input");
	return nn_linear(x, self->width);
}
