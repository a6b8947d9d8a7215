/* auto.c: `multiplicity = auto`: every pipeline gets some seeds; at looks that were fixed beforehand those that are told to be worse than
** another get no more, the others do, up to a maximum. What is compared: pipelines, or all pipelines with one value of a parameter, seed
** by seed. The statistics are auto_test.c's. */
#include "search.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 500 };

static const char *group_name(const struct search *s, int group)
{
	return s->groups.at[group].name;
}

/* ---- values at a look ---- */

/* Cells of all groups for the first `seeds` seeds. A run that was never trained, since nothing is left of its pipeline, has failed. */
static struct cell *cells_of(const struct launcher *l, int seeds)
{
	const struct search *s = l->search;
	size_t count = (size_t)s->groups.count * (size_t)seeds;
	struct cell *at = need(calloc(count + 1, sizeof *at));
	int *n = need(calloc(count + 1, sizeof *n));
	for (int i = 0; i < s->count; i++) {
		const struct candidate *c = &s->candidates[i];
		for (int k = 0; k < seeds && c->group >= 0; k++) {
			size_t cell = (size_t)c->group * (size_t)seeds + (size_t)k;
			double v = k < c->count ? s->tracks[c->runs[k]].values[0] : NAN;
			if (isfinite(v)) {
				at[cell].value += v;
				n[cell]++;
			} else
				at[cell].failed++;
		}
	}
	for (size_t i = 0; i < count; i++)
		at[i].value = n[i] ? at[i].value / n[i] : NAN;
	free(n);
	return at;
}

static bool all_failed(const struct launcher *l, const struct candidate *c)
{
	for (int i = 0; i < c->count; i++)
		if (!l->search->tracks[c->runs[i]].failed)
			return false;
	return true;
}

/* Groups that are still compared; how many. *apart: pairs that were told apart before, one at least for each group that lost. */
static int active_groups(const struct launcher *l, bool *active, int *apart)
{
	const struct search *s = l->search;
	bool *lost = need(calloc((size_t)s->groups.count + 1, sizeof *lost));
	int n = 0;
	*apart = 0;
	for (int i = 0; i < s->count; i++) {
		const struct candidate *c = &s->candidates[i];
		if (c->group < 0)
			continue;
		active[c->group] = active[c->group] || !c->over;
		lost[c->group] = lost[c->group] || c->lost;
	}
	for (int g = 0; g < s->groups.count; g++) {
		n += active[g];
		*apart += lost[g];
	}
	free(lost);
	return n;
}

/* ---- decision ---- */

struct look {
	int step, size, more;                                  /* more: seeds at the next one, 0: this is the last */
	int active, left;                                      /* groups that were compared; that are not told apart */
	const struct told *told;
	double level;
};

static enum outcome outcome_of(const struct launcher *l, const struct look *k, const struct candidate *c, char **reason)
{
	const struct search *s = l->search;
	if (all_failed(l, c)) {
		*reason = format("all of its %d runs failed", c->count);
		return OUTCOME_FAILED;
	}
	if (c->group < 0) {
		*reason = format("it has no %s to be compared by", l->sweep.repetition.by);
		return OUTCOME_END;
	}
	const struct told *t = &k->told[c->group];
	const char *other = t->by < 0 ? "" : group_name(s, t->by);
	if (t->out) {
		*reason = format("after %d seeds worse than %s: p = %.3g", k->size, other, t->p);
		return OUTCOME_OUT;
	}
	if (k->active < 2)
		*reason = copy("there is nothing to compare it with");
	else if (k->left < 2)
		*reason = format("told apart from all others after %d seeds", k->size);
	else
		*reason = format("cannot be told apart from %s%s: p = %.3g", other, k->more ? "" : " with so many seeds as allowed", t->p);
	return k->left > 1 && k->more ? OUTCOME_ON : OUTCOME_END;
}

static void decide(struct launcher *l, const struct look *k)
{
	struct search *s = l->search;
	struct standing *order = need(calloc((size_t)s->count + 1, sizeof *order));
	int n = 0;
	for (int i = 0; i < s->count; i++)
		if (!s->candidates[i].over)
			order[n++] = standing_of(l, i, k->step);
	standings_sort(order, n, s->larger);
	for (int i = 0; i < n; i++) {
		char *reason;
		enum outcome outcome = outcome_of(l, k, &s->candidates[order[i].candidate], &reason);
		choice_add(s, &order[i], k->step, i + 1, n, outcome, reason);
	}
	struct text t = {0};
	text_printf(&t, "look %d of %d: %d seeds, by %s: ", k->step + 1, s->steps, k->size, s->criterion);
	if (k->active < 2)
		text_add(&t, "nothing to compare");
	else if (k->left < 2)
		text_printf(&t, "the best of %d is told apart from all others", k->active);
	else
		text_printf(&t, "%d of %d cannot be told apart (p above %.3g)", k->left, k->active, k->level);
	s->pending.title = t.at;
	free(order);
}

static enum move look(struct launcher *l)
{
	struct search *s = l->search;
	enum move move = wait_for_all(l);
	if (move != MOVE_DECIDE)
		return move;
	int groups = s->groups.count, apart;
	struct look k = {.step = step_of(s)};
	k.size = s->sizes[k.step];
	k.more = k.step + 1 < s->steps ? s->sizes[k.step + 1] : 0;
	struct cell *cells = cells_of(l, k.size);
	struct told *told = need(calloc((size_t)groups + 1, sizeof *told));
	bool *active = need(calloc((size_t)groups + 1, sizeof *active));
	k.active = active_groups(l, active, &apart);
	auto_decide(cells, groups, k.size, active, apart, &l->sweep.repetition, k.step, s->larger, told, &k.level);
	k.told = told;
	for (int g = 0; g < groups; g++)
		k.left += active[g] && !told[g].out;
	decide(l, &k);
	free(active);
	free(told);
	free(cells);
	return MOVE_DECIDE;
}

/* ---- groups ---- */

/* Of a key, of a parameter with or without the name of its class, or of a setting; NULL: it has none. */
static const char *value_of(const struct sweep *s, const struct pipeline *p, const char *name)
{
	size_t n = strlen(name);
	for (int i = 0; i < p->param_count; i++)
		if (!strcmp(p->params[i].name, name))
			return p->params[i].value;
	if (pipeline_setting(p, name))
		return pipeline_setting(p, name);
	for (int i = 0; i < s->process_count; i++)
		if (!strcmp(s->process[i].name, name))
			return s->process[i].value;
	for (int i = 0; i < p->param_count; i++) {
		size_t length = strlen(p->params[i].name);
		if (length > n + 1 && p->params[i].name[length - n - 1] == '_' && !strcmp(p->params[i].name + length - n, name))
			return p->params[i].value;
	}
	return NULL;
}

static int group_of(struct names *groups, const char *name)
{
	for (int i = 0; i < groups->count; i++)
		if (!strcmp(groups->at[i].name, name))
			return i;
	names_add(groups, name, groups->count);
	return groups->count - 1;
}

static bool make_groups(struct launcher *l)
{
	struct search *s = l->search;
	const struct repetition *r = &l->sweep.repetition;
	for (int i = 0; i < s->count && s->groups.count <= GROUPS_MAX; i++) {
		struct candidate *c = &s->candidates[i];
		const struct pipeline *p = &l->sweep.pipelines[c->pipeline];
		const char *value = *r->by ? value_of(&l->sweep, p, r->by) : NULL;
		c->group = -1;
		if (value)
			c->group = group_of(&s->groups, value);
		else if (!*r->by) {
			c->group = s->groups.count;
			names_add(&s->groups, p->line, c->group);
		}
	}
	if (!s->groups.count && s->count) {
		complain("%s: no pipeline has a parameter '%s', whose values `by` asks to compare", l->sweep.config, r->by);
		hint("it is a key such as mlp_key, a parameter of a class, or a key of [PROCESS]");
		return false;
	}
	if (s->groups.count <= GROUPS_MAX)
		return true;
	complain("%s: multiplicity = auto compares %d pipelines or values at most", l->sweep.config, GROUPS_MAX);
	hint("`by` in [MONITOR] compares the values of one parameter");
	return false;
}

bool auto_begin(struct launcher *l)
{
	struct search *s = l->search;
	const struct repetition *r = &l->sweep.repetition;
	s->steps = r->looks;
	s->values = 1;
	s->criterion = r->criterion;
	s->next = look;
	look_sizes(r, s->sizes);
	json_t *settings = json_pack("{ss ss ss si si si sf}", "search", "auto_multiplicity", "criterion", r->criterion, "by", r->by, "start", r->start,
		"maximum", r->maximum, "looks", r->looks, "alpha", r->alpha);
	s->settings = need(json_dumps(settings, JSON_COMPACT));
	json_decref(settings);
	return make_groups(l);
}
