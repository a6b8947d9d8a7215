/* golden.c: the data and networks of golden_trainings.py's trainings. */
#include <mosaic.h>

/* The same formula as in golden_trainings.py. */
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

/* A picture of 6 x 6 and one of three labels: 32 to train, 8 to test. */
struct pictures {
	int batch_size MOSAIC_DEFAULT(16);
};

void pictures_prepare(const struct pictures *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		int64_t first = split == MOSAIC_TRAIN ? 0 : 32, count = split == MOSAIC_TRAIN ? 32 : 8;
		float *x = mosaic_input(data, split, "x", count, 1, 6, 6);
		int32_t *y = mosaic_labels(data, split, "y", count);
		for (int64_t i = 0; i < count; i++) {
			for (int j = 0; j < 36; j++)
				x[36 * i + j] = formula(first + i, j, 3);
			y[i] = (int32_t)((first + i) * 7 % 3);
		}
		mosaic_loader(data, split, self->batch_size, false, false);
	}
}

/* Five steps of four numbers, two numbers wanted: 32 to train, 8 to test. `bits`: 0 or 1 wanted. */
struct series {
	int batch_size MOSAIC_DEFAULT(16);
	bool bits MOSAIC_DEFAULT(false);
};

void series_prepare(const struct series *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		int64_t first = split == MOSAIC_TRAIN ? 0 : 32, count = split == MOSAIC_TRAIN ? 32 : 8;
		float *x = mosaic_input(data, split, "x", count, 5, 4), *y = mosaic_target(data, split, "y", count, 2);
		for (int64_t i = 0; i < count; i++) {
			for (int j = 0; j < 20; j++)
				x[20 * i + j] = formula(first + i, j, 4) - 0.5f;
			for (int j = 0; j < 2; j++)
				y[2 * i + j] = self->bits ? formula(first + i, j, 5) > 0.5f : formula(first + i, j, 5);
		}
		mosaic_loader(data, split, self->batch_size, false, false);
	}
}

/* Two convolutions, normalised over the batch. */
struct seer {};

nn_tensor seer_forward(const struct seer *self, nn_tensor x)
{
	(void)self;
	nn_tensor c1 = nn_conv2d(x, 4, 3, .padding = 1, .no_bias = true), n1 = nn_batch_norm(c1);
	nn_tensor r1 = nn_relu(n1), p1 = nn_max_pool2d(r1, 2), c2 = nn_conv2d(p1, 6, 2, .no_bias = true), n2 = nn_batch_norm(c2);
	nn_tensor r2 = nn_relu(n2), flat = nn_flatten(r2), out = nn_linear(flat, 3);
	return out;
}

/* A block of a transformer. */
struct reader {};

nn_tensor reader_forward(const struct reader *self, nn_tensor x)
{
	(void)self;
	nn_tensor n1 = nn_layer_norm(x, 1), a = nn_multi_head_attention(n1, n1, n1, 2, NULL, true);
	nn_tensor h = nn_add(x, a), n2 = nn_layer_norm(h, 1), f1 = nn_linear(n2, 8), g = nn_gelu(f1), f2 = nn_linear(g, 4);
	nn_tensor sum = nn_add(h, f2), mean = nn_mean_axis(sum, 1, false), out = nn_linear(mean, 2);
	return out;
}

/* Three layers with tanh. */
struct stack {};

nn_tensor stack_forward(const struct stack *self, nn_tensor x)
{
	(void)self;
	nn_tensor flat = nn_flatten(x), h1 = nn_linear(flat, 10), t1 = nn_tanh(h1), h2 = nn_linear(t1, 8), t2 = nn_tanh(h2), out = nn_linear(t2, 2);
	return out;
}

/* Convolutions along the steps, normalised in groups. */
struct listener {};

nn_tensor listener_forward(const struct listener *self, nn_tensor x)
{
	(void)self;
	nn_tensor line = nn_transpose(x, 1, 2), c1 = nn_conv1d(line, 6, 3, .padding = 1), n1 = nn_group_norm(c1, 2), s = nn_silu(n1);
	nn_tensor p = nn_avg_pool1d(s, 2), c2 = nn_conv1d(p, 4, 2), m = nn_mish(c2), flat = nn_flatten(m), out = nn_linear(flat, 2);
	return out;
}

/* Layers that are added to what they take. */
struct ladder {};

nn_tensor ladder_forward(const struct ladder *self, nn_tensor x)
{
	(void)self;
	nn_tensor flat = nn_flatten(x), h1 = nn_linear(flat, 6), n1 = nn_layer_norm(h1, 1), e = nn_elu(n1, 1.0), h2 = nn_linear(e, 6);
	nn_tensor sum = nn_add(h1, h2), n2 = nn_rms_norm(sum), s = nn_softplus(n2), out = nn_linear(s, 2);
	return out;
}
