/* name.c: pass after tracing. Labels of the user's calls, names of their results and parameters, after the variables of the source: h1, h2
** in a loop, linear1 where the value goes to no variable. Names are unique in the graph, stable, and identifiers; names.c makes C names of
** them. Needs node->mark as trace_api.c leaves it: the number of the call, negative where the user named a parameter. Breaks node->mark. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };

/* One call of the user and what it became. */
struct call {
	struct place at;
	const struct node *last;               /* its result: the last op of it */
	const char *base, *label;
	bool numbered;                         /* no variable: the op's name with a number */
};
struct base { const char *name; int uses, next; };
struct namer {
	struct arena *arena;
	struct source *const *sources; int source_count;
	VEC(struct call) calls;                /* by number of the call */
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

static const char *variable(const struct namer *n, struct place at)
{
	const char *name = NULL;
	for (int i = 0; !name && at.line > 0 && i < n->source_count; i++)
		if (n->sources[i])
			name = reflect_variable_at(n->sources[i], at.file, at.line, at.col);
	return name && *name ? name : NULL;
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
		while (n->calls.count <= call_of(node))
			VEC_PUSH(n->arena, &n->calls, (struct call){0});
		struct call *c = &n->calls.at[call_of(node)];
		c->at = node->at;
		if (node->kind == NODE_OP)
			c->last = node;
	}
	for (int i = 0; i < n->calls.count; i++) {
		struct call *c = &n->calls.at[i];
		if (!c->last)
			continue;
		const char *name = c->at.line > 0 ? variable(n, c->at) : c->last->module;
		c->numbered = !name;
		c->base = fit(n->arena, name ? name : c->last->op->name, "h");
		base_of(n, c->base)->uses++;
	}
}

/* A variable that gets one value keeps its name; several values are numbered in the order of the calls. */
static void label_call(struct namer *n, struct call *c)
{
	struct base *b = base_of(n, c->base);
	if (!c->numbered && b->uses == 1 && take(n, c->base))
		c->label = c->base;
	else
		c->label = numbered(n, c->base, &b->next);
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
		struct call *c = &n->calls.at[call_of(node)];
		node->label = c->label;
		if (node->kind == NODE_PARAM && c->label)
			node->name = unique(n, arena_printf(n->arena, "%s.%s", c->label, node->name));
		else if (node == c->last)
			node->name = c->label;
	}
}

static void namer_init(struct namer *n, struct graph *g, struct source *const *sources, int source_count)
{
	*n = (struct namer){.arena = g->arena, .sources = sources, .source_count = source_count};
	name_leaves(n, g);
	collect_calls(n, g);
}

void name_graph(struct graph *g, struct source *const *sources, int source_count)
{
	struct namer n;
	namer_init(&n, g, sources, source_count);
	for (int i = 0; i < n.calls.count; i++)
		if (n.calls.at[i].last)
			label_call(&n, &n.calls.at[i]);
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
	int at = 0;
	for (int i = 0; i < n->calls.count; i++) {
		struct call *c = &n->calls.at[i];
		if (!c->last)
			continue;
		int k = at;
		while (k < train->nodes.count && !(train->nodes.at[k]->kind == NODE_OP && train->nodes.at[k]->label
			&& train->nodes.at[k]->name && same_place(train->nodes.at[k]->at, c->at)))
			k++;
		if (k == train->nodes.count)
			continue;
		c->label = train->nodes.at[k]->label;
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
	for (int i = 0; i < n.calls.count; i++)
		if (n.calls.at[i].last && !n.calls.at[i].label)
			label_call(&n, &n.calls.at[i]);
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
