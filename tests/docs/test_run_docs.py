"""test_run_docs.py: the runner of documents finds what is wrong with them."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RUNNER = Path(__file__).with_name("run_docs.py")


class Documents(unittest.TestCase):
    def check(self, text, message=None):
        """Runs a document; `message` is part of the complaint, None for a document that is right."""
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder) / "document.md"
            document.write_text(text)
            done = subprocess.run([sys.executable, str(RUNNER), folder, folder, folder, str(document)], capture_output=True, text=True)
        if message is None:
            self.assertEqual(done.returncode, 0, done.stderr)
        else:
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(message, done.stderr)

    def test_output(self):
        self.check("```console\n$ printf 'a\\nb\\n'\na\nb\n```\n")
        self.check("```console\n$ printf 'a\\nb\\n'\na\nc\n```\n", "shows other than the document")
        self.check("```console\n$ echo a\na\nb\n```\n", "shows other than the document")
        self.check("```console\n$ printf 'a\\nb\\n'\na\n```\n", "shows other than the document")
        self.check("```console\n$ echo anything\n$ echo b\nb\n```\n")
        self.check("```console\n$ echo a \\\n    b >&2\na b\n```\n")

    def test_wildcards(self):
        self.check("```console\n$ seq 9\n1\n...\n9\n```\n")
        self.check("```console\n$ seq 9\n1\n...\n8\n```\n", "shows other")
        self.check("```console\n$ echo 'took 3.14 s.'\ntook ... s.\n```\n")
        self.check("```console\n$ echo 'took 3.14 m.'\ntook ... s.\n```\n", "shows other")
        self.check("```console\n$ echo '(a*b)'\n(a*b)\n```\n")

    def test_status(self):
        self.check("```console\n$ false\n```\n", "ends with 1, not 0")
        self.check("```console exit=3\n$ true\n$ sh -c 'exit 3'\n```\n")
        self.check("```console exit=3\n$ true\n```\n", "ends with 0, not 3")
        self.check("```sh\nfalse\ntrue\n```\n", "end with 1")

    def test_folder_stays(self):
        self.check("```sh\nmkdir a\ncd a\n```\n```console\n$ basename \"$PWD\"\na\n```\n")

    def test_files(self):
        self.check("<!-- test: file a/b.txt -->\n```\none\n```\n<!-- test: append a/b.txt -->\n\n```\ntwo\n```\n```console\n$ cat a/b.txt\none\ntwo\n```\n")
        self.check("<!-- test: file b -->\n```c\n1\n2\n3\n```\n<!-- test: excerpt b -->\n```c\n1\n...\n3\n```\n")
        self.check("<!-- test: file b -->\n```c\n1\n2\n3\n```\n<!-- test: excerpt b -->\n```c\n3\n...\n1\n```\n", "is not in b")

    def test_nothing_escapes(self):
        self.check("```\nmosaicc config.ini\n```\n", "nothing runs")
        self.check("```bash\n$ ls\n```\n", "nothing runs")
        self.check("```\njust text\n```\n")
        self.check("<!-- test: not run: it is long -->\n```sh\nfalse\n```\n")
        self.check("<!-- test: skip -->\n```sh\nfalse\n```\n", "nothing that the test knows")
        self.check("<!-- test: file x -->\n\ntext\n", "a block should follow")
        self.check("```console\nls\n```\n", "starts with '$ '")
        self.check("```sh\nls\n", "does not end")


if __name__ == "__main__":
    unittest.main()
