"""test_real.py BUILD SOURCE: searches with compiled trainers. What a search trained in steps has the bits of what was trained at once."""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

BUILD, SOURCE = map(pathlib.Path, sys.argv[1:3])
CONFIG = """
[PROCESS]
optimizer = Adam
scheduler = CosineAnnealingLR
lr = 1e-3, 1e-2, 1e-1
epochs = 18
data_scheme = dataset
pipeline_scheme = mlp
run_files_path = files_{name}
loss_function = MSELoss
[MONITOR]
nb_processus = 2
{monitor}
[SEARCH]
{search}
[dataset_OR]
type = dataset
class = dataset_OR
path_to_class = dataset.c
key = dataset_OR
batch_size = 10
data_size = 60
train_prop = 0.8
[mlp_brick]
type = mlp
class = mlp_brick
path_to_class = mlp.c
key = brick_{{width}}
length = 1
width = {{2-3}}
"""


class Real(unittest.TestCase):
    def setUp(self):
        self.at = pathlib.Path(tempfile.mkdtemp(prefix="search_"))
        self.addCleanup(shutil.rmtree, self.at, ignore_errors=True)
        for name in ("dataset.c", "mlp.c"):
            shutil.copy(SOURCE / "share" / name, self.at)

    def mosaic(self, *args):
        r = subprocess.run([BUILD / "mosaic", *args], cwd=self.at, capture_output=True, text=True, env={**os.environ, "PATH": f"{BUILD}:{os.environ['PATH']}"})
        self.assertEqual(r.returncode, 0, r.stdout + r.stderr)
        return r.stdout

    def train(self, name, monitor="multiplicity = 3", search="method = grid"):
        (self.at / f"{name}.ini").write_text(CONFIG.format(name=name, monitor=monitor, search=search))
        return self.mosaic("run", f"{name}.ini", f"{name}.db")

    def sql(self, name, query):
        with contextlib.closing(sqlite3.connect(self.at / f"{name}.db")) as db:
            return db.execute(query).fetchall()

    def curves(self, name):
        return {(identity, column): data for identity, column, data in self.sql(name, "SELECT identity, name, data FROM history JOIN run_details USING(run_id)")}

    def check_prefixes(self, name, whole):
        """How many runs have how many epochs."""
        lengths = {}
        for (identity, column), data in self.curves(name).items():
            self.assertEqual(data, whole[identity, column][:len(data)], column)
            lengths[identity] = len(data) // 4
        return sorted(lengths.values())

    def test_halving_and_more_seeds(self):
        self.train("whole", "multiplicity = 8")
        whole = self.curves("whole")
        self.assertEqual(len({identity for identity, _ in whole}), 48)

        out = self.train("search", search="halving = test_loss\nmin_epochs = 2")
        self.assertIn(" [rung 1 of 3: after epoch 2 2 of 6 go on to epoch 6, by test_loss]\n", out)
        self.assertEqual(self.check_prefixes("search", whole), [2] * 12 + [6] * 3 + [18] * 3)
        values = self.sql("search", "SELECT value FROM decisions ORDER BY step, place")
        means = self.sql("search", "SELECT avg(value) FROM history_values JOIN run_details USING(run_id) WHERE name = 'test_loss' AND epoch = 2 GROUP BY pipeline_identity ORDER BY 1")
        self.assertEqual(len(means), 6)
        for (value,), (mean,) in zip(values, means):
            self.assertAlmostEqual(value, mean, delta=1e-12)
        self.mosaic("rerun", "search.ini", "search.db", "--stopped")
        self.assertEqual(self.check_prefixes("search", whole), [18] * 18)

        out = self.train("slow", search="halving = test_loss\nmin_epochs = 2\nasynchronous = yes")
        self.assertEqual(self.check_prefixes("slow", whole)[-3:], [18] * 3)

        out = self.train("auto", "multiplicity = auto\nmin_multiplicity = 6\nmax_multiplicity = 8\nlooks = 2\nby = lr")
        self.assertIn(" [look 1 of 2: 6 seeds, by test_loss: ", out)
        lengths = self.check_prefixes("auto", whole)
        self.assertIn(len(lengths), (36, 40, 44, 48))
        self.assertEqual(set(lengths), {18})
        self.assertIn("nothing to train", self.mosaic("run", "auto.ini", "auto.db"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
