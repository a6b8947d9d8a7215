/* pinn.c: a physics-informed network. It learns the swing of a spring from its equation alone, u'' + w^2 u = 0, u(0) = 1,
** u'(0) = 0; the data gives moments to look at, and the solution only to measure the error with. */
#include <math.h>
#include <mosaic.h>

/* Moments between 0 and `end`: random ones to train, a grid to test. */
struct moments {
	double frequency;                   /* w */
	double end MOSAIC_DEFAULT(3);
	int count MOSAIC_DEFAULT(64);       /* moments to train */
	int batch_size MOSAIC_DEFAULT(64);
};

static void fill(const struct moments *self, mosaic_data *data, enum mosaic_split split, int count, mosaic_random *random)
{
	double *t = mosaic_add(data, split, MOSAIC_INPUT, MOSAIC_FLOAT64, "t", count, MOSAIC_DIMS(1))->at;
	double *solution = mosaic_add(data, split, MOSAIC_TARGET, MOSAIC_FLOAT64, "solution", count, MOSAIC_DIMS(1))->at;
	for (int i = 0; i < count; i++) {
		/* One moment in each of `count` equal pieces, so that none is left out. */
		double within = random ? mosaic_random_uniform(random) : 0.5;
		t[i] = self->end * (i + within) / count;
		solution[i] = cos(self->frequency * t[i]);
	}
	mosaic_loader(data, split, self->batch_size, split == MOSAIC_TRAIN, false);
}

void moments_init(struct moments *self)
{
	if (self->count < 1 || self->batch_size < 1 || !(self->end > 0))
		mosaic_fail("moments: count (%d) and batch_size (%d) must be at least 1, end (%g) above 0", self->count, self->batch_size, self->end);
}

void moments_prepare(const struct moments *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "moments");
	fill(self, data, MOSAIC_TRAIN, self->count, &random);
	fill(self, data, MOSAIC_TEST, 32, NULL);
}

void moments_info(const struct moments *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", self->batch_size);
}

/* u(t) = 1 + t^2 n(t) starts as it must, whatever the network n gives. Two results: u, and how far it is from the equation. */
struct spring {
	double frequency;                   /* w */
	int width;                          /* neurons in each of two hidden layers */
};

nn_tensors spring_forward(const struct spring *self, nn_tensor t)
{
	nn_tensor h1 = nn_tanh(nn_linear(t, self->width));
	nn_tensor h2 = nn_tanh(nn_linear(h1, self->width));
	nn_tensor u = nn_add(1, nn_mul(nn_square(t), nn_linear(h2, 1)));
	nn_tensor speed = nn_grad(u, t);
	nn_tensor acceleration = nn_grad(speed, t);
	nn_tensor residual = nn_add(acceleration, nn_mul(u, self->frequency * self->frequency));
	return nn_tensors_of(u, residual);
}

/* Mean distance from the true solution, which the training never sees. */
void spring_metric(const struct spring *self, nn_tensor u, nn_tensor residual, nn_tensor solution)
{
	(void)self, (void)residual;
	nn_report("error", nn_mean(nn_abs(nn_sub(u, solution))));
}

/* Mean square of the residual: the equation and nothing else. */
struct equation {
	double weight MOSAIC_DEFAULT(1);
};

nn_tensor equation_loss(const struct equation *self, nn_tensor u, nn_tensor residual, nn_tensor solution)
{
	(void)u, (void)solution;
	return nn_mul(nn_mean(nn_square(residual)), self->weight);
}
