/* kann_step.c: a step of a dense network in KANN (with OpenBLAS), RMSprop, the batch in memory:
**   kann_step SECONDS THREADS BATCH ACTIVATION LABELS INPUTS HIDDEN... OUTPUTS */
#include "step.h"
#include <kann.h>
#include <string.h>

enum { BATCHES = 8 };
struct work { kann_t *net; int variables, batch, inputs, outputs, at; float *x[BATCHES], *y[BATCHES], *mean; };

static void step(void *at)
{
	struct work *w = at;
	for (int i = 0; i < BATCHES; i++) {
		kann_feed_bind(w->net, KANN_F_IN, 0, &w->x[i]);
		kann_feed_bind(w->net, KANN_F_TRUTH, 0, &w->y[i]);
		kann_cost(w->net, 0, 1);
		kann_RMSprop(w->variables, 1e-3f, 0, 0.9f, w->net->g, w->net->x, w->mean);
	}
}

static kad_node_t *dense(kad_node_t *x, int width, const char *activation)
{
	x = kann_layer_dense(x, width);
	return strcmp(activation, "relu") == 0 ? kad_relu(x) : strcmp(activation, "tanh") == 0 ? kad_tanh(x) : kad_sigm(x);
}

int main(int argc, char **argv)
{
	struct work w = {0};
	if (argc < 8)
		return 2;
	int threads = atoi(argv[2]), labels = atoi(argv[5]);
	w.batch = atoi(argv[3]), w.inputs = atoi(argv[6]), w.outputs = atoi(argv[argc - 1]);
	kad_node_t *x = kann_layer_input(w.inputs);
	for (int i = 7; i < argc - 1; i++)
		x = dense(x, atoi(argv[i]), argv[4]);
	w.net = kann_new(kann_layer_cost(x, w.outputs, labels ? KANN_C_CEM : KANN_C_MSE), 0);
	for (int b = 0; b < BATCHES; b++) {
		w.x[b] = calloc((size_t)(w.batch * w.inputs), sizeof(float));
		w.y[b] = calloc((size_t)(w.batch * w.outputs), sizeof(float));
		for (int i = 0; i < w.batch * w.inputs; i++)
			w.x[b][i] = step_normal();
		for (int i = 0; i < w.batch * w.outputs; i++)
			w.y[b][i] = labels ? 0 : step_normal();
		for (int i = 0; labels && i < w.batch; i++)
			w.y[b][i * w.outputs + rand() % w.outputs] = 1;
	}
	if (threads > 1)
		kann_mt(w.net, threads, w.batch);
	kann_set_batch_size(w.net, w.batch);
	kann_switch(w.net, 1);
	w.variables = kann_size_var(w.net);
	w.mean = calloc((size_t)w.variables, sizeof(float));
	return step_time(atof(argv[1]), BATCHES, step, &w);
}
