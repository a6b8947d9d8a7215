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

    def assertIn(self, member, container, msg=None):
        """A script is long: of it only what looks alike is shown."""
        if isinstance(container, str) and len(container) > 3000 and member not in container:
            words = re.findall(r"\w+", member)[:1] or [""]
            self.fail(f"{member!r} is not in the text; lines with {words[0]!r}:\n" + "\n".join(line[:200] for line in container.split("\n") if words[0] in line)[:3000])
        super().assertIn(member, container, msg)

    def setUp(self):
        self.at = pathlib.Path(tempfile.mkdtemp(prefix="plots_"))
        self.addCleanup(shutil.rmtree, self.at, ignore_errors=True)

    def call(self, *words, code=0, env=None):
        """Its stdout, stderr; code None: done or refused; a picture leaves nothing else behind."""
        p = subprocess.run([MOSAIC, *map(str, words)], cwd=self.at, capture_output=True, text=True, errors="replace", env={**os.environ, **(env or {})},
                           stdin=subprocess.DEVNULL)
        self.assertIn(p.returncode, (0, 2) if code is None else (code,), p.stdout + p.stderr)
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
        text = (self.at / "text.gp").read_text()
        self.harmless(text)
        return text

    def harmless(self, text):
        """Nothing of the user's can be more than a string to gnuplot: beside strings in single quotes, which end where they should, and
        blocks of numbers, there are only `set`, `unset` and `plot`, and no character that starts a shell, a macro or a second command."""
        for line in re.sub(r"(?ms)^\$\w+ << E\n((?:[-+0-9.e ]*\n)*)E$", "", text).split("\n"):
            self.assertEqual(line.count("'") % 2, 0, line)
            bare = re.sub(r"'[^'\x00-\x1f]*'", "S", line)
            self.assertRegex(bare, r"^(set |unset |plot |P = |# [\w()]+$|$)")
            self.assertNotRegex(bare, r"[`\"!@;|\\{}]|system|eval|\bload|\bcall|\bprint|\bshell", line)

    def text(self, *words):
        """The text alone, where many are compared: a gnuplot that draws nothing saves the time."""
        stub = self.at / "stub/gnuplot"
        if not stub.exists():
            stub.parent.mkdir()
            stub.write_text("#!/bin/sh\n: >page-1.pdf\nexec /bin/cat >/dev/null\n")
            stub.chmod(0o755)
        self.call(*words, "--script", "text.gp", env={"PATH": str(stub.parent)})
        text = (self.at / "text.gp").read_text()
        self.harmless(text)
        return text

    def block(self, text, name):
        """The numbers of a data block, or None."""
        found = re.search(rf"\${name} << E\n(.*?)E\n", text, re.S)
        return found and [[float(v) for v in line.split()] for line in found.group(1).splitlines() if line]

    def error(self, text, *words, **more):
        out, err = self.call(*words, code=2, **more)
        self.assertEqual((out, err), ("", text))

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
