#!/usr/bin/env python3
"""Compiles every example of doc/modules.md and every module of share/ with warnings as errors, and looks for classes in them."""
import glob
import os
import re
import subprocess
import sys
import tempfile


def package_flags(path):
    """What pkg-config says of the libraries that a module names."""
    with open(path) as f:
        packages = re.findall(r'^MOSAIC_PKG\("([^"]+)"\)', f.read(), re.M)
    return subprocess.run(["pkg-config", "--cflags", *packages], capture_output=True, text=True, check=True).stdout.split() if packages else []


def main():
    clang, tool, document, *dirs = sys.argv[1:]
    with open(document) as f:
        examples = re.findall(r"^```c\n(.*?)^```$", f.read(), re.M | re.S)
    assert len(examples) > 6
    share = os.path.join(os.path.dirname(document), "..", "share")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = sorted(glob.glob(share + "/*.c"))
        for i, text in enumerate(examples):
            paths.append(f"{folder}/example_{i + 1}.c")
            with open(paths[-1], "w") as f:
                f.write(text)
        for path in paths:
            flags = [flag for d in dirs for flag in ("-isystem", d)]
            compiled = subprocess.run([clang, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fsyntax-only", *flags, *package_flags(path), path], capture_output=True, text=True)
            described = subprocess.run([tool, *dirs, "describe", path], capture_output=True, text=True)
            if compiled.returncode or "  methods\n" not in described.stdout or "\n0 errors, 0 warnings\n" not in described.stdout or described.stderr:
                failed += 1
                print(path, compiled.stderr, described.stdout, described.stderr)
    if failed:
        sys.exit(f"{failed} of {len(paths)} failed")


main()
