"""test_memory.py: files of 512 MB, trained with little memory: raw numbers and NumPy's arrays are mapped, HDF5 is streamed, and the bits are those of the
same data read whole. The files are sparse: one sample in 64 has numbers, the others are zeros. Tables and archives are held to 64 MB, too; they have 100 MB,
with LARGE=1 500 MB."""
import array
import gzip
import json
import os
import random
import resource
import struct
import subprocess
import threading
import time
import zipfile

from harness import Example, config, main

SAMPLES, WIDTH, EVERY = 32768, 4096, 64
FEWER = 6144                               # 96 MB
LIMIT = 64 << 20
# Writes the dataset `input` without touching what has no numbers, and `output`; rows come from standard input.
WRITER = """#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	hsize_t samples = (hsize_t)atoll(argv[2]), width = (hsize_t)atoll(argv[3]), every = (hsize_t)atoll(argv[4]);
	hsize_t size[2] = {samples, width}, first[2] = {0, 0}, count[2] = {1, width};
	float *row = malloc(sizeof *row * (width > samples ? width : samples));
	hid_t file = H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), plist = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_alloc_time(plist, H5D_ALLOC_TIME_EARLY);
	H5Pset_fill_time(plist, H5D_FILL_TIME_NEVER);
	hid_t space = H5Screate_simple(2, size, NULL), memory = H5Screate_simple(2, count, NULL), set = H5Dcreate2(file, "input", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, plist, H5P_DEFAULT);
	for (; first[0] < samples; first[0] += every) {
		if (fread(row, sizeof *row, width, stdin) != width)
			return 1;
		H5Sselect_hyperslab(space, H5S_SELECT_SET, first, NULL, count, NULL);
		if (H5Dwrite(set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, row) < 0)
			return 1;
	}
	H5Dclose(set);
	if (fread(row, sizeof *row, samples, stdin) != samples)
		return 1;
	space = H5Screate_simple(1, size, NULL);
	set = H5Dcreate2(file, "output", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	return argc != 5 || H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, row) < 0 || H5Fclose(file) < 0;
}
"""
READERS = {"raw": {"path_to_class": "share/raw.c", "input_shape": f"[{WIDTH}]", "input_offset": 128, "target_offset": 128}, "npy": {"path_to_class": "share/npy.c"},
           "streamed": {"class": "hdf5", "path_to_class": "share/hdf5.c", "in_memory": 1000000}, "whole": {"class": "hdf5", "path_to_class": "share/hdf5.c", "in_memory": 1 << 40}}


def npy_header(shape):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + text.encode()


def watch(p, most):
    """Looks until the process ends, some hundred times a second."""
    while p.poll() is None:
        with open(f"/proc/{p.pid}/status") as f:
            most[0] = max(most + [int(s.split()[1]) << 10 for s in f if s.startswith("RssAnon:")])
        time.sleep(0.003)


class Memory(Example):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.f.write("writer.c", WRITER)
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "hdf5"], capture_output=True, text=True, check=True).stdout.split()
        cls.f.call("clang", "-o", "writer", "writer.c", *flags)
        cls.f.write("line.c", "#include <mosaic.h>\nstruct line { int output_size; };\n"
                    "nn_tensor line_forward(const struct line *self, nn_tensor x) { return nn_linear(x, self->output_size); }\n")

    def files(self, samples):
        """x.npy and y.npy, and both in x.h5."""
        draw = random.Random(1)
        rows = [array.array("f", (b / 128 - 1 for b in draw.randbytes(WIDTH))) for _ in range(samples // EVERY)]
        y = array.array("f", (rows[i // EVERY][0] if i % EVERY == 0 else 0.5 for i in range(samples)))
        with open(self.f.at / "x.npy", "wb") as f:
            f.write(npy_header((samples, WIDTH)))
            for i, row in enumerate(rows):
                f.seek(128 + i * EVERY * WIDTH * 4)
                row.tofile(f)
            f.truncate(128 + samples * WIDTH * 4)
        (self.f.at / "y.npy").write_bytes(npy_header((samples,)) + y.tobytes())
        subprocess.run(["./writer", "x.h5", str(samples), str(WIDTH), str(EVERY)], input=b"".join(row.tobytes() for row in rows) + y.tobytes(), cwd=self.f.at, check=True)

    def compile(self, name, scaled):
        process = {"epochs": 2, "optimizer": "SGD", "lr": "1e-4", "data_scheme": "dataset, split, scaling" if scaled else "dataset, split", "pipeline_scheme": "mlp"}
        reader = ("reader", {"type": "dataset", "class": name, **READERS[name], **({"path": "x.h5"} if name in ("streamed", "whole") else {"inputs": "x.npy", "targets": "y.npy"}), "batch_size": 64})
        split = ("split", {"type": "split", "path_to_class": "share/transforms.c", "train_prop": 0.8, "in_order": scaled})
        scaling = [("scaling", {"type": "scaling", "class": "standard_scaling", "path_to_class": "share/transforms.c"})] if scaled else []
        self.f.write(f"{name}.ini", config(process, {}, reader, split, *scaling, ("line", {"type": "mlp", "path_to_class": "line.c"})))
        self.f.mosaicc(f"{name}.ini")
        return self.f.trainer(f"{name}.ini")

    def train(self, name, limit=None, scaled=False, trainer=None, more=()):
        """The most memory of its own that the trainer had; its epochs as they are reported."""
        trainer = trainer or self.compile(name, scaled)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        most = [0]
        with subprocess.Popen([trainer, "--out", name, *more], cwd=self.f.at, stdout=subprocess.PIPE, text=True,
                             preexec_fn=lambda: limit and resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))) as p:
            watcher = threading.Thread(target=watch, args=(p, most))
            watcher.start()
            epochs = [line for line in p.stdout if line.startswith("epoch\t")]
            watcher.join()
        most = most[0]
        self.assertEqual(p.returncode, 0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{name}: {most >> 20} MB of its own, {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f} s of CPU", flush=True)
        self.assertEqual(len(epochs), 2)
        self.assertGreater(most, 0)
        return most, epochs

    def test_512_megabytes(self):
        self.files(SAMPLES)
        self.assertGreater(os.path.getsize(self.f.at / "x.npy"), 512 << 20)
        self.assertLess(os.stat(self.f.at / "x.h5").st_blocks * 512, 64 << 20)
        whole, epochs = self.train("whole")
        self.assertGreater(whole, 8 * LIMIT)            # so that the others show something
        for name in "raw", "npy", "streamed":
            # What is streamed is held to the limit by the kernel. A map counts as memory that may be written, though it is the file's.
            most, same = self.train(name, LIMIT if name == "streamed" else None)
            self.assertLess(most, LIMIT)
            self.assertEqual(same, epochs)
            self.assertEqual((self.f.at / f"{name}/model_line_1.safetensors").read_bytes(), (self.f.at / "whole/model_line_1.safetensors").read_bytes())

    def test_scaled(self):
        """A map of 96 MB that is scaled stays a map: samples are scaled as they are loaded."""
        self.files(FEWER)
        _, epochs = self.train("whole", scaled=True)
        for name in "raw", "streamed":
            most, same = self.train(name, LIMIT if name == "streamed" else None, scaled=True)
            self.assertLess(most, LIMIT)
            self.assertEqual(same, epochs)

    def both_ways(self, name, reader, *modules, args=()):
        """Streamed under the limit, and read whole: the same bits."""
        process = {"epochs": 2, "optimizer": "SGD", "lr": "1e-4", "data_scheme": ", ".join(["dataset", *(m[1]["type"] for m in modules)]), "pipeline_scheme": "mlp"}
        self.f.write(f"{name}.ini", config(process, {}, ("reader", {"type": "dataset", "batch_size": 64, "in_memory": 1 << 20, **reader}), *modules, ("line", {"type": "mlp", "path_to_class": "line.c"})))
        self.f.mosaicc(*args, f"{name}.ini")
        trainer = self.f.trainer(f"{name}.ini")
        most, epochs = self.train(name, LIMIT, trainer=trainer)
        self.assertLess(most, LIMIT)
        whole, same = self.train(f"{name}_whole", trainer=trainer, more=["--reader.in_memory", str(1 << 40)])
        self.assertGreater(whole, LIMIT)
        self.assertEqual(same, epochs)
        self.assertEqual((self.f.at / f"{name}/model_line_1.safetensors").read_bytes(), (self.f.at / f"{name}_whole/model_line_1.safetensors").read_bytes())
        return trainer

    def test_table(self):
        draw = random.Random(2)
        lines = [",".join(f"{draw.uniform(-1, 1):.14f}" for _ in range(1024)).encode() for _ in range(64)]
        rows = 32768 if os.environ.get("LARGE") else 6144
        with open(self.f.at / "x.csv", "wb") as f:
            for i in range(rows):
                f.write(b"%b,%d\n" % (lines[i * 37 % 64], i % 5))
        self.assertGreater(os.path.getsize(self.f.at / "x.csv"), 96 << 20)
        trainer = self.both_ways("csv", {"class": "csv", "path_to_class": "share/csv.c", "path": "x.csv", "header": "no", "validation_prop": 0.1}, args=["--time-limit", "0.5"])   # which reading takes longer
        # A last row that is broken is found behind all the others.
        with open(self.f.at / "x.csv", "ab") as f:
            f.write(b"%b,one\n" % lines[0])
        r = self.f.call(trainer, "--out", "csv", code=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT)))
        self.assertIn(f"x.csv:{rows + 1}:1025: 'one' in column '' is not a number", r.stderr)
        with open(self.f.at / "x.csv", "ab") as f:
            f.write(b"1,2")
        r = self.f.call(trainer, "--out", "csv", code=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT)))
        self.assertIn(f"x.csv:{rows + 2}:2: this row has 2 columns, the first one has 1025; is the file cut off?", r.stderr)

    def test_archives(self):
        self.files(SAMPLES if os.environ.get("LARGE") else FEWER)
        for name, packing in (("stored", zipfile.ZIP_STORED), ("packed", zipfile.ZIP_DEFLATED)):
            with zipfile.ZipFile(self.f.at / f"{name}.npz", "w", packing, compresslevel=1) as z:
                z.write(self.f.at / "x.npy", "x.npy")
                z.write(self.f.at / "y.npy", "y.npy")
            self.both_ways(name, {"class": "npz", "path_to_class": "share/npy.c", "path": f"{name}.npz"}, ("split", {"type": "split", "path_to_class": "share/transforms.c"}),
                           ("scaling", {"type": "scaling", "class": "standard_scaling", "path_to_class": "share/transforms.c"}))

    def test_packed_idx(self):
        """The format of MNIST, packed: bytes, and floats whose order must be turned."""
        samples = SAMPLES if os.environ.get("LARGE") else FEWER
        draw = random.Random(3)
        rows = [draw.randbytes(4 * WIDTH) for _ in range(16)]
        floats = [array.array("f", (b / 128 - 1 for b in row[:WIDTH])) for row in rows]
        for row in floats:
            row.byteswap()
        for name, code, size, lines in (("bytes", 8, 4 * WIDTH, rows), ("floats", 13, WIDTH, [f.tobytes() for f in floats])):
            for file, head, line in (("x", struct.pack(">BBBBII", 0, 0, code, 2, samples, size), lambda i: lines[i * 7 % 16]), ("y", struct.pack(">BBBBI", 0, 0, 8, 1, samples), lambda i: bytes([i % 5]))):
                with gzip.open(self.f.at / f"{name}_{file}.gz", "wb", compresslevel=1) as f:
                    f.write(head + b"".join(line(i) for i in range(samples)) if file == "y" else head)
                    for i in range(samples if file == "x" else 0):
                        f.write(line(i))
            reader = {"class": "idx", "path_to_class": "share/idx.c", "inputs": f"{name}_x.gz", "targets": f"{name}_y.gz", "target_kind": "number"}
            self.both_ways(f"idx_{name}", reader, ("split", {"type": "split", "path_to_class": "share/transforms.c"}), ("scaling", {"type": "scaling", "class": "standard_scaling", "path_to_class": "share/transforms.c"}))


if __name__ == "__main__":
    main()
