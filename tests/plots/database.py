"""database.py: databases for the tests of plots, written row by row. `python3 database.py FILE RUNS` makes one to look at."""
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
CREATE TABLE history(run_id INTEGER, name TEXT, epochs INTEGER, data BLOB, PRIMARY KEY(run_id, name));
CREATE INDEX params_run ON params(run_id, param_name);
CREATE INDEX params_value ON params(param_name, param_value);
PRAGMA application_id=0x4d6f7361;
PRAGMA user_version=1;
"""


class Database:
    """original: without our tables."""

    def __init__(self, path, original=False):
        self.db = sqlite3.connect(path)
        self.db.executescript(TABLES + ("" if original else OURS))
        self.original = original

    def run(self, run_id, data="dataset_OR(1,200,0.8)", model="mlp_brick(4,3)", data_key="or", model_key="brick", nb_params=49, train=(), test=(),
            status="done", results=True, params=None, **values):
        """`train`, `test`: the curves; `params`: more rows of its parameters; `values`: of run_results, instead of those that follow from the curves."""
        self.db.execute("INSERT INTO runs VALUES(?, ?, ?, '')", (run_id, status, f"{data} | {model}"))
        rows = [("status", status), ("data_scheme", "dataset"), ("pipeline_scheme", "mlp"), ("dataset_key", data_key),
                            ("mlp_key", model_key), ("pipeline", json.dumps([{"type": "mlp", "key": model_key}]))]
        for name, value in {**dict(rows), **(params or {})}.items():
            self.db.execute("INSERT INTO params VALUES(?, ?, ?)", (run_id, name, value))
        if results:
            last = lambda curve: curve[-1] if curve else None
            row = {"train_loss": last(train), "test_loss": last(test), "train_acc": 70.0, "test_acc": 65.0, "nb_params": nb_params,
                   "duration(s)": 1.5, "epochs": len(train), "overfit": 0.01, "trainability": 0.04, "slope": -5e-6, **values}
            row = {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
            self.db.execute("INSERT INTO run_results VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            (run_id, *(row[k] for k in ("train_loss", "test_loss", "train_acc", "test_acc", "nb_params", "duration(s)", "epochs",
                                                        "overfit", "trainability", "slope"))))
        for name, curve in (("train_loss", train), ("test_loss", test)):
            if curve and not self.original:
                self.db.execute("INSERT INTO history VALUES(?, ?, ?, ?)", (run_id, name, len(curve), struct.pack(f"<{len(curve)}f", *curve)))
        return self

    def close(self):
        self.db.commit()
        self.db.close()


def falling(epochs, start, end, rate, noise, rng):
    """An exponential from start towards end."""
    return [(end + (start - end) * math.exp(-rate * e)) * math.exp(noise * rng.gauss(0, 1)) for e in range(epochs)]


def module(section, type_, **parameters):
    """The rows of `params` of a module whose class is called as its section."""
    return {f"{section}_{name}": str(value) for name, value in dict(type=type_, **{"class": section}, path_to_class="x.c", **parameters).items()}


def many(path, runs, epochs=100, original=False):
    """`runs` runs: two data sets, three models, five sizes, random curves; always the same ones."""
    rng, db = random.Random(1), Database(path, original)
    for i in range(1, runs + 1):
        data, model, width = i % 2, i // 2 % 3, 2 + i // 6 % 5
        end = 10 ** rng.gauss(-2 - 0.3 * width + 0.5 * model, 0.4)
        train, test = (falling(epochs, 0.25, end * f, rng.uniform(0.05, 0.3), 0.05, rng) for f in (1, 1.3))
        acc = min(100.0, max(0.0, rng.gauss(70 + 4 * width, 5)))
        pipeline = [{"type": "dataset", "class": "dataset_" + ("OR", "spiral")[data], "name": "dataset_" + ("OR", "spiral")[data], "key": ("or", "spiral")[data]},
                    {"type": "mlp", "class": "mlp_" + ("brick", "funnel", "fan")[model], "length": "4", "width": str(width), "key": ("brick", "funnel", "fan")[model]}]
        params = {"seed": str(1 + i // 30), "lr": ("1e-2", "1e-3")[i // 30 % 2], **module("dataset_" + ("OR", "spiral")[data], "dataset"),
                  **module("mlp_" + ("brick", "funnel", "fan")[model], "mlp", length=4, width=width), "pipeline": json.dumps(pipeline)}
        db.run(i, ("dataset_OR(1,200,0.8)", "dataset_spiral(8,1000,0.8)")[data], f"mlp_{('brick', 'funnel', 'fan')[model]}(4,{width})",
               ("or", "spiral")[data], ("brick", "funnel", "fan")[model], 10 * width + 5 * width * width + model, train, test,
               train_acc=acc, test_acc=max(0.0, acc - abs(rng.gauss(0, 3))), overfit=abs(rng.gauss(0, 0.05)), trainability=sum(test) / epochs,
               slope=-abs(rng.gauss(0, 1e-5)), params=params, **{"duration(s)": rng.lognormvariate(0, 0.2) * width})
    db.close()


if __name__ == "__main__":
    many(sys.argv[1], int(sys.argv[2]))
