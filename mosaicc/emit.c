/* emit.c: a trainer's text, top to bottom: header, sizes, structs, layers, forward, loss, backward, optimizer, tables. What each layer
** computes comes from the backend; what all trainers share is in the runtime. */
#include "emit.h"

#include <string.h>

static const char *header_of(const struct node *n)
{
	return n->kind == NODE_OP ? n->op->header : NULL;
}

static bool has_header(const struct plan *p, int nodes, const char *header)
{
	for (int i = 0; p && i < nodes; i++) {
		const char *h = header_of(p->graph->nodes.at[i]);
		if (h && strcmp(h, header) == 0)
			return true;
	}
	return false;
}

/* Headers of the ops of `p` that those of `known` have not brought. */
void emit_headers(const struct plan *p, const struct plan *known, struct text *out)
{
	if (plan_has_gemm(p) && !(known && plan_has_gemm(known)))
		text_add(out, "#include \"gemm.h\"\n");
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const char *h = header_of(p->graph->nodes.at[i]);
		if (h && !has_header(p, i, h) && !has_header(known, known ? known->graph->nodes.count : 0, h))
			text_printf(out, "#include \"%s\"\n", h);
	}
}

void emit_forward(struct emission *e, const struct plan *p, struct text *out)
{
	emit_acts(p, out);
	emit_functions(e, p, PHASE_FORWARD, out);
	emit_phase(p, PHASE_FORWARD, "forward", out);
}

/* From predictions to the loss and the metrics. */
static void emit_losses(struct emission *e, const struct plan *p, struct text *out)
{
	emit_work(p, out);
	emit_functions(e, p, PHASE_LOSS, out);
	emit_phase(p, PHASE_LOSS, "losses", out);
}

static void emit_backward(struct emission *e, const struct plan *p, struct text *out)
{
	emit_functions(e, p, PHASE_BACKWARD, out);
	emit_phase(p, PHASE_BACKWARD, "backward", out);
}

/* All of a step behind forward(). */
void emit_training(struct emission *e, struct text *out)
{
	emit_losses(e, &e->plan, out);
	emit_backward(e, &e->plan, out);
	if (e->eval_differs)
		emit_losses(e, &e->eval_plan, out);
	emit_trained(&e->plan, out);
	emit_optimizer(e, out);
	emit_memory(e, out);
}

/* So few numbers that a step is latency, and waits for what was just stored. */
static bool is_small(const struct plan *p)
{
	enum { NUMBERS = 2048 };
	int64_t numbers = 0;
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind == NODE_PARAM && n->trains)
			numbers += shape_count(&n->shape);
	}
	return numbers * p->graph->batch <= NUMBERS;
}

/* Inlined, more layers than these would compile a quarter longer. */
enum { INLINED_LAYERS = 16 };

static void emit_layer_macro(bool inlined, struct text *out)
{
	if (inlined)
		text_add(out, "\n/* Layers of a network this small become part of their callers: calls would take a tenth of a step. They stay functions with\n"
			"** -DLAYER='static __attribute__((noinline))', to be seen in a profile. */\n#ifndef LAYER\n#define LAYER static\n#endif\n");
	else
		text_add(out, "\n/* A layer stays a function of its own: to stop at in a debugger, to see in a profile. */\n#define LAYER static __attribute__((noinline))\n");
}

void emit_c_trainer(struct emission *e, struct text *out)
{
	const struct plan *p = &e->plan, *v = &e->eval_plan;
	bool small = is_small(p);
	emit_header(e, out);
	text_printf(out, "#ifndef LANES\n#define LANES %d\n#endif\n%s%s#include \"real.h\"\n#ifdef MOSAIC_FORWARD_ONLY\n#define FORWARD            /* forward() and struct params alone, for a program or a microcontroller of one's own */\n"
		"#else\n#define FORWARD static\n#include \"trainer.h\"\n#endif\n", e->program->lanes, p->graph->float64 ? "#define REAL64\n" : "",
		small ? "#define SMALL_NETWORK      /* wides of 32 bytes: numbers just written are read sooner than by the widest */\n" : "");
	emit_headers(e->eval_differs ? v : p, NULL, out);
	emit_layer_macro(small && p->functions.count <= INLINED_LAYERS, out);
	text_printf(out, "%s\n", p->graph->batch > 1 ? "/* A batch of n samples holds at least one. */\n#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)\n" : "");
	emit_sizes(p, 0, out);
	if (e->eval_differs)
		emit_sizes(v, p->sizes.count, out);
	emit_params(p, out);
	if (e->eval_differs)        /* what is used alone is the network as it predicts */
		emit_forward(e, v, out);
	else
		emit_forward(e, p, out);
	text_add(out, "\n#ifndef MOSAIC_FORWARD_ONLY\n");
	if (e->eval_differs) {
		emit_headers(p, v, out);
		emit_forward(e, p, out);
	}
	emit_training(e, out);
	text_add(out, "static struct training memory;\n");
	emit_steps(e, out);
	emit_predict(e, out);
	emit_tables(e, out);
	text_add(out, "#endif\n");
}

/* One graph alone, for tests of ops: no evaluation, optimizer, data or tables. */
void emit_network(struct emission *e, struct graph *g, struct text *out)
{
	const struct plan *p = &e->plan;
	graph_plan(e, &e->plan, g, "", NULL);
	emit_sizes(p, 0, out);
	emit_params(p, out);
	emit_headers(p, NULL, out);
	emit_forward(e, p, out);
	emit_losses(e, p, out);
	emit_backward(e, p, out);
	text_printf(out, "\nstruct training {\n\tstruct params params, grads;\n\tstruct acts acts;\n\tstruct work work;\n};\n%s", *p->backend->self ? "" : "static struct training memory;\n");
	emit_gradient(p, out);
}
