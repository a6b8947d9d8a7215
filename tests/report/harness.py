"""harness.py: a folder for each test, the commands called in it, and a reader of pages that accepts no mistake in their HTML."""
import html.parser
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from database import Database, sweep

MOSAIC = os.path.abspath(sys.argv[1])
VOID = {"meta", "link", "img", "br", "hr", "input", "circle", "path"}


class Page(html.parser.HTMLParser):
    """Elements must nest, ids be unique, and every address stay within the page. `text`: what a reader sees; `data`: what the script reads."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.addresses, self.mistakes, self.parts, self.tags = [], set(), [], [], {}, {}
        self.source = source
        self.feed(source)
        self.close()
        self.mistakes += [f"<{tag}> is not closed" for tag in self.open]
        self.data = json.loads(self.parts["data"])
        self.text = self.parts["text"]
        self.images = [dict(a) for a in self.tags.get("img", [])]

    def handle_starttag(self, tag, attributes):
        names = [name for name, value in attributes]
        self.tags.setdefault(tag, []).append(attributes)
        if len(names) != len(set(names)):
            self.mistakes.append(f"<{tag}> has an attribute twice")
        for name, value in attributes:
            if name == "id" and value in self.ids:
                self.mistakes.append(f"id {value} twice")
            if name == "id":
                self.ids.add(value)
            if name in ("src", "href", "srcset", "action", "data", "poster", "formaction"):
                self.addresses.append(value)
            if name.startswith("on"):
                self.mistakes.append(f"<{tag} {name}>")
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.place = dict(attributes).get("id", "script")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.mistakes.append(f"</{tag}> in {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, text):
        inside = self.open[-1] if self.open else ""
        place = self.place if inside == "script" else "style" if inside == "style" else "text"
        self.parts[place] = self.parts.get(place, "") + text


class Folder(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.at = pathlib.Path(tempfile.mkdtemp(prefix="report_"))
        self.addCleanup(shutil.rmtree, self.at, ignore_errors=True)

    def path(self, name):
        return str(self.at / name)

    def call(self, *words, code=0, env=None):
        """Its stdout, stderr. Nothing is left in the place for temporary files."""
        temporary = self.at / "temporary"
        temporary.mkdir(exist_ok=True)
        p = subprocess.run([MOSAIC, *words], cwd=self.at, capture_output=True, env={**os.environ, "TMPDIR": str(temporary), **(env or {})},
                           stdin=subprocess.DEVNULL)
        out, err = p.stdout.decode(), p.stderr.decode()
        self.assertEqual(p.returncode, code, out + err)
        self.assertEqual(list(temporary.iterdir()), [])
        return out, err

    def report(self, *words, database="a.db", page="a.html", pictures=False):
        """The page, made without a word of complaint and without a mistake. Without pictures it is made as where there is no gnuplot."""
        (self.at / "tools").mkdir(exist_ok=True)
        out, err = self.call("report", database, page, *words, env={} if pictures else {"PATH": self.path("tools")})
        self.assertEqual(err, "")
        source = (self.at / page).read_bytes()
        self.assertRegex(out, rf"^{re.escape(page)}: a report of \d+ runs?, {len(source) * 1e-6:.1f} MB\n$")
        found = Page(source.decode("utf-8"))
        self.assertEqual(found.mistakes, [])
        for address in found.addresses:
            self.assertTrue(re.fullmatch(r"#[a-z]+", address) or address.startswith("data:image/svg+xml,"), address[:200])
        return found

    def sql(self, query, database="a.db"):
        db = sqlite3.connect(self.at / database)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()


def unpack(curve):
    """As 1-data.js does: (epochs, [(epoch, value)])."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    epochs, low, high, code = curve
    places = [digits.index(a) * 64 + digits.index(b) for a, b in zip(code[::2], code[1::2])]
    logarithmic = low > 0 and high >= 8 * low
    values = [None if p == 4095 else low * (high / low) ** (p / 4094) if logarithmic else low + (high - low) * p / 4094 for p in places]
    count = len(places)
    if count == epochs:
        at = list(range(1, epochs + 1))
    else:
        parts, middle = (count - 2) // 2, epochs - 2
        edges = [(k * middle // parts, (k + 1) * middle // parts) for k in range(parts)]
        at = [1] + [e for a, b in edges for e in (2 + a, 1 + b)] + [epochs]
    return epochs, list(zip(at, values))


def column(texts):
    """{"values", "at"} as a list of texts."""
    return [texts["values"][k] if k >= 0 else None for k in texts["at"]]


def main():
    del sys.argv[1]
    unittest.main(module="__main__")
