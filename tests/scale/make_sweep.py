"""make_sweep.py FOLDER TRAINER [RUNS] [SEEDS] [EPOCHS]: writes FOLDER/gen/sweep.json: a sweep of two data sets, five models of many sizes and some
learning rates, each with SEEDS seeds, RUNS runs in all; with the same parameters, texts and hashes a run as mosaicc gives to the tutorial's sweep.
`mosaic launch gen/sweep.json` in FOLDER then writes the database that such a sweep would."""
import hashlib
import itertools
import json
import pathlib
import sys

DATA = {"dataset_OR": "200", "dataset_spiral": "1000"}
MODELS = {"mlp_brick": 0.010, "mlp_funnel": 0.013, "mlp_fan": 0.011, "mlp_ring": 0.0101, "mlp_tower": 0.03}
PROCESS = {"lr": "1e-2, 3e-3", "data_scheme": "dataset", "pipeline_scheme": "mlp", "run_files_path": "run_files", "loss_function": "MSELoss"}


def pipeline(data, model, length, width, lr, epochs, seeds):
    dataset = {"type": "dataset", "class": data, "path_to_class": "share/dataset.c", "key": data, "batch_size": "1", "data_size": DATA[data], "train_prop": "0.8",
               "name": data}
    mlp = {"type": "mlp", "class": model, "path_to_class": "share/mlp.c", "key": model, "length": str(length), "width": str(width), "name": model}
    params = [("lr", lr), ("epochs", str(epochs))] + list(PROCESS.items())[1:]
    for m in (dataset, mlp):
        params += [(f"{m['type']}_key", m["key"])] + [(f"{m['class']}_{k}", v) for k, v in m.items() if k not in ("key", "name")]
    line = f"{data}(1,{DATA[data]},0.8) | {model}({length},{width}) | process({lr})"
    size = width * 2 + width * (length - 1) * (width + 1) + 2 * width + 1
    level = MODELS[model] * (1 + 2 * (data != "dataset_OR")) * (2 + 10 / size) * (1 if lr == "1e-2" else 1.2)
    return {"line": line, "modules": [dataset, mlp, {"type": "process", "class": "process", "key": "process", "lr": lr, "name": "process"}], "program": 0,
            "error": None, "params": params, "settings": [("lr", lr), ("scale.nb_params", str(size)), ("scale.level", f"{level:.6f}")], "seed": 1,
            "epochs": epochs, "multiplicity": seeds, "identity": hashlib.md5(f"{line} {epochs}".encode()).hexdigest()}


def shapes(count):
    """(data, model, length, width, lr): all of one lr before the next, so that models differ by nothing else."""
    lrs = itertools.chain(["1e-2", "3e-3"], (f"{1e-3 * (1 + i / 100):.5g}" for i in itertools.count()))
    every = (s for lr in lrs for length in range(2, 12) for width in range(2, 12) for data in DATA for model in MODELS for s in [(data, model, length, width, lr)])
    return itertools.islice(every, count)


def sweep(runs, seeds, epochs):
    rule = "rule cc\n  command = $cc -std=gnu11 -O2 -g $target -ffp-contract=off -fno-math-errno -fno-trapping-math $include_flags -MMD -MF $out.d -c $in -o $out\n"
    return rule, {
        "version": 1, "mosaicc": "0.1.0", "config": "scale.ini", "config_text": "".join(f"{k} = {v}\n" for k, v in PROCESS.items()),
        "process": {**PROCESS, "epochs": str(epochs)},
        "monitor": {"database": "database.db", "nb_processus": 2, "multiplicity": seeds, "checkpoint": 60, "timeout": 0, "run_files_path": "run_files",
                    "need_gpu": False},
        "programs": [{"name": "scale", "trainer": "gen/trainer", "source": "gen/trainer.c", "hash": hashlib.md5(b"scale").hexdigest(), "lanes": 16}],
        "pipelines": [pipeline(*s, epochs, seeds) for s in shapes(-(-runs // seeds))]}


def make(folder, trainer, runs=100000, seeds=10, epochs=100):
    gen = pathlib.Path(folder) / "gen"
    gen.mkdir(parents=True, exist_ok=True)
    rule, content = sweep(runs, seeds, epochs)
    (gen / "trainer").unlink(missing_ok=True)
    (gen / "trainer").symlink_to(pathlib.Path(trainer).resolve())
    (gen / "trainer.c").write_text("/* trains nothing */\n")
    (gen / "machine.ninja").write_text("cc = 'clang'\ntarget = -march=x86-64-v4 -mprefer-vector-width=512\n")
    (gen / "build.ninja").write_text(f"\n{rule}")
    (gen / "sweep.json").write_text(json.dumps(content))


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
