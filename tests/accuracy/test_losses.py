"""test_losses.py MOSAICC SOURCE: every loss_function of [PROCESS] with every key that it reads, each key a list: the graphs must be those of a loss class that
calls the nn_ function with these arguments, whose numbers are compared with PyTorch's in tests/ops."""
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MOSAICC, SOURCE = (Path(arg).resolve() for arg in sys.argv[1:3])
del sys.argv[1:3]
HERE = Path(__file__).resolve().parent
TWO = {"reduction": ["mean", "sum"]}
YES = {"True": "true", "no": "false", "False": "false", "1": "true"}


def how(v):
    return f".reduction = {'NN_SUM' if v.get('reduction') == 'sum' else 'NN_MEAN'}"


def tensor(text):
    n = text.count(",") + 1
    return f"numbers({n}, (double[]){{{text.strip('[]')}}})"


def ignored(v):
    return v.get("ignore_index", "NN_NO_INDEX")


# loss: target, network, keys with their values, what a class of one's own calls
LOSSES = {
    "MSELoss": ("values", "one", TWO, lambda v: f"nn_mse_loss(p, t, {how(v)})"),
    "L1Loss": ("values", "one", TWO, lambda v: f"nn_l1_loss(p, t, {how(v)})"),
    "SmoothL1Loss": ("values", "one", {"beta": ["0.5", "0"], **TWO}, lambda v: f"nn_smooth_l1_loss(p, t, {v['beta']}, {how(v)})"),
    "HuberLoss": ("values", "one", {"delta": ["0.5", "2"], **TWO}, lambda v: f"nn_huber_loss(p, t, {v['delta']}, {how(v)})"),
    "BCELoss": ("values", "one", TWO, lambda v: f"nn_bce_loss(p, t, {how(v)})"),
    "BCEWithLogitsLoss": ("values", "one", {"pos_weight": ["[2]", "[1, 2, 3, 0.5]"], **TWO}, lambda v: f"nn_bce_with_logits_loss_with(p, t, {tensor(v['pos_weight'])}, {how(v)})"),
    "CrossEntropyLoss": ("class", "one", {"weight": ["[1, 2, 3, 0.5]", "[2, 1, 1, 1]"], "ignore_index": ["-100", "2"], "label_smoothing": ["0", "0.1"], **TWO},
                         lambda v: f"nn_cross_entropy_loss_with(p, t, {tensor(v['weight'])}, {ignored(v)}, {v['label_smoothing']}, {how(v)})"),
    "NLLLoss": ("class", "one", {"weight": ["[1, 2, 3, 0.5]", "[2, 1, 1, 1]"], "ignore_index": ["-100", "2"], **TWO},
                lambda v: f"nn_nll_loss_with(p, t, {tensor(v['weight'])}, {ignored(v)}, {how(v)})"),
    "KLDivLoss": ("values", "one", {"log_target": ["True", "False"], "reduction": ["mean", "sum", "batchmean"]},
                  lambda v: f"nn_kl_div_loss(p, t, {YES[v['log_target']]}, {'true' if v['reduction'] == 'batchmean' else 'false'}, {how(v)})"),
    "PoissonNLLLoss": ("values", "one", {"log_input": ["True", "no"], "full": ["False", "1"], **TWO}, lambda v: f"nn_poisson_nll_loss(p, t, {YES[v['log_input']]}, {YES[v['full']]}, {how(v)})"),
    "GaussianNLLLoss": ("values", "two", {"full": ["False", "True"], **TWO}, lambda v: f"nn_gaussian_nll_loss(p, t, q, {YES[v['full']]}, {how(v)})"),
    "HingeEmbeddingLoss": ("values", "one", {"margin": ["1", "0.25"], **TWO}, lambda v: f"nn_hinge_embedding_loss(p, t, {v['margin']}, {how(v)})"),
    "CosineEmbeddingLoss": ("row", "two", {"margin": ["0", "0.25"], **TWO}, lambda v: f"nn_cosine_embedding_loss(p, q, t, {v['margin']}, {how(v)})"),
    "MarginRankingLoss": ("values", "two", {"margin": ["0", "0.25"], **TWO}, lambda v: f"nn_margin_ranking_loss(p, q, t, {v['margin']}, {how(v)})"),
}
# What torch takes where a key is missing.
DEFAULTS = {"SmoothL1Loss": {"beta": "1"}, "HuberLoss": {"delta": "1"}, "KLDivLoss": {"log_target": "False", "reduction": "mean"}, "PoissonNLLLoss": {"log_input": "True", "full": "False"},
            "GaussianNLLLoss": {"full": "False"}, "HingeEmbeddingLoss": {"margin": "1"}, "CosineEmbeddingLoss": {"margin": "0"}, "MarginRankingLoss": {"margin": "0"}, "MSELoss": {},
            "L1Loss": {}, "BCELoss": {}}


def variants(loss):
    keys = LOSSES[loss][2]
    return [dict(zip(keys, v)) for v in itertools.product(*keys.values())]


class Losses(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)
        shutil.copy(HERE / "losses.c", self.at)

    def graphs(self, name, wanted, network, process):
        """The graph of each pipeline, without names and places."""
        (self.at / f"{name}.ini").write_text(f"[PROCESS]\nepochs = 1\naccuracy = none\ndata_scheme = d\npipeline_scheme = m\n{process}\n[MONITOR]\n"
                                             f"[table]\ntype = d\nclass = table\npath_to_class = losses.c\nkey = t\nwanted = {wanted}\n"
                                             f"[net]\ntype = m\nclass = {network}\npath_to_class = losses.c\nkey = n\n")
        done = subprocess.run([MOSAICC, "--quiet", "--no-build", "--no-root", f"{name}.ini"], cwd=self.at, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"{name}: {done.stdout}{done.stderr}")
        sweep = json.loads((self.at / f"generated/{name}/sweep.json").read_text())
        sources = [self.at / sweep["programs"][p["program"]]["source"] for p in sweep["pipelines"]]
        return [re.sub(r" (label|module|at|name|float32|float64)=\S*", "", (s.parent / "graph.txt").read_text()) for s in sources]

    def own(self, wanted, network, calls):
        """The same with a class that is called by number."""
        name = f"own_{wanted}_{network}"
        arguments = "nn_tensor p, nn_tensor q, nn_tensor t" if network == "two" else "nn_tensor p, nn_tensor t"
        cases = "\n".join(f"\tcase {i}: return {c};" for i, c in enumerate(calls))
        (self.at / f"{name}.c").write_text(f'#include "losses.c"\nstruct any {{ int which; }};\nnn_tensor any_loss(const struct any *self, {arguments})\n{{\n\tswitch (self->which) {{\n'
                                           f"{cases}\n\tdefault: return nn_mean(p);\n\t}}\n}}\n")
        return self.graphs(name, wanted, network, f"class_loss_function = any\npath_to_class_loss_function = {name}.c\nwhich = {{0-{len(calls)}}}")[:-1]

    def test_every_key(self):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            by_config, by_class = {}, {}
            for loss, (wanted, network, keys, call) in LOSSES.items():
                lists = "\n".join(f"{k} = {', '.join(values)}" for k, values in keys.items())
                by_config[loss] = pool.submit(self.graphs, loss, wanted, network, f"loss_function = {loss}\n{lists}")
                if loss in DEFAULTS:
                    by_config[loss + "_plain"] = pool.submit(self.graphs, loss + "_plain", wanted, network, f"loss_function = {loss}")
            for kind in {v[:2] for v in LOSSES.values()}:
                mine = [k for k in LOSSES if LOSSES[k][:2] == kind]
                calls = [(k, LOSSES[k][3](v)) for k in mine for v in variants(k)] + [(k + "_plain", LOSSES[k][3](DEFAULTS[k])) for k in mine if k in DEFAULTS]
                by_class[kind] = ([k for k, _ in calls], pool.submit(self.own, *kind, [c for _, c in calls]))
        for names, graphs in by_class.values():
            self.assertEqual(len(names), len(graphs.result()))
            for loss, wanted in itertools.groupby(zip(names, graphs.result()), lambda pair: pair[0]):
                self.assertEqual(by_config[loss].result(), [g for _, g in wanted], loss)
        self.assertEqual(len(by_config["CrossEntropyLoss"].result()), 16)
        self.assertEqual(len(set(by_config["PoissonNLLLoss"].result())), 8)

    def test_classes(self):
        """Two classes of one's own in a list, a parameter that one of them takes."""
        (self.at / "both.c").write_text("#include <mosaic.h>\nstruct near { double exponent; };\n"
                                        "nn_tensor near_loss(const struct near *self, nn_tensor p, nn_tensor t)\n{\n\treturn nn_mean(nn_pow(nn_abs(nn_sub(p, t)), self->exponent));\n}\n"
                                        "struct far { int unused MOSAIC_DEFAULT(0); };\nnn_tensor far_loss(const struct far *self, nn_tensor p, nn_tensor t)\n{\n\treturn nn_mse_loss(p, t);\n}\n")
        both = self.graphs("both", "values", "one", "class_loss_function = near, far\npath_to_class_loss_function = both.c\nexponent = 3")
        near = self.graphs("near", "values", "one", "class_loss_function = near\npath_to_class_loss_function = both.c\nexponent = 3")
        self.assertEqual(both, near + self.graphs("far", "values", "one", "class_loss_function = far\npath_to_class_loss_function = both.c"))
        heads = [re.search(r"loss (\w+),", path.read_text()).group(1) for path in sorted((self.at / "generated/both").glob("*/trainer.c"))]
        self.assertEqual(sorted(heads), ["far", "near"])
        for process, message in (("class_loss_function = near, fat", "both.ini:6:29: error: there is no class 'fat' in both.c"),
                                 ("class_loss_function = near, far\nexponnt = 2\nexponent = 3", "both.ini:7:11: error: nobody uses 'exponnt' of [PROCESS]"),
                                 ("class_loss_function = near, far", "[PROCESS] needs exponent: class near has this parameter"), ("class_loss_function = near, {1-2}", "takes the name of a C struct, not '1'")):
            with self.assertRaises(AssertionError) as said:
                self.graphs("both", "values", "one", process + "\npath_to_class_loss_function = both.c")
            self.assertIn(message, str(said.exception))

    def test_names_of_keys(self):
        """Parameters that are called as keys of [PROCESS] are."""
        (self.at / "named.c").write_text("#include <mosaic.h>\nstruct named { double alpha MOSAIC_DEFAULT(0.5); double delta MOSAIC_DEFAULT(1); double lr MOSAIC_DEFAULT(7); };\n"
                                         "nn_tensor named_loss(const struct named *self, nn_tensor p, nn_tensor t)\n{\n\treturn nn_add(nn_mul(self->alpha, nn_huber_loss(p, t, self->delta)), self->lr);\n}\n")
        path = "class_loss_function = named\npath_to_class_loss_function = named.c\n"
        graph, = self.graphs("alpha", "values", "one", path + "alpha = -5\ndelta = 3\nlr = 0.25")
        for value in ("-5", "3", "0.25"):         # lr is the optimizer's, too
            self.assertIn(f"value={value}\n", graph)
        self.assertEqual(len(self.graphs("alphas", "values", "one", path + "alpha = 5, 6\ndelta = 0.1, 2\noptimizer = Adam, SGD")), 8)
        for keys, place, message, hint in (
                ("alpha = 0.5\noptimizer = RMSprop", "8:9", "'alpha' is read by the optimizer, and the loss has a field of that name", "hint: give the field another name: one number would mean two things"),
                ("optimizer = Adam, RMSprop\nalpha = 0.5, 0.6", "9:9", "'alpha' is read by the optimizer, and the loss has a field of that name", "named.c:2:23: note: double alpha"),
                ("gamma = 2", "8:9", "nobody uses 'gamma' of [PROCESS]: class named has no such parameter and no other module takes it",
                 "hint: it is read by StepLR, MultiStepLR, ExponentialLR; parameters of named: alpha, delta, lr"),
                ("margin = 1, 2", "8:10", "nobody uses 'margin' of [PROCESS]: class named has no such parameter and no other module takes it",
                 "hint: it is read by HingeEmbeddingLoss, CosineEmbeddingLoss, MarginRankingLoss; parameters of named: alpha, delta, lr")):
            with self.assertRaises(AssertionError) as said:
                self.graphs("named", "values", "one", path + keys)
            self.assertIn(f"named.ini:{place}: error: {message}", str(said.exception))
            self.assertIn(hint, str(said.exception))

    def test_none_is_missing(self):
        """The losses and keys are those of doc/config.md."""
        text = (SOURCE / "doc/config.md").read_text()
        self.assertEqual(sorted(LOSSES), sorted(re.search(r"\| `loss_function` \| ([^|]*) \|", text).group(1).split(", ")))
        table = text.split("Parameters of the losses")[1].split("Parameters of the optimisers")[0]
        for key, readers in re.findall(r"^\| `(\w+)` \| [^|]* \| ([^|]*) \|", table, re.M):
            for loss in LOSSES if readers == "every loss" else readers.split(", "):
                self.assertIn(key, LOSSES[loss][2], loss)


unittest.main()
