"""test_original.py MOSAIC FAKE_TRAINER: the tools of the original and its users' SQL on a database of ours.

Written here as they read: plain SELECTs on the four tables by the original's names, columns by their place, criteria as floats, pipelines
as JSON; and as its writers do: runs appended under next_run_id. What the tables mean stands in doc/database.md.
"""
import collections
import statistics

from here import *

SHARE = pathlib.Path(__file__).resolve().parents[2] / "share"
RESULTS = ["run_id", "train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit", "trainability", "slope"]


class Tools(Here):
    def setUp(self):
        super().setUp()
        self.launch(sweep([pipeline("data_or(1,200) | brick(4)", epochs=20), pipeline("data_or(1,200) | funnel(8)", key="funnel", epochs=20, params=[("funnel_width", "8")]),
                           pipeline("data_or(1,200) | broken(1)", key="broken", epochs=20, settings=[("fake.mode", "nan")])]), code=1)
        self.mosaic("tag", "1-2", "+keep")
        self.mosaic("note", "1", "a remark")

    # ---- reading ----

    def test_columns(self):
        for table, names in {"system": ["param_name", "param_value"], "params": ["run_id", "param_name", "param_value"],
                             "runs": ["run_id", "status", "pipeline", "return_status"], "run_results": RESULTS}.items():
            with contextlib.closing(sqlite3.connect(self.at / "database.db")) as db:
                self.assertEqual([c[0] for c in db.execute(f"SELECT * FROM {table}").description][:len(names)], names)
        self.assertEqual([row[0] for row in self.sql("SELECT name FROM pragma_table_list WHERE name IN ('system', 'params', 'runs', 'run_results') ORDER BY 1")],
                         ["params", "run_results", "runs", "system"])

    def test_status(self):
        """Done, Error and Running as three questions to `runs`."""
        done = self.sql("SELECT run_id, return_status FROM runs WHERE status = 'done' ORDER BY run_id")
        self.assertEqual([id for id, _ in done], [1, 2, 3, 4])
        for id, text in done:
            train, test, seconds = (part.split("=") for part in text.split("\t"))
            self.assertEqual([train[0], test[0], seconds[0]], ["train_loss", "test_loss", "execution_time"])
            (loss,) = self.sql("SELECT test_loss FROM run_results WHERE run_id = ?", id)[0]
            self.assertEqual(test[1], f"{loss:.3E}")
        error = self.sql("SELECT run_id, pipeline, return_status FROM runs WHERE status = 'error' ORDER BY run_id")
        self.assertEqual([e[:2] for e in error], [(5, "data_or(1,200) | broken(1)"), (6, "data_or(1,200) | broken(1)")])
        self.assertEqual(self.sql("SELECT param_value FROM params WHERE run_id = 5 AND param_name = 'traceback'"), [(error[0][2],)])
        self.assertEqual(self.sql("SELECT run_id FROM runs WHERE status = 'running'"), [])
        self.assertEqual(self.sql("SELECT param_value FROM system WHERE param_name = 'next_run_id'"), [("7",)])

    def test_metaplot(self):
        """A criterion against nb_params: one line a model key, the mean over the runs on a data set."""
        for criterion in ("train_loss", "test_loss", "train_acc", "test_acc", "duration(s)", "epochs", "overfit", "trainability", "slope"):
            rows = self.sql(f'SELECT m.param_value, r.nb_params, r."{criterion}" FROM run_results r'
                            " INNER JOIN params d ON r.run_id = d.run_id INNER JOIN params m ON r.run_id = m.run_id"
                            " WHERE d.param_name = 'dataset_key' AND d.param_value = 'or' AND m.param_name = 'mlp_key'")
            lines = collections.defaultdict(list)
            for key, size, value in rows:
                lines[key, size].append(float(value))
            self.assertEqual({k: len(v) for k, v in lines.items()}, {("brick", 49): 2, ("funnel", 49): 2})
            means = self.sql(f'SELECT p.param_value, nb_params, AVG("{criterion}") FROM run_results, params p WHERE run_results.run_id = p.run_id'
                             " AND p.param_name = 'mlp_key' GROUP BY p.param_value, nb_params ORDER BY 1")
            for key, size, mean in means:
                self.assertAlmostEqual(mean, statistics.fmean(lines[key, size]))
        self.assertEqual(self.sql("SELECT DISTINCT param_value FROM params WHERE param_name = 'mlp_key' ORDER BY 1"), [("brick",), ("broken",), ("funnel",)])

    def test_perfanalysis_by_config(self):
        """include_keys and include_values choose runs by their parameters; excludes leave some out when runs are grouped."""
        include_keys, include_values, excludes = ["mlp_key", "brick_width", "lr"], [["brick", "funnel"], [4, 30], [0.01]], ["seed", "epochs"]
        params = collections.defaultdict(dict)
        for id, name, value in self.sql("SELECT run_id, param_name, param_value FROM params"):
            params[id][name] = value

        def equal(value, wanted):
            try:
                return float(value) == float(wanted)
            except ValueError:
                return value == wanted
        chosen = [id for id, p in params.items() if all(any(equal(p[k], v) for v in values) for k, values in zip(include_keys, include_values))]
        self.assertEqual(sorted(chosen), [1, 2, 3, 4])
        results = {row[0]: dict(zip(RESULTS, row)) for row in self.sql("SELECT * FROM run_results")}
        groups = collections.defaultdict(list)
        apart = {"status", "pipeline", "traceback", "note", "tag", *excludes}
        for id in chosen:
            groups[tuple(sorted((k, v) for k, v in params[id].items() if k not in apart))].append(results[id]["test_loss"])
        self.assertEqual(sorted(map(len, groups.values())), [2, 2])
        self.assertTrue(all(isinstance(v, float) for g in groups.values() for v in g))

    def test_pipelines_of_runs(self):
        for id, line in self.sql("SELECT run_id, pipeline FROM runs"):
            (text,) = self.sql("SELECT param_value FROM params WHERE run_id = ? AND param_name = 'pipeline'", id)[0]
            modules = json.loads(text)
            self.assertEqual([m["class"] for m in modules][0], line.split("(")[0])
            self.assertTrue(all(m["type"] and m["key"] for m in modules))
        info = (self.at / "run_files" / "run_info_1.mdt").read_text().splitlines()
        self.assertEqual([line.split("=")[0] for line in info], ["pipeline", "train_loss", "train_acc", "test_loss", "test_acc"])
        self.assertEqual([m["class"] for m in json.loads(info[0].partition("=")[2])], ["data_or", "brick"])

    def test_users_sql(self):
        self.assertEqual(self.sql("SELECT COUNT(*) FROM runs NATURAL JOIN run_results"), [(4,)])
        best = self.sql("SELECT pipeline, MIN(test_loss) FROM runs JOIN run_results USING(run_id) GROUP BY pipeline ORDER BY 2")
        self.assertEqual(len(best), 2)
        self.assertEqual(self.sql("SELECT run_id FROM params WHERE param_name = 'lr' AND CAST(param_value AS REAL) <= 0.01 INTERSECT"
                                  " SELECT run_id FROM run_results WHERE epochs >= 20 ORDER BY 1"), [(1,), (2,), (3,), (4,)])
        wide = self.sql("SELECT r.run_id, MAX(CASE WHEN param_name = 'mlp_key' THEN param_value END), MAX(CASE WHEN param_name = 'seed' THEN param_value END)"
                        " FROM runs r LEFT JOIN params p ON p.run_id = r.run_id GROUP BY r.run_id")
        self.assertEqual(wide[:3], [(1, "brick", "1"), (2, "brick", "2"), (3, "funnel", "1")])

    # ---- writing ----

    def test_a_rekey_by_hand(self):
        self.sql("UPDATE params SET param_value = 'renamed' WHERE param_name = 'mlp_key' AND run_id IN (SELECT run_id FROM runs WHERE pipeline = 'data_or(1,200) | brick(4)')")
        self.assertEqual(self.sql("SELECT run_id, param_value FROM params WHERE param_name = 'mlp_key' ORDER BY 1"),
                         [(1, "renamed"), (2, "renamed"), (3, "funnel"), (4, "funnel"), (5, "broken"), (6, "broken")])
        self.assertIn("\tmlp_key                  renamed\n", self.mosaic("show", "1").stdout)
        self.assertEqual([r["run_id"] for r in json.loads(self.mosaic("export", "--json", "-param_name_value", "mlp_key", "renamed").stdout)], [1, 2])

    def test_a_run_that_the_original_appends(self):
        with contextlib.closing(sqlite3.connect(self.at / "database.db")) as db, db:
            id = int(db.execute("SELECT param_value FROM system WHERE param_name = 'next_run_id'").fetchone()[0])
            db.execute("UPDATE system SET param_value = ? WHERE param_name = 'next_run_id'", (id + 1,))
            db.execute("INSERT INTO runs(run_id, status, pipeline, return_status) VALUES(?, ?, ?, ?)", (id, "running", "data_or(1,200) | other(3)", ""))
            for name, value in (("status", "running"), ("pipeline", "[]"), ("lr", 0.01), ("epochs", 400), ("mlp_key", "other")):
                db.execute("INSERT INTO params VALUES(?, ?, ?)", (id, name, value))
            db.execute("UPDATE runs SET status = 'done', return_status = 'train_loss=1.000E-01\ttest_loss=2.000E-01\texecution_time=4.670E+01' WHERE run_id = ?", (id,))
            db.execute("UPDATE params SET param_value = 'done' WHERE run_id = ? AND param_name = 'status'", (id,))
            db.execute(f"INSERT INTO run_results({', '.join(f'{chr(34)}{c}{chr(34)}' for c in RESULTS)}) VALUES({', '.join('?' * 11)})",
                       (id, 0.1, 0.2, 50, 60, 7, 46.7, 400, 0.1, 0.1, None))
        self.assertEqual(id, 7)
        self.assertIn("\t[7] train_loss=1.000E-01\ttest_loss=2.000E-01\texecution_time=4.670E+01\n", self.mosaic("status").stdout)
        run = json.loads(self.mosaic("export", "--json", "-id", "7").stdout)[0]
        self.assertEqual((run["params"]["lr"], run["params"]["epochs"], run["epochs"], run["slope"]), ("0.01", "400", 400, None))
        self.mosaic("tag", "7", "+old")
        self.launch(sweep([pipeline("data_or(1,200) | new(1)", multiplicity=1)]))
        self.assertEqual(self.sql("SELECT run_id FROM runs WHERE pipeline = 'data_or(1,200) | new(1)'"), [(8,)])
        self.assertEqual(self.sql("SELECT param_value FROM system WHERE param_name = 'next_run_id'"), [("9",)])
        self.check_database()


class Pipelines(Here):
    """pipelines.json: made by mosaicc from the tutorial's configuration, read and written by others."""

    def setUp(self):
        super().setUp()
        shutil.copytree(SHARE, self.at / "share")
        r = subprocess.run([pathlib.Path(MOSAIC).parent / "mosaicc", "--pipelines", "share/config.ini", "p.json"], cwd=self.at, stdout=subprocess.PIPE, text=True)
        self.assertEqual((r.returncode, r.stdout), (0, "p.json: 24 runs\n"))
        self.pipelines = json.loads((self.at / "p.json").read_text())

    def test_the_form(self):
        self.assertEqual(len(self.pipelines), 24)
        self.assertEqual(self.pipelines[0], [
            {"type": "dataset", "class": "dataset_OR", "path_to_class": "share/dataset.c", "key": "dataset_OR", "batch_size": "1", "data_size": "200", "train_prop": "0.8",
             "name": "dataset_OR"},
            {"type": "mlp", "class": "mlp_funnel", "path_to_class": "share/mlp.c", "key": "mlp_funnel", "length": "4", "width": "2", "name": "mlp_funnel"}])
        self.assertEqual(self.pipelines[0], self.pipelines[3])                     # four seeds in a row
        self.assertEqual([p[1]["width"] for p in self.pipelines[::4]], ["2", "3", "4"] * 2)

    def test_others_write_it(self):
        """With other spaces, numbers for numeric texts, numbers in another form: the same pipelines."""
        lines = [" | ".join(f"{m['class']}({','.join(v for k, v in m.items() if k not in ('type', 'class', 'path_to_class', 'key', 'name'))})" for m in p)
                 for p in self.pipelines[::4]]
        s = sweep([pipeline(line, multiplicity=1) for line in lines])
        for entry, modules in zip(s["pipelines"], self.pipelines[::4]):
            entry["modules"] = modules
        self.launch(s)
        self.assertEqual(lines[0], "dataset_OR(1,200,0.8) | mlp_funnel(4,2)")

        def number(v):
            try:
                return json.loads(v)
            except ValueError:
                return v
        for modules in self.pipelines:
            modules[1]["key"] += " (renamed)"
        for text in (json.dumps(self.pipelines, indent=4), json.dumps([[{k: number(v) for k, v in m.items()} for m in p] for p in self.pipelines]),
                     json.dumps(self.pipelines).replace('"0.8"', '"8e-1"').replace('"200"', '2e2')):
            (self.at / "other.json").write_text(text)
            self.sql("UPDATE params SET param_value = 'old' WHERE param_name = 'mlp_key'")
            self.assertEqual(self.mosaic("rekey", "other.json", "database.db").stdout, "database.db: 6 of 6 runs have a pipeline of other.json; 6 got other keys\n")
        self.assertEqual(self.sql("SELECT param_value, count(*) FROM params WHERE param_name = 'mlp_key' GROUP BY 1 ORDER BY 1"),
                         [("mlp_brick (renamed)", 3), ("mlp_funnel (renamed)", 3)])


if __name__ == "__main__":
    main()
