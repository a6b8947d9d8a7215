/* db.c: SQLite behind a dozen small functions; the one file that includes sqlite3.h. It knows of no table: schema.c and
** record.c do. Every value is bound, every statement is kept until db_close finalises it, every connection waits for locks. */
#include "launcher.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <fcntl.h>
#include <unistd.h>

enum { STATEMENTS_MAX = 64, WAIT_MS = 10000 };

struct rows {
	const char *sql;                                       /* its address is the key of the cache */
	sqlite3_stmt *statement;
	struct db *db;
	bool busy;
};
struct db {
	sqlite3 *handle;
	char *name, *path, *message;                           /* name: as given, for messages */
	enum db_trouble trouble;
	struct rows statements[STATEMENTS_MAX];
	int count;
	bool shared;
	int64_t left;                                          /* steps that a request may still take */
	int value_max;                                         /* SQLite's own limit, while a request has another */
};

/* What a request may cost, in steps of SQLite's machine: a count gives the same answer on every machine, a time does not. */
enum { STEPS_AT_ONCE = 1000, VALUE_MAX = 1 << 26, HEAP_MAX = 1 << 30 };
static const int64_t steps_default = 1000000000;

static int64_t request_steps(void)
{
	int64_t steps = steps_default;
	const char *given = getenv("MOSAIC_REQUEST_STEPS");
	return given && parse_int(given, 1, INT64_MAX, &steps) ? steps : steps_default;
}

static enum db_trouble trouble_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return DB_OK;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return DB_BUSY;
	case SQLITE_FULL:
		return DB_FULL;
	case SQLITE_IOERR:
		return DB_IO;
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return DB_READONLY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return DB_BROKEN;
	default:
		return DB_OTHER;
	}
}

/* Keeps what went wrong: later calls (a rollback) would overwrite SQLite's own message. */
static bool failed(struct db *db, int code)
{
	free(db->message);
	if (code == SQLITE_INTERRUPT)
		db->message = format("it takes more than %lld steps: it was stopped (MOSAIC_REQUEST_STEPS=N allows more)", (long long)request_steps());
	else
		db->message = copy(db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code));
	db->trouble = trouble_of(code);
	return false;
}

enum db_trouble db_trouble(const struct db *db)
{
	return db->trouble;
}

const char *db_message(const struct db *db)
{
	return db->message ? db->message : "no error";
}

const char *db_path(const struct db *db)
{
	return db->name;
}

void db_complain(const struct db *db)
{
	complain("%s: %s", db->name, db_message(db));
	switch (db->trouble) {
	case DB_BUSY:
		hint("another program holds the database: close it and run the command again");
		break;
	case DB_FULL:
		hint("the disk is full: what the database held is safe; free some space, then the command works again");
		break;
	case DB_IO:
		hint("the file system reports an error: what was committed is safe; check the disk (or its quota) and run the command again");
		break;
	case DB_READONLY:
		hint("the file, its directory or their file system cannot be opened or written: check permissions; "
		     "a database left in WAL mode needs a writable directory even to be read");
		break;
	case DB_BROKEN:
		hint("it is no SQLite database, or it is damaged: nothing was changed; name another file, or repair it with `sqlite3 FILE .recover`");
		break;
	default:
		if (!strncmp(db_message(db), "no such table", 13))
			hint("a database of the original has its tables alone: what it did not keep is not there");
		break;
	}
}

static bool bind_values(struct rows *r, const char *types, va_list ap)
{
	int code = SQLITE_OK, n = 0;
	for (; *types && code == SQLITE_OK; types++) {
		n++;
		switch (*types) {
		case 'i':
			code = sqlite3_bind_int64(r->statement, n, va_arg(ap, int64_t));
			break;
		case 'd':
			code = sqlite3_bind_double(r->statement, n, va_arg(ap, double));
			break;
		case 't':
			code = sqlite3_bind_text(r->statement, n, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
			break;
		default: {
			const void *at = va_arg(ap, const void *);
			code = sqlite3_bind_blob64(r->statement, n, at, va_arg(ap, size_t), SQLITE_TRANSIENT);
		}
		}
	}
	return code == SQLITE_OK || failed(r->db, code);
}

static struct rows *statement(struct db *db, const char *sql)
{
	for (int i = 0; i < db->count; i++)
		if (db->statements[i].sql == sql && !db->statements[i].busy)
			return &db->statements[i];
	if (db->count == STATEMENTS_MAX) {
		failed(db, SQLITE_NOMEM);
		return NULL;
	}
	struct rows *r = &db->statements[db->count];
	*r = (struct rows){.sql = sql, .db = db};
	int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &r->statement, NULL);
	if (code != SQLITE_OK) {
		failed(db, code);
		sqlite3_finalize(r->statement);
		return NULL;
	}
	db->count++;
	return r;
}

static struct rows *query(struct db *db, const char *sql, const char *types, va_list ap)
{
	struct rows *r = statement(db, sql);
	if (!r)
		return NULL;
	r->busy = true;
	if (bind_values(r, types, ap))
		return r;
	row_end(r);
	return NULL;
}

struct rows *db_query(struct db *db, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	struct rows *r = query(db, sql, types, ap);
	va_end(ap);
	return r;
}

/* Reading alone, whatever the text says: no ATTACH, no PRAGMA, no function that loads code. */
static int may_read(void *context, int action, const char *a, const char *function, const char *b, const char *c)
{
	(void)context, (void)a, (void)b, (void)c;
	bool ok = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE
		|| (action == SQLITE_FUNCTION && sqlite3_stricmp(function, "load_extension"));
	return ok ? SQLITE_OK : SQLITE_DENY;
}

static int count_steps(void *context)
{
	int64_t *left = context;
	*left -= STEPS_AT_ONCE;
	return *left < 0;
}

/* Read-only, no values of any size, sorting in memory and not on the disk. */
static void confine(struct db *db, bool on)
{
	if (on)
		db_script(db, "PRAGMA query_only=1; PRAGMA temp_store=2");
	sqlite3_hard_heap_limit64(on ? HEAP_MAX : 0);
	db->left = request_steps();
	db->value_max = sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, on ? VALUE_MAX : db->value_max);
	sqlite3_progress_handler(db->handle, on ? STEPS_AT_ONCE : 0, on ? count_steps : NULL, &db->left);
	sqlite3_set_authorizer(db->handle, on ? may_read : NULL, NULL);
	if (!on)
		db_script(db, "PRAGMA query_only=0");
}

struct rows *db_request(struct db *db, const char *sql)
{
	struct rows *r = need(calloc(1, sizeof *r));
	const char *rest = "";
	confine(db, true);
	int code = sqlite3_prepare_v2(db->handle, sql, -1, &r->statement, &rest);
	bool right = code == SQLITE_OK && r->statement && sqlite3_stmt_readonly(r->statement) && !sqlite3_stmt_isexplain(r->statement)
		&& !rest[strspn(rest, "; \t\n\r")];
	r->db = db;
	if (right)
		return r;
	failed(db, code);
	if (code == SQLITE_OK) {
		free(db->message);
		db->message = copy(r->statement ? "one SELECT is wanted, and nothing after it" : "an empty request");
	}
	db_forget(r);
	return NULL;
}

void db_forget(struct rows *r)
{
	sqlite3_finalize(r->statement);
	confine(r->db, false);
	free(r);
}

bool row_is_int(struct rows *r, int column)
{
	return sqlite3_column_type(r->statement, column) == SQLITE_INTEGER;
}

bool row_next(struct rows *r)
{
	int code = sqlite3_step(r->statement);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		failed(r->db, code);
	else
		r->db->trouble = DB_OK;
	return false;
}

void row_end(struct rows *r)
{
	sqlite3_reset(r->statement);
	sqlite3_clear_bindings(r->statement);
	r->busy = false;
}

bool db_run(struct db *db, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	struct rows *r = query(db, sql, types, ap);
	va_end(ap);
	if (!r)
		return false;
	row_next(r);
	bool ok = db->trouble == DB_OK;
	row_end(r);
	return ok;
}

int64_t row_int(struct rows *r, int column)
{
	return sqlite3_column_int64(r->statement, column);
}

double row_real(struct rows *r, int column)
{
	return sqlite3_column_type(r->statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double(r->statement, column);
}

const char *row_text(struct rows *r, int column)
{
	const unsigned char *s = sqlite3_column_text(r->statement, column);
	return s ? (const char *)s : "";
}

const void *row_blob(struct rows *r, int column, size_t *size)
{
	const void *at = sqlite3_column_blob(r->statement, column);
	*size = (size_t)sqlite3_column_bytes(r->statement, column);
	return at;
}

int64_t db_number(struct db *db, const char *sql, int64_t otherwise)
{
	struct rows *r = db_query(db, sql, "");
	if (!r)
		return otherwise;
	int64_t n = row_next(r) ? row_int(r, 0) : otherwise;
	row_end(r);
	return n;
}

bool db_script(struct db *db, const char *sql)
{
	int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	return code == SQLITE_OK || failed(db, code);
}

bool db_begin(struct db *db)
{
	return db_script(db, "BEGIN IMMEDIATE");
}

bool db_commit(struct db *db)
{
	if (db_script(db, "COMMIT"))
		return true;
	db_rollback(db);
	return false;
}

void db_rollback(struct db *db)
{
	/* A full disk has rolled back already; a second ROLLBACK would only overwrite the message. */
	if (!sqlite3_get_autocommit(db->handle))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* A write-ahead log needs memory shared by all readers: not to be had over a network. */
static bool on_network(const char *path)
{
	static const unsigned network[] = {
		0x6969 /* NFS */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x517b /* SMB */, 0x65735546 /* FUSE */, 0x01021997 /* 9p */,
		0x73757245 /* Coda */, 0x5346414f /* AFS */, 0x6b414653 /* kAFS */, 0x00c36400 /* Ceph */, 0x0bd00bd0 /* Lustre */,
		0x47504653 /* GPFS */, 0x01161970 /* GFS2 */, 0x7461636f /* OCFS2 */, 0x19830326 /* BeeGFS */, 0xaad7aaea /* PanFS */,
	};
	struct statfs fs;
	if (statfs(path, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof network / sizeof network[0]; i++)
		if ((unsigned)fs.f_type == network[i])
			return true;
	return false;
}

void db_share(struct db *db)
{
	/* FULL: a commit is on the disk before the run counts as finished. Commits come in batches, so it costs little. */
	db_script(db, "PRAGMA synchronous=FULL");
	db->shared = !on_network(db->path) && db_script(db, "PRAGMA journal_mode=WAL");
}

/* Fails quietly while somebody reads: the log stays then, and the next launcher folds it in. */
void db_unshare(struct db *db)
{
	if (db->shared)
		sqlite3_exec(db->handle, "PRAGMA busy_timeout=500; PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
}

static bool open_handle(struct db *db, enum db_mode mode)
{
	int flags = mode == DB_READ ? SQLITE_OPEN_READONLY : mode == DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	int code = sqlite3_open_v2(db->path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return failed(db, code);
	sqlite3_busy_timeout(db->handle, WAIT_MS);
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* SQLite opens lazily: only a read shows that it is no database, or that its log cannot be used. */
	return db_script(db, "SELECT count(*) FROM sqlite_master");
}

struct db *db_open(const char *path, enum db_mode mode)
{
	struct stat st;
	if (mode != DB_CREATE && stat(path, &st) < 0) {
		complain("%s: %s", path, strerror(errno));
		hint("give the path of a database that `mosaic launch` has written");
		return NULL;
	}
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		complain("%s: not a regular file", path);
		return NULL;
	}
	struct db *db = need(calloc(1, sizeof *db));
	/* "./" keeps SQLite from reading ":memory:" or "file:..." as something else than a file. */
	db->name = copy(path);
	db->path = path[0] == '/' ? copy(path) : format("./%s", path);
	if (!open_handle(db, mode)) {
		db_complain(db);
		db_close(db);
		return NULL;
	}
	if (mode == DB_READ ? !schema_check(db) : !schema_prepare(db)) {
		db_close(db);
		return NULL;
	}
	return db;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < db->count; i++)
		sqlite3_finalize(db->statements[i].statement);
	sqlite3_close(db->handle);
	free(db->name);
	free(db->path);
	free(db->message);
	free(db);
}

bool db_is_database(const char *path)
{
	char head[16] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
	if (fd >= 0)
		close(fd);
	return n == 0 || (n == sizeof head && !memcmp(head, "SQLite format 3", 16));
}

/* Copies to a new file; the caller puts it in place. */
static int backup_into(struct db *from, const char *to, char **message)
{
	sqlite3 *out = NULL;
	int code = sqlite3_open_v2(to, &out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	if (code == SQLITE_OK) {
		sqlite3_busy_timeout(out, WAIT_MS);
		sqlite3_backup *b = sqlite3_backup_init(out, "main", from->handle, "main");
		if (b) {
			/* All in one step: a reader of the log never stops the writer, and never has to begin again. */
			while ((code = sqlite3_backup_step(b, -1)) == SQLITE_BUSY || code == SQLITE_LOCKED)
				sqlite3_sleep(50);
			code = sqlite3_backup_finish(b);
		} else
			code = sqlite3_errcode(out);
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(out, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		*message = copy(out ? sqlite3_errmsg(out) : sqlite3_errstr(code));
	sqlite3_close(out);
	return code;
}

bool db_backup(const char *from_path, const char *to)
{
	struct db *from = db_open(from_path, DB_READ);
	if (!from)
		return false;
	char *temporary = format("%s%s.%ld.tmp", to[0] == '/' ? "" : "./", to, (long)getpid()), *message = NULL;
	unlink(temporary);
	int code = backup_into(from, temporary, &message);
	bool ok = code == SQLITE_OK && rename(temporary, to) == 0;
	if (!ok) {
		complain("%s: cannot write the copy: %s", to, message ? message : strerror(errno));
		unlink(temporary);
	}
	free(message);
	free(temporary);
	db_close(from);
	return ok;
}
