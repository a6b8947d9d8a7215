"""test_early.py MOSAICC MOSAIC SOURCE: early_stopping and keep_best in a sweep: what is trained, what is trained again, what commands tell of it."""
import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from contextlib import closing
from pathlib import Path

MOSAICC, MOSAIC, SOURCE = (Path(arg).resolve() for arg in sys.argv[1:4])
del sys.argv[1:4]
CONFIG = """[PROCESS]
lr = 0.3
epochs = 60
early_stopping = test_loss
patience = 4
min_delta = 1e-3
keep_best = True
data_scheme = dataset
pipeline_scheme = mlp
[MONITOR]
nb_processus = 2
multiplicity = 4
[dataset_OR]
type = dataset
class = dataset_OR
path_to_class = share/dataset.c
key = dataset_OR
batch_size = 10
data_size = 200
train_prop = 0.8
[mlp_brick]
type = mlp
class = mlp_brick
path_to_class = share/mlp.c
key = mlp_brick
length = 1
width = 3
"""
RULE = "early_stopping=test_loss early_stopping_patience={} min_delta=1e-3"


def stop_of(values, patience):
    """(epochs trained, best epoch of the rule)"""
    best = 1
    for epoch, value in enumerate(values, 1):
        if epoch > 1 and value < values[best - 1] - 1e-3:
            best = epoch
        elif epoch > 1 and epoch - best >= patience:
            return epoch
    return len(values)


class Early(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)
        shutil.copytree(SOURCE / "share", self.at / "share")

    def call(self, *args, code=0):
        done = subprocess.run(list(map(str, args)), cwd=self.at, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", env={**os.environ, "NO_COLOR": "1"})
        self.assertEqual(done.returncode, code, (done.stdout[-2000:], done.stderr[-2000:]))
        return done.stdout if code == 0 else done.stderr

    def make(self, *edits):
        text = CONFIG
        for old, new in edits:
            self.assertIn(old, text)
            text = text.replace(old, new)
        (self.at / "a.ini").write_text(text)
        self.call(MOSAICC, "--quiet", "a.ini")

    def launch(self, **more):
        return self.call(MOSAIC, "launch", "generated/a/sweep.json", **more)

    def sql(self, query):
        with closing(sqlite3.connect(self.at / "database.db")) as db:
            return db.execute(query).fetchall()

    def curve(self, number, column="test_loss"):
        return [v for v, in self.sql(f"SELECT value FROM history_values WHERE run_id = {number} AND name = '{column}' ORDER BY epoch")]

    def test_runs(self):
        self.make(("early_stopping = test_loss\npatience = 4\nmin_delta = 1e-3\nkeep_best = True\n", ""))
        self.launch()
        whole = {n: self.curve(n) for n in (1, 2, 3, 4)}
        os.rename(self.at / "database.db", self.at / "whole.db")

        self.make()
        out = self.launch()
        ends = {n: stop_of(values, 4) for n, values in whole.items()}
        self.assertLess(min(ends.values()), 60)
        for n, epochs in ends.items():
            self.assertEqual(self.curve(n), whole[n][:epochs])
            self.assertIn(f" [run finished] {n}" + (f" stopped early after epoch {epochs} of 60" if epochs < 60 else "") + "\n", out)
        self.assertEqual(self.sql("SELECT run_id, status FROM runs"), [(n, "done") for n in (1, 2, 3, 4)])
        self.assertEqual(dict(self.sql("SELECT run_id, epochs FROM run_results")), ends)
        self.assertTrue(all(s > 0 for s, in self.sql('SELECT "duration(s)" FROM run_results')))
        for n, rule, reason, best, column in self.sql("SELECT run_id, stop_rule, stop_reason, best_epoch, best_column FROM run_details"):
            self.assertEqual((best, column), (min(range(ends[n]), key=lambda e: whole[n][e]) + 1, "test_loss"))
            if ends[n] == 60:
                self.assertIsNone(rule)
                continue
            self.assertEqual(rule, RULE.format(4))
            self.assertRegex(reason, rf"test_loss has not got better than [0-9.e-]+ of epoch {ends[n] - 4} by more than 0.001 for 4 epochs")
        early = next(n for n in ends if ends[n] < 60)
        best = min(range(ends[early]), key=lambda e: whole[early][e]) + 1

        # What commands tell of it.
        reason = self.sql(f"SELECT stop_reason FROM run_details WHERE run_id = {early}")[0][0]
        self.assertIn(f"\t\tstopped early after epoch {ends[early]}: {reason}\n", self.call(MOSAIC, "status", "database.db"))
        self.assertEqual(json.loads(self.call(MOSAIC, "status", "--json", "database.db"))["runs"][early - 1]["stopped_early"], reason)
        shown = self.call(MOSAIC, "show", "database.db", early)
        self.assertIn(f"Stopped early\n\tafter epoch {ends[early]}: {reason}\n", shown)
        self.assertRegex(shown, rf"Best epoch\n\t{best}, by test_loss: [0-9.e-]+; its parameters are kept, predict uses them\n")
        one = json.loads(self.call(MOSAIC, "show", "--json", "database.db", early))
        self.assertEqual((one["stopped_early"], one["best"]), (reason, {"epoch": best, "column": "test_loss"}))
        rows = list(csv.DictReader(self.call(MOSAIC, "export", "database.db").splitlines()))
        self.assertEqual((rows[early - 1]["stopped_early"], rows[early - 1]["best_epoch"], rows[early - 1]["epochs"]), (reason, str(best), str(ends[early])))
        rows = json.loads(self.call(MOSAIC, "export", "--json", "database.db"))
        self.assertEqual((rows[early - 1]["stopped_early"], rows[early - 1]["best_epoch"]), (reason, best))
        self.assertTrue((self.at / f"run_files/best_model_mlp_brick_{early}.safetensors").exists())

        # A second launch trains nothing, more epochs alone neither; more patience goes on from the checkpoints, no rule goes to the end.
        self.assertIn("4 already done", self.launch())
        self.assertIn("4 of 4 runs done", self.call(MOSAIC, "launch", "--explain", "generated/a/sweep.json"))
        self.make(("patience = 4", "patience = 9"))
        explained = self.call(MOSAIC, "launch", "--explain", "generated/a/sweep.json")
        self.assertIn(f"stopped early after epoch {ends[early]} by another rule: {RULE.format(4)}", explained)
        out = self.launch()
        ends = {n: stop_of(values, 9) for n, values in whole.items()}
        self.assertEqual(dict(self.sql("SELECT run_id, epochs FROM run_results")), ends)
        for n, epochs in ends.items():
            self.assertEqual(self.curve(n), whole[n][:epochs])
        self.make(("patience = 4", "patience = 9"), ("epochs = 60", "epochs = 61"))
        self.launch()
        stayed = [n for n in ends if ends[n] < 60]
        self.assertEqual([e for e, in self.sql(f"SELECT epochs FROM run_results WHERE run_id IN ({','.join(map(str, stayed or [0]))})")], [ends[n] for n in stayed])
        self.make(("early_stopping = test_loss\npatience = 4\nmin_delta = 1e-3\nkeep_best = True\n", ""))
        self.launch()
        self.assertTrue(all(e >= 60 for e, in self.sql("SELECT epochs FROM run_results")))
        self.assertEqual(self.sql("SELECT count(*) FROM run_details WHERE stop_reason IS NOT NULL"), [(0,)])
        for n in whole:
            self.assertEqual(self.curve(n)[:60], whole[n])

    def test_swept(self):
        """Values that are compared are pipelines of their own; none is one of them."""
        self.make(("early_stopping = test_loss\npatience = 4", "early_stopping = none, test_loss\npatience = 2, 5"), ("multiplicity = 4", "multiplicity = 1"))
        self.launch()
        whole = self.curve(1)
        self.assertEqual([e for e, in self.sql("SELECT epochs FROM run_results ORDER BY run_id")], [60, 60, stop_of(whole, 2), stop_of(whole, 5)])
        self.assertEqual(self.sql("SELECT best_epoch FROM run_details WHERE run_id < 3"), [(None,), (None,)])
        self.assertIn("4 already done", self.launch())

    def test_halving(self):
        """A run that stopped early has come to every later rung, with its last value."""
        self.make(("multiplicity = 4", "multiplicity = 2"), ("epochs = 60", "epochs = 45"), ("lr = 0.3", "lr = 0.3, 1e-2, 1e-4"), ("patience = 4", "patience = 2"),
                  ("[dataset_OR]\ntype", "[SEARCH]\nhalving = test_loss\neta = 3\nmin_epochs = 5\n[dataset_OR]\ntype"))
        self.launch()
        states = dict(self.sql("SELECT run_id, status FROM runs"))
        self.assertEqual(set(states.values()) - {"done", "stopped"}, set())
        self.assertIn("nothing to train", self.launch())
        self.assertEqual(dict(self.sql("SELECT run_id, status FROM runs")), states)

    def test_rerun_and_import(self):
        self.make(("multiplicity = 4", "multiplicity = 1"), ("patience = 4", "patience = 2"))
        self.launch()
        epochs = self.sql("SELECT epochs FROM run_results")[0][0]
        self.assertLess(epochs, 60)
        out = self.call(MOSAIC, "rerun", "a.ini", "database.db", "--id", 1, "--until", 100)
        self.assertIn(f"[run finished] 1 stopped early after epoch {epochs} of 100", out)
        self.assertEqual(self.sql("SELECT epochs FROM run_results"), [(epochs,)])
        self.call("sh", "-c", f"'{MOSAIC}' job generated/a/sweep.json 1 > job.txt && generated/a/*/trainer --job job.txt > spool.txt")
        self.call(MOSAIC, "import", "other.db", "spool.txt")
        with closing(sqlite3.connect(self.at / "other.db")) as db:
            self.assertEqual(db.execute("SELECT r.status, x.epochs, d.stop_rule FROM runs r JOIN run_results x USING(run_id) JOIN run_details d USING(run_id)").fetchall(),
                             [("done", epochs, RULE.format(2))])
        os.rename(self.at / "other.db", self.at / "database.db")
        self.assertIn("1 already done", self.launch())

    def test_older_database(self):
        """Version 4 knows nothing of it: read as it is, brought up to date by the first command that writes."""
        self.make(("multiplicity = 4", "multiplicity = 1"))
        self.launch()
        with closing(sqlite3.connect(self.at / "database.db")) as db:
            for column in "stop_rule", "stop_reason", "best_epoch", "best_column":
                db.execute(f"ALTER TABLE run_details DROP COLUMN {column}")
            db.execute("PRAGMA user_version = 4")
            db.commit()
        for command in ["status", "database.db"], ["show", "database.db", "1"], ["export", "database.db"], ["launch", "--explain", "generated/a/sweep.json"]:
            self.assertNotIn("topped early", self.call(MOSAIC, *command))
        self.launch()
        self.assertEqual(self.sql("PRAGMA user_version"), [(5,)])
        self.assertEqual(self.sql("SELECT stop_rule FROM run_details"), [(RULE.format(4),)])

    def test_columns_that_are_not_there(self):
        for edits, message in (([("early_stopping = test_loss", "early_stopping = validation_loss")], "a.ini:4:18: error: early_stopping: dataset_OR(10,200,0.8) | mlp_brick(1,3)"
                                " has no column 'validation_loss'\n  early_stopping = validation_loss\n                   ^\n  hint: its data has no validation part: train_ or test_, and then loss, acc\n"),
                               ([("keep_best = True", "keep_best = test_acc\naccuracy = none")], "a.ini:7:13: error: keep_best: dataset_OR(10,200,0.8) | mlp_brick(1,3)"
                                " has no column 'test_acc'\n  keep_best = test_acc\n              ^\n  hint: it has no accuracy: train_ or test_, and then loss\n"),
                               ([("keep_best = True", "keep_best = max test_f1")], "a.ini:7:13: error: keep_best: dataset_OR(10,200,0.8) | mlp_brick(1,3)"
                                " has no column 'test_f1'\n  keep_best = max test_f1\n              ^\n  hint: train_ or test_, and then loss, acc\n")):
            text = CONFIG
            for old, new in edits:
                text = text.replace(old, new)
            (self.at / "a.ini").write_text(text)
            self.assertIn(message, self.call(MOSAICC, "--check", "a.ini", code=1))


if __name__ == "__main__":
    unittest.main()
