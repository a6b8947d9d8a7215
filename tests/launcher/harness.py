"""harness.py: a folder with a hand-made sweep.json and the fake trainer in it; the launcher runs there."""
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

MOSAIC, FAKE = (os.path.abspath(p) for p in sys.argv[1:3]) if len(sys.argv) > 2 else (None, None)


def pipeline(line="data_or(1) | brick(4)", program=0, identity=None, settings=(), params=(), epochs=4, multiplicity=2, seed=1, error=None, key="brick", seconds=1e-6):
    """One pipeline as mosaicc writes it."""
    return {
        "line": line,
        "modules": [{"type": "dataset", "class": "data_or", "key": "or"}, {"type": "mlp", "class": "brick", "key": key}],
        "program": -1 if error else program,
        "error": error,
        "params": [["dataset_key", "or"], ["mlp_key", key], ["brick_width", "4"], *map(list, params)],
        "settings": [["epochs", str(epochs)], ["lr", "1e-2"], *map(list, settings)],
        "seed": seed, "epochs": epochs, "multiplicity": multiplicity, "seconds_per_epoch": seconds,
        "identity": identity or hashlib.md5(line.encode()).hexdigest(),
    }


def sweep(pipelines, programs=1, lanes=4, **monitor):
    return {
        "version": 1, "mosaicc": "0.1.0", "config": "a.ini", "config_text": "[PROCESS]\nlr = 1e-2\n",
        "process": {"lr": "1e-2", "epochs": "4", "data_scheme": "dataset", "pipeline_scheme": "mlp"},
        "monitor": {"database": "database.db", "nb_processus": 2, "multiplicity": 2, "checkpoint": 60, "timeout": 0,
                    "run_files_path": "run_files", "need_gpu": False, **monitor},
        "programs": [{"name": f"p{i}", "trainer": f"gen/p{i}/trainer", "source": f"gen/p{i}/trainer.c", "hash": "%032x" % (i + 1),
                      "lanes": lanes} for i in range(programs)],
        "pipelines": pipelines,
    }


class Folder(unittest.TestCase):
    """setUp makes the folder; launch() runs the launcher in it."""

    def setUp(self):
        self.at = pathlib.Path(tempfile.mkdtemp(prefix="launcher_"))
        self.addCleanup(shutil.rmtree, self.at, ignore_errors=True)

    def write(self, s):
        for i, p in enumerate(s["programs"]):
            folder = self.at / "gen" / p["name"]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "trainer.c").write_text(f"/* program {i} */\n")
            if not (folder / "trainer").exists():
                (folder / "trainer").symlink_to(FAKE)
        (self.at / "gen" / "machine.ninja").write_text("cc = 'a compiler'\n")
        (self.at / "gen" / "sweep.json").write_text(s if isinstance(s, str) else json.dumps(s))

    def mosaic(self, *args, code=0, **more):
        r = subprocess.run([MOSAIC, *map(str, args)], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", **more)
        self.assertEqual(r.returncode, code, f"mosaic {args}\n{r.stdout}\n{r.stderr}")
        return r

    def launch(self, s=None, *args, code=0):
        if s:
            self.write(s)
        return self.mosaic("launch", "gen/sweep.json", *args, code=code)

    def start(self, *args):
        """A launcher in the background, stopped at the end of the test."""
        p = subprocess.Popen([MOSAIC, "launch", "gen/sweep.json", *args], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def end():
            with contextlib.suppress(ProcessLookupError):
                p.kill()
            p.communicate()
        self.addCleanup(end)
        return p

    def wait_for(self, condition):
        """Waits for something that must come; a broken launcher hits ctest's own limit."""
        while not condition():
            time.sleep(0.005)

    def sql(self, query, *values, database="database.db"):
        with contextlib.closing(sqlite3.connect(self.at / database, timeout=10)) as db, db:
            return db.execute(query, values).fetchall()

    def trace(self):
        path = self.at / "run_files" / "trace"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def check_database(self, database="database.db"):
        self.assertEqual(self.sql("PRAGMA integrity_check", database=database), [("ok",)])
