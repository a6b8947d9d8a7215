"""test_matrix.py MOSAIC FAKE_TRAINER [CLASS]: every command in every situation that a user can bring it into, with its exact messages.

ROWS has a line a command; what it must print, how it must end and which files it may touch stands in matrix/COMMAND.txt, written anew with
UPDATE=1 (then read the difference). Each case runs in a folder of its own with a small trained sweep, a database of the original's, and a
file that is no database. A command that has no row, or a row without its file, fails.
"""
import concurrent.futures
import re
import shlex
import socket

from here import *

GOLDEN = pathlib.Path(__file__).resolve().parent / "matrix"
LINES = 3                       # of standard output; standard error stands there whole
NOBODY = 65534

# name: a command that works; none: selects nothing; wrong: wrong arguments (several, with ';'); file: another file than the database is
# missing; database: False for commands that use none.
ROWS = {
    "run": dict(works="run a.ini {db} -o gen -n", wrong="run; run a.ini {db} x; run a.ini -j 0; run a.ini --jbos 2", file="run no.ini {db}"),
    "launch": dict(works="launch gen/sweep.json -d {db} -n", wrong="launch; launch gen/sweep.json -j x; launch a.ini", file="launch no.json"),
    "status": dict(works="status {db}", wrong="status {db} x; status --wacth"),
    "savedb": dict(works="savedb {db} out/copy.db", wrong="savedb; savedb {db} a.ini; savedb {db} {db}"),
    "generate": dict(works="generate a.ini out/p.json", wrong="generate; generate a.ini", database=False),
    "history": dict(works="history {db} 1", none="history {db} 99", wrong="history; history {db} one; history {db} -1"),
    "job": dict(works="job gen/sweep.json 1 2", wrong="job; job gen/sweep.json 0; job gen/sweep.json 99; job gen/sweep.json 1 5", file="job no.json 1", database=False),
    "import": dict(works="import {db} spool.txt", wrong="import {db}; import {db} a.ini", file="import {db} no.txt"),
    "rerun": dict(works="rerun a.ini {db} -o gen -id 1 -epochs 2 -n", none="rerun a.ini {db} -o gen -id 1 --tag none -epochs 1",
                  wrong="rerun a.ini {db}; rerun a.ini {db} -id x -epochs 1; rerun a.ini {db} -id 1 -epochs 0; rerun a.ini {db} -id 1 -epochs 1 --until 9;"
                  " rerun a.ini {db} -epochs 3 --changed; rerun a.ini {db} -id", file="rerun no.ini {db} -id 1 -epochs 1"),
    "plotloss": dict(works="plotloss {db} out/a.svg -id 1", none="plotloss {db} out/a.svg -id 99", wrong="plotloss {db}; plotloss {db} out/a.doc; plotloss {db} out/a.svg -p 0"),
    "compare": dict(works="compare {db} test_loss --by mlp_key", none="compare {db} test_loss --by nothing", wrong="compare {db}; compare {db} test_loss; compare {db} test_los --by mlp_key; compare {db} test_loss --sede 1"),
    "report": dict(works="report {db} out/a.html --no-programs", none="report {db} out/a.html -id 99", wrong="report {db}; report {db} out/a.html --by nothing"),
    "rekey": dict(works="rekey keys.json {db}", none="rekey other.json {db}", wrong="rekey keys.json; rekey a.ini {db}", file="rekey no.json {db}"),
    "pause": dict(works="pause out/left.json {db} --now", wrong="pause; pause a.ini {db}"),
    "resume": dict(works="resume left.json {db} -n", none="resume none.json {db}", wrong="resume; resume a.ini {db}", file="resume no.json {db}"),
    "metaplot": dict(works="metaplot {db} out/a.svg or test_loss", none="metaplot {db} out/a.svg nothing test_loss", wrong="metaplot {db} out/a.svg or; metaplot {db} out/a.svg or test_los"),
    "perfanalysis": dict(works="perfanalysis {db} out/a.pdf", none="perfanalysis {db} out/a.pdf -id 99", wrong="perfanalysis {db}; perfanalysis {db} out/a"),
    "parallel": dict(works="parallel {db} out/a.svg test_loss", none="parallel {db} out/a.svg test_loss -id 99", wrong="parallel {db} out/a.svg; parallel {db} out/a.svg x"),
    "importance": dict(works="importance {db} out/a.svg test_loss", none="importance {db} out/a.svg test_loss -id 99", wrong="importance {db} out/a.svg; importance {db} out/a.svg x"),
    "pareto": dict(works="pareto {db} out/a.svg test_loss", none="pareto {db} out/a.svg test_loss -id 99", wrong="pareto {db} out/a.svg; pareto {db} out/a.svg x"),
    "heatmap": dict(works="heatmap {db} out/a.svg test_loss -x mlp_key -y seed", none="heatmap {db} out/a.svg test_loss -x none -y seed", wrong="heatmap {db} out/a.svg; heatmap {db} out/a.svg test_loss"),
    "critical": dict(works="critical {db} out/a.svg test_loss --by mlp_key --within seed", none="critical {db} out/a.svg test_loss --by nothing", wrong="critical {db} out/a.svg; critical {db} out/a.svg x"),
    "perfanalysis_by_config": dict(works="perfanalysis_by_config plots.ini {db} out/a.svg", none="perfanalysis_by_config plots.ini {db} out/a.svg -id 99",
                                   wrong="perfanalysis_by_config plots.ini; perfanalysis_by_config left.json {db} out/a.svg", file="perfanalysis_by_config no.ini {db} out/a.svg"),
    "surface": dict(works="surface {db} out/a.svg 1", none="surface {db} out/a.svg 99", wrong="surface {db} out/a.svg; surface {db} out/a.svg one"),
    "show": dict(works="show {db} 1", none="show {db} 99", wrong="show; show {db} one; show {db} 1 -l x"),
    "diff": dict(works="diff {db} 1 3", none="diff {db} 1 99", wrong="diff {db}; diff {db} 1; diff {db} 1 x; diff {db} 1 3 -U x"),
    "verify": dict(works="verify {db} 1-2", none="verify {db} 99", wrong="verify {db}; verify {db} x; verify {db} 1 -j 0"),
    "best": dict(works="best {db}", none="best {db} --failed", wrong="best {db} x; best {db} -b test_los; best {db} -n 0"),
    "export": dict(works="export {db}", none="export {db} -id 99", wrong="export {db} x; export {db} --tensorboard out/t --json; export {db} -request DELETE"),
    "note": dict(works="note {db} 1 seen", none="note {db} 99 seen", wrong="note {db}; note {db} x seen; note {db} 1 two words"),
    "tag": dict(works="tag {db} 1-3 +keep -slow", none="tag {db} 99 +keep", wrong="tag {db} +keep; tag {db} 1 keep; tag {db} 1 +; tag {db} 1 +a,b; tag {db} 1 --remove x"),
    "version": dict(works="version", wrong="version x; version --json", database=False),
    "help": dict(works="help status", wrong="help nothing; help a b; help --mna", database=False),
}

ORDER = ["success", "no match", "wrong arguments", "unknown option", "missing file", "missing database", "not a database", "a database of the original's",
         "a read-only database", "in use by a launcher", "locked by a writer"]

MOSAICC = """#!/bin/sh
# takes the sweep that is there for what it would have made
config= out=
while [ $# -gt 0 ]; do
	case $1 in
	-o) out=$2; shift ;;
	--database) shift ;;
	--pipelines) cp pipelines.json "$3"; echo "$3: 4 runs"; exit ;;
	*.ini) config=$1 ;;
	esac
	shift
done
[ -f "$config" ] || { echo "$config:1:1: error: cannot read" >&2; exit 1; }
[ "$out" = gen ] || { cp -R gen/. "$out" && chmod -R u+w "$out"; }
"""
MODULES = [{"type": "dataset", "class": "data_or", "key": "or"}, {"type": "mlp", "class": "brick", "key": "brick"}]


def make_old(path):
    """A database as the original wrote it."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.executescript("""
            CREATE TABLE system(param_name TEXT, param_value TEXT);
            CREATE TABLE params(run_id INTEGER, param_name TEXT, param_value TEXT);
            CREATE TABLE runs(run_id INTEGER, status TEXT, pipeline TEXT, return_status TEXT);
            CREATE TABLE run_results(run_id INTEGER, train_loss REAL, test_loss REAL, train_acc REAL, test_acc REAL, nb_params INTEGER,
                "duration(s)" REAL, epochs INTEGER, overfit REAL, trainability REAL, slope REAL);
            INSERT INTO system VALUES('next_run_id', '4');""")
        for id, model, loss in ((1, "brick", 0.5), (2, "brick", 0.25), (3, "funnel", 0.125)):
            db.execute("INSERT INTO runs VALUES(?, 'done', ?, ?)", (id, f"data_or() | {model}()", f"train_loss={loss:.3E}\ttest_loss={loss:.3E}\texecution_time=1.500E+00"))
            db.execute("INSERT INTO run_results VALUES(?, ?, ?, 50, 75, ?, 1.5, 4, 0.1, 0.2, NULL)", (id, loss, loss, 9 + id))
            for name, value in {"status": "done", "pipeline": json.dumps(MODULES), "data_scheme": "dataset", "pipeline_scheme": "mlp", "dataset_key": "or", "mlp_key": model,
                                "lr": "1e-2", "epochs": "4"}.items():
                db.execute("INSERT INTO params VALUES(?, ?, ?)", (id, name, value))


class Matrix(Here):
    @classmethod
    def setUpClass(cls):
        """The folder that every case gets a copy of."""
        one = cls("make")
        one.setUp()
        cls.template = one.at
        cls.addClassCleanup(one.doCleanups)
        (one.bin / "mosaicc").write_text(MOSAICC)
        os.chmod(one.bin / "mosaicc", 0o755)
        settings = [("fake.ms", "0")]
        one.launch(sweep([pipeline("data_or() | brick()", epochs=4, settings=settings), pipeline("data_or() | funnel()", key="funnel", epochs=4, settings=settings)], nb_processus=1))
        (one.at / "gen" / "build.ninja").write_text("build gen/p0/trainer: phony\nbuild all: phony\n")
        (one.at / "a.ini").write_text("[PROCESS]\nlr = 1e-2\n")
        (one.at / "pipelines.json").write_text(json.dumps([MODULES]))
        (one.at / "plots.ini").write_text("[loss]\nabscissae = nb_params\nordinates = test_loss\ninclude_keys = mlp_key\ninclude_values = [brick, funnel]\nplot_type = point\n")
        (one.at / "keys.json").write_text(json.dumps([[MODULES[0], dict(MODULES[1], key="brick of another name")]]))
        (one.at / "other.json").write_text(json.dumps([[MODULES[0], dict(MODULES[1], **{"class": "other"})]]))
        (one.at / "left.json").write_text(json.dumps([MODULES]))
        (one.at / "none.json").write_text("[]")
        (one.at / "job.txt").write_text(one.mosaic("job", "gen/sweep.json", 1, 2).stdout)
        with open(one.at / "spool.txt", "w") as spool:
            subprocess.run([FAKE, "--job", "job.txt"], cwd=one.at, stdout=spool, check=True)
        (one.at / "text.db").write_text("not a database, but long enough to be looked at" * 30)
        make_old(one.at / "old.db")
        (one.at / "out").mkdir()
        one.mosaic("tag", 2, "+slow")
        os.chmod(one.at, 0o755)
        cls.pathname = socket.gethostname()
        cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        cls.cpu = cpu[1] if cpu else None
        # All at once: most of the time is spent waiting for locks.
        pool = concurrent.futures.ThreadPoolExecutor(48)
        cls.addClassCleanup(pool.shutdown)
        cls.results = {name: [] for name in ROWS}
        for late in (False, True):
            for name, row in ROWS.items():
                for title, make in one.cases(name, row):
                    if late == (title != "locked by a writer"):
                        cls.results[name].append((title, pool.submit(make)))

    def make(self):
        pass

    def setUp(self):
        if self._testMethodName == "make":
            super().setUp()

    # ---- one case ----

    @contextlib.contextmanager
    def folder(self):
        with tempfile.TemporaryDirectory(prefix="matrix_") as at:
            at = pathlib.Path(at) / "here"
            shutil.copytree(self.template, at, symlinks=True, ignore=shutil.ignore_patterns("bin"))
            yield at

    def files(self, at):
        return {str(p.relative_to(at)): p.read_bytes() for p in at.rglob("*") if p.is_file() and not p.is_symlink()}

    def normal(self, text, at):
        text = text.replace(str(at), "HERE")
        for pattern, by in ((r"\d+\.\d\d s\)", "T s)"), (r"launcher \d+ on \S+ since \S+", "launcher PID on HOST since DATE"), (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "DATE"),
                            (r"\S*/mosaic-verify-\w+", "TMP"), (r"\d+\.\d MB", "N MB")):
            text = re.sub(pattern, by, text)
        return text.replace(self.pathname, "HOST").replace(self.cpu or "\0", "CPU")

    def call(self, at, args, **more):
        return subprocess.run([self.template / "bin" / "mosaic", *args], cwd=at, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              errors="replace", env=dict(os.environ, TMPDIR=str(at / "out"), COLUMNS="80"), **more)

    def report(self, command, r, at, before=None):
        out = self.normal(r.stdout, at).splitlines()
        text = [f"$ mosaic {command}", f"exit {r.returncode}"]
        text += [f"out {line}" for line in out[:LINES]] + (["out ..."] if len(out) > LINES else [])
        text += [f"err {line}" for line in self.normal(r.stderr, at).splitlines()]
        if before is not None:
            after = self.files(at)
            touched = sorted({f for f in {**before, **after} if before.get(f) != after.get(f)})
            if r.returncode == 2 and not command.startswith(("import", "run ", "launch", "rerun")):
                self.assertEqual([f for f in touched if f.endswith((".db", ".ini", ".json", ".c"))], [], command)
            text += [f"wrote {f}" for f in touched if not f.startswith(".mosaic")]
        return "\n".join(text)

    def case(self, command, db="database.db", around=None, **more):
        with self.folder() as at:
            command = command.replace("{db}", db)
            before = None if around else self.files(at)
            with around(at) if around else contextlib.nullcontext():
                r = self.call(at, shlex.split(command), **more)
            return self.report(command, r, at, before)

    # ---- the situations ----

    @contextlib.contextmanager
    def running(self, at):
        """A launcher that has work for hours."""
        s = json.loads((at / "gen" / "sweep.json").read_text())
        for p in s["pipelines"]:
            p["epochs"] = 100000000
            p["settings"] = [["epochs", "100000000"], ["lr", "1e-2"], ["fake.ms", "20"]]
        (at / "gen" / "sweep.json").write_text(json.dumps(s))
        trace = at / "run_files" / "trace"
        trace.unlink()
        p = subprocess.Popen([self.template / "bin" / "mosaic", "launch", "gen/sweep.json"], cwd=at, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not trace.exists() or len(trace.read_text().splitlines()) < 4:
                self.assertIsNone(p.poll())
                time.sleep(0.005)
            with contextlib.closing(sqlite3.connect(at / "database.db", timeout=20)) as db:
                while db.execute("SELECT count(*) FROM runs WHERE status = 'running'").fetchone()[0] < 4:
                    time.sleep(0.005)
            yield
        finally:
            p.kill()
            p.wait()

    @contextlib.contextmanager
    def locked(self, at):
        """Somebody writes, and goes on writing longer than commands wait."""
        with contextlib.closing(sqlite3.connect(at / "database.db", isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            yield

    def read_only(self, command):
        """Nobody may write but into out/. Root may always: then another user calls."""
        with self.folder() as at:
            command = command.replace("{db}", "database.db")
            root = os.geteuid() == 0
            os.chmod(at.parent, 0o755)
            for path in [*at.rglob("*"), at]:
                if not path.is_symlink():
                    os.chmod(path, 0o555 if path.is_dir() else 0o444)
            os.chmod(at / "out", 0o777)
            r = self.call(at, shlex.split(command), **(dict(user=NOBODY, group=NOBODY, extra_groups=[]) if root else {}))
            for path in [at, *at.rglob("*")]:
                if path.is_dir() and not path.is_symlink():
                    os.chmod(path, 0o755)
            return self.report(command, r, at)

    def cases(self, name, row):
        """Pairs of a title and what makes its text."""
        works, database = row["works"], row.get("database", True)
        yield "success", lambda: self.case(works)
        if "none" in row:
            yield "no match", lambda: self.case(row["none"])
        for wrong in row["wrong"].split(";"):
            yield "wrong arguments", lambda wrong=wrong: self.case(wrong.strip())
        yield "unknown option", lambda: self.case(f"{works} --no-such-option")
        if "file" in row:
            yield "missing file", lambda: self.case(row["file"])
        if not database:
            return
        yield "missing database", lambda: self.case(works, db="no.db")
        yield "not a database", lambda: self.case(works, db="text.db")
        yield "a database of the original's", lambda: self.case(works, db="old.db")
        yield "a read-only database", lambda: self.read_only(works)
        yield "in use by a launcher", lambda: self.case(works, around=self.running)
        yield "locked by a writer", lambda: self.case(works, around=self.locked)


def check(name):
    def test(self):
        if "out/a." in ROWS[name]["works"] and not shutil.which("gnuplot"):
            self.skipTest("gnuplot is not installed")
        results = sorted(self.results[name], key=lambda r: ORDER.index(r[0]))
        text, path = "\n".join(f"## {title}\n{future.result()}\n" for title, future in results), GOLDEN / f"{name}.txt"
        if os.environ.get("UPDATE"):
            path.write_text(text)
        self.maxDiff = None
        self.assertEqual(path.read_text() if path.exists() else "", text, f"{path}: UPDATE=1 writes it")
    return test


for name in ROWS:
    setattr(Matrix, f"test_{name}", check(name))


class Complete(Here):
    def test_every_command_has_a_row(self):
        self.assertEqual(set(self.mosaic("help", "--names").stdout.split()), set(ROWS), "a command of the table has no row in ROWS, or the other way round")
        self.assertEqual({p.stem for p in GOLDEN.glob("*.txt")}, set(ROWS))


if __name__ == "__main__":
    main()
