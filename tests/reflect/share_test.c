/* share_test.c: the tutorial's modules against a runtime of a few lines: sizes of layers, numbers of parameters, shapes of data. */
#include "../../share/mlp.c"
#include "../../share/dataset.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- tensors: only their last size, and what layers cost ------------------------------------- */

struct node { int size; };
static struct node made[64];
static int made_count, parameters, widths[64], layers, activations;

nn_tensor nn_linear(nn_tensor x, int out_features)
{
	assert_true(layers < 64);
	parameters += (x->size + 1) * out_features;
	widths[layers++] = out_features;
	made[made_count].size = out_features;
	return &made[made_count++];
}

static nn_tensor activated(nn_tensor x)
{
	activations++;
	return x;
}

nn_tensor nn_sigmoid(nn_tensor x)
{
	return activated(x);
}

nn_tensor nn_relu(nn_tensor x)
{
	return activated(x);
}

nn_tensor nn_tanh(nn_tensor x)
{
	return activated(x);
}

static jmp_buf after_failure;
static bool failing;

void mosaic_fail(const char *format, ...)
{
	if (!failing)
		fail_msg("mosaic_fail(%s)", format);
	longjmp(after_failure, 1);
}

static nn_tensor start(struct node *x)
{
	made_count = parameters = layers = activations = 0;
	return x;
}

static void test_tutorial_sizes(void **state)
{
	(void)state;
	static const int hidden[3][4] = {{4, 2, 1, 1}, {6, 3, 2, 1}, {8, 3, 3, 2}}, funnel_counts[] = {29, 52, 74}, brick_counts[] = {27, 49, 77};
	for (int width = 2; width <= 4; width++) {
		struct node x = {2};
		struct mlp_funnel f = {2, 1, 4, width, sigmoid};
		assert_int_equal(mlp_funnel_forward(&f, start(&x))->size, 1);
		assert_memory_equal(widths, hidden[width - 2], sizeof hidden[0]);
		assert_int_equal(parameters, funnel_counts[width - 2]);
		assert_int_equal(activations, 5);
		struct mlp_brick b = {2, 1, 4, width, sigmoid};
		assert_int_equal(mlp_brick_forward(&b, start(&x))->size, 1);
		assert_int_equal(parameters, brick_counts[width - 2]);
		assert_int_equal(layers, 5);
	}
}

/* Of every length and width: the neurons of the brick, falling, none without neurons. */
static void test_funnel_falls(void **state)
{
	(void)state;
	for (int length = 1; length <= 12; length++) {
		for (int width = 1; width <= 40; width++) {
			int size[12], sum = 0;
			funnel_sizes(length, width, size);
			for (int i = 0; i < length; i++) {
				sum += size[i];
				assert_true(size[i] >= 1 && (i == 0 || size[i] <= size[i - 1]));
			}
			assert_int_equal(sum, length * width);
			assert_true(length == 1 || width == 1 || size[0] > size[length - 1]);
		}
	}
}

static void test_refused(void **state)
{
	(void)state;
	static struct mlp_brick brick = {.length = 0, .width = 3};
	static struct dataset_OR small = {1, 1, 0.5f}, all = {1, 200, 1.0f}, batch = {0, 200, 0.8f};
	volatile int refused = 0;
	failing = true;
	if (!setjmp(after_failure))
		mlp_brick_init(&brick);
	else
		refused++;
	struct dataset_OR *const sets[] = {&small, &all, &batch};
	for (volatile int i = 0; i < 3; i++) {
		if (!setjmp(after_failure))
			dataset_OR_init(sets[i]);
		else
			refused++;
	}
	failing = false;
	assert_int_equal(refused, 4);
	struct dataset_OR good = {1, 200, 0.8f};
	dataset_OR_init(&good);
}

/* ---- data ----------------------------------------------------------------------------------- */

struct mosaic_data { struct mosaic_array at[8]; int count, batch[MOSAIC_SPLITS]; bool drop_last, shuffle; };

struct mosaic_array *mosaic_add(mosaic_data *data, enum mosaic_split split, enum mosaic_role role, enum mosaic_type type, const char *name, int64_t samples,
	int rank, const int64_t *shape)
{
	struct mosaic_array *a = &data->at[data->count++];
	assert_int_equal(split * 2 + (int)role, data->count - 1);
	assert_int_equal(type, MOSAIC_FLOAT32);
	assert_int_equal(rank, 1);
	*a = (struct mosaic_array){name, role, type, samples, rank, {shape[0]}, calloc((size_t)(samples * shape[0]), sizeof(float))};
	return a;
}

void mosaic_loader(mosaic_data *data, enum mosaic_split split, int batch_size, bool shuffle, bool drop_last)
{
	data->batch[split] = batch_size;
	data->shuffle |= shuffle;
	data->drop_last = drop_last;
}

mosaic_random mosaic_random_for(const mosaic_run_info *run, const char *purpose)
{
	(void)run;
	assert_true(strncmp(purpose, "dataset_", 8) == 0);
	return (mosaic_random){{1, 2}, 3};
}

int64_t mosaic_random_below(mosaic_random *r, int64_t n)
{
	r->key[0] = r->key[0] * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)(r->key[0] >> 33) % n;
}

static int64_t told[3];

void mosaic_info_int(mosaic_info *info, const char *name, int64_t value)
{
	(void)info;
	told[strcmp(name, "batch_size") == 0 ? 0 : strcmp(name, "input_size") == 0 ? 1 : 2] = value;
}

static void check_data(mosaic_data *data, bool (*operator)(bool, bool))
{
	static const int64_t samples[] = {160, 160, 40, 40};
	bool seen[2][2] = {{false}};
	assert_int_equal(data->count, 4);
	for (int k = 0; k < 4; k++)
		assert_int_equal(data->at[k].samples, samples[k]);
	for (int k = 0; k < 4; k += 2) {
		const float *x = data->at[k].at, *y = data->at[k + 1].at;
		assert_int_equal(data->at[k].shape[0], 2);
		assert_int_equal(data->at[k + 1].shape[0], 1);
		for (int64_t i = 0; i < samples[k]; i++) {
			assert_true((x[2 * i] == 0 || x[2 * i] == 1) && (x[2 * i + 1] == 0 || x[2 * i + 1] == 1));
			assert_true(y[i] == operator(x[2 * i] == 1, x[2 * i + 1] == 1));
			seen[(int)x[2 * i]][(int)x[2 * i + 1]] = true;
		}
	}
	assert_true(seen[0][0] && seen[0][1] && seen[1][0] && seen[1][1]);
	assert_true(data->batch[MOSAIC_TRAIN] == 5 && data->batch[MOSAIC_TEST] == 5 && data->drop_last && !data->shuffle);
	for (int k = 0; k < 4; k++)
		free(data->at[k].at);
}

static void test_datasets(void **state)
{
	(void)state;
	struct dataset_OR or = {5, 200, 0.8f};
	struct dataset_AND and = {5, 200, 0.8f};
	struct mosaic_data data = {.count = 0};
	dataset_OR_prepare(&or, &data, NULL);
	check_data(&data, logical_or);
	data = (struct mosaic_data){.count = 0};
	dataset_AND_prepare(&and, &data, NULL);
	check_data(&data, logical_and);
	dataset_OR_info(&or, NULL);
	assert_true(told[0] == 5 && told[1] == 2 && told[2] == 1);
	memset(told, 0, sizeof told);
	dataset_AND_info(&and, NULL);
	assert_true(told[0] == 5 && told[1] == 2 && told[2] == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tutorial_sizes), cmocka_unit_test(test_funnel_falls), cmocka_unit_test(test_refused), cmocka_unit_test(test_datasets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
