/* test_arrays.c: arrays that one module made in the hands of another: dealt to the parts, remade, changed at each load, read ahead. */
#include "unit.h"

#include <unistd.h>

enum { SAMPLES = 12, VALUES = 2 };

static int slow;                                   /* microseconds that a read takes */
static int64_t broken = -1;                        /* sample that cannot be read */

static void reader(void *context, int64_t first, int64_t count, void *out)
{
	(void)context;
	usleep((useconds_t)slow);
	for (int64_t i = 0; i < count * VALUES; i++) {
		if (first + i / VALUES == broken)
			mosaic_fail("sample %lld is broken", (long long)broken);
		((float *)out)[i] = (float)((first + i / VALUES) * 10 + i % VALUES);
	}
}

enum source { MEMORY, FILE_, STREAM };

static mosaic_data *data_of(enum source source)
{
	mosaic_data *data = mosaic_data_new();
	int64_t shape[] = {VALUES};
	float values[SAMPLES * VALUES];

	reader(NULL, 0, SAMPLES, values);
	if (source == STREAM)
		mosaic_stream(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT32, "x", SAMPLES, 1, shape, reader, NULL);
	if (source == MEMORY)
		memcpy(mosaic_add(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT32, "x", SAMPLES, 1, shape)->at, values, sizeof values);
	if (source == FILE_) {
		FILE *f = fopen("test_arrays.tmp", "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(values, sizeof values, 1, f), 1);
		fclose(f);
		mosaic_map(data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT32, "x", "test_arrays.tmp", 0, SAMPLES, 1, shape);
	}
	int32_t *y = mosaic_labels(data, MOSAIC_TRAIN, "y", SAMPLES);
	for (int i = 0; i < SAMPLES; i++)
		y[i] = i;
	return data;
}

static void check_rows(const mosaic_data *data, enum mosaic_split split, const int64_t *rows, int64_t count)
{
	double x[VALUES], y;

	assert_int_equal(mosaic_samples(data, split), count);
	for (int64_t i = 0; i < count; i++) {
		mosaic_read(data, mosaic_get((mosaic_data *)data, split, 0), i, 1, x);
		mosaic_read(data, mosaic_get((mosaic_data *)data, split, 1), i, 1, &y);
		assert_true(y == (double)rows[i] && x[0] == (double)rows[i] * 10 && x[1] == (double)rows[i] * 10 + 1);
	}
}

static void samples_are_dealt(void **state)
{
	static const int64_t in_order[SAMPLES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, mixed[SAMPLES] = {3, 0, 11, 5, 6, 7, 2, 1, 10, 4, 9, 8};

	(void)state;
	for (int source = MEMORY; source <= STREAM; source++)
		for (int m = 0; m < 2; m++) {
			const int64_t *all = m ? mixed : in_order, *rows[] = {all, all + 9, all + 7}, count[] = {7, 3, 2};
			mosaic_data *data = data_of((enum source)source);
			char why[256];
			mosaic_loader(data, MOSAIC_TRAIN, 5, true, true);
			mosaic_divide(data, rows, count);
			assert_true(mosaic_data_check(data, why, sizeof why));
			for (int s = 0; s < MOSAIC_SPLITS; s++)
				check_rows(data, (enum mosaic_split)s, rows[s], count[s]);
			assert_int_equal(mosaic_get(data, MOSAIC_TRAIN, 0)->at == NULL, source == STREAM);
			int batch;
			bool shuffle, drop_last;
			mosaic_loader_get(data, MOSAIC_TEST, &batch, &shuffle, &drop_last);
			assert_true(batch == 5 && !shuffle && !drop_last);
			mosaic_loader_get(data, MOSAIC_TRAIN, &batch, &shuffle, &drop_last);
			assert_true(batch == 5 && shuffle && drop_last);
			mosaic_data_owner(data, "next");           /* what nobody needs any more goes; views stay */
			check_rows(data, MOSAIC_TEST, rows[MOSAIC_TEST], 3);
			mosaic_data_free(data);
		}
	unlink("test_arrays.tmp");
}

static void arrays_are_remade(void **state)
{
	char why[256];

	(void)state;
	for (int source = MEMORY; source <= FILE_; source++) {
		mosaic_data *data = data_of((enum source)source);
		struct mosaic_array *x = mosaic_get(data, MOSAIC_TRAIN, 0), old = mosaic_remake(data, x, MOSAIC_FLOAT64, SAMPLES, 2, (const int64_t[]){VALUES, 3});
		assert_true(x->rank == 2 && x->type == MOSAIC_FLOAT64 && mosaic_value(x, SAMPLES * 6 - 1) == 0);
		assert_true(old.rank == 1 && mosaic_value(&old, 2 * 11 + 1) == 111);
		mosaic_set_value(x, SAMPLES * 6 - 1, mosaic_value(&old, 3));
		mosaic_data_owner(data, "next");
		assert_true(mosaic_value(x, SAMPLES * 6 - 1) == 11);
		assert_true(mosaic_data_check(data, why, sizeof why));
		assert_string_equal(x->name, "x");
		mosaic_data_free(data);
	}
	unlink("test_arrays.tmp");
}

/* Three numbers of two. */
static void widen(const void *context, const struct mosaic_array *before, const double *sample, double *out)
{
	assert_true(before->rank == 1 && before->shape[0] == VALUES);
	out[0] = sample[0] + *(const double *)context;
	out[2] = sample[1];
}

static void twice(const void *context, const struct mosaic_array *before, const double *sample, double *out)
{
	(void)context;
	assert_true(before->shape[0] == 3);
	for (int v = 0; v < 3; v++)
		out[v] = 2 * sample[v];
}

static void arrays_are_remade_at_each_load(void **state)
{
	static const int64_t mixed[SAMPLES] = {3, 0, 11, 5, 6, 7, 2, 1, 10, 4, 9, 8}, three = 3;
	char why[256], hash[2][33];
	bool streams;

	(void)state;
	for (int source = MEMORY; source <= STREAM; source++)
		for (int divided = 0; divided < 2; divided++) {
			mosaic_data *data = data_of((enum source)source);
			if (divided)
				mosaic_divide(data, (const int64_t *const[]){mixed, NULL, NULL}, (const int64_t[]){SAMPLES, 0, 0});
			struct mosaic_array *x = mosaic_get(data, MOSAIC_TRAIN, 0);
			double out[4 * 3];
			mosaic_remake_each(data, x, 1, &three, widen, &(double){0.5}, sizeof(double));
			mosaic_data_hash(data, hash[0], &streams);
			assert_true(x == mosaic_get(data, MOSAIC_TRAIN, 0) && !x->at && x->type == MOSAIC_FLOAT64 && streams);
			assert_string_equal(x->name, "x");
			mosaic_data_owner(data, "next");
			mosaic_remake_each(data, x, 1, &three, twice, NULL, 0);
			mosaic_data_hash(data, hash[1], &streams);
			assert_string_not_equal(hash[0], hash[1]);
			assert_true(mosaic_data_check(data, why, sizeof why));
			mosaic_read(data, x, 2, 4, out);
			for (int i = 0; i < 4; i++) {
				double row = divided ? (double)mixed[2 + i] : 2 + i;
				assert_true(out[3 * i] == 2 * (row * 10 + 0.5) && out[3 * i + 1] == 0 && out[3 * i + 2] == 2 * (row * 10 + 1));
			}
			struct mosaic_array old = mosaic_remake(data, x, MOSAIC_FLOAT32, SAMPLES, 0, NULL);
			assert_true(!old.at && x->at && mosaic_value(x, 3) == 0);
			mosaic_data_free(data);
		}
	unlink("test_arrays.tmp");
}

/* ---- changes at each load ---------------------------------------------------------------------- */

static void jitter(const void *context, const struct mosaic_array *a, double *sample, mosaic_random *random)
{
	assert_string_equal(a->name, "x");
	for (int v = 0; v < VALUES; v++)
		sample[v] += *(const double *)context * mosaic_random_uniform(random);
}

static const struct mosaic_io ios[] = {{.name = "x", .rank = 1, .shape = {VALUES}}, {.name = "y", .target = true}};

/* What each sample is in an epoch, in each lane. */
struct seen { double x[MOSAIC_LANES_MAX][SAMPLES][VALUES]; };

static struct seen see(enum source source, int lanes, int batch, int64_t epoch, int64_t first_batch, double by)
{
	struct mosaic_program p = {.abi = MOSAIC_TRAINER_ABI, .name = "arrays", .lanes = lanes, .real_bytes = 8, .batch = batch, .ios = ios, .io_count = 2,
		.column_count = 1, .columns = (const char *const[]){"loss"}};
	struct trainer_run *runs[MOSAIC_LANES_MAX];
	struct trainer_loader l;
	struct seen out = {0};

	for (int lane = 0; lane < lanes; lane++) {
		runs[lane] = trainer_run_new(&p);
		runs[lane]->seed = (uint64_t)lane + 1;
		runs[lane]->data = data_of(source);
		mosaic_data_owner(runs[lane]->data, "noise");
		if (by > 0)
			mosaic_each_load(runs[lane]->data, MOSAIC_TRAIN, mosaic_get(runs[lane]->data, MOSAIC_TRAIN, 0), "jitter", jitter, &by, sizeof by);
		mosaic_loader(runs[lane]->data, MOSAIC_TRAIN, batch, true, false);
	}
	trainer_loader_open(&l, &p, runs, MOSAIC_TRAIN);
	trainer_loader_epoch(&l, epoch);
	for (int64_t b = first_batch; b < l.batches; b++) {
		int n = trainer_loader_batch(&l, b);
		for (int i = 0; i < n * lanes; i++) {
			int64_t sample = (int64_t)((const double *)l.at[1])[i];
			for (int v = 0; v < VALUES; v++)
				out.x[i % lanes][sample][v] = ((const double *)l.at[0])[(i / lanes * VALUES + v) * lanes + i % lanes];
		}
	}
	trainer_loader_close(&l);
	for (int lane = 0; lane < lanes; lane++)
		trainer_run_free(runs[lane]);
	unlink("test_arrays.tmp");
	return out;
}

/* A sample's change depends on seed, epoch and its number: not on lanes, batches, where the data is, who is faster, where the epoch began. */
static void changes_are_reproducible(void **state)
{
	struct seen one = see(MEMORY, 1, 1, 3, 0, 0.5), next = see(MEMORY, 1, 1, 4, 0, 0.5), four = see(MEMORY, 4, 5, 3, 0, 0.5);

	(void)state;
	assert_memory_equal(one.x[0], four.x[0], sizeof one.x[0]);
	assert_memory_not_equal(one.x[0], next.x[0], sizeof one.x[0]);
	assert_memory_not_equal(four.x[0], four.x[1], sizeof one.x[0]);
	for (int i = 0; i < SAMPLES; i++)
		assert_true(one.x[0][i][0] > i * 10 && one.x[0][i][0] < i * 10 + 0.5 && one.x[0][i][0] != one.x[0][i][1] - 1);
	for (int source = FILE_; source <= STREAM; source++)
		for (slow = 0; slow < 600; slow += 300) {
			struct seen other = see((enum source)source, 4, 5, 3, 0, 0.5);
			assert_memory_equal(&four, &other, sizeof four);
		}
	slow = 0;
	struct seen late = see(STREAM, 1, 1, 3, 5, 0.5);
	int found = 0;
	for (int i = 0; i < SAMPLES; i++)
		found += memcmp(late.x[0][i], one.x[0][i], sizeof one.x[0][i]) == 0;
	assert_int_equal(found, SAMPLES - 5);
}

static void hashes_know_of_changes(void **state)
{
	char hash[3][33];
	bool streams;

	(void)state;
	for (int i = 0; i < 3; i++) {
		mosaic_data *data = data_of(MEMORY);
		if (i)
			mosaic_each_load(data, MOSAIC_TRAIN, mosaic_get(data, MOSAIC_TRAIN, 0), "jitter", jitter, &(double){0.1 * i}, sizeof(double));
		assert_int_equal(mosaic_changing(data, mosaic_get(data, MOSAIC_TRAIN, 0)), i > 0);
		mosaic_data_hash(data, hash[i], &streams);
		mosaic_data_free(data);
	}
	assert_string_not_equal(hash[0], hash[1]);
	assert_string_not_equal(hash[1], hash[2]);
}

/* ---- reading ahead ------------------------------------------------------------------------------- */

static void a_broken_sample_ends_its_run(void **state)
{
	struct mosaic_program p = {.abi = MOSAIC_TRAINER_ABI, .name = "arrays", .lanes = 1, .real_bytes = 4, .batch = 2, .ios = ios, .io_count = 2,
		.column_count = 1, .columns = (const char *const[]){"loss"}};
	struct trainer_run *run = trainer_run_new(&p);
	struct trainer_loader l;

	(void)state;
	run->data = data_of(STREAM);
	mosaic_loader(run->data, MOSAIC_TRAIN, 2, false, false);
	trainer_loader_open(&l, &p, &run, MOSAIC_TRAIN);
	assert_non_null(l.ahead);
	broken = 7;
	trainer_loader_epoch(&l, 0);
	for (int64_t b = 0; b < l.batches; b++)
		assert_int_equal(trainer_loader_batch(&l, b), 2);
	broken = -1;
	assert_int_equal(run->status, RUN_FAILED);
	assert_string_equal(run->failure, "sample 7 is broken");
	trainer_loader_close(&l);
	trainer_run_free(run);
}

/* Epochs that are left in the middle: the thread is stopped, and the next one begins where it is asked to. */
static void epochs_may_be_left(void **state)
{
	struct mosaic_program p = {.abi = MOSAIC_TRAINER_ABI, .name = "arrays", .lanes = 1, .real_bytes = 4, .batch = 1, .ios = ios, .io_count = 2,
		.column_count = 1, .columns = (const char *const[]){"loss"}};
	struct trainer_run *run = trainer_run_new(&p);
	struct trainer_loader l;

	(void)state;
	run->data = data_of(STREAM);
	trainer_loader_open(&l, &p, &run, MOSAIC_TRAIN);
	for (int64_t leave = 0; leave < SAMPLES; leave++) {
		trainer_loader_epoch(&l, leave);
		for (int64_t b = leave; b < SAMPLES && b < 2 * leave + 1; b++) {
			trainer_loader_batch(&l, b);
			assert_true(*(const float *)l.at[0] == (float)b * 10 && *(const float *)l.at[1] == (float)b);
		}
	}
	trainer_loader_close(&l);
	trainer_run_free(run);
}

static int waited;

static void count_wait(bool on)
{
	waited += on ? 1 : 10;
}

static void long_reads_may_be_nested(void **state)
{
	(void)state;
	struct mosaic_cache_settings before = mosaic_cache_get();
	mosaic_cache_set((struct mosaic_cache_settings){NULL, -1, count_wait});
	mosaic_long_read(true);
	assert_int_equal(waited, 1);
	mosaic_long_read(true);
	mosaic_long_read(false);
	assert_int_equal(waited, 1);
	mosaic_long_read(false);
	mosaic_long_read(false);
	assert_int_equal(waited, 11);
	mosaic_cache_set(before);
}

/* ---- mistakes --------------------------------------------------------------------------------------- */

enum mistake { FOREIGN, TOO_FAR, NO_ROW, PART_THERE, REMAKE_CHANGED, REMAKE_EACH_CHANGED, DIVIDE_CHANGED };
struct making { enum mistake mistake; mosaic_data *data; };

static void make(void *context)
{
	const struct making *c = context;
	struct mosaic_array *x = mosaic_get(c->data, MOSAIC_TRAIN, 0), foreign = *x;
	double out[VALUES];
	const int64_t row = SAMPLES, *const rows[] = {&row, &row, NULL}, count[] = {1, 1, 0};

	if (c->mistake >= REMAKE_CHANGED)
		mosaic_each_load(c->data, MOSAIC_TRAIN, x, "jitter", jitter, &(double){1}, sizeof(double));
	if (c->mistake == PART_THERE)
		mosaic_labels(c->data, MOSAIC_TEST, "y", 1)[0] = 0;
	switch (c->mistake) {
	case FOREIGN: mosaic_read(c->data, &foreign, 0, 1, out); break;
	case TOO_FAR: mosaic_read(c->data, x, SAMPLES, 1, out); break;
	case REMAKE_CHANGED: mosaic_remake(c->data, x, MOSAIC_FLOAT64, SAMPLES, 0, NULL); break;
	case REMAKE_EACH_CHANGED: mosaic_remake_each(c->data, x, 1, &row, widen, NULL, 0); break;
	default: mosaic_divide(c->data, rows, count); break;
	}
}

static void mistakes_are_told(void **state)
{
	static const char *const messages[] = {
		[FOREIGN] = "mosaic_read: this array is none of the data; take one from mosaic_get",
		[TOO_FAR] = "mosaic_read: 'x' has 12 samples; 1 from 12 on were asked for",
		[NO_ROW] = "mosaic_divide: there is no sample 12; there are 12",
		[PART_THERE] = "mosaic_divide: there is a test part already",
		[REMAKE_CHANGED] = "'x' changes each time that it is loaded; its shape and type cannot change behind that: put the module before the one that does it",
		[REMAKE_EACH_CHANGED] = "'x' changes each time that it is loaded; its shape and type cannot change behind that: put the module before the one that does it",
		[DIVIDE_CHANGED] = "'x' changes each time that it is loaded: samples are dealt to train and test before that",
	};

	(void)state;
	for (int i = 0; i <= DIVIDE_CHANGED; i++) {
		struct making c = {(enum mistake)i, data_of(MEMORY)};
		expect_fail(make, &c, messages[i]);
		mosaic_data_free(c.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_dealt), cmocka_unit_test(arrays_are_remade), cmocka_unit_test(arrays_are_remade_at_each_load), cmocka_unit_test(changes_are_reproducible), cmocka_unit_test(hashes_know_of_changes),
		cmocka_unit_test(a_broken_sample_ends_its_run), cmocka_unit_test(epochs_may_be_left), cmocka_unit_test(long_reads_may_be_nested), cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
