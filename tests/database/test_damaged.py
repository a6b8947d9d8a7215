"""test_damaged.py MOSAIC FAKE_TRAINER: databases that are damaged or hostile. Bytes are flipped, pages torn, columns filled with what does not belong
there, tables taken away: every command that reads says what is wrong or shows what is left. None crashes, hangs or ends without a word.
DAMAGES=N tries N of each kind (default: a few), SEED=N others."""
import contextlib
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "launcher"))
from harness import MOSAIC, Folder, pipeline, sweep  # noqa: E402  (reads the two paths from sys.argv)

COUNT, SEED = int(os.environ.get("DAMAGES", "12")), int(os.environ.get("SEED", "1"))
COMMANDS = ["status", "history {db} 1", "show {db} 1", "show {db} 1 --json", "diff {db} 1 3", "best {db}", "best {db} --json", "export {db}", "export {db} --json --history",
            "export {db} --tensorboard board", "compare {db} test_loss --by mlp_key", "compare {db} train_loss --by mlp_key --within seed", "report {db} a.html", "tag {db}",
            "tag {db} 1-3 +keep", "note {db} 1 seen", "savedb {db} copy.db", "plotloss {db} a.svg -id all --script", "metaplot {db} a.svg or test_loss --script",
            "perfanalysis {db} a.svg --script", "parallel {db} a.svg test_loss --script", "importance {db} a.svg test_loss --script", "pareto {db} a.svg test_loss --script",
            "heatmap {db} a.svg test_loss -x mlp_key -y seed --script", "rekey keys.json {db}", "launch gen/sweep.json -d {db} -n", "launch gen/sweep.json -d {db}"]
WEIRD = ["NULL", "-1", "0", "9223372036854775807", "-9223372036854775808", "1e308", "9e999", "-9e999", "'text'", "''", "x''", "x'00ff41'", "zeroblob(3)", "zeroblob(99999)",
         "'a' || char(10) || char(9)", "replace(hex(zeroblob(5000)), '0', 'x')", "2147483648", "1e-320", "'nan'", "'[[['", "'[{\"type\":1}]'", "char(0) || 'x'", "CAST(x'fffe80' AS TEXT)"]


class Damaged(Folder):
    def setUp(self):
        super().setUp()
        self.random = random.Random(f"{SEED} {self.id()}")
        self.launch(sweep([pipeline("data_or() | brick()"), pipeline("data_or() | funnel()", key="funnel")], nb_processus=1))
        (self.at / "keys.json").write_text('[[{"type": "dataset", "class": "data_or", "key": "or"}, {"type": "mlp", "class": "brick", "key": "b"}]]')
        self.good = (self.at / "database.db").read_bytes()

    def commands(self, what, count):
        for command in self.random.sample(COMMANDS, count):
            words = command.format(db="x.db").split() if "{" in command else [command, "x.db"]
            r = subprocess.run([MOSAIC, *words], cwd=self.at, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
            said = f"{what}: {command}: {r.returncode}\n{r.stdout[-500:]}\n{r.stderr}"
            self.assertIn(r.returncode, (0, 1, 2), said)
            self.assertNotIn("Sanitizer", r.stderr, said)
            self.assertNotIn("runtime error", r.stderr, said)
            if r.returncode == 2:
                self.assertIn("error: ", r.stderr, said)
        for path in ("board", "run_files/trace"):
            shutil.rmtree(self.at / path, ignore_errors=True)

    def test_bytes(self):
        for i in range(COUNT):
            raw, kind = bytearray(self.good), i % 4
            if kind == 0:
                raw = raw[:self.random.randrange(len(raw))]
            elif kind == 1:
                for _ in range(self.random.choice((1, 3, 20, 100))):
                    raw[self.random.randrange(len(raw))] = self.random.randrange(256)
            elif kind == 2:                                # the head of a page says what is in it
                page = self.random.randrange(len(raw) // 8192) * 8192
                for _ in range(self.random.choice((1, 3, 20))):
                    raw[page + self.random.randrange(120)] = self.random.randrange(256)
            else:
                at = self.random.randrange(len(raw) - 512)
                raw[at:at + 512] = bytes(512)
            (self.at / "x.db").write_bytes(raw)
            self.commands(f"damage {i}", 4)

    def test_values(self):
        with contextlib.closing(sqlite3.connect(self.at / "database.db")) as db:
            columns = [(t, c[1]) for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() for c in db.execute(f"PRAGMA table_info({t})")]
        # curves most of all: their bytes are read as numbers
        columns += [("history", "data")] * 20
        for _ in range(2 * COUNT):
            (table, column), value = self.random.choice(columns), self.random.choice(WEIRD)
            (self.at / "x.db").write_bytes(self.good)
            what = f'UPDATE {table} SET "{column}" = {value}' + self.random.choice(("", f" WHERE rowid = (SELECT rowid FROM {table} LIMIT 1)"))
            with contextlib.suppress(sqlite3.Error):       # a constraint
                self.sql(what, database="x.db")
            self.commands(what, 4)

    def test_tables(self):
        objects = self.sql("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'")
        for kind, name in self.random.sample(objects, min(COUNT, len(objects))):
            for what in (f'DROP {kind} "{name}"', f'ALTER TABLE "{name}" RENAME TO gone; CREATE TABLE "{name}"(a)' if kind == "table" else "PRAGMA user_version = -1"):
                (self.at / "x.db").write_bytes(self.good)
                with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(self.at / "x.db")) as db:
                    db.executescript(what)
                self.commands(what, 3)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
