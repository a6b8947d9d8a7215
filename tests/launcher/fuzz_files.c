/* fuzz_files.c: any bytes as one of the files that commands read: built once a kind (SPOOL, SWEEP, PIPELINES, PLOTS). Nothing may crash or
** leak; what is accepted must be whole. The database behind `import` is a stub that takes everything. */
#include "launcher.h"
#include "plot_ini.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

#if defined SPOOL
struct db *db_open(const char *path, enum db_mode mode) { (void)path, (void)mode; static int one; return (struct db *)&one; }
void db_close(struct db *db) { (void)db; }
bool db_begin(struct db *db) { (void)db; return true; }
bool db_commit(struct db *db) { (void)db; return true; }
void db_rollback(struct db *db) { (void)db; }
void db_complain(const struct db *db) { (void)db; }
enum db_trouble db_trouble(const struct db *db) { (void)db; return DB_OK; }
bool db_run(struct db *db, const char *sql, const char *types, ...) { (void)db, (void)sql, (void)types; return true; }
struct rows *db_query(struct db *db, const char *sql, const char *types, ...) { (void)sql, (void)types; return (struct rows *)db; }
bool row_next(struct rows *r) { (void)r; return false; }
int64_t row_int(struct rows *r, int column) { (void)r, (void)column; return 0; }
void row_end(struct rows *r) { (void)r; }
int64_t record_next_id(struct db *db) { (void)db; return 1; }
bool record_set_next_id(struct db *db, int64_t id) { (void)db, (void)id; return true; }
bool record_reserve(struct db *db, const struct run *r, const char *pipeline) { (void)db, (void)r; return strlen(pipeline) == 32; }

bool record_insert(struct db *db, int64_t id, const char *line, const char *modules, const struct pair *params, int count, int64_t *shared)
{
	(void)db, (void)id, (void)shared;
	check(*line && *modules, "a run has a line and modules");
	for (int i = 0; i < count; i++)
		check(params[i].name && params[i].value, "a parameter has a name and a value");
	return true;
}

bool record_end(struct db *db, const struct run *r)
{
	(void)db;
	const struct measure *m = &r->measure;
	check(strlen(r->identity) == 32, "an identity");
	check(r->state != RUN_DONE || (m->epochs == m->end_epoch && m->seconds >= 0), "a result has its whole curve");
	size_t bytes = (size_t)m->epochs * (size_t)m->columns.count * sizeof *m->values;
	void *values = need(malloc(bytes + 1));
	if (bytes)
		memcpy(values, m->values, bytes);                  /* the sanitizer looks */
	free(values);
	check(r->state != RUN_FAILED || r->error, "a failure has a message");
	return true;
}

static void read_it(const char *path)
{
	const char *at[] = {"fuzz.db", path};
	cmd_import(&(struct args){.count = 2, .at = at});
}
#elif defined SWEEP
static void read_it(const char *path)
{
	struct sweep s;
	if (!sweep_read(path, &s))
		return;
	check(s.nb_processus > 0 && *s.database && *s.run_files_path && s.timeout >= 0 && s.checkpoint >= 0, "monitor");
	for (int i = 0; i < s.pipeline_count; i++) {
		const struct pipeline *p = &s.pipelines[i];
		check(p->program < s.program_count && (p->error || p->program >= 0) && p->multiplicity > 0 && p->modules, "pipeline");
		check(!strpbrk(p->line, "\n\r") && strlen(p->identity) == 32, "line and identity");
		for (int k = 0; k < p->setting_count; k++)
			check(!strpbrk(p->settings[k].name, "\n\r") && !strpbrk(p->settings[k].value, "\n\r"), "a setting stays on its line of the job");
	}
	sweep_free(&s);
}
#elif defined PIPELINES
static void read_it(const char *path)
{
	json_t *root = pipelines_read(path), *one;
	size_t i;
	json_array_foreach(root, i, one) {
		char *line = pipeline_line(one), *numbers = pipeline_numbers(line), *again = pipeline_numbers(numbers), *text = pipeline_text(one);
		check(!strcmp(numbers, again), "numbers are written one way");
		free(line), free(numbers), free(again), free(text);
	}
	json_decref(root);
}
#elif defined PLOTS
static void read_it(const char *path)
{
	struct plot_ini ini;
	if (!plot_ini_read(path, &ini))
		return;
	check(ini.count > 0, "a plot");
	for (int i = 0; i < ini.count; i++)
		check(ini.at[i].name && ini.at[i].abscissae.count && ini.at[i].ordinates.count && ini.at[i].include_keys.count == ini.at[i].include_values.count, "a section");
	plot_ini_free(&ini);
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int fd = -1;
	char path[40];
	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size)
		read_it(path);
	return 0;
}
