/* page_text.c: whatever stands in a database becomes text of HTML or JSON, and nothing but text. Bytes that are no UTF-8, control
** characters and marks of direction become U+FFFD, so that the page is whole for every reader. */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

/* Bytes of the UTF-8 character at `s`, or 0. */
static int character(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	if (u[0] < 0x80)
		return 1;
	int n = u[0] >= 0xc2 && u[0] < 0xe0 ? 2 : u[0] >= 0xe0 && u[0] < 0xf0 ? 3 : u[0] >= 0xf0 && u[0] < 0xf5 ? 4 : 0;
	unsigned code = n ? u[0] & (0xffu >> (n + 1)) : 0;
	for (int i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3f);
	}
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	/* Marks that turn the order of letters around would turn the text around them, too. */
	if ((code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
		return 0;
	/* C1 controls and what can be no character: U+FFFE and U+FFFF. */
	if (!n || code < least[n] || code < 0xa0 || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff || (code & 0xfffe) == 0xfffe)
		return 0;
	return n;
}

/* Bytes of what is replaced: with those that go on with it, so that one mark stands for one character. */
static int step(const char *s)
{
	int n = 1;
	while (n < 4 && (s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static bool is_control(char c)
{
	return ((unsigned char)c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
}

static const char *html_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_add(struct text *out, const char *s)
{
	for (int n; *s; s += n ? n : step(s)) {
		n = is_control(*s) ? 0 : character(s);
		const char *entity = html_entity(*s);
		if (*s == '\r') {
			/* The ends of lines of other systems are no secret characters. */
		} else if (!n)
			text_add(out, replacement);
		else if (entity)
			text_add(out, entity);
		else
			text_addn(out, s, (size_t)n);
	}
	text_addn(out, "", 0);
}

void html_printf(struct text *out, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);
	va_end(ap);
	need(n < 0 ? NULL : s);
	html_add(out, s);
	free(s);
}

void json_add(struct text *out, const char *s)
{
	text_addn(out, "\"", 1);
	for (int n; *s; s += n ? n : step(s)) {
		n = *s == '\n' || *s == '\t' ? 1 : is_control(*s) ? 0 : character(s);
		if (!n)
			text_add(out, replacement);
		else if (*s == '"' || *s == '\\')
			text_printf(out, "\\%c", *s);
		else if (*s == '<' || *s == '>' || *s == '&' || *s == '\n' || *s == '\t')
			text_printf(out, "\\u%04x", (unsigned)*s);         /* </script> and <!-- would end the data */
		else
			text_addn(out, s, (size_t)n);
	}
	text_addn(out, "\"", 1);
}

void json_number(struct text *out, double v, int digits)
{
	char s[40];
	if (!isfinite(v)) {
		text_add(out, "null");
		return;
	}
	snprintf(s, sizeof s, "%.*g", digits, v);
	text_add(out, s);
}

void data_address_add(struct text *out, const char *media, const char *s)
{
	text_printf(out, "data:%s,", media);
	for (; *s; s++) {
		const char *from = "%#\"<>&'", *at = strchr(from, *s);
		if (at || is_control(*s))
			text_printf(out, "%%%02X", (unsigned)(unsigned char)*s);
		else
			text_addn(out, *s == '\n' || *s == '\t' ? " " : s, 1);
	}
}

/* Zeros at the end are kept: columns of numbers line up. */
char *measure_text(double v)
{
	if (!isfinite(v))
		return copy("–");
	if (v == 0)
		return copy("0");
	if (fabs(v) < 1e-3 || fabs(v) >= 1e5)
		return format("%.3e", v);
	char *s = format("%#.4g", v);
	size_t n = strlen(s);
	if (s[n - 1] == '.')
		s[n - 1] = '\0';
	return s;
}

char *plural(int n, const char *word)
{
	return format("%d %s%s", n, word, n == 1 ? "" : "s");
}
