/* test_settings.c: text that becomes settings, fields, jobs, options and rows; numbers that become text. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

enum colour { red, green = 5, blue = -1 };
struct everything {
	int8_t tiny; int i; int64_t wide; uint8_t byte; uint64_t huge; float f; double d; bool b; const char *s; enum colour e; mosaic_ints ints;
	mosaic_floats floats; int derived;
};
#define FIELD(name_, kind_, fallback_) {.name = #name_, .fallback = fallback_, .kind = MOSAIC_FIELD_##kind_, .size = sizeof(((struct everything *)0)->name_), \
	.offset = offsetof(struct everything, name_)}
static const struct mosaic_field fields[] = {
	FIELD(tiny, INT, "1"), FIELD(i, INT, "1"), FIELD(wide, INT, "1"), FIELD(byte, UINT, "1"), FIELD(huge, UINT, "1"), FIELD(f, FLOAT, "1"), FIELD(d, FLOAT, "1"),
	FIELD(b, BOOL, "1"), FIELD(s, STRING, "x"),
	{.name = "e", .kind = MOSAIC_FIELD_ENUM, .size = sizeof(enum colour), .offset = offsetof(struct everything, e),
		.enumerators = (const struct mosaic_enumerator[]){{"red", red}, {"green", green}, {"blue", blue}, {NULL, 0}}},
	FIELD(ints, INTS, "[]"), FIELD(floats, FLOATS, "[]"), FIELD(derived, DERIVED, NULL),
};
static const struct mosaic_data_class classes[] = {{.section = "data set", .class = "everything", .size = sizeof(struct everything), .fields = fields,
	.field_count = sizeof fields / sizeof *fields}};
static const struct mosaic_program program = {.abi = MOSAIC_TRAINER_ABI, .name = "settings", .lanes = 1, .real_bytes = 4, .batch = 1, .data_classes = classes,
	.data_class_count = 1, .settings = (const char *const[]){"lr", "1e-2", "epochs", "400", "seed", "1", NULL}, .column_count = 1,
	.columns = (const char *const[]){"loss"},
	.optimizer = {.name = "Adam", .hyper_count = 2, .hyper_names = (const char *const[]){"lr", "beta1"}, .hyper_defaults = (const double[]){1e-3, 0.9}}};

static const struct mosaic_field *field_named(const char *name)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

/* The text of a field after it was set from `text`, or the message. */
static void field(const char *name, const char *text, const char *expected)
{
	struct trainer_pool pool = {0};
	struct everything self;
	char why[WHY_SIZE];

	memset(&self, 0x55, sizeof self);
	bool ok = trainer_field_set(&pool, "data", field_named(name), &self, text, why, sizeof why);
	assert_string_equal(ok ? trainer_field_text(&pool, field_named(name), &self) : why, expected);
	trainer_pool_free(&pool);
}

static void fields_take_their_type(void **state)
{
	(void)state;
	field("tiny", "-128", "-128");
	field("tiny", "128", "data.tiny: 128 is out of range; it can be -128 to 127");
	field("tiny", "1.5", "data.tiny: '1.5' is not an integer");
	field("tiny", "", "data.tiny: '' is not an integer");
	field("tiny", " 1", "data.tiny: ' 1' is not an integer");
	field("i", "+7", "7");
	field("i", "2147483648", "data.i: 2147483648 is out of range; it can be -2147483648 to 2147483647");
	field("wide", "-9223372036854775808", "-9223372036854775808");
	field("wide", "9223372036854775808", "data.wide: 9223372036854775808 is out of range; it can be -9223372036854775808 to 9223372036854775807");
	field("byte", "255", "255");
	field("byte", "-1", "data.byte: -1 is out of range; it can be 0 to 255");
	field("huge", "18446744073709551615", "18446744073709551615");
	field("huge", "18446744073709551616", "data.huge: 18446744073709551616 is out of range; it can be 0 to 18446744073709551615");
	field("f", "0.1", "0.10000000149011612");
	field("f", "1e39", "data.f: 1e39 does not fit in a float; the largest is 3.4028235e38");
	field("d", "1e39", "9.9999999999999994e+38");
	field("d", "1e999", "data.d: '1e999' is not a number");
	field("d", "nan", "data.d: 'nan' is not a number");
	field("d", "0x10", "data.d: '0x10' is not a number");
	field("d", "1,5", "data.d: '1,5' is not a number");
	field("b", "True", "true");
	field("b", "no", "false");
	field("b", "TRUE", "data.b: 'TRUE' is neither true nor false");
	field("s", "a b", "a b");
	field("s", "\"a \\\"b\\\\\"", "a \"b\\");
	field("s", "\"", "\"");
	field("e", "green", "green");
	field("e", "blue", "blue");
	field("e", "gren", "data.e: 'gren' is not one of red, green, blue; did you mean 'green'?");
	field("e", "5", "data.e: '5' is not one of red, green, blue");
	field("ints", "[1, -2,3 ]", "[1, -2, 3]");
	field("ints", "[]", "[]");
	field("ints", "4", "[4]");
	field("ints", "[1,,2]", "data.ints: '' is not an integer");
	field("ints", "[1, 2.5]", "data.ints: '2.5' is not an integer");
	field("floats", "[1e-3, 2]", "[0.001, 2]");
	field("derived", "1", "data.derived: is computed by the module and cannot be set");
}

static void apply(const char *name, const char *value, const char *message)
{
	struct trainer_run *run = trainer_run_new(&program);
	char why[WHY_SIZE] = "";

	trainer_pairs_set(&run->pool, &run->set, name, value);
	assert_true(trainer_settings_apply(&program, run, why, sizeof why) == !*message);
	assert_string_equal(why, message);
	if (!*message && strcmp(name, "lr") == 0)
		assert_true(run->hyper[0] == 0.5 && run->hyper[1] == 0.9);
	trainer_run_free(run);
}

static void settings_are_checked(void **state)
{
	(void)state;
	apply("lr", "0.5", "");
	apply("beta1", "0.95", "");
	apply("data set.tiny", "x", "");                 /* looked at when data is prepared */
	apply("lr", "fast", "lr: 'fast' is not a number");
	apply("seed", "-1", "seed: '-1' is not an integer from 0 to 18446744073709551615");
	apply("epochs", "1e3", "epochs: '1e3' is not an integer from 0 to 1000000000");
	apply("epoch", "5", "there is no setting 'epoch'; did you mean 'epochs'?");
	apply("data set.tinny", "5", "there is no setting 'data set.tinny'; did you mean 'data set.tiny'?");
	apply("data set.derived", "5", "data set.derived is computed by the module and cannot be set");
	apply("data set.width", "5", "there is no setting 'data set.width'; did you mean 'data set.wide'?");
	apply("data set.other", "5", "there is no setting 'data set.other'; --help lists them");
	apply("", "5", "there is no setting ''; --help lists them");
}

static void options(const char *expected, int count, ...)
{
	struct trainer_options o = {.report_fd = -1};
	char *argv[10] = {"trainer"}, why[WHY_SIZE] = "";
	va_list ap;

	va_start(ap, count);
	for (int i = 1; i <= count; i++)
		argv[i] = va_arg(ap, char *);
	va_end(ap);
	assert_true(trainer_options_read(&program, count + 1, argv, &o, why, sizeof why) == !*expected);
	assert_string_equal(why, expected);
	if (!*expected && o.set.count)
		assert_string_equal(trainer_pairs_get(&o.set, "lr"), "0.5=x");
	free(o.set.at);
	trainer_pool_free(&o.pool);
}

static void options_are_checked(void **state)
{
	(void)state;
	options("", 2, "--lr", "0.5=x");
	options("", 1, "--lr=0.5=x");
	options("", 3, "--resume", "--checkpoint=5", "--info");
	options("", 4, "predict", "a.csv", "-o", "b.csv");
	options("", 2, "predict", "-");
	options("", 5, "samples", "-o", "b.csv", "--id", "3");
	options("'samples' is not understood; --help shows what is", 2, "samples", "samples");
	options("--lr needs a value", 1, "--lr");
	options("--resume takes no value", 1, "--resume=1");
	options("there is no option '--resum'; did you mean '--resume'?", 1, "--resum");
	options("there is no setting 'epoc'; did you mean 'epochs'?", 2, "--epoc", "5");
	options("'-x' is not understood; --help shows what is", 1, "-x");
	options("'more.csv' is not understood; --help shows what is", 3, "predict", "a.csv", "more.csv");
	options("--job says everything about its runs; it goes with --report-fd and --threads only", 4, "--job", "-", "--lr", "1");
	options("predict needs a CSV file: predict FILE", 1, "predict");
	options("-o is for predict; --out DIR is where a training writes", 2, "-o", "x");
	options("--checkpoint: '-1' is not a number of seconds", 2, "--checkpoint", "-1");
	options("--id: 'one' is not the id of a run", 2, "--id", "one");
	options("--report-fd: '-1' is not a file descriptor", 2, "--report-fd", "-1");
	options("--threads: '0' is not a number of threads from 1 to 256", 2, "--threads", "0");
	options("--threads: '257' is not a number of threads from 1 to 256", 1, "--threads=257");
}

/* Reads a job; its messages go to stderr, which is a file here. */
static void job(const char *text, const char *message, int runs)
{
	struct trainer_job job = {0};
	char got[400] = "";
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r"), *log = tmpfile();

	fflush(stderr);
	int before = dup(STDERR_FILENO);
	dup2(fileno(log), STDERR_FILENO);
	bool ok = trainer_job_read(&program, in, "job", &job);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
	rewind(log);
	if (!fgets(got, sizeof got, log))
		got[0] = '\0';
	assert_string_equal(got, message);
	assert_true(ok == !*message);
	if (ok)
		assert_int_equal(job.count, runs);
	trainer_job_free(&job);
	fclose(log);
	fclose(in);
}

static void jobs_are_checked(void **state)
{
	(void)state;
	job("run 17\nset seed 3\nset data set.s a b  c\ndir d\nlog l\ncheckpoint 0.5\nresume\nend\n\nrun 18\nend", "", 2);
	job("run 17\n", "job:1: error: the block of run 17 has no 'end'\n", 0);
	job("\n", "job:1: error: no run in the job\n", 0);
	job("run x\n", "job:1: error: 'x' is not the id of a run\n", 0);
	job("set lr 1\n", "job:1: error: 'set' outside of a block; a block starts with 'run ID'\n", 0);
	job("run 1\nset lr\nend\n", "job:2: error: 'set' needs a name and a value\n", 0);
	job("run 1\nend\nrun 1\nend\n", "job:3: error: run 1 stands twice in the job\n", 0);
	job("run 1\nrun 2\nend\n", "job:2: error: 'run' before the 'end' of run 1\n", 0);
	job("run 1\nfoo bar\nend\n", "job:2: error: 'foo' is not known; run, set, dir, log, weights, checkpoint, resume, end are\n", 0);
	job("run 1\ndir\nend\n", "job:2: error: 'dir' is not known, or lacks its value\n", 0);
	job("run 1\ncheckpoint often\nend\n", "job:2: error: checkpoint: 'often' is not a number of seconds\n", 0);
}

/* Jobs and CSV files of any bytes: read or refused. */
static void mutations_never_crash(void **state)
{
	static const char job_text[] = "run 17\nset seed 3\nset data.s a b\ndir d\nlog l\ncheckpoint 0.5\nresume\nend\nrun 18\nend\n";
	static const char csv_text[] = "a,\"b \"\"x\"\"\",c\r\n1,2,3\n\"4\",5,6\n";
	mosaic_random r = trainer_random(1, "mutations", 0, 0);
	int before = dup(STDERR_FILENO);

	(void)state;
	assert_non_null(freopen("/dev/null", "w", stderr));
	for (int round = 0; round < 3000; round++) {
		char text[sizeof job_text], why[WHY_SIZE];
		bool is_job = round % 2;
		size_t n = is_job ? sizeof job_text - 1 : sizeof csv_text - 1;
		memcpy(text, is_job ? job_text : csv_text, n);
		for (int64_t i = mosaic_random_below(&r, 5); i >= 0; i--)
			text[mosaic_random_below(&r, (int64_t)n)] = "\n\" ,;\r\0x19-\xff"[mosaic_random_below(&r, 12)];
		n = (size_t)mosaic_random_below(&r, (int64_t)n) + 1;
		if (is_job) {
			struct trainer_job job = {0};
			FILE *in = fmemopen(text, n, "r");
			trainer_job_read(&program, in, "job", &job);
			trainer_job_free(&job);
			fclose(in);
		} else {
			struct csv csv;
			unlink("test_settings.tmp");
			FILE *out = fopen("test_settings.tmp", "w");
			fwrite(text, 1, n, out);
			fclose(out);
			csv_read("test_settings.tmp", &csv, why, sizeof why);
			csv_free(&csv);
		}
	}
	unlink("test_settings.tmp");
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
}

static void numbers_are_written_as_printf_does(void **state)
{
	static const double special[] = {0, -0.0, 1, -1, 100, 99.9999999999, 999999999, 999999999.4, 999999999.6, 1e9, 123456789.5, 123456788.5, 0.0001, 0.00001, 9.9999999996e-5,
		1e-300, 1e300, 5e-324, 1.5, 0.1, 1e22, 1e-19, 4.171e-11};
	mosaic_random r = trainer_random(1, "numbers", 0, 0);
	char ours[32], expected[32];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		union { uint64_t u; double d; } v = {mosaic_random_bits(&r)};
		if (i < (int)(sizeof special / sizeof *special))
			v.d = special[i];
		else if (i % 4 == 1)
			v.d = mosaic_random_uniform(&r);
		else if (i % 4 == 2)
			v.d = (double)mosaic_random_below(&r, 1000) / 8;
		else if (i % 4 == 3)
			v.d = (double)(float)(mosaic_random_uniform(&r) * 1e-9);
		if (v.d != v.d)
			continue;
		int n = trainer_number_text(v.d, ours);
		snprintf(expected, sizeof expected, "%.9g", v.d);
		assert_string_equal(ours, expected);
		assert_int_equal(n, strlen(ours));
	}
	trainer_number_text(-__builtin_nan(""), ours);
	assert_string_equal(ours, "nan");
	trainer_number_text(-__builtin_inf(), ours);
	assert_string_equal(ours, "-inf");
}

static void csv_is(const char *text, const char *expected)
{
	FILE *f = fopen("test_settings.tmp", "w");
	struct csv csv;
	char why[WHY_SIZE], got[WHY_SIZE] = "";
	size_t n = 0;

	fputs(text, f);
	fclose(f);
	if (csv_read("test_settings.tmp", &csv, why, sizeof why)) {
		n += (size_t)snprintf(got, sizeof got, "%s%lldx%d:", csv.header ? "header " : "", (long long)csv.rows, csv.columns);
		for (int64_t i = 0; i < csv.rows * csv.columns; i++)
			n += (size_t)snprintf(got + n, sizeof got - n, "%s|", csv.cells[i]);
	}
	assert_string_equal(n ? got : why, expected);
	csv_free(&csv);
	unlink("test_settings.tmp");
}

static void csv_files_are_read(void **state)
{
	(void)state;
	csv_is("1,2\n3,4\n", "2x2:1|2|3|4|");
	csv_is("\xEF\xBB\xBF" "a, \"b \"\"x\"\", c\"\r\n1 ,2\r\n\r\n", "header 2x2:a|b \"x\", c|1|2|");
	csv_is("a;\"b;\nc\"\n1;2", "header 2x2:a|b;\nc|1|2|");
	csv_is("a , \" b \" \n1 , 2 \n", "header 2x2:a| b |1|2|");
	csv_is("a\tb\n\n1\t\n", "header 2x2:a|b|1||");
	csv_is("", "0x0:");
	csv_is("1,2\n3\n", "test_settings.tmp:2: 1 columns, the first row has 2");
	csv_is("1,2\n\n3,4,5\n", "test_settings.tmp:3: 3 columns, the first row has 2");
	csv_is("1,\"2\n", "test_settings.tmp:1: a quote that does not end");
	csv_is("\"a\nb\",c\n1,\"x\n", "test_settings.tmp:3: a quote that does not end");
}

static void nearest_names(void **state)
{
	static const char *const names[] = {"epochs", "lr", "seed", "momentum"};

	(void)state;
	assert_string_equal(trainer_nearest("epcohs", names, 4), "epochs");
	assert_string_equal(trainer_nearest("Lr", names, 4), "lr");
	assert_null(trainer_nearest("width", names, 4));
	assert_null(trainer_nearest("", names, 4));
	assert_null(trainer_nearest("b", (const char *const[]){"a", "c"}, 2));
	assert_string_equal(trainer_nearest("b", (const char *const[]){"a", "B"}, 2), "B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_take_their_type), cmocka_unit_test(settings_are_checked), cmocka_unit_test(options_are_checked), cmocka_unit_test(jobs_are_checked),
		cmocka_unit_test(numbers_are_written_as_printf_does), cmocka_unit_test(csv_files_are_read), cmocka_unit_test(mutations_never_crash), cmocka_unit_test(nearest_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
