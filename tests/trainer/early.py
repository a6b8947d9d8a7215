#!/usr/bin/env python3
"""early.py FOLDER: early_stopping and keep_best, with the trainers brick1, brick4, brick16 and faulty4 of FOLDER. What must come out is computed
here from the history of a run that was not stopped."""
import os
import random
import signal
import subprocess
import unittest

from run_trainers import FOLDER, Case, block, read, result, safetensors

COLUMNS = {"train_loss": 1, "test_loss": 2, "train_acc": 3, "test_acc": 4}


def history(number, directory, column):
    return [float(line.split(",")[COLUMNS[column]]) for line in read(f"{directory}/history_{number}.csv").decode().splitlines()[1:]]


def stop_of(values, patience, delta=0.0, larger=False):
    """(epoch at which it is enough, best epoch), as Keras and Lightning count; (None, best) when it never is."""
    best, at = None, 0
    for epoch, value in enumerate(values, 1):
        if best is None or (value > best + delta if larger else value < best - delta):
            best, at = value, epoch
        elif epoch - at >= patience:
            return epoch, at
    return None, at


def lines(out, kind, number):
    return [line.split("\t")[2:] for line in out if line.split("\t")[:2] == [kind, str(number)]]


class Stopping(Case):
    def test_epoch_and_bits(self):
        """The epoch is that of the rule; what is left is what a run of so many epochs leaves."""
        shown = set()
        for lr in "2e-2", "0.3":
            self.train("brick4", "--epochs", 150, "--out", "whole", "--lr", lr)
            for column, patience, delta in (("test_loss", 3, 1e-3), ("test_loss", 1, 0), ("train_loss", 10, 1e-2), ("test_acc", 7, 0), ("test_loss", 0, 1e-4)):
                stop, best = stop_of(history(1, "whole", column), patience, delta, column.endswith("_acc"))
                shown.add(stop is not None and stop < 150)
                out, _ = self.train("brick4", "--epochs", 150, "--out", "early", "--lr", lr, "--early_stopping", column,
                                    "--early_stopping_patience", patience, "--min_delta", delta)
                self.assertEqual(lines(out, "done", 1)[0][0], str(stop or 150))
                if not stop:
                    self.assertEqual(lines(out, "stopped", 1), [])
                    continue
                epoch, rule, reason = lines(out, "stopped", 1)[0]
                self.assertEqual((epoch, rule), (str(stop), f"early_stopping={column} early_stopping_patience={patience} min_delta={delta}"))
                value = history(1, "whole", column)[best - 1]
                by = f" by more than {delta:g}" if delta else ""
                self.assertEqual(reason, f"{column} has not got better than {value:.6g} of epoch {best}{by} for {stop - best} epoch{'s' * (stop - best > 1)}")
                self.train("brick4", "--epochs", stop, "--out", "short", "--lr", lr)
                self.assertEqual(result(1, "early"), result(1, "short"))
        self.assertEqual(shown, {True, False})

    def test_lanes(self):
        """Each lane by itself: others go on beside it, and its bits are those that it has alone."""
        rules = {1: dict(lr="0.3", early_stopping_patience=2), 2: dict(lr="2e-2", early_stopping_patience=3, min_delta="1e-3"), 3: dict(lr="1e-2", early_stopping="none"),
                 4: dict(lr="0.1", early_stopping_patience=5), 5: dict(lr="0.2", early_stopping="max train_loss", early_stopping_patience=4)}
        ends = {}
        for number, rule in rules.items():
            options = {"early_stopping": "test_loss", "keep_best": "test_loss", "epochs": 60, **rule}
            rules[number] = options
            out, _ = self.train("brick1", "--job", "-", job=block(number, "alone", **options))
            ends[number] = lines(out, "done", number)[0][0]
        self.assertGreater(len(set(ends.values())), 3)
        self.assertEqual(ends[3], "60")
        for program in "brick4", "brick16":
            out, _ = self.train(program, "--job", "-", job="".join(block(n, program, **options) for n, options in rules.items()))
            for number in rules:
                self.assertEqual(lines(out, "done", number)[0][0], ends[number])
                self.assertEqual(result(number, program), result(number, "alone"), (program, number))
                best = f"best_model_mlp_brick_{number}.safetensors"
                self.assertEqual(read(f"{program}/{best}"), read(f"alone/{best}"))

    def test_interrupted(self):
        """SIGTERM again and again: the bits of a run that was never stopped, the kept parameters among them."""
        options = dict(epochs=3000, lr="0.05", early_stopping="max test_loss", early_stopping_patience=1200, keep_best="test_loss", dataset_OR__shuffle="true")
        job = "".join(block(n, "out", seed=n, resume=True, **options) for n in (1, 2, 3))
        whole, _ = self.train("brick4", "--job", "-", job=job.replace("dir out", "dir whole").replace("resume\n", ""))
        self.assertTrue(any(lines(whole, "stopped", n) for n in (1, 2, 3)))
        stops, dice = 0, random.Random(2)
        for _ in range(300):
            p = subprocess.Popen([os.path.join(FOLDER, "brick4"), "--job", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            p.stdin.write(job)
            p.stdin.close()
            p.stdin = None
            self.assertTrue(p.stdout.readline().startswith("columns"))
            try:
                out, err = p.communicate(timeout=dice.random() * 0.04)
            except subprocess.TimeoutExpired:
                p.send_signal(signal.SIGTERM)
                out, err = p.communicate()
            self.assertIn(p.returncode, (0, 75), err)
            if p.returncode == 0:
                break
            stops += 1
        self.assertEqual(p.returncode, 0)
        self.assertGreater(stops, 0)
        for number in 1, 2, 3:
            self.assertEqual(lines(out.splitlines(), "stopped", number), lines(whole, "stopped", number))
            self.assertEqual(result(number, "out"), result(number, "whole"))
            best = f"best_model_mlp_brick_{number}.safetensors"
            self.assertEqual(read(f"out/{best}"), read(f"whole/{best}"))

    def test_more_patience_goes_on(self):
        options = ["--epochs", 80, "--lr", "0.3", "--early_stopping", "test_loss", "--keep_best", "test_loss"]
        out, _ = self.train("brick4", *options, "--early_stopping_patience", 2, "--out", "a")
        first = int(lines(out, "done", 1)[0][0])
        out, _ = self.train("brick4", *options, "--early_stopping_patience", 2, "--out", "a", "--resume", "--epochs", 200)   # more epochs alone change nothing
        self.assertEqual(int(lines(out, "done", 1)[0][0]), first)
        out, _ = self.train("brick4", *options, "--early_stopping_patience", 30, "--out", "a", "--resume")
        self.assertGreater(int(lines(out, "done", 1)[0][0]), first)
        self.train("brick4", *options, "--early_stopping_patience", 30, "--out", "b")
        self.assertEqual(result(1, "a"), result(1, "b"))
        self.assertEqual(read("a/best_model_mlp_brick_1.safetensors"), read("b/best_model_mlp_brick_1.safetensors"))
        out, _ = self.train("brick4", "--epochs", 80, "--lr", "0.3", "--out", "a", "--resume")                                # and without any rule to the end
        self.assertEqual(lines(out, "done", 1)[0][0], "80")
        self.assertEqual(lines(out, "stopped", 1), [])

    def test_validation(self):
        out, _ = self.train("faulty4", "--source.mode", "validated", "--epochs", 50, "--early_stopping", "min validation_biggest", "--early_stopping_patience", 3)
        values = [float(row[-1]) for row in lines(out, "epoch", 1)]
        self.assertEqual(int(lines(out, "done", 1)[0][0]), stop_of(values, 3)[0] or 50)


class Best(Case):
    def test_kept(self):
        """The parameters are those that a run of so many epochs ends with; predict takes them."""
        with open("in.csv", "w") as f:
            f.write("0,0\n0,1\n1,0\n1,1\n")
        for lr, column, larger in (("0.3", "test_loss", False), ("0.3", "max test_loss", True), ("0.05", "train_acc", True)):
            out, _ = self.train("brick4", "--epochs", 40, "--lr", lr, "--keep_best", column, "--out", "out")
            name = column.split()[-1]
            values = history(1, "out", name)
            best = values.index(max(values) if larger else min(values)) + 1
            epoch, by, value = lines(out, "best", 1)[0]
            self.assertEqual((int(epoch), by), (best, name))
            self.assertEqual(float(value), values[best - 1])
            self.train("brick4", "--epochs", best, "--lr", lr, "--out", "short")
            kept, last = (safetensors(f"{d}/{stem}_mlp_brick_1.safetensors") for d, stem in (("out", "best_model"), ("short", "model")))
            self.assertEqual(kept[1], last[1])
            self.assertEqual((kept[0]["epoch"], kept[0]["best.by"]), (str(best), column))
            self.train("brick4", "--epochs", 40, "--lr", lr, "--out", "plain")              # keeping changes nothing
            self.assertEqual(read("plain/model_mlp_brick_1.safetensors"), read("out/model_mlp_brick_1.safetensors"))
            self.assertEqual(self.train("brick4", "predict", "in.csv", "--out", "out"), self.train("brick4", "predict", "in.csv", "--out", "short"))
            self.assertEqual(self.train("brick4", "predict", "in.csv", "--out", "out", "--last"), self.train("brick4", "predict", "in.csv", "--out", "plain"))
            if best < 40:
                self.assertNotEqual(self.train("brick4", "predict", "in.csv", "--out", "out"), self.train("brick4", "predict", "in.csv", "--out", "plain"))
            info = self.train("brick4", "--info", "--out", "out")[0][-1]
            self.assertEqual(info, f"out/checkpoint_1.safetensors: epoch 40; best epoch {best}, by {column}, which predict uses")
        self.assertEqual(self.train("brick4", "--info", "--out", "plain")[0][-1], "plain/checkpoint_1.safetensors: epoch 40")
        self.assertNotIn("checkpoint", "\n".join(self.train("faulty4", "--info", "--out", "plain")[0]))

    def test_another_column(self):
        """What another column kept is not taken over: the best of the epochs from then on is."""
        self.train("brick4", "--epochs", 10, "--lr", "0.3", "--keep_best", "max train_loss", "--out", "out")
        out, _ = self.train("brick4", "--epochs", 20, "--lr", "0.3", "--keep_best", "test_loss", "--out", "out", "--resume")
        values = history(1, "out", "test_loss")
        self.assertEqual(int(lines(out, "best", 1)[0][0]), values.index(min(values[10:]), 10) + 1)

    def test_damaged(self):
        self.train("brick4", "--epochs", 5, "--keep_best", "test_loss")
        raw = read("checkpoint_1.safetensors")
        with open("checkpoint_1.safetensors", "wb") as f:
            f.write(raw.replace(b'"best.h1.weight"', b'"bust.h1.weight"'))
        with open("in.csv", "w") as f:
            f.write("0,0\n")
        _, err = self.train("brick4", "predict", "in.csv", code=1)
        self.assertEqual(err, "error: ./checkpoint_1.safetensors: there is no tensor 'best.h1.weight' [3,2] in it\n")


class Wrong(Case):
    def test_messages(self):
        for options, message in ((["--early_stopping", "tset_loss"], "error: early_stopping: there is no column 'tset_loss'; did you mean 'test_loss'?; there are train_loss,"
                                  " test_loss, train_acc, test_acc\n"),
                                 (["--keep_best", "validation_loss"], "error: keep_best: there is no column 'validation_loss'; there are train_loss, test_loss, train_acc,"
                                  " test_acc (the data has no validation part)\n")):
            _, err = self.train("brick4", *options, code=1)
            self.assertTrue(err.endswith(message), err)
        for options, message in ((["--early_stopping", "a b"], "error: early_stopping: 'a b' is no column of the history, such as test_loss or max test_acc\n"),
                                 (["--early_stopping", "test_loss", "--early_stopping_patience", "few"], "error: early_stopping_patience: 'few' is not an integer from 0 to 1000000000\n"),
                                 (["--early_stopping", "test_loss", "--min_delta", "-1"], "error: min_delta: '-1' is not a number of at least 0\n"),
                                 (["--last"], "brick4: error: --last is for predict\n")):
            _, err = self.train("brick4", *options, code=2)
            self.assertEqual(err, message)


if __name__ == "__main__":
    unittest.main()
