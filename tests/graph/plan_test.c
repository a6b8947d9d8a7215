/* plan_test.c: plans of one network of two layers with gelu: which arrays share memory, and that slopes are worked out on the way there. */
#include "build.h"
#include "emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static struct arena arena;
static struct emission emission;

static const struct plan *planned(int width, bool apart)
{
	static struct program program = {.backend = &backend_c, .large = true};
	const char *text = arena_printf(&arena,
		"graph train float32 batch=32\n%%x = input [B:32,%d] name=x\n%%t = target [B:32,%d] name=t\n"
		"%%w1 = param [%d,%d] name=w1 init=zeros\n%%b1 = param [%d] name=b1 init=zeros\n%%w2 = param [%d,%d] name=w2 init=zeros\n%%b2 = param [%d] name=b2 init=zeros\n"
		"%%h1 = linear(%%x, %%w1, %%b1) [B:32,%d] label=g1\n%%g1 = gelu(%%h1) [B:32,%d] name=g1 label=g1\n"
		"%%h2 = linear(%%g1, %%w2, %%b2) [B:32,%d] label=g2\n%%g2 = gelu(%%h2) [B:32,%d] name=g2 label=g2\n"
		"%%d = sub(%%g2, %%t) [B:32,%d]\n%%q = mul(%%d, %%d) [B:32,%d]\n%%s = sum(%%q) [] axes=(0,1) keepdim=0\n"
		"output prediction %%g2 name=y\noutput loss %%s name=loss\n",
		width, width, width, width, width, width, width, width, width, width, width, width, width, width);
	struct graph *g = graph_read(&arena, "plan", text);
	assert_non_null(g);
	build_passes(g, NULL);
	emission = (struct emission){.arena = &arena, .program = &program, .apart = apart};
	graph_plan(&emission, &emission.plan, g, "", NULL);
	return &emission.plan;
}

/* The first function that names an array, or the last. */
static int named(const struct plan *p, const struct node *root, bool last)
{
	int at = -1;
	for (int i = 0; i < p->functions.count; i++)
		for (int k = 0; k < p->functions.at[i].args.count; k++)
			if (PLAN(p, p->functions.at[i].args.at[k])->root == root && (at < 0 || last))
				at = i;
	return at;
}

/* Of arrays with one place each is needed before the next; returns how many share. */
static int check_shared(const struct plan *p)
{
	const struct graph *g = p->graph;
	int count = 0;
	for (int i = 0; i < g->nodes.count; i++)
		for (int k = 0; k < g->nodes.count; k++) {
			const struct node *a = g->nodes.at[i], *b = g->nodes.at[k];
			if (a == b || !PLAN(p, a)->shared || PLAN(p, a)->shared != PLAN(p, b)->shared)
				continue;
			assert_true(named(p, a, true) < named(p, b, false) || named(p, b, true) < named(p, a, false));
			assert_true((PLAN(p, a)->phase == PHASE_FORWARD) == (PLAN(p, b)->phase == PHASE_FORWARD));
			count++;
		}
	for (int i = 0; i < g->outputs.count; i++)
		assert_int_equal(PLAN(p, PLAN(p, g->outputs.at[i].node)->root)->shared, 0);
	return count;
}

static int slopes(const struct plan *p, enum phase phase)
{
	int count = 0;
	for (int i = 0; i < p->graph->nodes.count; i++)
		count += p->graph->nodes.at[i]->ahead && PLAN(p, p->graph->nodes.at[i])->phase == phase;
	return count;
}

static void large_arrays_share(void **state)
{
	(void)state;
	assert_true(check_shared(planned(1024, false)) > 0);
	assert_int_equal(check_shared(planned(1024, true)), 0);
	assert_int_equal(check_shared(planned(32, false)), 0);
}

static void large_slopes_go_ahead(void **state)
{
	(void)state;
	assert_int_equal(slopes(planned(1024, false), PHASE_FORWARD), 2);
	assert_int_equal(slopes(planned(32, false), PHASE_FORWARD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(large_arrays_share), cmocka_unit_test(large_slopes_go_ahead)};
	int failures = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failures;
}
