/* passes.c: from the text of a traced graph to the plan of its functions: the passes, one call a line, a verifier after each of those
** that change the graph. -d NAME prints what there is after that pass. The text of a trainer is made from a plan: emit.c. */
#include "build.h"
#include "emit.h"

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

/* A smaller slope is worked out where it is needed: little is saved, and the way there is simpler to read. */
enum { AHEAD_FROM = 16 * 1024 };

void build_passes(struct graph *g, const char *dump)
{
	after(g, "trace", dump);
	differentiate(g);
	after(g, "differentiate", dump);
	simplify(g);
	recompute(g);
	work_ahead(g, AHEAD_FROM);
	after(g, "simplify", dump);
}

/* From a simplified graph to a plan. `after`: a plan of the same file, whose sizes need no names of their own. */
void graph_plan(struct emission *e, struct plan *p, struct graph *g, const char *prefix, const struct plan *after)
{
	*p = (struct plan){.arena = e->arena, .graph = g, .prefix = prefix, .large = e->program->large, .apart = e->apart, .tight = e->tight,
		.backend = e->program->backend ? e->program->backend : &backend_c};
	for (int i = 0; after && i < after->sizes.count; i++)
		VEC_PUSH(e->arena, &p->sizes, ((struct size_name){.name = after->sizes.at[i].name, .value = after->sizes.at[i].value, .shared = true}));
	plan_names(p);
	fuse(p);
	plan_memory(p);
	if (!p->apart)
		plan_share(p);
	for (int i = 0; i < p->functions.count; i++)
		p->functions.at[i].uses_n = function_uses_n(p, &p->functions.at[i]);
}

static void make_plans(struct emission *e)
{
	graph_plan(e, &e->plan, e->train, "", NULL);
	if (e->eval_differs)
		graph_plan(e, &e->eval_plan, e->eval, "eval_", &e->plan);
}

static void print_plans(const struct emission *e, const char *dump)
{
	if (!dump || (strcmp(dump, "fuse") != 0 && strcmp(dump, "plan") != 0))
		return;
	struct text t = {0};
	plan_print(&e->plan, dump, &t);
	if (e->eval_differs)
		plan_print(&e->eval_plan, dump, &t);
	fputs(t.at, stdout);
	text_free(&t);
}

void emission_begin(struct build *b, struct arena *a, struct program *pr, struct emission *e)
{
	*e = (struct emission){.arena = a, .sweep = &b->sweep, .program = pr};
	e->sources = build_sources(b, a, pr->first);
	e->source_count = pr->first->modules.count + 1;
	e->data = &b->data.at[b->state[pr->first->index].data].shape;
	e->train = graph_read(a, "the traced graph", pr->train_text);
	e->eval = graph_read(a, "the traced graph", pr->eval_text);
	if (!e->train || !e->eval)
		die("a graph of %s cannot be read back", pr->name);
	e->eval_differs = strcmp(strchr(pr->train_text, '\n'), strchr(pr->eval_text, '\n')) != 0;
}

void program_plan(struct build *b, struct arena *a, struct program *pr, const char *dump, struct emission *e)
{
	emission_begin(b, a, pr, e);
	build_passes(e->train, dump);
	build_passes(e->eval, dump);
	make_plans(e);
	print_plans(e, dump);
}
