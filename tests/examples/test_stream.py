"""test_stream.py: tables and archives that are streamed: what they say about mistakes, and that their bits are those of the same file read whole, with shuffling, lanes
and a resume. Small files, with in_memory = 0; test_memory.py has large ones."""
import os
import random
import resource
import shutil
import signal

import test_csv
import test_data
from harness import main, safetensors
from test_data import npy, npz

NAMES = ["pine", "oak", "1", "1.0", "elm", "-3", "two words"]


def table(rows, seed=3):
    """Numbers, names, what is missing, quotes with separators and line ends in them, blank lines."""
    draw = random.Random(seed)
    lines = ['a,b,"c, d",kind,class,y,z']
    for i in range(rows):
        a = "" if draw.random() < 0.1 else f"{draw.uniform(-9, 9):.17g}"
        b = "NA" if draw.random() < 0.1 else f"{draw.randrange(-99, 99)}e-{draw.randrange(9)}"
        name = draw.choice(NAMES)
        lines.append(f'{a},{b}, {i % 7} ,"{name}",{draw.choice(["x", "y", "10", "9"])},{draw.random():.9g},"-{draw.random():.3f}"')
        if draw.random() < 0.05:
            lines.append(draw.choice(["", "  ", " \r"]))
        if draw.random() < 0.05:
            lines[-1] = lines[-1].replace(f'"{name}"', '"a ""tree""\n, felled"')
    return "\r\n".join(lines).encode()


class Training:
    """For both kinds of files: what three runs that are trained at once come to."""
    def train(self, ini, name, *args, **of_run):
        """Epochs, as they are reported, and the bytes of the models."""
        (self.f.at / name).mkdir()
        sets = "".join(f"set {k.replace('__', '.')} {v}\n" for k, v in of_run.items())
        job = "".join(f"run {i}\nset seed {i}\n{sets}dir {name}\nend\n" for i in (1, 2, 3))
        out = self.f.call(self.f.trainer(ini), "--job", "-", *args, input=job).stdout
        epochs = sorted(line for line in out.splitlines() if line.startswith("epoch"))
        self.assertEqual(len(epochs), 9, out)
        models = [p.read_bytes() for p in sorted((self.f.at / name).glob("model_*"))]
        self.assertEqual(len(models), 3)
        shutil.copy(self.f.at / name / "checkpoint_1.safetensors", self.f.at / f"{name}.safetensors")
        return epochs, models

    def same_checkpoint(self, name):
        """All that is kept: numbers, and names of labels and categories."""
        (streamed, its_names), (whole, names) = (safetensors(self.f.at / f"{name}_{how}.safetensors") for how in ("streamed", "whole"))
        self.assertEqual(streamed, whole)
        self.assertEqual(*({k: v for k, v in meta.items() if k.startswith(("kept", "data_columns"))} for meta in (its_names, names)))

    def in_full_folder(self, ini, message, *args, limit=1 << 20):
        """Files end at a megabyte. TMPDIR is empty then."""
        (self.f.at / "tmp").mkdir(exist_ok=True)

        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        r = self.f.call(self.f.trainer(ini), "--out", "full", *args, code=1, env={**os.environ, "TMPDIR": str(self.f.at / "tmp")}, preexec_fn=limited)
        self.assertIn(message, r.stderr)
        self.assertEqual(list((self.f.at / "tmp").iterdir()), [])


class Csv(Training, test_csv.Csv):
    test_good_files = test_names_with_quotes = test_scaling = test_labels = test_categories = None
    MORE = [
        ("quote far back", b"a,b\n" + b"1,2\n" * 300000 + b'"3,4\n5,6\n', {}, "data.csv:300002: a double quote opens here and nothing closes it; is the file cut off?"),
        ("last row", b"a,b\n" + b"1,2\n" * 300000 + b"3,x", {}, "data.csv:300002:2: 'x' in column 'b' is not a number"),
        ("last row cut off", b"a,b\n" + b"1,2\n" * 300000 + b"3", {}, "data.csv:300002:1: this row has 1 columns, the first one has 2; is the file cut off?"),
        ("one row too long", b"a,b\n" + b"1,2\n" * 300000 + b"3,4,5\n6,7\n", {}, "data.csv:300002:3: this row has 3 columns, the first one has 2; a text"),
        ("missing before a broken row", b"a,b\n1,\n3,4\n5\n", {}, "data.csv:4:1: this row has 1 columns"),
        ("missing before a wrong number", b"a,b\nx,4\n1,\n", {}, "data.csv:3:2: the value in column 'b' is missing"),
        ("no label before a wrong number", b"a,b\nx,1\n1,0.5\n", {"target_kind": "label"}, "data.csv:3:2: '0.5' is no label"),
        ("no test rows before a wrong number", b"a,b\n1,2\n3,x\n", {"train_prop": 0.9}, "data.csv: its 2 rows make 2 to train, 0 to validate, 0 to test"),
        ("too many labels", b"a,b\n" + b"".join(b"1,n%d\n" % i for i in range(65537)), {"target_kind": "label"}, "data.csv: column 'b' has 65537 different labels; 2 to 65536 are possible"),
    ]

    def compile(self, data, pairs, *args, **more):
        return super().compile(data, {"in_memory": 0, **pairs}, *args, **more)

    def test_bad_files(self):
        """What test_csv.py says of files that are read whole, word by word. Trainers read as mosaicc does, and take no second to start."""
        self.compile(b"a,b\n1,2\n3,4\n5,6\n", {})

        def told(data, pairs):
            (self.f.at / "data.csv").unlink(missing_ok=True)
            if data is not None:
                (self.f.at / "data.csv").write_bytes(data)
            sets = [a for k, v in pairs.items() for a in (f"--csv.{k}", str(v).strip('"'))]
            r = self.f.call(self.f.trainer("csv.ini"), "--out", "bad", *sets, code=1)
            self.assertNotIn("signal", r.stderr)
            return r.stderr
        for name, data, pairs, message in test_csv.BAD + self.MORE:
            with self.subTest(name):
                if name != "no batch":                     # mosaicc's own words
                    self.assertIn(message, told(data, pairs))
        for name, data, pairs, message in self.MORE[-5:]:
            with self.subTest(name):
                self.assertIn(message, told(data, {**pairs, "in_memory": 1 << 40}))
        self.assertIn("csv: in_memory (-1) is a number of bytes", told(b"a,b\n1,2\n", {"in_memory": -1}))
        r = self.compile(test_csv.BAD[4][1], test_csv.BAD[4][2], "--check", code=1)
        self.assertIn(test_csv.BAD[4][3], r.stderr)

    def test_same_bits(self):
        data = table(400)
        labels, numbers = {"target": "class", "inputs": '"a..kind, z"', "target_kind": "label"}, {"target": '"y, z"', "inputs": '"a..class"'}
        for name, pairs in (
                ("mean", {**labels, "missing": "mean", "categories": "kind", "scaling": "standard", "split": "shuffled", "shuffle": "yes"}),
                ("dropped", {**numbers, "missing": "drop_row", "categories": '"class, kind"', "scaling": "minmax", "validation_prop": 0.2}),
                ("folds", {**numbers, "inputs": '"a..b"', "missing": "mean", "folds": 3, "fold": 2, "split": "shuffled", "shuffle": "yes", "drop_last": "yes"}),
                ("plain", {**labels, "inputs": "z", "categories": "", "scaling": "none", "split": "shuffled"})):
            with self.subTest(name):
                loss = "CrossEntropyLoss" if "target_kind" in pairs else "MSELoss"
                self.compile(data, {**pairs, "batch_size": 7}, process={"loss_function": loss, "epochs": 3, "lr": "1e-2"})
                streamed = self.train("csv.ini", f"{name}_streamed")
                self.assertEqual(streamed, self.train("csv.ini", f"{name}_whole", csv__in_memory=1 << 40))
                self.same_checkpoint(name)

    def test_one_hot(self):
        """Labels of a stream become vectors as they are loaded."""
        self.compile(table(200), {"inputs": '"a, b"', "target": "class", "target_kind": "label", "missing": "mean", "batch_size": 9}, "--no-build", code=1)   # the labels are no vectors yet
        self.f.edit("csv.ini", ("data_scheme = dataset", "data_scheme = dataset, hot"), ("epochs = 1\n", "epochs = 3\n"))
        with open(self.f.at / "csv.ini", "a") as f:
            f.write("[hot]\ntype = hot\nclass = one_hot\npath_to_class = share/transforms.c\nkey = hot\n")
        self.f.mosaicc("csv.ini")
        self.assertEqual(self.train("csv.ini", "hot_streamed"), self.train("csv.ini", "hot_whole", csv__in_memory=1 << 40))

    def test_resumed(self):
        self.compile(table(200), {"inputs": '"a, b"', "target": "z", "missing": "mean", "scaling": "standard", "split": "shuffled", "shuffle": "yes", "batch_size": 9})
        for name, more in (("at_once", []), ("resumed", [2])):
            for epochs in [*more, 5]:
                self.f.call(self.f.trainer("csv.ini"), "--epochs", epochs, "--out", name, *(["--resume"] if more and epochs == 5 else []))
        models = [next((self.f.at / name).glob("model_*")).read_bytes() for name in ("at_once", "resumed")]
        self.assertEqual(models[0], models[1])

    def test_no_room(self):
        self.compile(b"a,b,c\n1,2,3\n4,5,6\n", {})
        (self.f.at / "data.csv").write_bytes(b"a,b,c\n" + b"1,2,3\n" * 90000)
        self.in_full_folder("csv.ini", "data.csv: is too large for memory, and a temporary file in ")
        self.in_full_folder("csv.ini", "/tmp fails after 1", "--csv.batch_size", "7")
        r = self.f.call(self.f.trainer("csv.ini"), "--out", "full", code=1, env={**os.environ, "TMPDIR": "/nowhere"})
        self.assertIn("data.csv: is too large for memory, and a temporary file in /nowhere fails after 0 bytes: No such file or directory; set TMPDIR to a folder with more room, or a higher in_memory",
                      r.stderr)


class Npz(Training, test_data.Modules):
    def test_bad_files(self):
        """What test_data.py says of archives that are read whole."""
        for name, reader, pairs, files, message in test_data.BAD:
            if name.startswith("zip"):
                with self.subTest(name):
                    r = self.sweep_of("bad", reader, {**pairs, "in_memory": 0}, test_data.SPLIT, files=files, args=["--check"], code=1)
                    self.assertIn(message, r.stderr)
        good = npz(True, x=test_data.GOOD_X, y=test_data.GOOD_Y)
        for at, message in ((good.index(b"PK\1\2") - 300, "cannot be unpacked; the file is damaged"), (good.index(b"y.npy") - 40, "a.npz: array 'x' ")):
            for in_memory in 0, 1 << 40:
                r = self.sweep_of("bad", ("npz", "share/npy.c"), {"path": "a.npz", "in_memory": in_memory}, test_data.SPLIT, files={"a.npz": test_data.damaged(good, at, b"\xff\0\xff\0")}, args=["--check"], code=1)
                self.assertIn(message, r.stderr)
        r = self.sweep_of("bad", ("npz", "share/npy.c"), {"path": "a.npz", "in_memory": -1}, test_data.SPLIT, files={"a.npz": good}, args=["--check"], code=1)
        self.assertIn("npz: in_memory (-1) is a number of bytes", r.stderr)

    def test_same_bits(self):
        draw = random.Random(5)
        rows = 400
        x = [draw.randrange(-2000, 2000) / 16 for _ in range(rows * 6)]
        labels = [draw.randrange(3) for _ in range(rows)]
        scaling = test_data.transform("standard_scaling", type="scaling")
        for name, packed, ax, ay, pairs, modules in (
                ("stored", False, npy(x, "<f4", (rows, 6), "f"), npy(labels, "<i8", (rows,), "q"), {"target_kind": "label"}, [scaling]),
                ("packed", True, npy(x, "<f8", (rows, 6), "d"), npy(labels, "|u1", (rows, 1), "B"), {"target_kind": "label", "drop_last": "yes"}, [scaling]),
                ("half", True, npy(x, "<f2", (rows, 6), "e"), npy(labels, ">i2", (rows, 1), ">h"), {}, []),
                ("swapped", False, npy(x, ">f4", (rows, 6), ">f"), npy(labels, ">f8", (rows, 1), ">d"), {"shuffle": "no"}, [scaling, test_data.transform("noise", deviation=0.1)])):
            with self.subTest(name):
                process = {"epochs": 3, "loss_function": "CrossEntropyLoss" if "target_kind" in pairs else "MSELoss"}
                self.sweep_of(name, ("npz", "share/npy.c"), {"path": "a.npz", "batch_size": 7, "in_memory": 0, **pairs}, test_data.SPLIT, *modules, process=process, files={"a.npz": npz(packed, x=ax, y=ay)})
                streamed = self.train(f"{name}.ini", f"{name}_streamed")
                self.assertEqual(streamed, self.train(f"{name}.ini", f"{name}_whole", npz__in_memory=1 << 40))
                self.same_checkpoint(name)

    def test_no_room(self):
        files = {"a.npz": npz(True, x=npy([0.5] * 400000, "<f4", (100000, 4), "f"), y=npy([1] * 100000, "<f4", (100000,), "f"))}
        self.sweep_of("full", ("npz", "share/npy.c"), {"path": "a.npz", "in_memory": 0}, test_data.SPLIT, files=files)
        self.in_full_folder("full.ini", "a.npz: is too large for memory, and a temporary file in ")


if __name__ == "__main__":
    main()
