/* Local arrays larger than the stack. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	volatile char room[64 << 20];
	room[0] = 1;
	return nn_linear(x, self->width + room[0]);
}
