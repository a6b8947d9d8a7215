/* test_doc.c: what doc/config.md shows is true. Its configs are read, the pipelines below them compared, the table of
** values expanded, and the tables of keys compared with the compiler's (UPDATE=1 writes them). Usage: test_doc FILE */
#include "config_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Around an example that shows one module only. */
static const char rest[] = "[PROCESS]\nepochs = 1\ndata_scheme = dataset\npipeline_scheme = mlp\n[MONITOR]\n"
	"[dataset_OR]\ntype = dataset\nclass = dataset_OR\npath_to_class = share/dataset.c\nkey = dataset_OR\nbatch_size = 1\n";

static int failures, configs, pipelines, values;

static void fail(const char *what, const char *wanted, const char *got)
{
	fprintf(stderr, "%s\nwanted:\n%s\ngot:\n%s\n\n", what, wanted, got);
	failures++;
}

/* ---- configs -------------------------------------------------------------------------------- */

/* The lines of a block that starts after ```name at `at`; the position behind it in *end. */
static const char *block(struct arena *a, const char *at, const char *name, const char **end)
{
	char *open = arena_printf(a, "```%s\n", name);
	const char *from = strstr(at, open);
	if (!from)
		return NULL;
	from += strlen(open);
	*end = strstr(from, "```");
	return *end ? arena_strndup(a, from, (size_t)(*end - from)) : NULL;
}

static void check_config(const char *text, const char *wanted)
{
	struct arena a = {0};
	struct sweep sweep = {0};
	struct text lines = {0};
	const char *config = strstr(text, "[PROCESS]") ? text : arena_printf(&a, "%s%s", rest, text);
	text_add(&lines, "");
	diag.errors = diag.warnings = 0;
	if (!config_expand(&a, "doc/config.md", config, strlen(config), &sweep) || diag.warnings)
		fail("this example is not right:", "no message", config);
	config_lines(&sweep, &lines);
	if (wanted && strcmp(wanted, lines.at) != 0)
		fail("other pipelines than shown:", wanted, lines.at);
	configs++;
	pipelines += wanted != NULL;
	text_free(&lines);
	arena_free(&a);
}

static void check_configs(struct arena *a, const char *doc)
{
	const char *end = doc, *text;
	while ((text = block(a, end, "ini", &end))) {
		const char *after = end, *next = strstr(end + 3, "```ini\n"), *shown = block(a, end, "pipelines", &after);
		check_config(text, shown && (!next || after < next) ? shown : NULL);
	}
}

/* ---- values --------------------------------------------------------------------------------- */

/* The text between the next two backquotes, or NULL when the line has no more. */
static const char *quoted(struct arena *a, const char **at)
{
	const char *from = *at + strcspn(*at, "`\n");
	if (*from != '`')
		return NULL;
	size_t n = strcspn(from + 1, "`\n");
	*at = from + n + 2;
	return arena_strndup(a, from + 1, n);
}

static void check_row(struct arena *a, const char *row)
{
	struct values v;
	struct text got = {0}, wanted = {0};
	struct ini_pair pair = {"x", quoted(a, &row), {"doc/config.md", 1, 1}, {"doc/config.md", 1, 1}};
	if (!values_read(a, &pair, &v) || !values_expand(a, &pair, &v)) {
		fail("this value is not right:", "no message", pair.value);
		return;
	}
	text_add(&got, "");
	text_add(&wanted, "");
	for (int i = 0; i < v.all.count; i++)
		text_printf(&got, "%s\n", v.all.at[i].text);
	for (const char *text; (text = quoted(a, &row));)
		text_printf(&wanted, "%s\n", text);
	if (strcmp(got.at, wanted.at) != 0)
		fail(pair.value, wanted.at, got.at);
	values++;
	text_free(&got);
	text_free(&wanted);
}

static void check_values(struct arena *a, const char *doc)
{
	const char *from = strstr(doc, "<!-- values -->\n"), *to = from ? strstr(from, "<!-- /values -->") : NULL;
	for (const char *line = from; to && line < to; line = strchr(line, '\n') + 1)
		if (strncmp(line, "| `", 3) == 0)
			check_row(a, line);
}

/* Ranges that are only drawn from: they are read, and have no count. */
static void check_open(struct arena *a, const char *doc)
{
	const char *from = strstr(doc, "<!-- open ranges -->\n"), *to = from ? strstr(from, "<!-- /open ranges -->") : NULL;
	int open = 0;
	for (const char *at = from, *text; to && (text = quoted(a, &at), at < to);) {
		struct values v;
		struct ini_pair pair = {"x", text, {"doc/config.md", 1, 1}, {"doc/config.md", 1, 1}};
		if (!text) {
			at = strchr(at, '\n') + 1;
			continue;
		}
		if (!values_read(a, &pair, &v))
			fail("this range is not right:", "no message", text);
		else
			open += v.items.at[0].is_range && v.items.at[0].range.open;
	}
	if (open != 3)
		fail("the table of open ranges has changed", "3", "another number");
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void check_keys(const char *path, const char *doc)
{
	static const char open[] = "<!-- keys -->\n";
	const char *from = strstr(doc, open), *to = from ? strstr(from, "<!-- /keys -->") : NULL;
	if (!to) {
		fail("the marks of the tables of keys are missing", open, "");
		return;
	}
	struct text whole = {0};
	text_addn(&whole, doc, (size_t)(from - doc) + strlen(open));
	settings_document(&whole);
	text_add(&whole, to);
	if (getenv("UPDATE")) {
		if (file_write_if_changed(path, whole.at, whole.len) != 0)
			fail("cannot be written", path, strerror(errno));
	} else if (strcmp(whole.at, doc) != 0) {
		fail("the tables of keys are old: run with UPDATE=1", whole.at + (from - doc), from);
	}
	text_free(&whole);
}

int main(int argc, char **argv)
{
	struct arena a = {0};
	const char *doc = argc == 2 ? file_read(&a, argv[1], 1 << 20, NULL) : NULL;
	if (!doc) {
		fprintf(stderr, "usage: test_doc doc/config.md\n");
		return 2;
	}
	check_configs(&a, doc);
	check_values(&a, doc);
	check_open(&a, doc);
	check_keys(argv[1], doc);
	printf("%d configs, %d with their pipelines, %d values\n", configs, pipelines, values);
	if (configs < 13 || pipelines < 7 || values < 20)
		fail("too few examples", "13 configs, 7 with pipelines, 20 values", "fewer");
	arena_free(&a);
	return failures != 0;
}
