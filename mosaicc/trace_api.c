/* trace_api.c: what the nn_* functions stand on in the tracing child: the graph under construction, the place of each call in the user's
** source, checks of what user code hands over. Also those functions of mosaic.h about tensors that are no ops. */
#include "trace.h"

#include <mosaic.h>

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 100000, NAME_MAX_LENGTH = 63 };

/* User code calls nn_* without a context, so there is one trace a process. */
static struct tracing {
	struct trace_scope scope;
	struct graph *graph;
	bool training, tensors;
	const char *class;
	pthread_t thread;
	/* The user's call in progress: all nodes that it makes get its number (node->mark) and place. */
	uintptr_t call_at, call_frame, call_path;
	struct place call_place;
	int call; bool call_used;
	/* What the user handed over to it, for messages. */
	struct { int call, count; struct { const struct node *node; const char *argument; } at[4]; } given;
	VEC(struct user_call) calls;           /* where each began */
	VEC(struct output) updates;            /* of training: added when the other outputs are known */
	const struct node **known; size_t known_cap, known_count;   /* a hash set of this graph's nodes */
} tracing;

/* ---- where the user's code stands ----------------------------------------------------------- */

struct user_call { uintptr_t at, frame, inside, path; int depth; };

static bool in_user_code(uintptr_t address)
{
	const struct watch_report *r = tracing.scope.report;
	for (int i = 0; i < r->loaded_count; i++)
		if (address >= r->loaded[i].low && address < r->loaded[i].high)
			return true;
	return false;
}

/* Walks the frame pointers up to the first return address in a user's library. depth 0: the function that uses this was called by it;
** `inside`: the address within the function that the user called; `path`: a number of the way from there to here. */
static inline __attribute__((always_inline)) struct user_call user_call(void)
{
	const uintptr_t *frame = __builtin_frame_address(0);
	struct user_call c = {0};
	for (; c.depth < FRAMES_MAX; c.depth++) {
		if (in_user_code(frame[1])) {
			c.at = frame[1];
			c.frame = frame[0];
			return c;
		}
		c.inside = frame[1];
		c.path = c.path * 31 + frame[1];
		const uintptr_t *next = (const uintptr_t *)frame[0];
		if (next <= frame || next - frame > 1 << 20 || (uintptr_t)next % sizeof *next)
			break;
		frame = next;
	}
	return (struct user_call){.depth = -1};
}

static struct place user_place(uintptr_t at)
{
	const struct watch_report *r = tracing.scope.report;
	for (int i = 0; i < r->loaded_count; i++)
		if (at >= r->loaded[i].low && at < r->loaded[i].high)
			return place_find(tracing.scope.places, tracing.scope.book[i], at - r->loaded[i].base - 1);
	return (struct place){0};
}

/* A call begins where the address or the frame changes, or, in a loop, where nn_* is again at the place at which it began. */
static void in_call(struct user_call c)
{
	bool again = c.at && c.path == tracing.call_path && tracing.call_used;
	if (c.at == tracing.call_at && c.frame == tracing.call_frame && !again)
		return;
	if (c.at != tracing.call_at)
		tracing.call_place = user_place(c.at);
	tracing.call++;
	tracing.call_used = false;
	tracing.call_at = c.at;
	tracing.call_frame = c.frame;
	tracing.call_path = c.path;
	tracing.scope.report->last_call = c.at;
	while (tracing.calls.count <= tracing.call)
		VEC_PUSH(tracing.scope.arena, &tracing.calls, (struct user_call){0});
	tracing.calls.at[tracing.call] = c;
}

/* "nn_linear: " where the user called nn_linear; overloads end in letters for tensors and doubles, what a macro calls in _of. */
static const char *called_function(uintptr_t inside)
{
	static char name[80];
	Dl_info info;
	if (!inside || !dladdr((void *)(inside - 1), &info) || !info.dli_sname || strncmp(info.dli_sname, "nn_", 3) != 0)
		return "";
	int n = (int)strlen(info.dli_sname);
	const char *suffix = strrchr(info.dli_sname, '_');
	if (suffix > info.dli_sname + 2 && suffix[1] && strspn(suffix + 1, "td") == strlen(suffix + 1) && strlen(suffix) <= 4)
		n = (int)(suffix - info.dli_sname);
	bool whole = strcmp(info.dli_sname, "nn_concat_of") == 0 || strcmp(info.dli_sname, "nn_stack_of") == 0 || strcmp(info.dli_sname, "nn_split_of") == 0;
	if (strcmp(suffix, "_of") == 0 && !whole)
		n = (int)(suffix - info.dli_sname);
	snprintf(name, sizeof name, "%.*s: ", n, info.dli_sname);
	return name;
}

const char *trace_function(int call)
{
	const char *name = call >= 0 && call < tracing.calls.count ? called_function(tracing.calls.at[call].inside) : "";
	return strncmp(name, "nn_", 3) == 0 ? arena_strndup(tracing.scope.arena, name + 3, strcspn(name, ":") - 3) : NULL;
}

uintptr_t trace_address(int call)
{
	return call >= 0 && call < tracing.calls.count ? tracing.calls.at[call].at : 0;
}

/* Tensors that the call itself made are not the user's. */
static void take_given(const struct node *n, const char *argument)
{
	enum { MOST = sizeof tracing.given.at / sizeof *tracing.given.at };
	if (tracing.given.call != tracing.call)
		tracing.given.count = 0;
	tracing.given.call = tracing.call;
	if (n->mark == tracing.call || n->kind == NODE_CONST || tracing.given.count == MOST)
		return;
	for (int i = 0; i < tracing.given.count; i++)
		if (tracing.given.at[i].node == n)
			return;
	tracing.given.at[tracing.given.count].node = n;
	tracing.given.at[tracing.given.count++].argument = argument;
}

/* "; x is [B:4,3]" for a line that names no shape itself. */
static void given_shapes(const char *line, size_t length, struct text *out)
{
	if (memchr(line, '[', length) || tracing.given.call != tracing.call)
		return;
	for (int i = 0; i < tracing.given.count; i++) {
		const struct shape *s = &tracing.given.at[i].node->shape;
		if (s->rank == 0)
			continue;
		text_printf(out, "%s%s is ", out->len ? ", " : "; ", tracing.given.at[i].argument);
		shape_text(s, out);
	}
}

/* In front of a message of an nn_ function stands the one that the user called, and behind its first line what it was given. */
__attribute__((noinline)) void trace_fail(const char *fmt, ...)
{
	char message[4000], whole[4096];
	struct text shapes = {0};
	struct user_call c = user_call();
	const char *function = called_function(c.inside), *rest = message;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	size_t name = strncmp(message, "nn_", 3) == 0 ? strcspn(message, ": ") : 0;
	if (*function && name && message[name] == ':')
		rest += name + 2;
	else
		function = "";
	int line = (int)strcspn(rest, "\n");
	if (*called_function(c.inside) && c.at == tracing.call_at)
		given_shapes(rest, (size_t)line, &shapes);
	snprintf(whole, sizeof whole, "%s%.*s%s%s", function, line, rest, shapes.at ? shapes.at : "", rest + line);
	watch_fail(whole);
}

/* ---- the nodes of this graph ---------------------------------------------------------------- */

static size_t slot_of(const struct node *const *table, size_t cap, const struct node *n)
{
	size_t i = ((uintptr_t)n >> 4) * 0x9e3779b97f4a7c15u >> 20 & (cap - 1);
	while (table[i] && table[i] != n)
		i = (i + 1) & (cap - 1);
	return i;
}

static struct node *know(struct node *n)
{
	if (tracing.known_count * 2 >= tracing.known_cap) {
		size_t cap = tracing.known_cap ? tracing.known_cap * 2 : 256;
		const struct node **bigger = arena_alloc(tracing.scope.arena, cap * sizeof *bigger);
		for (size_t i = 0; i < tracing.known_cap; i++)
			if (tracing.known[i])
				bigger[slot_of(bigger, cap, tracing.known[i])] = tracing.known[i];
		tracing.known = bigger;
		tracing.known_cap = cap;
	}
	tracing.known[slot_of(tracing.known, tracing.known_cap, n)] = n;
	tracing.known_count++;
	return n;
}

bool trace_knows(nn_tensor x)
{
	return tracing.known_cap && tracing.known[slot_of(tracing.known, tracing.known_cap, x)] == x;
}

/* A leaf made outside user code: an input, a target. */
struct node *trace_leaf(enum node_kind kind, const char *name, struct shape shape)
{
	return know(graph_leaf(tracing.graph, kind, name, shape));
}

static struct node *made(struct node *n)
{
	n->mark = tracing.call;
	n->at = tracing.call_place;
	n->module = tracing.class;
	tracing.call_used = tracing.call_used || n->kind != NODE_CONST;
	return know(n);
}

/* ---- for child.c ---------------------------------------------------------------------------- */

void trace_begin(const struct trace_scope *scope)
{
	tracing = (struct tracing){.scope = *scope, .thread = pthread_self()};
}

void trace_graph_begin(const char *name, bool training, bool float64, int batch)
{
	tracing = (struct tracing){.scope = tracing.scope, .thread = tracing.thread, .training = training};
	tracing.graph = graph_new(tracing.scope.arena, name);
	tracing.graph->float64 = float64;
	tracing.graph->batch = batch;
}

void trace_in(const char *class, bool tensors)
{
	tracing.class = class;
	tracing.tensors = tensors;
	tracing.call_at = tracing.call_frame = tracing.call_path = 0;
	tracing.call_place = (struct place){0};
	tracing.call++;
}

/* ---- op.h: for the functions of templates/ops ------------------------------------------------ */

static void check_use(uintptr_t inside)
{
	if (!pthread_equal(pthread_self(), tracing.thread))
		trace_fail("%scalled from a thread of the module's own\nbuild the network in one thread: it is only described here, not computed",
			called_function(inside));
	if (!tracing.tensors || !tracing.graph)
		trace_fail("%sthere are no tensors here\nuse tensors in forward, metric and loss only", called_function(inside));
	if (tracing.graph->nodes.count >= NODES_MAX)
		trace_fail("more than %d tensors\nis there a loop without end? If the network is that large, use larger operations", NODES_MAX);
}

static struct node *check_tensor(nn_tensor x, const char *argument, uintptr_t inside)
{
	if (!x)
		trace_fail("%s%s is NULL\ngive it a tensor: the input of forward, or the result of another nn_ function", called_function(inside),
			argument);
	if (!trace_knows(x))
		trace_fail("%s%s is not a tensor of this network\nit was never set, or was kept in a variable from an earlier call of forward",
			called_function(inside), argument);
	return x;
}

__attribute__((noinline)) struct node *trace_arg(nn_tensor x, const char *argument, int min_rank, int max_rank)
{
	struct user_call c = user_call();
	in_call(c);
	check_use(c.inside);
	struct node *n = check_tensor(x, argument, c.inside);
	struct text shape = {0};
	take_given(n, argument);
	if (n->shape.rank >= min_rank && n->shape.rank <= max_rank)
		return n;
	shape_text(&n->shape, &shape);
	const char *hint = n->shape.rank > max_rank ? "nn_flatten puts all values of a sample into one axis, nn_squeeze takes one of size 1 away"
		: "nn_reshape gives a sample other axes, nn_unsqueeze one of size 1";
	if (min_rank == max_rank)
		trace_fail("%s%s has %d axes %s; %d are needed\n%s", called_function(c.inside), argument, n->shape.rank, shape.at, min_rank, hint);
	trace_fail("%s%s has %d axes %s; %s %d are needed\n%s", called_function(c.inside), argument, n->shape.rank, shape.at,
		n->shape.rank < min_rank ? "at least" : "at most", n->shape.rank < min_rank ? min_rank : max_rank, hint);
}

__attribute__((noinline)) struct node *trace_op(const struct op *op, int count, struct node *const *in, const struct attr *attrs)
{
	struct user_call c = user_call();
	in_call(c);
	check_use(c.inside);
	struct node probe = {.kind = NODE_OP, .op = op, .in_count = count};
	struct text why = {0};
	if (count < 0 || count > INPUT_MAX)
		trace_fail("%s%d tensors; at most %d are possible", called_function(c.inside), count, INPUT_MAX);
	for (int i = 0; i < count; i++)
		take_given(probe.in[i] = check_tensor(in[i], "a tensor", c.inside), "a tensor");
	for (int i = 0; i < ATTR_MAX && op->attrs[i] && attrs; i++)
		probe.attr[i] = attrs[i];
	if (!shape_infer(&probe, &probe.shape, &why))
		trace_fail("%s%s", called_function(c.inside), why.at ? why.at : "these shapes do not fit");
	return made(graph_add(tracing.graph, op, count, in, attrs, tracing.call_place));
}

static struct node *parameter(const char *name, struct shape shape, const char *init, uintptr_t inside)
{
	check_use(inside);
	double count = 1;
	for (int i = 0; i < shape.rank; i++) {
		if (shape.dim[i] < 1)
			trace_fail("%sparameter '%s' has size %lld at axis %d; sizes are at least 1", called_function(inside), name, (long long)shape.dim[i], i);
		count *= (double)shape.dim[i];
	}
	if (count > 1e9)
		trace_fail("%sparameter '%s' has %.3g values; at most 1e9 are possible", called_function(inside), name, count);
	struct node *n = made(graph_leaf(tracing.graph, NODE_PARAM, arena_strdup(tracing.scope.arena, name), shape));
	n->init = arena_strdup(tracing.scope.arena, init);
	return n;
}

__attribute__((noinline)) struct node *trace_param(const char *name, struct shape shape, const char *init_fmt, ...)
{
	struct user_call c = user_call();
	char init[sizeof((nn_init *)0)->text];
	va_list ap;
	in_call(c);
	va_start(ap, init_fmt);
	vsnprintf(init, sizeof init, init_fmt, ap);
	va_end(ap);
	return parameter(name, shape, init, c.inside);
}

/* What training keeps beside the parameters: running means. No optimizer touches it; trace_update says what it becomes. */
struct node *trace_buffer(const char *name, struct shape shape, const char *init)
{
	struct node *n = trace_param(name, shape, "%s", init);
	n->buffer = true;
	n->trains = false;
	return n;
}

void trace_update(struct node *buffer, struct node *value)
{
	if (tracing.training)
		VEC_PUSH(tracing.scope.arena, &tracing.updates, ((struct output){.role = "update", .name = buffer->name, .node = value, .of = buffer}));
}

void trace_add_updates(void)
{
	struct graph *g = tracing.graph;
	for (int i = 0; i < tracing.updates.count; i++)
		VEC_PUSH(g->arena, &g->outputs, tracing.updates.at[i]);
}

__attribute__((noinline)) struct node *trace_const(double value)
{
	struct user_call c = user_call();
	in_call(c);
	check_use(c.inside);
	if (isnan(value))
		trace_fail("%sthe number is NaN", called_function(c.inside));
	return made(graph_const(tracing.graph, value));
}

struct graph *trace_graph(void)
{
	return tracing.graph;
}

bool trace_training(void)
{
	return tracing.training;
}

/* ---- mosaic.h: functions about tensors that are no ops --------------------------------------- */

int nn_rank(nn_tensor x)
{
	return trace_arg(x, "x", 0, RANK_MAX)->shape.rank;
}

int64_t nn_size(nn_tensor x, int axis)
{
	const struct shape *s = &trace_arg(x, "x", 0, RANK_MAX)->shape;
	if (axis < -s->rank || axis >= s->rank)
		trace_fail("nn_size: axis %d of a tensor of %d axes", axis, s->rank);
	return s->dim[axis < 0 ? axis + s->rank : axis];
}

nn_tensor nn_constant(double value)
{
	return trace_const(value);
}

nn_tensor nn_same(nn_tensor x)
{
	return trace_arg(x, "the tensor", 0, RANK_MAX);
}

/* A name that checkpoints, C text and columns of a table can hold. */
static const char *checked_name(const char *function, const char *name)
{
	if (!name || !*name || strnlen(name, NAME_MAX_LENGTH + 1) > NAME_MAX_LENGTH || !name_is_identifier(name))
		trace_fail("%s: a name is 1 to %d letters, digits and _, and starts with a letter; got '%.*s'", function, NAME_MAX_LENGTH,
			NAME_MAX_LENGTH, name ? name : "NULL");
	return arena_strdup(tracing.scope.arena, name);
}

__attribute__((noinline)) nn_tensor nn_parameter_of(const char *name, nn_init init, int rank, const int64_t *shape)
{
	struct user_call c = user_call();
	in_call(c);
	name = checked_name("nn_parameter", name);
	if (!trace_init_valid(&init))
		trace_fail("nn_parameter: '%s' has no initial values\n"
			"give nn_zeros(), nn_ones(), nn_fill(x), nn_uniform(low, high) or nn_normal(mean, deviation)", name);
	if (rank < 0 || rank > RANK_MAX)
		trace_fail("nn_parameter: '%s' has %d axes; at most %d are possible", name, rank, RANK_MAX);
	struct shape full = shape_of(rank, shape);
	struct node *n = parameter(name, full, trace_init_text(tracing.scope.arena, "nn_parameter", name, &full, &init), 0);
	n->mark = -n->mark;                    /* the name is the user's own: name.c keeps it */
	return n;
}

nn_tensor nn_buffer_of(const char *name, nn_init init, int rank, const int64_t *shape)
{
	nn_tensor n = nn_parameter_of(name, init, rank, shape);
	n->buffer = true;
	n->trains = false;
	return n;
}

void nn_update(nn_tensor buffer, nn_tensor value)
{
	struct node *b = trace_arg(buffer, "buffer", 0, RANK_MAX), *v = trace_arg(value, "value", 0, RANK_MAX);
	struct text was = {0}, is = {0};
	shape_text(&b->shape, &was);
	shape_text(&v->shape, &is);
	if (b->kind != NODE_PARAM || !b->buffer)
		trace_fail("nn_update: the first argument is no buffer\nmake one: nn_tensor b = nn_buffer(\"%s\", nn_zeros(), ...)", "count");
	if (!shape_equal(&b->shape, &v->shape))
		trace_fail("nn_update: buffer '%s' has shape %s, its new value %s", b->name, was.at, is.at);
	for (int i = 0; i < tracing.updates.count; i++)
		if (tracing.updates.at[i].of == b)
			trace_fail("nn_update: buffer '%s' is updated twice", b->name);
	text_free(&was);
	text_free(&is);
	trace_update(b, v);
}

bool nn_training(void)
{
	return trace_training();
}

/* One number as a tensor of rank 0; what else has only one element becomes that. */
struct node *trace_scalar(struct node *n, const char *what)
{
	struct text shape = {0};
	if (n->shape.rank == 0)
		return n;
	if (shape_count(&n->shape) == 1 && n->shape.batch < 0)
		return nn_sum(n);
	shape_text(&n->shape, &shape);
	trace_fail("%s must be one number, but has shape %s\nuse nn_mean(...) or nn_sum(...) of it", what, shape.at);
}

void nn_report(const char *name, nn_tensor value)
{
	struct node *n = trace_arg(value, "value", 0, RANK_MAX);
	name = checked_name("nn_report", name);
	if (strcmp(name, "loss") == 0 || strcmp(name, "acc") == 0)
		trace_fail("nn_report: '%s' is a column that every run has; choose another name", name);
	for (int i = 0; i < tracing.graph->outputs.count; i++) {
		const struct output *o = &tracing.graph->outputs.at[i];
		if (strcmp(o->role, "metric") == 0 && strcmp(o->name, name) == 0)
			trace_fail("nn_report: '%s' is reported twice", name);
	}
	char what[NAME_MAX_LENGTH + 32];
	snprintf(what, sizeof what, "nn_report: '%s'", name);
	graph_output(tracing.graph, "metric", name, trace_scalar(n, what));
}

nn_tensor nn_grad(nn_tensor y, nn_tensor x)
{
	struct node *in[] = {trace_arg(y, "y", 0, RANK_MAX), trace_arg(x, "x", 0, RANK_MAX)};
	return trace_op(op_find("grad"), 2, in, NULL);
}
