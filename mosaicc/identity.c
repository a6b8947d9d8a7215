/* identity.c: what a run and a program are, as hashes: runs of one identity give the same numbers, pipelines of one program hash share a
** trainer. Needs a traced pipeline. The seed joins the identity later: doc/design.md. */
#include "build.h"

#include <string.h>

/* Part of the identity of a run: raised by hand when kernels or the runtime give other numbers for the same graph. */
#define KERNEL_REVISION "1"

/* What a graph computes, as text: no names, no places. */
static void graph_text(const struct graph *g, struct text *out)
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

/* Everything that decides the numbers of a run, but for its seed and how far it goes. */
static void run_identity(struct build *b, struct pipeline *p, struct source *const *sources, const struct data_shape *data, const char *graphs, char out[33])
{
	struct text t = {0};
	text_printf(&t, "kernels %s\n%s", KERNEL_REVISION, graphs);
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		text_printf(&t, "section %s\n", m->section);
		if (!m->data)
			continue;
		char hex[33];
		hash_hex(sources[i]->hash, hex);
		text_printf(&t, "class %s %s\n", m->class, hex);
		for (int k = 0; k < m->params.count; k++)
			if (strcmp(m->params.at[k].name, "key") != 0 && strcmp(m->params.at[k].name, "path_to_class") != 0)
				text_printf(&t, "%s=%s\n", m->params.at[k].name, m->params.at[k].value);
	}
	for (int i = 0; i < data->files.count; i++) {
		const char *space = strrchr(data->files.at[i], ' ');
		text_printf(&t, "file %s\n", space ? space : data->files.at[i]);
	}
	struct module process = process_of(&b->arena, &b->sweep, p);
	const struct optimizer *o = optimizer_of(&b->arena, &process);
	if (products_of(&b->sweep, p))
		text_printf(&t, "products %s\n", products_of(&b->sweep, p));
	text_printf(&t, "optimizer %s\n", o->body);
	for (int i = 0; i < HYPER_MAX && o->hyper[i].name; i++)
		text_printf(&t, "%s=%.17g\n", o->hyper[i].name, optimizer_setting(o, &process, o->hyper[i].name));
	if (o->accumulate)
		text_printf(&t, "accumulate=%d\n", o->accumulate);
	if (o->history)
		text_printf(&t, "history_size=%d\n", o->history);
	struct named_text schedule[SCHEDULE_SETTINGS_MAX];
	int settings = schedule_settings(&process, schedule);
	for (int i = 0; i < settings; i++)
		text_printf(&t, "%s=%s\n", schedule[i].name, schedule[i].value);
	settings = early_swept(p) ? early_settings(&process, schedule) : 0;    /* how far it goes: like epochs, unless that is what is compared */
	for (int i = 0; i < settings; i++)
		text_printf(&t, "%s=%s\n", schedule[i].name, schedule[i].value);
	hash_hex(hash_bytes(t.at, t.len), out);
	text_free(&t);
}

/* Everything that decides the text of a trainer. */
static void program_hash(struct build *b, struct pipeline *p, struct source *const *sources, const char *graphs, char out[33])
{
	struct text t = {0};
	text_printf(&t, "kernels %s\n%s", KERNEL_REVISION, graphs);
	for (int i = 0; i < p->modules.count; i++)
		if (p->modules.at[i].data) {
			char hex[33];
			hash_hex(sources[i]->hash, hex);
			text_printf(&t, "data %s %s %s\n", p->modules.at[i].section, p->modules.at[i].class, hex);
		}
	struct module process = process_of(&b->arena, &b->sweep, p);
	const struct optimizer *o = optimizer_of(&b->arena, &process);
	optimizer_hash(o, &t);
	if (products_of(&b->sweep, p))
		text_printf(&t, "products %s\n", products_of(&b->sweep, p));
	hash_hex(hash_bytes(t.at, t.len), out);
	text_free(&t);
}

void pipeline_hashes(struct build *b, struct pipeline *p, const struct traced *t, char identity[33], char program[33])
{
	struct text graphs = {0};
	graph_text(t->train, &graphs);
	graph_text(t->eval, &graphs);
	run_identity(b, p, t->request.sources, &b->data.at[t->data].shape, graphs.at, identity);
	program_hash(b, p, t->request.sources, graphs.at, program);
	text_free(&graphs);
}
