/* search.c: what [SEARCH] and `multiplicity = auto` ask for, as fields of struct sweep. Not here: choosing the pipelines
** (expand.c), stopping runs early and adding seeds, which the launcher does. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has_key(const struct ini_section *s, const char *key)
{
	for (int i = 0; i < s->pairs.count; i++)
		if (strcasecmp(s->pairs.at[i].key, key) == 0)
			return true;
	return false;
}

/* A module may have been called SEARCH before the section meant anything: it has a type and a class. */
const struct ini_section *search_section(const struct ini *ini)
{
	const struct ini_section *s = section_find(ini, "SEARCH");
	return s && !(has_key(s, "type") && has_key(s, "class")) ? s : NULL;
}

static const char *value_of(const struct module *m, const char *section, const char *name)
{
	const char *value = m->section ? param_get(m, name) : NULL;
	return value ? value : setting_find(section, name)->fallback;
}

static int integer_of(const struct module *m, const char *section, const char *name)
{
	const char *value = value_of(m, section, name);
	return value ? (int)strtol(value, NULL, 10) : 0;
}

/* A value that nobody reads is an error: its writer believes in it. */
static bool check_readers(const struct module *m, const char *section, enum setting_reader reader, bool read, const char *why)
{
	bool ok = true;
	for (int i = 0; i < m->params.count && !read; i++) {
		const struct setting *s = setting_find(section, m->params.at[i].name);
		if (s->reader != reader)
			continue;
		err(m->params.at[i].at, "'%s' has no effect: %s", s->name, why);
		ok = false;
	}
	return ok;
}

/* ---- [SEARCH] ------------------------------------------------------------------------------- */

static bool read_sample(struct sweep *sweep)
{
	struct search *s = &sweep->search;
	const struct module *m = &sweep->search_keys;
	const char *method = value_of(m, "SEARCH", "method"), *seed = value_of(m, "SEARCH", "seed");
	s->method = strcmp(method, "random") == 0 ? SEARCH_RANDOM : strcmp(method, "sobol") == 0 ? SEARCH_SOBOL : SEARCH_GRID;
	s->budget = integer_of(m, "SEARCH", "budget");
	s->seeded = seed != NULL;
	s->seed = seed ? strtoull(seed, NULL, 10) : 1;
	if (!check_readers(m, "SEARCH", READ_BY_SAMPLE, s->method != SEARCH_GRID, "the method is grid, which makes every pipeline"))
		return false;
	if (s->method == SEARCH_GRID || s->budget)
		return true;
	err(param_of(m, "method")->at, "method = %s needs a budget", method);
	hint("budget = 100 makes 100 pipelines");
	return false;
}

/* The end of a run must lie behind its first decision, and be the same for all that are compared. */
static bool check_epochs(struct sweep *sweep, const struct process *p)
{
	struct search *s = &sweep->search;
	const struct param *given = param_of(&sweep->search_keys, "min_epochs");
	for (int i = 0; i < p->swept.count; i++) {
		if (strcmp(p->swept.at[i].name, "epochs") != 0)
			continue;
		err(p->swept.at[i].pair->value_at, "with halving, epochs has one value");
		note(param_of(&sweep->search_keys, "halving")->at, "halving is asked for here");
		return false;
	}
	int by_default = sweep->epochs / s->eta / s->eta;
	if (!given)
		s->min_epochs = by_default > 1 ? by_default : 1;
	if (s->min_epochs < sweep->epochs)
		return true;
	err(given ? given->at : param_of(&sweep->search_keys, "halving")->at, "halving stops no run early: the first decision is after %d of %d epochs", s->min_epochs, sweep->epochs);
	hint("min_epochs is smaller than epochs");
	return false;
}

static bool read_halving(struct sweep *sweep, const struct process *p)
{
	struct search *s = &sweep->search;
	const struct module *m = &sweep->search_keys;
	s->halving = value_of(m, "SEARCH", "halving");
	s->eta = integer_of(m, "SEARCH", "eta");
	s->min_epochs = integer_of(m, "SEARCH", "min_epochs");
	bool_read(value_of(m, "SEARCH", "asynchronous"), &s->asynchronous);
	if (!check_readers(m, "SEARCH", READ_BY_HALVING, s->halving != NULL, "there is no halving"))
		return false;
	return !s->halving || check_epochs(sweep, p);
}

/* ---- multiplicity = auto -------------------------------------------------------------------- */

static bool check_looks(const struct module *m, const struct auto_multiplicity *out)
{
	const struct param *most = param_of(m, "max_multiplicity"), *looks = param_of(m, "looks"), *least = param_of(m, "min_multiplicity");
	if (out->start > out->maximum) {
		err(most ? most->at : least->at, "max_multiplicity (%d) is below min_multiplicity (%d)", out->maximum, out->start);
		return false;
	}
	if (out->looks - 1 <= out->maximum - out->start)
		return true;
	err(looks ? looks->at : most ? most->at : least->at, "%d looks do not fit between %d and %d repetitions", out->looks, out->start, out->maximum);
	hint("each look after the first needs one repetition more");
	return false;
}

static bool read_auto(struct sweep *sweep)
{
	struct auto_multiplicity *out = &sweep->auto_multiplicity;
	const struct module *m = &sweep->monitor;
	const char *multiplicity = value_of(m, "MONITOR", "multiplicity"), *by = value_of(m, "MONITOR", "by");
	bool on = strcmp(multiplicity, "auto") == 0;
	if (!check_readers(m, "MONITOR", READ_BY_AUTO, on, "multiplicity is not auto"))
		return false;
	if (!on)
		return true;
	out->start = integer_of(m, "MONITOR", "min_multiplicity");
	out->maximum = integer_of(m, "MONITOR", "max_multiplicity");
	out->looks = integer_of(m, "MONITOR", "looks");
	out->criterion = value_of(m, "MONITOR", "criterion");
	out->by = by ? by : "";
	out->alpha = strtod(value_of(m, "MONITOR", "alpha"), NULL);
	sweep->multiplicity = out->start;
	return check_looks(m, out);
}

/* Halving leaves pipelines at other epochs than others: seeds of them say nothing about which is better. */
static bool check_both(const struct sweep *sweep)
{
	if (!sweep->search.halving || !sweep->auto_multiplicity.maximum)
		return true;
	err(param_of(&sweep->search_keys, "halving")->at, "halving and multiplicity = auto exclude each other");
	note(param_of(&sweep->monitor, "multiplicity")->at, "auto is asked for here");
	hint("search first, with a number as multiplicity; then repeat what is left");
	return false;
}

bool search_read(struct sweep *sweep, const struct process *p)
{
	bool ok = read_auto(sweep);
	ok &= read_sample(sweep);
	ok &= read_halving(sweep, p);
	return ok && check_both(sweep);
}
