/* cost.c: counts what a pipeline costs from its graphs: FLOPs, bytes and the work that its time follows from. The convention stands in
** doc/cost.md. Nothing is written: programs are planned and emitted in memory, one after the other. */
#include "cost.h"
#include "plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- operations in C text -------------------------------------------------------------------- */

struct operations { double light, heavy; };

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool one_of(const char *const *list, const char *name, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && strncmp(*list, name, n) == 0)
			return true;
	return false;
}

/* A call of real.h: fma_ is two operations; constants and conversions are none; functions that take many instructions are heavy. */
static void count_call(const char *name, size_t n, struct operations *o)
{
	static const char *const none[] = {"splat", "R", "bool", "spread", NULL};
	static const char *const light[] = {"min", "max", "abs", "sel", "lt", "le", "gt", "ge", "eq", "ne", "sign", "floor", "ceil", "round", NULL};
	size_t stem = n;
	if (stem > 2 && (strncmp(name + stem - 2, "_w", 2) == 0))
		stem -= 2;
	else if (stem > 1 && name[stem - 1] == '_')
		stem--;
	if (one_of(none, name, stem))
		return;
	if (stem == 3 && strncmp(name, "fma", 3) == 0)
		o->light += 2;
	else if (one_of(light, name, stem))
		o->light++;
	else
		o->heavy++;
}

/* Arithmetic in an expression or a line of a loop. What stands in [] and in R() is no arithmetic on values. */
static struct operations operations_of(const char *text, size_t size)
{
	struct operations o = {0};
	int brackets = 0, constants = 0;
	for (const char *c = text; c < text + size; c++) {
		if (is_word(*c)) {
			const char *start = c;
			while (c + 1 < text + size && (is_word(c[1]) || (isdigit((unsigned char)*start) && c[1] == '.')))
				c++;
			if (c[1] == '(' && !brackets && !constants && !isdigit((unsigned char)*start)) {
				count_call(start, (size_t)(c + 1 - start), &o);
				if (c == start && *start == 'R')
					constants = 1;
			}
			continue;
		}
		brackets += (*c == '[') - (*c == ']');
		if (constants && *c == ')')
			constants = 0;
		if (brackets || constants)
			continue;
		bool pointer = *c == '-' && c[1] == '>';
		if (*c == '/')
			o.heavy++;                     /* a division takes as long as a root */
		else if (strchr("+-*", *c) && !pointer)
			o.light++;
	}
	return o;
}

/* The loops of an optimizer over the parameters, a parameter each time round. */
static struct operations optimizer_operations(const struct optimizer *optimizer)
{
	static const char head[] = "i < TRAINED_WIDES; i++)";
	const struct op_body *body = op_body_find(optimizer->body, false);
	struct operations sum = {0};
	for (const char *at = body ? strstr(body->text, head) : NULL; at; at = strstr(at, head)) {
		const char *from = at + sizeof head - 1, *end;
		int depth = 0;
		for (end = from; *end && (depth || *end != ';') && (*end != '}' || depth > 1); end++)
			depth += (*end == '{') - (*end == '}');
		struct operations o = operations_of(from, (size_t)(end - from));
		sum.light += o.light;
		sum.heavy += o.heavy;
		at = end;
	}
	return sum;
}

/* Of a step of LBFGS (25 looks at the batch, 20 turns by its pairs) or Levenberg-Marquardt (J'J, a factor, and the rows of J), beyond one look. */
static double solver_flops(const struct program_cost *c, const struct graph *train, int history)
{
	double look = c->flops.forward + c->flops.backward, n = (double)c->trained, predicted = (double)shape_count(&graph_find_output(train, "prediction")->shape);
	return history ? 24 * look + 20.0 * 8 * history * n : (predicted / train->batch - 1) * look + 2 * c->flops.forward + predicted * n * n + n * n * n / 3;
}

/* ---- nodes ------------------------------------------------------------------------------------ */

static double values_of(const struct node *n)
{
	return (double)shape_count(&n->shape);
}

/* FLOPs of a node; its work is added to `w`. */
static double count_node(const struct node *n, struct work *w)
{
	struct operations o = {0};
	double values = values_of(n);
	switch (n->op->class) {
	case OP_VIEW:
	case OP_GRAD:
		return 0;
	case OP_LAYOUT:
		w->values += values;
		return 0;
	case OP_REDUCE:
		o.light = 1;
		values = values_of(n->in[0]);
		break;
	case OP_ELEMENTWISE:
		o = n->op->value ? operations_of(n->op->value, strlen(n->op->value)) : (struct operations){n->op->flops, 0};
		break;
	case OP_KERNEL:
		if (n->op->flop_count) {
			double flops = n->op->flop_count(n);
			*(node_is_gemm(n) ? &w->gemm : node_is_large(n) ? &w->direct : &w->products) += flops / 2;
			return flops;
		}
		values = values > values_of(n->in[0]) ? values : values_of(n->in[0]);
		o.light = n->op->flops > 2 ? n->op->flops - 1 : n->op->flops;
		o.heavy = n->op->flops > 2;            /* softmax: an exponential each */
		break;
	}
	w->light += o.light * values;
	w->heavy += o.heavy * values;
	return (o.light + o.heavy) * values;
}

static void count_graph(const struct graph *g, bool training, struct flops *f, struct work *w)
{
	w->rows = g->batch > 1;
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		if (n->kind == NODE_INPUT || n->kind == NODE_TARGET)
			w->values += values_of(n);
		if (n->kind != NODE_OP || (n->backward && !training))
			continue;
		double flops = count_node(n, w);
		*(training ? n->backward ? &f->backward : &f->forward : &f->evaluation) += flops;
	}
}

/* ---- a program -------------------------------------------------------------------------------- */

static double calls_of(const struct plan *p, bool backward)
{
	double calls = 0;
	for (int i = 0; i < p->functions.count; i++)
		calls += backward || p->functions.at[i].phase != PHASE_BACKWARD;
	return calls;
}

static int64_t trained_of(const struct graph *g)
{
	int64_t count = 0;
	for (int i = 0; i < g->nodes.count; i++)
		count += g->nodes.at[i]->kind == NODE_PARAM && g->nodes.at[i]->trains ? shape_count(&g->nodes.at[i]->shape) : 0;
	return count;
}

void cost_count(struct emission *e, struct program_cost *c)
{
	const struct program *pr = e->program;
	double bytes = e->train->float64 ? 8 : 4;
	struct operations o = optimizer_operations(pr->optimizer);
	*c = (struct program_cost){.trained = trained_of(e->train), .batch = e->train->batch, .eval_batch = e->eval->batch};
	count_graph(e->train, true, &c->flops, &c->step);
	count_graph(e->eval_differs ? e->eval : e->train, false, &c->flops, &c->evaluation);
	c->flops.optimizer = (o.light + o.heavy) * (double)c->trained;
	c->step.calls = calls_of(&e->plan, true) + 1;
	c->step.weights = (o.light + 4 * o.heavy) * (double)c->trained;
	if (pr->optimizer->solver) {
		c->flops.optimizer = solver_flops(c, e->train, pr->optimizer->history);
		c->step.weights = c->flops.optimizer / 2;      /* a multiplication and an addition at a time */
	}
	c->evaluation.calls = calls_of(e->eval_differs ? &e->eval_plan : &e->plan, false);
	c->weight_bytes = bytes * (double)pr->nb_params;
	c->gradient_bytes = c->weight_bytes;
	for (int i = 0; i < STATE_MAX && pr->optimizer->per_param[i]; i++)
		c->state_bytes += c->weight_bytes;
	c->activation_bytes = bytes * (planned_values(&e->plan) + (e->eval_differs ? planned_values(&e->eval_plan) : 0));
}

static void cost_of_program(struct build *b, struct program *pr, struct program_cost *c)
{
	struct arena a = {0};
	struct emission e;
	program_plan(b, &a, pr, NULL, &e);
	cost_count(&e, c);
	arena_free(&a);
}

/* ---- pipelines --------------------------------------------------------------------------------- */

static double values_of_sample(const struct data_shape *d)
{
	double sum = 0;
	for (int i = 0; i < d->arrays.count; i++) {
		double values = 1;
		for (int k = 0; k < d->arrays.at[i].rank; k++)
			values *= (double)d->arrays.at[i].shape[k];
		sum += values;
	}
	return sum;
}

static double batches(int64_t samples, int batch, bool drop_last)
{
	return batch < 1 ? 0 : drop_last ? (double)(samples / batch) : (double)((samples + batch - 1) / batch);
}

/* What a static program takes before it trains. */
static const double base_bytes = 1.1e6;

static int scalar_bytes(const struct build *b)
{
	return strcmp(b->sweep.precision, "float64") == 0 ? 8 : 4;
}

/* Batches of an epoch; full: a last one that is not full costs what its samples cost. */
struct epoch { double steps, full, evaluations; };

static struct epoch epoch_of(const struct data_shape *d, int batch)
{
	double steps = batches(d->train_samples, batch, d->drop_last);
	return (struct epoch){steps, d->drop_last ? steps : (double)d->train_samples / batch, (double)(d->test_samples + d->validation_samples) / batch};
}

static double epoch_seconds(const struct epoch *n, const struct program_cost *of, int lanes, int scalar, const struct machine *m)
{
	struct work step = of->step, update = {.weights = step.weights, .calls = step.calls};
	step.weights = step.calls = 0;
	return n->full * cost_batch_seconds(&step, lanes, scalar, m) + n->steps * cost_batch_seconds(&update, lanes, scalar, m)
		+ n->evaluations * cost_batch_seconds(&of->evaluation, lanes, scalar, m);
}

double cost_reference_seconds(struct build *b, const struct pipeline *p)
{
	const struct pipeline_state *state = &b->state[p->index];
	const struct program *pr = state->ok ? b->programs.at[state->program] : NULL;
	if (!pr || !pr->cost || pr->cost->batch < 1)
		return 0;
	struct epoch n = epoch_of(&b->data.at[state->data].shape, pr->cost->batch);
	return epoch_seconds(&n, pr->cost, pr->lanes, scalar_bytes(b), &(struct machine){.vector_bytes = 64, .threads = 1});
}

double cost_expected_seconds(struct build *b, const struct pipeline *p, int lanes)
{
	const struct pipeline_state *state = &b->state[p->index];
	struct program_cost of;
	cost_of_program(b, b->programs.at[state->program], &of);
	struct epoch n = epoch_of(&b->data.at[state->data].shape, of.batch);
	const struct machine m = cost_machine(1);
	return epoch_seconds(&n, &of, lanes, scalar_bytes(b), &m);
}

static void cost_of_pipeline(struct build *b, const struct pipeline *p, const struct program_cost *programs, struct pipeline_cost *c)
{
	const struct pipeline_state *state = &b->state[p->index];
	const struct data_shape *d = &b->data.at[state->data].shape;
	const struct program *pr = b->programs.at[state->program];
	const struct program_cost *of = &programs[state->program];
	struct arena a = {0};
	struct module process = process_of(&a, &b->sweep, p);
	const char *epochs = param_get(&process, "epochs");
	*c = (struct pipeline_cost){.program = pr, .of = of, .train = d->train_samples, .test = d->test_samples, .validation = d->validation_samples,
		.epochs = epochs ? atoi(epochs) : b->sweep.epochs, .runs = b->sweep.multiplicity};
	arena_free(&a);
	struct epoch n = epoch_of(d, of->batch);
	c->epoch_flops = n.full * (of->flops.forward + of->flops.backward) + n.steps * of->flops.optimizer + n.evaluations * of->flops.evaluation;
	const struct machine m = cost_machine(b->sweep.threads);
	c->epoch_seconds = epoch_seconds(&n, of, pr->lanes, scalar_bytes(b), &m) * (b->slower > 0 ? b->slower : 1);
	if (b->sweep.need_gpu)
		c->epoch_seconds = -1;
	c->run_seconds = c->epochs * c->epoch_seconds;
	double values = (double)(c->train + c->test + c->validation) * values_of_sample(d);
	bool packed = pr->lanes > 1 || d->shuffle;
	c->data_bytes = 4 * values;
	c->process_bytes = base_bytes + pr->lanes * (of->weight_bytes + of->gradient_bytes + of->state_bytes + of->activation_bytes + c->data_bytes + packed * scalar_bytes(b) * values);
}

void cost_of_sweep(struct build *b, struct sweep_cost *out)
{
	int count = b->sweep.pipelines.count;
	struct program_cost *programs = arena_alloc(&b->arena, ((size_t)b->programs.count + 1) * sizeof *programs);
	*out = (struct sweep_cost){.at = arena_alloc(&b->arena, ((size_t)count + 1) * sizeof *out->at), .count = count};
	for (int i = 0; i < b->programs.count; i++)
		cost_of_program(b, b->programs.at[i], &programs[i]);
	for (int i = 0; i < count; i++)
		cost_of_pipeline(b, &b->sweep.pipelines.at[i], programs, &out->at[i]);
	cost_schedule(b, out);
}
