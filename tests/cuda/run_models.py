#!/usr/bin/env python3
"""Whole trainings with need_gpu = True on an emulated device against the CPU trainers: the same bits where neither uses a library's products; the same whatever runs
are trained beside each other, interrupted or not, in any order of threads; messages of a device that is missing, too small or lost."""
import os
import re
import shutil
import subprocess
import sys

from emulated import all_of, call, fresh, mosaicc, source, trainer

SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
os.environ["ASAN_OPTIONS"] = "detect_leaks=0"
HEAD = "[PROCESS]\nloss_function = {loss}\n{process}lr = 1e-2\nepochs = 3\ndata_scheme = dataset\npipeline_scheme = mlp\n" \
    "[MONITOR]\nneed_gpu = {gpu}\ngpu_available = cuda:0\n[data]\ntype = dataset\nclass = csv\npath_to_class = share/csv.c\nkey = data\n" \
    "path = share/data/{data}\ntarget = {target}\nscaling = standard\ntrain_prop = 0.2\nbatch_size = {batch}\n{more}" \
    "[net]\ntype = mlp\nclass = {net}\npath_to_class = share/{file}.c\nkey = net\nlength = {length}\nwidth = {width}\n"
BREAST = dict(loss="BCELoss", data="breast_cancer.csv", target="class", batch=16, net="mlp_brick", file="mlp", length=2, width=4, process="", more="")
# name: what the config says. Above 16 KiB a run has the whole device, below a thread.
MODELS = {
    "thread": BREAST,
    "thread_more": {**BREAST, "process": "optimizer = AdamW\namsgrad = True\nclip_grad_norm = 0.5\nema_decay = 0.9\naccumulate = 2\nscheduler = OneCycleLR\n"},
    "double": {**BREAST, "width": 30, "batch": 4, "process": "precision = float64\n"},
    "layers": {**BREAST, "width": 30, "batch": 4},
    "layers_more": {**BREAST, "width": 30, "batch": 4, "process": "optimizer = SGD\nmomentum = 0.9\nclip_grad_value = 0.01\nclip_grad_norm = 0.5\nema_decay = 0.9\naccumulate = 2\nwarmup_epochs = 1\n"},
    "classes": {**BREAST, "loss": "CrossEntropyLoss", "data": "iris.csv", "target": "class", "more": "target_kind = label\nvalidation_prop = 0.2\n", "net": "classifier",
                "file": "classifier", "width": 48, "batch": 8},
    # Batches that come from the host one by one, beside the kernels.
    "stream": {**BREAST, "width": 30, "more": "in_memory = 1\n"},
    "stream_thread": {**BREAST, "more": "in_memory = 1\n"},
}
STREAMS = ("stream", "stream_thread", "thread")
QUEUED = {"late": {"MOSAIC_EMULATOR_LATE": "1"}, "copies_first": {"MOSAIC_EMULATOR_LATE": "2"}, "paged": {"MOSAIC_EMULATOR_LOCKED": "0"}}
# What a test takes: each kind of program, data and library once. All of them: MOSAIC_ALL_MODELS=1.
SOME = ("thread_more", "double", "layers_more", "stream", "stream_thread", "classes", "tf32", "cublas")
# Products by a library, emulated: another order of sums, other roundings. How far losses may be from the CPU's.
LIBRARY = {"cublas": 1e-5, "cublas64": 1e-12, "tf32": 5e-3, "bf16": 2e-2}
for _name, _process in (("cublas", "gpu_products = cublas\n"), ("cublas64", "gpu_products = cublas\nprecision = float64\n"), ("tf32", "precision = tf32\n"), ("bf16", "precision = bf16\n")):
    MODELS[_name] = {**MODELS["classes"], "width": 64, "batch": 32, "process": _process}


def make(folder, name, sanitize=SANITIZE):
    """The two trainers; sanitize: flags of the emulated one, None: for a GPU, by nvcc."""
    shutil.copytree(os.path.join(source, "share"), os.path.join(folder, "share"), dirs_exist_ok=True)
    for gpu in (True, False):
        path = os.path.join(folder, f"{name}_{'gpu' if gpu else 'cpu'}.ini")
        with open(path, "w") as f:
            text = HEAD.format(gpu=gpu, **MODELS[name])
            f.write(text if gpu else re.sub("gpu_products = .*\n|precision = (tf32|bf16)\n", "", text))
        call(mosaicc, *(["--no-build"] if sanitize is not None or not gpu else []), "--quiet", os.path.basename(path), cwd=folder)
    call("ninja", "-f", f"generated/{name}_cpu/build.ninja", "all", cwd=folder)
    program = next(os.path.join(folder, "generated", name + "_gpu", d) for d in os.listdir(os.path.join(folder, "generated", name + "_gpu")) if "_2_" in d)
    if sanitize is not None:
        trainer(program, *sanitize)
    return os.path.join(program, "trainer"), os.path.join(folder, "generated", name + "_cpu", os.path.basename(program), "trainer")


def job(folder, out, runs, epochs=3, resume=False):
    os.makedirs(os.path.join(folder, out), exist_ok=True)
    return "".join(f"run {r}\nset seed {r}\nset epochs {epochs}\ndir {out}\ncheckpoint 0\n{'resume' if resume else 'checkpoint 0'}\nend\n" for r in runs)


def train(folder, program, out, runs, code=0, epochs=3, resume=False, **environment):
    done = subprocess.run([program, "--job", "-"], input=job(folder, out, runs, epochs, resume), capture_output=True, text=True, cwd=folder, env={**os.environ, **environment})
    if done.returncode != code:
        sys.exit(f"{program}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def weights(folder, out, run):
    with open(next(os.path.join(folder, out, f) for f in os.listdir(os.path.join(folder, out)) if re.fullmatch(rf"model_.*_{run}\.safetensors", f)), "rb") as f:
        return f.read()


def epochs_of(text):
    return sorted(line for line in text.splitlines() if line.startswith("epoch"))


def check(name, what, good):
    print(f"{name}: {what}: {'as it should be' if good else 'WRONG'}")
    return good


def model(name):
    folder = fresh(name)
    gpu, cpu = make(folder, name)
    runs = [1, 2] if name in LIBRARY else [1, 2, 3, 4, 5]
    cpu_text = "".join(train(folder, cpu, "cpu", [r]) for r in runs)
    text = train(folder, gpu, "together", runs)
    alone = "".join(train(folder, gpu, "alone", [r], MOSAIC_EMULATOR_ORDER=str(100 * r + 7)) for r in runs)
    queued = QUEUED if name in STREAMS else {}
    for out, environment in queued.items():
        train(folder, gpu, out, runs, **environment)
    train(folder, gpu, "resumed", runs, epochs=1)
    train(folder, gpu, "resumed", runs, resume=True)
    if name in LIBRARY:
        far = max(abs(float(a) - float(b)) for mine, theirs in zip(epochs_of(text), epochs_of(cpu_text)) for a, b in zip(mine.split("\t")[3:5], theirs.split("\t")[3:5]))
        good = check(name, f"losses as on the CPU but for {LIBRARY[name]:g}, and not the same ({far:.2g})", far < LIBRARY[name] and (far > 0 or name == "cublas64"))
    else:
        good = check(name, "losses as on the CPU", epochs_of(text) == epochs_of(cpu_text))
    good = check(name, "the same alone, in other orders of threads", epochs_of(alone) == epochs_of(text)) and good
    for other in ("alone", "resumed") if name in LIBRARY else ("cpu", "alone", "resumed", *queued):
        good = check(name, f"weights of `{other}`", all(weights(folder, "together", r) == weights(folder, other, r) for r in runs)) and good
    table = os.path.join(folder, "share", "data", MODELS[name]["data"])
    predicted = [call(p, "predict", table, "--weights", f"together/checkpoint_1.safetensors", cwd=folder) for p in (gpu, cpu)] if name not in LIBRARY else ["", ""]
    return check(name, "predictions", predicted[0] == predicted[1]) and good


def failing_calls(kind):
    """Each call of the CUDA runtime fails once, the first ones and some of those behind: a run fails with a message, or is trained as ever."""
    folder = fresh("failing_" + kind)
    gpu, cpu = make(folder, kind)
    train(folder, gpu, "whole", [1, 2], epochs=1)
    failed, wrong = 0, []
    for call_number in [*range(1, 40), *range(40, 600, 43)]:
        shutil.rmtree(os.path.join(folder, "out"), ignore_errors=True)
        os.makedirs(os.path.join(folder, "out"))
        done = subprocess.run([gpu, "--job", "-"], input=job(folder, "out", [1, 2], 1), capture_output=True, text=True, cwd=folder,
                              env={**os.environ, "MOSAIC_EMULATOR_FAILS": str(call_number)})
        told = set(map(int, re.findall(r"^failed\t(\d+)\t\d+\tGPU: .", done.stdout, re.M)))
        failed += bool(told)
        good = all(r in told or weights(folder, "out", r) == weights(folder, "whole", r) for r in (1, 2)) if done.returncode == bool(told) else False
        if not good:
            wrong.append(call_number)
            print(call_number, done.returncode, done.stdout[-1500:], done.stderr[-3000:])
    return check("failures", f"calls of the runtime that fail: {failed} stop a {kind}", not wrong and failed > 25)


def failures():
    folder = fresh("failures")
    gpu, cpu = make(folder, "thread")
    good = True
    for what, environment, message in (
            ("no device", {"MOSAIC_EMULATOR_DEVICES": "0"}, "GPU: none can be used: no CUDA-capable device is detected; CUDA_VISIBLE_DEVICES may hide it"),
            ("little memory", {"MOSAIC_EMULATOR_MEMORY": "1000"}, "GPU: 1000 bytes are free, "),
            ("lost", {"MOSAIC_EMULATOR_LOST": "3"}, "GPU: a launch: unspecified launch failure")):
        text = train(folder, gpu, "lost", [1, 2], code=1, **environment)
        good = check("failures", what, text.count("failed\t") == 2 and text.count(message) == 2) and good
        if text.count(message) != 2:
            print(text)
    folder = fresh("no_library")
    gpu, cpu = make(folder, "tf32")
    text = train(folder, gpu, "lost", [1], code=1, MOSAIC_EMULATOR_CUBLAS="0")
    return check("failures", "no cuBLAS", "GPU: libcublasLt cannot be opened" in text) and good


if __name__ == "__main__":
    names = sys.argv[6:] or (sorted(MODELS) if os.environ.get("MOSAIC_ALL_MODELS") else SOME)
    sys.exit(0 if all([model(n) for n in names]) & failures() & failing_calls("stream") & failing_calls("thread") else 1)
