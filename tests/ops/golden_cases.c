/* golden_cases.c: see golden_cases.h. The nn_ functions are called as in a forward, in a trace without a module. */
#include "golden_cases.h"

#include "trace.h"

#include <mosaic.h>

#include <string.h>

struct call { nn_tensor x, t; double arg[6]; };

static nn_tensor split_difference(nn_tensors parts)
{
	return nn_sub(parts.at[0], parts.at[1]);
}

static nn_tensor split_product(nn_tensors parts)
{
	return nn_mul(nn_add(parts.at[0], parts.at[2]), parts.at[1]);
}

static nn_tensor all_states(nn_tensors all)
{
	for (int i = 0; i < all.count; i++)
		all.at[i] = nn_flatten(all.at[i]);
	return nn_concat_of(all.count, all.at, 1);
}

/* ---- the calls ---------------------------------------------------------------------------------------------- */

#define ONE(name) CALL(name, nn_##name(c->x))
#define INT(i) ((int)c->arg[i])
#define POOL_MORE .ceil_mode = INT(3)
#define CONV_OPTIONS .stride = INT(0), .padding = INT(1), .dilation = INT(2), .groups = INT(3)
#define WEIGHT(i) (INT(i) ? nn_arange(1, INT(i)) : NULL)
#define FIRST(f) (INT(2) ? f(nn_slice(c->x, 1, 0, INT(0) * (1 + INT(1)))) : NULL)
#define RECURRENT .layers = INT(0), .bidirectional = INT(1), .no_bias = INT(4), .h0 = FIRST(nn_sin)
#define WITH_STATES(name, ...) INT(2) ? all_states(nn_##name##_states(c->x, 2, RECURRENT, __VA_ARGS__)) : nn_##name(c->x, 2, RECURRENT, __VA_ARGS__)
#define PROJECTED .layers = INT(0), .bidirectional = INT(1), .no_bias = INT(4), .proj_size = 2, .h0 = INT(2) ? nn_sin(nn_slice(c->x, 1, 0, INT(0) * (1 + INT(1)))) : NULL
#define SECOND nn_slice(nn_sin(c->x), 1, 0, 1)
#define THIRD nn_slice(nn_cos(c->x), 2, 0, 1)
#define PAIR(name) CALL(name##_pair, nn_##name(c->x, SECOND))
#define COMPARED(name) CALL(name##_pair, nn_mul(nn_##name(c->x, SECOND), c->x))
#define MORE .reduction = (enum nn_reduction)INT(0), .weight = WEIGHT(1)
#define LAST(x) nn_slice(x, 1, -1, 0)
#define BUT_LAST(x) nn_slice(x, 1, 0, -1)
#define SAME_CONV .same = INT(0), .padding = INT(1), .padding_mode = (enum nn_padding_mode)INT(2), .dilation = INT(3), .no_bias = INT(4)
#define PADDED nn_gt(nn_sum_axis(c->x, 2, false), 0.5)

static nn_tensor einsum_more_case(const struct call *c)
{
	static const char *const equations[] = {"...ij,...kj->...ik", "bij,...->bij", "...ij,ij->...", "b...,kj->b...k", "bij , jii -> bi", "...ij,ij->...j", "...j,...j->..."};
	nn_tensor table = nn_reshape(nn_mul(nn_arange(1, 12), 0.125), 3, 4), cube = nn_reshape(nn_mul(nn_arange(1, 36), 0.125), 4, 3, 3);
	nn_tensor others[] = {nn_sin(c->x), nn_sin(c->x), table, table, cube, nn_slice(table, 0, 1, 2), nn_slice(table, 0, 1, 2)};
	return nn_einsum(equations[INT(0)], c->x, others[INT(0)]);
}

/* x [B,4] as matrices of 2 x 2, and of 1 x 4. */
static nn_tensor einsum_one_case(const struct call *c)
{
	static const char *const equations[] = {"bii->bi", "...ii->...", "bij->bji", "bij->"};
	return nn_einsum(equations[INT(0)], nn_reshape(c->x, 2, 2), NULL);
}

#define CALL(name, value) static nn_tensor call_##name(const struct call *c) { return value; }
#include "golden_calls.def"

#undef CALL
#define CALL(name, value) {#name, call_##name},
static const struct { const char *name; nn_tensor (*f)(const struct call *c); } functions[] = {
#include "golden_calls.def"
};

/* ---- which functions have numbers from PyTorch ------------------------------------------------------------ */

/* The names of cases that are not the function's own. */
static const struct { const char *function, *case_name; } other_names[] = {
	{"batch_norm_with", "batch_norm"}, {"standardize", "batch_norm"}, {"rnn_states", "rnn"}, {"lstm_states", "lstm"}, {"gru_states", "gru"}, {"nll_loss_with", "nll_loss"},
	{"einsum", "einsum_batch"}, {"unsqueeze", "squeeze"}, {"scaled_dot_product_attention", "attention"}};
static const struct { const char *function, *why; } without[] = {
	{"noise", "torch has no layer of that name: ops_cases compares its parts with the reference, trainer_random its distribution"}};

static bool is_called(const json_t *functions, const char *name)
{
	size_t i, len = strlen(name);
	json_t *c;
	json_array_foreach(functions, i, c) {
		const char *called = json_string_value(json_object_get(c, "function"));
		if (called && strncmp(called, name, len) == 0 && (!called[len] || strcmp(called + len, "_pair") == 0))
			return true;
	}
	for (size_t k = 0; k < sizeof other_names / sizeof *other_names; k++)
		if (strcmp(other_names[k].function, name) == 0)
			return is_called(functions, other_names[k].case_name);
	for (size_t k = 0; k < sizeof without / sizeof *without; k++)
		if (strcmp(without[k].function, name) == 0)
			return true;
	return false;
}

bool golden_is_complete(struct arena *a, const json_t *functions)
{
	bool complete = true;
	for (int i = 0; op_registry[i]; i++)
		if (op_registry[i]->class == OP_ELEMENTWISE && op_registry[i]->inputs > 0 && !is_called(functions, op_registry[i]->name)) {
			fprintf(stderr, "nn_%s: no numbers from PyTorch; golden_torch.py makes them\n", op_registry[i]->name);
			complete = false;
		}
	for (const struct op_function *f = op_functions; f->file; f++) {
		const char *open = strchr(f->prototype, '('), *start = open;
		while (start > f->prototype && start[-1] != ' ' && start[-1] != '*')
			start--;
		const char *name = arena_strndup(a, start + 3, (size_t)(open - start) - 3);       /* without nn_ */
		const char *end = name + strlen(name) - (strlen(name) > 3 ? 3 : 0), *stem = arena_strndup(a, name, (size_t)(end - name));
		if (!is_called(functions, name) && !(strcmp(end, "_of") == 0 && is_called(functions, stem))) {
			fprintf(stderr, "nn_%s: no numbers from PyTorch; golden_torch.py makes them\n", name);
			complete = false;
		}
	}
	return complete;
}

/* ---- the graph of a case ------------------------------------------------------------------------------------- */

const json_t *golden_values(const json_t *c, int n, const char *name)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(c, "tries"), i, one)
		if (json_integer_value(json_object_get(one, "n")) == n && json_object_get(one, name))
			return json_object_get(one, name);
	return json_object_get(json_array_get(json_object_get(c, "tries"), 0), name);
}

static struct shape shape_of_json(const json_t *tensor, bool batch)
{
	struct shape s = {.batch = batch ? 0 : -1};
	size_t i;
	json_t *size;
	json_array_foreach(json_object_get(tensor, "shape"), i, size)
		s.dim[s.rank++] = json_integer_value(size);
	return s;
}

static nn_tensor called(const json_t *c, const struct call *call)
{
	const char *name = json_string_value(json_object_get(c, "function"));
	for (size_t i = 0; name && i < sizeof functions / sizeof *functions; i++)
		if (strcmp(functions[i].name, name) == 0)
			return functions[i].f(call);
	die("golden_cases.c cannot call %s", name ? name : "a function without a name");
}

void golden_name(const json_t *c, struct text *out)
{
	size_t i;
	json_t *arg;
	text_printf(out, "torch %s", json_string_value(json_object_get(c, "function")));
	json_array_foreach(json_object_get(c, "args"), i, arg)
		text_printf(out, " %g", json_number_value(arg));
}

static bool ends_with(const char *name, const char *end)
{
	return strlen(name) > strlen(end) && strcmp(name + strlen(name) - strlen(end), end) == 0;
}

struct graph *golden_graph(struct arena *a, const json_t *c, const char *graph_name)
{
	static struct watch_report report;              /* no module: nothing is in user code */
	struct trace_scope scope = {.arena = a, .report = &report};
	int batch = (int)json_integer_value(json_object_get(c, "batch"));
	const json_t *t = golden_values(c, batch, "t"), *w = golden_values(c, batch, "w");
	struct call call = {0};
	trace_begin(&scope);
	trace_graph_begin(graph_name, !ends_with(json_string_value(json_object_get(c, "function")), "_norm_eval"), true, batch);
	trace_in("golden", true);
	call.x = trace_leaf(NODE_INPUT, "x", shape_of_json(golden_values(c, batch, "x"), true));
	if (t)
		call.t = trace_leaf(NODE_TARGET, "t", shape_of_json(t, true));
	for (size_t i = 0; i < sizeof call.arg / sizeof *call.arg; i++)
		call.arg[i] = json_number_value(json_array_get(json_object_get(c, "args"), i));
	nn_tensor y = called(c, &call), loss = y;
	struct graph *g = trace_graph();
	if (w) {
		nn_tensor weights = trace_leaf(NODE_TARGET, "w", y->shape);
		loss = nn_sum(nn_mul(y, weights));
	}
	graph_output(g, "prediction", "y", y);
	graph_output(g, "prediction", "d_x", nn_grad(loss, call.x));
	graph_output(g, "loss", "loss", loss);
	trace_add_updates();
	return g;
}
