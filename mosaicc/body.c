/* body.c: which body of templates/ops/ a node has, and what the letters of its sizes and arrays stand for there. */
#include "backend.h"

#include <ctype.h>
#include <string.h>

/* Array parameters "const real x[B][I]" of a body, in order: the inputs, then the result. */
static void read_arrays(const struct op_body *body, struct body_map *map)
{
	for (const char *s = strstr(body->params, "real "); s; s = strstr(s, "real ")) {
		struct body_array *b = &map->arrays[map->array_count];
		if (map->array_count++ > INPUT_MAX)
			die("body %s has too many arrays", body->name);
		*b = (struct body_array){.count = 0};
		int n = 0;
		for (s += 5; *s != '[' && n < 15; s++)
			b->name[n++] = *s;
		for (; *s == '['; s += 3)
			b->letters[b->count++] = s[1];
	}
}

/* The axes `first` to `last` as one, by the names of their sizes: "BATCH * CHANNELS", in loops "n * CHANNELS", with the samples that there are. */
const char *plan_axes_text(const struct plan *p, const struct node *n, int first, int last, bool there)
{
	const char *text = NULL;
	for (int i = first; i <= last; i++) {
		int64_t count = n->shape.dim[i] / (i == n->shape.batch ? p->graph->batch : 1);
		const char *batch = i != n->shape.batch || p->graph->batch == 1 ? NULL : there ? "n" : "BATCH";
		const char *size = i == n->shape.batch ? NULL : PLAN(p, n)->size[i];
		const char *number = count > 1 ? size && isalpha((unsigned char)*size) ? size : arena_printf(p->arena, "%lld", (long long)count) : NULL;
		if (batch)
			text = text ? arena_printf(p->arena, "%s * %s", text, batch) : batch;
		if (number)
			text = text ? arena_printf(p->arena, "%s * %s", text, number) : number;
	}
	return text ? text : "1";
}

/* What stands for a letter in loops: the rows that are there, or the size's name. */
static const char *letter_text(const struct plan *p, const struct node *n, int axis, bool rows)
{
	if (!rows && axis != n->shape.batch)
		return PLAN(p, n)->size[axis] ? PLAN(p, n)->size[axis] : "";
	return plan_axes_text(p, n, rows ? 0 : axis, axis, true);
}

/* How long the body's name is without this ending; 0: it does not end so. */
static size_t without(const char *body, const char *ending)
{
	size_t len = strlen(body), tail = strlen(ending);
	return len > tail && strcmp(body + len - tail, ending) == 0 ? len - tail : 0;
}

/* A matrix product (templates/gemm.h): the length of the plain loops' name. */
static size_t gemm_of(const char *body)
{
	size_t len = without(body, "_gemm_across");
	return len ? len : without(body, "_gemm");
}

bool node_is_gemm(const struct node *n)
{
	return n->op->kernel && gemm_of(n->op->kernel(n));
}

/* With such a layer a program trains one run a process, however many runs there are. */
bool node_is_large(const struct node *n)
{
	if (n->kind != NODE_OP || n->op->class != OP_KERNEL || !n->op->kernel)
		return false;
	if (n->op->large)
		return n->op->large(n);
	const char *body = n->op->kernel(n);
	return gemm_of(body) || without(body, "_direct");
}

bool graph_is_direct(const struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		if (n->kind == NODE_OP && n->op->class == OP_KERNEL && n->op->kernel && without(n->op->kernel(n), "_direct"))
			return true;
	}
	return false;
}

bool graph_is_large(const struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++)
		if (node_is_large(g->nodes.at[i]))
			return true;
	return false;
}

/* For a backend that launches kernels: the body of products if whole matrices are multiplied there (gemm_nn, gemm_rows_nt), else the plain loops. */
static const char *launched_body(const struct plan *p, const char *name)
{
	const size_t gemm = gemm_of(name), direct = without(name, "_direct");
	if (!gemm && !direct)
		return name;
	const char *plain = arena_strndup(p->arena, name, gemm ? gemm : direct), *products = arena_printf(p->arena, "%s_gemm", plain);
	const struct op_body *body = op_body_find(products, true);
	body = body ? body : op_body_find(products, false);
	return p->backend->gemm && body && strstr(body->text, "gemm_") && !strstr(body->text, "gemm_(") ? products : plain;
}

/* The plain loops of it where there are lanes that the body has none for, or no library to multiply. */
static const char *body_name(const struct plan *p, const struct node *n)
{
	const char *name = n->op->kernel ? n->op->kernel(n) : n->op->name;
	const size_t gemm = gemm_of(name), direct = without(name, "_direct");
	if (p->backend && p->backend->apart)
		return launched_body(p, name);
	if (gemm && ((!p->large && !n->op->large) || (p->backend && !p->backend->gemm)))
		return arena_strndup(p->arena, name, gemm);
	return direct && !p->large ? arena_strndup(p->arena, name, direct) : name;
}

bool plan_has_gemm(const struct plan *p)
{
	for (int i = 0; i < p->graph->nodes.count; i++) {
		const struct node *n = p->graph->nodes.at[i];
		if (n->kind != NODE_OP || n->op->class != OP_KERNEL)
			continue;
		const char *name = body_name(p, n);
		const struct op_body *body = op_body_find(name, false);
		if (gemm_of(name) || (body && strstr(body->text, "gemm_")))
			return true;
	}
	return false;
}

void plan_body(const struct plan *p, const struct node *n, bool cuda, struct body_map *map)
{
	const char *name = body_name(p, n);
	const struct op_body *own = cuda ? op_body_find(name, true) : NULL;   /* else threads are made of the C body */
	*map = (struct body_map){.body = own ? own : op_body_find(name, false)};
	if (!map->body)
		die("op %s has no body %s", n->op->name, name);
	read_arrays(map->body, map);
	if (map->array_count != n->in_count + 1)
		die("body %s has %d arrays for %d inputs", name, map->array_count, n->in_count);
	for (int k = 0; k < map->array_count; k++) {
		struct body_array *b = &map->arrays[k];
		b->output = k == n->in_count;
		b->node = b->output ? n : n->in[k];
		for (int i = b->count - 1; i >= 0; i--) {
			int axis = b->node->shape.rank - b->count + i;
			bool rows = i == 0 && axis > 0;
			int letter = b->letters[i];
			if (letter >= 'A' && letter <= 'Z' && (!map->text[letter] || !*map->text[letter]))
				map->text[letter] = axis < 0 ? "1" : letter_text(p, b->node, axis, rows && !plan_axes_drop(p, b->node, b->count));
		}
	}
}

/* True if the array has just its last `count` axes in C: those before are one sample's dropped batch axis. */
bool plan_axes_drop(const struct plan *p, const struct node *n, int count)
{
	int axes[RANK_MAX];
	int in_c = plan_axes(p, &n->shape, axes);
	if (in_c == 0 && count == 1)            /* one number is an array of one */
		return true;
	bool same = in_c == count;
	for (int i = 0; same && i < count; i++)
		same = axes[i] == n->shape.rank - count + i;
	return same;
}

bool plan_flattens(const struct plan *p, const struct node *n)
{
	struct body_map map;
	plan_body(p, n, false, &map);
	for (int k = 0; k < map.array_count; k++)
		if (!plan_axes_drop(p, map.arrays[k].node, map.arrays[k].count))
			return true;
	return false;
}
