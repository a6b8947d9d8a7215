"""test_streams.py MOSAIC MOSAICC SOURCE: standard streams that are closed or full, and a limit on the size of files: nothing is lost silently,
no message ends up in a file, no program is killed. Modules that are no files."""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MOSAIC, MOSAICC, SOURCE = (Path(arg).resolve() for arg in sys.argv[1:4])
CONFIG = """[PROCESS]
lr = 1e-2
epochs = 20
data_scheme = dataset
pipeline_scheme = mlp
[MONITOR]
nb_processus = 2
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
length = 1
width = 3
"""
UNWRITABLE = "mosaicc: error: standard output cannot be written\n"


class Streams(unittest.TestCase):
    def setUp(self):
        self.at = Path(tempfile.mkdtemp(prefix="streams_"))
        self.addCleanup(shutil.rmtree, self.at)
        (self.at / "share").symlink_to(SOURCE / "share")
        (self.at / "a.ini").write_text(CONFIG)

    def call(self, *command, redirect="", code=0, **more):
        shell = 'exec "$@" ' + redirect
        done = subprocess.run(["sh", "-c", shell, "sh", *map(str, command)], cwd=self.at, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", **more)
        self.assertEqual(done.returncode, code, (command, redirect, done.stdout, done.stderr))
        return done

    def files(self, folder):
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix in (".c", ".json", ".ninja", ".md", ".txt")}

    def test_answers_that_nobody_gets(self):
        for command in (["--ops"], ["--help"], ["--man"], ["--version"], ["--completion"], ["--describe", "share/mlp.c"], ["--check", "a.ini"], ["--check", "--json", "a.ini"],
                        ["--explain", "a.ini"]):
            for redirect in (">/dev/full", ">&-"):
                self.assertEqual(self.call(MOSAICC, *command, redirect=redirect, code=1).stderr, UNWRITABLE, command)

    def test_closed(self):
        """A build works without streams, and what it writes is the same to the byte."""
        self.call(MOSAICC, "a.ini")
        whole = self.files(self.at / "generated")
        self.assertGreater(len(whole), 5)
        for redirect in (">&-", "<&- >&- 2>&-"):
            shutil.rmtree(self.at / "generated")
            self.call(MOSAICC, "a.ini", redirect=redirect)
            self.assertEqual(self.files(self.at / "generated"), whole, redirect)
        trainer = next(self.at.glob("generated/a/*/trainer"))
        self.call(trainer, "--out", "whole")
        for i, redirect in enumerate(("<&-", ">&-", "2>&-", "<&- >&- 2>&-")):
            self.call(trainer, "--out", f"out{i}", redirect=redirect)
            for name in ("history_1.csv", "model_mlp_brick_1.safetensors"):
                self.assertEqual((self.at / f"out{i}" / name).read_bytes(), (self.at / "whole" / name).read_bytes(), redirect)
            self.call(MOSAIC, "launch", "generated/a/sweep.json", "--database", f"{i}.db", redirect=redirect)
            self.assertIn("Done\n\t[1] train_loss=", self.call(MOSAIC, "status", f"{i}.db").stdout)
        self.assertEqual(self.call(MOSAIC, "status", "0.db", redirect=">&-", code=2).stderr, "mosaic: error: standard output cannot be written\n")

    def test_modules_that_are_no_files(self):
        os.mkfifo(self.at / "pipe.c")
        (self.at / "loop.c").symlink_to("loop.c")
        for path in ("pipe.c", "loop.c", "share", "/dev/zero", "none.c"):
            (self.at / "b.ini").write_text(CONFIG.replace("share/mlp.c", path))
            self.assertEqual(self.call(MOSAICC, "--check", "b.ini", code=1).stderr,
                             f"b.ini:19:17: error: cannot read '{path}'\n  path_to_class = {path}\n                  ^\n"
                             "  hint: paths are relative to the folder where mosaicc is called\n")

    def test_a_cache_that_a_crash_left_behind(self):
        """Compiled modules that are empty, cut off or something else are compiled again."""
        self.call(MOSAICC, "--no-build", "a.ini")
        libraries = list(self.at.glob("generated/a/.cache/*.so"))
        self.assertEqual(len(libraries), 2)
        whole = [p.read_bytes() for p in libraries]
        for damage in (lambda raw: b"", lambda raw: raw[:len(raw) // 2], lambda raw: raw[:-1], lambda raw: b"x" * 5000, lambda raw: raw[:40]):
            for path, raw in zip(libraries, whole):
                path.unlink()
                path.write_bytes(damage(raw))
            self.assertEqual(self.call(MOSAICC, "--no-build", "a.ini").stderr, "")
            self.assertEqual([p.read_bytes() for p in libraries], whole)

    def test_files_may_not_grow(self):
        """A limit of a batch system: an error that says so, nothing half-written; afterwards all goes on."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        done = self.call(MOSAICC, "--no-build", "a.ini", code=1, preexec_fn=limit)
        self.assertIn("error: cannot be written: File too large\n  hint: -o DIR writes into another folder; --check writes nothing\n", done.stderr)
        self.assertEqual([p for p in self.at.rglob("*") if "tmp" in p.name], [])
        self.call(MOSAICC, "a.ini")
        done = self.call(MOSAIC, "launch", "generated/a/sweep.json", code=2, preexec_fn=limit)
        self.assertIn("mosaic: error: database.db: ", done.stderr)
        self.call(MOSAIC, "launch", "generated/a/sweep.json")
        for command in (["note", "database.db", "1", "x"], ["tag", "database.db", "1", "+x"], ["savedb", "database.db", "b.db"], ["report", "database.db", "r.html"],
                        ["export", "database.db", "--tensorboard", "t"]):
            done = self.call(MOSAIC, *command, code=2, preexec_fn=limit)
            self.assertRegex(done.stderr, "^mosaic: error: .*(disk I/O error|File too large|disk is full)", command)
        self.assertEqual([p for p in self.at.rglob("*") if "tmp" in p.name], [])
        self.assertIn("Done\n\t[1] train_loss=", self.call(MOSAIC, "status", "database.db").stdout)


if __name__ == "__main__":
    del sys.argv[1:4]
    unittest.main()
