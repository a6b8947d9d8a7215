"""test_bench.py BUILD: a small sample of the benchmark: the form of its table, its exit status, its messages; never its times."""
import json, os, subprocess, sys, tempfile, unittest

import bench

BUILD = os.path.abspath(sys.argv.pop())
BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.sh")


def run(*argv, **env):
    return subprocess.run(["sh", BENCH, BUILD, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env})


class Bench(unittest.TestCase):
    def test_table(self):
        with tempfile.TemporaryDirectory() as out:
            got = run("--cases", "tiny_sgd,mlp", "--rounds", "1", "--seconds", "0.05", "--threads", "1", "--peers", "genann,torch", "--out", out, GENANN_DIR="", TORCH_PYTHON="/bin/false")
            self.assertEqual((got.returncode, got.stderr.count("Traceback")), (0, 0), got.stderr)
            with open(os.path.join(out, "bench.json")) as f:
                result = json.load(f)
            with open(os.path.join(out, "bench.txt")) as f:
                self.assertTrue(got.stdout.startswith(f.read()))
        self.assertEqual(list(result["cases"]), ["tiny_sgd", "mlp"])
        self.assertEqual([(r["who"], r["note"], r["threads"]) for r in result["cases"]["tiny_sgd"]["rows"]], [("ours", "", 1), ("ours", "16 runs, 16 lanes", 1)])
        for case in result["cases"].values():
            self.assertGreater(case["limit_ms"]["1"], 0)
            self.assertGreater(case["binary_mib"], 0.1)
            for r in case["rows"]:
                self.assertTrue(0 < r["ms"]["min"] <= r["ms"]["median"] <= r["ms"]["max"], r)
                self.assertTrue(0 < r["cpu_ms"]["median"] and 0 < r["gflops"] and 0 < r["of_peak"] and 0 < r["peak_mib"], r)
        self.assertGreater(result["ceilings"]["1"]["fma"], 1)
        self.assertGreater(result["ceilings"]["1"]["copy"], 0.1)
        self.assertEqual(result["missing"]["genann"], "GENANN_DIR is not set; its sources (github.com/codeplea/genann), then GENANN_DIR=their folder")
        self.assertIn("pip install torch", result["missing"]["torch"])
        self.assertRegex(got.stdout, r"\n  ours \(16 runs, 16 lanes\) +1 +\d")

    def test_two_threads(self):
        """Two runs side by side, and one that shares its products; a network with nothing to share has no such row."""
        with tempfile.TemporaryDirectory() as out:
            got = run("--cases", "small,mlp", "--rounds", "1", "--seconds", "0.05", "--threads", "1,2", "--peers", "genann", "--out", out, GENANN_DIR="")
            self.assertEqual((got.returncode, got.stderr.count("Traceback")), (0, 0), got.stderr)
            with open(os.path.join(out, "bench.json")) as f:
                cases = json.load(f)["cases"]
        self.assertEqual([(r["note"], r["threads"]) for r in cases["small"]["rows"]], [("", 1), ("16 runs, 16 lanes", 1), ("2 runs side by side", 2)])
        self.assertEqual([(r["note"], r["threads"]) for r in cases["mlp"]["rows"]], [("", 1), ("2 runs side by side", 2), ("one run, threads = 2", 2)])

    def test_messages(self):
        for argv, message in ((("--cases", "tinny"), "--cases: no tinny; there are tiny, tiny_sgd,"), (("--peers", "tensorflow"), "--peers: no tensorflow; there are torch,"),
                              (("--threads", "2"), "--threads has 1 among them"), (("--threads", "x"), "--threads: x is no list of numbers")):
            got = run(*argv)
            self.assertEqual(got.returncode, 2)
            self.assertIn(message, got.stderr)
        got = subprocess.run(["sh", BENCH, "/nonexistent"], stderr=subprocess.PIPE, text=True)
        self.assertEqual(got.returncode, 2)
        self.assertIn("no mosaicc in /nonexistent: build it first, or name the folder", got.stderr)

    def test_learning(self):
        """What a config reaches is judged; without PyTorch the time beside it is missing, and why is said."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        got = subprocess.run([sys.executable, os.path.join(os.path.dirname(BENCH), "learn.py"), BUILD, "breast_cancer"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env={**os.environ, "PEER_PYTHON": "/bin/false", "TMPDIR": folder.name})
        self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
        self.assertRegex(got.stdout, r"\nbreast_cancer +9[6-9]\.?\d* +9[6-9]\.?\d* +at least 96 +\d+\.\d+ +nan +nan\nno PyTorch: .+\n")
        with open(got.stdout.split()[-1]) as f:
            self.assertTrue(json.load(f)["breast_cancer"]["reached"])

    def test_products(self):
        """The sizes of the networks that are written twice: millions of operations a step, as in other tables of them."""
        for case, mflop in (("mlp", 411), ("wide", 36500), ("lenet_wide", 1430), ("gpt", 5440)):
            self.assertAlmostEqual(bench.gflop(case) * 1e3 / mflop, 1, delta=0.01)


unittest.main()
