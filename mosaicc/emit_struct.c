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
		bool full = out->len - start > 110;
		text_add(out, i == from ? " " : full ? ",\n\t" : ", ");
		start = full ? out->len : start;
		text_printf(out, "%s = %lld", p->sizes.at[i].name, (long long)p->sizes.at[i].value);
	}
	text_add(out, " };\n");
}

const char *param_dims(const struct plan *p, const struct node *n)
{
	return n->shape.rank ? emit_dims(p, n) : "[1]";
}

/* ---- groups of parameters with a learning rate or weight decay of their own ------------------ */

static bool same_group(const struct node *a, const struct node *b)
{
	return a->lr == b->lr && a->weight_decay == b->weight_decay;
}

/* The first trained parameter of group `index`, in the order of the graph; NULL: there are fewer. */
static const struct node *plan_group(const struct plan *p, int index)
{
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		bool first = n->kind == NODE_PARAM && n->trains;
		for (int k = 0; first && k < i; k++) {
			const struct node *before = p->graph->nodes.at[k];
			first = before->kind != NODE_PARAM || !before->trains || !same_group(before, n);
		}
		if (first && index-- == 0)
			return n;
	}
	return NULL;
}

static int plan_group_count(const struct plan *p)
{
	int count = 0;
	while (plan_group(p, count))
		count++;
	return count;
}

/* Has a tensor a learning rate or weight decay of its own? */
bool plan_grouped(const struct plan *p)
{
	const struct node *n = plan_group(p, 0);
	return n && (n->lr != 0 || n->weight_decay != 0 || plan_group(p, 1));
}

static const struct node *last_trained(const struct plan *p)
{
	const struct node *last = NULL, *head = plan_group(p, plan_group_count(p) - 1);
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind == NODE_PARAM && n->trains && same_group(n, head))
			last = n;
	}
	return last;
}

/* Members of one group; NULL: of what does not train. Returns their reals. */
static int64_t emit_group(const struct plan *p, const struct node *head, struct text *out)
{
	int64_t count = 0;
	bool first = true;
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind != NODE_PARAM || n->trains != (head != NULL) || (head && !same_group(n, head)))
			continue;
		text_printf(out, "\treal %s%s%s;\n", PLAN(p, n)->c_name, param_dims(p, n), !head && first ? " __attribute__((aligned(64)))" : "");
		first = false;
		count += shape_count(&n->shape);
	}
	return count;
}

void emit_params(const struct plan *p, struct text *out)
{
	enum { WIDE = 16 };                    /* reals that are whole wides, whatever the lanes and the machine */
	text_add(out, "\n/* Weights, trained ones first; gradients and the optimizer's state have the same layout. */\nstruct params {\n");
	for (int i = 0; plan_group(p, i); i++) {
		int64_t rest = emit_group(p, plan_group(p, i), out) % WIDE;
		if (rest && plan_group(p, i + 1))
			text_printf(out, "\treal unused_of_group_%d[%d];\n", i + 1, (int)(WIDE - rest));
	}
	emit_group(p, NULL, out);
	text_add(out, "} __attribute__((aligned(64)));\n");
}

/* Where the groups lie, as wides. */
static void emit_groups(const struct plan *p, struct text *out)
{
	const char *last = PLAN(p, last_trained(p))->c_name;
	int count = plan_group_count(p);
	text_printf(out, "\n/* What the optimizer updates: reals, and wides that cover them; between two groups lie some that nobody uses. */\nenum {\n"
		"\tTRAINED = (offsetof(struct params, %s) + sizeof((struct params *)0)->%s) / sizeof(real),\n"
		"\tTRAINED_WIDES = (TRAINED * LANES + WIDE_LANES - 1) / WIDE_LANES,\n\tGROUPS = %d\n};\n", last, last, count);
	text_printf(out, "/* lr: a factor of the learning rate. weight_decay: below 0: that of the settings. */\n"
		"%s const struct group { double lr, weight_decay; int first, end; } groups[GROUPS] = {\n", p->backend->device);
	for (int i = 0; i < count; i++) {
		const struct node *n = plan_group(p, i), *next = plan_group(p, i + 1);
		text_printf(out, "\t{%s, %s, offsetof(struct params, %s) / sizeof(wide), ", number_text(p->arena, n->lr != 0 ? n->lr : 1, true),
			number_text(p->arena, n->weight_decay == 0 ? -1 : n->weight_decay < 0 ? 0 : n->weight_decay, true), PLAN(p, n)->c_name);
		if (next)
			text_printf(out, "offsetof(struct params, %s) / sizeof(wide)},\n", PLAN(p, next)->c_name);
		else
			text_add(out, "TRAINED_WIDES},\n");
	}
	text_add(out, "};\n");
}

/* How many reals the optimizer updates, and in how many wides. */
void emit_trained(const struct plan *p, struct text *out)
{
	if (plan_grouped(p)) {
		emit_groups(p, out);
		return;
	}
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

static const char one_by_one[] = " Arrays of a union are needed one after the other.";

/* The first node that has the memory of node i. */
static int shared_from(const struct plan *p, int i)
{
	const int shared = PLAN(p, p->graph->nodes.at[i])->shared;
	for (int k = 0; shared && k < i; k++)
		if (PLAN(p, p->graph->nodes.at[k])->shared == shared)
			return k;
	return i;
}

/* An array, or a union of all that share its memory. */
static void emit_member(const struct plan *p, int i, struct text *out)
{
	const struct node *n = p->graph->nodes.at[i];
	int count = 0;
	for (int k = i + 1; PLAN(p, n)->shared && k < p->graph->nodes.count; k++)
		count += PLAN(p, p->graph->nodes.at[k])->shared == PLAN(p, n)->shared;
	if (shared_from(p, i) < i)
		return;
	text_printf(out, "%s\treal %s%s;\n", count ? "\tunion {\n\t" : "", PLAN(p, n)->c_name, emit_dims(p, n));
	for (int k = i + 1; count && k < p->graph->nodes.count; k++) {
		const struct node *other = p->graph->nodes.at[k];
		if (PLAN(p, other)->shared == PLAN(p, n)->shared)
			text_printf(out, "\t\treal %s%s;\n", PLAN(p, other)->c_name, emit_dims(p, other));
	}
	if (count)
		text_add(out, "\t};\n");
}

static void emit_members(const struct plan *p, bool work, struct text *out)
{
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (in_struct(p, n, work))
			emit_member(p, i, out);
	}
}

static bool shares(const struct plan *p, bool work)
{
	for (int i = 0; i < p->graph->nodes.count; i++)
		if (in_struct(p, p->graph->nodes.at[i], work) && shared_from(p, i) < i)
			return true;
	return false;
}

void emit_acts(const struct plan *p, struct text *out)
{
	text_printf(out, "\n/* What the layers give, for this batch.%s */\nstruct %sacts {\n", shares(p, false) ? one_by_one : "", p->prefix);
	emit_members(p, false, out);
	text_add(out, "};\n");
}

void emit_work(const struct plan *p, struct text *out)
{
	text_printf(out, "\n/* Losses, and gradients on their way back.%s */\nstruct %swork {\n", shares(p, true) ? one_by_one : "", p->prefix);
	emit_members(p, true, out);
	text_add(out, "};\n");
}
