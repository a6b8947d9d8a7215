/* blobs.c: clouds of points around one corner each, and a network with layers so large that it trains one run a process. */
#include <mosaic.h>

enum { FEATURES = 24, CLASSES = 5 };

/* Points around the unit vectors of the first CLASSES axes. */
struct blobs {
	int batch_size, data_size;
};

void blobs_prepare(const struct blobs *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "blobs");
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		float *x = mosaic_input(data, split, "x", self->data_size, FEATURES);
		int32_t *label = mosaic_labels(data, split, "label", self->data_size);
		for (int i = 0; i < self->data_size; i++) {
			label[i] = (int32_t)mosaic_random_below(&random, CLASSES);
			for (int k = 0; k < FEATURES; k++)
				x[FEATURES * i + k] = (float)(0.4 * mosaic_random_normal(&random) + (k == label[i]));
		}
		mosaic_loader(data, split, self->batch_size, split == MOSAIC_TRAIN, false);
	}
}

/* A wide layer and a wider one. */
struct wide_net {
	int width;
};

nn_tensor wide_net_forward(const struct wide_net *self, nn_tensor x)
{
	nn_tensor h = nn_relu(nn_linear(x, self->width));
	nn_tensor g = nn_tanh(nn_linear(h, 2 * self->width));
	return nn_linear(g, CLASSES);
}

/* Reads the numbers in six steps of four. */
struct step_net {
	int width;
};

nn_tensor step_net_forward(const struct step_net *self, nn_tensor x)
{
	nn_tensor states = nn_lstm(nn_reshape(x, 6, 4), self->width);
	return nn_linear(nn_last_step(states), CLASSES);
}
