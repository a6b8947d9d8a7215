/* test_random.c: known answers of the generators, and that numbers have addresses. */
#include "unit.h"

#include <mosaic_random.h>

/* Known answers that Random123 publishes for philox4x32-10. */
static void philox_known_answers(void **state)
{
	static const struct { uint32_t counter[4], key[2], out[4]; } known[] = {
		{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	};
	uint32_t out[4];

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		philox_(known[i].counter, known[i].key, out);
		assert_memory_equal(out, known[i].out, sizeof out);
	}
}

/* These values are in users' results: they may never change. */
static void streams_stay_as_they_are(void **state)
{
	mosaic_random r = trainer_random(1, "init", 0, 0);
	mosaic_run_info run = {.id = 7, .seed = 3};
	int64_t order[8], expected[8] = {0, 3, 4, 7, 1, 5, 6, 2};

	(void)state;
	assert_int_equal(mosaic_random_bits(&r), 0x7857a5bc121e299e);
	assert_true(mosaic_random_uniform(&r) == 0x1.f8d7047c2b7d9p-1);
	assert_true(mosaic_random_normal(&r) == 0x1.62698c141ba3dp+0);
	r = mosaic_random_for(&run, "data");
	assert_int_equal(mosaic_random_below(&r, 1000), 681);
	r = trainer_random(1, "shuffle train", 0, 0);
	mosaic_random_permutation(&r, 8, order);
	assert_memory_equal(order, expected, sizeof order);
}

static void numbers_have_addresses(void **state)
{
	mosaic_random a = trainer_random(5, "x", 0, 0), b = a;

	(void)state;
	for (int i = 0; i < 9; i++)
		mosaic_random_bits(&a);
	b.counter = 9;
	assert_int_equal(mosaic_random_bits(&a), mosaic_random_bits(&b));
	uint64_t first[6];
	mosaic_random streams[6] = {trainer_random(5, "x", 0, 0), trainer_random(6, "x", 0, 0), trainer_random(5, "y", 0, 0), trainer_random(5, "x", 1, 0),
		trainer_random(5, "x", 0, 1), trainer_random(5, "", 0, 0)};
	for (int i = 0; i < 6; i++) {
		first[i] = mosaic_random_bits(&streams[i]);
		for (int k = 0; k < i; k++)
			assert_true(first[i] != first[k]);
	}
}

static int rank_of(const int64_t *p)                    /* 0 .. 23 */
{
	int rank = 0;

	for (int i = 0; i < 4; i++) {
		int smaller = 0;
		for (int k = i + 1; k < 4; k++)
			smaller += p[k] < p[i];
		rank = rank * (4 - i) + smaller;
	}
	return rank;
}

/* Each of the 24 orders of 4 comes about as often: chi squared with 23 degrees of freedom; 50 has a chance of 0.1 %. */
static void permutations_are_fair(void **state)
{
	int seen[24] = {0};
	double chi = 0;
	int64_t p[4], big[1000];
	bool there[1000] = {false};

	(void)state;
	for (uint64_t epoch = 0; epoch < 24000; epoch++) {
		mosaic_random r = trainer_random(9, "shuffle train", epoch, 0);
		mosaic_random_permutation(&r, 4, p);
		seen[rank_of(p)]++;
	}
	for (int i = 0; i < 24; i++)
		chi += (seen[i] - 1000.0) * (seen[i] - 1000.0) / 1000;
	assert_true(chi < 50);
	mosaic_random r = trainer_random(9, "shuffle train", 0, 0);
	mosaic_random_permutation(&r, 1000, big);
	for (int i = 0; i < 1000; i++) {
		assert_in_range(big[i], 0, 999);
		assert_false(there[big[i]]);
		there[big[i]] = true;
	}
	mosaic_random_permutation(&r, 0, big);
}

static void below_covers_its_range(void **state)
{
	mosaic_random r = trainer_random(1, "below", 0, 0);
	int seen[7] = {0};

	(void)state;
	for (int i = 0; i < 7000; i++)
		seen[mosaic_random_below(&r, 7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 850, 1150);
	assert_int_equal(mosaic_random_below(&r, 1), 0);
	for (int i = 0; i < 1000; i++) {
		int64_t v = mosaic_random_below(&r, ((int64_t)1 << 62) + 1);
		assert_true(v >= 0 && v <= (int64_t)1 << 62);
	}
}

static void below_zero(void *context)
{
	mosaic_random_below(context, 0);
}

static void below_refuses_zero(void **state)
{
	mosaic_random r = trainer_random(1, "below", 0, 0);

	(void)state;
	expect_fail(below_zero, &r, "mosaic_random_below: n is 0; it is at least 1");
}

/* Quantiles of the normal distribution to 16 digits. */
static void normal_quantiles(void **state)
{
	static const double known[][2] = {{0.5, 0}, {0.975, 1.9599639845400545}, {0.84134474606854293, 1.0}, {0.001, -3.0902323061678132},
		{1e-10, -6.3613409024040557}, {1e-20, -9.2623400897985}, {0.07, -1.4757910281791709}};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		double x = trainer_normal_quantile(known[i][0]);
		assert_true(__builtin_fabs(x - known[i][1]) <= 4e-14 * (1 + __builtin_fabs(x)));
		if (known[i][0] > 0.01)
			assert_true(__builtin_fabs(x + trainer_normal_quantile(1 - known[i][0])) < 1e-14);
	}
}

static void normals_have_their_moments(void **state)
{
	mosaic_random r = trainer_random(2, "moments", 0, 0);
	double sum = 0, squares = 0;
	enum { N = 100000 };

	(void)state;
	for (int i = 0; i < N; i++) {
		double x = mosaic_random_normal(&r);
		sum += x;
		squares += x * x;
	}
	assert_true(__builtin_fabs(sum / N) < 0.015);
	assert_true(__builtin_fabs(squares / N - 1) < 0.02);
}

/* First values: by seed and position, whatever the lane, and what the tensor's distribution says. */
static void first_values_have_addresses(void **state)
{
	static float params[24 * 4], moments[24 * 4];
	static double scalars[4];
	static const struct mosaic_tensor tensors[] = {
		{.name = "w", .module = "m", .offset = 0, .count = 16, .rank = 1, .shape = {16}, .init = MOSAIC_INIT_UNIFORM, .a = -0.5, .b = 0.25},
		{.name = "one", .module = "m", .offset = 18, .count = 2, .rank = 1, .shape = {2}, .init = MOSAIC_INIT_ONES},
		{.name = "n", .module = "m", .offset = 20, .count = 4, .rank = 1, .shape = {4}, .init = MOSAIC_INIT_NORMAL, .a = 3, .b = 0.5},
	};
	const struct mosaic_program p = {.lanes = 4, .real_bytes = 4, .tensors = tensors, .tensor_count = 3, .params_reals = 24, .params = params, .state = moments,
		.state_scalars = scalars, .optimizer = {.per_param = 1, .scalars = 1, .scalar_start = (const double[]){7}}};

	(void)state;
	memset(params, 1, sizeof params);
	memset(moments, 1, sizeof moments);
	for (int lane = 0; lane < 4; lane++)
		trainer_lane_init(&p, lane, lane == 2 ? 9 : 5);
	mosaic_random w = trainer_random(9, "init 0", 0, 0), n = trainer_random(5, "init 2", 0, 0);
	for (int i = 0; i < 24; i++) {
		const float *at = params + 4 * i;
		assert_true(at[0] == at[1] && at[0] == at[3]);
		assert_true(moments[4 * i + 2] == 0);
		if (i < 16) {
			assert_true(at[2] == (float)(-0.5 + 0.75 * mosaic_random_uniform(&w)));
			assert_true(at[0] != at[2]);
		} else if (i < 20) {
			assert_true(at[2] == (i < 18 ? 0 : 1));
		} else {
			assert_true(at[0] == (float)(3 + 0.5 * mosaic_random_normal(&n)));
		}
	}
	assert_true(scalars[0] == 7 && scalars[3] == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(philox_known_answers), cmocka_unit_test(streams_stay_as_they_are), cmocka_unit_test(numbers_have_addresses),
		cmocka_unit_test(permutations_are_fair), cmocka_unit_test(below_covers_its_range), cmocka_unit_test(below_refuses_zero),
		cmocka_unit_test(normal_quantiles), cmocka_unit_test(normals_have_their_moments), cmocka_unit_test(first_values_have_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
