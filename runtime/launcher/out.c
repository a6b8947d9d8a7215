/* out.c: see out.h. Most numbers of a database have been written by trainers with nine digits: those are found by multiplying with powers
** of ten, which is exact as long as both are whole and below 2^53; the others are tried with 15 to 17 digits. */
#include "out.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHORT_DIGITS = 15, POWERS = 23 };

/* 10^0 to 10^22 are doubles. */
static double power(int k)
{
	static const double powers[POWERS] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
		1e19, 1e20, 1e21, 1e22};
	return powers[k];
}

/* `digits` has no zero at its end; the point stands `after` digits from its right. As %g writes it. */
static void place_point(const char *digits, int count, int after, char *out)
{
	int exponent = count - 1 - after;
	if (exponent < -4 || exponent >= SHORT_DIGITS) {
		sprintf(out, count > 1 ? "%c.%se%c%02d" : "%c%se%c%02d", digits[0], digits + 1, exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (exponent < 0) {
		out += sprintf(out, "0.%.*s", -exponent - 1, "000");
		memcpy(out, digits, (size_t)count + 1);
		return;
	}
	int before = exponent + 1;
	for (int i = 0; i < before; i++)
		*out++ = i < count ? digits[i] : '0';
	if (before < count) {
		*out++ = '.';
		memcpy(out, digits + before, (size_t)(count - before));
		out += count - before;
	}
	*out = '\0';
}

/* v = whole / 10^k with the smallest k: a quotient of two exact doubles, rounded once, as strtod rounds. */
static bool short_text(double v, char *out)
{
	char digits[24];
	for (int k = 0; k < POWERS; k++) {
		double whole = v * power(k);
		if (whole >= 1e15)
			return false;
		if (whole < 1 || whole != floor(whole) || whole / power(k) != v)
			continue;
		int count = sprintf(digits, "%lld", (long long)whole), zeros = 0;
		while (count > 1 && digits[count - 1] == '0') {
			digits[--count] = '\0';
			zeros++;
		}
		place_point(digits, count, k - zeros, out);
		return true;
	}
	return false;
}

void number_text(double v, char out[32])
{
	if (v == 0) {
		strcpy(out, signbit(v) ? "-0" : "0");
		return;
	}
	char *at = out;
	if (v < 0)
		*at++ = '-';
	if (short_text(fabs(v), at))
		return;
	for (int digits = SHORT_DIGITS; digits <= 17; digits++) {
		snprintf(out, 32, "%.*g", digits, v);
		if (strtod(out, NULL) == v)
			return;
	}
}

void out_csv(FILE *f, const char *s)
{
	if (!strpbrk(s, ",\"\n\r")) {
		fputs(s, f);
		return;
	}
	putc('"', f);
	for (; *s; s++)
		if (*s == '"')
			fputs("\"\"", f);
		else
			putc(*s, f);
	putc('"', f);
}

/* Bytes of the UTF-8 character at `s`, 0: it is none. */
static int utf8_length(const unsigned char *s)
{
	int n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void out_escaped(FILE *f, unsigned char c)
{
	static const char special[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *at = strchr(special, c);
	if (at)
		fprintf(f, "\\%c", letter[at - special]);
	else
		fprintf(f, "\\u%04x", c);
}

/* Bytes that stand in JSON as they are. */
static size_t plain_span(const unsigned char *s)
{
	size_t n = 0;
	while (s[n] && s[n] >= ' ' && s[n] != '"' && s[n] != '\\') {
		int length = s[n] < 0x80 ? 1 : utf8_length(s + n);
		if (!length)
			break;
		n += (size_t)length;
	}
	return n;
}

void out_json(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	putc('"', f);
	while (*s) {
		size_t n = plain_span(s);
		fwrite(s, 1, n, f);
		s += n;
		if (*s >= 0x80)
			putc('?', f);
		else if (*s)
			out_escaped(f, *s);
		s += *s != 0;
	}
	putc('"', f);
}

void out_json_real(FILE *f, double v)
{
	char s[32];
	if (!isfinite(v)) {
		fputs("null", f);
		return;
	}
	number_text(v, s);
	fputs(s, f);
	if (!strpbrk(s, ".e"))
		fputs(".0", f);                               /* it is no integer, even where it looks like one */
}
