/* test_stats.c: what is drawn beside the values: means, quantiles, kernel densities, ranges. The numbers come from stats_golden.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "../../runtime/launcher/plot.h"
#include "../../runtime/launcher/plot_anova.h"
#include "../../runtime/launcher/plot_rank.h"

#include <stdlib.h>
#include <string.h>

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

static void close_to(double is, double should, double within)
{
	if (!(fabs(is - should) <= within))
		fail_msg("%.15g is not %.15g", is, should);
}

static void test_box(void **state)
{
	(void)state;
	struct box b = box_of(sorted, N);                      /* 1.2 and 0.45 are beyond 0.375 + 1.5 * 0.0875 */
	near(b.first, 0.2875);
	near(b.median, 0.32);
	near(b.third, 0.375);
	assert_true(b.low == 0.27 && b.high == 0.45);
	b = box_of(sorted, 1);
	assert_true(b.low == 0.27 && b.high == 0.27 && b.median == 0.27);
}

static void test_bands(void **state)
{
	double many[] = {0.31, NAN, 0.27, 0.45, 0.29, INFINITY, 0.33, 1.2, 0.35, 0.28}, few[] = {3, 1, NAN, 2}, none[] = {NAN}, out[3];
	(void)state;
	band_of(many, 10, out);
	near(out[0], 0.2875);
	near(out[1], 0.32);
	near(out[2], 0.375);
	band_of(few, 4, out);
	assert_true(out[0] == 1 && out[1] == 2 && out[2] == 3);
	band_of(none, 1, out);
	assert_true(isnan(out[0]) && isnan(out[1]) && isnan(out[2]));
}

static void test_shares(void **state)
{
	static const double y[] = {1.0, 1.2, 2.1, 1.9, 3.2, 2.8, 1.1, 0.9, 4.0, 4.2, 2.2, 1.8};
	static const double same[] = {0.1, 0.1, 0.1};
	int a[12], b[12], both[12], each[12];
	(void)state;
	for (int i = 0; i < 12; i++) {
		a[i] = i / 4;
		b[i] = i / 2 % 2;
		both[i] = i / 2;
		each[i] = i;
	}
	close_to(share_between(y, a, 12, 3), 0.185758998435055, 1e-14);
	close_to(share_between(y, b, 12, 2), 0.164413145539906, 1e-14);
	close_to(share_between(y, both, 12, 6), 0.969014084507042, 1e-14);
	assert_true(isnan(share_between(y, each, 12, 12)));    /* nothing is repeated */
	assert_true(isnan(share_between(same, a, 3, 3)));      /* nothing varies */
	close_to(share_between(y, a, 12, 7), 0.185758998435055, 1e-14);   /* groups without a run do not count */
}

static void test_ranks(void **state)
{
	static const double blocks[6][4] = {{0.763, 0.768, 0.771, 0.798}, {0.599, 0.591, 0.590, 0.569}, {0.954, 0.971, 0.968, 0.967},
		{0.628, 0.661, 0.654, 0.657}, {0.882, 0.888, 0.886, 0.898}, {0.936, 0.931, 0.936, 0.940}};
	static const double ties[4] = {1, 1, 1, 1};
	double ranks[4];
	(void)state;
	near(friedman(blocks[0], 6, 4, false, ranks), 3.40677966101696);
	near(ranks[0], 1.75);
	near(ranks[1], 17 / 6.0);
	near(ranks[2], 14.5 / 6);
	near(ranks[3], 3);
	near(friedman(blocks[0], 6, 4, true, ranks), 3.40677966101696);
	near(ranks[0], 3.25);
	assert_true(isnan(friedman(ties, 2, 2, false, ranks)));
	assert_true(ranks[0] == 1.5 && ranks[1] == 1.5);
}

static void test_tails(void **state)
{
	static const struct { double x; int freedom; double should; } of[] = {{0.1, 1, 0.751829634045849}, {3.84, 1, 0.0500435212487052},
		{2.5, 3, 0.475291083343021}, {30, 3, 1.38005703129326e-06}, {100, 5, 5.28514836094322e-20}, {0.001, 9, 1}, {20, 39, 0.99498931052574}};
	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		close_to(chi_square_tail(of[i].x, of[i].freedom) / of[i].should, 1, 1e-11);
	assert_true(chi_square_tail(0, 3) == 1);
	close_to(chi_square_tail(3.40677966101696, 3), 0.333055257769458, 1e-13);
}

/* Of Demšar's table the values divided by the root of 2: 1.960, 2.343, 2.728, 3.164. */
static void test_critical_difference(void **state)
{
	static const struct { int k; double quantile, cdf; } of[] = {{2, 2.77180765, 0.966105146475}, {3, 3.31449316, 0.914457428345},
		{5, 3.85765551, 0.789123495036}, {10, 4.47412422, 0.487815926029}, {20, 5.01168879, 0.153743533806}, {40, 5.49793526, 0.0118903162984}};
	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		close_to(range_cdf(3, of[i].k), of[i].cdf, 1e-10);
		close_to(range_quantile(0.95, of[i].k), of[i].quantile, 2e-8);
	}
	close_to(critical_difference(14, 4), 2.569 * sqrt(4 * 5 / (6 * 14.0)), 1e-3);   /* Demsar's example: 1.25 */
	assert_true(range_cdf(0, 3) == 0);
}

static void test_pareto(void **state)
{
	static const double x[] = {3, 1, 2, 2, 1, 4, NAN, 5}, y[] = {1, 5, 3, 3, 6, 1, 0, 0.5};
	int at[8];
	(void)state;
	assert_int_equal(pareto_front(x, y, 8, false, at), 4);
	assert_true(at[0] == 1 && at[1] == 2 && at[2] == 0 && at[3] == 7);
	assert_int_equal(pareto_front(x, y, 8, true, at), 1);
	assert_int_equal(at[0], 4);
	assert_int_equal(pareto_front(x, y, 0, true, at), 0);
}

static void test_names(void **state)
{
	static const char *const given[] = {"dataset_spiral(8,1000,0.8) | mlp(4,2)", "dataset_spiral(8,1000,0.8) | mlp(4,3)", "dataset_spiral(8,1000,0.8) | mlp(5,3)"};
	char *names[3];
	(void)state;
	for (int i = 0; i < 3; i++)
		names[i] = strdup(given[i]);
	names_shorten(names, 3, 1000, 10);
	assert_string_equal(names[1], given[1]);
	names_shorten(names, 3, 120, 10);
	assert_string_equal(names[0], "dataset_spiral(…4,2)");
	assert_string_equal(names[2], "dataset_spiral(…5,3)");
	names_shorten(names, 1, 5, 10);                        /* one name has nothing in common with others */
	assert_string_equal(names[0], "dataset_spiral(…4,2)");
	for (int i = 0; i < 3; i++)
		free(names[i]);
}

static void test_colours(void **state)
{
	(void)state;
	assert_int_equal(plot_sequential(0), 0x440154);
	assert_int_equal(plot_sequential(1), 0xfde725);
	assert_int_equal(plot_sequential(0.5), 0x21918c);
	assert_int_equal(plot_sequential(NAN), 0x440154);
	assert_int_equal(plot_diverging(-3), 0x0072b2);
	assert_int_equal(plot_diverging(2), 0xd55e00);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moments), cmocka_unit_test(test_sort), cmocka_unit_test(test_quantiles), cmocka_unit_test(test_density),
		cmocka_unit_test(test_no_spread), cmocka_unit_test(test_axes), cmocka_unit_test(test_extreme_axes), cmocka_unit_test(test_places),
		cmocka_unit_test(test_box), cmocka_unit_test(test_bands), cmocka_unit_test(test_shares), cmocka_unit_test(test_ranks), cmocka_unit_test(test_tails),
		cmocka_unit_test(test_critical_difference), cmocka_unit_test(test_pareto), cmocka_unit_test(test_names), cmocka_unit_test(test_colours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
