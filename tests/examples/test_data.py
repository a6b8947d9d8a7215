"""test_data.py: the readers of share/ (npy, npz, idx, raw, hdf5) and its transforms: what they read, what they say about files that they
cannot read, and that transforms do what they say in training, after a resume and in predict."""
import gzip
import io
import math
import shutil
import struct
import subprocess
import zipfile

from harness import Example, config, main, safetensors

N, D = 24, 3
X = [[((i * 7 + k * 5) % 23 - 11) / 4 for k in range(D)] for i in range(N)]
Y = [float(i % 3) for i in range(N)]
PROCESS = {"epochs": 2, "lr": "1e-2"}


def npy(values, descr, shape, code, version=1):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''}), }}"
    head = 10 if version == 1 else 12
    text += " " * (-(head + len(text) + 1) % 64) + "\n"
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text.encode() + struct.pack(f"{code[0] if code[0] in '<>' else '<'}{len(values)}{code[-1]}", *values)


def flat(x=None):
    return [v for row in (x or X) for v in row]


def npz(compressed=False, **arrays):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as z:
        for name, data in arrays.items():
            with z.open(name + ".npy", "w", force_zip64=True) as f:
                f.write(data)
    return out.getvalue()


def idx(code, type_code, values, shape):
    return bytes([0, 0, type_code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + struct.pack(f">{len(values)}{code}", *values)


GOOD_X, GOOD_Y = npy(flat(), "<f4", (N, D), "f"), npy(Y, "<f4", (N, 1), "f")


class Modules(Example):
    def sweep_of(self, name, reader, pairs, *modules, process={}, files={}, args=(), code=0):
        for path, data in files.items():
            (self.f.at / path).unlink(missing_ok=True)
            if data is not None:
                (self.f.at / path).write_bytes(data)
        types = ["dataset", *dict.fromkeys(m["type"] for _, m in modules if m["type"] != "mlp")]
        process = {"data_scheme": ", ".join(types), "pipeline_scheme": "mlp", **PROCESS, **process}
        reader, path = reader if isinstance(reader, tuple) else (reader, f"share/{reader}.c")
        net = ("classifier", {"type": "mlp", "path_to_class": "share/classifier.c", "width": 4})
        self.f.write(f"{name}.ini", config(process, {}, (reader, {"type": "dataset", "path_to_class": path, **pairs}), *modules, net))
        return self.f.mosaicc(*args, f"{name}.ini", code=code)

    def train(self, name, *args, out=None):
        return self.f.call(self.f.trainer(f"{name}.ini"), "--out", out or name, *args).stdout

    def epochs(self, text):
        return [line for line in text.splitlines() if line.startswith("epoch")]


def transform(name, **pairs):
    return name, {"type": pairs.pop("type", name), "path_to_class": "share/transforms.c", **pairs}


SPLIT = transform("split", train_prop=0.75)


class Readers(Modules):
    def test_formats_agree(self):
        """The same numbers in every format and type train to the same bits."""
        bytes_ = [int(v * 4 + 11) for v in flat()]
        npys = {"inputs": "x.npy", "targets": "y.npy"}
        x8, y8 = npy(bytes_, "|u1", (N, D), "B"), npy([int(v) for v in Y], "<i8", (N,), "q")
        cases = {
            "f4": ("npy", npys, {"x.npy": GOOD_X, "y.npy": GOOD_Y}), "f8": ("npy", npys, {"x.npy": npy(flat(), "<f8", (N, D), "d", 2), "y.npy": npy(Y, "<f8", (N,), "d")}),
            "big": ("npy", npys, {"x.npy": npy(flat(), ">f4", (N, D), ">f"), "y.npy": npy([int(v) for v in Y], ">i2", (N,), ">h")}), "half": ("npy", npys, {"x.npy": npy(flat(), "<f2", (N, D), "e"), "y.npy": GOOD_Y}),
            "stored": (("npz", "share/npy.c"), {"path": "a.npz"}, {"a.npz": npz(x=GOOD_X, y=GOOD_Y)}),
            "packed": (("npz", "share/npy.c"), {"path": "a.npz", "inputs": "images"}, {"a.npz": npz(True, other=GOOD_Y, images=GOOD_X, y=GOOD_Y)}),
            "idx": ("idx", {"inputs": "x.idx", "targets": "y.idx", "target_kind": "number"}, {"x.idx": idx("f", 13, flat(), (N, D)), "y.idx": idx("B", 8, [int(v) for v in Y], (N,))}),
            "gz": ("idx", {"inputs": "x.gz", "targets": "y.gz", "target_kind": "number"}, {"x.gz": gzip.compress(idx("d", 14, flat(), (N, D))), "y.gz": gzip.compress(idx("i", 12, [int(v) for v in Y], (N,)))}),
            "raw": ("raw", {"inputs": "x.bin", "targets": "y.bin", "input_shape": f"[{D}]", "input_offset": 8}, {"x.bin": b"12345678" + struct.pack(f"<{N * D}f", *flat()), "y.bin": struct.pack(f"<{N}f", *Y)}),
        }
        seen = {}
        for name, (reader, pairs, files) in cases.items():
            self.sweep_of(name, reader, {**pairs, "batch_size": 5}, SPLIT, files=files)
            seen[name] = self.epochs(self.train(name))
        for name, lines in seen.items():
            self.assertEqual(lines, seen["f4"], name)
        self.assertEqual(len(seen["f4"]), 2)
        # Bytes need their scaling to say the same: minmax makes both of them 0 .. 1.
        scaling = transform("minmax_scaling")
        for name, files in (("bytes", {"x.npy": x8, "y.npy": y8}), ("floats", {"x.npy": GOOD_X, "y.npy": GOOD_Y})):
            self.sweep_of(name, "npy", {**npys, "batch_size": 5}, SPLIT, scaling, files=files, process={"precision": "float64"})
            seen[name] = [[float(v) for v in line.split("\t")[3:5]] for line in self.epochs(self.train(name))]
        for a, b in zip(seen["bytes"], seen["floats"], strict=True):
            for u, v in zip(a, b, strict=True):
                self.assertAlmostEqual(u, v, places=6)

    def test_ignored_labels(self):
        """torch's -100: an error that says what to write, and then samples that do not count."""
        labels = [-100 if i % 4 == 1 else i % 3 for i in range(N)]
        files = {"x.npy": GOOD_X, "y.npy": npy(labels, "<i8", (N,), "q")}
        arrays = {"inputs": "x.npy", "targets": "y.npy", "target_kind": "label", "batch_size": 6}
        self.sweep_of("ignored", "npy", arrays, SPLIT, files=files, process={"loss_function": "CrossEntropyLoss"})
        r = self.f.call(self.f.trainer("ignored.ini"), "--out", "ignored", code=1)
        self.assertRegex(r.stderr, r"target 'label': sample \d+ holds -100, which is no label: the program was built for the labels 0 to 2; "
                         r"if samples with this label are not to count, write ignore_index = -100\n")
        self.sweep_of("ignored", "npy", arrays, SPLIT, files=files, process={"loss_function": "CrossEntropyLoss", "ignore_index": -100})
        self.assertEqual(len(self.epochs(self.train("ignored"))), 2)

    def test_labels_and_images(self):
        """Labels of three classes; a convolution learns the size of the images from the reader."""
        pixels = [(i * 37) % 251 for i in range(N * 6 * 5)]
        files = {"x.gz": gzip.compress(idx("B", 8, pixels, (N, 6, 5))), "y.idx": idx("B", 8, [int(v) for v in Y], (N,))}
        self.sweep_of("images", "idx", {"inputs": "x.gz", "targets": "y.idx", "batch_size": 6}, SPLIT, files=files, process={"loss_function": "CrossEntropyLoss", "pipeline_scheme": "cnn"}, code=None)
        text = (self.f.at / "images.ini").read_text().replace("type = mlp", "type = cnn").replace("class = classifier", "class = cnn_small").replace("share/classifier.c", "share/cnn.c").replace("width = 4", "filters = 2")
        (self.f.at / "images.ini").write_text(text)
        self.f.mosaicc("images.ini")
        info = self.f.call(self.f.trainer("images.ini"), "--info").stdout
        self.assertRegex(info, r"prediction +prediction \[3\]")
        self.assertEqual(len(self.epochs(self.train("images"))), 2)

    def test_hdf5(self):
        """Streamed and read whole: the same bits, with a scaling behind it, shuffled; on one lane and four. The trainer is one static file."""
        pairs = {"path": "share/data/sin2.h5", "batch_size": 50}
        for name, extra in (("whole", {}), ("streamed", {"in_memory": 1000})):
            self.sweep_of(name, "hdf5", {**pairs, **extra}, SPLIT, transform("standard_scaling", type="scaling"))
        whole, streamed = self.epochs(self.train("whole")), self.epochs(self.train("streamed"))
        self.assertEqual(whole, streamed)
        self.assertIn("not a dynamic executable", "".join(self.f.call("ldd", self.f.trainer("whole.ini"), code=None).stderr))

    def test_challenges(self):
        """Each file of share/data/ as it came: regression, and classification with labels."""
        for name, samples, size in (("sin1", 1000, 1), ("sin2", 1000, 2), ("gauss1", 1000, 1), ("gauss2", 1000, 2), ("ackley2", 1000, 2), ("crenel2", 1000, 2), ("ch1", 20000, 2)):
            labels = {"target_kind": "label"} if name == "ch1" else {}
            r = self.sweep_of(name, "hdf5", {"path": f"share/data/{name}.h5", **labels}, SPLIT, args=["--check"], process={"loss_function": "CrossEntropyLoss"} if labels else {})
            self.assertIn(f"{samples * 3 // 4} samples in batches of 32, then {samples // 4} for testing", r.stdout)


class Challenges(Example):
    """The configs with HDF5 files, as they are in share/."""

    def results_of(self, name, column):
        self.f.mosaicc(f"share/{name}.ini")
        self.f.sweep(f"share/{name}.ini", f"{name}.db")
        runs = self.f.results(f"{name}.db")
        self.assertEqual({r["status"] for r in runs.values()}, {"done"})
        return [r[column] for r in runs.values()]

    def test_regression(self):
        losses = self.results_of("challenge_regression", "test_loss")
        self.assertEqual(len(losses), 8)
        self.assertLess(max(losses), 1e-3)

    def test_classification(self):
        right = self.results_of("challenge_classification", "test_acc")
        self.assertEqual(len(right), 4)
        self.assertGreater(min(right), 99.5)


def damaged(data, at, by):
    return data[:at] + by + data[at + len(by):]


NAN = struct.pack("<f", math.nan)
HEADER = GOOD_X.index(b"\n") + 1
NPY = {"inputs": "x.npy", "targets": "y.npy"}
BAD = [
    # name, reader, pairs, files, message
    ("missing", "npy", NPY, {"x.npy": None, "y.npy": GOOD_Y}, "x.npy: cannot open: No such file or directory"),
    ("empty", "npy", NPY, {"x.npy": b"", "y.npy": GOOD_Y}, "x.npy: the file is empty"),
    ("text", "npy", NPY, {"x.npy": b"1,2,3\n4,5,6\n7,8,9\n", "y.npy": GOOD_Y}, "x.npy: is no .npy array: it does not begin with \\x93NUMPY"),
    ("cut in header", "npy", NPY, {"x.npy": GOOD_X[:50], "y.npy": GOOD_Y}, "x.npy: is cut off: its header has 118 bytes, 40 are there"),
    ("cut off", "npy", NPY, {"x.npy": GOOD_X[:-5], "y.npy": GOOD_Y}, f"x.npy: is cut off: it has {len(GOOD_X) - 5} bytes, its 24 samples need {len(GOOD_X)}"),
    ("nan", "npy", NPY, {"x.npy": damaged(GOOD_X, HEADER + 4 * 7, NAN), "y.npy": GOOD_Y}, f"x.npy: sample 2, number 1 (byte {HEADER + 28}) is nan; correct the file"),
    ("strings", "npy", NPY, {"x.npy": GOOD_X.replace(b"<f4", b"<U4"), "y.npy": GOOD_Y}, "x.npy: byte 23: numbers of this type are not read; save it as float32, float64 or an integer: a.astype('float32'); the file is no .npy array or damaged"),
    ("columns", "npy", NPY, {"x.npy": GOOD_X.replace(b"False", b"True "), "y.npy": GOOD_Y}, "x.npy: byte 48: the array is stored by columns; save numpy.ascontiguousarray(a)"),
    ("huge", "npy", NPY, {"x.npy": GOOD_X.replace(b"(24, 3)", b"(9999999999, 9999999999)")[:len(GOOD_X)], "y.npy": GOOD_Y}, "x.npy: axis 1 has the size 9999999999, which is not possible; the file is damaged"),
    ("no samples", "npy", NPY, {"x.npy": npy([], "<f4", (0, 3), "f"), "y.npy": GOOD_Y}, "x.npy: is empty: axis 0 has 0 samples of 3 numbers"),
    ("one number", "npy", NPY, {"x.npy": npy([1], "<f4", (), "f").replace(b"(,)", b"()"), "y.npy": GOOD_Y}, "x.npy: has 0 axes; an array of samples has 1 to 9, axis 0 are the samples"),
    ("counts", "npy", NPY, {"x.npy": GOOD_X, "y.npy": npy(Y[1:], "<f4", (23,), "f")}, "x.npy has 24 samples, y.npy has 23; each input needs its target"),
    ("no label", "npy", {**NPY, "target_kind": "label"}, {"x.npy": GOOD_X, "y.npy": npy([0.5] * N, "<f4", (N,), "f")}, "y.npy: sample 0 is 0.5; labels are 0, 1, ..."),
    ("batch", "npy", {**NPY, "batch_size": 0}, {"x.npy": GOOD_X, "y.npy": GOOD_Y}, "npy: batch_size must be at least 1, not 0"),
    ("zip: empty", ("npz", "share/npy.c"), {"path": "a.npz"}, {"a.npz": b""}, "a.npz: the file is empty"),
    ("zip: cut off", ("npz", "share/npy.c"), {"path": "a.npz"}, {"a.npz": npz(x=GOOD_X, y=GOOD_Y)[:-40]}, "a.npz: is no .npz file, or is cut off: the directory at its end is missing"),
    ("zip: name", ("npz", "share/npy.c"), {"path": "a.npz", "inputs": "z"}, {"a.npz": npz(x=GOOD_X, y=GOOD_Y)}, "a.npz: there is no array 'z'; there are: x, y"),
    ("zip: damaged", ("npz", "share/npy.c"), {"path": "a.npz"}, {"a.npz": npz(x=GOOD_X, y=GOOD_Y).replace(struct.pack("<f", X[3][1]), b"\1\2\3\4", 1)}, "a.npz: array 'x' is damaged: its checksum is wrong"),
    ("zip: packed, damaged", ("npz", "share/npy.c"), {"path": "a.npz"}, {"a.npz": damaged(npz(True, x=GOOD_X, y=GOOD_Y), 60, b"\xff" * 60)}, "a.npz: array 'x' cannot be unpacked; the file is damaged"),
    ("idx: empty", "idx", {"inputs": "x.idx", "targets": "y.idx"}, {"x.idx": b"", "y.idx": b""}, "x.idx: is cut off: 4 bytes are expected here, 0 are there"),
    ("idx: other", "idx", {"inputs": "x.idx", "targets": "y.idx"}, {"x.idx": b"1,2\n3,4\n", "y.idx": b""}, "x.idx: is no IDX file: it begins with the bytes 31 2c 32 0a; 00 00, a type and 01 to 08 are expected"),
    ("idx: cut off", "idx", {"inputs": "x.idx", "targets": "y.idx"}, {"x.idx": idx("B", 8, [1] * 71, (24, 3)), "y.idx": b""}, "x.idx: is cut off: its 24 samples need 72 bytes, 71 are there"),
    ("idx: gz cut off", "idx", {"inputs": "x.gz", "targets": "y.idx"}, {"x.gz": gzip.compress(idx("d", 14, flat(), (N, D)))[:-30], "y.idx": b""}, "x.gz: cannot be unpacked behind byte 400: unexpected end of file; the file is cut off or damaged"),
    ("zip: nan", ("npz", "share/npy.c"), {"path": "a.npz"}, {"a.npz": npz(x=damaged(GOOD_X, HEADER + 4 * 7, NAN), y=GOOD_Y)}, "a.npz: x: sample 2, number 1 is nan; correct the file"),
    ("idx: nan", "idx", {"inputs": "x.gz", "targets": "y.idx"}, {"x.gz": gzip.compress(idx("f", 13, [*flat()[:7], math.nan, *flat()[8:]], (N, D))), "y.idx": idx("B", 8, [1] * N, (N,))},
     "x.gz: sample 2, number 1 is nan; correct the file"),
    ("idx: no samples", "idx", {"inputs": "x.idx", "targets": "y.idx"}, {"x.idx": idx("B", 8, [], (0, 3)), "y.idx": b""}, "x.idx: is empty: axis 0 has 0 samples of 3 numbers"),
    ("raw: rest", "raw", {"inputs": "x.bin", "targets": "y.bin", "input_shape": "[3]"}, {"x.bin": b"1" * 50, "y.bin": b"1" * 16}, "x.bin: its 50 bytes are 4 samples of 12 bytes and 2 bytes more; is it cut off, or are type and shape right?"),
    ("raw: empty", "raw", {"inputs": "x.bin", "targets": "y.bin", "input_shape": "[3]"}, {"x.bin": b"", "y.bin": b"1" * 16}, "x.bin: the file is empty"),
    ("raw: offset", "raw", {"inputs": "x.bin", "targets": "y.bin", "input_shape": "[3]", "input_offset": 60}, {"x.bin": b"1" * 50, "y.bin": b"1" * 16}, "x.bin: has 50 bytes; the numbers cannot begin at byte 60"),
    ("raw: nan", "raw", {"inputs": "x.bin", "targets": "y.bin", "input_shape": "[3]"}, {"x.bin": b"\0" * 20 + NAN, "y.bin": b"\0" * 8}, "x.bin: sample 1, number 2 (byte 20) is nan; correct the file"),
]


class Broken(Modules):
    def refused(self, message, *args, **more):
        r = self.sweep_of(*args, args=["--check"], code=1, **more)
        self.assertIn(message, r.stderr)
        self.assertNotIn("signal", r.stderr)

    def test_files(self):
        for name, reader, pairs, files, message in BAD:
            with self.subTest(name):
                self.refused(message, "bad", reader, pairs, SPLIT, files=files)

    def test_hdf5(self):
        whole = (self.f.at / "share/data/sin2.h5").read_bytes()
        for name, pairs, data, message in (
                ("empty", {}, b"", "a.h5: the file is empty"), ("text", {}, b"1,2\n" * 200, "a.h5: is no HDF5 file, or damaged at its beginning"),
                ("cut off", {}, whole[:-100], "a.h5: cannot be opened as HDF5: truncated file"), ("name", {"inputs": "x"}, whole, "a.h5: there is no dataset 'x'; there are: "),
                ("nan", {}, with_nan(whole), "a.h5: input: sample 0, number 0 is nan; correct the file"),
                ("nan, streamed", {"in_memory": 0}, with_nan(whole), "a.h5: input: sample 0, number 0 is nan; correct the file"),
                ("label", {"target_kind": "label"}, whole, "a.h5: output: sample 0 is ")):
            with self.subTest(name):
                self.refused(message, "bad", "hdf5", {"path": "a.h5", **pairs}, SPLIT, transform("standard_scaling", type="scaling"), files={"a.h5": data})

    def test_hdf5_kinds(self):
        """Datasets that are there and cannot be samples."""
        self.f.write("writer.c", WRITER)
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "hdf5"], capture_output=True, text=True, check=True).stdout.split()
        self.f.call("clang", "-o", "writer", "writer.c", *flags)
        for kind, message in (("text", "t.h5: input: does not hold numbers; integers and floats are read"), ("none", "t.h5: input: is empty: axis 0 has 0 samples of 2 numbers"),
                              ("one", "t.h5: input: has 0 axes; an array of samples has 1 to 9, axis 0 are the samples"),
                              ("group", "t.h5: there is no dataset 'input'; there are: input/..., output"), ("fewer", "t.h5: input has 3 samples, t.h5: output has 4; each input needs its target")):
            with self.subTest(kind):
                self.f.call("./writer", kind)
                self.refused(message, "bad", "hdf5", {"path": "t.h5"}, SPLIT)

    def test_transforms(self):
        for name, modules, message in (
                ("share", [transform("split", train_prop=2)], "split: train_prop (2) and validation_prop (0) are shares that leave some samples to test"),
                ("twice", [SPLIT, transform("again", type="more", **{"class": "split"})], "split: the data has a test part already; leave split out"),
                ("folds", [transform("split", folds=30)], "split: 24 samples make 24 to train, 0 to validate, 0 to test; each part needs one at least: change train_prop, validation_prop or folds"),
                ("fold", [transform("split", folds=3, fold=4)], "split: fold (4) must be 1 to folds (3), and folds 0 or at least 2"),
                ("range", [SPLIT, transform("minmax_scaling", low=1)], "minmax_scaling: low (1) must be less than high (1)"),
                ("labels", [SPLIT, transform("one_hot", encoded="inputs")], "one_hot: 'x' of sample "),
                ("classes", [SPLIT, transform("one_hot", classes=2)], "is 2; there are the labels 0 to 1"),
                ("noise", [SPLIT, transform("noise", deviation=-1)], "noise: deviation (-1) must be at least 0"),
                ("image", [SPLIT, transform("flip", image_height=2, image_width=2)], "flip: image_channels (1), image_height (2) and image_width (2) do not make the 3 numbers of a sample of 'x'"),
                ("flip", [SPLIT, transform("flip", probability=2)], "flip: probability (2) must be 0 to 1"),
                ("crop", [SPLIT, transform("crop", margin=-1)], "crop: margin (-1) must be at least 0"),
                ("order", [transform("noise", deviation=1), SPLIT], "'x' changes each time that it is loaded: samples are dealt to train and test before that"),
                ("none", [], "the data has no test part")):
            with self.subTest(name):
                self.refused(message, "bad", "npy", NPY, *modules, files={"x.npy": GOOD_X, "y.npy": GOOD_Y})


WRITER = """#include <hdf5.h>
int main(int argc, char **argv)
{
	hid_t file = H5Fcreate("t.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), text = H5Tcopy(H5T_C_S1);
	hsize_t four[] = {4}, size[] = {*argv[1] == 'n' ? 0 : *argv[1] == 'f' ? 3 : 4, 2};
	H5Tset_size(text, 8);
	if (*argv[1] == 'g')
		H5Gcreate2(file, "input", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	else
		H5Dcreate2(file, "input", *argv[1] == 't' ? text : H5T_NATIVE_DOUBLE, *argv[1] == 'o' ? H5Screate(H5S_SCALAR) : H5Screate_simple(2, size, NULL), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	H5Dcreate2(file, "output", H5T_NATIVE_DOUBLE, H5Screate_simple(1, four, NULL), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	return argc != 2 || H5Fclose(file) < 0;
}
"""
HDF5_OFFSET = 2048                        # of `input` in sin2.h5


def with_nan(data):
    return damaged(data, HDF5_OFFSET, struct.pack("<d", math.nan))


class Transforms(Modules):
    FILES = {"x.npy": GOOD_X, "y.npy": GOOD_Y}

    def samples(self, name, *modules, **more):
        """The data as the network gets it, printed by a module at the end."""
        self.f.write("show.c", SHOW)
        self.sweep_of(name, "npy", {**NPY, "batch_size": 4}, *modules, ("show", {"type": "show", "path_to_class": "show.c"}), files=self.FILES, **more)
        lines = self.f.call(self.f.trainer(f"{name}.ini"), "--out", name).stderr.splitlines()
        return {part: [[float(v) for v in line.split()[1:]] for line in lines if line.startswith(part)] for part in ("train", "test", "validation")}

    def test_scaling(self):
        """Fitted on the train part; predict applies what the training kept."""
        plain = self.samples("plain", SPLIT)
        for name, kind in (("standard", "standard_scaling"), ("minmax", "minmax_scaling")):
            pairs = {"low": -1} if kind == "minmax_scaling" else {}
            scaled = self.samples(name, SPLIT, transform(kind, type="scaling", **pairs))
            for k in range(D):
                column = [row[k] for row in plain["train"]]
                mean = sum(column) / len(column)
                deviation = math.sqrt(sum((v - mean) ** 2 for v in column) / len(column))
                for part in ("train", "test"):
                    for a, b in zip(plain[part], scaled[part], strict=True):
                        want = (a[k] - mean) / deviation if kind == "standard_scaling" else (a[k] - min(column)) * 2 / (max(column) - min(column)) - 1
                        self.assertAlmostEqual(b[k], want, places=5)
                        self.assertEqual(b[D:], a[D:])
            _, meta = safetensors(self.f.at / name / "checkpoint_1.safetensors")
            self.assertEqual(meta["input.0"], "float32 3")
        self.sweep_of("by hand", "npy", {**NPY, "batch_size": 4}, SPLIT, transform("standard_scaling", type="scaling"), files=self.FILES)
        self.train("by hand")
        new = "\n".join(",".join(map(str, row)) for row in X[:4]) + "\n"
        self.f.write("new.csv", new)
        first = self.f.call(self.f.trainer("by hand.ini"), "predict", "new.csv", "--out", "by hand").stdout
        # 100 + 10 x in the file is another scale of the same data: the fitted scaling takes it out again.
        wide = [[100 + 10 * v for v in row] for row in X]
        self.sweep_of("by hand", "npy", {**NPY, "batch_size": 4}, SPLIT, transform("standard_scaling", type="scaling"), files={"x.npy": npy(flat(wide), "<f8", (N, D), "d"), "y.npy": GOOD_Y})
        self.train("by hand", out="wide")
        self.f.write("new.csv", "\n".join(",".join(map(str, row)) for row in wide[:4]) + "\n")
        second = self.f.call(self.f.trainer("by hand.ini"), "predict", "new.csv", "--out", "wide").stdout
        for a, b in zip(first.split()[1:], second.split()[1:], strict=True):
            for u, v in zip(a.split(","), b.split(","), strict=True):
                self.assertAlmostEqual(float(u), float(v), places=4)

    def test_split(self):
        """Each sample is in one part; over the folds each tests once."""
        rows = sorted([*x, y] for x, y in zip(X, Y))
        for name, pairs, counts in (("shares", {"train_prop": 0.5, "validation_prop": 0.25}, (12, 6, 6)), ("in_order", {"in_order": "yes"}, (19, 5, 0))):
            got = self.samples(name, transform("split", **pairs))
            self.assertEqual(tuple(len(got[p]) for p in ("train", "test", "validation")), counts)
            self.assertEqual(sorted(got["train"] + got["test"] + got["validation"]), rows)
            if name == "in_order":
                self.assertEqual(got["train"] + got["test"], [[*x, y] for x, y in zip(X, Y)])
        tested = []
        for fold in (1, 2, 3, 4, 5):
            got = self.samples("folds", transform("split", folds=5, fold=fold))
            self.assertEqual(sorted(got["train"] + got["test"]), rows)
            tested += got["test"]
        self.assertEqual(sorted(tested), rows)

    def test_one_hot_and_shuffle(self):
        got = self.samples("hot", SPLIT, transform("one_hot"))
        for row in got["train"] + got["test"]:
            self.assertEqual(sorted(row[D:]), [0, 0, 1])
            self.assertEqual(row[D:].index(1), Y[X.index(row[:D])] if X.count(row[:D]) == 1 else row[D:].index(1))
        in_order = self.samples("order", transform("split", in_order="yes"))
        mixed = self.samples("mixed", transform("split", in_order="yes"), transform("shuffle", when="once"))
        self.assertEqual(in_order["test"], mixed["test"])
        self.assertNotEqual(in_order["train"], mixed["train"])
        self.assertEqual(sorted(in_order["train"]), sorted(mixed["train"]))

    def augmented(self, name, *modules, **more):
        pixels = [float((i * 37) % 11) for i in range(N * 12)]
        files = {"x.npy": npy(pixels, "<f4", (N, 3, 4), "f"), "y.npy": GOOD_Y}
        self.f.write("flat.c", "#include <mosaic.h>\nstruct flat_net { int width MOSAIC_DEFAULT(4); };\nnn_tensor flat_net_forward(const struct flat_net *self, nn_tensor x)\n"
                               "{\n\treturn nn_linear(nn_tanh(nn_linear(nn_flatten(x), self->width)), 1);\n}\n")
        self.sweep_of(name, "npy", {**NPY, "batch_size": 5}, SPLIT, *modules, files=files, code=None, **more)
        text = (self.f.at / f"{name}.ini").read_text().replace("class = classifier", "class = flat_net").replace("share/classifier.c", "flat.c")
        (self.f.at / f"{name}.ini").write_text(text)
        self.f.mosaicc(f"{name}.ini")

    def test_resume(self):
        """What is drawn anew in each epoch is the same after a resume, alone and in lanes, and another in each epoch."""
        modules = [transform("flip"), transform("crop", margin=1), transform("noise", deviation=0.5)]
        self.augmented("plain")
        self.augmented("augmented", *modules, process={"epochs": 4})
        whole = self.epochs(self.train("augmented"))
        self.assertNotEqual(whole[:2], self.epochs(self.train("plain")))
        self.train("augmented", "--epochs", 2, out="part")
        resumed = self.epochs(self.train("augmented", "--resume", out="part"))
        self.assertEqual(resumed[-2:], whole[-2:])
        self.f.write("four.job", "".join(f"run {i}\nset seed {i}\ndir lanes\nend\n" for i in (1, 2, 3, 4)))
        lanes = self.f.call(self.f.trainer("augmented.ini"), "--job", "four.job").stdout
        first = [line for line in lanes.splitlines() if line.startswith("epoch\t1\t")]
        self.assertEqual(first, whole)

    def test_what_augmentation_does(self):
        """Looked at one by one: a flipped image is mirrored, a cropped one moved, noise has its deviation."""
        self.f.write("look.c", LOOK)
        for name, pairs in (("flip", {"probability": 1}), ("flip", {"probability": 1, "vertical": "yes"}), ("crop", {"margin": 1}), ("noise", {"deviation": 0.5}), ("noise", {"deviation": 0.5, "distribution": "uniform"})):
            with self.subTest(name, **pairs):
                self.augmented("look", transform(name, **pairs), ("look", {"type": "look", "path_to_class": "look.c", "what": name, "vertical": pairs.get("vertical", "no")}), process={"epochs": 20})
                self.train("look")


SHOW = """#include <mosaic.h>
struct show { int nothing MOSAIC_DEFAULT(0); };
void show_transform(const struct show *self, mosaic_data *data)
{
	static const char *const names[] = {"train", "test", "validation"};
	(void)self;
	for (int s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++)
		for (int64_t i = 0; i < mosaic_samples(data, s); i++) {
			fprintf(stderr, "%s", names[s]);
			struct mosaic_array *a;
			for (int k = 0; (a = mosaic_get(data, s, k)); k++) {
				double v[64];
				int64_t n = 1;
				for (int d = 0; d < a->rank; d++)
					n *= a->shape[d];
				mosaic_read(data, a, i, 1, v);
				for (int64_t j = 0; j < n; j++)
					fprintf(stderr, " %.9g", v[j]);
			}
			fprintf(stderr, "\\n");
		}
}
"""

# Checks each sample behind the change against the sample as it was; images are [3,4].
LOOK = """#include <mosaic.h>
#include <math.h>
#include <string.h>
enum what { flip, crop, noise };
struct look { enum what what; bool vertical; };
struct looking { int64_t what, vertical; };
static double before(int64_t sample, int64_t y, int64_t x)
{
	return (double)((sample * 12 + y * 4 + x) * 37 % 11);
}
static bool is(const struct looking *l, const double *now, int64_t sample, int64_t down, int64_t right)
{
	for (int64_t y = 0; y < 3; y++)
		for (int64_t x = 0; x < 4; x++) {
			int64_t v = y + down, u = x + right;
			double want = v < 0 || v > 2 || u < 0 || u > 3 ? 0 : before(sample, v, u);
			if (l->what == flip)
				want = l->vertical ? before(sample, 2 - y, x) : before(sample, y, 3 - x);
			if (l->what == noise ? fabs(now[y * 4 + x] - want) > 4 : now[y * 4 + x] != want)
				return false;
		}
	return true;
}
static void look_change(const void *context, const struct mosaic_array *a, double *now, mosaic_random *random)
{
	const struct looking *l = context;
	int reach = l->what == crop;
	(void)a, (void)random;
	for (int64_t sample = 0; sample < 24; sample++)
		for (int64_t down = -reach; down <= reach; down++)
			for (int64_t right = -reach; right <= reach; right++)
				if (is(l, now, sample, down, right))
					return;
	mosaic_fail("no sample looks like this one");
}
void look_prepare(const struct look *self, mosaic_data *data)
{
	struct looking l = {self->what, self->vertical};
	mosaic_each_load(data, MOSAIC_TRAIN, mosaic_get(data, MOSAIC_TRAIN, 0), "look", look_change, &l, sizeof l);
}
"""

if __name__ == "__main__":
    main()
