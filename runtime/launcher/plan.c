/* plan.c: which runs are missing. A run is known by its identity (pipeline and seed): what the database has with enough
** epochs is done, what was begun goes on under its id, what is new gets the next ids. Then runs of one program are grouped. */
#include "launcher.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* A run that the database knows. */
struct known {
	char identity[33], pipeline[33];
	int64_t id;
	uint64_t seed;
	int again, epochs, checkpoint;                         /* epochs: of its result, -1: none */
	char *stop_rule;                                       /* NULL: it did not stop early */
	bool begun, done;                                      /* begun: has a row in runs; done: by its status */
};
struct known_runs { struct known *at; int count, cap; };
#define FIRST(items) ((items) ? (items)->identity : NULL)

/* Open addressing over 32-digit identities: the index of each, plus 1. */
struct table { int *at; size_t size; };

static struct table table_new(int count)
{
	struct table t = {.size = 64};
	while (t.size < (size_t)count * 2)
		t.size *= 2;
	t.at = need(calloc(t.size, sizeof *t.at));
	return t;
}

/* The place of `identity`: it holds 0 when the table lacks it. `first` is the identity of item 0, the others are `stride` bytes apart. */
static int *table_find(const struct table *t, const char *identity, const char *first, size_t stride)
{
	char head[17];
	memcpy(head, identity, 16);
	head[16] = '\0';
	for (size_t i = strtoull(head, NULL, 16) & (t->size - 1);; i = (i + 1) & (t->size - 1))
		if (!t->at[i] || !memcmp(first + (size_t)(t->at[i] - 1) * stride, identity, 32))
			return &t->at[i];
}

static bool read_known(struct db *db, struct known_runs *k)
{
	struct rows *r = db_query(db, "SELECT d.run_id, d.identity, coalesce(d.pipeline_identity, ''), d.seed, d.again, r.run_id IS NOT NULL,"
		" r.status = 'done', coalesce(x.epochs, o.epochs, -1), d.checkpoint_epoch, d.stop_rule FROM run_details d LEFT JOIN runs r ON r.run_id = d.run_id"
		" LEFT JOIN run_results x ON x.run_id = d.run_id LEFT JOIN replaced_results o ON o.run_id = d.run_id WHERE length(d.identity) = 32 ORDER BY d.run_id", "");
	if (!r)
		return false;
	while (row_next(r)) {
		k->at = grow(k->at, &k->cap, k->count, sizeof *k->at);
		struct known *n = &k->at[k->count++];
		*n = (struct known){.id = row_int(r, 0), .seed = (uint64_t)row_int(r, 3), .again = (int)row_int(r, 4), .begun = row_int(r, 5),
			.done = row_int(r, 6), .epochs = (int)row_int(r, 7), .checkpoint = (int)row_int(r, 8),
			.stop_rule = *row_text(r, 9) ? copy(row_text(r, 9)) : NULL};
		snprintf(n->identity, sizeof n->identity, "%s", row_text(r, 1));
		snprintf(n->pipeline, sizeof n->pipeline, "%s", row_text(r, 2));
	}
	row_end(r);
	return db_trouble(db) == DB_OK;
}

struct making {
	struct db *db;
	const struct sweep *sweep;
	struct known_runs known;
	struct table known_table, run_table;
	struct plan *plan;
	int *healed, heal_count, heal_cap;                     /* known runs with results but another status */
};

static const struct known *find_known(const struct making *m, const char *identity)
{
	int i = *table_find(&m->known_table, identity, FIRST(m->known.at), sizeof *m->known.at);
	return i ? &m->known.at[i - 1] : NULL;
}

static void want(struct making *m, int pipeline, uint64_t seed, int again)
{
	const struct pipeline *p = &m->sweep->pipelines[pipeline];
	struct plan *plan = m->plan;
	struct run r = {.pipeline = pipeline, .epochs = p->epochs, .seed = seed, .again = again};
	run_identity(p->identity, seed, r.identity);
	int *place = table_find(&m->run_table, r.identity, FIRST(plan->runs), sizeof *plan->runs);
	if (*place) {
		plan->repeated++;
		return;
	}
	const struct known *k = find_known(m, r.identity);
	if (k && k->begun && epochs_reached(p, k->epochs, k->stop_rule) >= p->epochs && !p->error) {
		plan->done++;
		if (!k->done) {
			m->healed = grow(m->healed, &m->heal_cap, m->heal_count, sizeof *m->healed);
			m->healed[m->heal_count++] = (int)(k - m->known.at);
		}
		return;
	}
	if (k) {
		r.id = k->id;
		r.again = k->again;
		r.resume = k->begun;
		r.measure.checkpoint = k->checkpoint;
	}
	plan->runs = grow(plan->runs, &plan->cap, plan->count, sizeof *plan->runs);
	plan->runs[plan->count++] = r;
	*place = plan->count;
}

/* The first round of seeds of which the database has nothing, for all pipelines alike: models pair by seed. */
static int fresh_round(const struct making *m)
{
	for (int round = 0;; round++) {
		bool used = false;
		for (int i = 0; i < m->sweep->pipeline_count && !used; i++) {
			const struct pipeline *p = &m->sweep->pipelines[i];
			for (int k = 0; k < p->multiplicity && !used; k++) {
				char identity[33];
				run_identity(p->identity, p->seed + (uint64_t)k + (uint64_t)p->multiplicity * (uint64_t)round, identity);
				used = find_known(m, identity);
			}
		}
		if (!used)
			return round;
	}
}

/* The rounds of earlier --agains belong to the sweep, too: unfinished ones go on, and more epochs are for all. */
static void want_earlier_rounds(struct making *m)
{
	const struct sweep *s = m->sweep;
	struct table pipelines = table_new(s->pipeline_count);
	const char *first = s->pipeline_count ? s->pipelines->identity : NULL;
	for (int i = 0; i < s->pipeline_count; i++)
		*table_find(&pipelines, s->pipelines[i].identity, first, sizeof *s->pipelines) = i + 1;
	for (int i = 0; i < m->known.count && first; i++) {
		const struct known *k = &m->known.at[i];
		int at = k->again && strlen(k->pipeline) == 32 ? *table_find(&pipelines, k->pipeline, first, sizeof *s->pipelines) : 0;
		if (at)
			want(m, at - 1, k->seed, k->again);
	}
	free(pipelines.at);
}

static bool reserve(struct making *m)
{
	struct plan *plan = m->plan;
	int64_t next = record_next_id(m->db), first = next;
	if (next < 1)
		return false;
	for (int i = 0; i < m->heal_count; i++)
		if (!record_heal(m->db, m->known.at[m->healed[i]].id))
			return false;
	for (int i = 0; i < plan->count; i++) {
		struct run *r = &plan->runs[i];
		if (r->id)
			continue;
		r->id = next++;
		if (!record_reserve(m->db, r, m->sweep->pipelines[r->pipeline].identity))
			return false;
	}
	return next == first || record_set_next_id(m->db, next);
}

static void want_all(struct making *m, bool again)
{
	const struct sweep *s = m->sweep;
	int round = again ? fresh_round(m) : 0;
	for (int i = 0; i < s->pipeline_count; i++)
		for (int k = 0; k < s->pipelines[i].multiplicity; k++)
			want(m, i, s->pipelines[i].seed + (uint64_t)k + (uint64_t)s->pipelines[i].multiplicity * (uint64_t)round, round);
	if (!again)
		want_earlier_rounds(m);
}

bool plan_make(struct db *db, const struct sweep *s, bool again, struct plan *out)
{
	int total = 0;                                         /* sweep_read has bounded it */
	for (int i = 0; i < s->pipeline_count; i++)
		total += s->pipelines[i].multiplicity;
	struct making m = {.db = db, .sweep = s, .plan = out};
	bool ok = db_begin(db) && read_known(db, &m.known);
	m.known_table = table_new(m.known.count);
	m.run_table = table_new(total + m.known.count);
	for (int i = 0; i < m.known.count; i++)
		*table_find(&m.known_table, m.known.at[i].identity, FIRST(m.known.at), sizeof *m.known.at) = i + 1;
	if (ok)
		want_all(&m, again);
	ok = ok && reserve(&m) && db_commit(db);
	if (!ok) {
		db_complain(db);
		db_rollback(db);
	}
	for (int i = 0; i < m.known.count; i++)
		free(m.known.at[i].stop_rule);
	free(m.known.at);
	free(m.known_table.at);
	free(m.run_table.at);
	free(m.healed);
	return ok;
}

enum { GROUP_ROOM = 64 };

void plan_add_group(struct plan *p, int at, int run)
{
	p->groups = grow(p->groups, &p->group_cap, p->group_count, sizeof *p->groups);
	memmove(&p->groups[at + 1], &p->groups[at], (size_t)(p->group_count - at) * sizeof *p->groups);
	p->groups[at] = (struct group){.runs = need(calloc(GROUP_ROOM, sizeof(int))), .count = 1};
	p->groups[at].runs[0] = run;
	p->group_count++;
}

/* On a GPU a group may have thousands of runs. */
static void group_push(struct group *g, int run)
{
	if (g->count >= GROUP_ROOM && (g->count & (g->count - 1)) == 0)
		g->runs = need(realloc(g->runs, 2 * (size_t)g->count * sizeof *g->runs));
	g->runs[g->count++] = run;
}

static int cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* Halves the largest groups until every slot that has a core, or a GPU, has a group. Beyond the cores it would only cost: lanes are
** nearly free. How runs are grouped never changes their bits. */
static void split_groups(struct plan *p, int slots, int gpus)
{
	int processors = gpus ? gpus : cores(), wanted = slots < processors ? slots : processors;
	while (p->group_count > p->next_group && p->group_count - p->next_group < wanted) {
		int largest = p->next_group;
		for (int i = largest + 1; i < p->group_count; i++)
			if (p->groups[i].count > p->groups[largest].count)
				largest = i;
		int count = p->groups[largest].count, keep = (count + 1) / 2;
		if (count < 2)
			return;
		plan_add_group(p, largest + 1, 0);
		struct group *from = &p->groups[largest], *to = from + 1;
		to->count = 0;
		for (int i = keep; i < count; i++)
			group_push(to, from->runs[i]);
		from->count = keep;
	}
}

int run_until(const struct run *r)
{
	return r->until ? r->until : r->epochs;
}

/* Seconds until the last of a group's runs has its epochs, as mosaicc expects. */
static double group_seconds(const struct plan *p, const struct sweep *s, const struct group *g)
{
	double most = 0;
	for (int i = 0; i < g->count; i++) {
		const struct run *r = &p->runs[g->runs[i]];
		double seconds = s->pipelines[r->pipeline].seconds_per_epoch * (run_until(r) - (r->resume ? r->measure.checkpoint : 0));
		most = seconds > most ? seconds : most;
	}
	return most;
}

struct timed_group { struct group group; double seconds; int order; };

static int longer_first(const void *x, const void *y)
{
	const struct timed_group *a = x, *b = y;
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? 1 : -1;
	return a->order - b->order;
}

/* A long run that starts last keeps everybody waiting while the other slots are empty. Where none takes a second, the order of the configuration
** reads better. */
static void sort_groups(struct plan *p, const struct sweep *s)
{
	int count = p->group_count - p->next_group;
	struct timed_group *t = need(calloc((size_t)count + 1, sizeof *t));
	for (int i = 0; i < count; i++)
		t[i] = (struct timed_group){p->groups[p->next_group + i], group_seconds(p, s, &p->groups[p->next_group + i]), i};
	qsort(t, (size_t)count, sizeof *t, longer_first);
	for (int i = 0; i < count && t[0].seconds >= 1; i++)
		p->groups[p->next_group + i] = t[i].group;
	free(t);
}

static bool starts_alike(const struct run *a, const struct run *b)
{
	return a->resume == b->resume && (!a->resume || a->measure.checkpoint == b->measure.checkpoint);
}

void plan_groups(struct plan *p, const struct sweep *s, int slots, const int *runs, int count)
{
	int *open = need(calloc((size_t)s->program_count * 2 + 2, sizeof *open));   /* of each program: new runs, resumed runs */
	for (int k = 0; k < count; k++) {
		int i = runs[k];
		struct run *r = &p->runs[i];
		int program = s->pipelines[r->pipeline].program;
		if (program < 0)
			continue;
		int *at = &open[program * 2 + r->resume];
		struct group *g = *at ? &p->groups[*at - 1] : NULL;
		if (g && g->count < s->programs[program].lanes && starts_alike(r, &p->runs[g->runs[0]])) {
			group_push(g, i);
			continue;
		}
		plan_add_group(p, p->group_count, i);
		*at = p->group_count;
	}
	free(open);
	split_groups(p, slots, s->gpu_count);
	sort_groups(p, s);
}

void plan_free(struct plan *p)
{
	for (int i = 0; i < p->count; i++) {
		measure_free(&p->runs[i].measure);
		free(p->runs[i].error);
		free(p->runs[i].started);
		free(p->runs[i].finished);
	}
	for (int i = 0; i < p->group_count; i++)
		free(p->groups[i].runs);
	free(p->groups);
	free(p->runs);
	*p = (struct plan){0};
}
