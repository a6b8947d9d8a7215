/* outbox.c: rows that wait for the next commit. They are kept until the commit has succeeded, so that a full disk or a
** database that somebody holds delays results and loses none. */
#include "launcher.h"
#include "search.h"

#include <stdlib.h>

enum { BATCH_MAX = 200 };
static const double batch_seconds = 0.1, retry_seconds = 2;

void outbox_add(struct launcher *l, enum entry_kind kind, int run)
{
	struct outbox *o = &l->outbox;
	o->at = grow(o->at, &o->cap, o->count, sizeof *o->at);
	if (!o->count)
		o->oldest = now();
	o->at[o->count++] = (struct entry){kind, run};
}

double outbox_due(const struct outbox *o)
{
	if (!o->count)
		return 0;
	if (o->retry > 0)
		return o->retry;
	return o->count >= BATCH_MAX ? o->oldest : o->oldest + batch_seconds;
}

static bool write_entry(struct launcher *l, const struct entry *e)
{
	const struct run *r = &l->plan.runs[e->run];
	switch (e->kind) {
	case ENTRY_START:
		return record_start(l->db, &l->sweep, r, &l->origin);
	case ENTRY_CHECKPOINT:
		return record_checkpoint(l->db, r);
	case ENTRY_SEARCH:
		return search_write(l);
	case ENTRY_LEFT:
		return record_state(l->db, r->id, "interrupted", "");
	default:
		return record_end(l->db, r);
	}
}

static void report_trouble(struct launcher *l)
{
	enum db_trouble trouble = db_trouble(l->db);
	bool again = trouble == DB_BUSY || trouble == DB_FULL || trouble == DB_IO;
	if (trouble != l->outbox.trouble) {
		progress_clear(&l->progress);
		db_complain(l->db);
		if (again)
			fprintf(stderr, "mosaic: results are kept in memory, no new run starts; trying again every %.0f s\n", retry_seconds);
	}
	l->outbox.trouble = trouble;
	l->outbox.retry = now() + retry_seconds;
	l->broken = !again;
}

bool outbox_flush(struct launcher *l)
{
	struct outbox *o = &l->outbox;
	if (!o->count)
		return true;
	bool ok = db_begin(l->db);
	for (int i = 0; ok && i < o->count; i++)
		ok = write_entry(l, &o->at[i]);
	if (!ok || !db_commit(l->db)) {
		report_trouble(l);
		db_rollback(l->db);
		return false;
	}
	bool decided = false;
	for (int i = 0; i < o->count; i++) {
		decided = decided || o->at[i].kind == ENTRY_SEARCH;
		if (o->at[i].kind == ENTRY_END) {                  /* the curves of all runs would not fit in memory */
			struct run *r = &l->plan.runs[o->at[i].run];
			measure_free(&r->measure);
		}
	}
	if (o->trouble != DB_OK)
		fprintf(stderr, "mosaic: the database can be written again\n");
	o->count = 0;
	o->retry = 0;
	o->trouble = DB_OK;
	if (decided)
		search_written(l);
	return true;
}
