/* told.c: what the rules of [SEARCH] did, for people: on the terminal and in index.md; and as JSON, for `--check --json`. */
#include "build.h"
#include "rules.h"

#include <jansson.h>
#include <string.h>

enum { LINES_MAX = 24 };                 /* on a terminal; index.md has all */

static const char *s_of(long long count)
{
	return count == 1 ? "" : "s";
}

const char *choice_text(struct arena *a, const struct pipeline *p)
{
	const struct choice *c = p->choice;
	if (!c || c->reached < 0)
		return "";
	const struct param *param = &p->modules.at[c->module].params.at[c->param];
	return arena_printf(a, "%s = %s", param->name, param->value);
}

static void tell_counts(const struct sweep *s, struct text *out)
{
	const struct rules *r = s->rules;
	static const char *const methods[] = {"grid", "random", "sobol"};
	if (s->search.method != SEARCH_GRID && r->drawn)
		text_printf(out, "%s: %lld pipeline%s from %lld draw%s\n", methods[s->search.method], (long long)r->kept, s_of(r->kept), (long long)r->drawn, s_of(r->drawn));
	if (r->where.count && r->all > 0 && r->all != r->kept)
		text_printf(out, "where leaves out %lld of %lld pipelines, by their parameters\n", (long long)(r->all - r->kept), (long long)r->all);
	else if (r->where.count && r->all < 0 && !r->drawn)
		text_printf(out, "where leaves %lld pipeline%s\n", (long long)r->kept, s_of(r->kept));
	if (r->refused)
		text_printf(out, "where leaves out %lld of %lld pipelines, by nb_params or bytes\n", (long long)r->refused, (long long)r->opened);
}

static int without_choice(const struct sweep *s)
{
	int count = 0;
	for (int i = 0; i < s->pipelines.count; i++)
		count += !s->pipelines.at[i].choice;
	return count;
}

static void tell_match(const struct sweep *s, struct text *out)
{
	const struct match *m = &s->rules->match;
	int without = without_choice(s);
	struct arena a = {0};
	text_printf(out, "match = %s\n", m->text);
	if (without)
		text_printf(out, "%d pipeline%s no parameter '%s' and stay%s as written\n", without, without == 1 ? " has" : "s have", ref_text(&a, &m->by.at[0]), without == 1 ? "s" : "");
	arena_free(&a);
}

void rules_tell(const struct build *b, FILE *out)
{
	const struct sweep *s = &b->sweep;
	struct text t = {0};
	struct arena a = {0};
	int said = 0;
	tell_counts(s, &t);
	if (s->rules->match.on)
		tell_match(s, &t);
	for (int i = 0; i < s->pipelines.count && s->rules->match.on; i++) {
		const struct pipeline *p = &s->pipelines.at[i];
		if (p->choice && said++ < LINES_MAX)
			text_printf(&t, "  %s: %s, %s %.0f\n", p->line, choice_text(&a, p), s->rules->match.bytes ? "bytes" : "nb_params", p->choice->reached);
	}
	if (said > LINES_MAX)
		text_printf(&t, "  and %d more\n", said - LINES_MAX);
	fputs(t.at ? t.at : "", out);
	text_free(&t);
	arena_free(&a);
}

static json_t *match_json(const struct sweep *s)
{
	json_t *chosen = json_array();
	for (int i = 0; i < s->pipelines.count; i++) {
		const struct pipeline *p = &s->pipelines.at[i];
		if (!p->choice || p->choice->reached < 0)
			continue;
		const struct param *param = &p->modules.at[p->choice->module].params.at[p->choice->param];
		json_array_append_new(chosen, json_pack("{si so so sf}", "pipeline", i, "parameter", text_json(param->name), "value", text_json(param->value),
			s->rules->match.bytes ? "bytes" : "nb_params", p->choice->reached));
	}
	return json_pack("{so si so}", "match", text_json(s->rules->match.text), "as_written", without_choice(s), "chosen", chosen);
}

static json_t *count_or_null(bool known, int64_t count)
{
	return known ? json_integer((json_int_t)count) : json_null();
}

json_t *rules_json(const struct build *b)
{
	const struct sweep *s = &b->sweep;
	const struct rules *r = s->rules;
	static const char *const methods[] = {"grid", "random", "sobol"};
	bool sampled = s->search.method != SEARCH_GRID;
	json_t *out = json_pack("{ss so so so so}", "method", methods[s->search.method], "drawn", count_or_null(sampled, r->drawn),
		"left_out_by_parameters", count_or_null(!sampled && r->all >= 0, r->all - r->kept), "left_out_by_measures", json_integer((json_int_t)r->refused),
		"halving", s->search.halving ? text_json(s->search.halving) : json_null());
	json_object_set_new(out, "match", r->match.on ? match_json(s) : json_null());
	return out;
}

void rules_index(const struct build *b, struct text *out)
{
	const struct sweep *s = &b->sweep;
	struct text t = {0};
	tell_counts(s, &t);
	if (s->rules->match.on)
		tell_match(s, &t);
	for (const char *line = t.at; line && *line; line = strchr(line, '\n') + 1)
		text_printf(out, "- %.*s\n", (int)strcspn(line, "\n"), line);
	text_add(out, t.len ? "\n" : "");
	text_free(&t);
}

bool rules_without_modules(const struct build *b)
{
	const struct rules *r = b->sweep.rules;
	const char *advice = "mosaicc --no-build writes pipelines.json with it, beside the programs";
	if (r->match.on) {
		err(r->match.at, "match opens the modules, and no module is opened to write pipelines");
		hint("%s", advice);
		return false;
	}
	for (int i = 0; i < r->where.count; i++) {
		if (!r->where.at[i].measured)
			continue;
		warn(r->where.at[i].at, "no module is opened to write pipelines, so this condition leaves out none of them");
		hint("%s", advice);
	}
	return true;
}
