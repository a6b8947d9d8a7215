/* cmd_show.c: `mosaic show` and `mosaic note`: all that a database knows of one run, and a remark to keep with it. */
#include "search.h"
#include "shown.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_BYTES = 1 << 16 };

/* ---- for people ---- */

static void add_pairs(struct text *out, const char *title, json_t *object)
{
	static const char *const apart[] = {"status", "pipeline", "traceback", "note"};   /* shown elsewhere */
	const char *name;
	json_t *v;
	bool first = true;
	json_object_foreach(object, name, v) {
		bool skip = false;
		for (size_t i = 0; i < sizeof apart / sizeof apart[0]; i++)
			skip = skip || !strcmp(apart[i], name);
		if (skip || json_is_null(v))
			continue;
		if (first)
			text_printf(out, "%s\n", title);
		first = false;
		if (json_is_string(v))
			text_printf(out, "\t%-24s %s\n", name, json_string_value(v));
		else if (json_is_integer(v))
			text_printf(out, "\t%-24s %lld\n", name, (long long)json_integer_value(v));
		else
			text_printf(out, "\t%-24s %.6g\n", name, json_number_value(v));
	}
}

static void add_block(struct text *out, const char *title, const char *s)
{
	if (!s || !*s)
		return;
	text_printf(out, "%s\n", title);
	while (*s) {
		size_t n = strcspn(s, "\n");
		text_printf(out, "\t%.*s\n", (int)n, s);
		s += n + (s[n] == '\n');
	}
}

/* The last `lines` lines. */
static void add_log(const struct shown *s, int64_t lines, struct text *out)
{
	const char *folder = shown_param(s, "run_files_path");
	char *path = format("%s/output_%lld.log", folder ? folder : "run_files", (long long)s->id), *text = file_tail(path, LOG_BYTES);
	char *title = format("Log (%s)", path);
	if (text && lines) {
		char *from = text + strlen(text);
		if (from > text && from[-1] == '\n')
			from--;
		while (from > text && !(from[-1] == '\n' && --lines == 0))
			from--;
		add_block(out, title, from);
	}
	free(title);
	free(text);
	free(path);
}

static void add_decisions(struct text *out, json_t *decisions)
{
	json_t *one;
	size_t i;
	json_array_foreach(decisions, i, one)
		text_printf(out, "%s\t%s, step %lld: %s: %s\n", i ? "" : "Decisions\n", json_string_value(json_object_get(one, "search")),
			(long long)json_integer_value(json_object_get(one, "step")), json_string_value(json_object_get(one, "outcome")),
			json_string_value(json_object_get(one, "reason")));
}

/* How it ended, when not by its epochs, and what is kept of it besides. */
static void add_early(struct text *out, const struct shown *s)
{
	const struct run_curve *curve = s->best_column ? shown_curve(s, s->best_column) : NULL;
	json_t *epochs = json_object_get(s->results, "epochs");
	if (s->stop_reason)
		text_printf(out, "Stopped early\n\tafter epoch %lld: %s\n", (long long)json_integer_value(epochs), s->stop_reason);
	if (s->best_epoch && s->best_column)
		text_printf(out, "Best epoch\n\t%lld, by %s", (long long)s->best_epoch, s->best_column);
	if (s->best_epoch && s->best_column && curve && s->best_epoch <= curve->epochs)
		text_printf(out, ": %.6g", (double)curve->values[s->best_epoch - 1]);
	if (s->best_epoch && s->best_column)
		text_add(out, "; its parameters are kept, predict uses them\n");
}

static void show_text(const struct shown *s, int64_t lines)
{
	struct text all = {0}, visible = {0};
	text_printf(&all, "[%lld] %s\n%s\n", (long long)s->id, s->status, s->line);
	if (s->tags)
		text_printf(&all, "Tags\n\t%s\n", s->tags);
	if (s->replaced_by)
		text_printf(&all, "Replaced by run %lld: program, data or settings were changed\n", (long long)s->replaced_by);
	add_early(&all, s);
	add_block(&all, "Note", shown_param(s, "note"));
	add_block(&all, "Error", shown_param(s, "traceback"));
	json_t *decisions = search_decisions(s->db, s->id, s->version);
	add_decisions(&all, decisions);
	json_decref(decisions);
	add_pairs(&all, "Results", s->results);
	add_pairs(&all, "Parameters", s->params);
	add_pairs(&all, "Origin", s->details);
	const struct run_curve *train = shown_curve(s, "train_loss"), *test = shown_curve(s, "test_loss");
	if (train || test) {
		text_add(&all, "Curves\n");
		chart_add(&all, train, test);
	}
	add_log(s, lines, &all);
	add_visible(&visible, all.at);
	fputs(visible.at, stdout);
	text_free(&all);
	text_free(&visible);
}

/* ---- for programs ---- */

static void show_json(const struct shown *s)
{
	json_t *history = json_object(), *modules = shown_param(s, "pipeline") ? json_loads(shown_param(s, "pipeline"), 0, NULL) : NULL;
	for (int i = 0; i < s->curve_count; i++) {
		json_t *values = json_array(), *name = json_text(s->curves[i].name);
		for (int e = 0; e < s->curves[i].epochs; e++)
			json_array_append_new(values, json_measure((double)s->curves[i].values[e]));
		json_object_set_new(history, json_string_value(name), values);
		json_decref(name);
	}
	json_t *all = json_pack("{sI ss so so so sO sO sO so so}", "run_id", (json_int_t)s->id, "status", s->status, "pipeline", json_text(s->line), "tags",
		json_words(s->tags), "modules", modules ? modules : json_null(), "params", s->params, "results", s->results, "origin", s->details, "decisions",
		search_decisions(s->db, s->id, s->version), "history", history);
	if (s->stop_reason)
		json_object_set_new(all, "stopped_early", json_text(s->stop_reason));
	if (s->best_epoch && s->best_column)
		json_object_set_new(all, "best", json_pack("{sI so}", "epoch", (json_int_t)s->best_epoch, "column", json_text(s->best_column)));
	if (s->replaced_by)
		json_object_set_new(all, "replaced_by", json_integer(s->replaced_by));
	char *text = need(json_dumps(all, JSON_INDENT(1) | JSON_REAL_PRECISION(12)));
	puts(text);
	free(text);
	json_decref(all);
}

static bool show_kept(const struct shown *s, const char *query, const char *what)
{
	char *text = shown_kept(s, query);
	if (text)
		fputs(text, stdout);
	else
		complain("%s has no %s of run %lld", db_path(s->db), what, (long long)s->id);
	bool there = text;
	free(text);
	return there;
}

static bool show(const struct args *args, const struct shown *s, int64_t lines)
{
	if (option(args, "config"))
		return show_kept(s, SHOWN_CONFIG, "configuration");
	if (option(args, "program"))
		return show_kept(s, SHOWN_PROGRAM, "program");
	if (option(args, "json"))
		show_json(s);
	else
		show_text(s, lines);
	return true;
}

/* [DATABASE] RUN_ID, of which `left` arguments come after. NULL after a message. */
static struct db *open_for(const struct args *args, int left, enum db_mode mode, int64_t *id)
{
	const char *text = args->at[args->count - 1 - left];
	if (!parse_int(text, 1, INT64_MAX, id)) {
		complain("'%.80s' is no run id", text);
		hint("usage: mosaic %s; `mosaic status` shows the runs", left ? "note [DATABASE] RUN_ID TEXT" : "show [DATABASE] RUN_ID");
		return NULL;
	}
	char *database = args->count > 1 + left ? copy(args->at[0]) : last_database();
	struct db *db = database ? db_open(database, mode) : NULL;
	free(database);
	return db;
}

enum exit_code cmd_show(const struct args *args)
{
	struct shown s = {0};
	int64_t id, lines = 10;
	struct db *db = option_int(args, "lines", 0, 100000, &lines) ? open_for(args, 0, DB_READ, &id) : NULL;
	bool ok = db && shown_read(db, id, &s) && show(args, &s, lines);
	shown_free(&s);
	db_close(db);
	return ok ? EXIT_DONE : EXIT_USAGE;
}

/* ---- mosaic note ---- */

static bool write_note(struct db *db, int64_t id, const char *text, bool add)
{
	struct rows *r = db_query(db, "SELECT (SELECT param_value FROM params p WHERE p.run_id = r.run_id AND p.param_name = 'note') FROM runs r WHERE r.run_id = ?",
		"i", id);
	bool there = r && row_next(r);
	char *old = there ? copy(row_text(r, 0)) : NULL;
	if (r)
		row_end(r);
	if (!there && r && db_trouble(db) == DB_OK)
		return shown_no_run(db_path(db), id);
	char *note = add && old && *old && *text ? format("%s\n%s", old, text) : copy(add && !*text ? old : text);
	bool ok = there && db_run(db, "DELETE FROM params WHERE run_id = ? AND param_name = 'note'", "i", id)
		&& (!*note || db_run(db, "INSERT INTO params(run_id, param_name, param_value) VALUES(?, 'note', ?)", "it", id, note)) && db_commit(db);
	if (!ok)
		db_complain(db);
	free(note);
	free(old);
	return ok;
}

enum exit_code cmd_note(const struct args *args)
{
	int64_t id;
	struct db *db = open_for(args, 1, DB_WRITE, &id);
	bool ok = db && db_begin(db);
	if (db && !ok)
		db_complain(db);
	if (ok && !(ok = write_note(db, id, args->at[args->count - 1], option(args, "add"))))
		db_rollback(db);
	db_close(db);
	return ok ? EXIT_DONE : EXIT_USAGE;
}
