/* name.c: pass after tracing. Labels of the user's calls, names of their results and parameters, after the variables of the source: the calls
** of one statement are a layer, h = nn_tanh(nn_linear(x, 5)) is h with h.weight, unless several of them have parameters: then h1, h2. So
** it is in a loop; linear1 where the value goes to no variable. Names are unique in the graph, stable, and identifiers; names.c makes C names
** of them. Needs node->mark as trace_api.c leaves it: the number of the call, negative where the user named a parameter. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };

/* One call of the user and what it became. */
struct call {
	struct place at;
	const struct node *last;               /* its result: the last op of it */
	bool parameters;                       /* it made some, which get its label */
	int source, statement;                 /* 0: not known */
	uintptr_t address;                     /* of the call in the user's code: all calls in a macro have one place */
	const char *variable, *label;
	bool result;                           /* the last call of its label */
};
struct base { const char *name; int uses, next; };
struct namer {
	struct arena *arena;
	struct source *const *sources; int source_count;
	VEC(struct call) calls;                /* those with a result, in order */
	VEC(int) number;                       /* by node->mark: which of them, or -1 */
	VEC(struct base) bases;
	const char **taken; size_t taken_cap, taken_count;
};

/* ---- names that are in use ------------------------------------------------------------------ */

static size_t slot_of(const char *const *table, size_t cap, const char *name)
{
	size_t i = hash_bytes(name, strlen(name)).lo & (cap - 1);
	while (table[i] && strcmp(table[i], name) != 0)
		i = (i + 1) & (cap - 1);
	return i;
}

/* False when the name is in use already. */
static bool take(struct namer *n, const char *name)
{
	if (n->taken_count * 2 >= n->taken_cap) {
		size_t cap = n->taken_cap ? n->taken_cap * 2 : 256;
		const char **bigger = arena_alloc(n->arena, cap * sizeof *bigger);
		for (size_t i = 0; i < n->taken_cap; i++)
			if (n->taken[i])
				bigger[slot_of(bigger, cap, n->taken[i])] = n->taken[i];
		n->taken = bigger;
		n->taken_cap = cap;
	}
	size_t slot = slot_of(n->taken, n->taken_cap, name);
	if (n->taken[slot])
		return false;
	n->taken[slot] = name;
	n->taken_count++;
	return true;
}

/* Letters, digits and _ of a text that may be anything, such as a column's heading; which names.c then keeps apart from C's own words. */
static const char *fit(struct arena *a, const char *name, const char *otherwise)
{
	char clean[NAME_MAX_LENGTH - 8];
	size_t n = 0;
	for (; *name == '_'; name++)
		;                              /* a leading _ is the implementation's */
	for (; *name && n + 1 < sizeof clean; name++) {
		bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z'), digit = *name >= '0' && *name <= '9';
		if (!n && digit)
			clean[n++] = 'x';
		if (letter || digit)
			clean[n++] = *name;
		else if (n && clean[n - 1] != '_')
			clean[n++] = '_';
	}
	while (n && clean[n - 1] == '_')
		n--;
	clean[n < sizeof clean ? n : sizeof clean - 1] = 0;
	return n ? arena_strdup(a, clean) : otherwise;
}

static const char *numbered(struct namer *n, const char *base, int *next)
{
	size_t length = strlen(base);
	bool digit = length && base[length - 1] >= '0' && base[length - 1] <= '9';
	for (;;) {
		const char *name = arena_printf(n->arena, digit ? "%s_%d" : "%s%d", base, ++*next);
		if (take(n, name))
			return name;
	}
}

static struct base *base_of(struct namer *n, const char *name)
{
	for (int i = 0; i < n->bases.count; i++)
		if (strcmp(n->bases.at[i].name, name) == 0)
			return &n->bases.at[i];
	VEC_PUSH(n->arena, &n->bases, ((struct base){.name = name}));
	return &n->bases.at[n->bases.count - 1];
}

static const char *unique(struct namer *n, const char *name)
{
	if (take(n, name))
		return name;
	struct base *b = base_of(n, name);
	b->next = b->next ? b->next : 1;
	return numbered(n, name, &b->next);
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* The call's statement and variable, if debug information and libclang agree on where it is. */
static void find_statement(const struct namer *n, struct call *c)
{
	for (int i = 0; !c->variable && c->at.line > 0 && i < n->source_count; i++) {
		const char *name = n->sources[i] ? reflect_variable_at(n->sources[i], c->at.file, c->at.line, c->at.col) : NULL;
		int statement = n->sources[i] ? reflect_statement_at(n->sources[i], c->at.file, c->at.line, c->at.col) : 0;
		if (!statement)
			continue;
		c->variable = name && *name ? name : NULL;
		c->source = i;
		c->statement = statement;
	}
	if (c->at.line <= 0)
		c->variable = c->last->module;
}

static int call_of(const struct node *n)
{
	return n->mark < 0 ? -n->mark : n->mark;
}

static bool is_labelled(const struct node *n)
{
	return n->kind == NODE_OP || (n->kind == NODE_PARAM && n->mark >= 0);
}

static void collect_calls(struct namer *n, const struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *node = g->nodes.at[i];
		if (!is_labelled(node))
			continue;
		while (n->calls.count <= call_of(node)) {
			VEC_PUSH(n->arena, &n->calls, (struct call){0});
			VEC_PUSH(n->arena, &n->number, -1);
		}
		struct call *c = &n->calls.at[call_of(node)];
		c->at = node->at;
		if (node->kind == NODE_OP)
			c->last = node;
		else
			c->parameters = true;
	}
	int count = 0;
	for (int i = 0; i < n->calls.count; i++)
		if (n->calls.at[i].last) {
			n->calls.at[count] = n->calls.at[i];
			n->calls.at[count].address = trace_address(i);
			n->number.at[i] = count++;
		}
	n->calls.count = count;
}

/* Where the statement ends that begins with call `from`: a call that was in it already begins the next round of a loop. */
static int statement_end(const struct namer *n, int from)
{
	const struct call *first = &n->calls.at[from];
	int to = from + 1;
	for (; first->statement && to < n->calls.count; to++) {
		const struct call *c = &n->calls.at[to];
		if (c->statement != first->statement || c->source != first->source || c->label)
			return to;
		for (int i = from; i < to; i++)
			if (n->calls.at[i].address == c->address)
				return to;
	}
	return to;
}

/* A layer of a statement: calls up to the next one with parameters of its own. */
static int layer_end(const struct namer *n, int from, int end)
{
	bool parameters = false;
	for (int to = from; to < end; to++) {
		if (parameters && n->calls.at[to].parameters)
			return to;
		parameters = parameters || n->calls.at[to].parameters;
	}
	return end;
}

/* The variable, or the function that makes the parameters, or the last one. */
static const char *layer_base(const struct namer *n, int from, int to)
{
	const struct call *c = &n->calls.at[to - 1];
	if (c->variable)
		return fit(n->arena, c->variable, "h");
	for (int i = from; i < to; i++)
		if (n->calls.at[i].parameters)
			c = &n->calls.at[i];
	const char *function = c->parameters ? trace_function(c->last->mark) : NULL;
	return fit(n->arena, function ? function : c->last->op->name, "h");
}

/* Does something with each layer whose calls have no label yet. */
static void each_layer(struct namer *n, void (*visit)(struct namer *n, int from, int to))
{
	for (int i = 0, end, to; i < n->calls.count; i = end) {
		end = statement_end(n, i);
		for (int from = i; from < end; from = to) {
			to = layer_end(n, from, end);
			if (!n->calls.at[from].label)
				visit(n, from, to);
		}
	}
}

static void count_layer(struct namer *n, int from, int to)
{
	base_of(n, layer_base(n, from, to))->uses++;
}

/* A variable that gets one value keeps its name; several values are numbered in the order of the calls. */
static void label_layer(struct namer *n, int from, int to)
{
	struct base *b = base_of(n, layer_base(n, from, to));
	const char *label = n->calls.at[to - 1].variable && b->uses == 1 && take(n, b->name) ? b->name : numbered(n, b->name, &b->next);
	for (int i = from; i < to; i++)
		n->calls.at[i].label = label;
}

static void label_layers(struct namer *n)
{
	each_layer(n, count_layer);
	each_layer(n, label_layer);
	for (int i = 0; i < n->calls.count; i++)
		n->calls.at[i].result = i + 1 == n->calls.count || n->calls.at[i + 1].label != n->calls.at[i].label;
}

/* ---- leaves and nodes ------------------------------------------------------------------------ */

static void name_leaves(struct namer *n, struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++) {
		struct node *node = g->nodes.at[i];
		if (node->kind == NODE_INPUT)
			node->name = unique(n, fit(n->arena, node->name ? node->name : "", "x"));
		else if (node->kind == NODE_TARGET)
			node->name = unique(n, fit(n->arena, node->name ? node->name : "", "target"));
	}
	for (int i = 0; i < g->nodes.count; i++) {
		struct node *node = g->nodes.at[i];
		if (node->kind == NODE_PARAM && node->mark < 0)
			node->name = unique(n, fit(n->arena, node->name, "w"));
	}
}

/* Results get the label of their call; parameters that an op made, label and role: "h1.weight". */
static void name_nodes(struct namer *n, struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++) {
		struct node *node = g->nodes.at[i];
		if (!is_labelled(node))
			continue;
		int number = n->number.at[call_of(node)];
		if (number < 0) {                      /* a call that gave no result */
			node->name = unique(n, fit(n->arena, node->name, "w"));
			continue;
		}
		const struct call *c = &n->calls.at[number];
		node->label = c->label;
		if (node->kind == NODE_PARAM)
			node->name = unique(n, arena_printf(n->arena, "%s.%s", c->label, node->name));
		else if (node == c->last && c->result)
			node->name = c->variable ? c->label : NULL;
	}
}

static void namer_init(struct namer *n, struct graph *g, struct source *const *sources, int source_count)
{
	*n = (struct namer){.arena = g->arena, .sources = sources, .source_count = source_count};
	name_leaves(n, g);
	collect_calls(n, g);
	for (int i = 0; i < n->calls.count; i++)
		find_statement(n, &n->calls.at[i]);
}

void name_graph(struct graph *g, struct source *const *sources, int source_count)
{
	struct namer n;
	namer_init(&n, g, sources, source_count);
	label_layers(&n);
	name_nodes(&n, g);
	for (int i = 0; i < g->outputs.count; i++)
		if (g->outputs.at[i].of)
			g->outputs.at[i].name = g->outputs.at[i].of->name;
}

/* ---- the graph for evaluation --------------------------------------------------------------- */

static bool same_place(struct place a, struct place b)
{
	return a.line == b.line && a.col == b.col && (a.file == b.file || (a.file && b.file && strcmp(a.file, b.file) == 0));
}

/* Calls in order take the labels of those of `train` from the same place: what only training does is stepped over. */
static void labels_alike(struct namer *n, const struct graph *train)
{
	struct namer t = {.arena = n->arena};
	collect_calls(&t, train);
	for (int i = 0, at = 0; i < n->calls.count; i++) {
		struct call *c = &n->calls.at[i];
		int k = at;
		while (k < t.calls.count && !same_place(t.calls.at[k].at, c->at))
			k++;
		if (k == t.calls.count)
			continue;
		c->label = t.calls.at[k].last->label;
		take(n, c->label);
		at = k + 1;
	}
}

/* Searches from *at on, once around: both graphs have their parameters in about the same order. */
static const struct node *parameter_named(const struct graph *g, const char *name, int *at)
{
	for (int i = 0; i < g->nodes.count; i++, *at = (*at + 1) % g->nodes.count)
		if (g->nodes.at[*at]->kind == NODE_PARAM && strcmp(g->nodes.at[*at]->name, name) == 0)
			return g->nodes.at[*at];
	return NULL;
}

const struct node *name_alike(const struct graph *train, struct graph *eval, struct source *const *sources, int source_count)
{
	struct namer n;
	int at = 0;
	namer_init(&n, eval, sources, source_count);
	labels_alike(&n, train);
	label_layers(&n);
	name_nodes(&n, eval);
	for (int i = 0; i < eval->nodes.count; i++) {
		struct node *p = eval->nodes.at[i];
		if (p->kind != NODE_PARAM)
			continue;
		const struct node *same = parameter_named(train, p->name, &at);
		if (!same || !shape_equal(&same->shape, &p->shape) || strcmp(same->init, p->init) != 0)
			return p;
		p->trains = same->trains;
		p->lr = same->lr;
		p->weight_decay = same->weight_decay;
	}
	return NULL;
}
