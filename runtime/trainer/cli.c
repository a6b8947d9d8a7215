/* cli.c: the command line of a trainer: options, and which of its modes to run. */
#include "driver.h"
#include "mosaic_threads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const option_names[] = {"help", "info", "version", "resume", "last", "device", "job", "out", "weights", "checkpoint", "report-fd", "id", "output", "threads"};
enum { OPTION_HELP, OPTION_INFO, OPTION_VERSION, OPTION_RESUME, OPTION_LAST, OPTION_DEVICE, OPTION_JOB, OPTION_OUT, OPTION_WEIGHTS, OPTION_CHECKPOINT, OPTION_REPORT_FD,
	OPTION_ID, OPTION_OUTPUT, OPTION_THREADS, OPTION_COUNT };

static bool set_option(struct trainer_options *o, int option, const char *value, char *why, size_t size)
{
	int64_t n;

	switch (option) {
	case OPTION_HELP: return o->help = true;
	case OPTION_INFO: return o->info = true;
	case OPTION_VERSION: return o->version = true;
	case OPTION_RESUME: return o->resume = true;
	case OPTION_LAST: return o->last = true;
	case OPTION_DEVICE: return o->device = true;
	case OPTION_JOB: o->job = value; return true;
	case OPTION_OUT: o->out_dir = value; return true;
	case OPTION_WEIGHTS: o->weights = value; return true;
	case OPTION_OUTPUT: o->predict_out = value; return true;
	case OPTION_CHECKPOINT:
		if (trainer_number(value, &o->checkpoint) && o->checkpoint >= 0)
			return true;
		snprintf(why, size, "--checkpoint: '%s' is not a number of seconds", value);
		return false;
	case OPTION_REPORT_FD:
		if (!trainer_integer(value, 0, 1 << 20, &n)) {
			snprintf(why, size, "--report-fd: '%s' is not a file descriptor", value);
			return false;
		}
		o->report_fd = (int)n;
		return true;
	case OPTION_ID:
		if (trainer_integer(value, 0, INT64_MAX, &o->id))
			return true;
		snprintf(why, size, "--id: '%s' is not the id of a run", value);
		return false;
	case OPTION_THREADS:
		if (!trainer_integer(value, 1, THREADS_MAX, &n)) {
			snprintf(why, size, "--threads: '%s' is not a number of threads from 1 to %d", value, THREADS_MAX);
			return false;
		}
		o->threads = (int)n;
		return true;
	}
	return false;
}

static int find_option(const char *name)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (strcmp(name, option_names[i]) == 0)
			return i;
	return -1;
}

static bool unknown(const struct mosaic_program *p, const char *name, char *why, size_t size)
{
	const char *near = trainer_nearest(name, option_names, OPTION_COUNT);

	if (near)
		snprintf(why, size, "there is no option '--%s'; did you mean '--%s'?", name, near);
	else
		return trainer_setting_known(p, name, why, size);
	return false;
}

/* --NAME VALUE, --NAME=VALUE. *i is left at the last argument used. */
static bool long_option(const struct mosaic_program *p, int argc, char **argv, int *i, struct trainer_options *o, char *why, size_t size)
{
	char *name = trainer_pool_strdup(&o->pool, argv[*i] + 2), *equals = strchr(name, '='), ignored[WHY_SIZE];
	const char *value = NULL;

	if (equals) {
		*equals = '\0';
		value = equals + 1;
	}
	int option = find_option(name);
	if (option < 0 && !trainer_setting_known(p, name, ignored, sizeof ignored))
		return unknown(p, name, why, size);
	bool flag = option >= 0 && option <= OPTION_DEVICE;
	if (flag && value) {
		snprintf(why, size, "--%s takes no value", name);
		return false;
	}
	if (!flag && !value) {
		if (*i + 1 >= argc) {
			snprintf(why, size, "--%s needs a value", name);
			return false;
		}
		value = argv[++*i];
	}
	if (option >= 0)
		return set_option(o, option, value, why, size);
	trainer_pairs_set(&o->pool, &o->set, name, value);
	return true;
}

bool trainer_options_read(const struct mosaic_program *p, int argc, char **argv, struct trainer_options *o, char *why, size_t size)
{
	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		if (strncmp(a, "--", 2) == 0 && a[2]) {
			if (!long_option(p, argc, argv, &i, o, why, size))
				return false;
		} else if (strcmp(a, "-h") == 0) {
			o->help = true;
		} else if (strcmp(a, "-o") == 0 && i + 1 < argc) {
			o->predict_out = argv[++i];
		} else if (strcmp(a, "predict") == 0 && !o->predict) {
			o->predict = true;
		} else if (strcmp(a, "samples") == 0 && !o->predict && !o->samples) {
			o->samples = true;
		} else if (o->predict && !o->predict_file && (*a != '-' || !a[1])) {
			o->predict_file = a;
		} else {
			snprintf(why, size, "'%s' is not understood; --help shows what is", a);
			return false;
		}
	}
	if (o->predict && !o->predict_file && !o->help) {
		snprintf(why, size, "predict needs a CSV file: predict FILE");
		return false;
	}
	if (o->job && (o->set.count || o->resume || o->weights || o->predict || o->samples)) {
		snprintf(why, size, "--job says everything about its runs; it goes with --report-fd and --threads only");
		return false;
	}
	if (o->last && !o->predict && !o->help) {
		snprintf(why, size, "--last is for predict");
		return false;
	}
	if (o->predict_out && !o->predict && !o->samples) {
		snprintf(why, size, "-o is for predict; --out DIR is where a training writes");
		return false;
	}
	return true;
}

static bool prepare_directory(const char *dir)
{
	if (trainer_make_dirs(dir))
		return true;
	fprintf(stderr, "error: cannot make the directory %s: %s\n", dir, strerror(errno));
	return false;
}

/* The reports keep their descriptor for themselves: what user code prints must not get between them. */
static FILE *report_open(int fd, bool job)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 10);

	if (own < 0)
		return NULL;
	if (job && fd == STDOUT_FILENO)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	FILE *out = fdopen(own, "w");
	if (out)
		setvbuf(out, NULL, _IOFBF, 1 << 16);
	return out;
}

static int run_job(const struct mosaic_program *p, const struct trainer_options *o)
{
	struct trainer_job job = {0};
	struct trainer_report report = {.program = p};
	bool standard = strcmp(o->job, "-") == 0;
	FILE *in = standard ? stdin : fopen(o->job, "re");

	if (!in) {
		fprintf(stderr, "error: cannot open the job %s: %s\n", o->job, strerror(errno));
		return EXIT_USAGE;
	}
	bool ok = trainer_job_read(p, in, standard ? "job" : o->job, &job);
	if (!standard)
		fclose(in);
	report.out = ok ? report_open(o->report_fd < 0 ? STDOUT_FILENO : o->report_fd, true) : NULL;
	if (ok && !report.out)
		fprintf(stderr, "error: --report-fd %d: %s\n", o->report_fd, strerror(errno));
	if (report.out && job.comment_bytes)
		fwrite(job.comments, 1, job.comment_bytes, report.out);
	for (int i = 0; ok && i < job.count; i++)
		ok = (i && strcmp(job.runs[i]->dir, job.runs[i - 1]->dir) == 0) || prepare_directory(job.runs[i]->dir);
	int code = ok && report.out ? trainer_train(p, job.runs, job.count, &report) : EXIT_USAGE;
	if (report.out && fclose(report.out) != 0 && code == 0)
		code = EXIT_FAILED;
	trainer_job_free(&job);
	return code;
}

static int run_by_hand(const struct mosaic_program *p, const struct trainer_options *o)
{
	struct trainer_run *run = trainer_run_new(p);
	struct trainer_job job = {0};
	struct trainer_report report = {.program = p};
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	char why[WHY_SIZE];

	job.runs = trainer_alloc(1, sizeof *job.runs);
	job.runs[job.count++] = run;
	run->id = o->id;
	run->by_hand = true;
	run->resume = o->resume;
	run->weights = o->weights;
	run->checkpoint = o->checkpoint;
	run->dir = o->out_dir;
	for (int i = 0; i < o->set.count; i++)
		trainer_pairs_set(&run->pool, &run->set, o->set.at[i].name, o->set.at[i].value);
	report.bar = o->report_fd < 0 && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	report.color = report.bar && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
	if (!report.bar)
		report.out = report_open(o->report_fd < 0 ? STDOUT_FILENO : o->report_fd, true);
	int code = EXIT_USAGE;
	if (!report.bar && !report.out)
		fprintf(stderr, "error: --report-fd %d: %s\n", o->report_fd, strerror(errno));
	else if (!trainer_settings_apply(p, run, why, sizeof why))
		fprintf(stderr, "error: %s\n", why);
	else if (prepare_directory(run->dir))
		code = trainer_train(p, job.runs, job.count, &report);
	if (report.out && fclose(report.out) != 0 && code == 0) {
		fprintf(stderr, "error: cannot write reports: %s\n", strerror(errno));
		code = EXIT_FAILED;
	}
	trainer_job_free(&job);
	return code;
}

/* --help and its like: what could not be written is an error. */
static int printed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "error: cannot write: %s\n", strerror(errno));
	return EXIT_FAILED;
}

static int print_info(const struct mosaic_program *p, const struct trainer_options *o)
{
	struct trainer_run *run = trainer_run_new(p);
	char why[WHY_SIZE];

	run->id = o->id;
	run->dir = o->out_dir;
	for (int i = 0; i < o->set.count; i++)
		trainer_pairs_set(&run->pool, &run->set, o->set.at[i].name, o->set.at[i].value);
	char *path = o->weights ? trainer_strdup(o->weights) : trainer_run_path(run, "checkpoint", "safetensors");
	bool ok = trainer_settings_apply(p, run, why, sizeof why);
	if (ok)
		trainer_print_info(p, &o->set, path, stdout);
	else
		fprintf(stderr, "error: %s\n", why);
	free(path);
	trainer_run_free(run);
	return ok ? printed() : EXIT_USAGE;
}

/* Whether the device that the program needs can be used: the launcher asks before it starts hundreds of runs. */
static int check_device(const struct mosaic_program *p)
{
	struct mosaic_program own;
	char why[WHY_SIZE];

	if (trainer_device_open(p, 1, &own, why, sizeof why)) {
		trainer_device_close(&own);
		return 0;
	}
	printf("%s\n", why);
	return EXIT_FAILED;
}

static int run_mode(const struct mosaic_program *p, const struct trainer_options *o, const char *name)
{
	if (o->help)
		trainer_help(p, name, stdout);
	else if (o->version)
		printf("%s, mosaicc %s\n", p->name, p->version);
	else if (o->info)
		return print_info(p, o);
	if (o->help || o->version)
		return printed();
	if (o->device)
		return check_device(p);
	if (o->samples)
		return trainer_samples(p, o);
	trainer_large_pages(p);
	if (!mosaic_threads_start(o->threads))
		fprintf(stderr, "warning: only some of %d threads could be started: it takes longer\n", o->threads);
	if (o->predict)
		return trainer_predict(p, o);
	if (o->job)
		return run_job(p, o);
	return run_by_hand(p, o);
}

int trainer_main(const struct mosaic_program *p, int argc, char **argv)
{
	struct trainer_options o = {.report_fd = -1, .checkpoint = 60, .out_dir = ".", .id = 1, .threads = 1};
	const char *slash = argc ? strrchr(argv[0], '/') : NULL, *name = slash ? slash + 1 : argc ? argv[0] : "trainer";
	char why[WHY_SIZE];
	int code = EXIT_USAGE;

	trainer_streams_open();
	setvbuf(stdout, NULL, _IOLBF, 0);      /* what user code printed before it crashed is in its log */
	trainer_float_mode();
	trainer_signals_install();
	trainer_guard_install();
	mosaic_cache_set((struct mosaic_cache_settings){p->cache_database_path, p->cache_database_path ? p->cache_size : -1, NULL});
	if (!trainer_program_check(p, why, sizeof why) || !trainer_options_read(p, argc, argv, &o, why, sizeof why))
		fprintf(stderr, "%s: error: %s\n", name, why);
	else
		code = run_mode(p, &o, name);
	free(o.set.at);
	trainer_pool_free(&o.pool);
	return code;
}
