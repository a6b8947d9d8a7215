"""test_networks.py: what networks, losses and [PROCESS] may be, by the results of training them."""
import math
import shutil
import struct

from harness import Example, config, main, safetensors

OR = ("dataset_OR", {"type": "dataset", "path_to_class": "share/dataset.c", "batch_size": 1, "data_size": 200, "train_prop": 0.8})
BRICK = ("mlp_brick", {"type": "mlp", "path_to_class": "share/mlp.c", "length": 2, "width": 3})
SCHEMES = {"data_scheme": "dataset", "pipeline_scheme": "mlp"}


class Physics(Example):
    def test_oscillator(self):
        """u'' + 4 u = 0 is learnt without its solution; nn_grad of nn_grad in forward, its gradient in training."""
        self.f.sweep("share/pinn.ini", "p.db")
        for run_id, r in self.f.results("p.db").items():
            h = self.f.history("p.db", run_id)
            self.assertIsNone(r["test_acc"])
            self.assertGreater(h["test_error"][0], 0.2)
            self.assertLess(h["test_error"][-1], 1e-2, r["pipeline"])
            self.assertLess(h["train_loss"][-1], 1e-2)
        # predict gives u and the residual; u is the solution that no one showed.
        self.f.write("moments.csv", "t\n" + "".join(f"{i / 10}\n" for i in range(31)))
        out = self.f.call(self.f.trainer("share/pinn.ini", 1), "predict", "moments.csv", "--out", "run_files_pinn", "--id", 4).stdout.split()
        self.assertEqual(len(out), 32)
        for i, line in enumerate(out[1:]):
            u, residual = map(float, line.split(","))
            self.assertAlmostEqual(u, math.cos(2 * i / 10), delta=0.02)
            self.assertLess(abs(residual), 0.3)


class Stages(Example):
    def test_three_stages(self):
        """share/stages.ini as it stands: the encoders tell the head their features; any two of them fit."""
        self.f.sweep("share/stages.ini", "s.db")
        results = self.f.results("s.db").values()
        self.assertEqual(len(results), 32)
        for width in (8, 16):
            for encoder in ("encoder_dense", "encoder_residual"):
                mine = [r["test_acc"] for r in results if f"{encoder}({width})" in r["pipeline"]]
                self.assertEqual(len(mine), 8)
                self.assertGreater(sum(mine) / 8, 90)


class Several(Example):
    """modules/towers.c."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        process = {**SCHEMES, "class_loss_function": "weighted", "path_to_class_loss_function": "modules/towers.c", "product_weight": 2, "accuracy": "none", "epochs": 30}
        modules = [("numbers", {"type": "dataset", "path_to_class": "modules/towers.c"}), ("towers", {"type": "mlp", "path_to_class": "modules/towers.c"})]
        cls.f.write("towers.ini", config(process, {"multiplicity": 2}, *modules))
        cls.f.write("double.ini", config({**process, "precision": "float64", "run_files_path": "double"}, {"multiplicity": 2}, *modules))
        cls.f.write("free.ini", config({**process, "run_files_path": "free"}, {"multiplicity": 2}, modules[0], ("towers", {**modules[1][1], "train_scale": "yes"})))
        for name in ("towers", "double", "free"):
            cls.f.mosaicc(f"{name}.ini")
            cls.f.sweep(f"{name}.ini", f"{name}.db")

    def test_columns(self):
        h = self.f.history("towers.db", 1)
        parts, names = ("train", "test", "validation"), ("loss", "sum_error", "product_error")
        self.assertEqual(set(h), {f"{p}_{n}" for p in parts for n in names})
        for values in h.values():
            self.assertEqual(len(values), 30)
        for part in parts:
            self.assertLess(h[f"{part}_sum_error"][-1], h[f"{part}_sum_error"][0])
        self.assertNotEqual(h["validation_loss"], h["test_loss"])

    def test_frozen(self):
        """`parameters` says no to scale: it stays as it was drawn, bit for bit; the others train."""
        self.f.call(self.f.trainer("towers.ini"), "--epochs", 1, "--out", "one")
        first, _ = safetensors(self.f.at / "one/checkpoint_1.safetensors")
        last, _ = safetensors(self.f.at / "run_files/checkpoint_1.safetensors")
        free, _ = safetensors(self.f.at / "free/checkpoint_1.safetensors")
        self.assertEqual(struct.pack("<5d", *first["scale"]), struct.pack("<5d", *last["scale"]))
        self.assertTrue(all(0.5 <= v <= 1.5 for v in last["scale"]))
        self.assertEqual(len(set(last["scale"])), 5)
        self.assertNotEqual(first["sum1.weight"], last["sum1.weight"])
        self.assertNotEqual(free["scale"], last["scale"])
        self.assertEqual(self.f.results("towers.db")[1]["nb_params"] + 5, self.f.results("free.db")[1]["nb_params"])

    def test_derived_width(self):
        tensors, _ = safetensors(self.f.at / "run_files/model_towers_1.safetensors")
        self.assertEqual(len(tensors["hidden.bias"]), 8)

    def test_float64(self):
        single, double = self.f.history("towers.db", 1), self.f.history("double.db", 1)
        for name, values in single.items():
            for e in (0, 29):
                self.assertAlmostEqual(values[e], double[name][e], delta=1e-4 * abs(double[name][e]))
        self.assertNotEqual(single["train_loss"], double["train_loss"])
        raw = (self.f.at / "double/model_towers_1.safetensors").read_bytes()
        self.assertIn(b'"F64"', raw)
        self.assertNotIn(b'"F32"', raw)

    def test_metric_is_the_predictions(self):
        """The last test_sum_error, computed again from what predict gives for the test samples: means over batches of 8, 8, 4."""
        self.f.write("dump.c", DUMP)
        self.f.write("dump.ini", config({**SCHEMES, "class_loss_function": "weighted", "path_to_class_loss_function": "modules/towers.c", "epochs": 1, "accuracy": "none",
                                         "run_files_path": "dump"}, {}, ("numbers", {"type": "dataset", "path_to_class": "dump.c"}), ("towers", {"type": "mlp", "path_to_class": "modules/towers.c"})))
        self.f.sweep("dump.ini", "dump.db")
        rows = [list(map(float, line.split()[1:])) for line in (self.f.at / "dump/output_1.log").read_text().splitlines() if line.startswith("test ")]
        self.assertEqual(len(rows), 20)
        self.f.write("test.csv", "".join(",".join(f"{v:.9g}" for v in r[:5]) + "\n" for r in rows))
        out = self.f.call(self.f.trainer("towers.ini"), "predict", "test.csv", "--out", "run_files").stdout.split()
        self.assertEqual(out[0], "prediction1,prediction2")
        got = [tuple(map(float, line.split(","))) for line in out[1:]]
        h = self.f.history("towers.db", 1)
        for column, name in ((0, "sum_error"), (1, "product_error")):
            errors = [abs(p[column] - r[5 + column]) for p, r in zip(got, rows)]
            batches = [errors[0:8], errors[8:16], errors[16:20]]
            want = sum(sum(b) / len(b) for b in batches) / 3
            self.assertAlmostEqual(h[f"test_{name}"][-1], want, delta=1e-6)


DUMP = """#include "modules/towers.c"

/* Prints the test samples of numbers. */
void numbers_transform(const struct numbers *self, mosaic_data *data)
{
	(void)self;
	for (int64_t i = 0; i < mosaic_samples(data, MOSAIC_TEST); i++) {
		printf("test");
		for (int k = 0; k < 4; k++) {
			struct mosaic_array *a = mosaic_get(data, MOSAIC_TEST, k);
			int64_t n = a->shape[0];
			for (int64_t j = 0; j < n; j++)
				printf(" %.9g", mosaic_value(a, i * n + j));
		}
		printf("\\n");
	}
}
"""


class Process(Example):
    """Which values share a program, and how swept keys of [PROCESS] show."""

    def run_config(self, name, process, *modules):
        self.f.write(f"{name}.ini", config({**SCHEMES, "epochs": 3, "run_files_path": name, **process}, {"multiplicity": 2}, *modules))
        self.f.mosaicc(f"{name}.ini")
        self.f.sweep(f"{name}.ini", f"{name}.db")
        return self.f.results(f"{name}.db"), self.f.programs(f"{name}.ini")

    def test_data_size(self):
        runs, programs = self.run_config("sizes", {}, ("dataset_OR", {**OR[1], "data_size": "{100-200:100}"}), BRICK)
        self.assertEqual(len(programs), 1)
        self.assertEqual([r["pipeline"] for r in runs.values()], [f"dataset_OR(1,{n},0.8) | mlp_brick(2,3)" for n in (100, 100, 200, 200)])
        self.assertEqual(len({r["data_hash"] for r in runs.values()}), 4)
        alone, _ = self.run_config("alone", {}, ("dataset_OR", {**OR[1], "data_size": 200}), BRICK)
        self.assertEqual([runs[3]["train_loss"], runs[4]["train_loss"]], [alone[1]["train_loss"], alone[2]["train_loss"]])
        self.assertEqual(runs[3]["identity"], alone[1]["identity"])

    def test_learning_rates(self):
        runs, programs = self.run_config("rates", {"lr": "1e-2, 1e-3"}, OR, BRICK)
        self.assertEqual(len(programs), 1)
        self.assertEqual([r["pipeline"].split(" | ")[-1] for r in runs.values()], ["process(1e-2)", "process(1e-2)", "process(1e-3)", "process(1e-3)"])
        params = dict(self.f.sql("rates.db", "SELECT param_name, param_value FROM params WHERE run_id = 3"))
        self.assertEqual((params["process_lr"], params["process_key"], params["lr"]), ("1e-3", "lr=1e-3", "1e-3"))
        alone, _ = self.run_config("rate", {"lr": "1e-3"}, OR, BRICK)
        self.assertEqual([runs[3]["train_loss"], runs[4]["test_loss"]], [alone[1]["train_loss"], alone[2]["test_loss"]])
        self.assertNotEqual(runs[1]["train_loss"], runs[3]["train_loss"])

    def test_optimizers_and_losses(self):
        runs, programs = self.run_config("optimizers", {"optimizer": "Adam, SGD", "loss_function": "MSELoss, L1Loss"}, OR, BRICK)
        self.assertEqual(len(programs), 4)
        self.assertEqual(len({r["train_loss"] for r in runs.values()}), 8)
        self.assertEqual({r["status"] for r in runs.values()}, {"done"})


class Shipped(Example):
    def test_predict_elsewhere(self):
        """A trainer and a checkpoint, copied to an empty folder, give the test part's results from the raw file."""
        self.f.edit("share/breast_cancer.ini", ("train_prop = 0.7", "train_prop = 0.7\nsplit = in_order"), ("multiplicity = 3", "multiplicity = 1"), ("width = 4, 8", "width = 4"))
        self.f.mosaicc("share/breast_cancer.ini")
        self.f.sweep("share/breast_cancer.ini", "b.db")
        away = self.f.at / "away"
        away.mkdir()
        shutil.copy(self.f.trainer("share/breast_cancer.ini"), away / "trainer")
        shutil.copy(self.f.at / "run_files_breast_cancer/checkpoint_1.safetensors", away)
        lines = (self.f.at / "share/data/breast_cancer.csv").read_text().split()
        names, rows = lines[0].split(","), [line.split(",") for line in lines[1:]]
        test = rows[round(len(rows) * 0.7):]
        order = sorted(range(31), key=lambda i: (i * 7) % 31)     # other order of columns, one more of them
        (away / "new.csv").write_text("\n".join(",".join(r[i] for i in order) for r in [names] + test) + "\n")
        shutil.move(self.f.at / "share/data", self.f.at / "no data")
        got = self.f.call(away / "trainer", "predict", away / "new.csv", "--out", away).stdout.split()
        p = [float(v) for v in got[1:]]
        self.assertEqual(len(p), len(test))
        right = sum((a > 0.5) == (r[30] == "1") for a, r in zip(p, test))
        run = self.f.results("b.db")[1]
        self.assertAlmostEqual(run["test_acc"], 100 * right / len(test), delta=1e-6)
        losses = [-math.log(a if r[30] == "1" else 1 - a) for a, r in zip(p, test)]
        batches = [losses[i:i + 16] for i in range(0, len(losses), 16)]
        self.assertAlmostEqual(run["test_loss"], sum(sum(b) / len(b) for b in batches) / len(batches), delta=1e-5)
        self.assertGreater(run["test_acc"], 90)

    def test_missing_column(self):
        self.f.edit("share/iris.ini", ("epochs = 100", "epochs = 1"), ("multiplicity = 2", "multiplicity = 1"), ("width = 8, 16", "width = 8"))
        self.f.sweep("share/iris.ini", "i.db")
        self.f.write("new.csv", "sepal_length,sepal_width,petal_lenght,petal_width\n1,2,3,4\n")
        r = self.f.call(self.f.trainer("share/iris.ini"), "predict", "new.csv", "--out", "run_files_iris", code=1)
        self.assertIn("new.csv:1: there is no column 'petal_length'; is it 'petal_lenght'?", r.stderr)


if __name__ == "__main__":
    main()
