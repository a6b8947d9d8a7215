/* make_cases.c: writes the cases of specs.c as C text by the real emitter, and beside it what each must compute, by the reference.
**   make_cases all FOLDER FILES [OP]     writes FOLDER/cases_0.c ..., FOLDER/files.c and FOLDER/expected.bin; ops whose names start with OP
**   make_cases few FOLDER FILES      two shapes an op, with a batch where it can have one; no third derivatives
**   make_cases golden FOLDER FILES FUNCTIONS.JSON      the functions whose numbers come from PyTorch
**   make_cases random FOLDER FILES COUNT [SEED]        random graphs; FOLDER/apart_0.c ...: the same without shared memory
** --cuda or --cuda-runs behind them: the same as CUDA, cases_0.cu ..., for tests/cuda/run_cases.cu.
** Every case goes through the passes of the compiler, with the verifier after each. */
#include "golden_cases.h"
#include "make_cases.h"

#include "build.h"

#include <stdlib.h>
#include <string.h>

/* ---- one case ------------------------------------------------------------------------------- */

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
	build_passes(m->graph, NULL);
	work_ahead(m->graph, 1);
	m->meaning = build(m, m->random ? "train" : "eval");
	if (m->random || (m->spec && m->spec->second))
		differentiate(m->meaning);      /* "eval": gradients in the loss are expanded, the loss itself is not differentiated */
	graph_number(m->meaning);
}

/* What is written: specs, the cases of a JSON array, or random graphs. */
struct all { struct program program; struct specs specs; const json_t *golden; bool complete; struct random_all *random; unsigned seed; int count; };

static void write_file(struct all *all, int file, int files, const char *folder, FILE *expected)
{
	struct case_file cases, apart;
	case_file_open(&cases, &all->program, file);
	case_file_open(&apart, &all->program, file);
	for (int i = file * all->count / files; i < (file + 1) * all->count / files; i++) {
		struct made m = {.golden = json_array_get(all->golden, (size_t)i), .random = all->random};
		m.spec = all->specs.list.count ? &all->specs.list.at[i] : NULL;
		m.seed = all->seed + (unsigned)i;
		m.program = &all->program;
		make_graphs(&m);
		if (m.random)
			case_write(&m, i, true, &apart);
		case_write(&m, i, false, &cases);
		for (m.n = m.batch; m.n > 0; m.n = m.n > 1 ? m.n / 2 : 0)
			case_write_expected(&m, expected, i);
		text_free(&m.name);
		arena_free(&m.arena);
	}
	case_file_close(&cases, folder, "cases", file);
	if (all->random)
		case_file_close(&apart, folder, "apart", file);
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
	case_list_write(argv[2], files, case_is_cuda(&all.program));
	if (fclose(expected) != 0)
		die("cannot write expected.bin");
	printf("%d cases\n", all.count);
	bool good = all.random ? random_is_rich(all.random, all.count) : !all.golden || all.complete;
	json_decref((json_t *)all.golden);
	arena_free(&a);
	return !good;
}
