/* op_doc.c: doc/ops.md, made from the registry: what users call, and what the graph holds. `mosaicc --ops` prints it. */
#include "op.h"

#include <string.h>

static const char intro[] =
	"# Ops\n\n"
	"Made from the files of `templates/ops/` by `mosaicc --ops`; [adding-an-op.md](adding-an-op.md) tells how to write one.\n\n"
	"`nn_tensor` is a tensor that `forward` describes, not one that holds numbers. Axis 0 of what comes from the data is the batch; formulas, "
	"defaults and gradients are those of PyTorch. Every gradient is made of other ops, so that `nn_grad` may be taken again. Parameters of one's own, "
	"sizes and `nn_grad` are in [modules.md](modules.md).\n\n"
	"Functions with options are called without the `_of` of their names, the options by name behind the other arguments, or left out: "
	"`nn_conv2d(x, 16, 3, .padding = 1)`, `nn_lstm(x, 32, .layers = 2, .bidirectional = true)`. What is counted is counted by the compiler: `nn_reshape(x, 2, 3)`.\n";

/* ---- elementwise ---------------------------------------------------------------------------- */

static void elementwise(struct text *out)
{
	text_add(out, "\n## Elementwise functions\n\n"
		"Arguments may be tensors or numbers, at least one of them a tensor; shapes broadcast as NumPy's do: axes are aligned at the end, an axis of 1\n"
		"stretches. `r` is the result. A condition is true where it is not 0; comparisons give 1 or 0.\n\n"
		"| function | result | gradient by a | by b | by c |\n|---|---|---|---|---|\n");
	for (int i = 0; op_registry[i]; i++) {
		const struct op *op = op_registry[i];
		if (op->class != OP_ELEMENTWISE || op->inputs < 1)
			continue;
		text_printf(out, "| `nn_%s(%s)` | %s |", op->name, op->inputs == 1 ? "a" : op->inputs == 2 ? "a, b" : "a, b, c", op->doc);
		for (int k = 0; k < 3; k++) {
			if (k < op->inputs && op->derivative[k])
				text_printf(out, " `%s` |", op->derivative[k]);
			else
				text_add(out, k < op->inputs ? " none |" : " |");
		}
		text_add(out, "\n");
	}
}

/* ---- functions ------------------------------------------------------------------------------ */

static const struct { const char *file, *title; } titles[] = {
	{"linear", "Layers"}, {"matmul", "Products"}, {"softmax", "Softmax and labels"}, {"losses", "Losses"}, {"reduce", "Sums and extremes"},
	{"statistics", "Variances, lengths, products"}, {"cumsum", "Running sums"}, {"layout", "Shapes"}, {"shapes", "Shapes: order, borders, parts"},
	{"select", "Choosing by indices"}, {"products", "Products of several axes"}, {"conv1d", "Convolution of sequences"}, {"conv2d", "Convolution of images"},
	{"conv3d", "Convolution of volumes"}, {"pool2d", "Pooling of images"}, {"pool1d", "Pooling of sequences"}, {"adaptive_pool", "Pooling to a size"}, {"pool", "Pooling of all places"}, {"upsample", "Larger images"},
	{"norm", "Normalisation"}, {"random", "Random numbers, places"}, {"transformer", "Attention and positions"},
	{"rnn", "Recurrent layers"}};

static void functions_of(const char *file, const char *title, struct text *out)
{
	bool first = true;
	for (const struct op_function *f = op_functions; f->file; f++) {
		if (strcmp(f->file, file) != 0)
			continue;
		if (first)
			text_printf(out, "\n## %s\n\n", title);
		first = false;
		text_printf(out, "- `%s`  \n  %s\n", f->prototype, f->comment);
	}
}

static bool has_title(const char *file)
{
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (strcmp(titles[i].file, file) == 0)
			return true;
	return false;
}

static void functions(struct text *out)
{
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		functions_of(titles[i].file, titles[i].title, out);
	for (const struct op_function *f = op_functions; f->file; f++)     /* a file without a title of its own */
		if (!has_title(f->file) && (f == op_functions || strcmp(f[-1].file, f->file) != 0))
			functions_of(f->file, f->file, out);
}

/* ---- the graph's ops ------------------------------------------------------------------------ */

static void attributes(const struct op *op, struct text *out)
{
	for (int i = 0; i < ATTR_MAX && op->attrs[i]; i++)
		text_printf(out, "%s`%s`", i ? ", " : "", op->attrs[i]);
}

static void graph_ops(struct text *out)
{
	text_add(out, "\n## Ops of the graph\n\n"
		"What the functions above become in the text form of a graph ([graph.md](graph.md)), elementwise rows aside: those have the name of the function\n"
		"and no attributes. In a shape, `B` is any leading axes. `b'` is b transposed, `dy` the gradient of the result.\n\n"
		"| op | shapes | attributes | meaning | gradient |\n|---|---|---|---|---|\n");
	for (int i = 0; op_registry[i]; i++) {
		const struct op *op = op_registry[i];
		if (op->class == OP_ELEMENTWISE && op->inputs > 0)
			continue;
		text_printf(out, "| `%s` | ", op->name);
		if (op->sig)
			text_printf(out, "`%s`", op->sig);
		text_add(out, " | ");
		attributes(op, out);
		text_printf(out, " | %s | %s |\n", op->synopsis, op->doc ? op->doc : "none");
	}
}

void ops_document(struct text *out)
{
	text_add(out, intro);
	elementwise(out);
	functions(out);
	graph_ops(out);
}
