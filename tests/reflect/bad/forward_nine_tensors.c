#include <mosaic.h>
struct mlp {
	int width;
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor a, nn_tensor b, nn_tensor c, nn_tensor d, nn_tensor e, nn_tensor f,
	nn_tensor g, nn_tensor h, nn_tensor i)
{
	(void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h, (void)i;
	return nn_linear(a, self->width);
}
