/* Memory freed twice. */
#include <stdlib.h>
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	char *p = malloc(20), *q = p;
	free(p);
	free(q);
	return nn_linear(x, self->width);
}
