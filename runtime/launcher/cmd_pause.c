/* cmd_pause.c: `mosaic pause` and `mosaic resume`. Pause asks the launcher to start nothing more (or, --now, to stop), waits until it has
** left, and writes what it has left to a file in the original's form. Resume trains what stands in such a file: the runs keep the
** numbers and seeds that the database has for them, so the bits are those of a sweep that was never paused. */
#include "launcher.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *last_sweep(struct db *db)
{
	struct rows *r = db_query(db, "SELECT sweep FROM launches ORDER BY launch_id DESC LIMIT 1", "");
	char *path = r && row_next(r) ? copy(row_text(r, 0)) : NULL;
	if (r)
		row_end(r);
	if (path && *path)
		return path;
	free(path);
	complain("%s: no launcher has trained anything into it", db_path(db));
	hint("`mosaic run CONFIG.ini %s` does", db_path(db));
	return NULL;
}

struct left { int64_t id; char identity[33]; };
struct lefts { struct left *at; int count, cap; };

/* The runs that were planned and have neither a result nor an error, in order. */
static bool read_left(struct db *db, struct lefts *out)
{
	struct rows *r = db_query(db, "SELECT d.run_id, d.pipeline_identity FROM run_details d LEFT JOIN runs r ON r.run_id = d.run_id"
		" WHERE length(d.pipeline_identity) = 32 AND (r.run_id IS NULL OR r.status IN ('running', 'interrupted')) ORDER BY d.run_id", "");
	*out = (struct lefts){0};
	while (r && row_next(r)) {
		out->at = grow(out->at, &out->cap, out->count, sizeof *out->at);
		struct left *n = &out->at[out->count++];
		n->id = row_int(r, 0);
		snprintf(n->identity, sizeof n->identity, "%s", row_text(r, 1));
	}
	if (r)
		row_end(r);
	if (r && db_trouble(db) == DB_OK)
		return true;
	db_complain(db);
	return false;
}

/* ---- pause ---- */

/* False after a message. The launcher has the lock until it has written everything. */
static bool stop_launcher(const char *database, bool at_once)
{
	char *host, here[256] = "";
	pid_t pid = lock_owner(database, &host);
	gethostname(here, sizeof here - 1);
	bool ours = host && !strcmp(host, here);
	if (pid && (pid < 0 || !ours)) {
		complain("%s is in use by a launcher on %s, which cannot be asked from here", database, host ? host : "an unknown machine");
		hint("call mosaic pause there");
		free(host);
		return false;
	}
	free(host);
	if (!pid)
		return true;
	if (kill(pid, at_once ? SIGTERM : SIGUSR1) < 0 && errno != ESRCH) {
		complain("launcher %ld: %s", (long)pid, strerror(errno));
		return false;
	}
	if (!at_once)
		fprintf(stderr, "mosaic: waiting for the runs that are being trained (Ctrl-C to wait no longer: they end all the same)\n");
	while (lock_owner(database, NULL) == pid)
		poll(NULL, 0, 20);
	return true;
}

static bool write_left(struct db *db, const char *path)
{
	char *sweep_path = last_sweep(db);
	struct sweep s = {0};
	struct lefts left = {0};
	bool ok = sweep_path && sweep_read(sweep_path, &s) && read_left(db, &left);
	const char **modules = need(calloc((size_t)left.count + 1, sizeof *modules));
	int count = 0;
	if (ok) {
		struct names known = sweep_identities(&s);
		for (int i = 0; i < left.count; i++) {
			int at = names_find(&known, left.at[i].identity);
			if (at >= 0)
				modules[count++] = s.pipelines[at].modules;
		}
		names_free(&known);
		ok = pipelines_write(path, modules, count);
	}
	if (ok && count)
		printf("%s: %d runs are left; `mosaic resume %s` trains them\n", path, count, path);
	else if (ok)
		printf("%s: nothing is left to train\n", path);
	free(modules);
	free(left.at);
	sweep_free(&s);
	free(sweep_path);
	return ok;
}

/* Over nothing but an older file of pipelines. */
static bool may_write(const char *path)
{
	if (access(path, F_OK) < 0)
		return true;
	json_t *old = json_load_file(path, 0, NULL);
	bool ok = json_is_array(old);
	json_decref(old);
	if (!ok) {
		complain("%s exists and holds no pipelines: it was not overwritten", path);
		hint("name a new file; the launcher goes on");
	}
	return ok;
}

enum exit_code cmd_pause(const struct args *args)
{
	char *database = args->count > 1 ? copy(args->at[1]) : last_database();
	bool ok = database && may_write(args->at[0]) && stop_launcher(database, option(args, "now"));
	struct db *db = ok ? db_open(database, DB_READ) : NULL;
	ok = db && write_left(db, args->at[0]);
	db_close(db);
	free(database);
	return ok ? EXIT_DONE : EXIT_USAGE;
}

/* ---- resume ---- */

struct resume { const char *path; json_t *pipelines; };

/* How often each of the sweep's pipelines stands in the file; by its identity, which several may share. */
static bool count_entries(const struct resume *f, const struct sweep *s, const struct names *known, int *counts)
{
	size_t i;
	json_t *one;
	struct names by_text = {0};
	for (int k = 0; k < s->pipeline_count; k++)
		names_add(&by_text, s->pipelines[k].modules, k);
	names_sort(&by_text);
	bool ok = true;
	json_array_foreach(f->pipelines, i, one) {
		char *text = pipeline_text(one);
		int at = names_find(&by_text, text);
		free(text);
		if (at < 0) {
			char *line = pipeline_line(one);
			complain("%s: entry %zu (%s) is no pipeline of %s", f->path, i + 1, line, s->path);
			hint("the configuration has changed since: train it with `mosaic run`");
			free(line);
			ok = false;
			break;
		}
		counts[names_find(known, s->pipelines[at].identity)]++;
	}
	names_free(&by_text);
	return ok;
}

static bool choose(struct db *db, const struct sweep *s, void *context, struct plan *out)
{
	const struct resume *f = context;
	struct lefts left = {0};
	struct names known = sweep_identities(s);
	int *counts = need(calloc((size_t)s->pipeline_count + 1, sizeof *counts)), count = 0;
	bool ok = count_entries(f, s, &known, counts) && read_left(db, &left);
	int64_t *ids = need(calloc((size_t)left.count + 1, sizeof *ids));
	for (int i = 0; ok && i < left.count; i++) {
		int at = names_find(&known, left.at[i].identity);
		if (at >= 0 && counts[at] > 0) {
			ids[count++] = left.at[i].id;
			counts[at]--;
		}
	}
	ok = ok && plan_chosen(db, s, ids, count, (struct goal){0}, out);
	for (int i = 0; ok && i < s->pipeline_count; i++)
		out->done += counts[i];                        /* somebody has trained them since */
	free(ids);
	free(counts);
	free(left.at);
	names_free(&known);
	return ok;
}

/* The sweep of the database's last launcher. */
static char *sweep_of(const char *database)
{
	struct db *db = db_open(database, DB_READ);
	char *path = db ? last_sweep(db) : NULL;
	db_close(db);
	if (path && access(path, R_OK) < 0) {
		complain("%s: %s", path, strerror(errno));
		hint("call mosaic resume in the directory where the launcher was started");
		free(path);
		path = NULL;
	}
	return path;
}

static enum exit_code resume(const struct args *args, const char *database, struct resume *f)
{
	struct launch_options o;
	char *sweep = launch_options(args, &o) ? sweep_of(database) : NULL;
	if (!sweep)
		return EXIT_USAGE;
	char *build = format("%.*sbuild.ninja", (int)(strrchr(sweep, '/') ? strrchr(sweep, '/') + 1 - sweep : 0), sweep);
	o.database = database;
	o.build = access(build, R_OK) == 0 ? build : NULL;
	o.choose = choose;
	o.searching = true;
	o.context = f;
	enum exit_code code = launch_sweep(sweep, &o);
	free(build);
	free(sweep);
	return code;
}

enum exit_code cmd_resume(const struct args *args)
{
	struct resume f = {args->at[0], pipelines_read(args->at[0])};
	char *database = !f.pipelines ? NULL : args->count > 1 ? copy(args->at[1]) : last_database();
	enum exit_code code = database ? resume(args, database, &f) : EXIT_USAGE;
	free(database);
	json_decref(f.pipelines);
	return code;
}
