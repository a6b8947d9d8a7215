#include <mosaic.h>

#define SIZES int input_size; int output_size
#define FIELD(type, name) type name
#define CLASS(name) struct name { int n; }; \
	nn_tensor name##_forward(const struct name *self, nn_tensor x) { return nn_linear(x, self->n); }

struct mlp {
	SIZES;                  /* told by the dataset */
	FIELD(int, width);      /* made by a macro */
	FIELD(float, rate MOSAIC_DEFAULT(0.5));
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}

CLASS(made)
CLASS(made_too)
