"""test_compare.py MOSAIC: `mosaic compare` on databases made for it: what pairs, what is counted, what is said, what is refused."""
import csv
import io
import json
import os
import pathlib
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest

MOSAIC = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else None

TABLES = """CREATE TABLE system(param_name TEXT, param_value TEXT);
CREATE TABLE params(run_id INTEGER, param_name TEXT, param_value TEXT);
CREATE TABLE runs(run_id INTEGER, status TEXT, pipeline TEXT, return_status TEXT);
CREATE TABLE run_results(run_id INTEGER, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL, nb_params INTEGER, "duration(s)" REAL,
 epochs INTEGER, overfit REAL, trainability REAL, slope REAL);"""


class Compare(unittest.TestCase):
    def setUp(self):
        self.at = pathlib.Path(tempfile.mkdtemp(prefix="compare_"))
        self.addCleanup(shutil.rmtree, self.at, ignore_errors=True)
        self.runs = []

    def run_of(self, mlp, loss, seed=None, status="done", data="or", key=None, lr="1e-2", epochs=400, acc=None, **own):
        """One more run of a module of class `mlp`, with its parameters."""
        params = {"data_scheme": "dataset", "pipeline_scheme": "mlp", "lr": lr, "epochs": epochs, "run_files_path": "run_files",
                  "dataset_key": data, "data_set_class": "data_set", "data_set_type": "dataset", "data_set_path_to_class": "d.c",
                  "data_set_kind": data, "mlp_key": key or mlp, f"{mlp}_class": mlp, f"{mlp}_type": "mlp", f"{mlp}_path_to_class": f"{mlp}.c",
                  f"{mlp}_name": mlp, **{f"{mlp}_{k}": v for k, v in own.items()}}
        if seed is not None:
            params["seed"] = seed
        self.runs.append((status, loss, acc, params))

    def write(self, name="a.db", order=None):
        path = self.at / name
        with sqlite3.connect(path) as db:
            db.executescript(TABLES)
            rows = list(enumerate(self.runs, 1))
            for i, (status, loss, acc, params) in order(rows) if order else rows:
                db.execute("INSERT INTO runs VALUES(?, ?, 'a | b', '')", (i, status))
                if status == "done":
                    db.execute("INSERT INTO run_results VALUES(?, ?, ?, ?, ?, 9, 1.5, 400, 0, 0, 0)", (i, loss, loss, acc, acc))
                for pair in params.items():
                    db.execute("INSERT INTO params VALUES(?, ?, ?)", (i, pair[0], str(pair[1])))
        db.close()
        return name

    def mosaic(self, *args, code=0):
        r = subprocess.run([MOSAIC, "compare", *map(str, args)], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
        self.assertEqual(r.returncode, code, f"{args}\n{r.stdout}\n{r.stderr}")
        self.assertTrue((code == 0) == (r.stderr == ""), r.stderr)
        return r

    def compare(self, *more, by="mlp_key", criterion="test_loss", name=None):
        return json.loads(self.mosaic(name or self.write(), criterion, "--by", by, "--json", *more).stdout)

    def only(self, *more, **kind):
        """The one comparison of the one block."""
        out = self.compare(*more, **kind)
        self.assertEqual([len(b["comparisons"]) for b in out["blocks"]], [1], out)
        return out["blocks"][0]["comparisons"][0]

    def refused(self, *args):
        r = self.mosaic(*args, code=2)
        self.assertEqual(r.stdout, "")
        return r.stderr


class Pairing(Compare):
    def test_seeds_pair(self):
        for seed in range(1, 9):
            self.run_of("brick", seed + 0.25, seed, width=4)
            self.run_of("funnel", seed, seed, width=4)
        k = self.only()
        self.assertEqual((k["test"], k["pairs"], k["seeds"], k["exact"], k["verdict"]), ("signed-rank", 8, 8, True, "worse"))
        self.assertEqual((k["p"], k["difference"], k["effect"]), (2 / 256, 0.25, 1))
        self.assertIn("brick is worse than funnel: its test_loss is larger (8 seeds, p = 0.0078)", k["sentence"])
        k = self.only("--unpaired", name="a.db")
        self.assertEqual((k["test"], k["verdict"]), ("rank-sum", "unclear"))

    def test_one_configuration_each_pairs_whatever_its_size(self):
        for seed in range(1, 7):
            self.run_of("brick", seed, seed, width=4, length=3)
            self.run_of("funnel", seed + 1, seed, width=7, taper=0.5)
        self.assertEqual(self.only()["pairs"], 6)

    def test_configurations_pair_by_their_parameters(self):
        for width in (2, 3, 4):
            for seed in range(1, 5):
                self.run_of("brick", width + seed / 10, seed, width=width)
                self.run_of("funnel", width + seed / 10 + 0.01, seed, width=width)
        k = self.only()
        self.assertEqual((k["pairs"], k["seeds"], k["verdict"]), (12, 4, "better"))
        self.assertAlmostEqual(k["difference"], -0.01)
        self.assertIn("(12 pairs (4 seeds), p = 0.00049)", k["sentence"])

    def test_configurations_that_do_not_match(self):
        for width in (2, 3, 4):
            for seed in range(1, 4):
                self.run_of("brick", width + seed / 10, seed, width=width)
                self.run_of("funnel", width + seed / 10, seed, width=width + 10)
        out = self.compare()
        self.assertEqual(out["blocks"][0]["comparisons"][0]["test"], "rank-sum")
        self.assertIn("several configurations that do not pair", out["notes"][0])

    def test_settings_and_data_must_agree(self):
        for seed in range(1, 5):
            for lr in ("1e-2", "1e-3"):
                self.run_of("brick", seed, seed, lr=lr)
                self.run_of("funnel", seed, seed, lr=lr)
        self.assertEqual(self.only()["pairs"], 8)
        k = self.only(by="lr", name="a.db")
        self.assertEqual((k["a"], k["b"], k["pairs"]), ("1e-3", "1e-2", 8))
        self.runs = [(s, x, a, {**p, "lr": p["lr"] + ("0" if p["mlp_key"] == "brick" else "")}) for s, x, a, p in self.runs]
        self.assertEqual(self.only(name=self.write("b.db"))["test"], "rank-sum")

    def test_runs_without_partner_are_said(self):
        for seed in range(1, 8):
            self.run_of("brick", None if seed == 3 else seed, seed)
            self.run_of("funnel", seed + 1, seed, status="error" if seed == 5 else "done")
        out = self.compare()
        k = out["blocks"][0]["comparisons"][0]
        self.assertEqual((k["pairs"], k["without_partner_a"], k["without_partner_b"]), (5, 1, 1))
        self.assertIn("brick and funnel: 1 and 1 runs have no partner and are not in their test.", out["notes"])

    def test_no_seeds(self):
        for i in range(4):
            self.run_of("brick", i)
            self.run_of("funnel", i + 10)
        k = self.only()
        self.assertEqual((k["test"], k["verdict"]), ("rank-sum", "better"))
        self.assertAlmostEqual(k["p"], 2 / 70)

    def test_by_parameter_of_any_class(self):
        for seed in range(1, 5):
            for width in (10, 9):
                self.run_of("brick", seed + width, seed, width=width, length=2)
                self.run_of("brick_2", seed + width, seed, width=width, length=2)
        for by in ("width", "brick_width"):
            with self.subTest(by):
                out = self.compare(by=by, name=self.write(f"{by}.db"))
                k = out["blocks"][0]["comparisons"][0]
                self.assertEqual((k["a"], k["b"], k["verdict"]), ("9", "10", "better" if by == "width" else "unclear"))
                self.assertEqual(k["pairs"], 8 if by == "width" else 4)
        self.assertIn("8 runs have no brick_width and are not in the tables.", out["notes"])

    def test_keys_with_values_in_them(self):
        for seed in range(1, 8):
            for width in (2, 4):
                self.run_of("brick", seed / width, seed, width=width, key=f"brick_{width}")
        self.assertEqual(self.only()["pairs"], 7)
        self.assertEqual(self.only(by="width", name="a.db")["pairs"], 7)


class Counting(Compare):
    def test_nothing_is_dropped_in_silence(self):
        for seed in range(1, 13):
            fate = {2: ("error", 1), 3: ("error", 1), 6: ("done", None), 7: ("done", float("inf")), 9: ("running", 1), 11: ("interrupted", 1)}
            status, loss = fate.get(seed, ("done", seed / 100))
            self.run_of("brick", loss, seed, status=status)
        for seed in range(1, 13):
            self.run_of("funnel", 1 + seed, seed)
        out = self.compare()
        g = out["blocks"][0]["groups"][0]
        self.assertEqual((g["n"], g["failed"], g["no_value"], g["unfinished"]), (6, [2, 3], [6, 7], [9, 11]))
        text = self.mosaic("a.db", "test_loss", "--by", "mlp_key").stdout
        self.assertIn("not counted: brick: 2 failed (runs 2-3), 2 without a finite test_loss (runs 6-7), 2 unfinished (runs 9, 11)\n", text)
        self.assertIn("Mind that 4 of the 12 runs of brick failed or blew up and count for nothing here.", text)
        rows = list(csv.DictReader(io.StringIO(self.mosaic("a.db", "test_loss", "--by", "mlp_key", "--csv").stdout)))
        self.assertEqual([r["kind"] for r in rows], ["group", "group", "comparison"])
        self.assertEqual((rows[0]["n_a"], rows[0]["failed"], rows[0]["no_value"], rows[0]["unfinished"]), ("6", "2", "2", "2"))
        self.assertEqual((rows[2]["a"], rows[2]["b"], rows[2]["verdict"], rows[2]["pairs"]), ("brick", "funnel", "better", "6"))
        self.assertEqual(float(rows[2]["p"]), out["blocks"][0]["comparisons"][0]["p"])

    def test_a_group_without_values(self):
        for seed in range(1, 5):
            self.run_of("brick", None, seed)
            self.run_of("funnel", 1, seed)
        k = self.only()
        self.assertEqual((k["verdict"], k["p"]), ("no data", None))
        self.assertIn("brick has no finished run with a finite test_loss", k["sentence"])

    def test_one_run_each(self):
        self.run_of("brick", 1, 1)
        self.run_of("funnel", 2, 7)
        k = self.only()
        self.assertEqual((k["test"], k["p"], k["low"], k["hedges_g"]), ("rank-sum", 1, None, None))
        self.assertEqual(k["sentence"], "brick and funnel cannot be told apart with 1 run each: it takes at least 4 runs of each before any test can tell.")

    def test_many_failures_are_shortened(self):
        for seed in range(1, 41):
            self.run_of("brick", 1, seed, status="error" if seed % 2 else "done")
        text = self.mosaic(self.write(), "test_loss", "--by", "mlp_key").stdout
        self.assertIn("20 failed (runs 1, 3, 5, 7, 9, 11, 13, 15 and 12 more)", text)
        self.assertIn("There is only one mlp_key: nothing to compare it with.", text)

    def test_intervals_are_named(self):
        for seed in range(1, 6):
            self.run_of("brick", seed, seed)
        self.assertEqual(self.compare()["notes"][-1], "Intervals: 95 %, BCa bootstrap of 9999 resamples, seed 1. Verdicts: 5 %.")
        for seed in range(6, 503):
            self.run_of("brick", seed, seed)
        self.assertEqual(self.compare(name=self.write("b.db"))["notes"][-1], "Intervals: 95 %, BCa bootstrap of 9999 resamples, seed 1; Student's where there are"
                         " more than 500 values. Verdicts: 5 %.")

    def test_epochs_differ(self):
        for seed in range(1, 5):
            self.run_of("brick", 1, seed, epochs=100 * seed)
        self.assertIn("The runs have different numbers of epochs: --within epochs compares equal ones.", self.compare()["notes"])

    def test_holm_over_all_blocks(self):
        for data in ("or", "xor"):
            for seed in range(1, 9):
                for i, mlp in enumerate("abc"):
                    self.run_of(mlp, seed + i * (seed * 0.01 + 0.01), seed, data=data)
        out = self.compare("--within", "dataset_key")
        self.assertEqual([b["within"] for b in out["blocks"]], ["or", "xor"])
        all_p = [k["p"] for b in out["blocks"] for k in b["comparisons"]]
        self.assertEqual((out["tests"], all_p), (6, [2 / 256] * 6))
        for b in out["blocks"]:
            for k in b["comparisons"]:
                self.assertAlmostEqual(k["p_holm"], 12 / 256)
                self.assertEqual(k["verdict"], "better")
        one = self.compare("--within", "dataset_key", "--against", "b", name="a.db")
        self.assertEqual([(k["a"], k["b"]) for k in one["blocks"][0]["comparisons"]], [("a", "b"), ("c", "b")])
        self.assertEqual(one["tests"], 4)


class Verdicts(Compare):
    def pairs(self, n, difference=1.0):
        for seed in range(1, n + 1):
            self.run_of("brick", seed, seed, acc=90 - seed)
            self.run_of("funnel", seed + difference * (0.9 + seed / 10), seed, acc=90 - seed + 1)

    def test_four_seeds(self):
        self.pairs(4)
        k = self.only()
        self.assertEqual((k["verdict"], k["wanted"], k["reach"], k["unreachable"]), ("unclear", 11, 6, True))
        self.assertEqual(k["sentence"], "brick and funnel cannot be told apart with 4 seeds: about 11 would do, if the difference is as large as it looks."
                         " No outcome could have told: the smallest p possible is 0.12, and it takes 6 seeds for one below the level.")

    def test_a_long_name(self):
        """What stands beside it goes to the next line, so that every number has its heading above it."""
        name = "a model whose name goes on and on, as the keys of some people do, to the end"
        for seed in range(1, 5):
            self.run_of("brick", 0.1 * seed, seed, length=4, key=name)
            self.run_of("fan", 0.2 * seed, seed, length=4)
        lines = self.mosaic(self.write(), "test_loss", "--by", "mlp_key").stdout.split("\n")
        head = lines.index(name) - 1
        self.assertEqual(lines[head].index("  n  configs"), lines[head + 2].index("  4        1"))
        self.assertEqual(len(lines[head]), len(lines[head + 2]))
        self.assertIn(f"{name} - fan", lines)

    def test_two_seeds(self):
        self.pairs(2)
        self.assertEqual(self.only()["sentence"], "brick and funnel cannot be told apart with 2 seeds: it takes at least 6 seeds before any test can tell.")

    def test_four_runs_each(self):
        """Without seeds nothing pairs."""
        for i, (a, b) in enumerate(zip((1, 2, 3, 4), (1.5, 3.2, 3.5, 4.5))):
            self.run_of("brick", a)
            self.run_of("funnel", b)
        self.assertEqual(self.only()["sentence"], "brick and funnel cannot be told apart with 4 runs each: about 38 would do, if the difference is as large as it looks.")
        self.run_of("funnel", 5)
        self.assertEqual(self.only(name=self.write("b.db"))["sentence"],
                         "brick and funnel cannot be told apart with 4 and 5 runs: about 21 of each would do, if the difference is as large as it looks.")

    def test_nothing_can_be_said(self):
        for a, b in zip((1, 2, 3), (3, 2, 1)):
            self.run_of("brick", a)
            self.run_of("funnel", b)
        self.assertEqual(self.only()["sentence"], "brick and funnel cannot be told apart with 3 runs each: so far neither is ahead, and no number can be given that"
                         " would do. No outcome could have told: the smallest p possible is 0.2, and it takes 4 runs of each for one below the level.")

    def test_the_correction_is_shown_where_there_is_one(self):
        for seed in range(1, 9):
            for i, mlp in enumerate("abc"):
                self.run_of(mlp, seed + i * (seed * 0.01 + 0.01), seed)
        head = "difference        n  of means               95 %  effect  Hedges' g       p   Holm                test"
        self.assertIn(head, self.mosaic(self.write(), "test_loss", "--by", "mlp_key").stdout)
        self.runs = [r for r in self.runs if r[3]["mlp_key"] != "c"]
        self.assertNotIn("Holm", self.mosaic(self.write("b.db"), "test_loss", "--by", "mlp_key").stdout)

    def test_equal(self):
        self.pairs(5, 0)
        k = self.only()
        self.assertEqual((k["zeros"], k["p"]), (5, 1))
        self.assertEqual(k["sentence"], "brick and funnel are equal, run by run, with 5 seeds.")

    def test_direction(self):
        self.pairs(8)
        for criterion, verdict in (("test_loss", "better"), ("train_loss", "better"), ("test_acc", "worse"), ("train_acc", "worse")):
            self.assertEqual(self.only(criterion=criterion, name="a.db" if criterion != "test_loss" else None)["verdict"], verdict)
        for criterion in ("nb_params", "duration(s)", "duration", "epochs", "overfit", "trainability", "slope"):
            self.assertEqual(self.only(criterion=criterion, name="a.db")["verdict"], "unclear")

    def test_outliers(self):
        self.pairs(16)
        self.run_of("brick", 1000, 17)
        self.run_of("funnel", 20, 17)
        self.assertIn("Its mean is larger all the same: a few runs lie far out.", self.only()["sentence"])

    def test_repeats_in_any_order(self):
        draw = random.Random(3)
        for seed in range(1, 20):
            self.run_of("brick", draw.random(), seed)
            self.run_of("funnel", draw.random(), seed)
        one = self.compare("--seed", "5")
        two = self.compare("--seed", "5", name=self.write("b.db", order=lambda rows: rows[::-1]))
        three = self.compare("--seed", "6", name="a.db")
        two["database"] = one["database"]
        self.assertEqual(one, two)
        self.assertNotEqual(one["blocks"][0]["groups"][0]["low"], three["blocks"][0]["groups"][0]["low"])


class Curves(Compare):
    """Columns of the history as criteria: the last epoch counts."""

    def history(self, name, curves):
        path = self.write()
        with sqlite3.connect(self.at / path) as db:
            db.execute("CREATE TABLE history(run_id INTEGER, name TEXT, epochs INTEGER, data BLOB, PRIMARY KEY(run_id, name))")
            for run, curve in curves.items():
                db.execute("INSERT INTO history VALUES(?, ?, ?, ?)", (run, name, len(curve), struct.pack(f"<{len(curve)}f", *curve)))
                db.execute("INSERT INTO history VALUES(?, 'train_loss', 1, x'00000000')", (run,))
        db.close()
        return path

    def eight(self):
        for seed in range(1, 9):
            self.run_of("brick", 0, seed)
            self.run_of("funnel", 0, seed)
        return {i: [99, 98, (i + 1) // 2 + i % 2 * 0.25] for i in range(1, 17)}

    def test_a_metric(self):
        path = self.history("test_r2", self.eight())
        out = self.compare(criterion="test_r2", name=path)
        k = out["blocks"][0]["comparisons"][0]
        self.assertEqual((out["better"], out["criterion"], k["pairs"], k["difference"], k["p"], k["verdict"]), (None, "test_r2", 8, 0.25, 2 / 256, "larger"))
        self.assertIn("Whether small or large values of test_r2 are better is not known: --better smaller or --better larger says it.", out["notes"])
        self.assertEqual(out["blocks"][0]["groups"][0]["median"], 4.75)
        self.assertEqual(self.only("--better", "larger", criterion="test_r2", name=path)["verdict"], "better")
        self.assertEqual(self.only("--better=smaller", criterion="test_r2", name=path)["verdict"], "worse")
        self.assertIn("did you mean 'test_r2'?", self.refused(path, "test_r3", "--by", "mlp_key"))
        self.assertIn("slope, test_r2\n", self.refused(path, "brilliance_of_it", "--by", "mlp_key"))
        self.assertIn("--better best: it is smaller or larger", self.refused(path, "test_r2", "--by", "mlp_key", "--better", "best"))

    def test_validation(self):
        for name, verdict in (("validation_loss", "worse"), ("validation_acc", "better")):
            self.runs = []
            self.assertEqual(self.only(criterion=name, name=self.history(name, self.eight()))["verdict"], verdict)
            (self.at / "a.db").unlink()

    def test_a_known_criterion_turned_round(self):
        for seed in range(1, 9):
            self.run_of("brick", seed, seed)
            self.run_of("funnel", seed + 0.5 + seed / 10, seed)
        self.assertEqual(self.only("--better", "larger")["verdict"], "worse")

    def test_what_is_missing(self):
        curves = self.eight()
        del curves[1]
        curves[2] = [1, float("nan")]
        curves[3] = []
        out = self.compare(criterion="test_r2", name=self.history("test_r2", curves))
        self.assertEqual([g["no_value"] for g in out["blocks"][0]["groups"]], [[1, 3], [2]])

    def test_quotes_in_a_name(self):
        path = self.history("it's", self.eight())
        self.assertEqual(self.only(criterion="it's", name=path)["verdict"], "larger")


class Kept(Compare):
    def test_remarks_and_tags_unpair_nothing(self):
        for seed in range(1, 9):
            self.run_of("brick", seed, seed)
            self.run_of("funnel", seed + 1, seed)
        with sqlite3.connect(self.at / self.write()) as db:
            db.execute("INSERT INTO params VALUES(1, 'note', 'odd'), (2, 'tag', 'a'), (2, 'tag', 'b')")
        db.close()
        self.assertEqual(self.only(name="a.db")["pairs"], 8)
        self.assertEqual([g["name"] for g in self.compare(by="tag", name="a.db")["blocks"][0]["groups"]], ["a"])

    def test_what_was_replaced_is_no_run(self):
        for seed in range(1, 5):
            self.run_of("brick", seed, seed)
            self.run_of("funnel", seed + 1, seed)
        self.run_of("brick", 9, 1, status="replaced")
        out = self.compare()
        self.assertEqual([(g["n"], g["unfinished"]) for g in out["blocks"][0]["groups"]], [(4, []), (4, [])])


class Latex(Compare):
    def test_tables(self):
        for data in ("or_1", "xor"):
            for seed in range(1, 9):
                self.run_of("brick", 1e-7 * seed, seed, data=data)
                self.run_of("funnel", 1e-7 * (seed + 1 + seed / 10), seed, data=data, status="error" if seed == 3 else "done")
        text = self.mosaic(self.write(), "test_loss", "--by", "mlp_key", "--within", "dataset_key", "--latex").stdout
        for part in (r"\caption{test\_loss by mlp\_key, dataset\_key = or\_1: smaller is better.}",
                     "\\toprule\nmlp\\_key & $n$ & configs & mean & sd & median & 95\\,\\% of the mean \\\\\n\\midrule\n",
                     r"brick & 8 & 1 & $4.5 \times 10^{-7}$ & $2.449 \times 10^{-7}$ & $4.5 \times 10^{-7}$ & $[2.875 \times 10^{-7}, 6 \times 10^{-7}]$",
                     r"brick $-$ funnel & 7 pairs & ", r"signed-rank, exact \\", r"& $p$ & Holm & test \\",
                     r"brick is better than funnel: its test\_loss is smaller (7 seeds, p = 0.016, 0.031 after Holm's correction).\par",
                     r"Not counted: funnel: 1 failed (run 6).\par", r"Verdicts: 5 \% after Holm's correction over 2 comparisons.\par"):
            self.assertIn(part, text)
        self.assertEqual([text.count(x) for x in (r"\begin{table}", r"\end{table}", r"\begin{tabular}", r"\bottomrule", "Intervals:")], [2, 2, 4, 4, 1])
        self.compiles(text)

    def test_hostile_names(self):
        names = [r"\input{/etc/passwd}", "100% $x_1^2$ & {#} ~ | <>", "--no--ligature---", "größe", "a\n\\end{table}", '"quoted" `it`', "x]"]
        for name in names:
            for seed in range(1, 3):
                self.run_of("brick", seed, seed, key=name)
        text = self.mosaic(self.write(), "test_loss", "--by", "mlp_key", "--latex").stdout
        self.assertIn(r"\textbackslash{}input\{/etc/passwd\} & 2", text)
        self.assertIn(r"100\% \$x\_1\textasciicircum{}2\$ \& \{\#\} \textasciitilde{} \textbar{} \textless{}\textgreater{} & 2", text)
        self.assertIn(r"-{}-no-{}-ligature-{}-{}- & 2", text)
        self.assertIn(r"a?\textbackslash{}end\{table\} & 2", text)
        self.assertEqual(text.count(r"\end{table}"), 1)
        self.compiles(text)

    def compiles(self, text):
        """With LaTeX, where it is installed."""
        if not shutil.which("pdflatex"):
            return
        (self.at / "a.tex").write_text("\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage[utf8]{inputenc}\n\\usepackage{booktabs}\n"
                                       f"\\begin{{document}}\n{text}\\end{{document}}\n", encoding="utf-8")
        r = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(r.returncode, 0, r.stdout[-2000:])


class Input(Compare):
    def test_arguments(self):
        self.run_of("brick", 1, 1)
        name = self.write()
        self.assertIn("there is no criterion 'test_los'\n  hint: did you mean 'test_loss'?", self.refused(name, "test_los", "--by", "mlp_key"))
        self.assertIn("criteria: train_loss, test_loss", self.refused(name, "brilliance_of_it", "--by", "mlp_key"))
        self.assertIn("needs --by", self.refused(name, "test_loss"))
        self.assertIn("did you mean 'mlp_key'?", self.refused(name, "test_loss", "--by", "mlp_kye"))
        self.assertIn("--within zzzzzzzz: no run has this parameter\n  hint: give a key (dataset_key, mlp_key)", self.refused(name, "test_loss", "--by", "mlp_key", "--within", "zzzzzzzz"))
        self.assertIn("did you mean 'brick'?", self.refused(name, "test_loss", "--by", "mlp_key", "--against", "brik"))
        for pair in (("--json", "--csv"), ("--csv", "--latex"), ("--json", "--latex")):
            self.assertIn(" or ".join(pair) + ", not both", self.refused(name, "test_loss", "--by", "mlp_key", *pair))
        self.assertIn("are both mlp_key", self.refused(name, "test_loss", "--by", "mlp_key", "--within", "mlp_key"))
        self.assertIn("--seed", self.refused(name, "test_loss", "--by", "mlp_key", "--seed", "-1"))
        self.assertIn("usage: mosaic compare", self.refused(name))

    def test_files(self):
        self.assertIn("No such file", self.refused("none.db", "test_loss", "--by", "mlp_key"))
        (self.at / "text.db").write_text("no database\n" * 100)
        self.assertIn("no SQLite database", self.refused("text.db", "test_loss", "--by", "mlp_key"))
        self.assertIn("there are no runs in it", self.refused(self.write("empty.db"), "test_loss", "--by", "mlp_key"))

    def test_read_only_and_unchanged(self):
        self.run_of("brick", 1, 1)
        path = self.at / self.write()
        before = path.read_bytes()
        path.chmod(0o444)
        self.compare(name="a.db")
        self.assertEqual(path.read_bytes(), before)

    def test_in_use(self):
        self.run_of("brick", 1, 1)
        path = self.at / self.write()
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO runs VALUES(2, 'done', '', '')")
        self.assertEqual(self.compare(name="a.db")["blocks"][0]["groups"][0]["n"], 1)
        db.execute("ROLLBACK")
        db.close()

    def test_hostile_names(self):
        names = ["a'; DROP TABLE runs; --", 'b"c,d', "e\nf\x1b[31m%s%n", "größe", "-h", ""]
        for name in names:
            for seed in range(1, 4):
                self.run_of("brick", seed, seed, key=name or "x")
        out = self.compare()
        self.assertEqual([g["name"] for g in out["blocks"][0]["groups"]], [n or "x" for n in names])
        text = self.mosaic("a.db", "test_loss", "--by", "mlp_key").stdout
        self.assertNotIn("\x1b", text)
        self.assertIn("e?f?[31m%s%n", text)
        self.assertIn("größe  ", text)
        rows = list(csv.DictReader(io.StringIO(self.mosaic("a.db", "test_loss", "--by", "mlp_key", "--csv").stdout, newline="")))
        self.assertEqual([r["a"] for r in rows if r["kind"] == "group"], [n or "x" for n in names])
        self.mosaic("a.db", "test_loss", "--by=mlp_key", "--against", names[0])
        with sqlite3.connect(self.at / "a.db") as db:
            self.assertEqual(db.execute("SELECT count(*) FROM runs").fetchone()[0], len(self.runs))

    def test_bytes_that_are_no_text(self):
        self.run_of("brick", 1, 1)
        with sqlite3.connect(self.at / self.write()) as db:
            db.execute("UPDATE params SET param_value = CAST(x'ff41' AS TEXT) WHERE param_name = 'mlp_key'")
            db.execute("INSERT INTO params VALUES(1, NULL, NULL)")
            db.execute("INSERT INTO runs VALUES(1, NULL, NULL, NULL)")
        self.assertEqual(self.compare(name="a.db")["blocks"][0]["groups"][0]["name"], "?A")

    def test_too_many_values(self):
        for i in range(70):
            self.run_of("brick", i, 1, lr=str(i))
        self.assertIn("lr has 70 values", self.refused(self.write(), "test_loss", "--by", "lr"))
        out = self.compare("--against", "0", by="lr", name="a.db")
        self.assertEqual(len(out["blocks"][0]["comparisons"]), 69)
        self.assertEqual([g["name"] for g in out["blocks"][0]["groups"]], [str(i) for i in range(70)])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
