"""test_more.py MOSAIC FAKE_TRAINER [SUITE]: tag, diff, export, rerun --changed, requests that never end, and input that means harm."""
import csv
import io
import re
import struct

from here import *

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"


def two_models(identity="", **more):
    s = sweep([pipeline("data_or() | brick()", identity=hashlib.md5(b"brick" + identity.encode()).hexdigest(), **more),
               pipeline("data_or() | funnel()", **{"key": "funnel", **more})])
    s["pipelines"][1]["modules"][1]["class"] = "funnel"
    return s


class Tag(Here):
    def setUp(self):
        super().setUp()
        self.launch(two_models())

    def tags(self):
        return self.sql("SELECT run_id, param_value FROM params WHERE param_name = 'tag' ORDER BY 1, 2")

    def test_tags(self):
        self.assertEqual(self.mosaic("tag", "1-2,4", "+keep", "+slow").stdout, "database.db: 3 of 3 runs have other tags now\n")
        self.assertEqual(self.mosaic("tag", "database.db", "1-2", "-slow", "+keep").stdout, "database.db: 2 of 2 runs have other tags now\n")
        self.assertEqual(self.mosaic("tag", 1, "+keep", "-slow").stdout, "database.db: 0 of 1 runs have other tags now\n")
        self.assertEqual(self.tags(), [(1, "keep"), (2, "keep"), (4, "keep"), (4, "slow")])
        self.assertEqual(self.mosaic("tag").stdout, "\tkeep\t1-2,4\n\tslow\t4\n")
        self.assertEqual(self.mosaic("tag", "1-3").stdout, "\tkeep\t1-2\n")
        self.assertEqual(json.loads(self.mosaic("tag", "--json").stdout), {"keep": [1, 2, 4], "slow": [4]})
        self.mosaic("tag", "-param_name_value", "mlp_key", "brick", "-keep")
        self.mosaic("tag", "all", "--tag", "slow", "+Größe=1.5")
        self.assertEqual(self.tags(), [(4, "Größe=1.5"), (4, "keep"), (4, "slow")])

    def test_they_are_shown(self):
        self.mosaic("tag", 3, "+b", "+a")
        self.assertIn("\nTags\n\ta b\n", self.mosaic("show", 3).stdout)
        self.assertNotIn("Tags", self.mosaic("show", 1).stdout)
        self.assertEqual(json.loads(self.mosaic("show", 3, "--json").stdout)["tags"], ["a", "b"])
        self.assertNotIn("tag", json.loads(self.mosaic("show", 3, "--json").stdout)["params"])
        self.assertRegex(self.mosaic("best").stdout, r"\t\[3\] test_loss=\S+\tdata_or\(\) \| funnel\(\)\ta b\n")
        rows = list(csv.DictReader(io.StringIO(self.mosaic("export").stdout)))
        self.assertEqual([set(r["tag"].split()) for r in rows], [set(), set(), {"a", "b"}, set()])
        runs = json.loads(self.mosaic("export", "--json").stdout)
        self.assertEqual([sorted(r["tags"]) for r in runs], [[], [], ["a", "b"], []])

    def test_they_select(self):
        self.mosaic("tag", "2-3", "+keep")
        for tag in ("keep", "+keep"):
            self.assertEqual([r["run_id"] for r in json.loads(self.mosaic("export", "--json", "--tag", tag).stdout)], [2, 3])
        self.assertEqual([r["run_id"] for r in json.loads(self.mosaic("best", "--json", "-tag", "keep").stdout)], [2, 3])
        self.assertEqual([r["run_id"] for r in json.loads(self.mosaic("export", "--json", "--tag", "keep", "-id", "3-4").stdout)], [3])
        self.assertIn(" ---> launch 2 1/2", self.rerun("--tag", "keep", "-epochs", 1).stdout)
        self.assertEqual(self.tags(), [(2, "keep"), (3, "keep")])                  # still there after a new training
        self.assertEqual(self.mosaic("export", "--tag", "kepe", code=2).stderr, "mosaic: error: no run has the tag 'kepe'\n  hint: did you mean 'keep'?\n")
        self.assertEqual(self.mosaic("export", "--tag", "keep", "-id", "1", code=2).stderr,
                         "mosaic: error: database.db: no run is like that\n  hint: `mosaic status database.db` shows the runs\n")

    def test_what_is_no_tag(self):
        before = self.dump()
        for evil in ("", "+", "-x", "a b", "a\tb", "a\nb", "a,b", "a;b", "'a'", '"', "`id`", "\\", "x" * 65, "x" * 100000, b"\xff", "\x1b[31m", "\x7f"):
            for sign in ("+", "-"):
                word = sign.encode() + evil if isinstance(evil, bytes) else sign + evil
                r = subprocess.run([self.bin / "mosaic", "tag", "1", "--", word], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertEqual(r.returncode, 2, word[:80])
                self.assertIn(b"is no tag", r.stderr)
                self.assertLess(len(r.stderr), 400)
        self.assertEqual(self.dump(), before)
        self.mosaic("tag", 1, "+%s%n", "+" + "x" * 64, "+*")
        self.assertEqual(self.tags(), [(1, "%s%n"), (1, "*"), (1, "x" * 64)])

    def test_wrong_arguments(self):
        self.assertIn("which runs?", self.mosaic("tag", "+keep", code=2).stderr)
        self.assertIn("there is no run 9", self.mosaic("tag", "9", "+keep", code=2).stderr)
        self.assertIn("'x' is neither a run, nor +NAME, nor -NAME", self.mosaic("tag", 1, "+keep", "x", code=2).stderr)
        self.assertIn("No such file", self.mosaic("tag", "x", "1", "+keep", code=2).stderr)
        self.assertEqual(self.tags(), [])


class Diff(Here):
    def setUp(self):
        super().setUp()
        s = two_models(epochs=20)
        s["programs"].append(dict(s["programs"][0], name="p1", trainer="gen/p1/trainer", source="gen/p1/trainer.c", hash="%032x" % 2))
        s["pipelines"][1]["program"] = 1
        s["pipelines"][1]["params"][-1] = ["funnel_width", "8"]
        self.write(s)
        self.launch()

    def test_text(self):
        out = self.mosaic("diff", 1, 3).stdout
        self.assertTrue(out.startswith("[1] done\tdata_or() | brick()\n[3] done\tdata_or() | funnel()\nConfiguration\n"), out)
        for line in ("\tmlp_key                  brick                        funnel\n", "\tbrick_width              4                            -\n",
                     "\tfunnel_width             -                            8\n", "\tprogram                  p0                           p1\n",
                     "\tepochs                   20                           20\n", "\ttrain_loss               the same bits in all 20 epochs\n",
                     "* test_loss of 1   o test_loss of 3",
                     "Program\n--- run 1: p0\n+++ run 3: p1\n@@ -1 +1 @@\n-/* program 0 */\n+/* program 1 */\n"):
            self.assertIn(line, out)
        self.assertNotIn("\tlr ", out)
        self.assertNotIn("\x1b", out)
        again = self.mosaic("diff", "database.db", 1, 1).stdout
        self.assertIn("Configuration: the same\n", again)
        self.assertIn("Program: the same text\n", again)
        self.assertNotIn("Origin", again)

    def test_where_they_part(self):
        self.sql("UPDATE history SET data = ?, epochs = 4 WHERE run_id = 2 AND name = 'train_loss'", struct.pack("4f", 0.5, 0.25, float("nan"), 1))
        self.sql("UPDATE history SET data = ?, epochs = 5 WHERE run_id = 1 AND name = 'train_loss'", struct.pack("5f", 0.5, 0.25, float("nan"), 2, 3))
        self.sql("UPDATE history SET data = (SELECT data FROM history WHERE run_id = 1 AND name = 'test_loss') || x'0000803f', epochs = 21 WHERE run_id = 2 AND name = 'test_loss'")
        out = self.mosaic("diff", 1, 2).stdout
        self.assertIn("\ttrain_loss               they part at epoch 4: 2, 1\n", out)
        self.assertIn("\ttest_loss                the same bits in the first 20 epochs; they have 20 and 21\n", out)
        j = json.loads(self.mosaic("diff", 1, 2, "--json").stdout)
        self.assertEqual(j["curves"]["train_loss"], {"epochs": [5, 4], "first_difference": 4, "values": [2.0, 1.0]})
        self.assertEqual(j["curves"]["test_loss"], {"epochs": [20, 21], "first_difference": None})
        self.assertEqual(j["configuration"], {"seed": ["1", "2"]})
        self.assertEqual(j["program"], {"same": True, "diff": ""})

    def test_unified(self):
        """What patch makes of the difference is the other text."""
        lines = [f"line {i}\n" for i in range(40)]
        b = lines[:3] + ["new\n"] + lines[3:20] + lines[24:30] + ["other\n"] + lines[31:39] + ["line 39"]
        self.sql("UPDATE programs SET source = ? WHERE name = 'p0'", "".join(lines))
        self.sql("UPDATE programs SET source = ? WHERE name = 'p1'", "".join(b))
        diff = json.loads(self.mosaic("diff", 1, 3, "--json").stdout)["program"]["diff"]
        self.assertEqual(diff.splitlines(), [
            "--- a", "+++ b", "@@ -1,6 +1,7 @@", " line 0", " line 1", " line 2", "+new", " line 3", " line 4", " line 5",
            "@@ -18,17 +19,13 @@", " line 17", " line 18", " line 19", "-line 20", "-line 21", "-line 22", "-line 23", " line 24", " line 25", " line 26", " line 27",
            " line 28", " line 29", "-line 30", "+other", " line 31", " line 32", " line 33", "@@ -37,4 +34,4 @@", " line 36", " line 37", " line 38", "-line 39", "+line 39",
            "\\ No newline at end of file"])
        self.assertEqual(len(json.loads(self.mosaic("diff", 1, 3, "--json", "-U", 0).stdout)["program"]["diff"].splitlines()), 2 + 4 + 1 + 4 + 2 + 3)
        self.sql("UPDATE programs SET source = ? WHERE name = 'p1'", "".join(f"no {i}\n" for i in range(20000)))      # nothing in common
        self.assertEqual(len(json.loads(self.mosaic("diff", 1, 3, "--json").stdout)["program"]["diff"].splitlines()), 3 + 40 + 20000)
        self.sql("DELETE FROM programs WHERE name = 'p1'")
        self.assertIn("Program: the database does not have both texts\n", self.mosaic("diff", 1, 3).stdout)
        self.assertIsNone(json.loads(self.mosaic("diff", 1, 3, "--json").stdout)["program"])

    def test_colors(self):
        """On a terminal only, and not where NO_COLOR is set."""
        self.assertIn("\x1b[31m-/* program 0 */\x1b[0m", self.on_terminal({"TERM": "xterm"}))
        for environment in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}):
            out = self.on_terminal(environment)
            self.assertIn("-/* program 0 */", out)
            self.assertNotIn("\x1b", out)

    def on_terminal(self, environment):
        env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
        main, other = os.openpty()
        with subprocess.Popen([self.bin / "mosaic", "diff", "1", "3"], cwd=self.at, stdout=other, env={**env, **environment}):
            os.close(other)
            out = b""
            with contextlib.suppress(OSError):
                while part := os.read(main, 65536):
                    out += part
            os.close(main)
        return out.decode()


class Changed(Here):
    """brick's module changes: its identity is another one, its text in the configuration is not."""

    def setUp(self):
        super().setUp()
        self.launch(two_models())                              # 1 2: brick, 3 4: funnel; 4 epochs

    def runs(self):
        return self.sql("SELECT r.run_id, r.status, x.epochs, d.seed FROM runs r LEFT JOIN run_results x USING(run_id) JOIN run_details d USING(run_id) ORDER BY 1")

    def change(self, version="2", **more):
        self.write(two_models(version, **more))

    def test_new_runs_take_their_places(self):
        before = self.sql("SELECT * FROM run_results WHERE run_id = 1")
        history = self.sql("SELECT * FROM history WHERE run_id <= 2 ORDER BY 1, 2")
        self.change()
        out = self.rerun("--changed").stdout
        self.assertIn("database.db: changed since they were trained: 2 runs (0 by their program, 2 by data or settings alone)\n", out)
        self.assertEqual(self.runs(), [(1, "replaced", None, 1), (2, "replaced", None, 2), (3, "done", 4, 1), (4, "done", 4, 2), (5, "done", 4, 1), (6, "done", 4, 2)])
        self.assertEqual(self.sql("SELECT * FROM replaced_results WHERE run_id = 1"), before)
        self.assertEqual(self.sql("SELECT * FROM history WHERE run_id <= 2 ORDER BY 1, 2"), history)
        self.assertTrue((self.at / "run_files" / "checkpoint_1.safetensors").exists())
        self.assertIn("Replaced\n\t[1] data_or() | brick()\n\t[2] data_or() | brick()\n", self.mosaic("status").stdout)
        shown = self.mosaic("show", 1).stdout
        self.assertIn("[1] replaced\ndata_or() | brick()\nReplaced by run 5: program, data or settings were changed\n", shown)
        self.assertIn(f"\ttest_loss                {before[0][2]:.6g}\n", shown)
        self.assertEqual(json.loads(self.mosaic("show", 1, "--json").stdout)["replaced_by"], 5)
        self.assertIn("nothing has changed since it was trained\ndatabase.db: no runs", self.rerun("--changed").stdout)
        self.assertIn("4 already done", self.launch().stdout)

    def test_a_change_that_is_taken_back(self):
        before = self.sql("SELECT * FROM run_results ORDER BY 1")
        self.change()
        self.rerun("--changed")
        self.change("")
        out = self.rerun("--changed").stdout
        self.assertIn("database.db: 2 already done: nothing to train", out)
        self.assertNotIn("launch", out)
        self.assertEqual(self.sql("SELECT * FROM run_results ORDER BY 1"), before)
        self.assertEqual([r[:2] for r in self.runs()], [(1, "done"), (2, "done"), (3, "done"), (4, "done"), (5, "replaced"), (6, "replaced")])
        self.assertEqual(self.sql("SELECT run_id FROM replaced_results ORDER BY 1"), [(5,), (6,)])
        self.assertEqual(len(self.sql("SELECT * FROM run_results") + self.sql("SELECT * FROM replaced_results")), 6)

    def test_mosaic_run_brings_results_back(self):
        self.change()
        self.rerun("--changed")
        self.change("")
        self.assertIn("4 already done", self.launch().stdout)
        self.assertEqual([r[1] for r in self.runs()], ["done"] * 6)
        self.assertEqual(self.sql("SELECT * FROM replaced_results"), [])

    def test_the_program(self):
        s = two_models("2")
        s["programs"][0]["hash"] = "%032x" % 77
        self.write(s)
        self.assertIn("2 runs (2 by their program, 0 by data or settings alone)", self.rerun("--changed").stdout)

    def test_several_versions_of_one_run(self):
        self.change("2")
        self.launch()                                          # mosaic run trains the new ones, and leaves the old
        self.assertEqual([r[1] for r in self.runs()], ["done"] * 6)
        self.change("3")
        self.assertIn("4 runs", self.rerun("--changed").stdout)
        self.assertEqual([r[:2] for r in self.runs()], [(1, "replaced"), (2, "replaced"), (3, "done"), (4, "done"), (5, "replaced"), (6, "replaced"), (7, "done"), (8, "done")])

    def test_until_they_are_done_the_old_ones_count(self):
        self.change(settings=[("fake.mode", "nan"), ("fake.seed", "2")])
        self.rerun("--changed", code=1)
        self.assertEqual([r[:3] for r in self.runs()], [(1, "replaced", None), (2, "done", 4), (3, "done", 4), (4, "done", 4), (5, "done", 4), (6, "error", None)])
        self.change()
        self.assertIn("database.db: 1 done", self.rerun("--changed").stdout)
        self.assertEqual([r[1] for r in self.runs()], ["replaced", "replaced", "done", "done", "done", "done"])

    def test_narrowed_down(self):
        self.change()
        self.rerun("--changed", "-id", "2-4")
        self.assertEqual([r[:2] for r in self.runs()], [(1, "done"), (2, "replaced"), (3, "done"), (4, "done"), (5, "done")])
        self.assertIn("nothing has changed", self.rerun("--changed", "-id", "3").stdout)
        self.assertIn("there is no run 9", self.rerun("--changed", "-id", "9", code=2).stderr)

    def test_epochs(self):
        self.rerun("-id", "1", "-epochs", "6")
        self.change()
        self.rerun("--changed")
        self.assertEqual(self.sql("SELECT run_id, epochs FROM run_results ORDER BY 1"), [(3, 4), (4, 4), (5, 10), (6, 4)])
        self.change("3")
        self.rerun("--changed", "--until", "7")
        self.assertEqual(self.sql("SELECT run_id, epochs FROM run_results ORDER BY 1"), [(3, 4), (4, 4), (7, 7), (8, 7)])
        self.assertIn("--epochs has no meaning", self.rerun("--changed", "-epochs", "7", code=2).stderr)

    def test_what_is_in_the_configuration_no_more_is_left_alone(self):
        s = two_models("2")
        del s["pipelines"][0]
        self.write(s)
        self.assertIn("nothing has changed", self.rerun("--changed").stdout)
        s = two_models("2", key="other name")                  # a key is no part of it
        self.write(s)
        self.assertIn("2 runs", self.rerun("--changed").stdout)

    def test_interrupted(self):
        self.change(settings=[("fake.ms", "20")], epochs=100000)
        p = subprocess.Popen([self.bin / "mosaic", "rerun", "a.ini", "database.db", "-o", "gen", "--changed"], cwd=self.at, stdout=subprocess.PIPE, text=True)
        self.wait_for(lambda: len([t for t in self.trace() if t[0] == "start" and int(t[1]) > 4]) == 2)
        p.terminate()
        self.assertIn("`mosaic rerun a.ini database.db --changed` goes on where it stopped", p.communicate()[0])
        self.assertEqual(p.returncode, 75)
        self.assertEqual([r[:2] for r in self.runs()], [(1, "done"), (2, "done"), (3, "done"), (4, "done"), (5, "interrupted"), (6, "interrupted")])
        self.change()
        self.rerun("--changed")
        self.assertEqual([r[1] for r in self.runs()], ["replaced", "replaced", "done", "done", "done", "done"])


class Request(Here):
    def setUp(self):
        super().setUp()
        self.launch(two_models())

    def request(self, sql, steps=200000, code=2):
        return self.mosaic("export", "--json", f"--request={sql}", code=code, env=dict(os.environ, MOSAIC_REQUEST_STEPS=str(steps)))

    def test_never_ends(self):
        before = self.dump()
        for sql in ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0",
                    "SELECT count(*) FROM runs a, runs b, runs c, runs d, runs e, runs f, runs g, runs h, runs i, runs j",
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n ORDER BY random()"):
            self.assertEqual(self.request(sql).stderr.splitlines()[0],
                             "mosaic: error: --request: it takes more than 200000 steps: it was stopped (MOSAIC_REQUEST_STEPS=N allows more)", sql)
        self.assertEqual(self.dump(), before)
        self.assertEqual(len(json.loads(self.request("SELECT run_id FROM runs", code=0).stdout)), 4)
        long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n"
        self.assertIn("more than 200000 steps", self.request(long).stderr)
        self.assertEqual(len(json.loads(self.request(long, steps=100000000, code=0).stdout)), 4)

    def test_too_large(self):
        for sql in ("SELECT length(zeroblob(1000000000))", "SELECT length(hex(zeroblob(60000000)))",
                    "SELECT group_concat(hex(zeroblob(30000000))) FROM runs"):
            self.assertIn("string or blob too big", self.request(sql).stderr, sql)

    def test_hostile(self):
        """Nothing but reading, whatever it is hidden in."""
        before, files = self.dump(), sorted(p.name for p in self.at.iterdir())
        for sql in ("SELECT run_id FROM runs; DROP TABLE runs", "SELECT run_id FROM runs;;DELETE FROM runs", "SELECT run_id FROM runs; -- x\nDELETE FROM runs",
                    "SELECT run_id FROM runs; /* x */ DELETE FROM runs", "ATTACH 'o.db' AS o", "PRAGMA journal_mode=DELETE", "PRAGMA writable_schema=1",
                    "SELECT * FROM pragma_table_info('runs')", "VACUUM", "VACUUM INTO 'o.db'", "DETACH main", "SAVEPOINT a", "COMMIT", "ANALYZE",
                    "CREATE VIEW v AS SELECT 1", "CREATE TEMP TABLE t(x)", "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END", "ALTER TABLE runs ADD x",
                    "EXPLAIN SELECT 1", "EXPLAIN QUERY PLAN SELECT 1", "SELECT load_extension('x')", "SELECT fts3_tokenizer('x', x'00')", "SELECT edit('x')", "SELECT readfile('a.ini')",
                    "SELECT writefile('o.db', 'x')", "WITH x AS (SELECT 1) INSERT INTO runs SELECT 9, '', '', '' RETURNING run_id", "REPLACE INTO runs VALUES(1, '', '', '')",
                    "SELECT run_id FROM runs WHERE 1 = (DELETE FROM runs)", "\x00", "'", '"', "SELECT '", "(" * 5000 + "1" + ")" * 5000, "SELECT " + "1," * 50000 + "1",
                    "SELECT run_id FROM runs WHERE " + " AND ".join(["1"] * 15000)):
            r = subprocess.run([self.bin / "mosaic", "export", "--json", "--request=" + sql.replace("\0", "")], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual((r.returncode, r.stdout), (2, ""), sql[:80])
            self.assertIn("--request: ", r.stderr)
        self.assertEqual(self.dump(), before)
        self.assertEqual(sorted(p.name for p in self.at.iterdir()), files)


class Hostile(Here):
    """Text from outside, wherever it can be put in: it is stored and compared as it is, and does nothing else."""
    EVIL = ["'; DROP TABLE runs; --", '"; DELETE FROM params; --', "a\nb\n; rm -rf x", "%s%n%99999d", "$(touch x) `touch x` ${HOME}", "--help", "-rf", "ü ñ 漢字 \U0001f600 \u202e",
            "\x1b[31mred\x1b[0m\x07", "x" * 100000, "../../x", "|touch x", "<b>&amp;", "\\n\\t\\", "NULL", "1 OR 1=1", "\\u0000", "a\x01b\x7f"]

    def setUp(self):
        super().setUp()
        self.launch(two_models())
        self.before = self.rest()
        self.files = sorted(p.name for p in self.at.iterdir())

    def rest(self):
        """All but notes and tags."""
        return (self.sql("SELECT * FROM runs ORDER BY 1"), self.sql("SELECT * FROM run_results ORDER BY 1"), self.sql("SELECT run_id, name, data FROM history ORDER BY 1, 2"),
                self.sql("SELECT run_id, param_name, param_value FROM params WHERE param_name NOT IN ('note', 'tag') ORDER BY 1, 2, 3"),
                self.sql("SELECT name FROM sqlite_master ORDER BY 1"))

    def tearDown(self):
        self.assertEqual(self.rest(), self.before)
        self.assertEqual([p.name for p in sorted(self.at.iterdir()) if p.name != "mosaicc.calls"], self.files)
        self.check_database()
        super().tearDown()

    def test_notes(self):
        for evil in self.EVIL:
            self.mosaic("note", "1", "--", evil)
            self.assertEqual(self.sql("SELECT run_id, param_value FROM params WHERE param_name = 'note'"), [(1, evil)])
            out = self.mosaic("show", "1").stdout
            self.assertNotIn("\x1b", out)
            self.assertEqual(json.loads(self.mosaic("show", "1", "--json").stdout)["params"]["note"], evil)
            self.assertEqual(next(csv.DictReader(io.StringIO(self.mosaic("export", "-id", "1").stdout, newline="")))["note"], evil)
            self.assertEqual([r["run_id"] for r in json.loads(self.mosaic("export", "--json", "-param_name_value", "note", evil).stdout)], [1])
            self.mosaic("diff", "1", "2")

    def test_no_utf8(self):
        raw = b"caf\xe9 \xff\xfe"
        subprocess.run([self.bin / "mosaic", "note", "1", raw], cwd=self.at, check=True)
        self.assertEqual(self.sql("SELECT CAST(param_value AS BLOB) FROM params WHERE param_name = 'note'"), [(raw,)])
        self.assertEqual(json.loads(self.mosaic("show", "1", "--json").stdout)["params"]["note"], "caf? ??")

    def test_selectors(self):
        for evil in self.EVIL:
            for option in ("-id", "-request", "--tag"):
                r = self.mosaic("export", f"{option}={evil}", code=2)
                self.assertEqual(r.stdout, "")
            for option in ("-param_name_value", "-param_name_value_low_threshold", "-param_name_value_high_threshold"):
                self.mosaic("export", option, evil, "1", code=2)
                self.mosaic("export", option, "mlp_key", evil, code=2)

    def test_names_of_databases(self):
        for evil in self.EVIL:
            for command in (["status"], ["best"], ["export"], ["tag"], ["show", "1"], ["note", "1", "x"], ["verify", "1"], ["diff", "1", "2"]):
                r = self.mosaic(command[0], "--", evil, *command[1:], code=2)
                self.assertEqual(r.stdout, "")
        for name in (":memory:", "file:x?mode=memory", "file:database.db?mode=rw", ""):
            self.mosaic("status", name, code=2)

    def test_texts_in_a_database(self):
        """A hostile database: its texts reach neither a terminal nor a file's name as they are."""
        evil = "\x1b]0;x\x07../../evil\n\"',%s"
        shutil.copy(self.at / "database.db", self.at / "copy.db")
        self.sql("UPDATE runs SET pipeline = ?, return_status = ?", evil, evil, database="copy.db")
        self.sql("UPDATE params SET param_value = ?", evil, database="copy.db")
        self.sql("UPDATE history SET name = ? WHERE name = 'test_loss'", evil, database="copy.db")
        self.sql("INSERT INTO params(run_id, param_name, param_value) VALUES(1, 'tag', ?)", evil, database="copy.db")
        for command in (["status"], ["best"], ["tag"], ["show", "1"], ["diff", "1", "2"], ["verify", "1"]):
            r = subprocess.run([self.bin / "mosaic", command[0], "copy.db", *command[1:]], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertNotIn("\x1b", r.stdout, command)
            self.assertGreaterEqual(r.returncode, 0)
        json.loads(self.mosaic("export", "copy.db", "--json", "--history").stdout)
        self.mosaic("export", "copy.db", "--tensorboard", "board")
        self.assertEqual(sorted(str(p.relative_to(self.at)) for p in (self.at / "board").rglob("*") if p.is_file()),
                         [f"board/run_{i}/events.out.tfevents.0000000000.mosaic" for i in (1, 2, 3, 4)])
        shutil.rmtree(self.at / "board")
        (self.at / "copy.db").unlink()


# ---- TensorBoard's files, read with nothing but the standard library ----

def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def records(data):
    at = 0
    while at < len(data):
        (n,) = struct.unpack_from("<Q", data, at)
        body = data[at + 12:at + 12 + n]
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at:at + 8])
        assert struct.unpack_from("<I", data, at + 12 + n)[0] == masked(body)
        yield body
        at += 16 + n


def fields(data):
    """Pairs (field, value) of a protocol buffer: bytes, integers; fixed ones as their bytes."""
    at = 0

    def varint():
        nonlocal at
        v = shift = 0
        while True:
            byte = data[at]
            at += 1
            v |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return v
    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        n = {1: 8, 2: None, 5: 4}[key & 7]
        n = varint() if n is None else n
        yield key >> 3, data[at:at + n]
        at += n


def scalars(data):
    out = {}
    for record in records(data):
        event = dict(fields(record))
        for field, value in fields(event.get(5, b"")):
            v = dict(fields(value))
            if 2 in v:
                out.setdefault(v[1].decode(), []).append((event.get(2, 0), struct.unpack("<f", v[2])[0]))
    return out


class Export(Here):
    def setUp(self):
        super().setUp()
        self.launch(sweep([pipeline("data_or() | brick()", epochs=12, params=[("brick_name", 'a "b", c')]),
                           pipeline("data_or() | funnel()", key="funnel", epochs=12, multiplicity=1, settings=[("fake.mode", "nan")])]), code=1)

    def curves(self):
        out = {}
        for id, name, data in self.sql("SELECT run_id, name, data FROM history ORDER BY run_id, rowid"):
            out.setdefault(id, {})[name] = list(struct.unpack(f"<{len(data) // 4}f", data))
        return out

    def test_crc(self):
        self.assertEqual(crc32c(b"123456789"), 0xe3069283)     # the check value of CRC-32C

    def test_history(self):
        rows = list(csv.reader(io.StringIO(self.mosaic("export", "--history").stdout)))
        self.assertEqual(rows[0], ["run_id", "epoch", "train_loss", "test_loss", "train_acc", "test_acc"])
        expected = [[str(id), str(e + 1), *[c[name][e] for name in rows[0][2:]]] for id, c in self.curves().items() for e in range(len(c["train_loss"]))]
        self.assertEqual([[*r[:2], *[struct.unpack("f", struct.pack("f", float(v)))[0] for v in r[2:]]] for r in rows[1:]], expected)
        self.assertEqual(len({r[0] for r in rows[1:]}), 3)     # the failed run's epochs, too
        self.assertEqual(self.mosaic("export", "--history", "-id", "2").stdout.splitlines()[1:], [",".join(["2", *line.split(",")]) for line in
                         self.mosaic("history", "2").stdout.splitlines()[1:]])

    def test_json_is_complete(self):
        runs = json.loads(self.mosaic("export", "--json", "--history").stdout)
        for run in runs:
            id = run["run_id"]
            self.assertEqual({n: [struct.unpack("f", struct.pack("f", v))[0] for v in c] for n, c in run["history"].items()}, self.curves()[id])
            params = dict(self.sql("SELECT param_name, param_value FROM params WHERE run_id = ? AND param_name NOT IN ('status', 'pipeline', 'traceback')", id))
            self.assertEqual(run["params"], params)
            results = self.sql("SELECT train_loss, test_loss, train_acc, test_acc, nb_params, \"duration(s)\", epochs, overfit, trainability, slope FROM run_results WHERE run_id = ?", id)
            names = ("train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit", "trainability", "slope")
            self.assertEqual(tuple(run[n] for n in names), results[0] if results else (None,) * 10)
        self.assertEqual(["error" in r for r in runs], [False, False, True])
        self.assertTrue(runs[2]["error"].startswith("the loss is NaN\nsecond line"))
        self.assertNotIn("history", json.loads(self.mosaic("export", "--json").stdout)[0])

    def test_tensorboard(self):
        self.assertEqual(self.mosaic("export", "--tensorboard", "board").stdout, "board: 3 runs; `tensorboard --logdir board` shows them\n")
        for id, curves in self.curves().items():
            got = scalars((self.at / "board" / f"run_{id}" / "events.out.tfevents.0000000000.mosaic").read_bytes())
            for name, values in curves.items():
                self.assertEqual(got[name], list(enumerate(values, 1)))
            results = self.sql("SELECT nb_params, overfit, trainability, slope FROM run_results WHERE run_id = ?", id)
            for name, value in zip(("nb_params", "overfit", "trainability", "slope"), results[0] if results else ()):
                self.assertEqual(got[name], [(12, struct.unpack("f", struct.pack("f", value))[0])])
        before = {p: p.read_bytes() for p in (self.at / "board").rglob("*") if p.is_file()}
        self.mosaic("export", "--tensorboard", "board")
        self.assertEqual({p: p.read_bytes() for p in (self.at / "board").rglob("*") if p.is_file()}, before)
        self.assertEqual(self.mosaic("export", "--tensorboard", "board", "--json", code=2).stderr, "mosaic: error: --tensorboard writes files, and excludes --json and --history\n")
        (self.at / "file").write_text("")
        self.assertIn("file/run_1/events.out.tfevents.0000000000.mosaic: Not a directory", self.mosaic("export", "--tensorboard", "file", code=2).stderr)

    def test_tensorboard_golden(self):
        """These bytes were read by tensorboard 2.21: golden/check_with_tensorboard.py."""
        self.sql("UPDATE run_details SET started = '2024-05-01T12:00:00Z'")
        self.mosaic("tag", "1", "+keep")
        self.mosaic("export", "--tensorboard", "board", "-id", "1,3")
        for id in (1, 3):
            made = (self.at / "board" / f"run_{id}" / "events.out.tfevents.0000000000.mosaic").read_bytes()
            golden = GOLDEN / f"run_{id}" / "events.out.tfevents.0000000000.mosaic"
            if os.environ.get("UPDATE"):
                golden.parent.mkdir(parents=True, exist_ok=True)
                golden.write_bytes(made)
            self.assertEqual(made, golden.read_bytes())


if __name__ == "__main__":
    main()
