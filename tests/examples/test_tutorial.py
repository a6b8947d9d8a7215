"""test_tutorial.py: share/config.ini from end to end, and what makes a run the same run."""
import struct
import subprocess

from harness import BUILD, Example, Folder, main

INI = "share/config.ini"
LINES = [f"dataset_OR(1,200,0.8) | mlp_{shape}(4,{width})" for shape in ("funnel", "brick") for width in (2, 3, 4) for _ in range(4)]


class Tutorial(Example):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.f.mosaicc(INI)
        cls.output = cls.f.sweep(INI, "a.db")

    def test_24_runs_in_order(self):
        runs = self.f.results("a.db")
        self.assertEqual(list(runs), list(range(1, 25)))
        self.assertEqual([r["pipeline"] for r in runs.values()], LINES)
        self.assertEqual({r["status"] for r in runs.values()}, {"done"})
        self.assertEqual([r["seed"] for r in runs.values()], [1, 2, 3, 4] * 6)
        self.assertEqual([r["nb_params"] for r in runs.values()], [n for n in (29, 52, 74, 27, 49, 77) for _ in range(4)])
        for i in range(1, 25):
            self.assertIn(f" ---> launch {i} {i}/24\n", self.output)
            self.assertIn(f" [run finished] {i}\n", self.output)

    def test_losses(self):
        for r in self.f.results("a.db").values():
            for name in ("train_loss", "test_loss"):
                self.assertGreater(r[name], 1e-12)
                self.assertLess(r[name], 1e-10)
            self.assertEqual(r["epochs"], 400)
        for run_id in (1, 24):
            h = self.f.history("a.db", run_id)
            self.assertEqual({len(v) for v in h.values()}, {400})
            self.assertGreater(h["train_loss"][0], 0.05)

    def test_models_pair_by_seed(self):
        """Runs of one seed see the same data, whatever the network."""
        hashes = {}
        for r in self.f.results("a.db").values():
            hashes.setdefault(r["seed"], set()).add(r["data_hash"])
        self.assertEqual([len(h) for h in hashes.values()], [1] * 4)
        self.assertEqual(len(set.union(*hashes.values())), 4)

    def test_status(self):
        out = self.f.mosaic("status", "a.db").stdout
        self.assertRegex(out, r"^Done\n\t\[1\] train_loss=\d\.\d{3}E-\d\d\ttest_loss=\d\.\d{3}E-\d\d\texecution_time=")
        self.assertRegex(out, r"\nError\nRunning\n$")

    def test_second_time_does_nothing(self):
        before = self.f.results("a.db")
        out = self.f.sweep(INI, "a.db")
        self.assertIn("24 already done: nothing to train", out)
        self.assertNotIn("launch", out)
        self.assertEqual(self.f.results("a.db"), before)

    def test_any_number_of_processes(self):
        for jobs in (1, 3):
            self.f.sweep(INI, f"jobs{jobs}.db", "--jobs", jobs)
            self.assertEqual(self.f.bits(f"jobs{jobs}.db"), self.f.bits("a.db"))

    def test_alone_as_in_a_group(self):
        """A trainer started by hand with one seed, and one compiled for one lane: the same bits as run 23 of the sweep."""
        trainer = self.f.trainer(INI, 5)
        object_files = [trainer.with_suffix(".o"), self.f.at / "generated/config/classes/dataset_OR.o"]
        self.assertGreater(self.f.programs(INI)[5]["lanes"], 1)
        scalar = self.f.at / "scalar"
        self.f.call("clang", "-std=gnu11", "-O2", "-march=native", "-ffp-contract=off", "-DLANES=1", f"-I{BUILD}/include", trainer.with_suffix(".c"),
                    object_files[1], BUILD / "libmosaic_trainer.a", "-lm", "-o", scalar)
        want = self.f.history("a.db", 23)
        for program in (trainer, scalar):
            self.f.call(program, "--seed", 3, "--out", "alone", "--id", 23)
            with open(self.f.at / "alone/history_23.csv") as f:
                names = f.readline().strip().split(",")[1:]
                rows = [list(map(float, line.split(",")[1:])) for line in f]
            for i, name in enumerate(names):
                self.assertEqual(struct.pack("<400f", *(r[i] for r in rows)), struct.pack("<400f", *want[name]), f"{program.name} {name}")
            model = "model_mlp_brick_23.safetensors"
            self.assertEqual((self.f.at / "alone" / model).read_bytes(), (self.f.at / "run_files" / model).read_bytes())


class Difference(Example):
    def test_more_of_both(self):
        """multiplicity 4 to 6 and epochs 400 to 500: what is missing is trained, with the bits of a fresh sweep."""
        f = self.f
        f.sweep(INI, "a.db")
        first = f.results("a.db")
        f.edit(INI, ("epochs = 400", "epochs = 500"))
        out = f.sweep(INI, "a.db")
        self.assertIn("/24\n", out)
        for run_id, r in f.results("a.db").items():
            self.assertEqual((r["epochs"], r["status"], r["identity"]), (500, "done", first[run_id]["identity"]))
        f.edit(INI, ("multiplicity = 4", "multiplicity = 6"))
        out = f.sweep(INI, "a.db")
        self.assertIn("/12\n", out)
        self.assertNotIn("launch 1 ", out)
        runs = f.results("a.db")
        self.assertEqual(len(runs), 36)
        self.assertEqual({r["seed"] for i, r in runs.items() if i > 24}, {5, 6})
        fresh = Folder()
        self.addCleanup(fresh.remove)
        fresh.edit(INI, ("epochs = 400", "epochs = 500"), ("multiplicity = 4", "multiplicity = 6"))
        fresh.sweep(INI, "fresh.db")
        self.assertEqual([r["seed"] for r in fresh.results("fresh.db").values()], [1, 2, 3, 4, 5, 6] * 6)
        self.assertEqual(fresh.bits("fresh.db"), f.bits("a.db"))


class Identity(Example):
    """What repeats runs and what does not; 3 epochs of 8 runs are enough."""

    @classmethod
    def setUpClass(cls):
        cls.first = Folder()
        cls.addClassCleanup(cls.first.remove)
        cls.first.edit(INI, ("epochs = 400", "epochs = 3"), ("width = {2-4}", "width = 2"))
        cls.first.mosaicc(INI)
        cls.first.sweep(INI, "a.db")

    def setUp(self):
        self.f = Folder(self.first)
        self.addCleanup(self.f.remove)

    def assert_nothing(self, ini=INI):
        self.assertIn("nothing to train", self.f.sweep(ini, "a.db"))

    def test_comments(self):
        for name in ("share/mlp.c", "share/dataset.c"):
            path = self.f.at / name
            path.write_text("/* A new comment, and an empty line. */\n\n" + path.read_text().replace("{\n", "{ // moved\n", 1))
        self.assert_nothing()

    def test_names(self):
        """A parameter, a variable and a section key by another name: the same network."""
        self.f.edit("share/mlp.c", ("length", "depth"), ("nn_tensor h ", "nn_tensor hidden "), ("(h)", "(hidden)"))
        self.f.edit(INI, ("length =", "depth ="), ("key = mlp_brick", "key = bricks"))
        self.assert_nothing()

    def test_launching(self):
        self.f.edit(INI, ("nb_processus = 8", "nb_processus = 1"), ("[MONITOR]", "[MONITOR]\ntarget = native"), ("lr = 1e-2", "lr = 0.01"))
        self.assert_nothing()

    def test_other_mathematics(self):
        self.f.edit("share/mlp.c", ("nn_sigmoid(nn_linear(x, self->output_size))", "nn_tanh(nn_linear(x, self->output_size))"))
        self.assertIn(" ---> launch 9 1/8\n", self.f.sweep(INI, "a.db"))

    def test_other_data_source(self):
        self.f.edit("share/dataset.c", ("return a || b;", "return a != b;"))
        self.assertIn(" ---> launch 9 1/8\n", self.f.sweep(INI, "a.db"))

    def test_data_file(self):
        ini = "share/iris.ini"
        self.f.edit(ini, ("epochs = 100", "epochs = 2"), ("multiplicity = 2", "multiplicity = 1"))
        self.assertIn("/10\n", self.f.sweep(ini, "iris.db"))
        data = self.f.at / "share/data/iris.csv"
        data.touch()
        self.assertIn("nothing to train", self.f.sweep(ini, "iris.db"))
        data.write_text(data.read_text().replace("5.1,3.5,1.4,0.2,0", "5.1,3.5,1.4,0.3,0", 1))
        self.assertIn(" ---> launch 11 1/10\n", self.f.sweep(ini, "iris.db"))

    def test_ninja(self):
        """Plain `ninja` and `ninja run` here; a touched module compiles nothing again."""
        self.f.mosaicc(INI, "--database", "n.db")
        self.assertIn("8 done", self.f.call("ninja", "run").stdout)
        self.assertIn("nothing to train", self.f.call("ninja", "run").stdout)
        (self.f.at / "share/mlp.c").touch()
        out = self.f.call("ninja", "run").stdout
        self.assertNotIn("compile", out)
        self.assertIn("nothing to train", out)
        self.assertIn("no work to do", self.f.call("ninja").stdout)


if __name__ == "__main__":
    main()
