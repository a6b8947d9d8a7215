/* sequences.c: a task that needs memory, and networks that may learn it: recurrent layers and a transformer. The loss is MSELoss. */
#include <mosaic.h>

/* ---- data ----------------------------------------------------------------------------------- */

/* Sequences of pairs: a number in [0, 1), and a mark, which two of them have, one in each half. To be predicted: the sum of the two marked
** numbers (the adding problem of Hochreiter and Schmidhuber). Always to say 1 gives a loss of 1/6 = 0.167. */
struct adding {
	int steps MOSAIC_DEFAULT(20);       /* pairs of a sequence */
	int train_size MOSAIC_DEFAULT(2000), test_size MOSAIC_DEFAULT(500); /* sequences */
	int batch_size MOSAIC_DEFAULT(20);  /* sequences a step */
};

void adding_init(struct adding *self)
{
	if (self->steps < 2 || self->train_size < 1 || self->test_size < 1 || self->batch_size < 1)
		mosaic_fail("adding: steps (%d) must be at least 2, train_size (%d), test_size (%d) and batch_size (%d) at least 1", self->steps, self->train_size, self->test_size,
			self->batch_size);
}

static void add_sequences(const struct adding *self, mosaic_data *data, enum mosaic_split split, int64_t count, mosaic_random *random)
{
	float *x = mosaic_input(data, split, "sequence", count, self->steps, 2);
	float *sum = mosaic_target(data, split, "sum", count, 1);
	int64_t half = self->steps / 2;
	for (int64_t i = 0; i < count; i++) {
		float (*pair)[2] = (float (*)[2])x + i * self->steps;
		const int64_t marked[] = {mosaic_random_below(random, half), half + mosaic_random_below(random, self->steps - half)};
		for (int t = 0; t < self->steps; t++)
			pair[t][0] = (float)mosaic_random_uniform(random);
		for (int k = 0; k < 2; k++) {
			pair[marked[k]][1] = 1;
			sum[i] += pair[marked[k]][0];
		}
	}
	mosaic_loader(data, split, self->batch_size, split == MOSAIC_TRAIN, false);
}

void adding_prepare(const struct adding *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "adding");
	add_sequences(self, data, MOSAIC_TRAIN, self->train_size, &random);
	add_sequences(self, data, MOSAIC_TEST, self->test_size, &random);
}

void adding_info(const struct adding *self, mosaic_info *info)
{
	mosaic_info_int(info, "steps", self->steps);
	mosaic_info_int(info, "output_size", 1);
}

/* ---- networks ------------------------------------------------------------------------------- */

enum cell { rnn, lstm, gru };

/* A recurrent layer reads the sequence; a dense layer answers from its last step. */
struct recurrent {
	int output_size;                    /* from the dataset's info */
	enum cell cell MOSAIC_DEFAULT(lstm); /* what the layer is made of */
	int hidden MOSAIC_DEFAULT(16);      /* units */
	int layers MOSAIC_DEFAULT(1);       /* one behind the other */
};

nn_tensor recurrent_forward(const struct recurrent *self, nn_tensor x)
{
	nn_tensor states = self->cell == rnn ? nn_rnn(x, self->hidden, .layers = self->layers)
		: self->cell == lstm ? nn_lstm(x, self->hidden, .layers = self->layers)
		: nn_gru(x, self->hidden, .layers = self->layers);
	return nn_linear(nn_last_step(states), self->output_size);
}

/* One block of attention between all steps, and a dense layer that answers from the mean of them. */
struct transformer {
	int output_size;                    /* from the dataset's info */
	int width MOSAIC_DEFAULT(16);       /* numbers a step */
	int heads MOSAIC_DEFAULT(2);        /* of attention; width is a multiple of them */
};

nn_tensor transformer_forward(const struct transformer *self, nn_tensor x)
{
	nn_tensor steps = nn_add(nn_linear(x, self->width), nn_sinusoidal_positions((int)nn_size(x, 1), self->width));
	nn_tensor attention = nn_multi_head_attention(steps, steps, steps, self->heads, NULL, false);
	nn_tensor mixed = nn_layer_norm(nn_add(steps, attention), 1);
	nn_tensor dense = nn_linear(nn_relu(nn_linear(mixed, 4 * self->width)), self->width);
	nn_tensor block = nn_layer_norm(nn_add(mixed, dense), 1);
	return nn_linear(nn_mean_axis(block, 1, false), self->output_size);
}
