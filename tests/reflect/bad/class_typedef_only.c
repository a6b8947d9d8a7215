#include <mosaic.h>
typedef struct {
	int width;
} mlp;

nn_tensor mlp_forward(const mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
