/* fields.c: the text of a setting into a field of a data class's struct, and back. */
#include "driver.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Where and what, for messages. */
struct place { const char *section, *field; char *why; size_t size; };

__attribute__((format(printf, 2, 3))) static bool refuse(const struct place *p, const char *format, ...)
{
	va_list ap;
	int n = snprintf(p->why, p->size, "%s.%s: ", p->section, p->field);

	if (n < 0 || (size_t)n >= p->size)
		return false;
	va_start(ap, format);
	vsnprintf(p->why + n, p->size - (size_t)n, format, ap);
	va_end(ap);
	return false;
}

/* An integer, whatever its size: then the range is what is wrong with it. */
static bool all_digits(const char *text)
{
	text += *text == '-' || *text == '+';
	return *text && strspn(text, "0123456789") == strlen(text);
}

static bool parse_int(const struct place *place, const char *text, int size, int64_t *out)
{
	int64_t high = size >= 8 ? INT64_MAX : ((int64_t)1 << (8 * size - 1)) - 1, low = -high - 1;

	if (trainer_integer(text, low, high, out))
		return true;
	if (all_digits(text))
		return refuse(place, "%s is out of range; it can be %lld to %lld", text, (long long)low, (long long)high);
	return refuse(place, "'%s' is not an integer", text);
}

static bool parse_uint(const struct place *place, const char *text, int size, uint64_t *out)
{
	uint64_t high = size >= 8 ? UINT64_MAX : ((uint64_t)1 << (8 * size)) - 1;

	if (trainer_unsigned(text, out) && *out <= high)
		return true;
	if (all_digits(text))
		return refuse(place, "%s is out of range; it can be 0 to %llu", text, (unsigned long long)high);
	return refuse(place, "'%s' is not an integer", text);
}

static bool parse_float(const struct place *place, const char *text, int size, double *out)
{
	if (!trainer_number(text, out))
		return refuse(place, "'%s' is not a number", text);
	if (size == 4 && (*out > 3.4028235677973366e38 || *out < -3.4028235677973366e38))
		return refuse(place, "%s does not fit in a float; the largest is 3.4028235e38", text);
	return true;
}

static bool parse_bool(const struct place *place, const char *text, bool *out)
{
	static const char *const yes[] = {"true", "True", "yes", "1"}, *const no[] = {"false", "False", "no", "0"};

	for (int i = 0; i < 4; i++)
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return true;
		}
	return refuse(place, "'%s' is neither true nor false", text);
}

/* A text in double quotes loses them; \" and \\ inside are one character. */
static const char *unquoted(struct trainer_pool *pool, const char *text)
{
	size_t n = strlen(text);
	char *copy = trainer_pool_strdup(pool, text), *to = copy;

	if (n < 2 || text[0] != '"' || text[n - 1] != '"')
		return copy;
	for (const char *from = text + 1; from < text + n - 1; from++) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\') && from + 1 < text + n - 1)
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return copy;
}

static bool parse_enum(const struct place *place, const struct mosaic_field *f, const char *text, int64_t *out)
{
	char names[512];
	const char *list[64] = {NULL};
	int count = 0;
	size_t n = 0;

	for (const struct mosaic_enumerator *e = f->enumerators; e && e->name; e++) {
		if (strcmp(e->name, text) == 0) {
			*out = e->value;
			return true;
		}
		if (n < sizeof names)
			n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", e->name);
		if (count < 64)
			list[count++] = e->name;
	}
	const char *near = trainer_nearest(text, list, count);
	return refuse(place, "'%s' is not one of %s%s%s%s", text, count ? names : "(nothing)", near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* "[1, 2, 3]", "[]" or one bare value: calls `item` for each text between the commas. */
static bool parse_list(const struct place *place, const struct mosaic_field *f, struct trainer_pool *pool, const char *text, void *field)
{
	char *copy = trainer_pool_strdup(pool, text), *s = copy;
	size_t n = strlen(s), room = 1;
	bool ints = f->kind == MOSAIC_FIELD_INTS;

	if (n >= 2 && s[0] == '[' && s[n - 1] == ']') {
		s[n - 1] = '\0';
		s++;
	}
	for (const char *c = s; *c; c++)
		room += *c == ',';
	int64_t *i = trainer_pool_alloc(pool, room, sizeof *i);
	double *d = trainer_pool_alloc(pool, room, sizeof *d);
	int count = 0;
	s += strspn(s, " \t");
	for (char *item = s; *s && item; ) {
		char *comma = strchr(item, ',');
		if (comma)
			*comma = '\0';
		item += strspn(item, " \t");
		for (char *end = item + strlen(item); end > item && (end[-1] == ' ' || end[-1] == '\t'); )
			*--end = '\0';
		if (ints ? !parse_int(place, item, 8, &i[count]) : !parse_float(place, item, 8, &d[count]))
			return false;
		count++;
		item = comma ? comma + 1 : NULL;
	}
	if (ints)
		*(mosaic_ints *)field = (mosaic_ints){count, i};
	else
		*(mosaic_floats *)field = (mosaic_floats){count, d};
	return true;
}

bool trainer_field_set(struct trainer_pool *pool, const char *section, const struct mosaic_field *f, void *self, const char *text,
	char *why, size_t size)
{
	struct place place = {section, f->name, why, size};
	char *at = (char *)self + f->offset;
	int64_t i;
	uint64_t u;
	double d;
	float single;

	switch (f->kind) {
	case MOSAIC_FIELD_INT:
		return parse_int(&place, text, f->size, &i) && memcpy(at, &i, (size_t)f->size);
	case MOSAIC_FIELD_UINT:
		return parse_uint(&place, text, f->size, &u) && memcpy(at, &u, (size_t)f->size);
	case MOSAIC_FIELD_FLOAT:
		if (!parse_float(&place, text, f->size, &d))
			return false;
		single = (float)d;
		return memcpy(at, f->size == 4 ? (void *)&single : &d, (size_t)f->size);
	case MOSAIC_FIELD_BOOL:
		return parse_bool(&place, text, (bool *)at);
	case MOSAIC_FIELD_STRING:
		*(const char **)at = unquoted(pool, text);
		return true;
	case MOSAIC_FIELD_ENUM:
		return parse_enum(&place, f, text, &i) && memcpy(at, &i, (size_t)f->size);
	case MOSAIC_FIELD_INTS:
	case MOSAIC_FIELD_FLOATS:
		return parse_list(&place, f, pool, text, at);
	case MOSAIC_FIELD_DERIVED:
		return refuse(&place, "is computed by the module and cannot be set");
	}
	return false;
}

static int64_t signed_at(const char *at, int size)
{
	int64_t v = 0;

	memcpy(&v, at, (size_t)size);                  /* little endian, like every machine that we build for */
	return size >= 8 ? v : (int64_t)((uint64_t)v << (64 - 8 * size)) >> (64 - 8 * size);
}

static const char *list_text(struct trainer_pool *pool, const struct mosaic_field *f, const char *at)
{
	const mosaic_ints *ints = (const void *)at;
	const mosaic_floats *floats = (const void *)at;
	int count = f->kind == MOSAIC_FIELD_INTS ? ints->count : floats->count;
	size_t room = (size_t)count * 32 + 3, n = 1;
	char *text = trainer_pool_alloc(pool, room, 1);

	text[0] = '[';
	for (int i = 0; i < count; i++) {
		n += (size_t)snprintf(text + n, room - n, "%s", i ? ", " : "");
		if (f->kind == MOSAIC_FIELD_INTS)
			n += (size_t)snprintf(text + n, room - n, "%lld", (long long)ints->at[i]);
		else
			n += (size_t)snprintf(text + n, room - n, "%.17g", floats->at[i]);
	}
	text[n] = ']';
	return text;
}

const char *trainer_field_text(struct trainer_pool *pool, const struct mosaic_field *f, const void *self)
{
	const char *at = (const char *)self + f->offset;
	char text[64] = "";
	uint64_t u = 0;
	double d;
	float single;

	switch (f->kind) {
	case MOSAIC_FIELD_INT:
		snprintf(text, sizeof text, "%lld", (long long)signed_at(at, f->size));
		break;
	case MOSAIC_FIELD_UINT:
		memcpy(&u, at, (size_t)f->size);
		snprintf(text, sizeof text, "%llu", (unsigned long long)u);
		break;
	case MOSAIC_FIELD_FLOAT:
		memcpy(f->size == 4 ? (void *)&single : &d, at, (size_t)f->size);
		snprintf(text, sizeof text, "%.17g", f->size == 4 ? (double)single : d);
		break;
	case MOSAIC_FIELD_BOOL:
		return *(const bool *)at ? "true" : "false";
	case MOSAIC_FIELD_STRING:
		return *(const char *const *)at ? *(const char *const *)at : "";
	case MOSAIC_FIELD_ENUM:
		for (const struct mosaic_enumerator *e = f->enumerators; e && e->name; e++)
			if (e->value == signed_at(at, f->size) || (uint64_t)e->value == ((uint64_t)signed_at(at, f->size) & 0xFFFFFFFF))
				return e->name;
		break;
	case MOSAIC_FIELD_INTS:
	case MOSAIC_FIELD_FLOATS:
		return list_text(pool, f, at);
	case MOSAIC_FIELD_DERIVED:
		break;
	}
	return trainer_pool_strdup(pool, text);
}

const char *trainer_field_kind(const struct mosaic_field *f, char *out, size_t size)
{
	static const char *const kinds[] = {"integer", "integer >= 0", "number", "true or false", "text", "", "integers", "numbers", "derived"};
	size_t n = 0;

	if (f->kind != MOSAIC_FIELD_ENUM)
		return kinds[f->kind];
	out[0] = '\0';
	for (const struct mosaic_enumerator *e = f->enumerators; e && e->name && n < size; e++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", n ? "|" : "", e->name);
	return out;
}
