"""test_plots.py MOSAIC [SUITE]: the plotting commands."""
import os
import re
import stat
import sys
import unittest

import database
from harness import Folder

NAN, INF = float("nan"), float("inf")
PNG, SVG = b"\x89PNG\r\n", b"<?xml"


class Loss(Folder):
    def runs(self, n, **more):
        db = database.Database(self.at / "a.db")
        for i in range(1, n + 1):
            db.run(i, train=[0.4, 0.3, 0.2, 0.1], test=[0.5, 0.4, 0.3, 0.2], **more)
        return db

    def test_golden(self):
        db = self.runs(2)
        db.run(3, "a(1)", "b(2,'x')", nb_params=7, train=[10.0 ** -e for e in range(6)], test=[2 * 10.0 ** -e for e in range(6)]).close()
        self.golden("plotloss.gp", self.script("plotloss", "a.db", "a.pdf", "--id", "1,3"))

    def test_pages(self):
        self.runs(10).close()
        for size, pages in ((1, 11), (2, 4), (3, 3), (10, 2)):
            self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "-plot_size", size, "-id", "all"), f"a.pdf: 10 runs on {pages} pages\n")
            self.assertEqual(self.pages("a.pdf"), pages)

    def test_the_originals_call(self):
        """run_files_path may be given; -id chooses; without a selector all runs are drawn."""
        self.runs(10).close()
        self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "run_files", "-id", "1-3,7", "-plot_size", "2"), "a.pdf: 4 runs on 2 pages\n")
        self.assertEqual(self.draw("plotloss", "a.db", "b.pdf"), "b.pdf: 10 runs on 4 pages\n")

    def test_one_file_a_page(self):
        self.runs(5).close()
        for kind, start in (("png", PNG), ("svg", SVG)):
            self.assertEqual(self.draw("plotloss", "a.db", f"a.{kind}"), f"a-1.{kind} to a-3.{kind}: 5 runs on 3 pages\n")
            self.assertEqual([(self.at / f"a-{i}.{kind}").read_bytes().startswith(start) for i in (1, 2, 3)], [True] * 3)
            self.assertFalse((self.at / f"a.{kind}").exists())

    def test_titles(self):
        db = self.runs(1)
        db.run(2, "d(1)", "m(2)", nb_params=123456789, train=[1.0], test=[1.0])
        db.run(3, "d(1)", "m(2)", train=[1.0], test=[1.0], results=False, status="interrupted")
        db.run(4, "d" * 300, "m" * 300, nb_params=77, train=[1.0], test=[1.0]).close()
        text = self.script("plotloss", "a.db", "a.pdf")
        for title in ("1:dataset_OR(1,200,0.8)", "mlp_brick(4,3):49", "2:d(1)", "m(2):123456789", "m(2):?", ":77"):
            self.assertIn(f"'{title}'", text)
        long = re.findall(r"'((?:4:)?[dm]+…[dm]+)'", text)
        self.assertEqual([len(t) < 70 for t in long], [True, True])

    def test_several_data_modules(self):
        db = self.runs(1)
        db.run(2, "d(1) | noise(2)", "m(3) | n(4)", train=[1.0], test=[1.0])
        db.db.execute("UPDATE params SET param_value = 'dataset, noise' WHERE run_id = 2 AND param_name = 'data_scheme'")
        db.close()
        text = self.script("plotloss", "a.db", "a.pdf")
        self.assertIn("'2:d(1) | noise(2)'", text)
        self.assertIn("'m(3) | n(4):49'", text)

    def axes(self, train, test, *words):
        database.Database(self.at / "x.db").run(1, train=train, test=test).close()
        text = self.script("plotloss", "x.db", "x.pdf", *words)
        (self.at / "x.db").unlink()
        return self.figures(text)[0]

    def test_logarithms(self):
        falling = [10.0 ** -e for e in range(5)]
        self.assertIn("set logscale y", self.axes(falling, falling))
        self.assertIn("'10⁻⁴' 0.0001", self.axes(falling, falling))
        self.assertNotIn("set logscale y", self.axes(falling, falling, "--log", "no"))
        self.assertNotIn("set logscale y", self.axes([0.5, 0.1], [0.5, 0.1]))
        self.assertIn("set logscale y", self.axes([0.5, 0.1], [0.5, 0.1], "--log", "yes"))
        self.assertNotIn("set logscale y", self.axes([1.0, -1.0, 1e-5], [1.0, 1.0, 1.0]))
        self.assertIn("set logscale y", self.axes([1.0, 0.1, 1e-5, 0.0], [1.0]))
        self.assertNotIn("set logscale y", self.axes([0.0] * 3, [0.0] * 3, "--log", "yes"))

    def test_ticks(self):
        ticks = lambda *a: re.findall(r"'([^']+)' ", re.search(r"set ytics nomirror \((.*)\)", self.axes(*a)).group(1))
        self.assertEqual(ticks([0.0, 1.0], [0.0, 1.0]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
        self.assertEqual(ticks([2e-8, 3e-8], [2e-8]), ["2e-08", "2.2e-08", "2.4e-08", "2.6e-08", "2.8e-08", "3e-08"])
        self.assertEqual(ticks([1e6, 1e6 + 4], [1e6]), ["1000000", "1000001", "1000002", "1000003", "1000004"])
        self.assertEqual(ticks([1e-30, 1e30], [1.0]), ["10⁻²⁴", "10⁻¹²", "10⁰", "10¹²", "10²⁴"])
        self.assertEqual(ticks([0.01, 0.02], [0.01], "--log", "yes")[0], "0.01")

    def test_not_finite(self):
        db = database.Database(self.at / "a.db")
        db.run(1, train=[0.4, 0.3, NAN, INF], test=[0.4, 0.3, 0.2, 0.1], slope=NAN)
        db.run(2, train=[NAN] * 3, test=[INF] * 3)
        db.run(3, train=[0.1], test=[0.2])
        db.run(4, status="error", results=False)
        db.run(5, train=[0.0] * 3, test=[3e38, -3e38, 0.0]).close()
        text = self.script("plotloss", "a.db", "a.pdf")
        for note in ("not finite at epoch 3", "slope unknown", "not finite at epoch 1", "no curves (error)"):
            self.assertIn(f"'{note}'", text)
        self.assertNotRegex(text, r"(?i)[ \n]-?(nan|inf)\b(?! *\n)")
        self.assertEqual(self.pages("a.pdf"), 3)

    def test_thinned(self):
        """A long curve keeps its spike, its ends, and few points."""
        curve = [1.0] * 100000
        curve[77777] = 9.0
        database.Database(self.at / "a.db").run(1, train=curve, test=[1.0] * 3).close()
        points = re.search(r"\$train_loss << E\n(.*?)\nE\n", self.script("plotloss", "a.db", "a.pdf"), re.S).group(1).split("\n")
        self.assertLess(len(points), 900)
        self.assertIn("77778 9", points)
        self.assertEqual(points[0], "1 1")

    def test_original_database(self):
        database.Database(self.at / "a.db", original=True).run(1, train=[1.0], test=[1.0]).close()
        self.assertIn("no curves (done)", self.script("plotloss", "a.db", "a.pdf"))

    def test_a_thousand(self):
        database.many(self.at / "a.db", 1000, epochs=30)
        self.assertEqual(self.draw("plotloss", "a.db", "a.pdf", "-plot_size", "8"), "a.pdf: 1000 runs on 17 pages\n")
        self.assertEqual(self.pages("a.pdf"), 17)

    def test_script_draws_alone(self):
        """What --script keeps is what was drawn."""
        self.runs(3).close()
        text = self.script("plotloss", "a.db", "a.pdf")
        os.system(f"cd {self.at} && gnuplot -d text.gp")
        self.assertEqual(self.pages("page-1.pdf"), 2)
        self.assertEqual(text.count("\nplot "), 4)


HOSTILE = ["`touch pwned`", "'`touch pwned`'", "\"`touch pwned`\"", "'; system('touch pwned'); '", "x'\nsystem('touch pwned')\n'", "@pwned", "\\", "'", "''",
           "%s%n%d", "{/Symbol a}_b^c", "é模型😀", "\x1b[31m\t\r", "E\nE", "$x", "# no", "-dash", "a\\\nb", "x" * 5000]


class Hostile(Folder):
    def unharmed(self):
        self.assertEqual([str(f) for f in self.at.rglob("*pwned*") if f.name == "pwned"], [])

    def test_names(self):
        db = database.Database(self.at / "a.db")
        for i, name in enumerate(HOSTILE, 1):
            db.run(i, name, name, name, name, nb_params=10 + i, train=[0.3, 0.2], test=[0.3, 0.2], status=name if i % 2 else "done")
        db.close()
        text = self.script("plotloss", "a.db", "a.pdf", "-plot_size", "3")
        self.assertEqual(self.pages("a.pdf"), 4)
        self.unharmed()
        self.assertIn("'13: [31m  '", text)
        self.assertIn("'12:é模型😀'", text)

    def test_bytes(self):
        db = database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2])
        for bad in (b"\xff\xfe", b"a\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf"):
            db.db.execute("UPDATE runs SET pipeline = CAST(? AS TEXT)", (bad + b"(1) | m" + bad,))
            db.db.commit()
            text = self.script("plotloss", "a.db", "a.pdf")
            self.assertIn("'1:" + "a" * (bad[0] == 97) + "?" * (len(bad) - (bad[0] == 97)) + "(1)'", text)

    def test_paths(self):
        database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2]).close()
        for name in ("|touch pwned", "`touch pwned`", "$(touch pwned)", "a'b", "new\nline", "~root", "é 模型", "%s"):
            self.assertEqual(self.draw("plotloss", "a.db", f"{name}.pdf"), f"{name}.pdf: 1 run on 2 pages\n")
            self.assertTrue((self.at / f"{name}.pdf").read_bytes().startswith(b"%PDF"))
        self.draw("plotloss", "--", "a.db", "-x.pdf")
        self.unharmed()

    def test_blobs(self):
        """Curves that no trainer wrote."""
        db = database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2])
        for blob in (b"", b"\0", b"\0\0\0\0\1", "text", 7, None, b"\xff" * 400):
            db.db.execute("UPDATE history SET data = ?, epochs = 1000000 WHERE name = 'train_loss'", (blob,))
            db.db.commit()
            self.draw("plotloss", "a.db", "a.pdf")


class Errors(Folder):
    def setUp(self):
        super().setUp()
        database.Database(self.at / "a.db").run(1, train=[0.3, 0.2], test=[0.3, 0.2]).close()

    def error(self, text, *words, **more):
        out, err = self.call(*words, code=2, **more)
        self.assertEqual((out, err), ("", text))

    def gnuplot(self, text):
        """A gnuplot of the test's own, alone in PATH."""
        (self.at / "bin").mkdir(exist_ok=True)
        if text is not None:
            (self.at / "bin/gnuplot").write_text(text)
            (self.at / "bin/gnuplot").chmod(0o755)
        return {"PATH": str(self.at / "bin")}

    def test_extension(self):
        for name in ("a.jpg", "a", ".pdf", "x/.pdf", "a.pdf.txt", "a.db"):
            self.error(f"mosaic: error: {name}: a picture is a .pdf, .svg or .png file\n"
                       "  hint: the extension says which: name it plot.pdf, for example\n", "plotloss", "a.db", name)

    def test_directory(self):
        self.error("mosaic: error: no/a.pdf: cannot write there: No such file or directory\n"
                   "  hint: name a file in a directory that exists and can be written\n", "plotloss", "a.db", "no/a.pdf")

    def test_picture_is_a_directory(self):
        (self.at / "a.pdf").mkdir()
        self.error("mosaic: error: a.pdf: Is a directory\n", "plotloss", "a.db", "a.pdf")

    def test_no_gnuplot(self):
        env = self.gnuplot(None)
        self.error("mosaic: error: cannot start gnuplot: No such file or directory\n"
                   "  hint: the pictures are drawn by gnuplot: install the Debian package gnuplot-nox, or keep the text with --script FILE\n",
                   "plotloss", "a.db", "a.pdf", env=env)
        self.error("mosaic: error: cannot start gnuplot: No such file or directory\n"
                   "  hint: the pictures are drawn by gnuplot: install the Debian package gnuplot-nox\n",
                   "plotloss", "a.db", "a.pdf", "--script", "a.gp", env=env)
        self.assertIn("'1:dataset_OR(1,200,0.8)'", (self.at / "a.gp").read_text())
        self.assertFalse((self.at / "a.pdf").exists())

    def test_gnuplot_fails(self):
        (self.at / "a.pdf").write_text("old")
        for text, says in (("#!/bin/sh\necho no terminal >&2\nexit 3\n", "gnuplot failed:\nno terminal\n"),
                           ("#!/bin/sh\n/bin/cat >/dev/null; echo late; exit 1\n", "gnuplot failed:\nlate\n"),
                           ("#!/bin/sh\nkill -9 $$\n", "gnuplot was ended by signal 9:\n")):
            self.error(f"mosaic: error: a.pdf: {says}  hint: `--script FILE` keeps the text that gnuplot was given\n", "plotloss", "a.db", "a.pdf",
                       env=self.gnuplot(text))
        self.error("mosaic: error: a.pdf: gnuplot has not drawn it\n", "plotloss", "a.db", "a.pdf", env=self.gnuplot("#!/bin/sh\n/bin/cat >/dev/null\n"))
        self.assertEqual((self.at / "a.pdf").read_text(), "old")

    def test_script(self):
        self.error("mosaic: error: a.db: not a file that a script may replace\n  hint: --script needs the name of a new text file\n",
                   "plotloss", "a.db", "a.pdf", "--script", "a.db")
        self.error("mosaic: error: no/a.gp: No such file or directory\n", "plotloss", "a.db", "a.pdf", "--script", "no/a.gp")
        self.error("mosaic: error: /dev/full: not a file that a script may replace\n  hint: --script needs the name of a new text file\n",
                   "plotloss", "a.db", "a.pdf", "--script", "/dev/full")

    def test_options(self):
        self.error("mosaic: error: --plot-size: '0' is no integer from 1 to 10\n", "plotloss", "a.db", "a.pdf", "-plot_size", "0")
        self.error("mosaic: error: --log: 'maybe' is none of auto, yes, no\n", "plotloss", "a.db", "a.pdf", "--log", "maybe")
        self.error("mosaic: error: --id: there is no run 9\n  hint: `mosaic status` shows the runs\n", "plotloss", "a.db", "a.pdf", "-id", "9")

    def test_databases(self):
        self.error("mosaic: error: no.db: No such file or directory\n  hint: give the path of a database that `mosaic launch` has written\n",
                   "plotloss", "no.db", "a.pdf")
        database.Database(self.at / "empty.db").close()
        self.error("mosaic: error: empty.db: there is no run to draw\n  hint: `mosaic status empty.db` shows the runs\n", "plotloss", "empty.db", "a.pdf")
        self.assertFalse((self.at / "a.pdf").exists())

    def test_read_only(self):
        (self.at / "a.db").chmod(stat.S_IRUSR)
        before = (self.at / "a.db").read_bytes()
        self.draw("plotloss", "a.db", "a.pdf")
        self.assertEqual((self.at / "a.db").read_bytes(), before)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
