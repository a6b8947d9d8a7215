"""test_tune.py BUILD SOURCE: `mosaicc --tune` measures, writes, and is read again; every choice that it could make gives the same results."""
import json, os, pathlib, re, shutil, subprocess, sys, tempfile, unittest

BUILD, SOURCE = map(os.path.abspath, sys.argv[1:3])
CONFIG = """[PROCESS]
lr = 1e-3
epochs = 3
data_scheme = data
pipeline_scheme = net
loss_function = CrossEntropyLoss
[MONITOR]
multiplicity = 6
nb_processus = 2
{monitor}
[blobs]
type = data
class = blobs
path_to_class = blobs.c
key = blobs
batch_size = 32
data_size = {samples}
[wide_net]
type = net
class = wide_net
path_to_class = blobs.c
key = wide
width = {width}
"""


def read(path):
    return pathlib.Path(path).read_text()


class Tune(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="tune")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chdir(self.folder)
        shutil.copy(os.path.join(SOURCE, "tests/gemm/blobs.c"), ".")
        os.mkdir("tmp")
        self.config()

    def config(self, monitor="", width="8, 256", samples=150):
        pathlib.Path("a.ini").write_text(CONFIG.format(monitor=monitor, width=width, samples=samples))

    def call(self, program, *argv, code=0):
        p = subprocess.run([os.path.join(BUILD, program), *argv], capture_output=True, text=True, env={**os.environ, "TMPDIR": os.path.abspath("tmp")})
        self.assertEqual(p.returncode, code, p.stdout + p.stderr)
        return p.stdout if code == 0 else p.stderr

    def results(self):
        """Histories and models of all runs, and how many lanes the programs have."""
        for path in ("database.db", "run_files"):
            shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)
        self.call("mosaic", "run", "a.ini")
        losses = [self.call("mosaic", "history", "database.db", str(run)) for run in range(1, 13)]
        models = {p.name: p.read_bytes() for p in sorted(pathlib.Path("run_files").glob("model_*.safetensors"))}
        sweep = json.loads(read("generated/a/sweep.json"))
        return losses, models, [p["lanes"] for p in sweep["programs"]]

    def hashes(self):
        self.call("mosaicc", "--no-build", "--quiet", "a.ini")
        return [p["hash"] for p in json.loads(read("generated/a/sweep.json"))["programs"]]

    def test_measures_and_writes(self):
        out = self.call("mosaicc", "--tune", "a.ini")
        self.assertIn("tune.ini: written; `tune = tune.ini` in [MONITOR] makes use of it\n", out)
        text = read("tune.ini")
        self.assertRegex(text, r"^# Written by mosaicc --tune: [^\n]*\n# measured: [^\n]*\n# slower: [^\n]*\n\n\[machine\]\nslower = [0-9.e+-]+\n\n\[[0-9a-f]{32}\]\nprogram = wide_net_8\nlanes = (1|4|8)\nproducts = loops\n"
                         r"measured = (\d+ lanes? [0-9.e+]+ [um]s(; )?){3}\n\n\[[0-9a-f]{32}\]\nprogram = wide_net_256\nlanes = \d+\nproducts = (library|loops)\nmeasured = ")
        self.assertEqual(re.findall(r"\[(\w{32})\]", text), self.hashes())
        self.assertEqual(os.listdir("tmp"), [], "nothing is left behind")
        self.assertFalse(os.path.exists("build.ninja") and "tmp/" in read("build.ninja"))
        # What another sweep measured stays; what is measured again is replaced.
        self.config(width="12", monitor="tune = tune.ini")
        self.assertRegex(self.call("mosaicc", "--tune", "a.ini"), r"\nwide_net_12: .*\ntune.ini: written\n$")
        self.assertEqual(re.findall("program = (.*)", read("tune.ini")), ["wide_net_8", "wide_net_256", "wide_net_12"])
        self.call("mosaicc", "--tune", "--quiet", "a.ini")
        self.assertEqual(re.findall("program = (.*)", read("tune.ini")), ["wide_net_8", "wide_net_256", "wide_net_12"])
        self.call("mosaicc", "a.ini")
        self.assertRegex(read("generated/a/wide_net_12/trainer.c"), r"\n\*\* tuned: \d+ lanes? \(tune\.ini\)\n")

    def test_no_choice_changes_a_bit(self):
        expected = self.results()
        self.assertEqual(len(expected[1]), 12)
        self.assertEqual(expected[2], [8, 1])
        small, large = self.hashes()
        self.config("tune = my.ini")
        for lanes, products in ((1, "library"), (1, "loops"), (4, "loops"), (8, "loops")):
            pathlib.Path("my.ini").write_text(f"[{small}]\nlanes = {lanes}\nproducts = loops\n[{large}]\nlanes = {lanes}\nproducts = {products}\n")
            got = self.results()
            self.assertEqual(got[2], [lanes, lanes])
            self.assertEqual(got[:2], expected[:2], f"{lanes} lanes, {products}")
        self.assertEqual("gemm" in read("generated/a/wide_net_256/trainer.c"), True)

    def test_lanes_that_no_run_would_use(self):
        small, large = self.hashes()
        self.config("tune = my.ini")
        pathlib.Path("my.ini").write_text(f"[{small}]\nlanes = 16\nproducts = loops\n")
        self.call("mosaicc", "--no-build", "a.ini")
        self.assertEqual([p["lanes"] for p in json.loads(read("generated/a/sweep.json"))["programs"]], [8, 1])
        self.assertIn("tuned: 8 lanes (my.ini)", read("generated/a/wide_net_8/trainer.c"))
        self.assertNotIn("tuned", read("generated/a/wide_net_256/trainer.c").split("#ifndef")[0])

    def test_a_new_file_makes_new_programs(self):
        small, large = self.hashes()
        self.config("tune = my.ini")
        pathlib.Path("my.ini").write_text(f"[{small}]\nlanes = 8\nproducts = loops\n")
        self.call("mosaicc", "a.ini")
        pathlib.Path("my.ini").write_text(f"[{small}]\nlanes = 4\nproducts = loops\n")
        subprocess.run(["ninja"], check=True, capture_output=True)
        self.assertIn("tuned: 4 lanes (my.ini)", read("generated/a/wide_net_8/trainer.c"))

    def test_cost_cards_know_the_machine(self):
        def seconds():
            return [p["seconds"]["epoch"] for p in json.loads(self.call("mosaicc", "--check", "--json", "a.ini"))["pipelines"]]
        self.config()
        before = seconds()
        pathlib.Path("my.ini").write_text("[machine]\nslower = 2.5\n")
        self.config("tune = my.ini")
        for one, other in zip(before, seconds(), strict=True):
            self.assertAlmostEqual(other, 2.5 * one, delta=1e-3 * other)

    def test_messages(self):
        self.config("tune = my.ini")
        self.assertEqual(self.call("mosaicc", "a.ini", code=1), "a.ini:10:8: error: cannot read my.ini: No such file or directory\n  tune = my.ini\n         ^\n"
                         "  hint: mosaicc --tune a.ini writes it; without `tune` programs are built by size\n")
        name = "0123456789abcdef0123456789abcdef"
        for text, message in (
                ("[x]\nlanes = 4\n", "my.ini:1:1: error: [x] is not the hash of a program\n"),
                ("[machine]\nslower = 0\n", "my.ini:2:10: error: slower is a number from 0.001 to 1000\n"),
                ("[machine]\nslower = 1x\n", "my.ini:2:10: error: slower is a number from 0.001 to 1000\n"),
                ("[machine]\nfaster = 2\n", "my.ini:2:1: error: 'faster' is not known here\n"),
                (f"[{name}]\nlanes = 5\n", "my.ini:2:9: error: lanes are 1, 4, 8 or 16\n"),
                (f"[{name}]\nlanes = 4\nproducts = gpu\n", "my.ini:3:12: error: products are made by library or loops\n"),
                (f"[{name}]\nlane = 4\n", "my.ini:2:1: error: 'lane' is not known here\n"),
                (f"[{name}]\nproducts = loops\n", f"my.ini:1:1: error: [{name}] does not say how many lanes\n"),
                (f"[{name}]\nlanes = 4\nproducts = library\n", "my.ini:1:1: error: the library multiplies for one lane\n")):
            pathlib.Path("my.ini").write_text(text)
            self.assertIn(message, self.call("mosaicc", "a.ini", code=1))
        before = read("my.ini")
        self.assertIn("hint: --tune adds to it; delete it to start anew", self.call("mosaicc", "--tune", "a.ini", code=1))
        self.assertEqual(read("my.ini"), before)
        self.assertIn("--tune builds and measures", self.call("mosaicc", "--tune", "--check", "a.ini", code=2))
        self.config("need_gpu = True\ngpu_available = cuda:0")
        self.assertIn("error: --tune measures trainers for CPUs\n", self.call("mosaicc", "--tune", "a.ini", code=1))
        self.config("tune = out.ini", width="256")
        pathlib.Path("a.ini").write_text(read("a.ini").replace("multiplicity = 6", "multiplicity = 1"))
        self.assertIn("nothing to choose", self.call("mosaicc", "--tune", "a.ini"))


unittest.main(argv=sys.argv[:1])
