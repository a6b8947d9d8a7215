/* emit_step.c: what the runtime calls: train, gradient, evaluate and predict, and struct training, which they work on. */
#include "emit.h"

#include <string.h>

void emit_memory(const struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	int scalars = optimizer_scalars(o);
	text_printf(out, "\n/* All memory of a training: nothing is allocated. */\nstruct training {\n\tstruct params params, grads;\n\tstruct optimizer_state state;\n"
		"\tdouble scalars[%d * LANES];\n\tstruct acts acts;\n\tstruct work work;\n", scalars ? scalars : 1);
	if (e->eval_differs)
		text_add(out, "\tstruct eval_acts eval_acts;\n\tstruct eval_work eval_work;\n");
	if (e->plan.backend->apart)
		text_printf(out, "\tdouble next_scalars[%d];\n", scalars ? scalars : 1);
	text_add(out, "};\n");
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
			used = used || phase_needs(p, phase).inputs[io_index(p, n) & (IO_MAX - 1)];
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
		return p->backend->apart ? arena_printf(p->arena, "((const real *)feed->io[%s%d])[0]", root->kind == NODE_TARGET ? "INPUTS + " : "", index)
			: arena_printf(p->arena, "((const real *)step->%s[%d])[0]", root->kind == NODE_TARGET ? "targets" : "inputs", index);
	const char *place = np->home == HOME_PARAM ? "self->params." : np->home == HOME_GRAD ? (p->backend->apart ? "self->grads." : "grads->")
		: arena_printf(p->arena, "self->%s%s.", p->prefix, np->phase == PHASE_FORWARD ? "acts" : "work");
	const char *name = arena_printf(p->arena, "%s%s[0]", place, np->home == HOME_GRAD ? PLAN(p, root->adjoint_of)->c_name : np->c_name);
	for (int i = 1; i < count; i++)
		name = arena_printf(p->arena, "%s[0]", name);
	return name;
}

/* Columns: loss, acc, then the metrics. */
void emit_sums(const struct plan *p, struct text *out)
{
	const struct graph *g = p->graph;
	static const char *const roles[] = {"loss", "accuracy", "metric"};
	int column = 0;
	for (int r = 0; r < 3; r++) {
		for (int i = 0; i < g->outputs.count; i++) {
			const struct output *o = &g->outputs.at[i];
			if (strcmp(o->role, roles[r]) != 0)
				continue;
			text_printf(out, p->backend->apart ? "\tadd_sums(sums + %d, %s);\n" : "\tadd_sums(step->sums + %d * LANES, %s);\n", column, scalar_text(p, o->node));
			column++;
		}
	}
}

/* Buffers get what this step made of them. */
void emit_updates(const struct plan *p, struct text *out)
{
	const char *m = p->backend->members;
	for (int i = 0; i < p->graph->outputs.count; i++) {
		const struct output *o = &p->graph->outputs.at[i];
		if (strcmp(o->role, "update") != 0)
			continue;
		const struct node *root = PLAN(p, o->node)->root, *to = NULL;
		for (int k = 0; k < p->graph->nodes.count; k++)
			if (p->graph->nodes.at[k]->kind == NODE_PARAM && strcmp(p->graph->nodes.at[k]->name, o->name) == 0)
				to = p->graph->nodes.at[k];
		if (!to || root == to)
			continue;
		const char *name = PLAN(p, to)->c_name;
		if (o->node->kind == NODE_CONST) {
			text_printf(out, "\t%sparams.%s[0] = splat_(%s);\n", m, name, emit_number(p, o->node->value));
			continue;
		}
		const struct node_plan *np = PLAN(p, root);
		const char *place = np->home == HOME_PARAM ? "params." : np->home == HOME_GRAD ? "grads." : np->phase == PHASE_FORWARD ? "acts." : "work.";
		text_printf(out, "\t__builtin_memcpy(%sparams.%s, %s%s%s, sizeof %sparams.%s);\n", m, name, m, place,
			np->home == HOME_GRAD ? PLAN(p, root->adjoint_of)->c_name : np->c_name, m, name);
	}
}

void emit_gradient(const struct plan *p, struct text *out)
{
	text_printf(out, "\n%s void add_sums(double *sums, real value)\n{\n"
		"\tunion { real all; scalar lane[LANES]; } u = {value};\n\tfor (int l = 0; l < LANES; l++)\n\t\tsums[l] += (double)u.lane[l];\n}\n", p->backend->inlined);
	text_printf(out, "\n/* Forward and backward: the gradients of this batch. */\n%s void gradient_of(struct training *self, const struct mosaic_step *step, struct params *grads)\n{\n", p->backend->scope);
	if (needs_n(p, true))
		text_add(out, "\tconst int n = step->n;\n");
	if (has_op(p, "random") && !p->backend->apart)
		text_add(out, "\tset_step_key(step->keys);\n");
	emit_pointers(p, true, out);
	emit_phase_call(p, PHASE_FORWARD, "forward", out);
	emit_phase_call(p, PHASE_LOSS, "losses", out);
	emit_phase_call(p, PHASE_BACKWARD, "backward", out);
	if (!phase_needs(p, PHASE_BACKWARD).grads)
		text_add(out, "\t(void)grads;\n");
	if (!p->backend->apart)
		emit_sums(p, out);
	text_add(out, "}\n");
}

void emit_steps(struct emission *e, struct text *out)
{
	const struct plan *p = &e->plan;
	emit_gradient(p, out);
	if (e->program->optimizer->solver)
		emit_solver(e, out);
	if (plan_grouped(p))
		emit_step_groups(p->backend, e->program->optimizer, out);
	const struct optimizer *o = e->program->optimizer;
	const struct backend *k = p->backend;
	text_printf(out, "\n%s void train(%sconst struct mosaic_step *step)\n{\n", k->scope, k->self);
	if (!o->solver)
		text_printf(out, "\tgradient_of(%s, step, &%sgrads);\n", k->memory, k->members);
	if (o->accumulate)
		text_printf(out, "\tif (accumulate(&%sgrads, &%sstate.accumulated, step->batch, step->batches)) {\n", k->members, k->members);
	emit_update(k, o, plan_grouped(p), o->accumulate ? "\t\t" : "\t", out);
	if (o->accumulate)
		text_add(out, "\t}\n");
	emit_updates(p, out);
	text_add(out, "}\n");
	if (!*k->self)
		text_add(out, "\nstatic void gradient(const struct mosaic_step *step, void *grads)\n{\n\tgradient_of(&memory, step, grads);\n}\n");
	emit_evaluate(e, out);
}

void emit_evaluate(const struct emission *e, struct text *out)
{
	const struct plan *v = e->eval_differs ? &e->eval_plan : &e->plan;
	const struct backend *k = v->backend;
	text_printf(out, "\n%s void evaluate(%s%sconst struct mosaic_step *step)\n{\n%s", k->scope, k->self, k->apart ? "struct feed *feed, " : "",
		*k->self ? "" : "\tstruct training *self = &memory;\n");
	if (needs_n(v, false))
		text_add(out, "\tconst int n = step->n;\n");
	emit_pointers(v, true, out);
	emit_phase_call(v, PHASE_FORWARD, "forward", out);
	emit_phase_call(v, PHASE_LOSS, "losses", out);
	if (k->apart)
		text_add(out, "\tLAUNCH(finish_evaluation, 1, self, feed);\n");
	else
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
void emit_predict(const struct emission *e, struct text *out)
{
	const struct plan *p = e->eval_differs ? &e->eval_plan : &e->plan;
	const struct backend *k = p->backend;
	if (*k->self)
		text_printf(out, "\n%s void predict(%sint n, const struct untyped *inputs, const struct untyped *outputs)\n{\n", k->scope, k->self);
	else
		text_add(out, "\nstatic void predict(int n, const void *const *inputs, void *const *outputs)\n{\n");
	int inputs = 0, output = 0;
	struct needs s = phase_needs(p, PHASE_FORWARD);
	bool used = false;
	if (!*k->self && (predicts(p, NULL) || phase_exists(p, PHASE_FORWARD)))
		text_add(out, "\tstruct training *self = &memory;\n");
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind != NODE_INPUT)
			continue;
		const char *dims = emit_dims(p, n), *tail = strchr(dims, ']') + 1;
		if (s.inputs[io_index(p, n) & (IO_MAX - 1)] || predicts(p, n)) {
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
		if (root->kind == NODE_CONST && k->apart) {
			text_printf(out, "\tLAUNCH(fill_, n, n, (real *)outputs[%d], %s);\n", output++, emit_number(p, root->value));
			continue;
		}
		if (root->kind == NODE_CONST) {
			text_printf(out, "\tfor (int r = 0; r < n; r++)\n\t\t((real *)outputs[%d])[r] = splat_(%s);\n", output++, emit_number(p, root->value));
			continue;
		}
		const char *from = is_io(root) ? PLAN(p, root)->c_name : root->kind == NODE_PARAM ? arena_printf(e->arena, "self->params.%s", PLAN(p, root)->c_name)
			: arena_printf(e->arena, "self->%sacts.%s", p->prefix, PLAN(p, root)->c_name);
		if (n->shape.batch < 0) {               /* the same for every sample */
			text_printf(out, "\tfor (int r = 0; r < n; r++)\n\t\t%s((char *)outputs[%d] + (size_t)r * sizeof %s, %s, sizeof %s);\n", k->copy, output++, from, from, from);
			continue;
		}
		text_printf(out, "\t%s(outputs[%d], %s, (size_t)n", k->copy, output++, from);
		for (int axis = 0; axis < n->shape.rank; axis++)
			if (axis != n->shape.batch)
				text_printf(out, " * %s", PLAN(p, n)->size[axis]);
			else if (n->shape.dim[axis] > p->graph->batch)
				text_printf(out, " * %lld", (long long)(n->shape.dim[axis] / p->graph->batch));
		text_add(out, " * sizeof(real));\n");
	}
	text_add(out, "}\n");
}
