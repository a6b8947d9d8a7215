"""test_explain.py MOSAICC MOSAIC SOURCE: `mosaicc --explain` and `mosaic launch --explain`."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

MOSAICC, MOSAIC, SOURCE = (Path(arg).resolve() for arg in sys.argv[1:4])
UP_TO_DATE = "trainer.c unchanged, trainer is up to date"
CONFIG = """[PROCESS]
lr = 1e-2
epochs = 20
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
batch_size = 1
data_size = 200
train_prop = 0.8
[mlp_brick]
type = mlp
class = mlp_brick
path_to_class = share/mlp.c
key = mlp_brick
length = 4
width = {2-3}
"""


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A sweep that is generated, built and trained; each test gets a copy."""
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = Path(cls.folder.name) / "made"
        shutil.copytree(SOURCE / "share", cls.made / "share")
        (cls.made / "a.ini").write_text(CONFIG)
        subprocess.run([MOSAICC, "--quiet", "a.ini"], cwd=cls.made, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([MOSAIC, "launch", "generated/a/sweep.json"], cwd=cls.made, check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at, self.tmp = Path(folder.name) / "work", Path(folder.name) / "tmp"
        self.tmp.mkdir()
        subprocess.run(["cp", "-a", self.made, self.at], check=True)
        self.environment = {**os.environ, "TMPDIR": str(self.tmp)}

    def call(self, *args, code=0):
        done = subprocess.run(args, cwd=self.at, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual(done.returncode, code, done)
        return done.stdout

    def explain(self, *args):
        return self.call(MOSAICC, "--explain", *args, "a.ini").splitlines()

    def edit(self, name, old, new):
        path = self.at / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def touch(self, path):
        later = time.time() + 5
        os.utime(path, (later, later))

    # -- each change, in words ----------------------------------------------------------------------

    def test_nothing_changed(self):
        self.assertEqual(self.explain(), [f"mlp_brick_4_2 and mlp_brick_4_3: {UP_TO_DATE}, 4 of 4 runs done",
                                          "2 programs: 0 to generate, 0 to build; database.db: 8 of 8 runs done, 0 to train"])

    def test_nothing_is_there(self):
        shutil.rmtree(self.at / "generated")
        (self.at / "database.db").unlink()
        self.assertEqual(self.explain()[0], "mlp_brick_4_2 and mlp_brick_4_3: generated: nothing was generated yet; built: there is no trainer yet; "
                                            "0 of 4 runs done, 4 to begin: there is no database yet")

    def test_a_range(self):
        self.edit("a.ini", "width = {2-3}", "width = {3-4}")
        changed = "width of [mlp_brick] changed from {2-3} to {3-4}"
        self.assertEqual(self.explain(), [
            f"a.ini: {changed}",
            f"mlp_brick_4_3: {UP_TO_DATE}, 4 of 4 runs done",
            f"mlp_brick_4_4: generated: {changed}; built: there is no trainer yet; 0 of 4 runs done, 4 to begin: the database has no run of this pipeline",
            "generated/a/mlp_brick_4_2: goes, no pipeline needs it any more",
            "2 programs: 1 to generate, 1 to build; database.db: 4 of 8 runs done, 4 to train"])

    def test_epochs(self):
        self.edit("a.ini", "epochs = 20", "epochs = 30")
        changed = "epochs of [PROCESS] changed from 20 to 30"
        self.assertEqual(self.explain()[:2], [f"a.ini: {changed}", f"mlp_brick_4_2 and mlp_brick_4_3: generated again: {changed}; built again: its trainer.c changes; "
                                              "0 of 4 runs done, 4 to train further: run 1 has 20 epochs, 30 are wanted"])

    def test_more_seeds(self):
        self.edit("a.ini", "multiplicity = 4", "multiplicity = 5")
        self.assertEqual(self.explain()[1], "mlp_brick_4_2 and mlp_brick_4_3: generated again: 8 lanes instead of 4, since 5 runs share it; built again: its trainer.c changes; "
                                            "4 of 5 runs done, 1 to begin: more seeds than the database has")

    def test_a_learning_rate(self):
        self.edit("a.ini", "lr = 1e-2", "lr = 1e-3")
        self.assertTrue(self.explain()[1].endswith("0 of 4 runs done, 4 to begin: run 4 is of this pipeline as it was: lr was 1e-2, is 1e-3"))

    def test_a_module(self):
        self.edit("share/mlp.c", "return nn_sigmoid(nn_linear(x, self->output_size))", "return nn_linear(x, self->output_size)")
        self.assertEqual(self.explain()[0], "mlp_brick_4_2 and mlp_brick_4_3: generated again: share/mlp.c changed; built again: its trainer.c changes; 0 of 4 runs done, "
                                            "4 to begin: run 4 is of this pipeline as it was: its program is another one now (network, module or kernels)")

    def test_a_comment_on_a_line_of_its_own(self):
        self.edit("share/mlp.c", "#include <mosaic.h>\n", "#include <mosaic.h>\n/* Some more words. */\n")
        self.assertEqual(self.explain()[0], "mlp_brick_4_2 and mlp_brick_4_3: generated again: the network is the same, the text is not: lines of a module moved, mosaicc is "
                                            "another one, or somebody edited it; built again: its trainer.c changes; 4 of 4 runs done")

    def test_a_touched_module(self):
        self.touch(self.at / "share" / "mlp.c")
        self.assertEqual(self.explain()[0], f"mlp_brick_4_2 and mlp_brick_4_3: {UP_TO_DATE}, 4 of 4 runs done")

    def test_a_data_class_that_was_touched(self):
        self.touch(self.at / "share" / "dataset.c")
        self.assertEqual(self.explain()[0], "mlp_brick_4_2 and mlp_brick_4_3: trainer.c unchanged, built again: share/dataset.c is newer; 4 of 4 runs done")

    def test_another_compiler(self):
        self.edit("a.ini", "multiplicity = 4", "multiplicity = 4\ncc = gcc")
        lines = self.explain()
        self.assertEqual(lines[0], "a.ini: cc = gcc was added to [MONITOR]")
        self.assertIn("machine.ninja: the compiler changed from clang to gcc", lines)
        self.assertRegex("\n".join(lines), "trainer.c unchanged, built again: the compiler changed from clang to gcc.*; 4 of 4 runs done\n2 programs: 0 to generate, 2 to build")

    def test_what_was_deleted(self):
        shutil.rmtree(self.at / "generated" / "a" / "mlp_brick_4_2")
        (self.at / "generated" / "a" / "mlp_brick_4_3" / "trainer").unlink()
        self.assertEqual(self.explain()[:2], ["mlp_brick_4_2: generated: its folder is gone; built: there is no trainer yet; 4 of 4 runs done",
                                              "mlp_brick_4_3: trainer.c unchanged, built: there is no trainer yet; 4 of 4 runs done"])

    def test_an_edited_trainer(self):
        path = self.at / "generated" / "a" / "mlp_brick_4_2" / "trainer.c"
        path.write_text(path.read_text() + "\n")
        self.assertRegex(self.explain()[0], "^mlp_brick_4_2: generated again: the network is the same, the text is not")

    def test_runs_that_are_not_done(self):
        database = sqlite3.connect(self.at / "database.db")
        database.execute("UPDATE runs SET status = 'interrupted' WHERE run_id = 2")
        database.execute("DELETE FROM run_results WHERE run_id IN (2, 6)")
        database.execute("UPDATE run_details SET checkpoint_epoch = 7 WHERE run_id = 2")
        database.execute("UPDATE runs SET status = 'error', return_status = 'no \x1b[31mluck\nat all' WHERE run_id = 6")
        database.commit()
        database.close()
        self.assertEqual(self.explain(), [
            f"mlp_brick_4_2: {UP_TO_DATE}, 3 of 4 runs done, 1 to go on with: run 2 was stopped or cut off; its checkpoint is of epoch 7",
            f"mlp_brick_4_3: {UP_TO_DATE}, 3 of 4 runs done, 1 to try again: run 6 failed: no ?[31mluck",
            "2 programs: 0 to generate, 0 to build; database.db: 6 of 8 runs done, 2 to train"])
        self.assertEqual(self.call(MOSAIC, "launch", "--explain", "generated/a/sweep.json").splitlines(), [
            "dataset_OR(1,200,0.8) | mlp_brick(4,2): 3 of 4 runs done, 1 to go on with: run 2 was stopped or cut off; its checkpoint is of epoch 7",
            "dataset_OR(1,200,0.8) | mlp_brick(4,3): 3 of 4 runs done, 1 to try again: run 6 failed: no ?[31mluck",
            "database.db: 6 of 8 runs done, 2 to train"])

    def test_without_mosaic(self):
        away = self.at / "bin"
        away.mkdir()
        shutil.copy2(MOSAICC, away / "mosaicc")
        for name in ("include", "libmosaic_trainer.a"):
            if (MOSAICC.parent / name).exists():
                (away / name).symlink_to(MOSAICC.parent / name)
        self.environment["PATH"] = "/usr/bin:/bin"
        out = self.call(away / "mosaicc", "--explain", "a.ini")
        self.assertIn("runs are not known\n", out)
        self.assertIn("which runs are done is not known\n", out)

    def test_a_file_that_is_no_database(self):
        (self.at / "database.db").write_text("no database at all, but long enough to look at")
        done = subprocess.run([MOSAICC, "--explain", "a.ini"], cwd=self.at, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not say which runs are done", done.stderr)

    # -- it was right ---------------------------------------------------------------------------------

    def test_what_it_says_comes_true(self):
        self.edit("a.ini", "width = {2-3}", "width = {3-5}")
        told = json.loads(self.call(MOSAICC, "--explain", "--json", "a.ini"))
        before = {p["name"]: (self.at / "generated/a" / p["name"] / "trainer") for p in told["programs"]}
        times = {name: path.stat().st_mtime_ns if path.exists() else None for name, path in before.items()}
        self.call(MOSAICC, "--quiet", "a.ini")
        for p in told["programs"]:
            self.assertEqual(p["build"]["when"] == "no", times[p["name"]] == before[p["name"]].stat().st_mtime_ns, p)
        self.assertEqual([p["generate"]["when"] for p in told["programs"]], ["no", "new", "new"])
        self.assertEqual(told["stale"], ["mlp_brick_4_2"])
        self.assertFalse((self.at / "generated/a/mlp_brick_4_2").exists())
        out = self.call(MOSAIC, "launch", "generated/a/sweep.json")
        self.assertEqual(out.count("[run finished]"), told["database"]["runs"] - told["database"]["done"])
        self.assertEqual(self.explain()[-1], "3 programs: 0 to generate, 0 to build; database.db: 12 of 12 runs done, 0 to train")

    def test_again(self):
        self.call(MOSAIC, "launch", "--again", "generated/a/sweep.json")
        self.assertEqual(self.explain()[-1], "2 programs: 0 to generate, 0 to build; database.db: 16 of 16 runs done, 0 to train")

    # -- nothing is written -----------------------------------------------------------------------------

    def files(self):
        return sorted((str(p), p.stat().st_mtime_ns) for p in self.at.rglob("*"))

    def test_nothing_is_written(self):
        for change in (None, ("epochs = 20", "epochs = 30"), ("width = {2-3}", "width = 7"), ("width = 7", "width = banana")):
            if change:
                self.edit("a.ini", *change)
            before = self.files()
            for args in (["--explain"], ["--explain", "--json"], ["--explain", "--quiet"], ["--explain", "--database", "none.db"], ["--explain", "-o", "other"]):
                self.call(MOSAICC, *args, "a.ini", code="banana" in str(change))
            self.call(MOSAIC, "launch", "--explain", "generated/a/sweep.json")
            self.assertEqual(self.files(), before)
            self.assertEqual(list(self.tmp.iterdir()), [])

    def test_options(self):
        done = subprocess.run([MOSAICC, "--explain", "--check", "a.ini"], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (2, "mosaicc: --check or --explain, one at a time\n  hint: mosaicc --help\n"))
        done = subprocess.run([MOSAICC, "--json", "a.ini"], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (2, "mosaicc: --json goes with --check, --explain or --describe\n  hint: mosaicc --help\n"))


if __name__ == "__main__":
    del sys.argv[1:4]
    unittest.main()
