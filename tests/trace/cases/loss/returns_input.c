/* A loss that is the prediction. */
#include <mosaic.h>

struct own {
};

nn_tensor own_loss(const struct own *self, nn_tensor prediction, nn_tensor target)
{
	(void)self;
	(void)target;
	return prediction;
}
