/* A metric reported twice. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}

void net_metric(const struct net *self, nn_tensor prediction, nn_tensor target)
{
	(void)self, (void)target;
	nn_report("spread", nn_sum(prediction));
	nn_report("spread", nn_sum(prediction));
}
