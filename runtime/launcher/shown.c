/* shown.c: reads all that a database knows of one run, for the commands that show or compare single runs. */
#include "shown.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char *const shown_measures[SHOWN_MEASURES] = {"train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit",
	"trainability", "slope"};

static json_t *read_params(struct db *db, int64_t id)
{
	json_t *out = json_object();
	struct rows *r = db_query(db, "SELECT coalesce(param_name, ''), param_value FROM params WHERE run_id = ? AND param_name IS NOT 'tag'", "i", id);
	while (r && row_next(r)) {
		json_t *name = json_text(row_text(r, 0));
		json_object_set_new(out, json_string_value(name), json_text(row_text(r, 1)));
		json_decref(name);
	}
	if (r)
		row_end(r);
	return out;
}

static json_t *read_results(struct db *db, int64_t id, bool replaced)
{
#define RESULTS_OF(table) "SELECT train_loss, test_loss, train_acc, test_acc, nb_params, \"duration(s)\", epochs, overfit, trainability, slope" \
	" FROM " table " WHERE run_id = ?"
	json_t *out = json_object();
	struct rows *r = replaced ? db_query(db, RESULTS_OF("replaced_results"), "i", id) : db_query(db, RESULTS_OF("run_results"), "i", id);
	if (r && row_next(r))
		for (int i = 0; i < SHOWN_MEASURES; i++)
			json_object_set_new(out, shown_measures[i], row_is_int(r, i) ? json_integer(row_int(r, i)) : json_measure(row_real(r, i)));
	if (r)
		row_end(r);
	return out;
}

static json_t *read_details(struct db *db, int64_t id)
{
	static const char *const names[] = {"program", "program_hash", "seed", "identity", "data_hash", "host", "cpu", "compiler", "flags", "started", "finished",
		"checkpoint_epoch", "config"};
	json_t *out = json_object();
	struct rows *r = db_query(db, "SELECT p.name, d.program_hash, d.seed, d.identity, d.data_hash, d.host, l.cpu, d.compiler, d.flags, d.started, d.finished,"
		" d.checkpoint_epoch, l.config FROM run_details d LEFT JOIN programs p ON p.hash = d.program_hash"
		" LEFT JOIN launches l ON l.launch_id = d.launch_id WHERE d.run_id = ?", "i", id);
	if (r && row_next(r))
		for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
			if (*row_text(r, i))
				json_object_set_new(out, names[i], row_is_int(r, i) ? json_integer(row_int(r, i)) : json_text(row_text(r, i)));
	if (r)
		row_end(r);
	return out;
}

static void read_early(struct shown *s)
{
	struct rows *r = has_early(s->db) ? db_query(s->db, "SELECT stop_reason, best_epoch, best_column FROM run_details WHERE run_id = ?", "i", s->id) : NULL;
	if (r && row_next(r)) {
		s->stop_reason = *row_text(r, 0) ? copy(row_text(r, 0)) : NULL;
		s->best_epoch = row_int(r, 1);
		s->best_column = *row_text(r, 2) ? copy(row_text(r, 2)) : NULL;
	}
	if (r)
		row_end(r);
}

bool shown_no_run(const char *database, int64_t id)
{
	complain("%s has no run %lld", database, (long long)id);
	hint("`mosaic status %s` shows the runs", database);
	return false;
}

bool shown_read(struct db *db, int64_t id, struct shown *s)
{
	*s = (struct shown){.db = db, .id = id};
	struct rows *r = db_query(db, "SELECT coalesce(status, ''), coalesce(pipeline, '') FROM runs WHERE run_id = ?", "i", id);
	if (r && row_next(r)) {
		s->status = copy(row_text(r, 0));
		s->line = copy(row_text(r, 1));
	}
	if (r)
		row_end(r);
	if (!r || (!s->status && db_trouble(db) != DB_OK)) {
		db_complain(db);
		return false;
	}
	if (!s->status)
		return shown_no_run(db_path(db), id);
	if (!strcmp(s->status, "running") && !lock_held(db_path(db), NULL)) {
		free(s->status);
		s->status = copy("interrupted");
	}
	s->version = db_number(db, "PRAGMA user_version", 0);
	s->tags = run_tags(db, id);
	s->params = read_params(db, id);
	s->results = read_results(db, id, s->version > 1 && !strcmp(s->status, "replaced"));
	struct rows *by = s->version > 1 && !strcmp(s->status, "replaced") ? db_query(db, "SELECT replaced_by FROM run_details WHERE run_id = ?", "i", id) : NULL;
	if (by && row_next(by))
		s->replaced_by = row_int(by, 0);
	if (by)
		row_end(by);
	read_early(s);
	s->details = s->version ? read_details(db, id) : json_object();
	s->curves = need(calloc(COLUMNS_MAX, sizeof *s->curves));
	int n = s->version ? curves_read(db, id, s->curves, COLUMNS_MAX) : 0;
	s->curve_count = n > 0 ? n : 0;
	return true;
}

void shown_free(struct shown *s)
{
	free(s->status);
	free(s->line);
	free(s->tags);
	free(s->stop_reason);
	free(s->best_column);
	json_decref(s->params);
	json_decref(s->results);
	json_decref(s->details);
	if (s->curves)
		curves_free(s->curves, s->curve_count);
}

const char *shown_param(const struct shown *s, const char *name)
{
	return json_string_value(json_object_get(s->params, name));
}

const struct run_curve *shown_curve(const struct shown *s, const char *name)
{
	for (int i = 0; i < s->curve_count; i++)
		if (!strcmp(s->curves[i].name, name) && s->curves[i].epochs)
			return &s->curves[i];
	return NULL;
}

char *shown_kept(const struct shown *s, const char *query)
{
	struct rows *r = s->version ? db_query(s->db, query, "i", s->id) : NULL;
	char *text = r && row_next(r) && *row_text(r, 0) ? copy(row_text(r, 0)) : NULL;
	if (r)
		row_end(r);
	return text;
}
