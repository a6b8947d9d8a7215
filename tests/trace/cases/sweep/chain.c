/* chain.c: an encoder that returns two tensors, and decoders that take two or not. */
#include <mosaic.h>

struct encoder {
	int width;
};

nn_tensors encoder_forward(const struct encoder *self, nn_tensor x)
{
	nn_tensor mean = nn_linear(x, self->width);
	nn_tensor spread = nn_linear(x, self->width);
	return nn_tensors_of(mean, spread);
}

void encoder_info(const struct encoder *self, mosaic_info *info)
{
	mosaic_info_int(info, "code_size", self->width);
}

struct decoder {
	int code_size, output_size;
};

nn_tensor decoder_forward(const struct decoder *self, nn_tensors code)
{
	if (code.count != 2 || nn_size(code.at[0], 1) != self->code_size)
		mosaic_fail("the encoder gives something else");
	return nn_linear(nn_add(code.at[0], code.at[1]), self->output_size);
}

struct short_decoder {
	int output_size;
};

nn_tensor short_decoder_forward(const struct short_decoder *self, nn_tensor code)
{
	return nn_linear(code, self->output_size);
}

/* Its outputs are not those that the target has. */
struct wide_decoder {
	int code_size;
};

nn_tensor wide_decoder_forward(const struct wide_decoder *self, nn_tensor mean, nn_tensor spread)
{
	return nn_linear(nn_add(mean, spread), self->code_size);
}
