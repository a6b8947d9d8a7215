/* condition.c: the language of [SEARCH]: `where` conditions, the names of `zip`, the sentence of `match`. Text in, trees out; what
** names mean is for rules.c, what a tree says about a pipeline for evaluate.c. */
#include "token.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 100, NODES_MAX = 2000 };

/* A line break ends a condition, but for brackets, and for lines that go on with `and` or `or`. */
static bool goes_on(const struct parser *p)
{
	return !p->failed && (!p->new_line || p->brackets > 0 || token_is(p, "and") || token_is(p, "or"));
}

/* ---- expressions ---------------------------------------------------------------------------- */

static struct expr *make(struct parser *p, enum expr_kind kind, struct place at, struct expr *a, struct expr *b)
{
	struct expr *e = arena_alloc(p->arena, sizeof *e);
	*e = (struct expr){.kind = kind, .at = at, .a = a, .b = b};
	if (++p->nodes > NODES_MAX)
		token_fail(p, at, "this condition is too long", "write several, one a line");
	return e;
}

static bool is_condition(const struct expr *e)
{
	return e->kind >= EXPR_EQUAL;
}

static void want_number(struct parser *p, const struct expr *e)
{
	if (is_condition(e))
		token_fail(p, e->at, "a condition cannot be calculated or compared with", "join conditions with and, or");
	else if (e->kind == EXPR_TEXT)
		token_fail(p, e->at, "a text cannot be calculated with", NULL);
}

static void want_value(struct parser *p, const struct expr *e)
{
	if (is_condition(e))
		want_number(p, e);
}

static void want_condition(struct parser *p, const struct expr *e)
{
	if (!is_condition(e) && e->kind != EXPR_REF)
		token_fail(p, e->at, "a condition is wanted here, not a value", "compare it: width * length <= 12, nb_params in 45..55, activation == relu");
}

static struct expr *read_or(struct parser *p);
static struct expr *read_sum(struct parser *p);

static struct expr *read_name(struct parser *p)
{
	static const char *const words[] = {"and", "or", "not", "in"};
	for (int i = 0; i < 4; i++)
		if (token_is(p, words[i]))
			token_fail(p, token_place(p, p->start), "a value is missing before this", NULL);
	bool params = token_is(p, "nb_params"), bytes = token_is(p, "bytes");
	struct ref r = token_ref(p);
	struct expr *e = make(p, params ? EXPR_NB_PARAMS : bytes ? EXPR_BYTES : EXPR_REF, r.at, NULL, NULL);
	e->ref = r;
	p->condition->measured = p->condition->measured || params || bytes;
	if (e->kind == EXPR_REF)
		VEC_PUSH(p->arena, &p->condition->refs, e);
	return e;
}

static struct expr *read_primary(struct parser *p)
{
	struct place at = token_place(p, p->start);
	struct expr *e = make(p, EXPR_NUMBER, at, NULL, NULL);
	if (p->token == NUMBER) {
		e->number = strtod(p->text + p->start, NULL);
		token_next(p);
	} else if (p->token == TEXT) {
		e->kind = EXPR_TEXT;
		e->text = p->string;
		token_next(p);
	} else if (p->token == NAME) {
		return read_name(p);
	} else if (token_is(p, "(")) {
		p->brackets++;
		token_next(p);
		e = read_or(p);
		p->brackets--;
		if (!token_take(p, ")"))
			token_fail(p, p->token == END ? at : token_place(p, p->start), p->token == END ? "this ( is not closed" : "')' or an operator is missing before this", NULL);
	} else {
		token_fail(p, at, p->token == END ? "the condition ends too early: a value is missing here" : "a value is missing before this", NULL);
	}
	return e;
}

static struct expr *read_unary(struct parser *p)
{
	struct place at = token_place(p, p->start);
	if (++p->depth > DEPTH_MAX)
		token_fail(p, at, "too many brackets, signs or nots inside each other", NULL);
	struct expr *e;
	if (!p->failed && token_take(p, "-")) {
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
		if (!token_is(p, symbols[i]))
			continue;
		struct place at = token_place(p, p->start);
		token_next(p);
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
	if (!token_is(p, "[")) {
		e->b = read_sum(p);
		want_number(p, e->b);
		if (!token_take(p, ".."))
			token_fail(p, token_place(p, p->start), "'..' is missing", "after in comes 45..55 or a list: [1, 2, 4]");
		e->c = read_sum(p);
		want_number(p, e->c);
		return e;
	}
	struct place open = token_place(p, p->start);
	e->kind = EXPR_AMONG;
	p->brackets++;
	do {
		token_next(p);
		struct expr *item = read_sum(p);
		want_value(p, item);
		VEC_PUSH(p->arena, &e->items, item);
	} while (!p->failed && token_is(p, ","));
	p->brackets--;
	if (!token_take(p, "]"))
		token_fail(p, p->token == END ? open : token_place(p, p->start), p->token == END ? "this [ is not closed" : "',' or ']' is missing before this", NULL);
	return e;
}

static enum expr_kind comparison(struct parser *p)
{
	static const struct { const char *symbol; enum expr_kind kind; } table[] = {
		{"==", EXPR_EQUAL}, {"!=", EXPR_UNEQUAL}, {"<=", EXPR_LESS_EQUAL}, {"<", EXPR_LESS}, {">=", EXPR_GREATER_EQUAL}, {">", EXPR_GREATER}};
	for (size_t i = 0; i < sizeof table / sizeof *table && goes_on(p); i++)
		if (token_is(p, table[i].symbol))
			return table[i].kind;
	if (goes_on(p) && token_is(p, "="))
		token_fail(p, token_place(p, p->start), "= is no comparison", "write == for equal");
	return EXPR_NUMBER;
}

static bool at_not_in(const struct parser *p)
{
	const char *s = p->text + p->at;
	s += strspn(s, " \t\r\n");
	return token_is(p, "not") && strncmp(s, "in", 2) == 0 && !token_is_name(s[2]);
}

/* 2 <= width <= 4 is 2 <= width and width <= 4. */
static struct expr *read_comparison(struct parser *p)
{
	struct expr *left = read_sum(p), *all = NULL;
	struct place at = token_place(p, p->start);
	if (goes_on(p) && token_take(p, "in"))
		return read_in(p, left, at);
	if (goes_on(p) && at_not_in(p)) {
		token_next(p);
		token_next(p);
		return make(p, EXPR_NOT, at, read_in(p, left, at), NULL);
	}
	for (enum expr_kind kind; (kind = comparison(p)) != EXPR_NUMBER;) {
		at = token_place(p, p->start);
		token_next(p);
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
	struct place at = token_place(p, p->start);
	if (!token_is(p, "not"))
		return read_comparison(p);
	if (++p->depth > DEPTH_MAX)
		token_fail(p, at, "too many brackets, signs or nots inside each other", NULL);
	token_next(p);
	struct expr *e = read_not(p);
	want_condition(p, e);
	p->depth--;
	return make(p, EXPR_NOT, at, e, NULL);
}

static struct expr *read_and(struct parser *p)
{
	struct expr *e = read_not(p);
	while (goes_on(p) && token_is(p, "and")) {
		struct place at = token_place(p, p->start);
		token_next(p);
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
	while (goes_on(p) && token_is(p, "or")) {
		struct place at = token_place(p, p->start);
		token_next(p);
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
	struct place at = token_place(p, p->start);
	if (token_is(p, "&&") || token_is(p, "||"))
		token_fail(p, at, "conditions are joined with words", token_is(p, "&&") ? "write and" : "write or");
	else if (strncmp(p->text + p->start, "\u2264", 3) == 0 || strncmp(p->text + p->start, "\u2265", 3) == 0)
		token_fail(p, at, "comparisons are written with ASCII characters", "write <= or >=");
	else if (token_is(p, "!"))
		token_fail(p, at, "conditions are negated with a word", "write not");
	else
		token_fail(p, at, "an operator is missing before this", "conditions are joined with and, or; several stand on lines of their own, or with commas between them");
}

bool conditions_read(struct arena *a, const struct ini_pair *pair, struct conditions *out)
{
	struct parser p = {.arena = a, .pair = pair, .text = pair->value};
	if (!token_begin(&p))
		return false;
	while (!p.failed && p.token != END) {
		struct condition c = {.at = token_place(&p, p.start)};
		size_t from = p.start;
		p.condition = &c;
		p.nodes = 0;
		if (token_is(&p, "!"))
			unexpected(&p);
		c.root = read_or(&p);
		want_condition(&p, c.root);
		c.text = one_line(&p, from, p.start);
		VEC_PUSH(a, out, c);
		if (p.token == END || token_take(&p, ",") || p.new_line)
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
			token_fail(p, token_place(p, p->start), "the name of a parameter is missing here", wanted);
			return;
		}
		struct ref r = token_ref(p);
		VEC_PUSH(p->arena, out, r);
		bool comma = !p->failed && token_take(p, ",");
		if (!comma && (p->token == END || p->new_line))
			return;
	} while (!p->failed && out->count < PARAM_MAX);
}

bool zips_read(struct arena *a, const struct ini_pair *pair, struct zips *out)
{
	struct parser p = {.arena = a, .pair = pair, .text = pair->value};
	if (!token_begin(&p))
		return false;
	while (!p.failed && p.token != END) {
		struct zip z = {.at = token_place(&p, p.start)};
		read_names(&p, &z.names, "zip = width length");
		if (z.names.count == 1)
			token_fail(&p, z.at, "zip pairs the values of at least two parameters", "zip = width length");
		VEC_PUSH(a, out, z);
	}
	return !p.failed;
}

bool match_read(struct arena *a, const struct ini_pair *pair, struct match *out)
{
	static const char form[] = "match = nb_params 50 by width";
	struct parser p = {.arena = a, .pair = pair, .text = pair->value};
	if (!token_begin(&p))
		return false;
	if (p.token == END && !p.failed)
		return true;
	*out = (struct match){.on = true, .at = token_place(&p, p.start), .bytes = token_is(&p, "bytes")};
	if (!out->bytes && !token_is(&p, "nb_params"))
		token_fail(&p, out->at, "match starts with what is to be equal: nb_params or bytes", form);
	token_next(&p);
	out->target = p.token == NUMBER ? strtod(p.text + p.start, NULL) : 0;
	if (p.token != NUMBER || !(out->target >= 1 && out->target <= 1e15))
		token_fail(&p, token_place(&p, p.start), "a number of at least 1 is wanted here", form);
	token_next(&p);
	if (!token_is(&p, "by"))
		token_fail(&p, token_place(&p, p.start), "'by' and the parameter that is chosen are missing here", form);
	token_next(&p);
	read_names(&p, &out->by, form);
	if (p.token != END)
		token_fail(&p, token_place(&p, p.start), "unexpected text after match", form);
	out->text = one_line(&p, 0, strlen(p.text));
	return !p.failed;
}
