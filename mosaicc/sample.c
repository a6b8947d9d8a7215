/* sample.c: [SEARCH] method = random or sobol: a given number of pipelines, drawn from the ranges. The combinations of sections take turns and
** see the same draws: where their parameters stand alike, competing models are tried at the same points. Nothing is multiplied beforehand. */
#include "rules.h"

#include <stdlib.h>
#include <string.h>

enum { TURNS_MAX = 100000, DRY = 20000 };

/* One combination of sections, in the order of the schemes. */
struct turn { const struct candidate **candidates; uint32_t index; int64_t size, seen; int misses; bool done; };
struct seen { uint64_t *at; size_t count, cap; };          /* hashes of what was drawn, an open table; 0: free */
struct sampler {
	struct expansion *x;
	VEC(struct turn) turns;
	int turn, live;
	int64_t tries;
	struct seen seen;
};

/* ---- how many values there are -------------------------------------------------------------- */

static int64_t endless_times(int64_t a, int64_t b)         /* 0: endless */
{
	int64_t product;
	return a == 0 || b == 0 || __builtin_mul_overflow(a, b, &product) ? 0 : product;
}

static int64_t item_size(const struct item *item)
{
	if (!item->is_range)
		return 1;
	if (!item->range.open)
		return item->range.size;
	struct decimal from = item->range.from, to = item->range.to;
	return item->range.integers && decimal_align(&from, &to) && from.exp == 0 ? to.digits - from.digits + 1 : 0;
}

/* Once, since a list may have a million items and be drawn from a million times. */
static void values_count(struct arena *a, struct values *v)
{
	v->starts = arena_alloc(a, ((size_t)v->items.count + 1) * sizeof *v->starts);
	for (int i = 0; i < v->items.count; i++) {
		int64_t one = item_size(&v->items.at[i]);
		v->open |= v->items.at[i].is_range && v->items.at[i].range.open;
		v->starts[i] = v->size;
		if (one == 0 || v->size < 0 || __builtin_add_overflow(v->size, one, &v->size))
			v->size = -1;
	}
	v->size = v->size < 0 ? 0 : v->size;
}

static void count_all(struct expansion *x)
{
	for (int i = 0; i < x->process.swept.count; i++)
		values_count(x->arena, &x->process.swept.at[i].values);
	for (int i = 0; i < x->slots.count; i++)
		for (int k = 0; k < x->slots.at[i].candidates.count; k++)
			for (int j = 0; j < x->slots.at[i].candidates.at[k].pairs.count; j++)
				values_count(x->arena, &x->slots.at[i].candidates.at[k].values[j]);
}

/* The item that has the value at `position`. */
static int item_at(const struct values *v, int64_t position)
{
	int low = 0, high = v->items.count;
	while (high - low > 1) {
		int middle = low + (high - low) / 2;
		if (v->starts[middle] <= position)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int64_t process_size(const struct process *p, bool *zipped)
{
	int64_t size = 1;
	for (int i = 0; i < p->swept.count; i++) {
		int z = p->swept.at[i].zip;
		if (z < 0 || !zipped[z])
			size = endless_times(size, p->swept.at[i].values.size);
		if (z >= 0)
			zipped[z] = true;
	}
	return size;
}

static int64_t turn_size(const struct expansion *x, const struct turn *t)
{
	bool *zipped = calloc((size_t)x->rules->zips.count + 1, sizeof *zipped);
	if (!zipped)
		return 0;
	int64_t size = process_size(&x->process, zipped);
	for (int s = 0; s < x->slots.count; s++)
		for (int i = 0; i < t->candidates[s]->pairs.count; i++) {
			int z = t->candidates[s]->zip[i];
			if (i == t->candidates[s]->choice)
				continue;
			if (z < 0 || !zipped[z])
				size = endless_times(size, t->candidates[s]->values[i].size);
			if (z >= 0)
				zipped[z] = true;
		}
	free(zipped);
	return size;
}

/* ---- one draw ------------------------------------------------------------------------------- */

/* A position in one dimension, as a fraction of 2^64. */
static uint64_t fraction_of(const struct search *s, uint32_t index, int dimension)
{
	char text[96];
	bool sobol = s->method == SEARCH_SOBOL;
	int n = snprintf(text, sizeof text, "%s %llu %u %d", sobol ? "shift" : "random", (unsigned long long)s->seed, sobol ? 0 : index, dimension);
	uint64_t noise = hash_bytes(text, (size_t)n).lo;
	if (!sobol)
		return noise;
	return (uint64_t)(sobol_point(index, dimension) ^ (s->seeded ? (uint32_t)(noise >> 32) : 0)) << 32;
}

static uint64_t part_of(uint64_t fraction, uint64_t of, uint64_t *rest)
{
	unsigned __int128 product = (unsigned __int128)fraction * of;
	*rest = (uint64_t)product;
	return (uint64_t)(product >> 64);
}

/* All values alike; but where one of them is an open range, all items between commas alike. */
static struct value value_at(struct arena *a, const struct values *v, uint64_t fraction)
{
	uint64_t rest;
	const struct item *item;
	int64_t position;
	if (v->open) {
		item = &v->items.at[part_of(fraction, (uint64_t)v->items.count, &rest)];
		if (item->is_range && item->range.open)
			return (struct value){range_draw(a, &item->range, rest), item->value.at};
		position = (int64_t)part_of(rest, (uint64_t)item_size(item), &rest);
	} else {
		position = (int64_t)part_of(fraction, (uint64_t)v->size, &rest);
		item = &v->items.at[item_at(v, position)];
		position -= v->starts[item - v->items.at];
	}
	return item->is_range ? (struct value){range_value(a, &item->range, position), item->value.at} : item->value;
}

/* The state of one draw: dimensions count through all values that vary; those of a zip share one. */
struct draw { const struct sampler *s; struct arena *arena; uint32_t index; int dimensions; int *zips; };

static struct value draw_value(struct draw *d, const struct values *v, int zip, bool chosen)
{
	if (chosen || v->size == 1)
		return value_at(d->arena, v, 0);
	int dimension = zip >= 0 && d->zips[zip] >= 0 ? d->zips[zip] : d->dimensions++;
	if (zip >= 0)
		d->zips[zip] = dimension;
	if (d->index == UINT32_MAX)
		return v->items.at[0].value;           /* only to count the dimensions */
	return value_at(d->arena, v, fraction_of(&d->s->x->sweep->search, d->index, dimension));
}

static bool draw_process(struct draw *d, struct module *out)
{
	struct value values[PARAM_MAX];
	const struct process *p = &d->s->x->process;
	for (int i = 0; i < p->swept.count; i++) {
		const struct swept *s = &p->swept.at[i];
		values[i] = draw_value(d, &s->values, s->zip, false);
		if (d->index != UINT32_MAX && s->setting && !setting_check(d->arena, s->setting, values[i]))
			return false;
	}
	*out = make_process(d->arena, d->s->x->sweep, p, values);
	return true;
}

/* Draw `index` of a turn as modules; their count, or 0 after an error. */
static int draw_modules(const struct sampler *s, struct arena *a, const struct turn *t, uint32_t index, struct module *out, int *dimensions)
{
	struct expansion *x = s->x;
	struct draw d = {.s = s, .arena = a, .index = index, .zips = arena_alloc(a, ((size_t)x->rules->zips.count + 1) * sizeof *d.zips)};
	int count = x->slots.count;
	for (int i = 0; i < x->rules->zips.count; i++)
		d.zips[i] = -1;
	for (int i = 0; i < count; i++) {
		const struct candidate *c = t->candidates[i];
		struct value values[PARAM_MAX];
		for (int k = 0; k < c->pairs.count; k++)
			values[k] = draw_value(&d, &c->values[k], c->zip[k], k == c->choice);
		out[i] = make_module(a, c, values);
	}
	if (x->process.swept.count && !draw_process(&d, &out[count++]))
		return 0;
	*dimensions = d.dimensions;
	return count;
}

/* ---- what was drawn before ------------------------------------------------------------------ */

static uint64_t hash_of(const struct module *modules, int count, int turn)
{
	struct text t = {0};
	text_printf(&t, "%d", turn);
	for (int i = 0; i < count; i++)
		for (int k = 0; k < modules[i].params.count; k++) {
			text_add(&t, modules[i].params.at[k].value);
			text_addn(&t, "", 1);
		}
	uint64_t h = hash_bytes(t.at, t.len).lo;
	text_free(&t);
	return h ? h : 1;
}

static uint64_t *seen_find(const struct seen *s, uint64_t hash)
{
	size_t i = hash & (s->cap - 1);
	while (s->at[i] && s->at[i] != hash)
		i = (i + 1) & (s->cap - 1);
	return &s->at[i];
}

/* False when it is there already. */
static bool seen_add(struct arena *a, struct seen *s, uint64_t hash)
{
	if (s->count * 2 >= s->cap) {
		struct seen old = *s;
		s->cap = old.cap ? old.cap * 2 : 1024;
		s->at = arena_alloc(a, s->cap * sizeof *s->at);
		for (size_t i = 0; i < old.cap; i++)
			if (old.at[i])
				*seen_find(s, old.at[i]) = old.at[i];
	}
	uint64_t *place = seen_find(s, hash);
	if (*place)
		return false;
	*place = hash;
	s->count++;
	return true;
}

/* ---- pipelines ------------------------------------------------------------------------------ */

static enum verdict verdict_of(struct expansion *x, struct module *modules, int count, const struct turn *t)
{
	const struct param *open = NULL;
	const struct condition *failed;
	struct pipeline p = {.modules = {modules, count, count}};
	for (int i = 0; i < x->slots.count; i++)
		if (t->candidates[i]->choice >= 0)
			open = &modules[i].params.at[t->candidates[i]->choice];
	return conditions_of(x->rules, x->sweep, &p, open, (struct measures){-1, -1}, &failed);
}

/* The next draw of a turn: HOLDS when it became a pipeline. */
static enum verdict draw_once(struct sampler *s, struct turn *t)
{
	struct expansion *x = s->x;
	struct arena scratch = {0};
	struct module modules[PARAM_MAX + 1];
	const struct candidate *candidates[PARAM_MAX + 1] = {0};
	int dimensions, count = draw_modules(s, &scratch, t, t->index, modules, &dimensions);
	enum verdict v = count ? FAILS : BROKEN;
	if (count && seen_add(x->arena, &s->seen, hash_of(modules, count, (int)(t - s->turns.at)))) {
		t->seen++;
		v = verdict_of(x, modules, count, t);
	}
	if (v == HOLDS) {                      /* once more, to stay */
		memcpy(candidates, t->candidates, (size_t)x->slots.count * sizeof *candidates);
		draw_modules(s, x->arena, t, t->index, modules, &dimensions);
		add_pipeline(x, modules, count, candidates);
	}
	t->index++;
	t->misses = v == HOLDS ? 0 : t->misses + 1;
	t->done = t->misses >= DRY || (t->size && t->seen >= t->size);
	arena_free(&scratch);
	return v;
}

/* One pipeline more; false when there is none left, or after an error. */
bool sample_more(struct sampler *s)
{
	int waiting = s->turns.count;
	while (waiting > 0 && s->tries < run_limit(s->x->sweep) + (int64_t)s->x->sweep->search.budget * 100) {
		struct turn *t = &s->turns.at[s->turn];
		enum verdict v = FAILS;
		while (!t->done && v == FAILS) {
			s->tries++;
			v = draw_once(s, t);
		}
		s->turn = (s->turn + 1) % s->turns.count;
		if (v == BROKEN)
			return false;
		s->x->rules->drawn = s->tries;
		s->x->rules->kept += v == HOLDS;
		if (v == HOLDS)
			return true;
		waiting--;
	}
	return false;
}

/* ---- beginning ------------------------------------------------------------------------------ */

static bool check_dimensions(const struct sampler *s, const struct turn *t)
{
	struct arena scratch = {0};
	struct module modules[PARAM_MAX + 1];
	int dimensions = 0;
	draw_modules(s, &scratch, t, UINT32_MAX, modules, &dimensions);
	arena_free(&scratch);
	if (s->x->sweep->search.method != SEARCH_SOBOL || dimensions <= SOBOL_DIMENSIONS)
		return true;
	err((struct place){.file = s->x->sweep->ini.path}, "%d parameters vary, and method = sobol has %d dimensions", dimensions, SOBOL_DIMENSIONS);
	hint("method = random has no such limit");
	return false;
}

static bool make_turns(struct sampler *s)
{
	struct expansion *x = s->x;
	int digit[PARAM_MAX] = {0};
	for (;;) {
		struct turn t = {.candidates = arena_alloc(x->arena, (size_t)x->slots.count * sizeof *t.candidates)};
		for (int i = 0; i < x->slots.count; i++)
			t.candidates[i] = &x->slots.at[i].candidates.at[digit[i]];
		t.size = turn_size(x, &t);
		VEC_PUSH(x->arena, &s->turns, t);
		if (s->turns.count > TURNS_MAX) {
			err((struct place){.file = x->sweep->ini.path}, "more than %d combinations of sections", TURNS_MAX);
			return false;
		}
		int i = x->slots.count - 1;
		while (i >= 0 && ++digit[i] == x->slots.at[i].candidates.count)
			digit[i--] = 0;
		if (i < 0)
			return true;
	}
}

/* All pipelines that there are; 0: endless. */
static int64_t all_of(const struct sampler *s)
{
	int64_t all = 0;
	for (int i = 0; i < s->turns.count; i++)
		if (s->turns.at[i].size == 0 || __builtin_add_overflow(all, s->turns.at[i].size, &all))
			return 0;
	return all;
}

struct place budget_at(const struct sweep *s)
{
	for (int i = 0; i < s->search_keys.params.count; i++)
		if (strcmp(s->search_keys.params.at[i].name, "budget") == 0)
			return s->search_keys.params.at[i].at;
	return s->search_keys.at;
}

static bool check_budget(struct sampler *s, bool *whole)
{
	struct sweep *sweep = s->x->sweep;
	int64_t all = all_of(s), runs = (int64_t)sweep->search.budget * repetitions(sweep);
	*whole = all && all <= sweep->search.budget;
	if (!*whole && runs > run_limit(sweep)) {
		err(budget_at(sweep), "%lld runs; at most %lld are possible", (long long)runs, (long long)run_limit(sweep));
		hint("a budget of %d, each %d times; lower one of them", sweep->search.budget, repetitions(sweep));
		return false;
	}
	if (*whole && all < sweep->search.budget) {
		warn(budget_at(sweep), "there are %lld pipelines only: all of them are made", (long long)all);
	} else if (sweep->search.budget < s->turns.count) {
		warn(budget_at(sweep), "%d combinations of sections take turns: a budget of %d leaves some out", s->turns.count, sweep->search.budget);
	}
	return true;
}

bool sample(struct expansion *x)
{
	struct sampler *s = arena_alloc(x->arena, sizeof *s);
	bool whole;
	int errors = diag.errors;
	s->x = x;
	x->rules->sampler = s;
	count_all(x);
	if (!make_turns(s) || !check_budget(s, &whole))
		return false;
	if (whole) {
		x->rules->sampler = NULL;
		return grid(x);
	}
	for (int i = 0; i < s->turns.count; i++)
		if (!check_dimensions(s, &s->turns.at[i]))
			return false;
	int budget = x->sweep->search.budget, found = 0;
	while (found < budget && sample_more(s))
		found++;
	x->rules->all = -1;
	if (diag.errors > errors)
		return false;
	if (found == 0)
		return err_nothing_left(x->sweep, false);
	if (found < budget) {
		warn(budget_at(x->sweep), "%d pipelines were found in %lld draws, not %d", found, (long long)s->tries, budget);
		hint("hardly any combination fulfils where, or there are no more");
	}
	return true;
}
