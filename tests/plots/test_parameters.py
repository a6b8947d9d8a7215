"""test_parameters.py MOSAIC [SUITE]: the plots that ask what parameters do: parallel, importance, pareto, heatmap, critical,
perfanalysis_by_config, surface."""
import json
import os
import re
import stat
import sys
import unittest

import database
from harness import Folder
from test_plots import HOSTILE

NAN = float("nan")


class Sweep(Folder):
    def sweep(self, name="a.db", seeds=2, values=None, **more):
        """Data sets or, xor; sections brick, funnel; widths 2, 10; `values(data, section, width, seed)` gives the test loss."""
        values = values or (lambda data, section, width, seed: width + (section == "funnel") + 100 * (data == "xor") + 0.1 * seed)
        db, i = database.Database(self.at / name), 0
        for data in ("or", "xor"):
            for section in ("brick", "funnel"):
                for width in (2, 10):
                    for seed in range(1, seeds + 1):
                        i += 1
                        loss = values(data, section, width, seed)
                        db.run(i, f"{data}(7)", f"{section}(3,{width})", data, f"key_{section}", 5 * width, [loss], [loss], test_loss=loss,
                               params={"seed": str(seed), "lr": "1e-2", **database.module(data, "dataset", size=7), **database.module(section, "mlp", length=3, width=width)},
                               **{"duration(s)": width + 0.5 * (section == "brick"), **more})
        return db

    def json(self, *words):
        return json.loads(self.draw(*words, "--json"))


class Parallel(Sweep):
    def test_golden(self):
        self.sweep(seeds=1).close()
        self.golden("parallel.gp", self.script("parallel", "a.db", "a.pdf", "test_loss"))

    def test_says(self):
        self.sweep().close()
        self.assertEqual(self.draw("parallel", "a.db", "a.svg", "test_loss"), "a.svg: 16 runs, 3 parameters and test_loss\n")
        self.assertEqual(self.draw("parallel", "a.db", "a.png", "test_acc", "--by", "width"), "a.png: 16 runs, 1 parameter and test_acc\n")

    def test_axes(self):
        """Those that differ, by short names; not the seed, nor keys and paths; classes of one type share a parameter."""
        self.sweep().close()
        text = self.script("parallel", "a.db", "a.pdf", "test_loss")
        self.assertEqual(re.findall(r"set label \d+ '(\w+)' at screen \S+ center font ',9'", text), ["dataset", "mlp", "width", "test_loss"])
        text = self.script("parallel", "a.db", "a.pdf", "test_loss", "--by", "width,mlp_key,lr")
        self.assertEqual(re.findall(r"set label \d+ '(\w+)' at screen \S+ center font ',9'", text), ["width", "mlp_key", "lr", "test_loss"])

    def test_swept_settings(self):
        """They stand in the table as lr, process_lr and process_key: one parameter."""
        db = database.Database(self.at / "a.db")
        for i, lr in enumerate(("1e-2", "1e-3", "0.01"), 1):
            db.run(i, test_loss=1.0 * i, params={"lr": lr, "process_lr": lr, "process_key": f"lr={lr}", "seed": str(i)})
        db.close()
        text = self.script("parallel", "a.db", "a.pdf", "test_loss")
        self.assertEqual(re.findall(r"set label \d+ '(\w+)' at screen \S+ center font ',9'", text), ["lr", "test_loss"])
        self.assertEqual(re.findall(r"'(1e-\d|0.01)' at", text), ["1e-3", "0.01"])   # one number, written in two ways

    def test_lines(self):
        """From axis to axis; the best is drawn last, in blue; of one value the runs stand in the order of the criterion."""
        db = self.sweep(seeds=1)
        db.db.execute("UPDATE run_results SET test_loss = run_id")
        db.close()
        lines = re.search(r"\$lines << E\n(.*?)\n\nE\n", self.script("parallel", "a.db", "a.pdf", "test_loss", "--by", "width"), re.S).group(1).split("\n\n")
        runs = [[tuple(map(float, p.split())) for p in line.split("\n")] for line in lines]
        self.assertEqual([len(r) for r in runs], [2] * 8)
        ends = [r[1][1] for r in runs]
        self.assertEqual(ends, sorted(ends, reverse=True))
        self.assertEqual(int(runs[0][0][2]), int(runs[0][1][2]))
        blue = runs[-1][0][2]
        self.assertGreater(int(blue) & 0xff, int(blue) >> 16)
        low = [r[0][1] for r in runs if r[0][1] < 0.5]
        self.assertEqual(low, sorted(low, reverse=True))
        self.assertEqual((len(low), max(low) < 0.08, min(low) > 0), (4, True, True))

    def test_numbers_with_many_values(self):
        """More than twelve: a scale, logarithmic where it spans decades."""
        db = database.Database(self.at / "a.db")
        for i in range(1, 31):
            db.run(i, train=[0.1], test=[0.1 * i], params={"lr": f"{10 ** (-i / 10):.6g}", "level": f"name {i}"})
        db.close()
        text = self.script("parallel", "a.db", "a.pdf", "test_loss", "--by", "lr,level")
        self.assertIn("'10⁻²'", text)
        self.assertIn("'name 11'", text)                        # every second one

    def test_missing(self):
        """A run without a value of a parameter goes through `has none`; one without the criterion is counted."""
        db = self.sweep(seeds=1)
        db.db.executescript("DELETE FROM params WHERE run_id = 3 AND param_name LIKE '%width'; UPDATE run_results SET test_loss = NULL WHERE run_id = 5")
        db.close()
        text = self.script("parallel", "a.db", "a.pdf", "test_loss")
        self.assertIn("'has none'", text)
        self.assertIn("'7 runs; 1 without a value that can be drawn left out'", text)
        self.assertIn("[-0.11:1]", text)

    def test_thousands(self):
        db = database.Database(self.at / "a.db")
        for i in range(1, 5001):
            db.run(i, params={"width": str(i % 7)}, test_loss=float(i))
        db.close()
        text = self.script("parallel", "a.db", "a.png", "test_loss")
        self.assertIn("'5000 runs, of which 2000 are drawn: the best 1000, and others at even ranks'", text)
        self.assertEqual(len(self.block(text, "lines")), 2 * 2000)

    def test_errors(self):
        self.sweep().close()
        database.Database(self.at / "b.db").run(1, train=[1.0], test=[1.0]).close()
        self.error("mosaic: error: b.db: no parameter differs between the runs\n"
                   "  hint: --by NAME,NAME names those to draw, also those that are the same everywhere\n", "parallel", "b.db", "a.pdf", "test_loss")
        self.error("mosaic: error: --by widht: no finished run has this parameter\n  hint: did you mean 'width'?\n",
                   "parallel", "a.db", "a.pdf", "test_loss", "--by", "mlp,widht")
        self.error("mosaic: error: --by: ',' names no parameter\n", "parallel", "a.db", "a.pdf", "test_loss", "--by", ",")
        self.error("mosaic: error: there is no criterion 'test_los'\n  hint: did you mean 'test_loss'?\n", "parallel", "a.db", "a.pdf", "test_los")
        db = database.Database(self.at / "c.db")
        for i in (1, 2):
            db.run(i, params={f"p{k}": str(i) for k in range(13)})
        db.close()
        self.error("mosaic: error: c.db: 13 parameters are too many for one picture, which takes 12\n"
                   "  hint: name those to draw with --by, of p0,p1,p2,p3,p4,p5,p6,p7,p8,p9,p10,p11,p12\n", "parallel", "c.db", "a.pdf", "test_acc")
        self.error("mosaic: error: c.db: no run has a test_loss\n  hint: NULL stands for what is not defined, such as NaN\n",
                   "parallel", "c.db", "a.pdf", "test_loss", "--by", "p1")


class Importance(Sweep):
    def test_golden(self):
        self.sweep(seeds=1).close()
        self.golden("importance.gp", self.script("importance", "a.db", "a.pdf", "test_loss"))

    def test_crossed(self):
        """y = 8 a + 2 b + noise, a and b of two levels, two seeds: the shares by hand."""
        db, i = database.Database(self.at / "a.db"), 0
        y = []
        for a in (0, 1):
            for b in (0, 1):
                for noise in (-0.5, 0.5):
                    i += 1
                    y.append((a, b, 20 + 8 * a + 2 * b + noise))
                    db.run(i, test_loss=y[-1][2], params={"a": str(a), "b": f"b{b}", "seed": str(i)})
        db.close()
        got = self.json("importance", "a.db", "a.pdf", "test_loss")
        # sums of squares: a 8 * 16, b 8 * 1, noise 8 * 0.25, nothing in between
        total = (8 * 16 + 8 + 2) / 7
        alone = {"a": 1 - (8 + 2) / 6 / total, "b": max(0, 1 - (8 * 16 + 2) / 6 / total)}
        self.assertEqual([p["name"] for p in got["parameters"]], ["a", "b"])
        for p in got["parameters"]:
            self.assertAlmostEqual(p["alone"], alone[p["name"]], places=8)
        self.assertAlmostEqual(got["between_seeds"], 2 / 4 / total, places=8)
        everything = 1 - 2 / 4 / total
        self.assertAlmostEqual(got["parameters"][1]["together"], everything - alone["a"], places=8)
        self.assertEqual((got["pipelines"], got["every_combination"], got["logarithm"], got["runs"], got["without"]), (4, True, False, 8, 0))

    def test_interaction(self):
        """Exclusive or: neither says anything alone."""
        self.sweep(values=lambda data, section, width, seed: 5 + ((section == "brick") ^ (width == 2)) + 0.01 * seed).close()
        got = {p["name"]: p for p in self.json("importance", "a.db", "a.png", "test_loss")["parameters"]}
        self.assertEqual((got["mlp"]["alone"], got["width"]["alone"], got["dataset"]["together"]), (0, 0, 0))
        self.assertGreater(got["mlp"]["together"], 0.99)
        self.assertGreater(got["width"]["together"], 0.99)

    def test_unrepeated(self):
        self.sweep(seeds=1).close()
        got = self.json("importance", "a.db", "a.png", "test_loss")
        self.assertIsNone(got["between_seeds"])
        self.assertIn("'? (no pipeline was run twice)'", self.script("importance", "a.db", "a.png", "test_loss"))

    def test_not_crossed(self):
        db = self.sweep()
        db.db.execute("DELETE FROM run_results WHERE run_id IN (1, 2)")
        db.close()
        self.assertFalse(self.json("importance", "a.db", "a.png", "test_loss")["every_combination"])
        self.assertIn("Not every combination was run", self.script("importance", "a.db", "a.png", "test_loss"))

    def test_logarithms(self):
        self.sweep(values=lambda data, section, width, seed: 10.0 ** -width).close()
        text = self.script("importance", "a.db", "a.png", "test_loss")
        self.assertIn("log₁₀(test_loss)", text)
        got = self.json("importance", "a.db", "a.png", "test_loss")
        self.assertEqual((got["logarithm"], got["parameters"][0]["name"], got["parameters"][0]["alone"]), (True, "width", 1))
        self.assertFalse(self.json("importance", "a.db", "a.png", "test_loss", "--log", "no")["logarithm"])

    def test_ranges(self):
        """A number with many values is cut into eight ranges."""
        db = database.Database(self.at / "a.db")
        for i in range(160):
            db.run(i + 1, test_loss=float(i), params={"lr": repr(1.5 + i)})
        db.close()
        got = self.json("importance", "a.db", "a.png", "test_loss", "--log", "no")["parameters"][0]
        self.assertEqual(got["levels"], 8)
        self.assertGreater(got["alone"], 0.98)

    def test_constant(self):
        """Nothing varies: there is no share."""
        self.sweep(values=lambda *a: 3.0).close()
        got = self.json("importance", "a.db", "a.png", "test_loss")
        self.assertEqual([p["alone"] for p in got["parameters"]], [None] * 3)

    def test_errors(self):
        database.Database(self.at / "b.db").run(1, train=[1.0], test=[1.0]).run(2, train=[1.0], test=[1.0]).close()
        self.error("mosaic: error: b.db: 2 runs with a test_loss are too few to share out a variance\n  hint: it takes 3, and a parameter that differs between them: `width = {2-6}` in the configuration; `mosaic status b.db` shows the runs\n",
                   "importance", "b.db", "a.pdf", "test_loss")
        db = database.Database(self.at / "c.db")
        for i in range(1, 5):
            db.run(i, train=[1.0 * i], test=[1.0])
        db.close()
        self.error("mosaic: error: c.db: no parameter differs between the runs\n"
                   "  hint: give a parameter several values in the configuration, `width = {2-6}`, and run it\n", "importance", "c.db", "a.pdf", "train_loss")


class Pareto(Sweep):
    def test_golden(self):
        self.sweep().close()
        self.golden("pareto.gp", self.script("pareto", "a.db", "a.pdf", "test_loss"))

    def test_front(self):
        """Of each pipeline the median; a page and a front for each data set."""
        self.sweep(seeds=3, values=lambda data, section, width, seed: (100 if width == 2 else 50 if section == "brick" else 60) + [0, 1, 7][seed - 1]).close()
        got = self.json("pareto", "a.db", "a.pdf", "test_loss")
        self.assertEqual(self.pages("a.pdf"), 2)
        self.assertEqual([page["data"] for page in got], ["or", "xor"])
        front = got[0]["against_nb_params"]
        self.assertEqual([(p["pipeline"], p["nb_params"], p["test_loss"], p["runs"]) for p in front],
                         [("or(7) | brick(3,2)", 10, 101, 3), ("or(7) | brick(3,10)", 50, 51, 3)])
        self.assertEqual([p["pipeline"] for p in got[0]["against_duration"]],
                         ["or(7) | funnel(3,2)", "or(7) | funnel(3,10)", "or(7) | brick(3,10)"])

    def test_the_higher_the_better(self):
        db = self.sweep(seeds=1)
        db.db.execute("UPDATE run_results SET test_acc = 40 + run_id")
        db.close()
        got = self.json("pareto", "a.db", "a.pdf", "test_acc")[0]
        self.assertEqual([p["test_acc"] for p in got["against_nb_params"]], [43, 44])

    def test_missing(self):
        db = self.sweep()
        db.db.executescript("UPDATE run_results SET test_loss = NULL WHERE run_id = 1; UPDATE run_results SET nb_params = NULL WHERE run_id IN (3, 4);"
                            'UPDATE run_results SET "duration(s)" = NULL')
        db.close()
        text = self.script("pareto", "a.db", "a.pdf", "test_loss")
        self.assertIn("7 runs of 4 pipelines; 1 without a test_loss left out.", text)
        self.assertEqual(self.json("pareto", "a.db", "a.pdf", "test_loss")[0]["against_duration"], [])

    def test_says(self):
        self.sweep().close()
        self.assertEqual(self.draw("pareto", "a.db", "a.png", "test_loss"), "a-1.png to a-2.png: test_loss of 16 runs on 2 pages\n")
        self.assertEqual(self.draw("pareto", "a.db", "a.png", "test_loss", "--id", "1"), "a.png: test_loss of 1 run on 1 page\n")

    def test_errors(self):
        self.sweep().close()
        for name in ("slope", "epochs", "nb_params", "duration(s)"):
            self.error(f"mosaic: error: a front of {name} would say nothing\n  hint: give a loss, an accuracy, overfit or trainability\n",
                       "pareto", "a.db", "a.pdf", name)
        database.Database(self.at / "b.db").run(1).close()
        self.error("mosaic: error: b.db: no run has a test_loss\n  hint: NULL stands for what is not defined, such as NaN\n", "pareto", "b.db", "a.pdf", "test_loss")


class Heatmap(Sweep):
    def test_golden(self):
        self.sweep().close()
        self.golden("heatmap.gp", self.script("heatmap", "a.db", "a.pdf", "test_loss", "--x", "width", "--y", "mlp"))

    def test_medians(self):
        """One value a cell, numbers in the order of their size."""
        self.sweep(seeds=3, values=lambda data, section, width, seed: width + (seed == 3) * 1000).close()
        text = self.script("heatmap", "a.db", "a.svg", "test_loss", "-x", "width", "-y", "dataset_key")
        self.assertEqual(re.findall(r"'([\d.]+|n = \d+)' at screen \S+ center front", text), ["2", "n = 6", "10", "n = 6", "2", "n = 6", "10", "n = 6"])
        self.assertIn("'24 runs", text)
        self.assertIn("Medians, over seeds and mlp.", text)

    def test_empty_cells(self):
        db = self.sweep()
        db.db.execute("DELETE FROM run_results WHERE run_id <= 2")
        db.close()
        cells = self.block(self.script("heatmap", "a.db", "a.pdf", "test_loss", "--x", "dataset", "--y", "width", "--id", "1-4"), "cells")
        self.assertEqual(len(cells), 1)
        cells = self.block(self.script("heatmap", "a.db", "a.pdf", "test_loss", "--x", "mlp", "--y", "width", "--id", "1-8"), "cells")
        self.assertEqual([c[6] == 0xeeeeee for c in cells], [True, False, False, False])

    def test_ranges(self):
        db = database.Database(self.at / "a.db")
        for i in range(1, 101):
            db.run(i, train=[1.0], test=[1.0 * i], params={"lr": str(i / 100)})
        db.close()
        self.assertEqual(self.draw("heatmap", "a.db", "a.pdf", "test_loss", "--x", "lr", "--y", "epochs"), "a.pdf: test_loss of 100 runs, 24 x 1 values\n")
        self.assertIn("'0.01 … 0.05'", self.script("heatmap", "a.db", "a.pdf", "test_loss", "--x", "lr", "--y", "epochs"))

    def test_errors(self):
        self.sweep().close()
        self.error("mosaic: error: which two parameters?\n  hint: --x width --y length names them; `mosaic parallel` shows which ones differ between the runs\n",
                   "heatmap", "a.db", "a.pdf", "test_loss", "--x", "width")
        self.error("mosaic: error: --y x'; --: no finished run has this parameter\n"
                   "  hint: give a parameter (width, or mlp_brick_width), a key (mlp_key), a setting (lr), or a criterion\n",
                   "heatmap", "a.db", "a.pdf", "test_loss", "--x", "width", "--y", "x'; --")
        db = database.Database(self.at / "b.db")
        for i in range(1, 202):
            db.run(i, params={"a": f"v{i}", "b": "1"}, test_loss=1.0)
        db.close()
        self.error("mosaic: error: a has 201 values; a heat map takes 200\n  hint: choose runs with --id or --request\n",
                   "heatmap", "b.db", "a.pdf", "test_loss", "--x", "a", "--y", "b")
        self.error("mosaic: error: b.db: no run has a, b and a train_loss\n  hint: `mosaic show RUN_ID` lists what a run has\n",
                   "heatmap", "b.db", "a.pdf", "train_loss", "--x", "a", "--y", "b", "--id", "1-9")


class Critical(Sweep):
    def three(self, n, value):
        """Three models on n data sets; `value(model, data)`."""
        db, i = database.Database(self.at / "a.db"), 0
        for data in range(n):
            for model in "abc":
                i += 1
                db.run(i, data_key=f"d{data}", model_key=model, test_loss=value("abc".index(model), data), test_acc=50.0 + value("abc".index(model), data),
                       params={"seed": "1"})
        return db

    def test_golden(self):
        self.three(8, lambda model, data: model + 0.1 * data + (data == 1) * (model == 0) * 1.5).close()
        self.golden("critical.gp", self.script("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key", "--within", "dataset_key"))

    def test_ranks(self):
        """Friedman's statistic and the critical difference as Demšar's formulas have them."""
        self.three(8, lambda model, data: float(model if data < 6 else 2 - model)).close()
        got = self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key", "--within", "dataset_key")
        ranks = [(6 * 1 + 2 * 3) / 8, 2, (6 * 3 + 2 * 1) / 8]
        self.assertEqual([(m["name"], m["rank"]) for m in got["models"]], list(zip("abc", ranks)))
        statistic = 12 * 8 / (3 * 4) * (sum(r * r for r in ranks) - 3 * 16 / 4)
        self.assertAlmostEqual(got["friedman"], statistic, places=7)
        self.assertAlmostEqual(got["p"], 2.718281828459045 ** (-statistic / 2), places=8)   # two degrees of freedom
        self.assertAlmostEqual(got["critical_difference"], 3.31449316 / 2 ** 0.5 * (3 * 4 / (6 * 8)) ** 0.5, places=6)
        self.assertEqual(got["cannot_be_told_apart"], [["a", "b", "c"]])

    def test_bars(self):
        """With many blocks a differs from c, and neither from b."""
        self.three(20, lambda model, data: float(model) if data % 3 else float((model + 1) % 3)).close()
        got = self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key", "--within", "dataset_key")
        gap = got["critical_difference"]
        rank = {m["name"]: m["rank"] for m in got["models"]}
        for bar in got["cannot_be_told_apart"]:
            self.assertLess(rank[bar[-1]] - rank[bar[0]], gap)
        for x in rank:
            for y in rank:
                if rank[y] - rank[x] >= gap:
                    self.assertFalse(any(x in bar and y in bar for bar in got["cannot_be_told_apart"]))

    def test_the_higher_the_better(self):
        self.three(4, lambda model, data: float(model)).close()
        got = self.json("critical", "a.db", "a.pdf", "test_acc", "--by", "mlp_key", "--within", "dataset_key")
        self.assertEqual([m["name"] for m in got["models"]], ["c", "b", "a"])

    def test_blocks(self):
        """For a key, its module's own parameters do not make blocks: their median counts; for a parameter all else does."""
        self.sweep(seeds=3).close()
        self.assertEqual(self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key")["blocks"], 6)
        self.assertEqual(self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp")["blocks"], 6)
        self.assertEqual(self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "width")["blocks"], 12)
        self.assertEqual(self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key", "--within", "dataset_key")["blocks"], 2)
        self.assertIn("12 blocks (dataset, mlp, seed)", self.script("critical", "a.db", "a.pdf", "test_loss", "--by", "width"))

    def test_incomplete(self):
        db = self.sweep(seeds=3)
        db.db.execute("UPDATE run_results SET test_loss = NULL WHERE run_id = 1")
        db.close()
        got = self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "width")
        self.assertEqual((got["blocks"], got["left_out"]), (11, 1))

    def test_all_the_same(self):
        self.three(3, lambda model, data: 1.0).close()
        got = self.json("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key", "--within", "dataset_key")
        self.assertEqual((got["friedman"], got["p"], [m["rank"] for m in got["models"]]), (None, 1, [2, 2, 2]))

    def test_errors(self):
        self.three(3, lambda model, data: 1.0).close()
        self.error("mosaic: error: which models?\n  hint: --by mlp_key compares the keys of the models, --by width the values of a parameter\n",
                   "critical", "a.db", "a.pdf", "test_loss")
        self.error("mosaic: error: a.db: seed has one value only: there is nothing to rank\n  hint: --by takes a parameter that differs between the runs: `mosaic show RUN_ID` lists them\n",
                   "critical", "a.db", "a.pdf", "test_loss", "--by", "seed")
        self.error("mosaic: error: a.db: 1 block has all values of mlp_key: ranks need two\n  hint: --within NAMES says what makes a block: dataset_key, seed\n",
                   "critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key", "--within", "seed")
        db = database.Database(self.at / "b.db")
        for i in range(1, 42):
            db.run(i, model_key=f"m{i}", test_loss=1.0)
        db.close()
        self.error("mosaic: error: b.db: mlp_key has 41 values; the diagram takes 40\n  hint: choose runs with --id or --request\n",
                   "critical", "b.db", "a.pdf", "test_loss", "--by", "mlp_key")


class Config(Sweep):
    def write(self, text, name="plot_config.ini"):
        (self.at / name).write_text(text)
        return name

    def by(self, text, *words, database="a.db"):
        self.write(text)
        return self.script("perfanalysis_by_config", "plot_config.ini", database, "a.pdf", *words)

    LINE = "[size]\nabscissae = nb_params\nordinates = test_loss\nexcludes = width\nplot_type = line\n"

    def test_golden(self):
        self.sweep(seeds=6).close()
        self.golden("by_config.gp", self.by(self.LINE + "include_keys = dataset_key\ninclude_values = or\nerrorbars_style = fill_between\n"
                                            "[b]\nabscissae = width\nordinates = test_loss\nexcludes = width\nplot_type = box\n"))

    def test_groups(self):
        """A line for what is left of the pipelines; a page for each abscissa and ordinate."""
        self.sweep().close()
        text = self.by(self.LINE)
        for name in ("or(7) | brick(3)", "or(7) | funnel(3)", "xor(7) | brick(3)", "xor(7) | funnel(3)"):
            self.assertIn(f"'{name}'", text)
        self.assertEqual(self.block(text, "mean0"), [[10, 2.15], [50, 10.15]])
        self.assertEqual(self.draw("perfanalysis_by_config", self.write(self.LINE.replace("test_loss", "test_loss, test_acc epochs")), "a.db", "b.pdf"), "b.pdf: 3 plots\n")
        self.assertEqual(self.pages("b.pdf"), 3)

    def test_without_excludes(self):
        """Every pipeline is a line of its own."""
        self.sweep().close()
        text = self.by("[a]\nabscissae = nb_params\nordinates = test_loss\n")
        self.assertEqual(len(re.findall(r"\$mean\d+ << E", text)), 8)
        self.assertIn("'or(7) | brick(3,2)'", text)

    def test_include(self):
        """A list of values a key; keys are ends of names; numbers are numbers."""
        self.sweep().close()
        text = self.by(self.LINE + "include_keys = dataset_key, mlp_key, width\ninclude_values = [or, and], brick, [2.0, 3]\n")
        self.assertIn("'2 runs. Shown", text)
        self.assertEqual(self.block(text, "mean0"), [[10, 2.15]])
        text = self.by(self.LINE + "include_keys = key\ninclude_values = [xor]\n")
        self.assertIn("'8 runs. Shown", text)
        self.write(self.LINE + "include_keys = width\ninclude_values = 0\n")
        out, err = self.call("perfanalysis_by_config", "plot_config.ini", "a.db", "a.pdf", code=2)
        self.assertEqual(err, "mosaic: warning: plot_config.ini:1: [size]: no run is like that\nmosaic: error: plot_config.ini: no plot of it has a run in a.db\n"
                              "  hint: `mosaic show RUN_ID` lists the parameters of a run: include_keys are ends of their names\n")

    def test_bars_and_bands(self):
        self.sweep(seeds=3, values=lambda data, section, width, seed: 10.0 * seed).close()
        bars = self.by(self.LINE + "include_keys = dataset_key\ninclude_values = or\n")
        self.assertEqual(self.block(bars, "bars0"), [[10, 20, 10, 30], [50, 20, 10, 30]])
        bands = self.by(self.LINE + "include_keys = dataset_key\ninclude_values = or\nerrorbars_style = fill_between\n")
        self.assertEqual(self.block(bands, "band0"), [[10, 10, 30], [50, 10, 30]])
        points = self.by(self.LINE.replace("= line", "= point"))
        self.assertIn("$mean0 with points", points)

    def box(self, kind, scale=""):
        return self.by(f"[v]\nabscissae = width\nordinates = test_loss\nexcludes = width\nplot_type = {kind}\ninclude_keys = dataset_key mlp_key\n"
                       f"include_values = or, brick\nplot_scale = {scale}\n")

    def test_boxes(self):
        """x, first quartile, whiskers, third quartile, median; then what is beyond the whiskers."""
        self.sweep(seeds=9, values=lambda data, section, width, seed: float(seed if seed < 9 else 100)).close()
        text = self.box("box")
        self.assertEqual([row[:6] for row in self.block(text, "boxes0")[:2]], [[0, 3, 1, 8, 7, 5], [1, 3, 1, 8, 7, 5]])
        self.assertEqual(self.block(text, "singles0")[:2], [[0, 100], [1, 100]])

    def test_violins(self):
        """plot_scale: equal areas, as wide as they have runs, equal widths."""
        db = self.sweep(seeds=20, values=lambda data, section, width, seed: 100 + seed * (1.0 if width == 2 else 3.0))
        db.db.execute("DELETE FROM run_results WHERE run_id IN (SELECT run_id FROM params WHERE param_name = 'seed' AND CAST(param_value AS INTEGER) > 10)"
                      " AND run_id IN (SELECT run_id FROM params WHERE param_name = 'brick_width' AND param_value = '2')")
        db.close()
        widths = {}
        for scale in ("area", "count", "width"):
            rows = self.block(self.box("violin", scale), "violins0")[:-1]
            halves = [[abs(x - at) for x, _ in rows if abs(x - at) < 0.5] for at in (0, 1)]
            widths[scale] = [max(h) for h in halves]
        self.assertAlmostEqual(widths["width"][0], widths["width"][1], places=6)
        self.assertAlmostEqual(widths["count"][0] * 2, widths["count"][1], places=6)
        self.assertGreater(widths["area"][0], 2 * widths["area"][1])

    def test_few_are_circles(self):
        self.sweep(seeds=4).close()
        text = self.box("violin")
        self.assertEqual(len(self.block(text, "violins0")), 1)
        self.assertEqual(len(self.block(text, "singles0")), 8 + 1)

    def test_text_abscissa(self):
        self.sweep().close()
        text = self.by("[a]\nabscissae = mlp_key, lr\nordinates = test_loss\nexcludes = width, length\n")
        self.assertIn("'key_brick'", text)

    def test_integers(self):
        """There is no width of 2.5, until there is one."""
        text = "[a]\nabscissae = width\nordinates = test_loss\nexcludes = width\n"
        for width, fractions in (("3", False), ("3.5", True)):
            db = self.sweep(f"{width}.db")
            db.db.execute("UPDATE params SET param_value = ? WHERE param_name LIKE '%_width' AND param_value = '10'", (width,))
            db.close()
            ticks = re.search(r"set xtics [^\n]*", self.by(text, database=f"{width}.db")).group()
            self.assertEqual(bool(re.search(r"'\d+\.\d+'", ticks)), fractions, ticks)

    def test_file_as_python_reads_it(self):
        """Comments, [global], [DEFAULT], colons, capitals, lines that go on, quotes; a byte order mark, CRLF."""
        self.sweep().close()
        (self.at / "plot_config.ini").write_bytes(
            b"\xef\xbb\xbf; a comment\r\n[DEFAULT]\r\nexcludes = width\r\n[global]\r\nanything = goes, [here\r\n[a b]\r\nAbscissae: nb_params\r\n"
            b"ordinates =\r\n    test_loss,\r\n    # not this\r\n    'test_acc'\r\n[other]\r\nabscissae = epochs\r\nordinates = slope\r\nplot_type = VIOLIN\r\n")
        self.assertEqual(self.draw("perfanalysis_by_config", "plot_config.ini", "a.db", "a.pdf"), "a.pdf: 3 plots\n")

    def test_arguments(self):
        """The original's order, with and without a picture; ours."""
        self.sweep().close()
        self.write(self.LINE, "my plots.ini")
        self.assertEqual(self.draw("perfanalysis_by_config", "my plots.ini", "a.db"), "my plots.pdf: 1 plot\n")
        self.assertEqual(self.draw("perfanalysis_by_config", "my plots.ini", "a.db", "x.svg"), "x.svg: 1 plot\n")
        self.assertEqual(self.draw("perfanalysis_by_config", "a.db", "y.png", "my plots.ini"), "y.png: 1 plot\n")

    def test_errors(self):
        self.sweep().close()
        cases = (("", "plot_config.ini: no section describes a plot\n  hint: [name], then `abscissae = nb_params` and `ordinates = test_loss`"),
                 ("x = 1\n", "plot_config.ini:1: this stands before the first section"),
                 ("[a\n", "plot_config.ini:1: a section's name ends with ]"),
                 ("[a]\nwhat\n", "plot_config.ini:2: neither a section nor `key = value`: what"),
                 ("[a]\nabscisae = x\n", "plot_config.ini:2: there is no key 'abscisae'\n  hint: did you mean 'abscissae'?"),
                 (self.LINE + "plot_type = box\n", "plot_config.ini:6: this key was given twice: plot_type"),
                 ("[a]\nordinates = test_loss\n", "plot_config.ini:1: [a] has no abscissae\n  hint: `abscissae = nb_params` and `ordinates = test_loss`, for example"),
                 (self.LINE + "include_keys = a, b\ninclude_values = [a, b]\n", "plot_config.ini:1: [size] has 2 include_keys and 1 include_values\n"
                  "  hint: one list a key: `include_keys = dataset_key, length` and `include_values = [or, and], [3, 4]`"),
                 (self.LINE + "include_keys = a\ninclude_values = [a, b\n", "plot_config.ini:7: a list is not closed: ] is missing"),
                 ("[a]\nabscissae = nb_params\nordinates = test_loss\nplot_type = pie\n", "plot_config.ini:4: plot_type is 'pie'\n  hint: it can be line, point, violin or box"),
                 ("[a]\nabscissae = widht\nordinates = test_loss\n", "plot_config.ini:1: [a] widht: no finished run has this parameter\n  hint: did you mean 'width'?"),
                 ("[a]\nabscissae = width\nordinates = mlp_key\n", "plot_config.ini:1: [a]: mlp_key is not a number\n"
                  "  hint: ordinates are criteria, such as test_loss, or parameters that are numbers"))
        for text, says in cases:
            self.write(text)
            out, err = self.call("perfanalysis_by_config", "plot_config.ini", "a.db", "a.pdf", code=2)
            self.assertTrue(err.startswith(f"mosaic: error: {says}\n"), f"{text}\n{err}")
            self.assertFalse((self.at / "a.pdf").exists())
        self.error("mosaic: error: no.ini: No such file or directory\n", "perfanalysis_by_config", "no.ini", "a.db", "a.pdf")

    def test_bytes(self):
        """Files that nobody wrote: an answer, never a crash."""
        self.sweep().close()
        for data in (b"\0", b"[\0]\n", b"[a]\nabscissae=\xff\xfe\nordinates=\x80\n", b"[a]\n" + b"=" * 5000, b"[a]\nabscissae=[\nordinates='\n", b"[" * 9999 + b"]",
                     b"[a]\nabscissae='width\nordinates=\"test_loss\ninclude_keys='\ninclude_values='\n"):
            (self.at / "plot_config.ini").write_bytes(data)
            self.call("perfanalysis_by_config", "plot_config.ini", "a.db", "a.pdf", code=2)

    def test_original_database(self):
        database.many(self.at / "o.db", 60, epochs=2, original=True)
        self.by("[a]\nabscissae = nb_params\nordinates = test_loss\nexcludes = width\ninclude_keys = mlp_key\ninclude_values = [brick, fan]\n", database="o.db")


TRAINER = """#!/usr/bin/env python3
import sys
words = sys.argv[1:]
out = open(words[words.index('-o') + 1], 'w')
open('calls', 'a').write(' '.join(w for w in words if not w.startswith('/')) + '\\n')
if words[0] == 'samples':
    print('part,input:a,input:`b`,target:y', file=out)
    for i in range(20):
        print(f'{"train" if i < 15 else "test"},{i % 5},{i // 5},{i % 2}', file=out)
else:
    print(HEADER, file=out)
    for line in open(words[1]):
        x, y = map(float, line.split(','))
        print(ROW, file=out)
"""


class Surface(Folder):
    def setUp(self):
        super().setUp()
        database.Database(self.at / "a.db").run(7, train=[1.0], test=[1.0], params={"run_files_path": "files"}).run(8, status="error", results=False).close()
        db = database.sqlite3.connect(self.at / "a.db")
        db.executescript("CREATE TABLE run_details(run_id INTEGER PRIMARY KEY, program_hash TEXT, launch_id INTEGER); CREATE TABLE launches(launch_id INTEGER, sweep TEXT);")
        db.commit()
        db.close()

    def trainer(self, header="'y'", row="f'{x + y}'", text=None):
        path = self.at / "trainer"
        path.write_text(text or TRAINER.replace("HEADER", header).replace("ROW", row))
        path.chmod(0o755)

    def test_regression(self):
        self.trainer()
        text = self.script("surface", "a.db", "a.pdf", "7", "--trainer", "trainer")
        self.assertEqual((self.at / "calls").read_text(), "samples --id 7 --out files -o\npredict --id 7 --out files -o\n")
        area = self.block(text, "area")
        self.assertEqual(len(area), 120 * 120)
        self.assertEqual(area[0][2:], [0x44, 0x01, 0x54])      # lowest: viridis' dark end
        self.assertEqual((len(self.block(text, "train")), len(self.block(text, "test"))), (16, 6))
        self.assertIn("'7:dataset_OR(1,200,0.8) | mlp_brick(4,3)'", text)
        self.assertIn("'`b`'", text)
        for kind in ("svg", "png"):
            self.assertEqual(self.draw("surface", "a.db", f"a.{kind}", "7", "--trainer", "trainer", "--files", "elsewhere"), f"a.{kind}: run 7, 20 samples\n")
        self.assertIn("--out elsewhere", (self.at / "calls").read_text())
        self.assertNotIn("<image xlink:href=\"page", (self.at / "a.svg").read_text())   # the picture is in the file

    def test_classes(self):
        self.trainer("'a_0,a_1,a_2'", "f'{x},{y},0'")
        text = self.script("surface", "a.db", "a.pdf", "7", "--trainer", "trainer")
        self.assertIn("the class with the largest output", text)
        self.assertEqual(len({tuple(p[2:]) for p in self.block(text, "area")}), 3)
        self.assertEqual(self.pages("a.pdf"), 1)

    def test_not_finite(self):
        self.trainer(row="'nan' if x < 1 else 'inf' if y > 2 else '1'")
        self.script("surface", "a.db", "a.pdf", "7", "--trainer", "trainer")

    def test_errors(self):
        self.error("mosaic: error: the trainer of run 7 is not here\n  hint: call this where the sweep was run, after `mosaicc CONFIG.ini`, or name the program"
                   " with --trainer FILE and the folder of its checkpoint with --files DIR\n", "surface", "a.db", "a.pdf", "7")
        self.error("mosaic: error: run 8 is not done: error\n  hint: `mosaic status a.db` shows the runs\n", "surface", "a.db", "a.pdf", "8")
        self.error("mosaic: error: a.db has no run 9\n  hint: `mosaic status a.db` shows the runs\n", "surface", "a.db", "a.pdf", "9")
        self.error("mosaic: error: 'x' is no run\n  hint: usage: mosaic surface DATABASE PICTURE RUN_ID\n", "surface", "a.db", "a.pdf", "x")
        self.trainer(text="#!/bin/sh\necho error: no checkpoint\nexit 1\n")
        self.error("mosaic: error: ./trainer samples of run 7 failed:\nerror: no checkpoint\n"
                   "  hint: a trainer of an older mosaicc has no `samples`: build it again with `mosaicc CONFIG.ini`\n", "surface", "a.db", "a.pdf", "7", "--trainer", "trainer")
        for names, says in (("input:x,target:y", "1 number"), ("input:x_0,input:x_1,input:x_2,target:y", "3 numbers")):
            self.trainer(text=TRAINER.replace("input:a,input:`b`,target:y", names).replace("HEADER", "'y'").replace("ROW", "'1'"))
            self.error(f"mosaic: error: run 7 takes {says} a sample: a surface has two inputs\n  hint: `mosaic plotloss` draws its loss curves\n",
                       "surface", "a.db", "a.pdf", "7", "--trainer", "trainer")
        self.trainer(row="1 if x < 0 else sys.exit()")
        out, err = self.call("surface", "a.db", "a.pdf", "7", "--trainer", "trainer", code=2)
        self.assertIn("mosaic: error: the trainer of run 7 gave", err)


class Lost(Sweep):
    """Runs that have no results are counted below every picture, those of other data sets and models apart."""
    def lost(self):
        db, i = self.sweep(), 100
        for status, data, section, n in (("error", "or", "brick", 3), ("error", "xor", "funnel", 2), ("stopped", "or", "brick", 1), ("interrupted", "or", "funnel", 1),
                                         ("replaced", "or", "brick", 1)):
            for _ in range(n):
                i += 1
                db.run(i, f"{data}(7)", f"{section}(3,99)", data, f"key_{section}", status=status, results=False,
                       params={"seed": "1", "lr": "1e-2", **database.module(data, "dataset", size=7), **database.module(section, "mlp", length=3, width=99)})
        db.db.execute("UPDATE runs SET status = 'running' WHERE run_id = 1")       # trained further: it has results, and is shown
        db.close()

    def test_all_of_them(self):
        self.lost()
        lost = "; not shown: 5 failed, 1 stopped early, 1 unfinished"
        for words in (("parallel",), ("importance",), ("heatmap", "--x", "width", "--y", "mlp"), ("critical", "--by", "width")):
            command = (words[0], "a.db", "a.svg", "test_loss", *words[1:])
            self.assertIn(lost, self.script(*command), words)
            self.assertTrue(self.draw(*command).endswith(lost + "\n"), words)

    def test_of_a_data_set(self):
        self.lost()
        self.assertEqual(self.draw("metaplot", "a.db", "a.svg", "or", "test_loss"),
                         "a.svg: test_loss of 8 runs, 2 model keys; not shown: 3 failed, 1 stopped early, 1 unfinished\n")
        self.assertIn("'8 runs; not shown: 2 failed. Lines: means; circles: the runs'", self.script("metaplot", "a.db", "a.svg", "xor", "test_loss"))
        text = self.script("pareto", "a.db", "a.pdf", "test_loss")
        self.assertEqual(re.findall(r"not shown: ([^.]*)\.", text), ["3 failed, 1 stopped early, 1 unfinished", "2 failed"])

    def test_of_a_model(self):
        self.lost()
        text = self.script("perfanalysis", "a.db", "a.pdf")
        self.assertEqual(re.findall(r"'(\d+ runs[^']*)'", text),
                         ["4 runs; not shown: 3 failed, 1 stopped early", "4 runs; not shown: 1 unfinished", "4 runs", "4 runs; not shown: 2 failed"])

    def test_of_a_file(self):
        self.lost()
        (self.at / "c.ini").write_text("[a]\nabscissae = width\nordinates = test_loss\ninclude_keys = mlp_key\ninclude_values = key_brick\n")
        self.assertIn("'8 runs; in no plot: 5 failed, 1 stopped early, 1 unfinished. Shown: ", self.script("perfanalysis_by_config", "c.ini", "a.db", "a.pdf"))

    def test_chosen(self):
        self.lost()
        self.assertEqual(self.draw("heatmap", "a.db", "a.svg", "test_loss", "--x", "width", "--y", "mlp", "-id", "1-8,101-102"),
                         "a.svg: test_loss of 8 runs, 2 x 2 values; not shown: 2 failed\n")

    def test_json(self):
        self.lost()
        numbers = {"failed": 5, "stopped": 1, "unfinished": 1}
        self.assertEqual(self.json("importance", "a.db", "a.svg", "test_loss")["not_shown"], numbers)
        self.assertEqual(self.json("critical", "a.db", "a.svg", "test_loss", "--by", "width")["not_shown"], numbers)
        self.assertEqual([p["not_shown"]["failed"] for p in self.json("pareto", "a.db", "a.pdf", "test_loss")], [3, 2])


class Hostile(Sweep):
    def test_names(self):
        """Names are strings to gnuplot, whatever they hold: `script` looks at every line."""
        db = database.Database(self.at / "a.db")
        for i, name in enumerate(HOSTILE, 1):
            for k in (0, 1):
                db.run(2 * i + k, name, name, name, name, nb_params=10 + i, train=[0.3, 0.2], test=[0.3, 0.2], test_loss=0.1 * i + k,
                       params={"seed": str(k), "p": name, "q": str(i % 3), **database.module(name, "mlp", width=name)})
        db.close()
        (self.at / "p.ini").write_text("[`touch pwned` %s {x} '\\]\nabscissae = p\nordinates = test_loss\nexcludes = width\nplot_type = violin\n"
                                       "[b]\nabscissae = q\nordinates = test_loss\n")
        for words in (("parallel", "a.db", "a.pdf", "test_loss", "--by", "p,q,mlp_key"), ("parallel", "a.db", "a.svg", "test_loss"),
                      ("importance", "a.db", "a.pdf", "test_loss", "--by", "p,q,mlp"), ("pareto", "a.db", "b.pdf", "test_loss"),
                      ("heatmap", "a.db", "a.png", "test_loss", "--x", "p", "--y", "q"), ("heatmap", "a.db", "a.png", "test_loss", "--x", "q", "--y", "mlp_key"),
                      ("critical", "a.db", "a.pdf", "test_loss", "--by", "p", "--within", "seed"), ("critical", "a.db", "a.pdf", "test_loss", "--by", "mlp_key", "--within", "seed"),
                      ("perfanalysis_by_config", "p.ini", "a.db", "c.pdf"), ("plotloss", "a.db", "d.pdf", "--bands")):
            self.script(*words)
        self.assertEqual([str(f) for f in self.at.rglob("*pwned*") if f.name == "pwned"], [])

    def test_numbers(self):
        """Results that no training gives."""
        db = database.Database(self.at / "a.db")
        for i, v in enumerate([1e308, -1e308, 1e-320, 0.0, -0.0, 5.0, "text", b"\0", 9e999], 1):
            db.run(i, test_loss=v, train_loss=v, nb_params=v, params={"seed": "1", "p": str(i % 2), "q": str(v)}, **{"duration(s)": v})
        db.close()
        (self.at / "p.ini").write_text("[a]\nabscissae = nb_params, p, q\nordinates = test_loss\n[b]\nabscissae = p\nordinates = test_loss\nplot_type = violin\n")
        for words in (("parallel", "a.db", "a.pdf", "test_loss"), ("importance", "a.db", "a.pdf", "test_loss"), ("pareto", "a.db", "b.pdf", "test_loss"),
                      ("heatmap", "a.db", "a.png", "test_loss", "--x", "p", "--y", "q"), ("critical", "a.db", "a.pdf", "test_loss", "--by", "p", "--within", "mlp_key,dataset_key"),
                      ("perfanalysis_by_config", "p.ini", "a.db", "c.pdf"), ("metaplot", "a.db", "a.png", "or", "test_loss"), ("perfanalysis", "a.db", "a.pdf")):
            for log in ("auto", "yes", "no"):
                self.call(*words, *(() if words[0] == "critical" else ("--log", log)), code=None)


COMMANDS = (("parallel", "test_loss"), ("importance", "test_loss"), ("pareto", "test_loss"), ("heatmap", "test_loss", "-x", "width", "-y", "mlp"),
            ("critical", "test_loss", "--by", "mlp_key"))


class Errors(Sweep):
    """What all of them say when something is missing."""

    def test_databases(self):
        database.Database(self.at / "empty.db").close()
        database.Database(self.at / "failed.db").run(1, status="error", results=False).close()
        (self.at / "text.db").write_text("not a database, but long enough to look at" * 9)
        for command, *words in COMMANDS:
            self.error("mosaic: error: no.db: No such file or directory\n  hint: give the path of a database that `mosaic launch` has written\n",
                       command, "no.db", "a.pdf", *words)
            for name in ("empty.db", "failed.db"):
                self.error(f"mosaic: error: {name}: no run has finished: there is nothing to draw\n  hint: `mosaic status {name}` shows the runs\n",
                           command, name, "a.pdf", *words)
            out, err = self.call(command, "text.db", "a.pdf", *words, code=2)
            self.assertTrue(err.startswith("mosaic: error: text.db: "), err)
            self.assertFalse((self.at / "a.pdf").exists())

    def test_selectors(self):
        db = self.sweep()
        db.run(99, status="error", results=False).close()
        for command, *words in COMMANDS:
            self.error("mosaic: error: a.db: none of the chosen runs has finished: there is nothing to draw\n  hint: `mosaic status a.db` shows the runs\n",
                       command, "a.db", "a.pdf", *words, "--failed")
            self.error("mosaic: error: --id: there is no run 77\n  hint: `mosaic status` shows the runs\n", command, "a.db", "a.pdf", *words, "-id", "77")
            self.draw(command, "a.db", "a.pdf", *words, "-request", "SELECT run_id FROM run_results WHERE run_id < 9")

    def test_pictures(self):
        self.sweep().close()
        (self.at / "bin").mkdir()
        (self.at / "dir.pdf").mkdir()
        for command, *words in COMMANDS:
            self.error("mosaic: error: a.jpg: a picture is a .pdf, .svg or .png file\n  hint: the extension says which: name it plot.pdf, for example\n",
                       command, "a.db", "a.jpg", *words)
            self.error("mosaic: error: no/a.pdf: cannot write there: No such file or directory\n"
                       "  hint: name a file in a directory that exists and can be written\n", command, "a.db", "no/a.pdf", *words)
            self.error("mosaic: error: dir.pdf: Is a directory\n", command, "a.db", "dir.pdf", *words)
            self.error("mosaic: error: cannot start gnuplot: No such file or directory\n"
                       "  hint: the pictures are drawn by gnuplot: install the Debian package gnuplot-nox, or keep the text with --script FILE\n",
                       command, "a.db", "a.pdf", *words, env={"PATH": str(self.at / "bin")})

    def test_read_only(self):
        self.sweep().close()
        (self.at / "a.db").chmod(stat.S_IRUSR)
        before = (self.at / "a.db").read_bytes()
        for command, *words in COMMANDS:
            self.draw(command, "a.db", "a.pdf", *words)
        self.assertEqual((self.at / "a.db").read_bytes(), before)

    def test_original_database(self):
        database.many(self.at / "o.db", 60, epochs=2, original=True)
        for command, *words in COMMANDS:
            self.draw(command, "o.db", "a.pdf", *words)

    def test_one_run(self):
        database.many(self.at / "a.db", 1, epochs=1)
        self.draw("pareto", "a.db", "a.pdf", "test_loss")
        self.draw("heatmap", "a.db", "a.pdf", "test_loss", "-x", "width", "-y", "mlp")
        self.draw("parallel", "a.db", "a.pdf", "test_loss", "--by", "width")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
