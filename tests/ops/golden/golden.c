/* golden.c: the data and networks of golden_torch.py's trainings. */
#include <mosaic.h>

/* The same formula as in golden_torch.py. */
static float formula(int64_t i, int64_t j, int64_t salt)
{
	return (float)((double)((i * 7919 + j * 104729 + salt * 1299709) % 1000) / 1000);
}

/* The logical or of two bits: 18 samples to train, 6 to test. */
struct tutorial {
	int batch_size MOSAIC_DEFAULT(1);
};

void tutorial_prepare(const struct tutorial *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		int64_t first = split == MOSAIC_TRAIN ? 0 : 18, count = split == MOSAIC_TRAIN ? 18 : 6;
		float *x = mosaic_input(data, split, "x", count, 2), *y = mosaic_target(data, split, "y", count, 1);
		for (int64_t i = 0; i < count; i++) {
			for (int j = 0; j < 2; j++)
				x[2 * i + j] = formula(first + i, j, 1) > 0.5f;
			y[i] = x[2 * i] + x[2 * i + 1] > 0;
		}
		mosaic_loader(data, split, self->batch_size, false, false);
	}
}

/* Four numbers and one of three labels: 40 samples to train, 12 to test; the last batch is smaller. */
struct flowers {
	int batch_size MOSAIC_DEFAULT(16);
};

void flowers_prepare(const struct flowers *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		int64_t first = split == MOSAIC_TRAIN ? 0 : 40, count = split == MOSAIC_TRAIN ? 40 : 12;
		float *x = mosaic_input(data, split, "x", count, 4);
		int32_t *y = mosaic_labels(data, split, "y", count);
		for (int64_t i = 0; i < count; i++) {
			for (int j = 0; j < 4; j++)
				x[4 * i + j] = formula(first + i, j, 2);
			double score = ((double)x[4 * i] + (double)x[4 * i + 1] * (double)x[4 * i + 2]) * 2;
			y[i] = score >= 2 ? 2 : (int32_t)score;
		}
		mosaic_loader(data, split, self->batch_size, false, false);
	}
}

/* 2-3-3-3-3-1, all sigmoid. */
struct brick {};

nn_tensor brick_forward(const struct brick *self, nn_tensor x)
{
	(void)self;
	for (int i = 0; i < 4; i++) {
		nn_tensor h = nn_linear(x, 3);
		x = nn_sigmoid(h);
	}
	nn_tensor out = nn_linear(x, 1);
	return nn_sigmoid(out);
}

/* 4-8-3, relu. */
struct chooser {};

nn_tensor chooser_forward(const struct chooser *self, nn_tensor x)
{
	(void)self;
	nn_tensor h1 = nn_linear(x, 8), active = nn_relu(h1), out = nn_linear(active, 3);
	return out;
}
