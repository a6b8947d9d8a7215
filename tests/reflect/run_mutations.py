#!/usr/bin/env python3
"""Feeds reflect_tool with cut and changed copies of the modules in share/ and of this folder's cases: it may say what it likes, but it
must end by itself, with status 0 or 1 and nothing from a sanitizer. The copies are the same in every run."""
import glob
import os
import random
import subprocess
import sys
import tempfile

TOKENS = [b"struct", b"{", b"}", b"(", b")", b";", b"*", b"/*", b"*/", b"//", b"\"", b"'", b"\\\n", b"#define", b"#include \"mutant.c\"\n", b"##", b"...", b"nn_tensor",
          b"MOSAIC_DEFAULT(", b"MOSAIC_DERIVED", b"MOSAIC_PKG(\"x\");", b"_forward", b"enum", b"union", b"typedef", b"[", b"]", b":3", b"= nn_relu(x)", b"\0", b"\xff",
          b"\xe2\x80\xae", b"\r", b"??/", b"__attribute__((annotate(\"mosaic.default=\")))", b"int", b"const", b"return", b"static", b"_Generic", b"({", b"})"]


def mutants(bytes_, rng, count):
    for k in range(count):
        text = bytearray(bytes_)
        if k % 3 == 0:
            del text[rng.randrange(len(text)):]
        else:
            for _ in range(rng.randrange(1, 5)):
                at = rng.randrange(len(text) + 1)
                what = rng.randrange(4)
                if what == 0:
                    del text[at:at + rng.randrange(1, 40)]
                elif what == 1:
                    text[at:at] = rng.choice(TOKENS)
                elif what == 2 and at < len(text):
                    text[at] = rng.randrange(256)
                else:
                    start = rng.randrange(len(text) + 1)
                    text[at:at] = text[start:start + rng.randrange(60)]
        yield bytes(text)


def deep(folder):
    """Nested so deeply that the compiler would run out of an ordinary stack."""
    head = "#include <mosaic.h>\nstruct mlp { int width; };\nnn_tensor mlp_forward(const struct mlp *self, nn_tensor x)\n{\n"
    bodies = ["int n = " + "+".join(["self->width"] * 50000) + "; (void)n;", "x = " + "x ? x : " * 30000 + "x;", "int " + "*" * 20000 + "p = 0; (void)p;",
              "x = " + "x = " * 30000 + "nn_relu(x);", "int n = " + "- " * 50000 + "1; (void)n;", "x = " + "nn_relu(" * 5000 + "x" + ")" * 5000 + ";"]
    for i, body in enumerate(bodies):
        with open(f"{folder}/deep_{i}.c", "w") as f:
            f.write(head + body + "\nreturn x;\n}\n")
        yield f.name


def main():
    tool, share, *dirs = sys.argv[1:]
    count = int(os.environ.get("MUTANTS", "6"))
    sources = sorted(glob.glob(share + "/*.c")) + sorted(glob.glob("good/*.c")) + ["variables.c"]
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for source in sources:
            with open(source, "rb") as f:
                text = f.read()
            for k, mutant in enumerate(mutants(text, rng, count * (4 if "share" in source else 1))) if text else []:
                paths.append(f"{folder}/{os.path.basename(source)[:-2]}_{k}.c")
                with open(paths[-1], "wb") as f:
                    f.write(mutant)
        assert len(paths) > 100
        paths += deep(folder)
        failed = run(tool, dirs, paths)
        if failed:
            sys.exit(f"{failed} of {len(paths)} failed")


def run(tool, dirs, paths):
    """Many files a process for speed; of a process that fails, each file alone, to show it."""
    failed = 0
    for i in range(0, len(paths), 50):
        some = paths[i:i + 50]
        if ends_well(tool, dirs, some)[0]:
            continue
        for path in some:
            ok, said = ends_well(tool, dirs, [path])
            if not ok:
                failed += 1
                with open(path, "rb") as f:
                    print(f"---- {os.path.basename(path)}\n{f.read()!r}\n{said[-3000:].decode(errors='replace')}")
        failed = failed or 1
    return failed


def ends_well(tool, dirs, paths):
    done = subprocess.run([tool, *dirs, "quiet", *paths], capture_output=True)
    good = done.returncode in (0, 1) and b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr and b"libclang: crash" not in done.stderr
    return good, done.stdout + done.stderr


main()
