/* cu_kernel.c: a layer in one direction as kernels, one a part of its C text whose turns may run at once, and the function that launches them in order.
** A thread takes one turn of all loops that may run at once; loops that may not, and sums among them, run inside the thread in the order of the C text,
** so that kernels give the bits of the C program. What cannot be taken apart runs in one thread. Products of matrices (templates/gemm.h) are called by
** that function, which launch kernels of their own; loops around them become loops there. */
#include "cu.h"
#include "emit_c.h"
#include "program.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { JOINED_MAX = 8 };
struct cutting {
	const struct plan *p;
	const struct function *f;
	struct text *kernels, *launches;
	const struct array_name *arrays; int array_count;
	int count, depth;                    /* kernels so far; loops around their launches */
	bool rows;                           /* sixteen threads a turn */
	bool entangled;                      /* a product stands among statements that must be one kernel */
	struct nest waiting[JOINED_MAX]; int waiting_count;    /* that become one kernel */
	VEC(const struct statement *) scratch; /* arrays that a body works in; each thread has its own */
	VEC(struct words_of) around;         /* variables of the loops around launches */
};

/* Lines of the function that launches: deeper within loops. */
static void launch_indent(struct cutting *c)
{
	for (int i = 0; i <= c->depth; i++)
		text_add(c->launches, "\t");
}


static const char *text_of(struct cutting *c, struct words_of w)
{
	return arena_strndup(c->p->arena, w.at, (size_t)w.length);
}

/* ---- text ------------------------------------------------------------------------------------ */

static int indent_of(const char *from, const char *text)
{
	int tabs = 0;
	while (from > text && from[-1] == '\t') {
		from--;
		tabs++;
	}
	return tabs;
}

/* A part of the text, moved to another depth. */
static void add_moved(struct text *out, const char *from, const char *end, int was, int now)
{
	for (const char *line = from; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		const char *start = line;
		for (int i = 0; line > from && i < was && *start == '\t'; i++)
			start++;
		for (int i = 0; i < now; i++)
			text_add(out, "\t");
		text_addn(out, start, (size_t)(next - start));
		line = next;
	}
	text_add(out, "\n");
}

/* Arguments that the text names. */
static void add_arguments(struct cutting *c, const char *text, bool types, struct text *out)
{
	const char *between = "", *end = text + strlen(text);
	if (mentions(text, end, (struct words_of){"n", 1})) {
		text_add(out, types ? "int n" : "n");
		between = ", ";
	}
	for (int i = 0; i < c->around.count; i++)
		if (mentions(text, end, c->around.at[i])) {
			text_printf(out, types ? "%sint %s" : "%s%s", between, text_of(c, c->around.at[i]));
			between = ", ";
		}
	size_t start = out->len;
	for (int i = 0; i < c->f->args.count; i++) {
		const struct node *n = c->f->args.at[i];
		const char *name = PLAN(c->p, n)->c_name;
		if (!mentions(text, end, (struct words_of){name, (int)strlen(name)}))
			continue;
		text_add(out, between);
		if (types && out->len - start > 110) {
			out->len -= 1;
			text_add(out, "\n\t");
			start = out->len;
		}
		if (types)
			text_printf(out, "%sreal %s%s", function_writes(c->p, c->f, n) ? "" : "const ", name, emit_body_dims(c->p, c->f, n));
		else
			text_add(out, name);
		between = ", ";
	}
}

static void add_kernel(struct cutting *c, const char *count, const char *head, const char *body)
{
	struct text own = {0};
	text_add(&own, head);
	for (int i = 0; i < c->scratch.count; i++) {
		struct words_of names[DECLARED_MAX];
		int n = declared(c->scratch.at[i], names);
		bool used = false;
		for (int k = 0; k < n; k++)
			used = used || mentions(body, body + strlen(body), names[k]);
		if (used)
			add_moved(&own, c->scratch.at[i]->from, c->scratch.at[i]->end, 1, 1);
	}
	text_add(&own, body);
	char *all = arena_strdup(c->p->arena, own.at);
	text_free(&own);
	c->count++;
	text_printf(c->kernels, "%s__global__ void %s_%d(", c->count > 1 ? "\n" : "", c->f->name, c->count);
	add_arguments(c, all, true, c->kernels);
	text_printf(c->kernels, ")\n{\n%s}\n", all);
	launch_indent(c);
	text_printf(c->launches, "%s(%s_%d, %s", c->rows ? "LAUNCH_ROWS" : "LAUNCH", c->f->name, c->count, count);
	struct text arguments = {0};
	add_arguments(c, all, false, &arguments);
	if (arguments.len)
		text_printf(c->launches, ", %s", arguments.at);
	text_add(c->launches, ");\n");
	text_free(&arguments);
}

/* ---- kernels --------------------------------------------------------------------------------- */

static bool atom(const char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_')
			return false;
	return true;
}

static const char *range_text(struct cutting *c, const struct statement *loop)
{
	const char *bound = text_of(c, loop->bound), *low = text_of(c, loop->low);
	if (strcmp(low, "0") != 0)
		return arena_printf(c->p->arena, atom(low) ? "(%s - %s)" : "(%s - (%s))", bound, low);
	return atom(bound) ? bound : arena_printf(c->p->arena, "(%s)", bound);
}

/* The number that a size stands for; the batch for n. 0: unknown. */
static int64_t number_of(const struct plan *p, const char *range)
{
	if (isdigit((unsigned char)*range))
		return strtoll(range, NULL, 10);
	for (int i = 0; i < p->sizes.count; i++)
		if (strcmp(p->sizes.at[i].name, range) == 0)
			return p->sizes.at[i].value;
	return p->graph->batch;
}

/* "const int r = at_ / H1, o = at_ % H1;" */
static void add_places(struct cutting *c, struct statement *const *loop, const char *const *range, int count, struct text *out)
{
	text_add(out, "\tconst int ");
	for (int i = 0; i < count; i++) {
		struct text place = {0};
		text_add(&place, "at_");
		for (int k = i + 1; k < count; k++)
			text_printf(&place, k == i + 1 ? " / (%s" : " * %s", range[k]);
		if (i + 1 < count)
			text_add(&place, ")");
		if (i)
			text_printf(&place, " %% %s", range[i]);
		if (i + 2 == count) {                   /* one divisor needs no brackets */
			place.len = 0;
			text_printf(&place, "at_ / %s", range[count - 1]);
			if (i)
				text_printf(&place, " %% %s", range[i]);
		}
		const char *low = text_of(c, loop[i]->low);
		text_printf(out, "%s%s = ", i ? ", " : "", text_of(c, loop[i]->variable));
		if (strcmp(low, "0") != 0)
			text_printf(out, "%s + ", low);
		text_add(out, place.at);
		text_free(&place);
	}
	text_add(out, ";\n");
}

/* What stays of a nest inside a thread. */
static void add_inside(const struct nest *n, struct text *out)
{
	int depth = 1, was = indent_of(n->body[0]->from, n->loop[0]->from);
	bool braces = n->body_count > 1;
	for (int i = 0; i < n->count; i++) {
		if (n->parallel[i])
			continue;
		const struct statement *s = n->loop[i];
		for (int k = 0; k < depth; k++)
			text_add(out, "\t");
		const char *open = strchr(s->from, '('), *close = open;
		int level = 0;
		do
			level += (*close == '(') - (*close == ')');
		while (close++, level);
		text_addn(out, s->from, (size_t)(close - s->from));
		bool innermost = true;
		for (int k = i + 1; k < n->count; k++)
			innermost = innermost && n->parallel[k];
		text_add(out, innermost && braces ? " {\n" : "\n");
		depth++;
	}
	for (int i = 0; i < n->body_count; i++)
		add_moved(out, n->body[i]->from, n->body[i]->end, was, depth);
	if (depth > 1 && braces) {
		for (int k = 1; k < depth; k++)
			text_add(out, "\t");
		text_add(out, "}\n");
	}
}

/* The loops of a nest whose turns run at once; returns how many. */
static int grid_of(const struct nest *n, struct statement *out[NEST_MAX])
{
	int count = 0;
	for (int i = 0; i < n->count; i++)
		if (n->parallel[i])
			out[count++] = n->loop[i];
	return count;
}

/* `text` with one variable in place of another. */
static void add_renamed(struct text *out, const char *text, struct words_of from, struct words_of to)
{
	const char *end = text + strlen(text), *c = text;
	struct words_of w;
	for (const char *next = text; (next = next_word(next, end, &w));)
		if (same_words(w, from)) {
			text_addn(out, c, (size_t)(w.at - c));
			text_addn(out, to.at, (size_t)to.length);
			c = next;
		}
	text_addn(out, c, (size_t)(end - c));
}

/* A nest behind another one in the same threads: under the other's variables, and in a block of its own when it declares something. */
static void add_joined(const struct nest *first, const struct nest *n, struct text *out)
{
	struct statement *to[NEST_MAX], *from[NEST_MAX];
	int count = grid_of(first, to);
	grid_of(n, from);
	struct text body = {0};
	add_inside(n, &body);
	for (int i = 0; i < count; i++) {
		struct text renamed = {0};
		add_renamed(&renamed, body.at, from[i]->variable, to[i]->variable);
		text_free(&body);
		body = renamed;
	}
	bool block = false;
	for (int i = 0; i < n->body_count; i++) {
		struct words_of names[DECLARED_MAX];
		block = block || declared(n->body[i], names);
	}
	if (block) {
		text_add(out, "\t{\n");
		add_moved(out, body.at, body.at + body.len - 1, 0, 1);
		text_add(out, "\t}\n");
	} else {
		text_add(out, body.at);
	}
	text_free(&body);
}

/* ---- rows: sixteen threads share one (mosaic_cuda_rows.h) -------------------------------------- */

static bool row_function(struct words_of w)
{
	return w.length > 5 && strncmp(w.at + w.length - 5, "_row_", 5) == 0 && w.at[w.length] == '(';
}

static int mentions_count(const struct statement *s, struct words_of name)
{
	struct words_of w;
	int count = 0;
	for (const char *c = s->from; (c = next_word(c, s->end, &w));)
		count += same_words(w, name);
	return count;
}

/* May sixteen threads do it together? A declaration is done by each, a loop divided among them, exp_row_() and scale_row_() divide the row themselves. */
static bool row_statement(struct cutting *c, struct statement *s)
{
	struct words_of names[DECLARED_MAX], first;
	struct nest inner;
	for (int i = 0; i < c->scratch.count; i++)
		for (int k = 0, count = declared(c->scratch.at[i], names); k < count; k++)
			if (mentions(s->from, s->end, names[k]))
				return false;
	if (s->kind == STATEMENT_FOR) {
		struct words_of w;
		for (const char *at = s->from; (at = next_word(at, s->end, &w));)
			if (row_function(w))
				return false;
		nest_find(s, c->arrays, c->array_count, &inner);
		return inner.count > 0 && inner.parallel[0];
	}
	if (s->kind != STATEMENT_PLAIN || !next_word(s->from, s->end, &first))
		return false;
	if (declared(s, names))
		return true;
	if (word_is(first, "exp_row_") || word_is(first, "scale_row_"))
		return true;
	const char *is = memchr(s->from, '=', (size_t)(s->end - s->from));      /* all write the same number, which none of them reads */
	return is && is[-1] == ' ' && is[1] == ' ' && mentions_count(s, first) == 1;
}

static bool shares_rows(struct cutting *c, const struct nest *n)
{
	bool any = false;
	for (int i = 0; i < n->count; i++)
		if (!n->parallel[i])
			return false;
	for (int i = 0; i < n->body_count; i++) {
		struct words_of w;
		if (!row_statement(c, n->body[i]))
			return false;
		for (const char *at = n->body[i]->from; (at = next_word(at, n->body[i]->end, &w));)
			any = any || row_function(w);
	}
	return any && n->count > 0;
}

/* Names an array that the function writes: nobody may go on to do so before all have read it. */
static bool reads_written(struct cutting *c, const struct statement *s)
{
	for (int i = 0; i < c->array_count; i++)
		if (c->arrays[i].written && mentions(s->from, s->end, (struct words_of){c->arrays[i].name, (int)strlen(c->arrays[i].name)}))
			return true;
	return false;
}

static void add_shared(struct cutting *c, const struct nest *n, struct text *out)
{
	int was = indent_of(n->body[0]->from, n->loop[0]->from);
	for (int i = 0; i < n->body_count; i++) {
		const struct statement *s = n->body[i];
		struct words_of names[DECLARED_MAX], w;
		struct text line = {0};
		const char *from = s->from;
		if (s->kind == STATEMENT_FOR) {
			bool zero = s->low.length == 1 && *s->low.at == '0';
			text_printf(&line, "for (int %.*s = %.*s%srow_part_(); %.*s < %.*s; %.*s += PARTS)", s->variable.length, s->variable.at, zero ? 0 : s->low.length, s->low.at, zero ? "" : " + ",
				s->variable.length, s->variable.at, s->bound.length, s->bound.at, s->variable.length, s->variable.at);
			int level = 0;
			from = strchr(from, '(');
			do
				level += (*from == '(') - (*from == ')');
			while (from++, level);
		}
		const char *copied = from;
		for (const char *at = from; (at = next_word(at, s->end, &w));)
			if (row_function(w)) {
				text_addn(&line, copied, (size_t)(at - copied));
				text_add(&line, "shared_");
				copied = at;
			}
		text_addn(&line, copied, (size_t)(s->end - copied));
		add_moved(out, line.at, line.at + line.len, was, 1);
		if (i + 1 < n->body_count && (!declared(s, names) || reads_written(c, s)))
			text_add(out, "\trow_wait_();\n");
		text_free(&line);
	}
}

/* A kernel counts its threads in an int. Two billion numbers of one layer are the user's doing, not ours. */
_Noreturn static void too_many(const struct cutting *c, int64_t places)
{
	err(c->f->at, "%s: a batch has %lld numbers here, more than a kernel has threads", c->f->name, (long long)places);
	hint("a smaller batch_size");
	exit(1);
}

/* A grid over the loops whose turns may run at once, of all nests that wait. */
static void flush(struct cutting *c)
{
	const struct nest *n = &c->waiting[0];
	struct statement *loop[NEST_MAX];
	const char *range[NEST_MAX];
	int64_t places = 1;
	if (!c->waiting_count)
		return;
	int count = grid_of(n, loop);
	for (int i = 0; i < count; i++) {
		range[i] = range_text(c, loop[i]);
		places *= number_of(c->p, range[i]);
	}
	if (places > INT32_MAX)
		too_many(c, places);
	struct text product = {0}, head = {0}, body = {0};
	text_add(&product, "");
	for (int i = 0; i < count; i++)
		text_printf(&product, "%s%s", i ? " * " : "", range[i]);
	const char *low = count == 1 ? text_of(c, loop[0]->low) : "0";
	const bool rows = c->waiting_count == 1 && shares_rows(c, n);
	const char *number = rows ? "row_" : "thread_";
	if (count == 1 && strcmp(low, "0") == 0) {
		text_printf(&head, "\tconst int %s = %s();\n\tif (%s >= %s)\n\t\treturn;\n", text_of(c, loop[0]->variable), number, text_of(c, loop[0]->variable), range[0]);
	} else {
		text_printf(&head, "\tconst int at_ = %s();\n\tif (at_ >= %s)\n\t\treturn;\n", number, product.at);
		add_places(c, loop, range, count, &head);
	}
	rows ? add_shared(c, n, &body) : add_inside(n, &body);
	for (int i = 1; i < c->waiting_count; i++)
		add_joined(n, &c->waiting[i], &body);
	c->waiting_count = 0;
	c->rows = rows;
	add_kernel(c, product.at, head.at, body.at);
	c->rows = false;
	text_free(&product);
	text_free(&head);
	text_free(&body);
}

/* Can the nest run in the threads of those that wait? It has the same grid, and what either writes and both name belongs to the thread. */
static bool joins(struct cutting *c, const struct nest *n)
{
	struct statement *mine[NEST_MAX], *theirs[NEST_MAX];
	int count = grid_of(n, mine);
	if (!c->waiting_count || c->waiting_count == JOINED_MAX || shares_rows(c, n) || shares_rows(c, &c->waiting[0]))
		return false;
	for (int k = 0; k < c->waiting_count; k++) {
		const struct nest *w = &c->waiting[k];
		if (grid_of(w, theirs) != count)
			return false;
		for (int i = 0; i < count; i++)
			if (!same_words(mine[i]->bound, theirs[i]->bound) || !same_words(mine[i]->low, theirs[i]->low))
				return false;
		if (!nests_touch_alike(w, n, c->arrays, c->array_count))
			return false;
	}
	/* The other variables must mean nothing else in this text, nor be the ones of another loop. */
	grid_of(&c->waiting[0], theirs);
	for (int i = 0; i < count; i++)
		for (int k = 0; k < n->count && !same_words(mine[i]->variable, theirs[i]->variable); k++)
			if (mentions(n->loop[k]->from, n->loop[k]->end, theirs[i]->variable))
				return false;
	return true;
}

static void cut_nest(struct cutting *c, const struct nest *n)
{
	if (!joins(c, n))
		flush(c);
	c->waiting[c->waiting_count++] = *n;
}

/* One thread does it all. */
static void cut_serial(struct cutting *c, struct statement *const *s, int count)
{
	struct text body = {0};
	flush(c);
	for (int i = 0; i < count; i++)
		add_moved(&body, s[i]->from, s[i]->end, 1 + c->depth, 1);
	add_kernel(c, "1", "", body.at);
	text_free(&body);
}

/* Statements that belong to the variables declared among them: from the first declaration to the last mention of what it declares. */
static int declared_range(struct statement *const *s, int count)
{
	int end = 1;
	for (int i = 0; i < end; i++) {
		struct words_of names[DECLARED_MAX];
		int n = declared(s[i], names);
		for (int k = 0; k < n; k++)
			for (int j = i + 1; j < count; j++)
				if (mentions(s[j]->from, s[j]->end, names[k]) && j + 1 > end)
					end = j + 1;
	}
	return end;
}

/* "real p[T], g[T];" before the loops of a body: no number in it lives from one turn to the next. */
static bool is_scratch(const struct statement *s)
{
	struct words_of names[DECLARED_MAX];
	int count = declared(s, names);
	bool all = count && !memchr(s->from, '=', (size_t)(s->end - s->from));
	for (int k = 0; k < count; k++)
		all = all && names[k].at[names[k].length] == '[';
	return all;
}

/* ---- what is launched as a whole --------------------------------------------------------------- */

static bool calls_product(const struct statement *s)
{
	struct words_of w;
	for (const char *c = s->from; (c = next_word(c, s->end, &w));)
		if (w.length > 5 && strncmp(w.at, "gemm_", 5) == 0)
			return true;
	return false;
}

static void cut_all(struct cutting *c, struct statement *const *s, int count);

/* A product, or a loop or choice with products within it. */
static void cut_launch(struct cutting *c, const struct statement *s)
{
	flush(c);
	launch_indent(c);
	if (s->kind == STATEMENT_PLAIN) {
		struct text line = {0};
		add_moved(&line, s->from, s->end, 1 + c->depth, 1 + c->depth);
		text_add(c->launches, line.at + 1 + c->depth);
		text_free(&line);
		return;
	}
	const char *open = strchr(s->from, '('), *close = open;
	int level = 0;
	do
		level += (*close == '(') - (*close == ')');
	while (close++, level);
	text_addn(c->launches, s->from, (size_t)(close - s->from));
	text_add(c->launches, " {\n");
	struct words_of type, variable;
	if (s->kind == STATEMENT_FOR && next_word(next_word(open, close, &type), close, &variable))
		VEC_PUSH(c->p->arena, &c->around, variable);
	for (int i = 0; i < s->inside.count; i++) {
		struct statement *const *all = s->inside.at[i]->kind == STATEMENT_BLOCK ? s->inside.at[i]->inside.at : &s->inside.at[i];
		c->depth++;
		cut_all(c, all, s->inside.at[i]->kind == STATEMENT_BLOCK ? s->inside.at[i]->inside.count : 1);
		flush(c);
		c->depth--;
		launch_indent(c);
		text_add(c->launches, i + 1 < s->inside.count ? "} else {\n" : "}\n");
	}
}

/* What it declares is not known behind it: another body may have a `p` of its own. */
static void cut_block(struct cutting *c, const struct statement *s)
{
	int before = c->scratch.count;
	cut_all(c, s->inside.at, s->inside.count);
	if (c->scratch.count > before)
		flush(c);
	c->scratch.count = before;
}

static void cut_all(struct cutting *c, struct statement *const *s, int count)
{
	for (int i = 0; i < count;) {
		struct words_of names[DECLARED_MAX];
		struct nest all, part;
		if (is_scratch(s[i])) {
			VEC_PUSH(c->p->arena, &c->scratch, s[i]);
			i++;
			continue;
		}
		if (s[i]->kind == STATEMENT_BLOCK) {
			cut_block(c, s[i]);
			i++;
			continue;
		}
		if (calls_product(s[i])) {
			cut_launch(c, s[i]);
			i++;
			continue;
		}
		if (s[i]->kind == STATEMENT_FOR) {
			nest_find(s[i], c->arrays, c->array_count, &all);
			for (int from = 0; all.count && from < all.body_count;) {
				from += nest_part(&all, from, c->arrays, c->array_count, &part);
				bool any = false;
				for (int k = 0; k < part.count; k++)
					any = any || part.parallel[k];
				if (any)
					cut_nest(c, &part);
				else if (part.body_count == all.body_count)
					cut_serial(c, &s[i], 1);
				else {
					struct text body = {0};
					flush(c);
					add_inside(&part, &body);
					add_kernel(c, "1", "", body.at);
					text_free(&body);
				}
			}
			if (!all.count)
				cut_serial(c, &s[i], 1);
			i++;
			continue;
		}
		int run = declared(s[i], names) ? declared_range(s + i, count - i) : 1;
		for (int k = 0; k < run; k++)
			c->entangled = c->entangled || calls_product(s[i + k]);
		cut_serial(c, s + i, run);
		i += run;
	}
}

void emit_cu_function(const struct plan *p, const struct function *f, struct text *out)
{
	struct text body = {0}, kernels = {0}, launches = {0};
	struct statements all;
	struct array_name *arrays = arena_alloc(p->arena, (size_t)(f->args.count + 1) * sizeof *arrays);
	emit_c_kernels(p, f, &body);
	statements_read(p->arena, body.at ? body.at : "", &all);
	for (int i = 0; i < f->args.count; i++) {
		const char *dims = emit_body_dims(p, f, f->args.at[i]);
		arrays[i] = (struct array_name){.name = PLAN(p, f->args.at[i])->c_name, .written = function_writes(p, f, f->args.at[i])};
		for (const char *c = dims; *c; c++)
			arrays[i].dims += *c == '[';
	}
	struct cutting c = {.p = p, .f = f, .kernels = &kernels, .launches = &launches, .arrays = arrays, .array_count = f->args.count};
	cut_all(&c, all.list.at, all.list.count);
	flush(&c);
	if (c.entangled) {                       /* once more, with plain loops for products */
		struct backend plain = *p->backend;
		struct plan without = *p;
		plain.gemm = false;
		without.backend = &plain;
		emit_cu_function(&without, f, out);
		text_free(&body);
		text_free(&kernels);
		text_free(&launches);
		return;
	}
	text_add(out, kernels.at ? kernels.at : "");
	text_add(out, "\n");
	emit_c_head(p, f, "static void", out);
	text_printf(out, "%s}\n", launches.at ? launches.at : "");
	text_free(&body);
	text_free(&kernels);
	text_free(&launches);
}
