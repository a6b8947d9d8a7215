#!/usr/bin/env python3
"""Runs reflect_tool over the sources of bad/ and good/ and compares what it prints with NAME.expect beside each.
UPDATE=1 rewrites the expectations."""
import os
import re
import subprocess
import sys


def plain(out, dirs):
    """Without the places that differ between machines: our headers' folders, and lines of the generated one."""
    for folder in dirs:
        out = out.replace(folder.encode() + b"/", b"<include>/")
    return re.sub(rb"(<include>/mosaic(_ops)?\.h):\d+:\d+:", rb"\1:", out)


def check(folder, name, out, status):
    expect = f"{folder}/{name}.expect"
    if (b"\n0 errors, " in b"\n" + out) != (status == 0):
        print(f"{folder}/{name}.c is not {folder}:\n{out.decode()}")
        return 1
    if os.environ.get("UPDATE"):
        with open(expect, "wb") as f:
            f.write(out)
        return 0
    with open(expect, "rb") as f:
        wanted = f.read()
    if out != wanted:
        print(f"{folder}/{name}.c: expected\n{wanted.decode()}--- but got\n{out.decode()}")
    return out != wanted


def main():
    tool, here, *dirs = sys.argv[1:]
    os.chdir(here)
    failed = 0
    for folder, status in (("good", 0), ("bad", 1)):
        names = sorted(n[:-2] for n in os.listdir(folder) if n.endswith(".c"))
        run = subprocess.run([tool, *dirs, "describe", *(f"{folder}/{n}.c" for n in names)], capture_output=True)
        if run.returncode != status or run.stderr:
            sys.exit(f"{folder}: exit status {run.returncode}\n{run.stdout[-2000:].decode()}{run.stderr.decode()}")
        outs = re.split(rb"^#### .*\n", plain(run.stdout, dirs), flags=re.M)[1:]
        assert len(outs) == len(names) > 10, folder
        failed += sum(check(folder, name, out, status) for name, out in zip(names, outs))
    if failed:
        sys.exit(f"{failed} failed; UPDATE=1 rewrites the expectations")


main()
