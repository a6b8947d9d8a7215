/* emit_phase.c: the functions of the layers, each with the user's line that it came from, and forward(), losses() and backward(), which call
** them in order. */
#include "emit.h"

#include <string.h>

/* ---- layers --------------------------------------------------------------------------------- */

/* The user's lines that this function came from. */
static void emit_origin(const struct emission *e, const struct function *f, struct text *out)
{
	struct place last = {0};
	for (int i = 0; i < f->nodes.count; i++) {
		struct place at = f->nodes.at[i]->at;
		if (!at.file || at.line < 1 || (last.line == at.line && last.file && strcmp(last.file, at.file) == 0))
			continue;
		last = at;
		if (f->phase == PHASE_BACKWARD && i)
			continue;
		char *text = file_read(e->arena, at.file, 1 << 22, NULL), *line = text;
		for (int k = 1; line && k < at.line; k++) {
			line = strchr(line, '\n');
			line += line != NULL;
		}
		if (!line)
			continue;
		line[strcspn(line, "\r\n")] = 0;
		line += strspn(line, " \t");
		for (char *c = line; *c; c++)
			if ((c[0] == '*' && c[1] == '/') || (c[0] == '/' && c[1] == '*') || (unsigned char)*c < ' ')
				*c = ' ';                   /* the user's comment must not end ours */
		text_printf(out, "/* %s:%d  %s */\n", at.file, at.line, line);
	}
}

void emit_functions(struct emission *e, const struct plan *p, enum phase phase, struct text *out)
{
	for (int i = 0; i < p->functions.count; i++) {
		const struct function *f = &p->functions.at[i];
		if (f->phase != phase)
			continue;
		text_add(out, "\n");
		emit_origin(e, f, out);
		p->backend->function(p, f, out);
	}
}

/* ---- forward, losses, backward: the layers in order ----------------------------------------- */

bool has_op(const struct plan *p, const char *op)
{
	for (int i = 0; i < p->graph->nodes.count; i++)
		if (p->graph->nodes.at[i]->kind == NODE_OP && strcmp(p->graph->nodes.at[i]->op->name, op) == 0)
			return true;
	return false;
}

bool is_io(const struct node *n)
{
	return n->kind == NODE_INPUT || n->kind == NODE_TARGET;
}

int io_index(const struct plan *p, const struct node *n)
{
	int index = 0;
	for (int i = 0; i < p->graph->nodes.count && p->graph->nodes.at[i] != n; i++)
		index += is_io(p->graph->nodes.at[i]);
	return index;
}

/* The parameter whose gradient no kernel writes in place, so that it is copied: the same value for two weights, zeros, a value that is
** also something else. NULL: not such an output. */
static const struct node *copied_gradient(const struct plan *p, const struct output *o)
{
	const struct graph *g = p->graph;
	const struct node *root = PLAN(p, o->node)->root;
	for (int i = 0; strcmp(o->role, "grad") == 0 && i < g->nodes.count; i++) {
		const struct node *param = g->nodes.at[i];
		if (param->kind == NODE_PARAM && strcmp(param->name, o->name) == 0)
			return root && PLAN(p, root)->home == HOME_GRAD && root->adjoint_of == param ? NULL : param;
	}
	return NULL;
}

static void need_memory(const struct plan *p, const struct node *root, struct needs *s)
{
	const struct node_plan *np = PLAN(p, root);
	s->params = s->params || np->home == HOME_PARAM;
	s->grads = s->grads || np->home == HOME_GRAD;
	s->acts = s->acts || (np->home == HOME_ACT && np->phase == PHASE_FORWARD);
	s->work = s->work || (np->home == HOME_ACT && np->phase != PHASE_FORWARD);
	if (is_io(root))
		s->inputs[io_index(p, root) & (IO_MAX - 1)] = true;
}

static void need_copies(const struct plan *p, struct needs *s)
{
	for (int i = 0; i < p->graph->outputs.count; i++) {
		const struct output *o = &p->graph->outputs.at[i];
		const struct node *root = PLAN(p, o->node)->root;
		if (!copied_gradient(p, o))
			continue;
		s->grads = true;
		if (root)
			need_memory(p, root, s);
	}
}

struct needs phase_needs(const struct plan *p, enum phase phase)
{
	struct needs s = {0};
	for (int i = 0; i < p->functions.count; i++) {
		const struct function *f = &p->functions.at[i];
		if (f->phase != phase)
			continue;
		s.n = s.n || f->uses_n;
		for (int k = 0; k < f->args.count; k++)
			need_memory(p, PLAN(p, f->args.at[k])->root, &s);
	}
	if (phase == PHASE_BACKWARD)
		need_copies(p, &s);
	return s;
}

/* Parameters or arguments of forward(), losses(), backward(): only what they need, always in this order. */
static void phase_list(const struct plan *p, enum phase phase, const char *self, struct text *out)
{
	struct needs s = phase_needs(p, phase);
	const char *between = "";
#define ITEM(condition, ...) \
	if (condition) { \
		text_add(out, between); \
		text_printf(out, __VA_ARGS__); \
		between = ", "; \
	}
	ITEM(s.n, self ? "n" : "int n")
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (is_io(n) && s.inputs[io_index(p, n) & (IO_MAX - 1)]) {
			ITEM(true, self ? "%s" : "const real %s%s", PLAN(p, n)->c_name, emit_dims(p, n))
		}
	}
	ITEM(s.params, self ? "&%s->params" : "%sconst struct params *p", self ? self : "")
	ITEM(s.acts, self ? "&%s->%sacts" : phase == PHASE_FORWARD ? "%sstruct %sacts *a" : "%sconst struct %sacts *a", self ? self : "", p->prefix)
	ITEM(s.work, self ? "&%s->%swork" : "%sstruct %swork *t", self ? self : "", p->prefix)
	ITEM(s.grads, self ? "%s" : "%sstruct params *g", self ? "grads" : "")
#undef ITEM
	if (!*between && !self)
		text_add(out, "void");
}

static const char *home_text(const struct plan *p, const struct node *root)
{
	const struct node_plan *np = PLAN(p, root);
	switch (np->home) {
	case HOME_PARAM: return arena_printf(p->arena, "p->%s", np->c_name);
	case HOME_GRAD: return arena_printf(p->arena, "g->%s", PLAN(p, root->adjoint_of)->c_name);
	case HOME_ACT: return arena_printf(p->arena, "%s->%s", np->phase == PHASE_FORWARD ? "a" : "t", np->c_name);
	default: return np->c_name;
	}
}

/* An argument, cast when the function sees the memory in another shape. */
static void emit_argument(const struct plan *p, const struct function *f, const struct node *arg, struct text *out)
{
	const struct node *root = PLAN(p, arg)->root;
	const char *seen = emit_body_dims(p, f, arg), *stored = root->kind == NODE_PARAM ? param_dims(p, root) : emit_dims(p, root);
	const char *seen_tail = strchr(seen, ']') + 1, *stored_tail = strchr(stored, ']') + 1;
	if (strcmp(seen_tail, stored_tail) == 0)
		text_add(out, home_text(p, root));
	else if (*seen_tail)
		text_printf(out, "(%sreal (*)%s)%s", function_writes(p, f, arg) ? "" : "const ", seen_tail, home_text(p, root));
	else
		text_printf(out, "(%sreal *)%s", function_writes(p, f, arg) ? "" : "const ", home_text(p, root));
}

static void emit_calls(const struct plan *p, enum phase phase, struct text *out)
{
	for (int i = 0; i < p->functions.count; i++) {
		const struct function *f = &p->functions.at[i];
		if (f->phase != phase)
			continue;
		text_printf(out, "\t%s(%s", f->name, f->uses_n ? "n" : "");
		for (int k = 0; k < f->args.count; k++) {
			if (k || f->uses_n)
				text_add(out, ", ");
			emit_argument(p, f, f->args.at[k], out);
		}
		text_add(out, ");\n");
	}
}

static void emit_grad_copies(const struct plan *p, struct text *out)
{
	for (int i = 0; i < p->graph->outputs.count; i++) {
		const struct output *o = &p->graph->outputs.at[i];
		const struct node *param = copied_gradient(p, o), *root = PLAN(p, o->node)->root;
		if (!param)
			continue;
		const char *name = PLAN(p, param)->c_name;
		if (p->backend->apart && (!root || o->node->kind == NODE_CONST))
			text_printf(out, "\tLAUNCH(fill_, sizeof g->%s / sizeof(real), sizeof g->%s / sizeof(real), (real *)g->%s, R(%.17g));\n", name, name, name, o->node->value);
		else if (p->backend->apart)
			text_printf(out, "\tcopy_(g->%s, %s, sizeof g->%s);\n", name, home_text(p, root), name);
		else if (!root || o->node->kind == NODE_CONST)
			text_printf(out, "\tfor (size_t i = 0; i < sizeof g->%s / sizeof(real); i++)\n\t\t((real *)g->%s)[i] = splat_(R(%.17g));\n", name, name, o->node->value);
		else
			text_printf(out, "\tfor (size_t i = 0; i < sizeof g->%s / sizeof(real); i++)\n\t\t((real *)g->%s)[i] = ((const real *)%s)[i];\n", name, name, home_text(p, root));
	}
}

bool phase_exists(const struct plan *p, enum phase phase)
{
	for (int i = 0; i < p->functions.count; i++)
		if (p->functions.at[i].phase == phase)
			return true;
	for (int i = 0; phase == PHASE_BACKWARD && i < p->graph->outputs.count; i++)
		if (copied_gradient(p, &p->graph->outputs.at[i]))
			return true;
	return false;
}

void emit_phase(const struct plan *p, enum phase phase, const char *name, struct text *out)
{
	if (!phase_exists(p, phase))
		return;
	text_printf(out, "\n%s void %s%s(", phase == PHASE_FORWARD ? "FORWARD" : p->backend->scope, p->prefix, name);
	phase_list(p, phase, NULL, out);
	text_add(out, ")\n{\n");
	emit_calls(p, phase, out);
	if (phase == PHASE_BACKWARD)
		emit_grad_copies(p, out);
	text_add(out, "}\n");
}

void emit_phase_call(const struct plan *p, enum phase phase, const char *name, struct text *out)
{
	if (!phase_exists(p, phase))
		return;
	text_printf(out, "\t%s%s(", p->prefix, name);
	phase_list(p, phase, "self", out);
	text_add(out, ");\n");
}
