/* test_bounds.c: group-sequential bounds against published tables, against numbers that were found by another road (golden/make_golden.py),
** against random walks, and against what must hold for any. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "launcher.h"
#include "stats.h"

static const char *golden_path;

static void close_to(double got, double want, double relative, const char *what)
{
	if (!(fabs(got - want) <= relative * fabs(want)))
		fail_msg("%s: %.12g, and should be %.12g", what, got, want);
}

/* Equal looks, alpha 0.05 on both sides: Reboussin, DeMets, Kim and Lan, Controlled Clinical Trials 21, 2000, and their program's manual. */
static void published(void **state)
{
	static const double tables[5][5] = {{1.960}, {2.963, 1.969}, {3.710, 2.511, 1.993}, {4.333, 2.963, 2.359, 2.014}, {4.877, 3.357, 2.680, 2.290, 2.031}};
	(void)state;
	for (int looks = 1; looks <= 5; looks++) {
		double t[5], z[5];
		for (int i = 0; i < looks; i++)
			t[i] = (i + 1.0) / looks;
		sequential_bounds(t, looks, 0.05, z);
		for (int i = 0; i < looks; i++)
			if (fabs(z[i] - tables[looks - 1][i]) > 0.00051)
				fail_msg("look %d of %d: %.5f, and should be %.3f", i + 1, looks, z[i], tables[looks - 1][i]);
	}
}

static void golden(void **state)
{
	char line[4096];
	int count = 0;
	(void)state;
	FILE *f = fopen(golden_path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		double t[20], z[20];
		char *at = line;
		if (*line == '#')
			continue;
		double alpha = strtod(at, &at);
		int looks = (int)strtol(at, &at, 10);
		assert_in_range(looks, 1, 20);
		for (int i = 0; i < looks; i++)
			t[i] = strtod(at, &at);
		sequential_bounds(t, looks, alpha, z);
		for (int i = 0; i < looks; i++)
			close_to(z[i], strtod(at, &at), 1e-6, line);
		count++;
	}
	fclose(f);
	assert_int_equal(count, 31);
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* A number from the normal distribution for each counter. */
static double normal(uint64_t counter)
{
	return normal_quantile(((double)(mix(mix(counter) + 0x9e3779b97f4a7c15) >> 11) + 0.5) * 0x1p-53);
}

/* Walks without drift cross some bound with probability alpha, and until look k with the part that is spent by then. */
static void random_walks(void **state)
{
	enum { WALKS = 200000, LOOKS = 4 };
	static const double t[LOOKS] = {0.3, 0.5, 0.8, 1};
	double z[LOOKS];
	int crossed[LOOKS] = {0};
	(void)state;
	sequential_bounds(t, LOOKS, 0.2, z);
	for (uint64_t w = 0; w < WALKS; w++) {
		double b = 0;
		for (int i = 0; i < LOOKS; i++) {
			b += sqrt(t[i] - (i ? t[i - 1] : 0)) * normal(w * LOOKS + (uint64_t)i);
			if (fabs(b) < z[i] * sqrt(t[i]))
				continue;
			for (int k = i; k < LOOKS; k++)
				crossed[k]++;
			break;
		}
	}
	for (int i = 0; i < LOOKS; i++) {
		double want = alpha_spent(0.2, t[i]), error = sqrt(want * (1 - want) / WALKS), got = (double)crossed[i] / WALKS;
		if (fabs(got - want) > 4 * error)
			fail_msg("look %d: %g of the walks have crossed, and should be %g +- %g", i + 1, got, want, error);
	}
}

static void properties(void **state)
{
	static const double t[] = {0.1, 0.35, 0.4, 0.75, 1}, alphas[] = {1e-12, 1e-6, 1e-3, 0.01, 0.05, 0.2, 0.5};
	double before[5] = {0}, z[5];
	(void)state;
	for (size_t a = 0; a < sizeof alphas / sizeof *alphas; a++) {
		sequential_bounds(t, 5, alphas[a], z);
		for (int i = 0; i < 5; i++) {
			if (a && !(z[i] < before[i]))              /* what Holm's procedure over several looks rests on */
				fail_msg("look %d: the bound rises from %g to %g when alpha does", i + 1, before[i], z[i]);
			before[i] = z[i];
		}
		if (!(z[4] >= -normal_quantile(alphas[a] / 2) * (1 - 1e-9)))
			fail_msg("alpha %g: the last bound %g is below the one of a single look", alphas[a], z[4]);
		assert_true(alpha_spent(alphas[a], 1) == alphas[a] && alpha_spent(alphas[a], 0) == 0);
	}
	/* So early and so strict that no number would do. */
	sequential_bounds((double[]){1e-4, 1}, 2, 1e-9, z);
	assert_true(isinf(z[0]));
	close_to(z[1], -normal_quantile(0.5e-9), 1e-9, "nothing spent before");
	double many_t[100], many[100];
	for (int i = 0; i < 100; i++)
		many_t[i] = (i + 1) / 100.0;
	sequential_bounds(many_t, 100, 0.05, many);
	for (int i = 1; i < 100; i++)
		if (!(many[i] < many[i - 1]))
			fail_msg("100 looks: bound %d is %g after %g", i + 1, many[i], many[i - 1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(published), cmocka_unit_test(golden), cmocka_unit_test(random_walks), cmocka_unit_test(properties)};
	golden_path = argc > 1 ? argv[1] : "golden/bounds.txt";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
