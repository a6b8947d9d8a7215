#!/usr/bin/env python3
"""Cases of the text form: `# passes: ...`, a graph, the line `# expect`, and what must come out. UPDATE=1 rewrites the last part.
What comes out of a pass without errors is also read and printed again, which must change nothing.

usage: run_cases.py GRAPH_TOOL CASES_DIR WORK_DIR"""
import os
import subprocess
import sys

tool, folder, work = (os.path.abspath(a) for a in sys.argv[1:4])
MARK = "# expect\n"


def run(path, passes):
    done = subprocess.run([tool, os.path.basename(path), *passes], capture_output=True, encoding="utf-8", errors="surrogateescape", cwd=os.path.dirname(path),
                          env={**os.environ, "NO_COLOR": "1"})
    if done.returncode not in (0, 1):
        return done.returncode, done.stdout + done.stderr + f"exit {done.returncode}\n"
    return done.returncode, done.stdout + done.stderr


def check(name):
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        given, mark, expected = f.read().partition(MARK)
    first = given.splitlines()[0] if given else ""
    passes = first[len("# passes:"):].split() if first.startswith("# passes:") else []
    alone = os.path.join(work, name)                    # messages show the file as it was given
    with open(alone, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.write(given)
    code, got = run(alone, passes)
    if os.environ.get("UPDATE") == "1":
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(given + MARK + got)
        return True
    good = bool(mark) and got == expected
    if not good:
        print(f"---- {name}: expected\n{expected}---- got\n{got}")
    if code == 0:
        with open(alone, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(got)
        _, again = run(alone, [])
        if again != got:
            print(f"---- {name}: reading what was printed gives\n{again}")
            good = False
    return good


names = sorted(n for n in os.listdir(folder) if n.endswith(".graph"))
os.makedirs(work, exist_ok=True)
failures = sum(not check(n) for n in names)
print(f"{len(names)} cases, {failures} failures")
sys.exit(failures != 0 or not names)
