"""test_database.py MOSAIC FAKE_TRAINER: databases of older versions become the present one and lose nothing; `params`, which is a view since
version 3, reads and writes like the table that it was."""
import contextlib
import csv
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "launcher"))
from harness import MOSAIC, Folder, pipeline, sweep  # noqa: E402  (reads the two paths from sys.argv)

HERE = pathlib.Path(__file__).resolve().parent
VERSION = 5
TABLES = ("system", "params", "runs", "run_results", "run_details", "history", "programs", "launches")


class Older(Folder):
    def make(self, script):
        with contextlib.closing(sqlite3.connect(self.at / "database.db")) as db:
            db.executescript(script)

    def make_1(self):
        self.make((HERE / "version_1.sql").read_text(encoding="utf-8"))

    def rows(self, table):
        """What was in version 1: columns that were added later are left out."""
        columns = "*" if table not in self.columns else self.columns[table]
        return sorted(self.sql(f"SELECT {columns} FROM {table}"), key=repr)

    def all_rows(self):
        return {t: self.rows(t) for t in TABLES}

    def setUp(self):
        super().setUp()
        self.columns = {}

    def present(self):
        self.assertEqual(self.sql("PRAGMA user_version"), [(VERSION,)])
        self.assertEqual(self.sql("SELECT type FROM sqlite_master WHERE name = 'params'"), [("view",)])
        self.assertEqual(self.sql("SELECT count(*) FROM param_pairs WHERE pair_id NOT IN (SELECT pair_id FROM run_params)"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM run_params WHERE pair_id NOT IN (SELECT pair_id FROM param_pairs)"), [(0,)])
        self.check_database()

    def sweep_of_version_1(self):
        return sweep([pipeline("data_or(1) | brick(4)", params=[("brick_note", "it's")]), pipeline("data_or(1) | brick(5)", key="brick 5")])

    def test_version_1(self):
        self.make_1()
        for table in TABLES:
            self.columns[table] = ", ".join(f'"{r[1]}"' for r in self.sql(f"PRAGMA table_info({table})"))
        before = self.all_rows()
        in_order = [self.sql("SELECT param_name, param_value FROM params WHERE run_id = ? ORDER BY rowid", i) for i in range(1, 5)]
        said = {c: self.mosaic(*c).stdout for c in (("status", "database.db"), ("export", "database.db"), ("export", "database.db", "--json"),
                                                    ("show", "database.db", "1"), ("best", "database.db"),
                                                    ("compare", "database.db", "test_loss", "--by", "mlp_key"))}
        self.assertEqual(self.sql("PRAGMA user_version"), [(1,)], "reading has changed the database")
        self.mosaic("rekey", self.pipelines(), "database.db")
        self.present()
        self.assertEqual(self.sql("SELECT count(*) FROM param_pairs WHERE param_name = 'pipeline'"), [(2,)])
        self.assertEqual(self.all_rows(), before)
        for i, wanted in enumerate(in_order, 1):
            self.assertEqual(self.sql("SELECT param_name, param_value FROM run_params JOIN param_pairs USING(pair_id) WHERE run_id = ? ORDER BY place", i), wanted)
        for command, text in said.items():
            after = self.mosaic(*command).stdout       # an index has sorted the parameters by name, now they stand as they were written
            self.assertEqual(sorted(after.splitlines()), sorted(text.splitlines()), command)
            self.assertTrue(after == text or command[0] == "show", command)

    def pipelines(self):
        """A file of pipelines that changes no key."""
        (self.at / "keys.json").write_text('[[{"type": "dataset", "class": "data_or", "a": "1", "key": "or"}, {"type": "mlp", "class": "brick", "b": "4", "key": "brick"}]]')
        return "keys.json"

    def test_version_1_is_trained_further(self):
        self.make_1()
        out = self.launch(self.sweep_of_version_1()).stdout
        self.assertIn("1 done, 3 already done before", out)
        self.present()
        self.assertEqual(self.sql("SELECT run_id, status FROM runs"), [(i, "done") for i in range(1, 5)])
        self.assertEqual(self.sql("SELECT run_id, param_value FROM params WHERE param_name = 'status' ORDER BY 1"), [(i, "done") for i in range(1, 5)])
        self.assertEqual(self.sql("SELECT count(*) FROM params WHERE param_name = 'traceback'"), [(0,)])
        self.assertEqual(self.sql("SELECT count(*) FROM param_pairs WHERE param_name = 'traceback'"), [(0,)])
        self.assertEqual(self.sql("SELECT param_value FROM params WHERE run_id = 1 AND param_name = 'note'"), [("a remark",)])

    def test_what_users_have_added(self):
        self.make_1()
        self.sql("CREATE VIEW seeds AS SELECT run_id, param_value FROM params WHERE param_name = 'seed'")
        self.sql("CREATE TABLE mine(a)")
        self.launch(self.sweep_of_version_1())
        self.present()
        self.assertEqual(self.sql("SELECT * FROM seeds ORDER BY 1"), [(1, "1"), (2, "2"), (3, "1"), (4, "2")])

    def test_the_original(self):
        """Its columns have no types, and nothing in it is unique."""
        self.make("""
            CREATE TABLE params (run_id, param_name, param_value);
            CREATE TABLE run_results (run_id, train_loss, test_loss, train_acc, test_acc, nb_params, "duration(s)", epochs, overfit, trainability, slope);
            CREATE TABLE system (param_name, param_value);
            CREATE TABLE runs (run_id, status, pipeline, return_status);
            INSERT INTO system VALUES ('next_run_id', 3);
            INSERT INTO runs VALUES (1, 'done', 'd(1) | m(2)', 'train_loss=1'), (2, 'done', 'd(1) | m(3)', '');
            INSERT INTO run_results VALUES (1, 0.1, 0.2, 50, 60, 49, 46.7, 400, 0.1, 0.2, 0.3), (2, 0.1, 0.3, 50, 60, 59, 46.7, 400, 0.1, 0.2, 0.3);
            INSERT INTO params VALUES (1, 'mlp_key', 'a'), (1, 'mlp_key', 'a'), (1, 'm_width', 4), (1, 'lr', 0.5), (1, 'traceback', NULL), (2, 'mlp_key', 'b'),
                (2, 'traceback', NULL), (2, NULL, 'x'), (2, '', ''), (2, 'quote', 'a''b"c;--'), (2, 'text', 'é' || char(10) || '%s');""")
        before = self.sql("SELECT run_id, param_name, CAST(param_value AS TEXT) FROM params ORDER BY rowid")
        status = self.mosaic("status", "database.db").stdout
        self.mosaic("note", "database.db", "2", "seen")
        self.present()
        self.assertEqual(self.sql("SELECT run_id, param_name, param_value FROM run_params JOIN param_pairs USING(pair_id) ORDER BY run_id, place"),
                         before + [(2, "note", "seen")])
        self.assertEqual(sorted(self.sql("SELECT * FROM params"), key=repr), sorted(before + [(2, "note", "seen")], key=repr))
        self.assertEqual(self.mosaic("status", "database.db").stdout, status)
        self.assertEqual(self.sql("SELECT run_id FROM params WHERE param_name = 'm_width' AND param_value = 4"), [(1,)])
        self.assertEqual(self.sql("SELECT name FROM sqlite_master WHERE name IN ('runs_id', 'run_results_id') ORDER BY 1"), [("run_results_id",), ("runs_id",)])

    def test_killed_while_migrating(self):
        """kill -9 at any moment leaves the old version or the new one, whole."""
        self.make_1()
        runs = 3000
        with contextlib.closing(sqlite3.connect(self.at / "database.db")) as db, db:
            for i in range(10, 10 + runs):
                db.execute("INSERT INTO runs SELECT ?, status, pipeline, return_status FROM runs WHERE run_id = 1", (i,))
                db.execute("INSERT INTO params SELECT ?, param_name, CASE param_name WHEN 'seed' THEN ? ELSE param_value END FROM params WHERE run_id = 1", (i, i))
        before, versions = self.rows("params"), []
        for i in range(int(os.environ.get("KILLS", "6"))):
            p = subprocess.Popen([MOSAIC, "note", "database.db", "1", "a remark"], cwd=self.at, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                p.wait(0.01 * (i + 1))
            p.kill()
            p.wait()
            self.check_database()
            versions += self.sql("PRAGMA user_version")[0]
            self.assertEqual(self.rows("params"), before, versions)
        self.assertLessEqual(set(versions), {1, VERSION})
        self.mosaic("note", "database.db", "1", "a remark")
        self.present()
        self.assertEqual(self.rows("params"), before)

    def test_a_migration_that_fails_changes_nothing(self):
        self.make_1()
        self.sql("CREATE TABLE param_pairs(mine)")
        before = (self.at / "database.db").read_bytes()
        self.assertIn("param_pairs already exists", self.mosaic("note", "database.db", "1", "x", code=2).stderr)
        self.assertEqual((self.at / "database.db").read_bytes(), before)


class View(Folder):
    """Statements of the original's tools, as they write and read `params`."""

    def setUp(self):
        super().setUp()
        self.launch(sweep([pipeline(f"data_or(1) | brick({i})", key=("a", "b")[i % 2]) for i in range(4)]))

    def test_writing(self):
        self.assertEqual(self.sql("SELECT name FROM sqlite_master WHERE name IN ('runs_id', 'run_results_id')"), [])
        self.sql("INSERT INTO params VALUES (?, ?, ?)", 9, "status", "running")
        self.sql("INSERT INTO params VALUES (?, ?, ?)", 9, "lr", 0.5)
        self.sql("INSERT INTO params(run_id, param_name, param_value) SELECT 10, param_name, param_value FROM params WHERE run_id = 9")
        self.assertEqual(self.sql("SELECT * FROM params WHERE run_id > 8"), [(9, "status", "running"), (9, "lr", "0.5"), (10, "status", "running"), (10, "lr", "0.5")])
        self.sql("UPDATE params SET param_value = ? WHERE run_id IN (SELECT run_id FROM runs WHERE pipeline = ?) AND param_name = ?", "new", "data_or(1) | brick(2)",
                 "mlp_key")
        self.assertEqual(self.sql("SELECT run_id FROM params WHERE param_value = 'new'"), [(5,), (6,)])
        self.assertEqual(self.sql("SELECT count(*) FROM params WHERE param_name = 'mlp_key'"), [(8,)])
        self.sql("DELETE FROM params WHERE param_name = 'lr' AND run_id = 9")
        self.sql("DELETE FROM params WHERE run_id = 10")
        self.assertEqual(self.sql("SELECT * FROM params WHERE run_id > 8"), [(9, "status", "running")])
        self.assertEqual(self.sql("SELECT count(*) FROM param_pairs WHERE param_value = '0.5'"), [(0,)])
        self.assertEqual(self.sql("SELECT count(DISTINCT pair_id), count(*) FROM params JOIN param_pairs USING(param_name, param_value) WHERE param_name = 'pipeline'"),
                         [(2, 8)], "two keys, two pipelines, shared by eight runs")
        self.sql("UPDATE params SET run_id = 1 WHERE run_id = 9")
        self.assertEqual(self.sql("SELECT param_value FROM params WHERE run_id = 1 AND param_name = 'status'"), [("done",), ("running",)])
        self.sql("CREATE TABLE IF NOT EXISTS params(run_id, param_name, param_value)")

    def test_reading(self):
        rows = self.sql("SELECT x.test_loss, x.nb_params, d.param_value, m.param_value, r.pipeline FROM run_results x"
                        " INNER JOIN params d ON d.run_id = x.run_id INNER JOIN params m ON m.run_id = x.run_id INNER JOIN runs r ON r.run_id = x.run_id"
                        " WHERE x.run_id IN (SELECT run_id FROM params WHERE param_value = ?) AND d.param_name = 'dataset_key' AND m.param_name = 'mlp_key'", "or")
        self.assertEqual(len(rows), 8)
        self.assertEqual({r[3] for r in rows}, {"a", "b"})
        self.assertEqual(self.sql("SELECT DISTINCT param_value FROM params WHERE param_name LIKE '%width' AND run_id = 1"), [("4",)])
        self.assertEqual(len(self.sql('SELECT DISTINCT x.run_id, p.param_value FROM run_results x INNER JOIN params p ON p.run_id = x.run_id'
                                      " INNER JOIN runs r ON r.run_id = x.run_id WHERE p.param_name LIKE '%pipeline' AND r.pipeline LIKE '%brick(2)%'")), 2)

    def test_exported_as_it_is(self):
        """Whatever stands in names and values, JSON and CSV say it."""
        texts = {"plain": "x", "quotes": "\"it's\"", 'na"me,\n': "a\\b\tc\r\n\x01\x7f", "größe": "Δ 😀 \u2028", "empty": "", "%s%n": "{}[],:", "tag": "keep"}
        for name, value in texts.items():
            self.sql("INSERT INTO params VALUES (1, ?, ?)", name, value)
        self.sql("INSERT INTO params VALUES (1, 'tag', 'slow')")
        self.sql("INSERT INTO params VALUES (1, 'bytes', CAST(x'61ff62c3' AS TEXT))")
        run = json.loads(self.mosaic("export", "--json", "-id", "1").stdout)[0]
        self.assertEqual(run["tags"], ["keep", "slow"])
        self.assertEqual({k: v for k, v in run["params"].items() if k in texts}, {k: v for k, v in texts.items() if k != "tag"})
        self.assertEqual(run["params"]["bytes"], "a?b?")
        self.assertEqual(self.sql("SELECT train_loss, overfit FROM run_results WHERE run_id = 1"), [(run["train_loss"], run["overfit"])])
        with open(self.at / "out.csv", "wb") as out:
            subprocess.run([MOSAIC, "export"], cwd=self.at, stdout=out, check=True)
        with open(self.at / "out.csv", encoding="utf-8", errors="replace", newline="") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual({k: v for k, v in rows[0].items() if k in texts}, {**texts, "tag": "keep slow"})
        self.assertEqual([rows[1][k] for k in texts], [""] * len(texts))

    def test_as_a_table_would(self):
        """Random statements on the view and on a table give the same rows."""
        rng = random.Random(5)
        names, values = ("a", "b", "note", None, "it's"), ("1", "2", "x" * 300, None, "", "é;--", 7, 0.25)
        with contextlib.closing(sqlite3.connect(self.at / "database.db", isolation_level=None)) as db:
            db.execute("CREATE TABLE plain(run_id INTEGER, param_name TEXT, param_value TEXT)")
            db.execute("INSERT INTO plain SELECT * FROM params")
            for _ in range(int(os.environ.get("STATEMENTS", "200"))):
                run, name, value, other = rng.randrange(1, 7), rng.choice(names), rng.choice(values), rng.choice(values)
                statement, with_ = rng.choice([
                    ("INSERT INTO {} VALUES (?, ?, ?)", (run, name, value)), ("INSERT INTO {} VALUES (?, ?, ?)", (run, name, value)),
                    ("UPDATE {} SET param_value = ? WHERE run_id = ? AND param_name IS ?", (value, run, name)),
                    ("UPDATE {} SET param_name = ? WHERE param_value IS ? AND run_id = ?", (name, value, run)),
                    ("UPDATE {} SET run_id = ? WHERE param_name IS ? AND param_value IS ?", (run, name, other)),
                    ("DELETE FROM {} WHERE run_id = ? AND param_name IS ?", (run, name)),
                    ("DELETE FROM {} WHERE param_value IS ? AND param_name IS ?", (value, name))])
                for table in ("params", "plain"):
                    db.execute(statement.format(table), with_)
                both = [sorted(db.execute(f"SELECT * FROM {t}").fetchall(), key=repr) for t in ("params", "plain")]
                self.assertEqual(*both, (statement, with_))
            self.assertEqual(db.execute("SELECT count(*) FROM param_pairs WHERE pair_id NOT IN (SELECT pair_id FROM run_params)").fetchall(), [(0,)])
        self.check_database()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
