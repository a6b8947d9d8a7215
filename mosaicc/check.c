/* check.c: proves a whole sweep before anything is written: sources reflected and compiled, data prepared once, every pipeline
** traced; pipelines with equal graphs share a program. A mistake in one pipeline does not stop the others from being checked. */
#include "build.h"
#include "rules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- sources -------------------------------------------------------------------------------- */

struct source *build_source(const struct build *b, const char *path)
{
	for (int i = 0; i < b->sources.count; i++)
		if (strcmp(b->sources.at[i]->path, path) == 0)
			return b->sources.at[i];
	return NULL;
}

/* Opening would wait for a writer of a pipe; libclang and clang read the file again, too. */
static bool is_file(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, R_OK) == 0;
}

static void add_source(struct build *b, const struct module *m)
{
	if (!m->path || build_source(b, m->path))
		return;
	struct source *s = arena_alloc(&b->arena, sizeof *s);
	s->path = m->path;
	if (strchr(m->path, '|')) {
		err(m->path_at, "'%s': Ninja cannot build from a path with a |", m->path);
		VEC_PUSH(&b->arena, &b->sources, s);
		return;
	}
	if (!is_file(m->path)) {
		err(m->path_at, "cannot read '%s'", m->path);
		hint("paths are relative to the folder where mosaicc is called");
	} else if (!reflect(&b->arena, m->path, s)) {
		s->ok = false;
	}
	VEC_PUSH(&b->arena, &b->sources, s);
}

static void check_class(struct build *b, const struct module *m, bool loss)
{
	struct source *s = m->path ? build_source(b, m->path) : NULL;
	if (!s || !s->ok)
		return;
	const struct class *c = source_class(s, m->class);
	if (!c) {
		err_no_class(s, m->class, m->class_at);
		return;
	}
	enum method_kind need = loss ? METHOD_LOSS : m->data ? METHOD_PREPARE : METHOD_FORWARD;
	bool transforms = m->data && c->methods[METHOD_TRANSFORM].present;
	if (!c->methods[need].present && !transforms)
		err_no_method(c, need, m->class_at);
}

static bool load_sources(struct build *b)
{
	for (int i = 0; i < b->sweep.pipelines.count; i++)
		for (int k = 0; k < b->sweep.pipelines.at[i].modules.count; k++)
			add_source(b, &b->sweep.pipelines.at[i].modules.at[k]);
	if (b->sweep.loss.class)
		add_source(b, &b->sweep.loss);
	for (int i = 0; i < b->sweep.pipelines.count; i++)
		for (int k = 0; k < b->sweep.pipelines.at[i].modules.count; k++)
			check_class(b, &b->sweep.pipelines.at[i].modules.at[k], false);
	if (b->sweep.loss.class)
		check_class(b, &b->sweep.loss, true);
	for (int i = 0; i < b->sweep.more_losses.count; i++)
		check_class(b, &b->sweep.more_losses.at[i], true);
	for (int i = 0; i < b->sources.count; i++)
		if (!b->sources.at[i]->ok)
			return false;
	return diag.errors == 0 && module_build_all(&b->arena, b->cache, b->sources.at, b->sources.count, b->options.jobs);
}

struct source **build_sources(struct build *b, struct arena *a, const struct pipeline *p)
{
	struct source **list = arena_alloc(a, (size_t)(p->modules.count + 1) * sizeof *list);
	for (int i = 0; i < p->modules.count; i++)
		list[i] = p->modules.at[i].path ? build_source(b, p->modules.at[i].path) : NULL;
	list[p->modules.count] = b->sweep.loss.class ? build_source(b, b->sweep.loss.path) : NULL;
	return list;
}

/* ---- pipelines ------------------------------------------------------------------------------ */

static int find_data(struct build *b, struct trace_request *r)
{
	struct hash128 key = trace_data_key(r);
	for (int i = 0; i < b->data.count; i++)
		if (b->data.at[i].key.hi == key.hi && b->data.at[i].key.lo == key.lo)
			return i;
	struct data_entry e = {.key = key};
	e.ok = trace_data(&b->arena, r, &e.shape);
	VEC_PUSH(&b->arena, &b->data, e);
	return b->data.count - 1;
}

/* What is only tried must leave no trace in the messages: not even that one was given already. */
static bool trace_quietly(struct build *b, struct traced *t)
{
	FILE *out = diag.out, *nowhere = fopen("/dev/null", "w");
	int errors = diag.errors, warnings = diag.warnings, seen = diag.seen.count;
	t->request.tracer = b->trying = b->trying ? b->trying : tracer_open();
	diag.out = nowhere ? nowhere : out;
	bool ok = trace_forward(&t->arena, &t->request, &b->data.at[t->data].shape, &t->train, &t->eval);
	tracer_discard(b->trying);
	diag.out = out;
	diag.errors = errors;
	diag.warnings = warnings;
	diag.seen.count = seen;
	if (nowhere)
		fclose(nowhere);
	return ok;
}

void trace_pipeline(struct build *b, struct pipeline *p, bool quiet, struct traced *t)
{
	*t = (struct traced){.request = {.pipeline = p, .sweep = &b->sweep, .source_count = p->modules.count + (b->sweep.loss.class != NULL),
		.time_limit = b->options.time_limit, .tracer = b->tracer}};
	t->request.sources = build_sources(b, &t->arena, p);
	t->data = find_data(b, &t->request);
	if (!b->data.at[t->data].ok)
		return;
	t->ok = quiet ? trace_quietly(b, t) : trace_forward(&t->arena, &t->request, &b->data.at[t->data].shape, &t->train, &t->eval);
}

/* As if the pipeline had a program of its own. */
double traced_measure(struct build *b, struct pipeline *p, struct traced *t, bool bytes)
{
	struct text train = {0}, eval = {0};
	struct module process = process_of(&t->arena, &b->sweep, p);
	struct program alone = {.name = "alone", .folder = "", .lanes = 1, .runs = 1, .backend = &backend_c, .first = p, .optimizer = optimizer_of(&b->arena, &process), .nb_params = graph_parameters(t->train)};
	if (!bytes)
		return (double)alone.nb_params;
	b->state[p->index].data = t->data;
	graph_print(t->train, &train);
	graph_print(t->eval, &eval);
	alone.train_text = train.at;
	alone.eval_text = eval.at;
	double measured = training_run_bytes(b, &alone);
	text_free(&train);
	text_free(&eval);
	return measured;
}

static void add_traced(struct build *b, struct pipeline *p, struct traced *t)
{
	struct pipeline_state *state = &b->state[p->index];
	char program[33];
	pipeline_hashes(b, p, t, state->identity, program);
	state->program = program_add(b, p, program, t->train, t->eval);
}

/* The conditions that could not be decided before the network was known. */
static enum verdict check_measures(struct build *b, struct pipeline *p, struct traced *t)
{
	struct rules *rules = b->sweep.rules;
	const struct condition *failed;
	bool params = false, bytes = false;
	for (int i = 0; i < rules->where.count; i++) {
		params = params || rules->where.at[i].measured;
		bytes = bytes || condition_asks(&rules->where.at[i], EXPR_BYTES);
	}
	struct measures m = {params ? traced_measure(b, p, t, false) : -1, bytes ? traced_measure(b, p, t, true) : -1};
	return conditions_of(rules, &b->sweep, p, NULL, m, &failed);
}

/* What optimizers that take a whole step themselves cannot do with a network. */
static bool check_solver(struct build *b, const struct pipeline *p, const struct graph *train)
{
	enum { MOST = 1000 };
	struct module process = process_of(&b->arena, &b->sweep, p);
	const struct optimizer *o = optimizer_of(&b->arena, &process);
	int64_t count = 0;
	bool groups = false;
	for (int i = 0; i < train->nodes.count && o->solver; i++) {
		const struct node *n = train->nodes.at[i];
		count += n->kind == NODE_PARAM && n->trains ? shape_count(&n->shape) : 0;
		groups = groups || n->lr != 0 || n->weight_decay != 0;
	}
	if (groups) {
		err((struct place){b->options.config, 0, 0}, "%s: %s has no parameter groups", p->line, o->name);
		hint("`parameters` may say with a bool, or .frozen, which tensors train; or choose another optimizer");
		return false;
	}
	if (o->history || count <= MOST)
		return true;
	err((struct place){b->options.config, 0, 0}, "%s: %s solves for all parameters at once: at most %d, this network has %lld", p->line, o->name, MOST, (long long)count);
	hint("a smaller network, or LBFGS");
	return false;
}

/* Columns that stay empty although nobody said so; once a sweep. */
static void warn_accuracy(struct build *b, const struct pipeline *p, const struct graph *g)
{
	if (!g || b->told_accuracy || graph_find_output(g, "accuracy") || strcmp(process_get(&b->sweep, p, "accuracy"), "auto") != 0)
		return;
	for (int i = 0; i < g->nodes.count && !b->told_accuracy; i++)
		b->told_accuracy = g->nodes.at[i]->kind == NODE_TARGET;
	if (!b->told_accuracy)
		return;
	warn(b->sweep.process.at, "%s has no accuracy: its predictions and targets are not of one shape", p->line);
	hint("write accuracy = none, or give a module a metric of your own");
}

/* FAILS: where refuses it. BROKEN: errors were printed; it stays, so that the others are counted as they stand. */
static enum verdict check_pipeline(struct build *b, struct pipeline *p)
{
	struct pipeline_state *state = &b->state[p->index];
	struct traced t;
	int errors = diag.errors;
	*state = (struct pipeline_state){.program = -1};
	if (!match_choose(b, p))
		return diag.errors > errors ? BROKEN : FAILS;
	trace_pipeline(b, p, false, &t);
	state->data = t.data;
	enum verdict v = t.ok ? check_measures(b, p, &t) : BROKEN;
	warn_accuracy(b, p, t.train);
	if (v == HOLDS && !early_check(&t.arena, &b->sweep, p, t.train, b->data.at[t.data].shape.validation_samples > 0))
		v = BROKEN;
	if (v == HOLDS && !check_solver(b, p, t.train))
		v = BROKEN;
	state->ok = v == HOLDS;
	if (v == HOLDS)
		add_traced(b, p, &t);
	arena_free(&t.arena);
	return v;
}

static bool may_draw(const struct build *b, int kept)
{
	const struct search *s = &b->sweep.search;
	const struct rules *r = b->sweep.rules;
	return r->sampler && r->refused && kept < s->budget && r->opened < 1000 + (int64_t)s->budget * 50;
}

/* Those that where refuses leave no gap: the next takes the place. A sample is filled up from what is left to be drawn. */
static bool check_pipelines(struct build *b)
{
	struct rules *rules = b->sweep.rules;
	int kept = 0, errors = diag.errors;
	bool ok = true;
	for (int i = 0; i < b->sweep.pipelines.count || (may_draw(b, kept) && sample_more(rules->sampler) && load_sources(b)); i++) {
		struct pipeline *p = &b->sweep.pipelines.at[kept];
		*p = b->sweep.pipelines.at[i];
		p->index = kept;
		enum verdict v = check_pipeline(b, p);
		rules->opened++;
		rules->refused += v == FAILS;
		kept += v != FAILS;
		ok = ok && v != BROKEN;
	}
	b->sweep.pipelines.count = kept;
	if (rules->sampler && rules->refused && kept > 0 && kept < b->sweep.search.budget)
		warn(budget_at(&b->sweep), "where leaves %d pipeline%s, not %d: no more were found", kept, kept == 1 ? "" : "s", b->sweep.search.budget);
	if (kept == 0 && diag.errors == errors)
		return err_nothing_left(&b->sweep, true);
	return ok;
}

bool build_check(struct build *b)
{
	int most = b->sweep.pipelines.count > b->sweep.search.budget ? b->sweep.pipelines.count : b->sweep.search.budget;
	b->state = arena_alloc(&b->arena, (size_t)(most + 1) * sizeof *b->state);
	if (!load_sources(b))
		return false;
	b->tracer = tracer_open();
	bool ok = check_pipelines(b);
	tracer_close(b->tracer);
	if (b->trying)
		tracer_close(b->trying);
	ok = match_check(b) && ok;
	ok = repeats_check(&b->sweep) && ok;
	/* A pipeline that failed before its loss was bound must not have the loss's parameters called unused. */
	const struct source *loss = b->sweep.loss.class ? build_source(b, b->sweep.loss.path) : NULL;
	for (int i = 0; loss && i < b->sweep.pipelines.count; i++) {
		struct module *m = sweep_loss(&b->sweep, &b->sweep.pipelines.at[i]);
		const struct class *loss_class = source_class(loss, m->class);
		if (loss_class)
			bind_names(loss_class, m, &b->sweep.pipelines.at[i]);
	}
	for (int i = 0; i < b->sweep.pipelines.count; i++)
		ok = bind_unused(&b->sweep.pipelines.at[i]) && ok;
	if (b->sweep.loss.class)
		ok = bind_unused_loss(&b->sweep.loss) && ok;
	ok = programs_settle(b) && ok;
	ok = ok && diag.errors == 0;
	if (ok && !b->options.quiet && !b->options.json)
		rules_tell(b, stdout);
	return ok;
}
