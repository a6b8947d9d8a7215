/* test_data.c: what data modules may do, and the messages for what they may not. */
#include "unit.h"

#include <unistd.h>

enum mistake { SAMPLES, NO_NAME, BAD_SHAPE, TOO_LARGE, OVERFLOW, BAD_SPLIT, BATCH_ZERO, INDEX, NOT_INTEGER, STREAM_VALUE, MISSING_FILE, BAD_MODE, MAP_SHORT, MAP_OFFSET,
	NO_READER, KEEP_NULL };

static struct mosaic_array *add(mosaic_data *data, enum mosaic_split split, enum mosaic_type type, const char *name, int64_t samples, int64_t n)
{
	return mosaic_add(data, split, MOSAIC_INPUT, type, name, samples, 1, &n);
}

static void reader(void *context, int64_t first, int64_t count, void *out)
{
	(void)context;
	for (int64_t i = 0; i < count; i++)
		((float *)out)[i] = (float)(first + i);
}

struct making { enum mistake mistake; mosaic_data *data; };

static void make(void *context)
{
	struct making *c = context;
	mosaic_data *data = c->data;
	int64_t shape[] = {INT64_MAX / 4, 8};
	struct mosaic_array *x = add(data, MOSAIC_TRAIN, MOSAIC_INT32, "x", 10, 2);

	switch (c->mistake) {
	case SAMPLES: add(data, MOSAIC_TRAIN, MOSAIC_FLOAT32, "y", 9, 2); break;
	case NO_NAME: add(data, MOSAIC_TRAIN, MOSAIC_FLOAT32, NULL, 10, 2); break;
	case BAD_SHAPE: add(data, MOSAIC_TRAIN, MOSAIC_FLOAT32, "y", 10, 0); break;
	case TOO_LARGE: add(data, MOSAIC_TEST, MOSAIC_FLOAT32, "y", INT64_MAX / 8, 1); break;
	case OVERFLOW: mosaic_add(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT64, "y", 10, 2, shape); break;
	case BAD_SPLIT: add(data, MOSAIC_SPLITS, MOSAIC_FLOAT32, "y", 10, 2); break;
	case BATCH_ZERO: mosaic_loader(data, MOSAIC_TEST, 0, false, false); break;
	case INDEX: mosaic_value(x, 20); break;
	case NOT_INTEGER: mosaic_set_value(x, 0, 0.5); break;
	case STREAM_VALUE: mosaic_value(mosaic_stream(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT32, "s", 10, 0, NULL, reader, NULL), 0); break;
	case MISSING_FILE: mosaic_read_file("/nowhere/at all.csv", NULL); break;
	case BAD_MODE: mosaic_open("test_data.tmp", "w"); break;
	case MAP_SHORT: mosaic_map(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT32, "m", "test_data.tmp", 4, 10, 0, NULL); break;
	case MAP_OFFSET: mosaic_map(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT32, "m", "test_data.tmp", 3, 10, 0, NULL); break;
	case NO_READER: mosaic_stream(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT32, "s", 10, 0, NULL, NULL, NULL); break;
	case KEEP_NULL: mosaic_keep(data, "mean", 3, NULL); break;
	}
}

static void mistakes_are_told(void **state)
{
	static const struct { enum mistake mistake; const char *message; } cases[] = {
		{SAMPLES, "mosaic_add: 'y' has 9 samples, 'x' has 10: arrays of the train part have the same count of samples"},
		{NO_NAME, "mosaic_add: an array needs a name"},
		{BAD_SHAPE, "mosaic_add: 'y': the shape [0] of a sample is not possible"},
		{TOO_LARGE, "mosaic_add: 'y': not enough memory for 4611686018427387900 bytes; use mosaic_map or mosaic_stream"},
		{OVERFLOW, "mosaic_add: 'y': the shape [2305843009213693951,8] of a sample is not possible"},
		{BAD_SPLIT, "mosaic_add: there is no part 3; use MOSAIC_TRAIN, MOSAIC_TEST or MOSAIC_VALIDATION"},
		{BATCH_ZERO, "mosaic_loader: the batch size of the test part is 0; it is at least 1"},
		{INDEX, "mosaic_value: 'x' has 20 values, index 20 was asked for"},
		{NOT_INTEGER, "mosaic_set_value: 'x' is int32 and cannot hold 0.5"},
		{STREAM_VALUE, "mosaic_value: 's' is a stream; its values are not in memory"},
		{MISSING_FILE, "/nowhere/at all.csv: cannot open: No such file or directory"},
		{BAD_MODE, "mosaic_open(\"test_data.tmp\"): the mode can be \"r\" or \"rb\", got \"w\""},
		{MAP_SHORT, "test_data.tmp: has 40 bytes; 40 bytes from byte 4 on were asked for"},
		{MAP_OFFSET, "mosaic_map: 'm': the offset 3 is not a multiple of the 4 bytes of float32"},
		{NO_READER, "mosaic_stream: 's': the function that reads is NULL"},
		{KEEP_NULL, "mosaic_keep: 'mean': 3 values cannot be kept"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct making c = {cases[i].mistake, mosaic_data_new()};
		expect_fail(make, &c, cases[i].message);
		mosaic_data_free(c.data);
	}
}

static void every_type_holds_numbers(void **state)
{
	static const double values[] = {1.5, -2.25, -7, 123456789012.0, 255};
	mosaic_data *data = mosaic_data_new();

	(void)state;
	for (int t = MOSAIC_FLOAT32; t <= MOSAIC_UINT8; t++) {
		struct mosaic_array *a = add(data, MOSAIC_TRAIN, (enum mosaic_type)t, mosaic_type_name((enum mosaic_type)t), 3, 2);
		assert_true(mosaic_value(a, 5) == 0);
		mosaic_set_value(a, 5, values[t]);
		assert_true(mosaic_value(a, 5) == values[t]);
		assert_ptr_equal(mosaic_get(data, MOSAIC_TRAIN, t), a);
	}
	assert_null(mosaic_get(data, MOSAIC_TRAIN, 5));
	assert_int_equal(mosaic_samples(data, MOSAIC_TRAIN), 3);
	assert_int_equal(mosaic_samples(data, MOSAIC_VALIDATION), 0);
	mosaic_data_free(data);
}

static void changed_descriptions_are_checked(void **state)
{
	mosaic_data *data = mosaic_data_new();
	struct mosaic_array *x = add(data, MOSAIC_TRAIN, MOSAIC_FLOAT32, "x", 10, 4);
	char why[200];

	(void)state;
	assert_true(mosaic_data_check(data, why, sizeof why));
	x->samples = 5;
	x->shape[0] = 8;
	assert_true(mosaic_data_check(data, why, sizeof why));
	x->samples = 6;
	assert_false(mosaic_data_check(data, why, sizeof why));
	assert_string_equal(why, "train array 'x': 6 samples of float32 [8] need 192 bytes, it was made with 160");
	x->shape[0] = -8;
	assert_false(mosaic_data_check(data, why, sizeof why));
	assert_string_equal(why, "train array 'x': its description was changed into one that is not possible");
	x->shape[0] = 4;
	add(data, MOSAIC_TRAIN, MOSAIC_FLOAT32, "y", 6, 1);
	x->samples = 10;
	assert_false(mosaic_data_check(data, why, sizeof why));
	assert_string_equal(why, "train array 'y' has 6 samples, 'x' has 10: they must be the same");
	x->samples = 6;
	x->at = NULL;
	assert_false(mosaic_data_check(data, why, sizeof why));
	assert_string_equal(why, "train array 'x': its memory was set to NULL");
	mosaic_data_free(data);
}

static void maps_are_private(void **state)
{
	mosaic_data *data = mosaic_data_new();
	struct mosaic_array *a = mosaic_map(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_INT32, "m", "test_data.tmp", 8, 8, 0, NULL);
	size_t size;

	(void)state;
	assert_true(mosaic_value(a, 0) == 2);
	assert_true(mosaic_value(a, 7) == 9);
	mosaic_set_value(a, 0, 77);
	int32_t *file = mosaic_read_file("test_data.tmp", &size);
	assert_int_equal(size, 40);
	assert_int_equal(file[2], 2);
	free(file);
	mosaic_data_free(data);
}

static void files_are_recorded_with_their_hash(void **state)
{
	struct mosaic_files files = {0};

	(void)state;
	assert_null(mosaic_files_record(&files));
	FILE *f = mosaic_open("test_data.tmp", "rb");
	assert_int_equal(fgetc(f), 0);
	fclose(f);
	free(mosaic_read_file("test_data.tmp", NULL));
	assert_ptr_equal(mosaic_files_record(NULL), &files);
	assert_int_equal(files.count, 1);
	assert_string_equal(files.at[0].path, "test_data.tmp");
	assert_int_equal(files.at[0].bytes, 40);
	assert_string_equal(files.at[0].hash, "30b8eaf2d6b89654f715e1d1b85cd822");
	mosaic_files_free(&files);
}

static void kept_values_have_owners(void **state)
{
	mosaic_data *data = mosaic_data_new();
	int64_t count;

	(void)state;
	mosaic_data_owner(data, "first");
	mosaic_keep(data, "mean", 2, (double[]){1, 2});
	mosaic_keep_text(data, "names", "a\nb");
	mosaic_data_owner(data, "second");
	assert_true(mosaic_kept(data, "mean", &count)[1] == 2);      /* of another class, when it has none of its own */
	mosaic_keep(data, "mean", 1, (double[]){5});
	assert_true(mosaic_kept(data, "mean", &count)[0] == 5);
	assert_int_equal(count, 1);
	mosaic_data_owner(data, "first");
	assert_true(mosaic_kept(data, "mean", &count)[0] == 1);
	assert_string_equal(mosaic_kept_text(data, "names"), "a\nb");
	assert_null(mosaic_kept(data, "none", &count));
	assert_int_equal(count, 0);
	assert_null(mosaic_kept_text(data, "mean"));
	mosaic_data_free(data);
}

static void infos_are_texts(void **state)
{
	struct mosaic_info info = {0};
	struct mosaic_run_info run = {.id = 3, .seed = 9};
	struct mosaic_module_info module = {(const char *const[]){"a", "1", "b", "2", NULL}, (const char *const[]){"b", "3", NULL}};

	(void)state;
	mosaic_info_int(&info, "size", -5);
	mosaic_info_float(&info, "rate", 0.1);
	mosaic_info_bool(&info, "flag", true);
	mosaic_info_string(&info, "size", "again");
	assert_int_equal(info.count, 3);
	assert_string_equal(trainer_info_get(&info, "size"), "again");
	assert_string_equal(trainer_info_get(&info, "rate"), "0.1");
	assert_string_equal(trainer_info_get(&info, "flag"), "true");
	run.infos = info;
	assert_string_equal(mosaic_run_get(&run, "rate"), "0.1");
	assert_null(mosaic_run_get(&run, "none"));
	assert_string_equal(mosaic_run_device(&run), "cpu");
	assert_int_equal(mosaic_run_seed(&run), 9);
	assert_string_equal(mosaic_module_get(&module, "a"), "1");
	assert_string_equal(mosaic_module_get(&module, "b"), "3");
	assert_null(mosaic_module_get(&module, "c"));
	trainer_info_free(&info);
}

static void hashes_see_every_part(void **state)
{
	char before[33], after[33];
	bool streams;
	mosaic_data *data = mosaic_data_new();
	struct mosaic_array *x = add(data, MOSAIC_TRAIN, MOSAIC_FLOAT32, "x", 10, 4);

	(void)state;
#define CHANGES(change) \
	do { \
		mosaic_data_hash(data, before, &streams); \
		change; \
		mosaic_data_hash(data, after, &streams); \
		assert_string_not_equal(before, after); \
	} while (0)
	CHANGES(mosaic_set_value(x, 39, 1e-30));
	CHANGES(mosaic_loader(data, MOSAIC_TRAIN, 2, false, false));
	CHANGES(mosaic_loader(data, MOSAIC_TRAIN, 2, true, false));
	CHANGES(x->samples = 9);
	CHANGES(mosaic_keep(data, "mean", 1, (double[]){5}));
	CHANGES(mosaic_columns(data, "a\nb"));
	assert_false(streams);
	CHANGES(mosaic_stream(data, MOSAIC_TEST, MOSAIC_INPUT, MOSAIC_FLOAT32, "s", 10, 0, NULL, reader, NULL));
	assert_true(streams);
	mosaic_data_free(data);
}

static int write_file(void **state)
{
	int32_t values[10];
	FILE *f = fopen("test_data.tmp", "wb");

	(void)state;
	for (int i = 0; i < 10; i++)
		values[i] = i;
	return !f || fwrite(values, sizeof values, 1, f) != 1 || fclose(f) != 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink("test_data.tmp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told), cmocka_unit_test(every_type_holds_numbers), cmocka_unit_test(changed_descriptions_are_checked),
		cmocka_unit_test(maps_are_private), cmocka_unit_test(files_are_recorded_with_their_hash), cmocka_unit_test(kept_values_have_owners),
		cmocka_unit_test(infos_are_texts), cmocka_unit_test(hashes_see_every_part),
	};

	return cmocka_run_group_tests(tests, write_file, remove_file);
}
