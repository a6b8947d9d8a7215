/* emit_c.c: the C backend: one function of a plan as text. Loops for elementwise nodes, reductions and moves; bodies of ops pasted with
** the names of the network in place of theirs. The maths itself comes from templates/ops, never from here. */
#include "plan.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct emit { const struct plan *p; const struct function *f; struct text *out; int kernel; int depth; const char *index[RANK_MAX]; };

static void line(struct emit *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void line(struct emit *e, const char *fmt, ...)
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
static const char *element(struct emit *e, const struct node *n, const char *const *index)
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
static const char *element_in(struct emit *e, const struct node *n, const struct shape *space)
{
	const char *index[RANK_MAX];
	int extra = space->rank - n->shape.rank;
	for (int i = 0; i < n->shape.rank; i++)
		index[i] = n->shape.dim[i] == 1 && !(i == n->shape.batch && e->p->graph->batch > 1) ? "0" : e->index[i + extra];
	return element(e, n, index);
}

/* ---- expressions: text and how tightly it binds ---------------------------------------------- */

enum { BIND_SUM = 1, BIND_PRODUCT, BIND_ATOM };
struct expr { const char *text; int bind; bool number; };

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

static struct expr value_of(struct emit *e, const struct node *n, const struct shape *space);
static const char *as_vector(struct emit *e, struct expr x);

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

static struct expr compute(struct emit *e, const struct node *n, const struct shape *space)
{
	struct expr in[3];
	bool number = n->in_count > 0, calls = strchr(n->op->value, '(') != NULL;
	for (int k = 0; k < n->in_count; k++) {
		in[k] = value_of(e, n->in[k], space);
		number = number && in[k].number;
	}
	for (int k = 0; k < n->in_count && number && calls; k++)   /* functions take vectors, and no operand brings one */
		in[k] = (struct expr){as_vector(e, in[k]), BIND_ATOM, false};
	const char *text = substitute(e, n->op->value, in);
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

static bool written_in_place(const struct emit *e, const struct node *n);

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
static bool written_in_place(const struct emit *e, const struct node *n)
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

static struct expr value_of(struct emit *e, const struct node *n, const struct shape *space)
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

static const char *as_vector(struct emit *e, struct expr x)
{
	return x.number ? arena_printf(e->p->arena, "splat_(%s)", x.text) : x.text;
}

/* ---- loops ---------------------------------------------------------------------------------- */

static bool loops_over(const struct emit *e, const struct shape *s, int axis)
{
	return s->dim[axis] > 1 || (axis == s->batch && e->p->graph->batch > 1);
}

static const char *bound(struct emit *e, const struct node *n, int axis)
{
	if (axis != n->shape.batch)
		return PLAN(e->p, n)->size[axis];
	int64_t times = n->shape.dim[axis] / e->p->graph->batch;
	if (e->p->graph->batch == 1)
		return arena_printf(e->p->arena, "%lld", (long long)times);
	return times == 1 ? "n" : arena_printf(e->p->arena, "n * %lld", (long long)times);
}

static void name_indexes(struct emit *e, const struct shape *s)
{
	static const char *const others[] = {"i", "j", "k", "l", "m", "q", "i2", "j2"};
	int next = 0;
	for (int i = 0; i < s->rank; i++)
		e->index[i] = !loops_over(e, s, i) ? "0" : i == s->batch ? "r" : others[next++];
}

/* Opens the loops over axes from..to-1 of a value's shape; braces only where the body needs them. Returns how many. */
static int open_loops(struct emit *e, const struct node *n, int from, int to, bool braces)
{
	int opened = 0;
	for (int i = from; i < to; i++)
		if (loops_over(e, &n->shape, i)) {
			bool brace = braces;
			for (int k = i + 1; k < to; k++)
				brace = brace && !loops_over(e, &n->shape, k);
			line(e, "for (int %s = 0; %s < %s; %s++)%s", e->index[i], e->index[i], bound(e, n, i), e->index[i], brace ? " {" : "");
			e->depth++;
			opened++;
		}
	return opened;
}

static void close_loops(struct emit *e, int opened, bool braces)
{
	for (int i = opened; i > 0; i--) {
		e->depth--;
		if (i == opened && braces)
			line(e, "}");
	}
}

/* ---- reductions ----------------------------------------------------------------------------- */

/* How many leading axes of the loop stay; -1 when a reduced axis runs outside of one that stays. */
static int kept_axes(const struct emit *e, const struct node *n)
{
	const struct shape *s = &n->in[0]->shape;
	bool reduced[RANK_MAX] = {false};
	for (int i = 0; i < n->attr[0].count; i++)
		reduced[n->attr[0].i[i]] = true;
	int kept = 0;
	for (int i = 0; i < s->rank; i++)
		if (!reduced[i] && loops_over(e, s, i))
			kept = i + 1;
	for (int i = 0; i < kept; i++)
		if (reduced[i] && loops_over(e, s, i))
			return -1;
	return kept;
}

/* The element of the result that a place of the loop adds to. */
static const char *reduced_element(struct emit *e, const struct node *n)
{
	const char *index[RANK_MAX];
	bool keep = n->attr[1].i[0];
	int at = 0;
	for (int i = 0; i < n->in[0]->shape.rank; i++) {
		bool reduced = false;
		for (int k = 0; k < n->attr[0].count; k++)
			reduced = reduced || n->attr[0].i[k] == i;
		if (!reduced || keep)
			index[at++] = reduced ? "0" : e->index[i];
	}
	return element(e, n, index);
}

static const char *start_value(const struct node *n)
{
	return n->op->value[0] == 'm' ? "splat_(-R_INF)" : "splat_(0)";
}

static const char *sum_name(struct emit *e, const struct node *n)
{
	const struct node_plan *np = PLAN(e->p, n);
	return np->home == HOME_NONE ? np->c_name : arena_printf(e->p->arena, "%s_sum", np->c_name);
}

/* Before the loop over axis `depth`: sums that start there. Arrays that are added to in another order are cleared first of all. */
static void start_sums(struct emit *e, const struct kernel *k, int depth)
{
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (n->op->class == OP_REDUCE && kept_axes(e, n) == depth)
			line(e, "real %s = %s;", sum_name(e, n), start_value(n));
	}
}

static void clear_sums(struct emit *e, const struct kernel *k)
{
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (n->op->class != OP_REDUCE || kept_axes(e, n) >= 0)
			continue;
		name_indexes(e, &n->shape);
		int opened = open_loops(e, n, 0, n->shape.rank, false);
		line(e, "%s = %s;", element(e, n, e->index), start_value(n));
		close_loops(e, opened, false);
	}
}

static void store_sums(struct emit *e, const struct kernel *k, int depth)
{
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (n->op->class == OP_REDUCE && kept_axes(e, n) == depth && PLAN(e->p, n)->home != HOME_NONE)
			line(e, "%s = %s;", reduced_element(e, n), sum_name(e, n));
	}
}

static void add_to_sum(struct emit *e, struct node *n)
{
	const char *x = as_vector(e, value_of(e, n->in[0], &n->in[0]->shape));
	const char *sum = kept_axes(e, n) >= 0 ? sum_name(e, n) : reduced_element(e, n);
	if (n->op->value[0] == 'm')
		line(e, "%s = max_(%s, %s);", sum, sum, x);
	else
		line(e, "%s += %s;", sum, x);
}

/* ---- kernels -------------------------------------------------------------------------------- */

static int statements(const struct emit *e, const struct kernel *k)
{
	int count = 0;
	for (int i = 0; i < k->nodes.count; i++)
		count += !written_in_place(e, k->nodes.at[i]);
	return count;
}

static void loop_statements(struct emit *e, const struct kernel *k)
{
	for (int i = 0; i < k->nodes.count; i++) {
		struct node *n = k->nodes.at[i];
		if (written_in_place(e, n))
			continue;
		if (n->op->class == OP_REDUCE)
			add_to_sum(e, n);
		else
			line(e, PLAN(e->p, n)->home == HOME_NONE ? "const real %s = %s;" : "%s = %s;", element_in(e, n, &k->space),
				as_vector(e, compute(e, n, &k->space)));
	}
}

static bool sums_at(const struct emit *e, const struct kernel *k, int depth)
{
	for (int i = 0; i < k->nodes.count; i++)
		if (k->nodes.at[i]->op->class == OP_REDUCE && kept_axes(e, k->nodes.at[i]) == depth)
			return true;
	return false;
}

/* A node with the shape of the loop, for its sizes. */
static const struct node *loop_shape(const struct kernel *k)
{
	return k->nodes.at[0]->op->class == OP_REDUCE ? k->nodes.at[0]->in[0] : k->nodes.at[0];
}

static void emit_loop(struct emit *e, const struct kernel *k)
{
	const struct node *shape = loop_shape(k);
	clear_sums(e, k);
	name_indexes(e, &k->space);
	int opened[RANK_MAX + 1], from = 0, segments = 0;
	bool block[RANK_MAX + 1];
	start_sums(e, k, 0);
	for (int depth = 1; depth <= k->space.rank; depth++) {
		bool split = depth < k->space.rank && sums_at(e, k, depth);
		if (!split && depth < k->space.rank)
			continue;
		block[segments] = split || statements(e, k) > 1;
		opened[segments] = open_loops(e, shape, from, depth, block[segments]);
		segments++;
		if (split)
			start_sums(e, k, depth);
		from = depth;
	}
	loop_statements(e, k);
	if (k->space.rank && sums_at(e, k, k->space.rank))
		die("a reduction over no axis of %%%d", k->nodes.at[0]->id);
	for (int s = segments - 1, depth = from; s >= 0; s--) {
		close_loops(e, opened[s], block[s]);
		for (depth = s ? depth - 1 : 0; s && !sums_at(e, k, depth); depth--)
			;
		store_sums(e, k, depth);
	}
}

/* A move: gathered by the place of the result, or scattered from the place of each input. */
static void emit_layout(struct emit *e, const struct kernel *k)
{
	struct node *n = k->nodes.at[0];
	char text[RANK_MAX][64];
	const char *index[RANK_MAX];
	for (int i = 0; i < RANK_MAX; i++)
		index[i] = text[i];
	if (n->op->fill_zero) {
		name_indexes(e, &n->shape);
		int opened = open_loops(e, n, 0, n->shape.rank, false);
		line(e, "%s = splat_(0);", element(e, n, e->index));
		close_loops(e, opened, false);
	}
	for (int input = 0; input < (n->op->gather ? 1 : n->in_count); input++) {
		struct node *in = n->in[input], *over = n->op->gather ? n : in;
		name_indexes(e, &over->shape);
		int opened = open_loops(e, over, 0, over->shape.rank, false);
		if (n->op->gather) {
			n->op->gather(n, e->index, text);
			struct expr x = PLAN(e->p, in)->inlined || in->kind == NODE_CONST ? value_of(e, in, &in->shape) : (struct expr){element(e, in, index), BIND_ATOM, false};
			line(e, "%s = %s;", element(e, n, e->index), as_vector(e, x));
		} else {
			n->op->scatter(n, input, e->index, text);
			line(e, "%s = %s;", element(e, n, index), element(e, in, e->index));
		}
		close_loops(e, opened, false);
	}
}

/* Pastes a body, its arrays and sizes renamed; everything else stays to the letter. */
static void paste_body(struct emit *e, const struct body_map *body)
{
	struct body_map map = *body;
	bool start = true;
	for (const char *c = map.body->text; *c; c++) {
		if (start && *c != '\n')
			for (int i = 1; i < e->depth; i++)
				text_add(e->out, "\t");
		start = *c == '\n';
		bool word = isalpha((unsigned char)*c) || *c == '_';
		size_t len = 1;
		while (word && (isalnum((unsigned char)c[len]) || c[len] == '_'))
			len++;
		const char *now = NULL;
		for (int i = 0; word && i < map.array_count; i++)
			if (strlen(map.arrays[i].name) == len && strncmp(map.arrays[i].name, c, len) == 0) {
				const struct node *n = map.arrays[i].node;
				struct node *root = PLAN(e->p, n)->root;
				now = PLAN(e->p, plan_same_array(e->p, n, root) ? root : n)->c_name;
			}
		if (word && len == 1 && *c >= 'A' && *c <= 'Z' && *c != 'R')
			now = map.text[(int)*c];
		if (now)
			text_add(e->out, now);
		else
			text_addn(e->out, c, len);
		c += len - 1;
	}
}

/* A body whose outermost lines declare variables, in a function with another body, gets a block of its own. */
static bool needs_block(const struct emit *e, const char *text)
{
	int bodies = 0;
	for (int i = 0; i < e->f->kernels.count; i++)
		bodies += e->f->kernels.at[i].kind == KERNEL_BODY;
	for (const char *line = text; bodies > 1 && *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, "\treal ", 6) == 0 || strncmp(line, "\tconst ", 7) == 0 || strncmp(line, "\tint ", 5) == 0)
			return true;
	return false;
}

static void emit_body(struct emit *e, const struct kernel *k)
{
	struct body_map map;
	plan_body(e->p, k->nodes.at[0], false, &map);
	bool block = needs_block(e, map.body->text);
	if (block)
		line(e, "{");
	e->depth += block;
	paste_body(e, &map);
	e->depth -= block;
	if (block)
		line(e, "}");
}

/* ---- functions ------------------------------------------------------------------------------ */

/* "[BATCH][HIDDEN]", or as a body sees it when it flattens the leading axes. */
static const char *dims_text(const struct emit *e, const struct node *n)
{
	struct text t = {0};
	int axes[RANK_MAX], count = plan_axes(e->p, &n->shape, axes);
	for (int i = 0; i < count; i++)
		text_printf(&t, "[%s]", PLAN(e->p, n)->size[axes[i]]);
	if (!count)
		text_add(&t, "[1]");
	const char *s = arena_strdup(e->p->arena, t.at);
	text_free(&t);
	return s;
}

const char *emit_dims(const struct plan *p, const struct node *n)
{
	struct emit e = {.p = p};
	return dims_text(&e, n);
}

/* The array as the only body of a function sees it: leading axes as one. */
const char *emit_body_dims(const struct plan *p, const struct function *f, const struct node *n)
{
	if (!f->alone)
		return emit_dims(p, n);
	struct body_map map;
	plan_body(p, f->nodes.at[0], false, &map);
	for (int k = 0; k < map.array_count; k++) {
		const struct node *m = map.arrays[k].node;
		struct node *root = PLAN(p, m)->root;
		if (n != m && n != (plan_same_array(p, m, root) ? root : m))
			continue;
		struct text t = {0};
		int64_t lead = 1;
		int first = m->shape.rank - map.arrays[k].count;
		for (int i = 0; i <= first; i++)
			lead *= m->shape.dim[i];
		for (int i = 0; i < map.arrays[k].count; i++)
			if (first + i < 0)
				text_add(&t, "[1]");             /* one number as an array */
			else if (i == 0 && first > 0)
				text_printf(&t, "[%lld]", (long long)lead);
			else
				text_printf(&t, "[%s]", PLAN(p, m)->size[first + i]);
		const char *s = arena_strdup(p->arena, t.at ? t.at : "[1]");
		text_free(&t);
		return s;
	}
	return emit_dims(p, n);
}

bool function_writes(const struct plan *p, const struct function *f, const struct node *arg)
{
	for (int i = 0; i < f->nodes.count; i++)
		if (PLAN(p, f->nodes.at[i])->root == PLAN(p, arg)->root)
			return true;
	return false;
}

static void emit_kernels(const struct plan *p, const struct function *f, struct text *out)
{
	struct emit e = {.p = p, .f = f, .out = out, .depth = 1};
	for (int i = 0; i < f->kernels.count; i++) {
		e.kernel = i;
		const struct kernel *k = &f->kernels.at[i];
		k->kind == KERNEL_BODY ? emit_body(&e, k) : k->kind == KERNEL_LAYOUT ? emit_layout(&e, k) : emit_loop(&e, k);
	}
}

/* Does its text name n, the samples of this batch? */
bool function_uses_n(const struct plan *p, const struct function *f)
{
	struct text t = {0};
	bool uses = false, in_word = false;
	emit_kernels(p, f, &t);
	for (const char *c = t.at; c && *c && !uses; c++) {
		bool word = isalnum((unsigned char)*c) || *c == '_';
		uses = *c == 'n' && !in_word && !isalnum((unsigned char)c[1]) && c[1] != '_';
		in_word = word;
	}
	text_free(&t);
	return uses;
}

/* Arrays of the function itself; that their rows are written before they are read, a compiler sees only when told that there is a row. */
static void emit_locals(struct emit *e)
{
	bool rows = false;
	for (int i = 0; i < e->f->nodes.count; i++) {
		struct node *n = e->f->nodes.at[i];
		if (PLAN(e->p, n)->home == HOME_LOCAL)
			line(e, "real %s%s;", PLAN(e->p, n)->c_name, dims_text(e, n));
		rows = rows || (PLAN(e->p, n)->home == HOME_LOCAL && n->shape.batch >= 0);
	}
	if (rows && e->f->uses_n)
		line(e, "SAMPLES(n);");
}

static void emit_function(const struct plan *p, const struct function *f, struct text *out)
{
	struct emit e = {.p = p, .f = f, .out = out, .depth = 1};
	struct text head = {0};
	text_printf(&head, "LAYER void %s(%s", f->name, f->uses_n ? "int n" : "");
	size_t start = 0;
	for (int i = 0; i < f->args.count; i++) {
		const struct node *n = f->args.at[i];
		text_printf(&head, "%s%sreal %s%s", head.at[head.len - 1] == '(' ? "" : ", ", function_writes(p, f, n) ? "" : "const ", PLAN(p, n)->c_name, emit_body_dims(p, f, n));
		if (head.len - start > 110 && i + 1 < f->args.count) {
			text_add(&head, ",\n\t");
			start = head.len;
			i++;
			n = f->args.at[i];
			text_printf(&head, "%sreal %s%s", function_writes(p, f, n) ? "" : "const ", PLAN(p, n)->c_name, emit_body_dims(p, f, n));
		}
	}
	if (head.at[head.len - 1] == '(')
		text_add(&head, "void");
	text_printf(out, "%s)\n{\n", head.at);
	text_free(&head);
	emit_locals(&e);
	emit_kernels(p, f, out);
	text_add(out, "}\n");
}

const struct backend backend_c = {.name = "c", .file_name = "trainer.c", .cuda = false, .function = emit_function};
