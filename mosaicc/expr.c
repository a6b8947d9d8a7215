/* expr.c: builds nodes from an expression such as "r * (1 - r)" or "where(gt(a, 0), 1, b)": the derivatives of elementwise.def.
** Grammar: sums and differences of products and quotients of signed primaries; primaries are numbers, bound names and calls of ops.
** The text is ours, so that a mistake in it is a bug: die(). */
#include "op.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct parser { struct graph *g; const char *whole, *at; const struct binding *names; int count; struct place place; };

static struct node *parse_sum(struct parser *p);

static bool next_is(struct parser *p, char c)
{
	while (*p->at == ' ')
		p->at++;
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static struct node *two(struct parser *p, const char *op, struct node *a, struct node *b)
{
	return g_op(p->g, op, 2, (struct node *[]){a, b}, NULL, p->place);
}

static struct node *parse_call(struct parser *p, const char *name)
{
	struct node *in[INPUT_MAX];
	int count = 0;
	while (!next_is(p, ')')) {
		if (count == 3)
			die("too many arguments in \"%s\"", p->whole);
		in[count++] = parse_sum(p);
		next_is(p, ',');
	}
	return g_op(p->g, name, count, in, NULL, p->place);
}

static struct node *parse_primary(struct parser *p)
{
	if (next_is(p, '-')) {
		struct node *a = parse_primary(p);
		if (a->kind == NODE_CONST)
			return graph_const(p->g, -a->value);
		return g_op(p->g, "neg", 1, &a, NULL, p->place);
	}
	if (next_is(p, '(')) {
		struct node *inner = parse_sum(p);
		if (!next_is(p, ')'))
			die("missing ) in \"%s\"", p->whole);
		return inner;
	}
	if (isdigit((unsigned char)*p->at)) {
		char *end;
		double value = strtod(p->at, &end);
		p->at = end;
		return graph_const(p->g, value);
	}
	char name[64];
	int n = 0;
	while ((isalnum((unsigned char)*p->at) || *p->at == '_') && n < 63)
		name[n++] = *p->at++;
	name[n] = 0;
	if (next_is(p, '('))
		return parse_call(p, name);
	for (int i = 0; i < p->count; i++)
		if (strcmp(p->names[i].name, name) == 0)
			return p->names[i].node;
	die("unknown name '%s' in \"%s\"", name, p->whole);
}

static struct node *parse_product(struct parser *p)
{
	struct node *a = parse_primary(p);
	for (;;) {
		if (next_is(p, '*'))
			a = two(p, "mul", a, parse_primary(p));
		else if (next_is(p, '/'))
			a = two(p, "div", a, parse_primary(p));
		else
			return a;
	}
}

static struct node *parse_sum(struct parser *p)
{
	struct node *a = parse_product(p);
	for (;;) {
		if (next_is(p, '+'))
			a = two(p, "add", a, parse_product(p));
		else if (next_is(p, '-'))
			a = two(p, "sub", a, parse_product(p));
		else
			return a;
	}
}

struct node *graph_expr(struct graph *g, const char *expr, const struct binding *b, int count, struct place at)
{
	struct parser p = {g, expr, expr, b, count, at};
	struct node *n = parse_sum(&p);
	if (*p.at)
		die("text after the end of \"%s\"", expr);
	return n;
}
