"""harness.py: a folder for each test, the commands called in it, and what is read out of pictures."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

MOSAIC = os.path.abspath(sys.argv[1])
HERE = pathlib.Path(__file__).parent


class Folder(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.at = pathlib.Path(tempfile.mkdtemp(prefix="plots_"))
        self.addCleanup(shutil.rmtree, self.at, ignore_errors=True)

    def call(self, *words, code=0, env=None):
        """Its stdout, stderr; a picture leaves nothing else behind."""
        p = subprocess.run([MOSAIC, *map(str, words)], cwd=self.at, capture_output=True, text=True, env={**os.environ, **(env or {})},
                           stdin=subprocess.DEVNULL)
        self.assertEqual(p.returncode, code, p.stdout + p.stderr)
        self.assertEqual([str(f) for f in self.at.rglob(".plot-*")], [])
        return p.stdout, p.stderr

    def draw(self, *words):
        """A picture that is drawn without a word of complaint; the command's output."""
        out, err = self.call(*words)
        self.assertEqual(err, "")
        return out

    def script(self, *words):
        """The text that gnuplot gets, and has drawn."""
        self.draw(*words, "--script", "text.gp")
        return (self.at / "text.gp").read_text()

    def text(self, *words):
        """The text alone, where many are compared: a gnuplot that draws nothing saves the time."""
        stub = self.at / "stub/gnuplot"
        if not stub.exists():
            stub.parent.mkdir()
            stub.write_text("#!/bin/sh\n: >page-1.pdf\nexec /bin/cat >/dev/null\n")
            stub.chmod(0o755)
        self.call(*words, "--script", "text.gp", env={"PATH": str(stub.parent)})
        return (self.at / "text.gp").read_text()

    def pages(self, name):
        """Pages of a PDF of cairo's, which writes its page tree uncompressed."""
        data = (self.at / name).read_bytes()
        self.assertTrue(data.startswith(b"%PDF-"))
        return int(re.search(rb"/Type /Pages.*?/Count (\d+)", data, re.S).group(1))

    def golden(self, name, text):
        path = HERE / "golden" / name
        if os.environ.get("UPDATE"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.assertEqual(text, path.read_text(), f"{name} differs; UPDATE=1 rewrites it")

    def figures(self, script):
        """What stands between two `plot` commands, without data."""
        return [re.sub(r"\$\w+ << E\n.*?\nE\n", "", f, flags=re.S) for f in re.split(r"(?m)^plot .*\n", script)]
