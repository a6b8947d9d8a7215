/* expand.c: the sections of the types in both schemes, with their lists and ranges, become pipelines: all combinations (grid.c) or a sample
** of them (sample.c). It does not know what a module does with its parameters (bind.c). */
#include "rules.h"

#include <string.h>

/* ---- modules -------------------------------------------------------------------------------- */

struct module make_module(struct arena *a, const struct candidate *c, const struct value *values)
{
	struct module m = {.section = c->ini->name, .type = c->type, .at = c->ini->at, .data = c->data};
	m.params.at = arena_alloc(a, (size_t)c->pairs.count * sizeof *m.params.at);
	m.params.count = m.params.cap = c->pairs.count;
	int key = 0;
	for (int i = 0; i < c->pairs.count; i++) {
		int k = module_key(c->pairs.at[i]->key);
		struct value v = values[i];
		m.params.at[i] = (struct param){k < 0 ? c->pairs.at[i]->key : module_keys[k], v.text, v.at, k >= 0, NULL, NULL};
		key = k == KEY_KEY ? i : key;
		if (k == KEY_CLASS) {
			m.class = v.text;
			m.class_at = v.at;
		} else if (k == KEY_PATH) {
			m.path = v.text;
			m.path_at = v.at;
		}
	}
	m.key = m.params.at[key].value = key_fill(a, c, &m, m.params.at[key].value);
	return m;
}

struct module make_process(struct arena *a, const struct sweep *sweep, const struct process *p, const struct value *values)
{
	struct place at = sweep->process.at;
	struct module m = {.section = "PROCESS", .type = "process", .class = "process", .at = at, .class_at = at, .path_at = at};
	struct text key = {0};
	m.params.at = arena_alloc(a, (size_t)p->swept.count * sizeof *m.params.at);
	m.params.count = m.params.cap = p->swept.count;
	for (int i = 0; i < p->swept.count; i++) {
		const struct swept *s = &p->swept.at[i];
		m.params.at[i] = *param_of(&sweep->process, s->name);
		m.params.at[i].value = values[i].text;
		m.params.at[i].at = values[i].at;
		m.params.at[i].used = s->setting != NULL;
		text_printf(&key, "%s%s=%s", i ? "," : "", s->name, values[i].text);
	}
	m.key = arena_strndup(a, key.at, key.len);
	text_free(&key);
	return m;
}

/* ---- pipelines ------------------------------------------------------------------------------ */

/* dataset_OR(1,200,0.8) | mlp_brick(4,3) */
static const char *pipeline_line(struct arena *a, const struct pipeline *p)
{
	struct text line = {0};
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		text_printf(&line, "%s%s(", i ? " | " : "", m->class);
		for (int k = 0, n = 0; k < m->params.count; k++)
			if (module_key(m->params.at[k].name) < 0)
				text_printf(&line, "%s%s", n++ ? "," : "", m->params.at[k].value);
		text_add(&line, ")");
	}
	char *copy = arena_strndup(a, line.at ? line.at : "", line.len);
	text_free(&line);
	return copy;
}

static struct choice *choice_new(struct arena *a, const struct candidate *c, int module)
{
	struct choice *out = arena_alloc(a, sizeof *out);
	const struct values *v = &c->values[c->choice];
	*out = (struct choice){.module = module, .param = c->choice, .candidate = c, .values = v, .integers = v->count == 1, .reached = -1};
	return out;
}

/* `modules` are copied, but for what their values point to; `candidates` has NULL for [PROCESS]. */
void add_pipeline(struct expansion *x, const struct module *modules, int count, const struct candidate *const *candidates)
{
	struct arena *a = x->arena;
	struct pipeline p = {.index = x->sweep->pipelines.count};
	p.modules.at = arena_alloc(a, (size_t)count * sizeof *p.modules.at);
	p.modules.count = p.modules.cap = count;
	for (int i = 0; i < count; i++) {
		struct module *m = &p.modules.at[i];
		*m = modules[i];
		/* bind() marks what it used: each pipeline has marks of its own */
		size_t size = (size_t)m->params.count * sizeof *m->params.at;
		m->params.at = memcpy(arena_alloc(a, size), m->params.at, size);
		if (candidates[i] && candidates[i]->choice >= 0)
			p.choice = choice_new(a, candidates[i], i);
	}
	p.line = pipeline_line(a, &p);
	VEC_PUSH(a, &x->sweep->pipelines, p);
}

void pipeline_choose(struct arena *a, struct pipeline *p, struct value value)
{
	const struct choice *c = p->choice;
	struct module *m = &p->modules.at[c->module];
	m->params.at[c->param].value = value.text;
	m->params.at[c->param].at = value.at;
	for (int i = 0; c->candidate && i < c->candidate->pairs.count; i++)
		if (module_key(c->candidate->pairs.at[i]->key) == KEY_KEY)
			m->key = m->params.at[i].value = key_fill(a, c->candidate, m, c->candidate->values[i].items.at[0].value.text);
	p->line = pipeline_line(a, p);
}

/* Where nothing is left, every condition may be why. */
bool err_nothing_left(const struct sweep *s, bool measured)
{
	const struct conditions *w = &s->rules->where;
	int said = 0;
	for (int i = 0; i < w->count && said < 20; i++) {
		if (w->at[i].measured && !measured)
			continue;
		if (said++)
			note(w->at[i].at, "and this one");
		else
			err(w->at[i].at, "where leaves no pipeline: none fulfils this%s", w->count > 1 ? " and the other conditions" : " condition");
	}
	return false;
}

bool expand(struct arena *a, struct sweep *sweep)
{
	struct expansion *x = arena_alloc(a, sizeof *x);
	*x = (struct expansion){.arena = a, .sweep = sweep};
	bool ok = process_read(a, sweep, &x->process);
	ok &= sections_read(x);
	if (!ok || !rules_read(x))
		return false;
	return sweep->search.method == SEARCH_GRID ? grid(x) : sample(x);
}
