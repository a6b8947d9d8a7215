/* match.c: `match = nb_params 50 by width`: of each pipeline the value of one parameter that makes its network closest to a size. Values that
** `where` refuses, and networks that cannot be made, are passed over. */
#include "build.h"
#include "closest.h"
#include "rules.h"

#include <stdlib.h>
#include <string.h>

enum { INTEGERS = 65536 };               /* without a range, 1 to this */

/* ---- what is chosen ------------------------------------------------------------------------- */

/* A field of a class that no section gives a value: the integers are tried. */
static struct choice *unwritten(struct build *b, struct pipeline *p)
{
	const struct match *match = &b->sweep.rules->match;
	for (int i = 0; i < match->by.count; i++)
		for (int k = 0; k < p->modules.count; k++) {
			struct module *m = &p->modules.at[k];
			const struct ref *r = &match->by.at[i];
			const struct source *s = m->path && ref_fits(r, m) ? build_source(b, m->path) : NULL;
			const struct class *c = s ? source_class(s, m->class) : NULL;
			for (int f = 0; c && f < c->fields.count; f++) {
				const struct field *field = &c->fields.at[f];
				if (strcmp(field->name, r->name) != 0 || (field->kind != FIELD_INT && field->kind != FIELD_UINT))
					continue;
				struct choice *out = arena_alloc(&b->arena, sizeof *out);
				*out = (struct choice){.module = k, .param = m->params.count, .integers = true, .reached = -1};
				VEC_PUSH(&b->arena, &m->params, ((struct param){.name = field->name, .value = "1", .at = match->at}));
				return out;
			}
		}
	return NULL;
}

/* One number is no range: its writer wants the size that match asks for. */
static bool note_single(struct build *b, const struct pipeline *p)
{
	const struct choice *c = p->choice;
	const struct param *param = &p->modules.at[c->module].params.at[c->param];
	char *end;
	long v = strtol(param->value, &end, 10);
	if (!c->candidate || !c->integers)
		return true;
	if (*end || end == param->value || v < 1) {
		err_once(param->at, "match has nothing to choose: '%s' of [%s] has one value, and it is no integer of at least 1", param->name, c->candidate->ini->name);
		return false;
	}
	if (!b->options.quiet && said_first(arena_printf(&b->arena, "single:%s:%s", c->candidate->ini->name, param->name))) {
		note(param->at, "match replaces this value: '%s' of [%s] is chosen among the integers from 1 on", param->name, c->candidate->ini->name);
		hint("write a range to choose among other values");
	}
	return true;
}

static bool rises(const struct values *v)
{
	double before = 0;
	for (int i = 0; i < v->all.count; i++) {
		const char *text = v->all.at[i].text;
		size_t n = strlen(text);
		double here = number_length(text, n) == n ? strtod(text, NULL) : 0;
		if (n == 0 || here <= before)
			return false;
		before = here;
	}
	return true;
}

/* ---- what is known -------------------------------------------------------------------------- */

/* Measures by what decides them, an open table: pipelines that differ in their training only share them. */
struct memo { struct { uint64_t key; double measure; } *at; size_t count, cap; };

static uint64_t key_of(const struct build *b, const struct pipeline *p)
{
	struct text t = {0};
	bool bytes = b->sweep.rules->match.bytes;      /* the optimizer's state counts */
	text_add(&t, "measure");
	for (int i = 0; i < p->modules.count; i++) {
		const struct module *m = &p->modules.at[i];
		if (!m->path && !bytes)
			continue;
		text_printf(&t, "\n[%s]", m->section);
		for (int k = 0; k < m->params.count; k++)
			text_printf(&t, "\n%s=%s", m->params.at[k].name, m->params.at[k].value);
	}
	uint64_t key = hash_bytes(t.at, t.len).lo;
	text_free(&t);
	return key ? key : 1;
}

static size_t memo_place(const struct memo *m, uint64_t key)
{
	size_t i = key & (m->cap - 1);
	while (m->at[i].key && m->at[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

static void memo_add(struct build *b, uint64_t key, double measure)
{
	struct memo *m = b->memo;
	if (m->count * 2 >= m->cap) {
		struct memo old = *m;
		m->cap = old.cap ? old.cap * 2 : 256;
		m->at = arena_alloc(&b->arena, m->cap * sizeof *m->at);
		for (size_t i = 0; i < old.cap; i++)
			if (old.at[i].key)
				m->at[memo_place(m, old.at[i].key)] = old.at[i];
	}
	size_t i = memo_place(m, key);
	m->count += !m->at[i].key;
	m->at[i].key = key;
	m->at[i].measure = measure;
}

/* ---- trying --------------------------------------------------------------------------------- */

struct trial { struct build *b; struct pipeline *p; bool broken; int refused, impossible; };

static struct value value_at(struct build *b, const struct pipeline *p, int64_t position)
{
	const struct choice *c = p->choice;
	if (c->integers)
		return (struct value){arena_printf(&b->arena, "%lld", (long long)position + 1), p->modules.at[c->module].params.at[c->param].at};
	return c->values->all.at[position];
}

static double measured(struct build *b, struct pipeline *p)
{
	uint64_t key = key_of(b, p);
	b->memo = b->memo ? b->memo : arena_alloc(&b->arena, sizeof *b->memo);
	if (b->memo->cap) {
		size_t i = memo_place(b->memo, key);
		if (b->memo->at[i].key)
			return b->memo->at[i].measure;
	}
	struct traced traced;
	trace_pipeline(b, p, true, &traced);
	double reached = traced.ok ? traced_measure(b, p, &traced, b->sweep.rules->match.bytes) : -1;
	arena_free(&traced.arena);
	memo_add(b, key, reached);
	return reached;
}

static double measure(void *context, int64_t position)
{
	struct trial *t = context;
	struct build *b = t->b;
	const struct condition *failed;
	pipeline_choose(&b->arena, t->p, value_at(b, t->p, position));
	enum verdict v = conditions_of(b->sweep.rules, &b->sweep, t->p, NULL, (struct measures){-1, -1}, &failed);
	t->broken = t->broken || v == BROKEN;
	t->refused += v == FAILS;
	if (v != HOLDS)
		return -1;
	double reached = measured(b, t->p);
	t->impossible += reached < 0;
	return reached;
}

bool match_choose(struct build *b, struct pipeline *p)
{
	const struct match *match = &b->sweep.rules->match;
	if (!match->on)
		return true;
	p->choice = p->choice ? p->choice : unwritten(b, p);
	if (!p->choice)
		return true;
	if (!note_single(b, p))
		return false;
	struct trial t = {.b = b, .p = p};
	struct choice *c = p->choice;
	struct closest search = {.count = c->integers ? INTEGERS : c->values->all.count, .rising = c->integers || rises(c->values), .target = match->target,
		.measure = measure, .context = &t};
	int64_t best = closest_find(&search, &c->reached);
	if (t.broken || (best < 0 && !t.impossible))
		return false;
	c->reached = best < 0 ? -1 : c->reached;       /* none can be made: checked as it is, it says why */
	pipeline_choose(&b->arena, p, value_at(b, p, best < 0 ? 0 : best));
	return true;
}

bool match_check(struct build *b)
{
	const struct match *match = &b->sweep.rules->match;
	bool found = !match->on;
	VEC(const char *) names = {0};
	for (int i = 0; i < b->sweep.pipelines.count && !found; i++)
		found = b->sweep.pipelines.at[i].choice != NULL;
	if (found)
		return true;
	for (int i = 0; i < b->sources.count; i++)
		for (int k = 0; k < b->sources.at[i]->classes.count; k++)
			for (int f = 0; f < b->sources.at[i]->classes.at[k].fields.count; f++)
				VEC_PUSH(&b->arena, &names, b->sources.at[i]->classes.at[k].fields.at[f].name);
	const struct ref *r = &match->by.at[0];
	const char *near = nearest_name(r->name, names.at, names.count);
	err(r->at, "no pipeline has a parameter '%s' that is an integer", ini_shown(&b->arena, ref_text(&b->arena, r)));
	if (near)
		hint("did you mean %s?", near);
	return false;
}
