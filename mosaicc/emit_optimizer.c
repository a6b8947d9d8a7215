/* emit_optimizer.c: the optimizer of a trainer, with what stands around its body: clipping, groups of parameters, accumulated gradients, averaged weights.
** For kernels of CUDA: emit_cu.c. */
#include "emit.h"

#include <string.h>

static const char *const clip_bodies[] = {"clip_grad_value", "clip_grad_norm"};
static const char *const clip_about[] = {"Each gradient within -most .. most.", "The gradients of a run as one vector, not longer than `most`: sixteen sums, added in their order."};

static void emit_clips(const struct backend *backend, const struct optimizer *o, struct text *out)
{
	int row[2], mask = optimizer_clip(o, row);
	for (int i = 0; i < 2; i++)
		if (mask >> i & 1)
			text_printf(out, "\n/* %s */\n%s void %s(struct params *grads, const double *most)\n{\n%s}\n", clip_about[i], backend->scope, clip_bodies[i], op_body_find(clip_bodies[i], false)->text);
}

/* The mean gradient of several batches, and the running mean of the weights. */
static void emit_means(const struct backend *backend, const struct optimizer *o, struct text *out)
{
	int scalar;
	if (o->accumulate)
		text_printf(out, "\n/* Adds a batch's gradients to those of its group; true, with their mean, when the group is complete or the epoch ends. */\n"
			"enum { ACCUMULATE = %d };\n%s bool accumulate(struct params *grads, struct params *sum, int64_t batch, int64_t batches)\n{\n%s}\n",
			o->accumulate, backend->scope, op_body_find("accumulate", false)->text);
	if (optimizer_average(o, &scalar) >= 0)
		text_printf(out, "\n/* The weights that are evaluated and kept: e += (1 - decay) (w - e). */\n"
			"%s void average(const struct params *params, struct params *ema, double *steps, const double *decay)\n{\n%s}\n", backend->scope, op_body_find("average", false)->text);
}

/* A body whose loop over all trained numbers runs from `first` to `end` instead. */
void emit_ranged(const char *name, struct text *out)
{
	static const char all[] = "int i = 0; i < TRAINED_WIDES;";
	const char *text = op_body_find(name, false)->text;
	for (const char *at; (at = strstr(text, all)); text = at + strlen(all)) {
		text_addn(out, text, (size_t)(at - text));
		text_add(out, "int i = first; i < end;");
	}
	text_add(out, text);
}

/* The optimizer for each group of parameters. What it counts moves on once a step. */
void emit_step_groups(const struct backend *backend, const struct optimizer *o, struct text *out)
{
	int scalars = optimizer_scalars(o);
	const char *m = backend->members;
	text_printf(out, "\n/* The optimizer, group by group; what it counts moves on once. */\n%s void step_groups(%sconst struct mosaic_step *step)\n{\n"
		"\tfor (int k = 0; k < GROUPS; k++) {\n\t\tconst struct group *g = &groups[k];\n\t\tdouble hyper[%d * LANES], scalars[%d * LANES];\n"
		"\t\t__builtin_memcpy(hyper, step->hyper, sizeof hyper);\n\t\t__builtin_memcpy(scalars, %sscalars, sizeof scalars);\n"
		"\t\tfor (int l = 0; l < LANES; l++) {\n\t\t\thyper[%d * LANES + l] *= g->lr;\n\t\t\tif (g->weight_decay >= 0)\n"
		"\t\t\t\thyper[%d * LANES + l] = g->weight_decay;\n\t\t}\n"
		"\t\t%s(&%sparams, &%sgrads, &%sstate, k + 1 < GROUPS ? scalars : %sscalars, hyper, g->first, g->end);\n\t}\n}\n",
		backend->scope, backend->self, optimizer_hypers(o), scalars ? scalars : 1, m, optimizer_row(o, "lr"), optimizer_row(o, "weight_decay"), o->body, m, m, m, m);
}

/* Clipping, the optimizer, the average. */
void emit_update(const struct backend *backend, const struct optimizer *o, bool groups, const char *indent, struct text *out)
{
	int row[2], mask = optimizer_clip(o, row), scalar = 0, average = optimizer_average(o, &scalar);
	const char *m = backend->members;
	for (int i = 0; i < 2; i++)
		if (mask >> i & 1)
			text_printf(out, "%s%s(&%sgrads, step->hyper + %d * LANES);\n", indent, clip_bodies[i], m, row[i]);
	if (o->solver)
		text_printf(out, "%s%s(step);\n", indent, o->body);
	else if (groups)
		text_printf(out, "%sstep_groups(%sstep);\n", indent, *backend->self ? "self, " : "");
	else
		text_printf(out, "%s%s(&%sparams, &%sgrads, &%sstate, %sscalars, step->hyper);\n", indent, o->body, m, m, m, m);
	if (average >= 0)
		text_printf(out, "%saverage(&%sparams, &%sstate.ema, %sscalars + %d * LANES, step->hyper + %d * LANES);\n", indent, m, m, m, scalar, average);
}

void emit_optimizer(const struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	const struct op_body *body = op_body_find(o->body, false);
	if (!body)
		die("no body %s", o->body);
	text_add(out, "\nstruct optimizer_state {\n");
	for (int i = 0; i < STATE_MAX && o->per_param[i]; i++)
		text_printf(out, "\tstruct params %s;\n", o->per_param[i]);
	if (!o->per_param[0])
		text_add(out, "\tchar none;\n");
	text_add(out, "};\n\n");
	if (!*e->plan.backend->self)
		text_add(out, "/* One number a lane as a wide, repeated to its end. */\nstatic inline __attribute__((always_inline, unused)) wide spread(const double *lane)\n{\n"
		"\twide w;\n\tfor (int i = 0; i < WIDE_LANES; i++)\n\t\tw[i] = (scalar)lane[i % LANES];\n\treturn w;\n}\n\n");
	if (e->plan.backend->apart) {
		emit_cu_optimizer(e, out);
		return;
	}
	if (o->solver) {                           /* emit_solver.c: it needs memory */
		emit_means(e->plan.backend, o, out);
		return;
	}
	bool groups = plan_grouped(&e->plan);
	text_printf(out, "/* %s */\n%s void %s(struct params *params, const struct params *grads, struct optimizer_state *state, double *scalars, const double *hyper%s)\n{\n",
		o->about, e->plan.backend->scope, o->body, groups ? ", int first, int end" : "");
	groups ? emit_ranged(body->name, out) : text_add(out, body->text);
	text_add(out, "}\n");
	emit_clips(e->plan.backend, o, out);
	emit_means(e->plan.backend, o, out);
}
