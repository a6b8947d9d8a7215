#include <mosaic.h>
struct mlp {
	int width;
};
nn_tensor mlp_forward()
{
	return nn_constant(1);
}
