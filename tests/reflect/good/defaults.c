#include <mosaic.h>

enum activation { sigmoid, relu };

struct mlp {
	int width MOSAIC_DEFAULT(8);
	int8_t least MOSAIC_DEFAULT(-128);
	uint64_t most MOSAIC_DEFAULT(18446744073709551615);
	double rate MOSAIC_DEFAULT(1e-3);       /* of learning */
	bool bias MOSAIC_DEFAULT(yes);
	const char *path MOSAIC_DEFAULT("a b, c"), *bare MOSAIC_DEFAULT(x.csv), *empty MOSAIC_DEFAULT();
	enum activation activation MOSAIC_DEFAULT(relu);
	mosaic_ints sizes MOSAIC_DEFAULT([1, 2, 3]);
	mosaic_floats none MOSAIC_DEFAULT([]);
	MOSAIC_DEFAULT(2) int before;
};
nn_tensor mlp_forward(const struct mlp *self, nn_tensor x)
{
	return nn_linear(x, self->width);
}
