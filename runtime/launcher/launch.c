/* launch.c: `mosaic launch`: opens the database under its lock, plans what is missing, lets schedule.c train it, and says
** how it went. `ninja run` and `mosaic_run` end here. */
#include "launcher.h"
#include "search.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

static void add_count(struct text *t, int n, const char *what)
{
	if (n)
		text_printf(t, "%s%d %s", t->len ? ", " : "", n, what);
}

/* Runs that a pause has left out. */
static int unstarted(const struct launcher *l)
{
	return l->total - l->done - l->failed - l->interrupted - l->stopped;
}

static void summary(const struct launcher *l, const char *database, const char *go_on)
{
	struct text t = {0};
	char took[32];
	const struct plan *p = &l->plan;
	duration_text(now() - l->progress.started, took);
	add_count(&t, l->done, "done");
	add_count(&t, l->stopped, "stopped by the search");
	add_count(&t, l->failed, "failed");
	add_count(&t, l->interrupted, "interrupted");
	add_count(&t, unstarted(l), "not started");
	add_count(&t, l->search ? l->search->stopped_before : 0, "stopped before");
	add_count(&t, p->done, l->total ? "already done before" : "already done: nothing to train");
	add_count(&t, p->repeated, "twice in the configuration");
	printf("%s: %s (%s)\n", database, t.len ? t.at : "no runs", took);
	if (l->failed)
		printf("`mosaic_status %s` shows the errors\n", database);
	if (l->stopping || l->interrupted || unstarted(l))
		printf("%s goes on where it stopped\n", go_on ? go_on : "the same command");
	fflush(stdout);
	text_free(&t);
}

static enum exit_code exit_of(const struct launcher *l)
{
	if (l->broken || (l->outbox.count && !l->stopping) || (l->search && l->search->broken))
		return EXIT_USAGE;
	if (l->stopping || l->interrupted || unstarted(l))
		return EXIT_STOPPED;
	return l->failed ? EXIT_RUNS_FAILED : EXIT_DONE;
}

static void close_launch(struct launcher *l, enum exit_code code)
{
	if (l->outbox.count)
		complain("%d changes could not be written: the next launch repeats their runs from the checkpoints", l->outbox.count);
	else if (l->origin.launch && !l->broken)
		record_launch_end(l->db, l->origin.launch, code);
	free(l->outbox.at);
	origin_free(&l->origin);
	db_unshare(l->db);
}

/* The runs that were named, or all that is missing; or what the search wants next. */
static bool make_plan(struct launcher *l, const struct launch_options *o)
{
	struct plan chosen = {0};
	bool search = search_asked(&l->sweep) && (!o->choose || o->searching);
	if (search && o->again) {
		complain("--again has no meaning for %s: a search is of the seeds that its configuration names", l->sweep.config);
		hint("raise multiplicity or max_multiplicity, or change the seed in [PROCESS]");
		return false;
	}
	if (o->choose && !o->choose(l->db, &l->sweep, o->context, search ? &chosen : &l->plan))
		return false;
	bool ok = search ? search_begin(l, o->choose ? &chosen : NULL) : o->choose || plan_make(l->db, &l->sweep, o->again, &l->plan);
	if (!search)
		l->total = l->plan.count;
	plan_free(&chosen);
	return ok;
}

static void group_all(struct launcher *l)
{
	int *all = need(calloc((size_t)l->plan.count + 1, sizeof *all));
	for (int i = 0; i < l->plan.count; i++)
		all[i] = i;
	plan_groups(&l->plan, &l->sweep, l->slots, all, l->plan.count);
	free(all);
}

static void first_line(void *context, const char *line)
{
	struct text *t = context;
	if (!t->len)
		text_add(t, line);
}

/* Every GPU of the sweep, asked by one of its trainers: rather one message than one a run. */
static bool gpus_answer(struct launcher *l)
{
	const struct sweep *s = &l->sweep;
	char *before = getenv("CUDA_VISIBLE_DEVICES") ? copy(getenv("CUDA_VISIBLE_DEVICES")) : NULL;
	bool all = true;
	const char *trainer = NULL;
	for (int i = 0; i < s->program_count && !trainer; i++)
		trainer = access(s->programs[i].trainer, X_OK) == 0 ? s->programs[i].trainer : NULL;
	for (int i = 0; i < s->gpu_count && trainer && all; i++) {
		char number[16];
		struct text said = {0};
		snprintf(number, sizeof number, "%d", s->gpus[i]);
		setenv("CUDA_VISIBLE_DEVICES", number, 1);
		const char *argv[] = {trainer, "--device", NULL};
		all = run_program(argv, first_line, &said) == 0;
		if (!all) {
			complain("cuda:%d cannot be used%s%s", s->gpus[i], said.len ? ": " : "", said.len ? said.at : "");
			hint("need_gpu = False trains on the CPU; `nvidia-smi` lists the GPUs of this machine");
		}
		text_free(&said);
	}
	before ? setenv("CUDA_VISIBLE_DEVICES", before, 1) : unsetenv("CUDA_VISIBLE_DEVICES");
	free(before);
	return all;
}

static enum exit_code train(struct launcher *l, const char *database, const struct launch_options *o)
{
	if (!make_plan(l, o))
		return EXIT_USAGE;
	bool work = l->search ? !l->search->over : l->plan.count > 0;
	l->progress.started = now();
	if (work && make_dirs(l->sweep.run_files_path) < 0) {
		complain("%s: %s", l->sweep.run_files_path, strerror(errno));
		hint("`run_files_path` in [PROCESS] names the directory of logs and checkpoints");
		return EXIT_USAGE;
	}
	if (work && !gpus_answer(l))
		return EXIT_USAGE;
	if (work) {
		if (!record_launch(l->db, &l->sweep, &l->origin))
			return EXIT_USAGE;
		if (!l->search)
			group_all(l);
		if (!schedule(l))
			return EXIT_USAGE;
	}
	enum exit_code code = exit_of(l);
	if (!o->scratch)
		summary(l, database, o->go_on);
	close_launch(l, code);
	return code;
}

/* The directory of the database and its lock. */
static void make_parent(const char *path)
{
	char *parent = copy(path), *slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		make_dirs(parent);
	}
	free(parent);
}

static enum exit_code launch_locked(struct launcher *l, const char *database, const struct launch_options *o)
{
	l->db = db_open(database, o->choose ? DB_WRITE : DB_CREATE);
	if (!l->db)
		return EXIT_USAGE;
	db_share(l->db);
	if (!o->scratch)
		last_write(database);
	enum exit_code code = train(l, database, o);
	db_close(l->db);
	return code;
}

/* Whoever sees our lock may ask us to pause; until schedule.c listens the request waits. */
static void block_pause(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

enum exit_code launch_sweep(const char *sweep_path, const struct launch_options *o)
{
	struct launcher l = {0};
	struct lock lock;
	block_pause();
	if (!sweep_read(sweep_path, &l.sweep))
		return EXIT_USAGE;
	if (o->run_files)
		l.sweep.run_files_path = o->run_files;
	const char *database = o->database ? o->database : l.sweep.database;
	l.slots = o->jobs ? (int)o->jobs : l.sweep.nb_processus;
	make_parent(database);
	enum exit_code code = lock_take(database, o->wait, &lock);
	if (code == EXIT_DONE) {
		/* Under the lock: two builds at once in one folder would spoil each other's files. */
		code = o->build ? build_all(o->build, &l.build) : EXIT_DONE;
		if (code == EXIT_DONE)
			code = launch_locked(&l, database, o);
		lock_release(&lock);
	}
	text_free(&l.build.log);
	search_free(l.search);
	plan_free(&l.plan);
	sweep_free(&l.sweep);
	return code;
}

bool launch_options(const struct args *args, struct launch_options *o)
{
	*o = (struct launch_options){.database = option(args, "database"), .again = option(args, "again"), .wait = !option(args, "no-wait")};
	return option_int(args, "jobs", 1, 4096, &o->jobs);
}

enum exit_code cmd_launch(const struct args *args)
{
	struct launch_options o;
	if (!launch_options(args, &o))
		return EXIT_USAGE;
	if (option(args, "explain"))
		return launch_explain(args->at[0], o.database, option(args, "json"));
	o.build = option(args, "build");
	return launch_sweep(args->at[0], &o);
}

/* generated/<name> for <name>.ini, as mosaicc has it: what Ninja could not hold is _. */
static char *output_folder(const char *config)
{
	const char *name = strrchr(config, '/') ? strrchr(config, '/') + 1 : config, *dot = strrchr(name, '.');
	char *folder = format("generated/%.*s", dot && dot != name ? (int)(dot - name) : (int)strlen(name), name);
	for (char *c = folder; *c; c++)
		if (!isalnum((unsigned char)*c) && (unsigned char)*c < 0x80 && !strchr("+,/_:.~(){}=@[]!- #$", *c))
			*c = '_';
	return folder;
}

enum exit_code launch_config(const char *config, const char *output, struct launch_options *o)
{
	char *folder = output ? copy(output) : output_folder(config);
	char *sweep = format("%s/sweep.json", folder), *build = format("%s/build.ninja", folder);
	const char *argv[10] = {"mosaicc", "--no-build", "-o", folder, config, o->database ? "--database" : NULL, o->database};
	int status = run_program(argv, NULL, NULL);
	enum exit_code code = EXIT_USAGE;
	o->build = build;
	if (status == 0)
		code = launch_sweep(sweep, o);
	else if (status > 0)
		complain("mosaicc could not prepare %s: nothing was launched", config);
	o->build = NULL;
	free(sweep);
	free(build);
	free(folder);
	return code;
}

enum exit_code cmd_run(const struct args *args)
{
	struct launch_options o;
	if (!launch_options(args, &o))
		return EXIT_USAGE;
	if (args->count > 1)
		o.database = args->at[1];
	return launch_config(args->at[0], option(args, "output"), &o);
}

enum exit_code cmd_generate(const struct args *args)
{
	const char *argv[] = {"mosaicc", "--pipelines", args->at[0], args->at[1], NULL};
	int status = run_program(argv, NULL, NULL);
	return status == 0 ? EXIT_DONE : EXIT_USAGE;
}
