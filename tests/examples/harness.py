"""harness.py: a folder with a copy of share/ in it, where configs are compiled and trained for real. Every test file takes the build
folder as its first argument."""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
SOURCE = pathlib.Path(__file__).resolve().parents[2]
MODULES = pathlib.Path(__file__).resolve().parent / "modules"


def config(process, monitor, *modules):
    """Text of a config: two dicts, then (section, dict) a module; class and key default to the section."""
    lines = ["[PROCESS]", *(f"{k} = {v}" for k, v in process.items()), "[MONITOR]", *(f"{k} = {v}" for k, v in monitor.items())]
    for section, pairs in modules:
        lines += [f"[{section}]", *(f"{k} = {v}" for k, v in {"class": section, "key": section, **pairs}.items())]
    return "\n".join(lines) + "\n"


class Folder:
    """A place to work in: compiles, trains, reads results."""

    def __init__(self, copy_of=None):
        self.at = pathlib.Path(tempfile.mkdtemp(prefix="examples_"))
        if copy_of:                        # times of files are kept: nothing is compiled again
            shutil.copytree(copy_of.at, self.at, dirs_exist_ok=True)
            return
        shutil.copytree(SOURCE / "share", self.at / "share")
        if MODULES.exists():
            shutil.copytree(MODULES, self.at / "modules")

    def remove(self):
        shutil.rmtree(self.at, ignore_errors=True)

    def write(self, name, text):
        path = self.at / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def edit(self, name, *changes):
        """Replaces each (old, new); old must be there."""
        text = (self.at / name).read_text()
        for old, new in changes:
            assert old in text, f"{name} has no {old!r}"
            text = text.replace(old, new)
        (self.at / name).write_text(text)

    def call(self, *args, code=0, **more):
        """Runs a program here; its exit code must be `code` (None: any)."""
        r = subprocess.run([str(a) for a in args], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", **more)
        if code is not None and r.returncode != code:
            raise AssertionError(f"{' '.join(map(str, args))}: exit code {r.returncode}, expected {code}\n{r.stdout}\n{r.stderr}")
        return r

    def mosaicc(self, *args, code=0):
        return self.call(BUILD / "mosaicc", *args, code=code)

    def mosaic(self, *args, code=0):
        return self.call(BUILD / "mosaic", *args, code=code)

    def sweep(self, ini, database, *args, code=0):
        return self.mosaic("run", *args, ini, database, code=code).stdout

    def trainer(self, ini, index=0):
        """Path of a program's trainer, in the order of sweep.json."""
        out = self.at / "generated" / pathlib.Path(ini).stem
        return self.at / json.loads((out / "sweep.json").read_text())["programs"][index]["trainer"]

    def programs(self, ini):
        return json.loads((self.at / "generated" / pathlib.Path(ini).stem / "sweep.json").read_text())["programs"]

    def sql(self, database, query, *values):
        with contextlib.closing(sqlite3.connect(self.at / database, timeout=10)) as db:
            return db.execute(query, values).fetchall()

    def results(self, database):
        """One dict a run, by run id."""
        with contextlib.closing(sqlite3.connect(self.at / database, timeout=10)) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute("SELECT * FROM runs LEFT JOIN run_results USING (run_id) LEFT JOIN run_details USING (run_id) ORDER BY run_id").fetchall()
        return {row["run_id"]: dict(row) for row in rows}

    def bits(self, database):
        """{identity: {column: bytes of its history}}: equal when every epoch of every run is, bit for bit."""
        out = {}
        for identity, name, data in self.sql(database, "SELECT identity, name, data FROM history JOIN run_details USING (run_id)"):
            out.setdefault(identity, {})[name] = data
        return out

    def history(self, database, run_id):
        rows = self.sql(database, "SELECT name, data FROM history WHERE run_id = ?", run_id)
        return {name: [v for (v,) in struct.iter_unpack("<f", data)] for name, data in rows}


def safetensors(path):
    """{name: list of floats}, and the metadata."""
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + size])
    meta = head.pop("__metadata__", {})
    kinds = {"F32": "f", "F64": "d", "I64": "q", "I32": "i", "U8": "B", "U64": "Q"}
    out = {}
    for name, t in head.items():
        first, end = t["data_offsets"]
        code = kinds[t["dtype"]]
        out[name] = list(struct.unpack(f"<{(end - first) // struct.calcsize(code)}{code}", data[8 + size + first:8 + size + end]))
    return out, meta


class Example(unittest.TestCase):
    """One folder a class, kept between its tests."""
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.f = Folder()
        cls.addClassCleanup(cls.f.remove)


def main():
    if os.environ.get("KEEP"):
        Folder.remove = lambda self: print("kept:", self.at, file=sys.stderr)
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
