/* fuzz_graph.c: any text: it is read or refused without a crash; what the verifier then accepts is printed, read back and printed the same;
** small graphs are differentiated and simplified, and stay correct. */
#include "op.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 40, ELEMENTS = 100000 };

static bool is_small(const struct graph *g)
{
	int64_t count = 0;
	for (int i = 0; i < g->nodes.count; i++)
		count += shape_count(&g->nodes.at[i]->shape);
	return g->nodes.count <= NODES && count <= ELEMENTS;
}

static bool verified(const struct graph *g)
{
	struct text why = {0};
	bool ok = graph_verify(g, "the fuzzer", &why);
	text_free(&why);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena a = {0};
	struct text first = {0}, second = {0};
	if (!diag.out)
		diag.out = fopen("/dev/null", "w");
	struct graph *g = graph_read(&a, "fuzz", arena_strndup(&a, (const char *)bytes, size));
	if (g && verified(g)) {
		graph_print(g, &first);
		g = graph_read(&a, "printed", first.at);
		if (!g || !verified(g))
			abort();
		graph_print(g, &second);
		if (strcmp(first.at, second.at) != 0)
			abort();
		if (is_small(g)) {
			differentiate(g);
			if (!verified(g))
				abort();
			simplify(g);
			if (!verified(g))
				abort();
		}
	}
	text_free(&first);
	text_free(&second);
	arena_free(&a);
	arena_free(&diag.arena);
	diag.seen.count = diag.seen.cap = 0;
	diag.seen.at = NULL;
	return 0;
}
