/* schema.c: the tables, and how an older database becomes ours. doc/database.md says what every column means.
** The original's four tables come first, under its names and in its order of columns; ours stand beside them. */
#include "launcher.h"

#include <string.h>

enum { MANY_PARAMS = 1000000 };

/* The unique indexes that one would expect are missing on purpose: a database of the original may hold duplicates. */
static const char original_tables[] =
	"CREATE TABLE IF NOT EXISTS system(param_name TEXT, param_value TEXT);"
	"CREATE TABLE IF NOT EXISTS params(run_id INTEGER, param_name TEXT, param_value TEXT);"
	"CREATE TABLE IF NOT EXISTS runs(run_id INTEGER PRIMARY KEY, status TEXT, pipeline TEXT, return_status TEXT);"
	"CREATE TABLE IF NOT EXISTS run_results(run_id INTEGER PRIMARY KEY, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL,"
	" nb_params INTEGER, \"duration(s)\" REAL, epochs INTEGER, overfit REAL, trainability REAL, slope REAL);";

static const char our_tables[] =
	"CREATE TABLE run_details(run_id INTEGER PRIMARY KEY, identity TEXT, pipeline_identity TEXT, seed INTEGER, again INTEGER DEFAULT 0,"
	" program_hash TEXT, data_hash TEXT, compiler TEXT, flags TEXT, host TEXT, started TEXT, finished TEXT, checkpoint_epoch INTEGER DEFAULT 0,"
	" launch_id INTEGER);"
	"CREATE UNIQUE INDEX run_details_identity ON run_details(identity) WHERE identity IS NOT NULL;"
	"CREATE TABLE history(run_id INTEGER, name TEXT, epochs INTEGER, data BLOB, PRIMARY KEY(run_id, name));"
	"CREATE TABLE programs(hash TEXT PRIMARY KEY, name TEXT, source TEXT);"
	"CREATE TABLE launches(launch_id INTEGER PRIMARY KEY, pid INTEGER, host TEXT, cpu TEXT, version TEXT, sweep TEXT, config TEXT,"
	" config_text TEXT, machine TEXT, started TEXT, finished TEXT, exit_code INTEGER);"
	"CREATE INDEX params_run ON params(run_id, param_name);"
	"CREATE INDEX params_value ON params(param_name, param_value);"
	"CREATE INDEX runs_id ON runs(run_id);"
	"CREATE INDEX run_results_id ON run_results(run_id);";

/* Unpacks the blobs of little-endian float32 with arithmetic alone, so that any SQLite can read them: sign, exponent and
** mantissa from the hexadecimal digits, then a power of two made of shifts (two factors: 1 << 62 is the largest). The numbers of epochs
** are counted up to the longest curve, which an index knows; a run is then found before anything is unpacked. */
static const char history_view[] =
	"DROP VIEW IF EXISTS history_values;"
	"CREATE INDEX history_epochs ON history(epochs);"
	"CREATE VIEW history_values AS WITH RECURSIVE"
	" numbers(epoch) AS (SELECT 1 WHERE (SELECT max(epochs) FROM history) > 0"
	"  UNION ALL SELECT epoch + 1 FROM numbers WHERE epoch < (SELECT max(epochs) FROM history)),"
	" digits(run_id, name, epoch, h) AS (SELECT t.run_id, t.name, n.epoch, hex(substr(t.data, 4 * n.epoch - 3, 4)) FROM history t"
	"  CROSS JOIN numbers n WHERE n.epoch <= t.epochs),"
	" word(run_id, name, epoch, w) AS (SELECT run_id, name, epoch,"
	"  (instr('123456789ABCDEF', substr(h, 7, 1)) << 28) | (instr('123456789ABCDEF', substr(h, 8, 1)) << 24) |"
	"  (instr('123456789ABCDEF', substr(h, 5, 1)) << 20) | (instr('123456789ABCDEF', substr(h, 6, 1)) << 16) |"
	"  (instr('123456789ABCDEF', substr(h, 3, 1)) << 12) | (instr('123456789ABCDEF', substr(h, 4, 1)) << 8) |"
	"  (instr('123456789ABCDEF', substr(h, 1, 1)) << 4) | instr('123456789ABCDEF', substr(h, 2, 1)) FROM digits),"
	" parts(run_id, name, epoch, sign, e, m) AS (SELECT run_id, name, epoch, 1 - 2 * (w >> 31), ((w >> 23) & 255),"
	"  (w & 8388607) | CASE WHEN (w >> 23) & 255 THEN 8388608 ELSE 0 END FROM word),"
	" scaled(run_id, name, epoch, sign, e, m, s) AS (SELECT run_id, name, epoch, sign, e, m, max(e, 1) - 150 FROM parts)"
	" SELECT run_id, name, epoch, CASE WHEN e = 255 THEN CASE WHEN m = 8388608 THEN sign * 9e999 END"
	"  WHEN s >= 0 THEN sign * m * 1.0 * (1 << min(s, 60)) * (1 << max(s - 60, 0))"
	"  ELSE sign * m * 1.0 / (1 << min(-s, 60)) / (1 << min(max(-s - 60, 0), 60)) / (1 << max(-s - 120, 0)) END AS value FROM scaled;";

/* The run that was trained in another's place, and the results of those that were replaced: who averages over run_results must not
** count a pipeline and seed twice. `mosaic rerun --changed` fills both. */
static const char replaced_tables[] =
	"ALTER TABLE run_details ADD COLUMN replaced_by INTEGER;"
	"CREATE INDEX run_details_replaced ON run_details(replaced_by) WHERE replaced_by IS NOT NULL;"
	"CREATE TABLE replaced_results(run_id INTEGER PRIMARY KEY, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL,"
	" nb_params INTEGER, \"duration(s)\" REAL, epochs INTEGER, overfit REAL, trainability REAL, slope REAL, slope_std_plus REAL, slope_std_minus REAL);";

/* What a run was given is mostly what thousands of others were given: every (name, value) is kept once, and a run keeps the numbers of
** its pairs. `params` stays as a view in which everybody reads and writes as in the table of the original. A trigger of run_params
** drops pairs that no run has any more. Long values (the JSON of a pipeline, a traceback) have no index, which would hold them a second
** time: who writes one through the view gets a pair of its own; the launcher shares them in other ways (params.c). */
#define SHORT "length(param_value) <= 200"
static const char pair_tables[] =
	"CREATE TABLE param_pairs(pair_id INTEGER PRIMARY KEY, param_name TEXT, param_value TEXT);"
	"CREATE TABLE run_params(run_id INTEGER, place INTEGER, pair_id INTEGER, PRIMARY KEY(run_id, place)) WITHOUT ROWID;";
static const char pairs_fill[] =
	"INSERT INTO param_pairs(param_name, param_value) SELECT param_name, CAST(param_value AS TEXT) FROM params GROUP BY 1, 2 ORDER BY min(rowid);"
	"CREATE INDEX param_pairs_all ON param_pairs(param_name, param_value);"
	"INSERT INTO run_params(run_id, place, pair_id)"
	" SELECT p.run_id, row_number() OVER (PARTITION BY p.run_id ORDER BY p.rowid), q.pair_id FROM params p"
	" JOIN param_pairs q ON q.param_name IS p.param_name AND q.param_value IS CAST(p.param_value AS TEXT) WHERE p.run_id IS NOT NULL ORDER BY 1, 2;"
	"DROP INDEX param_pairs_all;"
	"CREATE INDEX param_pairs_name ON param_pairs(param_name);"
	"CREATE UNIQUE INDEX param_pairs_short ON param_pairs(param_name, param_value) WHERE " SHORT ";"
	"CREATE INDEX run_params_pair ON run_params(pair_id, run_id);"
	"DROP TABLE params;";
#define NEW_PAIR "SELECT pair_id FROM param_pairs WHERE param_name IS NEW.param_name AND param_value IS NEW.param_value AND " SHORT
#define MAKE_PAIR "INSERT INTO param_pairs(param_name, param_value) SELECT NEW.param_name, NEW.param_value WHERE NOT EXISTS (" NEW_PAIR ");"
#define LAST_PAIR "(SELECT max(pair_id) FROM param_pairs)"
#define PAIR_NUMBER "coalesce((" NEW_PAIR "), " LAST_PAIR ")"
#define OLD_ROWS "run_id = OLD.run_id AND EXISTS (SELECT 1 FROM param_pairs p WHERE p.pair_id = run_params.pair_id" \
	" AND p.param_name IS OLD.param_name AND p.param_value IS OLD.param_value)"
#define DROP_PAIR(pair) "DELETE FROM param_pairs WHERE pair_id = " pair " AND NOT EXISTS (SELECT 1 FROM run_params WHERE pair_id = " pair ");"
static const char params_view[] =
	"CREATE VIEW params(run_id, param_name, param_value) AS SELECT r.run_id, p.param_name, p.param_value FROM run_params r"
	" JOIN param_pairs p ON p.pair_id = r.pair_id;"
	"CREATE TRIGGER params_insert INSTEAD OF INSERT ON params BEGIN " MAKE_PAIR
	" INSERT INTO run_params(run_id, place, pair_id) VALUES(NEW.run_id,"
	" (SELECT coalesce(max(place), 0) + 1 FROM run_params WHERE run_id = NEW.run_id), " PAIR_NUMBER "); END;"
	"CREATE TRIGGER params_update INSTEAD OF UPDATE ON params BEGIN " MAKE_PAIR
	" UPDATE run_params SET run_id = NEW.run_id, place = CASE WHEN NEW.run_id = OLD.run_id THEN place ELSE place +"
	" (SELECT coalesce(max(place), 0) FROM run_params WHERE run_id = NEW.run_id) END, pair_id = " PAIR_NUMBER " WHERE " OLD_ROWS ";"
	" " DROP_PAIR(LAST_PAIR) " END;"                       /* of two equal rows the first has changed both */
	"CREATE TRIGGER params_delete INSTEAD OF DELETE ON params BEGIN DELETE FROM run_params WHERE " OLD_ROWS "; END;"
	"CREATE TRIGGER run_params_delete AFTER DELETE ON run_params BEGIN " DROP_PAIR("OLD.pair_id") " END;"
	"CREATE TRIGGER run_params_update AFTER UPDATE OF pair_id ON run_params WHEN NEW.pair_id IS NOT OLD.pair_id BEGIN " DROP_PAIR("OLD.pair_id") " END;";

/* What a launcher decided about pipelines, and by which rules: search.c. */
static const char search_tables[] =
	"CREATE TABLE searches(search TEXT PRIMARY KEY, settings TEXT, launch_id INTEGER, started TEXT);"
	"CREATE TABLE decisions(search TEXT, step INTEGER, pipeline_identity TEXT, outcome TEXT, value REAL, failed INTEGER, place INTEGER,"
	" among INTEGER, seed INTEGER, seeds INTEGER, epochs INTEGER, reason TEXT, launch_id INTEGER, decided TEXT,"
	" PRIMARY KEY(search, step, pipeline_identity));"
	"CREATE INDEX decisions_pipeline ON decisions(pipeline_identity);";

/* Runs that their trainer's early_stopping ended: by which rule (early.c compares it) and why; and the epoch whose parameters are kept. */
static const char early_columns[] =
	"ALTER TABLE run_details ADD COLUMN stop_rule TEXT;"
	"ALTER TABLE run_details ADD COLUMN stop_reason TEXT;"
	"ALTER TABLE run_details ADD COLUMN best_epoch INTEGER;"
	"ALTER TABLE run_details ADD COLUMN best_column TEXT;";

static const char next_id[] =
	"INSERT INTO system(param_name, param_value) SELECT 'next_run_id', (SELECT coalesce(max(run_id), 0) + 1 FROM runs)"
	" WHERE NOT EXISTS (SELECT 1 FROM system WHERE param_name = 'next_run_id');";

static bool refuse(struct db *db, const char *why, const char *what_to_do)
{
	complain("%s: %s", db_path(db), why);
	hint("%s", what_to_do);
	return false;
}

static bool has_columns(struct db *db)
{
	return db_number(db, "SELECT (SELECT count(*) FROM pragma_table_info('system') WHERE name IN ('param_name', 'param_value')) = 2"
		" AND (SELECT count(*) FROM pragma_table_info('params') WHERE name IN ('run_id', 'param_name', 'param_value')) = 3"
		" AND (SELECT count(*) FROM pragma_table_info('runs') WHERE name IN ('run_id', 'status', 'pipeline', 'return_status')) = 4"
		" AND (SELECT count(*) FROM pragma_table_info('run_results') WHERE name IN ('run_id', 'train_loss', 'test_loss', 'train_acc',"
		" 'test_acc', 'nb_params', 'duration(s)', 'epochs', 'overfit', 'trainability', 'slope')) = 11", 0);
}

/* What is in the file? 0: empty, 1: ours or the original's, -1: something that must not be touched (a message was printed). */
static int recognise(struct db *db)
{
	int64_t application = db_number(db, "PRAGMA application_id", -1), version = db_number(db, "PRAGMA user_version", -1);
	int64_t tables = db_number(db, "SELECT count(*) FROM sqlite_master", -1);
	if (application < 0 || version < 0 || tables < 0) {
		db_complain(db);
		return -1;
	}
	const char *other = "name a database of mosaic, or a file that does not exist yet";
	if (application != 0 && application != SCHEMA_APPLICATION)
		return refuse(db, "this database belongs to another program", other) - 1;
	if (version > SCHEMA_VERSION)
		return refuse(db, "this database was written by a newer mosaic", "upgrade mosaic; this database was not changed") - 1;
	if (!tables)
		return 0;
	if (!has_columns(db))
		return refuse(db, "this database has other tables than mosaic's", other) - 1;
	return 1;
}

bool schema_check(struct db *db)
{
	int what = recognise(db);
	if (what == 0)
		return refuse(db, "the database is empty", "`mosaic launch` fills it");
	return what > 0;
}

static bool migrate_to_1(struct db *db, bool empty)
{
	if (empty && !db_script(db, original_tables))
		return false;
	if (!db_script(db, our_tables) || !db_script(db, next_id))
		return false;
	return db_number(db, "SELECT count(*) FROM pragma_table_info('run_results') WHERE name IN ('slope_std_plus', 'slope_std_minus')", 0) > 0
		|| db_script(db, "ALTER TABLE run_results ADD COLUMN slope_std_plus REAL;ALTER TABLE run_results ADD COLUMN slope_std_minus REAL");
}

/* run_id is the number of the row itself, so that an index of it says nothing new; not so in databases of the original. */
static bool drop_index(struct db *db, const char *is_key, const char *drop)
{
	return !db_number(db, is_key, 0) || db_script(db, drop);
}

static bool migrate_to_3(struct db *db)
{
	int64_t count = db_number(db, "SELECT count(*) FROM params", 0);
	if (count > MANY_PARAMS)
		fprintf(stderr, "mosaic: %s: putting %lld parameters into a smaller form; this is done once\n", db_path(db), (long long)count);
	return db_script(db, pair_tables) && db_script(db, pairs_fill) && db_script(db, params_view) && db_script(db, history_view)
		&& drop_index(db, "SELECT count(*) FROM pragma_table_info('runs') WHERE name = 'run_id' AND pk AND type = 'INTEGER'", "DROP INDEX IF EXISTS runs_id")
		&& drop_index(db, "SELECT count(*) FROM pragma_table_info('run_results') WHERE name = 'run_id' AND pk AND type = 'INTEGER'",
			"DROP INDEX IF EXISTS run_results_id");
}

static bool migrate(struct db *db, bool empty)
{
	int64_t version = db_number(db, "PRAGMA user_version", 0);
	return (version >= 1 || migrate_to_1(db, empty)) && (version >= 2 || db_script(db, replaced_tables)) && (version >= 3 || migrate_to_3(db))
		&& (version >= 4 || db_script(db, search_tables)) && (has_early(db) || db_script(db, early_columns))
		&& db_script(db, "PRAGMA application_id=0x4d6f7361;PRAGMA user_version=5");
}

bool schema_prepare(struct db *db)
{
	int what = recognise(db);
	if (what < 0)
		return false;
	if (db_number(db, "PRAGMA user_version", 0) == SCHEMA_VERSION)
		return true;
	/* Twice SQLite's own: curves of some hundred epochs then leave little of a page empty. A file that has pages keeps its size. */
	if ((what == 0 && !db_script(db, "PRAGMA page_size=8192")) || !db_begin(db)) {
		db_complain(db);
		return false;
	}
	/* Another launcher may have been here between the look and the lock. */
	if (db_number(db, "PRAGMA user_version", 0) == SCHEMA_VERSION) {
		db_rollback(db);
		return true;
	}
	if (migrate(db, what == 0) && db_commit(db))
		return true;
	db_complain(db);
	db_rollback(db);
	return false;
}
