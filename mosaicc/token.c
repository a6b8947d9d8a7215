/* token.c: see token.h. */
#include "token.h"

#include <string.h>

enum { LENGTH_MAX = 1 << 16 };

struct place token_place(const struct parser *p, size_t offset)
{
	return ini_place(p->pair, offset);
}

bool token_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

void token_fail(struct parser *p, struct place at, const char *message, const char *hint_text)
{
	if (p->failed)
		return;
	p->failed = true;
	err(at, "%s", message);
	if (hint_text)
		hint("%s", hint_text);
}

static size_t count_digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* As number_length(), but 45..55 is two numbers. */
static size_t number_token(const char *s)
{
	size_t n = count_digits(s);
	if (s[n] == '.' && s[n + 1] != '.')
		n += 1 + count_digits(s + n + 1);
	if (n == 0 || (n == 1 && s[0] == '.'))
		return 0;
	if (s[n] == 'e' || s[n] == 'E') {
		size_t sign = s[n + 1] == '+' || s[n + 1] == '-', power = count_digits(s + n + 1 + sign);
		n += power ? 1 + sign + power : 0;
	}
	return n;
}

static void read_string(struct parser *p)
{
	const char *s = p->text + p->start;
	char *out = arena_alloc(p->arena, strlen(s) + 1);
	size_t n = 1, count = 0;
	while (s[n] && s[n] != '\n' && s[n] != s[0]) {
		n += s[n] == '\\' && s[n + 1] && s[n + 1] != '\n';
		out[count++] = s[n++];
	}
	if (s[n] != s[0])
		token_fail(p, token_place(p, p->start), "this quote is not closed on its line", NULL);
	p->token = TEXT;
	p->string = out;
	p->length = n + (s[n] == s[0]);
}

static size_t name_length(const char *s)
{
	size_t n = 0;
	while (token_is_name(s[n]))
		n++;
	return n;
}

static void read_symbol(struct parser *p, const char *s)
{
	static const char *const two[] = {"==", "!=", "<=", ">=", "..", "&&", "||"};
	p->token = SYMBOL;
	p->length = 1;
	for (size_t i = 0; i < sizeof two / sizeof *two; i++)
		if (strncmp(s, two[i], 2) == 0)
			p->length = 2;
	if (p->length == 1 && !strchr("+-*/%<>()[],=!:;", *s))
		token_fail(p, token_place(p, p->start), "this character means nothing in a condition", "text goes between quotes");
}

void token_next(struct parser *p)
{
	p->new_line = false;
	for (; p->text[p->at] && strchr(" \t\r\n", p->text[p->at]); p->at++)
		p->new_line = p->new_line || p->text[p->at] == '\n';
	const char *s = p->text + p->at;
	p->start = p->at;
	p->length = number_token(s);
	p->token = NUMBER;
	if (!*s)
		p->token = END;
	else if (p->length && token_is_name(s[p->length]))
		token_fail(p, token_place(p, p->start), "a name does not start with a digit", NULL);
	else if (*s == '"' || *s == '\'')
		read_string(p);
	else if (!p->length && token_is_name(*s)) {
		p->token = NAME;
		p->length = name_length(s);
		if (s[p->length] == '.' && s[p->length + 1] != '.' && token_is_name(s[p->length + 1]))
			p->length += 1 + name_length(s + p->length + 1);
	} else if (!p->length) {
		read_symbol(p, s);
	}
	p->at = p->start + p->length;
	if (p->failed)
		p->token = END;
}

bool token_is(const struct parser *p, const char *word)
{
	return (p->token == SYMBOL || p->token == NAME) && strlen(word) == p->length && memcmp(p->text + p->start, word, p->length) == 0;
}

bool token_take(struct parser *p, const char *word)
{
	if (!token_is(p, word))
		return false;
	token_next(p);
	return true;
}

/* Places are counted from the start of the value: an endless one must not take a time that grows with its square. */
bool token_begin(struct parser *p)
{
	if (strlen(p->text) > LENGTH_MAX) {
		err(p->pair->value_at, "'%s' is longer than %d bytes", p->pair->key, LENGTH_MAX);
		return false;
	}
	token_next(p);
	return true;
}

struct ref token_ref(struct parser *p)
{
	const char *s = p->text + p->start, *dot = memchr(s, '.', p->length);
	struct ref r = {.at = token_place(p, p->start), .name = arena_strndup(p->arena, s, p->length)};
	if (dot) {
		r.qualifier = arena_strndup(p->arena, s, (size_t)(dot - s));
		r.name += dot - s + 1;
	}
	token_next(p);
	return r;
}

const char *ref_text(struct arena *a, const struct ref *r)
{
	return r->qualifier ? arena_printf(a, "%s.%s", r->qualifier, r->name) : r->name;
}
