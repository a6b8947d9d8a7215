/* search_load.c: what a search starts from: its runs with their values at each step, new ones with new ids, and the decisions that were
** written before. Values are those of the history in the database, also for runs that were trained a moment ago: single precision. */
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The curves that a criterion needs: one, or both losses. */
struct curves { float *at[2]; int epochs; bool stopped; };   /* stopped: early; then the last value stays */

static const char *curve_name(const char *criterion, int i)
{
	bool derived = !strcmp(criterion, "overfit") || !strcmp(criterion, "trainability") || !strcmp(criterion, "slope");
	if (derived)
		return i ? "test_loss" : "train_loss";
	return i ? NULL : criterion;
}

static double derived_value(const char *criterion, const struct curves *c, int epoch)
{
	struct measure m = {.columns = {.count = 2, .names = {(char[]){"train_loss"}, (char[]){"test_loss"}}}, .epochs = epoch};
	struct result x;
	m.values = need(malloc(2 * (size_t)epoch * sizeof *m.values));
	for (int e = 0; e < epoch; e++)
		for (int i = 0; i < 2; i++)
			m.values[2 * e + i] = (double)c->at[i][e];
	result_of(&m, &x);
	free(m.values);
	return !strcmp(criterion, "overfit") ? x.overfit : !strcmp(criterion, "trainability") ? x.trainability : x.slope;
}

static double value_at(const char *criterion, const struct curves *c, int epoch)
{
	if (c->stopped && epoch > c->epochs)
		epoch = c->epochs;
	if (!c->at[0] || epoch < 1 || epoch > c->epochs || (curve_name(criterion, 1) && !c->at[1]))
		return NAN;
	return curve_name(criterion, 1) ? derived_value(criterion, c, epoch) : (double)c->at[0][epoch - 1];
}

static void set_values(const struct search *s, int epochs, struct curves *c, struct track *t)
{
	if (!t->values)
		t->values = need(calloc((size_t)s->values, sizeof *t->values));
	for (int i = 0; i < s->values; i++)
		t->values[i] = value_at(s->criterion, c, s->goals[i] && s->goals[i] < epochs ? s->goals[i] : epochs);
	t->lacks = t->reached > 0 && !t->failed && (!c->at[0] || (curve_name(s->criterion, 1) && !c->at[1]));
	for (int i = 0; i < 2; i++)
		free(c->at[i]);
}

void measure_values(const struct launcher *l, const struct run *r, struct track *t)
{
	const struct search *s = l->search;
	const struct measure *m = &r->measure;
	struct curves c = {.epochs = m->epochs, .stopped = m->stop_reason};
	for (int i = 0; i < 2 && curve_name(s->criterion, i); i++)
		for (int k = 0; k < m->columns.count; k++) {
			if (strcmp(m->columns.names[k], curve_name(s->criterion, i)) || c.at[i])
				continue;
			c.at[i] = need(calloc((size_t)m->epochs + 1, sizeof *c.at[i]));
			for (int e = 0; e < m->epochs; e++)
				c.at[i][e] = (float)m->values[(size_t)e * (size_t)m->columns.count + (size_t)k];
		}
	set_values(s, l->sweep.pipelines[r->pipeline].epochs, &c, t);
}

/* Of the database, and how far the run has come; false on trouble. */
static bool stored_values(struct launcher *l, const struct run *r, struct track *t)
{
	const struct search *s = l->search;
	struct curves c = {.stopped = t->stopped};
	for (int i = 0; i < 2 && t->begun && curve_name(s->criterion, i); i++) {
		struct rows *rows = db_query(l->db, "SELECT data FROM history WHERE run_id = ? AND name = ?", "it", r->id, curve_name(s->criterion, i));
		size_t size = 0;
		const void *data = rows && row_next(rows) ? row_blob(rows, 0, &size) : NULL;
		if (data && size >= sizeof(float) && size / sizeof(float) <= EPOCHS_MAX) {
			c.at[i] = need(malloc(size));
			memcpy(c.at[i], data, size);
			int epochs = (int)(size / sizeof(float));
			c.epochs = i && c.epochs < epochs ? c.epochs : epochs;
		}
		if (rows)
			row_end(rows);
		if (!rows || db_trouble(l->db) != DB_OK) {
			free(c.at[0]);
			free(c.at[1]);
			return false;
		}
	}
	/* As far as both its checkpoint and its curves go; its end is reached when there is a result. */
	int epochs = l->sweep.pipelines[r->pipeline].epochs, kept = c.epochs < r->measure.checkpoint ? c.epochs : r->measure.checkpoint;
	kept = kept < epochs ? kept : epochs - 1;
	if (t->begun && kept > t->reached)
		t->reached = kept;
	set_values(s, epochs, &c, t);
	return true;
}

/* ---- runs ---- */

/* Fills run and track of repetition `k` of a candidate; its id is 0 when the database does not know it. */
static bool read_run(struct launcher *l, int candidate, int k, struct addition *out)
{
	const struct candidate *c = &l->search->candidates[candidate];
	const struct pipeline *p = &l->sweep.pipelines[c->pipeline];
	*out = (struct addition){candidate, {.pipeline = c->pipeline, .epochs = p->epochs, .seed = p->seed + (uint64_t)k}, {.reached = -1}};
	struct run *r = &out->run;
	run_identity(p->identity, r->seed, r->identity);
	struct rows *rows = db_query(l->db, "SELECT d.run_id, d.again, d.checkpoint_epoch, coalesce(r.status, ''), coalesce(x.epochs, o.epochs, -1),"
		" d.stop_rule FROM run_details d LEFT JOIN runs r ON r.run_id = d.run_id LEFT JOIN run_results x ON x.run_id = d.run_id"
		" LEFT JOIN replaced_results o ON o.run_id = d.run_id WHERE d.identity = ?", "t", r->identity);
	bool heal = false;
	if (!rows)
		return false;
	if (row_next(rows)) {
		const char *status = row_text(rows, 3);
		r->id = row_int(rows, 0);
		r->again = (int)row_int(rows, 1);
		r->measure.checkpoint = (int)row_int(rows, 2);
		out->track.begun = *status;
		int epochs = (int)row_int(rows, 4);
		out->track.reached = *status ? epochs_reached(p, epochs, row_text(rows, 5)) : -1;
		out->track.stopped = out->track.reached > epochs;
		bool done = out->track.reached >= p->epochs && !p->error;
		heal = done && strcmp(status, "done");
		r->state = done ? RUN_DONE : !strcmp(status, "stopped") ? RUN_STOPPED : !strcmp(status, "error") ? RUN_FAILED : RUN_WAITING;
	}
	row_end(rows);
	return db_trouble(l->db) == DB_OK && (!heal || record_heal(l->db, r->id)) && stored_values(l, r, &out->track);
}

bool load_more(struct launcher *l, int candidate, int size)
{
	struct search *s = l->search;
	const struct candidate *c = &s->candidates[candidate];
	for (int k = c->count; k < size; k++) {
		s->additions = grow(s->additions, &s->addition_cap, s->addition_count, sizeof *s->additions);
		struct addition *a = &s->additions[s->addition_count];
		if (!read_run(l, candidate, k, a)) {
			free(a->track.values);
			return false;
		}
		s->addition_count++;
		if (a->run.id)
			continue;
		a->run.id = record_next_id(l->db);
		if (a->run.id < 1 || !record_reserve(l->db, &a->run, l->sweep.pipelines[c->pipeline].identity) || !record_set_next_id(l->db, a->run.id + 1))
			return false;
	}
	return true;
}

void drop_additions(struct search *s)
{
	while (s->addition_count)
		free(s->additions[--s->addition_count].track.values);
}

void take_additions(struct launcher *l)
{
	struct search *s = l->search;
	struct plan *p = &l->plan;
	for (int i = 0; i < s->addition_count; i++) {
		const struct addition *a = &s->additions[i];
		struct candidate *c = &s->candidates[a->candidate];
		p->runs = grow(p->runs, &p->cap, p->count, sizeof *p->runs);
		s->tracks = grow(s->tracks, &s->track_cap, s->track_count, sizeof *s->tracks);
		c->runs = grow(c->runs, &c->cap, c->count, sizeof *c->runs);
		c->runs[c->count++] = p->count;
		p->runs[p->count++] = a->run;
		s->tracks[s->track_count++] = a->track;
	}
	s->addition_count = 0;
}

/* ---- decisions ---- */

/* Takes up where the written decisions end. */
static bool read_decisions(struct launcher *l)
{
	struct search *s = l->search;
	struct names places = {0};
	for (int i = 0; i < s->count; i++)
		names_add(&places, l->sweep.pipelines[s->candidates[i].pipeline].identity, i);
	names_sort(&places);
	struct rows *r = db_query(l->db, "SELECT pipeline_identity, step, outcome FROM decisions WHERE search = ? ORDER BY step", "t", s->id);
	while (r && row_next(r)) {
		int at = names_find(&places, row_text(r, 0));
		int64_t step = row_int(r, 1);
		if (at < 0 || step < 1 || step > s->steps)
			continue;
		struct candidate *c = &s->candidates[at];
		bool on = !strcmp(row_text(r, 2), outcome_names[OUTCOME_ON]);
		c->over = !on;
		c->lost = !strcmp(row_text(r, 2), outcome_names[OUTCOME_OUT]);
		c->step = (int)step - !on;
	}
	if (r)
		row_end(r);
	names_free(&places);
	return r && db_trouble(l->db) == DB_OK;
}

/* A run that the last decision had to do without stays out: tried again it might come too late for what was decided without it. */
static void leave_out_failed(struct launcher *l)
{
	struct search *s = l->search;
	for (int i = 0; i < s->count; i++) {
		struct candidate c = s->candidates[i];
		if (!c.over && !c.step)
			continue;
		c.step -= !c.over;                             /* the step that was decided last */
		int goal = goal_of(l, &c), size = size_of(l, &c, c.step);
		for (int k = 0; k < size && k < c.count; k++)
			s->tracks[c.runs[k]].failed = s->tracks[c.runs[k]].failed || s->tracks[c.runs[k]].reached < goal;
	}
}

/* Those that were planned, are not done, and do not stand in `only`. */
static void hold_others(struct launcher *l, const struct plan *only)
{
	struct names named = {0};
	for (int i = 0; only && i < only->count; i++)
		names_add(&named, only->runs[i].identity, i);
	names_sort(&named);
	for (int i = 0; only && i < l->plan.count; i++) {
		const struct run *r = &l->plan.runs[i];
		l->search->tracks[i].held = r->state == RUN_WAITING && names_find(&named, r->identity) < 0;
	}
	names_free(&named);
}

bool load_candidates(struct launcher *l, const struct plan *only)
{
	struct search *s = l->search;
	bool ok = db_begin(l->db) && read_decisions(l);
	for (int i = 0; ok && i < s->count; i++)
		ok = load_more(l, i, size_of(l, &s->candidates[i], s->candidates[i].step));
	if (!ok || !db_commit(l->db)) {
		db_complain(l->db);
		db_rollback(l->db);
		return false;
	}
	take_additions(l);
	leave_out_failed(l);
	hold_others(l, only);
	return true;
}
