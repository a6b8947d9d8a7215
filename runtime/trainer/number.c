/* number.c: a number as printf("%.9g") writes it, some ten times faster: with small networks in 16 lanes, printf took a
** fifth of the time of an epoch. */
#include "driver.h"

#include <string.h>

#if __LDBL_MANT_DIG__ >= 64
/* Powers of ten that a long double holds exactly. */
static const long double powers[] = {1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L, 1e6L, 1e7L, 1e8L, 1e9L, 1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L, 1e16L,
	1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};

/* a = digits * 10^(exponent - 8) with nine digits, correctly rounded; false when that is not certain. */
static bool nine_digits(double a, uint64_t *digits, int *exponent)
{
	union { double d; uint64_t u; } bits = {a};
	int e = (((int)(bits.u >> 52) - 1023) * 1233) >> 12;             /* log10(2) is about 1233 / 4096: at most one off */

	for (int tries = 0; tries < 3; tries++) {
		int shift = 8 - e;
		if (shift > 27 || shift < -27)
			return false;
		long double m = shift >= 0 ? (long double)a * powers[shift] : (long double)a / powers[-shift];
		if (m < 1e8L) {
			e--;
			continue;
		}
		if (m >= 1e9L) {
			e++;
			continue;
		}
		uint64_t n = (uint64_t)m;
		double rest = (double)(m - (long double)n);
		if (rest > 0.499999 && rest < 0.500001)
			return false;
		n += rest > 0.5;
		*digits = n == 1000000000 ? 100000000 : n;
		*exponent = n == 1000000000 ? e + 1 : e;
		return true;
	}
	return false;
}
#else
static bool nine_digits(double a, uint64_t *digits, int *exponent)
{
	(void)a, (void)digits, (void)exponent;
	return false;
}
#endif

/* d.ddde-05 */
static char *scientific(char *to, const char *d, int count, int e)
{
	*to++ = d[0];
	if (count > 1) {
		*to++ = '.';
		memcpy(to, d + 1, (size_t)count - 1);
		to += count - 1;
	}
	*to++ = 'e';
	*to++ = e < 0 ? '-' : '+';
	e = e < 0 ? -e : e;
	*to++ = (char)('0' + e / 10);
	*to++ = (char)('0' + e % 10);
	return to;
}

static char *positional(char *to, const char *d, int count, int e)
{
	if (e < 0) {
		*to++ = '0';
		*to++ = '.';
		for (int i = -1; i > e; i--)
			*to++ = '0';
		memcpy(to, d, (size_t)count);
		return to + count;
	}
	for (int i = 0; i <= e || i < count; i++) {
		if (i == e + 1)
			*to++ = '.';
		*to++ = i < count ? d[i] : '0';
	}
	return to;
}

int trainer_number_text(double value, char out[32])
{
	char digits[9], *to = out;
	uint64_t n;
	int e, count = 9;

	if (value != value)
		return strcpy(out, "nan"), 3;
	if (value == 0)
		return strcpy(out, __builtin_signbit(value) ? "-0" : "0"), (int)strlen(out);
	if (!nine_digits(__builtin_fabs(value), &n, &e))
		return snprintf(out, 32, "%.9g", value);
	for (int i = 8; i >= 0; i--, n /= 10)
		digits[i] = (char)('0' + n % 10);
	while (count > 1 && digits[count - 1] == '0')
		count--;
	if (value < 0)
		*to++ = '-';
	to = e < -4 || e >= 9 ? scientific(to, digits, count, e) : positional(to, digits, count, e);
	*to = '\0';
	return (int)(to - out);
}
