"""test_scale.py MOSAIC SCALE_TRAINER: a sample of a large sweep. What grows with the number of runs is checked by counting: bytes a run, and how
SQLite would look for the rows of a query. Times are for scale.py. RUNS in the environment: how many (default: 3000)."""
import contextlib
import csv
import io
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from make_sweep import make

MOSAIC, TRAINER = (os.path.abspath(p) for p in sys.argv[1:3])
RUNS = int(os.environ.get("RUNS", "3000"))
BYTES = 4000                                            # 400 MB for 100,000 runs of 100 epochs

# What users and commands ask for, and the tables that may be read as a whole for it: `p` is param_pairs, which holds each pair once.
QUERIES = {
    "SELECT param_name, param_value FROM params WHERE run_id = 7": "",
    "SELECT param_value FROM params WHERE run_id = 7 AND param_name = 'note'": "",
    "SELECT run_id FROM params WHERE param_name = 'mlp_key' AND param_value = 'mlp_fan'": "",
    "SELECT run_id, param_value FROM params WHERE param_name = 'lr'": "",
    "SELECT run_id FROM params WHERE param_value = 'mlp_fan'": "p",
    "SELECT DISTINCT param_name FROM params": "p",
    "SELECT x.run_id, x.test_loss, p.param_value FROM run_results x JOIN params p ON p.run_id = x.run_id WHERE p.param_name = 'mlp_key'": "",
    "SELECT x.test_loss, d.param_value, m.param_value FROM run_results x INNER JOIN params d ON d.run_id = x.run_id INNER JOIN params m ON m.run_id = x.run_id"
    " WHERE x.run_id IN (SELECT run_id FROM params WHERE param_value = 'dataset_OR') AND d.param_name = 'dataset_key' AND m.param_name = 'mlp_key'": "p",
    "UPDATE params SET param_value = 'x' WHERE run_id = 7 AND param_name = 'mlp_key'": "params",    # the rows that were found
    "DELETE FROM params WHERE run_id = 7 AND param_name = 'note'": "params",
    "SELECT * FROM run_results WHERE run_id = 7": "",
    "SELECT * FROM run_details WHERE identity = 'x'": "",
    "SELECT name, data FROM history WHERE run_id = 7": "",
    "SELECT epoch, value FROM history_values WHERE run_id = 7 AND name = 'test_loss'": "n numbers",
    "SELECT r.run_id, substr(h.data, -4) FROM runs r LEFT JOIN history h ON h.run_id = r.run_id AND h.name = 'test_loss'": "r",
}


class Scale(unittest.TestCase):
    def folder(self, seeds):
        at = pathlib.Path(tempfile.mkdtemp(prefix="scale_"))
        self.addCleanup(shutil.rmtree, at, ignore_errors=True)
        make(at, TRAINER, RUNS, seeds)
        out = self.mosaic(at, "launch", "gen/sweep.json")
        self.assertIn(f"database.db: {RUNS} done", out)
        return at

    def mosaic(self, at, *args):
        r = subprocess.run([MOSAIC, *map(str, args)], cwd=at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual((r.returncode, r.stderr), (0, ""), args)
        return r.stdout

    def sql(self, at, query):
        with contextlib.closing(sqlite3.connect(at / "database.db")) as db:
            return db.execute(query).fetchall()

    def test_seeds_of_some_pipelines(self):
        at = self.folder(seeds=10)
        self.assertLess((at / "database.db").stat().st_size, BYTES * RUNS)
        self.assertEqual(self.sql(at, "SELECT count(*), max(place) FROM run_params"), [(22 * RUNS, 22)])
        self.assertLess(self.sql(at, "SELECT count(*) FROM param_pairs WHERE param_name <> 'pipeline'")[0][0], 400)
        self.assertEqual(self.sql(at, "SELECT count(*), min(length(param_value)) > 200 FROM param_pairs WHERE param_name = 'pipeline'"), [(RUNS // 10, 1)])
        for query, scanned in QUERIES.items():
            for row in self.sql(at, f"EXPLAIN QUERY PLAN {query}"):
                with self.subTest(query):
                    self.assertTrue(not row[3].startswith("SCAN") or row[3].split()[1] in [*scanned.split(), "CONSTANT"], row[3])
        self.commands(at)

    def commands(self, at):
        """All runs are in what each says."""
        self.assertEqual(self.mosaic(at, "status").count("\ttest_loss="), RUNS)
        self.assertEqual(len(json.loads(self.mosaic(at, "status", "--json"))["runs"]), RUNS)
        rows = list(csv.DictReader(io.StringIO(self.mosaic(at, "export"))))
        self.assertEqual([r["run_id"] for r in rows], [str(i) for i in range(1, RUNS + 1)])
        self.assertEqual({r["seed"] for r in rows}, {str(i) for i in range(1, 11)})
        runs = json.loads(self.mosaic(at, "export", "--json"))
        self.assertEqual([(str(r["run_id"]), r["params"]["mlp_key"], r["params"]["lr"]) for r in runs], [(r["run_id"], r["mlp_key"], r["lr"]) for r in rows])
        compared = json.loads(self.mosaic(at, "compare", "database.db", "test_loss", "--by", "mlp_key", "--within", "dataset_key", "--json"))
        self.assertEqual(sum(g["n"] for b in compared["blocks"] for g in b["groups"]), RUNS)
        self.assertEqual({k["pairs"] for b in compared["blocks"] for k in b["comparisons"]}, {RUNS // 10})
        tower = [k for b in compared["blocks"] for k in b["comparisons"] if k["b"] == "mlp_tower"]
        self.assertEqual({k["verdict"] for k in tower}, {"better"})
        self.assertIn(f"{RUNS} already done: nothing to train", self.mosaic(at, "launch", "gen/sweep.json"))

    def test_every_run_a_pipeline(self):
        """The worst case: hardly anything is shared."""
        at = self.folder(seeds=1)
        self.assertEqual(self.sql(at, "SELECT count(*) FROM param_pairs WHERE param_name = 'pipeline'"), [(RUNS,)])
        self.assertLess((at / "database.db").stat().st_size, BYTES * RUNS)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
