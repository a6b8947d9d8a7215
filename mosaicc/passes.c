/* passes.c: the passes on a traced graph, one call a line, a verifier after each. -d NAME prints the graph after that pass. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

static void after(struct graph *g, const char *pass, const char *dump)
{
	struct text why = {0};
	if (!graph_verify(g, pass, &why))
		die("%s", why.at);
	text_free(&why);
	if (!dump || strcmp(dump, pass) != 0)
		return;
	struct text t = {0};
	graph_print(g, &t);
	fputs(t.at, stdout);
	text_free(&t);
}

void build_passes(struct graph *g, const char *dump)
{
	after(g, "trace", dump);
	differentiate(g);
	after(g, "differentiate", dump);
	simplify(g);
	recompute(g);
	after(g, "simplify", dump);
}

/* What a graph computes, as text: no names, no places. Its hash is part of the identity of a run. */
void graph_hash(const struct graph *g, struct text *out)
{
	text_printf(out, "%s %d %d\n", g->name, g->float64, g->batch);
	if (g->maximize)
		text_add(out, "maximize\n");
	for (int i = 0; i < g->nodes.count; i++)
		g->nodes.at[i]->id = i;
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		text_printf(out, "%d %s", n->kind, n->op ? n->op->name : "");
		for (int k = 0; k < n->in_count; k++)
			text_printf(out, " %d", n->in[k]->id);
		shape_text(&n->shape, out);
		for (int k = 0; n->op && k < ATTR_MAX && n->op->attrs[k]; k++) {
			if (attr_absent(n, k))
				continue;
			text_printf(out, " %.17g", n->attr[k].f);
			for (int j = 0; j < n->attr[k].count; j++)
				text_printf(out, ",%lld", (long long)n->attr[k].i[j]);
		}
		text_printf(out, " %.17g %s %d", n->value, n->init ? n->init : "", n->trains);
		if (n->lr != 0 || n->weight_decay != 0)
			text_printf(out, " group %.17g %.17g", n->lr, n->weight_decay);
		text_add(out, "\n");
	}
	for (int i = 0; i < g->outputs.count; i++)
		text_printf(out, "%s %d\n", g->outputs.at[i].role, g->outputs.at[i].node->id);
}
