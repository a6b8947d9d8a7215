/* cases.c: networks of the benchmark, and random data for them. */
#include <mosaic.h>

/* Samples of normal numbers, with a class or with numbers as target. One sample tests, so that nearly all time goes into training. */
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
	noise_fill(self, data, MOSAIC_TEST, 1, &random);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, false, true);
	mosaic_loader(data, MOSAIC_TEST, self->batch_size, false, false);
}

void noise_info(const struct noise *self, mosaic_info *info)
{
	mosaic_info_int(info, "outputs", self->outputs);
}

/* Pieces of a text without sense: characters, each to be predicted by those up to the one before. */
struct letters {
	int batch_size, batches;            /* of the train part */
	int steps, characters;              /* of a piece; different ones */
};

static void letters_fill(const struct letters *self, mosaic_data *data, enum mosaic_split split, int64_t samples, mosaic_random *random)
{
	int64_t steps = self->steps;
	int32_t *x = mosaic_add(data, split, MOSAIC_INPUT, MOSAIC_INT32, "text", samples, 1, &steps)->at;
	int32_t *next = mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_INT32, "next", samples, 1, &steps)->at;
	for (int64_t i = 0; i < samples * steps; i++) {
		x[i] = (int32_t)mosaic_random_below(random, self->characters);
		next[i] = (int32_t)mosaic_random_below(random, self->characters);
	}
}

void letters_prepare(const struct letters *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "letters");
	letters_fill(self, data, MOSAIC_TRAIN, (int64_t)self->batch_size * self->batches, &random);
	letters_fill(self, data, MOSAIC_TEST, 1, &random);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, false, true);
	mosaic_loader(data, MOSAIC_TEST, self->batch_size, false, false);
}

void letters_info(const struct letters *self, mosaic_info *info)
{
	mosaic_info_int(info, "steps", self->steps);
	mosaic_info_int(info, "characters", self->characters);
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

enum cell { lstm, gru };

/* One recurrent layer over `steps` parts of the input, and a dense one that answers from the last step. */
struct reader {
	enum cell cell;
	int steps, hidden;
	int outputs;                        /* from the data's info */
};

nn_tensor reader_forward(const struct reader *self, nn_tensor x)
{
	nn_tensor sequence = nn_reshape(x, self->steps, (int)nn_size(x, 1) / self->steps);
	nn_tensor states = self->cell == lstm ? nn_lstm(sequence, self->hidden) : nn_gru(sequence, self->hidden);
	return nn_linear(nn_last_step(states), self->outputs);
}
