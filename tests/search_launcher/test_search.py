"""test_search.py MOSAIC FAKE_TRAINER [SUITE]: successive halving and `multiplicity = auto` in the launcher, from outside.
KILLS=30 in the environment lengthens the kill -9 test."""
import itertools
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "launcher"))
from harness import *

DECISIONS = "SELECT step, pipeline_identity, outcome, value, failed, place, among, seed, seeds, epochs, reason FROM decisions ORDER BY step, place, pipeline_identity"


def model(name, loss, epochs=9, fall=0.0, noise=0.0, more=(), **rest):
    p = pipeline(f"data({name}) | brick(4)", epochs=epochs,
                 settings=[("fake.loss", str(loss)), ("fake.fall", str(fall)), ("fake.noise", str(noise)), *more], **rest)
    p["modules"][0]["name"] = name
    return p


def halving(pipelines, eta=3, min_epochs=1, criterion="test_loss", asynchronous=False, **rest):
    s = sweep(pipelines, **rest)
    s["search"] = {"halving": {"criterion": criterion, "eta": eta, "min_epochs": min_epochs, "asynchronous": asynchronous}}
    return s


def nine(**more):
    """Nine pipelines in a mixed order of losses."""
    return [model(f"m{i}", loss, **more) for i, loss in enumerate((0.5, 0.2, 0.9, 0.1, 0.7, 0.3, 0.8, 0.4, 0.6))]


class Search(Folder):
    def decisions(self, database="database.db"):
        return self.sql(DECISIONS, database=database)

    def outcomes(self):
        return {(step, line[5:7]): outcome for step, line, outcome in self.sql(
            "SELECT DISTINCT d.step, r.pipeline, d.outcome FROM decisions d JOIN run_details x USING(pipeline_identity) JOIN runs r ON r.run_id = x.run_id")}

    def statuses(self):
        return dict(self.sql("SELECT status, count(*) FROM runs GROUP BY status"))

    def starts(self):
        return [t for t in self.trace() if t[0] == "start"]

    def fresh(self):
        for path in self.at.glob("database.db*"):
            path.unlink()
        shutil.rmtree(self.at / "run_files", ignore_errors=True)


class Halving(Search):
    def test_rungs(self):
        out = self.launch(halving(nine(), nb_processus=1)).stdout
        self.assertIn(" [rung 1 of 3: after epoch 1 3 of 9 go on to epoch 3, by test_loss]\n"
                      "\t1. 0.1\tgoes on\truns 7-8\tdata(m3) | brick(4)\tepoch 1 of 9: place 1 of 9 by test_loss (0.1); goes on to epoch 3\n"
                      "\t2. 0.2\tgoes on\truns 3-4\tdata(m1) | brick(4)\tepoch 1 of 9: place 2 of 9 by test_loss (0.2); goes on to epoch 3\n"
                      "\t3. 0.3\tgoes on\truns 11-12\tdata(m5) | brick(4)\tepoch 1 of 9: place 3 of 9 by test_loss (0.3); goes on to epoch 3\n"
                      "\t4. 0.4\tstopped\truns 15-16\tdata(m7) | brick(4)\tepoch 1 of 9: place 4 of 9 by test_loss (0.4); 3 went on\n", out)
        self.assertIn(" [rung 2 of 3: after epoch 3 1 of 3 go on to epoch 9, by test_loss]\n", out)
        self.assertIn(" [rung 3 of 3: the end, by test_loss]\n\t1. 0.1\tfinished\truns 7-8\tdata(m3) | brick(4)\tepoch 9 of 9: place 1 of 1 by test_loss (0.1)\n", out)
        self.assertIn(" ---> launch 18 18/18\n", out)
        self.assertIn(" [run waiting] 7 after epoch 1 of 9\n", out)
        self.assertIn(" ---> continue 7 to epoch 3\n", out)
        self.assertRegex(out, r"database\.db: 2 done, 16 stopped by the search \(.*\)\n$")
        self.assertEqual(self.statuses(), {"done": 2, "stopped": 16})
        self.assertEqual(self.sql("SELECT epochs, count(*) FROM history WHERE name = 'test_loss' GROUP BY epochs"), [(1, 12), (3, 4), (9, 2)])
        self.assertEqual(self.sql("SELECT epochs, count(*) FROM run_results GROUP BY epochs"), [(9, 2)])     # no average takes a stopped run for a finished one
        self.assertEqual(sum(int(t[3]) == 0 for t in self.starts()), 18)        # nothing is trained twice
        self.assertEqual(sorted(int(t[3]) for t in self.starts() if int(t[3])), [1] * 6 + [3] * 2)
        self.assertEqual(self.sql("SELECT DISTINCT param_value FROM params WHERE param_name = 'epochs'"), [("9",)])
        self.assertEqual(json.loads(self.sql("SELECT settings FROM searches")[0][0]),
                         {"search": "halving", "criterion": "test_loss", "eta": 3, "min_epochs": 1, "asynchronous": False})
        self.check_database()

    def test_the_mean_over_the_seeds_decides(self):
        """Run by run, a noisy pipeline would go on with some seeds and not with others."""
        self.launch(halving([model("aa", 0.5, noise=0.4, multiplicity=6), model("bb", 0.49, noise=0.001, multiplicity=6)], eta=2, min_epochs=4))
        values = {i: self.sql("SELECT avg(value) FROM history_values JOIN run_details USING(run_id) WHERE epoch = 4 AND name = 'test_loss' AND pipeline_identity = ?", i)[0][0]
                  for (i,) in self.sql("SELECT DISTINCT pipeline_identity FROM run_details")}
        rows = self.sql("SELECT pipeline_identity, value, place, outcome FROM decisions WHERE step = 1 ORDER BY place")
        self.assertEqual([r[0] for r in rows], sorted(values, key=values.get))
        for identity, value, _, _ in rows:
            self.assertAlmostEqual(value, values[identity], delta=1e-12)
        self.assertEqual(self.statuses(), {"done": 6, "stopped": 6})

    def test_the_same_decisions_on_any_machine(self):
        """Processes, lanes and the speed of single runs change nothing but the order of the lines."""
        seen = []
        for slots, lanes in ((1, 1), (4, 1), (2, 4), (7, 16)):
            self.fresh()
            pipelines = [model(f"m{i}", 0.5 + 0.01 * i, fall=1 - 0.1 * i, noise=0.1, multiplicity=3, more=[("fake.ms", str(i % 3))]) for i in range(9)]
            self.launch(halving(pipelines, lanes=lanes, nb_processus=slots))
            seen.append((self.decisions(), self.sql("SELECT run_id, status FROM runs"), self.sql("SELECT run_id, epochs, data FROM history WHERE name = 'test_loss' ORDER BY run_id")))
        self.assertEqual([s == seen[0] for s in seen], [True] * 4)
        self.assertEqual(len(seen[0][0]), 9 + 3 + 1)

    def test_repeated_nothing_is_repeated(self):
        self.launch(halving(nine()))
        before, trace = self.decisions(), self.trace()
        out = self.launch().stdout
        self.assertRegex(out, r"^database\.db: 16 stopped before, 2 already done: nothing to train \(.*\)\n$")
        self.assertEqual((self.decisions(), self.trace()), (before, trace))

    def test_failures_are_last_and_ties_are_by_place(self):
        pipelines = [model("aa", 0.1, more=[("fake.mode", "nan"), ("fake.seed", "2")]), model("bb", 0.5), model("cc", 0.5), model("dd", 0.6),
                     model("ee", 0.05, more=[("fake.mode", "nan")]), model("ff", 0.7, error="cannot be traced")]
        self.launch(halving(pipelines, eta=2, min_epochs=4, criterion="train_loss"), code=1)
        self.assertEqual([r[0] for r in self.sql("SELECT d.outcome FROM decisions d WHERE step = 1 ORDER BY place")],
                         ["goes on"] * 3 + ["stopped"] + ["failed"] * 2)
        self.assertEqual({k[1]: v for k, v in self.outcomes().items() if k[0] == 1},
                         {"bb": "goes on", "cc": "goes on", "dd": "goes on", "aa": "stopped", "ee": "failed", "ff": "failed"})
        self.assertEqual(self.sql("SELECT reason FROM decisions WHERE step = 1 AND outcome = 'stopped'"),
                         [("epoch 4 of 9: place 4 of 6 by train_loss (0.1), 1 of 2 runs failed; 3 went on",)])
        self.assertEqual({k[1]: v for k, v in self.outcomes().items() if k[0] == 2}, {"bb": "goes on", "cc": "stopped", "dd": "stopped"})
        self.assertEqual(self.statuses(), {"done": 2, "stopped": 5, "error": 5})
        trace = self.trace()
        self.launch(code=0)                                        # failures that were decided upon are not tried again
        self.assertEqual(self.trace(), trace)

    def test_a_pipeline_goes_on_with_the_seeds_that_are_left(self):
        pipelines = [model("aa", 0.1, more=[("fake.mode", "nan"), ("fake.seed", "2")]), model("bb", 0.2, more=[("fake.mode", "nan"), ("fake.seed", "1")])]
        self.launch(halving(pipelines, eta=2, min_epochs=5), code=1)
        self.assertEqual(self.outcomes(), {(1, "aa"): "goes on", (1, "bb"): "stopped", (2, "aa"): "finished"})
        self.assertEqual(self.sql("SELECT run_id, status FROM runs"), [(1, "done"), (2, "error"), (3, "error"), (4, "stopped")])

    def test_accuracies_are_better_when_larger(self):
        self.launch(halving([model("aa", 0.5), model("bb", 0.4)], criterion="test_acc", eta=2, min_epochs=2))
        self.assertEqual(self.outcomes()[1, "aa"], "goes on")      # a tie: all accuracies are 75.5
        self.assertEqual(self.sql("SELECT DISTINCT value FROM decisions"), [(75.5,)])

    def test_no_such_column(self):
        err = self.launch(halving(nine(), criterion="test_f1"), code=2).stderr
        self.assertRegex(err, r"run \d+ has no test_f1, by which pipelines are to be compared\n.*`mosaic history \d+` shows the columns that there are\n")
        self.assertEqual(self.decisions(), [])
        self.launch(halving(nine()))                               # what was trained is not lost
        self.assertEqual(sum(int(t[3]) == 0 for t in self.starts()), 18)

    def test_status_and_show(self):
        self.launch(halving([model("aa", 0.1), model("bb", 0.2)], eta=3, min_epochs=3))
        self.assertEqual(self.mosaic("status").stdout,
                         "Done\n\t[1] train_loss=1.000E-01\ttest_loss=1.000E-01\texecution_time=2.500E-01\n"
                         "\t[2] train_loss=1.000E-01\ttest_loss=1.000E-01\texecution_time=2.500E-01\nError\nRunning\nStopped\n"
                         "\t[3] data(bb) | brick(4)\n\t\tepoch 3 of 9: place 2 of 2 by test_loss (0.2); 1 went on\n"
                         "\t[4] data(bb) | brick(4)\n\t\tepoch 3 of 9: place 2 of 2 by test_loss (0.2); 1 went on\n")
        shown = self.mosaic("show", 3).stdout
        self.assertIn("[3] stopped\ndata(bb) | brick(4)\n", shown)
        self.assertIn("Decisions\n\thalving, step 1: stopped: epoch 3 of 9: place 2 of 2 by test_loss (0.2); 1 went on\n", shown)
        self.assertNotIn("Results", shown)
        self.assertIn("Curves", shown)
        winner = self.mosaic("show", 1).stdout
        self.assertIn("Decisions\n\thalving, step 1: goes on: epoch 3 of 9: place 1 of 2 by test_loss (0.1); goes on to epoch 9\n"
                      "\thalving, step 2: finished: epoch 9 of 9: place 1 of 1 by test_loss (0.1)\n", winner)
        document = json.loads(self.mosaic("show", 3, "--json").stdout)
        self.assertEqual([d["outcome"] for d in document["decisions"]], ["stopped"])
        run = json.loads(self.mosaic("status", "--json").stdout)["runs"][2]
        self.assertEqual((run["status"], run["reason"]), ("stopped", "epoch 3 of 9: place 2 of 2 by test_loss (0.2); 1 went on"))
        self.assertNotIn("epochs", run)

    def test_one_rung(self):
        """min_epochs that is not below epochs: nobody is stopped."""
        self.launch(halving(nine(), min_epochs=9))
        self.assertEqual(self.statuses(), {"done": 18})
        self.assertEqual({outcome for outcome in self.outcomes().values()}, {"finished"})

    def test_other_epochs_in_one_sweep(self):
        """A pipeline that is at its end before the others takes part with its last value."""
        short = model("aa", 0.1, epochs=4)
        self.launch(halving([short, model("bb", 0.2, epochs=27), model("cc", 0.3, epochs=27)], eta=3, min_epochs=3))
        self.assertEqual(self.outcomes(), {(1, "aa"): "goes on", (1, "bb"): "stopped", (1, "cc"): "stopped", (2, "aa"): "goes on", (3, "aa"): "finished"})
        self.assertEqual(self.sql("SELECT epochs FROM history WHERE name = 'test_loss' ORDER BY run_id"), [(4,), (4,), (3,), (3,), (3,), (3,)])

    def test_more_epochs_and_more_seeds_go_on_from_what_is_there(self):
        self.launch(halving(nine()))
        self.launch(halving(nine(epochs=27)))
        self.assertEqual(self.sql("SELECT max(epochs) FROM run_results"), [(27,)])
        self.assertEqual([t[3] for t in self.starts()[18 + 8:]], ["9", "9"])
        self.launch(halving(nine(epochs=27, multiplicity=3)))
        self.assertEqual(sum(int(t[3]) == 0 for t in self.starts()), 27)
        self.assertEqual(self.statuses(), {"done": 3, "stopped": 24})

    def test_results_that_were_there_are_used(self):
        self.launch(sweep(nine(epochs=5)))
        trace = len(self.trace())
        self.launch(halving(nine()))
        self.assertEqual([t[3] for t in self.trace()[trace:] if t[0] == "start"], ["5"] * 2)
        self.assertEqual(self.statuses(), {"done": 2, "stopped": 16})
        self.assertEqual(self.outcomes()[1, "m3"], "goes on")

    def test_without_the_search_all_is_trained(self):
        self.launch(halving(nine()))
        self.launch(sweep(nine()))
        self.assertEqual(self.sql("SELECT status, epochs, count(*) FROM runs JOIN run_results USING(run_id) GROUP BY 1, 2"), [("done", 9, 18)])
        self.assertEqual(sum(int(t[3]) == 0 for t in self.starts()), 18)

    def test_again_is_refused(self):
        err = self.launch(halving(nine()), "--again", code=2).stderr
        self.assertIn("--again has no meaning for a.ini: a search is of the seeds that its configuration names\n", err)

    def test_bad_settings(self):
        good = halving(nine())
        for field, value, message in (("eta", 1, "search.halving.eta: expected an integer from 2"), ("min_epochs", 0, "search.halving.min_epochs: expected"),
                                      ("criterion", "", "search.halving.criterion: expected a column"), ("criterion", 7, "search.halving.criterion: expected a text")):
            bad = json.loads(json.dumps(good))
            bad["search"]["halving"][field] = value
            self.assertIn(message, self.launch(bad, code=2).stderr)
        bad = json.loads(json.dumps(good))
        bad["search"]["halving"] = 3
        self.assertIn("search.halving: expected an object", self.launch(bad, code=2).stderr)
        bad = {**good, "auto_multiplicity": {"start": 2, "maximum": 4, "looks": 2, "criterion": "test_loss", "by": "", "alpha": 0.05}}
        self.assertIn("a.ini: halving and multiplicity = auto exclude each other\n", self.launch(bad, code=2).stderr)
        self.assertFalse((self.at / "database.db").exists())

    def test_hostile_names(self):
        evil = "a'); DROP TABLE runs;-- \"%s%n\" ün\u0007 \\ | `x` $(x)"
        pipelines = [model(evil, 0.1, error="broken: '; DROP TABLE params;\n%s\x1b[31m"), model(evil + "b", 0.2), model(evil + "c", 0.3)]
        out = self.launch(halving(pipelines, criterion="test_loss"), code=1).stdout
        self.assertNotIn("\x07", out)
        self.assertEqual([r[0] for r in self.sql("SELECT outcome FROM decisions WHERE step = 1 ORDER BY place")], ["goes on", "stopped", "failed"])
        self.assertIn("search.halving.criterion: expected a column", self.launch(halving(pipelines, criterion="x\x1b[31m%s"), code=2).stderr)
        self.assertIn("auto_multiplicity.by: expected a parameter", self.launch(auto(pipelines, by="x'; y"), code=2).stderr)
        self.check_database()

    def test_mutated_sweeps(self):
        """Any damage ends in a message or in runs, never in a crash."""
        random_source = random.Random(11)
        self.write(sweep([model("aa", 1)]))
        texts = [json.dumps(halving([model("aa", 0.1, multiplicity=1), model("bb", 0.2, multiplicity=1)])),
                 json.dumps(halving([model("aa", 0.1, multiplicity=1), model("bb", 0.2, multiplicity=1)], asynchronous=True)),
                 json.dumps(auto([model("aa", 0.1), model("bb", 0.2)], start=2, maximum=4, looks=2))]
        for i in range(int(os.environ.get("MUTATIONS", "60"))):
            text = texts[i % 3]
            mutated = list(text)
            near = text.index('"search"' if i % 3 < 2 else '"auto_multiplicity"')
            for _ in range(random_source.choice((1, 1, 2, 4))):
                at = near + random_source.randrange(130)
                mutated[at:at + random_source.choice((0, 1, 1, 20))] = random_source.choice(("", "0", "9", "-", '"', "null", "[", "}", "\\u0000", ",", "1e999", "\xff"))
            (self.at / "gen" / "sweep.json").write_text("".join(mutated), encoding="latin-1")
            r = subprocess.run([MOSAIC, "launch", "gen/sweep.json", "--database", f"{i % 4}.db"], cwd=self.at, capture_output=True, encoding="latin-1")
            self.assertIn(r.returncode, (0, 1, 2), f"{r.stderr}\n{''.join(mutated)}")
            self.assertEqual(r.returncode == 2, "error" in r.stderr, r.stderr)

    def test_a_database_of_before(self):
        self.launch(sweep(nine(epochs=3)))
        self.sql("DROP TABLE decisions")
        self.sql("DROP TABLE searches")
        self.sql("PRAGMA user_version = 3")
        self.assertIn("[1] done", self.mosaic("show", 1).stdout)
        self.launch(halving(nine(epochs=3)))
        self.assertEqual(self.statuses(), {"done": 18})
        self.assertEqual(len(self.decisions()), 12)

    def test_twice_in_the_configuration(self):
        self.launch(halving([model("aa", 0.1), model("bb", 0.2), model("aa", 0.1)], eta=2, min_epochs=5))
        self.assertEqual(self.sql("SELECT count(*) FROM runs"), [(4,)])
        self.assertEqual(len(self.decisions()), 3)

    def test_trainers_that_leave_late(self):
        """A run goes on in another process before the one that had it has left."""
        out = self.launch(halving(nine(more=[("fake.mode", "linger"), ("fake.ms", "40")]), nb_processus=9)).stdout
        self.assertNotIn("again", out)
        self.assertEqual(self.statuses(), {"done": 2, "stopped": 16})
        self.assertEqual(len(self.starts()), 18 + 6 + 2)

    def test_trainers_that_were_not_built(self):
        s = halving([model("aa", 0.1), model("bb", 0.2, program=1)], eta=2, min_epochs=5, programs=2)
        self.write(s)
        (self.at / "gen/p0/trainer").unlink()
        self.launch(code=1)
        self.assertEqual(self.outcomes(), {(1, "aa"): "failed", (1, "bb"): "goes on", (2, "bb"): "finished"})


class Steering(Search):
    """Stopping, killing, pausing and continuing searches."""

    def slow(self, ms=2, **more):
        return halving([model(f"m{i}", 0.5 + 0.01 * i, fall=1 - 0.1 * i, noise=0.1, epochs=27, multiplicity=2, more=[("fake.ms", str(ms)), ("fake.every", "2")]) for i in range(9)],
                       lanes=2, min_epochs=3, **more)

    def check(self, expected):
        self.check_database()
        self.assertEqual(self.decisions(), expected["decisions"])
        self.assertEqual(self.sql("SELECT run_id, status FROM runs"), expected["runs"])
        self.assertEqual(self.sql("SELECT run_id, epochs, data FROM history WHERE name = 'test_loss' ORDER BY run_id"), expected["curves"])

    def expected(self, s=None):
        self.launch(s or self.slow(ms=0), "--database", "whole.db")
        out = {"decisions": self.decisions("whole.db"), "runs": self.sql("SELECT run_id, status FROM runs", database="whole.db"),
               "curves": self.sql("SELECT run_id, epochs, data FROM history WHERE name = 'test_loss' ORDER BY run_id", database="whole.db")}
        shutil.rmtree(self.at / "run_files")
        return out

    def test_kill_9(self):
        expected = self.expected()
        self.write(self.slow())
        for i in range(int(os.environ.get("KILLS", "12"))):
            p = self.start()
            time.sleep(0.02 + 0.017 * (i * 7 % 10))
            p.kill()
            p.wait()
        self.launch()
        self.check(expected)

    def test_interrupt(self):
        expected = self.expected()
        self.write(self.slow(ms=5))
        codes = set()
        for wanted in (5, 14, 24):                                 # so many runs were started: in each rung once
            p = self.start()
            self.wait_for(lambda: len(self.starts()) >= wanted or p.poll() is not None)
            p.send_signal(signal.SIGINT)
            out, err = p.communicate()
            codes.add(p.returncode)
            self.assertIn("the same command goes on where it stopped\n", out, err)
            self.assertNotIn("running", self.statuses())
        self.assertEqual(codes, {75})
        self.launch()
        self.check(expected)

    def test_interrupted_runs_that_wait_for_a_decision(self):
        """One run of a rung is slow: the others rest, and are interrupted with it."""
        pipelines = [model("aa", 0.1, multiplicity=1, program=0), model("bb", 0.2, multiplicity=1, program=1, more=[("fake.ms", "200")])]
        self.write(halving(pipelines, eta=2, min_epochs=8, programs=2))
        p = self.start()
        self.wait_for(lambda: (self.at / "database.db").exists() and "done" in (self.at / "run_files" / "trace").read_text()
                      if (self.at / "run_files" / "trace").exists() else False)
        self.wait_for(lambda: self.sql("SELECT count(*) FROM history WHERE name = 'test_loss'") == [(1,)])
        self.assertIn("Running\n\t[1] data(aa) | brick(4)\n", self.mosaic("status").stdout)
        p.send_signal(signal.SIGINT)
        out, _ = p.communicate()
        self.assertRegex(out, r"database\.db: 2 interrupted \(.*\)\n")
        self.assertEqual(self.statuses(), {"interrupted": 2})
        self.launch()
        self.assertEqual(self.sql("SELECT run_id, status FROM runs"), [(1, "done"), (2, "stopped")])
        self.assertEqual([t[3] for t in self.starts() if t[1] == "1"], ["0", "8"])

    def test_pause_and_resume(self):
        expected = self.expected()
        for now in ((), ("--now",)):
            self.fresh()
            self.write(self.slow(ms=5))
            p = self.start()
            self.wait_for(lambda: len(self.starts()) >= 5)
            self.mosaic("pause", "left.json", *now)
            self.assertEqual(p.wait(), 75)
            left = json.loads((self.at / "left.json").read_text())
            self.assertGreater(len(left), 0)
            out = self.mosaic("resume", "left.json").stdout
            self.assertIn(" [rung 1 of 3: ", out)
            self.check(expected)

    def test_resume_without_some(self):
        """An entry that was removed: its run waits, and the search with it."""
        expected = self.expected()
        self.write(self.slow(ms=5))
        p = self.start()
        self.wait_for(lambda: len(self.starts()) >= 2)
        self.mosaic("pause", "left.json", "--now")
        p.wait()
        left = json.loads((self.at / "left.json").read_text())
        (self.at / "left.json").write_text(json.dumps(left[:-3]))
        out = self.mosaic("resume", "left.json", code=75).stdout
        self.assertIn("not started", out)
        self.assertNotIn("[rung", out)
        self.assertEqual(self.decisions(), [])
        self.launch()
        self.check(expected)

    def rerun(self, *args, code=0):
        """`mosaic rerun` with a mosaicc that changes nothing."""
        if not (self.at / "bin").exists():
            (self.at / "bin").mkdir()
            shutil.copy(MOSAIC, self.at / "bin" / "mosaic")
            fake = self.at / "bin" / "mosaicc"
            fake.write_text("#!/bin/sh\nexit 0\n")
            fake.chmod(0o755)
            (self.at / "gen" / "build.ninja").write_text("build all: phony\n")
        r = subprocess.run(["bin/mosaic", "rerun", "a.ini", "database.db", "-o", "gen", *map(str, args)], cwd=self.at, capture_output=True, text=True)
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return r

    def test_rerun_takes_a_loser_further(self):
        self.launch(halving(nine()))
        before = self.decisions()
        self.rerun("--id", 1)                                      # to the epochs that it was to have
        self.rerun("--id", 5, "--epochs", 3)
        self.rerun("--id", 6, "--until", 4)
        self.assertEqual(self.sql("SELECT r.run_id, r.status, x.epochs FROM runs r JOIN run_results x USING(run_id) WHERE r.run_id IN (1, 5, 6)"),
                         [(1, "done", 9), (5, "done", 12), (6, "done", 4)])
        self.assertEqual([t[3] for t in self.starts() if t[1] == "1"], ["0", "1"])
        trace = self.trace()
        self.assertIn("nothing to train", self.launch().stdout)
        self.assertEqual((self.decisions(), self.trace()), (before, trace))
        self.assertEqual(self.statuses()["done"], 5)

    def test_rerun_of_all_stopped_runs(self):
        self.launch(halving(nine()))
        self.rerun("--stopped", "--until", 9)
        self.assertEqual(self.statuses(), {"done": 18})
        self.assertEqual(sum(int(t[3]) == 0 for t in self.starts()), 18)

    def test_rerun_of_failed_runs(self):
        s = halving([model("aa", 0.1, more=[("fake.mode", "nan")]), model("bb", 0.2)], eta=2, min_epochs=4)
        self.launch(s, code=1)
        before = self.decisions()
        s["pipelines"][0]["settings"][-1] = ["fake.mode", ""]
        self.write(s)
        self.rerun("--failed")
        self.assertEqual(self.statuses(), {"done": 4})
        self.launch()
        self.assertEqual(self.decisions(), before)

    def test_full_disk(self):
        """RLIMIT_FSIZE stands in for a full disk: decisions wait until they can be written, and are those of a disk with room."""
        import resource
        def wide(ms):
            return halving([model(f"m{i}", 0.5 + 0.01 * i, fall=1 - 0.1 * i, noise=0.1, multiplicity=4, params=[("brick_note", str(i) * 3000)],
                                  more=[("fake.ms", str(ms))]) for i in range(9)])
        expected = self.expected(wide(0))
        for room in (230000, 300000, 370000):
            self.fresh()
            self.write(wide(1))
            p = subprocess.Popen([MOSAIC, "launch", "gen/sweep.json"], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))))
            self.addCleanup(p.kill)
            line = ""
            while "kept in memory" not in line:
                line = p.stderr.readline()
                self.assertNotEqual(line, "", "no trouble was reported")
            resource.prlimit(p.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            out, err = p.communicate()
            self.assertEqual(p.returncode, 0, out + err)
            self.check(expected)

    def test_the_database_is_held(self):
        """Nobody goes on before the decision is written."""
        self.write(self.slow(ms=3))
        p = self.start()
        self.wait_for(lambda: len(self.starts()) >= 2)
        with contextlib.closing(sqlite3.connect(self.at / "database.db", timeout=20, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            time.sleep(0.5)
            db.execute("ROLLBACK")
        self.assertEqual(p.wait(), 0)
        self.assertEqual(self.statuses(), {"done": 2, "stopped": 16})


class Asynchronous(Search):
    def test_all_are_decided(self):
        for slots in (1, 3):
            self.fresh()
            out = self.launch(halving(nine(more=[("fake.ms", "1")]), asynchronous=True, lanes=1, nb_processus=slots)).stdout
            self.assertEqual(self.sql("SELECT count(*) FROM decisions WHERE outcome != 'goes on'"), [(9,)])
            self.assertIn("goes on", out)
            self.assertGreaterEqual(self.statuses()["done"], 2)
            self.assertEqual(set(self.statuses()), {"done", "stopped"})
            self.assertEqual(self.outcomes().get((3, "m3")), "finished")       # the best of all is not missed here
            self.assertIn("nothing to train", self.launch().stdout)

    def test_nobody_waits(self):
        """A pipeline goes on while a slower one is still at its first rung."""
        slow = model("zz", 0.9, more=[("fake.ms", "300")], program=1, multiplicity=1)
        fast = [model(f"m{i}", 0.1 * i, multiplicity=1) for i in range(6)]
        self.launch(halving([slow, *fast], asynchronous=True, lanes=1, nb_processus=2, programs=2, min_epochs=3))
        trace = self.trace()
        end = next(i for i, t in enumerate(trace) if t[0] == "done" and t[1] == "1")
        self.assertTrue(any(t[0] == "start" and t[3] == "3" for t in trace[:end]), trace)

    def test_too_few_for_anyone_to_go_on(self):
        self.launch(halving([model("aa", 0.2), model("bb", 0.1)], asynchronous=True, eta=4, min_epochs=2))
        self.assertEqual(self.outcomes()[3, "bb"] if (3, "bb") in self.outcomes() else self.outcomes()[2, "bb"], "finished")
        self.assertEqual(self.statuses(), {"done": 2, "stopped": 2})

    def test_kill_9(self):
        pipelines = [model(f"m{i}", 0.5 + 0.01 * i, fall=1 - 0.1 * i, noise=0.1, epochs=27, more=[("fake.ms", "2"), ("fake.every", "2")]) for i in range(9)]
        self.write(halving(pipelines, lanes=2, min_epochs=3, asynchronous=True))
        seen = set()
        for i in range(10):
            p = self.start()
            time.sleep(0.02 + 0.017 * (i * 7 % 10))
            p.kill()
            p.wait()
            if (self.at / "database.db").exists() and self.sql("SELECT 1 FROM sqlite_master WHERE name = 'decisions'"):
                now = {r[:3] for r in self.decisions()}
                self.assertLessEqual(seen, now)                    # what was decided stands
                seen = now
        self.launch()
        self.assertLessEqual(seen, {r[:3] for r in self.decisions()})
        self.assertEqual(self.sql("SELECT count(*) FROM decisions WHERE outcome != 'goes on'"), [(9,)])
        self.assertEqual(set(self.statuses()), {"done", "stopped"})


def auto(pipelines, start=4, maximum=12, looks=3, criterion="test_loss", by="", alpha=0.05, **rest):
    s = sweep(pipelines, **rest)
    s["auto_multiplicity"] = {"start": start, "maximum": maximum, "looks": looks, "criterion": criterion, "by": by, "alpha": alpha}
    return s


class Auto(Search):
    def seeds(self):
        return {line[5:7]: n for line, n in self.sql("SELECT r.pipeline, count(*) FROM runs r GROUP BY r.pipeline")}

    def three(self, **more):
        """Two that are the same but for chance, and a bad one."""
        return [model("aa", 0.5, noise=0.1, **more), model("bb", 0.5004, noise=0.1, **more), model("cc", 0.9, noise=0.1, **more)]

    def test_more_seeds_where_they_are_needed(self):
        out = self.launch(auto(self.three(), start=4, maximum=20, looks=3, nb_processus=1)).stdout
        self.assertEqual(self.seeds(), {"aa": 20, "bb": 20, "cc": 12})
        self.assertEqual(self.sql("SELECT step, outcome, seeds FROM decisions d JOIN run_details USING(pipeline_identity) JOIN runs r USING(run_id)"
                                  " WHERE r.pipeline LIKE '%cc%' GROUP BY step"), [(1, "goes on", 4), (2, "stopped", 12)])
        self.assertRegex(out, r" \[look 1 of 3: 4 seeds, by test_loss: 3 of 3 cannot be told apart \(p above 7\.3e-09\)\]\n"
                              r"\t1\. 0\.\d+\tgoes on\truns [\d,-]+\tdata\(..\) \| brick\(4\)\tcannot be told apart from data\(..\) \| brick\(4\): p = 0\.\d+\n")
        self.assertRegex(out, r"\t3\. 0\.\d+\tstopped\truns [\d,-]+\tdata\(cc\) \| brick\(4\)\tafter 12 seeds worse than data\(..\) \| brick\(4\): p = 0\.000488\n")
        self.assertRegex(out, r" \[look 3 of 3: 20 seeds, by test_loss: 2 of 2 cannot be told apart")
        self.assertRegex(out, r"\tcannot be told apart from data\(..\) \| brick\(4\) with so many seeds as allowed: p = 0\.\d+\n")
        self.assertIn(" ---> launch 12 12/12\n", out)
        self.assertIn(" ---> launch 13 13/36\n", out)
        self.assertRegex(out, r"database\.db: 52 done \(.*\)\n$")
        self.assertEqual(self.statuses(), {"done": 52})
        self.assertEqual(self.sql("SELECT count(DISTINCT seed), min(seed), max(seed) FROM run_details"), [(20, 1, 20)])
        self.assertIn("auto_multiplicity, step 2: stopped: after 12 seeds worse than", self.mosaic("show", 9).stdout)
        before, trace = self.decisions(), self.trace()
        self.assertRegex(self.launch().stdout, r"^database\.db: 52 already done: nothing to train")
        self.assertEqual((self.decisions(), self.trace()), (before, trace))

    def test_two_that_differ(self):
        self.launch(auto([model("aa", 0.5, noise=0.1), model("bb", 0.8, noise=0.1)], start=6, maximum=30, looks=5))
        rows = self.sql("SELECT step, outcome, reason FROM decisions ORDER BY step, place")
        self.assertEqual(rows[-2][:2], (2, "finished"))
        self.assertEqual(rows[-1][:2], (2, "stopped"))
        self.assertEqual(rows[-2][2], "told apart from all others after 12 seeds")
        self.assertEqual(self.seeds(), {"aa": 12, "bb": 12})

    def test_by_a_parameter(self):
        def of(key, name, loss):
            return model(name, loss, noise=0.1, key=key)
        pipelines = [of("one", "aa", 0.5), of("one", "ab", 0.6), of("two", "ba", 0.9), of("two", "bb", 0.9), of("three", "ca", 0.55), of("three", "cb", 0.55)]
        out = self.launch(auto(pipelines, by="mlp_key", start=8, maximum=16, looks=2)).stdout
        self.assertIn("look 1 of 2: 8 seeds, by test_loss: 3 of 3 cannot", out) if "ba" not in self.seeds() else None
        self.assertEqual({n for k, n in self.seeds().items() if k[0] != "b"}, {16})
        self.assertEqual({self.seeds()["ba"], self.seeds()["bb"]} <= {8, 16}, True)
        self.assertIn("worse than one", " ".join(r[0] for r in self.sql("SELECT reason FROM decisions WHERE outcome = 'stopped'")))

    def test_by_nothing_that_is_there(self):
        err = self.launch(auto(self.three(), by="colour"), code=2).stderr
        self.assertIn("a.ini: no pipeline has a parameter 'colour', whose values `by` asks to compare\n", err)

    def test_the_same_decisions_on_any_machine(self):
        seen = []
        for slots, lanes in ((1, 1), (3, 4), (7, 16)):
            self.fresh()
            self.launch(auto(self.three(more=[("fake.ms", "1")]), lanes=lanes, nb_processus=slots))
            seen.append((self.decisions(), self.sql("SELECT run_id, identity FROM run_details")))
        self.assertEqual([s == seen[0] for s in seen], [True] * 3)

    def test_kill_9(self):
        self.launch(auto(self.three(), maximum=20), "--database", "whole.db")
        expected = self.decisions("whole.db"), self.sql("SELECT run_id, identity FROM run_details", database="whole.db")
        shutil.rmtree(self.at / "run_files")
        self.write(auto(self.three(more=[("fake.ms", "3")]), maximum=20, lanes=2))
        for i in range(int(os.environ.get("KILLS", "12"))):
            p = self.start()
            time.sleep(0.02 + 0.017 * (i * 7 % 10))
            p.kill()
            p.wait()
        self.launch()
        self.assertEqual((self.decisions(), self.sql("SELECT run_id, identity FROM run_details")), expected)
        self.assertEqual(self.statuses(), {"done": len(expected[1])})

    def test_pause_and_resume(self):
        self.launch(auto(self.three(), maximum=20), "--database", "whole.db")
        expected = self.decisions("whole.db")
        shutil.rmtree(self.at / "run_files")
        self.write(auto(self.three(more=[("fake.ms", "10")]), maximum=20, lanes=2))
        p = self.start()
        self.wait_for(lambda: len(self.starts()) >= 14)
        self.mosaic("pause", "left.json", "--now")
        self.assertEqual(p.wait(), 75)
        self.mosaic("resume", "left.json")
        self.assertEqual(self.decisions(), expected)

    def test_failures_are_worse_than_anything(self):
        pipelines = [model("aa", 0.5, noise=0.1), model("bb", 0.1, noise=0.1, more=[("fake.mode", "nan")])]
        self.launch(auto(pipelines, start=12, maximum=24, looks=2), code=1)
        self.assertEqual(self.sql("SELECT outcome, reason FROM decisions ORDER BY place"),
                         [("finished", "told apart from all others after 12 seeds"), ("failed", "all of its 12 runs failed")])
        self.assertEqual(self.seeds(), {"aa": 12, "bb": 12})

    def test_one_pipeline(self):
        self.launch(auto([model("aa", 0.5)]))
        self.assertEqual(self.sql("SELECT outcome, reason FROM decisions"), [("finished", "there is nothing to compare it with")])
        self.assertEqual(self.seeds(), {"aa": 4})

    def test_criteria_of_the_whole_curve(self):
        self.launch(auto([model("aa", 0.5, fall=1, noise=0.1), model("bb", 0.5, fall=9, noise=0.1)], criterion="trainability", start=12, maximum=24, looks=2))
        self.assertEqual(self.sql("SELECT outcome FROM decisions ORDER BY place"), [("finished",), ("stopped",)])
        means = self.sql("SELECT avg(x.trainability) FROM run_results x JOIN run_details d USING(run_id) GROUP BY d.pipeline_identity ORDER BY 1")
        for (mean,), (value,) in zip(means, self.sql("SELECT value FROM decisions ORDER BY place")):
            self.assertAlmostEqual(mean, value, delta=1e-6)

    def test_bad_settings(self):
        for field, value, message in (("looks", 0, "looks: expected an integer from 1 to 9"), ("looks", 10, "looks: expected an integer from 1 to 9"),
                                      ("maximum", 3, "maximum: expected an integer from 4"), ("alpha", 0, "alpha: expected a number between 0 and 1"),
                                      ("alpha", 1, "alpha: expected"), ("start", 0, "start: expected"), ("by", 5, "by: expected a text"),
                                      ("criterion", "", "criterion: expected a column")):
            bad = auto(self.three())
            bad["auto_multiplicity"][field] = value
            self.assertIn("auto_multiplicity." + message, self.launch(bad, code=2).stderr)
        self.assertIn("at most", self.launch(auto([model("%03d" % i, 1) for i in range(501)]), code=2).stderr)
        self.assertIn("27000000 runs are too many", self.launch(auto(self.three(), maximum=9000000), code=2).stderr)

    def test_one_look(self):
        """At the maximum, which is all that a plan with one look has."""
        self.launch(auto([model("aa", 0.5, noise=0.1), model("bb", 0.8, noise=0.1)], start=4, maximum=10, looks=1))
        self.assertEqual(self.sql("SELECT step, outcome, seeds FROM decisions ORDER BY place"), [(1, "finished", 10), (1, "stopped", 10)])


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
