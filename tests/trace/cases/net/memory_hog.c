/* Memory without end, unchecked. */
#include <stdlib.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	for (;;)
		*(char *)malloc(self->width << 20) = 1;
	return nn_linear(x, self->width);
}
