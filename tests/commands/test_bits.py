"""test_bits.py MOSAIC SOURCE: the tutorial's networks, compiled and trained: however a run came to its epochs, its bits are the same."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
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
        command, stops, seconds = ["run", "c.ini", "c.db"], 0, []
        for _ in range(3):
            with subprocess.Popen([MOSAIC, *command], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as p:
                next((line for line in p.stdout if " ---> launch" in line), None)
                time.sleep(0.2)
                began = time.monotonic()
                self.mosaic("pause", "left.json", "c.db", "--now")
                seconds.append(time.monotonic() - began)
                p.stdout.read()
            stops += p.returncode == 75
            command = ["resume", "left.json", "c.db"]
        self.mosaic(*command)
        self.assertGreater(stops, 0)
        print("pause --now took", ", ".join(f"{s:.3f} s" for s in seconds))
        self.assertEqual(self.results("c.db"), whole)
        self.assertEqual({p.name: p.read_bytes() for p in (self.at / "files_c").glob("model_*")}, models)

    # ---- mosaic verify ----

    def files(self):
        """All that a command could touch, but what the other tests write."""
        return {str(p.relative_to(self.at)): (p.read_bytes(), p.stat().st_mtime_ns) for p in self.at.rglob("*") if p.is_file()}

    def verify(self, *args, code=0):
        temporary = self.at / "tmp"
        temporary.mkdir(exist_ok=True)
        before = self.files()
        r = subprocess.run([MOSAIC, "verify", *args], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, TMPDIR=str(temporary)))
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        self.assertEqual(self.files(), before)
        self.assertEqual(list(temporary.iterdir()), [])
        return r.stdout

    def change(self, database, sql, *values):
        shutil.copy(self.at / "whole.db", self.at / database)
        with contextlib.closing(sqlite3.connect(self.at / database)) as db, db:
            db.execute(sql, values)

    def test_verify(self):
        self.assertEqual(self.verify("whole.db", "all"), "".join(f"[{i}] the same bits: 4 curves of 600 epochs\n" for i in (1, 2, 3, 4)) + "4 of 4 runs came out to the same bits\n")
        self.assertEqual(self.verify("whole.db", "2", "4", "-param_name_value", "mlp_key", "mlp_brick"), "[4] the same bits: 4 curves of 600 epochs\n1 of 1 runs came out to the same bits\n")
        self.assertEqual(json.loads(self.verify("whole.db", "3", "--json")),
                         [{"run_id": 3, "verdict": "same", "epochs": 600, "program_text": "same", "surroundings": {}}])
        (self.at / "a.ini").rename(self.at / "elsewhere.ini")                      # the database has its text
        self.addCleanup((self.at / "elsewhere.ini").rename, self.at / "a.ini")
        self.verify("whole.db", "1")

    def test_verify_is_stopped_while_it_builds(self):
        """Its folder goes, and so does what it has started, by whatever signal it is told to stop, and when it is killed without being told."""
        temporary, fake = self.at / "tmp", self.at / "fake"
        for folder in (temporary, fake):
            folder.mkdir(exist_ok=True)
        (fake / "ninja").write_text("#!/bin/sh\nsleep 600 &\necho $! > \"$STARTED.new\"\nmv \"$STARTED.new\" \"$STARTED\"\nwait\n")
        (fake / "ninja").chmod(0o755)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            started = fake / f"started_{number}"
            p = subprocess.Popen([MOSAIC, "verify", "whole.db", "1"], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=dict(os.environ, TMPDIR=str(temporary), STARTED=str(started), PATH=f"{fake}:{os.environ['PATH']}"))
            while not started.exists() and p.poll() is None:
                time.sleep(0.01)
            self.assertEqual(len(list(temporary.iterdir())), 1)
            p.send_signal(number)
            out, err = p.communicate()
            self.assertEqual((p.returncode, out), (-9 if number == signal.SIGKILL else 75, b""), err)
            while number == signal.SIGKILL and list(temporary.iterdir()):          # another process takes it away
                time.sleep(0.01)
            self.assertEqual(list(temporary.iterdir()), [])
            state = pathlib.Path(f"/proc/{started.read_text().strip()}/stat")
            self.assertTrue(not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z")   # nobody may be there to bury it

    def test_verify_a_run_that_was_continued(self):
        self.configure("e", 20)
        self.mosaic("run", "e.ini", "e.db")
        self.mosaic("rerun", "e.ini", "e.db", "-id", "1", "-epochs", "15")
        self.assertIn("[1] the same bits: 4 curves of 35 epochs\n", self.verify("e.db", "1-2"))

    def test_verify_two_configurations(self):
        for name, lr in (("g", "1e-2"), ("h", "3e-2")):
            self.configure(name, 10)
            path = self.at / f"{name}.ini"
            path.write_text(re.sub(r"lr = .*", f"lr = {lr}", path.read_text()))
            self.mosaic("run", path.name, "two.db")
        self.assertEqual(self.verify("two.db", "1", "8"), "[1] the same bits: 4 curves of 10 epochs\n[8] the same bits: 4 curves of 10 epochs\n"
                         "2 of 2 runs came out to the same bits\n")

    def test_verify_finds_one_bit(self):
        with contextlib.closing(sqlite3.connect(self.at / "whole.db")) as db:
            data = bytearray(db.execute("SELECT data FROM history WHERE run_id = 2 AND name = 'test_loss'").fetchone()[0])
        data[4 * 416] ^= 1
        self.change("bit.db", "UPDATE history SET data = ? WHERE run_id = 2 AND name = 'test_loss'", bytes(data))
        out = self.verify("bit.db", "1-2", code=1)
        self.assertRegex(out, r"\A\[1\] the same bits: 4 curves of 600 epochs\n\[2\] other bits: test_loss at epoch 417 of 600: stored \S+, now \S+\n"
                         r"\tnothing else differs: compiler, flags, processor, mosaicc and data are those of the stored run\n1 of 2 runs came out to the same bits, 1 to others\n\Z")
        one = json.loads(self.verify("bit.db", "2", "--json", code=1))[0]
        self.assertEqual((one["verdict"], one["first_difference"]["name"], one["first_difference"]["epoch"]), ("differs", "test_loss", 417))
        self.assertNotEqual(one["first_difference"]["stored"], one["first_difference"]["now"])

    def test_verify_says_what_surrounds_a_difference(self):
        self.change("where.db", "UPDATE history SET data = x'0000803f' || substr(data, 5) WHERE run_id = 1 AND name = 'train_acc'")
        with contextlib.closing(sqlite3.connect(self.at / "where.db")) as db, db:
            db.execute("UPDATE run_details SET compiler = 'tcc 0.9', host = 'elsewhere', data_hash = 'other' WHERE run_id = 1")
            db.execute("UPDATE launches SET cpu = 'Z80'")
            db.execute("UPDATE programs SET source = source || '/* more */'")
        out = self.verify("where.db", "1", code=1)
        for what in ("other bits: train_acc at epoch 1 of 600: stored 1, now ", "\tcompiler: stored tcc 0.9\n", "\tprocessor: stored Z80\n", "\tmachine: stored elsewhere\n",
                     "\tdata: stored other\n", "\tprogram: mosaicc writes another text for it today\n"):
            self.assertIn(what, out)
        self.assertNotIn("\tflags", out)

    def test_verify_after_a_change(self):
        text = (self.at / "mlp.c").read_text()
        self.addCleanup((self.at / "mlp.c").write_text, text)
        (self.at / "mlp.c").write_text(re.sub(r"(struct mlp_brick \*self.*?)nn_linear\(x, self->width\)", r"\1nn_relu(nn_linear(x, self->width))", text, count=1, flags=re.S))
        self.assertNotEqual((self.at / "mlp.c").read_text(), text)
        out = self.verify("whole.db", "1,3", code=2)
        changed = "not verified: its configuration gives another pipeline today: a module, a data file or mosaicc's kernels have changed since\n"
        self.assertEqual(out.count(changed), 1)
        self.assertIn("1 of 2 runs came out to the same bits, 1 could not be verified\n", out)
        # and --changed trains it again, as a new run
        shutil.copy(self.at / "whole.db", self.at / "changed.db")
        self.configure("a", 600)
        self.assertIn("changed.db: changed since they were trained: 2 runs (2 by their program, 0 by data or settings alone)", self.mosaic("rerun", "a.ini", "changed.db", "--changed"))
        results, history, runs = self.results("changed.db")
        self.assertEqual(sorted(status for _, status in runs), ["done"] * 4 + ["replaced"] * 2)
        self.assertEqual([row for row in history if row[0] <= 4], self.whole[1])   # nothing is lost
        (self.at / "mlp.c").write_text(text.replace("/*", "/* a comment changes nothing; ", 1))
        self.verify("whole.db", "1,3")
        shutil.rmtree(self.at / "files_a")                                         # its models belong to the other tests
        (self.at / "mlp.c").write_text(text)
        (self.at / "whole.db").unlink()
        self.mosaic("run", "a.ini", "whole.db")

    def test_verify_what_cannot_be(self):
        self.change("none.db", "UPDATE run_details SET launch_id = NULL WHERE run_id = 1")
        with contextlib.closing(sqlite3.connect(self.at / "none.db")) as db, db:
            db.execute("UPDATE runs SET status = 'error' WHERE run_id = 2")
            db.execute("DELETE FROM history WHERE run_id = 3")
            db.execute("UPDATE launches SET config_text = 'nonsense'")
        self.assertEqual(self.verify("none.db", "all", code=2),
                         "[1] not verified: the database does not have its configuration: it was imported\n"
                         "[2] not verified: it ended with an error: there is nothing to compare\n"
                         "[3] not verified: it has no history yet\n"
                         "[4] not verified: its configuration cannot be generated any more (see above)\n"
                         "0 of 4 runs came out to the same bits, 4 could not be verified\n")


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
