/* cmd_verify.c: `mosaic verify`: does a run come out again, bit for bit? The configuration that the database keeps is generated and
** built anew in a temporary folder, the runs are trained there from their beginning, and every epoch is compared with the stored
** history. Neither the database, nor the generated folder, nor the files of the runs are touched. verify_compare.c compares, verify_guard.c
** cleans up. */
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verifying {
	const struct args *args;
	struct launch_options options;
	char *database, *folder;                               /* folder: temporary */
	struct subject *at; int count;
};

/* ---- the runs ---- */

static void cannot(struct subject *s, char *why)
{
	s->verdict = VERDICT_IMPOSSIBLE;
	free(s->why);
	s->why = why;
}

static bool read_subject(struct db *db, int64_t id, struct subject *s)
{
	*s = (struct subject){.id = id, .pipeline = -1};
	struct rows *r = db_query(db, "SELECT coalesce(d.identity, ''), coalesce(d.pipeline_identity, ''), d.seed, coalesce(r.status, ''), coalesce(r.pipeline, ''),"
		" (SELECT max(epochs) FROM history h WHERE h.run_id = d.run_id), coalesce(l.config, ''), coalesce(l.config_text, '')"
		" FROM run_details d LEFT JOIN runs r ON r.run_id = d.run_id LEFT JOIN launches l ON l.launch_id = d.launch_id WHERE d.run_id = ?", "i", id);
	bool there = r && row_next(r);
	if (there) {
		snprintf(s->identity, sizeof s->identity, "%s", row_text(r, 0));
		snprintf(s->pipeline_identity, sizeof s->pipeline_identity, "%s", row_text(r, 1));
		s->seed = (uint64_t)row_int(r, 2);
		s->epochs = row_int(r, 5) <= EPOCHS_MAX ? (int)row_int(r, 5) : 0;
		s->line = copy(row_text(r, 4));
		s->config = copy(row_text(r, 6));
		s->config_text = copy(row_text(r, 7));
		if (!strcmp(row_text(r, 3), "error"))
			cannot(s, copy("it ended with an error: there is nothing to compare"));
		else if (s->epochs < 1)
			cannot(s, copy("it has no history yet"));
		else if (!*s->config_text)
			cannot(s, copy("the database does not have its configuration: it was imported"));
	} else
		cannot(s, copy("it was not trained by this program"));
	if (r)
		row_end(r);
	return r && db_trouble(db) == DB_OK;
}

static bool read_subjects(struct verifying *v, const struct selection *chosen)
{
	struct db *db = db_open(v->database, DB_READ);
	v->at = need(calloc((size_t)chosen->count + 1, sizeof *v->at));
	bool ok = db;
	if (ok && db_number(db, "PRAGMA user_version", 0) == 0) {
		complain("%s: a database of the original: nothing in it can be trained again to the same bits", v->database);
		ok = false;
	}
	for (; ok && v->count < chosen->count; v->count++)
		if (!(ok = read_subject(db, chosen->ids[v->count], &v->at[v->count])))
			db_complain(db);
	db_close(db);
	return ok;
}

/* ---- one configuration: generate, build, train ---- */

struct batch { struct verifying *v; const char *config, *config_text; char *folder, *sweep, *build, *database, *files; };

static bool belongs(const struct batch *b, const struct subject *s)
{
	return s->verdict == VERDICT_OPEN && !strcmp(s->config, b->config) && !strcmp(s->config_text, b->config_text);
}

static void batch_fails(const struct batch *b, const char *why)
{
	for (int i = 0; i < b->v->count; i++)
		if (belongs(b, &b->v->at[i]))
			cannot(&b->v->at[i], copy(why));
}

static void show_line(void *context, const char *line)
{
	(void)context;
	if (strcmp(line, "ninja: no work to do."))
		fprintf(stderr, "%s\n", line);
}

static bool generate(const struct batch *b)
{
	const char *name = strrchr(b->config, '/') ? strrchr(b->config, '/') + 1 : b->config;
	char *config = format("%s/%s", b->folder, *name ? name : "config.ini");
	const char *argv[] = {"mosaicc", "--no-build", "--no-root", "--quiet", "-o", b->folder, "--", config, NULL};
	bool ok = file_write(config, b->config_text, strlen(b->config_text)) == 0;
	if (!ok)
		complain("%s: %s", config, strerror(errno));
	ok = ok && run_program(argv, show_line, NULL) == 0;
	free(config);
	return ok;
}

static void find_pipelines(const struct batch *b, const struct sweep *s)
{
	struct names known = sweep_identities(s);
	for (int i = 0; i < b->v->count; i++) {
		struct subject *one = &b->v->at[i];
		if (!belongs(b, one))
			continue;
		one->pipeline = names_find(&known, one->pipeline_identity);
		if (one->pipeline < 0 || s->pipelines[one->pipeline].program < 0)
			cannot(one, copy("its configuration gives another pipeline today: a module, a data file or mosaicc's kernels have changed since"));
	}
	names_free(&known);
}

static bool build(const struct batch *b, const struct sweep *s)
{
	const char **argv = need(calloc((size_t)s->program_count + 8, sizeof *argv));
	bool *wanted = need(calloc((size_t)s->program_count + 1, sizeof *wanted));
	int n = 0;
	argv[n++] = "ninja";
	argv[n++] = "-f";
	argv[n++] = b->build;
	argv[n++] = "--quiet";
	argv[n++] = "-k";
	argv[n++] = "0";
	for (int i = 0; i < b->v->count; i++)
		if (belongs(b, &b->v->at[i]))
			wanted[s->pipelines[b->v->at[i].pipeline].program] = true;
	for (int i = 0; i < s->program_count; i++)
		if (wanted[i])
			argv[n++] = s->programs[i].trainer;
	bool ok = n == 6 || run_program(argv, show_line, NULL) >= 0;
	free(wanted);
	free(argv);
	return ok;
}

/* launch.c asks which runs: the subjects of this configuration, under their numbers, from the beginning. */
static bool choose(struct db *db, const struct sweep *s, void *context, struct plan *out)
{
	const struct batch *b = context;
	bool ok = db_begin(db);
	for (int i = 0; ok && i < b->v->count; i++) {
		const struct subject *one = &b->v->at[i];
		if (!belongs(b, one))
			continue;
		struct run r = {.id = one->id, .pipeline = one->pipeline, .epochs = one->epochs, .seed = one->seed};
		memcpy(r.identity, one->identity, sizeof r.identity);
		out->runs = grow(out->runs, &out->cap, out->count, sizeof *out->runs);
		out->runs[out->count++] = r;
		ok = record_reserve(db, &r, s->pipelines[r.pipeline].identity);
	}
	ok = ok && db_commit(db);
	if (!ok)
		db_complain(db);
	return ok;
}

/* Our standard output is the verdicts' alone: what the launcher says is progress. */
static enum exit_code train(struct batch *b)
{
	struct launch_options o = b->v->options;
	struct db *db = db_open(b->database, DB_CREATE);
	db_close(db);
	if (!db)
		return EXIT_USAGE;
	o.database = b->database;
	o.choose = choose;
	o.context = b;
	o.run_files = b->files;
	o.scratch = true;
	fflush(stdout);
	int kept = dup(STDOUT_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	enum exit_code code = launch_sweep(b->sweep, &o);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	return code;
}

static enum exit_code verify_batch(struct batch *b)
{
	struct sweep s = {0};
	enum exit_code code = EXIT_DONE;
	if (make_dirs(b->folder) < 0) {
		complain("%s: %s", b->folder, strerror(errno));
		return EXIT_USAGE;
	}
	if (!generate(b) || !sweep_read(b->sweep, &s)) {
		batch_fails(b, "its configuration cannot be generated any more (see above)");
		return EXIT_DONE;
	}
	find_pipelines(b, &s);
	bool any = false;
	for (int i = 0; i < b->v->count; i++)
		any = any || belongs(b, &b->v->at[i]);
	if (any && !build(b, &s))
		batch_fails(b, "its program could not be built (see above)");
	else if (any)
		code = train(b);
	if (any && (code == EXIT_DONE || code == EXIT_RUNS_FAILED)) {
		for (int i = 0; i < b->v->count; i++)
			if (belongs(b, &b->v->at[i]))
				b->v->at[i].trained = true;
		code = verify_compare(b->v->database, b->database, b->v->at, b->v->count) ? EXIT_DONE : EXIT_USAGE;
	}
	sweep_free(&s);
	return code;
}

static enum exit_code verify_all(struct verifying *v)
{
	enum exit_code code = EXIT_DONE;
	for (int i = 0, n = 0; code == EXIT_DONE && i < v->count; i++) {
		if (v->at[i].verdict != VERDICT_OPEN)
			continue;
		struct batch b = {.v = v, .config = v->at[i].config, .config_text = v->at[i].config_text, .folder = format("%s/%d", v->folder, ++n)};
		b.sweep = format("%s/sweep.json", b.folder);
		b.build = format("%s/build.ninja", b.folder);
		b.database = format("%s/verify.db", b.folder);
		b.files = format("%s/run_files", b.folder);
		code = verify_batch(&b);
		free(b.files);
		free(b.database);
		free(b.build);
		free(b.sweep);
		free(b.folder);
	}
	return code;
}

/* ---- the command ---- */

static char *temporary_folder(void)
{
	const char *parent = getenv("TMPDIR");
	char *folder = format("%s/mosaic-verify-XXXXXX", parent && *parent ? parent : "/tmp");
	if (mkdtemp(folder))
		return folder;
	complain("%s: %s", folder, strerror(errno));
	hint("TMPDIR names a folder that can be written");
	free(folder);
	return NULL;
}

static enum exit_code exit_of(const struct verifying *v)
{
	enum exit_code code = EXIT_DONE;
	for (int i = 0; i < v->count; i++)
		if (v->at[i].verdict == VERDICT_DIFFERS)
			return EXIT_RUNS_FAILED;
		else if (v->at[i].verdict != VERDICT_SAME)
			code = EXIT_USAGE;
	return code;
}

static enum exit_code verify_and_print(void *context)
{
	struct verifying *v = context;
	enum exit_code code = verify_all(v);
	if (code == EXIT_DONE) {
		verify_print(v->at, v->count, option(v->args, "json"));
		code = exit_of(v);
	}
	return code;
}

static enum exit_code verify(struct verifying *v, const struct selection *chosen)
{
	if (!read_subjects(v, chosen) || !(v->folder = temporary_folder()))
		return EXIT_USAGE;
	bool keep = option(v->args, "keep");
	enum exit_code code = verify_guarded(verify_and_print, v, v->folder, keep);
	if (keep)
		fprintf(stderr, "mosaic: what was made is in %s\n", v->folder);
	return code;
}

enum exit_code cmd_verify(const struct args *args)
{
	struct verifying v = {.args = args};
	struct selection chosen = {0};
	int i = 0;
	if (!launch_options(args, &v.options))
		return EXIT_USAGE;
	if (args->count && !is_run_list(args->at[0]))
		v.database = copy(args->at[i++]);
	else
		v.database = last_database();
	bool ok = v.database;
	for (int k = i; ok && k < args->count; k++)
		if (!is_run_list(args->at[k])) {
			complain("'%.80s' is no list of runs", args->at[k]);
			hint("mosaic verify [DATABASE] 1-3,7");
			ok = false;
		}
	enum exit_code code = ok && select_words(v.database, args, args->at + i, args->count - i, &chosen) ? verify(&v, &chosen) : EXIT_USAGE;
	for (int k = 0; k < v.count; k++)
		subject_free(&v.at[k]);
	free(v.at);
	free(v.folder);
	free(v.database);
	select_free(&chosen);
	return code;
}
