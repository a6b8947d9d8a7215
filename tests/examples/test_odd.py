"""test_odd.py: what is right but unusual: classes that share files and names, labels, words that the generated code uses itself."""
import json
import shutil

from harness import BUILD, Example, config, main

PROCESS = {"data_scheme": "dataset", "pipeline_scheme": "mlp", "epochs": 3}
LABELS = {**PROCESS, "loss_function": "CrossEntropyLoss", "lr": "1e-2", "epochs": 20}
IMAGES, ROWS = {"type": "dataset", "path_to_class": "modules/parts.c"}, ("rows", {"type": "mlp", "path_to_class": "modules/parts.c"})


class Odd(Example):
    def train(self, name, process, *modules, code=0, multiplicity=1):
        self.f.write(f"{name}.ini", config({**process, "run_files_path": name}, {"multiplicity": multiplicity}, *modules))
        self.f.sweep(f"{name}.ini", f"{name}.db", code=code)
        return self.f.results(f"{name}.db")


class Classes(Odd):
    def test_two_of_one_file(self):
        """A dataset and a transform without prepare from the same source; the transform counts."""
        plain = self.train("plain", LABELS, ("images", IMAGES), ROWS)
        process = {**LABELS, "data_scheme": "dataset, transform"}
        same = self.train("same", process, ("images", IMAGES), ("brightness", {**IMAGES, "type": "transform", "by": 1}), ROWS)
        half = self.train("half", process, ("images", IMAGES), ("brightness", {**IMAGES, "type": "transform", "by": 0.5}), ROWS)
        self.assertEqual(same[1]["train_loss"], plain[1]["train_loss"])
        self.assertNotEqual(half[1]["train_loss"], plain[1]["train_loss"])
        self.f.write("x.csv", "1,2,3,4,0,1\n")
        self.f.write("x2.csv", "2,4,6,8,0,2\n")
        out = [self.f.call(self.f.trainer(ini), "predict", data, "--out", out).stdout for ini, data, out in (("half.ini", "x2.csv", "half"), ("half.ini", "x.csv", "half"))]
        self.assertNotEqual(out[0], out[1])
        self.assertEqual(self.f.call(self.f.trainer("half.ini"), "predict", "x.csv", "--out", "half", "--brightness.by", 1).stdout, out[0])

    def test_of_two_files(self):
        """Files with functions of the same name, one of them a function of the runtime's, in one trainer."""
        process = {**LABELS, "data_scheme": "dataset, transform"}
        runs = self.train("two", process, ("images", IMAGES), ("negative", {"type": "transform", "path_to_class": "modules/other.c"}), ROWS)
        self.assertEqual(runs[1]["status"], "done")
        self.f.write("x.csv", "1,2,3,4,0,1\n")
        self.assertEqual(len(self.f.call(self.f.trainer("two.ini"), "predict", "x.csv", "--out", "two").stdout.split()), 2)

    def test_same_class_name(self):
        """Two sections whose classes are called alike but stand in two files: each gets its own data."""
        both = self.train("both", LABELS, ("here", {**IMAGES, "class": "images"}), ("there", {"type": "dataset", "class": "images", "path_to_class": "modules/other.c"}), ROWS)
        there = self.train("there", LABELS, ("images", {"type": "dataset", "path_to_class": "modules/other.c"}), ROWS)
        here = self.train("here", LABELS, ("images", IMAGES), ROWS)
        self.assertEqual([both[1]["train_loss"], both[2]["train_loss"]], [here[1]["train_loss"], there[1]["train_loss"]])
        self.assertNotEqual(both[1]["train_loss"], both[2]["train_loss"])

    def test_twice_in_a_pipeline(self):
        """One class twice, with its own values each time: twice half is a quarter."""
        def brightness(kind, by):
            return (kind, {**IMAGES, "class": "brightness", "type": kind, "by": by})
        twice = self.train("twice", {**LABELS, "data_scheme": "dataset, a, b"}, ("images", IMAGES), brightness("a", 0.5), brightness("b", 0.5), ROWS)
        once = self.train("once", {**LABELS, "data_scheme": "dataset, a"}, ("images", IMAGES), brightness("a", 0.25), ROWS)
        self.assertEqual(twice[1]["train_loss"], once[1]["train_loss"])


class Labels(Odd):
    def test_types(self):
        """Bytes and floats, labels from memory and from a stream: the same bits."""
        losses = {self.train(f"type{i}", LABELS, ("images", {**IMAGES, **pairs}), ROWS)[1]["train_loss"] for i, pairs in enumerate(({}, {"bytes": "yes"}, {"stream": "yes"}))}
        self.assertEqual(len(losses), 1)

    def test_out_of_range(self):
        for i, pairs in enumerate(({"first_label": 1}, {"first_label": -1}, {"first_label": 1, "stream": "yes"})):
            run = self.train(f"range{i}", LABELS, ("images", {**IMAGES, **pairs}), ROWS, code=1)[1]
            self.assertEqual(run["status"], "error")
            self.assertRegex(run["return_status"], r"'label': sample \d+ holds (3, which is |-1, which is |)no label: the program was built for the labels 0 to 2\n")

    def test_label_of_torch(self):
        """-100 says what to write; then such samples do not count."""
        for i, pairs in enumerate(({"first_label": -100}, {"first_label": -100, "stream": "yes"})):
            run = self.train(f"ignored{i}", LABELS, ("images", {**IMAGES, **pairs}), ROWS, code=1)[1]
            self.assertRegex(run["return_status"], r"no label: the program was built for the labels 0 to 2; if samples with this label are not to count, write ignore_index = -100\n")


class Names(Odd):
    MODULE = {"type": "dataset", "path_to_class": "modules/odd.c"}
    LINEAR = ("linear", {"type": "mlp", "path_to_class": "modules/odd.c"})

    def test_arrays(self):
        """Names of arrays may be anything; the results do not depend on them."""
        losses = set()
        for i, name in enumerate(("x", "t", "n", "class", "a b", "1x", "x.y", "é", "BATCH", "prediction", '"q\\"uote"', "self", "y")):
            losses.add(self.train(f"name{i}", PROCESS, ("named", {**self.MODULE, "x": name}), self.LINEAR)[1]["train_loss"])
        self.assertEqual(len(losses), 1)

    def test_text(self):
        """A text goes unchanged through the config, Ninja, JSON, C and the job to the module."""
        text = "a \\ \" $x %d ' ; : # é | && `ls` $(ls) ${x}"
        self.train("text", PROCESS, ("named", {**self.MODULE, "note": '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'}), self.LINEAR)
        self.assertIn(f"note: {text}\n", (self.f.at / "text/output_1.log").read_text())
        self.assertEqual(self.f.sql("text.db", "SELECT param_value FROM params WHERE param_name = 'named_note'"), [(text,)])

    def test_variables(self):
        runs = self.train("words", {**PROCESS, "epochs": 30, "lr": "1e-2"}, ("named", self.MODULE), ("words", self.LINEAR[1]), multiplicity=3)
        for run_id in runs:
            h = self.f.history("words.db", run_id)["train_loss"]
            self.assertLess(h[-1], h[0])

    def test_networks(self):
        for name in ("shared", "fixed"):
            runs = self.train(name, PROCESS, ("named", self.MODULE), (name, self.LINEAR[1]), multiplicity=2)
            self.assertEqual({r["status"] for r in runs.values()}, {"done"})
            self.assertEqual(runs[1]["nb_params"], 16 if name == "shared" else 0)
        self.assertLess(self.f.results("fixed.db")[1]["test_loss"], 1e-12)

    def test_coefficient(self):
        """An unknown of the problem as an output: 0.25 becomes 1."""
        process = {**PROCESS, "epochs": 300, "lr": "2e-2", "accuracy": "none", "class_loss_function": "first_only", "path_to_class_loss_function": "modules/odd.c"}
        self.train("k", process, ("named", self.MODULE), ("coefficient", self.LINEAR[1]))
        h = self.f.history("k.db", 1)
        self.assertAlmostEqual(h["train_k"][0], 0.25 + 0.02, delta=0.01)
        self.assertAlmostEqual(h["test_k"][-1], 1, delta=1e-3)
        self.f.write("x.csv", "1,2,3,4\n" * 6)
        rows = self.f.call(self.f.trainer("k.ini"), "predict", "x.csv", "--out", "k").stdout.split()[1:]
        self.assertEqual(len(set(rows)), 1)
        for got, want in zip(map(float, rows[0].split(",")), (1, 2, 1)):
            self.assertAlmostEqual(got, want, delta=3e-3)


class Places(Odd):
    def test_paths(self):
        """A folder, a config and a module with blanks and signs in their names, an output folder of one's own, from elsewhere."""
        shutil.move(self.f.at / "modules", self.f.at / "my modules $1 'x' é")
        module = "my modules $1 'x' é/odd.c"
        self.f.write("my configs/first try: é.ini", config({**PROCESS, "run_files_path": "my runs"}, {}, ("named", {"type": "dataset", "path_to_class": f'"{module}"'}),
                                                           ("linear", {"type": "mlp", "path_to_class": f'"{module}"'})))
        self.f.mosaicc("-o", "made here/a b", "my configs/first try: é.ini")
        sweep = json.loads((self.f.at / "made here/a b/sweep.json").read_text())
        self.assertTrue((self.f.at / sweep["programs"][0]["trainer"]).exists())
        self.f.sweep("my configs/first try: é.ini", "my results.db", "-o", "made here/a b")
        self.assertEqual(self.f.results("my results.db")[1]["status"], "done")
        self.assertTrue((self.f.at / "my runs/history_1.csv").exists())
        self.assertIn("no work to do", self.f.call("ninja").stdout)


if __name__ == "__main__":
    main()
