"""test_code.py: the text of generated trainers as compilers and sanitizers see it, for every config in share/ and some more."""
import json
import math
import pathlib
import re
import shutil
import subprocess

from harness import BUILD, Example, config, main

CFLAGS = ["-std=gnu11", "-march=native", "-ffp-contract=off", f"-I{BUILD}/include"]
UNUSED = ["-Wl,--gc-sections", "-Wl,--unresolved-symbols=ignore-in-object-files"]   # forward() of a file whose data class is linked
# Sanitized code is slow: little data, small networks of the same ops.
SHORT = {"config": [("epochs = 400", "epochs = 3")], "breast_cancer": [("epochs = 60", "epochs = 2")], "iris": [("epochs = 100", "epochs = 2")], "digits": [("epochs = 30", "epochs = 1")],
         "pinn": [("epochs = 2000", "epochs = 3")], "gpt": [("steps = 32", "steps = 8"), ("width = 64", "width = 8"), ("blocks = 2", "blocks = 1"), ("heads = 4", "heads = 2")],
         "sequences": [("key = adding", "key = adding\ntrain_size = 200\ntest_size = 40")], "lenet": [("size = 28", "size = 28\ndata_size = 200")], "autoencoder": [("data_size = 3000", "data_size = 100")],
         "resnet": [("data_size = 3000", "data_size = 64"), ("filters = 16", "filters = 4"), ("size = 32\nchannels", "size = 16\nchannels")]}
# A config of each kind; the others have the same ops and readers. Those of HDF5 and of several classes in one file link otherwise.
SANITIZED = ("config", "breast_cancer", "pinn", "towers", "towers64", "lenet", "autoencoder", "sequences", "gpt")
TEXT = 8000                                    # characters of the text that gpt reads


class Compilers(Example):
    def test_same_bits(self):
        """gcc and clang, AVX2 and whatever this machine has: every epoch of every run has the same bits."""
        ini, bits = "share/config.ini", {}
        self.f.edit(ini, ("epochs = 400", "epochs = 30"), ("width = {2-4}", "width = 3"))
        text = (self.f.at / ini).read_text()
        for compiler in ("clang", "gcc"):
            for target in ("native", "x86-64-v3"):
                name = f"{compiler}_{target}"
                self.f.write(f"share/{name}.ini", text.replace("[MONITOR]", f"[MONITOR]\ncc = {compiler}\ntarget = {target}").replace("run_files\n", f"{name}\n"))
                self.f.mosaicc(f"share/{name}.ini")
                self.f.sweep(f"share/{name}.ini", f"{name}.db")
                bits[name] = self.f.bits(f"{name}.db")
        self.assertEqual(len(bits["clang_native"]), 8)
        for name, other in bits.items():
            self.assertEqual(other, bits["clang_native"], name)


class Code(Example):
    @classmethod
    def setUpClass(cls):
        """One program of each kind: the first and last of every config."""
        super().setUpClass()
        process = {"data_scheme": "dataset", "pipeline_scheme": "mlp", "class_loss_function": "weighted", "path_to_class_loss_function": "modules/towers.c", "accuracy": "none", "epochs": 3}
        towers = [("numbers", {"type": "dataset", "path_to_class": "modules/towers.c"}), ("towers", {"type": "mlp", "path_to_class": "modules/towers.c"})]
        cls.f.write("share/towers.ini", config(process, {"multiplicity": 3}, *towers))
        cls.f.write("share/towers64.ini", config({**process, "precision": "float64", "optimizer": "SGD", "momentum": 0.9, "nesterov": "yes"}, {}, *towers))
        cls.programs = {}
        text = cls.f.at / "share/data/constitution.txt"
        text.write_text(text.read_text()[:TEXT])
        for ini in sorted((cls.f.at / "share").glob("*.ini")):
            if ini.stem in SHORT:
                cls.f.edit(f"share/{ini.name}", *SHORT[ini.stem])
            cls.f.mosaicc("--no-build", f"share/{ini.name}")
            programs = cls.f.programs(ini.name)
            for p in {programs[0]["name"]: programs[0], programs[-1]["name"]: programs[-1]}.values():
                cls.programs[f"{ini.stem}/{p['name']}"] = cls.f.at / p["source"]

    def classes(self, source):
        return sorted((source.parents[1] / "classes").glob("*.c"))

    def test_no_warning(self):
        """-Wall -Wextra -Werror, both compilers, as one run and as 8 lanes."""
        for name, source in self.programs.items():
            for compiler in ("clang", "gcc"):
                for lanes in (1,) if re.search(r'"(gemm|columns|direct)\.h"', source.read_text()) else (1, 8):
                    with self.subTest(name, compiler=compiler, lanes=lanes):
                        self.f.call(compiler, "-fsyntax-only" if compiler == "clang" else "-O1", *([] if compiler == "clang" else ["-c", "-o", "/dev/null"]), *CFLAGS, "-Wall", "-Wextra",
                                    "-Werror", f"-DLANES={lanes}", source)

    def test_sanitizers(self):
        """Trainers, the runtime and the data classes under ASan and UBSan: train, go on, predict."""
        runtime = sorted(p for d in ("trainer", "threads") for p in (pathlib.Path(__file__).resolve().parents[2] / "runtime" / d).glob("*.c"))
        flags = ["-g", "-O1", "-ffunction-sections", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-D_GNU_SOURCE", "-DMOSAIC_PLAIN_GEMM", f"-I{runtime[0].parents[1]}", "-I."]
        objects = []
        for i, source in enumerate(runtime):
            objects.append(self.f.at / f"san_{i}.o")
        jobs = [subprocess.Popen(["clang", *CFLAGS, *flags, "-c", s, "-o", o], cwd=self.f.at) for s, o in zip(runtime, objects)]
        self.assertEqual({j.wait() for j in jobs}, {0})
        for name, source in self.programs.items():
            if name.split("/")[0] not in SANITIZED:
                continue
            with self.subTest(name):
                trainer = self.f.at / "san" / name.replace("/", "_")
                trainer.parent.mkdir(exist_ok=True)
                self.f.call("clang", *CFLAGS, *flags, source, *self.classes(source), *objects, *UNUSED, "-lm", "-o", trainer)
                self.f.call(trainer, "--epochs", 2, "--out", f"{trainer}.d")
                self.f.call(trainer, "--epochs", 3, "--resume", "--out", f"{trainer}.d")
                self.predict(trainer, source)

    def predict(self, trainer, source):
        if "breast_cancer" in str(trainer):
            data = "share/data/breast_cancer.csv"
        else:
            info = self.f.call(trainer, "--info").stdout
            columns = sum(math.prod(int(n) for n in sizes.split(",") if n) for sizes in re.findall(r"^input +\S+ \[([\d,]*)\]", info, re.M))
            data = self.f.write("some.csv", "".join(",".join(str((i + k) % 3) for k in range(columns)) + "\n" for i in range(1, 8)))
        out = self.f.call(trainer, "predict", data, "--out", f"{trainer}.d").stdout
        self.assertNotIn("nan", out)
        return out

    def test_valgrind(self):
        """A trainer in lanes as it is shipped but for AVX-512, which valgrind does not know."""
        for name in ("config/mlp_brick_4_4", "towers/towers"):
            source = next(s for n, s in self.programs.items() if n.startswith(name))
            trainer = self.f.at / "valgrind"
            self.f.call("clang", "-std=gnu11", "-g", "-O2", "-mavx2", "-mfma", "-ffp-contract=off", f"-I{BUILD}/include", "-I.", "-ffunction-sections", source,
                        *self.classes(source), BUILD / "libmosaic_trainer.a", *UNUSED, "-Wl,--strip-debug", "-lm", "-o", trainer)
            self.f.call("valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", trainer, "--epochs", 1, "--out", "v")

    def test_arithmetic_of_a_layer(self):
        """objdump shows vector arithmetic in the layer's own function: asked for in a small network, whose layers else are part of train(); always in a larger one."""
        large = next(n for n in self.programs if n.startswith("lenet/"))
        for name, macros in (("config/mlp_brick_4_4", ["-DLANES=8", "-DLAYER=static __attribute__((noinline))"]), (large, ["-DLANES=1"])):
            functions = self.functions(self.programs[name], *macros)
            layers = [f for f in functions if re.fullmatch(r"[a-z]\w*\d_(forward|backward)", f)]
            self.assertGreater(len(layers), 4)
            for layer in layers[:1] if name == large else ("h1_forward", "h2_forward", "h2_backward"):
                self.assertRegex(functions[layer], r"\bv?(fn?m(add|sub)\d+ps|mulps|addps)\b.*%[xyz]mm", layer)
        small = self.functions(self.programs["config/mlp_brick_4_4"], "-DLANES=8")
        self.assertNotIn("h1_forward", small)
        self.assertIn("train", small)

    def functions(self, source, *macros):
        obj = self.f.at / "functions.o"
        self.f.call("clang", "-O2", *CFLAGS, *macros, "-c", source, "-o", obj)
        return dict(re.findall(r"^[0-9a-f]+ <(\w+)>:\n((?:.+\n)+)", self.f.call("objdump", "-d", "--no-show-raw-insn", obj).stdout, re.M))

    def test_forward_alone(self):
        """forward() and its parameters need no runtime, no libc: an object without undefined symbols, that computes what predict does."""
        source = self.programs["config/mlp_brick_4_4"]
        (self.f.at / "alone.c").write_text(ALONE % source)
        self.f.call("clang", "-O2", *CFLAGS, "-DMOSAIC_FORWARD_ONLY", "-DLANES=1", "-ffreestanding", "-fno-builtin", "-c", "alone.c", "-o", "alone.o")
        symbols = self.f.call("nm", "-u", "alone.o").stdout.split()
        self.assertLessEqual(set(symbols) - {"U"}, {"memcpy", "memset"})

    def test_same_text(self):
        """Generated again, and in another folder: the same bytes."""
        first = {p.relative_to(self.f.at): p.read_bytes() for p in (self.f.at / "generated").rglob("*") if p.is_file() and ".cache" not in p.parts and p.name != "machine.ninja"}
        times = {p: (self.f.at / p).stat().st_mtime_ns for p in first}
        for ini in sorted((self.f.at / "share").glob("*.ini")):
            self.f.mosaicc("--no-build", f"share/{ini.name}")
        self.assertEqual({p: (self.f.at / p).stat().st_mtime_ns for p in first if p.suffix in (".c", ".txt")}, {p: t for p, t in times.items() if p.suffix in (".c", ".txt")})
        other = self.f.at / "other"
        for part in ("share", "modules"):
            shutil.copytree(self.f.at / part, other / part)
        for ini in sorted((self.f.at / "share").glob("*.ini")):
            subprocess.run([BUILD / "mosaicc", "--no-build", "--quiet", f"share/{ini.name}"], cwd=other, check=True)
        for path, text in first.items():
            self.assertEqual((other / path).read_bytes(), text, path)
            self.assertNotIn(str(self.f.at).encode(), text, path)


ALONE = """#include "%s"
float out(const float *x, const struct params *p);
float out(const float *x, const struct params *p)
{
	static struct acts a;
	forward((const real *)x, p, &a);
	return (float)a.prediction[0];
}
"""

if __name__ == "__main__":
    main()
