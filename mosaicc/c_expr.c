/* c_expr.c: values as text of C: elements of arrays, and expressions that are written where they are used. */
#include "emit_c.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void line(struct emit *e, const char *fmt, ...)
{
	for (int i = 0; i < e->depth; i++)
		text_add(e->out, "\t");
	va_list ap;
	va_start(ap, fmt);
	struct arena *a = e->p->arena;
	text_add(e->out, arena_vprintf(a, fmt, ap));
	va_end(ap);
	text_add(e->out, "\n");
}

/* ---- places in arrays ----------------------------------------------------------------------- */

/* name[r][i] of a value whose axes are given as text, axis by axis. */
const char *element(struct emit *e, const struct node *n, const char *const *index)
{
	const struct plan *p = e->p;
	struct node *root = PLAN(p, n)->root;
	const struct node *named = root && plan_same_array(p, n, root) ? root : n;
	if (PLAN(p, named)->home == HOME_NONE && named == n && root == n)
		return PLAN(p, n)->c_name;
	struct text t = {0};
	text_add(&t, PLAN(p, named)->c_name);
	int axes[RANK_MAX], count = plan_axes(p, &n->shape, axes);
	for (int i = 0; i < count; i++)
		text_printf(&t, "[%s]", index[axes[i]]);
	if (!count)
		text_add(&t, "[0]");
	const char *s = arena_strdup(p->arena, t.at);
	text_free(&t);
	return s;
}

/* The same in a loop over `space`: axes are aligned at the end, axes of 1 stay at 0. */
const char *element_in(struct emit *e, const struct node *n, const struct shape *space)
{
	const char *index[RANK_MAX];
	int extra = space->rank - n->shape.rank;
	if (e->held && n == e->held->ahead)
		return PLAN(e->p, e->held)->argument;
	for (int i = 0; i < n->shape.rank; i++)
		index[i] = n->shape.dim[i] == 1 && !(i == n->shape.batch && e->p->graph->batch > 1) ? "0" : e->index[i + extra];
	return element(e, n, index);
}

/* ---- expressions: text and how tightly it binds ---------------------------------------------- */

static int binding_of(const char *text)
{
	int depth = 0, bind = *text == '-' ? BIND_PRODUCT : BIND_ATOM;
	for (const char *c = text; *c; c++) {
		depth += (*c == '(' || *c == '[') - (*c == ')' || *c == ']');
		if (depth || c[0] != ' ' || !c[1] || c[2] != ' ')
			continue;
		if (c[1] == '+' || c[1] == '-')
			return BIND_SUM;
		if (c[1] == '*' || c[1] == '/')
			bind = BIND_PRODUCT;
	}
	return bind;
}

/* How tightly an operand must bind between the characters around it; 0: it is an argument and must be a vector. */
static int needed(const char *before, const char *after)
{
	while (*after == ' ')
		after++;
	char b = *before;
	if ((b == '(' || b == ',' || b == 0) && (*after == ')' || *after == ',' || *after == 0))
		return 0;
	if (b == '*' || b == '/')
		return BIND_ATOM;
	if (b == '-' || b == '+')
		return BIND_PRODUCT;
	return *after == '*' || *after == '/' ? BIND_PRODUCT : BIND_SUM;
}

/* Pastes operands for a, b, c into the row's text. */
static const char *substitute(struct emit *e, const char *value, const struct expr *in)
{
	struct text t = {0};
	char before[2] = "";
	for (const char *c = value; *c; c++) {
		bool word = isalpha((unsigned char)*c) || *c == '_';
		int len = 1;
		while (word && (isalnum((unsigned char)c[len]) || c[len] == '_'))
			len++;
		if (word && len == 1 && *c >= 'a' && *c <= 'c') {
			const struct expr *x = &in[*c - 'a'];
			int need = needed(before, c + 1);
			if (need == 0 && x->number)
				text_printf(&t, "splat_(%s)", x->text);
			else
				text_printf(&t, need > x->bind || (c > value && c[-1] == '-' && *x->text == '-') ? "(%s)" : "%s", x->text);
		} else {
			text_addn(&t, c, (size_t)len);
		}
		if (*c != ' ')
			before[0] = c[len - 1];
		c += len - 1;
	}
	const char *s = arena_strdup(e->p->arena, t.at ? t.at : "");
	text_free(&t);
	return s;
}

/* "48 + r * 5 + i": how many numbers stand before this one. */
static const char *place_text(struct emit *e, const struct node *n, const struct shape *space)
{
	struct text t = {0};
	int extra = space->rank - n->shape.rank;
	int64_t stride = shape_count(&n->shape);
	text_printf(&t, "%lld", (long long)n->attr[2].i[0]);
	for (int i = 0; i < n->shape.rank; i++) {
		bool rows = i == n->shape.batch && e->p->graph->batch > 1;
		stride /= n->shape.dim[i];
		if (n->shape.dim[i] == 1 && !rows)
			continue;
		text_printf(&t, stride == 1 ? " + %s" : " + %s * %lld", e->index[i + extra], (long long)stride);
	}
	const char *s = arena_strdup(e->p->arena, strncmp(t.at, "0 + ", 4) == 0 ? t.at + 4 : t.at);
	text_free(&t);
	return s;
}

/* A condition made of a comparison: not the comparison as a number compared with 0. */
static const char *drop_numbers(struct emit *e, const char *text)
{
	static const char head[] = "ne_(bool_(", tail[] = ", splat_(0))";
	for (const char *at = strstr(text, head); at; at = strstr(at + 1, head)) {
		const char *from = at + sizeof head - 1, *to = from;
		for (int depth = 1; *to && (depth += *to == '(' ? 1 : *to == ')' ? -1 : 0) > 0; to++)
			;
		if (*to && strncmp(to + 1, tail, sizeof tail - 1) == 0) {
			text = arena_printf(e->p->arena, "%.*s%.*s%s", (int)(at - text), text, (int)(to - from), from, to + sizeof tail);
			at = text;
		}
	}
	return text;
}

struct expr compute(struct emit *e, const struct node *n, const struct shape *space)
{
	struct expr in[3];
	bool number = n->in_count > 0, calls = strchr(n->op->value, '(') != NULL;
	for (int k = 0; k < n->in_count; k++) {
		in[k] = value_of(e, n->in[k], space);
		number = number && in[k].number;
	}
	for (int k = 0; k < n->in_count && number && calls; k++)   /* functions take vectors, and no operand brings one */
		in[k] = (struct expr){as_vector(e, in[k]), BIND_ATOM, false};
	const char *place = strstr(n->op->value, "PLACE");
	if (place)
		return (struct expr){arena_printf(e->p->arena, "%.*s%s%s", (int)(place - n->op->value), n->op->value, place_text(e, n, space), place + strlen("PLACE")), BIND_ATOM, false};
	const char *text = drop_numbers(e, substitute(e, n->op->value, in));
	return (struct expr){text, binding_of(text), number && !calls};
}

static int times_used(const char *value, char operand)
{
	int count = 0;
	for (const char *c = value; *c; c++) {
		bool in_word = c > value && (isalnum((unsigned char)c[-1]) || c[-1] == '_');
		count += *c == operand && !in_word && !isalnum((unsigned char)c[1]) && c[1] != '_';
	}
	return count;
}

/* How many ops the text of a value holds, what is written in place counted; kept, or long chains would be walked over and over. */
static int text_weight(const struct emit *e, const struct node *n)
{
	int *weight = &PLAN(e->p, n)->text_weight;
	if (*weight)
		return *weight;
	*weight = 1;
	for (int k = 0; k < n->in_count; k++)
		if (PLAN(e->p, n->in[k])->kernel == e->kernel && written_in_place(e, n->in[k]))
			*weight += text_weight(e, n->in[k]);
	return *weight;
}

static bool fits_in_place(const struct emit *e, const struct node *n)
{
	enum { READABLE = 3 };
	const struct kernel *k = &e->f->kernels.at[e->kernel];
	for (int i = 0; i < k->nodes.count; i++) {
		const struct node *user = k->nodes.at[i];
		for (int j = 0; j < user->in_count; j++)
			if (user->in[j] == n)
				return user->op->class == OP_REDUCE || (times_used(user->op->value, (char)('a' + j)) == 1 && strlen(n->op->value) < 40 && text_weight(e, n) <= READABLE);
	}
	return false;
}

/* A value of this loop used once, by a text that names its operand once, is written where it is used; unless the line would get long. */
bool written_in_place(const struct emit *e, const struct node *n)
{
	struct node_plan *np = PLAN(e->p, n);
	if (np->home != HOME_NONE || np->uses != 1 || n->kind != NODE_OP || n->op->class != OP_ELEMENTWISE)
		return false;
	if (np->in_place == IN_PLACE_UNKNOWN)
		np->in_place = fits_in_place(e, n) ? IN_PLACE_YES : IN_PLACE_NO;
	return np->in_place == IN_PLACE_YES;
}

/* A network may hold infinite numbers: a mask, a clamp with one end. */
const char *emit_number(const struct plan *p, double v)
{
	if (isnan(v))
		return "R_NAN";
	if (isinf(v))
		return v < 0 ? "R(-R_INF)" : "R_INF";
	return arena_printf(p->arena, "R(%s)", number_text(p->arena, v, p->graph->float64));
}

struct expr value_of(struct emit *e, const struct node *n, const struct shape *space)
{
	const struct node_plan *np = PLAN(e->p, n);
	if (n->kind == NODE_CONST)
		return (struct expr){emit_number(e->p, n->value), BIND_ATOM, true};
	if (np->inlined && n->op->class == OP_VIEW)
		return value_of(e, n->in[0], space);
	if (np->inlined || (np->kernel == e->kernel && np->function == (int)(e->f - e->p->functions.at) && written_in_place(e, n)))
		return compute(e, n, space);
	return (struct expr){element_in(e, n, space), BIND_ATOM, false};
}

const char *as_vector(struct emit *e, struct expr x)
{
	return x.number ? arena_printf(e->p->arena, "splat_(%s)", x.text) : x.text;
}
