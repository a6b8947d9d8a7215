/* schedule.c: trains the groups of a plan in slots: starts trainers, reads their reports, notices their deaths (what that means for a
** run: run.c). One thread, one poll(); it sleeps whenever nothing happens. */
#include "launcher.h"
#include "search.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOG_TAIL = 2000, DRAIN_MAX = 1000 };

/* From TERM to KILL for a trainer past its timeout: room for a checkpoint, but no more than what the run itself may take. */
static double grace(const struct launcher *l)
{
	return fmin(5, l->sweep.timeout);
}

/* ---- groups start ---- */

/* Why there is no trainer: the compiler's messages. */
static char *build_error(const struct launcher *l, const char *trainer, int why)
{
	char *log = build_messages(&l->build, trainer);
	char *out = why == ENOENT ? format("the trainer was not built: %s\n%s", trainer, log ? log : "") : format("cannot start %s: %s", trainer, strerror(why));
	free(log);
	return out;
}

/* A full disk is no fault of the runs: they wait. */
static void hold(struct launcher *l, int why)
{
	if (l->hold == 0) {
		progress_clear(&l->progress);
		complain("%s: %s", l->sweep.run_files_path, strerror(why));
		hint("free some space: no new run starts until there is room");
	}
	l->hold = now() + 2;
}

/* False: no room in the system now, try again later or when another trainer has ended. */
static bool start_group(struct launcher *l, struct job *j, struct group *g)
{
	const struct sweep *s = &l->sweep;
	struct run *first = &l->plan.runs[g->runs[0]];
	const char *trainer = s->programs[s->pipelines[first->pipeline].program].trainer;
	struct text text = {0};
	char *log = job_log(s, first->id);
	for (int i = 0; i < g->count; i++)
		job_write(s, &l->plan.runs[g->runs[i]], &text);
	int why = access(trainer, X_OK) < 0 ? errno : slot_start(j, trainer, log, first->resume, s->gpu_count ? s->gpus[(j - l->jobs) % s->gpu_count] : -1, s->threads, &text);
	text_free(&text);
	free(log);
	if (why == ENOSPC || why == EDQUOT) {
		hold(l, why);
		return false;
	}
	if ((why == EAGAIN || why == ENOMEM || why == EMFILE || why == ENFILE) && l->running)
		return false;
	for (int i = 0; i < g->count; i++) {
		run_launch(l, g->runs[i]);
		l->plan.runs[g->runs[i]].slot = (int)(j - l->jobs);
	}
	if (!why) {
		j->group = *g;
		*g = (struct group){0};
		return true;
	}
	for (int i = 0; i < g->count; i++)
		run_end(l, g->runs[i], RUN_FAILED, build_error(l, trainer, why));
	return true;
}

static void fill_slots(struct launcher *l)
{
	struct plan *p = &l->plan;
	if (now() < l->hold)
		return;
	for (int i = 0; i < l->slots && !l->stopping && !l->paused && !l->broken && l->outbox.retry == 0; i++)
		while (l->jobs[i].pid == 0 && p->next_group < p->group_count) {
			if (!start_group(l, &l->jobs[i], &p->groups[p->next_group]))
				return;
			p->next_group++;
		}
}

/* ---- reports ---- */

static bool has_run(const struct launcher *l, const struct job *j, int run)
{
	return l->plan.runs[run].state == RUN_RUNNING && l->plan.runs[run].slot == j - l->jobs;
}

static int find_run(const struct launcher *l, const struct job *j, int64_t id)
{
	for (int i = 0; i < j->group.count; i++)
		if (l->plan.runs[j->group.runs[i]].id == id && has_run(l, j, j->group.runs[i]))
			return j->group.runs[i];
	return -1;
}

static void garbage(struct launcher *l, struct job *j)
{
	if (j->garbage++)
		return;
	progress_clear(&l->progress);
	fprintf(stderr, "mosaic: warning: the trainer of run %lld wrote a line that is no report; it was ignored\n",
		(long long)l->plan.runs[j->group.runs[0]].id);
}

static void read_report(struct launcher *l, struct job *j, char *line)
{
	struct report report;
	if (!*line)
		return;
	report_parse(line, &report);
	if (report.kind == REPORT_COMMENT)
		return;
	if (report.kind == REPORT_COLUMNS) {
		report_columns(&report, &j->columns);
		return;
	}
	int index = report.kind == REPORT_GARBAGE ? -1 : find_run(l, j, report.id);
	if (index < 0 || !report_apply(&report, &j->columns, &l->plan.runs[index].measure)) {
		garbage(l, j);
		return;
	}
	if (report.kind == REPORT_CHECKPOINT)
		outbox_add(l, ENTRY_CHECKPOINT, index);
	/* `interrupted` waits for the trainer's end: then it is clear who stopped it. */
	if (report.kind == REPORT_END && l->plan.runs[index].measure.end != END_INTERRUPTED)
		run_end_measured(l, index);
}

static bool read_reports(struct launcher *l, struct job *j)
{
	size_t at = 0;
	char *line;
	bool more = slot_fill(j);
	while ((line = slot_line(j, &at)))
		read_report(l, j, line);
	slot_drop(j, at);
	return more;
}

/* ---- trainers end ---- */

static char *death(const struct launcher *l, const struct job *j, const struct run *r, int status)
{
	struct text t = {0};
	char *path = job_log(&l->sweep, r->id), *first = job_log(&l->sweep, l->plan.runs[j->group.runs[0]].id), *log = file_tail(path, LOG_TAIL);
	if (!log && strcmp(path, first))
		log = file_tail(first, LOG_TAIL);
	if (j->timed_out)
		text_printf(&t, "no end after %g s (timeout)", l->sweep.timeout);
	else if (WIFSIGNALED(status))
		text_printf(&t, "the trainer was killed by SIG%s", sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
	else
		text_printf(&t, "the trainer ended with exit code %d and no result", WEXITSTATUS(status));
	text_printf(&t, " after epoch %d\n%s%s%s", r->measure.epochs, log ? log : "", log && *log && log[strlen(log) - 1] != '\n' ? "\n" : "",
		l->sweep.pipelines[r->pipeline].line);
	free(log);
	free(path);
	free(first);
	return t.at;
}

/* A dead trainer's run: again alone if it had company, else an error. */
static void lost_run(struct launcher *l, struct job *j, int index, int status)
{
	struct run *r = &l->plan.runs[index];
	if (j->group.count == 1) {
		run_end(l, index, RUN_FAILED, death(l, j, r, status));
		return;
	}
	r->alone = r->resume = true;
	r->state = RUN_WAITING;
	l->running--;
	plan_add_group(&l->plan, l->plan.next_group, index);
}

static void end_job(struct launcher *l, struct job *j, int status)
{
	for (int i = 0; i < DRAIN_MAX && read_reports(l, j); i++)
		;
	for (int i = 0; i < j->group.count; i++) {
		const struct run *r = &l->plan.runs[j->group.runs[i]];
		bool stopped = l->stopping || l->broken || (r->measure.end == END_INTERRUPTED && !j->timed_out);
		if (has_run(l, j, j->group.runs[i]) && stopped)
			run_end(l, j->group.runs[i], RUN_INTERRUPTED, NULL);
	}
	/* From the last to the first: each lost run goes before the groups that wait, so they come in order. */
	for (int i = j->group.count - 1; i >= 0; i--)
		if (has_run(l, j, j->group.runs[i]))
			lost_run(l, j, j->group.runs[i], status);
	kill(-j->pid, SIGKILL);                                /* what user code may have started in the trainer's group */
	slot_free(j);
}

static void reap(struct launcher *l)
{
	int status;
	for (int i = 0; i < l->slots; i++) {
		struct job *j = &l->jobs[i];
		if (j->pid > 0 && waitpid(j->pid, &status, WNOHANG) == j->pid)
			end_job(l, j, status);
	}
}

static void signal_all(struct launcher *l, int signal)
{
	for (int i = 0; i < l->slots; i++)
		slot_signal(&l->jobs[i], signal);
}

static void check_time(struct launcher *l)
{
	double t = now();
	for (int i = 0; i < l->slots && l->sweep.timeout > 0; i++) {
		struct job *j = &l->jobs[i];
		if (j->pid == 0 || t < j->started + l->sweep.timeout)
			continue;
		if (!j->timed_out) {
			j->timed_out = true;
			slot_signal(j, SIGTERM);
		} else if (t > j->killed + grace(l))
			slot_signal(j, SIGKILL);
	}
}

/* ---- the loop ---- */

static void read_signals(struct launcher *l)
{
	struct signalfd_siginfo info;
	while (read(l->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			continue;
		progress_clear(&l->progress);
		if (info.ssi_signo == SIGUSR1) {
			l->paused = true;
			fprintf(stderr, "mosaic: paused: the %d runs that are being trained end, no other one starts\n", l->running);
			continue;
		}
		if (l->stopping++ == 0) {
			fprintf(stderr, "mosaic: stopping: %d runs write their checkpoints (once more to kill them)\n", l->running);
			signal_all(l, SIGTERM);
		} else
			signal_all(l, SIGKILL);
	}
}

/* Milliseconds until something is due. */
static int wait_time(const struct launcher *l)
{
	double t = now(), until = t + 3600, due = outbox_due(&l->outbox);
	if (search_due(l))
		return 0;
	if (due > 0)
		until = fmin(until, due);
	if (l->hold > t)
		until = fmin(until, l->hold);
	if (l->progress.on && l->running)
		until = fmin(until, t + 0.5);
	for (int i = 0; i < l->slots && l->sweep.timeout > 0; i++) {
		const struct job *j = &l->jobs[i];
		if (j->pid)
			until = fmin(until, j->timed_out ? j->killed + grace(l) : j->started + l->sweep.timeout);
	}
	return until <= t ? 0 : (int)ceil((until - t) * 1000);
}

static void wait_events(struct launcher *l, struct pollfd *fds)
{
	int n = 1;
	fds[0] = (struct pollfd){.fd = l->signals, .events = POLLIN};
	for (int i = 0; i < l->slots; i++)
		if (l->jobs[i].report_fd >= 0)
			fds[n++] = (struct pollfd){.fd = l->jobs[i].report_fd, .events = POLLIN};
	if (poll(fds, (nfds_t)n, wait_time(l)) <= 0)
		return;
	for (int i = 0, k = 1; i < l->slots; i++)
		if (l->jobs[i].report_fd >= 0 && fds[k++].revents)
			read_reports(l, &l->jobs[i]);
	if (fds[0].revents)
		read_signals(l);
}

static bool working(const struct launcher *l)
{
	for (int i = 0; i < l->slots; i++)
		if (l->jobs[i].pid)
			return true;
	return !l->stopping && !l->paused && !l->broken && (l->plan.next_group < l->plan.group_count || (l->search && !l->search->over));
}

static void flush_if_due(struct launcher *l)
{
	double due = outbox_due(&l->outbox);
	if (l->broken || due == 0 || now() < due)
		return;
	if (!outbox_flush(l) && l->broken) {
		fprintf(stderr, "mosaic: stopping: %d runs write their checkpoints; the next launch goes on from them\n", l->running);
		signal_all(l, SIGTERM);
	}
}

static void run_loop(struct launcher *l)
{
	struct pollfd *fds = need(calloc((size_t)l->slots + 1, sizeof *fds));
	while (working(l)) {
		flush_if_due(l);                               /* first: a commit that works again lets runs start again */
		if (l->search && !l->stopping && !l->paused && !l->broken)
			search_step(l);
		fill_slots(l);
		if (l->running && !l->stopping)
			progress_draw(l);
		fflush(stdout);
		if (!working(l))
			break;
		wait_events(l, fds);
		reap(l);
		check_time(l);
	}
	if (l->search)
		search_leave(l);
	while (l->outbox.count && !l->broken && !outbox_flush(l) && !l->broken && !l->stopping)
		wait_events(l, fds);
	free(fds);
}

/* Signals come through a descriptor; one that our caller ignores (nohup, a background job) stays ignored. */
static bool take_signals(struct launcher *l)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
	struct sigaction old;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (sigaction(wanted[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(&set, wanted[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signals < 0)
		complain("signalfd: %s", strerror(errno));
	return l->signals >= 0;
}

static void allow_files(int slots)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)slots * 2 + 64) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Pipelines that have no program: each of their runs is an error. */
static void end_untraced(struct launcher *l)
{
	for (int i = 0; i < l->plan.count; i++) {
		const char *error = l->sweep.pipelines[l->plan.runs[i].pipeline].error;
		if (!error || (l->search && !search_wants(l, i)))
			continue;
		run_launch(l, i);
		run_end(l, i, RUN_FAILED, copy(error));
	}
}

bool schedule(struct launcher *l)
{
	if (!take_signals(l))
		return false;
	if (l->slots > l->plan.count && !l->search)
		l->slots = l->plan.count;
	allow_files(l->slots);
	l->jobs = need(calloc((size_t)l->slots + 1, sizeof *l->jobs));
	for (int i = 0; i < l->slots; i++)
		l->jobs[i].report_fd = -1;
	progress_begin(l);
	end_untraced(l);
	run_loop(l);
	progress_clear(&l->progress);
	fflush(stdout);
	for (int i = 0; i < l->slots; i++)
		slot_free(&l->jobs[i]);
	free(l->jobs);
	close(l->signals);
	return true;
}
