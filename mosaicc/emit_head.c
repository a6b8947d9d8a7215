/* emit_head.c: the comment at the top of a trainer: where it comes from, and the network as a table. The same text is what --info prints.
** No date, no host, no absolute path: the same input gives the same bytes. */
#include "program.h"

#include <string.h>

static void about_values(const struct module *m, struct text *out)
{
	text_printf(out, "[%s]\n", m->section);
	for (int i = 0; i < m->params.count; i++)
		text_printf(out, "    %s = %s\n", m->params.at[i].name, m->params.at[i].value);
}

static int64_t params_of(const struct plan *p, const struct function *f)
{
	int64_t count = 0;
	for (int i = 0; i < f->args.count; i++) {
		const struct node *root = PLAN(p, f->args.at[i])->root;
		if (root->kind == NODE_PARAM && !graph_is_buffer(p->graph, root))
			count += shape_count(&root->shape);
	}
	return count;
}

static void shape_of_sample(const struct plan *p, const struct node *n, char *out, size_t size)
{
	size_t used = (size_t)snprintf(out, size, "[");
	for (int i = 0; i < n->shape.rank && used < size; i++)
		if (i == n->shape.batch)
			used += (size_t)snprintf(out + used, size - used, "%sB", i ? "," : "");
		else
			used += (size_t)snprintf(out + used, size - used, "%s%lld", i ? "," : "", (long long)n->shape.dim[i]);
	if (used < size)
		snprintf(out + used, size - used, "]");
	(void)p;
}

static void about_layers(const struct plan *p, struct text *out)
{
	text_printf(out, "%-14s %-28s %-14s %10s  %s\n", "layer", "ops", "output", "parameters", "source");
	for (int i = 0; i < p->functions.count; i++) {
		const struct function *f = &p->functions.at[i];
		if (f->phase != PHASE_FORWARD)
			continue;
		char ops[128] = "", shape[64];
		for (int k = 0; k < f->nodes.count; k++) {
			size_t used = strlen(ops);
			snprintf(ops + used, sizeof ops - used, "%s%s", k ? " " : "", f->nodes.at[k]->op->name);
		}
		if (strlen(ops) > 28)
			strcpy(ops + 25, "...");
		shape_of_sample(p, f->nodes.at[f->nodes.count - 1], shape, sizeof shape);
		text_printf(out, "%-14s %-28s %-14s %10lld  %s:%d\n", f->layer, ops, shape, (long long)params_of(p, f), f->at.file ? f->at.file : "", f->at.line);
	}
}

static void about_text(struct emission *e, struct text *out)
{
	const struct program *pr = e->program;
	const struct sweep *s = e->sweep;
	const char *loss = s->loss.class ? sweep_loss(s, pr->first)->class : process_get(s, pr->first, "loss_function");
	text_printf(out, "%s: trainer made by mosaicc %s; make it again with\n    mosaicc %s\n\n", pr->name, MOSAICC_VERSION, s->ini.path);
	text_printf(out, "%s%s\n", pr->first->line, pr->pipelines.count > 1 ? ", first of the pipelines that share it" : "");
	const char *products = products_of(s, pr->first);
	text_printf(out, "loss %s, optimizer %s, %s%s%s, batch %d, %lld parameters, program %s\n\n", loss, pr->optimizer->name,
		e->train->float64 ? "float64" : "float32", products ? ", products " : "", products ? products : "", e->train->batch, (long long)pr->nb_params, pr->hash);
	if (pr->tuned)
		text_printf(out, "%s\n\n", pr->tuned);
	for (int i = 0; i < pr->first->modules.count; i++)
		about_values(&pr->first->modules.at[i], out);
	text_add(out, "\n");
	for (int i = 0; i < e->source_count; i++) {
		bool seen = false;
		for (int k = 0; k < i; k++)
			seen = seen || e->sources[k] == e->sources[i];
		char hex[33];
		if (!e->sources[i] || seen)
			continue;
		hash_hex(e->sources[i]->hash, hex);
		text_printf(out, "%s %s\n", e->sources[i]->path, hex);
	}
	text_add(out, "\n");
	about_layers(&e->plan, out);
}

/* The user's values may hold anything: what would end the comment is broken up. */
void emit_header(struct emission *e, struct text *out)
{
	struct text t = {0};
	about_text(e, &t);
	text_add(out, "/* ");
	for (const char *c = t.at; *c; c++) {
		if (c[0] == '*' && c[1] == '/')
			text_add(out, "* ");
		else if (c[0] == '/' && c[1] == '*')
			text_add(out, "/ ");
		else if (*c == '\n')
			text_add(out, c[1] && c[1] != '\n' ? "\n** " : c[1] ? "\n**" : "");
		else
			text_addn(out, (unsigned char)*c < ' ' && *c != '\t' ? "?" : c, 1);
	}
	text_add(out, " */\n");
	text_free(&t);
}

/* A C string of several lines, for --info. */
void emit_about_string(struct emission *e, struct text *out)
{
	struct text t = {0};
	about_text(e, &t);
	for (char *line = t.at, *end; *line; line = end) {
		end = strchr(line, '\n') + 1;
		char was = *end;
		*end = 0;
		text_add(out, "\n\t\t");
		emit_c_string(out, line);
		*end = was;
	}
	text_free(&t);
}
