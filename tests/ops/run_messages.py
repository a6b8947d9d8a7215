#!/usr/bin/env python3
"""What mosaicc says about the mistakes of misuse/: every case of misuse.c, and targets that do not fit each loss, to the letter (misuse/expected.txt).
Each message stands at the user's line and names a shape. UPDATE=1 rewrites the text: read the difference.

usage: run_messages.py MOSAICC SOURCE_DIR"""
import os
import re
import subprocess
import sys

mosaicc, source = (os.path.abspath(a) for a in sys.argv[1:3])
folder = os.path.join(source, "tests", "ops", "misuse")


def said(config):
    done = subprocess.run([mosaicc, "--check", config], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def problems(config, code, text):
    with open(os.path.join(folder, "misuse.c")) as f:
        cases = {n for n, line in enumerate(f, 1) if line.startswith("\tcase ")}
    errors = re.findall(r"^(\S+?):(\d+):\d+: error: (.*)", text, re.M)
    wrong = [] if code == 1 else [f"{config}: exit {code}"]
    wrong += [f"{config}: no shape in: {message}" for _, _, message in errors if "[" not in message]
    wrong += [f"{config}: not at the module's line: {file}:{line}" for file, line, _ in errors if file != "misuse.c"]
    if config == "misuse.ini":
        lines = [int(line) for _, line, _ in errors]
        wrong += [f"misuse.c:{n}: no error" for n in sorted(cases - set(lines))]
    return wrong


def main():
    texts, wrong = [], []
    for config in ("misuse.ini", "losses.ini", "pairs.ini", "same.ini"):
        code, text = said(config)
        wrong += problems(config, code, text)
        texts.append(text)
    got, path = "\n".join(texts), os.path.join(folder, "expected.txt")
    if os.environ.get("UPDATE"):
        with open(path, "w") as f:
            f.write(got)
    with open(path) as f:
        expected = f.read()
    if got != expected:
        pairs = zip(got.splitlines() + [""], expected.splitlines() + [""])
        here = next(((a, b) for a, b in pairs if a != b), ("", ""))
        wrong.append(f"expected.txt says otherwise:\n  {here[0]}\n  {here[1]}")
    print("".join(w + "\n" for w in wrong) + f"{got.count(': error: ')} messages, {len(wrong)} wrong")
    return bool(wrong)


sys.exit(main())
