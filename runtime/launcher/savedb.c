/* savedb.c: `mosaic savedb` and `mosaic history`: what is read out of a database. */
#include "launcher.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A log that belongs to the old file would be read into the new one. */
static bool has_log(const char *path)
{
	static const char *const suffixes[] = {"-wal", "-journal"};
	struct stat st;
	bool found = false;
	for (int i = 0; i < 2 && !found; i++) {
		char *log = format("%s%s", path, suffixes[i]);
		found = stat(log, &st) == 0 && st.st_size > 0;
		if (found)
			complain("%s is in use, or was left by a program that died: %s is there; it was not overwritten", path, log);
		free(log);
	}
	if (found)
		hint("name another file, or open this one once with sqlite3, which puts it in order");
	return found;
}

/* A copy goes over nothing but an older copy. */
static bool may_write(const char *from, const char *to)
{
	struct stat a, b;
	if (stat(to, &b) < 0)
		return true;
	if (stat(from, &a) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino) {
		complain("%s and %s are the same file", from, to);
		return false;
	}
	if (S_ISREG(b.st_mode) && db_is_database(to))
		return !has_log(to);
	complain("%s exists and is no database: it was not overwritten", to);
	hint("name a file that does not exist, or an older copy");
	return false;
}

enum exit_code cmd_savedb(const struct args *args)
{
	char *from = args->count > 1 ? copy(args->at[0]) : last_database();
	const char *to = args->at[args->count - 1];
	bool ok = from && may_write(from, to);
	if (ok && lock_held(to, NULL)) {
		complain("%s is in use by a launcher: it was not overwritten", to);
		ok = false;
	}
	ok = ok && db_backup(from, to);
	free(from);
	return ok ? EXIT_DONE : EXIT_USAGE;
}

int curves_read(struct db *db, int64_t id, struct run_curve *out, int most)
{
	int n = 0;
	struct rows *r = db_query(db, "SELECT name, data FROM history WHERE run_id = ? ORDER BY rowid", "i", id);
	if (!r)
		return -1;
	while (n < most && row_next(r)) {
		size_t size;
		const void *at = row_blob(r, 1, &size);
		struct run_curve *c = &out[n++];
		*c = (struct run_curve){.name = copy(row_text(r, 0)), .epochs = (int)(size / sizeof(float)), .values = need(malloc(size + 1))};
		if (size)
			memcpy(c->values, at, size);
	}
	row_end(r);
	return db_trouble(db) == DB_OK ? n : -1;
}

void curves_free(struct run_curve *c, int n)
{
	for (int i = 0; i < n; i++) {
		free(c[i].name);
		free(c[i].values);
	}
	free(c);
}

static void print_curves(const struct run_curve *c, int n)
{
	int epochs = 0;
	fputs("epoch", stdout);
	for (int i = 0; i < n; i++) {
		bool quote = strpbrk(c[i].name, ",\"\n\r");
		printf(quote ? ",\"" : ",");
		for (const char *s = c[i].name; *s; s++)
			printf(*s == '"' ? "\"\"" : "%c", *s);
		if (quote)
			putchar('"');
		epochs = c[i].epochs > epochs ? c[i].epochs : epochs;
	}
	putchar('\n');
	for (int e = 0; e < epochs; e++) {
		printf("%d", e + 1);
		for (int i = 0; i < n; i++)
			if (e < c[i].epochs)
				printf(",%.9g", (double)c[i].values[e]);
			else
				putchar(',');
		putchar('\n');
	}
}

/* {"run_id": 7, "epochs": 400, "history": {"train_loss": [...], ...}}; what is not finite is null. */
static void print_curves_json(int64_t id, const struct run_curve *c, int n)
{
	json_t *history = json_object();
	int epochs = 0;
	for (int i = 0; i < n; i++) {
		json_t *values = json_array(), *name = json_text(c[i].name);
		for (int e = 0; e < c[i].epochs; e++)
			json_array_append_new(values, json_measure((double)c[i].values[e]));
		json_object_set_new(history, json_string_value(name), values);
		json_decref(name);
		epochs = c[i].epochs > epochs ? c[i].epochs : epochs;
	}
	json_t *all = json_pack("{sI si so}", "run_id", (json_int_t)id, "epochs", epochs, "history", history);
	char *text = need(json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(9)));
	puts(text);
	free(text);
	json_decref(all);
}

static enum exit_code print_history(const char *database, int64_t id, bool json)
{
	struct db *db = db_open(database, DB_READ);
	if (!db)
		return EXIT_USAGE;
	struct run_curve *curves = need(calloc(COLUMNS_MAX, sizeof *curves));
	bool ours = db_number(db, "PRAGMA user_version", 0) > 0;   /* the original kept its curves in files */
	int n = ours ? curves_read(db, id, curves, COLUMNS_MAX) : 0;
	if (n < 0)
		db_complain(db);
	else if (n == 0) {
		complain("%s has no history of run %lld", database, (long long)id);
		hint("a run has one when it has ended: see `mosaic status`");
	} else if (json)
		print_curves_json(id, curves, n);
	else
		print_curves(curves, n);
	curves_free(curves, n);
	db_close(db);
	return n > 0 ? EXIT_DONE : EXIT_USAGE;
}

enum exit_code cmd_history(const struct args *args)
{
	int64_t id;
	const char *text = args->at[args->count - 1];
	if (!parse_int(text, 1, INT64_MAX, &id)) {
		complain("'%.80s' is no run id", text);
		hint("usage: mosaic history [DATABASE] RUN_ID; `mosaic status` shows the runs");
		return EXIT_USAGE;
	}
	char *database = args->count > 1 ? copy(args->at[0]) : last_database();
	enum exit_code code = database ? print_history(database, id, option(args, "json")) : EXIT_USAGE;
	free(database);
	return code;
}
