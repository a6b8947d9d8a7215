/* cnn.c: convolutional networks for images: a small one, LeNet-5, a residual one. They give one score a class, for CrossEntropyLoss. */
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

/* LeNet-5 as it is used today: two convolutions of 5 x 5, each with a maximum of 2 x 2, then three dense layers. For images of 28 x 28 or 32 x 32. */
struct lenet5 {
	int output_size;                    /* classes, from the dataset's info */
	int channels MOSAIC_DEFAULT(1);     /* of the images */
	int height, width;                  /* of the images */
};

void lenet5_init(struct lenet5 *self)
{
	if (self->height < 16 || self->width < 16)
		mosaic_fail("lenet5: images must have at least 16 x 16 pixels, not %d x %d", self->height, self->width);
}

nn_tensor lenet5_forward(const struct lenet5 *self, nn_tensor x)
{
	int padding = self->height < 32 ? 2 : 0;                /* 28 x 28 stay 28 x 28, as in the paper */
	nn_tensor image = nn_reshape(x, self->channels, self->height, self->width);
	nn_tensor conv1 = nn_max_pool2d(nn_relu(nn_conv2d(image, 6, 5, .padding = padding)), 2);
	nn_tensor conv2 = nn_max_pool2d(nn_relu(nn_conv2d(conv1, 16, 5)), 2);
	nn_tensor dense1 = nn_relu(nn_linear(nn_flatten(conv2), 120));
	nn_tensor dense2 = nn_relu(nn_linear(dense1, 84));
	return nn_linear(dense2, self->output_size);
}

/* A residual network for small images: a convolution, three stages of `blocks` blocks with filters, 2 filters and 4 filters channels, the
** mean over the places, a dense layer; 6 blocks + 2 layers deep (He et al. 2015, section 4.2). */
struct resnet {
	int output_size;                    /* classes, from the dataset's info */
	int channels MOSAIC_DEFAULT(1);     /* of the images */
	int height, width;                  /* of the images */
	int filters MOSAIC_DEFAULT(16);     /* of the first stage */
	int blocks MOSAIC_DEFAULT(1);       /* a stage */
};

void resnet_init(struct resnet *self)
{
	if (self->height < 8 || self->width < 8 || self->filters < 1 || self->blocks < 1)
		mosaic_fail("resnet: height (%d) and width (%d) must be at least 8, filters (%d) and blocks (%d) at least 1", self->height, self->width, self->filters,
			self->blocks);
}

/* Two convolutions beside a shortcut, which is a convolution of 1 x 1 where the sizes change. */
static nn_tensor residual(nn_tensor x, int filters, int stride)
{
	nn_tensor first = nn_relu(nn_batch_norm(nn_conv2d(x, filters, 3, .padding = 1, .stride = stride, .no_bias = true)));
	nn_tensor second = nn_batch_norm(nn_conv2d(first, filters, 3, .padding = 1, .no_bias = true));
	nn_tensor shortcut = stride == 1 ? x : nn_batch_norm(nn_conv2d(x, filters, 1, .stride = stride, .no_bias = true));
	return nn_relu(nn_add(second, shortcut));
}

nn_tensor resnet_forward(const struct resnet *self, nn_tensor x)
{
	nn_tensor image = nn_reshape(x, self->channels, self->height, self->width);
	nn_tensor h = nn_relu(nn_batch_norm(nn_conv2d(image, self->filters, 3, .padding = 1, .no_bias = true)));
	for (int stage = 0; stage < 3; stage++)
		for (int block = 0; block < self->blocks; block++)
			h = residual(h, self->filters << stage, stage > 0 && block == 0 ? 2 : 1);
	return nn_linear(nn_global_avg_pool(h), self->output_size);
}
