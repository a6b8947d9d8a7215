"""test_reference.py: training against a plain implementation in Python's doubles, written here from the formulas of torch.nn and
torch.optim; and the same samples from memory, from mapped files and from streams."""
import math
import random
import struct
import zlib

from harness import Example, config, main, safetensors

TRAIN, TEST, BATCH, EPOCHS = 13, 7, 5, 3
SIZES = {"h.weight": (4, 3), "h.bias": (4,), "out.weight": (2, 4), "out.bias": (2,)}


def draw(seed, count):
    r = random.Random(seed)
    return [r.uniform(-1, 1) for _ in range(count)]


def weights():
    """Start weights, by name, flat."""
    return {name: draw(zlib.crc32(name.encode()), math.prod(shape)) for name, shape in SIZES.items()}


def write_safetensors(path, tensors, dtype):
    import json
    head, data = {}, b""
    for name, values in tensors.items():
        raw = struct.pack(f"<{len(values)}{'d' if dtype == 'F64' else 'f'}", *values)
        head[name] = {"dtype": dtype, "shape": list(SIZES[name]), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


# ---- the reference ---------------------------------------------------------------------------------------------------------------

def forward(w, x):
    h = [math.tanh(sum(w["h.weight"][i * 3 + k] * x[k] for k in range(3)) + w["h.bias"][i]) for i in range(4)]
    return h, [sum(w["out.weight"][o * 4 + i] * h[i] for i in range(4)) + w["out.bias"][o] for o in range(2)]


def mse(out, y):
    """Loss of one sample as a mean over its outputs, and its gradient."""
    return sum((a - b) ** 2 for a, b in zip(out, y)) / 2, [a - b for a, b in zip(out, y)]


def huber(out, y, delta=0.3):
    d = [a - b for a, b in zip(out, y)]
    return (sum(v * v / 2 if abs(v) <= delta else delta * (abs(v) - delta / 2) for v in d) / 2,
            [(v if abs(v) <= delta else math.copysign(delta, v)) / 2 for v in d])


def gradient(w, batch, loss):
    total, g = 0.0, {name: [0.0] * len(v) for name, v in w.items()}
    for x, y in batch:
        h, out = forward(w, x)
        value, d_out = loss(out, y)
        total += value / len(batch)
        d_out = [d / len(batch) for d in d_out]
        for o in range(2):
            g["out.bias"][o] += d_out[o]
            for i in range(4):
                g["out.weight"][o * 4 + i] += d_out[o] * h[i]
        for i in range(4):
            d = sum(d_out[o] * w["out.weight"][o * 4 + i] for o in range(2)) * (1 - h[i] ** 2)
            g["h.bias"][i] += d
            for k in range(3):
                g["h.weight"][i * 3 + k] += d * x[k]
    return total, g


class Adam:
    def __init__(self, lr, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.0, decoupled=False):
        self.lr, self.beta1, self.beta2, self.eps, self.decay, self.decoupled = lr, beta1, beta2, eps, decay, decoupled
        self.t, self.m, self.v = 0, {}, {}

    def step(self, w, g):
        self.t += 1
        for name in w:
            m, v = self.m.setdefault(name, [0.0] * len(w[name])), self.v.setdefault(name, [0.0] * len(w[name]))
            for i in range(len(w[name])):
                d = g[name][i] + (0 if self.decoupled else self.decay * w[name][i])
                if self.decoupled:
                    w[name][i] *= 1 - self.lr * self.decay
                m[i] = self.beta1 * m[i] + (1 - self.beta1) * d
                v[i] = self.beta2 * v[i] + (1 - self.beta2) * d * d
                w[name][i] -= self.lr * (m[i] / (1 - self.beta1 ** self.t)) / (math.sqrt(v[i] / (1 - self.beta2 ** self.t)) + self.eps)


class SGD:
    def __init__(self, lr, momentum=0.0, decay=0.0, nesterov=False):
        self.lr, self.momentum, self.decay, self.nesterov, self.b = lr, momentum, decay, nesterov, None

    def step(self, w, g):
        first, self.b = self.b is None, self.b or {name: [0.0] * len(v) for name, v in w.items()}
        for name in w:
            for i in range(len(w[name])):
                d = g[name][i] + self.decay * w[name][i]
                self.b[name][i] = d if first else self.momentum * self.b[name][i] + d
                if self.momentum:
                    d = d + self.momentum * self.b[name][i] if self.nesterov else self.b[name][i]
                w[name][i] -= self.lr * d


def batches(samples, order, drop_last):
    cut = [[samples[i] for i in order[b:b + BATCH]] for b in range(0, len(order), BATCH)]
    return [b for b in cut if len(b) == BATCH or not drop_last]


def train(samples, orders, optimizer, loss, drop_last):
    """Losses of each epoch and the last weights."""
    w, train_losses, test_losses = weights(), [], []
    for order in orders:
        losses = []
        for batch in batches(samples[:TRAIN], order, drop_last):
            value, g = gradient(w, batch, loss)
            losses.append(value)
            optimizer.step(w, g)
        tests = [gradient(w, batch, loss)[0] for batch in batches(samples[TRAIN:], range(TEST), drop_last)]
        train_losses.append(sum(losses) / len(losses))
        test_losses.append(sum(tests) / len(tests))
    return train_losses, test_losses, w


# ---- against it ------------------------------------------------------------------------------------------------------------------

class Reference(Example):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.values = draw(1, (TRAIN + TEST) * 3)
        cls.targets = [math.sin(3 * v) for v in draw(2, (TRAIN + TEST) * 2)]
        (cls.f.at / "points").write_bytes(struct.pack(f"<{len(cls.values)}d", *cls.values))
        (cls.f.at / "points.targets").write_bytes(struct.pack(f"<{len(cls.targets)}d", *cls.targets))
        cls.samples = [(cls.values[3 * i:3 * i + 3], cls.targets[2 * i:2 * i + 2]) for i in range(TRAIN + TEST)]
        write_safetensors(cls.f.at / "start.safetensors", weights(), "F64")
        write_safetensors(cls.f.at / "start32.safetensors", weights(), "F32")

    def compile(self, name, data, **process):
        process = {"data_scheme": "dataset", "pipeline_scheme": "mlp", "epochs": EPOCHS, "lr": 0.05, "precision": "float64", **process}
        data = {"type": "dataset", "path_to_class": "modules/points.c", "path": "points", "train": TRAIN, "test": TEST, "batch_size": BATCH, **data}
        self.f.write(f"{name}.ini", config(process, {}, ("points", data), ("small", {"type": "mlp", "path_to_class": "modules/points.c"})))
        self.f.mosaicc(f"{name}.ini")
        return self.f.trainer(f"{name}.ini")

    def train(self, trainer, out, *args, start="start.safetensors"):
        """Trains from the known weights: columns of the history, the last weights, the order of the samples that a stream told."""
        r = self.f.call(trainer, "--weights", start, "--out", out, *args)
        with open(self.f.at / out / "history_1.csv") as f:
            names = f.readline().strip().split(",")
            rows = [line.strip().split(",") for line in f]
        history = {n: [float(r[i]) for r in rows] for i, n in enumerate(names)}
        tensors, _ = safetensors(self.f.at / out / "checkpoint_1.safetensors")
        told = [int(line.split()[1]) for line in r.stderr.splitlines() if line.startswith("sample ")]
        return history, {n: tensors[n] for n in SIZES}, told

    def compare(self, got, want, tolerance):
        history, tensors, _ = got
        for name, values in (("train_loss", want[0]), ("test_loss", want[1])):
            self.assertEqual(len(history[name]), EPOCHS)
            for a, b in zip(history[name], values):
                self.assertLess(abs(a - b), max(tolerance, 2e-7 if tolerance < 1e-8 else 0) * abs(b), name)   # histories keep 9 digits
        for name, values in want[2].items():
            for a, b in zip(tensors[name], values):
                self.assertLess(abs(a - b), tolerance * max(1, abs(b)), name)

    def test_in_order(self):
        order = [list(range(TRAIN))] * EPOCHS
        for drop_last in (False, True):
            trainer = self.compile("order", {"drop_last": drop_last})
            self.compare(self.train(trainer, "order"), train(self.samples, order, Adam(0.05), mse, drop_last), 1e-12)

    def test_shuffled(self):
        """The stream tells in which order the samples came; each epoch has another one, and all samples once."""
        for drop_last in (False, True):
            trainer = self.compile("shuffled", {"drop_last": drop_last, "shuffle": "yes", "source": "stream", "tell": "yes"})
            got = self.train(trainer, "shuffled")
            used = TRAIN // BATCH * BATCH if drop_last else TRAIN
            orders = [got[2][e * used:(e + 1) * used] for e in range(EPOCHS)]
            self.assertEqual([len(set(o)) for o in orders], [used] * EPOCHS)
            self.assertEqual(len({tuple(o) for o in orders}), EPOCHS)
            self.compare(got, train(self.samples, orders, Adam(0.05), mse, drop_last), 1e-12)
            again = self.train(trainer, "shuffled2", "--seed", 2)
            self.assertNotEqual(again[2], got[2])

    def test_optimizers(self):
        order = [list(range(TRAIN))] * EPOCHS
        for settings, optimizer in (
                ({"optimizer": "AdamW", "weight_decay": 0.1, "betas": "[0.8, 0.95]", "eps": "1e-3"}, Adam(0.05, 0.8, 0.95, 1e-3, 0.1, True)),
                ({"optimizer": "Adam", "weight_decay": 0.1}, Adam(0.05, decay=0.1)),
                ({"optimizer": "SGD"}, SGD(0.05)),
                ({"optimizer": "SGD", "momentum": 0.9, "nesterov": "True", "weight_decay": 0.01}, SGD(0.05, 0.9, 0.01, True))):
            with self.subTest(**settings):
                trainer = self.compile("optimizer", {}, **settings)
                self.compare(self.train(trainer, "optimizer"), train(self.samples, order, optimizer, mse, False), 1e-12)

    def test_huber(self):
        trainer = self.compile("huber", {}, loss_function="HuberLoss", delta=0.3)
        self.compare(self.train(trainer, "huber"), train(self.samples, [list(range(TRAIN))] * EPOCHS, Adam(0.05), huber, False), 1e-12)

    def test_float32(self):
        trainer = self.compile("single", {}, precision="float32")
        self.compare(self.train(trainer, "single", start="start32.safetensors"), train(self.samples, [list(range(TRAIN))] * EPOCHS, Adam(0.05), mse, False), 1e-5)

    def test_sources(self):
        """Memory, mapped file and stream: the same bits, shuffled or not."""
        for shuffle in ("no", "yes"):
            got = []
            for source in ("memory", "mapped", "stream"):
                out = f"{source}_{shuffle}"
                got.append(self.train(self.compile(out, {"source": source, "shuffle": shuffle}), out)[:2])
            self.assertEqual(got[0], got[1])
            self.assertEqual(got[0], got[2])


if __name__ == "__main__":
    main()
