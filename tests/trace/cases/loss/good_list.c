/* A loss that takes a list. */
#include <mosaic.h>

struct own {
};

nn_tensor own_loss(const struct own *self, nn_tensors all)
{
	(void)self;
	return nn_sum(nn_sub(all.at[0], all.at[all.count - 1]));
}
