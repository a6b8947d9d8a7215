/* emit.c: a trainer's text, top to bottom: header, sizes, structs, layers, forward, loss, backward, optimizer, tables. What each layer
** computes comes from the backend; what all trainers share is in the runtime. */
#include "program.h"

#include <string.h>

/* ---- sizes and structs ---------------------------------------------------------------------- */

static void emit_sizes(const struct plan *p, int from, struct text *out)
{
	if (from == 0)
		text_printf(out, "enum { BATCH = %d };\n", p->graph->batch);
	if (from == p->sizes.count)
		return;
	text_add(out, "enum {");
	size_t start = out->len;
	for (int i = from; i < p->sizes.count; i++) {
		text_printf(out, "%s %s = %lld", i > from ? "," : "", p->sizes.at[i].name, (long long)p->sizes.at[i].value);
		if (out->len - start > 110 && i + 1 < p->sizes.count) {
			text_add(out, ",\n\t");
			start = out->len;
			i++;
			text_printf(out, "%s = %lld", p->sizes.at[i].name, (long long)p->sizes.at[i].value);
		}
	}
	text_add(out, " };\n");
}

static const char *param_dims(const struct plan *p, const struct node *n)
{
	return n->shape.rank ? emit_dims(p, n) : "[1]";
}

static void emit_params(const struct plan *p, struct text *out)
{
	text_add(out, "\n/* Weights, trained ones first; gradients and the optimizer's state have the same layout. */\nstruct params {\n");
	bool frozen = false;
	for (int trains = 1; trains >= 0; trains--)
		for (int i = 0; i < p->graph->nodes.count; i++) {
			const struct node *n = p->graph->nodes.at[i];
			if (n->kind != NODE_PARAM || n->trains != trains)
				continue;
			text_printf(out, "\treal %s%s%s;\n", PLAN(p, n)->c_name, param_dims(p, n), !trains && !frozen ? " __attribute__((aligned(64)))" : "");
			frozen = frozen || !trains;
		}
	text_add(out, "} __attribute__((aligned(64)));\n");
}

/* How many reals the optimizer updates, and in how many wides. */
static void emit_trained(const struct plan *p, struct text *out)
{
	text_add(out, "\n/* What the optimizer updates: reals, and wides that cover them. */\nenum {\n\tTRAINED = ");
	const char *between = "";
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind != NODE_PARAM || !n->trains)
			continue;
		text_add(out, between);
		for (int axis = 0; axis < n->shape.rank; axis++)
			text_printf(out, "%s%s", axis ? " * " : "", PLAN(p, n)->size[axis]);
		if (!n->shape.rank)
			text_add(out, "1");
		between = " + ";
	}
	text_printf(out, "%s,\n\tTRAINED_WIDES = (TRAINED * LANES + WIDE_LANES - 1) / WIDE_LANES\n};\n", *between ? "" : "0");
}

static bool in_struct(const struct plan *p, const struct node *n, bool work)
{
	const struct node_plan *np = PLAN(p, n);
	return np->home == HOME_ACT && np->root == n && (np->phase != PHASE_FORWARD) == work;
}

static int emit_members(const struct plan *p, bool work, struct text *out)
{
	int count = 0;
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (!in_struct(p, n, work))
			continue;
		text_printf(out, "\treal %s%s;\n", PLAN(p, n)->c_name, emit_dims(p, n));
		count++;
	}
	return count;
}

static void emit_acts(const struct plan *p, struct text *out)
{
	text_printf(out, "\n/* What the layers give, for this batch. */\nstruct %sacts {\n", p->prefix);
	emit_members(p, false, out);
	text_add(out, "};\n");
}

static void emit_work(const struct plan *p, struct text *out)
{
	text_printf(out, "\n/* Losses, and gradients on their way back. */\nstruct %swork {\n", p->prefix);
	emit_members(p, true, out);
	text_add(out, "};\n");
}

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

static void emit_functions(struct emission *e, const struct plan *p, enum phase phase, struct text *out)
{
	for (int i = 0; i < p->functions.count; i++) {
		const struct function *f = &p->functions.at[i];
		if (f->phase != phase)
			continue;
		text_add(out, "\n");
		emit_origin(e, f, out);
		backend_c.function(p, f, out);
	}
}

/* ---- forward, losses, backward: the layers in order ----------------------------------------- */

struct needs { bool n, params, acts, work, grads; bool inputs[64]; };

static bool is_io(const struct node *n)
{
	return n->kind == NODE_INPUT || n->kind == NODE_TARGET;
}

static int io_index(const struct plan *p, const struct node *n)
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
		s->inputs[io_index(p, root) & 63] = true;
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

static struct needs phase_needs(const struct plan *p, enum phase phase)
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
		if (is_io(n) && s.inputs[io_index(p, n) & 63]) {
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
		if (!root || o->node->kind == NODE_CONST)
			text_printf(out, "\tfor (size_t i = 0; i < sizeof g->%s / sizeof(real); i++)\n\t\t((real *)g->%s)[i] = splat_(R(%.17g));\n", name, name, o->node->value);
		else
			text_printf(out, "\tfor (size_t i = 0; i < sizeof g->%s / sizeof(real); i++)\n\t\t((real *)g->%s)[i] = ((const real *)%s)[i];\n", name, name, home_text(p, root));
	}
}

static bool phase_exists(const struct plan *p, enum phase phase)
{
	for (int i = 0; i < p->functions.count; i++)
		if (p->functions.at[i].phase == phase)
			return true;
	for (int i = 0; phase == PHASE_BACKWARD && i < p->graph->outputs.count; i++)
		if (copied_gradient(p, &p->graph->outputs.at[i]))
			return true;
	return false;
}

static void emit_phase(const struct plan *p, enum phase phase, const char *name, struct text *out)
{
	if (!phase_exists(p, phase))
		return;
	text_printf(out, "\n%s void %s%s(", phase == PHASE_FORWARD ? "FORWARD" : "static", p->prefix, name);
	phase_list(p, phase, NULL, out);
	text_add(out, ")\n{\n");
	emit_calls(p, phase, out);
	if (phase == PHASE_BACKWARD)
		emit_grad_copies(p, out);
	text_add(out, "}\n");
}

static void emit_phase_call(const struct plan *p, enum phase phase, const char *name, struct text *out)
{
	if (!phase_exists(p, phase))
		return;
	text_printf(out, "\t%s%s(", p->prefix, name);
	phase_list(p, phase, "self", out);
	text_add(out, ");\n");
}

/* ---- optimizer ------------------------------------------------------------------------------ */

static void emit_optimizer(const struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	const struct op_body *body = op_body_find(o->body, false);
	if (!body)
		die("no body %s", o->body);
	text_add(out, "\nstruct optimizer_state {\n");
	for (int i = 0; i < 4 && o->per_param[i]; i++)
		text_printf(out, "\tstruct params %s;\n", o->per_param[i]);
	if (!o->per_param[0])
		text_add(out, "\tchar none;\n");
	text_add(out, "};\n\n/* One number a lane as a wide, repeated to its end. */\nstatic inline __attribute__((always_inline, unused)) wide spread(const double *lane)\n{\n"
		"\twide w;\n\tfor (int i = 0; i < WIDE_LANES; i++)\n\t\tw[i] = (scalar)lane[i % LANES];\n\treturn w;\n}\n\n");
	text_printf(out, "/* %s */\nstatic void %s(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper)\n{\n%s}\n",
		o->about, o->body, body->text);
}

/* ---- the step functions --------------------------------------------------------------------- */

static void emit_self(const struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	int scalars = 0;
	while (scalars < 4 && o->scalars[scalars].name)
		scalars++;
	text_printf(out, "\n/* All memory of a training: nothing is allocated. */\nstruct training {\n\tstruct params params, grads;\n\tstruct optimizer_state state;\n"
		"\tdouble scalars[%d * LANES];\n\tstruct acts acts;\n\tstruct work work;\n", scalars ? scalars : 1);
	if (e->eval_differs)
		text_add(out, "\tstruct eval_acts eval_acts;\n\tstruct eval_work eval_work;\n");
	text_add(out, "};\nstatic struct training memory;\n");
}

static void emit_pointers(const struct plan *p, bool targets, struct text *out)
{
	int inputs = 0, target = 0;
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (!is_io(n))
			continue;
		bool is_target = n->kind == NODE_TARGET;
		int index = is_target ? target++ : inputs++;
		if (is_target && !targets)
			continue;
		bool used = false;
		for (enum phase phase = PHASE_FORWARD; phase < PHASE_COUNT; phase++)
			used = used || phase_needs(p, phase).inputs[io_index(p, n) & 63];
		if (!used)
			continue;
		const char *dims = emit_dims(p, n), *tail = strchr(dims, ']') + 1;
		text_printf(out, *tail ? "\tconst real (*%s)%s = step->%s[%d];\n" : "\tconst real *%s%s = step->%s[%d];\n", PLAN(p, n)->c_name, tail, is_target ? "targets" : "inputs", index);
	}
}

static bool needs_n(const struct plan *p, bool backward)
{
	for (enum phase phase = PHASE_FORWARD; phase <= (backward ? PHASE_BACKWARD : PHASE_LOSS); phase++)
		if (phase_needs(p, phase).n)
			return true;
	return false;
}

/* The only element of a value, in the step functions. */
static const char *scalar_text(const struct plan *p, const struct node *n)
{
	const struct node *root = PLAN(p, n)->root;
	if (n->kind == NODE_CONST)
		return arena_printf(p->arena, "splat_(R(%.17g))", n->value);
	const struct node_plan *np = PLAN(p, root);
	int index = 0, axes[RANK_MAX], count = plan_axes(p, &root->shape, axes);
	for (int i = 0; i < p->graph->nodes.count && p->graph->nodes.at[i] != root; i++)
		index += p->graph->nodes.at[i]->kind == root->kind;
	if (is_io(root))
		return arena_printf(p->arena, "((const real *)step->%s[%d])[0]", root->kind == NODE_TARGET ? "targets" : "inputs", index);
	const char *place = np->home == HOME_PARAM ? "self->params." : np->home == HOME_GRAD ? "grads->"
		: arena_printf(p->arena, "self->%s%s.", p->prefix, np->phase == PHASE_FORWARD ? "acts" : "work");
	const char *name = arena_printf(p->arena, "%s%s[0]", place, np->home == HOME_GRAD ? PLAN(p, root->adjoint_of)->c_name : np->c_name);
	for (int i = 1; i < count; i++)
		name = arena_printf(p->arena, "%s[0]", name);
	return name;
}

/* Columns: loss, acc, then the metrics. */
static void emit_sums(const struct plan *p, struct text *out)
{
	const struct graph *g = p->graph;
	static const char *const roles[] = {"loss", "accuracy", "metric"};
	int column = 0;
	for (int r = 0; r < 3; r++) {
		for (int i = 0; i < g->outputs.count; i++) {
			const struct output *o = &g->outputs.at[i];
			if (strcmp(o->role, roles[r]) != 0)
				continue;
			text_printf(out, "\tadd_sums(step->sums + %d * LANES, %s);\n", column, scalar_text(p, o->node));
			column++;
		}
	}
}

static void emit_gradient(const struct plan *p, struct text *out)
{
	text_add(out, "\nstatic inline __attribute__((always_inline)) void add_sums(double *sums, real value)\n{\n"
		"\tunion { real all; scalar lane[LANES]; } u = {value};\n\tfor (int l = 0; l < LANES; l++)\n\t\tsums[l] += (double)u.lane[l];\n}\n");
	text_add(out, "\n/* Forward and backward: the gradients of this batch. */\nstatic void gradient_of(struct training *self, const struct mosaic_step *step, struct params *grads)\n{\n");
	if (needs_n(p, true))
		text_add(out, "\tconst int n = step->n;\n");
	emit_pointers(p, true, out);
	emit_phase_call(p, PHASE_FORWARD, "forward", out);
	emit_phase_call(p, PHASE_LOSS, "losses", out);
	emit_phase_call(p, PHASE_BACKWARD, "backward", out);
	if (!phase_exists(p, PHASE_BACKWARD))
		text_add(out, "\t(void)grads;\n");
	emit_sums(p, out);
	text_add(out, "}\n");
}

static void emit_steps(struct emission *e, struct text *out)
{
	const struct plan *p = &e->plan, *v = e->eval_differs ? &e->eval_plan : p;
	emit_gradient(p, out);
	text_printf(out, "\nstatic void train(const struct mosaic_step *step)\n{\n\tgradient_of(&memory, step, &memory.grads);\n"
		"\t%s(&memory.params, &memory.grads, &memory.state, memory.scalars, step->hyper);\n}\n", e->program->optimizer->body);
	text_add(out, "\nstatic void gradient(const struct mosaic_step *step, void *grads)\n{\n\tgradient_of(&memory, step, grads);\n}\n");
	text_add(out, "\nstatic void evaluate(const struct mosaic_step *step)\n{\n\tstruct training *self = &memory;\n");
	if (needs_n(v, false))
		text_add(out, "\tconst int n = step->n;\n");
	emit_pointers(v, true, out);
	emit_phase_call(v, PHASE_FORWARD, "forward", out);
	emit_phase_call(v, PHASE_LOSS, "losses", out);
	emit_sums(v, out);
	text_add(out, "}\n");
}

/* A prediction that lies in `root`; NULL: any that lies in no input. */
static bool predicts(const struct plan *p, const struct node *root)
{
	for (int i = 0; i < p->graph->outputs.count; i++) {
		const struct output *o = &p->graph->outputs.at[i];
		const struct node *from = PLAN(p, o->node)->root;
		if (strcmp(o->role, "prediction") == 0 && (root ? from == root : !is_io(from) && from->kind != NODE_CONST))
			return true;
	}
	return false;
}

/* predict: forward, then copies of what the network gives. */
static void emit_predict(const struct emission *e, struct text *out)
{
	const struct plan *p = e->eval_differs ? &e->eval_plan : &e->plan;
	text_add(out, "\nstatic void predict(int n, const void *const *inputs, void *const *outputs)\n{\n");
	int inputs = 0, output = 0;
	struct needs s = phase_needs(p, PHASE_FORWARD);
	bool used = false;
	if (predicts(p, NULL) || phase_exists(p, PHASE_FORWARD))
		text_add(out, "\tstruct training *self = &memory;\n");
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind != NODE_INPUT)
			continue;
		const char *dims = emit_dims(p, n), *tail = strchr(dims, ']') + 1;
		if (s.inputs[io_index(p, n) & 63] || predicts(p, n)) {
			text_printf(out, *tail ? "\tconst real (*%s)%s = inputs[%d];\n" : "\tconst real *%s%s = inputs[%d];\n", PLAN(p, n)->c_name, tail, inputs);
			used = true;
		}
		inputs++;
	}
	if (!used)
		text_add(out, "\t(void)inputs;\n");
	emit_phase_call(p, PHASE_FORWARD, "forward", out);
	for (int i = 0; i < p->graph->outputs.count; i++) {
		const struct output *o = &p->graph->outputs.at[i];
		if (strcmp(o->role, "prediction") != 0)
			continue;
		const struct node *n = o->node, *root = PLAN(p, n)->root;
		if (root->kind == NODE_CONST) {
			text_printf(out, "\tfor (int r = 0; r < n; r++)\n\t\t((real *)outputs[%d])[r] = splat_(%s);\n", output++, emit_number(p, root->value));
			continue;
		}
		const char *from = is_io(root) ? PLAN(p, root)->c_name : root->kind == NODE_PARAM ? arena_printf(e->arena, "self->params.%s", PLAN(p, root)->c_name)
			: arena_printf(e->arena, "self->%sacts.%s", p->prefix, PLAN(p, root)->c_name);
		if (n->shape.batch < 0) {               /* the same for every sample */
			text_printf(out, "\tfor (int r = 0; r < n; r++)\n\t\t__builtin_memcpy((char *)outputs[%d] + (size_t)r * sizeof %s, %s, sizeof %s);\n", output++, from, from, from);
			continue;
		}
		text_printf(out, "\t__builtin_memcpy(outputs[%d], %s, (size_t)n", output++, from);
		for (int axis = 0; axis < n->shape.rank; axis++)
			if (axis != n->shape.batch)
				text_printf(out, " * %s", PLAN(p, n)->size[axis]);
			else if (n->shape.dim[axis] > p->graph->batch)
				text_printf(out, " * %lld", (long long)(n->shape.dim[axis] / p->graph->batch));
		text_add(out, " * sizeof(real));\n");
	}
	text_add(out, "}\n");
}

/* ---- the file ------------------------------------------------------------------------------- */

static void make_plan(struct emission *e, struct plan *p, struct graph *g, const char *prefix, const struct plan *after)
{
	*p = (struct plan){.arena = e->arena, .graph = g, .prefix = prefix, .blas = e->program->blas};
	for (int i = 0; after && i < after->sizes.count; i++)
		VEC_PUSH(e->arena, &p->sizes, after->sizes.at[i]);
	plan_names(p);
	fuse(p);
	plan_memory(p);
	for (int i = 0; i < p->functions.count; i++)
		p->functions.at[i].uses_n = function_uses_n(p, &p->functions.at[i]);
}

void emit_trainer(struct emission *e, struct text *out)
{
	make_plan(e, &e->plan, e->train, "", NULL);
	if (e->eval_differs)
		make_plan(e, &e->eval_plan, e->eval, "eval_", &e->plan);
	const struct plan *p = &e->plan, *v = &e->eval_plan;
	emit_header(e, out);
	text_printf(out, "#ifndef LANES\n#define LANES %d\n#endif\n%s#include \"real.h\"\n#ifdef MOSAIC_FORWARD_ONLY\n#define FORWARD            /* forward() and struct params alone, for a program or a microcontroller of one's own */\n"
		"#else\n#define FORWARD static\n#include \"trainer.h\"\n#endif\n%s\n"
		"/* A layer stays a function of its own: to stop at in a debugger, to see in a profile. */\n#define LAYER static __attribute__((noinline))\n"
		"%s\n", e->program->lanes, p->graph->float64 ? "#define REAL64\n" : "", e->program->blas ? "#include \"gemm.h\"\n" : "",
		p->graph->batch > 1 ? "/* A batch of n samples holds at least one. */\n#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)\n" : "");
	emit_sizes(p, 0, out);
	if (e->eval_differs)
		emit_sizes(v, p->sizes.count, out);
	emit_params(p, out);
	emit_acts(p, out);
	emit_functions(e, p, PHASE_FORWARD, out);
	emit_phase(p, PHASE_FORWARD, "forward", out);
	if (e->eval_differs) {
		emit_acts(v, out);
		emit_functions(e, v, PHASE_FORWARD, out);
		emit_phase(v, PHASE_FORWARD, "forward", out);
	}
	text_add(out, "\n#ifndef MOSAIC_FORWARD_ONLY\n");
	emit_work(p, out);
	emit_functions(e, p, PHASE_LOSS, out);
	emit_phase(p, PHASE_LOSS, "losses", out);
	emit_functions(e, p, PHASE_BACKWARD, out);
	emit_phase(p, PHASE_BACKWARD, "backward", out);
	if (e->eval_differs) {
		emit_work(v, out);
		emit_functions(e, v, PHASE_LOSS, out);
		emit_phase(v, PHASE_LOSS, "losses", out);
	}
	emit_trained(p, out);
	emit_optimizer(e, out);
	emit_self(e, out);
	emit_steps(e, out);
	emit_predict(e, out);
	emit_tables(e, out);
	text_add(out, "#endif\n");
}

/* One graph alone, for tests of ops: no evaluation, optimizer, data or tables. */
void emit_network(struct emission *e, struct graph *g, struct text *out)
{
	const struct plan *p = &e->plan;
	make_plan(e, &e->plan, g, "", NULL);
	emit_sizes(p, 0, out);
	emit_params(p, out);
	emit_acts(p, out);
	emit_functions(e, p, PHASE_FORWARD, out);
	emit_phase(p, PHASE_FORWARD, "forward", out);
	emit_work(p, out);
	emit_functions(e, p, PHASE_LOSS, out);
	emit_phase(p, PHASE_LOSS, "losses", out);
	emit_functions(e, p, PHASE_BACKWARD, out);
	emit_phase(p, PHASE_BACKWARD, "backward", out);
	text_add(out, "\nstruct training {\n\tstruct params params, grads;\n\tstruct acts acts;\n\tstruct work work;\n};\nstatic struct training memory;\n");
	emit_gradient(p, out);
}
