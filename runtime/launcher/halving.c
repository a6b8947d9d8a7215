/* halving.c: successive halving: all pipelines are trained for a few epochs, the best of them for `eta` times as many, and so on to the
** end. Synchronous: each rung waits for all, so that its order depends on measures alone. Asynchronous: a pipeline goes on as soon as it
** is among the best 1/eta of those that have come as far; nobody waits, and the order of arrival matters.
**
** The rungs and how many go on: Jamieson and Talwalkar 2016, as in Hyperband (Li et al., JMLR 18, 2018). Asynchronous: ASHA (Li et
** al., MLSys 2020). Here whole pipelines are compared, by the mean over their seeds. */
#include "search.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int halving_rungs(int min_epochs, int eta, int epochs, int goals[RUNGS_MAX])
{
	int n = 0;
	for (int64_t at = min_epochs; at < epochs && n < RUNGS_MAX - 1; at *= eta)
		goals[n++] = (int)at;
	goals[n++] = epochs;
	return n;
}

int halving_keep(int n, int eta)
{
	return n / eta > 1 ? n / eta : n > 0;
}

/* Those that have come to the end of step `step`, the best first; how many. */
static int rank_step(const struct launcher *l, int step, struct standing *out)
{
	const struct search *s = l->search;
	int n = 0;
	for (int i = 0; i < s->count; i++) {
		const struct candidate *c = &s->candidates[i];
		if (c->step > step || (c->step == step && (c->over || complete(l, c))))
			out[n++] = standing_of(l, i, step);
	}
	standings_sort(out, n, s->larger);
	return n;
}

/* Has it a run that could be trained further? */
static bool lives(const struct launcher *l, int candidate)
{
	const struct candidate *c = &l->search->candidates[candidate];
	for (int i = 0; i < c->count; i++)
		if (!l->search->tracks[c->runs[i]].failed)
			return true;
	return false;
}

static char *reason_of(const struct launcher *l, const struct standing *of, int step, int place, int among, int keep, enum outcome outcome)
{
	const struct search *s = l->search;
	struct text t = {0};
	struct candidate at = s->candidates[of->candidate];
	at.step = step;
	text_printf(&t, "epoch %d of %d: place %d of %d by %s (%.4g)", goal_of(l, &at), l->sweep.pipelines[at.pipeline].epochs, place, among, s->criterion, of->value);
	if (of->failed)
		text_printf(&t, ", %d of %d runs failed", of->failed, of->runs);
	at.step++;
	if (outcome == OUTCOME_ON)
		text_printf(&t, "; goes on to epoch %d", goal_of(l, &at));
	else if (outcome != OUTCOME_END)
		text_printf(&t, "; %d went on", keep);
	return t.at;
}

static void add(struct launcher *l, const struct standing *of, int step, int place, int among, int keep, enum outcome outcome)
{
	choice_add(l->search, of, step, place, among, outcome, reason_of(l, of, step, place, among, keep, outcome));
}

/* ---- synchronous ---- */

static enum move synchronous(struct launcher *l)
{
	struct search *s = l->search;
	enum move move = wait_for_all(l);
	if (move != MOVE_DECIDE)
		return move;
	struct standing *order = need(calloc((size_t)s->count + 1, sizeof *order));
	int step = step_of(s), n = 0, living = 0;
	for (int i = 0; i < s->count; i++)
		if (!s->candidates[i].over) {
			living += lives(l, i);
			order[n++] = standing_of(l, i, step);
		}
	standings_sort(order, n, s->larger);
	bool last = step == s->steps - 1;
	int keep = last ? n : halving_keep(n, l->sweep.halving.eta), on = 0;
	keep = keep < living ? keep : living;
	for (int i = 0; i < n; i++) {
		bool alive = lives(l, order[i].candidate), goes_on = alive && on < keep;
		on += goes_on;
		add(l, &order[i], step, i + 1, n, keep, !alive ? OUTCOME_FAILED : !goes_on ? OUTCOME_OUT : last ? OUTCOME_END : OUTCOME_ON);
	}
	if (last)
		s->pending.title = format("rung %d of %d: the end, by %s", step + 1, s->steps, s->criterion);
	else
		s->pending.title = format("rung %d of %d: after epoch %d %d of %d go on to epoch %d, by %s", step + 1, s->steps, s->goals[step], keep, n,
			s->goals[step + 1], s->criterion);
	free(order);
	return MOVE_DECIDE;
}

/* ---- asynchronous ---- */

/* Adds those of a rung that are among the best 1/eta and have not gone on yet. `least`: one goes on in any case. */
static void promote(struct launcher *l, int step, bool least, struct standing *order)
{
	struct search *s = l->search;
	int n = rank_step(l, step, order), keep = least ? halving_keep(n, l->sweep.halving.eta) : n / l->sweep.halving.eta;
	for (int i = 0, place = 0; i < n && place < keep; i++) {
		const struct candidate *c = &s->candidates[order[i].candidate];
		if (!lives(l, order[i].candidate))
			continue;
		place++;
		if (c->step == step && !c->over)
			add(l, &order[i], step, i + 1, n, keep, OUTCOME_ON);
	}
}

static bool anyone_beyond(const struct search *s, int step)
{
	for (int i = 0; i < s->count; i++)
		if (s->candidates[i].step > step)
			return true;
	return false;
}

/* Nothing moves any more: whoever is not at its end stays where it is. */
static void end_all(struct launcher *l, struct standing *order)
{
	struct search *s = l->search;
	for (int step = s->steps - 1; step >= 0; step--) {
		int n = rank_step(l, step, order), keep = 0;
		for (int i = 0; i < n; i++)
			keep += s->candidates[order[i].candidate].step > step;
		for (int i = 0; i < n; i++)
			if (s->candidates[order[i].candidate].step == step && !s->candidates[order[i].candidate].over)
				add(l, &order[i], step, i + 1, n, keep, !lives(l, order[i].candidate) ? OUTCOME_FAILED : step == s->steps - 1 ? OUTCOME_END : OUTCOME_OUT);
	}
	s->pending.title = format("end of the search, by %s", s->criterion);
}

static enum move asynchronous(struct launcher *l)
{
	struct search *s = l->search;
	struct standing *order = need(calloc((size_t)s->count + 1, sizeof *order));
	for (int step = s->steps - 2; step >= 0; step--)
		promote(l, step, false, order);
	bool more = s->pending.count || train_missing(l, true) || !idle(l), all = true;
	for (int i = 0; i < s->count; i++)
		all = all && (s->candidates[i].over || complete(l, &s->candidates[i]));
	/* Too few for 1/eta to be one: without an exception nobody would come to the end. */
	for (int step = s->steps - 2; step >= 0 && !more && all && !s->pending.count; step--)
		if (!anyone_beyond(s, step))
			promote(l, step, true, order);
	if (!more && all && !s->pending.count && step_of(s) < s->steps)
		end_all(l, order);
	else if (s->pending.count)
		s->pending.title = format("%d of %d go on, by %s", s->pending.count, s->count, s->criterion);
	free(order);
	return s->pending.count ? MOVE_DECIDE : more ? MOVE_WAIT : MOVE_END;
}

bool halving_begin(struct launcher *l)
{
	struct search *s = l->search;
	const struct halving *h = &l->sweep.halving;
	int epochs = 1;
	for (int i = 0; i < l->sweep.pipeline_count; i++)
		if (l->sweep.pipelines[i].epochs > epochs)
			epochs = l->sweep.pipelines[i].epochs;
	s->steps = s->values = halving_rungs(h->min_epochs, h->eta, epochs, s->goals);
	s->criterion = h->criterion;
	s->next = h->asynchronous ? asynchronous : synchronous;
	json_t *settings = json_pack("{ss ss si si sb}", "search", "halving", "criterion", h->criterion, "eta", h->eta, "min_epochs", h->min_epochs,
		"asynchronous", h->asynchronous);
	s->settings = need(json_dumps(settings, JSON_COMPACT));
	json_decref(settings);
	return true;
}
