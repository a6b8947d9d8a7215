/* plan_print.c: the plan as text, for -d fuse and -d plan: which nodes became a function, which share a loop, and where each value lives. */
#include "plan.h"

#include <string.h>

static const char *const kernel_names[] = {[KERNEL_LOOP] = "loop", [KERNEL_BODY] = "body", [KERNEL_LAYOUT] = "move"};
static const char *const home_names[] = {[HOME_NONE] = "variable", [HOME_INPUT] = "input", [HOME_TARGET] = "target", [HOME_PARAM] = "params", [HOME_GRAD] = "grads",
	[HOME_ACT] = "acts", [HOME_LOCAL] = "local"};
static const char *const phase_names[] = {[PHASE_FORWARD] = "forward", [PHASE_LOSS] = "loss", [PHASE_BACKWARD] = "backward"};

static void print_functions(const struct plan *p, struct text *out)
{
	for (int i = 0; i < p->functions.count; i++) {
		const struct function *f = &p->functions.at[i];
		text_printf(out, "function %s layer=%s phase=%s\n", f->name, f->layer, phase_names[f->phase]);
		for (int k = 0; k < f->kernels.count; k++) {
			text_printf(out, "  %s ", kernel_names[f->kernels.at[k].kind]);
			shape_text(&f->kernels.at[k].space, out);
			for (int j = 0; j < f->kernels.at[k].nodes.count; j++)
				text_printf(out, " %%%d=%s", f->kernels.at[k].nodes.at[j]->id, f->kernels.at[k].nodes.at[j]->op->name);
			text_add(out, "\n");
		}
	}
}

static void print_homes(const struct plan *p, struct text *out)
{
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		const struct node_plan *np = PLAN(p, n);
		if (n->kind == NODE_CONST)
			continue;
		text_printf(out, "%%%d %s: ", i, np->c_name);
		if (np->inlined)
			text_add(out, "written where it is used\n");
		else if (np->root && np->root != n)
			text_printf(out, "in the memory of %s\n", PLAN(p, np->root)->c_name);
		else
			text_printf(out, "%s\n", home_names[np->home]);
	}
}

void plan_print(const struct plan *p, const char *pass, struct text *out)
{
	text_printf(out, "plan %s\n", p->graph->name);
	strcmp(pass, "fuse") == 0 ? print_functions(p, out) : print_homes(p, out);
}
