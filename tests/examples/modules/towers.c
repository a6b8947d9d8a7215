/* towers.c: two inputs, two targets, two predictions, a frozen tensor, a metric, a loss of one's own: what networks may have. */
#include <mosaic.h>
#include <string.h>

/* sum = a0 + a1 + a2 + b0 + b1, product = a0 * b0, of numbers in -1 .. 1. */
struct numbers {
	int batch_size MOSAIC_DEFAULT(8);
	int train MOSAIC_DEFAULT(50), test MOSAIC_DEFAULT(20), validation MOSAIC_DEFAULT(10);
};

static void fill(const struct numbers *self, mosaic_data *data, enum mosaic_split split, int64_t count, mosaic_random *random)
{
	float *a = mosaic_input(data, split, "a", count, 3), *b = mosaic_input(data, split, "b", count, 2);
	float *sum = mosaic_target(data, split, "sum", count, 1), *product = mosaic_target(data, split, "product", count, 1);
	for (int64_t i = 0; i < count; i++) {
		for (int k = 0; k < 3; k++)
			sum[i] += a[3 * i + k] = (float)(2 * mosaic_random_uniform(random) - 1);
		for (int k = 0; k < 2; k++)
			sum[i] += b[2 * i + k] = (float)(2 * mosaic_random_uniform(random) - 1);
		product[i] = a[3 * i] * b[2 * i];
	}
	mosaic_loader(data, split, self->batch_size, split == MOSAIC_TRAIN, false);
}

void numbers_prepare(const struct numbers *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "numbers");
	fill(self, data, MOSAIC_TRAIN, self->train, &random);
	fill(self, data, MOSAIC_TEST, self->test, &random);
	if (self->validation)
		fill(self, data, MOSAIC_VALIDATION, self->validation, &random);
}

void numbers_info(const struct numbers *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", self->batch_size);
	mosaic_info_int(info, "half_width", 4);
}

struct towers {
	int half_width;                     /* from the data's info */
	int width MOSAIC_DERIVED;
	bool train_scale MOSAIC_DEFAULT(false);
};

void towers_init(struct towers *self)
{
	self->width = 2 * self->half_width;
}

nn_tensors towers_forward(const struct towers *self, nn_tensor a, nn_tensor b)
{
	nn_tensor scale = nn_parameter("scale", nn_uniform(0.5, 1.5), 5);
	nn_tensor both = nn_mul(nn_concat(a, b, -1), scale);
	nn_tensor hidden = nn_tanh(nn_linear(both, self->width));
	nn_tensor sum = nn_linear(hidden, 1);
	nn_tensor product = nn_linear(hidden, 1);
	return nn_tensors_of(sum, product);
}

bool towers_parameters(const struct towers *self, const char *name)
{
	return self->train_scale || !strstr(name, "scale");
}

void towers_metric(const struct towers *self, nn_tensor sum, nn_tensor product, nn_tensor true_sum, nn_tensor true_product)
{
	(void)self;
	nn_report("sum_error", nn_mean(nn_abs(nn_sub(sum, true_sum))));
	nn_report("product_error", nn_mean(nn_abs(nn_sub(product, true_product))));
}

struct weighted {
	double product_weight MOSAIC_DEFAULT(1);
};

nn_tensor weighted_loss(const struct weighted *self, nn_tensor sum, nn_tensor product, nn_tensor true_sum, nn_tensor true_product)
{
	return nn_add(nn_mse_loss(sum, true_sum), nn_mul(nn_mse_loss(product, true_product), self->product_weight));
}
