/* case_values.c: the numbers of a case: what its leaves hold, and what it must compute, by the reference, by differences, or by PyTorch. */
#include "golden_cases.h"
#include "make_cases.h"

#include <math.h>
#include <string.h>

enum { TRIES = 40 };

double random_between(struct random *r, double low, double high)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return low + (high - low) * (double)(r->state >> 11) * 0x1p-53;
}

static bool is_integer(const struct op *op)
{
	return op->attrs[0] && strcmp(op->attrs[0], "classes:int") == 0;
}

/* Whether a leaf of a spec ("x0", "p1") holds indices. */
static bool holds_indices(const struct op *op, const struct node *leaf)
{
	return leaf->kind != NODE_TARGET && op->integers >> (leaf->name[1] - '0') & 1;
}

static void draw_leaves(struct made *m, struct random *random)
{
	struct graph *g = m->meaning;
	m->leaf = arena_alloc(&m->arena, (size_t)g->nodes.count * sizeof *m->leaf);
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		if (n->kind == NODE_OP || n->kind == NODE_CONST)
			continue;
		struct shape s = reference_shape(g, n, m->n);
		m->leaf[i] = arena_alloc(&m->arena, (size_t)shape_count(&s) * sizeof **m->leaf);
		for (int64_t e = 0; e < shape_count(&s); e++)
			if (n->kind == NODE_TARGET || !m->spec)
				m->leaf[i][e] = (float)random_between(random, -1, 1);
			else if (holds_indices(m->spec->op, n))
				m->leaf[i][e] = floor(random_between(random, 0, 3.999));
			else if (is_integer(m->spec->op))
				m->leaf[i][e] = floor(random_between(random, m->spec->op->low, m->spec->op->high + 1));
			else
				m->leaf[i][e] = (float)random_between(random, m->spec->op->low, m->spec->op->high);
	}
}

static number case_loss(struct made *m)
{
	struct reference r;
	reference_open(&r, m->meaning, m->n, m->leaf);
	number loss = reference_value(&r, graph_find_output(m->meaning, "loss"))->at[0];
	reference_close(&r);
	return loss;
}

number case_slope(struct made *m, number *x, number h)
{
	number at = *x;
	*x = at + h;
	number up = case_loss(m);
	*x = at - h;
	number down = case_loss(m);
	*x = at;
	return (up - down) / (2 * h);
}

/* d loss / d leaf by central differences. Near a kink, where two steps disagree, nothing is known: false. */
static bool slopes(struct made *m, int leaf, number *out)
{
	struct shape s = reference_shape(m->meaning, m->meaning->nodes.at[leaf], m->n);
	bool known = true;
	for (int64_t e = 0; e < shape_count(&s); e++) {
		out[e] = case_slope(m, &m->leaf[leaf][e], 1e-5L);
		if (!(fabsl(out[e] - case_slope(m, &m->leaf[leaf][e], 3e-6L)) <= 1e-7L * (1 + fabsl(out[e])))) {
			out[e] = NAN;
			known = false;
		}
	}
	return known;
}

const struct node *case_leaf(const struct graph *g, const char *name)
{
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->name && strcmp(g->nodes.at[i]->name, name) == 0 && g->nodes.at[i]->kind != NODE_OP)
			return g->nodes.at[i];
	die("no leaf %s", name);
}

void case_write_values(FILE *f, const struct graph *g, const struct node *n, int samples, const number *values)
{
	int64_t count = shape_count(&n->shape), index[RANK_MAX];
	for (int64_t e = 0; e < count; e++) {
		int64_t rest = e, place = 0;
		for (int i = n->shape.rank - 1; i >= 0; i--) {
			index[i] = rest % n->shape.dim[i];
			rest /= n->shape.dim[i];
		}
		struct shape s = reference_shape(g, n, samples);
		bool there = true;
		for (int i = 0; i < s.rank; i++) {
			there = there && index[i] < s.dim[i];
			place = place * s.dim[i] + index[i];
		}
		double v = there ? (double)values[place] : NAN;
		fwrite(&v, sizeof v, 1, f);
	}
}

static void write_leaves(struct made *m, FILE *f, enum node_kind kind)
{
	for (int i = 0; i < m->graph->nodes.count; i++) {
		const struct node *n = m->graph->nodes.at[i];
		if (n->kind == kind)
			case_write_values(f, m->graph, n, m->n, m->leaf[case_leaf(m->meaning, n->name)->id]);
	}
}

/* Predictions, loss, gradients: as the program will be asked for them. False: draw other numbers. */
static bool write_expected(struct made *m, FILE *f)
{
	struct reference r;
	number *slope = arena_alloc(&m->arena, 10000 * sizeof *slope);
	reference_open(&r, m->meaning, m->n, m->leaf);
	bool ok = true;
	for (int i = 0; i < m->graph->outputs.count; i++) {
		const struct output *o = &m->graph->outputs.at[i];
		bool gradient = strncmp(o->name, "d_", 2) == 0 || strcmp(o->role, "grad") == 0;
		if (gradient) {
			const struct node *leaf = case_leaf(m->meaning, o->name + 2 * (strncmp(o->name, "d_", 2) == 0));
			ok = slopes(m, leaf->id, slope) && ok;
			case_write_values(f, m->meaning, leaf, m->n, slope);
		} else {
			const struct node *n = m->meaning->outputs.at[i].node;
			case_write_values(f, m->meaning, n, m->n, reference_value(&r, n)->at);
		}
	}
	reference_close(&r);
	return ok;
}

static void write_golden(struct made *m, FILE *f, const struct node *n, const char *name)
{
	const json_t *values = json_object_get(golden_values(m->golden, m->n, name), "values");
	struct shape s = reference_shape(m->graph, n, m->n);
	number *at = arena_alloc(&m->arena, (size_t)shape_count(&s) * sizeof *at);
	if ((int64_t)json_array_size(values) < shape_count(&s))
		die("%s: %s has %zu values for %d samples, %lld are needed", m->name.at, name, json_array_size(values), m->n, (long long)shape_count(&s));
	for (int64_t e = 0; e < shape_count(&s); e++)
		at[e] = json_number_value(json_array_get(values, (size_t)e));
	case_write_values(f, m->graph, n, m->n, at);
}

/* The loss of a function that is none is a sum with weights, which torch's numbers do not hold: it is not looked at. */
static void write_golden_values(struct made *m, FILE *f)
{
	for (enum node_kind kind = NODE_INPUT; kind <= NODE_TARGET; kind++)
		for (int i = 0; i < m->graph->nodes.count; i++)
			if (m->graph->nodes.at[i]->kind == kind)
				write_golden(m, f, m->graph->nodes.at[i], m->graph->nodes.at[i]->name);
	for (int i = 0; i < m->graph->nodes.count; i++)
		if (m->graph->nodes.at[i]->kind == NODE_PARAM)
			write_golden(m, f, m->graph->nodes.at[i], m->graph->nodes.at[i]->name);
	for (int i = 0; i < m->graph->outputs.count; i++) {
		const struct output *o = &m->graph->outputs.at[i];
		const number unknown = NAN;
		if (strcmp(o->role, "grad") == 0 || strcmp(o->role, "update") == 0)
			write_golden(m, f, o->node, arena_printf(&m->arena, "%c_%s", *o->role == 'g' ? 'd' : 'u', o->name));
		else if (strcmp(o->name, "loss") == 0 && golden_values(m->golden, m->n, "w"))
			case_write_values(f, m->graph, o->node, m->n, &unknown);
		else
			write_golden(m, f, o->node, strcmp(o->name, "d_x") == 0 ? "dx" : "y");
	}
}

static void write_all_leaves(struct made *m, FILE *f, struct random *random)
{
	draw_leaves(m, random);
	write_leaves(m, f, NODE_INPUT);
	write_leaves(m, f, NODE_TARGET);
	write_leaves(m, f, NODE_PARAM);
}

void case_write_expected(struct made *m, FILE *f, int seed)
{
	long start = ftell(f);
	struct random random = {(uint64_t)seed * 7919 + (uint64_t)m->n};
	if (m->golden) {
		write_golden_values(m, f);
		return;
	}
	if (m->random) {
		write_all_leaves(m, f, &random);
		random_write_expected(m, f, &random);
		return;
	}
	for (int i = 0; i < TRIES; i++) {
		fseek(f, start, SEEK_SET);
		write_all_leaves(m, f, &random);
		if (write_expected(m, f))
			return;
	}
	die("%s: no numbers away from kinks", m->name.at);
}
