/* graph_tool.c: reads a graph from its text form, runs passes on it with the verifier after each, prints it: how passes are tested on
** graphs of a few lines.
**   graph_tool FILE [differentiate | simplify]... */
#include "op.h"

#include <string.h>

static bool verified(const struct graph *g, const char *pass)
{
	struct text why = {0};
	bool ok = graph_verify(g, pass, &why);
	if (!ok)
		printf("%s\n", why.at);
	text_free(&why);
	return ok;
}

int main(int argc, char **argv)
{
	struct arena a = {0};
	struct text out = {0};
	size_t size;
	char *text = argc > 1 ? file_read(&a, argv[1], 1 << 20, &size) : NULL;
	if (!text) {
		fprintf(stderr, "usage: graph_tool FILE [differentiate | simplify]...\n");
		return 2;
	}
	diag.out = stdout;
	struct graph *g = graph_read(&a, argv[1], text);
	if (!g || !verified(g, "reading"))
		return 1;
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "differentiate") == 0)
			differentiate(g);
		else if (strcmp(argv[i], "simplify") == 0)
			simplify(g);
		else
			return 2;
		if (!verified(g, argv[i]))
			return 1;
	}
	graph_print(g, &out);
	fputs(out.at, stdout);
	text_free(&out);
	arena_free(&a);
	return 0;
}
