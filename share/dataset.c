/* dataset.c: the data of the tutorial. Two random bits and what a logical operator makes of them. */
#include <mosaic.h>

/* Rounded to the nearest count, so that 0.8 of 200 is 160 although no float is exactly 0.8. */
static int64_t train_count(int data_size, float train_prop)
{
	return (int64_t)(data_size * (double)train_prop + 0.5);
}

static void check_parameters(const char *class, int batch_size, int data_size, float train_prop)
{
	if (batch_size < 1)
		mosaic_fail("%s: batch_size must be at least 1, not %d", class, batch_size);
	if (data_size < 2)
		mosaic_fail("%s: data_size must be at least 2, not %d", class, data_size);
	int64_t train = train_count(data_size, train_prop);
	if (!(train_prop > 0 && train_prop < 1) || train < 1 || train >= data_size)
		mosaic_fail("%s: train_prop (%g) of %d samples must leave some for train and some for test", class, (double)train_prop, data_size);
}

/* One split of `samples` samples: two bits drawn at random, and the operator applied to them. */
static void fill(mosaic_data *data, enum mosaic_split split, int64_t samples, mosaic_random *random, bool (*operator)(bool, bool))
{
	float *x = mosaic_input(data, split, "x", samples, 2);
	float *y = mosaic_target(data, split, "y", samples, 1);
	for (int64_t i = 0; i < samples; i++) {
		bool a = mosaic_random_below(random, 2), b = mosaic_random_below(random, 2);
		x[2 * i] = a;
		x[2 * i + 1] = b;
		y[i] = operator(a, b);
	}
}

static bool logical_or(bool a, bool b)
{
	return a || b;
}

static bool logical_and(bool a, bool b)
{
	return a && b;
}

/* Logical or of two random bits. */
struct dataset_OR {
	int batch_size;                     /* samples a step */
	int data_size;                      /* samples in all */
	float train_prop;                   /* share of them to train on; the others test */
};

void dataset_OR_init(struct dataset_OR *self)
{
	check_parameters("dataset_OR", self->batch_size, self->data_size, self->train_prop);
}

/* The samples depend on the seed of the run and on nothing else: runs of one seed see the same data. */
void dataset_OR_prepare(const struct dataset_OR *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "dataset_OR");
	int64_t train = train_count(self->data_size, self->train_prop);
	fill(data, MOSAIC_TRAIN, train, &random, logical_or);
	fill(data, MOSAIC_TEST, self->data_size - train, &random, logical_or);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, false, true);
	mosaic_loader(data, MOSAIC_TEST, self->batch_size, false, true);
}

/* What the networks after it may ask for by name. */
void dataset_OR_info(const struct dataset_OR *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", self->batch_size);
	mosaic_info_int(info, "input_size", 2);
	mosaic_info_int(info, "output_size", 1);
}

/* Logical and of two random bits. */
struct dataset_AND {
	int batch_size;                     /* samples a step */
	int data_size;                      /* samples in all */
	float train_prop;                   /* share of them to train on; the others test */
};

void dataset_AND_init(struct dataset_AND *self)
{
	check_parameters("dataset_AND", self->batch_size, self->data_size, self->train_prop);
}

void dataset_AND_prepare(const struct dataset_AND *self, mosaic_data *data, const mosaic_run_info *run)
{
	mosaic_random random = mosaic_random_for(run, "dataset_AND");
	int64_t train = train_count(self->data_size, self->train_prop);
	fill(data, MOSAIC_TRAIN, train, &random, logical_and);
	fill(data, MOSAIC_TEST, self->data_size - train, &random, logical_and);
	mosaic_loader(data, MOSAIC_TRAIN, self->batch_size, false, true);
	mosaic_loader(data, MOSAIC_TEST, self->batch_size, false, true);
}

void dataset_AND_info(const struct dataset_AND *self, mosaic_info *info)
{
	mosaic_info_int(info, "batch_size", self->batch_size);
	mosaic_info_int(info, "input_size", 2);
	mosaic_info_int(info, "output_size", 1);
}
