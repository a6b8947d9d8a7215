/* stages.c: a classifier in three stages that may be exchanged one by one: scaler, encoder, head. What a stage tells by `info` the next ones
** take by name. */
#include <mosaic.h>

/* Brings the columns of a table to mean 0 and deviation 1, by the statistics of the batches; a running mean is used after training. */
struct scaler {
	int input_size;                     /* columns, from the dataset's info */
};

nn_tensor scaler_forward(const struct scaler *self, nn_tensor x)
{
	(void)self;
	return nn_batch_norm_with(x, 1e-5, 0.1, false);
}

/* Layers of equal width. */
struct encoder_dense {
	int width;                          /* neurons in each layer */
	int length MOSAIC_DEFAULT(1);       /* layers */
};

void encoder_dense_init(struct encoder_dense *self)
{
	if (self->width < 1 || self->length < 1)
		mosaic_fail("encoder_dense: width (%d) and length (%d) must be at least 1", self->width, self->length);
}

nn_tensor encoder_dense_forward(const struct encoder_dense *self, nn_tensor x)
{
	for (int i = 0; i < self->length; i++)
		x = nn_relu(nn_linear(x, self->width));
	return x;
}

void encoder_dense_info(const struct encoder_dense *self, mosaic_info *info)
{
	mosaic_info_int(info, "features", self->width);
}

/* A layer, then layers whose result is added to what they were given. */
struct encoder_residual {
	int width;                          /* neurons in each layer */
	int length MOSAIC_DEFAULT(1);       /* layers that add */
};

void encoder_residual_init(struct encoder_residual *self)
{
	if (self->width < 1 || self->length < 0)
		mosaic_fail("encoder_residual: width (%d) must be at least 1, length (%d) at least 0", self->width, self->length);
}

nn_tensor encoder_residual_forward(const struct encoder_residual *self, nn_tensor x)
{
	nn_tensor h = nn_linear(x, self->width);
	for (int i = 0; i < self->length; i++)
		h = nn_add(h, nn_linear(nn_gelu(nn_layer_norm(h, 1)), self->width));
	return h;
}

void encoder_residual_info(const struct encoder_residual *self, mosaic_info *info)
{
	mosaic_info_int(info, "features", self->width);
}

/* One score a class, through a layer of half as many neurons as the encoder has features. */
struct head {
	int features;                       /* from the encoder's info */
	int output_size;                    /* classes, from the dataset's info */
	double dropout MOSAIC_DEFAULT(0.0); /* of the features */
};

nn_tensor head_forward(const struct head *self, nn_tensor x)
{
	int half = self->features > 1 ? self->features / 2 : 1;
	nn_tensor narrow = nn_relu(nn_linear(nn_dropout(x, self->dropout), half));
	return nn_linear(narrow, self->output_size);
}
