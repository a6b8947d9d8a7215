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

static int run(struct arena *a, const char *path, const char *text, int passes, char **pass)
{
	struct graph *g = graph_read(a, path, text);
	if (!g || !verified(g, "reading"))
		return 1;
	for (int i = 0; i < passes; i++) {
		if (strcmp(pass[i], "differentiate") == 0)
			differentiate(g);
		else if (strcmp(pass[i], "simplify") == 0)
			simplify(g);
		else
			return 2;
		if (!verified(g, pass[i]))
			return 1;
	}
	struct text out = {0};
	graph_print(g, &out);
	fputs(out.at, stdout);
	text_free(&out);
	return 0;
}

int main(int argc, char **argv)
{
	struct arena a = {0};
	size_t size;
	char *text = argc > 1 ? file_read(&a, argv[1], 1 << 20, &size) : NULL;
	diag.out = stdout;
	int code = text ? run(&a, argv[1], text, argc - 2, argv + 2) : 2;
	if (code == 2)
		fprintf(stderr, "usage: graph_tool FILE [differentiate | simplify]...\n");
	arena_free(&a);
	arena_free(&diag.arena);
	return code;
}
