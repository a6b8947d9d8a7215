/* ranges.c: what stands between { and }: {2-5}, {2-16:2}, {16-256*2}, {0-1 lin 5}, {1e-4-1e-1 log 4}.
** Numbers are decimal, an integer times a power of ten, so that {0.1-0.5:0.1} holds 0.3 and not 0.30000000000000004. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef __int128 wide;

enum {
	DIGITS_MAX = 18,                   /* of a number as written: they fit in 64 bits */
	POINT_DIGITS = 15,                 /* of the ends of lin and log; exact results have at most as many */
	ROUND_DIGITS = 6,                  /* of a value that has no short decimal form */
	EXPONENT_MAX = 300
};

/* ---- decimal numbers ------------------------------------------------------------------------ */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits_length(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n && is_digit(s[i]))
		i++;
	return i;
}

/* Length of [+-] digits [. digits] [e [+-] digits] at the start of s; 0: no number. */
size_t number_length(const char *s, size_t n)
{
	size_t i = n > 0 && (s[0] == '+' || s[0] == '-');
	size_t whole = digits_length(s + i, n - i), part = 0;
	i += whole;
	if (i < n && s[i] == '.') {
		part = digits_length(s + i + 1, n - i - 1);
		i += 1 + part;
	}
	if (whole + part == 0)
		return 0;
	if (i >= n || (s[i] != 'e' && s[i] != 'E'))
		return i;
	size_t sign = i + 1 < n && (s[i + 1] == '+' || s[i + 1] == '-');
	size_t power = digits_length(s + i + 1 + sign, n - i - 1 - sign);
	return power ? i + 1 + sign + power : i;
}

static struct decimal trimmed(struct decimal d)
{
	while (d.digits != 0 && d.digits % 10 == 0) {
		d.digits /= 10;
		d.exp++;
	}
	if (d.digits == 0)
		d.exp = 0;
	return d;
}

/* Reads a number at the start of s; 0, or how many bytes it takes. */
static size_t decimal_read(const char *s, size_t n, struct decimal *out)
{
	size_t length = number_length(s, n);
	struct decimal d = {0};
	int count = 0;
	bool point = false;
	size_t i = length && (s[0] == '+' || s[0] == '-');
	for (; i < length && s[i] != 'e' && s[i] != 'E'; i++) {
		if (s[i] == '.') {
			point = true;
			continue;
		}
		count += count > 0 || s[i] != '0';
		if (count > DIGITS_MAX)
			return 0;
		d.digits = d.digits * 10 + (s[i] - '0');
		d.exp -= point;
	}
	long power = i < length ? strtol(s + i + 1, NULL, 10) : 0;
	if (power > EXPONENT_MAX || power < -EXPONENT_MAX || d.exp < -EXPONENT_MAX)
		return 0;
	d.exp += (int)power;
	if (length && s[0] == '-')
		d.digits = -d.digits;
	*out = trimmed(d);
	return length;
}

/* 1250 * 10^-3 is "1.25", 1 * 10^-5 is "1e-5": plain between 0.0001 and 10^18, as people write. */
const char *decimal_text(struct arena *a, struct decimal d)
{
	char digits[32], *minus = d.digits < 0 ? "-" : "";
	d = trimmed(d);
	int n = snprintf(digits, sizeof digits, "%llu", d.digits < 0 ? -(unsigned long long)d.digits : (unsigned long long)d.digits);
	int point = n + d.exp;             /* digits before the point */
	if (point < -3 || point > 18)
		return arena_printf(a, "%s%c%s%se%d", minus, digits[0], n > 1 ? "." : "", digits + 1, point - 1);
	if (d.exp >= 0)
		return arena_printf(a, "%s%s%.*s", minus, digits, d.exp, "000000000000000000");
	if (point <= 0)
		return arena_printf(a, "%s0.%.*s%s", minus, -point, "000", digits);
	return arena_printf(a, "%s%.*s.%s", minus, point, digits, digits + point);
}

/* digits * 10^places, or false when it has more than DIGITS_MAX digits. */
static bool scaled(int64_t digits, int places, int64_t *out)
{
	const int64_t most = 1000000000000000000;
	for (; places > 0 && digits; places--) {
		if (digits >= most / 10 || digits <= -most / 10)
			return false;
		digits *= 10;
	}
	*out = digits;
	return true;
}

/* The same exponent for all three, so that they add up as integers. */
static bool align(struct decimal *a, struct decimal *b, struct decimal *c)
{
	int low = a->exp < b->exp ? a->exp : b->exp;
	low = c->exp < low ? c->exp : low;
	struct decimal *all[] = {a, b, c};
	for (int i = 0; i < 3; i++) {
		if (!scaled(all[i]->digits, all[i]->exp - low, &all[i]->digits))
			return false;
		all[i]->exp = low;
	}
	return true;
}

bool decimal_align(struct decimal *a, struct decimal *b)
{
	struct decimal none = {0, a->exp};
	return align(a, b, &none);
}

/* d rounded to `most` digits, half to even; d may be wider than 64 bits. */
static struct decimal rounded(wide d, int exp, int most)
{
	wide limit = 1, unit = 1;
	for (int i = 0; i < most; i++)
		limit *= 10;
	wide positive = d < 0 ? -d : d;
	while (positive / unit >= limit) {
		unit *= 10;
		exp++;
	}
	wide q = positive / unit, rest = positive % unit;
	q += rest * 2 > unit || (rest * 2 == unit && q % 2 == 1);
	return trimmed((struct decimal){(int64_t)(d < 0 ? -q : q), exp});
}

static struct decimal product(struct decimal a, struct decimal b)
{
	return rounded((wide)a.digits * b.digits, a.exp + b.exp, POINT_DIGITS);
}

/* -1, 0 or 1, for any two decimals. */
int decimal_compare(struct decimal a, struct decimal b)
{
	if ((a.digits > 0) - (a.digits < 0) != (b.digits > 0) - (b.digits < 0) || a.digits == 0)
		return a.digits < b.digits ? -1 : a.digits > b.digits;
	bool negative = a.digits < 0;
	while (scaled(a.digits, 1, &a.digits))
		a.exp--;
	while (scaled(b.digits, 1, &b.digits))
		b.exp--;
	if (a.exp != b.exp)
		return (a.exp < b.exp) != negative ? -1 : 1;
	return a.digits < b.digits ? -1 : a.digits > b.digits;
}

/* ---- reading -------------------------------------------------------------------------------- */

struct scan { struct arena *arena; const char *text; size_t n, at; struct range_error *error; };

static bool fail(struct scan *s, size_t at, const char *message, const char *hint)
{
	*s->error = (struct range_error){message, hint, at};
	return false;
}

static void skip(struct scan *s)
{
	while (s->at < s->n && strchr(" \t\r\n", s->text[s->at]))
		s->at++;
}

static bool take(struct scan *s, const char *word)
{
	skip(s);
	size_t length = strlen(word);
	if (s->n - s->at < length || memcmp(s->text + s->at, word, length) != 0)
		return false;
	s->at += length;
	return true;
}

static bool take_number(struct scan *s, struct decimal *out, size_t *at)
{
	skip(s);
	*at = s->at;
	size_t length = number_length(s->text + s->at, s->n - s->at);
	if (length == 0)
		return fail(s, s->at, "a number is expected here",
			"a range is {2-5}, {2-16:2}, {16-256*2}, {0-1 lin 5} or {1e-4-1e-1 log 4}; text with braces goes between quotes");
	if (decimal_read(s->text + s->at, length, out) == 0)
		return fail(s, s->at, "this number has too many digits for a range", "use at most 18 digits and exponents up to 300");
	s->at += length;
	return true;
}

static bool read_form(struct scan *s, struct range *r, size_t *by_at)
{
	bool stepped = take(s, ":");
	r->kind = stepped ? RANGE_STEP : take(s, "*") ? RANGE_POWER : take(s, "lin") ? RANGE_LIN : take(s, "log") ? RANGE_LOG : RANGE_STEP;
	r->by = (struct decimal){1, 0};
	*by_at = s->at;
	skip(s);
	bool points = r->kind == RANGE_LIN || r->kind == RANGE_LOG;
	r->integers = points && take(s, "int");
	r->open = points && (r->integers || s->at == s->n);
	if (r->integers && r->kind == RANGE_LIN) {
		r->kind = RANGE_STEP;              /* {2-5 lin int} is {2-5} */
		r->open = false;
		stepped = true;
	} else if (!r->open && (stepped || r->kind != RANGE_STEP) && !take_number(s, &r->by, by_at)) {
		return false;
	}
	skip(s);
	if (s->at < s->n)
		return fail(s, s->at, "unexpected text in a range", "after {a-b come :step, *factor, lin n or log n");
	if (r->integers && (r->from.exp < 0 || r->to.exp < 0))
		return fail(s, 0, "the ends of a range of integers are integers", NULL);
	if (!stepped && r->kind == RANGE_STEP && (r->from.exp < 0 || r->to.exp < 0))
		return fail(s, s->at, "a range of numbers that are no integers needs a step",
			"for example {0.1-0.5:0.1}, {0-1 lin 5} or {1e-4-1e-1 log 4}");
	return true;
}

static bool count_steps(struct scan *s, struct range *r, size_t by_at)
{
	if (r->by.digits <= 0)
		return fail(s, by_at, "the step must be greater than 0", NULL);
	if (!align(&r->from, &r->to, &r->by))
		return fail(s, by_at, "the ends and the step are too far apart", "they must fit in 18 digits together");
	wide count = ((wide)r->to.digits - r->from.digits) / r->by.digits + 1;
	r->size = (int64_t)count;              /* at most 18 digits */
	r->count = count > RANGE_COUNT_TOO_BIG ? RANGE_COUNT_TOO_BIG : (int64_t)count;
	return true;
}

static bool count_powers(struct scan *s, struct range *r, size_t from_at, size_t by_at)
{
	if (r->from.digits <= 0)
		return fail(s, from_at, "a range with a factor must start above 0", NULL);
	if (decimal_compare(r->by, (struct decimal){1, 0}) <= 0)
		return fail(s, by_at, "the factor must be greater than 1", NULL);
	r->count = 1;
	for (struct decimal v = product(r->from, r->by); decimal_compare(v, r->to) <= 0; v = product(v, r->by)) {
		if (++r->count > RUN_LIMIT) {
			r->count = RANGE_COUNT_TOO_BIG;
			break;
		}
	}
	r->size = r->count;
	return true;
}

static bool count_points(struct scan *s, struct range *r, size_t from_at, size_t by_at)
{
	int64_t n, most = 1000000000000000, ends[2];
	if (r->by.exp < 0 || r->by.digits < 0 || !scaled(r->by.digits, r->by.exp, &n) || (n < 2 && !r->open))
		return fail(s, by_at, "the count of points must be an integer of at least 2", NULL);
	if (r->kind == RANGE_LOG && r->from.digits <= 0)
		return fail(s, from_at, "a logarithmic range must start above 0", NULL);
	struct decimal none = {0, r->from.exp};
	struct decimal from = r->from, to = r->to;
	if (!align(&from, &to, &none))
		from.digits = most;
	ends[0] = from.digits < 0 ? -from.digits : from.digits;
	ends[1] = to.digits < 0 ? -to.digits : to.digits;
	if (r->kind == RANGE_LIN && (ends[0] >= most || ends[1] >= most))
		return fail(s, from_at, "the ends are too far apart", "they must fit in 15 digits together");
	if (r->kind == RANGE_LIN) {
		r->from = from;
		r->to = to;
	}
	r->by = (struct decimal){n, 0};
	r->size = n;
	r->count = n > RANGE_COUNT_TOO_BIG ? RANGE_COUNT_TOO_BIG : n;
	return true;
}

bool range_read(struct arena *a, const char *text, size_t n, struct range *out, struct range_error *error)
{
	struct scan s = {.arena = a, .text = text, .n = n, .error = error};
	size_t from_at, to_at, by_at;
	*out = (struct range){0};
	if (!take_number(&s, &out->from, &from_at))
		return false;
	skip(&s);
	if (!take(&s, "-"))
		return fail(&s, s.at, "a range needs '-' between its ends", s.at < n && text[s.at] == ',' ? "a list of values stands without braces: 1, 2, 4; a range is {2-5}"
			: "for example {2-5}; text with braces goes between quotes");
	if (!take_number(&s, &out->to, &to_at) || !read_form(&s, out, &by_at))
		return false;
	int order = decimal_compare(out->from, out->to);
	if (order > 0)
		return fail(&s, from_at, "this range ends below its start", "write the smaller end first");
	if (order == 0 && out->kind != RANGE_STEP)
		return fail(&s, from_at, "both ends of this range are equal", NULL);
	if (out->kind == RANGE_STEP)
		return count_steps(&s, out, by_at);
	if (out->kind == RANGE_POWER)
		return count_powers(&s, out, from_at, by_at);
	return count_points(&s, out, from_at, by_at);
}

/* ---- values --------------------------------------------------------------------------------- */

/* Point i of n: exact when it has a decimal form of at most POINT_DIGITS digits, else rounded to ROUND_DIGITS. */
static struct decimal lin_point(const struct range *r, int64_t i)
{
	int64_t parts = r->by.digits - 1;
	wide value = (wide)r->from.digits * parts + ((wide)r->to.digits - r->from.digits) * i;
	int exp = r->from.exp;
	wide limit = 1000000000000000;     /* 10^POINT_DIGITS */
	while (value % parts != 0 && (value < 0 ? -value : value) / parts < limit) {
		value *= 10;
		exp--;
	}
	return rounded(value / parts, exp, value % parts == 0 ? POINT_DIGITS : ROUND_DIGITS);
}

static long double as_number(struct decimal d)
{
	char text[48];
	snprintf(text, sizeof text, "%llde%d", (long long)d.digits, d.exp);
	return strtold(text, NULL);
}

static struct decimal log_point(const struct range *r, int64_t i)
{
	if (i == 0)
		return r->from;
	if (i == r->by.digits - 1)
		return r->to;
	long double low = logl(as_number(r->from)), high = logl(as_number(r->to));
	long double value = expl(low + (high - low) * (long double)i / (long double)(r->by.digits - 1));
	char text[48];
	int n = snprintf(text, sizeof text, "%.*Le", ROUND_DIGITS - 1, value);
	struct decimal d = {0};
	if (decimal_read(text, (size_t)n, &d) == 0)
		die("log range: cannot read back %s", text);
	return d;
}

const char *range_value(struct arena *a, const struct range *r, int64_t i)
{
	struct decimal v = r->from;
	if (r->kind == RANGE_LIN || r->kind == RANGE_LOG)
		return decimal_text(a, r->kind == RANGE_LIN ? lin_point(r, i) : log_point(r, i));
	if (r->kind == RANGE_STEP)
		v.digits += i * r->by.digits;
	for (int64_t k = 0; k < i && r->kind == RANGE_POWER; k++)
		v = product(v, r->by);
	return decimal_text(a, v);
}

bool range_values(struct arena *a, const struct range *r, const char **out)
{
	struct decimal v = r->from, before = {0};
	for (int64_t i = 0; i < r->count; i++) {
		if (r->kind == RANGE_STEP)
			v.digits = r->from.digits + i * r->by.digits;
		else if (r->kind == RANGE_POWER)
			v = i == 0 ? r->from : product(v, r->by);
		else
			v = r->kind == RANGE_LIN ? lin_point(r, i) : log_point(r, i);
		if (i > 0 && decimal_compare(before, v) >= 0)
			return false;
		before = v;
		out[i] = decimal_text(a, v);
	}
	return true;
}
