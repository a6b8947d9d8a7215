#include <mosaic.h>
struct mlp {
	int width;
};
double mlp_loss(const struct mlp *self, nn_tensor prediction, nn_tensor target)
{
	(void)self, (void)prediction, (void)target;
	return 0;
}
