"""peers.py: those whom our trainers are measured beside, and the machine itself: found, built, started, timed, stopped."""
import json, os, shutil, subprocess, sys

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")


class Failed(Exception):
    pass


def set_core_type():
    """OpenBLAS takes recent Xeons for a CPU of 2004; ours choose by themselves, everybody else is told."""
    flags = next((line for line in open("/proc/cpuinfo") if line.startswith("flags")), "").split()
    os.environ.setdefault("OPENBLAS_CORETYPE", "SKYLAKEX" if "avx512vl" in flags else "HASWELL" if "avx2" in flags else "")
    if not os.environ["OPENBLAS_CORETYPE"]:
        del os.environ["OPENBLAS_CORETYPE"]


def last_line(text, otherwise):
    return (text.strip().splitlines() or [otherwise])[-1]


def compile_c(source, binary, *flags):
    """By clang and by gcc, where they are: the binaries."""
    made, wrong = [], "no C compiler"
    for cc in [os.environ["CC"]] if os.environ.get("CC") else [c for c in ("clang", "gcc") if shutil.which(c)] or ["cc"]:
        path = os.path.abspath(f"{binary}_{os.path.basename(cc)}")
        run = subprocess.run([cc, "-O3", "-march=native", source, "-o", path, *flags], stderr=subprocess.PIPE, text=True)
        if run.returncode == 0:
            made.append(path)
        else:
            errors = [line for line in run.stderr.splitlines() if "error" in line or "cannot find" in line]
            wrong = errors[0] if errors else last_line(run.stderr, "it does not compile")
    if not made:
        raise Failed(wrong)
    return made


class Ceilings:
    """ceilings.c: GFLOP/s, GB/s."""

    def __init__(self):
        source = os.path.join(os.path.dirname(SOURCE), "ceilings.c")
        try:
            self.binary, self.blas = compile_c(source, "ceilings", "-DHAVE_CBLAS", "-lopenblas", "-lpthread")[0], True
        except Failed:                                 # the limit is then that of the registers
            self.blas = False
            self.binary = compile_c(source, "ceilings", "-lpthread")[0]

    def __call__(self, threads, *what):
        return float(subprocess.run([self.binary, str(threads), *map(str, what)], stdout=subprocess.PIPE, check=True, text=True).stdout)


class Served:
    """A Python process that trains when it is told to."""
    note = ""

    def __init__(self, case, facts, threads):
        inputs, outputs, labels, batch, _, optimizer, network, keys = facts
        self.threads = threads
        known = {"inputs": inputs, "outputs": outputs, "labels": labels, "batch": batch, "optimizer": optimizer, "network": network, **keys, "threads": threads, "serve": True, **self.more}
        count = str(threads)
        env = {**os.environ, "OMP_NUM_THREADS": count, "MKL_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "OMP_WAIT_POLICY": "passive", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self.errors = open(f"errors_{case}_{self.name}_{threads}", "w+")
        self.process = subprocess.Popen([self.python(), self.script, json.dumps(known)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=env)
        self.version = self.line()["version"]

    def line(self):
        text = self.process.stdout.readline()
        if not text:
            self.process.wait()
            self.errors.seek(0)
            raise Failed(last_line(self.errors.read(), "it ended without a word"))
        return json.loads(text)

    def measure(self, seconds):
        try:
            self.process.stdin.write(f"{seconds}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("it ended")
        r = self.line()
        return r["ms"] / self.share, r["cpu_ms"] / self.share, r["peak_kib"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    share, more = 1, {}

    @staticmethod
    def fits(facts):
        return True

    @staticmethod
    def threads(case, threads):
        return threads if not case.startswith("tiny") else [1]     # a second thread only costs

    @classmethod
    def missing(cls):
        run = subprocess.run([cls.python(), "-c", f"import {cls.module}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return None if run.returncode == 0 else f"{last_line(run.stderr, 'it does not start')}; {cls.hint}"


class Eager(Served):
    name, who, module, script = "torch", "PyTorch, eager", "torch", os.path.join(os.path.dirname(SOURCE), "torch_step.py")
    hint = "python3 -m venv V && V/bin/pip install torch, then TORCH_PYTHON=V/bin/python"

    @staticmethod
    def python():
        return os.environ.get("TORCH_PYTHON") or os.environ.get("PEER_PYTHON") or sys.executable


class Compiled(Eager):
    name, who, more = "torch.compile", "PyTorch, torch.compile", {"compile": True}


class Jax(Served):
    name, who, module, script = "jax", "JAX, jit", "jax", os.path.join(SOURCE, "jax_step.py")
    hint = "python3 -m venv V && V/bin/pip install jax, then JAX_PYTHON=V/bin/python"

    @staticmethod
    def python():
        return os.environ.get("JAX_PYTHON") or sys.executable


class JaxMany(Jax):
    name, note, share, more = "jax.vmap", "vmap over 16 runs", 16, {"runs": 16}

    @staticmethod
    def fits(facts):
        return facts[6] == "mlp_brick" or (facts[6] == "dense" and facts[3] == 64)

    @staticmethod
    def threads(case, threads):
        return [1]


class InC:
    """A small program that prints nanoseconds a step, by the clock and on the CPU, and KiB; that of the compiler which makes it faster."""
    version, note = None, ""

    def __init__(self, case, facts, threads):
        self.threads, best = threads, None
        for binary in self.compiled():
            self.argv = [binary, *self.arguments(facts, threads)]
            cpu = self.measure(0.1)[1]
            if best is None or cpu < best[0]:
                best = (cpu, self.argv)
        self.argv = best[1]

    def measure(self, seconds):
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}      # threads of its own and of OpenBLAS at once are slower than either
        run = subprocess.run([self.argv[0], str(seconds), *self.argv[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
        if run.returncode or len(run.stdout.split()) != 3:
            raise Failed(last_line(run.stderr, f"it ended with {run.returncode}"))
        wall, cpu, kib = map(float, run.stdout.split())
        return wall * 1e-6, cpu * 1e-6, kib

    def stop(self):
        pass

    @staticmethod
    def arguments(facts, threads):
        return []

    @staticmethod
    def fits(facts):
        return facts[6] == "mlp_brick" and facts[5] == "SGD"

    @staticmethod
    def threads(case, threads):
        return [1]

    @classmethod
    def missing(cls):
        try:
            cls.compiled()
        except Failed as why:
            return f"{why}; {cls.hint}"
        return None


def folder(variable, name):
    path = os.environ.get(variable)
    if not path:
        raise Failed(f"{variable} is not set")
    if not os.path.exists(os.path.join(path, name)):
        raise Failed(f"no {name} in {variable}={path}")
    return os.path.abspath(path)


class Genann(InC):
    name, who, note, hint, more = "genann", "genann", "double, table sigmoid", "its sources (github.com/codeplea/genann), then GENANN_DIR=their folder", []

    @classmethod
    def compiled(cls):
        at = folder("GENANN_DIR", "genann.c")
        return compile_c(os.path.join(SOURCE, "genann_step.c"), f"{cls.name}_step", "-w", "-ffast-math", f'-DGENANN_C="{at}/genann.c"', f"-I{at}", *cls.more, "-lm")


class GenannExact(Genann):
    name, note, more = "genann.exact", "double, exact sigmoid", ["-DEXACT"]


class Fann(InC):
    name, who, hint = "fann", "FANN", "apt-get install libfann-dev"

    @classmethod
    def compiled(cls):
        return compile_c(os.path.join(SOURCE, "fann_step.c"), "fann_step", "-lfloatfann", "-lm")


class Kann(InC):
    name, who, note, hint = "kann", "KANN", "RMSprop, OpenBLAS", "its sources (github.com/attractivechaos/kann), then KANN_DIR=their folder"

    @classmethod
    def compiled(cls):
        at = folder("KANN_DIR", "kann.c")
        return compile_c(os.path.join(SOURCE, "kann_step.c"), "kann_step", "-w", "-ffast-math", "-DHAVE_CBLAS", "-DHAVE_PTHREAD", f"-I{at}", f"{at}/kann.c", f"{at}/kautodiff.c",
                         "-lopenblas", "-lpthread", "-lm")

    @staticmethod
    def fits(facts):
        return facts[6] in ("mlp_brick", "dense") and facts[3] < 10000 and facts[7].get("activation") != "none" and (facts[6] == "dense" or facts[5] == "Adam")

    @staticmethod
    def threads(case, threads):
        return Served.threads(case, threads)

    @staticmethod
    def arguments(facts, threads):
        inputs, outputs, labels, batch, _, _, network, keys = facts
        hidden = json.loads(keys["hidden"]) if network == "dense" else [keys["width"]] * keys["length"]
        return [str(a) for a in (threads, batch, keys.get("activation", "sigmoid"), int(labels), inputs, *hidden, outputs)]


class ByHand(InC):
    """A training of the tiny network written by hand, sixteen runs side by side: `PROGRAM EPOCHS` prints "... N ns/step ...", of 160 steps an epoch."""
    name, who, hint, lanes = "by.hand", "by hand", "TINY_BY_HAND=a C file that prints its ns/step", 16

    def __init__(self, case, facts, threads):
        super().__init__(case, facts, threads)
        self.note = f"{self.lanes} runs in lanes" if self.lanes > 1 else ""

    @classmethod
    def compiled(cls):
        path = os.environ.get("TINY_BY_HAND")
        if not path or not os.path.exists(path):
            raise Failed("TINY_BY_HAND is not set" if not path else f"no file TINY_BY_HAND={path}")
        return compile_c(os.path.abspath(path), cls.name, f"-DLANES={cls.lanes}", "-ffp-contract=fast", "-fno-math-errno", "-w", "-lm")

    def measure(self, seconds):
        epochs = max(1, int(seconds / (160e-9 * 600)))
        before = os.times()
        text = subprocess.run([self.argv[0], str(epochs)], stdout=subprocess.PIPE, check=True, text=True).stdout
        after = os.times()
        words = text.replace("ns/step", " ns/step").split()
        wall = float(words[words.index("ns/step") - 1]) / self.lanes * 1e-6
        cpu = (after.children_user + after.children_system - before.children_user - before.children_system) * 1e3 / (epochs * 160 * self.lanes)
        return wall, cpu, 0

    @staticmethod
    def fits(facts):
        return facts[6] == "mlp_brick" and facts[5] == "Adam"


class ByHandOne(ByHand):
    name, lanes = "by.hand.one", 1


KINDS = [Eager, Compiled, Jax, JaxMany, Genann, GenannExact, Fann, Kann, ByHand, ByHandOne]


def find(chosen):
    """Who is missing, and how to bring them."""
    missing = {}
    for kind in KINDS:
        if kind.name in chosen:
            why = kind.missing()
            if why:
                missing[kind.name] = why
    return missing
