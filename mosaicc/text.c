/* text.c: the graph's text form, printed by -d and graph.txt and read back by tests and from the tracing child.
**   graph train float32 batch=4
**   %x = input [B:4,2] name=x
**   %1 = linear(%x, %w, %b) [B:4,3] label=h1 module=mlp at="share/mlp.c":17:5
**   output loss %9 name=loss
** The reader trusts nothing: names, counts, shapes and attributes are checked against the ops. */
#include "op.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {[NODE_INPUT] = "input", [NODE_TARGET] = "target", [NODE_PARAM] = "param", [NODE_CONST] = "const"};

/* ---- printing ------------------------------------------------------------------------------- */

static bool is_bare(const char *s)
{
	for (const char *c = s; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_.-+(),/", *c))
			return false;
	return *s != 0;
}

static void print_word(struct text *out, const char *s)
{
	if (is_bare(s)) {
		text_add(out, s);
		return;
	}
	text_add(out, "\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			text_addn(out, "\\", 1);
		if ((unsigned char)*s < ' ')
			text_printf(out, "\\x%02x", (unsigned char)*s);
		else
			text_addn(out, s, 1);
	}
	text_add(out, "\"");
}

static void print_pair(struct text *out, const char *key, const char *value)
{
	if (!value)
		return;
	text_printf(out, " %s=", key);
	print_word(out, value);
}

static void print_attrs(const struct node *n, struct text *out)
{
	for (int i = 0; i < ATTR_MAX && n->op->attrs[i]; i++) {
		const char *colon = strchr(n->op->attrs[i], ':');
		if (attr_absent(n, i))
			continue;
		text_printf(out, " %.*s=", (int)(colon - n->op->attrs[i]), n->op->attrs[i]);
		if (strcmp(colon, ":float") == 0) {
			text_printf(out, "%.17g", n->attr[i].f);
		} else if (strncmp(colon, ":ints", 5) == 0) {
			for (int k = 0; k < n->attr[i].count; k++)
				text_printf(out, "%s%lld", k ? "," : "(", (long long)n->attr[i].i[k]);
			text_add(out, n->attr[i].count ? ")" : "()");
		} else {
			text_printf(out, "%lld", (long long)n->attr[i].i[0]);
		}
	}
}

static void print_node(const struct node *n, struct text *out)
{
	text_printf(out, "%%%d = ", n->id);
	if (n->kind == NODE_OP) {
		text_printf(out, "%s(", n->op->name);
		for (int k = 0; k < n->in_count; k++)
			text_printf(out, k ? ", %%%d" : "%%%d", n->in[k]->id);
		text_add(out, ") ");
	} else {
		text_printf(out, "%s ", kind_names[n->kind]);
	}
	shape_text(&n->shape, out);
	if (n->kind == NODE_OP)
		print_attrs(n, out);
	if (n->kind == NODE_CONST)
		text_printf(out, " value=%.17g", n->value);
	if (n->kind == NODE_PARAM && !n->trains)
		text_add(out, " trains=0");
	if (n->kind == NODE_PARAM && n->lr != 0)
		text_printf(out, " lr=%.17g", n->lr);
	if (n->kind == NODE_PARAM && n->weight_decay != 0)
		text_printf(out, " weight_decay=%.17g", n->weight_decay);
	if (n->backward)
		text_add(out, " backward=1");
	if (n->adjoint_of && n->adjoint_of->id < n->id && n->adjoint_of->id >= 0)
		text_printf(out, " adjoint_of=%%%d", n->adjoint_of->id);
	print_pair(out, "name", n->name);
	print_pair(out, "init", n->init);
	print_pair(out, "label", n->label);
	print_pair(out, "module", n->module);
	if (n->at.file && n->at.line > 0) {
		print_pair(out, "at", n->at.file);
		text_printf(out, ":%d:%d", n->at.line, n->at.col);
	}
	text_add(out, "\n");
}

void graph_print(const struct graph *g, struct text *out)
{
	text_printf(out, "graph %s %s batch=%d%s\n", g->name, g->float64 ? "float64" : "float32", g->batch, g->maximize ? " maximize" : "");
	for (int i = 0; i < g->nodes.count; i++)
		g->nodes.at[i]->id = i;
	for (int i = 0; i < g->nodes.count; i++)
		print_node(g->nodes.at[i], out);
	for (int i = 0; i < g->outputs.count; i++) {
		text_printf(out, "output %s %%%d", g->outputs.at[i].role, g->outputs.at[i].node->id);
		print_pair(out, "name", g->outputs.at[i].name);
		text_add(out, "\n");
	}
}

/* ---- reading -------------------------------------------------------------------------------- */

struct named { const char *name; struct node *node; };
struct reader {
	struct arena *arena;
	const char *path, *line_start, *at;    /* `at` walks the text */
	int line;
	bool failed;
	struct graph *graph;
	VEC(struct named) names;
};

static void fail_at(struct reader *r, const char *where, const char *fmt, const char *detail)
{
	if (!r->failed)
		err((struct place){r->path, r->line, (int)(where - r->line_start) + 1}, fmt, detail);
	r->failed = true;
}

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ' || *r->at == '\t')
		r->at++;
}

static bool take(struct reader *r, const char *s)
{
	skip_blanks(r);
	size_t n = strlen(s);
	if (strncmp(r->at, s, n) != 0)
		return false;
	r->at += n;
	return true;
}

static void expect(struct reader *r, const char *s)
{
	if (!take(r, s))
		fail_at(r, r->at, "expected '%s'", s);
}

/* A bare word up to one of the separators, or a quoted string. */
static const char *take_word(struct reader *r, const char *stop)
{
	skip_blanks(r);
	struct text t = {0};
	text_add(&t, "");
	if (*r->at == '"') {
		for (r->at++; *r->at && *r->at != '"' && *r->at != '\n'; r->at++) {
			unsigned byte;
			if (r->at[0] == '\\' && r->at[1] == 'x' && sscanf(r->at + 2, "%2x", &byte) == 1 && isxdigit((unsigned char)r->at[3])) {
				char c = (char)byte;
				text_addn(&t, &c, 1);
				r->at += 3;
			} else {
				r->at += *r->at == '\\' && r->at[1] && r->at[1] != '\n';
				text_addn(&t, r->at, 1);
			}
		}
		expect(r, "\"");
	} else {
		while (*r->at && *r->at != '\n' && *r->at != ' ' && !strchr(stop, *r->at))
			text_addn(&t, r->at++, 1);
	}
	char *word = arena_strndup(r->arena, t.at, t.len);
	text_free(&t);
	return word;
}

static int64_t take_int(struct reader *r)
{
	skip_blanks(r);
	char *end;
	errno = 0;
	long long v = strtoll(r->at, &end, 10);
	if (end == r->at || errno || v > INT64_MAX / 4 || v < -INT64_MAX / 4)
		fail_at(r, r->at, "expected %s", "an integer");
	r->at = end;
	return v;
}

static struct shape take_shape(struct reader *r)
{
	struct shape s = {.batch = -1};
	expect(r, "[");
	while (!r->failed && !take(r, "]")) {
		if (s.rank && !take(r, ",")) {
			fail_at(r, r->at, "expected '%s' or ']'", ",");
			break;
		}
		if (s.rank == RANK_MAX) {
			fail_at(r, r->at, "too many axes%s", "");
			break;
		}
		skip_blanks(r);
		const char *where = r->at;
		if (take(r, "B:")) {
			if (s.batch >= 0)
				fail_at(r, where, "only one axis can scale with the batch%s", "");
			s.batch = s.rank;
			where = r->at;
		}
		s.dim[s.rank] = take_int(r);
		if (s.dim[s.rank] < 1 || s.dim[s.rank] > 10000000000)
			fail_at(r, where, "a size must be 1 to 10000000000%s", "");
		s.rank++;
	}
	return s;
}

static struct node *take_ref(struct reader *r)
{
	skip_blanks(r);
	const char *where = r->at;
	expect(r, "%");
	const char *name = take_word(r, ",)=");
	for (int i = r->names.count - 1; !r->failed && i >= 0; i--)
		if (strcmp(r->names.at[i].name, name) == 0)
			return r->names.at[i].node;
	fail_at(r, where, "no node named %%%s before this line", name);
	return NULL;
}

static void take_attr(struct reader *r, struct node *n, int i, const char *type)
{
	struct attr *a = &n->attr[i];
	a->count = 0;
	if (strcmp(type, ":float") == 0) {
		char *end;
		a->f = strtod(r->at, &end);
		if (end == r->at)
			fail_at(r, r->at, "expected %s", "a number");
		r->at = end;
	} else if (take(r, "(")) {
		while (!r->failed && !take(r, ")")) {
			if (a->count == RANK_MAX)
				fail_at(r, r->at, "too many values%s", "");
			else
				a->i[a->count++] = take_int(r);
			take(r, ",");
		}
	} else {
		a->i[a->count++] = take_int(r);
	}
}

static double take_number(struct reader *r)
{
	char *end;
	double value = strtod(r->at, &end);
	if (end == r->at || isnan(value))
		fail_at(r, r->at, "expected %s", "a number");
	r->at = end;
	return value;
}

/* key=value after a node: attributes of its op, then what every node may have. */
static void take_pair(struct reader *r, struct node *n)
{
	const char *where = r->at, *key = take_word(r, "=");
	expect(r, "=");
	for (int i = 0; n->op && i < ATTR_MAX && n->op->attrs[i]; i++) {
		size_t len = strcspn(n->op->attrs[i], ":");
		if (strlen(key) == len && strncmp(key, n->op->attrs[i], len) == 0) {
			take_attr(r, n, i, n->op->attrs[i] + len);
			return;
		}
	}
	if (strcmp(key, "name") == 0) {
		n->name = take_word(r, "");
	} else if (strcmp(key, "init") == 0) {
		n->init = take_word(r, "");
	} else if (strcmp(key, "label") == 0) {
		n->label = take_word(r, "");
	} else if (strcmp(key, "module") == 0) {
		n->module = take_word(r, "");
	} else if (strcmp(key, "trains") == 0) {
		n->trains = take_int(r) != 0;
	} else if (strcmp(key, "backward") == 0) {
		n->backward = take_int(r) != 0;
	} else if (strcmp(key, "adjoint_of") == 0) {
		n->adjoint_of = take_ref(r);
	} else if ((strcmp(key, "lr") == 0 || strcmp(key, "weight_decay") == 0) && n->kind == NODE_PARAM) {
		*(*key == 'l' ? &n->lr : &n->weight_decay) = take_number(r);
	} else if (strcmp(key, "value") == 0 && n->kind == NODE_CONST) {
		n->value = take_number(r);
	} else if (strcmp(key, "at") == 0) {
		n->at.file = take_word(r, ":");
		expect(r, ":");
		n->at.line = (int)take_int(r);
		expect(r, ":");
		n->at.col = (int)take_int(r);
	} else {
		fail_at(r, where, "unknown attribute '%s'", key);
	}
}

static struct node *take_inputs(struct reader *r, const char *word, const char *where)
{
	struct node *n = arena_alloc(r->arena, sizeof *n);
	n->kind = NODE_OP;
	n->op = op_find(word);
	if (!n->op) {
		fail_at(r, where, "no op named '%s'", word);
		return NULL;
	}
	expect(r, "(");
	while (!r->failed && !take(r, ")")) {
		if (n->in_count == INPUT_MAX) {
			fail_at(r, r->at, "too many inputs%s", "");
			break;
		}
		n->in[n->in_count++] = take_ref(r);
		take(r, ",");
	}
	return n;
}

/* The shape that is written must be the one that the op gives. */
static void check_shape(struct reader *r, struct node *n, const char *where)
{
	struct shape written = n->shape;
	struct text why = {0};
	if (n->op->inputs >= 0 ? n->in_count != n->op->inputs : n->in_count < 1)
		fail_at(r, where, "%s takes another number of inputs", n->op->name);
	else if (!shape_infer(n, &n->shape, &why))
		fail_at(r, where, "%s", why.at ? why.at : "bad shape");
	else if (!shape_equal(&written, &n->shape)) {
		text_add(&why, "the shape should be ");
		shape_text(&n->shape, &why);
		fail_at(r, where, "%s", why.at);
	}
	text_free(&why);
}

static void read_node(struct reader *r)
{
	const char *name = take_word(r, "="), *where;
	expect(r, "=");
	skip_blanks(r);
	where = r->at;
	const char *word = take_word(r, "([");
	struct node *n = NULL;
	for (enum node_kind k = NODE_INPUT; k <= NODE_CONST; k++)
		if (strcmp(word, kind_names[k]) == 0) {
			n = arena_alloc(r->arena, sizeof *n);
			n->kind = k;
			n->trains = k == NODE_PARAM;
		}
	if (!n)
		n = take_inputs(r, word, where);
	if (r->failed)
		return;
	n->shape = take_shape(r);
	for (skip_blanks(r); !r->failed && *r->at && *r->at != '\n'; skip_blanks(r))
		take_pair(r, n);
	if (n->op && !r->failed)
		check_shape(r, n, where);
	n->id = r->graph->nodes.count;
	VEC_PUSH(r->arena, &r->graph->nodes, n);
	VEC_PUSH(r->arena, &r->names, ((struct named){name, n}));
}

static void read_output(struct reader *r)
{
	struct output o = {.role = take_word(r, "")};
	o.node = take_ref(r);
	if (take(r, "name="))
		o.name = take_word(r, "");
	if (!r->failed)
		VEC_PUSH(r->arena, &r->graph->outputs, o);
}

static void read_head(struct reader *r)
{
	r->graph->name = take_word(r, "");
	if (take(r, "float64"))
		r->graph->float64 = true;
	else if (!take(r, "float32"))
		fail_at(r, r->at, "expected '%s' or 'float64'", "float32");
	expect(r, "batch=");
	const char *where = r->at;
	int64_t batch = take_int(r);
	if (batch < 1 || batch > 1 << 24)
		fail_at(r, where, "the batch must be 1 to 16777216%s", "");
	r->graph->batch = (int)batch;
	r->graph->maximize = take(r, "maximize");
}

struct graph *graph_read(struct arena *a, const char *path, const char *text)
{
	struct reader r = {.arena = a, .path = path, .at = text, .line_start = text, .line = 1, .graph = graph_new(a, "graph")};
	bool headed = false;
	while (*r.at && !r.failed) {
		skip_blanks(&r);
		if (*r.at == '#') {
			r.at += strcspn(r.at, "\n");
		} else if (*r.at && *r.at != '\n') {
			if (!headed && take(&r, "graph ")) {
				read_head(&r);
				headed = true;
			} else if (headed && take(&r, "output ")) {
				read_output(&r);
			} else if (headed && take(&r, "%")) {
				read_node(&r);
			} else {
				fail_at(&r, r.at, headed ? "expected a node '%%name = ...' or 'output'%s" : "expected 'graph NAME float32 batch=N'%s", "");
			}
		}
		skip_blanks(&r);
		if (!r.failed && *r.at && *r.at != '\n')
			fail_at(&r, r.at, "text after the end of the line%s", "");
		if (*r.at == '\n') {
			r.line_start = ++r.at;
			r.line++;
		}
	}
	if (!headed && !r.failed)
		fail_at(&r, r.at, "no graph in this text%s", "");
	return r.failed ? NULL : r.graph;
}
