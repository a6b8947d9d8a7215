/* search.c: drives a search inside a launch: trains what the next decision needs, lets halving.c or auto.c decide, writes the decision with
** all that follows from it in one transaction, and only then acts on it. Which decision it is, is not known here. */
#include "search.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 10000000 };
const char *const outcome_names[] = {"goes on", "stopped", "finished", "failed"};

bool search_asked(const struct sweep *s)
{
	return s->halving.on || s->repetition.on;
}

/* ---- what is known ---- */

int goal_of(const struct launcher *l, const struct candidate *c)
{
	int epochs = l->sweep.pipelines[c->pipeline].epochs, goal = l->search->goals[l->search->values > 1 ? c->step : 0];
	return goal && goal < epochs ? goal : epochs;
}

int size_of(const struct launcher *l, const struct candidate *c, int step)
{
	int size = l->search->sizes[step];
	return size ? size : l->sweep.pipelines[c->pipeline].multiplicity;
}

bool idle(const struct launcher *l)
{
	return l->running == 0 && l->plan.next_group >= l->plan.group_count;
}

bool complete(const struct launcher *l, const struct candidate *c)
{
	int goal = goal_of(l, c);
	for (int i = 0; i < c->count; i++) {
		const struct track *t = &l->search->tracks[c->runs[i]];
		if (!t->failed && t->reached < goal)
			return false;
	}
	return true;
}

int step_of(const struct search *s)
{
	for (int i = 0; i < s->count; i++)
		if (!s->candidates[i].over)
			return s->candidates[i].step;
	return s->steps;
}

struct standing standing_of(const struct launcher *l, int candidate, int step)
{
	const struct search *s = l->search;
	const struct candidate *c = &s->candidates[candidate];
	int size = size_of(l, c, step), n = 0;
	struct standing out = {.candidate = candidate, .runs = size, .value = NAN};
	long double sum = 0;
	for (int i = 0; i < size && i < c->count; i++) {
		double v = s->tracks[c->runs[i]].values[s->values > 1 ? step : 0];
		if (isfinite(v)) {
			sum += v;
			n++;
		}
	}
	out.failed = size - n;
	if (n)
		out.value = (double)(sum / n);
	return out;
}

static int by_value(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;
	if (x->failed != y->failed)
		return x->failed < y->failed ? -1 : 1;
	if (x->value != y->value && isfinite(x->value) && isfinite(y->value))
		return x->value < y->value ? -1 : 1;
	return x->candidate - y->candidate;
}

void standings_sort(struct standing *s, int n, bool larger)
{
	for (int i = 0; i < n; i++)
		s[i].value = larger ? -s[i].value : s[i].value;
	qsort(s, (size_t)n, sizeof *s, by_value);
	for (int i = 0; i < n; i++)
		s[i].value = larger ? -s[i].value : s[i].value;
}

/* ---- training ---- */

static bool can_train(const struct launcher *l, int run, int goal)
{
	const struct track *t = &l->search->tracks[run];
	const struct run *r = &l->plan.runs[run];
	return !t->failed && !t->held && t->reached < goal && r->state != RUN_INTERRUPTED && r->state != RUN_RUNNING && !l->sweep.pipelines[r->pipeline].error
		&& !(r->counted && r->state == RUN_WAITING);
}

static void count(struct launcher *l, struct run *r)
{
	l->total += !r->counted;
	r->counted = true;
}

/* The groups from `from` on go before those that wait. */
static void put_first(struct plan *p, int from)
{
	int n = p->group_count - from, waiting = from - p->next_group;
	struct group *moved = need(malloc(((size_t)n + 1) * sizeof *moved));
	memcpy(moved, p->groups + from, (size_t)n * sizeof *moved);
	memmove(p->groups + p->next_group + n, p->groups + p->next_group, (size_t)waiting * sizeof *moved);
	memcpy(p->groups + p->next_group, moved, (size_t)n * sizeof *moved);
	free(moved);
}

bool train_missing(struct launcher *l, bool first)
{
	struct search *s = l->search;
	int *runs = need(calloc((size_t)l->plan.count + 1, sizeof *runs)), n = 0, from = l->plan.group_count;
	for (int i = 0; i < s->count; i++) {
		const struct candidate *c = &s->candidates[i];
		int goal = goal_of(l, c);
		for (int k = 0; k < c->count && !c->over; k++) {
			struct run *r = &l->plan.runs[c->runs[k]];
			struct track *t = &s->tracks[c->runs[k]];
			if (t->held && t->reached < goal)
				count(l, r);                           /* somebody left it out: it is missing, and the search waits for it */
			if (!can_train(l, c->runs[k], goal))
				continue;
			r->until = goal;
			r->resume = t->begun;
			r->alone = false;
			r->state = RUN_WAITING;
			if (t->reached > r->measure.checkpoint)
				r->measure.checkpoint = t->reached;
			count(l, r);
			runs[n++] = c->runs[k];
		}
	}
	plan_groups(&l->plan, &l->sweep, l->slots, runs, n);
	if (first && n)
		put_first(&l->plan, from);
	progress_plan(l);
	free(runs);
	return n > 0;
}

enum move wait_for_all(struct launcher *l)
{
	const struct search *s = l->search;
	if (!idle(l) || train_missing(l, false))
		return MOVE_WAIT;
	for (int i = 0; i < s->count; i++)
		if (!s->candidates[i].over && !complete(l, &s->candidates[i]))
			return MOVE_END;                               /* interrupted, or left out of this launch */
	return step_of(s) < s->steps ? MOVE_DECIDE : MOVE_END;
}

bool search_wants(const struct launcher *l, int run)
{
	const struct track *t = &l->search->tracks[run];
	return !t->failed && !t->held;
}

void search_note(struct launcher *l, int run)
{
	const struct run *r = &l->plan.runs[run];
	struct track *t = &l->search->tracks[run];
	t->begun = true;
	t->failed = r->state == RUN_FAILED;
	if (r->state == RUN_DONE || r->state == RUN_RESTING)
		t->reached = r->measure.stop_reason ? r->epochs : r->measure.end_epoch;
	if (r->state != RUN_INTERRUPTED)
		measure_values(l, r, t);
	l->search->changed = true;
}

/* ---- deciding ---- */

void choice_add(struct search *s, const struct standing *of, int step, int place, int among, enum outcome outcome, char *reason)
{
	struct decision *d = &s->pending;
	d->at = grow(d->at, &d->cap, d->count, sizeof *d->at);
	d->at[d->count++] = (struct choice){of->candidate, step, place, among, of->failed, of->value, outcome, reason};
}

static void forget_decision(struct decision *d)
{
	for (int i = 0; i < d->count; i++)
		free(d->at[i].reason);
	free(d->title);
	d->title = NULL;
	d->count = 0;
}

/* Nobody has such a column: an order without any values would be one by place. */
static bool has_criterion(const struct launcher *l)
{
	const struct search *s = l->search;
	for (int i = 0; i < s->track_count; i++)
		if (s->tracks[i].lacks) {
			complain("run %lld has no %s, by which pipelines are to be compared", (long long)l->plan.runs[i].id, s->criterion);
			hint("`mosaic history %lld` shows the columns that there are", (long long)l->plan.runs[i].id);
			return false;
		}
	return true;
}

bool search_due(const struct launcher *l)
{
	const struct search *s = l->search;
	return s && s->changed && !s->deciding && !s->over && !l->stopping && !l->paused && !l->broken && l->outbox.retry == 0;
}

void search_step(struct launcher *l)
{
	struct search *s = l->search;
	if (!search_due(l))
		return;
	s->changed = false;
	switch (s->next(l)) {
	case MOVE_WAIT:
		return;
	case MOVE_END:
		s->over = true;
		return;
	case MOVE_DECIDE:
		break;
	}
	if (!has_criterion(l)) {
		s->over = s->broken = true;
		return;
	}
	s->deciding = true;
	outbox_add(l, ENTRY_SEARCH, 0);
	outbox_flush(l);                                       /* what it rests on is in the database before anybody acts on it */
}

/* The runs that a lost candidate leaves behind. Those that were trained to their end by somebody stay what they are. */
static bool is_stopped(const struct launcher *l, const struct choice *c, int run)
{
	const struct track *t = &l->search->tracks[run];
	return c->outcome == OUTCOME_OUT && l->search->values > 1 && !t->failed && t->begun && t->reached < l->plan.runs[run].epochs;
}

static bool write_choice(struct launcher *l, const struct choice *c, const char *date)
{
	struct search *s = l->search;
	const struct candidate *k = &s->candidates[c->candidate];
	const struct pipeline *p = &l->sweep.pipelines[k->pipeline];
	if (!db_run(l->db, "INSERT OR REPLACE INTO decisions(search, step, pipeline_identity, outcome, value, failed, place, among, seed, seeds, epochs,"
		" reason, launch_id, decided) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "tittdiiiiiitit", s->id, (int64_t)c->step + 1, p->identity,
		outcome_names[c->outcome], c->value, (int64_t)c->failed, (int64_t)c->place, (int64_t)c->among, (int64_t)p->seed,
		(int64_t)size_of(l, k, c->step), (int64_t)goal_of(l, k), c->reason, l->origin.launch, date))
		return false;
	for (int i = 0; i < k->count; i++)
		if (is_stopped(l, c, k->runs[i]) && !record_state(l->db, l->plan.runs[k->runs[i]].id, "stopped", c->reason))
			return false;
	return true;
}

/* Seeds for those that go on, in the order of the sweep: so are their ids. */
static bool write_additions(struct launcher *l)
{
	struct search *s = l->search;
	for (int i = 0; i < s->count && s->sizes[0]; i++)
		for (int k = 0; k < s->pending.count; k++) {
			const struct choice *c = &s->pending.at[k];
			if (c->candidate == i && c->outcome == OUTCOME_ON && !load_more(l, i, size_of(l, &s->candidates[i], c->step + 1)))
				return false;
		}
	return true;
}

bool search_write(struct launcher *l)
{
	struct search *s = l->search;
	char *date = date_text();
	drop_additions(s);                                     /* of a try that was rolled back */
	bool ok = db_run(l->db, "INSERT OR IGNORE INTO searches(search, settings, launch_id, started) VALUES(?, ?, ?, ?)", "ttit", s->id, s->settings,
		l->origin.launch, date);
	for (int i = 0; ok && i < s->pending.count; i++)
		ok = write_choice(l, &s->pending.at[i], date);
	free(date);
	return ok && write_additions(l);
}

/* "1-4,13", as --id takes it. */
static void add_ids(const struct launcher *l, const struct candidate *c, struct text *out)
{
	for (int i = 0, end; i < c->count; i = end) {
		int64_t first = l->plan.runs[c->runs[i]].id;
		for (end = i + 1; end < c->count && l->plan.runs[c->runs[end]].id == first + end - i; end++)
			;
		text_printf(out, end > i + 1 ? "%s%lld-%lld" : "%s%lld", i ? "," : "", (long long)first, (long long)first + end - i - 1);
	}
}

static void print_choice(const struct launcher *l, const struct choice *c)
{
	const struct candidate *k = &l->search->candidates[c->candidate];
	struct text line = {0}, visible = {0};
	text_printf(&line, "\t%d. %.6g\t%s\truns ", c->place, c->value, outcome_names[c->outcome]);
	add_ids(l, k, &line);
	text_printf(&line, "\t%s\t%s\n", l->sweep.pipelines[k->pipeline].line, c->reason);
	add_visible(&visible, line.at);
	fputs(visible.at, stdout);
	text_free(&line);
	text_free(&visible);
}

static void act(struct launcher *l, const struct choice *c)
{
	struct candidate *k = &l->search->candidates[c->candidate];
	for (int i = 0; i < k->count; i++) {
		struct run *r = &l->plan.runs[k->runs[i]];
		if (!is_stopped(l, c, k->runs[i]) || r->state == RUN_STOPPED)
			continue;
		count(l, r);
		r->state = RUN_STOPPED;
		l->stopped++;
	}
	k->over = c->outcome != OUTCOME_ON;
	k->lost = c->outcome == OUTCOME_OUT;
	k->step += c->outcome == OUTCOME_ON;
}

void search_written(struct launcher *l)
{
	struct search *s = l->search;
	struct text title = {0};
	progress_clear(&l->progress);
	add_visible(&title, s->pending.title);
	printf(" [%s]\n", title.at);
	text_free(&title);
	for (int i = 0; i < s->pending.count; i++)
		print_choice(l, &s->pending.at[i]);
	for (int i = 0; i < s->pending.count; i++)
		act(l, &s->pending.at[i]);
	take_additions(l);
	forget_decision(&s->pending);
	s->deciding = false;
	s->changed = true;
}

/* ---- beginning and end ---- */

/* All that the decisions follow from, but for the measures. */
static void name_search(struct launcher *l)
{
	struct search *s = l->search;
	struct text all = {0};
	text_add(&all, s->settings);
	for (int i = 0; i < s->count; i++) {
		const struct pipeline *p = &l->sweep.pipelines[s->candidates[i].pipeline];
		text_printf(&all, "\n%s:%d:%llu:%d:%d", p->identity, p->epochs, (unsigned long long)p->seed, size_of(l, &s->candidates[i], 0), s->candidates[i].group);
	}
	hash_text(all.at, all.len, s->id);
	text_free(&all);
}

/* Pipelines that are written twice are one candidate. */
static void make_candidates(struct launcher *l)
{
	struct search *s = l->search;
	struct names known = sweep_identities(&l->sweep);
	s->candidates = need(calloc((size_t)l->sweep.pipeline_count + 1, sizeof *s->candidates));
	for (int i = 0; i < l->sweep.pipeline_count; i++) {
		if (names_find(&known, l->sweep.pipelines[i].identity) == i)
			s->candidates[s->count++] = (struct candidate){.pipeline = i};
		else
			l->plan.repeated += l->sweep.pipelines[i].multiplicity;
	}
	names_free(&known);
}

static bool few_enough(const struct launcher *l)
{
	int64_t total = 0;
	for (int i = 0; i < l->search->count; i++)
		total += size_of(l, &l->search->candidates[i], l->sweep.repetition.on ? l->search->steps - 1 : 0);
	if (total <= RUNS_MAX)
		return true;
	complain("%s: %lld runs are too many", l->sweep.path, (long long)total);
	hint("the most is 10 million: lower multiplicity, or max_multiplicity");
	return false;
}

bool search_begin(struct launcher *l, const struct plan *only)
{
	struct search *s = l->search = need(calloc(1, sizeof *s));
	make_candidates(l);
	if (!(l->sweep.halving.on ? halving_begin(l) : auto_begin(l)) || !few_enough(l))
		return false;
	size_t n = strlen(s->criterion);
	s->larger = n > 4 && !strcmp(s->criterion + n - 4, "_acc");
	name_search(l);
	if (!load_candidates(l, only))
		return false;
	bool over = true;
	for (int i = 0; i < s->count; i++) {
		const struct candidate *c = &s->candidates[i];
		over = over && c->over;
		for (int k = 0; k < c->count; k++) {
			struct run *r = &l->plan.runs[c->runs[k]];
			l->plan.done += s->tracks[c->runs[k]].reached >= r->epochs && !l->sweep.pipelines[r->pipeline].error;
			s->stopped_before += c->over && r->state == RUN_STOPPED;
			if (l->sweep.pipelines[r->pipeline].error && search_wants(l, c->runs[k]))
				count(l, r);
		}
	}
	s->over = over;
	s->changed = true;
	return true;
}

void search_leave(struct launcher *l)
{
	for (int i = 0; i < l->plan.count; i++) {
		struct run *r = &l->plan.runs[i];
		if (r->state != RUN_RESTING && !(r->state == RUN_WAITING && r->launched))
			continue;
		r->state = RUN_INTERRUPTED;
		l->interrupted++;
		outbox_add(l, ENTRY_LEFT, i);
	}
}

void search_free(struct search *s)
{
	if (!s)
		return;
	for (int i = 0; i < s->count; i++)
		free(s->candidates[i].runs);
	for (int i = 0; i < s->track_count; i++)
		free(s->tracks[i].values);
	drop_additions(s);
	forget_decision(&s->pending);
	names_free(&s->groups);
	free(s->pending.at);
	free(s->additions);
	free(s->candidates);
	free(s->tracks);
	free(s->settings);
	free(s);
}
