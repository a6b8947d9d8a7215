/* trace.c: runs the network of a pipeline on symbolic tensors, in a child, once for training and once for evaluation, and brings both
** graphs back as text, which the parent reads and verifies like any other input. */
#include "trace.h"
#include "config.h"

#include <mosaic.h>

#include "trainer/data_internal.h"

#include <stdlib.h>
#include <math.h>
#include <string.h>

/* One trace in the child: the tensors that flow from module to module. */
struct flow {
	struct child *child;
	const struct data_shape *data;
	nn_tensors inputs, targets, now;
	struct place from;                     /* the forward that returned `now` */
};

/* ---- in the child --------------------------------------------------------------------------- */

static bool is_float64(const struct trace_request *r)
{
	const char *precision = process_get(r->sweep, r->pipeline, "precision");
	return precision && (strcmp(precision, "float64") == 0 || strcmp(precision, "double") == 0);
}

static bool climbs(const struct trace_request *r)
{
	const char *maximize = process_get(r->sweep, r->pipeline, "maximize"), *optimizer = process_get(r->sweep, r->pipeline, "optimizer");
	bool yes = false;
	return maximize && bool_read(maximize, &yes) && yes && word_in(optimizer, setting_find("PROCESS", "maximize")->of);
}

static void make_leaves(struct flow *f, int batch)
{
	for (int i = 0; i < f->data->arrays.count; i++) {
		const struct data_array *x = &f->data->arrays.at[i];
		struct shape s = {.rank = x->rank + 1, .batch = 0, .dim = {batch}};
		nn_tensors *list = x->target ? &f->targets : &f->inputs;
		if (x->rank + 1 > RANK_MAX || list->count == NN_TENSORS_MAX)
			trace_fail("'%s': the data has more than %d inputs or targets, or samples of more than %d axes", x->name, NN_TENSORS_MAX, RANK_MAX - 1);
		memcpy(s.dim + 1, x->shape, (size_t)x->rank * sizeof *x->shape);
		list->at[list->count++] = trace_leaf(x->target ? NODE_TARGET : NODE_INPUT, x->name, s);
	}
	f->now = f->inputs;
}

static void add_shapes(struct text *t, const nn_tensors *list)
{
	for (int i = 0; i < list->count; i++) {
		text_add(t, i ? ", " : "");
		shape_text(&list->at[i]->shape, t);
	}
}

/* What a method returns is checked like an argument of an nn_ function. */
static void check_returned(const nn_tensors *out, struct place at)
{
	if (out->count < 1 || out->count > NN_TENSORS_MAX)
		watch_fail_at(at, "returns a list of tensors with a count that was never set\nreturn nn_tensors_of(a, b)");
	for (int i = 0; i < out->count; i++)
		if (!out->at[i])
			watch_fail_at(at, "returns NULL\nreturn a tensor: the result of an nn_ function");
		else if (!trace_knows(out->at[i]))
			watch_fail_at(at, "returns something that is no tensor of this network\nwas the variable set on every way through the function?");
}

static void run_forward(struct flow *f, int index)
{
	struct child *c = f->child;
	const struct instance *i = &c->at[index];
	const struct method *m = &i->class->methods[METHOD_FORWARD];
	nn_tensors out = {0};
	struct text shapes = {0};
	shim_tensors *forward = child_method(c, index, METHOD_FORWARD);
	if (m->tensors >= 0 && m->tensors != f->now.count) {
		add_shapes(&shapes, &f->now);
		trace_fail("takes %d tensor%s, but %d come%s: %s", m->tensors, m->tensors == 1 ? "" : "s", f->now.count,
			f->now.count == 1 ? "s" : "", shapes.at);
	}
	trace_in(i->name, true);
	forward(i->self, f->now.at, f->now.count, &out, c->run, i->info);
	check_returned(&out, m->at);
	f->now = out;
	f->from = m->at;
}

/* Predictions, then targets, then as many inputs as the method still takes: those serve losses with nn_grad. */
static int loss_arguments(const struct flow *f, const struct method *m, nn_tensor *in)
{
	int n = 0, needed = f->now.count + f->targets.count;
	struct text shapes = {0};
	for (int i = 0; i < f->now.count; i++)
		in[n++] = f->now.at[i];
	for (int i = 0; i < f->targets.count; i++)
		in[n++] = f->targets.at[i];
	for (int i = 0; i < f->inputs.count && n < m->tensors; i++)
		in[n++] = f->inputs.at[i];
	if (m->tensors < 0 && needed > NN_TENSORS_MAX)
		trace_fail("there are %d predictions and targets; a list holds %d", needed, NN_TENSORS_MAX);
	if (m->tensors < 0 || m->tensors == n)
		return n;
	add_shapes(&shapes, &f->now);
	trace_fail("takes %d tensors; there are %d prediction%s (%s), %d target%s and %d input%s\n"
		"it takes all predictions, then all targets, then inputs if it wants them", m->tensors, f->now.count, f->now.count == 1 ? "" : "s",
		shapes.at, f->targets.count, f->targets.count == 1 ? "" : "s", f->inputs.count, f->inputs.count == 1 ? "" : "s");
}

static struct node *own_loss(struct flow *f, int index)
{
	struct child *c = f->child;
	const struct instance *i = &c->at[index];
	nn_tensor in[3 * NN_TENSORS_MAX];
	nn_tensors out = {0};
	struct text shape = {0};
	shim_tensors *loss = child_method(c, index, METHOD_LOSS);
	int count = loss_arguments(f, &i->class->methods[METHOD_LOSS], in);
	trace_in(i->name, true);
	loss(i->self, in, count, &out, c->run, i->info);
	check_returned(&out, i->class->methods[METHOD_LOSS].at);
	struct node *n = out.at[0];
	if (out.count == 1 && (n->shape.rank == 0 || (shape_count(&n->shape) == 1 && n->shape.batch < 0)))
		return trace_scalar(n, "the loss");
	shape_text(&n->shape, &shape);
	const char *message = arena_printf(c->arena, "the loss must be one number, but has shape %s\n"
		"return nn_mean(...) or nn_sum(...) of it", shape.at);
	watch_fail_at(n->at.line > 0 ? n->at : i->class->methods[METHOD_LOSS].at, message);
}

/* What couples samples has no Jacobian sample by sample; what is drawn or moves between two looks at a batch cannot be compared. */
static void check_jacobian(const struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		if (n->kind != NODE_OP)
			continue;
		bool samples = false;
		for (int k = 0; k < n->in_count; k++)
			samples = samples || n->in[k]->shape.batch >= 0;
		if (strcmp(n->op->name, "random") == 0)
			watch_fail_at(n->at, "LevenbergMarquardt looks at a batch several times, but this draws random numbers\nleave dropout and noise out, or choose another optimizer");
		if (samples && n->shape.batch < 0)
			watch_fail_at(n->at, "LevenbergMarquardt needs the derivative of each sample alone, but this takes the samples of a batch together\n"
				"use layer_norm in place of batch_norm, or choose another optimizer");
	}
}

/* The gradient of the sum of predictions times targets, for one sample and a target of 1 in one place, is a row of the Jacobian. */
static struct node *jacobian_loss(struct node *prediction, struct node *target, const char *name)
{
	struct text is = {0}, wanted = {0};
	shape_text(&prediction->shape, &is);
	shape_text(&target->shape, &wanted);
	if (strcmp(name, "MSELoss") != 0)
		trace_fail("LevenbergMarquardt needs a sum of squares: MSELoss, not %s", name);
	if (!shape_equal(&prediction->shape, &target->shape))
		trace_fail("LevenbergMarquardt takes the difference of prediction and target, but they have shapes %s and %s", is.at, wanted.at);
	text_free(&is);
	text_free(&wanted);
	return nn_sum(nn_mul(prediction, target));
}

static struct node *builtin_loss(struct flow *f, const char *name)
{
	struct child *c = f->child;
	struct module process = process_of(c->arena, c->request->sweep, c->request->pipeline);
	c->report->module = c->request->pipeline->modules.count;
	c->report->method = METHOD_LOSS;
	int predictions = builtin_predictions(name);
	if (f->now.count != predictions || f->targets.count != 1)
		trace_fail("%s takes %s and one target; there are %d and %d\nwrite a loss of your own: class_loss_function", name,
			predictions == 1 ? "one prediction" : "two predictions", f->now.count, f->targets.count);
	bool jacobian = trace_training() && strcmp(process_get(c->request->sweep, c->request->pipeline, "optimizer"), "LevenbergMarquardt") == 0;
	if (jacobian)
		check_jacobian(trace_graph());
	trace_in("loss", true);
	watch_at(f->now.at[0]->kind == NODE_OP ? f->now.at[0]->at : f->from);       /* what does not fit is most often the network's output */
	struct node *loss = trace_builtin_loss(&process, name, f->now.at, f->targets.at[0]);
	if (jacobian)
		loss = jacobian_loss(f->now.at[0], f->targets.at[0], name);
	watch_at((struct place){0});
	return loss;
}

/* Every metric method sees what the last module predicts. */
static void run_metrics(struct flow *f, int count)
{
	struct child *c = f->child;
	for (int i = 0; i < count; i++) {
		nn_tensor in[3 * NN_TENSORS_MAX];
		nn_tensors none = {0};
		shim_tensors *metric = c->at[i].class && !c->at[i].module->data ? child_method(c, i, METHOD_METRIC) : NULL;
		if (!metric)
			continue;
		int n = loss_arguments(f, &c->at[i].class->methods[METHOD_METRIC], in);
		trace_in(c->at[i].name, true);
		metric(c->at[i].self, in, n, &none, c->run, c->at[i].info);
	}
}

static void add_outputs(struct flow *f, struct node *loss, const char *builtin)
{
	struct graph *g = trace_graph();
	const struct trace_request *r = f->child->request;
	for (int i = 0; i < f->now.count; i++)
		graph_output(g, "prediction", f->now.count == 1 ? "prediction" : arena_printf(f->child->arena, "prediction%d", i + 1), f->now.at[i]);
	graph_output(g, "loss", "loss", loss);
	trace_in("accuracy", true);
	const char *kind = process_get(r->sweep, r->pipeline, "accuracy");
	const char *ignored = builtin ? process_get(r->sweep, r->pipeline, "ignore_index") : NULL;
	struct node *right = f->targets.count ? trace_accuracy(kind, builtin, ignored, f->now.at[0], f->targets.at[0]) : NULL;
	if (right)
		graph_output(g, "accuracy", "acc", right);
}

static struct graph *trace_once(struct child *c, const struct data_shape *data, bool training)
{
	const struct trace_request *r = c->request;
	int modules = r->pipeline->modules.count, batch = data->train_batch > data->test_batch ? data->train_batch : data->test_batch;
	struct flow f = {.child = c, .data = data};
	bool own = c->at[modules].class;
	const char *builtin = own ? NULL : process_get(r->sweep, r->pipeline, "loss_function");
	trace_graph_begin(training ? "train" : "eval", training, is_float64(r), batch);
	trace_graph()->maximize = training && climbs(r);
	make_leaves(&f, batch);
	for (int i = 0; i <= modules; i++) {
		if (!c->at[i].class)
			continue;
		trace_in(c->at[i].name, false);
		if (training)
			child_bind(c, i);
		child_init(c, i);
		if (training && i < modules) {
			child_info(c, i);
			result_infos(c->result, &c->infos, 0);
			text_printf(c->result, "made\t%d\n", i);
		}
		if (i < modules)
			run_forward(&f, i);
	}
	struct node *loss = own ? own_loss(&f, modules) : builtin_loss(&f, builtin && *builtin ? builtin : "MSELoss");
	add_outputs(&f, loss, own ? NULL : builtin);
	run_metrics(&f, modules);
	trace_add_updates();
	return trace_graph();
}

static void set_group(struct node *n, const nn_group *group)
{
	n->trains = !group->frozen;
	if (!isfinite(group->lr) || group->lr < 0 || group->lr > 1e30)
		trace_fail("'%s' gets %g times the learning rate\ngive a factor above 0, or .frozen = true", n->name, group->lr);
	if (!isfinite(group->weight_decay) || group->weight_decay < 0 || group->weight_decay > 1e30)
		trace_fail("'%s' gets a weight decay of %g\ngive a number above 0, or .no_decay = true", n->name, group->weight_decay);
	if (group->no_decay && group->weight_decay > 0)
		trace_fail("'%s' gets .no_decay and a weight decay of %g\ngive one of them", n->name, group->weight_decay);
	n->lr = n->trains && group->lr != 1 ? group->lr : 0;
	n->weight_decay = !n->trains ? 0 : group->no_decay ? -1 : group->weight_decay;
}

/* The `parameters` method of a class chooses among its parameters by name. */
static void choose_trained(struct child *c, struct graph *g)
{
	for (int i = 0; i <= c->request->pipeline->modules.count; i++) {
		void (*choose)(const void *self, const char *name, nn_group *out) = c->at[i].class ? child_method(c, i, METHOD_PARAMETERS) : NULL;
		trace_in(NULL, false);
		for (int k = 0; choose && k < g->nodes.count; k++) {
			nn_group group = {0};
			if (g->nodes.at[k]->kind != NODE_PARAM || g->nodes.at[k]->buffer || g->nodes.at[k]->module != c->at[i].name)
				continue;
			choose(c->at[i].self, g->nodes.at[k]->name, &group);
			set_group(g->nodes.at[k], &group);
		}
	}
}

static void tell_graph(struct text *out, const struct graph *g)
{
	struct text t = {0};
	graph_print(g, &t);
	text_printf(out, "graph\t%s\t%zu\n", g->name, t.len);
	text_addn(out, t.at, t.len);
	text_free(&t);
}

static void check_parameters_alike(struct child *c, const struct graph *train, struct graph *eval)
{
	const struct node *other = name_alike(train, eval, c->request->sources, c->request->source_count);
	if (!other)
		return;
	struct text shape = {0};
	shape_text(&other->shape, &shape);
	const char *message = arena_printf(c->arena, "without training the network has a parameter '%s' %s that it has not when it trains\n"
		"make the same parameters whatever nn_training() says, and keep nothing in static variables", other->name, shape.at);
	for (int i = 0; i <= c->request->pipeline->modules.count; i++)
		if (c->at[i].class && strcmp(c->at[i].class->name, other->module ? other->module : "") == 0)
			c->report->module = i;
	c->report->method = METHOD_FORWARD;
	watch_fail_at(other->at, message);
}

/* Columns of the history and what predict gives are the same with and without training. */
static void check_outputs_alike(struct child *c, const struct graph *train, const struct graph *eval)
{
	for (int i = 0; i < train->outputs.count || i < eval->outputs.count; i++) {
		const struct output *a = i < train->outputs.count ? &train->outputs.at[i] : NULL, *b = i < eval->outputs.count ? &eval->outputs.at[i] : NULL;
		const struct output *any = a ? a : b;
		if (strcmp(any->role, "update") == 0)
			continue;                      /* the last outputs: only training has them */
		bool metric = strcmp(any->role, "metric") == 0, same = a && b && strcmp(a->role, b->role) == 0 && strcmp(a->name, b->name) == 0;
		if (same && (strcmp(a->role, "prediction") != 0 || shape_equal(&a->node->shape, &b->node->shape)))
			continue;
		struct text with = {0}, without = {0};
		text_add(&with, a ? "" : "nothing");
		text_add(&without, b ? "" : "nothing");
		a && metric ? text_printf(&with, "'%s'", a->name) : a ? shape_text(&a->node->shape, &with) : (void)0;
		b && metric ? text_printf(&without, "'%s'", b->name) : b ? shape_text(&b->node->shape, &without) : (void)0;
		for (int k = 0; k <= c->request->pipeline->modules.count; k++)
			if (c->at[k].class && c->at[k].class->methods[metric ? METHOD_METRIC : METHOD_FORWARD].present && !(k < c->request->pipeline->modules.count && c->at[k].module->data))
				c->report->module = k;
		c->report->method = metric ? METHOD_METRIC : METHOD_FORWARD;
		watch_fail_at(any->node->at, arena_printf(c->arena, "%s %s when training and %s without\n%s the same, in the same order, whatever nn_training() says",
			metric ? "reports" : "returns", with.at, without.at, metric ? "report" : "return"));
	}
}

static void forward_work(void *context, struct watch_report *report, struct text *result)
{
	const struct child_job *job = context;
	const struct trace_request *r = job->request;
	struct arena arena = {0};
	struct child *c = arena_alloc(&arena, sizeof *c);
	child_begin(c, job, report, result, &arena);
	c->run->compile_time = true;
	child_infos(c, &job->data->infos);
	for (int i = 0; i < r->source_count; i++)
		if (r->sources[i] && !(i < r->pipeline->modules.count && r->pipeline->modules.at[i].data))
			child_load(c, i);
	struct graph *train = trace_once(c, job->data, true);
	name_graph(train, r->sources, r->source_count);
	choose_trained(c, train);
	struct graph *eval = trace_once(c, job->data, false);
	check_parameters_alike(c, train, eval);
	check_outputs_alike(c, train, eval);
	tell_graph(result, train);
	tell_graph(result, eval);
}

/* ---- in the parent -------------------------------------------------------------------------- */

static bool is_word(const char *s, const char *more)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	if (!s)
		return true;
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++)
		if (!strchr(letters, s[i]) && !strchr(more, s[i]))
			return false;
	return n > 0 && n < 256;
}

/* "zeros", "uniform(-0.5,0.5)": the numbers end up in C text. */
static bool is_init(const char *s)
{
	static const struct { const char *name; int numbers; } inits[] = {{"zeros", 0}, {"ones", 0}, {"fill", 1}, {"uniform", 2}, {"normal", 2}, {"orthogonal", 1}, {"padded", 2}};
	for (size_t i = 0; i < sizeof inits / sizeof *inits; i++) {
		size_t n = strlen(inits[i].name);
		if (strncmp(s, inits[i].name, n) != 0)
			continue;
		const char *at = s + n;
		for (int k = 0; k < inits[i].numbers; k++) {
			char *end;
			if (*at++ != (k ? ',' : '('))
				return false;
			strtod(at, &end);
			if (end == at)
				return false;
			at = end;
		}
		return strcmp(at, inits[i].numbers ? ")" : "") == 0;
	}
	return false;
}

/* Text that the verifier does not look at, but the emitter writes. */
static bool is_plain(const struct graph *g)
{
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		if (!is_word(n->name, ".") || !is_word(n->label, "") || !is_word(n->module, "") || (n->init && !is_init(n->init)))
			return false;
	}
	for (int i = 0; i < g->outputs.count; i++)
		if (!is_word(g->outputs.at[i].name, "."))
			return false;
	return true;
}

static struct graph *read_graph(struct arena *a, struct result_reader *reader, const char *name, const char *length)
{
	int64_t n;
	struct text why = {0};
	if (!result_int(length, 1, 1 << 30, &n) || strlen(reader->at) < (size_t)n)
		return NULL;
	char *text = arena_strndup(a, reader->at, (size_t)n);
	reader->at += n;
	struct tracer_messages unread;
	tracer_collect(&unread);
	struct graph *g = graph_read(a, "(trace)", text);
	tracer_dropped(&unread);
	bool ok = g && strcmp(g->name, name) == 0 && graph_find_output(g, "loss") && graph_find_output(g, "prediction")
		&& graph_verify(g, "trace", &why) && is_plain(g);
	text_free(&why);
	return ok ? g : NULL;
}

/* Binds the next module that has a forward, with what the modules before it told; false after errors. */
static bool bind_next(struct arena *a, const struct trace_request *r, int *next, const struct infos *infos)
{
	while (*next < r->source_count && (!r->sources[*next] || (*next < r->pipeline->modules.count && r->pipeline->modules.at[*next].data)))
		++*next;
	return *next >= r->source_count || request_bind(a, r, (*next)++, infos);
}

static void bind_data(const struct trace_request *r)
{
	for (int i = 0; i < r->pipeline->modules.count && i < r->source_count; i++) {
		const struct class *c;
		struct module *m;
		if (r->pipeline->modules.at[i].data && request_module(r, i, &m, &c))
			bind_names(c, m, r->pipeline);
	}
}

static bool read_forward(struct arena *a, const struct child_job *job, const struct watched *w, struct graph **train, struct graph **eval)
{
	const struct trace_request *r = job->request;
	struct result_reader reader = {.at = w->result, .arena = a};
	const char *f[RESULT_FIELDS];
	struct infos infos = {0};
	int count, next = 0;
	*train = *eval = NULL;
	for (int i = 0; i < job->data->infos.values.count; i++)
		infos_put(a, &infos, job->data->infos.values.at[i]);
	bind_data(r);
	if (!bind_next(a, r, &next, &infos))
		return false;
	while ((count = result_read(&reader, f))) {
		if (strcmp(f[0], "made") == 0) {
			if (!bind_next(a, r, &next, &infos))
				return false;
		} else if (strcmp(f[0], "graph") == 0 && count == 3) {
			struct graph **g = strcmp(f[1], "train") == 0 ? train : eval;
			*g = read_graph(a, &reader, f[1], f[2]);
			if (!*g)
				goto damaged;
		} else if (!result_info(a, count, f, &infos)) {
			goto damaged;
		}
	}
	if (!reader.failed && *train && *eval)
		return true;
damaged:
	explain_damage(r, false);
	return false;
}

bool trace_forward(struct arena *a, struct trace_request *r, const struct data_shape *data, struct graph **train, struct graph **eval)
{
	struct tracer *t = r->tracer ? r->tracer : tracer_open();
	struct tracer_messages messages;
	struct child_job job = {r, t, data};
	struct watched w;
	tracer_collect(&messages);
	bool ok = request_check(t, r, false) && trace_run(t, a, r, false, forward_work, &job, &w) && read_forward(a, &job, &w, train, eval);
	tracer_collected(t, &messages, r->pipeline);
	if (!r->tracer)
		tracer_close(t);
	return ok;
}
