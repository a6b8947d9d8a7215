"""Traces the modules of cases/ and compares what is said about each with its .expected file. UPDATE=1 rewrites those.
Where chance decides the line (where a loop is interrupted, what a wild write hits), a .pattern file holds regular expressions instead, one a line.

    run_cases.py TRACE_TOOL BUILD_FOLDER INCLUDE...

cases/net: networks, all in one sweep. cases/data: data classes, all in one sweep. cases/loss: a loss is one a sweep.
cases/sweep: whole configs. A case that misbehaves stands beside the others: those after it must be traced all the same.
"""
import os
import re
import shutil
import subprocess
import sys

TOOL, BUILD, INCLUDES = sys.argv[1], sys.argv[2], sys.argv[3:]
UPDATE = os.environ.get("UPDATE")
WITHOUT = os.environ.get("WITHOUT", "").split()     # cases that another allocator, as under ASan, reports in other words
HEAD = """[PROCESS]
lr = 1e-2
epochs = 4
data_scheme = dataset
pipeline_scheme = net
accuracy = none
{loss}
[MONITOR]
need_gpu = False
gpu_available = None
nb_processus = 1
multiplicity = 1
"""
ENDLESS = ["damages_memory", "damages_result", "deaf", "endless_loop", "prints_endlessly", "sleeping"]    # a time limit may end these: the others have a long one
FLAT = "class_loss_function = flat\npath_to_class_loss_function = flat.c\n"
SECTION = "\n[{name}]\ntype = {type}\nclass = {klass}\npath_to_class = {path}\nkey = {name}\n{more}"
DATA = SECTION.format(name="data", type="dataset", klass="data", path="data.c", more="batch_size = 4\n")
NET = SECTION.format(name="net", type="net", klass="net", path="net.c", more="")


def run_tool(config, name, *options):
    path = os.path.join(BUILD, name + ".ini")
    with open(path, "w") as f:
        f.write(config)
    run = subprocess.run([TOOL, *options, path, os.path.join(BUILD, "cache"), *INCLUDES], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         stdin=subprocess.DEVNULL, timeout=300)
    return run.stdout.decode(errors="replace")


def trace(config, name, *options):
    """What the tool says about each section, and what it says at the end."""
    text = run_tool(config, name, *options)
    if not re.search(r"^## end \d+$", text, re.M):
        print(text)
        sys.exit("%s: the tool did not come to its end" % name)
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in re.split(r"^## ", text, flags=re.M)[1:]}


def trace_nets(nets, name, *options):
    sections = "".join(SECTION.format(name=n, type="net", klass="net", path="cases/net/%s.c" % n, more="") for n in nets)
    return trace(HEAD.format(loss=FLAT) + DATA + sections, name, *options)


def names(folder):
    return sorted(f[:-2] for f in os.listdir(os.path.join("cases", folder)) if f.endswith(".c"))


def neutral(text):
    """Without what depends on the machine: addresses, the shape of training's graph where the other is the same."""
    train, eval_ = text.find("graph train"), text.find("graph eval")
    if train >= 0 and eval_ > train:
        first, second = text[train:eval_], text[eval_:]
        if first.split("\n", 1)[1] == second.split("\n", 1)[1]:
            text = text[:train] + first + "graph eval is the same\n"
    return text.replace(BUILD, "BUILD").replace(os.getcwd(), "HERE")


def compare(folder, name, text):
    if name in WITHOUT:
        return 0
    path = os.path.join("cases", folder, name + ".expected")
    pattern = path[:-len("expected")] + "pattern"
    text = neutral(text)
    if os.path.exists(pattern):
        with open(pattern) as f:
            missing = [line for line in f.read().splitlines() if not re.search(line, text, re.M)]
        for line in missing:
            print("%s: %s is not in:\n%s" % (pattern, line, text))
        return len(missing)
    expected = None
    if os.path.exists(path):
        with open(path) as f:
            expected = f.read()
    if UPDATE and text != expected:
        with open(path, "w") as f:
            f.write(text)
    elif text != expected:
        print("%s differs:\n%s--- expected:\n%s" % (path, text, expected))
        return 1
    return 0


def left_behind(mark):
    """Processes whose command line holds `mark`."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                if mark in f.read().split(b"\0"):
                    found.append(pid)
        except OSError:
            pass
    return found


def libraries():
    cache = os.path.join(BUILD, "cache")
    os.makedirs(cache, exist_ok=True)
    return {f: os.stat(os.path.join(cache, f)).st_mtime_ns for f in os.listdir(cache) if f.endswith(".so")}


def module_checks():
    """Paths with odd names; what is compiled again and when."""
    failed = 0

    def check(what, true):
        nonlocal failed
        if not true:
            print("module: " + what)
            failed += 1

    for f in libraries():
        if f.startswith("good_header-"):
            os.remove(os.path.join(BUILD, "cache", f))
    folder = os.path.join(BUILD, "odd $(touch x) #1 'é'")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for f in ("good_header.c", "helper.h"):
        shutil.copy(os.path.join("cases/net", f), folder)
    source = os.path.join(folder, "good_header.c")
    config = HEAD.format(loss=FLAT) + DATA + SECTION.format(name="odd", type="net", klass="net", path='"%s"' % source, more="")
    said = trace(config, "odd")["odd"]
    check("odd path is not traced: " + said, "at=\"%s" % folder in said and "name=deep" in said)
    before = libraries()
    trace(config, "odd")
    check("compiled again although nothing changed", libraries() == before)
    with open(os.path.join(folder, "helper.h"), "a") as f:
        f.write("static int unused;\n")
    trace(config, "odd")
    check("not compiled again although a header changed", set(before) < set(libraries()))
    with open(source, "a") as f:
        f.write('__asm__("no instruction");\n')
    said = run_tool(config, "odd")
    check("does not say what the compiler says: " + said, re.search(r"odd.*good_header\.c: error: does not compile\n(.*\n)*.*invalid instruction", said))
    os.rename(source, os.path.join(folder, 'quo"te.c'))
    said = run_tool(config.replace('good_header.c"', 'quo\\"te.c"'), "odd")
    check("a path with a quote: " + said, "a path with a quote, a backslash or a line end cannot be compiled" in said)
    return failed


def main():
    failed = module_checks()
    limits = ("-s", "60", "-m", "256")
    nets = [n for n in names("net") if n not in ENDLESS]
    said = trace_nets(ENDLESS + ["good_loop"], "endless", "-s", "0.3", "-m", "256")
    for n in ENDLESS:
        failed += compare("net", n, said.get(n, "not traced\n"))
    said = trace_nets(nets, "net", *limits)
    for n in nets:
        failed += compare("net", n, said.get(n, "not traced\n"))
    bad = sum(not n.startswith("good_") for n in nets)
    if said.get("end %d" % bad) is None:
        print("expected %d errors, the tool says: %s" % (bad, [k for k in said if k.startswith("end")]))
        failed += 1
    if left_behind(b"1000.25"):
        print("a process of good_background is still there")
        failed += 1

    datas = names("data")
    sections = "".join(SECTION.format(name=n, type="dataset", klass="data", path="cases/data/%s.c" % n, more="") for n in datas)
    said = trace(HEAD.format(loss=FLAT) + sections + NET, "data", *limits)
    for n in datas:
        failed += compare("data", n, said.get(n, "not traced\n"))

    for n in names("loss"):
        own = "class_loss_function = own\npath_to_class_loss_function = cases/loss/%s.c\n" % n
        failed += compare("loss", n, "".join(trace(HEAD.format(loss=own) + DATA + NET, "loss", *limits).values()))

    for f in sorted(os.listdir("cases/sweep")):
        if f.endswith(".ini"):
            with open(os.path.join("cases/sweep", f)) as config:
                said = trace(config.read(), f[:-4], *limits, *(["-j"] if f.startswith("merged") else []))
            failed += compare("sweep", f[:-4], "".join("## %s\n%s" % pair for pair in said.items()))
    sys.exit("%d cases differ" % failed if failed else 0)


main()
