/* condition.c: the language of [SEARCH]: `where` conditions, the names of `zip`, the sentence of `match`. Text in, trees out; what
** names mean is for rules.c, what a tree says about a pipeline for evaluate.c. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 100, NODES_MAX = 2000, LENGTH_MAX = 1 << 16 };
enum token { END, NUMBER, TEXT, NAME, SYMBOL };

struct parser {
	struct arena *arena;
	const struct ini_pair *pair;
	const char *text;
	size_t at;                             /* behind the token */
	enum token token;
	size_t start, length;                  /* of the token */
	bool new_line;                         /* a line break stands before it */
	const char *string;                    /* of a TEXT */
	int brackets, depth, nodes;
	bool failed;
	struct condition *condition;
};

static struct place place_of(const struct parser *p, size_t offset)
{
	return ini_place(p->pair, offset);
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

/* `hint_text` may be NULL. The first error of a value is the only one. */
static void fail(struct parser *p, struct place at, const char *message, const char *hint_text)
{
	if (p->failed)
		return;
	p->failed = true;
	err(at, "%s", message);
	if (hint_text)
		hint("%s", hint_text);
}

/* ---- tokens --------------------------------------------------------------------------------- */

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
		fail(p, place_of(p, p->start), "this quote is not closed on its line", NULL);
	p->token = TEXT;
	p->string = out;
	p->length = n + (s[n] == s[0]);
}

static size_t name_length(const char *s)
{
	size_t n = 0;
	while (is_name_char(s[n]))
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
		fail(p, place_of(p, p->start), "this character means nothing in a condition", "text goes between quotes");
}

static void next(struct parser *p)
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
	else if (p->length && is_name_char(s[p->length]))
		fail(p, place_of(p, p->start), "a name does not start with a digit", NULL);
	else if (*s == '"' || *s == '\'')
		read_string(p);
	else if (!p->length && is_name_char(*s)) {
		p->token = NAME;
		p->length = name_length(s);
		if (s[p->length] == '.' && s[p->length + 1] != '.' && is_name_char(s[p->length + 1]))
			p->length += 1 + name_length(s + p->length + 1);
	} else if (!p->length) {
		read_symbol(p, s);
	}
	p->at = p->start + p->length;
	if (p->failed)
		p->token = END;
}

static bool is(const struct parser *p, const char *word)
{
	return (p->token == SYMBOL || p->token == NAME) && strlen(word) == p->length && memcmp(p->text + p->start, word, p->length) == 0;
}

static bool take(struct parser *p, const char *word)
{
	if (!is(p, word))
		return false;
	next(p);
	return true;
}

/* A line break ends a condition, but for brackets, and for lines that go on with `and` or `or`. */
static bool goes_on(const struct parser *p)
{
	return !p->failed && (!p->new_line || p->brackets > 0 || is(p, "and") || is(p, "or"));
}

/* Places are counted from the start of the value: an endless one must not take a time that grows with its square. */
static bool begin(struct parser *p)
{
	if (strlen(p->text) > LENGTH_MAX) {
		err(p->pair->value_at, "'%s' is longer than %d bytes", p->pair->key, LENGTH_MAX);
		return false;
	}
	next(p);
	return true;
}

static struct ref read_ref(struct parser *p)
{
	const char *s = p->text + p->start, *dot = memchr(s, '.', p->length);
	struct ref r = {.at = place_of(p, p->start), .name = arena_strndup(p->arena, s, p->length)};
	if (dot) {
		r.qualifier = arena_strndup(p->arena, s, (size_t)(dot - s));
		r.name += dot - s + 1;
	}
	next(p);
	return r;
}

const char *ref_text(struct arena *a, const struct ref *r)
{
	return r->qualifier ? arena_printf(a, "%s.%s", r->qualifier, r->name) : r->name;
}

/* ---- expressions ---------------------------------------------------------------------------- */

static struct expr *make(struct parser *p, enum expr_kind kind, struct place at, struct expr *a, struct expr *b)
{
	struct expr *e = arena_alloc(p->arena, sizeof *e);
	*e = (struct expr){.kind = kind, .at = at, .a = a, .b = b};
	if (++p->nodes > NODES_MAX)
		fail(p, at, "this condition is too long", "write several, one a line");
	return e;
}

static bool is_condition(const struct expr *e)
{
	return e->kind >= EXPR_EQUAL;
}

static void want_number(struct parser *p, const struct expr *e)
{
	if (is_condition(e))
		fail(p, e->at, "a condition cannot be calculated or compared with", "join conditions with and, or");
	else if (e->kind == EXPR_TEXT)
		fail(p, e->at, "a text cannot be calculated with", NULL);
}

static void want_value(struct parser *p, const struct expr *e)
{
	if (is_condition(e))
		want_number(p, e);
}

static void want_condition(struct parser *p, const struct expr *e)
{
	if (!is_condition(e) && e->kind != EXPR_REF)
		fail(p, e->at, "a condition is wanted here, not a value", "compare it: width * length <= 12, nb_params in 45..55, activation == relu");
}

static struct expr *read_or(struct parser *p);
static struct expr *read_sum(struct parser *p);

static struct expr *read_name(struct parser *p)
{
	static const char *const words[] = {"and", "or", "not", "in"};
	for (int i = 0; i < 4; i++)
		if (is(p, words[i]))
			fail(p, place_of(p, p->start), "a value is missing before this", NULL);
	bool params = is(p, "nb_params"), bytes = is(p, "bytes");
	struct ref r = read_ref(p);
	struct expr *e = make(p, params ? EXPR_NB_PARAMS : bytes ? EXPR_BYTES : EXPR_REF, r.at, NULL, NULL);
	e->ref = r;
	p->condition->measured = p->condition->measured || params || bytes;
	if (e->kind == EXPR_REF)
		VEC_PUSH(p->arena, &p->condition->refs, e);
	return e;
}

static struct expr *read_primary(struct parser *p)
{
	struct place at = place_of(p, p->start);
	struct expr *e = make(p, EXPR_NUMBER, at, NULL, NULL);
	if (p->token == NUMBER) {
		e->number = strtod(p->text + p->start, NULL);
		next(p);
	} else if (p->token == TEXT) {
		e->kind = EXPR_TEXT;
		e->text = p->string;
		next(p);
	} else if (p->token == NAME) {
		return read_name(p);
	} else if (is(p, "(")) {
		p->brackets++;
		next(p);
		e = read_or(p);
		p->brackets--;
		if (!take(p, ")"))
			fail(p, p->token == END ? at : place_of(p, p->start), p->token == END ? "this ( is not closed" : "')' or an operator is missing before this", NULL);
	} else {
		fail(p, at, p->token == END ? "the condition ends too early: a value is missing here" : "a value is missing before this", NULL);
	}
	return e;
}

static struct expr *read_unary(struct parser *p)
{
	struct place at = place_of(p, p->start);
	if (++p->depth > DEPTH_MAX)
		fail(p, at, "too many brackets, signs or nots inside each other", NULL);
	struct expr *e;
	if (!p->failed && take(p, "-")) {
		e = read_unary(p);
		want_number(p, e);
		e = make(p, EXPR_NEGATE, at, e, NULL);
	} else {
		e = read_primary(p);
	}
	p->depth--;
	return e;
}

static struct expr *read_binary(struct parser *p, const char *const *symbols, const enum expr_kind *kinds, struct expr *(*side)(struct parser *))
{
	struct expr *e = side(p);
	for (int i = 0; symbols[i] && goes_on(p); i++) {
		if (!is(p, symbols[i]))
			continue;
		struct place at = place_of(p, p->start);
		next(p);
		struct expr *right = side(p);
		want_number(p, e);
		want_number(p, right);
		e = make(p, kinds[i], at, e, right);
		i = -1;
	}
	return e;
}

static struct expr *read_product(struct parser *p)
{
	static const char *const symbols[] = {"*", "/", "%", NULL};
	static const enum expr_kind kinds[] = {EXPR_MULTIPLY, EXPR_DIVIDE, EXPR_MODULO};
	return read_binary(p, symbols, kinds, read_unary);
}

static struct expr *read_sum(struct parser *p)
{
	static const char *const symbols[] = {"+", "-", NULL};
	static const enum expr_kind kinds[] = {EXPR_ADD, EXPR_SUBTRACT};
	return read_binary(p, symbols, kinds, read_product);
}

/* ---- conditions ----------------------------------------------------------------------------- */

/* Behind `in`: 45..55 or [1, 2, relu]. */
static struct expr *read_in(struct parser *p, struct expr *value, struct place at)
{
	struct expr *e = make(p, EXPR_BETWEEN, at, value, NULL);
	want_value(p, value);
	if (!is(p, "[")) {
		e->b = read_sum(p);
		want_number(p, e->b);
		if (!take(p, ".."))
			fail(p, place_of(p, p->start), "'..' is missing", "after in comes 45..55 or a list: [1, 2, 4]");
		e->c = read_sum(p);
		want_number(p, e->c);
		return e;
	}
	struct place open = place_of(p, p->start);
	e->kind = EXPR_AMONG;
	p->brackets++;
	do {
		next(p);
		struct expr *item = read_sum(p);
		want_value(p, item);
		VEC_PUSH(p->arena, &e->items, item);
	} while (!p->failed && is(p, ","));
	p->brackets--;
	if (!take(p, "]"))
		fail(p, p->token == END ? open : place_of(p, p->start), p->token == END ? "this [ is not closed" : "',' or ']' is missing before this", NULL);
	return e;
}

static enum expr_kind comparison(struct parser *p)
{
	static const struct { const char *symbol; enum expr_kind kind; } table[] = {
		{"==", EXPR_EQUAL}, {"!=", EXPR_UNEQUAL}, {"<=", EXPR_LESS_EQUAL}, {"<", EXPR_LESS}, {">=", EXPR_GREATER_EQUAL}, {">", EXPR_GREATER}};
	for (size_t i = 0; i < sizeof table / sizeof *table && goes_on(p); i++)
		if (is(p, table[i].symbol))
			return table[i].kind;
	if (goes_on(p) && is(p, "="))
		fail(p, place_of(p, p->start), "= is no comparison", "write == for equal");
	return EXPR_NUMBER;
}

static bool at_not_in(const struct parser *p)
{
	const char *s = p->text + p->at;
	s += strspn(s, " \t\r\n");
	return is(p, "not") && strncmp(s, "in", 2) == 0 && !is_name_char(s[2]);
}

/* 2 <= width <= 4 is 2 <= width and width <= 4. */
static struct expr *read_comparison(struct parser *p)
{
	struct expr *left = read_sum(p), *all = NULL;
	struct place at = place_of(p, p->start);
	if (goes_on(p) && take(p, "in"))
		return read_in(p, left, at);
	if (goes_on(p) && at_not_in(p)) {
		next(p);
		next(p);
		return make(p, EXPR_NOT, at, read_in(p, left, at), NULL);
	}
	for (enum expr_kind kind; (kind = comparison(p)) != EXPR_NUMBER;) {
		at = place_of(p, p->start);
		next(p);
		struct expr *right = read_sum(p);
		want_value(p, left);
		want_value(p, right);
		struct expr *one = make(p, kind, at, left, right);
		all = all ? make(p, EXPR_AND, at, all, one) : one;
		left = right;
	}
	return all ? all : left;
}

static struct expr *read_not(struct parser *p)
{
	struct place at = place_of(p, p->start);
	if (!is(p, "not"))
		return read_comparison(p);
	if (++p->depth > DEPTH_MAX)
		fail(p, at, "too many brackets, signs or nots inside each other", NULL);
	next(p);
	struct expr *e = read_not(p);
	want_condition(p, e);
	p->depth--;
	return make(p, EXPR_NOT, at, e, NULL);
}

static struct expr *read_and(struct parser *p)
{
	struct expr *e = read_not(p);
	while (goes_on(p) && is(p, "and")) {
		struct place at = place_of(p, p->start);
		next(p);
		want_condition(p, e);
		struct expr *right = read_not(p);
		want_condition(p, right);
		e = make(p, EXPR_AND, at, e, right);
	}
	return e;
}

static struct expr *read_or(struct parser *p)
{
	struct expr *e = read_and(p);
	while (goes_on(p) && is(p, "or")) {
		struct place at = place_of(p, p->start);
		next(p);
		want_condition(p, e);
		struct expr *right = read_and(p);
		want_condition(p, right);
		e = make(p, EXPR_OR, at, e, right);
	}
	return e;
}

/* Text from `from` to the end of the last token, in one line. */
static const char *one_line(struct parser *p, size_t from, size_t to)
{
	char *out = arena_alloc(p->arena, to - from + 1);
	size_t n = 0;
	for (size_t i = from; i < to; i++) {
		bool space = strchr(" \t\r\n", p->text[i]) != NULL;
		if (!space || (n > 0 && out[n - 1] != ' '))
			out[n++] = space ? ' ' : p->text[i];
	}
	while (n > 0 && out[n - 1] == ' ')
		out[--n] = 0;
	return out;
}

static void unexpected(struct parser *p)
{
	struct place at = place_of(p, p->start);
	if (is(p, "&&") || is(p, "||"))
		fail(p, at, "conditions are joined with words", is(p, "&&") ? "write and" : "write or");
	else if (strncmp(p->text + p->start, "\u2264", 3) == 0 || strncmp(p->text + p->start, "\u2265", 3) == 0)
		fail(p, at, "comparisons are written with ASCII characters", "write <= or >=");
	else if (is(p, "!"))
		fail(p, at, "conditions are negated with a word", "write not");
	else
		fail(p, at, "an operator is missing before this", "conditions are joined with and, or; several stand on lines of their own, or with commas between them");
}

bool conditions_read(struct arena *a, const struct ini_pair *pair, struct conditions *out)
{
	struct parser p = {.arena = a, .pair = pair, .text = pair->value};
	if (!begin(&p))
		return false;
	while (!p.failed && p.token != END) {
		struct condition c = {.at = place_of(&p, p.start)};
		size_t from = p.start;
		p.condition = &c;
		p.nodes = 0;
		if (is(&p, "!"))
			unexpected(&p);
		c.root = read_or(&p);
		want_condition(&p, c.root);
		c.text = one_line(&p, from, p.start);
		VEC_PUSH(a, out, c);
		if (p.token == END || take(&p, ",") || p.new_line)
			continue;
		unexpected(&p);
	}
	return !p.failed;
}

/* ---- zip and match -------------------------------------------------------------------------- */

/* Names between spaces or commas, to the end of the line. */
static void read_names(struct parser *p, struct refs *out, const char *wanted)
{
	do {
		if (p->token != NAME) {
			fail(p, place_of(p, p->start), "the name of a parameter is missing here", wanted);
			return;
		}
		struct ref r = read_ref(p);
		VEC_PUSH(p->arena, out, r);
		bool comma = !p->failed && take(p, ",");
		if (!comma && (p->token == END || p->new_line))
			return;
	} while (!p->failed && out->count < PARAM_MAX);
}

bool zips_read(struct arena *a, const struct ini_pair *pair, struct zips *out)
{
	struct parser p = {.arena = a, .pair = pair, .text = pair->value};
	if (!begin(&p))
		return false;
	while (!p.failed && p.token != END) {
		struct zip z = {.at = place_of(&p, p.start)};
		read_names(&p, &z.names, "zip = width length");
		if (z.names.count == 1)
			fail(&p, z.at, "zip pairs the values of at least two parameters", "zip = width length");
		VEC_PUSH(a, out, z);
	}
	return !p.failed;
}

bool match_read(struct arena *a, const struct ini_pair *pair, struct match *out)
{
	static const char form[] = "match = nb_params 50 by width";
	struct parser p = {.arena = a, .pair = pair, .text = pair->value};
	if (!begin(&p))
		return false;
	if (p.token == END && !p.failed)
		return true;
	*out = (struct match){.on = true, .at = place_of(&p, p.start), .bytes = is(&p, "bytes")};
	if (!out->bytes && !is(&p, "nb_params"))
		fail(&p, out->at, "match starts with what is to be equal: nb_params or bytes", form);
	next(&p);
	out->target = p.token == NUMBER ? strtod(p.text + p.start, NULL) : 0;
	if (p.token != NUMBER || !(out->target >= 1 && out->target <= 1e15))
		fail(&p, place_of(&p, p.start), "a number of at least 1 is wanted here", form);
	next(&p);
	if (!is(&p, "by"))
		fail(&p, place_of(&p, p.start), "'by' and the parameter that is chosen are missing here", form);
	next(&p);
	read_names(&p, &out->by, form);
	if (p.token != END)
		fail(&p, place_of(&p, p.start), "unexpected text after match", form);
	out->text = one_line(&p, 0, strlen(p.text));
	return !p.failed;
}
