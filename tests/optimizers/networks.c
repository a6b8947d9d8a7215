/* networks.c: data and networks of the trainings that golden.py makes with PyTorch. */
#include <mosaic.h>

/* The same formula as in golden.py. */
static float formula(int64_t i, int64_t j)
{
	return (float)((double)((i * 7919 + j * 104729 + 1299709) % 1000) / 1000);
}

/* Two numbers and a smooth function of them: 40 samples to train, 12 to test. */
struct points {
	int batch_size MOSAIC_DEFAULT(8);
	bool shuffle MOSAIC_DEFAULT(false);
};

void points_prepare(const struct points *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		int64_t first = split == MOSAIC_TRAIN ? 0 : 40, count = split == MOSAIC_TRAIN ? 40 : 12;
		float *x = mosaic_input(data, split, "x", count, 2), *y = mosaic_target(data, split, "y", count, 1);
		for (int64_t i = 0; i < count; i++) {
			x[2 * i] = formula(first + i, 0);
			x[2 * i + 1] = formula(first + i, 1);
			y[i] = (float)((double)x[2 * i] * (double)x[2 * i] - (double)x[2 * i + 1] * 0.5);
		}
		mosaic_loader(data, split, self->batch_size, split == MOSAIC_TRAIN && self->shuffle, false);
	}
}

/* 2-5-1, tanh. */
struct net {};

nn_tensor net_forward(const struct net *self, nn_tensor x)
{
	(void)self;
	nn_tensor h1 = nn_linear(x, 5), active = nn_tanh(h1), out = nn_linear(active, 1);
	return out;
}
