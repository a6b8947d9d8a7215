/* flat.c: a loss of one op, so that the graphs of the cases show the networks and little else. */
#include <mosaic.h>

struct flat {
};

nn_tensor flat_loss(const struct flat *self, nn_tensor prediction, nn_tensor target)
{
	(void)self, (void)target;
	return nn_sum(prediction);
}
