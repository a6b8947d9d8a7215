#!/usr/bin/env python3
"""run_trainers.py FOLDER: runs the trainers brick1, brick4, brick16 and faulty4 of FOLDER and looks at what they leave.

Bits are compared by files: model_*.safetensors and history_*.csv as they are, checkpoints tensor by tensor (their
metadata holds the time that a run took)."""
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

FOLDER = os.path.abspath(sys.argv.pop(1) if len(sys.argv) > 1 else ".")


def run(program, *options, job=None, env=None, wrap=()):
    """(exit code, stdout lines, stderr text) of one trainer."""
    command = [*wrap, os.path.join(FOLDER, program), *map(str, options)]
    done = subprocess.run(command, input=job, capture_output=True, text=True, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout.splitlines(), done.stderr


def block(number, directory="out", resume=False, log=False, checkpoint=0, **settings):
    """One block of a job; settings of a data class as dataset_OR__data_size."""
    lines = [f"run {number}"]
    lines += [f"set {name.replace('__', '.')} {value}" for name, value in settings.items()]
    lines += [f"dir {directory}", f"checkpoint {checkpoint}"]
    lines += [f"log {directory}/output_{number}.log"] if log else []
    return "\n".join(lines + (["resume"] if resume else []) + ["end", ""])


def read(path):
    with open(path, "rb") as f:
        return f.read()


def safetensors(path):
    """(metadata, {name: (dtype, shape, bytes)})"""
    raw = read(path)
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    meta = header.pop("__metadata__", {})
    data = raw[8 + length:]
    return meta, {k: (v["dtype"], v["shape"], data[v["data_offsets"][0]:v["data_offsets"][1]]) for k, v in header.items()}


def result(number, directory="out", model="mlp_brick"):
    """All bits that a run gave."""
    return (read(f"{directory}/model_{model}_{number}.safetensors"), read(f"{directory}/history_{number}.csv"),
            safetensors(f"{directory}/checkpoint_{number}.safetensors")[1])


def kinds(lines):
    return [line.split("\t")[0] for line in lines]


class Case(unittest.TestCase):
    def setUp(self):
        self.before = os.getcwd()
        self.folder = tempfile.mkdtemp()
        os.chdir(self.folder)

    def tearDown(self):
        os.chdir(self.before)
        shutil.rmtree(self.folder)

    def train(self, program, *options, code=0, **more):
        got, out, err = run(program, *options, **more)
        self.assertEqual(got, code, (out[-3:], err))
        return out, err


class Lanes(Case):
    def test_alone_and_beside_others(self):
        """A run's bits do not depend on its lane, on its neighbours, or on how many lanes the program has."""
        for shuffle in "false", "true":
            want = {}
            for seed in 1, 2, 3:
                self.train("brick1", "--job", "-", job=block(seed, f"alone{shuffle}", seed=seed, epochs=12, dataset_OR__shuffle=shuffle))
                want[seed] = result(seed, f"alone{shuffle}")
            for program in "brick4", "brick16":
                group = "".join(block(s, program + shuffle, seed=s, epochs=12, dataset_OR__shuffle=shuffle) for s in (3, 5, 1, 2, 9))
                out, _ = self.train(program, "--job", "-", job=group)
                self.assertEqual(kinds(out).count("done"), 5)
                for seed in want:
                    self.assertEqual(result(seed, program + shuffle), want[seed], (program, seed))
            self.assertNotEqual(want[1][0], want[2][0])
        self.assertNotEqual(result(1, "alonetrue")[0], result(1, "alonefalse")[0])

    def test_different_lengths_and_rates(self):
        """Lanes that finish early, other learning rates, other sample counts: each as if it were alone."""
        jobs = {1: dict(epochs=3), 2: dict(epochs=9, lr="5e-2"), 3: dict(epochs=6, dataset_OR__data_size=50), 4: dict(epochs=0),
                5: dict(epochs=4, dataset_OR__data_size=50, dataset_OR__train_prop=0.5)}
        for number, settings in jobs.items():
            self.train("brick4", "--job", "-", job=block(number, "alone", seed=7, **settings))
        out, _ = self.train("brick4", "--job", "-", job="".join(block(n, "group", seed=7, **s) for n, s in jobs.items()))
        self.assertEqual(sorted(l.split("\t")[1] for l in out if l.startswith("done")), list("12345"))
        for number in jobs:
            self.assertEqual(result(number, "group"), result(number, "alone"))

    def test_learns(self):
        out, _ = self.train("brick4", "--epochs", 400)
        self.assertEqual(out[0], "columns\ttrain_loss\ttest_loss\ttrain_acc\ttest_acc")
        start, last, done = out[1].split("\t"), out[-2].split("\t"), out[-1].split("\t")
        self.assertEqual(start[:3], ["start", "1", "49"])
        self.assertRegex(start[3], "^[0-9a-f]{32}$")
        self.assertEqual(last[:3], ["epoch", "1", "400"])
        self.assertLess(float(last[3]), 1e-9)
        self.assertEqual(last[5:], ["100", "100"])
        self.assertEqual(done[:3], ["done", "1", "400"])
        rows = read("history_1.csv").decode().splitlines()
        self.assertEqual(rows[0], "epoch,train_loss,test_loss,train_acc,test_acc")
        self.assertEqual([r.replace("\t", ",") for r in (l.split("\t", 2)[2] for l in out if l.startswith("epoch"))], rows[1:])

    def test_means_and_partial_batches(self):
        """Sums of faulty4: acc adds samples, so 100 % means that every sample was counted once; drop_last drops."""
        for drop, samples in (0, 10), (1, 8):
            out, _ = self.train("faulty4", "--epochs", 1, f"--source.drop_last={drop}", "--source.samples=10")
            self.assertEqual(out[2].split("\t")[5:7], ["100", "100"])

    def test_memory_is_small(self):
        if os.environ.get("ASAN_OPTIONS"):
            self.skipTest("sanitizers need memory of their own")
        p = subprocess.Popen([os.path.join(FOLDER, "brick4"), "--epochs", "100000000"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(100):
            p.stdout.readline()
        with open(f"/proc/{p.pid}/status") as f:
            peak = int(next(line for line in f if line.startswith("VmHWM")).split()[1])
        p.kill()
        p.stdout.close()
        p.wait()
        self.assertLess(peak, 8 * 1024)


class Resume(Case):
    def test_more_epochs(self):
        self.train("brick4", "--epochs", 20, "--out", "whole", "--dataset_OR.shuffle", "yes")
        self.train("brick4", "--epochs", 8, "--out", "parts", "--dataset_OR.shuffle", "yes")
        out, _ = self.train("brick4", "--epochs", 20, "--out", "parts", "--resume", "--dataset_OR.shuffle", "yes")
        self.assertEqual(kinds(out).count("epoch"), 20)              # the first eight are told again
        self.assertEqual(result(1, "parts"), result(1, "whole"))
        out, _ = self.train("brick4", "--epochs", 20, "--out", "parts", "--resume", "--dataset_OR.shuffle", "yes")
        self.assertEqual(kinds(out).count("epoch"), 20)              # nothing left to do
        self.assertEqual(result(1, "parts"), result(1, "whole"))

    def test_interrupted_at_random_moments(self):
        """SIGTERM again and again, in groups and alone: the bits of a run that was never stopped."""
        for program, options, model in (("brick4", dict(epochs=1500, dataset_OR__shuffle="true"), "mlp_brick"),
                                        ("faulty4", dict(epochs=6, source__samples=60, source__mode="stream", source__shuffle="true"), "linear")):
            env = {"FAULTY_SLOW": "1"}
            job = "".join(block(n, "out", seed=n, resume=True, **options) for n in (1, 2, 3))
            self.train(program, "--job", "-", job=job.replace("dir out", "dir whole").replace("resume\n", ""))
            stops, dice = 0, random.Random(1)
            for _ in range(200):
                p = subprocess.Popen([os.path.join(FOLDER, program), "--job", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True, env={**os.environ, **env})
                p.stdin.write(job)
                p.stdin.close()
                p.stdin = None
                first = p.stdout.readline()                               # it has prepared
                self.assertTrue(first.startswith("columns"), first)
                try:
                    out, err = p.communicate(timeout=dice.random() * 0.06)
                except subprocess.TimeoutExpired:
                    p.send_signal(signal.SIGTERM)
                    out, err = p.communicate()
                self.assertIn(p.returncode, (0, 75), err)
                if p.returncode == 0:
                    break
                stops += 1
                self.assertEqual(kinds(out.splitlines()).count("interrupted") + kinds(out.splitlines()).count("done"), 3)
            self.assertEqual(p.returncode, 0)
            self.assertGreater(stops, 0)
            for number in 1, 2, 3:
                self.assertEqual(result(number, "out", model), result(number, "whole", model))
            shutil.rmtree("out")

    def test_checkpoints_by_the_clock(self):
        out, _ = self.train("faulty4", "--job", "-", job=block(1, epochs=4, checkpoint=0.02, source__samples=60), env={"FAULTY_SLOW": "1"})
        self.assertIn("checkpoint", kinds(out))
        self.train("faulty4", "--job", "-", job=block(1, "calm", epochs=4, source__samples=60))
        self.assertEqual(result(1, "out", "linear"), result(1, "calm", "linear"))

    def test_killed_without_warning(self):
        """kill -9: the run goes on from its last checkpoint, with the same bits."""
        job = block(1, epochs=4, checkpoint=0.01, source__samples=60, resume=True)
        p = subprocess.Popen([os.path.join(FOLDER, "faulty4"), "--job", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             stderr=subprocess.DEVNULL, env={**os.environ, "FAULTY_SLOW": "1"})
        p.stdin.write(job)
        p.stdin.close()
        for line in p.stdout:
            if line.startswith("checkpoint"):
                break
        p.kill()
        p.stdout.close()
        p.wait()
        self.assertTrue(os.path.exists("out/checkpoint_1.safetensors"))
        self.train("faulty4", "--job", "-", job=job)
        self.train("faulty4", "--job", "-", job=job.replace("dir out", "dir whole"))
        self.assertEqual(result(1, "out", "linear"), result(1, "whole", "linear"))

    def test_whose_checkpoint(self):
        self.train("brick4", "--epochs", 3)
        for options, message in ((["--seed", 2], "belongs to a run with seed 1, this one has 2"),
                                 (["--lr", 0.5], "belongs to a run with lr = 0.01, this one has 0.5; --weights starts anew from its parameters"),
                                 (["--dataset_OR.data_size", 50], "belongs to a run with dataset_OR.data_size = 200, this one has 50; --weights"),
                                 (["--out", "nowhere"], "cannot open: No such file or directory")):
            _, err = self.train("brick4", "--resume", "--epochs", 4, *options, code=1)
            self.assertIn("checkpoint_1.safetensors: " + message, err)
        shutil.copy("checkpoint_1.safetensors", "checkpoint_2.safetensors")
        _, err = self.train("faulty4", "--resume", "--id", 2, code=1)
        self.assertIn("checkpoint_2.safetensors: belongs to another program (mlp_brick_4_3)", err)
        self.train("brick4", "--resume", "--epochs", 5, "--lr", "0.01")            # another spelling of the same value

    def test_damaged_checkpoints(self):
        """By hand a clear error, in a job a warning and a new start: never a crash, never silently other numbers."""
        self.train("brick4", "--epochs", 2)
        self.train("brick4", "--epochs", 3, "--out", "anew")
        whole, dice = read("checkpoint_1.safetensors"), random.Random(2)
        anew = result(1, "anew")
        damaged = [whole[:n] for n in (0, 7, 8, 100, len(whole) // 2, len(whole) - 1)] + [whole + b"\0"]
        for _ in range(int(os.environ.get("MUTATIONS", 60))):
            raw = bytearray(whole)
            for _ in range(dice.randint(1, 3)):
                raw[dice.randrange(len(raw)) if dice.random() < .3 else dice.randrange(1500)] ^= 1 << dice.randrange(8)
            damaged.append(bytes(raw))
        for raw in damaged:
            with open("checkpoint_1.safetensors", "wb") as f:
                f.write(raw)
            code, out, err = run("brick4", "--resume", "--epochs", 3)
            self.assertEqual(code, 1, err)
            self.assertRegex(err, r"error: \./checkpoint_1\.safetensors: .*\S; without --resume the run starts anew\n$")
            _, err = self.train("brick4", "--job", "-", job=block(1, ".", epochs=3, resume=True, seed=1))
            self.assertEqual(result(1, ".")[:2], anew[:2])
            self.assertRegex(err, r"run 1: warning: \./checkpoint_1\.safetensors: .*; starting anew\n")

    def test_weights(self):
        self.train("brick4", "--epochs", 3, "--out", "first")
        out, _ = self.train("brick4", "--epochs", 0, "--out", "same", "--weights", "first/checkpoint_1.safetensors")
        a, b = (safetensors(f"{d}/model_mlp_brick_1.safetensors")[1] for d in ("first", "same"))
        self.assertEqual(a, b)
        _, err = self.train("faulty4", "--weights", "first/checkpoint_1.safetensors", code=1)
        self.assertIn("first/checkpoint_1.safetensors: there is no tensor 'weight' [2] in it", err)
        with open("list.safetensors", "wb") as f:                             # as another program might have written it
            head = b'{"weight":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"bias":{"shape":[2],"dtype":"F32","data_offsets":[16,24]}}'
            f.write(struct.pack("<Q", len(head)) + head + struct.pack("<ddff", 1, 2, 3, 4))
        _, err = self.train("faulty4", "--weights", "list.safetensors", code=1)
        self.assertIn("list.safetensors: tensor 'bias' has the shape [2], expected [1]", err)


class Data(Case):
    def test_faults_are_told_to_their_run(self):
        """A run whose data cannot be prepared fails with its message; the others of the job are trained."""
        messages = {
            "fail": "data.csv:12:3: not a number: 'x'",
            "shape": "train input 'x': a sample has the shape [3], the program was built for [2]; run mosaicc again if that is meant",
            "roles": "train part: 2 inputs, the program was built for 1; run mosaicc again if that is meant",
            "unequal": "mosaic_add: 'y' has 9 samples, 'x' has 10: arrays of the train part have the same count of samples",
            "labels": "train target 'y': the value of sample 0 is beyond 2^24 and would lose digits; use precision = float64",
            "empty": "scale: nothing was fitted",
        }
        job = block(99, source__mode="plain", epochs=2) + "".join(block(i, source__mode=mode, log=True) for i, mode in enumerate(messages))
        job += block(50, source__batch_size=5) + block(51, source__test_samples=0) + block(52, source__drop_last=1, source__samples=3)
        job += block(53, source__modus=1) + block(54, lr="quick") + block(55, source__tiny=1) + block(56, source__small=200)
        out, err = self.train("faulty4", "--job", "-", job=job, code=1)
        failed = {int(l.split("\t")[1]): l.split("\t")[3] for l in out if l.startswith("failed")}
        for i, message in enumerate(messages.values()):
            self.assertEqual(failed.pop(i), message)
            self.assertIn(f"run {i}: output of the module\n", read(f"out/output_{i}.log").decode())
            self.assertIn(f"run {i}: error: {message}\n", read(f"out/output_{i}.log").decode())
        self.assertEqual(failed, {
            50: "train part: batch size 5, the program was built for at most 4; run mosaicc again if that is meant",
            51: "test part: no samples; prepare must add some with mosaic_add, mosaic_map or mosaic_stream",
            52: "train part: 3 samples give no batch of 4, and drop_last is set",
            53: "there is no setting 'source.modus'; did you mean 'source.mode'?",
            54: "lr: 'quick' is not a number",
            55: "there is no setting 'source.tiny'; --help lists them",
            56: "source.small: 200 is out of range; it can be -128 to 127",
        })
        self.assertEqual([l for l in out if l.startswith("done")][0].split("\t")[1:3], ["99", "2"])

    def test_crashes_name_class_and_run(self):
        for mode, how, code in (("crash", "crashed in prepare of class source of run 5 (SIGSEGV: invalid memory access)", -signal.SIGSEGV),
                                ("abort", "crashed in prepare of class source of run 5 (SIGABRT: abort or assert)", -signal.SIGABRT),
                                ("divide", "crashed in prepare of class source of run 5 (SIGFPE: integer division by zero)", -signal.SIGFPE),
                                ("leave", "exit() was called in prepare of class source of run 5; modules leave with mosaic_fail", 1)):
            os.mkdir("out")
            got, out, _ = run("faulty4", "--job", "-", job=block(4, source__mode="plain") + block(5, source__mode=mode, log=True))
            self.assertEqual(got, code)
            self.assertEqual(out[-1], "failed\t5\t0\t" + how)
            self.assertEqual(read("out/output_5.log").decode(), f"run 5: output of the module\nerror: {how}\n")
            shutil.rmtree("out")

    def test_not_finite(self):
        """A NaN ends its own run, names the sample, and leaves its neighbours' bits alone."""
        group = "".join(block(s, "group", seed=s, epochs=6) for s in (1, 2, 3))
        out, _ = self.train("brick4", "--job", "-", job=group, env={"BRICK_NAN": "1"}, code=1)
        self.assertIn("failed\t2\t1\ttrain_loss is not a number (NaN) in epoch 1; train input 'x': sample 0 holds nan", out)
        self.assertEqual(kinds(out).count("done"), 2)
        for seed in 1, 3:
            self.train("brick4", "--job", "-", job=block(seed, "alone", seed=seed, epochs=6), env={"BRICK_NAN": "1"})
            self.assertEqual(result(seed, "group"), result(seed, "alone"))
        out, _ = self.train("faulty4", "--lr", "1e30", "--epochs", 50, code=1)
        self.assertRegex(out[-1], r"^failed\t1\t\d+\ttrain_loss is (infinite|not a number \(NaN\)) in epoch \d+; a smaller learning rate may help$")

    def test_streams_and_maps_give_the_same(self):
        with open("samples.bin", "wb") as f:
            f.write(b"8 bytes " + b"".join(struct.pack("<ff", (i * 7) % 11 / 11, (i * 7 + 3) % 11 / 11) for i in range(10)))
        results = []
        for mode in "same", "mapped", "stream":
            options = ["--scaling.factor", 1, "--epochs", 7, "--source.shuffle", 1, "--out", mode]
            self.train("faulty4", "--source.mode", mode, *options)
            results.append(safetensors(f"{mode}/model_linear_1.safetensors")[1])
        # The stream cannot be scaled and the offset of "same" is 0: compare what is comparable.
        self.assertEqual(set(results[0]), set(results[1]))
        self.train("faulty4", "--source.mode", "plain", "--scaling.factor", 1, "--epochs", 7, "--source.shuffle", 1, "--out", "plain")
        self.assertEqual(safetensors("plain/model_linear_1.safetensors")[1], results[1])
        _, err = self.train("faulty4", "--source.mode", "mapped", "--source.samples", 11, code=1)
        self.assertIn("samples.bin: has 88 bytes; 88 bytes from byte 8 on were asked for", err)
        out, _ = self.train("faulty4", "--source.mode", "stream_fail", code=1)
        self.assertEqual(out[-1], "failed\t1\t1\tsamples.bin: cannot read sample 8")

    def test_validation_and_metrics(self):
        out, _ = self.train("faulty4", "--source.mode", "validated", "--epochs", 2)
        self.assertEqual(out[0], "columns\ttrain_loss\ttest_loss\ttrain_acc\ttest_acc\ttrain_biggest\ttest_biggest\t"
                                 "validation_loss\tvalidation_acc\tvalidation_biggest")
        self.assertEqual(len(out[2].split("\t")), 12)
        self.assertTrue(os.path.exists("model_linear_1.safetensors") and os.path.exists("model_offset_1.safetensors"))

    def test_infos_fill_later_fields(self):
        _, err = self.train("faulty4", "--source.weights", "[0.5, 2]", "--source.batch_size", 3)
        self.assertIn("scale: batch_size 3, first_weight 0.5, source made up, section 2", err)
        _, err = self.train("faulty4", "--scaling.batch_size", 3, "--scaling.factor", 4, "--source.batch_size", 2)
        self.assertIn("scale: batch_size 3, first_weight 0, source made up, section 4", err)

    def test_interrupted_while_preparing(self):
        job = block(1, source__mode="hang") + block(2)
        p = subprocess.Popen([os.path.join(FOLDER, "faulty4"), "--job", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        p.stdin.write(job)
        p.stdin.close()
        p.stdin = None
        self.assertIn("output of the module", p.stderr.readline())
        p.send_signal(signal.SIGTERM)
        out, _ = p.communicate()
        self.assertEqual(p.returncode, 75)
        self.assertEqual(out.splitlines(), ["interrupted\t1\t0", "interrupted\t2\t0"])


class Predict(Case):
    def test_predict(self):
        self.train("brick4", "--epochs", 400)
        for text in ("0,0\n0,1\n1,0\n1,1\n", "first,second\n0,0\n0,1\n1,0\n1,1\n", "other;\"second\";first\r\n7;0;0\r\n7;1;0\r\n7;0;1\r\n7;1;1\r\n",
                     "\ufefffirst,second\r\n0,0\r\n0,1\r\n1,0\r\n1,1"):
            with open("in.csv", "w", newline="") as f:
                f.write(text)
            out, _ = self.train("brick4", "predict", "in.csv")
            self.assertEqual(out[0], "y")
            self.assertEqual([round(float(v)) for v in out[1:]], [0, 1, 1, 1])
            self.train("brick4", "predict", "in.csv", "-o", "out.csv")
            self.assertEqual(read("out.csv").decode().splitlines(), out)
        for text, message in (("first,second\n0,x\n", "in.csv:2: column 2 (second): 'x' is not a number"),
                              ("0,1\n\n2,\n", "in.csv:3: column 2: '' is not a number"),
                              ("0,1,2\n", "in.csv:1: 3 columns; a sample has 2 numbers"),
                              ("first,secnd\n0,1\n", "in.csv:1: there is no column 'second'; is it 'secnd'?"),
                              ("0,1\n1\n", "in.csv:2: 1 columns, the first row has 2")):
            with open("in.csv", "w") as f:
                f.write(text)
            _, err = self.train("brick4", "predict", "in.csv", code=1)
            self.assertEqual(err, f"error: {message}\n")
        _, err = self.train("brick4", "predict", "none.csv", code=1)
        self.assertEqual(err, "error: none.csv: cannot read: No such file or directory\n")
        _, err = self.train("brick4", "predict", "in.csv", "--id", 7, code=1)
        self.assertIn("./checkpoint_7.safetensors: cannot open: No such file or directory; train first", err)

    def test_transforms_are_repeated(self):
        """What was fitted and the settings of the training come from the checkpoint."""
        self.train("faulty4", "--epochs", 300, "--scaling.factor", 3)
        with open("in.csv", "w") as f:
            f.writelines(f"{(i * 7) % 11 / 11},{(i * 7 + 3) % 11 / 11}\n" for i in range(9))
        out, _ = self.train("faulty4", "predict", "in.csv")
        got = [float(v) for v in out[1:]]
        offset = got[0] - (2 * 0 - 3 / 11)
        for i, v in enumerate(got):
            self.assertAlmostEqual(v, 2 * ((i * 7) % 11 / 11) - (i * 7 + 3) % 11 / 11 + offset, places=3)
        meta, tensors = safetensors("checkpoint_1.safetensors")
        mean = struct.unpack("<dd", tensors["kept.scaling.mean"][2])
        self.assertAlmostEqual(mean[0], sum((i * 7) % 11 / 11 for i in range(10)) / 10, places=6)
        self.assertEqual(meta["kept.scaling.note"], "a \"text\"\nin two lines")
        self.assertEqual((meta["set.scaling.factor"], meta["input.0"], meta["seed"], meta["epoch"]), ("3", "float32 2", "1", "300"))
        _, err = self.train("faulty4", "predict", "in.csv", "--weights", "model_linear_1.safetensors", code=1)
        self.assertIn("there is no tensor 'bias' [1] in it", err)

    def test_samples(self):
        """The data of the training as predict takes it, with the seed and settings of the checkpoint."""
        self.train("brick4", "--epochs", 2)
        out, _ = self.train("brick4", "samples")
        self.assertEqual(out[0], "part,input:first,input:second,target:y")
        self.assertEqual([line.split(",")[0] for line in out[1:]], ["train"] * 160 + ["test"] * 40)
        for line in out[1:]:
            _, a, b, y = line.split(",")
            self.assertEqual(int(y), int(a) | int(b))
        self.train("brick4", "samples", "-o", "samples.csv")
        self.assertEqual(read("samples.csv").decode().splitlines(), out)
        self.train("brick4", "--epochs", 2, "--seed", 2, "--id", 2)
        self.assertNotEqual(self.train("brick4", "samples", "--id", 2)[0], out)
        self.train("faulty4", "--epochs", 2, "--id", 3)
        out, _ = self.train("faulty4", "samples", "--id", 3)
        self.assertEqual([float(v) for v in out[2].split(",")[1:3]], [0.636363626, 0.909090936])   # as they were before scaling
        self.train("faulty4", "--epochs", 2, "--id", 4, "--source.mode", "stream")
        out, err = self.train("faulty4", "samples", "--id", 4, code=1)
        self.assertEqual(out, [])
        self.assertTrue(err.endswith("error: 'x' is read in pieces while it is trained on: its samples cannot be listed\n"), err)
        self.assertEqual(self.train("brick4", "samples", "-o", "no/x.csv", code=1)[1], "error: cannot write no/x.csv: No such file or directory\n")
        self.assertIn("./checkpoint_77.safetensors: cannot open", self.train("brick4", "samples", "--id", 77, code=1)[1])


class CommandLine(Case):
    def test_help_and_info(self):
        out, _ = self.train("brick4", "--help")
        text = "\n".join(out)
        for part in ("--lr ", "(1e-2)", "--beta1", "number >= 0, < 1 (0.9): decay", "Data, [dataset_OR] of class dataset_OR:", "integer (200): samples in all", "number (0.8): part of them that trains", "--resume"):
            self.assertIn(part, text)
        out, _ = self.train("brick4", "--info")
        text = "\n".join(out)
        for part in ("dataset_OR(1,200,0.8) | mlp_brick(4,3)", "h2.weight", "[3,3]", "49 parameters, float32, 4 lanes", "uniform(-0.707107, 0.707107)"):
            self.assertIn(part, text)
        self.assertEqual(self.train("brick4", "--info", "--epochs", "-1", code=2)[1], "error: epochs: '-1' is not an integer from 0 to 1000000000\n")
        self.assertEqual(self.train("brick4", "--version")[0], ["mlp_brick_4_3, mosaicc 0.1.0"])

    def test_wrong_use(self):
        for options, message in ((["--epoch", 3], "brick4: error: there is no setting 'epoch'; did you mean 'epochs'?\n"),
                                 (["--dataset_OR.datasize", 3], "brick4: error: there is no setting 'dataset_OR.datasize'; did you mean 'dataset_OR.data_size'?\n"),
                                 (["--epochs", "many"], "error: epochs: 'many' is not an integer from 0 to 1000000000\n"),
                                 (["--job", "none.job"], "error: cannot open the job none.job: No such file or directory\n"),
                                 (["--out", "/dev/null/x"], "error: cannot make the directory /dev/null/x: Not a directory\n"),
                                 (["--report-fd", 77], "error: --report-fd 77: Bad file descriptor\n"),
                                 (["--lr", "-1"], "error: lr: -1 is out of range; it is at least 0\n"),
                                 (["--eps=-1e-8"], "error: eps: -1e-08 is out of range; it is at least 0\n"),
                                 (["--beta1", 1], "error: beta1: 1 is out of range; it is at least 0 and below 1\n"),
                                 (["--job", "/dev/zero"], "/dev/zero:1: error: a zero byte\n")):
            _, err = self.train("brick4", *options, code=2)
            self.assertEqual(err, message)
        _, err = self.train("brick4", "--job", "-", job="run 1\nfoo\nend\n", code=2)
        self.assertEqual(err, "job:2: error: 'foo' is not known, or lacks its value\n")
        _, err = self.train("brick4", "--job", "-", job="\x1b[31mrun\n", code=2)
        self.assertEqual(err, "job:1: error: '?[31mrun' outside of a block; a block starts with 'run ID'\n")
        _, err = self.train("brick4", "--job", "-", job="run 1\nset title " + "x" * (1 << 26) + "\nend\n", code=2)
        self.assertEqual(err, "job:2: error: a line of more than 67108864 bytes\n")
        self.train("brick4", "--epochs", 1)
        _, err = self.train("brick4", "predict", "/dev/zero", code=1)
        self.assertEqual(err, "error: /dev/zero: is not a text file\n")
        _, err = self.train("brick4", "--dataset_OR.data_size", "many", code=1)
        self.assertTrue(err.endswith("error: dataset_OR.data_size: 'many' is not an integer\n"), err)

    def test_reports_on_their_own_descriptor(self):
        reading, writing = os.pipe()
        p = subprocess.run([os.path.join(FOLDER, "brick4"), "--job", "-", "--report-fd", str(writing)], input=block(1, epochs=2), text=True,
                           capture_output=True, pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as f:
            lines = f.read().splitlines()
        self.assertEqual((p.returncode, kinds(lines)), (0, ["columns", "start", "epoch", "epoch", "done"]))
        self.assertEqual((p.stdout, p.stderr), ("", "preparing the \"OR\" gate, shape square\n"))

    def test_nobody_reads(self):
        """A closed pipe or a full disk: stop with a checkpoint, say so, exit with an error."""
        shell = "{0} --epochs 200000 2>err | head -2 >/dev/null; exit ${{PIPESTATUS[0]}}".format(os.path.join(FOLDER, "brick4"))
        p = subprocess.run(["bash", "-c", shell])
        self.assertEqual(p.returncode, 75)
        self.assertIn(b"error: cannot write reports: Broken pipe; stopping\n", read("err"))
        self.assertTrue(os.path.exists("checkpoint_1.safetensors"))
        if os.path.exists("/dev/full"):
            for options in ["--epochs", "3"], ["--help"], ["--info"]:
                with open("/dev/full", "w") as full:
                    p = subprocess.run([os.path.join(FOLDER, "brick4"), *options], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertNotEqual(p.returncode, 0)
                self.assertIn("No space left on device", p.stderr)

    def test_results_cannot_be_written(self):
        os.mkdir("out")
        os.mkdir("out/history_1.csv")
        _, err = self.train("brick4", "--epochs", 2, "--out", "out", code=1)
        self.assertIn("error: training failed: cannot write out/history_1.csv: Is a directory\n", err)
        self.assertEqual([f for f in os.listdir("out") if f.endswith(".tmp")], [])

    def test_no_room(self):
        """Files cannot grow, as on a full disk: checkpoints on the way are warnings, the last one is an error; the old file stays."""
        self.train("faulty4", "--job", "-", job=block(1, epochs=1, source__samples=60))
        before = read("out/checkpoint_1.safetensors")
        job = block(1, epochs=3, checkpoint=0.01, resume=True, source__samples=60)
        shell = "ulimit -f 1; exec " + os.path.join(FOLDER, "faulty4") + " --job -"
        p = subprocess.run(["bash", "-c", shell], input=job, capture_output=True, text=True, env={**os.environ, "FAULTY_SLOW": "1"})
        self.assertEqual(p.returncode, 1)
        self.assertIn("run 1: warning: cannot write out/checkpoint_1.safetensors: File too large\n", p.stderr)
        self.assertEqual(p.stdout.splitlines()[-1], "failed\t1\t3\tcannot write out/checkpoint_1.safetensors: File too large")
        self.assertEqual(read("out/checkpoint_1.safetensors"), before)
        self.assertEqual([f for f in os.listdir("out") if f.endswith(".tmp")], [])
        self.train("faulty4", "--job", "-", job=job)
        self.train("faulty4", "--job", "-", job=block(1, "whole", epochs=3, source__samples=60))
        self.assertEqual(result(1, "out", "linear"), result(1, "whole", "linear"))

    def test_progress_bar(self):
        if not shutil.which("script"):
            self.skipTest("script(1) is not installed")
        for env, colour in (({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)):
            p = subprocess.run(["script", "-qec", os.path.join(FOLDER, "faulty4") + " --epochs 40", "/dev/null"], capture_output=True, text=True,
                               env={**os.environ, "TERM": "xterm", "FAULTY_SLOW": "1", **env})
            self.assertEqual(p.returncode, 0)
            self.assertRegex(p.stdout, r"epoch \d+/40 \[=*> *\] +\d+%")
            self.assertIn("written: ./checkpoint_1.safetensors", p.stdout)
            self.assertEqual("\x1b[" in p.stdout, colour)

    def test_valgrind(self):
        if not os.environ.get("VALGRIND"):
            self.skipTest("valgrind is not installed, or this build has sanitizers")
        wrap = [os.environ["VALGRIND"], "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]
        program = os.path.join(os.path.abspath("."), "stripped")      # not every valgrind reads every compiler's debug information
        subprocess.run(["strip", "-g", "-o", program, os.path.join(FOLDER, "faulty4")], check=True)
        job = "".join(block(n, seed=n, epochs=3, source__shuffle=n % 2, source__mode=m, log=True)
                      for n, m in enumerate(["plain", "typed", "stream", "validated", "same", "nan", "same"]))
        self.train(program, "--job", "-", job=job, wrap=wrap, code=1)
        self.train(program, "--job", "-", job=block(0, epochs=4, resume=True, seed=0, source__shuffle=0), wrap=wrap)
        with open("in.csv", "w") as f:
            f.write("a,b\n1,2\n")
        self.train(program, "predict", "in.csv", "--out", "out", "--id", 0, wrap=wrap)


if __name__ == "__main__":
    unittest.main()
