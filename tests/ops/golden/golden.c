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

/* Five words of seven, the next one wanted for each: 32 to train, 8 to test. */
struct words {
	int batch_size MOSAIC_DEFAULT(16);
};

void words_prepare(const struct words *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		int64_t first = split == MOSAIC_TRAIN ? 0 : 32, count = split == MOSAIC_TRAIN ? 32 : 8;
		float *x = mosaic_input(data, split, "x", count, 5), *y = mosaic_target(data, split, "y", count, 5);
		for (int64_t i = 0; i < count; i++)
			for (int j = 0; j < 6; j++) {
				float word = (float)(int)((double)formula(first + i, j, 6) * 6.99);
				if (j < 5)
					x[5 * i + j] = word;
				if (j > 0)
					y[5 * i + j - 1] = word;
			}
		mosaic_loader(data, split, self->batch_size, false, false);
	}
}

/* An LSTM: its result and its cells behind the last step. */
struct keeper {};

nn_tensor keeper_forward(const struct keeper *self, nn_tensor x)
{
	(void)self;
	nn_tensors l = nn_lstm_states(x, 5);
	nn_tensor last = nn_last_step(l.at[0]), cells = nn_flatten(l.at[2]), both = nn_concat(last, cells, 1), out = nn_linear(both, 2);
	return out;
}

/* Two layers of GRU in both directions. */
struct gatherer {};

nn_tensor gatherer_forward(const struct gatherer *self, nn_tensor x)
{
	(void)self;
	nn_tensors g = nn_gru_states(x, 3, .layers = 2, .bidirectional = true);
	nn_tensor flat = nn_flatten(g.at[1]), out = nn_linear(flat, 2);
	return out;
}

/* A picture row by row. */
struct scanner {};

nn_tensor scanner_forward(const struct scanner *self, nn_tensor x)
{
	(void)self;
	nn_tensor rows = nn_squeeze(x, 1), r = nn_rnn(rows, 7), last = nn_last_step(r), out = nn_linear(last, 3);
	return out;
}

/* Down, up again, and beside what was there before. */
struct painter {};

nn_tensor painter_forward(const struct painter *self, nn_tensor x)
{
	(void)self;
	nn_tensor c1 = nn_conv2d(x, 4, 3, .same = true), r1 = nn_relu(c1), p1 = nn_max_pool2d(r1, 2), c2 = nn_conv2d(p1, 6, 3, .padding = 1), r2 = nn_relu(c2);
	nn_tensor up = nn_conv_transpose2d(r2, 4, 2, .stride = 2), both = nn_concat(r1, up, 1), c3 = nn_conv2d(both, 3, 3, .padding = 1);
	return nn_global_avg_pool(c3);
}

/* Normalised places, then groups; a depthwise convolution with holes. */
struct sculptor {};

nn_tensor sculptor_forward(const struct sculptor *self, nn_tensor x)
{
	(void)self;
	nn_tensor c1 = nn_conv2d(x, 4, 3, .padding = 1), n1 = nn_instance_norm(c1, .affine = true), r1 = nn_leaky_relu(n1, 0.1);
	nn_tensor c2 = nn_conv2d(r1, 8, 3, .padding = 2, .dilation = 2, .groups = 4), n2 = nn_group_norm(c2, 2, .eps = 1e-3), r2 = nn_hardswish(n2);
	nn_tensor p2 = nn_avg_pool2d(r2, 4, .stride = 3, .padding = 1, .ceil_mode = true, .count_exclude_pad = true), flat = nn_flatten(p2), out = nn_linear(flat, 3);
	return out;
}

/* Two blocks of attention that sees all places. */
struct watcher {};

nn_tensor watcher_forward(const struct watcher *self, nn_tensor x)
{
	(void)self;
	nn_tensor h = nn_add(x, nn_sinusoidal_positions(5, 4));
	nn_tensor a1 = nn_multi_head_attention(h, h, h, 2, NULL, false), s1 = nn_add(h, a1), n1 = nn_layer_norm(s1, 1), u1 = nn_linear(n1, 6), g1 = nn_gelu_tanh(u1);
	nn_tensor d1 = nn_linear(g1, 4), h1 = nn_add(n1, d1);
	nn_tensor a2 = nn_multi_head_attention(h1, h1, h1, 2, NULL, false), s2 = nn_add(h1, a2), n2 = nn_layer_norm(s2, 1), u2 = nn_linear(n2, 6), g2 = nn_gelu_tanh(u2);
	nn_tensor d2 = nn_linear(g2, 4), h2 = nn_add(n2, d2), flat = nn_flatten(h2), out = nn_linear(flat, 2);
	return out;
}

/* A language model without biases: turned queries and keys, gated layers. */
struct speaker {};

static nn_tensor in_heads(nn_tensor x)
{
	return nn_permute(nn_reshape(x, 5, 2, 2), 0, 2, 1, 3);
}

nn_tensor speaker_forward(const struct speaker *self, nn_tensor x)
{
	(void)self;
	nn_tensor e = nn_embedding(x, 7, 4), n1 = nn_rms_norm(e, .eps = 1e-5), q = nn_linear_no_bias(n1, 4), k = nn_linear_no_bias(n1, 4), v = nn_linear_no_bias(n1, 4);
	nn_tensor turned_q = nn_rotary_positions(in_heads(q)), turned_k = nn_rotary_positions(in_heads(k));
	nn_tensor seen = nn_scaled_dot_product_attention(turned_q, turned_k, in_heads(v), NULL, true), flat = nn_reshape(nn_permute(seen, 0, 2, 1, 3), 5, 4);
	nn_tensor o = nn_linear_no_bias(flat, 4), h = nn_add(e, o), n2 = nn_rms_norm(h, .eps = 1e-5), gate = nn_linear_no_bias(n2, 6), up = nn_linear_no_bias(n2, 6);
	nn_tensor wide = nn_mul(nn_silu(gate), up), down = nn_linear_no_bias(wide, 4), sum = nn_add(h, down), out = nn_linear(sum, 7);
	return out;
}

/* Convolutions of a volume, and its largest values. */
struct prober {};

nn_tensor prober_forward(const struct prober *self, nn_tensor x)
{
	(void)self;
	nn_tensor volume = nn_reshape(x, 1, 5, 2, 2), c1 = nn_conv3d(volume, 3, 1, .kernels = {3, 2, 2}, .paddings = {1, 0, 0}), t1 = nn_tanh(c1);
	nn_tensor n1 = nn_batch_norm(t1, .momentum = 0.3), line = nn_reshape(n1, 3, 5), c2 = nn_conv1d(line, 4, 2), top = nn_max_axis(c2, 2, false), out = nn_linear(top, 2);
	return out;
}
