/* value.c: the text of one config value as C of a field's type. Ranges are those of the C type. */
#include "mosaicc.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOWEST "(-9223372036854775807 - 1)"    /* int64_t's has no literal of its own */

enum { LIST_LIMIT = 65536, SHOWN = 60 };

struct value_check {
	struct arena *arena;
	const struct field *field;
	struct place at;
	int element;                         /* of a list, from 1; or 0 */
};

/* ---- texts ---------------------------------------------------------------------------------- */

const char *shown(struct arena *a, const char *s)
{
	size_t n = strnlen(s, SHOWN + 1), keep = n > SHOWN ? SHOWN - 3 : n;
	while (keep < n && keep > 0 && ((unsigned char)s[keep] & 0xc0) == 0x80)
		keep--;                             /* no half of a UTF-8 character */
	char *copy = arena_printf(a, "%.*s%s", (int)keep, s, n > SHOWN ? "..." : "");
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	return copy;
}

/* Length of the UTF-8 character at s when it is well-formed and harmless to show, else 0: broken bytes, controls and marks that
** turn the direction of text go into C as octal. */
static int plain_utf8(const unsigned char *s)
{
	int n = s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : 0;
	if (!n)
		return 0;
	uint32_t c = s[0] & (0xff >> (n + 1));
	for (int i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	bool shortest = n == 2 || (n == 3 && c >= 0x800) || (n == 4 && c >= 0x10000 && c <= 0x10ffff);
	bool hidden = c < 0xa0 || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
	bool surrogate = c >= 0xd800 && c <= 0xdfff;
	return shortest && !hidden && !surrogate ? n : 0;
}

const char *quoted_c(struct arena *a, const char *s)
{
	struct text t = {0};
	text_add(&t, "\"");
	for (const unsigned char *c = (const unsigned char *)s; *c;) {
		int wide = plain_utf8(c);
		if (wide)
			text_addn(&t, (const char *)c, (size_t)wide);
		else if (*c == '"' || *c == '\\' || *c == '?')     /* ? : no trigraphs */
			text_printf(&t, "\\%c", *c);
		else if (*c == '\n' || *c == '\t')
			text_add(&t, *c == '\n' ? "\\n" : "\\t");
		else if (*c >= ' ' && *c < 127)
			text_addn(&t, (const char *)c, 1);
		else
			text_printf(&t, "\\%03o", *c);         /* three octal digits end by themselves, \x does not */
		c += wide ? wide : 1;
	}
	text_add(&t, "\"");
	const char *quoted = arena_strdup(a, t.at);
	text_free(&t);
	return quoted;
}

/* ---- messages ------------------------------------------------------------------------------- */

/* "width = 'abc'" or "element 2 of sizes = 'abc'", then what is wrong; and where the field is. */
__attribute__((format(printf, 3, 4)))
static bool refuse(const struct value_check *v, const char *value, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	const char *why = arena_vprintf(v->arena, fmt, ap);
	va_end(ap);
	const char *which = v->element ? arena_printf(v->arena, "element %d of ", v->element) : "";
	bool fallback = v->at.file == v->field->at.file && v->at.line == v->field->at.line && v->at.col == v->field->at.col;
	bool is_new = err_once(v->at, "%s%s%s = '%s': %s", fallback ? "default of " : "", which, v->field->name, shown(v->arena, value), why);
	if (is_new && v->field->at.file && !fallback)
		note(v->field->at, "the parameter is here");
	return false;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Length of a decimal number with optional sign, fraction and exponent at s; 0: none. `plain`: digits only. */
static size_t number_length(const char *s, bool *plain)
{
	size_t sign = *s == '+' || *s == '-', i = sign, digits = 0;
	for (; isdigit((unsigned char)s[i]); i++)
		digits++;
	*plain = s[i] != '.' && s[i] != 'e' && s[i] != 'E';
	if (s[i] == '.')
		for (i++; isdigit((unsigned char)s[i]); i++)
			digits++;
	if (!digits)
		return 0;
	if (s[i] == 'e' || s[i] == 'E') {
		size_t e = i + 1 + (s[i + 1] == '+' || s[i + 1] == '-');
		if (!isdigit((unsigned char)s[e]))
			return i;
		while (isdigit((unsigned char)s[e]))
			e++;
		i = e;
	}
	return i;
}

static const char *int_range(struct arena *a, int bytes, bool is_unsigned)
{
	int bits = bytes * 8;
	if (is_unsigned)
		return arena_printf(a, "0 to %llu", bits == 64 ? (unsigned long long)UINT64_MAX : (1ull << bits) - 1);
	long long high = bits == 64 ? INT64_MAX : (1ll << (bits - 1)) - 1;
	return arena_printf(a, "%lld to %lld", -high - 1, high);
}

static bool int_out_of_range(const struct value_check *v, const char *value, int bytes, bool is_unsigned)
{
	const char *type = v->element ? "int64_t" : v->field->type;
	return refuse(v, value, "out of range: %s is %s", type, int_range(v->arena, bytes, is_unsigned));
}

/* The integer in C; what exceeds int64_t needs a `u`. */
static const char *int_text(struct arena *a, bool negative, uint64_t magnitude)
{
	if (negative && magnitude > INT64_MAX)
		return LOWEST;
	return arena_printf(a, "%s%llu%s", negative && magnitude ? "-" : "", (unsigned long long)magnitude, magnitude > INT64_MAX ? "u" : "");
}

static bool int_value(const struct value_check *v, const char *value, int bytes, bool is_unsigned, const char **c_text)
{
	bool plain;
	size_t n = number_length(value, &plain);
	if (!n || value[n])
		return refuse(v, value, "not an integer");
	bool negative = *value == '-';
	uint64_t magnitude;
	errno = 0;
	if (plain) {
		magnitude = strtoull(value + (*value == '-' || *value == '+'), NULL, 10);
	} else {                                    /* 1e3 is an integer, 1.5 is not */
		double d = fabs(strtod(value, NULL));
		if (d != floor(d))
			return refuse(v, value, "not an integer");
		if (d > 9007199254740992.0)
			return refuse(v, value, "too large for this way of writing; write all digits");
		magnitude = (uint64_t)d;
	}
	uint64_t high = is_unsigned ? UINT64_MAX >> (64 - bytes * 8) : (uint64_t)INT64_MAX >> (64 - bytes * 8);
	uint64_t limit = !negative ? high : is_unsigned ? 0 : high + 1;
	if (errno == ERANGE || magnitude > limit)
		return int_out_of_range(v, value, bytes, is_unsigned);
	*c_text = int_text(v->arena, negative, magnitude);
	return true;
}

/* The number as the user wrote it, made a literal of the type: 1 becomes 1.0, of a float 1.0f. */
static bool float_value(const struct value_check *v, const char *value, bool is_float, const char **c_text)
{
	bool plain;
	size_t n = number_length(value, &plain);
	if (!n || value[n])
		return refuse(v, value, "not a finite number");
	errno = 0;
	double d = is_float ? (double)strtof(value, NULL) : strtod(value, NULL);
	const char *type = is_float ? "float" : "double";
	if (isinf(d))
		return refuse(v, value, "out of range: %s goes to %s", type, is_float ? "3.4e38" : "1.8e308");
	if (d == 0 && strpbrk(value, "123456789") && strcspn(value, "123456789") < strcspn(value, "eE"))
		return refuse(v, value, "too small: it would be 0 as %s", type);
	*c_text = arena_printf(v->arena, "%s%s%s", value + (*value == '+'), plain ? ".0" : "", is_float ? "f" : "");
	return true;
}

/* A default is written as in a config, where quotes may stand around a text, with \\ and \" inside. */
static bool string_value(const struct value_check *v, const char *value, bool quoted, const char **c_text)
{
	size_t n = strlen(value);
	if (quoted && n >= 2 && value[0] == '"' && value[n - 1] == '"') {
		char *copy = arena_alloc(v->arena, n), *to = copy;
		for (size_t i = 1; i < n - 1; i++) {
			if (value[i] == '\\' && (i + 1 == n - 1 || !strchr("\\\"'", value[++i])))
				return refuse(v, value, "unknown escape; write \\\\ for a backslash, \\\" for a quote");
			*to++ = value[i];
		}
		value = copy;
	}
	*c_text = quoted_c(v->arena, value);
	return true;
}

static bool bool_value(const struct value_check *v, const char *value, const char **c_text)
{
	static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};
	for (int i = 0; i < 4; i++) {
		if (strcasecmp(value, yes[i]) == 0 || strcasecmp(value, no[i]) == 0) {
			*c_text = strcasecmp(value, yes[i]) == 0 ? "true" : "false";
			return true;
		}
	}
	return refuse(v, value, "neither true nor false (true, yes, on, 1; false, no, off, 0)");
}

static bool enum_value(const struct value_check *v, const char *value, const char **c_text)
{
	const struct field *f = v->field;
	VEC(const char *) names = {0};
	struct text list = {0};
	for (int i = 0; i < f->enumerators.count; i++) {
		if (strcmp(f->enumerators.at[i].name, value) == 0) {
			*c_text = f->enumerators.at[i].name;
			text_free(&list);
			return true;
		}
		VEC_PUSH(v->arena, &names, f->enumerators.at[i].name);
		text_printf(&list, "%s%s", i ? ", " : "", f->enumerators.at[i].name);
	}
	const char *near = nearest_name(value, names.at, names.count);
	if (near)
		refuse(v, value, "did you mean '%s'? One of %s", near, list.at);
	else
		refuse(v, value, "must be one of %s", list.at);
	text_free(&list);
	return false;
}

/* ---- lists ---------------------------------------------------------------------------------- */

static bool add_element(struct value_check *v, const char *from, size_t n, struct text *out)
{
	while (n && isspace((unsigned char)*from))
		from++, n--;
	while (n && isspace((unsigned char)from[n - 1]))
		n--;
	const char *element = arena_strndup(v->arena, from, n), *c_text;
	v->element++;
	if (v->element > LIST_LIMIT)
		return refuse(v, "...", "a list has at most %d elements", LIST_LIMIT);
	bool ints = v->field->kind == FIELD_INTS;
	if (ints ? !int_value(v, element, 8, false, &c_text) : !float_value(v, element, false, &c_text))
		return false;
	text_printf(out, "%s%s", v->element > 1 ? ", " : "", c_text);
	return true;
}

static bool list_value(struct value_check *v, const char *value, const char **c_text)
{
	size_t n = strlen(value);
	if (n < 2 || value[0] != '[' || value[n - 1] != ']')
		return refuse(v, value, "not a list; write [1, 2, 3], [7] or []");
	struct text elements = {0};
	const char *at = value + 1, *end = value + n - 1;
	bool ok = true;
	while (ok && at + strspn(at, " \t") < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at)), *to = comma ? comma : end;
		ok = add_element(v, at, (size_t)(to - at), &elements);
		at = comma ? comma + 1 : end;
		if (ok && comma && at + strspn(at, " \t") >= end)
			ok = add_element(v, at, 0, &elements);     /* [1, ] has an empty second one */
	}
	if (ok && v->element)
		*c_text = arena_printf(v->arena, "{%d, (const %s[]){%s}}", v->element, v->field->kind == FIELD_INTS ? "int64_t" : "double", elements.at);
	else if (ok)
		*c_text = "{0, 0}";
	text_free(&elements);
	return ok;
}

bool field_value(struct arena *a, const struct field *f, const char *value, struct place at, const char **c_text)
{
	struct value_check v = {a, f, at, 0};
	switch (f->kind) {
	case FIELD_INT: return int_value(&v, value, f->size, false, c_text);
	case FIELD_UINT: return int_value(&v, value, f->size, true, c_text);
	case FIELD_FLOAT: return float_value(&v, value, true, c_text);
	case FIELD_DOUBLE: return float_value(&v, value, false, c_text);
	case FIELD_BOOL: return bool_value(&v, value, c_text);
	case FIELD_ENUM: return enum_value(&v, value, c_text);
	case FIELD_INTS:
	case FIELD_FLOATS: return list_value(&v, value, c_text);
	case FIELD_STRING: return string_value(&v, value, value == f->fallback, c_text);
	case FIELD_DERIVED: break;
	}
	die("field %s is not bound from text", f->name);
}

/* ---- the same for a trainer's settings ------------------------------------------------------- */

/* "[1, 2]" of "{2, (const int64_t[]){1, 2}}". */
static const char *plain_list(struct arena *a, const char *c_text)
{
	const char *from = strstr(c_text, "]){"), *end = c_text + strlen(c_text) - 2, *low;
	struct text t = {0};
	text_add(&t, "[");
	for (from = from ? from + 3 : end; (low = strstr(from, LOWEST)); from = low + strlen(LOWEST)) {
		text_addn(&t, from, (size_t)(low - from));
		text_add(&t, "-9223372036854775808");
	}
	text_addn(&t, from, (size_t)(end - from));
	text_add(&t, "]");
	const char *list = arena_strdup(a, t.at);
	text_free(&t);
	return list;
}

/* The bytes of a literal of quoted_c(), between quotes if they start and end with quotes, which a trainer would take off. */
static const char *plain_string(struct arena *a, const char *c_text)
{
	size_t n = strlen(c_text);
	char *text = arena_alloc(a, n), *to = text;
	for (const char *c = c_text + 1; c < c_text + n - 1; c++) {
		if (*c != '\\')
			*to++ = *c;
		else if (isdigit((unsigned char)*++c))
			*to++ = (char)((c[0] - '0') << 6 | (c[1] - '0') << 3 | (c[2] - '0')), c += 2;
		else
			*to++ = *c == 'n' ? '\n' : *c == 't' ? '\t' : *c;
	}
	if (to - text < 2 || *text != '"' || to[-1] != '"')
		return text;
	struct text t = {0};
	text_add(&t, "\"");
	for (const char *c = text; *c; c++)
		text_printf(&t, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	text_add(&t, "\"");
	const char *quoted = arena_strdup(a, t.at);
	text_free(&t);
	return quoted;
}

const char *field_plain(struct arena *a, const struct field *f, const char *value, const char *c_text)
{
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_UINT:
		return strcmp(c_text, LOWEST) == 0 ? "-9223372036854775808" : arena_strndup(a, c_text, strcspn(c_text, "u"));
	case FIELD_FLOAT:
	case FIELD_DOUBLE: return value + (*value == '+');
	case FIELD_STRING: return plain_string(a, c_text);
	case FIELD_INTS:
	case FIELD_FLOATS: return plain_list(a, c_text);
	default: return c_text;
	}
}
