"""bench.py BUILD [options]: our trainers, what people would use instead, and what the machine allows, side by side in one table; see --help and
doc/performance.md. Judges nothing. What was measured goes into bench.txt and bench.json of --out."""
import argparse, contextlib, json, os, platform, shutil, statistics, sys, tempfile, threading, time

import peers
import steps
import sweep


def dense_gflop(batch, sizes):
    """Of a step of a dense network: three products a layer, the first one without the gradient of its input."""
    products = [i * o for i, o in zip(sizes, sizes[1:])]
    return 2e-9 * batch * (3 * sum(products) - products[0])


def conv_gflop(batch, layers, dense):
    """layers: places, filters, values that a filter reads."""
    products = [a * b * c for a, b, c in layers] + [i * o for i, o in zip(dense, dense[1:])]
    return 2e-9 * batch * (3 * sum(products) - products[0])


def gflop(case):
    inputs, outputs, _, batch, _, _, network, keys = steps.CASES[case]
    if network == "dense":
        return dense_gflop(batch, [inputs, *json.loads(keys["hidden"]), outputs])
    if network == "mlp_brick":
        return dense_gflop(batch, [inputs] + [keys["width"]] * keys["length"] + [outputs])
    if network == "lenet5":
        return conv_gflop(batch, [(784, 6, 25), (100, 16, 150)], [400, 120, 84, outputs])
    if network == "lenet_wide":
        return conv_gflop(batch, [(576, 32, 25), (64, 64, 800)], [1024, 128, outputs])
    if network == "resnet":
        return conv_gflop(batch, [(1024, 16, 27), (1024, 16, 144), (1024, 16, 144), (256, 32, 144), (256, 32, 288), (256, 32, 16), (64, 64, 288), (64, 64, 576), (64, 64, 32)],
                          [64, outputs])
    if network == "reader":
        gates, hidden, numbers = (4 if keys["cell"] == "lstm" else 3), keys["hidden"], inputs // keys["steps"]
        return 2e-9 * batch * (keys["steps"] * gates * hidden * (2 * numbers + 3 * hidden) + 3 * hidden * outputs)
    width = keys["width"]
    return 6e-9 * batch * inputs * (keys["blocks"] * (12 * width * width + 2 * inputs * width) + width * outputs)


# What a case is, and the product whose rate is its limit (none: the rate of multiplications in registers).
ABOUT = {
    "tiny": ("2-3-3-3-3-1 sigmoid, batch 1, Adam", None), "tiny_sgd": ("2-3-3-3-3-1 sigmoid, batch 1, SGD", None),
    "small": ("4-32-16-4 tanh, batch 64, SGD", None), "small_full": ("4-32-16-4 tanh, 10,000 samples as one batch, SGD", None),
    "mlp": ("784-512-512-10 relu, batch 128, cross-entropy, Adam", (128, 512, 784)), "wide": ("1024-4096-4096-1024 relu, batch 256, SGD", (256, 4096, 4096)),
    "lenet5": ("LeNet-5 on 28 x 28, batch 64, Adam", (512, 512, 512)), "lenet_wide": ("conv 5 x 5 1-32-64, 1024-128-10, batch 64, Adam", (512, 512, 512)),
    "resnet8": ("residual network, 8 layers, 16-32-64 filters, 32 x 32 x 3, batch 32, SGD", (512, 512, 512)),
    "lstm": ("LSTM, 128 hidden, 64 steps of 32 numbers, batch 32, Adam", (512, 512, 512)), "gru": ("GRU, 128 hidden, 64 steps of 32 numbers, batch 32, Adam", (512, 512, 512)),
    "gpt": ("4 blocks, 128 wide, 4 heads, context 64, vocabulary 256, batch 16, AdamW", (512, 512, 512)),
}
LANED = {"tiny", "tiny_sgd", "small"}            # sixteen runs in lanes are measured too
SMALL = LANED | {"small_full"}                   # nothing large to share among threads


class Ours:
    """Trainers of a case: `runs` in the lanes of one process, `processes` side by side, or one with several threads."""
    who, version = "ours", None

    def __init__(self, case, runs, processes, shared=1):
        self.case, self.runs, self.processes, self.shared, self.threads = case, runs, processes, shared, processes * shared
        self.program = steps.build(case, runs)
        self.share = runs * processes
        self.note = "; ".join(n for n in (f"{runs} runs, {self.program['lanes']} lanes" if runs > 1 else "", f"{processes} runs side by side" if processes > 1 else "", f"one run, threads = {shared}" if shared > 1 else "") if n)

    def measure(self, seconds):
        found = [None] * self.processes

        def one(i):
            found[i] = steps.ours(self.case, self.program["trainer"], self.runs, seconds, f"{self.case}_{i}", self.shared)

        threads = [threading.Thread(target=one, args=(i,)) for i in range(self.processes)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if None in found:
            raise peers.Failed("a trainer ended by itself")
        ms, cpu, kib = zip(*found)
        return statistics.mean(ms) / self.share, statistics.mean(cpu) / self.runs, max(kib)

    def stop(self):
        pass


def entrants(case, options, missing):
    """All that run this case, started and warm."""
    found = [Ours(case, 1, 1)]
    if case in LANED:
        found.append(Ours(case, 16, 1))
    found += [Ours(case, 1, n) for n in options.threads if n > 1]
    found += [Ours(case, 1, 1, n) for n in options.threads if n > 1 and case not in SMALL]
    for kind in peers.KINDS:
        if kind.name not in options.peers or kind.name in missing or not kind.fits(steps.CASES[case]):
            continue
        for threads in kind.threads(case, options.threads):
            print(f"  {kind.name}, {threads} threads ...", file=sys.stderr, flush=True)
            try:
                found.append(kind(case, steps.CASES[case], threads))
            except peers.Failed as why:
                missing.setdefault(f"{kind.name} in {case}", str(why))
    return found


def limit_ms(case, ceilings, threads):
    shape = ceilings.blas and ABOUT[case][1]
    rate = ceilings(threads, *(("sgemm",) + shape if shape else ("fma",)))
    return gflop(case) / rate * 1e3 if rate else None


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def run_case(case, options, missing, ceilings):
    """The table of a case as a dictionary: everybody once a round, so that a busy minute is everybody's."""
    print(f"{case} ...", file=sys.stderr, flush=True)
    rows, limits, fma = [], {t: [] for t in options.threads}, {t: [] for t in options.threads}
    all_of_them = entrants(case, options, missing)
    try:
        times = [[] for _ in all_of_them]
        for _ in range(options.rounds):
            for who, got in zip(all_of_them, times):
                with contextlib.suppress(peers.Failed):
                    got.append(who.measure(options.seconds))
            for t in options.threads:
                limits[t].append(limit_ms(case, ceilings, t))
                fma[t].append(ceilings(t, "fma"))
    finally:
        for who in all_of_them:
            who.stop()
    for who, got in zip(all_of_them, times):
        if not got:
            missing[f"{who.who} in {case}"] = "it failed"
            continue
        wall, cpu, kib = zip(*got)
        rate = gflop(case) / statistics.median(cpu if who.threads == 1 else wall) * 1e3
        rows.append({"who": who.who, "note": who.note, "version": who.version, "threads": who.threads, "ms": summary(wall), "cpu_ms": summary(cpu), "gflops": rate,
                     "of_peak": rate / statistics.median(fma.get(who.threads, fma[options.threads[0]])), "peak_mib": max(kib) / 1024})
    first = rows[0]
    for r in rows:
        time_of = "cpu_ms" if r["threads"] == 1 else "ms"
        mine = next((o for o in rows if o["who"] == "ours" and o["threads"] == r["threads"]), first)
        r["times_ours"] = r[time_of]["median"] / mine[time_of]["median"]
    limits = {t: statistics.median(v) for t, v in limits.items() if v and None not in v}
    return {"about": ABOUT[case][0], "gflop": gflop(case), "rows": rows, "limit_ms": limits, "limit_shape": ABOUT[case][1] if ceilings.blas else None,
            "binary_mib": os.path.getsize(all_of_them[0].program["trainer"]) / 2**20}


def time_text(ms):
    return f"{ms * 1e6:.1f} ns" if ms < 1e-3 else f"{ms * 1e3:.2f} us" if ms < 1 else f"{ms:.2f} ms"


def case_text(case, found):
    out = [f"\n{case}: {found['about']}; {found['gflop'] * 1e3:.4g} MFLOP a step",
           f"  {'':44} {'threads':>7} {'a step':>10} {'min':>10} {'max':>10} {'on the CPU':>11} {'GFLOP/s':>8} {'of FMA':>7} {'x ours':>8} {'MiB':>6}"]
    for r in found["rows"]:
        name = r["who"] + (f" ({r['note']})" if r["note"] else "")
        out.append(f"  {name:44} {r['threads']:7} {time_text(r['ms']['median']):>10} {time_text(r['ms']['min']):>10} {time_text(r['ms']['max']):>10} "
                   f"{time_text(r['cpu_ms']['median']):>11} {r['gflops']:8.2f} {100 * r['of_peak']:6.1f}% {r['times_ours']:8.2f} {r['peak_mib']:6.0f}")
    shape = "sgemm of " + " x ".join(map(str, found["limit_shape"])) if found["limit_shape"] else "multiplications in registers"
    out += [f"  {'the limit: its products at the rate of ' + shape:70} {t} thread{'s' if t > 1 else ''}: {time_text(ms)}" for t, ms in found["limit_ms"].items()]
    out.append(f"  binary of the trainer: {found['binary_mib']:.2f} MiB")
    return out


def report(result):
    m = result["machine"]
    out = [f"{m['cpu']}, {m['cores']} cores, {m['system']}; {result['date']}; load {m['load']:.1f} at the start",
           f"medians of {result['rounds']} rounds of {result['seconds']:g} s, everybody once a round; a step and run; GFLOP/s of one thread by time on the CPU, else by the clock"]
    for t, c in result["ceilings"].items():
        out.append(f"ceilings, {t} thread{'s' if int(t) > 1 else ''}: " + ", ".join(f"{k} {v:.1f}" for k, v in c.items()) + "  (GFLOP/s; copy and triad GB/s)")
    for case, found in result["cases"].items():
        out += case_text(case, found)
    if result["sweep"]:
        out.append("\nsweep")
        out += [f"  {name:66} {r['median']:10.3f} {r['unit']:8} ({r['min']:.3f} .. {r['max']:.3f})" for name, r in result["sweep"].items()]
    out += ["\nnot here"] * bool(result["missing"]) + [f"  {name}: {why}" for name, why in result["missing"].items()]
    return "\n".join(out) + "\n"


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model\t")), "?")
    return {"cpu": f"{cpu} (model {model})", "cores": len(os.sched_getaffinity(0)), "system": platform.platform(terse=True), "load": os.getloadavg()[0]}


def options_of(argv):
    p = argparse.ArgumentParser(prog="run.sh", description="Times our trainers beside what people would use instead, and beside what the machine allows: one table, as text and as JSON.",
        epilog="Cases: " + ", ".join([*ABOUT, "sweep"]) + ". Peers: " + ", ".join(k.name for k in peers.KINDS) + ". Where they are is said by TORCH_PYTHON, JAX_PYTHON (a Python that has it), "
        "GENANN_DIR, KANN_DIR (sources), TINY_BY_HAND (a C file of a training written by hand).")
    p.add_argument("build", nargs="?", default="build", help="where mosaicc was built (build)")
    p.add_argument("--cases", default=",".join([*ABOUT, "sweep"]), metavar="A,B", help="which ones (all)")
    p.add_argument("--peers", default=",".join(k.name for k in peers.KINDS), metavar="A,B", help="beside whom; none: nobody (all that are found)")
    p.add_argument("--threads", default="1,2", metavar="N,M", help="of peers; of ours as many runs side by side (1,2)")
    p.add_argument("--rounds", type=int, default=5, metavar="N", help="everybody is timed once a round (5)")
    p.add_argument("--seconds", type=float, default=1.0, metavar="S", help="that a measurement takes at least (1)")
    p.add_argument("--shapes", type=int, default=0, metavar="N", help="also a sweep of so many different shapes x 8 seeds, cold: 1000 take minutes (0)")
    p.add_argument("--out", metavar="DIR", help="for bench.txt and bench.json (BUILD/bench)")
    o = p.parse_args(argv)
    for key, known in (("cases", [*ABOUT, "sweep"]), ("peers", [k.name for k in peers.KINDS] + ["none"])):
        chosen = [c for c in getattr(o, key).split(",") if c]
        for c in chosen:
            if c not in known:
                p.error(f"--{key}: no {c}; there are {', '.join(known)}")
        setattr(o, key, chosen)
    try:
        o.threads = sorted({int(t) for t in o.threads.split(",")})
    except ValueError:
        p.error(f"--threads: {o.threads} is no list of numbers")
    if o.threads[0] != 1 or o.rounds < 1 or o.seconds <= 0:
        p.error("--threads has 1 among them, --rounds is at least 1, --seconds more than 0")
    o.build = os.path.abspath(o.build)
    o.out = os.path.abspath(o.out or os.path.join(o.build, "bench"))
    if not os.path.exists(os.path.join(o.build, "mosaicc")):
        p.error(f"no mosaicc in {o.build}: build it first, or name the folder")
    return o


def write(result, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "bench.json"), "w") as f:
        json.dump(result, f, indent=1)
    with open(os.path.join(folder, "bench.txt"), "w") as f:
        f.write(report(result))


def main(argv):
    options = options_of(argv)
    steps.BUILD = options.build
    peers.set_core_type()
    work = tempfile.mkdtemp(prefix="bench")
    os.chdir(work)
    steps.copy_modules()
    missing = peers.find(options.peers)
    ceilings = peers.Ceilings()
    if not ceilings.blas:
        missing["OpenBLAS"] = "its sgemm is no limit here; apt-get install libopenblas-dev"
    result = {"date": time.strftime("%Y-%m-%d"), "machine": machine(), "rounds": options.rounds, "seconds": options.seconds, "ceilings": {}, "cases": {}, "sweep": {}, "missing": missing}
    for t in options.threads:
        result["ceilings"][str(t)] = {"fma": ceilings(t, "fma"), "copy": ceilings(t, "copy"), "triad": ceilings(t, "triad")}
        if ceilings.blas:
            result["ceilings"][str(t)]["sgemm 512^3"] = ceilings(t, "sgemm", 512, 512, 512)
    for case in options.cases:
        if case == "sweep":
            result["sweep"] = sweep.run_in("sweep", options.build, options.rounds, options.shapes)
        else:
            result["cases"][case] = run_case(case, options, missing, ceilings)
        write(result, options.out)                     # what is there already stays, should it be stopped
    print(report(result), end="")
    print(f"\n{options.out}/bench.txt, bench.json")
    os.chdir("/")
    shutil.rmtree(work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
