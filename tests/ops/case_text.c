/* case_text.c: cases as C or CUDA, by the real emitter, many in one file: in C their names are made different by macros, CUDA has namespaces. Beside the
** network stand the tables of case_table.h and case_table_cuda.h. */
#include "make_cases.h"

#include "emit.h"

#include <string.h>

static int count_kind(const struct graph *g, enum node_kind kind)
{
	int count = 0;
	for (int i = 0; i < g->nodes.count; i++)
		count += g->nodes.at[i]->kind == kind;
	return count;
}

bool case_is_cuda(const struct program *pr)
{
	return pr->backend && *pr->backend->self;
}

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

static bool is_gradient(const struct output *o)
{
	return strcmp(o->role, "grad") == 0;
}

static const char *output_name(const struct plan *p, const struct output *o)
{
	return is_gradient(o) ? arena_printf(p->arena, "d_%s", o->name) : o->name;
}

static const char *output_memory(const struct plan *p, const struct output *o)
{
	if (is_gradient(o))
		return arena_printf(p->arena, "memory.grads.%s", PLAN(p, case_leaf(p->graph, o->name))->c_name);
	return strcmp(o->role, "loss") == 0 ? NULL : memory_of(p, o->node);
}

static void io_counts(const struct graph *g, struct text *out)
{
	for (enum node_kind kind = NODE_INPUT; kind <= NODE_TARGET; kind++)
		for (int i = 0; i < g->nodes.count; i++)
			if (g->nodes.at[i]->kind == kind)
				text_printf(out, "%lld, ", (long long)shape_count(&g->nodes.at[i]->shape));
}

/* ---- C ---------------------------------------------------------------------------------------- */

static void place(struct text *out, const char *name, const char *at, int64_t count)
{
	text_printf(out, "\t{\"%s\", %s%s, %lld},\n", name, at ? "&" : "", at ? at : "NULL", (long long)count);
}

static void tables(struct made *m, int id, struct text *out)
{
	const struct plan *p = &m->emission.plan;
	const struct graph *g = m->graph;
	text_printf(out, "static void c%d_run(const struct mosaic_step *step)\n{\n\tgradient_of(&memory, step, &memory.grads);\n}\nstatic const size_t c%d_io[] = {", id, id);
	io_counts(g, out);
	text_printf(out, "0};\nstatic const struct case_place c%d_param[] = {\n", id);
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_PARAM)
			place(out, g->nodes.at[i]->name, memory_of(p, g->nodes.at[i]), shape_count(&g->nodes.at[i]->shape));
	text_printf(out, "\t{0}};\nstatic const struct case_place c%d_output[] = {\n", id);
	for (int i = 0; i < g->outputs.count; i++) {
		const struct output *o = &g->outputs.at[i];
		place(out, output_name(p, o), output_memory(p, o), shape_count(&o->node->shape));
	}
	text_add(out, "\t{0}};\n");
}

/* ---- CUDA: the same in a namespace, with places as offsets ------------------------------------------ */

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
	io_counts(g, out);
	text_add(out, "0};\nstatic const struct case_place param[] = {\n");
	for (int i = 0; i < g->nodes.count; i++)
		if (g->nodes.at[i]->kind == NODE_PARAM)
			cuda_place(out, g->nodes.at[i]->name, memory_of(p, g->nodes.at[i]), shape_count(&g->nodes.at[i]->shape));
	text_add(out, "\t{NULL, 0, 0}};\nstatic const struct case_place output[] = {\n");
	for (int i = 0; i < g->outputs.count; i++) {
		const struct output *o = &g->outputs.at[i];
		cuda_place(out, output_name(p, o), output_memory(p, o), shape_count(&o->node->shape));
	}
	text_add(out, "\t{NULL, 0, 0}};\n");
}

/* ---- files -------------------------------------------------------------------------------------- */

/* The text of a case, and its line in the table. */
void case_write(struct made *m, int id, bool apart, struct case_file *file)
{
	struct text *out = &file->out, *list = &file->list;
	struct text network = {0};
	m->emission = (struct emission){.arena = &m->arena, .program = m->program, .train = m->graph, .apart = apart, .tight = true};
	emit_network(&m->emission, m->graph, &network);
	text_printf(out, "\n/* ---- %s ---- */\n", m->name.at);
	if (case_is_cuda(m->program)) {
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
	text_printf(list, case_is_cuda(m->program) ? "\t{\"%s\", %d, %d, %d, %d, %d, sizeof(c%d::training), c%d::io, c%d::param, c%d::output, c%d::run},\n"
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

static void open_cuda_file(struct case_file *c, bool many)
{
	text_printf(&c->out, "#include <cuda_runtime.h>\n%s#include \"real.h\"\n#include \"mosaic_cuda.h\"\n#include \"real_random.h\"\n#include \"index.h\"\n#include \"recurrent.h\"\n"
		"#include \"resize.h\"\n#include \"columns.h\"\n#include \"rows.h\"\n#include \"attention.h\"\n%s#include \"case_table_cuda.h\"\n#define FORWARD static%s\n#define LAYER static __device__\n"
		"#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)\n", many ? "#define MOSAIC_RUNS\nenum { RUNS_MAX = 1 };\n" : "", many ? "" : "#include \"gemm.h\"\n",
		many ? " __device__" : "");
}

void case_file_open(struct case_file *c, const struct program *program, int file)
{
	*c = (struct case_file){.cuda = case_is_cuda(program)};
	if (c->cuda) {
		open_cuda_file(c, program->backend->many);
		text_printf(&c->list, "\nextern const struct case_entry cases_%d[] = {\n", file);
		return;
	}
	text_add(&c->out, "#include \"real.h\"\n#include \"trainer.h\"\n#include \"case_table.h\"\n"
		"#define FORWARD static\n#define LAYER static\n#define SAMPLES(n) do { if ((n) < 1) __builtin_unreachable(); } while (0)\n");
	text_printf(&c->list, "\nconst struct case_entry cases_%d[] = {\n", file);
}

void case_file_close(struct case_file *c, const char *folder, const char *stem, int file)
{
	char path[4096];
	text_printf(&c->out, c->cuda ? "%s\t{NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL}};\n" : "%s\t{0}};\n", c->list.at);
	snprintf(path, sizeof path, "%s/%s_%d.%s", folder, stem, file, c->cuda ? "cu" : "c");
	save(path, &c->out);
	text_free(&c->out);
	text_free(&c->list);
}

void case_list_write(const char *folder, int files, bool cuda)
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
