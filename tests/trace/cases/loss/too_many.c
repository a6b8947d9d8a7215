/* A loss that takes more than there is. */
#include <mosaic.h>

struct own {
};

nn_tensor own_loss(const struct own *self, nn_tensor a, nn_tensor b, nn_tensor c, nn_tensor d)
{
	(void)self;
	return nn_sum(nn_add(a, nn_add(b, nn_add(c, d))));
}
