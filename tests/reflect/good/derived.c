#include <mosaic.h>

struct point { double x, y; };

struct mlp {
	int width;
	int sizes[8] MOSAIC_DERIVED;            /* of the layers */
	struct point *points MOSAIC_DERIVED, origin MOSAIC_DERIVED;
	double (*rate)(double) MOSAIC_DERIVED;
	nn_tensor kept MOSAIC_DERIVED;
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
