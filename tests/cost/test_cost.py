"""test_cost.py MOSAICC SOURCE: `mosaicc --check` and its cost cards."""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

MOSAICC, SOURCE = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
# How far from a measured time an estimate may be here: a machine under load, other vectors, another compiler. doc/cost.md has what was measured.
FACTOR = 20

CONFIG = """[PROCESS]
lr = {lr}
epochs = {epochs}
optimizer = {optimizer}
data_scheme = dataset
pipeline_scheme = mlp
[MONITOR]
nb_processus = {nb_processus}
multiplicity = {multiplicity}
[dataset_OR]
type = dataset
class = dataset_OR
path_to_class = share/dataset.c
key = dataset_OR
batch_size = {batch_size}
data_size = {data_size}
train_prop = 0.8
[mlp_brick]
type = mlp
class = mlp_brick
path_to_class = share/mlp.c
key = mlp_brick
length = {length}
width = {width}
"""
DEFAULTS = dict(lr="1e-2", epochs=400, optimizer="Adam", nb_processus=2, multiplicity=4, batch_size=1, data_size=200, length=4, width="3")


class Cost(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at, self.tmp = Path(folder.name) / "work", Path(folder.name) / "tmp"
        self.tmp.mkdir()
        shutil.copytree(SOURCE / "share", self.at / "share")
        self.environment = {**os.environ, "TMPDIR": str(self.tmp)}

    def config(self, **values):
        (self.at / "a.ini").write_text(CONFIG.format(**{**DEFAULTS, **values}))

    def mosaicc(self, *args, code=0):
        done = subprocess.run([MOSAICC, *args], cwd=self.at, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual(done.returncode, code, done)
        return done

    def costs(self, **values):
        self.config(**values)
        return json.loads(self.mosaicc("--check", "--json", "a.ini").stdout)

    def files(self):
        return sorted((str(p), p.stat().st_mtime_ns) for p in self.at.rglob("*"))

    # -- counts -----------------------------------------------------------------------------------

    def test_by_hand(self):
        all = self.costs()
        [card] = all["pipelines"]
        # 2-3-3-3-3-1: 36 weights and 13 biases. Forward: a multiply-add is 2, a sigmoid 1 of each of the 13 neurons; the loss (a difference,
        # a square) 2; the accuracy (two comparisons and whether they agree) 3.
        self.assertEqual((card["nb_params"], card["trained"]), (49, 49))
        self.assertEqual(card["flops"]["forward"], 2 * 36 + 13 + 5)
        self.assertEqual(card["flops"]["evaluation"], card["flops"]["forward"])
        # Weights: 36 products; inputs of all layers but the first: 30; sigmoids: r (1 - r) dy, 3 each; the loss: 2 (a - b), of which the difference
        # is there already.
        self.assertEqual(card["flops"]["backward"], 2 * 36 + 2 * 30 + 3 * 13 + 1)
        # Adam: see its loop in templates/optimizers/adam.c.
        self.assertEqual(card["flops"]["optimizer"], 49 * 18)
        self.assertEqual(card["samples"], {"train": 160, "test": 40, "validation": 0, "batch": 1})
        flops = card["flops"]
        self.assertEqual(flops["epoch"], 160 * (flops["forward"] + flops["backward"] + flops["optimizer"]) + 40 * flops["evaluation"])
        self.assertEqual(all["sweep"]["flops"], 4 * 400 * flops["epoch"])
        # float32; Adam keeps two numbers a parameter; 200 samples of two inputs and a target.
        bytes = card["bytes"]
        self.assertEqual((bytes["parameters"], bytes["gradients"], bytes["optimizer"], bytes["data"]), (196, 196, 392, 200 * 3 * 4))
        self.assertEqual((card["runs"], card["lanes"], card["epochs"]), (4, 4, 400))
        self.assertEqual((all["sweep"]["runs"], all["sweep"]["programs"]), (4, 1))

    def test_batches(self):
        one, ten = self.costs()["pipelines"][0], self.costs(batch_size=10)["pipelines"][0]
        self.assertEqual(ten["flops"]["optimizer"], one["flops"]["optimizer"])
        updates = one["flops"]["optimizer"]
        self.assertAlmostEqual(one["flops"]["epoch"] - 160 * updates, ten["flops"]["epoch"] - 16 * updates, delta=0.1 * ten["flops"]["epoch"])
        self.assertLess(ten["seconds"]["epoch"], one["seconds"]["epoch"])

    def test_sgd_keeps_nothing(self):
        card = self.costs(optimizer="SGD")["pipelines"][0]
        self.assertEqual((card["bytes"]["optimizer"], card["flops"]["optimizer"]), (0, 49 * 4))

    def test_more_costs_more(self):
        costs = self.costs(width="{2-32*2}")["pipelines"]
        for low, high in zip(costs, costs[1:]):
            for group, name in (("flops", "epoch"), ("bytes", "activations"), ("bytes", "process"), ("seconds", "epoch")):
                self.assertLess(low[group][name], high[group][name])

    # -- the sweep --------------------------------------------------------------------------------

    def test_slots(self):
        one, two = self.costs(nb_processus=1, width="{2-9}")["sweep"], self.costs(nb_processus=2, width="{2-9}")["sweep"]
        self.assertEqual((one["processes"], one["nb_processus"], two["nb_processus"]), (8, 1, 2))
        self.assertGreaterEqual(two["bytes"], 1.9 * one["bytes"])
        if two["cores"] > 1:
            self.assertLess(two["seconds"], 0.7 * one["seconds"])

    def test_runs_share_lanes(self):
        # 16 runs of one program: 4 learning rates, 4 seeds.
        sweep = self.costs(lr="1e-2, 3e-3, 1e-3, 3e-4", nb_processus=1)
        self.assertEqual((sweep["sweep"]["programs"], sweep["sweep"]["runs"], sweep["sweep"]["processes"]), (1, 16, 1))
        self.assertEqual({p["lanes"] for p in sweep["pipelines"]}, {16})
        self.assertLess(sweep["sweep"]["seconds"], 2 * sweep["pipelines"][0]["seconds"]["run"])

    # -- what is shown ----------------------------------------------------------------------------

    def test_cards(self):
        self.config()
        lines = self.mosaicc("--check", "a.ini").stdout.splitlines()
        self.assertEqual(lines[:6], [
            "a.ini: 1 pipeline, 1 program",
            "",
            "dataset_OR(1,200,0.8) | mlp_brick(4,3)",
            "  program     mlp_brick_4_3: 4 runs, up to 4 in the lanes of one process",
            "  parameters  49",
            "  an epoch    160 samples in batches of 1, then 40 for testing: 187 kFLOP: forward 14 k, backward 28 k, optimizer 141 k, evaluation 3.6 k"])
        self.assertEqual(lines[6], "  a run       parameters 196 B, gradients 196 B, optimizer's state 392 B, activations 116 B, data 2.4 kB")
        self.assertRegex("\n".join(lines), r"\nthe sweep: 4 runs of 1 pipelines, 1 programs; 299 MFLOP\n  about .* to train: \d process")

    def test_a_gpu_is_not_predicted(self):
        """Memory and operations are those of the graph; times were measured on CPUs alone. Threads make large layers alone faster."""
        self.config()
        text = (self.at / "a.ini").read_text().replace("[MONITOR]\n", "[MONITOR]\nneed_gpu = True\ngpu_available = cuda:0\n")
        (self.at / "a.ini").write_text(text)
        out = self.mosaicc("--check", "a.ini").stdout
        self.assertIn("  time        unknown an epoch, unknown for 400 epochs\n", out)
        self.assertRegex(out, r"\n  how long nvcc and a GPU take is not known: \d+ process(es)?, nb_processus = 2 at once\n")
        costs = json.loads(self.mosaicc("--check", "--json", "a.ini").stdout)
        self.assertEqual([costs["sweep"]["seconds"], costs["sweep"]["build_seconds"], costs["pipelines"][0]["seconds"]], [None, None, {"epoch": None, "run": None}])
        self.assertGreater(costs["pipelines"][0]["flops"]["epoch"], 0)

    def test_equal_programs_are_one_row(self):
        self.config(lr="1e-2, 3e-3, 1e-3")
        out = self.mosaicc("--check", "a.ini").stdout
        self.assertIn("and 2 more that cost the same\n", out)
        self.assertEqual(out.count("  parameters  "), 1)

    def test_a_table(self):
        self.config(width="{2-20}")
        out = self.mosaicc("--check", "a.ini").stdout
        rows = [line for line in out.splitlines() if line.endswith(")")]
        self.assertEqual(len(rows), 19)
        self.assertTrue(all(len(line) < 110 for line in rows), rows)

    def test_many(self):
        self.config(width="{2-11}", length="{1-12}")
        out = self.mosaicc("--check", "a.ini").stdout
        self.assertLess(out.count("\n"), 25)
        self.assertRegex(out, r"(?m)^ +120 +120 +480 .* dataset_OR \| mlp_brick$")
        self.assertEqual(len(self.costs(width="{2-11}", length="{1-12}")["pipelines"]), 120)

    def test_quiet(self):
        self.config()
        self.assertEqual(self.mosaicc("--check", "--quiet", "a.ini").stdout, "")

    # -- nothing is written -----------------------------------------------------------------------

    def test_nothing_is_written(self):
        self.config()
        before = self.files()
        self.mosaicc("--check", "a.ini")
        self.mosaicc("--check", "--json", "a.ini")
        (self.at / "b.ini").write_text((self.at / "a.ini").read_text().replace("width = 3", "width = banana"))
        before = self.files()
        self.mosaicc("--check", "b.ini", code=1)
        self.mosaicc("--check", "none.ini", code=1)
        self.assertEqual(self.files(), before)
        self.assertEqual(list(self.tmp.iterdir()), [])

    def test_not_even_when_it_is_killed(self):
        (self.at / "endless.c").write_text((self.at / "share" / "mlp.c").read_text().replace("for (int i = 0;", "for (volatile int k = 0; k < 1;);\n\tfor (int i = 0;"))
        self.config()
        (self.at / "a.ini").write_text((self.at / "a.ini").read_text().replace("share/mlp.c", "endless.c"))
        before = self.files()
        child = subprocess.Popen([MOSAICC, "--check", "--time-limit", "1000", "a.ini"], cwd=self.at, env=self.environment, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, start_new_session=True)
        while not list(self.tmp.glob("*/*.so")):
            self.assertIsNone(child.poll())
            time.sleep(0.05)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for _ in range(600):
            if not list(self.tmp.iterdir()):
                break
            time.sleep(0.05)
        self.assertEqual(list(self.tmp.iterdir()), [])
        self.assertEqual(self.files(), before)

    def test_a_temporary_folder_that_is_not_there(self):
        self.config()
        self.environment["TMPDIR"] = str(self.at / "none")
        self.assertIn("cannot make a temporary folder: No such file or directory\n  hint: TMPDIR names", self.mosaicc("--check", "a.ini", code=1).stderr)

    # -- the estimate -----------------------------------------------------------------------------

    def cpu_seconds(self, trainer, epochs):
        def once():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([trainer, "--epochs", str(epochs), "--out", "out"], cwd=self.at, check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return min(once() for _ in range(3))

    def test_the_order_of_magnitude(self):
        for values in (dict(width="4"), dict(width="32", batch_size=10, multiplicity=1)):
            [card] = self.costs(**values)["pipelines"]
            self.mosaicc("--quiet", "a.ini")
            trainer = self.at / "generated" / "a" / card["program"] / "trainer"
            epochs = max(2, int(0.3 / card["seconds"]["epoch"]))
            measured = (self.cpu_seconds(trainer, epochs) - self.cpu_seconds(trainer, 1)) / (epochs - 1)
            ratio = card["seconds"]["epoch"] / measured
            print(f"{card['program']}: {card['seconds']['epoch']:.3g} s an epoch expected, {measured:.3g} s measured")
            self.assertTrue(1 / FACTOR < ratio < FACTOR, ratio)

    def test_memory(self):
        [card] = self.costs(width="32", batch_size=10, multiplicity=16)["pipelines"]
        self.mosaicc("--quiet", "a.ini")
        trainer = self.at / "generated" / "a" / card["program"] / "trainer"
        child = subprocess.Popen([trainer, "--epochs", "100000000", "--out", "out"], cwd=self.at, stdout=subprocess.PIPE, encoding="utf-8")
        while not child.stdout.readline().startswith("epoch"):
            pass
        peak = 1024 * int(re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{child.pid}/status").read_text())[1])
        child.kill()
        child.wait()
        child.stdout.close()
        self.assertTrue(0.5 < card["bytes"]["process"] / peak < 2, (card["bytes"]["process"], peak))


if __name__ == "__main__":
    del sys.argv[1:3]
    unittest.main()
