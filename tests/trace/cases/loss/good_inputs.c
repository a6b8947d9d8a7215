/* A loss that sees the inputs, for derivatives. */
#include <mosaic.h>

struct own {
};

nn_tensor own_loss(const struct own *self, nn_tensor prediction, nn_tensor target, nn_tensor x)
{
	(void)self;
	(void)target;
	return nn_sum(nn_square(nn_grad(prediction, x)));
}
