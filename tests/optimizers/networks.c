/* networks.c: data and networks of the trainings that golden.py makes with PyTorch. */
#include <mosaic.h>
#include <string.h>

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

/* The same with groups: the last layer learns slowly, biases do not decay, the first layer has a decay of its own. */
struct grouped {};

nn_tensor grouped_forward(const struct grouped *self, nn_tensor x)
{
	(void)self;
	nn_tensor h1 = nn_linear(x, 5), active = nn_tanh(h1), out = nn_linear(active, 1);
	return out;
}

nn_group grouped_parameters(const struct grouped *self, const char *name)
{
	(void)self;
	return (nn_group){.lr = name[0] == 'o' ? 0.25 : 1, .no_decay = strstr(name, "bias") != NULL, .weight_decay = strcmp(name, "h1.weight") == 0 ? 0.3 : 0};
}

/* A decay to be fitted: y = 2.5 exp(-1.3 x) + 0.5, and what `noise` says of errors. 30 samples, the same to test. */
struct decay {
	int batch_size MOSAIC_DEFAULT(30);
	double noise;
};

void decay_prepare(const struct decay *self, mosaic_data *data)
{
	for (int split = MOSAIC_TRAIN; split <= MOSAIC_TEST; split++) {
		double *x = mosaic_add(data, split, MOSAIC_INPUT, MOSAIC_FLOAT64, "x", 30, 1, (int64_t[]){1})->at;
		double *y = mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_FLOAT64, "y", 30, 1, (int64_t[]){1})->at;
		for (int i = 0; i < 30; i++) {
			double e = 1;
			x[i] = i * 0.1;
			for (int k = 30; k > 0; k--)           /* exp(-1.3 x) */
				e = 1 - 1.3 * x[i] * e / k;
			y[i] = 2.5 * e + 0.5 + self->noise * ((double)(i * 7919 % 31) / 15 - 1);
		}
		mosaic_loader(data, split, self->batch_size, false, false);
	}
}

struct fit {};

nn_tensor fit_forward(const struct fit *self, nn_tensor x)
{
	(void)self;
	nn_tensor height = nn_parameter("height", nn_ones()), rate = nn_parameter("rate", nn_fill(0.5)), level = nn_parameter("level", nn_zeros());
	return nn_add(nn_mul(height, nn_exp(nn_mul(nn_neg(rate), x))), level);
}

/* Every kind of initial values, in tensors of which the test knows what to expect. */
struct kinds {};

nn_tensor kinds_forward(const struct kinds *self, nn_tensor x)
{
	(void)self;
	nn_tensor plain = nn_linear(x, 100);
	nn_tensor xavier_uniform = nn_linear(plain, 60);
	nn_initialize(xavier_uniform, "weight", nn_xavier_uniform(nn_gain("tanh")));
	nn_initialize(xavier_uniform, "bias", nn_fill(0.25));
	nn_tensor xavier_normal = nn_linear(xavier_uniform, 80);
	nn_initialize(xavier_normal, "weight", nn_xavier_normal(1));
	nn_initialize(xavier_normal, "bias", nn_zeros());
	nn_tensor kaiming_uniform = nn_linear(xavier_normal, 50);
	nn_initialize(kaiming_uniform, "weight", nn_kaiming_uniform(nn_gain("relu"), NN_FAN_IN));
	nn_initialize(kaiming_uniform, "bias", nn_ones());
	nn_tensor kaiming_normal = nn_linear(kaiming_uniform, 144);
	nn_initialize(kaiming_normal, "weight", nn_kaiming_normal(nn_gain("leaky_relu"), NN_FAN_OUT));
	nn_initialize(kaiming_normal, "bias", nn_normal(-1, 0.5));
	nn_tensor wide = nn_linear(kaiming_normal, 30);
	nn_initialize(wide, "weight", nn_orthogonal(2));
	nn_tensor tall = nn_linear(wide, 144);
	nn_initialize(tall, "weight", nn_orthogonal(0.5));
	nn_tensor image = nn_reshape(tall, 4, 6, 6), conv = nn_conv2d(image, 8, 3);
	nn_initialize(conv, "weight", nn_xavier_uniform(1));
	nn_tensor conv_orthogonal = nn_conv2d(conv, 12, 3);
	nn_initialize(conv_orthogonal, "weight", nn_orthogonal(1));
	nn_tensor own = nn_parameter("own", nn_kaiming_uniform(1, NN_FAN_IN), 48, 70), out = nn_linear(nn_matmul(nn_reshape(conv_orthogonal, 48), own), 1);
	nn_initialize(own, "own", nn_kaiming_uniform(2, NN_FAN_IN));
	return out;
}

/* Every layer with parameters of its own, as it begins. */
struct defaults {};

nn_tensor defaults_forward(const struct defaults *self, nn_tensor x)
{
	(void)self;
	nn_tensor dense = nn_linear(x, 24), bare = nn_linear_no_bias(dense, 16), pair = nn_bilinear(bare, dense, 36);
	nn_tensor line = nn_conv1d(nn_reshape(pair, 6, 6), 8, 3, .groups = 2), up = nn_conv_transpose1d(line, 6, 2);
	nn_tensor image = nn_conv2d(nn_reshape(up, 5, 3, 2), 4, 2), large = nn_conv_transpose2d(image, 6, 3, .groups = 2);
	nn_tensor volume = nn_conv3d(nn_reshape(large, 2, 2, 2, 9), 3, 2), room = nn_conv_transpose3d(volume, 2, 2);
	nn_tensor normed = nn_batch_norm(room), layered = nn_layer_norm(normed, 1), grouped = nn_group_norm(layered, 2);
	nn_tensor bound = nn_instance_norm(grouped, .affine = true), rooted = nn_rms_norm(bound), table = nn_reshape(rooted, 12, 6);
	nn_tensor self_seen = nn_multi_head_attention(table, table, table, 2, NULL, false), other = nn_concat(table, table, 2);
	nn_tensor seen = nn_multi_head_attention(self_seen, other, table, 2, NULL, false);
	nn_tensor recurrent = nn_rnn(seen, 5), memory = nn_lstm(recurrent, 4, .layers = 2, .bidirectional = true), gated = nn_gru(memory, 7);
	nn_tensor word = nn_embedding(nn_floor(x), 9, 3), padded = nn_embedding_padding(nn_floor(x), 9, 3, 2);
	return nn_linear(nn_concat_of(3, (nn_tensor[]){nn_flatten(gated), nn_flatten(word), nn_flatten(padded)}, 1), 1);
}

/* All that draws random numbers in a step, and running means: what a resumed run has to take up. */
struct drawn {};

nn_tensor drawn_forward(const struct drawn *self, nn_tensor x)
{
	(void)self;
	nn_tensor h = nn_linear(nn_noise(x, 0.1), 6), normed = nn_batch_norm(h), image = nn_dropout2d(nn_reshape(nn_tanh(normed), 3, 2), 0.4);
	nn_tensor steps = nn_gru(image, 4, .layers = 2, .dropout = 0.3);
	return nn_linear(nn_dropout(nn_flatten(steps), 0.2), 1);
}

/* What Levenberg-Marquardt refuses. */
struct large {};

nn_tensor large_forward(const struct large *self, nn_tensor x)
{
	(void)self;
	nn_tensor out = nn_linear(nn_tanh(nn_linear(x, 1000)), 1);
	return out;
}

struct normed {};

nn_tensor normed_forward(const struct normed *self, nn_tensor x)
{
	(void)self;
	nn_tensor h = nn_linear(x, 5), out = nn_linear(nn_batch_norm(h), 1);
	return out;
}

struct dropped {};

nn_tensor dropped_forward(const struct dropped *self, nn_tensor x)
{
	(void)self;
	nn_tensor h = nn_linear(x, 5), out = nn_linear(nn_dropout(h, 0.5), 1);
	return out;
}
