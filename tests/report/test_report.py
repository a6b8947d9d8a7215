"""test_report.py MOSAIC [SUITE...]: the page of mosaic report, without a browser."""
import base64
import hashlib
import math
import os
import random
import re
import shutil
import urllib.parse
import xml.dom.minidom

from harness import *

EVIL = '</script><img src=x onerror="window.hacked=1">\'&amp;'




class Sections(Folder):
    def setUp(self):
        super().setUp()
        sweep(self.path("a.db"), 24, 60)

    def test_sections(self):
        page = self.report("--title", "Shapes of networks")
        for words in ("Shapes of networks", "In short", "What was run", "Comparisons", "Runs", "Pictures", "Configuration and programs",
                      "24", "runs done", "Debian clang version 14.0.6", "-O2 -g", "2024-05-01 10:00:01 UTC to 2024-05-01 10:00:09 UTC", "config.ini",
                      "A processor", "0.1.0", "d1", "6 programs", "[PROCESS]\nlr = 1e-2\nepochs = 400\n"):
            self.assertIn(words, page.text)
        self.assertNotIn("cc = clang", page.source)            # paths of somebody's machine are nobody's business
        self.assertIn("<title>Shapes of networks</title>", page.source)

    def test_settings_that_differ_and_that_do_not(self):
        text = self.report().text
        differs, same = text[text.index("What differs"):].split("The same in all runs")
        for name in ("mlp_key", "width", "seed"):
            self.assertIn(name, differs)
        self.assertIn("2, 3, 4", differs)
        for name in ("lr", "data_size", "length"):
            self.assertIn(name, same[:same.index("Comparisons")])
            self.assertNotIn(name, differs)

    def test_policy_allows_this_script_and_style_alone(self):
        source = self.report().source
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', source)[1]
        digest = lambda text: "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        script, style = re.findall(r"<script>(.*?)</script>", source, re.S), re.findall(r"<style>(.*?)</style>", source, re.S)
        self.assertEqual((len(script), len(style)), (1, 1))
        self.assertEqual(policy, f"default-src 'none'; script-src {digest(script[0])}; style-src {digest(style[0])}; img-src data:;"
                                 " base-uri 'none'; form-action 'none'")

    def test_no_address_of_a_network(self):
        page = self.report(pictures=True)
        self.assertEqual(set(re.findall(r"\w+://[^\s\"'<)]*", page.parts["script"] + page.parts["style"] + page.parts["data"])), {"http://www.w3.org/2000/svg"})
        self.assertNotRegex(page.parts["style"], r"@import|url\(")
        for image in page.images:
            svg = urllib.parse.unquote(image["src"])
            self.assertEqual(set(re.findall(r"\w+://[^\s\"'<)]*", svg)) - {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}, set())

    def test_pictures(self):
        page = self.report(pictures=True)
        if not shutil.which("gnuplot"):
            self.skipTest("there is no gnuplot")
        captions = [i["alt"] for i in page.images]
        for words in ("test_loss against the number of parameters on dataset_OR", "The best models for their size and their time",
                      "How much each parameter matters", "Parameters side by side, a line a run", "Every criterion against the number of parameters, page 1"):
            self.assertIn(words, captions)
        for image in page.images:
            svg = urllib.parse.unquote(image["src"].split(",", 1)[1])
            self.assertEqual(xml.dom.minidom.parseString(svg).documentElement.tagName, "svg")
        first = urllib.parse.unquote(page.images[0]["src"])
        self.assertIn("mlp_funnel", first)                      # labels stay as they are
        self.assertNotRegex(first, r" d='M[0-9.]*\.\d\d")       # coordinates lose their hundredths

    def test_without_gnuplot(self):
        page = self.report()
        self.assertEqual(page.images, [])
        self.assertIn("There are no pictures: gnuplot, which draws them, is not installed where this report was made. Install the Debian package gnuplot-nox"
                      " and make the report again.", page.text)
        self.assertIn("mlp_brick", page.text)

    def test_programs(self):
        data = self.report().data
        sources = dict(self.sql("SELECT hash, source FROM programs"))
        self.assertEqual(len(data["programs"]), 6)
        for p in data["programs"]:
            self.assertEqual("\n".join(data["lines"][k] for k in p["lines"]) + "\n", sources[p["hash"]])
            self.assertEqual(p["runs"], 4)
        self.assertEqual(len(data["lines"]), len(set(data["lines"])))
        self.assertEqual(column(data["program"]), [h for (h,) in self.sql("SELECT program_hash FROM run_details ORDER BY run_id")])
        data = self.report("--no-programs").data
        self.assertEqual((data["programs"], data["lines"]), (None, []))

    def test_same_database_same_page(self):
        pages = [re.sub(r"Made \S+ \S+ UTC by", "Made by", self.report().source) for _ in range(2)]
        self.assertEqual(*pages)


class Data(Folder):
    def check(self):
        """All that the payload says against the database."""
        data = self.report().data
        runs = self.sql("SELECT run_id, status, pipeline FROM runs ORDER BY run_id")
        self.assertEqual(data["ids"], [r[0] for r in runs])
        self.assertEqual(column(data["status"]), [r[1] for r in runs])
        self.assertEqual(column(data["line"]), [r[2] for r in runs])
        for name, values in data["results"].items():
            wanted = dict(self.sql(f'SELECT run_id, "{name}" FROM run_results'))
            for i, value in zip(data["ids"], values):
                if wanted.get(i) is None:
                    self.assertIsNone(value)
                else:
                    self.assertTrue(math.isclose(value, wanted[i], rel_tol=6e-9), (name, i))
        return data

    def test_results_and_parameters(self):
        sweep(self.path("a.db"), 24, 30)
        data = self.check()
        params = {p["name"]: column(p["column"]) for p in data["params"]}
        self.assertEqual(list(params), ["mlp_key", "width", "seed"])
        wanted = dict(self.sql("SELECT run_id, param_value FROM params WHERE param_name IN ('mlp_mlp_brick_width', 'mlp_brick_width', 'mlp_funnel_width')"))
        self.assertEqual(params["width"], [wanted[i] for i in data["ids"]])

    def test_newest_schema(self):
        sweep(self.path("a.db"), 8, 30)
        before = self.check()
        self.call("note", "a.db", "3", "slow")                  # whoever writes brings the database up to date
        self.call("tag", "a.db", "2", "+keep", "+odd")
        self.assertGreater(self.sql("PRAGMA user_version")[0][0], 1)
        after = self.check()
        self.assertEqual(column(after["note"]), [None, None, "slow", None, None, None, None, None])
        self.assertEqual(column(after["tags"])[1], "keep odd")
        for name in before:
            if name not in ("note", "tags"):
                self.assertEqual(before[name], after[name], name)

    def test_numbers_by_size_names_as_they_came(self):
        db = Database(self.path("a.db")).launch()
        for i, (width, model) in enumerate([(10, "z"), (9, "a"), (100, "m")]):
            db.run(i + 1, width=width, model=model)
        db.close()
        text = self.report().text
        self.assertIn("9, 10, 100", text)
        self.assertIn("z, a, m", text)

    def test_name_of_a_result(self):
        db = Database(self.path("a.db")).launch()
        for i in (1, 2):
            db.run(i)
            db.db.execute("UPDATE params SET param_value = ? WHERE run_id = ? AND param_name = 'epochs'", (str(100 * i), i))
        db.close()
        self.assertEqual({p["name"]: column(p["column"]) for p in self.report().data["params"]}["param_epochs"], ["100", "200"])

    def test_swept_settings_stand_once(self):
        for pseudo in ([], [("process_class", "process"), ("process_type", "process")]):
            db = Database(self.path("s.db")).launch()
            for i, lr in enumerate(("1e-2", "1e-3"), 1):
                db.run(i, lr=lr)
                db.db.executemany("INSERT INTO params VALUES(?, ?, ?)", [(i, *p) for p in [("process_lr", lr), ("process_key", f"lr={lr}"), *pseudo]])
            db.close()
            page = self.report(database="s.db")
            self.assertEqual({p["name"]: column(p["column"]) for p in page.data["params"]}, {"lr": ["1e-2", "1e-3"]})
            self.assertIn("test_loss by lr", page.text)
            os.remove(self.path("s.db"))

    def test_parameters_of_one_name(self):
        db = Database(self.path("a.db")).launch()
        for i in (1, 2):
            db.run(i, lr=f"1e-{i}")
            db.db.executemany("INSERT INTO params VALUES(?, ?, ?)", [(i, "mlp_brick_lr", str(i)), (i, "dataset_OR_noise", str(i)), (i, "mlp_brick_noise", "3" * i)])
        db.close()
        self.assertEqual({p["name"]: column(p["column"]) for p in self.report().data["params"]},
                         {"mlp_lr": ["1", "2"], "dataset_noise": ["1", "2"], "mlp_noise": ["3", "33"], "lr": ["1e-1", "1e-2"]})

    def test_a_class_named_as_its_type(self):
        db = Database(self.path("a.db")).launch()
        for i in (1, 2):
            db.run(i, model=f"m{i}", model_class="mlp", width=i + 2)
        db.close()
        self.assertEqual([p["name"] for p in self.report().data["params"]], ["mlp_key", "width"])

    def test_nothing_is_there_for_what_is_not(self):
        db = Database(self.path("a.db")).launch()
        db.run(1, test_loss=None, slope=None)
        db.run(2, status="error", error="the trainer crashed\nin line 2", results=False)
        db.run(3, status="interrupted", results=False)
        db.run(4, status="running", results=False)
        db.run(5, status="stopped", error="its loss was not among the best half", results=False)
        db.close()
        page = self.report()
        self.assertEqual(page.data["results"]["train_loss"], [0.01, None, None, None, None])
        self.assertNotIn("test_loss", page.data["results"])
        self.assertEqual(column(page.data["status"]), ["done", "error", "interrupted", "interrupted", "stopped"])
        self.assertEqual(column(page.data["error"]), [None, "the trainer crashed\nin line 2", None, None, "its loss was not among the best half"])
        self.assertEqual(page.data["curves"], {"names": [], "left_out": 0, "runs": []})
        for words in ("1failed", "2unfinished", "1stoppedbythesearch"):
            self.assertIn(words, re.sub(r"\s+", "", page.text))

    def curve(self, values, runs=1):
        db = Database(self.path("c.db")).launch()
        for i in range(1, runs + 1):
            db.run(i, curves={"test_loss": values})
        db.close()
        data = self.report(database="c.db", page="c.html").data
        os.remove(self.path("c.db"))
        return unpack(data["curves"]["runs"][0][0])

    def test_short_curves_are_whole(self):
        rng = random.Random(3)
        for values in ([0.5], [0.5, 0.25], [1.0] * 7, [0.1 * 0.97 ** e for e in range(400)], [rng.gauss(0, 1) for _ in range(200)], [0.0, 0.0], [-5.0, 5.0]):
            epochs, points = self.curve(values)
            self.assertEqual((epochs, [e for e, _ in points]), (len(values), list(range(1, len(values) + 1))))
            low, high = min(values), max(values)
            for (_, got), value in zip(points, values):
                close = abs(math.log(got / value)) <= math.log(high / low) / 8000 + 1e-5 if low > 0 and high >= 8.001 * low else \
                    abs(got - value) <= (high - low) / 8000 + 1e-5 * max(abs(low), abs(high))
                self.assertTrue(close, (got, value))

    def test_gaps(self):
        epochs, points = self.curve([1.0, math.nan, math.inf, 2.0, -math.inf])
        self.assertEqual([v for _, v in points], [1.0, None, None, 2.0, None])
        self.assertEqual([v for _, v in self.curve([math.nan] * 3)[1]], [None] * 3)

    def test_long_curves_keep_their_spikes_and_ends(self):
        values = [1 + 0.001 * math.sin(e) for e in range(5000)]
        values[1234], values[4000] = 7.5, 0.25
        epochs, points = self.curve(values)
        found = [v for _, v in points]
        self.assertEqual((epochs, len(points), points[0][0], points[-1][0]), (5000, 400, 1, 5000))
        self.assertAlmostEqual(max(found), 7.5, 3)
        self.assertAlmostEqual(min(found), 0.25, 3)
        self.assertLess(abs(dict((round(v, 2), e) for e, v in points)[7.5] - 1235), 5000 / 199 + 1)
        self.assertEqual(sorted(e for e, _ in points), [e for e, _ in points])
        falling = [math.exp(-e / 900) for e in range(5000)]
        for e, v in self.curve(falling)[1]:                     # curves that fall are exact where they stand
            self.assertLess(abs(math.log(v / falling[e - 1])), 5.6 / 8000 + 1e-5)

    def test_hostile_blobs(self):
        db = Database(self.path("a.db")).launch()
        for i in range(1, 6):
            db.run(i, curves={"test_loss": [1.0, 2.0]})
        db.db.execute("UPDATE history SET epochs = 2000000000 WHERE run_id = 1")
        db.db.execute("UPDATE history SET epochs = -5 WHERE run_id = 2")
        db.db.execute("UPDATE history SET data = x'00' WHERE run_id = 3")
        db.db.execute("UPDATE history SET data = NULL WHERE run_id = 4")
        db.close()
        runs = self.report().data["curves"]["runs"]
        self.assertEqual([r and r[0][0] for r in runs], [2, None, None, None, 2])

    def test_many_runs_stay_small(self):
        sweep(self.path("a.db"), 1000, 400)
        page = self.report()
        self.assertEqual(len(page.data["ids"]), 1000)
        self.assertLess(len(page.source), 3_000_000)
        self.assertEqual(page.data["curves"]["names"], ["train_loss", "test_loss", "test_acc", "train_acc"])
        self.assertEqual([len(c[3]) // 2 for c in page.data["curves"]["runs"][0]], [374, 374, 150, 150])


class Comparisons(Folder):
    def sentences(self, *words, **more):
        page = self.report(*words, **more)
        return re.findall(r'<li class="(\w+)">(.*?)</li>', page.source), page

    def compare(self, *words):
        return json.loads(self.call("compare", *words, "--json")[0])

    def test_the_sentences_and_numbers_of_compare(self):
        sweep(self.path("a.db"), 24, 30)
        said, page = self.sentences()
        truth = self.compare("a.db", "test_loss", "--by", "mlp_key")
        only = truth["blocks"][0]["comparisons"][0]
        self.assertEqual([html.unescape(s) for _, s in said], [only["sentence"]])
        self.assertIn("test_loss by mlp_key", page.text)
        for note in truth["notes"]:
            self.assertIn(note, page.text)
        for group in truth["blocks"][0]["groups"]:
            for name in ("mean", "sd", "median"):
                v = group[name]
                self.assertIn(f"{v:.3e}" if abs(v) < 1e-3 else f"{v:#.4g}", page.text)

    def test_by(self):
        sweep(self.path("a.db"), 24, 30)
        said, page = self.sentences("--by", "width", "--criterion", "test_acc")
        truth = self.compare("a.db", "test_acc", "--by", "width")["blocks"][0]["comparisons"]
        self.assertEqual(sorted(html.unescape(s) for _, s in said), sorted(c["sentence"] for c in truth))
        self.assertIn("Larger is better.", page.text)

    def test_data_sets_apart(self):
        db = Database(self.path("a.db")).launch()
        for i in range(32):
            db.run(i + 1, data=("or", "spiral")[i % 2], model=("a", "b")[i // 2 % 2], model_class=("m_a", "m_b")[i // 2 % 2], seed=i // 4 + 1,
                   test_loss=0.1 + i // 2 % 2 + 0.001 * i)
        db.close()
        said, page = self.sentences()
        self.assertEqual([(c, html.unescape(s)) for c, s in said],
                         [("better", f"On {data}: " + b["comparisons"][0]["sentence"]) for data, b in
                          zip(("or", "spiral"), self.compare("a.db", "test_loss", "--by", "mlp_key", "--within", "dataset_key")["blocks"])])

    def test_what_is_asked_when_models_are_the_same(self):
        db = Database(self.path("a.db")).launch()
        for i in range(8):
            db.run(i + 1, width=2 + i // 4, seed=i % 4 + 1, test_loss=0.1 * (i + 1))
        db.close()
        self.assertIn("test_loss by width", self.report().text)
        db = Database(self.path("b.db")).launch()
        for i in range(8):
            db.run(i + 1, lr=("1e-2", "1e-3")[i // 4], seed=i % 4 + 1, test_loss=0.1 * (i + 1))
        db.close()
        self.assertIn("test_loss by lr", self.report(database="b.db").text)
        db = Database(self.path("c.db")).launch()
        db.run(1).run(2, seed=2).close()
        self.assertIn("All runs have the same model and settings: there is nothing to compare.", self.report(database="c.db").text)

    def test_many_models(self):
        db, rng = Database(self.path("a.db")).launch(), random.Random(5)
        for i in range(48):
            db.run(i + 1, model=f"m{i // 4:02}", model_class=f"c{i // 4:02}", seed=i % 4 + 1, test_loss=rng.random())
        db.close()
        said, page = self.sentences()
        self.assertEqual(len(said), 8)
        self.assertRegex(page.text, r"All 66 comparisons: 0 decided, 66 cannot be told apart\.")


class Choice(Folder):
    def setUp(self):
        super().setUp()
        sweep(self.path("a.db"), 24, 30)

    def test_selectors(self):
        for words, ids in ((["--id", "1-4,13-16"], [1, 2, 3, 4, 13, 14, 15, 16]), (["-request", "SELECT run_id FROM runs WHERE run_id % 5 = 0"], [5, 10, 15, 20]),
                           (["-param_name_value", "width", "3", "--id", "1-24"], None)):
            if ids is None:
                self.assertIn("no run has a parameter or result 'width'", self.call("report", "a.db", "a.html", *words, code=2)[1])
                continue
            page = self.report(*words)
            self.assertEqual(page.data["ids"], ids)
            self.assertIn(f"a.db, {len(ids)} chosen runs of it", page.text)

    def test_comparisons_and_pictures_are_of_the_chosen_runs(self):
        page = self.report("--id", "1-4,13-16", pictures=True)
        truth = json.loads(self.call("compare", "a.db", "test_loss", "--by", "mlp_key", "--json")[0])["blocks"][0]["comparisons"][0]
        self.assertNotIn(truth["sentence"], html.unescape(page.text))
        self.assertRegex(page.text, r"with 4 seeds")
        if page.images:
            self.assertIn("8 runs", urllib.parse.unquote(page.images[0]["src"]))
        self.assertEqual(len(page.data["programs"]), 2)

    def test_runs_in_whose_place_others_stand(self):
        self.call("note", "a.db", "1", "x")
        db = sqlite3.connect(self.path("a.db"))
        db.execute("UPDATE runs SET status = 'replaced' WHERE run_id = 2")
        db.commit()
        db.close()
        page = self.report()
        self.assertNotIn(2, page.data["ids"])
        self.assertIn("without 1 run that was trained again", page.text)
        self.assertIn(2, self.report("--id", "all").data["ids"])

    def test_database_of_the_original(self):
        db = Database(self.path("o.db"), original=True)
        for i in range(8):
            db.run(i + 1, model="ab"[i // 4], model_class=("m_a", "m_b")[i // 4], seed=i % 4 + 1, test_loss=0.1 * (i + 1))
        db.close()
        before = (self.at / "o.db").read_bytes()
        page = self.report(database="o.db")
        self.assertEqual((self.at / "o.db").read_bytes(), before)
        for words in ("when, where and how its runs were trained is not recorded", "a and b cannot be told apart with 4 seeds",
                      "The database holds no text of a configuration."):
            self.assertIn(words, page.text)
        self.assertEqual(page.data["curves"], {"names": [], "left_out": 0, "runs": []})

    def test_read_only(self):
        os.chmod(self.path("a.db"), 0o444)
        self.report()

    def test_in_use(self):
        db = sqlite3.connect(self.path("a.db"), isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE runs SET status = 'error' WHERE run_id = 1")
        self.assertEqual(column(self.report().data["status"])[0], "done")
        db.execute("ROLLBACK")
        db.close()

    def test_an_older_report_is_replaced_as_a_whole(self):
        (self.at / "a.html").write_text("old")
        self.call("report", "a.db", "a.html", "--by", "nothing", code=2)
        self.assertEqual((self.at / "a.html").read_text(), "old")
        self.report()
        self.assertEqual([p.name for p in self.at.glob("*.tmp")], [])


class Hostile(Folder):
    def test_names_are_text(self):
        db = Database(self.path("a.db"))
        db.launch(config=EVIL, text=f"[PROCESS]\n# {EVIL}\n<!-- <script>\n", host=EVIL, cpu=EVIL)
        db.program("p1", EVIL, f"/* {EVIL} */\n<!--\n]]>\n")
        for i in range(8):
            db.run(i + 1, model=(EVIL, "β-Netz \"ü\"")[i // 4], model_class=("m_a", "m_b")[i // 4], seed=i % 4 + 1, data=EVIL, note=EVIL, line=EVIL,
                   test_loss=0.1 * (i + 1), data_hash=EVIL, curves={EVIL: [1.0, 2.0], "test_loss": [1.0]})
            db.db.execute("INSERT INTO params VALUES(?, ?, ?)", (i + 1, EVIL, f"{EVIL}{i}"))
        db.run(9, status="error", error=EVIL, results=False)
        db.close()
        page = self.report("--title", EVIL, pictures=True)
        self.assertEqual(page.source.count("<script"), page.source.count("</script>"))
        self.assertEqual(len(page.tags["script"]), 2)
        self.assertTrue(all(i["src"].startswith("data:") for i in page.images))
        self.assertNotIn(EVIL, page.source)
        self.assertGreater(page.text.count(EVIL), 8)            # and yet it is all there
        self.assertEqual(page.data["title"], EVIL)
        self.assertEqual(set(column(page.data["note"])), {EVIL, None})
        self.assertEqual(set(column(page.data["line"])), {EVIL, "dataset_OR(1,200) | mlp_brick(4,3)"})
        self.assertIn(EVIL, [p["name"] for p in page.data["params"]])
        self.assertIn(EVIL, page.data["curves"]["names"])
        self.assertEqual(page.data["programs"][0]["name"], EVIL)
        self.assertIn("β-Netz \"ü\"", page.text)

    def test_bytes_and_marks(self):
        db = Database(self.path("a.db")).launch()
        db.run(1, note="a\x01b\x1b[31mc\x7fd", line="mlp\u202eesrever\u2066x\u2028y")
        db.run(2, width=7).run(3, width=8)
        db.db.execute("INSERT INTO params VALUES(2, 'bytes', CAST(x'41ff42c328e282' AS TEXT))")
        db.close()
        page = self.report()
        self.assertEqual(column(page.data["note"])[0], "a\ufffdb\ufffd[31mc\ufffdd")
        self.assertEqual(column(page.data["line"])[0], "mlp\ufffdesrever\ufffdx\ufffdy")
        self.assertIn("A\ufffdB\ufffd(\ufffd", [v for p in page.data["params"] for v in p["column"]["values"]])

    def test_names_that_look_like_options_or_commands(self):
        db = Database(self.path("a.db")).launch()
        for i, (data, model) in enumerate([("--id=all", "-x"), ("`touch owned`", "$(touch owned)"), ("%s%n", "'; DROP TABLE runs; --")]):
            for seed in range(4):
                db.run(4 * i + seed + 1, data=data, model=model, model_class=f"m{i}", width=i + 2, seed=seed, test_loss=0.1 * (i + 1) + 0.01 * seed)
        db.close()
        before = (self.at / "a.db").read_bytes()
        page = self.report(pictures=True)
        self.assertEqual((self.at / "a.db").read_bytes(), before)
        self.assertFalse((self.at / "owned").exists())
        for name in ("--id=all", "`touch owned`", "%s%n", "'; DROP TABLE runs; --"):
            self.assertIn(name, page.text)
        if shutil.which("gnuplot"):
            self.assertIn("test_loss against the number of parameters on --id=all", [i["alt"] for i in page.images])

    def test_hundreds_of_parameters(self):
        db = Database(self.path("a.db")).launch()
        for i in range(1, 4):
            db.run(i)
            db.db.executemany("INSERT INTO params VALUES(?, ?, ?)", [(i, f"p{k}", f"{i}{k}") for k in range(300)])
        db.close()
        page = self.report()
        self.assertLess(len(page.data["params"]), 130)
        self.assertRegex(page.text, r"\d+ more parameters have no room here: mosaic export writes them\.")


class Errors(Folder):
    def setUp(self):
        super().setUp()
        sweep(self.path("a.db"), 8, 5)

    def refuses(self, *words, says):
        before = sorted(p.name for p in self.at.iterdir())
        out, err = self.call("report", *words, code=2)
        self.assertEqual((out, err), ("", says))
        self.assertEqual(sorted(p.name for p in self.at.iterdir() if p.name != "temporary"), [n for n in before if n != "temporary"])

    def test_arguments(self):
        usage = "mosaic: error: usage: mosaic report [options] DATABASE REPORT.html\n  hint: `mosaic report --help` explains it\n"
        for words in ([], ["a.db"], ["a.db", "a.html", "b.html"]):
            self.refuses(*words, says=usage)
        self.refuses("a.db", "a.html", "--byy", "x", says="mosaic: error: mosaic report has no option '--byy'\n  hint: did you mean '--by'?\n")
        self.refuses("a.db", "a.html", "--title", says="mosaic: error: option '--title' needs a value: TEXT\n")

    def test_names_of_reports(self):
        for name in ("report", "a.htm", "a.db", ".html", "x/.html", ""):
            self.refuses("a.db", name, says=f"mosaic: error: {name}: a report is a .html file\n  hint: mosaic report DATABASE REPORT.html\n")
        shutil.copy(self.path("a.db"), self.path("b.html"))
        (self.at / "c.html").mkdir()
        for name in ("b.html", "c.html"):
            self.refuses("a.db", name, says=f"mosaic: error: {name}: not a file that a report may replace\n  hint: name a new .html file\n")
        self.refuses("a.db", "no/a.html", says="mosaic: error: no/a.html: No such file or directory\n"
                     "  hint: name a file in a directory that exists and can be written\n")

    def test_databases(self):
        self.refuses("none.db", "a.html", says="mosaic: error: none.db: No such file or directory\n"
                     "  hint: give the path of a database that `mosaic launch` has written\n")
        (self.at / "text.db").write_text("no database at all, but a text that is long enough to be looked at\n" * 30)
        self.refuses("text.db", "a.html", says="mosaic: error: text.db: file is not a database\n  hint: it is no SQLite database, or it is damaged:"
                     " nothing was changed; name another file, or repair it with `sqlite3 FILE .recover`\n")
        sqlite3.connect(self.path("other.db")).execute("CREATE TABLE t(a)").connection.close()
        self.refuses("other.db", "a.html", says="mosaic: error: other.db: this database has other tables than mosaic's\n"
                     "  hint: name a database of mosaic, or a file that does not exist yet\n")
        Database(self.path("empty.db")).close()
        self.refuses("empty.db", "a.html", says="mosaic: error: empty.db: there are no runs in it\n  hint: `mosaic run CONFIG.ini empty.db` trains some\n")

    def test_names(self):
        self.refuses("a.db", "a.html", "--criterion", "tst_loss", says="mosaic: error: there is no criterion 'tst_loss'\n  hint: did you mean 'test_loss'?\n")
        self.refuses("a.db", "a.html", "--by", "mlp_kei", says="mosaic: error: --by mlp_kei: no run has this parameter\n  hint: did you mean 'mlp_key'?\n")
        self.refuses("a.db", "a.html", "--id", "77", says="mosaic: error: --id: there is no run 77\n  hint: `mosaic status` shows the runs\n")
        self.refuses("a.db", "a.html", "--failed", says="mosaic: error: a.db: no run is like that\n  hint: `mosaic status a.db` shows the runs\n")
        self.refuses("a.db", "a.html", "--by", "mlp_funnel_width", "--id", "1-4", says="mosaic: error: --by mlp_funnel_width: none of the chosen runs has this parameter\n"
                     "  hint: choose others, or leave out --by\n")

    def test_damaged_in_the_middle(self):
        db = sqlite3.connect(self.path("a.db"))
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'history'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
        db.close()
        with open(self.path("a.db"), "r+b") as f:
            f.seek((page - 1) * size)
            f.write(b"\xff" * 100)
        out, err = self.call("report", "a.db", "a.html", code=2)
        self.assertRegex(err, r"^mosaic: error: a.db: database disk image is malformed\n")
        self.assertFalse((self.at / "a.html").exists())


if __name__ == "__main__":
    main()
