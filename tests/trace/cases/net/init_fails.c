/* init finds a mistake. */
#include <mosaic.h>

struct net {
	int width MOSAIC_DEFAULT(3);
};

static void check(bool right, const char *what)
{
	if (!right)
		mosaic_fail("%s", what);
}

void net_init(struct net *self)
{
	check(self->width > 3, "width must be above 3");
}

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
