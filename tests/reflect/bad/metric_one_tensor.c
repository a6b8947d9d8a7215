#include <mosaic.h>
struct mlp {
	int width;
};
void mlp_metric(const struct mlp *self, nn_tensor prediction)
{
	(void)self;
	nn_report("mean", nn_mean(prediction));
}
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
