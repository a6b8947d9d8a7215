#include <mosaic.h>
struct mlp {
	int width;
};
nn_tensor mlp_loss(nn_tensor prediction, nn_tensor target, const struct mlp *self)
{
	(void)self;
	return nn_mse_loss(prediction, target);
}
