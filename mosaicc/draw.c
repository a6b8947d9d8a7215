/* draw.c: a value of an open range, {a-b lin} or {a-b log}, at a fraction of it. Integers alone: no library's logarithm, whose last bit
** changes with the machine, has a part in which values a sweep has. */
#include "config.h"

typedef __int128 wide;
typedef unsigned __int128 uwide;

enum { DRAW_DIGITS = 6, ONE = 60, SQUARE = 62 };           /* bits behind the point: of logarithms, of numbers from 1 to 2 */
static const wide UNIT = (wide)1 << ONE;
static const uint64_t LOG10_OF_2 = 1388255822130839283;    /* log10(2) * 2^62 */
static const uint64_t LOG2_OF_10 = 3829922337353294527;    /* log2(10) * 2^60 */

static wide power_of_10(int n)
{
	wide v = 1;
	while (n-- > 0)
		v *= 10;
	return v;
}

static int digit_count(uint64_t v)
{
	int n = 1;
	while (v >= 10) {
		v /= 10;
		n++;
	}
	return n;
}

/* ---- logarithms ----------------------------------------------------------------------------- */

/* log2(v) * 2^ONE, bit by bit: squaring a number from 1 to 2 doubles its logarithm. */
static wide log2_of(uint64_t v)
{
	int exponent = 63 - __builtin_clzll(v);
	uint64_t m = exponent <= SQUARE ? v << (SQUARE - exponent) : v >> (exponent - SQUARE);
	wide log = exponent;
	for (int i = 0; i < ONE; i++) {
		uwide square = (uwide)m * m >> SQUARE;
		bool bit = square >> (SQUARE + 1);
		m = (uint64_t)(bit ? square >> 1 : square);
		log = log * 2 + bit;
	}
	return log;
}

static wide log10_of(struct decimal d)
{
	wide log = log2_of((uint64_t)d.digits) * (wide)(LOG10_OF_2 >> 6) >> 56;
	return log + (wide)d.exp * UNIT;
}

static uint64_t root_of(uwide v)
{
	uint64_t root = 0;
	for (int bit = 63; bit >= 0; bit--) {
		uint64_t with = root | (uint64_t)1 << bit;
		if ((uwide)with * with <= v)
			root = with;
	}
	return root;
}

/* 2^f * 2^SQUARE for f from 0 to less than 1, in units of 2^-ONE: the product of the roots of 2 that its bits name. */
static uint64_t power_of_2(uint64_t f)
{
	uint64_t power = (uint64_t)1 << SQUARE, root = (uint64_t)1 << (SQUARE + 1);
	for (int bit = ONE - 1; bit >= 0 && f; bit--) {
		root = root_of((uwide)root << SQUARE);
		if (f >> bit & 1)
			power = (uint64_t)((uwide)power * root >> SQUARE);
		f &= ((uint64_t)1 << bit) - 1;
	}
	return power;
}

/* 10^x with DRAW_DIGITS digits; x in units of 2^-ONE. */
static struct decimal power_of_10_of(wide x)
{
	int whole = (int)(x >> ONE);
	uint64_t part = (uint64_t)(x - whole * UNIT);
	wide log = (wide)part * LOG2_OF_10 >> ONE;
	int doublings = (int)(log >> ONE);
	uwide power = (uwide)power_of_2((uint64_t)(log - ((wide)doublings << ONE))) << doublings;
	uwide digits = power * (uwide)power_of_10(DRAW_DIGITS - 1) + ((uwide)1 << (SQUARE - 1));
	return (struct decimal){(int64_t)(digits >> SQUARE), whole - (DRAW_DIGITS - 1)};
}

static struct decimal draw_log(const struct range *r, uint64_t fraction)
{
	wide from = log10_of(r->from), to = log10_of(r->to);
	return power_of_10_of(from + ((to - from) * (wide)(fraction >> 32) >> 32));
}

/* ---- values --------------------------------------------------------------------------------- */

/* from + fraction * (to - from), the second rounded at the seventh digit of the range's width. Both ends have one exponent (ranges.c). */
static struct decimal draw_lin(const struct range *r, uint64_t fraction)
{
	uint64_t span = (uint64_t)(r->to.digits - r->from.digits), half = (uint64_t)1 << 63;
	int more = DRAW_DIGITS + 1 - digit_count(span), room = 18 - digit_count((uint64_t)(r->from.digits < 0 ? -r->from.digits : r->from.digits));
	if (more <= 0) {
		int64_t unit = (int64_t)power_of_10(-more);
		int64_t offset = (int64_t)((uwide)span * fraction >> 64);
		return (struct decimal){r->from.digits + (offset + unit / 2) / unit * unit, r->from.exp};
	}
	more = more < room ? more : room;
	wide scale = power_of_10(more), offset = (wide)(((uwide)span * (uwide)scale * fraction + half) >> 64);
	return (struct decimal){(int64_t)(r->from.digits * scale + offset), r->from.exp - more};
}

/* The nearest integer, half up. */
static struct decimal rounded(struct decimal d)
{
	for (int carry = 0; d.exp < 0; d.exp++) {
		carry = d.exp == -1 && d.digits % 10 >= 5;
		d.digits = d.digits / 10 + carry;
	}
	return d;
}

const char *range_draw(struct arena *a, const struct range *r, uint64_t fraction)
{
	struct decimal d = r->kind == RANGE_LOG ? draw_log(r, fraction) : draw_lin(r, fraction);
	if (r->integers)
		d = rounded(d);
	if (decimal_compare(d, r->from) < 0)
		d = r->from;
	return decimal_text(a, decimal_compare(d, r->to) > 0 ? r->to : d);
}
