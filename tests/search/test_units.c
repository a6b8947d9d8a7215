/* test_units.c: the parts of a search alone: the Sobol sequence, values of open ranges, what conditions say, the closest of many.
** Usage: test_units SOBOL.TXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "closest.h"
#include "config_report.h"
#include "rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *sobol_file;

static uint64_t state = 0x9e3779b97f4a7c15;
static uint64_t noise(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d;
}

static int below(int n)
{
	return (int)(noise() >> 33) % n;
}

/* ---- Sobol ---------------------------------------------------------------------------------- */

/* The ten points in three dimensions that Joe and Kuo show with their program. */
static void sobol_as_published(void **unused)
{
	(void)unused;
	static const double points[10][3] = {{0, 0, 0}, {0.5, 0.5, 0.5}, {0.75, 0.25, 0.25}, {0.25, 0.75, 0.75}, {0.375, 0.375, 0.625}, {0.875, 0.875, 0.125},
		{0.625, 0.125, 0.875}, {0.125, 0.625, 0.375}, {0.1875, 0.3125, 0.9375}, {0.6875, 0.8125, 0.4375}};
	for (uint32_t i = 0; i < 10; i++)
		for (int d = 0; d < 3; d++)
			assert_true(sobol_point(i, d) / 4294967296.0 == points[i][d]);
}

static void sobol_as_scipy(void **unused)
{
	(void)unused;
	static const uint32_t index[] = {1, 2, 3, 4, 5, 6, 7, 8, 100, 1023};
	FILE *f = fopen(sobol_file, "r");
	assert_non_null(f);
	for (int d = 0; d < SOBOL_DIMENSIONS; d++)
		for (int i = 0; i < 10; i++) {
			unsigned long wanted;
			assert_int_equal(fscanf(f, "%lu", &wanted), 1);
			assert_int_equal(sobol_point(index[i], d), wanted);
		}
	fclose(f);
}

/* The first 2^k points have one in each of 2^k equal parts, in every dimension. */
static void sobol_is_even(void **unused)
{
	(void)unused;
	for (int d = 0; d < SOBOL_DIMENSIONS; d++) {
		bool there[1024] = {0};
		for (uint32_t i = 0; i < 1024; i++) {
			uint32_t part = sobol_point(i, d) >> 22;
			assert_false(there[part]);
			there[part] = true;
		}
	}
}

/* ---- open ranges ---------------------------------------------------------------------------- */

static const char *drawn(struct arena *a, const char *text, uint64_t fraction)
{
	struct range r;
	struct range_error error;
	assert_true(range_read(a, text, strlen(text), &r, &error));
	assert_true(r.open);
	return range_draw(a, &r, fraction);
}

/* These texts are the same on every machine, for ever: they decide which runs a sweep has. */
static void draws_are_fixed(void **unused)
{
	(void)unused;
	static const struct { const char *range; uint64_t fraction; const char *value; } table[] = {
		{"1e-4-1e-1 log", 0, "0.0001"}, {"1e-4-1e-1 log", 0x8000000000000000, "0.00316228"}, {"1e-4-1e-1 log", UINT64_MAX, "0.1"},
		{"1-1000 log", 0x5555555555555555, "10"}, {"2-64 log", 0x4000000000000000, "4.75683"}, {"3e-300-7e300 log", 0x1234567890abcdef, "1.47896e-257"},
		{"16-4096 log int", 0x4000000000000000, "64"}, {"16-4096 log int", 0x4100000000000000, "65"}, {"1-3 log int", 0xfff0000000000000, "3"},
		{"0-1 lin", 0, "0"}, {"0-1 lin", 0x8000000000000000, "0.5"}, {"0-1 lin", 0x1234567890abcdef, "0.071111"}, {"0-1 lin", UINT64_MAX, "1"},
		{"-1-1 lin", 0x8000000000000000, "0"}, {"-0.5--0.25 lin", 0xc000000000000000, "-0.3125"}, {"1000000-1000001 lin", 0x8000000000000000, "1000000.5"},
		{"0-1000000000000 lin", 0x1234567890abcdef, "71111000000"}, {"1e-9-3e-9 lin", 0x4000000000000000, "1.5e-9"},
	};
	struct arena a = {0};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(drawn(&a, table[i].range, table[i].fraction), table[i].value);
	arena_free(&a);
}

static void draws_follow_the_formula(void **unused)
{
	(void)unused;
	struct arena a = {0};
	for (int round = 0; round < 3000; round++) {
		int low = -30 + below(50), high = low + 1 + below(10);
		uint64_t fraction = noise();
		double u = (double)fraction / 18446744073709551616.0, got;
		got = strtod(drawn(&a, arena_printf(&a, "1e%d-1e%d log", low, high), fraction), NULL);
		assert_true(fabs(got / pow(10, low + (high - low) * u) - 1) < 6e-6);
		int from = below(2000) - 1000, width = 1 + below(5000);
		got = strtod(drawn(&a, arena_printf(&a, "%d-%d lin", from, from + width), fraction), NULL);
		assert_true(fabs(got - (from + width * u)) < 1e-6 * width && got >= from && got <= from + width);
		const char *whole = drawn(&a, arena_printf(&a, "%d-%d log int", 1 + below(5), 6 + below(1000)), fraction);
		assert_int_equal(strspn(whole, "0123456789"), strlen(whole));
	}
	arena_free(&a);
}

/* ---- conditions ----------------------------------------------------------------------------- */

static const char config[] = "[PROCESS]\nepochs = 100\nlr = 1e-2\ndata_scheme = d\npipeline_scheme = m\n[MONITOR]\n[SEARCH]\nwhere = %s\n"
	"[data]\ntype = d\nclass = data\npath_to_class = data.c\nkey = data\nbatch = 8\nlr = 5\n"
	"[net]\ntype = m\nclass = mlp\npath_to_class = net.c\nkey = net\nwidth = 3\nlength = 4\nrate = 0.1\nbias = True\nflat = no\nactivation = relu\nempty = \"\"\n";

/* 1: the pipeline is left, 0: it is not, -1: an error. */
static int left(const char *where)
{
	struct arena a = {0};
	struct sweep s = {0};
	int before = diag.errors;
	char *text = arena_printf(&a, config, where);
	bool ok = config_expand(&a, "test.ini", text, strlen(text), &s);
	const struct condition *failed;
	enum verdict v = ok ? conditions_of(s.rules, &s, &s.pipelines.at[0], NULL, (struct measures){50, 800}, &failed) : BROKEN;
	bool refused = !ok && diag.errors == before + 1 && s.rules && s.rules->where.count && s.rules->kept == 0 && s.rules->all == 1;
	arena_free(&a);
	return ok ? v == HOLDS : refused ? 0 : -1;
}

static void conditions_mean_what_they_say(void **unused)
{
	(void)unused;
	static const struct { const char *where; int left; } table[] = {
		{"width == 3", 1}, {"width == 4", 0}, {"width != 3", 0}, {"width < 3", 0}, {"width <= 3", 1}, {"width > 2.5", 1}, {"width >= 3.0", 1},
		{"width * length == 12", 1}, {"width + length * 2 == 11", 1}, {"(width + length) * 2 == 14", 1}, {"width - length - 1 == -2", 1}, {"-width == -3", 1},
		{"- -width == 3", 1}, {"length / 8 == 0.5", 1}, {"length % width == 1", 1}, {"-1 % 4 == 3", 1}, {"7.5 % 2 == 1.5", 1}, {"2 * 3 % 4 == 2", 1},
		{"rate * 3 == 0.3", 1}, {"rate + 0.2 == 0.3", 1}, {"rate * 3 > 0.3", 0}, {"rate * 3 <= 0.3", 1}, {"1e3 == 1000", 1}, {"1e-3 < .5 + 1", 1},
		{"width in 1..3", 1}, {"width in 3..3", 1}, {"width in 4..9", 0}, {"width not in 4..9", 1}, {"width in 2 + 1..length - 1", 1}, {"width in 1.5..3.5", 1},
		{"width in [1, 3]", 1}, {"width in [1, 2]", 0}, {"width not in [1, 2]", 1}, {"activation in [relu, tanh]", -1}, {"activation in [relu, \"tanh\"]", 1},
		{"activation == relu", 1}, {"activation == 'relu'", 1}, {"activation != relu", 0}, {"activation == \"re\"", 0}, {"empty == \"\"", 1},
		{"bias", 1}, {"not bias", 0}, {"bias == true", 1}, {"bias == 1", 1}, {"bias == yes and flat == False", 1}, {"flat", 0}, {"not flat", 1},
		{"width == 3 and length == 4", 1}, {"width == 3 and length == 5", 0}, {"width == 2 or length == 4", 1}, {"width == 2 or length == 5", 0},
		{"width == 3 or width == 2 and length == 5", 1}, {"(width == 3 or width == 2) and length == 5", 0}, {"not width == 2", 1}, {"not not width == 3", 1},
		{"not (width == 3 and length == 4)", 0}, {"1 < width < 4", 1}, {"1 < width < 3", 0}, {"4 > width > 2 and 3 <= width <= 3 <= length", 1},
		{"width == 3 or width / 0 == 1", 1}, {"width != 3 and width / 0 == 1", 0}, {"width / 0 == 1", -1}, {"width % (length - 4) == 1", -1},
		{"net.width == 3", 1}, {"mlp.width == 3", 1}, {"m.width == 3", 1}, {"data.batch * net.width == 24", 1}, {"d.lr == 5", 1}, {"PROCESS.lr == 0.01", 1},
		{"process.epochs == 100", 1}, {"epochs >= 100 and optimizer == Adam and precision == float32", 1}, {"lr == 5", -1}, {"net.class == mlp", 1}, {"class == mlp", -1},
		{"nb_params == 50", 1}, {"nb_params in 45..55 and bytes < 1000", 1}, {"nb_params in 51..55", 0}, {"nb_params > 40 or widht > 3", -1}, {"bytes / nb_params == 16", 1},
		{"width <= 12, length == 4", 1}, {"width <= 12, length == 5", 0}, {"width <= 12,\n  length == 4\n  activation == relu", 1}, {"width\n  == 3", -1},
		{"width == 3\n  or length == 9", 1}, {"(width\n  ==\n  3)", 1}, {"width ==\n  3", 1}, {"activation + 1 == 2", -1}, {"width and bias", -1}, {"activation", -1},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int got = left(table[i].where);
		if (got != table[i].left)
			fail_msg("where = %s: %d, not %d", table[i].where, got, table[i].left);
	}
}

/* ---- the closest of many -------------------------------------------------------------------- */

struct measured { double value[3000]; int calls; };

static double measure(void *context, int64_t position)
{
	struct measured *m = context;
	m->calls++;
	return m->value[position];
}

static void check_closest(const struct closest *c, struct measured *m)
{
	double reached;
	int64_t wanted = -1, got;
	for (int64_t i = 0; i < c->count; i++) {
		double near = fabs(m->value[i] - c->target), before = wanted < 0 ? INFINITY : fabs(m->value[wanted] - c->target);
		if (m->value[i] >= 0 && (near < before || (near == before && m->value[i] < m->value[wanted])))
			wanted = i;
	}
	m->calls = 0;
	got = closest_find(c, &reached);
	assert_int_equal(got, wanted);
	if (got >= 0)
		assert_true(reached == m->value[got]);
}

static void closest_is_closest(void **unused)
{
	(void)unused;
	static struct measured m;
	for (int round = 0; round < 2000; round++) {
		int count = 1 + below(round % 2 ? 60 : 3000), slope = 1 + below(50), plateau = below(3), period = below(3) ? 1 : 2 + below(4);
		double v = 1 + below(20);
		for (int i = 0; i < count; i++) {
			m.value[i] = (i + 1) % period ? -1 : v;    /* as when a width must be a multiple */
			v += plateau && below(3) ? 0 : below(slope);
		}
		struct closest c = {.count = count, .rising = true, .target = below((int)v + 10), .measure = measure, .context = &m};
		check_closest(&c, &m);
		assert_true(count <= 64 || period > 1 || m.calls < 60);
	}
}

static void closest_of_any_order(void **unused)
{
	(void)unused;
	static struct measured m;
	for (int round = 0; round < 200; round++) {
		int count = 1 + below(500);
		for (int i = 0; i < count; i++)
			m.value[i] = below(5) ? below(1000) : -1;
		m.value[0] = 5;
		struct closest c = {.count = count, .rising = false, .target = below(1000), .measure = measure, .context = &m};
		check_closest(&c, &m);
	}
}

/* Where nothing is possible, that is said after a few tries, not after 3,000. */
static void closest_gives_up(void **unused)
{
	(void)unused;
	static struct measured m;
	for (int i = 0; i < 3000; i++)
		m.value[i] = -1;
	struct closest c = {.count = 3000, .rising = true, .target = 50, .measure = measure, .context = &m};
	check_closest(&c, &m);
	assert_in_range(m.calls, 1, 40);
}

static int quiet(void **unused)
{
	(void)unused;
	diag = (struct diag){.out = fopen("/dev/null", "w")};
	return diag.out ? 0 : -1;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sobol_as_published),
		cmocka_unit_test(sobol_as_scipy),
		cmocka_unit_test(sobol_is_even),
		cmocka_unit_test(draws_are_fixed),
		cmocka_unit_test(draws_follow_the_formula),
		cmocka_unit_test(conditions_mean_what_they_say),
		cmocka_unit_test(closest_is_closest),
		cmocka_unit_test(closest_of_any_order),
		cmocka_unit_test(closest_gives_up),
	};
	if (argc != 2)
		return 2;
	sobol_file = argv[1];
	return cmocka_run_group_tests(tests, quiet, NULL);
}
