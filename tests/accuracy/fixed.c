/* fixed.c: samples that are known beforehand, and a model that gives them back: predictions are what the test says. */
#include <mosaic.h>

struct fixed {
	mosaic_floats scores, targets;      /* row by row */
	int classes, values;                /* of a prediction, of a target; values 0: no axis */
};

static void fill(const struct fixed *self, mosaic_data *data, enum mosaic_split split)
{
	int64_t samples = self->scores.count / self->classes;
	float *x = mosaic_input(data, split, "x", samples, self->classes);
	int64_t shape = self->values;
	float *y = mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_FLOAT32, "y", samples, self->values > 0, &shape)->at;
	for (int i = 0; i < self->scores.count; i++)
		x[i] = (float)self->scores.at[i];
	for (int i = 0; i < self->targets.count; i++)
		y[i] = (float)self->targets.at[i];
}

void fixed_prepare(const struct fixed *self, mosaic_data *data)
{
	fill(self, data, MOSAIC_TRAIN);
	fill(self, data, MOSAIC_TEST);
	mosaic_loader(data, MOSAIC_TRAIN, 3, false, false);
	mosaic_loader(data, MOSAIC_TEST, 3, false, false);
}

struct same { bool twice; };            /* twice: the prediction has another shape than the data */

nn_tensor same_forward(const struct same *self, nn_tensor x)
{
	nn_tensor one = nn_parameter("one", nn_ones(), 1), y = nn_mul(x, one);
	return self->twice ? nn_sum_axis(y, -1, true) : y;
}

/* A loss that takes any shapes. */
struct any_loss { double factor MOSAIC_DEFAULT(1); };

nn_tensor any_loss_loss(const struct any_loss *self, nn_tensor prediction, nn_tensor target)
{
	return nn_mul(nn_add(nn_mean(prediction), nn_mean(target)), self->factor);
}
