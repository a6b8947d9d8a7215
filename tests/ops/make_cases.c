/* make_cases.c: writes the cases of specs.c as C text by the real emitter, and beside it what each must compute, by the reference.
**   make_cases all FOLDER FILES [OP]     writes FOLDER/cases_0.c ..., FOLDER/files.c and FOLDER/expected.bin; ops whose names start with OP
**   make_cases few FOLDER FILES      two shapes an op, with a batch where it can have one
**   make_cases golden FOLDER FILES FUNCTIONS.JSON      the functions whose numbers come from PyTorch
**   make_cases random FOLDER FILES COUNT [SEED]        random graphs; FOLDER/apart_0.c ...: the same without shared memory
** --cuda or --cuda-runs behind them: the same as CUDA, cases_0.cu ..., for tests/cuda/run_cases.cu.
** Every case goes through the passes of the compiler, with the verifier after each. */
#include "golden_cases.h"
#include "make_cases.h"

#include "build.h"
#include "emit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 40 };

double random_between(struct random *r, double low, double high)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return low + (high - low) * (double)(r->state >> 11) * 0x1p-53;
}

/* ---- one case ------------------------------------------------------------------------------- */

static void pass(struct graph *g, const char *name)
{
	struct text why = {0};
	if (!graph_verify(g, name, &why))
		die("%s", why.at);
	text_free(&why);
}

static struct graph *build(struct made *m, const char *name)
{
	if (m->golden)
		return golden_graph(&m->arena, m->golden, name);
	return m->spec ? spec_graph(&m->arena, m->spec, name) : random_graph(&m->arena, &m->random->specs, m->seed, name);
}

static void make_graphs(struct made *m)
{
	m->golden ? golden_name(m->golden, &m->name) : m->spec ? spec_name(m->spec, &m->name) : text_printf(&m->name, "random graph %u", m->seed);
	m->graph = build(m, "train");
	m->batch = m->graph->batch;
	random_count_ops(m);
	pass(m->graph, "building");
	differentiate(m->graph);
	pass(m->graph, "differentiate");
	simplify(m->graph);
	pass(m->graph, "simplify");
	m->meaning = build(m, m->random ? "train" : "eval");
	if (m->random || (m->spec && m->spec->second))
		differentiate(m->meaning);      /* "eval": gradients in the loss are expanded, the loss itself is not differentiated */
	graph_number(m->meaning);
}

/* ---- values --------------------------------------------------------------------------------- */

static bool is_integer(const struct op *op)
{
	return op->attrs[0] && strcmp(op->attrs[0], "classes:int") == 0;
}

/* Whether a leaf of a spec ("x0", "p1") holds indices. */
static bool holds_indices(const struct op *op, const struct node *leaf)
{
	return leaf->kind != NODE_TARGET && op->integers >> (leaf->name[1] - '0') & 1;
}

static void draw_leaves(struct made *m, struct random *random)
{
	struct graph *g = m->meaning;
	m->leaf = arena_alloc(&m->arena, (size_t)g->nodes.count * sizeof *m->leaf);
	for (int i = 0; i < g->nodes.count; i++) {
		const struct node *n = g->nodes.at[i];
		if (n->kind == NODE_OP || n->kind == NODE_CONST)
			continue;
		struct shape s = reference_shape(g, n, m->n);
		m->leaf[i] = arena_alloc(&m->arena, (size_t)shape_count(&s) * sizeof **m->leaf);
		for (int64_t e = 0; e < shape_count(&s); e++)
			if (n->kind == NODE_TARGET || !m->spec)
				m->leaf[i][e] = (float)random_between(random, -1, 1);
			else if (holds_indices(m->spec->op, n))
				m->leaf[i][e] = floor(random_between(random, 0, 3.999));
			else if (is_integer(m->spec->op))
				m->leaf[i][e] = floor(random_between(random, m->spec->op->low, m->spec->op->high + 1));
			else
				m->leaf[i][e] = (float)random_between(random, m->spec->op->low, m->spec->op->high);
	}
}

static number case_loss(struct made *m)
{
	struct reference r;
	reference_open(&r, m->meaning, m->n, m->leaf);
	number loss = reference_value(&r, graph_find_output(m->meaning, "loss"))->at[0];
	reference_close(&r);
	return loss;
}

number case_slope(struct made *m, number *x, number h)
{
	number at = *x;
	*x = at + h;
	number up = case_loss(m);
	*x = at - h;
	number down = case_loss(m);
	*x = at;
	return (up - down) / (2 * h);
}

/* d loss / d leaf by central differences. Near a kink, where two steps disagree, nothing is known: false. */
static bool slopes(struct made *m, int leaf, number *out)
{
	struct shape s = reference_shape(m->meaning, m->meaning->nodes.at[leaf], m->n);
	bool known = true;
	for (int64_t e = 0; e < shape_count(&s); e++) {
		out[e] = case_slope(m, &m->leaf[leaf][e], 1e-5L);
		if (!(fabsl(out[e] - case_slope(m, &m->leaf[leaf][e], 3e-6L)) <= 1e-7L * (1 + fabsl(out[e])))) {
			out[e] = NAN;
			known = false;
		}
	}
	return known;
}

const struct node *case_leaf(const struct graph *g, const char *name)
{
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->name && strcmp(g->nodes.at[i]->name, name) == 0 && g->nodes.at[i]->kind != NODE_OP)
			return g->nodes.at[i];
	die("no leaf %s", name);
}

void case_write_values(FILE *f, const struct graph *g, const struct node *n, int samples, const number *values)
{
	int64_t count = shape_count(&n->shape), index[RANK_MAX];
	for (int64_t e = 0; e < count; e++) {
		int64_t rest = e, place = 0;
		for (int i = n->shape.rank - 1; i >= 0; i--) {
			index[i] = rest % n->shape.dim[i];
			rest /= n->shape.dim[i];
		}
		struct shape s = reference_shape(g, n, samples);
		bool there = true;
		for (int i = 0; i < s.rank; i++) {
			there = there && index[i] < s.dim[i];
			place = place * s.dim[i] + index[i];
		}
		double v = there ? (double)values[place] : NAN;
		fwrite(&v, sizeof v, 1, f);
	}
}

static void write_leaves(struct made *m, FILE *f, enum node_kind kind)
{
	for (int i = 0; i < m->graph->nodes.count; i++) {
		const struct node *n = m->graph->nodes.at[i];
		if (n->kind == kind)
			case_write_values(f, m->graph, n, m->n, m->leaf[case_leaf(m->meaning, n->name)->id]);
	}
}

/* Predictions, loss, gradients: as the program will be asked for them. False: draw other numbers. */
static bool write_expected(struct made *m, FILE *f)
{
	struct reference r;
	number *slope = arena_alloc(&m->arena, 10000 * sizeof *slope);
	reference_open(&r, m->meaning, m->n, m->leaf);
	bool ok = true;
	for (int i = 0; i < m->graph->outputs.count; i++) {
		const struct output *o = &m->graph->outputs.at[i];
		bool gradient = strncmp(o->name, "d_", 2) == 0 || strcmp(o->role, "grad") == 0;
		if (gradient) {
			const struct node *leaf = case_leaf(m->meaning, o->name + 2 * (strncmp(o->name, "d_", 2) == 0));
			ok = slopes(m, leaf->id, slope) && ok;
			case_write_values(f, m->meaning, leaf, m->n, slope);
		} else {
			const struct node *n = m->meaning->outputs.at[i].node;
			case_write_values(f, m->meaning, n, m->n, reference_value(&r, n)->at);
		}
	}
	reference_close(&r);
	return ok;
}

static void write_golden(struct made *m, FILE *f, const struct node *n, const char *name)
{
	const json_t *values = json_object_get(golden_values(m->golden, m->n, name), "values");
	struct shape s = reference_shape(m->graph, n, m->n);
	number *at = arena_alloc(&m->arena, (size_t)shape_count(&s) * sizeof *at);
	if ((int64_t)json_array_size(values) < shape_count(&s))
		die("%s: %s has %zu values for %d samples, %lld are needed", m->name.at, name, json_array_size(values), m->n, (long long)shape_count(&s));
	for (int64_t e = 0; e < shape_count(&s); e++)
		at[e] = json_number_value(json_array_get(values, (size_t)e));
	case_write_values(f, m->graph, n, m->n, at);
}

/* The loss of a function that is none is a sum with weights, which torch's numbers do not hold: it is not looked at. */
static void write_golden_try(struct made *m, FILE *f)
{
	for (enum node_kind kind = NODE_INPUT; kind <= NODE_TARGET; kind++)
		for (int i = 0; i < m->graph->nodes.count; i++)
			if (m->graph->nodes.at[i]->kind == kind)
				write_golden(m, f, m->graph->nodes.at[i], m->graph->nodes.at[i]->name);
	for (int i = 0; i < m->graph->nodes.count; i++)
		if (m->graph->nodes.at[i]->kind == NODE_PARAM)
			write_golden(m, f, m->graph->nodes.at[i], m->graph->nodes.at[i]->name);
	for (int i = 0; i < m->graph->outputs.count; i++) {
		const struct output *o = &m->graph->outputs.at[i];
		const number unknown = NAN;
		if (strcmp(o->role, "grad") == 0 || strcmp(o->role, "update") == 0)
			write_golden(m, f, o->node, arena_printf(&m->arena, "%c_%s", *o->role == 'g' ? 'd' : 'u', o->name));
		else if (strcmp(o->name, "loss") == 0 && golden_values(m->golden, m->n, "w"))
			case_write_values(f, m->graph, o->node, m->n, &unknown);
		else
			write_golden(m, f, o->node, strcmp(o->name, "d_x") == 0 ? "dx" : "y");
	}
}

static void write_all_leaves(struct made *m, FILE *f, struct random *random)
{
	draw_leaves(m, random);
	write_leaves(m, f, NODE_INPUT);
	write_leaves(m, f, NODE_TARGET);
	write_leaves(m, f, NODE_PARAM);
}

static void write_try(struct made *m, FILE *f, int seed)
{
	long start = ftell(f);
	struct random random = {(uint64_t)seed * 7919 + (uint64_t)m->n};
	if (m->random) {
		write_all_leaves(m, f, &random);
		random_write_expected(m, f, &random);
		return;
	}
	for (int i = 0; i < TRIES; i++) {
		fseek(f, start, SEEK_SET);
		write_all_leaves(m, f, &random);
		if (write_expected(m, f))
			return;
	}
	die("%s: no numbers away from kinks", m->name.at);
}

/* ---- C text --------------------------------------------------------------------------------- */

static const char *const globals[] = {"params", "acts", "work", "training", "memory", "gradient_of", "add_sums", "forward", "losses", "backward", "BATCH"};

/* The names at file scope, so that many cases stand in one file. */
static void renames(const struct plan *p, int id, bool on, struct text *out)
{
	for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
		text_printf(out, on ? "#define %s c%d_%s\n" : "#undef %s\n", globals[i], id, globals[i]);
	for (int i = 0; i < p->sizes.count; i++)
		text_printf(out, on ? "#define %s c%d_%s\n" : "#undef %s\n", p->sizes.at[i].name, id, p->sizes.at[i].name);
	for (int i = 0; i < p->functions.count; i++)
		text_printf(out, on ? "#define %s c%d_%s\n" : "#undef %s\n", p->functions.at[i].name, id, p->functions.at[i].name);
}

static const char *memory_of(const struct plan *p, const struct node *n)
{
	const struct node *root = PLAN(p, n)->root;
	const struct node_plan *np = root ? PLAN(p, root) : NULL;
	if (!np || np->inlined)
		return NULL;
	if (np->home == HOME_GRAD)
		return arena_printf(p->arena, "memory.grads.%s", PLAN(p, root->adjoint_of)->c_name);
	if (np->home == HOME_PARAM)
		return arena_printf(p->arena, "memory.params.%s", np->c_name);
	return np->home == HOME_ACT ? arena_printf(p->arena, "memory.%s.%s", np->phase == PHASE_FORWARD ? "acts" : "work", np->c_name) : NULL;
}

static void place(struct text *out, const char *name, const char *at, int64_t count)
{
	text_printf(out, "\t{\"%s\", %s%s, %lld},\n", name, at ? "&" : "", at ? at : "NULL", (long long)count);
}

static void tables(struct made *m, int id, struct text *out)
{
	const struct plan *p = &m->emission.plan;
	const struct graph *g = m->graph;
	text_printf(out, "static void c%d_run(const struct mosaic_step *step)\n{\n\tgradient_of(&memory, step, &memory.grads);\n}\nstatic const size_t c%d_io[] = {", id, id);
	for (enum node_kind kind = NODE_INPUT; kind <= NODE_TARGET; kind++)
		for (int i = 0; i < g->nodes.count; i++)
			if (g->nodes.at[i]->kind == kind)
				text_printf(out, "%lld, ", (long long)shape_count(&g->nodes.at[i]->shape));
	text_printf(out, "0};\nstatic const struct case_place c%d_param[] = {\n", id);
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_PARAM)
			place(out, g->nodes.at[i]->name, memory_of(p, g->nodes.at[i]), shape_count(&g->nodes.at[i]->shape));
	text_printf(out, "\t{0}};\nstatic const struct case_place c%d_output[] = {\n", id);
	for (int i = 0; i < g->outputs.count; i++) {
		const struct output *o = &g->outputs.at[i];
		bool grad = strcmp(o->role, "grad") == 0;
		const char *at = grad ? arena_printf(&m->arena, "memory.grads.%s", PLAN(p, case_leaf(g, o->name))->c_name)
			: strcmp(o->role, "loss") == 0 ? NULL : memory_of(p, o->node);
		place(out, arena_printf(&m->arena, "%s%s", grad ? "d_" : "", o->name), at, shape_count(&o->node->shape));
	}
	text_add(out, "\t{0}};\n");
}

static int count_kind(const struct graph *g, enum node_kind kind)
{
	int count = 0;
	for (int i = 0; i < g->nodes.count; i++)
		count += g->nodes.at[i]->kind == kind;
	return count;
}

/* ---- CUDA: the same in a namespace, with places as offsets ------------------------------------------ */

static bool is_cuda(const struct program *pr)
{
	return pr->backend && *pr->backend->self;
}

static void cuda_place(struct text *out, const char *name, const char *at, int64_t count)
{
	if (at)
		text_printf(out, "\t{\"%s\", offsetof(struct training, %s), %lld},\n", name, at + strlen("memory."), (long long)count);
	else
		text_printf(out, "\t{\"%s\", NOWHERE, %lld},\n", name, (long long)count);
}

static void cuda_tables(struct made *m, struct text *out)
{
	const struct plan *p = &m->emission.plan;
	const struct graph *g = m->graph;
	bool many = m->program->backend->many;
	if (many)
		text_add(out, "__global__ void take(struct training *self, int n, const struct untyped *inputs, const struct untyped *targets, double *sums)\n{\n"
			"\tconst uint64_t key = 0;\n\tconst struct mosaic_step step = {n, inputs, targets, NULL, sums, &key, 0, 1};\n\tgradient_of(self, &step, &self->grads);\n}\n");
	else {
		text_add(out, "__global__ void take(struct training *self, double *sums)\n{\n");
		emit_sums(p, out);
		text_add(out, "\t(void)self, (void)sums;\n}\n");
	}
	text_add(out, "static void run(void *memory, int n, const struct untyped *inputs, const struct untyped *targets, double *sums, const struct untyped *there)\n{\n"
		"\tstruct training *self = (struct training *)memory;\n");
	if (many)
		text_printf(out, "\t(void)inputs, (void)targets;\n\tLAUNCH(take, 1, self, n, there, there + %d, sums);\n}\n", count_kind(g, NODE_INPUT));
	else
		text_add(out, "\t(void)there;\n\tconst struct mosaic_step step = {n, inputs, targets, NULL, NULL, NULL, 0, 1};\n\tgradient_of(self, &step, &self->grads);\n\tLAUNCH(take, 1, self, sums);\n}\n");
	text_add(out, "static const size_t io[] = {");
	for (enum node_kind kind = NODE_INPUT; kind <= NODE_TARGET; kind++)
		for (int i = 0; i < g->nodes.count; i++)
			if (g->nodes.at[i]->kind == kind)
				text_printf(out, "%lld, ", (long long)shape_count(&g->nodes.at[i]->shape));
	text_add(out, "0};\nstatic const struct case_place param[] = {\n");
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_PARAM)
			cuda_place(out, g->nodes.at[i]->name, memory_of(p, g->nodes.at[i]), shape_count(&g->nodes.at[i]->shape));
	text_add(out, "\t{NULL, 0, 0}};\nstatic const struct case_place output[] = {\n");
	for (int i = 0; i < g->outputs.count; i++) {
		const struct output *o = &g->outputs.at[i];
		bool grad = strcmp(o->role, "grad") == 0;
		const char *at = grad ? arena_printf(&m->arena, "memory.grads.%s", PLAN(p, case_leaf(g, o->name))->c_name)
			: strcmp(o->role, "loss") == 0 ? NULL : memory_of(p, o->node);
		cuda_place(out, arena_printf(&m->arena, "%s%s", grad ? "d_" : "", o->name), at, shape_count(&o->node->shape));
	}
	text_add(out, "\t{NULL, 0, 0}};\n");
}

/* The text of a case, and its line in the table. */
static void write_case(struct made *m, int id, bool apart, struct text *out, struct text *list)
{
	struct text network = {0};
	m->emission = (struct emission){.arena = &m->arena, .program = m->program, .train = m->graph, .apart = apart};
	emit_network(&m->emission, m->graph, &network);
	text_printf(out, "\n/* ---- %s ---- */\n", m->name.at);
	if (is_cuda(m->program)) {
		text_printf(out, "namespace c%d {\n%s", id, network.at);
		cuda_tables(m, out);
		text_add(out, "}\n");
	} else {
		renames(&m->emission.plan, id, true, out);
		text_add(out, network.at);
		tables(m, id, out);
		renames(&m->emission.plan, id, false, out);
	}
	text_free(&network);
	text_printf(list, is_cuda(m->program) ? "\t{\"%s\", %d, %d, %d, %d, %d, sizeof(c%d::training), c%d::io, c%d::param, c%d::output, c%d::run},\n"
		: "\t{\"%s\", %d, %d, %d, %d, %d, c%d_io, c%d_param, NULL, c%d_output, c%d_run},\n", m->name.at, m->batch,
		count_kind(m->graph, NODE_INPUT) + count_kind(m->graph, NODE_TARGET), count_kind(m->graph, NODE_PARAM), m->graph->outputs.count,
		count_kind(m->graph, NODE_INPUT), id, id, id, id, id);
}

static void save(const char *path, const struct text *t)
{
	FILE *f = fopen(path, "w");
	if (!f || fwrite(t->at, 1, t->len, f) != t->len || fclose(f) != 0)
		die("cannot write %s", path);
}

/* What is written: specs, the cases of a JSON array, or random graphs. */
struct all { struct program program; struct specs specs; const json_t *golden; bool complete; struct random_all *random; unsigned seed; int count; };

/* The C text of one file. */
struct case_file { struct text out, list; bool cuda; };

static void open_cuda_file(struct case_file *c, bool many)
{
	text_printf(&c->out, "#include <cuda_runtime.h>\n%s#include \"real.h\"\n#include \"mosaic_cuda.h\"\n#include \"real_random.h\"\n#include \"index.h\"\n#include \"recurrent.h\"\n"
		"#include \"resize.h\"\n#include \"columns.h\"\n#include \"rows.h\"\n#include \"attention.h\"\n#include \"case_table_cuda.h\"\n#define FORWARD static%s\n#define LAYER static __device__\n"
		"#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)\n", many ? "#define MOSAIC_RUNS\nenum { RUNS_MAX = 1 };\n" : "", many ? " __device__" : "");
}

static void open_file(struct case_file *c, const struct program *program, int file)
{
	*c = (struct case_file){.cuda = is_cuda(program)};
	if (c->cuda) {
		open_cuda_file(c, program->backend->many);
		text_printf(&c->list, "\nextern const struct case_entry cases_%d[] = {\n", file);
		return;
	}
	text_add(&c->out, "#include \"real.h\"\n#include \"trainer.h\"\n#include \"case_table.h\"\n"
		"#define FORWARD static\n#define LAYER static\n#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)\n");
	text_printf(&c->list, "\nconst struct case_entry cases_%d[] = {\n", file);
}

static void close_file(struct case_file *c, const char *folder, const char *stem, int file)
{
	char path[4096];
	text_printf(&c->out, c->cuda ? "%s\t{NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL}};\n" : "%s\t{0}};\n", c->list.at);
	snprintf(path, sizeof path, "%s/%s_%d.%s", folder, stem, file, c->cuda ? "cu" : "c");
	save(path, &c->out);
	text_free(&c->out);
	text_free(&c->list);
}

static void write_file(struct all *all, int file, int files, const char *folder, FILE *expected)
{
	struct case_file cases, apart;
	open_file(&cases, &all->program, file);
	open_file(&apart, &all->program, file);
	for (int i = file * all->count / files; i < (file + 1) * all->count / files; i++) {
		struct made m = {.golden = json_array_get(all->golden, (size_t)i), .random = all->random};
		m.spec = all->specs.list.count ? &all->specs.list.at[i] : NULL;
		m.seed = all->seed + (unsigned)i;
		m.program = &all->program;
		make_graphs(&m);
		if (m.random)
			write_case(&m, i, true, &apart.out, &apart.list);
		write_case(&m, i, false, &cases.out, &cases.list);
		for (m.n = m.batch; m.n > 0; m.n = m.n > 1 ? m.n / 2 : 0)
			m.golden ? write_golden_try(&m, expected) : write_try(&m, expected, i);
		text_free(&m.name);
		arena_free(&m.arena);
	}
	close_file(&cases, folder, "cases", file);
	if (all->random)
		close_file(&apart, folder, "apart", file);
}

static void collect(struct arena *a, struct all *all, const char *kind, const char *json, const char *seed)
{
	json_error_t error;
	if (strcmp(kind, "golden") == 0) {
		json_t *file = json ? json_load_file(json, 0, &error) : NULL;
		all->golden = json_incref(json_object_get(file, "functions"));
		json_decref(file);
		if (!json_is_array(all->golden))
			die("%s: %s", json ? json : "golden", json ? error.text : "which functions.json?");
		all->complete = golden_is_complete(a, all->golden);
		all->count = (int)json_array_size(all->golden);
		return;
	}
	if (strcmp(kind, "random") == 0) {
		all->count = json ? atoi(json) : 0;
		all->seed = seed ? (unsigned)atoi(seed) : 1;
		all->random = arena_alloc(a, sizeof *all->random);
		all->random->used = arena_alloc(a, (size_t)op_count * sizeof *all->random->used);
		specs_collect(a, &all->random->specs);
		return;
	}
	specs_collect(a, &all->specs);
	if (json)
		specs_named(&all->specs, json);
	if (strcmp(kind, "few") == 0)
		specs_thin(&all->specs);
	all->count = all->specs.list.count;
}

static void write_list(const char *folder, int files, bool cuda)
{
	char path[4096];
	struct text t = {0};
	text_printf(&t, "#include \"case_table%s.h\"\n", cuda ? "_cuda" : "");
	for (int i = 0; i < files; i++)
		text_printf(&t, "extern const struct case_entry cases_%d[];\n", i);
	text_add(&t, cuda ? "extern const struct case_entry *const case_files[] = {" : "const struct case_entry *const case_files[] = {");
	for (int i = 0; i < files; i++)
		text_printf(&t, "cases_%d, ", i);
	text_add(&t, "0};\n");
	snprintf(path, sizeof path, "%s/files.%s", folder, cuda ? "cu" : "c");
	save(path, &t);
	text_free(&t);
}

int main(int argc, char **argv)
{
	if (argc < 4 || atoi(argv[3]) < 1) {
		fprintf(stderr, "usage: make_cases all|few FOLDER FILES [OP]\n       make_cases golden FOLDER FILES FUNCTIONS.JSON\n"
			"       make_cases random FOLDER FILES COUNT [SEED]\n");
		return 2;
	}
	char path[4096];
	int files = atoi(argv[3]);
	struct arena a = {0};
	struct all all = {.program = {.backend = &backend_c}};
	if (strcmp(argv[argc - 1], "--cuda") == 0 || strcmp(argv[argc - 1], "--cuda-runs") == 0)
		all.program.backend = argv[--argc][6] ? &backend_cuda_runs : &backend_cuda;
	collect(&a, &all, argv[1], argc > 4 ? argv[4] : NULL, argc > 5 ? argv[5] : NULL);
	snprintf(path, sizeof path, "%s/expected.bin", argv[2]);
	FILE *expected = fopen(path, "w+");
	if (!expected)
		die("cannot write %s", path);
	for (int i = 0; i < files; i++)
		write_file(&all, i, files, argv[2], expected);
	write_list(argv[2], files, is_cuda(&all.program));
	if (fclose(expected) != 0)
		die("cannot write expected.bin");
	printf("%d cases\n", all.count);
	bool good = all.random ? random_is_rich(all.random, all.count) : !all.golden || all.complete;
	json_decref((json_t *)all.golden);
	arena_free(&a);
	return !good;
}
