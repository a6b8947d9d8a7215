/* test_properties.c: what holds for every config: counts, order, exact numbers, places, independence of pipelines, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config_report.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char head[] = "[PROCESS]\nepochs = 1\ndata_scheme = d\npipeline_scheme = m\n";
static const char modules[] = "[MONITOR]\n[data]\ntype = d\nclass = data\npath_to_class = data.c\nkey = data\n"
	"[net]\ntype = m\nclass = net\npath_to_class = net.c\nkey = net\n";

static uint64_t state;
static int below(int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (int)(state % (uint64_t)n);
}

static int quiet(void **unused)
{
	(void)unused;
	diag = (struct diag){.out = fopen("/dev/null", "w")};
	state = 0x9e3779b97f4a7c15;
	return diag.out ? 0 : -1;
}

static int loud(void **unused)
{
	(void)unused;
	fclose(diag.out);
	diag = (struct diag){0};
	return 0;
}

/* A config whose PROCESS and model have these lines more. */
static bool expand_with(struct arena *a, const char *process, const char *model, struct sweep *sweep)
{
	*sweep = (struct sweep){0};
	char *text = arena_printf(a, "%s%s%s%s", head, process, modules, model);
	return config_expand(a, "test.ini", text, strlen(text), sweep);
}

/* ---- counts and order ----------------------------------------------------------------------- */

struct parameter { bool range; int count; };

/* Digit of each parameter in pipeline i: ranges slowest, each kind in the order of the file. */
static void digits_of(const struct parameter *p, int n, int i, int *digit)
{
	for (int pass = 1; pass >= 0; pass--)
		for (int k = n - 1; k >= 0; k--)
			if (p[k].range == !pass) {
				digit[k] = i % p[k].count;
				i /= p[k].count;
			}
}

static void product_and_order(void **unused)
{
	(void)unused;
	for (int round = 0; round < 200; round++) {
		struct arena a = {0};
		struct parameter p[5];
		struct text model = {0};
		int n = 1 + below(5), product = 1;
		for (int k = 0; k < n; k++) {
			p[k] = (struct parameter){below(2), 1 + below(4)};
			product *= p[k].count;
			text_printf(&model, "p%d = ", k);
			for (int v = 0; v < p[k].count && !p[k].range; v++)
				text_printf(&model, "%s%d", v ? ", " : "", v);
			if (p[k].range)
				text_printf(&model, "{0-%d}", p[k].count - 1);
			p[k].range |= p[k].count == 1;
			text_add(&model, "\n");
		}
		struct sweep s;
		assert_true(expand_with(&a, "", model.at, &s));
		assert_int_equal(s.pipelines.count, product);
		for (int i = 0; i < product; i++) {
			int digit[5];
			digits_of(p, n, i, digit);
			const struct module *m = &s.pipelines.at[i].modules.at[1];
			for (int k = 0; k < n; k++)
				assert_int_equal(atoi(m->params.at[4 + k].value), digit[k]);
			assert_int_equal(s.pipelines.at[i].index, i);
		}
		text_free(&model);
		arena_free(&a);
	}
}

static void competing_sections_add_up(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct sweep s;
	assert_true(expand_with(&a, "lr = 1, 2, 3\n",
		"x = {1-4}\n[other]\ntype = m\nclass = o\npath_to_class = o.c\nkey = o\ny = a, b\n"
		"[data2]\ntype = d\nclass = d2\npath_to_class = d.c\nkey = d\n", &s));
	assert_int_equal(s.pipelines.count, 2 * (4 + 2) * 3);
	arena_free(&a);
}

/* Memory per pipeline must not grow with their number; were the time not linear, this test would not end soon. */
static void linear(void **unused)
{
	(void)unused;
	size_t total[3];
	static const char *const models[] = {"x = {1-10}\ny = {1-100}\n", "x = {1-100}\ny = {1-100}\n", "x = {1-1000}\ny = {1-100}\n"};
	for (int i = 0; i < 3; i++) {
		struct arena a = {0};
		struct sweep s;
		assert_true(expand_with(&a, "", models[i], &s));
		assert_int_equal(s.pipelines.count, i == 0 ? 1000 : i == 1 ? 10000 : 100000);
		total[i] = a.total;
		struct text json = {0};
		pipelines_json(&s, &json);
		assert_int_equal(json.at[json.len - 2], ']');
		text_free(&json);
		arena_free(&a);
	}
	assert_true(total[1] < 15 * total[0]);
	assert_true(total[2] < 15 * total[1]);
}

/* A list as long as a file allows must not take a time that grows with its square. */
static void long_lists(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct text list = {0};
	struct sweep s;
	text_add(&list, "x = 0");
	for (int i = 1; i < 200000; i++)
		text_printf(&list, i % 10 ? ", %d" : ",\n  %d", i);
	assert_true(expand_with(&a, "", list.at, &s));
	assert_int_equal(s.pipelines.count, 200000);
	const struct param *last = &s.pipelines.at[199999].modules.at[1].params.at[4];
	assert_string_equal(last->value, "199999");
	assert_int_equal(last->at.line, 16 + 19999);
	text_free(&list);
	arena_free(&a);
}

/* ---- numbers -------------------------------------------------------------------------------- */

static const struct module *model_of(const struct sweep *s, int i)
{
	return &s->pipelines.at[i].modules.at[1];
}

/* Every value of a float range is the double that is nearest to the decimal number: 0.3, never 0.30000000000000004. */
static void steps_are_exact(void **unused)
{
	(void)unused;
	for (int round = 0; round < 300; round++) {
		struct arena a = {0};
		struct sweep s;
		int places = 1 + below(9), from = below(2000) - 1000, step = 1 + below(50), n = 1 + below(20);
		double unit = 1;
		for (int i = 0; i < places; i++)
			unit *= 10;
		char line[120];
		snprintf(line, sizeof line, "x = {%de-%d-%de-%d:%de-%d}\n", from, places, from + step * (n - 1), places, step, places);
		assert_true(expand_with(&a, "", line, &s));
		assert_int_equal(s.pipelines.count, n);
		for (int i = 0; i < n; i++) {
			const char *text = param_get(model_of(&s, i), "x");
			assert_true(strtod(text, NULL) == (from + i * step) / unit);
			assert_true(strlen(text) <= 13);
			size_t length = strlen(text);
			assert_false(strchr(text, '.') && !strchr(text, 'e') && text[length - 1] == '0');
		}
		arena_free(&a);
	}
}

static void log_is_geometric(void **unused)
{
	(void)unused;
	for (int round = 0; round < 200; round++) {
		struct arena a = {0};
		struct sweep s;
		int from = -8 + below(6), to = from + 1 + below(8), n = 2 + below(30);
		char line[80];
		snprintf(line, sizeof line, "x = {1e%d-1e%d log %d}\n", from, to, n);
		assert_true(expand_with(&a, "", line, &s));
		assert_int_equal(s.pipelines.count, n);
		for (int i = 0; i < n; i++) {
			double wanted = pow(10, from + (double)(to - from) * i / (n - 1)), got = strtod(param_get(model_of(&s, i), "x"), NULL);
			assert_true(fabs(got / wanted - 1) < 6e-6);
		}
		snprintf(line, sizeof line, "1e%d", to);
		assert_true(strtod(param_get(model_of(&s, n - 1), "x"), NULL) == strtod(line, NULL));
		arena_free(&a);
	}
}

static void times_and_sizes(void **unused)
{
	(void)unused;
	double seconds = -1;
	int64_t size = -1;
	assert_true(seconds_read("90", &seconds) && seconds == 90);
	assert_true(seconds_read("1.5 min", &seconds) && seconds == 90);
	assert_true(seconds_read("2h", &seconds) && seconds == 7200);
	assert_true(seconds_read("1 d", &seconds) && seconds == 86400);
	static const char *const no_times[] = {"min", "1 minute", "1e999", "", "h", "1,5"};
	for (int i = 0; i < 6; i++)
		assert_false(seconds_read(no_times[i], &seconds));
	assert_true(size_read("10K", &size) && size == 10240);
	assert_true(size_read("1m", &size) && size == 1 << 20);
	assert_true(size_read("3T", &size) && size == 3LL << 40);
	assert_true(size_read("17", &size) && size == 17);
	static const char *const no_sizes[] = {"K", "1KB", "99999999T", "-1", "1.5G", ""};
	for (int i = 0; i < 6; i++)
		assert_false(size_read(no_sizes[i], &size));
}

/* ---- places --------------------------------------------------------------------------------- */

/* Every parameter of every pipeline points at its own text in the file. */
static void places_point_at_values(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct sweep s;
	const char *model = "x = a, bb,ccc ,\n\td,\n  # no value\n   eee\ny : {1-2}, [1, 2], \"q, r\"\n";
	assert_true(expand_with(&a, "lr = 1e-1,\n  1e-2\n", model, &s));
	char *text = arena_printf(&a, "%slr = 1e-1,\n  1e-2\n%s%s", head, modules, model);
	assert_int_equal(s.pipelines.count, 5 * 4 * 2);
	for (int i = 0; i < s.pipelines.count; i++) {
		for (int k = 0; k < s.pipelines.at[i].modules.count; k++) {
			const struct module *m = &s.pipelines.at[i].modules.at[k];
			for (int j = 0; j < m->params.count; j++) {
				const struct param *p = &m->params.at[j];
				const char *line = text;
				for (int l = 1; l < p->at.line; l++)
					line = strchr(line, '\n') + 1;
				const char *at = line + p->at.col - 1;
				bool other = *at == '{' || *at == '"';
				assert_true(other || strncmp(at, p->value, strlen(p->value)) == 0);
			}
		}
	}
	arena_free(&a);
}

/* ---- PROCESS -------------------------------------------------------------------------------- */

static void pipelines_have_their_own_process(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct sweep s;
	assert_true(expand_with(&a, "lr = 0.1, 0.2\noptimizer = SGD\nmomentum = {0.5-0.9:0.4}\n", "", &s));
	assert_int_equal(s.pipelines.count, 4);
	static const char *const lr[] = {"0.1", "0.2", "0.1", "0.2"}, *const momentum[] = {"0.5", "0.5", "0.9", "0.9"};
	for (int i = 0; i < 4; i++) {
		const struct pipeline *p = &s.pipelines.at[i];
		assert_string_equal(process_get(&s, p, "lr"), lr[i]);
		assert_string_equal(process_get(&s, p, "momentum"), momentum[i]);
		assert_string_equal(process_get(&s, p, "optimizer"), "SGD");
		assert_string_equal(process_get(&s, p, "loss_function"), "MSELoss");
		assert_null(process_get(&s, p, "delta"));
		assert_null(process_get(&s, p, "no_such_key"));
		struct module m = process_of(&a, &s, p);
		assert_string_equal(param_get(&m, "lr"), lr[i]);
		assert_string_equal(param_get(&m, "epochs"), "1");
		assert_null(param_get(&m, "seed"));
	}
	assert_string_equal(param_get(&s.process, "lr"), "0.1, 0.2");
	assert_string_equal(process_get(&s, NULL, "epochs"), "1");
	arena_free(&a);
}

static void pipelines_share_no_marks(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct sweep s;
	assert_true(expand_with(&a, "", "x = 1\ny = 2, 3\n", &s));
	s.pipelines.at[0].modules.at[1].params.at[4].used = true;
	assert_false(s.pipelines.at[1].modules.at[1].params.at[4].used);
	assert_true(s.pipelines.at[1].modules.at[1].params.at[0].used);
	arena_free(&a);
}

/* Every row of the table can be written, and its default is a value that it accepts. */
static void defaults_are_valid(void **unused)
{
	(void)unused;
	struct arena a = {0};
	for (const struct setting *s = settings; s->name; s++) {
		assert_ptr_equal(setting_find(s->section, s->name), s);
		assert_true(!s->fallback || setting_check(&a, s, (struct value){s->fallback, {0}}));
		assert_true((s->kind == SETTING_CHOICE) <= (s->choices != NULL));
		assert_true(s->doc && (s->of || (s->reader != READ_BY_OPTIMIZER && s->reader != READ_BY_LOSS && s->reader != READ_BY_SCHEDULER)));
	}
	arena_free(&a);
}

/* Two values that a key takes. */
static int valid_values(struct arena *a, const struct setting *s, const char **two)
{
	static const char *const tried[] = {"True", "False", "test_loss", "train_loss", "[0.5, 0.75]", "[0.25, 0.5]", "0.25", "0.5", "1", "2", "3"};
	int found = 0;
	char words[512] = "";
	if (s->choices)
		snprintf(words, sizeof words, "%s", s->choices);
	for (char *word = strtok(words, " "); word && found < 2; word = strtok(NULL, " "))
		if (strcmp(word, "LevenbergMarquardt") != 0)
			two[found++] = arena_strdup(a, word);
	for (size_t i = 0; i < sizeof tried / sizeof *tried && found < 2; i++)
		if (setting_check(a, s, (struct value){tried[i], {0}}))
			two[found++] = tried[i];
	return found;
}

/* The line that makes somebody read the key. */
static const char *reader_of(struct arena *a, const struct setting *s)
{
	if (s->reader == READ_BY_EARLY || strcmp(s->name, "keep_best") == 0)
		return "early_stopping = test_loss\n";
	if (!s->of)
		return "";
	if (strcmp(s->name, "dampening") == 0 || strcmp(s->name, "nesterov") == 0)
		return "optimizer = SGD\nmomentum = 0.5\n";
	const char *chooser = s->reader == READ_BY_LOSS ? "loss_function" : s->reader == READ_BY_SCHEDULER ? "scheduler" : "optimizer";
	return strcmp(s->name, chooser) == 0 ? "" : arena_printf(a, "%s = %.*s\n", chooser, (int)strcspn(s->of, " "), s->of);
}

/* Every key of [PROCESS] but those that have one value may be a list, and is swept. */
static void every_key_is_swept(void **unused)
{
	(void)unused;
	static const char single[] = " data_scheme pipeline_scheme run_files_path checkpoint timeout path_to_class_loss_function ";
	struct arena a = {0};
	int swept = 0;
	for (const struct setting *s = settings; s->name; s++) {
		const char *two[2];
		struct sweep sweep;
		if (strcmp(s->section, "PROCESS") != 0)
			continue;
		assert_int_equal(s->single, strstr(single, arena_printf(&a, " %s ", s->name)) != NULL);
		if (s->single || strcmp(s->name, "class_loss_function") == 0)          /* names of the user's: good/own_losses.ini */
			continue;
		assert_int_equal(valid_values(&a, s, two), 2);
		bool epochs = strcmp(s->name, "epochs") == 0;
		char *text = arena_printf(&a, "[PROCESS]\n%sdata_scheme = d\npipeline_scheme = m\n%s%s = %s, %s\n[MONITOR]\n%s%s", epochs ? "" : "epochs = 1\n", reader_of(&a, s), s->name, two[0], two[1],
			strcmp(s->name, "gpu_products") == 0 ? "need_gpu = True\ngpu_available = cuda:0\n" : "", modules + strlen("[MONITOR]\n"));
		sweep = (struct sweep){0};
		diag.errors = 0;
		if (!config_expand(&a, "test.ini", text, strlen(text), &sweep))
			fail_msg("%s", text);
		assert_int_equal(sweep.pipelines.count, 2);
		for (int i = 0; i < 2; i++)
			assert_string_equal(process_get(&sweep, &sweep.pipelines.at[i], s->name), two[i]);
		swept++;
	}
	assert_true(swept > 60);
	arena_free(&a);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void unreadable_files(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct ini ini;
	char path[] = "/tmp/config_XXXXXX";
	assert_false(ini_read(&a, "/nonexistent/config.ini", &ini));
	assert_false(ini_read(&a, "/tmp", &ini));
	int file = mkstemp(path);
	assert_true(file >= 0 && ftruncate(file, 17 << 20) == 0);
	assert_false(ini_read(&a, path, &ini));
	assert_int_equal(diag.errors, 3);
	assert_true(ftruncate(file, 100) == 0);
	assert_false(ini_read(&a, path, &ini));
	close(file);
	unlink(path);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(product_and_order, quiet, loud),
		cmocka_unit_test_setup_teardown(competing_sections_add_up, quiet, loud),
		cmocka_unit_test_setup_teardown(linear, quiet, loud),
		cmocka_unit_test_setup_teardown(long_lists, quiet, loud),
		cmocka_unit_test_setup_teardown(steps_are_exact, quiet, loud),
		cmocka_unit_test_setup_teardown(log_is_geometric, quiet, loud),
		cmocka_unit_test_setup_teardown(times_and_sizes, quiet, loud),
		cmocka_unit_test_setup_teardown(places_point_at_values, quiet, loud),
		cmocka_unit_test_setup_teardown(pipelines_have_their_own_process, quiet, loud),
		cmocka_unit_test_setup_teardown(pipelines_share_no_marks, quiet, loud),
		cmocka_unit_test_setup_teardown(defaults_are_valid, quiet, loud),
		cmocka_unit_test_setup_teardown(every_key_is_swept, quiet, loud),
		cmocka_unit_test_setup_teardown(unreadable_files, quiet, loud),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
