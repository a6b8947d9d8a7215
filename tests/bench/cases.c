/* cases.c: networks of the benchmark, and random data for them. */
#include <mosaic.h>

/* Samples of normal numbers, with a class or with numbers as target. One batch tests, so that nearly all time goes into training. */
struct noise {
	int batch_size, batches;            /* of the train part */
	int inputs;                         /* numbers a sample */
	int outputs;                        /* numbers of the target; classes, if labels */
	bool labels;
};

static void noise_fill(const struct noise *self, mosaic_data *data, enum mosaic_split split, int64_t samples, mosaic_random *random)
{
	float *x = mosaic_input(data, split, "x", samples, self->inputs);
	int32_t *class = self->labels ? mosaic_labels(data, split, "class", samples) : NULL;
	float *y = self->labels ? NULL : mosaic_target(data, split, "y", samples, self->outputs);
	for (int64_t i = 0; i < samples * self->inputs; i++)
		x[i] = (float)mosaic_random_normal(random);
	for (int64_t i = 0; class && i < samples; i++)
		class[i] = (int32_t)mosaic_random_below(random, self->outputs);
	for (int64_t i = 0; y && i < samples * self->outputs; i++)
		y[i] = (float)mosaic_random_normal(random);
}

void noise_prepare(const struct noise *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "noise");
	noise_fill(self, data, MOSAIC_TRAIN, (int64_t)self->batch_size * self->batches, &random);
	noise_fill(self, data, MOSAIC_TEST, self->batch_size, &random);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, false, true);
	mosaic_loader(data, MOSAIC_TEST, self->batch_size, false, true);
}

void noise_info(const struct noise *self, mosaic_info *info)
{
	mosaic_info_int(info, "outputs", self->outputs);
}

enum activation { sigmoid, tanh, relu };

/* Hidden layers of one width after another, then a linear one. */
struct dense {
	mosaic_ints hidden;
	int outputs;                        /* from the data's info */
	enum activation activation;
};

nn_tensor dense_forward(const struct dense *self, nn_tensor x)
{
	for (int i = 0; i < self->hidden.count; i++) {
		nn_tensor h = nn_linear(x, (int)self->hidden.at[i]);
		x = self->activation == relu ? nn_relu(h) : self->activation == tanh ? nn_tanh(h) : nn_sigmoid(h);
	}
	return nn_linear(x, self->outputs);
}

/* LeNet as libraries show it: two convolutions of 5 x 5 with many filters, two dense layers. For images of 28 x 28. */
struct lenet_wide {
	int outputs;                        /* from the data's info */
};

nn_tensor lenet_wide_forward(const struct lenet_wide *self, nn_tensor x)
{
	nn_tensor image = nn_reshape(x, 1, 28, 28);
	nn_tensor conv1 = nn_max_pool2d(nn_relu(nn_conv2d(image, 32, 5)), 2);
	nn_tensor conv2 = nn_max_pool2d(nn_relu(nn_conv2d(conv1, 64, 5)), 2);
	return nn_linear(nn_relu(nn_linear(nn_flatten(conv2), 128)), self->outputs);
}
