#include <mosaic.h>
struct mlp {
	int width;
};
nn_tensor mlp_loss(const struct mlp *self, nn_tensor prediction, nn_tensor target, int weight)
{
	return nn_mul(nn_mse_loss(prediction, target), self->width * weight);
}
