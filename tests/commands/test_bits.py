"""test_bits.py MOSAIC SOURCE: the tutorial's networks, compiled and trained: however a run came to its epochs, its bits are the same."""
import contextlib
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

MOSAIC, SOURCE = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()


class Bits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.at = pathlib.Path(tempfile.mkdtemp(prefix="bits_"))
        cls.addClassCleanup(shutil.rmtree, cls.at, ignore_errors=True)
        for name in ("dataset.c", "mlp.c"):
            shutil.copy(SOURCE / "share" / name, cls.at)
        cls.configure("a", 600)
        cls.mosaic("run", "a.ini", "whole.db")
        cls.whole = cls.results("whole.db")

    @classmethod
    def configure(cls, name, epochs, more=""):
        text = (SOURCE / "share" / "config.ini").read_text().replace("= share/", "= ")
        text = re.sub(r"width = .*", "width = 3", text)
        text = re.sub(r"multiplicity = .*", "multiplicity = 2", text)
        text = re.sub(r"epochs = .*", f"epochs = {epochs}", text)
        text = re.sub(r"run_files_path = .*", f"run_files_path = files_{name}\n{more}", text)
        (cls.at / f"{name}.ini").write_text(text)

    @classmethod
    def mosaic(cls, *args, code=0):
        r = subprocess.run([MOSAIC, *args], cwd=cls.at, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if r.returncode != code:
            raise AssertionError(f"mosaic {args}: {r.returncode}\n{r.stdout}")
        return r.stdout

    @classmethod
    def results(cls, database):
        with contextlib.closing(sqlite3.connect(cls.at / database)) as db:
            return (db.execute("SELECT run_id, train_loss, test_loss, train_acc, test_acc, nb_params, epochs, overfit, trainability, slope"
                               " FROM run_results ORDER BY 1").fetchall(),
                    db.execute("SELECT run_id, name, epochs, data FROM history ORDER BY 1, 2").fetchall(),
                    db.execute("SELECT run_id, status FROM runs ORDER BY 1").fetchall())

    def same_models(self, folder):
        models = sorted((self.at / "files_a").glob("model_*"))
        self.assertEqual(len(models), 4)
        for path in models:
            self.assertEqual(path.read_bytes(), (self.at / folder / path.name).read_bytes(), path.name)

    def test_400_and_200_are_600(self):
        self.configure("b", 400)
        self.mosaic("run", "b.ini", "b.db")
        self.assertEqual({row[6] for row in self.results("b.db")[0]}, {400})
        self.mosaic("rerun", "b.ini", "b.db", "-id", "1-2", "-epochs", "150")
        self.mosaic("rerun", "b.ini", "b.db", "-id", "2,1", "-epochs", "50")
        self.mosaic("rerun", "b.ini", "b.db", "-param_name_value", "mlp_key", "mlp_brick", "-epoch", "200")
        self.assertEqual(self.results("b.db"), self.whole)
        self.same_models("files_b")

    def test_paused_and_resumed(self):
        """Stopped in the middle of an epoch, several times: the same bits."""
        self.configure("c", 12000)
        self.mosaic("run", "c.ini", "c.db")
        whole, models = self.results("c.db"), {p.name: p.read_bytes() for p in (self.at / "files_c").glob("model_*")}
        (self.at / "c.db").unlink()
        shutil.rmtree(self.at / "files_c")
        command, stops = ["run", "c.ini", "c.db"], 0
        for _ in range(3):
            with subprocess.Popen([MOSAIC, *command], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as p:
                next((line for line in p.stdout if " ---> launch" in line), None)
                time.sleep(0.2)
                self.mosaic("pause", "left.json", "c.db", "--now")
                p.stdout.read()
            stops += p.returncode == 75
            command = ["resume", "left.json", "c.db"]
        self.mosaic(*command)
        self.assertGreater(stops, 0)
        self.assertEqual(self.results("c.db"), whole)
        self.assertEqual({p.name: p.read_bytes() for p in (self.at / "files_c").glob("model_*")}, models)


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
