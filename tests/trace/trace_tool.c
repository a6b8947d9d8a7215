/* trace_tool.c: expands a config, compiles its modules and traces every pipeline, for the tests of tracing.
**   trace_tool [-s SECONDS] [-m MEGABYTES] [-j] CONFIG CACHE INCLUDE...
** Prints `## SECTION` of the last module of each pipeline, then its graphs or its messages. -j: messages of all pipelines at the end. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOURCES = 256 };

struct tool {
	struct arena arena;
	struct sweep sweep;
	struct source *all[SOURCES];
	int count;
	double seconds;
	size_t memory;
	bool quiet;
	struct tracer *tracer;
	struct hash128 data_key;               /* of the last data trace */
	struct data_shape data;
	bool data_ok;
};

static struct source *source_at(struct tool *t, const char *path)
{
	for (int i = 0; i < t->count; i++)
		if (strcmp(t->all[i]->path, path) == 0)
			return t->all[i];
	struct source *s = arena_alloc(&t->arena, sizeof *s);
	if (t->count == SOURCES || !reflect(&t->arena, path, s)) {
		printf("not reflected: %s\n", path);
		exit(1);
	}
	return t->all[t->count++] = s;
}

static void reflect_all(struct tool *t)
{
	for (int i = 0; i < t->sweep.pipelines.count; i++)
		for (int k = 0; k < t->sweep.pipelines.at[i].modules.count; k++)
			if (t->sweep.pipelines.at[i].modules.at[k].class)
				source_at(t, t->sweep.pipelines.at[i].modules.at[k].path);
	if (t->sweep.loss.class)
		source_at(t, t->sweep.loss.path);
}

static void print_infos(const struct infos *infos)
{
	static const char *const kinds[] = {[INFO_INT] = "int", [INFO_FLOAT] = "float", [INFO_STRING] = "string", [INFO_BOOL] = "bool"};
	for (int i = 0; i < infos->values.count; i++)
		printf("info %s %s = %s\n", kinds[infos->values.at[i].kind], infos->values.at[i].name, infos->values.at[i].value);
}

static void print_data(const struct data_shape *d)
{
	for (int i = 0; i < d->arrays.count; i++) {
		printf("%s %s", d->arrays.at[i].target ? "target" : "input", d->arrays.at[i].name);
		for (int k = 0; k < d->arrays.at[i].rank; k++)
			printf(" %lld", (long long)d->arrays.at[i].shape[k]);
		putchar('\n');
	}
	printf("samples %lld %lld %lld batch %d %d%s%s\n", (long long)d->train_samples, (long long)d->test_samples,
		(long long)d->validation_samples, d->train_batch, d->test_batch, d->shuffle ? " shuffle" : "", d->drop_last ? " drop_last" : "");
	for (int i = 0; i < d->files.count; i++)
		printf("file %s\n", d->files.at[i]);
	print_infos(&d->infos);
}

static void trace_pipeline(struct tool *t, struct pipeline *p)
{
	struct source *sources[SOURCES];
	struct trace_request r = {.pipeline = p, .sweep = &t->sweep, .sources = sources, .source_count = p->modules.count,
		.time_limit = t->seconds, .memory_limit = t->memory, .tracer = t->tracer};
	struct graph *graphs[2];
	const struct module *last = &p->modules.at[p->modules.count - 1];
	for (int k = 0; k < p->modules.count; k++)
		sources[k] = p->modules.at[k].class ? source_at(t, p->modules.at[k].path) : NULL;
	if (t->sweep.loss.class)
		sources[r.source_count++] = source_at(t, t->sweep.loss.path);
	if (!t->quiet)
		printf("## %s\n", strcmp(last->section, "net") == 0 ? p->modules.at[0].section : last->section);
	struct hash128 key = trace_data_key(&r);
	if (!t->data_ok || key.hi != t->data_key.hi || key.lo != t->data_key.lo)
		t->data_ok = trace_data(&t->arena, &r, &t->data);
	t->data_key = key;
	bool ok = t->data_ok;
	if (ok && !t->quiet && strcmp(last->section, "net") == 0)
		print_data(&t->data);
	ok = ok && trace_forward(&t->arena, &r, &t->data, &graphs[0], &graphs[1]);
	struct text out = {0};
	for (int i = 0; ok && i < 2; i++)
		graph_print(graphs[i], &out);
	if (!t->quiet)
		fputs(out.at ? out.at : "", stdout);
	text_free(&out);
	if (!t->quiet)
		tracer_flush(t->tracer);
}

int main(int argc, char **argv)
{
	struct tool t = {.seconds = 10};
	int option;
	while ((option = getopt(argc, argv, "s:m:j")) > 0) {
		if (option == 's')
			t.seconds = atof(optarg);
		else if (option == 'm')
			t.memory = (size_t)atof(optarg) << 20;
		else
			t.quiet = true;
	}
	if (argc - optind < 2)
		return 2;
	reflect_include_dirs((const char *const *)argv + optind + 2);
	diag.out = stdout;
	if (!ini_read(&t.arena, argv[optind], &t.sweep.ini) || !expand(&t.arena, &t.sweep))
		return 1;
	reflect_all(&t);
	if (!module_build_all(&t.arena, argv[optind + 1], t.all, t.count, 0))
		return 1;
	t.tracer = tracer_open();
	for (int i = 0; i < t.sweep.pipelines.count; i++)
		trace_pipeline(&t, &t.sweep.pipelines.at[i]);
	if (t.quiet)
		puts("## all");
	tracer_close(t.tracer);
	printf("## end %d\n", diag.errors);
	for (int i = 0; i < t.count; i++)
		reflect_close(t.all[i]);
	arena_free(&t.arena);
	return 0;
}
