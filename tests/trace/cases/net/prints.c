/* Output is shown when something fails. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	printf("width is %d\n", self->width);
	fprintf(stderr, "and now \033[31mthe end");
	return nn_linear(x, -self->width);
}
