"""here.py: the folder of tests/launcher/harness.py, with a mosaic that has a mosaicc beside it which leaves the hand-made sweep alone."""
import pathlib
import shutil
import stat
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "launcher"))
import harness
from harness import *


class Here(Folder):
    def setUp(self):
        super().setUp()
        self.bin = self.at / "bin"
        self.bin.mkdir()
        shutil.copy2(MOSAIC, self.bin / "mosaic")
        mosaicc = self.bin / "mosaicc"
        mosaicc.write_text("#!/bin/sh\necho \"$@\" >>mosaicc.calls\n")
        mosaicc.chmod(mosaicc.stat().st_mode | stat.S_IXUSR)

    def write(self, s):
        super().write(s)
        (self.at / "gen" / "build.ninja").write_text("build all: phony\n")

    def mosaic(self, *args, code=0, **more):
        r = subprocess.run([self.bin / "mosaic", *map(str, args)], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                           errors="replace", **more)
        self.assertEqual(r.returncode, code, f"mosaic {args}\n{r.stdout}\n{r.stderr}")
        return r

    def rerun(self, *args, code=0, database="database.db"):
        return self.mosaic("rerun", "a.ini", database, "-o", "gen", *args, code=code)

    def dump(self, database="database.db"):
        with contextlib.closing(sqlite3.connect(self.at / database)) as db:
            return list(db.iterdump())


def main():
    if len(sys.argv) > 3:
        sys.argv[1:] = sys.argv[3:]
    else:
        del sys.argv[1:]
    unittest.main(module="__main__")
