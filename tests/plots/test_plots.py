"""test_plots.py MOSAIC [SUITE]: the plotting commands."""
import os
import re
import stat
import sys
import unittest

import database
from harness import Folder

NAN, INF = float("nan"), float("inf")
PNG, SVG = b"\x89PNG\r\n", b"<?xml"


class Loss(Folder):
    def runs(self, n, **more):
        db = database.Database(self.at / "a.db")
        for i in range(1, n + 1):
            db.run(i, train=[0.4, 0.3, 0.2, 0.1], test=[0.5, 0.4, 0.3, 0.2], **more)
        return db

    def test_golden(self):
        db = self.runs(2)
        db.run(3, "a(1)", "b(2,'x')", nb_params=7, train=[10.0 ** -e for e in range(6)], test=[2 * 10.0 ** -e for e in range(6)]).close()
        self.golden("plotloss.gp", self.script("plotloss", "a.db", "a.pdf", "--id", "1,3"))

    def test_pages(self):
        self.runs(10).close()
        for size, pages in ((1, 11), (2, 4), (3, 3), (10, 2)):
            self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "-plot_size", size, "-id", "all"), f"a.pdf: 10 runs on {pages} pages\n")
            self.assertEqual(self.pages("a.pdf"), pages)

    def test_the_originals_call(self):
        """run_files_path may be given; -id chooses; without a selector all runs are drawn."""
        self.runs(10).close()
        self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "run_files", "-id", "1-3,7", "-plot_size", "2"), "a.pdf: 4 runs on 2 pages\n")
        self.assertEqual(self.draw("plotloss", "a.db", "b.pdf"), "b.pdf: 10 runs on 4 pages\n")

    def test_one_file_a_page(self):
        self.runs(5).close()
        for kind, start in (("png", PNG), ("svg", SVG)):
            self.assertEqual(self.draw("plotloss", "a.db", f"a.{kind}"), f"a-1.{kind} to a-3.{kind}: 5 runs on 3 pages\n")
            self.assertEqual([(self.at / f"a-{i}.{kind}").read_bytes().startswith(start) for i in (1, 2, 3)], [True] * 3)
            self.assertFalse((self.at / f"a.{kind}").exists())

    def test_titles(self):
        db = self.runs(1)
        db.run(2, "d(1)", "m(2)", nb_params=123456789, train=[1.0], test=[1.0])
        db.run(3, "d(1)", "m(2)", train=[1.0], test=[1.0], results=False, status="interrupted")
        db.run(4, "d" * 300, "m" * 300, nb_params=77, train=[1.0], test=[1.0]).close()
        text = self.script("plotloss", "a.db", "a.pdf")
        for title in ("1:dataset_OR(1,200,0.8)", "mlp_brick(4,3):49", "2:d(1)", "m(2):123456789", "m(2):?", ":77"):
            self.assertIn(f"'{title}'", text)
        long = re.findall(r"'((?:4:)?[dm]+…[dm]+)'", text)
        self.assertEqual([len(t) < 70 for t in long], [True, True])

    def test_several_data_modules(self):
        db = self.runs(1)
        db.run(2, "d(1) | noise(2)", "m(3) | n(4)", train=[1.0], test=[1.0])
        db.db.execute("UPDATE params SET param_value = 'dataset, noise' WHERE run_id = 2 AND param_name = 'data_scheme'")
        db.close()
        text = self.script("plotloss", "a.db", "a.pdf")
        self.assertIn("'2:d(1) | noise(2)'", text)
        self.assertIn("'m(3) | n(4):49'", text)

    def axes(self, train, test, *words):
        database.Database(self.at / "x.db").run(1, train=train, test=test).close()
        text = self.text("plotloss", "x.db", "x.pdf", *words)
        (self.at / "x.db").unlink()
        return self.figures(text)[0]

    def test_logarithms(self):
        falling = [10.0 ** -e for e in range(5)]
        self.assertIn("set logscale y", self.axes(falling, falling))
        self.assertIn("'10⁻⁴' 0.0001", self.axes(falling, falling))
        self.assertNotIn("set logscale y", self.axes(falling, falling, "--log", "no"))
        self.assertNotIn("set logscale y", self.axes([0.5, 0.1], [0.5, 0.1]))
        self.assertIn("set logscale y", self.axes([0.5, 0.1], [0.5, 0.1], "--log", "yes"))
        self.assertNotIn("set logscale y", self.axes([1.0, -1.0, 1e-5], [1.0, 1.0, 1.0]))
        self.assertIn("set logscale y", self.axes([1.0, 0.1, 1e-5, 0.0], [1.0]))
        self.assertNotIn("set logscale y", self.axes([0.0] * 3, [0.0] * 3, "--log", "yes"))

    def test_ticks(self):
        ticks = lambda *a: re.findall(r"'([^']+)' ", re.search(r"set ytics nomirror \((.*)\)", self.axes(*a)).group(1))
        self.assertEqual(ticks([0.0, 1.0], [0.0, 1.0]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        self.assertEqual(ticks([2e-8, 3e-8], [2e-8]), ["2e-08", "2.2e-08", "2.4e-08", "2.6e-08", "2.8e-08", "3e-08"])
        self.assertEqual(ticks([1e6, 1e6 + 4], [1e6]), ["1000000", "1000001", "1000002", "1000003", "1000004"])
        self.assertEqual(ticks([1e-30, 1e30], [1.0]), ["10⁻²⁴", "10⁻¹²", "10⁰", "10¹²", "10²⁴"])
        self.assertEqual(ticks([0.01, 0.02], [0.01], "--log", "yes")[0], "0.01")

    def test_not_finite(self):
        db = database.Database(self.at / "a.db")
        db.run(1, train=[0.4, 0.3, NAN, INF], test=[0.4, 0.3, 0.2, 0.1], slope=NAN)
        db.run(2, train=[NAN] * 3, test=[INF] * 3)
        db.run(3, train=[0.1], test=[0.2])
        db.run(4, status="error", results=False)
        db.run(5, train=[0.0] * 3, test=[3e38, -3e38, 0.0]).close()
        text = self.script("plotloss", "a.db", "a.pdf")
        for note in ("not finite at epoch 3", "slope unknown", "not finite at epoch 1", "no curves (error)"):
            self.assertIn(f"'{note}'", text)
        self.assertNotRegex(text, r"(?i)[ \n]-?(nan|inf)\b(?! *\n)")
        self.assertEqual(self.pages("a.pdf"), 3)

    def test_thinned(self):
        """A long curve keeps its spike, its ends, and few points."""
        curve = [1.0] * 100000
        curve[77777] = 9.0
        database.Database(self.at / "a.db").run(1, train=curve, test=[1.0] * 3).close()
        points = re.search(r"\$train_loss << E\n(.*?)\nE\n", self.script("plotloss", "a.db", "a.pdf"), re.S).group(1).split("\n")
        self.assertLess(len(points), 900)
        self.assertIn("77778 9", points)
        self.assertEqual(points[0], "1 1")

    def test_original_database(self):
        database.Database(self.at / "a.db", original=True).run(1, train=[1.0], test=[1.0]).close()
        self.assertIn("no curves (done)", self.script("plotloss", "a.db", "a.pdf"))

    def test_a_thousand(self):
        database.many(self.at / "a.db", 1000, epochs=30)
        self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "-plot_size", "8"), "a.pdf: 1000 runs on 17 pages\n")
        self.assertEqual(self.pages("a.pdf"), 17)

    def test_script_draws_alone(self):
        """What --script keeps is what was drawn."""
        self.runs(3).close()
        text = self.script("plotloss", "a.db", "a.pdf")
        os.system(f"cd {self.at} && gnuplot -d text.gp")
        self.assertEqual(self.pages("page-1.pdf"), 2)
        self.assertEqual(text.count("\nplot "), 4)


class Bands(Folder):
    """plotloss --bands: a figure a pipeline."""

    def test_golden(self):
        db = database.Database(self.at / "a.db")
        for i, run in enumerate(([0.4, 0.3, 0.2], [0.5, 0.3, 0.1], [0.6, NAN, 0.3]), 1):
            db.run(i, train=run, test=[2 * v for v in run])
        db.run(4, model="mlp_brick(4,9)", nb_params=99, train=[0.1], test=[0.1]).close()
        self.golden("bands.gp", self.script("plotloss", "a.db", "a.pdf", "--bands"))

    def test_values(self):
        """Fewer than five runs: lowest to highest; else quartiles. Runs of different lengths, values that are not finite."""
        db = database.Database(self.at / "a.db")
        for i in range(1, 10):
            db.run(i, train=[float(i)] * (2 if i < 9 else 3), test=[float(i) if i < 4 else NAN])
        db.close()
        text = self.script("plotloss", "a.db", "a.pdf", "--bands")
        self.assertEqual(self.block(text, "train_loss"), [[1, 5, 3, 7], [2, 5, 3, 7], [3, 9, 9, 9]])
        self.assertEqual(self.block(text, "test_loss"), [[1, 2, 1, 3]])
        self.assertIn("'mlp_brick(4,3):49, 9 runs'", text)

    def test_pipelines(self):
        database.many(self.at / "a.db", 300, epochs=4)
        self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "--bands", "-plot_size", 4), "a.pdf: 300 runs of 30 pipelines on 3 pages\n")
        self.assertEqual(self.pages("a.pdf"), 3)
        self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "--bands", "-id", "1"), "a.pdf: 1 run of 1 pipeline on 2 pages\n")

    def test_no_curves(self):
        db = database.Database(self.at / "a.db").run(1).run(2, status="error", results=False)
        db.close()
        self.assertIn("'no curves'", self.script("plotloss", "a.db", "a.pdf", "--bands"))
        db = database.Database(self.at / "c.db").run(1, status="error", results=False, train=[2.0]).run(2, status="error", results=False).run(3, train=[1.0], test=[1.0])
        db.close()
        self.assertIn("'mlp_brick(4,3):49, 3 runs, 2 failed'", self.script("plotloss", "c.db", "a.pdf", "--bands"))
        database.Database(self.at / "b.db", original=True).run(1, train=[1.0], test=[1.0]).close()
        self.assertIn("'no curves'", self.script("plotloss", "b.db", "a.pdf", "--bands"))

    def test_long_curves(self):
        database.Database(self.at / "a.db").run(1, train=[1.0] * 50000, test=[1.0] * 7).close()
        points = self.block(self.script("plotloss", "a.db", "a.pdf", "--bands"), "train_loss")
        self.assertEqual((len(points), points[0][0], points[-1][0]), (400, 1, 50000))


class Meta(Folder):
    def sweep(self, runs=3, **more):
        """Two models of two sizes on data set `or`, one on another; test_loss of run k is 0.1 * k."""
        db, i = database.Database(self.at / "a.db"), 0
        for model, size in (("brick", 10), ("brick", 20), ("funnel", 12), ("funnel", 24)):
            for k in range(runs):
                i += 1
                db.run(i, model_key=model, nb_params=size, train=[0.1], test=[0.1], **{"test_loss": 0.1 * (k + 1) * size, **more})
        return db.run(99, data_key="spiral", model_key="brick", nb_params=5, train=[1.0], test=[1.0])

    def test_golden(self):
        self.sweep().close()
        self.golden("metaplot.gp", self.script("metaplot", "a.db", "a.png", "or", "test_loss"))

    def test_says(self):
        self.sweep().close()
        self.assertEqual(self.draw("metaplot", "a.db", "a.png", "or", "test_loss"), "a.png: test_loss of 12 runs, 2 model keys\n")
        self.assertEqual(self.draw("metaplot", "a.db", "a.svg", "spiral", "test_loss"), "a.svg: test_loss of 1 run, 1 model key\n")
        self.assertEqual(self.draw("metaplot", "a.db", "a.pdf", "or", "duration"), "a.pdf: duration(s) of 12 runs, 2 model keys\n")
        self.assertTrue((self.at / "a.png").read_bytes().startswith(PNG))
        self.assertTrue((self.at / "a.svg").read_bytes().startswith(SVG))
        self.assertEqual(self.pages("a.pdf"), 1)

    def test_few_runs_are_points(self):
        self.sweep().close()
        text = self.script("metaplot", "a.db", "a.png", "or", "test_loss")
        self.assertEqual(self.block(text, "mean0"), [[10, 2], [20, 4]])
        self.assertEqual(self.block(text, "points0"), [[10, 1], [10, 2], [10, 3], [20, 2], [20, 4], [20, 6]])
        self.assertIsNone(self.block(text, "bars0"))

    def test_many_runs_get_bars(self):
        self.sweep(runs=11).close()
        text = self.script("metaplot", "a.db", "a.png", "or", "test_loss")
        self.assertIsNone(self.block(text, "points0"))
        # 1..11: mean 6, standard deviation sqrt(11)
        x, mean, low, high = self.block(text, "bars0")[0]
        self.assertEqual((x, mean), (10, 6))
        self.assertAlmostEqual(low, 6 - 11 ** 0.5, places=6)
        self.assertAlmostEqual(high, 6 + 11 ** 0.5, places=6)

    def test_bars_stay_within_the_values(self):
        """One run far away: the mean less one standard deviation would be negative, which no loss is."""
        db = database.Database(self.at / "a.db")
        for k in range(12):
            db.run(k + 1, train=[0.1], test=[0.1], test_loss=1000.0 if k == 11 else 1.0)
        db.close()
        text = self.script("metaplot", "a.db", "a.png", "or", "test_loss")
        self.assertIn("set logscale y", text)
        self.assertEqual(self.block(text, "bars0")[0][2], 1)

    def test_spread(self):
        self.sweep().close()
        bands = self.script("metaplot", "a.db", "a.png", "or", "test_loss", "--spread", "bands")
        self.assertEqual(self.block(bands, "band0"), [[10, 1, 3], [20, 2, 6]])   # mean -+ deviation
        self.assertIsNone(self.block(bands, "points0"))
        self.assertEqual(self.block(self.script("metaplot", "a.db", "a.png", "or", "test_loss", "--spread=bars"), "bars0"), [[10, 2, 1, 3], [20, 4, 2, 6]])
        self.error("mosaic: error: --spread: 'violins' is none of auto, bars, bands, points\n", "metaplot", "a.db", "a.png", "or", "test_loss", "--spread", "violins")

    def test_selectors(self):
        self.sweep().close()
        self.assertEqual(self.draw("metaplot", "a.db", "a.png", "or", "test_loss", "-id", "1-3"), "a.png: test_loss of 3 runs, 1 model key\n")
        self.error("mosaic: error: a.db: no finished run has the data set key 'or'\n  hint: 'spiral' is one of 1 keys; `mosaic status a.db` shows the runs\n",
                   "metaplot", "a.db", "a.png", "or", "test_loss", "-id", "99")

    def test_long_names(self):
        """Names lose what they have in common before what tells them apart."""
        db = database.Database(self.at / "a.db")
        for i in (1, 2):
            db.run(i, model_key="a model whose name goes on and on and on and on " * 2 + f"{i} and then ends as all of them do", train=[1.0], test=[1.0])
        db.close()
        text = self.script("metaplot", "a.db", "a.png", "or", "test_loss")
        for i in (1, 2):
            self.assertRegex(text, rf"title 'a model[^']*…{i}…'")

    def test_missing(self):
        db = self.sweep()
        db.db.execute("UPDATE run_results SET test_loss = NULL WHERE run_id IN (1, 4)")
        db.db.execute("UPDATE run_results SET nb_params = NULL WHERE run_id = 7")
        db.db.execute("UPDATE run_results SET test_loss = 9e999 WHERE run_id = 10")
        db.db.execute("DELETE FROM params WHERE run_id = 12 AND param_name = 'mlp_key'")
        db.close()
        text = self.script("metaplot", "a.db", "a.png", "or", "test_loss")
        self.assertIn("'7 runs; 5 without a value or a key left out. Lines: means; circles: the runs'", text)

    def test_no_value(self):
        self.sweep(slope=NAN).close()
        out, err = self.call("metaplot", "a.db", "a.png", "or", "slope", code=2)
        self.assertEqual(err, "mosaic: error: a.db: no run on 'or' has a slope and a number of parameters\n"
                              "  hint: 12 runs are without: NULL stands for what is not defined, such as NaN\n")

    def test_names(self):
        self.sweep().close()
        for words, says in ((("orr", "test_loss"), "a.db: no finished run has the data set key 'orr'\n  hint: did you mean 'or'?"),
                            (("x' OR '1", "test_loss"), "a.db: no finished run has the data set key 'x' OR '1'\n"
                                                        "  hint: 'or' is one of 2 keys; `mosaic status a.db` shows the runs"),
                            (("or", "test_los"), "there is no criterion 'test_los'\n  hint: did you mean 'test_loss'?"),
                            (("or", "x; DROP TABLE runs"), "there is no criterion 'x; DROP TABLE runs'\n  hint: criteria: train_loss, test_loss, train_acc, "
                             "test_acc, nb_params, duration(s), epochs, overfit, trainability, slope")):
            out, err = self.call("metaplot", "a.db", "a.png", *words, code=2)
            self.assertEqual((out, err), ("", f"mosaic: error: {says}\n"))

    def test_nothing_finished(self):
        database.Database(self.at / "a.db").run(1, results=False).close()
        for words in (("metaplot", "a.db", "a.png", "or", "test_loss"), ("perfanalysis", "a.db", "a.pdf")):
            out, err = self.call(*words, code=2)
            self.assertEqual((out, err), ("", "mosaic: error: a.db: no run has finished: there is nothing to draw\n"
                                              "  hint: `mosaic status a.db` shows the runs\n"))

    def test_original_database(self):
        database.Database(self.at / "a.db", original=True).run(1, train=[1.0], test=[1.0]).close()
        self.draw("metaplot", "a.db", "a.png", "or", "test_loss")

    def test_many_models(self):
        db = database.Database(self.at / "a.db")
        for i in range(1, 1002):
            db.run(i, model_key=f"m{i}", nb_params=i, train=[0.1 * i], test=[0.1])
        db.close()
        out, err = self.call("metaplot", "a.db", "a.png", "or", "train_loss", code=2)
        self.assertEqual(err, "mosaic: error: a.db: 1001 model keys are too many for one picture, which takes 1000\n")
        db = database.Database(self.at / "b.db")
        for i in range(1, 101):
            db.run(i, model_key=f"m{i}", nb_params=i, train=[0.1 * i], test=[0.1])
        db.close()
        self.assertEqual(self.draw("metaplot", "b.db", "b.png", "or", "train_loss"), "b.png: train_loss of 100 runs, 100 model keys\n")


class Perf(Folder):
    def test_pages(self):
        """A page for each pair of keys that has runs."""
        database.many(self.at / "a.db", 300, epochs=2)
        self.assertEqual(self.draw("perfanalysis", "a.db", "a.pdf"), "a.pdf: 300 runs on 6 pages\n")
        self.assertEqual(self.pages("a.pdf"), 6)

    def test_golden(self):
        db = database.Database(self.at / "a.db")
        for i in range(1, 9):
            db.run(i, nb_params=10 if i < 7 else 20, train=[0.1 * i], test=[0.2 * i], train_acc=90.0 + i, slope=NAN)
        db.close()
        text = self.script("perfanalysis", "a.db", "a.pdf")
        # Violins are checked below: the last digits of their exponentials are the machine's.
        self.golden("perfanalysis.gp", re.sub(r"(\$violins0 << E\n).*?E\n", r"\1...\nE\n", text, flags=re.S))

    def violin(self, values, name="test_loss", *words):
        db = database.Database(self.at / "v.db")
        for i, v in enumerate(values, 1):
            db.run(i, train=[1.0], test=[1.0], **{name: v})
        db.close()
        text = self.text("perfanalysis", "v.db", "v.pdf", *words)
        (self.at / "v.db").unlink()
        part = text[text.index(f"# {name}\n"):]
        found = re.search(r"\$violins0 << E\n(.*?)\n?E\n", part, re.S).group(1).split("\n")
        return [tuple(map(float, line.split())) for line in found if line]

    def test_violin(self):
        """Symmetric, widest where most values are, and two widths of the kernel longer than the values."""
        values = [1.0, 2.0, 2.1, 2.2, 2.3, 3.5]
        shape = self.violin(values)
        self.assertEqual(len(shape), 96)
        for (x, y), (other, same) in zip(shape, reversed(shape)):
            self.assertAlmostEqual(y, same)
            self.assertAlmostEqual(x + other, 2 * 49, places=4)
        widest = max(shape)[1]
        self.assertTrue(2.0 < widest < 2.3)
        self.assertTrue(min(y for _, y in shape) < 1.0 and max(y for _, y in shape) > 3.5)

    def test_violin_of_few_or_equal(self):
        self.assertEqual(self.violin([1.0, 2.0, 3.0, 4.0]), [])
        self.assertEqual(self.violin([2.0] * 9), [])
        self.assertEqual(len(self.violin([1.0, 2.0, 3.0, 4.0, 5.0])), 96)

    def test_violin_within_limits(self):
        """An accuracy is at most 100; and what is never negative has no tail below 0."""
        self.assertEqual(max(y for _, y in self.violin([100.0, 100.0, 99.0, 98.0, 90.0], "test_acc")), 100)
        self.assertEqual(min(y for _, y in self.violin([0.0, 0.01, 0.01, 0.02, 0.03])), 0)
        self.assertLess(min(y for _, y in self.violin([-0.01, 0.01, 0.01, 0.02, 0.03])), -0.01)

    def test_violin_on_a_logarithmic_axis(self):
        """Its density is that of the logarithms: symmetric around 1."""
        shape = self.violin([0.01, 0.1, 1.0, 10.0, 100.0])
        self.assertAlmostEqual(max(shape)[1], 1.0, delta=0.2)
        self.assertGreater(min(y for _, y in shape), 0)

    def test_too_many(self):
        db = database.Database(self.at / "a.db")
        for i in range(1, 1002):
            db.run(i, model_key=f"m{i}", nb_params=i, train=[0.1], test=[0.1])
        db.close()
        self.error("mosaic: error: a.db: 1001 pairs of data and model keys are too many for one picture, which takes 1000\n"
                   "  hint: choose runs with --id or --request, or join keys with `mosaic rekey`\n", "perfanalysis", "a.db", "a.pdf")
        self.assertEqual(self.draw("perfanalysis", "a.db", "a.pdf", "--id", "7,9"), "a.pdf: 2 runs on 2 pages\n")

    def test_missing_keys(self):
        db = database.Database(self.at / "a.db").run(1, train=[1.0], test=[1.0]).run(2, train=[1.0], test=[1.0])
        db.db.execute("DELETE FROM params WHERE run_id = 2")
        db.close()
        text = self.script("perfanalysis", "a.db", "a.pdf")
        self.assertEqual(self.pages("a.pdf"), 2)
        self.assertIn("'? | ?'", text)

    def test_several_sweeps(self):
        """Schemes of other types in the same database."""
        db = database.Database(self.at / "a.db").run(1, train=[1.0], test=[1.0]).run(2, train=[1.0], test=[1.0])
        db.db.executescript("""DELETE FROM params WHERE run_id = 2;
            INSERT INTO params VALUES(2, 'data_scheme', 'file, noise'), (2, 'pipeline_scheme', 'cnn,mlp'), (2, 'file_key', 'f'), (2, 'noise_key', 'n'),
                (2, 'cnn_key', 'c'), (2, 'mlp_key', 'm'), (2, 'dataset_key', 'not in its scheme');""")
        db.close()
        text = self.script("perfanalysis", "a.db", "a.pdf")
        self.assertIn("'f | n | c | m'", text)
        self.assertIn("'or | brick'", text)


HOSTILE = ["`touch pwned`", "'`touch pwned`'", "\"`touch pwned`\"", "'; system('touch pwned'); '", "x'\nsystem('touch pwned')\n'", "@pwned", "\\", "'", "''",
           "%s%n%d", "{/Symbol a}_b^c", "é模型😀", "\x1b[31m\t\r", "E\nE", "$x", "# no", "-dash", "a\\\nb", "x" * 5000]


class Hostile(Folder):
    def unharmed(self):
        self.assertEqual([str(f) for f in self.at.rglob("*pwned*") if f.name == "pwned"], [])

    def test_names(self):
        db = database.Database(self.at / "a.db")
        for i, name in enumerate(HOSTILE, 1):
            db.run(i, name, name, name, name, nb_params=10 + i, train=[0.3, 0.2], test=[0.3, 0.2], status=name if i % 2 else "done")
        db.close()
        text = self.script("plotloss", "a.db", "a.pdf", "-plot_size", "3")
        self.assertEqual(self.pages("a.pdf"), 4)
        self.unharmed()
        self.assertIn("'13: [31m  '", text)
        self.assertIn("'12:é模型😀'", text)
        self.draw("perfanalysis", "a.db", "b.pdf")
        self.assertEqual(self.pages("b.pdf"), len(HOSTILE))
        for name in HOSTILE:
            self.draw("metaplot", "--", "a.db", "c.svg", name, "test_loss")
        self.unharmed()

    def test_bytes(self):
        db = database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2])
        for bad in (b"\xff\xfe", b"a\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"):
            db.db.execute("UPDATE runs SET pipeline = CAST(? AS TEXT)", (bad + b"(1) | m" + bad,))
            db.db.commit()
            text = self.script("plotloss", "a.db", "a.pdf")
            self.assertIn("'1:" + "a" * (bad[0] == 97) + "?" * (len(bad) - (bad[0] == 97)) + "(1)'", text)

    def test_paths(self):
        database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2]).close()
        for name in ("|touch pwned", "`touch pwned`", "$(touch pwned)", "a'b", "new\nline", "~root", "é 模型", "%s"):
            self.assertEqual(self.draw("plotloss", "a.db", f"{name}.pdf"), f"{name}.pdf: 1 run on 2 pages\n")
            self.assertTrue((self.at / f"{name}.pdf").read_bytes().startswith(b"%PDF"))
        self.draw("plotloss", "--", "a.db", "-x.pdf")
        self.unharmed()

    def test_blobs(self):
        """Curves that no trainer wrote."""
        db = database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2])
        for blob in (b"", b"\0", b"\0\0\0\0\1", "text", 7, None, b"\xff" * 400):
            db.db.execute("UPDATE history SET data = ?, epochs = 1000000 WHERE name = 'train_loss'", (blob,))
            db.db.commit()
            self.draw("plotloss", "a.db", "a.pdf")


class Errors(Folder):
    def setUp(self):
        super().setUp()
        database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2]).close()

    def gnuplot(self, text):
        """A gnuplot of the test's own, alone in PATH."""
        (self.at / "bin").mkdir(exist_ok=True)
        if text is not None:
            (self.at / "bin/gnuplot").write_text(text)
            (self.at / "bin/gnuplot").chmod(0o755)
        return {"PATH": str(self.at / "bin")}

    def test_extension(self):
        for name in ("a.jpg", "a", ".pdf", "x/.pdf", "a.pdf.txt", "a.db"):
            self.error(f"mosaic: error: {name}: a picture is a .pdf, .svg or .png file\n"
                       "  hint: the extension says which: name it plot.pdf, for example\n", "plotloss", "a.db", name)

    def test_directory(self):
        self.error("mosaic: error: no/a.pdf: cannot write there: No such file or directory\n"
                   "  hint: name a file in a directory that exists and can be written\n", "plotloss", "a.db", "no/a.pdf")

    def test_picture_is_a_directory(self):
        (self.at / "a.pdf").mkdir()
        self.error("mosaic: error: a.pdf: Is a directory\n", "plotloss", "a.db", "a.pdf")

    def test_no_gnuplot(self):
        env = self.gnuplot(None)
        self.error("mosaic: error: cannot start gnuplot: No such file or directory\n"
                   "  hint: the pictures are drawn by gnuplot: install the Debian package gnuplot-nox, or keep the text with --script FILE\n",
                   "plotloss", "a.db", "a.pdf", env=env)
        self.error("mosaic: error: cannot start gnuplot: No such file or directory\n"
                   "  hint: the pictures are drawn by gnuplot: install the Debian package gnuplot-nox\n",
                   "plotloss", "a.db", "a.pdf", "--script", "a.gp", env=env)
        self.assertIn("'1:dataset_OR(1,200,0.8)'", (self.at / "a.gp").read_text())
        self.assertFalse((self.at / "a.pdf").exists())

    def test_gnuplot_fails(self):
        (self.at / "a.pdf").write_text("old")
        for text, says in (("#!/bin/sh\necho no terminal >&2\nexit 3\n", "gnuplot failed:\nno terminal\n"),
                           ("#!/bin/sh\n/bin/cat >/dev/null; echo late; exit 1\n", "gnuplot failed:\nlate\n"),
                           ("#!/bin/sh\nkill -9 $$\n", "gnuplot was ended by signal 9:\n")):
            self.error(f"mosaic: error: a.pdf: {says}  hint: `--script FILE` keeps the text that gnuplot was given\n", "plotloss", "a.db", "a.pdf",
                       env=self.gnuplot(text))
        self.error("mosaic: error: a.pdf: gnuplot has not drawn it\n", "plotloss", "a.db", "a.pdf", env=self.gnuplot("#!/bin/sh\n/bin/cat >/dev/null\n"))
        self.assertEqual((self.at / "a.pdf").read_text(), "old")

    def test_script(self):
        self.error("mosaic: error: a.db: not a file that a script may replace\n  hint: --script needs the name of a new text file\n",
                   "plotloss", "a.db", "a.pdf", "--script", "a.db")
        self.error("mosaic: error: no/a.gp: No such file or directory\n", "plotloss", "a.db", "a.pdf", "--script", "no/a.gp")
        self.error("mosaic: error: /dev/full: not a file that a script may replace\n  hint: --script needs the name of a new text file\n",
                   "plotloss", "a.db", "a.pdf", "--script", "/dev/full")

    def test_options(self):
        self.error("mosaic: error: --plot-size: '0' is no integer from 1 to 10\n", "plotloss", "a.db", "a.pdf", "-plot_size", "0")
        self.error("mosaic: error: --log: 'maybe' is none of auto, yes, no\n", "plotloss", "a.db", "a.pdf", "--log", "maybe")
        self.error("mosaic: error: --id: there is no run 9\n  hint: `mosaic status` shows the runs\n", "plotloss", "a.db", "a.pdf", "-id", "9")

    def test_databases(self):
        self.error("mosaic: error: no.db: No such file or directory\n  hint: give the path of a database that `mosaic launch` has written\n",
                   "plotloss", "no.db", "a.pdf")
        database.Database(self.at / "empty.db").close()
        self.error("mosaic: error: empty.db: there is no run to draw\n  hint: `mosaic status empty.db` shows the runs\n", "plotloss", "empty.db", "a.pdf")
        self.assertFalse((self.at / "a.pdf").exists())

    def test_read_only(self):
        (self.at / "a.db").chmod(stat.S_IRUSR)
        before = (self.at / "a.db").read_bytes()
        self.draw("plotloss", "a.db", "a.pdf")
        self.assertEqual((self.at / "a.db").read_bytes(), before)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
