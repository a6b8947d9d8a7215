/* test_auto.c: how often `multiplicity = auto` is wrong. Groups of random numbers go through all looks as auto.c leads them; where nothing
** differs, at most alpha of all repetitions may tell anything apart. And what one look decides, on numbers made for it.
** REPEATS=10 in the environment makes ten times as many. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "search.h"
#include "stats.h"

enum { GROUPS = 8, SEEDS = 40 };

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static double uniform(uint64_t counter)
{
	return ((double)(mix(mix(counter) + 0x9e3779b97f4a7c15) >> 11) + 0.5) * 0x1p-53;
}

/* Kinds of losses: normal; skewed, as many are; most at a floor and some stuck far above it, alike to the last digit. */
enum kind { NORMAL, SKEWED, STUCK, FAILING };

static struct cell draw(enum kind kind, uint64_t counter, double shift)
{
	double u = uniform(counter);
	switch (kind) {
	case NORMAL:
		return (struct cell){normal_quantile(u) + shift, 0};
	case SKEWED:
		return (struct cell){exp(2 * normal_quantile(u)) * exp(shift), 0};
	case STUCK:
		return (struct cell){u < 0.3 ? 0.25 : 1e-9 * ceil(5 * u) + shift, 0};
	default:
		return u < 0.15 ? (struct cell){NAN, 1} : (struct cell){u + shift, 0};
	}
}

struct outcome_of_all { int told, first, last_look; };     /* told: groups that were; first: the first of them, -1: none */

/* All looks, as auto.c leads them. shift[g] is added to the numbers of group g. */
static struct outcome_of_all lead(const struct repetition *r, int groups, enum kind kind, uint64_t repetition, const double *shift)
{
	struct cell all[GROUPS][SEEDS], at[GROUPS * SEEDS];
	bool active[GROUPS];
	struct told told[GROUPS];
	int sizes[LOOKS_MAX], left = groups;
	double level;
	struct outcome_of_all out = {0, -1, 0};
	look_sizes(r, sizes);
	for (int g = 0; g < groups; g++) {
		active[g] = true;
		for (int k = 0; k < SEEDS; k++)
			all[g][k] = draw(kind, (repetition * GROUPS + (uint64_t)g) * SEEDS + (uint64_t)k, shift ? shift[g] : 0);
	}
	for (int look = 0; look < r->looks && left > 1; look++) {
		for (int g = 0; g < groups; g++)
			memcpy(&at[g * sizes[look]], all[g], (size_t)sizes[look] * sizeof *at);
		auto_decide(at, groups, sizes[look], active, groups - left, r, look, false, told, &level);
		for (int g = 0; g < groups; g++)
			if (active[g] && told[g].out) {
				active[g] = false;
				left--;
				out.first = out.told++ ? out.first : g;
			}
		out.last_look = look;
	}
	return out;
}

static void check_rate(const char *what, int wrong, int all, double alpha)
{
	double error = sqrt(alpha * (1 - alpha) / all);
	printf("%-40s %5d of %d, %.4f; alpha is %g\n", what, wrong, all, (double)wrong / all, alpha);
	if ((double)wrong / all > alpha + 3 * error)
		fail_msg("%s: %d of %d are wrong, and %g +- %g should be", what, wrong, all, alpha, error);
}

static int repeats(void)
{
	const char *given = getenv("REPEATS");
	int64_t n = 1;
	return given && parse_int(given, 1, 1000, &n) ? (int)n : 1;
}

static void nothing_differs(void **state)
{
	static const struct { const char *name; enum kind kind; int groups, count; struct repetition r; } cases[] = {
		{"two, normal", NORMAL, 2, 2000, {.start = 6, .maximum = 30, .looks = 4, .alpha = 0.05}},
		{"two, skewed", SKEWED, 2, 1000, {.start = 4, .maximum = 20, .looks = 3, .alpha = 0.05}},
		{"two, stuck", STUCK, 2, 1000, {.start = 8, .maximum = 40, .looks = 3, .alpha = 0.1}},
		{"two, failing", FAILING, 2, 1000, {.start = 8, .maximum = 24, .looks = 3, .alpha = 0.2}},
		{"two, one look", NORMAL, 2, 2000, {.start = 4, .maximum = 20, .looks = 1, .alpha = 0.2}},
		{"six, normal", NORMAL, 6, 500, {.start = 8, .maximum = 40, .looks = 3, .alpha = 0.2}},
		{"six, skewed", SKEWED, 6, 400, {.start = 10, .maximum = 30, .looks = 2, .alpha = 0.1}},
	};
	(void)state;
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		int wrong = 0, count = cases[c].count * repeats();
		for (int i = 0; i < count; i++)
			wrong += lead(&cases[c].r, cases[c].groups, cases[c].kind, (uint64_t)(c * 10000000 + (size_t)i), NULL).told > 0;
		check_rate(cases[c].name, wrong, count, cases[c].r.alpha);
		if (cases[c].groups == 2 && cases[c].kind == NORMAL)   /* and not because it never tells anything */
			assert_true(wrong > count * cases[c].r.alpha / 2);
	}
}

/* Four are alike, two are worse: the alike ones are told apart no more often than alpha, the worse ones nearly always, and early. */
static void some_differ(void **state)
{
	static const struct repetition r = {.start = 10, .maximum = 40, .looks = 4, .alpha = 0.1};
	static const double shift[6] = {0, 2.5, 0, 0, 2.5, 0};
	int wrong = 0, found = 0, count = 300;
	(void)state;
	for (int i = 0; i < count; i++) {
		struct outcome_of_all o = lead(&r, 6, NORMAL, 9000000 + (uint64_t)i, shift);
		wrong += o.told > 2 || (o.first >= 0 && shift[o.first] == 0);
		found += o.told >= 2;
	}
	check_rate("four alike beside two that are worse", wrong, count, r.alpha);
	assert_true(found > count * 0.95);
}

static void two_that_differ_end_early(void **state)
{
	static const struct repetition r = {.start = 8, .maximum = 40, .looks = 5, .alpha = 0.05};
	static const double shift[2] = {3, 0};
	double looks = 0;
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct outcome_of_all o = lead(&r, 2, NORMAL, 7000000 + (uint64_t)i, shift);
		assert_int_equal(o.told, 1);
		assert_int_equal(o.first, 0);
		looks += o.last_look + 1;
	}
	assert_true(looks / 200 < 2.2);
}

static void sizes_of_looks(void **state)
{
	int sizes[LOOKS_MAX];
	(void)state;
	look_sizes(&(struct repetition){.start = 4, .maximum = 20, .looks = 3}, sizes);
	assert_true(sizes[0] == 4 && sizes[1] == 12 && sizes[2] == 20);
	look_sizes(&(struct repetition){.start = 4, .maximum = 20, .looks = 1}, sizes);
	assert_int_equal(sizes[0], 20);
	look_sizes(&(struct repetition){.start = 2, .maximum = 10000000, .looks = 100}, sizes);
	assert_true(sizes[0] == 2 && sizes[99] == 10000000);
	for (int looks = 2; looks <= 17; looks++) {
		look_sizes(&(struct repetition){.start = 4, .maximum = 20, .looks = looks}, sizes);
		assert_true(sizes[0] == 4 && sizes[looks - 1] == 20);
		for (int i = 1; i < looks; i++)
			assert_true(sizes[i] > sizes[i - 1]);
	}
}

/* One look of three groups with 12 seeds each: a is always below b, c is like a. */
static void one_look(void **state)
{
	enum { N = 12 };
	struct cell at[3 * N];
	bool active[3] = {true, true, true};
	struct told told[3];
	struct repetition r = {.start = N, .maximum = N, .looks = 1, .alpha = 0.05};
	double level;
	(void)state;
	for (int k = 0; k < N; k++) {
		at[k] = (struct cell){1 + 0.01 * k, 0};
		at[N + k] = (struct cell){2 + 0.03 * k, 0};
		at[2 * N + k] = (struct cell){k % 2 ? 0.9 + 0.012 * k : 1.12 + 0.009 * k, 0};
	}
	auto_decide(at, 3, N, active, 0, &r, 0, false, told, &level);
	assert_true(fabs(level - 0.05 / 3) < 1e-9);
	assert_true(told[1].out && !told[0].out && !told[2].out);
	assert_true(told[1].by == 0 || told[1].by == 2);
	assert_true(fabs(told[1].p - 2.0 / 4096) < 1e-15);
	assert_int_equal(told[0].by, 2);
	assert_int_equal(told[2].by, 0);
	auto_decide(at, 3, N, active, 0, &r, 0, true, told, &level);   /* where larger is better b is the best */
	assert_true(!told[1].out && told[0].out && told[2].out);
	assert_int_equal(told[1].by, -1);
	active[1] = false;
	auto_decide(at, 3, N, active, 1, &r, 0, false, told, &level);
	assert_true(fabs(level - 0.05 / 2) < 1e-9);                    /* one of three pairs is told apart already */
	assert_true(!told[0].out && !told[1].out && !told[2].out);
	active[1] = true;
	for (int k = 0; k < N; k++)
		at[k] = (struct cell){NAN, 1};                         /* failures are worse than any number */
	auto_decide(at, 3, N, active, 0, &r, 0, false, told, &level);
	assert_true(told[0].out && told[1].out && !told[2].out);
	auto_decide(at, 3, N, active, 0, &r, 0, true, told, &level);
	assert_true(told[0].out && !told[1].out && told[2].out);
	for (int k = 0; k < 3 * N; k++)
		at[k] = (struct cell){0.5, 0};
	auto_decide(at, 3, N, active, 0, &r, 0, false, told, &level);  /* no difference at all */
	assert_true(!told[0].out && !told[1].out && !told[2].out && told[0].p == 1);
	auto_decide(at, 1, N, active, 0, &r, 0, false, told, &level);
	assert_true(!told[0].out && told[0].by < 0 && level == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_of_looks), cmocka_unit_test(one_look), cmocka_unit_test(two_that_differ_end_early),
		cmocka_unit_test(some_differ), cmocka_unit_test(nothing_differs)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
