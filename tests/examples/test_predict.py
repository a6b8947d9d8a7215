"""test_predict.py: files for predict as people have them, and what is wrong with a cell, told with file, line and column; a trainer's settings in --info; user
code that leaves the process."""
import array
import os

from harness import BUILD, Example, config, main

PICK = """#include <mosaic.h>
struct pick { int classes; };
nn_tensor pick_forward(const struct pick *self, nn_tensor x)
{
	return nn_linear(nn_flatten(nn_one_hot(x, self->classes)), 1);
}
"""
NUMBERS = [(i % 4, i * 3 % 4) for i in range(40)]
TABLE = "a,b,y\n" + "".join(f"{i / 8},{i % 3},{i % 2}\n" for i in range(24))
NET = ("net", {"type": "mlp", "class": "classifier", "path_to_class": "share/classifier.c", "width": 3})


class Labels(Example):
    """A network that looks inputs up, by integers and by floats that hold integers."""

    def trained(self, kind):
        ini = kind + ".ini"
        if not (self.f.at / ini).exists():
            code = {"uint8": "B", "int64": "q", "float32": "f"}[kind]
            (self.f.at / f"{kind}.bin").write_bytes(array.array(code, [v for pair in NUMBERS for v in pair]).tobytes())
            (self.f.at / "y.bin").write_bytes(array.array("f", [a + b for a, b in NUMBERS]).tobytes())
            self.f.write("pick.c", PICK)
            process = {"epochs": 2, "data_scheme": "dataset, split", "pipeline_scheme": "mlp"}
            raw = {"type": "dataset", "class": "raw", "path_to_class": "share/raw.c", "inputs": f"{kind}.bin", "input_type": kind, "input_shape": "[2]", "targets": "y.bin"}
            split = ("split", {"type": "split", "path_to_class": "share/transforms.c", "train_prop": 0.8})
            self.f.write(ini, config(process, {}, ("numbers", raw), split, ("pick", {"type": "mlp", "path_to_class": "pick.c", "classes": 4})))
            self.f.mosaicc(ini)
            self.f.call(self.f.trainer(ini), "--out", kind)
        return self.f.trainer(ini)

    def predict(self, kind, text, code=0):
        trainer = self.trained(kind)
        self.f.write("in.csv", text)
        r = self.f.call(trainer, "predict", "in.csv", "--out", kind, code=code)
        return r.stdout if code == 0 else r.stderr

    def test_what_is_no_label(self):
        """Each kind says it at the cell."""
        for kind in "uint8", "int64", "float32":
            self.assertEqual(len(self.predict(kind, "0,3\n2,1\n").split()), 3)
            self.assertEqual(self.predict(kind, "p,q\n1,2\n\n0,4\n", code=1), "error: in.csv:4: column 2 (q): '4' is no label: the program was built for the labels 0 to 3\n")
        for kind in "uint8", "int64":
            self.assertEqual(self.predict(kind, "0,3\n2,0.5\n", code=1), "error: in.csv:2: column 2: '0.5' is not an integer\n")
        self.assertEqual(self.predict("float32", "0,3\n2.5,1\n", code=1), "error: in.csv:2: column 1: '2.5' is no label: the program was built for the labels 0 to 3\n")
        self.assertEqual(self.predict("uint8", "256,3\n", code=1), "error: in.csv:1: column 1: '256' is out of range; it can be 0 to 255\n")
        self.assertEqual(self.predict("int64", "1e19,3\n", code=1),
                         "error: in.csv:1: column 1: '1e19' is out of range; it can be -9223372036854775808 to 9223372036854775807\n")
        self.assertEqual(self.predict("int64", "-1,3\n", code=1), "error: in.csv:1: column 1: '-1' is no label: the program was built for the labels 0 to 3\n")


class Files(Example):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.f.write("table.csv", TABLE)
        table = {"type": "dataset", "class": "csv", "path_to_class": "share/csv.c", "path": "table.csv", "target": "y", "target_kind": "label", "scaling": "standard"}
        cls.f.write("t.ini", config({"loss_function": "CrossEntropyLoss", "lr": "2e-3", "epochs": 3, "data_scheme": "dataset", "pipeline_scheme": "mlp"}, {}, ("table", table), NET))
        cls.f.mosaicc("t.ini")
        cls.f.call(cls.f.trainer("t.ini"), "--out", "out")

    def predict(self, data, code=0):
        (self.f.at / "in.csv").write_bytes(data)
        r = self.f.call(self.f.trainer("t.ini"), "predict", "in.csv", "--out", "out", code=code)
        return r.stdout if code == 0 else r.stderr

    def test_as_spreadsheets_write_them(self):
        plain = self.predict(b"a,b\n1.5,2\n0.25,1\n")
        self.assertEqual(len(plain.splitlines()), 3)
        for data in (b"a,b\r\n1.5,2\r\n0.25,1\r\n", b"\xef\xbb\xbfa,b\n1.5,2\n0.25,1\n", b"\xef\xbb\xbf\"a\",b\r\n1.5,2\r\n0.25,1", b"a,b\n1.5,2\n0.25,1", b"b,a\n2,1.5\n1,0.25\n",
                     b"id,b,note,a,y\n7,2,\"x, y\",1.5,1\n8,1,,0.25,0", b"b;a\r\n2;1.5\r\n1;0.25", b"b\ta\n2\t1.5\n\n1\t0.25\n\n", b"1.5,2\n0.25,1", b"a , b\n 1.5 , 2 \n0.25,1\n"):
            self.assertEqual(self.predict(data), plain, data)

    def test_what_is_wrong_with_them(self):
        for data, message in ((b"a,b\r\n1.5,2\r\n0.25,one\r\n", "in.csv:3: column 2 (b): 'one' is not a number"),
                              (b"a,c\n1,2\n", "in.csv:1: there is no column 'b'"),
                              (b"a,B\n1,2\n", "in.csv:1: there is no column 'b'; is it 'B'?"),
                              (b"a,b\n1\n", "in.csv:2: 1 columns, the first row has 2"),
                              (b"1,2,3\n", "in.csv:1: 3 columns; a sample has 2 numbers"),
                              (b"a,b,a\n1,2,3\n", "in.csv:1: there are two columns 'a'"),
                              (b"a,b\n1,\"2\n", "in.csv:2: a quote that does not end"),
                              (b"a\0b\n", "in.csv: is not a text file"),
                              ("a,b\n1,2\n".encode("utf-16"), "in.csv: is not a text file"),
                              (b"a,b\n1,inf\n", "in.csv:2: column 2 (b): 'inf' is not a number"),
                              (b"a,b\n1,NA\n", "in.csv:2: column 2 (b): 'NA' is not a number")):
            self.assertEqual(self.predict(data, code=1), f"error: {message}\n")

    def test_nothing_to_predict(self):
        self.assertEqual(len(self.predict(b"a,b\n").splitlines()), 1)
        self.assertEqual(self.predict(b"", code=1), "error: in.csv: is empty\n")

    def test_info_shows_settings(self):
        text = self.f.call(self.f.trainer("t.ini"), "--info", "--lr", "7e-4", "--table.batch_size=3").stdout
        for line in (r"setting +type +value +meaning", r"lr +number >= 0 +7e-4 +learning rate", r"epochs +integer >= 0 +3 +epochs in all.*", r"table\.path +text +table\.csv +the file; .*",
                     r"table\.scaling +none\|standard\|minmax +standard +.+", r"table\.batch_size +integer +3 +samples a step", r"keep_best +column of the history +none .*"):
            self.assertRegex(text, rf"(?m)^{line}$")
        self.assertEqual(self.f.call(self.f.trainer("t.ini"), "--info", "--lr", "fast", code=2).stderr, "error: lr: 'fast' is not a number\n")


class Leaving(Example):
    """User code that ends the process: mosaicc and the trainer say who did it."""
    CODE = """#include <mosaic.h>
#include <stdlib.h>
struct leaver { int unused MOSAIC_DEFAULT(0); };
void leaver_prepare(const struct leaver *self, mosaic_data *data)
{
	const char *how = getenv("LEAVE");
	if (how && *how == 'e')
		exit(self->unused);
	if (how)
		quick_exit(self->unused);
	for (enum mosaic_split s = MOSAIC_TRAIN; s <= MOSAIC_TEST; s++) {
		float *x = mosaic_input(data, s, "x", 2, 1), *y = mosaic_target(data, s, "y", 2, 1);
		x[0] = y[0] = 0;
		x[1] = y[1] = 1;
	}
}
void leaver_info(const struct leaver *self, mosaic_info *info)
{
	mosaic_info_int(info, "output_size", 1 + self->unused);
}
"""

    def test_exit_in_prepare(self):
        self.f.write("leaver.c", self.CODE)
        self.f.write("l.ini", config({"epochs": 2, "data_scheme": "dataset", "pipeline_scheme": "mlp"}, {}, ("leaver", {"type": "dataset", "path_to_class": "leaver.c"}),
                                     ("net", {"type": "mlp", "class": "brick", "path_to_class": "brick.c"})))
        self.f.write("brick.c", "#include <mosaic.h>\nstruct brick { int output_size; };\n"
                     "nn_tensor brick_forward(const struct brick *self, nn_tensor x) { return nn_linear(x, self->output_size); }\n")
        self.f.mosaicc("l.ini")
        for how in "exit", "quick_exit":
            env = {**os.environ, "LEAVE": how}
            r = self.f.call(BUILD / "mosaicc", "--check", "l.ini", code=1, env=env)
            self.assertRegex(r.stderr, rf"leaver.c:\d+:\d+: error: prepare of leaver: {how}\((0)?\) was called")
            r = self.f.call(self.f.trainer("l.ini"), "--out", how, code=1, env=env)
            self.assertIn("error: exit() was called in prepare of class leaver of run 1; modules leave with mosaic_fail\n", r.stderr)
        self.assertEqual(self.f.sweep("l.ini", "l.db").count("[run finished]"), 1)


if __name__ == "__main__":
    main()
