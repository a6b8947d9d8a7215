/* test_out.c: number_text gives what %.15g to %.17g give, and always the same double again. */
#include "out.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t state = 7;

static uint64_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state ^ state >> 29;
}

static void check(double v)
{
	char s[32], wanted[40];
	number_text(v, s);
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(wanted, sizeof wanted, "%.*g", digits, v);
		if (strtod(wanted, NULL) == v)
			break;
	}
	assert_string_equal(s, wanted);
}

static void any_double(void **unused)
{
	(void)unused;
	for (int i = 0; i < 50000; i++) {
		uint64_t bits = draw();
		double v;
		memcpy(&v, &bits, sizeof v);
		if (isfinite(v))
			check(v);
	}
}

static void few_digits(void **unused)
{
	char s[40];
	(void)unused;
	for (int i = 0; i < 50000; i++) {
		snprintf(s, sizeof s, "%s%.*ge%d", draw() & 1 ? "-" : "", (int)(draw() % 17) + 1, (double)(draw() >> 12) / 0x1p52, (int)(draw() % 50) - 25);
		check(strtod(s, NULL));
	}
}

static void known(void **unused)
{
	static const double values[] = {0, -0.0, 1, -1, 10, 100, 0.1, 0.5, 1e-4, 1e-5, 9.99999e-5, 123456789, 1e14, 1e15, 1e16, 999999999999999, 1e22, 1e23, 5e-324,
		1.7976931348623157e308, 2.2250738585072014e-308, 0.1 + 0.2, 1.0 / 3, 400, 75.5, 0.000244140625, 1e-22, 1e-23, 4503599627370497.5, 0x1p53, 123000, 1.5e300};
	(void)unused;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		check(values[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(known), cmocka_unit_test(few_digits), cmocka_unit_test(any_double)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
