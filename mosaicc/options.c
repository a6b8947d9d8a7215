/* options.c: the table of mosaicc's options, from which help, man page and completion come (runtime/cli), and what they mean together. */
#include "build.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_OUTPUT, OPT_NO_BUILD, OPT_NO_ROOT, OPT_CHECK, OPT_EXPLAIN, OPT_TUNE, OPT_JSON, OPT_DATABASE, OPT_BUNDLE, OPT_WITH_DATA, OPT_DUMP, OPT_JOBS, OPT_TIME_LIMIT, OPT_DESCRIBE, OPT_PIPELINES, OPT_OPS,
	OPT_QUIET, OPT_COMPLETION, OPT_MAN, OPT_VERSION, OPT_COUNT };

static const struct command table[] = {
	{.name = "mosaicc", .summary = "compile sweeps of neural networks into trainers",
		.usage = "[options] CONFIG.INI\n--check CONFIG.INI\n--explain CONFIG.INI\n--tune CONFIG.INI\n--describe FILE.C\n--pipelines CONFIG.INI OUT.JSON",
		.about = "Compiles every pipeline of a configuration into a trainer of its own and builds them; `ninja run` then trains the sweep.\n",
		.options = {
			[OPT_OUTPUT] = {"output", 'o', "DIR", "where the sources go (default: generated/<name of the config>)"},
			[OPT_NO_BUILD] = {"no-build", 0, NULL, "write the sources, do not build them"},
			[OPT_NO_ROOT] = {"no-root", 0, NULL, "write no build.ninja in this folder, only in that of the sources"},
			[OPT_CHECK] = {"check", 0, NULL, "prove the whole sweep and say what it costs: parameters, FLOPs, bytes, seconds; write nothing"},
			[OPT_EXPLAIN] = {"explain", 0, NULL, "say what would be generated, built and trained again, and why; write nothing"},
			[OPT_TUNE] = {"tune", 0, NULL, "train a moment with each way to build a program that gives the same results, and write the fastest to tune.ini"},
			[OPT_JSON] = {"json", 0, NULL, "what --check, --explain and --describe say, as JSON"},
			[OPT_DATABASE] = {"database", 0, "DB", "database of `ninja run` (default: [MONITOR] database, else database.db)"},
			[OPT_BUNDLE] = {"bundle", 0, "DIR", "build, then make a folder of each program in DIR that runs on other machines, its libraries beside it"},
			[OPT_WITH_DATA] = {"with-data", 0, NULL, "with --bundle: the files of data that were opened go with it"},
			[OPT_DUMP] = {"dump", 'd', "trace|differentiate|simplify|fuse|plan", "print the graphs after a pass, or what became of them: fuse (functions and loops), plan (memory)"},
			[OPT_JOBS] = {"jobs", 'j', "N", "build with N processes at once"},
			[OPT_TIME_LIMIT] = {"time-limit", 0, "S", "seconds that one pipeline's forward may take (default: 10)"},
			[OPT_DESCRIBE] = {"describe", 0, "FILE.C", "print the classes of a module: parameters, types, defaults, comments"},
			[OPT_PIPELINES] = {"pipelines", 0, NULL, "write the pipelines as JSON; no module is opened"},
			[OPT_OPS] = {"ops", 0, NULL, "the functions for networks and the ops behind them, as doc/ops.md has them"},
			[OPT_QUIET] = {"quiet", 0, NULL, "say nothing but errors"},
			[OPT_COMPLETION] = {"completion", 0, "[=bash|zsh|fish]", "what a shell needs to complete: source it (default: bash)"},
			[OPT_MAN] = {"man", 0, NULL, "a man page"},
			[OPT_VERSION] = {"version", 0, NULL, "print the version"},
		},
		.exits = "  1  a mistake in the configuration or a module, or something could not be written or built\n  2  wrong options or arguments\n"
			"  70 a fault of mosaicc's own\n"},
	{0},
};
const struct program_table mosaicc_program = {
	.name = "mosaicc", .version = MOSAICC_VERSION, .summary = "compile sweeps of neural networks into trainers", .commands = table, .alone = true, .see_also = "mosaic",
};

static bool usage(const char *message)
{
	fprintf(stderr, "mosaicc: %s\n  hint: mosaicc --help\n", message);
	return false;
}

/* getopt has said what is wrong with it. */
static bool wrong_option(const char *given)
{
	const char *names[OPT_COUNT + 1] = {"help"};
	for (int i = 0; i < OPT_COUNT; i++)
		names[i + 1] = table->options[i].name;
	const char *near = strncmp(given, "--", 2) == 0 ? nearest_name(given + 2, names, OPT_COUNT + 1) : NULL;
	if (near)
		fprintf(stderr, "  hint: did you mean --%s?\n", near);
	else
		fputs("  hint: mosaicc --help\n", stderr);
	return false;
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

static bool known_pass(const char *pass)
{
	static const char *const passes[] = {"trace", "differentiate", "simplify", "fuse", "plan"};
	for (int i = 0; i < 5; i++)
		if (strcmp(pass, passes[i]) == 0)
			return true;
	return false;
}

/* NULL, or what is wrong with the options together. */
static const char *wrong_options(const struct options *o)
{
	const char *dot = strrchr(o->config, '.');
	if (o->check && o->explain)
		return "--check or --explain, one at a time";
	if (o->tune && (o->check || o->explain || o->bundle || !o->build))
		return "--tune builds and measures: it goes without --check, --explain, --bundle and --no-build";
	if (o->with_data && !o->bundle)
		return "--with-data goes with --bundle";
	if (o->bundle && (o->check || o->explain || !o->build))
		return "--bundle builds and copies: it goes without --check, --explain and --no-build";
	if (o->bundle && !*o->bundle)
		return "--bundle takes a folder";
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
	if (o->dump && !known_pass(o->dump))
		return "-d takes trace, differentiate, simplify, fuse or plan";
	return o->json && !o->check && !o->explain ? "--json goes with --check, --explain or --describe" : NULL;
}

static void take(struct options *o, int option, const char *value)
{
	switch (option) {
	case OPT_OUTPUT: o->out = value; break;
	case OPT_NO_BUILD: o->build = false; break;
	case OPT_NO_ROOT: o->no_root = true; break;
	case OPT_CHECK: o->check = true; break;
	case OPT_EXPLAIN: o->explain = true; break;
	case OPT_TUNE: o->tune = true; break;
	case OPT_JSON: o->json = true; break;
	case OPT_DATABASE: o->database = value; break;
	case OPT_BUNDLE: o->bundle = value; break;
	case OPT_WITH_DATA: o->with_data = true; break;
	case OPT_DUMP: o->dump = value; break;
	case OPT_JOBS: o->jobs = whole(value); break;
	case OPT_TIME_LIMIT: o->time_limit = above_zero(value); break;
	case OPT_DESCRIBE: o->action = ACTION_DESCRIBE; o->config = value; break;
	case OPT_PIPELINES: o->action = ACTION_PIPELINES; break;
	case OPT_OPS: o->action = ACTION_OPS; break;
	case OPT_QUIET: o->quiet = true; break;
	case OPT_COMPLETION: o->action = ACTION_COMPLETION; o->second = value ? value : ""; break;
	case OPT_MAN: o->action = ACTION_MAN; break;
	case OPT_VERSION: o->action = ACTION_VERSION; break;
	default: o->action = ACTION_HELP;
	}
}

static void getopt_tables(struct option *longs, char *shorts)
{
	for (int i = 0; i < OPT_COUNT; i++) {
		const struct option_row *row = &table->options[i];
		longs[i] = (struct option){row->name, !row->value ? no_argument : value_optional(row) ? optional_argument : required_argument, NULL, 256 + i};
		if (row->letter)
			shorts += sprintf(shorts, "%c%s", row->letter, row->value ? ":" : "");
	}
	longs[OPT_COUNT] = (struct option){"help", no_argument, NULL, 256 + OPT_COUNT};
	strcpy(shorts, "h");
}

/* Which row a value of getopt_long means; OPT_COUNT: help. */
static int row_of(int c)
{
	for (int i = 0; c < 256 && i < OPT_COUNT; i++)
		if (table->options[i].letter == c)
			return i;
	return c >= 256 ? c - 256 : OPT_COUNT;
}

bool options_read(struct arena *a, int argc, char **argv, struct options *o)
{
	struct option longs[OPT_COUNT + 2] = {0};
	char shorts[3 * OPT_COUNT];
	getopt_tables(longs, shorts);
	for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
		if (c == '?')
			return wrong_option(argv[optind - 1]);
		take(o, row_of(c), optarg);
		if (o->action == ACTION_HELP)
			return true;
	}
	int given = argc - optind;
	bool two = o->action == ACTION_PIPELINES;
	if (o->action != ACTION_COMPILE && !two)
		return given == 0 || usage("this option takes no configuration");
	if (two && given != 2)
		return usage("--pipelines takes a configuration and the file to write");
	if (given != 1 + two)
		return usage(given ? "one configuration at a time" : "which configuration?");
	o->config = not_an_option(a, argv[optind]);
	o->bundle = not_an_option(a, o->bundle);
	o->second = two ? argv[optind + 1] : NULL;
	const char *wrong = wrong_options(o);
	return !wrong || usage(wrong);
}
