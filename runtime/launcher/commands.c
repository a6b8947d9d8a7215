/* commands.c: main() and the one table of commands, from which help comes. The original's names (mosaic_status) and its
** single-dash options (-epochs 200) work beside `mosaic status` and --epochs=200. */
#include "launcher.h"
#include "plot.h"

#include <stdlib.h>
#include <string.h>

#define RUN_EXITS "  1  some run failed\n  3  another launcher uses the database (with --no-wait)\n  75 interrupted: the same command goes on where it stopped\n"
#define RERUN_EXITS "  1  some run failed\n  3  another launcher uses the database (with --no-wait)\n  75 interrupted: `mosaic rerun CONFIG.ini DATABASE --interrupted` goes on\n"
#define PLOT_OPTIONS \
	{"log", 'l', "auto|yes|no", "logarithmic axes; auto: where values span two decades"}, \
	{"script", 's', "FILE", "keep the text that gnuplot gets in FILE"}
#define LAUNCH_OPTIONS \
	{"database", 'd', "DB", "write to DB, not to the configuration's `database`"}, \
	{"again", 'a', NULL, "train every pipeline once more, with fresh seeds"}, \
	{"jobs", 'j', "N", "trainers at once, instead of the configuration's `nb_processus`"}, \
	{"no-wait", 'n', NULL, "leave when another launcher uses the database"}

const struct command commands[] = {
	{"run", "generate, build and train what a configuration describes", "CONFIG.ini [DATABASE]",
		"Calls mosaicc on the configuration, then trains the runs that the database lacks. Runs that are done are skipped;\n"
		"raising `epochs` or `multiplicity` trains only the difference.\n", 1, 2, cmd_run,
		{LAUNCH_OPTIONS, {"output", 'o', "DIR", "folder of the generated sources (default: generated/<name of the configuration>)"}, {0}}, RUN_EXITS},
	{"launch", "train the runs of a generated sweep", "SWEEP.json",
		"What `ninja run` calls. Trains the runs that the database lacks, `nb_processus` trainers at a time, and writes their\n"
		"results as they come. Interrupted and failed runs go on from their last checkpoint.\n", 1, 1, cmd_launch,
		{LAUNCH_OPTIONS, {"build", 'b', "FILE", "first build all that can be built: FILE is the sweep's build.ninja"},
			{"explain", 'x', NULL, "say which runs would be trained, and why; train nothing, write nothing"}, {"json", 0, NULL, "what --explain says, as JSON"}, {0}}, RUN_EXITS},
	{"status", "show the runs of a database", "[DATABASE]",
		"Done, Error and Running runs. Without DATABASE: that of the launcher that runs in this directory, else the last one.\n", 0, 1, cmd_status,
		{{"watch", 'w', NULL, "show it again whenever it changes, until the launcher ends"}, {"json", 'j', NULL, "as JSON"}, {0}}, NULL},
	{"savedb", "copy a database at any moment", "[DATABASE] COPY",
		"The copy is consistent, also while runs go on. COPY may be an older copy, never a file that is no database.\n", 1, 2, cmd_savedb, {{0}}, NULL},
	{"generate", "write the pipelines of a configuration as JSON", "CONFIG.ini PIPELINES.json", "", 2, 2, cmd_generate, {{0}}, NULL},
	{"history", "print the curves of a run as CSV", "[DATABASE] RUN_ID", "One line an epoch, one column a measure.\n", 1, 2, cmd_history,
		{{"json", 'j', NULL, "as JSON: a list a measure"}, {0}}, NULL},
	{"job", "print the job of runs to be trained elsewhere", "SWEEP.json INDEX...",
		"INDEX counts the runs of the sweep from 1. On the other machine: trainer --job JOB > SPOOL; back here: mosaic import.\n"
		"All runs of a job belong to one program.\n", 2, -1, cmd_job, {{0}}, NULL},
	{"import", "merge the results of trainers that ran elsewhere", "DATABASE SPOOL...",
		"A spool file is what a trainer reported on the job that `mosaic job` printed. Runs that the database has are left alone.\n", 2, -1, cmd_import,
		{{0}}, "  1  some spool file could not be used\n"},
	{"rerun", "train chosen runs further", "CONFIG.ini DATABASE",
		"Continues the chosen runs from their checkpoints: model, optimiser, random numbers and history go on as if they had never\n"
		"stopped. Several selectors: the runs that satisfy all of them.\n", 2, 2, cmd_rerun,
		{{"epochs", 'e', "N", "N epochs more than a run has; without it, unfinished runs are finished"}, {"epoch", 0, "N", NULL},
			{"until", 'u', "N", "to epoch N"}, SELECT_OPTIONS,
			{"changed", 'c', NULL, "runs whose program, data or settings have changed since: again, from the beginning"}, {"jobs", 'j', "N", "trainers at once, instead of the configuration's `nb_processus`"},
			{"no-wait", 'n', NULL, "leave when another launcher uses the database"},
			{"output", 'o', "DIR", "folder of the generated sources (default: generated/<name of the configuration>)"}, {0}}, RERUN_EXITS},
	{"plotloss", "draw the loss curves of runs", "DATABASE PICTURE [RUN_FILES_PATH]",
		"One figure a run, and a last page that explains them. PICTURE ends in .pdf, .svg or .png; SVG and PNG get a file a page.\n"
		"Without a selector: all runs. The curves stand in the database: RUN_FILES_PATH may be given, and is not read.\n", 2, 3, cmd_plotloss,
		{SELECT_OPTIONS, {"plot-size", 'p', "N", "N x N figures a page (default: 2)"},
			{"bands", 'B', NULL, "a figure a pipeline: medians of its runs, and bands around them"}, PLOT_OPTIONS, {0}}, NULL},
	{"compare", "which value of a parameter gives the better runs?", "DATABASE CRITERION",
		"CRITERION: train_loss, test_loss, train_acc, test_acc, nb_params, duration(s), epochs, overfit, trainability, slope, or a column of the\n"
		"history, such as validation_loss or a metric's test_NAME: its last epoch.\n"
		"Groups the runs by a parameter and compares every two groups: in pairs where seed and settings pair, else as they are.\n"
		"NAME is a key (mlp_key), a parameter (mlp_funnel_width, or width for every class), or a setting (lr).\n", 2, 2, cmd_compare,
		{{"by", 'b', "NAME", "the parameter whose values are compared"}, {"within", 'w', "NAME", "one comparison for each value of this parameter"},
			{"against", 'a', "VALUE", "compare with this value only"}, {"unpaired", 'u', NULL, "do not pair runs"},
			{"better", 0, "WHICH", "smaller or larger: which values are better, where the criterion does not say it itself"},
			{"seed", 's', "N", "of the bootstrap's random numbers (default: 1)"}, {"json", 'j', NULL, "as JSON"}, {"csv", 'c', NULL, "as CSV"},
			{"latex", 'l', NULL, "as LaTeX tables with booktabs"}, {0}}, NULL},
	{"report", "write a report: one page of HTML that needs nothing else", "DATABASE REPORT.html",
		"What was run, comparisons with verdicts, all runs to sort and filter with their curves, pictures, configuration and programs.\n"
		"The page opens without a network. Without a selector: all runs. Without gnuplot it has no pictures, and says so.\n", 2, 2, cmd_report,
		{{"title", 0, "TEXT", "of the page (default: the database's name)"},
			{"by", 'b', "NAME", "the parameter whose values are compared (default: the models' keys)"},
			{"criterion", 'c', "NAME", "what is compared: as mosaic compare has it (default: test_loss)"}, SELECT_OPTIONS,
			{"no-programs", 'n', NULL, "without the text of the programs"}, {0}}, NULL},
	{"rekey", "give trained runs other keys", "PIPELINES.json DATABASE",
		"The runs whose pipeline stands in PIPELINES.json get its keys: the parameters <type>_key. Nothing is trained.\n", 2, 2, cmd_rekey, {{0}}, NULL},
	{"pause", "stop a launcher, and write what is left to do", "PIPELINES.json [DATABASE]",
		"Lets the runs that are being trained end, starts no other, and writes those to PIPELINES.json. Without a launcher: what the last one left.\n",
		1, 2, cmd_pause, {{"now", 'n', NULL, "running trainers write a checkpoint and stop; their runs are in the file, too"}, {0}}, NULL},
	{"resume", "train what pause has left", "PIPELINES.json [DATABASE]",
		"The runs go on under their numbers, with their seeds: to the same bits as if nothing had been paused.\n", 1, 2, cmd_resume,
		{{"jobs", 'j', "N", "trainers at once, instead of the configuration's `nb_processus`"},
			{"no-wait", 'n', NULL, "leave when another launcher uses the database"}, {0}}, RUN_EXITS},
	{"metaplot", "draw a criterion against the number of parameters", "DATABASE PICTURE DATASET_KEY CRITERION",
		"One line a model key: means over the runs on the data set with this key, and how they are spread. CRITERION: train_loss,\n"
		"test_loss, train_acc, test_acc, overfit, trainability, slope, duration(s) or epochs. PICTURE ends in .pdf, .svg or .png.\n", 4, 4, cmd_metaplot,
		{{"spread", 'S', "auto|bars|bands|points", "how the runs are spread around their mean; auto: points where they are few"}, SELECT_OPTIONS, PLOT_OPTIONS, {0}}, NULL},
	{"perfanalysis", "draw every criterion of every model", "DATABASE PICTURE",
		"A page for each pair of data and model keys: criteria against the number of parameters, means and violins over the runs.\n"
		"PICTURE ends in .pdf, .svg or .png; SVG and PNG get a file a page.\n", 2, 2, cmd_perfanalysis,
		{SELECT_OPTIONS, PLOT_OPTIONS, {0}}, NULL},
	{"parallel", "draw parameters side by side, a line a run", "DATABASE PICTURE CRITERION",
		"Parallel coordinates: an axis for every parameter that differs between the runs, the criterion as the last one; good runs are\n"
		"blue. CRITERION as in `mosaic compare`. PICTURE ends in .pdf, .svg or .png.\n", 3, 3, cmd_parallel,
		{{"by", 'b', "NAMES", "the axes, separated by commas, instead of all that differ"}, SELECT_OPTIONS, PLOT_OPTIONS, {0}}, NULL},
	{"importance", "draw how much each parameter matters", "DATABASE PICTURE CRITERION",
		"Shares of the variance of the criterion over the runs: a parameter alone, together with others, and what is left between\n"
		"seeds. CRITERION as in `mosaic compare`. PICTURE ends in .pdf, .svg or .png.\n", 3, 3, cmd_importance,
		{{"by", 'b', "NAMES", "these parameters, separated by commas, instead of all that differ"}, SELECT_OPTIONS, PLOT_OPTIONS,
			{"json", 'j', NULL, "print the shares as JSON"}, {0}}, NULL},
	{"pareto", "draw the best models for their size and time", "DATABASE PICTURE CRITERION",
		"The criterion against the number of parameters and against seconds, and the pipelines that no smaller or faster one beats.\n"
		"A page a data set. PICTURE ends in .pdf, .svg or .png.\n", 3, 3, cmd_pareto,
		{SELECT_OPTIONS, PLOT_OPTIONS, {"json", 'j', NULL, "print the fronts as JSON"}, {0}}, NULL},
	{"heatmap", "draw a criterion over two parameters", "DATABASE PICTURE CRITERION",
		"The median over the runs for every pair of values, as colours. A parameter is width, mlp_brick_width, mlp_key, lr or the like.\n"
		"PICTURE ends in .pdf, .svg or .png.\n", 3, 3, cmd_heatmap,
		{{"x", 'x', "NAME", "the parameter from left to right"}, {"y", 'y', "NAME", "the parameter from bottom to top"}, SELECT_OPTIONS, PLOT_OPTIONS, {0}}, NULL},
	{"critical", "draw which models differ in their ranks", "DATABASE PICTURE CRITERION",
		"Critical-difference diagram: ranks of the values of a parameter within blocks of equal data, settings and seed, with the tests\n"
		"of Friedman and Nemenyi. PICTURE ends in .pdf, .svg or .png.\n", 3, 3, cmd_critical,
		{{"by", 'b', "NAME", "what is ranked: mlp_key, width"}, {"within", 'w', "NAMES", "what makes a block, separated by commas: dataset_key,seed"},
			SELECT_OPTIONS, {"script", 's', "FILE", "keep the text that gnuplot gets in FILE"}, {"json", 'j', NULL, "print ranks and tests as JSON"}, {0}}, NULL},
	{"perfanalysis_by_config", "draw the plots that an INI file describes", "PLOT_CONFIG.ini DATABASE [PICTURE]",
		"Each section is a plot: abscissae, ordinates, include_keys, include_values, excludes, plot_type, plot_scale, errorbars_style.\n"
		"Without PICTURE: PLOT_CONFIG.pdf. DATABASE PICTURE PLOT_CONFIG.ini works, too. doc/plots.md explains the file.\n", 2, 3, cmd_perfanalysis_by_config,
		{SELECT_OPTIONS, PLOT_OPTIONS, {0}}, NULL},
	{"surface", "draw what a model of two inputs predicts, and its data", "DATABASE PICTURE RUN_ID",
		"The prediction over the plane as colours, the samples of training and test upon it. Asks the run's trainer, where it was built.\n"
		"PICTURE ends in .pdf, .svg or .png.\n", 3, 3, cmd_surface,
		{{"trainer", 't', "FILE", "the program, if it is not where the sweep has it"}, {"files", 'f', "DIR", "the folder of the run's checkpoint (default: its run_files_path)"},
			{"script", 's', "FILE", "keep the text that gnuplot gets in FILE"}, {0}}, NULL},
	{"show", "show all that is known of a run", "[DATABASE] RUN_ID",
		"Its state, parameters and results, the loss curves, the end of its log.\n", 1, 2, cmd_show,
		{{"lines", 'l', "N", "lines of the log (default: 10)"}, {"config", 'c', NULL, "only the text of the configuration that it was launched with"},
			{"program", 'p', NULL, "only the text of its trainer"}, {"json", 'j', NULL, "as JSON, curves included"}, {0}}, NULL},
	{"diff", "show what differs between two runs", "[DATABASE] RUN_ID RUN_ID",
		"Parameters and settings that are not the same, where they were trained, results side by side, the first epoch where their curves\n"
		"part, and the programs' texts as a unified diff. All of it from the database.\n", 2, 3, cmd_diff,
		{{"context", 'U', "N", "lines around each change of the programs (default: 3)"}, {"json", 'j', NULL, "as JSON"}, {0}}, NULL},
	{"verify", "train runs again and compare every bit", "[DATABASE] RUNS...",
		"Generates, builds and trains the runs anew in a temporary folder, from the configuration that the database keeps and the modules and\n"
		"data as they are, and compares every epoch with the stored history. The database and all folders stay as they are. RUNS: 1-3,7 or all.\n",
		0, -1, cmd_verify,
		{SELECT_OPTIONS, {"jobs", 'j', "N", "trainers at once, instead of the configuration's `nb_processus`"}, {"keep", 'k', NULL, "keep the temporary folder"},
			{"json", 0, NULL, "as JSON"}, {0}}, "  1  some run came out to other bits\n  2  also: some run could not be verified\n  75 interrupted\n"},
	{"best", "list the best runs", "[DATABASE]", "The runs that are done, the best first. Equal values: the lower number first.\n", 0, 1, cmd_best,
		{{"by", 'b', "CRITERION", "a column of run_results (default: test_loss); accuracies: the highest first, all else: the lowest"},
			{"number", 'n', "N", "so many (default: 10)"}, SELECT_OPTIONS, {"json", 'j', NULL, "as JSON"}, {0}}, NULL},
	{"export", "give runs to other programs", "[DATABASE]",
		"CSV on standard output: a line a run, with its results and parameters. Without a selector: all runs.\n", 0, 1, cmd_export,
		{SELECT_OPTIONS, {"json", 'j', NULL, "as JSON, parameters in an object of their own"},
			{"history", 'H', NULL, "the curves: a line a run and epoch; with --json in the object of a run"},
			{"tensorboard", 'b', "DIR", "as TensorBoard event files, in one folder a run below DIR"}, {0}}, NULL},
	{"note", "keep a remark with a run", "[DATABASE] RUN_ID TEXT", "It stands in `params` as `note`, `mosaic show` shows it. An empty TEXT removes it.\n", 2, 3, cmd_note,
		{{"add", 'a', NULL, "as another line after what is there"}, {0}}, NULL},
	{"tag", "put short names on runs", "[DATABASE] [RUNS...] [+NAME...] [-NAME...]",
		"Gives runs tags and takes them away; --tag NAME then chooses them in every command that takes selectors. RUNS: 1-3,7 or all.\n"
		"Without +NAME and -NAME: lists the tags.\n", 0, -1, cmd_tag,
		{SELECT_OPTIONS, {"json", 'j', NULL, "list them as JSON"}, {0}}, NULL},
	{"version", "print the version", "", "", 0, 0, cmd_version, {{0}}, NULL},
	{"help", "explain a command", "[COMMAND]", "", 0, 1, cmd_help, {{"names", 0, NULL, "only the names, one a line"}, {"man", 0, NULL, "a man page of all commands"},
			{"completion", 0, "[=bash|zsh|fish]", "what a shell needs to complete: source it (default: bash)"}, {0}}, NULL},
	{0},
};

static const struct command *command_find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

const struct command *command_or_complain(const char *name)
{
	const struct command *c = command_find(name);
	const char *names[64];
	int n = 0;
	if (c)
		return c;
	for (c = commands; c->name && n < 64; c++)
		names[n++] = c->name;
	const char *near = nearest(name, names, n);
	complain("there is no command '%s'", name);
	if (near)
		hint("did you mean '%s'?", near);
	else
		hint("`mosaic help` lists the commands");
	return NULL;
}

static int option_place(const struct args *args, const char *name)
{
	for (int i = 0; i < option_count(args->command); i++)
		if (!strcmp(args->command->options[i].name, name))
			return i;
	return -1;
}

const char *option(const struct args *args, const char *name)
{
	int i = option_place(args, name);
	return i < 0 ? NULL : args->values[i];
}

const char *option_second(const struct args *args, const char *name)
{
	int i = option_place(args, name);
	return i < 0 ? NULL : args->seconds[i];
}

bool option_int(const struct args *args, const char *name, int64_t low, int64_t high, int64_t *out)
{
	const char *s = option(args, name);
	if (!s || parse_int(s, low, high, out))
		return true;
	complain("--%s: '%s' is no integer from %lld to %lld", name, s, (long long)low, (long long)high);
	return false;
}

/* '-' and '_' are the same in the name of an option; n: its length before '='. */
static bool same_name(const char *given, size_t n, const char *name)
{
	if (strlen(name) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (given[i] != name[i] && !((given[i] == '_' || given[i] == '-') && (name[i] == '_' || name[i] == '-')))
			return false;
	return true;
}

static int find_option(const struct command *c, const char *given, size_t n)
{
	for (int i = 0; i < option_count(c); i++)
		if (same_name(given, n, c->options[i].name) || (n == 1 && c->options[i].letter == *given))
			return i;
	return -1;
}

static bool unknown_option(const struct command *c, const char *given)
{
	const char *names[OPTIONS_MAX + 1] = {"help"};
	int n = 1;
	for (int i = 0; i < option_count(c); i++)
		if (c->options[i].help)
			names[n++] = c->options[i].name;
	complain("mosaic %s has no option '%s'", c->name, given);
	const char *near = nearest(given + strspn(given, "-"), names, n);
	if (near)
		hint("did you mean '--%s'?", near);
	else
		hint("`mosaic %s --help` lists them", c->name);
	return false;
}

/* Takes the option at argv[*i] and its value. */
static bool take_option(struct args *a, char **argv, int argc, int *i)
{
	const char *given = argv[*i], *name = given + (given[1] == '-' ? 2 : 1), *equals = strchr(name, '=');
	int o = find_option(a->command, name, equals ? (size_t)(equals - name) : strlen(name));
	if (o < 0)
		return unknown_option(a->command, given);
	bool optional = value_optional(&a->command->options[o]), wants = a->command->options[o].value && !optional;
	if (!wants && !optional && equals) {
		complain("option '--%s' takes no value", a->command->options[o].name);
		return false;
	}
	bool two = wants && strchr(a->command->options[o].value, ' ');
	if (wants && *i + !equals + two >= argc) {
		complain("option '--%s' needs %s: %s", a->command->options[o].name, two ? "two values" : "a value", a->command->options[o].value);
		return false;
	}
	while (!a->command->options[o].help)
		o--;
	if (two && a->values[o]) {                             /* the last one would silently win, and name other runs */
		complain("option '--%s' was given twice", a->command->options[o].name);
		hint("--request takes any condition");
		return false;
	}
	a->values[o] = equals ? equals + 1 : !wants ? "" : argv[++*i];
	a->seconds[o] = two ? argv[++*i] : NULL;
	return true;
}

/* --help anywhere, but not as the value of an option. */
static bool wants_help(const struct command *c, int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		const char *word = argv[i], *name = word + (word[0] == '-' && word[1] == '-' ? 2 : 1);
		if (!strcmp(word, "--help") || !strcmp(word, "-help") || !strcmp(word, "-h"))
			return true;
		int o = word[0] == '-' && word[1] ? find_option(c, name, strlen(name)) : -1;
		if (o >= 0 && c->options[o].value && !value_optional(&c->options[o]))
			i += strchr(c->options[o].value, ' ') ? 2 : 1;
	}
	return false;
}

/* Is this word an option, or an argument? `mosaic tag` takes arguments that begin with '-': those that name no option. */
static bool is_option(const struct command *c, const char *word)
{
	if (word[0] != '-' || !word[1])
		return false;
	return c->run != cmd_tag || word[1] == '-' || find_option(c, word + 1, strcspn(word + 1, "=")) >= 0;
}

static enum exit_code call(const struct command *c, int argc, char **argv)
{
	const char **at = need(calloc((size_t)argc + 1, sizeof *at));
	struct args a = {.command = c, .at = at};
	bool ok = true, options = true;
	if (wants_help(c, argc, argv)) {
		print_help(&mosaic_program, c, stdout);
		free(at);
		return EXIT_DONE;
	}
	for (int i = 0; ok && i < argc; i++)
		if (options && !strcmp(argv[i], "--"))
			options = false;
		else if (options && is_option(c, argv[i]))
			ok = take_option(&a, argv, argc, &i);
		else
			at[a.count++] = argv[i];
	if (ok && (a.count < c->least || (c->most >= 0 && a.count > c->most))) {
		complain("usage: mosaic %s %s%s", c->name, option_count(c) ? "[options] " : "", c->usage);
		hint("`mosaic %s --help` explains it", c->name);
		ok = false;
	}
	enum exit_code code = ok ? c->run(&a) : EXIT_USAGE;
	free(at);
	return code;
}

int main(int argc, char **argv)
{
	static const char prefix[] = "mosaic_";
	const char *self = argc && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argc ? argv[0] : "mosaic", *name;
	int skip = 1;
	streams_open();
	if (!strncmp(self, prefix, sizeof prefix - 1))
		name = self + sizeof prefix - 1;
	else if (argc > 1) {
		name = argv[1];
		skip = 2;
	} else {
		print_commands(&mosaic_program, stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	else if (!strcmp(name, "--version") || !strcmp(name, "-V"))
		name = "version";
	const struct command *c = command_or_complain(name);
	enum exit_code code = c ? call(c, argc - skip, argv + skip) : EXIT_USAGE;
	if (!streams_written() && code == EXIT_DONE && c->run != cmd_launch && c->run != cmd_run) {
		complain("standard output cannot be written");
		return EXIT_USAGE;
	}
	return (int)code;
}
