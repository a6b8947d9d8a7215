"""test_csv.py: share/csv.c: what it reads and what it says about files that it cannot read."""
import math
import shutil

from harness import Example, config, main, safetensors

# name, bytes of the file, pairs of the section, what mosaicc says
BAD = [
    ("missing file", None, {}, "data.csv: cannot open: No such file or directory"),
    ("empty", b"", {}, "data.csv: there is no row of data; the file is empty"),
    ("only a header", b"a,b\n", {}, "data.csv: there is no row of data; the one row is taken for the header, else write header = no"),
    ("binary", b"a,b\n1,2\0\n", {}, "data.csv: is no text file"),
    ("not a number", b"a,b\n1,2\n3,4\n5,x6\n", {}, "data.csv:4:2: 'x6' in column 'b' is not a number"),
    ("hexadecimal", b"a,b\n1,0x10\n3,4\n", {}, "data.csv:2:2: '0x10' in column 'b' is not a number"),
    ("number and blank", b"a,b\n1,2 3\n3,4\n", {}, "data.csv:2:2: '2 3' in column 'b' is not a number"),
    ("missing value", b"a,b\n1,2\n,4\n5,6\n", {}, "data.csv:3:1: the value in column 'a' is missing; fill it in, or leave such rows out with missing = drop_row"),
    ("nan", b"a,b\n1,2\n3,NaN\n5,6\n", {}, "data.csv:3:2: the value in column 'b' is missing"),
    ("infinite", b"a,b\n1,2\n3,inf\n5,6\n", {}, "data.csv:3:2: 'inf' in column 'b' is not a number"),
    ("too large", b"a,b\n1,2\n3,1e999\n5,6\n", {}, "data.csv:3:2: '1e999' in column 'b' is too large"),
    ("all missing", b"a,b\n1,\n3,\n", {"missing": "drop_row"}, "data.csv: every row misses a value"),
    ("row too long", b"a,b\n1,2\n3,4,5\n6,7\n", {}, "data.csv:3:3: this row has 3 columns, the first one has 2; a text with a separator in it needs double quotes"),
    ("row too short", b"a,b,c\n1,2,3\n4,5\n6,7,8\n", {}, "data.csv:3:2: this row has 2 columns, the first one has 3"),
    ("cut off", b"a,b,c\n1,2,3\n4,5,6\n7,8", {}, "data.csv:4:2: this row has 2 columns, the first one has 3; is the file cut off?"),
    ("quote", b'a,b\n1,2\n"3,4\n5,6\n', {}, "data.csv:3: a double quote opens here and nothing closes it; is the file cut off?"),
    ("unknown column", b"a,b\n1,2\n3,4\n", {"target": "c"}, "data.csv:1: there is no column 'c'; it has 2 columns, from 'a' to 'b'"),
    ("unknown number", b"1,2\n3,4\n", {"header": "no", "target": "3"}, "data.csv: there is no column '3'; without a header they are the numbers 1 to 2"),
    ("named twice", b"a,b\n1,2\n3,4\n", {"inputs": '"a, 1"'}, "csv: inputs names column 1 of data.csv twice"),
    ("both", b"a,b\n1,2\n3,4\n", {"inputs": '"a, b"'}, "csv: column 2 of data.csv is an input and a target"),
    ("wrong way round", b"a,b,c\n1,2,3\n3,4,5\n", {"inputs": '"b..a"'}, "csv: inputs: column 'b' stands behind 'a' in data.csv"),
    ("wrong separator", b"a;b\n1;2\n3;4\n", {}, "csv: data.csv has 1 column; is the separator right? and none of them is left for the input"),
    ("separator", b"a,b\n1,2\n3,4\n", {"separator": "ab"}, "csv: the separator is one character"),
    ("no label", b"a,b\n1,0\n3,0.5\n5,1\n", {"target_kind": "label"}, "data.csv:3:2: '0.5' is no label: labels are integers or names"),
    ("one label", b"a,b\n1,7\n3,7\n5,7\n", {"target_kind": "label"}, "data.csv: column 'b' has 1 different labels"),
    ("two label columns", b"a,b,c\n1,7,1\n3,7,0\n", {"target_kind": "label", "target": '"b, c"'}, "csv: target_kind = label takes one target column, not 2"),
    ("no test rows", b"a,b\n1,2\n3,4\n", {"train_prop": 0.9}, "data.csv: its 2 rows make 2 to train, 0 to validate, 0 to test"),
    ("no share", b"a,b\n1,2\n3,4\n", {"train_prop": 1}, "csv: train_prop (1) and validation_prop (0) are shares that leave some rows to test"),
    ("fold", b"a,b\n1,2\n3,4\n", {"folds": 2, "fold": 3}, "csv: fold (3) must be 1 to folds (2)"),
    ("batch size", b"a,b\n1,2\n3,4\n", {"batch_size": 0}, "csv: batch_size must be at least 1, not 0"),
    ("no name", b"a,b\n1,2\n3,4\n", {"categories": "c"}, "data.csv:1: there is no column 'c'; it has 2 columns, from 'a' to 'b'"),
    ("no input", b"a,b,c\n1,2,3\n3,4,5\n", {"categories": "c"}, "csv: categories names column 3 of data.csv, which is no input"),
    ("one name", b"a,b\nx,2\nx,4\nx,4\n", {"categories": "a"}, "data.csv: column 'a' has 1 different labels"),
    ("no mean of names", b"a,b\nx,2\n,4\ny,4\n", {"categories": "a", "missing": "mean"}, "data.csv:3:1: the value in column 'a' is missing; only inputs that are numbers have a mean: fill it in, or leave such rows out with missing = drop_row"),
    ("no mean of a target", b"a,b\n1,2\n2,\n3,4\n", {"missing": "mean"}, "data.csv:3:2: the value in column 'b' is missing; only inputs"),
    ("no mean", b"a,b\n,2\n,4\n3,4\n4,5\n", {"missing": "mean"}, "data.csv: every value of column 'a' is missing in the train part; there is no mean"),
    ("no batch", b"a,b\n1,2\n3,4\n", {"batch_size": 9, "drop_last": "yes"}, "drop_last leaves nothing"),
]

PROCESS = {"data_scheme": "dataset", "pipeline_scheme": "mlp", "epochs": 1}


class Csv(Example):
    def compile(self, data, pairs, *args, process={}, code=0, name="csv"):
        (self.f.at / "data.csv").unlink(missing_ok=True)
        if data is not None:
            (self.f.at / "data.csv").write_bytes(data)
        pairs = {"type": "dataset", "path_to_class": "share/csv.c", "path": "data.csv", "train_prop": 0.5, "split": "in_order", "scaling": "none", "shuffle": "no", **pairs}
        self.f.write(f"{name}.ini", config({**PROCESS, **process}, {}, ("csv", pairs), ("classifier", {"type": "mlp", "path_to_class": "share/classifier.c", "width": 2})))
        return self.f.mosaicc(*args, f"{name}.ini", code=code)

    def test_bad_files(self):
        for name, data, pairs, message in BAD:
            with self.subTest(name):
                r = self.compile(data, pairs, "--check", code=1)
                self.assertIn(message, r.stderr)
                self.assertNotIn("signal", r.stderr)

    def test_good_files(self):
        """Every way to write a table: the same data hash as the plain one."""
        plain = b"a,b,c\n1,2.5,3\n4,-5e-1,6\n7,8,9\n10,11,12\n"
        hashes = {}
        for name, data, pairs in (
                ("plain", plain, {}), ("crlf", plain.replace(b"\n", b"\r\n"), {}), ("bom", b"\xef\xbb\xbf" + plain, {}), ("no last newline", plain[:-1], {}),
                ("blank lines", b"\n" + plain.replace(b"7,", b" \n7,") + b"\n\n", {}), ("blanks", plain.replace(b",", b" , "), {}),
                ("quotes", plain.replace(b"2.5", b'"2.5"').replace(b"b,c", b'"b",c'), {}), ("semicolons", plain.replace(b",", b";"), {"separator": '";"'}),
                ("tabs", plain.replace(b",", b"\t"), {"separator": "tab"}), ("named", plain, {"target": "c", "inputs": '"a, b"'}), ("numbered", plain, {"target": "3", "inputs": '"1..2"'}),
                ("by range", plain, {"inputs": '"a..b"'}), ("more columns", plain.replace(b"\n", b",x\n"), {"target": "c", "inputs": '"a, b"'}),
                ("dropped", plain.replace(b"7,", b"NA,1,1\n7,"), {"missing": "drop_row"})):
            self.compile(data, pairs)
            out = self.f.call(self.f.trainer("csv.ini"), "--epochs", 1, "--out", "out").stdout
            hashes[name] = next(line for line in out.splitlines() if line.startswith("start")).split("\t")[3]
        self.assertEqual(set(hashes.values()), {hashes["plain"]}, hashes)

    def test_names_with_quotes(self):
        data = b'"say ""x""","a, b",y\n1,2,3\n4,5,6\n7,8,9\n10,11,12\n'
        self.compile(data, {})
        self.f.call(self.f.trainer("csv.ini"), "--out", "out")
        self.f.write("new.csv", 'y,"a, b","say ""x"""\n0,5,4\n')
        self.f.write("plain.csv", "4,5\n")
        named = self.f.call(self.f.trainer("csv.ini"), "predict", "new.csv", "--out", "out").stdout
        plain = self.f.call(self.f.trainer("csv.ini"), "predict", "plain.csv", "--out", "out").stdout
        self.assertEqual(named, plain)

    def test_scaling(self):
        """Fitted on the train part alone; a column that never changes is moved only."""
        rows = [(1, 5, 0), (3, 5, 1), (8, 5, 0), (4, 5, 1), (100, 6, 1), (200, 7, 0)]
        data = b"a,b,c\n" + b"".join(b"%d,%d,%d\n" % r for r in rows)
        for scaling, want in (("standard", [4, math.sqrt(26 / 4), 5, 1]), ("minmax", [1, 7, 5, 1])):
            self.compile(data, {"scaling": scaling, "train_prop": 4 / 6})
            self.f.call(self.f.trainer("csv.ini"), "--out", scaling)
            tensors, _ = safetensors(self.f.at / scaling / "checkpoint_1.safetensors")
            kept = next(v for name, v in tensors.items() if name.endswith("csv.scaling"))
            for a, b in zip(kept, want, strict=True):
                self.assertAlmostEqual(a, b, places=12)

    def test_labels(self):
        """Names and integers become classes by order; the names are kept."""
        rows = [b"%d,%s" % (i, label) for i, label in enumerate([b"setosa", b"iris x", b"b", b"setosa", b"b", b"iris x"])]
        self.compile(b"a,c\n" + b"\n".join(rows) + b"\n", {"target_kind": "label"}, process={"loss_function": "CrossEntropyLoss"})
        info = self.f.call(self.f.trainer("csv.ini"), "--info").stdout
        self.assertRegex(info, r"prediction +prediction \[3\]")
        self.f.call(self.f.trainer("csv.ini"), "--out", "labels")
        _, meta = safetensors(self.f.at / "labels/checkpoint_1.safetensors")
        self.assertEqual(meta["kept.csv.labels"], "b\niris x\nsetosa")

    def test_categories(self):
        """Names become columns of 0 and 1, in training and in predict; what is missing becomes the mean of the train part."""
        names, numbers = "rgbrgb", [1, None, 3, 5, 10, 20]
        hand = [(v if v is not None else 3) for v in numbers]
        text = b"n,c,m,y\n" + b"".join(b"%s,%s,%d,%d\n" % (b"" if v is None else b"%d" % v, c.encode(), i % 2 + 1, i % 2) for i, (v, c) in enumerate(zip(numbers, names)))
        plain = b"n,b,g,r,m1,m2,y\n" + b"".join(b"%d,%d,%d,%d,%d,%d,%d\n" % (v, c == "b", c == "g", c == "r", i % 2 == 0, i % 2, i % 2) for i, (v, c) in enumerate(zip(hand, names)))
        hashes, predicted = [], []
        for data, pairs, rows in ((text, {"categories": '"c, m"', "missing": "mean"}, "m,n,c\n2,4,b\n1,,g\n"), (plain, {}, "n,b,g,r,m1,m2\n4,1,0,0,0,1\n3,0,1,0,1,0\n")):
            self.compile(data, {"train_prop": 4 / 6, **pairs})
            self.f.call(self.f.trainer("csv.ini"), "--out", "out")
            hashes.append([line for line in (self.f.at / "out/history_1.csv").read_text().splitlines()])
            self.f.write("new.csv", rows)
            predicted.append(self.f.call(self.f.trainer("csv.ini"), "predict", "new.csv", "--out", "out").stdout)
        self.assertEqual(hashes[0], hashes[1])
        self.assertEqual(predicted[0], predicted[1])
        self.compile(text, {"train_prop": 4 / 6, "categories": '"c, m"', "missing": "mean"})
        self.f.call(self.f.trainer("csv.ini"), "--out", "out")
        self.f.write("new.csv", "m,n,c\n2,4,violet\n")
        r = self.f.call(self.f.trainer("csv.ini"), "predict", "new.csv", "--out", "out", code=1)
        self.assertEqual(r.stderr, "error: new.csv:2: column 3: 'violet' is none of the names of the training: b g r\n")

    def test_folds(self):
        """Each row tests once over all folds, whatever the shuffling; the parts do not overlap."""
        rows = 11
        self.f.write("fold.c", FOLD)
        self.compile(b"a,c\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(rows)),
                     {"path_to_class": "fold.c", "folds": 3, "fold": "{1-3}", "split": "shuffled"}, process={"seed": 5, "run_files_path": "folds"}, name="folds")
        self.f.sweep("folds.ini", "folds.db")
        parts = [self.f.at.joinpath(f"folds/output_{i}.log").read_text().split("\n") for i in (1, 2, 3)]
        test, train = ([sorted(int(v) for v in next(line for line in p if line.startswith(name)).split()[1:]) for p in parts] for name in ("test", "train"))
        self.assertEqual(sorted(sum(test, [])), list(range(rows)))
        self.assertEqual([len(t) for t in test], [3, 4, 4])
        for a, b in zip(test, train):
            self.assertEqual(sorted(a + b), list(range(rows)))
        self.assertNotEqual(test[0], list(range(3)))


FOLD = """#define csv_transform plain_transform
#include "share/csv.c"
#undef csv_transform

/* Prints the rows of each part. */
void csv_transform(const struct csv *self, mosaic_data *data)
{
	(void)self;
	for (int s = MOSAIC_TRAIN; s <= MOSAIC_TEST; s++) {
		printf(s == MOSAIC_TRAIN ? "train" : "test");
		double v;
		for (int64_t i = 0; i < mosaic_samples(data, s); i++) {
			mosaic_read(data, mosaic_get(data, s, 0), i, 1, &v);
			printf(" %g", v);
		}
		printf("\\n");
	}
}
"""


class Examples(Example):
    """The configs with real data, as they are in share/."""

    def best(self, ini, database):
        self.f.mosaicc(ini)
        self.f.sweep(ini, database)
        runs = self.f.results(database)
        self.assertEqual({r["status"] for r in runs.values()}, {"done"})
        return [r["test_acc"] for r in runs.values()]

    def test_breast_cancer(self):
        right = self.best("share/breast_cancer.ini", "b.db")
        self.assertEqual(len(right), 12)
        self.assertGreaterEqual(min(right), 96)

    def test_breast_cancer_logits(self):
        shutil.copy(self.f.at / "share/iris.ini", self.f.at / "share/cancer.ini")
        self.f.edit("share/cancer.ini", ("iris.csv", "breast_cancer.csv"), ("iris", "cancer"), ("fold = {1-5}", "fold = 1"), ("epochs = 100", "epochs = 40"), ("width = 8, 16", "width = 8"))
        right = self.best("share/cancer.ini", "c.db")
        self.assertGreater(min(right), 95)

    def test_iris(self):
        right = self.best("share/iris.ini", "i.db")
        self.assertEqual(len(right), 20)
        self.assertGreater(sum(right) / 20, 93)

    def test_digits(self):
        right = self.best("share/digits.ini", "d.db")
        self.assertGreater(min(right), 94)
        self.assertEqual(len(self.f.history("d.db", 1)["validation_acc"]), 30)


if __name__ == "__main__":
    main()
