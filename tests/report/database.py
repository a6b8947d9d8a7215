"""database.py: databases for the tests of reports, written row by row. `python3 database.py FILE RUNS EPOCHS` makes one to look at."""
import json
import math
import random
import sqlite3
import struct
import sys

TABLES = """
CREATE TABLE system(param_name TEXT, param_value TEXT);
CREATE TABLE params(run_id INTEGER, param_name TEXT, param_value TEXT);
CREATE TABLE runs(run_id INTEGER PRIMARY KEY, status TEXT, pipeline TEXT, return_status TEXT);
CREATE TABLE run_results(run_id INTEGER PRIMARY KEY, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL, nb_params INTEGER,
  "duration(s)" REAL, epochs INTEGER, overfit REAL, trainability REAL, slope REAL);
"""
OURS = """
ALTER TABLE run_results ADD COLUMN slope_std_plus REAL;
ALTER TABLE run_results ADD COLUMN slope_std_minus REAL;
CREATE TABLE run_details(run_id INTEGER PRIMARY KEY, identity TEXT, pipeline_identity TEXT, seed INTEGER, again INTEGER DEFAULT 0,
 program_hash TEXT, data_hash TEXT, compiler TEXT, flags TEXT, host TEXT, started TEXT, finished TEXT, checkpoint_epoch INTEGER DEFAULT 0,
 launch_id INTEGER);
CREATE UNIQUE INDEX run_details_identity ON run_details(identity) WHERE identity IS NOT NULL;
CREATE TABLE history(run_id INTEGER, name TEXT, epochs INTEGER, data BLOB, PRIMARY KEY(run_id, name));
CREATE TABLE programs(hash TEXT PRIMARY KEY, name TEXT, source TEXT);
CREATE TABLE launches(launch_id INTEGER PRIMARY KEY, pid INTEGER, host TEXT, cpu TEXT, version TEXT, sweep TEXT, config TEXT,
 config_text TEXT, machine TEXT, started TEXT, finished TEXT, exit_code INTEGER);
CREATE INDEX params_run ON params(run_id, param_name);
CREATE INDEX params_value ON params(param_name, param_value);
CREATE INDEX runs_id ON runs(run_id);
CREATE INDEX run_results_id ON run_results(run_id);
CREATE VIEW history_values AS SELECT 1;
INSERT INTO system VALUES('next_run_id', '100000');
PRAGMA application_id=0x4d6f7361;
PRAGMA user_version=1;
"""
RESULTS = ("train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs", "overfit", "trainability", "slope")
CONFIG = "[PROCESS]\nlr = 1e-2\nepochs = 400\n\n[MONITOR]\nmultiplicity = 4\n"


class Database:
    """original: without our tables."""

    def __init__(self, path, original=False):
        self.db = sqlite3.connect(path)
        self.db.executescript(TABLES + ("" if original else OURS))
        self.original = original

    def launch(self, launch_id=1, config="config.ini", text=CONFIG, host="vm", cpu="A processor", started="2024-05-01T10:00:00Z",
               finished="2024-05-01T10:05:00Z"):
        self.db.execute("INSERT INTO launches VALUES(?, 42, ?, ?, '0.1.0', 'sweep.json', ?, ?, 'cc = clang', ?, ?, 0)",
                        (launch_id, host, cpu, config, text, started, finished))
        return self

    def program(self, hash, name, source):
        self.db.execute("INSERT INTO programs VALUES(?, ?, ?)", (hash, name, source))
        return self

    def run(self, run_id, data="dataset_OR", data_class="dataset_OR", model="mlp_brick", model_class="mlp_brick", width=3, seed=1, lr="1e-2", status="done",
            error="", curves=None, program="p1", launch=1, data_hash="d1", note=None, results=True, line=None, **values):
        """`values`: of run_results, instead of made up ones; `curves`: {name: values}."""
        line = line or f"{data_class}(1,200) | {model_class}(4,{width})"
        self.db.execute("INSERT INTO runs VALUES(?, ?, ?, ?)", (run_id, status, line, error))
        modules = [{"type": "dataset", "class": data_class, "key": data}, {"type": "mlp", "class": model_class, "key": model, "width": str(width)}]
        params = [("status", status), ("pipeline", json.dumps(modules)), ("lr", lr), ("epochs", "400"), ("data_scheme", "dataset"),
                  ("pipeline_scheme", "mlp"), ("seed", str(seed)), ("dataset_key", data), (f"{data_class}_class", data_class),
                  (f"{data_class}_type", "dataset"), (f"{data_class}_data_size", "200"), ("mlp_key", model), (f"{model_class}_class", model_class),
                  (f"{model_class}_type", "mlp"), (f"{model_class}_length", "4"), (f"{model_class}_width", str(width))]
        if status == "error":
            params.append(("traceback", error))
        if note is not None:
            params.append(("note", note))
        self.db.executemany("INSERT INTO params VALUES(?, ?, ?)", [(run_id, *p) for p in params])
        if results:
            row = {"train_loss": 0.01, "test_loss": 0.02, "train_acc": 75.0, "test_acc": 72.5, "nb_params": 10 * width + 7, "duration(s)": 1.25,
                   "epochs": 400, "overfit": 0.01, "trainability": 0.04, "slope": -5e-6, **values}
            self.db.execute("INSERT INTO run_results(run_id, " + ", ".join(f'"{k}"' for k in RESULTS) + ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            [run_id, *(row[k] for k in RESULTS)])
        if self.original:
            return self
        self.db.execute("INSERT INTO run_details(run_id, identity, pipeline_identity, seed, program_hash, data_hash, compiler, flags, host, started, finished,"
                        " launch_id) VALUES(?, ?, 'p', ?, ?, ?, 'Debian clang version 14.0.6', '$cc -O2 -g -c $in -o $out', 'vm',"
                        " '2024-05-01T10:00:01Z', '2024-05-01T10:00:09Z', ?)", (run_id, f"{run_id:032x}", seed, program, data_hash, launch))
        for name, curve in (curves or {}).items():
            self.db.execute("INSERT INTO history VALUES(?, ?, ?, ?)", (run_id, name, len(curve), struct.pack(f"<{len(curve)}f", *curve)))
        return self

    def close(self):
        self.db.commit()
        self.db.close()


def falling(epochs, start, end, rate, noise, rng):
    """An exponential from start towards end."""
    return [(end + (start - end) * math.exp(-rate * e)) * math.exp(noise * rng.gauss(0, 1)) for e in range(epochs)]


def source(name, width):
    return "\n".join([f"/* {name} */", f"enum {{ HIDDEN = {width} }};"] + [f"\tx[{i}] = sigmoid_(x[{i}]);" for i in range(400)]) + "\n"


def sweep(path, runs=24, epochs=400, seeds=4):
    """A sweep of two models of some widths; always the same one."""
    rng, db = random.Random(1), Database(path)
    db.launch()
    widths = max(1, math.ceil(runs / (2 * seeds)))
    for k in range(min(widths, 60)):
        for model in ("brick", "funnel"):
            db.program(f"{model}{k}", f"mlp_{model}_4_{k + 2}", source(f"mlp_{model}_4_{k + 2}", k + 2))
    for i in range(runs):
        seed, width, model = i % seeds + 1, i // seeds % widths % 60, ("brick", "funnel")[i // (seeds * widths) % 2]
        end = 10 ** (-2 - 0.05 * width + (0.5 if model == "funnel" else 0) + 0.3 * rng.gauss(0, 1))
        train, test = (falling(epochs, 0.25, end * f, rng.uniform(0.02, 0.1), 0.05, rng) for f in (1, 1.3))
        acc = [50 + 40 * (1 - v / 0.5) for v in train]
        lr = ("1e-2", "3e-3")[i // (seeds * widths * 2) % 2]
        db.run(i + 1, model=f"mlp_{model}", model_class=f"mlp_{model}", width=width + 2, seed=seed, lr=lr, program=f"{model}{width}",
               train_loss=train[-1], test_loss=test[-1], train_acc=acc[-1], test_acc=acc[-1] - 3, epochs=epochs, nb_params=10 * width + 20,
               curves={"train_loss": train, "test_loss": test, "train_acc": acc, "test_acc": [a - 3 for a in acc]},
               **{"duration(s)": rng.lognormvariate(0, 0.2)})
    db.close()


if __name__ == "__main__":
    sweep(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
