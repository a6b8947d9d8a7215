/* expand.c: the sections of the types in both schemes, with their lists and ranges, become pipelines: the cartesian
** product in the order of the original. It does not know what a module does with its parameters (bind.c). */
#include "config.h"

#include <string.h>

/* ---- the number of runs --------------------------------------------------------------------- */

static int64_t times(int64_t a, int64_t b)
{
	int64_t product;
	return __builtin_mul_overflow(a, b, &product) || product > RANGE_COUNT_TOO_BIG ? RANGE_COUNT_TOO_BIG : product;
}

static int repetitions(const struct sweep *s)
{
	return s->auto_multiplicity.maximum ? s->auto_multiplicity.maximum : s->multiplicity;
}

/* Counted before anything is built: a range of a thousand millions must cost a message, not the memory. */
static bool check_count(struct expansion *x)
{
	int64_t limit = x->sweep->run_limit ? x->sweep->run_limit : RUN_LIMIT, runs = repetitions(x->sweep);
	for (int i = 0; i < x->slots.count; i++)
		runs = times(runs, x->slots.at[i].count);
	for (int i = 0; i < x->process.swept.count; i++)
		runs = times(runs, x->process.swept.at[i].values.count);
	if (runs <= limit)
		return true;
	bool capped = runs >= RANGE_COUNT_TOO_BIG;
	err((struct place){.file = x->sweep->ini.path}, "this config makes %s%lld runs; at most %lld are possible", capped ? "more than " : "",
		capped ? (long long)RANGE_COUNT_TOO_BIG : (long long)runs, (long long)limit);
	for (int i = 0; i < x->slots.count; i++) {
		const struct slot *slot = &x->slots.at[i];
		if (slot->count > 1)
			note(slot->type.at, "%lld variants of type '%s'", (long long)slot->count, ini_shown(x->arena, slot->type.text));
	}
	for (int i = 0; i < x->process.swept.count && i < 10; i++) {
		const struct swept *s = &x->process.swept.at[i];
		note(s->pair->value_at, "%lld values of '%s'", (long long)s->values.count, ini_shown(x->arena, s->name));
	}
	if (repetitions(x->sweep) > 1)
		hint("and a multiplicity of %d; take larger steps, shorter lists or fewer repetitions", repetitions(x->sweep));
	else
		hint("take larger steps or shorter lists");
	return false;
}

/* ---- variants of a type ------------------------------------------------------------------- */

static const char *module_line(struct arena *a, const struct module *m)
{
	struct text out = {0};
	text_printf(&out, "%s(", m->class);
	for (int i = 0, n = 0; i < m->params.count; i++)
		if (module_key(m->params.at[i].name) < 0)
			text_printf(&out, "%s%s", n++ ? "," : "", m->params.at[i].value);
	text_add(&out, ")");
	char *copy = arena_strndup(a, out.at, out.len);
	text_free(&out);
	return copy;
}

static struct module make_module(struct arena *a, const struct candidate *c, const int64_t *digit)
{
	struct module m = {.section = c->ini->name, .type = c->type, .at = c->ini->at, .data = c->data};
	m.params.at = arena_alloc(a, (size_t)c->pairs.count * sizeof *m.params.at);
	m.params.count = m.params.cap = c->pairs.count;
	int key = 0;
	for (int i = 0; i < c->pairs.count; i++) {
		int k = module_key(c->pairs.at[i]->key);
		struct value v = c->values[i].all.at[digit[i]];
		m.params.at[i] = (struct param){k < 0 ? c->pairs.at[i]->key : module_keys[k], v.text, v.at, k >= 0};
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

static void add_variant(struct arena *a, struct slot *slot, struct module m)
{
	VEC_PUSH(a, &slot->variants, ((struct variant){m, module_line(a, &m)}));
}

static bool expand_candidate(struct arena *a, struct slot *slot, struct candidate *c)
{
	const struct values *values[PARAM_MAX];
	int order[PARAM_MAX];
	int64_t digit[PARAM_MAX] = {0};
	for (int i = 0; i < c->pairs.count; i++) {
		if (!values_expand(a, c->pairs.at[i], &c->values[i]))
			return false;
		values[i] = &c->values[i];
	}
	values_order(values, c->pairs.count, order);
	do
		add_variant(a, slot, make_module(a, c, digit));
	while (values_next(values, c->pairs.count, order, digit));
	return true;
}

static struct module make_process(struct arena *a, const struct sweep *sweep, const struct process *p, const int64_t *digit)
{
	struct place at = sweep->process.at;
	struct module m = {.section = "PROCESS", .type = "process", .class = "process", .at = at, .class_at = at, .path_at = at};
	struct text key = {0};
	m.params.at = arena_alloc(a, (size_t)p->swept.count * sizeof *m.params.at);
	m.params.count = m.params.cap = p->swept.count;
	for (int i = 0; i < p->swept.count; i++) {
		const struct swept *s = &p->swept.at[i];
		struct value v = s->values.all.at[digit[i]];
		m.params.at[i] = (struct param){s->name, v.text, v.at, s->setting != NULL};
		text_printf(&key, "%s%s=%s", i ? "," : "", s->name, v.text);
	}
	m.key = arena_strndup(a, key.at, key.len);
	text_free(&key);
	return m;
}

/* The keys of [PROCESS] with several values become a last module, which every pipeline has. */
static void expand_process(struct expansion *x, struct slot *slot)
{
	const struct values *values[PARAM_MAX];
	int order[PARAM_MAX], n = x->process.swept.count;
	int64_t digit[PARAM_MAX] = {0};
	for (int i = 0; i < n; i++)
		values[i] = &x->process.swept.at[i].values;
	values_order(values, n, order);
	do
		add_variant(x->arena, slot, make_process(x->arena, x->sweep, &x->process, digit));
	while (values_next(values, n, order, digit));
}

/* ---- pipelines ------------------------------------------------------------------------------ */

static void add_pipeline(struct expansion *x, const int *digit)
{
	struct arena *a = x->arena;
	struct pipeline p = {.index = x->sweep->pipelines.count};
	struct text line = {0};
	p.modules.at = arena_alloc(a, (size_t)x->slots.count * sizeof *p.modules.at);
	p.modules.count = p.modules.cap = x->slots.count;
	for (int i = 0; i < x->slots.count; i++) {
		const struct variant *v = &x->slots.at[i].variants.at[digit[i]];
		struct module *m = &p.modules.at[i];
		*m = v->module;
		/* bind() marks what it used: each pipeline has marks of its own */
		size_t size = (size_t)m->params.count * sizeof *m->params.at;
		m->params.at = memcpy(arena_alloc(a, size), m->params.at, size);
		text_printf(&line, "%s%s", i ? " | " : "", v->line);
	}
	p.line = arena_strndup(a, line.at, line.len);
	text_free(&line);
	VEC_PUSH(a, &x->sweep->pipelines, p);
}

static void make_pipelines(struct expansion *x)
{
	int digit[PARAM_MAX + 1] = {0};
	for (;;) {
		add_pipeline(x, digit);
		int i = x->slots.count - 1;
		while (i >= 0 && ++digit[i] == x->slots.at[i].variants.count)
			digit[i--] = 0;
		if (i < 0)
			return;
	}
}

static bool make_variants(struct expansion *x)
{
	bool ok = process_expand(x->arena, &x->process);
	for (int i = 0; i < x->slots.count; i++)
		for (int k = 0; k < x->slots.at[i].candidates.count; k++)
			ok &= expand_candidate(x->arena, &x->slots.at[i], &x->slots.at[i].candidates.at[k]);
	if (!ok || x->process.swept.count == 0)
		return ok;
	VEC_PUSH(x->arena, &x->slots, (struct slot){0});
	expand_process(x, &x->slots.at[x->slots.count - 1]);
	return true;
}

bool expand(struct arena *a, struct sweep *sweep)
{
	struct expansion x = {.arena = a, .sweep = sweep};
	bool ok = process_read(a, sweep, &x.process);
	ok &= sections_read(&x);
	if (!ok || !check_count(&x) || !make_variants(&x))
		return false;
	make_pipelines(&x);
	return true;
}
