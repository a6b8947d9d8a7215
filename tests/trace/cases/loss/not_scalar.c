/* A loss for each sample. */
#include <mosaic.h>

struct own {
};

nn_tensor own_loss(const struct own *self, nn_tensor prediction, nn_tensor target)
{
	(void)self;
	nn_tensor d = nn_sub(prediction, target);
	return nn_square(d);
}
