"""test_robust.py: what goes wrong while real trainers run: values that blow up, signals, kill -9. KILLS=30 kills thirty times:
    KILLS=30 python3 tests/examples/test_robust.py build Signals.test_kill_9"""
import contextlib
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import time

from harness import BUILD, Example, Folder, config, main

INI = "share/config.ini"


def children(pid):
    """Processes that `pid` started, and theirs."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        with contextlib.suppress(OSError):
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children(child)]
    return found


class Objects(Example):
    """A compiler, a linker or objcopy that is killed while it writes: what it had written must not be taken for current."""

    def test_half_written(self):
        f, half = self.f, "#!/bin/sh\nfor out; do :; done\ncase $HALF in obj) ;; *) exec {real} \"$@\" ;; esac\nhead -c 100 /bin/sh >\"$out\"\nkill -9 $$\n"
        # The compiler writes half of what it would, in place, as gcc's assembler and the linkers do, then dies as by kill -9.
        cc = """#!/bin/sh
for arg; do
	[ "$last" = -o ] && out=$arg
	last=$arg
done
case $HALF$out in trainer.o*/trainer.o* | trainer*/trainer.part | trainer*/trainer | class*/classes/*) ;; *) exec clang "$@" ;; esac
clang "$@" || exit
head -c 2000 "$out" >"$out.half" && mv "$out.half" "$out"
kill -9 $$
"""
        for name, text in (("cc", cc), ("objcopy", half.format(real="/usr/bin/objcopy"))):
            f.write(f"bin/{name}", text)
            (f.at / "bin" / name).chmod(0o755)
        f.edit(INI, ("[MONITOR]", f"[MONITOR]\ncc = {f.at}/bin/cc"))
        f.edit(INI, ("{2-4}", "2"))
        env = {**os.environ, "PATH": f"{f.at}/bin:{os.environ['PATH']}"}
        f.call(BUILD / "mosaicc", INI, env=env)
        out = f.trainer(INI).parent
        good = {p: p.read_bytes() for p in (out / "trainer.o", out / "trainer", *(out.parent / "classes").glob("*.o"))}
        self.assertEqual(len(good), 3)
        for which, gone in (("trainer.o", [out / "trainer.o"]), ("trainer", [out / "trainer"]), ("class", list((out.parent / "classes").glob("*.o"))), ("obj", list((out.parent / "classes").glob("*.o")))):
            for path in gone:
                path.unlink()
            r = f.call(BUILD / "mosaicc", INI, code=1, env={**env, "HALF": which})
            self.assertIn("FAILED: ", r.stdout)
            for path in gone:
                self.assertFalse(path.exists(), path)
            f.call(BUILD / "mosaicc", INI, env=env)
            self.assertEqual({p: p.read_bytes() for p in good}, good)
            self.assertEqual(list(out.parent.rglob("*.part")), [])
        f.call(f.trainer(INI), "--epochs", 1, "--out", "out")


class NotANumber(Example):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        values = [random.Random(1).uniform(-1, 1) for _ in range(20 * 5)]
        (cls.f.at / "points").write_bytes(struct.pack("<60d", *values[:60]))
        (cls.f.at / "points.targets").write_bytes(struct.pack("<40d", *values[60:]))
        cls.modules = [("points", {"type": "dataset", "path_to_class": "modules/points.c", "path": "points", "train": 15, "test": 5, "batch_size": 4}),
                       ("small", {"type": "mlp", "path_to_class": "modules/points.c"})]
        cls.process = {"data_scheme": "dataset", "pipeline_scheme": "mlp", "epochs": 20, "optimizer": "SGD"}

    def test_others_finish(self):
        """One lane of the group diverges: its runs are errors that say why, the others are as without it."""
        f = self.f
        f.write("nan.ini", config({**self.process, "lr": "1e-2, 1e30, 1e-3"}, {"multiplicity": 2}, *self.modules))
        f.write("alone.ini", config({**self.process, "lr": "1e-2", "run_files_path": "alone"}, {"multiplicity": 2}, *self.modules))
        f.mosaicc("nan.ini")
        self.assertEqual([(p["lanes"] > 1) for p in f.programs("nan.ini")], [True])
        f.sweep("nan.ini", "nan.db", code=1)
        runs = f.results("nan.db")
        self.assertEqual([r["status"] for r in runs.values()], ["done", "done", "error", "error", "done", "done"])
        for run_id in (3, 4):
            self.assertRegex(runs[run_id]["return_status"], r"train_loss is (infinite|not a number \(NaN\)) in epoch \d+.*smaller learning rate")
        f.sweep("alone.ini", "alone.db")
        alone = f.results("alone.db")
        self.assertEqual([runs[i]["train_loss"] for i in (1, 2)], [alone[i]["train_loss"] for i in (1, 2)])
        self.assertIn("Error\n\t[3]", f.mosaic("status", "nan.db").stdout)

    def test_bad_data(self):
        """NaN in the data is named with its place."""
        f = self.f
        raw = bytearray((f.at / "points").read_bytes())
        raw[8 * 3 * 7:8 * 3 * 7 + 8] = struct.pack("<d", float("nan"))
        (f.at / "broken").write_bytes(raw)
        (f.at / "broken.targets").write_bytes((f.at / "points.targets").read_bytes())
        f.write("broken.ini", config({**self.process, "lr": "1e-2"}, {}, ("points", {**self.modules[0][1], "path": "broken"}), self.modules[1]))
        f.sweep("broken.ini", "broken.db", code=1)
        self.assertIn("train input 'x': sample 7 holds nan", f.results("broken.db")[1]["return_status"])


class Gpu(Example):
    def test_none_named(self):
        self.f.edit(INI, ("need_gpu = False", "need_gpu = True"))
        r = self.f.mosaicc("--check", INI, code=1)
        self.assertIn("need_gpu is True, but gpu_available names no GPU", r.stderr)
        self.assertIn("hint: gpu_available = cuda:0", r.stderr)


class Signals(Example):
    """A sweep of 24 runs and some seconds, disturbed; its results must be those of the undisturbed one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.f.edit(INI, ("epochs = 400", "epochs = 6000\ncheckpoint = 0.05"), ("nb_processus = 8", "nb_processus = 2"))
        cls.f.mosaicc(INI)
        cls.calm = Folder(cls.f)
        cls.addClassCleanup(cls.calm.remove)
        cls.began = time.monotonic()
        cls.calm.sweep(INI, "a.db")
        cls.seconds = time.monotonic() - cls.began

    def setUp(self):
        self.d = Folder(self.f)
        self.addCleanup(self.d.remove)

    def start(self):
        p = subprocess.Popen([BUILD / "mosaic", "run", INI, "a.db"], cwd=self.d.at, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: p.poll() is None and p.kill())
        return p

    def state(self):
        """{run: (status, epochs, when it finished)}; {} before there is a database."""
        with contextlib.suppress(Exception):
            return {i: (r["status"], r["epochs"], r["finished"]) for i, r in self.d.results("a.db").items()}
        return {}

    def wait_for_training(self, p):
        """Until a trainer runs, or all is done."""
        while p.poll() is None and not any(s == "running" for s, _, _ in self.state().values()):
            time.sleep(0.01)

    def finish(self):
        self.d.sweep(INI, "a.db")
        self.assertEqual({s for s, _, _ in self.state().values()}, {"done"})
        self.assertEqual(len(self.state()), 24)
        self.assertEqual(self.d.sql("a.db", "PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.d.bits("a.db"), self.calm.bits("a.db"))

    def trainers(self, p):
        found = []
        for c in children(p.pid):
            with contextlib.suppress(OSError):
                found += [c] if os.readlink(f"/proc/{c}/exe").endswith("/trainer") else []
        return found

    def test_term(self):
        p = self.start()
        self.wait_for_training(p)
        time.sleep(self.seconds / 3)
        p.send_signal(signal.SIGTERM)
        self.assertEqual(p.wait(), 75)
        self.assertIn("interrupted", {s for s, _, _ in self.state().values()})
        epochs = [json.loads((self.d.at / f).read_bytes()[8:].split(b"}", 1)[0].split(b":", 1)[1] + b"}")["epoch"]
                  for f in (f"run_files/checkpoint_{i}.safetensors" for i in self.state()) if (self.d.at / f).exists()]
        self.assertTrue(any(0 < int(e) < 6000 for e in epochs), epochs)
        self.finish()

    def test_kill_9(self):
        chance = random.Random(int(os.environ.get("SEED", "1")))
        kills, done = int(os.environ.get("KILLS", "5")), {}
        for k in range(kills):
            p = self.start()
            self.wait_for_training(p)
            time.sleep(chance.uniform(0, self.seconds * 2.5 / kills))
            victims = [p.pid] if chance.random() < 0.5 else self.trainers(p)
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(chance.choice(victims), signal.SIGKILL)
            if victims != [p.pid]:
                time.sleep(0.1)
                p.kill()
            p.wait()
            state = self.state()
            if os.environ.get("VERBOSE"):
                print(k, "launcher" if victims == [p.pid] else "trainer", p.returncode, " ".join(s for s, _, _ in state.values()))
            for run_id, before in done.items():
                self.assertEqual(state.get(run_id), before, f"kill {k}: a finished run was lost or repeated")
            done = {i: s for i, s in state.items() if s[0] == "done"}
            self.assertEqual(self.d.sql("a.db", "PRAGMA integrity_check"), [("ok",)])
        self.finish()
        for run_id, before in done.items():
            self.assertEqual(self.state()[run_id], before)

    def test_trainer_killed_launcher_lives(self):
        """The launcher starts what is missing again by itself."""
        p = self.start()
        self.wait_for_training(p)
        for pid in self.trainers(p)[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.assertEqual(p.wait(), 0)
        self.finish()


if __name__ == "__main__":
    main()
