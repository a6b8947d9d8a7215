/* rules.c: where, zip and match of [SEARCH]: read, and their names found among the parameters of the modules and the keys of [PROCESS].
** A name that no pipeline has is an error; one that only some have is none, and says nothing about the others. */
#include "rules.h"

#include <string.h>
#include <strings.h>

/* ---- names ---------------------------------------------------------------------------------- */

static bool class_is(const struct candidate *c, const char *name)
{
	for (int i = 0; i < c->pairs.count; i++)
		for (int k = 0; module_key(c->pairs.at[i]->key) == KEY_CLASS && k < c->values[i].items.count; k++)
			if (strcmp(c->values[i].items.at[k].value.text, name) == 0)
				return true;
	return false;
}

static bool qualifies(const struct ref *r, const struct candidate *c)
{
	return !r->qualifier || strcmp(r->qualifier, c->ini->name) == 0 || strcmp(r->qualifier, c->type) == 0 || class_is(c, r->qualifier);
}

bool ref_of_candidate(const struct ref *r, const struct candidate *c, int *pair)
{
	for (int i = 0; i < c->pairs.count && qualifies(r, c); i++) {
		int k = module_key(c->pairs.at[i]->key);
		*pair = i;
		if (strcmp(k < 0 ? c->pairs.at[i]->key : module_keys[k], r->name) == 0)
			return true;
	}
	return false;
}

static bool is_process_name(const char *s)
{
	return strcasecmp(s, "PROCESS") == 0;
}

/* Every name that a rule may use, and for conditions the texts that parameters have. */
static void known_names(struct expansion *x, bool texts, struct words *out)
{
	if (out->list.count)
		return;
	static const char *const measures[] = {"nb_params", "bytes"};
	for (int i = 0; i < 2; i++)
		VEC_PUSH(x->arena, &out->list, measures[i]);
	for (int i = 0; i < x->slots.count; i++)
		for (int k = 0; k < x->slots.at[i].candidates.count; k++) {
			const struct candidate *c = &x->slots.at[i].candidates.at[k];
			for (int j = 0; j < c->pairs.count; j++) {
				if (module_key(c->pairs.at[j]->key) < 0)
					VEC_PUSH(x->arena, &out->list, c->pairs.at[j]->key);
				for (int v = 0; texts && v < c->values[j].items.count && v < 100; v++)
					if (!c->values[j].items.at[v].is_range)
						VEC_PUSH(x->arena, &out->list, c->values[j].items.at[v].value.text);
			}
		}
	for (const struct setting *s = settings; s->name; s++)
		if (strcmp(s->section, "PROCESS") == 0)
			VEC_PUSH(x->arena, &out->list, s->name);
}

static bool is_qualifier(const struct expansion *x, const char *name)
{
	struct ref r = {.qualifier = name};
	bool found = is_process_name(name);
	for (int i = 0; i < x->slots.count; i++)
		for (int k = 0; k < x->slots.at[i].candidates.count; k++)
			found = found || qualifies(&r, &x->slots.at[i].candidates.at[k]);
	return found;
}

static void unknown(struct expansion *x, const struct ref *r, bool texts)
{
	bool all = texts && !r->qualifier;
	struct words *names = &x->rules->known[all];
	if (r->qualifier && !is_qualifier(x, r->qualifier)) {
		VEC(const char *) sections = {0};
		for (int i = 0; i < x->slots.count; i++)
			for (int k = 0; k < x->slots.at[i].candidates.count; k++)
				VEC_PUSH(x->arena, &sections, x->slots.at[i].candidates.at[k].ini->name);
		const char *near = nearest_name(r->qualifier, sections.at, sections.count);
		err(r->at, "no module has '%s' as its section, type or class", ini_shown(x->arena, r->qualifier));
		if (near)
			hint("did you mean %s.%s?", near, r->name);
		return;
	}
	known_names(x, all, names);
	const char *near = nearest_name(r->name, names->list.at, names->list.count);
	err(r->at, "no pipeline has a parameter '%s'", ini_shown(x->arena, ref_text(x->arena, r)));
	if (near)
		hint("did you mean %s%s%s?", r->qualifier ? r->qualifier : "", r->qualifier ? "." : "", near);
	else
		hint("names are parameters that a section or [PROCESS] writes (not defaults of classes, nor values of info()), nb_params and bytes%s", texts ? "; texts go between quotes" : "");
}

static void ambiguous(struct expansion *x, const struct ref *r, const char *first, const char *second)
{
	err(r->at, "'%s' is a parameter of [%s] and of [%s], which stand in one pipeline", ini_shown(x->arena, r->name), first, second);
	hint("write %s.%s or %s.%s", first, r->name, second, r->name);
}

enum found { FOUND, NOWHERE, TWICE };

/* Where a name belongs: in one type of the schemes, or in [PROCESS]. */
static enum found resolve(struct expansion *x, struct ref *r)
{
	const char *first = NULL;
	const struct module *process = &x->sweep->process;
	const struct setting *s = setting_find("PROCESS", r->name);
	const char *key = s ? s->name : r->name;
	bool written = param_get(process, key) != NULL, asked = r->qualifier && is_process_name(r->qualifier);
	for (int i = 0; i < x->slots.count && !asked; i++) {
		const struct slot *slot = &x->slots.at[i];
		const char *here = NULL;
		int pair;
		for (int k = 0; k < slot->candidates.count && !here; k++)
			here = ref_of_candidate(r, &slot->candidates.at[k], &pair) ? slot->candidates.at[k].ini->name : NULL;
		if (here && first) {
			ambiguous(x, r, first, here);
			return TWICE;
		}
		first = here ? here : first;
	}
	if (first && written && !r->qualifier) {
		ambiguous(x, r, first, "PROCESS");
		return TWICE;
	}
	r->process = !first && (written || s) && (asked || !r->qualifier);
	if (r->process)
		r->name = key;
	return first || r->process ? FOUND : NOWHERE;
}

/* ---- where ---------------------------------------------------------------------------------- */

/* Is it written anywhere as a value, as relu is in `activation = relu, tanh`? */
static bool is_text(struct expansion *x, const char *name)
{
	bool yes;
	struct words *names = &x->rules->known[true];
	known_names(x, true, names);
	for (int i = 0; i < names->list.count; i++)
		if (strcmp(names->list.at[i], name) == 0)
			return true;
	for (int i = 0; i < x->process.swept.count; i++)
		for (int k = 0; k < x->process.swept.at[i].values.items.count; k++)
			if (strcmp(x->process.swept.at[i].values.items.at[k].value.text, name) == 0)
				return true;
	for (const struct setting *s = settings; s->name; s++)
		if (s->choices && word_in(name, s->choices))
			return true;
	return bool_read(name, &yes);
}

static bool is_matched(const struct rules *r, const char *name)
{
	for (int i = 0; i < r->match.by.count; i++)
		if (strcmp(r->match.by.at[i].name, name) == 0)
			return true;
	return false;
}

static bool resolve_conditions(struct expansion *x)
{
	struct rules *rules = x->rules;
	bool ok = true;
	int errors = diag.errors;
	for (int i = 0; i < rules->where.count && diag.errors - errors < CONFIG_ERROR_LIMIT; i++)
		for (int k = 0; k < rules->where.at[i].refs.count && diag.errors - errors < CONFIG_ERROR_LIMIT; k++) {
			struct expr *e = rules->where.at[i].refs.at[k];
			enum found found = resolve(x, &e->ref);
			if (found == FOUND || (found == NOWHERE && is_matched(rules, e->ref.name)))
				continue;
			if (found == NOWHERE && !e->ref.qualifier && is_text(x, e->ref.name)) {
				e->kind = EXPR_TEXT;
				e->text = e->ref.name;
				continue;
			}
			if (found == NOWHERE)
				unknown(x, &e->ref, true);
			ok = false;
		}
	return ok;
}

/* ---- zip ------------------------------------------------------------------------------------ */

/* One list of values that a zip pairs. */
struct member { int slot; const struct candidate *candidate; struct values *values; struct place at; const char *name; };
struct members { VEC(struct member) list; };

static bool may_zip(struct expansion *x, const struct member *m, int *zip, int number)
{
	if (*zip >= 0) {
		err_once(m->at, "'%s' is in two zips", ini_shown(x->arena, m->name));
		return false;
	}
	for (int i = 0; m->values && i < m->values->items.count; i++)
		if (m->values->items.at[i].is_range && m->values->items.at[i].range.open) {
			err(m->at, "'%s' cannot be zipped: its range has no count of values", ini_shown(x->arena, m->name));
			note(m->values->items.at[i].value.at, "the range is here");
			return false;
		}
	*zip = number;
	if (m->values)
		m->values->zipped = true;
	return true;
}

static bool add_members(struct expansion *x, struct ref *r, int number, struct members *out)
{
	bool ok = true;
	for (int i = 0; i < x->slots.count && !r->process; i++)
		for (int k = 0; k < x->slots.at[i].candidates.count; k++) {
			struct candidate *c = &x->slots.at[i].candidates.at[k];
			int pair;
			if (!ref_of_candidate(r, c, &pair))
				continue;
			struct member m = {i, c, &c->values[pair], r->at, r->name};
			ok &= may_zip(x, &m, &c->zip[pair], number);
			VEC_PUSH(x->arena, &out->list, m);
		}
	if (!r->process)
		return ok;
	struct member m = {-1, NULL, NULL, r->at, r->name};
	for (int i = 0; i < x->process.swept.count; i++)
		if (strcmp(x->process.swept.at[i].name, r->name) == 0) {
			m.values = &x->process.swept.at[i].values;
			ok &= may_zip(x, &m, &x->process.swept.at[i].zip, number);
		}
	VEC_PUSH(x->arena, &out->list, m);
	return ok;
}

static bool check_lengths(struct expansion *x, const struct zip *z, const struct members *m)
{
	bool pairs = false;
	for (int i = 0; i < m->list.count; i++)
		for (int k = i + 1; k < m->list.count; k++) {
			const struct member *a = &m->list.at[i], *b = &m->list.at[k];
			if (a->slot == b->slot && a->candidate != b->candidate)
				continue;              /* they compete: no pipeline has both */
			long long one = a->values ? a->values->count : 1, other = b->values ? b->values->count : 1;
			pairs = true;
			if (one == other)
				continue;
			const char *in = b->candidate ? b->candidate->ini->name : "PROCESS";
			err(b->at, "zip pairs values one by one: '%s' has %lld, '%s' of [%s] has %lld", ini_shown(x->arena, a->name), one, ini_shown(x->arena, b->name), in, other);
			hint("give both as many values");
			return false;
		}
	if (!pairs) {
		err(z->at, "this zip pairs nothing: no pipeline has two of these parameters");
		hint("zip = width length");
	}
	return pairs;
}

static bool resolve_zip(struct expansion *x, int number)
{
	struct zip *z = &x->rules->zips.at[number];
	struct members members = {0};
	bool ok = true;
	for (int i = 0; i < z->names.count; i++) {
		struct ref *r = &z->names.at[i];
		enum found found = resolve(x, r);
		if (found == NOWHERE)
			unknown(x, r, false);
		ok = found == FOUND && add_members(x, r, number, &members) && ok;
	}
	return ok && check_lengths(x, z, &members);
}

/* ---- match ---------------------------------------------------------------------------------- */

static bool may_match(struct expansion *x, const struct ref *r, const struct candidate *c, int pair)
{
	const struct values *v = &c->values[pair];
	const char *name = ini_shown(x->arena, r->name);
	if (module_key(r->name) >= 0 || c->zip[pair] >= 0) {
		err(r->at, c->zip[pair] >= 0 ? "'%s' is in a zip: match chooses a parameter of its own" : "'%s' is no parameter", name);
		return false;
	}
	for (int i = 0; i < v->items.count; i++)
		if (v->items.at[i].is_range && v->items.at[i].range.open) {
			err(v->items.at[i].value.at, "match chooses among the values of '%s': this range has no count of values", name);
			hint("remove '%s' from [%s], and all integers from 1 on are tried", name, c->ini->name);
			return false;
		}
	if (v->count <= RUN_LIMIT)
		return true;
	err(c->pairs.at[pair]->value_at, "'%s' has more than %d values to choose among", name, RUN_LIMIT);
	return false;
}

/* Marks what is chosen. A name that no section writes may still be a field of a class: match.c looks. */
static bool resolve_match(struct expansion *x)
{
	struct match *m = &x->rules->match;
	const char *slot_name = NULL;
	int marked = -1;
	for (int i = 0; i < m->by.count; i++) {
		struct ref *r = &m->by.at[i];
		enum found found = resolve(x, r);
		if (found == TWICE)
			return false;
		if (r->process || (r->qualifier && !is_qualifier(x, r->qualifier))) {
			if (r->process)
				err(r->at, "match chooses a parameter of a module, and '%s' is a key of [PROCESS]", r->name);
			else
				unknown(x, r, false);
			return false;
		}
		for (int s = 0; s < x->slots.count; s++)
			for (int k = 0; k < x->slots.at[s].candidates.count; k++) {
				struct candidate *c = &x->slots.at[s].candidates.at[k];
				int pair;
				if (c->choice >= 0 || !ref_of_candidate(r, c, &pair))
					continue;
				if (!may_match(x, r, c, pair) || !values_expand(x->arena, c->pairs.at[pair], &c->values[pair]))
					return false;
				if (marked >= 0 && marked != s) {
					err(r->at, "match chooses one parameter of a pipeline: [%s] has one, and so has [%s]", slot_name, c->ini->name);
					return false;
				}
				c->choice = pair;
				marked = s;
				slot_name = c->ini->name;
			}
	}
	return true;
}

/* ---- all ------------------------------------------------------------------------------------ */

static void prepare(struct expansion *x)
{
	for (int i = 0; i < x->slots.count; i++)
		for (int k = 0; k < x->slots.at[i].candidates.count; k++) {
			struct candidate *c = &x->slots.at[i].candidates.at[k];
			c->choice = -1;
			c->zip = arena_alloc(x->arena, (size_t)(c->pairs.count + 1) * sizeof *c->zip);
			for (int j = 0; j < c->pairs.count; j++)
				c->zip[j] = -1;
		}
}

bool rules_read(struct expansion *x)
{
	struct rules *rules = x->rules = x->sweep->rules = arena_alloc(x->arena, sizeof *rules);
	bool ok = true;
	prepare(x);
	for (int i = 0; i < x->process.rules.count; i++) {
		const struct ini_pair *pair = x->process.rules.at[i];
		if (strcasecmp(pair->key, "where") == 0)
			ok &= conditions_read(x->arena, pair, &rules->where);
		else if (strcasecmp(pair->key, "zip") == 0)
			ok &= zips_read(x->arena, pair, &rules->zips);
		else
			ok &= match_read(x->arena, pair, &rules->match);
	}
	if (!ok)
		return false;
	for (int i = 0; i < rules->zips.count; i++)
		ok &= resolve_zip(x, i);
	ok = ok && resolve_match(x);
	return resolve_conditions(x) && ok;
}
