/* emit_struct.c: the sizes and structs of a trainer: BATCH and its like, parameters, activations, work. */
#include "emit.h"

#include <string.h>

void emit_sizes(const struct plan *p, int from, struct text *out)
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

const char *param_dims(const struct plan *p, const struct node *n)
{
	return n->shape.rank ? emit_dims(p, n) : "[1]";
}

void emit_params(const struct plan *p, struct text *out)
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
void emit_trained(const struct plan *p, struct text *out)
{
	text_add(out, "\n/* What the optimizer updates: reals, and wides that cover them. */\nenum {\n\tTRAINED = ");
	const char *between = "";
	size_t start = out->len;
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind != NODE_PARAM || !n->trains)
			continue;
		bool full = out->len - start > 110;
		text_add(out, full ? " +\n\t\t" : between);
		start = full ? out->len : start;
		const char *times = "";
		for (int axis = 0; axis < n->shape.rank; axis++) {
			if (strcmp(PLAN(p, n)->size[axis], "1") == 0)
				continue;
			text_printf(out, "%s%s", times, PLAN(p, n)->size[axis]);
			times = " * ";
		}
		if (!*times)
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

void emit_acts(const struct plan *p, struct text *out)
{
	text_printf(out, "\n/* What the layers give, for this batch. */\nstruct %sacts {\n", p->prefix);
	emit_members(p, false, out);
	text_add(out, "};\n");
}

void emit_work(const struct plan *p, struct text *out)
{
	text_printf(out, "\n/* Losses, and gradients on their way back. */\nstruct %swork {\n", p->prefix);
	emit_members(p, true, out);
	text_add(out, "};\n");
}
