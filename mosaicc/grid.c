/* grid.c: every combination of the values of all modules, in the order of the original, without those that zip and where refuse. What one
** module decides alone is refused before it is multiplied; the rest is looked at one by one, and nothing of it kept. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

/* ---- the number of runs --------------------------------------------------------------------- */

static int64_t times(int64_t a, int64_t b)
{
	int64_t product;
	return __builtin_mul_overflow(a, b, &product) || product > RANGE_COUNT_TOO_BIG ? RANGE_COUNT_TOO_BIG : product;
}

int repetitions(const struct sweep *s)
{
	return s->auto_multiplicity.maximum ? s->auto_multiplicity.maximum : s->multiplicity;
}

int64_t run_limit(const struct sweep *s)
{
	return s->run_limit ? s->run_limit : RUN_LIMIT;
}

/* Does value list i vary by itself? Not when it is what `match` chooses, or follows another one of its zip. */
static bool varies(const int *zip, int i)
{
	for (int k = 0; k < i && zip[i] >= 0; k++)
		if (zip[k] == zip[i])
			return false;
	return true;
}

static int64_t candidate_count(const struct candidate *c)
{
	int64_t count = 1;
	for (int i = 0; i < c->pairs.count; i++)
		if (i != c->choice && varies(c->zip, i))
			count = times(count, c->values[i].count);
	return count;
}

static int64_t slot_count(const struct slot *s)
{
	int64_t count = 0;
	for (int i = 0; i < s->candidates.count; i++) {
		count += candidate_count(&s->candidates.at[i]);
		count = count > RANGE_COUNT_TOO_BIG ? RANGE_COUNT_TOO_BIG : count;
	}
	return count;
}

/* The zips of the swept keys, in their order. */
static void process_zips(const struct process *p, int *zip)
{
	for (int i = 0; i < p->swept.count; i++)
		zip[i] = p->swept.at[i].zip;
}

static int64_t combinations(const struct expansion *x)
{
	int zip[PARAM_MAX];
	int64_t count = 1;
	process_zips(&x->process, zip);
	for (int i = 0; i < x->slots.count; i++)
		count = times(count, slot_count(&x->slots.at[i]));
	for (int i = 0; i < x->process.swept.count; i++)
		if (varies(zip, i))
			count = times(count, x->process.swept.at[i].values.count);
	return count;
}

static void note_counts(struct expansion *x)
{
	for (int i = 0; i < x->slots.count; i++) {
		const struct slot *slot = &x->slots.at[i];
		if (slot_count(slot) > 1)
			note(slot->type.at, "%lld variants of type '%s'", (long long)slot_count(slot), ini_shown(x->arena, slot->type.text));
	}
	for (int i = 0; i < x->process.swept.count && i < 10; i++) {
		const struct swept *s = &x->process.swept.at[i];
		note(s->pair->value_at, "%lld values of '%s'", (long long)s->values.count, ini_shown(x->arena, s->name));
	}
}

static bool too_many_runs(struct expansion *x, int64_t runs)
{
	bool capped = runs >= RANGE_COUNT_TOO_BIG;
	int repeated = repetitions(x->sweep);
	err((struct place){.file = x->sweep->ini.path}, "this config makes %s%lld runs; at most %lld are possible", capped ? "more than " : "",
		capped ? (long long)RANGE_COUNT_TOO_BIG : (long long)runs, (long long)run_limit(x->sweep));
	note_counts(x);
	if (repeated > 1)
		hint("and a multiplicity of %d; take larger steps, shorter lists or fewer repetitions", repeated);
	else
		hint("take larger steps or shorter lists");
	return false;
}

static bool filters(const struct rules *r)
{
	return r->where.count || r->zips.count;
}

/* Counted before anything is built: a range of a thousand millions must cost a message, not the memory. */
static bool check_count(struct expansion *x)
{
	int64_t count = combinations(x), runs = times(count, repetitions(x->sweep));
	if (!filters(x->rules))
		return runs <= run_limit(x->sweep) || too_many_runs(x, runs);
	int64_t most = times(run_limit(x->sweep), TRIES_A_RUN);
	if (count <= most)
		return true;
	err((struct place){.file = x->sweep->ini.path}, "this config has %s%lld combinations, too many to try each of them; at most %lld are possible",
		count >= RANGE_COUNT_TOO_BIG ? "more than " : "", (long long)count, (long long)most);
	note_counts(x);
	hint("take larger steps or shorter lists, or a sample of them: [SEARCH] method = random");
	return false;
}

/* A range to be drawn from has no values that could all be tried. */
static bool check_closed(const struct values *v, const char *name, struct arena *a)
{
	for (int i = 0; i < v->items.count; i++) {
		const struct item *item = &v->items.at[i];
		if (!item->is_range || !item->range.open)
			continue;
		err(item->value.at, "this range of '%s' has no count of values", ini_shown(a, name));
		hint("write how many, as in {1e-4-1e-1 log 4}; or draw from it: [SEARCH] method = random, or sobol");
		return false;
	}
	return true;
}

static bool check_open_ranges(struct expansion *x)
{
	bool ok = true;
	for (int i = 0; i < x->process.swept.count; i++)
		ok &= check_closed(&x->process.swept.at[i].values, x->process.swept.at[i].name, x->arena);
	for (int i = 0; i < x->slots.count; i++)
		for (int k = 0; k < x->slots.at[i].candidates.count; k++) {
			const struct candidate *c = &x->slots.at[i].candidates.at[k];
			for (int j = 0; j < c->pairs.count; j++)
				ok &= check_closed(&c->values[j], c->pairs.at[j]->key, x->arena);
		}
	return ok;
}

/* ---- variants of a type --------------------------------------------------------------------- */

/* A walk through the values of several lists: those that vary by themselves count, the others of a zip go with them. */
struct walk {
	const struct values *values[PARAM_MAX], *varying[PARAM_MAX];
	int count, varying_count, of[PARAM_MAX], order[PARAM_MAX];
	int64_t digit[PARAM_MAX];
};

static void walk_begin(struct walk *w, int count, const int *zip, int choice)
{
	int leader[PARAM_MAX] = {0}, kept = 0;
	w->count = count;
	for (int i = 0; i < count; i++) {
		w->of[i] = -1;
		if (i == choice)
			continue;
		for (int k = 0; k < i && w->of[i] < 0; k++)
			w->of[i] = zip[i] >= 0 && zip[k] == zip[i] ? leader[k] : -1;
		if (w->of[i] < 0) {
			w->varying[kept] = w->values[i];
			w->of[i] = kept++;
		}
		leader[i] = w->of[i];
	}
	w->varying_count = kept;
	for (int i = 0; i < kept; i++)
		w->digit[i] = 0;
	values_order(w->varying, kept, w->order);
}

static bool walk_next(struct walk *w)
{
	return values_next(w->varying, w->varying_count, w->order, w->digit);
}

static int64_t walk_digit(const struct walk *w, int i)
{
	return w->of[i] < 0 ? 0 : w->digit[w->of[i]];
}

static void walk_values(const struct walk *w, struct value *out)
{
	for (int i = 0; i < w->count; i++)
		out[i] = w->values[i]->all.at[walk_digit(w, i)];
}

/* Positions in the zips, for those that pair parameters of several modules. */
static const int64_t *walk_zips(struct expansion *x, const struct walk *w, const int *zip)
{
	if (x->rules->zips.count == 0)
		return NULL;
	int64_t *out = arena_alloc(x->arena, (size_t)x->rules->zips.count * sizeof *out);
	for (int i = 0; i < x->rules->zips.count; i++)
		out[i] = -1;
	for (int i = 0; i < w->count; i++)
		if (zip[i] >= 0)
			out[zip[i]] = walk_digit(w, i);
	return out;
}

/* A condition that one module decides alone need not wait for the others: what it refuses is never multiplied. */
static bool decides_alone(const struct condition *c, const struct candidate *m)
{
	bool alone = !c->measured;
	for (int i = 0; i < c->refs.count && alone; i++) {
		int pair;
		const struct expr *e = c->refs.at[i];
		if (e->kind == EXPR_REF)
			alone = !e->ref.process && ref_of_candidate(&e->ref, m, &pair) && pair != m->choice && module_key(e->ref.name) != KEY_KEY;
	}
	return alone;
}

/* A module that is not made yet, as the conditions see it that it decides alone. */
struct alone { bool *decides, any; int class; struct param params[PARAM_MAX]; struct module module; struct pipeline pipeline; };

static void alone_begin(struct expansion *x, const struct candidate *c, struct alone *out)
{
	int count = x->rules->where.count;
	out->decides = arena_alloc(x->arena, (size_t)count * sizeof *out->decides);
	out->any = false;
	for (int i = 0; i < count; i++)
		out->any |= out->decides[i] = decides_alone(&x->rules->where.at[i], c);
	out->module = (struct module){.section = c->ini->name, .type = c->type, .class = "", .params = {out->params, c->pairs.count, PARAM_MAX}};
	out->pipeline = (struct pipeline){.modules = {&out->module, 1, 1}};
	out->class = -1;
	for (int i = 0; i < c->pairs.count; i++) {
		int k = module_key(c->pairs.at[i]->key);
		out->params[i] = (struct param){.name = k < 0 ? c->pairs.at[i]->key : module_keys[k]};
		out->class = k == KEY_CLASS ? i : out->class;
	}
}

static enum verdict verdict_alone(struct expansion *x, struct alone *m, const struct value *values)
{
	enum verdict v = HOLDS;
	for (int i = 0; i < m->module.params.count && m->any; i++)
		m->params[i].value = values[i].text;
	m->module.class = m->any && m->class >= 0 ? values[m->class].text : "";
	for (int i = 0; i < x->rules->where.count && m->any && v == HOLDS; i++)
		if (m->decides[i])
			v = condition_of(&x->rules->where.at[i], x->sweep, &m->pipeline, NULL, (struct measures){-1, -1});
	return v;
}

static bool expand_candidate(struct expansion *x, struct slot *slot, struct candidate *c)
{
	struct arena *a = x->arena;
	struct walk w;
	struct alone alone;
	struct value values[PARAM_MAX];
	alone_begin(x, c, &alone);
	for (int i = 0; i < c->pairs.count; i++) {
		if (!values_expand(a, c->pairs.at[i], &c->values[i]))
			return false;
		w.values[i] = &c->values[i];
	}
	walk_begin(&w, c->pairs.count, c->zip, c->choice);
	slot->count += candidate_count(c);
	do {
		walk_values(&w, values);
		enum verdict v = verdict_alone(x, &alone, values);
		if (v == BROKEN)
			return false;
		if (v == FAILS)
			continue;
		struct module m = make_module(a, c, values);
		VEC_PUSH(a, &slot->variants, ((struct variant){m, c, walk_zips(x, &w, c->zip)}));
	} while (walk_next(&w));
	return true;
}

/* The keys of [PROCESS] with several values become a last module, which every pipeline has. */
static void expand_process(struct expansion *x, struct slot *slot)
{
	struct walk w;
	struct value values[PARAM_MAX];
	int zip[PARAM_MAX];
	process_zips(&x->process, zip);
	for (int i = 0; i < x->process.swept.count; i++)
		w.values[i] = &x->process.swept.at[i].values;
	walk_begin(&w, x->process.swept.count, zip, -1);
	do {
		walk_values(&w, values);
		struct module m = make_process(x->arena, x->sweep, &x->process, values);
		VEC_PUSH(x->arena, &slot->variants, ((struct variant){m, NULL, walk_zips(x, &w, zip)}));
	} while (walk_next(&w));
	slot->count = slot->variants.count;
}

static bool make_variants(struct expansion *x)
{
	bool ok = process_expand(x->arena, &x->process);
	for (int i = 0; i < x->slots.count; i++) {
		x->slots.at[i].count = 0;
		for (int k = 0; k < x->slots.at[i].candidates.count; k++)
			ok = expand_candidate(x, &x->slots.at[i], &x->slots.at[i].candidates.at[k]) && ok;
	}
	if (!ok || x->process.swept.count == 0)
		return ok;
	VEC_PUSH(x->arena, &x->slots, (struct slot){0});
	expand_process(x, &x->slots.at[x->slots.count - 1]);
	return true;
}

/* ---- pipelines ------------------------------------------------------------------------------ */

/* Do the modules agree on where each zip stands? */
static bool zips_agree(const struct expansion *x, const struct variant *const *v)
{
	for (int z = 0; z < x->rules->zips.count; z++) {
		int64_t position = -1;
		for (int i = 0; i < x->slots.count; i++) {
			int64_t here = v[i]->zip[z];
			if (here >= 0 && position >= 0 && here != position)
				return false;
			position = here >= 0 ? here : position;
		}
	}
	return true;
}

/* One combination of variants: a pipeline, unless a rule refuses it. */
static enum verdict try_combination(struct expansion *x, const struct variant *const *v)
{
	struct module modules[PARAM_MAX + 1];
	const struct candidate *candidates[PARAM_MAX + 1];
	const struct condition *failed;
	const struct param *open = NULL;
	if (!zips_agree(x, v))
		return FAILS;
	x->rules->all++;
	for (int i = 0; i < x->slots.count; i++) {
		modules[i] = v[i]->module;
		candidates[i] = v[i]->candidate;
		if (candidates[i] && candidates[i]->choice >= 0)
			open = &modules[i].params.at[candidates[i]->choice];
	}
	struct pipeline p = {.modules = {modules, x->slots.count, x->slots.count}};
	enum verdict verdict = conditions_of(x->rules, x->sweep, &p, open, (struct measures){-1, -1}, &failed);
	if (verdict == HOLDS)
		add_pipeline(x, modules, x->slots.count, candidates);
	return verdict;
}

static bool make_pipelines(struct expansion *x)
{
	int digit[PARAM_MAX + 1] = {0};
	int64_t most = run_limit(x->sweep) / repetitions(x->sweep);
	const struct variant *v[PARAM_MAX + 1];
	for (int i = 0; i < x->slots.count; i++)
		if (x->slots.at[i].variants.count == 0)
			return true;
	for (;;) {
		for (int i = 0; i < x->slots.count; i++)
			v[i] = &x->slots.at[i].variants.at[digit[i]];
		if (try_combination(x, v) == BROKEN)
			return false;
		if (x->sweep->pipelines.count > most) {
			err((struct place){.file = x->sweep->ini.path}, "this config makes more than %lld runs, with where and zip", (long long)run_limit(x->sweep));
			hint("take larger steps, shorter lists, fewer repetitions or a stricter where");
			return false;
		}
		int i = x->slots.count - 1;
		while (i >= 0 && ++digit[i] == x->slots.at[i].variants.count)
			digit[i--] = 0;
		if (i < 0)
			return true;
	}
}

struct same { uint64_t hash; int index; };

static int by_hash_then_index(const void *a, const void *b)
{
	const struct same *x = a, *y = b;
	return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash) : (x->index > y->index) - (x->index < y->index);
}

static uint64_t hash_of(struct arena *a, const struct pipeline *p)
{
	const char *text = p->line;
	for (int i = 0; i < p->modules.count; i++)
		text = arena_printf(a, "%s\n%s %s", text, p->modules.at[i].section, p->modules.at[i].path ? p->modules.at[i].path : "");
	return hash_bytes(text, strlen(text)).lo;
}

/* Lists that are paired may repeat a value, but not all of them at one place: both pipelines would be the same one. */
static void drop_repeated(struct expansion *x)
{
	struct sweep *s = x->sweep;
	struct arena scratch = {0};
	int count = x->rules->zips.count ? s->pipelines.count : 0, kept = 0;
	struct same *all = arena_alloc(&scratch, (size_t)count * sizeof *all);
	bool *repeated = arena_alloc(&scratch, (size_t)count);
	for (int i = 0; i < count; i++)
		all[i] = (struct same){hash_of(&scratch, &s->pipelines.at[i]), i};
	if (count)
		qsort(all, (size_t)count, sizeof *all, by_hash_then_index);
	for (int i = 1; i < count; i++)
		repeated[all[i].index] = all[i].hash == all[i - 1].hash;
	for (int i = 0; i < count; i++) {
		if (repeated[i] && kept == i) {
			warn(x->rules->zips.at[0].at, "zip makes a pipeline more than once: it is taken once");
			hint("%s", s->pipelines.at[i].line);
		}
		if (!repeated[i]) {
			s->pipelines.at[kept] = s->pipelines.at[i];
			s->pipelines.at[kept].index = kept;
			kept++;
		}
	}
	s->pipelines.count = count ? kept : s->pipelines.count;
	x->rules->all -= count - (count ? kept : 0);
	arena_free(&scratch);
}

/* Pipelines that the zips make, before any condition: known when the zips stay within modules, or when no module was refused alone. */
static void count_all(struct expansion *x)
{
	int64_t product = 1, tried = 1;
	for (int i = 0; i < x->slots.count; i++) {
		product = times(product, x->slots.at[i].count);
		tried = times(tried, x->slots.at[i].variants.count);
	}
	if (product != tried)
		x->rules->all = x->rules->zips.count ? -1 : product;
	x->rules->kept = x->sweep->pipelines.count;
}

bool grid(struct expansion *x)
{
	if (!check_open_ranges(x) || !check_count(x) || !make_variants(x) || !make_pipelines(x))
		return false;
	drop_repeated(x);
	count_all(x);
	return x->sweep->pipelines.count > 0 || err_nothing_left(x->sweep, false);
}

