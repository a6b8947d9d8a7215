/* test_properties.c: what holds for every search: a rule only takes away, and takes away what it says; samples are part of the grid, distinct,
** repeatable, and a larger budget begins with the smaller one; nothing huge is built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config_report.h"
#include "rules.h"

#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252;
static int below(int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (int)(state % (uint64_t)n);
}

static bool expanded(struct arena *a, const char *search, const char *ranges, struct sweep *out)
{
	const char *text = arena_printf(a, "[PROCESS]\nepochs = 1\ndata_scheme = d\npipeline_scheme = m\n%s[MONITOR]\n[SEARCH]\n%s"
		"[data]\ntype = d\nclass = data\npath_to_class = d.c\nkey = d\nbatch = {1-4}\n"
		"[one]\ntype = m\nclass = one\npath_to_class = m.c\nkey = one\n%s[two]\ntype = m\nclass = two\npath_to_class = m.c\nkey = two\na = {1-3}\nq = x, y\n",
		below(2) ? "lr = 0.1, 0.2, 0.3, 0.4\n" : "lr = 0.1, 0.2\n", search, ranges);
	*out = (struct sweep){0};
	return config_expand(a, "test.ini", text, strlen(text), out);
}

static const char *const conditions[] = {"a * b <= 6", "a + b % 2 == 3", "batch * a <= 4", "q == x", "one.a > two.a or q == y", "lr * a < 0.5", "a in [1, 3] and c != z", "two.a >= 2",
	"not (a == 2 or b == 1)", "lr > 0.15 and batch in 2..3"};
enum { CONDITIONS = sizeof conditions / sizeof *conditions };

/* The grid under conditions is the grid, filtered. */
static void where_filters(void **unused)
{
	(void)unused;
	static const char ranges[] = "a = {1-4}\nb = 1, 2, 3\nc = x, y, z\n";
	for (int round = 0; round < 100; round++) {
		struct arena a = {0};
		struct sweep all, some;
		uint64_t before = state;
		const char *one = conditions[below(CONDITIONS)], *two = conditions[below(CONDITIONS)];
		uint64_t after = state;
		assert_true(expanded(&a, "", ranges, &all));
		state = after;
		bool ok = expanded(&a, arena_printf(&a, "where = %s\nwhere = %s\n", one, two), ranges, &some);
		int kept = 0;
		for (int i = 0; ok && i < all.pipelines.count; i++) {
			const struct condition *failed;
			struct pipeline *p = &all.pipelines.at[i];
			if (conditions_of(some.rules, &all, p, NULL, (struct measures){-1, -1}, &failed) != HOLDS)
				continue;
			assert_true(kept < some.pipelines.count);
			assert_string_equal(p->line, some.pipelines.at[kept].line);
			assert_int_equal(some.pipelines.at[kept].index, kept);
			kept++;
		}
		if (ok) {
			assert_int_equal(kept, some.pipelines.count);
			assert_int_equal(some.rules->all, all.pipelines.count);
		}
		assert_true(before != after);
		arena_free(&a);
	}
}

static int position(const char *const *names, const char *name)
{
	int i = 0;
	while (names[i] && strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* Pairs within a section, across sections and with [PROCESS] are the product where the positions agree, in its order. */
static void zip_pairs(void **unused)
{
	(void)unused;
	static const char *const batch[] = {"1", "2", "3", "4", NULL}, *const a_values[] = {"5", "7", "6", "8", NULL}, *const b_values[] = {"k", "l", "m", "n", NULL};
	static const char ranges[] = "a = 5, 7, 6, 8\nb = k, l, m, n\nc = x, y\n";
	static const struct { const char *zip; bool batch; } table[] = {{"one.a b", false}, {"batch, one.a", true}, {"b batch one.a", true}};
	for (int round = 0; round < 30; round++) {
		struct arena a = {0};
		struct sweep all, some;
		int which = round % 3, kept = 0;
		uint64_t same = state;
		assert_true(expanded(&a, "", ranges, &all));
		state = same;
		assert_true(expanded(&a, arena_printf(&a, "zip = %s\n", table[which].zip), ranges, &some));
		for (int i = 0; i < all.pipelines.count; i++) {
			const struct module *d = &all.pipelines.at[i].modules.at[0], *m = &all.pipelines.at[i].modules.at[1];
			if (strcmp(m->class, "one") == 0) {
				int at = position(a_values, param_get(m, "a"));
				if (which != 1 && at != position(b_values, param_get(m, "b")))
					continue;
				if (table[which].batch && at != position(batch, param_get(d, "batch")))
					continue;
			}
			assert_true(kept < some.pipelines.count);
			assert_string_equal(all.pipelines.at[i].line, some.pipelines.at[kept++].line);
		}
		assert_int_equal(kept, some.pipelines.count);
		arena_free(&a);
	}
}

static bool in_lines(const struct sweep *s, int count, const char *line)
{
	for (int i = 0; i < count; i++)
		if (strcmp(s->pipelines.at[i].line, line) == 0)
			return true;
	return false;
}

static void samples_are_parts_of_the_grid(void **unused)
{
	(void)unused;
	static const char ranges[] = "a = {1-40}\nb = 1, {2-6:2}\nc = {0.1-0.9:0.1}\n";
	for (int round = 0; round < 20; round++) {
		struct arena a = {0};
		struct sweep all, small, large, again;
		uint64_t same = state;
		const char *method = round % 2 ? "sobol" : "random", *where = round % 3 ? "" : "where = one.a * b <= 60\n", *seed = round % 5 ? "" : "seed = 7\n";
		assert_true(expanded(&a, where, ranges, &all));
		state = same;
		assert_true(expanded(&a, arena_printf(&a, "method = %s\nbudget = 40\n%s%s", method, where, seed), ranges, &small));
		state = same;
		assert_true(expanded(&a, arena_printf(&a, "method = %s\nbudget = 60\n%s%s", method, where, seed), ranges, &large));
		state = same;
		assert_true(expanded(&a, arena_printf(&a, "method = %s\nbudget = 60\n%s%s", method, where, seed), ranges, &again));
		assert_int_equal(small.pipelines.count, 40);
		assert_int_equal(large.pipelines.count, 60);
		for (int i = 0; i < 60; i++) {
			const char *line = large.pipelines.at[i].line;
			assert_string_equal(line, again.pipelines.at[i].line);
			assert_true(i >= 40 || strcmp(line, small.pipelines.at[i].line) == 0);
			assert_true(in_lines(&all, all.pipelines.count, line));
			assert_false(in_lines(&large, i, line));
		}
		arena_free(&a);
	}
}

/* Competing sections take turns, and see the same values where their parameters stand alike. */
static void sections_take_turns(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct sweep s;
	static const char text[] = "[PROCESS]\nepochs = 1\ndata_scheme = d\npipeline_scheme = m\n[MONITOR]\n[SEARCH]\nmethod = random\nbudget = 200\n"
		"[data]\ntype = d\nclass = data\npath_to_class = d.c\nkey = d\n"
		"[one]\ntype = m\nclass = one\npath_to_class = m.c\nkey = one\nx = {0-1 lin}\ny = {1-1000000}\n"
		"[two]\ntype = m\nclass = two\npath_to_class = m.c\nkey = two\nx = {0-1 lin}\ny = {1-1000000}\n";
	assert_true(config_expand(&a, "test.ini", text, sizeof text - 1, &s));
	assert_int_equal(s.pipelines.count, 200);
	double sum = 0;
	for (int i = 0; i < 200; i += 2) {
		const struct module *one = &s.pipelines.at[i].modules.at[1], *two = &s.pipelines.at[i + 1].modules.at[1];
		assert_string_equal(one->class, "one");
		assert_string_equal(two->class, "two");
		assert_string_equal(param_get(one, "x"), param_get(two, "x"));
		assert_string_equal(param_get(one, "y"), param_get(two, "y"));
		sum += strtod(param_get(one, "x"), NULL);
	}
	assert_true(sum > 35 && sum < 65);     /* 50, with a deviation of 2.9 */
	arena_free(&a);
}

/* 10^36 combinations: a sample of 1,000 takes the memory of 1,000. */
static void nothing_huge_is_built(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct sweep s;
	struct text ranges = {0};
	for (int i = 0; i < 4; i++)
		text_printf(&ranges, "p%d = {1-1000000000}\n", i);
	assert_true(expanded(&a, "method = sobol\nbudget = 1000\nwhere = p0 < p1\n", ranges.at, &s));
	assert_int_equal(s.pipelines.count, 1000);
	assert_true(a.total < 8 << 20);
	arena_free(&a);
	assert_false(expanded(&a, "where = p0 < p1\n", ranges.at, &s));
	assert_false(expanded(&a, "", ranges.at, &s));
	assert_true(a.total < 1 << 20);
	text_free(&ranges);
	arena_free(&a);
}

/* What one section decides alone is never multiplied: 250,000 variants, 1,000,000 combinations with the others, 12 left. */
static void refused_early(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct sweep s;
	assert_true(expanded(&a, "where = one.a * b <= 2, batch == 1, q == x, two.a == 1, lr < 0.15\n", "a = {1-500}\nb = {1-500}\n", &s));
	assert_int_equal(s.pipelines.count, 4);
	assert_true(a.total < 100 << 20);
	arena_free(&a);
}

static int quiet(void **unused)
{
	(void)unused;
	diag = (struct diag){.out = fopen("/dev/null", "w")};
	return diag.out ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_filters),
		cmocka_unit_test(zip_pairs),
		cmocka_unit_test(samples_are_parts_of_the_grid),
		cmocka_unit_test(sections_take_turns),
		cmocka_unit_test(nothing_huge_is_built),
		cmocka_unit_test(refused_early),
	};
	return cmocka_run_group_tests(tests, quiet, NULL);
}
