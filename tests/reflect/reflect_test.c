/* reflect_test.c: what reflect() tells beyond the text of --describe: layouts, methods, hashes, packages, names of variables. */
#include "mosaicc.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static char folder[64];                  /* a temporary one */
static char *said;                       /* what diag printed since start_saying() */
static size_t said_size;

static void start_saying(void)
{
	diag.errors = diag.warnings = 0;
	diag.out = open_memstream(&said, &said_size);
}

static void stop_saying(void)
{
	fclose(diag.out);
	diag.out = NULL;
}

static const char *write_source(const char *name, const char *text)
{
	const char *path = arena_printf(&arena, "%s/%s", folder, name);
	assert_int_equal(file_write_if_changed(path, text, strlen(text)), 0);
	return path;
}

/* ---- layouts: the C compiler is asked, through the case that has every type ------------------ */
#include "good/types.c"

struct expected { const char *name; size_t offset, size; enum field_kind kind; };
#define FIELD(name, kind) {#name, offsetof(struct all, name), sizeof ((struct all *)0)->name, kind}

static void test_layout(void **state)
{
	(void)state;
	static const struct expected expected[] = {
		FIELD(sc, FIELD_INT), FIELD(uc, FIELD_UINT), FIELD(s, FIELD_INT), FIELD(us, FIELD_UINT), FIELD(i, FIELD_INT), FIELD(u, FIELD_UINT),
		FIELD(l, FIELD_INT), FIELD(ul, FIELD_UINT), FIELD(ll, FIELD_INT), FIELD(ull, FIELD_UINT), FIELD(i8, FIELD_INT), FIELD(u8, FIELD_UINT),
		FIELD(i16, FIELD_INT), FIELD(u16, FIELD_UINT), FIELD(i32, FIELD_INT), FIELD(u32, FIELD_UINT), FIELD(i64, FIELD_INT), FIELD(u64, FIELD_UINT),
		FIELD(z, FIELD_UINT), FIELD(f, FIELD_FLOAT), FIELD(d, FIELD_DOUBLE), FIELD(b, FIELD_BOOL), FIELD(p, FIELD_STRING), FIELD(t, FIELD_STRING),
		FIELD(q, FIELD_STRING), FIELD(e, FIELD_ENUM), FIELD(o, FIELD_ENUM), FIELD(n, FIELD_ENUM), FIELD(is, FIELD_INTS), FIELD(fs, FIELD_FLOATS),
		FIELD(typedefed, FIELD_INT), FIELD(constant, FIELD_INT), FIELD(volatile_too, FIELD_INT),
	};
	struct source s;
	assert_true(reflect(&arena, FOLDER "/good/types.c", &s));
	const struct class *c = source_class(&s, "all");
	assert_non_null(c);
	assert_int_equal(c->size, sizeof(struct all));
	assert_int_equal(c->fields.count, 1 + (int)(sizeof expected / sizeof *expected));
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		const struct field *f = &c->fields.at[i + 1];    /* the first is char, of either sign */
		bool list = f->kind == FIELD_INTS || f->kind == FIELD_FLOATS;
		assert_string_equal(f->name, expected[i].name);
		assert_int_equal(f->offset, expected[i].offset);
		assert_int_equal(f->size, list ? 8 : expected[i].size);
		assert_int_equal(f->kind, expected[i].kind);
	}
	const struct field *e = &c->fields.at[26];
	assert_int_equal(e->enumerators.count, 3);
	assert_string_equal(e->enumerators.at[1].name, "relu");
	assert_int_equal(e->enumerators.at[1].value, relu);
	assert_int_equal(e->enumerators.at[2].value, -1);
	assert_null(source_class(&s, "al"));
	reflect_close(&s);
	reflect_close(&s);
	assert_null(reflect_variable(&s, 1, 1));
	assert_string_equal(c->name, "all");      /* classes outlive the parse */
	assert_string_equal(c->at.file, FOLDER "/good/types.c");
}

static void test_methods(void **state)
{
	(void)state;
	struct source s;
	assert_true(reflect(&arena, FOLDER "/good/methods.c", &s));
	const struct method *m = source_class(&s, "all")->methods;
	assert_true(m[METHOD_FORWARD].present && m[METHOD_FORWARD].run_info && m[METHOD_FORWARD].module_info && m[METHOD_FORWARD].returns_tensors);
	assert_int_equal(m[METHOD_FORWARD].tensors, -1);
	assert_true(m[METHOD_PREPARE].present && !m[METHOD_PREPARE].run_info && m[METHOD_PREPARE].returns_void);
	assert_true(m[METHOD_TRANSFORM].run_info && !m[METHOD_TRANSFORM].module_info);
	assert_true(m[METHOD_LOSS].tensors == 2 && m[METHOD_METRIC].tensors == 2 && !m[METHOD_LOSS].returns_tensors);
	assert_false(m[METHOD_SAVE_MODEL].present);
	const struct method *in = source_class(&s, "all_in")->methods;
	assert_int_equal(in[METHOD_FORWARD].tensors, 2);
	assert_true(in[METHOD_FORWARD].at.line > 0 && in[METHOD_FORWARD].at.col == 12);
	assert_int_equal(source_class(&s, "empty")->size, 0);
	assert_null(source_class(&s, "helper"));
	reflect_close(&s);
	assert_true(reflect(&arena, FOLDER "/good/loss_tensors.c", &s));
	assert_int_equal(source_class(&s, "physics")->methods[METHOD_LOSS].tensors, 3);
	assert_int_equal(source_class(&s, "physics")->methods[METHOD_METRIC].tensors, -1);
	reflect_close(&s);
}

/* ---- variables ------------------------------------------------------------------------------ */

/* The start of the next call on a line before `end`: an identifier and a parenthesis. */
static char *next_call(char *at, const char *end)
{
	static const char *const not_calls[] = {"for", "if", "sizeof", "return", "void"};
	for (; at < end; at++) {
		size_t n = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
		bool call = n && at[n] == '(';
		for (size_t i = 0; i < sizeof not_calls / sizeof *not_calls; i++)
			call = call && (strlen(not_calls[i]) != n || strncmp(at, not_calls[i], n) != 0);
		if (call)
			return at;
		at += n;
	}
	return NULL;
}

static int check_line(const struct source *s, const char *file, int line, char *text)
{
	char *mark = strstr(text, "/*= ");
	if (!mark)
		return 0;
	char *expected = mark + 4, *at = text;
	int count = 0;
	for (; (at = next_call(at, mark)); at += strcspn(at, "(")) {
		size_t n = strcspn(expected, " ");
		const char *name = file ? reflect_variable_at(s, file, line, (int)(at - text) + 1) : reflect_variable(s, line, (int)(at - text) + 1);
		const char *shown_name = !name ? "-" : *name ? name : "\"\"";
		if (strlen(shown_name) != n || strncmp(shown_name, expected, n) != 0)
			fail_msg("line %d: %s: '%s', expected '%.*s'", line, at, shown_name, (int)n, expected);
		expected += n + strspn(expected + n, " ");
		count++;
		if ((*at >= 'A' && *at <= 'Z') || strncmp(at, "nn_tensors_of(", 14) == 0)
			break;                          /* a macro: all calls in it have its place */
	}
	return count;
}

static int check_variables(const struct source *s, const char *path, const char *as)
{
	char *text = file_read(&arena, path, 1 << 20, NULL);
	int count = 0, number = 1;
	for (char *line = strtok(text, "\n"), *next; line; line = next, number++) {
		/* strtok joins empty lines: count them */
		next = strtok(NULL, "\n");
		count += check_line(s, as, number, line);
		if (next)
			for (char *c = line + strlen(line) + 1; c < next; c++)
				number++;
	}
	return count;
}

static void test_variables(void **state)
{
	(void)state;
	struct source s;
	assert_true(reflect(&arena, FOLDER "/variables.c", &s));
	assert_true(check_variables(&s, FOLDER "/variables.c", NULL) > 40);
	assert_true(check_variables(&s, FOLDER "/variables.h", FOLDER "/variables.h") == 3);
	assert_true(check_variables(&s, FOLDER "/variables.h", FOLDER "/../reflect/variables.h") == 3);
	assert_null(reflect_variable(&s, 1, 1));
	assert_null(reflect_variable(&s, 100000, 1));
	assert_null(reflect_variable(&s, -5, -5));
	assert_null(reflect_variable_at(&s, "nowhere.c", 20, 16));
	assert_null(reflect_variable_at(&s, NULL, 20, 16));
	reflect_close(&s);
}

/* ---- hashes --------------------------------------------------------------------------------- */

static struct hash128 hash_of(const char *text)
{
	struct source s;
	assert_true(reflect(&arena, write_source("hashed.c", text), &s));
	reflect_close(&s);
	return s.hash;
}

static bool same_hash(const char *a, const char *b)
{
	struct hash128 x = hash_of(a), y = hash_of(b);
	return x.hi == y.hi && x.lo == y.lo;
}

static void test_hash(void **state)
{
	(void)state;
	const char *plain = "#define N 3\nint f(void) { return N; }\n";
	assert_true(same_hash(plain, plain));
	assert_true(same_hash(plain, "/* why */\n#define N 3 // three\n\n\nint f(void)\n{\n\treturn N; /* N */\n}\n"));
	assert_true(same_hash(plain, "#define N \\\n  3\r\nint f(void) { return /* x */ N; }"));
	assert_false(same_hash(plain, "#define N 4\nint f(void) { return N; }\n"));
	assert_false(same_hash(plain, "#define N 3\nint g(void) { return N; }\n"));
	assert_false(same_hash("#define F(x) 1\n", "#define F (x) 1\n"));
	assert_false(same_hash("#define A\nint c;\n", "#define A int\nA c;\n"));
	assert_false(same_hash("#define A x\nint c;\n", "#define A\nint c;\n"));
	assert_false(same_hash("int a = 1 - -1;", "int a = 1 -1;"));
	assert_false(same_hash("char *s = \"a b\";", "char *s = \"a  b\";"));
	assert_false(same_hash("#if 1\nint a;\n#endif\n", "#if 0\nint a;\n#endif\n"));
}

static void test_hash_includes(void **state)
{
	(void)state;
	const char *text = "#include \"part.h\"\nint f(void) { return N; }\n";
	write_source("part.h", "#define N 3\n");
	struct hash128 one = hash_of(text);
	write_source("part.h", "/* three */\n#define N 3\n");
	struct hash128 two = hash_of(text);
	write_source("part.h", "#define N 4\n");
	struct hash128 three = hash_of(text);
	assert_true(one.hi == two.hi && one.lo == two.lo);
	assert_false(one.hi == three.hi && one.lo == three.lo);
	struct source s;
	assert_true(reflect(&arena, write_source("hashed.c", text), &s));
	assert_int_equal(s.includes.count, 1);
	assert_string_equal(s.includes.at[0], arena_printf(&arena, "%s/part.h", folder));
	reflect_close(&s);
}

/* ---- packages ------------------------------------------------------------------------------- */

static void test_package(void **state)
{
	(void)state;
	mkdir(arena_printf(&arena, "%s/a b", folder), 0777);
	write_source("a b/inside.h", "#define INSIDE 1\nstatic int f(void) { int not_the_users; return 1; }\n");
	write_source("inner.pc", "Name: inner\nDescription: x\nVersion: 1\nCflags: -I\"${pcfiledir}/a b\" -DGIVEN=5 -pthread\nLibs: -linner\n");
	setenv("PKG_CONFIG_PATH", folder, 1);
	const char *text = "#include <mosaic.h>\n#include <inside.h>\nMOSAIC_PKG(\"inner\");\nMOSAIC_PKG(\"inner\");\n_Static_assert(INSIDE + GIVEN == 6, \"\");\n";
	struct source s;
	start_saying();
	bool ok = reflect(&arena, write_source("packaged.c", text), &s);
	stop_saying();
	assert_string_equal(said, "");
	assert_true(ok);
	assert_int_equal(s.packages.count, 1);
	assert_string_equal(s.packages.at[0], "inner");
	assert_int_equal(s.includes.count, 0);
	reflect_close(&s);
	struct words libs = {0};
	assert_true(package_flags(&arena, "inner", true, (struct place){0}, &libs));
	assert_int_equal(libs.list.count, 1);
	assert_string_equal(libs.list.at[0], "-linner");
	free(said);
}

static void test_no_pkg_config(void **state)
{
	(void)state;
	char *path = arena_strdup(&arena, getenv("PATH"));
	setenv("PATH", folder, 1);
	struct words flags = {0};
	start_saying();
	bool ok = package_flags(&arena, "inner", true, (struct place){0}, &flags);
	stop_saying();
	setenv("PATH", path, 1);
	assert_false(ok);
	assert_non_null(strstr(said, "cannot be run"));
	assert_non_null(strstr(said, "apt install pkg-config"));
	free(said);
}

/* ---- files that are none, and what the driver says ------------------------------------------ */

static void test_unreadable(void **state)
{
	(void)state;
	struct source s;
	const char *const paths[] = {"/nowhere/at/all.c", folder, "/dev/zero", ""};
	for (int i = 0; i < 4; i++) {
		start_saying();
		assert_false(reflect(&arena, paths[i], &s));
		stop_saying();
		assert_int_equal(diag.errors, 1);
		assert_false(s.ok);
		reflect_close(&s);
		free(said);
	}
	char here[4096];
	assert_non_null(getcwd(here, sizeof here));
	write_source("-Dx.c", "int dashed;\n");
	assert_int_equal(chdir(folder), 0);
	assert_true(reflect(&arena, "-Dx.c", &s));
	reflect_close(&s);
	assert_int_equal(chdir(here), 0);
}

static void test_driver_errors(void **state)
{
	(void)state;
	struct source s;
	assert_true(reflect(&arena, FOLDER "/good/methods.c", &s));
	struct place at = {"config.ini", 3, 9};
	start_saying();
	err_no_class(&s, "al", at);
	err_no_class(&s, "al", at);                          /* of the next pipeline: not again */
	err_no_class(&s, "something", at);
	err_no_method(source_class(&s, "empty"), METHOD_PREPARE, at);
	stop_saying();
	assert_int_equal(diag.errors, 3);
	assert_non_null(strstr(said, "config.ini:3:9: error: there is no class 'al' in " FOLDER "/good/methods.c\n  hint: did you mean 'all'? Classes there: all, all_in, empty\n"));
	assert_non_null(strstr(said, "hint: classes there: all, all_in, empty\n"));
	assert_non_null(strstr(said, "error: class empty has no method empty_prepare\n"));
	assert_non_null(strstr(said, "hint: write void empty_prepare(const struct empty *self, mosaic_data *data ["));
	free(said);
	reflect_close(&s);
}

static int make_folder(void **state)
{
	(void)state;
	static const char *dirs[] = {RUNTIME, OPS, NULL};
	reflect_include_dirs(dirs);
	strcpy(folder, "/tmp/reflect_test_XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	const char *const names[] = {"hashed.c", "part.h", "a b/inside.h", "inner.pc", "packaged.c", "-Dx.c", "a b", ""};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove(arena_printf(&arena, "%s/%s", folder, names[i]));
	arena_free(&arena);
	arena_free(&diag.arena);
	return access(folder, F_OK) == 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout), cmocka_unit_test(test_methods), cmocka_unit_test(test_variables), cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_includes), cmocka_unit_test(test_package), cmocka_unit_test(test_no_pkg_config),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_driver_errors),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
