/* import.c: `mosaic import`: results of trainers that ran where no launcher was. A spool file is what a trainer reported on
** a job of `mosaic job`: comment lines (# mosaic-run {...}) say what each run was, report lines what became of it.
** One file is one transaction. Nothing in it is trusted. */
#include "launcher.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SPOOL_MAX = 1 << 30 };
static const char prefix[] = "# mosaic-run ";

struct spooled { struct run run; json_t *about; struct pair *params; int param_count; };
struct spool {
	const char *path;
	struct spooled *at; int count, cap;
	struct columns columns;
	int garbage, unknown;                                  /* lines; lines of runs that no comment describes */
	int imported, present, open;
	int64_t shared;                                        /* where the database keeps the pipeline of the last run */
};

static const char *about(const struct spooled *s, const char *name)
{
	const char *v = json_string_value(json_object_get(s->about, name));
	return v ? v : "";
}

static bool read_params(struct spooled *s)
{
	json_t *list = json_object_get(s->about, "params"), *one;
	size_t i;
	s->params = need(calloc(json_array_size(list) + 1, sizeof *s->params));
	json_array_foreach(list, i, one) {
		const char *name = json_string_value(json_array_get(one, 0)), *value = json_string_value(json_array_get(one, 1));
		if (!name || !value)
			return false;
		s->params[s->param_count++] = (struct pair){name, value};
	}
	return json_is_array(list);
}

/* The identity is computed again: a comment that was edited does not get another run's place. */
static bool read_about(struct spooled *s, const char *text)
{
	s->about = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *pipeline = about(s, "pipeline_identity"), *seed = about(s, "seed");
	json_t *id = json_object_get(s->about, "run");
	int64_t n;
	if (strlen(pipeline) != 32 || !parse_int(seed, 0, INT64_MAX, &n) || !json_is_integer(id) || !*about(s, "line") || !*about(s, "modules"))
		return false;
	s->run.id = json_integer_value(id);
	s->run.seed = (uint64_t)n;
	run_identity(pipeline, s->run.seed, s->run.identity);
	return !strcmp(s->run.identity, about(s, "identity")) && read_params(s);
}

static void free_spooled(struct spooled *s)
{
	measure_free(&s->run.measure);
	free(s->run.error);
	free(s->params);
	json_decref(s->about);
}

/* Spool files may be put one after the other: the last run of that number is meant. */
static struct spooled *find(struct spool *f, int64_t id)
{
	for (int i = f->count - 1; i >= 0; i--)
		if (f->at[i].run.id == id)
			return &f->at[i];
	return NULL;
}

static void end_spooled(struct spool *f, struct spooled *s)
{
	struct measure *m = &s->run.measure;
	if (m->end == END_DONE && m->epochs != m->end_epoch) {
		f->garbage++;                                      /* the curve has holes: not a result */
		m->end = END_NONE;
		return;
	}
	s->run.state = m->end == END_DONE ? RUN_DONE : m->end == END_FAILED ? RUN_FAILED : RUN_WAITING;
	if (m->end == END_FAILED)
		s->run.error = format("%s\nepoch %d of %s", m->message, m->end_epoch, about(s, "line"));
}

static void read_line(struct spool *f, char *line)
{
	struct report r;
	struct spooled new = {0};
	if (!strncmp(line, prefix, sizeof prefix - 1)) {
		if (!read_about(&new, line + sizeof prefix - 1)) {
			free_spooled(&new);
			f->garbage++;
			return;
		}
		f->at = grow(f->at, &f->cap, f->count, sizeof *f->at);
		f->at[f->count++] = new;
		return;
	}
	report_parse(line, &r);
	if (!*line || r.kind == REPORT_COMMENT)
		return;
	if (r.kind == REPORT_COLUMNS) {
		report_columns(&r, &f->columns);
		return;
	}
	struct spooled *s = r.kind == REPORT_GARBAGE ? NULL : find(f, r.id);
	if (r.kind != REPORT_GARBAGE && !s)
		f->unknown++;
	else if (!s || !report_apply(&r, &f->columns, &s->run.measure))
		f->garbage++;
	else if (r.kind == REPORT_END)
		end_spooled(f, s);
}

/* 1: known with as many epochs or not to be touched; 0: to be written under *id (0: a new one); -1: trouble. */
static int present(struct db *db, const struct spooled *s, int64_t *id, bool *begun)
{
	struct rows *r = db_query(db, "SELECT d.run_id, r.run_id IS NOT NULL, coalesce(x.epochs, -1) FROM run_details d"
		" LEFT JOIN runs r ON r.run_id = d.run_id LEFT JOIN run_results x ON x.run_id = d.run_id WHERE d.identity = ?", "t", s->run.identity);
	if (!r)
		return -1;
	int64_t epochs = -1;
	*id = 0;
	*begun = false;
	if (row_next(r)) {
		*id = row_int(r, 0);
		*begun = row_int(r, 1);
		epochs = row_int(r, 2);
	}
	row_end(r);
	if (db_trouble(db) != DB_OK)
		return -1;
	return s->run.state == RUN_DONE ? epochs >= s->run.measure.end_epoch : *begun;
}

static bool write_run(struct db *db, struct spool *f, struct spooled *s)
{
	struct run r = s->run;
	bool begun;
	int what = present(db, s, &r.id, &begun);
	if (what)
		f->present++;
	if (what)
		return what > 0;
	bool ok = true;
	if (!r.id) {
		r.id = record_next_id(db);
		ok = r.id > 0 && record_reserve(db, &r, about(s, "pipeline_identity")) && record_set_next_id(db, r.id + 1);
	}
	r.finished = date_text();
	ok = ok && (begun || record_insert(db, r.id, about(s, "line"), about(s, "modules"), s->params, s->param_count, &f->shared)) && record_end(db, &r)
		&& db_run(db, "UPDATE run_details SET program_hash = ? WHERE run_id = ?", "ti", about(s, "program_hash"), r.id);
	free(r.finished);
	f->imported++;
	return ok;
}

static bool write_spool(struct db *db, struct spool *f)
{
	bool ok = db_begin(db);
	for (int i = 0; ok && i < f->count; i++)
		if (f->at[i].run.state == RUN_WAITING)
			f->open++;
		else
			ok = write_run(db, f, &f->at[i]);
	if (ok && db_commit(db))
		return true;
	db_complain(db);
	db_rollback(db);
	return false;
}

static bool import_file(struct db *db, const char *path)
{
	struct spool f = {.path = path};
	size_t size = 0;
	char *text = file_read(path, SPOOL_MAX, &size), *next = text, *line;
	if (!text) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	for (char *nul = text; (nul = memchr(nul, '\0', size - (size_t)(nul - text)));)
		*nul = '?';                                        /* a line with one is garbage, the lines after it are not */
	while (next && (line = strsep(&next, "\n")))
		read_line(&f, line);
	bool ok = write_spool(db, &f);
	if (ok)
		printf("%s: %d imported, %d already there, %d without a result\n", path, f.imported, f.present, f.open);
	if (f.unknown || (!f.count && ok)) {
		complain("%s: %s", path, f.count ? "reports of runs that it does not describe" : "it describes no run");
		hint("make the job with `mosaic job`: its lines `# mosaic-run` tell what a run is, and the trainer copies them");
		ok = false;
	}
	if (f.garbage)
		fprintf(stderr, "mosaic: warning: %s: %d lines that are no reports were ignored\n", path, f.garbage);
	for (int i = 0; i < f.count; i++)
		free_spooled(&f.at[i]);
	free(f.at);
	columns_free(&f.columns);
	free(text);
	return ok;
}

enum exit_code cmd_import(const struct args *args)
{
	struct db *db = db_open(args->at[0], DB_CREATE);
	bool ok = true;
	if (!db)
		return EXIT_USAGE;
	for (int i = 1; i < args->count; i++)
		ok = import_file(db, args->at[i]) && ok;
	db_close(db);
	return ok ? EXIT_DONE : EXIT_RUNS_FAILED;
}
