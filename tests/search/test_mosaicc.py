"""test_mosaicc.py SOURCE BUILD: [SEARCH] from the config to what is generated, by mosaicc and `mosaic generate` as they are."""
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, BUILD = (Path(arg).resolve() for arg in sys.argv[1:3])

PROCESS = """[PROCESS]
lr = 1e-2
epochs = 40
data_scheme = dataset
pipeline_scheme = mlp
[MONITOR]
multiplicity = 2
"""
DATA = """[dataset_OR]
type = dataset
class = dataset_OR
path_to_class = share/dataset.c
key = dataset_OR
batch_size = 1
data_size = 200
train_prop = 0.8
"""

# Networks with whims: a width that must be a multiple of 4, one that cannot be made at all.
WHIMS = """#include <mosaic.h>
struct fours { int input_size, output_size, width; };
nn_tensor fours_forward(const struct fours *self, nn_tensor x)
{
	if (self->width % 4)
		mosaic_fail("the width is no multiple of 4");
	return nn_linear(nn_sigmoid(nn_linear(x, self->width)), self->output_size);
}
struct never { int input_size, output_size, width; };
nn_tensor never_forward(const struct never *self, nn_tensor x)
{
	mosaic_fail("this network cannot be made");
	return nn_linear(x, self->width);
}
struct plain { int output_size; };
nn_tensor plain_forward(const struct plain *self, nn_tensor x)
{
	return nn_linear(x, self->output_size);
}
struct normed { int output_size; };
nn_tensor normed_forward(const struct normed *self, nn_tensor x)
{
	return nn_linear(nn_batch_norm(x), self->output_size);
}
struct fixed { int output_size, width; };
nn_tensor fixed_forward(const struct fixed *self, nn_tensor x)
{
	return nn_linear(x, self->width > 0 ? self->output_size : 1);
}
"""


def module(name, lines, path="share/mlp.c", key=None):
    return f"[{name}]\ntype = mlp\nclass = {name}\npath_to_class = {path}\nkey = {key or name}\n" + lines


class Search(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)
        shutil.copytree(SOURCE / "share", self.at / "share", ignore=shutil.ignore_patterns("data"))
        (self.at / "whims.c").write_text(WHIMS)

    def mosaicc(self, search, *modules, process=PROCESS, options=("--no-build", "--no-root"), program="mosaicc"):
        text = process + (f"[SEARCH]\n{search}" if search is not None else "") + DATA + "".join(modules)
        (self.at / "a.ini").write_text(text)
        run = subprocess.run([str(BUILD / program), *options, "a.ini"] if program == "mosaicc" else [str(BUILD / program), *options], cwd=self.at,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", stdin=subprocess.DEVNULL)
        return run.returncode, run.stdout

    def made(self, name):
        return (self.at / "generated/a" / name).read_text()

    def sweep(self):
        return json.loads(self.made("sweep.json"))

    def widths(self):
        return [(p["modules"][1]["class"], p["modules"][1].get("length"), p["modules"][1].get("width")) for p in self.sweep()["pipelines"]]


class Where(Search):
    def test_nb_params(self):
        code, out = self.mosaicc("where = nb_params in 45..55\n", module("mlp_funnel", "length = 4\nwidth = {2-6}\n"), module("mlp_brick", "length = 4\nwidth = {2-6}\n"))
        self.assertEqual((code, out), (0, "where leaves out 8 of 10 pipelines, by nb_params or bytes\na.ini: 2 pipelines, 2 programs\n"))
        self.assertEqual(self.widths(), [("mlp_funnel", "4", "3"), ("mlp_brick", "4", "3")])
        self.assertIn("\n- where leaves out 8 of 10 pipelines, by nb_params or bytes\n", self.made("index.md"))
        self.assertEqual(re.findall(r"\| (\d+-\d+) \|.*\| (\d+) \| \d+ \|\n", self.made("index.md")), [("1-2", "52"), ("3-4", "49")])
        self.assertEqual(len(json.loads(self.made("pipelines.json"))), 4)

    def test_nb_params_are_without_buffers(self):
        normed = module("normed", "", path="whims.c")
        code, out = self.mosaicc("where = nb_params == 7\n", normed)
        self.assertEqual((code, out), (0, "a.ini: 1 pipeline, 1 program\n"))

    def test_both_kinds(self):
        code, out = self.mosaicc("where = width * length <= 12\nwhere = nb_params > 30\n", module("mlp_brick", "length = {2-4}\nwidth = {2-6}\n"), options=("--no-build", "--no-root"))
        self.assertEqual((code, out), (0, "where leaves out 5 of 15 pipelines, by their parameters\n"
                                          "where leaves out 4 of 10 pipelines, by nb_params or bytes\na.ini: 6 pipelines, 6 programs\n"))

    def test_bytes_are_those_of_the_card(self):
        self.mosaicc(None, module("mlp_brick", "length = 4\nwidth = 3\n"))
        code, out = self.mosaicc(None, module("mlp_brick", "length = 4\nwidth = 3\n"), options=("--check", "--json"))
        self.assertEqual(code, 0, out)
        card = json.loads(out)["pipelines"][0]["bytes"]
        total = int(card["parameters"] + card["gradients"] + card["optimizer"] + card["activations"])
        code, out = self.mosaicc(f"where = bytes == {total}\n", module("mlp_brick", "length = 4\nwidth = {2-4}\n"))
        self.assertEqual((code, self.widths()), (0, [("mlp_brick", "4", "3")]), out)

    def test_nothing_left(self):
        code, out = self.mosaicc("where = nb_params > 1e9\n", module("mlp_brick", "length = 4\nwidth = {2-4}\n"))
        self.assertEqual((code, out), (1, "a.ini:9:9: error: where leaves no pipeline: none fulfils this condition\n  where = nb_params > 1e9\n          ^\n"))
        self.assertFalse((self.at / "generated/a/sweep.json").exists())

    def test_wrong_value(self):
        code, out = self.mosaicc("where = nb_params / (width - 3) > 1\n", module("mlp_brick", "length = 4\nwidth = 3\n"))
        self.assertEqual((code, out), (1, "a.ini:9:19: error: a division by 0\n  where = nb_params / (width - 3) > 1\n                    ^\n"))

    def test_in_the_section_of_a_module(self):
        code, out = self.mosaicc(None, module("mlp_brick", "length = 4\nwidth = {2-4}\nwhere = width < 4\n"))
        self.assertEqual((code, out), (1, """a.ini:23:9: error: nobody uses 'where' of [mlp_brick]: class mlp_brick has no such parameter and no other module takes it
  where = width < 4
          ^
  hint: 'where' stands in the section [SEARCH]; mlp_brick.width is a parameter of this one
"""))

    def test_quiet(self):
        code, out = self.mosaicc("where = nb_params < 50\n", module("mlp_brick", "length = 4\nwidth = {2-4}\n"), options=("--check", "--quiet"))
        self.assertEqual((code, out), (0, ""))

    def test_other_pipelines_keep_their_identity(self):
        brick = module("mlp_brick", "length = 4\nwidth = {2-4}\n")
        self.mosaicc(None, brick)
        every = {p["line"]: p["identity"] for p in self.sweep()["pipelines"]}
        self.assertNotIn("search", self.sweep())
        self.mosaicc("where = nb_params > 40\n", brick)
        some = {p["line"]: p["identity"] for p in self.sweep()["pipelines"]}
        self.assertEqual(some, {line: every[line] for line in some})
        self.assertEqual(len(some), 2)
        self.assertNotIn("search", self.sweep())


class Match(Search):
    def test_two_shapes(self):
        code, out = self.mosaicc("match = nb_params 50 by width\n", module("mlp_funnel", "length = {2-4}\nwidth = {2-20}\n", key="f_{width}"), module("mlp_brick", "length = {2-4}\n"))
        self.assertEqual((code, out), (0, """match = nb_params 50 by width
  dataset_OR(1,200,0.8) | mlp_funnel(2,6): width = 6, nb_params 47
  dataset_OR(1,200,0.8) | mlp_funnel(3,4): width = 4, nb_params 57
  dataset_OR(1,200,0.8) | mlp_funnel(4,3): width = 3, nb_params 52
  dataset_OR(1,200,0.8) | mlp_brick(2,5): width = 5, nb_params 51
  dataset_OR(1,200,0.8) | mlp_brick(3,4): width = 4, nb_params 57
  dataset_OR(1,200,0.8) | mlp_brick(4,3): width = 3, nb_params 49
a.ini: 6 pipelines, 6 programs
"""))
        self.assertIn("| lanes | chosen |\n", self.made("index.md"))
        self.assertIn("| 47 | 4 | width = 6 |\n", self.made("index.md"))
        runs = json.loads(self.made("pipelines.json"))
        self.assertEqual([runs[0][1]["key"], runs[0][1]["width"], runs[11][1]["width"]], ["f_6", "6", "3"])
        matched = [p["identity"] for p in self.sweep()["pipelines"]]
        self.mosaicc(None, module("mlp_funnel", "length = 2\nwidth = 6\n"), module("mlp_brick", "length = 4\nwidth = 3\n"))
        written = [p["identity"] for p in self.sweep()["pipelines"]]
        self.assertEqual([matched[0], matched[5]], written)

    def test_ties_go_to_the_smaller(self):
        # widths 2 and 3 of one layer have 9 and 13 parameters
        code, out = self.mosaicc("match = nb_params 11 by width\n", module("mlp_brick", "length = 1\nwidth = 3, 2\n"))
        self.assertIn("mlp_brick(1,2): width = 2, nb_params 9\n", out)

    def test_one_value_is_no_range(self):
        code, out = self.mosaicc("match = nb_params 1000 by width\n", module("mlp_brick", "length = 4\nwidth = 3\n"))
        self.assertEqual((code, out), (0, """a.ini:24:9: note: match replaces this value: 'width' of [mlp_brick] is chosen among the integers from 1 on
  width = 3
          ^
  hint: write a range to choose among other values
match = nb_params 1000 by width
  dataset_OR(1,200,0.8) | mlp_brick(4,17): width = 17, nb_params 987
a.ini: 1 pipeline, 1 program
"""))

    def test_one_text_is_nothing_to_choose(self):
        code, out = self.mosaicc("match = nb_params 1000 by activation\n", module("mlp_brick", "length = 4\nwidth = 3\nactivation = relu\n"))
        self.assertEqual((code, out), (1, """a.ini:25:14: error: match has nothing to choose: 'activation' of [mlp_brick] has one value, and it is no integer of at least 1
  activation = relu
               ^
"""))

    def test_where_bounds_what_is_chosen(self):
        code, out = self.mosaicc("match = nb_params 100000 by width\nwhere = width <= 30\nwhere = width % 4 == 0\n", module("mlp_brick", "length = 2\n"))
        self.assertIn(": width = 28, nb_params 925\n", out)

    def test_where_after_match(self):
        code, out = self.mosaicc("match = nb_params 50 by width\nwhere = nb_params in 48..52\n", module("mlp_funnel", "length = {2-4}\n"), module("mlp_brick", "length = {2-4}\n"))
        self.assertEqual(self.widths(), [("mlp_funnel", "4", "3"), ("mlp_brick", "2", "5"), ("mlp_brick", "4", "3")], out)
        self.assertIn("where leaves out 3 of 6 pipelines, by nb_params or bytes\n", out)

    def test_what_cannot_be_made_is_passed_over(self):
        code, out = self.mosaicc("match = nb_params 100 by width\n", module("fours", "", "whims.c"))
        self.assertEqual((code, self.widths()), (0, [("fours", None, "24")]), out)

    def test_nothing_can_be_made(self):
        code, out = self.mosaicc("match = nb_params 100 by width\n", module("never", "", "whims.c"))
        self.assertEqual(code, 1)
        self.assertEqual(out.count("error:"), 1, out)
        self.assertRegex(out, r"^whims\.c:12:2: error: forward of never: this network cannot be made\n")

    def test_without_the_parameter(self):
        code, out = self.mosaicc("match = nb_params 50 by width\n", module("mlp_brick", "length = 4\n"), module("plain", "", "whims.c"))
        self.assertEqual((code, out), (0, """match = nb_params 50 by width
1 pipeline has no parameter 'width' and stays as written
  dataset_OR(1,200,0.8) | mlp_brick(4,3): width = 3, nb_params 49
a.ini: 2 pipelines, 2 programs
"""))

    def test_nobody_has_the_parameter(self):
        code, out = self.mosaicc("match = nb_params 50 by widht\n", module("mlp_brick", "length = 4\nwidth = 2\n"))
        self.assertEqual((code, out), (1, """a.ini:9:25: error: no pipeline has a parameter 'widht' that is an integer
  match = nb_params 50 by widht
                          ^
  hint: did you mean width?
"""))

    def test_a_size_that_does_not_change(self):
        code, out = self.mosaicc("match = nb_params 50 by width\n", module("fixed", "width = {3-9}\n", "whims.c"))
        self.assertIn("fixed(3): width = 3, nb_params 3\n", out)

    def test_several_names(self):
        code, out = self.mosaicc("match = nb_params 60 by mlp_funnel.length, width\n", module("mlp_funnel", "length = {1-9}\nwidth = 4\n"), module("mlp_brick", "length = 4\n"))
        self.assertIn("mlp_funnel(3,4): length = 3, nb_params 57\n", out)
        self.assertIn("mlp_brick(4,3): width = 3, nb_params 49\n", out)

    def test_swept_training_is_searched_once(self):
        process = PROCESS.replace("lr = 1e-2", "lr = {1e-4-1e-1 log 30}")
        code, out = self.mosaicc("match = nb_params 50 by width\n", module("mlp_brick", "length = 4\n"), process=process)
        self.assertIn(" and 6 more\na.ini: 30 pipelines, 1 program\n", out)
        self.assertEqual(self.made("index.md").count("| width = 3 |"), 30)


class Sample(Search):
    def test_filled_up(self):
        brick = module("mlp_brick", "length = {2-4}\nwidth = {2-200 log int}\n")
        code, out = self.mosaicc("method = sobol\nbudget = 5\nwhere = nb_params in 30..100\n", brick)
        self.assertEqual(code, 0, out)
        self.assertRegex(out, r"^sobol: \d+ pipelines from \d+ draws\nwhere leaves out \d+ of \d+ pipelines, by nb_params or bytes\na\.ini: 5 pipelines, 5 programs\n$")
        self.assertTrue(all(30 <= int(n) <= 100 for n in re.findall(r"\| (\d+) \| \d+ \|\n", self.made("index.md"))))

    def test_too_few(self):
        code, out = self.mosaicc("method = random\nbudget = 5\nwhere = nb_params in 30..40\n", module("mlp_brick", "length = 2\nwidth = {1-20}\n"))
        self.assertEqual((code, self.widths()), (0, [("mlp_brick", "2", "4")]), out)
        self.assertIn("a.ini:10:10: warning: where leaves 1 pipeline, not 5: no more were found\n", out)

    def test_same_again(self):
        search, brick = "method = random\nbudget = 6\nseed = 3\n", module("mlp_brick", "length = {2-9}\nwidth = {2-99}\n")
        self.mosaicc(search, brick)
        first = self.made("sweep.json")
        self.mosaicc(search, brick)
        self.assertEqual(first, self.made("sweep.json"))

    def test_match_in_a_sample(self):
        process = PROCESS.replace("lr = 1e-2", "lr = {1e-4-1e-1 log}")
        code, out = self.mosaicc("method = random\nbudget = 4\nmatch = nb_params 50 by width\n", module("mlp_brick", "length = {2-4}\n"), module("mlp_funnel", "length = {2-4}\n"),
                                 process=process)
        self.assertEqual(code, 0, out)
        pipelines = self.sweep()["pipelines"]
        self.assertEqual([p["modules"][1]["class"] for p in pipelines], ["mlp_brick", "mlp_funnel"] * 2)
        self.assertEqual(pipelines[0]["modules"][2]["lr"], pipelines[1]["modules"][2]["lr"])


class Json(Search):
    """What the rules did stands in `--check --json`, too."""
    def search(self, rules, *modules, process=PROCESS):
        code, out = self.mosaicc(rules, *modules, process=process, options=("--check", "--json"))
        self.assertEqual(code, 0, out)
        return json.loads(out)["search"]

    def test_none(self):
        self.assertEqual(self.search(None, module("mlp_brick", "length = 4\nwidth = {2-4}\n")),
                         {"method": "grid", "drawn": None, "left_out_by_parameters": 0, "left_out_by_measures": 0, "halving": None, "match": None})

    def test_where(self):
        found = self.search("where = width * length <= 12\nwhere = nb_params > 20\nhalving = test_loss\n", module("mlp_brick", "length = {2-4}\nwidth = {2-6}\n"))
        self.assertEqual(found["left_out_by_parameters"], 5)
        self.assertGreater(found["left_out_by_measures"], 0)
        self.assertEqual(found["halving"], "test_loss")

    def test_random_and_match(self):
        found = self.search("method = random\nbudget = 3\nmatch = nb_params 50 by width\n", module("mlp_brick", "length = {2-4}\n"), module("mlp_funnel", "length = 4\n"))
        self.assertEqual((found["method"], found["left_out_by_parameters"]), ("random", None))
        self.assertGreaterEqual(found["drawn"], 3)
        self.assertEqual(found["match"]["match"], "nb_params 50 by width")
        one = found["match"]["chosen"][0]
        self.assertEqual((one["parameter"], set(one)), ("width", {"pipeline", "parameter", "value", "nb_params"}))


class Launcher(Search):
    def test_halving(self):
        code, out = self.mosaicc("halving = test_loss\n", module("mlp_brick", "length = 4\nwidth = 3\n"))
        self.assertEqual(self.sweep()["search"], {"halving": {"criterion": "test_loss", "eta": 3, "min_epochs": 4, "asynchronous": False}}, out)

    def test_auto_multiplicity(self):
        process = PROCESS.replace("multiplicity = 2", "multiplicity = auto\nby = mlp_key\nmax_multiplicity = 12")
        self.mosaicc(None, module("mlp_brick", "length = 4\nwidth = 3\n"), process=process)
        self.assertEqual(self.sweep()["auto_multiplicity"], {"start": 4, "maximum": 12, "looks": 3, "criterion": "test_loss", "by": "mlp_key", "alpha": 0.05})
        self.assertEqual(self.sweep()["pipelines"][0]["multiplicity"], 4)

    def test_auto_compares_so_many(self):
        """What the launcher would refuse is refused before anything is built."""
        many = PROCESS.replace("lr = 1e-2", "lr = {1e-4-1e-1 log 501}").replace("multiplicity = 2", "multiplicity = auto")
        brick = module("mlp_brick", "length = 1\nwidth = 2\n")
        self.assertEqual(self.mosaicc(None, brick, process=many, options=("--check",)), (1, """a.ini:7:16: error: multiplicity = auto compares 500 pipelines at most; there are 501
  multiplicity = auto
                 ^
  hint: in [MONITOR], `by = mlp_key` compares the values of one parameter, over all else
"""))
        self.assertEqual(self.mosaicc(None, brick, process=many.replace("= auto", "= auto\nby = lr"), options=("--check",)), (1, """a.ini:8:6: error: multiplicity = auto compares 500 values at most, and `by` has more
  by = lr
       ^
  hint: compare a parameter with fewer values, or name a number as multiplicity
"""))
        for by in ("mlp_key", "width", "mlp_brick_width", "dataset_OR_data_size", "optimizer"):
            code, out = self.mosaicc(None, brick, process=PROCESS.replace("multiplicity = 2", f"multiplicity = auto\nby = {by}"), options=("--check", "--quiet"))
            self.assertEqual(code, 0, out)

    def test_auto_by_nothing(self):
        process = PROCESS.replace("multiplicity = 2", "multiplicity = auto\nby = mlp_kye")
        self.assertEqual(self.mosaicc(None, module("mlp_brick", "length = 1\nwidth = 2\n"), process=process, options=("--check",)),
                         (1, """a.ini:8:6: error: no pipeline has a parameter 'mlp_kye', whose values `by` asks to compare
  by = mlp_kye
       ^
  hint: did you mean mlp_key?
"""))


class Generate(Search):
    """No module is opened there."""

    def test_where_on_parameters(self):
        brick = module("mlp_brick", "length = {2-4}\nwidth = {2-6}\n")
        self.mosaicc("where = width * length <= 12\n", brick)
        code, out = self.mosaicc("where = width * length <= 12\n", brick, program="mosaic", options=("generate", "a.ini", "b.json"))
        self.assertEqual((code, out), (0, "b.json: 20 runs\n"))
        self.assertEqual((self.at / "b.json").read_text(), self.made("pipelines.json"))

    def test_where_on_measures(self):
        code, out = self.mosaicc("where = nb_params in 45..55\n", module("mlp_brick", "length = 4\nwidth = {2-6}\n"), program="mosaic", options=("generate", "a.ini", "b.json"))
        self.assertEqual((code, out), (0, """a.ini:9:9: warning: no module is opened to write pipelines, so this condition leaves out none of them
  where = nb_params in 45..55
          ^
  hint: mosaicc --no-build writes pipelines.json with it, beside the programs
b.json: 10 runs
"""))

    def test_match(self):
        code, out = self.mosaicc("match = nb_params 50 by width\n", module("mlp_brick", "length = 4\n"), program="mosaic", options=("generate", "a.ini", "b.json"))
        self.assertEqual((code, out), (2, """a.ini:9:9: error: match opens the modules, and no module is opened to write pipelines
  match = nb_params 50 by width
          ^
  hint: mosaicc --no-build writes pipelines.json with it, beside the programs
"""))
        self.assertFalse((self.at / "b.json").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
