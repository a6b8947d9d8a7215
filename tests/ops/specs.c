/* specs.c: see specs.h. Shapes come from the op's test_inputs, else from its signature, else they are those of broadcasting. */
#include "specs.h"

#include <string.h>

struct maker { struct arena *arena; struct specs *out; bool all_places; };

static struct shape dims(const char *text)
{
	struct shape s = {.batch = -1};
	for (; *text; text++)
		s.dim[s.rank++] = *text - '0';
	return s;
}

/* ---- the batch axis ------------------------------------------------------------------------- */

static bool fits(struct spec *s)
{
	struct node node = {.kind = NODE_OP, .op = s->op, .in_count = s->in_count}, in[INPUT_MAX];
	struct shape result;
	struct text why = {0};
	memset(in, 0, sizeof in);
	for (int k = 0; k < s->in_count; k++) {
		in[k].shape = s->in[k];
		node.in[k] = &in[k];
	}
	memcpy(node.attr, s->attr, sizeof node.attr);
	bool ok = shape_infer(&node, &result, &why) && (result.batch < 0 || result.dim[result.batch] % s->batch == 0);
	text_free(&why);
	return ok;
}

static void add(struct maker *m, struct spec s)
{
	if (!fits(&s))
		return;
	for (int i = 0; i < m->out->list.count; i++)
		if (memcmp(&m->out->list.at[i], &s, sizeof s) == 0)
			return;
	VEC_PUSH(m->arena, &m->out->list, s);
}

static int batch_attr(const struct op *op)
{
	for (int i = 0; i < ATTR_MAX && op->attrs[i]; i++)
		if (strcmp(op->attrs[i], "batch:int") == 0)
			return i;
	return -1;
}

/* Size `from` becomes 1 wherever it stands. */
static struct spec shrunk(struct spec s, int64_t from)
{
	int shape = batch_attr(s.op) - 1;       /* "shape:ints" stands before "batch:int" */
	for (int k = 0; k < s.in_count; k++)
		for (int i = 0; i < s.in[k].rank; i++)
			s.in[k].dim[i] = s.in[k].dim[i] == from ? 1 : s.in[k].dim[i];
	for (int i = 0; shape >= 0 && i < s.attr[shape].count; i++)
		s.attr[shape].i[i] = s.attr[shape].i[i] == from ? 1 : s.attr[shape].i[i];
	return s;
}

/* One choice of batch axes: with batches of the whole axis, of half of it, and of 1. */
static void add_choice(struct maker *m, struct spec s)
{
	int64_t size = 0;
	for (int k = 0; k < s.in_count; k++) {
		if (s.in[k].batch < 0)
			continue;
		int64_t d = s.in[k].dim[s.in[k].batch];
		if (size && d != size)
			return;
		size = d;
	}
	if (size < 2)
		return;
	s.batch = (int)size;
	add(m, s);
	s.batch = (int)size / 2;
	if (m->all_places && size % 2 == 0 && size > 2)
		add(m, s);
	s = shrunk(s, size);
	s.batch = 1;
	add(m, s);
}

static void place_batch(struct maker *m, struct spec s, int operand)
{
	int attr = batch_attr(s.op);
	if (operand == s.in_count) {
		int axes = attr >= 0 ? s.attr[attr - 1].count : 0;
		for (int axis = -1; axis < axes; axis++) {
			if (attr >= 0)
				s.attr[attr].i[0] = axis;
			add_choice(m, s);
		}
		return;
	}
	int last = m->all_places ? s.in[operand].rank : s.in[operand].rank > 0;
	for (int axis = -1; axis < last; axis++) {
		s.in[operand].batch = axis;
		place_batch(m, s, operand + 1);
	}
}

static void add_all(struct maker *m, struct spec s)
{
	add(m, s);
	place_batch(m, s, 0);
}

/* ---- shapes --------------------------------------------------------------------------------- */

static void from_test_inputs(struct maker *m, struct spec s)
{
	for (int variant = 0;; variant++) {
		for (int k = 0; k < INPUT_MAX; k++)
			s.in[k] = (struct shape){.rank = -1};
		if (!s.op->test_inputs(variant, s.in, s.attr))
			return;
		s.in_count = 0;
		for (int k = 0; k < INPUT_MAX && s.in[k].rank >= 0; k++)
			s.in[s.in_count++].batch = -1;
		for (int k = s.in_count; k < INPUT_MAX; k++)
			s.in[k] = (struct shape){.batch = -1};
		add_all(m, s);
	}
}

/* "x[B,I] w[O,I]": B is no axis, one or two, each other letter a size of its own. */
static void from_signature(struct maker *m, struct spec s)
{
	static const char *const leads[] = {"", "4", "62", "24", "1"};   /* the last: every size is 1 */
	for (size_t lead = 0; lead < sizeof leads / sizeof *leads; lead++) {
		int k = 0;
		for (const char *c = strchr(s.op->sig, '['); c && c < strstr(s.op->sig, "->"); c = strchr(c, '['), k++) {
			char text[RANK_MAX + 1] = "";
			for (; *c != ']'; c++)
				if (*c == 'B')
					strcat(text, leads[lead]);
				else if (*c >= 'A' && *c <= 'Z')
					strncat(text, (char[]){lead + 1 < sizeof leads / sizeof *leads ? (char)('2' + *c % 4) : '1', 0}, 1);
			s.in[k] = dims(text);
		}
		s.in_count = k;
		add_all(m, s);
	}
}

static void from_broadcasting(struct maker *m, struct spec s, bool many)
{
	static const char *const one[][3] = {{"34"}, {"5"}, {""}, {"213"}, {"324"}};
	static const char *const two[][3] = {{"34", "34"}, {"34", ""}, {"", "34"}, {"34", "4"}, {"31", "14"}, {"232", "31"}, {"3", ""}, {"", ""}};
	static const char *const three[][3] = {{"34", "34", "34"}, {"34", "", ""}, {"4", "31", "211"}, {"", "3", "3"}};
	static const int counts[] = {sizeof one / sizeof *one, sizeof two / sizeof *two, sizeof three / sizeof *three};
	const char *const (*sets)[3] = s.in_count == 1 ? one : s.in_count == 2 ? two : three;
	for (int i = 0; i < (many ? counts[s.in_count - 1] : 1); i++) {
		for (int k = 0; k < s.in_count; k++)
			s.in[k] = dims(sets[i][k]);
		add_all(m, s);
	}
}

static bool has_gradient(const struct op *op)
{
	return op->grad || op->derivative[0] || op->derivative[1] || op->derivative[2];
}

static void add_seconds(struct maker *m, int first)
{
	int count = m->out->list.count;
	for (int i = first; i < count; i++) {
		struct spec s = m->out->list.at[i];
		s.second = true;
		if (has_gradient(s.op) && (m->all_places || i == first || i == first + 1))
			VEC_PUSH(m->arena, &m->out->list, s);
	}
}

void specs_collect(struct arena *a, struct specs *out)
{
	bool seen[4] = {false};
	for (int i = 0; op_registry[i]; i++) {
		struct spec s;
		memset(&s, 0, sizeof s);        /* specs are compared as bytes */
		s.op = op_registry[i];
		s.batch = 1;
		struct maker m = {a, out, true};
		int first = out->list.count;
		if (s.op->class == OP_GRAD)
			continue;                   /* in every graph */
		if (s.op->test_inputs) {
			from_test_inputs(&m, s);
		} else if (s.op->sig) {
			from_signature(&m, s);
		} else if (s.op->inputs == 0) {
			s.batch = 3;
			add(&m, s);
		} else if (s.op->class == OP_ELEMENTWISE) {
			s.in_count = s.op->inputs;
			m.all_places = !seen[s.in_count];
			seen[s.in_count] = true;
			from_broadcasting(&m, s, m.all_places);
		}
		if (out->list.count == first)
			die("%s: no test shapes; the op needs a signature or test_inputs", s.op->name);
		add_seconds(&m, first);
	}
}

static bool same_kind(const struct spec *a, const struct spec *b)
{
	return a->op == b->op && a->second == b->second && (a->batch > 1) == (b->batch > 1);
}

/* The third derivative of a layer: `all` has its numbers, and compiling those of recurrent layers in all ways takes minutes. */
static bool third(const struct spec *s)
{
	return s->second && strstr(s->op->name, "_back") && s->op->class == OP_KERNEL;
}

void specs_thin(struct specs *s)
{
	int kept = 0;
	for (int i = 0; i < s->list.count; i++) {
		bool seen = third(&s->list.at[i]);
		for (int k = 0; k < kept && !seen; k++)
			seen = same_kind(&s->list.at[k], &s->list.at[i]);
		if (!seen)
			s->list.at[kept++] = s->list.at[i];
	}
	s->list.count = kept;
}

void specs_named(struct specs *s, const char *start)
{
	int kept = 0;
	for (int i = 0; i < s->list.count; i++)
		if (strncmp(s->list.at[i].op->name, start, strlen(start)) == 0)
			s->list.at[kept++] = s->list.at[i];
	s->list.count = kept;
}

void spec_name(const struct spec *s, struct text *out)
{
	text_printf(out, "%s%s", s->second ? "second derivative of " : "", s->op->name);
	for (int k = 0; k < s->in_count; k++) {
		text_add(out, " ");
		shape_text(&s->in[k], out);
	}
	for (int i = 0; i < ATTR_MAX && s->op->attrs[i]; i++) {
		text_printf(out, " %.*s=", (int)strcspn(s->op->attrs[i], ":"), s->op->attrs[i]);
		for (int k = 0; k < s->attr[i].count; k++)
			text_printf(out, "%s%lld", k ? "," : "", (long long)s->attr[i].i[k]);
	}
	text_printf(out, ", batch %d", s->batch);
}

/* ---- graphs --------------------------------------------------------------------------------- */

static struct node *leaf(struct graph *g, enum node_kind kind, const char *stem, int k, struct shape shape)
{
	struct node *n = graph_leaf(g, kind, arena_printf(g->arena, "%s%d", stem, k), shape);
	if (kind == NODE_PARAM)
		n->init = "zeros";
	return n;
}

static struct node *weighted_sum(struct graph *g, struct node *x, const char *stem, int k)
{
	struct node *w = leaf(g, NODE_TARGET, stem, k, x->shape), *y = g_op(g, "mul", 2, (struct node *[]){x, w}, NULL, x->at);
	struct attr all[ATTR_MAX] = {{.count = x->shape.rank}, {.count = 1}};
	for (int i = 0; i < x->shape.rank; i++)
		all[0].i[i] = i;
	return x->shape.rank ? g_op(g, "sum", 1, &y, all, x->at) : y;
}

struct graph *spec_graph(struct arena *a, const struct spec *s, const char *graph_name)
{
	struct graph *g = graph_new(a, graph_name);
	struct node *in[INPUT_MAX];
	g->float64 = true;
	g->batch = s->batch;
	for (int k = 0; k < s->in_count; k++)
		in[k] = leaf(g, s->in[k].batch >= 0 ? NODE_INPUT : NODE_PARAM, s->in[k].batch >= 0 ? "x" : "p", k, s->in[k]);
	struct node *y = graph_add(g, s->op, s->in_count, in, s->attr, (struct place){0});
	struct node *loss = weighted_sum(g, y, "w", 0), *sum = NULL;
	for (int k = 0; s->second && k < s->in_count; k++) {
		struct node *d = g_op(g, "grad", 2, (struct node *[]){loss, in[k]}, NULL, y->at);
		struct node *part = weighted_sum(g, d, "v", k);
		sum = sum ? g_op(g, "add", 2, (struct node *[]){sum, part}, NULL, y->at) : part;
	}
	loss = sum ? sum : loss;
	graph_output(g, "prediction", "y", y);
	for (int k = 0; k < s->in_count; k++)
		if (in[k]->kind == NODE_INPUT)
			graph_output(g, "prediction", arena_printf(a, "d_x%d", k), g_op(g, "grad", 2, (struct node *[]){loss, in[k]}, NULL, y->at));
	graph_output(g, "loss", "loss", loss);
	return g;
}
