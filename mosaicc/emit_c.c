/* emit_c.c: the C backend: one function of a plan as text. Loops come from c_loop.c; bodies of ops are pasted with the names of the
** network in place of theirs. The maths itself comes from templates/ops, never from here. */
#include "backend.h"
#include "emit_c.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* STRIDE of an op with the attribute "stride:int", PADDING_1 of one with "padding:ints": its number. NULL: another word. */
static const char *attr_text(struct emit *e, const struct node *n, const char *word, size_t len)
{
	for (int i = 0; i < ATTR_MAX && n->op->attrs[i]; i++) {
		const char *colon = strchr(n->op->attrs[i], ':');
		size_t k = 0, name = (size_t)(colon - n->op->attrs[i]);
		while (k < name && k < len && toupper((unsigned char)n->op->attrs[i][k]) == word[k])
			k++;
		if (k < name)
			continue;
		const struct attr *a = &n->attr[i];
		if (len == name)
			return strcmp(colon, ":float") == 0 ? emit_number(e->p, a->f) : arena_printf(e->p->arena, "%lld", (long long)a->i[0]);
		if (len == name + 2 && word[name] == '_' && isdigit((unsigned char)word[name + 1]) && word[name + 1] - '0' < a->count)
			return arena_printf(e->p->arena, "%lld", (long long)a->i[word[name + 1] - '0']);
	}
	return NULL;
}

/* "p * 1", "p - 0": the number says nothing. */
static bool drop_neutral(struct text *out, const char *number)
{
	const char *operators[] = {" * ", " + ", " - "};
	for (int i = 0; i < 3; i++) {
		bool neutral = strcmp(number, i ? "0" : "1") == 0;
		if (neutral && out->len >= 3 && strcmp(out->at + out->len - 3, operators[i]) == 0) {
			out->len -= 3;
			out->at[out->len] = 0;
			return true;
		}
	}
	return false;
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
		if (word && len > 1 && !now && isupper((unsigned char)*c))
			now = attr_text(e, map.arrays[map.array_count - 1].node, c, len);
		if (now && len > 1 && drop_neutral(e->out, now))
			now = "";
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
	plan_body(e->p, k->nodes.at[0], e->p->backend->apart, &map);
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

/* "[BATCH][HIDDEN]" */
const char *emit_dims(const struct plan *p, const struct node *n)
{
	struct text t = {0};
	int axes[RANK_MAX], count = plan_axes(p, &n->shape, axes);
	for (int i = 0; i < count; i++)
		text_printf(&t, "[%s]", PLAN(p, n)->size[axes[i]]);
	if (!count)
		text_add(&t, "[1]");
	const char *s = arena_strdup(p->arena, t.at);
	text_free(&t);
	return s;
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
		int first = m->shape.rank - map.arrays[k].count;
		for (int i = 0; i < map.arrays[k].count; i++)
			if (first + i < 0)
				text_add(&t, "[1]");             /* one number as an array */
			else if (i == 0 && first > 0)
				text_printf(&t, "[%s]", plan_axes_text(p, m, 0, first, false));
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

void emit_c_kernels(const struct plan *p, const struct function *f, struct text *out)
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
	emit_c_kernels(p, f, &t);
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
			line(e, "real %s%s;", PLAN(e->p, n)->c_name, emit_dims(e->p, n));
		rows = rows || (PLAN(e->p, n)->home == HOME_LOCAL && n->shape.batch >= 0);
	}
	if (rows && e->f->uses_n)
		line(e, "SAMPLES(n);");
}

/* The head of a function up to its opening brace. */
void emit_c_head(const struct plan *p, const struct function *f, const char *type, struct text *out)
{
	struct text head = {0};
	text_printf(&head, "%s %s(%s", type, f->name, f->uses_n ? "int n" : "");
	size_t start = 0;
	for (int i = 0; i < f->args.count; i++) {
		const struct node *n = f->args.at[i];
		bool full = head.len - start > 110 && i;
		text_add(&head, head.at[head.len - 1] == '(' ? "" : full ? ",\n\t" : ", ");
		start = full ? head.len : start;
		text_printf(&head, "%sreal %s%s", function_writes(p, f, n) ? "" : "const ", PLAN(p, n)->c_name, emit_body_dims(p, f, n));
	}
	if (head.at[head.len - 1] == '(')
		text_add(&head, "void");
	text_printf(out, "%s)\n{\n", head.at);
	text_free(&head);
}

void emit_c_function(const struct plan *p, const struct function *f, struct text *out)
{
	struct emit e = {.p = p, .f = f, .out = out, .depth = 1};
	emit_c_head(p, f, "LAYER void", out);
	emit_locals(&e);
	emit_c_kernels(p, f, out);
	text_add(out, "}\n");
}
