/* reflect_tool.c: what the tests run over sources: `reflect_tool INCLUDE_DIR INCLUDE_DIR MODE FILE...`.
** describe: the classes, or the errors. quiet: only whether there is a class; for broken input. */
#include "mosaicc.h"

#include <string.h>

static void one(const char *mode, const char *path)
{
	struct arena a = {0};
	struct source s;
	bool ok = reflect(&a, path, &s);
	if (strcmp(mode, "describe") == 0 && ok)
		describe(stdout, &s);
	for (int i = 0; ok && i < s.includes.count; i++)
		printf("includes %s\n", s.includes.at[i]);
	if (strcmp(mode, "quiet") == 0 && ok)            /* the index of calls has to survive broken input too */
		reflect_variable(&s, 1, 1);
	reflect_close(&s);
	arena_free(&a);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	diag.out = stdout;
	static const char *dirs[3];
	dirs[0] = argv[1];
	dirs[1] = argv[2];
	reflect_include_dirs(dirs);
	for (int i = 4; i < argc; i++)
		one(argv[3], argv[i]);
	printf("%d errors, %d warnings\n", diag.errors, diag.warnings);
	arena_free(&diag.arena);
	return diag.errors > 0;
}
