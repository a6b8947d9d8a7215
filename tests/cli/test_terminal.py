"""test_terminal.py MOSAIC MOSAICC SOURCE: what is drawn on a terminal, and only there; JSON for scripts."""
import json
import os
import pty
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
multiplicity = 2
{more}
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


class Terminal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)
        shutil.copytree(SOURCE / "share", self.at / "share")
        self.write()

    def write(self, more=""):
        (self.at / "a.ini").write_text(CONFIG.format(more=more))

    def environment(self, **variables):
        return {**{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}, **variables}

    def on_terminal(self, *command, **variables):
        ours, theirs = pty.openpty()
        child = subprocess.Popen(command, cwd=self.at, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=self.environment(**variables))
        os.close(theirs)
        text = b""
        try:
            while more := os.read(ours, 65536):
                text += more
        except OSError:                                    # the end of a terminal
            pass
        os.close(ours)
        self.assertEqual(child.wait(), 0, text)
        return text.decode().replace("\r\n", "\n")

    def on_pipe(self, *command, code=0):
        done = subprocess.run(command, cwd=self.at, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              env=self.environment(TERM="xterm"))
        self.assertEqual(done.returncode, code, done)
        self.assertNotIn("\033", done.stdout + done.stderr)
        return done

    def test_building(self):
        self.assertEqual(self.on_pipe(MOSAICC, "a.ini").stdout, "a.ini: 1 pipeline, 1 program\n")
        self.assertEqual(self.on_pipe(MOSAICC, "a.ini").stdout, "a.ini: 1 pipeline, 1 program\n")
        self.assertEqual(self.on_pipe(MOSAICC, "--quiet", "a.ini").stdout, "")
        shutil.rmtree(self.at / "generated")
        shown = self.on_terminal(MOSAICC, "a.ini", TERM="xterm")
        self.assertIn("link generated/a/mlp_brick_1_3/trainer", shown)
        self.assertTrue(shown.endswith("\nbuilt; `ninja run` trains up to 2 runs\n"), shown)
        (self.at / "build.ninja").write_text("# somebody's own\n")
        shown = self.on_terminal(MOSAICC, "a.ini", TERM="xterm")
        self.assertTrue(shown.endswith("\nbuilt; `ninja -f generated/a/build.ninja run` trains up to 2 runs\n"), shown)
        self.assertEqual(self.on_terminal(MOSAICC, "a.ini", TERM="dumb").splitlines()[0], "a.ini: 1 pipeline, 1 program")

    def test_compilers_are_heard(self):
        self.on_pipe(MOSAICC, "--no-build", "a.ini")
        ninja = self.at / "bin"
        ninja.mkdir()
        (ninja / "ninja").write_text("#!/bin/sh\necho 'ninja: no work to do.'\necho FAILED: x\nexit 1\n")
        (ninja / "ninja").chmod(0o755)
        os.environ["PATH"], path = f"{ninja}:{os.environ['PATH']}", os.environ["PATH"]
        try:
            self.assertEqual(self.on_pipe(MOSAICC, "a.ini", code=1).stdout, "a.ini: 1 pipeline, 1 program\nFAILED: x\n")
        finally:
            os.environ["PATH"] = path

    def test_training(self):
        self.on_pipe(MOSAICC, "--quiet", "a.ini")
        launch = (MOSAIC, "launch", "--build", "generated/a/build.ninja", "--again", "generated/a/sweep.json")
        self.assertRegex(self.on_pipe(*launch).stdout, r"^( ---> launch \d \d/2\n){2}( \[run finished\] \d\n){2}database.db: 2 done \(.*\)\n$")
        self.assertIn("\033[32m[", self.on_terminal(*launch, TERM="xterm"))
        plain = self.on_terminal(*launch, TERM="xterm", NO_COLOR="1")
        self.assertIn("\r\033[K", plain)
        self.assertNotIn("\033[3", plain)
        self.assertNotIn("\033", self.on_terminal(*launch, TERM="dumb"))
        self.assertNotIn("\033", self.on_terminal(MOSAIC, "status", "--watch", TERM="dumb"))
        self.assertIn("\033[H\033[2J", self.on_terminal(MOSAIC, "status", "--watch", TERM="xterm"))

    def test_json(self):
        self.on_pipe(MOSAICC, "--quiet", "a.ini")
        self.on_pipe(MOSAIC, "launch", "generated/a/sweep.json")
        run = json.loads(self.on_pipe(MOSAIC, "history", "--json", "1").stdout)
        self.assertEqual((run["run_id"], run["epochs"]), (1, 20))
        self.assertEqual(set(run["history"]), {"train_loss", "test_loss", "train_acc", "test_acc"})
        self.assertTrue(all(len(values) == 20 for values in run["history"].values()))
        rows = self.on_pipe(MOSAIC, "history", "1").stdout.splitlines()
        self.assertEqual([float(row.split(",")[rows[0].split(",").index("train_loss")]) for row in rows[1:]], run["history"]["train_loss"])
        for command in (["status", "--json"], ["show", "--json", "1"], ["best", "--json"], ["export", "--json"],
                        ["compare", "--json", "--by", "mlp_key", "database.db", "test_loss"], ["launch", "--explain", "--json", "generated/a/sweep.json"]):
            json.loads(self.on_pipe(MOSAIC, *command).stdout)
        for command in (["--check", "a.ini"], ["--explain", "a.ini"]):
            json.loads(self.on_pipe(MOSAICC, "--json", *command).stdout)

    def test_describe_as_json(self):
        for file in ("mlp.c", "classifier.c", "csv.c", "pinn.c", "loss.c"):
            told = json.loads(self.on_pipe(MOSAICC, "--json", "--describe", f"share/{file}").stdout)
            words = self.on_pipe(MOSAICC, "--describe", f"share/{file}").stdout
            self.assertEqual(told["file"], f"share/{file}")
            for one in told["classes"]:
                for entry in [one] + one["parameters"] + one["derived"] + one["methods"]:
                    self.assertIn(entry["name"], words)
        [classifier] = json.loads(self.on_pipe(MOSAICC, "--json", "--describe", "share/classifier.c").stdout)["classes"]
        parameters = {p["name"]: p for p in classifier["parameters"]}
        self.assertEqual((parameters["activation"]["kind"], parameters["activation"]["values"], parameters["activation"]["default"]),
                         ("choice", ["relu", "tanh", "gelu"], "relu"))
        self.assertEqual((parameters["width"]["kind"], parameters["width"]["default"]), ("integer", None))

    def test_gpus(self):
        self.write("need_gpu = True\ngpu_available = cuda:0")
        os.environ["NVCC"] = "/nowhere/nvcc"
        done = self.on_pipe(MOSAICC, "a.ini", code=1)
        self.assertEqual((done.stdout, done.stderr), ("", "a.ini:9:12: error: need_gpu is True, but there is no nvcc, which compiles trainers for GPUs\n"
            "  need_gpu = True\n             ^\n  hint: install NVIDIA's CUDA toolkit, or say where nvcc is: NVCC=/path/to/nvcc; --no-build generates without it; "
            "need_gpu = False trains on the CPU\n"))
        self.assertFalse((self.at / "generated").exists())
        self.on_pipe(MOSAICC, "--check", "a.ini")
        del os.environ["NVCC"]
        self.write("need_gpu = False\ngpu_available = cuda:0")
        self.on_pipe(MOSAICC, "--check", "a.ini")


if __name__ == "__main__":
    del sys.argv[1:4]
    unittest.main()
