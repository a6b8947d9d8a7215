/* fuse.c: which nodes form a function, and which of these share a loop. Needs: a simplified graph, names. Breaks: nothing.
** A function is a layer in one direction: the op with the weights and the elementwise ops behind it; backward, what they became. In
** it, elementwise nodes of one shape share a loop, and a reduction joins the loop of what it sums. */
#include "backend.h"

#include <string.h>

/* ---- phases --------------------------------------------------------------------------------- */

static void mark_phase(struct plan *p, struct node *n, enum phase phase)
{
	struct node_plan *np = PLAN(p, n);
	if (np->phase <= phase)
		return;
	np->phase = phase;
	for (int k = 0; k < n->in_count; k++)
		mark_phase(p, n->in[k], phase);
}

static void find_phases(struct plan *p)
{
	struct graph *g = p->graph;
	for (int i = 0; i < g->nodes.count; i++)
		p->of[i].phase = PHASE_COUNT;
	for (int i = 0; i < g->outputs.count; i++) {
		const char *role = g->outputs.at[i].role;
		mark_phase(p, g->outputs.at[i].node, strcmp(role, "prediction") == 0 ? PHASE_FORWARD : strcmp(role, "grad") == 0 || strcmp(role, "update") == 0 ? PHASE_BACKWARD : PHASE_LOSS);
	}
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->ahead)
			mark_phase(p, g->nodes.at[i], PLAN(p, g->nodes.at[i]->ahead)->phase);
}

static void count_uses(struct plan *p)
{
	struct graph *g = p->graph;
	for (int i = 0; i < g->nodes.count; i++)
		for (int k = 0; k < g->nodes.at[i]->in_count; k++) {
			PLAN(p, g->nodes.at[i]->in[k])->uses++;
			PLAN(p, g->nodes.at[i]->in[k])->user = g->nodes.at[i];
		}
	for (int i = 0; i < g->outputs.count; i++)
		PLAN(p, g->outputs.at[i].node)->uses++;
}

static bool is_output(const struct plan *p, const struct node *n)
{
	for (int i = 0; i < p->graph->outputs.count; i++)
		if (p->graph->outputs.at[i].node == n)
			return true;
	return false;
}

/* A scalar made of constants and the sample count: cheaper to write again than to store. */
bool plan_is_cheap(const struct plan *p, const struct node *n)
{
	if (n->kind == NODE_CONST)
		return true;
	if (n->kind != NODE_OP || (n->op->class != OP_ELEMENTWISE && n->op->class != OP_VIEW) || shape_count(&n->shape) != 1 || n->shape.batch >= 0 || is_output(p, n))
		return false;
	for (int k = 0; k < n->in_count; k++)
		if (!plan_is_cheap(p, n->in[k]))
			return false;
	return true;
}

/* ---- functions ------------------------------------------------------------------------------ */

static const struct node *source(const struct node *n)
{
	while (n->kind == NODE_OP && n->op->class == OP_VIEW)
		n = n->in[0];
	return n;
}

/* On the way back, what one loop of the same layer needs and nobody else ("h > 0") stands in that loop, and not in a function before it. */
static bool waits_for_user(const struct plan *p, const struct node *n)
{
	const struct node_plan *np = PLAN(p, n);
	if (n->kind != NODE_OP || n->op->class != OP_ELEMENTWISE || np->uses != 1 || np->phase != PHASE_BACKWARD || is_output(p, n) || plan_is_cheap(p, n))
		return false;
	const struct node *user = np->user;
	bool loop = user->op->class == OP_ELEMENTWISE ? shape_equal(&user->shape, &n->shape) : user->op->class == OP_REDUCE;
	return loop && PLAN(p, user)->phase == PHASE_BACKWARD && n->label && user->label && strcmp(n->label, user->label) == 0;
}

/* The last function that `n` and what waits for it need; -1: only leaves. */
static int last_input_function(const struct plan *p, const struct node *n)
{
	int last = -1;
	for (int k = 0; k < n->in_count; k++) {
		int f = waits_for_user(p, n->in[k]) ? last_input_function(p, n->in[k]) : PLAN(p, source(n->in[k]))->function;
		last = f > last ? f : last;
	}
	return last;
}

/* An operand that a body or loop of function f made must be read in the shape in which it was made. */
static bool reads_another_shape(const struct plan *p, const struct node *n, int f)
{
	for (int k = 0; k < n->in_count; k++) {
		const struct node *s = source(n->in[k]);
		if (s != n->in[k] && PLAN(p, s)->function == f && !plan_same_array(p, s, n->in[k]))
			return true;
		if (waits_for_user(p, n->in[k]) && reads_another_shape(p, n->in[k], f))
			return true;
	}
	return false;
}

static const char *layer_of(const struct plan *p, const struct node *n, enum phase phase)
{
	if (phase == PHASE_LOSS)
		return "loss";
	if (!n->label)
		return n->backward ? "loss" : PLAN(p, n)->c_name;
	for (int i = 0; i < p->functions.count; i++)
		for (int k = 0; k < p->functions.at[i].nodes.count; k++) {
			const struct node *o = p->functions.at[i].nodes.at[k];
			if (p->functions.at[i].phase == PHASE_FORWARD && o->label && strcmp(o->label, n->label) == 0)
				return p->functions.at[i].layer;
		}
	return n->label;
}

static bool joins_producer(const struct plan *p, const struct node *n, int f, enum phase phase)
{
	if (f < 0 || p->functions.at[f].phase != phase || phase != PHASE_FORWARD || p->functions.at[f].alone)
		return false;
	if (n->op->class != OP_ELEMENTWISE || reads_another_shape(p, n, f))
		return false;
	for (int k = 0; k < n->in_count; k++)
		if (PLAN(p, n->in[k])->function == f && shape_equal(&n->in[k]->shape, &n->shape))
			return true;
	return false;
}

static int find_function(const struct plan *p, const struct node *n, const char *layer, int from, enum phase phase)
{
	for (int i = p->functions.count - 1; i >= 0 && i >= from; i--) {
		const struct function *f = &p->functions.at[i];
		if (f->phase == phase && !f->alone && strcmp(f->layer, layer) == 0 && !reads_another_shape(p, n, i))
			return i;
	}
	return -1;
}

static const char *function_name(struct plan *p, const char *layer, enum phase phase)
{
	static const char *const suffix[] = {"forward", "", "backward"};
	if (strncmp(layer, "eval", 4) == 0 && (layer[4] == '_' || !layer[4]))   /* what evaluation has of its own is called eval_... */
		layer = arena_printf(p->arena, "layer_%s", layer);
	const char *base = phase == PHASE_LOSS ? arena_printf(p->arena, "%s%s_forward", p->prefix, layer)
		: arena_printf(p->arena, "%s%s_%s", p->prefix, layer, suffix[phase]);
	const char *name = base;
	for (int k = 2;; k++) {
		bool taken = false;
		for (int i = 0; i < p->functions.count; i++)
			taken = taken || strcmp(p->functions.at[i].name, name) == 0;
		if (!taken)
			return name;
		name = arena_printf(p->arena, "%s_%d", base, k);
	}
}

/* With what waited for it. */
static void put_in_function(struct plan *p, struct node *n, int f)
{
	for (int k = 0; k < n->in_count; k++)
		if (waits_for_user(p, n->in[k]))
			put_in_function(p, n->in[k], f);
	VEC_PUSH(p->arena, &p->functions.at[f].nodes, n);
	PLAN(p, n)->function = f;
}

static void place_node(struct plan *p, struct node *n, enum phase phase)
{
	int last = last_input_function(p, n), f = -1;
	bool alone = n->op->class == OP_KERNEL && plan_flattens(p, n);
	const char *layer = layer_of(p, n, phase);
	if (!alone && joins_producer(p, n, last, phase))
		f = last;
	else if (!alone)
		f = find_function(p, n, layer, last, phase);
	if (f < 0) {
		struct function made = {.name = function_name(p, layer, phase), .layer = layer, .phase = phase, .at = n->at, .alone = alone};
		f = p->functions.count;
		VEC_PUSH(p->arena, &p->functions, made);
	}
	put_in_function(p, n, f);
}

static void find_functions(struct plan *p)
{
	struct graph *g = p->graph;
	for (int i = 0; i < g->nodes.count; i++)
		p->of[i].function = p->of[i].kernel = -1;
	for (enum phase phase = PHASE_FORWARD; phase < PHASE_COUNT; phase++)
		for (int i = 0; i < g->nodes.count; i++) {
			struct node *n = g->nodes.at[i];
			if (n->kind == NODE_OP && n->op->class != OP_VIEW && PLAN(p, n)->phase == phase && !plan_is_cheap(p, n) && !waits_for_user(p, n))
				place_node(p, n, phase);
		}
}

/* ---- kernels: loops inside a function ------------------------------------------------------- */

/* One sum of all numbers is one thread's work where loops become threads: it gets a loop of its own, and what it sums is worked out before, by many. */
static bool sums_alone(const struct plan *p, const struct node *n)
{
	return p->backend && p->backend->apart && n->op->class == OP_REDUCE && shape_count(&n->shape) == 1;
}

/* The first kernel of the function in which `n` may stand: after what it needs, with what it can share a loop with. */
static int first_kernel(const struct plan *p, const struct node *n, const struct shape *space)
{
	int first = 0;
	for (int k = 0; k < n->in_count; k++) {
		const struct node *in = n->in[k], *made = source(in);
		if (PLAN(p, made)->function != PLAN(p, n)->function || PLAN(p, made)->kernel < 0)
			continue;
		bool same_loop = !sums_alone(p, n) && in == made && made->op->class == OP_ELEMENTWISE && shape_equal(&made->shape, space);
		int after = PLAN(p, made)->kernel + !same_loop;
		first = after > first ? after : first;
	}
	return first;
}

/* A new kernel, at the end; but numbers a channel, made of nothing that the function makes, come first, so that large loops need not be split for them. */
static int add_kernel(struct plan *p, struct function *f, const struct node *n, enum kernel_kind kind, const struct shape *space)
{
	int at = f->kernels.count;
	VEC_PUSH(p->arena, &f->kernels, ((struct kernel){.kind = kind, .space = *space}));
	if (at == 0 || kind != KERNEL_LOOP || f->phase != PHASE_BACKWARD || n->op->class != OP_ELEMENTWISE || first_kernel(p, n, space) > 0
		|| 16 * shape_count(space) > shape_count(&f->kernels.at[0].space))
		return at;
	struct kernel made = f->kernels.at[at];
	for (int i = at; i > 0; i--)
		f->kernels.at[i] = f->kernels.at[i - 1];
	f->kernels.at[0] = made;
	for (int i = 0; i < f->nodes.count; i++)
		PLAN(p, f->nodes.at[i])->kernel += PLAN(p, f->nodes.at[i])->kernel >= 0;
	return 0;
}

static void place_in_kernel(struct plan *p, struct function *f, struct node *n)
{
	enum kernel_kind kind = n->op->class == OP_KERNEL ? KERNEL_BODY : n->op->class == OP_LAYOUT ? KERNEL_LAYOUT : KERNEL_LOOP;
	const struct shape *space = n->op->class == OP_REDUCE ? &n->in[0]->shape : &n->shape;
	int at = f->kernels.count;
	if (kind == KERNEL_LOOP)
		for (int i = first_kernel(p, n, space); i < f->kernels.count && at == f->kernels.count; i++)
			if (f->kernels.at[i].kind == KERNEL_LOOP && shape_equal(&f->kernels.at[i].space, space) && sums_alone(p, n) == sums_alone(p, f->kernels.at[i].nodes.at[0]))
				at = i;
	if (at == f->kernels.count)
		at = add_kernel(p, f, n, kind, space);
	VEC_PUSH(p->arena, &f->kernels.at[at].nodes, n);
	PLAN(p, n)->kernel = at;
}

void fuse(struct plan *p)
{
	find_phases(p);
	count_uses(p);
	find_functions(p);
	for (int i = 0; i < p->functions.count; i++)
		for (int k = 0; k < p->functions.at[i].nodes.count; k++)
			place_in_kernel(p, &p->functions.at[i], p->functions.at[i].nodes.at[k]);
}
