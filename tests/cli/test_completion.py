"""test_completion.py MOSAIC MOSAICC: what bash, zsh and fish complete, asked from the shells themselves; a shell that is not there is skipped,
and the test says so."""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

MOSAIC, MOSAICC = (str(Path(arg).resolve()) for arg in sys.argv[1:3])
FILES = ["apple.db", "apple.ini", "apple.json", "apple.c", "apple.txt", "apple two.db", "sub/inside.db"]
# What is typed, and the only thing that it can become.
CASES = [
    ("mosaic sta", "status"),
    ("mosaic comp", "compare"),
    ("mosaic status --wat", "--watch"),
    ("mosaic_status --wat", "--watch"),
    ("mosaic rerun --param-name-value-lo", "--param-name-value-low-threshold"),
    ("mosaic plotloss --log ye", "yes"),
    ("mosaic plotloss -l ye", "yes"),
    ("mosaic help plotl", "plotloss"),
    ("mosaic generate apple.i", "apple.ini"),
    ("mosaic run --output su", "sub/"),
    ("mosaic status su", "sub/"),
    ("mosaicc --expl", "--explain"),
    ("mosaicc apple.i", "apple.ini"),
    ("mosaicc --describe apple.c", "apple.c"),
    ("mosaicc -d fus", "fuse"),
]


def made(program, shell):
    command = [MOSAIC, "help", f"--completion={shell}"] if program == "mosaic" else [MOSAICC, f"--completion={shell}"]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout


def installed(shell):
    if shutil.which(shell):
        return True
    print(f"SKIPPED: {shell} is not installed", file=sys.stderr)
    return False


class Shell(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)
        (self.at / "home").mkdir()
        (self.at / "work" / "sub").mkdir(parents=True)
        for name in FILES:
            (self.at / "work" / name).touch()
        self.environment = {"HOME": str(self.at / "home"), "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}

    def scripts(self, shell, prefix="", ending=""):
        for program in ("mosaic", "mosaicc"):
            (self.at / f"{prefix}{program}{ending}").write_text(made(program, shell))


class Bash(Shell):
    SCRIPT = """
source "$1"/mosaic
source "$1"/mosaicc
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
spec=$(complete -p "$1") || exit 3
function=${spec#*-F }
"${function%% *}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

    def ask(self, *words):
        done = subprocess.run(["bash", "--norc", "-c", self.SCRIPT, "bash", str(self.at), *words], cwd=self.at / "work", env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return [line for line in done.stdout.split("\n") if line]

    @unittest.skipUnless(installed("bash"), "bash is not installed")
    def test_bash(self):
        self.scripts("bash")
        for typed, wanted in CASES:
            words = typed.split(" ")
            with self.subTest(typed):
                self.assertEqual(self.ask(*words), [wanted.rstrip("/")])
        self.assertEqual(self.ask("mosaic", "plotloss", "--log", "=", "ye"), ["yes"])
        self.assertEqual(self.ask("mosaic", "plotloss", "--log", "="), ["auto", "no", "yes"])
        self.assertEqual(self.ask("mosaicc", "--completion", "=", "zs"), ["zsh"])
        self.assertEqual(self.ask("mosaic", "status", "apple"), ["apple two.db", "apple.db"])
        self.assertEqual(self.ask("mosaic", "note", "--ad"), ["--add"])
        self.assertEqual(self.ask("mosaic", "no-such-command", ""), [])
        self.assertIn("--json", self.ask("mosaic", "status", "-"))

    @unittest.skipUnless(installed("bash"), "bash is not installed")
    def test_a_typed_word_is_no_program(self):
        self.scripts("bash")
        for word in ("$(touch x)", "`touch x`", "';touch x;'", "a\";touch x;\"", "-$(touch x)"):
            self.ask("mosaic", "status", word)
            self.ask("mosaic", "plotloss", "--log", word)
        self.assertFalse((self.at / "work" / "x").exists())


class Fish(Shell):
    def ask(self, typed):
        script = f"source {self.at}/mosaic.fish; source {self.at}/mosaicc.fish; complete -C '{typed}'"
        done = subprocess.run(["fish", "--no-config", "-c", script], cwd=self.at / "work", env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual((done.returncode, done.stderr), (0, ""), typed)
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    @unittest.skipUnless(installed("fish"), "fish is not installed")
    def test_fish(self):
        self.scripts("fish", ending=".fish")
        for typed, wanted in CASES:
            with self.subTest(typed):
                self.assertEqual(self.ask(typed), [wanted])
        self.assertEqual(self.ask("mosaic plotloss --log=ye"), ["--log=yes"])
        self.assertEqual(self.ask("mosaicc --completion=zs"), ["--completion=zsh"])
        self.assertEqual(self.ask("mosaic status apple")[0:2], ["apple two.db", "apple.db"])
        self.assertIn("--json", self.ask("mosaic status --"))


class Zsh(Shell):
    """zsh completes only on a terminal: a key of ours prints what stands in the line then."""

    def read_until(self, pattern):
        end = time.monotonic() + 120                       # for a zsh that hangs, not a measure
        while not (found := re.search(pattern, self.seen)):
            if not select.select([self.terminal], [], [], 1)[0]:
                self.assertLess(time.monotonic(), end, f"zsh is silent: {self.seen!r}")
                continue
            self.seen += os.read(self.terminal, 65536).decode("utf-8", "replace")
        self.seen = self.seen[found.end():]
        return found

    def start(self):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.chdir(self.at / "work")
            os.execvpe("zsh", ["zsh", "-f", "-i"], self.environment)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.close, self.terminal)
        self.seen = ""
        self.send(f"PROMPT='' RPROMPT='' fpath=({self.at} $fpath); unsetopt prompt_cr prompt_sp zle_bracketed_paste; stty -echo\n"
                  f"autoload -Uz compinit && compinit -u -d {self.at}/dump\n"
                  "zstyle ':completion:*' menu no; unsetopt auto_menu list_beep auto_remove_slash\n"
                  "tell() { print -r -- \"LINE=[$BUFFER]=\"; BUFFER=; zle reset-prompt }\nzle -N tell; bindkey '^X' tell; print -r 'REA''DY'\n")
        self.read_until("READY")

    def send(self, text):
        os.write(self.terminal, text.encode())

    def ask(self, typed):
        self.send(typed + "\t\x18")
        return self.read_until(r"LINE=\[([^\n]*)\]=")[1].rstrip(" ")

    @unittest.skipUnless(installed("zsh"), "zsh is not installed")
    def test_zsh(self):
        self.scripts("zsh", prefix="_")
        self.start()
        for typed, wanted in CASES:
            with self.subTest(typed):
                self.assertEqual(self.ask(typed), typed.rsplit(" ", 1)[0] + " " + wanted)
        self.assertEqual(self.ask("mosaic plotloss --log=ye"), "mosaic plotloss --log=yes")
        self.assertEqual(self.ask("mosaicc --completion=zs"), "mosaicc --completion=zsh")
        self.assertEqual(self.ask("mosaic status apple.d"), "mosaic status apple.db")
        self.send("exit\n")


if __name__ == "__main__":
    del sys.argv[1:4]
    unittest.main()
