/* mkops.c: makes the registry of ops from the files of templates/ops/. Run by the build:
**   mkops <mosaic_ops.h> <op_registry.c> FILE...
** From each FILE `name.c` it takes the prototypes after NN_API, the bodies between the marks @body and @end, and the op
** `op_name`; from `elementwise.def` the rows. It understands no C: marks and line starts only. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096 };

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "mkops: %s: %s\n", name, what);
	exit(1);
}

static FILE *must_open(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);
	if (!f)
		fail("cannot open", path);
	return f;
}

static void base_name(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	snprintf(out, size, "%s", slash ? slash + 1 : path);
	char *dot = strrchr(out, '.');
	if (dot)
		*dot = 0;
}

static void write_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		if (*s == '\n')
			fputs("\\n", out);
		else if (*s == '\t')
			fputs("\\t", out);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

/* ---- prototypes ----------------------------------------------------------------------------- */

/* Copies "NN_API type name(args)" as a prototype, with the comment that stands right above it. */
static void prototypes(FILE *in, FILE *header)
{
	char line[LINE], comment[4 * LINE] = "";
	while (fgets(line, sizeof line, in)) {
		if (strncmp(line, "NN_API ", 7) == 0) {
			fputs(comment, header);
			fprintf(header, "%s", line + 7);
			while (!strchr(line, ')') && fgets(line, sizeof line, in))
				fputs(line, header);
			fseek(header, -1, SEEK_CUR);
			fputs(";\n", header);
		}
		int is_comment = strncmp(line, "/*", 2) == 0 || strncmp(line, "**", 2) == 0;
		if (!is_comment || strncmp(line, "/*", 2) == 0)
			comment[0] = 0;
		if (is_comment)
			strncat(comment, line, sizeof comment - strlen(comment) - 1);
	}
}

/* The same functions as a table for doc/ops.md: file, prototype, comment on one line. */
static void function_entries(const char *path, const char *file, FILE *registry)
{
	FILE *in = must_open(path, "r");
	char line[LINE], comment[4 * LINE] = "";
	while (fgets(line, sizeof line, in)) {
		line[strcspn(line, "\n")] = 0;
		if (strncmp(line, "NN_API ", 7) == 0) {
			char *end = strstr(comment, " */");
			if (end)
				*end = 0;
			fputs("\t{", registry);
			write_string(registry, file);
			fputs(", ", registry);
			write_string(registry, line + 7);
			fputs(", ", registry);
			write_string(registry, comment[0] ? comment : "");
			fputs("},\n", registry);
		}
		int starts = strncmp(line, "/* ", 3) == 0, goes_on = strncmp(line, "** ", 3) == 0;
		if (!goes_on)
			comment[0] = 0;
		if (goes_on)
			strncat(comment, " ", sizeof comment - strlen(comment) - 1);
		if (starts || goes_on)
			strncat(comment, line + 3, sizeof comment - strlen(comment) - 1);
	}
	fclose(in);
}

/* One overload a choice of tensors and numbers, at least one of them a tensor. clang takes them as overloads, so that a call keeps its
** own place; other compilers get a macro over _Generic. A constant is never a tensor: 0 is a number, not a null pointer. */
static void overloads(FILE *header, FILE *registry, const char *name, int arity)
{
	static const char letters[] = "abc";
	fprintf(header, "#ifdef __clang__\n");
	for (int numbers = 0; numbers < (1 << arity) - 1; numbers++) {
		char suffix[4] = "", args[128] = "", call[256] = "", pointers[128] = "";
		for (int k = 0; k < arity; k++) {
			int number = numbers >> k & 1;
			suffix[k] = number ? 'd' : 't';
			sprintf(args + strlen(args), "%s%s %c", k ? ", " : "", number ? "double" : "nn_tensor", letters[k]);
			if (!number)
				sprintf(pointers + strlen(pointers), "%s!__builtin_constant_p(%c)", *pointers ? " && " : "", letters[k]);
			sprintf(call + strlen(call), number ? "%strace_const(%c)" : "%strace_arg(%c, \"%c\", 0, RANK_MAX)", k ? ", " : "", letters[k], letters[k]);
		}
		fprintf(header, "nn_tensor nn_%s(%s) __attribute__((overloadable, enable_if(%s, \"\"))) __asm__(\"nn_%s%s%s\");\n", name, args, pointers, name,
			numbers ? "_" : "", numbers ? suffix : "");
		fprintf(registry, "NN_API nn_tensor api_%s_%s(%s) __asm__(\"nn_%s%s%s\");\n", name, suffix, args, name, numbers ? "_" : "", numbers ? suffix : "");
		fprintf(registry, "nn_tensor api_%s_%s(%s)\n{\n\treturn trace_op(&op_%s, %d, (struct node *[]){%s}, NULL);\n}\n", name, suffix, args, name, arity, call);
	}
	fprintf(header, "#else\nnn_tensor nn_%s(", name);
	for (int k = 0; k < arity; k++)
		fprintf(header, "%snn_tensor %c", k ? ", " : "", letters[k]);
	fprintf(header, ");\n#define nn_%s(", name);
	for (int k = 0; k < arity; k++)
		fprintf(header, "%s%c", k ? ", " : "", letters[k]);
	fprintf(header, ") nn_%s(", name);
	for (int k = 0; k < arity; k++)
		fprintf(header, "%sNN_ARG(%c)", k ? ", " : "", letters[k]);
	fprintf(header, ")\n#endif\n");
}

/* A row is ROW1("name", ...), ROW2 or ROW3 at the start of a line; the comment above it is its documentation. */
static void rows(const char *path, FILE *header, FILE *registry)
{
	FILE *in = must_open(path, "r");
	char line[LINE];
	fprintf(registry, "#define ROW1(id, text, da, from, to, about) static const struct op op_##id = {.name = #id, .class = OP_ELEMENTWISE, .inputs = 1, \\\n"
		"\t.value = text, .derivative = {da}, .low = from, .high = to, .doc = about, .flops = 1};\n"
		"#define ROW2(id, text, da, db, from, to, about) static const struct op op_##id = {.name = #id, .class = OP_ELEMENTWISE, .inputs = 2, \\\n"
		"\t.value = text, .derivative = {da, db}, .low = from, .high = to, .doc = about, .flops = 1};\n"
		"#define ROW3(id, text, da, db, dc, from, to, about) static const struct op op_##id = {.name = #id, .class = OP_ELEMENTWISE, .inputs = 3, \\\n"
		"\t.value = text, .derivative = {da, db, dc}, .low = from, .high = to, .doc = about, .flops = 1};\n"
		"#define NONE NULL\n#include \"ops/elementwise.def\"\n");
	while (fgets(line, sizeof line, in)) {
		int arity = strncmp(line, "ROW", 3) == 0 && isdigit((unsigned char)line[3]) ? line[3] - '0' : 0;
		if (!arity)
			continue;
		char name[64];
		if (sscanf(line + 4, "(%63[a-z0-9_]", name) != 1)
			fail("a row without a name", path);
		const char *last = strrchr(line, '"'), *doc = last;
		while (doc && doc > line && doc[-1] != '"')
			doc--;
		if (!last || doc == line)
			fail("a row without documentation", name);
		fprintf(header, "/* %.*s */\n", (int)(last - doc), doc);
		if (arity == 1) {
			fprintf(header, "nn_tensor nn_%s(nn_tensor a);\n", name);
			fprintf(registry, "NN_API nn_tensor nn_%s(nn_tensor a)\n{\n\treturn trace_op(&op_%s, 1, (struct node *[]){trace_arg(a, \"a\", 0, RANK_MAX)}, NULL);\n}\n", name, name);
		} else {
			overloads(header, registry, name, arity);
		}
	}
	fclose(in);
}

/* ---- bodies --------------------------------------------------------------------------------- */

/* A function whose opening brace carries the mark: parameters from the last '(' list before it, text up to @end. */
static void bodies(const char *path, FILE *registry)
{
	FILE *in = must_open(path, "r");
	char line[LINE], head[4 * LINE] = "", name[64];
	int cuda = 0, inside = 0;
	while (fgets(line, sizeof line, in)) {
		if (strncmp(line, "#ifdef OP_", 10) == 0)
			cuda = strncmp(line + 10, "CUDA", 4) == 0;
		char *mark = strstr(line, "/* @body ");
		if (mark && line[0] == '{') {
			if (sscanf(mark + 9, "%63[a-z0-9_]", name) != 1)
				fail("a body without a name", path);
			char *open = strchr(head, '('), *close = strrchr(head, ')');
			if (!open || !close)
				fail("a body without a parameter list", name);
			*close = 0;
			fprintf(registry, "\t{\"%s\", ", name);
			write_string(registry, open + 1);
			fputs(",\n\t ", registry);
			inside = 1;
		} else if (inside && strstr(line, "/* @end */")) {
			fprintf(registry, "\"\", %s},\n", cuda ? "true" : "false");
			inside = 0;
			head[0] = 0;
		} else if (inside) {
			write_string(registry, line);
			fputs("\n\t ", registry);
		} else {
			if (line[0] == '\n' || line[0] == '#' || line[0] == '/' || line[0] == '*' || line[0] == '}')
				head[0] = 0;
			else
				strncat(head, line, sizeof head - strlen(head) - 1);
		}
	}
	if (inside)
		fail("a body without @end", name);
	fclose(in);
}

static int is_def(const char *path)
{
	size_t n = strlen(path);
	return n > 4 && strcmp(path + n - 4, ".def") == 0;
}

static void elementwise_entries(const char *path, FILE *registry)
{
	FILE *in = must_open(path, "r");
	char line[LINE], name[64];
	while (fgets(line, sizeof line, in))
		if (strncmp(line, "ROW", 3) == 0 && sscanf(line + 4, "(%63[a-z0-9_]", name) == 1)
			fprintf(registry, "\t&op_%s,\n", name);
	fclose(in);
}

/* A file may hold several ops: each `static const struct op op_NAME` at the start of a line is one; the same for optimizers. */
static void file_entries(const char *path, const char *kind, FILE *registry)
{
	FILE *in = must_open(path, "r");
	char line[LINE], pattern[128], name[64];
	snprintf(pattern, sizeof pattern, "static const struct %s %s_%%63[a-z0-9_]", kind, kind);
	while (fgets(line, sizeof line, in))
		if (sscanf(line, pattern, name) == 1)
			fprintf(registry, "\t&%s_%s,\n", kind, name);
	fclose(in);
}

static int is_optimizer(const char *path)
{
	return strstr(path, "optimizers/") != NULL;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		fail("usage: mkops mosaic_ops.h op_registry.c FILE...", "mkops");
	FILE *header = must_open(argv[1], "w"), *registry = must_open(argv[2], "w");
	fputs("/* mosaic_ops.h: one function an op, made from templates/ops/ by the build. Included by mosaic.h. */\n", header);
	fputs("/* op_registry.c: all ops, made from templates/ops/ by the build. */\n#define OP_RULES\n#include <mosaic.h>\n#include \"op.h\"\n", registry);
	for (int i = 3; i < argc; i++) {
		char name[64];
		base_name(argv[i], name, sizeof name);
		if (!is_optimizer(argv[i]))
			fprintf(header, "\n/* ---- %s ---- */\n", name);
		if (is_def(argv[i])) {
			rows(argv[i], header, registry);
			continue;
		}
		FILE *in = must_open(argv[i], "r");
		prototypes(in, header);
		fclose(in);
		fprintf(registry, "#include \"%s/%s.c\"\n", is_optimizer(argv[i]) ? "optimizers" : "ops", name);
	}
	fputs("\nconst struct op *const op_registry[] = {\n", registry);
	for (int i = 3; i < argc; i++)
		is_def(argv[i]) ? elementwise_entries(argv[i], registry) : file_entries(argv[i], "op", registry);
	fputs("\tNULL\n};\n\nconst struct optimizer *const optimizer_registry[] = {\n", registry);
	for (int i = 3; i < argc; i++)
		if (is_optimizer(argv[i]))
			file_entries(argv[i], "optimizer", registry);
	fputs("\tNULL\n};\nconst int op_count = sizeof op_registry / sizeof *op_registry - 1;\n\nconst struct op_body op_bodies[] = {\n", registry);
	for (int i = 3; i < argc; i++)
		if (!is_def(argv[i]))
			bodies(argv[i], registry);
	fputs("\t{NULL, NULL, NULL, false}\n};\n\nconst struct op_function op_functions[] = {\n", registry);
	for (int i = 3; i < argc; i++) {
		char name[64];
		base_name(argv[i], name, sizeof name);
		if (!is_def(argv[i]) && !is_optimizer(argv[i]))
			function_entries(argv[i], name, registry);
	}
	fputs("\t{NULL, NULL, NULL}\n};\n", registry);
	if (fclose(header) != 0 || fclose(registry) != 0)
		fail("cannot write", "output");
	return 0;
}
