/* test_loader.c: batches arrive in lanes, in each lane's order, whatever the type and the source of the data. */
#include "unit.h"

enum { SAMPLES = 10, VALUES = 3, LANES = 4 };

static const struct mosaic_io ios[] = {{.name = "x", .rank = 1, .shape = {VALUES}}, {.name = "y", .target = true}};

static struct mosaic_program program(int lanes, int real_bytes)
{
	return (struct mosaic_program){.abi = MOSAIC_TRAINER_ABI, .name = "loader", .lanes = lanes, .real_bytes = real_bytes, .batch = 4, .ios = ios, .io_count = 2,
		.column_count = 1, .columns = (const char *const[]){"loss"}};
}

static double value(int64_t sample, int v, uint64_t seed)
{
	return (double)(seed * 100 + (uint64_t)sample * 3 + (uint64_t)v) - (v == 2 && seed == 1 ? 0.25 : 0);
}

static int reads, most;

static void reader(void *context, int64_t first, int64_t count, void *out)
{
	reads++;
	most = count > most ? (int)count : most;
	for (int64_t i = 0; i < count * VALUES; i++)
		((double *)out)[i] = value(first + i / VALUES, (int)(i % VALUES), (uintptr_t)context);
}

static struct trainer_run *run_with(const struct mosaic_program *p, uint64_t seed, enum mosaic_type type, bool stream, int batch, bool shuffle, bool drop_last)
{
	struct trainer_run *run = trainer_run_new(p);

	run->seed = seed;
	run->data = mosaic_data_new();
	/* The target stands first: order is within a role. */
	struct mosaic_array *y = mosaic_add(run->data, MOSAIC_TRAIN, MOSAIC_TARGET, MOSAIC_UINT8, "y", SAMPLES, MOSAIC_DIMS()), *x;
	if (stream)
		mosaic_stream(run->data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_FLOAT64, "x", SAMPLES, MOSAIC_DIMS(VALUES), reader, (void *)(uintptr_t)seed);
	else
		x = mosaic_add(run->data, MOSAIC_TRAIN, MOSAIC_INPUT, type, "x", SAMPLES, MOSAIC_DIMS(VALUES));
	for (int64_t i = 0; i < SAMPLES; i++) {
		mosaic_set_value(y, i, (double)i);
		for (int v = 0; !stream && v < VALUES; v++)
			mosaic_set_value(x, i * VALUES + v, type < MOSAIC_INT32 ? value(i, v, seed) : (double)(int64_t)value(i, v, seed));
	}
	mosaic_loader(run->data, MOSAIC_TRAIN, batch, shuffle, drop_last);
	return run;
}

static double scalar_at(const void *at, size_t index, size_t bytes)
{
	return bytes == 8 ? ((const double *)at)[index] : (double)((const float *)at)[index];
}

/* One epoch: each lane sees each sample of its own data once, targets beside their inputs; *orders gets who came when. */
static void check_epoch(struct trainer_loader *l, int lanes, enum mosaic_type type, int64_t epoch, int64_t orders[][SAMPLES])
{
	bool seen[MOSAIC_LANES_MAX][SAMPLES] = {{false}};
	int64_t position = 0;

	trainer_loader_epoch(l, epoch);
	for (int64_t b = 0; b < l->batches; b++) {
		int n = trainer_loader_batch(l, b);
		assert_int_equal(n, b * l->batch + l->batch <= l->samples ? l->batch : l->samples - b * l->batch);
		for (int i = 0; i < n; i++, position++)
			for (int lane = 0; lane < lanes; lane++) {
				int64_t sample = (int64_t)scalar_at(l->at[1], (size_t)(i * lanes + lane), l->scalar);
				assert_in_range(sample, 0, SAMPLES - 1);
				assert_false(seen[lane][sample]);
				seen[lane][sample] = true;
				orders[lane][position] = sample;
				for (int v = 0; v < VALUES; v++) {
					double got = scalar_at(l->at[0], (size_t)((i * VALUES + v) * lanes + lane), l->scalar), expected = value(sample, v, l->runs[lane]->seed);
					assert_true(got == (type < MOSAIC_INT32 ? expected : (double)(int64_t)expected));
				}
			}
	}
	assert_int_equal(position, l->samples);
}

static void with(int lanes, int bytes, enum mosaic_type type, bool stream, int batch, bool shuffle, bool drop_last)
{
	struct mosaic_program p = program(lanes, bytes);
	struct trainer_run *runs[MOSAIC_LANES_MAX];
	struct trainer_loader l;
	int64_t first[MOSAIC_LANES_MAX][SAMPLES], second[MOSAIC_LANES_MAX][SAMPLES];

	for (int i = 0; i < lanes; i++)                  /* the last lane repeats the first, as when runs are missing */
		runs[i] = i && i == lanes - 1 ? runs[0] : run_with(&p, (uint64_t)i, type, stream, batch, shuffle, drop_last);
	trainer_loader_open(&l, &p, runs, MOSAIC_TRAIN);
	assert_int_equal(l.batches, drop_last ? SAMPLES / batch : (SAMPLES + batch - 1) / batch);
	assert_int_equal(l.samples, drop_last ? SAMPLES / batch * batch : SAMPLES);
	check_epoch(&l, lanes, type, 0, first);
	check_epoch(&l, lanes, type, 1, second);
	size_t used = (size_t)l.samples * sizeof(int64_t);
	for (int i = 0; i < lanes; i++) {
		assert_true(shuffle == (memcmp(first[i], second[i], used) != 0));
		for (int64_t k = 0; k < l.samples && !shuffle; k++)
			assert_int_equal(first[i][k], k);
	}
	if (lanes > 2 && shuffle)
		assert_memory_not_equal(first[0], first[1], used);
	if (lanes > 1)
		assert_memory_equal(first[0], first[lanes - 1], used);
	check_epoch(&l, lanes, type, 0, second);         /* an order depends on its epoch alone: runs can be resumed */
	for (int i = 0; i < lanes; i++)
		assert_memory_equal(first[i], second[i], used);
	trainer_loader_close(&l);
	for (int i = 0; i < (lanes > 1 ? lanes - 1 : 1); i++)
		trainer_run_free(runs[i]);
}

static void every_combination(void **state)
{
	(void)state;
	for (int lanes = 1; lanes <= LANES; lanes += LANES - 1)
		for (int bytes = 4; bytes <= 8; bytes += 4)
			for (int type = MOSAIC_FLOAT32; type <= MOSAIC_INT64 + 1; type++)          /* + 1: a stream */
				for (int flags = 0; flags < 4; flags++)
					for (int batch = 1; batch <= 4; batch += 3)
						with(lanes, bytes, type > MOSAIC_INT64 ? MOSAIC_FLOAT64 : (enum mosaic_type)type, type > MOSAIC_INT64, batch, flags & 1, flags & 2);
}

static void an_array_of_the_right_type_is_not_copied(void **state)
{
	struct mosaic_program p = program(1, 8);
	struct trainer_run *run = run_with(&p, 0, MOSAIC_FLOAT64, false, 4, false, false);
	struct trainer_loader l;

	(void)state;
	trainer_loader_open(&l, &p, &run, MOSAIC_TRAIN);
	trainer_loader_epoch(&l, 0);
	trainer_loader_batch(&l, 1);
	assert_ptr_equal(l.at[0], (double *)mosaic_get(run->data, MOSAIC_TRAIN, 1)->at + 4 * VALUES);
	trainer_loader_close(&l);
	trainer_run_free(run);
}

static void streams_are_read_by_batches(void **state)
{
	struct mosaic_program p = program(1, 4);
	struct trainer_run *run = run_with(&p, 0, MOSAIC_FLOAT64, true, 4, false, false);
	struct trainer_loader l;
	int64_t order[1][SAMPLES];

	(void)state;
	trainer_loader_open(&l, &p, &run, MOSAIC_TRAIN);
	reads = most = 0;
	check_epoch(&l, 1, MOSAIC_FLOAT64, 0, order);
	assert_int_equal(reads, 3);
	assert_int_equal(most, 4);
	trainer_loader_close(&l);
	trainer_run_free(run);
}

/* More than what is packed whole: filled batch by batch, with the same result. */
static void large_data_is_packed_by_batches(void **state)
{
	enum { MANY = 300000 };
	static const struct mosaic_io wide[] = {{.name = "x", .rank = 1, .shape = {16}}, {.name = "y", .target = true}};
	struct mosaic_program p = program(4, 4);
	struct trainer_run *run = trainer_run_new(&p), *runs[4] = {run, run, run, run};
	struct trainer_loader l;
	double sum = 0;

	(void)state;
	p.ios = wide;
	run->data = mosaic_data_new();
	int32_t *x = mosaic_add(run->data, MOSAIC_TRAIN, MOSAIC_INPUT, MOSAIC_INT32, "x", MANY, MOSAIC_DIMS(16))->at;
	mosaic_add(run->data, MOSAIC_TRAIN, MOSAIC_TARGET, MOSAIC_FLOAT32, "y", MANY, MOSAIC_DIMS());
	for (int64_t i = 0; i < MANY; i++)
		x[16 * i + 5] = (int32_t)i;
	mosaic_loader(run->data, MOSAIC_TRAIN, 1000, true, true);
	trainer_loader_open(&l, &p, runs, MOSAIC_TRAIN);
	trainer_loader_epoch(&l, 3);
	assert_null(l.io[0].base);
	assert_non_null(l.io[1].base);
	for (int64_t b = 0; b < l.batches; b++) {
		int n = trainer_loader_batch(&l, b);
		for (int i = 0; i < n; i++)
			sum += (double)((const float *)l.at[0])[(i * 16 + 5) * 4 + 2];
	}
	assert_true(sum == (double)MANY * (MANY - 1) / 2);
	trainer_loader_close(&l);
	trainer_run_free(run);
}

static void integers_beyond_the_mantissa_are_found(void **state)
{
	int32_t narrow[] = {0, 16777216, -16777216, 16777217};
	int64_t wide[] = {16777217, 9007199254740992, -9007199254740993}, at;
	struct mosaic_array a = {.type = MOSAIC_INT32};

	(void)state;
	assert_true(trainer_exact(&a, narrow, 3, 4, &at));
	assert_false(trainer_exact(&a, narrow, 4, 4, &at));
	assert_int_equal(at, 3);
	assert_true(trainer_exact(&a, narrow, 4, 8, &at));
	a.type = MOSAIC_INT64;
	assert_false(trainer_exact(&a, wide, 3, 4, &at));
	assert_int_equal(at, 0);
	assert_false(trainer_exact(&a, wide, 3, 8, &at));
	assert_int_equal(at, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination), cmocka_unit_test(an_array_of_the_right_type_is_not_copied), cmocka_unit_test(streams_are_read_by_batches),
		cmocka_unit_test(large_data_is_packed_by_batches), cmocka_unit_test(integers_beyond_the_mantissa_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
