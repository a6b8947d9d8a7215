/* tune.c: `mosaicc --tune`: builds each program of a sweep in the ways that give the same bits, trains a moment with each, one after the other,
** and writes down which is fastest. Time on the CPU: on a shared machine the only one to compare. */
#include "tuning.h"
#include "cost.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VARIANTS = 5, ROUNDS = 3, LONGEST = 60 };        /* seconds: a training that takes longer for one epoch is not measured */
static const struct variant variants[VARIANTS] = {{1, true}, {1, false}, {4, false}, {8, false}, {16, false}};
static const double moment = 0.1;                          /* seconds of a measurement */
static const double clearly = 0.97;                        /* what is not this much faster than the choice by size leaves it */

struct trial { bool on; int epochs; double first, seconds[ROUNDS], median; };   /* first: an epoch and all that comes before; the others: of one epoch and run */
struct tried { struct program *program; struct variant usual; struct trial trials[VARIANTS]; int best; };
struct tuner { struct build *b; VEC(struct tried) all; const char *scratch, *log; };

/* Lanes that no run would use, or that no cache could hold, are not tried. */
static bool worth_it(const struct build *b, const struct program *pr, struct variant v)
{
	enum { MOST = 32 * 1024 * 1024 };
	const int runs = pr->pipelines.count * b->sweep.multiplicity;
	if (v.lanes == 1)
		return v.library == pr->has_large;
	return !pr->optimizer->solver && !pr->direct && runs > (v.lanes == 4 ? 1 : v.lanes / 2) && pr->nb_params * 16 * v.lanes <= MOST;
}

static void collect(struct tuner *t)
{
	for (int i = 0; i < t->b->programs.count; i++) {
		struct program *pr = t->b->programs.at[i];
		struct tried one = {.program = pr, .usual = {pr->lanes, pr->large}, .best = -1};
		int count = 0;
		for (int v = 0; v < VARIANTS; v++)
			count += one.trials[v].on = worth_it(t->b, pr, variants[v]);
		if (count > 1)
			VEC_PUSH(&t->b->arena, &t->all, one);
	}
}

/* ---- building ---------------------------------------------------------------------------------- */

static const char *trainer_path(struct tuner *t, const struct tried *one, int v)
{
	return arena_printf(&t->b->arena, "%s/%d/%s/trainer", t->scratch, v, one->program->name);
}

/* In a process of its own, which may do to the programs what it likes. */
_Noreturn static void build_variant(struct tuner *t, int v)
{
	struct build *b = t->b;
	VEC(const char *) targets = {0};
	b->options.out = arena_printf(&b->arena, "%s/%d", t->scratch, v);
	b->options.no_root = b->options.quiet = true;
	b->cache = arena_printf(&b->arena, "%s/.cache", b->options.out);
	for (int i = 0; i < b->programs.count; i++) {
		struct program *pr = b->programs.at[i];
		pr->folder = arena_printf(&b->arena, "%s/%s", b->options.out, pr->name);
	}
	for (int i = 0; i < t->all.count; i++) {
		struct tried *one = &t->all.at[i];
		if (!one->trials[v].on)
			continue;
		one->program->lanes = variants[v].lanes;
		one->program->large = variants[v].library;
		VEC_PUSH(&b->arena, &targets, trainer_path(t, one, v));
	}
	_exit(make_dirs(b->cache) == 0 && build_write(b) && run_ninja_for(b, targets.at, targets.count) ? 0 : 1);
}

static bool build_all(struct tuner *t)
{
	for (int v = 0; v < VARIANTS; v++) {
		bool any = false;
		int status = 0;
		for (int i = 0; i < t->all.count; i++)
			any = any || t->all.at[i].trials[v].on;
		if (!any)
			continue;
		if (!t->b->options.quiet)
			printf("building with %s\n", variant_text(&t->b->arena, variants[v]));
		fflush(NULL);
		pid_t pid = fork();
		if (pid == 0)
			build_variant(t, v);
		while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			err((struct place){0}, "the trainers with %s could not be built", variant_text(&t->b->arena, variants[v]));
			return false;
		}
	}
	return true;
}

/* ---- measuring --------------------------------------------------------------------------------- */

static int runs_of(const struct tuner *t, const struct tried *one, int v)
{
	const int runs = one->program->pipelines.count * t->b->sweep.multiplicity;
	return runs < variants[v].lanes ? runs : variants[v].lanes;
}

/* The first pipeline's settings, but none that ends a run early. */
static void job_text(struct tuner *t, const struct tried *one, int runs, int epochs, struct text *out)
{
	struct module process = process_of(&t->b->arena, &t->b->sweep, one->program->first);
	json_t *settings = pipeline_settings(t->b, &process, one->program->first, &t->b->arena);
	for (int run = 1; run <= runs; run++) {
		size_t i;
		json_t *pair;
		text_printf(out, "run %d\nset seed %d\nset epochs %d\n", run, run, epochs);
		json_array_foreach(settings, i, pair) {
			const char *name = json_string_value(json_array_get(pair, 0));
			bool early = false;
			for (int k = 0; k < 4; k++)
				early = early || strcmp(name, (const char *[]){"early_stopping", "early_stopping_patience", "min_delta", "keep_best"}[k]) == 0;
			if (!early)
				text_printf(out, "set %s %s\n", name, json_string_value(json_array_get(pair, 1)));
		}
		text_printf(out, "dir %s/run\nlog %s\ncheckpoint 0\nend\n", t->scratch, t->log);
	}
	json_decref(settings);
}

_Noreturn static void become_trainer(const struct tuner *t, const char *trainer, const char *job, pid_t parent)
{
	struct rlimit limit = {LONGEST, LONGEST + 1};
	int in = open(job, O_RDONLY), out = open(t->log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &limit);
	if (getppid() == parent && dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0)
		execl(trainer, trainer, "--job", "-", (char *)NULL);
	_exit(127);
}

/* Seconds on the CPU; below 0: it did not get to the end. */
static double train(struct tuner *t, const struct tried *one, int v, int epochs)
{
	struct text text = {0};
	struct rusage used;
	int status = 0;
	const char *job = arena_printf(&t->b->arena, "%s/job", t->scratch);
	job_text(t, one, runs_of(t, one, v), epochs, &text);
	bool ok = file_write_if_changed(job, text.at, text.len) == 0;
	text_free(&text);
	const pid_t parent = getpid(), pid = ok ? fork() : -1;
	if (pid == 0)
		become_trainer(t, trainer_path(t, one, v), job, parent);
	while (pid > 0 && wait4(pid, &status, 0, &used) < 0)
		if (errno != EINTR)
			return -1;
	if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + 1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* So many epochs that they take a moment. */
static void find_epochs(struct tuner *t, struct tried *one, int v)
{
	struct trial *trial = &one->trials[v];
	trial->first = train(t, one, v, 1);
	trial->on = trial->first >= 0;
	for (trial->epochs = 2; trial->on && trial->epochs < 1000000;) {
		double more = train(t, one, v, trial->epochs) - trial->first;
		trial->on = more + trial->first >= 0;
		if (!trial->on || more >= moment)
			return;
		double factor = more > 0 ? 1.2 * moment / more : 20;
		trial->epochs = (int)fmin(1e6, trial->epochs * fmin(20, fmax(2, factor)) + 1);
	}
}

static int by_value(const void *x, const void *y)
{
	const double a = *(const double *)x, b = *(const double *)y;
	return (a > b) - (a < b);
}

/* Which of the ways is that by size; -1: it was not measured. */
static int usual_of(const struct tried *one)
{
	for (int v = 0; v < VARIANTS; v++)
		if (one->trials[v].on && variants[v].lanes == one->usual.lanes && variants[v].library == one->usual.library)
			return v;
	return -1;
}

static void measure(struct tuner *t, struct tried *one)
{
	for (int v = 0; v < VARIANTS; v++)
		if (one->trials[v].on)
			find_epochs(t, one, v);
	for (int round = 0; round < ROUNDS; round++)
		for (int v = 0; v < VARIANTS; v++) {
			struct trial *trial = &one->trials[v];
			if (!trial->on)
				continue;
			double all = train(t, one, v, trial->epochs), first = train(t, one, v, 1);
			trial->on = all >= 0 && first >= 0;
			trial->seconds[round] = fmax(all - first, 1e-9) / (trial->epochs - 1) / runs_of(t, one, v);
		}
	for (int v = 0; v < VARIANTS; v++) {
		struct trial *trial = &one->trials[v];
		if (!trial->on)
			continue;
		qsort(trial->seconds, ROUNDS, sizeof *trial->seconds, by_value);
		trial->median = trial->seconds[ROUNDS / 2];
		if (one->best < 0 || trial->median < one->trials[one->best].median)
			one->best = v;
	}
	const int usual = usual_of(one);
	if (usual >= 0 && one->trials[one->best].median > clearly * one->trials[usual].median)
		one->best = usual;
}

/* ---- writing ----------------------------------------------------------------------------------- */

static const char *time_text(struct arena *a, double seconds)
{
	return seconds < 1e-3 ? arena_printf(a, "%.3g us", seconds * 1e6) : arena_printf(a, "%.3g ms", seconds * 1e3);
}

/* "8 lanes 3.1 us, 4 lanes 4 us": the fastest first. */
static const char *measured_text(struct arena *a, const struct tried *one)
{
	struct text t = {0};
	bool told[VARIANTS] = {0};
	for (;;) {
		int next = -1;
		for (int v = 0; v < VARIANTS; v++)
			if (one->trials[v].on && !told[v] && (next < 0 || one->trials[v].median < one->trials[next].median))
				next = v;
		if (next < 0)
			break;
		told[next] = true;
		text_printf(&t, "%s%s %s", t.len ? "; " : "", variant_text(a, variants[next]), time_text(a, one->trials[next].median));
	}
	const char *out = arena_strdup(a, t.at ? t.at : "");
	text_free(&t);
	return out;
}

static const char *processor(struct arena *a)
{
	char line[256], *name = NULL;
	FILE *f = fopen("/proc/cpuinfo", "re");
	while (f && !name && fgets(line, sizeof line, f))
		if (strncmp(line, "model name", 10) == 0 && (name = strchr(line, ':')))
			name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
	return name ? arena_strdup(a, name + 1 + strspn(name + 1, " \t")) : "this machine";
}

static void add_section(const char *hash, const char *program, struct variant v, const char *measured, struct text *out)
{
	text_printf(out, "\n[%s]\nprogram = %s\nlanes = %d\nproducts = %s\n", hash, program, v.lanes, v.library ? "library" : "loops");
	if (measured && *measured)
		text_printf(out, "measured = %s\n", measured);
}

/* The median, over the programs in their ways by size, of what an epoch took by what it was expected to take; 0: none was measured. */
static double slower(struct tuner *t)
{
	double *all = arena_alloc(&t->b->arena, (size_t)t->all.count * sizeof *all);
	int count = 0;
	for (int i = 0; i < t->all.count; i++) {
		const struct tried *one = &t->all.at[i];
		int v = usual_of(one);
		if (one->best < 0 || v < 0)
			continue;
		double expected = cost_expected_seconds(t->b, &t->b->sweep.pipelines.at[one->program->pipelines.at[0]], variants[v].lanes);
		if (expected > 0)
			all[count++] = one->trials[v].median * runs_of(t, one, v) / expected;
	}
	qsort(all, (size_t)count, sizeof *all, by_value);
	return count ? all[count / 2] : 0;
}

static void add_machine(double factor, struct text *out)
{
	if (factor > 0)
		text_printf(out, "\n[machine]\nslower = %.3g\n", factor);
}

/* What other sweeps measured stays. */
static bool write_file(struct tuner *t, const struct tuning *before, const char *path)
{
	struct build *b = t->b;
	struct text out = {0};
	text_printf(&out, "# Written by mosaicc --tune: the fastest way of those that give the same results, on %s.\n# measured: time on one core, for an epoch of one run.\n"
		"# slower: what trainings took, by what cost cards expect of them without this.\n", processor(&b->arena));
	double factor = slower(t);
	add_machine(factor > 0 ? factor : before->slower, &out);
	for (int i = 0; i < before->all.count; i++) {
		const struct tuned *old = &before->all.at[i];
		bool again = false;
		for (int k = 0; k < t->all.count; k++)
			again = again || (t->all.at[k].best >= 0 && strcmp(t->all.at[k].program->hash, old->hash) == 0);
		if (!again)
			add_section(old->hash, old->program ? old->program : "", old->variant, old->measured, &out);
	}
	for (int i = 0; i < t->all.count; i++) {
		const struct tried *one = &t->all.at[i];
		if (one->best >= 0)
			add_section(one->program->hash, one->program->name, variants[one->best], measured_text(&b->arena, one), &out);
	}
	bool ok = file_write_if_changed(path, out.at, out.len) == 0;
	text_free(&out);
	if (!ok)
		err((struct place){path, 0, 0}, "cannot write: %s", strerror(errno));
	return ok;
}

static void tell(const struct tuner *t, const struct tried *one)
{
	struct arena a = {0};
	if (one->best < 0)
		warn((struct place){0}, "%s: no training came to an end within %d s: it is left as it is by size", one->program->name, LONGEST);
	else if (!t->b->options.quiet)
		printf("%s: %s (%s)\n", one->program->name, variant_text(&a, variants[one->best]), measured_text(&a, one));
	fflush(stdout);
	arena_free(&a);
}

bool tune(struct build *b)
{
	struct tuner t = {.b = b};
	struct tuning before = {0};
	const char *named = param_get(&b->sweep.monitor, "tune"), *path = named ? named : "tune.ini";
	if (access(path, F_OK) == 0 && !tuning_read(&b->arena, path, &before)) {
		hint("--tune adds to it; delete it to start anew");
		return false;
	}
	collect(&t);
	if (t.all.count == 0) {
		printf("nothing to choose: each program has one way to be trained\n");
		return true;
	}
	t.scratch = b->scratch.path;
	t.log = arena_printf(&b->arena, "%s/log", t.scratch);
	if (!build_all(&t))
		return false;
	if (make_dirs(arena_printf(&b->arena, "%s/run", t.scratch)) != 0)
		return false;
	for (int i = 0; i < t.all.count; i++) {
		measure(&t, &t.all.at[i]);
		tell(&t, &t.all.at[i]);
	}
	if (!write_file(&t, &before, path))
		return false;
	if (!b->options.quiet)
		printf(named ? "%s: written\n" : "%s: written; `tune = %s` in [MONITOR] makes use of it\n", path, path);
	return true;
}
