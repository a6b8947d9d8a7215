/* emit_tables.c: the tables at the end of a trainer: tensors, arrays, settings, and struct mosaic_program that holds them and the data classes.
** One table of tensors serves checkpoint, probe and tests. */
#include "emit.h"

#include <stdlib.h>
#include <string.h>

/* Any bytes as a C string literal: no trigraph, no end of the literal, no line break. */
void emit_c_string(struct text *out, const char *s)
{
	text_add(out, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			text_printf(out, "\\%c", c);
		else if (c == '\n')
			text_add(out, "\\n");
		else if (c < ' ' || c == 127 || (c == '?' && s[1] == '?'))
			text_printf(out, "\\%03o", c);
		else
			text_addn(out, s, 1);
	}
	text_add(out, "\"");
}

/* ---- tensors -------------------------------------------------------------------------------- */

static void init_text(const struct node *n, struct text *out)
{
	double a = 0, b = 0;
	char word[16] = "zeros";
	if (n->init)
		sscanf(n->init, "%15[a-z](%lf,%lf", word, &a, &b);
	char *upper = word;
	for (; *upper; upper++)
		*upper = (char)(*upper - 'a' + 'A');
	text_printf(out, "MOSAIC_INIT_%s, %.17g, %.17g", word, a, b);
}

static void shape_text_sizes(const struct plan *p, const struct node *n, bool sample, struct text *out)
{
	int rank = 0;
	struct text dims = {0};
	text_add(&dims, "");
	for (int i = 0; i < n->shape.rank; i++) {
		if (sample && i == n->shape.batch)
			continue;
		text_printf(&dims, "%s%s", rank++ ? ", " : "", PLAN(p, n)->size[i]);
	}
	text_printf(out, "%d, {%s}", rank, rank ? dims.at : "0");
	text_free(&dims);
}

/* What follows the name in struct mosaic_io. */
static void io_sizes(const struct plan *p, const struct node *n, int64_t labels, struct text *out)
{
	struct text sizes = {0};
	if (n->kind == NODE_TARGET)
		text_add(out, ", .target = true");
	shape_text_sizes(p, n, true, &sizes);
	if (*sizes.at != '0') {
		const char *dims = strchr(sizes.at, '{');
		text_printf(out, ", .rank = %.*s, .shape = %s", (int)strcspn(sizes.at, ","), sizes.at, dims);
	}
	if (labels)
		text_printf(out, ", .labels = %lld", (long long)labels);
	text_add(out, "},\n");
	text_free(&sizes);
}

static int emit_tensors(const struct plan *p, struct text *out)
{
	int count = 0;
	text_add(out, "\n#define OFFSET(member) (offsetof(struct params, member) / sizeof(real)), (sizeof((struct params *)0)->member / sizeof(real))\nstatic const struct mosaic_tensor tensors[] = {\n");
	for (int trains = 1; trains >= 0; trains--)
		for (int i = 0; i < p->graph->nodes.count; i++) {
			const struct node *n = p->graph->nodes.at[i];
			if (n->kind != NODE_PARAM || n->trains != trains)
				continue;
			text_add(out, "\t{");
			emit_c_string(out, n->name);
			text_add(out, ", ");
			emit_c_string(out, n->module ? n->module : "");
			text_printf(out, ", OFFSET(%s), ", PLAN(p, n)->c_name);
			shape_text_sizes(p, n, false, out);
			text_printf(out, ", %s, ", trains ? "true" : "false");
			init_text(n, out);
			text_add(out, "},\n");
			count++;
		}
	if (!count)
		text_add(out, "\t{0}\n");
	text_add(out, "};\n");
	return count;
}

/* What chooses by its number, and how many there are to choose from; NULL: this op does not. */
static const struct node *chooser(const struct node *n, int64_t *count)
{
	const char *name = n->kind == NODE_OP ? n->op->name : "";
	bool hot = strcmp(name, "one_hot") == 0, row = strcmp(name, "embedding") == 0, element = strcmp(name, "gather") == 0;
	if (!hot && !row && !element)
		return NULL;
	*count = hot ? n->attr[0].i[0] : row ? n->in[1]->shape.dim[0] : n->in[0]->shape.dim[n->in[0]->shape.rank - 1];
	return n->in[element];
}

/* How many labels this input or target may hold; 0: it is not used as labels or indices. */
static int64_t labels_of(const struct graph *g, const struct node *io)
{
	int64_t least = 0, count = 0;
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *in = chooser(g->nodes.at[i], &count);
		while (in && in->kind == NODE_OP && in->in_count == 1 && (in->op->class == OP_VIEW || in->op->class == OP_LAYOUT || strcmp(in->op->name, "sum") == 0) &&
			shape_count(&in->shape) == shape_count(&in->in[0]->shape))   /* [B,1] may have become [B] on its way */
			in = in->in[0];
		if (in && in == io && (!least || count < least))
			least = count;
	}
	return least;
}

static int emit_ios(const struct plan *p, struct text *out)
{
	int count = 0;
	text_add(out, "\nstatic const struct mosaic_io ios[] = {\n");
	for (int targets = 0; targets < 2; targets++)
		for (int i = 0; i < p->graph->nodes.count; i++) {
			const struct node *n = p->graph->nodes.at[i];
			if (n->kind != (targets ? NODE_TARGET : NODE_INPUT))
				continue;
			text_add(out, "\t{.name = ");
			emit_c_string(out, n->name);
			io_sizes(p, n, labels_of(p->graph, n), out);
			count++;
		}
	text_add(out, count ? "};\n" : "\t{0}\n};\n");
	return count;
}

static int emit_predictions(const struct plan *p, struct text *out)
{
	int count = 0;
	text_add(out, "static const struct mosaic_io predictions[] = {\n");
	for (int i = 0; i < p->graph->outputs.count; i++) {
		const struct output *o = &p->graph->outputs.at[i];
		if (strcmp(o->role, "prediction") != 0)
			continue;
		text_add(out, "\t{.name = ");
		emit_c_string(out, o->name ? o->name : PLAN(p, o->node)->c_name);
		io_sizes(p, o->node, 0, out);
		count++;
	}
	text_add(out, "};\n");
	return count;
}

static int emit_columns(const struct graph *g, struct text *out)
{
	bool accuracy = graph_find_output(g, "accuracy") != NULL;
	int count = accuracy ? 2 : 1;
	text_add(out, accuracy ? "static const char *const columns[] = {\"loss\", \"acc\"" : "static const char *const columns[] = {\"loss\"");
	for (int i = 0; i < g->outputs.count; i++)
		if (strcmp(g->outputs.at[i].role, "metric") == 0) {
			text_add(out, ", ");
			emit_c_string(out, g->outputs.at[i].name);
			count++;
		}
	text_add(out, "};\n");
	return count;
}

/* ---- optimizer and settings ----------------------------------------------------------------- */

static void emit_optimizer_table(struct arena *a, const struct optimizer *o, struct text *out)
{
	text_add(out, "\nstatic const char *const hyper_names[] = {");
	int hyper = 0, state = 0, scalars = 0;
	for (; hyper < HYPER_MAX && o->hyper[hyper].name; hyper++)
		text_printf(out, "%s\"%s\"", hyper ? ", " : "", o->hyper[hyper].name);
	text_add(out, "};\nstatic const double hyper_defaults[] = {");
	for (int i = 0; i < hyper; i++)
		text_printf(out, "%s%s", i ? ", " : "", number_text(a, o->hyper[i].value, true));
	text_add(out, "};\nstatic const char *const state_names[] = {");
	for (; state < STATE_MAX && o->per_param[state]; state++)
		text_printf(out, "%s\"%s\"", state ? ", " : "", o->per_param[state]);
	text_add(out, state ? "};\nstatic const char *const scalar_names[] = {" : "NULL};\nstatic const char *const scalar_names[] = {");
	for (; scalars < SCALARS_MAX && o->scalars[scalars].name; scalars++)
		text_printf(out, "%s\"%s\"", scalars ? ", " : "", o->scalars[scalars].name);
	text_add(out, scalars ? "};\nstatic const double scalar_start[] = {" : "NULL};\nstatic const double scalar_start[] = {");
	for (int i = 0; i < scalars; i++)
		text_printf(out, "%s%s", i ? ", " : "", number_text(a, o->scalars[i].value, true));
	text_add(out, scalars ? "};\n" : "0};\n");
}

void emit_setting(struct text *out, const char *name, const char *value)
{
	text_add(out, "\t");
	emit_c_string(out, name);
	text_add(out, ", ");
	emit_c_string(out, value);
	text_add(out, ",\n");
}

/* What the config says for a field of a data class: in its own section, or in another module's when no info() has that name. NULL: nothing. */
const char *data_setting(const struct pipeline *p, const struct module *m, const struct field *f, const struct infos *infos)
{
	if (f->kind == FIELD_DERIVED)
		return NULL;
	const char *value = param_get(m, f->name);
	for (int i = 0; !value && i < infos->values.count; i++)
		if (strcmp(infos->values.at[i].name, f->name) == 0)
			return NULL;
	for (int i = 0; !value && i < p->modules.count; i++)
		if (&p->modules.at[i] != m && strcmp(p->modules.at[i].type, "process") != 0)
			value = param_get(&p->modules.at[i], f->name);
	return value;
}

/* What a run may override, as the first pipeline of the program has it. */
static void emit_settings(const struct emission *e, const struct module *process, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	text_add(out, "\n/* Defaults: what the first pipeline of this program has. */\nstatic const char *const settings[] = {\n");
	emit_setting(out, "epochs", arena_printf(e->arena, "%d", e->sweep->epochs));
	emit_setting(out, "seed", arena_printf(e->arena, "%llu", (unsigned long long)e->sweep->seed));
	for (int i = 0; i < HYPER_MAX && o->hyper[i].name; i++) {
		const char *text = param_get(process, o->hyper[i].name);
		bool number = text && *text && !strchr("tTyYfFnN", *text);
		emit_setting(out, o->hyper[i].name, number ? text : number_text(e->arena, optimizer_setting(o, process, o->hyper[i].name), true));
	}
	struct named_text schedule[SCHEDULE_SETTINGS_MAX];
	int schedules = schedule_settings(process, schedule);
	for (int i = 0; i < schedules; i++)
		emit_setting(out, schedule[i].name, schedule[i].value);
	schedules = early_settings(process, schedule);
	for (int i = 0; i < schedules; i++)
		emit_setting(out, schedule[i].name, schedule[i].value);
	for (int i = 0; i < e->program->first->modules.count; i++) {
		const struct module *m = &e->program->first->modules.at[i];
		const struct class *c = m->data ? source_class(e->sources[i], m->class) : NULL;
		for (int k = 0; c && k < c->fields.count; k++) {
			const char *value = data_setting(e->program->first, m, &c->fields.at[k], &e->data->infos);
			if (value)
				emit_setting(out, arena_printf(e->arena, "%s.%s", m->section, c->fields.at[k].name), value);
		}
	}
	text_add(out, "\tNULL\n};\n");
}

/* Where downloads are listed, when the config says so: most trainers fetch nothing. */
static void emit_cache(const struct sweep *s, struct text *out)
{
	if (strcmp(s->cache_database_path, "cache.db") == 0 && s->cache_size == (int64_t)1 << 30)
		return;
	text_add(out, "\t.cache_database_path = ");
	emit_c_string(out, s->cache_database_path);
	text_printf(out, ", .cache_size = %lld,\n", (long long)s->cache_size);
}

void emit_tables(struct emission *e, struct text *out)
{
	const struct optimizer *o = e->program->optimizer;
	const struct plan *p = &e->plan;
	struct module process = process_of(e->arena, e->sweep, e->program->first);
	int tensors = emit_tensors(p, out), ios = emit_ios(p, out), predictions = emit_predictions(p, out), columns = emit_columns(p->graph, out);
	emit_optimizer_table(e->arena, o, out);
	emit_settings(e, &process, out);
	if (o->history)
		emit_history_table(out);
	int classes = emit_data_classes(e, out);
	text_printf(out, "\nconst struct mosaic_program mosaic_program = {\n\t.abi = MOSAIC_TRAINER_ABI, .name = \"%s\", .version = \"%s\", .hash = \"%s\",\n\t.about =", e->program->name, MOSAICC_VERSION, e->program->hash);
	emit_about_string(e, out);
	text_printf(out, ",\n\t.lanes = LANES, .real_bytes = sizeof(scalar), .batch = BATCH,\n\t.tensors = tensors, .tensor_count = %d, .params_reals = sizeof(struct params) / sizeof(real),\n"
		"\t.ios = ios, .io_count = %d, .predictions = predictions, .prediction_count = %d, .columns = columns, .column_count = %d,\n", tensors, ios, predictions, columns);
	text_printf(out, "\t.optimizer = {.name = \"%s\", .hyper_count = %d, .hyper_names = hyper_names, .hyper_defaults = hyper_defaults,\n"
		"\t\t.per_param = %d, .per_param_names = state_names, .scalars = %d, .scalar_names = scalar_names, .scalar_start = scalar_start%s},\n", o->name, optimizer_hypers(o), optimizer_states(o), optimizer_scalars(o),
		o->history ? ",\n\t\t.extra_count = 5, .extras = extras" : "");
	text_printf(out, "\t.data_classes = data_classes, .data_class_count = %d, .settings = settings,\n", classes);
	if (*p->backend->self)
		text_add(out, "\t.device = &mosaic_device,");
	else
		text_add(out, "\t.params = &memory.params, .state = &memory.state, .state_scalars = memory.scalars, .memory = &memory, .memory_bytes = sizeof memory,\n\t.train = train, .evaluate = evaluate, .predict = predict, .gradient = gradient,");
	text_printf(out, "%s\n", has_op(&e->plan, "random") ? " .draws = true," : "");
	emit_cache(e->sweep, out);
	text_add(out, "};\n");
}
