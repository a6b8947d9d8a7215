/* verify_test.c: the verifier: graphs broken by hand, each with what is said about it. */
#include "op.h"

#include <setjmp.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* x [B:4,3], w [2,3], b [2], h = linear(x, w, b), s = sum(h), c = 2, p = mul(s, c): the loss. */
enum { X, W, B, H, S, C, P };
static struct arena arena;

static struct graph *good(void)
{
	struct graph *g = graph_read(&arena, "good",
		"graph train float32 batch=4\n"
		"%x = input [B:4,3] name=x\n%w = param [2,3] name=w init=zeros\n%b = param [2] name=b init=zeros\n"
		"%h = linear(%x, %w, %b) [B:4,2]\n%s = sum(%h) [] axes=(0,1) keepdim=0\n%c = const [] value=2\n%p = mul(%s, %c) []\n"
		"output prediction %h name=h\noutput loss %p name=loss\n");
	assert_non_null(g);
	return g;
}

static void broken(const struct graph *g, const char *message)
{
	struct text why = {0};
	assert_false(graph_verify(g, "a test", &why));
	assert_string_equal(why.at, message);
	text_free(&why);
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void accepts(void **state)
{
	(void)state;
	struct graph *g = good();
	struct text why = {0};
	assert_true(graph_verify(g, "a test", &why));
	assert_true(graph_verify(g, "a test", &why));       /* it leaves nothing behind that matters */
	g->outputs.count = 0;
	assert_true(graph_verify(g, "a test", &why));
	g->nodes.count = 0;
	assert_true(graph_verify(g, "a test", &why));
	assert_null(why.at);
}

static void inputs(void **state)
{
	(void)state;
	struct graph *g = good();
	g->nodes.at[H]->in_count = 2;
	broken(g, "after a test: node %3 (linear): wrong number of inputs");
	g = good();
	g->nodes.at[H]->in_count = 99;
	broken(g, "after a test: node %3 (linear): wrong number of inputs");
	g = good();
	g->nodes.at[H]->in[1] = NULL;
	broken(g, "after a test: node %3 (linear): an input that does not stand before it in the graph");
	g = good();
	g->nodes.at[S]->in[0] = g->nodes.at[P];
	broken(g, "after a test: node %4 (sum): an input that does not stand before it in the graph");
	g = good();
	g->nodes.at[P]->in[0] = g->nodes.at[P];
	broken(g, "after a test: node %6 (mul): an input that does not stand before it in the graph");
	g = good();
	g->nodes.at[P]->in[1] = graph_const(graph_new(&arena, "other"), 1);
	broken(g, "after a test: node %6 (mul): an input that does not stand before it in the graph");
	g = good();
	g->nodes.at[X]->in_count = 1;
	broken(g, "after a test: node %0 (leaf): a leaf with inputs or an op");
	g = good();
	g->nodes.at[X]->op = op_find("add");
	broken(g, "after a test: node %0 (add): a leaf with inputs or an op");
	g = good();
	g->nodes.at[S]->op = NULL;
	broken(g, "after a test: node %4 (leaf): no op");
}

static void shapes(void **state)
{
	(void)state;
	struct graph *g = good();
	g->nodes.at[H]->shape.dim[1] = 3;
	broken(g, "after a test: node %3 (linear): the shape is not the one that the op gives");
	g = good();
	g->nodes.at[H]->shape.batch = -1;
	broken(g, "after a test: node %3 (linear): the shape is not the one that the op gives");
	g = good();
	g->nodes.at[W]->shape.dim[1] = 4;
	broken(g, "after a test: node %3 (linear): w has size 4 where 3 is needed");
	g = good();
	g->nodes.at[X]->shape.rank = 9;
	broken(g, "after a test: node %0 (leaf): a shape out of range");
	g = good();
	g->nodes.at[X]->shape.batch = 2;
	broken(g, "after a test: node %0 (leaf): a shape out of range");
	g = good();
	g->nodes.at[X]->shape.dim[0] = 0;
	broken(g, "after a test: node %0 (leaf): a size below 1");
	g = good();
	g->nodes.at[X]->shape.dim[0] = 6;
	broken(g, "after a test: node %0 (leaf): a batch axis that is no multiple of the batch");
	g = good();
	g->nodes.at[S]->attr[0].i[1] = 2;
	broken(g, "after a test: node %4 (sum): axis 2 of 2 axes");
}

static void leaves(void **state)
{
	(void)state;
	struct graph *g = good();
	g->nodes.at[C]->value = NAN;
	broken(g, "after a test: node %5 (leaf): a constant that is no number");
	g = good();
	g->nodes.at[C]->shape = SHAPE(1);
	broken(g, "after a test: node %5 (leaf): a constant that is no number");
	g = good();
	g->nodes.at[X]->name = NULL;
	broken(g, "after a test: node %0 (leaf): no name");
	g = good();
	g->nodes.at[W]->name = NULL;
	broken(g, "after a test: node %1 (leaf): no name");
	g = good();
	g->nodes.at[B]->init = NULL;
	broken(g, "after a test: node %2 (leaf): a parameter without initial values");
	g = good();
	g->nodes.at[B]->shape = (struct shape){.rank = 1, .batch = 0, .dim = {4}};
	broken(g, "after a test: node %2 (leaf): a parameter that scales with the batch");
	g = good();
	g->nodes.at[W]->name = "b";
	broken(g, "after a test: node %2 (leaf): its name is that of node %1");
	g = good();
	g->nodes.at[S]->name = g->nodes.at[P]->name = "b";      /* of ops only leaves need one of their own */
	struct text why = {0};
	assert_true(graph_verify(g, "a test", &why));
}

static void outputs(void **state)
{
	(void)state;
	struct graph *g = good();
	g->outputs.at[1].role = "lost";
	broken(g, "after a test: output 1 (lost) is not of the graph or has an unknown role");
	g = good();
	g->outputs.at[0].node = NULL;
	broken(g, "after a test: output 0 (prediction) is not of the graph or has an unknown role");
	g = good();
	g->outputs.at[0].node = graph_const(graph_new(&arena, "other"), 1);
	broken(g, "after a test: output 0 (prediction) is not of the graph or has an unknown role");
	g = good();
	g->outputs.at[1].node = g->nodes.at[H];
	broken(g, "after a test: node %3 (linear): a loss or metric that is not one number");
	g = good();
	graph_output(g, "metric", "m", g->nodes.at[B]);
	broken(g, "after a test: node %2 (leaf): a loss or metric that is not one number");
	g = good();
	graph_output(g, "grad", "b", g->nodes.at[W]);
	broken(g, "after a test: the gradient of b has another shape than b");
	g = good();
	graph_output(g, "grad", "nobody", g->nodes.at[W]);
	broken(g, "after a test: a gradient of nobody, which is no parameter");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(accepts), cmocka_unit_test(inputs), cmocka_unit_test(shapes), cmocka_unit_test(leaves),
		cmocka_unit_test(outputs)};
	return cmocka_run_group_tests(tests, NULL, end);
}
