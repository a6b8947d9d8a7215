"""test_sequences.py: the configs of share/ for sequences and text, shortened: they learn. Recurrent layers that are large enough for matrix products give what plain loops give."""
import sys

from harness import BUILD, Example, config, main

NETS = """#include "share/sequences.c"

/* Recurrent layers of every kind, from a state that is learnt, both ways. */
struct layers { int output_size; enum cell cell; int hidden; bool both, relu; };

nn_tensor layers_forward(const struct layers *self, nn_tensor x)
{
	nn_tensor first = nn_parameter("first", nn_normal(0, 1), self->both ? 4 : 2, self->hidden);
	nn_tensor h = self->cell == rnn ? nn_rnn(x, self->hidden, .layers = 2, .bidirectional = self->both, .relu = self->relu, .h0 = first)
		: self->cell == lstm ? nn_lstm_states(x, self->hidden, .layers = 2, .bidirectional = self->both, .h0 = first, .c0 = first).at[2]
		: nn_gru_states(x, self->hidden, .layers = 2, .bidirectional = self->both, .h0 = first, .dropout = 0.2).at[1];
	return nn_linear(nn_flatten(h), self->output_size);
}
"""


class Sequences(Example):
    def test_adding(self):
        """Full training (30 epochs) reaches less than 1e-3 with each network."""
        self.f.edit("share/sequences.ini", ("epochs = 30", "epochs = 8"), ("multiplicity = 2", "multiplicity = 1"))
        self.f.sweep("share/sequences.ini", "s.db")
        seen = set()
        for run_id, r in self.f.results("s.db").items():
            h = self.f.history("s.db", run_id)
            self.assertEqual(len(h["test_loss"]), 8)
            self.assertLess(h["train_loss"][-1], 0.5 * h["train_loss"][0], r["pipeline"])
            self.assertLess(h["test_loss"][-1], 0.08, r["pipeline"])
            seen.add(r["pipeline"].split(" | ")[-1].split("(")[0])
        self.assertEqual(seen, {"recurrent", "transformer"})

    def test_gpt(self):
        """Full training (8 epochs) reaches less than 1.3; to name each of the 71 characters as often as the other costs 4.3."""
        self.f.edit("share/gpt.ini", ("epochs = 8", "epochs = 2"), ("width = 64", "width = 16"), ("blocks = 2", "blocks = 1"), ("steps = 32", "steps = 16"))
        self.f.sweep("share/gpt.ini", "gpt.db")
        h = self.f.history("gpt.db", 1)
        self.assertLess(h["train_loss"][-1], h["train_loss"][0])
        self.assertLess(h["test_loss"][-1], 2.6)
        self.assertGreater(h["test_acc"][-1], 25)
        write = (sys.executable, "share/write_text.py", "share/data/constitution.txt", self.f.trainer("share/gpt.ini"), "run_files_gpt", "The Congress shall ", 12)
        first, again = self.f.call(*write).stdout, self.f.call(*write).stdout
        self.assertEqual(first, again)
        self.assertTrue(first.startswith("The Congress shall "))
        self.assertEqual(len(first.removesuffix("\n")), len("The Congress shall ") + 12)

    def test_text_too_short(self):
        self.f.write("short.txt", "abc" * 10)
        self.f.write("short.ini", config({"data_scheme": "dataset", "pipeline_scheme": "model", "loss_function": "CrossEntropyLoss", "epochs": 1}, {},
                                         ("text", {"type": "dataset", "path_to_class": "share/text.c", "path": "short.txt", "steps": 8}),
                                         ("gpt", {"type": "model", "path_to_class": "share/gpt.c"})))
        r = self.f.mosaicc("short.ini", code=1)
        self.assertIn("short.txt: the test part has 3 characters; a piece and its next character take 9", r.stderr)


class Large(Example):
    """Two layers of 50 units, which no vector divides, with batches of 40: 100,000 multiplications a step of an LSTM, so that every recurrent product is one of matrices."""

    def compare(self, name, fields):
        self.f.write("layers.c", NETS)
        process = {"data_scheme": "dataset", "pipeline_scheme": "network", "loss_function": "MSELoss", "accuracy": "none", "lr": 1e-2, "epochs": 2, "precision": "float64"}
        self.f.write(f"{name}.ini", config(process, {"multiplicity": 2},
                                           ("adding", {"type": "dataset", "path_to_class": "share/sequences.c", "steps": 5, "train_size": 100, "test_size": 50, "batch_size": 40}),
                                           ("layers", {"type": "network", "path_to_class": "layers.c", "hidden": 50, "relu": "no", **fields})))
        self.f.mosaicc(f"{name}.ini")
        trainer = self.f.trainer(f"{name}.ini")
        text = (trainer.parent / "trainer.c").read_text()
        self.assertIn("gemm_rows_nt(", text)
        self.assertIn("gemm_rows_nn(", text)
        machine = dict(line.split(" = ", 1) for line in (self.f.at / "generated" / name / "machine.ninja").read_text().splitlines() if " = " in line)
        words = {k: v.split() for k, v in machine.items()}
        self.f.call(machine["cc"], "-std=gnu11", "-O1", *words["target"], "-ffp-contract=off", "-fno-math-errno", "-DMOSAIC_PLAIN_GEMM", *words["include_flags"], "-c",
                    trainer.parent / "trainer.c", "-o", f"{name}.o")
        objects = sorted((self.f.at / "generated" / name / "classes").glob("*.o"))
        self.f.call(machine["cc"], *words["link_flags"], "-o", f"plain_{name}", f"{name}.o", *objects, machine["library"], "-lm")
        losses = []
        for program, out in ((trainer, f"{name}_fast"), (self.f.at / f"plain_{name}", f"{name}_plain")):
            lines = self.f.call(program, "--out", out).stdout.splitlines()
            losses.append([float(v) for line in lines if line.startswith("epoch") for v in line.split("\t")[3:]])
        self.assertEqual(len(losses[0]), 4)
        for a, b in zip(*losses):
            self.assertLess(abs(a - b), 1e-9 * max(1, abs(b)))

    def test_lstm(self):
        self.compare("lstm", {"cell": "lstm", "both": "yes"})

    def test_gru(self):
        self.compare("gru", {"cell": "gru", "both": "no"})

    def test_rnn(self):
        self.compare("rnn", {"cell": "rnn", "both": "no"})

    def test_relu(self):
        self.compare("relu", {"cell": "rnn", "both": "no", "relu": "yes"})


if __name__ == "__main__":
    main()
