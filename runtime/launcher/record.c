/* record.c: the rows of a launch and of its runs. Every function is called inside a transaction of its caller and may be
** called again after a rollback. Rows are updated or replaced by run_id without relying on unique keys: the original had none. */
#include "launcher.h"
#include "params.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Value of `name = value` in the text of machine.ninja, or NULL. */
static char *machine_value(const char *text, const char *name)
{
	size_t n = strlen(name);
	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *at = line + strspn(line, " ");
		if (strncmp(at, name, n) || at[n + strspn(at + n, " ")] != '=')
			continue;
		at = strchr(at, '=') + 1;
		at += strspn(at, " ");
		return need(strndup(at, strcspn(at, "\n")));
	}
	return NULL;
}

/* The command that compiles a trainer, from build.ninja, with this machine's processor put in. */
static char *compile_flags(const struct sweep *s)
{
	const char *rule = s->ninja ? strstr(s->ninja, "\nrule cc\n") : NULL;
	char *command = rule ? machine_value(rule + 9, "command") : NULL, *target = machine_value(s->machine, "target");
	char *at = command ? strstr(command, "$target") : NULL, *out = command;
	if (at && target) {
		out = format("%.*s%s%s", (int)(at - command), command, target, at + 7);
		free(command);
	}
	free(target);
	return out;
}

static char *compiler(const struct sweep *s)
{
	char *cc = machine_value(s->machine, "cc"), *version = cc && !strpbrk(cc, "'\"$ ") ? program_version(cc) : NULL;
	if (!version)
		return cc;
	free(cc);
	return version;
}

static char *cpu_model(void)
{
	char *text = file_read("/proc/cpuinfo", 1 << 22, NULL), *at = text ? strstr(text, "model name") : NULL, *out = NULL;
	if (at && (at = strchr(at, ':')))
		out = need(strndup(at + 2, strcspn(at + 2, "\n")));
	free(text);
	return out;
}

static bool has_program(struct db *db, const char *hash)
{
	struct rows *r = db_query(db, "SELECT 1 FROM programs WHERE hash = ? AND source IS NOT NULL", "t", hash);
	bool there = r && row_next(r);
	if (r)
		row_end(r);
	return there;
}

static bool record_programs(struct db *db, const struct sweep *s)
{
	for (int i = 0; i < s->program_count; i++) {
		const struct program *p = &s->programs[i];
		if (has_program(db, p->hash))
			continue;
		char *source = *p->source ? file_read(p->source, 1 << 26, NULL) : NULL;
		bool ok = !*p->hash || db_run(db, "INSERT INTO programs(hash, name, source) VALUES(?, ?, ?) ON CONFLICT(hash)"
			" DO UPDATE SET source = excluded.source WHERE programs.source IS NULL", "ttt", p->hash, p->name, source);
		free(source);
		if (!ok)
			return false;
	}
	return true;
}

bool record_launch(struct db *db, const struct sweep *s, struct origin *o)
{
	char host[256] = "", *cpu = cpu_model(), *date = date_text();
	gethostname(host, sizeof host - 1);
	*o = (struct origin){.host = copy(host), .compiler = compiler(s), .flags = compile_flags(s),
		.shared = need(calloc((size_t)s->pipeline_count + 1, sizeof *o->shared))};
	bool ok = db_begin(db);
	o->launch = ok ? db_number(db, "SELECT coalesce(max(launch_id), 0) + 1 FROM launches", 0) : 0;
	ok = ok && db_run(db, "INSERT INTO launches(launch_id, pid, host, cpu, version, sweep, config, config_text, machine, started)"
		" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "iitttttttt", o->launch, (int64_t)getpid(), host, cpu, s->version, s->path, s->config,
		s->config_text, s->machine, date);
	ok = ok && record_programs(db, s) && db_commit(db);
	if (!ok) {
		db_complain(db);
		db_rollback(db);
	}
	free(cpu);
	free(date);
	return ok;
}

bool record_launch_end(struct db *db, int64_t launch, int exit_code)
{
	char *date = date_text();
	bool ok = db_run(db, "UPDATE launches SET finished = ?, exit_code = ? WHERE launch_id = ?", "tii", date, (int64_t)exit_code, launch);
	free(date);
	return ok;
}

void origin_free(struct origin *o)
{
	free(o->host);
	free(o->compiler);
	free(o->flags);
	free(o->shared);
	*o = (struct origin){0};
}

int64_t record_next_id(struct db *db)
{
	return db_number(db, "SELECT max((SELECT coalesce(max(run_id), 0) + 1 FROM runs), (SELECT coalesce(max(run_id), 0) + 1 FROM run_details),"
		" coalesce((SELECT max(CAST(param_value AS INTEGER)) FROM system WHERE param_name = 'next_run_id'), 1))", 0);
}

bool record_set_next_id(struct db *db, int64_t id)
{
	return db_run(db, "DELETE FROM system WHERE param_name = 'next_run_id'", "")
		&& db_run(db, "INSERT INTO system(param_name, param_value) VALUES('next_run_id', ?)", "i", id);
}

bool record_reserve(struct db *db, const struct run *r, const char *pipeline_identity)
{
	return db_run(db, "INSERT INTO run_details(run_id, identity, pipeline_identity, seed, again) VALUES(?, ?, ?, ?, ?)", "ittii", r->id,
		r->identity, pipeline_identity, (int64_t)r->seed, (int64_t)r->again);
}

bool record_replaced_by(struct db *db, int64_t id, int64_t by)
{
	return db_run(db, "UPDATE run_details SET replaced_by = ? WHERE run_id = ?", "ii", by, id);
}

/* The columns that both tables of results have. */
#define RESULT_COLUMNS "run_id, train_loss, test_loss, train_acc, test_acc, nb_params, \"duration(s)\", epochs, overfit, trainability, slope," \
	" slope_std_plus, slope_std_minus"

/* Nearly no run replaces another: one look instead of four changes of nothing. */
static bool replaces_any(struct db *db, int64_t by)
{
	struct rows *r = db_query(db, "SELECT 1 FROM run_details WHERE replaced_by = ? LIMIT 1", "i", by);
	bool any = !r || row_next(r);                          /* trouble: what comes next says so */
	if (r)
		row_end(r);
	return any;
}

bool record_retire(struct db *db, int64_t by)
{
	if (!replaces_any(db, by))
		return true;
#define OLD "(SELECT run_id FROM run_details WHERE replaced_by = ?)"
	return db_run(db, "INSERT OR REPLACE INTO replaced_results(" RESULT_COLUMNS ") SELECT " RESULT_COLUMNS " FROM run_results WHERE run_id IN " OLD, "i", by)
		&& db_run(db, "DELETE FROM run_results WHERE run_id IN " OLD, "i", by)
		&& db_run(db, "UPDATE runs SET status = 'replaced' WHERE run_id IN " OLD, "i", by)
		&& db_run(db, "UPDATE params SET param_value = 'replaced' WHERE param_name = 'status' AND run_id IN " OLD, "i", by);
#undef OLD
}

/* Status of a run in both places; `text` is what mosaic_status shows. */
static bool set_status(struct db *db, int64_t id, const char *status, const char *text)
{
	bool error = !strcmp(status, "error");
	return db_run(db, "UPDATE runs SET status = ?, return_status = ? WHERE run_id = ?", "tti", status, text, id)
		&& params_set(db, id, "status", status) && params_set(db, id, "traceback", error ? text : NULL);
}

bool record_state(struct db *db, int64_t id, const char *status, const char *text)
{
	return set_status(db, id, status, text);
}

bool record_insert(struct db *db, int64_t id, const char *line, const char *modules, const struct pair *pairs, int count, int64_t *shared)
{
	bool ok = params_clear(db, id) && db_run(db, "DELETE FROM runs WHERE run_id = ?", "i", id)
		&& db_run(db, "INSERT INTO runs(run_id, status, pipeline, return_status) VALUES(?, 'running', ?, '')", "it", id, line)
		&& params_add(db, id, 1, "status", "running") && params_add_long(db, id, 2, "pipeline", modules, shared);
	for (int i = 0; ok && i < count; i++)
		ok = params_add(db, id, i + 3, pairs[i].name, pairs[i].value);
	return ok;
}

static bool has_run(struct db *db, int64_t id)
{
	struct rows *r = db_query(db, "SELECT 1 FROM runs WHERE run_id = ?", "i", id);
	bool there = r && row_next(r);
	if (r)
		row_end(r);
	return there;
}

bool record_start(struct db *db, const struct sweep *s, const struct run *r, const struct origin *o)
{
	const struct pipeline *p = &s->pipelines[r->pipeline];
	bool ok;
	if (has_run(db, r->id)) {                          /* its params may have been changed since by the user: only what is new */
		char epochs[16];
		snprintf(epochs, sizeof epochs, "%d", r->epochs);
		ok = set_status(db, r->id, "running", "")
			&& params_set(db, r->id, "epochs", epochs);
	} else {
		char seed[24];
		int count;
		snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
		struct pair *pairs = job_params(s, r, seed, &count);
		ok = record_insert(db, r->id, p->line, p->modules, pairs, count, &o->shared[r->pipeline]);
		free(pairs);
	}
	return ok && db_run(db, "UPDATE run_details SET program_hash = ?, compiler = ?, flags = ?, host = ?, started = ?, finished = NULL,"
		" launch_id = ? WHERE run_id = ?", "tttttii", p->program < 0 ? NULL : s->programs[p->program].hash, o->compiler, o->flags, o->host,
		r->started, o->launch, r->id);
}

bool record_checkpoint(struct db *db, const struct run *r)
{
	return db_run(db, "UPDATE run_details SET checkpoint_epoch = ? WHERE run_id = ?", "ii", (int64_t)r->measure.checkpoint, r->id);
}

bool record_continue(struct db *db, int64_t id, int epochs)
{
	char text[16];
	snprintf(text, sizeof text, "%d", epochs);
	return set_status(db, id, "interrupted", "") && params_set(db, id, "epochs", text);
}

/* A run that died early in its second life has a shorter history than it had: the longer one stays. */
static bool record_history(struct db *db, const struct run *r)
{
	const struct measure *m = &r->measure;
	float *column = need(calloc((size_t)m->epochs + 1, sizeof *column));
	bool ok = true;
	for (int c = 0; ok && c < m->columns.count && m->epochs; c++) {
		for (int e = 0; e < m->epochs; e++)
			column[e] = (float)m->values[(size_t)e * (size_t)m->columns.count + (size_t)c];
		ok = db_run(db, "INSERT INTO history(run_id, name, epochs, data) VALUES(?, ?, ?, ?) ON CONFLICT(run_id, name) DO UPDATE SET"
			" epochs = excluded.epochs, data = excluded.data WHERE excluded.epochs >= history.epochs", "itib", r->id, m->columns.names[c],
			(int64_t)m->epochs, column, (size_t)m->epochs * sizeof *column);
	}
	free(column);
	return ok;
}

static bool record_result(struct db *db, const struct run *r)
{
	struct result x;
	struct text text = {0};
	result_of(&r->measure, &x);
	result_text(&x, r->measure.seconds, &text);
	bool ok = set_status(db, r->id, "done", text.at) && db_run(db, "DELETE FROM run_results WHERE run_id = ?", "i", r->id)
		&& db_run(db, "INSERT INTO run_results(run_id, train_loss, test_loss, train_acc, test_acc, nb_params, \"duration(s)\", epochs,"
			" overfit, trainability, slope, slope_std_plus, slope_std_minus) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "iddddididdddd",
			r->id, x.train_loss, x.test_loss, x.train_acc, x.test_acc, r->measure.nb_params, r->measure.seconds, (int64_t)r->measure.end_epoch,
			x.overfit, x.trainability, x.slope, x.slope_std_plus, x.slope_std_minus);
	text_free(&text);
	const struct measure *m = &r->measure;
	ok = ok && (m->best_epoch ? db_run(db, "UPDATE run_details SET stop_rule = ?, stop_reason = ?, best_epoch = ?, best_column = ? WHERE run_id = ?", "ttiti",
			m->stop_rule, m->stop_reason, (int64_t)m->best_epoch, m->best_column, r->id)
		: db_run(db, "UPDATE run_details SET stop_rule = ?, stop_reason = ?, best_epoch = NULL, best_column = NULL WHERE run_id = ?", "tti",
			m->stop_rule, m->stop_reason, r->id));
	return ok && db_run(db, "DELETE FROM replaced_results WHERE run_id = ?", "i", r->id) && record_retire(db, r->id);
}

/* What rests has no results, so that nobody takes it for finished: to whoever looks it is in the launcher's hands. */
bool record_end(struct db *db, const struct run *r)
{
	const char *status = r->state == RUN_FAILED ? "error" : r->state == RUN_RESTING ? "running" : "interrupted";
	bool ok = r->state == RUN_DONE ? record_result(db, r) : set_status(db, r->id, status, r->error ? r->error : "");
	return ok && record_history(db, r)
		&& db_run(db, "UPDATE run_details SET data_hash = coalesce(?, data_hash), finished = ?, checkpoint_epoch = ? WHERE run_id = ?",
			"ttii", r->measure.data_hash, r->finished, (int64_t)r->measure.checkpoint, r->id);
}

bool record_heal(struct db *db, int64_t id)
{
	struct result x = {0};
	double seconds = 0;
	struct text text = {0};
	if (!db_run(db, "INSERT INTO run_results(" RESULT_COLUMNS ") SELECT " RESULT_COLUMNS " FROM replaced_results WHERE run_id = ?1"
		" AND NOT EXISTS (SELECT 1 FROM run_results WHERE run_id = ?1)", "i", id)
		|| !db_run(db, "DELETE FROM replaced_results WHERE run_id = ?", "i", id)
		|| !db_run(db, "UPDATE run_details SET replaced_by = NULL WHERE run_id = ?", "i", id))
		return false;
	struct rows *r = db_query(db, "SELECT train_loss, test_loss, \"duration(s)\" FROM run_results WHERE run_id = ?", "i", id);
	if (!r)
		return false;
	if (row_next(r)) {
		x.train_loss = row_real(r, 0);
		x.test_loss = row_real(r, 1);
		seconds = row_real(r, 2);
	}
	row_end(r);
	result_text(&x, seconds, &text);
	bool ok = set_status(db, id, "done", text.at);
	text_free(&text);
	return ok;
}
