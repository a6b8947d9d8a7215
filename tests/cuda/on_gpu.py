"""on_gpu.py prepare BUILD FOLDER [--emulated] [PART...]: all that a machine with a GPU runs to check CUDA programs, compiled, into FOLDER, which can be carried there.
on_gpu.py run FOLDER [PART...]: runs it: every op against the C kernels, whole trainings against the CPU's, packed runs against single ones, the same bits twice,
compute-sanitizer where it is found, and the benchmark of tests/bench/gpu.py. Each part has its own process and time, and stands alone: what fails, hangs or is missing is
told, and the next one follows. FOLDER/report.txt and report.json are written anew after each part. Exit code 0: no part failed.
TOTAL_SECONDS (530): no part begins when too little of it is left."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOTAL = float(os.environ.get("TOTAL_SECONDS", 530))
MODELS = ("thread", "thread_more", "double", "layers", "layers_more", "classes")
OPS = {"few": ("--cuda",), "random": ("--cuda",), "random_runs": ("--cuda-runs",)}
# Seconds that a part may take on the machine with the GPU.
PARTS = {"device": 30, "ops_few": 60, "ops_random": 40, "ops_random_runs": 40, **{f"model_{m}": 40 for m in MODELS}, "memcheck": 90, "racecheck": 60, "bench": 330}


# ---- prepare -------------------------------------------------------------------------------------

def tools(build, folder):
    """emulated.py and its users, which take their folders from the command line."""
    sys.argv[1:] = [os.path.join(build, "mosaicc"), os.path.join(build, "tests", "ops", "ops_cases"), build, os.path.dirname(os.path.dirname(HERE)), folder]
    sys.path.insert(0, HERE)
    import emulated
    import run_models
    import run_ops
    return emulated, run_models, run_ops


def nvcc_program(emulated, folder, out):
    """run_cases of a folder of cases, for a GPU."""
    sources = [os.path.join(folder, n) for n in sorted(os.listdir(folder)) if n.endswith(".cu")] + [os.path.join(HERE, "run_cases.cu")]
    objects = [os.path.join(folder, f"{i}.gpu.o") for i in range(len(sources))]
    emulated.all_of([lambda s=s, o=o: emulated.call(emulated.nvcc(), "-std=c++17", "-O2", "-gencode", "arch=compute_80,code=sm_80", "-gencode", "arch=compute_90,code=[sm_90,compute_90]", "-fmad=false",
                                                    "-Xcompiler", "-ffp-contract=off", "-diag-suppress", "177", "-I" + emulated.include, "-I" + HERE, "-c", s, "-o", o)
                     for s, o in zip(sources, objects)])
    emulated.call(emulated.nvcc(), "-o", out, *objects)


def prepare_ops(kit, name, folder, emulate):
    emulated, _, run_ops = kit
    kind, to = name.split("_")[0], os.path.join(folder, "ops_" + name)
    os.makedirs(to, exist_ok=True)
    made = run_ops.make(kind, *OPS[name])
    cpu = run_ops.plain(run_ops.make(kind))
    subprocess.run([cpu, os.path.join(os.path.dirname(cpu), "expected.bin"), "inf", os.path.join(to, "bits_cpu")], check=True)
    shutil.copy(os.path.join(made, "expected.bin"), to)
    if emulate:
        shutil.copy(run_ops.cuda(made), os.path.join(to, "run"))
    else:
        nvcc_program(emulated, made, os.path.join(to, "run"))


def prepare_model(kit, name, folder, emulate):
    emulated, run_models, _ = kit
    work, to = emulated.fresh("model_" + name), os.path.join(folder, "model_" + name)
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    if emulate:
        gpu, cpu = run_models.make(work, name, [])
    else:
        gpu, cpu = run_models.make(work, name, None)
    shutil.copytree(os.path.join(work, "share", "data"), os.path.join(to, "share", "data"))
    shutil.copy(gpu, os.path.join(to, "gpu"))
    for runs in ([1, 2, 3, 4, 5],):                      # the CPU's numbers come along: its trainer need not run there
        text = "".join(run_models.train(to, cpu, "cpu", [r], epochs=4) for r in runs)
        with open(os.path.join(to, "cpu.txt"), "w") as f:
            f.write("\n".join(run_models.epochs_of(text)))


def prepare(build, folder, emulate, parts):
    folder, wrong = os.path.abspath(folder), {}
    os.makedirs(folder, exist_ok=True)
    kit = tools(os.path.abspath(build), os.path.join(folder, "made"))
    bench = os.path.join(os.path.dirname(HERE), "bench")
    for name in ("on_gpu.py", "on-gpu.sh"):
        shutil.copy(os.path.join(HERE, name), folder)
    for part in parts:
        try:
            if part.startswith("ops_"):
                prepare_ops(kit, part[4:], folder, emulate)
            elif part.startswith("model_"):
                prepare_model(kit, part[6:], folder, emulate)
            elif part == "bench":
                sys.path.insert(0, bench)
                import gpu
                gpu.prepare(os.path.abspath(build), os.path.join(folder, "bench"), kit[0].trainer if emulate else None, ["tiny"] if emulate else None)
            print(f"{part}: made", flush=True)
        except (Exception, SystemExit) as why:           # one part must not take the others along
            wrong[part] = f"{type(why).__name__}: {why}"[:2000]
            print(f"{part}: {wrong[part]}", flush=True)
    shutil.rmtree(os.path.join(folder, "made"), ignore_errors=True)
    for row in os.listdir(os.path.join(folder, "bench")) if os.path.isdir(os.path.join(folder, "bench")) else []:
        shutil.rmtree(os.path.join(folder, "bench", row, "generated"), ignore_errors=True)
    with open(os.path.join(folder, "prepared.json"), "w") as f:
        json.dump({"wrong": wrong, "emulated": emulate, "parts": parts}, f, indent=1)
    return 1 if wrong else 0


# ---- parts: each prints what it finds; exit code 0: as it should be, 77: it cannot be told here -----

def device(folder):
    for command in (["nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.max.sm", "--format=csv,noheader"], ["uname", "-srm"]):
        try:
            print(subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.strip())
        except (OSError, subprocess.TimeoutExpired) as why:
            print(f"{command[0]}: {why}")
    trainer = next((os.path.join(folder, "model_" + m, "gpu") for m in MODELS if os.path.exists(os.path.join(folder, "model_" + m, "gpu"))), None)
    if not trainer:
        return 77
    done = subprocess.run([trainer, "--device"], capture_output=True, text=True, timeout=20)
    print("a trainer says:", (done.stdout + done.stderr).strip())
    return done.returncode


def ops(folder, prefix=()):
    bits = os.path.join(folder, "bits_gpu")
    tolerance = "2e-4" if folder.endswith("few") else "inf"
    codes = []
    for turn in range(1 if prefix else 2):               # the same bits twice
        done = subprocess.run([*prefix, os.path.join(folder, "run"), os.path.join(folder, "expected.bin"), tolerance, bits + str(turn)], capture_output=True, text=True)
        codes.append(done.returncode)
        print((done.stdout + "\n".join(done.stderr.splitlines()[:30])).strip(), flush=True)
    if prefix:
        return codes[0]
    got, again, want = (open(p, "rb").read() for p in (bits + "0", bits + "1", os.path.join(folder, "bits_cpu")))
    differ = sum(a != b for a, b in zip(got, want)) + abs(len(got) - len(want))
    print(f"bits of the CPU: {'the same' if got == want else f'{differ} of {len(want)} bytes differ'}; twice: {'the same' if got == again else 'DIFFERENT'}")
    return 0 if not any(codes) and got == again and got == want else 1


def job(out, runs, epochs, resume=False):
    return "".join(f"run {r}\nset seed {r}\nset epochs {epochs}\ndir {out}\ncheckpoint 0\n{'resume' if resume else 'checkpoint 0'}\nend\n" for r in runs)


def train(folder, out, runs, epochs=4, resume=False):
    os.makedirs(os.path.join(folder, out), exist_ok=True)
    done = subprocess.run([os.path.join(folder, "gpu"), "--job", "-"], input=job(out, runs, epochs, resume), capture_output=True, text=True, cwd=folder)
    if done.returncode:
        print(f"exit code {done.returncode}: " + "\n".join((done.stdout + done.stderr).splitlines()[-5:]))
    return sorted(line for line in done.stdout.splitlines() if line.startswith("epoch"))


def weights(folder, out):
    return {n: open(os.path.join(folder, out, n), "rb").read() for n in sorted(os.listdir(os.path.join(folder, out))) if re.fullmatch(r"model_.*\.safetensors", n)}


def model(folder):
    runs, good = [1, 2, 3, 4, 5], True
    cpu = open(os.path.join(folder, "cpu.txt")).read().splitlines()
    packed = train(folder, "packed", runs)
    train(folder, "again", runs)
    for r in runs:
        train(folder, "single", [r])
    train(folder, "resumed", runs, epochs=2)
    train(folder, "resumed", runs, resume=True)
    all_weights = {out: weights(folder, out) for out in ("cpu", "packed", "again", "single", "resumed")}
    first = next((f"\n    CPU {a}\n    GPU {b}" for a, b in zip(cpu, packed) if a != b), "")
    for what, fine in (("losses are the CPU's", packed == cpu), *((f"weights of `{out}` are those of `packed`", bool(all_weights["packed"]) and all_weights[out] == all_weights["packed"]) for out in all_weights)):
        print(f"{what}: {'yes' if fine else 'NO' + (first if 'losses' in what else '')}")
        good = good and fine
    return 0 if good else 1


def sanitizer(folder, tool):
    path = shutil.which("compute-sanitizer") or next((p for p in ("/usr/local/cuda/bin/compute-sanitizer", "/usr/local/cuda/compute-sanitizer/compute-sanitizer") if os.path.exists(p)), None)
    if not path:
        print("no compute-sanitizer")
        return 77
    code, prefix = 0, [path, "--tool", tool, "--error-exitcode", "9", "--print-limit", "5"]
    for name in ("layers", "thread"):
        at = os.path.join(folder, "model_" + name)
        if os.path.exists(os.path.join(at, "gpu")):
            os.makedirs(os.path.join(at, tool), exist_ok=True)
            done = subprocess.run([*prefix, os.path.join(at, "gpu"), "--job", "-"], input=job(tool, [1], 1), capture_output=True, text=True, cwd=at)
            print(f"{name}: exit code {done.returncode}: " + "; ".join([line for line in (done.stdout + done.stderr).splitlines() if "=====" in line][-3:]), flush=True)
            code = code or done.returncode
    if tool == "memcheck" and os.path.exists(os.path.join(folder, "ops_random", "run")):
        code = ops(os.path.join(folder, "ops_random"), prefix) or code
    return 1 if code else 0


def bench(folder):
    sys.path.insert(0, os.path.join(folder, "bench"))
    import gpu
    result = gpu.run(os.path.join(folder, "bench"), until=float(os.environ.get("UNTIL", time.time() + 300)))
    return 1 if any(r["ms"] is None or good is False for r in result["rows"].values() for _, _, good in r["goals"] or [(0, 0, None)]) else 0


def part(folder, name):
    if name == "device":
        return device(folder)
    if name.startswith("ops_"):
        return ops(os.path.join(folder, name))
    if name.startswith("model_"):
        return model(os.path.join(folder, name))
    return bench(folder) if name == "bench" else sanitizer(folder, name)


# ---- run ----------------------------------------------------------------------------------------

def write(folder, report):
    lines = [f"{p['part']:18} {p['verdict']:12} {p['seconds']:6.1f} s" for p in report]
    for p in report:
        lines += ["", f"---- {p['part']}: {p['verdict']}", p["text"].rstrip()]
    with open(os.path.join(folder, "report.txt"), "w") as f:
        f.write("\n".join(lines) + "\n")
    with open(os.path.join(folder, "report.json"), "w") as f:
        json.dump(report, f, indent=1)


def run_part(folder, name, seconds):
    """In a process group of its own, which ends with it."""
    log, start, verdict = os.path.join(folder, f"log_{name}.txt"), time.time(), None
    with open(log, "w") as out:
        p = subprocess.Popen([sys.executable, os.path.abspath(__file__), "part", folder, name], stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                             env={**os.environ, "UNTIL": str(start + seconds - 40)})
        try:
            code = p.wait(seconds)
        except subprocess.TimeoutExpired:
            verdict = "too slow"
            p.terminate()                                # it may end what has a group of its own
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
    verdict = verdict or {0: "passed", 77: "not told"}.get(code, "FAILED")
    return {"part": name, "verdict": verdict, "seconds": time.time() - start, "text": open(log, errors="replace").read()}


def add_libraries():
    """Where cuBLAS may lie: the toolkit's folders, and those of Python packages."""
    found = ["/usr/local/cuda/lib64", "/usr/local/cuda/targets/x86_64-linux/lib"]
    try:
        said = subprocess.run([os.environ.get("PEER_PYTHON", "python3"), "-c", "import site, sys; print('\\n'.join(site.getsitepackages() + sys.path))"], capture_output=True, text=True, timeout=30)
        for packages in said.stdout.splitlines():
            found += [os.path.join(packages, "nvidia", name, "lib") for name in ("cu13", "cublas", "cu12")]
    except (OSError, subprocess.TimeoutExpired):
        pass
    known = [p for p in dict.fromkeys(found) if os.path.isdir(p) and any(n.startswith("libcublasLt.so") for n in os.listdir(p))]
    os.environ["LD_LIBRARY_PATH"] = ":".join(known + [p for p in (os.environ.get("LD_LIBRARY_PATH"),) if p])
    print("cuBLAS:", ", ".join(known) or "not found")


def run(folder, parts):
    add_libraries()
    start, report = time.time(), []
    prepared = json.load(open(os.path.join(folder, "prepared.json")))
    for name in parts or prepared["parts"]:
        left = TOTAL - (time.time() - start)
        if name in prepared["wrong"]:
            report.append({"part": name, "verdict": "not made", "seconds": 0, "text": prepared["wrong"][name]})
        elif left < 20:
            report.append({"part": name, "verdict": "no time left", "seconds": 0, "text": ""})
        else:
            report.append(run_part(folder, name, min(PARTS[name], left)))
        write(folder, report)
        print(f"{report[-1]['part']:18} {report[-1]['verdict']:12} {report[-1]['seconds']:6.1f} s", flush=True)
    print(open(os.path.join(folder, "report.txt")).read())
    return 1 if any(p["verdict"] in ("FAILED", "too slow", "not made") for p in report) else 0


def main():
    if len(sys.argv) >= 4 and sys.argv[1] == "prepare":
        if not os.path.exists(os.path.join(sys.argv[2], "mosaicc")):
            sys.exit(f"{sys.argv[2]}: there is no mosaicc in it; on_gpu.py prepare BUILD FOLDER")
        rest = [a for a in sys.argv[4:] if a != "--emulated"]
        return prepare(sys.argv[2], sys.argv[3], "--emulated" in sys.argv, rest or list(PARTS))
    if len(sys.argv) >= 3 and sys.argv[1] == "run":
        return run(os.path.abspath(sys.argv[2]), sys.argv[3:])
    if len(sys.argv) == 4 and sys.argv[1] == "part":
        return part(os.path.abspath(sys.argv[2]), sys.argv[3])
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main())
