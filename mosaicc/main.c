/* main.c: mosaicc's command line, and the compiler from config to build, one call a pass. */
#include "build.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char help_text[] =
	"usage: mosaicc [OPTIONS] CONFIG.INI\n"
	"       mosaicc --describe FILE.C\n"
	"       mosaicc --pipelines CONFIG.INI OUT.JSON\n"
	"\n"
	"Compiles every pipeline of a configuration into a trainer of its own and builds them; `ninja run` then trains the sweep.\n"
	"\n"
	"  -o, --output DIR     where the sources go (default: generated/<name of the config>)\n"
	"      --no-build       write the sources, do not build them\n"
	"      --check          prove the whole sweep (names, types, shapes, files), write nothing\n"
	"      --database FILE  database of `ninja run` (default: [MONITOR] database, else database.db)\n"
	"  -d PASS              print the graphs after a pass: trace, differentiate, simplify;\n"
	"                       or what became of them: fuse (functions and loops), plan (memory)\n"
	"  -j N                 build with N processes at once\n"
	"      --time-limit S   seconds that one pipeline's forward may take (default 10)\n"
	"      --describe       print the classes of a module: parameters, types, defaults, comments\n"
	"      --pipelines      write the pipelines as JSON; no module is opened\n"
	"      --ops            the functions for networks and the ops behind them, as doc/ops.md has them\n"
	"      --quiet          say nothing but errors\n"
	"      --version, --help\n"
	"\n"
	"Exit codes: 0 done, 1 a mistake in the config or a module, 2 usage, 70 a fault of mosaicc.\n";

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
	b->blas = first_existing(&b->arena, self, (const char *const[]){"libmosaic_blas.a", "../lib/mosaic/libmosaic_blas.a", NULL});
	b->include_dir = first_existing(&b->arena, self, (const char *const[]){"include", "../include/mosaic", NULL});
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
	if (b->sweep.need_gpu)
		warn((struct place){b->options.config, 0, 0}, "need_gpu: this version makes trainers for the CPU only");
	return true;
}

/* Two builds at once in one folder would spoil each other's objects; `mosaic launch` takes the same lock. The kernel drops it. */
static int build_lock(struct build *b)
{
	int fd = open(arena_printf(&b->arena, "%s/.cache/lock", b->options.out), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return fd;
}

static int run_ninja(struct build *b)
{
	char jobs[24];
	snprintf(jobs, sizeof jobs, "%d", b->options.jobs);
	const char *file = arena_printf(&b->arena, "%s/build.ninja", b->options.out);
	const char *argv[10] = {"ninja", "-f", file, "-k", "0"};
	int count = 5;
	if (b->options.jobs) {
		argv[count++] = "-j";
		argv[count++] = jobs;
	}
	argv[count++] = "--quiet";
	argv[count++] = "all";
	argv[count] = NULL;
	int lock = build_lock(b);
	pid_t pid;
	int why = posix_spawnp(&pid, "ninja", NULL, NULL, (char *const *)argv, environ), status;
	if (why) {
		err((struct place){0}, "cannot start ninja: %s", strerror(why));
		hint("install it with: apt-get install ninja-build");
		return 1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	if (lock >= 0)
		close(lock);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int compile(struct build *b, bool check_only)
{
	if (!find_installation(b))
		return 1;
	reflect_include_dirs(include_dirs(b));
	if (!b->options.out)
		b->options.out = default_output(&b->arena, b->options.config);
	if (!read_config(b))                    /* ini, expand */
		return 1;
	if (!build_check(b))                    /* reflect, bind, trace */
		return 1;
	if (!b->options.quiet)
		printf("%s: %d pipelines, %d programs\n", b->options.config, b->sweep.pipelines.count, b->programs.count);
	if (check_only)
		return 0;
	if (!build_write(b))                    /* differentiate, simplify, fuse, plan, emit, ninja */
		return 1;
	if (!b->options.build)
		return 0;
	fflush(stdout);
	return run_ninja(b) ? 1 : 0;
}

static int describe_file(struct build *b, const char *path)
{
	struct source s = {0};
	if (!find_installation(b))
		return 1;
	reflect_include_dirs(include_dirs(b));
	if (!reflect(&b->arena, path, &s))
		return 1;
	describe(stdout, &s);
	return 0;
}

static int write_pipelines(struct build *b, const char *out)
{
	struct text t = {0};
	if (!ini_read(&b->arena, b->options.config, &b->sweep.ini) || !expand(&b->arena, &b->sweep))
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

static int usage(const char *message)
{
	fprintf(stderr, "mosaicc: %s\n  hint: mosaicc --help\n", message);
	return 2;
}

enum { OPT_NO_BUILD = 256, OPT_CHECK, OPT_DATABASE, OPT_DESCRIBE, OPT_PIPELINES, OPT_OPS, OPT_QUIET, OPT_VERSION, OPT_HELP, OPT_TIME };
static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'}, {"no-build", no_argument, NULL, OPT_NO_BUILD}, {"check", no_argument, NULL, OPT_CHECK},
	{"database", required_argument, NULL, OPT_DATABASE}, {"describe", required_argument, NULL, OPT_DESCRIBE}, {"pipelines", no_argument, NULL, OPT_PIPELINES},
	{"ops", no_argument, NULL, OPT_OPS}, {"quiet", no_argument, NULL, OPT_QUIET}, {"version", no_argument, NULL, OPT_VERSION}, {"help", no_argument, NULL, OPT_HELP},
	{"time-limit", required_argument, NULL, OPT_TIME}, {NULL, 0, NULL, 0}};

/* getopt has said what is wrong with it. */
static int wrong_option(const char *given)
{
	const char *names[sizeof long_options / sizeof *long_options];
	int count = 0;
	for (; long_options[count].name; count++)
		names[count] = long_options[count].name;
	const char *near = strncmp(given, "--", 2) == 0 ? nearest_name(given + 2, names, count) : NULL;
	if (near)
		fprintf(stderr, "  hint: did you mean --%s?\n", near);
	else
		fputs("  hint: mosaicc --help\n", stderr);
	return 2;
}

/* A number above 0 and nothing behind it; 0 if it is none. */
static double above_zero(const char *text)
{
	char *end;
	double value = strtod(text, &end);
	return end != text && !*end && value > 0 && value <= 1e6 ? value : 0;
}

/* A whole number from 1 on; -1 if it is none. */
static int whole(const char *text)
{
	double value = above_zero(text);
	return value >= 1 && value == (int)value ? (int)value : -1;
}

/* A path that Ninja's syntax cannot hold. */
static bool bad_path(const char *path)
{
	return path && strpbrk(path, "\n\r|");
}

/* An option to those who get it as a word of a command. */
static const char *not_an_option(struct arena *a, const char *path)
{
	return path && *path == '-' ? arena_printf(a, "./%s", path) : path;
}

/* NULL, or what is wrong with the options together. */
static const char *wrong_options(const struct options *o)
{
	static const char *const passes[] = {"trace", "differentiate", "simplify", "fuse", "plan"};
	const char *dot = strrchr(o->config, '.');
	if (bad_path(o->config) || bad_path(o->out) || bad_path(o->database))
		return "a path with a line break or a |";
	if (o->out && (!*o->out || *o->out == '-' || strchr(o->out, '%') || !depfile_can_hold(o->out)))
		return "-o takes a folder whose name Ninja can hold: letters, digits, space and + , / _ : . ~ ( ) { } = @ [ ] ! - # $, - not first";
	if (dot && strcmp(dot, ".c") == 0)
		return "a configuration is an INI file; --describe shows a module";
	if (o->jobs < 0)
		return "-j takes a whole number from 1 on";
	if (!(o->time_limit > 0))
		return "--time-limit takes seconds, a number above 0";
	for (int i = 0; o->dump && i < 5; i++)
		if (strcmp(o->dump, passes[i]) == 0)
			return NULL;
	return o->dump ? "-d takes trace, differentiate, simplify, fuse or plan" : NULL;
}

int main(int argc, char **argv)
{
	static struct build b = {.options = {.build = true, .time_limit = DEFAULT_TIME_LIMIT}};
	bool check_only = false, pipelines = false;
	diag.color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	for (int c; (c = getopt_long(argc, argv, "o:d:j:h", long_options, NULL)) != -1;) {
		switch (c) {
		case 'o': b.options.out = optarg; break;
		case 'd': b.options.dump = optarg; break;
		case 'j': b.options.jobs = whole(optarg); break;
		case OPT_NO_BUILD: b.options.build = false; break;
		case OPT_CHECK: check_only = true; break;
		case OPT_DATABASE: b.options.database = optarg; break;
		case OPT_DESCRIBE: return describe_file(&b, optarg);
		case OPT_PIPELINES: pipelines = true; break;
		case OPT_OPS: return list_ops();
		case OPT_QUIET: b.options.quiet = true; break;
		case OPT_TIME: b.options.time_limit = above_zero(optarg); break;
		case OPT_VERSION: puts("mosaicc " MOSAICC_VERSION); return 0;
		case 'h':
		case OPT_HELP: fputs(help_text, stdout); return 0;
		default: return wrong_option(argv[optind - 1]);
		}
	}
	if (pipelines && argc - optind != 2)
		return usage("--pipelines takes a configuration and the file to write");
	if (argc - optind != 1 + pipelines)
		return usage(argc == optind ? "which configuration?" : "one configuration at a time");
	b.options.config = not_an_option(&b.arena, argv[optind]);
	const char *wrong = wrong_options(&b.options);
	if (wrong)
		return usage(wrong);
	return pipelines ? write_pipelines(&b, argv[optind + 1]) : compile(&b, check_only);
}
