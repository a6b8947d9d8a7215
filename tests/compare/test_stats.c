/* test_stats.c: stats.c against SciPy's numbers (golden/stats.txt), against counting everything, and against what must hold
** for any sample: order, scale and sign of the values. */
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

enum { SAMPLES_MAX = 64, VALUES_MAX = 1200 };

static const char *golden_path;

static void close_to(double got, double want, double relative, const char *what)
{
	if (got == want || (isnan(got) && isnan(want)) || fabs(got - want) <= relative * fmax(fabs(want), 1e-300))
		return;
	fail_msg("%s: %.17g, and should be %.17g", what, got, want);
}

/* ---- golden numbers ------------------------------------------------------------------------------------- */
struct sample { char name[32]; int n; double *x; };
struct golden { struct sample samples[SAMPLES_MAX]; int count, checks; };

static const struct sample *find(const struct golden *g, const char *name)
{
	for (int i = 0; i < g->count; i++)
		if (!strcmp(g->samples[i].name, name))
			return &g->samples[i];
	static const struct sample none = {.name = "-"};
	assert_string_equal(name, "-");
	return &none;
}

static int read_numbers(const char *s, double *out, int most)
{
	int n = 0;
	for (char *end; n < most; s = end, n++) {
		out[n] = strtod(s, &end);
		if (end == s)
			break;
	}
	return n;
}

static void add_sample(struct golden *g, const char *name, const char *rest)
{
	static double v[VALUES_MAX];
	int n = read_numbers(rest, v, VALUES_MAX) - 1;
	assert_int_equal(n, (int)v[0]);
	struct sample *s = &g->samples[g->count++];
	assert_true(g->count <= SAMPLES_MAX);
	snprintf(s->name, sizeof s->name, "%s", name);
	s->n = n;
	s->x = malloc((size_t)n * sizeof *s->x);
	memcpy(s->x, v + 1, (size_t)n * sizeof *s->x);
}

static double *sorted(const struct sample *s)
{
	double *x = malloc(((size_t)s->n + 1) * sizeof *x);
	if (s->n)
		memcpy(x, s->x, (size_t)s->n * sizeof *x);
	sort_values(x, s->n);
	return x;
}

static void check_summary(const struct sample *s, const double *want)
{
	struct summary got;
	summarize(s->x, s->n, 999, 1, &got);
	assert_int_equal(got.n, s->n);
	close_to(got.mean, want[0], 1e-13, s->name);
	close_to(got.sd, want[1], 1e-12, s->name);
	close_to(got.median, want[2], 1e-14, s->name);
}

static void check_signed(const struct sample *s, const double *want)
{
	struct rank_test t;
	signed_rank_test(s->x, s->n, &t);
	close_to(t.statistic, want[0], 0, s->name);
	close_to(t.p, want[1], 1e-11, s->name);
	close_to(t.effect, want[2], 1e-12, s->name);
	close_to(t.superiority, want[3], 1e-12, s->name);
}

static void check_ranksum(const struct sample *a, const struct sample *b, const double *want)
{
	struct rank_test t;
	rank_sum_test(a->x, a->n, b->x, b->n, &t);
	close_to(t.statistic, want[0], 0, a->name);
	close_to(t.p, want[1], 1e-11, a->name);
	close_to(t.effect, want[2], 1e-11, a->name);
}

static void check_interval(const struct sample *a, const struct sample *b, const double *want, bool bootstrap)
{
	double *x = sorted(a), *y = sorted(b), low, high;
	if (bootstrap)
		bootstrap_difference(x, a->n, y, b->n, (int)want[0], (uint64_t)want[1], &low, &high);
	else
		difference_interval(x, a->n, y, b->n, 999, 1, &low, &high);
	close_to(low, want[bootstrap ? 2 : 0], 1e-8, a->name);
	close_to(high, want[bootstrap ? 3 : 1], 1e-8, a->name);
	free(x);
	free(y);
}

static void check_holm(int n, const double *v)
{
	double got[64];
	holm(v, n, got);
	for (int i = 0; i < n; i++)
		close_to(got[i], v[n + i], 1e-14, "holm");
}

static void check_line(struct golden *g, char *line)
{
	double v[64] = {0};
	char *kind = strtok(line, " "), *rest, *name;
	g->checks++;
	if (!strcmp(kind, "cdf") || !strcmp(kind, "quantile") || !strcmp(kind, "holm")) {
		int n = read_numbers(rest = strtok(NULL, ""), v, 64);
		if (!strcmp(kind, "holm")) {
			assert_int_equal(n, 2 * (int)v[0] + 1);
			check_holm((int)v[0], v + 1);
		} else
			close_to(*kind == 'c' ? normal_cdf(v[0]) : normal_quantile(v[0]), v[1], 1e-12, rest);
		return;
	}
	name = strtok(NULL, " ");
	if (!strcmp(kind, "sample")) {
		add_sample(g, name, strtok(NULL, ""));
		return;
	}
	const struct sample *a = find(g, name), *b = NULL;
	if (!strcmp(kind, "ranksum") || !strcmp(kind, "hedges") || !strcmp(kind, "bootstrap") || !strcmp(kind, "welch"))
		b = find(g, strtok(NULL, " "));
	read_numbers(strtok(NULL, ""), v, 64);
	if (!strcmp(kind, "summary"))
		check_summary(a, v);
	else if (!strcmp(kind, "signed"))
		check_signed(a, v);
	else if (!strcmp(kind, "ranksum"))
		check_ranksum(a, b, v);
	else if (!strcmp(kind, "hedges"))
		close_to(hedges_g(a->x, a->n, b->x, b->n), v[0], 1e-11, name);
	else if (!strcmp(kind, "bootstrap") || !strcmp(kind, "welch"))
		check_interval(a, b, v, *kind == 'b');
	else
		fail_msg("%s is no kind of golden number", kind);
}

static void test_golden(void **state)
{
	(void)state;
	struct golden g = {0};
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(golden_path, "r");
	assert_non_null(f);
	while (getline(&line, &size, f) > 0)
		if (*line != '#' && *line != '\n')
			check_line(&g, line);
	fclose(f);
	free(line);
	assert_true(g.checks > 150);
	for (int i = 0; i < g.count; i++)
		free(g.samples[i].x);
}

/* ---- published tables --------------------------------------------------------------------------------------- */
/* Smallest p of n pairs, and critical values: the largest W and U whose two-sided p is at most 5 % (Wilcoxon 1945; Mann and Whitney 1947). */
static void test_tables(void **state)
{
	(void)state;
	static const struct { int n, critical; } signs[] = {{6, 0}, {7, 2}, {8, 3}, {9, 5}, {10, 8}, {12, 13}, {15, 25}, {20, 52}};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		for (int over = 0; over < 2; over++) {
			int n = signs[i].n, left = signs[i].critical + over;
			double d[32];
			for (int k = n; k > 0; k--) {                  /* ranks k that sum to `left` are positive */
				d[k - 1] = k <= left ? k : -k;
				left -= k <= left ? k : 0;
			}
			struct rank_test t;
			signed_rank_test(d, n, &t);
			assert_int_equal((int)t.statistic, signs[i].critical + over);
			assert_true(t.exact && (over ? t.p > 0.05 : t.p <= 0.05));
		}
	static const struct { int n, m, critical; } choices[] = {{4, 4, 0}, {5, 5, 2}, {6, 6, 5}, {8, 8, 13}, {10, 10, 23}, {4, 7, 3}, {3, 5, 0}, {12, 15, 49}, {20, 20, 127}};
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
		for (int over = 0; over < 2; over++) {
			int n = choices[i].n, m = choices[i].m, u = choices[i].critical + over;
			double a[32], b[32];
			for (int k = 0; k < m; k++)
				b[k] = k;
			for (int k = 0; k < n; k++) {                  /* each beats as many of b as still wanted */
				int beats = u < m ? u : m;
				a[k] = beats - 0.5 + 0.001 * k;
				u -= beats;
			}
			struct rank_test t;
			rank_sum_test(a, n, b, m, &t);
			assert_int_equal((int)t.statistic, choices[i].critical + over);
			assert_true(t.exact && (over ? t.p > 0.05 : t.p <= 0.05));
		}
}

/* ---- counting everything -------------------------------------------------------------------------------------- */
static uint64_t drawn;                                     /* from 0 in every test: what one draws is not another's matter */

static double uniform(void)
{
	return (bootstrap_index(12345, drawn++, 1 << 30) + 0.5) / (1 << 30);
}

static double normal(void)
{
	return normal_quantile(uniform());
}

/* The rank-sum p by going through all choices; ties give midranks. */
static double count_choices(const double *a, int na, const double *b, int nb)
{
	int n = na + nb, all = 0, below = 0, above = 0;
	double x[16], u0 = 0;
	memcpy(x, a, (size_t)na * sizeof *x);
	memcpy(x + na, b, (size_t)nb * sizeof *x);
	for (unsigned set = (1u << na) - 1, first = 1; set < 1u << n; set++) {
		double u = 0;
		if (__builtin_popcount(set) != na)
			continue;
		for (int i = 0; i < n; i++)
			for (int k = 0; k < n; k++)
				if ((set >> i & 1) && !(set >> k & 1))
					u += x[i] > x[k] ? 1 : x[i] == x[k] ? 0.5 : 0;
		if (first)
			u0 = u;
		first = 0;
		all++;
		below += u <= u0;
		above += u >= u0;
	}
	return fmin(1, 2.0 * (below < above ? below : above) / all);
}

static void test_counting(void **state)
{
	(void)state;
	drawn = 0;
	for (int round = 0; round < 60; round++) {
		int na = 1 + round % 6, nb = 1 + round / 6 % 6;
		double a[8], b[8];
		struct rank_test t;
		for (int i = 0; i < na; i++)
			a[i] = round % 2 ? floor(4 * uniform()) : uniform();
		for (int i = 0; i < nb; i++)
			b[i] = round % 2 ? floor(5 * uniform()) : uniform();
		rank_sum_test(a, na, b, nb, &t);
		close_to(t.p, count_choices(a, na, b, nb), 1e-13, "rank-sum by counting");
		assert_true(t.smallest_p <= t.p);
	}
}

static void test_few_values(void **state)
{
	(void)state;
	struct rank_test t;
	struct summary s;
	double one[] = {3}, same[] = {2, 2, 2}, zeros[] = {0, 0}, huge[] = {1e300, -1e300, 1.5e300};
	summarize(NULL, 0, 999, 1, &s);
	assert_true(s.n == 0 && isnan(s.mean) && isnan(s.sd) && isnan(s.median) && isnan(s.low));
	summarize(one, 1, 999, 1, &s);
	assert_true(s.mean == 3 && isnan(s.sd) && s.median == 3 && isnan(s.low) && isnan(s.high));
	summarize(same, 3, 999, 1, &s);
	assert_true(s.mean == 2 && s.sd == 0 && s.low == 2 && s.high == 2);
	summarize(huge, 3, 999, 1, &s);
	assert_true(isfinite(s.mean) && isfinite(s.sd) && isfinite(s.low) && isfinite(s.high));
	signed_rank_test(NULL, 0, &t);
	assert_true(isnan(t.p));
	signed_rank_test(zeros, 2, &t);
	assert_true(t.p == 1 && t.zeros == 2 && t.effect == 0 && t.superiority == 0.5);
	signed_rank_test(one, 1, &t);
	assert_true(t.p == 1 && t.superiority == 1);
	rank_sum_test(one, 1, NULL, 0, &t);
	assert_true(isnan(t.p));
	rank_sum_test(same, 3, same, 3, &t);
	assert_true(t.p == 1 && t.effect == 0 && t.superiority == 0.5);
	assert_true(isnan(hedges_g(same, 3, same, 3)) && isnan(hedges_g(one, 1, same, 3)));
	assert_true(normal_quantile(0) == -INFINITY && normal_quantile(1) == INFINITY && isnan(normal_quantile(2)));
}

/* 97.4 - 95.1 and 35.3 - 33 are the same number of percent; as doubles they are not. */
static void test_rounding(void **state)
{
	(void)state;
	double a[] = {97.4, 33.0, 50, 0.3}, b[] = {95.1, 35.3, 50, 0.1 + 0.2}, d[4];
	assert_true(97.4 - 95.1 != 35.3 - 33.0);
	paired_differences(a, b, 4, d);
	assert_true(d[0] == -d[1] && d[0] > 0 && d[2] == 0 && d[3] == 0);
	double e[] = {1e10, 1e-11, 3e-11}, f[] = {1, 2e-11, 1e-11};    /* one run that blew up leaves the others alone */
	paired_differences(e, f, 3, d);
	assert_true(d[0] == 1e10 - 1 && d[1] == 1e-11 - 2e-11 && d[2] == 3e-11 - 1e-11);
}

/* ---- what holds for any sample -------------------------------------------------------------------------------- */
static void shuffle(double *x, int n)
{
	for (int i = n - 1; i > 0; i--) {
		int k = (int)(uniform() * (i + 1));
		double t = x[i];
		x[i] = x[k];
		x[k] = t;
	}
}

static void test_order(void **state)
{
	(void)state;
	drawn = 0;
	for (int n = 2; n < 80; n += 7) {
		double x[80], y[80];
		struct summary s, again;
		struct rank_test t, u;
		for (int i = 0; i < n; i++) {
			x[i] = n % 3 ? normal() : floor(6 * uniform());
			y[i] = normal();
		}
		summarize(x, n, 999, 1, &s);
		signed_rank_test(x, n, &t);
		double g = hedges_g(x, n, y, n);
		shuffle(x, n);
		summarize(x, n, 999, 1, &again);
		signed_rank_test(x, n, &u);
		assert_true(s.mean == again.mean && s.sd == again.sd && s.median == again.median && s.low == again.low && s.high == again.high);
		assert_true(t.p == u.p && t.statistic == u.statistic && t.superiority == u.superiority);
		close_to(hedges_g(x, n, y, n), g, 1e-12, "g of a shuffled sample");
		rank_sum_test(x, n, y, n, &t);
		shuffle(x, n);
		shuffle(y, n);
		rank_sum_test(x, n, y, n, &u);
		assert_true(t.p == u.p && t.statistic == u.statistic);
		rank_sum_test(y, n, x, n, &u);
		close_to(u.p, t.p, 1e-13, "p of exchanged samples");
		close_to(u.effect, -t.effect, 1e-13, "effect of exchanged samples");
	}
}

/* Multiplied by c the moments and intervals are multiplied, and the tests see no difference; shifted, the moments shift. */
static void test_scale(void **state)
{
	(void)state;
	drawn = 0;
	for (int n = 2; n < 40; n += 5) {
		double x[40], y[40], cx[40], cy[40], c = 0x1p-40;
		struct summary s, scaled;
		struct rank_test t, u;
		for (int i = 0; i < n; i++) {
			cx[i] = c * (x[i] = normal());
			cy[i] = c * (y[i] = normal() + 0.3);
		}
		summarize(x, n, 999, 1, &s);
		summarize(cx, n, 999, 1, &scaled);
		assert_true(scaled.mean == c * s.mean && scaled.sd == c * s.sd && scaled.median == c * s.median && scaled.low == c * s.low && scaled.high == c * s.high);
		assert_true(s.low <= s.mean && s.mean <= s.high);
		rank_sum_test(x, n, y, n, &t);
		rank_sum_test(cx, n, cy, n, &u);
		assert_true(t.p == u.p && t.effect == u.effect);
		close_to(hedges_g(cx, n, cy, n), hedges_g(x, n, y, n), 1e-13, "g of scaled samples");
		for (int i = 0; i < n; i++)
			cx[i] = -x[i];
		signed_rank_test(x, n, &t);
		signed_rank_test(cx, n, &u);
		close_to(u.p, t.p, 1e-13, "p of negated differences");
		close_to(u.superiority, 1 - t.superiority, 1e-13, "superiority of negated differences");
	}
}

/* Without a difference a test at 5 % finds one in 5 % of the cases at most, and so does Holm's correction over several. */
static void test_false_alarms(void **state)
{
	(void)state;
	drawn = 0;
	int pairs = 0, runs = 0, family = 0, rounds = 2000;
	for (int r = 0; r < rounds; r++) {
		double x[4][10], d[10], p[3], adjusted[3];
		struct rank_test t;
		for (int g = 0; g < 4; g++)
			for (int i = 0; i < 10; i++)
				x[g][i] = exp(normal());
		paired_differences(x[0], x[1], 10, d);
		signed_rank_test(d, 10, &t);
		pairs += t.p <= 0.05;
		for (int g = 0; g < 3; g++) {
			rank_sum_test(x[g], 10, x[3], 10, &t);
			p[g] = t.p;
		}
		runs += p[0] <= 0.05;
		holm(p, 3, adjusted);
		family += adjusted[0] <= 0.05 || adjusted[1] <= 0.05 || adjusted[2] <= 0.05;
	}
	assert_true(pairs > 0.03 * rounds && pairs < 0.062 * rounds);
	assert_true(runs > 0.03 * rounds && runs < 0.062 * rounds);
	assert_true(family > 0.01 * rounds && family < 0.062 * rounds);
}

/* The numbers of runs that "would tell" find the difference in about 80 % of repetitions. */
static void test_power(void **state)
{
	(void)state;
	drawn = 0;
	double shift = 0.75, small = 0.4, superiority = normal_cdf(shift / sqrt(2)), sums = normal_cdf(small * sqrt(2));
	int n = (int)runs_to_tell(superiority, 0.05), m = (int)pairs_to_tell(sums, 0.05), found = 0, found_pairs = 0, rounds = 1000;
	assert_true(n > 20 && n < 40 && m > 40 && m < 64);
	for (int r = 0; r < rounds; r++) {
		double x[64], y[64];
		struct rank_test t;
		for (int i = 0; i < n; i++) {
			x[i] = normal() + shift;
			y[i] = normal();
		}
		rank_sum_test(x, n, y, n, &t);
		found += t.p <= 0.05;
		for (int i = 0; i < m; i++)
			x[i] = normal() + small;
		signed_rank_test(x, m, &t);
		found_pairs += t.p <= 0.05;
	}
	assert_true(found > 0.74 * rounds && found < 0.86 * rounds);
	assert_true(found_pairs > 0.74 * rounds && found_pairs < 0.86 * rounds);
	assert_true(isinf(runs_to_tell(0.5, 0.05)) && isinf(pairs_to_tell(0.5, 0.05)));
	assert_int_equal(pairs_to_reach(0.05), 6);
	assert_int_equal(runs_to_reach(0.05), 4);
	assert_int_equal(pairs_to_reach(0.05 / 3), 7);
}

static void test_coverage(void **state)
{
	(void)state;
	drawn = 0;
	int inside = 0, skewed = 0, rounds = 600;
	for (int r = 0; r < rounds; r++) {
		double x[20], low, high;
		for (int i = 0; i < 20; i++)
			x[i] = normal();
		difference_interval(x, 20, NULL, 0, 999, (uint64_t)r, &low, &high);
		inside += low <= 0 && 0 <= high;
		for (int i = 0; i < 20; i++)
			x[i] = exp(x[i] / 2);
		difference_interval(x, 20, NULL, 0, 999, (uint64_t)r, &low, &high);
		skewed += low <= exp(0.125) && exp(0.125) <= high;
	}
	assert_true(inside > 0.88 * rounds && inside < 0.97 * rounds);
	assert_true(skewed > 0.86 * rounds && skewed < 0.97 * rounds);
}

int main(int argc, char **argv)
{
	golden_path = argc > 1 ? argv[1] : "golden/stats.txt";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden), cmocka_unit_test(test_tables), cmocka_unit_test(test_counting), cmocka_unit_test(test_few_values),
		cmocka_unit_test(test_rounding), cmocka_unit_test(test_order), cmocka_unit_test(test_scale), cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_power), cmocka_unit_test(test_coverage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
