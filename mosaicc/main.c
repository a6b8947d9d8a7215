/* main.c: the compiler from config to build, one call a pass. Its options: options.c. */
#include "cost.h"
#include "tuning.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- where this installation lies ----------------------------------------------------------- */

static const char *first_existing(struct arena *a, const char *dir, const char *const *tries)
{
	for (; *tries; tries++) {
		const char *path = arena_printf(a, "%s/%s", dir, *tries);
		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

/* In the build folder everything lies beside mosaicc; installed, in ../include/mosaic and ../lib. */
static bool find_installation(struct build *b)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return false;
	self[n] = 0;
	b->mosaicc = arena_strdup(&b->arena, self);
	char *slash = strrchr(self, '/');
	*slash = 0;
	b->mosaic = first_existing(&b->arena, self, (const char *const[]){"mosaic", NULL});
	b->library = first_existing(&b->arena, self, (const char *const[]){"libmosaic_trainer.a", "../lib/mosaic/libmosaic_trainer.a", NULL});
	b->include_dir = first_existing(&b->arena, self, (const char *const[]){"include", "../include/mosaic", NULL});
	b->start = first_existing(&b->arena, self, (const char *const[]){"mosaic_start", "../lib/mosaic/mosaic_start", NULL});
	if (!b->mosaic)
		b->mosaic = "mosaic";
	if (b->library && b->include_dir)
		return true;
	err((struct place){0}, "cannot find %s beside %s; is the installation complete?", b->library ? "the headers" : "libmosaic_trainer.a", b->mosaicc);
	return false;
}

static const char *const *include_dirs(struct build *b)
{
	const char **list = arena_alloc(&b->arena, 2 * sizeof *list);
	list[0] = b->include_dir;
	return list;
}

/* ---- the compiler --------------------------------------------------------------------------- */

/* Named after the config, without what Ninja or a linker could not write to. */
static const char *default_output(struct arena *a, const char *config)
{
	const char *slash = strrchr(config, '/');
	char *name = arena_strdup(a, slash ? slash + 1 : config), *dot = strrchr(name, '.');
	if (dot && dot > name)
		*dot = 0;
	for (char *c = name; *c; c++)
		if (*c == '%' || !depfile_can_hold((char[]){*c, 0}))
			*c = '_';
	return arena_printf(a, "generated/%s", name);
}

static bool read_config(struct build *b)
{
	if (!ini_read(&b->arena, b->options.config, &b->sweep.ini) || !expand(&b->arena, &b->sweep))
		return false;
	for (int i = 0; i < b->sweep.ignored.count && !b->options.quiet; i++)
		warn((struct place){b->options.config, 0, 0}, "section [%s] is ignored: its type is in no scheme", b->sweep.ignored.at[i]);
	if (b->options.tune && b->sweep.need_gpu) {
		err(param_of(&b->sweep.monitor, "need_gpu")->at, "--tune measures trainers for CPUs");
		hint("need_gpu = False");
		return false;
	}
	/* Generated text does not depend on it, so that it can be read, and built elsewhere. */
	if (!b->sweep.need_gpu || cuda_compiler(&b->arena) || !b->options.build || b->options.check || b->options.explain)
		return true;
	err(param_of(&b->sweep.monitor, "need_gpu")->at, "need_gpu is True, but there is no nvcc, which compiles trainers for GPUs");
	hint("install NVIDIA's CUDA toolkit, or say where nvcc is: NVCC=/path/to/nvcc; --no-build generates without it; need_gpu = False trains on the CPU");
	return false;
}

/* --check and --explain write nothing: what they compile goes to a folder that goes with them. */
static bool open_cache(struct build *b)
{
	b->cache = arena_printf(&b->arena, "%s/.cache", b->options.out);
	if (!b->options.check && !b->options.explain && !b->options.tune)
		return true;
	if (!scratch_open(&b->arena, &b->scratch))
		return false;
	b->cache = b->scratch.path;
	return true;
}

static void show_costs(struct build *b)
{
	struct sweep_cost costs;
	cost_of_sweep(b, &costs);
	if (b->options.json)
		cost_print_json(b, &costs, stdout);
	else if (!b->options.quiet)
		cost_print(b, &costs, stdout);
}

static const char *plural(int count)
{
	return count == 1 ? "" : "s";
}

/* To somebody who sits in front of it. */
static void tell_next(const struct build *b)
{
	int runs = b->sweep.pipelines.count * b->sweep.multiplicity;
	if (!b->options.quiet && terminal_cursor(stdout))
		printf("built; `%s%s%s` trains up to %d run%s\n", b->root ? "ninja run" : "ninja -f ", b->root ? "" : b->options.out, b->root ? "" : "/build.ninja run", runs, plural(runs));
}

static int compile(struct build *b)
{
	if (!find_installation(b))
		return 1;
	reflect_include_dirs(include_dirs(b));
	if (!b->options.out)
		b->options.out = default_output(&b->arena, b->options.config);
	if (!read_config(b))                    /* ini, expand */
		return 1;
	if (b->options.bundle && !bundle_check(b))
		return 1;
	if (!open_cache(b))
		return 1;
	if (!build_check(b))                    /* reflect, bind, trace */
		return 1;
	if (!b->options.quiet && !b->options.json && !b->options.explain)
		printf("%s: %d pipeline%s, %d program%s\n", b->options.config, b->sweep.pipelines.count, plural(b->sweep.pipelines.count), b->programs.count, plural(b->programs.count));
	if (b->options.tune)
		return tune(b) ? 0 : 1;
	if (b->options.check) {
		show_costs(b);
		return 0;
	}
	if (!build_write(b))                    /* differentiate, simplify, fuse, plan, emit, ninja */
		return 1;
	if (b->options.explain)
		return why_print(b) ? 0 : 1;
	if (!b->options.build)
		return 0;
	fflush(stdout);
	if (!run_ninja(b))
		return 1;
	if (b->options.bundle)
		return bundle_write(b) ? 0 : 1;
	tell_next(b);
	return 0;
}

static int describe_file(struct build *b, const char *path)
{
	struct source s = {0};
	if (!find_installation(b))
		return 1;
	reflect_include_dirs(include_dirs(b));
	if (!reflect(&b->arena, path, &s))
		return 1;
	(b->options.json ? describe_json : describe)(stdout, &s);
	return 0;
}

static int write_pipelines(struct build *b, const char *out)
{
	struct text t = {0};
	if (!ini_read(&b->arena, b->options.config, &b->sweep.ini) || !expand(&b->arena, &b->sweep) || !rules_without_modules(b))
		return 1;
	pipelines_json(&b->sweep, &t);
	bool ok = file_write_if_changed(out, t.at, t.len) == 0;
	if (!ok)
		err((struct place){out, 0, 0}, "cannot write: %s", strerror(errno));
	else
		printf("%s: %d runs\n", out, b->sweep.pipelines.count * b->sweep.multiplicity);
	text_free(&t);
	return ok ? 0 : 1;
}

static int list_ops(void)
{
	struct text t = {0};
	ops_document(&t);
	fputs(t.at, stdout);
	text_free(&t);
	return 0;
}

static int completion(const char *shell)
{
	if (print_completion(&mosaicc_program, shell, stdout))
		return 0;
	fprintf(stderr, "mosaicc: --completion: there is none for '%s'\n  hint: it takes bash, zsh or fish\n", shell);
	return EXIT_USAGE;
}

static int act(struct build *b)
{
	switch (b->options.action) {
	case ACTION_HELP: print_help(&mosaicc_program, mosaicc_program.commands, stdout); return 0;
	case ACTION_VERSION: puts("mosaicc " MOSAICC_VERSION); return 0;
	case ACTION_MAN: print_man(&mosaicc_program, stdout); return 0;
	case ACTION_COMPLETION: return completion(b->options.second);
	case ACTION_OPS: return list_ops();
	case ACTION_DESCRIBE: return describe_file(b, b->options.config);
	case ACTION_PIPELINES: return write_pipelines(b, b->options.second);
	case ACTION_COMPILE: break;
	}
	int code = compile(b);
	scratch_close(&b->scratch);
	return code;
}

/* What a build says on the way may be lost; what somebody asked for may not. */
static bool answers(const struct options *o)
{
	return o->check || o->explain || o->dump || (o->action != ACTION_COMPILE && o->action != ACTION_PIPELINES);
}

int main(int argc, char **argv)
{
	static struct build b = {.options = {.build = true, .time_limit = DEFAULT_TIME_LIMIT}};
	streams_open();
	diag.color = terminal_colors(stderr);
	if (!options_read(&b.arena, argc, argv, &b.options))
		return EXIT_USAGE;
	int code = act(&b);
	if (streams_written() || code || !answers(&b.options))
		return code;
	fputs("mosaicc: error: standard output cannot be written\n", stderr);
	return 1;
}
