/* autoencoder.c: a network that squeezes images through a few numbers and draws them again. Trained with the clean image as target
** (drawn_shapes with target = image) and MSELoss, it removes noise. */
#include <mosaic.h>

/* Two convolutions at half the resolution each, a dense layer to `code` numbers, and the same way back. */
struct autoencoder {
	int channels MOSAIC_DEFAULT(1);     /* of the images */
	int height, width;                  /* of the images; multiples of 4 */
	int filters MOSAIC_DEFAULT(8);      /* of the first convolution */
	int code MOSAIC_DEFAULT(16);        /* numbers in the middle */
};

void autoencoder_init(struct autoencoder *self)
{
	if (self->height < 4 || self->width < 4 || self->height % 4 || self->width % 4)
		mosaic_fail("autoencoder: height (%d) and width (%d) must be multiples of 4", self->height, self->width);
	if (self->filters < 1 || self->code < 1)
		mosaic_fail("autoencoder: filters (%d) and code (%d) must be at least 1", self->filters, self->code);
}

nn_tensor autoencoder_forward(const struct autoencoder *self, nn_tensor x)
{
	int f = self->filters, h = self->height / 4, w = self->width / 4;
	nn_tensor image = nn_reshape(x, self->channels, self->height, self->width);
	nn_tensor half = nn_relu(nn_conv2d(image, f, 3, .padding = 1, .stride = 2));
	nn_tensor quarter = nn_relu(nn_conv2d(half, 2 * f, 3, .padding = 1, .stride = 2));
	nn_tensor code = nn_linear(nn_flatten(quarter), self->code);
	nn_tensor back = nn_reshape(nn_relu(nn_linear(code, 2 * f * h * w)), 2 * f, h, w);
	nn_tensor larger = nn_relu(nn_conv_transpose2d(back, f, 4, .padding = 1, .stride = 2));
	nn_tensor drawn = nn_sigmoid(nn_conv_transpose2d(larger, self->channels, 4, .padding = 1, .stride = 2));
	return nn_flatten(drawn);
}
