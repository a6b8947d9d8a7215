"""run_gemm.py BUILD SOURCE: a network with large layers is trained by the library's matrix products and by plain loops: the same bits. It
stands alone, and has one lane however many runs share it."""
import os, pathlib, re, shutil, struct, subprocess, sys, tempfile, unittest

BUILD, SOURCE = map(os.path.abspath, sys.argv[1:3])
CONFIG = """[PROCESS]
lr = 1e-3
epochs = 3
data_scheme = data
pipeline_scheme = net
loss_function = CrossEntropyLoss
precision = {precision}
[MONITOR]
multiplicity = 2
[blobs]
type = data
class = blobs
path_to_class = blobs.c
key = blobs
batch_size = {batch}
data_size = 150
[{net}]
type = net
class = {net}
path_to_class = blobs.c
key = wide
width = {width}
"""


def run(*argv, **more):
    return subprocess.run(argv, check=True, capture_output=True, text=True, **more).stdout


def variables(path):
    return dict(line.rstrip("\n").split(" = ", 1) for line in pathlib.Path(path).read_text().splitlines() if " = " in line)


def losses(text):
    return [[float(v) for v in line.split("\t")[3:]] for line in text.splitlines() if line.startswith("epoch")]


class Gemm(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gemm")
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copy(os.path.join(SOURCE, "blobs.c"), self.folder)
        os.chdir(self.folder)

    def compile(self, precision, batch, width=256, net="wide_net"):
        with open("wide.ini", "w") as f:
            f.write(CONFIG.format(precision=precision, batch=batch, width=width, net=net))
        run(os.path.join(BUILD, "mosaicc"), "wide.ini")
        self.trainer = f"generated/wide/{net}_{width}/trainer"
        text = open(self.trainer + ".c").read()
        self.assertTrue(re.search(r"gemm_(nt|row_t)\(" if net == "wide_net" else "lstm", text), "no product of matrices")
        self.assertTrue("#define LANES 1\n" in text)        # by size, although two runs share the program

    def compare(self, precision, batch, net="wide_net", width=256):
        self.compile(precision, batch, width, net)
        v = variables("generated/wide/machine.ninja")
        run(v["cc"], "-std=gnu11", "-O2", *v["target"].split(), "-ffp-contract=off", "-fno-math-errno", "-DMOSAIC_PLAIN_GEMM", *v["include_flags"].split(), "-c", self.trainer + ".c", "-o", "plain.o")
        run(v["cc"], *v["link_flags"].split(), "-o", "plain", "plain.o", "generated/wide/classes/blobs.o", v["library"], "-lm")
        fast, plain = losses(run(self.trainer, "--out", "fast")), losses(run("./plain", "--out", "plain_out"))
        self.assertEqual(len(fast), 3)
        self.assertEqual(fast, plain)
        self.assertLess(fast[-1][0], fast[0][0])
        model = f"model_{net}_1.safetensors"
        self.assertEqual(open("fast/" + model, "rb").read(), open("plain_out/" + model, "rb").read())
        for threads in ("2", "5"):
            self.assertEqual(losses(run(self.trainer, "--threads", threads, "--out", "shared")), fast)
            self.assertEqual(open("fast/" + model, "rb").read(), open("shared/" + model, "rb").read())

    def test_float32(self):
        self.compare("float32", 32)                     # 150 samples: the last batch has 22

    def test_float64(self):
        self.compare("float64", 32)

    def test_lstm(self):
        for precision, batch, width in (("float32", 32, 128), ("float32", 1, 128), ("float64", 20, 128), ("float32", 7, 100)):
            with self.subTest(precision=precision, batch=batch, width=width):
                self.compare(precision, batch, "step_net", width)

    def test_one_sample(self):
        self.compile("float32", 1, 256)
        self.assertEqual(len(losses(run(self.trainer, "--out", "one"))), 3)

    def test_static(self):
        self.compile("float32", 32)
        elf = open(self.trainer, "rb").read()
        table, size, count = struct.unpack_from("<Q", elf, 32)[0], *struct.unpack_from("<HH", elf, 54)
        kinds = [struct.unpack_from("<I", elf, table + i * size)[0] for i in range(count)]
        self.assertIn(1, kinds)                         # segments to load
        self.assertNotIn(3, kinds)                      # and no interpreter: nothing is loaded at run time
        self.assertLess(os.path.getsize(self.trainer), 5e6)


unittest.main(argv=sys.argv[:1])
