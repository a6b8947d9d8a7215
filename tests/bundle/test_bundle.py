"""test_bundle.py BUILD: mosaicc --bundle: a program that fetches, reads HDF5 and calls a library of its user's, all by shared libraries, works in an empty root
that has its folder and nothing else. Where no root can be entered, what it has mapped is looked at. Then what may go wrong with the folder."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import BUILD, Example, Folder, config, main
from server import CERTIFICATES, Server

os.environ.update(no_proxy="*", NO_PROXY="*")
for name in "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR":
    os.environ.pop(name, None)
SCALE = """#include <mosaic.h>
#include <scale.h>
MOSAIC_PKG("scale");
struct scale { double by; };
void scale_transform(const struct scale *self, mosaic_data *data)
{
	for (enum mosaic_split s = MOSAIC_TRAIN; s < MOSAIC_SPLITS; s++) {
		struct mosaic_array *x = mosaic_get(data, s, 0);
		for (int64_t i = 0; x && i < x->samples * 2; i++)
			mosaic_set_value(x, i, scale_by(mosaic_value(x, i), self->by));
	}
}
"""
NET = ("net", {"type": "mlp", "class": "classifier", "path_to_class": "share/classifier.c", "width": 4})
PROCESS = {"loss_function": "CrossEntropyLoss", "epochs": 2, "pipeline_scheme": "mlp"}


def enter():
    """The command that enters another root, or None."""
    for way in ([], ["unshare", "--user", "--map-root-user"], ["sudo", "-n"]):
        with tempfile.TemporaryDirectory() as root:
            shutil.copy(BUILD / "mosaic_start", pathlib.Path(root) / "start")
            try:
                # Alone it says that the rest is missing, and leaves with 1.
                if "start: error:" in subprocess.run([*way, "chroot", root, "/start"], capture_output=True, text=True).stderr:
                    return [*way, "chroot"]
            except FileNotFoundError:
                pass
    return None


def library(f, name, text, *flags):
    """A shared library NAME in f/own."""
    (f.at / "own").mkdir(exist_ok=True)
    f.write(f"own/{name}.c", text)
    f.call("clang", "-shared", "-fPIC", "-o", f.at / "own" / name, *flags, f.at / "own" / f"{name}.c")


class Shipped(unittest.TestCase):
    maxDiff = 3000

    @classmethod
    def setUpClass(cls):
        cls.f = f = Folder()
        cls.addClassCleanup(f.remove)
        cls.server = Server({"/ch1.h5": (f.at / "share/data/ch1.h5").read_bytes()})
        cls.addClassCleanup(cls.server.close)
        library(f, "libscale.so.2", "double scale_by(double x, double by) { return x * by; }", "-Wl,-soname,libscale.so.2")
        (f.at / "own/libscale.so").symlink_to("libscale.so.2")
        f.write("own/scale.h", "double scale_by(double x, double by);\n")
        f.write("own/scale.pc", f"Name: scale\nDescription: scales\nVersion: 2\nCflags: -I{f.at}/own\nLibs: -L{f.at}/own -lscale\n")
        f.write("scale.c", SCALE)
        f.write("s.ini", config({**PROCESS, "data_scheme": "fetch, dataset, split, scale"}, {},
                                ("fetch", {"type": "fetch", "class": "download", "path_to_class": "share/download.c", "url": cls.server.url + "/slow/ch1.h5", "path": "data/ch1.h5"}),
                                ("ch1", {"type": "dataset", "class": "hdf5", "path_to_class": "share/hdf5.c", "target_kind": "label", "batch_size": 100}),
                                ("split", {"type": "split", "path_to_class": "share/transforms.c", "train_prop": 0.8}),
                                ("scale", {"type": "scale", "path_to_class": "scale.c", "by": 0.5}), NET))
        cls.env = {**os.environ, "PKG_CONFIG_PATH": f"{f.at}/own", "LD_LIBRARY_PATH": f"{f.at}/own"}
        cls.server.go.set()
        cls.said = f.call(BUILD / "mosaicc", "s.ini", "--bundle", "ship", env=cls.env).stdout
        cls.made = f.at / "ship" / f.programs("s.ini")[0]["name"]
        cls.ways = enter()

    def empty_root(self):
        if not self.ways:
            self.skipTest("this user may not enter another root")
        root = pathlib.Path(tempfile.mkdtemp(prefix="root_"))
        self.addCleanup(self.remove, root)
        shutil.copytree(self.made, root / "a program")
        return root

    def remove(self, path):
        """What runs in another root may write as another user."""
        subprocess.run([*self.ways[:-1], "rm", "-rf", path], check=True, stdin=subprocess.DEVNULL)

    def alone(self, root, *args, code=0, **env):
        way = [*self.ways[:-1], "env", *(f"{k}={v}" for k, v in env.items()), "chroot", root]          # sudo keeps no variables
        r = subprocess.run([*way, "/a program/trainer", *map(str, args)], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return r.stdout if code == 0 else re.sub(r"(?m)^sudo: unable to resolve host .*\n", "", r.stderr)

    def test_what_it_is(self):
        names = sorted(str(p.relative_to(self.f.at / "ship")) for p in (self.f.at / "ship").rglob("*") if p.is_file())
        names.remove("bundle.json")
        self.assertEqual(sorted(json.loads((self.f.at / "ship/bundle.json").read_text())["files"]), names)
        for name in "libscale.so.2", "libcurl.so.4", "libc.so.6", "ld.so", "trainer", "certificates.pem", "libgcc_s.so.1":
            self.assertTrue((self.made / "lib" / name).is_file(), name)
        self.assertTrue(any(p.name.startswith("libhdf5") for p in (self.made / "lib").iterdir()))
        self.assertRegex(self.said, r"ship: 1 program to be shipped, \d+\.\d MB; each folder runs alone, its README.md says how\n$")
        text = (self.made / "README.md").read_text()
        for part in ("mosaic job generated/s/sweep.json 1 > job.txt", "./trainer predict new.csv", "- data/ch1.h5 (not here)", "- `libscale.so.2`", "(`target = native`)", "| 1-1 | download("):
            self.assertIn(part, text)
        self.assertNotIn(str(self.f.at), text + (self.f.at / "ship/README.md").read_text() + (self.f.at / "ship/bundle.json").read_text())

    def test_in_an_empty_root(self):
        """Fetches, reads HDF5, trains to the same bits as here, goes on, predicts."""
        root = self.empty_root()
        self.server.asked.clear()
        out = self.alone(root, "--out", "run")
        self.assertEqual(self.server.asked, ["/slow/ch1.h5"])
        here = self.f.call(self.f.trainer("s.ini"), "--out", "here", env=self.env).stdout
        epochs = [line for line in here.splitlines() if line.startswith("epoch")]
        self.assertEqual(len(epochs), 2)
        self.assertEqual([line for line in out.splitlines() if line.startswith("epoch")], epochs)
        self.assertIn("epoch\t1\t3", self.alone(root, "--out", "run", "--resume", "--epochs", 3))
        self.assertEqual(self.server.asked, ["/slow/ch1.h5"])
        (root / "new.csv").write_text("0.1,0.2\n-0.5,0.4\n")
        self.assertEqual(len(self.alone(root, "predict", "new.csv", "--out", "run").splitlines()), 3)
        self.assertIn("trainer: trains the network", self.alone(root, "--help"))
        # What is preloaded on the other machine, or stands in its LD_LIBRARY_PATH, is not ours.
        self.assertRegex(self.alone(root, "--version", LD_PRELOAD="/none.so", LD_LIBRARY_PATH="/none"), r"^classifier_4, mosaicc ")

    def test_https_in_an_empty_root(self):
        """The bundle's certificates serve where the machine has none, and what a variable names goes before them."""
        root = self.empty_root()
        server = Server({"/ch1.h5": (self.f.at / "share/data/ch1.h5").read_bytes()}, "here")
        self.addCleanup(server.close)
        args = ["--epochs", 1, "--fetch.url", server.url + "/ch1.h5"]
        self.assertIn("its certificate is not trusted: no authority that is known here has signed it", self.alone(root, *args, code=1))
        shutil.copy(CERTIFICATES / "authority.pem", root / "own.pem")
        self.alone(root, *args, CURL_CA_BUNDLE="/own.pem")
        self.remove(root / "data")
        (root / "own.pem").rename(root / "a program/lib/certificates.pem")
        self.alone(root, *args)

    def test_what_is_missing(self):
        root = self.empty_root()
        (root / "a program/lib/libcurl.so.4").unlink()
        self.assertIn("libcurl.so.4: cannot open shared object file", self.alone(root, "--version", code=127))
        (root / "a program/lib/ld.so").unlink()
        self.assertEqual(self.alone(root, code=1), "/a program/trainer: error: /a program/lib/ld.so: No such file or directory; the folder of a bundle is copied as a whole\n")
        shutil.rmtree(root / "a program/lib")
        self.assertEqual(self.alone(root, code=1), "/a program/trainer: error: /a program/lib/trainer: No such file or directory; the folder of a bundle is copied as a whole\n")

    def test_all_that_is_mapped_is_its_own(self):
        """While it waits for the server: every file in its memory is one of the bundle. Also found through a link, and by PATH."""
        with tempfile.TemporaryDirectory() as place:
            copy = pathlib.Path(place).resolve() / "copy"
            shutil.copytree(self.made, copy)
            (copy.parent / "bin").mkdir()
            (copy.parent / "bin/shipped").symlink_to(copy / "trainer")
            self.server.go.clear()
            for command, env in (([copy / "trainer"], {}), (["shipped"], {"PATH": f"{copy.parent}/bin:{os.environ['PATH']}"})):
                self.server.asked.clear()
                p = subprocess.Popen([*command, "--out", place], cwd=place, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                while not self.server.asked and p.poll() is None:
                    pass
                maps = pathlib.Path(f"/proc/{p.pid}/maps").read_text()
                p.kill()
                p.communicate()
                files = {line.split(None, 5)[5] for line in maps.splitlines() if len(line.split(None, 5)) > 5 and line.split(None, 5)[5].startswith("/")}
                self.assertGreater(len(files), 10, maps)
                self.assertEqual([name for name in files if not name.startswith(f"{copy}/lib/")], [])
            self.server.go.set()
            shutil.copytree(copy, copy.parent / "a:b")
            r = subprocess.run([copy.parent / "a:b/trainer"], capture_output=True, text=True)
            self.assertEqual((r.returncode, r.stderr), (1, f"{copy.parent}/a:b/trainer: error: {copy.parent}/a:b: a folder whose path has : ; or $ cannot be used; move it\n"))


class Libraries(Example):
    """Libraries that cannot go along. The compiler is a script that links one more."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        f = cls.f
        f.write("cc", '#!/bin/sh\ncase "$*" in *trainer.part*) exec clang $(echo "$*" | sed "s/-static //") -Wl,--no-as-needed $EXTRA ;; esac\nexec clang "$@"\n')
        (f.at / "cc").chmod(0o755)
        f.write("i.ini", config({**PROCESS, "data_scheme": "dataset"}, {"cc": f"{f.at}/cc"}, ("iris", {
            "type": "dataset", "class": "csv", "path_to_class": "share/csv.c", "path": "share/data/iris.csv", "target": "class", "target_kind": "label"}), NET))
        f.mosaicc("--no-build", "i.ini")

    def bundle(self, extra, code=1, **env):
        self.f.trainer("i.ini").unlink(missing_ok=True)
        self.f.call(BUILD / "mosaicc", "i.ini", env={**os.environ, "EXTRA": extra})
        r = self.f.call(BUILD / "mosaicc", "--quiet", "i.ini", "--bundle", "out", code=code, env={**os.environ, **env})
        self.assertEqual((self.f.at / "out").exists(), code == 0)
        return r.stderr

    def test_not_found(self):
        trainer = f"generated/i/{self.f.programs('i.ini')[0]['name']}/trainer"
        library(self.f, "libone.so", "int one;", "-Wl,-soname,libone.so")
        library(self.f, "libcuda.so.1", "int cuda;", "-Wl,-soname,libcuda.so.1")
        own = f"-L{self.f.at}/own"
        self.assertEqual(self.bundle(f"{own} -lone"), f"{trainer}: error: needs the library libone.so, which is not found on this machine\n"
                         "  hint: LD_LIBRARY_PATH names folders with libraries; /etc/ld.so.conf.d those that always count\n")
        library(self.f, "plain.so", "int plain;")
        self.assertEqual(self.bundle(f"{self.f.at}/own/plain.so"), f"{trainer}: error: asks for the library {self.f.at}/own/plain.so by its path: "
                         "it would be looked for there on every machine\n  hint: link it with a name: cc -shared -Wl,-soname,plain.so ...\n")
        library(self.f, "libtrainer.so", "int name;", "-Wl,-soname,trainer")
        (self.f.at / "own/trainer").symlink_to("libtrainer.so")
        self.assertEqual(self.bundle(f"{own} -ltrainer", LD_LIBRARY_PATH=f"{self.f.at}/own"),
                         f"{trainer}: error: needs a library that is called trainer; a bundle has another file of this name\n")
        # A driver's library is the machine's, whether it is here or not.
        self.bundle(f"{own} -l:libcuda.so.1", code=0)
        name = trainer.split("/")[2]
        self.assertFalse((self.f.at / "out" / name / "lib/libcuda.so.1").exists())
        self.assertIn("- `libcuda.so.1` of the machine: it belongs to its driver", (self.f.at / "out" / name / "README.md").read_text())
        shutil.rmtree(self.f.at / "out")


class Places(Example):
    """Where a bundle may be made, and what becomes of what is there. The programs are static."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write("4, 5")
        cls.f.mosaicc("i.ini")
        cls.names = [p["name"] for p in cls.f.programs("i.ini")]

    @classmethod
    def write(cls, widths, path="./share//data/iris.csv"):
        cls.f.write("i.ini", config({**PROCESS, "data_scheme": "dataset"}, {}, ("iris", {
            "type": "dataset", "class": "csv", "path_to_class": "share/csv.c", "path": path, "target": "class", "target_kind": "label"}), (NET[0], {**NET[1], "width": widths})))

    def bundle(self, *args, code=0, **more):
        r = self.f.call(BUILD / "mosaicc", "i.ini", "--quiet", "--bundle", *args, code=code, **more)
        return r.stdout if code == 0 else r.stderr

    def there(self, folder):
        return sorted(str(p.relative_to(self.f.at / folder)) for p in (self.f.at / folder).rglob("*") if not p.is_dir())

    def test_static_with_data(self):
        self.assertEqual(self.bundle("with", "--with-data"), "")
        one = [f"{self.names[0]}/{name}" for name in ("README.md", "share/data/iris.csv", "trainer")]
        self.assertEqual(self.there("with"), sorted(["README.md", "bundle.json", *one, *(p.replace(self.names[0], self.names[1]) for p in one)]))
        self.assertEqual((self.f.at / "with" / one[1]).stat().st_nlink, 2)     # of both programs
        with tempfile.TemporaryDirectory() as place:
            shutil.copytree(self.f.at / "with" / self.names[0], pathlib.Path(place) / "there")
            r = subprocess.run(["./trainer", "--out", "run"], cwd=pathlib.Path(place) / "there", capture_output=True, text=True)
            self.assertEqual(r.returncode, 0, r.stderr)
        text = (self.f.at / "with" / self.names[0] / "README.md").read_text()
        self.assertIn("  - ./share//data/iris.csv (is here)\n", text)
        self.assertIn("No library: `trainer` is one static file", text)
        before = {p: (p.stat().st_mtime_ns if p.name.endswith((".md", ".json")) else p.read_bytes()) for p in (self.f.at / "with").rglob("*") if p.is_file()}
        self.bundle("with", "--with-data")
        self.assertEqual({p: (p.stat().st_mtime_ns if p.name.endswith((".md", ".json")) else p.read_bytes()) for p in before}, before)

    def test_data_from_elsewhere(self):
        self.write("4", f"{self.f.at}/share/data/iris.csv")
        self.addCleanup(self.write, "4, 5")
        r = self.f.call(BUILD / "mosaicc", "i.ini", "--quiet", "--bundle", "elsewhere", "--with-data")
        self.assertEqual(r.stderr, f"{self.f.at}/share/data/iris.csv: warning: is not copied: its path leads out of this folder; trainers look for it at the same path\n")
        name = self.f.programs("i.ini")[0]["name"]
        self.assertEqual(self.there("elsewhere"), sorted(["README.md", "bundle.json", f"{name}/README.md", f"{name}/trainer"]))
        self.assertIn("iris.csv (from the root; not here)", (self.f.at / "elsewhere" / name / "README.md").read_text())

    def test_again(self):
        """What is no longer needed goes; what others have put there stays."""
        self.bundle("again")
        (self.f.at / "again" / self.names[1] / "run").mkdir()
        (self.f.at / "again" / self.names[1] / "run/checkpoint").write_text("mine")
        (self.f.at / "again/notes").write_text("mine")
        for name in self.names:                # as if a mosaicc had been killed
            (self.f.at / "again" / name / "trainer.part").write_text("half")
        old = os.open(self.f.at / "again" / self.names[0] / "trainer", os.O_RDONLY)        # one that runs goes on
        self.write("4")
        self.addCleanup(self.write, "4, 5")
        self.bundle("again")
        name = self.f.programs("i.ini")[0]["name"]
        self.assertEqual(self.there("again"), sorted(["README.md", "bundle.json", f"{name}/README.md", f"{name}/trainer", f"{self.names[1]}/run/checkpoint", "notes"]))
        self.assertNotEqual(os.fstat(old).st_ino, (self.f.at / "again" / name / "trainer").stat().st_ino)
        os.close(old)

    def test_not_ours(self):
        (self.f.at / "mine").mkdir()
        (self.f.at / "mine/thesis.tex").write_text("")
        for name, message in (("mine", "is not empty, and no bundle\n  hint: --bundle takes a folder of its own, that is there or not"), ("i.ini", "is no folder"),
                              ("i.ini/x", "cannot be used: Not a directory"), ("generated/i", "is not empty, and no bundle\n  hint: --bundle takes a folder of its own, that is there or not")):
            self.assertEqual(self.bundle(name, code=1), f"{name}: error: {message}\n")
        (self.f.at / "mine/bundle.json").write_text('{"mosaicc bundle": 1, "files": ["../i.ini", "/etc/x", "", "a//b", "./thesis.tex"]}')
        self.bundle("mine")
        self.assertTrue((self.f.at / "i.ini").exists() and (self.f.at / "mine/thesis.tex").exists())

    def test_in_the_way(self):
        (self.f.at / "way" / self.names[1]).mkdir(parents=True)
        (self.f.at / "way/bundle.json").write_text('{"mosaicc bundle": 1, "files": []}')
        (self.f.at / "way" / self.names[1] / "trainer").write_text("mine")
        self.assertEqual(self.bundle("way", code=1), f"way/{self.names[1]}/trainer: error: is in the way: no bundle has brought it\n  hint: move it away; a bundle needs this name\n")
        self.assertEqual(self.there("way"), sorted(["bundle.json", f"{self.names[1]}/trainer"]))
        shutil.rmtree(self.f.at / "way" / self.names[1])
        (self.f.at / "way" / self.names[1]).symlink_to("/tmp")
        self.assertEqual(self.bundle("way", code=1), f"way/{self.names[1]}: error: is no folder; a bundle needs one here\n")

    def test_cannot_be_written(self):
        if os.getuid():
            (self.f.at / "closed").mkdir(mode=0o555)
            self.assertEqual(self.bundle("closed", code=1), "closed: error: cannot be written: Permission denied\n")
        self.assertRegex(self.bundle("/proc/none", code=1), r"^/proc/none: error: cannot make this folder: ")

    def test_full_disk(self):
        """On a disk of its own, of 1 MB, twice: what is there after the first time is a bundle still."""
        (self.f.at / "full").mkdir()
        inside = ["unshare", *([] if os.getuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c"]
        if subprocess.run([*inside, f"mount -t tmpfs -o size=1m none {self.f.at}/full"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no disk can be mounted")
        once = f"{BUILD}/mosaicc i.ini --quiet --bundle full; "
        r = self.f.call(*inside, f"mount -t tmpfs -o size=1m none full; {once}{once}find full -name '*.part'; cat full/bundle.json | wc -l", code=None)
        self.assertEqual(r.stderr, f"full/{self.names[0]}/trainer: error: cannot write: No space left on device\n" * 2)
        self.assertRegex(r.stdout, r"^\d+\n$")

    def test_options(self):
        for args, message in ((["--with-data"], "--with-data goes with --bundle"), (["--bundle", ""], "--bundle takes a folder"),
                              (["--bundle", "x", "--check"], "--bundle builds and copies: it goes without --check, --explain and --no-build"),
                              (["--bundle", "x", "--no-build"], "--bundle builds and copies: it goes without --check, --explain and --no-build")):
            self.assertEqual(self.f.mosaicc("i.ini", *args, code=2).stderr, f"mosaicc: {message}\n  hint: mosaicc --help\n")
        self.assertRegex(self.f.mosaicc("--help").stdout, r"--bundle DIR +build, then")


if __name__ == "__main__":
    main()
