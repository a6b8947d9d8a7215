/* test_cases.c: every good/NAME.ini and bad/NAME.ini beside it gives exactly the text of NAME.out.
** UPDATE=1 writes these files anew. Usage: test_cases FOLDER */
#include "config_report.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool update;
static int failures, least[2] = {25, 45};

static void show_difference(const char *path, const char *wanted, const char *got)
{
	int line = 1;
	while (*wanted && *wanted == *got) {
		line += *wanted == '\n';
		wanted++;
		got++;
	}
	fprintf(stderr, "%s: differs in line %d, from there on wanted:\n%.400s\ngot:\n%.400s\n", path, line, wanted, got);
}

static void run_case(const char *path, bool good)
{
	struct arena a = {0};
	struct text got = {0};
	char *expected = arena_strdup(&a, path);
	strcpy(expected + strlen(expected) - 3, "out");
	text_add(&got, "");
	if (config_report(path, &got) != good) {
		fprintf(stderr, "%s: was %s\n%s", path, good ? "refused" : "accepted", got.at);
		failures++;
	} else if (update) {
		if (file_write_if_changed(expected, got.at, got.len) != 0) {
			fprintf(stderr, "%s: cannot be written: %s\n", expected, strerror(errno));
			failures++;
		}
	} else {
		const char *wanted = file_read(&a, expected, 64 << 20, NULL);
		if (!wanted || strcmp(wanted, got.at) != 0) {
			show_difference(expected, wanted ? wanted : "", got.at);
			failures++;
		}
	}
	text_free(&got);
	arena_free(&a);
}

static void run_folder(const char *pattern, bool good)
{
	glob_t files;
	if (glob(pattern, 0, NULL, &files) != 0)
		files.gl_pathc = 0;
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_case(files.gl_pathv[i], good);
	printf("%s: %zu cases\n", pattern, files.gl_pathc);
	if (files.gl_pathc < (size_t)least[!good]) {
		fprintf(stderr, "%s: only %zu cases, %d are wanted\n", pattern, files.gl_pathc, least[!good]);
		failures++;
	}
	globfree(&files);
}

int main(int argc, char **argv)
{
	update = getenv("UPDATE") != NULL;
	if (argc != 2 || chdir(argv[1]) != 0) {
		fprintf(stderr, "usage: test_cases FOLDER\n");
		return 2;
	}
	run_folder("good/*.ini", true);
	run_folder("bad/*.ini", false);
	return failures != 0;
}
