/* test_stats.c: what is drawn beside the values: means, quantiles, kernel densities, ranges. The numbers come from stats_golden.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "../../runtime/launcher/plot.h"

static const double sorted[] = {0.27, 0.28, 0.29, 0.31, 0.33, 0.35, 0.45, 1.2};
enum { N = 8 };

static void near(double is, double should)
{
	if (!(fabs(is - should) <= 1e-12 * fabs(should) + 1e-300))
		fail_msg("%.15g is not %.15g", is, should);
}

static void test_moments(void **state)
{
	(void)state;
	struct moments m = moments_of(sorted, N);
	near(m.mean, 0.435);
	near(m.sd, 0.314324672910034);
	assert_true(m.n == N && m.low == 0.27 && m.high == 1.2);
	m = moments_of(sorted, 1);
	assert_true(m.mean == 0.27 && m.sd == 0);
	assert_true(isnan(moments_of(sorted, 0).mean));
}

static void test_sort(void **state)
{
	double v[] = {0.31, 0.27, 0.45, 0.29, 0.33, 1.2, 0.35, 0.28};
	(void)state;
	sort_reals(v, N);
	assert_memory_equal(v, sorted, sizeof sorted);
}

static void test_quantiles(void **state)
{
	(void)state;
	near(quantile(sorted, N, 0.25), 0.2875);
	near(quantile(sorted, N, 0.5), 0.32);
	near(quantile(sorted, N, 0.75), 0.375);
	near(quantile(sorted, N, 0), 0.27);
	near(quantile(sorted, N, 1), 1.2);
	near(quantile(sorted, 1, 0.3), 0.27);
}

static void test_density(void **state)
{
	static const double should[] = {0.520450788933879, 0.560811322291896, 2.59976137761874e-18, 0.0462226373077322, 2.14556634613911e-06};
	double h = bandwidth(sorted, N), is[5], fine[2001], sum = 0;
	(void)state;
	near(h, 0.038772853721405);
	density(sorted, N, h, 0.2, 1.4, is, 5);
	for (int i = 0; i < 5; i++)
		if (fabs(is[i] - should[i]) > 1e-11 * should[i])
			fail_msg("density %d: %.15g is not %.15g", i, is[i], should[i]);
	density(sorted, N, h, -1, 3, fine, 2001);
	for (int i = 0; i < 2001; i++)
		sum += fine[i] * 4 / 2000;
	assert_true(fabs(sum - 1) < 1e-9);
}

static void test_no_spread(void **state)
{
	static const double same[] = {2, 2, 2, 2, 2}, nearly[] = {2, 2, 2, 2, 3};
	(void)state;
	assert_true(bandwidth(same, 5) == 0);
	assert_true(bandwidth(same, 1) == 0);
	assert_true(bandwidth(nearly, 5) > 0);                 /* its quartiles are equal */
}

static struct axis axis_for(enum log_mode mode, double a, double b, double c)
{
	struct spread s = {0};
	spread_add(&s, a);
	spread_add(&s, b);
	spread_add(&s, c);
	spread_add(&s, NAN);
	spread_add(&s, INFINITY);
	return axis_of(&s, mode, 0.1);
}

static void test_axes(void **state)
{
	(void)state;
	struct axis a = axis_for(LOG_AUTO, 0, 1, 10);
	near(a.low, -1);
	near(a.high, 11);
	assert_false(a.log);
	a = axis_for(LOG_AUTO, 1, 10, 100);
	assert_true(a.log);
	near(a.low, pow(10, -0.2));
	near(a.high, pow(10, 2.2));
	assert_false(axis_for(LOG_AUTO, 1, 10, 99).log);
	assert_false(axis_for(LOG_NO, 1, 10, 1000).log);
	assert_false(axis_for(LOG_AUTO, -1, 10, 1000).log);
	assert_true(axis_for(LOG_YES, -1, 0, 5).log);
	assert_false(axis_for(LOG_YES, -1, 0, 0).log);
}

/* Whatever the values, an axis has a length and they lie on it. */
static void test_extreme_axes(void **state)
{
	static const double values[] = {0, 1, -1, 1e-300, -1e-300, 1e-310, 1e30, 1e300, 1.7e308, -1.7e308, 3, 3.0000000001};
	enum { VALUES = sizeof values / sizeof values[0] };
	(void)state;
	for (int i = 0; i < VALUES; i++)
		for (int k = 0; k < VALUES; k++)
			for (int mode = LOG_AUTO; mode <= LOG_NO; mode++) {
				struct axis a = axis_for(mode, values[i], values[k], values[i]);
				if (!(a.low < a.high) || !isfinite(a.low) || !isfinite(a.high) || (a.log && a.low <= 0))
					fail_msg("%g %g: axis from %g to %g", values[i], values[k], a.low, a.high);
			}
	struct spread none = {0};
	struct axis a = axis_of(&none, LOG_AUTO, 0.1);
	assert_true(a.low == 0 && a.high == 1);
}

static void test_places(void **state)
{
	struct axis lin = {2, 4, false}, logs = {1, 100, true};
	(void)state;
	near(axis_to(&lin, 3), 0.5);
	near(axis_from(&lin, 0.25), 2.5);
	near(axis_to(&logs, 10), 0.5);
	near(axis_from(&logs, 0.5), 10);
	assert_true(axis_has(&logs, 1) && !axis_has(&logs, 0) && !axis_has(&logs, NAN) && !axis_has(&lin, INFINITY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments), cmocka_unit_test(test_sort), cmocka_unit_test(test_quantiles), cmocka_unit_test(test_density),
		cmocka_unit_test(test_no_spread), cmocka_unit_test(test_axes), cmocka_unit_test(test_extreme_axes), cmocka_unit_test(test_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
