/* odd.c: networks that are right but unusual: names that mean something to the generated code, nothing to train, outputs that do not
** depend on the data. */
#include <mosaic.h>

/* y is the first two of four inputs. The names of the arrays are parameters. */
struct named {
	const char *x MOSAIC_DEFAULT(x), *y MOSAIC_DEFAULT(y), *note MOSAIC_DEFAULT("");
	int batch_size MOSAIC_DEFAULT(4);
};

void named_prepare(const struct named *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "named");
	printf("note: %s\n", self->note);
	for (int s = MOSAIC_TRAIN; s <= MOSAIC_TEST; s++) {
		float *x = mosaic_input(data, s, self->x, 10, 4), *y = mosaic_target(data, s, self->y, 10, 2);
		for (int i = 0; i < 40; i++)
			x[i] = (float)mosaic_random_normal(&random);
		for (int i = 0; i < 20; i++)
			y[i] = x[i / 2 * 4 + i % 2];
		mosaic_loader(data, s, self->batch_size, false, false);
	}
}

struct linear {
	int outputs MOSAIC_DEFAULT(2);
};

nn_tensor linear_forward(const struct linear *self, nn_tensor x)
{
	return nn_linear(x, self->outputs);
}

/* Variables as in the books, and as in the generated code. */
struct words {
	int d MOSAIC_DEFAULT(4);
};

nn_tensor words_forward(const struct words *self, nn_tensor x)
{
	nn_tensor Q = nn_linear(x, self->d), K = nn_linear(x, self->d), V = nn_linear(x, self->d);
	nn_tensor R = nn_mul(Q, K);
	nn_tensor BATCH = nn_softmax(R, -1);
	nn_tensor LANES = nn_mul(BATCH, V);
	nn_tensor exp = nn_exp(nn_tanh(LANES));
	nn_tensor n = nn_exp(nn_neg(exp));
	nn_tensor t = nn_maximum(nn_add(n, exp), 0);
	nn_tensor real = nn_linear(t, 2);
	return real;
}

/* One weight for three layers; evaluation differs from training. */
struct shared {
	double factor MOSAIC_DEFAULT(1.5);
};

nn_tensor shared_forward(const struct shared *self, nn_tensor x)
{
	nn_tensor w = nn_parameter("w", nn_normal(0, 0.5), 4, 4);
	for (int i = 0; i < 3; i++)
		x = nn_tanh(nn_matmul(x, w));
	if (nn_training())
		x = nn_mul(x, self->factor);
	return nn_slice(x, -1, 1, 3);
}

/* Nothing to train. */
struct fixed {
	int width MOSAIC_DEFAULT(2);
};

nn_tensor fixed_forward(const struct fixed *self, nn_tensor x)
{
	return nn_slice(x, -1, 0, self->width);
}

/* y = k x0: k is an output of its own, and a column of the history. */
struct coefficient {
	double start MOSAIC_DEFAULT(0.25);
};

nn_tensors coefficient_forward(const struct coefficient *self, nn_tensor x)
{
	nn_tensor k = nn_parameter("k", nn_fill(self->start));
	return nn_tensors_of(nn_mul(nn_slice(x, -1, 0, 2), k), k);
}

void coefficient_metric(const struct coefficient *self, nn_tensor y, nn_tensor k, nn_tensor target)
{
	(void)self, (void)y, (void)target;
	nn_report("k", k);
}

struct first_only {
	double weight MOSAIC_DEFAULT(1);
};

nn_tensor first_only_loss(const struct first_only *self, nn_tensor y, nn_tensor k, nn_tensor target)
{
	(void)k;
	return nn_mul(nn_mse_loss(y, target), self->weight);
}
