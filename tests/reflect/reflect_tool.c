/* reflect_tool.c: what the tests run over sources: `reflect_tool INCLUDE_DIR INCLUDE_DIR MODE FILE...`.
** describe: a line "#### FILE", then its classes or its errors. quiet: only the errors; for broken input. */
#include "mosaicc.h"

#include <string.h>

static bool one(const char *mode, const char *path)
{
	struct arena a = {0};
	struct source s;
	diag.errors = diag.warnings = 0;
	printf("#### %s\n", path);
	bool ok = reflect(&a, path, &s);
	if (strcmp(mode, "describe") == 0 && ok)
		describe(stdout, &s);
	for (int i = 0; ok && i < s.includes.count; i++)
		printf("includes %s\n", s.includes.at[i]);
	if (strcmp(mode, "quiet") == 0 && ok)            /* the index of calls has to survive broken input too */
		reflect_variable(&s, 1, 1);
	printf("%d errors, %d warnings\n", diag.errors, diag.warnings);
	reflect_close(&s);
	arena_free(&a);
	return ok;
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
	bool ok = true;
	for (int i = 4; i < argc; i++)
		ok &= one(argv[3], argv[i]);
	arena_free(&diag.arena);
	return !ok;
}
