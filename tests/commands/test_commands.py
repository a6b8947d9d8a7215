"""test_commands.py MOSAIC FAKE_TRAINER [SUITE]: the commands that act on runs, from outside."""
import csv
import io
import struct

from here import *


def two_models(**more):
    a = pipeline("data_or(1) | brick(4)", key="brick", params=[("brick_length", "2")], **more)
    b = pipeline("data_or(1) | funnel(8)", key="funnel", params=[("brick_length", "10")], **more)
    return sweep([a, b])


class Select(Here):
    """Which runs are meant. `rerun --until` says it: it prints a launch line for each."""

    def setUp(self):
        super().setUp()
        self.launch(two_models())                              # runs 1 2: brick, 3 4: funnel; 4 epochs
        self.next = 5

    def chosen(self, *select):
        out = self.rerun(*select, "-until", self.next).stdout
        self.next += 1
        return sorted(int(line.split()[2]) for line in out.splitlines() if line.startswith(" ---> launch"))

    def test_ids(self):
        self.assertEqual(self.chosen("-id", "1-2,4"), [1, 2, 4])
        self.assertEqual(self.chosen("--id=all"), [1, 2, 3, 4])
        self.assertEqual(self.chosen("-i", "3-999999999999"), [3, 4])
        self.assertEqual(self.chosen("-id", " 2 , 2,2-2"), [2])
        for wrong in ("", "x", "1-", "-3", "3-1", "1,,2", "1;2", "0", "1e3", "99999999999999999999", "1-2-3", "all,1"):
            self.assertIn("is no list of runs", self.rerun("-epochs", "1", f"--id={wrong}", code=2).stderr)
        self.assertIn("there is no run 9", self.rerun("-id", "1,9", "-epochs", "1", code=2).stderr)

    def test_request(self):
        self.assertEqual(self.chosen("-request", "SELECT run_id FROM runs WHERE run_id % 2 = 0"), [2, 4])
        self.assertEqual(self.chosen("--request", "WITH x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 3) SELECT n FROM x;"), [1, 2, 3])
        self.assertEqual(self.chosen("-request", "SELECT 3 UNION SELECT 77"), [3])
        self.assertIn("no run is like that", self.rerun("-request", "SELECT 77", "-epochs", "1", code=2).stderr)

    def test_a_request_can_only_read(self):
        before = self.dump()
        other = self.at / "other.db"
        for sql in ("DELETE FROM runs", "SELECT run_id FROM runs; DELETE FROM runs", "DROP TABLE runs", "UPDATE runs SET status = 'x' RETURNING run_id",
                    "INSERT INTO runs VALUES(9, '', '', '') RETURNING run_id", f"ATTACH '{other}' AS o", f"VACUUM INTO '{other}'", "PRAGMA user_version=7",
                    "SELECT * FROM pragma_user_version", "BEGIN", "REINDEX", "SELECT load_extension('x')", "CREATE TEMP TABLE t(x)", "EXPLAIN DELETE FROM runs",
                    "SELECT writefile('x', 'y')", "WITH a AS (SELECT 1) DELETE FROM runs RETURNING run_id", "", ";", "-- nothing", "nonsense", "SELECT",
                    "SELECT run_id FROM nowhere", "SELECT pipeline FROM runs", "SELECT NULL", "SELECT '1'", "SELECT 1.0", "SELECT 1 /*", "SELECT 1; SELECT 2"):
            with self.subTest(sql=sql):
                err = self.rerun("-epochs", "1", f"--request={sql}", code=2).stderr
                if sql != "SELECT 1 /*":
                    self.assertIn("--request: ", err)
        self.assertEqual(self.dump(), before)
        self.assertFalse(other.exists())

    def test_parameters(self):
        self.assertEqual(self.chosen("-param_name_value", "mlp_key", "brick"), [1, 2])
        self.assertEqual(self.chosen("-param_name_and_value", "mlp_key", "funnel"), [3, 4])
        self.assertEqual(self.chosen("--param-name-value", "lr", "0.010"), [1, 2, 3, 4])
        self.assertEqual(self.chosen("--param-name-value=mlp_key", "brick", "-id", "2-3"), [2])
        self.assertEqual(self.chosen("-param_name_value", "seed", "2"), [2, 4])
        self.assertIn("did you mean 'mlp_key'", self.rerun("-epochs", "1", "-param_name_value", "mlp_kye", "brick", code=2).stderr)
        self.assertIn("no run is like that", self.rerun("-epochs", "1", "-param_name_value", "mlp_key", "x", code=2).stderr)
        self.assertIn("two values", self.rerun("-epochs", "1", "-param_name_value", "mlp_key", code=2).stderr)
        self.assertIn("twice", self.rerun("-epochs", "1", *["-param_name_value", "mlp_key", "x"] * 2, code=2).stderr)

    def test_thresholds(self):
        (loss,) = self.sql("SELECT test_loss FROM run_results WHERE run_id = 2")[0]
        self.assertEqual(self.chosen("-param_name_value_low_threshold", "test_loss", repr(loss)), [2, 4])
        self.assertEqual(self.chosen("-param_name_value_low_threshold", "brick_length", "2"), [1, 2])      # 10 is more than 2, not before it
        self.assertEqual(self.chosen("-param_name_value_high_threshold", "brick_length", "2.5"), [3, 4])
        self.assertEqual(self.chosen("-param_name_and_value_low_threshold", "brick_length", "1e1"), [1, 2, 3, 4])
        self.assertEqual(self.chosen("-param_name_and_value_high_threshold", "brick_length", "10"), [3, 4])
        self.assertIn("is no number", self.rerun("-epochs", "1", "-param_name_value_low_threshold", "brick_length", "two", code=2).stderr)

    def test_hostile_names(self):
        before = self.dump()
        for evil in ("'; DROP TABLE runs; --", "\" OR 1=1", "%", "mlp_key' OR '1'='1", "a\nb", "ü", "--help me", "%s%n", "*"):
            for option in ("-param_name_value", "-param_name_value_low_threshold"):
                self.rerun("-epochs", "1", option, evil, "1", code=2)
            self.assertIn("no run is like that", self.rerun("-epochs", "1", "-param_name_value", "mlp_key", evil, code=2).stderr)
        self.assertEqual(self.dump(), before)

    def test_status(self):
        self.sql("UPDATE runs SET status = 'error' WHERE run_id = 2")
        self.sql("UPDATE runs SET status = 'interrupted' WHERE run_id = 3")
        self.sql("UPDATE runs SET status = 'running' WHERE run_id = 4")
        self.assertEqual(self.chosen("--interrupted"), [3, 4])
        self.assertEqual(self.chosen("--failed"), [2])
        self.assertIn("no run is like that", self.rerun("--failed", "-epochs", "1", code=2).stderr)

    def test_nothing_chosen(self):
        self.assertIn("which runs?", self.rerun("-epochs", "1", code=2).stderr)

    def test_files(self):
        self.assertIn("No such file", self.rerun("-id", "1", "-epochs", "1", database="no.db", code=2).stderr)
        (self.at / "text.db").write_text("not a database, but long enough to be looked at" * 30)
        self.assertIn("no SQLite database", self.rerun("-id", "1", "-epochs", "1", database="text.db", code=2).stderr)
        self.assertFalse((self.at / "no.db").exists())

    def test_a_database_of_the_original(self):
        self.sql("CREATE TABLE system(param_name TEXT, param_value TEXT)", database="old.db")
        self.sql("CREATE TABLE params(run_id INTEGER, param_name TEXT, param_value TEXT)", database="old.db")
        self.sql("CREATE TABLE runs(run_id INTEGER, status TEXT, pipeline TEXT, return_status TEXT)", database="old.db")
        self.sql("CREATE TABLE run_results(run_id INTEGER, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL, nb_params INTEGER,"
                 " \"duration(s)\" REAL, epochs INTEGER, overfit REAL, trainability REAL, slope REAL)", database="old.db")
        self.sql("INSERT INTO runs VALUES(1, 'done', 'd(1) | m(2)', '')", database="old.db")
        self.assertIn("a database of the original: its runs have no checkpoints", self.rerun("-id", "all", "-epochs", "1", database="old.db", code=2).stderr)
        self.assertEqual(self.sql("SELECT * FROM runs", database="old.db"), [(1, "done", "d(1) | m(2)", "")])


class Rerun(Here):
    def epochs(self):
        return self.sql("SELECT x.run_id, x.epochs, p.param_value, r.status FROM run_results x JOIN runs r USING(run_id)"
                        " JOIN params p ON p.run_id = x.run_id AND p.param_name = 'epochs' ORDER BY 1")

    def starts(self):
        return sorted((int(id), int(at)) for what, id, _, at in self.trace() if what == "start")

    def test_more_epochs(self):
        self.launch(two_models())
        (self.at / "run_files" / "trace").unlink()
        out = self.rerun("-id", "2,3", "-epochs", "6").stdout
        self.assertIn(" ---> launch 2 1/2\n", out)
        self.assertRegex(out, r"database\.db: 2 done \(")
        self.assertEqual(self.starts(), [(2, 4), (3, 4)])
        self.assertEqual(self.epochs(), [(1, 4, "4", "done"), (2, 10, "10", "done"), (3, 10, "10", "done"), (4, 4, "4", "done")])
        self.assertEqual(self.sql("SELECT DISTINCT run_id, epochs FROM history"), [(1, 4), (2, 10), (3, 10), (4, 4)])
        self.rerun("-id", "2", "-epoch", "1")
        self.assertEqual(self.epochs()[1], (2, 11, "11", "done"))
        self.assertIn("--no-build -o gen a.ini --database database.db", (self.at / "mosaicc.calls").read_text())
        self.assertIn("4 already done", self.launch().stdout)      # the configuration still says 4

    def test_until(self):
        self.launch(two_models())
        self.rerun("-id", "1", "--until", "7")
        self.assertIn("1 already done", self.rerun("-id", "1", "--until", "7").stdout)
        self.assertIn("1 already done", self.rerun("-id", "1", "--until", "3").stdout)
        self.assertIn("4 already done", self.rerun("-id", "all").stdout)
        self.assertEqual(self.epochs()[0], (1, 7, "7", "done"))
        self.assertIn("exclude", self.rerun("-id", "1", "--until", "7", "-epochs", "2", code=2).stderr)
        self.assertIn("no integer", self.rerun("-id", "1", "-epochs", "-2", code=2).stderr)
        self.assertIn("no integer", self.rerun("-id", "1", "-epochs", "0", code=2).stderr)

    def test_failed_runs(self):
        self.launch(sweep([pipeline(settings=[("fake.mode", "nan"), ("fake.seed", "2")])]), code=1)
        self.rerun("--failed", code=1)
        self.write(sweep([pipeline()]))
        self.rerun("--failed")
        self.assertEqual(self.epochs(), [(1, 4, "4", "done"), (2, 4, "4", "done")])

    def test_a_failure_keeps_the_result(self):
        self.launch(sweep([pipeline(epochs=2, multiplicity=1)]))
        self.write(sweep([pipeline(epochs=2, multiplicity=1, settings=[("fake.mode", "nan")])]))
        self.rerun("-id", "1", "-epochs", "8", code=1)
        self.assertEqual(self.epochs(), [(1, 2, "10", "error")])
        self.write(sweep([pipeline(epochs=2, multiplicity=1)]))
        self.rerun("--failed")
        self.assertEqual(self.epochs(), [(1, 10, "10", "done")])

    def test_interrupted(self):
        """TERM: the runs that were begun and those that were not go on with --interrupted, to the epochs that were asked for."""
        self.launch(sweep([pipeline(epochs=2, multiplicity=6)], lanes=2, nb_processus=1))
        self.write(sweep([pipeline(epochs=2, multiplicity=6, settings=[("fake.ms", "20")])], lanes=2, nb_processus=1))
        p = subprocess.Popen([self.bin / "mosaic", "rerun", "a.ini", "database.db", "-o", "gen", "-id", "1-5", "-epochs", "30"], cwd=self.at,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(p.communicate)
        self.wait_for(lambda: len(self.starts()) > 6)
        p.send_signal(signal.SIGTERM)
        out = p.communicate()[0]
        self.assertEqual(p.returncode, 75)
        self.assertIn("`mosaic rerun a.ini database.db --interrupted` goes on where it stopped", out)
        self.assertEqual({r[0] for r in self.sql("SELECT status FROM runs WHERE run_id < 6")}, {"interrupted"})
        self.write(sweep([pipeline(epochs=2, multiplicity=6)], lanes=2, nb_processus=1))
        self.rerun("--interrupted")
        self.assertEqual(self.epochs(), [(i, 32, "32", "done") for i in range(1, 6)] + [(6, 2, "2", "done")])

    def test_killed(self):
        """kill -9 before anything but the plan: the same."""
        self.launch(sweep([pipeline(epochs=2)]))
        self.write(sweep([pipeline(epochs=2, settings=[("fake.ms", "20")])]))
        p = subprocess.Popen([self.bin / "mosaic", "rerun", "a.ini", "database.db", "-o", "gen", "-id", "all", "-epochs", "100"], cwd=self.at,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(p.communicate)
        self.wait_for(lambda: self.sql("SELECT 1 FROM runs WHERE status IN ('running', 'interrupted')"))
        p.kill()
        p.wait()
        self.write(sweep([pipeline(epochs=2)]))
        self.rerun("--interrupted")
        self.assertEqual(self.epochs(), [(1, 102, "102", "done"), (2, 102, "102", "done")])
        self.check_database()

    def test_another_model(self):
        self.launch(two_models())
        before = self.dump()
        self.write(sweep([pipeline("data_or(1) | brick(5)", key="brick")]))
        self.assertIn("run 1 (data_or(1) | brick(4)) is of no pipeline of a.ini", self.rerun("-id", "all", "-epochs", "6", code=2).stderr)
        self.assertEqual(self.dump(), before)

    def test_a_missing_checkpoint(self):
        self.launch(two_models())
        (self.at / "run_files" / "checkpoint_1.safetensors").unlink()
        self.assertIn("checkpoint_1.safetensors is not there", self.rerun("-id", "1-2", "-epochs", "6").stderr)
        self.assertEqual(self.epochs()[:2], [(1, 10, "10", "done"), (2, 10, "10", "done")])

    def test_in_use(self):
        self.write(sweep([pipeline(epochs=3000, settings=[("fake.ms", "10")])]))
        p = self.start()
        self.wait_for(lambda: (self.at / "database.db.lock").exists() and self.starts())
        self.wait_for(lambda: self.sql("SELECT 1 FROM runs"))
        self.assertIn(f"in use by launcher {p.pid}", self.rerun("-id", "all", "-epochs", "6", "--no-wait", code=3).stderr)


class Rekey(Here):
    def keys(self):
        return self.sql("SELECT run_id, param_value FROM params WHERE param_name = 'mlp_key' ORDER BY 1")

    def modules(self, key, width="4", name="mlp"):
        return [{"type": "dataset", "class": "data_or", "path_to_class": "x", "key": "or", "size": 1, "name": "data"},
                {"type": "mlp", "class": "brick", "key": key, "width": width, "name": name}]

    def pipelines(self, *entries):
        (self.at / "p.json").write_text(json.dumps(entries))

    def setUp(self):
        super().setUp()
        self.launch(sweep([pipeline("data_or(1) | brick(4)", key="old"), pipeline("data_or(1) | brick(5)", key="old")]))

    def test_keys(self):
        self.pipelines(self.modules("new"), self.modules("new"), self.modules("nobody's", "77"))
        out = self.mosaic("rekey", "p.json", "database.db").stdout
        self.assertEqual(out, "database.db: 2 of 4 runs have a pipeline of p.json; 2 got other keys\n")
        self.assertEqual(self.keys(), [(1, "new"), (2, "new"), (3, "old"), (4, "old")])
        before = self.dump()
        self.assertIn("2 of 4 runs have a pipeline of p.json; 0 got", self.mosaic("rekey", "p.json", "database.db").stdout)
        self.assertEqual(self.dump(), before)
        self.assertIn("4 already done", self.launch().stdout)          # keys are in no identity

    def test_one_line_from_two_sections(self):
        self.pipelines(self.modules("a", name="one"), self.modules("b", name="two"))
        before = self.dump()
        self.assertIn("one of several entries", self.mosaic("rekey", "p.json", "database.db", code=2).stderr)
        self.assertEqual(self.dump(), before)
        for id, name in ((1, "one"), (2, "two")):
            self.sql("UPDATE params SET param_value = ? WHERE run_id = ? AND param_name = 'pipeline'", json.dumps(self.modules("x", name=name)), id)
        self.mosaic("rekey", "p.json", "database.db")
        self.assertEqual(self.keys()[:2], [(1, "a"), (2, "b")])

    def test_hostile_keys(self):
        evil = "'; DROP TABLE params; --\n%s\"ü"
        self.pipelines(self.modules(evil))
        self.mosaic("rekey", "p.json", "database.db")
        self.assertEqual(self.keys()[0], (1, evil))

    def test_wrong_files(self):
        before = self.dump()
        for text, message in {"": "p.json:1:", "{}": "a list of pipelines", "[1]": "entry 1 is no pipeline", "[[]]": "entry 1", "[[{}]]": "entry 1",
                              '[[{"type": "a", "class": []}]]': "entry 1", '[[{"type": "a", "class": "b", "x": {}}]]': "entry 1", "[" * 5000: "p.json:1:"}.items():
            (self.at / "p.json").write_text(text)
            self.assertIn(message, self.mosaic("rekey", "p.json", "database.db", code=2).stderr)
        self.assertIn("No such file", self.mosaic("rekey", "no.json", "database.db", code=2).stderr)
        self.pipelines(self.modules("new"))
        self.assertIn("No such file", self.mosaic("rekey", "p.json", "no.db", code=2).stderr)
        self.assertEqual(self.dump(), before)


class Pause(Here):
    """Six runs one after the other, slow enough to be met."""

    def write_two(self, ms, epochs=40):
        self.write(sweep([pipeline("data_or(1) | brick(4)", epochs=epochs, multiplicity=3, settings=[("fake.ms", ms)]),
                          pipeline("data_or(1) | funnel(8)", key="funnel", epochs=epochs, multiplicity=3, settings=[("fake.ms", ms)])], lanes=1, nb_processus=2))

    def begin(self, epochs=40):
        """Two runs that go on for seconds: what is said to the launcher reaches it before they end. What is launched later is quick."""
        self.write_two("100", epochs)
        p = self.start()
        self.wait_for(lambda: len(self.trace()) >= 2)
        self.write_two("1", epochs)
        return p

    def result(self):
        return self.sql("SELECT d.run_id, d.seed, d.identity, r.status, x.epochs, x.train_loss, x.test_loss FROM run_details d LEFT JOIN runs r USING(run_id)"
                        " LEFT JOIN run_results x USING(run_id) ORDER BY 1")

    def expected(self):
        (self.at / "database.db").rename(self.at / "paused.db")
        shutil.rmtree(self.at / "run_files")
        self.launch()
        return self.result()

    def test_pause_and_resume(self):
        p = self.begin()
        out = self.mosaic("pause", "left.json").stdout
        self.assertEqual(p.wait(), 75)
        self.assertIn("4 runs are left; `mosaic resume left.json`", out)
        self.assertIn("2 done, 4 not started", p.stdout.read())
        left = json.loads((self.at / "left.json").read_text())
        self.assertEqual([[m["class"] for m in e] for e in left], [["data_or", "brick"]] * 4)
        self.assertEqual([r[3] for r in self.result()], ["done"] * 2 + [None] * 4)
        self.assertIn("4 done", self.mosaic("resume", "left.json").stdout)
        resumed = self.result()
        self.assertEqual([r[3] for r in resumed], ["done"] * 6)
        self.assertEqual(resumed, self.expected())

    def test_now(self):
        p = self.begin(epochs=100000)
        self.assertIn("6 runs are left", self.mosaic("pause", "left.json", "--now").stdout)
        self.assertEqual(p.wait(), 75)
        self.assertEqual([r[3] for r in self.result()], ["interrupted"] * 2 + [None] * 4)
        self.write(sweep([pipeline("data_or(1) | brick(4)", epochs=40, multiplicity=3), pipeline("data_or(1) | funnel(8)", key="funnel", epochs=40, multiplicity=3)]))
        self.sql("UPDATE params SET param_value = '40' WHERE param_name = 'epochs'")
        self.assertIn("6 done", self.mosaic("resume", "left.json", "database.db", "--jobs", "1").stdout)
        self.assertTrue(any(int(t[3]) > 0 for t in self.trace() if t[0] == "start"))
        self.assertEqual(self.result(), self.expected())

    def test_the_file_says_which(self):
        p = self.begin()
        self.mosaic("pause", "left.json")
        p.wait()
        entries = json.loads((self.at / "left.json").read_text())
        (self.at / "one.json").write_text(json.dumps(entries[-1:]))
        self.assertIn("1 done", self.mosaic("resume", "one.json").stdout)
        self.assertEqual(len([r for r in self.result() if r[3] == "done"]), 3)
        self.assertIn("3 done, 1 already done", self.mosaic("resume", "left.json").stdout)
        self.assertIn("4 already done", self.mosaic("resume", "left.json").stdout)

    def test_without_a_launcher(self):
        self.assertIn("no launcher has run in this directory", self.mosaic("pause", "left.json", code=2).stderr)
        p = self.begin()
        p.kill()
        p.wait()
        self.assertIn("6 runs are left", self.mosaic("pause", "left.json").stdout)
        self.assertIn("6 done", self.mosaic("resume", "left.json").stdout)
        self.assertIn("nothing is left to train", self.mosaic("pause", "left.json").stdout)
        self.assertEqual(json.loads((self.at / "left.json").read_text()), [])
        self.assertIn("no runs", self.mosaic("resume", "left.json").stdout)

    def test_files(self):
        p = self.begin()
        (self.at / "a.ini").write_text("[PROCESS]\n")
        self.assertIn("was not overwritten", self.mosaic("pause", "a.ini", code=2).stderr)
        self.assertEqual((self.at / "a.ini").read_text(), "[PROCESS]\n")
        self.assertIsNone(p.poll())
        self.mosaic("pause", "left.json", "--now")
        self.write(sweep([pipeline("data_or(1) | brick(4)", key="other")]))
        self.assertIn("entry 1 (data_or() | brick()) is no pipeline of", self.mosaic("resume", "left.json", code=2).stderr)
        (self.at / "gen" / "sweep.json").unlink()
        self.assertIn("in the directory where the launcher was started", self.mosaic("resume", "left.json", code=2).stderr)
        self.assertIn("No such file", self.mosaic("resume", "no.json", code=2).stderr)


class Look(Here):
    """show, best, export, note."""

    def setUp(self):
        super().setUp()
        self.launch(sweep([pipeline("data_or(1) | brick(4)", epochs=30, params=[("brick_name", 'a "b", c')]),
                           pipeline("data_or(1) | funnel(8)", epochs=30, multiplicity=1, settings=[("fake.mode", "nan")])]), code=1)

    def old(self):
        """A database as the original wrote it."""
        for sql in ("CREATE TABLE system(param_name TEXT, param_value TEXT)", "CREATE TABLE params(run_id INTEGER, param_name TEXT, param_value TEXT)",
                    "CREATE TABLE runs(run_id INTEGER, status TEXT, pipeline TEXT, return_status TEXT)",
                    "CREATE TABLE run_results(run_id INTEGER, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL, nb_params INTEGER,"
                    " \"duration(s)\" REAL, epochs INTEGER, overfit REAL, trainability REAL, slope REAL)",
                    "INSERT INTO runs VALUES(1, 'done', 'd(1) | m(2)', '')", "INSERT INTO params VALUES(1, 'm_key', 'm')",
                    "INSERT INTO run_results VALUES(1, 0.5, 0.25, 50, 75, 9, 1.5, 400, 0, 0, NULL)"):
            self.sql(sql, database="old.db")

    def test_show(self):
        out = self.mosaic("show", 2).stdout
        self.assertTrue(out.startswith("[2] done\ndata_or(1) | brick(4)\nResults\n"), out)
        (loss,) = self.sql("SELECT test_loss FROM run_results WHERE run_id = 2")[0]
        for line in (f"\ttest_loss                {loss:.6g}\n", "\tmlp_key                  brick\n", "\tepochs                   30\n", "* train_loss   o test_loss",
                     "\tprogram                  p0\n"):
            self.assertIn(line, out)
        self.assertIn("Log (run_files/output_1.log)\n\tlog of run 1\n", self.mosaic("show", "database.db", 1).stdout)
        self.assertNotIn("Log", self.mosaic("show", 1, "--lines", 0).stdout)
        failed = self.mosaic("show", 3).stdout
        self.assertIn("Error\n\tthe loss is NaN\n\tsecond line\n", failed)
        self.assertNotIn("Results", failed)
        self.assertEqual(self.mosaic("show", 1, "--config").stdout, "[PROCESS]\nlr = 1e-2\n")
        self.assertEqual(self.mosaic("show", 1, "--program").stdout, "/* program 0 */\n")

    def test_show_json(self):
        run = json.loads(self.mosaic("show", 1, "--json").stdout)
        self.assertEqual((run["run_id"], run["status"], len(run["history"]["test_loss"])), (1, "done", 30))
        self.assertEqual(run["params"]["brick_name"], 'a "b", c')
        self.assertEqual(run["modules"][1]["class"], "brick")
        self.assertAlmostEqual(run["history"]["train_loss"][-1], run["results"]["train_loss"], places=6)

    def test_the_chart(self):
        self.sql("UPDATE history SET data = ?, epochs = 4 WHERE run_id = 1 AND name = 'train_loss'", struct.pack("4f", 4, 3, 2, 1))
        self.sql("UPDATE history SET data = ?, epochs = 4 WHERE run_id = 1 AND name = 'test_loss'", struct.pack("4f", float("nan"), 3, 3, float("inf")))
        rows = [line[13:] for line in self.mosaic("show", 1).stdout.split("Curves\n")[1].splitlines()[:12]]
        self.assertEqual([(y, x, c) for y, row in enumerate(rows) for x, c in enumerate(row) if c != " "],
                         [(0, 0, "*"), (4, 21, "#"), (4, 42, "o"), (7, 42, "*"), (11, 63, "*")])
        self.sql("DELETE FROM history WHERE run_id = 2")
        self.assertNotIn("Curves", self.mosaic("show", 2).stdout)

    def test_best(self):
        self.sql("UPDATE run_results SET test_loss = 0.5, train_acc = run_id")
        self.assertEqual(self.mosaic("best").stdout, "\t[1] test_loss=0.5\tdata_or(1) | brick(4)\n\t[2] test_loss=0.5\tdata_or(1) | brick(4)\n")
        self.assertEqual([r["run_id"] for r in json.loads(self.mosaic("best", "database.db", "-by", "train_acc", "-n", "1", "--json").stdout)], [2])
        self.assertIn("did you mean 'test_loss'", self.mosaic("best", "--by", "test_los", code=2).stderr)
        self.assertIn("no criterion", self.mosaic("best", "--by", "test_loss; DROP TABLE runs", code=2).stderr)
        self.sql("UPDATE run_results SET slope = NULL")
        self.assertIn("no run that is done has slope", self.mosaic("best", "--by", "slope", code=2).stderr)

    def test_export(self):
        rows = list(csv.DictReader(io.StringIO(self.mosaic("export").stdout)))
        self.assertEqual([(r["run_id"], r["status"], r["seed"], r["epochs"], r["param_epochs"]) for r in rows],
                         [("1", "done", "1", "30", "30"), ("2", "done", "2", "30", "30"), ("3", "error", "1", "", "30")])
        self.assertEqual(rows[0]["brick_name"], 'a "b", c')
        self.assertEqual([(float(r["test_loss"]),) for r in rows[:2]], self.sql("SELECT test_loss FROM run_results"))
        self.assertEqual(len({len(r) for r in rows}), 1)
        runs = json.loads(self.mosaic("export", "database.db", "--json", "-id", "2-3").stdout)
        self.assertEqual([(r["run_id"], r["epochs"], r["params"]["seed"]) for r in runs], [(2, 30, "2"), (3, None, "1")])
        self.assertIn("there is no run 9", self.mosaic("export", "-id", "9", code=2).stderr)
        self.assertEqual(json.loads(self.mosaic("export", "--json", "--failed").stdout)[0]["run_id"], 3)

    def test_note(self):
        evil = "'); DROP TABLE runs; -- %s \x1b[31m ü"
        self.mosaic("note", 1, evil)
        self.mosaic("note", "database.db", 1, "--add", "second")
        self.assertEqual(self.sql("SELECT run_id, param_value FROM params WHERE param_name = 'note'"), [(1, evil + "\nsecond")])
        out = self.mosaic("show", 1).stdout
        self.assertIn("Note\n\t'); DROP TABLE runs; -- %s ?[31m ü\n\tsecond\n", out)
        self.mosaic("note", 1, "")
        self.assertEqual(self.sql("SELECT * FROM params WHERE param_name = 'note'"), [])
        self.assertIn("has no run 9", self.mosaic("note", 9, "x", code=2).stderr)
        self.assertIn("usage", self.mosaic("note", 1, code=2).stderr)

    def test_wrong_arguments(self):
        for command in ("show", "note"):
            more = ["x"] if command == "note" else []
            self.assertIn("is no run id", self.mosaic(command, "one", *more, code=2).stderr)
            self.assertIn("has no run 77", self.mosaic(command, 77, *more, code=2).stderr)
            self.assertIn("No such file", self.mosaic(command, "no.db", 1, *more, code=2).stderr)
        for command in ("best", "export"):
            self.assertIn("No such file", self.mosaic(command, "no.db", code=2).stderr)
        (self.at / "text.db").write_text("not a database, but long enough to be looked at" * 30)
        self.assertIn("no SQLite database", self.mosaic("show", "text.db", 1, code=2).stderr)

    def test_a_database_of_the_original(self):
        self.old()
        before = self.dump("old.db")
        self.assertIn("\tm_key                    m\n", self.mosaic("show", "old.db", 1).stdout)
        self.assertIn("has no program of run 1", self.mosaic("show", "old.db", 1, "--program", code=2).stderr)
        self.assertIn("[1] test_loss=0.25", self.mosaic("best", "old.db").stdout)
        self.assertIn("1,done,d(1) | m(2),0.5,0.25,50,75,9,1.5,400,0,0,,m\n", self.mosaic("export", "old.db").stdout)
        self.assertEqual(self.dump("old.db"), before)


if __name__ == "__main__":
    main()
