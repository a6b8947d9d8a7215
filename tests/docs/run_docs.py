"""run_docs.py SOURCE BUILD INSTALLED DOCUMENT: does what a document says, in order, and compares what it shows.

Of the fenced blocks
    console    `$ ` starts a command, a backslash at its end goes on; what stands below is its output, both streams together. A line `...`
               stands for any lines, `...` within a line for any text. A command without output below may print anything. Commands must
               succeed; `console exit=1` says how the last one of the block ends.
    sh         commands without their output
    sql        is asked of database.db, and must give rows
An HTML comment before a block, which no reader sees, says what else is done with it:
    <!-- test: file NAME -->        the block is written to NAME; `append NAME` adds it
    <!-- test: excerpt NAME -->     its lines stand in NAME, in this order; `...` skips some
    <!-- test: not run: WHY -->     the commands of the block are not run
and anywhere in the document where all of this happens:
    <!-- test: in repository -->    a copy of the repository, with build/
    <!-- test: in tutorial -->      the folder of someone who went through the tutorial: its sweep is compiled and trained
else in an empty folder. The installed commands are in PATH. A command in a block of another kind is a mistake: nothing would run it.
"""
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND = re.compile(r"\s*(\$ |(build/|\./)?(mosaicc|mosaic|mosaic_\w+|trainer|ninja|cmake|ctest|gdb|sqlite3|sh|git|sudo|apt-get|python3|valgrind|perf)( |$))")


class Mistake(Exception):
    pass


class Block:
    def __init__(self, place, kind, options, directive):
        self.place, self.kind, self.options, self.directive, self.lines = place, kind, options, directive, []


def read_document(path):
    """The blocks in order, and where they are run."""
    blocks, where, directive, block = [], "empty", None, None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        place = f"{path.name}:{number}"
        if block:
            if line.startswith("```"):
                blocks.append(block)
                block = None
            else:
                block.lines.append(line)
        elif line.startswith("```"):
            words = line[3:].split() or [""]
            block, directive = Block(place, words[0], words[1:], directive), None
        elif match := re.fullmatch(r"<!-- test: (.*) -->", line.strip()):
            if match[1].startswith("in "):
                where = match[1][3:]
            elif re.match(r"(file|append|excerpt|not run:) \S", match[1]):
                directive = match[1]
            else:
                raise Mistake(f"{place}: '{match[1]}' is nothing that the test knows; tests/docs/run_docs.py lists what it does")
        elif directive and line.strip():
            raise Mistake(f"{place}: a block should follow after '{directive}'")
    if block:
        raise Mistake(f"{block.place}: this block does not end")
    return blocks, where


def copy_repository(source, build, folder):
    made = shutil.ignore_patterns(".git", "build*", ".mosaic", "run_files*", "*.db*", "*.o", "*.o.d", "trainer", "machine.ninja", ".cache", ".ninja_*", "__pycache__")
    for entry in source.iterdir():
        if entry.name.startswith("build") or entry.name in (".git", ".mosaic") or entry.name.startswith("run_files") or ".db" in entry.name:
            continue
        if entry.is_dir():
            # `trainer` is an executable in generated/ and a folder elsewhere
            shutil.copytree(entry, folder / entry.name, ignore=made if entry.name == "generated" else shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(entry, folder / entry.name)
    (folder / "build").symlink_to(build)


class Reader:
    """Someone who types what a document says."""

    def __init__(self, folder, source, build, installed):
        self.home, self.at = folder, folder / "work"
        self.environment = {"HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb", "PATH": f"{installed / 'bin'}:{os.environ['PATH']}"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.source, self.build, self.tutorial = source, build, installed.parent / "user"

    def settle(self, where):
        if where == "tutorial":
            shutil.copytree(self.tutorial, self.at, symlinks=True)
            return
        self.at.mkdir()
        if where == "repository":
            copy_repository(self.source, self.build, self.at)
        elif where != "empty":
            raise Mistake(f"in {where}: there is no such place")

    def run(self, command):
        """The output and exit status; the folder that the command ends in is where the next one starts."""
        end = self.home / "end"
        script = f"{command}\nstatus=$?\npwd >'{end}'\nexit $status\n"
        done = subprocess.run(["sh", "-c", script], cwd=self.at, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if end.exists():
            self.at = Path(end.read_text().strip())
            end.unlink()
        return done.stdout.decode("utf-8", "replace"), done.returncode


def pattern_of(lines):
    """`...` is anything: a line of it any lines, within a line any text."""
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(re.escape(piece) for piece in line.rstrip().split("...")) + r"[ \t]*\n")
    return re.compile("".join(parts))


def same(shown, output):
    text = "".join(line + "\n" for line in output.splitlines())
    return pattern_of(shown).fullmatch(text)


def commands_of(block):
    """[[place, command, lines shown], ...] of a console block."""
    commands, going_on = [], False
    for i, line in enumerate(block.lines):
        if going_on:
            commands[-1][1] += "\n" + line
        elif line.startswith("$ "):
            commands.append([f"{block.place}+{i + 1}", line[2:], []])
        elif not commands:
            raise Mistake(f"{block.place}: a console block starts with '$ '")
        else:
            commands[-1][2].append(line)
            continue
        going_on = line.endswith("\\")
    if not commands:
        raise Mistake(f"{block.place}: a console block without a command")
    return commands


def do_console(block, reader):
    expected = 0
    for option in block.options:
        if not re.fullmatch(r"exit=\d+", option):
            raise Mistake(f"{block.place}: '{option}' is not exit=STATUS")
        expected = int(option[5:])
    commands = commands_of(block)
    for place, command, shown in commands:
        output, status = reader.run(command)
        want = expected if command is commands[-1][1] else 0
        if status != want:
            raise Mistake(f"{place}: `{command}` ends with {status}, not {want}; it printed\n{output}")
        while shown and not shown[-1].strip():
            shown.pop()
        if shown and not same(shown, output):
            raise Mistake(f"{place}: `{command}` shows other than the document. It printed\n{output}---- and the document shows\n" + "\n".join(shown))
    return len(commands)


def do_sh(block, reader):
    output, status = reader.run("set -e\n" + "\n".join(block.lines))
    if status:
        raise Mistake(f"{block.place}: these commands end with {status}; they printed\n{output}")
    return sum(1 for line in block.lines if line.strip() and not line.lstrip().startswith("#"))


def do_sql(block, reader):
    try:
        with sqlite3.connect(f"file:{reader.at / 'database.db'}?mode=ro", uri=True) as database:
            for statement in "\n".join(block.lines).split(";"):
                if statement.strip() and not database.execute(statement).fetchall():
                    raise Mistake(f"{block.place}: no row from {statement}")
    except sqlite3.Error as error:
        raise Mistake(f"{block.place}: {error}") from error
    return 1


def do_directive(block, reader):
    verb, _, rest = block.directive.partition(" ")
    path = reader.at / rest
    if verb == "excerpt":
        text = "".join(line + "\n" for line in path.read_text().splitlines())
        if not pattern_of(block.lines).search(text):
            raise Mistake(f"{block.place}: this is not in {rest}")
        return 1
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w" if verb == "file" else "a") as f:
        f.write("\n".join(block.lines) + "\n")
    return 0


def do(block, reader):
    if block.directive and block.directive.startswith("not run"):
        print(f"{block.place}: {block.directive}")
        return 0
    if block.directive:
        return do_directive(block, reader)
    if block.kind in ("console", "sh", "sql"):
        return {"console": do_console, "sh": do_sh, "sql": do_sql}[block.kind](block, reader)
    if block.kind in ("", "bash", "shell", "text"):
        for i, line in enumerate(block.lines):
            if COMMAND.match(line):
                raise Mistake(f"{block.place}+{i + 1}: a command that nothing runs; make the block ```console or ```sh")
    return 0


def main():
    source, build, installed, document = (Path(arg).resolve() for arg in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder).resolve(), source, build, installed)
        try:
            blocks, where = read_document(document)
            reader.settle(where)
            count = sum(do(block, reader) for block in blocks)
        except Mistake as mistake:
            sys.exit(f"{mistake}")
    print(f"{document.name}: {count} commands and excerpts")


if __name__ == "__main__":
    main()
