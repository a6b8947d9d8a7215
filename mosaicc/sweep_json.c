/* sweep_json.c: sweep.json, what the launcher reads (doc/design.md), and index.md, what people read. */
#include "rules.h"
#include "cost.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Config text may hold bytes that are no UTF-8: they become '?' rather than an invalid file. */
json_t *text_json(const char *s)
{
	json_t *j = json_string(s ? s : "");
	if (j)
		return j;
	struct text t = {0};
	for (; *s; s++)
		text_addn(&t, (unsigned char)*s < 128 ? s : "?", 1);
	j = json_string(t.at ? t.at : "");
	text_free(&t);
	return j;
}

static json_t *pair_json(const char *name, const char *value)
{
	json_t *pair = json_array();
	json_array_append_new(pair, text_json(name));
	json_array_append_new(pair, text_json(value));
	return pair;
}

static json_t *monitor_json(struct build *b)
{
	const struct sweep *s = &b->sweep;
	json_t *m = json_object();
	json_object_set_new(m, "database", text_json(b->options.database ? b->options.database : s->database));
	json_object_set_new(m, "nb_processus", json_integer(s->nb_processus));
	json_object_set_new(m, "threads", json_integer(s->threads));
	json_object_set_new(m, "multiplicity", json_integer(s->multiplicity));
	json_object_set_new(m, "checkpoint", json_real(s->checkpoint));
	json_object_set_new(m, "timeout", json_real(s->timeout));
	json_object_set_new(m, "run_files_path", text_json(s->run_files_path));
	json_object_set_new(m, "need_gpu", json_boolean(s->need_gpu));
	if (s->need_gpu) {
		json_t *gpus = json_array();
		for (int i = 0; i < s->gpus.count; i++)
			json_array_append_new(gpus, json_integer(strtol(s->gpus.at[i] + strlen("cuda:"), NULL, 10)));
		json_object_set_new(m, "gpus", gpus);
	}
	return m;
}

static json_t *programs_json(struct build *b)
{
	json_t *list = json_array();
	for (int i = 0; i < b->programs.count; i++) {
		const struct program *p = b->programs.at[i];
		json_t *o = json_object();
		json_object_set_new(o, "name", text_json(p->name));
		json_object_set_new(o, "trainer", text_json(arena_printf(&b->arena, "%s/trainer", p->folder)));
		json_object_set_new(o, "source", text_json(arena_printf(&b->arena, "%s/%s", p->folder, p->backend->file_name)));
		json_object_set_new(o, "hash", text_json(p->hash));
		json_object_set_new(o, "lanes", json_integer(p->backend->many ? p->backend->many : p->lanes));
		json_array_append_new(list, o);
	}
	return list;
}

/* The original's params: each PROCESS pair, <type>_key, <class>_<parameter>; swept PROCESS pairs as process_<parameter>, too. */
static json_t *params_json(const struct module *process, const struct pipeline *p, struct arena *a)
{
	json_t *list = json_array();
	for (int i = 0; i < process->params.count; i++)
		json_array_append_new(list, pair_json(process->params.at[i].name, process->params.at[i].value));
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		json_array_append_new(list, pair_json(arena_printf(a, "%s_key", m->type), m->key ? m->key : ""));
		for (int k = 0; k < m->params.count; k++)
			if (strcmp(m->params.at[k].name, "key") != 0)
				json_array_append_new(list, pair_json(arena_printf(a, "%s_%s", m->class, m->params.at[k].name), m->params.at[k].value));
	}
	return list;
}

json_t *pipeline_settings(struct build *b, const struct module *process, const struct pipeline *p, struct arena *a)
{
	const struct optimizer *o = optimizer_of(a, process);
	json_t *list = json_array();
	for (int i = 0; i < HYPER_MAX && o->hyper[i].name; i++) {
		const char *text = param_get(process, o->hyper[i].name);
		bool number = text && *text && !strchr("tTyYfFnN", *text);
		json_array_append_new(list, pair_json(o->hyper[i].name, number ? text : number_text(a, optimizer_setting(o, process, o->hyper[i].name), true)));
	}
	struct named_text schedule[SCHEDULE_SETTINGS_MAX];
	int schedules = schedule_settings(process, schedule);
	for (int i = 0; i < schedules; i++)
		json_array_append_new(list, pair_json(schedule[i].name, schedule[i].value));
	schedules = early_settings(process, schedule);
	for (int i = 0; i < schedules; i++)
		json_array_append_new(list, pair_json(schedule[i].name, schedule[i].value));
	struct source **sources = build_sources(b, a, p);
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		const struct class *c = m->data && sources[i] ? source_class(sources[i], m->class) : NULL;
		for (int f = 0; c && f < c->fields.count; f++) {
			const char *value = data_setting(p, m, &c->fields.at[f], &b->data.at[b->state[p->index].data].shape.infos);
			if (value)
				json_array_append_new(list, pair_json(arena_printf(a, "%s.%s", m->section, c->fields.at[f].name), value));
		}
	}
	return list;
}

static json_t *modules_json(const struct pipeline *p)
{
	json_t *list = json_array();
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		json_t *o = json_object();
		if (strcmp(m->type, "process") == 0) {
			json_object_set_new(o, "type", text_json(m->type));
			json_object_set_new(o, "class", text_json(m->class));
		}
		for (int k = 0; k < m->params.count; k++)
			json_object_set_new(o, m->params.at[k].name, text_json(m->params.at[k].value));
		if (m->key)
			json_object_set_new(o, "key", text_json(m->key));
		json_object_set_new(o, "name", text_json(m->section));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *pipeline_json(struct build *b, struct pipeline *p)
{
	struct arena a = {0};
	const struct pipeline_state *state = &b->state[p->index];
	struct module process = process_of(&a, &b->sweep, p);
	json_t *o = json_object();
	json_object_set_new(o, "line", text_json(p->line));
	json_object_set_new(o, "modules", modules_json(p));
	json_object_set_new(o, "program", json_integer(state->program));
	json_object_set_new(o, "error", state->ok ? json_null() : json_string("the pipeline could not be traced; mosaicc says why"));
	json_object_set_new(o, "params", params_json(&process, p, &a));
	json_object_set_new(o, "settings", state->ok ? pipeline_settings(b, &process, p, &a) : json_array());
	const char *epochs = param_get(&process, "epochs"), *seed = param_get(&process, "seed");
	json_object_set_new(o, "seed", json_integer((json_int_t)(seed ? strtoull(seed, NULL, 10) : b->sweep.seed)));
	json_object_set_new(o, "epochs", json_integer(epochs ? atoi(epochs) : b->sweep.epochs));
	json_object_set_new(o, "multiplicity", json_integer(b->sweep.multiplicity));
	json_object_set_new(o, "seconds_per_epoch", json_real(cost_reference_seconds(b, p)));
	json_object_set_new(o, "identity", text_json(state->identity));
	arena_free(&a);
	return o;
}

/* What the launcher decides while runs go on; absent when it is not asked to. */
static void add_steering(const struct sweep *s, json_t *root)
{
	const struct auto_multiplicity *m = &s->auto_multiplicity;
	if (s->search.halving) {
		json_t *halving = json_pack("{ss si si sb}", "criterion", s->search.halving, "eta", s->search.eta, "min_epochs", s->search.min_epochs,
			"asynchronous", s->search.asynchronous);
		json_object_set_new(root, "search", json_pack("{so}", "halving", halving));
	}
	if (m->maximum)
		json_object_set_new(root, "auto_multiplicity", json_pack("{si si si ss ss sf}", "start", m->start, "maximum", m->maximum, "looks", m->looks,
			"criterion", m->criterion, "by", m->by, "alpha", m->alpha));
}

void sweep_json(struct build *b, struct text *out)
{
	json_t *root = json_object(), *process = json_object(), *pipelines = json_array();
	json_object_set_new(root, "version", json_integer(1));
	json_object_set_new(root, "mosaicc", json_string(MOSAICC_VERSION));
	json_object_set_new(root, "config", text_json(b->options.config));
	char *config = file_read(&b->arena, b->options.config, 1 << 24, NULL);
	json_object_set_new(root, "config_text", text_json(config ? config : ""));
	for (int i = 0; i < b->sweep.process.params.count; i++)
		json_object_set_new(process, b->sweep.process.params.at[i].name, text_json(b->sweep.process.params.at[i].value));
	json_object_set_new(root, "process", process);
	json_object_set_new(root, "monitor", monitor_json(b));
	add_steering(&b->sweep, root);
	json_object_set_new(root, "programs", programs_json(b));
	for (int i = 0; i < b->sweep.pipelines.count; i++)
		json_array_append_new(pipelines, pipeline_json(b, &b->sweep.pipelines.at[i]));
	json_object_set_new(root, "pipelines", pipelines);
	char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(3));
	if (!text)
		die("sweep.json could not be written as JSON");
	text_add(out, text);
	text_add(out, "\n");
	free(text);
	json_decref(root);
}

static void markdown(struct text *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("|\\`*_<>[]", *s))
			text_add(out, "\\");
		text_addn(out, s, 1);
	}
}

void sweep_index(struct build *b, struct text *out)
{
	text_add(out, "# Pipelines of ");
	markdown(out, b->options.config);
	text_printf(out, "\n\n%d pipelines, each %d times; %d programs.\n\n", b->sweep.pipelines.count, b->sweep.multiplicity, b->programs.count);
	rules_index(b, out);
	bool match = b->sweep.rules->match.on;
	text_printf(out, "| run ids | pipeline | program | parameters | lanes |%s\n|---|---|---|---|---|%s\n", match ? " chosen |" : "", match ? "---|" : "");
	for (int i = 0; i < b->sweep.pipelines.count; i++) {
		const struct pipeline *p = &b->sweep.pipelines.at[i];
		int program = b->state[i].program;
		text_printf(out, "| %d-%d | ", i * b->sweep.multiplicity + 1, (i + 1) * b->sweep.multiplicity);
		markdown(out, p->line);
		if (program >= 0)
			text_printf(out, " | [%s](%s/%s) | %lld | %d |", b->programs.at[program]->name, b->programs.at[program]->name, b->programs.at[program]->backend->file_name, (long long)b->programs.at[program]->nb_params,
				b->programs.at[program]->lanes);
		else
			text_add(out, " | not traced | | |");
		if (match) {
			text_add(out, " ");
			markdown(out, choice_text(&b->arena, p));
			text_add(out, " |");
		}
		text_add(out, "\n");
	}
}
