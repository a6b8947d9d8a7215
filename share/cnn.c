/* cnn.c: convolutional networks for images. They give one score a class, for CrossEntropyLoss. */
#include <mosaic.h>

/* Two convolutions, each with batch normalisation, the second one at half the resolution; then a dense layer. The input may be images
** [channels,height,width] or rows of their pixels. */
struct cnn_small {
	int output_size;                    /* classes, from the dataset's info */
	int channels MOSAIC_DEFAULT(1);     /* of the images */
	int height, width;                  /* of the images */
	int filters MOSAIC_DEFAULT(16);     /* of the first convolution; the second has twice as many */
	double dropout MOSAIC_DEFAULT(0.0); /* before the scores */
};

void cnn_small_init(struct cnn_small *self)
{
	if (self->height < 1 || self->width < 1 || self->filters < 1)
		mosaic_fail("cnn_small: height (%d), width (%d) and filters (%d) must be at least 1", self->height, self->width, self->filters);
}

nn_tensor cnn_small_forward(const struct cnn_small *self, nn_tensor x)
{
	nn_tensor image = nn_reshape(x, self->channels, self->height, self->width);
	nn_tensor conv1 = nn_relu(nn_batch_norm(nn_conv2d(image, self->filters, 3, .padding = 1)));
	nn_tensor conv2 = nn_relu(nn_batch_norm(nn_conv2d(conv1, 2 * self->filters, 3, .padding = 1, .stride = 2)));
	nn_tensor features = nn_dropout(nn_flatten(conv2), self->dropout);
	return nn_linear(features, self->output_size);
}
