"""test_launcher.py MOSAIC FAKE_TRAINER [SUITE]: the launcher and its commands, from outside.
KILLS=30 in the environment lengthens the kill -9 test; RUNS=10000 the measure of overhead."""
import pty
import random
import re
import struct

from harness import *


def losses(seed, e):
    return 1 / (e + seed), 1 / (e + seed) + 0.5 / e ** 2


class Formats(Folder):
    """What the tutorial and the original prescribe, letter by letter."""

    def test_launch_lines(self):
        out = self.launch(sweep([pipeline(multiplicity=3)], nb_processus=1, lanes=1)).stdout
        self.assertEqual(out.splitlines()[:6], [" ---> launch 1 1/3", " [run finished] 1", " ---> launch 2 2/3", " [run finished] 2",
                                                " ---> launch 3 3/3", " [run finished] 3"])
        self.assertRegex(out, r"database\.db: 3 done \(.*\)\n$")

    def test_status(self):
        self.launch(sweep([pipeline("data_or(1) | brick(4)", epochs=400, multiplicity=2),
                           pipeline("data_or(1) | brick(5)", settings=[("fake.mode", "nan")], multiplicity=1)]), code=1)
        train, test = losses(1, 400)
        train2, test2 = losses(2, 400)
        self.assertEqual(self.mosaic("status").stdout,
                         "Done\n"
                         f"\t[1] train_loss={train:.3E}\ttest_loss={test:.3E}\texecution_time=2.500E-01\n"
                         f"\t[2] train_loss={train2:.3E}\ttest_loss={test2:.3E}\texecution_time=2.500E-01\n"
                         "Error\n"
                         "\t[3] data_or(1) | brick(5)\n"
                         "\t\tthe loss is NaN\n\t\tsecond line\n\t\tepoch 3 of data_or(1) | brick(5)\n"
                         "Running\n")

    def test_status_during_a_run(self):
        self.write(sweep([pipeline(epochs=3000, settings=[("fake.ms", "10")])]))
        p = self.start()
        self.wait_for(lambda: (self.at / "database.db").exists() and "[2]" in subprocess.run(
            [MOSAIC, "status"], cwd=self.at, capture_output=True, text=True).stdout)
        self.assertEqual(self.mosaic("status").stdout,
                         "Done\nError\nRunning\n\t[1] data_or(1) | brick(4)\n\t[2] data_or(1) | brick(4)\n")
        document = json.loads(self.mosaic("status", "--json").stdout)
        self.assertIn(f"launcher {p.pid} on", document["launcher"])
        p.kill()
        p.wait()
        self.assertEqual(self.mosaic("status").stdout,
                         "Done\nError\nRunning\nInterrupted\n\t[1] data_or(1) | brick(4)\n\t[2] data_or(1) | brick(4)\n")

    def test_watch_on_a_pipe(self):
        self.write(sweep([pipeline(epochs=30, settings=[("fake.ms", "10")])]))
        p = self.start()
        self.wait_for((self.at / "database.db.lock").exists)
        self.wait_for(lambda: subprocess.run([MOSAIC, "status"], cwd=self.at, capture_output=True).returncode == 0)
        out = self.mosaic("status", "-watch").stdout
        p.wait()
        self.assertIn("\t[2] train_loss=", out)

    def test_params(self):
        self.launch(sweep([pipeline(settings=[("dataset_OR.data_size", "200")], multiplicity=2, seed=7)]))
        params = dict(self.sql("SELECT param_name, param_value FROM params WHERE run_id = 2"))
        self.assertEqual(params.pop("pipeline"), '[{"type": "dataset", "class": "data_or", "key": "or"}, {"type": "mlp", "class": "brick", "key": "brick"}]')
        self.assertEqual(params, {"status": "done", "lr": "1e-2", "epochs": "4", "data_scheme": "dataset", "pipeline_scheme": "mlp",
                                  "seed": "8", "dataset_key": "or", "mlp_key": "brick", "brick_width": "4"})
        self.assertEqual(self.sql("SELECT param_value FROM system WHERE param_name = 'next_run_id'"), [("3",)])

    def test_a_swept_process_value_is_its_own(self):
        one, two = pipeline("a", multiplicity=1), pipeline("b", multiplicity=1)
        one["settings"][1] = ["lr", "0.5"]
        self.launch(sweep([one, two]))
        self.assertEqual(self.sql("SELECT run_id, param_value FROM params WHERE param_name = 'lr' ORDER BY 1"), [(1, "0.5"), (2, "1e-2")])

    def test_results(self):
        n = 40
        self.launch(sweep([pipeline(epochs=n, multiplicity=1, seed=3)]))
        train, test = zip(*(losses(3, e) for e in range(1, n + 1)))
        d = [train[i] - train[i - 1] for i in range(n - n // 10, n)]
        slope = sum(d) / len(d)

        def deviation(v):
            return (sum((x - sum(v) / len(v)) ** 2 for x in v) / len(v)) ** 0.5
        expected = (1, train[-1], test[-1], 50.0, 75.5, 49, 0.25, n, abs(test[-1] - train[-1]) / (max(train + test) - min(train + test)),
                    sum(test) / n, slope, deviation([x for x in d if x >= slope]), deviation([x for x in d if x <= slope]))
        (row,) = self.sql("SELECT * FROM run_results")
        for a, b in zip(row, expected):
            self.assertAlmostEqual(a, b, delta=1e-4 * abs(b))      # losses are reported with nine digits, slopes are their differences
        self.assertEqual(len(row), len(expected))
        self.assertEqual(self.sql("SELECT data_hash, program_hash, compiler, flags, seed FROM run_details"),
                         [("%032d" % 3, "%032x" % 1, "'a compiler'", None, 3)])
        self.assertEqual(self.sql("SELECT source FROM programs"), [("/* program 0 */\n",)])

    def test_few_epochs_have_no_slope(self):
        self.launch(sweep([pipeline(epochs=9, multiplicity=1)]))
        self.assertEqual(self.sql("SELECT slope, slope_std_plus, slope_std_minus FROM run_results"), [(None, None, None)])
        self.assertIsNotNone(self.sql("SELECT overfit FROM run_results")[0][0])

    def test_history(self):
        self.launch(sweep([pipeline(epochs=25, multiplicity=1)]))
        lines = self.mosaic("history", 1).stdout.splitlines()
        self.assertEqual(lines[0], "epoch,train_loss,test_loss,train_acc,test_acc")
        self.assertEqual(len(lines), 26)
        f32 = [struct.unpack("f", struct.pack("f", losses(1, e)[1]))[0] for e in range(1, 26)]
        self.assertEqual([float(line.split(",")[2]) for line in lines[1:]], [float("%.9g" % v) for v in f32])
        self.assertEqual([r[0] for r in self.sql("SELECT value FROM history_values WHERE run_id = 1 AND name = 'test_loss' ORDER BY epoch")], f32)

    def test_history_view_reads_every_float(self):
        self.launch(sweep([pipeline(multiplicity=1)]))
        values = [0.0, 1.0, -1.5, 3.4028234663852886e38, 1.401298464324817e-45, -1.1754943508222875e-38, 1e-20, 123456.789, float("inf"), -float("inf")]
        values = [struct.unpack("f", struct.pack("f", v))[0] for v in values]
        self.sql("INSERT INTO history VALUES(9, 'x', ?, ?)", len(values) + 1, struct.pack(f"{len(values) + 1}f", *values, float("nan")))
        self.assertEqual([r[0] for r in self.sql("SELECT value FROM history_values WHERE run_id = 9 ORDER BY epoch")], values + [None])

    def test_runs_with_other_columns_in_one_process(self):
        self.launch(sweep([pipeline(settings=[("fake.mode", "validation"), ("fake.seed", "2")], epochs=12, multiplicity=4)], nb_processus=1))
        self.assertEqual(self.sql("SELECT run_id, group_concat(name) FROM (SELECT * FROM history ORDER BY rowid LIMIT 7) GROUP BY run_id")[:2],
                         [(1, "train_loss,test_loss,train_acc,test_acc"), (2, "validation_loss,train_loss,test_loss")])
        self.assertEqual(self.sql("SELECT train_acc FROM run_results"), [(50.0,), (None,), (50.0,), (50.0,)])
        self.assertAlmostEqual(self.sql("SELECT train_loss FROM run_results WHERE run_id = 2")[0][0], losses(2, 12)[0], delta=1e-8)

    def test_progress_on_a_terminal_only(self):
        self.write(sweep([pipeline(epochs=40, settings=[("fake.ms", "10")])]))
        for no_color in ("", "1"):
            ours, theirs = pty.openpty()
            p = subprocess.Popen([MOSAIC, "launch", "gen/sweep.json", "--again"], cwd=self.at, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm", "NO_COLOR": no_color})
            os.close(theirs)
            text = b""
            with contextlib.suppress(OSError):
                while block := os.read(ours, 65536):
                    text += block
            os.close(ours)
            self.assertEqual(p.wait(), 0)
            self.assertRegex(text, rb"\r\x1b\[K[^\r]*\[0/2\] \d+ %  2 running  0 failed  left: ")
            self.assertEqual(b"\x1b[32m" in text, not no_color)
            self.assertIn(b" [run finished] ", text)
        self.assertNotIn("running", self.launch(None, "--again").stderr)

    def test_files(self):
        self.launch(sweep([pipeline(multiplicity=1)], run_files_path="a/b files"))
        files = self.at / "a" / "b files"
        self.assertEqual((files / "output_1.log").read_text(), "log of run 1\n")
        info = (files / "run_info_1.mdt").read_text().splitlines()
        self.assertEqual(info[0], "pipeline=" + self.sql("SELECT param_value FROM params WHERE param_name = 'pipeline'")[0][0])
        self.assertEqual([line.split("=")[0] for line in info[1:]], ["train_loss", "train_acc", "test_loss", "test_acc"])

    def test_hostile_names(self):
        evil = "a'); DROP TABLE runs;-- \"%s%n\" ün\u0007 \\ | `x` $(x)"
        self.launch(sweep([pipeline(evil, params=[("k'k\nl", "v'v\n%s\t")], settings=[("fake.x", evil)], multiplicity=1),
                           pipeline("e " + evil, error="broken: '; DROP TABLE params;\n%s\x1b[31m", multiplicity=1)]), code=1)
        self.assertEqual(self.sql("SELECT pipeline FROM runs"), [(evil,), ("e " + evil,)])
        self.assertEqual(self.sql("SELECT param_value FROM params WHERE param_name = ?", "k'k\nl"), [("v'v\n%s\t",)])
        self.assertNotIn("\x1b", self.mosaic("status").stdout)
        self.assertEqual(json.loads(self.mosaic("status", "--json").stdout)["runs"][0]["pipeline"], evil)

    def test_help_and_usage(self):
        for name in self.mosaic("help", "--names").stdout.split():
            self.assertIn("exit codes:", self.mosaic(name, "--help").stdout)
        self.assertIn("did you mean 'status'", self.mosaic("sttus", code=2).stderr)
        self.assertIn("did you mean '--again'", self.mosaic("launch", "x", "--agin", code=2).stderr)
        self.assertIn("usage:", self.mosaic("launch", code=2).stderr)
        self.assertIn("needs a value", self.mosaic("launch", "x", "-jobs", code=2).stderr)
        self.assertIn("no integer", self.mosaic("launch", "x", "-jobs", "0", code=2).stderr)
        link = self.at / "mosaic_version"
        link.symlink_to(MOSAIC)
        self.assertIn("mosaic ", subprocess.run([link], capture_output=True, text=True).stdout)

    def test_man_page_and_completion(self):
        page = self.mosaic("help", "--man").stdout
        if shutil.which("groff"):
            r = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z"], input=page, capture_output=True, text=True)
            self.assertEqual((r.returncode, r.stderr), (0, ""))
        self.assertIn(".SS \"savedb [DATABASE] COPY\"", page)
        script = self.mosaic("help", "--completion").stdout + """
            COMP_WORDS=(mosaic launch --ag) COMP_CWORD=2; _mosaic; echo "${COMPREPLY[@]}"
            COMP_WORDS=(mosaic_status --w) COMP_CWORD=1; _mosaic; echo "${COMPREPLY[@]}"
            COMP_WORDS=(mosaic sa) COMP_CWORD=1; _mosaic; echo "${COMPREPLY[@]}" """
        if shutil.which("bash"):
            self.assertEqual(subprocess.run(["bash", "-c", script], capture_output=True, text=True).stdout, "--again\n--watch\nsavedb\n")

    def test_no_launcher_here(self):
        self.assertIn("no launcher has run in this directory", self.mosaic("status", code=2).stderr)


class Plans(Folder):
    """Which runs are missing."""

    def ids(self):
        return [r[0] for r in self.sql("SELECT run_id FROM runs ORDER BY 1")]

    def test_done_runs_are_skipped(self):
        self.launch(sweep([pipeline("a"), pipeline("b")]))
        before = self.trace()
        out = self.launch().stdout
        self.assertRegex(out, r"^database\.db: 4 already done: nothing to train")
        self.assertEqual(self.trace(), before)

    def test_more_multiplicity_runs_the_difference(self):
        self.launch(sweep([pipeline("a", multiplicity=2), pipeline("b", multiplicity=2)]))
        out = self.launch(sweep([pipeline("a", multiplicity=3), pipeline("b", multiplicity=3)])).stdout
        self.assertIn(" ---> launch 5 1/2\n", out)
        self.assertEqual(self.ids(), [1, 2, 3, 4, 5, 6])
        self.assertEqual(self.sql("SELECT run_id, seed FROM run_details WHERE run_id > 4"), [(5, 3), (6, 3)])

    def test_more_epochs_go_on_under_the_same_id(self):
        self.launch(sweep([pipeline(epochs=12)]))
        self.sql("UPDATE params SET param_value = 'mine' WHERE param_name = 'mlp_key'")
        self.launch(sweep([pipeline(epochs=20)]))
        self.assertEqual(self.ids(), [1, 2])
        self.assertEqual(self.sql("SELECT epochs FROM run_results"), [(20,), (20,)])
        self.assertEqual(sorted(t for t in self.trace() if t[0] == "start")[1], ["start", "1", "1", "12"])
        self.assertEqual(self.sql("SELECT DISTINCT epochs FROM history"), [(20,)])
        self.assertEqual(self.sql("SELECT DISTINCT param_value FROM params WHERE param_name IN ('epochs', 'mlp_key') ORDER BY 1"), [("20",), ("mine",)])
        self.launch(sweep([pipeline(epochs=12)]))
        self.assertEqual(self.sql("SELECT epochs FROM run_results"), [(20,), (20,)])

    def test_again_takes_fresh_seeds(self):
        s = sweep([pipeline("a", seed=5), pipeline("b", seed=5)])
        self.launch(s)
        self.launch(None, "--again")
        self.launch(None, "-again")
        self.assertEqual([r[0] for r in self.sql("SELECT seed FROM run_details ORDER BY run_id")], [5, 6, 5, 6, 7, 8, 7, 8, 9, 10, 9, 10])
        self.assertIn("12 already done", self.launch().stdout)

    def test_an_interrupted_again_goes_on(self):
        self.launch(sweep([pipeline()]))
        self.write(sweep([pipeline(epochs=5, settings=[("fake.mode", "nan"), ("fake.seed", "4")])]))
        self.launch(None, "--again", code=1)
        self.assertEqual(self.sql("SELECT seed, status FROM run_details JOIN runs USING(run_id)"), [(1, "done"), (2, "done"), (3, "done"), (4, "error")])
        self.launch(sweep([pipeline(epochs=5)]))
        self.assertEqual(self.sql("SELECT status, epochs FROM runs JOIN run_results USING(run_id)"), [("done", 5)] * 4)

    def test_failed_runs_are_tried_again(self):
        self.launch(sweep([pipeline(settings=[("fake.mode", "nan"), ("fake.seed", "2")])]), code=1)
        self.assertEqual(self.sql("SELECT status FROM runs"), [("done",), ("error",)])
        self.assertEqual(len(self.sql("SELECT * FROM params WHERE param_name = 'traceback'")), 1)
        self.launch(sweep([pipeline()]))
        self.assertEqual(self.sql("SELECT status FROM runs"), [("done",), ("done",)])
        self.assertEqual(len(self.sql("SELECT * FROM params WHERE param_name = 'traceback'")), 0)
        self.assertEqual(len([t for t in self.trace() if t[1] == "1"]), 2)

    def test_a_failed_extension_keeps_the_result(self):
        self.launch(sweep([pipeline(epochs=2, multiplicity=1)]))
        self.launch(sweep([pipeline(epochs=8, multiplicity=1, settings=[("fake.mode", "nan")])]), code=1)
        self.assertEqual(self.sql("SELECT r.status, x.epochs FROM runs r JOIN run_results x USING(run_id)"), [("error", 2)])
        self.assertIn("1 already done", self.launch(sweep([pipeline(epochs=2, multiplicity=1)])).stdout)
        self.assertEqual(self.sql("SELECT status FROM runs"), [("done",)])

    def test_deleted_runs_are_made_again(self):
        self.launch(sweep([pipeline()]))
        self.sql("DELETE FROM runs WHERE run_id = 2")
        self.launch()
        self.assertEqual(self.ids(), [1, 2])
        self.assertEqual(len([t for t in self.trace() if t[0] == "start" and t[1] == "2"]), 2)
        self.assertEqual(self.sql("SELECT count(*) FROM params WHERE param_name = 'status'"), [(2,)])

    def test_a_pipeline_written_twice_runs_once(self):
        out = self.launch(sweep([pipeline("a", identity="a" * 32), pipeline("a", identity="a" * 32)])).stdout
        self.assertIn("2 done, 2 twice in the configuration", out)

    def test_groups(self):
        """Four lanes, two slots: 6 runs of one program are one group of 4 and one of 2; 4 runs are split over the cores."""
        self.launch(sweep([pipeline(multiplicity=6)], lanes=4, nb_processus=2))
        logs = sorted(p.name for p in (self.at / "run_files").glob("output_*.log"))
        self.assertEqual(logs, ["output_1.log", "output_5.log"])
        shutil.rmtree(self.at / "run_files")
        (self.at / "database.db").unlink()
        self.launch(sweep([pipeline(multiplicity=4)], lanes=4, nb_processus=2))
        logs = sorted(p.name for p in (self.at / "run_files").glob("output_*.log"))
        self.assertEqual(logs, ["output_1.log", "output_3.log"] if len(os.sched_getaffinity(0)) > 1 else ["output_1.log"])

    def test_the_longest_first(self):
        """Seconds of an epoch times the epochs that are left; ids stay in the order of the sweep."""
        lines = ["a", "b", "c", "d"]
        def made(epochs):
            return sweep([pipeline(l, seconds=s, epochs=e, multiplicity=1) for l, s, e in zip(lines, (1, 3, 1, 2), epochs)], lanes=1, nb_processus=1)
        launched = [int(l.split()[2]) for l in self.launch(made([4, 4, 20, 4])).stdout.splitlines() if "--->" in l]
        self.assertEqual(launched, [3, 2, 4, 1])
        self.assertEqual([e for _, e in self.sql("SELECT run_id, epochs FROM run_results ORDER BY 1")], [4, 4, 20, 4])
        launched = [int(l.split()[2]) for l in self.launch(made([8, 8, 22, 8])).stdout.splitlines() if "--->" in l]
        self.assertEqual(launched, [2, 4, 1, 3])

    def test_more_slots_than_runs(self):
        self.launch(sweep([pipeline(multiplicity=3)], nb_processus=64))
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_threads(self):
        """Each trainer is told how many it may have, if it may have several."""
        self.launch(sweep([pipeline(multiplicity=2)], lanes=1, threads=3))
        log = lambda: [p.read_text() for p in sorted((self.at / "run_files").glob("output_*.log"))]
        self.assertEqual([t.count("with 3 threads\n") for t in log()], [1, 1])
        self.launch(sweep([pipeline(multiplicity=3)], lanes=1, threads=1))
        self.assertEqual([t.count("threads") for t in log()], [1, 1, 0])

    def test_database_option(self):
        self.launch(sweep([pipeline()]), "--database", "sub/dir/other.db")
        self.check_database("sub/dir/other.db")
        self.assertFalse((self.at / "database.db").exists())
        self.assertIn("[1]", self.mosaic("status").stdout)

    def test_clean_exit_leaves_one_file(self):
        self.launch(sweep([pipeline()]))
        self.assertEqual([p.name for p in self.at.glob("database.db*")], ["database.db"])
        self.assertEqual(self.sql("PRAGMA journal_mode"), [("delete",)])

    def test_bad_sweeps(self):
        good = json.dumps(sweep([pipeline()]))
        self.write(sweep([pipeline()]))
        path = self.at / "gen" / "sweep.json"
        broken = {
            good[:200]: r"sweep\.json:1:\d+:", "[]": "an object", '{"version": 2}': "version: expected", "": "sweep.json:",
            good.replace('"program": 0', '"program": 7'): r"pipelines\[0\]\.program: expected the index",
            good.replace('"lanes": 4', '"lanes": 0'): r"programs\[0\]\.lanes: expected an integer from 1",
            good.replace('"epochs": 4', '"epochs": -1'): "epochs: expected an integer",
            good.replace('"multiplicity": 2, "sec', '"multiplicity": 99999999999, "sec'): "multiplicity",
            good.replace('"1e-2"]', '"1\\n2"]'): "settings: expected values on one line",
            good.replace('"line": "data', '"line": "x\\ny'): "line: expected a text on one line",
            good.replace('"run_files"', '""'): "run_files_path: expected a path",
            good.replace('"nb_processus": 2', '"nb_processus": "many"'): "nb_processus",
            good.replace('"nb_processus": 2', '"threads": 257'): "threads: expected an integer from 1 to 256",
            re.sub('"identity": "[0-9a-f]{32}"', '"identity": "xyz"', good): "identity: expected 32",
            good.replace('"settings": [[', '"settings": [["x"], ['): "settings: expected a list of pairs",
            good.replace('"modules": [', '"modules": 3, "x": ['): "modules: expected a list",
        }
        for text, message in broken.items():
            path.write_text(text)
            self.assertRegex(self.mosaic("launch", "gen/sweep.json", code=2).stderr, message)
        self.write(sweep([pipeline(f"p{i}", multiplicity=10000000) for i in range(300)]))
        for command in (["launch", "gen/sweep.json"], ["launch", "--explain", "gen/sweep.json"], ["job", "gen/sweep.json", "1"]):
            self.assertEqual(self.mosaic(*command, code=2).stderr, "mosaic: error: gen/sweep.json: 3000000000 runs are too many\n"
                             "  hint: the most is 10 million: lower multiplicity\n")
        self.assertIn("No such file", self.mosaic("launch", "nothing.json", code=2).stderr)
        self.assertIn("directory", self.mosaic("launch", "gen", code=2).stderr)
        self.assertFalse((self.at / "database.db").exists())


    def test_mutated_sweeps(self):
        """Any damage ends in a message or in runs, never in a crash."""
        random_source = random.Random(7)
        text = json.dumps(sweep([pipeline("a", multiplicity=1), pipeline("b", multiplicity=1)]))
        self.write(sweep([pipeline()]))
        for i in range(int(os.environ.get("MUTATIONS", "60"))):
            mutated = list(text)
            for _ in range(random_source.choice((1, 1, 2, 8))):
                at = random_source.randrange(len(mutated))
                mutated[at:at + random_source.choice((0, 1, 1, 40))] = random_source.choice(("", "0", "9", "-", '"', "null", "[", "}", "\\u0000", ",", "1e999", "\xff"))
            (self.at / "gen" / "sweep.json").write_text("".join(mutated), encoding="latin-1")
            r = subprocess.run([MOSAIC, "launch", "gen/sweep.json", "--database", f"{i % 3}.db"], cwd=self.at, capture_output=True, encoding="latin-1")
            self.assertIn(r.returncode, (0, 1, 2), f"{r.stderr}\n{''.join(mutated)}")
            self.assertEqual(r.returncode == 2, "error" in r.stderr, r.stderr)


class Failures(Folder):
    """Trainers that crash, hang, lie or are not there."""

    def errors(self):
        return dict(self.sql("SELECT run_id, return_status FROM runs WHERE status = 'error'"))

    def test_crash(self):
        out = self.launch(sweep([pipeline(settings=[("fake.mode", "crash"), ("fake.seed", "2")], multiplicity=4), pipeline("b", multiplicity=1)]), code=1).stdout
        self.assertIn(" [run error] 2 the trainer was killed by SIGSEGV after epoch 3\n", out)
        self.assertIn(" ---> launch 2 again, alone\n", out)
        self.assertEqual([r[0] for r in self.sql("SELECT status FROM runs")], ["done", "error", "done", "done", "done"])
        self.assertTrue(self.errors()[2].startswith("the trainer was killed by SIGSEGV after epoch 3\n"))
        self.assertTrue(self.errors()[2].endswith("log of run 2\nabout to crash\ndata_or(1) | brick(4)"))
        self.assertIn("\t[2] data_or(1) | brick(4)\n\t\tthe trainer was killed by SIGSEGV", self.mosaic("status").stdout)

    def test_a_group_that_crashes_succeeds_singly(self):
        out = self.launch(sweep([pipeline(settings=[("fake.mode", "crash-in-group")], multiplicity=4)], nb_processus=1)).stdout
        self.assertEqual(out.count("again, alone"), 4)
        self.assertEqual(out.count("run finished"), 4)
        self.assertEqual(self.sql("SELECT DISTINCT epochs FROM history"), [(4,)])

    def test_exit_without_result(self):
        self.launch(sweep([pipeline(settings=[("fake.mode", "leave")], multiplicity=1)]), code=1)
        self.assertRegex(self.errors()[1], "^the trainer ended with exit code 3 and no result")

    def test_done_too_early(self):
        self.launch(sweep([pipeline(settings=[("fake.mode", "short")], multiplicity=1)]), code=1)
        self.assertEqual(self.errors()[1], "the trainer stopped after epoch 3 of 4")

    def test_timeout(self):
        """A trainer that ignores TERM is killed; its neighbours are trained."""
        hang = pipeline(settings=[("fake.mode", "hang")], multiplicity=1)
        out = self.launch(sweep([hang, pipeline("b", program=1)], programs=2, timeout=0.5), code=1).stdout
        self.assertIn(" [run error] 1 no end after 0.5 s (timeout) after epoch 3\n", out)
        self.assertEqual([r[0] for r in self.sql("SELECT status FROM runs")], ["error", "done", "done"])

    def test_missing_trainer(self):
        self.write(sweep([pipeline("a", program=0), pipeline("b", program=1)], programs=2))
        (self.at / "gen/p0/trainer").unlink()
        (self.at / "gen/p0/trainer.log").write_text("trainer.c:3:1: error: no such thing\n")
        self.launch(code=1)
        self.assertEqual(self.errors()[1], "the trainer was not built: gen/p0/trainer\ntrainer.c:3:1: error: no such thing\n")
        self.assertEqual([r[0] for r in self.sql("SELECT status FROM runs")], ["error", "error", "done", "done"])

    def test_build(self):
        """--build: all that can be built is built and trained, and the compiler's words are in the error runs of the rest."""
        self.write(sweep([pipeline("a", program=0), pipeline("b", program=1), pipeline("c", program=2)], programs=3))
        for i in range(3):
            (self.at / f"gen/p{i}/trainer").unlink()
        (self.at / "gen/build.ninja").write_text(
            f"\nrule cc\n  command = $cc -O2 $target\nrule copy\n  command = cp {FAKE} $out\nrule bad\n  command = echo $what; false\n"
            "build gen/p0/trainer: copy\nbuild gen/p1/trainer: bad\n  what = p1.c:1:2: error: broken\n"
            "build gen/classes/data.o: bad\n  what = data.c: oh\nbuild gen/p2/trainer: copy | gen/classes/data.o\n"
            "build all: phony gen/p0/trainer gen/p1/trainer gen/p2/trainer\n")
        (self.at / "gen/machine.ninja").write_text("cc = clang\ntarget = -march=x86-64-v3\n")
        r = self.launch(None, "--build", "gen/build.ninja", code=1)
        self.assertIn("some programs could not be built", r.stderr)
        self.assertIn("error: broken", r.stderr)
        self.assertEqual([r[0] for r in self.sql("SELECT status FROM runs")], ["done", "done", "error", "error", "error", "error"])
        first, *rest = self.errors()[3].splitlines()
        self.assertEqual(first, "the trainer was not built: gen/p1/trainer")
        self.assertEqual(sorted(rest), ["data.c: oh", "p1.c:1:2: error: broken"])    # built side by side: either may come first
        self.assertEqual(self.errors()[5], "the trainer was not built: gen/p2/trainer\ndata.c: oh\n")
        ((compiler, flags),) = self.sql("SELECT DISTINCT compiler, flags FROM run_details")
        self.assertRegex(compiler, "clang")
        self.assertEqual(flags, "$cc -O2 -march=x86-64-v3")

    def test_trainer_that_cannot_start(self):
        self.write(sweep([pipeline("a")]))
        (self.at / "gen/p0/trainer").unlink()
        (self.at / "gen/p0/trainer").write_text("#!/no/such/interpreter\n")
        (self.at / "gen/p0/trainer").chmod(0o755)
        self.launch(code=1)
        (self.at / "gen/p0/trainer").write_bytes(b"\x7fELF nothing")
        self.launch(code=1)
        self.assertIn("cannot start gen/p0/trainer: Exec format error", self.errors()[1])

    def test_untraced_pipelines_are_errors(self):
        out = self.launch(sweep([pipeline("a", error="share/mlp.c:4:2: error: shapes differ\n  more"), pipeline("b")]), code=1).stdout
        self.assertIn(" [run error] 1 share/mlp.c:4:2: error: shapes differ\n", out)
        self.assertEqual([r[0] for r in self.sql("SELECT status FROM runs ORDER BY run_id")], ["error", "error", "done", "done"])
        self.launch(code=1)
        self.assertEqual(self.sql("SELECT count(*) FROM runs"), [(4,)])

    def test_garbage_on_the_report_pipe(self):
        err = self.launch(sweep([pipeline(settings=[("fake.mode", "garbage")], epochs=12, multiplicity=4)])).stderr
        self.assertIn("no report", err)
        self.assertEqual(self.sql("SELECT DISTINCT status, epochs FROM runs JOIN run_results USING(run_id)"), [("done", 12)])

    def test_nobody_reads_our_output(self):
        self.write(sweep([pipeline(multiplicity=20)]))
        p = subprocess.Popen([MOSAIC, "launch", "gen/sweep.json"], cwd=self.at, stdout=subprocess.PIPE)
        p.stdout.close()
        self.assertEqual(p.wait(), 0)
        self.assertEqual(self.sql("SELECT count(*) FROM runs WHERE status = 'done'"), [(20,)])

    def test_run_files_cannot_be_made(self):
        self.write(sweep([pipeline()], run_files_path="gen/sweep.json/x"))
        self.assertIn("run_files_path", self.launch(code=2).stderr)


class Signals(Folder):
    """Stopping, killing, two launchers at once."""

    def check_all_done(self, count, epochs):
        self.check_database()
        self.assertEqual(self.sql("SELECT status, count(*) FROM runs GROUP BY status"), [("done", count)])
        self.assertEqual(self.sql("SELECT count(*), min(epochs), max(epochs) FROM run_results"), [(count, epochs, epochs)])
        self.assertEqual(self.sql("SELECT count(*), min(epochs) FROM history"), [(4 * count, epochs)])
        for run, seed, loss in self.sql("SELECT run_id, seed, train_loss FROM run_results JOIN run_details USING(run_id)"):
            self.assertAlmostEqual(loss, losses(seed, epochs)[0], delta=1e-8)

    def slow(self, multiplicity=6, epochs=60, ms=5, **more):
        return sweep([pipeline(epochs=epochs, multiplicity=multiplicity, settings=[("fake.ms", str(ms)), ("fake.every", "5")])], lanes=2, **more)

    def test_interrupt_and_go_on(self):
        for sig in (signal.SIGINT, signal.SIGTERM):
            self.write(self.slow())
            p = self.start()
            self.wait_for(lambda: len(self.trace()) >= 4)
            p.send_signal(sig)
            out, err = p.communicate()
            self.assertEqual(p.returncode, 75, err)
            self.assertIn(" [run interrupted] ", out)
            self.assertIn("the same command goes on", out)
            self.assertGreater(len(self.sql("SELECT * FROM runs WHERE status = 'interrupted'")), 0)
            self.assertIn("Interrupted\n\t[1] ", self.mosaic("status").stdout)
            self.launch()
            self.check_all_done(6, 60)
            self.assertTrue(any(t[0] == "start" and int(t[3]) > 0 for t in self.trace()), "nothing was resumed")
            shutil.rmtree(self.at / "run_files")
            (self.at / "database.db").unlink()

    def test_trainers_that_are_suspended(self):
        """A launcher that ends wakes them first: they write their checkpoints."""
        self.write(self.slow(epochs=2000))
        p = self.start()
        self.wait_for(lambda: len(self.trace()) >= 4)
        trainers = [int(pid) for pid in pathlib.Path(f"/proc/{p.pid}/task/{p.pid}/children").read_text().split()]
        self.assertEqual(len(trainers), 2)
        for pid in trainers:
            os.kill(pid, signal.SIGSTOP)
        p.send_signal(signal.SIGTERM)
        out, err = p.communicate()
        self.assertEqual(p.returncode, 75, err)
        self.assertEqual(out.count(" [run interrupted] "), 4, out)

    def test_second_interrupt_kills(self):
        self.write(sweep([pipeline(settings=[("fake.mode", "hang")], multiplicity=1)]))
        p = self.start()
        self.wait_for(lambda: self.at.joinpath("database.db").exists() and len(self.trace()) == 1)
        time.sleep(0.2)
        p.send_signal(signal.SIGINT)
        time.sleep(0.2)
        self.assertIsNone(p.poll())
        p.send_signal(signal.SIGINT)
        out, err = p.communicate()
        self.assertEqual(p.returncode, 75)
        self.assertIn("once more to kill them", err)

    def test_kill_9(self):
        """At random moments: the database is whole, finished runs stay finished and are not repeated, the rest goes on."""
        kills = int(os.environ.get("KILLS", "10"))
        self.write(self.slow(multiplicity=4 * kills, epochs=20, ms=3, nb_processus=4))
        before, marks = set(), []
        for i in range(kills):
            p = self.start()
            time.sleep(0.02 + 0.017 * (i * 7 % 10))
            p.kill()
            p.wait()
            if not (self.at / "database.db").exists():
                continue
            self.check_database()
            finished = set(self.sql("SELECT run_id, train_loss FROM run_results")) if self.sql("SELECT 1 FROM sqlite_master WHERE name = 'run_results'") else set()
            self.assertLessEqual(before, finished)
            before = finished
            marks.append((len(self.trace()), {str(r[0]) for r in finished}))
        self.launch()
        self.check_all_done(4 * kills, 20)
        trace = self.trace()
        for mark, recorded in marks:
            again = {t[1] for t in trace[mark:] if t[0] == "start"} & recorded
            self.assertEqual(again, set(), "finished runs were repeated")
        self.assertEqual(self.sql("SELECT count(DISTINCT identity), max(run_id) FROM run_details"), [(4 * kills, 4 * kills)])

    def test_trainers_die_with_the_launcher(self):
        self.write(sweep([pipeline(settings=[("fake.mode", "hang")])]))
        p = self.start()
        self.wait_for(lambda: self.at.joinpath("database.db").exists() and len(self.trace()) == 2)

        def children():
            found = []
            for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
                with contextlib.suppress(OSError):
                    text = stat.read_text()
                    fields = text.rpartition(")")[2].split()
                    if os.path.samefile(f"/proc/{stat.parent.name}/cwd", self.at) and stat.parent.name != str(p.pid) and fields[0] != "Z":
                        found.append(stat.parent.name)
            return found
        self.assertEqual(len(children()), 2)
        p.kill()
        p.wait()
        self.wait_for(lambda: not children())

    def test_two_launchers(self):
        self.write(self.slow(multiplicity=2, epochs=40))
        first = self.start()
        self.wait_for(lambda: len(self.trace()) >= 2)
        err = self.mosaic("launch", "gen/sweep.json", "--no-wait", code=3).stderr
        self.assertIn(f"is in use by launcher {first.pid} on ", err)
        second = self.start()
        out, err = second.communicate()
        self.assertEqual(second.returncode, 0)
        self.assertIn("waiting until it has finished", err)
        self.assertIn("2 already done: nothing to train", out)
        self.assertEqual(first.wait(), 0)
        self.check_all_done(2, 40)
        self.assertFalse((self.at / "database.db.lock").exists())

    def test_many_launchers_race(self):
        self.write(self.slow(multiplicity=8, epochs=5, ms=0))
        launchers = [self.start() for _ in range(6)]
        self.assertEqual([p.wait() for p in launchers], [0] * 6)
        self.check_all_done(8, 5)
        self.assertEqual(len([t for t in self.trace() if t[0] == "start"]), 8)

    def test_savedb_during_a_run(self):
        self.write(self.slow(multiplicity=30, epochs=30, ms=2))
        p = self.start()
        self.wait_for(lambda: (self.at / "run_files").exists() and len(self.trace()) >= 4)
        copies = 0
        while p.poll() is None:
            self.mosaic("savedb", f"copy{copies % 2}.db")
            self.check_database(f"copy{copies % 2}.db")
            copies += 1
        self.assertGreater(copies, 1)
        self.mosaic("savedb", "copy0.db")
        self.assertEqual(self.sql("SELECT count(*) FROM runs", database="copy0.db"), [(30,)])
        self.assertEqual(sorted(x.name for x in self.at.glob("copy*")), ["copy0.db", "copy1.db"])

    def test_someone_holds_the_database(self):
        """A long transaction of another program delays results and loses none."""
        self.write(self.slow(multiplicity=4, epochs=30, ms=3))
        p = self.start()
        self.wait_for(lambda: len(self.trace()) >= 2)
        with contextlib.closing(sqlite3.connect(self.at / "database.db", timeout=20, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            time.sleep(0.5)
            db.execute("ROLLBACK")
        self.assertEqual(p.wait(), 0)
        self.check_all_done(4, 30)


class Databases(Folder):
    """Older, foreign, damaged and full ones."""

    ORIGINAL = """
        CREATE TABLE system(param_name TEXT, param_value TEXT);
        CREATE TABLE params(run_id INT, param_name TEXT, param_value TEXT);
        CREATE TABLE runs(run_id INT, status TEXT, pipeline TEXT, return_status TEXT);
        CREATE TABLE run_results(run_id INT, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL, nb_params INT,
            "duration(s)" REAL, epochs INT, overfit REAL, trainability REAL, slope REAL);
        INSERT INTO system VALUES('next_run_id', '3');
        INSERT INTO runs VALUES(1, 'done', 'old(1) | mlp(2)', 'train_loss=1.000E-01	test_loss=2.000E-01	execution_time=4.670E+01');
        INSERT INTO runs VALUES(2, 'error', 'old(1) | mlp(3)', 'Traceback');
        INSERT INTO params VALUES(1, 'mlp_key', 'x'), (1, 'status', 'done'), (2, 'mlp_key', 'x'), (2, 'status', 'error');
        INSERT INTO run_results VALUES(1, 0.1, 0.2, 50, 60, 49, 46.7, 400, 0.1, 0.2, 0.3);
    """

    def original(self):
        with contextlib.closing(sqlite3.connect(self.at / "database.db")) as db:
            db.executescript(self.ORIGINAL)

    def test_a_database_of_the_original(self):
        self.original()
        self.assertIn("\t[1] train_loss=1.000E-01\t", self.mosaic("status", "database.db").stdout)
        self.launch(sweep([pipeline()]))
        self.assertEqual(self.sql("SELECT run_id, status FROM runs ORDER BY 1"), [(1, "done"), (2, "error"), (3, "done"), (4, "done")])
        self.assertEqual(self.sql("SELECT * FROM run_results WHERE run_id = 1"), [(1, 0.1, 0.2, 50, 60, 49, 46.7, 400, 0.1, 0.2, 0.3, None, None)])
        self.assertEqual(self.sql("SELECT param_value FROM system WHERE param_name = 'next_run_id'"), [("5",)])
        self.assertEqual(self.sql("PRAGMA user_version"), [(5,)])
        self.assertIn("2 already done", self.launch().stdout)

    def test_statements_of_the_original(self):
        self.launch(sweep([pipeline()]))
        self.sql("UPDATE params SET param_value = ? WHERE run_id = ? AND param_name = ?", "new_key", 1, "mlp_key")
        self.sql("UPDATE runs SET status = ?, return_status = ? WHERE run_id = ?", "error", "Traceback ...", 2)
        self.sql("UPDATE system SET param_value = ? WHERE param_name = 'next_run_id'", 10)
        self.assertEqual(self.sql('SELECT r.train_loss, r."duration(s)", p.param_value FROM run_results r JOIN params p ON p.run_id = r.run_id'
                                  " WHERE p.param_name = 'mlp_key' AND r.run_id IN (SELECT run_id FROM params WHERE param_name = 'lr' AND CAST(param_value AS REAL) <= 0.1)"
                                  " ORDER BY r.run_id")[0][2], "new_key")
        self.assertIn("\t[2] data_or(1) | brick(4)\n\t\tTraceback ...", self.mosaic("status").stdout)
        self.launch(sweep([pipeline("c", multiplicity=1)]))
        self.assertEqual(self.sql("SELECT max(run_id) FROM runs"), [(10,)])

    def test_foreign_files_are_left_alone(self):
        self.write(sweep([pipeline()]))
        path = self.at / "database.db"
        for content in (b"hello, this is a text and no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096):
            path.write_bytes(content)
            err = self.launch(code=2).stderr
            self.assertIn("no SQLite database, or it is damaged", err)
            self.assertEqual(path.read_bytes(), content)
            self.mosaic("status", "database.db", code=2)
        path.unlink()
        self.sql("CREATE TABLE recipes(name)")
        self.assertIn("other tables than mosaic's", self.launch(code=2).stderr)
        self.assertEqual(self.sql("SELECT name FROM sqlite_master"), [("recipes",)])
        path.unlink()
        self.launch()
        self.sql("PRAGMA user_version = 99")
        self.assertIn("newer mosaic", self.launch(code=2).stderr)
        self.sql("PRAGMA application_id = 5")
        self.assertIn("another program", self.launch(code=2).stderr)
        path.unlink()
        path.mkdir()
        self.assertIn("not a regular file", self.launch(code=2).stderr)

    def test_names_that_sqlite_would_take_for_something_else(self):
        self.launch(sweep([pipeline()]), "--database", ":memory:")
        self.launch(None, "--database", "file:x.db?mode=memory")
        self.assertTrue((self.at / ":memory:").exists())

    def test_savedb_overwrites_only_copies(self):
        self.launch(sweep([pipeline()]))
        (self.at / "thesis.tex").write_text("years of work")
        self.assertIn("not overwritten", self.mosaic("savedb", "thesis.tex", code=2).stderr)
        self.assertEqual((self.at / "thesis.tex").read_text(), "years of work")
        self.assertIn("the same file", self.mosaic("savedb", "database.db", "./database.db", code=2).stderr)
        self.mosaic("savedb", "database.db", "copy.db")
        self.mosaic("savedb", "copy.db")
        self.assertEqual(self.sql("SELECT count(*) FROM runs", database="copy.db"), [(2,)])
        self.mosaic("savedb", "no.db", "copy.db", code=2)
        (self.at / "copy.db-wal").write_text("frames of another database")
        self.assertIn("copy.db-wal is there", self.mosaic("savedb", "copy.db", code=2).stderr)
        self.mosaic("savedb", "no/such/folder/copy.db", code=2)

    def test_read_only(self):
        if os.geteuid() == 0:
            self.skipTest("root writes everywhere")
        self.launch(sweep([pipeline()]))
        (self.at / "database.db").chmod(0o444)
        self.mosaic("status")
        self.assertIn("readonly", self.launch(sweep([pipeline("b")]), code=2).stderr)

    def test_full_disk(self):
        """RLIMIT_FSIZE stands in for a full disk: when it ends, every result is there."""
        import resource
        pipelines = [pipeline(f"p({i})", params=[("brick_note", f"{i}" * 20000)], multiplicity=4, epochs=20) for i in range(10)]
        self.write(sweep(pipelines))
        p = subprocess.Popen([MOSAIC, "launch", "gen/sweep.json"], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (300000, resource.RLIM_INFINITY))))
        self.addCleanup(p.kill)
        line = ""
        while "kept in memory" not in line:
            line = p.stderr.readline()
            self.assertNotEqual(line, "", "no trouble was reported")
        resource.prlimit(p.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        out, err = p.communicate()
        self.assertEqual(p.returncode, 0, out + err)
        self.check_database()
        self.assertEqual(self.sql("SELECT count(*) FROM run_results"), [(40,)])
        self.assertEqual(len([t for t in self.trace() if t[0] == "start"]), 40)

    def test_overhead(self):
        """Printed, not asserted: milliseconds of the launcher a run."""
        runs = int(os.environ.get("RUNS", "1000"))
        self.write(sweep([pipeline(f"data_or({i}) | brick(4)", multiplicity=4, epochs=4) for i in range(runs // 4)], lanes=16))
        start = time.time()
        self.launch()
        wall = time.time() - start
        usage = os.times()
        print(f"\n{runs} runs in lanes: {1000 * wall / runs:.3f} ms a run, trainers included; children's CPU {1000 * (usage[2] + usage[3]) / runs:.3f} ms a run")
        start = time.time()
        self.launch()
        print(f"nothing to do: {1000 * (time.time() - start):.1f} ms")
        self.assertEqual(self.sql("SELECT count(*) FROM run_results"), [(runs // 4 * 4,)])


class Imports(Folder):
    """Runs trained elsewhere."""

    def spool(self, *indices, name="spool.txt"):
        job = self.mosaic("job", "gen/sweep.json", *indices).stdout
        (self.at / "run_files").mkdir(exist_ok=True)
        (self.at / "job.txt").write_text(job)
        with open(self.at / name, "w") as out:
            subprocess.run([FAKE, "--job", "job.txt", "--report-fd", str(out.fileno())], cwd=self.at, pass_fds=[out.fileno()], stdout=subprocess.DEVNULL)
        return self.at / name

    def test_import(self):
        self.launch(sweep([pipeline("a", epochs=12), pipeline("b", epochs=12)]), "--database", "whole.db")
        self.spool(1, 2, 3)
        self.assertEqual(self.mosaic("import", "new.db", "spool.txt").stdout, "spool.txt: 3 imported, 0 already there, 0 without a result\n")
        for query in ("SELECT * FROM run_results WHERE run_id < 4", "SELECT run_id, status, pipeline FROM runs WHERE run_id < 4",
                      "SELECT * FROM params WHERE run_id < 4 ORDER BY rowid", "SELECT run_id, identity, seed, data_hash FROM run_details WHERE run_id < 4",
                      "SELECT run_id, name, data FROM history WHERE run_id < 4"):
            if "params" in query:
                a, b = (sorted(self.sql(query, database=d)) for d in ("whole.db", "new.db"))
            else:
                a, b = (self.sql(query, database=d) for d in ("whole.db", "new.db"))
            self.assertEqual(a, b, query)
        self.assertEqual(self.mosaic("import", "new.db", "spool.txt").stdout, "spool.txt: 0 imported, 3 already there, 0 without a result\n")
        self.assertIn("1 done, 3 already done before", self.launch(None, "--database", "new.db").stdout)

    def test_into_a_database_with_other_runs(self):
        self.launch(sweep([pipeline("other")]))
        self.write(sweep([pipeline("a", settings=[("fake.mode", "nan"), ("fake.seed", "2")])]))
        self.spool(1, 2)
        self.mosaic("import", "database.db", "spool.txt")
        self.assertEqual(self.sql("SELECT run_id, status FROM runs"), [(1, "done"), (2, "done"), (3, "done"), (4, "error")])

    def test_bad_spools(self):
        self.write(sweep([pipeline("a"), pipeline("b")]))
        good = self.spool(1, 2).read_text()
        lines = good.splitlines(keepends=True)
        cases = {
            "cut": (good[:len(good) // 2], 0), "empty": ("", 1), "undescribed": ("".join(x for x in lines if x[0] != "#"), 1),
            "edited": (good.replace('"seed":"1"', '"seed":"7"'), 1), "noise": ("\0\1\2\n" * 50 + good, 0),
            "json": ("# mosaic-run {]\n# mosaic-run []\n# mosaic-run {\"run\":1}\n", 1), "holes": ("".join(x for x in lines if "\t2\t" not in x), 0),
        }
        for name, (text, code) in cases.items():
            (self.at / name).write_text(text)
            self.mosaic("import", f"{name}.db", name, code=code)
            self.check_database(f"{name}.db")
        self.assertEqual(self.sql("SELECT count(*) FROM run_results", database="noise.db"), [(2,)])
        self.assertEqual(self.sql("SELECT count(*) FROM run_results", database="holes.db"), [(0,)])
        self.mosaic("import", "x.db", "nothing", code=1)

    def test_a_spool_that_a_crash_left_full_of_zeros(self):
        """What a file system gives back after power went: megabytes of NUL bytes, a line like any other."""
        self.write(sweep([pipeline("a"), pipeline("b")]))
        good = self.spool(1, 2).read_bytes()
        (self.at / "zeros").write_bytes(b"\0" * (32 << 20) + b"\n" + good)
        r = self.mosaic("import", "zeros.db", "zeros")
        self.assertEqual(r.stdout, "zeros: 2 imported, 0 already there, 0 without a result\n")
        self.assertEqual(r.stderr, "mosaic: warning: zeros: 1 lines that are no reports were ignored\n")

    def test_mutated_spools(self):
        random_source = random.Random(8)
        self.write(sweep([pipeline("a"), pipeline("b")]))
        text = self.spool(1, 2, 3, 4).read_bytes()
        for i in range(int(os.environ.get("MUTATIONS", "60"))):
            mutated = bytearray(text)
            for _ in range(random_source.choice((1, 2, 8, 50))):
                at = random_source.randrange(len(mutated))
                mutated[at:at + random_source.choice((0, 1, 1, 60))] = random_source.choice((b"", b"0", b"9", b"\t", b"\n", b"\0", b"#", b"-1", b"1e999", b"nan", b"epoch\t1\t"))
            (self.at / "spool.txt").write_bytes(mutated)
            r = subprocess.run([MOSAIC, "import", f"{i % 5}.db", "spool.txt"], cwd=self.at, capture_output=True)
            self.assertIn(r.returncode, (0, 1), r.stderr)
        self.check_database("0.db")

    def test_jobs(self):
        self.write(sweep([pipeline("a", program=0), pipeline("b", program=1)], programs=2))
        self.assertIn("run 3\nset seed 1\n", self.mosaic("job", "gen/sweep.json", 3).stdout)
        self.assertIn("belongs to program", self.mosaic("job", "gen/sweep.json", 2, 3, code=2).stderr)
        self.assertIn("there is no run 9", self.mosaic("job", "gen/sweep.json", 9, code=2).stderr)
        self.assertIn("no run index", self.mosaic("job", "gen/sweep.json", "x", code=2).stderr)

    def test_run_calls_mosaicc(self):
        """`mosaic run` and `mosaic generate` start the mosaicc beside mosaic, or the one in PATH, with these arguments."""
        self.write(sweep([pipeline()]))
        (self.at / "bin").mkdir()
        shutil.copy(MOSAIC, self.at / "bin" / "mosaic_run")
        shutil.copy(MOSAIC, self.at / "bin" / "mosaic_generate")
        fake = self.at / "bin" / "mosaicc"
        (self.at / "gen" / "build.ninja").write_text("build all: phony\n")
        fake.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\" > arguments\nmkdir -p 'generated/my $config'\n"
                        "cp gen/sweep.json gen/build.ninja 'generated/my $config/'\nexit ${CODE:-0}\n")
        fake.chmod(0o755)
        r = subprocess.run(["bin/mosaic_run", "my $config.ini", "out.db"], cwd=self.at, capture_output=True, text=True)
        self.assertEqual(r.returncode, 0, r.stderr)
        self.assertEqual((self.at / "arguments").read_text().splitlines(), ["--no-build", "-o", "generated/my $config", "my $config.ini", "--database", "out.db"])
        self.assertEqual(self.sql("SELECT count(*) FROM runs WHERE status = 'done'", database="out.db"), [(2,)])
        subprocess.run(["bin/mosaic_generate", "a.ini", "b.json"], cwd=self.at, check=True)
        self.assertEqual((self.at / "arguments").read_text().splitlines(), ["--pipelines", "a.ini", "b.json"])
        r = subprocess.run(["bin/mosaic_run", "x.ini"], cwd=self.at, capture_output=True, text=True, env={**os.environ, "CODE": "1"})
        self.assertEqual(r.returncode, 2)
        self.assertIn("nothing was launched", r.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
