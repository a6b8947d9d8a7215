/* names.c: C names for nodes and names for sizes. Needs: labels and user names (name.c), a simplified graph.
** The user's names stay; what has none is called after its op and layer ("square_loss"), a gradient "d_" and the name of its value. */
#include "backend.h"

#include <ctype.h>
#include <string.h>

/* Words that generated text uses by itself: types and functions of real.h, loop variables, arguments, C's keywords. */
static const char *const reserved[] = {
	"a", "b", "c", "g", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "top", "sum", "scale", "shift", "step",
	"real", "scalar", "mask", "bits", "wide", "state", "hyper", "sums", "self", "memory", "inputs", "outputs", "params", "grads", "acts", "forward", "backward", "losses", "train",
	"evaluate", "predict", "main", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern",
	"float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static",
	"struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while", "bool", "true", "false", "asm", "typeof", "NULL",
	"from", "at", "before", "begin", "end", "first", "part", "rows", "best", "left", "right", "bottom", "there", "share", "place", "back", "up", "d", "row", "down", "block", "columns", "padded", "split", "spread", "turned", "u", "v", "f", "y0", "y1", "yn", "j0", "j1", "jn", "gamma", "exp", "log", "sin", "cos", "tan", "pow", "sqrt", "tanh", "erf", "abs", "floor", "ceil", "round",
	"linux", "unix", "signal", "time", "clock", "index", "read", "write", "open", "close", "exit", "abort", "free", "malloc", "printf"};

struct namer { struct plan *plan; VEC(const char *) taken; };

/* Most names differ in their first letter: with 1,000 programs the calls of strcmp were felt. */
static bool same(const char *a, const char *b)
{
	return *a == *b && strcmp(a, b) == 0;
}

static bool is_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (same(reserved[i], name))
			return true;
	return name_is_macro(name);
}

static bool is_cuda(const struct plan *p)
{
	return p->backend && *p->backend->self;
}

/* Functions of real.h end with an underscore; the user's `exp` must not hide exp_(). */
static bool is_function(const char *name)
{
	static const char *const math[] = {"exp_", "log_", "sin_", "cos_", "tan_", "pow_", "sqrt_", "tanh_", "erf_", "abs_", "floor_", "ceil_", "round_", "bool_", "index_"};
	for (size_t i = 0; i < sizeof math / sizeof *math; i++)
		if (same(math[i], name))
			return true;
	return false;
}

static bool is_taken(const struct namer *m, const char *name)
{
	for (int i = 0; i < m->taken.count; i++)
		if (same(m->taken.at[i], name))
			return true;
	return false;
}

/* `wish` as an identifier that nobody has: dots become _, a number is added where needed. */
static const char *unique(struct namer *m, const char *wish)
{
	struct arena *a = m->plan->arena;
	char *base = arena_strdup(a, wish), *name;
	bool underscore = *wish && wish[strlen(wish) - 1] == '_';
	for (char *c = base; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			*c = '_';
	if (isdigit((unsigned char)*base) || !*base)
		base = arena_printf(a, "v%s", base);
	if (is_reserved(base) || (is_cuda(m->plan) && name_is_cuda(base)))
		base = arena_printf(a, "%s_", base);
	if (underscore || is_function(base))
		base = arena_printf(a, "%svalue", base);
	name = base;
	for (int k = 2; is_taken(m, name); k++)
		name = arena_printf(a, base[strlen(base) - 1] == '_' ? "%s%d" : "%s_%d", base, k);
	VEC_PUSH(a, &m->taken, name);
	return name;
}

static const char *upper(struct arena *a, const char *s)
{
	char *u = arena_strdup(a, s);
	for (char *c = u; *c; c++)
		*c = isalnum((unsigned char)*c) ? (char)toupper((unsigned char)*c) : '_';
	return u;
}

static bool last_of_label(const struct graph *g, const struct node *n)
{
	for (int i = g->nodes.count - 1; i >= 0; i--) {
		const struct node *o = g->nodes.at[i];
		if (o->kind == NODE_OP && !o->backward && o->label && same(o->label, n->label))
			return o == n;
	}
	return false;
}

/* linear1 of linear: a label that name.c made, since no variable holds the value. */
static bool is_called_after(const char *label, const char *op)
{
	size_t len = strlen(op);
	return strncmp(label, op, len) == 0 && strspn(label + len, "0123456789") == strlen(label + len);
}

static const char *output_name(const struct graph *g, const struct node *n)
{
	for (int i = 0; i < g->outputs.count; i++) {
		const struct output *o = &g->outputs.at[i];
		if (o->node == n && strcmp(o->role, "grad") != 0)
			return strcmp(o->role, "prediction") != 0 ? o->name ? o->name : o->role : n->name ? NULL : "prediction";   /* name.c names what a variable holds */
	}
	return NULL;
}

/* Data called h1_forward would hide the function that computes h1, where that is called. */
static const char *data_name(struct plan *p, const char *name)
{
	size_t len = strlen(name);
	bool function = (len > 8 && strcmp(name + len - 8, "_forward") == 0) || (len > 9 && strcmp(name + len - 9, "_backward") == 0);
	return function ? arena_printf(p->arena, "%s_data", name) : name;
}

static void name_node(struct namer *m, struct node *n)
{
	struct plan *p = m->plan;
	struct node_plan *np = PLAN(p, n);
	const char *out = n->kind == NODE_OP ? output_name(p->graph, n) : NULL;
	if (n->kind == NODE_CONST)
		return;
	if (n->backward && n->adjoint_of && PLAN(p, n->adjoint_of)->c_name)
		np->c_name = unique(m, arena_printf(p->arena, "d_%s", PLAN(p, n->adjoint_of)->c_name));
	else if (out)
		np->c_name = unique(m, out);
	else if (n->ahead) {
		np->c_name = unique(m, arena_printf(p->arena, "slope_%s", n->label ? n->label : "value"));
		np->argument = unique(m, arena_printf(p->arena, "in_%s", n->label ? n->label : "value"));
	}
	else if (n->name)
		np->c_name = unique(m, n->kind == NODE_OP || n->kind == NODE_PARAM ? n->name : data_name(p, n->name));
	else if (n->label && !n->backward && (last_of_label(p->graph, n) || is_called_after(n->label, n->op->name)))
		np->c_name = unique(m, n->label);
	else
		np->c_name = unique(m, arena_printf(p->arena, "%s_%s", n->op->name, n->label ? n->label : n->backward ? "back" : "value"));
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static const char *new_size(struct plan *p, const char *wish, int64_t value)
{
	struct size_name s = {.value = value};
	const char *base = upper(p->arena, wish);
	if (name_is_macro(base) || (is_cuda(p) && name_is_cuda(base)))
		base = arena_printf(p->arena, "SIZE_%s", base);
	if (strlen(base) < 2)                      /* bodies use single letters themselves */
		base = arena_printf(p->arena, "%s_SIZE", base);
	s.name = base;
	for (int k = 2;; k++) {
		bool taken = false;
		for (int i = 0; i < p->sizes.count; i++) {
			struct size_name *known = &p->sizes.at[i];
			if (strcmp(known->name, s.name) != 0)
				continue;
			if (known->shared && known->value == value) {      /* evaluation and training of one layer */
				known->shared = false;
				return known->name;
			}
			taken = true;
		}
		for (int i = 0; i < p->graph->nodes.count && !taken; i++) {    /* a variable Q of the user's */
			const char *name = PLAN(p, p->graph->nodes.at[i])->c_name;
			taken = name && strcmp(name, s.name) == 0;
		}
		if (!taken)
			break;
		s.name = arena_printf(p->arena, "%s_%d", base, k);
	}
	VEC_PUSH(p->arena, &p->sizes, s);
	return s.name;
}

static const char *batch_text(struct plan *p, const struct shape *s)
{
	int64_t times = s->dim[s->batch] / p->graph->batch;
	return times == 1 ? "BATCH" : arena_printf(p->arena, "BATCH * %lld", (long long)times);
}

/* Of the loss or of the way back: nothing that the user would look for a size of its own. */
static bool is_derived(const struct node *n)
{
	return n->kind == NODE_OP && (n->backward || !n->label || strcmp(n->label, "loss") == 0 || strcmp(n->label, "accuracy") == 0);
}

/* What an op calls the size of a letter: "channels" of ".sizes = "O:channels P:height"". NULL: nothing. */
static const char *letter_name(struct plan *p, const struct op *op, int letter)
{
	for (const char *c = op->sizes; c && *c; c += strcspn(c, " "), c += *c == ' ')
		if (*c == letter && c[1] == ':')
			return arena_strndup(p->arena, c + 2, strcspn(c + 2, " "));
	return NULL;
}

/* The size of this value that was named last, if there is one. */
static const char *known_size(struct plan *p, const char *wish, int64_t value)
{
	for (int i = p->sizes.count - 1; i >= 0; i--)
		if (p->sizes.at[i].value == value)
			return p->sizes.at[i].name;
	return new_size(p, wish, value);
}

/* What a call moves about among its own values has the sizes that these have: a state that is cut out of a layer's is as wide as the first one. */
static const char *moved_size(const struct plan *p, const struct node *n, int64_t value)
{
	const struct graph *g = p->graph;
	if (n->kind != NODE_OP || n->op->class != OP_LAYOUT || !n->label)
		return NULL;
	for (int i = n->id - 1; i >= 0; i--) {
		const struct node *other = g->nodes.at[i];
		if (other->kind != NODE_OP || !other->label || strcmp(other->label, n->label) != 0 || (other->op->class != OP_KERNEL && other->op->class != OP_LAYOUT))
			continue;
		for (int axis = 0; axis < other->shape.rank; axis++)
			if (axis != other->shape.batch && other->shape.dim[axis] == value && PLAN(p, other)->size[axis])
				return PLAN(p, other)->size[axis];
	}
	return NULL;
}

/* One sample, an axis of size 1: written as is. Everything else gets its name from where the size came in. */
static void name_size(struct plan *p, struct node *n, int axis, const char *wish)
{
	const char **size = &PLAN(p, n)->size[axis];
	if (*size)
		return;
	if (axis == n->shape.batch)
		*size = batch_text(p, &n->shape);
	else if (n->shape.dim[axis] == 1 && n->kind == NODE_OP && n->op->class != OP_KERNEL)
		*size = "1";
	else if ((*size = moved_size(p, n, n->shape.dim[axis])) == NULL)
		*size = is_derived(n) ? known_size(p, wish, n->shape.dim[axis]) : new_size(p, wish, n->shape.dim[axis]);
}

static const char *axis_wish(struct plan *p, const struct node *n, int axis)
{
	const char *base = n->kind == NODE_OP && n->label ? n->label : PLAN(p, n)->c_name ? PLAN(p, n)->c_name : "size";
	if (strlen(base) < 2)
		base = n->kind == NODE_INPUT ? "in" : n->kind == NODE_TARGET ? "target" : "size";
	int named = n->shape.rank - (n->shape.batch >= 0);
	return named <= 1 ? base : arena_printf(p->arena, "%s_%d", base, axis - (n->shape.batch == 0));
}

static int64_t size_value(const struct plan *p, const char *name)
{
	for (int i = 0; i < p->sizes.count; i++)
		if (strcmp(p->sizes.at[i].name, name) == 0)
			return p->sizes.at[i].value;
	return -1;
}

static void sizes_of_body(struct plan *p, struct node *n)
{
	struct body_map map;
	plan_body(p, n, false, &map);
	const char *name['Z' + 1] = {NULL};
	for (int pass = 0; pass < 2; pass++)
		for (int k = 0; k < map.array_count; k++) {
			struct body_array *b = &map.arrays[k];
			struct node_plan *np = PLAN(p, b->node);
			int axes = b->node->shape.rank;
			for (int i = 0; i < b->count; i++) {
				int axis = axes - b->count + i;
				int letter = b->letters[i];
				if (axis < 0 || axis == b->node->shape.batch || (i == 0 && b->count < axes && !plan_axes_drop(p, b->node, b->count)) || letter < 'A' || letter > 'Z')
					continue;
				if (!pass && !name[letter])
					name[letter] = np->size[axis];
				else if (pass && !np->size[axis]) {
					const char *label = n->label ? n->label : PLAN(p, n)->c_name, *what = letter_name(p, n->op, letter);
					int64_t value = b->node->shape.dim[axis];
					for (int other = 'A'; other <= 'Z' && !name[letter] && what; other++)      /* a kernel as high as wide has one size */
						if (name[other] && letter_name(p, n->op, other) && strcmp(letter_name(p, n->op, other), what) == 0 && size_value(p, name[other]) == value)
							name[letter] = name[other];
					if (!name[letter])
						name[letter] = (is_derived(n) ? known_size : new_size)(p, what ? arena_printf(p->arena, "%s_%s", label, what) : label, value);
					np->size[axis] = name[letter];
				}
			}
		}
}

/* Axes keep the name of the input axis that they came from: aligned at the end, or any axis of that size. */
static void sizes_from_inputs(struct plan *p, struct node *n)
{
	for (int axis = 0; axis < n->shape.rank; axis++) {
		for (int k = 0; k < n->in_count && !PLAN(p, n)->size[axis]; k++) {
			struct node *in = n->in[k];
			int aligned = axis - n->shape.rank + in->shape.rank;
			if (aligned >= 0 && aligned != in->shape.batch && in->shape.dim[aligned] == n->shape.dim[axis] && axis != n->shape.batch)
				PLAN(p, n)->size[axis] = PLAN(p, in)->size[aligned];
		}
		for (int k = 0; k < n->in_count && n->op->class != OP_ELEMENTWISE; k++)
			for (int i = 0; i < n->in[k]->shape.rank && !PLAN(p, n)->size[axis]; i++)
				if (i != n->in[k]->shape.batch && axis != n->shape.batch && n->in[k]->shape.dim[i] == n->shape.dim[axis])
					PLAN(p, n)->size[axis] = PLAN(p, n->in[k])->size[i];
	}
}

/* A weight in the shape of what it meets, what is computed of weights alone, random numbers: who uses them has the names of the sizes. */
static bool meets_others(const struct node *n)
{
	if (n->kind != NODE_OP || n->shape.rank == 0)
		return false;
	return (n->op->class == OP_VIEW && n->in[0]->kind == NODE_PARAM) || (n->op->class == OP_ELEMENTWISE && (n->shape.batch < 0 || n->in_count == 0));
}

static void name_sizes(struct plan *p, struct node *n)
{
	if (n->kind == NODE_PARAM || n->kind == NODE_CONST)
		return;
	if (n->adjoint_of && shape_equal(&n->shape, &n->adjoint_of->shape))
		memcpy(PLAN(p, n)->size, PLAN(p, n->adjoint_of)->size, sizeof p->of->size);
	if (n->kind == NODE_OP && n->op->class == OP_KERNEL)
		sizes_of_body(p, n);
	if (n->kind == NODE_OP)
		sizes_from_inputs(p, n);
	if (meets_others(n))
		return;
	for (int axis = 0; axis < n->shape.rank; axis++)
		name_size(p, n, axis, axis_wish(p, n, axis));
}

/* A weight that is stretched over a value has its sizes. */
static void sizes_from_users(struct plan *p, const struct node *n)
{
	for (int k = 0; k < n->in_count; k++) {
		const struct node *in = n->in[k];
		for (int axis = 0; n->op->class == OP_ELEMENTWISE && axis < in->shape.rank; axis++) {
			int aligned = axis + n->shape.rank - in->shape.rank;
			if (!PLAN(p, in)->size[axis] && in->shape.dim[axis] == n->shape.dim[aligned] && in->shape.dim[axis] > 1 && aligned != n->shape.batch)
				PLAN(p, in)->size[axis] = PLAN(p, n)->size[aligned];
		}
		for (int axis = 0; n->op->class == OP_VIEW && in->kind == NODE_PARAM && axis < in->shape.rank; axis++)
			for (int i = 0; i < n->shape.rank && !PLAN(p, in)->size[axis]; i++)
				if (n->shape.dim[i] == in->shape.dim[axis])
					PLAN(p, in)->size[axis] = PLAN(p, n)->size[i];
	}
}

void plan_names(struct plan *p)
{
	struct graph *g = p->graph;
	graph_number(g);
	p->of = arena_alloc(p->arena, (size_t)(g->nodes.count + 1) * sizeof *p->of);
	struct namer m = {.plan = p};
	for (int i = 0; i < g->nodes.count; i++) {          /* what a gradient belongs to may be gone */
		struct node *of = g->nodes.at[i]->adjoint_of;
		if (of && (of->id < 0 || of->id >= g->nodes.count || g->nodes.at[of->id] != of))
			g->nodes.at[i]->adjoint_of = NULL;
	}
	for (int pass = 0; pass < 2; pass++)        /* leaves first: the user's data and weights get their names unchanged */
		for (int i = 0; i < g->nodes.count; i++)
			if ((g->nodes.at[i]->kind == NODE_OP) == pass)
				name_node(&m, g->nodes.at[i]);
	for (int i = 0; i < g->nodes.count; i++)
		name_sizes(p, g->nodes.at[i]);
	for (int i = g->nodes.count - 1; i >= 0; i--)
		if (g->nodes.at[i]->kind == NODE_OP)
			sizes_from_users(p, g->nodes.at[i]);
	for (int i = 0; i < g->nodes.count; i++) {
		if (meets_others(g->nodes.at[i]))
			sizes_from_inputs(p, g->nodes.at[i]);
		for (int axis = 0; axis < g->nodes.at[i]->shape.rank; axis++)
			name_size(p, g->nodes.at[i], axis, axis_wish(p, g->nodes.at[i], axis));
	}
}
