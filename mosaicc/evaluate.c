/* evaluate.c: what a condition says about one pipeline. A condition that asks for something which the pipeline does not have, or which is not
** known yet, says nothing about it: it holds. */
#include "rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct value_of { enum { OF_NUMBER, OF_TEXT, OF_BOOL, OF_NOTHING } kind; double number; const char *text; bool yes; };
static const struct value_of nothing = {.kind = OF_NOTHING};    /* after an error */

static struct value_of number_of(double v)
{
	return (struct value_of){.kind = OF_NUMBER, .number = v};
}

static struct value_of bool_of(bool v)
{
	return (struct value_of){.kind = OF_BOOL, .yes = v};
}

/* A value of the config: a number when all of it is one. */
static struct value_of text_of(const char *text)
{
	size_t n = strlen(text);
	if (n && number_length(text, n) == n)
		return number_of(strtod(text, NULL));
	return (struct value_of){.kind = OF_TEXT, .text = text};
}

/* What a message calls a value: the name of its parameter, or itself. */
static const char *shown_expr(struct arena *a, const struct expr *e)
{
	return e->kind == EXPR_REF ? ref_text(a, &e->ref) : e->kind == EXPR_TEXT ? ini_shown(a, e->text) : "this";
}

static const char *shown_value(struct arena *a, const struct expr *e, struct value_of v)
{
	if (e->kind != EXPR_REF)
		return "";
	return v.kind == OF_NUMBER ? arena_printf(a, "it is %.12g here; ", v.number) : arena_printf(a, "it is '%s' here; ", ini_shown(a, v.text));
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Numbers are decimal where they are written, and 3 * 0.1 is 0.3 here, too. */
static int compare(double a, double b)
{
	double near = 1e-12 * fmax(fabs(a), fabs(b));
	return fabs(a - b) <= near ? 0 : a < b ? -1 : 1;
}

static struct value_of evaluate(const struct expr *e, const struct measures *m);

/* False after an error, and for what has none: then the value is not asked for again. */
static bool as_number(const struct expr *e, const struct measures *m, double *out)
{
	struct arena a = {0};
	struct value_of v = evaluate(e, m);
	*out = v.number;
	if (v.kind == OF_TEXT && err_once(e->at, "'%s' is no number", shown_expr(&a, e)))
		hint("%stexts can be compared with == and != only", shown_value(&a, e, v));
	arena_free(&a);
	return v.kind == OF_NUMBER;
}

static struct value_of divide(const struct expr *e, double a, double b)
{
	if (b == 0) {
		err_once(e->at, "a division by 0");
		return nothing;
	}
	return number_of(e->kind == EXPR_DIVIDE ? a / b : a - b * floor(a / b));    /* % has the sign of b */
}

static struct value_of calculate(const struct expr *e, const struct measures *m)
{
	double a, b = 0;
	if (!as_number(e->a, m, &a) || (e->b && !as_number(e->b, m, &b)))
		return nothing;
	switch (e->kind) {
	case EXPR_NEGATE: return number_of(-a);
	case EXPR_ADD: return number_of(a + b);
	case EXPR_SUBTRACT: return number_of(a - b);
	case EXPR_MULTIPLY: return number_of(a * b);
	default: return divide(e, a, b);
	}
}

/* ---- comparisons ---------------------------------------------------------------------------- */

/* True, yes and 1 are one value. */
static bool equal(struct value_of a, struct value_of b)
{
	bool x, y;
	if (a.kind == OF_NUMBER && b.kind == OF_NUMBER)
		return compare(a.number, b.number) == 0;
	if (a.kind == OF_TEXT && b.kind == OF_TEXT)
		return strcmp(a.text, b.text) == 0 || (bool_read(a.text, &x) && bool_read(b.text, &y) && x == y);
	const struct value_of *text = a.kind == OF_TEXT ? &a : &b, *number = a.kind == OF_TEXT ? &b : &a;
	return bool_read(text->text, &x) && number->number == x;
}

static struct value_of compared(const struct expr *e, const struct measures *m)
{
	if (e->kind == EXPR_EQUAL || e->kind == EXPR_UNEQUAL) {
		struct value_of a = evaluate(e->a, m), b = evaluate(e->b, m);
		if (a.kind == OF_NOTHING || b.kind == OF_NOTHING)
			return nothing;
		return bool_of(equal(a, b) == (e->kind == EXPR_EQUAL));
	}
	double a, b, c;
	if (!as_number(e->a, m, &a) || !as_number(e->b, m, &b) || (e->c && !as_number(e->c, m, &c)))
		return nothing;
	switch (e->kind) {
	case EXPR_LESS: return bool_of(compare(a, b) < 0);
	case EXPR_LESS_EQUAL: return bool_of(compare(a, b) <= 0);
	case EXPR_GREATER: return bool_of(compare(a, b) > 0);
	case EXPR_GREATER_EQUAL: return bool_of(compare(a, b) >= 0);
	default: return bool_of(compare(a, b) >= 0 && compare(a, c) <= 0);
	}
}

static struct value_of among(const struct expr *e, const struct measures *m)
{
	struct value_of v = evaluate(e->a, m);
	bool found = false;
	for (int i = 0; i < e->items.count && v.kind != OF_NOTHING; i++) {
		struct value_of item = evaluate(e->items.at[i], m);
		if (item.kind == OF_NOTHING)
			return nothing;
		found = found || equal(v, item);
	}
	return v.kind == OF_NOTHING ? nothing : bool_of(found);
}

/* ---- conditions ----------------------------------------------------------------------------- */

/* A parameter may be a condition by itself when it is true or false. */
static struct value_of truth(const struct expr *e, const struct measures *m)
{
	struct arena a = {0};
	struct value_of v = evaluate(e, m);
	bool yes = false, ok = v.kind == OF_BOOL;
	if (v.kind == OF_TEXT && bool_read(v.text, &yes))
		v = bool_of(yes);
	else if (v.kind == OF_NUMBER && (v.number == 0 || v.number == 1))
		v = bool_of(v.number == 1);
	else if (!ok && v.kind != OF_NOTHING && err_once(e->at, "'%s' is neither true nor false", shown_expr(&a, e)))
		hint("%scompare it, as in width <= 12 or activation == relu", shown_value(&a, e, v));
	arena_free(&a);
	return v.kind == OF_BOOL ? v : nothing;
}

static struct value_of joined(const struct expr *e, const struct measures *m)
{
	struct value_of a = truth(e->a, m);
	if (a.kind == OF_NOTHING || a.yes != (e->kind == EXPR_AND))
		return a;
	return truth(e->b, m);
}

static struct value_of evaluate(const struct expr *e, const struct measures *m)
{
	switch (e->kind) {
	case EXPR_NUMBER: return number_of(e->number);
	case EXPR_TEXT: return (struct value_of){.kind = OF_TEXT, .text = e->text};
	case EXPR_REF: return text_of(e->text);
	case EXPR_NB_PARAMS: return number_of(m->nb_params);
	case EXPR_BYTES: return number_of(m->bytes);
	case EXPR_NEGATE: case EXPR_ADD: case EXPR_SUBTRACT: case EXPR_MULTIPLY: case EXPR_DIVIDE: case EXPR_MODULO:
		return calculate(e, m);
	case EXPR_AMONG: return among(e, m);
	case EXPR_AND: case EXPR_OR: return joined(e, m);
	case EXPR_NOT: {
		struct value_of v = truth(e->a, m);
		return v.kind == OF_BOOL ? bool_of(!v.yes) : v;
	}
	default: return compared(e, m);
	}
}

/* ---- pipelines ------------------------------------------------------------------------------ */

static bool is_process(const struct module *m)
{
	return strcmp(m->type, "process") == 0;
}

bool ref_fits(const struct ref *r, const struct module *m)
{
	if (is_process(m))
		return r->process;
	return !r->qualifier || strcmp(r->qualifier, m->section) == 0 || strcmp(r->qualifier, m->type) == 0 || strcmp(r->qualifier, m->class) == 0;
}

/* The text of a name in a pipeline; NULL when it has none, or when it is still open. */
static const char *text_in(const struct ref *r, const struct sweep *sweep, const struct pipeline *p, const struct param *open)
{
	if (r->process)
		return process_get(sweep, p, r->name);
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		for (int k = 0; k < m->params.count && ref_fits(r, m); k++)
			if (strcmp(m->params.at[k].name, r->name) == 0)
				return &m->params.at[k] == open ? NULL : m->params.at[k].value;
	}
	return NULL;
}

enum verdict condition_of(struct condition *c, const struct sweep *sweep, const struct pipeline *p, const struct param *open, struct measures m)
{
	if (c->measured && m.nb_params < 0)
		return HOLDS;
	for (int i = 0; i < c->refs.count; i++) {
		struct expr *e = c->refs.at[i];
		if (e->kind != EXPR_REF)
			continue;                      /* it turned out to be an enumerator */
		e->text = text_in(&e->ref, sweep, p, open);
		if (!e->text)
			return HOLDS;
	}
	struct value_of v = truth(c->root, &m);
	return v.kind == OF_NOTHING ? BROKEN : v.yes ? HOLDS : FAILS;
}

static bool asks(const struct expr *e, enum expr_kind kind)
{
	if (!e)
		return false;
	bool found = e->kind == kind || asks(e->a, kind) || asks(e->b, kind) || asks(e->c, kind);
	for (int i = 0; i < e->items.count && !found; i++)
		found = asks(e->items.at[i], kind);
	return found;
}

bool condition_asks(const struct condition *c, enum expr_kind kind)
{
	return c->measured && asks(c->root, kind);
}

enum verdict conditions_of(struct rules *r, const struct sweep *sweep, const struct pipeline *p, const struct param *open, struct measures m,
	const struct condition **failed)
{
	for (int i = 0; i < r->where.count; i++) {
		enum verdict v = condition_of(&r->where.at[i], sweep, p, open, m);
		*failed = &r->where.at[i];
		if (v != HOLDS)
			return v;
	}
	*failed = NULL;
	return HOLDS;
}
