/* random_graph.c: see random_graph.h. Any op of the registry: with operands whose shapes happen to fit its rule, or with the attributes of one
** of its test cases and operands that are brought into those shapes. Operands are squeezed into the range of the op first, so that no number
** leaves its domain. */
#include "random_graph.h"

#include <string.h>

enum { NODES_MAX = 64, ELEMENTS_MAX = 120, ATTEMPTS = 400, LEAVES_MAX = 12 };
struct grower { struct graph *g; const struct specs *specs; uint64_t state; struct node *at[NODES_MAX]; int count, leaves, labels; const char *label; };

static unsigned below(struct grower *r, unsigned n)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(r->state >> 33) % n;
}

static struct node *add_op(struct grower *r, const char *op, int count, struct node *const *in, const struct attr *attrs)
{
	struct node *n = g_op(r->g, op, count, in, attrs, (struct place){0});
	n->label = r->label;
	return n;
}

/* Numbers around 0 as numbers of low .. high. */
static struct node *squeezed(struct grower *r, struct node *x, double low, double high)
{
	struct node *s = add_op(r, "sigmoid", 1, &x, NULL), *width = graph_const(r->g, high - low), *start = graph_const(r->g, low);
	struct node *scaled = add_op(r, "mul", 2, (struct node *[]){s, width}, NULL);
	return add_op(r, "add", 2, (struct node *[]){scaled, start}, NULL);
}

static void random_attrs(struct grower *r, const struct op *op, const struct node *x, struct attr *attr)
{
	for (int i = 0; i < ATTR_MAX && op->attrs[i]; i++) {
		const char *name = op->attrs[i];
		if (name[strlen(name) - 1] == '?')
			continue;                       /* the cases of specs.c have them */
		attr[i].count = 1;
		if (strncmp(name, "axes", 4) == 0) {
			attr[i].count = 0;
			for (int axis = 0; axis < x->shape.rank; axis++)
				if (below(r, 2))
					attr[i].i[attr[i].count++] = axis;
		} else if (strncmp(name, "order", 5) == 0) {
			attr[i].count = x->shape.rank;
			for (int axis = 0; axis < x->shape.rank; axis++) {
				int j = (int)below(r, (unsigned)axis + 1);
				attr[i].i[axis] = attr[i].i[j];
				attr[i].i[j] = axis;
			}
		} else if (strncmp(name, "shape", 5) == 0) {
			attr[i].count = 0;
			for (int axis = 0; axis < x->shape.rank; axis++)
				if (!(below(r, 2) && attr[i].count && x->shape.batch < axis))
					attr[i].i[attr[i].count++] = x->shape.dim[axis] == 1 ? 1 + below(r, 3) : x->shape.dim[axis];
				else
					attr[i].i[attr[i].count - 1] *= x->shape.dim[axis];
		} else if (strncmp(name, "batch", 5) == 0) {
			attr[i].i[0] = x->shape.batch;
		} else if (strncmp(name, "axis", 4) == 0) {
			attr[i].i[0] = x->shape.rank ? below(r, (unsigned)x->shape.rank) : 0;
		} else if (strncmp(name, "start", 5) == 0) {
			attr[i].i[0] = below(r, 2);
		} else if (strcmp(name, "eps:float") == 0) {
			attr[i].f = 1e-2;               /* 0 would be divided by where the numbers of a row are equal */
		} else if (strstr(name, ":float")) {
			attr[i].f = 0.25 * (1 + below(r, 4));
		} else {
			attr[i].i[0] = below(r, 4);     /* stop, step, size, classes, flags */
		}
	}
}

static struct node *any(struct grower *r)
{
	return r->at[below(r, (unsigned)r->count)];
}

/* A gradient with respect to something before it: NULL when that makes no sense. */
static struct node *random_grad(struct grower *r)
{
	struct node *y = any(r), *x = any(r);
	if (below(r, 3) || shape_count(&x->shape) > 24 || x->kind == NODE_CONST)
		return NULL;
	struct node *d = add_op(r, "grad", 2, (struct node *[]){y, x}, NULL);
	return add_op(r, "tanh", 1, &d, NULL);
}

static struct node *add_leaf(struct grower *r, struct shape s)
{
	bool input = s.batch >= 0;
	struct node *n = graph_leaf(r->g, input ? NODE_INPUT : NODE_PARAM, arena_printf(r->g->arena, "%s%d", input ? "x" : "p", r->leaves++), s);
	n->init = input ? NULL : "zeros";
	return r->at[r->count++] = n;
}

/* ---- an op with the shapes of one of its test cases -------------------------------------------- */

static struct node *reshaped(struct grower *r, struct node *x, const struct shape *s)
{
	struct attr attr[ATTR_MAX] = {{.count = s->rank}, {.count = 1, .i = {s->batch}}};
	memcpy(attr[0].i, s->dim, sizeof attr[0].i);
	return add_op(r, "reshape", 1, &x, attr);
}

/* Something that is there already, as it is or reshaped, or a new leaf. */
static struct node *of_shape(struct grower *r, const struct shape *s)
{
	int start = (int)below(r, (unsigned)r->count);
	for (int i = 0; i < r->count && below(r, 5); i++) {
		struct node *n = r->at[(start + i) % r->count];
		if (shape_equal(&n->shape, s) && n->kind != NODE_CONST)
			return n;
		bool batches = n->shape.batch == s->batch && (s->batch < 0 || (s->batch == 0 && n->shape.dim[0] == s->dim[0]));
		if (batches && s->rank && n->shape.rank && shape_count(&n->shape) == shape_count(s))
			return reshaped(r, n, s);
	}
	return r->leaves < LEAVES_MAX ? add_leaf(r, *s) : NULL;
}

static bool wants_batch(const struct grower *r, const struct spec *s)
{
	bool any = false;
	for (int k = 0; k < s->in_count; k++)
		any = any || s->in[k].batch >= 0;
	return !any || s->batch == r->g->batch;
}

static const struct spec *random_spec(struct grower *r, const struct op *op)
{
	const struct spec *chosen = NULL;
	unsigned count = 0;
	for (int i = 0; i < r->specs->list.count; i++) {
		const struct spec *s = &r->specs->list.at[i];
		if (s->op == op && !s->second && wants_batch(r, s) && below(r, ++count) == 0)
			chosen = s;
	}
	return chosen;
}

static struct node *whole_numbers(struct grower *r, struct node *x, double low, double high)
{
	struct node *y = squeezed(r, x, low, high + 0.99);
	return add_op(r, "floor", 1, &y, NULL);
}

static bool is_integer(const struct op *op, int k)
{
	return op->integers >> k & 1 || (op->attrs[0] && strcmp(op->attrs[0], "classes:int") == 0);
}

static struct node *spec_op(struct grower *r, const struct op *op)
{
	const struct spec *s = random_spec(r, op);
	struct node *in[INPUT_MAX];
	if (!s)
		return NULL;
	struct node probe = {.kind = NODE_OP, .op = op, .in_count = s->in_count}, leaf[INPUT_MAX] = {0};
	for (int k = 0; k < s->in_count; k++) {
		leaf[k].shape = s->in[k];
		probe.in[k] = &leaf[k];
	}
	memcpy(probe.attr, s->attr, sizeof probe.attr);
	struct text why = {0};
	bool fits = shape_infer(&probe, &probe.shape, &why) && shape_count(&probe.shape) <= ELEMENTS_MAX && r->count + s->in_count < NODES_MAX - 1
		&& (probe.shape.batch < 0 || probe.shape.dim[probe.shape.batch] % r->g->batch == 0);
	text_free(&why);
	for (int k = 0; k < s->in_count && fits; k++) {
		in[k] = of_shape(r, &s->in[k]);
		if (!in[k])
			return NULL;
		if (is_integer(op, k))
			in[k] = whole_numbers(r, in[k], 0, 3);
	}
	if (!fits)
		return NULL;
	struct node *n = add_op(r, op->name, s->in_count, in, s->attr);
	return op->class == OP_KERNEL || below(r, 3) == 0 ? add_op(r, "tanh", 1, &n, NULL) : n;
}

/* ---- an op with whatever is there --------------------------------------------------------------- */

static struct node *free_op(struct grower *r, const struct op *op)
{
	struct node probe = {.kind = NODE_OP, .op = op, .in_count = op->inputs >= 0 ? op->inputs : 1 + (int)below(r, 3)};
	for (int k = 0; k < probe.in_count; k++)
		probe.in[k] = any(r);
	if (probe.in_count)
		random_attrs(r, op, probe.in[0], probe.attr);
	struct text why = {0};
	bool fits = shape_infer(&probe, &probe.shape, &why) && shape_count(&probe.shape) <= ELEMENTS_MAX
		&& (probe.shape.batch < 0 || probe.shape.dim[probe.shape.batch] % r->g->batch == 0);
	text_free(&why);
	if (!fits)
		return NULL;
	bool any_number = op->low <= -2 && op->high >= 2 && op->class != OP_KERNEL;
	for (int k = 0; k < probe.in_count && op->class == OP_ELEMENTWISE && !any_number; k++)
		probe.in[k] = squeezed(r, probe.in[k], op->low, op->high);
	struct node *n = add_op(r, op->name, probe.in_count, probe.in, probe.attr);
	return op->class == OP_KERNEL || below(r, 3) == 0 ? add_op(r, "tanh", 1, &n, NULL) : n;
}

static struct node *random_op(struct grower *r)
{
	const struct op *op = op_registry[below(r, (unsigned)op_count)];
	if (op->class == OP_GRAD)
		return random_grad(r);
	bool of_cases = op->test_inputs || op->sig;
	return of_cases && (below(r, 3) || is_integer(op, 0) || op->integers) ? spec_op(r, op) : free_op(r, op);
}

static void leaves(struct grower *r)
{
	static const int64_t sizes[] = {1, 2, 3, 4};
	int inputs = 1 + (int)below(r, 2), params = 1 + (int)below(r, 3);
	for (int i = 0; i < inputs + params; i++) {
		bool input = i < inputs;
		struct shape s = {.rank = (int)below(r, 3) + input, .batch = input ? 0 : -1};
		for (int axis = 0; axis < s.rank; axis++)
			s.dim[axis] = axis == 0 && input ? r->g->batch : sizes[below(r, 4)];
		add_leaf(r, s);
	}
	r->at[r->count++] = graph_const(r->g, 0.5);
}

/* The loss: every result that nobody used, and the last, times weights. */
static struct node *grown_loss(struct grower *r)
{
	struct node *loss = NULL;
	graph_count_uses(r->g);
	for (int i = 0, w = 0; i < r->count; i++) {
		struct node *n = r->at[i];
		if ((n->mark && i + 1 < r->count) || n->kind == NODE_CONST)
			continue;
		struct node *weights = graph_leaf(r->g, NODE_TARGET, arena_printf(r->g->arena, "w%d", w++), n->shape);
		struct attr all[ATTR_MAX] = {{.count = n->shape.rank}, {.count = 1}};
		for (int axis = 0; axis < n->shape.rank; axis++)
			all[0].i[axis] = axis;
		r->label = NULL;
		struct node *y = add_op(r, "mul", 2, (struct node *[]){n, weights}, NULL);
		y = n->shape.rank ? add_op(r, "sum", 1, &y, all) : y;
		loss = loss ? add_op(r, "add", 2, (struct node *[]){loss, y}, NULL) : y;
	}
	return loss;
}

struct graph *random_graph(struct arena *a, const struct specs *specs, unsigned seed, const char *graph_name)
{
	static const int batches[] = {1, 1, 2, 3, 4};
	struct grower r = {.g = graph_new(a, graph_name), .specs = specs, .state = seed * 2654435761u + 12345};
	r.g->float64 = true;
	r.g->batch = batches[below(&r, 5)];
	leaves(&r);
	int wanted = 3 + (int)below(&r, 8);
	for (int i = 0, made = 0; i < ATTEMPTS && made < wanted && r.count < NODES_MAX - 1; i++) {
		if (below(&r, 3) == 0 || !r.label)
			r.label = arena_printf(a, "h%d", ++r.labels);
		struct node *n = random_op(&r);
		if (!n)
			continue;
		r.at[r.count++] = n;
		made++;
		if (below(&r, 4) == 0 && n->kind == NODE_OP)
			graph_output(r.g, "prediction", arena_printf(a, "y%d", r.g->outputs.count), n);
	}
	struct node *loss = grown_loss(&r);
	for (int i = 0; i < r.count; i++)
		if (r.at[i]->kind == NODE_INPUT)
			graph_output(r.g, "prediction", arena_printf(a, "d_%s", r.at[i]->name), g_op(r.g, "grad", 2, (struct node *[]){loss, r.at[i]}, NULL, loss->at));
	graph_output(r.g, "loss", "loss", loss);
	return r.g;
}
