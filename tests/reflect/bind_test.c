/* bind_test.c: config text into fields: where a value is found, what each type takes, and what is said when it does not. */
#include "mosaicc.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct arena arena;
static char *said;
static size_t said_size;
static struct source source;             /* of CLASSES, parsed once */
static char source_path[] = "/tmp/bind_test_XXXXXX";

static const char CLASSES[] =
	"#include <mosaic.h>\n"
	"enum activation { sigmoid, relu, tanh_ };\n"
	"struct all { int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32; int64_t i64; uint64_t u64; float f; double d; bool b;\n"
	"	const char *s; enum activation e; mosaic_ints is; mosaic_floats fs; int derived[3] MOSAIC_DERIVED; };\n"
	"void all_init(struct all *self) { (void)self; }\n"
	"struct data { int batch_size; };\n"
	"void data_prepare(const struct data *self, mosaic_data *data) { (void)self, (void)data; }\n"
	"struct net { int width; int input_size; float rate MOSAIC_DEFAULT(0.5); const char *name MOSAIC_DEFAULT(\"a \\\"b\"); int batch_size; };\n"
	"nn_tensor net_forward(const struct net *self, nn_tensor x) { (void)self; return x; }\n"
	"struct none { };\n"
	"nn_tensor none_forward(const struct none *self, nn_tensor x) { (void)self; return x; }\n"
	"struct mix { float weight; int depth; };\n"
	"nn_tensor mix_loss(const struct mix *self, nn_tensor p, nn_tensor t) { (void)self, (void)t; return p; }\n";

static void start_saying(void)
{
	diag.errors = 0;
	diag.seen.count = 0;
	diag.out = open_memstream(&said, &said_size);
}

/* The messages since start_saying(), which the arena keeps. */
static const char *stop_saying(void)
{
	fclose(diag.out);
	diag.out = NULL;
	const char *text = arena_strdup(&arena, said);
	free(said);
	return text;
}

/* ---- values --------------------------------------------------------------------------------- */

static const struct field *field_of(const char *class, const char *name)
{
	const struct class *c = source_class(&source, class);
	assert_non_null(c);
	for (int i = 0; i < c->fields.count; i++)
		if (strcmp(c->fields.at[i].name, name) == 0)
			return &c->fields.at[i];
	fail_msg("no field %s", name);
	return NULL;
}

static void good(const char *field, const char *value, const char *expected)
{
	const char *c_text = NULL;
	start_saying();
	bool ok = field_value(&arena, field_of("all", field), value, (struct place){"config.ini", 3, 9}, &c_text);
	const char *messages = stop_saying();
	if (!ok)
		fail_msg("%s = %s: %s", field, value, messages);
	assert_string_equal(c_text, expected);
	assert_string_equal(messages, "");
}

static void bad(const char *field, const char *value, const char *expected)
{
	const char *c_text = NULL;
	start_saying();
	bool ok = field_value(&arena, field_of("all", field), value, (struct place){"config.ini", 3, 9}, &c_text);
	const char *messages = stop_saying();
	if (ok)
		fail_msg("%s = %s is taken as %s", field, value, c_text);
	assert_int_equal(diag.errors, 1);
	if (strncmp(messages, "config.ini:3:9: error: ", 23) != 0 || strncmp(messages + 23, expected, strlen(expected)) != 0)
		fail_msg("expected: %s\ngot: %s", expected, messages);
	assert_non_null(strstr(messages, arena_printf(&arena, "%s:%d:%d: note: the parameter is here\n", source_path, field_of("all", field)->at.line, field_of("all", field)->at.col)));
}

static void test_integers(void **state)
{
	(void)state;
	good("i32", "4", "4");
	good("i32", "+4", "4");
	good("i32", "-0", "0");
	good("i32", "007", "7");
	good("i32", "1e3", "1000");
	good("i32", "2.50e1", "25");
	good("i8", "127", "127");
	good("i8", "-128", "-128");
	good("u8", "255", "255");
	good("u16", "65535", "65535");
	good("i16", "-32768", "-32768");
	good("u32", "4294967295", "4294967295");
	good("i64", "9223372036854775807", "9223372036854775807");
	good("i64", "-9223372036854775808", "(-9223372036854775807 - 1)");
	good("u64", "18446744073709551615", "18446744073709551615u");
	bad("i8", "128", "i8 = '128': out of range: int8_t is -128 to 127\n");
	bad("i8", "-129", "i8 = '-129': out of range");
	bad("u8", "256", "u8 = '256': out of range: uint8_t is 0 to 255\n");
	bad("u8", "-1", "u8 = '-1': out of range");
	bad("u16", "65536", "u16 = '65536': out of range: uint16_t is 0 to 65535\n");
	bad("i32", "2147483648", "i32 = '2147483648': out of range: int32_t is -2147483648 to 2147483647\n");
	bad("u32", "4294967296", "u32 = '4294967296': out of range: uint32_t is 0 to 4294967295\n");
	bad("i64", "9223372036854775808", "i64 = '9223372036854775808': out of range: int64_t is -9223372036854775808 to 9223372036854775807\n");
	bad("i64", "-9223372036854775809", "i64 = '-9223372036854775809': out of range");
	bad("u64", "18446744073709551616", "u64 = '18446744073709551616': out of range: uint64_t is 0 to 18446744073709551615\n");
	bad("u64", "99999999999999999999999999", "u64 = '99999999999999999999999999': out of range");
	bad("i32", "1.5", "i32 = '1.5': not an integer\n");
	bad("i32", "1e-3", "i32 = '1e-3': not an integer\n");
	bad("i32", "1e300", "i32 = '1e300': too large for this way of writing");
	bad("i32", "1e999999", "i32 = '1e999999': too large for this way of writing");
	bad("i32", "", "i32 = '': not an integer\n");
	bad("i32", " 4", "i32 = ' 4': not an integer\n");
	bad("i32", "4x", "i32 = '4x': not an integer\n");
	bad("i32", "0x10", "i32 = '0x10': not an integer\n");
	bad("i32", "--4", "i32 = '--4': not an integer\n");
	bad("i32", "four\033[31m", "i32 = 'four?[31m': not an integer\n");
}

static void test_floats(void **state)
{
	(void)state;
	good("f", "0.1", "0.1f");
	good("f", "1", "1.0f");
	good("f", "1e-3", "1e-3f");
	good("f", ".5", ".5f");
	good("f", "5.", "5.f");
	good("f", "+2.5", "2.5f");
	good("f", "-2.5", "-2.5f");
	good("f", "3.4e38", "3.4e38f");
	good("f", "0e5", "0e5f");
	good("d", "0.1", "0.1");
	good("d", "010", "010.0");
	good("d", "1e300", "1e300");
	bad("f", "3.5e38", "f = '3.5e38': out of range: float goes to 3.4e38\n");
	bad("f", "1e-60", "f = '1e-60': too small: it would be 0 as float\n");
	bad("d", "1e400", "d = '1e400': out of range: double goes to 1.8e308\n");
	bad("d", "1e-400", "d = '1e-400': too small");
	bad("f", "nan", "f = 'nan': not a finite number\n");
	bad("f", "inf", "f = 'inf': not a finite number\n");
	bad("f", "0x1p3", "f = '0x1p3': not a finite number\n");
	bad("f", "1,5", "f = '1,5': not a finite number\n");
	bad("f", "1e", "f = '1e': not a finite number\n");
	bad("f", ".", "f = '.': not a finite number\n");
	bad("f", "1.0f", "f = '1.0f': not a finite number\n");
}

static void test_bools_and_enums(void **state)
{
	(void)state;
	static const char *const yes[] = {"true", "True", "YES", "on", "1"}, *const no[] = {"false", "False", "NO", "Off", "0"};
	for (int i = 0; i < 5; i++) {
		good("b", yes[i], "true");
		good("b", no[i], "false");
	}
	bad("b", "2", "b = '2': neither true nor false");
	bad("b", "", "b = '': neither true nor false");
	good("e", "relu", "relu");
	bad("e", "rellu", "e = 'rellu': did you mean 'relu'? One of sigmoid, relu, tanh_\n");
	bad("e", "1", "e = '1': must be one of sigmoid, relu, tanh_\n");
	bad("e", "softmax", "e = 'softmax': must be one of sigmoid, relu, tanh_\n");
}

static void test_strings(void **state)
{
	(void)state;
	good("s", "a b", "\"a b\"");
	good("s", "", "\"\"");
	good("s", "say \"hi\" \\ there", "\"say \\\"hi\\\" \\\\ there\"");
	good("s", "?\?/ ?\?=", "\"\\?\\?/ \\?\\?=\"");
	good("s", "\x01" "1\x7f", "\"\\0011\\177\"");
	good("s", "a\nb\tc\r", "\"a\\nb\\tc\\015\"");
	good("s", "é λ 中 😀", "\"é λ 中 😀\"");
	good("s", "\xff\xc3(\xe2\x80\xae\xed\xa0\x80\xc0\x80", "\"\\377\\303(\\342\\200\\256\\355\\240\\200\\300\\200\"");
	good("s", "*/ #include \"x\"", "\"*/ #include \\\"x\\\"\"");
	good("s", "%s%n", "\"%s%n\"");
}

static void test_lists(void **state)
{
	(void)state;
	good("is", "[1, 2, 3]", "{3, (const int64_t[]){1, 2, 3}}");
	good("is", "[7]", "{1, (const int64_t[]){7}}");
	good("is", "[ ]", "{0, 0}");
	good("is", "[]", "{0, 0}");
	good("is", "[-9223372036854775808,1e3]", "{2, (const int64_t[]){(-9223372036854775807 - 1), 1000}}");
	good("fs", "[1, .5,-2e3]", "{3, (const double[]){1.0, .5, -2e3}}");
	bad("is", "1, 2", "is = '1, 2': not a list; write [1, 2, 3], [7] or []\n");
	bad("is", "[1, 2", "is = '[1, 2': not a list");
	bad("is", "[", "is = '[': not a list");
	bad("is", "[1, two]", "element 2 of is = 'two': not an integer\n");
	bad("is", "[1,,2]", "element 2 of is = '': not an integer\n");
	bad("is", "[1, ]", "element 2 of is = '': not an integer\n");
	bad("is", "[,]", "element 1 of is = '': not an integer\n");
	bad("is", "[[1], 2]", "element 1 of is = '[1]': not an integer\n");
	bad("is", "[1.5]", "element 1 of is = '1.5': not an integer\n");
	bad("is", "[99999999999999999999]", "element 1 of is = '99999999999999999999': out of range: int64_t is");
	bad("fs", "[1, nan]", "element 2 of fs = 'nan': not a finite number\n");
	struct text many = {0};
	text_add(&many, "[0");
	for (int i = 0; i < 70000; i++)
		text_add(&many, ",0");
	text_add(&many, "]");
	bad("is", many.at, "element 65537 of is = '...': a list has at most 65536 elements\n");
	text_free(&many);
}

/* What is bound is C: all good values go through the compiler's own parser, with warnings as errors. */
static void test_c_text(void **state)
{
	(void)state;
	static const char *const values[][2] = {
		{"i8", "-128"}, {"u8", "255"}, {"i64", "-9223372036854775808"}, {"u64", "18446744073709551615"}, {"f", "16777217"}, {"d", "010"},
		{"b", "yes"}, {"s", "?\?/\"\\ \x01" "1\xff é %"}, {"e", "tanh_"}, {"is", "[-9223372036854775808, 2]"}, {"fs", "[1, 2.5]"},
	};
	struct text t = {0};
	text_addn(&t, CLASSES, sizeof CLASSES - 1);
	text_add(&t, "const struct all all = {\n");
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const char *c_text;
		assert_true(field_value(&arena, field_of("all", values[i][0]), values[i][1], (struct place){0}, &c_text));
		text_printf(&t, "\t.%s = %s,\n", values[i][0], c_text);
	}
	text_add(&t, "};\n");
	const char *path = arena_printf(&arena, "%s.c_text.c", source_path);
	assert_int_equal(file_write_if_changed(path, t.at, t.len), 0);
	struct source s;
	start_saying();
	bool ok = reflect(&arena, path, &s);
	const char *messages = stop_saying();
	if (!ok || diag.warnings != 0)
		fail_msg("%s\n%s", messages, t.at);
	reflect_close(&s);
	unlink(path);
	text_free(&t);
}

/* ---- where values are found ----------------------------------------------------------------- */

/* "[section] type class" and pairs "name=value"; the pair on line k of the file starts at line k. */
static struct module module_of(const char *section, const char *class, int line, const char *const *pairs)
{
	struct module m = {.section = section, .type = strcmp(section, "PROCESS") ? "mlp" : "process", .class = class, .path = source_path, .key = section};
	m.at = m.class_at = m.path_at = (struct place){"config.ini", line, 1};
	static const char *const always[] = {"type", "class", "path_to_class", "key"};
	for (int i = 0; i < 4; i++)
		VEC_PUSH(&arena, &m.params, ((struct param){.name = always[i], .value = "x", .at = {"config.ini", line, 1}, .used = true}));
	for (int i = 0; pairs[i]; i++) {
		const char *equals = strchr(pairs[i], '=');
		struct param p = {.name = arena_strndup(&arena, pairs[i], (size_t)(equals - pairs[i])), .value = equals + 1, .at = {"config.ini", line + 1 + i, 9}};
		VEC_PUSH(&arena, &m.params, p);
	}
	return m;
}
#define PAIRS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_PAIRS ((const char *const[]){NULL})

static struct pipeline pipeline_of(int count, const struct module *modules)
{
	struct pipeline p = {.line = "a | b"};
	for (int i = 0; i < count; i++)
		VEC_PUSH(&arena, &p.modules, modules[i]);
	return p;
}

static struct infos infos_of(const char *name, const char *value)
{
	struct infos infos = {0};
	struct info_value v = {.name = name, .value = value, .kind = INFO_INT};
	VEC_PUSH(&arena, &infos.values, v);
	return infos;
}

static const struct bound_field *bound_of(const struct bound *b, const char *name)
{
	for (int i = 0; i < b->fields.count; i++)
		if (strcmp(b->fields.at[i].field->name, name) == 0)
			return &b->fields.at[i];
	return NULL;
}

/* What a trainer's settings say: its reader of numbers, booleans and lists is simpler. */
static void test_plain(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{"i32", "1e3", "1000"}, {"i32", "+4", "4"}, {"i64", "-9223372036854775808", "-9223372036854775808"},
		{"u64", "18446744073709551615", "18446744073709551615"}, {"f", "+2.5", "2.5"}, {"d", "1e-3", "1e-3"}, {"b", "On", "true"}, {"b", "NO", "false"},
		{"e", "relu", "relu"}, {"s", "a b", "a b"}, {"s", "", ""}, {"s", "\"", "\""}, {"s", "\"a\"", "\"\\\"a\\\"\""},
		{"s", "a\nb\t\\ ?\"c\xff" "1", "a\nb\t\\ ?\"c\xff" "1"}, {"is", "[ ]", "[]"}, {"is", "[1,  2e1]", "[1, 20]"},
		{"is", "[-9223372036854775808, 1, -9223372036854775808]", "[-9223372036854775808, 1, -9223372036854775808]"}, {"fs", "[1]", "[1.0]"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct field *f = field_of("all", cases[i][0]);
		const char *c_text;
		assert_true(field_value(&arena, f, cases[i][1], (struct place){0}, &c_text));
		assert_string_equal(field_plain(&arena, f, cases[i][1], c_text), cases[i][2]);
	}
}

static void expect_bound(const struct bound *b, const char *name, const char *c_text, bool given, int line)
{
	const struct bound_field *f = bound_of(b, name);
	assert_non_null(f);
	assert_string_equal(f->c_text, c_text);
	assert_int_equal(f->given, given);
	if (given)
		assert_int_equal(f->at.line, line);
}

static void test_order_of_places(void **state)
{
	(void)state;
	const struct class *net = source_class(&source, "net");
	struct module modules[] = {
		module_of("far", "data", 10, PAIRS("width=1", "input_size=11", "batch_size=21")),
		module_of("near", "data", 20, PAIRS("width=2", "input_size=12")),
		module_of("own", "net", 30, PAIRS("width=3")),
		module_of("later", "data", 40, PAIRS("width=4", "batch_size=24")),
	};
	struct pipeline p = pipeline_of(4, modules);
	struct infos infos = infos_of("input_size", "99");
	struct bound b;
	assert_true(bind(&arena, net, &p.modules.at[2], &p, &infos, &b));
	assert_int_equal(b.fields.count, 5);
	expect_bound(&b, "width", "3", true, 31);              /* its own section */
	expect_bound(&b, "input_size", "99", true, 30);        /* info, before other sections */
	expect_bound(&b, "batch_size", "21", true, 13);        /* earlier before later */
	expect_bound(&b, "rate", "0.5f", false, 0);
	expect_bound(&b, "name", "\"a \\\"b\"", false, 0);
	assert_true(bind(&arena, net, &p.modules.at[2], &p, NULL, &b));
	expect_bound(&b, "input_size", "12", true, 22);        /* the nearest earlier one */
	p = pipeline_of(2, modules + 2);
	infos = infos_of("input_size", "5");
	assert_true(bind(&arena, net, &p.modules.at[0], &p, &infos, &b));
	expect_bound(&b, "batch_size", "24", true, 42);        /* a later one */
}

static void test_missing(void **state)
{
	(void)state;
	const struct class *net = source_class(&source, "net");
	struct module m = module_of("own", "net", 30, PAIRS("widht=3"));
	struct pipeline p = pipeline_of(1, &m);
	struct bound b;
	start_saying();
	assert_false(bind(&arena, net, &p.modules.at[0], &p, NULL, &b));
	assert_true(bind_unused(&p));                          /* the misspelt one was told already */
	const char *messages = stop_saying();
	assert_int_equal(diag.errors, 1);
	assert_non_null(strstr(messages, "config.ini:30:1: error: [own] needs width, input_size and batch_size: class net has these parameters and nothing gives them a value\n"));
	assert_non_null(strstr(messages, "config.ini:31:9: note: 'widht' is no parameter of net: did you mean 'width'?\n"));
	assert_non_null(strstr(messages, "note: int input_size\n"));
	assert_non_null(strstr(messages, "hint: write a value into the section, let info()"));
	start_saying();
	diag.seen.count = 1;                                   /* the next pipeline of the same sweep */
	m = module_of("own", "net", 30, PAIRS("widht=3"));
	p = pipeline_of(1, &m);
	assert_false(bind(&arena, net, &p.modules.at[0], &p, NULL, &b));
	assert_string_equal(stop_saying(), "");
}

static void test_bad_info(void **state)
{
	(void)state;
	const struct class *data = source_class(&source, "data");
	struct module m = module_of("own", "data", 30, NO_PAIRS);
	struct pipeline p = pipeline_of(1, &m);
	struct infos infos = infos_of("batch_size", "2.5");
	struct bound b;
	start_saying();
	assert_false(bind(&arena, data, &p.modules.at[0], &p, &infos, &b));
	const char *messages = stop_saying();
	assert_non_null(strstr(messages, "config.ini:30:1: error: batch_size = '2.5': not an integer\n"));
	assert_non_null(strstr(messages, "hint: the value is what info() of a module before [own] says\n"));
}

static void test_unused(void **state)
{
	(void)state;
	struct module modules[] = {
		module_of("data", "data", 10, PAIRS("batch_size=1", "width=2", "color=red")),
		module_of("own", "net", 20, PAIRS("input_size=3", "rat=0.5")),
		module_of("bare", "none", 30, PAIRS("depth=3")),
		module_of("PROCESS", "process", 40, PAIRS("wieght=1")),
	};
	struct pipeline p = pipeline_of(4, modules);
	struct bound b;
	start_saying();
	assert_true(bind(&arena, source_class(&source, "data"), &p.modules.at[0], &p, NULL, &b));
	assert_true(bind_unused(&p));                          /* not all are bound: nothing is said yet */
	assert_true(bind(&arena, source_class(&source, "net"), &p.modules.at[1], &p, NULL, &b));
	bind_names(source_class(&source, "none"), &p.modules.at[2], &p);
	assert_false(bind_unused(&p));
	assert_false(bind_unused(&p));                         /* twice the same: said once */
	const char *messages = stop_saying();
	assert_int_equal(diag.errors, 3);                      /* [PROCESS] is looked at with a loss only */
	assert_non_null(strstr(messages, "config.ini:13:9: error: nobody uses 'color' of [data]: class data has no such parameter and no other module takes it\n  hint: parameters of data: batch_size\n"));
	assert_non_null(strstr(messages, "config.ini:22:9: error: nobody uses 'rat' of [own]: class net has no such parameter and no other module takes it\n  hint: did you mean 'rate'? Parameters of net: width, input_size, rate, name, batch_size\n"));
	assert_non_null(strstr(messages, "config.ini:31:9: error: nobody uses 'depth' of [bare]"));
	assert_non_null(strstr(messages, "hint: none has no parameters\n"));
}

static void test_loss(void **state)
{
	(void)state;
	struct module modules[] = {module_of("bare", "none", 10, PAIRS("depth=3")), module_of("PROCESS", "process", 20, PAIRS("weight=0.25"))};
	struct module loss = module_of("PROCESS", "mix", 20, PAIRS("weigth=1"));
	struct pipeline p = pipeline_of(2, modules);
	struct bound b;
	start_saying();
	assert_false(bind(&arena, source_class(&source, "mix"), &p.modules.at[0], &p, NULL, &b));   /* no loss: [PROCESS] is not its own */
	stop_saying();
	assert_false(p.modules.at[1].params.at[4].used);
	start_saying();
	bind_names(source_class(&source, "none"), &p.modules.at[0], &p);
	assert_true(bind(&arena, source_class(&source, "mix"), &loss, &p, NULL, &b));
	expect_bound(&b, "weight", "0.25f", true, 21);         /* swept: from the process module */
	expect_bound(&b, "depth", "3", true, 11);
	assert_true(bind_unused(&p));
	p.modules.at[1].params.at[4].name = "wait";            /* a swept key that the loss has not: two values, one message */
	p.modules.at[1].params.at[4].used = false;
	assert_false(bind_unused(&p));
	p.modules.at[1].params.at[4].at.col += 5;
	assert_false(bind_unused(&p));
	assert_false(bind_unused_loss(&loss));
	const char *messages = stop_saying();
	assert_int_equal(diag.errors, 2);
	assert_non_null(strstr(messages, "config.ini:21:9: error: nobody uses 'wait' of [PROCESS]: class mix has no such parameter"));
	assert_non_null(strstr(messages, "config.ini:21:9: error: nobody uses 'weigth' of [PROCESS]"));
	assert_non_null(strstr(messages, "did you mean 'weight'?"));
}

static int parse_classes(void **state)
{
	(void)state;
	static const char *dirs[] = {RUNTIME, OPS, NULL};
	reflect_include_dirs(dirs);
	int fd = mkstemp(source_path);
	bool written = fd >= 0 && write(fd, CLASSES, sizeof CLASSES - 1) == (ssize_t)sizeof CLASSES - 1;
	if (fd >= 0)
		close(fd);
	return written && reflect(&arena, source_path, &source) ? 0 : -1;
}

static int close_classes(void **state)
{
	(void)state;
	reflect_close(&source);
	unlink(source_path);
	arena_free(&arena);
	arena_free(&diag.arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers), cmocka_unit_test(test_floats), cmocka_unit_test(test_bools_and_enums), cmocka_unit_test(test_strings),
		cmocka_unit_test(test_lists), cmocka_unit_test(test_c_text), cmocka_unit_test(test_plain), cmocka_unit_test(test_order_of_places), cmocka_unit_test(test_missing),
		cmocka_unit_test(test_bad_info), cmocka_unit_test(test_unused), cmocka_unit_test(test_loss),
	};
	return cmocka_run_group_tests(tests, parse_classes, close_classes);
}
