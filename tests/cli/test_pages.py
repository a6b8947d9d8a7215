"""test_pages.py MOSAIC MOSAICC: help and man pages come from one table and say the same; colours are for terminals."""
import os
import pty
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MOSAIC, MOSAICC = (str(Path(arg).resolve()) for arg in sys.argv[1:3])


def output(*command, code=0, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", **more)
    assert done.returncode == code, (command, done)
    return done.stdout


def options_of(help_text):
    return [word.split("[")[0].split("=")[0] for line in help_text.splitlines() if line.startswith("  ") and "--" in line[:8]
            for word in line.split()[:2] if word.startswith("--")]


class Pages(unittest.TestCase):
    def pages(self):
        yield "mosaicc", output(MOSAICC, "--help")
        for name in output(MOSAIC, "help", "--names").split():
            yield name, output(MOSAIC, name, "--help")

    def test_each_help_tells_its_exit_codes(self):
        for name, text in self.pages():
            with self.subTest(name):
                codes = text[text.index("exit codes:\n"):].splitlines()[1:]
                self.assertTrue(codes[0].startswith("  0  "), codes)
                self.assertEqual(len([line for line in codes if line.startswith("  2  ")]), 1, codes)
                self.assertTrue(text.startswith("usage: mosaic"), text)
                self.assertIn("--help", options_of(text))

    def test_the_man_pages_hold_every_option(self):
        for program, page, names in (("mosaicc", output(MOSAICC, "--man"), ["mosaicc"]),
                                     ("mosaic", output(MOSAIC, "help", "--man"), output(MOSAIC, "help", "--names").split())):
            plain = page.replace("\\-", "-")
            self.assertIn(".SH EXIT STATUS", page)
            self.assertIn("NO_COLOR", page)
            for name, text in self.pages():
                if name in names:
                    for option in options_of(text):
                        if option != "--help":
                            self.assertIn(option, plain, (name, option))

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_has_nothing_to_say(self):
        for page in (output(MOSAICC, "--man"), output(MOSAIC, "help", "--man")):
            done = subprocess.run(["groff", "-man", "-ww", "-z"], input=page, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_shells_that_are_not_there(self):
        for command in ([MOSAICC, "--completion=tcsh"], [MOSAIC, "help", "--completion=tcsh"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("--completion: there is none for 'tcsh'\n  hint: it takes bash, zsh or fish\n", done.stderr)


class Colours(unittest.TestCase):
    """A mistake in a configuration, on a terminal and on a pipe."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.config = Path(folder.name) / "a.ini"
        self.config.write_text("[PROCESS]\nlr = banana\n")

    def on_terminal(self, **variables):
        environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
        environment.update(variables)
        ours, theirs = pty.openpty()
        subprocess.run([MOSAICC, "--check", self.config], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        text = b""
        try:
            while more := os.read(ours, 65536):
                text += more
        except OSError:                                    # the end of a terminal
            pass
        os.close(ours)
        self.assertIn(b"error:", text)
        return text

    def test_terminals(self):
        self.assertIn(b"\033[", self.on_terminal(TERM="xterm"))
        self.assertIn(b"\033[", self.on_terminal(TERM="xterm", NO_COLOR=""))
        self.assertNotIn(b"\033", self.on_terminal(TERM="xterm", NO_COLOR="1"))
        self.assertNotIn(b"\033", self.on_terminal(TERM="dumb"))
        self.assertNotIn(b"\033", self.on_terminal())

    def test_pipes(self):
        done = subprocess.run([MOSAICC, "--check", self.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "TERM": "xterm"})
        self.assertIn(b"error:", done.stdout)
        self.assertNotIn(b"\033", done.stdout)


if __name__ == "__main__":
    del sys.argv[1:4]
    unittest.main()
