"""jax_step.py FACTS: milliseconds a training step of one case of steps.py in JAX, jit, data in memory, parameters and the optimizer's state
donated. FACTS (JSON) are those of the case and "threads", "runs" (1; more: vmap over so many seeds, the time is of one step of them all).
One step a call or a hundred in a lax.scan, whatever is faster. Measures for as many seconds as each line of its input says."""
import json, os, resource, sys, time

FACTS = json.loads(sys.argv[1])
ALL_CPUS = os.sched_getaffinity(0)
os.sched_setaffinity(0, set(sorted(ALL_CPUS)[:FACTS.get("threads", 1)]))       # XLA makes as many threads as it sees CPUs

import jax
import jax.numpy as jnp
from jax import lax, nn


def linear(key, inputs, outputs):
    a, b = jax.random.split(key)
    bound = inputs ** -0.5
    return {"w": jax.random.uniform(a, (inputs, outputs), minval=-bound, maxval=bound), "b": jax.random.uniform(b, (outputs,), minval=-bound, maxval=bound)}


def dense(p, x):
    return x @ p["w"] + p["b"]


def filters(key, height, width, inside, outside):
    return jax.random.normal(key, (height, width, inside, outside)) * (height * width * inside) ** -0.5


def conv(w, x, stride=1, padding=0):
    return lax.conv_general_dilated(x, w, (stride, stride), [(padding, padding)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def batch_norm(p, x):
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    return (x - mean) * lax.rsqrt(var + 1e-5) * p["scale"] + p["shift"]


def norm_of(width):
    return {"scale": jnp.ones(width), "shift": jnp.zeros(width)}


def layer_norm(p, x):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(var + 1e-5) * p["scale"] + p["shift"]


# ---- networks: a dictionary of parameters and what they compute

def perceptron(key):
    if FACTS["network"] == "mlp_brick":
        hidden, act, last = [FACTS["width"]] * FACTS["length"], nn.sigmoid, nn.sigmoid
    else:
        hidden, act, last = json.loads(FACTS["hidden"]), {"sigmoid": nn.sigmoid, "tanh": jnp.tanh, "relu": nn.relu}[FACTS["activation"]], lambda x: x
    sizes = [FACTS["inputs"], *hidden, FACTS["outputs"]]
    params = [linear(k, i, o) for k, i, o in zip(jax.random.split(key, len(hidden) + 1), sizes, sizes[1:])]

    def forward(p, x):
        for layer in p[:-1]:
            x = act(dense(layer, x))
        return last(dense(p[-1], x))

    return params, forward


def lenet(key):
    wide = FACTS["network"] == "lenet_wide"
    k = jax.random.split(key, 6)
    one, two, flat = (32, 64, 1024) if wide else (6, 16, 400)
    sizes = [flat, 128, FACTS["outputs"]] if wide else [flat, 120, 84, FACTS["outputs"]]
    params = {"c1": filters(k[0], 5, 5, 1, one), "b1": jnp.zeros(one), "c2": filters(k[1], 5, 5, one, two), "b2": jnp.zeros(two),
              "dense": [linear(q, i, o) for q, i, o in zip(k[2:], sizes, sizes[1:])]}

    def forward(p, x):
        x = x.reshape(x.shape[0], 28, 28, 1)
        x = max_pool(nn.relu(conv(p["c1"], x, padding=0 if wide else 2) + p["b1"]))
        x = max_pool(nn.relu(conv(p["c2"], x) + p["b2"])).reshape(x.shape[0], -1)
        for layer in p["dense"][:-1]:
            x = nn.relu(dense(layer, x))
        return dense(p["dense"][-1], x)

    return params, forward


def resnet(key):
    k = iter(jax.random.split(key, 20))
    params = {"first": filters(next(k), 3, 3, 3, 16), "norm": norm_of(16), "blocks": [], "last": linear(next(k), 64, FACTS["outputs"])}
    for inside, outside in ((16, 16), (16, 32), (32, 64)):
        block = {"a": filters(next(k), 3, 3, inside, outside), "na": norm_of(outside), "b": filters(next(k), 3, 3, outside, outside), "nb": norm_of(outside)}
        if inside != outside:
            block.update(s=filters(next(k), 1, 1, inside, outside), ns=norm_of(outside))
        params["blocks"].append(block)

    def forward(p, x):
        x = nn.relu(batch_norm(p["norm"], conv(p["first"], x.reshape(x.shape[0], 32, 32, 3), padding=1)))
        for b in p["blocks"]:
            stride = 2 if "s" in b else 1
            h = nn.relu(batch_norm(b["na"], conv(b["a"], x, stride, 1)))
            x = nn.relu(batch_norm(b["nb"], conv(b["b"], h, 1, 1)) + (batch_norm(b["ns"], conv(b["s"], x, stride)) if "s" in b else x))
        return dense(p["last"], x.mean((1, 2)))

    return params, forward


def reader(key):
    steps, hidden = FACTS["steps"], FACTS["hidden"]
    numbers, a = FACTS["inputs"] // steps, jax.random.split(key, 3)
    gates = 4 if FACTS["cell"] == "lstm" else 3
    params = {"in": linear(a[0], numbers, gates * hidden), "state": linear(a[1], hidden, gates * hidden), "last": linear(a[2], hidden, FACTS["outputs"])}

    def lstm(p, state, x):
        h, c = state
        i, f, g, o = jnp.split(x + dense(p["state"], h), 4, -1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        return (nn.sigmoid(o) * jnp.tanh(c), c), None

    def gru(p, state, x):
        (xr, xz, xn), (hr, hz, hn) = jnp.split(x, 3, -1), jnp.split(dense(p["state"], state[0]), 3, -1)
        r, z = nn.sigmoid(xr + hr), nn.sigmoid(xz + hz)
        return ((1 - z) * jnp.tanh(xn + r * hn) + z * state[0], state[1]), None

    def forward(p, x):
        zero = jnp.zeros((x.shape[0], hidden))
        x = dense(p["in"], x.reshape(x.shape[0], steps, numbers)).swapaxes(0, 1)
        cell = lstm if gates == 4 else gru
        state, _ = lax.scan(lambda s, v: cell(p, s, v), (zero, zero), x)
        return dense(p["last"], state[0])

    return params, forward


def gpt(key):
    width, heads, steps, letters = FACTS["width"], FACTS["heads"], FACTS["inputs"], FACTS["outputs"]
    k = iter(jax.random.split(key, 3 + 4 * FACTS["blocks"]))
    params = {"letters": jax.random.normal(next(k), (letters, width)), "places": 0.02 * jax.random.normal(next(k), (steps, width)), "norm": norm_of(width),
              "last": linear(next(k), width, letters), "blocks": [{"n1": norm_of(width), "qkv": linear(next(k), width, 3 * width), "out": linear(next(k), width, width),
              "n2": norm_of(width), "up": linear(next(k), width, 4 * width), "down": linear(next(k), 4 * width, width)} for _ in range(FACTS["blocks"])]}

    def attention(b, x):
        q, key, v = jnp.split(dense(b["qkv"], x).reshape(*x.shape[:2], 3 * heads, width // heads), 3, 2)
        score = jnp.einsum("bqhd,bkhd->bhqk", q, key) * (width // heads) ** -0.5
        score = jnp.where(jnp.tril(jnp.ones((steps, steps), bool)), score, -jnp.inf)
        return dense(b["out"], jnp.einsum("bhqk,bkhd->bqhd", nn.softmax(score), v).reshape(x.shape))

    def forward(p, x):
        x = p["letters"][x] + p["places"]
        for b in p["blocks"]:
            x = x + attention(b, layer_norm(b["n1"], x))
            x = x + dense(b["down"], nn.gelu(dense(b["up"], layer_norm(b["n2"], x)), approximate=False))
        return dense(p["last"], layer_norm(p["norm"], x)).reshape(-1, letters)

    return params, forward


# ---- training

def optimizer_of(kind):
    def start(p):
        zero = lambda: jax.tree.map(jnp.zeros_like, p)
        return (zero(), zero(), jnp.zeros(())) if kind != "SGD" else ()

    def update(p, g, s):
        if kind == "SGD":
            return jax.tree.map(lambda a, d: a - 1e-3 * d, p, g), s
        t = s[2] + 1
        m = jax.tree.map(lambda a, d: 0.9 * a + 0.1 * d, s[0], g)
        v = jax.tree.map(lambda a, d: 0.999 * a + 0.001 * d * d, s[1], g)
        rate, root, keep = 1e-3 / (1 - 0.9 ** t), (1 - 0.999 ** t) ** -0.5, 1 - 1e-5 if kind == "AdamW" else 1
        return jax.tree.map(lambda a, b, c: a * keep - rate * b / (jnp.sqrt(c) * root + 1e-8), p, m, v), (m, v, t)

    return start, update


def samples(key):
    batch, inputs, outputs = FACTS["batch"], FACTS["inputs"], FACTS["outputs"]
    a, b = jax.random.split(key)
    if FACTS["network"] == "gpt":
        return jax.random.randint(a, (batch, inputs), 0, outputs), jax.random.randint(b, (batch * inputs,), 0, outputs)
    return jax.random.normal(a, (batch, inputs)), jax.random.randint(b, (batch,), 0, outputs) if FACTS["labels"] else jax.random.normal(b, (batch, outputs))


def loss_of(forward):
    def loss(p, x, y):
        out = forward(p, x)
        return -jnp.take_along_axis(nn.log_softmax(out), y[:, None], 1).mean() if FACTS["labels"] else ((out - y) ** 2).mean()
    return loss


def trainer(many):
    """`many` steps in one call, and the values to begin with."""
    kinds = {"mlp_brick": perceptron, "dense": perceptron, "lenet5": lenet, "lenet_wide": lenet, "resnet": resnet, "reader": reader, "gpt": gpt}
    make, runs = kinds[FACTS["network"]], FACTS.get("runs", 1)
    forward = make(jax.random.key(1))[1]
    start, update = optimizer_of(FACTS["optimizer"])
    slope = jax.grad(loss_of(forward))
    xy = samples(jax.random.key(2))

    def step(p, s):
        return update(p, slope(p, *xy), s)

    if runs > 1:
        step = jax.vmap(step)
        p = jax.vmap(lambda k: make(k)[0])(jax.random.split(jax.random.key(3), runs))
        s = jax.vmap(start)(p)
    else:
        p = make(jax.random.key(3))[0]
        s = start(p)

    def steps(p, s):
        return lax.scan(lambda ps, _: (step(*ps), None), (p, s), length=many)[0] if many > 1 else step(p, s)

    return jax.jit(steps, donate_argnums=(0, 1)), p, s


class Timed:
    def __init__(self, many):
        self.many = many
        self.call, self.p, self.s = trainer(many)
        self.go(2)

    def go(self, calls):
        for _ in range(calls):
            self.p, self.s = self.call(self.p, self.s)
        jax.block_until_ready(self.p)

    def measure(self, seconds):
        calls, some, start, cpu = 0, 1, time.perf_counter(), time.process_time()
        while (now := time.perf_counter()) - start < seconds or calls < 1:
            self.go(some)
            calls += some
            some = min(100, 2 * some) if time.perf_counter() - now < 0.02 else some
        return (time.perf_counter() - start) / calls / self.many * 1e3, (time.process_time() - cpu) / calls / self.many * 1e3


def main():
    ways = [Timed(1)]
    if ways[0].measure(0.3)[0] < 20:
        ways.append(Timed(100))
    best = min(ways, key=lambda w: w.measure(0.3)[1])
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), ALL_CPUS)
    print(json.dumps({"version": jax.__version__}), flush=True)
    for line in sys.stdin:
        ms, cpu_ms = best.measure(float(line))
        print(json.dumps({"ms": ms, "cpu_ms": cpu_ms, "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}), flush=True)


main()
