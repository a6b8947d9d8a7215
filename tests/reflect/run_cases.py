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


def main():
    tool, here, *dirs = sys.argv[1:]
    os.chdir(here)
    failed = 0
    for folder, status in (("good", 0), ("bad", 1)):
        names = sorted(n[:-2] for n in os.listdir(folder) if n.endswith(".c"))
        assert len(names) > 10, folder
        for name in names:
            source, expect = f"{folder}/{name}.c", f"{folder}/{name}.expect"
            run = subprocess.run([tool, *dirs, "describe", source], capture_output=True)
            out = plain(run.stdout, dirs)
            if run.returncode != status or run.stderr:
                print(f"{source}: exit status {run.returncode}, expected {status}\n{run.stdout.decode()}{run.stderr.decode()}")
                failed += 1
            elif os.environ.get("UPDATE"):
                with open(expect, "wb") as f:
                    f.write(out)
            else:
                with open(expect, "rb") as f:
                    wanted = f.read()
                if out != wanted:
                    print(f"{source}: expected\n{wanted.decode()}--- but got\n{out.decode()}")
                    failed += 1
    if failed:
        sys.exit(f"{failed} failed; UPDATE=1 rewrites the expectations")


main()
