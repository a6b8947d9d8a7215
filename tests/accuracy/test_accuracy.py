"""test_accuracy.py MOSAICC SOURCE: every accuracy of [PROCESS] on samples that are known beforehand, against the same counted here."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MOSAICC, SOURCE = (Path(arg).resolve() for arg in sys.argv[1:3])
del sys.argv[1:3]
HERE = Path(__file__).resolve().parent
# Five samples of three scores; ties in the second (the label is the first of the largest) and in the third (it is the second of them).
SCORES = [[0.1, 0.7, 0.2], [0.6, 0.6, 0.1], [0.6, 0.6, 0.2], [0.3, 0.2, 0.9], [0.5, 0.4, 0.3]]
LABELS = [1, 0, 1, 2, 2]
SIGNED = [[-0.4, 0.5, 0.6, 0.2], [0.1, -0.3, 0.9, 0.0]]
TARGETS = [[-1.0, 1.0, 1.0, -1.0], [1.0, 1.0, 1.0, 0.0]]
BITS = [[0.0, 1.0, 1.0, 1.0], [0.0, 1.0, 0.0, 0.0]]
LOSS = "class_loss_function = any_loss\npath_to_class_loss_function = fixed.c"


def first_largest(row):
    return row.index(max(row))


def share(predictions, targets, level):
    pairs = [(p, t) for row, wanted in zip(predictions, targets) for p, t in zip(row, wanted)]
    return 100 * sum((p > level) == (t > level) for p, t in pairs) / len(pairs)


def flat(rows):
    return "[" + ", ".join(str(v) for row in rows for v in (row if isinstance(row, list) else [row])) + "]"


class Accuracy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)
        shutil.copy(HERE / "fixed.c", self.at)

    def make(self, scores, targets, accuracy, process, values, twice="no", code=0):
        text = f"""[PROCESS]
optimizer = SGD
lr = 0
epochs = 1
{process}
{f"accuracy = {accuracy}" if accuracy else ""}
data_scheme = d
pipeline_scheme = m
[MONITOR]
[data]
type = d
key = data
class = fixed
path_to_class = fixed.c
scores = {flat(scores)}
targets = {flat(targets)}
classes = {len(scores[0])}
values = {values}
[same]
type = m
key = same
class = same
path_to_class = fixed.c
twice = {twice}
"""
        (self.at / "a.ini").write_text(text)
        done = subprocess.run([MOSAICC, "--quiet", *(["--check"] if code else []), "a.ini"], cwd=self.at, capture_output=True, encoding="utf-8")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def accuracy(self, *args, **more):
        """train_acc and test_acc of an epoch; None: there are no such columns."""
        self.make(*args, **more)
        trainer = next(self.at.glob("generated/a/*/trainer"))
        out = subprocess.run([trainer, "--out", "out"], cwd=self.at, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()
        columns, values = out[0].split("\t")[1:], next(line for line in out if line.startswith("epoch")).split("\t")[3:]
        both = dict(zip(columns, map(float, values)))
        self.assertEqual(both.get("train_acc"), both.get("test_acc"))
        return both.get("test_acc")

    def test_argmax(self):
        """As torch: the first of the largest values is the class. Labels with and without an axis, and a value a class."""
        right = 100 * sum(first_largest(s) == t for s, t in zip(SCORES, LABELS)) / len(LABELS)
        self.assertEqual(right, 60)
        hot = [[float(k == t) for k in range(3)] for t in LABELS]
        for targets, values, accuracy, process in ((LABELS, 0, "", "loss_function = CrossEntropyLoss"), (LABELS, 0, "argmax", "loss_function = CrossEntropyLoss"),
                                                   (LABELS, 1, "argmax", LOSS), (hot, 3, "argmax", "loss_function = MSELoss")):
            self.assertAlmostEqual(self.accuracy(SCORES, targets, accuracy, process, values), right, 4, (values, accuracy, process))
        level = [[0.5, 0.5, 0.0]] + hot[1:]                     # of a target with ties, too, the first one
        self.assertAlmostEqual(self.accuracy(SCORES, level, "argmax", "loss_function = MSELoss", 3), 40, 4)

    def test_ignored(self):
        """Of each batch the share of those that count: 2 of 3, and 1 of 1 in a batch of two."""
        self.assertAlmostEqual(self.accuracy(SCORES, [1, 0, 1, 2, 0], "", "loss_function = CrossEntropyLoss\nignore_index = 2", 0), 100 * (2 + 2) / 5, 4)

    def test_sides(self):
        for targets, accuracy, process, level in ((TARGETS, "", "loss_function = MSELoss", 0), (TARGETS, "sign", "loss_function = MSELoss", 0), (BITS, "threshold", "loss_function = MSELoss", 0.5),
                                                  (BITS, "threshold 0.3", "loss_function = MSELoss", 0.3), (BITS, "threshold0.15", "loss_function = MSELoss", 0.15),
                                                  (BITS, "", "loss_function = BCEWithLogitsLoss", 0), (BITS, "sign", LOSS, 0), (TARGETS, "", LOSS, 0)):
            self.assertAlmostEqual(self.accuracy(SIGNED, targets, accuracy, process, 4), share(SIGNED, targets, level), 4, (accuracy, process))
        inside = [[0.4, 0.5, 0.6, 0.2], [0.1, 0.51, 0.9, 0.0]]
        self.assertAlmostEqual(self.accuracy(inside, BITS, "", "loss_function = BCELoss", 4), share(inside, BITS, 0.5), 4)

    def test_none(self):
        self.assertIsNone(self.accuracy(SIGNED, TARGETS, "none", "loss_function = MSELoss", 4))

    def test_what_does_not_fit(self):
        err = self.make(SIGNED, TARGETS, "argmax", LOSS, 4, twice="yes", code=1)
        self.assertIn("accuracy = argmax does not fit: the prediction has shape [B:3,1] and the target [B:3,4]; it compares the largest of several values a sample with a label\n", err)
        self.assertIn("hint: accuracy = none, or a metric of your own", err)
        for kind in "sign", "threshold 0.5":
            err = self.make(SIGNED, TARGETS, kind, LOSS, 4, twice="yes", code=1)
            self.assertIn(f"accuracy = {kind} does not fit: the prediction has shape [B:3,1] and the target [B:3,4]; they must be equal\n", err)
        err = self.make(SIGNED, TARGETS, "auto", LOSS, 4, twice="yes")
        self.assertIn("warning: fixed([-0.4, 0.5, 0.6, 0.2, 0.1, -0.3, 0.9, 0.0]", err)
        self.assertIn("has no accuracy: its predictions and targets are not of one shape\n", err)
        self.assertIn("hint: write accuracy = none, or give a module a metric of your own", err)
        self.assertNotIn("accuracy", self.make(SIGNED, TARGETS, "none", LOSS, 4, twice="yes"))


if __name__ == "__main__":
    unittest.main()
