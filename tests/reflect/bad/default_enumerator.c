#include <mosaic.h>
enum activation { sigmoid, relu };
struct mlp {
	int width;
	enum activation act MOSAIC_DEFAULT(sigmoyd);
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
